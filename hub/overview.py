"""What the hub holds, as plain rows for a person: open cases, members, newest facts, kiosks, and the sums of it. Reads only.

Figures of a member are as of the last fact about them: what burns or vests by time alone is reckoned at the next one. How a row
looks is the templates' business; what a fact earns is `loyalty`'s.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Sum
from django.db.models.functions import Coalesce

from hub import models
from hub.records import KioskRecord
from hub.words import noted, with_words
from loyalty.account import Account, restore
from loyalty.codec import TIME_MS_MAX, decode
from loyalty.facts import Fact, Rating
from loyalty.shapes import Malformed
from mqtt.messages import AlertId

MEMBERS_SHOWN_MAX = 200  # one screenful of scrolling; a larger shop needs the search of the console
FACTS_SHOWN_MAX = 50
KIOSKS_SHOWN_MAX = 200
CASES_SHOWN_MAX = 50
MARKS_SHOWN_MAX = 20
ALERTS = {
    AlertId.DISK_LOW: "{} MB free on its disk",
    AlertId.OUTBOX_HIGH: "{} facts that only it holds",
    AlertId.ACK_STALLED: "sends in vain, {} facts wait",
    AlertId.STORE_FAILING: "cannot write: {} refused in a row",
    AlertId.STORE_RECOVERED: "{} damaged stores lie aside",
    AlertId.READER_LOST: "no card reader",
    AlertId.CLOCK_UNSYNCED: "nobody but the hub tells it the time",
}  # with the alert's number


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member. `shown`: whether their balance may be shown to others near the screen of a kiosk. `name` "": they were forgotten."""

    id: str
    name: str
    language: str
    rung: str
    tier: str
    points: int
    available: int
    pending: int
    owed: int
    cards: int
    shown: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case that the customer has not confirmed. `severity` 1 is the gravest."""

    id: str
    severity: int
    opened: datetime
    status: str
    reason: str
    who: str
    member: str
    contact: bool


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A fact that made no sense, and why."""

    fact: str
    why: str
    who: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact: when it counts for, where, what, and whose it is: a member's name, or the first 8 characters of the card's reference."""

    at: datetime
    kiosk: str
    what: str
    who: str
    bad: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """What a kiosk has raised: in words, how grave, since when by its own clock."""

    alert: str
    severity: str
    said: str
    since: datetime


@dataclass(frozen=True, slots=True)
class KioskRow:
    """A kiosk. `why` it is off line, or serves nobody. `upto` of `epoch`: what the hub holds of its newest stream; `lost`: facts it could
    never deliver; `clone_suspect`: two devices take turns under its name, `device` and `twin`.
    """

    id: str
    presence: str
    why: str
    heard_at: datetime | None
    epoch: str
    upto: int
    unclaimed: int
    put_aside: int
    lost: int
    device: str
    twin: str
    clone_suspect: bool
    alerts: list[AlertRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sums:
    """The hub in numbers. `claims`: facts the kiosks were told are held; more than `facts` by those put aside or lost."""

    members: int
    facts: int
    points: int
    claims: int
    put_aside: int
    lost: int
    open_cases: int
    made_no_sense: int
    alerts: int


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
        open_cases=models.Member.objects.aggregate(sum=Coalesce(Sum("cases"), 0))["sum"],
        made_no_sense=models.Member.objects.aggregate(sum=Coalesce(Sum("marked"), 0))["sum"],
        alerts=models.KioskAlert.objects.count(),
    )


def cases() -> list[CaseRow]:
    """Cases that are open, the gravest and oldest first."""
    waiting = models.Member.objects.filter(cases__gt=0).select_related("profile", "snapshot").order_by("changed_ms")
    found = [
        CaseRow(case.id, case.severity, _moment(case.opened), case.status.value, case.reason, _name(row), row.id, case.contact)
        for row in waiting[:CASES_SHOWN_MAX]
        for case in _account(row).voice.open_cases()
    ]
    return sorted(found, key=lambda case: (case.severity, case.opened, case.id))[:CASES_SHOWN_MAX]


def marks() -> list[MarkRow]:
    """Facts that made no sense, those of the last folded members first."""
    rows = models.Member.objects.filter(marked__gt=0).select_related("profile", "snapshot").order_by("-changed_ms", "id")
    found = [(mark.partition(": "), _name(row)) for row in rows[:MARKS_SHOWN_MAX] for mark in reversed(_account(row).marks)]
    return [MarkRow(fact, why, who) for (fact, _, why), who in found[:MARKS_SHOWN_MAX]]


def _account(row: models.Member) -> Account:
    """The account as of the last fact; of a member that is to be folded anew by this version an empty one."""
    snapshot: models.MemberSnapshot | None = getattr(row, "snapshot", None)
    try:
        return restore(json.loads(snapshot.text)) if snapshot else Account()
    except Malformed:
        return Account()


def _name(row: models.Member) -> str:
    profile: models.MemberProfile | None = getattr(row, "profile", None)
    return profile.display_name if profile else row.id


def members() -> list[MemberRow]:
    """Members by name."""
    rows = models.Member.objects.select_related("profile").prefetch_related("cards").order_by("profile__display_name", "id")
    return [_member(row) for row in rows[:MEMBERS_SHOWN_MAX]]


def _member(row: models.Member) -> MemberRow:
    profile: models.MemberProfile | None = getattr(row, "profile", None)
    name, language, hidden = (profile.display_name, profile.language, profile.hide_balance) if profile else ("", "", False)
    money = (row.points, row.available, row.pending, row.owed)
    return MemberRow(row.id, name, language, row.rung, row.tier, *money, len(row.cards.all()), not hidden)


def facts() -> list[FactRow]:
    """The newest facts as they came in, newest first."""
    rows = list(models.FactRow.objects.order_by("-id")[:FACTS_SHOWN_MAX])
    owned = models.Card.objects.filter(reference__in={row.card for row in rows if row.card})
    names = dict(owned.values_list("reference", "member__profile__display_name"))
    named = models.MemberProfile.objects.filter(member_id__in={row.member for row in rows if row.member})
    names |= dict(named.values_list("member_id", "display_name"))
    told = [decode(json.loads(row.document), row.kiosk, row.epoch, row.boot) for row in rows]
    said = _said(told)
    shown = []
    for row, fact in zip(rows, told, strict=True):
        bad = isinstance(fact.body, Rating) and fact.body.face.is_bad
        who = names.get(row.card or row.member) or row.card[:8] or row.member
        shown.append(FactRow(_moment(row.effective_ms), row.kiosk, with_words(fact, said), who, bad))
    return shown


def _said(facts: list[Fact]) -> dict[str, str]:
    """What staff said about these facts, as far as it was not erased."""
    ids = noted(facts)
    return dict(models.Letter.objects.filter(note__in=ids).values_list("note", "text")) if ids else {}


def kiosks() -> list[KioskRow]:
    """All kiosks that ever spoke, by name."""
    rows = list(models.Kiosk.objects.order_by("id")[:KIOSKS_SHOWN_MAX])
    heard = dict(models.KioskStream.objects.values_list("kiosk").annotate(newest=Max("moved_ms")))
    lost: dict[str, int] = {}
    for kiosk, first, last in models.StreamGap.objects.values_list("kiosk", "first", "last"):
        lost[kiosk] = lost.get(kiosk, 0) + last - first + 1
    raised = _alerts()
    shown = []
    for row in rows:
        stream = models.KioskStream.objects.filter(kiosk=row.id).order_by("-moved_ms", "epoch").first()
        heard_ms = max(row.heard_ms, heard.get(row.id, 0))
        aside = models.Quarantine.objects.filter(kiosk=row.id).count()
        epoch, upto = (stream.epoch, stream.upto) if stream else ("", 0)
        at = _moment(heard_ms) if heard_ms else None
        suspect = KioskRecord(row.id, heard_ms=row.heard_ms, twin_ms=row.twin_ms).clone_suspect
        counts = (row.unclaimed, aside, lost.get(row.id, 0))
        alerts = raised.get(row.id, [])
        shown.append(KioskRow(row.id, row.presence, row.why, at, epoch, upto, *counts, row.device, row.twin, suspect, alerts))
    return shown


def _alerts() -> dict[str, list[AlertRow]]:
    """What is raised, by kiosk, the gravest first."""
    raised: dict[str, list[AlertRow]] = {}
    for row in models.KioskAlert.objects.order_by("kiosk", "severity", "alert"):
        said = ALERTS[AlertId(row.alert)].format(row.number)
        raised.setdefault(row.kiosk, []).append(AlertRow(row.alert, row.severity, said, _moment(min(row.since_ms, TIME_MS_MAX))))
    return raised


def status() -> dict[str, Any]:
    """Everything a status line needs, as JSON's own types; no names."""
    rows = [_plain(row) for row in kiosks()]
    open_cases = [{"member": each.member, "case": each.id, "severity": each.severity, "status": each.status} for each in cases()]
    return asdict(sums()) | {"kiosks": rows, "cases": open_cases}


def _plain(row: KioskRow) -> dict[str, Any]:
    """A kiosk as JSON's own types."""
    alerts = [asdict(each) | {"since": each.since.isoformat()} for each in row.alerts]
    return asdict(row) | {"heard_at": row.heard_at.isoformat() if row.heard_at else None, "alerts": alerts}


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
