"""A broker in memory that loses, doubles, delays, reorders, cuts, repeats and forgets on a seed. For simulation and tests.

One thread, no clock: whoever simulates steps it with `deliver(now_ms)` and says what time it is. It keeps what of MQTT 5
our protocol leans on, and breaks no promise that real brokers keep: order within a topic, QoS 1 again after a reconnect.
"""

from __future__ import annotations

import base64
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from mqtt.link import Arrived, LinkCounts, LinkDown, LinkEvent, LinkUp, Report, Will
from mqtt.memory_session import Chance, Faults, Session, Waiting
from mqtt.wire import Packet

__all__ = ["Faults", "MemoryBroker", "MemoryLink"]

TAKEN_OVER_WAIT_MS = 60_000  # as the real link waits when another takes its name


class MemoryBroker:
    """The broker. All chance comes from `random`, all time from `deliver`."""

    def __init__(self, random: Random, faults: Faults | None = None) -> None:
        self._chance = Chance(random, faults or Faults())
        self._now_ms = 0
        self._back_ms = 0
        self._unplugged: set[str] = set()
        self._links: list[MemoryLink] = []
        self._present: dict[str, MemoryLink] = {}  # the link that is up, by client id
        self._sessions: dict[str, Session] = {}
        self._retained: dict[str, Waiting] = {}
        self._wills: dict[str, tuple[int, Packet]] = {}
        self._incoming: deque[Packet] = deque()

    @property
    def happened(self) -> Counter[str]:
        """How often each kind of fault has struck, and "overflowed" for queues that were full."""
        return self._chance.happened

    @property
    def faults(self) -> Faults:
        """The faults in force; may be replaced at any moment, as by `Faults()` for "now let everything heal"."""
        return self._chance.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._chance.faults = faults

    def link(
        self,
        client_id: str,
        filters: Sequence[str],
        *,
        session_expiry_s: int = 120,
        manual_ack: bool = False,
        will_delay_s: int = 30,
    ) -> MemoryLink:
        """A link of this broker; one more with a `client_id` in use throws the earlier one out when it connects."""
        made = MemoryLink(self, client_id, tuple(filters), session_expiry_s * 1000, manual_ack, will_delay_s * 1000)
        self._links.append(made)
        return made

    def deliver(self, now_ms: int) -> int:
        """Lets everything happen that is due at `now_ms`; what is said in answer waits for the next call. Returns events reported."""
        if now_ms > self._now_ms:
            self._now_ms = now_ms
            self._strike()
        self._connect_waiting()
        for _ in range(len(self._incoming)):
            self._route(self._incoming.popleft())
        self._expire()
        return sum(link.hear() + self._hand_over(link) for link in list(self._links))

    def cut(self, client_id: str) -> None:
        """Pulls this client's cable; it stays out until `mend`, also with a new link."""
        self._unplugged.add(client_id)
        for link in self._links:
            if link.client_id == client_id:
                self.lose(link, "the cable was cut")

    def mend(self, client_id: str) -> None:
        """Puts the cable back."""
        self._unplugged.discard(client_id)

    def crash(self, away_ms: int = 0) -> None:
        """The broker dies, forgets everything, and is back after `away_ms`."""
        for link in self._links:
            self.lose(link, "the broker is gone")
        self._sessions.clear()
        self._retained.clear()
        self._wills.clear()
        self._incoming.clear()
        self._back_ms = self._now_ms + away_ms

    def take(self, packet: Packet) -> None:
        """A packet from a link that is up."""
        self._incoming.extend([packet] * self._chance.copies(packet))

    def lose(self, link: MemoryLink, why: str) -> None:
        """The link's connection is gone without goodbye: its will shall be spoken, its session waits."""
        if not link.up:
            return
        if link.will is not None:
            delay_ms = min(link.will_delay_ms, link.session_expiry_ms)
            self._wills[link.client_id] = (self._now_ms + delay_ms, link.will)
        self.leave(link)
        link.fall(why)

    def leave(self, link: MemoryLink) -> None:
        """The link's client is away from now on."""
        if self._present.get(link.client_id) is link:
            del self._present[link.client_id]
            self._sessions[link.client_id].leave(self._now_ms)

    def forget(self, link: MemoryLink) -> None:
        """The link's process ended; only its session and its will remain."""
        self._links.remove(link)

    def kept(self, link: MemoryLink, token: int) -> None:
        """The client acknowledged what came with `token`."""
        if self._present.get(link.client_id) is link:
            self._sessions[link.client_id].acked(token)

    def _strike(self) -> None:
        if self._now_ms >= self._back_ms and self._chance.strikes("crashed"):
            self.crash(self._chance.away_ms())
        for link in self._links:
            if link.up and self._chance.strikes("cut"):
                self.lose(link, "the connection was lost")
                link.back_ms = self._now_ms + self._chance.away_ms()

    def _connect_waiting(self) -> None:
        for link in self._links:
            plugged = link.client_id not in self._unplugged and self._now_ms >= max(self._back_ms, link.back_ms)
            if link.wanted and not link.up and plugged:
                self._connect(link)

    def _connect(self, link: MemoryLink) -> None:
        earlier = self._present.get(link.client_id)
        if earlier is not None:
            earlier.back_ms = self._now_ms + TAKEN_OVER_WAIT_MS
            earlier.fall("another client took this name")
        self._wills.pop(link.client_id, None)
        session = self._sessions.setdefault(link.client_id, Session((), 0))
        session.filters, session.expiry_ms = link.filters, link.session_expiry_ms
        session.resume(self._chance)
        self._present[link.client_id] = link
        link.rise(base64.b32encode(self._chance.random.randbytes(8)).decode("ascii")[:12].lower())
        for kept in self._retained.values():
            session.add(kept, self._now_ms, self._chance)

    def _route(self, packet: Packet) -> None:
        expires_ms = None if packet.expiry_s is None else self._now_ms + packet.expiry_s * 1000
        waiting = Waiting(packet, self._now_ms, expires_ms)
        if packet.retain:
            self._retained.pop(packet.topic, None)
            if packet.payload:
                self._retained[packet.topic] = replace(waiting, retained=True)
        for client_id, session in self._sessions.items():
            if packet.qos or client_id in self._present:
                session.add(waiting, self._now_ms, self._chance)

    def _expire(self) -> None:
        for client_id in [name for name, (due_ms, _) in self._wills.items() if due_ms <= self._now_ms]:
            self._route(self._wills.pop(client_id)[1])
        for topic in [name for name, kept in self._retained.items() if kept.stale(self._now_ms)]:
            del self._retained[topic]
        for client_id, session in list(self._sessions.items()):
            if client_id not in self._present and self._now_ms - session.away_ms > session.expiry_ms:
                del self._sessions[client_id]

    def _hand_over(self, link: MemoryLink) -> int:
        if self._present.get(link.client_id) is not link:
            return 0
        session = self._sessions[link.client_id]
        due = session.take_due(self._now_ms, self._chance)
        for index, one in enumerate(due):
            if self._present.get(link.client_id) is not link:  # what it heard made it leave, or somebody cut it
                session.put_back(due[index:])
                return index
            token = link.next_token() if link.manual_ack and one.packet.qos else 0
            session.note(one, token)
            link.tell(one.arrived(token))
        return len(due)


class MemoryLink:
    """A `mqtt.link.Link` of a MemoryBroker. What has no underscore beyond that is for the broker, except `vanish`."""

    def __init__(
        self, broker: MemoryBroker, client_id: str, filters: tuple[str, ...], session_expiry_ms: int, manual_ack: bool, will_delay_ms: int
    ) -> None:
        self.client_id, self.filters, self.manual_ack = client_id, filters, manual_ack
        self.session_expiry_ms, self.will_delay_ms = session_expiry_ms, will_delay_ms
        self.wanted = self.up = False
        self.back_ms = 0
        self.will: Packet | None = None
        self._broker = broker
        self._report: Report = lambda event: None
        self._will_of: Will | None = None
        self._news: deque[LinkEvent] = deque()
        self._token = self._connects = self._dropped = self._unreported = 0

    def start(self, report: Report, will: Will | None = None) -> None:
        """See `Link.start`; it connects in the next `deliver`."""
        self._report, self._will_of, self.wanted = report, will, True

    def publish(self, packet: Packet) -> bool:
        """See `Link.publish`."""
        if self.up:
            self._broker.take(packet)
        else:
            self._dropped += 1
        return self.up

    def ack(self, token: int) -> None:
        """See `Link.ack`."""
        self._broker.kept(self, token)

    def stop(self) -> None:
        """See `Link.stop`."""
        self._broker.leave(self)
        self._end()

    def vanish(self) -> None:
        """The process of this link was killed: no goodbye, the will is spoken, nothing is reported any more."""
        self._broker.lose(self, "killed")
        self._end()

    @property
    def counts(self) -> LinkCounts:
        """See `Link.counts`."""
        return LinkCounts(self._connects, self._dropped, 0, self._unreported)

    def rise(self, session: str) -> None:
        """The broker took the connection."""
        self.up = True
        self.will = self._will_of(session) if self._will_of is not None else None
        self._connects += 1
        self._news.append(LinkUp(session))

    def fall(self, why: str) -> None:
        """The connection is gone."""
        self.up = False
        self._news.append(LinkDown(why))

    def hear(self) -> int:
        """Reports what happened to the connection; how many events."""
        told = 0
        while self._news:
            told += self.tell(self._news.popleft())
        return told

    def tell(self, event: LinkEvent) -> int:
        """Reports one event; 1. A receiver that raises is counted and does no harm, as with the real link."""
        if not self.wanted:
            return 0
        try:
            self._report(event)
        except Exception:  # noqa: BLE001  a door, exactly as in mqtt.paho_link
            self._unreported += 1
            if isinstance(event, Arrived):
                self._broker.kept(self, event.token)
        return 1

    def next_token(self) -> int:
        """A token never used before on this link."""
        self._token += 1
        return self._token

    def _end(self) -> None:
        if self.wanted:
            self.wanted = self.up = False
            self._broker.forget(self)
