"""Drawing steps ("ops"): what a layout says and a painter does. Plain frozen values in pixels, origin at the top left.

They carry what was measured, so that a test can prove that nothing overflows or overlaps without painting a pixel. Pure.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from display.scenes import Intent

Colour = str
"""`#rrggbb`."""


class Weight(StrEnum):
    """Which of the shipped fonts: two weights of Noto Sans, and Unifont's 16-pixel bitmap shapes for one-bit screens."""

    REGULAR = "regular"
    BOLD = "bold"
    PIXEL = "pixel"


class Align(StrEnum):
    """What `Text.x` is: the left end, the middle or the right end of the line."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Measure(Protocol):
    """A painter's own answer to "how wide will this be?"."""

    def __call__(self, text: str, size_px: int, weight: Weight) -> int:
        """Width in pixels of `text` set in one line."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.h

    @property
    def centre(self) -> tuple[int, int]:
        """The middle, rounded down."""
        return (self.x + self.w // 2, self.y + self.h // 2)

    def holds(self, other: Box) -> bool:
        """Whether `other` lies wholly inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def meets(self, other: Box) -> bool:
        """Whether the two share a pixel."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def has(self, x: int, y: int) -> bool:
        """Whether the pixel (x, y) is inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def inset(self, by: int) -> Box:
        """The box made smaller by `by` on every side."""
        return Box(self.x + by, self.y + by, self.w - 2 * by, self.h - 2 * by)


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle."""

    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True)
class RoundRect:
    """A filled rectangle with round corners."""

    box: Box
    radius: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Circle:
    """A filled disc; an even diameter, centred on the corner between pixels (x-1, y-1) and (x, y)."""

    x: int
    y: int
    radius: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line through points with round ends and joints, `width` thick; `filled` also fills the shape it closes."""

    points: tuple[tuple[float, float], ...]
    width: float
    colour: Colour
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. `y` is the baseline; `width_px` is what the painter's measure said it takes.

    `on` is the colour right behind it, so that contrast can be computed without looking at pixels.
    """

    x: int
    y: int
    text: str
    size_px: int
    weight: Weight
    colour: Colour
    on: Colour
    width_px: int
    align: Align = Align.LEFT

    @property
    def box(self) -> Box:
        """Where ink may fall: accents of capitals above, descenders below; a bare number has neither, only a comma.

        Measured in Noto Sans, as parts of the size, and rounded up: see `ink_above` and `INK_BELOW`; for a number 0.74 and 0.14.
        """
        left = {Align.LEFT: self.x, Align.CENTRE: self.x - self.width_px // 2, Align.RIGHT: self.x - self.width_px}[self.align]
        if self.weight is Weight.PIXEL:
            return Box(left, self.y - PIXEL_ASCENT, self.width_px, PIXEL_SIZE)
        above, below = (0.74, 0.14) if set(self.text) <= _OF_NUMBERS else (ink_above(self.text), INK_BELOW)
        top, bottom = math.ceil(self.size_px * above), math.ceil(self.size_px * below)
        return Box(left, self.y - top, self.width_px, top + bottom)


@dataclass(frozen=True, slots=True)
class HitArea:
    """Where a press and release means `intent`. Draws nothing."""

    box: Box
    intent: Intent


Op = Rect | RoundRect | Circle | Polyline | Text | HitArea


def ink_above(text: str) -> float:
    """How far ink may reach above the baseline, as a part of the size: measured 0.95 with an accented capital, 0.84 with another
    accent, 0.79 without (the Cyrillic small be); a little more for hinting.
    """
    accented = [c for c in text if unicodedata.decomposition(c)]
    return 0.97 if any(c.isupper() for c in accented) else 0.86 if accented else 0.8


INK_BELOW = 0.24  # the longest tail, as a part of the size
_OF_NUMBERS = frozenset("0123456789,.\u00a0")
PIXEL_SIZE = 16  # Unifont is drawn on 16 rows and must not be scaled
PIXEL_ASCENT = 14  # rows above its baseline
