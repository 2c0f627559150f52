"""The part of the door for what the hub keeps of its kiosks as a fleet. See `door`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from hub.fleet_records import KioskSetUp, SettingsChange


class FleetPart(Protocol):
    """How kiosks shall be set up, and how they stand to it."""

    def kiosks(self) -> list[str]:
        """Every kiosk that ever spoke, by name."""
        ...

    def changes_held(self) -> int:
        """How many changes of settings there are: they are only ever added."""
        ...

    def changes(self, scopes: Collection[str]) -> list[SettingsChange]:
        """Changes of settings with one of these scopes, oldest first."""
        ...

    def add_change(self, change: SettingsChange) -> None:
        """One more change; its id is given here."""
        ...

    def set_up(self, kiosk: str) -> KioskSetUp:
        """What is desired of a kiosk; of one of which nothing ever was, an empty record."""
        ...

    def save_set_up(self, held: KioskSetUp) -> None:
        """Keep what is desired of a kiosk that ever spoke, and how it stands to that."""
        ...
