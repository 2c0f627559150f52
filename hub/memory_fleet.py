"""What the hub keeps of its kiosks as a fleet, in the hub store in memory. See `memory_store`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hub.fleet_records import KioskSetUp, SettingsChange
from hub.memory_tables import Undoable


class MemoryFleet(Undoable):
    """See `fleet_door.FleetPart`."""

    def kiosks(self) -> list[str]:
        """See `FleetPart`."""
        return sorted(self._t.kiosks)

    def changes_held(self) -> int:
        """See `FleetPart`."""
        return len(self._t.changes)

    def changes(self, scopes: Collection[str]) -> list[SettingsChange]:
        """See `FleetPart`."""
        return [change for change in self._t.changes if change.scope in scopes]

    def add_change(self, change: SettingsChange) -> None:
        """See `FleetPart`."""
        self._extend(self._t.changes, replace(change, id=len(self._t.changes) + 1))

    def set_up(self, kiosk: str) -> KioskSetUp:
        """See `FleetPart`."""
        return self._t.set_ups.get(kiosk, KioskSetUp(kiosk))

    def save_set_up(self, held: KioskSetUp) -> None:
        """See `FleetPart`."""
        self._put(self._t.set_ups, held.kiosk, held)
