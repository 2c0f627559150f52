"""What the store remembers beside facts and members, each in one document: what was given today, what the hub closed, what it commanded.

Each can be lost: a spoilt one is as one never written. Facts and members are `store`'s.
"""

from __future__ import annotations

from kiosk import closed, taken
from kiosk.documents import Documents, DocumentTable
from kiosk.standings import UNREADABLE
from kiosk.sums import with_sum, without_sum
from kiosk.taken import Remembered
from loyalty.counter.tap import KioskDay
from loyalty.document import read
from mqtt.messages import Closings


class Remembering:
    """The part of the store for single documents."""

    _db: Documents
    _meta: DocumentTable

    def keep_closings(self, said: Closings) -> None:
        """Remember which rules the hub has closed, in place of what it said before."""
        with self._db.transaction():
            self._meta.put("closed", closed.document_of(said))

    def closings(self) -> Closings:
        """Which rules the hub has closed, as far as it said."""
        return closed.closings_of(self._meta.get_by_key("closed"))

    def keep_commands(self, known: Remembered) -> None:
        """Remember which commands were taken and what holds by them."""
        with self._db.transaction():
            self._meta.put("commands", taken.document_of(known))

    def commands(self) -> Remembered:
        """Which commands were taken, and what holds by them."""
        return taken.remembered_of(self._meta.get_by_key("commands"))

    def _given(self) -> KioskDay:
        """What was given on the last day that anything was; a spoilt count begins anew."""
        try:
            today: KioskDay = read(KioskDay, without_sum(self._meta.get_by_key("today") or with_sum({})))
        except UNREADABLE:
            return KioskDay()
        return today
