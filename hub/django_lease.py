"""The lease of a shard in the hub's database. See `django_store`; who may have it is `fencing`'s."""

from __future__ import annotations

from dataclasses import astuple

from django.db import connection

from hub.records import Lease
from hub.sql import rows, write

LEASE = "SELECT shard, holder, token, until_ms FROM hub_shardlease WHERE shard = %s"
SAVE = (
    "INSERT INTO hub_shardlease (shard, holder, token, until_ms) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (shard) DO UPDATE SET holder = excluded.holder, token = excluded.token, until_ms = excluded.until_ms"
)


class DjangoLeases:
    """See `door.LeasePart`."""

    def lease(self, shard: str) -> Lease | None:
        """See `HubTransaction`. SQLite locks all of the database when a transaction begins; elsewhere the row is locked."""
        found = rows(LEASE + (" FOR UPDATE" if connection.features.has_select_for_update else ""), (shard,))
        return Lease(*found[0]) if found else None

    def save_lease(self, lease: Lease) -> None:
        """See `HubTransaction`."""
        write(SAVE, [astuple(lease)])
