"""What could be said to a customer at this tap: for each kind of greeting what it is about, and what speaks against it in plain words.

Only what the account, the person and the programme say is looked at here. How often something may be said, with which text, and which
one is said in the end is `greeting`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from loyalty.account.conditions import held_out, in_audience
from loyalty.account.footfall import Activity, activity_after
from loyalty.account.reckoning import Reckoning
from loyalty.account.told import Waiting
from loyalty.account.voice import Case, CaseStatus
from loyalty.counter.gifts import ANNIVERSARY, BIRTHDAY, HALF_BIRTHDAY, is_first_of_day, present_for
from loyalty.counter.ideas import ONCE, Idea, Tap, none
from loyalty.counter.news import burn, promotion
from loyalty.counter.person import Letter, Occasion
from loyalty.facts import Purpose
from loyalty.programme.rules import Trigger, in_language
from loyalty.programme.saying import Campaign, Goal
from loyalty.said import GreetingKind, Said

RECOVERY_AFTER_MS = 600_000  # until staff say that it is resolved, the next visit is soon enough
WINDOW_FIRST, WINDOW_LAST = 2, 5  # visit days of the critical window (mechanism 49)
STREAK_WEEKS = 4  # a streak is worth a word every so many weeks
STREAK_REST_DAYS = 27  # the same streak cannot be reached again sooner
HALF_BIRTHDAY_REST_DAYS = 180
CAMPAIGN_REST_DAYS = 7
ABOUT_CHARS_MAX = 64  # what a fact takes as an id
GOALS = {goal: place for place, goal in enumerate(Goal)}


def ideas(tap: Tap) -> Iterator[Idea]:
    """At least one idea of every kind, the most urgent kind first."""
    for found in _IDEAS:
        yield from found(tap)


def _card(tap: Tap) -> list[Idea]:
    return [Idea(Said(GreetingKind.CARD), "" if tap.card_blocked else "the card is in order")]


def _recovery(tap: Tap) -> list[Idea]:
    """Every case that the customer has not confirmed, the gravest first."""
    cases = tap.now.account.voice.open_cases()
    fresh = "the case was opened a moment ago: it is for the next visit"
    return [
        Idea(Said(GreetingKind.RECOVERY, case.id), "" if _may_ask(tap, case) else fresh, rank=rank) for rank, case in enumerate(cases)
    ] or none(GreetingKind.RECOVERY, "no case is open")


def _may_ask(tap: Tap, case: Case) -> bool:
    return case.status is CaseStatus.RESOLVED or tap.now.at - case.opened >= RECOVERY_AFTER_MS


def _letters(tap: Tap) -> list[tuple[Letter, Waiting]]:
    """Letters that are here and were not shown yet, the oldest first."""
    waiting = {each.note: each for each in tap.now.account.told.notes}
    found = [(letter, waiting[letter.id]) for letter in (tap.person.letters if tap.person else ()) if letter.id in waiting]
    return sorted(found, key=lambda pair: pair[1].at)


def _note(tap: Tap) -> list[Idea]:
    found = [letter for letter, _ in _letters(tap) if not letter.reply_to]
    return [Idea(Said(GreetingKind.NOTE, each.id, word=each.text, by=each.by), rank=rank) for rank, each in enumerate(found)] or none(
        GreetingKind.NOTE, "no note waits"
    )


def _welcome(tap: Tap) -> list[Idea]:
    now = tap.now
    enrolled, days = now.account.enrolled, now.edition.programme.greetings.welcome_days
    why = ""
    if now.account.footfall.visit_days != 1:
        why = "it is not the first visit day"
    elif enrolled and now.day - now.calendar.day_of(enrolled) > days:
        why = f"the member joined more than {days} days ago"
    return [Idea(Said(GreetingKind.WELCOME), why, rest_days=ONCE)]


def _running(tap: Tap) -> list[Occasion]:
    """Occasions of this member that cover today."""
    return [each for each in (tap.person.occasions if tap.person else ()) if each.first <= tap.now.day <= each.last]


def _birthday(tap: Tap) -> list[Idea]:
    """With what was given for it, if anything was."""
    found = []
    for each in _running(tap):
        if each.id == BIRTHDAY:
            plain, present = Said(GreetingKind.BIRTHDAY, each.period), present_for(tap.now, each)
            said = replace(plain, points=present.points, word=_perk_title(tap, present.perk))
            found.append(Idea(said, offer=bool(present.points or present.perk), plain=plain, rest_days=ONCE))
    return found or none(GreetingKind.BIRTHDAY, "no birthday is near, or none is known")


def _perk_title(tap: Tap, perk_id: str) -> str:
    perk = tap.now.edition.perks.get(perk_id)
    return in_language(perk.title, tap.language) if perk else ""


def _holiday(tap: Tap) -> list[Idea]:
    titles = {each.id: each.title for each in tap.now.edition.programme.holiday}
    found = []
    for each in _running(tap):
        if each.id in titles:
            about = f"{each.id}/{each.period}"[:ABOUT_CHARS_MAX]
            plain = Said(GreetingKind.HOLIDAY, about, word=in_language(titles[each.id], tap.language))
            present = present_for(tap.now, each)
            offer = bool(present.points or present.perk)
            found.append(Idea(replace(plain, points=present.points), offer=offer, plain=plain, rest_days=ONCE))
    return found or none(GreetingKind.HOLIDAY, "no holiday of this member is near")


def _perk_of_today(tap: Tap, for_return: bool) -> str:
    """Title of a perk that a rule gave for coming today, "" for none: for coming back after an absence, or for any other reason."""
    for grant in reversed(tap.now.account.perks.grants):
        fact, _, name = grant.id.rpartition(":")
        rule = tap.now.edition.rules.get(name) if "/" in fact else None
        today = not grant.voided and tap.now.calendar.day_of(grant.at) == tap.now.day
        if rule is not None and today and rule.trigger is Trigger.VISIT and bool(rule.away_days) is for_return:
            return _perk_title(tap, grant.perk)
    return ""


def _second_visit(tap: Tap) -> list[Idea]:
    days = tap.now.account.footfall.visit_days
    if not WINDOW_FIRST <= days <= WINDOW_LAST:
        return none(GreetingKind.SECOND_VISIT, f"it is visit day {days}, not one of {WINDOW_FIRST} to {WINDOW_LAST}")
    plain = Said(GreetingKind.SECOND_VISIT, count=days)
    perk = _perk_of_today(tap, for_return=False)
    return [Idea(replace(plain, word=perk), offer=bool(perk), plain=plain)]


def _welcome_back(tap: Tap) -> list[Idea]:
    now, foot = tap.now, tap.now.account.footfall
    usual = foot.usual_days(now.edition.programme.rungs.usual_days)
    why = ""
    if activity_after(foot.away, usual) is Activity.ACTIVE:
        why = f"no absence: days away {foot.away}, usual {usual}"
    elif not is_first_of_day(now):
        why = "it is not the first visit of the day"
    plain = Said(GreetingKind.WELCOME_BACK, date.fromordinal(now.day).isoformat())
    perk = "" if why else _perk_of_today(tap, for_return=True)
    return [Idea(replace(plain, word=perk), why, offer=bool(perk), plain=plain, rest_days=ONCE)]


def _we_did(tap: Tap) -> list[Idea]:
    """Replies to a reason, to exactly those who gave it before the reply was written (mechanism 14)."""
    reasons, found = tap.now.account.voice.reasons, []
    for letter, waiting in _letters(tap):
        if letter.reply_to:
            gave = any(each.code == letter.reply_to and each.at <= waiting.at for each in reasons)
            why = "" if gave else "this member did not give that reason before the reply was written"
            found.append(Idea(Said(GreetingKind.WE_DID, letter.id, word=letter.text, by=letter.by), why, rest_days=ONCE))
    return found or none(GreetingKind.WE_DID, "no reply to a reason of this member waits")


def _campaign(tap: Tap) -> list[Idea]:
    """Campaigns with something to read, by goal."""
    found = [each for each in tap.now.edition.programme.campaign if each.text]
    return [
        Idea(
            Said(GreetingKind.CAMPAIGN, each.id),
            _against(tap, each),
            offer=True,
            rest_days=CAMPAIGN_REST_DAYS,
            rank=GOALS[each.goal],
            texts=(in_language(each.text, tap.language),),
        )
        for each in found
    ] or none(GreetingKind.CAMPAIGN, "no campaign has something to say")


def _against(tap: Tap, campaign: Campaign) -> str:
    """What keeps a campaign from this member today."""
    now = tap.now
    consent = now.account.told.consents.get(Purpose.PERSONAL_OFFERS)
    if not campaign.starts.toordinal() <= now.day <= campaign.ends.toordinal():
        return "it does not run today"
    if not in_audience(now, campaign.rungs, campaign.tiers, campaign.clubs):
        return "it is meant for others"
    if consent is not None and not consent.given:
        return "the member wants no personal offers"
    if held_out(campaign.id, now.account.member, campaign.hold_out_percent):
        return "the member is one of those who never see it, to see what it does"
    return ""


def _opens_week(now: Reckoning) -> bool:
    """Whether this visit day is the first of its week (from Monday)."""
    return (now.day - 1) // 7 != (now.day - now.account.footfall.away - 1) // 7


def _milestone(tap: Tap) -> list[Idea]:
    """A round number of visits, weeks in a row, years; and half a year to the next birthday."""
    now, foot = tap.now, tap.now.account.footfall
    kind, found = GreetingKind.MILESTONE, []
    if foot.visit_days and foot.visit_days % now.edition.programme.greetings.milestone_visits == 0:
        found.append(Idea(Said(kind, f"visit:{foot.visit_days}", count=foot.visit_days), rest_days=ONCE))
    if foot.weeks and foot.weeks % STREAK_WEEKS == 0 and is_first_of_day(now) and _opens_week(now):
        found.append(Idea(Said(kind, f"streak:{foot.weeks}", count=foot.weeks), rest_days=STREAK_REST_DAYS))
    for each in _running(tap):
        if each.id == ANNIVERSARY and each.count:
            found.append(Idea(Said(kind, f"years:{each.count}", count=each.count), rest_days=ONCE))
        elif each.id == HALF_BIRTHDAY:
            found.append(Idea(Said(kind, HALF_BIRTHDAY), rest_days=HALF_BIRTHDAY_REST_DAYS))
    return found or none(kind, "no number of visits, weeks or years is a round one today")


def _gratitude(_: Tap) -> list[Idea]:
    return [Idea(Said(GreetingKind.GRATITUDE))]


_IDEAS: tuple[Callable[[Tap], list[Idea]], ...] = (
    *(_card, _recovery, _note, _welcome, _birthday, _holiday, promotion),
    *(burn, _second_visit, _welcome_back, _we_did, _campaign, _milestone, _gratitude),
)
