"""The hub's store in a database through Django: one transaction per call of the receiver. Streams and kiosks are here.

What happens at every tap is plain SQL, the same for SQLite and PostgreSQL (see `sql`). What is rare goes through the models. No rule
of points is known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.db.models import F

from hub import models
from hub.django_commands import DjangoCommands
from hub.django_desk import DjangoDesk
from hub.django_fleet import DjangoFleet
from hub.django_lease import DjangoLeases
from hub.django_members import DjangoMembers
from hub.records import STREAMS_COVERED_MAX, KeptFact, KioskRecord, PutAside, RaisedAlert, StreamGap, StreamId
from hub.sql import rows, write
from mqtt.messages import AlertId, Presence, Severity

# (...) is replaced by as many places as there are values.
CURSORS = "SELECT epoch, upto FROM hub_kioskstream WHERE kiosk = %s AND epoch IN (...)"
NEWEST = "SELECT epoch, upto FROM hub_kioskstream WHERE kiosk = %s ORDER BY moved_ms DESC, epoch LIMIT %s"
MOVE = (
    "INSERT INTO hub_kioskstream (kiosk, epoch, upto, moved_ms) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (kiosk, epoch) DO UPDATE SET upto = excluded.upto, moved_ms = excluded.moved_ms"
)
KEEP = (
    "INSERT INTO hub_factrow (kiosk, epoch, number, boot, document, content, card, member, effective_ms, received_ms) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
CONTENTS = "SELECT number, content FROM hub_factrow WHERE kiosk = %s AND epoch = %s AND number IN (...)"
BOOT_START = "SELECT start_ms FROM hub_kioskboot WHERE kiosk = %s AND boot = %s"


class DjangoHubStore:
    """The store. To be used on one thread at a time; the thread's connection is Django's."""

    @contextmanager
    def transaction(self) -> Iterator[DjangoTransaction]:
        """Begin. Raises RuntimeError within another transaction: the inner one would not be durable when it ends."""
        with transaction.atomic(durable=True):
            yield DjangoTransaction()


class DjangoTransaction(DjangoMembers, DjangoDesk, DjangoFleet, DjangoCommands, DjangoLeases):
    """One transaction on the connection of this thread."""

    def cursors(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """See `HubTransaction`."""
        found: dict[StreamId, int] = {}
        for kiosk in {stream.kiosk for stream in streams}:
            epochs = [stream.epoch for stream in streams if stream.kiosk == kiosk]
            found |= {StreamId(kiosk, epoch): upto for epoch, upto in rows(CURSORS, (kiosk,), epochs)}
        return found

    def newest_cursors(self, kiosks: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
        """See `HubTransaction`. One query per kiosk, so that one with ten thousand old streams costs no more than its newest."""
        held = ((kiosk, rows(NEWEST, (kiosk, STREAMS_COVERED_MAX))) for kiosk in kiosks)
        return {kiosk: tuple((epoch, upto) for epoch, upto in found) for kiosk, found in held if found}

    def move_cursors(self, cursors: Mapping[StreamId, int], now_ms: int) -> None:
        """See `HubTransaction`."""
        write(MOVE, [(kiosk, epoch, upto, now_ms) for (kiosk, epoch), upto in cursors.items()])

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `HubTransaction`."""
        try:
            write(KEEP, [_fact_row(kept, now_ms) for kept in facts])
        except IntegrityError as error:
            raise ValueError(f"{facts[0].fact.id} or a fact kept together with it is kept already") from error

    def put_aside(self, items: Sequence[PutAside], now_ms: int) -> None:
        """See `HubTransaction`."""
        put = [
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
        models.Quarantine.objects.bulk_create(put, ignore_conflicts=True)

    def contents(self, stream: StreamId, numbers: Collection[int]) -> dict[int, str]:
        """See `HubTransaction`."""
        return dict(rows(CONTENTS, stream, numbers))

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

    def kiosk(self, kiosk: str) -> KioskRecord:
        """See `HubTransaction`."""
        row = models.Kiosk.objects.filter(id=kiosk).annotate(kiosk=F("id")).values(*KioskRecord.__dataclass_fields__).first()
        return KioskRecord(kiosk) if row is None else KioskRecord(**{**row, "presence": Presence(row["presence"])})

    def save_kiosk(self, record: KioskRecord) -> None:
        """See `HubTransaction`."""
        fields = asdict(record)
        models.Kiosk.objects.update_or_create(id=fields.pop("kiosk"), defaults=fields | {"presence": record.presence.value})

    def kiosk_count(self) -> int:
        """See `HubTransaction`."""
        return models.Kiosk.objects.count()

    def raise_alert(self, alert: RaisedAlert) -> None:
        """See `HubTransaction`."""
        said = {"severity": alert.severity.value, "since_ms": alert.since_ms, "number": alert.number, "heard_ms": alert.heard_ms}
        models.KioskAlert.objects.update_or_create(kiosk=alert.kiosk, alert=alert.id.value, defaults=said)

    def end_alert(self, kiosk: str, alert: AlertId) -> None:
        """See `HubTransaction`."""
        models.KioskAlert.objects.filter(kiosk=kiosk, alert=alert.value).delete()

    def alerts(self) -> list[RaisedAlert]:
        """See `HubTransaction`."""
        rows = models.KioskAlert.objects.order_by("kiosk", "alert")
        found = rows.values_list("kiosk", "alert", "severity", "since_ms", "number", "heard_ms")
        return [RaisedAlert(kiosk, AlertId(each), Severity(severity), *rest) for kiosk, each, severity, *rest in found]

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `HubTransaction`."""
        found = rows(BOOT_START, (kiosk, boot))
        return int(found[0][0]) if found else None

    def save_boot_start(self, kiosk: str, boot: str, start_ms: int) -> None:
        """See `HubTransaction`."""
        models.KioskBoot.objects.update_or_create(kiosk=kiosk, boot=boot, defaults={"start_ms": start_ms})


def _fact_row(kept: KeptFact, now_ms: int) -> tuple[str | int, ...]:
    fact, id_ = kept.fact, kept.fact.id
    whose = (fact.card or "", fact.member or "")
    return (id_.kiosk, id_.epoch, id_.number, fact.boot, kept.text, kept.content, *whose, fact.when_ms, now_ms)
