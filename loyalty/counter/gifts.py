"""Gifts that are decided at the tap and written down: a birthday's, a holiday's, a surprise. And the days the hub tells a kiosk for them.

Decided here is only whether a rule applies today; what it then gives is `earning`'s, once the fact `Granted` is applied. No date of
birth ever is in the result: the hub passes on stretches of days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from loyalty.account.conditions import applies
from loyalty.account.reckoning import Reckoning
from loyalty.calendar import Calendar
from loyalty.counter.person import Occasion, Person
from loyalty.facts import FactId, Granted
from loyalty.programme import Programme
from loyalty.programme.rules import Rule, Stacking, Trigger
from loyalty.recurrence import recurrence

BIRTHDAY, HALF_BIRTHDAY, ANNIVERSARY = "birthday", "half-birthday", "anniversary"
AHEAD_DAYS = 60  # a kiosk that was cut off for two months has worse troubles than a birthday missed
OCCASIONS_MAX = 16  # what a `Person` holds
HOLIDAYS_KEPT = 512  # every holiday of the largest programme, on the days around one midnight


def gifts(now: Reckoning, person: Person | None, kiosk: str, card: str, surprises_today: int) -> tuple[Granted, ...]:
    """What this tap gives beside what follows from facts alone: facts to be written and applied before anything is said.

    `now`: after the visit was applied. `surprises_today`: how many surprises this kiosk gave on this day. Asking again after the
    facts were applied gives nothing more.
    """
    tap = _at_kiosk(now, kiosk)
    occasions = [each for each in person.occasions if each.gift and each.first <= now.day <= each.last] if person else []
    found = [Granted(card, rule.id, each.period) for each in occasions for rule in _for_occasion(tap, each)]
    return (*found, *_surprises(tap, card, surprises_today))


def _at_kiosk(now: Reckoning, kiosk: str) -> Reckoning:
    """The same moment at a place: some rules hold at certain kiosks only."""
    return replace(now, fact=replace(now.fact, id=FactId(kiosk, now.fact.id.epoch, now.fact.id.number)))


def is_first_of_day(now: Reckoning) -> bool:
    """Whether the member was not greeted before on this day: a second tap finds the greeting of the first."""
    shown = now.account.told.shown
    return not shown or now.calendar.day_of(shown[-1].at) != now.day


def _for_occasion(now: Reckoning, occasion: Occasion) -> Iterator[Rule]:
    """Rules that give something for an occasion and have not yet; of those that exclude each other only one ever does."""
    exclusive = False
    for live in now.edition.givers[Trigger.OCCASION]:
        rule = live.rule
        if rule.occasion != occasion.id or (exclusive and rule.stacking is Stacking.EXCLUSIVE):
            continue
        given = _key(rule, occasion.period) in now.account.books.granted
        if given or (_has_something(now, rule) and applies(now, live, None)):
            exclusive = exclusive or rule.stacking is Stacking.EXCLUSIVE
            if not given:
                yield rule


def _surprises(now: Reckoning, card: str, surprises_today: int) -> Iterator[Granted]:
    """Chance that everybody can check afterwards: it follows from rule, member and day. Nobody unknown is surprised."""
    if not now.account.member or not is_first_of_day(now):
        return
    period, exclusive = date.fromordinal(now.day).isoformat(), False
    for live in now.edition.givers[Trigger.SURPRISE]:
        rule = live.rule
        if (rule.kiosk_day_max and surprises_today >= rule.kiosk_day_max) or (exclusive and rule.stacking is Stacking.EXCLUSIVE):
            continue
        if _is_drawn(now, rule, period) and _has_something(now, rule) and applies(now, live, None):
            exclusive, surprises_today = exclusive or rule.stacking is Stacking.EXCLUSIVE, surprises_today + 1
            yield Granted(card, rule.id, period)


def _is_drawn(now: Reckoning, rule: Rule, period: str) -> bool:
    return _key(rule, period) not in now.account.books.granted and is_lucky(rule, now.account.member, period)


def is_lucky(rule: Rule, member: str, period: str) -> bool:
    """One member and day in so many, always the same ones; never where the rule names no chance."""
    drawn = blake2b(f"{rule.id}/{member}/{period}".encode(), digest_size=8).digest()
    return rule.one_in > 0 and int.from_bytes(drawn, "big") % rule.one_in == 0


def _key(rule: Rule, period: str) -> str:
    """Under which name the fold remembers that it was given (see `account`)."""
    return f"{rule.id}/{period}"


def _has_something(now: Reckoning, rule: Rule) -> bool:
    """Whether there is anything to give today: a perk that has ended must not use up the year's birthday."""
    return bool(rule.points or now.edition.perk_open(rule.perk, now.day, now.at))


@dataclass(frozen=True, slots=True)
class Present:
    """What an occasion did give: points in sum, and the name of the first perk, "" for none."""

    points: int = 0
    perk: str = ""


def present_for(now: Reckoning, occasion: Occasion) -> Present:
    """What was given for an occasion, read off the account: only what is there may be told."""
    points, perk = 0, ""
    for rule in now.edition.programme.rule:
        if rule.occasion != occasion.id:
            continue
        at = now.account.books.granted.get(_key(rule, occasion.period), -1)
        tally = now.account.tallies.get(rule.id)
        whole = not (rule.member_points_max or rule.card_day_points_max)  # a limit may have cut it: then no number is told
        points += rule.points if whole and tally is not None and tally.last == at else 0
        got = any(grant.at == at and grant.perk == rule.perk and not grant.voided for grant in now.account.perks.grants)
        perk = perk or (rule.perk if got else "")
    return Present(points, perk)


def hub_occasions(
    programme: Programme,
    calendar: Calendar,
    today: int,
    born: tuple[int, int] | None,
    born_set_ms: int,
    born_consent: bool,
    enrolled_ms: int,
    profession: str,
) -> tuple[Occasion, ...]:
    """The stretches of days that mean something to one member, those running on `today` (ordinal) and within the next 60 days.

    `born`: (month, day); `born_set_ms`: when that was last said, for a birthday that was set just before brings no gift;
    `enrolled_ms`: 0 where nobody knows. The member's own days come first, then holidays, the soonest in front; at most 16.
    """
    found: list[Occasion] = []
    if born is not None:
        set_day = calendar.day_of(born_set_ms)
        found += _birthdays(programme, today, born, set_day if born_consent else None)
    if enrolled_ms:
        found += _anniversaries(programme, today, calendar.date_of(enrolled_ms))
    kept = [each for each in programme.holiday if each.profession in ("", profession)]
    days = [stretch for each in kept for stretch in _holidays(each.id, each.rrule, each.days, today)]
    own = sorted((each for each in found if _is_near(each, today)), key=lambda each: each.first)
    return (*own, *sorted(days, key=lambda each: each.first))[:OCCASIONS_MAX]


def _is_near(occasion: Occasion, today: int) -> bool:
    return occasion.first <= today + AHEAD_DAYS and occasion.last >= today


def _birthdays(programme: Programme, today: int, born: tuple[int, int], set_day: int | None) -> Iterator[Occasion]:
    """Birthdays and half-birthdays of last year, this and next. `set_day` None: without consent, so greeted and nothing given."""
    rules = programme.greetings
    half = ((born[0] + 5) % 12 + 1, born[1])
    for name, (month, day) in ((BIRTHDAY, born), (HALF_BIRTHDAY, half)):
        for its in _yearly(today, month, day):
            gift = set_day is not None and its.toordinal() - set_day >= rules.birthday_lock_days
            yield _around(name, its, rules.birthday_days, gift)


def _anniversaries(programme: Programme, today: int, enrolled: date) -> Iterator[Occasion]:
    """The days on which somebody has been a member for a whole number of years."""
    for its in _yearly(today, enrolled.month, enrolled.day):
        if its.year > enrolled.year:
            yield replace(_around(ANNIVERSARY, its, programme.greetings.birthday_days), count=its.year - enrolled.year)


def _yearly(today: int, month: int, day: int) -> Iterator[date]:
    """A day of the year in last year, this and next; where a month is too short, its last day."""
    year = date.fromordinal(today).year
    for each in (year - 1, year, year + 1):
        yield date(each, month, min(day, monthrange(each, month)[1]))


def _around(name: str, its: date, days: int, gift: bool = True) -> Occasion:
    """The stretch around a day. It belongs to the year of the day itself, whichever year somebody comes in."""
    return Occasion(name, its.toordinal() - days, its.toordinal() + days, str(its.year), gift)


@lru_cache(HOLIDAYS_KEPT)
def _holidays(name: str, rrule: str, days: int, today: int) -> tuple[Occasion, ...]:
    """The stretches of a holiday; of one that lasts several days there is one stretch in a year."""
    found: list[Occasion] = []
    rule = recurrence(rrule)
    for ordinal in range(today - days, today + AHEAD_DAYS + days + 1):
        if not rule.covers(date.fromordinal(ordinal)):
            continue
        each = _around(name, date.fromordinal(ordinal), days)
        if found and found[-1].period == each.period and found[-1].last >= each.first - 1:
            found[-1] = replace(found[-1], last=each.last)
        else:
            found.append(each)
    return tuple(found)
