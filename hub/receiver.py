"""The hub's core: what kiosks say, turned into what is kept and what is answered. Pure: no Django, no network, no clock.

Each call is one transaction of the store. Only when it has returned may anything of its outcome be sent: what a kiosk is
told about must survive a power cut. A cursor per stream makes every fact count once, however often it is sent. What follows from
new facts is `settling`'s.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from hub import recovery, reserving
from hub.announce import Teller, fits, pages
from hub.claims import claims, compare
from hub.door import HubStore, HubTransaction
from hub.records import DESK, MemberRecord, RaisedAlert, Seen, StreamGap, StreamId, Waiting
from hub.settling import Settling
from hub.shelf import Shelf
from hub.sorting import Sorted, sort_batch
from hub.timing import boot_start_ms
from loyalty.document import Document, write
from loyalty.facts import ClockQuality
from loyalty.rulebook import Rulebook
from mqtt.messages import (
    Alert,
    Birth,
    Claim,
    Closings,
    FactBatch,
    KioskState,
    Lookup,
    LookupAnswer,
    LookupStatus,
    Members,
    Presence,
    Recovery,
    Reserve,
    ReserveAnswer,
    Sync,
    Urgent,
)

WINDOW = 64  # facts a kiosk may have under way: 4 messages, so that the hub's commit and the wire overlap
BATCH = 16  # facts in one message: usual facts of 0.3 KiB make 5 KiB, far from the wire's 64 KiB
RESEND_S = 5  # a claim takes milliseconds; five seconds without one is a loss
VIEWS_AT_BIRTH_MAX = 500  # 2 MB, and half a second of the hub; a member beyond the 500 last changed is told at their next tap
ORDERS_MAX = 64  # of the desk in one transaction; the rest half a second later
UNFOLDED_MAX = 200  # members folded in one transaction at a start


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents met which end."""

    kept: int = 0
    duplicates: int = 0
    put_aside: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What may be published once facts are kept: one claim per stream, members for kiosks, and for all that are on line what is closed, if
    that has changed; each with its kiosk first.
    """

    claims: tuple[tuple[str, Claim], ...]
    members: tuple[tuple[str, Members], ...]
    counts: Counts
    closings: tuple[tuple[str, Closings], ...] = ()
    recoveries: tuple[Recovery, ...] = ()


@dataclass(frozen=True, slots=True)
class Welcomed:
    """What may be published to a kiosk once its birth is kept. `lost`: how many facts are gone for good; `twin`: the device that spoke
    under its name until now, "" if that was this one.
    """

    sync: Sync
    closings: Closings
    members: tuple[Members, ...]
    lost: int
    twin: str = ""
    clone_suspect: bool = False


def epoch_of(hub: str) -> str:
    """The epoch in which a run of the hub numbers its own facts: as random as the run's id, and different for each."""
    return b32encode(blake2b(hub.encode(), digest_size=8).digest())[:12].decode("ascii").lower()


@dataclass(frozen=True, slots=True)
class Receiver:
    """The hub's core over a store. `hub` is the id of this run of the hub, `greeted` the kiosks whose birth it has answered."""

    hub: str
    store: HubStore
    book: Rulebook
    greeted: set[str] = field(default_factory=set, compare=False)
    shelf: Shelf = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shelf", Shelf(Rulebook(self.book.editions, self.book.zone)))

    @property
    def own(self) -> StreamId:
        """The stream of what this run of the hub writes down itself."""
        return StreamId(DESK, epoch_of(self.hub))

    def receive(self, batch: FactBatch, kiosk: str, now_ms: int) -> Receipt:
        """Take one batch from a kiosk."""
        return self.receive_all(((kiosk, batch),), now_ms)

    def receive_all(self, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Receipt:
        """Take (kiosk, batch) pairs in one transaction: one wait for the disk, and one claim per stream, for all of them."""
        with self.store.transaction() as tx:
            return self._receive(tx, batches, now_ms)

    def desk(self, now_ms: int) -> Receipt | None:
        """Write down what the desk asked for, in the hub's own stream and by its clock; None if nothing was asked, or is to be told.

        The orders end in the same transaction, so each is written down once. One that is no fact any more is put aside.
        """
        with self.store.transaction() as tx:
            orders = tx.orders(ORDERS_MAX)
            if not orders and self.shelf.all_told(tx):
                return None
            first = tx.cursors([self.own]).get(self.own, 0) + 1
            documents = [_own_document(number, order.kind, order.payload, now_ms) for number, order in enumerate(orders, start=first)]
            tx.remove_orders([order.id for order in orders])
            return self._receive(tx, [(DESK, FactBatch(self.own.epoch, DESK, tuple(documents)))], now_ms)

    def catch_up(self, now_ms: int) -> int:
        """Fold members that were never folded by this version's tables, a few at a time; returns how many there were."""
        with self.store.transaction() as tx:
            ids = tx.unfolded(UNFOLDED_MAX)
            if ids:
                self._settling(tx, now_ms).settle((), ids)
        return len(ids)

    def _settling(self, tx: HubTransaction, now_ms: int) -> Settling:
        return Settling(tx, self.shelf.book_now(tx), self.own, now_ms)

    def _receive(self, tx: HubTransaction, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Receipt:
        settling = self._settling(tx, now_ms)
        result, before = self._sort(tx, [(kiosk, self._datable(tx, kiosk, batch)) for kiosk, batch in batches], now_ms)
        tx.keep(result.kept, now_ms)
        tx.put_aside(result.aside, now_ms)
        known, conflicts = compare(tx, result.again)
        tx.put_aside(conflicts, now_ms)
        tx.move_cursors({stream: upto for stream, upto in result.cursors.items() if upto > before[stream]}, now_ms)
        facts = [kept.fact for kept in result.kept]
        tx.sight({Seen(fact.id.kiosk, fact.card) for fact in facts if fact.card is not None and fact.id.kiosk != DESK})
        settling.settle(facts)
        told = Teller(tx, settling.book, now_ms, settling.snapshots).to_listeners(settling.members.values())
        aside = [*result.aside, *known, *conflicts]
        counts = Counts(len(result.kept), len(result.again) - len(conflicts), len(result.aside) + len(conflicts), result.ahead)
        rung = tuple(recovery.of_facts(tx, facts, now_ms))
        return Receipt(claims(self.hub, result.cursors, aside), tuple(told), counts, self._news(tx, settling.book, now_ms), rung)

    def _news(self, tx: HubTransaction, book: Rulebook, now_ms: int) -> tuple[tuple[str, Closings], ...]:
        """What is closed, for every kiosk that is on line, if it is more than they were told. Others hear it when they are greeted."""
        if self.shelf.told == len(book.closed):
            return ()
        self.shelf.told = len(book.closed)
        here = [kiosk for kiosk in sorted(self.greeted) if tx.kiosk(kiosk).presence is Presence.ONLINE]
        return self.shelf.words(self.hub, here, book.closed, now_ms)

    def birth(self, birth: Birth, kiosk: str, now_ms: int) -> Welcomed:
        """Answer a kiosk's handshake: what is held of each of its streams, and what its members look like now.

        The answer is the truth even when it is lower than the kiosk thinks (the hub was restored from a backup). Facts that
        the kiosk no longer has and the hub never got are written down as lost, and the stream goes on after them.
        """
        with self.store.transaction() as tx:
            before = tx.kiosk(kiosk)
            here = before.born(birth, now_ms)
            tx.save_kiosk(here)
            tx.save_boot_start(kiosk, birth.boot, boot_start_ms(now_ms, birth.mono_ms))
            streams = {StreamId(kiosk, stream.epoch): stream for stream in birth.streams}
            held = tx.cursors(streams.keys())
            gaps = [StreamGap(each, held.get(each, 0) + 1, stream.first - 1) for each, stream in streams.items()]
            gaps = [gap for gap in gaps if gap.first <= gap.last]
            for gap in gaps:
                tx.note_gap(gap, now_ms)
            passed = {gap.stream: gap.last for gap in gaps}
            tx.move_cursors(passed, now_ms)
            book = self.shelf.book_now(tx)
            members = _pages_for(Teller(tx, book, now_ms), kiosk)
        self.greeted.add(kiosk)
        cursors = tuple((stream.epoch, passed.get(stream, held.get(stream, 0))) for stream in streams)
        sync = Sync(birth.session, self.hub, now_ms, cursors, WINDOW, BATCH, RESEND_S)
        ((_, closings),) = self.shelf.words(self.hub, (kiosk,), book.closed, now_ms)
        twin = before.device if before.device != birth.device else ""
        lost = sum(gap.last - gap.first + 1 for gap in gaps)
        return Welcomed(sync, closings, tuple(members), lost, twin, here.clone_suspect)

    def lookup(self, lookup: Lookup, kiosk: str, now_ms: int) -> LookupAnswer:
        """Who has this card? From then on the asking kiosk is told when the member changes; a card of nobody waits to be enrolled."""
        with self.store.transaction() as tx:
            owner = tx.owners((lookup.card,)).get(lookup.card)
            if owner is None:
                tx.await_owner(Waiting(lookup.card, kiosk, now_ms))
                return LookupAnswer(lookup.token, LookupStatus.UNKNOWN, lookup.card)
            tx.sight((Seen(kiosk, lookup.card),))
            covers = tx.newest_cursors((kiosk,)).get(kiosk, ())
            teller = Teller(tx, self.shelf.book_now(tx), now_ms)
            view = teller.view_of(tx.members((owner,))[owner], lookup.card, covers)
        if not fits(view):
            return LookupAnswer(lookup.token, LookupStatus.UNAVAILABLE, lookup.card)
        return LookupAnswer(lookup.token, LookupStatus.FOUND, lookup.card, view)

    def reserve(self, asked: Reserve, kiosk: str, now_ms: int) -> tuple[ReserveAnswer, Receipt | None]:
        """May this card have this perk now? What is set aside for it is kept before the answer is given; then there is also what may be
        published of it.
        """
        with self.store.transaction() as tx:
            answer, body = reserving.decided(tx, self.shelf.book_now(tx), asked, kiosk, now_ms)
            if body is None:
                return answer, None
            number = tx.cursors([self.own]).get(self.own, 0) + 1
            document = _own_document(number, body.kind, write(body), now_ms)
            return answer, self._receive(tx, [(DESK, FactBatch(self.own.epoch, DESK, (document,)))], now_ms)

    def urgent(self, said: Urgent, kiosk: str, now_ms: int) -> Recovery | None:
        """What the staff are told of a bad rating whose fact may still be waiting; nothing of it is kept."""
        with self.store.transaction() as tx:
            return recovery.of_urgent(tx, said, kiosk, now_ms)

    def alert(self, said: Alert, kiosk: str, now_ms: int) -> None:
        """Keep what a kiosk raises, or that it is over."""
        with self.store.transaction() as tx:
            if said.severity is None:
                tx.end_alert(kiosk, said.id)
            else:
                tx.raise_alert(RaisedAlert(kiosk, said.id, said.severity, said.since_ms, said.number, now_ms))

    def presence(self, state: KioskState, kiosk: str, now_ms: int) -> None:
        """Keep what a kiosk, or its will, says of its presence."""
        with self.store.transaction() as tx:
            record = tx.kiosk(kiosk)
            changed = record.with_state(state, now_ms)
            if changed != record:
                tx.save_kiosk(changed)

    def enrol(self, members: Sequence[MemberRecord], now_ms: int) -> tuple[tuple[str, Members], ...]:
        """Add members or replace their profiles and give them their cards; facts already held about these cards count at once.

        Who had one of the cards before loses what it earned. Returns what may be published: (kiosk, members) pairs.
        """
        with self.store.transaction() as tx:
            cards = {card for member in members for card in member.cards}
            changed = {member.id for member in members} | set(tx.owners(cards).values())
            for member in members:
                tx.enrol(member, now_ms)
            tx.drop_snapshots(changed)
            settling = self._settling(tx, now_ms)
            settling.settle((), changed)
            return tuple(Teller(tx, settling.book, now_ms, settling.snapshots).to_listeners(settling.members.values()))

    def _datable(self, tx: HubTransaction, kiosk: str, batch: FactBatch) -> FactBatch:
        """The batch; without its facts if a doubtful clock among them cannot be dated before the kiosk was greeted.

        So it is with what was under way to a hub that did not run, or was restored from a backup since: the batch may have lain in the
        broker for minutes, and the boot is not in the backup. The claim, of a run the kiosk does not know, makes it ask for a
        handshake; that dates the boot, and the facts come again.
        """
        if kiosk in self.greeted or kiosk == DESK or tx.boot_start_ms(kiosk, batch.boot) is not None:
            return batch
        doubtful = any(document.get("clk") == ClockQuality.UNSYNCED for document in batch.facts)
        return replace(batch, facts=()) if doubtful else batch

    def _sort(self, tx: HubTransaction, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> tuple[Sorted, dict[StreamId, int]]:
        """The batches sorted, and where their streams stood before."""
        streams = {StreamId(kiosk, batch.epoch) for kiosk, batch in batches}
        held = tx.cursors(streams)
        before = {stream: held.get(stream, 0) for stream in sorted(streams)}
        result = Sorted(dict(before))
        for kiosk, batch in batches:
            sort_batch(result, kiosk, batch, tx.boot_start_ms(kiosk, batch.boot), now_ms)
        return result, before


def _own_document(number: int, kind: str, payload: Document, now_ms: int) -> Document:
    """A fact of the desk as a kiosk would tell it."""
    return {"s": number, "t": kind, "at": now_ms, "mono": 0, "clk": ClockQuality.NTP.value, "d": payload}


def _pages_for(teller: Teller, kiosk: str) -> list[Members]:
    """Views of all members whose cards this kiosk has seen: messages sent while it was away are gone."""
    tx = teller.tx
    cards = tx.cards_seen(kiosk, VIEWS_AT_BIRTH_MAX)
    owners = tx.owners(cards)
    members = tx.members(set(owners.values()))
    covers = tx.newest_cursors((kiosk,)).get(kiosk, ())
    return pages([(card, teller.view_of(members[owners[card]], card, covers)) for card in cards])
