"""The life of a store, drawn from a seed: starts, taps, the hub's words, housekeeping, clean and unclean stops; written down with what
the store held after each act. What must be left of it after a power cut is said here too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from kiosk.documents import StoreFault
from kiosk.store import Store
from loyalty.counter.tap import KioskDay
from loyalty.facts import AssistRequested, Body, Face, GreetingShown
from loyalty.rulebook import Closing
from loyalty.said import GreetingKind
from mqtt.messages import Closings
from tests.builders import moment, rating, reason, view, visit
from tests.power.recording_disk import FULL, IOERR_FSYNC, IOERR_WRITE, OK, READONLY, RecordingDisk, Refuse, willing

KIOSK = "k1"
CARDS = tuple(letter * 32 for letter in "abcde")
ACTS = 40  # of one life: some hundred facts, several starts and checkpoints
FULL_DISK = (("write", FULL), ("write", IOERR_WRITE), ("write", READONLY))
Holding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One act: where in the record it began and returned, and what the store held then."""

    what: str
    began: int
    returned: int
    holds: Holding
    refused: tuple[Body, ...] | None = None  # what a customer was told is not saved; it may be there all the same after the next start


@dataclass(slots=True)
class Life:
    """What was done, in order; the first step is the first start."""

    steps: list[Step] = field(default_factory=list)
    epochs: list[str] = field(default_factory=list)

    def allowed(self, cut: int) -> tuple[Step, Step | None]:
        """After a cut at this place of the record: the last step that had returned, and the one that was under way."""
        returned = [step for step in self.steps if step.returned <= cut]
        under_way = [step for step in self.steps if step.began <= cut < step.returned]
        return (returned[-1] if returned else Step("nothing", 0, 0, {})), (under_way[0] if under_way else None)

    def refused_at(self, cut: int) -> list[tuple[Body, ...]]:
        """What was refused since the last change that was not, or is just being refused: any one of these may be there too."""
        last, _ = self.allowed(cut)
        return [step.refused for step in self.steps if step.refused is not None and step.holds == last.holds and step.began <= cut]


def holding(store: Store) -> Holding:
    """Everything in a store that has to survive: facts by epoch, standings, what was given today, what is closed."""
    facts = {}
    for stream in store.held():
        if stream.last >= stream.first:
            boot, documents = store.facts(stream.epoch, stream.first, stream.last)
            facts[stream.epoch] = (boot, stream.first, stream.last, documents)
    standings = {card: standing for card in CARDS if (standing := store.standing(card)) != type(standing)(card)}
    return {"facts": facts, "standings": standings, "today": store.today, "closed": store.closings()} if facts or standings else {}


def epoch(chance: Random) -> str:
    return base64.b32encode(chance.randbytes(8)).decode("ascii").lower()[:12]


class Liver:
    """Lives a life on a recording disk. `prepare` may change the store after each start: that is what a mutant is. `refusals` is the
    share of acts in which the disk refuses something.
    """

    def __init__(self, path: Path, disk: RecordingDisk, chance: Random, prepare: Callable[[Store], None], refusals: float = 0.0) -> None:
        self._path, self._disk, self._chance, self._prepare, self._refusals = path, disk, chance, prepare, refusals
        self.life = Life()
        self._versions = 0
        self._mono = 0
        self._boot = 1
        self._doubtful = False  # a flush failed: the kernel may show the next run what the card does not hold
        self.store: Store

    def live(self, acts: int = ACTS) -> Life:
        """All of it; at the end the power is still on."""
        self._start()
        for _ in range(acts):
            act = self._chance.choices(
                (self._tap, self._told, self._closed, self._claimed, self._house, self._stop), weights=(20, 4, 1, 4, 4, 3)
            )[0]
            act()
        return self.life

    def _step(self, what: str, act: Callable[[], object], disk: Refuse | None = None, bodies: tuple[Body, ...] = ()) -> None:
        began, refused = len(self._disk.acts), False
        self._disk.refuse = disk or self._trouble()
        try:
            act()
        except StoreFault:
            refused = True
        self._disk.refuse = willing
        self._disk.look()
        now = holding(self.store)
        if refused:
            assert now == self.life.steps[-1].holds, f"{what} was refused, and something of it is there"
        self.life.steps.append(Step(what, began, len(self._disk.acts), now, bodies if refused else None))

    def _trouble(self, answers: tuple[tuple[str, int], ...] = (*FULL_DISK, ("sync", IOERR_FSYNC))) -> Refuse:
        """Mostly none; else the disk refuses one kind of act from a certain one on, to the end of the step."""
        if self._chance.random() >= self._refusals:
            return willing
        left = self._chance.choice((0, 0, 1, 2, 5))
        kind, answer = self._chance.choice(answers)

        def refuse(asked: str, _name: str) -> int:
            nonlocal left
            left -= asked == kind
            refused = asked == kind and left < 0
            self._doubtful |= refused and kind == "sync"
            return answer if refused else OK

        return refuse

    def _start(self) -> None:
        if self._chance.random() < 0.5:
            self._boot += 1
        self.life.epochs.append(epoch(self._chance))

        kept = self._chance.choice((30, 1_000))

        def start() -> None:
            self.store = Store(self._path, KIOSK, self.life.epochs[-1], f"boot-{self._boot}", facts_kept=kept)
            self._disk.folder_synced()

        began = len(self._disk.acts)
        self._disk.refuse = self._trouble(FULL_DISK)
        try:
            start()
        except StoreFault:  # a person puts it right, and the service starts again
            self._disk.refuse = willing
            start()
        self._disk.refuse = willing
        self._disk.look()
        self.life.steps.append(Step("start", began, len(self._disk.acts), holding(self.store)))
        self._prepare(self.store)

    def _tap(self) -> None:
        bodies = self._bodies(self._chance.choice(CARDS))
        today = KioskDay(1, self.store.today.surprises + 1) if self._chance.random() < 0.3 else None
        self._mono += self._chance.randrange(1, 5_000)
        self._step("tap", lambda: self.store.commit(bodies, moment(self._mono), today), None, bodies)

    def _bodies(self, card: str) -> tuple[Body, ...]:
        kinds: tuple[tuple[Body, ...], ...] = (
            (visit(card),),
            (visit(card), GreetingShown(card, GreetingKind.WELCOME)),
            (visit(card), rating(card, self._chance.choice(list(Face))), reason(card)),
            (rating(card),),
            (AssistRequested(""),),
        )
        return self._chance.choice(kinds)

    def _told(self) -> None:
        self._versions += 1
        covers = tuple((stream.epoch, self._chance.randint(1, stream.last)) for stream in self.store.held() if stream.last)
        member = self._chance.choice(("m_1", "m_2"))
        said = [
            (card, view(self._versions, self._versions * 10, covers=covers[-8:], member=member)) for card in self._chance.sample(CARDS, 2)
        ]
        self._step("told", lambda: self.store.keep(said))

    def _closed(self) -> None:
        self._versions += 1
        said = Closings("hub-1", self._versions, (Closing("early", "", self._versions, self._versions + 1),))
        self._step("closings", lambda: self.store.keep_closings(said))

    def _claimed(self) -> None:
        held = self._chance.choice(self.store.held())
        rejected = [(held.last, "body")] if held.last and self._chance.random() < 0.2 else []
        upto = self._chance.randint(held.claimed, max(held.claimed, held.last))
        self._step("claimed", lambda: self.store.mark_claimed(held.epoch, upto, rejected))

    def _house(self) -> None:
        wipe = self._chance.random() < 0.3
        self._step("house", lambda: self.store._db.checkpoint(wipe=True) if wipe else self.store.keep_house(moment(0)))

    def _stop(self) -> None:
        if self._doubtful:  # not asked of the store: a run of the program on a journal that only the kernel's memory holds
            self._step("house", lambda: self.store._db.checkpoint(wipe=True), willing)
            self._doubtful = False
        clean = self._chance.random() < 0.6
        began = len(self._disk.acts)
        self._disk.refuse = self._trouble(FULL_DISK)
        if clean:
            with suppress(StoreFault):
                self.store.close()
        else:
            self.store._db.storage.engine.abandon()
        self._disk.refuse = willing
        self._disk.look()
        self.life.steps.append(Step("stop", began, len(self._disk.acts), self.life.steps[-1].holds))
        self._start()
