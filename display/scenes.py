"""Scenes: what is meant to be shown, as data. No colours, no sizes, no sentences: those are theme, layouts and locales.

`Intent` is the other direction: what a touch, a key or a push-button means. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from display.tended import Dark as Dark
from display.tended import Identified as Identified
from display.tended import Outage as Outage
from display.tended import OutOfService as OutOfService
from loyalty.counter.redeeming import Refusal as Refusal
from loyalty.facts import Face, ReasonCode
from loyalty.said import Said


@dataclass(frozen=True, slots=True)
class Ready:
    """Nobody is here: invite. `shop` is the shop's name, may be empty."""

    shop: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A card is there and something about it is still being found out."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """The customer by name, the balance, and the four faces.

    `name` and `balance` may be None (unknown, or hidden at the member's wish). `earned`: points of this visit.
    `as_of`: local time of the balance when it may be old, with `waiting` points counted here on top; else None and 0.
    `said`: the one thing to say beside; `second`: at most one more, shown where there is room. `tier`: its name as the shop calls it,
    "" for none. `options`: whether the menu can be opened from here (by touch; four push-buttons are taken by the faces).
    """

    name: str | None
    balance: int | None
    earned: int
    as_of: time | None = None
    waiting: int = 0
    said: Said | None = None
    second: Said | None = None
    tier: str = ""
    options: bool = False


@dataclass(frozen=True, slots=True)
class WhyBad:
    """One follow-up after a bad face. `page`: which three of the reasons the three push-buttons choose among (touch shows all)."""

    reasons: tuple[ReasonCode, ...]
    page: int = 0


@dataclass(frozen=True, slots=True)
class Thanks:
    """The answer is on disk. `bad`: it was a bad one (no cheering). `earned`: points given for answering."""

    bad: bool
    earned: int


class Trouble(StrEnum):
    """Why the customer should tap again."""

    HOLD_STILL = "hold_still"  # the card left too early
    ONE_CARD = "one_card"  # two cards at once
    NOT_SAVED = "not_saved"  # the store refused: nothing was promised


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It did not work, trying again may."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class UnknownCard:
    """A card nobody has joined with: how to join, ask the staff."""


@dataclass(frozen=True, slots=True)
class UnusableCard:
    """A phone, a bank card or another thing with a new number at every tap: please use the shop's card."""


@dataclass(frozen=True, slots=True)
class PutRight:
    """After a bad visit that somebody has taken up: did we put it right? Only the customer can say so."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """The one question of a visit, its texts in the member's language. `page`: as in `WhyBad`."""

    question: str
    choices: tuple[str, ...]
    page: int = 0


@dataclass(frozen=True, slots=True)
class Invited:
    """An evening of the member's club, its title in their language: will they come?"""

    title: str
    day: date


class MenuEntry(StrEnum):
    """What the menu may offer."""

    REWARDS = "rewards"
    FRIEND = "friend"
    WRONG = "wrong"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Menu:
    """One to four things to do beside answering; push-button i picks entry i."""

    entries: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward and its price; `missing`: how many points the customer lacks, 0 if it can be taken."""

    title: str
    points: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Rewards:
    """What the balance buys, up to six. `page`: as in `WhyBad`."""

    balance: int
    offers: tuple[Offer, ...]
    page: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmReward:
    """Is this reward to be taken? `left`: the balance afterwards."""

    title: str
    points: int
    left: int


@dataclass(frozen=True, slots=True)
class RewardCode:
    """The redemption is on disk: what to show to the staff, and for how many seconds yet."""

    title: str
    code: str
    seconds: int


@dataclass(frozen=True, slots=True)
class NotNow:
    """A reward that cannot be had now, and what to do."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class BringFriend:
    """The next card laid down is a friend's, for so many seconds yet."""

    seconds: int


@dataclass(frozen=True, slots=True)
class FriendJoined:
    """A friend has come along; `name` is whom we thank."""

    name: str | None


@dataclass(frozen=True, slots=True)
class FriendKnown:
    """The friend's card has been here before, so it counts as no new one."""


@dataclass(frozen=True, slots=True)
class StaffCalled:
    """The staff have been called and answer within so many minutes."""

    minutes: int


@dataclass(frozen=True, slots=True)
class SeeStaff:
    """Something about the card; why is said by a person, never by the screen."""


Visiting = Ready | Reading | Greeting | WhyBad | Thanks | PutRight | Ask | Invited
Choosing = Menu | Rewards | ConfirmReward | RewardCode | NotNow | BringFriend | FriendJoined | FriendKnown | StaffCalled
Scene = Visiting | Choosing | TryAgain | UnknownCard | UnusableCard | SeeStaff | OutOfService | Identified | Dark


@dataclass(frozen=True, slots=True)
class Frame:
    """All that is on the glass: a scene, its language ("en", "uk", "ru"), and since when (local time) there is no hub, if so."""

    scene: Scene
    language: str
    offline_since: time | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A face was pressed."""

    face: Face


@dataclass(frozen=True, slots=True)
class Because:
    """A reason was pressed."""

    reason: ReasonCode


@dataclass(frozen=True, slots=True)
class Button:
    """Push-button 0..3, left to right: the best face first; on a question the first three choose, the last turns the page.

    Yes, no (or not yet) and skip are 0, 1 and 3; in the menu each picks its entry.
    """

    index: int


@dataclass(frozen=True, slots=True)
class MoreTime:
    """Leave it on the screen longer."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Take it off the screen now (also: no answer to the question)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no was pressed."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Choose:
    """A choice of the question, or an offer, was pressed: its place among all of them, whatever the page."""

    index: int


@dataclass(frozen=True, slots=True)
class OpenMenu:
    """Show what else there is to do."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An entry of the menu was pressed."""

    entry: MenuEntry


Intent = Rate | Because | Button | MoreTime | Hide | Answer | Choose | OpenMenu | Pick
