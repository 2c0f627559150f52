"""The loop: the main thread, the only owner of state. Inbox -> step -> effects -> paint -> watchdog.

It alone touches the machine's state, the store, the screens and the lamp. It performs what the machine asks, in order, and
decides nothing.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from display.scenes import Ask, Choosing, Frame, Greeting, Invited, PutRight, Reading, WhyBad
from kiosk import machine
from kiosk.documents.trouble import StoreFault
from kiosk.machine import State
from kiosk.messages import (
    Answered,
    Chime,
    Commit,
    CommitFailed,
    Committed,
    Effect,
    KeepClosings,
    KeepViews,
    Kept,
    Light,
    MarkClaimed,
    Message,
    Note,
    Recall,
    Recalled,
    Reopen,
    Restart,
    Send,
    SendFacts,
    SetClock,
    SetUpSettled,
    TakeDesired,
    Tick,
    Touched,
    Trimmed,
)
from kiosk.parts import Parts
from kiosk.phases import Idle
from kiosk.room import LookAtDisk
from kiosk.taken import CommandLost, CommandTaken, ForgetViews, KeepCommands, Picture, Pictured, SetLogLevel, TakeCommand
from loyalty.moment import Moment
from mqtt.wire import batches

TOUCH_LOOK_S = 0.03  # while somebody may press: a finger waits 15 ms on average, under one frame
READING_UNSEEN_MS = 60  # a known card is read and on disk in a few ms; a picture of under four frames is seen by nobody
QUIET_MS = 10_000  # nobody lays a card the moment after; housekeeping may hold up the loop for a second
CHORE_MS = 1_000  # between two pieces of that work: whoever lays a card meanwhile waits for one piece at most
BREATH_S = 0.002  # between the pieces of a slow picture: the link's thread sends, and what the hub answers goes first
IDLE_LOOK_S = 0.25  # while nobody is there: keeps the window alive at 0.1 % of a core
REFUSED_EVERY_MS = 60_000  # bad messages are reported once a minute by kind, not one by one

PRESSED = Greeting | WhyBad | PutRight | Ask | Invited | Choosing  # scenes on which a touch means something

log = logging.getLogger("stupeni.kiosk")


class Loop:
    """One kiosk at work. `run` until `stop`; `turn` is one round, for tests and simulation. `again`: it stopped to begin anew."""

    def __init__(self, parts: Parts, state: State, step: Callable[[State, Message], machine.Step] = machine.step) -> None:
        """`step` is another only in tests that prove a wrong machine would be caught."""
        self.parts = parts
        self.state = state
        self._step = step
        self.stopping = self.again = False
        self._frame: Frame | None = None
        self._reading_since: int | None = None
        self._house_due: int | None = parts.clock.now().mono_ms + QUIET_MS
        self._refused_due = 0
        self._dropped = 0

    def stop(self) -> None:
        """End after the present round, and for good: who stops a kiosk from outside does not want it to begin anew. Only sets flags, so a
        signal may call it.
        """
        self.stopping, self.again = True, False

    def run(self) -> None:
        """Work until stopped."""
        self.parts.panel.light(machine.lamp_of(self.state))  # from here on it changes with the state
        while not self.stopping:
            self.turn(self._wait_s())

    def turn(self, wait_s: float) -> None:
        """One round: wait for a message at most `wait_s`, deal with all there are, then with time, then paint."""
        for message in self.parts.inbox.take(wait_s):
            self.handle(message)
        for intent in self.parts.glass.look():
            self.handle(Touched(self.parts.clock.now(), intent))
        now = self.parts.clock.now()
        if now.mono_ms >= machine.due_ms(self.state, now):
            self.handle(Tick(now))
        self.paint(now)
        self._keep_house(now)
        self._report_refused(now)
        self.parts.alive()

    def handle(self, message: Message) -> None:
        """A message and everything that comes of it, to the end."""
        waiting = deque([message])
        while waiting:
            self.state, effects = self._step(self.state, waiting.popleft())
            for effect in effects:
                result = self._perform(effect)
                if result is not None:
                    waiting.append(result)

    def paint(self, now: Moment) -> None:
        """Show what the state means now, where it differs from what is shown. The first screen is the one that is waited for."""
        frame = machine.frame_of(self.state, now)
        passing = self._is_passing(frame, now)  # asked first: it also notices that a reading is over
        if passing or frame == self._frame:
            return
        for place, screen in enumerate(self.parts.glass.screens):
            screen.paint(frame)
            if place == 0:
                self.parts.told(Note("painted", {"scene": type(frame.scene).__name__, "language": frame.language}))
        self._frame = frame

    def _is_passing(self, frame: Frame, now: Moment) -> bool:
        """Whether this is a "reading" that will be over before anybody could see it: painting it would only delay the greeting."""
        if not isinstance(frame.scene, Reading):
            self._reading_since = None
            return False
        if self._reading_since is None:
            self._reading_since = now.mono_ms
        return now.mono_ms - self._reading_since < READING_UNSEEN_MS

    def _keep_house(self, now: Moment) -> None:
        """Some quiet seconds after the last customer: the store's own work, once for each quiet time, and on as long as there is more."""
        if not isinstance(self.state.talk.phase, Idle):
            self._house_due = now.mono_ms + QUIET_MS
        elif self._house_due is not None and now.mono_ms >= self._house_due:
            self._house_due = None
            try:
                done = self.parts.store.keep_house(now)
            except StoreFault as fault:
                log.error("store: %s", fault)
                return
            if done.trimmed:
                self.handle(self._trimmed())
            if done.more:
                self._house_due = now.mono_ms + CHORE_MS

    def _wait_s(self) -> float:
        if self.parts.glass.owes():
            return BREATH_S
        now = self.parts.clock.now()
        busy = self._reading_since is not None or (self._frame is not None and isinstance(self._frame.scene, PRESSED))
        due = machine.due_ms(self.state, now) - now.mono_ms
        return max(0.0, min(TOUCH_LOOK_S if busy else IDLE_LOOK_S, due / 1000))

    def _perform(self, effect: Effect) -> Message | None:
        match effect:
            case Light() | Chime() | Note() | Send() | SendFacts() | SetClock() | SetLogLevel() | Restart():
                self._do(effect)
            case KeepViews() | KeepClosings() | MarkClaimed() | Reopen() | KeepCommands() | ForgetViews():
                return self._keep(effect)
            case _:
                return self._answered(effect)
        return None

    def _do(self, effect: Light | Chime | Note | Send | SendFacts | SetClock | SetLogLevel | Restart) -> None:
        """What nothing comes back of."""
        parts = self.parts
        match effect:
            case Light(name):
                parts.panel.light(name)
            case Chime(name):
                parts.panel.chime(name)
            case Note():
                parts.told(effect)
            case Send(said):
                parts.send(said)
            case SendFacts():
                self._send_facts(effect)
            case SetClock(wall_ms):
                parts.clock.told(wall_ms)
            case SetLogLevel(level):
                parts.log_level(level)
            case Restart(why):
                self._begin_anew(why)

    def _answered(self, effect: Answered) -> Message:
        """What is always answered."""
        parts = self.parts
        match effect:
            case Recall():
                return self._recall(effect)
            case Commit():
                return self._commit(effect)
            case LookAtDisk():
                return parts.disk(parts.clock.now())
            case TakeCommand():
                return self._take(effect)
            case Picture(id_, frame):
                return Pictured(parts.clock.now(), id_, parts.glass.draw(frame))
        report = parts.pushed.take(effect.said) if isinstance(effect, TakeDesired) else parts.pushed.prove()
        return SetUpSettled(parts.clock.now(), report)

    def _begin_anew(self, why: str) -> None:
        """End after the present round, to begin again; unless somebody has stopped us already."""
        if not self.stopping:
            self.parts.told(Note("restart", {"why": why}))
            self.stopping = self.again = True

    def _take(self, effect: TakeCommand) -> Message:
        """Remember a command before it is obeyed."""
        try:
            self.parts.store.keep_commands(effect.known)
        except StoreFault as fault:
            log.error("store: %s", fault)
            return CommandLost(self.parts.clock.now(), effect.command)
        return CommandTaken(self.parts.clock.now(), effect.command, effect.known)

    def _send_facts(self, effect: SendFacts) -> None:
        """Facts from the store to the hub; those that cannot be read now are asked for again when no claim comes."""
        try:
            boot, documents = self.parts.store.facts(effect.epoch, effect.first, effect.last)
        except StoreFault as fault:
            log.error("store: %s", fault)
        else:
            for batch in batches(effect.epoch, boot, documents):
                self.parts.send(batch)

    def _recall(self, effect: Recall) -> Message:
        try:
            standing = self.parts.store.standing(effect.card)
        except StoreFault as fault:
            log.error("store: %s", fault)
            return CommitFailed(self.parts.clock.now(), effect.presentation, fault.what)
        now = self.parts.clock.now()
        return Recalled(now, effect.presentation, standing.dated(self.parts.clock.boot_id, now))

    def _commit(self, effect: Commit) -> Message:
        now = self.parts.clock.now()
        try:
            facts, standing = self.parts.store.commit(effect.bodies, now, effect.today)
        except StoreFault as fault:
            log.error("store: %s", fault)
            return CommitFailed(self.parts.clock.now(), effect.presentation, fault.what)
        for fact in facts:
            kind = type(fact.body).__name__.lower()
            self.parts.told(Note("committed", {"fact": fact.id.number, "kind": kind, "presentation": effect.presentation}))
        now = self.parts.clock.now()
        return Committed(now, effect.presentation, facts, standing.dated(self.parts.clock.boot_id, now))

    def _keep(self, effect: Kept) -> Message | None:
        """What the hub said, remembered. It is a cache: a refusing disk costs nothing but a line in the log."""
        store = self.parts.store
        try:
            match effect:
                case KeepViews(views):
                    store.keep(views)
                case KeepClosings(said):
                    store.keep_closings(said)
                case MarkClaimed(epoch, upto, rejected):
                    if store.mark_claimed(epoch, upto, rejected):
                        return self._trimmed()
                case Reopen(epoch, upto):
                    store.reopen(epoch, upto)
                case KeepCommands(known):
                    store.keep_commands(known)
                case ForgetViews():
                    store.forget_views()
        except StoreFault as fault:
            log.error("store: %s", fault)
        return None

    def _trimmed(self) -> Trimmed:
        return Trimmed(tuple((stream.epoch, stream.first) for stream in self.parts.store.held()))

    def _report_refused(self, now: Moment) -> None:
        """What could not be read, by kind, and how many messages found the inbox full."""
        dropped, refused = self.parts.inbox.dropped, self.parts.refused
        if now.mono_ms < self._refused_due or not (refused or dropped > self._dropped):
            return
        self._refused_due = now.mono_ms + REFUSED_EVERY_MS
        counts: dict[str, str | int | bool | None] = {kind: refused.pop(kind) for kind in sorted(refused)}  # doors go on counting
        if counts:
            self.parts.told(Note("wire.refused", counts, warning=True))
        if dropped > self._dropped:
            self.parts.told(Note("inbox.full", {"dropped": dropped - self._dropped}, warning=True))
            self._dropped = dropped
