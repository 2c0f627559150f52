"""The hub's core: what kiosks say, turned into what is kept and what is answered. Pure: no Django, no network, no clock.

Each call is one transaction of the store. Only when it has returned may anything of its outcome be sent: what a kiosk is
told about must survive a power cut. A cursor per stream makes every fact count once, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.announce import pages, to_listeners, view_of
from hub.records import HubStore, HubTransaction, MemberRecord, PutAside, Seen, StreamGap, StreamId
from hub.sorting import E_CONFLICT, E_GAP, Sorted, Written, sort_batch
from hub.timing import boot_start_ms
from loyalty.facts import ClockQuality, Fact
from loyalty.ledger import fold
from loyalty.programme import Programme
from mqtt.messages import Birth, Claim, FactBatch, KioskState, Lookup, LookupAnswer, LookupStatus, Members, Presence, Sync

WINDOW = 64  # facts a kiosk may have under way: 4 messages, so that the hub's commit and the wire overlap
BATCH = 16  # facts in one message: usual facts of 0.3 KiB make 5 KiB, far from the wire's 64 KiB
RESEND_S = 5  # a claim takes milliseconds; five seconds without one is a loss
EARNED_DAYS = 7  # a kiosk promises keys of the running day only; a week covers one that was dark over a holiday
VIEWS_AT_BIRTH_MAX = 2000  # 63 messages; a member beyond the 2000 last changed is told at their next tap
REJECTED_MAX = 256  # what a claim on the wire can name; what it leaves out is put aside here all the same
DAY_MS = 86_400_000
VERSIONS_KEPT_MAX = 8  # differing contents kept of one number: enough to see what went wrong; a kiosk gone mad cannot fill the disk


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents met which end."""

    kept: int = 0
    duplicates: int = 0
    put_aside: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What may be published once facts are kept: one claim per stream, and members for kiosks; each with its kiosk first."""

    claims: tuple[tuple[str, Claim], ...]
    members: tuple[tuple[str, Members], ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Welcomed:
    """What may be published to a kiosk once its birth is kept. `lost`: how many facts are gone for good."""

    sync: Sync
    members: tuple[Members, ...]
    lost: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """The hub's core over a store. `hub` is the id of this run of the hub, `greeted` the kiosks whose birth it has answered."""

    hub: str
    store: HubStore
    programme: Programme
    greeted: set[str] = field(default_factory=set, compare=False)

    def receive(self, batch: FactBatch, kiosk: str, now_ms: int) -> Receipt:
        """Take one batch from a kiosk."""
        return self.receive_all(((kiosk, batch),), now_ms)

    def receive_all(self, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Receipt:
        """Take (kiosk, batch) pairs in one transaction: one wait for the disk, and one claim per stream, for all of them."""
        with self.store.transaction() as tx:
            result, before = self._sort(tx, [(kiosk, self._datable(tx, kiosk, batch)) for kiosk, batch in batches], now_ms)
            tx.keep(result.kept, now_ms)
            tx.put_aside(result.aside, now_ms)
            known, conflicts = _compare(tx, result.again)
            tx.put_aside(conflicts, now_ms)
            tx.move_cursors({stream: upto for stream, upto in result.cursors.items() if upto > before[stream]}, now_ms)
            seen = {Seen(kept.fact.id.kiosk, kept.fact.card) for kept in result.kept if kept.fact.card is not None}
            tx.sight(seen)
            members = self._refold(tx, set(tx.owners({each.card for each in seen}).values()), now_ms)
            told = to_listeners(tx, members, now_ms)
        aside = [*result.aside, *known, *conflicts]
        counts = Counts(len(result.kept), len(result.again) - len(conflicts), len(result.aside) + len(conflicts), result.ahead)
        return Receipt(_claims(self.hub, result.cursors, aside), tuple(told), counts)

    def birth(self, birth: Birth, kiosk: str, now_ms: int) -> Welcomed:
        """Answer a kiosk's handshake: what is held of each of its streams, and what its members look like now.

        The answer is the truth even when it is lower than the kiosk thinks (the hub was restored from a backup). Facts that
        the kiosk no longer has and the hub never got are written down as lost, and the stream goes on after them.
        """
        with self.store.transaction() as tx:
            here = replace(tx.kiosk(kiosk), presence=Presence.ONLINE, session=birth.session, why="", heard_ms=now_ms)
            tx.save_kiosk(replace(here, device=birth.device, boot=birth.boot))
            tx.save_boot_start(kiosk, birth.boot, boot_start_ms(now_ms, birth.mono_ms))
            streams = {StreamId(kiosk, stream.epoch): stream for stream in birth.streams}
            held = tx.cursors(streams.keys())
            gaps = [StreamGap(each, held.get(each, 0) + 1, stream.first - 1) for each, stream in streams.items()]
            gaps = [gap for gap in gaps if gap.first <= gap.last]
            for gap in gaps:
                tx.note_gap(gap, now_ms)
            passed = {gap.stream: gap.last for gap in gaps}
            tx.move_cursors(passed, now_ms)
            members = _pages_for(tx, kiosk, now_ms)
        self.greeted.add(kiosk)
        cursors = tuple((stream.epoch, passed.get(stream, held.get(stream, 0))) for stream in streams)
        sync = Sync(birth.session, self.hub, now_ms, cursors, WINDOW, BATCH, RESEND_S)
        return Welcomed(sync, tuple(members), sum(gap.last - gap.first + 1 for gap in gaps))

    def lookup(self, lookup: Lookup, kiosk: str, now_ms: int) -> LookupAnswer:
        """Who has this card? From then on the asking kiosk is told when the member changes."""
        with self.store.transaction() as tx:
            owner = tx.owners((lookup.card,)).get(lookup.card)
            if owner is None:
                return LookupAnswer(lookup.token, LookupStatus.UNKNOWN, lookup.card)
            tx.sight((Seen(kiosk, lookup.card),))
            covers = tx.newest_cursors((kiosk,)).get(kiosk, ())
            view = view_of(tx.members((owner,))[owner], covers, now_ms)
        return LookupAnswer(lookup.token, LookupStatus.FOUND, lookup.card, view)

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
            return tuple(to_listeners(tx, self._refold(tx, changed, now_ms), now_ms))

    def _datable(self, tx: HubTransaction, kiosk: str, batch: FactBatch) -> FactBatch:
        """The batch; without its facts if a doubtful clock among them cannot be dated before the kiosk was greeted.

        So it is with what was under way to a hub that was then restored from a backup: the kiosk's present boot is not in it.
        The claim, of a run the kiosk does not know, makes it ask for a handshake; that dates the boot, and the facts come again.
        """
        if kiosk in self.greeted or not tx.boot_of(kiosk) or tx.boot_start_ms(kiosk, batch.boot) is not None:
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
            sort_batch(result, kiosk, batch, _start_ms(tx, kiosk, batch, now_ms), now_ms)
        return result, before

    def _refold(self, tx: HubTransaction, ids: Collection[str], now_ms: int) -> list[MemberRecord]:
        """Fold these members anew from all facts about all their cards. A version never falls, also not after a restored backup."""
        members = tx.members(ids)
        owner = {card: member.id for member in members.values() for card in member.cards}
        facts: dict[str, list[Fact]] = {member: [] for member in members}
        for fact in tx.facts_of(owner.keys()):
            facts[owner[fact.card or ""]].append(fact)
        since = self.programme.day_of(max(0, now_ms - EARNED_DAYS * DAY_MS)).isoformat()
        folded = []
        for id_, member in sorted(members.items()):
            account = fold(facts[id_], self.programme)
            version = max(member.version + 1, now_ms)
            folded.append(replace(member, version=version, points=account.balance, earned=account.earned_since(since)))
        tx.folded(folded, now_ms)
        return folded


def _start_ms(tx: HubTransaction, kiosk: str, batch: FactBatch, now_ms: int) -> int | None:
    """When the boot of these facts began by the hub's clock.

    The hub learned it from a birth during that boot. The batch's own monotonic clock is that of the boot it was *sent* in, which
    may be a later one, also where the hub's word of the present boot is as old as a backup: it is used for a kiosk never greeted.
    """
    start_ms = tx.boot_start_ms(kiosk, batch.boot)
    return boot_start_ms(now_ms, batch.mono_ms) if start_ms is None and not tx.boot_of(kiosk) else start_ms


def _compare(tx: HubTransaction, again: Sequence[tuple[StreamId, int, Written]]) -> tuple[list[PutAside], list[PutAside]]:
    """Documents sent although their numbers are held: those put aside before, and those that say something new."""
    numbers: dict[StreamId, set[int]] = {}
    for stream, number, _ in again:
        numbers.setdefault(stream, set()).add(number)
    kept = {stream: tx.contents(stream, wanted) for stream, wanted in numbers.items()}
    aside = {stream: tx.aside(stream, wanted) for stream, wanted in numbers.items()}
    known, conflicts = [], []
    for stream, number, written in again:
        if kept[stream].get(number) == written.content:
            continue
        before = aside[stream].setdefault(number, [])
        same = next((item for item in before if item.content == written.content), None)
        if same is None and len(before) >= VERSIONS_KEPT_MAX:
            same = before[-1]
        if same is None:
            code = E_CONFLICT if before or number in kept[stream] else E_GAP
            same = PutAside(stream, number, code, written.text, written.content)
            before.append(same)
            conflicts.append(same)
        else:
            known.append(same)
    return known, conflicts


def _claims(hub: str, cursors: Mapping[StreamId, int], aside: Iterable[PutAside]) -> tuple[tuple[str, Claim], ...]:
    """One claim per stream, naming what of these batches does not count."""
    rejected: dict[StreamId, set[tuple[int, str]]] = {}
    for item in aside:
        rejected.setdefault(item.stream, set()).add((item.number, item.code))
    named = {stream: tuple(sorted(rejected.get(stream, ()))[-REJECTED_MAX:]) for stream in cursors}
    return tuple((stream.kiosk, Claim(hub, stream.epoch, upto, named[stream])) for stream, upto in cursors.items())


def _pages_for(tx: HubTransaction, kiosk: str, now_ms: int) -> list[Members]:
    """Views of all members whose cards this kiosk has seen: messages sent while it was away are gone."""
    cards = tx.cards_seen(kiosk, VIEWS_AT_BIRTH_MAX)
    owners = tx.owners(cards)
    members = tx.members(set(owners.values()))
    covers = tx.newest_cursors((kiosk,)).get(kiosk, ())
    return pages([(card, view_of(members[owners[card]], covers, now_ms)) for card in cards])
