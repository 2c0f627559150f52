"""The one-bit screen, 128x64 or 256x64: its own design, not a small copy of the wide one. The four faces are push-buttons below the glass.

All words are Unifont at its own 16 pixels, four rows of sixteen letters (or thirty-two); only the balance is larger. One pixel on
each side stays free, so that the OLED may move the picture and wear evenly. Pure.
"""

from __future__ import annotations

from datetime import time

from display.layouts import glyphs
from display.layouts.fit import clipped
from display.layouts.mono_asked import asked
from display.layouts.notices import notice_words
from display.layouts.ops import PIXEL_SIZE, Align, Box, Measure, Op, Rect, Weight
from display.layouts.pen import EDGE as EDGE
from display.layouts.pen import ON, Pen
from display.scenes import (
    Ask,
    BringFriend,
    ConfirmReward,
    Dark,
    Frame,
    FriendJoined,
    Greeting,
    Invited,
    Menu,
    PutRight,
    Reading,
    Ready,
    RewardCode,
    Rewards,
    Thanks,
    WhyBad,
)
from display.theme import MonoTheme
from display.words import Phrase, Words, printable
from loyalty.facts import Face

NUMBER_SIZES = (34, 30, 26, 22)  # Noto Sans Bold; 22 has capitals of 16 pixels, legible at 56 cm on a 2.42 inch panel


def layout(frame: Frame, theme: MonoTheme, words: Words, measure: Measure) -> list[Op]:
    """Drawing steps of `frame`; white is lit. There are no hit areas: the glass is not touched."""
    pen = Pen(theme, measure)
    match frame.scene:
        case Greeting():
            _greeting(pen, frame.scene, words)
        case WhyBad() | PutRight() | Ask() | Invited() | Menu() | Rewards() | ConfirmReward() | RewardCode() | BringFriend():
            asked(pen, frame.scene, words)
        case Ready(shop):
            _ready(pen, printable(shop), words, frame.offline_since)
        case Reading():
            pen.block(pen.fits(words.reading(), pen.width - 2 * EDGE, 2), 0, 0, pen.height)
        case Thanks(bad, earned):
            lines = pen.fits(words.thanks(bad), pen.width - 2 * EDGE, 2)
            more = pen.fits(words.earned_for_answer(earned), pen.width - 2 * EDGE, 2) if earned else ()
            pen.block((*lines, *more), 0, 0, pen.height)
        case FriendJoined(name):
            pen.block(pen.fits(words.friend_joined(name), pen.width - 2 * EDGE, 3), 0, 0, pen.height)
        case Dark():
            pass
        case _:
            _notice(pen, *notice_words(frame.scene, words))
    return pen.ops


def _notice(pen: Pen, title: Phrase, advice: Phrase) -> None:
    """What happened on a lit band, what to do below it."""
    room = pen.width - 2 * EDGE - 4
    head = pen.fits(title, room)[0]
    pen.words(head, pen.width // 2, EDGE, Align.CENTRE)
    pen.ops.append(Rect(Box(EDGE, EDGE + PIXEL_SIZE, pen.width - 2 * EDGE, 1), ON))
    pen.block(pen.fits(advice, room, 2), 0, EDGE + PIXEL_SIZE + 1, pen.height - 2 * EDGE - PIXEL_SIZE - 1)


def _ready(pen: Pen, shop: str, words: Words, offline_since: time | None) -> None:
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


def _greeting(pen: Pen, scene: Greeting, words: Words) -> None:
    """The name, the balance (or that the visit counts), and the four faces above their buttons (or how old the balance is).

    What is said takes the two rows of the balance, which then stands behind the name: the number is known from the last time.
    """
    room, last = pen.width - 2 * EDGE, pen.height - PIXEL_SIZE
    if scene.said is not None:
        _first_row(pen, scene, words, room)
        pen.block(pen.fits(words.said(scene.said), room, 2), 0, PIXEL_SIZE, last - PIXEL_SIZE)
    else:
        name = clipped(pen.fits(words.greeting(scene.name), room)[0], room, PIXEL_SIZE, Weight.PIXEL, pen.measure)
        used = pen.words(name, EDGE, 0)
        if scene.tier and used + pen.wide(printable(scene.tier)) + PIXEL_SIZE <= room:
            pen.words(printable(scene.tier), pen.width - EDGE, 0, Align.RIGHT)
        if scene.balance is not None:
            _balance(pen, scene.balance, scene.earned, words)
        else:
            unknown = scene.name is None and scene.earned > 0
            pen.block(pen.fits(words.visit_counts() if unknown else words.how_was_it(), room, 2), 0, PIXEL_SIZE, last - PIXEL_SIZE)
    if scene.as_of is not None and scene.balance is not None:
        pen.words(pen.fits(words.as_of(scene.as_of, scene.waiting), room)[0], EDGE, last)
    else:
        _faces(pen)


def _first_row(pen: Pen, scene: Greeting, words: Words, room: int) -> None:
    """The greeting on the left and the balance on the right, as much of both as one row takes. A name may be cut, a number never."""
    greeting = words.greeting(scene.name)
    behind = [""]
    if scene.balance is not None:
        earned = f" {words.earned(scene.earned).short}" if scene.earned else ""
        behind = [words.balance(scene.balance) + earned, words.balance(scene.balance), words.number(scene.balance)]
    pairs = [(name, number) for name in greeting.variants for number in behind]
    name, number = next(((n, b) for n, b in pairs if pen.wide(n) + pen.wide(b) + 8 <= room), ("", behind[-1]))
    if not name and scene.name is not None:
        name = pen.cut(greeting.short, room - pen.wide(number) - 8)
    elif not name:
        number = next((b for b in behind if pen.wide(b) <= room), number)
    pen.words(name, EDGE, 0)
    pen.words(number, pen.width - EDGE, 0, Align.RIGHT)


def _faces(pen: Pen) -> None:
    """Four small faces, each above its button: the best on the left."""
    for place, which in enumerate((Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)):
        pen.ops += glyphs.face(which, pen.width * (2 * place + 1) // 8, pen.height - 8)


def _balance(pen: Pen, balance: int, earned: int, words: Words) -> None:
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
