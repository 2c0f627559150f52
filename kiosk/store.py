"""The store: the kiosk's own facts (also the outbox) and what it knows of members, one transaction for each tap.

The facts the hub has not claimed are the only irreplaceable bytes on the device; members are a cache of the hub's word and
can be rebuilt. Documents are TinyDB's, on SQLite: `documents`. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from kiosk.documents import DamagedStore, DocumentTable, Fault, Layout, StoredDocument, no_fault, open_documents
from kiosk.outbox import Held
from loyalty.codec import Document, decode, encode
from loyalty.facts import Body, Fact, FactId
from loyalty.moment import Moment
from loyalty.programme import Programme
from loyalty.standing import MemberView, Pending, Standing

LAYOUTS = {"facts": Layout(append_only=True), "members": Layout(keyed=True), "meta": Layout(keyed=True)}
SCHEMA = 1  # raised when a layout changes so that older programs refuse the file instead of misreading it
FACTS_KEPT = 100_000  # claimed facts kept for a hub restored from a backup: 30 days at 3,000 taps, about 25 MB
TRIM_SHARE = 100  # a hundredth more may gather before the oldest are let go: one deletion, not one a tap
REJECTED_MAX = 1_000  # senseless facts remembered, 60 bytes each: more than that is one mistake, many times
# What a document with a flipped bit leads to when it is read as what it was: SQLite sees no damage in it.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


class NewerStore(Exception):
    """The store was written by a newer program; the message says which."""


@dataclass(slots=True)
class Stream:
    """One epoch in the store: fact number n has row id `base` + n; `claimed` is what the hub was last known to hold."""

    epoch: str
    boot: str
    base: int
    claimed: int = 0


def _standing(card: str, document: dict[str, Any] | None) -> Standing:
    if document is None:
        return Standing(card)
    try:
        said = document["view"]
        view = None
        if said is not None:
            view = MemberView(**{**said, "earned": tuple(said["earned"]), "covers": tuple((ep, n) for ep, n in said["covers"])})
        return Standing(card, view, tuple(Pending(*item) for item in document["pending"]))
    except UNREADABLE:
        return Standing(card)  # a spoilt copy of the hub's word: the hub is asked again


def _document(standing: Standing) -> dict[str, Any]:
    pending = [[item.epoch, item.number, item.key, item.points] for item in standing.pending]
    return {"view": asdict(standing.view) if standing.view else None, "pending": pending}


class Store:
    """Facts and members of one kiosk. Used by the loop's thread alone.

    Every method that writes raises StoreFault when the disk refuses; then nothing of it is on disk.
    """

    def __init__(
        self, path: Path, kiosk: str, epoch: str, boot: str, programme: Programme, fault: Fault = no_fault, facts_kept: int = FACTS_KEPT
    ) -> None:
        """Open the store at `path` for a run of the program named `epoch`; of the facts the hub holds it keeps the last `facts_kept`.

        Raises DamagedStore if the file cannot be read (see `documents.set_aside`), StoreInUse if another program has it,
        NewerStore if a later version wrote it.
        """
        self._path = path
        self._db = open_documents(path, LAYOUTS, fault=fault)
        self._kiosk, self._programme, self._facts_kept = kiosk, programme, facts_kept
        self._facts: DocumentTable = self._db.table("facts")
        self._members: DocumentTable = self._db.table("members")
        self._meta: DocumentTable = self._db.table("meta")
        try:
            old = self._epochs()
        except (NewerStore, DamagedStore):
            self._db.close()
            raise
        self._first_id, self._last_id = self._facts.first_id(), self._facts.last_id()
        self._now = Stream(epoch, boot, self._last_id)
        self._old = old
        self._forget_trimmed()

    def _epochs(self) -> list[Stream]:
        """The epochs written down by earlier runs. Raises NewerStore, DamagedStore."""
        written: dict[str, Any] = self._meta.get_by_key("streams") or {"schema": SCHEMA, "streams": []}
        try:
            schema, old = int(written["schema"]), [Stream(**stream) for stream in written["streams"]]
            sound = all(isinstance(s.epoch, str) and isinstance(s.boot, str) and type(s.base) is type(s.claimed) is int for s in old)
        except UNREADABLE:
            schema, old, sound = 0, [], False
        if schema > SCHEMA:
            raise NewerStore(f"{self._path} has layout {schema}, this program knows {SCHEMA}: install the newer program again")
        if not sound:
            raise DamagedStore(self._path, "its list of epochs cannot be read")
        return old

    # --- the customer's side ---

    def standing(self, card: str) -> Standing:
        """What is known of a card; a card never met has an empty standing."""
        return _standing(card, self._members.get_by_key(card))

    def commit(self, body: Body, now: Moment) -> tuple[Fact, Standing, Standing]:
        """Write one fact with the next number and the standing it changes, durably, in one transaction.

        Returns the fact and the standing of its card before and after (an empty one for a fact without a card).
        """
        number = self._last_id - self._now.base + 1
        fact = Fact(FactId(self._kiosk, self._now.epoch, number), now.wall_ms, now.mono_ms, self._now.boot, now.quality, body)
        with self._db.transaction():
            before = self.standing(fact.card) if fact.card else Standing("")
            after = before.with_fact(fact, self._programme)
            if number == 1:
                self._write_streams(begun=True)
            row = self._facts.insert(encode(fact))
            if after is not before:
                self._members.put(after.card, _document(after))
        if row != self._now.base + number:
            raise AssertionError(f"fact {number} of {self._now.epoch} got row {row}, not {self._now.base + number}")
        self._last_id = row
        self._first_id = self._first_id or row
        return fact, before, after

    def keep(self, views: Iterable[tuple[str, MemberView]]) -> None:
        """Remember the hub's word about cards, unless something newer is known already."""
        with self._db.transaction():
            for card, view in views:
                before = self.standing(card)
                after = before.with_view(view)
                if after is not before:
                    self._members.put(card, _document(after))

    # --- the hub's side ---

    def held(self) -> tuple[Held, ...]:
        """Every epoch with facts here, oldest first, and always the present one, last."""
        rows: list[Held] = []
        streams = [*self._old, self._now]
        ends = [stream.base for stream in streams[1:]] + [self._last_id]
        for stream, end in zip(streams, ends, strict=True):
            last = end - stream.base
            claimed = min(stream.claimed, last)
            rows.append(Held(stream.epoch, max(1, (self._first_id or 1) - stream.base), last, claimed, claimed))
        return tuple(rows)

    def facts(self, epoch: str, first: int, last: int) -> tuple[str, tuple[Document, ...]]:
        """Kernel boot of the epoch and the documents of its facts first..last, in order. Raises DamagedStore for one that is none."""
        stream = self._stream(epoch)
        return stream.boot, tuple(self._checked(stream, row) for row in self._rows(stream, first, last))

    def mark_claimed(self, epoch: str, upto: int, rejected: Iterable[tuple[int, str]] = ()) -> bool:
        """Note what the hub holds; returns whether old facts were let go for it, so that `held` says something else now.

        Only rejections are written at once: the cursor itself comes anew with every handshake.
        """
        self._stream(epoch).claimed = upto
        aside = [[epoch, number, code] for number, code in rejected]
        if aside:
            known: dict[str, Any] = self._meta.get_by_key("rejected") or {"facts": []}
            with self._db.transaction():
                self._meta.put("rejected", {"facts": [*known["facts"], *aside][-REJECTED_MAX:]})
        return self._trim()

    def reopen(self, epoch: str, upto: int) -> None:
        """The hub holds only 1..upto of this epoch: later facts count on top of its word again."""
        stream = self._stream(epoch)
        stream.claimed = upto
        before: dict[str, Standing] = {}
        after: dict[str, Standing] = {}
        for row in self._rows(stream, upto + 1, self._end(stream) - stream.base):
            fact = self._fact(stream, row)
            if fact.card and fact.card not in before:
                before[fact.card] = after[fact.card] = self.standing(fact.card)
            if fact.card:
                after[fact.card] = after[fact.card].with_fact(fact, self._programme)
        with self._db.transaction():  # each card once: 100,000 facts of 300 cards take 3 s, a write for each fact took 33 (2026-11)
            for card, standing in after.items():
                if standing is not before[card]:
                    self._members.put(card, _document(standing))

    def close(self) -> None:
        """Write down what the hub was known to hold and let go of the file. Never needed for correctness."""
        begun = self._last_id > self._now.base
        try:
            if begun or self._old:
                self._write_streams(begun)
        finally:
            self._db.close()

    def keep_house(self) -> None:
        """An idle moment's work: check one table that an unclean stop left unchecked (up to a second on a Pi), else tidy the
        engine's journal so that no tap has to wait for it. Raises DamagedStore, StoreFault.
        """
        if self._db.check_next() is None:
            self._db.checkpoint()

    def _fact(self, stream: Stream, row: StoredDocument) -> Fact:
        """The fact of a row. Raises DamagedStore: facts were written by us, so one that makes no sense was spoilt since."""
        number = row.doc_id - stream.base
        try:
            fact = decode(dict(row), self._kiosk, stream.epoch, stream.boot)
        except UNREADABLE as error:
            raise DamagedStore(self._path, f"fact {number} of epoch {stream.epoch} cannot be read ({error})") from error
        if fact.id.number != number:
            raise DamagedStore(self._path, f"fact {number} of epoch {stream.epoch} says that it is {fact.id.number}")
        return fact

    def _checked(self, stream: Stream, row: StoredDocument) -> Document:
        """The document of a row as it was written, once it has proved to be a fact."""
        self._fact(stream, row)
        return dict(row)

    def _stream(self, epoch: str) -> Stream:
        for stream in (self._now, *self._old):
            if stream.epoch == epoch:
                return stream
        raise KeyError(f"no epoch {epoch} in this store")

    def _rows(self, stream: Stream, first: int, last: int) -> Iterator[StoredDocument]:
        """Facts first..last of a stream, those that are still here."""
        end = min(stream.base + last, self._end(stream))
        return takewhile(lambda row: row.doc_id <= end, self._facts.after(stream.base + first - 1))

    def _end(self, stream: Stream) -> int:
        """Row id of the last fact of a stream."""
        streams = [*self._old, self._now]
        place = streams.index(stream)
        return self._last_id if place == len(streams) - 1 else streams[place + 1].base

    def _write_streams(self, begun: bool) -> None:
        """Remember the epochs; the present one only once it has `begun` to have facts."""
        streams = [*self._old, *([self._now] if begun else [])]
        self._meta.put("streams", {"schema": SCHEMA, "streams": [asdict(stream) for stream in streams]})

    def _trim(self) -> bool:
        """Let go of the oldest facts, never of one that the hub does not hold; whether any went."""
        kept = self._facts_kept
        if self._first_id is None or self._last_id - self._first_id < kept + kept // TRIM_SHARE:
            return False
        streams = [*self._old, self._now]
        open_from = min(
            (each.base + each.claimed + 1 for each in streams if each.base + each.claimed < self._end(each)), default=self._last_id
        )
        before = min(open_from, self._last_id - kept + 1)
        with self._db.transaction():
            gone = self._facts.trim(before)
            first_id = self._facts.first_id()
        if not gone:
            return False
        self._first_id = first_id
        self._forget_trimmed()
        return True

    def _forget_trimmed(self) -> None:
        """Let go of the epochs whose facts are all gone."""
        self._old = [stream for stream in self._old if self._end(stream) >= (self._first_id or 0)]
