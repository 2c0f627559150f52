"""What the panel's names look and sound like, as pure functions and tables.

Four sounds and six lights, each told apart without colour: by movement or by melody. None reveals a member's status.
No pin, thread or clock lives here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[float, float, float]

# Four seconds a breath: calm, and far from the 3 flashes a second that WCAG 2.2 (2.3.1) allows at most.
BREATH_S = 4.0
# Ten steps a second look smooth at this slope and cost ten wake-ups, half of the kiosk's idle allowance.
BREATH_STEP_S = 0.1
# One flash a second.
FLASH_S = 1.0
FLASHES_PER_S_MAX = 3

_DARK: Colour = (0.0, 0.0, 0.0)
_IDLE: Colour = (0.0, 0.15, 0.30)
_READ: Colour = (0.2, 0.4, 1.0)
_OK: Colour = (0.0, 1.0, 0.2)
_ATTENTION: Colour = (1.0, 0.45, 0.0)
_IDENTIFY: tuple[Colour, Colour] = ((1.0, 1.0, 1.0), _READ)
# The breath never goes quite dark: a dark lamp says that the kiosk is off.
_BREATH_FLOOR = 0.25


class Light(StrEnum):
    """Breathing: lay a card here. Steady blue: it is being read. Steady green: done. Flashing amber: please look. White and blue in turn:
    this is the kiosk that somebody looks for. Off.
    """

    IDLE = "idle"
    READ = "read"
    OK = "ok"
    ATTENTION = "attention"
    IDENTIFY = "identify"
    OFF = "off"


class Chime(StrEnum):
    """Rising: done. The same note twice: once more, please. Low: this does not work. Down and up again: here I am."""

    OK = "ok"
    AGAIN = "again"
    STOP = "stop"
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Note:
    """A pitch (None: silence) for so many seconds."""

    hertz: float | None
    seconds: float


# Short enough to be over before the next customer, in the range of a small piezo buzzer.
NOTES: dict[Chime, tuple[Note, ...]] = {
    Chime.OK: (Note(523.25, 0.08), Note(783.99, 0.12)),
    Chime.AGAIN: (Note(659.26, 0.09), Note(None, 0.06), Note(659.26, 0.09)),
    Chime.STOP: (Note(196.00, 0.30),),
    Chime.IDENTIFY: (Note(880.00, 0.14), Note(587.33, 0.14), Note(880.00, 0.14)),
}


def colour_at(light: Light, elapsed_s: float) -> Colour:
    """Red, green and blue from 0 to 1, so long after the light began."""
    match light:
        case Light.IDLE:
            depth = (1 - math.cos(2 * math.pi * elapsed_s / BREATH_S)) / 2
            level = _BREATH_FLOOR + (1 - _BREATH_FLOOR) * depth
            return (_IDLE[0] * level, _IDLE[1] * level, _IDLE[2] * level)
        case Light.READ:
            return _READ
        case Light.OK:
            return _OK
        case Light.ATTENTION:
            # A hair of tolerance, because steps of half a second add up a little short of a whole.
            return _ATTENTION if (elapsed_s + 1e-6) % FLASH_S < FLASH_S / 2 else _DARK
        case Light.IDENTIFY:
            return _IDENTIFY[int((elapsed_s + 1e-6) / FLASH_S * 2) % 2]
        case Light.OFF:
            return _DARK


def step_s(light: Light) -> float | None:
    """How often the colour must be set anew; None for a still light."""
    match light:
        case Light.IDLE:
            return BREATH_STEP_S
        case Light.ATTENTION | Light.IDENTIFY:
            return FLASH_S / 2
        case _:
            return None
