"""Days that come again and windows of time: the same answers as a library that enumerates, in words where it is no rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.calendar import Calendar
from loyalty.programme.rules import Window
from loyalty.recurrence import Recurrence, near, recurrence, window_open
from loyalty.shapes import Malformed

KYIV = ZoneInfo("Europe/Kyiv")
DAYS = st.dates(date(1999, 1, 1), date(2040, 12, 31))
PLAIN = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _some(values: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=most, unique=True).map(",".join)


PLAIN_DAYS = _some(st.sampled_from(PLAIN))
NTH_DAYS = _some(st.builds(lambda nth, day: f"{nth}{day}", st.sampled_from([-5, -4, -2, -1, 1, 2, 3, 4, 5]), st.sampled_from(PLAIN)))
MONTH_DAYS = _some(st.integers(-31, 31).filter(bool).map(str))
SURE_MONTH_DAYS = _some(st.integers(-28, 28).filter(bool).map(str))
MONTHS = _some(st.integers(1, 12).map(str))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Texts of rules of the subset that name a day at least every few years: the library counts to the year 9999 for others."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    month_days = frequency != "WEEKLY" and draw(st.booleans())
    parts = [f"FREQ={frequency}"]
    if not month_days or draw(st.booleans()):
        numbered = frequency in ("MONTHLY", "YEARLY") and not month_days
        parts.append("BYDAY=" + draw(PLAIN_DAYS | NTH_DAYS if numbered else PLAIN_DAYS))
    if month_days:
        parts.append("BYMONTHDAY=" + draw(MONTH_DAYS if frequency == "MONTHLY" else SURE_MONTH_DAYS))
    if frequency == "YEARLY" or (frequency != "MONTHLY" and draw(st.booleans())):
        parts.append("BYMONTH=" + draw(MONTHS))
    return ";".join(parts)


@given(rules(), st.integers(1, 5), DAYS, st.integers(0, 800))
@settings(deadline=None)
def test_the_days_are_those_of_the_standard(text: str, interval: int, since: date, later: int) -> None:
    """A rule covers exactly the days that python-dateutil enumerates from the same first day to the same last one."""
    until = since + timedelta(days=later)
    text = f"{text};INTERVAL={interval};UNTIL={until:%Y%m%d}"
    listed = {each.date() for each in rrulestr(text, dtstart=datetime.combine(since, time()))}
    rule = recurrence(text)

    for ahead in range(-1, later + 2):
        day = since + timedelta(days=ahead)
        assert rule.covers(day, since) == (day in listed), (text, day)


@given(rules(), DAYS, DAYS)
def test_without_an_interval_the_first_day_only_cuts_off(text: str, day: date, since: date) -> None:
    """A rule without INTERVAL says the same of a day from any first day on."""
    rule = recurrence(text)

    assert rule.covers(day, since) == (rule.covers(day) and day >= since)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8", ["2026-03-08"]),
        ("FREQ=YEARLY;BYMONTH=10;BYDAY=1SU", ["2026-10-04"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYMONTH=5,2", ["2026-02-27", "2026-05-29"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["2026-02-13", "2026-03-13", "2026-11-13"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", ["2026-02-28"]),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=1SA,SU", ["2026-01-03", "2026-01-04", "2026-01-11", "2026-01-18", "2026-01-25"]),
        ("FREQ=DAILY;BYMONTH=2;BYDAY=SU;UNTIL=20260214", ["2026-02-01", "2026-02-08"]),
    ],
)
def test_days_a_shop_knows(text: str, days: list[str]) -> None:
    """Holidays and sales fall in 2026 on the days that a paper calendar says."""
    year = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365)]

    assert [str(day) for day in year if recurrence(text).covers(day)] == days


def test_nothing_said_is_every_day() -> None:
    """An empty text restricts no day."""
    assert recurrence("") == Recurrence()
    assert all(recurrence("").covers(day) for day in (date.min, date(2026, 11, 25), date.max))


def test_a_rule_as_long_as_a_window_may_say() -> None:
    """A text of 200 characters is read like any other."""
    text = "FREQ=DAILY;BYMONTHDAY=" + "15," * 59 + "1"

    assert len(text) == 200
    assert recurrence(text).covers(date(2026, 11, 15))


def test_the_last_month_there_is_has_a_last_day() -> None:
    """The end of time is no exception."""
    assert recurrence("FREQ=MONTHLY;BYMONTHDAY=-1").covers(date.max)
    assert recurrence("FREQ=MONTHLY;BYDAY=-1FR").covers(date.max)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BYDAY=MO", "FREQ"),
        ("FREQ=HOURLY", "DAILY, WEEKLY"),
        ("freq=DAILY", "capitals"),
        ("FREQ=DAILY;", "parts like"),
        ("FREQ=DAILY ;BYDAY=MO", "DAILY, WEEKLY"),
        ("FREQ=DAILY;COUNT=3", "UNTIL"),
        ("FREQ=DAILY;FREQ=DAILY", "once"),
        ("FREQ=DAILY;BYDAY=1MO", "without numbers"),
        ("FREQ=WEEKLY", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "without numbers"),
        ("FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=1", "no BYMONTHDAY"),
        ("FREQ=MONTHLY", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "1 to 5"),
        ("FREQ=MONTHLY;BYDAY=0MO", "1 to 5"),
        ("FREQ=MONTHLY;BYDAY=MO,", "1 to 5"),
        ("FREQ=MONTHLY;BYDAY=XX", "1 to 5"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=٣", "1 to 31"),
        ("FREQ=YEARLY;BYMONTH=3", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTHDAY=3", "BYMONTH,"),
        ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=3", "1 to 12"),
        ("FREQ=YEARLY;BYMONTH=-1;BYMONTHDAY=3", "1 to 12"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=1"),
        ("FREQ=DAILY;INTERVAL=-2", "INTERVAL=1"),
        ("FREQ=DAILY;INTERVAL=٣", "INTERVAL=1"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
        ("FREQ=DAILY;UNTIL=2026-02-20", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20260220T000000Z", "UNTIL"),
        ("x" * 201, "200 characters"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(text: str, words: str) -> None:
    """A text outside the subset is refused, and the words say what is expected in its place."""
    with pytest.raises(Malformed) as caught:
        recurrence(text)

    assert words in caught.value.expected


@given(st.text(max_size=60) | st.text(alphabet="FREQ=DAILYWKMONTHBY;,-1230", max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    """Whatever is written, the outcome is a rule or words that do not repeat it."""
    try:
        assert isinstance(recurrence(text), Recurrence)
    except Malformed as refused:
        words = refused.expected
        assert words
        assert len(text) < 20 or text not in words


def test_an_interval_without_a_first_day_is_a_mistake_of_ours() -> None:
    """Nobody can say which week is the second without a first; silence would be a wrong answer."""
    with pytest.raises(ValueError, match="first day"):
        recurrence("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO").covers(date(2026, 11, 23))


def _at(text: str, fold: int = 0) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=KYIV, fold=fold).timestamp() * 1000)


HAPPY = Window("happy", "FREQ=WEEKLY;BYDAY=TU,TH", time(14), 120, date(2026, 11, 3), date(2026, 12, 31))
NIGHT = Window("night", "FREQ=WEEKLY;BYDAY=SA", time(22), 300)


@pytest.mark.parametrize(
    ("window", "at", "is_open"),
    [
        (HAPPY, "2026-11-24T13:59:59", False),
        (HAPPY, "2026-11-24T14:00:00", True),
        (HAPPY, "2026-11-24T15:59:59", True),
        (HAPPY, "2026-11-24T16:00:00", False),
        (HAPPY, "2026-11-25T15:00:00", False),
        (HAPPY, "2026-10-29T15:00:00", False),
        (HAPPY, "2026-12-31T15:00:00", True),
        (HAPPY, "2027-01-05T15:00:00", False),
        (NIGHT, "2026-11-21T21:59:59", False),
        (NIGHT, "2026-11-21T23:30:00", True),
        (NIGHT, "2026-11-22T02:59:59", True),
        (NIGHT, "2026-11-22T03:00:00", False),
        (NIGHT, "2026-11-22T23:30:00", False),
        (NIGHT, "2026-11-21T01:00:00", False),
        (Window("always"), "2026-11-25T03:00:00", True),
        (Window("sundays", "FREQ=WEEKLY;BYDAY=SU"), "2026-11-22T00:00:00", True),
        (Window("sundays", "FREQ=WEEKLY;BYDAY=SU"), "2026-11-22T23:59:59", True),
        (Window("sundays", "FREQ=WEEKLY;BYDAY=SU"), "2026-11-23T00:00:00", False),
        (Window("other-weeks", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", starts=date(2026, 11, 3)), "2026-11-17T10:00:00", True),
        (Window("other-weeks", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", starts=date(2026, 11, 3)), "2026-11-24T10:00:00", False),
        (Window("round-the-clock", "FREQ=WEEKLY;BYDAY=SU", time(6), 1440), "2026-11-23T05:59:59", True),
        (Window("round-the-clock", "FREQ=WEEKLY;BYDAY=SU", time(6), 1440), "2026-11-23T06:00:00", False),
        (Window("one-evening", "", time(23), 120, date(2026, 11, 24), date(2026, 11, 24)), "2026-11-25T00:30:00", True),
    ],
)
def test_a_window_is_open_by_the_shops_wall_clock(window: Window, at: str, is_open: bool) -> None:
    """Hours count from the start on the days of the rule, and what is left after midnight belongs to the day before."""
    assert window_open(window, Calendar(KYIV), _at(at)) is is_open


def test_a_window_on_days_of_25_and_23_hours() -> None:
    """The hour that comes twice is in both times, and a window over the skipped hour ends when the wall clock says so."""
    autumn = Window("autumn", "FREQ=WEEKLY;BYDAY=SU", time(3), 60)
    spring = Window("spring", "FREQ=WEEKLY;BYDAY=SU", time(2), 120)
    calendar = Calendar(KYIV)

    assert [window_open(autumn, calendar, _at("2026-10-25T03:30", fold)) for fold in (0, 1)] == [True, True]
    assert not window_open(autumn, calendar, _at("2026-10-25T04:00"))
    first = _at("2026-03-29T02:00")
    hour_ms = 3_600_000
    assert [window_open(spring, calendar, first + hour_ms * each // 2) for each in (-1, 0, 1, 2, 3)] == [False, True, True, False, False]


@given(st.integers(0, 2**41), st.sampled_from([time(0), time(6, 30), time(23, 59)]), st.integers(1, 1440))
def test_a_daily_window_is_open_for_its_minutes(at_ms: int, start: time, minutes: int) -> None:
    """In a zone without clock changes a daily window is open exactly while less than its length has passed since the last start."""
    passed = (at_ms // 60_000 - start.hour * 60 - start.minute) % 1440

    assert window_open(Window("daily", "", start, minutes), Calendar(UTC), at_ms) is (passed < minutes)


WOMENS_DAY = recurrence("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8")


@pytest.mark.parametrize(
    ("day", "days", "found"),
    [
        (date(2026, 3, 8), 0, date(2026, 3, 8)),
        (date(2026, 3, 6), 2, date(2026, 3, 8)),
        (date(2026, 3, 10), 2, date(2026, 3, 8)),
        (date(2026, 3, 5), 2, None),
        (date(2026, 3, 7), 0, None),
        (date.max, 3, None),
        (date.min, 3, None),
    ],
)
def test_a_holiday_is_near(day: date, days: int, found: date | None) -> None:
    """The nearest covered day within so many days before or after is found, at the ends of time too."""
    assert near(WOMENS_DAY, day, days) == found


def test_of_two_holidays_as_near_the_coming_one_is_found() -> None:
    """Between two covered days the one to look forward to wins, and one nearer wins over any."""
    twice = recurrence("FREQ=MONTHLY;BYMONTHDAY=10,14")

    assert near(twice, date(2026, 11, 12), 3) == date(2026, 11, 14)
    assert near(twice, date(2026, 11, 11), 3) == date(2026, 11, 10)
