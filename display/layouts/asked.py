"""What is asked and offered, on the wide screen: the choices of each scene, the code of a reward, and the waiting for a friend. Pure."""

from __future__ import annotations

from display.layouts import faces
from display.layouts.choices import TITLE_LINES_MAX, Choice, away_button, choice_sheet, head_least
from display.layouts.ops import Align, Box, RoundRect, Weight
from display.layouts.sheet import Sheet
from display.scenes import (
    Answer,
    Ask,
    Because,
    BringFriend,
    Choose,
    ConfirmReward,
    Invited,
    Menu,
    Offer,
    Pick,
    PutRight,
    RewardCode,
    Rewards,
    WhyBad,
)
from display.words import Phrase, Words, printable

AskedScene = WhyBad | PutRight | Ask | Invited | Menu | Rewards | ConfirmReward
CODE_GAP = 14  # units: between the letters of a code, each on its own ground so that none is misread


def asked(sheet: Sheet, scene: AskedScene, words: Words) -> None:
    """A sentence and its buttons."""
    match scene:
        case WhyBad(reasons):
            choices = [Choice(words.reason(code).variants, Because(code)) for code in reasons]
            choice_sheet(sheet, words.what_went_wrong(), choices, words.skip())
        case PutRight(name):
            choices = [Choice((words.yes(),), Answer(True)), Choice((words.not_yet(),), Answer(False))]
            choice_sheet(sheet, words.put_right(name), choices, words.skip(), 2, TITLE_LINES_MAX)
        case Ask(question, texts):
            choices = [Choice((printable(text),), Choose(place)) for place, text in enumerate(texts)]
            said = printable(question)
            choice_sheet(sheet, Phrase(said, said), choices, words.skip(), 3, TITLE_LINES_MAX)
        case Invited(title, day):
            choices = [Choice((words.yes(),), Answer(True)), Choice((words.no(),), Answer(False))]
            choice_sheet(sheet, words.invited(title, day), choices, words.skip(), 2, TITLE_LINES_MAX)
        case Menu(entries):
            choices = [Choice(words.menu_entry(entry).variants, Pick(entry)) for entry in entries]
            choice_sheet(sheet, words.menu(), choices, words.close(), 2)
        case Rewards(balance, offers):
            choices = [_offer(offer, place, words) for place, offer in enumerate(offers)]
            choice_sheet(sheet, words.rewards(balance), choices, words.close(), 2)
        case ConfirmReward(title, points, left):
            choices = [Choice((words.yes(),), Answer(True)), Choice((words.no(),), Answer(False))]
            choice_sheet(sheet, words.confirm_reward(title, points, left), choices, "", 2, TITLE_LINES_MAX)


def _offer(offer: Offer, place: int, words: Words) -> Choice:
    """A reward on its button; with how many points it is away, if so."""
    price = words.balance(offer.points)
    if not offer.missing:
        return Choice((printable(offer.title),), Choose(place), (price, words.number(offer.points)))
    missing = words.missing(offer.missing)
    return Choice((printable(offer.title),), Choose(place), (f"{price} · {missing}", missing, words.number(offer.points)), dim=True)


def reward_code(sheet: Sheet, scene: RewardCode, words: Words, top: int) -> None:
    """The reward, its code letter by letter as large as it can be, whom to show it to, and how long yet."""
    theme, kind, palette, middle = sheet.theme, sheet.theme.type, sheet.theme.palette, sheet.theme.width // 2
    width = theme.width - 2 * sheet.px(36)
    title = sheet.fit_or_cut((printable(scene.title),), width, 2 * kind.body, (kind.body, kind.small, kind.floor), 1, Weight.BOLD)
    show = sheet.fit(words.show_code().variants, width, (kind.body, kind.small, kind.floor))
    baseline = max(sheet.px(76), top + title.above_px)
    y = max(sheet.px(122), baseline + title.below_px + sheet.px(8))
    sheet.lines(title, middle, baseline, palette.ink, Weight.BOLD, Align.CENTRE)
    letters = Box(sheet.px(36), y, width, min(sheet.px(170), sheet.px(350) - show.above_px - y))
    _letters(sheet, printable(scene.code), letters)
    sheet.lines(show, middle, sheet.px(362), palette.ink, align=Align.CENTRE)
    left = sheet.fit(words.seconds_left(scene.seconds).variants, width, (kind.small, kind.floor))
    sheet.lines(left, middle, sheet.px(432), palette.soft, align=Align.CENTRE)


def _letters(sheet: Sheet, code: str, room: Box) -> None:
    """Each letter on a ground of its own."""
    theme, gap, count = sheet.theme, sheet.px(CODE_GAP), max(1, len(code))
    wide = min(sheet.px(136), (room.w - (count - 1) * gap) // count)
    size = min(theme.type.huge, round(wide * 0.9), round(room.h * 0.9))
    x = room.centre[0] - (count * wide + (count - 1) * gap) // 2
    for letter in code:
        box = Box(x, room.y, wide, room.h)
        sheet.ops.append(RoundRect(box, sheet.px(16), theme.palette.card))
        baseline = box.centre[1] + round(size * 0.357)
        sheet.line(letter, box.centre[0], baseline, size, theme.palette.accent, Weight.BOLD, Align.CENTRE, on=theme.palette.card)
        x += wide + gap


def bring_friend(sheet: Sheet, scene: BringFriend, words: Words) -> None:
    """A card and the reader's waves, what the friend does now, for how long yet, and a way out."""
    theme, kind, palette, middle = sheet.theme, sheet.theme.type, sheet.theme.palette, sheet.theme.width // 2
    away_button(sheet, words.cancel(), head_least(sheet))
    tall = sheet.px(140)
    picture = Box(middle - round(tall * 0.84) + sheet.px(4), sheet.px(92), round(tall * 1.68), tall)
    sheet.ops += faces.card_and_waves(picture, palette, lit=True)
    width = theme.width - 2 * sheet.px(36)
    now = sheet.fit_or_cut(words.bring_friend().variants, width, sheet.px(140), sheet.steps[:3], 2, Weight.BOLD)
    sheet.lines(now, middle, sheet.px(258) + now.above_px, palette.ink, Weight.BOLD, Align.CENTRE)
    left = sheet.fit(words.seconds_left(scene.seconds).variants, width, (kind.small, kind.floor))
    sheet.lines(left, middle, theme.height - sheet.px(34), palette.soft, align=Align.CENTRE)
