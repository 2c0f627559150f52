"""The tables of the hub store in memory, and how a change to one is undone. What is asked of them is in the modules beside.

Nothing here survives the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from hub.command_records import CommandRecord
from hub.fleet_records import KioskSetUp, SettingsChange
from hub.records import (
    Counted,
    EditionText,
    Given,
    KeptFact,
    KioskRecord,
    Lease,
    MemberRecord,
    NoteText,
    Order,
    ProfileValue,
    PutAside,
    RaisedAlert,
    Referral,
    Snapshot,
    StreamGap,
    StreamId,
    Waiting,
)
from loyalty.facts import Fact
from loyalty.rulebook import Closing
from loyalty.shop.credentials import Card
from mqtt.messages import AlertId

K = TypeVar("K")
V = TypeVar("V")
Hook = Callable[[], object]


@dataclass(slots=True)
class Tables:
    """Everything the store holds. Inner lists, sets and dicts are replaced or copied with it, so that a snapshot stays as it was."""

    facts: dict[tuple[StreamId, int], KeptFact] = field(default_factory=dict)
    by_card: dict[str, list[Fact]] = field(default_factory=dict)
    by_member: dict[str, list[Fact]] = field(default_factory=dict)
    aside: dict[tuple[StreamId, int], list[PutAside]] = field(default_factory=dict)
    gaps: list[StreamGap] = field(default_factory=list)
    cursors: dict[StreamId, tuple[int, int]] = field(default_factory=dict)  # (held up to, moved at ms)
    streams_of: dict[str, set[StreamId]] = field(default_factory=dict)
    seen_by_card: dict[str, set[str]] = field(default_factory=dict)
    seen_by_kiosk: dict[str, set[str]] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    members: dict[str, MemberRecord] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)  # merged member -> the one who stays
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    values: dict[str, dict[str, ProfileValue]] = field(default_factory=dict)
    places: dict[str, frozenset[str]] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    notes: dict[str, dict[str, NoteText]] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    orders_ever: int = 0
    editions: list[EditionText] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    given: dict[Counted, Given] = field(default_factory=dict)
    referrals: dict[str, Referral] = field(default_factory=dict)
    kiosks: dict[str, KioskRecord] = field(default_factory=dict)
    changes: list[SettingsChange] = field(default_factory=list)
    set_ups: dict[str, KioskSetUp] = field(default_factory=dict)
    alerts: dict[tuple[str, AlertId], RaisedAlert] = field(default_factory=dict)
    commands: dict[str, CommandRecord] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    boots: dict[tuple[str, str], int] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)

    def copy(self) -> Tables:
        """A copy that later changes of this one do not reach. Values are frozen, so only the containers are copied."""
        return Tables(**{each.name: _copied(getattr(self, each.name)) for each in fields(self)})


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) if isinstance(inner, dict | list | set) else inner for key, inner in value.items()}
    return type(value)(value) if isinstance(value, list | set) else value


class Undoable:
    """Changes go straight into the tables, and how to undo each is remembered."""

    def __init__(self, tables: Tables) -> None:
        self._t = tables
        self.undo: list[Hook] = []

    def _put(self, table: dict[K, V], key: K, value: V) -> None:
        if key in table:
            before = table[key]
            self.undo.append(lambda: table.__setitem__(key, before))
        else:
            self.undo.append(lambda: table.pop(key))
        table[key] = value

    def _drop(self, table: dict[K, V], key: K) -> None:
        if key in table:
            before = table.pop(key)
            self.undo.append(lambda: table.__setitem__(key, before))

    def _add(self, table: dict[K, set[V]], key: K, value: V) -> None:
        if key not in table:
            self._put(table, key, {value})
        elif value not in table[key]:
            table[key].add(value)
            self.undo.append(lambda: table[key].discard(value))

    def _append(self, table: dict[K, list[V]], key: K, value: V) -> None:
        if key not in table:
            self._put(table, key, [value])
        else:
            table[key].append(value)
            self.undo.append(table[key].pop)

    def _extend(self, table: list[V], value: V) -> None:
        table.append(value)
        self.undo.append(table.pop)
