"""Small pictures for the one-bit screen, drawn pixel by pixel where curves would be mush. Pure."""

from __future__ import annotations

from display.layouts.ops import Box, Circle, Op, Polyline, Rect, RoundRect
from loyalty.facts import Face

ON, OFF = "#ffffff", "#000000"

# Columns and rows of the mouth from the middle of the face, and the brows of the worst one.
_MOUTHS: dict[Face, tuple[tuple[tuple[float, float], ...], ...]] = {
    Face.VERY_GOOD: (((-4, 1), (3, 1)), ((-4, 2), (3, 2)), ((-3, 3), (2, 3)), ((-2, 4), (1, 4))),
    Face.GOOD: (((-4, 1), (-4, 1)), ((-3, 2), (-2, 3), (1, 3), (2, 2)), ((3, 1), (3, 1))),
    Face.BAD: (((-3, 3), (-2, 2), (1, 2), (2, 3)),),
    Face.VERY_BAD: (((-4, 4), (-3, 3), (-2, 2), (1, 2), (2, 3), (3, 4)), ((-5, -4), (-3, -3)), ((4, -4), (2, -3))),
}


def face(which: Face, x: int, y: int) -> list[Op]:
    """A face of 15 rows whose middle is (x, y)."""
    ops: list[Op] = [Circle(x, y, 8, ON), Circle(x, y, 7, OFF)]
    ops += [Rect(Box(x + dx, y - 2, 2, 2), ON) for dx in (-4, 2)]
    for stroke in _MOUTHS[which]:
        ops.append(Polyline(tuple((x + dx, y + dy) for dx, dy in stroke), 1, ON))
    return ops


def no_link(x: int, y: int) -> list[Op]:
    """Two waves struck through, 13 rows high, the middle at (x, y)."""
    return [
        Polyline(((x - 6, y - 2), (x - 3, y - 5), (x + 2, y - 5), (x + 5, y - 2)), 1, ON),
        Polyline(((x - 3, y + 1), (x - 1, y - 1), (x, y - 1), (x + 2, y + 1)), 1, ON),
        Rect(Box(x - 1, y + 4, 2, 2), ON),
        Polyline(((x - 6, y - 6), (x + 6, y + 6)), 2, ON),
    ]


def card_and_waves(x: int, y: int) -> list[Op]:
    """A card beside a reader's waves, 60 columns from `x`, in the middle of the height `y`."""
    card = Box(x, y - 13, 38, 26)
    ops: list[Op] = [RoundRect(card, 3, ON), Rect(Box(x + 1, y - 7, 36, 5), OFF), Rect(Box(x + 4, y + 6, 14, 2), OFF)]
    for step in range(3):
        bow, reach = 44 + 6 * step, 5 + 5 * step
        ops.append(
            Polyline(((x + bow, y - reach), (x + bow + 2, y - reach // 2), (x + bow + 2, y + reach // 2), (x + bow, y + reach)), 2, ON)
        )
    return ops
