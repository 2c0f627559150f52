"""What the hub keeps of its kiosks as a fleet, in the hub's database. See `django_store`."""

from __future__ import annotations

import json
from collections.abc import Collection

from hub import models
from hub.fleet_records import KioskSetUp, SettingsChange
from hub.sql import rows
from mqtt.messages import Reported, SetUp

CHANGES_HELD = "SELECT COUNT(*) FROM hub_settingschangerow"


class DjangoFleet:
    """See `fleet_door.FleetPart`."""

    def kiosks(self) -> list[str]:
        """See `FleetPart`."""
        return list(models.Kiosk.objects.order_by("id").values_list("id", flat=True))

    def changes_held(self) -> int:
        """See `FleetPart`."""
        return int(rows(CHANGES_HELD)[0][0])

    def changes(self, scopes: Collection[str]) -> list[SettingsChange]:
        """See `FleetPart`."""
        found = models.SettingsChangeRow.objects.filter(scope__in=scopes).order_by("id")
        return [SettingsChange(row.scope, json.loads(row.set), tuple(json.loads(row.unset)), row.by, row.at_ms, row.id) for row in found]

    def add_change(self, change: SettingsChange) -> None:
        """See `FleetPart`."""
        said = {"set": json.dumps(change.set), "unset": json.dumps(change.unset)}
        models.SettingsChangeRow.objects.create(scope=change.scope, by=change.by, at_ms=change.at_ms, **said)

    def set_up(self, kiosk: str) -> KioskSetUp:
        """See `FleetPart`."""
        row = models.KioskSetUpRow.objects.filter(kiosk=kiosk).first()
        if row is None:
            return KioskSetUp(kiosk)
        said = Reported(row.seen, row.seen_content, SetUp(row.state), row.applied, tuple(json.loads(row.why)))
        return KioskSetUp(kiosk, row.version, row.content, row.desired_ms, said, row.reported_ms)

    def save_set_up(self, held: KioskSetUp) -> None:
        """See `FleetPart`."""
        said = held.reported
        columns = {
            "version": held.version,
            "content": held.content,
            "desired_ms": held.desired_ms,
            "seen": said.version,
            "seen_content": said.content,
            "state": said.state.value,
            "applied": said.applied,
            "why": json.dumps(said.why),
            "reported_ms": held.reported_ms,
        }
        models.KioskSetUpRow.objects.update_or_create(kiosk=held.kiosk, defaults=columns)
