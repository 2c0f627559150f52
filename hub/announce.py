"""What a kiosk is told about members: views of what the hub holds, each for the one kiosk that will read it. Pure.

A view's occasions are days of the calendar, told 60 days ahead (`loyalty.counter.gifts.AHEAD_DAYS`): they grow stale as days pass, and any
change of the member, a visit above all, sends them anew. A kiosk in step with its hub never runs out of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.door import HubTransaction
from hub.places import full_evenings
from hub.records import MemberRecord, NoteText, Profile, ProfileValue, Snapshot
from hub.settling import snapshot_of
from loyalty.account.circle import Circle
from loyalty.account.told import Told
from loyalty.counter.gifts import hub_occasions
from loyalty.counter.person import EVENTS_MAX, Letter, Person
from loyalty.counter.standing import MemberView
from loyalty.document import Document, read
from loyalty.facts import Purpose
from loyalty.rulebook import Rulebook
from mqtt.messages import Members
from mqtt.reading import ACCOUNT_BYTES_MAX
from mqtt.wire import view_bytes

VIEWS_PER_MESSAGE_MAX = 32  # as many as a person could look through, if they had to
VIEWS_BYTES_MAX = 56 * 1024  # in one message of at most 64 KiB; the rest is room for cards and commas
CARD_BYTES = 48  # a card's reference and its key beside the view
LETTERS_MAX, FIELDS_MAX = 8, 32  # what a `Person` holds
NOBODY = "en"  # language of a member who was forgotten; a kiosk greets them without a word about them

Covers = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Teller:
    """What members look like within one transaction. `snapshots`: those at hand already, by member; others are read at need.
    `full`: evenings without room, once they were asked for.
    """

    tx: HubTransaction
    book: Rulebook
    now_ms: int
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    known: dict[str, tuple[Person, Document]] = field(default_factory=dict)
    full: list[str] | None = None

    def view_of(self, member: MemberRecord, card: str, covers: Covers) -> MemberView:
        """The member as they are now, for the kiosk whose held streams are `covers`."""
        person, account = self._known(member)
        return MemberView(member.id, member.version, self.now_ms, person, account, covers, card in member.blocked)

    def to_listeners(self, members: Iterable[MemberRecord]) -> list[tuple[str, Members]]:
        """(kiosk, message) for every kiosk that has seen a card of these members, sorted by kiosk."""
        owner: Mapping[str, MemberRecord] = {card: member for member in members for card in member.cards}
        seen = self.tx.listeners(owner.keys())
        covers = self.tx.newest_cursors({each.kiosk for each in seen})
        views: dict[str, list[tuple[str, MemberView]]] = {}
        for kiosk, card in seen:
            views.setdefault(kiosk, []).append((card, self.view_of(owner[card], card, covers.get(kiosk, ()))))
        return [(kiosk, page) for kiosk in sorted(views) for page in pages(views[kiosk])]

    def person(self, member: MemberRecord) -> Person:
        """What may be known of them at the counter; nothing of one who was forgotten."""
        return self._known(member)[0]

    def _known(self, member: MemberRecord) -> tuple[Person, Document]:
        if member.id not in self.known:
            held = self.snapshots.get(member.id) or snapshot_of(self.tx, member, self.book)
            account = json.loads(held.sent)
            self.known[member.id] = (self._person(member, account), account)
        return self.known[member.id]

    def _person(self, member: MemberRecord, account: Document) -> Person:
        if member.profile is None:
            return Person(NOBODY)
        told: Told = read(Told, account.get("told", {}), "told")
        values = {value.field: value for value in self.tx.values([member.id]).get(member.id, ()) if value.expires_ms > self.now_ms}
        letters = self.tx.notes([member.id]).get(member.id, ()) if told.notes else ()
        full = self._full(read(Circle, account.get("circle", {}), "circle"))
        return person_of(member.profile, told, account.get("enrolled", 0), values, letters, self.book, self.now_ms, full)

    def _full(self, circle: Circle) -> tuple[str, ...]:
        """Evenings of the member's clubs that are full, the nearest first."""
        if not circle.clubs and not circle.derived:
            return ()
        if self.full is None:
            self.full = full_evenings(self.tx, self.book, self.now_ms)
        return tuple(place for place in self.full if circle.in_any((place.partition("/")[0],)))[:EVENTS_MAX]


def person_of(
    profile: Profile,
    told: Told,
    enrolled_ms: int,
    values: Mapping[str, ProfileValue],
    notes: Iterable[NoteText],
    book: Rulebook,
    now_ms: int,
    full: Sequence[str] = (),
) -> Person:
    """What may be known of a member at the counter: no date of birth, no answer, and only letters that wait to be read.

    `full`: evenings of their clubs that have no room, at most EVENTS_MAX.
    """
    waiting = {note.note for note in told.notes}
    letters = [Letter(note.note, note.text, note.by, note.reply_to) for note in notes if note.note in waiting]
    profession = values["profession"].value if "profession" in values else profile.profession
    fields = {*values, *(["birthday"] if profile.birthday else []), *(["profession"] if profession else [])}
    occasions = hub_occasions(
        book.now,
        book.calendar,
        book.calendar.day_of(now_ms),
        profile.birthday,
        profile.birthday_set_ms,
        told.has_consent(Purpose.BIRTHDAY),
        enrolled_ms,
        profession,
    )
    return Person(
        profile.language,
        profile.greeting_name or "",
        profile.hide_balance,
        occasions,
        tuple(letters[:LETTERS_MAX]),
        tuple(sorted(fields)[:FIELDS_MAX]),
        tuple(full),
    )


def pages(views: Sequence[tuple[str, MemberView]]) -> list[Members]:
    """(card, view) pairs as messages, each within the wire's bounds; a view that no message can hold is left out."""
    found: list[list[tuple[str, MemberView]]] = []
    room = 0
    for card, view, size in _sized(views):
        if not found or size > room or len(found[-1]) == VIEWS_PER_MESSAGE_MAX:
            found.append([])
            room = VIEWS_BYTES_MAX
        found[-1].append((card, view))
        room -= size
    return [Members(tuple(page)) for page in found]


def _sized(views: Iterable[tuple[str, MemberView]]) -> Iterator[tuple[str, MemberView, int]]:
    for card, view in views:
        size = view_bytes(view) + CARD_BYTES
        if fits(view, size):
            yield card, view, size


def fits(view: MemberView, size: int = 0) -> bool:
    """Whether the wire takes a view: its account may have ACCOUNT_BYTES_MAX. One that has more waits for a kiosk that needs less."""
    if (size or view_bytes(view)) <= ACCOUNT_BYTES_MAX:
        return True
    return view_bytes(view) - view_bytes(replace(view, account={})) + 2 <= ACCOUNT_BYTES_MAX
