"""The ladder: prospect, buyer, client, advocate, with reasons, with hysteresis at the top, and lost by time alone at the right moment."""

from __future__ import annotations

import pytest

from loyalty import facts as f
from loyalty.account import Account, advance, fold
from loyalty.account.reckoning import Change, Line
from loyalty.account.rungs import Rung, Verdict, judge
from loyalty.facts import Body, Fact
from loyalty.programme.ladder import RungBasis, Rungs
from loyalty.programme.listening import Cases
from loyalty.rulebook import Rulebook
from tests.loyalty_histories import CARDS, MEMBER, at, book, fact, folded, purchase, rating, told, visit

FRIEND = f.Converted(MEMBER, "m-2")
FOUR_DAYS = [(f"2026-03-0{day} 10:00", visit()) for day in (2, 3, 4, 5)]
TWO_RATINGS = [("2026-03-02 11:00", rating(f.Face.VERY_GOOD, 1)), ("2026-03-03 11:00", rating(f.Face.GOOD, 2))]
LOYAL = [*FOUR_DAYS, *TWO_RATINGS, ("2026-03-05 12:00", FRIEND)]


def verdict(facts: list[Fact], by: Rulebook, when: str) -> Verdict:
    """The rung of an account at a moment, with its reasons."""
    account = fold(facts, by, MEMBER, at(when))
    now = advance(account, at(when), by)
    return judge(account, by.now.rungs, now.day, now.at)


@pytest.mark.parametrize(
    ("events", "rung"),
    [
        ([], Rung.PROSPECT),
        ([("2026-03-02", f.Enrolled(MEMBER))], Rung.PROSPECT),
        (FOUR_DAYS[:1], Rung.BUYER),
        ([FOUR_DAYS[0], FOUR_DAYS[0]], Rung.BUYER),
        (FOUR_DAYS[:2], Rung.CLIENT),
        (LOYAL, Rung.ADVOCATE),
        (LOYAL[1:], Rung.CLIENT),
        ([*FOUR_DAYS, TWO_RATINGS[0], ("2026-03-05 12:00", FRIEND)], Rung.CLIENT),
        ([*FOUR_DAYS, *TWO_RATINGS], Rung.CLIENT),
        ([*LOYAL[:-1], ("2026-03-05 11:00", f.AssistRequested(CARDS[0], True)), LOYAL[-1]], Rung.CLIENT),
        ([*FOUR_DAYS, ("2026-03-02 11:00", rating(f.Face.GOOD, 1)), ("2026-03-03 11:00", rating(f.Face.GOOD, 2)), LOYAL[-1]], Rung.CLIENT),
    ],
)
def test_a_rung_follows_from_what_happened(events: list[tuple[str, Body]], rung: Rung) -> None:
    """Each condition of each rung, one missing at a time."""
    assert folded(told(*events), book()).rung.rung == rung


def test_purchases_make_a_buyer_where_the_till_tells_them() -> None:
    """By that basis visits alone are none; a day whose purchases all came back counts no more."""
    by = book(rungs=Rungs(RungBasis.PURCHASES))
    bought = [("2026-03-02", purchase("r-1")), ("2026-03-03", purchase("r-2")), ("2026-03-03", purchase("r-3"))]
    assert folded(told(*FOUR_DAYS), by).rung.rung == Rung.PROSPECT
    assert folded(told(*bought), by).rung.rung == Rung.CLIENT
    one_back = [*bought, ("2026-03-04", f.Returned("r-2", "a", 10_000, CARDS[0]))]
    assert folded(told(*one_back), by).rung.rung == Rung.CLIENT
    both_back = [*one_back, ("2026-03-05", f.Returned("r-3", "b", 10_000, CARDS[0]))]
    assert folded(told(*both_back), by).rung.rung == Rung.BUYER
    assert folded(told(*both_back, ("2026-03-05", f.Returned("r-1", "c", 10_000, CARDS[0]))), by).rung.rung == Rung.PROSPECT


@pytest.mark.parametrize(("basis", "missing"), [(RungBasis.VISITS, "a first visit"), (RungBasis.PURCHASES, "a first purchase")])
def test_what_is_missing_is_said_from_the_first_day_on(basis: RungBasis, missing: str) -> None:
    """A prospect is told what makes a buyer, in the words of the shop's basis."""
    found = verdict([], book(rungs=Rungs(basis)), "2026-03-01")
    assert (found.rung, found.missing) == (Rung.PROSPECT, (missing,))


def test_each_rung_says_why_and_what_is_missing() -> None:
    """Reasons and wants, in words, for buyer, client and advocate."""
    by = book()
    assert verdict(told(FOUR_DAYS[0]), by, "2026-03-02 11:00") == Verdict(Rung.BUYER, ("1 visit day",), ("a visit on a second day",))
    facts = told(*FOUR_DAYS[:2], ("2026-03-03 11:00", rating(f.Face.BAD)))
    assert verdict(facts, by, "2026-03-04").missing == (
        "2 more visit days within 180 days",
        "1 more friends who became customers within 365 days",
        "1 more ratings",
        "an open case must be put right",
    )
    found = verdict(told(*LOYAL), by, "2026-03-06")
    assert found == Verdict(Rung.ADVOCATE, ("4 visit days", "1 friends brought within 365 days", "2 ratings at 83 %"), ())
    grumbling = [*FOUR_DAYS, ("2026-03-02 11:00", rating(f.Face.GOOD, 1)), ("2026-03-03 11:00", rating(f.Face.GOOD, 2)), LOYAL[-1]]
    assert verdict(told(*grumbling), by, "2026-03-06").missing == ("better ratings: the last 2 are at 66 %, 80 % are needed",)


def test_an_advocate_may_have_rated_nothing_where_ratings_are_not_asked_for() -> None:
    """Without ratings the reasons do not speak of them."""
    by = book(rungs=Rungs(advocate_ratings=0))
    found = verdict(told(*FOUR_DAYS, LOYAL[-1]), by, "2026-03-06")
    assert found.because == ("4 visit days", "1 friends brought within 365 days")


def test_where_friends_are_not_asked_for_nobody_is_an_advocate_but_some_are_likely() -> None:
    """Six days, three ratings and every one the best face: likely, and nothing more is said."""
    by = book(rungs=Rungs(advocate_referrals=0))
    days = [(f"2026-03-0{day} 10:00", visit()) for day in range(2, 8)]
    best = [(f"2026-03-0{day} 11:00", rating(f.Face.VERY_GOOD, day)) for day in (2, 3, 4)]
    found = verdict(told(*days, *best), by, "2026-03-08")
    assert (found.rung, found.likely, found.missing) == (Rung.CLIENT, True, ())
    assert not verdict(told(*days, *best[1:]), by, "2026-03-08").likely
    assert not verdict(told(*days, *best, ("2026-03-07 11:00", rating(f.Face.GOOD, 9))), by, "2026-03-08").likely
    assert not verdict(told(*days[1:], *best), by, "2026-03-08").likely
    assert not verdict(told(*days, *best, ("2026-03-07 11:00", f.AssistRequested(CARDS[0], True))), by, "2026-03-08").likely


def test_an_advocate_stays_one_on_less_than_it_took_to_become_one() -> None:
    """Half a year later, with a rating that would not have sufficed, still an advocate."""
    facts = [*told(*LOYAL), fact(rating(f.Face.GOOD, 50), at("2026-10-01"), 50)]
    assert folded(facts, book(), "2026-12-01").rung.rung == Rung.ADVOCATE


def test_an_advocate_who_stays_away_is_one_until_the_day_and_no_longer() -> None:
    """With three days in a year to stay, the end comes a year after the third last visit day; it is told as a step at that moment."""
    journal: list[Line] = []
    account = fold(told(*LOYAL), book(), MEMBER, at("2027-03-02 23:59"), journal)
    assert account.rung.rung == Rung.ADVOCATE
    advance(account, at("2027-05-01"), book(), journal)
    assert (account.rung.rung, account.rung.since) == (Rung.CLIENT, at("2027-03-03 00:00"))
    assert journal[-1] == Change("rung", "advocate", "client", at("2027-03-03 00:00"))


def test_by_purchases_an_advocate_needs_purchases_to_stay() -> None:
    """The same by that basis; visits do not help."""
    by = book(rungs=Rungs(RungBasis.PURCHASES, keep_days=1))
    bought = [(f"2026-03-0{day} 10:00", purchase(f"r-{day}")) for day in (2, 3, 4, 5)]
    facts = told(*bought, *TWO_RATINGS, ("2026-03-05 12:00", FRIEND), ("2026-09-05 12:00", visit()))
    assert folded(facts, by, "2027-03-04 23:59").rung.rung == Rung.ADVOCATE
    assert folded(facts, by, "2027-03-05 00:00").rung.rung == Rung.CLIENT


def test_a_case_that_waits_too_long_costs_the_advocate() -> None:
    """At the moment at which it should have been resolved; while a shop asks for no days, only then."""
    by = book(cases=Cases(resolve_hours=24), rungs=Rungs(keep_days=0))
    facts = told(*LOYAL, ("2026-03-06 10:00", f.AssistRequested(CARDS[0], True)))
    assert folded(facts, by, "2026-03-07 09:59").rung.rung == Rung.ADVOCATE
    assert folded(facts, by, "2026-03-07 10:00").rung.rung == Rung.CLIENT
    assert folded(told(*LOYAL), by, "2036-01-01").rung.rung == Rung.ADVOCATE


def test_bad_ratings_cost_the_advocate() -> None:
    """Two of the worst faces among the last five."""
    by = book(cases=Cases(resolve_hours=720))
    facts = told(*LOYAL, *[(f"2026-03-0{day} 10:00", rating(f.Face.VERY_BAD, day)) for day in (6, 7)])
    assert folded(facts[:-1], by).rung.rung == Rung.CLIENT
    found = verdict(facts[:-1], by, "2026-03-06 11:00")
    assert found.missing[0].startswith("better ratings")


def test_the_reasons_for_a_fall_are_said_before_it_is_written_down() -> None:
    """An account that nobody has brought up to date is judged by today all the same, with what was lost."""
    by = book(cases=Cases(resolve_hours=24))
    account = folded(told(*LOYAL, ("2026-03-06 10:00", rating(f.Face.VERY_BAD, 6))), book(rungs=Rungs(keep_mean_percent=0)))
    assert account.rung.rung == Rung.ADVOCATE
    now = at("2028-03-06")
    found = judge(account, by.now.rungs, by.calendar.day_of(now), now)
    assert found.rung is Rung.CLIENT
    assert [why for why in found.because if why.startswith("no advocate any more")] == [
        "no advocate any more: fewer than 3 visit days within 365 days",
        "no advocate any more: ratings at 55 %, below 60 %",
        "no advocate any more: a case was not resolved in time",
    ]


def test_who_would_fall_at_once_does_not_rise() -> None:
    """Days that it takes to stay are needed to become one too, and are said to be missing."""
    by = book(rungs=Rungs(advocate_days=4, keep_days=5))
    assert folded(told(*LOYAL), by).rung.rung == Rung.CLIENT
    assert verdict(told(*LOYAL), by, "2026-03-06").missing == ("fewer than 5 visit days within 365 days",)


def test_a_fall_makes_the_next_rise_news_again() -> None:
    """The rung last announced never is above the present one."""
    greeted = ("2026-03-05 13:00", f.GreetingShown(CARDS[0], f.counter.GreetingKind.PROMOTION, "rung:advocate"))
    account = folded(told(*LOYAL, greeted), book())
    assert account.rung.told == "advocate"
    advance(account, at("2028-01-01"), book())
    assert account.rung.told == "client"
    nonsense = ("2026-03-05 13:00", f.GreetingShown(CARDS[0], f.counter.GreetingKind.PROMOTION, "rung:emperor"))
    assert folded(told(*LOYAL, nonsense), book()).rung.told == "prospect"


def test_nobody_is_a_prospect() -> None:
    """An account of nobody stands on the lowest rung."""
    assert Account().rung.rung == Rung.PROSPECT
