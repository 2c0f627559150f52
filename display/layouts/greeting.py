"""The greeting on the wide screen: name, balance, what it earned today, and four faces to answer with one touch. Pure."""

from __future__ import annotations

import math
from datetime import time

from display.layouts import faces
from display.layouts.badge import badge
from display.layouts.fit import Fitted, clipped, fit_longest
from display.layouts.ops import Align, Box, HitArea, Weight
from display.layouts.sheet import Sheet
from display.scenes import Greeting, Hide, Intent, MoreTime, Rate
from display.theme import TARGET_MM_MIN
from display.words import Words
from loyalty.facts import Face

MARGIN = 36  # units
FACES_HIGH = 196  # units: what answers to a finger, face and word together
ORDER = (Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)


def greeting(sheet: Sheet, scene: Greeting, words: Words, offline_since: time | None) -> None:
    """Everything on one screen, the personal part on the left, what to press on the right and below."""
    right = _buttons(sheet, words)
    width = right - sheet.px(MARGIN) - sheet.theme.gap
    _name(sheet, scene, words, width)
    ask = _faces(sheet, words) - sheet.px(24)
    room = sheet.theme.width - sheet.px(24) - sheet.px(MARGIN)
    if offline_since is not None:
        tall = round(sheet.theme.type.floor * 1.4)
        top = ask - round(sheet.theme.type.floor * 0.357) - tall // 2
        edge = sheet.theme.width - sheet.px(24)
        room = badge(sheet, words.offline_since(offline_since), edge, top, sheet.theme.width // 3).x - sheet.px(MARGIN) - sheet.theme.gap
    if scene.balance is None:
        found = sheet.fit(words.how_was_it().variants, width, sheet.steps, lines_max=2)
        sheet.lines(found, sheet.px(MARGIN), sheet.px(146), sheet.theme.palette.soft)
        return
    _balance(sheet, scene.balance, scene.earned, words, width)
    # One line is left above the faces: how old the number is, where that must be said, else the question that the faces answer anyway.
    phrase = words.how_was_it() if scene.as_of is None else words.as_of(scene.as_of, scene.waiting)
    found = sheet.fit(phrase.variants, room, (sheet.theme.type.small, sheet.theme.type.floor))
    sheet.lines(found, sheet.px(MARGIN), ask, sheet.theme.palette.soft)


def _buttons(sheet: Sheet, words: Words) -> int:
    """ "Longer" and "hide", one above the other in the upper right corner; returns their left edge."""
    theme = sheet.theme
    labels: tuple[tuple[str, Intent], ...] = ((words.more_time(), MoreTime()), (words.hide(), Hide()))
    text = max(sheet.measure(label, theme.type.small, Weight.REGULAR) for label, _ in labels)
    wide, tall = max(sheet.px(160), text + sheet.px(40)), max(math.ceil(theme.px_per_mm * TARGET_MM_MIN), sheet.px(84))
    drawn = max(sheet.px(68), round(theme.type.small * 1.7))
    left = theme.width - sheet.px(24) - wide
    for row, (label, intent) in enumerate(labels):
        hit = Box(left, sheet.px(8) + row * (tall + theme.gap), wide, tall)
        sheet.button((label,), Box(left, hit.y + (tall - drawn) // 2, wide, drawn), hit, intent, radius=drawn // 2)
    return left


def _name(sheet: Sheet, scene: Greeting, words: Words, width: int) -> None:
    """The first line: whole, if need be in a smaller step, then the name alone; a name nobody foresaw is cut."""
    phrase = words.greeting(scene.name)
    found = fit_longest(phrase.variants, width, sheet.steps, Weight.BOLD, sheet.measure)
    if found is None:
        size = sheet.theme.type.floor
        found = Fitted((clipped(phrase.short, width, size, Weight.BOLD, sheet.measure),), size)
    sheet.lines(found, sheet.px(MARGIN), sheet.px(70), sheet.theme.palette.ink, Weight.BOLD)


def _balance(sheet: Sheet, balance: int, earned: int, words: Words, width: int) -> None:
    """The number as large as it can be, its unit beside it, and above the unit what was earned; a very long number stands alone."""
    theme, left, baseline = sheet.theme, sheet.px(MARGIN), sheet.px(190)
    number, unit = words.number(balance), words.points(balance)
    gap = sheet.px(20)
    beside = sheet.measure(unit, theme.type.body, Weight.REGULAR) + gap
    huge = theme.type.huge
    sizes = [size for size in (huge, round(huge * 0.8), round(huge * 0.64), theme.type.title) if size >= theme.type.floor]
    size = next((s for s in sizes if sheet.measure(number, s, Weight.BOLD) + beside <= width), sizes[-1])
    x = left + sheet.line(number, left - round(size * 0.04), baseline, size, theme.palette.ink, Weight.BOLD) + gap
    if x - gap + beside > left + width:
        return
    sheet.line(unit, x, baseline, theme.type.body, theme.palette.soft)
    if earned:
        found = sheet.fit(words.earned(earned).variants, left + width - x, (theme.type.small, theme.type.floor), Weight.BOLD)
        sheet.lines(found, x, baseline - round(theme.type.body * 1.35), theme.palette.accent, Weight.BOLD)


def _faces(sheet: Sheet, words: Words) -> int:
    """Four faces with a word under each, the best on the left; returns the top of what answers to a finger."""
    theme, side = sheet.theme, sheet.px(20)
    tall = max(theme.target, sheet.px(FACES_HIGH))
    top = theme.height - sheet.px(6) - tall
    column = (theme.width - 2 * side - 3 * theme.gap) // 4
    size = theme.type.small
    baseline = top + tall - sheet.px(22)
    radius = (baseline - round(size * 0.75) - sheet.px(14) - (top + sheet.px(8))) // 2
    for place, which in enumerate(ORDER):
        hit = Box(side + place * (column + theme.gap), top, column, tall)
        x = hit.centre[0]
        sheet.ops += faces.face(which, x, top + sheet.px(8) + radius, radius, theme.palette)
        found = sheet.fit((words.face(which),), column, (size, theme.type.floor))
        sheet.lines(found, x, baseline, theme.palette.ink, align=Align.CENTRE)
        sheet.ops.append(HitArea(hit, Rate(which)))
    return top
