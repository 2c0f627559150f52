"""No dead settings: for every setting of a programme, a proof that changing it, and nothing else, changes what happens.

A proof is a history, two values of one setting, and what comes of each. The settings are found by reflection, so one that is added
without a proof fails here by its name (defect D-8 of the research notes: a field that exists and does nothing).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pytest

from loyalty import facts as f
from loyalty.account import Account, advance, apply, fold
from loyalty.account.reckoning import Entry, Line, Reckoning
from loyalty.account.rungs import Rung
from loyalty.account.tiers import outlook
from loyalty.account.voice import CaseStatus
from loyalty.counter.gifts import gifts, hub_occasions, is_lucky
from loyalty.counter.greeting import choose
from loyalty.counter.person import Occasion, Person
from loyalty.counter.questions import choose_question
from loyalty.counter.redeeming import Refusal, bill_points_max, may_redeem, offers
from loyalty.facts import Fact
from loyalty.programme import About, Programme
from loyalty.programme.ladder import Basis, Downgrade, RungBasis, Rungs, Tier, TierScheme, TierWindow
from loyalty.programme.listening import Alert, AlertKind, Asking, Choice, Ground, ProfileField, Question, Ratings
from loyalty.programme.rules import (
    Clawback,
    Expiry,
    ExpiryPolicy,
    HandOver,
    Once,
    Overdraft,
    PerkKind,
    Rounding,
    Rule,
    Shortfall,
    Stacking,
    Status,
    Trigger,
    Unit,
    Weekday,
    Window,
)
from loyalty.programme.saying import Campaign, Club, ClubJoin, Goal, Greeting, Holiday
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind
from loyalty.shop.alerts import Watch, case_calls, watch
from loyalty.shop.misuse import counted, presses
from tests.loyalty_histories import CARDS, DAY_MS, KYIV, MEMBER, TEXT, at, fact, perk, programme, purchase, rating, rule, told, visit

# --- which settings there are, and how one is changed ----------------------------------------------------------------------


def value_type(hint: Any) -> Any:
    """What a field holds: without bounds, None and lists around it."""
    if get_origin(hint) is Annotated or get_origin(hint) is tuple:
        return value_type(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return value_type(next(each for each in get_args(hint) if each is not type(None)))
    return hint


def settings_of(kind: type[Any], path: str = "") -> Iterator[str]:
    """Every setting, as `table.key`. A rule's own expiry is one setting: its parts are those of the programme's."""
    hints = get_type_hints(kind, include_extras=True)
    for each in dataclasses.fields(kind):
        inner, place = value_type(hints[each.name]), f"{path}.{each.name}".lstrip(".")
        if dataclasses.is_dataclass(inner) and kind is not Rule:
            yield from settings_of(inner, place)
        else:
            yield place


def changed(value: Any, path: str, to: Any, item: int = 0) -> Any:
    """The value with one setting changed; of a list, in one item."""
    key, _, rest = path.partition(".")
    old = getattr(value, key)
    if not rest:
        return replace(value, **{key: to})
    if isinstance(old, tuple):
        return replace(value, **{key: (*old[:item], changed(old[item], rest, to), *old[item + 1 :])})
    return replace(value, **{key: changed(old, rest, to)})


# --- proofs ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a proof may look at: the account at the end, everything at hand then, the journal, and the account told in a mark."""

    account: Account
    now: Reckoning
    journal: list[Line]

    @property
    def balance(self) -> int:
        """What the customer would be told."""
        return self.account.ledger.balance


Look = Callable[[Seen], Any]


def balance(seen: Seen) -> Any:
    """Points that can be spent."""
    return seen.balance


def tier(seen: Seen) -> Any:
    """The tier."""
    return seen.account.tier.tier


def rung(seen: Seen) -> Any:
    """The rung."""
    return seen.account.rung.rung


def grants(seen: Seen) -> Any:
    """Perks that can be used."""
    return [each.perk for each in seen.account.perks.open_at(seen.now.at)]


@dataclass(frozen=True)
class Proof:
    """One setting, values it takes, and what comes of each for the same history."""

    path: str
    outcomes: Sequence[tuple[Any, Any]]
    facts: Sequence[Fact]
    base: Programme
    look: Look = balance
    until: str = "2026-12-31 23:59"
    item: int = 0


def seen(proof: Proof, to: Any) -> Any:
    """What comes of one value."""
    by = Rulebook.single(changed(proof.base, proof.path, to, proof.item), KYIV)
    journal: list[Line] = []
    account = fold(proof.facts, by, MEMBER, at(proof.until), journal)
    return proof.look(Seen(account, advance(account, at(proof.until), by), journal))


TAP_EVENTS = (("2026-03-02 10:00", visit()),)  # a Monday
TAP = told(*TAP_EVENTS)
TAPS = told(*[(f"2026-03-{day:02} 10:00", visit()) for day in (2, 3, 4, 9, 16)])
TWICE = told(("2026-03-02 10:00", visit()), ("2026-03-02 12:00", visit()))
BILL = told(("2026-03-02 10:00", purchase("r-1", 10_000)))
BILLS = told(("2026-03-02 10:00", purchase("r-1", 10_000)), ("2026-03-03 10:00", purchase("r-2", 10_000)))
ITEMS = (f.Item("latte", 3_000, 3, ("coffee",)), f.Item("card", 7_000, 1, ("gifts",)))
BASKET = told(("2026-03-02 10:00", purchase("r-1", 10_000, items=ITEMS)))
SPEND = rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=100)
BUY = rule("r", Trigger.PURCHASE)
JOINED = told(("2026-03-01 10:00", f.ClubJoined(MEMBER, "wine")), ("2026-03-02 10:00", visit()))
CLUB = Club("wine", TEXT)
TIERS = (Tier("standard", TEXT), Tier("silver", TEXT, 100), Tier("gold", TEXT, 300))
ALL_DAY = Window("w")
MARCH = Campaign("c", Goal.RETAIN, date(2026, 3, 1), date(2026, 3, 31))
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def with_rule(path: str, outcomes: Sequence[tuple[Any, Any]], facts: Sequence[Fact], base: Rule | None = None, **tables: Any) -> Proof:
    """A proof about a setting of a programme's first rule."""
    look, until = tables.pop("look", balance), tables.pop("until", "2026-12-31 23:59")
    more = tables.pop("more", ())
    return Proof(path, outcomes, facts, programme(base or rule(), *more, **tables), look, until)


def versions(seen: Seen) -> Any:
    """By which versions of the programme points moved."""
    return {line.version for line in seen.journal if isinstance(line, Entry)}


ABOUT = (
    Proof("programme.version", [(1, {1}), (2, {2})], TAP, programme(rule()), versions),
    Proof("programme.name", [("A", "A"), ("B", "B")], TAP, programme(rule()), lambda s: s.now.edition.programme.name),
    Proof("programme.currency", [("UAH", 10), ("EUR", 0)], BILL, programme(BUY)),
)
EXPIRY = (
    Proof(
        "expiry.policy",
        [
            (ExpiryPolicy.NEVER, []),
            (ExpiryPolicy.ROLLING, ["2026-03-12"]),
            (ExpiryPolicy.FIXED, ["2026-12-31"]),
            (ExpiryPolicy.INACTIVITY, []),
        ],
        TAP,
        programme(rule(), expiry=Expiry(days=10)),
        lambda s: [str(s.now.calendar.last_day(ends)) for ends, _ in s.account.ledger.expiring()],
        "2026-03-03",
    ),
    Proof("expiry.days", [(5, 0), (50, 10)], TAP, programme(rule(), expiry=Expiry()), until="2026-04-01"),
    Proof("expiry.months", [(1, 0), (2, 10)], TAP, programme(rule(), expiry=Expiry()), until="2026-04-15"),
    Proof(
        "expiry.round",
        [(Rounding.DAY, 0), (Rounding.MONTH_END, 10), (Rounding.QUARTER_END, 10), (Rounding.YEAR_END, 10)],
        TAP,
        programme(rule(), expiry=Expiry(days=40)),
        until="2026-04-15",
    ),
    Proof(
        "expiry.round",
        [(Rounding.MONTH_END, 0), (Rounding.QUARTER_END, 10), (Rounding.YEAR_END, 10)],
        TAP,
        programme(rule(), expiry=Expiry(days=40)),
        until="2026-05-01",
    ),
    Proof(
        "expiry.round",
        [(Rounding.QUARTER_END, 0), (Rounding.YEAR_END, 10)],
        TAP,
        programme(rule(), expiry=Expiry(days=40)),
        until="2026-07-01",
    ),
    Proof("expiry.day", [(14, 0), (16, 10)], TAP, programme(rule(), expiry=Expiry(ExpiryPolicy.FIXED, month=6)), until="2026-06-15"),
    Proof("expiry.month", [(5, 0), (7, 10)], TAP, programme(rule(), expiry=Expiry(ExpiryPolicy.FIXED)), until="2026-06-15"),
)
GOODWILL = told(
    ("2026-03-02 10:00", f.CaseOpened(MEMBER, "case-1", f.CaseSource.STAFF)),
    ("2026-03-02 11:00", f.GoodwillGiven(MEMBER, "case-1", 50, "s-1")),
)
TAXED = told(("2026-03-02 10:00", purchase("r-1", 12_000, tax=2_000)))
SPENT = told(("2026-03-02 10:00", visit()), ("2026-03-02 11:00", f.Redeemed(15, CARDS[0])), ("2026-03-03 10:00", visit()))
RETURNED = told(
    ("2026-03-02 10:00", purchase("r-1", 10_000)),
    ("2026-03-02 11:00", f.Redeemed(10, CARDS[0])),
    ("2026-03-03 10:00", purchase("r-2", 10_000)),
    ("2026-04-02 10:00", f.Returned("r-1", "a", 10_000, CARDS[0])),
    ("2026-04-02 11:00", f.Returned("r-1", "b", 10_000, CARDS[0])),
)
UNDONE = told(
    ("2026-03-02 10:00", visit()),
    ("2026-03-02 11:00", f.Redeemed(10, CARDS[0])),
    ("2026-06-02 10:00", f.RedemptionReversed("k1/aaaaaaaaaaaa/2", CARDS[0])),
)
MOVEMENTS = (
    Proof("earning.tax_included", [(True, 120), (False, 100)], TAXED, programme(SPEND)),
    Proof(
        "earning.adjust_points_max",
        [(99, 0), (100, 100)],
        told(("2026-03-02 10:00", f.Adjusted(MEMBER, 100, "why", "s-1"))),
        programme(),
    ),
    Proof("earning.goodwill_day_max", [(49, 0), (50, 50)], GOODWILL, programme()),
    Proof(
        "earning.transfers",
        [(True, 5), (False, 0)],
        told(("2026-03-02 10:00", f.PointsReceived(MEMBER, "m-2", "t-1", (f.Part(5),)))),
        programme(),
    ),
    Proof("redemption.overdraft", [(Overdraft.OWE, 5), (Overdraft.FORGIVE, 10)], SPENT, programme(rule())),
    Proof("redemption.reinstate_days", [(10, 0), (20, 10)], UNDONE, programme(rule(), expiry=Expiry(days=30)), until="2026-06-15"),
    Proof(
        "clawback.shortfall",
        [(Shortfall.ONLY_PENDING, 10), (Shortfall.WITHIN_BALANCE, 0), (Shortfall.UNLIMITED, 0)],
        RETURNED,
        programme(BUY),
    ),
    Proof(
        "clawback.shortfall",
        [(Shortfall.ONLY_PENDING, 0), (Shortfall.WITHIN_BALANCE, 0), (Shortfall.UNLIMITED, -10)],
        [each for each in RETURNED if each.id.number != 3],
        programme(BUY),
    ),
    Proof("clawback.returns_days", [(30, 10), (31, 0)], RETURNED, programme(BUY, clawback=Clawback())),
)
EVENING = told(("2026-03-02 21:00", visit()))
WINDOW = rule(window="w")
WINDOWS = (
    Proof(
        "window.id",
        [("x", 10), ("w", 0)],
        TAP,
        programme(WINDOW, window=(Window("x", ends=JANUARY[1]), Window("w"))),
    ),
    with_rule("window.rrule", [("FREQ=WEEKLY;BYDAY=MO", 10), ("FREQ=WEEKLY;BYDAY=TU", 0)], TAP, WINDOW, window=(ALL_DAY,)),
    with_rule("window.start", [(time(20, 30), 10), (time(21, 30), 0)], EVENING, WINDOW, window=(Window("w", minutes=60, start=time(0)),)),
    with_rule("window.minutes", [(60, 0), (61, 10)], EVENING, WINDOW, window=(Window("w", start=time(20)),)),
    with_rule("window.starts", [(date(2026, 3, 2), 10), (date(2026, 3, 3), 0)], TAP, WINDOW, window=(ALL_DAY,)),
    with_rule("window.ends", [(date(2026, 3, 2), 10), (date(2026, 3, 1), 0)], TAP, WINDOW, window=(ALL_DAY,)),
)
EVERYTHING = told(
    ("2026-03-02 09:00", f.Enrolled(MEMBER)),
    ("2026-03-02 09:00", f.Referred(CARDS[0], CARDS[1], 1)),
    ("2026-03-02 09:01", visit()),
    ("2026-03-02 09:01", visit()),
    *[("2026-03-02 10:00", rating()) for _ in range(3)],
    *[(f"2026-03-{day:02} 10:00", f.QuestionAnswered(CARDS[0], "q", "c")) for day in range(2, 6)],
    *[("2026-03-02 10:00", f.Converted(MEMBER, f"m-{friend}")) for friend in range(5)],
    ("2026-03-02 10:00", f.Welcomed(MEMBER, "m-9")),
    *[(f"2026-03-02 11:{minute:02}", purchase(f"r-{minute}")) for minute in range(6)],
    ("2026-03-02 11:00", f.ClubJoined(MEMBER, "wine")),
    *[("2026-03-02 12:00", f.CheckedIn(CARDS[0], "wine", f"e-{event}")) for event in range(7)],
    *[(f"{day} 12:00", f.Granted(CARDS[0], "r", day)) for day in (f"2026-03-{number:02}" for number in range(2, 10))],
    *[("2026-03-09 12:00", f.Granted(CARDS[0], "r", year)) for year in ("2025", "2026", "2027")],
)
GOLD = (f.TierSet(MEMBER, "gold", "2026-12-31", "s-1", "why"), visit())
GOLDEN = told(("2026-03-01 10:00", GOLD[0]), ("2026-03-02 10:00", GOLD[1]))
FIVE_WEEKS = told(*[(f"2026-03-{day:02} 10:00", visit()) for day in (2, 9, 16, 23, 30)])
AWAY = told(("2026-03-02 10:00", visit()), ("2026-04-01 10:00", visit()))
SHARED = (rule("first", priority=500, stacking=Stacking.EXCLUSIVE, points=100),)
CHECKED = told(("2026-03-02 10:00", visit()), ("2026-03-02 10:00", f.Granted(CARDS[0], "r", "2026")))
WAITING = told(("2026-03-02 10:00", purchase()), ("2026-04-01 10:00", f.Vested("r-1", CARDS[0])))
MEMBERS_A_TO_Z = tuple(chr(letter) for letter in range(ord("a"), ord("z") + 1))


def lucky(s: Seen) -> Any:
    """How many of 26 members a rule reaches."""
    by = Rulebook.single(s.now.edition.programme, s.now.calendar.zone)
    return sum(fold(TAP, by, member).ledger.balance > 0 for member in MEMBERS_A_TO_Z)


RULE = (
    with_rule("rule.id", [("a", ["a"]), ("b", ["b"])], TAP, look=lambda s: list(s.account.tallies)),
    with_rule(
        "rule.trigger",
        [
            (Trigger.ENROLMENT, 1),
            (Trigger.VISIT, 2),
            (Trigger.RATING, 3),
            (Trigger.ANSWER, 4),
            (Trigger.REFERRAL, 5),
            (Trigger.PURCHASE, 6),
            (Trigger.CHECK_IN, 7),
            (Trigger.OCCASION, 1),
            (Trigger.SURPRISE, 8),
            (Trigger.REFERRED, 1),
        ],
        EVERYTHING,
        rule(points=1),
        club=(CLUB,),
    ),
    with_rule("rule.status", [(Status.ACTIVE, 10), (Status.DRAFT, 0), (Status.PAUSED, 0), (Status.ENDED, 0)], TAP),
    with_rule("rule.starts", [(date(2026, 3, 2), 10), (date(2026, 3, 3), 0)], TAP),
    with_rule("rule.ends", [(date(2026, 3, 2), 10), (date(2026, 3, 1), 0)], TAP),
    with_rule(
        "rule.unit",
        [(Unit.EVENT, 1), (Unit.ITEM, 3), (Unit.AMOUNT, 3_000)],
        BASKET,
        rule("r", Trigger.PURCHASE, 1, categories=("coffee",)),
    ),
    with_rule("rule.per", [(1, 50), (2, 20)], TAPS),
    with_rule("rule.points", [(3, 3), (4, 4)], TAP),
    with_rule("rule.perk", [("", []), ("free", ["free"])], TAP, look=grants, until="2026-03-03", perk=(perk(),)),
    with_rule("rule.times_percent", [(150, 15), (300, 30)], TAP, rule("x", points=0), more=(rule(),)),
    with_rule("rule.kiosks", [((), 10), (("k1", "k2"), 10), (("k2",), 0)], TAP),
    with_rule("rule.weekdays", [((), 50), ((Weekday.MON,), 30), ((Weekday.TUE, Weekday.WED), 20)], TAPS),
    with_rule("rule.window", [("", 10), ("w", 0)], TAP, window=(Window("w", ends=date(2026, 1, 1)),)),
    with_rule("rule.rungs", [((), 50), (("buyer",), 10), (("client",), 40)], TAPS),
    with_rule("rule.tiers", [((), 10), (("standard",), 0), (("gold", "silver"), 10)], GOLDEN, tier=TIERS),
    with_rule("rule.tiers", [(("standard",), 10), (("gold",), 0)], TAP, tier=TIERS),
    with_rule("rule.clubs", [((), 10), (("wine",), 10), (("tea",), 0)], JOINED, club=(CLUB, Club("tea", TEXT))),
    with_rule("rule.min_amount", [(10_000, 10), (10_001, 0)], BILL, BUY),
    with_rule("rule.items", [((), 4), (("latte",), 3), (("card", "tea"), 1)], BASKET, rule("r", Trigger.PURCHASE, 1, unit=Unit.ITEM)),
    with_rule("rule.categories", [((), 4), (("coffee",), 3), (("gifts",), 1)], BASKET, rule("r", Trigger.PURCHASE, 1, unit=Unit.ITEM)),
    with_rule("rule.excluded", [((), 100), (("gifts",), 30), (("coffee",), 70)], BASKET, SPEND),
    with_rule("rule.visits_from", [(0, 50), (4, 20)], TAPS),
    with_rule("rule.visits_to", [(0, 50), (2, 20)], TAPS),
    with_rule("rule.every_visit", [(0, 50), (2, 20)], TAPS),
    with_rule("rule.streak_weeks", [(0, 50), (2, 20), (5, 10), (6, 0)], FIVE_WEEKS),
    with_rule("rule.away_days", [(0, 20), (30, 10), (31, 0)], AWAY),
    with_rule(
        "rule.once",
        [(Once.ALWAYS, 60), (Once.DAY, 50), (Once.WEEK, 40), (Once.MONTH, 30), (Once.YEAR, 20), (Once.EVER, 10)],
        told(*[(day, visit()) for day in ("2025-12-30", "2026-01-08", "2026-01-16", "2026-01-17", "2026-01-17", "2026-03-01")]),
    ),
    with_rule("rule.times", [(1, 10), (2, 20)], TWICE, rule(once=Once.DAY)),
    with_rule("rule.cooldown_hours", [(0, 20), (2, 20), (3, 10)], TWICE),
    with_rule("rule.member_points_max", [(0, 50), (25, 25)], TAPS),
    with_rule("rule.card_day_points_max", [(0, 20), (15, 15)], TWICE),
    with_rule("rule.stacking", [(Stacking.STACK, 110), (Stacking.EXCLUSIVE, 100)], TAP, more=SHARED),
    with_rule("rule.priority", [(1, 100), (900, 10)], TAP, rule(stacking=Stacking.EXCLUSIVE), more=SHARED),
    with_rule("rule.vests_days", [(0, 10), (13, 10), (14, 0)], TAP, until="2026-03-15"),
    with_rule("rule.vests_on_action", [(False, 10), (True, 0)], WAITING, BUY, until="2026-03-15"),
    with_rule("rule.vests_on_action", [(False, 10), (True, 10)], WAITING, BUY),
    with_rule("rule.expiry", [(None, 10), (Expiry(days=3), 0)], TAP),
    with_rule("rule.qualifying", [(True, "silver"), (False, "standard")], TAP, rule(points=100), tier=TIERS, look=tier),
    with_rule("rule.campaign", [("", 10), ("c", 0)], TAP, campaign=(replace(MARCH, starts=JANUARY[0], ends=JANUARY[1]),)),
    with_rule("rule.hold_out_percent", [(0, 26), (50, 14)], TAP, look=lucky),
)
GIVEN = rule(points=0, perk="free")
PERKED = programme(GIVEN, perk=(perk(),))
USED = told(("2026-03-02 10:00", visit()), ("2026-03-02 11:00", f.PerkUsed("k1/aaaaaaaaaaaa/1:r", CARDS[0])))
PERKS = (
    Proof("perk.id", [("free", ["free"]), ("other", [])], TAP, PERKED, grants, "2026-03-03"),
    Proof("perk.status", [(Status.ACTIVE, ["free"]), (Status.PAUSED, [])], TAP, PERKED, grants, "2026-03-03"),
    Proof("perk.starts", [(date(2026, 3, 2), ["free"]), (date(2026, 3, 3), [])], TAP, PERKED, grants, "2026-03-03"),
    Proof("perk.ends", [(date(2026, 3, 2), ["free"]), (date(2026, 3, 1), [])], TAP, PERKED, grants, "2026-03-03"),
    Proof("perk.valid_days", [(2, []), (3, ["free"]), (0, ["free"])], TAP, PERKED, grants, "2026-03-04"),
    Proof("perk.uses", [(1, []), (2, ["free"])], USED, PERKED, grants, "2026-03-03"),
    Proof(
        "perk.hand_over",
        [(HandOver.STAFF, ([], 1, 0)), (HandOver.TAP, ([], 1, 0)), (HandOver.AUTO, ([], 1, 1))],
        USED,
        PERKED,
        lambda s: (grants(s), s.account.perks.used, s.account.marked),
        "2026-03-03",
    ),
)
EARNED = programme(rule(points=100), tier=TIERS, tiers=TierScheme(valid_days=100, grace_days=0))
ON_300 = programme(rule(points=300), tier=TIERS, tiers=TierScheme(valid_days=100, grace_days=0, window_days=30))
SPREAD = told(("2026-01-10 10:00", purchase("r-1", 60)), ("2026-11-20 10:00", purchase("r-2", 60)))
MINOR = rule("m", Trigger.PURCHASE, 1, unit=Unit.AMOUNT)
STEPS = told(("2026-01-10 10:00", purchase("r-1", 100)), ("2026-02-20 10:00", purchase("r-2", 250)))


def outlook_of(s: Seen) -> Any:
    """(missing to the next, what it is called)."""
    found = outlook(s.now)
    return found.to_next, found.next


LADDER = (
    Proof(
        "tiers.basis",
        [(Basis.POINTS, "standard"), (Basis.SPEND, "gold"), (Basis.VISITS, "standard")],
        BILL,
        programme(BUY, tier=TIERS),
        tier,
    ),
    Proof(
        "tiers.window",
        [(TierWindow.ROLLING, "silver"), (TierWindow.YEAR, "silver"), (TierWindow.EVER, "gold"), (TierWindow.SINCE_START, "silver")],
        told(("2024-01-10 10:00", purchase("r-1", 100)), ("2026-01-20 10:00", purchase("r-2", 250))),
        programme(MINOR, tier=TIERS),
        tier,
        "2026-02-01",
    ),
    Proof(
        "tiers.window",
        [(TierWindow.ROLLING, "gold"), (TierWindow.SINCE_START, "silver"), (TierWindow.YEAR, "silver")],
        told(("2025-12-10 10:00", purchase("r-1", 100)), ("2026-01-20 10:00", purchase("r-2", 250))),
        programme(MINOR, tier=TIERS),
        tier,
        "2026-02-01",
    ),
    Proof("tiers.window_days", [(365, "silver"), (100, "standard")], SPREAD, programme(MINOR, tier=TIERS), tier),
    Proof("tiers.valid_days", [(100, "silver"), (50, "standard"), (0, "gold")], TAP, ON_300, tier, "2026-07-01"),
    Proof("tiers.grace_days", [(0, "silver"), (30, "gold")], TAP, ON_300, tier, "2026-06-20"),
    Proof(
        "tiers.downgrade",
        [(Downgrade.ONE_DOWN, "silver"), (Downgrade.TO_BASIS, "standard"), (Downgrade.NONE, "gold")],
        TAP,
        ON_300,
        tier,
        "2026-06-20",
    ),
    Proof("tier.id", [("standard", "standard"), ("basic", "basic")], told(("2026-03-02", rating())), EARNED, tier),
    Proof("tier.min", [(100, "silver"), (101, "standard")], TAP, EARNED, tier, item=1),
    Proof("tier.times_percent", [(100, 100), (150, 150)], TAP, EARNED, item=1),
    Proof("tier.perks", [((), []), (("free",), ["free"])], TAP, replace(EARNED, perk=(perk(),)), grants, "2026-03-03", item=1),
    Proof("tier.invited", [(False, "silver"), (True, "standard")], TAP, EARNED, tier, item=1),
)
LOYAL = told(
    *[(f"2026-03-0{day} 10:00", visit()) for day in (2, 3, 4, 5)],
    *[(f"2026-03-0{day} 11:00", rating(f.Face.VERY_GOOD, day)) for day in (2, 3, 4)],
    ("2026-03-05 12:00", rating(f.Face.GOOD, 9)),
    ("2026-03-05 12:01", f.Converted(MEMBER, "m-2")),
)
LATE_CASE = told(
    ("2026-03-02 10:00", rating(f.Face.BAD)),
    ("2026-03-03 09:00", f.CaseStepped(MEMBER, "k1/aaaaaaaaaaaa/1", f.CaseStep.RESOLVED, "s-1")),
)
RUNGS = (
    Proof("rungs.basis", [(RungBasis.VISITS, Rung.CLIENT), (RungBasis.PURCHASES, Rung.PROSPECT)], TAPS, programme(), rung),
    Proof("rungs.advocate_days", [(4, Rung.ADVOCATE), (5, Rung.CLIENT)], LOYAL, programme(), rung, "2026-03-06"),
    Proof("rungs.advocate_referrals", [(1, Rung.ADVOCATE), (2, Rung.CLIENT), (0, Rung.CLIENT)], LOYAL, programme(), rung, "2026-03-06"),
    Proof("rungs.advocate_ratings", [(4, Rung.ADVOCATE), (5, Rung.CLIENT)], LOYAL, programme(), rung, "2026-03-06"),
    Proof("rungs.advocate_mean_percent", [(91, Rung.ADVOCATE), (92, Rung.CLIENT)], LOYAL, programme(), rung, "2026-03-06"),
    Proof("rungs.keep_days", [(4, Rung.CLIENT), (3, Rung.ADVOCATE)], LOYAL, programme(rungs=Rungs()), rung, "2027-03-02"),
    Proof(
        "rungs.keep_mean_percent",
        [(60, Rung.CLIENT), (50, Rung.ADVOCATE)],
        [*LOYAL, *[fact(rating(f.Face.VERY_BAD, hour), at(f"2026-03-10 {hour}:00"), 20 + hour) for hour in (10, 15)]],
        programme(),
        rung,
        "2026-03-10 16:00",
    ),
)
OPENS = programme(rule("r", Trigger.RATING))
LISTENING = (
    Proof(
        "ratings.again_hours",
        [(4, 1), (1, 2)],
        told(("2026-03-02 10:00", rating(visit_number=1)), ("2026-03-02 12:00", rating(visit_number=2))),
        OPENS,
        lambda s: len(s.account.voice.ratings),
    ),
    Proof(
        "ratings.opens",
        [(time(9), 10), (time(11), 0)],
        told(("2026-03-02 10:00", rating())),
        replace(OPENS, ratings=replace(OPENS.ratings, closes=time(22))),
    ),
    Proof(
        "ratings.closes",
        [(time(9), 0), (time(11), 10)],
        told(("2026-03-02 10:00", rating())),
        replace(OPENS, ratings=replace(OPENS.ratings, opens=time(8))),
    ),
    Proof(
        "cases.resolve_hours",
        [(24, True), (48, False)],
        LATE_CASE[:1],
        programme(),
        lambda s: s.account.voice.overdue(s.now.at),
        "2026-03-03 12:00",
    ),
    Proof(
        "cases.ask_days",
        [(90, CaseStatus.RESOLVED), (89, CaseStatus.EXPIRED)],
        LATE_CASE,
        programme(),
        lambda s: s.account.voice.cases[0].status,
        "2026-06-01 09:00",
    ),
)
OF_A_CAMPAIGN = programme(rule(campaign="c"), campaign=(MARCH,), tier=TIERS, club=(CLUB,))
CAMPAIGNS = (
    Proof("campaign.id", [("c", 10), ("d", 0)], TAP, replace(OF_A_CAMPAIGN, campaign=(MARCH, replace(MARCH, id="c", ends=JANUARY[1])))),
    Proof("campaign.starts", [(date(2026, 3, 2), 10), (date(2026, 3, 3), 0)], TAP, OF_A_CAMPAIGN),
    Proof("campaign.ends", [(date(2026, 3, 2), 10), (date(2026, 3, 1), 0)], TAP, OF_A_CAMPAIGN),
    Proof("campaign.rungs", [((), 10), (("buyer",), 10), (("client",), 0)], TAP, OF_A_CAMPAIGN),
    Proof("campaign.tiers", [((), 10), (("standard",), 10), (("gold",), 0)], TAP, OF_A_CAMPAIGN),
    Proof("campaign.clubs", [((), 10), (("wine",), 10), (("tea",), 0)], JOINED, OF_A_CAMPAIGN),
    Proof("campaign.hold_out_percent", [(0, 26), (50, 9)], TAP, OF_A_CAMPAIGN, lucky),
)


def clubs(s: Seen) -> Any:
    """Clubs the member is in."""
    return [*s.account.circle.clubs, *s.account.circle.derived]


BY_RULE = programme(tier=TIERS, club=(Club("wine", TEXT, ClubJoin.RULE, ("client",), ("gold",)),))
CLUBS = (
    Proof("club.id", [("wine", ["wine"]), ("tea", [])], JOINED, programme(club=(CLUB,)), clubs),
    Proof("club.join", [(ClubJoin.RULE, ["wine"]), (ClubJoin.INVITE, [])], TAPS, BY_RULE, clubs),
    Proof("club.rungs", [(("client",), ["wine"]), (("buyer",), [])], TAPS, BY_RULE, clubs),
    Proof("club.tiers", [(("gold",), ["wine"]), (("silver",), [])], GOLDEN, BY_RULE, clubs, "2026-03-03"),
)
BOUGHT = perk("cake", kind=PerkKind.REWARD, cost_points=200)
FOR_SALE = programme(rule(points=300), perk=(BOUGHT,), tier=TIERS[:1], club=(CLUB,))


def buying(s: Seen) -> Any:
    """What could be bought now."""
    return [offer.title for offer in offers(s.now, None)]


def refused(s: Seen) -> Any:
    """Why a cake cannot be bought off line, a day after the hub was last heard, after 300 points on this card and 1000 at this kiosk."""
    return may_redeem(s.now, "cake", False, s.now.at - DAY_MS, 300, 1_000)


def payable(s: Seen) -> Any:
    """Points that can pay of a bill of a hundred hryvnias."""
    return bill_points_max(s.now.edition.programme, 10_000)


SOON = "2026-03-02 12:00"
OK = None
SELLING = (
    Proof("redemption.min_points", [(200, ["words"]), (201, [])], TAP, FOR_SALE, buying, SOON),
    Proof("redemption.bill_percent_max", [(50, 5_000), (20, 2_000), (0, 0)], TAP, FOR_SALE, payable, SOON),
    Proof("redemption.point_minor", [(1, 5_000), (10, 500), (0, 0)], TAP, FOR_SALE, payable, SOON),
    Proof("redemption.offline_card_day_points", [(500, OK), (499, Refusal.OFFLINE_LIMIT)], TAP, FOR_SALE, refused, SOON),
    Proof("redemption.offline_kiosk_day_points", [(1_200, OK), (1_199, Refusal.OFFLINE_LIMIT)], TAP, FOR_SALE, refused, SOON),
    Proof("redemption.offline_fresh_hours", [(24, OK), (23, Refusal.STALE)], TAP, FOR_SALE, refused, SOON),
    Proof(
        "perk.kind", [(PerkKind.REWARD, ["words"]), (PerkKind.DONATION, ["words"]), (PerkKind.PRIORITY, [])], TAP, FOR_SALE, buying, SOON
    ),
    Proof("perk.title", [({"en": "a cake"}, ["a cake"]), ({"en": "a pie"}, ["a pie"])], TAP, FOR_SALE, buying, SOON),
    Proof("perk.cost_points", [(300, OK), (301, Refusal.TOO_FEW)], TAP, FOR_SALE, lambda s: may_redeem(s.now, "cake", True, 0, 0, 0), SOON),
    Proof("perk.rungs", [(("buyer",), ["words"]), (("client",), [])], TAP, FOR_SALE, buying, SOON),
    Proof("perk.tiers", [(("standard",), ["words"]), (("gold",), [])], TAP, FOR_SALE, buying, SOON),
    Proof("perk.clubs", [((), ["words"]), (("wine",), [])], TAP, FOR_SALE, buying, SOON),
)
TODAY = date(2026, 3, 2).toordinal()
OLENA = Person("en", "Olena", occasions=(Occasion("birthday", TODAY, TODAY, "2026"), Occasion("women", TODAY, TODAY, "2026")))


def gifts_today(s: Seen, given_before: int = 0) -> Any:
    """Which rules give something at this tap, as decided there."""
    return [each.rule for each in gifts(s.now, OLENA, "k1", CARDS[0], given_before)]


def lucky_days(s: Seen) -> Any:
    """On how many of a hundred days the first rule surprises this member."""
    return sum(is_lucky(s.now.edition.programme.rule[0], MEMBER, f"day-{day}") for day in range(100))


OCCASION, SURPRISE = rule("r", Trigger.OCCASION, occasion="birthday"), rule("r", Trigger.SURPRISE, one_in=1)
GIVING = (
    with_rule("rule.occasion", [("birthday", ["r"]), ("anniversary", [])], TAP, OCCASION, look=gifts_today, until=SOON),
    with_rule("rule.one_in", [(1, 100), (10, 10)], TAP, SURPRISE, look=lucky_days, until=SOON),
    with_rule("rule.kiosk_day_max", [(0, ["r"]), (3, ["r"]), (2, [])], TAP, SURPRISE, look=lambda s: gifts_today(s, 2), until=SOON),
)
DISTRICT = ProfileField("district", "to open where you live", Ground.CONTRACT)
Q = Question("q", TEXT, (Choice("a", TEXT), Choice("b", TEXT)), Status.ACTIVE, "district")
P = Question("p", TEXT, (Choice("a", TEXT), Choice("b", TEXT)), Status.ACTIVE, weight=20)
ASKING = programme(question=(Q,), field=(DISTRICT,), asking=Asking(1, 1))
SKIPPED = told(*TAP_EVENTS, ("2026-03-02 10:01", f.QuestionSkipped(CARDS[0], "q")), ("2026-03-02 10:02", f.QuestionSkipped(CARDS[0], "q")))
ANSWERED = told(*TAP_EVENTS, ("2026-03-02 10:01", f.QuestionAnswered(CARDS[0], "q", "a")))


def question(s: Seen) -> Any:
    """Which question would be asked."""
    found = choose_question(s.now, None)
    return found.id if found else ""


QUESTIONS = (
    Proof("asking.visits_min", [(5, "q"), (6, "")], TAPS, ASKING, question, "2026-03-16 12:00"),
    Proof("asking.every_days", [(1, "q"), (2, "")], SKIPPED, replace(ASKING, asking=Asking(1, 1, 9)), question, "2026-03-03"),
    Proof("asking.skips_max", [(3, "q"), (2, "")], SKIPPED, ASKING, question, "2026-03-04"),
    Proof("asking.rest_days", [(10, "q"), (11, "")], SKIPPED, ASKING, question, "2026-03-12"),
    Proof("field.id", [("district", "q"), ("street", "")], TAP, ASKING, question, SOON),
    Proof("field.basis", [(Ground.CONTRACT, "q"), (Ground.INTEREST, "q"), (Ground.CONSENT, "")], TAP, ASKING, question, SOON),
    Proof("field.sensitive", [(False, "q"), (True, "")], TAP, ASKING, question, SOON),
    Proof("field.valid_days", [(10, "q"), (11, "")], ANSWERED, ASKING, question, "2026-03-12"),
    Proof("question.id", [("q", "q"), ("z", "z")], TAP, ASKING, question, SOON),
    Proof("question.status", [(Status.ACTIVE, "q"), (Status.PAUSED, "")], TAP, ASKING, question, SOON),
    Proof("question.field", [("district", "q"), ("street", ""), ("", "q")], TAP, ASKING, question, SOON),
    Proof("question.weight", [(10, "p"), (30, "q")], TAP, replace(ASKING, question=(Q, P)), question, SOON),
    Proof("question.rungs", [(("buyer",), "q"), (("client",), "")], TAP, ASKING, question, SOON),
)
BAD_FACES = told(*[(f"2026-03-02 10:0{minute}", rating(f.Face.BAD, minute + 1)) for minute in range(4)])


def called(s: Seen) -> Any:
    """What the alert sees at this moment, and whether it calls."""
    watched, pressed = s.now.edition.programme.alert[0], presses(BAD_FACES)["k1"]
    _, calls = watch(Watch("a"), watched, pressed, s.now.at, s.now.calendar, Ratings(), s.now.edition.programme.cases)
    return len(calls)


def whose_call(s: Seen) -> Any:
    """By which alert somebody is called."""
    watched, pressed = s.now.edition.programme.alert[0], presses(BAD_FACES)["k1"]
    return watch(Watch("a"), watched, pressed, s.now.at, s.now.calendar, Ratings(), s.now.edition.programme.cases)[1][0].about


def call_kinds(s: Seen) -> Any:
    """Calls about cases: kind and level."""
    return [(call.kind.value, call.level) for call in case_calls(s.account.voice.cases, s.now.edition.programme.cases, s.now.at)]


ALERT = Alert("a")
LATER = "2026-03-02 10:10"


def counted_faces(s: Seen) -> Any:
    """How many presses of a hasty minute count in statistics."""
    hasty = [fact(rating(f.Face.GOOD, place + 1), at("2026-03-02 10:00") + place * 5_000, place + 1) for place in range(8)]
    return len(counted(presses(hasty)["k1"], s.now.edition.programme.ratings, s.now.calendar))


WATCHING = (
    Proof("alert.id", [("a", "a"), ("b", "b")], [], programme(alert=(ALERT,)), whose_call, LATER),
    Proof("alert.kind", [(AlertKind.NEGATIVE, 1), (AlertKind.COUNT, 0)], [], programme(alert=(ALERT,)), called, LATER),
    Proof("alert.threshold", [(4, 1), (5, 0)], [], programme(alert=(replace(ALERT, kind=AlertKind.COUNT),)), called, LATER),
    Proof("alert.minutes", [(11, 1), (9, 0)], [], programme(alert=(ALERT,)), called, LATER),
    Proof("alert.responses_min", [(4, 1), (5, 0)], [], programme(alert=(ALERT,)), called, LATER),
    Proof("alert.kiosks", [((), 1), (("k1",), 1), (("k2",), 0)], [], programme(alert=(ALERT,)), called, LATER),
    Proof("alert.quiet_from", [(time(9), 0), (time(11), 1)], [], programme(alert=(replace(ALERT, quiet_to=time(12)),)), called, LATER),
    Proof("alert.quiet_to", [(time(10), 1), (time(11), 0)], [], programme(alert=(replace(ALERT, quiet_from=time(9)),)), called, LATER),
    Proof("cases.acknowledge_minutes", [(2, [("untaken", 1)]), (11, [])], BAD_FACES[:1], programme(), call_kinds, LATER),
    Proof("cases.repeat_minutes", [(5, [("untaken", 1)]), (1, [("untaken", 3)])], BAD_FACES[:1], programme(), call_kinds, LATER),
    Proof("ratings.interval_s", [(5, 8), (6, 1)], [], programme(ratings=Ratings(burst=8)), counted_faces, SOON),
    Proof("ratings.burst", [(5, 0), (8, 8)], [], programme(), counted_faces, SOON),
)


def eligible(kind: GreetingKind) -> Look:
    """What could be said of a kind now: what it is about, where nothing speaks against it."""
    return lambda s: [each.said.about for each in choose(s.now, OLENA).candidates if each.kind is kind and each.eligible]


def first(kind: GreetingKind) -> Look:
    """The first thing that could be said of a kind."""
    return lambda s: next(each.said for each in choose(s.now, OLENA).candidates if each.kind is kind)


def stretches(s: Seen, born_set: str = "2026-02-20") -> Any:
    """Days that the hub tells a kiosk: whose, from when to when, and whether there is a gift."""
    about, calendar = s.now.edition.programme, s.now.calendar
    found = hub_occasions(about, calendar, s.now.day, (3, 20), at(born_set), True, at("2026-03-02"), "baker")
    return {
        each.id: (date.fromordinal(each.first).day, date.fromordinal(each.last).day, each.gift) for each in found if each.first < TODAY + 50
    }


K = GreetingKind
OFFERED = told(*TAP_EVENTS, ("2026-03-02 10:01", f.GreetingShown(CARDS[0], K.BURN, "x", offer=True)), ("2026-03-03 10:00", visit()))
SECOND = told(*TAP_EVENTS, ("2026-03-02 10:01", f.GreetingShown(CARDS[0], K.SECOND_VISIT)), ("2026-03-04 10:00", visit()))
LATE = told(("2026-03-01 10:00", f.Enrolled(MEMBER)), ("2026-03-05 10:00", visit()))
SPEAKING = replace(MARCH, text={"en": "buns!"})
WITH_CAMPAIGN = programme(campaign=(SPEAKING,))
BURNING = programme(rule(), expiry=Expiry(days=20))
WOMEN = Holiday("women", {"en": "Women's day"}, "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8")
OWN = programme(greeting=(Greeting(K.SECOND_VISIT),))
BOTH = (SPEAKING, replace(SPEAKING, id="d", goal=Goal.RETAIN))
GREETING = (
    Proof("greetings.gratitude_every", [(2, False), (3, True)], OFFERED, WITH_CAMPAIGN, lambda s: choose(s.now, OLENA).offer, "2026-03-03"),
    Proof("greetings.burn_days", [(7, ["2026-03-22/early"]), (20, ["2026-03-22"])], TAP, BURNING, eligible(K.BURN), SOON),
    Proof("greetings.burn_early_days", [(20, ["2026-03-22/early"]), (19, [])], TAP, BURNING, eligible(K.BURN), SOON),
    Proof("greetings.welcome_days", [(4, [""]), (3, [])], LATE, programme(), eligible(K.WELCOME), "2026-03-05"),
    Proof("greetings.milestone_visits", [(5, ["visit:5"]), (10, [])], TAPS, programme(), eligible(K.MILESTONE), "2026-03-16"),
    Proof(
        "greetings.birthday_days", [(3, (17, 23, False)), (1, (19, 21, False))], [], programme(), lambda s: stretches(s)["birthday"], SOON
    ),
    Proof("greetings.birthday_lock_days", [(25, True), (30, False)], [], programme(), lambda s: stretches(s)["birthday"][2], SOON),
    Proof(
        "greeting.kind",
        [(K.SECOND_VISIT, []), (K.HOLIDAY, [""])],
        SECOND,
        programme(greeting=(Greeting(K.NOTE, True),)),
        eligible(K.SECOND_VISIT),
        "2026-03-04",
    ),
    Proof("greeting.off", [(False, [""]), (True, [])], SECOND, OWN, eligible(K.SECOND_VISIT), "2026-03-04"),
    Proof("greeting.cooldown_days", [(0, [""]), (5, [])], SECOND, OWN, eligible(K.SECOND_VISIT), "2026-03-04"),
    Proof("greeting.per_year_max", [(2, [""]), (1, [])], SECOND, OWN, eligible(K.SECOND_VISIT), "2026-03-04"),
    Proof(
        "greeting.texts",
        [({"en": ("Hi, {name}",)}, "Hi, Olena"), ({}, "")],
        SECOND,
        OWN,
        lambda s: first(K.SECOND_VISIT)(s).text,
        "2026-03-04",
    ),
    Proof("holiday.id", [("women", ["women/2026"]), ("men", [])], TAP, programme(holiday=(WOMEN,)), eligible(K.HOLIDAY), SOON),
    Proof(
        "holiday.title",
        [({"en": "A"}, "A"), ({"en": "B"}, "B")],
        TAP,
        programme(holiday=(WOMEN,)),
        lambda s: first(K.HOLIDAY)(s).word,
        SOON,
    ),
    Proof(
        "holiday.rrule",
        [(WOMEN.rrule, 8), ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=9", 9)],
        [],
        programme(holiday=(WOMEN,)),
        lambda s: stretches(s)["women"][0],
        SOON,
    ),
    Proof("holiday.days", [(0, (8, 8, True)), (2, (6, 10, True))], [], programme(holiday=(WOMEN,)), lambda s: stretches(s)["women"], SOON),
    Proof(
        "holiday.profession",
        [("", True), ("baker", True), ("miner", False)],
        [],
        programme(holiday=(WOMEN,)),
        lambda s: "women" in stretches(s),
        SOON,
    ),
    Proof(
        "campaign.goal",
        [(Goal.SECOND_VISIT, "c"), (Goal.LEARN, "d")],
        TAP,
        programme(campaign=BOTH),
        lambda s: first(K.CAMPAIGN)(s).about,
        SOON,
    ),
    Proof("campaign.text", [({"en": "buns!"}, ["c"]), ({}, [])], TAP, WITH_CAMPAIGN, eligible(K.CAMPAIGN), SOON),
    Proof("campaign.learns", [("", "p"), ("district", "q")], TAP, replace(ASKING, question=(Q, P), campaign=(MARCH,)), question, SOON),
    Proof("rungs.usual_days", [(14, ["2026-04-01"]), (15, [])], AWAY, programme(), eligible(K.WELCOME_BACK), "2026-04-01 11:00"),
    Proof("tier.title", [({"en": "A"}, "A"), ({"en": "B"}, "B")], TAP, EARNED, lambda s: first(K.PROMOTION)(s).word, SOON, item=1),
)
PROOFS = (
    *GREETING,
    *SELLING,
    *GIVING,
    *QUESTIONS,
    *WATCHING,
    *ABOUT,
    *EXPIRY,
    *MOVEMENTS,
    *WINDOWS,
    *RULE,
    *PERKS,
    *LADDER,
    *RUNGS,
    *LISTENING,
    *CAMPAIGNS,
    *CLUBS,
)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.path)
def test_a_setting_does_something(proof: Proof) -> None:
    """Changing this one setting changes what happens, as the proof says for each of its values."""
    assert {str(to): seen(proof, to) for to, _ in proof.outcomes} == {str(to): expected for to, expected in proof.outcomes}


def test_the_zone_decides_which_day_it_is() -> None:
    """The programme's zone, made a calendar by whoever reads the file, moves midnight: one tap or two days in the same history."""
    late = told(("2026-03-02 23:30", visit()), ("2026-03-03 00:30", visit()))
    found = {}
    for zone in ("Europe/Kyiv", "America/New_York"):
        about = About(1, "test", zone)
        by = Rulebook.single(replace(programme(rule(once=Once.DAY)), programme=about), ZoneInfo(about.time_zone))
        found[zone] = fold(late, by, MEMBER).ledger.balance
    assert found == {"Europe/Kyiv": 20, "America/New_York": 10}


def test_a_tier_that_runs_out_is_told_in_time() -> None:
    """So many days before a tier runs out, and not sooner, the member hears what keeps it."""
    tiers = (Tier("low", {"en": "Low"}), Tier("high", {"en": "High"}, 20))

    def told_of(notice_days: int) -> list[str]:
        terms = programme(rule(points=20), tier=tiers, tiers=TierScheme(valid_days=40, window_days=30, notice_days=notice_days))
        by = Rulebook.single(terms, KYIV)
        account = fold(told(("2026-03-02 09:00", visit())), by, MEMBER)
        apply(account, told(("2026-04-08 09:00", visit(CARDS[1])))[0], by)
        account.tier.days, account.tier.total = [], 0
        now = advance(account, at("2026-04-08 09:00"), by)
        return [each.said.about for each in choose(now, Person("en")).candidates if each.said.about.startswith("keep:")]

    assert told_of(notice_days=2) == []
    assert told_of(notice_days=3) == ["keep:high:2026-04-11"]


ELSEWHERE = {
    "programme.time_zone": "test_loyalty_settings.py: test_the_zone_decides_which_day_it_is",
    "tiers.notice_days": "test_loyalty_settings.py: test_a_tier_that_runs_out_is_told_in_time",
    "rule.kiosk_hour_max": "test_hub_settling.py: test_an_hourly_limit_closes_the_rule_at_that_kiosk_for_that_hour",
    "rule.budget_points": "test_hub_settling.py: test_a_spent_budget_closes_its_rule_for_whoever_comes_after",
    "rule.kiosk_budget_points": "test_hub_settling.py: test_a_spent_budget_closes_its_rule_for_whoever_comes_after",
    "perk.stock": "test_hub_settling.py: test_a_perk_that_is_out_of_stock_ends_and_so_does_what_only_gives_it",
    "club.capacity": "test_hub_places.py: test_a_club_that_is_full_is_refused_in_words",
    "club.event.capacity": "test_hub_places.py: test_an_evening_is_full_when_as_many_come_as_there_is_room_for",
    "field.purpose": "test_hub_explain.py: test_clubs_and_answers_are_told_with_their_purpose",
    "question.text": "test_kiosk_conversation.py: test_a_good_face_may_lead_to_the_one_question",
    "question.choices.id": "test_kiosk_conversation.py: test_a_good_face_may_lead_to_the_one_question",
    "question.choices.title": "test_kiosk_conversation.py: test_a_good_face_may_lead_to_the_one_question",
    "club.title": "test_hub_explain.py: test_clubs_and_answers_are_told_with_their_purpose",
    "club.event.id": "test_loyalty_events.py: test_each_evening_is_asked_about_once",
    "club.event.title": "test_loyalty_events.py: test_an_invitation_has_the_title_in_the_members_language",
    "club.event.day": "test_loyalty_events.py: test_an_invitation_comes_within_thirty_days_and_not_on_the_day_itself",
}
"""Settings whose proof is a test of its own: file and name."""


def test_no_setting_is_dead() -> None:
    """Every setting has a proof here or a test that is named here, and nothing else has."""
    proved = {proof.path for proof in PROOFS} | set(ELSEWHERE)
    existing = set(settings_of(Programme))
    assert existing - proved == set(), "settings without a proof that they do anything"
    assert proved - existing == set(), "proofs of settings that are not there"


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_proof_elsewhere_is_there(path: str) -> None:
    """A test that is named as the proof of a setting stands in its file."""
    file, _, name = ELSEWHERE[path].partition(": ")
    assert f"def {name}(" in Path(__file__).with_name(file).read_text(encoding="utf-8")


def test_each_proof_shows_a_difference() -> None:
    """A setting with a proof has at least two values that lead to different outcomes."""
    for path in {proof.path for proof in PROOFS}:
        outcomes = {str(expected) for proof in PROOFS if proof.path == path for _, expected in proof.outcomes}
        assert len(outcomes) > 1, path
