"""One sheet for everything that asks with a few large buttons on the wide screen: a sentence above, choices below, a way out beside it.

Reasons, the one question, the menu, rewards, yes and no are all drawn by it, so that a finger finds them alike. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from display.layouts.fit import Fitted, fit_longest, fit_room
from display.layouts.ops import Align, Box, HitArea, RoundRect, Weight
from display.layouts.sheet import INK_MARGIN, Sheet, centred_baseline
from display.scenes import Hide, Intent
from display.theme import TARGET_MM_MIN
from display.words import Phrase

MARGIN = 28  # units
COLUMNS = 2
LABEL_LINES_MAX = 4  # more than a button has room for
TITLE_TOP = 10  # units: above a title of several lines, and the least below it
TITLE_LINES = 3  # large words first, but not so large that they need more
TITLE_LINES_MAX = 6  # more than the floor of type leaves room for
COLUMN_LINES = 3  # so many short lines beside a button are a column to read down
AIR = 26  # units: between two buttons a title has so much more room than its lines


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: its words, the longest first, and what it means. `price`: a second line; `dim`: it cannot be had yet."""

    label: Sequence[str]
    intent: Intent
    price: Sequence[str] = ()
    dim: bool = False


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the buttons stand: how many beside each other, how large, and the top of the first row."""

    columns: int
    wide: int
    tall: int
    top: int


@dataclass(frozen=True, slots=True)
class _Title:
    """The title's lines; `top`: where their room begins, 0 beside the way out."""

    lines: Fitted
    top: int = 0


def choice_sheet(sheet: Sheet, title: Phrase, choices: Sequence[Choice], away: str, rows_least: int = 3, lines_max: int = 1) -> None:
    """The choices in columns from the foot upwards, as tall as if there were at least `rows_least` rows.

    The title above them takes at most `lines_max` lines; for a long one the buttons get as low as they may be, then narrower. `away`:
    the button that leads away without an answer, in the upper right corner, where "longer" stood on the greeting; "" for none. A title
    that would be a narrow column beside it stands below it.
    """
    theme, margin = sheet.theme, sheet.px(MARGIN)
    right = theme.width - margin - (_away_wide(sheet, away) + margin if away else 0)
    grid, placed = _arranged(sheet, title, len(choices), right - margin, rows_least, lines_max)
    lines = placed.lines
    _buttons(sheet, choices, grid)
    head = placed.top or _head(sheet, grid)
    if away:
        away_button(sheet, away, head)
    first = head // 2 + sheet.px(6) + centred_baseline(lines)
    if placed.top or len(lines.lines) > 1:
        spare = _room(sheet, grid, placed.top) - lines.tall_px
        lift = spare // 2 if placed.top else min(sheet.px(14), spare // 2)
        first = placed.top + sheet.px(TITLE_TOP) + lift + lines.above_px
    sheet.lines(lines, margin, first, theme.palette.ink, Weight.BOLD)


def _arranged(sheet: Sheet, title: Phrase, count: int, width: int, rows_least: int, lines_max: int) -> tuple[_Grid, _Title]:
    """The first arrangement in which the title fits; in the last one a question of the shop that is too long yet is cut."""
    grid = _grid(sheet, count, COLUMNS, rows_least)
    if lines_max == 1:
        found = fit_longest(title.variants, width, sheet.steps, Weight.BOLD, sheet.measure)
        return grid, _Title(found or sheet.fit(title.variants, width, sheet.steps))
    ways = [grid, _grid(sheet, count, COLUMNS, 0)]
    if count > 2 * COLUMNS:
        ways.append(_grid(sheet, count, COLUMNS + 1, 0))
    for steps, most in ((sheet.steps[:2], TITLE_LINES), (sheet.steps, lines_max)):
        for way in ways:
            placed = _placed(sheet, title.full, way, width, steps, most)
            if placed is not None:
                return way, placed
    cut = sheet.fit_or_cut(title.variants, width, _room(sheet, ways[-1]), sheet.steps, lines_max, Weight.BOLD)
    return ways[-1], _Title(cut)


def _placed(sheet: Sheet, title: str, way: _Grid, width: int, steps: Sequence[int], most: int) -> _Title | None:
    """The title beside the way out, `width` pixels wide, or below it in the whole width where that needs fewer lines than a column of
    three, in letters no smaller. None where it fits in neither.
    """
    whole, top = sheet.theme.width - 2 * sheet.px(MARGIN), head_least(sheet)
    beside = fit_room((title,), width, _room(sheet, way), steps, Weight.BOLD, sheet.measure, most)
    if beside is not None and len(beside.lines) < COLUMN_LINES:
        return _Title(beside)
    below = fit_room((title,), whole, _room(sheet, way, top) - sheet.px(AIR), steps, Weight.BOLD, sheet.measure, most)
    if below is not None and (beside is None or (below.size_px >= beside.size_px and len(below.lines) < len(beside.lines))):
        return _Title(below, top)
    return None if beside is None else _Title(beside)


def _room(sheet: Sheet, grid: _Grid, top: int = 0) -> int:
    """How high a title may be between `top` and the buttons."""
    return grid.top - top - sheet.px(2 * TITLE_TOP)


def _head(sheet: Sheet, grid: _Grid) -> int:
    """How high the way out is beside a title."""
    return min(grid.top - sheet.theme.gap, sheet.px(110))


def _grid(sheet: Sheet, count: int, columns: int, rows_least: int) -> _Grid:
    """So many buttons in so many columns; with 0 as `rows_least` no taller than a target."""
    theme, margin, foot = sheet.theme, sheet.px(MARGIN), sheet.px(18)
    rows = max(1, -(-count // columns))
    as_if, tall = max(rows, rows_least), theme.target
    if rows_least:
        tall = max(tall, (theme.height - head_least(sheet) - theme.gap - foot - (as_if - 1) * theme.gap) // as_if)
    wide = (theme.width - 2 * margin - (columns - 1) * theme.gap) // columns
    return _Grid(columns, wide, tall, theme.height - foot - rows * tall - (rows - 1) * theme.gap)


def _away_wide(sheet: Sheet, label: str) -> int:
    """How wide the way out is."""
    return max(sheet.px(160), sheet.measure(label, sheet.theme.type.small, Weight.REGULAR) + sheet.px(40))


def away_button(sheet: Sheet, label: str, head: int) -> None:
    """The way out, in the upper right corner, `head` pixels high."""
    theme, wide = sheet.theme, _away_wide(sheet, label)
    hit = Box(theme.width - sheet.px(MARGIN) - wide, 0, wide, head)
    sheet.button((label,), Box(hit.x, sheet.px(14), hit.w, head - sheet.px(16)), hit, Hide())


def head_least(sheet: Sheet) -> int:
    """The least height of the way out."""
    return max(math.ceil(sheet.theme.px_per_mm * TARGET_MM_MIN), sheet.px(84))


def _buttons(sheet: Sheet, choices: Sequence[Choice], grid: _Grid) -> None:
    """All choices, row by row."""
    gap = sheet.theme.gap
    for place, choice in enumerate(choices):
        row, column = divmod(place, grid.columns)
        box = Box(sheet.px(MARGIN) + column * (grid.wide + gap), grid.top + row * (grid.tall + gap), grid.wide, grid.tall)
        if choice.price:
            _priced(sheet, choice, box)
        else:
            sheet.button(choice.label, box, box, choice.intent, lines_max=LABEL_LINES_MAX)


def _priced(sheet: Sheet, choice: Choice, box: Box) -> None:
    """A title, and below it what it costs; one that cannot be had yet is dim and has no outline."""
    theme, palette = sheet.theme, sheet.theme.palette
    if choice.dim:
        sheet.ops.append(RoundRect(box, sheet.px(20), palette.card))
    else:
        sheet.surface(box)
    width, height = box.w - sheet.px(24), box.h - 2 * sheet.px(INK_MARGIN)
    price = sheet.fit(choice.price, width, (theme.type.small, theme.type.floor), Weight.BOLD)
    title = sheet.fit_or_cut(choice.label, width, height - price.tall_px, (theme.type.small, theme.type.floor), 3)
    gap = max(0, min(sheet.px(4), height - title.tall_px - price.tall_px))
    x, y = box.centre[0], box.y + (box.h - title.tall_px - gap - price.tall_px) // 2
    colour = palette.soft if choice.dim else palette.ink
    sheet.lines(title, x, y + title.above_px, colour, align=Align.CENTRE, on=palette.card)
    y += title.tall_px + gap
    colour = palette.soft if choice.dim else palette.accent
    sheet.lines(price, x, y + price.above_px, colour, Weight.BOLD, Align.CENTRE, on=palette.card)
    sheet.ops.append(HitArea(box, choice.intent))
