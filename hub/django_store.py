"""The hub's store in a database through Django: SQLite in WAL mode, one transaction per call of the receiver.

Rows are written in bulk and read as plain values: a model object per fact would cost more than everything else together.
What the records mean is said in `records`; no rule of points and no wire is known here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

from django.db import IntegrityError, transaction
from django.db.models import F

from hub import models
from hub.records import STREAMS_COVERED_MAX, KeptFact, KioskRecord, MemberRecord, Profile, PutAside, Seen, StreamGap, StreamId
from loyalty.codec import decode
from loyalty.facts import Fact
from mqtt.messages import Presence


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
            rows = models.KioskStream.objects.filter(kiosk=kiosk, epoch__in=epochs).values_list("epoch", "upto")
            found |= {StreamId(kiosk, epoch): upto for epoch, upto in rows}
        return found

    def newest_cursors(self, kiosks: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
        """See `HubTransaction`. One query per kiosk, so that one with ten thousand old streams costs no more than its newest."""
        newest = {}
        for kiosk in kiosks:
            rows = models.KioskStream.objects.filter(kiosk=kiosk).order_by("-moved_ms", "epoch").values_list("epoch", "upto")
            if held := tuple(rows[:STREAMS_COVERED_MAX]):
                newest[kiosk] = held
        return newest

    def move_cursors(self, cursors: Mapping[StreamId, int], now_ms: int) -> None:
        """See `HubTransaction`."""
        rows = [models.KioskStream(kiosk=kiosk, epoch=epoch, upto=upto, moved_ms=now_ms) for (kiosk, epoch), upto in cursors.items()]
        models.KioskStream.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=("kiosk", "epoch"), update_fields=("upto", "moved_ms")
        )

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `HubTransaction`."""
        rows = [
            models.FactRow(
                kiosk=kept.fact.id.kiosk,
                epoch=kept.fact.id.epoch,
                number=kept.fact.id.number,
                boot=kept.fact.boot,
                document=kept.text,
                content=kept.content,
                card=kept.fact.card or "",
                effective_ms=kept.fact.when_ms,
                received_ms=now_ms,
            )
            for kept in facts
        ]
        try:
            models.FactRow.objects.bulk_create(rows)
        except IntegrityError as error:
            raise ValueError(f"a fact of {rows[0].kiosk} from number {rows[0].number} on is kept already") from error

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
        held = models.FactRow.objects.filter(kiosk=stream.kiosk, epoch=stream.epoch, number__in=numbers)
        return dict(held.values_list("number", "content"))

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
        models.Sighting.objects.bulk_create([models.Sighting(kiosk=kiosk, card=card) for kiosk, card in seen], ignore_conflicts=True)

    def listeners(self, cards: Collection[str]) -> list[Seen]:
        """See `HubTransaction`."""
        listening = models.Kiosk.objects.exclude(boot="").values("id")
        rows = models.Sighting.objects.filter(card__in=cards, kiosk__in=listening).order_by("kiosk", "card").values_list("kiosk", "card")
        return [Seen(kiosk, card) for kiosk, card in rows]

    def cards_seen(self, kiosk: str, count_max: int) -> list[str]:
        """See `HubTransaction`."""
        seen = models.Sighting.objects.filter(kiosk=kiosk).values("card")
        cards = models.Card.objects.filter(reference__in=seen).order_by("-member__version", "reference")
        return list(cards.values_list("reference", flat=True)[:count_max])

    def owners(self, cards: Collection[str]) -> dict[str, str]:
        """See `HubTransaction`."""
        return dict(models.Card.objects.filter(reference__in=cards).values_list("reference", "member_id"))

    def members(self, ids: Collection[str]) -> dict[str, MemberRecord]:
        """See `HubTransaction`."""
        if not ids:
            return {}
        cards: dict[str, list[str]] = {}
        owned = models.Card.objects.filter(member_id__in=ids).order_by("reference")
        for reference, member in owned.values_list("reference", "member_id"):
            cards.setdefault(member, []).append(reference)
        profile = ("profile__display_name", "profile__language", "profile__greeting_name", "profile__hide_balance")
        rows = models.Member.objects.filter(id__in=ids).values_list("id", "version", "points", "earned", *profile)
        return {
            row[0]: MemberRecord(row[0], Profile(*row[4:]), tuple(cards.get(row[0], ())), row[1], row[2], tuple(json.loads(row[3])))
            for row in rows
        }

    def facts_of(self, cards: Collection[str]) -> list[Fact]:
        """See `HubTransaction`."""
        rows = models.FactRow.objects.filter(card__in=cards).values_list("document", "kiosk", "epoch", "boot", "effective_ms")
        return [
            replace(decode(json.loads(document), kiosk, epoch, boot), effective_ms=effective_ms)
            for document, kiosk, epoch, boot, effective_ms in rows
        ]

    def enrol(self, member: MemberRecord, now_ms: int) -> None:
        """See `HubTransaction`."""
        models.Member.objects.get_or_create(id=member.id)
        models.MemberProfile.objects.update_or_create(member_id=member.id, defaults=asdict(member.profile))
        cards = [models.Card(reference=card, member_id=member.id) for card in member.cards]
        models.Card.objects.bulk_create(cards, update_conflicts=True, unique_fields=("reference",), update_fields=("member",))

    def folded(self, members: Sequence[MemberRecord], now_ms: int) -> None:
        """See `HubTransaction`. The rows exist, so that each of these inserts becomes an update of one row."""
        rows = [
            models.Member(id=each.id, version=each.version, points=each.points, earned=json.dumps(each.earned), changed_ms=now_ms)
            for each in members
        ]
        fields = ("version", "points", "earned", "changed_ms")
        models.Member.objects.bulk_create(rows, update_conflicts=True, unique_fields=("id",), update_fields=fields)

    def kiosk(self, kiosk: str) -> KioskRecord:
        """See `HubTransaction`."""
        row = models.Kiosk.objects.filter(id=kiosk).annotate(kiosk=F("id")).values(*KioskRecord.__dataclass_fields__).first()
        return KioskRecord(kiosk) if row is None else KioskRecord(**{**row, "presence": Presence(row["presence"])})

    def save_kiosk(self, record: KioskRecord) -> None:
        """See `HubTransaction`."""
        fields = asdict(record)
        models.Kiosk.objects.update_or_create(id=fields.pop("kiosk"), defaults=fields | {"presence": record.presence.value})

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `HubTransaction`."""
        return models.KioskBoot.objects.filter(kiosk=kiosk, boot=boot).values_list("start_ms", flat=True).first()

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """See `HubTransaction`."""
        models.KioskBoot.objects.update_or_create(kiosk=kiosk, boot=boot, defaults={"start_ms": start_ms})
