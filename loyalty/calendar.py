"""The shop's calendar: which business day a moment belongs to, and when a day begins, in the programme's time zone. Pure.

Days are counted as ordinals (`datetime.date.toordinal`), moments in ms since 1970 UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated

from loyalty.programme.rules import Expiry, ExpiryPolicy, Rounding
from loyalty.shapes import Whole

NEVER = 2**53 - 1  # a moment that does not come: sorts after every other, and JSON can hold it
WHEN_MAX = 253_400_000_000_000  # in December 9999: every zone still has a day for it
Past = Annotated[int, Whole(0, WHEN_MAX)]
"""A moment of an account, ms since 1970 UTC, at which something happened; 0 for not yet."""
When = Annotated[int, Whole(0, WHEN_MAX, NEVER)]
"""A moment of an account at which something will happen, or NEVER."""
Day = Annotated[int, Whole(0, date.max.toordinal())]
"""A day of an account, as an ordinal; 0 for none."""
QUARTER_MS = 900_000  # since 1980 every zone's days begin on a quarter of an hour, but for eastern Canada's autumn nights until 2010
QUARTERS_KEPT = 65_536  # almost two years of moments at hand, about 8 MB
DAYS_KEPT = 4_096
LAST_DAY = date(9990, 12, 31)  # beyond it a date has no month after next


class Calendar:
    """One time zone. Equal moments give equal answers for ever; what was asked lately is kept at hand."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._terms: dict[Expiry, Term] = {}
        self._day_of = lru_cache(QUARTERS_KEPT)(self._reckon_day)
        self.start_ms = lru_cache(DAYS_KEPT)(self._reckon_start)

    def day_of(self, at_ms: int) -> int:
        """Ordinal of the business day of a moment."""
        return self._day_of(at_ms // QUARTER_MS)

    def date_of(self, at_ms: int) -> date:
        """Business day of a moment as a date."""
        return date.fromordinal(self.day_of(at_ms))

    def clock_of(self, at_ms: int) -> time:
        """Time of day of a moment, by the minute."""
        return datetime.fromtimestamp(at_ms // 60_000 * 60, self.zone).time()

    def _reckon_day(self, quarter: int) -> int:
        return datetime.fromtimestamp(quarter * (QUARTER_MS // 1000), self.zone).toordinal()

    def _reckon_start(self, day: int) -> int:
        """First moment of a day; of a day whose midnight a clock change skips, the moment after the change."""
        midnight = datetime.combine(date.fromordinal(day), time(), self.zone)
        return round(midnight.astimezone(UTC).timestamp() * 1000)

    def end_ms(self, day: int) -> int:
        """First moment after a day."""
        return self.start_ms(day + 1)

    def last_day(self, ends_ms: int) -> date:
        """The last day on which something counts that ends at a moment (exclusive)."""
        return self.date_of(ends_ms - 1)

    def expires_ms(self, expiry: Expiry, from_ms: int) -> int:
        """When points that vest at a moment burn, exclusive; NEVER for those that do not, or only for lack of visits."""
        if expiry.policy in (ExpiryPolicy.NEVER, ExpiryPolicy.INACTIVITY):
            return NEVER
        return self.end_ms(_last_day(expiry, self.day_of(from_ms)))

    def term(self, expiry: Expiry) -> Term:
        """The same for points that vest on a day, for those who ask often; there are as many as rules have expiries."""
        return self._terms.setdefault(expiry, Term(self, expiry))

    def inactive_ms(self, expiry: Expiry, active_ms: int) -> int:
        """When everything burns for lack of visits after one at a moment; NEVER under any other policy."""
        return self.end_ms(self.day_of(active_ms) + expiry.days) if expiry.policy is ExpiryPolicy.INACTIVITY else NEVER


class Term:
    """How long points last by one expiry in one calendar; what was asked lately is kept at hand."""

    __slots__ = ("_calendar", "_ends", "_expiry")

    def __init__(self, calendar: Calendar, expiry: Expiry) -> None:
        self._calendar, self._expiry = calendar, expiry
        self._ends: dict[int, int] = {}

    def ends_ms(self, day: int) -> int:
        """When points that vest on a day burn, exclusive; see `Calendar.expires_ms`."""
        ends = self._ends.get(day)
        if ends is None:
            if len(self._ends) >= DAYS_KEPT:
                self._ends.clear()
            ends = self._ends[day] = self._calendar.expires_ms(self._expiry, self._calendar.start_ms(day))
        return ends


def _last_day(expiry: Expiry, day: int) -> int:
    """Ordinal of the last day on which points count that vest on a day."""
    begun = date.fromordinal(day)
    if expiry.policy is ExpiryPolicy.FIXED:
        this_year = _in_month(begun.year, expiry.month, expiry.day)
        return (this_year if this_year >= begun else _in_month(begun.year + 1, expiry.month, expiry.day)).toordinal()
    month = begun.month - 1 + expiry.months
    ends = _in_month(begun.year + month // 12, month % 12 + 1, begun.day) + timedelta(days=expiry.days)
    match expiry.round:
        case Rounding.MONTH_END:
            ends = _in_month(ends.year, ends.month, 31)
        case Rounding.QUARTER_END:
            ends = _in_month(ends.year, (ends.month + 2) // 3 * 3, 31)
        case Rounding.YEAR_END:
            ends = date(ends.year, 12, 31)
    return min(ends, LAST_DAY).toordinal()


def _in_month(year: int, month: int, day: int) -> date:
    """That day of a month, or the last one of a shorter month."""
    if year > LAST_DAY.year:
        return LAST_DAY
    after = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, min(day, 28)) + timedelta(days=max(0, day - 28)), after - timedelta(days=1))
