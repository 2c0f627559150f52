"""A kiosk that dies after any single effect of a whole visit: what was shown had been written, and what was written comes to the hub once.

The real loop, machine and store; after each effect the files are copied as they are at that moment, and each copy is opened as the next
run of the program would find it. A process that dies keeps what it gave to the kernel; what the power takes is in test_kiosk_power_loss.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from display.scenes import Button, Frame, OpenMenu
from drivers.clock import SimulatedClock
from kiosk import machine
from kiosk.inbox import Inbox
from kiosk.loop import Loop
from kiosk.machine import State
from kiosk.messages import CardArrived, CardLeft, CardRead, Commit, Effect, Message, Touched
from kiosk.outbox import Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation
from kiosk.store import Store
from loyalty.document import Document
from loyalty.facts import Evidence
from mqtt.messages import FactBatch, FromKiosk
from tests.builders import BOOT, CARD, EPOCH, NOON_MS, identity, pushed_file, view
from tests.kiosk_on_paper import lively
from tests.power.flipped import Files, files_of
from tests.power.folders import swift_folder
from tests.simulation.mutants_kiosk import greets_before_the_commit

NEXT = "bbbbbbbbbbbb"
STORE = "kiosk.db"
STANDS_FOR = {"Greeting": "visit", "RewardCode": "points.redeemed", "WhyBad": "rating", "Thanks": "reason"}


@dataclass
class Moment:
    """Right after one effect: what it was, the files, how many facts of each kind what was shown or sounded by then stands for, the
    highest number that was sent, and how many facts had been committed."""

    effect: str
    files: Files
    needs: Counter[str]
    sent: int
    committed: int


@dataclass
class Watched:
    """A kiosk whose every effect is a place to die at."""

    folder: Path
    store: Store
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(0, NOON_MS, boot_id=BOOT))
    moments: list[Moment] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    needs: Counter[str] = field(default_factory=Counter)
    committed: int = 0
    sent: int = 0
    presentation: int = 0
    step: Callable[[State, Message], machine.Step] = machine.step

    def __post_init__(self) -> None:
        parts = Parts(self.clock, Inbox(), self.store, self, Glass([self]), self.send, pushed=pushed_file(self.folder))
        box = Outbox(identity(), self.store.held(), self.clock.now())
        talk = Conversation(lively(), EPOCH, reader_up=True)
        self.loop = Loop(parts, State(talk, box), self.step)
        perform: Callable[[Effect], Message | None] = self.loop._perform

        def then_look(effect: Effect) -> Message | None:
            result = perform(effect)
            if isinstance(effect, Commit):
                self.committed += len(effect.bodies)
            self._look(type(effect).__name__)
            return result

        self.loop._perform = then_look  # type: ignore[method-assign]  # the seam: behind each effect of this one loop

    def _look(self, what: str) -> None:
        self.moments.append(Moment(what, files_of(self.folder), self.needs.copy(), self.sent, self.committed))

    def light(self, name: str) -> None:
        """Green is a promise."""
        self._promise("visit" if name == "ok" else None)

    def chime(self, name: str) -> None:
        """The sound of success is a promise."""
        self._promise("visit" if name == "ok" else None)

    def send(self, said: FromKiosk) -> None:
        """What is sent must be there still."""
        if isinstance(said, FactBatch):
            self.sent = max(self.sent, *(document["s"] for document in said.facts))

    def paint(self, frame: Frame) -> None:
        """What is shown of a visit is a promise; the frame itself is a place to die at."""
        self.frames.append(frame)
        self._promise(STANDS_FOR.get(type(frame.scene).__name__))
        self._look(f"paint {type(frame.scene).__name__}")

    def _promise(self, kind: str | None) -> None:
        if kind == "visit":
            self.needs[kind] = self.presentation
        elif kind is not None:
            self.needs[kind] = 1

    def close(self) -> None:
        """Nothing is held."""

    def hear(self, message: Message) -> None:
        """A message, everything that comes of it, and the picture."""
        self.loop.handle(message)
        self.clock.pass_ms(700)
        self.loop.paint(self.clock.now())

    def touch(self, *intents: Button | OpenMenu) -> None:
        """Press, one after the other."""
        for intent in intents:
            self.hear(Touched(self.clock.now(), intent))


def live(folder: Path, step: Callable[[State, Message], machine.Step] = machine.step) -> Watched:
    """Whole visits: a tap, options, a reward, its code; and again, a bad face, why."""
    store = Store(folder / STORE, "k1", EPOCH, BOOT)
    store.keep([(CARD, view(1, 500))])
    kiosk = Watched(folder, store, step=step)
    now = kiosk.clock.now
    for presentation, presses in ((1, (OpenMenu(), Button(0), Button(0), Button(0))), (2, (Button(3), Button(0)))):
        kiosk.presentation = presentation
        kiosk.hear(CardArrived(now(), presentation, False, False))
        kiosk.hear(CardRead(now(), presentation, CARD, Evidence("NTAG213")))
        kiosk.touch(*presses)
        kiosk.hear(CardLeft(now(), presentation))
        kiosk.clock.pass_ms(600_000)
        kiosk.loop.turn(0)
    store.close()
    return kiosk


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """The product's own."""
    return live(tmp_path_factory.mktemp("kiosk"))


def found(files: Files, folder: Path) -> tuple[list[Document], int]:
    """The facts of the run that died, as the next run would tell them to the hub, and how many are pending on the card's standing."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    store = Store(folder / STORE, "k1", NEXT, BOOT)
    dead = [stream for stream in store.held() if stream.epoch == EPOCH]
    documents = list(store.facts(EPOCH, dead[0].first, dead[0].last)[1]) if dead else []
    pending = len(store.standing(CARD).pending)
    store.close()
    return documents, pending


def test_the_visit_is_a_whole_one(lived: Watched) -> None:
    """What is died in has everything: a visit, a rating, its reason, a redemption, and pictures of each."""
    last = lived.moments[-1]
    with swift_folder() as folder:
        kinds = {document["t"] for document in found(last.files, folder)[0]}
    assert {"visit", "greeting.shown", "points.redeemed", "rating", "reason"} <= kinds
    assert {"Greeting", "RewardCode", "WhyBad", "Thanks"} <= {type(frame.scene).__name__ for frame in lived.frames}
    assert len(lived.moments) > 30


def prove(kiosk: Watched) -> None:
    """Each moment in turn."""
    for place, moment in enumerate(kiosk.moments):
        with swift_folder() as folder:
            documents, pending = found(moment.files, folder)
        where = f"effect {place}, {moment.effect}"
        assert [document["s"] for document in documents] == list(range(1, len(documents) + 1)), where
        assert moment.needs <= Counter(document["t"] for document in documents), f"{where}: shown before it was on the disk"
        assert moment.sent <= len(documents) == moment.committed, where
        assert pending == len(documents), where


def test_whatever_was_said_is_there(lived: Watched) -> None:
    """Died after any effect: what was shown, sounded or sent is on the disk, and nothing is that was not committed; no fact by half, no
    number missing, and the standing knows each."""
    prove(lived)


def test_a_kiosk_that_greets_before_it_writes_is_caught(tmp_path: Path) -> None:
    """The proof can fail: a machine that celebrates first is seen at the effect where it does."""
    with pytest.raises(AssertionError, match="before it was on the disk"):
        prove(live(tmp_path, greets_before_the_commit))


def test_the_next_run_tells_the_hub_the_same(lived: Watched) -> None:
    """Every fact comes to the hub under its one name and with one content, from whichever moment the kiosk was started again."""
    told: dict[int, Document] = {}
    for moment in random.Random(1).sample(lived.moments, len(lived.moments)):
        with swift_folder() as folder:
            for document in found(moment.files, folder)[0]:
                assert told.setdefault(document["s"], document) == document
    assert sorted(told) == list(range(1, lived.committed + 1))
