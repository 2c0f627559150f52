"""A whole shop for the end-to-end tests: the demonstration's stage, what its kiosk says, and an ear on the broker.

Nothing sleeps: whoever waits takes events with a deadline, or asks the hub, which takes its time to answer.
"""

from __future__ import annotations

import json
import queue
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from cards.identity import CardReference, identify
from drivers.simulated.commands import parse_line, perform
from kiosk.demo.stage import Event, Stage
from mqtt.link import Arrived, LinkUp
from mqtt.paho_link import PahoLink
from mqtt.topics import up
from mqtt.wire import Packet
from tests.link_rigs import Ear

WAIT_S = 40.0  # everything takes milliseconds, or a few seconds beside a full test run; only a failing test waits that long

INSIST_S = 0.15  # an impatient finger


@dataclass
class Shop:
    """A stage and its day. Figures of the hub are compared with those `before`."""

    stage: Stage
    wire: PahoLink
    ear: Ear

    # --- the kiosk ---

    def hear(self, event: str | tuple[str, ...], **fields: object) -> Event:
        """The next event of the kiosk's log of that name (or one of these) with these fields; others on the way are thrown away."""
        names = (event,) if isinstance(event, str) else event
        return self._hear(
            lambda said: said.get("event") in names and all(said.get(key) == fields[key] for key in fields), f"{names} {fields}"
        )

    def _hear(self, fits: Callable[[Event], bool], what: str) -> Event:
        """An event that fits, in time; a kiosk that has ended will say nothing more."""
        deadline_s = time.monotonic() + WAIT_S
        passed: list[Event] = []
        while not passed or passed[-1].get("event") != "exited":
            try:
                said = self.stage.events.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                break
            if fits(said):
                return said
            passed.append(said)
        log = (self.stage.folder / "kiosk.log").read_text(encoding="utf-8").splitlines()
        shown = "\n".join([*map(str, passed), "its log ends:", *log[-12:]])
        raise AssertionError(f"the kiosk did not say {what}; it said\n{shown}")

    def insist(self, act: Callable[[], object], event: str, **fields: object) -> Event:
        """Do it again and again until the kiosk says so: a question is deaf to a finger that comes before it can have been read."""
        deadline_s = time.monotonic() + WAIT_S
        act()
        while time.monotonic() < deadline_s:
            try:
                said = self.stage.events.get(timeout=INSIST_S)
            except queue.Empty:
                act()
                continue
            if said.get("event") == event and all(said.get(key) == fields[key] for key in fields):
                return said
        raise AssertionError(f"the kiosk never said {event} {fields}, however often it was touched")

    def forget(self) -> None:
        """What the kiosk has said so far is past."""
        while not self.stage.events.empty():
            self.stage.events.get()

    def kiosk_up(self) -> None:
        """Start the kiosk; it is there when it and the hub know of one another, and the reader has been found."""
        self.forget()
        self.stage.start_kiosk()
        self.settled()

    def settled(self) -> None:
        """Wait until a kiosk that has just started is in sync and shows that it is ready."""
        wanted = {"Ready", "hub.synced"}

        def last_wanted(said: Event) -> bool:
            wanted.discard(said.get("scene", said["event"]))
            return not wanted

        self._hear(last_wanted, "that it is ready and in sync")
        self.picture("settled")

    def started(self) -> None:
        """Wait until a kiosk that has just started, or found its reader, takes taps, whether there is a hub or not.

        What lies there at a reader's first look is no tap; a phone shows that it has looked. The next card takes its place.
        """
        self.hear("painted", scene="Ready")
        self.stage.lay("phone")
        self.hear(("card.unusable", "card.stale"))

    def stop(self) -> int:
        """Stop the kiosk cleanly; its exit code."""
        self.stage.stop_kiosk()
        return int(self.hear("exited")["code"])

    def lay(self, line: str) -> None:
        """Lay a card, in the language of the simulated field."""
        command = parse_line(f"lay {line}")
        assert command is not None
        perform(command, self.stage.field, Random(2))

    def reference(self, uid: str) -> str:
        """The reference of a card under this shop's pepper."""
        card = identify(bytes.fromhex(uid), (self.stage.folder / "pepper").read_bytes())
        assert isinstance(card, CardReference)
        return card.text

    def picture(self, name: str) -> Path:
        """What is on the glass, as a PNG."""
        path = self.stage.folder / "pictures" / f"{name}.png"
        self.stage.tell_kiosk(f"picture {path}")
        self.hear("pictured", file=str(path))
        return path

    def log_lines(self, event: str) -> list[Event]:
        """All lines of that event in the kiosk's log."""
        lines = (self.stage.folder / "kiosk.log").read_text(encoding="utf-8").splitlines()
        return [said for said in map(json.loads, filter(lambda line: line.startswith("{"), lines)) if said["event"].startswith(event)]

    def written(self) -> int:
        """How many facts the kiosk has written so far, by its own word."""
        return len(self.log_lines("committed"))

    # --- the hub ---

    def figures(self) -> tuple[int, int]:
        """Facts and points the hub holds."""
        status = self.stage.hub_status()
        return int(status["facts"]), int(status["points"])

    def kiosk_at_hub(self, kiosk: str = "demo") -> dict[str, Any]:
        """What the hub knows of a kiosk."""
        return next(row for row in self.stage.hub_status()["kiosks"] if row["id"] == kiosk)

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Ask again and again until it is so; each answer of the hub takes its own time."""
        deadline_s = time.monotonic() + WAIT_S
        while not is_so():
            assert time.monotonic() < deadline_s, f"never came true: {what}"

    def page(self) -> str:
        """The hub's page."""
        with urllib.request.urlopen(self.stage.page, timeout=WAIT_S) as answer:  # noqa: S310  our own page
            return str(answer.read().decode("utf-8"))

    def all_claimed(self) -> None:
        """Wait until the kiosk knows that the hub holds everything: by a claim, or by the handshake with the hub's next run."""
        self.hear(("facts.claimed", "hub.synced"), unclaimed=0)

    # --- the broker ---

    def state(self, kiosk: str = "demo", **fields: object) -> dict[str, Any]:
        """The next presence of a kiosk that the broker hands on with these fields."""
        topic = up("s0", kiosk, "state")
        heard: list[dict[str, Any]] = []

        def fits(arrived: Arrived) -> bool:
            if arrived.topic != topic or not arrived.payload:
                return False
            heard.append(json.loads(arrived.payload))
            return all(heard[-1].get(key) == value for key, value in fields.items())

        self.ear.next(Arrived, fits)
        return heard[-1]

    def say(self, topic: str, payload: bytes) -> None:
        """Publish something foreign."""
        assert self.wire.publish(Packet(topic, payload, qos=1))


@contextmanager
def open_shop(folder: Path, display: str = "none", read: str = "ndef") -> Iterator[Shop]:
    """A shop with everything up."""
    with Stage(folder, display, lambda text: None, read=read) as stage:
        heard: queue.Queue[Any] = queue.Queue()
        ear = Ear(lambda: heard.get(timeout=WAIT_S), heard.put)
        wire = PahoLink(stage.broker.host, stage.broker.port, "watcher", ("stupeni/1/s0/k/+/up/state",), retry_s_max=0.1)
        wire.start(ear)
        try:
            ear.next(LinkUp)
            shop = Shop(stage, wire, ear)
            shop.settled()
            yield shop
        finally:
            wire.stop()
