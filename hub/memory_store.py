"""A hub store in memory: for whole shops in simulation, with the power cuts and the old backups that a real one meets.

It ships, refuses what the real store refuses and passes the same contract tests. Nothing here survives the process.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hub.memory_commands import MemoryCommands
from hub.memory_desk import MemoryDesk
from hub.memory_fleet import MemoryFleet
from hub.memory_members import MemoryMembers
from hub.memory_tables import Hook, Tables
from hub.records import STREAMS_COVERED_MAX, KeptFact, KioskRecord, Lease, PutAside, RaisedAlert, StreamGap, StreamId
from mqtt.messages import AlertId

__all__ = ["MemoryHubStore", "MemoryTransaction", "Tables"]


def _nothing() -> None:
    """The hook of a store whose power never fails."""


class MemoryHubStore:
    """The store. `before_commit` and `after_commit` are called at those two moments of each transaction that changed something.

    If `before_commit` raises, the transaction is undone, as by a power cut before the commit; if `after_commit` raises, it
    stays, as by one after it.
    """

    def __init__(self, before_commit: Hook = _nothing, after_commit: Hook = _nothing) -> None:
        self.before_commit = before_commit
        self.after_commit = after_commit
        self._tables = Tables()
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """Begin; undone if the block or `before_commit` raises. Not to be begun within another one."""
        with self._lock:
            tx = MemoryTransaction(self._tables)
            try:
                yield tx
                if tx.undo:
                    self.before_commit()
            except BaseException:
                for step in reversed(tx.undo):
                    step()
                raise
        if tx.undo:
            self.after_commit()

    def snapshot(self) -> Tables:
        """A backup: what is held now."""
        with self._lock:
            return self._tables.copy()

    def restore(self, backup: Tables) -> None:
        """Go back to a backup, as an operator does after a disk has died. The backup may be restored again later."""
        with self._lock:
            self._tables = backup.copy()

    @property
    def held(self) -> Tables:
        """What is held now, to look at in tests and simulations; not to be changed."""
        return self._tables


class MemoryTransaction(MemoryMembers, MemoryDesk, MemoryFleet, MemoryCommands):
    """One transaction; the streams are here."""

    def cursors(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """See `HubTransaction`."""
        return {stream: self._t.cursors[stream][0] for stream in streams if stream in self._t.cursors}

    def newest_cursors(self, kiosks: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
        """See `HubTransaction`."""
        newest = {}
        for kiosk in kiosks:
            held = [(self._t.cursors[stream], stream.epoch) for stream in self._t.streams_of.get(kiosk, ())]
            held.sort(key=lambda item: (-item[0][1], item[1]))
            if held:
                newest[kiosk] = tuple((epoch, upto) for (upto, _), epoch in held[:STREAMS_COVERED_MAX])
        return newest

    def move_cursors(self, cursors: Mapping[StreamId, int], now_ms: int) -> None:
        """See `HubTransaction`."""
        for stream, upto in cursors.items():
            self._put(self._t.cursors, stream, (upto, now_ms))
            self._add(self._t.streams_of, stream.kiosk, stream)

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `HubTransaction`. Raises ValueError for a fact that is kept already."""
        for kept in facts:
            place = (StreamId(kept.fact.id.kiosk, kept.fact.id.epoch), kept.fact.id.number)
            if place in self._t.facts:
                raise ValueError(f"fact {place} is kept already")
            self._put(self._t.facts, place, kept)
            if kept.fact.card is not None:
                self._append(self._t.by_card, kept.fact.card, kept.fact)
            if kept.fact.member is not None:
                self._append(self._t.by_member, kept.fact.member, kept.fact)

    def put_aside(self, items: Sequence[PutAside], now_ms: int) -> None:
        """See `HubTransaction`."""
        for item in items:
            place = (item.stream, item.number)
            if all(other.content != item.content for other in self._t.aside.get(place, ())):
                self._append(self._t.aside, place, item)

    def contents(self, stream: StreamId, numbers: Collection[int]) -> dict[int, str]:
        """See `HubTransaction`."""
        return {number: self._t.facts[stream, number].content for number in numbers if (stream, number) in self._t.facts}

    def aside(self, stream: StreamId, numbers: Collection[int]) -> dict[int, list[PutAside]]:
        """See `HubTransaction`."""
        return {number: list(self._t.aside[stream, number]) for number in numbers if self._t.aside.get((stream, number))}

    def note_gap(self, gap: StreamGap, now_ms: int) -> None:
        """See `HubTransaction`."""
        self._extend(self._t.gaps, gap)

    def kiosk(self, kiosk: str) -> KioskRecord:
        """See `HubTransaction`."""
        return self._t.kiosks.get(kiosk) or KioskRecord(kiosk)

    def save_kiosk(self, record: KioskRecord) -> None:
        """See `HubTransaction`."""
        self._put(self._t.kiosks, record.kiosk, record)

    def kiosk_count(self) -> int:
        """See `HubTransaction`."""
        return len(self._t.kiosks)

    def raise_alert(self, alert: RaisedAlert) -> None:
        """See `HubTransaction`."""
        self._put(self._t.alerts, (alert.kiosk, alert.id), alert)

    def end_alert(self, kiosk: str, alert: AlertId) -> None:
        """See `HubTransaction`."""
        self._drop(self._t.alerts, (kiosk, alert))

    def alerts(self) -> list[RaisedAlert]:
        """See `HubTransaction`."""
        return [self._t.alerts[place] for place in sorted(self._t.alerts)]

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `HubTransaction`."""
        return self._t.boots.get((kiosk, boot))

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """See `HubTransaction`."""
        self._put(self._t.boots, (kiosk, boot), start_ms)

    def lease(self, shard: str) -> Lease | None:
        """See `HubTransaction`."""
        return self._t.leases.get(shard)

    def save_lease(self, lease: Lease) -> None:
        """See `HubTransaction`."""
        self._put(self._t.leases, lease.shard, lease)
