"""Visits and purchases as bits: counted once a day, streaks by weeks, absences by days, and the habit of coming back."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.account.footfall import KEPT_DAYS, Activity, Footfall, activity_after

MONDAY = date(2026, 3, 2).toordinal()


def visited(*days: int) -> Footfall:
    """Footfall after visits on days counted from a Monday."""
    made = Footfall()
    for day in days:
        made.visited(MONDAY + day, MONDAY + day)
    return made


def test_a_day_is_visited_once() -> None:
    """The first visit of a day counts as one and says so; the second does not."""
    made = Footfall()
    assert made.visited(MONDAY, 100) == (True, True)
    assert made.visited(MONDAY, 200) == (False, False)
    assert made.visited(MONDAY + 1, 300) == (True, False)
    assert (made.visit_days, made.first_ms, made.last_ms) == (2, 100, 300)


def test_a_visit_told_late_counts_and_opens_nothing() -> None:
    """A day before the last one is a visit day too, but neither a week of a streak nor a return."""
    made = visited(0, 20)
    assert made.visited(MONDAY + 7, 1) == (True, False)
    assert (made.visit_days, made.weeks, made.away, made.last_ms) == (3, 1, 20, MONDAY + 20)
    assert made.intervals() == [13, 7]


def test_what_is_too_long_ago_is_not_counted_twice() -> None:
    """A visit so far back that nobody knows any more whether it was counted is not."""
    made = visited(KEPT_DAYS)
    assert made.visited(MONDAY, 1) == (False, False)
    assert made.visited(MONDAY + 1, 1) == (True, False)
    made.bought(MONDAY)
    assert made.purchase_days == 0


@pytest.mark.parametrize(
    ("days", "weeks"), [((0,), 1), ((0, 6), 1), ((0, 7), 2), ((6, 7), 2), ((0, 8, 14), 3), ((0, 14), 1), ((0, 7, 21), 1)]
)
def test_weeks_in_a_row_are_counted_from_monday(days: tuple[int, ...], weeks: int) -> None:
    """A week without a visit begins a new row; two days of one week are one week."""
    assert visited(*days).weeks == weeks


@pytest.mark.parametrize(("days", "away"), [((0,), 0), ((0, 1), 1), ((0, 30, 30), 30), ((0, 3000), 3000)])
def test_an_absence_is_counted_in_days_however_long(days: tuple[int, ...], away: int) -> None:
    """From one visit day to the next, also beyond what is kept day by day; the first visit is no return."""
    assert visited(*days).away == away


def test_purchase_days_count_until_everything_came_back() -> None:
    """A day of purchases is one; once all of it was returned it is none, and taking it away twice changes nothing."""
    made = Footfall()
    made.bought(MONDAY)
    made.bought(MONDAY)
    made.bought(MONDAY + 3)
    assert (made.purchase_days, made.purchases_within(3, MONDAY + 3), made.purchases_within(4, MONDAY + 3)) == (2, 1, 2)
    made.unbought(MONDAY)
    made.unbought(MONDAY)
    made.unbought(MONDAY + 9)
    assert (made.purchase_days, made.purchases_within(400, MONDAY + 3)) == (1, 1)


@pytest.mark.parametrize(("days", "today", "count"), [(1, 10, 1), (6, 10, 2), (11, 10, 3), (11, 11, 2), (5, 30, 0)])
def test_days_are_counted_back_from_today(days: int, today: int, count: int) -> None:
    """Today is the first of them; a window that begins after the last visit holds none."""
    assert visited(0, 5, 10).visits_within(days, MONDAY + today) == count


@given(st.lists(st.integers(0, KEPT_DAYS - 1), min_size=1), st.integers(1, KEPT_DAYS))
def test_bits_count_like_a_set_of_days(days: list[int], within: int) -> None:
    """Whatever the order of visits, bits answer as a plain set of days would."""
    made, known = visited(*days), set(days)
    last = max(known)
    assert made.visit_days == len(known)
    assert made.visits_within(within, MONDAY + last) == sum(last - day < within for day in known)
    ordered = sorted(known)
    assert made.intervals()[::-1] == [after - before for before, after in pairwise(ordered)]


@pytest.mark.parametrize(
    ("days", "usual"), [((), 14), ((0, 7, 14), 14), ((0, 7, 14, 21), 7), ((0, 1, 2, 12), 1), ((0, 3, 10, 20, 24), 6), ((0, 1, 2, 4, 6), 2)]
)
def test_a_habit_needs_three_intervals(days: tuple[int, ...], usual: int) -> None:
    """The median of the days between visits, rounded up; before there are three, what the shop says."""
    assert visited(*days).usual_days(14) == usual


@pytest.mark.parametrize(
    ("away", "activity"),
    [(14, Activity.ACTIVE), (15, Activity.AT_RISK), (21, Activity.AT_RISK), (22, Activity.LAPSED)],
)
def test_absence_is_measured_by_the_own_habit(away: int, activity: Activity) -> None:
    """Twice the habit is active still, three times at risk, more is lapsed."""
    weekly = visited(0, 7, 14, 21)
    assert weekly.activity(MONDAY + 21 + away, 30) is activity


def test_after_a_year_everybody_is_lapsed() -> None:
    """However rare somebody's habit, a year of absence is the end of it."""
    assert activity_after(365, 300) is Activity.ACTIVE
    assert activity_after(366, 300) is Activity.LAPSED
