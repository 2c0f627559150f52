"""Scenes: what is meant to be shown, as data. No colours, no sizes, no sentences: those are theme, layouts and locales.

`Intent` is the other direction: what a touch, a key or a push-button means. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from loyalty.facts import Face, ReasonCode


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
    """

    name: str | None
    balance: int | None
    earned: int
    as_of: time | None = None
    waiting: int = 0


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


class Outage(StrEnum):
    """Why the kiosk cannot serve."""

    READER = "reader"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The kiosk heals itself; meanwhile the staff are asked."""

    outage: Outage


Scene = Ready | Reading | Greeting | WhyBad | Thanks | TryAgain | UnknownCard | UnusableCard | OutOfService


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
    """Push-button 0..3, left to right: the best face first; on a question the first three choose, the last turns the page."""

    index: int


@dataclass(frozen=True, slots=True)
class MoreTime:
    """Leave it on the screen longer."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Take it off the screen now (also: no answer to the question)."""


Intent = Rate | Because | Button | MoreTime | Hide
