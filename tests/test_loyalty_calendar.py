"""The shop's calendar: days that are 23, 25 or no hours long, and the last day on which points count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.calendar import DAYS_KEPT, LAST_DAY, NEVER, Calendar
from loyalty.codec import TIME_MS_MAX
from loyalty.programme.rules import DAYS_MAX, Expiry, ExpiryPolicy, Rounding
from tests.loyalty_histories import DAY_MS, HOUR_MS, KYIV, at

# Zones that have changed their clocks at midnight, dropped a whole day, or are off by a quarter of an hour.
ODD = (
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Asia/Gaza",
)


def day(text: str) -> int:
    """The ordinal of a day."""
    return date.fromisoformat(text).toordinal()


def utc(ms: int) -> str:
    """A moment by the clock of Greenwich."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


MIDNIGHTS = [
    ("Europe/Kyiv", "2026-03-29", "2026-03-28 22:00", 23),
    ("Europe/Kyiv", "2026-10-25", "2026-10-24 21:00", 25),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04 03:00", 23),  # midnight does not exist: the day begins at one
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17 02:00", 25),  # eleven at night comes twice
    ("Africa/Cairo", "2024-04-26", "2024-04-25 22:00", 23),
    ("Africa/Cairo", "2024-10-31", "2024-10-30 21:00", 25),
    ("Asia/Beirut", "2026-03-29", "2026-03-28 22:00", 23),
    ("Asia/Beirut", "2026-10-24", "2026-10-23 21:00", 25),
    ("America/Havana", "2026-11-01", "2026-11-01 04:00", 25),  # midnight comes twice: the first one
    ("Pacific/Apia", "2011-12-29", "2011-12-29 10:00", 24),
    ("Pacific/Apia", "2011-12-30", "2011-12-30 10:00", 0),  # the day that was not
    ("Pacific/Apia", "2011-12-31", "2011-12-30 10:00", 24),
    ("Asia/Kathmandu", "2026-01-01", "2025-12-31 18:15", 24),
]


@pytest.mark.parametrize(("zone", "on", "starts", "hours"), MIDNIGHTS)
def test_a_day_begins_with_its_first_moment(zone: str, on: str, starts: str, hours: int) -> None:
    """Also where midnight is skipped or comes twice: from the first moment to the first of the next day, and no moment beside."""
    calendar = Calendar(ZoneInfo(zone))
    begin, end = calendar.start_ms(day(on)), calendar.end_ms(day(on))
    assert (utc(begin), (end - begin) // HOUR_MS) == (starts, hours)
    assert calendar.day_of(begin - 1) < day(on)
    assert calendar.day_of(end) > day(on)
    assert {calendar.day_of(moment) for moment in range(begin, end, HOUR_MS // 4)} == ({day(on)} if hours else set())


@pytest.mark.parametrize("zone", ODD)
def test_no_moment_is_between_days(zone: str) -> None:
    """Hour by hour through three years days only rise, and each begins where the calendar says."""
    calendar = Calendar(ZoneInfo(zone))
    last = 0
    for moment in range(at("2010-12-15", UTC), at("2014-01-15", UTC), HOUR_MS // 2):
        today = calendar.day_of(moment)
        assert today >= last
        assert calendar.start_ms(today) <= moment < calendar.end_ms(today)
        assert today == datetime.fromtimestamp(moment / 1000, calendar.zone).toordinal()
        last = today


@given(st.integers(0, TIME_MS_MAX), st.sampled_from([KYIV, UTC, *map(ZoneInfo, ODD)]))
def test_every_moment_a_fact_can_have_has_a_day(moment: int, zone: tzinfo) -> None:
    """From 1970 to the last moment that the codec lets in."""
    calendar = Calendar(zone)
    assert 719_162 <= calendar.day_of(moment) <= 3_000_000
    assert calendar.date_of(moment).toordinal() == calendar.day_of(moment)


def test_the_clock_on_the_wall_is_read_to_the_minute() -> None:
    """The time of day is the shop's, without seconds."""
    assert Calendar(KYIV).clock_of(at("2026-07-01 14:05") + 59_999) == time(14, 5)


LAST_DAYS = [
    (Expiry(days=1), "2026-03-01", "2026-03-02"),
    (Expiry(months=1), "2026-01-31", "2026-02-28"),
    (Expiry(months=1), "2028-01-31", "2028-02-29"),
    (Expiry(months=12), "2028-02-29", "2029-02-28"),
    (Expiry(months=1), "2026-02-28", "2026-03-28"),
    (Expiry(months=1), "2026-12-31", "2027-01-31"),
    (Expiry(months=11), "2026-12-05", "2027-11-05"),
    (Expiry(months=1, days=1), "2026-01-31", "2026-03-01"),
    (Expiry(months=1, round=Rounding.MONTH_END), "2026-01-15", "2026-02-28"),
    (Expiry(months=1, round=Rounding.MONTH_END), "2028-01-15", "2028-02-29"),
    (Expiry(days=30, round=Rounding.MONTH_END), "2026-12-02", "2027-01-31"),
    (Expiry(days=0, round=Rounding.QUARTER_END), "2026-01-01", "2026-03-31"),
    (Expiry(days=0, round=Rounding.QUARTER_END), "2026-06-30", "2026-06-30"),
    (Expiry(days=1, round=Rounding.QUARTER_END), "2026-06-30", "2026-09-30"),
    (Expiry(days=0, round=Rounding.QUARTER_END), "2026-11-11", "2026-12-31"),
    (Expiry(months=12, round=Rounding.YEAR_END), "2026-01-01", "2027-12-31"),
    (Expiry(months=12), "9989-06-15", "9990-06-15"),
    (Expiry(ExpiryPolicy.FIXED), "2026-03-01", "2026-12-31"),
    (Expiry(ExpiryPolicy.FIXED), "2026-12-31", "2026-12-31"),
    (Expiry(ExpiryPolicy.FIXED, day=31, month=2), "2026-02-28", "2026-02-28"),
    (Expiry(ExpiryPolicy.FIXED, day=29, month=2), "2026-03-01", "2027-02-28"),
    (Expiry(ExpiryPolicy.FIXED, day=29, month=2), "2027-03-01", "2028-02-29"),
    (Expiry(ExpiryPolicy.FIXED, day=30, month=6), "2026-07-01", "2027-06-30"),
]


@pytest.mark.parametrize(("expiry", "vests", "last"), LAST_DAYS)
def test_the_last_day_on_which_points_count(expiry: Expiry, vests: str, last: str) -> None:
    """By the calendar, not by lengths of months; a day that a month does not have is its last one; through the whole of that day."""
    calendar = Calendar(KYIV)
    ends = calendar.expires_ms(expiry, at(f"{vests} 23:59"))
    assert calendar.last_day(ends) == date.fromisoformat(last)
    assert ends == calendar.end_ms(day(last))
    assert calendar.term(expiry).ends_ms(day(vests)) == ends


@given(
    st.builds(Expiry, st.just(ExpiryPolicy.ROLLING), st.integers(0, DAYS_MAX), st.integers(0, 120), st.sampled_from(Rounding)),
    st.integers(0, TIME_MS_MAX),
)
def test_rounding_only_moves_the_end_to_later(expiry: Expiry, moment: int) -> None:
    """Whatever the rounding, points live at least as long as without it, less than a year longer, and past the moment they vest."""
    calendar = Calendar(KYIV)
    ends, bare = calendar.expires_ms(expiry, moment), calendar.expires_ms(Expiry(days=expiry.days, months=expiry.months), moment)
    assert moment < bare <= ends < bare + 366 * DAY_MS
    assert ends < NEVER


@pytest.mark.parametrize("policy", [ExpiryPolicy.NEVER, ExpiryPolicy.INACTIVITY])
def test_points_without_a_last_day_never_burn_by_it(policy: ExpiryPolicy) -> None:
    """Points that never burn, or only for lack of visits, have no end of their own."""
    assert Calendar(KYIV).expires_ms(Expiry(policy, days=5), at("2026-03-01")) == NEVER
    assert Calendar(KYIV).term(Expiry(policy, days=5)).ends_ms(day("2026-03-01")) == NEVER


def test_patience_is_counted_in_whole_days() -> None:
    """So many days after the day of the last visit, through the last of them; no other policy knows patience."""
    calendar, moment = Calendar(KYIV), at("2026-03-01 08:00")
    assert calendar.inactive_ms(Expiry(ExpiryPolicy.INACTIVITY, days=10), moment) == at("2026-03-12 00:00")
    assert calendar.inactive_ms(Expiry(days=10), moment) == NEVER


def test_points_cannot_outlive_the_calendar() -> None:
    """An end beyond the years that a date can have is the last day there is."""
    calendar = Calendar(UTC)
    far = round(datetime(9985, 5, 5, tzinfo=UTC).timestamp() * 1000)
    assert calendar.last_day(calendar.expires_ms(Expiry(months=120), far)) == LAST_DAY
    assert calendar.last_day(calendar.expires_ms(Expiry(ExpiryPolicy.FIXED, day=1, month=1), far + 6 * 366 * DAY_MS)) == LAST_DAY


def test_a_term_keeps_only_so_many_days_at_hand() -> None:
    """However many days are asked for, the answers stay right and memory bounded."""
    calendar = Calendar(UTC)
    term, first = calendar.term(Expiry(days=1)), day("2000-01-01")
    for ordinal in range(first, first + DAYS_KEPT + 10):
        assert term.ends_ms(ordinal) == calendar.start_ms(ordinal + 2)
    assert len(term._ends) <= DAYS_KEPT
