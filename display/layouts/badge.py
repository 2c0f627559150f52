"""The badge of a kiosk without its hub: the same sign and words on every scene of the wide screen. Pure."""

from __future__ import annotations

from display.layouts import faces
from display.layouts.ops import Box, RoundRect, Weight
from display.layouts.sheet import Sheet
from display.words import Phrase


def badge(sheet: Sheet, phrase: Phrase, right: int, top: int, width_max: int) -> Box:
    """Draw it with its upper right corner at (right, top), no wider than `width_max`; returns where it stands."""
    palette, size = sheet.theme.palette, sheet.theme.type.floor
    height, (icon, pad) = round(size * 1.4), _icon_and_pad(size)
    text, width = _text(sheet, phrase, width_max)
    box = Box(right - width, top, width, height)
    sheet.ops.append(RoundRect(box, height // 2, palette.card))
    sheet.ops += faces.no_link(box.x + pad + icon // 2, box.centre[1], icon, palette.accent)
    sheet.line(text, box.x + pad + icon + pad // 2, box.centre[1] + round(size * 0.357), size, palette.ink, on=palette.card)
    return box


def badge_wide(sheet: Sheet, phrase: Phrase, width_max: int) -> int:
    """How wide it would be."""
    return _text(sheet, phrase, width_max)[1]


def _icon_and_pad(size: int) -> tuple[int, int]:
    """The sign's width, and the room at either end."""
    return round(size * 0.8), round(size * 0.5)


def _text(sheet: Sheet, phrase: Phrase, width_max: int) -> tuple[str, int]:
    """The longest variant that fits, and how wide the badge is with it."""
    size = sheet.theme.type.floor
    icon, pad = _icon_and_pad(size)
    around = icon + 2 * pad + pad // 2
    text = sheet.fit(phrase.variants, width_max - around, (size,)).lines[0]
    return text, sheet.measure(text, size, Weight.REGULAR) + around
