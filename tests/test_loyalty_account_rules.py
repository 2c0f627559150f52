"""Rules at work: what several give together, what multiplies, what is capped, carried and excluded. One setting each is in
`tests/test_loyalty_settings.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from loyalty import facts as f
from loyalty.account import Account, apply, fold
from loyalty.account.conditions import held_out
from loyalty.facts import POINTS_MAX
from loyalty.programme.ladder import Basis, Tier, TierScheme
from loyalty.programme.rules import Clawback, Once, Rule, Shortfall, Stacking, Status, Trigger, Unit, Weekday, Window
from loyalty.programme.saying import Campaign, Club, Goal
from tests.loyalty_histories import CARDS, DAY_MS, MEMBER, TEXT, at, book, fact, folded, perk, purchase, rating, rule, told, visit

EXCLUSIVE = Stacking.EXCLUSIVE
BUY = Trigger.PURCHASE
TAP = told(("2026-03-02 10:00", visit()))  # a Monday


def double(id_: str = "x", percent: int = 200, **more: object) -> Rule:
    """A rule that multiplies what others give for a visit."""
    return rule(id_, points=0, times_percent=percent, **more)


@pytest.mark.parametrize(
    ("rules", "points"),
    [
        ((rule("a"), rule("b", points=3)), 13),
        ((rule("a"), double()), 20),
        ((rule("a"), double("x"), double("y", 150)), 25),  # they add up, they do not compound
        ((double(),), 0),
        ((rule("a", stacking=EXCLUSIVE), rule("b", points=3, stacking=EXCLUSIVE, priority=200), rule("c", points=5)), 8),
        ((rule("a"), double("x", 150, stacking=EXCLUSIVE), double("y", 300, stacking=EXCLUSIVE), double("z", 110)), 16),
        ((rule("a"), double("x", 150, stacking=EXCLUSIVE), double("y", 300, stacking=EXCLUSIVE, priority=500)), 30),
        ((rule("a"), double("x", 150, stacking=EXCLUSIVE, weekdays=(Weekday.SUN,)), double("y", 300, stacking=EXCLUSIVE)), 30),
        ((rule("a"), double(member_points_max=4)), 14),
        ((rule("a"), double(card_day_points_max=6)), 16),
        ((rule("a", points=0, perk="free"), double()), 0),
    ],
)
def test_what_several_rules_give_together(rules: tuple[Rule, ...], points: int) -> None:
    """Rules stack unless they exclude each other; multipliers take what the others gave, each by itself; caps hold for them too."""
    assert folded(TAP, book(*rules, perk=(perk(),))).ledger.balance == points


def test_parts_of_a_point_are_carried_to_the_next_time() -> None:
    """34 percent more of one point are nothing twice and a whole one the third time."""
    facts = [fact(visit(), at("2026-03-02") + number * DAY_MS, number) for number in range(1, 5)]
    by = book(rule(points=1), double(percent=134))
    assert [folded(facts[:count], by).ledger.balance for count in (1, 2, 3, 4)] == [1, 2, 4, 5]


def test_a_tier_multiplies_what_rules_give() -> None:
    """The tier one has by then; the lowest may multiply too, and one of a hundred percent adds nothing."""
    tiers = (Tier("standard", TEXT, 0, 110), Tier("silver", TEXT, 100, 100), Tier("gold", TEXT, 1_000, 155))
    by = book(rule(points=10), rule("joined", Trigger.ENROLMENT, 95), tier=tiers)
    account = folded(TAP, by)
    assert (account.ledger.balance, account.tallies["tier.standard"].points) == (11, 1)
    account = folded(told(("2026-03-01", f.Enrolled(MEMBER)), ("2026-03-02", visit()), ("2026-03-03", visit())), by)
    assert (account.ledger.balance, account.tier.tier) == (95 + 9 + 10 + 10, "silver")


def test_no_gift_is_larger_than_a_mistake_of_ours() -> None:
    """A rule that would give more than any member can have gives that much."""
    by = book(rule("r", BUY, 1_000_000, unit=Unit.AMOUNT))
    assert folded(told(("2026-03-02", purchase("r-1", 1_000_000_000))), by).ledger.balance == POINTS_MAX


def test_points_are_capped_for_a_member_and_the_rest_is_gone() -> None:
    """The last gift is cut to what is left; then the rule gives nothing, but its perk still."""
    by = book(rule("r", points=10, perk="free", member_points_max=15), perk=(perk(),))
    facts = [fact(visit(), at("2026-03-02") + number, number) for number in range(1, 4)]
    account = folded(facts, by)
    assert (account.ledger.balance, len(account.perks.grants)) == (15, 3)
    assert folded(facts, book(rule("r", points=10, member_points_max=15))).tallies["r"].count == 2


def test_a_return_of_a_capped_gift_takes_only_what_was_given() -> None:
    """What the cap kept back was used up, and neither owed nor carried afterwards."""
    by = book(rule("r", BUY, 1, unit=Unit.AMOUNT, per=100, member_points_max=30))
    account = folded(told(("2026-03-02", purchase()), ("2026-03-03", f.Returned("r-1", "a", 10_000, CARDS[0]))), by)
    assert (account.ledger.clawed, account.ledger.balance, account.tallies["r"].carry) == (30, 0, 0)


def test_a_purchase_may_count_by_itself_every_so_often() -> None:
    """Every third purchase; one that came back is not among the three."""
    by = book(rule("r", BUY, 9, per=3))
    bought = [(f"2026-03-0{number}", purchase(f"r-{number}")) for number in range(1, 5)]
    assert [folded(told(*bought[:count]), by).ledger.balance for count in (2, 3, 4)] == [0, 9, 9]
    back = ("2026-03-02 13:00", f.Returned("r-1", "a", 10_000, CARDS[0]))
    assert [folded(told(*bought[:2], back, *bought[2:count]), by).ledger.balance for count in (3, 4)] == [0, 9]


def test_only_what_matches_earns_and_only_its_share_of_what_was_paid() -> None:
    """Items by number or category, less those excluded, never more than the bill; less their share of points and of tax."""
    items = (f.Item("latte", 3_000, 1, ("coffee",)), f.Item("beans", 5_000, 1, ("coffee", "gifts")), f.Item("cake", 2_000))
    bill = purchase("r-1", 10_000, tax=2_000, by_points=3_000, items=items)

    def gives(**more: object) -> int:
        account = folded(told(("2026-03-02", bill)), book(rule("r", BUY, 1, unit=Unit.AMOUNT, **more)))
        return account.ledger.balance

    assert gives() == 7_000
    assert gives(categories=("coffee",)) == 5_600
    assert gives(categories=("coffee",), excluded=("gifts",)) == 2_100
    assert gives(excluded=("gifts",)) == 3_500
    assert gives(items=("cake", "latte")) == 3_500
    assert gives(items=("tea",)) == 0
    more_than_the_bill = purchase("r-1", 1_000, items=(f.Item("latte", 3_000, 1, ("coffee",)),))
    by = book(rule("r", BUY, 1, unit=Unit.AMOUNT, categories=("coffee",)))
    assert folded(told(("2026-03-02", more_than_the_bill)), by).ledger.balance == 1_000
    for_nothing = purchase("r-1", 0, items=(f.Item("latte", 0, 1, ("coffee",)),))
    assert folded(told(("2026-03-02", for_nothing)), by).ledger.balance == 0


def test_what_has_no_receipt_counts_as_one() -> None:
    """A rule that counts money or pieces where there are none counts the fact itself; checks refuse it, the fold survives it."""
    assert folded(told(("2026-03-02", rating())), book(rule("r", Trigger.RATING, 3, unit=Unit.ITEM))).ledger.balance == 3


def test_conditions_on_visits_hold_once_a_day() -> None:
    """A second tap on the tenth visit day is no second tenth visit; a purchase on that day may meet the condition too."""
    tenth = [("2026-03-02 10:00", visit()), ("2026-03-03 10:00", visit()), ("2026-03-03 11:00", visit())]
    assert folded(told(*tenth), book(rule(every_visit=2))).ledger.balance == 10
    buying = [*tenth, ("2026-03-03 12:00", purchase("r-1")), ("2026-03-03 13:00", purchase("r-2"))]
    assert folded(told(*buying), book(rule("r", BUY, 3, visits_from=2))).ledger.balance == 6
    streak = [("2026-03-02", visit()), ("2026-03-09", visit()), ("2026-03-10", visit())]
    assert folded(told(*streak), book(rule(streak_weeks=2))).ledger.balance == 10
    assert folded(told(*streak, ("2026-03-10", purchase())), book(rule("r", BUY, streak_weeks=2))).ledger.balance == 10
    assert folded(told(("2026-03-09", purchase())), book(rule("r", BUY, streak_weeks=2))).ledger.balance == 0


@pytest.mark.parametrize(
    ("once", "days"),
    [
        (Once.WEEK, ("2026-03-08 23:59", "2026-03-09 00:00")),
        (Once.MONTH, ("2026-03-31 23:59", "2026-04-01 00:00")),
        (Once.YEAR, ("2026-12-31 23:59", "2027-01-01 00:00")),
        (Once.DAY, ("2026-03-29 23:59", "2026-03-30 00:00")),
    ],
)
def test_periods_begin_at_the_shops_midnight(once: Once, days: tuple[str, str]) -> None:
    """A minute before and the minute of a new week (from Monday), month, year or day are two periods."""
    before, after = days
    by = book(rule(once=once))
    assert folded(told((before, visit()), (after, visit()), (after, visit())), by).ledger.balance == 20


def test_a_period_that_has_passed_promises_nothing_more() -> None:
    """A fact of yesterday applied after one of today earns nothing here: the hub, who knows all, decides."""
    by, account = book(rule(once=Once.DAY)), Account(MEMBER)
    for when, number in (("2026-03-03", 1), ("2026-03-02", 2)):
        apply(account, fact(visit(), at(when), number), by)
    assert account.ledger.balance == 10


def test_gifts_decided_at_the_tap_are_given_once_for_what_they_are_for() -> None:
    """Whoever decided it: two kiosks that both saw the birthday give it once; another rule cannot be granted so."""
    by = book(
        rule("birthday", Trigger.OCCASION, 50), rule("sure", Trigger.SURPRISE, 5), rule("visit"), Rule("draft", Trigger.OCCASION, points=9)
    )
    day = "2026-03-02"
    granted = [(day, f.Granted(CARDS[0], name, "2026")) for name in ("birthday", "birthday", "visit", "draft", "nothing")]
    granted += [(day, f.Granted(CARDS[0], "sure", day)), ("2027-03-02", f.Granted(CARDS[0], "birthday", "2027"))]
    account = folded(told(*granted), by)
    assert (account.ledger.balance, account.marked) == (105, 3)


@pytest.mark.parametrize(
    ("name", "periods", "times"),
    [
        ("birthday", ["2024", "2028", "2026-03-02", "twenty", ""], 0),
        ("birthday", ["2025", "2026", "2027", "2026"], 1),
        ("sure", ["2026-03-01", "2026-03-03", "2026", "x"], 0),
        ("sure", ["2026-03-02", "2026-03-02"], 1),
    ],
)
def test_a_kiosk_cannot_grant_for_whatever_period_it_likes(name: str, periods: list[str], times: int) -> None:
    """An occasion is of a year near the day, a surprise of the very day; anything else is marked and gives nothing."""
    by = book(rule("birthday", Trigger.OCCASION, 50), rule("sure", Trigger.SURPRISE, 50))
    account = folded(told(*[("2026-03-02", f.Granted(CARDS[0], name, period)) for period in periods]), by)
    assert (account.ledger.balance, account.marked) == (50 * times, len(set(periods)) - times)


@pytest.mark.parametrize(("day", "years"), [("2026-01-03", ["2025", "2026"]), ("2026-12-30", ["2026", "2027"])])
def test_an_occasion_belongs_to_its_own_year(day: str, years: list[str]) -> None:
    """Whoever comes in January for a birthday at the end of December is given it, and the other way round."""
    account = folded(told(*[(day, f.Granted(CARDS[0], "birthday", year)) for year in years]), book(rule("birthday", Trigger.OCCASION, 50)))
    assert (account.ledger.balance, account.marked) == (100, 0)


def test_many_surprises_do_not_bring_the_birthday_again() -> None:
    """What was given for the year is remembered however many surprises come after it."""
    by = book(rule("birthday", Trigger.OCCASION, 50), rule("sure", Trigger.SURPRISE, 1))
    gift = f.Granted(CARDS[0], "birthday", "2026")
    days = [date.fromordinal(date(2026, 5, 1).toordinal() + number).isoformat() for number in range(200)]
    account = folded(told(("2026-04-30", gift), *[(day, f.Granted(CARDS[0], "sure", day)) for day in days], (days[-1], gift)), by)
    assert account.ledger.balance == 50 + 200


def test_a_kiosk_whose_clock_wanders_surprises_once_on_a_day_that_counts() -> None:
    """Two days on its clock were one in truth, as the hub dates them: the second surprise is marked and gives nothing."""
    by = book(rule("sure", Trigger.SURPRISE, 5))
    wrong = [fact(f.Granted(CARDS[0], "sure", day), at(day), number) for number, day in enumerate(("2026-05-01", "2026-05-02"), 1)]
    account = folded([replace(each, effective_ms=at("2026-03-02")) for each in wrong], by)
    assert (account.ledger.balance, account.marked) == (5, 1)


def test_who_belongs_to_a_hold_out_is_always_the_same() -> None:
    """It follows from the rule and the member, about so many of a hundred, and whoever is nobody belongs to it."""
    members = [f"m-{number}" for number in range(1000)]
    first, second = ([held_out(name, member, 20) for member in members] for name in ("a", "b"))
    assert 150 < sum(first) < 250
    assert first == [held_out("a", member, 20) for member in members]
    assert first != second
    assert held_out("a", "", 1)
    assert not any(held_out("a", member, 0) for member in ("", *members))
    assert fold(TAP, book(rule(hold_out_percent=1)), "").ledger.balance == 0


def test_a_campaign_and_its_rule_are_both_asked() -> None:
    """Days, audience and hold-out of the campaign hold beside those of the rule."""
    march = Campaign("c", Goal.RETAIN, date(2026, 3, 2), date(2026, 3, 31), rungs=("buyer",), tiers=("standard",), clubs=("wine",))
    more = {"club": (Club("wine", TEXT),), "tier": (Tier("standard", TEXT),), "campaign": (march,)}
    joined = ("2026-03-01", f.ClubJoined(MEMBER, "wine"))
    assert folded(told(joined, ("2026-03-02", visit())), book(rule(campaign="c"), **more)).ledger.balance == 10
    assert folded(told(("2026-03-02", visit())), book(rule(campaign="c"), **more)).ledger.balance == 0
    assert folded(told(joined, ("2026-03-02", visit())), book(rule(campaign="c", starts=date(2026, 3, 3)), **more)).ledger.balance == 0
    assert folded(told(joined, ("2026-03-02", visit())), book(rule(campaign="c", ends=date(2026, 3, 1)), **more)).ledger.balance == 0


def test_a_rule_by_tier_holds_from_the_first_fact() -> None:
    """Who has earned nothing yet is in the first tier all the same."""
    assert folded(TAP, book(rule(tiers=("standard",)), tier=(Tier("standard", TEXT),))).ledger.balance == 10


def test_a_window_over_midnight_belongs_to_the_evening() -> None:
    """An hour past midnight counts for the day before."""
    night = Window("night", "FREQ=WEEKLY;BYDAY=FR", time(22), 240)
    by = book(rule(window="night"), window=(night,))
    facts = told(("2026-03-06 22:00", visit()), ("2026-03-07 01:59", visit()), ("2026-03-07 02:00", visit()), ("2026-03-07 22:30", visit()))
    assert [folded([each], by).ledger.balance for each in facts] == [10, 10, 0, 0]


def test_what_a_return_takes_from_the_tier_is_what_the_purchase_gave_it() -> None:
    """Points that do not qualify, and purchases where visits count, leave the basis alone; money is taken from money."""
    events = [("2026-03-02", purchase()), ("2026-03-03", f.Returned("r-1", "a", 5_000, CARDS[0]))]
    tiers = {"tier": (Tier("standard", TEXT), Tier("gold", TEXT, 1_000_000)), "clawback": Clawback(Shortfall.UNLIMITED)}
    plain, bonus = rule("a", BUY, 100), rule("b", BUY, 40, qualifying=False)
    found = {basis: folded(told(*events), book(plain, bonus, tiers=TierScheme(basis), **tiers)) for basis in Basis}
    assert {basis: account.tier.total for basis, account in found.items()} == {Basis.POINTS: 50, Basis.SPEND: 5_000, Basis.VISITS: 0}
    assert {account.ledger.clawed for account in found.values()} == {70}


def test_a_draft_does_nothing() -> None:
    """Nor does a rule that is paused or ended."""
    assert folded(TAP, book(*[Rule(status.value, Trigger.VISIT, status, points=5) for status in Status])).ledger.balance == 5
