"""What the hub keeps, as values, and the door to whatever keeps it. Pure: no Django, no SQL, no clock.

`memory_store` and `django_store` are the two stores behind the door; both pass tests/contracts/test_hub_store_contract.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from loyalty.facts import Fact
from mqtt.messages import KioskState, Presence

NAME_CHARS_MAX = 64  # what a greeting on the wire takes; the widest screen shows 24
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")  # BCP 47 as far as locales are named: uk, ru, zh-Hans
STREAMS_COVERED_MAX = 32  # newest streams of a kiosk named in a view: a month of daily restarts, and still under 1 KiB per view


class StreamId(NamedTuple):
    """One kiosk's one run: facts are numbered densely from 1 within it."""

    kiosk: str
    epoch: str


class Seen(NamedTuple):
    """A kiosk has seen a card, so it is told when the card's member changes."""

    kiosk: str
    card: str


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact with its effective time decided, its document as one canonical JSON text, and the hash of that text."""

    fact: Fact
    text: str
    content: str


@dataclass(frozen=True, slots=True)
class PutAside:
    """A document that is kept but never counted. `code`: E_SCHEMA (no fact), E_CONFLICT or E_GAP (see `receiver`)."""

    stream: StreamId
    number: int
    code: str
    text: str
    content: str


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Facts `first`..`last` of a stream which the kiosk no longer has and the hub never got: lost, and known to be."""

    stream: StreamId
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What is personal about a member, kept apart from facts. `greeting_name` is already in the case of an address, or None.

    Raises ValueError for what no kiosk could be told: it would else be found out at the till, at every tap.
    """

    display_name: str
    language: str
    greeting_name: str | None = None
    hide_balance: bool = False

    def __post_init__(self) -> None:
        names = (self.display_name,) if self.greeting_name is None else (self.display_name, self.greeting_name)
        if not all(0 < len(name) <= NAME_CHARS_MAX and name.isprintable() for name in names):
            raise ValueError(f"a member's name is 1 to {NAME_CHARS_MAX} printable characters")
        if not LANGUAGE.fullmatch(self.language):
            raise ValueError(f"a language is named like {LANGUAGE.pattern}")


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member with all of their cards. `version`, `points` and `earned` are the newest fold; 0 and empty before the first."""

    id: str
    profile: Profile
    cards: tuple[str, ...] = ()
    version: int = 0
    points: int = 0
    earned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KioskRecord:
    """What the hub knows of a kiosk. `boot` is the one of its newest birth, "" before the first."""

    kiosk: str
    device: str = ""
    boot: str = ""
    presence: Presence = Presence.OFFLINE
    session: str = ""
    why: str = ""
    version: str = ""
    clock: str = ""
    unclaimed: int = 0
    heard_ms: int = 0

    def with_state(self, state: KioskState, now_ms: int) -> KioskRecord:
        """After word of its presence. A will of an older session ("lost") says nothing about the present one."""
        if state.presence is Presence.OFFLINE:
            return replace(self, presence=state.presence, why=state.why, heard_ms=now_ms) if state.session == self.session else self
        said = replace(self, presence=state.presence, session=state.session, why="", heard_ms=now_ms)
        return replace(said, version=state.version, clock=state.clock, unclaimed=state.unclaimed)


class HubTransaction(Protocol):
    """One transaction: all of it is kept, or none. Reads see the transaction's own writes."""

    def cursors(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """Up to which number each stream is held; a stream never heard of is absent."""
        ...

    def newest_cursors(self, kiosks: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
        """(epoch, held up to) of each kiosk's newest streams, last moved first, then by epoch; at most STREAMS_COVERED_MAX."""
        ...

    def move_cursors(self, cursors: Mapping[StreamId, int], now_ms: int) -> None:
        """From now on these streams are held up to these numbers."""
        ...

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """Add facts. Raises ValueError if one of them is kept already: a mistake of the caller's."""
        ...

    def put_aside(self, items: Sequence[PutAside], now_ms: int) -> None:
        """Add documents that do not count; one that is there already (same place, same content) is not added twice."""
        ...

    def contents(self, stream: StreamId, numbers: Collection[int]) -> dict[int, str]:
        """Content hash of the kept facts with these numbers."""
        ...

    def aside(self, stream: StreamId, numbers: Collection[int]) -> dict[int, list[PutAside]]:
        """What was put aside under these numbers."""
        ...

    def note_gap(self, gap: StreamGap, now_ms: int) -> None:
        """Write down that facts are lost."""
        ...

    def sight(self, seen: Iterable[Seen]) -> None:
        """Write down which kiosk has seen which card; repeating it changes nothing."""
        ...

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """Who has seen these cards, of the kiosks that ever asked for a handshake: the others do not listen. Sorted."""
        ...

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """Members' cards that a kiosk has seen, of the most recently changed members first."""
        ...

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """Member id of each card that belongs to one."""
        ...

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """These members, those that exist."""
        ...

    def facts_of(self, cards: Collection[str]) -> list[Fact]:
        """All kept facts about these cards."""
        ...

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """Add a member or replace their profile, and give them these cards, taken from whoever had them."""
        ...

    def folded(self, members: Sequence[MemberRecord], now_ms: int) -> None:
        """Keep the new version, points and earned keys of members that exist."""
        ...

    def kiosk(self, kiosk: str) -> KioskRecord:
        """A kiosk; one never heard of has an empty record."""
        ...

    def save_kiosk(self, record: KioskRecord) -> None:
        """Keep what is known of a kiosk."""
        ...

    def boot_of(self, kiosk: str) -> str:
        """The boot of a kiosk's newest birth, "" before the first."""
        ...

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """When a boot of a kiosk began by the hub's clock (ms since 1970 UTC), or None if it was never heard during it."""
        ...

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """Keep when a boot of a kiosk began."""
        ...


class HubStore(Protocol):
    """Whatever keeps the hub's records."""

    def transaction(self) -> AbstractContextManager[HubTransaction]:
        """Begin; commit when the block ends, or roll everything back when it raises. Durable once it has ended."""
        ...
