"""What is asked and offered, on the one-bit screen: choices beside the push-buttons that take them, a code, and a countdown. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from display.layouts.ops import INK_BELOW, PIXEL_SIZE, Align, Box, Rect, Weight
from display.layouts.pen import EDGE, ON, Pen
from display.scenes import Ask, BringFriend, ConfirmReward, Invited, Menu, Offer, PutRight, RewardCode, Rewards, WhyBad
from display.words import Phrase, Words, printable

CHOICES_PER_PAGE = 3  # the fourth button turns the page
NEXT = SKIP = 3  # the fourth button
MARKS = 24  # pixels: four marks, and a little room
CODE_SIZES = (30, 22)  # Noto Sans Bold
COLUMN = 128  # the wide panel is two of the small one

AskedScene = WhyBad | PutRight | Ask | Invited | Menu | Rewards | ConfirmReward | RewardCode | BringFriend


@dataclass(frozen=True, slots=True)
class Row:
    """A choice: its push-button, the words beside it, what stands at the right end (such as a price), whether it can be had."""

    button: int
    phrase: Phrase
    end: Phrase | None = None
    dim: bool = False


def asked(pen: Pen, scene: AskedScene, words: Words) -> None:
    """What is asked, and which button means what."""
    match scene:
        case WhyBad(reasons, page):
            _paged(pen, words.what_went_wrong(), [Row(0, words.reason(code)) for code in reasons], page, words)
        case Ask(question, texts, page):
            said = printable(question)
            _paged(pen, Phrase(said, said), [Row(0, _outside(text)) for text in texts], page, words)
        case Rewards(balance, offers, page):
            _paged(pen, words.rewards(balance), [_offer(offer, words) for offer in offers], page, words)
        case Menu(entries):
            rows = [Row(place, words.menu_entry(entry)) for place, entry in enumerate(entries)]
            _choices(pen, words.menu() if len(rows) <= CHOICES_PER_PAGE else None, rows, words.menu())
        case PutRight(name):
            answers = ((0, words.yes()), (1, words.not_yet()), (SKIP, words.skip()))
            _choices(pen, words.put_right(name), [Row(button, _outside(text)) for button, text in answers])
        case Invited():
            _invited(pen, scene, words)
        case ConfirmReward():
            _confirm(pen, scene, words)
        case RewardCode():
            _code(pen, scene, words)
        case BringFriend(seconds):
            room, last = pen.width - 2 * EDGE, pen.height - PIXEL_SIZE
            pen.block(pen.fits(words.bring_friend(), room, 2), 0, 0, last)
            pen.words(pen.fits(words.seconds_left(seconds), room)[0], pen.width // 2, last, Align.CENTRE)


def _outside(text: str) -> Phrase:
    """Words from outside, or of one variant."""
    return Phrase(printable(text), printable(text))


def _offer(offer: Offer, words: Words) -> Row:
    """A reward with its price, or how much is missing for it where that fits."""
    price = words.number(offer.points)
    return Row(0, _outside(offer.title), Phrase(words.missing(offer.missing) if offer.missing else price, price), offer.missing > 0)


def _paged(pen: Pen, title: Phrase, choices: Sequence[Row], page: int, words: Words) -> None:
    """Up to three choices and "more", in the order of the push-buttons."""
    shown = choices[page * CHOICES_PER_PAGE : (page + 1) * CHOICES_PER_PAGE]
    rows = [replace(row, button=place) for place, row in enumerate(shown)]
    more = len(choices) > CHOICES_PER_PAGE
    if more:
        rows.append(Row(NEXT, _outside(words.other_reasons())))
    _choices(pen, None if more else title, rows, title)


def _choices(pen: Pen, title: Phrase | None, rows: Sequence[Row], wide_title: Phrase | None = None) -> None:
    """Rows of choices; four marks before each say which button it is.

    On the wide panel the question stands above and the choices in two columns; the small one shows it where a row is left for it.
    """
    columns, top, step = pen.width // COLUMN, 0, PIXEL_SIZE
    above = title if columns == 1 else title or wide_title
    if above is not None:
        room = pen.width - 2 * EDGE
        lines = pen.fits(above, room)
        if columns > 1 and pen.wide(lines[0]) > room:
            lines = pen.fits(above, room, 2)
        for place, line in enumerate(lines):
            pen.words(pen.cut(line, room), EDGE, place * PIXEL_SIZE)
        top = len(lines) * PIXEL_SIZE
        if columns > 1 and len(lines) == 1:  # room for some air
            top, step = 24, PIXEL_SIZE + 4
    for place, row in enumerate(rows):
        where = row.button if columns > 1 else place
        _choice(pen, row, EDGE + where % columns * COLUMN, top + where // columns * step)


def _choice(pen: Pen, row: Row, x: int, y: int) -> None:
    """Marks, words, and what stands at the right end: there the longer variant only if it leaves the words whole."""
    _marks(pen, x, y, row.button if not row.dim else None)
    room = COLUMN - 2 * EDGE - MARKS
    if row.end is not None:
        whole = pen.wide(row.phrase.variants[-1]) + 8 + pen.wide(row.end.full) <= room
        end = row.end.full if whole else row.end.short
        pen.words(end, x + COLUMN - 2 * EDGE, y, Align.RIGHT)
        room -= pen.wide(end) + 8
    pen.words(pen.cut(pen.fits(row.phrase, room)[0], room), x + MARKS, y)


def _marks(pen: Pen, x: int, y: int, button: int | None) -> None:
    """Four marks, the button's own lit whole; none of them for what cannot be had."""
    for mark in range(4):
        box = Box(x + mark * 5, y + 6, 4, 6)
        pen.ops.append(Rect(box, ON) if mark == button else Rect(Box(box.x, box.bottom - 1, 4, 1), ON))


def _confirm(pen: Pen, scene: ConfirmReward, words: Words) -> None:
    """What would be taken, for how much, and yes or no: the first two buttons."""
    room = pen.width - 2 * EDGE
    phrase = words.confirm_reward(scene.title, scene.points, scene.left)
    if pen.width == COLUMN:
        lines: tuple[str, ...] = (pen.cut(printable(scene.title), room), *pen.fits(words.for_points(scene.points), room))
    else:
        lines = pen.fits(phrase, room, 3)
    pen.block(lines, 0, 0, pen.height - (2 if pen.width == COLUMN else 1) * PIXEL_SIZE)
    for button, text in enumerate((words.yes(), words.no())):
        x, y = (EDGE, (2 + button) * PIXEL_SIZE) if pen.width == COLUMN else (EDGE + button * COLUMN, pen.height - PIXEL_SIZE)
        _marks(pen, x, y, button)
        pen.words(text, x + MARKS, y)


def _invited(pen: Pen, scene: Invited, words: Words) -> None:
    """The invitation in two rows, below it yes and no beside each other, then skip: the first, second and fourth button."""
    room, columns = pen.width - 2 * EDGE, pen.width // COLUMN
    full = words.invited(scene.title, scene.day).full
    lines = pen.fits(Phrase(full, full), room, 2)
    if any(pen.wide(line) > room for line in lines):
        lines = (pen.cut(printable(scene.title), room), *pen.fits(words.coming(scene.day), room))
    pen.block(lines, 0, 0, 2 * PIXEL_SIZE)
    for button, text, column, row in ((0, words.yes(), 0, 2), (1, words.no(), 1, 2), (SKIP, words.skip(), columns - 1, 3)):
        x, y = EDGE + column * pen.width // 2, row * PIXEL_SIZE
        _marks(pen, x, y, button)
        pen.words(text, x + MARKS, y)


def _code(pen: Pen, scene: RewardCode, words: Words) -> None:
    """The code as large as it can be, above it the reward, below it whom to show it and for how long yet."""
    room, last, middle = pen.width - 2 * EDGE, pen.height - PIXEL_SIZE, pen.width // 2
    pen.words(pen.cut(printable(scene.title), room), middle, 0, Align.CENTRE)
    code = " ".join(printable(scene.code))
    size = next((size for size in CODE_SIZES if pen.measure(code, size, Weight.BOLD) <= room), CODE_SIZES[-1])
    pen.text(code, middle, last - math.ceil(size * INK_BELOW), size, Weight.BOLD, Align.CENTRE)
    left = words.seconds_left(scene.seconds)
    pen.words(left.short, pen.width - EDGE, last, Align.RIGHT)
    pen.words(pen.fits(words.show_code(), room - pen.wide(left.short) - 8)[0], EDGE, last)
