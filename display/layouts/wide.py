"""The wide colour screen, 800x480 to 1920x1200: where everything stands.

One design in 480ths of the height; what fingers hit and eyes read is in millimetres.

Pure: a frame, a theme, words and a measure in; drawing steps out.
"""

from __future__ import annotations

from display.layouts import faces
from display.layouts.asked import asked, bring_friend, reward_code
from display.layouts.badge import badge
from display.layouts.fit import clipped
from display.layouts.greeting import greeting
from display.layouts.greeting_said import greeting_said
from display.layouts.notices import Notice, notice_words
from display.layouts.ops import Align, Box, Measure, Op, Rect, Weight
from display.layouts.sheet import Sheet
from display.scenes import (
    Ask,
    BringFriend,
    ConfirmReward,
    Dark,
    Frame,
    FriendJoined,
    FriendKnown,
    Greeting,
    Identified,
    Invited,
    Menu,
    NotNow,
    OutOfService,
    PutRight,
    Reading,
    Ready,
    RewardCode,
    Rewards,
    SeeStaff,
    StaffCalled,
    Thanks,
    Trouble,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from display.theme import Theme
from display.words import Phrase, Words, printable

MARGIN = 36  # units
SIGN = 150  # units: height of the pictogram of a notice
BLACK = "#000000"  # whatever the theme: a screen at night is to be dark
TICK = 156  # units: across the tick of a thank-you, where there is room

CalmScene = Ready | Reading | Thanks | FriendJoined | RewardCode | Notice


def layout(frame: Frame, theme: Theme, words: Words, measure: Measure) -> list[Op]:
    """Drawing steps of `frame` on the theme's screen, the ground first."""
    sheet = Sheet(theme, measure)
    match frame.scene:
        case Greeting(said=None, options=False):
            greeting(sheet, frame.scene, words, frame.offline_since)
        case Greeting():
            greeting_said(sheet, frame.scene, words, frame.offline_since)
        case WhyBad() | PutRight() | Ask() | Invited() | Menu() | Rewards() | ConfirmReward():
            asked(sheet, frame.scene, words)
        case BringFriend():
            bring_friend(sheet, frame.scene, words)
        case Dark():
            sheet.ops.append(Rect(Box(0, 0, theme.width, theme.height), BLACK))
        case _:
            top = 0
            if frame.offline_since is not None:
                since, right = words.offline_since(frame.offline_since), theme.width - sheet.px(24)
                top = badge(sheet, since, right, sheet.px(20), theme.width // 2).bottom
            _without_buttons(sheet, frame.scene, words, top)
    return sheet.ops


def _without_buttons(sheet: Sheet, scene: CalmScene, words: Words, top: int) -> None:
    """A scene that asks for no touch, below `top`, where a badge may end."""
    match scene:
        case Ready(shop):
            _invitation(sheet, words.ready(), printable(shop), lit=False)
        case Reading():
            _invitation(sheet, words.reading(), "", lit=True)
        case Thanks(bad, earned):
            _thanks(sheet, words.thanks(bad), words.earned_for_answer(earned) if earned else None, "quiet" if bad else "tick", top)
        case FriendJoined(name):
            _thanks(sheet, words.friend_joined(name), None, "tick", top)
        case RewardCode():
            reward_code(sheet, scene, words, top)
        case _:
            _notice(sheet, _sign(sheet, scene), *notice_words(scene, words), top)


def _sign(sheet: Sheet, scene: Notice) -> list[Op]:
    """The pictogram of a notice."""
    box, palette = _sign_box(sheet), sheet.theme.palette
    match scene:
        case TryAgain(trouble):
            return faces.two_cards(box, palette) if trouble is Trouble.ONE_CARD else faces.again(box, palette)
        case UnknownCard():
            return faces.sign(box, palette, "plus")
        case UnusableCard():
            return faces.sign(box, palette, "cross")
        case StaffCalled() | Identified():
            return faces.sign(box, palette, "tick")
        case FriendKnown():
            return faces.sign(box, palette, "quiet")
        case OutOfService() | NotNow() | SeeStaff():
            return faces.sign(box, palette, "pause")


def _sign_box(sheet: Sheet) -> Box:
    """Where the pictogram of a notice stands: left, in the middle of the height."""
    side = sheet.px(SIGN)
    return Box(sheet.px(MARGIN + 12), (sheet.theme.height - side) // 2, side, side)


def _notice(sheet: Sheet, sign: list[Op], title: Phrase, advice: Phrase, top: int) -> None:
    """A pictogram, what happened, what to do: in the middle of the height, or just below `top` where the middle begins above it."""
    theme = sheet.theme
    left = sheet.px(2 * MARGIN + SIGN + 12)
    width = theme.width - left - sheet.px(MARGIN)
    head = sheet.fit(title.variants, width, sheet.steps[:2], Weight.BOLD, lines_max=2)
    body = sheet.fit(advice.variants, width, (theme.type.body, theme.type.small, theme.type.floor), lines_max=3)
    gap = sheet.px(26)
    tall = head.span_px + gap + body.span_px + body.pitch_px + round(head.size_px * 0.714)
    baseline = max((theme.height - tall) // 2 + round(head.size_px * 0.714), top + head.size_px)
    sheet.ops += sign
    last = sheet.lines(head, left, baseline, theme.palette.ink, Weight.BOLD)
    sheet.lines(body, left, last + gap + body.pitch_px, theme.palette.soft)


def _invitation(sheet: Sheet, sentence: Phrase, shop: str, lit: bool) -> None:
    """The card pictogram, one sentence; the shop's name above."""
    theme, middle = sheet.theme, sheet.theme.width // 2
    tall = sheet.px(190)
    wide = round(tall * 1.68)
    picture = Box(middle - wide // 2 + sheet.px(4), (theme.height - tall) // 2 - sheet.px(26), wide, tall)
    sheet.ops += faces.card_and_waves(picture, theme.palette, lit)
    width = theme.width - 2 * sheet.px(24)
    found = sheet.fit(sentence.variants, width, sheet.steps, Weight.BOLD)
    sheet.lines(found, middle, theme.height - sheet.px(76), theme.palette.ink, Weight.BOLD, Align.CENTRE)
    if shop:
        size = theme.type.small
        name = clipped(shop, middle - sheet.px(MARGIN), size, Weight.REGULAR, sheet.measure)
        sheet.line(name, sheet.px(MARGIN), sheet.px(62), size, theme.palette.soft)


def _thanks(sheet: Sheet, thanks: Phrase, earned: Phrase | None, glyph: str, top: int) -> None:
    """A tick and a word of thanks; after a bad answer "quiet", without colour or cheer. `earned`: a second line.

    All of it in the middle of the height, or below a badge that ends at `top`; the tick takes the room that the words leave.
    """
    theme, middle = sheet.theme, sheet.theme.width // 2
    width, margin = theme.width - 2 * sheet.px(MARGIN), sheet.px(MARGIN)
    blocks = [(sheet.fit(thanks.variants, width, sheet.steps, Weight.BOLD, lines_max=2), theme.palette.ink, Weight.BOLD)]
    if earned is not None:
        steps = (theme.type.body, theme.type.small, theme.type.floor)
        points = sheet.fit(earned.variants, width, steps)
        blocks.append((points, theme.palette.accent, Weight.REGULAR))
    gap, highest = sheet.px(20), max(margin, top + sheet.px(14) if top else 0)
    tall = sum(gap + found.tall_px for found, _, _ in blocks)
    disc = min(sheet.px(TICK), theme.height - margin - highest - tall)
    y = max(highest, (theme.height - disc - tall) // 2)
    side = round(disc / 0.92)  # a sign's disc fills 92 of 100 parts of its box
    sheet.ops += faces.sign(Box(middle - side // 2, y + (disc - side) // 2, side, side), theme.palette, glyph)
    y += disc
    for found, colour, weight in blocks:
        y += gap + found.tall_px
        sheet.lines(found, middle, y - found.below_px - found.span_px, colour, weight, Align.CENTRE)
