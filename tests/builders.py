"""What the tests of the core speak with: facts, moments, programmes, standings and states, one short line each.

Every value has a sensible default, so a test names only what it is about. No test and no device lives here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from kiosk.machine import State
from kiosk.outbox import Held, Identity, Outbox
from kiosk.phases import Conversation, Shop
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, Rating, Reason, ReasonCode, Visit
from loyalty.moment import Moment
from loyalty.programme import Programme
from loyalty.standing import MemberView, Standing

KYIV = ZoneInfo("Europe/Kyiv")
DAY_MS = 86_400_000
NOON_MS = 1_795_341_600_000  # 2026-11-22 12:00 in Kyiv, 10:00 UTC
TODAY = "2026-11-22"  # the business day of NOON_MS, in Kyiv as in UTC
CARD, OTHER_CARD, THIRD_CARD = "a" * 32, "b" * 32, "c" * 32
EPOCH, NEXT_EPOCH = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
BOOT = "boot-1"
HUB = "hub-1"
LANGUAGES = ("en", "uk", "ru")


def moment(mono_ms: int = 0, wall_ms: int | None = None, quality: ClockQuality = ClockQuality.NTP) -> Moment:
    """A moment `mono_ms` after noon, unless the wall clock says otherwise."""
    return Moment(mono_ms, NOON_MS + mono_ms if wall_ms is None else wall_ms, quality)


def local(zone: tzinfo, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, fold: int = 0) -> int:
    """Ms since 1970 UTC of a wall clock's reading in a zone."""
    return round(datetime(year, month, day, hour, minute, second, tzinfo=zone, fold=fold).timestamp() * 1000)


def programme(zone: tzinfo = UTC, visit_points: int = 10, thanks_points: int = 2) -> Programme:
    """A programme."""
    return Programme("test", zone, visit_points=visit_points, thanks_points=thanks_points)


def visit(card: str = CARD, chip: str = "NTAG213", ndef: str | None = None) -> Visit:
    """A visit."""
    return Visit(card, Evidence(chip, ndef))


def rating(card: str = CARD, face: Face = Face.GOOD, visit_number: int = 1) -> Rating:
    """A rating."""
    return Rating(card, visit_number, face, 800)


def reason(card: str = CARD, code: ReasonCode = ReasonCode.WAITING) -> Reason:
    """A reason."""
    return Reason(card, 2, code)


def fact(
    number: int = 1, body: Body | None = None, at_ms: int = NOON_MS, kiosk: str = "k1", epoch: str = EPOCH, effective_ms: int | None = None
) -> Fact:
    """A fact, a visit at noon unless it is said to be another."""
    return Fact(FactId(kiosk, epoch, number), at_ms, number, BOOT, ClockQuality.NTP, body or visit(), effective_ms)


def view(
    version: int = 1,
    points: int = 100,
    name: str | None = "Марія",
    language: str = "uk",
    hide_balance: bool = False,
    earned: tuple[str, ...] = (),
    covers: tuple[tuple[str, int], ...] = (),
    as_of_ms: int = NOON_MS,
) -> MemberView:
    """A member as the hub sees them."""
    return MemberView("m_1", version, points, as_of_ms, language, name, hide_balance, earned, covers)


def standing(known: MemberView | None = None, card: str = CARD, facts: tuple[Fact, ...] = (), rules: Programme | None = None) -> Standing:
    """A standing: a view, and own facts on top."""
    made = Standing(card, known)
    for each in facts:
        made = made.with_fact(each, rules or programme())
    return made


def shop(zone: tzinfo = KYIV, languages: tuple[str, ...] = LANGUAGES) -> Shop:
    """A shop in Kyiv that speaks three languages."""
    return Shop("Кавʼярня", languages, programme(zone))


def identity(epoch: str = EPOCH, spread: float = 0.5) -> Identity:
    """A kiosk on the wire. With the default `spread` a jittered wait is the wait itself."""
    return Identity("k1", "serial-1", BOOT, epoch, "0.1.0", spread)


def held(epoch: str = EPOCH, last: int = 0, claimed: int = 0, first: int = 1, sent: int | None = None) -> Held:
    """The facts of one epoch."""
    return Held(epoch, first, last, claimed, claimed if sent is None else sent)


def outbox(*streams: Held, spread: float = 0.5) -> Outbox:
    """An outbox that has not met a broker yet."""
    return Outbox(identity(spread=spread), streams or (held(),), moment())


def state(the_shop: Shop | None = None, box: Outbox | None = None, reader_up: bool = True) -> State:
    """A kiosk with a reader, nobody in front of it, and no broker yet."""
    return State(replace(Conversation(the_shop or shop()), reader_up=reader_up), box or outbox())
