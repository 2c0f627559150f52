"""The one-bit screen, 128x64 or 256x64: its own design, not a small copy of the wide one. The four faces are push-buttons below the glass.

All words are Unifont at its own 16 pixels, four rows of sixteen letters (or thirty-two); only the balance is larger. One pixel on
each side stays free, so that the OLED may move the picture and wear evenly. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from display.layouts import glyphs
from display.layouts.fit import clipped, fit
from display.layouts.ops import PIXEL_ASCENT, PIXEL_SIZE, Align, Box, Measure, Op, Rect, Text, Weight
from display.scenes import Frame, Greeting, OutOfService, Reading, Ready, Thanks, TryAgain, UnknownCard, UnusableCard, WhyBad
from display.theme import MonoTheme
from display.words import Phrase, Words, printable
from loyalty.facts import Face, ReasonCode

ON, OFF = "#ffffff", "#000000"
REASONS_PER_PAGE = 3  # the fourth button turns the page
NUMBER_SIZES = (34, 30, 26, 22)  # Noto Sans Bold; 22 has capitals of 16 pixels, legible at 56 cm on a 2.42 inch panel
EDGE = 1  # the pixel left free for the OLED's moving


class _Pen:
    """Collects ops for one frame."""

    def __init__(self, theme: MonoTheme, measure: Measure) -> None:
        self.width, self.height, self.measure = theme.width, theme.height, measure
        self.ops: list[Op] = [Rect(Box(0, 0, theme.width, theme.height), OFF)]

    def words(self, text: str, x: int, top: int, align: Align = Align.LEFT) -> int:
        """One row of Unifont whose 16 rows begin at `top`; returns its width."""
        return self.text(text, x, top + PIXEL_ASCENT, PIXEL_SIZE, Weight.PIXEL, align)

    def text(self, text: str, x: int, baseline: int, size: int, weight: Weight, align: Align = Align.LEFT) -> int:
        """One line; returns its width."""
        width = self.measure(text, size, weight)
        self.ops.append(Text(x, baseline, text, size, weight, ON, OFF, width, align))
        return width

    def fits(self, phrase: Phrase, width: int, rows: int = 1) -> tuple[str, ...]:
        """The lines of the longest variant that fits."""
        return fit(phrase.variants, width, (PIXEL_SIZE,), Weight.PIXEL, self.measure, rows).lines

    def block(self, lines: Sequence[str], left: int, top: int, height: int) -> None:
        """Lines in the middle of a height, each centred between `left` and the right edge."""
        middle = (left + self.width) // 2
        first = top + (height - len(lines) * PIXEL_SIZE) // 2
        for row, line in enumerate(lines):
            self.words(line, middle, first + row * PIXEL_SIZE, Align.CENTRE)


def layout(frame: Frame, theme: MonoTheme, words: Words, measure: Measure) -> list[Op]:
    """Drawing steps of `frame`; white is lit. There are no hit areas: the glass is not touched."""
    pen = _Pen(theme, measure)
    match frame.scene:
        case Greeting():
            _greeting(pen, frame.scene, words)
        case WhyBad(reasons, page):
            _why_bad(pen, reasons, page, words)
        case Ready(shop):
            _ready(pen, printable(shop), words, frame.offline_since)
        case Reading():
            pen.block(pen.fits(words.reading(), pen.width - 2 * EDGE, 2), 0, 0, pen.height)
        case Thanks(bad, earned):
            lines = pen.fits(words.thanks(bad), pen.width - 2 * EDGE, 2)
            more = pen.fits(words.earned_for_answer(earned), pen.width - 2 * EDGE, 2) if earned else ()
            pen.block((*lines, *more), 0, 0, pen.height)
        case TryAgain(trouble):
            _notice(pen, *words.trouble(trouble))
        case UnknownCard():
            _notice(pen, *words.unknown_card())
        case UnusableCard():
            _notice(pen, *words.unusable_card())
        case OutOfService(outage):
            _notice(pen, *words.out_of_service(outage))
    return pen.ops


def _notice(pen: _Pen, title: Phrase, advice: Phrase) -> None:
    """What happened on a lit band, what to do below it."""
    room = pen.width - 2 * EDGE - 4
    head = pen.fits(title, room)[0]
    pen.words(head, pen.width // 2, EDGE, Align.CENTRE)
    pen.ops.append(Rect(Box(EDGE, EDGE + PIXEL_SIZE, pen.width - 2 * EDGE, 1), ON))
    pen.block(pen.fits(advice, room, 2), 0, EDGE + PIXEL_SIZE + 1, pen.height - 2 * EDGE - PIXEL_SIZE - 1)


def _ready(pen: _Pen, shop: str, words: Words, offline_since: time | None) -> None:
    """The invitation between the shop's name and, if so, since when there is no hub."""
    left = 0
    if pen.width > 128:
        left = 76
        pen.ops += glyphs.card_and_waves(8, pen.height // 2)
    room = pen.width - left - 2 * EDGE
    if shop:
        pen.words(clipped(shop, room, PIXEL_SIZE, Weight.PIXEL, pen.measure), (left + pen.width) // 2, 0, Align.CENTRE)
    if offline_since is not None:
        text = pen.fits(words.offline_since(offline_since), room - 20)[0]
        width = pen.measure(text, PIXEL_SIZE, Weight.PIXEL) + 20
        x = (left + pen.width - width) // 2
        pen.ops += glyphs.no_link(x + 8, pen.height - 8)
        pen.words(text, x + 20, pen.height - PIXEL_SIZE)
    top, bottom = (PIXEL_SIZE if shop else 0), (PIXEL_SIZE if offline_since is not None else 0)
    pen.block(pen.fits(words.ready(), room, 2), left, top, pen.height - top - bottom)


def _greeting(pen: _Pen, scene: Greeting, words: Words) -> None:
    """The name, the balance (or that the visit counts), and the four faces above their buttons (or how old the balance is)."""
    room = pen.width - 2 * EDGE
    phrase = words.greeting(scene.name)
    line = pen.fits(phrase, room)[0]
    pen.words(clipped(line, room, PIXEL_SIZE, Weight.PIXEL, pen.measure), EDGE, 0)
    last = pen.height - PIXEL_SIZE
    if scene.balance is None:
        unknown = scene.name is None and scene.earned > 0
        pen.block(pen.fits(words.visit_counts() if unknown else words.how_was_it(), room, 2), 0, PIXEL_SIZE, last - PIXEL_SIZE)
        _faces(pen)
        return
    _balance(pen, scene.balance, scene.earned, words)
    if scene.as_of is not None:
        pen.words(pen.fits(words.as_of(scene.as_of, scene.waiting), room)[0], EDGE, last)
    else:
        _faces(pen)


def _faces(pen: _Pen) -> None:
    """Four small faces, each above its button: the best on the left."""
    for place, which in enumerate((Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)):
        pen.ops += glyphs.face(which, pen.width * (2 * place + 1) // 8, pen.height - 8)


def _balance(pen: _Pen, balance: int, earned: int, words: Words) -> None:
    """The number as large as it can be with its unit on the right and what was earned above the unit.

    A number of six digits on the small panel leaves no room beside it: then it stands alone.
    """
    number, unit = words.number(balance), words.points(balance)
    baseline = pen.height - PIXEL_SIZE - 5
    room, gap = pen.width - 2 * EDGE, 5
    beside = pen.measure(unit, PIXEL_SIZE, Weight.PIXEL) + gap
    size = next((s for s in NUMBER_SIZES if pen.measure(number, s, Weight.BOLD) + beside <= room), None)
    if size is None:
        size = next((s for s in NUMBER_SIZES if pen.measure(number, s, Weight.BOLD) <= room), NUMBER_SIZES[-1])
        pen.text(number, EDGE, baseline, size, Weight.BOLD)
        return
    x = EDGE + pen.text(number, EDGE, baseline, size, Weight.BOLD) + gap
    pen.words(unit, x, 2 * PIXEL_SIZE)
    if earned:  # the small panel has room for "today" beside one or two digits only: there it never says it
        said = words.earned(earned)
        shown = said if pen.width > 128 else Phrase(said.short, said.short)
        pen.words(pen.fits(shown, pen.width - EDGE - x)[0], x, PIXEL_SIZE)


def _why_bad(pen: _Pen, reasons: tuple[ReasonCode, ...], page: int, words: Words) -> None:
    """Up to three reasons and "more", in the order of the push-buttons; four marks before each say which button it is.

    On the wide panel the question stands above and the choices in two columns; the small one needs all its rows for them.
    """
    shown = reasons[page * REASONS_PER_PAGE : (page + 1) * REASONS_PER_PAGE]
    choices = [(place, words.reason(code)) for place, code in enumerate(shown)]
    if len(reasons) > REASONS_PER_PAGE:
        choices.append((REASONS_PER_PAGE, Phrase(words.other_reasons(), words.other_reasons())))
    columns = pen.width // 128
    top = 0
    if columns > 1:
        pen.words(pen.fits(words.what_went_wrong(), pen.width - 2 * EDGE)[0], EDGE, 0)
        top = 24
    for place, phrase in choices:
        x, y = EDGE + place % columns * 128, top + place // columns * (PIXEL_SIZE + (4 if columns > 1 else 0))
        for mark in range(4):
            box = Box(x + mark * 5, y + 6, 4, 6)
            pen.ops.append(Rect(box, ON) if mark == place else Rect(Box(box.x, box.bottom - 1, 4, 1), ON))
        pen.words(pen.fits(phrase, 128 - 2 * EDGE - 24)[0], x + 24, y)
