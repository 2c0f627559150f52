"""Dry run: what another programme would have given is the difference of two folds, within the stretch, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.account import fold
from loyalty.facts import Adjusted, Body, ClockQuality, Evidence, Fact, FactId, Purchased, Returned, Visit
from loyalty.programme import About, Programme
from loyalty.programme.ladder import RungBasis, Rungs, Tier
from loyalty.programme.rules import Once, Perk, PerkKind, Rule, Status, Trigger, Unit
from loyalty.rulebook import Rulebook
from loyalty.shop.dry_run import TOP, Comparison, Given, compare

CARD = "a" * 32
DAY_MS = 86_400_000
START = int(datetime(2026, 10, 26, tzinfo=UTC).timestamp()) * 1000
END = START + 30 * DAY_MS
VISIT = Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY)
DOUBLE = Rule("visit", Trigger.VISIT, Status.ACTIVE, points=20, once=Once.DAY)
SPEND = Rule("spend", Trigger.PURCHASE, Status.ACTIVE, unit=Unit.AMOUNT, per=100, points=1)
COFFEE = Perk("coffee", PerkKind.SOFT, {"en": "A coffee"}, Status.ACTIVE)
TREAT = Rule("treat", Trigger.VISIT, Status.ACTIVE, perk="coffee", every_visit=2)
TIERS = (Tier("standard", {"en": "Standard"}), Tier("gold", {"en": "Gold"}, 50))


def book(*rules: Rule, tiers: tuple[Tier, ...] = ()) -> Rulebook:
    """A rulebook of one programme with these rules."""
    return Rulebook.single(Programme(About(1, "Test", "UTC"), rule=rules, perk=(COFFEE,), tier=tiers), UTC)


def fact(day: int, body: Body | None = None, number: int = 0) -> Fact:
    """Something at noon of a day counted from the first of the stretch, a visit unless said otherwise."""
    at = START + day * DAY_MS + DAY_MS // 2 + number
    return Fact(FactId("k1", "e", at - START + 10**12), at, 0, "boot", ClockQuality.NTP, body or Visit(CARD, Evidence("NTAG213")))


def visits(*days: int) -> list[Fact]:
    """A visit on each of these days."""
    return [fact(day) for day in days]


def bought(day: int, amount: int, receipt: str) -> Fact:
    """A receipt."""
    return fact(day, Purchased(receipt, amount, "UAH", CARD), 1)


def test_only_the_stretch_is_compared() -> None:
    """Visits before and after it earn under both and count for neither; its first day counts and the moment of its end does not."""
    facts = visits(-1, 0, 29, 30)
    found = compare([("m1", facts)], book(VISIT), book(DOUBLE), START, END)
    assert (found.first, found.last) == ("2026-10-26", "2026-11-24")
    assert (found.members, found.changed, found.current, found.candidate) == (1, 1, 20, 40)
    assert (found.rules_current, found.rules_candidate) == ({"visit": Given(20, 0, 2)}, {"visit": Given(40, 0, 2)})
    noon = facts[1].when_ms
    assert compare([("m1", facts)], book(VISIT), book(DOUBLE), noon, noon + 1).current == 10
    assert compare([("m1", facts)], book(VISIT), book(DOUBLE), noon - 1, noon).current == 0


def test_the_same_programme_changes_nothing() -> None:
    """Compared with itself a programme makes no difference to anybody, and the sentences say so."""
    found = compare([("m1", visits(1, 2)), ("m2", [])], book(VISIT, tiers=TIERS), book(VISIT, tiers=TIERS), START, END)
    assert (found.members, found.changed, found.gains, found.losses, found.new_rules, found.lost_rules) == (2, 0, [], [], [], [])
    assert found.lines() == ["2026-10-26 to 2026-11-24: 0 of 2 members would come out otherwise", "points earned: 20 now, 20 then (+0)"]


def test_rules_that_begin_and_end_to_give_are_named() -> None:
    """A rule that would give for the first time and one that would give nothing any more are told with what they give."""
    facts = [*visits(1), bought(2, 500, "r1")]
    found = compare([("m1", facts)], book(VISIT), book(SPEND), START, END)
    assert (found.new_rules, found.lost_rules) == (["spend"], ["visit"])
    assert "rule spend would give something: 5 points in 1 times" in found.lines()
    assert "rule visit would give nothing any more: 10 points in 1 times now" in found.lines()
    assert "member m1: -5 points" in found.lines()


def test_perks_count_though_they_are_no_points() -> None:
    """A rule that gives a perk only is seen too, those of the stretch alone."""
    found = compare([("m1", visits(-2, -1, 1, 2))], book(VISIT), book(VISIT, TREAT), START, END)
    assert found.new_rules == ["treat"]
    assert found.rules_candidate["treat"] == Given(0, 1, 1)
    assert "rule treat would give something: 0 points and 1 perks in 1 times" in found.lines()
    facts = visits(1, 2)
    assert compare([("m1", facts)], book(VISIT), book(VISIT, TREAT), facts[1].when_ms, END).new_rules == ["treat"]
    assert compare([("m1", facts)], book(VISIT), book(VISIT, TREAT), facts[1].when_ms + 1, END).new_rules == []


def test_what_came_back_is_taken_off_where_it_came_back() -> None:
    """A return lowers what a rule gave; movements by hand are no rule's and no difference."""
    facts = [
        bought(-3, 1000, "r1"),
        bought(1, 300, "r2"),
        fact(2, Returned("r1", "x", 500, CARD)),
        fact(3, Adjusted("m1", 99, "sorry", "olena")),
    ]
    found = compare([("m1", facts)], book(SPEND), book(), START, END)
    assert (found.current, found.candidate) == (3 - 5, 0)
    assert found.rules_current == {"spend": Given(-2, 0, 2)}


def test_history_before_the_stretch_is_folded_under_both() -> None:
    """A tier reached before the stretch under the candidate multiplies what is earned in it."""
    golden = (Tier("standard", {"en": "Standard"}), Tier("gold", {"en": "Gold"}, 50, 200))
    facts = visits(-5, -4, -3, 1)
    found = compare([("m1", facts)], book(VISIT, tiers=golden), book(DOUBLE, tiers=golden), START, END)
    assert (found.current, found.candidate) == (10, 40)
    assert found.tiers == {("standard", "gold"): 1}
    assert "tier gold instead of standard: 1 members" in found.lines()


def test_rungs_that_change_are_counted() -> None:
    """A programme that counts purchases leaves a visitor a prospect: it is told as a move from client."""
    by_purchase = Rulebook.single(Programme(About(2, "Test", "UTC"), rule=(VISIT,), rungs=Rungs(RungBasis.PURCHASES)), UTC)
    found = compare([("m1", visits(1, 2)), ("m2", visits(3))], book(VISIT), by_purchase, START, END)
    assert found.rungs == {("client", "prospect"): 1, ("buyer", "prospect"): 1}
    assert (found.changed, found.gains, found.losses) == (2, [], [])
    assert "rung prospect instead of client: 1 members" in found.lines()


def test_facts_that_fit_only_one_programme_are_told() -> None:
    """Receipts in another currency than the candidate's make no sense to it, and the sentences warn."""
    dear = Rulebook.single(Programme(About(2, "Test", "UTC", "EUR"), rule=(SPEND,)), UTC)
    found = compare([("m1", [bought(1, 500, "r1")])], book(SPEND), dear, START, END)
    assert (found.marks_current, found.marks_candidate) == (0, 1)
    assert "facts that make no sense: 0 now, 1 then" in found.lines()


def people(count: int) -> Iterator[tuple[str, list[Fact]]]:
    """Members who spent more and more, handed over one at a time."""
    for number in range(count):
        yield f"m{number:03}", [bought(1, 100 * number, f"r{number}")]


def test_the_largest_gains_and_losses_stand_first_and_no_more_than_twenty() -> None:
    """Of many members the twenty with most are kept, in order, and equals by name; the rest only in the sums."""
    found = compare(people(60), book(), book(SPEND), START, END)
    assert [each.points for each in found.gains] == list(range(59, 59 - TOP, -1))
    assert found.losses == []
    lost = compare(people(60), book(SPEND), book(), START, END)
    assert [each.points for each in lost.losses] == list(range(-59, -59 + TOP))
    assert (lost.members, lost.changed, lost.current) == (60, 59, sum(range(60)))
    equal = compare(((f"m{n:02}", visits(1)) for n in reversed(range(30))), book(), book(VISIT), START, END)
    assert [each.member for each in equal.gains] == [f"m{n:02}" for n in range(TOP)]


def test_an_empty_stretch_is_a_mistake() -> None:
    """Whoever asks about no time at all is told."""
    with pytest.raises(ValueError, match="stretch of time"):
        compare([], book(), book(), START, START)


@given(st.lists(st.tuples(st.lists(st.integers(-40, 40), max_size=8), st.integers(0, 2000)), max_size=4))
def test_sums_are_those_of_the_members(histories: list[tuple[list[int], int]]) -> None:
    """Totals are the sums over members and over rules, and each member's difference is that of their two balances over the stretch."""
    members = [(f"m{n}", [*visits(*sorted(set(days))), bought(3, amount, "r")]) for n, (days, amount) in enumerate(histories)]
    now, then = book(VISIT, SPEND), book(DOUBLE)
    found = compare(members, now, then, START, END)
    assert found.current == sum(given.points for given in found.rules_current.values())
    assert found.candidate == sum(given.points for given in found.rules_candidate.values())
    assert found.candidate - found.current == sum(each.points for each in (*found.gains, *found.losses))
    for side, total in ((now, found.current), (then, found.candidate)):
        earned = sum(
            fold(facts, side, at=END - 1).ledger.credited - fold(facts, side, at=START - 1).ledger.credited for _, facts in members
        )
        assert total == earned


def test_a_comparison_begins_empty() -> None:
    """Without members nothing is said but that."""
    assert Comparison("2026-01-01", "2026-01-31").lines()[0] == "2026-01-01 to 2026-01-31: 0 of 0 members would come out otherwise"
    assert date.fromisoformat(compare([], book(), book(), START, END).last) == date(2026, 11, 24)
