"""The lines of what is asked and offered, for the terminal: choices with the keys that take them, three to a page.

It writes nothing: `tty` does.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from display.scenes import Ask, BringFriend, ConfirmReward, Invited, Menu, Offer, PutRight, RewardCode, Rewards, WhyBad
from display.words import Words, printable

CHOICES_PER_PAGE = 3
KEYS = "asdf"  # the four push-buttons, see `display.input`
WRAP = 72  # columns: what the frame leaves of a row

AskedScene = WhyBad | PutRight | Ask | Invited | Menu | Rewards | ConfirmReward | RewardCode | BringFriend


def asked_lines(scene: AskedScene, words: Words) -> list[str]:
    """What is asked, and which key means what."""
    match scene:
        case WhyBad(reasons, page):
            return _paged(words.what_went_wrong().full, [words.reason(code).full for code in reasons], page, words, words.skip())
        case Ask(question, choices, page):
            return _paged(printable(question), [printable(choice) for choice in choices], page, words, words.skip())
        case Rewards(balance, offers, page):
            return _paged(words.rewards(balance).full, [_offer(offer, words) for offer in offers], page, words, words.close())
        case Menu(entries):
            return _listed(words.menu().full, [words.menu_entry(entry).full for entry in entries], words.close())
        case PutRight(name):
            lines = [words.put_right(name).full, "", f"[a] {words.yes()}   [s] {words.not_yet()}"]
            return [*lines, "", f"[h] {words.skip()}"]
        case Invited(title, day):
            lines = textwrap.wrap(words.invited(title, day).full, WRAP)
            return [*lines, "", f"[a] {words.yes()}   [s] {words.no()}", "", f"[h] {words.skip()}"]
        case ConfirmReward(title, points, left):
            return [words.confirm_reward(title, points, left).full, "", f"[a] {words.yes()}   [s] {words.no()}"]
        case RewardCode(title, code, seconds):
            return [printable(title), "", " ".join(printable(code)), "", words.show_code().full, words.seconds_left(seconds).full]
        case BringFriend(seconds):
            return [words.bring_friend().full, "", words.seconds_left(seconds).full, "", f"[h] {words.cancel()}"]


def _offer(offer: Offer, words: Words) -> str:
    """A reward, its price, and how far away it is."""
    missing = f" ({words.missing(offer.missing)})" if offer.missing else ""
    return f"{printable(offer.title)}: {words.balance(offer.points)}{missing}"


def _paged(title: str, choices: Sequence[str], page: int, words: Words, away: str) -> list[str]:
    """The page's choices, and the key that turns it."""
    shown = list(choices[page * CHOICES_PER_PAGE : (page + 1) * CHOICES_PER_PAGE])
    if len(choices) <= CHOICES_PER_PAGE:
        return _listed(title, shown, away)
    lines = _listed(title, shown, away)
    return [*lines[:-2], f"[{KEYS[CHOICES_PER_PAGE]}] {words.other_reasons()}", *lines[-2:]]


def _listed(title: str, choices: Sequence[str], away: str) -> list[str]:
    """A sentence, the choices with their keys, and the way out."""
    return [title, "", *(f"[{key}] {text}" for key, text in zip(KEYS, choices, strict=False)), "", f"[h] {away}"]
