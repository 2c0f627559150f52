"""Two places to try a link in: a real Mosquitto with a cable for each client, and the broker in memory. One set of handles.

Nothing sleeps: whoever waits takes events from a queue with a deadline, or steps the broker in memory.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Protocol

from mqtt.cable import Cable
from mqtt.link import Arrived, Link, LinkEvent, LinkUp, Will
from mqtt.memory import Faults, MemoryBroker
from mqtt.paho_link import PahoLink
from mqtt.private_broker import PrivateBroker

EVENT_WAIT_S = 8.0  # only a failing test waits that long
STEPS_MAX = 2_000  # of 50 ms: far more than any delay the contract speaks of


class Ear:
    """Takes what one link reports. `refuses(event)` true: raises, as a full inbox does."""

    def __init__(self, take: Callable[[], LinkEvent], put: Callable[[LinkEvent], None]) -> None:
        self._take, self._put = take, put
        self.refuses: Callable[[LinkEvent], bool] = lambda event: False

    def __call__(self, event: LinkEvent) -> None:
        if self.refuses(event):
            raise queue.Full
        self._put(event)

    def next(self, kind: type[Any], fits: Callable[[Any], bool] = lambda event: True) -> Any:
        """The next event of `kind` that fits; others on the way are thrown away."""
        while True:
            event = self._take()
            if isinstance(event, kind) and fits(event):
                return event

    def message(self) -> Arrived:
        """The next message, whatever it is."""
        arrived: Arrived = self.next(Arrived)
        return arrived


class Rig(Protocol):
    """What the contract needs of a place."""

    def link(self, client_id: str, filters: Sequence[str] = (), **options: Any) -> tuple[Link, Ear]: ...
    def cut(self, client_id: str) -> None: ...
    def mend(self, client_id: str) -> None: ...
    def kill_broker(self) -> None: ...
    def start_broker(self) -> None: ...
    def close(self) -> None: ...


def join(rig: Rig, client_id: str, filters: Sequence[str] = (), will: Will | None = None, **options: Any) -> tuple[Link, Ear, str]:
    """A link that is up, its ear, and its session."""
    link, ear = rig.link(client_id, filters, **options)
    link.start(ear, will)
    return link, ear, ear.next(LinkUp).session


class MemoryRig:
    """The broker in memory; time passes while somebody waits."""

    def __init__(self, faults: Faults | None = None, seed: int = 1) -> None:
        self.broker = MemoryBroker(Random(seed), faults)
        self.now_ms = 0

    def link(self, client_id: str, filters: Sequence[str] = (), **options: Any) -> tuple[Link, Ear]:
        heard: deque[LinkEvent] = deque()

        def take() -> LinkEvent:
            for _ in range(STEPS_MAX):
                if heard:
                    return heard.popleft()
                self.now_ms += 50
                self.broker.deliver(self.now_ms)
            raise AssertionError("nothing came")

        options.pop("receive_max", None)  # flow control is the real link's alone
        return self.broker.link(client_id, filters, **options), Ear(take, heard.append)

    def cut(self, client_id: str) -> None:
        self.broker.cut(client_id)

    def mend(self, client_id: str) -> None:
        self.broker.mend(client_id)

    def kill_broker(self) -> None:
        self.broker.crash(away_ms=1_000_000)

    def start_broker(self) -> None:
        self.now_ms += 1_000_000

    def close(self) -> None:
        pass


class RealRig:
    """A private Mosquitto; each client has a cable of its own."""

    def __init__(self, directory: Path) -> None:
        self.broker = PrivateBroker(directory)
        self.broker.start()
        self._cables: dict[str, Cable] = {}
        self._links: list[PahoLink] = []

    def link(self, client_id: str, filters: Sequence[str] = (), **options: Any) -> tuple[Link, Ear]:
        cable = self._cables.setdefault(client_id, Cable(self.broker.host, self.broker.port))
        heard: queue.Queue[LinkEvent] = queue.Queue()
        link = PahoLink(cable.host, cable.port, client_id, filters, retry_s_max=0.05, **options)
        self._links.append(link)
        return link, Ear(lambda: heard.get(timeout=EVENT_WAIT_S), heard.put_nowait)

    def cut(self, client_id: str) -> None:
        self._cables[client_id].cut()

    def mend(self, client_id: str) -> None:
        self._cables[client_id].mend()

    def kill_broker(self) -> None:
        self.broker.kill()

    def start_broker(self) -> None:
        self.broker.start()

    def close(self) -> None:
        for link in self._links:
            link.stop()
        for cable in self._cables.values():
            cable.cut()
        self.broker.stop()
