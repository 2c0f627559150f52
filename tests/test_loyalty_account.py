"""The account: what each kind of fact does to it, what makes no sense and is marked, what time alone does, and the document of it all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from loyalty import facts as f
from loyalty.account import MARKS_KEPT, Account, advance, apply, fold, restore, snapshot
from loyalty.account.movements import REFS_KEPT
from loyalty.account.perks import GRANTS_KEPT
from loyalty.account.purchases import RECEIPTS_KEPT, RETURNS_KEPT
from loyalty.account.reckoning import Change, Entry, EntryType, Line, Mark
from loyalty.account.told import LAST_KEPT, NOTES_KEPT, PROMISES_KEPT, QUESTIONS_KEPT, SHOWN_KEPT
from loyalty.facts import Body
from loyalty.programme.rules import (
    Clawback,
    Earning,
    Expiry,
    ExpiryPolicy,
    HandOver,
    Overdraft,
    Redemption,
    Shortfall,
    Status,
    Trigger,
    Unit,
)
from loyalty.rulebook import Closing, Rulebook
from loyalty.said import GreetingKind
from loyalty.shapes import Malformed
from tests.loyalty_histories import (
    CARDS,
    DAY_MS,
    KYIV,
    MEMBER,
    at,
    book,
    fact,
    folded,
    invariant,
    perk,
    programme,
    purchase,
    rule,
    told,
    visit,
)

SPEND = rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=100)
NOON = "2026-03-02 12:00"
OPENING = f.OpeningBalance(MEMBER, 100)
TRANSFERS = {"earning": Earning(transfers=True)}


def after(*bodies: Body, by: Rulebook | None = None, until: str | None = None) -> Account:
    """The account after facts of one noon."""
    account = folded(told(*[(NOON, body) for body in bodies]), by or book(), until)
    invariant(account)
    return account


def journal_of(*bodies: Body, by: Rulebook | None = None) -> list[Line]:
    """What is written into the journal for facts of one noon."""
    lines: list[Line] = []
    fold(told(*[(NOON, body) for body in bodies]), by or book(), MEMBER, journal=lines)
    return lines


# --- the fold --------------------------------------------------------------------------------------------------------------


def test_nothing_is_an_empty_account() -> None:
    """A member without facts has no points, and the account says so without a special case."""
    assert fold([], book(), MEMBER) == Account(MEMBER)
    assert (Account().ledger.balance, Account().last) == (0, (0, "", "", 0))


@pytest.mark.parametrize("body", [f.StoreRecovered("x"), f.Unknown("visit.v2", {"card": CARDS[0]}), f.ConfigApplied("coffee", 1)])
def test_other_facts_are_counted_and_earn_nothing(body: Body) -> None:
    """A word about the store and a fact of an unknown kind are facts, not points."""
    account = after(body, by=book(rule()))
    assert (account.ledger.credited, account.facts) == (0, 1)


def test_an_account_knows_its_newest_fact() -> None:
    """By the total order, also when an older one is applied after it."""
    account, by = Account(MEMBER), book()
    newer, older = fact(visit(), at("2026-03-02"), 5), fact(visit(), at("2026-03-01"), 6, "k2")
    apply(account, newer, by)
    apply(account, older, by)
    assert account.last == newer.order
    assert account.facts == 2


def test_a_fact_is_reckoned_by_the_edition_of_its_moment() -> None:
    """A new programme never revalues what was before it; the first one also rules what was before itself."""
    by = Rulebook([(at("2026-03-02"), programme(rule(points=7))), (at("2026-04-01"), programme(rule(points=9), version=2))], KYIV)
    facts = told(("2026-03-01", visit()), ("2026-03-31", visit()), ("2026-04-01", visit()))
    assert [folded(facts[:count], by).ledger.balance for count in (1, 2, 3)] == [7, 14, 23]
    assert (by.now.version, [start for start, _ in by.editions]) == (2, [at("2026-03-02"), at("2026-04-01")])
    with pytest.raises(ValueError, match="needs a programme"):
        Rulebook([], KYIV)


def test_a_closed_rule_earns_nothing_from_then_on() -> None:
    """At the kiosk that is named or everywhere, until a moment or for good; what was before stays."""
    closed = [
        fact(f.RuleClosed("r", "k1", at("2026-03-04")), at("2026-03-02"), 90, "hub"),
        fact(f.RuleClosed("other"), at("2026-03-01"), 91, "hub"),
        fact(visit(), at("2026-03-01"), 92, "hub"),
    ]
    by = book(rule()).with_closed(closed)
    days = [("2026-03-01", visit()), ("2026-03-02", visit()), ("2026-03-03", visit()), ("2026-03-04", visit())]
    assert [folded(told(*days[:count]), by).ledger.balance for count in (1, 2, 3, 4)] == [10, 10, 10, 20]
    assert folded(told(*days, kiosk="k2"), by).ledger.balance == 40
    for_good = by.with_closed([fact(f.RuleClosed("r"), at("2026-03-03"), 93, "hub")])
    assert folded(told(*days, kiosk="k2"), for_good).ledger.balance == 20
    assert for_good.closed == (
        Closing("r", "k1", at("2026-03-02"), at("2026-03-04")),
        for_good.closed[1],
        Closing("r", "", at("2026-03-03"), 2**53 - 1),
    )
    assert for_good.zone is KYIV


def test_a_perk_whose_stock_is_given_away_is_given_no_more() -> None:
    """From the moment at which the hub closed it, the first of several; who has one already can use it."""
    closed = [fact(f.RuleClosed("perk:free"), at(moment), 90, "hub") for moment in ("2026-03-03", "2026-03-02 18:00")]
    by = book(rule(points=0, perk="free"), perk=(perk(), perk("other"))).with_closed(closed)
    facts = told(("2026-03-02 10:00", visit()), ("2026-03-02 17:59", visit()), ("2026-03-02 18:00", visit()))
    account = folded([*facts, fact(f.PerkGiven(MEMBER, "other", "a", "s-1"), at("2026-03-04"), 7)], by, "2026-03-05")
    assert [grant.perk for grant in account.perks.open_at(at("2026-03-05"))] == ["free", "free", "other"]
    bought = told(("2026-03-02 17:00", f.Redeemed(1, CARDS[0], perk="free")), ("2026-03-02 19:00", f.Redeemed(1, CARDS[0], perk="free")))
    assert [mark for mark in folded(bought, by).marks if "stock" in mark] == [
        "k1/aaaaaaaaaaaa/2: the stock of perk free was given away before"
    ]


def test_a_closing_that_ends_before_it_begins_closes_nothing() -> None:
    """Spans that meet are one, and one without length is none."""
    start = at("2026-03-02 10:00")
    spans = [(start, start), (start, start + 60_000), (start + 60_000, start + 120_000), (start + 3_600_000, start)]
    by = Rulebook([(0, programme(rule()))], KYIV, [Closing("r", "k1", begin, end) for begin, end in spans])
    moments = ("2026-03-02 09:59", "2026-03-02 10:01", "2026-03-02 10:02", "2026-03-02 11:30")
    assert [folded(told((moment, visit())), by).ledger.balance for moment in moments] == [10, 0, 10, 10]


def test_marks_are_kept_within_bounds_and_counted() -> None:
    """Facts that made no sense are remembered with their reason, the newest of them, and counted all."""
    account = after(*[f.Captured(f"h-{number}", CARDS[0]) for number in range(MARKS_KEPT + 5)])
    assert (account.marked, len(account.marks)) == (MARKS_KEPT + 5, MARKS_KEPT)
    assert account.marks[-1] == f"k1/aaaaaaaaaaaa/{MARKS_KEPT + 5}: nothing is held as h-{MARKS_KEPT + 4}"


def test_the_journal_tells_movements_steps_and_what_made_no_sense() -> None:
    """Each line with its moment, its fact and its reason; by rule and version where a rule gave."""
    lines = journal_of(visit(), f.Captured("h", CARDS[0]), by=book(rule(expiry=Expiry(days=1))))
    fact_of = "k1/aaaaaaaaaaaa/1"
    assert lines == [
        Change("rung", "prospect", "buyer", at(NOON)),
        Entry(EntryType.ACCRUE_VISIT, 10, at(NOON), fact_of, "r", 1, at("2026-03-04 00:00")),
        Mark("k1/aaaaaaaaaaaa/2", "nothing is held as h", at(NOON)),
    ]


def test_a_document_of_an_account_is_small_and_plain() -> None:
    """Empty parts are left out, and what is no account is refused with its place."""
    document = json.loads(json.dumps(snapshot(after(visit(), by=book(rule())))))
    assert restore(document) == after(visit(), by=book(rule()))
    assert "perks" not in document or document["perks"] == {}
    with pytest.raises(Malformed) as caught:
        restore(document | {"ledger": {"lots": [{"expires": 5}]}})
    assert caught.value.field == "account.ledger.lots[0].left"


# --- movements -------------------------------------------------------------------------------------------------------------


def test_a_redemption_says_for_what_and_how_it_was_decided() -> None:
    """Spent off line is counted by the day; a perk that the programme does not know is marked, and the points are spent all the same."""
    account = after(
        OPENING, f.Redeemed(20, CARDS[0], offline=True), f.Redeemed(5, CARDS[0], offline=True), f.Redeemed(1, CARDS[0], perk="cake")
    )
    assert (account.ledger.spent, account.books.offline, account.marked) == (26, 25, 1)
    facts = told((NOON, OPENING), (NOON, f.Redeemed(20, CARDS[0], offline=True)), ("2026-03-03", f.Redeemed(5, CARDS[0], offline=True)))
    assert folded(facts, book()).books.offline == 5
    assert after(OPENING, f.Redeemed(1, CARDS[0], perk="free"), by=book(perk=(perk(),))).marked == 0


def test_a_hold_is_captured_released_or_neither() -> None:
    """Capture spends it, release frees it, and each happens once; what nobody decides ends by itself."""
    held, captured, released = f.Held("h", 60, 30, CARDS[0]), f.Captured("h", CARDS[0], perk="cake"), f.Released("h", CARDS[0])
    account = after(OPENING, held)
    assert (account.ledger.available, account.ledger.held) == (40, 60)
    account = after(OPENING, held, captured, captured, released)
    assert (account.ledger.spent, account.ledger.available, account.marked) == (60, 40, 2)
    account = after(OPENING, held, released, held)
    assert (account.ledger.held, account.marked) == (60, 0)
    assert after(OPENING, held, until="2026-03-02 12:29").ledger.held == 60
    assert after(OPENING, held, until="2026-03-02 12:30").ledger.available == 100
    lines = [(line.type, line.points) for line in journal_of(held, OPENING, held, released, held, captured) if isinstance(line, Entry)]
    assert lines == [
        (EntryType.OPENING_BALANCE, 100),
        (EntryType.HOLD, 60),
        (EntryType.RELEASE, 60),
        (EntryType.HOLD, 60),
        (EntryType.REDEEM, -60),
    ]


def test_what_burnt_while_it_was_held_burns_when_it_is_freed() -> None:
    """A hold that is released after the points' last day leaves nothing to spend, at once."""
    dated = f.OpeningBalance(MEMBER, 100, "2026-03-02")
    facts = told((NOON, dated), ("2026-03-02 23:50", f.Held("h", 60, 30, CARDS[0])), ("2026-03-03 00:10", f.Released("h", CARDS[0])))
    account = folded(facts, book())
    assert (account.ledger.available, account.ledger.expired) == (0, 100)


@pytest.mark.parametrize(
    ("expires", "ends"), [("", 2**53 - 1), ("2026-03-31", at("2026-04-01 00:00")), ("2026-02-30", 2**53 - 1), ("9999-12-31", 2**53 - 1)]
)
def test_an_opening_balance_keeps_its_day(expires: str, ends: int) -> None:
    """Without one, or with one that does not exist, the programme's usual end; here never."""
    assert [lot.expires for lot in after(f.OpeningBalance(MEMBER, 5, expires)).ledger.lots] == [ends]


def test_points_whose_day_has_passed_burn_on_arrival() -> None:
    """An opening balance of yesterday is credited and burnt in the same moment, and both are told."""
    lines = journal_of(f.OpeningBalance(MEMBER, 5, "2026-03-01"))
    assert [(line.type, line.points) for line in lines if isinstance(line, Entry)] == [
        (EntryType.OPENING_BALANCE, 5),
        (EntryType.EXPIRE, -5),
    ]


@pytest.mark.parametrize(("overdraft", "owed", "forgiven"), [(Overdraft.OWE, 30, 0), (Overdraft.FORGIVE, 0, 30)])
def test_a_correction_downwards_may_reach_below_zero(overdraft: Overdraft, owed: int, forgiven: int) -> None:
    """As a redemption may: what is not there is owed or forgiven; it counts as debited, not as spent."""
    ledger = after(OPENING, f.Adjusted(MEMBER, -130, "mistake", "s-1"), by=book(redemption=Redemption(overdraft=overdraft))).ledger
    assert (ledger.debited, ledger.owed, ledger.forgiven, ledger.spent) == (130, owed, forgiven, 0)


def test_a_correction_told_twice_counts_once() -> None:
    """By its reference, if it has one; without one each is its own."""
    given = f.Adjusted(MEMBER, 5, "why", "s-1", ref="a")
    assert after(given, given).ledger.balance == 5
    assert after(replace(given, ref=""), replace(given, ref="")).ledger.balance == 10


def test_references_are_remembered_within_bounds() -> None:
    """So many of them; the oldest is forgotten."""
    account = after(*[f.Adjusted(MEMBER, 1, "why", "s-1", ref=f"a-{number}") for number in range(REFS_KEPT + 3)])
    assert (len(account.books.refs), next(iter(account.books.refs))) == (REFS_KEPT, "adjust/a-3")


def test_goodwill_belongs_to_a_case_and_has_a_limit_for_each_day() -> None:
    """Without a case it is marked; above the day's limit too; the next day there is some again."""
    opened, some = f.CaseOpened(MEMBER, "c", f.CaseSource.STAFF), f.GoodwillGiven(MEMBER, "c", 200, "s-1")
    assert (after(some).ledger.balance, after(some).marked) == (0, 1)
    account = after(opened, some, some)
    assert (account.ledger.balance, account.marked, account.voice.cases[0].goodwill) == (200, 1, 200)
    assert folded(told((NOON, opened), (NOON, some), ("2026-03-03", some)), book()).ledger.balance == 400


def test_points_sent_and_received_keep_their_days() -> None:
    """Where a programme allows it, once for each transfer; more than there was is owed and marked."""
    parts = (f.Part(5, "2026-03-31"), f.Part(7), f.Part(3, "2026-01-01"))
    received = f.PointsReceived(MEMBER, "m-2", "t", parts)
    account = after(received, received, by=book(**TRANSFERS))
    assert account.ledger.expiring() == [(at("2026-04-01 00:00"), 5)]
    assert (account.ledger.balance, account.ledger.expired) == (12, 3)
    account = after(OPENING, f.PointsSent(MEMBER, "m-2", "t", (f.Part(130),)), by=book(**TRANSFERS))
    assert (account.ledger.balance, account.ledger.sent, account.marked) == (-30, 130, 1)
    account = after(OPENING, f.PointsSent(MEMBER, "m-2", "t", (f.Part(30),)), by=book(**TRANSFERS))
    assert (account.ledger.balance, account.marked) == (70, 0)
    assert after(OPENING, f.PointsSent(MEMBER, "m-2", "t", (f.Part(30),))).marked == 1


# --- purchases -------------------------------------------------------------------------------------------------------------


def test_a_receipt_counts_once_and_in_the_shops_money() -> None:
    """The same number again, and another currency, are marked and earn nothing."""
    account = after(purchase("r-1"), purchase("r-1", 50_000), purchase("r-2", currency="EUR"), by=book(SPEND))
    assert (account.ledger.balance, account.marked, account.footfall.spend) == (100, 2, 10_000)


def test_a_receipt_can_come_back_for_so_many_days() -> None:
    """Through the last of them, whether or not anything was bought since; then it is not known any more."""
    by = book(SPEND, clawback=Clawback(returns_days=10))
    back = f.Returned("r-1", "a", 10_000, CARDS[0])
    assert folded(told((NOON, purchase()), ("2026-03-12 23:00", back)), by).ledger.balance == 0
    late = folded(told((NOON, purchase()), ("2026-03-13 00:01", back)), by)
    assert (late.ledger.balance, late.marked, late.books.receipts) == (100, 1, {})


def test_receipts_and_returns_are_kept_within_bounds() -> None:
    """So many receipts, and so many returns of each."""
    facts = [fact(purchase(f"r-{number}", 1), at("2026-03-01") + number, number) for number in range(1, RECEIPTS_KEPT + 5)]
    receipts = folded(facts, book()).books.receipts
    assert len(receipts) == RECEIPTS_KEPT + 1
    assert "r-1" not in receipts
    returns = [
        fact(f.Returned("r-1", f"a-{number}", 1, CARDS[0]), at("2026-03-01") + number, number) for number in range(2, RETURNS_KEPT + 9)
    ]
    account = folded([fact(purchase(), at("2026-03-01"), 1), *returns], book())
    assert len(account.books.receipts["r-1"].refs) == RETURNS_KEPT


def test_a_return_of_more_than_was_bought_is_marked_and_taken_as_all() -> None:
    """What is spent never is below zero."""
    account = after(purchase(), f.Returned("r-1", "a", 99_999, CARDS[0]), by=book(SPEND))
    assert (account.footfall.spend, account.marked, account.ledger.balance) == (0, 1, 0)


def test_a_receipt_for_nothing_comes_back_whole() -> None:
    """What a rule gave for the purchase itself goes with it."""
    assert after(purchase("r-1", 0), f.Returned("r-1", "a", 0, CARDS[0]), by=book(rule("r", Trigger.PURCHASE))).ledger.balance == 0


def test_a_perk_goes_when_everything_it_was_given_for_came_back() -> None:
    """An unused perk is void after the whole return, and its coffees are neither carried nor missing; a used one stays paid for."""
    by = book(rule("punch", Trigger.PURCHASE, 0, unit=Unit.ITEM, per=3, perk="free"), perk=(perk(),))
    three = purchase("r-1", 300, items=(f.Item("latte", 300, 3),))
    half, rest = f.Returned("r-1", "a", 150, CARDS[0]), f.Returned("r-1", "b", 150, CARDS[0])
    used = f.PerkUsed("k1/aaaaaaaaaaaa/1:punch", CARDS[0])
    assert [(a.perks.open_at(at(NOON)) != [], a.tallies["punch"].carry) for a in (after(three, by=by), after(three, half, by=by))] == [
        (True, 0),
        (True, -1),
    ]
    account = after(three, half, rest, by=by)
    assert (account.perks.open_at(at(NOON)), account.tallies["punch"].carry) == ([], 0)
    account = after(three, used, half, rest, by=by)
    assert (account.perks.used, account.tallies["punch"].carry) == (1, -3)
    voided = f.PerkVoided(MEMBER, "k1/aaaaaaaaaaaa/1:punch", "s-1")
    assert after(three, voided, half, rest, by=by).tallies["punch"].carry == -3
    assert after(three, three, by=by).perks.grants[0].uses == 1


def test_returned_units_are_made_up_for_before_new_ones_count() -> None:
    """Who returned two coffees of three keeps a third of the points, rounded up for them, and makes up for the rest with the next."""
    by = book(rule("punch", Trigger.PURCHASE, 5, unit=Unit.ITEM, per=3))
    three = purchase("r-1", 300, items=(f.Item("latte", 300, 3),))
    two_back = f.Returned("r-1", "a", 200, CARDS[0])
    again = [purchase(f"r-{number}", 100, items=(f.Item("latte", 100, 1),)) for number in (2, 3, 4, 5)]
    assert [after(three, two_back, *again[:count], by=by).ledger.balance for count in range(5)] == [2, 2, 2, 2, 7]


def test_points_that_wait_for_the_till_vest_when_it_says_so() -> None:
    """By the rule's own expiry, or the programme's once the rule is gone; for a receipt that is not known it is marked."""
    delivered = rule("r", Trigger.PURCHASE, vests_on_action=True, expiry=Expiry(days=20))
    plain = rule("now", Trigger.PURCHASE, 1)
    by = book(delivered, plain, expiry=Expiry(days=5))
    vested = f.Vested("r-1", CARDS[0])
    account = after(purchase(), by=by)
    assert (account.ledger.waiting, account.ledger.available) == (10, 1)
    account = after(purchase(), vested, vested, f.Vested("r-9", CARDS[0]), by=by)
    assert account.ledger.expiring() == [(at("2026-03-08 00:00"), 1), (at("2026-03-23 00:00"), 10)]
    assert account.marked == 1
    gone = Rulebook(
        [(0, by.now), (at(NOON) + 1, programme(replace(delivered, status=Status.ENDED), version=2, expiry=Expiry(days=5)))], KYIV
    )
    facts = told((NOON, purchase()), ("2026-03-03", vested), ("2026-03-04", f.Returned("r-1", "a", 10_000, CARDS[0])))
    assert folded(facts[:2], gone).ledger.expiring() == [(at("2026-03-08 00:00"), 1), (at("2026-03-09 00:00"), 10)]
    assert folded(facts, gone).ledger.balance == 0


def test_pending_points_go_first_when_their_purchase_comes_back() -> None:
    """What has not vested yet is simply not given, and nobody else's points are touched."""
    by = book(rule("r", Trigger.PURCHASE, vests_days=14), clawback=Clawback(Shortfall.ONLY_PENDING))
    account = after(OPENING, purchase(), f.Returned("r-1", "a", 10_000, CARDS[0]), by=by)
    assert (account.ledger.waiting, account.ledger.available, account.ledger.forgiven) == (0, 100, 0)


# --- perks -----------------------------------------------------------------------------------------------------------------

PERKS = (
    perk("free", uses=2, valid_days=3),
    perk("auto", hand_over=HandOver.AUTO),
    perk("old", ends=date(2026, 3, 1)),
    perk("kept", valid_days=0),
)


def given(name: str, ref: str = "a") -> f.PerkGiven:
    """Staff gave a perk."""
    return f.PerkGiven(MEMBER, name, ref, "s-1")


def test_perks_are_used_as_often_and_as_long_as_they_last() -> None:
    """So many uses until the end of the last day; more, later, or of something that is not there is marked."""
    by = book(perk=PERKS)
    use = f.PerkUsed("desk:a", CARDS[0])
    account = after(given("free"), given("free"), use, by=by)
    assert ([grant.uses for grant in account.perks.grants], account.perks.used, account.marked) == ([1], 1, 0)
    account = after(given("free"), use, use, use, f.PerkUsed("desk:x", CARDS[0]), by=by)
    assert (account.perks.used, account.marked) == (2, 2)
    assert folded(told((NOON, given("free")), ("2026-03-04 23:59", use)), by).perks.used == 1
    assert folded(told((NOON, given("free")), ("2026-03-05 00:00", use)), by).marked == 1
    assert [grant.perk for grant in after(given("kept", "b"), given("free"), by=by).perks.open_at(at(NOON))] == ["free", "kept"]


def test_what_cannot_be_given_is_not() -> None:
    """A perk that has ended or that nobody knows is marked; one for use at once is used at once; a void one cannot be used."""
    by = book(perk=PERKS)
    account = after(given("old"), given("nothing"), given("auto"), by=by)
    assert (account.marked, account.perks.used, account.perks.open_at(at(NOON))) == (2, 1, [])
    account = after(
        given("free"), f.PerkVoided(MEMBER, "desk:a", "s-1"), f.PerkUsed("desk:a", CARDS[0]), f.PerkVoided(MEMBER, "x", "s-1"), by=by
    )
    assert (account.perks.used, account.marked) == (0, 2)


def test_grants_are_kept_within_bounds() -> None:
    """The newest of them."""
    account = after(*[given("kept", f"a-{number}") for number in range(GRANTS_KEPT + 2)], by=book(perk=PERKS))
    assert (len(account.perks.grants), account.perks.grants[0].id) == (GRANTS_KEPT, "desk:a-2")


# --- what was said ---------------------------------------------------------------------------------------------------------


def test_greetings_are_remembered_and_counted_by_the_year() -> None:
    """The last of them one by one, and of each kind and thing when it was last said and how often in the running year."""
    said = f.GreetingShown(CARDS[0], GreetingKind.BURN, "2026-03-31", 2, True)
    facts = told((NOON, visit()), (NOON, said), ("2026-03-05", said), ("2027-03-01", said), ("2027-03-02", said))
    told_of = folded(facts[:4], book()).told
    assert (told_of.last["burn/2026-03-31"].count, told_of.shown[0].visit, told_of.shown[0].offer) == (3, 1, True)
    assert folded(facts, book()).told.last["burn/2026-03-31"].count == 1
    many = [
        fact(f.GreetingShown(CARDS[0], GreetingKind.NOTE, f"n-{number}"), at(NOON) + number, number) for number in range(1, LAST_KEPT + 9)
    ]
    told_of = folded(many, book()).told
    assert (len(told_of.shown), len(told_of.last)) == (SHOWN_KEPT, LAST_KEPT)


def test_a_promotion_told_is_no_news_any_more() -> None:
    """Of a tier and of a rung; anything else that is called a promotion changes nothing."""
    shown = [f.GreetingShown(CARDS[0], GreetingKind.PROMOTION, about) for about in ("tier:gold", "rung:client", "song:new")]
    account = after(*shown)
    assert (account.tier.told, account.rung.told) == ("gold", "client")


def test_an_answer_earns_once_a_day_for_each_question() -> None:
    """Whatever the answer; a skip earns nothing and is counted in a row until the next answer."""
    by = book(rule("r", Trigger.ANSWER, 3))
    answer, skip = f.QuestionAnswered(CARDS[0], "q", "tea"), f.QuestionSkipped(CARDS[0], "q")
    account = after(skip, skip, answer, replace(answer, choice="milk"), by=by)
    assert (account.ledger.balance, account.told.questions["q"].skips, account.told.questions["q"].choice) == (3, 0, "milk")
    assert after(skip, skip, by=by).told.questions["q"].skips == 2
    assert after(answer, replace(answer, question="p"), by=by).ledger.balance == 6
    questions = after(
        *[f.QuestionSkipped(CARDS[0], f"q-{number}") for number in range(QUESTIONS_KEPT + 2)], f.QuestionSkipped(CARDS[0], "q-2")
    ).told.questions
    assert (len(questions), list(questions)[-1]) == (QUESTIONS_KEPT, "q-2")


def test_notes_wait_until_they_are_shown_and_promises_until_they_are_kept() -> None:
    """A promise made again replaces the first; one that was not made cannot be kept; only so many of each are kept."""
    notes = [f.NoteWritten(MEMBER, f"n-{number}", "s-1") for number in range(NOTES_KEPT + 2)]
    account = after(*notes, f.NoteShown(CARDS[0], "n-5"))
    assert (len(account.told.notes), account.told.notes[0].note) == (NOTES_KEPT - 1, "n-2")
    promises = [f.PromiseMade(MEMBER, f"p-{number}", "s-1", "2026-04-01") for number in range(PROMISES_KEPT + 2)]
    account = after(*promises, promises[5], f.PromiseKept(MEMBER, "p-5"), f.PromiseKept(MEMBER, "x"))
    assert (len(account.told.promises), account.told.promises[-1].kept, account.marked) == (PROMISES_KEPT, at(NOON), 1)


# --- members ---------------------------------------------------------------------------------------------------------------


def test_joining_earns_once_and_leaving_is_remembered_until_one_comes_back() -> None:
    """Enrolling again brings a member back and gives nothing more."""
    by = book(rule("r", Trigger.ENROLMENT, 50))
    joined, gone = f.Enrolled(MEMBER), f.MemberLeft(MEMBER, f.ExitWay.DEACTIVATED)
    assert after(joined, gone, by=by).left == "deactivated"
    account = after(joined, gone, joined, by=by)
    assert (account.left, account.ledger.balance, account.enrolled) == ("", 50, at(NOON))


def test_a_merge_is_told_and_moves_nothing() -> None:
    """The facts of both are one history already."""
    assert journal_of(f.Merged(MEMBER, "m-9", "s-1")) == [Entry(EntryType.MERGE, 0, at(NOON), "k1/aaaaaaaaaaaa/1", "m-9", 1)]


# --- points that burn for lack of visits -----------------------------------------------------------------------------------

PATIENT = {"expiry": Expiry(ExpiryPolicy.INACTIVITY, days=30)}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (visit(), 100),
        (purchase(), 100),
        (f.Redeemed(1, CARDS[0]), 99),
        (f.GreetingShown(CARDS[0], GreetingKind.NOTE), 0),
        (f.ProfileChanged("m", ("a",)), 0),
    ],
)
def test_what_the_customer_does_keeps_the_points_alive(body: Body, left: int) -> None:
    """A visit, a purchase or a redemption; nothing that others do."""
    facts = told((NOON, visit()), (NOON, OPENING), ("2026-03-20", body))
    assert folded(facts, book(**PATIENT), "2026-04-10").ledger.balance == left


def test_points_brought_along_by_somebody_who_never_comes_burn_too() -> None:
    """Patience runs from the first credit where there was no visit yet, and from the undoing of a redemption after all had burnt."""
    assert after(OPENING, by=book(**PATIENT), until="2026-04-01 23:59").ledger.balance == 100
    assert after(OPENING, by=book(**PATIENT), until="2026-04-02 00:00").ledger.balance == 0
    facts = told((NOON, OPENING), (NOON, f.Redeemed(60, CARDS[0])), ("2026-05-01", f.RedemptionReversed("k1/aaaaaaaaaaaa/2", CARDS[0])))
    assert folded(facts, book(**PATIENT), "2026-05-31 23:00").ledger.balance == 60
    assert folded(facts, book(**PATIENT), "2026-06-01 00:00").ledger.balance == 0


def test_another_policy_ends_the_patience() -> None:
    """A new edition without it lets the points live on from the next visit."""
    by = Rulebook([(0, programme(**PATIENT)), (at("2026-03-10"), programme(version=2))], KYIV)
    facts = told((NOON, OPENING), ("2026-03-20", visit()))
    assert folded(facts, by, "2030-01-01").ledger.balance == 100


def test_looking_at_an_account_is_free() -> None:
    """Time may be let pass as often as one likes: equal moments give equal accounts."""
    by = book(rule(), **PATIENT)
    account = after(visit(), by=by)
    for day in range(40):
        advance(account, at(NOON) + day * DAY_MS, by)
    assert account == after(visit(), by=by, until="2026-04-10 12:00")
