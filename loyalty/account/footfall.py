"""When a member came and bought: visit days and purchase days as bits, streaks, and the habit of coming back. Pure counting.

Days are ordinals of the shop's calendar. Bit k of `visits` and `purchases` is the day k days before `last_day`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from loyalty.calendar import Day, Past
from loyalty.shapes import Bits

KEPT_DAYS = 400  # a year and a month: what rungs, habits and milestones look back on
KEPT = (1 << KEPT_DAYS) - 1
HABIT_INTERVALS = 3  # fewer intervals between visits are no habit


class Activity(StrEnum):
    """How long a member has stayed away, against their own habit. It never lowers a rung."""

    ACTIVE = "active"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"


@dataclass(slots=True)
class Footfall:
    """Visits and purchases of one member. `visit_days`, `purchase_days`, `spend`: in all their time; `spend` in minor units, less
    returns. `weeks`: visits in so many weeks in a row up to `visit_day`, the last visit's. `first_ms` 0: never here. `away`: days from
    the visit before it, 0 on the first.
    """

    first_ms: Past = 0
    last_ms: Past = 0
    last_day: Day = 0
    visit_days: int = 0
    purchase_days: int = 0
    visits: Annotated[int, Bits(KEPT_DAYS)] = 0
    purchases: Annotated[int, Bits(KEPT_DAYS)] = 0
    weeks: int = 0
    away: int = 0
    spend: int = 0
    visit_day: Day = 0

    def visited(self, day: int, at: int) -> tuple[bool, bool]:
        """A visit; whether it is the first on its day, and the first in its week."""
        self.first_ms = self.first_ms or at
        self.last_ms = max(self.last_ms, at)
        if not self._reach(day) or self.visits >> (self.last_day - day) & 1:
            return False, False
        self.visits |= 1 << (self.last_day - day)
        self.visit_days += 1
        return True, self._follow(day)

    def bought(self, day: int) -> None:
        """A purchase on a day."""
        if self._reach(day) and not self.purchases >> (self.last_day - day) & 1:
            self.purchases |= 1 << (self.last_day - day)
            self.purchase_days += 1

    def unbought(self, day: int) -> None:
        """Everything bought on a day came back."""
        place = self.last_day - day
        if 0 <= place < KEPT_DAYS and self.purchases >> place & 1:
            self.purchases &= ~(1 << place)
            self.purchase_days -= 1

    def _reach(self, day: int) -> bool:
        """Move on to a later day; False for one too far back to be remembered."""
        if day > self.last_day:
            shift = day - self.last_day if self.last_day else 0
            self.visits = (self.visits << shift) & KEPT if shift < KEPT_DAYS else 0
            self.purchases = (self.purchases << shift) & KEPT if shift < KEPT_DAYS else 0
            self.last_day = day
        return self.last_day - day < KEPT_DAYS

    def _follow(self, day: int) -> bool:
        """Weeks in a row and days away, after a first visit on `day`; whether it opens a week. Ordinal 1 was a Monday."""
        before, self.visit_day = self.visit_day, max(day, self.visit_day)
        if day < before:
            return False  # told late: what it would have opened has been counted
        self.away = day - before if before else 0
        weeks = (day - 1) // 7 - (before - 1) // 7
        if weeks:
            self.weeks = self.weeks + 1 if before and weeks == 1 else 1
        return weeks > 0

    def visits_within(self, days: int, today: int) -> int:
        """Visit days among the last `days`, today included."""
        return _within(self.visits, self.last_day, days, today)

    def purchases_within(self, days: int, today: int) -> int:
        """Purchase days among the last `days`, today included."""
        return _within(self.purchases, self.last_day, days, today)

    def intervals(self) -> list[int]:
        """Days between visits that followed one another, as far back as is kept, newest first."""
        found, bits, last = [], self.visits, -1
        while bits:
            place = (bits & -bits).bit_length() - 1
            if last >= 0:
                found.append(place - last)
            last = place
            bits &= bits - 1
        return found

    def usual_days(self, otherwise: int) -> int:
        """The member's own median of days between visits, rounded up; `otherwise` where there is no habit yet."""
        between = sorted(self.intervals())
        if len(between) < HABIT_INTERVALS:
            return otherwise
        middle = len(between) // 2
        return between[middle] if len(between) % 2 else -(-(between[middle - 1] + between[middle]) // 2)

    def activity(self, today: int, otherwise: int) -> Activity:
        """How long they have stayed away by `today`; after a year of absence everybody is lapsed."""
        return activity_after(today - self.last_day, self.usual_days(otherwise))


def activity_after(away_days: int, usual_days: int) -> Activity:
    """Up to twice the habit is active, up to three times at risk."""
    if away_days > 365 or away_days > 3 * usual_days:
        return Activity.LAPSED
    return Activity.AT_RISK if away_days > 2 * usual_days else Activity.ACTIVE


def _within(bits: int, last_day: int, days: int, today: int) -> int:
    """How many of the bits lie within the last `days` days."""
    reach = days - (today - last_day)
    return (bits & ((1 << reach) - 1)).bit_count() if reach > 0 else 0
