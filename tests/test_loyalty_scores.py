"""Scores: figures over ratings are the published ones, within their bounds, and hidden where too few people stand behind them."""

from __future__ import annotations

from datetime import datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.calendar import Calendar
from loyalty.facts import ReasonCode
from loyalty.programme.listening import Ratings
from loyalty.shop.misuse import Pressed, is_open
from loyalty.shop.scores import N_MIN, heat_map, open_hours, ranking, reasons, score

KYIV = ZoneInfo("Europe/Kyiv")
CALENDAR = Calendar(KYIV)
INDICES = st.lists(st.integers(0, 3), max_size=60)


def at(day: int, hour: int, minute: int = 0) -> int:
    """A moment of November 2026 in Kyiv; the 23rd is a Monday."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=KYIV).timestamp()) * 1000


def pressed(moment: int, index: int = 3) -> Pressed:
    """A press at a moment."""
    return Pressed(f"k1/e/{moment}", moment, index, "k1", "a" * 32)


def test_the_happy_index_is_that_of_happy_or_not() -> None:
    """Their published example, 126, 60, 16 and 17 from best to worst, makes 78.2."""
    found = score([3] * 126 + [2] * 60 + [1] * 16 + [0] * 17)
    assert (found.n, found.faces, found.happy) == (219, (17, 16, 60, 126), 782)
    assert (found.satisfied, found.top) == (849, 575)


@given(INDICES)
def test_figures_are_bounded_and_agree(indices: list[int]) -> None:
    """Each figure is 0 to 1000 tenths within half a tenth of the exact one, top is never above satisfied, and n tells them all."""
    found = score(indices)
    assert found.n == sum(found.faces) == len(indices)
    if found.n < N_MIN:
        assert found.happy is found.satisfied is found.top is None
        return
    assert found.happy is not None
    assert found.satisfied is not None
    assert found.top is not None
    assert 0 <= found.top <= found.satisfied <= 1000
    assert 0 <= found.happy <= 1000
    assert abs(found.happy - Fraction(1000 * sum(indices), 3 * found.n)) <= Fraction(1, 2)
    assert abs(found.satisfied - Fraction(1000 * sum(index >= 2 for index in indices), found.n)) <= Fraction(1, 2)
    assert abs(found.top - Fraction(1000 * indices.count(3), found.n)) <= Fraction(1, 2)


@given(INDICES, st.integers(0, 2))
def test_a_better_face_never_lowers_a_figure(indices: list[int], worst: int) -> None:
    """Replacing one rating by a better one raises the Happy Index or leaves it, and never lowers the others."""
    five = [worst, *indices, 0, 1, 2, 3]
    before, after = score(five), score([worst + 1, *five[1:]])
    assert (after.happy or 0) >= (before.happy or 0)
    assert (after.satisfied or 0) >= (before.satisfied or 0)
    assert (after.top or 0) >= (before.top or 0)


def test_below_five_ratings_there_are_no_figures() -> None:
    """Four ratings are counted and not reckoned; the fifth shows them all, also where it is zero."""
    assert score([3] * 4).happy is None
    assert score([3] * 5).happy == score([3] * 5).satisfied == score([3] * 5).top == 1000
    assert score([0] * 5).happy == 0


def test_halves_are_rounded_up() -> None:
    """One of sixteen is 6.25 %, said as 6.3."""
    assert score([3] + [0] * 15).top == 63


def test_a_few_perfect_ratings_do_not_lead_the_ranking() -> None:
    """Five perfect ratings are drawn to the average and stand below two hundred very good ones; the figure itself stays."""
    found = ranking({"few": [3] * 5, "many": [3] * 190 + [2] * 10, "poor": [1] * 100})
    assert [each.name for each in found] == ["many", "few", "poor"]
    assert found[1].score.happy == 1000
    # 20 of the average (3*195 + 2*10 + 100 over 305, by 3) and 5 of 100: (20 * 705/915 + 5) / 25 = 81.6
    assert found[1].believed == 816


def test_without_weight_the_ranking_is_by_the_figure() -> None:
    """A weight of 0 draws nothing anywhere, and equals stand by name."""
    found = ranking({"b": [3] * 5, "a": [3] * 50, "c": [2] * 9}, weight=0)
    assert [(each.name, each.believed) for each in found] == [("a", 1000), ("b", 1000), ("c", 667)]


def test_too_few_ratings_stand_last_and_without_a_figure() -> None:
    """Groups below five ratings have no place among the others, but their n is said."""
    found = ranking({"z": [3] * 4, "bad": [0] * 5, "a": []})
    assert [(each.name, each.score.n, each.believed is None) for each in found] == [("bad", 5, False), ("a", 0, True), ("z", 4, True)]


@given(st.dictionaries(st.sampled_from("abcdef"), INDICES), st.integers(0, 100))
def test_the_ranking_lies_between_the_group_and_the_average(groups: dict[str, list[int]], weight: int) -> None:
    """What is believed of a group is never outside of its own figure and the average of all, and the order is by it."""
    everything = score([index for indices in groups.values() for index in indices])
    found = ranking(groups, weight)
    believed = [each.believed for each in found if each.believed is not None]
    assert believed == sorted(believed, reverse=True)
    for each in found:
        if each.believed is not None:
            assert each.score.happy is not None
            assert everything.happy is not None
            low, high = sorted((each.score.happy, everything.happy))
            assert low - 1 <= each.believed <= high + 1


def test_the_heat_map_is_in_the_shops_hours_and_days() -> None:
    """A rating stands at its local weekday and hour, one outside opening hours nowhere, and empty cells are there."""
    rules = Ratings(opens=time(9), closes=time(18))
    ratings = [pressed(at(23, 9, minute)) for minute in range(5)] + [
        pressed(at(29, 17, 59), 0),
        pressed(at(23, 18)),
        pressed(at(23, 8, 59)),
    ]
    found = heat_map(ratings, rules, CALENDAR)
    assert found.hours == tuple(range(9, 18))
    assert set(found.cells) == {(weekday, hour) for weekday in range(7) for hour in range(9, 18)}
    assert (found.cells[0, 9].n, found.cells[0, 9].happy) == (5, 1000)
    assert (found.cells[6, 17].n, found.cells[6, 17].happy) == (1, None)
    assert sum(cell.n for cell in found.cells.values()) == 6


@pytest.mark.parametrize(
    ("opens", "closes", "hours"),
    [
        (None, None, tuple(range(24))),
        (time(9), time(11), (9, 10)),
        (time(9, 30), time(11, 15), (9, 10, 11)),
        (time(22), time(2), (22, 23, 0, 1)),
        (time(22), time(0), (22, 23)),
        (time(0), time(1), (0,)),
        (time(10, 30), time(10, 15), (*range(10, 24), *range(10))),
    ],
)
def test_open_hours_are_those_with_an_open_minute(opens: time | None, closes: time | None, hours: tuple[int, ...]) -> None:
    """An hour is open if the shop is in some of its minutes; a night out runs over midnight in its own order."""
    assert open_hours(Ratings(opens=opens, closes=closes)) == hours


@given(st.times(), st.times(), st.integers(0, 23 * 60 + 59))
def test_every_open_moment_has_a_cell(opens: time, closes: time, minute: int) -> None:
    """No rating that is within hours falls outside the map, whatever the hours are."""
    rules = Ratings(opens=opens.replace(second=0, microsecond=0), closes=closes.replace(second=0, microsecond=0))
    moment = at(25, *divmod(minute, 60))
    assert sum(cell.n for cell in heat_map([pressed(moment)], rules, CALENDAR).cells.values()) == is_open(rules, CALENDAR, moment)


def test_reasons_are_split_into_how_it_went_and_what_was_bought() -> None:
    """People and waiting are process, goods and price are result, other is neither; the most frequent stands first."""
    codes = [ReasonCode.PRICE] * 3 + [ReasonCode.WAITING] * 2 + [ReasonCode.POLITENESS, ReasonCode.ATTENTION, ReasonCode.OTHER]
    found = reasons(codes)
    assert (found.process, found.result, found.other, found.n) == (4, 3, 1, 8)
    assert list(found.codes.items()) == [
        (ReasonCode.PRICE, 3),
        (ReasonCode.WAITING, 2),
        (ReasonCode.ATTENTION, 1),
        (ReasonCode.POLITENESS, 1),
        (ReasonCode.OTHER, 1),
        (ReasonCode.QUALITY, 0),
    ]
