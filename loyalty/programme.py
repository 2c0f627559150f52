"""The programme: the rules of one shop as data. What is earned, and in which time zone a day begins and ends.

Only values live here; how they are read from TOML is `config.programme`, what they do is `ledger`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Programme:
    """Earning rules. Points are whole numbers. `zone` decides which business day a moment belongs to."""

    name: str
    zone: tzinfo = UTC
    version: int = 1
    visit_points: int = 10  # once a business day
    thanks_points: int = 2  # for a rating, once a business day, whatever the face

    def day_of(self, at_ms: int) -> date:
        """Business day of a moment given in ms since 1970 UTC."""
        return datetime.fromtimestamp(at_ms / 1000, self.zone).date()
