"""What the tests of the core speak with: facts, moments, programmes, standings and states, one short line each.

Every value has a sensible default, so a test names only what it is about. No test and no device lives here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.load import settle
from config.schema import KioskConfig
from kiosk.machine import State
from kiosk.outbox import Held, Identity, Outbox
from kiosk.phases import Conversation, Shop
from kiosk.pushed_file import FILE_NAME, PushedFile
from loyalty.account import Account
from loyalty.account.portable import portable
from loyalty.account.reckoning import RuleTally
from loyalty.calendar import NEVER
from loyalty.counter.person import Person
from loyalty.counter.standing import MemberView, Standing
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, Rating, Reason, ReasonCode, Visit
from loyalty.moment import Moment
from loyalty.programme import About, Programme
from loyalty.programme.rules import Expiry, ExpiryPolicy, Once, Rule, Status, Trigger
from loyalty.rulebook import Rulebook

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


def programme(zone: tzinfo = UTC, visit_points: int = 10, thanks_points: int = 2, **tables: Any) -> Programme:
    """A programme: points for a visit and for a rating, once a day each, that never burn; and whatever tables a test adds."""
    rules = (
        Rule("visit", Trigger.VISIT, Status.ACTIVE, points=visit_points, once=Once.DAY),
        Rule("rating", Trigger.RATING, Status.ACTIVE, points=thanks_points, once=Once.DAY),
    )
    given = {"expiry": Expiry(ExpiryPolicy.NEVER), "rule": rules} | tables
    return Programme(About(1, "test", str(zone), "UAH"), **given)


def book(zone: tzinfo = UTC, visit_points: int = 10, thanks_points: int = 2, **tables: Any) -> Rulebook:
    """The same as the fold uses it."""
    return Rulebook.single(programme(zone, visit_points, thanks_points, **tables), zone)


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


def account(points: int = 100, *, visited: int = 0, member: str = "m_1") -> Account:
    """A member with points that never burn; `visited`: ordinal of the day of a visit that the points are from, if any."""
    made = Account(member)
    made.ledger.credit(points, NOON_MS - DAY_MS, NEVER)
    if visited:
        made.footfall.visited(visited, NOON_MS)
        made.tallies["visit"] = RuleTally(visited, 1, NOON_MS, points)
    return made


def view(
    version: int = 1,
    points: int = 100,
    name: str = "Марія",
    language: str = "uk",
    hide_balance: bool = False,
    covers: tuple[tuple[str, int], ...] = (),
    as_of_ms: int = NOON_MS,
    holds: Account | None = None,
    member: str = "m_1",
    **person: Any,
) -> MemberView:
    """A member as the hub sees them; `holds` instead of `points` where more is known."""
    document = portable(holds or account(points))
    return MemberView(member, version, as_of_ms, Person(language, name, hide_balance, **person), document, covers)


def standing(known: MemberView | None = None, card: str = CARD, facts: tuple[Fact, ...] = ()) -> Standing:
    """A standing: a view, and own facts on top."""
    made = Standing(card, known)
    for each in facts:
        made = made.with_fact(each)
    return made


def balance(known: Standing, rules: Rulebook | None = None) -> int:
    """The balance a kiosk reckons."""
    return known.account(rules or book()).ledger.balance


def shop(zone: tzinfo = KYIV, languages: tuple[str, ...] = LANGUAGES, **tables: Any) -> Shop:
    """A shop in Kyiv that speaks three languages."""
    return Shop("Кавʼярня", languages, book(zone, **tables))


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


def pushed_file(folder: Path) -> PushedFile:
    """What was pushed to a kiosk whose own files say nothing; kept in `folder`."""
    file = PushedFile(folder / FILE_NAME, settle(KioskConfig, []))
    file.begin()
    return file
