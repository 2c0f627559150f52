"""Gifts decided at the tap: once for what they are for, never promised for nothing, by a chance that can be checked; and the hub's days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.account import Account, advance, apply
from loyalty.account.reckoning import Reckoning
from loyalty.calendar import Calendar
from loyalty.counter.gifts import Present, gifts, hub_occasions, is_lucky, present_for
from loyalty.counter.person import Occasion, Person
from loyalty.document import read, write
from loyalty.facts import Granted, GreetingShown, PerkGiven, TierSet
from loyalty.programme import Programme
from loyalty.programme.ladder import Tier
from loyalty.programme.rules import HandOver, Once, Perk, PerkKind, Rule, Stacking, Status, Trigger
from loyalty.programme.saying import Greetings, Holiday
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, book, fact, local, programme, visit

TODAY = date(2026, 11, 22)  # a Sunday, like NOON_MS
BIRTHDAY = Rule("bd", Trigger.OCCASION, Status.ACTIVE, points=50, occasion="birthday")
SURPRISE = Rule("sur", Trigger.SURPRISE, Status.ACTIVE, points=5, one_in=1)
COFFEE = Perk("coffee", PerkKind.SOFT, {"en": "a coffee"}, Status.ACTIVE)
STRETCH = Occasion("birthday", TODAY.toordinal() - 3, TODAY.toordinal() + 3, "2026")
OLENA = Person("uk", "Олено", occasions=(STRETCH,))


class Shop:
    """One member and the programme; taps apply the visit and what the kiosk gives."""

    def __init__(self, *rules: Rule, member: str = "m_1", **tables: Any) -> None:
        self.book: Rulebook = book(KYIV, rule=rules, **tables)
        self.account, self.at, self.number = Account(member), NOON_MS, 0

    def do(self, body: Any, kiosk: str = "k1") -> None:
        """One more fact at the moment of the last."""
        self.number += 1
        apply(self.account, fact(self.number, body, self.at, kiosk), self.book)

    @property
    def now(self) -> Reckoning:
        """The account at this moment."""
        return advance(self.account, self.at, self.book)

    def tap(self, offset: int = 0, person: Person | None = OLENA, kiosk: str = "k1", surprises: int = 0, minutes: int = 0) -> list[str]:
        """A visit, what it gives, and a greeting; returns "rule period" for each gift."""
        self.at = NOON_MS + offset * DAY_MS + minutes * 60_000
        self.do(visit(), kiosk)
        found = gifts(self.now, person, kiosk, CARD, surprises)
        for gift in found:
            self.do(gift, kiosk)
        self.do(GreetingShown(CARD, GreetingKind.GRATITUDE), kiosk)
        return [f"{gift.rule} {gift.period}" for gift in found]


def test_a_birthday_gives_once_in_its_stretch() -> None:
    """At the first tap of it, on whichever day, and the points are there."""
    shop = Shop(BIRTHDAY)
    assert [shop.tap(offset) for offset in (-4, -3, -2, 3, 4)] == [[], ["bd 2026"], [], [], []]
    assert shop.account.ledger.balance == 50
    assert Shop(BIRTHDAY).tap(3) == ["bd 2026"]


def test_a_gift_is_a_fact_of_the_card_that_was_laid_down() -> None:
    """Rule and period say for what it can be granted once."""
    shop = Shop(BIRTHDAY)
    shop.do(visit())
    assert gifts(shop.now, OLENA, "k1", CARD, 0) == (Granted(CARD, "bd", "2026"),)


@pytest.mark.parametrize(
    ("rule", "person"),
    [
        (BIRTHDAY, None),
        (BIRTHDAY, Person("uk")),
        (BIRTHDAY, replace(OLENA, occasions=(replace(STRETCH, gift=False),))),
        (BIRTHDAY, replace(OLENA, occasions=(replace(STRETCH, id="half-birthday"),))),
        (replace(BIRTHDAY, status=Status.PAUSED), OLENA),
        (replace(BIRTHDAY, rungs=("advocate",)), OLENA),
        (replace(BIRTHDAY, kiosks=("k2",)), OLENA),
        (replace(BIRTHDAY, ends=TODAY - timedelta(days=1)), OLENA),
        (replace(BIRTHDAY, points=0, perk="gone"), OLENA),
        (replace(BIRTHDAY, points=0, perk="over"), OLENA),
    ],
    ids=["unknown", "no day", "no consent", "another day", "paused", "rung", "kiosk", "ended", "no perk", "perk over"],
)
def test_an_occasion_gives_nothing_where_something_speaks_against_it(rule: Rule, person: Person | None) -> None:
    """Each condition alone; nothing is written down that would use up the year for nothing."""
    shop = Shop(rule, perk=(replace(COFFEE, id="over", ends=TODAY - timedelta(days=1)),))
    assert shop.tap(person=person) == []


def test_a_rule_for_certain_kiosks_gives_at_those() -> None:
    """The kiosk is the one of the tap, not of the fact before."""
    assert Shop(replace(BIRTHDAY, kiosks=("k2",))).tap(kiosk="k2") == ["bd 2026"]


def test_of_gifts_that_exclude_each_other_one_is_given_and_the_other_never() -> None:
    """Not even at a later tap of the same stretch; one that stacks is given beside it."""
    alone = {"stacking": Stacking.EXCLUSIVE}
    shop = Shop(
        replace(BIRTHDAY, id="high", priority=200, once=Once.YEAR, **alone),
        replace(BIRTHDAY, id="beside", priority=150),
        replace(BIRTHDAY, id="low", priority=100, **alone),
    )
    assert [shop.tap(offset) for offset in (0, 1)] == [["high 2026", "beside 2026"], []]


def test_what_was_given_is_read_off_the_account() -> None:
    """Points and perk that are there; nothing before, nothing for another year, no perk taken back."""
    rule = replace(BIRTHDAY, perk="coffee")
    shop = Shop(rule, perk=(COFFEE,))
    assert present_for(shop.now, STRETCH) == Present()
    shop.tap()
    assert present_for(shop.now, STRETCH) == Present(50, "coffee")
    assert present_for(shop.now, replace(STRETCH, period="2027")) == Present()
    assert present_for(shop.now, replace(STRETCH, id="anniversary")) == Present()


def test_of_several_gifts_the_points_are_summed_and_the_first_perk_is_named() -> None:
    """A rule without a perk does not hide the one before it."""
    shop = Shop(replace(BIRTHDAY, perk="coffee"), replace(BIRTHDAY, id="more", points=7), perk=(COFFEE,))
    shop.tap()
    assert present_for(shop.now, STRETCH) == Present(57, "coffee")


def test_a_perk_is_told_as_a_gift_only_if_it_is_the_one_that_was_given_for_it() -> None:
    """Not the same perk from another day, nor another perk of the same moment, once the gift itself was taken back."""
    tea = Rule("tea", Trigger.VISIT, Status.ACTIVE, perk="tea")
    shop = Shop(replace(BIRTHDAY, perk="coffee"), tea, perk=(COFFEE, replace(COFFEE, id="tea")))
    shop.at -= DAY_MS
    shop.do(PerkGiven("m_1", "coffee", "r1", "s1"))
    shop.tap()
    (gift,) = (grant for grant in shop.account.perks.grants if grant.id.endswith(":bd"))
    gift.voided = True
    assert present_for(shop.now, STRETCH) == Present(50, "")


def test_points_that_a_limit_may_have_cut_are_not_told() -> None:
    """Better no number than a wrong one; and none at all where the rule gave nothing."""
    for limits in ({"member_points_max": 30}, {"card_day_points_max": 30}):
        shop = Shop(replace(BIRTHDAY, **limits))
        shop.tap()
        assert (shop.account.ledger.balance, present_for(shop.now, STRETCH)) == (30, Present())
    every_other = Shop(replace(BIRTHDAY, per=2))
    every_other.tap()
    assert (every_other.account.ledger.balance, present_for(every_other.now, STRETCH)) == (0, Present())


def test_a_perk_used_at_once_is_told_too() -> None:
    """It was given, though nothing of it is left."""
    shop = Shop(replace(BIRTHDAY, points=0, perk="coffee"), perk=(replace(COFFEE, hand_over=HandOver.AUTO),))
    shop.tap()
    assert present_for(shop.now, STRETCH) == Present(0, "coffee")


# --- surprises ---------------------------------------------------------------------------------------------------------


def test_a_surprise_comes_on_the_first_tap_of_a_day_only() -> None:
    """Its period is the day; a second tap brings nothing, the next day may."""
    shop = Shop(SURPRISE)
    assert [shop.tap(0), shop.tap(0, minutes=30), shop.tap(1)] == [["sur 2026-11-22"], [], ["sur 2026-11-23"]]


def test_a_second_tap_is_no_second_chance() -> None:
    """Even where the first could not give: another kiosk has not spent its number of surprises."""
    shop = Shop(replace(SURPRISE, kiosk_day_max=3))
    assert [shop.tap(surprises=3), shop.tap(kiosk="k2", minutes=30)] == [[], []]


def test_asking_again_before_the_greeting_gives_nothing_twice() -> None:
    """What is written down is given."""
    shop = Shop(SURPRISE)
    shop.do(visit())
    for gift in gifts(shop.now, None, "k1", CARD, 0):
        shop.do(gift)
    assert shop.account.ledger.balance == 5
    assert gifts(shop.now, None, "k1", CARD, 0) == ()


def test_the_day_of_a_surprise_is_the_shop_s() -> None:
    """Half past midnight in Kyiv is the next day, whatever it is in Greenwich."""
    shop = Shop(SURPRISE)
    shop.tap()
    assert shop.tap(minutes=12 * 60 + 30) == ["sur 2026-11-23"]


@pytest.mark.parametrize(("limit", "before", "given_"), [(0, 99, 2), (3, 3, 0), (3, 2, 1), (3, 1, 2)])
def test_a_kiosk_gives_so_many_surprises_on_a_day(limit: int, before: int, given_: int) -> None:
    """Two rules at one tap count as two; 0 is no limit."""
    shop = Shop(*(replace(SURPRISE, id=each, kiosk_day_max=limit) for each in ("one", "two")))
    assert len(shop.tap(surprises=before)) == given_


def test_of_surprises_that_exclude_each_other_one_is_given() -> None:
    """The first by priority; one that stacks is given beside it and opens nothing for the next."""
    one, two = (replace(SURPRISE, id=each, stacking=Stacking.EXCLUSIVE) for each in ("one", "two"))
    assert Shop(one, replace(SURPRISE, id="beside"), two).tap() == ["one 2026-11-22", "beside 2026-11-22"]


def test_nobody_unknown_is_surprised_and_those_held_out_are_not() -> None:
    """A member nobody knows gets none; of a hold-out of half, about half."""
    assert Shop(SURPRISE, member="").tap() == []
    lucky = [bool(Shop(replace(SURPRISE, hold_out_percent=50), member=f"m_{each}").tap()) for each in range(60)]
    assert 15 < sum(lucky) < 45


def test_a_surprise_that_has_nothing_to_give_or_is_not_meant_is_none() -> None:
    """No perk today, no chance named, another tier."""
    assert Shop(replace(SURPRISE, points=0, perk="gone")).tap() == []
    assert Shop(replace(SURPRISE, one_in=0)).tap() == []
    tiers = (Tier("standard", {"en": "S"}), Tier("gold", {"en": "G"}, 5))
    shop = Shop(replace(SURPRISE, tiers=("gold",)), tier=tiers)
    assert shop.tap() == []
    shop.do(TierSet("m_1", "gold", "2027-01-01", "s1", "why"))
    assert shop.tap(1) == ["sur 2026-11-23"]


def test_chance_is_one_in_so_many_and_always_the_same() -> None:
    """Over many members and days about a fortieth; a member's day does not change its mind, and rules differ."""
    rule = replace(SURPRISE, one_in=40)
    drawn = [(member, day_) for member in range(400) for day_ in range(20) if is_lucky(rule, f"m_{member}", f"2026-11-{day_:02}")]
    assert 140 < len(drawn) < 260
    assert len({member for member, _ in drawn}) > 100
    assert drawn == [pair for pair in drawn if is_lucky(rule, f"m_{pair[0]}", f"2026-11-{pair[1]:02}")]
    other = replace(rule, id="other")
    assert not all(is_lucky(other, f"m_{member}", f"2026-11-{day_:02}") for member, day_ in drawn)


def test_a_rule_once_a_month_surprises_once_a_month() -> None:
    """Its own limits hold at the tap."""
    shop = Shop(replace(SURPRISE, once=Once.MONTH))
    assert [bool(shop.tap(offset)) for offset in (0, 1, 8, 9)] == [True, False, False, True]


# --- the hub's days ----------------------------------------------------------------------------------------------------


def days_of(today: date, born: tuple[int, int] | None = None, rules: Programme | None = None, **more: Any) -> list[Occasion]:
    """The occasions of a member who set the birthday long ago, with consent."""
    given_ = {"born_set_ms": 1, "born_consent": True, "enrolled_ms": 0, "profession": ""} | more
    return list(hub_occasions(rules or programme(KYIV), Calendar(KYIV), today.toordinal(), born, **given_))


def spans(found: list[Occasion]) -> list[tuple[str, str, str, str]]:
    """(id, first, last, period)."""
    return [(each.id, str(date.fromordinal(each.first)), str(date.fromordinal(each.last)), each.period) for each in found]


BIRTHDAYS: list[tuple[date, tuple[int, int], list[tuple[str, str, str, str]]]] = [
    (date(2026, 11, 22), (11, 25), [("birthday", "2026-11-22", "2026-11-28", "2026")]),
    (date(2026, 11, 22), (11, 19), [("birthday", "2026-11-16", "2026-11-22", "2026")]),
    (date(2026, 11, 22), (11, 18), []),
    (date(2026, 12, 30), (1, 2), [("birthday", "2026-12-30", "2027-01-05", "2027")]),
    (date(2027, 1, 2), (12, 31), [("birthday", "2026-12-28", "2027-01-03", "2026")]),
    (date(2026, 2, 1), (2, 29), [("birthday", "2026-02-25", "2026-03-03", "2026")]),
    (date(2028, 2, 1), (2, 29), [("birthday", "2028-02-26", "2028-03-03", "2028")]),
    (date(2026, 9, 1), (5, 1), [("half-birthday", "2026-10-29", "2026-11-04", "2026")]),
    (date(2026, 2, 1), (8, 31), [("half-birthday", "2026-02-25", "2026-03-03", "2026")]),
    (date(2026, 12, 1), (7, 10), [("half-birthday", "2027-01-07", "2027-01-13", "2027")]),
    (date(2026, 9, 23), (11, 25), [("birthday", "2026-11-22", "2026-11-28", "2026")]),
    (date(2026, 9, 22), (11, 25), []),
]


@pytest.mark.parametrize(("today", "born", "expected"), BIRTHDAYS)
def test_a_birthday_is_a_stretch_that_belongs_to_the_year_of_the_day_itself(
    today: date, born: tuple[int, int], expected: list[tuple[str, str, str, str]]
) -> None:
    """Three days before and after, over New Year too; 29 February is kept on the 28th; told sixty days ahead and while it runs."""
    assert spans(days_of(today, born)) == expected


@pytest.mark.parametrize(
    ("set_on", "consent", "gift"),
    [
        (date(2026, 10, 26), True, True),
        (date(2026, 10, 27), True, False),
        (date(2026, 11, 24), True, False),
        (date(2020, 1, 1), False, False),
        (date(2026, 11, 26), True, False),
    ],
    ids=["thirty days before", "twenty-nine", "the day before", "no consent", "the day after"],
)
def test_a_birthday_set_just_before_it_or_without_consent_brings_no_gift(set_on: date, consent: bool, gift: bool) -> None:
    """It is greeted all the same."""
    set_ms = local(KYIV, set_on.year, set_on.month, set_on.day, 12)
    (found,) = days_of(TODAY, (11, 25), born_set_ms=set_ms, born_consent=consent)
    assert found.gift is gift


def test_the_stretch_and_the_lock_are_the_programme_s() -> None:
    """No days around, no lock: the day itself, with a gift although it was set on that day."""
    rules = programme(KYIV, greetings=Greetings(birthday_days=0, birthday_lock_days=0))
    (found,) = days_of(TODAY, (11, 22), rules, born_set_ms=NOON_MS)
    assert (found.first, found.last, found.gift) == (TODAY.toordinal(), TODAY.toordinal(), True)


def test_an_anniversary_counts_whole_years_of_membership() -> None:
    """None in the first year; by the shop's day on which somebody joined."""
    joined = local(KYIV, 2024, 11, 25, 0, 30)
    (found,) = days_of(TODAY, enrolled_ms=joined, born_consent=False)
    assert (found.id, found.count, found.period, found.gift) == ("anniversary", 2, "2026", True)
    assert days_of(date(2024, 11, 22), enrolled_ms=joined) == []
    leap = local(KYIV, 2024, 2, 29, 12)
    assert spans(days_of(date(2026, 2, 28), enrolled_ms=leap)) == [("anniversary", "2026-02-25", "2026-03-03", "2026")]


HOLIDAYS = (
    Holiday("teachers", {"en": "T"}, "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU", 2, "teacher"),
    Holiday("christmas", {"en": "C"}, "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26"),
    Holiday("new-year", {"en": "N"}, "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", 1),
)


def test_holidays_are_stretches_and_professional_ones_are_for_their_people() -> None:
    """One stretch for several days of the same year; the year is that of the holiday itself."""
    rules = programme(KYIV, holiday=HOLIDAYS)
    christmas, new_year = ("christmas", "2026-12-24", "2026-12-26", "2026"), ("new-year", "2026-12-31", "2027-01-02", "2027")
    assert spans(days_of(TODAY, rules=rules, profession="doctor")) == [christmas, new_year]
    assert spans(days_of(date(2026, 12, 26), rules=rules)) == [("christmas", "2026-12-26", "2026-12-26", "2026"), new_year]
    teachers = ("teachers", "2026-10-02", "2026-10-06", "2026")
    for today in (date(2026, 8, 3), date(2026, 10, 6)):
        assert spans(days_of(today, rules=rules, profession="teacher"))[0] == teachers
    assert days_of(date(2026, 8, 2), rules=rules, profession="teacher") == []
    assert days_of(date(2026, 8, 3), rules=rules) == []


def test_days_of_a_holiday_that_do_not_follow_one_another_are_stretches_of_their_own() -> None:
    """Nor are those of two years one stretch, though they touch."""
    apart = Holiday("apart", {"en": "A"}, "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1,3,4")
    assert [span[1:3] for span in spans(days_of(TODAY, rules=programme(KYIV, holiday=(apart,))))] == [
        ("2026-12-01", "2026-12-01"),
        ("2026-12-03", "2026-12-04"),
    ]
    turn = Holiday("turn", {"en": "T"}, "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=1,31")
    found = days_of(date(2026, 12, 20), rules=programme(KYIV, holiday=(turn,)))
    assert [span[1:] for span in spans(found)] == [
        ("2026-12-31", "2026-12-31", "2026"),
        ("2027-01-01", "2027-01-01", "2027"),
        ("2027-01-31", "2027-01-31", "2027"),
    ]
    assert all(each.gift for each in found)


def test_the_own_days_come_first_and_never_more_than_a_person_holds() -> None:
    """A calendar full of holidays pushes no birthday out."""
    many = tuple(Holiday(f"h{each}", {"en": "H"}, f"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY={each}") for each in range(1, 31))
    found = days_of(TODAY, (12, 31), programme(KYIV, holiday=many))
    assert (found[0].id, len(found), found[1].id, found[-1].id) == ("birthday", 16, "h1", "h15")


@settings(max_examples=200, deadline=None)
@given(
    today=st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    born=st.dates(date(2000, 1, 1), date(2000, 12, 31)),
    joined=st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    days=st.integers(0, 14),
)
def test_any_day_gives_stretches_that_a_person_can_hold(today: date, born: date, joined: date, days: int) -> None:
    """Near in time, right in length, each id and period once, and readable from a document."""
    rules = programme(KYIV, greetings=Greetings(birthday_days=days), holiday=HOLIDAYS)
    joined_ms = local(KYIV, joined.year, joined.month, joined.day, 12)
    found = days_of(today, (born.month, born.day), rules, enrolled_ms=joined_ms, profession="teacher")
    assert all(each.last >= today.toordinal() and each.first <= today.toordinal() + 60 for each in found)
    own = [each for each in found if each.id in ("birthday", "half-birthday", "anniversary")]
    assert all(each.last - each.first == 2 * days for each in own)
    assert len({(each.id, each.period) for each in found}) == len(found)
    person = Person("uk", occasions=tuple(found))
    assert read(Person, write(person)) == person
