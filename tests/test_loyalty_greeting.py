"""What is said at a tap: each kind when it is due and not otherwise, one main thing, thanks often enough, and the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from gettext import NullTranslations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display.words import Words
from loyalty.account import Account, advance, apply, restore, snapshot
from loyalty.account.portable import portable
from loyalty.account.reckoning import Reckoning
from loyalty.counter.candidates import RECOVERY_AFTER_MS, ideas
from loyalty.counter.gifts import gifts
from loyalty.counter.greeting import SHIPPED_POOL, Candidate, Choice, choose
from loyalty.counter.ideas import Tap
from loyalty.counter.person import Letter, Occasion, Person
from loyalty.facts import (
    Adjusted,
    AssistRequested,
    Body,
    CaseAnswered,
    CaseOpened,
    CaseSource,
    CaseStep,
    CaseStepped,
    ConsentGiven,
    ConsentMethod,
    ConsentWithdrawn,
    Converted,
    Enrolled,
    Face,
    GreetingShown,
    NoteShown,
    NoteWritten,
    OpeningBalance,
    PerkGiven,
    Purpose,
    Reason,
    ReasonCode,
    Redeemed,
    TierSet,
)
from loyalty.programme.ladder import Basis, Rungs, Tier, TierScheme
from loyalty.programme.rules import Expiry, ExpiryPolicy, Perk, PerkKind, Rule, Status, Trigger
from loyalty.programme.saying import Campaign, Goal, Greeting, Greetings, Holiday
from loyalty.said import GreetingKind, Said
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, book, fact, rating, visit

KIND = GreetingKind
TODAY = date(2026, 11, 22)  # day 0, a Sunday
MONDAY = 1  # the day after
OLENA = Person("uk", "Олено")
QUIET = (Greeting(KIND.SECOND_VISIT, off=True), Greeting(KIND.WELCOME, off=True), Greeting(KIND.PROMOTION, off=True))
COFFEE = Perk("coffee", PerkKind.SOFT, {"en": "a coffee", "uk": "кава"}, Status.ACTIVE)
TIERS = (Tier("standard", {"en": "Standard"}), Tier("gold", {"en": "Gold", "uk": "Золото"}, 3))
VISIT_TIERS: dict[str, Any] = {"tier": TIERS, "tiers": TierScheme(Basis.VISITS)}


def day(offset: int) -> int:
    """Ordinal of a day counted from today."""
    return TODAY.toordinal() + offset


class Member:
    """A member of a shop in Kyiv: facts one after another, and at each tap what the kiosk says, which it writes down."""

    def __init__(self, person: Person | None = OLENA, member: str = "m_1", **tables: Any) -> None:
        self.person, self.book = person, book(KYIV, **tables)
        self.account, self.number, self.at = Account(member), 0, NOON_MS

    def do(self, body: Body, offset: int = 0, minutes: int = 0, card_of: str = "k1") -> str:
        """A fact so many days and minutes after noon of day 0; its id."""
        self.number += 1
        self.at = max(self.at, NOON_MS + offset * DAY_MS + minutes * 60_000)
        apply(self.account, fact(self.number, body, self.at, card_of), self.book)
        return f"{card_of}/aaaaaaaaaaaa/{self.number}"

    @property
    def now(self) -> Reckoning:
        """The account as of the last fact."""
        return advance(self.account, self.at, self.book)

    def look(self, **more: Any) -> Choice:
        """What would be said now."""
        return choose(self.now, self.person, **more)

    def tap(self, offset: int = 0, minutes: int = 0, **more: Any) -> Choice:
        """A visit: gifts are decided, something is chosen and written down, all at one moment."""
        self.do(visit(), offset, minutes)
        for gift in gifts(self.now, self.person, "k1", CARD, 0):
            self.do(gift)
        choice = self.look(**more)
        for said in (choice.main, choice.second):
            if said is not None:
                self.do(GreetingShown(CARD, said.kind, said.about, said.variant, choice.offer))
                if said.kind in (KIND.NOTE, KIND.WE_DID):
                    self.do(NoteShown(CARD, said.about))
        return choice

    def days(self, *offsets: int) -> Choice:
        """Visits on these days; what was said on the last."""
        return [self.tap(offset) for offset in offsets][-1]


def of(choice: Choice, kind: GreetingKind) -> Candidate:
    """The first candidate of a kind."""
    return next(each for each in choice.candidates if each.kind is kind)


def main(choice: Choice) -> Said:
    """The main thing said."""
    assert choice.main is not None
    return choice.main


def kinds(choice: Choice) -> tuple[GreetingKind | None, GreetingKind | None]:
    """Kinds of the main thing and of the second."""
    return choice.main.kind if choice.main else None, choice.second.kind if choice.second else None


def occasion(id_: str, first: int = 0, last: int = 0, period: str = "2026", count: int = 0) -> Occasion:
    """Days, counted from today."""
    return Occasion(id_, day(first), day(last), period, count=count)


# --- the kinds ---------------------------------------------------------------------------------------------------------


def _blocked() -> Choice:
    return Member().tap(card_blocked=True)


def _complained() -> Choice:
    member = Member()
    member.do(visit())
    member.do(rating(face=Face.BAD))
    return member.tap(1)


def _noted() -> Choice:
    member = Member(replace(OLENA, letters=(Letter("n1", "Ваша парасолька в нас", "Марина"),)))
    member.do(NoteWritten("m_1", "n1", "s1"))
    return member.tap()


def _gone_up() -> Choice:
    member = Member(**VISIT_TIERS, greeting=(Greeting(KIND.SECOND_VISIT, off=True),), rungs=Rungs())
    member.account.rung.told = "client"
    return member.days(0, 1, 2)


def _burning() -> Choice:
    member = Member(greeting=QUIET)
    member.do(OpeningBalance("m_1", 120, "2026-11-28"))
    return member.tap()


def _back() -> Choice:
    return Member(greeting=QUIET).days(0, 60)


def _answered() -> Choice:
    member = Member(replace(OLENA, letters=(Letter("n1", "тепер є вівсяне молоко", "Марина", "quality"),)), greeting=QUIET)
    member.do(Reason(CARD, 1, ReasonCode.QUALITY))
    member.do(NoteWritten("m_1", "n1", "s1", "quality"), 1)
    return member.tap(2)


def _campaign(id_: str = "cake", goal: Goal = Goal.RETAIN, **more: Any) -> Campaign:
    given = {"text": {"en": "Cake week", "uk": "Тиждень тортів"}} | more
    return Campaign(id_, goal, date(2026, 11, 1), date(2027, 12, 31), **given)


def _campaigned() -> Choice:
    return Member(greeting=QUIET, campaign=(_campaign(),)).tap()


def _with_days(*occasions: Occasion, **tables: Any) -> Choice:
    return Member(replace(OLENA, occasions=occasions), **{"greeting": QUIET} | tables).tap()


TEACHERS = Holiday("teachers", {"en": "Teachers’ Day", "uk": "День учителя"}, "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU")
SAID: dict[str, tuple[Callable[[], Choice], Said]] = {
    "card": (_blocked, Said(KIND.CARD)),
    "recovery": (_complained, Said(KIND.RECOVERY, "k1/aaaaaaaaaaaa/2")),
    "note": (_noted, Said(KIND.NOTE, "n1", word="Ваша парасолька в нас", by="Марина")),
    "welcome": (lambda: Member().tap(), Said(KIND.WELCOME)),
    "birthday": (lambda: _with_days(occasion("birthday")), Said(KIND.BIRTHDAY, "2026")),
    "holiday": (
        lambda: _with_days(occasion("teachers"), holiday=(TEACHERS,)),
        Said(KIND.HOLIDAY, "teachers/2026", word="День учителя"),
    ),
    "tier": (_gone_up, Said(KIND.PROMOTION, "tier:gold", word="Золото")),
    "rung": (lambda: Member().days(0, 1), Said(KIND.PROMOTION, "rung:client")),
    "burn": (_burning, Said(KIND.BURN, "2026-11-28", points=120, day=date(2026, 11, 28))),
    "second visit": (lambda: Member().days(0, 1, 2), Said(KIND.SECOND_VISIT, count=3)),
    "welcome back": (_back, Said(KIND.WELCOME_BACK, "2027-01-21")),
    "we did": (_answered, Said(KIND.WE_DID, "n1", word="тепер є вівсяне молоко", by="Марина")),
    "campaign": (_campaigned, Said(KIND.CAMPAIGN, "cake", text="Тиждень тортів")),
    "years": (lambda: _with_days(occasion("anniversary", count=2)), Said(KIND.MILESTONE, "years:2", count=2)),
    "half a year": (lambda: _with_days(occasion("half-birthday")), Said(KIND.MILESTONE, "half-birthday")),
    "gratitude": (lambda: Member(greeting=QUIET).tap(), Said(KIND.GRATITUDE)),
}


@pytest.mark.parametrize("what", SAID)
def test_each_kind_is_said_when_it_is_due_with_what_belongs_to_it(what: str) -> None:
    """One situation for every kind: what is said, about what, with which words and numbers."""
    situation, expected = SAID[what]
    choice = situation()
    assert replace(main(choice), variant=0) == expected
    assert {each.kind for each in choice.candidates} == set(GreetingKind)


def test_every_kind_has_a_situation_here() -> None:
    """The table above forgets no kind."""
    assert {said.kind for _, said in SAID.values()} == set(GreetingKind)


def test_the_more_urgent_kind_comes_first_and_every_other_says_what_came_before_it() -> None:
    """The order of the kinds is the order of urgency, for whoever asks why too."""
    person = replace(OLENA, letters=(Letter("n1", "words", "Maryna"),), occasions=(occasion("birthday"),))
    member = Member(person)
    member.do(NoteWritten("m_1", "n1", "s1"))
    choice = member.tap()
    assert kinds(choice) == (KIND.NOTE, KIND.BIRTHDAY)
    assert list(dict.fromkeys(idea.said.kind for idea in ideas(Tap(member.now, person)))) == list(GreetingKind)
    assert of(choice, KIND.WELCOME) == Candidate(KIND.WELCOME, of(choice, KIND.WELCOME).said, False, True, "note is more urgent")
    assert [each.kind for each in choice.candidates] == sorted((each.kind for each in choice.candidates), key=list(GreetingKind).index)
    assert {each.kind for each in choice.candidates} == set(GreetingKind)
    assert all(each.why for each in choice.candidates)


def test_a_card_problem_goes_before_a_case_and_nothing_stands_below_it() -> None:
    """A blocked card is the one thing more urgent than an apology."""
    member = Member(replace(OLENA, occasions=(occasion("birthday"),)))
    assert kinds(member.tap(card_blocked=True)) == (KIND.CARD, None)
    member.do(AssistRequested(CARD, wrong=True))
    assert kinds(member.tap(0, 20, card_blocked=True)) == (KIND.CARD, None)
    assert kinds(member.tap(0, 25)) == (KIND.RECOVERY, None)


def test_a_case_is_asked_about_at_every_visit_until_the_customer_says_it_is_put_right() -> None:
    """Not at the visit that opened it, then at each one, resolved or not, however the shop sets its greetings."""
    strict = (Greeting(KIND.RECOVERY, off=True, cooldown_days=300, per_year_max=1), *QUIET)
    member = Member(greeting=strict, campaign=(_campaign(),))
    member.do(visit())
    case = member.do(rating(face=Face.VERY_BAD))
    assert kinds(member.look()) == (KIND.GRATITUDE, None)
    assert of(member.look(), KIND.CAMPAIGN).why == "nothing is sold while a case is open"
    member.at += RECOVERY_AFTER_MS - 1
    assert main(member.look()).kind is KIND.GRATITUDE
    member.at += 1
    assert main(member.look()).about == case
    assert kinds(member.days(1, 2, 3)) == (KIND.RECOVERY, None)
    member.do(CaseStepped("m_1", case, CaseStep.RESOLVED, "s1"), 3)
    assert kinds(member.tap(4)) == (KIND.RECOVERY, None)
    member.do(CaseAnswered(CARD, case, right=True), 4)
    assert main(member.tap(5)).kind is KIND.CAMPAIGN


def test_at_the_visit_of_a_complaint_there_is_no_second_line() -> None:
    """A birthday is a birthday, but a round number of visits is not for this moment."""
    over = replace(_campaign(), ends=date(2026, 11, 21))
    tables: dict[str, Any] = {"greeting": QUIET, "greetings": Greetings(milestone_visits=2), "campaign": (over,)}
    member = Member(replace(OLENA, occasions=(occasion("birthday", 1, 1),)), **tables)
    member.days(0)
    member.do(visit(), 1)
    assert kinds(member.look()) == (KIND.BIRTHDAY, KIND.MILESTONE)
    member.do(rating(face=Face.BAD), 1)
    assert kinds(member.look()) == (KIND.BIRTHDAY, None)
    assert of(member.look(), KIND.CAMPAIGN).why == "it does not run today"


def test_of_two_cases_the_graver_is_asked_about() -> None:
    """Severity, then age."""
    member = Member()
    member.do(CaseOpened("m_1", "c1", CaseSource.STAFF))
    member.do(CaseOpened("m_1", "c2", CaseSource.STAFF))
    member.account.voice.cases[1].severity = 1
    assert main(member.tap(1)).about == "c2"


def test_a_note_is_shown_once_and_only_while_it_waits() -> None:
    """What was shown is not shown again; a letter the ledger knows nothing of is not shown."""
    member = Member(replace(OLENA, letters=(Letter("n1", "words", "Maryna"), Letter("n2", "more", "Maryna"))), greeting=QUIET)
    assert main(member.tap()).kind is KIND.GRATITUDE
    member.do(NoteWritten("m_1", "n2", "s1"))
    member.do(NoteWritten("m_1", "n1", "s1"), 0, 1)
    assert [main(member.tap(offset)).about for offset in (1, 2)] == ["n2", "n1"]
    assert main(member.tap(3)).kind is KIND.GRATITUDE


@pytest.mark.parametrize(("joined_days_ago", "kind"), [(0, KIND.WELCOME), (7, KIND.WELCOME), (8, KIND.GRATITUDE)])
def test_a_member_who_joined_lately_is_welcomed_at_the_first_visit(joined_days_ago: int, kind: GreetingKind) -> None:
    """Within the days of the programme."""
    member = Member()
    member.do(Enrolled("m_1"))
    assert main(member.tap(joined_days_ago)).kind is kind


def test_a_welcome_is_said_once() -> None:
    """Not at the second tap of the first day."""
    member = Member()
    assert [main(member.tap(0, minutes)).kind for minutes in (0, 20)] == [KIND.WELCOME, KIND.GRATITUDE]
    assert of(member.look(), KIND.WELCOME).why == "it was said before"


def test_a_card_nobody_knows_is_greeted_too() -> None:
    """Without a person and without a member there are still words, and nothing to sell by chance."""
    member = Member(None, "", campaign=(_campaign(hold_out_percent=10),))
    assert main(member.tap()).kind is KIND.WELCOME
    assert of(member.look(), KIND.CAMPAIGN).why == "the member is one of those who never see it, to see what it does"


BIRTHDAY_GIFT = Rule("bd", Trigger.OCCASION, Status.ACTIVE, points=50, perk="coffee", occasion="birthday")


def test_a_birthday_is_greeted_once_a_year_with_what_was_given_for_it() -> None:
    """Points and perk are read off the account; within the same stretch nothing is said twice, in the next one it is."""
    stretches = (occasion("birthday", -3, 3), occasion("birthday", 362, 368, "2027"))
    member = Member(replace(OLENA, occasions=stretches), greeting=QUIET, rule=(BIRTHDAY_GIFT,), perk=(COFFEE,))
    first = member.tap()
    assert replace(main(first), variant=0) == Said(KIND.BIRTHDAY, "2026", points=50, word="кава")
    assert first.offer
    assert main(member.tap(1)).kind is KIND.GRATITUDE
    assert main(member.tap(365)).about == "2027"


def test_a_birthday_without_a_gift_sells_nothing() -> None:
    """Good wishes alone are no offer."""
    choice = _with_days(occasion("birthday"))
    assert not choice.offer
    assert not of(choice, KIND.BIRTHDAY).offer


def test_a_holiday_is_greeted_once_a_year_and_only_if_the_programme_still_has_it() -> None:
    """About is the holiday and its year."""
    person = replace(OLENA, occasions=(occasion("teachers", 0, 1), occasion("gone", 0, 5)))
    member = Member(person, greeting=QUIET, holiday=(TEACHERS,), rule=(replace(BIRTHDAY_GIFT, occasion="teachers"),), perk=(COFFEE,))
    first = member.tap()
    assert (main(first).points, main(first).word, first.offer) == (50, "День учителя", True)
    assert main(member.tap(1)).kind is KIND.GRATITUDE


@pytest.mark.parametrize("kind", ["birthday", "teachers"])
@pytest.mark.parametrize(("points", "perk"), [(50, ""), (0, "coffee")])
def test_a_gift_of_either_sort_makes_a_greeting_an_offer(kind: str, points: int, perk: str) -> None:
    """Points or a perk: gratitude counts both."""
    rule = replace(BIRTHDAY_GIFT, occasion=kind, points=points, perk=perk)
    assert _with_days(occasion(kind), holiday=(TEACHERS,), rule=(rule,), perk=(COFFEE,)).offer


def test_a_tier_is_announced_once_and_becoming_a_buyer_never() -> None:
    """What was told is told; the first visit welcomes and promotes nobody."""
    member = Member(**VISIT_TIERS)
    assert kinds(member.tap(0)) == (KIND.WELCOME, None)
    assert main(member.tap(1)).about == "rung:client"
    assert main(member.tap(2)).about == "tier:gold"
    assert main(member.tap(3)).kind is KIND.SECOND_VISIT


def test_a_tier_given_by_a_person_is_announced_and_tier_goes_before_rung() -> None:
    """Both went up: the tier first, the rung at the next tap."""
    member = Member(**VISIT_TIERS)
    member.tap(0)
    member.do(TierSet("m_1", "gold", "2027-11-22", "s1", "friend-of-the-house"))
    assert [main(member.tap(1, minutes)).about for minutes in (0, 20)] == ["tier:gold", "rung:client"]


def test_an_advocate_is_told() -> None:
    """The top of the ladder is worth a word."""
    member = Member(rungs=Rungs(advocate_days=1, advocate_ratings=0))
    member.days(0, 1)
    member.do(Converted("m_1", "m_2"))
    assert main(member.tap(2)).about == "rung:advocate"


def test_a_tier_that_the_programme_does_not_have_any_more_is_no_news() -> None:
    """Neither as the one told nor as the one held."""
    for tier, told in (("gold", "gone"), ("gone", "standard"), ("gone", "gone")):
        member = Member(**VISIT_TIERS)
        member.do(visit())
        member.account.tier.tier, member.account.tier.told = tier, told
        assert not of(member.look(), KIND.PROMOTION).eligible


def test_points_that_burn_are_told_early_and_again_shortly_before_each_once() -> None:
    """Two stages for a last day, the sooner one first; nothing for what burns later than that."""
    member = Member(greeting=QUIET)
    for points, last in ((120, "2026-12-10"), (30, "2026-12-15"), (99, "2027-02-01")):
        member.do(Adjusted("m_1", points, "s1", "opening"))
        member.account.ledger.lots[-1].expires = member.now.calendar.end_ms(date.fromisoformat(last).toordinal())
    found = [main(member.tap(offset)) for offset in range(20)]
    told = [(said.about, said.points) for said in found if said.kind is KIND.BURN]
    assert told == [("2026-12-10/early", 120), ("2026-12-15/early", 30), ("2026-12-10", 120), ("2026-12-15", 30)]


@pytest.mark.parametrize(("left", "about"), [(7, "2026-11-29"), (8, "2026-11-30/early"), (30, "2026-12-22/early"), (31, "")])
def test_the_stages_of_burning_end_where_the_programme_says(left: int, about: str) -> None:
    """Days are counted to the last day on which the points count."""
    member = Member(greeting=QUIET)
    member.do(OpeningBalance("m_1", 120, date.fromordinal(day(left)).isoformat()))
    assert main(member.tap()).about == about


def test_who_hides_the_balance_is_told_nothing_of_burning_points() -> None:
    """Neither the number nor that there are any."""
    member = Member(replace(OLENA, hide_balance=True), greeting=QUIET)
    member.do(OpeningBalance("m_1", 120, "2026-11-28"))
    choice = member.tap()
    assert main(choice).kind is KIND.GRATITUDE
    assert of(choice, KIND.BURN).said.points == 0


def test_no_more_points_are_said_to_burn_than_the_balance_has() -> None:
    """What is owed is nobody's to burn."""
    member = Member(greeting=QUIET)
    member.do(OpeningBalance("m_1", 120, "2026-11-28"))
    member.do(visit())
    member.account.ledger.owed = 100
    assert main(member.look()).points == member.account.ledger.balance
    member.account.ledger.owed = member.account.ledger.available
    assert of(member.look(), KIND.BURN).why == "the points are owed"


def test_the_critical_window_is_visit_days_two_to_five() -> None:
    """Each of them gets attention, with its number; nothing is sold by it unless it names a perk."""
    member = Member(greeting=(Greeting(KIND.PROMOTION, off=True),))
    found = [member.tap(offset) for offset in range(6)]
    assert [main(each).count if main(each).kind is KIND.SECOND_VISIT else 0 for each in found] == [0, 2, 3, 4, 5, 0]
    assert not any(each.offer for each in found)


def test_a_perk_of_the_second_visit_is_named_and_sells() -> None:
    """Only one that the account has, and only on its day."""
    rule = Rule("second", Trigger.VISIT, Status.ACTIVE, perk="coffee", visits_from=2, visits_to=2)
    member = Member(greeting=(Greeting(KIND.PROMOTION, off=True),), rule=(rule,), perk=(COFFEE,))
    found = [member.tap(offset) for offset in range(3)]
    assert [(main(each).word, each.offer) for each in found] == [("", False), ("кава", True), ("", False)]


def test_a_second_visit_names_no_perk_that_came_by_another_way() -> None:
    """Not what staff gave, not a birthday's, not one for coming back, not one taken back."""
    away = Rule("back", Trigger.VISIT, Status.ACTIVE, perk="coffee", away_days=1)
    member = Member(replace(OLENA, occasions=(occasion("birthday", 1, 1),)), rule=(BIRTHDAY_GIFT, away), perk=(COFFEE,))
    member.tap(0)
    member.do(PerkGiven("m_1", "coffee", "r1", "s1"), 1)
    choice = member.tap(1)
    assert len(member.account.perks.grants) == 3
    assert of(choice, KIND.SECOND_VISIT).said.word == ""
    rule = Rule("second", Trigger.VISIT, Status.ACTIVE, perk="coffee", visits_from=2, visits_to=2)
    voided = Member(rule=(rule,), perk=(COFFEE,))
    voided.tap(0)
    voided.do(visit(), 1)
    assert of(voided.look(), KIND.SECOND_VISIT).said.word == "кава"
    voided.account.perks.grants[0].voided = True
    assert of(voided.look(), KIND.SECOND_VISIT).said.word == ""


def test_a_return_names_no_perk_that_was_not_for_it() -> None:
    """One for every visit is none for coming back."""
    rule = Rule("each", Trigger.VISIT, Status.ACTIVE, perk="coffee", visits_from=1)
    choice = Member(greeting=QUIET, rule=(rule,), perk=(COFFEE,)).days(0, 60)
    assert (main(choice).kind, main(choice).word, choice.offer) == (KIND.WELCOME_BACK, "", False)


def test_before_any_visit_nothing_is_round() -> None:
    """Nought visits and nought weeks are no milestone."""
    assert not of(Member().look(), KIND.MILESTONE).eligible


def test_a_return_is_greeted_once_with_the_perk_for_it() -> None:
    """After an absence against the own habit, at the first tap of the day."""
    rule = Rule("back", Trigger.VISIT, Status.ACTIVE, perk="coffee", away_days=40)
    member = Member(greeting=QUIET, rule=(rule,), perk=(COFFEE,))
    assert main(member.days(0, 7, 14, 21, 28, 42)).kind is KIND.GRATITUDE
    late = member.tap(42 + 50)
    assert (main(late).kind, main(late).word, late.offer) == (KIND.WELCOME_BACK, "кава", True)
    assert main(member.tap(42 + 50, 20)).kind is KIND.GRATITUDE


def test_a_reply_goes_to_those_who_gave_the_reason_before_it_was_written() -> None:
    """Not to those who never said it, not to those who said it afterwards."""
    for code, reason_day in ((ReasonCode.PRICE, 0), (ReasonCode.QUALITY, 2)):
        member = Member(replace(OLENA, letters=(Letter("n1", "milk", "Maryna", "quality"),)), greeting=QUIET)
        for offset, body in sorted(
            [(reason_day, Reason(CARD, 1, code)), (1, NoteWritten("m_1", "n1", "s1", "quality"))], key=lambda x: x[0]
        ):
            member.do(body, offset)
        choice = member.tap(3)
        assert main(choice).kind is KIND.GRATITUDE
        assert of(choice, KIND.WE_DID).why == "this member did not give that reason before the reply was written"


def test_campaigns_come_by_goal_and_rest_seven_days() -> None:
    """The second one has its turn while the first rests; thanks in between."""
    two = (_campaign("keep", Goal.RETAIN), _campaign("win", Goal.WIN_BACK))
    member = Member(greeting=QUIET, campaign=two[::-1])
    first = member.tap(0)
    assert [each.why for each in first.candidates if each.said.about == "win"] == ["another one of its kind comes first"]
    assert [main(choice).about for choice in (first, *map(member.tap, range(1, 9)))] == ["keep", "win", "", "", "", "", "", "keep", "win"]


AGAINST: list[tuple[str, dict[str, Any], str]] = [
    ("over", {"campaign": (replace(_campaign(), ends=date(2026, 11, 21)),)}, "it does not run today"),
    ("not begun", {"campaign": (replace(_campaign(), starts=date(2026, 11, 23)),)}, "it does not run today"),
    ("others", {"campaign": (_campaign(rungs=("advocate",)),)}, "it is meant for others"),
    ("no text", {"campaign": (_campaign(text={}),)}, "no campaign has something to say"),
    ("a gap", {"campaign": (_campaign(text={"en": "{points} for you"}),)}, "its text names something that is not known of this member"),
    ("over, with a gap", {"campaign": (replace(_campaign(text={"en": "{points}"}), ends=date(2026, 11, 21)),)}, "it does not run today"),
    ("off", {"greeting": (*QUIET, Greeting(KIND.CAMPAIGN, off=True))}, "this shop has switched it off"),
]


@pytest.mark.parametrize(("tables", "why"), [each[1:] for each in AGAINST], ids=[each[0] for each in AGAINST])
def test_a_campaign_that_is_not_for_this_member_today_says_why(tables: dict[str, Any], why: str) -> None:
    """Each thing that keeps it away, in words."""
    choice = Member(**{"greeting": QUIET, "campaign": (_campaign(),)} | tables).tap()
    assert main(choice).kind is KIND.GRATITUDE
    assert of(choice, KIND.CAMPAIGN).why == why


@pytest.mark.parametrize(("starts", "ends"), [(TODAY, date(2026, 12, 1)), (date(2026, 11, 1), TODAY)], ids=["first day", "last day"])
def test_a_campaign_runs_from_its_first_day_to_its_last(starts: date, ends: date) -> None:
    """Both included."""
    assert main(Member(greeting=QUIET, campaign=(replace(_campaign(), starts=starts, ends=ends),)).tap()).kind is KIND.CAMPAIGN


def test_who_wants_no_personal_offers_sees_no_campaign() -> None:
    """A consent taken back counts; one given, or none ever asked for, does not."""
    member = Member(greeting=QUIET, campaign=(_campaign(),))
    member.do(ConsentGiven(Purpose.PERSONAL_OFFERS, ConsentMethod.TAP, "v1", "0" * 64, "uk", CARD))
    assert of(member.look(), KIND.CAMPAIGN).eligible
    member.do(ConsentWithdrawn(Purpose.PERSONAL_OFFERS, ConsentMethod.TAP, CARD))
    assert of(member.tap(), KIND.CAMPAIGN).why == "the member wants no personal offers"


def test_round_numbers_of_visits_and_weeks_are_milestones() -> None:
    """Every tenth visit day once, and every fourth week in a row at the first visit of its week."""
    member = Member(greeting=QUIET)
    found = [(offset, main(choice).about) for offset in (*range(0, 63, 7), 63, 64, 65) if main(choice := member.tap(offset)).about]
    assert found == [(21, "streak:4"), (49, "streak:8"), (63, "visit:10")]
    assert main(member.tap(65, 20)).kind is KIND.GRATITUDE


def test_the_first_visit_of_a_week_alone_tells_a_streak() -> None:
    """Later in the fourth week nothing is said of it, said before or not."""
    member = Member(greeting=(*QUIET, Greeting(KIND.MILESTONE, cooldown_days=1)))
    member.days(MONDAY, MONDAY + 7, MONDAY + 14)
    assert [main(member.tap(MONDAY + 21 + each)).about for each in range(3)] == ["streak:4", "", ""]
    assert main(Member(greeting=QUIET).days(0, 7, 14, 15)).about == "streak:4"  # three Sundays and the Monday after
    blocked = Member(greeting=QUIET)
    blocked.days(MONDAY, MONDAY + 7, MONDAY + 14)
    assert kinds(blocked.tap(MONDAY + 21, card_blocked=True)) == (KIND.CARD, None)
    assert main(blocked.tap(MONDAY + 21, 20)).kind is KIND.GRATITUDE


# --- the shop's own rules, texts ---------------------------------------------------------------------------------------


def test_a_cooldown_and_a_number_a_year_of_the_shop_hold() -> None:
    """Another cooldown than the shipped one; no more than so many within 365 days, about whatever."""
    campaigns = (_campaign("a"), _campaign("b"))
    member = Member(greeting=(*QUIET, Greeting(KIND.CAMPAIGN, cooldown_days=3, per_year_max=3)), campaign=campaigns)
    found = [(offset, main(choice).about) for offset in range(370) if main(choice := member.tap(offset)).about in ("a", "b")]
    assert found[:4] == [(0, "a"), (1, "b"), (3, "a"), (366, "b")]


def test_a_rule_of_the_shop_that_says_nothing_of_a_cooldown_leaves_the_shipped_one() -> None:
    """And what is said once in a lifetime or a year stays so, whatever the shop's cooldown."""
    member = Member(greeting=(*QUIET, Greeting(KIND.CAMPAIGN, per_year_max=99)), campaign=(_campaign(),))
    assert [member.tap(offset).offer for offset in range(8)] == [True, *[False] * 6, True]
    stretch = replace(OLENA, occasions=(occasion("birthday", 0, 9),))
    greeted = Member(stretch, greeting=(*QUIET, Greeting(KIND.BIRTHDAY, cooldown_days=1)))
    assert [main(greeted.tap(offset)).kind for offset in (0, 5)] == [KIND.BIRTHDAY, KIND.GRATITUDE]


def test_the_shop_s_own_sentences_come_filled_in_the_member_s_language() -> None:
    """Every gap; braces of no gap stay as they are."""
    texts = {"en": ("no",), "uk": ("{name} у {shop}: {points} до {day} {x}",)}
    member = Member(greeting=(*QUIET, Greeting(KIND.BURN, texts=texts)))
    member.do(OpeningBalance("m_1", 120, "2026-11-28"))
    assert main(member.tap(shop="Кавʼярня")).text == "Олено у Кавʼярня: 120 до 28.11 {x}"
    texts = {"uk": ("{word}: {count}",)}
    perk = Rule("second", Trigger.VISIT, Status.ACTIVE, perk="coffee", visits_from=2, visits_to=2)
    window = (Greeting(KIND.PROMOTION, off=True), Greeting(KIND.SECOND_VISIT, texts=texts))
    assert main(Member(greeting=window, rule=(perk,), perk=(COFFEE,)).days(0, 1)).text == "кава: 2"


@pytest.mark.parametrize(
    ("person", "text"),
    [
        (Person("uk"), "Дякуємо"),
        (Person("ru", "Мария"), "Thank you, Мария"),
        (Person("ru"), ""),
        (None, ""),
    ],
    ids=["without a name", "another language", "nothing fits", "nobody knows"],
)
def test_a_sentence_with_a_gap_that_nothing_fills_is_not_said(person: Person | None, text: str) -> None:
    """Another one of the pool is, else the shipped one; a language the shop has no texts in falls back to the first."""
    texts = {"en": ("Thank you, {name}",), "uk": ("Дякуємо, {name}", "Дякуємо", "{count} {points}")}
    assert main(Member(person, greeting=(*QUIET, Greeting(KIND.GRATITUDE, texts=texts))).tap()).text == text


def test_texts_of_a_kind_rotate_and_none_of_the_last_three_returns() -> None:
    """Four texts of thanks: any four in a row are four; of three, no two in a row are the same; another member gets others."""
    plain = [
        [main(choice).variant for choice in map(member.tap, range(30)) if main(choice).kind is KIND.GRATITUDE]
        for member in (Member(greeting=QUIET), Member(None, "m_9", greeting=QUIET))
    ]
    for found in plain:
        assert all(len(set(found[start : start + 4])) == 4 for start in range(len(found) - 3))
    window = Member(greeting=(Greeting(KIND.PROMOTION, off=True),))
    threes = [main(window.tap(offset)).variant for offset in range(5)][1:]
    assert all(len(set(threes[start : start + 3])) == 3 for start in range(2))
    assert plain[0] != plain[1]


def test_of_a_larger_pool_only_the_last_three_are_kept_back() -> None:
    """Five texts: any four in a row differ, and now and then the fourth but last returns."""
    five = {"uk": tuple(f"Дякуємо {each}" for each in range(5))}
    member = Member(greeting=(*QUIET, Greeting(KIND.GRATITUDE, texts=five), Greeting(KIND.MILESTONE, off=True)))
    found = [main(member.tap(offset)).text for offset in range(40)]
    assert all(len(set(found[start : start + 4])) == 4 for start in range(37))
    assert any(len(set(found[start : start + 5])) == 4 for start in range(36))


def test_a_shop_s_pool_of_one_is_said_again_and_again() -> None:
    """There is nothing else to say."""
    member = Member(greeting=(*QUIET, Greeting(KIND.GRATITUDE, texts={"uk": ("Дякуємо",)})))
    assert [main(member.tap(offset)).text for offset in range(4)] == ["Дякуємо"] * 4


@pytest.mark.parametrize("kind", GreetingKind)
def test_the_pools_are_as_large_as_what_the_display_has(kind: GreetingKind) -> None:
    """As many different sentences as the table says, no more and no fewer."""
    words = Words("en", NullTranslations())
    sentences = {words.said(Said(kind, "visit:10", variant, 10, TODAY, 10, "word", "by")).variants[0] for variant in range(12)}
    assert len(sentences) == SHIPPED_POOL[kind]


# --- one main thing, a second line, thanks -----------------------------------------------------------------------------


def test_of_two_lines_at_most_one_sells() -> None:
    """Burning points and a campaign do not stand together; a milestone may stand below either."""
    member = Member(greeting=QUIET, campaign=(_campaign(),), greetings=Greetings(milestone_visits=2))
    member.do(OpeningBalance("m_1", 120, "2026-11-28"))
    assert kinds(member.tap(0)) == (KIND.BURN, None)
    assert kinds(member.tap(1)) == (KIND.CAMPAIGN, KIND.MILESTONE)


def test_a_second_line_may_sell_where_the_first_does_not() -> None:
    """Who is welcomed hears of the cake week too, and the tap counts as one with an offer."""
    choice = Member(campaign=(_campaign(),)).tap()
    assert (kinds(choice), choice.offer) == ((KIND.WELCOME, KIND.CAMPAIGN), True)


def test_below_a_person_s_own_words_nothing_is_sold() -> None:
    """A note is followed by a birthday, never by an offer."""
    member = Member(replace(OLENA, letters=(Letter("n1", "words", "Maryna"),)), greeting=QUIET, campaign=(_campaign(),))
    member.do(NoteWritten("m_1", "n1", "s1"))
    assert kinds(member.tap()) == (KIND.NOTE, None)


def test_a_greeting_is_no_second_line() -> None:
    """Below a birthday nobody is welcomed once more."""
    member = Member(replace(OLENA, occasions=(occasion("birthday", 0, 9),)), greeting=(Greeting(KIND.PROMOTION, off=True),))
    member.do(visit(), 0)
    assert kinds(member.tap(1)) == (KIND.BIRTHDAY, None)


def test_a_birthday_on_a_day_of_thanks_is_greeted_without_its_gift() -> None:
    """Nothing is sold, and nobody's birthday is passed over."""
    stretch = occasion("birthday", 2, 2)
    member = Member(replace(OLENA, occasions=(stretch,)), greeting=QUIET, rule=(BIRTHDAY_GIFT,), campaign=(_campaign("a"), _campaign("b")))
    found = [member.tap(offset) for offset in range(3)]
    assert [each.offer for each in found] == [True, True, False]
    assert (main(found[2]).kind, main(found[2]).points) == (KIND.BIRTHDAY, 0)
    assert of(found[2], KIND.CAMPAIGN).why in ("it is time for thanks without an offer", "it was said less than 7 days ago")


def test_two_things_said_at_one_tap_count_as_one_visit() -> None:
    """Though both are facts: only the third tap in a row is without an offer."""
    many = tuple(_campaign(f"c{each}") for each in range(9))
    member = Member(greeting=QUIET, campaign=many, greetings=Greetings(milestone_visits=2))
    assert [member.tap(offset).offer for offset in range(6)] == [True, True, False, True, True, False]


def test_a_tap_with_an_offer_in_either_line_carried_one() -> None:
    """Whichever of the two facts says so."""
    for flags in ((True, False), (False, True)):
        member = Member(greeting=QUIET, campaign=(_campaign(),), greetings=Greetings(gratitude_every=2))
        member.do(visit())
        for kind, offer in zip((KIND.MILESTONE, KIND.BURN), flags, strict=True):
            member.do(GreetingShown(CARD, kind, "x", offer=offer))
        assert not member.tap(1).offer
        assert member.tap(2).offer


def test_a_kiosk_that_remembers_less_than_the_programme_asks_for_gives_thanks_sooner() -> None:
    """The hub sends a kiosk the last few greetings only: if all of them sold, it is time."""
    many = tuple(_campaign(f"c{each}") for each in range(40))
    quiet = (*QUIET, Greeting(KIND.MILESTONE, off=True))
    member = Member(greeting=quiet, campaign=many, greetings=Greetings(gratitude_every=20))
    found = []
    for offset in range(30):
        member.account = restore(portable(member.account))
        found.append(member.tap(offset).offer)
    assert found[:13] == [True] * 12 + [False]


def test_a_visit_day_on_which_nothing_was_said_sold_nothing() -> None:
    """With thanks switched off, the shop is silent instead, and sells again at the visit after."""
    many = tuple(_campaign(f"c{each}") for each in range(9))
    member = Member(greeting=(*QUIET, Greeting(KIND.GRATITUDE, off=True)), campaign=many)
    assert [member.tap(offset).offer for offset in range(6)] == [True, True, False, True, True, False]
    assert Member(greeting=(*QUIET, Greeting(KIND.GRATITUDE, off=True))).tap().main is None


@settings(max_examples=25, deadline=None)
@given(
    every=st.integers(1, 20),
    gaps=st.lists(st.integers(0, 9), min_size=60, max_size=120),
    shared=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_over_any_year_thanks_come_as_often_as_the_programme_says(every: int, gaps: list[int], shared: bool, seed: int) -> None:
    """However somebody comes, and however much there is to sell: never so many taps in a row with an offer; a kiosk's short memory too."""
    many = tuple(_campaign(f"c{each}") for each in range(12))
    cool = (Greeting(KIND.CAMPAIGN, cooldown_days=1),)
    member = Member(member=f"m_{seed}", greeting=cool, campaign=many, greetings=Greetings(gratitude_every=every), expiry=_burning_soon())
    offset, in_a_row = 0, 0
    for gap in gaps:
        offset += gap
        member.at += 60_000 * 30
        if shared:
            member.account = restore(portable(member.account))
        in_a_row = in_a_row + 1 if member.tap(offset).offer else 0
        assert in_a_row < every


def _burning_soon() -> Expiry:
    return Expiry(ExpiryPolicy.ROLLING, days=20)


# --- properties --------------------------------------------------------------------------------------------------------


DAYS = st.integers(-40, 40)
OCCASIONS = st.builds(
    lambda id_, first, length, period: Occasion(id_, day(first), day(first + length), period, count=2),
    st.sampled_from(["birthday", "half-birthday", "anniversary", "teachers", "gone", "x" * 64]),
    DAYS,
    st.integers(0, 30),
    st.sampled_from(["2026", "2027", "y" * 64]),
)
LETTERS = st.builds(
    Letter, st.sampled_from(["n1", "n2"]), st.just("words"), st.sampled_from(["", "Maryna"]), st.sampled_from(["", "quality"])
)
PERSONS = st.none() | st.builds(
    Person,
    st.sampled_from(["uk", "en", "pl"]),
    st.sampled_from(["", "Олено", "{name}"]),
    st.booleans(),
    st.lists(OCCASIONS, max_size=4).map(tuple),
    st.lists(LETTERS, max_size=3).map(tuple),
)
GREETINGS = st.lists(
    st.builds(
        Greeting,
        st.sampled_from(GreetingKind),
        st.booleans(),
        st.integers(0, 9),
        st.integers(0, 3),
        st.sampled_from([{}, {"uk": ("{name}!", "{shop} {word} {points} {count} {day}")}, {"en": ("Hi",)}]),
    ),
    max_size=5,
).map(tuple)
BODIES = st.sampled_from(
    [
        visit(),
        visit(),
        visit(),
        rating(face=Face.VERY_GOOD),
        rating(face=Face.BAD),
        Reason(CARD, 2, ReasonCode.QUALITY),
        CaseOpened("m_1", "c1", CaseSource.HOTLINE),
        CaseAnswered(CARD, "c1", right=True),
        CaseAnswered(CARD, "c1", right=False),
        CaseStepped("m_1", "c1", CaseStep.RESOLVED, "s1"),
        NoteWritten("m_1", "n1", "s1"),
        NoteWritten("m_1", "n2", "s1", "quality"),
        OpeningBalance("m_1", 300, "2026-12-01"),
        Adjusted("m_1", 40, "s1", "why"),
        Redeemed(500, CARD),
        TierSet("m_1", "gold", "2028-01-01", "s1", "why"),
        Converted("m_1", "m_2"),
        Enrolled("m_1"),
    ]
)
STEPS = st.lists(st.tuples(BODIES, st.integers(0, 20), st.integers(0, 30)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(person=PERSONS, own=GREETINGS, steps=STEPS, every=st.integers(1, 4), blocked=st.booleans(), member_id=st.sampled_from(["", "m_1"]))
def test_whatever_happened_there_is_one_choice_and_no_offer_while_a_case_is_open(
    person: Person | None, own: tuple[Greeting, ...], steps: list[tuple[Body, int, int]], every: int, blocked: bool, member_id: str
) -> None:
    """For any member and any programme: nothing raises, a case silences the selling, and kiosk and hub choose the same."""
    member = Member(
        person,
        member_id,
        **VISIT_TIERS,
        greeting=own,
        greetings=Greetings(gratitude_every=every, milestone_visits=2),
        holiday=(TEACHERS,),
        campaign=(_campaign(), _campaign("b", Goal.LEARN, hold_out_percent=50, text={"en": "{name}, {x"})),
        rule=(BIRTHDAY_GIFT, Rule("v", Trigger.VISIT, Status.ACTIVE, points=10, perk="coffee")),
        perk=(COFFEE,),
        expiry=_burning_soon(),
    )
    offset = 0
    for body, days, minutes in steps:
        offset += days
        if body == visit():
            choice = member.tap(offset, minutes, shop="shop", card_blocked=blocked)
            _check(member, choice)
            again = choose(advance(restore(snapshot(member.account)), member.at, member.book), person, "shop", blocked)
            assert again == member.look(shop="shop", card_blocked=blocked)
        else:
            member.do(body, offset, minutes)
    _check(member, member.look())


def _check(member: Member, choice: Choice) -> None:
    """What holds for every choice."""
    said = [each for each in (choice.main, choice.second) if each is not None]
    assert all(any(each.said == one and each.eligible for each in choice.candidates) for one in said)
    assert len({each.kind for each in said}) == len(said)
    assert all(len(each.about) <= 64 and 0 <= each.variant <= 999 for each in said)
    assert all(each.why for each in choice.candidates)
    if member.account.voice.open_cases():
        assert not choice.offer
        assert choice.second is None
        assert not any(each.offer and each.eligible for each in choice.candidates)
