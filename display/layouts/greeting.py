"""The greeting on the wide screen: name, balance, what it earned today, and four faces to answer with one touch. Pure."""

from __future__ import annotations

from datetime import time

from display.layouts.badge import badge, badge_wide
from display.layouts.fit import fit_longest
from display.layouts.headline import chip, chip_wide, headline, tier_stands_beside
from display.layouts.ops import Weight
from display.layouts.sheet import Sheet
from display.layouts.touch import buttons, face_row
from display.scenes import Greeting
from display.words import Phrase, Words, printable

MARGIN = 36  # units


def greeting(sheet: Sheet, scene: Greeting, words: Words, offline_since: time | None) -> None:
    """Everything on one screen, the personal part on the left, what to press on the right and below."""
    right = buttons(sheet, words)
    width = right - sheet.px(MARGIN) - sheet.theme.gap
    headline(sheet, scene, words, sheet.px(MARGIN), sheet.px(70), width)
    tier = "" if tier_stands_beside(sheet, scene, words, width) else printable(scene.tier)
    ask = face_row(sheet, words) - sheet.px(24)
    unknown = scene.balance is None and scene.name is None and scene.earned > 0
    line = words.how_was_it() if scene.as_of is None else words.as_of(scene.as_of, scene.waiting)
    if scene.balance is not None:
        _balance(sheet, scene.balance, scene.earned, words, width, tier)
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


def _balance(sheet: Sheet, balance: int, earned: int, words: Words, width: int, tier: str) -> None:
    """The number as large as it can be, its unit beside it, and above the unit what was earned; a very long number stands alone.

    The tier, if the name left it no room, stands behind what was earned where there is room.
    """
    theme, left, baseline = sheet.theme, sheet.px(MARGIN), sheet.px(190)
    number, unit = words.number(balance), words.points(balance)
    gap = sheet.px(20)
    beside = sheet.measure(unit, theme.type.body, Weight.REGULAR) + gap
    huge = theme.type.huge
    sizes = [size for size in (huge, round(huge * 0.8), round(huge * 0.64), theme.type.title) if size >= theme.type.floor]
    above = _above_the_unit(sheet, earned, words, tier)
    fitting = [s for s in sizes if sheet.measure(number, s, Weight.BOLD) + beside <= width]
    roomy = [s for s in fitting if s > theme.type.title and sheet.measure(number, s, Weight.BOLD) + gap + above <= width]
    size = (roomy or fitting or sizes[-1:])[0]
    x = left + sheet.line(number, left - round(size * 0.04), baseline, size, theme.palette.ink, Weight.BOLD) + gap
    if x - gap + beside > left + width:
        return
    sheet.line(unit, x, baseline, theme.type.body, theme.palette.soft)
    upper = baseline - round(theme.type.body * 1.35)
    if earned:  # without "today": beside a balance of five digits there is no room for it, and it must not come and go
        found = sheet.fit((words.earned(earned).short,), left + width - x, (theme.type.small, theme.type.floor), Weight.BOLD)
        sheet.lines(found, x, upper, theme.palette.accent, Weight.BOLD)
        x += sheet.measure(found.lines[0], found.size_px, Weight.BOLD) + gap
    if tier and x + chip_wide(sheet, tier) <= left + width:
        chip(sheet, tier, x, upper - round(theme.type.small * 0.357))


def _above_the_unit(sheet: Sheet, earned: int, words: Words, tier: str) -> int:
    """How wide the line above the unit is: what was earned, and the tier if it has to stand there."""
    found = sheet.measure(words.earned(earned).short, sheet.theme.type.small, Weight.BOLD) + sheet.px(20) if earned else 0
    return found + chip_wide(sheet, tier) if tier else 0
