"""A panel for machines without pins: it remembers what it was asked, and its buttons are pressed by calling.

It loads no library of pins: a kiosk without a panel starts faster for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.clock import Clock
from drivers.panel_door import Debounce
from drivers.patterns import Chime, Light

# A SilentPanel remembers the last thousand requests: a long demonstration, and no growth for ever.
ASKED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a SilentPanel: `what` is "light" or "chime"."""

    at_ms: int
    what: str
    name: str


class SilentPanel:
    """A panel for machines without pins: it remembers what it was asked, and its buttons are pressed by calling `press`."""

    def __init__(self, on_press: Callable[[int], None], clock: Clock, buttons: int = 4) -> None:
        self._on_press = on_press
        self._clock = clock
        self._debounces = tuple(Debounce(clock) for _ in range(buttons))
        self._asked: deque[Asked] = deque(maxlen=ASKED_MAX)
        self._closed = False
        self._lock = threading.Lock()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Everything asked so far, oldest first, at most a thousand."""
        with self._lock:
            return tuple(self._asked)

    def light(self, name: str) -> None:
        """As PanelDoor."""
        self._remember("light", Light(name))

    def chime(self, name: str) -> None:
        """As PanelDoor."""
        self._remember("chime", Chime(name))

    def press(self, index: int) -> None:
        """A contact closes. Raises IndexError for a button that does not exist."""
        if self._debounces[index].is_press(True) and not self._closed:
            self._on_press(index)

    def release(self, index: int) -> None:
        """A contact opens. Raises IndexError for a button that does not exist."""
        self._debounces[index].is_press(False)

    def close(self) -> None:
        """As PanelDoor."""
        self._closed = True

    def _remember(self, what: str, name: str) -> None:
        with self._lock:
            if not self._closed:
                self._asked.append(Asked(self._clock.now().mono_ms, what, str(name)))
