"""Misuse: presses that stay out of statistics are told by their neighbours and by the shop's hours, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.calendar import Calendar
from loyalty.facts import ClockQuality, Evidence, Face, Fact, FactId, Rating, Visit
from loyalty.programme.listening import Ratings
from loyalty.shop.misuse import Misuse, Pressed, counted, flags, in_span, is_open, presses

CALENDAR = Calendar(ZoneInfo("Europe/Kyiv"))
NOON = int(datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Europe/Kyiv")).timestamp()) * 1000
HOUR_MS = 3_600_000
LENIENT = Ratings(interval_s=0, burst=100)


def pressed(at_s: float, index: int = 3, kiosk: str = "k1") -> Pressed:
    """A press so many seconds after noon."""
    return Pressed(f"{kiosk}/e/{at_s}", NOON + round(at_s * 1000), index, kiosk, "a" * 32)


def fact(number: int, body: Rating | Visit, at: int = NOON, kiosk: str = "k1") -> Fact:
    """A fact of a kiosk."""
    return Fact(FactId(kiosk, "e", number), at, number, "boot", ClockQuality.NTP, body)


STREAMS = st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 3)), max_size=40).map(
    lambda pairs: [Pressed(f"k1/e/{n}", NOON + at, index, "k1", "a" * 32) for n, (at, index) in enumerate(sorted(pairs))]
)
RULES = st.builds(Ratings, interval_s=st.integers(0, 60), burst=st.integers(2, 8))


@given(STREAMS, RULES)
def test_flags_are_those_of_the_definition(ratings: list[Pressed], rules: Ratings) -> None:
    """Each flag is what its sentence says, reckoned here over all sets of presses that share a span instead of by a moving one."""

    def together(span_ms: int) -> list[list[Pressed]]:
        """Every run of presses that lie within a span, as long as the span allows."""
        return [[each for each in ratings if first.at <= each.at < first.at + span_ms] for first in ratings]

    bursts = {each.fact for span in together(60_000) if len(span) > rules.burst for each in span}
    buttons = {each.fact for span in together(10_000) if len({one.index for one in span}) >= 3 for each in span}
    found = flags(ratings, rules, CALENDAR)
    for place, (press, why) in enumerate(zip(ratings, found, strict=True)):
        assert (Misuse.BURST in why) == (press.fact in bursts)
        assert (Misuse.ALL_BUTTONS in why) == (press.fact in buttons)
        soon = place > 0 and press.at - ratings[place - 1].at < rules.interval_s * 1000
        assert (Misuse.INTERVAL in why) == soon
        assert Misuse.OUTSIDE_HOURS not in why


@given(STREAMS, RULES)
def test_what_counts_is_what_has_no_flag_and_keeps_its_order(ratings: list[Pressed], rules: Ratings) -> None:
    """The counted presses are a part of all of them, in order, at least the interval after one another's predecessor."""
    kept = counted(ratings, rules, CALENDAR)
    assert kept == [each for each, why in zip(ratings, flags(ratings, rules, CALENDAR), strict=True) if not why]
    assert all(later.at - earlier.at >= rules.interval_s * 1000 for earlier, later in combinations(kept, 2))


def test_the_interval_is_from_the_press_before_whatever_that_was() -> None:
    """A press just 3 s after the last counts, one sooner does not, also after one that does not count itself."""
    found = flags([pressed(0), pressed(2.999), pressed(5), pressed(8)], Ratings(burst=100), CALENDAR)
    assert [Misuse.INTERVAL in why for why in found] == [False, True, True, False]


def test_a_burst_takes_all_of_its_presses_along() -> None:
    """Of six presses within a minute all six are flagged, those of an hour before and after are not."""
    stream = [pressed(-3600), *(pressed(at) for at in (0, 11, 22, 33, 44, 59.999)), pressed(3600)]
    found = flags(stream, Ratings(burst=5), CALENDAR)
    assert [Misuse.BURST in why for why in found] == [False, *[True] * 6, False]


def test_presses_a_whole_minute_apart_are_no_burst() -> None:
    """Five presses and a sixth exactly a minute after the first are no burst."""
    found = flags([pressed(at) for at in (0, 11, 22, 33, 44, 60)], Ratings(burst=5), CALENDAR)
    assert not any(Misuse.BURST in why for why in found)


def test_two_faces_are_a_change_of_mind_and_three_are_play() -> None:
    """Two different faces within ten seconds count; a third flags all of them, and the neighbours in the same span too."""
    two = flags([pressed(0, 0), pressed(4, 3), pressed(8, 0)], LENIENT, CALENDAR)
    assert two == [frozenset()] * 3
    three = flags([pressed(-20, 1), pressed(0, 0), pressed(4, 3), pressed(8, 1)], LENIENT, CALENDAR)
    assert [Misuse.ALL_BUTTONS in why for why in three] == [False, True, True, True]


def test_faces_of_another_minute_do_not_make_three() -> None:
    """A face pressed ten seconds ago is not one of three any more."""
    found = flags([pressed(0, 0), pressed(6, 1), pressed(10, 2)], LENIENT, CALENDAR)
    assert found == [frozenset()] * 3


def test_closed_hours_are_by_the_shops_clock() -> None:
    """A press before opening or from closing on is outside hours, in the shop's zone and on both sides of midnight."""
    day = Ratings(interval_s=0, burst=100, opens=time(12), closes=time(13))
    assert [bool(why) for why in flags([pressed(-1), pressed(0), pressed(3599), pressed(3600)], day, CALENDAR)] == [
        True,
        False,
        False,
        True,
    ]
    night = Ratings(opens=time(22), closes=time(2))
    assert [is_open(night, CALENDAR, NOON + hours * HOUR_MS) for hours in (9, 10, 13, 14)] == [False, True, True, False]
    assert is_open(Ratings(), CALENDAR, NOON)


def test_a_span_of_the_day_may_reach_over_midnight() -> None:
    """A span is from its start on and before its end; equal ends are no time at all."""
    assert in_span(time(23), time(22), time(6))
    assert in_span(time(5, 59), time(22), time(6))
    assert not in_span(time(6), time(22), time(6))
    assert not in_span(time(6), time(6), time(6))


def test_presses_of_several_kiosks_or_out_of_order_are_a_mistake() -> None:
    """Whoever mixes kiosks or order is told so at once."""
    for wrong in ([pressed(0), pressed(1, kiosk="k2")], [pressed(1), pressed(0)]):
        with pytest.raises(ValueError, match="one kiosk and in order"):
            flags(wrong, Ratings(), CALENDAR)


def test_presses_are_gathered_by_kiosk_in_order_and_once() -> None:
    """From facts in any order and repeated, each kiosk's ratings come in order of time, and other facts do not."""
    card = "a" * 32
    late = fact(2, Rating(card, 1, Face.BAD, 100), NOON + 5)
    early = fact(3, Rating(card, 1, Face.GOOD, 100), NOON)
    other = fact(1, Rating(card, 1, Face.VERY_BAD, 100), kiosk="k2")
    found = presses([late, other, early, late, fact(1, Visit(card, Evidence("NTAG213")))])
    assert found == {
        "k1": [Pressed("k1/e/3", NOON, 2, "k1", card), Pressed("k1/e/2", NOON + 5, 1, "k1", card)],
        "k2": [Pressed("k2/e/1", NOON, 0, "k2", card)],
    }


def test_an_empty_stream_has_no_flags() -> None:
    """Nothing pressed, nothing flagged."""
    assert flags([], Ratings(), Calendar(UTC)) == []
