"""The greeting on the wide screen with something said in it, or with a way to the menu: name, balance in one line, what is said, faces.

What is said gets the room, the balance is as large as that leaves it. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import time

from display.layouts import faces
from display.layouts.fit import Fitted, clipped, fit_longest, fit_room
from display.layouts.headline import chip, chip_wide, headline, tier_stands_beside
from display.layouts.ops import INK_BELOW, Align, Box, RoundRect, Weight
from display.layouts.sheet import Sheet
from display.layouts.touch import FACES_LOW, buttons, face_row
from display.scenes import Greeting
from display.words import Phrase, Words, printable

MARGIN = 36  # units
NAME_BASELINE = 66  # units
DENSE_BASELINE = 46  # units: of name and balance in one line
GAP = 10  # units: between two blocks
BALANCE_PART = 0.55  # of such a line: the most that number and unit take; with less room for the name, the number stands alone
BAR = 20  # units: from the bar beside what is said to its words
FEW = 2  # lines: with more of them, smaller words are easier to read than larger ones
LINES_MAX = 6  # more than the floor of type leaves room for


@dataclass(frozen=True, slots=True)
class _Column:
    """The room between the buttons on the right, the name above and the faces below."""

    left: int
    width: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was found to fit: the size of the balance, whether it shares the name's line, and the lines below it."""

    number_px: int
    dense: bool
    main: Fitted
    second: Fitted | None


def greeting_said(sheet: Sheet, scene: Greeting, words: Words, offline_since: time | None) -> None:
    """Everything on one screen: what is personal on the left, what to press on the right and below."""
    left = sheet.px(MARGIN)
    width = buttons(sheet, words, scene.options) - left - sheet.theme.gap
    bottom = face_row(sheet, words, FACES_LOW) - sheet.px(GAP)
    top = sheet.px(NAME_BASELINE) + math.ceil(sheet.theme.type.title * INK_BELOW)
    column = _Column(left, width, top, bottom)
    column = replace(column, bottom=_foot(sheet, scene, words, offline_since, column))
    plan = _planned(sheet, scene, words, column)
    if plan.dense:
        _one_line(sheet, scene, words, column)
    else:
        headline(sheet, scene, words, left, sheet.px(NAME_BASELINE), width)
        if scene.balance is not None:
            _balance(sheet, scene, words, column, plan.number_px)
    _said(sheet, scene, column, plan)


def _phrases(scene: Greeting, words: Words) -> tuple[Phrase, Phrase | None]:
    """What is said, and what may stand below it. A card never seen is always told that its visit counts."""
    unknown = scene.balance is None and scene.name is None and scene.earned > 0
    said = [words.visit_counts()] if unknown else []
    said = [*(words.said(one) for one in (scene.said, scene.second) if one is not None), *said]
    return (said[0], said[1] if len(said) > 1 else None) if said else (words.how_was_it(), None)


def _foot(sheet: Sheet, scene: Greeting, words: Words, offline_since: time | None, column: _Column) -> int:
    """How old the balance is, or since when there is no hub, with the sign for it: right above the faces. Returns its top."""
    if scene.as_of is not None:
        phrase = words.as_of(scene.as_of, scene.waiting)
    elif offline_since is not None:
        phrase = words.offline_since(offline_since)
    else:
        return column.bottom
    size, palette = sheet.theme.type.floor, sheet.theme.palette
    baseline, x = column.bottom - math.ceil(size * INK_BELOW), column.left
    if offline_since is not None:
        icon = round(size * 0.8)
        sheet.ops += faces.no_link(x + icon // 2, baseline - round(size * 0.357), icon, palette.accent)
        x += round(size * 1.1)
    found = sheet.fit(phrase.variants, column.left + column.width - x, (size,))
    sheet.lines(found, x, baseline, palette.soft)
    return baseline - found.above_px - sheet.px(GAP)


def _planned(sheet: Sheet, scene: Greeting, words: Words, column: _Column) -> _Plan:
    """The longest variant first, with the second line rather than without, the balance as large as it then can be.

    What is longest, such as a person's note, is given the line of the balance too before it is said shorter.
    """
    floor = sheet.theme.type.floor
    width, (main, second) = column.width - sheet.px(BAR), _phrases(scene, words)
    below = fit_longest(second.variants, width, (floor,), Weight.REGULAR, sheet.measure, 2) if second is not None else None
    sizes = _sizes(sheet, scene, words, column.width)
    ways: list[tuple[int, bool, Fitted | None]] = [
        (size, False, extra) for extra in ([below] if below is not None else []) for size in sizes
    ]
    ways += [(size, False, None) for size in sizes]
    if scene.balance is not None:
        ways.append((floor, True, None))
    for variant in main.variants:
        for size, dense, extra in ways:
            found = _fit(sheet, scene, variant, column, _Plan(size, dense, Fitted(("",), floor), extra))
            if found is not None:
                return _Plan(size, dense, found, extra)
    return _Plan(sizes[-1], False, sheet.fit(main.variants, width, (floor,)), None)


def _fit(sheet: Sheet, scene: Greeting, text: str, column: _Column, plan: _Plan) -> Fitted | None:
    """`text` in the room that such a plan leaves it; never larger than the balance."""
    kind, second = sheet.theme.type, plan.second
    room = column.bottom - _block_top(sheet, scene, column, plan) - (second.tall_px + sheet.px(GAP) if second is not None else 0)
    steps = [step for step in (kind.body, kind.small, kind.floor) if step <= plan.number_px or scene.balance is None]
    width = column.width - sheet.px(BAR)
    few = fit_room((text,), width, room, steps, Weight.REGULAR, sheet.measure, FEW)
    return few or fit_room((text,), width, room, steps[-1:], Weight.REGULAR, sheet.measure, LINES_MAX)


def _sizes(sheet: Sheet, scene: Greeting, words: Words, width: int) -> list[int]:
    """Sizes for the balance, the largest first: at which all of its line fits, else all but the tier, else the smallest alone."""
    kind = sheet.theme.type
    sizes = [round(kind.huge * part) for part in (1, 0.64)] if scene.said is None else [round(kind.huge * 0.64)]
    sizes = [size for size in (*sizes, kind.title, kind.body, kind.floor) if size >= kind.floor]
    tier = _tier_width(sheet, scene, words, width)
    ends = [(size, _ends(sheet, scene, words, size)[-1]) for size in sizes]
    roomy = [size for size, end in ends if end + tier <= width and size >= kind.body]
    return roomy or [size for size, end in ends if end <= width] or sizes[-1:]


def _tier_width(sheet: Sheet, scene: Greeting, words: Words, width: int) -> int:
    """What the tier takes of the balance's line: nothing if there is none, or if it stands beside the name."""
    tier = printable(scene.tier)
    beside = not tier or scene.balance is None or tier_stands_beside(sheet, scene, words, width)
    return 0 if beside else chip_wide(sheet, tier) + sheet.px(20)


def _pieces(sheet: Sheet, scene: Greeting, words: Words, size: int) -> list[tuple[str, int, Weight, str]]:
    """Number, unit, and what was earned: text, size, weight and colour of each."""
    palette, kind, balance = sheet.theme.palette, sheet.theme.type, scene.balance or 0
    found = [
        (words.number(balance), size, Weight.BOLD, palette.ink),
        (words.points(balance), min(kind.body, size), Weight.REGULAR, palette.soft),
    ]
    if scene.earned:
        found.append((words.earned(scene.earned).short, min(kind.body, size), Weight.BOLD, palette.accent))
    return found


def _ends(sheet: Sheet, scene: Greeting, words: Words, size: int) -> list[int]:
    """Where each of the pieces ends, from the left edge."""
    ends: list[int] = []
    for text, tall, weight, _ in _pieces(sheet, scene, words, size):
        ends.append((ends[-1] + sheet.px(16) if ends else 0) + sheet.measure(text, tall, weight))
    return ends


def _baseline(sheet: Sheet, column: _Column, size: int) -> int:
    """The balance's: its digits clear of the name's tails, its unit too."""
    return column.top + sheet.px(GAP) + math.ceil(max(size * 0.74, min(size, sheet.theme.type.body) * 0.8))


def _block_top(sheet: Sheet, scene: Greeting, column: _Column, plan: _Plan) -> int:
    """Where what is said may begin, below such a balance."""
    if plan.dense:
        return sheet.px(DENSE_BASELINE) + math.ceil(sheet.theme.type.body * INK_BELOW) + sheet.px(GAP)
    if scene.balance is None:
        return column.top + sheet.px(GAP)
    return _baseline(sheet, column, plan.number_px) + math.ceil(min(plan.number_px, sheet.theme.type.body) * INK_BELOW) + sheet.px(GAP)


def _balance(sheet: Sheet, scene: Greeting, words: Words, column: _Column, size: int) -> None:
    """One line: the number, and as much of unit and earned points as fits; behind them the tier, where the name left it no room."""
    baseline, end = _baseline(sheet, column, size), 0
    for (text, tall, weight, colour), to in zip(_pieces(sheet, scene, words, size), _ends(sheet, scene, words, size), strict=True):
        if to <= column.width or not end:
            sheet.line(text, column.left + to - sheet.measure(text, tall, weight), baseline, tall, colour, weight)
            end = to
    tier = _tier_width(sheet, scene, words, column.width)
    if tier and end + tier <= column.width:
        chip(sheet, printable(scene.tier), column.left + end + sheet.px(20), baseline - round(sheet.theme.type.body * 0.33))


def _one_line(sheet: Sheet, scene: Greeting, words: Words, column: _Column) -> None:
    """Name and balance in one line, where something long is said: the name may be cut for it, the number never."""
    kind, palette, baseline = sheet.theme.type, sheet.theme.palette, sheet.px(DENSE_BASELINE)
    greeting, count = words.greeting(scene.name), scene.balance or 0
    balance = sheet.fit((words.balance(count), words.number(count)), round(column.width * BALANCE_PART), (kind.floor,), Weight.BOLD).lines[
        0
    ]
    room = column.width - sheet.measure(balance, kind.floor, Weight.BOLD) - sheet.px(24)
    name = fit_longest(greeting.variants, room, (kind.body, kind.small, kind.floor), Weight.BOLD, sheet.measure)
    if name is None:
        name = Fitted((clipped(greeting.short, room, kind.floor, Weight.BOLD, sheet.measure),), kind.floor)
    sheet.lines(name, column.left, baseline, palette.ink, Weight.BOLD)
    sheet.line(balance, column.left + column.width, baseline, kind.floor, palette.soft, Weight.BOLD, Align.RIGHT)


def _said(sheet: Sheet, scene: Greeting, column: _Column, plan: _Plan) -> None:
    """What is said, in the middle of its room, a bar beside it; the question alone has none."""
    palette, gap = sheet.theme.palette, sheet.px(GAP)
    top, main, second = _block_top(sheet, scene, column, plan), plan.main, plan.second
    tall = main.tall_px + (gap + second.tall_px if second is not None else 0)
    y = top + max(0, min(sheet.px(24), (column.bottom - top - tall) // 2))
    plain = scene.said is None
    x = column.left + (0 if plain else sheet.px(BAR))
    if not plain:
        sheet.ops.append(RoundRect(Box(column.left, y, sheet.px(6), main.tall_px), sheet.px(3), palette.accent))
    sheet.lines(main, x, y + main.above_px, palette.soft if plain else palette.ink)
    if second is not None:
        sheet.lines(second, x, y + main.tall_px + gap + second.above_px, palette.soft)
