"""The door to a panel: what the kiosk asks of lamp, buzzer and buttons, how they are wired, and when a press counts.

No pin and no library of pins is touched here: `panel` has the real one, `silent_panel` the one that only remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.clock import Clock

# A push button's contacts chatter for up to some 20 ms, both on pressing and letting go; nobody presses twice within 50 ms.
DEBOUNCE_MS = 50


class PanelError(Exception):
    """The panel cannot be used; `hint` says what an installer can do."""

    kind = "panel_error"
    sentence = "Lamp, buzzer and buttons do not work."

    def __init__(self, hint: str, detail: str) -> None:
        super().__init__(f"{self.sentence} {hint} ({detail})")
        self.hint = hint
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PanelPins:
    """BCM numbers. Buttons from the best face to the worst; the buzzer's default is a hardware PWM pin."""

    lamp_red: int = 17
    lamp_green: int = 27
    lamp_blue: int = 22
    buzzer: int = 18
    buttons: tuple[int, ...] = (5, 6, 13, 19)


class PanelDoor(Protocol):
    """What the kiosk needs of a panel."""

    def light(self, name: str) -> None:
        """Show a light of `patterns.Light` until the next one. Returns at once. Raises ValueError for an unknown name."""

    def chime(self, name: str) -> None:
        """Play a chime of `patterns.Chime` after those already asked for. Returns at once. Raises ValueError for an unknown name."""

    def close(self) -> None:
        """Dark, silent, pins free. Never raises, may be called repeatedly; later requests do nothing."""


class Debounce:
    """Tells a press from the chatter of contacts: it counts only after 50 ms without any change of that button."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed_ms: int | None = None

    def is_press(self, pressed: bool) -> bool:
        """Take note of one change; True when it is a press that counts."""
        now_ms, before_ms = self._clock.now().mono_ms, self._changed_ms
        self._changed_ms = now_ms
        return pressed and (before_ms is None or now_ms - before_ms >= DEBOUNCE_MS)
