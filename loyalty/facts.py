"""Facts: what happened, in the past tense, immutable, numbered by the kiosk that saw it.

This file is the vocabulary everything else imports. It holds no rules (see `ledger`), no bytes (see `codec`) and never
a person's name or a card's chip number: a card stands here only as its reference, a keyed hash (see `cards.identity`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class ClockQuality(StrEnum):
    """How far a kiosk's wall clock may be trusted when a fact was written."""

    NTP = "ntp"  # disciplined by network time
    RTC = "rtc"  # from a battery-backed clock
    UNSYNCED = "unsynced"  # a Raspberry Pi that booted without a network: may be months off


class Face(IntEnum):
    """The four faces of the rating scale; there is no neutral one. 0 is the worst."""

    VERY_BAD = 0
    BAD = 1
    GOOD = 2
    VERY_GOOD = 3

    @property
    def is_bad(self) -> bool:
        """Whether this answer asks for a reason and for somebody to put things right."""
        return self <= Face.BAD


class ReasonCode(StrEnum):
    """The one follow-up after a bad face: what was wrong. Order is the order on screen."""

    ATTENTION = "attention"  # staff did not notice me
    POLITENESS = "politeness"  # staff were rude
    QUALITY = "quality"  # the product
    PRICE = "price"
    WAITING = "waiting"  # queue, slow service
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class FactId:
    """Identity of a fact: which kiosk, which run of its program (epoch), which number (dense, from 1)."""

    kiosk: str
    epoch: str
    number: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the card showed. `ndef` is the first 16 hex digits of the SHA-256 of its NDEF message, or None if not read."""

    chip: str
    ndef: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A card was presented and accepted."""

    card: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Rating:
    """A face was pressed during the visit numbered `visit` of the same epoch. `shown_ms`: how long the faces had been visible."""

    card: str
    visit: int
    face: Face
    shown_ms: int
    scale: str = "faces4-best-left"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the rating numbered `rating` of the same epoch was bad."""

    card: str
    rating: int
    code: ReasonCode


@dataclass(frozen=True, slots=True)
class StoreRecovered:
    """The kiosk found its store damaged, put it aside under the file name `set_aside` and began a new one."""

    set_aside: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact of a type this version does not know: kept and passed on whole, never counted, never dropped."""

    type: str
    payload: dict[str, Any] = field(hash=False)


Body = Visit | Rating | Reason | StoreRecovered | Unknown


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened.

    `at_ms`: wall clock of the kiosk, ms since 1970 UTC. `mono_ms`: its monotonic clock within `boot` (the kernel's boot id).
    `effective_ms` is assigned once by the hub (equal to `at_ms` when the clock was trusted) and is None on the kiosk.
    """

    id: FactId
    at_ms: int
    mono_ms: int
    boot: str
    clock: ClockQuality
    body: Body
    effective_ms: int | None = None

    @property
    def when_ms(self) -> int:
        """The moment that counts for rules: the hub's decision where there is one, else the kiosk's clock."""
        return self.at_ms if self.effective_ms is None else self.effective_ms

    @property
    def order(self) -> tuple[int, str, str, int]:
        """Total order of facts: time that counts, then identity, so that every fold sees one sequence."""
        return (self.when_ms, self.id.kiosk, self.id.epoch, self.id.number)

    @property
    def card(self) -> str | None:
        """Reference of the card concerned, or None for a fact about the kiosk itself."""
        return getattr(self.body, "card", None)
