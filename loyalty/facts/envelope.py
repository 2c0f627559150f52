"""The envelope of every fact: who saw it, when, and its place in the one order. What happened is in the modules beside this one.

A fact never holds a person's name, a card's chip number or free text, for it is kept for ever: a card stands here only as its reference,
a keyed hash (see `cards.identity`), a member as an id that says nothing, a reason as a code, staff's words as the id under which they are
kept, to be erased, with the profile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform

from loyalty.shapes import Text, Whole

POINTS_MAX = 1_000_000_000  # a member with more has found a mistake of ours
MINOR_MAX = 1_000_000_000_000  # ten billion of the currency: what a bill can never be

CardRef = Annotated[str, Text(r"[0-9a-f]{32}|", 32, 0, "a card's reference: 32 hex digits")]
Id = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", 64, 1, "an id of up to 64 letters, digits and . _ : / -")]
OptionalId = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", 64, 0, "an id of up to 64 letters, digits and . _ : / -, or none")]
Reference = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", 128, 1, "a name that the account gave, of up to 128 characters")]
Points = Annotated[int, Whole(0, POINTS_MAX)]
SomePoints = Annotated[int, Whole(1, POINTS_MAX)]
Minor = Annotated[int, Whole(0, MINOR_MAX)]
Number = Annotated[int, Whole(1)]
Code = Annotated[str, Text(r"[a-z][a-z0-9_-]{0,31}", 32, 1, "a short code like cold-coffee, of up to 32 of a-z, 0-9, _ and -")]
OptionalCode = Annotated[
    str, Text(r"[a-z][a-z0-9_-]{0,31}", 32, 0, "a short code like cold-coffee, of up to 32 of a-z, 0-9, _ and -, or none")
]
DayText = Annotated[str, Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", 10, 10, "a day like 2026-11-25")]


class ClockQuality(StrEnum):
    """How far a kiosk's wall clock may be trusted when a fact was written."""

    NTP = "ntp"  # disciplined by network time
    RTC = "rtc"  # from a battery-backed clock
    HUB = "hub"  # set by what the hub said at the last handshake
    UNSYNCED = "unsynced"  # a Raspberry Pi that booted without a network: may be months off


@dataclass(frozen=True, slots=True, order=True)
class FactId:
    """Identity of a fact: which kiosk, which run of its program (epoch), which number (dense, from 1)."""

    kiosk: str
    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.kiosk}/{self.epoch}/{self.number}"


class Body:
    """What happened. `kind` is its name on the wire. Most have a `card`, a `member`, or may have either: whom it concerns."""

    __slots__ = ()
    kind: ClassVar[str] = ""


KINDS: dict[str, type[Body]] = {}
"""Every kind of fact this version knows, by its name on the wire."""

B = TypeVar("B", bound=Body)


@dataclass_transform(frozen_default=True)
def fact(kind: str) -> Callable[[type[B]], type[B]]:
    """Declares a kind of fact: a frozen dataclass that is known by `kind` on the wire."""

    def declared(cls: type[B]) -> type[B]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.kind = kind
        KINDS[kind] = made
        return made

    return declared


@dataclass(frozen=True, slots=True)
class Unknown(Body):
    """A fact of a type this version does not know: kept and passed on whole, never counted, never dropped."""

    type: str
    payload: dict[str, Any] = field(hash=False)


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
        at, id_ = self.effective_ms, self.id
        return (self.at_ms if at is None else at, id_.kiosk, id_.epoch, id_.number)

    @property
    def card(self) -> str | None:
        """Reference of the card concerned, or None for a fact about a member or the kiosk itself."""
        return getattr(self.body, "card", None) or None

    @property
    def member(self) -> str | None:
        """Id of the member concerned, where the fact names one instead of a card."""
        return getattr(self.body, "member", None) or None
