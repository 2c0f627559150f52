"""Wrong products, one mistake each, and the fault that must bring each to light. Nothing right lives here.

Each replaces one part of `Product`. Without its fault a mutant does no harm, except the one that needs none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.clock import Clock
from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore, MemoryTransaction
from hub.receiver import Receiver, Welcomed
from hub.records import KeptFact, StreamId
from kiosk import machine, visit
from kiosk.machine import State
from kiosk.messages import Commit, CommitFailed, Committed, Heard, LinkFound, LinkGone, Message, Trimmed
from kiosk.outbox import Identity, Outbox
from kiosk.phases import Reading
from kiosk.store import Store, _document
from loyalty.codec import decode, encode
from loyalty.facts import Body, ClockQuality, Fact, FactId, Visit
from loyalty.moment import Moment
from loyalty.standing import MemberView, Standing
from mqtt.messages import Birth, Claim, FactBatch, LookupAnswer, Sync
from tests.simulation.disk import facts_on_disk
from tests.simulation.faults import Kind
from tests.simulation.product import Product
from tests.simulation.trouble import Proof

# --- the kiosk: what the customer is promised ---


def _as_if_on_disk(state: State, now: Moment, body: Visit) -> machine.Step:
    presentation = getattr(state.talk.phase, "presentation", 0)
    fact = Fact(FactId("", "", state.box.held[-1].last + 1), 0, 0, "", ClockQuality.NTP, body)
    talk, effects = visit.committed(state.talk, Committed(now, presentation, fact, Standing(body.card), Standing(body.card)))
    return replace(state, talk=talk), list(effects)


def greets_before_the_commit(state: State, message: Message) -> machine.Step:
    """The greeting comes first, then the commit."""
    state, effects = machine.step(state, message)
    for effect in list(effects):
        if isinstance(effect, Commit) and isinstance(effect.body, Visit) and not isinstance(message, Trimmed):
            state, early = _as_if_on_disk(state, message.now, effect.body)
            effects = [*early, *effects]
    return state, effects


def greets_when_the_disk_refuses(state: State, message: Message) -> machine.Step:
    """A visit that could not be written is greeted all the same."""
    phase = state.talk.phase
    if isinstance(message, CommitFailed) and isinstance(phase, Reading) and phase.card and phase.evidence:
        return _as_if_on_disk(state, message.now, Visit(phase.card, phase.evidence))
    return machine.step(state, message)


def takes_any_answer(state: State, message: Message) -> machine.Step:
    """The hub's answer is taken for the card that lies there now, whatever card was asked for."""
    phase = state.talk.phase
    match message:
        case Heard(said=LookupAnswer(card=card) as answer) if isinstance(phase, Reading) and phase.token is not None:
            message = replace(message, said=replace(answer, token=phase.token))
            state = replace(state, talk=replace(state.talk, phase=replace(phase, card=card)))
    return machine.step(state, message)


class TornStore(Store):
    """The fact is written in one transaction, the standing it changes in the next."""

    def commit(self, body: Body, now: Moment) -> tuple[Fact, Standing, Standing]:
        """See `Store`."""
        number = self._last_id - self._now.base + 1
        fact = Fact(FactId(self._kiosk, self._now.epoch, number), now.wall_ms, now.mono_ms, self._now.boot, now.quality, body)
        with self._db.transaction():
            if number == 1:
                self._write_streams(begun=True)
            self._last_id = self._facts.insert(encode(fact))
        self._first_id = self._first_id or self._last_id
        before = self.standing(fact.card) if fact.card else Standing("")
        after = before.with_fact(fact, self._programme)
        if after is not before:
            with self._db.transaction():
                self._members.put(after.card, _document(after))
        return fact, before, after


class ForgetfulStore(Store):
    """The hub's last word replaces what is known, also when it is an older word."""

    def keep(self, views: Iterable[tuple[str, MemberView]]) -> None:
        """See `Store`."""
        with self._db.transaction():
            for card, view in views:
                before = self.standing(card)
                known = None if before.view is None else replace(before.view, version=-1)
                self._members.put(card, _document(replace(before, view=known).with_view(view)))


class WallClock:
    """Waiting is measured by the wall clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def boot_id(self) -> str:
        """See `Clock`."""
        return self._clock.boot_id

    def now(self) -> Moment:
        """See `Clock`."""
        now = self._clock.now()
        return replace(now, mono_ms=now.wall_ms)


# --- the kiosk: what it believes of the hub ---


def only_this_run(who: Identity, store: Store, now: Moment) -> Outbox:
    """The outbox begins empty; what earlier runs left in the store is forgotten."""
    return Outbox(who, store.held()[-1:], now)


def epoch_of_the_card(path: Path, fresh: str) -> str:
    """The epoch is kept on the storage card, as a serial number of the kiosk would be."""
    rows = facts_on_disk(path)
    return rows[-1].epoch if rows else fresh


class SameEpochStore(Store):
    """Goes on numbering where the card's last epoch stopped."""

    def __init__(self, path: Path, kiosk: str, epoch: str, *rest: Any) -> None:
        super().__init__(path, kiosk, epoch, *rest)
        if self._old and self._old[-1].epoch == epoch:
            self._now = self._old.pop()


def _forward_only(state: State, message: Message) -> Message:
    if not isinstance(message, Heard) or not isinstance(message.said, Sync):
        return message
    cursors = dict(message.said.cursors)
    raised = tuple((stream.epoch, max(cursors.get(stream.epoch, 0), stream.claimed)) for stream in state.box.held)
    return replace(message, said=replace(message.said, cursors=raised))


def sent_is_claimed(state: State, message: Message) -> machine.Step:
    """What the broker took is safe, is it not?"""
    state, effects = machine.step(state, _forward_only(state, message))
    held = tuple(replace(stream, claimed=max(stream.claimed, stream.sent)) for stream in state.box.held)
    return replace(state, box=replace(state.box, held=held)), effects


def cursor_never_goes_back(state: State, message: Message) -> machine.Step:
    """What was claimed once stays claimed, whatever the hub says in the handshake."""
    return machine.step(state, _forward_only(state, message))


def never_sends_again(state: State, message: Message) -> machine.Step:
    """A message without an answer is waited for, for ever."""
    state, effects = machine.step(state, message)
    return replace(state, box=replace(state.box, resend_due=None)), effects


def one_handshake_is_enough(state: State, message: Message) -> machine.Step:
    """After a reconnect the kiosk believes to be in sync still: the broker keeps its session, does it not?"""
    hub = state.box.hub
    if hub is not None and isinstance(message, LinkFound):
        return replace(state, box=replace(state.box, session=message.session)), []
    state, effects = machine.step(state, message)
    if hub is not None and isinstance(message, LinkGone):
        state = replace(state, box=replace(state.box, hub=hub))
    return state, effects


# --- the hub ---


class CarelessReceiver(Receiver):
    """What was sent again is kept again."""

    def _sort(self, tx: Any, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Any:
        result, before = super()._sort(tx, batches, now_ms)
        boots = {StreamId(kiosk, batch.epoch): batch.boot for kiosk, batch in batches}
        for stream, _, written in result.again:
            fact = decode(json.loads(written.text), stream.kiosk, stream.epoch, boots[stream])
            result.kept.append(KeptFact(replace(fact, effective_ms=fact.at_ms), written.text, written.content))
        result.again.clear()
        return result, before


class CarelessTransaction(MemoryTransaction):
    """Keeps whatever it is given."""

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `MemoryTransaction`."""
        for kept in facts:
            held = (StreamId(kept.fact.id.kiosk, kept.fact.id.epoch), kept.fact.id.number) in self._t.facts
            if held and kept.fact.card is not None:
                self._t.by_card[kept.fact.card].append(kept.fact)
                self.undo.append(self._t.by_card[kept.fact.card].pop)
            elif not held:
                super().keep([kept], now_ms)


class BlindTransaction(MemoryTransaction):
    """Does not know when a kiosk's boots began, so facts are dated by the kiosk's clock, right or wrong."""

    def boot_of(self, kiosk: str) -> str:
        """See `MemoryTransaction`."""
        return "another"

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `MemoryTransaction`."""
        return None


class CarelessHubStore(MemoryHubStore):
    """With CarelessTransaction in place of the product's."""

    kind: type[MemoryTransaction] = CarelessTransaction

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """See `MemoryHubStore`."""
        with super().transaction() as tx:
            wrong = self.kind(self._tables)
            wrong.undo = tx.undo
            yield wrong


class BlindHubStore(CarelessHubStore):
    """With BlindTransaction in place of the product's."""

    kind = BlindTransaction


class HighestReceiver(Receiver):
    """Claims the highest number seen instead of the end of the longest unbroken run."""

    def _sort(self, tx: Any, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Any:
        for kiosk, batch in batches:
            stream = StreamId(kiosk, batch.epoch)
            if batch.facts and batch.facts[0]["s"] > tx.cursors((stream,)).get(stream, 0) + 1:
                tx.move_cursors({stream: batch.facts[0]["s"] - 1}, now_ms)
        return super()._sort(tx, batches, now_ms)


class SilentReceiver(Receiver):
    """Answers a birth without telling what the members look like: it was all said when it happened, was it not?"""

    def birth(self, birth: Birth, kiosk: str, now_ms: int) -> Welcomed:
        """See `Receiver`."""
        return replace(super().birth(birth, kiosk, now_ms), members=())


class HastyIngest(Ingest):
    """Claims first and commits then."""

    def _facts(self, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> None:
        for kiosk, batch in batches:
            if batch.facts:
                self._say(kiosk, Claim(self._receiver.hub, batch.epoch, batch.facts[-1]["s"]))
        super()._facts(batches, now_ms)


@dataclass(frozen=True)
class Mutant:
    """A wrong product, the fault alone under which it must fail (None: on any day), and the proofs of which one must say so."""

    product: Product
    fault: Kind | None
    proofs: tuple[Proof, ...]


MUTANTS = {
    "greets before the commit": Mutant(Product(step=greets_before_the_commit), None, (Proof.PROMISED,)),
    "greets when the disk refuses": Mutant(Product(step=greets_when_the_disk_refuses), Kind.DISK, (Proof.PROMISED,)),
    "takes any answer": Mutant(Product(step=takes_any_answer), Kind.DELAYED, (Proof.PROMISED,)),
    "two writes for one tap": Mutant(Product(store=TornStore), Kind.POWER, (Proof.WHOLE,)),
    "an older view replaces a newer (cut)": Mutant(Product(store=ForgetfulStore), Kind.CUT, (Proof.OLDER,)),
    "an older view replaces a newer (reordered)": Mutant(Product(store=ForgetfulStore), Kind.REORDERED, (Proof.OLDER,)),
    "waits by the wall clock": Mutant(Product(clock=WallClock), Kind.CLOCK, (Proof.DATED, Proof.QUIET)),
    "dates by a doubtful clock": Mutant(Product(hub_store=BlindHubStore), Kind.CLOCK, (Proof.DATED,)),
    "outbox not rebuilt at start": Mutant(Product(outbox=only_this_run), Kind.POWER, (Proof.LOST,)),
    "epoch kept on the card": Mutant(Product(epoch=epoch_of_the_card, store=SameEpochStore), Kind.IMAGE, (Proof.LOST,)),
    "sent is claimed (lost)": Mutant(Product(step=sent_is_claimed), Kind.LOST, (Proof.LOST,)),
    "sent is claimed (broker)": Mutant(Product(step=sent_is_claimed), Kind.BROKER, (Proof.LOST,)),
    "never sends again": Mutant(Product(step=never_sends_again), Kind.LOST, (Proof.QUIET,)),
    "one handshake is enough": Mutant(Product(step=one_handshake_is_enough), Kind.BROKER, (Proof.CONVERGED,)),
    "cursor never goes back": Mutant(Product(step=cursor_never_goes_back), Kind.HUB_RESTORED, (Proof.LOST, Proof.QUIET)),
    "hub keeps what it has again": Mutant(Product(receiver=CarelessReceiver, hub_store=CarelessHubStore), Kind.DOUBLED, (Proof.TWICE,)),
    "hub claims the highest number": Mutant(Product(receiver=HighestReceiver), Kind.LOST, (Proof.LOST,)),
    "hub claims before it commits": Mutant(Product(ingest=HastyIngest), Kind.HUB_CRASH, (Proof.CLAIMED,)),
    "hub says nothing of members at a birth": Mutant(Product(receiver=SilentReceiver), Kind.OFF, (Proof.CONVERGED,)),
}
