"""Patterns in facts that may be abuse by staff or members: too many, too fast, too far apart. For a person to look at.

Nothing is blocked, taken back or judged here: a finding says what was seen and which facts show it, a human decides. Limits that a
programme enforces by itself are conditions of its rules. Source: the domain design, section 10, and reports of staff fraud (D-27).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from loyalty.calendar import Calendar
from loyalty.facts import (
    Adjusted,
    Captured,
    ClockQuality,
    Enrolled,
    Fact,
    GoodwillGiven,
    PerkGiven,
    PointsReceived,
    Purchased,
    Redeemed,
    Visit,
)

ACCRUALS_MAX = 3  # receipts on one card and day: breakfast, lunch and something forgotten
ADJUSTMENTS_MAX = 10  # by one person on one day: a busy day of putting things right
SPENT_WITHIN_MINUTES = 10  # points that a person gave are spent while the customer is still there, or by an accomplice
TRAVEL_MINUTES = 5  # between two kiosks of which nothing is known: next door
FACTS_SHOWN = 10  # a person reads the first few
MINUTE_MS = 60_000


class Pattern(StrEnum):
    """What was seen."""

    ACCRUALS = "accruals"  # one card earned more often than people buy
    ADJUSTMENTS = "adjustments"  # one person of the staff gave or took points very often
    SPENT_AT_ONCE = "spent_at_once"  # points given by a person were spent at once
    TWO_PLACES = "two_places"  # one card at two kiosks, faster than anybody travels
    STAFF_CREDITED = "staff_credited"  # somebody who works here earned


@dataclass(frozen=True, slots=True)
class Finding:
    """One pattern of one card, member or person of the staff (`whom`) on a business day (ordinal). `at`: the fact that completed it, in
    ms; `count`: how many facts belong to it, `facts` the first of them; `why` says it in words, without naming a card.
    """

    pattern: Pattern
    whom: str
    day: int
    at: int
    count: int
    why: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What facts alone do not tell. `owners`: member by card. `staff`: members who work here (those whose `Enrolled` says so are known
    besides). `minutes`: between two kiosks, told for either order; 0 for two at one counter.
    """

    owners: Mapping[str, str] = field(default_factory=dict)
    staff: Collection[str] = ()
    minutes: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def between(self, one: str, other: str) -> int:
        """The shortest way between two kiosks in minutes."""
        return self.minutes.get((one, other), self.minutes.get((other, one), TRAVEL_MINUTES))

    def member(self, fact: Fact) -> str:
        """The member concerned, "" for one nobody knows."""
        return fact.member or self.owners.get(fact.card or "", "")


def findings(facts: Iterable[Fact], calendar: Calendar, known: Known) -> list[Finding]:
    """All patterns in some days of facts, of any members, in any order, any number of times; ordered by when they were complete.

    Facts are to be whole business days: what began before them is not seen.
    """
    ordered = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: fact.order)
    found = [
        *_too_often(ordered, calendar, _earns, ACCRUALS_MAX, Pattern.ACCRUALS, "receipts were credited to one card"),
        *_too_often(ordered, calendar, _adjusts, ADJUSTMENTS_MAX, Pattern.ADJUSTMENTS, "times this person gave or took points by hand"),
        *_spent_at_once(ordered, calendar, known),
        *_two_places(ordered, calendar, known),
        *_staff_credited(ordered, calendar, known),
    ]
    return sorted(found, key=lambda each: (each.at, each.pattern, each.whom, each.day))


def _finding(pattern: Pattern, whom: str, day: int, facts: list[Fact], at: int, why: str) -> Finding:
    return Finding(pattern, whom, day, at, len(facts), why, tuple(str(fact.id) for fact in facts[:FACTS_SHOWN]))


def _gathered(facts: Iterable[Fact], calendar: Calendar, of: Callable[[Fact], str]) -> dict[tuple[str, int], list[Fact]]:
    """Facts by whom they are of and by day; those of nobody are left out."""
    found: dict[tuple[str, int], list[Fact]] = {}
    for fact in facts:
        whom = of(fact)
        if whom:
            found.setdefault((whom, calendar.day_of(fact.when_ms)), []).append(fact)
    return found


def _earns(fact: Fact) -> str:
    """The card a receipt was credited to, or the member where the till knew them by another way."""
    return (fact.card or fact.member or "") if isinstance(fact.body, Purchased) else ""


def _adjusts(fact: Fact) -> str:
    """The person of the staff who gave or took points by hand; goodwill is an adjustment too."""
    return fact.body.by if isinstance(fact.body, Adjusted | GoodwillGiven) else ""


def _too_often(
    facts: list[Fact], calendar: Calendar, of: Callable[[Fact], str], most: int, pattern: Pattern, words: str
) -> Iterator[Finding]:
    for (whom, day), mine in _gathered(facts, calendar, of).items():
        if len(mine) > most:
            yield _finding(pattern, whom, day, mine, mine[most].when_ms, f"{len(mine)} {words} on one day, {most} are usual at most")


def _spent_at_once(facts: list[Fact], calendar: Calendar, known: Known) -> Iterator[Finding]:
    """Redemptions soon after a person gave points to the same member."""
    given: dict[str, Fact] = {}
    for fact in facts:
        member = known.member(fact)
        if (isinstance(fact.body, Adjusted) and fact.body.points > 0) or isinstance(fact.body, GoodwillGiven):
            given[member] = fact
        elif isinstance(fact.body, Redeemed | Captured) and member in given:
            before = given.pop(member)
            minutes = (fact.when_ms - before.when_ms) // MINUTE_MS
            if fact.when_ms - before.when_ms <= SPENT_WITHIN_MINUTES * MINUTE_MS:
                why = f"points were spent {minutes} minutes after {_adjusts(before)} had given some"
                yield _finding(Pattern.SPENT_AT_ONCE, member, calendar.day_of(fact.when_ms), [before, fact], fact.when_ms, why)


def _two_places(facts: list[Fact], calendar: Calendar, known: Known) -> Iterator[Finding]:
    """Cards seen at two kiosks, one right after the other, in less time than the way takes; one finding for a card and day.

    Only of moments that can be believed: a kiosk that does not know the time is left out until the hub has decided it.
    """
    seen: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact.body, Visit) and (fact.clock is not ClockQuality.UNSYNCED or fact.effective_ms is not None):
            seen.setdefault(fact.body.card, []).append(fact)
    jumps: dict[tuple[str, int], list[tuple[Fact, Fact]]] = {}
    for card, visits in seen.items():
        for one, two in pairwise(visits):
            if _too_fast(one, two, known):
                jumps.setdefault((card, calendar.day_of(two.when_ms)), []).append((one, two))
    for (card, day), pairs in jumps.items():
        one, two = pairs[0]
        minutes, way = (two.when_ms - one.when_ms) // MINUTE_MS, known.between(one.id.kiosk, two.id.kiosk)
        why = f"one card was at {one.id.kiosk} and {minutes} minutes later at {two.id.kiosk}; the way takes {way}"
        shown = list({fact.id: fact for pair in pairs for fact in pair}.values())
        yield _finding(Pattern.TWO_PLACES, card, day, shown, two.when_ms, why)


def _too_fast(one: Fact, two: Fact, known: Known) -> bool:
    kiosks = one.id.kiosk, two.id.kiosk
    return kiosks[0] != kiosks[1] and two.when_ms - one.when_ms < known.between(*kiosks) * MINUTE_MS


def _staff_credited(facts: list[Fact], calendar: Calendar, known: Known) -> Iterator[Finding]:
    """Receipts, adjustments, goodwill, perks and transfers to members who work here: perhaps their own lunch, perhaps a customer's."""
    staff = {*known.staff, *(fact.body.member for fact in facts if isinstance(fact.body, Enrolled) and fact.body.staff)}

    def credited(fact: Fact) -> str:
        body = fact.body
        gives = isinstance(body, Purchased | GoodwillGiven | PerkGiven | PointsReceived) or (isinstance(body, Adjusted) and body.points > 0)
        member = known.member(fact) if gives else ""
        return member if member in staff else ""

    for (member, day), mine in _gathered(facts, calendar, credited).items():
        why = f"a member who works here was credited {len(mine)} times on one day"
        yield _finding(Pattern.STAFF_CREDITED, member, day, mine, mine[0].when_ms, why)
