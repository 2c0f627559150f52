"""The ledger: whatever order facts come in and however often, a member has one balance, and a key is earned once."""

from __future__ import annotations

from datetime import UTC, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.facts import Body, Face, Fact, StoreRecovered, Unknown
from loyalty.ledger import Account, Entry, entry_of, fold
from tests.builders import CARD, DAY_MS, KYIV, NEXT_EPOCH, NOON_MS, OTHER_CARD, TODAY, fact, local, programme, rating, reason, visit

BODIES = st.sampled_from([visit(), visit(OTHER_CARD), rating(), reason(), StoreRecovered("x"), Unknown("later", {"card": CARD})])
FACTS = st.lists(
    st.builds(
        fact,
        number=st.integers(1, 8),
        body=BODIES,
        at_ms=st.integers(NOON_MS - 2 * DAY_MS, NOON_MS + 2 * DAY_MS),
        kiosk=st.sampled_from(["k1", "k2", "k3"]),
        epoch=st.sampled_from(["aaaaaaaaaaaa", NEXT_EPOCH]),
        effective_ms=st.none() | st.integers(NOON_MS - 2 * DAY_MS, NOON_MS + 2 * DAY_MS),
    ),
    unique_by=lambda each: each.id,
    max_size=25,
)


@given(FACTS, st.data())
def test_order_and_repetition_change_nothing(facts: list[Fact], data: st.DataObject) -> None:
    """Facts of several kiosks, shuffled and repeated, fold to the same account, down to which fact earned what."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=15)) if facts else []
    shuffled = data.draw(st.permutations([*facts, *again]))
    assert fold(shuffled, programme(KYIV)) == fold(facts, programme(KYIV))


@given(FACTS)
def test_the_balance_is_days_visited_and_days_rated(facts: list[Fact]) -> None:
    """Each business day with a visit and each with a rating earns once: counted here in another way than the fold does."""
    rules = programme(KYIV)
    visited = {rules.day_of(each.when_ms) for each in facts if each.body in (visit(), visit(OTHER_CARD))}
    rated = {rules.day_of(each.when_ms) for each in facts if each.body == rating()}
    account = fold(facts, rules)
    assert account.balance == 10 * len(visited) + 2 * len(rated)
    assert account.facts == len(facts)


@given(FACTS)
def test_the_first_fact_of_a_key_earns_it(facts: list[Fact]) -> None:
    """Of several facts with one key the first in the total order counts, and only it."""
    rules = programme(KYIV)
    account = fold(facts, rules)
    for key, (earner, points) in account.earned.items():
        rivals = [each for each in facts if entry_of(each, rules) == Entry(key, points)]
        assert earner == min(rivals, key=lambda each: each.order).id


@given(FACTS, FACTS)
def test_points_once_earned_are_never_lost_to_a_late_fact(known: list[Fact], late: list[Fact]) -> None:
    """Facts that come late can only add points: nobody's balance falls because another kiosk was offline."""
    both = list({each.id: each for each in [*late, *known]}.values())
    assert fold(both, programme()).balance >= fold(known, programme()).balance


def test_two_kiosks_serve_one_day_once() -> None:
    """A member who taps at two kiosks on one day gets the day's points once, by the earlier tap."""
    account = fold([fact(1, at_ms=NOON_MS + 5, kiosk="k1"), fact(1, at_ms=NOON_MS, kiosk="k2")], programme())
    assert account.balance == 10
    assert account.earned == {f"visit/{TODAY}": (fact(1, kiosk="k2").id, 10)}
    assert account.facts == 2


def test_a_face_earns_whatever_it_says() -> None:
    """Thanks for a rating do not depend on the face, are once a day, and add to the visit."""
    for face in (Face.VERY_BAD, Face.VERY_GOOD):
        assert fold([fact(1), fact(2, rating(face=face)), fact(3, rating())], programme()).balance == 12


@pytest.mark.parametrize("body", [reason(), StoreRecovered("x"), Unknown("visit.v2", {"card": CARD})])
def test_other_facts_earn_nothing(body: Body) -> None:
    """A reason, a word about the store and a fact of an unknown type are counted as facts, not as points."""
    account = fold([fact(body=body)], programme())
    assert (account.balance, account.facts) == (0, 1)


def test_a_zero_programme_still_remembers_its_keys() -> None:
    """A shop that gives no points for a visit still knows that the day was earned."""
    account = fold([fact()], programme(visit_points=0))
    assert account.balance == 0
    assert list(account.earned) == [f"visit/{TODAY}"]


def test_nothing_is_an_empty_account() -> None:
    """A member without facts has no points, and the account says so without a special case."""
    assert fold([], programme()) == Account()
    assert Account().balance == 0


DAYS = [
    (UTC, (2026, 11, 22, 23, 59, 59), "2026-11-22"),
    (UTC, (2026, 11, 23, 0, 0, 0), "2026-11-23"),
    (KYIV, (2026, 11, 22, 0, 0, 0), "2026-11-22"),
    (KYIV, (2026, 11, 22, 23, 59, 59), "2026-11-22"),
    (KYIV, (2026, 3, 29, 2, 59, 59), "2026-03-29"),  # an hour is missing after this second
    (KYIV, (2026, 3, 29, 4, 0, 0), "2026-03-29"),
    (KYIV, (2026, 7, 1, 0, 30, 0), "2026-07-01"),  # 21:30 UTC of the day before: summer time
    (KYIV, (2026, 10, 25, 23, 59, 59), "2026-10-25"),
]


@pytest.mark.parametrize(("zone", "clock", "day"), DAYS)
def test_a_day_begins_and_ends_at_the_shops_midnight(zone: tzinfo, clock: tuple[int, int, int, int, int, int], day: str) -> None:
    """The business day is that of the programme's zone, also where summer time begins and ends."""
    entry = entry_of(fact(at_ms=local(zone, *clock)), programme(zone))
    assert entry == Entry(f"visit/{day}", 10)


def test_the_last_millisecond_belongs_to_its_day() -> None:
    """No rounding carries the last millisecond of a day into the next."""
    midnight = local(KYIV, 2026, 11, 23)
    assert programme(KYIV).day_of(midnight - 1).isoformat() == "2026-11-22"
    assert programme(KYIV).day_of(midnight).isoformat() == "2026-11-23"


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 22), 24)])
def test_days_of_23_and_25_hours_are_one_day(day: tuple[int, int, int], hours: int) -> None:
    """Where the clock is put forward or back the day is shorter or longer, has one key all through, and the next begins after it."""
    year, month, date = day
    begin = local(KYIV, year, month, date)
    rules = programme(KYIV)
    length_ms = hours * 3_600_000
    assert {rules.day_of(begin + hour * 3_600_000).day for hour in range(hours)} == {date}
    assert rules.day_of(begin + length_ms - 1).day == date
    assert rules.day_of(begin + length_ms).day == date + 1
    assert fold([fact(1, at_ms=begin), fact(2, at_ms=begin + length_ms - 1), fact(3, at_ms=begin + length_ms)], rules).balance == 20


def test_the_hour_that_comes_twice_is_one_day() -> None:
    """Both half past three of the night on which the clock is put back belong to the same business day."""
    first, second = (local(KYIV, 2026, 10, 25, 3, 30, fold=fold_) for fold_ in (0, 1))
    assert second - first == 3_600_000
    assert fold([fact(1, at_ms=first), fact(2, at_ms=second)], programme(KYIV)).balance == 10


def test_keys_of_the_last_days_are_told_sorted() -> None:
    """`earned_since` names the keys of a day and later, of visits and thanks alike, in a fixed order."""
    facts = [fact(1, at_ms=NOON_MS - DAY_MS), fact(2), fact(3, rating()), fact(4, rating(), at_ms=NOON_MS - 2 * DAY_MS)]
    account = fold(facts, programme())
    assert account.earned_since(TODAY) == (f"thanks/{TODAY}", f"visit/{TODAY}")
    assert account.earned_since("2026-11-21") == (f"thanks/{TODAY}", "visit/2026-11-21", f"visit/{TODAY}")
    assert account.earned_since("2026-11-23") == ()
    assert len(account.earned_since("")) == 4
