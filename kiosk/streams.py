"""The epochs of a store: which facts belong to which run of the program, as a document, and back. Pure.

Where the document lies, and what happens to facts, is `store`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kiosk.outbox import Held
from kiosk.sums import with_sum, without_sum
from loyalty.document import Document
from loyalty.facts import FactId

SCHEMA = 2  # raised when a layout changes so that older programs refuse the file instead of misreading it; 2: facts have sums


class NewerStore(Exception):
    """The store was written by a newer program; the message says which."""


@dataclass(slots=True)
class Stream:
    """One epoch in the store: fact number n has row id `base` + n; `claimed` is what the hub was last known to hold."""

    epoch: str
    boot: str
    base: int
    claimed: int = 0


class Streams:
    """The epochs of earlier runs that have facts here, oldest first, and the present one. Facts have the rows `first_id` to `last_id`."""

    def __init__(self, old: list[Stream], now: Stream, first_id: int | None) -> None:
        self.old, self.now = old, now
        self.first_id, self.last_id = first_id, now.base
        self._forget()

    @property
    def all(self) -> list[Stream]:
        """Every epoch, oldest first; the present one last."""
        return [*self.old, self.now]

    @property
    def begun(self) -> bool:
        """Whether the present epoch has facts."""
        return self.last_id > self.now.base

    def named(self, epoch: str) -> Stream:
        """The stream of an epoch. Raises KeyError for one that is not here."""
        for stream in (self.now, *self.old):
            if stream.epoch == epoch:
                return stream
        raise KeyError(f"no epoch {epoch} in this store")

    def end(self, stream: Stream) -> int:
        """Row id of the last fact of a stream."""
        streams = self.all
        place = streams.index(stream)
        return self.last_id if place == len(streams) - 1 else streams[place + 1].base

    def grew(self, last_id: int, first_id: int) -> None:
        """Facts of the present epoch were written: `first_id` is the row of the first of them, `last_id` of the last."""
        self.last_id = last_id
        self.first_id = self.first_id or first_id

    def shortened(self, first_id: int | None) -> None:
        """The oldest facts are gone; this is the first row now."""
        self.first_id = first_id
        self._forget()

    def open_from(self) -> int:
        """Row id of the oldest fact that the hub does not hold; of the newest fact, if it holds all."""
        rows = (each.base + each.claimed + 1 for each in self.all if each.base + each.claimed < self.end(each))
        return min(rows, default=self.last_id)

    def is_claimed(self, fact: FactId) -> bool:
        """Whether the hub holds an own fact: what was let go here it does hold."""
        claimed = {stream.epoch: stream.claimed for stream in self.all}
        return fact.number <= claimed.get(fact.epoch, fact.number)

    def held(self) -> tuple[Held, ...]:
        """Every epoch with facts here, oldest first, and always the present one, last."""
        rows: list[Held] = []
        for stream in self.all:
            last = self.end(stream) - stream.base
            claimed = min(stream.claimed, last)
            rows.append(Held(stream.epoch, max(1, (self.first_id or 1) - stream.base), last, claimed, claimed))
        return tuple(rows)

    def document(self, *, begun: bool) -> Document:
        """What is written down of them; of the present one only once it has `begun` to have facts."""
        return document_of([*self.old, *([self.now] if begun else [])])

    def _forget(self) -> None:
        """Let go of the epochs whose facts are all gone."""
        self.old = [stream for stream in self.old if self.end(stream) >= (self.first_id or 0)]


def document_of(streams: Sequence[Stream]) -> Document:
    """The epochs, oldest first."""
    return with_sum({"schema": SCHEMA, "streams": [asdict(stream) for stream in streams]})


def streams_of(document: Mapping[str, Any], where: object) -> list[Stream]:
    """The epochs that a document of the store at `where` says. Raises NewerStore, and ValueError for anything spoilt or from before 2."""
    said = without_sum(document)
    schema = said.get("schema")
    if type(schema) is not int or schema < SCHEMA:
        raise ValueError("it is none of this program's")
    if schema > SCHEMA:
        raise NewerStore(f"{where} has layout {schema}, this program knows {SCHEMA}: install the newer program again")
    return [Stream(**stream) for stream in said["streams"]]
