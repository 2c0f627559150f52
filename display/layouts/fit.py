"""Fitting words into room: the full sentence, then a shorter one, then a smaller step of type; never below the legible floor.

Only names may end in an ellipsis; a number is shown whole or the layout is another one. Pure: widths come from the painter's measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from display.layouts.ops import Measure, Weight


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines that were found to fit, and the size they fit at."""

    lines: tuple[str, ...]
    size_px: int


def fit(variants: Sequence[str], width: int, steps: Sequence[int], weight: Weight, measure: Measure, lines_max: int = 1) -> Fitted:
    """The first of `variants` (longest first) that fits `width` in at most `lines_max` lines, at the first of `steps` (largest first).

    When nothing fits, the last variant at the last step comes back as it is: the tests show that no shipped sentence gets there.
    """
    for size in steps:
        for variant in variants:
            lines = wrapped(variant, width, size, weight, measure)
            if lines is not None and len(lines) <= lines_max:
                return Fitted(lines, size)
    return Fitted((variants[-1],), steps[-1])


def fit_longest(variants: Sequence[str], width: int, steps: Sequence[int], weight: Weight, measure: Measure) -> Fitted | None:
    """One line, the other way round: each variant at every step before a shorter one, where a smaller line says more than a shorter one.

    None when nothing fits.
    """
    for variant in variants:
        for size in steps:
            if measure(variant, size, weight) <= width:
                return Fitted((variant,), size)
    return None


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
    """`name` cut to `width` with an ellipsis if it must be. For names only."""
    if measure(name, size_px, weight) <= width:
        return name
    kept = len(name)
    while kept > 1 and measure(name[:kept].rstrip() + "…", size_px, weight) > width:
        kept -= 1
    return name[:kept].rstrip() + "…"
