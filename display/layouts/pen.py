"""The pen a one-bit layout writes with: rows of Unifont and larger numbers as measured steps, white on dark. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from display.layouts.fit import clipped, fit, remembering
from display.layouts.ops import PIXEL_ASCENT, PIXEL_SIZE, Align, Box, Measure, Op, Rect, Text, Weight
from display.theme import MonoTheme
from display.words import Phrase

ON, OFF = "#ffffff", "#000000"
EDGE = 1  # the pixel left free for the OLED's moving


class Pen:
    """Collects ops for one frame."""

    def __init__(self, theme: MonoTheme, measure: Measure) -> None:
        """A panel of the theme's size, all dark."""
        self.width, self.height, self.measure = theme.width, theme.height, remembering(measure)
        self.ops: list[Op] = [Rect(Box(0, 0, theme.width, theme.height), OFF)]

    def words(self, text: str, x: int, top: int, align: Align = Align.LEFT) -> int:
        """One row of Unifont whose 16 rows begin at `top`; returns its width."""
        return self.text(text, x, top + PIXEL_ASCENT, PIXEL_SIZE, Weight.PIXEL, align)

    def text(self, text: str, x: int, baseline: int, size: int, weight: Weight, align: Align = Align.LEFT) -> int:
        """One line; returns its width."""
        width = self.measure(text, size, weight)
        self.ops.append(Text(x, baseline, text, size, weight, ON, OFF, width, align))
        return width

    def fits(self, phrase: Phrase, width: int, rows: int = 1) -> tuple[str, ...]:
        """The lines of the longest variant that fits."""
        return fit(phrase.variants, width, (PIXEL_SIZE,), Weight.PIXEL, self.measure, rows).lines

    def cut(self, text: str, width: int) -> str:
        """One row of words from outside, cut if it must be."""
        return clipped(text, width, PIXEL_SIZE, Weight.PIXEL, self.measure)

    def wide(self, text: str) -> int:
        """How wide a row of Unifont is."""
        return self.measure(text, PIXEL_SIZE, Weight.PIXEL)

    def block(self, lines: Sequence[str], left: int, top: int, height: int) -> None:
        """Lines in the middle of a height, each centred between `left` and the right edge."""
        middle = (left + self.width) // 2
        first = top + (height - len(lines) * PIXEL_SIZE) // 2
        for row, line in enumerate(lines):
            self.words(line, middle, first + row * PIXEL_SIZE, Align.CENTRE)
