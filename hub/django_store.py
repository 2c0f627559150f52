"""The hub's store in a database through Django: one transaction per call of the receiver.

What happens at every tap is plain SQL, the same for SQLite and PostgreSQL, on Django's connection: building a query object
costs ten times what the database does with it. What is rare goes through the models. No rule of points is known here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from hub import models
from hub.records import STREAMS_COVERED_MAX, KeptFact, KioskRecord, MemberRecord, Profile, PutAside, Seen, StreamGap, StreamId
from hub.timing import dated
from loyalty.codec import decode
from loyalty.facts import Fact
from mqtt.messages import Presence

FACTS_AT_HAND_MAX = 16_384  # decoded facts kept in memory, about 16 MB: the past of the day's regulars, who come again

# (...) is replaced by as many places as there are values.
CURSORS = "SELECT epoch, upto FROM hub_kioskstream WHERE kiosk = %s AND epoch IN (...)"
NEWEST = "SELECT epoch, upto FROM hub_kioskstream WHERE kiosk = %s ORDER BY moved_ms DESC, epoch LIMIT %s"
MOVE = (
    "INSERT INTO hub_kioskstream (kiosk, epoch, upto, moved_ms) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (kiosk, epoch) DO UPDATE SET upto = excluded.upto, moved_ms = excluded.moved_ms"
)
KEEP = (
    "INSERT INTO hub_factrow (kiosk, epoch, number, boot, document, content, card, effective_ms, received_ms) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
CONTENTS = "SELECT number, content FROM hub_factrow WHERE kiosk = %s AND epoch = %s AND number IN (...)"
SIGHT = "INSERT INTO hub_sighting (kiosk, card) VALUES (%s, %s) ON CONFLICT (card, kiosk) DO NOTHING"
LISTENERS = (
    "SELECT s.kiosk, s.card FROM hub_sighting s JOIN hub_kiosk k ON k.id = s.kiosk WHERE k.boot <> '' AND s.card IN (...) "
    "ORDER BY s.kiosk, s.card"
)
OWNERS = "SELECT reference, member_id FROM hub_card WHERE reference IN (...)"
CARDS = "SELECT member_id, reference FROM hub_card WHERE member_id IN (...) ORDER BY reference"
MEMBERS = (
    "SELECT m.id, m.version, m.points, m.earned, p.display_name, p.language, p.greeting_name, p.hide_balance "
    "FROM hub_member m JOIN hub_memberprofile p ON p.member_id = m.id WHERE m.id IN (...)"
)
FACTS = "SELECT document, kiosk, epoch, boot, effective_ms FROM hub_factrow WHERE card IN (...) AND card <> ''"
FOLDED = "UPDATE hub_member SET version = %s, points = %s, earned = %s, changed_ms = %s WHERE id = %s"
BOOT = "SELECT boot FROM hub_kiosk WHERE id = %s"
BOOT_START = "SELECT start_ms FROM hub_kioskboot WHERE kiosk = %s AND boot = %s"


def _rows(sql: str, first: Sequence[Any] = (), among: Collection[Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows of a query whose places are filled by `first` and then `among`; none where `among` is empty."""
    if among is not None:
        if not among:
            return []
        sql = sql.replace("(...)", f"({','.join(['%s'] * len(among))})")
    with connection.cursor() as cursor:
        cursor.execute(sql, [*first, *(among or ())])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _write(sql: str, rows: list[tuple[Any, ...]]) -> None:
    """The same statement for each of the rows."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


@lru_cache(maxsize=FACTS_AT_HAND_MAX)
def _fact(document: str, kiosk: str, epoch: str, boot: str, effective_ms: int) -> Fact:
    """A fact from its row; facts never change, so reading one again gives the same."""
    return dated(decode(json.loads(document), kiosk, epoch, boot), effective_ms)


class DjangoHubStore:
    """The store. To be used on one thread at a time; the thread's connection is Django's."""

    @contextmanager
    def transaction(self) -> Iterator[DjangoTransaction]:
        """Begin. Raises RuntimeError within another transaction: the inner one would not be durable when it ends."""
        with transaction.atomic(durable=True):
            yield DjangoTransaction()


class DjangoTransaction:
    """One transaction on the connection of this thread."""

    def cursors(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """See `HubTransaction`."""
        found: dict[StreamId, int] = {}
        for kiosk in {stream.kiosk for stream in streams}:
            epochs = [stream.epoch for stream in streams if stream.kiosk == kiosk]
            found |= {StreamId(kiosk, epoch): upto for epoch, upto in _rows(CURSORS, (kiosk,), epochs)}
        return found

    def newest_cursors(self, kiosks: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
        """See `HubTransaction`. One query per kiosk, so that one with ten thousand old streams costs no more than its newest."""
        held = ((kiosk, _rows(NEWEST, (kiosk, STREAMS_COVERED_MAX))) for kiosk in kiosks)
        return {kiosk: tuple((epoch, upto) for epoch, upto in rows) for kiosk, rows in held if rows}

    def move_cursors(self, cursors: Mapping[StreamId, int], now_ms: int) -> None:
        """See `HubTransaction`."""
        _write(MOVE, [(kiosk, epoch, upto, now_ms) for (kiosk, epoch), upto in cursors.items()])

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `HubTransaction`."""
        rows = [
            (fact.id.kiosk, fact.id.epoch, fact.id.number, fact.boot, kept.text, kept.content, fact.card or "", fact.when_ms, now_ms)
            for kept, fact in ((kept, kept.fact) for kept in facts)
        ]
        try:
            _write(KEEP, rows)
        except IntegrityError as error:
            raise ValueError(f"a fact of {rows[0][0]} from number {rows[0][2]} on is kept already") from error

    def put_aside(self, items: Sequence[PutAside], now_ms: int) -> None:
        """See `HubTransaction`."""
        rows = [
            models.Quarantine(
                kiosk=item.stream.kiosk,
                epoch=item.stream.epoch,
                number=item.number,
                code=item.code,
                document=item.text,
                content=item.content,
                received_ms=now_ms,
            )
            for item in items
        ]
        models.Quarantine.objects.bulk_create(rows, ignore_conflicts=True)

    def contents(self, stream: StreamId, numbers: Collection[int]) -> dict[int, str]:
        """See `HubTransaction`."""
        return dict(_rows(CONTENTS, stream, numbers))

    def aside(self, stream: StreamId, numbers: Collection[int]) -> dict[int, list[PutAside]]:
        """See `HubTransaction`."""
        found: dict[int, list[PutAside]] = {}
        held = models.Quarantine.objects.filter(kiosk=stream.kiosk, epoch=stream.epoch, number__in=numbers).order_by("id")
        for number, code, text, content in held.values_list("number", "code", "document", "content"):
            found.setdefault(number, []).append(PutAside(stream, number, code, text, content))
        return found

    def note_gap(self, gap: StreamGap, now_ms: int) -> None:
        """See `HubTransaction`."""
        models.StreamGap.objects.create(kiosk=gap.stream.kiosk, epoch=gap.stream.epoch, first=gap.first, last=gap.last, noted_ms=now_ms)

    def sight(self, seen: Iterable[Seen]) -> None:
        """See `HubTransaction`."""
        _write(SIGHT, [tuple(each) for each in seen])

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """See `HubTransaction`."""
        return [Seen(kiosk, card) for kiosk, card in _rows(LISTENERS, (), cards)]

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        seen = models.Sighting.objects.filter(kiosk=kiosk).values("card")
        cards = models.Card.objects.filter(reference__in=seen).order_by("-member__version", "reference")
        return list(cards.values_list("reference", flat=True)[:count_max])

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return dict(_rows(OWNERS, (), cards))

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """See `HubTransaction`."""
        cards: dict[str, list[str]] = {}
        for member, reference in _rows(CARDS, (), ids):
            cards.setdefault(member, []).append(reference)
        found = {}
        for id_, version, points, earned, display_name, language, greeting_name, hide_balance in _rows(MEMBERS, (), ids):
            profile = Profile(display_name, language, greeting_name, bool(hide_balance))
            found[id_] = MemberRecord(id_, profile, tuple(cards.get(id_, ())), version, points, tuple(json.loads(earned)))
        return found

    def facts_of(self, cards: Collection[str]) -> list[Fact]:
        """See `HubTransaction`."""
        return [_fact(*row) for row in _rows(FACTS, (), cards)]

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """See `HubTransaction`."""
        models.Member.objects.get_or_create(id=member.id)
        models.MemberProfile.objects.update_or_create(member_id=member.id, defaults=asdict(member.profile))
        cards = [models.Card(reference=card, member_id=member.id) for card in member.cards]
        models.Card.objects.bulk_create(cards, update_conflicts=True, unique_fields=("reference",), update_fields=("member",))

    def folded(self, members: Sequence[MemberRecord], now_ms: int) -> None:
        """See `HubTransaction`."""
        _write(FOLDED, [(each.version, each.points, json.dumps(each.earned), now_ms, each.id) for each in members])

    def kiosk(self, kiosk: str) -> KioskRecord:
        """See `HubTransaction`."""
        row = models.Kiosk.objects.filter(id=kiosk).annotate(kiosk=F("id")).values(*KioskRecord.__dataclass_fields__).first()
        return KioskRecord(kiosk) if row is None else KioskRecord(**{**row, "presence": Presence(row["presence"])})

    def save_kiosk(self, record: KioskRecord) -> None:
        """See `HubTransaction`."""
        fields = asdict(record)
        models.Kiosk.objects.update_or_create(id=fields.pop("kiosk"), defaults=fields | {"presence": record.presence.value})

    def boot_of(self, kiosk: str) -> str:
        """See `HubTransaction`."""
        rows = _rows(BOOT, (kiosk,))
        return str(rows[0][0]) if rows else ""

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `HubTransaction`."""
        rows = _rows(BOOT_START, (kiosk, boot))
        return int(rows[0][0]) if rows else None

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """See `HubTransaction`."""
        models.KioskBoot.objects.update_or_create(kiosk=kiosk, boot=boot, defaults={"start_ms": start_ms})
