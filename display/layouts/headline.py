"""The first line of a greeting on the wide screen: the name, and beside it the tier as a small chip. Pure."""

from __future__ import annotations

from display.layouts import faces
from display.layouts.fit import Fitted, clipped, fit_longest
from display.layouts.ops import Box, RoundRect, Weight
from display.layouts.sheet import Sheet
from display.scenes import Greeting
from display.words import Words, printable

GAP = 14  # units: between the name and the tier
PAD = 0.34  # of the size: the room at either end of the chip
STAR = 0.95  # of the size: the star and its distance from the word
_STEPS = 2  # how far the name may shrink for the tier


def headline(sheet: Sheet, scene: Greeting, words: Words, left: int, baseline: int, width: int) -> None:
    """The name whole, if need be in a smaller step, then the name alone; a name nobody foresaw is cut. Behind it the tier, if it may."""
    theme, phrase = sheet.theme, words.greeting(scene.name)
    beside = tier_stands_beside(sheet, scene, words, width)
    steps = sheet.steps[:_STEPS] if beside else sheet.steps
    room = width - _taken(sheet, scene) if beside else width
    found = fit_longest(phrase.variants, room, steps, Weight.BOLD, sheet.measure)
    if found is None:
        size = theme.type.floor
        found = Fitted((clipped(phrase.short, width, size, Weight.BOLD, sheet.measure),), size)
    sheet.lines(found, left, baseline, theme.palette.ink, Weight.BOLD)
    if beside:
        x = left + sheet.measure(found.lines[0], found.size_px, Weight.BOLD) + sheet.px(GAP)
        chip(sheet, printable(scene.tier), x, baseline - round(found.size_px * 0.357))


def tier_stands_beside(sheet: Sheet, scene: Greeting, words: Words, width: int) -> bool:
    """Whether there is a tier, and room for it behind the whole greeting: in its largest step, or in the next where the balance would
    else shrink for it."""
    if not printable(scene.tier):
        return False
    large = scene.balance is not None and (scene.said is not None or not scene.options)
    steps = sheet.steps[: 1 if large else _STEPS]
    room = width - _taken(sheet, scene)
    return fit_longest((words.greeting(scene.name).full,), room, steps, Weight.BOLD, sheet.measure) is not None


def _taken(sheet: Sheet, scene: Greeting) -> int:
    """What the tier takes of the line."""
    return sheet.px(GAP) + chip_wide(sheet, printable(scene.tier))


def chip(sheet: Sheet, tier: str, x: int, middle: int) -> None:
    """A star and the tier's name on a round surface, from `x` to the right, its middle at that height. Nothing to press: no outline."""
    palette, size = sheet.theme.palette, sheet.theme.type.floor
    tall, pad = round(size * 1.4), round(size * PAD)
    sheet.ops.append(RoundRect(Box(x, middle - tall // 2, chip_wide(sheet, tier), tall), tall // 2, palette.card))
    sheet.ops += faces.star(x + pad + round(size * 0.32), middle, round(size * 0.32), palette.accent)
    sheet.line(tier, x + pad + round(size * STAR), middle + round(size * 0.357), size, palette.ink, on=palette.card)


def chip_wide(sheet: Sheet, tier: str) -> int:
    """How wide it is."""
    size = sheet.theme.type.floor
    return sheet.measure(tier, size, Weight.REGULAR) + round(size * STAR) + 2 * round(size * PAD)
