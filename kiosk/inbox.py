"""The inbox: the only object that threads share. Lanes, so that nobody who talks much can crowd out somebody who waits at the counter.

Nothing is decided here, and nothing is known of what a message means beyond whose it is.
"""

from __future__ import annotations

import threading
from collections import deque

from kiosk.messages import Heard, LinkFound, LinkGone, Message, ReaderFound, ReaderLost
from mqtt.messages import LookupAnswer, ReserveAnswer

COUNTER_MAX = 256  # what devices and customers do in ten seconds at the most; a card can be tapped again
ANSWERS_MAX = 16  # answers a customer waits for: one at a time, so the rest is late or nobody's
HUB_MAX = 128  # what else the hub says: eight greetings of a thousand members; it repeats itself
HUB_AT_ONCE = 16  # taken in one round: each may cost a write, and behind them a card would wait a third of a second on a slow disk


class Inbox:
    """Three bounded lanes, taken in this order: the counter, answers of the hub, all else of the hub. What does not fit into a lane is
    dropped and counted. How reader and link are is a state: of each only the newest word is kept, it never gets lost, and comes first.
    """

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self._states: dict[str, Message] = {}
        self._counter: deque[Message] = deque()
        self._answers: deque[Message] = deque()
        self._hub: deque[Message] = deque()
        self.dropped = 0

    def put(self, message: Message) -> None:
        """Put a message down; any thread, never waits for more than another thread's putting."""
        with self._bell:
            match message:
                case ReaderFound() | ReaderLost():
                    self._states["reader"] = message
                case LinkFound() | LinkGone():
                    self._states["link"] = message
                case Heard(said=LookupAnswer() | ReserveAnswer()):
                    self._append(self._answers, message, ANSWERS_MAX)
                case Heard():
                    self._append(self._hub, message, HUB_MAX)
                case _:
                    self._append(self._counter, message, COUNTER_MAX)
            self._bell.notify()

    def take(self, wait_s: float) -> list[Message]:
        """What is there, waiting at most `wait_s` for the first; possibly nothing. Of the hub's lane a part: see `waiting`."""
        with self._bell:
            if wait_s > 0 and not self.waiting:
                self._bell.wait(wait_s)
            hub = [self._hub.popleft() for _ in range(min(HUB_AT_ONCE, len(self._hub)))]
            messages = [*self._states.values(), *self._counter, *self._answers, *hub]
            for lane in (self._states, self._counter, self._answers):
                lane.clear()
        return messages

    @property
    def waiting(self) -> int:
        """How many messages there are."""
        return len(self._states) + len(self._counter) + len(self._answers) + len(self._hub)

    def _append(self, lane: deque[Message], message: Message, most: int) -> None:
        if len(lane) < most:
            lane.append(message)
        else:
            self.dropped += 1
