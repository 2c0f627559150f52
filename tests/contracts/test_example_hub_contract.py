"""A stranger can write another hub: docs/examples/hub.py, made of the protocol's page alone, serves our real kiosk over a real broker.

The kiosk is the product's loop, machine, store and link; only cards and screen are values. Nothing sleeps: whoever waits turns the loop.
"""

from __future__ import annotations

import ast
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from display.scenes import Frame, Greeting, Intent, Rate, Scene, UnknownCard
from drivers.clock import SystemClock
from kiosk.doors import Inbox, link_door
from kiosk.loop import Loop
from kiosk.machine import State
from kiosk.messages import CardArrived, CardLeft, CardRead
from kiosk.outbox import Identity, Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation, Greeted, Sorry
from kiosk.store import Store
from loyalty.facts import Evidence, Face
from mqtt.link import Arrived, Link
from mqtt.messages import (
    Birth,
    Claim,
    FactBatch,
    FromHub,
    FromKiosk,
    HubState,
    KioskState,
    Lookup,
    Presence,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    Stream,
    Sync,
    Urgent,
)
from mqtt.paho_link import PahoLink
from mqtt.topics import down_leaf, kiosk_filters, staff, up
from mqtt.wire import Packet, decode_down, encode
from tests.builders import pushed_file, shop
from tests.link_rigs import Ear, RealRig, join

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "hub.py"
LINES_MAX = 150  # what a stranger reads in one sitting
WAIT_S = 30.0  # a machine under load; nothing here waits for time to pass
TRIES_MAX = 5
K, RAW = "st12-a", "st12-b"
KNOWN, STRANGER = "a" * 32, "b" * 32
EPOCHS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
EVIDENCE = Evidence("NTAG213")
TOKEN = b"0123456789abcdef"
FACT = {"s": 1, "t": "store.recovered", "at": 1, "mono": 1, "clk": "ntp", "d": {"set_aside": "x"}}


class Silent:
    """A lamp and a screen that remember what was asked of them."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def light(self, name: str) -> None:
        """No lamp."""

    def chime(self, name: str) -> None:
        """No buzzer."""

    def paint(self, frame: Frame) -> None:
        """Remembered."""
        self.frames.append(frame)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Till:
    """The product's kiosk at work, without a reader's driver and a window."""

    folder: Path
    port: int
    epoch: str
    glass: Silent = field(default_factory=Silent)
    touches: list[Intent] = field(default_factory=list)
    presentation: int = 0

    def __post_init__(self) -> None:
        self.clock, self.inbox, self.refused = SystemClock(), Inbox(), Counter[str]()
        self.store = Store(self.folder / "kiosk.db", K, self.epoch, self.clock.boot_id)
        self.link = PahoLink("127.0.0.1", self.port, K, kiosk_filters("s0", K), retry_s_max=0.05)
        who = Identity(K, "serial-1", self.clock.boot_id, self.epoch, "0.1.0")
        glass, pushed = Glass([self.glass], self._look), pushed_file(self.folder)
        parts = Parts(self.clock, self.inbox, self.store, self.glass, glass, self._send, refused=self.refused, pushed=pushed)
        talk = replace(Conversation(shop()), reader_up=True)
        self.loop = Loop(parts, State(talk, Outbox(who, self.store.held(), self.clock.now())))
        self.link.start(link_door(self.inbox, self.clock, "s0", K, self.refused), self._will)

    def _look(self) -> list[Intent]:
        touched, self.touches = self.touches, []
        return touched

    def _send(self, said: FromKiosk) -> None:
        self.link.publish(encode(said, "s0", K))

    def _will(self, session: str) -> Packet:
        return encode(KioskState(Presence.OFFLINE, session, "lost"), "s0", K)

    def until(self, come: Callable[[], bool], what: str) -> None:
        """Works until something has come."""
        deadline_s = time.monotonic() + WAIT_S
        while not come():
            assert time.monotonic() < deadline_s, f"waited in vain for {what}; refused: {self.refused}"
            self.loop.turn(0.02)

    def lay(self, card: str) -> None:
        """A card is laid and read."""
        self.presentation += 1
        now = self.clock.now()
        self.inbox.put(CardArrived(now, self.presentation))
        self.inbox.put(CardRead(now, self.presentation, card, EVIDENCE))

    def tap(self, card: str) -> None:
        """A card is laid, its visit is on the disk and greeted; then it is gone."""
        before = len(self.documents())
        self.lay(card)
        self.until(lambda: self.greeted() and len(self.documents()) > before, "the greeting")
        self.inbox.put(CardLeft(self.clock.now(), self.presentation))

    def insist(self, card: str, scene: Callable[[Scene], bool]) -> None:
        """Lays a card until the glass shows what it should: an answer that a slow machine gave too late is there at the next tap."""
        for _ in range(TRIES_MAX):
            self.lay(card)
            self.until(lambda: self.greeted() or isinstance(self.loop.state.talk.phase, Sorry), "the end of the reading")
            if scene(self.glass.frames[-1].scene):
                return
        raise AssertionError(f"shown instead: {self.glass.frames[-1].scene}")

    def greeted(self) -> bool:
        """Whether whoever laid the last card is being greeted."""
        phase = self.loop.state.talk.phase
        return isinstance(phase, Greeted) and phase.presentation == self.presentation

    def documents(self) -> dict[tuple[str, int], Any]:
        """Every fact in the store by its identity."""
        return {
            (stream.epoch, document["s"]): json.loads(json.dumps(document))
            for stream in self.store.held()
            for document in self.store.facts(stream.epoch, stream.first, stream.last)[1]
        }

    def all_claimed(self) -> None:
        """Works until the hub holds everything."""
        self.until(lambda: self.loop.state.box.hub is not None and self.loop.state.box.unclaimed == 0, "the claims")

    def close(self) -> None:
        """Ends without a word, as a power cut does."""
        self.link.stop()
        self.store.close()


@dataclass
class Place:
    """A broker, the example's file, and who is there."""

    folder: Path
    rig: RealRig

    @property
    def file(self) -> Path:
        """The example's facts."""
        return self.folder / "facts.sqlite3"

    @contextmanager
    def hub(self) -> Iterator[subprocess.Popen[str]]:
        """The example at work; killed at the end if it still is."""
        words = [sys.executable, str(EXAMPLE), "127.0.0.1", str(self.rig.broker.port), str(self.file), f"{KNOWN}=Natalya"]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.communicate(timeout=WAIT_S)

    @contextmanager
    def kiosk(self, epoch: str = EPOCHS[0]) -> Iterator[Till]:
        """A run of our kiosk."""
        made = Till(self.folder, self.rig.broker.port, epoch)
        try:
            yield made
        finally:
            made.close()

    def held(self) -> dict[tuple[str, int], Any]:
        """Every fact that the example holds, by its identity; the same fact twice is an error here."""
        with closing(sqlite3.connect(self.file)) as db:
            rows = db.execute("SELECT epoch, number, fact FROM facts WHERE kiosk = ?", (K,)).fetchall()
        found = {(epoch, number): json.loads(fact) for epoch, number, fact in rows}
        assert len(found) == len(rows)
        return found

    def raw(self) -> tuple[Link, Ear]:
        """A kiosk's end of the wire alone, that knows of a hub."""
        link, ear, _ = join(self.rig, RAW, [*kiosk_filters("s0", RAW), staff("s0", "recovery")])
        hear(ear, HubState, lambda state: state.presence is Presence.ONLINE)
        return link, ear


def hear(ear: Ear, kind: type[Any], fits: Callable[[Any], bool] = lambda said: True) -> Any:
    """The next message of a kind; all that comes on the way can be read, or the test fails."""
    while True:
        arrived: Arrived = ear.message()
        leaf = "recovery" if arrived.topic == staff("s0", "recovery") else down_leaf(arrived.topic, "s0", RAW)
        assert leaf is not None
        said: FromHub = decode_down(leaf, arrived.payload, arrived.correlation)
        if isinstance(said, kind) and fits(said):
            return said


def say(link: Link, *messages: FromKiosk) -> None:
    """Says something to the hub."""
    for message in messages:
        assert link.publish(encode(message, "s0", RAW))


def facts(*numbers: int) -> FactBatch:
    """A batch of these numbers."""
    return FactBatch(EPOCHS[0], "boot-1", tuple(FACT | {"s": number} for number in numbers))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    rig = RealRig(tmp_path / "broker")
    yield Place(tmp_path, rig)
    rig.close()


def test_it_stands_alone() -> None:
    """A stranger reads it in one sitting, and needs paho-mqtt and Python: nothing of ours is imported."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert text.count("\n") <= LINES_MAX
    imports = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in imports} - sys.stdlib_module_names == {"paho"}


def test_taps_made_before_there_was_a_hub_arrive_once(place: Place) -> None:
    """Facts of two runs of the kiosk, written without a hub, are at the example once each, as they were; the kiosk lets go of them."""
    with place.kiosk() as first:
        first.tap(KNOWN)
        first.tap(STRANGER)
    with place.kiosk(EPOCHS[1]) as kiosk:
        kiosk.tap(KNOWN)
        assert kiosk.loop.state.box.unclaimed == len(kiosk.documents()) >= 3
        with place.hub():
            kiosk.all_claimed()
            assert place.held() == kiosk.documents()
        assert {stream.epoch: stream.claimed == stream.last for stream in kiosk.store.held()} == dict.fromkeys(EPOCHS, True)


def test_a_killed_hub_goes_on_where_it_was(place: Place) -> None:
    """The next run has another name; what it held it holds, what came in between it takes, and nothing is there twice."""
    with place.kiosk() as kiosk:
        with place.hub() as first:
            kiosk.tap(KNOWN)
            kiosk.all_claimed()
            run = kiosk.loop.state.box.hub
            first.kill()
            first.wait(WAIT_S)
        kiosk.tap(KNOWN)
        with place.hub():
            kiosk.until(lambda: kiosk.loop.state.box.hub not in (None, run), "the next run")
            kiosk.all_claimed()
            kiosk.tap(KNOWN)
            kiosk.all_claimed()
            assert place.held() == kiosk.documents()


def test_a_hub_from_a_backup_heals(place: Place) -> None:
    """An older copy of its file holds less than was claimed: the kiosk takes its claims back and sends those facts again."""
    with place.kiosk() as kiosk:
        with place.hub() as first:
            kiosk.tap(KNOWN)
            kiosk.all_claimed()
            first.kill()
            first.wait(WAIT_S)
            shutil.copy(place.file, place.folder / "backup")
        with place.hub() as second:
            kiosk.tap(KNOWN)
            kiosk.tap(KNOWN)
            kiosk.all_claimed()
            second.kill()
            second.wait(WAIT_S)
        claimed = len(place.held())
        for journal in place.folder.glob("facts.sqlite3-*"):
            journal.unlink()
        shutil.copy(place.folder / "backup", place.file)
        assert len(place.held()) < claimed == len(kiosk.documents())
        with place.hub():
            kiosk.until(lambda: len(place.held()) == claimed, "the facts once more")
            kiosk.all_claimed()
            assert place.held() == kiosk.documents()


def test_cards_are_answered(place: Place) -> None:
    """A card that the kiosk has never seen is asked for: the known one is greeted by name, the other hears that nobody has it."""
    with place.kiosk() as kiosk, place.hub():
        kiosk.all_claimed()
        kiosk.insist(KNOWN, lambda scene: isinstance(scene, Greeting) and scene.name == "Natalya")
        kiosk.insist(STRANGER, lambda scene: scene == UnknownCard())


def test_a_bad_rating_rings(place: Place) -> None:
    """Pressed at our kiosk, a bad face is told to the staff with the name of the case, and its fact is claimed."""
    with place.hub(), place.kiosk() as kiosk:
        _, staff_ear = place.raw()
        kiosk.all_claimed()
        kiosk.tap(KNOWN)
        kiosk.touches.append(Rate(Face.VERY_BAD))
        kiosk.until(lambda: any(document["t"] == "rating" for document in kiosk.documents().values()), "the rating")
        kiosk.all_claimed()
        number = next(number for (_, number), document in place.held().items() if document["t"] == "rating")
        arrived = staff_ear.message()
        while arrived.topic != staff("s0", "recovery"):
            arrived = staff_ear.message()
        assert decode_down("recovery", arrived.payload).case == f"{K}/{EPOCHS[0]}/{number}"  # type: ignore[union-attr]


def test_rewards_are_refused_in_words(place: Place) -> None:
    """Without points nobody gets a reward; a card of nobody's is said to be one. The answer has the question's token."""
    with place.hub():
        link, ear = place.raw()
        say(link, Reserve(KNOWN, "coffee", 1, f"{RAW}/1", TOKEN), Reserve(STRANGER, "coffee", 1, f"{RAW}/2", TOKEN[::-1]))
        assert hear(ear, ReserveAnswer) == ReserveAnswer(TOKEN, ReserveStatus.REFUSED, "ended")
        assert hear(ear, ReserveAnswer) == ReserveAnswer(TOKEN[::-1], ReserveStatus.UNKNOWN)


def test_repeats_holes_and_losses_are_dealt_with(place: Place) -> None:
    """A repeat changes nothing, nothing is taken beyond a hole, and what a kiosk lost for good is written down and passed over."""
    with place.hub():
        link, ear = place.raw()
        say(link, facts(1, 2), facts(1, 2), facts(4), facts(2, 3))
        assert [hear(ear, Claim).upto for _ in range(4)] == [2, 2, 2, 3]
        say(link, Birth("s1", "dev", (Stream(EPOCHS[0], 7, 9),), "boot-1", 1, 1, "connect"))
        assert hear(ear, Sync).cursors == ((EPOCHS[0], 6),)
        say(link, facts(7))
        assert hear(ear, Claim).upto == 7
        with closing(sqlite3.connect(place.file)) as db:
            assert db.execute("SELECT kiosk, epoch, first, last FROM gaps").fetchall() == [(RAW, EPOCHS[0], 4, 6)]


def test_a_fact_without_sense_blocks_nothing(place: Place) -> None:
    """It is kept aside, named in the claim, and named again when it is sent again; those after it are taken."""
    with place.hub():
        link, ear = place.raw()
        batch = replace(facts(1, 2, 3), facts=(FACT, {"s": 2, "t": 7}, FACT | {"s": 3}))
        say(link, batch, batch)
        for _ in range(2):
            claim = hear(ear, Claim)
            assert (claim.upto, claim.rejected) == (3, ((2, "E_SCHEMA"),))


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"7",
    b"\xff",
    b'{"v":1}',
    b"[" * 50_000,
    b" " * 70_000,
    b'{"v":1,"ep":7,"b":[{"s":1}],"streams":[{"ep":"x","first":1}],"card":[],"sid":"s"}',
    b'{"v":1,"ep":"aaaaaaaaaaaa","boot":"b","b":[{"s":1e999}],"s":true,"face":0,"card":"\\ud800"}',
    b'{"v":1,"sid":"s","streams":[{"ep":"aaaaaaaaaaaa","first":99999999999999999999,"last":1}],"card":"x"}',
]


def test_hostile_messages_change_nothing(place: Place) -> None:
    """Whatever comes under whatever leaf is counted out, and the next kiosk is served."""
    with place.hub():
        link, ear = place.raw()
        for leaf in ("state", "birth", "evt", "req/member", "req/redeem", "urgent", "unheard/of"):
            for payload in HOSTILE:
                assert link.publish(Packet(up("s0", RAW, leaf), payload, 1))
        say(link, facts(1), Lookup(STRANGER, TOKEN), Urgent(EPOCHS[0], 1, KNOWN, 0))
        assert hear(ear, Claim).upto == 1


def test_a_hub_that_is_stopped_says_so(place: Place) -> None:
    """SIGTERM is a goodbye: presence is offline at once, under the name of that run."""
    with place.hub() as process:
        _, ear = place.raw()
        process.send_signal(signal.SIGTERM)
        assert hear(ear, HubState).presence is Presence.OFFLINE
        assert process.wait(WAIT_S) == 0
