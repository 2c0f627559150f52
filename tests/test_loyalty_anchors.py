"""Known defects of other loyalty systems, each as a test that shows it cannot happen here. The numbers are those of the research notes.

Met elsewhere, because they are not rules of points:

* D-2 (points lost when the connection is) also by the outbox: `tests/test_kiosk_outbox.py`, `tests/simulation/`.
* D-13 (stale balance on screen) also by the age on the screen: `tests/test_loyalty_standing.py`, `display/`.
* D-14, D-26 (a field for a card, cards whose id changes): `cards/identity.py`, `drivers/`.
* D-18 (slow with many customers): `bench/`; here only that a snapshot saves the folding.
* D-22 (the running result after voting), D-23 (placement, touch), D-24 (back to the start when idle), D-25 (a form that works off
  line): `display/`, `kiosk/machine.py`.
* D-28 (price and lock-in): the licence.
"""

from __future__ import annotations

import json
from datetime import date

import pytest

from loyalty import facts as f
from loyalty.account import Account, advance, apply, fold, restore, snapshot
from loyalty.account.reckoning import Entry, EntryType, Line, Reckoning
from loyalty.account.tiers import outlook
from loyalty.account.voice import CaseStatus
from loyalty.counter.gifts import gifts
from loyalty.counter.person import Occasion, Person
from loyalty.programme.ladder import Basis, Tier, TierScheme, TierWindow
from loyalty.programme.rules import Clawback, Expiry, ExpiryPolicy, Once, Overdraft, Redemption, Rounding, Shortfall, Trigger, Unit, Window
from loyalty.rulebook import Rulebook
from tests.loyalty_histories import CARDS, KYIV, MEMBER, TEXT, at, book, fact, folded, invariant, perk, purchase, rating, rule, told, visit

SPEND = rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=100)  # a point for each hryvnia
THIRTY_DAYS = Expiry(days=30)
OPENING = f.OpeningBalance
FORGIVE = Redemption(overdraft=Overdraft.FORGIVE)


def moment(account: Account, by: Rulebook, when: str) -> Reckoning:
    """Everything at hand at a moment of an account."""
    return advance(account, at(when), by)


# --- off line and repeated -------------------------------------------------------------------------------------------------


def test_a_purchase_told_again_after_a_failed_sync_earns_once() -> None:
    """D-1, https://github.com/OCA/pos/pull/185: an offline order that is sent, fails and is sent again gives its points once."""
    by = book(SPEND)
    order = told(("2026-03-01 10:00", purchase("r-1")))
    assert folded([*order, *order, *order], by).ledger.balance == 100
    again = fact(purchase("r-1"), at("2026-03-01 10:05"), 7, "k2")  # the till's number, told by another device as a new fact
    account = folded([*order, again], by)
    assert account.ledger.balance == 100
    assert account.marked == 1


def test_points_earned_and_spent_off_line_arrive_late_and_count() -> None:
    """D-2, https://github.com/odoo/odoo/issues/108240: what a kiosk did without connection is in the balance once it has told it."""
    by = book(SPEND)
    known = told(("2026-03-01 10:00", purchase("r-1")), ("2026-03-05 10:00", purchase("r-3")))
    off_line = [
        fact(purchase("r-2"), at("2026-03-02 10:00"), 1, "k2"),
        fact(f.Redeemed(150, CARDS[0], offline=True), at("2026-03-02 11:00"), 2, "k2"),
    ]
    assert folded(known, by).ledger.balance == 200
    assert folded([*known, *off_line], by).ledger.balance == 150


@pytest.mark.parametrize(("overdraft", "balance", "later"), [(Overdraft.OWE, -60, 40), (Overdraft.FORGIVE, 0, 100)])
def test_the_shop_says_who_bears_what_two_tills_spent_twice(overdraft: Overdraft, balance: int, later: int) -> None:
    """D-3, https://github.com/frappe/erpnext/issues/14885: the same points spent at two tills off line are owed or forgiven, as set."""
    by = book(SPEND, redemption=Redemption(overdraft=overdraft))
    facts = told(("2026-03-01 10:00", purchase("r-1")), ("2026-03-02 10:00", f.Redeemed(80, CARDS[0], offline=True)))
    facts.append(fact(f.Redeemed(80, CARDS[0], offline=True), at("2026-03-02 10:01"), 1, "k2"))
    assert folded(facts, by).ledger.balance == balance
    facts.append(fact(purchase("r-2"), at("2026-03-03 10:00"), 2, "k2"))
    assert folded(facts, by).ledger.balance == later


def test_an_offline_redemption_lowers_the_balance_at_once() -> None:
    """D-4, https://github.com/defendicon/POS-Awesome-V15/issues/3059: kiosk and hub use the same fold, so spending shows in both alike."""
    by = book(SPEND)
    facts = told(("2026-03-01 10:00", purchase("r-1")), ("2026-03-02 10:00", f.Redeemed(30, CARDS[0], offline=True)))
    kiosk = restore(snapshot(folded(facts[:1], by)))
    apply(kiosk, facts[1], by)
    assert kiosk.ledger.balance == 70
    assert kiosk == folded(facts, by)


def test_points_are_there_the_moment_they_are_earned() -> None:
    """D-30 and D-31, https://help.resaleai.com/support/solutions/articles/154000045003-fivestars-auto-points-training: not at night."""
    account = Account(MEMBER)
    apply(account, told(("2026-03-01 10:00", visit()))[0], book(rule()))
    assert account.ledger.available == 10


def test_a_second_device_does_not_double_what_the_first_has_told() -> None:
    """D-13, https://github.com/odoo/odoo/pull/244412: two devices that see the same day give its points once."""
    facts = [fact(visit(), at("2026-03-01 10:00"), 1, kiosk) for kiosk in ("k1", "k2", "k3")]
    assert folded(facts, book(rule(once=Once.DAY))).ledger.balance == 10


# --- lots and expiry -------------------------------------------------------------------------------------------------------


def test_the_balance_does_not_collapse_when_spent_points_expire() -> None:
    """D-6, https://github.com/FreeOpenSourcePOS/FloCafe/issues/78: 50, where credits not yet expired less all debits would be -30."""
    by = book(SPEND, expiry=THIRTY_DAYS)
    facts = told(
        ("2026-03-01", purchase("r-1", 10_000)),
        ("2026-03-10", f.Redeemed(80, CARDS[0])),
        ("2026-03-20", purchase("r-2", 5_000)),
    )
    account = folded(facts, by, "2026-04-10")
    assert account.ledger.balance == 50
    assert account.ledger.expired == 20


def test_every_deadline_is_told_not_only_the_next() -> None:
    """D-6, https://github.com/FreeOpenSourcePOS/FloCafe/issues/62: a later batch is not hidden behind the soonest."""
    facts = told(("2026-03-01", purchase("r-1", 1_000)), ("2026-03-05", purchase("r-2", 2_000)), ("2026-03-05", purchase("r-3", 500)))
    account = folded(facts, book(SPEND, expiry=THIRTY_DAYS))
    assert account.ledger.expiring() == [(at("2026-04-01 00:00"), 10), (at("2026-04-05 00:00"), 25)]


def test_the_expiry_setting_is_alive() -> None:
    """D-8, https://github.com/odoo/odoo/pull/171453: the validity that a programme states is what happens."""
    facts = told(("2026-03-01", visit()))
    left = {days: folded(facts, book(rule(), expiry=Expiry(days=days)), "2026-05-01").ledger.balance for days in (30, 90)}
    assert left == {30: 0, 90: 10}


def test_what_expires_is_an_entry_of_its_own() -> None:
    """D-19, https://github.com/Kademi/kademi-dev/issues/5962: expired points stand in the journal with their moment, not only missing."""
    journal: list[Line] = []
    by = book(rule(), expiry=THIRTY_DAYS)
    fold(told(("2026-03-01", visit())), by, MEMBER, at("2026-06-01"), journal)
    assert journal[-1] == Entry(EntryType.EXPIRE, -10, at("2026-04-01 00:00"))


def test_the_soonest_to_burn_is_spent_first_whenever_it_was_earned() -> None:
    """Design, section 3: earn-date FIFO would take the points that never burn and let the later ones burn; here nothing burns."""
    by = book(rule("kept", Trigger.ENROLMENT, 100, expiry=Expiry(ExpiryPolicy.NEVER)), rule("brief", points=100), expiry=THIRTY_DAYS)
    facts = told(("2026-01-01", f.Enrolled(MEMBER)), ("2026-03-01", visit()), ("2026-03-02", f.Redeemed(100, CARDS[0])))
    account = folded(facts, by, "2026-12-01")
    assert (account.ledger.expired, account.ledger.balance) == (0, 100)


def test_a_late_redemption_undoes_the_expiry_it_comes_before() -> None:
    """Design, section 3: a stored EXPIRE row and a redemption from before it, told afterwards, would give -80; here it is 0."""
    by = book(SPEND, expiry=THIRTY_DAYS)
    facts = told(("2026-03-01", purchase("r-1", 8_000)), ("2026-05-01", visit()))
    assert folded(facts, by).ledger.expired == 80
    late = fact(f.Redeemed(80, CARDS[0], offline=True), at("2026-03-20"), 1, "k2")
    account = folded([*facts, late], by)
    assert (account.ledger.balance, account.ledger.expired, account.ledger.spent) == (0, 0, 80)


def test_points_last_through_the_whole_of_their_last_day() -> None:
    """D-8 and design, section 3: the last day counts to its end by the shop's clock, not by that of the server."""
    by = book(rule(), expiry=Expiry(months=1, round=Rounding.MONTH_END))
    facts = told(("2026-02-10", visit()))
    assert folded(facts, by, "2026-03-31 23:59").ledger.balance == 10
    assert folded(facts, by, "2026-04-01 00:00").ledger.balance == 0


# --- spending --------------------------------------------------------------------------------------------------------------


def test_the_same_points_cannot_be_spent_without_end() -> None:
    """D-5, https://github.com/frappe/erpnext/issues/59050: each redemption takes from the lots that the next one is checked against."""
    by = book(SPEND)
    facts = told(("2026-03-01", purchase("r-1")), *[(f"2026-03-0{day}", f.Held(f"h-{day}", 60, 5, CARDS[0])) for day in (2, 2, 2)])
    account = folded(facts, by)
    assert (account.ledger.held, account.ledger.available, account.marked) == (60, 40, 2)
    facts = told(("2026-03-01", purchase("r-1")), *[(f"2026-03-0{day}", f.Redeemed(60, CARDS[0])) for day in (2, 3, 4)])
    account = folded(facts, by)
    assert (account.ledger.spent, account.ledger.balance, account.marked) == (180, -80, 2)


def test_an_exact_part_of_the_points_can_be_spent() -> None:
    """D-11, https://github.com/odoo/odoo/issues/264931: neither all nor a round number need be spent, and the rest stays."""
    facts = told(("2026-03-01", purchase("r-1")), ("2026-03-02", f.Redeemed(37, CARDS[0])), ("2026-03-02", f.Redeemed(1, CARDS[0])))
    assert folded(facts, book(SPEND)).ledger.balance == 62


def test_an_undone_redemption_gives_the_points_back_where_they_were() -> None:
    """D-9, https://community.squareup.com/t5/x/td-p/392376: a reward whose purchase is returned is reinstated, once, with its days."""
    by = book(SPEND, expiry=THIRTY_DAYS)
    facts = told(
        ("2026-03-01", purchase("r-1", 6_000)),
        ("2026-03-10", purchase("r-2", 6_000)),
        ("2026-03-11", f.Redeemed(100, CARDS[0])),
        ("2026-03-12", f.RedemptionReversed("k1/aaaaaaaaaaaa/3", CARDS[0])),
        ("2026-03-12", f.RedemptionReversed("k1/aaaaaaaaaaaa/3", CARDS[0])),
    )
    account = folded(facts, by)
    assert account.ledger.expiring() == [(at("2026-04-01 00:00"), 60), (at("2026-04-10 00:00"), 60)]
    assert (account.ledger.spent, account.marked) == (0, 1)


def test_a_redemption_undone_after_its_points_would_have_burnt_gives_time_to_use_them() -> None:
    """D-9: the points of a reward returned late live on for the days the programme grants."""
    by = book(SPEND, expiry=THIRTY_DAYS, redemption=Redemption(reinstate_days=30))
    facts = told(
        ("2026-03-01", purchase("r-1")),
        ("2026-03-30", f.Redeemed(100, CARDS[0])),
        ("2026-04-20", f.RedemptionReversed("k1/aaaaaaaaaaaa/2", CARDS[0])),
    )
    assert folded(facts, by).ledger.expiring() == [(at("2026-05-21 00:00"), 100)]


# --- purchases and returns -------------------------------------------------------------------------------------------------


def test_two_purchases_together_reach_a_threshold() -> None:
    """D-9, https://community.squareup.com/t5/x/td-p/392376: $30 and $20 give the star of $50, and the remainder is carried on."""
    by = book(rule("star", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=5_000))
    facts = told(("2026-03-01", purchase("r-1", 3_000)), ("2026-03-02", purchase("r-2", 2_000)), ("2026-03-03", purchase("r-3", 4_999)))
    assert [folded(facts[:count], by).ledger.balance for count in (1, 2, 3)] == [0, 1, 1]
    facts.append(fact(purchase("r-4", 1), at("2026-03-04"), 4))
    assert folded(facts, by).ledger.balance == 2


def test_a_return_takes_back_in_proportion_and_never_more_than_was_earned() -> None:
    """D-10, https://github.com/frappe/erpnext/issues/32951 and PR 30242: partial returns add up; a third part too many takes nothing."""
    by = book(SPEND)
    facts = told(
        ("2026-03-01", purchase("r-1", 9_990)),
        ("2026-03-02", f.Returned("r-1", "a", 3_330, CARDS[0])),
        ("2026-03-03", f.Returned("r-1", "b", 3_330, CARDS[0])),
        ("2026-03-04", f.Returned("r-1", "c", 3_330, CARDS[0])),
        ("2026-03-05", f.Returned("r-1", "d", 3_330, CARDS[0])),
        ("2026-03-05", f.Returned("r-1", "a", 3_330, CARDS[0])),
    )
    assert [folded(facts[:count], by).ledger.clawed for count in range(1, 7)] == [0, 33, 66, 99, 99, 99]
    assert folded(facts, by).ledger.balance == 0


def test_what_was_returned_does_not_count_towards_the_next_threshold() -> None:
    """D-9 and D-10: of a carried remainder as much goes as came back, and what a returned purchase had used up is carried again."""
    by = book(rule("star", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=5_000))
    bought = [("2026-03-01", purchase("r-1", 3_000)), ("2026-03-02", purchase("r-2", 2_000))]
    first_back = told(*bought, ("2026-03-03", f.Returned("r-1", "a", 3_000, CARDS[0])), ("2026-03-04", purchase("r-3", 7_999)))
    assert folded(first_back, by).ledger.balance == 1
    assert folded([*first_back, fact(purchase("r-4", 1), at("2026-03-05"), 9)], by).ledger.balance == 2
    second_back = told(*bought, ("2026-03-03", f.Returned("r-2", "a", 2_000, CARDS[0])), ("2026-03-04", purchase("r-3", 2_000)))
    assert [folded(second_back[:count], by).ledger.balance for count in (2, 3, 4)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("shortfall", "balance", "forgiven"),
    [(Shortfall.WITHIN_BALANCE, 0, 90), (Shortfall.UNLIMITED, -90, 0), (Shortfall.ONLY_PENDING, 10, 100)],
)
def test_a_return_of_points_already_spent_follows_the_policy(shortfall: Shortfall, balance: int, forgiven: int) -> None:
    """D-10: what was spent already is taken from the rest, from the future, or not at all, as the programme says."""
    by = book(SPEND, clawback=Clawback(shortfall))
    facts = told(
        ("2026-03-01", purchase("r-1")),
        ("2026-03-02", f.Redeemed(100, CARDS[0])),
        ("2026-03-03", purchase("r-2", 1_000)),
        ("2026-03-04", f.Returned("r-1", "a", 10_000, CARDS[0])),
    )
    account = folded(facts, by)
    assert (account.ledger.balance, account.ledger.forgiven) == (balance, forgiven)
    invariant(account)


def test_what_points_paid_earns_no_points() -> None:
    """D-12, https://github.com/odoo/odoo/issues/150833: the part of a receipt that a reward paid is not in what earns."""
    by = book(SPEND, rule("coffee", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=100, categories=("coffee",)))
    items = (f.Item("latte", 5_000, 1, ("coffee",)), f.Item("cake", 5_000))
    account = folded(told(("2026-03-01", purchase("r-1", 10_000, by_points=4_000, items=items))), by)
    assert account.tallies["spend"].points == 60
    assert account.tallies["coffee"].points == 30


def test_the_least_to_spend_is_enforced() -> None:
    """D-15, https://github.com/frappe/erpnext/issues/14847: a purchase below the rule's minimum earns nothing by it."""
    by = book(rule("large", Trigger.PURCHASE, 20, min_amount=10_000))
    facts = told(("2026-03-01", purchase("r-1", 9_999)), ("2026-03-02", purchase("r-2", 10_000)))
    assert folded(facts, by).ledger.balance == 20
    assert folded(facts[:1], by).ledger.balance == 0


def test_points_from_another_system_come_in_once_and_without_invoices() -> None:
    """D-16, https://github.com/frappe/erpnext/issues/12790: an opening balance is an entry of its own, once per account, with its day."""
    facts = told(("2026-03-01", OPENING(MEMBER, 500, "2026-06-30")), ("2026-03-02", OPENING(MEMBER, 500)))
    journal: list[Line] = []
    account = fold(facts, book(), MEMBER, journal=journal)
    assert account.ledger.expiring() == [(at("2026-07-01 00:00"), 500)]
    assert [line.type for line in journal if isinstance(line, Entry)] == [EntryType.OPENING_BALANCE]
    assert account.footfall.purchase_days == 0


# --- tiers -----------------------------------------------------------------------------------------------------------------

TIERS = {"tier": (Tier("standard", TEXT), Tier("gold", TEXT, 100))}


def test_spending_points_never_costs_the_tier() -> None:
    """D-7, https://github.com/DivanteLtd/open-loyalty/issues/131: the tier follows what was earned, not the balance that is left."""
    by = book(SPEND, **TIERS, tiers=TierScheme(window=TierWindow.ROLLING))
    facts = told(("2026-03-01", purchase("r-1")), ("2026-03-02", f.Redeemed(100, CARDS[0])))
    account = folded(facts, by, "2026-12-01")
    assert (account.ledger.balance, account.tier.tier) == (0, "gold")
    assert outlook(moment(account, by, "2026-12-02")).to_keep == 0


def test_points_given_as_a_correction_reach_no_tier() -> None:
    """D-7: a balance that no rule earned, however high, is no tier."""
    account = folded(told(("2026-03-01", OPENING(MEMBER, 5_000)), ("2026-03-02", visit())), book(rule(), **TIERS))
    assert (account.ledger.balance, account.tier.tier) == (5_010, "standard")


def test_a_return_lowers_what_counts_for_the_tier_but_not_the_tier_at_once() -> None:
    """Design, section 5: the basis shrinks with a return; the tier is lost only at its next assessment."""
    by = book(SPEND, **TIERS, tiers=TierScheme(valid_days=100, grace_days=10))
    facts = told(("2026-03-01", purchase("r-1")), ("2026-03-02", f.Returned("r-1", "a", 10_000, CARDS[0])))
    account = folded(facts, by)
    assert (account.tier.tier, account.tier.total) == ("gold", 0)
    assert folded(facts, by, "2026-06-19 23:59").tier.tier == "gold"  # 1 March, a hundred days, and ten of grace
    assert folded(facts, by, "2026-06-20 00:00").tier.tier == "standard"


@pytest.mark.parametrize("basis", [Basis.POINTS, Basis.SPEND, Basis.VISITS])
def test_a_tier_counts_what_its_scheme_says(basis: Basis) -> None:
    """D-15, https://github.com/frappe/erpnext/issues/14847: what a tier is reckoned by is said, and is what counts."""
    by = book(rule("spend", Trigger.PURCHASE, 300), **TIERS, tiers=TierScheme(basis))
    account = folded(told(("2026-03-01", purchase("r-1", 4_200)), ("2026-03-02", visit())), by)
    assert account.tier.total == {Basis.POINTS: 300, Basis.SPEND: 4_200, Basis.VISITS: 1}[basis]


# --- people ----------------------------------------------------------------------------------------------------------------


def birthday_gifts(gift: bool, *days: str) -> list[tuple[f.Granted, ...]]:
    """What a birthday rule gives on several days of a month that is the member's stretch, as taps are reckoned one after another."""
    by = book(rule("birthday", Trigger.OCCASION, 50, occasion="birthday"))
    month = Occasion("birthday", date(2026, 3, 1).toordinal(), date(2026, 3, 31).toordinal(), "2026", gift)
    account, found = Account(MEMBER), []
    for number, day in enumerate(days):
        apply(account, fact(visit(), at(day), 2 * number + 1), by)
        given = gifts(moment(account, by, day), Person("uk", occasions=(month,)), "k1", CARDS[0], 0)
        for body in given:
            apply(account, fact(body, at(day), 2 * number + 2), by)
        found.append(given)
    assert account.ledger.balance == 50 * any(found)
    return found


def test_a_birthday_may_be_a_month_and_is_given_once() -> None:
    """D-17, Open Loyalty FAQ 8: an offer for the month of the birthday is possible, once within it."""
    assert [len(given) for given in birthday_gifts(True, "2026-02-28", "2026-03-09", "2026-03-20", "2026-04-01")] == [0, 1, 0, 0]


def test_a_birthday_set_for_tomorrow_is_greeted_and_brings_no_gift() -> None:
    """Smile, https://help.smile.io article 4036229: who sets the day just before it gets nothing for it (the hub says so: `gift`)."""
    assert birthday_gifts(False, "2026-03-09") == [()]


def test_a_window_of_the_calendar_can_be_a_month_of_the_year() -> None:
    """D-17: a rule may hold in every March, whatever the year."""
    march = Window("march", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=" + ",".join(map(str, range(1, 32))))
    by = book(rule(window="march"), window=(march,))
    facts = told(("2026-02-28", visit()), ("2026-03-01", visit()), ("2027-03-31 23:59", visit()), ("2027-04-01 00:00", visit()))
    assert [folded(facts[:count], by).ledger.balance for count in (1, 2, 3, 4)] == [0, 10, 20, 20]


def test_staff_cannot_rate_the_shop_up() -> None:
    """D-20, https://squareinchanthro.com/2017/08/11/relief-interfaces/: a face pressed with the card of somebody who works here is not
    counted and earns nothing.
    """
    by = book(rule("rating", Trigger.RATING, 2))
    facts = told(("2026-03-01 09:00", f.Enrolled(MEMBER, staff=True)), ("2026-03-01 10:00", rating(f.Face.VERY_GOOD)))
    account = folded(facts, by)
    assert (account.voice.indices(), account.voice.given, account.ledger.balance) == ([], 1, 0)


def test_of_several_ratings_of_one_visit_the_last_counts() -> None:
    """D-20: jamming a face adds nothing; each member has one voice for a visit."""
    facts = told(*[("2026-03-01 10:00", rating(f.Face.VERY_GOOD)) for _ in range(20)], ("2026-03-01 10:01", rating(f.Face.BAD)))
    account = folded(facts, book())
    assert (account.voice.indices(), account.voice.given) == ([1], 21)


def test_a_bad_rating_goes_to_somebody_and_only_the_customer_closes_it() -> None:
    """D-21, http://feedbacklabs.org/blog/feedback-the-emoji-and-the-void-beyond/: a bad face opens a case with a reason; staff resolve
    it, the customer confirms it.
    """
    id_ = "k1/aaaaaaaaaaaa/1"
    facts = told(
        ("2026-03-01 10:00", rating(f.Face.BAD)),
        ("2026-03-01 10:01", f.Reason(CARDS[0], 1, f.ReasonCode.WAITING)),
        ("2026-03-01 11:00", f.CaseStepped(MEMBER, id_, f.CaseStep.RESOLVED, "s-1")),
        ("2026-03-03 10:00", f.CaseAnswered(CARDS[0], id_, True)),
    )
    assert [folded(facts[:count], book()).voice.cases[0].status for count in (2, 3, 4)] == [
        CaseStatus.OPEN,
        CaseStatus.RESOLVED,
        CaseStatus.CONFIRMED,
    ]
    assert folded(facts, book()).voice.cases[0].reason == "waiting"


def test_a_cashiers_own_card_earns_no_more_than_the_cap_of_a_day() -> None:
    """D-27, https://thewisemarketer.com/research-up-to-8-of-retail-loyalty-points-subject-to-fraud/: a card has a cap for each day, each
    card its own.
    """
    by = book(rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=100, card_day_points_max=150))
    facts = told(
        ("2026-03-01 10:00", purchase("r-1")),
        ("2026-03-01 11:00", purchase("r-2")),
        ("2026-03-01 12:00", purchase("r-3")),
        ("2026-03-01 13:00", purchase("r-4", card=CARDS[1])),
        ("2026-03-02 10:00", purchase("r-5")),
    )
    assert [folded(facts[:count], by).ledger.balance for count in range(1, 6)] == [100, 150, 150, 250, 350]


def test_large_corrections_need_two_people_and_transfers_are_off() -> None:
    """D-27, http://www.pcmsgroup.com/retail_data_mining/loyalty_giftcard_abuse.jsp: what staff fraud uses is limited and marked."""
    facts = told(
        ("2026-03-01", f.Adjusted(MEMBER, 501, "mistake", "s-1")),
        ("2026-03-01", f.Adjusted(MEMBER, 501, "mistake", "s-1", "s-1")),
        ("2026-03-01", f.PointsReceived(MEMBER, "m-2", "t-1", (f.Part(100),))),
        ("2026-03-01", f.Adjusted(MEMBER, 501, "mistake", "s-1", "s-2")),
    )
    account = folded(facts, book())
    assert (account.ledger.balance, account.marked) == (501, 3)


def test_a_channel_is_refused_without_touching_the_others() -> None:
    """D-29, https://fivestarscard.wordpress.com/2012/05/08/fivestars-frequently-asked-questions/: each channel has its own consent."""
    tap, sms, mail = f.ConsentMethod.TAP, f.Purpose.MARKETING_SMS, f.Purpose.MARKETING_EMAIL
    facts = told(
        ("2026-03-01", f.ConsentGiven(sms, tap, "t-1", "0" * 64, "uk", CARDS[0])),
        ("2026-03-01", f.ConsentGiven(mail, tap, "t-1", "0" * 64, "uk", CARDS[0])),
        ("2026-03-02", f.ConsentWithdrawn(sms, tap, CARDS[0])),
    )
    told_of = folded(facts, book()).told
    assert [told_of.has_consent(purpose) for purpose in (sms, mail, f.Purpose.MARKETING_PHONE)] == [False, True, False]


def test_withdrawing_consent_costs_nothing() -> None:
    """D-32, https://www.hjort.no/en/a-20-million-fine-for-a-loyalty-scheme/: points, tier, perks, rung and rating stay as they were, and
    go on.
    """
    by = book(rule(), rule("gift", Trigger.ENROLMENT, 0, perk="free"), perk=(perk(),), **TIERS)
    before = told(("2026-03-01 10:00", f.Enrolled(MEMBER)), ("2026-03-01 10:05", visit()), ("2026-03-01 10:06", rating()))
    refused = [
        fact(f.ConsentWithdrawn(purpose, f.ConsentMethod.TAP, CARDS[0]), at("2026-03-02"), 10 + number)
        for number, purpose in enumerate(f.Purpose)
        if purpose is not f.Purpose.TERMS
    ]
    after = [fact(visit(), at("2026-03-03"), 50)]
    with_it, without = folded([*before, *after], by), folded([*before, *refused, *after], by)
    for part in ("ledger", "tallies", "tier", "rung", "voice", "perks", "footfall"):
        assert getattr(with_it, part) == getattr(without, part)


def test_a_returned_first_purchase_of_a_friend_voids_the_reward() -> None:
    """Design, section 2: what a referral gave waits, and goes when the friend's purchase does not count."""
    by = book(rule("referral", Trigger.REFERRAL, 100, vests_days=14), **TIERS)
    facts = told(("2026-03-01", f.Converted(MEMBER, "m-2")), ("2026-03-05", f.ReferralRejected(MEMBER, "m-2")))
    assert folded(facts[:1], by).ledger.waiting == 100
    account = folded(facts, by, "2026-04-01")
    assert (account.ledger.balance, account.ledger.clawed, account.tier.total) == (0, 100, 0)


def test_a_snapshot_spares_the_folding_of_the_past() -> None:
    """D-18, https://github.com/DivanteLtd/open-loyalty/issues/129: a member of years is a document; only what is new is applied to it."""
    by = book(rule(once=Once.DAY), SPEND, expiry=Expiry(months=12, round=Rounding.MONTH_END))
    start = at("2020-01-01")
    facts = [
        fact(visit() if number % 2 else purchase(f"r-{number}", 700), start + number * 40_000_000, number) for number in range(1, 2000)
    ]
    document = json.loads(json.dumps(snapshot(fold(facts[:-1], by, MEMBER))))
    account = restore(document)
    apply(account, facts[-1], by)
    assert account == fold(facts, by, MEMBER)
    assert len(json.dumps(document)) < 65_536


def test_the_zone_of_the_shop_decides_the_day() -> None:
    """D-8 and design, section 3: two taps around the shop's midnight are two days, though one in UTC."""
    facts = told(("2026-03-01 23:59", visit()), ("2026-03-02 00:01", visit()), zone=KYIV)
    assert folded(facts, book(rule(once=Once.DAY))).ledger.balance == 20
