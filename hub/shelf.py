"""The rulebook in use, with all that is closed, and what each kiosk is told of that. Pure.

What closes a rule is `deciding`'s; what a closed rule means is `loyalty.rulebook`'s. Kiosks learn it at their handshake and whenever there
is more of it (`receiver`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.door import HubTransaction
from loyalty.rulebook import Closing, Rulebook
from mqtt.messages import Closings
from mqtt.reading import CLOSINGS_MAX

ENDED_KEPT_MS = 7 * 86_400_000  # facts of its time wait for us no longer than a kiosk without a network does: a long weekend, and room


@dataclass(slots=True)
class Shelf:
    """The rulebook: all editions, and what was closed up to now. `closings`: how many are in it; `told`: how many there were when kiosks
    were last told, None before the first look; `version` of what they were told.
    """

    book: Rulebook
    closings: int = 0
    told: int | None = None
    version: int = 0

    def book_now(self, tx: HubTransaction) -> Rulebook:
        """The rulebook with everything that is closed by what is committed; to be asked at the beginning of a transaction."""
        held = self._look(tx)
        if held != self.closings:
            self.book = self.book.closing(tx.closings())
            self.closings = held
        return self.book

    def all_told(self, tx: HubTransaction) -> bool:
        """Whether nothing was closed since kiosks were told, by this run or beside it."""
        return self._look(tx) == self.told

    def words(self, hub: str, kiosks: Iterable[str], closed: tuple[Closing, ...], now_ms: int) -> tuple[tuple[str, Closings], ...]:
        """What these kiosks are told, each with the same version, above any before it; `closed`: all there is."""
        self.version = max(now_ms, self.version + 1)
        return tuple((kiosk, Closings(hub, self.version, mattering(closed, kiosk, now_ms))) for kiosk in kiosks)

    def _look(self, tx: HubTransaction) -> int:
        held = tx.closings_held()
        if self.told is None:  # whoever is greeted from here on is told all of these then
            self.told = held
        return held


def mattering(closed: Iterable[Closing], kiosk: str, now_ms: int) -> tuple[Closing, ...]:
    """The closings that a kiosk must know of, those that end last; of what is over only the last week."""
    since_ms = now_ms - ENDED_KEPT_MS
    found = [each for each in closed if each.kiosk in ("", kiosk) and each.until > max(each.start, since_ms)]
    return tuple(sorted(found, key=lambda each: (each.until, each.start))[-CLOSINGS_MAX:])
