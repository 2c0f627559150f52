"""A fold that goes on from a snapshot ends where the fold of all facts ends, whatever comes late and whichever rules change meanwhile."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.folding import as_of, kept, read, refold, rules_until
from hub.records import Snapshot
from loyalty.account import Account, fold
from loyalty.facts import ClockQuality, Fact, FactId, OpeningBalance
from loyalty.programme.rules import Once, Rule, Status, Trigger
from loyalty.rulebook import Closing, Rulebook
from tests.hub_builders import BOOT, DAY, EPOCH_A, NOON, TIERS, TILL, TILL_RULES, ZONE, programme, visit
from tests.hub_worlds import Happening, happenings

LATER = programme(
    *(replace(rule, status=Status.PAUSED) if rule.id == "spend" else rule for rule in TILL_RULES),
    Rule("more", Trigger.VISIT, Status.ACTIVE, points=3, once=Once.WEEK),
    version=2,
    tier=TIERS,
)
closings = st.builds(
    Closing,
    st.sampled_from(["visit", "limited", "slow"]),
    st.sampled_from(["", "k-1"]),
    st.integers(NOON - 100 * DAY, NOON),
    st.integers(NOON - 50 * DAY, NOON + DAY),
)
batches = st.lists(st.tuples(st.lists(happenings, min_size=1, max_size=4), st.lists(closings, max_size=1)), max_size=8)


def about_one(happened: list[Happening], first: int) -> list[Fact]:
    """Facts from happenings, all of them taken to be about one member."""
    return [
        Fact(FactId(each.kiosk or "hub", EPOCH_A, number), each.at_ms, 0, BOOT, ClockQuality.NTP, each.body)
        for number, each in enumerate(happened, start=first)
    ]


def visit_at(number: int, at_ms: int) -> Fact:
    return Fact(FactId("k-1", EPOCH_A, number), at_ms, 0, BOOT, ClockQuality.NTP, visit())


def never() -> list[Fact]:
    raise AssertionError("the facts were asked for")


@settings(max_examples=300, deadline=None)
@given(batches, st.integers(NOON - 100 * DAY, NOON))
def test_going_on_is_folding_anew(told: list[tuple[list[Happening], list[Closing]]], edition_ms: int) -> None:
    """After each batch, in any order of time, with closings and a new edition between them, the account is the fold of all facts."""
    book = Rulebook(TILL.editions, ZONE)
    held: Snapshot | None = None
    everything: list[Fact] = []
    for turn, (happened, closed) in enumerate(told):
        facts = about_one(happened, len(everything) + 1)
        everything += facts
        editions = [*book.editions, (edition_ms, LATER)] if turn == 4 else book.editions
        book = Rulebook(editions, ZONE, (*book.closed, *closed))
        folded = refold("m_1", held, facts, everything.copy, book)
        held = folded.snapshot
        assert folded.account == read(held) == fold(everything, book, "m_1")


def test_facts_in_order_ask_for_no_older_ones() -> None:
    """A fact after the last one is reckoned on top of the snapshot; one before it makes the fold begin anew."""
    first = refold("m_1", None, [visit_at(1, NOON)], lambda: [visit_at(1, NOON)], TILL)
    assert first.anew
    second = refold("m_1", first.snapshot, [visit_at(2, NOON + DAY)], never, TILL)
    assert (second.anew, second.account.footfall.visit_days) == (False, 2)
    three = [visit_at(1, NOON), visit_at(2, NOON + DAY), visit_at(3, NOON - DAY)]
    third = refold("m_1", second.snapshot, three[2:], lambda: three, TILL)
    assert (third.anew, third.account.footfall.visit_days) == (True, 3)


def test_a_later_edition_or_closing_costs_no_fold() -> None:
    """What came into force after the last fact leaves the snapshot as good as it was; what reaches back does not."""
    held = refold("m_1", None, [visit_at(1, NOON)], lambda: [visit_at(1, NOON)], TILL).snapshot
    later = Rulebook([*TILL.editions, (NOON + 1, LATER)], ZONE, [Closing("visit", "", NOON + 1, NOON + 2)])
    assert rules_until(later, NOON) == held.rules
    assert not refold("m_1", held, [visit_at(2, NOON + DAY)], never, later).anew
    back = Rulebook([*TILL.editions, (NOON, LATER)], ZONE)
    closed = Rulebook(TILL.editions, ZONE, [Closing("visit", "", NOON, NOON + 2)])
    assert len({held.rules, rules_until(back, NOON), rules_until(closed, NOON)}) == 3


def test_a_snapshot_of_another_version_is_not_believed() -> None:
    """A snapshot that cannot be read is made anew from all facts."""
    held = refold("m_1", None, [visit_at(1, NOON)], lambda: [visit_at(1, NOON)], TILL).snapshot
    foreign = replace(held, text='{"footfall": {"visit_days": "many"}}')
    again = refold("m_1", foreign, [], lambda: [visit_at(1, NOON)], TILL)
    assert (again.anew, again.snapshot) == (True, held)


def test_only_new_facts_are_said_to_give_something() -> None:
    """Gifts are those of the new facts, by rule with points, and perks beside; a fold anew does not repeat the old ones."""
    old, new = visit_at(1, NOON - DAY), visit_at(2, NOON)
    gifts = refold("m_1", None, [new], lambda: [old, new], TILL).gifts
    assert {(gift.fact.id.number, gift.rule, gift.points, gift.perk) for gift in gifts} == {(2, "visit", 10, ""), (2, "limited", 5, "")}
    gifts = refold("m_1", None, [old], lambda: [old], TILL).gifts
    assert {(gift.rule, gift.perk) for gift in gifts} == {("visit", ""), ("limited", ""), ("cookie", ""), ("", "cookie")}


def test_time_passes_on_a_copy() -> None:
    """Looking at an account as of a later moment burns points there and leaves the account as it was."""
    opening = Fact(FactId("hub", EPOCH_A, 1), NOON, 0, BOOT, ClockQuality.NTP, OpeningBalance("m_1", 50, "2026-10-01"))
    account = fold([opening], TILL, "m_1")
    before = kept(account, TILL)
    assert as_of(before, NOON + 60 * DAY, TILL).ledger.balance == 0
    assert (kept(account, TILL), account.ledger.balance) == (before, 50)


def test_an_empty_account_can_be_kept() -> None:
    """A member about whom nothing happened has a snapshot like everybody, and goes on from it."""
    empty = refold("m_1", None, [], list, TILL)
    assert empty.account == Account("m_1")
    assert not refold("m_1", empty.snapshot, [visit_at(1, NOON)], never, TILL).anew
