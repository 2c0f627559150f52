"""The link to a broker as kiosk and hub see it: three calls down, one callback up. No bytes and no sockets live here.

Two links pass one contract (tests/contracts/test_link_contract.py): `mqtt.paho_link.PahoLink` over TCP or TLS, and the
links of `mqtt.memory.MemoryBroker` for simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mqtt.wire import Packet


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Connected and subscribed. `session` is new for each connection and is the one the will was made with."""

    session: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Not connected, and why, in words. Said when the connection is lost and whenever the reason it cannot be made changes."""

    why: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message. `retained`: the broker kept it from before. `token` goes to `Link.ack`; 0 needs none."""

    topic: str
    payload: bytes
    correlation: bytes = b""
    response_topic: str = ""
    retained: bool = False
    token: int = 0


LinkEvent = LinkUp | LinkDown | Arrived
Report = Callable[[LinkEvent], None]
"""Called on the link's own thread. It must return at once (put on a queue without waiting); if it raises, the event is counted as lost."""

Will = Callable[[str], Packet]
"""Makes, for the session about to begin, what the broker shall say if the connection is lost without a goodbye."""


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """What the link could not do, and how often, since its start. The outbox and the handshake repair all of it."""

    connects: int = 0  # connections that came up
    dropped: int = 0  # packets given while down, or when too many waited
    refused: int = 0  # packets the broker took and said no to (not authorised, too large, quota)
    unreported: int = 0  # events `report` raised on


class Link(Protocol):
    """A connection that makes itself again for ever, with growing, random pauses."""

    def start(self, report: Report, will: Will | None = None) -> None:
        """Begins to connect; returns at once. To be called once."""
        ...

    def publish(self, packet: Packet) -> bool:
        """Hands a packet over without waiting; any thread. False: it is gone (not connected, or too many wait), send it again later.

        True promises nothing about the broker or the hub: only a claim does.
        """
        ...

    def ack(self, token: int) -> None:
        """Says that what arrived with `token` is kept (links made with `manual_ack`). A token of an earlier connection does nothing."""
        ...

    def stop(self) -> None:
        """Says goodbye (so no will is spoken), sends what was published before, ends. Nothing is reported afterwards."""
        ...

    @property
    def counts(self) -> LinkCounts:
        """Counters, for the status page and the logs."""
        ...
