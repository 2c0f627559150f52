"""Members in the hub store in memory: cards, profiles, accounts. See `memory_store`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hub.memory_tables import Undoable
from hub.records import WAITING_KEPT_MAX, MemberRecord, NoteText, ProfileValue, Seen, Snapshot, Waiting
from loyalty.facts import Fact
from loyalty.shop.credentials import Card, CardStatus


def _newest_first(waiting: Waiting) -> tuple[int, str]:
    return (-waiting.at_ms, waiting.card)


class MemoryMembers(Undoable):
    """See `door.MembersPart`."""

    def sight(self, seen: Iterable[Seen]) -> None:
        """See `HubTransaction`."""
        for kiosk, card in seen:
            self._add(self._t.seen_by_card, card, kiosk)
            self._add(self._t.seen_by_kiosk, kiosk, card)

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """See `HubTransaction`."""
        seen = (Seen(kiosk, card) for card in cards for kiosk in self._t.seen_by_card.get(card, ()))
        return sorted(each for each in seen if each.kiosk in self._t.kiosks and self._t.kiosks[each.kiosk].boot)

    def await_owner(self, waiting: Waiting) -> None:
        """See `HubTransaction`."""
        self._put(self._t.waiting, waiting.card, waiting)
        newest = sorted(self._t.waiting.values(), key=_newest_first)
        for each in newest[WAITING_KEPT_MAX:]:
            self._drop(self._t.waiting, each.card)

    def waiting(self) -> list[Waiting]:
        """See `HubTransaction`."""
        return sorted((each for each in self._t.waiting.values() if each.card not in self._t.owner), key=_newest_first)

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        owned = [card for card in self._t.seen_by_kiosk.get(kiosk, ()) if card in self._t.owner]
        return sorted(owned, key=lambda card: (-self._t.members[self._t.owner[card]].version, card))[:count_max]

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return {card: self._t.owner[card] for card in cards if card in self._t.owner}

    def survivors(self, ids: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        found = {id_: self._t.became.get(id_, id_) for id_ in ids}
        return {id_: member for id_, member in found.items() if member in self._t.members}

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """See `HubTransaction`."""
        return {each: self._t.members[each] for each in ids if each in self._t.members}

    def unfolded(self, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        return sorted(self._t.members.keys() - self._t.snapshots.keys())[:count_max]

    def facts_of(self, cards: Collection[str], members: Collection[str] = ()) -> list[Fact]:
        """See `HubTransaction`."""
        by_card = [fact for card in cards for fact in self._t.by_card.get(card, ())]
        return by_card + [fact for member in members for fact in self._t.by_member.get(member, ())]

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """See `HubTransaction`."""
        before = self._t.members.get(member.id, MemberRecord(member.id, member.profile))
        self._put(self._t.members, member.id, replace(before, profile=member.profile))
        held = self.cards(member.cards)
        self.save_cards(replace(held.get(card, Card(card, CardStatus.ACTIVE)), owner=member.id) for card in member.cards)

    def merge(self, merged: str, member: str, now_ms: int) -> None:
        """See `HubTransaction`."""
        ends, stays = self._t.members[merged], self._t.members[member]
        self.save_cards([replace(card, owner=member) for card in self.cards(ends.cards).values()])
        for id_ in (merged, *ends.merged):
            self._put(self._t.became, id_, member)
        members = tuple(sorted({*stays.merged, merged, *ends.merged}))
        stays = replace(self._t.members[member], version=max(ends.version, stays.version) + 1, merged=members)
        self._put(self._t.members, member, stays)
        if stays.profile is not None:  # else they were forgotten, and so are the words
            theirs = {id_: replace(note, member=member) for id_, note in self._t.notes.get(merged, {}).items()}
            self._put(self._t.notes, member, {**theirs, **self._t.notes.get(member, {})})
        self.forget(merged)
        self._drop(self._t.snapshots, merged)
        self._drop(self._t.places, merged)
        self._drop(self._t.members, merged)

    def forget(self, member: str) -> None:
        """See `HubTransaction`."""
        if member in self._t.members:
            self._put(self._t.members, member, replace(self._t.members[member], profile=None))
        self._drop(self._t.values, member)
        self._drop(self._t.notes, member)

    def folded(self, members: Sequence[MemberRecord], snapshots: Mapping[str, Snapshot], now_ms: int) -> None:
        """See `HubTransaction`."""
        for member in members:
            there = self._t.members[member.id]
            self._put(self._t.members, member.id, replace(there, version=member.version, points=member.points, figures=member.figures))
        for id_, snapshot in snapshots.items():
            self._put(self._t.snapshots, id_, snapshot)

    def snapshots(self, ids: Collection[str]) -> dict[str, Snapshot]:
        """See `HubTransaction`."""
        return {id_: self._t.snapshots[id_] for id_ in ids if id_ in self._t.snapshots}

    def drop_snapshots(self, ids: Collection[str]) -> None:
        """See `HubTransaction`."""
        for id_ in ids:
            self._drop(self._t.snapshots, id_)

    def cards(self, references: Collection[str]) -> dict[str, Card]:
        """See `HubTransaction`."""
        return {card: self._t.cards[card] for card in references if card in self._t.cards}

    def save_cards(self, cards: Iterable[Card]) -> None:
        """See `HubTransaction`."""
        for card in list(cards):
            before = self._t.owner.get(card.card, "")
            self._put(self._t.cards, card.card, card)
            if card.owner:
                self._put(self._t.owner, card.card, card.owner)
            else:
                self._drop(self._t.owner, card.card)
            for member in {before, card.owner} - {""}:
                self._hold(member)

    def _hold(self, member: str) -> None:
        """The member's own list of cards, after one has come or gone."""
        mine = sorted(card.card for card in self._t.cards.values() if card.owner == member)
        blocked = tuple(card for card in mine if self._t.cards[card].status is not CardStatus.ACTIVE)
        if member in self._t.members:
            self._put(self._t.members, member, replace(self._t.members[member], cards=tuple(mine), blocked=blocked))

    def values(self, ids: Collection[str]) -> dict[str, list[ProfileValue]]:
        """See `HubTransaction`."""
        return {id_: sorted(self._t.values[id_].values(), key=lambda each: each.field) for id_ in ids if self._t.values.get(id_)}

    def save_value(self, member: str, value: ProfileValue) -> None:
        """See `HubTransaction`."""
        before = self._t.values.get(member, {})
        if value.field not in before or before[value.field].given_ms <= value.given_ms:
            self._put(self._t.values, member, {**before, value.field: value})

    def places_of(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """See `HubTransaction`."""
        return {id_: self._t.places[id_] for id_ in ids if self._t.places.get(id_)}

    def take_places(self, places: Mapping[str, frozenset[str]]) -> None:
        """See `HubTransaction`."""
        for member, held in places.items():
            self._put(self._t.places, member, held)

    def taken(self, places: Collection[str]) -> dict[str, int]:
        """See `HubTransaction`."""
        counts = {place: sum(place in held for held in self._t.places.values()) for place in places}
        return {place: count for place, count in counts.items() if count}

    def notes(self, ids: Collection[str]) -> dict[str, list[NoteText]]:
        """See `HubTransaction`."""
        return {id_: list(self._t.notes[id_].values()) for id_ in ids if self._t.notes.get(id_)}

    def save_note(self, note: NoteText) -> None:
        """See `HubTransaction`."""
        self._put(self._t.notes, note.member, {**self._t.notes.get(note.member, {}), note.note: note})
