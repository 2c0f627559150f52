"""One kiosk of a simulated shop: the real loop, machine, outbox and store on a storage card that power cuts and copies happen to.

It wires the parts as `kiosk.build` does, with a simulated clock, a silent panel and a glass that compares each promise with
the disk before the customer sees it. When something happens to it is the plan's business.
"""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from config.load import settle
from config.schema import KioskConfig
from display.scenes import Frame, Greeting, Reading, Ready
from drivers.clock import SimulatedClock
from drivers.silent_panel import SilentPanel
from kiosk import doors, machine, setting_up
from kiosk.documents import Point, PowerCut, StoreFault
from kiosk.inbox import Inbox
from kiosk.loop import Loop
from kiosk.machine import State
from kiosk.messages import Commit, Heard, Message, Note
from kiosk.outbox import Identity
from kiosk.parts import Glass, Parts
from kiosk.phases import Asking, Called, Coded, Conversation, Greeted, Idle, Inviting, Joined, Phase, Questioning, Thanked, Writing
from kiosk.phases import Shop as ShopFront
from kiosk.pushed_file import PushedFile
from kiosk.store import Store
from loyalty.document import Document
from loyalty.facts import ClockQuality
from mqtt import topics, wire
from mqtt.link import Arrived, LinkEvent
from mqtt.memory import MemoryBroker, MemoryLink
from mqtt.messages import Claim, FactBatch, FromKiosk, KioskState, LookupAnswer, Members, Presence, Reported
from tests.simulation.disk import Row, commit_on_disk, fact_on_disk, facts_on_disk, newest_on_disk, put_back
from tests.simulation.product import Product
from tests.simulation.rules import BOOK, OWNER, is_promised, knows_of
from tests.simulation.trouble import Broken, Proof

SHARD = "s0"
NEVER_MS = 2**53


class World(Protocol):
    """What a kiosk of the simulation needs of the shop around it."""

    now_ms: int
    random: random.Random
    product: Product
    broker: MemoryBroker
    restored: bool
    spoken: bool

    def note(self, who: str, what: str, more: object = "") -> None: ...
    def power_failed(self, unit: KioskUnit) -> None: ...
    def power_back(self, unit: KioskUnit) -> None: ...
    def after(self, wait_ms: int, then: Callable[[], object]) -> None: ...
    def claimed(self, unit: KioskUnit, claim: Claim) -> None: ...
    def justified(self, unit: KioskUnit, card: str) -> int: ...
    def boot_clock(self, unit: KioskUnit) -> tuple[int, ClockQuality]: ...


class KioskUnit:
    """A kiosk and its storage card. `loop` is None while the power is off."""

    def __init__(self, name: str, folder: Path, world: World) -> None:
        self.name, self.path, self.world = name, folder / f"{name}.db", world
        self.clock = SimulatedClock()
        self.loop: Loop | None = None
        self.store: Store
        self.inbox: Inbox
        self.link: MemoryLink
        self.epoch, self.run, self.presentation = "", 0, 0
        self.boots: dict[str, int] = {}  # when each boot truly began
        self.shown: dict[int, str] = {}  # the card really presented, by presentation of this run
        self.cut_at: Point | None = None  # the power fails at this point of a transaction, ...
        self.cut_in = 1  # ... the how-manieth time it is passed
        self.refuse_at: Point = "before_write"
        self.refusals = 0
        self.stays_off = self.imaged = False
        self.celebrated: dict[tuple[str, int], Document] = {}
        self.restarts = 0  # because of commands
        self.early: dict[tuple[str, int], bool] = {}  # visits that were greeted, and whether the rule with a budget was promised for them
        self.writing = ("", 0, 0)  # epoch, first number and count of the facts that were last asked to be written together
        self.wake_ms = NEVER_MS  # when time alone changes something here
        self._stirred = False
        self._known: dict[str, int] = {}
        self._viewed: list[str] = []

    # --- power ---

    def on(self) -> None:
        """The power comes: a new boot, a new run of the program on the same card."""
        world, product = self.world, self.world.product
        self.run += 1
        boot = f"{self.name}-boot-{self.run}"
        self.clock.reboot(boot)
        self.clock.set_wall_ms(*world.boot_clock(self))
        self.boots[boot] = world.now_ms
        fresh = base64.b32encode(world.random.randbytes(8)).decode("ascii").lower()[:12]
        self.epoch = product.epoch(self.path, fresh)
        self.inbox, self.presentation = Inbox(), 0
        self.shown.clear()
        self._known.clear()
        clock = product.clock(self.clock)
        self.store = product.store(self.path, self.name, self.epoch, boot, self._fault)
        clock.not_before(self.store.latest_ms())
        if not world.restored:
            self._check_whole()
        self.pushed = PushedFile(self.path.with_suffix(".pushed.json"), settle(KioskConfig, []))
        self.pushed.begin()
        who = Identity(self.name, f"device-{self.name}", boot, self.epoch, "0.1.0", world.random.random())
        self.link = world.broker.link(self.name, topics.kiosk_filters(SHARD, self.name))
        panel = SilentPanel(lambda index: None, clock)
        parts = Parts(
            clock, self.inbox, self.store, Celebrating(self, panel), Glass([self]), self._send, told=self._told, pushed=self.pushed
        )
        front = ShopFront("Corner shop", ("en", "uk"), BOOK, self.name)
        talk = Conversation(front, self.epoch, reader_up=True, today=self.store.today)
        state = machine.begin(
            talk,
            product.outbox(who, self.store, clock.now()),
            self.store.closings(),
            setting_up.begin(self.pushed.report, clock.now()),
            self.store.commands(),
        )
        self.loop = Loop(parts, state, self._step)
        self._stirred = True
        self._hear = doors.link_door(self.inbox, clock, SHARD, self.name, Counter())
        self.link.start(self._heard, self._will)
        world.note(self.name, "on", f"epoch {self.epoch} {clock.now().quality}")

    def die(self, why: str) -> None:
        """The power is gone: no goodbye, no clean stop, nothing but the card remains."""
        if self.loop is not None:
            self.world.note(self.name, "dies", why)
            self.loop = None
            self.wake_ms = NEVER_MS
            self.link.vanish()
            self.store._db.storage.engine.abandon()

    def put_in(self, image: Path) -> list[Row]:
        """An older image of the card is put in while the power is off. Returns the facts that are gone from it."""
        before = facts_on_disk(self.path)
        put_back(image, self.path)
        held = {(row.epoch, row.number) for row in facts_on_disk(self.path)}
        self.imaged = True
        return [row for row in before if (row.epoch, row.number) not in held]

    def turn(self) -> None:
        """One round of the loop, if there is power and anything to do; it may end in a power cut."""
        if self.loop is None or (not self._stirred and self.world.now_ms < self.wake_ms):
            return
        self._stirred = False
        try:
            self.loop.turn(0)
        except PowerCut as cut:
            self.die(f"power cut {cut}")
            self.world.power_failed(self)
            return
        if self.loop.again:
            self.pushed.stop()
            self.die("ends to begin anew")
            self.world.after(1_300, lambda: self.world.power_back(self))
            return
        self._stirred |= self.inbox.waiting > 0
        now = self.loop.parts.clock.now()
        self.wake_ms = self.world.now_ms + max(1, machine.due_ms(self.loop.state, now) - now.mono_ms)
        self._check_not_older()

    def pass_ms(self, elapsed_ms: int) -> None:
        """Time goes by."""
        if self.loop is not None:
            self.clock.pass_ms(elapsed_ms)

    def stir(self, message: Message | None = None) -> None:
        """Something happened here: the next round is due, with this message in the inbox."""
        self._stirred = True
        if message is not None:
            self.inbox.put(message)

    def set_right(self) -> None:
        """The wall clock is corrected."""
        self.clock.set_wall_ms(self.world.now_ms, ClockQuality.NTP)
        self.stir()

    @property
    def at_rest(self) -> bool:
        """Nobody on the glass or expected, no fact that the hub does not hold, and no settings on trial, whose end is yet to be told."""
        if self.loop is None:
            return False
        talk, box, up = self.loop.state.talk, self.loop.state.box, self.loop.state.set_up
        nobody = isinstance(talk.phase, Idle) and talk.invitation is None
        return nobody and box.unclaimed == 0 and up.prove_due is None

    # --- doors ---

    def _fault(self, point: Point) -> None:
        if point == self.cut_at:
            self.cut_in -= 1
            if self.cut_in <= 0:
                self.cut_at = None
                raise PowerCut(point)
        if self.refusals and point == self.refuse_at:
            self.refusals -= 1
            raise StoreFault("the simulated disk refused to write", "Switch the fault off")

    def _send(self, said: FromKiosk) -> None:
        self.link.publish(wire.encode(said, SHARD, self.name))
        self.world.spoken |= isinstance(said, FactBatch)
        if isinstance(said, Reported):  # the day does not end while it is under way
            self.world.after(1, lambda: None)

    def _will(self, session: str) -> wire.Packet:
        return wire.encode(KioskState(Presence.OFFLINE, session, "lost"), SHARD, self.name)

    def _heard(self, event: LinkEvent) -> None:
        what = event.topic.removeprefix(topics.down(SHARD, self.name, "")) if isinstance(event, Arrived) else event
        self.world.note(self.name, "hears", what)
        self.stir()
        self._hear(event)

    def _told(self, note: Note) -> None:
        self.restarts += note.event == "restart" and note.fields["why"] == "command"
        if note.fields.get("scene") != "Ready":
            said = {key: value for key, value in note.fields.items() if key != "id"}  # ids of commands are of no seed
            self.world.note(self.name, note.event, said)

    def _step(self, state: State, message: Message) -> machine.Step:
        """The product's step, with an ear on what the hub says."""
        if self._viewed:
            self._check_not_older()
        match message:
            case Heard(said=Claim() as claim):
                self.world.claimed(self, claim)
            case Heard(said=Members(views)):
                self._viewed += [card for card, _ in views]
            case Heard(said=LookupAnswer(card=card)):
                self._viewed.append(card)
        after, effects = self.world.product.step(state, message)
        for effect in effects:
            if isinstance(effect, Commit):
                self.writing = (self.epoch, state.box.held[-1].last + 1, len(effect.bodies))
        return after, effects

    # --- what is proven at each round ---

    def paint(self, frame: Frame) -> None:
        """The glass: whatever it celebrates must be in the store's file now."""
        if not isinstance(frame.scene, Ready | Reading):
            self.check_promise()
        if isinstance(frame.scene, Greeting) and frame.scene.balance is not None:
            self._check_balance(frame.scene.balance)

    def close(self) -> None:
        """The glass needs no closing."""

    def check_promise(self) -> None:
        """Read the store's file: is what the present phase celebrates in it?"""
        assert self.loop is not None
        phase = self.loop.state.talk.phase
        match phase:
            case Asking(card=card, rating=rating):
                self._must_hold(rating, "rating", card)
            case Questioning(standing=standing):
                self._must_be_newest(phase, standing.card, "rating")
            case Thanked(_, bad):
                kinds = ("reason",) if bad else ("rating", "question.answered", "question.skipped")
                self._must_be_newest(phase, "", *kinds)
            case Coded(code=code):
                newest = self._must_be_newest(phase, "", "points.redeemed")
                if newest["d"]["code"] != code:
                    raise Broken(Proof.PROMISED, f"{self.name} shows a code that is not on disk")
            case Called():
                self._must_be_newest(phase, "", "assist.requested")
            case Inviting():
                self._must_be_newest(phase, "", "referral.opened")
            case Joined(known=False):
                self._must_hold_friend()
        greeted = greeting_in(phase)
        if greeted is not None:
            self._check_greeting(greeted)

    def _check_greeting(self, greeted: Greeted) -> None:
        """The visit, and what is said with it, are on disk, and of the card that lies there."""
        card = greeted.standing.card
        document = self._must_hold(greeted.visit, "visit", card)
        assert self.loop is not None
        is_open = is_promised(self.loop.state.talk.shop.book, "early", self.name, document["at"])
        self.early.setdefault((self.epoch, greeted.visit), is_open)
        if self.shown.get(greeted.presentation) != card:
            raise Broken(Proof.PROMISED, f"{self.name} greets a card that was not presented")
        owner = OWNER.get(card)
        if greeted.welcome.name not in (None, None if owner is None or owner.profile is None else owner.profile.greeting_name):
            raise Broken(Proof.PROMISED, f"{self.name} says the name of somebody else")
        said = [found["d"] for found in commit_on_disk(self.path, self.epoch, greeted.visit) if found["t"] == "greeting.shown"]
        for each in (greeted.welcome.said, greeted.welcome.second):
            if each is not None and not any(found["kind"] == each.kind and found.get("about", "") == each.about for found in said):
                raise Broken(Proof.PROMISED, f"{self.name} says {each.kind} of which the disk knows nothing")

    def _must_hold_friend(self) -> None:
        brought = [row for row in facts_on_disk(self.path) if row.epoch == self.epoch and row.document["t"] == "referral.made"]
        if not brought:
            raise Broken(Proof.PROMISED, f"{self.name} thanks for a friend that is not on disk")
        self.celebrated[self.epoch, brought[-1].number] = brought[-1].document

    def _must_be_newest(self, phase: Phase, card: str, *kinds: str) -> Document:
        """The fact written last is of one of these kinds."""
        newest = newest_on_disk(self.path)
        if newest is None or newest["t"] not in kinds:
            raise Broken(Proof.PROMISED, f"{self.name} shows {type(phase).__name__} for what is not on disk")
        self._must_hold(newest["s"], newest["t"], card or newest["d"]["card"])
        return newest

    def _must_hold(self, number: int, kind: str, card: str) -> Document:
        document = fact_on_disk(self.path, self.epoch, number)
        if document is None or document["t"] != kind or document["d"]["card"] != card:
            raise Broken(Proof.PROMISED, f"{self.name} celebrates {kind} {number} of {self.epoch}, on disk is {document}")
        self.celebrated[self.epoch, number] = document
        return document

    def _check_balance(self, balance: int) -> None:
        assert self.loop is not None
        greeted = greeting_in(self.loop.state.talk.phase)
        assert greeted is not None
        justified = self.world.justified(self, greeted.standing.card)
        if balance > justified:
            raise Broken(Proof.BALANCE, f"{self.name} shows {balance} points, the facts known justify {justified}")

    def _check_not_older(self) -> None:
        for card in self._viewed:
            view = self.store.standing(card).view
            version = 0 if view is None else view.version
            if version < self._known.get(card, 0):
                raise Broken(Proof.OLDER, f"{self.name} held version {self._known[card]} of {card[:8]}, now {version}")
            self._known[card] = version
        self._viewed.clear()

    def _check_whole(self) -> None:
        """After a start: facts that were to be written together are all there or none, and the standing they changed knows them."""
        rows = facts_on_disk(self.path)
        epoch, first, count = self.writing
        there = [row for row in rows if row.epoch == epoch and row.number >= first]
        if len(there) not in (0, count) and not self.imaged:
            raise Broken(Proof.WHOLE, f"{self.name} holds {len(there)} of {count} facts from {first} of {epoch}")
        if rows and not knows_of(rows[-1], self.name, self.store):
            raise Broken(Proof.WHOLE, f"{self.name} holds fact {rows[-1].number} of {rows[-1].epoch} without its standing")


def greeting_in(phase: Phase) -> Greeted | None:
    """The greeting that is on the glass, or comes back after what is."""
    if isinstance(phase, Writing):
        phase = phase.was
    then = phase if isinstance(phase, Greeted) else getattr(phase, "greeted", getattr(phase, "then", None))
    return then if isinstance(then, Greeted) else None


class Celebrating:
    """The panel: the sound of success is a promise too."""

    def __init__(self, unit: KioskUnit, panel: SilentPanel) -> None:
        self._unit, self._panel = unit, panel

    def light(self, name: str) -> None:
        """See `PanelDoor`."""
        self._panel.light(name)

    def chime(self, name: str) -> None:
        """See `PanelDoor`."""
        if name == "ok":
            self._unit.check_promise()
        self._panel.chime(name)
