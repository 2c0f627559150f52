"""What `mqtt.memory` keeps for one client, and the faults it plays on the way there. No broker and no link lives here."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from random import Random

from paho.mqtt.client import topic_matches_sub

from mqtt.link import Arrived
from mqtt.wire import Packet

QUEUED_MAX = 1_000  # for one client that is away; Mosquitto's default, and like it the newest is dropped
RECENT_MAX = 16  # delivered messages a broker may believe unacknowledged after a cut: about paho's 20 in flight


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely each fault is, 0 to 1; every kind stands alone. `happened` of the broker counts how often each really struck."""

    lost: float = 0.0  # for each hop: gone, though the sender was told "taken"
    doubled: float = 0.0  # for each hop of QoS 1: twice
    delayed: float = 0.0  # for each delivery: up to `delay_ms_max` later, and those behind it on the same topic too
    reordered: float = 0.0  # for each two neighbours of different topics due to one client: the other way round, or the first a turn later
    cut: float = 0.0  # for each link and step of time: connection lost without goodbye, for up to `away_ms_max`
    repeated: float = 0.0  # for each reconnect: the last delivered messages once more, older than what came since
    crashed: float = 0.0  # for each step of time: the broker forgets retained messages, sessions and wills; away up to `away_ms_max`
    delay_ms_max: int = 2_000
    away_ms_max: int = 20_000


class Chance:
    """All randomness of a broker in memory, and the count of what it did."""

    def __init__(self, random: Random, faults: Faults) -> None:
        self.random = random
        self.faults = faults
        self.happened: Counter[str] = Counter()

    def strikes(self, kind: str) -> bool:
        """Whether the fault `kind`, a field of Faults, strikes now. A fault that is off draws no number: seeds stay comparable."""
        probability: float = getattr(self.faults, kind)
        struck = probability > 0 and self.random.random() < probability
        self.happened[kind] += struck
        return struck

    def copies(self, packet: Packet) -> int:
        """How many of a packet leave a hop."""
        if self.strikes("lost"):
            return 0
        return 2 if packet.qos and self.strikes("doubled") else 1

    def away_ms(self) -> int:
        """How long something that failed stays away."""
        return self.random.randint(1, self.faults.away_ms_max)

    def late_ms(self) -> int:
        """How much later than at once a delivery comes."""
        return self.random.randint(1, self.faults.delay_ms_max) if self.strikes("delayed") else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message on its way to one client, or kept as retained."""

    packet: Packet
    due_ms: int
    expires_ms: int | None
    retained: bool = False

    def stale(self, now_ms: int) -> bool:
        """Whether its expiry has passed."""
        return self.expires_ms is not None and self.expires_ms <= now_ms

    def arrived(self, token: int) -> Arrived:
        """As the client hears it."""
        said = self.packet
        return Arrived(said.topic, said.payload, said.correlation, said.response_topic, self.retained, token)


@dataclass(slots=True)
class Session:
    """One client id at the broker: its subscriptions, and what it has not been told or has not acknowledged."""

    filters: tuple[str, ...]
    expiry_ms: int
    away_ms: int = 0
    queue: list[Waiting] = field(default_factory=list)
    unacked: dict[int, Waiting] = field(default_factory=dict)
    recent: deque[Waiting] = field(default_factory=lambda: deque(maxlen=RECENT_MAX))

    def add(self, waiting: Waiting, now_ms: int, chance: Chance) -> None:
        """Queues a message once for each filter that matches, as brokers do; a late one holds back those behind it on its topic."""
        topic = waiting.packet.topic
        for _ in [name for name in self.filters if topic_matches_sub(name, topic)]:
            if len(self.queue) >= QUEUED_MAX:
                chance.happened["overflowed"] += 1
                return
            behind_ms = max((other.due_ms for other in self.queue if other.packet.topic == topic), default=0)
            due = replace(waiting, due_ms=max(now_ms + chance.late_ms(), behind_ms))
            self.queue.extend([due] * chance.copies(waiting.packet))

    def leave(self, now_ms: int) -> None:
        """The client went away: what has QoS 0 is not kept for it."""
        self.away_ms = now_ms
        self.queue = [waiting for waiting in self.queue if waiting.packet.qos]

    def resume(self, chance: Chance) -> None:
        """The client came back: first again what it had not acknowledged, or what the broker believes it had not."""
        again = list(self.unacked.values())
        if self.recent and chance.strikes("repeated"):
            again = list(self.recent)[-chance.random.randint(1, len(self.recent)) :] + again
        self.unacked.clear()
        self.queue = [replace(waiting, due_ms=0) for waiting in again] + self.queue

    def take_due(self, now_ms: int, chance: Chance) -> list[Waiting]:
        """Takes out what is due, in order within each topic."""
        due = sorted((one for one in self.queue if one.due_ms <= now_ms), key=lambda one: one.due_ms)
        self.queue = [one for one in self.queue if one.due_ms > now_ms]
        due = [one for one in due if not one.stale(now_ms)]
        slow = ""  # one topic at most, so that the others go ahead and the next turn takes it
        for index in range(1, len(due)):
            if due[index].packet.topic != due[index - 1].packet.topic and chance.strikes("reordered"):
                if chance.random.random() < 0.5:
                    slow = slow or due[index - 1].packet.topic
                due[index - 1], due[index] = due[index], due[index - 1]
        self.queue = [one for one in due if one.packet.topic == slow] + self.queue
        return [one for one in due if one.packet.topic != slow]

    def put_back(self, left: list[Waiting]) -> None:
        """What was taken out and could not be handed over."""
        self.queue = [one for one in left if one.packet.qos] + self.queue

    def note(self, one: Waiting, token: int) -> None:
        """One was handed over; with a token it stays until it is acknowledged."""
        if token:
            self.unacked[token] = one
        elif one.packet.qos:
            self.recent.append(one)

    def acked(self, token: int) -> None:
        """The client acknowledged what came with `token`."""
        if waiting := self.unacked.pop(token, None):
            self.recent.append(waiting)
