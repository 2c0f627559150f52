"""The rules of a presentation: when a card has arrived, is still there, has left, and what happens when the reader goes.

`Runner` owns no thread and asks only the clock it was given: each `turn` does one step and says how long to wait for the next, so
hours pass in milliseconds in a test. What a card means, and what a chip is, live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from random import Random

from drivers.clock import Clock
from drivers.errors import ReaderError, ReaderFault, TagError
from drivers.reader import Arrived, Driver, Left, LeftReason, Read, ReaderDown, ReaderEvent, ReaderUp, ReadFailed, Sighting, is_random

# A PN532 at 115200 baud needs 19.2 ms for one sense (research figure, drivers/simulated/timing.py): looking more often than every
# 20 ms gains nothing there, and keeps a faster link from eating a core.
LOOK_PERIOD_MS = 20
# While a card lies quietly, every twentieth of a second is enough: leaving takes 300 ms anyway.
REST_PERIOD_MS = 50
# A card at the edge of the field misses single polls: only three misses in a row and 300 ms together mean that it has left.
MISSES_TO_LEAVE = 3
GONE_AFTER_MS = 300
# A hand that wavers brings the same card back within this time; a customer who means it takes longer.
REPEAT_WITHIN_MS = 2_000
# A card that cannot be read three times in one presentation will not be read by a fourth; each try may take 1.5 s.
READ_TRIES_MAX = 3
# Readers have been seen to fall asleep after hours of idleness: half a minute is soon enough to notice before a customer does.
PROBE_EVERY_MS = 30_000
# 1, 2, 4 .. 30 s: a replugged reader is found at once, a dead one costs nothing.
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 30.0
# Kiosks on one power strip should not all probe at the same instant.
RETRY_JITTER = 0.2


class RunnerState(Enum):
    """OFFLINE: no reader. IDLE: nobody in the field. PRESENT: a presentation is running."""

    OFFLINE = "offline"
    IDLE = "idle"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class _Presentation:
    """The one that is running; `reads_left` is 0 once it was read, given up, or must not be read."""

    number: int
    sighting: Sighting
    stale: bool
    arrived_ms: int
    seen_ms: int
    misses: int
    reads_left: int


class Runner:
    """Turns a driver's single senses into events, given to the one callback `report` in the order in which they happened."""

    def __init__(
        self, driver: Driver, report: Callable[[ReaderEvent], None], clock: Clock, want_ndef: bool, chance: Random | None = None
    ) -> None:
        """`want_ndef` False is the fast way: nothing is said to a card beyond its selection. `chance` (seeded) spreads the retries."""
        self._driver = driver
        self._report = report
        self._clock = clock
        self._want_ndef = want_ndef
        self._chance = chance or Random()
        self._presentation: _Presentation | None = None
        self._last_number = 0
        self._online = False
        self._fresh = False  # no poll yet since the reader came up
        self._failures = 0
        self._probed_ms = 0
        self._left_ms: dict[bytes, int] = {}

    @property
    def state(self) -> RunnerState:
        """Where the runner stands between two turns."""
        if not self._online:
            return RunnerState.OFFLINE
        return RunnerState.IDLE if self._presentation is None else RunnerState.PRESENT

    def now_ms(self) -> int:
        """Monotonic time of the runner's own clock, for whoever watches it."""
        return self._clock.now().mono_ms

    def turn(self) -> float:
        """Do one step; returns the seconds to wait before the next one. Reader trouble is reported, mistakes of ours escape."""
        try:
            match self.state:
                case RunnerState.OFFLINE:
                    return self._connect()
                case RunnerState.IDLE:
                    return self._look()
                case RunnerState.PRESENT:
                    return self._watch()
        except ReaderError as error:
            return self._lose(error)

    def fault(self, cause: Exception) -> float:
        """Something escaped a turn: treat it as a lost reader, to be opened anew. Returns the seconds to wait."""
        hint = "Restart the kiosk; if it comes back, send the log to support."
        return self._lose(ReaderFault(self._driver.reader_id, hint, type(cause).__name__))

    def close(self) -> None:
        """Let go of the reader without a word: the kiosk is stopping. A later turn would open it again."""
        self._driver.close()
        self._online = False
        self._presentation = None

    def _connect(self) -> float:
        self._driver.open()
        self._online = self._fresh = True
        self._probed_ms = self.now_ms()
        return 0.0

    def _look(self) -> float:
        """IDLE: one sense, and a sign of life from the reader itself now and then."""
        began_ms = self.now_ms()
        if began_ms - self._probed_ms >= PROBE_EVERY_MS:
            self._driver.probe()
            self._probed_ms = began_ms
        sighting = self._sense()
        stale, self._fresh = self._fresh, False
        if stale:  # said only now: whoever lays a card after this word lays it on a reader that looks
            self._report(ReaderUp(self._driver.reader_id, self._driver.name))
        if sighting is not None:
            self._arrive(sighting, stale)
        return self._until(began_ms + LOOK_PERIOD_MS)

    def _watch(self) -> float:
        """PRESENT: is it still there, is it another one, is there still something to read?"""
        began_ms = self.now_ms()
        sighting = self._sense()
        held = self._presentation
        assert held is not None  # noqa: S101 - `state` said so; the type checker cannot know
        if sighting is None:
            return self._miss(held, began_ms)
        if not _same_card(held.sighting, sighting):
            self._leave(held, LeftReason.REPLACED)
            self._arrive(sighting, stale=False)
            return self._until(began_ms + LOOK_PERIOD_MS)
        self._presentation = replace(held, sighting=sighting, seen_ms=self.now_ms(), misses=0)
        self._try_read()
        return self._until(began_ms + REST_PERIOD_MS)

    def _sense(self) -> Sighting | None:
        """One poll; the first that succeeds ends a series of failures (a reader that opens and dies at once keeps backing off)."""
        sighting = self._driver.poll()
        self._failures = 0
        return sighting

    def _miss(self, held: _Presentation, began_ms: int) -> float:
        held = replace(held, misses=held.misses + 1)
        self._presentation = held
        if held.misses >= MISSES_TO_LEAVE and self.now_ms() - held.seen_ms >= GONE_AFTER_MS:
            self._leave(held, LeftReason.GONE)
        return self._until(began_ms + LOOK_PERIOD_MS)

    def _arrive(self, sighting: Sighting, stale: bool) -> None:
        """Begin a presentation; say so before anything is read."""
        at_ms = self.now_ms()
        left_ms = self._left_ms.get(sighting.uid)
        repeat = left_ms is not None and at_ms - left_ms < REPEAT_WITHIN_MS
        self._last_number += 1
        reads = 0 if stale else READ_TRIES_MAX
        self._presentation = _Presentation(self._last_number, sighting, stale, at_ms, at_ms, 0, reads)
        self._report(Arrived(self._last_number, sighting.uid, repeat, stale, at_ms))
        self._try_read()

    def _try_read(self) -> None:
        """Read the card unless it was read, was stale, or has used up its tries."""
        held = self._presentation
        if held is None or held.reads_left == 0:
            return
        try:
            card = self._driver.read(held.sighting, self._want_ndef)
        except TagError as error:
            self._presentation = replace(held, reads_left=held.reads_left - 1 if error.retryable else 0)
            self._report(ReadFailed(held.number, error, self.now_ms()))
            return
        self._presentation = replace(held, reads_left=0)
        self._report(Read(held.number, card, self.now_ms()))

    def _leave(self, held: _Presentation, reason: LeftReason) -> None:
        """End the presentation and remember the card for its own short cool-down; a stale one began nothing, so it repeats nothing."""
        at_ms = self.now_ms()
        self._presentation = None
        self._probed_ms = at_ms
        self._left_ms = {uid: left_ms for uid, left_ms in self._left_ms.items() if at_ms - left_ms < REPEAT_WITHIN_MS}
        if not held.stale:
            self._left_ms[held.sighting.uid] = at_ms
        self._report(Left(held.number, reason, held.seen_ms - held.arrived_ms, at_ms))

    def _lose(self, error: ReaderError) -> float:
        """The reader is gone: that is not the card leaving. Close, tell, and say when to try again."""
        held, self._online = self._presentation, False
        self._driver.close()
        steady_s = min(RETRY_MAX_S, RETRY_FIRST_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        retry_in_s = min(RETRY_MAX_S, steady_s * self._chance.uniform(1 - RETRY_JITTER, 1 + RETRY_JITTER))
        if held is not None:
            self._leave(held, LeftReason.READER_LOST)
        self._report(ReaderDown(error, retry_in_s))
        return retry_in_s

    def _until(self, due_ms: int) -> float:
        return max(0, due_ms - self.now_ms()) / 1000


def _same_card(before: Sighting, now: Sighting) -> bool:
    """The same number, or two random numbers: a phone draws a new one at every sense, and a series of them is still one phone."""
    return before.uid == now.uid or (is_random(before.uid) and is_random(now.uid))
