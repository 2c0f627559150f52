"""Whole histories of one member, and programmes that use every rule there is: for tests of the fold. No test lives here.

A history is drawn as a list of steps, small numbers only, and told by a `Story`, which remembers receipts, redemptions, holds and
cases, so that returns, reversals and captures mostly meet something real and sometimes nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from loyalty import facts as f
from loyalty.account import Account, fold
from loyalty.facts import Body, ClockQuality, Fact, FactId
from loyalty.programme import About, Programme
from loyalty.programme.ladder import Basis, Downgrade, RungBasis, Rungs, Tier, TierScheme, TierWindow
from loyalty.programme.listening import Cases, Ratings
from loyalty.programme.rules import (
    Clawback,
    Earning,
    Expiry,
    ExpiryPolicy,
    HandOver,
    Once,
    Overdraft,
    Perk,
    PerkKind,
    Redemption,
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
from loyalty.programme.saying import Campaign, Club, ClubJoin, Goal
from loyalty.rulebook import Closing, Rulebook
from loyalty.said import GreetingKind

KYIV = ZoneInfo("Europe/Kyiv")
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
CARDS = ("a" * 32, "b" * 32, "c" * 32)
MEMBER, FRIEND = "m-1", "m-2"
EPOCHS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
BOOT = "boot-1"
TEXT = {"en": "words"}


# --- one short line each, for tests that tell a history by hand -----------------------------------------------------------


def at(text: str, zone: tzinfo = KYIV) -> int:
    """Ms since 1970 of a local moment like "2026-03-01 12:00", noon where no time is said."""
    moment = datetime.fromisoformat(text)
    moment = moment if ":" in text else moment.replace(hour=12)
    return round(moment.replace(tzinfo=zone).timestamp() * 1000)


def fact(body: Body, at_ms: int, number: int = 1, kiosk: str = "k1", epoch: str = EPOCHS[0], effective_ms: int | None = None) -> Fact:
    """A fact of a kiosk's stream."""
    return Fact(FactId(kiosk, epoch, number), at_ms, number, BOOT, ClockQuality.NTP, body, effective_ms)


def told(*events: tuple[str, Body], kiosk: str = "k1", zone: tzinfo = KYIV) -> list[Fact]:
    """Facts of one kiosk, numbered from 1, each with the local moment at which it happened."""
    return [fact(body, at(moment, zone), number, kiosk) for number, (moment, body) in enumerate(events, 1)]


def programme(*rules: Rule, **tables: Any) -> Programme:
    """A programme with these rules; points never burn unless it says otherwise."""
    tables.setdefault("expiry", Expiry(ExpiryPolicy.NEVER))
    return Programme(About(tables.pop("version", 1), "test", "Europe/Kyiv"), rule=rules, **tables)


def book(*rules: Rule, zone: tzinfo = KYIV, **tables: Any) -> Rulebook:
    """The same as a rulebook of one edition."""
    return Rulebook.single(programme(*rules, **tables), zone)


def folded(facts: Iterable[Fact], by: Rulebook, until: str | None = None, member: str = MEMBER) -> Account:
    """The account, up to a local moment if there is one."""
    return fold(facts, by, member, None if until is None else at(until))


def rule(id_: str = "r", trigger: Trigger = Trigger.VISIT, points: int = 10, **more: Any) -> Rule:
    """An active rule: ten points for a visit, unless it says otherwise."""
    return Rule(id_, trigger, Status.ACTIVE, points=points, **more)


def perk(id_: str = "free", **more: Any) -> Perk:
    """An active perk."""
    return Perk(id_, more.pop("kind", PerkKind.SOFT), TEXT, more.pop("status", Status.ACTIVE), **more)


def visit(card: str = CARDS[0]) -> f.Visit:
    """A tap."""
    return f.Visit(card, f.Evidence("NTAG213"))


def rating(face: f.Face = f.Face.GOOD, visit_number: int = 1, card: str = CARDS[0]) -> f.Rating:
    """A face."""
    return f.Rating(card, visit_number, face, 800)


def purchase(receipt: str = "r-1", amount: int = 10_000, **more: Any) -> f.Purchased:
    """A receipt, of a hundred hryvnias unless it says otherwise."""
    return f.Purchased(receipt, amount, more.pop("currency", "UAH"), more.pop("card", CARDS[0]), **more)


def invariant(account: Account) -> None:
    """What holds at every moment: nothing is lost, nothing appears, nothing is below zero."""
    ledger = account.ledger
    parts = ledger.available + ledger.waiting + ledger.held + ledger.spent + ledger.expired + ledger.clawed + ledger.debited + ledger.sent
    assert ledger.credited == parts - ledger.owed - ledger.forgiven, ledger
    counted = (ledger.credited, ledger.spent, ledger.expired, ledger.clawed, ledger.debited, ledger.sent, ledger.owed, ledger.forgiven)
    assert min(counted) >= 0, ledger
    assert all(lot.left > 0 for lot in (*ledger.lots, *ledger.pending)), ledger
    assert all(taken.points > 0 for hold in ledger.holds.values() for taken in hold.taken), ledger
    assert [lot.expires for lot in ledger.lots] == sorted({lot.expires for lot in ledger.lots}), ledger
    assert not (ledger.owed and ledger.lots), ledger


# --- histories ------------------------------------------------------------------------------------------------------------

Step = tuple[str, int, int, int, int]
"""(kind, place in GAPS, two small numbers that the kind uses as it likes, place in STREAMS)."""

STREAMS = (("k1", EPOCHS[0]), ("k1", EPOCHS[1]), ("k2", EPOCHS[0]), ("hub", EPOCHS[0]))


def _midnight(moment: int, days: int) -> int:
    day = datetime.fromtimestamp(moment / 1000, KYIV).date() + timedelta(days=days)
    return round(datetime.combine(day, time(), KYIV).timestamp() * 1000)


def _month_end(moment: int) -> int:
    day = datetime.fromtimestamp(moment / 1000, KYIV).date()
    return round(datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=KYIV).timestamp() * 1000)


GAPS: tuple[Callable[[int], int], ...] = (
    lambda moment: moment,
    lambda moment: moment + 1,
    lambda moment: moment + 7 * MINUTE_MS,
    lambda moment: moment + 5 * HOUR_MS,
    lambda moment: moment + DAY_MS,
    lambda moment: _midnight(moment, 1) - 1,
    lambda moment: _midnight(moment, 1),
    lambda moment: _midnight(moment, 1) + 1,
    lambda moment: moment + 3 * DAY_MS,
    lambda moment: moment + 7 * DAY_MS,
    lambda moment: _month_end(moment) - 1,
    _month_end,
    lambda moment: _midnight(moment, 31) - 1,  # the edge of thirty days
    lambda moment: _midnight(moment, 31),
    lambda moment: moment + 40 * DAY_MS,
    lambda moment: moment + 200 * DAY_MS,
)


@dataclass
class Story:
    """A history as it is told: where the clock stands, and what can be referred to."""

    now: int
    facts: list[Fact] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    holds: int = 0
    ratings: int = 1

    def pick(self, known: Sequence[str], place: int) -> str:
        """Something known, the latest for a small number; now and then something nobody knows."""
        return known[-1 - place // 8 % len(known)] if known and place % 8 else "nowhere-1"

    def tell(self, step: Step) -> None:
        """One more fact, and often what is likely to come of it."""
        kind, _, a, b, stream = step
        self._tell(step)
        if b % 3 and (next_kinds := FOLLOW.get(kind)):
            self._tell((next_kinds[a % len(next_kinds)], (a + b) % len(GAPS) if a % 2 else b % 5, 1 + a % 16, a * 7 + b, stream))

    def _tell(self, step: Step) -> None:
        kind, gap, a, b, stream = step
        self.now = GAPS[gap](self.now)
        kiosk, epoch = STREAMS[stream]
        number = self.numbers[kiosk, epoch] = self.numbers.get((kiosk, epoch), 0) + 1
        made = fact(BODIES[kind](self, a, b), self.now, number, kiosk, epoch)
        if b % 5 == 0:  # the hub has dated it otherwise than the kiosk did
            made = replace(made, at_ms=made.at_ms + 100_000, effective_ms=self.now)
        self.facts.append(made)
        name = str(made.id)
        if kind in ("redeemed", "captured"):
            self.spent.append(name)
        elif kind in ("bad", "wrong"):
            self.cases.append(name)
        if kind == "bad":
            self.ratings = number
        self.grants += [f"{name}:{perk_rule}" for perk_rule in ("punch", "fifth") if kind in ("bought", "visit")]


FOLLOW = {
    "held": ("captured", "released"),
    "redeemed": ("reversed",),
    "captured": ("reversed",),
    "bought": ("returned", "returned", "vested"),
    "returned": ("returned",),
    "bad": ("reason", "contact", "stepped", "right"),
    "case": ("stepped", "goodwill"),
    "stepped": ("stepped", "right"),
    "converted": ("rejected",),
    "welcomed": ("rejected",),
    "perk_given": ("perk_used", "perk_voided"),
    "joined": ("checked_in",),
    "promise": ("kept",),
    "note": ("note_shown",),
}
"""What is likely to come after a kind of fact, about the same thing."""


def _card(b: int) -> str:
    return CARDS[b % 3]


def _receipt(story: Story, a: int, b: int) -> f.Purchased:
    name = f"r-{a % 12}" if b % 9 == 0 else f"r-{len(story.receipts) + 100}"
    story.receipts.append(name)
    amount = (0, 1, 99, 3000, 5000, 12_345, 99_999, 1_000_000)[a % 8]
    items = (f.Item("latte", amount // 2, 1 + b % 4, ("coffee",)), f.Item("gift", amount // 4, 1, ("cards",)))
    currency = "EUR" if a % 16 == 15 and b % 4 == 0 else "UAH"
    whom = {"card": _card(b)} if b % 2 else {"member": MEMBER}
    return f.Purchased(
        name, amount, currency, tax=amount // 6, by_points=amount // 10 if a % 3 else 0, items=items if a % 2 else (), **whom
    )


def _held(story: Story, a: int, b: int) -> f.Held:
    story.holds += a % 8 > 0  # else a name that may be in use
    return f.Held(f"h-{story.holds}", 1 + a % 60, (1, 30, 1440)[b % 3], _card(b))


def _case(story: Story, a: int, b: int) -> f.CaseOpened:
    story.cases.append(f"case-{a % 4}")
    return f.CaseOpened(MEMBER, f"case-{a % 4}", f.CaseSource.STAFF)


def _given(story: Story, a: int, b: int) -> f.PerkGiven:
    story.grants.append(f"desk:ref-{a % 5}")
    return f.PerkGiven(MEMBER, ("free", "auto", "old", "nothing")[b % 4], f"ref-{a % 5}", "staff-1")


def _day(story: Story, days: int) -> str:
    return datetime.fromtimestamp(story.now / 1000 + days * 86_400, UTC).date().isoformat()


def _parts(story: Story, a: int, b: int) -> tuple[f.Part, ...]:
    return (f.Part(1 + a, _day(story, b - 100)), f.Part(5), f.Part(7, "2026-99-99"))[: 1 + b % 3]


BODIES: dict[str, Callable[[Story, int, int], Body]] = {
    "visit": lambda s, a, b: visit(_card(b)),
    "good": lambda s, a, b: rating(f.Face(2 + a % 2), 1 + b % 4, _card(b)),
    "bad": lambda s, a, b: rating(f.Face(a % 2), 1 + b % 4, _card(b)),
    "reason": lambda s, a, b: f.Reason(_card(b), s.ratings if a % 4 else 9999, tuple(f.ReasonCode)[a % 6]),
    "greeting": lambda s, a, b: f.GreetingShown(
        _card(b), tuple(GreetingKind)[a % len(GreetingKind)], ("", "tier:gold", "rung:client", "rung:nonsense", "2026-01-31")[b % 5], a % 4
    ),
    "contact": lambda s, a, b: f.ContactRequested(_card(b), s.ratings if a % 4 else 9999),
    "right": lambda s, a, b: f.CaseAnswered(_card(b), s.pick(s.cases, a), b % 2 == 0),
    "assist": lambda s, a, b: f.AssistRequested(_card(b), False),
    "wrong": lambda s, a, b: f.AssistRequested(_card(b), True),
    "answered": lambda s, a, b: f.QuestionAnswered(_card(b), f"q-{a % 3}", f"c-{b % 3}"),
    "skipped": lambda s, a, b: f.QuestionSkipped(_card(b), f"q-{a % 3}", b % 2 == 0),
    "note_shown": lambda s, a, b: f.NoteShown(_card(b), f"n-{a % 3}"),
    "opened": lambda s, a, b: f.ReferralOpened(_card(b)),
    "referred": lambda s, a, b: f.Referred(_card(b), ("f" * 32, _card(b), "")[a % 3], 1),
    "granted": lambda s, a, b: f.Granted(
        _card(b), ("birthday", "surprise", "visit", "nothing")[a % 4], (f"{2026 + b % 3}", _day(s, 0), _day(s, -1))[(a + b) % 3]
    ),
    "perk_used": lambda s, a, b: f.PerkUsed(s.pick(s.grants, a), _card(b)),
    "redeemed": lambda s, a, b: f.Redeemed(
        (1, 7, 50, 10_000)[a % 4] + b, _card(b), perk=("", "free", "nothing")[a % 3], offline=b % 2 == 0, hold=("", f"h-{s.holds}")[a % 2]
    ),
    "checked_in": lambda s, a, b: f.CheckedIn(_card(b), ("insiders", "friends", "nothing")[a % 3], f"e-{b % 2}"),
    "replied": lambda s, a, b: f.Replied(_card(b), "insiders", f"e-{a % 40}", b % 2 == 0),
    "consent": lambda s, a, b: f.ConsentGiven(tuple(f.Purpose)[a % 9], f.ConsentMethod.TAP, "t-1", "0" * 64, "uk", _card(b)),
    "no_consent": lambda s, a, b: f.ConsentWithdrawn(tuple(f.Purpose)[a % 9], f.ConsentMethod.STAFF, member=MEMBER),
    "bought": _receipt,
    "returned": lambda s, a, b: f.Returned(
        s.pick(s.receipts, a), f"ref-{b % 40}", (0, 1, 1500, 3000, 12_345, 10_000_000)[b % 6], member=MEMBER
    ),
    "reversed": lambda s, a, b: f.RedemptionReversed(s.pick(s.spent, a), _card(b)),
    "held": _held,
    "captured": lambda s, a, b: f.Captured(f"h-{s.holds - a % 2}", _card(b), perk=("", "free")[b % 2]),
    "released": lambda s, a, b: f.Released(f"h-{s.holds - a % 2}", _card(b)),
    "vested": lambda s, a, b: f.Vested(s.pick(s.receipts, a), _card(b)),
    "opening": lambda s, a, b: f.OpeningBalance(MEMBER, 3 * a, ("", _day(s, b - 50), "2026-99-99", "9999-12-31", "0001-01-01")[b % 5]),
    "adjusted": lambda s, a, b: f.Adjusted(MEMBER, (a - 128) * 5, "why", "s-1", ("", "s-1", "s-2")[b % 3], ("", f"adj-{b % 4}")[a % 2]),
    "goodwill": lambda s, a, b: f.GoodwillGiven(MEMBER, s.pick(s.cases, b), 1 + a, "s-1"),
    "sent": lambda s, a, b: f.PointsSent(MEMBER, FRIEND, f"t-{b % 20}", _parts(s, a, b)),
    "received": lambda s, a, b: f.PointsReceived(MEMBER, FRIEND, f"t-{b % 20}", _parts(s, a, b)),
    "enrolled": lambda s, a, b: f.Enrolled(MEMBER, staff=a % 8 == 7),
    "left": lambda s, a, b: f.MemberLeft(MEMBER, tuple(f.ExitWay)[a % 3]),
    "merged": lambda s, a, b: f.Merged(MEMBER, "m-9", "s-1"),
    "case": _case,
    "stepped": lambda s, a, b: f.CaseStepped(MEMBER, s.pick(s.cases, a), tuple(f.CaseStep)[b % 4], "s-1", cause=("", "waiting")[a % 2]),
    "note": lambda s, a, b: f.NoteWritten(MEMBER, f"n-{a % 3}", "s-1", ("", "waiting")[b % 2]),
    "promise": lambda s, a, b: f.PromiseMade(MEMBER, f"p-{a % 3}", "s-1", "2026-05-05"),
    "kept": lambda s, a, b: f.PromiseKept(MEMBER, f"p-{a % 3}"),
    "converted": lambda s, a, b: f.Converted(MEMBER, f"friend-{a % 4}"),
    "welcomed": lambda s, a, b: f.Welcomed(MEMBER, f"friend-{a % 4}"),
    "rejected": lambda s, a, b: f.ReferralRejected(MEMBER, f"friend-{a % 4}"),
    "perk_given": _given,
    "perk_voided": lambda s, a, b: f.PerkVoided(MEMBER, s.pick(s.grants, a), "s-1"),
    "joined": lambda s, a, b: f.ClubJoined(MEMBER, ("insiders", "friends", "nothing")[a % 3]),
    "club_left": lambda s, a, b: f.ClubLeft(MEMBER, ("insiders", "friends", "nothing")[a % 3]),
    "tier_set": lambda s, a, b: f.TierSet(
        MEMBER, ("standard", "silver", "gold", "vip", "nothing")[a % 5], ("2026-99-99", "9999-12-31", _day(s, b - 20))[b % 3], "s-1", "why"
    ),
    "assisted": lambda s, a, b: f.AssistAnswered("k1/aaaaaaaaaaaa/1", "s-1"),
    "unknown": lambda s, a, b: f.Unknown("later", {"card": _card(b)}),
    "recovered": lambda s, a, b: f.StoreRecovered("facts.old"),
    "profile": lambda s, a, b: f.ProfileChanged(MEMBER, ("district",)),
    "card": lambda s, a, b: f.CardChanged(_card(b), f.CardChange.BLOCKED),
    "config": lambda s, a, b: f.ConfigApplied("coffee", 1),
    "closed": lambda s, a, b: f.RuleClosed("visit"),
}
"""Every kind of fact by a short name: from a story and two small numbers."""

OFTEN = (
    "visit",
    "visit",
    "bought",
    "bought",
    "redeemed",
    "returned",
    "held",
    "captured",
    "reversed",
    "good",
    "bad",
    "opening",
    "converted",
)
SHORT = (0, 1, 2, 2, 3, 3, 4, 4)  # places in GAPS within which holds last and returns come
STEP: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from((*BODIES, *OFTEN, *OFTEN)),
    st.sampled_from((*range(len(GAPS)), *SHORT, *SHORT)),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, len(STREAMS) - 1),
)
STEPS = st.lists(STEP, max_size=8) | st.lists(STEP, min_size=12, max_size=60)


def story_of(steps: Iterable[Step], begins: int) -> list[Fact]:
    """The facts of a history, in the order in which they happened."""
    story = Story(begins)
    for step in steps:
        story.tell(step)
    return story.facts


BEGINNINGS = (at("2026-01-31 23:59"), at("2026-03-28 12:00"), at("2027-12-31 23:00"), at("2028-02-29 08:00"))
HISTORIES: st.SearchStrategy[list[Fact]] = st.builds(story_of, STEPS, st.sampled_from(BEGINNINGS))


# --- programmes -----------------------------------------------------------------------------------------------------------

VISIT, BUY, DAY = Trigger.VISIT, Trigger.PURCHASE, Once.DAY
RULES = (
    rule("visit", VISIT, 10, once=DAY),
    rule("joined", Trigger.ENROLMENT, 50, once=Once.EVER),
    rule("cooled", VISIT, 3, cooldown_hours=12),
    rule("second", VISIT, 20, once=Once.EVER, visits_from=2, visits_to=3),
    rule("fifth", VISIT, 0, every_visit=5, perk="free"),
    rule("streak", VISIT, 15, streak_weeks=2),
    rule("back", VISIT, 25, away_days=30),
    rule("monday", VISIT, 0, times_percent=150, weekdays=(Weekday.MON, Weekday.THU)),
    rule("happy", VISIT, 0, times_percent=133, window="evening", stacking=Stacking.EXCLUSIVE),
    rule("happier", VISIT, 0, times_percent=300, window="spring", stacking=Stacking.EXCLUSIVE, priority=200),
    rule("rating", Trigger.RATING, 2, once=DAY, times=2),
    rule("third-rating", Trigger.RATING, 5, per=3),
    rule("answer", Trigger.ANSWER, 3, once=Once.WEEK),
    rule("referral", Trigger.REFERRAL, 100, vests_days=14),
    rule("referred", Trigger.REFERRED, 30),
    rule("evening", Trigger.CHECK_IN, 15, qualifying=False),
    rule("birthday", Trigger.OCCASION, 25, occasion="birthday", perk="free"),
    rule("surprise", Trigger.SURPRISE, 7, one_in=3, perk="auto"),
    rule("spend", BUY, 1, unit=Unit.AMOUNT, per=100),
    rule("delivered", BUY, 3, unit=Unit.AMOUNT, per=4000, vests_on_action=True, expiry=Expiry(days=20)),
    rule("later", BUY, 4, vests_days=3, once=Once.MONTH, times=2),
    rule("punch", BUY, 0, unit=Unit.ITEM, per=4, categories=("coffee",), perk="free"),
    rule("beans", BUY, 6, unit=Unit.ITEM, per=3, items=("latte",), perk="free"),
    rule("no-cards", BUY, 2, unit=Unit.AMOUNT, per=700, excluded=("cards",), member_points_max=60),
    rule("large", BUY, 20, min_amount=10_000, stacking=Stacking.EXCLUSIVE, priority=300),
    rule("small", BUY, 5, stacking=Stacking.EXCLUSIVE, card_day_points_max=8),
    rule("double", BUY, 0, times_percent=200, tiers=("silver", "gold")),
    rule("lots", VISIT, 4, hold_out_percent=50),
    rule("corner", VISIT, 5, kiosks=("k2",), expiry=Expiry(days=7)),
    rule("golden", VISIT, 8, tiers=("gold", "vip")),
    rule("client", VISIT, 9, rungs=("client", "advocate"), once=Once.YEAR, times=3),
    rule("insider", VISIT, 11, clubs=("insiders", "friends")),
    rule("spring", VISIT, 12, campaign="spring"),
    rule("dated", VISIT, 13, starts=date(2026, 3, 1), ends=date(2027, 3, 1)),
    Rule("draft", VISIT, points=1000),
)
PERKS = (perk("free", uses=2), perk("auto", hand_over=HandOver.AUTO), perk("old", ends=date(2026, 6, 1)))
SPRING = (date(2026, 3, 1), date(2026, 5, 31))
WINDOWS = (Window("evening", "FREQ=WEEKLY;BYDAY=MO,TU,FR", time(20), 480), Window("spring", starts=SPRING[0], ends=SPRING[1]))
CLUBS = (Club("insiders", TEXT), Club("friends", TEXT, ClubJoin.RULE, ("advocate",), ("gold",)))
CAMPAIGNS = (Campaign("spring", Goal.RETAIN, *SPRING, rungs=("buyer", "client"), hold_out_percent=30),)
EXPIRIES = (
    Expiry(ExpiryPolicy.NEVER),
    Expiry(days=30),
    Expiry(months=1),
    Expiry(months=2, round=Rounding.MONTH_END),
    Expiry(days=10, round=Rounding.QUARTER_END),
    Expiry(months=6, days=1, round=Rounding.YEAR_END),
    Expiry(ExpiryPolicy.FIXED, day=31, month=1),
    Expiry(ExpiryPolicy.INACTIVITY, days=40),
)
SCHEMES = st.builds(
    TierScheme,
    st.sampled_from(Basis),
    st.sampled_from(TierWindow),
    st.sampled_from((30, 365)),
    st.sampled_from((0, 1, 60)),
    st.sampled_from((0, 5)),
    st.sampled_from(Downgrade),
)


@st.composite
def programmes(draw: st.DrawFn, version: int = 1) -> Programme:
    """A programme that uses some of every kind of rule."""
    chosen = draw(st.integers(0, 2 ** len(RULES) - 1) | st.just(2 ** len(RULES) - 1))
    step = draw(st.sampled_from((1, 40, 3000)))
    tiers = (
        Tier("standard", TEXT),
        Tier("silver", TEXT, 2 * step, 120, ("free",)),
        Tier("gold", TEXT, 5 * step, 155, ("auto", "free")),
        Tier("vip", TEXT, 0, 200, invited=True),
    )
    return Programme(
        About(version, "test", "Europe/Kyiv"),
        expiry=draw(st.sampled_from(EXPIRIES)),
        earning=Earning(draw(st.booleans()), 200, 300, draw(st.booleans())),
        redemption=Redemption(overdraft=draw(st.sampled_from(Overdraft)), reinstate_days=draw(st.sampled_from((0, 30)))),
        clawback=Clawback(draw(st.sampled_from(Shortfall)), draw(st.sampled_from((1, 45, 180)))),
        window=WINDOWS,
        rule=tuple(each for place, each in enumerate(RULES) if chosen >> place & 1),
        perk=PERKS,
        tiers=draw(SCHEMES),
        tier=tiers[: draw(st.sampled_from((0, 1, 3, 4)))],
        rungs=Rungs(draw(st.sampled_from(RungBasis)), 2, draw(st.sampled_from((0, 1, 1))), 0, 50, draw(st.integers(0, 3)), 40),
        ratings=Ratings(draw(st.sampled_from((0, 4)))),
        cases=Cases(resolve_hours=draw(st.sampled_from((1, 24))), ask_days=draw(st.sampled_from((1, 20)))),
        campaign=CAMPAIGNS,
        club=CLUBS if draw(st.booleans()) else (),
    )


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """One edition or two, and now and then a rule that was closed."""
    editions = [(0, draw(programmes()))]
    if draw(st.booleans()):
        editions.append((draw(st.sampled_from(BEGINNINGS)) + draw(st.sampled_from((0, 33, 300))) * DAY_MS, draw(programmes(2))))
    start = BEGINNINGS[0] + 20 * DAY_MS
    closed = (Closing("visit", "k1", start, start + 90 * DAY_MS), Closing("spend", "", start, start + 50 * DAY_MS))
    return Rulebook(editions, KYIV, closed if draw(st.booleans()) else ())


BOOKS = rulebooks()
