"""Days that come again, said as in iCalendar (RFC 5545, section 3.3.10), and windows of time made of them.

A strict subset for whole days: every part must hold for a day, so a question is answered by arithmetic and nothing is enumerated.
No clock is read here and no holiday is known: those are a programme's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

from loyalty.calendar import Calendar
from loyalty.programme.rules import Window
from loyalty.shapes import Malformed

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TEXT_MAX = 200  # all twelve months and all days of the week with room to spare
INTERVAL_MAX = 1000  # a shop that repeats something less often than this has forgotten it
TEXTS_KEPT = 256  # every window and holiday of two editions of the largest programme
DAY_MINUTES = 1440

Line = tuple[int, int]
"""(ordinal, weekday): (0, 4) every Friday, (-1, 4) the last Friday of a month."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule of whole days, parsed; made by `recurrence`. Empty parts do not restrict anything."""

    frequency: str = "DAILY"
    interval: int = 1
    by_day: tuple[Line, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    until: date | None = None

    def covers(self, day: date, since: date | None = None) -> bool:
        """Whether the rule names this day. With `since` no day before it; an INTERVAL is counted from there.

        Raises ValueError for an INTERVAL without `since`: `checks` refuses such a programme.
        """
        if (since is not None and day < since) or (self.until is not None and day > self.until):
            return False
        if self.by_month and day.month not in self.by_month:
            return False
        if self.by_month_day and not {day.day, day.day - _month_days(day) - 1}.intersection(self.by_month_day):
            return False
        if self.by_day and not any(_is_on(day, line) for line in self.by_day):
            return False
        return self.interval == 1 or self._periods(day, since) % self.interval == 0

    def _periods(self, day: date, since: date | None) -> int:
        """How many days, weeks (from Monday), months or years lie between the two."""
        if since is None:
            raise ValueError("an INTERVAL needs a first day to count from")
        match self.frequency:
            case "DAILY":
                return (day - since).days
            case "WEEKLY":
                return (day.toordinal() - day.weekday() - since.toordinal() + since.weekday()) // 7
            case "MONTHLY":
                return (day.year - since.year) * 12 + day.month - since.month
        return day.year - since.year


def _month_days(day: date) -> int:
    return (date(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)).day if day.year < 9999 else 31


def _is_on(day: date, line: Line) -> bool:
    ordinal, weekday = line
    if day.weekday() != weekday:
        return False
    if ordinal == 0:
        return True
    return (day.day - 1) // 7 + 1 == ordinal if ordinal > 0 else (day.day - _month_days(day) - 1) // 7 == ordinal


@lru_cache(TEXTS_KEPT)
def recurrence(text: str) -> Recurrence:
    """The rule that a text says; every day for an empty one.

    Taken: FREQ, INTERVAL, BYDAY (with ordinals within a month), BYMONTHDAY, BYMONTH, UNTIL=YYYYMMDD. Raises Malformed with words that
    say what is expected and never repeat the text.
    """
    if not text:
        return Recurrence()
    if len(text) > TEXT_MAX:
        raise Malformed("", f"at most {TEXT_MAX} characters")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in _READERS:
            raise Malformed("", f"parts like FREQ=WEEKLY;BYDAY=MO,TU made of {', '.join(_READERS)}, in capitals and without spaces")
        if name in parts:
            raise Malformed("", f"{name} only once")
        parts[name] = value
    if "FREQ" not in parts:
        raise Malformed("", "FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    found = Recurrence(**{_READERS[name][0]: _READERS[name][1](value) for name, value in parts.items()})
    _refuse_unsaid_days(found)
    return found


def _refuse_unsaid_days(found: Recurrence) -> None:
    """RFC 5545 takes what is not said from the first day; a window need not have one, so here it must be said."""
    numbered = any(ordinal for ordinal, _ in found.by_day)
    match found.frequency:
        case "DAILY" if numbered:
            raise Malformed("", "BYDAY without numbers for FREQ=DAILY, like MO,TU")
        case "WEEKLY" if numbered or not found.by_day or found.by_month_day:
            raise Malformed("", "BYDAY without numbers, like MO,TU, and no BYMONTHDAY for FREQ=WEEKLY")
        case "MONTHLY" if not (found.by_day or found.by_month_day):
            raise Malformed("", "BYDAY or BYMONTHDAY for FREQ=MONTHLY")
        case "YEARLY" if not found.by_month or not (found.by_day or found.by_month_day):
            raise Malformed("", "BYMONTH, and BYDAY or BYMONTHDAY, for FREQ=YEARLY")


def _frequency(value: str) -> str:
    if value not in FREQUENCIES:
        raise Malformed("", "FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    return value


def _number(value: str, least: int, most: int, expected: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,4}", value) or not least <= abs(int(value)) <= most:
        raise Malformed("", expected)
    return int(value)


def _interval(value: str) -> int:
    expected = f"INTERVAL=1 to {INTERVAL_MAX}"
    if not value.isdecimal():
        raise Malformed("", expected)
    return _number(value, 1, INTERVAL_MAX, expected)


def _lines(value: str) -> tuple[Line, ...]:
    expected = "BYDAY of MO, TU, WE, TH, FR, SA, SU, with 1 to 5 or -1 to -5 before them for the nth of a month"
    found = []
    for each in value.split(","):
        if each[-2:] not in WEEKDAYS:
            raise Malformed("", expected)
        ordinal = _number(each[:-2], 1, 5, expected) if each[:-2] else 0
        found.append((ordinal, WEEKDAYS.index(each[-2:])))
    return tuple(found)


def _month_day_list(value: str) -> tuple[int, ...]:
    return tuple(_number(each, 1, 31, "BYMONTHDAY of 1 to 31, or -1 to -31 from the month's end") for each in value.split(","))


def _months(value: str) -> tuple[int, ...]:
    if "-" in value:
        raise Malformed("", "BYMONTH of 1 to 12")
    return tuple(_number(each, 1, 12, "BYMONTH of 1 to 12") for each in value.split(","))


def _until(value: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{8}", value):
            return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        pass
    raise Malformed("", "UNTIL as a day that exists, like UNTIL=20261231")


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "FREQ": ("frequency", _frequency),
    "INTERVAL": ("interval", _interval),
    "BYDAY": ("by_day", _lines),
    "BYMONTHDAY": ("by_month_day", _month_day_list),
    "BYMONTH": ("by_month", _months),
    "UNTIL": ("until", _until),
}


def window_covers(window: Window, day: date) -> bool:
    """Whether a window opens on a day. Raises Malformed if its rule is none."""
    if (window.starts is not None and day < window.starts) or (window.ends is not None and day > window.ends):
        return False
    return recurrence(window.rrule).covers(day, window.starts)


def window_open(window: Window, calendar: Calendar, at_ms: int) -> bool:
    """Whether a moment lies within a window, by the wall clock of the shop.

    A window that reaches over midnight belongs to the day on which it started. On a day of 25 hours the hour that comes twice is in or
    out both times; on one of 23 the hour that is skipped is missing. Raises Malformed if its rule is none.
    """
    today = calendar.date_of(at_ms)
    if window.start is None:
        return window_covers(window, today)
    since_start = _minute(calendar.clock_of(at_ms)) - _minute(window.start)
    if since_start >= 0:
        return since_start < window.minutes and window_covers(window, today)
    return since_start + DAY_MINUTES < window.minutes and window_covers(window, today - timedelta(days=1))


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def near(rule: Recurrence, day: date, days: int) -> date | None:
    """The covered day nearest to `day` among those at most `days` before or after it, of two the later; None without one.

    Raises ValueError for an INTERVAL: a holiday has no first day to count from.
    """
    for away in range(days + 1):
        for ordinal in (day.toordinal() + away, day.toordinal() - away):
            if 1 <= ordinal <= date.max.toordinal() and rule.covers(found := date.fromordinal(ordinal)):
                return found
    return None
