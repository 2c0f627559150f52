"""Members in the hub's database: cards, profiles, accounts. See `django_store`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, fields, replace
from functools import lru_cache

from hub import models
from hub.records import WAITING_KEPT_MAX, Figures, MemberRecord, NoteText, Profile, ProfileValue, Seen, Snapshot, Waiting
from hub.sql import rows, write
from hub.timing import dated
from loyalty.codec import decode
from loyalty.facts import Fact
from loyalty.shop.credentials import Card, CardStatus

FIGURES = len(fields(Figures))
FACTS_AT_HAND_MAX = 16_384  # decoded facts kept in memory, about 16 MB: the past of the day's regulars, who come again

SIGHT = "INSERT INTO hub_sighting (kiosk, card) VALUES (%s, %s) ON CONFLICT (card, kiosk) DO NOTHING"
LISTENERS = (
    "SELECT s.kiosk, s.card FROM hub_sighting s JOIN hub_kiosk k ON k.id = s.kiosk WHERE k.boot <> '' AND s.card IN (...) "
    "ORDER BY s.kiosk, s.card"
)
OWNERS = "SELECT reference, member_id FROM hub_card WHERE member_id IS NOT NULL AND reference IN (...)"
HELD = "SELECT id FROM hub_member WHERE id IN (...)"
BECAME = "SELECT merged, member_id FROM hub_memberalias WHERE merged IN (...)"
MERGED = "SELECT member_id, merged FROM hub_memberalias WHERE member_id IN (...) ORDER BY merged"
CARDS = "SELECT member_id, reference, status FROM hub_card WHERE member_id IN (...) ORDER BY reference"
MEMBERS = (
    "SELECT m.id, m.version, m.points, m.rung, m.tier, m.available, m.pending, m.owed, m.cases, m.marked, "
    "p.display_name, p.language, p.greeting_name, p.hide_balance, p.birthday_month, p.birthday_day, p.birthday_set_ms, p.profession "
    "FROM hub_member m LEFT JOIN hub_memberprofile p ON p.member_id = m.id WHERE m.id IN (...)"
)
FACTS = "SELECT document, kiosk, epoch, boot, effective_ms FROM hub_factrow WHERE card IN (...) AND card <> ''"
FACTS_NAMING = "SELECT document, kiosk, epoch, boot, effective_ms FROM hub_factrow WHERE member IN (...) AND member <> ''"
FOLDED = (
    "UPDATE hub_member SET version = %s, points = %s, rung = %s, tier = %s, available = %s, pending = %s, owed = %s, "
    "cases = %s, marked = %s, changed_ms = %s WHERE id = %s"
)
SNAPSHOTS = (
    "SELECT member_id, text, sent, last_ms, last_kiosk, last_epoch, last_number, facts, rules "
    "FROM hub_membersnapshot WHERE member_id IN (...)"
)
SNAP = (
    "INSERT INTO hub_membersnapshot (member_id, text, sent, last_ms, last_kiosk, last_epoch, last_number, facts, rules) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (member_id) DO UPDATE SET text = excluded.text, sent = excluded.sent, "
    "last_ms = excluded.last_ms, last_kiosk = excluded.last_kiosk, last_epoch = excluded.last_epoch, "
    "last_number = excluded.last_number, facts = excluded.facts, rules = excluded.rules"
)
VALUES = "SELECT member_id, field, value, given_ms, expires_ms FROM hub_profilevalue WHERE member_id IN (...) ORDER BY member_id, field"
VALUE = (
    "INSERT INTO hub_profilevalue (member_id, field, value, given_ms, expires_ms) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (member_id, field) DO UPDATE SET value = excluded.value, given_ms = excluded.given_ms, expires_ms = excluded.expires_ms "
    "WHERE hub_profilevalue.given_ms <= excluded.given_ms"
)
AWAIT = (
    "INSERT INTO hub_waitingcard (card, kiosk, at_ms) VALUES (%s, %s, %s) "
    "ON CONFLICT (card) DO UPDATE SET kiosk = excluded.kiosk, at_ms = excluded.at_ms"
)
AWAITED = "DELETE FROM hub_waitingcard WHERE card NOT IN (SELECT card FROM hub_waitingcard ORDER BY at_ms DESC, card LIMIT %s)"
WAITING = (
    "SELECT w.card, w.kiosk, w.at_ms FROM hub_waitingcard w LEFT JOIN hub_card c ON c.reference = w.card "
    "WHERE c.member_id IS NULL ORDER BY w.at_ms DESC, w.card"
)
PLACES = "SELECT member_id, place FROM hub_takenplace WHERE member_id IN (...)"
LEAVE = "DELETE FROM hub_takenplace WHERE member_id = %s"
TAKE = "INSERT INTO hub_takenplace (member_id, place) VALUES (%s, %s)"
TAKEN = "SELECT place, COUNT(*) FROM hub_takenplace WHERE place IN (...) GROUP BY place"
LETTERS = 'SELECT member_id, note, text, "by", reply_to FROM hub_letter WHERE member_id IN (...) ORDER BY id'


@lru_cache(maxsize=FACTS_AT_HAND_MAX)
def _fact(document: str, kiosk: str, epoch: str, boot: str, effective_ms: int) -> Fact:
    """A fact from its row; facts never change, so reading one again gives the same."""
    return dated(decode(json.loads(document), kiosk, epoch, boot), effective_ms)


class DjangoMembers:
    """See `door.MembersPart`."""

    def sight(self, seen: Iterable[Seen]) -> None:
        """See `HubTransaction`."""
        write(SIGHT, [tuple(each) for each in seen])

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """See `HubTransaction`."""
        return [Seen(kiosk, card) for kiosk, card in rows(LISTENERS, (), cards)]

    def await_owner(self, waiting: Waiting) -> None:
        """See `HubTransaction`."""
        write(AWAIT, [tuple(waiting)])
        write(AWAITED, [(WAITING_KEPT_MAX,)])

    def waiting(self) -> list[Waiting]:
        """See `HubTransaction`."""
        return [Waiting(*row) for row in rows(WAITING)]

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        seen = models.Sighting.objects.filter(kiosk=kiosk).values("card")
        cards = models.Card.objects.filter(reference__in=seen, member__isnull=False).order_by("-member__version", "reference")
        return list(cards.values_list("reference", flat=True)[:count_max])

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return dict(rows(OWNERS, (), cards))

    def survivors(self, ids: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return {id_: id_ for (id_,) in rows(HELD, (), ids)} | dict(rows(BECAME, (), ids))

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """See `HubTransaction`."""
        cards: dict[str, list[tuple[str, str]]] = {}
        for member, reference, status in rows(CARDS, (), ids):
            cards.setdefault(member, []).append((reference, status))
        merged: dict[str, list[str]] = {}
        for member, id_ in rows(MERGED, (), ids):
            merged.setdefault(member, []).append(id_)
        found = {}
        for id_, version, points, *more in rows(MEMBERS, (), ids):
            mine = cards.get(id_, ())
            found[id_] = MemberRecord(
                id_,
                _profile(*more[FIGURES:]),
                tuple(reference for reference, _ in mine),
                version,
                points,
                Figures(*more[:FIGURES]),
                tuple(reference for reference, status in mine if status != CardStatus.ACTIVE),
                tuple(merged.get(id_, ())),
            )
        return found

    def unfolded(self, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        return list(models.Member.objects.filter(snapshot__isnull=True).order_by("id").values_list("id", flat=True)[:count_max])

    def facts_of(self, cards: Collection[str], members: Collection[str] = ()) -> list[Fact]:
        """See `HubTransaction`."""
        return [_fact(*row) for row in (*rows(FACTS, (), cards), *rows(FACTS_NAMING, (), members))]

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """See `HubTransaction`."""
        models.Member.objects.get_or_create(id=member.id)
        if member.profile is not None:
            models.MemberProfile.objects.update_or_create(member_id=member.id, defaults=_columns(member.profile))
        held = self.cards(member.cards)
        self.save_cards(replace(held.get(card, Card(card, CardStatus.ACTIVE)), owner=member.id) for card in member.cards)

    def merge(self, merged: str, member: str, now_ms: int) -> None:
        """See `HubTransaction`."""
        versions = models.Member.objects.filter(id__in=(merged, member)).values_list("version", flat=True)
        models.Member.objects.filter(id=member).update(version=max(versions) + 1)
        models.Card.objects.filter(member_id=merged).update(member_id=member)
        models.MemberAlias.objects.filter(member_id=merged).update(member_id=member)
        models.MemberAlias.objects.create(merged=merged, member_id=member)
        if models.MemberProfile.objects.filter(member_id=member).exists():  # else they were forgotten, and so are the words
            held = models.Letter.objects.filter(member_id=member).values("note")
            models.Letter.objects.filter(member_id=merged).exclude(note__in=held).update(member_id=member)
        models.Member.objects.filter(id=merged).delete()

    def forget(self, member: str) -> None:
        """See `HubTransaction`."""
        for personal in (models.MemberProfile, models.ProfileValue, models.Letter):
            personal._default_manager.filter(member_id=member).delete()

    def folded(self, members: Sequence[MemberRecord], snapshots: Mapping[str, Snapshot], now_ms: int) -> None:
        """See `HubTransaction`."""
        write(FOLDED, [(each.version, each.points, *astuple(each.figures), now_ms, each.id) for each in members])
        write(SNAP, [(id_, each.text, each.sent, *each.last, each.facts, each.rules) for id_, each in snapshots.items()])

    def snapshots(self, ids: Collection[str]) -> dict[str, Snapshot]:
        """See `HubTransaction`."""
        found = rows(SNAPSHOTS, (), ids)
        return {
            id_: Snapshot(text, sent, (last_ms, kiosk, epoch, number), facts, rules)
            for id_, text, sent, last_ms, kiosk, epoch, number, facts, rules in found
        }

    def drop_snapshots(self, ids: Collection[str]) -> None:
        """See `HubTransaction`."""
        models.MemberSnapshot.objects.filter(member_id__in=ids).delete()

    def cards(self, references: Collection[str]) -> dict[str, Card]:
        """See `HubTransaction`."""
        return {row.reference: _card(row) for row in models.Card.objects.filter(reference__in=references)}

    def save_cards(self, cards: Iterable[Card]) -> None:
        """See `HubTransaction`."""
        made = [_card_row(card) for card in cards]
        changed = ("member", "status", "generation", "by", "replaced_for", "since_ms", "was", "problems")
        models.Card.objects.bulk_create(made, update_conflicts=True, unique_fields=("reference",), update_fields=changed)

    def values(self, ids: Collection[str]) -> dict[str, list[ProfileValue]]:
        """See `HubTransaction`."""
        found: dict[str, list[ProfileValue]] = {}
        for member, *value in rows(VALUES, (), ids):
            found.setdefault(member, []).append(ProfileValue(*value))
        return found

    def save_value(self, member: str, value: ProfileValue) -> None:
        """See `HubTransaction`."""
        write(VALUE, [(member, value.field, value.value, value.given_ms, value.expires_ms)])

    def places_of(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """See `HubTransaction`."""
        found: dict[str, set[str]] = {}
        for member, place in rows(PLACES, (), ids):
            found.setdefault(member, set()).add(place)
        return {member: frozenset(places) for member, places in found.items()}

    def take_places(self, places: Mapping[str, frozenset[str]]) -> None:
        """See `HubTransaction`."""
        write(LEAVE, [(member,) for member in places])
        write(TAKE, [(member, place) for member, held in places.items() for place in held])

    def taken(self, places: Collection[str]) -> dict[str, int]:
        """See `HubTransaction`."""
        return dict(rows(TAKEN, (), places))

    def notes(self, ids: Collection[str]) -> dict[str, list[NoteText]]:
        """See `HubTransaction`."""
        found: dict[str, list[NoteText]] = {}
        for member, note, text, by, reply_to in rows(LETTERS, (), ids):
            found.setdefault(member, []).append(NoteText(note, member, text, by, reply_to))
        return found

    def save_note(self, note: NoteText) -> None:
        """See `HubTransaction`."""
        words = {"text": note.text, "by": note.by, "reply_to": note.reply_to}
        models.Letter.objects.update_or_create(member_id=note.member, note=note.note, defaults=words)


def _profile(
    name: str | None, language: str, greeting: str | None, hide: bool, month: int | None, day: int | None, set_ms: int, profession: str
) -> Profile | None:
    if name is None:
        return None
    return Profile(name, language, greeting, bool(hide), (month, day) if month and day else None, set_ms, profession)


def _columns(profile: Profile) -> dict[str, object]:
    month, day = profile.birthday or (None, None)
    return {
        "display_name": profile.display_name,
        "language": profile.language,
        "greeting_name": profile.greeting_name,
        "hide_balance": profile.hide_balance,
        "birthday_month": month,
        "birthday_day": day,
        "birthday_set_ms": profile.birthday_set_ms,
        "profession": profile.profession,
    }


def _card(row: models.Card) -> Card:
    return Card(
        row.reference,
        CardStatus(row.status),
        row.member_id or "",
        row.generation,
        row.by,
        row.replaced_for,
        row.since_ms,
        CardStatus(row.was),
        tuple(json.loads(row.problems)),
    )


def _card_row(card: Card) -> models.Card:
    return models.Card(
        reference=card.card,
        member_id=card.owner or None,
        status=card.status.value,
        generation=card.generation,
        by=card.by,
        replaced_for=card.replaced_for,
        since_ms=card.since,
        was=card.was.value,
        problems=json.dumps(card.problems),
    )
