"""A phrase: one thing to say with its shorter variants; and what every set of sentences needs: its language, numbers, times and dates.

No sentence of a screen stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from gettext import NullTranslations


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing to say: in full, and variants for where that does not fit."""

    full: str
    short: str
    tiny: str | None = None

    @property
    def shortest(self) -> Phrase:
        """The last variant alone."""
        last = self.variants[-1]
        return Phrase(last, last)

    @property
    def variants(self) -> tuple[str, ...]:
        """All of them, the longest first."""
        return (self.full, self.short) if self.tiny is None else (self.full, self.short, self.tiny)


def printable(text: str) -> str:
    """`text` without anything that draws nothing or steers a terminal; names come from outside. White space becomes plain spaces."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


class Speech:
    """A language: its catalogue, and how it writes numbers, times of day and dates."""

    def __init__(self, language: str, catalogue: NullTranslations) -> None:
        """`catalogue`: the translations of `language`; a `NullTranslations` gives the English ones."""
        self.language = language
        self._c = catalogue
        # Translators: what stands between thousands, as in 12,345.
        self._thousands = catalogue.pgettext("thousands separator", ",")

    def number(self, value: int) -> str:
        """A whole number with its thousands set apart as the language does."""
        return f"{value:,}".replace(",", self._thousands)

    def clock(self, at: time) -> str:
        """A time of day, 24 hours."""
        return f"{at:%H:%M}"

    def date(self, day: date) -> str:
        """Day and month, the month as it stands behind a day: "30 Nov"."""
        c = self._c
        months = (
            c.pgettext("month of a date", "Jan"),
            c.pgettext("month of a date", "Feb"),
            c.pgettext("month of a date", "Mar"),
            c.pgettext("month of a date", "Apr"),
            c.pgettext("month of a date", "May"),
            c.pgettext("month of a date", "Jun"),
            c.pgettext("month of a date", "Jul"),
            c.pgettext("month of a date", "Aug"),
            c.pgettext("month of a date", "Sep"),
            c.pgettext("month of a date", "Oct"),
            c.pgettext("month of a date", "Nov"),
            c.pgettext("month of a date", "Dec"),
        )
        return c.pgettext("date", "{day} {month}").format(day=day.day, month=months[day.month - 1])

    def balance(self, count: int) -> str:
        """Number and unit in one line."""
        # Translators: {number} is the balance.
        return self._c.ngettext("{number} point", "{number} points", count).format(number=self.number(count))
