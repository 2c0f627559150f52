"""The hub's ear: what arrives from kiosks goes through the receiver into the store, and only then is anything answered.

The thread that calls `run` owns the store. The link's thread only puts events into the inbox. What the facts mean is decided
in `receiver`; bytes are `mqtt.wire`'s.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.schema import Operators
from hub.commanding import Commander, packet_of
from hub.desired import SetUps
from hub.fencing import Displaced
from hub.greeting import spread_ms, worries
from hub.grouping import Heard, grouped
from hub.inbox import OWN, Inbox
from hub.operators import OperatorDesk
from hub.rates import Rates
from hub.receiver import Receipt, Receiver
from hub.records import DESK, RESERVED
from hub.tally import Tally
from mqtt.link import Arrived, Link, LinkDown, LinkEvent, LinkUp
from mqtt.messages import (
    Alert,
    Birth,
    CommandResult,
    FactBatch,
    FromHub,
    HubState,
    KioskState,
    Lookup,
    LookupAnswer,
    LookupStatus,
    Presence,
    Recovery,
    Reported,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    Urgent,
)
from mqtt.operators import decode_request, encode_answer, operator_of
from mqtt.topics import parse_up
from mqtt.wire import MalformedMessage, Packet, decode_up, encode

log = logging.getLogger(__name__)

DRAIN_MAX = 64  # messages looked at in one turn: a claim waits for at most this many before it
DESK_WAIT_S = 0.5  # an operator who presses a key sees it happen at the kiosk; twice a second costs the database nothing
RUNG_KEPT = 256  # cases that are not rung for again: bad ratings of all kiosks in the minutes between an urgent word and its fact


@dataclass(frozen=True, slots=True)
class _Stop:
    """Put into the inbox by `Ingest.stop`."""


def wall_ms() -> int:
    """Now, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Ingest:
    """One run of the hub's ear over a link. `on_up` is called on the running thread at each connection made.

    `run` is for a process; a simulation calls `start`, then `turn` after each delivery, with clocks of its own.
    """

    def __init__(
        self,
        receiver: Receiver,
        link: Link,
        shard: str,
        *,
        on_up: Callable[[], None] = lambda: None,
        now_ms: Callable[[], int] = wall_ms,
        mono_s: Callable[[], float] = time.monotonic,
        operators: Operators | None = None,
    ) -> None:
        """`operators`: who may ask over the broker; without it nobody may."""
        self._set_ups, self._commander = SetUps(receiver.store), Commander(receiver.store)
        self._operators = OperatorDesk(receiver.store, operators or Operators())
        self._receiver, self._link, self._shard, self._on_up, self._now_ms, self._mono_s = receiver, link, shard, on_up, now_ms, mono_s
        self._inbox: Inbox[LinkEvent | _Stop] = Inbox()
        self._rates, self._tally = Rates(), Tally()
        self._rung: deque[str] = deque(maxlen=RUNG_KEPT)
        self._desk_due_s = 0.0
        self._stopping = False

    def run(self) -> None:
        """Listen until `stop`. What the store raises ends the run: unacknowledged messages come again to the next one."""
        self.start()
        serves = True
        try:
            while not self._stopping:
                due_s = min(self._desk_due_s, self._tally.due_s or self._desk_due_s)
                self._take(self._inbox.take(DRAIN_MAX, max(0.0, due_s - self._mono_s())))
        except Displaced:  # a goodbye would stand in place of the word of the hub that serves now
            serves = False
            raise
        finally:
            if serves:
                self._link.publish(self._state(Presence.OFFLINE))
            self._link.stop()

    def start(self) -> None:
        """Begin to connect, with the broker told what to say if this hub is lost."""
        self._link.start(self._report, lambda session: self._state(Presence.OFFLINE))

    def turn(self) -> None:
        """Take what has arrived, without waiting for more."""
        self._take(self._inbox.take(DRAIN_MAX, 0.0))

    def stop(self) -> None:
        """End `run` after the present turn. From any thread and from a signal handler."""
        self._inbox.put(OWN, _Stop())

    def _report(self, event: LinkEvent) -> None:
        """The link's door. Raises queue.Full when too much waits: the link drops the event then, and kiosks send again."""
        if isinstance(event, Arrived):
            spoken = parse_up(event.topic)
            lane = f"operator {operator_of(event.topic)}" if spoken is None else f"kiosk {spoken.kiosk}"
            self._inbox.put(lane, event, event.token)
        else:
            self._inbox.put(OWN, event)

    def _state(self, presence: Presence, spread_ms: int = 0) -> Packet:
        return encode(HubState(presence, self._receiver.hub, self._now_ms(), spread_ms), self._shard)

    def _take(self, events: Sequence[LinkEvent | _Stop]) -> None:
        """Take what arrived, people who wait first; acknowledge in the order of arrival, when all of it is kept."""
        arrived = []
        for event in events:
            match event:
                case LinkUp():
                    log.info("connected to the broker as hub run %s", self._receiver.hub)
                    with self._receiver.store.transaction() as tx:  # only the hub that may write says that it is here
                        self._link.publish(self._state(Presence.ONLINE, spread_ms(tx.kiosk_count())))
                    self._on_up()
                case LinkDown(why):
                    log.warning("no broker: %s", why)
                case _Stop():
                    self._stopping = True
                case Arrived():
                    arrived.append(event)
        heard = [each for each in map(self._read, arrived) if each is not None and self._is_within_rates(each)]
        for event in arrived:
            if (operator := operator_of(event.topic)) is not None:
                self._answer_operator(operator, event)
        for each in heard:
            self._answer(each)
        for group in grouped([each for each in heard if not isinstance(each.message, Lookup | Reserve | Urgent)]):
            self._handle(group)
        for token in self._inbox.settle():
            self._link.ack(token)
        self._count_dropped()
        self._desk()
        if (line := self._tally.line(self._mono_s())) is not None:
            log.warning("ignored in the last minute: %s", line)

    def _is_within_rates(self, heard: Heard) -> bool:
        """Whether a kiosk asks no more often than it may. Where somebody waits for an answer, it is told to ask later."""
        if self._rates.allow(heard.kiosk, heard.message, self._mono_s()):
            return True
        self._tally.count("too often", f"{type(heard.message).__name__} of kiosk {heard.kiosk}", self._mono_s())
        match heard.message:
            case Lookup(card, token):
                self._say(heard.kiosk, LookupAnswer(token, LookupStatus.BUSY, card))
            case Reserve(token=token):
                self._say(heard.kiosk, ReserveAnswer(token, ReserveStatus.BUSY))
        return False

    def _count_dropped(self) -> None:
        for lane in list(self._inbox.dropped):
            self._tally.count("too many at once", f"those of {lane}", self._mono_s(), self._inbox.dropped.pop(lane))

    def _answer(self, heard: Heard) -> None:
        """Answer what a person at a counter waits for, and ring for one who goes away dissatisfied."""
        match heard.message:
            case Lookup() as asked:
                self._say(heard.kiosk, self._receiver.lookup(asked, heard.kiosk, self._now_ms()))
            case Reserve() as wanted:
                answer, receipt = self._receiver.reserve(wanted, heard.kiosk, self._now_ms())
                self._say(heard.kiosk, answer)
                if receipt is not None:
                    self._tell(receipt)
            case Urgent() as said:
                self._ring(self._receiver.urgent(said, heard.kiosk, self._now_ms()))

    def _read(self, event: Arrived) -> Heard | None:
        """What a message says, or None for one that is counted and ignored."""
        if operator_of(event.topic) is not None:
            return None
        spoken = parse_up(event.topic)
        if spoken is None or spoken.shard != self._shard or spoken.kiosk in RESERVED:
            self._tally.count("foreign", "a topic of nobody's", self._mono_s())
            return None
        try:
            message = decode_up(spoken, event.payload, event.correlation, event.response_topic)
        except MalformedMessage as refusal:
            self._tally.count(refusal.kind, f"{refusal.where} of kiosk {spoken.kiosk}", self._mono_s())
            return None
        return Heard(spoken.kiosk, message, event.retained)

    def _answer_operator(self, operator: str, event: Arrived) -> None:
        """Do what an operator asks, and say what became of it."""
        try:
            asked = decode_request(operator, event.payload, event.correlation, event.response_topic)
            self._link.publish(encode_answer(self._operators.answer(asked, operator, self._now_ms()), operator))
        except MalformedMessage as refusal:
            self._tally.count(refusal.kind, f"{refusal.where} of operator {operator}", self._mono_s())

    def _handle(self, group: Sequence[Heard]) -> None:
        """Facts of one transaction, or one other message."""
        now_ms = self._now_ms()
        kiosk, message = group[0].kiosk, group[0].message
        match message:
            case FactBatch():
                self._facts([(each.kiosk, each.message) for each in group if isinstance(each.message, FactBatch)], now_ms)
            case Birth():
                self._greet(message, kiosk, now_ms)
            case KioskState():
                heard_ms = min(now_ms, message.at_ms) if group[0].retained else now_ms
                self._receiver.presence(message, kiosk, heard_ms)
            case Reported():
                wanted = self._set_ups.reported(message, kiosk, now_ms)
                if wanted is not None:
                    self._say(kiosk, wanted)
            case Alert():
                self._receiver.alert(message, kiosk, now_ms)
            case CommandResult():
                self._result(message, kiosk, now_ms)

    def _result(self, said: CommandResult, kiosk: str, now_ms: int) -> None:
        command = self._commander.heard(said, kiosk, now_ms)
        if command is None:
            self._tally.count("foreign", f"a command never given to kiosk {kiosk}", self._mono_s())
        else:
            log.info("kiosk %s: %s %s %s", kiosk, command.op, said.state.value, said.why)

    def _command(self, greeted: str = "") -> None:
        """Say what is commanded and due."""
        for each in self._commander.due(self._now_ms(), greeted):
            self._link.publish(packet_of(each, self._shard, self._now_ms()))

    def _greet(self, birth: Birth, kiosk: str, now_ms: int) -> None:
        welcomed = self._receiver.birth(birth, kiosk, now_ms)
        self._say(kiosk, welcomed.sync)
        self._say(kiosk, welcomed.closings)
        for page in welcomed.members:
            self._say(kiosk, page)
        log.info("kiosk %s asked for a handshake (%s), %d streams", kiosk, birth.why, len(birth.streams))
        self._command(greeted=kiosk)
        for worry in worries(welcomed, birth, kiosk):
            log.warning("%s", worry)

    def _facts(self, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> None:
        self._tell(self._receiver.receive_all(batches, now_ms))

    def _desk(self) -> None:
        """Write down what the desk asked for, if it is time to look; what is left over is taken at the next turn."""
        if self._mono_s() < self._desk_due_s:
            return
        for kiosk, wanted in self._set_ups.news(self._now_ms()):
            self._say(kiosk, wanted)
        self._command()
        receipt = self._receiver.desk(self._now_ms())
        if receipt is None:
            self._desk_due_s = self._mono_s() + DESK_WAIT_S
        else:
            self._tell(receipt)

    def _tell(self, receipt: Receipt) -> None:
        """Claims to those who sent something, then what is closed to all who are here, then members to those who know them."""
        for kiosk, claim in receipt.claims:
            if kiosk != DESK:
                self._say(kiosk, claim)
            for number, code in claim.rejected:
                self._tally.count(f"put aside as {code}", f"fact {number} of kiosk {kiosk}", self._mono_s())
        for rung in receipt.recoveries:
            self._ring(rung)
        for kiosk, closings in receipt.closings:
            self._say(kiosk, closings)
        for kiosk, members in receipt.members:
            self._say(kiosk, members)

    def _ring(self, rung: Recovery | None) -> None:
        """Tell the staff, once for each case: of the urgent word or of the rating, whichever comes first."""
        if rung is not None and rung.case not in self._rung:
            self._rung.append(rung.case)
            self._link.publish(encode(rung, self._shard))

    def _say(self, kiosk: str, message: FromHub) -> None:
        """Publish to one kiosk's own tree. What is dropped here the kiosk asks for again."""
        self._link.publish(encode(message, self._shard, kiosk))
