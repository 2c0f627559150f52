"""What the hub keeps, as values: streams and facts, kiosks, members with what is personal about them, and what the desk asks for. Pure.

The door to whatever keeps them is in `door`; what a fact earns is `loyalty`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from loyalty.counter.person import NAME_CHARS_MAX
from loyalty.document import Document
from loyalty.facts import Fact
from mqtt.messages import AlertId, Birth, KioskState, Presence, Severity

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")  # BCP 47 as far as locales are named: uk, ru, zh-Hans
WAITING_KEPT_MAX = 100  # cards that wait to be enrolled, the newest: more than a busy counter hands out between two looks
STREAMS_COVERED_MAX = 32  # newest streams of a kiosk named in a view: a month of daily restarts, and still under 1 KiB per view
TWIN_REMEMBERED_MS = 24 * 3_600_000  # a day in which only one device spoke: the other is gone, or off
DESK, SEED = "hub", "seed"
RESERVED = frozenset({DESK, SEED})  # whose streams the hub writes itself: no kiosk may speak under these names


class StreamId(NamedTuple):
    """One kiosk's one run: facts are numbered densely from 1 within it."""

    kiosk: str
    epoch: str


class Seen(NamedTuple):
    """A kiosk has seen a card, so it is told when the card's member changes."""

    kiosk: str
    card: str


class Waiting(NamedTuple):
    """A card that is nobody's was laid on a kiosk, last at `at_ms`: it waits for whoever enrols it."""

    card: str
    kiosk: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Which run of the hub (`holder`) serves a shard. `token` rises with every holder; `until_ms`: when it ends if it is not renewed, by
    the holder's clock; 0 once it was given back.
    """

    shard: str
    holder: str
    token: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact with its effective time decided, its document as one canonical JSON text, and the hash of that text."""

    fact: Fact
    text: str
    content: str


@dataclass(frozen=True, slots=True)
class PutAside:
    """A document that is kept but never counted. `code`: E_SCHEMA (no fact), E_CONFLICT, E_GAP or E_FOREIGN (see `sorting`)."""

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

    `birthday`: (month, day), or None; the year is never kept. `birthday_set_ms`: when it was last said. Raises ValueError for what no
    kiosk could be told: it would else be found out at the till, at every tap.
    """

    display_name: str
    language: str
    greeting_name: str | None = None
    hide_balance: bool = False
    birthday: tuple[int, int] | None = None
    birthday_set_ms: int = 0
    profession: str = ""

    def __post_init__(self) -> None:
        names = (self.display_name,) if self.greeting_name is None else (self.display_name, self.greeting_name)
        if not all(0 < len(name) <= NAME_CHARS_MAX and name.isprintable() for name in names):
            raise ValueError(f"a member's name is 1 to {NAME_CHARS_MAX} printable characters")
        if not LANGUAGE.fullmatch(self.language):
            raise ValueError("a language is named like en, uk or zh-Hans")
        if self.birthday is not None and not (1 <= self.birthday[0] <= 12 and 1 <= self.birthday[1] <= 31):
            raise ValueError("a birthday is a month from 1 to 12 and a day from 1 to 31")


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """What a member answered about a field of the profile, until a moment (ms, exclusive)."""

    field: str
    value: str
    given_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class NoteText:
    """What staff wrote to a member, or about one beside a fact (`loyalty.facts.Worded`): kept with the profile and erased with it. That it
    was written, and by whom, is a fact, which names it as `note`. `by`: as the member reads it.
    """

    note: str
    member: str
    text: str
    by: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A member's account in a few plain columns, for lists: as it stood when it was last folded. `cases`: how many are open; `marked`:
    how many facts made no sense.
    """

    rung: str = "prospect"
    tier: str = ""
    available: int = 0
    pending: int = 0
    owed: int = 0
    cases: int = 0
    marked: int = 0


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member with all of their cards. `profile` None: it was erased. `version`, `points` (the balance) and `figures` are of the newest
    fold. `blocked`: cards among them that must not be used. `merged`: members who became one with this one.
    """

    id: str
    profile: Profile | None
    cards: tuple[str, ...] = ()
    version: int = 0
    points: int = 0
    figures: Figures = Figures()
    blocked: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account folded from `facts` facts up to the one of order `last`, as JSON text: all of it (`loyalty.account.snapshot`), and what
    a kiosk is sent of it (`loyalty.account.portable`). `rules`: by which rules (`folding.rules_until`).
    """

    text: str
    sent: str
    last: tuple[int, str, str, int]
    facts: int
    rules: str


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator or a till wants written down: a fact's kind and payload. `id` 0: not put in yet."""

    kind: str
    payload: Document = field(hash=False)
    at_ms: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class EditionText:
    """A version of the programme and the moment from which it is in force, with its file as it was."""

    version: int
    from_ms: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Referral:
    """That `friend` was brought by `advocate` and became a customer: their ids at that time."""

    friend: str
    advocate: str
    rejected: bool = False


class Counted(NamedTuple):
    """Whose gifts are counted: a rule ("perk:..." for a perk) at a kiosk; in one `hour` (since 1970, UTC), or ever where that is 0."""

    rule: str
    kiosk: str
    hour: int = 0


class Given(NamedTuple):
    """What was given: points, and how many times."""

    points: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """An alert that a kiosk has raised and not ended: since when by its clock, a number that says how much, and when it was said last."""

    kiosk: str
    id: AlertId
    severity: Severity
    since_ms: int
    number: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class KioskRecord:
    """What the hub knows of a kiosk. `boot` is the one of its newest birth, "" before the first. `why` it is off line, or serves nobody.
    `twin`: the device that spoke under this name before `device` did; `twin_ms`: when one last came back after the other, 0 for never.
    """

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
    twin: str = ""
    twin_ms: int = 0

    @property
    def clone_suspect(self) -> bool:
        """Two devices take turns under this name. One that only replaced another, as after a repair, is none."""
        return self.twin_ms > 0 and self.heard_ms - self.twin_ms < TWIN_REMEMBERED_MS

    def born(self, birth: Birth, now_ms: int) -> KioskRecord:
        """After it asked for a handshake."""
        why = self.why if (self.presence, self.session) == (Presence.ONLINE, birth.session) else ""
        said = replace(self, presence=Presence.ONLINE, session=birth.session, why=why, heard_ms=now_ms)
        here = replace(said, device=birth.device, boot=birth.boot)
        if self.device in ("", birth.device):
            return here
        return replace(here, twin=self.device, twin_ms=now_ms if birth.device == self.twin else self.twin_ms)

    def with_state(self, state: KioskState, now_ms: int) -> KioskRecord:
        """After word of its presence. A will of an older session ("lost") says nothing about the present one."""
        if state.presence is Presence.OFFLINE:
            return replace(self, presence=state.presence, why=state.why, heard_ms=now_ms) if state.session == self.session else self
        said = replace(self, presence=state.presence, session=state.session, why=state.why, heard_ms=now_ms)
        return replace(said, version=state.version, clock=state.clock, unclaimed=state.unclaimed)
