"""Kiosks with one mistake each, to be put into `Product`. Nothing right lives here; what must bring them to light is in `mutants`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from drivers.clock import Clock
from kiosk import machine, visit
from kiosk.documents import Fault, no_fault
from kiosk.machine import State
from kiosk.members import Standings
from kiosk.messages import Commit, CommitFailed, Committed, Effect, Heard, LinkFound, LinkGone, Message, Restart, Send, Trimmed
from kiosk.outbox import Identity, Outbox
from kiosk.phases import Reading, Writing
from kiosk.standings import document_of
from kiosk.store import Store
from kiosk.sums import with_sum
from kiosk.taken import Remembered
from loyalty.codec import encode
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import KioskDay
from loyalty.facts import Body, ClockQuality, Fact, FactId, Visit
from loyalty.moment import Moment
from mqtt.messages import CommandResult, CommandState, Desired, LookupAnswer, Sync
from tests.simulation.disk import facts_on_disk

# --- the kiosk: what the hub desires of it ---


def looks_at_nothing_pushed(state: State, message: Message) -> machine.Step:
    """What the hub desires is heard and not looked at."""
    if isinstance(message, Heard) and isinstance(message.said, Desired):
        return state, []
    return machine.step(state, message)


def never_begins_anew(state: State, message: Message) -> machine.Step:
    """What was pushed is kept, and waits for ever."""
    state, effects = machine.step(state, message)
    return state, [effect for effect in effects if not isinstance(effect, Restart)]


class HeedlessStore(Store):
    """Which commands were taken is remembered until the restart that one of them asks for."""

    def commands(self) -> Remembered:
        """See `Store`."""
        return Remembered()


def says_no_end(state: State, message: Message) -> machine.Step:
    """Nothing is said of the end of a command."""
    state, effects = machine.step(state, message)
    return state, [effect for effect in effects if not _is_an_end(effect)]


def _is_an_end(effect: Effect) -> bool:
    return isinstance(effect, Send) and isinstance(effect.said, CommandResult) and effect.said.state is CommandState.SUCCEEDED


# --- the kiosk: what the customer is promised ---


def counts_nothing_it_gives(state: State, message: Message) -> machine.Step:
    """Nobody adds up what the kiosk gives away while it is alone."""
    return machine.step(replace(state, talk=replace(state.talk, today=KioskDay())), message)


def promises_what_all_share(state: State, message: Message) -> machine.Step:
    """A budget is promised as long as nobody says that it is spent, also where nobody can say so."""
    state, effects = machine.step(state, message)
    return machine._closed_again(replace(state, alone_ms=None)), effects


def _as_if_on_disk(state: State, now: Moment, body: Visit) -> machine.Step:
    presentation = getattr(state.talk.phase, "presentation", 0)
    fact = Fact(FactId("", "", state.box.held[-1].last + 1), 0, 0, "", ClockQuality.NTP, body)
    talk, effects = visit.committed(state.talk, Committed(now, presentation, (fact,), Standing(body.card)))
    return replace(state, talk=talk), list(effects)


def greets_before_the_commit(state: State, message: Message) -> machine.Step:
    """The greeting comes first, then the commit."""
    state, effects = machine.step(state, message)
    for effect in list(effects):
        if isinstance(effect, Commit) and isinstance(effect.bodies[0], Visit) and not isinstance(message, Trimmed):
            state, early = _as_if_on_disk(state, message.now, effect.bodies[0])
            effects = [*early, *effects]
    return state, effects


def greets_when_the_disk_refuses(state: State, message: Message) -> machine.Step:
    """A visit that could not be written is greeted all the same."""
    phase = state.talk.phase
    was = phase.was if isinstance(phase, Writing) else None
    if isinstance(message, CommitFailed) and isinstance(was, Reading) and was.card and was.evidence:
        return _as_if_on_disk(state, message.now, Visit(was.card, was.evidence))
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
    """The facts are written in one transaction, the standing they change in the next."""

    def commit(self, bodies: Sequence[Body], now: Moment, today: KioskDay | None = None) -> tuple[tuple[Fact, ...], Standing]:
        """See `Store`."""
        streams = self._streams
        first = streams.last_id - streams.now.base + 1
        facts = tuple(self._fact_of(first + place, body, now) for place, body in enumerate(bodies))
        with self._db.transaction():
            if first == 1:
                self._meta.put("streams", streams.document(begun=True))
            last_id = [self._facts.insert(with_sum(encode(fact))) for fact in facts][-1]
        streams.grew(last_id, last_id - len(facts) + 1)
        after = self.standing(facts[0].card or "")
        for fact in facts:
            after = after.with_fact(fact)
        if after.card:
            with self._db.transaction():
                self._standings._table.put(after.card, document_of(after))
        self.today = self.today if today is None else today
        return facts, after

    def _fact_of(self, number: int, body: Body, now: Moment) -> Fact:
        stream = self._streams.now
        return Fact(FactId(self._kiosk, stream.epoch, number), now.wall_ms, now.mono_ms, stream.boot, now.quality, body)


class PiecemealStore(Store):
    """Each fact of a visit is written by itself."""

    def commit(self, bodies: Sequence[Body], now: Moment, today: KioskDay | None = None) -> tuple[tuple[Fact, ...], Standing]:
        """See `Store`."""
        facts: tuple[Fact, ...] = ()
        after = Standing("")
        for body in bodies:
            more, after = super().commit((body,), now, today)
            facts += more
        return facts, after


class Apart(Standings):
    """Each card stands for itself, whoever has it."""

    def _others(self, member: str) -> list[Standing]:
        return []


class ApartStore(Store):
    """Members have as many balances as cards."""

    def __init__(self, path: Path, kiosk: str, epoch: str, boot: str, fault: Fault = no_fault) -> None:
        super().__init__(path, kiosk, epoch, boot, fault)
        self._standings = Apart(self._db.table("members"), kiosk)


class ForgetfulStore(Store):
    """The hub's last word replaces what is known, also when it is an older word."""

    def keep(self, views: Iterable[tuple[str, MemberView]]) -> None:
        """See `Store`."""
        with self._db.transaction():
            for card, view in views:
                before = self.standing(card)
                known = None if before.view is None else replace(before.view, version=-1)
                self._standings._table.put(card, document_of(replace(before, view=known).with_view(view)))


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

    def not_before(self, wall_ms: int) -> None:
        """See `Clock`."""
        self._clock.not_before(wall_ms)

    def told(self, wall_ms: int) -> None:
        """See `Clock`."""
        self._clock.told(wall_ms)


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
        streams = self._streams
        if streams.old and streams.old[-1].epoch == epoch:
            streams.now = streams.old.pop()


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
