"""Lots and what is taken from them, one movement at a time. Whole histories are in `tests/test_loyalty_properties.py`."""

from __future__ import annotations

import pytest

from loyalty.account.ledger import SPENDINGS_KEPT, Ledger
from loyalty.account.lots import Burnt, Lot, PendingLot
from loyalty.calendar import NEVER

DAY = 1000


def ledger(*lots: tuple[int, int]) -> Ledger:
    """A ledger with (last moment, points)."""
    made = Ledger()
    for expires, points in lots:
        made.credit(points, 0, expires)
    return made


def test_points_with_the_same_end_are_one_lot() -> None:
    """Lots stand in the order of their ends, whatever the order of the credits, and equal ends are one."""
    assert ledger((30, 1), (10, 2), (20, 3), (10, 4), (NEVER, 5)).lots == [Lot(10, 6), Lot(20, 3), Lot(30, 1), Lot(NEVER, 5)]


def test_deadlines_are_told_and_what_never_burns_is_none() -> None:
    """Every end is told with its points; lots without one are not."""
    assert ledger((20, 3), (NEVER, 5), (10, 1)).expiring() == [(10, 1), (20, 3)]


def test_a_credit_of_nothing_leaves_no_lot() -> None:
    """Zero points make no lot."""
    made = ledger((10, 0))
    assert (made.lots, made.credited, made.due) == ([], 0, NEVER)


def test_points_that_have_burnt_already_never_are_there() -> None:
    """Points whose last day has passed when they come are counted as credited and as expired."""
    made = Ledger()
    made.credit(5, 10, 10)
    assert (made.credited, made.expired, made.lots) == (5, 5, [])


def test_a_debit_takes_what_burns_first() -> None:
    """Points are taken from the soonest end on; what was taken is told lot by lot, and what was not there as a number."""
    made = ledger((30, 5), (10, 5))
    taken, missing = made.take(7)
    assert [(each.expires, each.points) for each in taken] == [(10, 5), (30, 2)]
    assert (missing, made.available) == (0, 3)
    assert made.take(7)[1] == 4


@pytest.mark.parametrize(("owe", "owed", "forgiven"), [(True, 4, 0), (False, 0, 4)])
def test_what_was_not_there_is_owed_or_forgiven(owe: bool, owed: int, forgiven: int) -> None:
    """A redemption beyond the balance is booked whole; the policy says who bears the rest."""
    made = ledger((10, 6))
    made.spend("a", 10, 1, owe)
    assert (made.spent, made.owed, made.forgiven, made.balance) == (10, owed, forgiven, -owed)


def test_what_comes_next_covers_what_is_owed() -> None:
    """A credit pays a debt first; what vests, is released or comes back does too, so that there is never a lot beside a debt."""
    made = ledger()
    made.spend("a", 10, 1, True)
    made.credit(4, 2, 100)
    assert (made.owed, made.available) == (6, 0)
    made.credit(10, 3, 100)
    assert (made.owed, made.available) == (0, 4)


def test_points_that_vest_cover_what_is_owed() -> None:
    """A debt made while points were waiting is paid when they vest."""
    made = Ledger()
    made.credit(10, 0, 100, "p", 50)
    made.spend("a", 4, 1, True)
    made.advance(50)
    assert (made.owed, made.lots) == (0, [Lot(100, 6)])


def test_undoing_a_redemption_that_was_owed_cancels_the_debt() -> None:
    """What was never paid for is simply not owed any more; what was paid meanwhile comes back as points for some days."""
    made = ledger()
    spending = made.spend("a", 10, 1, True)
    made.credit(3, 2, 100)
    made.undo(spending, 5, 60)
    assert (made.owed, made.spent, made.lots) == (0, 0, [Lot(60, 3)])


def test_undoing_what_the_shop_bore_gives_no_points() -> None:
    """Forgiven points were never the customer's."""
    made = ledger((100, 6))
    spending = made.spend("a", 10, 1, False)
    made.undo(spending, 5, 60)
    assert (made.forgiven, made.lots) == (0, [Lot(100, 6)])


def test_only_the_latest_redemptions_can_be_undone() -> None:
    """What can be undone is bounded, the oldest is let go of first."""
    made = ledger((NEVER, 1000))
    for number in range(SPENDINGS_KEPT + 1):
        made.spend(f"s-{number}", 1, number, True)
    assert list(made.spendings) == [f"s-{number}" for number in range(1, SPENDINGS_KEPT + 1)]


def test_points_are_set_aside_once_and_no_more_than_there_are() -> None:
    """A hold takes points out of what can be spent; a name in use or too many points change nothing."""
    made = ledger((10, 5))
    assert made.hold("h", 4, 9)
    before = (made.available, made.held, dict(made.holds))
    assert not made.hold("h", 1, 9)
    assert not made.hold("other", 2, 9)
    assert (made.available, made.held, dict(made.holds)) == before == (1, 4, before[2])


def test_what_was_held_is_spent_as_it_was_set_aside() -> None:
    """A capture spends exactly the points that were held, and can be undone like any redemption."""
    made = ledger((10, 5), (20, 5))
    made.hold("h", 7, 9)
    assert made.capture("h", "fact", 8, "cake") == 7
    assert (made.spent, made.held, made.spendings["fact"].perk) == (7, 0, "cake")
    made.undo(made.spendings["fact"], 12, 50)
    assert made.lots == [Lot(20, 5), Lot(50, 5)]


def test_a_hold_ends_by_itself_and_what_burnt_meanwhile_burns() -> None:
    """Points held beyond their last moment can still be captured until the hold ends; then they burn."""
    made = ledger((10, 5), (30, 1))
    made.hold("h", 5, 20)
    assert made.advance(19) == []
    assert made.held == 5
    assert made.advance(20) == [Burnt(20, 5)]
    assert (made.expired, made.available, made.due) == (5, 1, 30)


def test_a_clawback_takes_where_the_points_are() -> None:
    """First what still waits of that credit, then its lot, then others; never more than there is unless below zero is allowed."""
    made = Ledger()
    made.credit(5, 0, 20, "p", 15)
    made.credit(5, 0, 20)
    made.credit(5, 0, 10)
    assert made.claw("p", 20, 8, False, False) == 0
    assert (made.pending, made.lots) == ([], [Lot(10, 5), Lot(20, 2)])
    assert made.claw("p", 20, 4, False, False) == 0
    assert made.lots == [Lot(10, 3)]
    assert made.claw("p", 20, 4, False, False) == 1
    assert (made.clawed, made.forgiven) == (16, 1)
    assert made.claw("p", 20, 4, False, True) == 4
    assert made.balance == -4


def test_a_clawback_of_waiting_points_leaves_the_others_alone() -> None:
    """Where only pending points may be taken back, vested ones stay, and so do those of another credit that wait."""
    made = Ledger()
    made.credit(5, 0, 20, "p", 15)
    made.credit(5, 0, 20, "q", 15)
    made.credit(5, 0, 20)
    assert made.claw("p", 20, 8, True, False) == 3
    assert (made.waiting, made.available, made.forgiven) == (5, 5, 3)
    assert made.pending == [PendingLot(15, 20, "q", 5)]


def test_points_vest_when_their_day_comes() -> None:
    """What waits can be spent from its moment on, in the lot of its last day."""
    made = Ledger()
    made.credit(5, 0, 40, "p", 20)
    made.credit(3, 0, 30, "q", 10)
    assert made.due == 10
    made.advance(19)
    assert (made.available, made.waiting, made.due) == (3, 5, 20)
    made.advance(20)
    assert made.lots == [Lot(30, 3), Lot(40, 5)]


def test_points_that_wait_for_an_action_vest_by_name() -> None:
    """The action frees its own points, which end when it says; others go on waiting."""
    made = Ledger()
    made.credit(5, 0, 90, "p", 20)
    made.credit(5, 0, 90, "q", 20)
    assert made.vest("p", 50) == 5
    assert (made.lots, made.waiting) == ([Lot(50, 5)], 5)
    assert made.vest("p", 50) == 0


def test_everything_burns_when_nobody_came() -> None:
    """The end of patience burns what is there and what waits, once; what is set aside can be captured but not come back."""
    made = ledger((NEVER, 5))
    made.credit(3, 0, NEVER, "p", 90)
    made.hold("h", 2, 60)
    made.idle = made.due = 50
    assert made.advance(55) == [Burnt(50, 6)]
    assert (made.lots, made.pending, made.idle, made.held) == ([], [], NEVER, 2)
    assert made.advance(60) == [Burnt(60, 2)]
    assert (made.expired, made.credited) == (8, 8)


def test_nothing_to_burn_is_no_entry() -> None:
    """Patience that ends on an empty account leaves nothing to be told."""
    made = Ledger(idle=50, due=50)
    assert made.advance(50) == []
    assert made.due == NEVER


def test_a_debt_may_swallow_all_that_vests() -> None:
    """Where more is owed than vests, nothing is left to spend, and the rest is owed on."""
    made = Ledger()
    made.credit(10, 0, 100, "p", 50)
    made.spend("a", 25, 1, True)
    made.advance(50)
    assert (made.owed, made.lots, made.balance) == (15, [], -15)


def test_points_burn_at_their_moment_not_after_it() -> None:
    """What was taken from a lot that ends at the very moment of the undoing is reinstated; a moment earlier it goes back."""
    for at_ms, ends in ((99, 100), (100, 500)):
        made = ledger((100, 6))
        made.undo(made.spend("a", 6, 1, True), at_ms, 500)
        assert made.lots == [Lot(ends, 6)]


def test_each_burning_has_its_own_moment() -> None:
    """However far time jumps at once: a lot burns at its end, what waits vests before all burns, each told with its moment."""
    made = ledger((20, 5), (NEVER, 3))
    made.credit(4, 0, NEVER, "p", 30)
    made.idle = 50
    made.due = 20
    assert made.advance(90) == [Burnt(20, 5), Burnt(50, 7)]
    assert (made.available, made.waiting, made.expired) == (0, 0, 12)
