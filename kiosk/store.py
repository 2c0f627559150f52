"""The store: the kiosk's own facts (also the outbox) and what it knows of members, one transaction for each tap.

The facts the hub has not claimed are the only irreplaceable bytes on the device; members are a cache of the hub's word and
can be rebuilt. Documents are TinyDB's, on SQLite: `documents`. Nothing is decided here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from kiosk import disk
from kiosk.documents import DamagedStore, DocumentTable, Fault, Layout, StoredDocument, no_fault, open_documents
from kiosk.members import CARDS_KEPT, LAYOUT, Standings
from kiosk.outbox import Held
from kiosk.remembering import Remembering
from kiosk.standings import UNREADABLE, makes_sense
from kiosk.streams import NewerStore, Stream, Streams, streams_of
from kiosk.sums import with_sum, without_sum
from kiosk.tidying import FACTS_KEPT, TRIM_SHARE, Chores, aged_before
from loyalty.codec import decode, encode
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import KioskDay
from loyalty.document import Document, write
from loyalty.facts import Body, ClockQuality, Fact, FactId
from loyalty.moment import Moment
from mqtt.reading import COVERS_MAX

log = logging.getLogger("stupeni.store")

LAYOUTS = {"facts": Layout(append_only=True), "members": LAYOUT, "meta": Layout(keyed=True)}
LOOKED_AT = 1_000  # facts for one of a kept clock: a busy day of a kiosk that nobody tells the time
RANGES_KEPT = 64  # ranges of facts read for one message of the hub: one for each epoch that its views cover
REJECTED_MAX = 1_000  # senseless facts remembered, 60 bytes each: more than that is one mistake, many times

ByCard = Callable[[str, int, int], dict[str, list[Fact]]]


class Store(Remembering):
    """Facts and members of one kiosk. Used by the loop's thread alone.

    Every method that writes raises StoreFault when the disk refuses; then nothing of it is on disk.
    """

    def __init__(
        self,
        path: Path,
        kiosk: str,
        epoch: str,
        boot: str,
        fault: Fault = no_fault,
        facts_kept: int = FACTS_KEPT,
        cards_kept: int = CARDS_KEPT,
        free_bytes: Callable[[Path], int | None] = disk.free_bytes,
    ) -> None:
        """Open the store at `path` for a run of the program named `epoch`; of the facts the hub holds it keeps the last `facts_kept`, of
        the cards met here those laid down last, `cards_kept`. `free_bytes` says how much room the disk of a folder has.

        Raises DamagedStore if the file cannot be read (see `documents.set_aside`), StoreInUse if another program has it,
        NewerStore if a later version wrote it.
        """
        self._path = path
        self._db = open_documents(path, LAYOUTS, fault=fault)
        self._kiosk, self._facts_kept, self._free_bytes = kiosk, facts_kept, free_bytes
        self._facts: DocumentTable = self._db.table("facts")
        self._standings = Standings(self._db.table("members"), kiosk, cards_kept)
        self._meta: DocumentTable = self._db.table("meta")
        try:
            first_id, last_id = self._ends()
            old = self._epochs(last_id)
        except (NewerStore, DamagedStore):
            self._db.close()
            raise
        self._streams = Streams(old, Stream(epoch, boot, last_id), first_id)
        self.today = self._given()

    def _ends(self) -> tuple[int | None, int]:
        """Row ids of the oldest and the newest fact; the newest is never let go, so it has the highest id of all. Raises DamagedStore."""
        newest, last_id = next(self._facts.newest_first(), None), self._facts.last_id()
        if (0 if newest is None else newest.doc_id) != last_id:
            raise DamagedStore(self._path, f"its newest fact should be in row {last_id} and is not")
        first_id = self._facts.first_id()
        if first_id is not None and first_id > last_id:
            raise DamagedStore(self._path, f"its oldest fact is in row {first_id} and its newest in row {last_id}")
        return first_id, last_id

    def _epochs(self, last_id: int) -> list[Stream]:
        """The epochs written down by earlier runs. Raises NewerStore, DamagedStore."""
        written = self._meta.get_by_key("streams")
        if written is None and last_id == 0:
            return []
        try:
            return streams_of(written or {}, self._path)
        except UNREADABLE as error:
            raise DamagedStore(self._path, f"its list of epochs cannot be read ({error})") from error

    # --- the customer's side ---

    def standing(self, card: str) -> Standing:
        """What is known of a card; a card never met has an empty standing."""
        return self._standings.of(card)

    def commit(self, bodies: Sequence[Body], now: Moment, today: KioskDay | None = None) -> tuple[tuple[Fact, ...], Standing]:
        """Write facts of one card with the next numbers, the standing they change, and what was given today, in one transaction.

        Returns the facts and the standing of their card after them (an empty one for facts without a card). Raises StoreFault also when
        the disk is so full that only the reserve is left.
        """
        disk.leave_reserve(self._path, self._free_bytes(self._path.parent))
        now_on = self._streams.now
        first = self._streams.last_id - now_on.base + 1
        facts = tuple(
            Fact(FactId(self._kiosk, now_on.epoch, first + place), now.wall_ms, now.mono_ms, now_on.boot, now.quality, body)
            for place, body in enumerate(bodies)
        )
        card = facts[0].card or ""
        with self._db.transaction():
            if first == 1:
                self._meta.put("streams", self._streams.document(begun=True))
            for fact in facts:
                row = self._facts.insert(with_sum(encode(fact)))
            after = self._standings.add(facts).get(card, Standing(""))
            if today is not None and today != self.today:
                self._meta.put("today", with_sum(write(today)))
        last = now_on.base + facts[-1].id.number
        if row != last:
            raise AssertionError(f"fact {facts[-1].id.number} of {now_on.epoch} got row {row}, not {last}")
        self.today = self.today if today is None else today
        self._streams.grew(row, now_on.base + first)
        return facts, after

    def keep(self, views: Iterable[tuple[str, MemberView]]) -> None:
        """Remember the hub's word about cards, unless something newer is known already, or it makes no sense."""
        disk.leave_reserve(self._path, self._free_bytes(self._path.parent))
        lost = lru_cache(RANGES_KEPT)(self._by_card)  # a hub put back to a backup lacks the same facts for every card
        with self._db.transaction():
            for card, view in views:
                if not makes_sense(view):
                    log.warning("the hub's view of a member cannot be read; it is not kept")
                    continue
                self._standings.keep(card, view, lambda had, has, cards: self._lost(had, has, cards, lost))

    def forget_views(self) -> None:
        """Let go of the hub's word about every card, as it will be said anew; what was written here and it does not hold stays."""
        with self._db.transaction():
            self._standings.forget_views()

    def _lost(self, had: Mapping[str, int], has: Mapping[str, int], cards: Collection[str], by_card: ByCard) -> Iterator[Fact]:
        """Own facts of these cards that the hub's word contained and this one does not: it was put back to a backup, and its word may come
        before the handshake that says so. An epoch is missing where the hub holds nothing of it, or more epochs than it can name.
        """
        for stream in self._streams.all:
            upto = had.get(stream.epoch, 0)
            first = has.get(stream.epoch, upto if len(has) >= COVERS_MAX else 0) + 1
            if first <= upto:
                found = by_card(stream.epoch, first, upto)
                yield from (fact for card in sorted(cards) for fact in found.get(card, ()))

    def _by_card(self, epoch: str, first: int, last: int) -> dict[str, list[Fact]]:
        """Facts first..last of an epoch by the card they are about."""
        found: dict[str, list[Fact]] = {}
        stream = self._streams.named(epoch)
        for fact in (self._fact(stream, row) for row in self._rows(stream, first, last)):
            if fact.card is not None:
                found.setdefault(fact.card, []).append(fact)
        return found

    # --- the hub's side ---

    def held(self) -> tuple[Held, ...]:
        """Every epoch with facts here, oldest first, and always the present one, last."""
        return self._streams.held()

    def facts(self, epoch: str, first: int, last: int) -> tuple[str, tuple[Document, ...]]:
        """Kernel boot of the epoch and the documents of its facts first..last, in order. Raises DamagedStore for one that is none."""
        stream = self._streams.named(epoch)
        return stream.boot, tuple(self._checked(stream, row) for row in self._rows(stream, first, last))

    def mark_claimed(self, epoch: str, upto: int, rejected: Iterable[tuple[int, str]] = ()) -> bool:
        """Note what the hub holds; returns whether old facts were let go for it, so that `held` says something else now.

        Only rejections are written at once: the cursor itself comes anew with every handshake.
        """
        self._streams.named(epoch).claimed = upto
        if aside := [[epoch, number, code] for number, code in rejected]:
            known: dict[str, Any] = self._meta.get_by_key("rejected") or {"facts": []}
            with self._db.transaction():
                self._meta.put("rejected", {"facts": [*known["facts"], *aside][-REJECTED_MAX:]})
        return self._trim()

    def reopen(self, epoch: str, upto: int) -> None:
        """The hub holds only 1..upto of this epoch: later facts count on top of its word again."""
        stream = self._streams.named(epoch)
        stream.claimed = upto
        with self._db.transaction():
            self._standings.add(self._fact(stream, row) for row in self._rows(stream, upto + 1, self._streams.end(stream) - stream.base))

    def latest_ms(self) -> int:
        """A moment that is past for sure: of the newest fact of a kept clock, among the last ones; 0 for none."""
        for row in islice(self._facts.newest_first(), LOOKED_AT):
            with suppress(*UNREADABLE):
                if (said := without_sum(row))["clk"] != ClockQuality.UNSYNCED:
                    return int(said["at"])
        return 0

    def close(self) -> None:
        """Write down what the hub was known to hold and let go of the file. Never needed for correctness."""
        try:
            self._write_claims()
        finally:
            self._db.close()

    def keep_house(self, now: Moment) -> Chores:
        """An idle moment's work, a little at a time (up to a second on a Pi): check one table that an unclean stop left unchecked; else let
        go of what is old, write down what the hub holds, give room back to the disk, and tidy the engine's journal, so that no tap
        has to wait for any of it. Raises DamagedStore, StoreFault.
        """
        if self._db.check_next() is not None:
            return Chores(more=True)
        trimmed = self._let_go(aged_before(self._facts, now))
        shed = self._standings.crowded and self._shed()
        self._write_claims()
        smaller = self._db.give_back()
        self._db.checkpoint()
        return Chores(trimmed or shed or smaller, trimmed)

    def size_bytes(self) -> int:
        """How much of the file is in use."""
        return self._db.size_bytes()

    def _fact(self, stream: Stream, row: StoredDocument) -> Fact:
        """The fact of a row. Raises DamagedStore: facts were written by us, so one that makes no sense was spoilt since."""
        number = row.doc_id - stream.base
        try:
            fact = decode(without_sum(row), self._kiosk, stream.epoch, stream.boot)
        except UNREADABLE as error:
            raise DamagedStore(self._path, f"fact {number} of epoch {stream.epoch} cannot be read ({error})") from error
        if fact.id.number != number:
            raise DamagedStore(self._path, f"fact {number} of epoch {stream.epoch} says that it is {fact.id.number}")
        return fact

    def _checked(self, stream: Stream, row: StoredDocument) -> Document:
        """The document of a row as it was written, once it has proved to be a fact."""
        self._fact(stream, row)
        return without_sum(row)

    def _rows(self, stream: Stream, first: int, last: int) -> Iterator[StoredDocument]:
        """Facts first..last of a stream, those that were not let go. Raises DamagedStore where one of them is missing."""
        end = min(stream.base + last, self._streams.end(stream))
        due = max(stream.base + first, self._streams.first_id or 1)
        for row in takewhile(lambda row: row.doc_id <= end, self._facts.after(due - 1)):
            if row.doc_id != due:
                break
            yield row
            due += 1
        if due <= end:
            raise DamagedStore(self._path, f"fact {due - stream.base} of epoch {stream.epoch} is missing")

    def _write_claims(self) -> None:
        """Write down what the hub is known to hold, if that is news."""
        document = self._streams.document(begun=self._streams.begun)
        if document["streams"] and document != self._meta.get_by_key("streams"):
            self._meta.put("streams", document)

    def _shed(self) -> bool:
        with self._db.transaction():
            return self._standings.shed(self._streams.is_claimed)

    def _trim(self) -> bool:
        """Let go of the oldest facts where there are too many; whether any went."""
        kept, streams = self._facts_kept, self._streams
        if streams.first_id is None or streams.last_id - streams.first_id < kept + kept // TRIM_SHARE:
            return False
        return self._let_go(streams.last_id - kept + 1)

    def _let_go(self, before: int) -> bool:
        """Let go of facts whose row is below `before`, some at once, never of one that the hub does not hold; whether any went."""
        if self._streams.first_id is None or (before := min(before, self._streams.open_from())) <= self._streams.first_id:
            return False
        with self._db.transaction():
            gone = self._facts.trim(before)
            first_id = self._facts.first_id()
        if gone:
            self._streams.shortened(first_id)
        return gone > 0
