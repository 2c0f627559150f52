"""A hub store in memory: for whole shops in simulation, with the power cuts and the old backups that a real one meets.

It ships, refuses what the real store refuses and passes the same contract tests. Nothing here survives the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hub.records import STREAMS_COVERED_MAX, KeptFact, KioskRecord, MemberRecord, PutAside, Seen, StreamGap, StreamId
from loyalty.facts import Fact

K = TypeVar("K")
V = TypeVar("V")
Hook = Callable[[], object]


def _nothing() -> None:
    """The hook of a store whose power never fails."""


@dataclass(slots=True)
class Tables:
    """Everything the store holds. Inner lists, sets and dicts are replaced or copied with it, so that a snapshot stays as it was."""

    facts: dict[tuple[StreamId, int], KeptFact] = field(default_factory=dict)
    by_card: dict[str, list[Fact]] = field(default_factory=dict)
    aside: dict[tuple[StreamId, int], list[PutAside]] = field(default_factory=dict)
    gaps: list[StreamGap] = field(default_factory=list)
    cursors: dict[StreamId, tuple[int, int]] = field(default_factory=dict)  # (held up to, moved at ms)
    streams_of: dict[str, set[StreamId]] = field(default_factory=dict)
    seen_by_card: dict[str, set[str]] = field(default_factory=dict)
    seen_by_kiosk: dict[str, set[str]] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    members: dict[str, MemberRecord] = field(default_factory=dict)
    kiosks: dict[str, KioskRecord] = field(default_factory=dict)
    boots: dict[tuple[str, str], int] = field(default_factory=dict)

    def copy(self) -> Tables:
        """A copy that later changes of this one do not reach. Values are frozen, so only the containers are copied."""
        return Tables(
            dict(self.facts),
            {card: list(facts) for card, facts in self.by_card.items()},
            {place: list(items) for place, items in self.aside.items()},
            list(self.gaps),
            dict(self.cursors),
            {kiosk: set(streams) for kiosk, streams in self.streams_of.items()},
            {card: set(kiosks) for card, kiosks in self.seen_by_card.items()},
            {kiosk: set(cards) for kiosk, cards in self.seen_by_kiosk.items()},
            dict(self.owner),
            dict(self.members),
            dict(self.kiosks),
            dict(self.boots),
        )


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


class MemoryTransaction:
    """One transaction: changes go straight into the tables, and how to undo each is remembered."""

    def __init__(self, tables: Tables) -> None:
        self._t = tables
        self.undo: list[Hook] = []

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
        self._t.gaps.append(gap)
        self.undo.append(self._t.gaps.pop)

    def sight(self, seen: Iterable[Seen]) -> None:
        """See `HubTransaction`."""
        for kiosk, card in seen:
            self._add(self._t.seen_by_card, card, kiosk)
            self._add(self._t.seen_by_kiosk, kiosk, card)

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """See `HubTransaction`."""
        seen = (Seen(kiosk, card) for card in cards for kiosk in self._t.seen_by_card.get(card, ()))
        return sorted(each for each in seen if self.kiosk(each.kiosk).boot)

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        owned = [card for card in self._t.seen_by_kiosk.get(kiosk, ()) if card in self._t.owner]
        return sorted(owned, key=lambda card: (-self._t.members[self._t.owner[card]].version, card))[:count_max]

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return {card: self._t.owner[card] for card in cards if card in self._t.owner}

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """See `HubTransaction`."""
        return {each: self._t.members[each] for each in ids if each in self._t.members}

    def facts_of(self, cards: Collection[str]) -> list[Fact]:
        """See `HubTransaction`."""
        return [fact for card in cards for fact in self._t.by_card.get(card, ())]

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """See `HubTransaction`."""
        before = self._t.members.get(member.id, MemberRecord(member.id, member.profile))
        for card in member.cards:
            last = self._t.members.get(self._t.owner.get(card, ""))
            if last is not None and last.id != member.id:
                self._put(self._t.members, last.id, replace(last, cards=tuple(each for each in last.cards if each != card)))
            self._put(self._t.owner, card, member.id)
        cards = tuple(sorted({*before.cards, *member.cards}))
        self._put(self._t.members, member.id, replace(before, profile=member.profile, cards=cards))

    def folded(self, members: Sequence[MemberRecord], now_ms: int) -> None:
        """See `HubTransaction`."""
        for member in members:
            there = self._t.members[member.id]
            self._put(self._t.members, member.id, replace(there, version=member.version, points=member.points, earned=member.earned))

    def kiosk(self, kiosk: str) -> KioskRecord:
        """See `HubTransaction`."""
        return self._t.kiosks.get(kiosk) or KioskRecord(kiosk)

    def save_kiosk(self, record: KioskRecord) -> None:
        """See `HubTransaction`."""
        self._put(self._t.kiosks, record.kiosk, record)

    def boot_of(self, kiosk: str) -> str:
        """See `HubTransaction`."""
        return self.kiosk(kiosk).boot

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `HubTransaction`."""
        return self._t.boots.get((kiosk, boot))

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """See `HubTransaction`."""
        self._put(self._t.boots, (kiosk, boot), start_ms)

    def _put(self, table: dict[K, V], key: K, value: V) -> None:
        if key in table:
            before = table[key]
            self.undo.append(lambda: table.__setitem__(key, before))
        else:
            self.undo.append(lambda: table.pop(key))
        table[key] = value

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
