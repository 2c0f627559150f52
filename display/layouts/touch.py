"""What a finger finds on the greeting: the buttons in the upper right corner, and the four faces with their words. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from display.layouts import faces
from display.layouts.ops import Align, Box, HitArea, Weight
from display.layouts.sheet import Sheet
from display.scenes import Hide, Intent, MoreTime, OpenMenu, Rate
from display.theme import TARGET_MM_MIN, Theme
from display.words import Words
from loyalty.facts import Face

FACES_HIGH = 196  # units: what answers to a finger, face and word together
FACES_LOW = 166  # units: the same where there is more to read above: faces of 18 mm on a 7 inch screen
WORD_GAP = 0.6  # between the words under two faces, of their size: more than twice a space, so that two never read as one
ORDER = (Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)


def buttons(sheet: Sheet, words: Words, options: bool = False) -> int:
    """ "Longer" and "hide", and "options" if so, one above the other in the upper right corner; returns their left edge.

    Where three do not fit above the faces, on the smallest screens, "longer" makes room.
    """
    theme = sheet.theme
    labels: list[tuple[str, Intent]] = [(words.more_time(), MoreTime()), (words.hide(), Hide())]
    if options:
        labels.append((words.options(), OpenMenu()))
    text = max(sheet.measure(label, theme.type.small, Weight.REGULAR) for label, _ in labels)
    wide, tall = max(sheet.px(160), text + sheet.px(40)), max(math.ceil(theme.px_per_mm * TARGET_MM_MIN), sheet.px(84))
    if sheet.px(8) + len(labels) * (tall + theme.gap) > face_row_top(theme, FACES_LOW if options else FACES_HIGH):
        del labels[0]
    drawn = max(sheet.px(68), round(theme.type.small * 1.7))
    left = theme.width - sheet.px(24) - wide
    for row, (label, intent) in enumerate(labels):
        hit = Box(left, sheet.px(8) + row * (tall + theme.gap), wide, tall)
        sheet.button((label,), Box(left, hit.y + (tall - drawn) // 2, wide, drawn), hit, intent, radius=drawn // 2)
    return left


def face_row_top(theme: Theme, units: int) -> int:
    """The top of what answers to a finger."""
    return theme.height - theme.scaled(6) - max(theme.target, theme.scaled(units))


def face_row(sheet: Sheet, words: Words, units: int = FACES_HIGH) -> int:
    """Four faces with a word under each, the best on the left, so many units high; returns the top of what answers to a finger."""
    theme = sheet.theme
    top, tall = face_row_top(theme, units), max(theme.target, sheet.px(units))
    size, columns = _columns(sheet, [words.face(which) for which in ORDER])
    baseline = top + tall - sheet.px(22)
    radius = (baseline - round(size * 0.75) - sheet.px(14) - (top + sheet.px(8))) // 2
    for which, (left, wide) in zip(ORDER, columns, strict=True):
        hit = Box(left, top, wide, tall)
        x = hit.centre[0]
        sheet.ops += faces.face(which, x, top + sheet.px(8) + radius, radius, theme.palette)
        sheet.line(words.face(which), x, baseline, size, theme.palette.ink, align=Align.CENTRE)
        sheet.ops.append(HitArea(hit, Rate(which)))
    return top


def _columns(sheet: Sheet, said: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
    """One size for the words under the faces, and the left edge and width of each column.

    The columns are equal if every word leaves its neighbours `WORD_GAP` of its size. Where even the floor is too wide for that, they
    are as unequal as the words: the room that is left is shared out evenly.
    """
    theme, side = sheet.theme, sheet.px(20)
    room = theme.width - 2 * side - (len(said) - 1) * theme.gap
    equal = room // len(said)
    for size in (theme.type.small, theme.type.floor):
        apart = max(0, round(size * WORD_GAP) - theme.gap)
        widths = [sheet.measure(word, size, Weight.REGULAR) for word in said]
        if max(widths) + apart <= equal:
            return size, [(side + place * (equal + theme.gap), equal) for place in range(len(said))]
    spare = (room - sum(widths)) // len(said)
    wide = [max(theme.target, width + spare) for width in widths]
    return size, [(side + sum(wide[:place]) + place * theme.gap, wide[place]) for place in range(len(said))]
