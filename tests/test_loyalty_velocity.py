"""Patterns of abuse: what is too much, too fast or too far is found once with the facts that show it, and what is usual is not."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.calendar import Calendar
from loyalty.facts import (
    Adjusted,
    Body,
    Captured,
    ClockQuality,
    Enrolled,
    Evidence,
    Fact,
    FactId,
    GoodwillGiven,
    Part,
    PerkGiven,
    PointsReceived,
    Purchased,
    Redeemed,
    Visit,
)
from loyalty.shop.velocity import ACCRUALS_MAX, ADJUSTMENTS_MAX, FACTS_SHOWN, Finding, Known, Pattern, findings

CALENDAR = Calendar(ZoneInfo("Europe/Kyiv"))
CARD, OTHER = "a" * 32, "b" * 32
NOON = int(datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Europe/Kyiv")).timestamp()) * 1000
TODAY = date(2026, 11, 25).toordinal()
OWNERS = {CARD: "m1", OTHER: "m2"}
NUMBERS = count(1)


def fact(minutes: int, body: Body, kiosk: str = "k1", clock: ClockQuality = ClockQuality.NTP, effective: int | None = None) -> Fact:
    """Something so many minutes after noon."""
    return Fact(FactId(kiosk, "e", next(NUMBERS)), NOON + minutes * 60_000, 0, "boot", clock, body, effective)


def tap(minutes: int, kiosk: str, card: str = CARD, clock: ClockQuality = ClockQuality.NTP, effective: int | None = None) -> Fact:
    """A visit."""
    return fact(minutes, Visit(card, Evidence("NTAG213")), kiosk, clock, effective)


def bought(minutes: int, card: str = CARD) -> Fact:
    """A receipt."""
    return fact(minutes, Purchased(f"r{next(NUMBERS)}", 1000, "UAH", card))


def adjusted(minutes: int, points: int = 50, by: str = "olena", member: str = "m1") -> Fact:
    """Points given by hand."""
    return fact(minutes, Adjusted(member, points, "sorry", by))


def found(*facts: Fact, known: Known | None = None) -> list[Finding]:
    """What is seen in these facts."""
    return findings(facts, CALENDAR, known or Known(OWNERS))


def patterns(*facts: Fact, known: Known | None = None) -> list[tuple[Pattern, str]]:
    """What is seen, of whom."""
    return [(each.pattern, each.whom) for each in found(*facts, known=known)]


def test_three_receipts_a_day_are_usual_and_a_fourth_is_told() -> None:
    """The fourth receipt on one card completes the pattern; two cards with two each, or another day, do not."""
    three = [bought(minute) for minute in (0, 60, 120)]
    assert found(*three, bought(180, OTHER), bought(24 * 60)) == []
    fourth = bought(200)
    assert found(*three, fourth) == [
        Finding(
            Pattern.ACCRUALS,
            CARD,
            TODAY,
            fourth.when_ms,
            4,
            "4 receipts were credited to one card on one day, 3 are usual at most",
            tuple(str(each.id) for each in (*three, fourth)),
        )
    ]


def test_a_day_is_the_shops() -> None:
    """Four receipts around midnight in Kyiv are of two days, though in London they are of one."""
    assert found(*(bought(12 * 60 + minute) for minute in (-20, -10, 0, 10))) == []
    assert len(found(*(bought(12 * 60 + minute) for minute in (0, 5, 10, 15)))) == 1


def test_receipts_without_a_card_count_for_the_member() -> None:
    """Where the till named the member, the pattern is the member's."""
    facts = [fact(minute, Purchased(f"r{minute}", 100, "UAH", member="m7")) for minute in range(4)]
    assert patterns(*facts) == [(Pattern.ACCRUALS, "m7")]


def test_many_adjustments_by_one_person_are_told() -> None:
    """Ten a day are usual; the eleventh, given or taken or as goodwill, is not; another person's do not add to it."""
    ten = [adjusted(minute, -5, member=f"m{minute}") for minute in range(ADJUSTMENTS_MAX)]
    assert patterns(*ten, adjusted(50, -5, by="petro")) == []
    assert patterns(*ten, fact(60, GoodwillGiven("m99", "c1", 10, "olena"))) == [(Pattern.ADJUSTMENTS, "olena")]


@pytest.mark.parametrize(
    ("minutes", "spends", "told"),
    [
        (10, Redeemed(100, CARD), True),
        (11, Redeemed(100, CARD), False),
        (3, Captured("h1", member="m1"), True),
        (3, Redeemed(100, OTHER), False),
        (-1, Redeemed(100, CARD), False),
    ],
)
def test_points_given_by_hand_and_spent_at_once_are_told(minutes: int, spends: Body, told: bool) -> None:
    """Spent by the same member within ten minutes after: a finding with both facts; later, by another, or before: none."""
    given_first, spent = adjusted(0), fact(minutes, spends)
    seen = found(given_first, spent)
    assert [each.pattern for each in seen] == [Pattern.SPENT_AT_ONCE] * told
    if told:
        assert (seen[0].whom, seen[0].facts) == ("m1", (str(given_first.id), str(spent.id)))
        assert seen[0].why == f"points were spent {minutes} minutes after olena had given some"


def test_points_taken_by_hand_are_nothing_to_spend() -> None:
    """A correction downwards followed by a redemption is no pattern; goodwill followed by one is, once."""
    assert found(adjusted(0, -50), fact(1, Redeemed(10, CARD))) == []
    assert len(found(adjusted(0, 1), fact(1, Redeemed(1, CARD)))) == 1
    goodwill = fact(0, GoodwillGiven("m1", "c1", 50, "olena"))
    assert patterns(goodwill, fact(1, Redeemed(10, CARD)), fact(2, Redeemed(10, CARD))) == [(Pattern.SPENT_AT_ONCE, "m1")]


def test_one_card_at_two_kiosks_faster_than_the_way_is_told() -> None:
    """Four minutes to a kiosk of which nothing is known are too few, five are not; the table says otherwise for either order."""
    one, two = tap(0, "k1"), tap(4, "k2")
    assert [(each.pattern, each.whom, each.day, each.count) for each in found(one, two)] == [(Pattern.TWO_PLACES, CARD, TODAY, 2)]
    assert found(one, tap(5, "k2")) == []
    assert found(one, two, known=Known(OWNERS, minutes={("k2", "k1"): 4})) == []
    far = Known(OWNERS, minutes={("k1", "k2"): 30})
    seen = found(one, tap(29, "k2"), known=far)
    assert seen[0].why == "one card was at k1 and 29 minutes later at k2; the way takes 30"
    assert CARD not in seen[0].why


def test_two_kiosks_at_one_counter_are_one_place() -> None:
    """With no minutes between them even the same moment is possible; so are two cards at two kiosks, and one at the same."""
    assert found(tap(0, "k1"), tap(0, "k2"), known=Known(OWNERS, minutes={("k1", "k2"): 0})) == []
    assert found(tap(0, "k1"), tap(1, "k2", OTHER), tap(2, "k1")) == []


def test_a_card_that_jumps_all_day_is_one_finding() -> None:
    """Twenty jumps between two kiosks are told once a day, with their number and the first facts."""
    jumps = [tap(minute, f"k{minute % 2}") for minute in range(20)]
    seen = found(*jumps)
    assert [(each.count, each.at, len(each.facts)) for each in seen] == [(20, jumps[1].when_ms, FACTS_SHOWN)]


def test_a_clock_nobody_believes_proves_no_jump() -> None:
    """A visit at a kiosk that did not know the time is left out, until the hub has decided when it was."""
    assert found(tap(0, "k1"), tap(1, "k2", clock=ClockQuality.UNSYNCED)) == []
    decided = tap(999, "k2", clock=ClockQuality.UNSYNCED, effective=NOON + 60_000)
    assert patterns(tap(0, "k1"), decided) == [(Pattern.TWO_PLACES, CARD)]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (Purchased("r1", 100, "UAH", CARD), True),
        (Adjusted("m1", 1, "sorry", "olena"), True),
        (Adjusted("m1", -5, "sorry", "olena"), False),
        (GoodwillGiven("m1", "c1", 5, "olena"), True),
        (PerkGiven("m1", "coffee", "x", "olena"), True),
        (PointsReceived("m1", "m2", "t1", (Part(5),)), True),
        (Redeemed(5, CARD), False),
        (Purchased("r1", 100, "UAH", OTHER), False),
    ],
)
def test_whoever_works_here_and_is_credited_is_told(body: Body, told: bool) -> None:
    """Receipts, points and perks for a member of the staff are told, spending and other members' are not."""
    seen = patterns(fact(0, body), known=Known(OWNERS, staff=("m1",)))
    assert seen == [(Pattern.STAFF_CREDITED, "m1")] * told


def test_that_somebody_works_here_is_also_told_by_enrolment() -> None:
    """A fact that says a member is staff is enough, and one that says no staff is not."""
    assert patterns(fact(0, Enrolled("m1", staff=True)), bought(5), bought(6)) == [(Pattern.STAFF_CREDITED, "m1")]
    assert patterns(fact(0, Enrolled("m1")), bought(5)) == []


HISTORY = [
    *(bought(minute) for minute in range(ACCRUALS_MAX + 1)),
    *(adjusted(minute) for minute in range(ADJUSTMENTS_MAX + 1)),
    fact(11, Redeemed(10, CARD)),
    tap(0, "k1"),
    tap(1, "k2"),
    adjusted(0, member="m2"),
]


@given(st.permutations(HISTORY), st.lists(st.sampled_from(HISTORY), max_size=10))
def test_order_and_repetition_change_nothing(facts: list[Fact], again: list[Fact]) -> None:
    """The same facts, shuffled and repeated, show the same patterns, in the order in which they were complete."""
    known = Known(OWNERS, staff=("m2",))
    seen = found(*facts, *again, known=known)
    assert seen == found(*HISTORY, known=known)
    assert {each.pattern for each in seen} == set(Pattern)
    assert [each.at for each in seen] == sorted(each.at for each in seen)
