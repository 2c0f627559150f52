"""What points buy: what is offered to whom, what may be spent without the hub, what waits to be taken, and the code for the staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.account import advance, apply
from loyalty.account.reckoning import Reckoning
from loyalty.counter.person import Person
from loyalty.counter.redeeming import CODE_ALPHABET, Offer, Refusal, bill_points_max, may_redeem, offers, pickup_code, takeable
from loyalty.facts import ClubJoined, PerkGiven, PerkUsed, Redeemed
from loyalty.programme.ladder import Tier
from loyalty.programme.rules import HandOver, Perk, PerkKind, Redemption, Status
from loyalty.programme.saying import Club
from tests.builders import CARD, KYIV, NOON_MS, account, book, fact, programme

HOUR_MS = 3_600_000
TODAY = date(2026, 11, 22)
OLENA = Person("uk")


def reward(id_: str, cost: int, **more: Any) -> Perk:
    """A reward for sale."""
    given_: dict[str, Any] = {"kind": PerkKind.REWARD, "status": Status.ACTIVE, "cost_points": cost} | more
    return Perk(id_, title={"en": f"the {id_}", "uk": f"це {id_}"}, **given_)


def member(points: int, *perks: Perk, bodies: tuple[Any, ...] = (), **tables: Any) -> Reckoning:
    """A member with so many points at noon."""
    rules, known = book(KYIV, perk=perks, **tables), account(points)
    for number, body in enumerate(bodies, 1):
        apply(known, fact(number, body), rules)
    return advance(known, NOON_MS, rules)


def ids(now: Reckoning, person: Person | None = OLENA) -> list[tuple[str, int]]:
    """(perk, missing) of what is offered."""
    return [(offer.perk, offer.missing) for offer in offers(now, person)]


def test_offers_say_title_price_and_what_is_missing() -> None:
    """In the member's language."""
    assert offers(member(120, reward("cake", 150)), OLENA) == (Offer("cake", "це cake", 150, 30),)
    assert offers(member(120, reward("cake", 150)), None)[0].title == "the cake"


def test_a_perk_without_a_title_is_called_by_its_name() -> None:
    """Nothing on a screen is empty."""
    soft = replace(reward("seat", 0, kind=PerkKind.SOFT, hand_over=HandOver.TAP), title={})
    now = member(120, replace(reward("cake", 150), title={}), soft, bodies=(PerkGiven("m_1", "seat", "r1", "s1"),))
    assert (offers(now, OLENA)[0].title, takeable(now, OLENA)[0][1]) == ("cake", "seat")


def test_what_the_points_suffice_for_comes_first_then_the_cheapest() -> None:
    """A donation is for sale too; what is out of reach follows."""
    perks = (reward("car", 9000), reward("cake", 150), reward("trees", 100, kind=PerkKind.DONATION), reward("mug", 300))
    assert ids(member(150, *perks)) == [("trees", 0), ("cake", 0), ("mug", 150), ("car", 8850)]


def test_six_at_most_are_offered_and_those_within_reach_are_among_them() -> None:
    """The cheapest within reach."""
    assert [perk for perk, _ in ids(member(500, *(reward(f"p{each}", 100 * each) for each in range(9, 0, -1))))] == [
        f"p{each}" for each in range(1, 7)
    ]


NOT_OFFERED = [
    reward("draft", 150, status=Status.DRAFT),
    reward("soft", 150, kind=PerkKind.SOFT),
    reward("free", 0),
    reward("over", 150, ends=date(2026, 11, 21)),
    reward("later", 150, starts=date(2026, 11, 23)),
    reward("rung", 150, rungs=("advocate",)),
    reward("tier", 150, tiers=("gold",)),
    reward("club", 150, clubs=("tasters",)),
]


@pytest.mark.parametrize("perk", NOT_OFFERED, ids=lambda perk: perk.id)
def test_what_is_not_for_this_member_today_is_neither_offered_nor_sold(perk: Perk) -> None:
    """Each reason alone."""
    now = member(500, perk, tier=(Tier("standard", {"en": "S"}), Tier("gold", {"en": "G"}, 9)))
    assert ids(now) == []
    assert may_redeem(now, perk.id, True, NOON_MS, 0, 0) is Refusal.ENDED


def test_members_of_a_club_are_offered_what_is_theirs() -> None:
    """And nobody is offered a perk that the programme does not have."""
    clubs = (Club("tasters", {"en": "Tasters"}),)
    now = member(500, reward("club", 150, clubs=("tasters",)), bodies=(ClubJoined("m_1", "tasters"),), club=clubs)
    assert ids(now) == [("club", 0)]
    assert may_redeem(now, "club", True, 0, 0, 0) is None
    assert may_redeem(now, "gone", True, 0, 0, 0) is Refusal.ENDED


def test_what_costs_less_than_may_be_spent_at_once_cannot_be_bought() -> None:
    """The programme is told so when it is checked; a kiosk offers none of it."""
    now = member(500, reward("sweet", 99), reward("cake", 100))
    assert ids(now) == [("cake", 0)]
    assert may_redeem(now, "sweet", True, NOON_MS, 0, 0) is Refusal.TOO_FEW
    assert may_redeem(now, "cake", True, NOON_MS, 0, 0) is None


def test_who_hides_the_balance_is_offered_only_what_it_suffices_for() -> None:
    """What is missing would tell it."""
    assert ids(member(150, reward("cake", 150), reward("mug", 300)), replace(OLENA, hide_balance=True)) == [("cake", 0)]


def test_what_is_owed_cannot_be_spent() -> None:
    """The balance decides, not the points that lie there."""
    now = member(150, reward("cake", 150))
    now.account.ledger.owed = 1
    assert ids(now) == [("cake", 1)]
    assert may_redeem(now, "cake", True, NOON_MS, 0, 0) is Refusal.TOO_FEW


LIMITS = Redemption(offline_card_day_points=500, offline_kiosk_day_points=1000, offline_fresh_hours=72)
OFFLINE: list[tuple[str, int, bool, int, int, int, Refusal | None]] = [
    ("all is well", 1000, False, 0, 0, 0, None),
    ("too few", 149, False, 0, 0, 0, Refusal.TOO_FEW),
    ("too few though online", 149, True, 0, 0, 0, Refusal.TOO_FEW),
    ("just fresh", 1000, False, 72 * HOUR_MS, 0, 0, None),
    ("stale", 1000, False, 72 * HOUR_MS + 1, 0, 0, Refusal.STALE),
    ("a clock a little behind the hub's", 1000, False, -HOUR_MS, 0, 0, None),
    ("a clock set back", 1000, False, -HOUR_MS - 1, 0, 0, Refusal.STALE),
    ("stale before limits", 1000, False, 73 * HOUR_MS, 500, 0, Refusal.STALE),
    ("stale but online", 1000, True, 999 * HOUR_MS, 0, 0, None),
    ("card up to its limit", 1000, False, 0, 350, 350, None),
    ("card over", 1000, False, 0, 351, 351, Refusal.OFFLINE_LIMIT),
    ("kiosk up to its limit", 1000, False, 0, 0, 850, None),
    ("kiosk over", 1000, False, 0, 0, 851, Refusal.OFFLINE_LIMIT),
    ("over but online", 1000, True, 0, 9000, 9000, None),
]


@pytest.mark.parametrize(
    ("points", "online", "age_ms", "card", "kiosk", "refusal"), [row[1:] for row in OFFLINE], ids=[r[0] for r in OFFLINE]
)
def test_without_the_hub_only_so_much_is_spent_and_only_from_a_fresh_balance(
    points: int, online: bool, age_ms: int, card: int, kiosk: int, refusal: Refusal | None
) -> None:
    """For one card and one kiosk on a day, to the point; the hub's word makes all of that needless."""
    now = member(points, reward("cake", 150), redemption=LIMITS)
    assert may_redeem(now, "cake", online, NOON_MS - age_ms, card, kiosk) is refusal


def test_a_balance_the_hub_never_told_is_stale() -> None:
    """A card that only this kiosk knows buys nothing without the hub."""
    assert may_redeem(member(1000, reward("cake", 150)), "cake", False, 0, 0, 0) is Refusal.STALE


def test_spending_leaves_less_to_offer() -> None:
    """What was bought is gone from the balance."""
    now = member(300, reward("cake", 150), bodies=(Redeemed(200, card=CARD, perk="cake"),))
    assert ids(now) == [("cake", 50)]


def test_perks_to_take_at_the_kiosk_are_named_what_ends_first_in_front() -> None:
    """Those staff hand over, those used up and those taken at once are not among them."""
    tap: dict[str, Any] = {"kind": PerkKind.SOFT, "hand_over": HandOver.TAP}
    perks = (
        reward("long", 0, valid_days=30, **tap),
        reward("short", 0, valid_days=1, **tap),
        reward("used", 0, **tap),
        reward("staff", 0, kind=PerkKind.SOFT),
        reward("auto", 0, kind=PerkKind.SOFT, hand_over=HandOver.AUTO),
    )
    given_ = tuple(PerkGiven("m_1", perk.id, f"r-{perk.id}", "s1") for perk in perks)
    now = member(0, *perks, bodies=(*given_, PerkUsed("desk:r-used", card=CARD)))
    assert takeable(now, OLENA) == (("desk:r-short", "це short"), ("desk:r-long", "це long"))
    later = advance(now.account, NOON_MS + 24 * HOUR_MS, book(KYIV, perk=perks))
    assert takeable(later, None) == (("desk:r-long", "the long"),)
    assert takeable(advance(now.account, NOON_MS, book(KYIV)), OLENA) == ()


@pytest.mark.parametrize(
    ("bill_minor", "percent", "point_minor", "least", "points"),
    [
        (100_00, 50, 1, 100, 5000),
        (100_01, 50, 3, 100, 1666),
        (100_00, 100, 100, 100, 100),
        (99_99, 100, 100, 100, 0),
        (99_99, 100, 100, 1, 99),
        (100_00, 0, 1, 1, 0),
        (100_00, 50, 0, 1, 0),
        (-5, 50, 1, 1, 0),
        (0, 50, 1, 1, 0),
    ],
)
def test_points_pay_at_most_their_part_of_a_bill(bill_minor: int, percent: int, point_minor: int, least: int, points: int) -> None:
    """Rounded down; nothing below the least that can be spent at once, nothing where a point is worth nothing."""
    rules = programme(KYIV, redemption=Redemption(min_points=least, bill_percent_max=percent, point_minor=point_minor))
    assert bill_points_max(rules, bill_minor) == points


@given(st.text(max_size=80))
def test_a_code_is_four_signs_that_nobody_takes_for_another_and_always_the_same(text: str) -> None:
    """No 0, O, 1, I."""
    code = pickup_code(text)
    assert len(code) == 4
    assert set(code) <= set(CODE_ALPHABET) - set("0O1I")
    assert pickup_code(text) == code


def test_codes_of_different_facts_differ_nearly_always() -> None:
    """And they use the whole alphabet."""
    codes = {pickup_code(f"k1/aaaaaaaaaaaa/{number}") for number in range(1000)}
    assert len(codes) > 990
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert pickup_code("k1/aaaaaaaaaaaa/7") == "MKMG"
