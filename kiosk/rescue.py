"""The facts in a store that the hub may lack, looked at and brought out from outside: while the kiosk runs, or from a store put aside.

What is written down of the hub's claims is as old as the kiosk's last quiet moment, so some of these facts the hub may hold by now; told
again they change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.documents import DamagedStore
from kiosk.documents.outside import Outside
from kiosk.standings import UNREADABLE
from kiosk.streams import Stream, Streams, streams_of
from kiosk.sums import without_sum
from loyalty.codec import decode
from loyalty.document import Document
from mqtt.wire import MalformedMessage, batches, encode

NOBODY = Stream("", "", 0)


@dataclass
class Backlog:
    """Unclaimed facts of one epoch: how many can be read, their first and last number, and the oldest moment among them (ms)."""

    epoch: str
    boot: str
    facts: int = 0
    first: int = 0
    last: int = 0
    oldest_ms: int | None = None


@dataclass
class Unclaimed:
    """The unclaimed facts of the store at `path`, which belongs to `kiosk`. `unreadable`: how many could not be read by the last walk.

    Raises StoreFault where there is no store, DamagedStore where so much is spoilt that nobody can say which fact is whose, NewerStore
    for one of a later program.
    """

    path: Path
    kiosk: str
    unreadable: int = field(default=0, init=False)

    def backlogs(self) -> list[Backlog]:
        """What is unclaimed, by epoch, the oldest first; epochs without any are left out."""
        found: dict[str, Backlog] = {}
        for stream, document in self._walk():
            each = found.setdefault(stream.epoch, Backlog(stream.epoch, stream.boot, first=document["s"]))
            each.facts, each.last = each.facts + 1, document["s"]
            each.oldest_ms = document["at"] if each.oldest_ms is None else min(each.oldest_ms, document["at"])
        return list(found.values())

    def lines(self, shard: str) -> Iterator[str]:
        """Each fact as the payload with which it travels: one line of JSON."""
        for stream, document in self._walk():
            for batch in batches(stream.epoch, stream.boot, [document]):
                yield encode(batch, shard, self.kiosk).payload.decode()

    def _walk(self) -> Iterator[tuple[Stream, Document]]:
        store = Outside(self.path)
        spoilt = 0
        try:
            streams = self._streams(store)
            for stream in streams.all:
                for row, document in store.documents("facts", stream.base + stream.claimed, streams.end(stream)):
                    fact = self._fact_of(stream, row, document)
                    if fact is None:
                        spoilt += 1
                    else:
                        yield stream, fact
        finally:
            self.unreadable = store.unreadable + spoilt
            store.close()

    def _streams(self, store: Outside) -> Streams:
        """The epochs in the store, the newest of them as the present one."""
        written = store.by_key("meta", "streams")
        last_id = store.last_id("facts")
        if written is None and last_id == 0:
            return Streams([], NOBODY, None)  # a kiosk that has not seen a card yet
        try:
            *older, newest = streams_of(written or {}, self.path)
        except UNREADABLE as error:
            raise DamagedStore(self.path, "its list of epochs cannot be read, so nobody can say which facts are whose") from error
        streams = Streams(older, newest, None)
        streams.last_id = last_id
        return streams

    def _fact_of(self, stream: Stream, row: int, document: Document) -> Document | None:
        """The fact of a row as it travels, or None for what is none any more."""
        try:
            document = without_sum(document)
            fact = decode(document, self.kiosk, stream.epoch, stream.boot)
            encode(next(batches(stream.epoch, stream.boot, [document])), "s0", self.kiosk)
        except (*UNREADABLE, MalformedMessage):
            return None
        return document if fact.id.number == row - stream.base else None
