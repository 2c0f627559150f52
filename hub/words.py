"""Every kind of fact in words for staff, one line each, and what staff said of it. Meaning is `loyalty`'s; no names are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from loyalty import facts as f
from loyalty.facts import Body, Face, Fact, Rating, Unknown

FACES = {Face.VERY_BAD: "very bad", Face.BAD: "bad", Face.GOOD: "good", Face.VERY_GOOD: "very good"}
ERASED = "the words were erased"

# {0} is the fact's body; its fields are named as there.
WORDS: dict[type[Body], str] = {
    f.Visit: "visit ({0.evidence.chip})",
    f.Reason: "reason: {0.code}",
    f.GreetingShown: "greeted: {0.said} {0.about}",
    f.ContactRequested: "asks to be called back",
    f.AssistRequested: "asks for staff",
    f.QuestionAnswered: "answered {0.question}: {0.choice}",
    f.QuestionSkipped: "skipped the question {0.question}",
    f.NoteShown: "read the note {0.note}",
    f.ReferralOpened: "is about to bring a friend",
    f.Referred: "came with a friend",
    f.Granted: "gift decided at the tap: {0.rule} {0.period}",
    f.PerkUsed: "perk handed out: {0.grant}",
    f.Redeemed: "spent {0.points} points {0.perk}",
    f.CheckedIn: "checked in: {0.club}, {0.event}",
    f.ConsentGiven: "consent given: {0.purpose}",
    f.ConsentWithdrawn: "consent taken back: {0.purpose}",
    f.StoreRecovered: "the kiosk's store was damaged and begun anew",
    f.Returned: "return of receipt {0.receipt}",
    f.RedemptionReversed: "redemption undone",
    f.Held: "{0.points} points set aside",
    f.Captured: "points set aside are spent",
    f.Released: "points set aside are free again",
    f.Vested: "points of receipt {0.receipt} can be spent",
    f.OpeningBalance: "opening balance: {0.points} points {0.expires}",
    f.Adjusted: "{0.points:+} points by {0.by}: {0.reason}",
    f.GoodwillGiven: "goodwill: {0.points} points by {0.by}",
    f.RuleClosed: "rule closed: {0.rule} {0.kiosk}",
    f.Enrolled: "joined",
    f.ProfileChanged: "profile changed",
    f.Merged: "{0.merged} became one with this member, by {0.by}",
    f.MemberLeft: "left ({0.way})",
    f.CardChanged: "card {0.change} {0.why}",
    f.AssistAnswered: "{0.by} went to whoever had asked",
    f.CaseOpened: "case opened by {0.source}: {0.reason}",
    f.CaseStepped: "case {0.step} by {0.by}",
    f.NoteWritten: "note written by {0.by}",
    f.PromiseMade: "promise of {0.owner} until {0.due}",
    f.PromiseKept: "promise kept",
    f.Converted: "a friend became a customer",
    f.Welcomed: "brought by a friend, and a customer now",
    f.ReferralRejected: "a referral does not count after all: {0.why}",
    f.PerkGiven: "perk given by {0.by}: {0.perk}",
    f.PerkVoided: "perk taken back by {0.by}",
    f.ClubJoined: "joined the club {0.club}",
    f.ClubLeft: "left the club {0.club}",
    f.TierSet: "tier {0.tier} until {0.until}, by {0.by}: {0.reason}",
    f.ConfigApplied: "works with version {0.version} of the programme",
}


def noted(facts: Iterable[Fact]) -> set[str]:
    """Under which ids words of staff about these facts were kept."""
    return {fact.body.note for fact in facts if isinstance(fact.body, f.Worded)} - {""}


def with_words(fact: Fact, said: Mapping[str, str]) -> str:
    """A fact in words, with what staff said about it; `said`: the words that there still are, by their ids."""
    if not isinstance(fact.body, f.Worded) or not fact.body.note:
        return words(fact)
    kept = said.get(fact.body.note)
    return f"{words(fact)} ({ERASED})" if kept is None else f'{words(fact)}: "{kept}"'


def words(fact: Fact) -> str:
    """A fact in words for staff."""
    match fact.body:
        case Rating(_, _, face):
            return f"rating: {FACES[face]}"
        case Unknown(kind):
            return f"not known to this version: {kind}"
        case f.CaseAnswered(_, _, right):
            return "it was put right" if right else "it was not put right yet"
        case f.Replied(_, club, event, coming):
            return f"{'comes' if coming else 'does not come'} to {club}, {event}"
        case f.Purchased(receipt, amount, currency):
            return f"purchase {receipt}: {_money(amount)} {currency}"
        case f.PointsSent(parts=parts):
            return f"sent {sum(part.points for part in parts)} points"
        case f.PointsReceived(parts=parts):
            return f"received {sum(part.points for part in parts)} points"
    return WORDS.get(type(fact.body), fact.body.kind).format(fact.body).strip()


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"
