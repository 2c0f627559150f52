"""What the hub holds, as plain rows for a person: members, newest facts, kiosks, and the sums of it. Reads only.

How a row looks is the templates' business; what a fact earns is `loyalty`'s.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Sum
from django.db.models.functions import Coalesce

from hub import models
from loyalty.codec import decode
from loyalty.facts import Face, Fact, Rating, Reason, StoreRecovered, Unknown, Visit

MEMBERS_SHOWN_MAX = 200  # one screenful of scrolling; a larger shop needs the search of the console
FACTS_SHOWN_MAX = 50
KIOSKS_SHOWN_MAX = 200

FACES = {Face.VERY_BAD: "very bad", Face.BAD: "bad", Face.GOOD: "good", Face.VERY_GOOD: "very good"}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member. `shown`: whether their balance may be shown to others near the screen of a kiosk."""

    id: str
    name: str
    language: str
    points: int
    cards: int
    shown: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact: when it counts for, where, what, and whose it is: a member's name, or the first 8 characters of the card's reference."""

    at: datetime
    kiosk: str
    what: str
    who: str
    bad: bool


@dataclass(frozen=True, slots=True)
class KioskRow:
    """A kiosk. `upto` of `epoch`: what the hub holds of its newest stream; `lost`: facts it could never deliver."""

    id: str
    presence: str
    heard_at: datetime | None
    epoch: str
    upto: int
    unclaimed: int
    put_aside: int
    lost: int


@dataclass(frozen=True, slots=True)
class Sums:
    """The hub in numbers. `claims`: facts the kiosks were told are held; more than `facts` by those put aside or lost."""

    members: int
    facts: int
    points: int
    claims: int
    put_aside: int
    lost: int


def sums() -> Sums:
    """The hub in numbers, now."""
    lost = sum(last - first + 1 for first, last in models.StreamGap.objects.values_list("first", "last"))
    return Sums(
        members=models.Member.objects.count(),
        facts=models.FactRow.objects.count(),
        points=models.Member.objects.aggregate(sum=Coalesce(Sum("points"), 0))["sum"],
        claims=models.KioskStream.objects.aggregate(sum=Coalesce(Sum("upto"), 0))["sum"],
        put_aside=models.Quarantine.objects.count(),
        lost=lost,
    )


def members() -> list[MemberRow]:
    """Members by name."""
    rows = models.Member.objects.select_related("profile").prefetch_related("cards").order_by("profile__display_name", "id")
    return [
        MemberRow(m.id, m.profile.display_name, m.profile.language, m.points, len(m.cards.all()), not m.profile.hide_balance)
        for m in rows[:MEMBERS_SHOWN_MAX]
    ]


def facts() -> list[FactRow]:
    """The newest facts as they came in, newest first."""
    rows = list(models.FactRow.objects.order_by("-id")[:FACTS_SHOWN_MAX])
    owned = models.Card.objects.filter(reference__in={row.card for row in rows if row.card})
    names = dict(owned.values_list("reference", "member__profile__display_name"))
    shown = []
    for row in rows:
        fact = decode(json.loads(row.document), row.kiosk, row.epoch, row.boot)
        bad = isinstance(fact.body, Rating) and fact.body.face.is_bad
        shown.append(FactRow(_moment(row.effective_ms), row.kiosk, words(fact), names.get(row.card, row.card[:8]), bad))
    return shown


def kiosks() -> list[KioskRow]:
    """All kiosks that ever spoke, by name."""
    rows = list(models.Kiosk.objects.order_by("id")[:KIOSKS_SHOWN_MAX])
    heard = dict(models.KioskStream.objects.values_list("kiosk").annotate(newest=Max("moved_ms")))
    lost: dict[str, int] = {}
    for kiosk, first, last in models.StreamGap.objects.values_list("kiosk", "first", "last"):
        lost[kiosk] = lost.get(kiosk, 0) + last - first + 1
    shown = []
    for row in rows:
        stream = models.KioskStream.objects.filter(kiosk=row.id).order_by("-moved_ms", "epoch").first()
        heard_ms = max(row.heard_ms, heard.get(row.id, 0))
        aside = models.Quarantine.objects.filter(kiosk=row.id).count()
        epoch, upto = (stream.epoch, stream.upto) if stream else ("", 0)
        at = _moment(heard_ms) if heard_ms else None
        shown.append(KioskRow(row.id, row.presence, at, epoch, upto, row.unclaimed, aside, lost.get(row.id, 0)))
    return shown


def status() -> dict[str, Any]:
    """Everything a status line needs, as JSON's own types; no names."""
    rows = [asdict(row) | {"heard_at": row.heard_at.isoformat() if row.heard_at else None} for row in kiosks()]
    return asdict(sums()) | {"kiosks": rows}


def words(fact: Fact) -> str:
    """A fact in words for staff."""
    match fact.body:
        case Visit(_, evidence):
            return f"visit ({evidence.chip})"
        case Rating(_, _, face):
            return f"rating: {FACES[face]}"
        case Reason(_, _, code):
            return f"reason: {code.value}"
        case StoreRecovered():
            return "the kiosk's store was damaged and begun anew"
        case Unknown(kind):
            return f"not known to this version: {kind}"


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
