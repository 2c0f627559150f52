"""Why a member stands where they stand, in sentences for staff: made of the folded account, its journal, and what staff wrote. Pure.

Nothing else that is personal is in it. Who asked, and that it is written down who asked, is `explain_cli`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.explain_greeting import greeting_lines
from hub.words import noted, with_words
from loyalty.account import Account, advance, fold
from loyalty.account.reckoning import Change, Entry, EntryType, Line, Mark, Reckoning
from loyalty.account.rungs import judge
from loyalty.account.tiers import outlook
from loyalty.calendar import NEVER
from loyalty.counter.person import Person
from loyalty.facts import Fact
from loyalty.programme.rules import in_language
from loyalty.rulebook import Rulebook

FOR = {
    EntryType.OPENING_BALANCE: "brought along from another system",
    EntryType.ACCRUE_PURCHASE: "for a purchase",
    EntryType.ACCRUE_VISIT: "for a visit",
    EntryType.ACCRUE_BONUS: "as a bonus",
    EntryType.ACCRUE_REFERRAL: "for a friend brought",
    EntryType.GOODWILL: "as goodwill",
    EntryType.VEST: "can be spent from now on",
    EntryType.HOLD: "set aside",
    EntryType.RELEASE: "free again",
    EntryType.REDEEM: "spent",
    EntryType.REDEEM_REVERSAL: "given back, the redemption was undone",
    EntryType.CLAWBACK: "taken back, the purchase was returned",
    EntryType.EXPIRE: "burned",
    EntryType.ADJUST_CREDIT: "added by a person",
    EntryType.ADJUST_DEBIT: "taken off by a person",
    EntryType.TRANSFER_OUT: "sent to another member",
    EntryType.TRANSFER_IN: "received from another member",
    EntryType.MERGE: "another member became one with this one",
}
STILL = frozenset({EntryType.VEST, EntryType.HOLD, EntryType.RELEASE, EntryType.MERGE})  # they move nothing in or out


@dataclass(frozen=True, slots=True)
class Explanation:
    """What can be said: `figures` for programs, and sentences under headings for people."""

    member: str
    at: str
    figures: dict[str, Any]
    sections: dict[str, list[str]] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """All of it as text; what has nothing to say is left out."""
        yield f"member {self.member} as of {self.at}"
        for title, sentences in self.sections.items():
            if sentences:
                yield f"\n{title}"
                yield from (f"  {sentence}" for sentence in sentences)


def explain(
    member: str, facts: Collection[Fact], person: Person, card: str, book: Rulebook, at: int, said: Mapping[str, str]
) -> Explanation:
    """Everything that can be said of a member at a moment (ms). `card`: the one they would lay down, "" for none. `said`: the words of
    staff that were not erased, by their ids.
    """
    journal: list[Line] = []
    account = fold(facts, book, member, at, journal)
    now = advance(account, at, book)
    ledger, when = account.ledger, _moments(book)
    figures = {
        "balance": ledger.balance,
        "available": ledger.available,
        "pending": ledger.waiting,
        "held": ledger.held,
        "owed": ledger.owed,
        "forgiven": ledger.forgiven,
        "rung": str(account.rung.rung),
        "tier": account.tier.tier,
        "facts": account.facts,
        "marked": account.marked,
    }
    sections = {
        "Balance": [*_balance(account), *_lots(account, book)],
        "Ledger": [_entry(line, when) for line in journal if isinstance(line, Entry)],
        "Ladder": _rung(now, when),
        "Tier": _tier(now, when, book),
        "Steps": [_step(line, when) for line in journal if isinstance(line, Change)],
        "Activity": _activity(now),
        "Clubs": _clubs(now, person),
        "Answers": _answers(now, person),
        "Open cases": _cases(account, when),
        "Words of staff": _remarks(facts, said, when, at),
        "Facts that made no sense": [f"{when(line.at)} {line.fact}: {line.why}" for line in journal if isinstance(line, Mark)],
        "Next greeting": greeting_lines(account, person, card, book, at),
    }
    return Explanation(member, when(at), figures, sections)


def _moments(book: Rulebook) -> Callable[[int], str]:
    return lambda at_ms: datetime.fromtimestamp(at_ms / 1000, book.zone).strftime("%Y-%m-%d %H:%M")


def _balance(account: Account) -> Iterator[str]:
    ledger = account.ledger
    yield f"{ledger.balance} points: {ledger.available} can be spent, {ledger.waiting} wait, {ledger.held} are set aside"
    if ledger.owed:
        yield f"{ledger.owed} points are owed: what comes next covers them first"
    if ledger.forgiven:
        yield f"{ledger.forgiven} points were spent or taken back beyond what was there, and the shop bore it"


def _lots(account: Account, book: Rulebook) -> Iterator[str]:
    day = book.calendar.last_day
    for lot in account.ledger.lots:
        yield f"{lot.left} points never burn" if lot.expires >= NEVER else f"{lot.left} points burn after {day(lot.expires)}"
    for waiting in account.ledger.pending:
        since = "when the till says so" if waiting.vests >= NEVER else f"from {book.calendar.date_of(waiting.vests)} on"
        yield f"{waiting.left} points can be spent {since}"
    for name, hold in account.ledger.holds.items():
        yield f"{sum(taken.points for taken in hold.taken)} points are set aside as {name}"
    if account.ledger.idle < NEVER:
        yield f"all of them burn after {day(account.ledger.idle)} unless the member comes before"


def _entry(entry: Entry, when: Callable[[int], str]) -> str:
    """One movement as a sentence: when, how many, why, by which rule, and the fact behind it."""
    points = str(entry.points) if entry.type in STILL else f"{entry.points:+}"
    parts = [f"{when(entry.at)} {points} {FOR[entry.type]}"]
    if entry.rule:
        accrued = entry.type.value.startswith("accrue") or entry.type is EntryType.CLAWBACK
        parts.append(f"by rule {entry.rule}" if accrued else f"({entry.rule})")
    if 0 < entry.expires < NEVER:
        parts.append(f"until {when(entry.expires - 1)[:10]}")
    if entry.short:
        parts.append(f"of which {entry.short} were not there")
    if entry.note:
        parts.append(f"({entry.note})")
    return " ".join(parts) + (f" [{entry.fact}]" if entry.fact else "")


def _rung(now: Reckoning, when: Callable[[int], str]) -> list[str]:
    verdict = judge(now.account, now.edition.programme.rungs, now.day, now.at)
    since = f" since {when(now.account.rung.since)[:10]}" if now.account.rung.since else ""
    found = [f"{verdict.rung.value}{since}, because: {'; '.join(verdict.because)}"]
    if verdict.missing:
        found.append(f"missing to the next rung: {'; '.join(verdict.missing)}")
    return [*found, "likely an advocate, though this shop asks for no friends"] if verdict.likely else found


def _tier(now: Reckoning, when: Callable[[int], str], book: Rulebook) -> list[str]:
    mine, programme = now.account.tier, now.edition.programme
    if not programme.tier:
        return []
    seen = outlook(now)
    unit = {"points": "points", "spend": "minor units", "visits": "visit days"}[programme.tiers.basis.value]
    name = mine.tier or programme.tier[0].id
    found = [f"{name}{f' since {when(mine.since)[:10]}' if mine.since else ''}, with {mine.total} {unit} that count"]
    if seen.to_next is not None:
        found.append(f"{seen.to_next} more {unit} to {seen.next}")
    if seen.until:
        keep = "decided by a person" if mine.manual else f"{seen.to_keep} more {unit} to keep it"
        found.append(f"until {book.calendar.date_of(book.calendar.start_ms(seen.until))}: {keep}")
    return found


def _step(change: Change, when: Callable[[int], str]) -> str:
    why = f": {change.why}" if change.why else ""
    return f"{when(change.at)} {change.axis} {change.before or 'none'} -> {change.after}{why}"


def _activity(now: Reckoning) -> list[str]:
    foot = now.account.footfall
    if not foot.visit_days:
        return ["no visit yet"]
    usual = foot.usual_days(now.edition.programme.rungs.usual_days)
    state = foot.activity(now.day, now.edition.programme.rungs.usual_days).value.replace("_", " ")
    away = now.day - now.calendar.day_of(foot.last_ms)
    return [f"{state}: {_days(foot.visit_days, 'visit ')}, the last {_days(away)} ago, usually {_days(usual)} apart"]


def _days(count: int, of: str = "") -> str:
    return f"{count} {of}day{'' if count == 1 else 's'}"


def _cases(account: Account, when: Callable[[int], str]) -> list[str]:
    return [
        f"{case.id}: severity {case.severity}, {case.status.value} since {when(case.opened)}{f', {case.reason}' if case.reason else ''}"
        for case in account.voice.open_cases()
    ]


def _remarks(facts: Collection[Fact], said: Mapping[str, str], when: Callable[[int], str], at: int) -> list[str]:
    """What staff wrote beside a fact, to the member or about them; that it was erased, where it was."""
    worded = sorted((fact for fact in facts if fact.when_ms <= at and noted([fact])), key=lambda fact: fact.order)
    return [f"{when(fact.when_ms)} {with_words(fact, said)} [{fact.id}]" for fact in worded]


def _clubs(now: Reckoning, person: Person) -> list[str]:
    """Clubs the member is in, by their titles."""
    return [in_language(club.title, person.language) for club in now.edition.programme.club if now.account.circle.in_any((club.id,))]


def _answers(now: Reckoning, person: Person) -> list[str]:
    """What the member answered, in the words of the question, and what it is asked for."""
    purposes = {field.id: field.purpose for field in now.edition.programme.field}
    found = []
    for question in now.edition.programme.question:
        asked = now.account.told.questions.get(question.id)
        choice = next((each for each in question.choices if asked is not None and each.id == asked.choice), None)
        if choice is not None:
            why = f" (asked to know: {purposes[question.field]})" if question.field in purposes else ""
            found.append(f"{in_language(question.text, person.language)} {in_language(choice.title, person.language)}{why}")
    return found
