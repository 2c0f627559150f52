"""Fitting words into room: the full sentence, then a shorter one, then a smaller step of type; never below the legible floor.

Only names, and what a shop wrote too long, may end in an ellipsis; a number is shown whole or the layout is another one.
Pure: widths come from the painter's measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from display.layouts.ops import INK_BELOW, Measure, Weight, ink_above

LEADING = 1.25  # baseline to baseline, of the size: the tallest accent and the longest tail of two lines then never meet
TIGHT = 1.06  # where height is short: tails still clear the ascenders below them (0.24 + 0.8 of the size)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines that were found to fit, the size they fit at, and how far apart they stand as a part of it."""

    lines: tuple[str, ...]
    size_px: int
    leading: float = LEADING

    @property
    def pitch_px(self) -> int:
        """Baseline to baseline."""
        return round(self.size_px * self.leading)

    @property
    def above_px(self) -> int:
        """Ink above the first baseline."""
        return math.ceil(self.size_px * ink_above(self.lines[0]))

    @property
    def span_px(self) -> int:
        """First baseline to last."""
        return (len(self.lines) - 1) * self.pitch_px

    @property
    def below_px(self) -> int:
        """Ink below the last baseline, tails included even where the words have none: neighbours then stand alike."""
        return math.ceil(self.size_px * INK_BELOW)

    @property
    def tall_px(self) -> int:
        """All ink, from the top of the first line to the tails of the last."""
        return self.above_px + self.span_px + self.below_px


def remembering(measure: Measure) -> Measure:
    """`measure`, asked once for each text: fitting asks the same many times. It forgets with the sheet, so no name outlives its frame."""
    known: dict[tuple[str, int, Weight], int] = {}

    def width(text: str, size_px: int, weight: Weight) -> int:
        found = known.get((text, size_px, weight))
        if found is None:
            found = known[(text, size_px, weight)] = measure(text, size_px, weight)
        return found

    return width


def fit(variants: Sequence[str], width: int, steps: Sequence[int], weight: Weight, measure: Measure, lines_max: int = 1) -> Fitted:
    """The first of `variants` (longest first) that fits `width` in at most `lines_max` lines, at the first of `steps` (largest first).

    When nothing fits, the last variant at the last step comes back as it is: the tests show that no shipped sentence gets there.
    """
    for size in steps:
        for variant in variants:
            lines = _filled(variant, width, size, weight, measure)
            if lines is not None and len(lines) <= lines_max:
                return Fitted(wrapped(variant, width, size, weight, measure) or lines, size)
    return Fitted((variants[-1],), steps[-1])


def fit_longest(
    variants: Sequence[str], width: int, steps: Sequence[int], weight: Weight, measure: Measure, lines_max: int = 1
) -> Fitted | None:
    """The other way round: each variant at every step before a shorter one, where smaller words say more than fewer.

    None when nothing fits.
    """
    for variant in variants:
        for size in steps:
            lines = wrapped(variant, width, size, weight, measure) if lines_max > 1 or measure(variant, size, weight) <= width else None
            if lines is not None and len(lines) <= lines_max:
                return Fitted(lines, size)
    return None


def fit_room(
    variants: Sequence[str], width: int, height: int, steps: Sequence[int], weight: Weight, measure: Measure, lines_max: int
) -> Fitted | None:
    """Like `fit_longest`, in a height too: before a smaller step its lines stand closer. None when nothing fits."""
    for variant in variants:
        for size in steps:
            lines = _filled(variant, width, size, weight, measure)  # evenly filled ones are as many: evened only once they fit
            if lines is None or len(lines) > lines_max:
                continue
            for leading in (LEADING, TIGHT):
                if not _stands(Fitted(lines, size, leading), height):
                    continue
                even = Fitted(wrapped(variant, width, size, weight, measure) or lines, size, leading)
                return even if _stands(even, height) else Fitted(lines, size, leading)
    return None


def _stands(found: Fitted, height: int) -> bool:
    """Whether lines fit a height and keep apart."""
    return found.tall_px <= height and not _lines_meet(found)


def _lines_meet(found: Fitted) -> bool:
    """Whether accents of a line reach the tails of the one above."""
    return any(found.pitch_px < found.below_px + math.ceil(found.size_px * ink_above(line)) for line in found.lines[1:])


def wrapped(text: str, width: int, size_px: int, weight: Weight, measure: Measure) -> tuple[str, ...] | None:
    """`text` in as few lines of at most `width` as words allow, evenly filled; None if a single word is wider."""
    lines = _filled(text, width, size_px, weight, measure)
    if lines is None or len(lines) == 1:
        return lines
    for part in range(len(lines) * 10, 20 * len(lines)):  # narrower room of as many lines: from a half up to the whole, in 20ths of a line
        narrower = _filled(text, width * part // (20 * len(lines)), size_px, weight, measure)
        if narrower is not None and len(narrower) == len(lines):
            return narrower
    return lines


def _filled(text: str, width: int, size_px: int, weight: Weight, measure: Measure) -> tuple[str, ...] | None:
    """Each line filled as far as it goes."""
    lines: list[str] = []
    for word in text.split(" "):
        if measure(word, size_px, weight) > width:
            return None
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size_px, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def clipped(name: str, width: int, size_px: int, weight: Weight, measure: Measure) -> str:
    """`name` cut to `width` with an ellipsis if it must be. For what comes from outside only: no shipped sentence is ever cut."""
    if measure(name, size_px, weight) <= width:
        return name
    kept = len(name)
    while kept > 1 and measure(name[:kept].rstrip() + "…", size_px, weight) > width:
        kept -= 1
    return name[:kept].rstrip() + "…"
