"""The four faces and the other pictograms of the colour screen, drawn from circles and curves.

Shape carries the meaning, colour only helps. Pure.
"""

from __future__ import annotations

import math

from display.contrast import contrast
from display.layouts.ops import Box, Circle, Op, Polyline, RoundRect
from display.theme import Palette
from loyalty.facts import Face

Points = tuple[tuple[float, float], ...]


def arc(x: float, y: float, radius: float, start_degrees: float, end_degrees: float, flat: float = 1.0) -> Points:
    """A piece of a circle (an ellipse, if `flat` is not 1), clockwise from 0 = right, in steps short enough to look round."""
    count = max(8, int(abs(end_degrees - start_degrees) / 6))
    angles = [math.radians(start_degrees + (end_degrees - start_degrees) * i / count) for i in range(count + 1)]
    return tuple((x + radius * math.cos(a), y + radius * flat * math.sin(a)) for a in angles)


def face(which: Face, x: int, y: int, radius: int, palette: Palette) -> list[Op]:
    """One face centred at (x, y)."""
    skin = palette.faces[which]
    line = max((palette.ground, palette.ink), key=lambda colour: contrast(colour, skin))
    r = float(radius)
    eyes: list[Op] = [Circle(round(x + side * r * 0.36), round(y - r * 0.22), max(2, round(r * 0.105)), line) for side in (-1, 1)]
    return [Circle(x, y, radius, skin), *eyes, *_mouth(which, float(x), float(y), r, line)]


def _mouth(which: Face, x: float, y: float, r: float, colour: str) -> list[Op]:
    """Open laugh, smile, slight frown, deep frown under drawn brows: told apart without any colour."""
    thick = r * 0.115
    match which:
        case Face.VERY_GOOD:
            laugh = arc(x, y + r * 0.14, r * 0.52, 0, 180, 0.92)
            return [Polyline((*laugh, laugh[0]), thick * 0.7, colour, filled=True)]
        case Face.GOOD:
            return [Polyline(arc(x, y - r * 0.02, r * 0.52, 28, 152), thick, colour)]
        case Face.BAD:
            return [Polyline(arc(x, y + r * 0.86, r * 0.58, -128, -52), thick, colour)]
        case Face.VERY_BAD:
            brows: list[Op] = [
                Polyline(((x + s * r * 0.56, y - r * 0.56), (x + s * r * 0.2, y - r * 0.42)), thick * 0.85, colour) for s in (-1, 1)
            ]
            return [Polyline(arc(x, y + r * 0.72, r * 0.46, -165, -15, 0.95), thick, colour), *brows]


def card_and_waves(box: Box, palette: Palette, lit: bool) -> list[Op]:
    """The shop's card beside a reader's waves; `lit` while a card is being read."""
    unit = box.h / 100
    waves = palette.accent if lit else palette.edge
    card = Box(box.x, round(box.y + 14 * unit), round(116 * unit), round(72 * unit))
    ops = _card(card, unit, palette.ink, palette)
    for step in range(3):
        radius = (20 + 20 * step) * unit
        ops.append(Polyline(arc(card.right + 4 * unit, box.y + 50 * unit, radius, -48, 48), 6.5 * unit, waves))
    return ops


def _card(box: Box, unit: float, colour: str, palette: Palette) -> list[Op]:
    """A card with a coloured band and the dots of a number."""
    line = max(2, round(3 * unit))
    band = Box(box.x, round(box.y + 15 * unit), box.w, round(13 * unit))
    dots: list[Op] = [
        RoundRect(Box(round(box.x + (13 + 15 * i) * unit), round(box.bottom - 22 * unit), round(9 * unit), line), line // 2, palette.ground)
        for i in range(4)
    ]
    return [RoundRect(box, round(9 * unit), colour), RoundRect(band, 0, palette.good), *dots]


def two_cards(box: Box, palette: Palette) -> list[Op]:
    """One card half over another."""
    unit = box.h / 100
    w, h = round(92 * unit), round(58 * unit)
    back = Box(box.x + round(6 * unit), box.y + round(8 * unit), w, h)
    front = Box(box.right - w - round(6 * unit), box.bottom - h - round(8 * unit), w, h)
    gap = max(3, round(5 * unit))
    halo = RoundRect(front.inset(-gap), round(9 * unit) + gap, palette.ground)
    return [*_card(back, unit * 0.8, palette.edge, palette), halo, *_card(front, unit * 0.8, palette.ink, palette)]


def again(box: Box, palette: Palette) -> list[Op]:
    """A round arrow: once more."""
    (x, y), unit = box.centre, box.h / 100
    r = 36 * unit
    end = math.radians(-62)
    tip_x, tip_y = x + r * math.cos(end), y + r * math.sin(end)
    head: Points = (
        (tip_x - 6 * unit, tip_y - 21 * unit),
        (tip_x + 19 * unit, tip_y + 3 * unit),
        (tip_x - 13 * unit, tip_y + 15 * unit),
        (tip_x - 6 * unit, tip_y - 21 * unit),
    )
    return [
        Polyline(arc(x, y, r, -20, -20 + 285), 9 * unit, palette.accent),
        Polyline(head, 3 * unit, palette.accent, filled=True),
    ]


def sign(box: Box, palette: Palette, glyph: str) -> list[Op]:
    """A disc with a drawn sign: "tick", "cross" or "pause"; for a plain thank-you "quiet" is a tick without the colour."""
    (x, y), unit = box.centre, box.h / 100
    shades = {"tick": (palette.very_good, palette.ink), "quiet": (palette.card, palette.ink), "cross": (palette.very_bad, palette.ink)}
    back, front = shades.get(glyph, (palette.card, palette.accent))
    ops: list[Op] = [Circle(x, y, round(46 * unit), back)]
    strokes: dict[str, tuple[Points, ...]] = {
        "tick": (((-20, 2), (-6, 17), (22, -15)),),
        "quiet": (((-20, 2), (-6, 17), (22, -15)),),
        "cross": (((-17, -17), (17, 17)), ((17, -17), (-17, 17))),
        "pause": (((-11, -18), (-11, 18)), ((11, -18), (11, 18))),
        "plus": (((0, -20), (0, 20)), ((-20, 0), (20, 0))),
    }
    for stroke in strokes[glyph]:
        ops.append(Polyline(tuple((x + dx * unit, y + dy * unit) for dx, dy in stroke), 9 * unit, front))
    return ops


def star(x: int, y: int, radius: int, colour: str) -> list[Op]:
    """A small star of five points centred at (x, y)."""
    rays = [(radius if i % 2 == 0 else radius * 0.45, math.radians(36 * i - 90)) for i in range(11)]
    return [Polyline(tuple((x + r * math.cos(a), y + r * math.sin(a)) for r, a in rays), 1.5, colour, filled=True)]


def no_link(x: int, y: int, size: int, colour: str) -> list[Op]:
    """Radio waves struck through: no hub. Centred at (x, y), about `size` high."""
    unit = size / 100
    foot = y + 34 * unit
    waves: list[Op] = [Polyline(arc(float(x), foot, radius * unit, -135, -45), 11 * unit, colour) for radius in (38, 70)]
    return [
        *waves,
        Circle(x, round(foot), max(2, round(9 * unit)), colour),
        Polyline(((x - 40 * unit, y - 38 * unit), (x + 40 * unit, y + 40 * unit)), 11 * unit, colour),
    ]
