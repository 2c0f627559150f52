"""The greeting on the wide screen: name, balance, what it earned today, and four faces to answer with one touch. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import time

from display.layouts import faces
from display.layouts.badge import badge, badge_wide
from display.layouts.fit import Fitted, clipped, fit_longest
from display.layouts.ops import Align, Box, HitArea, Weight
from display.layouts.sheet import Sheet
from display.scenes import Greeting, Hide, Intent, MoreTime, Rate
from display.theme import TARGET_MM_MIN
from display.words import Phrase, Words
from loyalty.facts import Face

MARGIN = 36  # units
FACES_HIGH = 196  # units: what answers to a finger, face and word together
WORD_GAP = 0.6  # between the words under two faces, of their size: more than twice a space, so that two never read as one
ORDER = (Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)


def greeting(sheet: Sheet, scene: Greeting, words: Words, offline_since: time | None) -> None:
    """Everything on one screen, the personal part on the left, what to press on the right and below."""
    right = _buttons(sheet, words)
    width = right - sheet.px(MARGIN) - sheet.theme.gap
    _name(sheet, scene, words, width)
    ask = _faces(sheet, words) - sheet.px(24)
    unknown = scene.balance is None and scene.name is None and scene.earned > 0
    line = words.how_was_it() if scene.as_of is None else words.as_of(scene.as_of, scene.waiting)
    if scene.balance is not None:
        _balance(sheet, scene.balance, scene.earned, words, width)
    elif unknown:
        _counted(sheet, words, width)
    _foot(sheet, words, offline_since, line if unknown or scene.balance is not None else None, ask)
    if scene.balance is None and not unknown:
        found = sheet.fit(words.how_was_it().variants, width, sheet.steps, lines_max=2)
        sheet.lines(found, sheet.px(MARGIN), sheet.px(146), sheet.theme.palette.soft)


def _foot(sheet: Sheet, words: Words, offline_since: time | None, phrase: Phrase | None, baseline: int) -> None:
    """The one line above the faces, and the badge at its right.

    It says how old the balance is, where that must be said, else the question that the faces answer anyway. Where it fits only as
    two bare numbers, the badge keeps but its sign and the time: a line to be understood comes first.
    """
    theme, left = sheet.theme, sheet.px(MARGIN)
    steps, room = (theme.type.small, theme.type.floor), theme.width - sheet.px(24) - left
    if offline_since is not None:
        tall = round(theme.type.floor * 1.4)
        top = baseline - round(theme.type.floor * 0.357) - tall // 2
        since, edge = words.offline_since(offline_since), theme.width - sheet.px(24)
        spent = theme.width - edge + left + theme.gap
        if phrase is not None:
            beside = theme.width - spent - badge_wide(sheet, since, theme.width // 3)
            bare = sheet.fit(phrase.variants, beside, steps).lines[0] == phrase.tiny
            since = since.shortest if bare else since
        room = badge(sheet, since, edge, top, theme.width // 3).x - left - theme.gap
    if phrase is not None:
        sheet.lines(sheet.fit(phrase.variants, room, steps), left, baseline, theme.palette.soft)


def _counted(sheet: Sheet, words: Words, width: int) -> None:
    """A card never seen, and no hub to ask: in the place of the balance, that the visit counts all the same."""
    theme = sheet.theme
    steps, phrase = (theme.type.body, theme.type.small, theme.type.floor), words.visit_counts()
    found = fit_longest(phrase.variants, width, steps, Weight.REGULAR, sheet.measure, 2) or sheet.fit(phrase.variants, width, steps)
    sheet.lines(found, sheet.px(MARGIN), sheet.px(131), theme.palette.accent)


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
    if earned:  # without "today": beside a balance of five digits there is no room for it, and it must not come and go
        found = sheet.fit((words.earned(earned).short,), left + width - x, (theme.type.small, theme.type.floor), Weight.BOLD)
        sheet.lines(found, x, baseline - round(theme.type.body * 1.35), theme.palette.accent, Weight.BOLD)


def _faces(sheet: Sheet, words: Words) -> int:
    """Four faces with a word under each, the best on the left; returns the top of what answers to a finger."""
    theme = sheet.theme
    tall = max(theme.target, sheet.px(FACES_HIGH))
    top = theme.height - sheet.px(6) - tall
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
