"""One thread that plays requests in order, so that whoever asks never waits for a lamp or a buzzer.

Knows nothing of pins: what playing means is the function it was given.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

# More chimes than this waiting would play long after their reason; the oldest is dropped.
WAITING_MAX = 8
# A note or a step of a pattern ends at once when the player closes; this is for a pin library that is slow.
CLOSE_WITHIN_S = 1.0

Request = TypeVar("Request")
log = logging.getLogger(__name__)


class Player(Generic[Request]):
    """Plays each request by `play(request, go_on)`; `play` calls `go_on(seconds)` to wait within a piece (None: as long as nothing
    happens) and ends the piece when that is False.
    """

    def __init__(self, name: str, play: Callable[[Request, Callable[[float | None], bool]], None], gives_way: bool) -> None:
        """`gives_way`: a piece ends when the next request comes (a light); otherwise it is played out first (a chime)."""
        self._play = play
        self._gives_way = gives_way
        self._changed = threading.Condition()
        self._waiting: deque[Request] = deque(maxlen=WAITING_MAX)
        self._playing = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Play this after what already waits; returns at once. After `close` it does nothing."""
        with self._changed:
            if not self._closed:
                self._waiting.append(request)
                self._changed.notify_all()

    def finish(self, within_s: float) -> bool:
        """Wait until nothing waits or plays; False when that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._playing, within_s)

    def close(self) -> None:
        """End the thread, in the middle of a piece if need be; at most a second."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join(CLOSE_WITHIN_S)

    def _run(self) -> None:
        while (request := self._next()) is not None:
            try:
                self._play(request, self._go_on)
            except Exception:
                log.exception("panel: a request could not be played")

    def _next(self) -> Request | None:
        with self._changed:
            self._playing = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._playing = True
            return self._waiting.popleft()

    def _go_on(self, seconds: float | None) -> bool:
        """Wait; False when the piece must end."""
        with self._changed:
            return not self._changed.wait_for(self._must_end, seconds)

    def _must_end(self) -> bool:
        return self._closed or (self._gives_way and bool(self._waiting))
