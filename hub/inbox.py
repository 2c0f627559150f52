"""What arrived and waits for the hub: a lane for each who speaks, taken in turn, so that nobody's flood holds up the others.

Shared by the link's thread, which puts, and the ear's, which takes. What a message says is not known here.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

E = TypeVar("E")

RECEIVE_MAX = 500  # messages the broker may leave unacknowledged with us (wire, CONNECT of the hub)
INBOX_MAX = 2 * RECEIVE_MAX  # so the broker stops before the inbox is full; the rest is room for a reconnect's repeats
LANE_MAX = 128  # of one kiosk: a window is 4 messages, so this is thirty sendings again; and a quarter of what the broker hands us at once
OWN = ""  # the lane of what the link itself says: no message crowds it out, and it is taken first


@dataclass(slots=True, eq=False)
class _Slot:
    """A place in the order of arrival, and whether what came is dealt with. `token` 0: there is nothing to acknowledge."""

    token: int
    done: bool = False


class Inbox(Generic[E]):
    """Bounded lanes. `dropped`: how much of each lane did not fit since it was last looked at (and emptied) by the taker."""

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self._lanes: dict[str, deque[tuple[E, _Slot]]] = {}
        self._turns: deque[str] = deque()  # lanes that have something, whose turn is next first
        self._arrival: deque[_Slot] = deque()
        self._taken: list[_Slot] = []
        self.dropped: Counter[str] = Counter()

    def put(self, lane: str, event: E, token: int = 0) -> None:
        """Put something down. More than a lane holds is dropped, and will be acknowledged in its turn: who said it will say it again.

        Raises queue.Full when more waits than the broker may hand us.
        """
        with self._bell:
            if len(self._lanes.get(OWN, ()) if lane == OWN else self._arrival) >= INBOX_MAX:
                raise queue.Full
            slot = _Slot(token)
            self._arrival.append(slot)
            waiting = self._lanes.setdefault(lane, deque())
            if lane != OWN and len(waiting) >= LANE_MAX:
                self.dropped[lane] += 1
                slot.done = True
                return
            if not waiting and lane != OWN:
                self._turns.append(lane)
            waiting.append((event, slot))
            self._bell.notify()

    def take(self, count_max: int, wait_s: float) -> list[E]:
        """What the link says, then at most `count_max` messages, one of each lane in turn; waits at most `wait_s` for the first."""
        with self._bell:
            if wait_s > 0 and not self._lanes:
                self._bell.wait(wait_s)
            found = list(self._lanes.pop(OWN, ()))
            while self._turns and count_max > 0:
                count_max -= 1
                lane = self._turns.popleft()
                waiting = self._lanes[lane]
                found.append(waiting.popleft())
                if waiting:
                    self._turns.append(lane)
                else:
                    del self._lanes[lane]
            self._taken += [slot for _, slot in found]
        return [event for event, _ in found]

    def settle(self) -> list[int]:
        """All that was taken is kept: the tokens that may be acknowledged now, in the order of arrival, as MQTT demands."""
        with self._bell:
            for slot in self._taken:
                slot.done = True
            self._taken.clear()
            settled = []
            while self._arrival and self._arrival[0].done:
                settled.append(self._arrival.popleft().token)
        return [token for token in settled if token]
