"""The door to whatever keeps the hub's records: what it can be asked and told, within one transaction. No SQL, no clock, no rule.

`memory_store` and `django_store` are the two stores behind it; both pass tests/contracts/test_hub_store_contract.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hub.command_door import CommandPart
from hub.fleet_door import FleetPart
from hub.records import (
    Counted,
    EditionText,
    Given,
    KeptFact,
    KioskRecord,
    Lease,
    MemberRecord,
    NoteText,
    Order,
    ProfileValue,
    PutAside,
    RaisedAlert,
    Referral,
    Seen,
    Snapshot,
    StreamGap,
    StreamId,
    Waiting,
)
from loyalty.facts import Fact
from loyalty.rulebook import Closing
from loyalty.shop.credentials import Card
from mqtt.messages import AlertId


class StreamsPart(Protocol):
    """Facts by their streams, and the kiosks they come from."""

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

    def kiosk(self, kiosk: str) -> KioskRecord:
        """A kiosk; one never heard of has an empty record."""
        ...

    def save_kiosk(self, record: KioskRecord) -> None:
        """Keep what is known of a kiosk."""
        ...

    def kiosk_count(self) -> int:
        """How many kiosks ever asked for a handshake or said that they are there."""
        ...

    def raise_alert(self, alert: RaisedAlert) -> None:
        """Keep an alert, in place of what the same kiosk said of it before."""
        ...

    def end_alert(self, kiosk: str, alert: AlertId) -> None:
        """It is over; also of one that was never raised."""
        ...

    def alerts(self) -> list[RaisedAlert]:
        """What is raised, by kiosk and id."""
        ...

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """When a boot of a kiosk began by the hub's clock (ms since 1970 UTC), or None if it was never heard during it."""
        ...

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """Keep when a boot of a kiosk began."""
        ...


class MembersPart(Protocol):
    """Members, their cards, what is personal about them, and their accounts."""

    def sight(self, seen: Iterable[Seen]) -> None:
        """Write down which kiosk has seen which card; repeating it changes nothing."""
        ...

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """Who has seen these cards, of the kiosks that ever asked for a handshake: the others do not listen. Sorted."""
        ...

    def await_owner(self, waiting: Waiting) -> None:
        """A card that is nobody's was laid on a kiosk: keep where and when last, of the newest WAITING_KEPT_MAX cards."""
        ...

    def waiting(self) -> list[Waiting]:
        """Cards that were laid on a kiosk and are nobody's still, the newest first."""
        ...

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """Members' cards that a kiosk has seen, of the most recently changed members first."""
        ...

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """Member id of each card that belongs to one."""
        ...

    def survivors(self, ids: Collection[str]) -> dict[str, str]:
        """The member that each of these is, or has become by merging; those that never were are absent."""
        ...

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """These members, those that exist."""
        ...

    def unfolded(self, count_max: int) -> list[str]:
        """Members that have no snapshot, at most so many."""
        ...

    def facts_of(self, cards: Collection[str], members: Collection[str] = ()) -> list[Fact]:
        """All kept facts that name one of these cards, or one of these members."""
        ...

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """Add a member or replace their profile, and give them these cards, taken from whoever had them."""
        ...

    def merge(self, merged: str, member: str, now_ms: int) -> None:
        """Make one member of two that exist: cards, facts and the words of staff go to `member`, whose version rises above both; `merged`
        ends. No words go to a `member` without a profile.
        """
        ...

    def forget(self, member: str) -> None:
        """Remove everything personal: profile, words of staff, values. The member stays as an id."""
        ...

    def folded(self, members: Sequence[MemberRecord], snapshots: Mapping[str, Snapshot], now_ms: int) -> None:
        """Keep version, points, figures and snapshot of members that exist."""
        ...

    def snapshots(self, ids: Collection[str]) -> dict[str, Snapshot]:
        """The accounts of these members as they were last folded."""
        ...

    def drop_snapshots(self, ids: Collection[str]) -> None:
        """Forget these: the facts behind them are not the same any more."""
        ...

    def cards(self, references: Collection[str]) -> dict[str, Card]:
        """These cards, those that are known."""
        ...

    def save_cards(self, cards: Iterable[Card]) -> None:
        """Keep where cards stand. An owner must be a member that exists, or "" for none."""
        ...

    def values(self, ids: Collection[str]) -> dict[str, list[ProfileValue]]:
        """What these members answered, by field; those who never did are absent."""
        ...

    def save_value(self, member: str, value: ProfileValue) -> None:
        """Keep an answer of a member that exists, in place of an older one about the same field."""
        ...

    def places_of(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Which places these members hold (see `places`); those who hold none are absent."""
        ...

    def take_places(self, places: Mapping[str, frozenset[str]]) -> None:
        """From now on these members, who exist, hold these places and no others."""
        ...

    def taken(self, places: Collection[str]) -> dict[str, int]:
        """How many members hold each of these places; one that nobody holds is absent."""
        ...

    def notes(self, ids: Collection[str]) -> dict[str, list[NoteText]]:
        """The words that staff wrote to these members, and about them."""
        ...

    def save_note(self, note: NoteText) -> None:
        """Keep words to or about a member that exists."""
        ...


class DeskPart(Protocol):
    """What the hub itself decides and writes down, and what it must not do twice."""

    def orders(self, count_max: int) -> list[Order]:
        """What waits to be written down, oldest first."""
        ...

    def put_order(self, order: Order) -> None:
        """One more thing to be written down."""
        ...

    def remove_orders(self, ids: Collection[int]) -> None:
        """These are written down."""
        ...

    def editions(self) -> list[EditionText]:
        """Every version of the programme, oldest first."""
        ...

    def editions_held(self) -> int:
        """How many versions of the programme there are: they are only ever added."""
        ...

    def add_edition(self, edition: EditionText) -> None:
        """One more version."""
        ...

    def closings_held(self) -> int:
        """How many closings there are: they are only ever added."""
        ...

    def closings(self) -> list[Closing]:
        """Every rule that was closed, in the order in which it was written down."""
        ...

    def close(self, closings: Sequence[Closing]) -> None:
        """Rules are closed."""
        ...

    def add_given(self, given: Mapping[Counted, Given]) -> None:
        """Add to what was given."""
        ...

    def given(self, rules: Collection[str], hours: Collection[int]) -> dict[Counted, Given]:
        """What these rules gave, at every kiosk, in these hours (0: ever)."""
        ...

    def referrals(self, friends: Collection[str]) -> dict[str, Referral]:
        """The referrals of these friends that were converted."""
        ...

    def save_referral(self, referral: Referral) -> None:
        """Keep where a referral stands."""
        ...


class LeasePart(Protocol):
    """Which run of the hub serves a shard."""

    def lease(self, shard: str) -> Lease | None:
        """The newest lease of a shard, None if it never had one. Nobody else changes it before this transaction has ended."""
        ...

    def save_lease(self, lease: Lease) -> None:
        """Keep a lease in place of the shard's older one."""
        ...


class HubTransaction(StreamsPart, MembersPart, DeskPart, FleetPart, CommandPart, LeasePart, Protocol):
    """One transaction: all of it is kept, or none. Reads see the transaction's own writes."""


class HubStore(Protocol):
    """Whatever keeps the hub's records."""

    def transaction(self) -> AbstractContextManager[HubTransaction]:
        """Begin; commit when the block ends, or roll everything back when it raises. Durable once it has ended."""
        ...
