"""Tiers: reached at once, lost only at an assessment, given by people, and what happens when the programme itself changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from loyalty import facts as f
from loyalty.account import Account, advance, apply, fold, restore, snapshot
from loyalty.account.reckoning import Change, Line
from loyalty.account.tiers import TierOutlook, outlook
from loyalty.facts import Body
from loyalty.programme import Programme
from loyalty.programme.ladder import Basis, Downgrade, Tier, TierScheme, TierWindow
from loyalty.programme.rules import Trigger, Unit
from loyalty.rulebook import Rulebook
from tests.loyalty_histories import CARDS, KYIV, MEMBER, TEXT, at, book, fact, folded, perk, programme, purchase, rule, told, visit

TIERS = (Tier("standard", TEXT), Tier("silver", TEXT, 100), Tier("gold", TEXT, 300), Tier("vip", TEXT, invited=True))
A_POINT = rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT)
SCHEME = TierScheme(valid_days=100, grace_days=10, window_days=90)


def spend(*amounts: tuple[str, int]) -> list[tuple[str, Body]]:
    """Purchases of so many points each."""
    return [(day, purchase(f"r-{number}", amount)) for number, (day, amount) in enumerate(amounts)]


def by_points(scheme: TierScheme = SCHEME, **tables: object) -> Rulebook:
    """A programme that gives a point for a minor unit."""
    return book(A_POINT, **({"tier": TIERS, "tiers": scheme} | tables))


def steps(events: list[tuple[str, Body]], by: Rulebook, until: str) -> list[tuple[str, str]]:
    """(day, tier) for every step that was told."""
    journal: list[Line] = []
    fold(told(*events), by, MEMBER, at(until), journal)
    told_of = [line for line in journal if isinstance(line, Change) and line.axis == "tier" and line.before]
    return [(by.calendar.date_of(line.at).isoformat(), line.after) for line in told_of]


def test_everybody_begins_in_the_first_tier() -> None:
    """From the first fact on, whatever it is; nothing is announced for that."""
    account = folded(told(("2026-03-01", f.ProfileChanged(MEMBER, ("district",)))), by_points())
    assert (account.tier.tier, account.tier.told, account.tier.until) == ("standard", "standard", 0)
    assert Account().tier.tier == ""
    assert folded(told(("2026-03-01", visit())), book()).tier.tier == ""


def test_a_tier_is_reached_the_moment_the_basis_suffices() -> None:
    """At exactly its minimum, several at once if need be, and it is news."""
    assert steps(spend(("2026-03-01", 99)), by_points(), "2026-03-02") == []
    assert steps(spend(("2026-03-01", 99), ("2026-03-02", 1)), by_points(), "2026-03-03") == [("2026-03-02", "silver")]
    assert steps(spend(("2026-03-01", 300)), by_points(), "2026-03-03") == [("2026-03-01", "gold")]
    assert folded(told(*spend(("2026-03-01", 300))), by_points()).tier.told == "standard"


def test_a_tier_is_lost_one_step_at_a_time() -> None:
    """After its days and the grace, one step down, for as long again."""
    assert steps(spend(("2026-01-01", 300)), by_points(), "2027-01-01") == [
        ("2026-01-01", "gold"),
        ("2026-04-22", "silver"),
        ("2026-08-11", "standard"),
    ]


def test_a_tier_is_kept_by_what_is_within_the_window() -> None:
    """At the assessment the basis of the window counts; the tier then lasts as long again."""
    events = spend(("2026-01-01", 300), ("2026-02-01", 100), ("2026-03-01", 200))
    assert steps(events, by_points(), "2026-08-10") == [("2026-01-01", "gold")]
    assert steps(events, by_points(), "2026-08-11") == [("2026-01-01", "gold"), ("2026-08-11", "silver")]


def test_a_tier_can_fall_to_what_the_basis_says() -> None:
    """By that policy several steps at once."""
    assert steps(spend(("2026-01-01", 300)), by_points(replace(SCHEME, downgrade=Downgrade.TO_BASIS)), "2027-01-01")[1:] == [
        ("2026-04-22", "standard")
    ]


def test_a_tier_for_ever_has_no_last_day() -> None:
    """Where nothing is lost, or everything ever earned counts, there is no assessment."""
    for scheme in (replace(SCHEME, downgrade=Downgrade.NONE), replace(SCHEME, window=TierWindow.EVER)):
        account = folded(told(*spend(("2026-01-01", 300))), by_points(scheme), "2036-01-01")
        assert (account.tier.tier, account.tier.until) == ("gold", 0)


def test_by_calendar_year_a_tier_lasts_to_the_end_of_the_next() -> None:
    """What was earned in a year holds through the next one, and is assessed by that one alone."""
    scheme = TierScheme(window=TierWindow.YEAR, valid_days=0, grace_days=0)
    events = spend(("2026-12-30", 60), ("2026-12-31", 60), ("2027-01-01", 60))
    account = folded(told(*events), by_points(scheme))
    assert (account.tier.tier, date.fromordinal(account.tier.until), account.tier.total) == ("silver", date(2027, 12, 31), 60)
    assert steps(events, by_points(scheme), "2028-01-01 12:00") == [("2026-12-31", "silver"), ("2028-01-01", "standard")]


def test_since_the_present_tier_began_counting_starts_anew() -> None:
    """With each step the count is zero again; a return of what led there takes nothing from what came since."""
    scheme = TierScheme(window=TierWindow.SINCE_START, valid_days=100, grace_days=0)
    events = [*spend(("2026-01-01", 100), ("2026-02-01", 250)), ("2026-02-02", f.Returned("r-0", "a", 100, CARDS[0]))]
    account = folded(told(*events), by_points(scheme))
    assert (account.tier.tier, account.tier.total) == ("silver", 250)
    assert folded(told(*events, *spend(("2026-02-03", 0))), by_points(scheme)).tier.total == 250


def test_what_returns_is_taken_from_the_day_it_was_bought() -> None:
    """Within the window the basis shrinks, never below zero; outside it nothing is left to take."""
    events = spend(("2026-01-01", 60), ("2026-01-05", 60), ("2026-01-09", 60))
    back = ("2026-01-10", f.Returned("r-1", "a", 60, CARDS[0]))
    account = folded(told(*events, back), by_points())
    assert [amount for _, amount in account.tier.days] == [60, 0, 60]
    late = [*events, ("2026-04-20", purchase("r-9", 10)), ("2026-04-21", f.Returned("r-0", "b", 60, CARDS[0]))]
    account = folded(told(*late), by_points())
    assert (account.tier.total, len(account.tier.days)) == (10, 1)


def test_a_purchase_told_late_to_a_running_account_finds_its_day() -> None:
    """A kiosk applies its own fact on top of what the hub knew: the day between is counted in its place."""
    first, second = told(*spend(("2026-01-05", 10), ("2026-01-01", 7)))
    account = Account(MEMBER)
    by = by_points()
    apply(account, first, by)
    apply(account, second, by)
    assert [amount for _, amount in account.tier.days] == [7, 10]


def set_to(tier: str, until: str) -> f.TierSet:
    """A person's decision."""
    return f.TierSet(MEMBER, tier, until, "s-1", "friend-of-the-house")


def test_a_person_may_give_a_tier_until_a_day() -> None:
    """Also one that nobody reaches otherwise; on the day after, the basis decides, and it is news while it is not the first tier."""
    events: list[tuple[str, Body]] = [*spend(("2026-03-01", 120)), ("2026-03-02", set_to("vip", "2026-03-31"))]
    account = folded(told(*events), by_points())
    assert (account.tier.tier, account.tier.manual, account.tier.told) == ("vip", True, "silver")
    assert steps(events, by_points(), "2026-04-01") == [("2026-03-01", "silver"), ("2026-03-02", "vip"), ("2026-04-01", "silver")]
    assert folded(told(("2026-03-02", set_to("vip", "2026-03-31"))), by_points()).tier.told == "standard"


@pytest.mark.parametrize(("tier", "until"), [("copper", "2026-12-31"), ("gold", "2026-03-01"), ("gold", "2026-02-30")])
def test_a_decision_that_makes_no_sense_changes_nothing(tier: str, until: str) -> None:
    """A tier that is not there, a day that has passed or that does not exist: marked."""
    account = folded(told(("2026-03-02", set_to(tier, until))), by_points())
    assert (account.tier.tier, account.marked) == ("standard", 1)


def test_a_decision_for_ever_is_one_until_the_last_day_there_is() -> None:
    """The year 9999 is a day like any other, though the calendar ends before it."""
    account = folded(told(("2026-03-02", set_to("gold", "9999-12-31"))), by_points())
    assert account.tier.tier == "gold"
    assert folded(told(("2026-03-02", set_to("gold", "9999-12-31"))), by_points(), "2150-01-01").tier.tier == "gold"


def test_a_higher_tier_earned_ends_the_decision() -> None:
    """Who was given silver and earns gold has gold by right."""
    account = folded(told(("2026-03-02", set_to("silver", "2026-12-31")), *spend(("2026-03-03", 300))), by_points())
    assert (account.tier.tier, account.tier.manual) == ("gold", False)


def test_perks_of_a_tier_are_given_when_it_is_reached() -> None:
    """Once for each time, by a decision too, not when coming down."""
    tiers = (TIERS[0], replace(TIERS[1], perks=("free",)), TIERS[2])
    events = [*spend(("2026-01-01", 300)), ("2026-09-01", set_to("silver", "2026-09-30"))]
    account = folded(told(*events), by_points(tier=tiers, perk=(perk(valid_days=0),)))
    assert [grant.id for grant in account.perks.grants] == [f"tier.silver.{date(2026, 9, 1).toordinal()}.free"]


def test_what_is_missing_to_the_next_tier_and_to_keep_this_one() -> None:
    """In points of the basis, with the day; nothing where there is nothing to reach, to keep, or no tiers at all."""
    by = by_points()

    def at_hand(when: str, *events: tuple[str, Body], by: Rulebook = by) -> TierOutlook:
        return outlook(advance(folded(told(*events), by), at(when), by))

    until = date(2026, 6, 9).toordinal()
    assert at_hand("2026-03-01") == TierOutlook("", 100, "silver", None, 0)
    assert at_hand("2026-03-01 13:00", *spend(("2026-03-01", 120))) == TierOutlook("silver", 180, "gold", 0, until)
    assert at_hand("2026-06-01", *spend(("2026-03-01", 120))) == TierOutlook("silver", 300, "gold", 100, until)
    assert at_hand("2026-03-02", *spend(("2026-03-01", 300))).to_next is None
    assert at_hand("2026-03-03", ("2026-03-02", set_to("vip", "2026-03-31"))).to_keep is None
    assert outlook(advance(Account(), at("2026-03-01"), book())) == TierOutlook("", None, "", None, 0)


def test_looking_ahead_changes_nothing() -> None:
    """What is missing can be asked for at any moment without letting go of what still counts at the next return."""
    by = by_points()
    account = folded(told(*spend(("2026-01-01", 60), ("2026-01-20", 60))), by)
    now = advance(account, at("2026-04-05"), by)
    assert outlook(now).to_next == 240
    assert [amount for _, amount in account.tier.days] == [60, 60]


def editions(old: Programme, new: Programme) -> Rulebook:
    """Two editions; the new one from April on."""
    return Rulebook([(0, old), (at("2026-04-01 00:00"), new)], KYIV)


OLD = programme(A_POINT, tier=TIERS, tiers=SCHEME)


def test_a_new_edition_without_tiers_leaves_the_old_name_alone() -> None:
    """Its assessment finds nothing to assess; when tiers come back, everybody stands where the basis says."""
    events = spend(("2026-03-20", 150))
    for scheme in (SCHEME, TierScheme(window=TierWindow.EVER)):
        by = editions(OLD, replace(OLD, tier=(), tiers=scheme))
        account = folded(told(*events), by, "2027-01-01")
        assert account.tier.tier == "silver"
    other = replace(OLD, tier=(Tier("basic", TEXT), Tier("fine", TEXT, 120), Tier("best", TEXT, 200)))
    account = folded(told(*events, ("2026-04-05", visit())), editions(OLD, other))
    assert account.tier.tier == "fine"


def test_a_tier_is_assessed_by_the_edition_of_its_day() -> None:
    """A tier that ran out in March fell by March's rules, though nobody came until May."""
    lenient = replace(OLD, tiers=replace(SCHEME, downgrade=Downgrade.NONE))
    events = [("2025-11-01", purchase("r-0", 300)), ("2026-05-01", visit())]
    assert folded(told(*events), editions(OLD, lenient)).tier.tier == "silver"
    assert folded(told(*events), Rulebook.single(lenient, KYIV)).tier.tier == "gold"


def test_another_basis_begins_from_nothing() -> None:
    """Hryvnias that were counted are no visits: nobody rises by a change of what is counted."""
    by = editions(replace(OLD, tiers=TierScheme(Basis.SPEND)), replace(OLD, tiers=TierScheme(Basis.VISITS)))
    account = folded(told(("2026-03-01", purchase("r-0", 90)), ("2026-04-05", visit()), ("2026-04-06", visit())), by)
    assert (account.tier.tier, account.tier.total, account.tier.basis) == ("standard", 2, "visits")
    unseen = folded(told(("2026-03-01", purchase("r-0", 90))), by)
    assert outlook(advance(unseen, at("2026-04-05"), by)).to_next == 100


def test_a_decision_that_ends_where_the_basis_is_changes_only_its_ground() -> None:
    """Who was given silver and has silver by right keeps it without a step, for as long as anybody."""
    events: list[tuple[str, Body]] = [*spend(("2026-03-01", 120)), ("2026-03-02", set_to("silver", "2026-03-31"))]
    account = folded(told(*events), by_points(), "2026-04-02")
    assert (account.tier.tier, account.tier.manual, account.tier.since) == ("silver", False, at("2026-03-01 00:00"))
    assert steps(events, by_points(), "2026-04-02") == [("2026-03-01", "silver")]


def test_a_rejected_friend_takes_the_points_from_the_basis() -> None:
    """Where points count; where something else does, nothing is taken from that."""
    events: list[tuple[str, Body]] = [("2026-03-01", f.Converted(MEMBER, "m-2")), ("2026-03-02", f.ReferralRejected(MEMBER, "m-2"))]
    gift = rule("friend", Trigger.REFERRAL, 50)
    account = folded(told(*events[:1]), book(gift, tier=TIERS))
    assert account.tier.total == 50
    assert folded(told(*events), book(gift, tier=TIERS)).tier.total == 0
    by_visits = book(gift, tier=TIERS, tiers=TierScheme(Basis.VISITS))
    assert folded(told(("2026-03-01", visit()), *events), by_visits).tier.total == 1


@pytest.mark.parametrize(
    ("scheme", "bought", "last", "after"),
    [
        (SCHEME, "2026-01-01", "2026-03-31 23:59", "2026-04-01 00:00"),
        (replace(SCHEME, window=TierWindow.YEAR), "2026-01-01", "2026-12-31 23:59", "2027-01-01 00:00"),
    ],
)
def test_a_window_has_a_first_and_a_last_day(scheme: TierScheme, bought: str, last: str, after: str) -> None:
    """Ninety days with the day itself, or the calendar year from its first day: through the last minute, and not a minute longer."""
    by = by_points(scheme)
    account = folded(told(*spend((bought, 60))), by)
    assert outlook(advance(account, at(last), by)).to_next == 40
    assert outlook(advance(account, at(after), by)).to_next == 100


@pytest.mark.parametrize(("second", "kept"), [("2026-01-21", "standard"), ("2026-01-22", "silver")])
def test_the_assessment_looks_back_from_the_last_day_of_the_tier(second: str, kept: str) -> None:
    """Ninety days up to the last day of grace, 21 April: what was earned the day before them is no help."""
    assert folded(told(*spend(("2026-01-01", 100), (second, 100))), by_points(), "2026-04-22").tier.tier == kept


def test_the_first_day_of_1970_has_a_snapshot() -> None:
    """East of UTC that day began before 1970: an account whose clock stood there is kept and read back like any other."""
    by = Rulebook.single(programme(rule(), tier=(Tier("low", {"en": "Low"}),)), KYIV)
    account = fold([fact(visit(), 0)], by, MEMBER)
    assert restore(snapshot(account)) == account
