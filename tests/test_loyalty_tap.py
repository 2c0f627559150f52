"""What a tap means: which facts it writes, what may be said, what may be spent, and what a kiosk has given today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.account import Account, advance, apply, fold
from loyalty.counter.person import Occasion
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import Counter, KioskDay, Plan, Welcome, draft, earned_by, offers_for, plan_visit, question_for, welcome_again
from loyalty.facts import (
    Body,
    CheckedIn,
    ClubJoined,
    Face,
    Fact,
    Granted,
    GreetingShown,
    QuestionAnswered,
    Redeemed,
    Referred,
    Visit,
)
from loyalty.moment import Moment
from loyalty.programme.rules import Once, Rule, Status, Trigger
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind
from loyalty.shapes import Malformed
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, OTHER_CARD, account, fact, moment, rating, standing, view, visit
from tests.kiosk_on_paper import lively
from tests.loyalty_histories import HISTORIES, programmes

TODAY = date(2026, 11, 22).toordinal()
BIRTHDAY = Occasion("birthday", TODAY - 2, TODAY + 2, "2026")
ACTIVE = Status.ACTIVE


def counter(today: KioskDay | None = None, **tables: Any) -> Counter:
    """The counter of a lively shop."""
    return Counter("k1", "Кавʼярня", lively(**tables).book, today or KioskDay())


def known(points: int = 100, **more: Any) -> Standing:
    """A member the hub has told us about."""
    return standing(view(points=points, **more))


def written(known_as: Standing, plan: Plan, now: Moment) -> Standing:
    """The standing once the facts of a plan are on disk."""
    first = len(known_as.pending) + 1
    for number, body in enumerate(plan.bodies, first):
        known_as = known_as.with_fact(replace(fact(number, body, now.wall_ms), mono_ms=now.mono_ms))
    return known_as


# A visit


def test_a_visit_is_planned_before_anything_is_written() -> None:
    """The plan has the visit and what is said at it, in this order; the standing it was made from is as it was."""
    before = known()
    plan = plan_visit(counter(campaign=()), before, visit(), moment())
    assert plan.bodies == (visit(), GreetingShown(CARD, GreetingKind.WELCOME))
    assert before == known()


def test_a_welcome_says_what_is_known() -> None:
    """Name, language, balance with the new points, what the visit added, what waits, and how old the hub's part is."""
    said = plan_visit(counter(), known(points=100), visit(), moment()).welcome
    assert (said.language, said.name, said.balance, said.earned, said.waiting, said.as_of_ms) == ("uk", "Марія", 110, 10, 10, NOON_MS)


def test_a_hidden_balance_hides_every_number_of_points() -> None:
    """A member who hides the balance is greeted by name; neither balance nor points earned are there to be shown, and no rewards."""
    said = plan_visit(counter(), known(points=1_000, hide_balance=True), visit(), moment()).welcome
    assert (said.name, said.balance, said.earned, said.spendable) == ("Марія", None, 0, False)


def test_earned_is_the_difference_of_this_visit_alone() -> None:
    """Points that already waited are not celebrated a second time."""
    before = standing(view(points=100), facts=(fact(1, at_ms=NOON_MS - DAY_MS),))
    said = plan_visit(counter(), before, visit(), moment()).welcome
    assert (said.balance, said.earned, said.waiting) == (120, 10, 20)


def test_points_that_burnt_meanwhile_are_neither_earned_nor_lost_by_the_visit() -> None:
    """Time passes before the visit is reckoned: what burnt since the hub spoke is no part of what it added."""
    holds = account(0)
    holds.ledger.credit(40, NOON_MS - DAY_MS, NOON_MS)
    said = plan_visit(counter(), standing(view(holds=holds)), visit(), moment()).welcome
    assert (said.balance, said.earned, said.waiting) == (10, 10, 10)


def test_a_stranger_is_welcomed_without_name_and_language() -> None:
    """Nothing is said of a card nobody told us about, and only the visit is written; its points count."""
    plan = plan_visit(counter(), standing(), visit(), moment())
    assert plan == Plan((visit(),), Welcome(None, None, None, 10, 10, None))


def test_a_stranger_is_promised_only_what_everybody_gets() -> None:
    """Whether it is somebody's first visit, or a client's, nobody knows here: points for that are not promised."""
    rules = (
        Rule("visit", Trigger.VISIT, ACTIVE, points=10, once=Once.DAY),
        Rule("first", Trigger.VISIT, ACTIVE, points=50, visits_to=1),
        Rule("fifth", Trigger.VISIT, ACTIVE, points=30, every_visit=1),
        Rule("prospect", Trigger.VISIT, ACTIVE, points=70, rungs=("prospect", "buyer")),
        Rule("double", Trigger.VISIT, ACTIVE, times_percent=200),
    )
    assert plan_visit(counter(rule=rules), standing(), visit(), moment()).welcome.earned == 10


def test_a_birthdays_gift_is_decided_at_the_tap_and_promised_with_it() -> None:
    """The gift is a fact beside the visit, its points are among those earned, and once it is on disk it is not given again."""
    now, at = moment(), counter()
    before = known(occasions=(BIRTHDAY,))
    plan = plan_visit(at, before, visit(), now)
    assert Granted(CARD, "birthday", "2026") in plan.bodies
    assert plan.welcome.earned == 35
    after = written(before, plan, now)
    assert not any(isinstance(body, Granted) for body in plan_visit(at, after, visit(), moment(60_000)).bodies)


def test_a_surprise_is_not_given_beyond_the_kiosks_day() -> None:
    """A kiosk that has given its surprises of this day gives none; those of yesterday do not count."""
    rules = (Rule("surprise", Trigger.SURPRISE, ACTIVE, points=7, one_in=1, kiosk_day_max=2),)
    for today, gives in ((KioskDay(TODAY, 1), True), (KioskDay(TODAY, 2), False), (KioskDay(TODAY - 1, 2), True)):
        plan = plan_visit(counter(today, rule=rules), known(), visit(), moment())
        assert any(isinstance(body, Granted) for body in plan.bodies) is gives


def test_the_door_of_a_club_is_for_its_members() -> None:
    """On the day of an evening a member of the club is checked in, once, and nobody on another day."""
    at = counter()
    holds = fold([fact(1, ClubJoined("m_1", "insiders"), NOON_MS - DAY_MS, "k2")], at.book, "m_1")
    inside = standing(view(holds=holds))
    plan = plan_visit(at, inside, visit(), moment())
    assert CheckedIn(CARD, "insiders", "night") in plan.bodies
    later = plan_visit(at, written(inside, plan, moment()), visit(), moment(60_000))
    assert not any(isinstance(body, CheckedIn) for body in later.bodies)
    for other, now in ((inside, moment(wall_ms=NOON_MS + DAY_MS)), (known(), moment())):
        assert not any(isinstance(body, CheckedIn) for body in plan_visit(at, other, visit(), now).bodies)


def test_a_friend_comes_before_the_visit() -> None:
    """Who brought somebody is reckoned before the visit, which would make them no newcomer any more."""
    friend = Referred(OTHER_CARD, CARD, 3)
    plan = plan_visit(counter(), standing(card=OTHER_CARD), visit(OTHER_CARD), moment(), friend)
    assert plan.bodies[:2] == (friend, visit(OTHER_CARD))


def test_an_open_case_is_asked_about() -> None:
    """The case that the greeting is about is named, so that the customer can be asked; without one there is none."""
    at = counter()
    holds = fold([fact(1, visit(), NOON_MS - DAY_MS), fact(2, rating(face=Face.BAD), NOON_MS - DAY_MS)], at.book, "m_1")
    assert plan_visit(at, standing(view(holds=holds)), visit(), moment()).welcome.case == "k1/aaaaaaaaaaaa/2"
    assert plan_visit(at, known(), visit(), moment()).welcome.case == ""


def test_a_view_that_cannot_be_read_is_said_so() -> None:
    """The error names the place and nothing of the content."""
    bad = standing(replace(view(), account={"ledger": 5}))
    with pytest.raises(Malformed, match=r"account\.ledger"):
        plan_visit(counter(), bad, visit(), moment())


def test_the_same_visit_again_has_the_balance_of_now_and_the_words_of_then() -> None:
    """Greeted once more: the points of a rating in between are in, what was said and what the visit added stay."""
    at, now = counter(), moment()
    before = known()
    plan = plan_visit(at, before, visit(), now)
    after = written(before, plan, now).with_fact(fact(9, rating(), NOON_MS + 1_000))
    again = welcome_again(at, after, plan.welcome, moment(2_000))
    assert (again.balance, again.earned, again.waiting) == (112, 10, 12)
    assert (again.said, again.second, again.case) == (plan.welcome.said, plan.welcome.second, plan.welcome.case)
    stranger = plan_visit(at, standing(), visit(), now).welcome
    assert welcome_again(at, standing(), stranger, now) == stranger


def test_what_is_kept_of_a_welcome_names_nobody() -> None:
    """Without the person a welcome has the language and the points, and no words."""
    said = plan_visit(counter(), known(), visit(), moment()).welcome
    bare = said.unnamed()
    assert (bare.name, bare.said, bare.second) == (None, None, None)
    assert (bare.language, bare.earned) == (said.language, said.earned)


BODIES = st.sampled_from([visit(), rating(), GreetingShown(CARD, GreetingKind.BIRTHDAY, "2026"), Redeemed(20, CARD, perk="coffee")])


@settings(max_examples=150, deadline=None)
@given(HISTORIES, programmes(), st.lists(st.tuples(BODIES, st.integers(0, 3)), max_size=6), st.integers(0, 40))
def test_what_is_promised_is_what_the_facts_make(facts: list[Any], programme: Any, own: list[tuple[Body, int]], days: int) -> None:
    """Whatever the history and the programme: the balance and the points promised are those of the fold of all facts once they are on
    disk, for a kiosk whose own facts are the newest."""
    book = Rulebook.single(programme, KYIV)
    at_ms = max((each.when_ms for each in facts), default=NOON_MS)
    member = standing(view(holds=fold(facts, book, "m-1"), occasions=(BIRTHDAY,)))
    number, mine = 0, list[Fact]()
    for body, gap in own:
        number, at_ms = number + 1, at_ms + gap * DAY_MS + 60_000
        mine.append(fact(number, body, at_ms, epoch="zzzzzzzzzzzz"))
        member = member.with_fact(mine[-1])
    now = moment(wall_ms=at_ms + days * DAY_MS + 60_000)
    plan = plan_visit(Counter("k1", "Shop", book), member, visit(), now)
    told = [fact(number + place, body, now.wall_ms, epoch="zzzzzzzzzzzz") for place, body in enumerate(plan.bodies, 1)]
    before = fold([*facts, *mine], book, "m-1")
    advance(before, now.wall_ms, book)
    credited = before.ledger.credited
    for each in told:
        apply(before, each, book)
    assert plan.welcome.balance == before.ledger.balance
    assert plan.welcome.earned == before.ledger.credited - credited


# What an answer gives, what is asked, and what can be bought


def test_an_answer_is_reckoned_on_top_of_what_is_known() -> None:
    """Points of a rating are told before it is written; a second one of the day adds none."""
    at = counter()
    assert earned_by(at, known(), (rating(),), moment())[0] == 2
    assert earned_by(at, known().with_fact(fact(1, rating())), (rating(),), moment())[0] == 0
    assert earned_by(at, known(), (rating(), QuestionAnswered(CARD, "tea", "c1")), moment())[0] == 5


def test_a_question_is_for_members() -> None:
    """Whoever is known is asked what the shop wants to know; a stranger never is."""
    at = counter()
    _, after = earned_by(at, known().with_fact(fact(1)), (rating(),), moment())
    assert question_for(after, known()) == "tea"
    assert question_for(after, standing()) == ""


def test_offers_are_the_members_own_and_of_now() -> None:
    """What can be had, with what is missing, after the own facts and with time passed; a stranger is offered nothing."""
    at = counter()
    assert [(offer.perk, offer.missing) for offer in offers_for(at, known(60), moment())] == [("coffee", 0), ("mug", 240)]
    spent = known(60).with_fact(fact(1, Redeemed(50, CARD, perk="coffee")))
    assert [(offer.perk, offer.missing) for offer in offers_for(at, spent, moment())] == [("coffee", 40), ("mug", 290)]
    assert offers_for(at, standing(), moment()) == ()


def test_a_menu_has_rewards_only_where_there_are_some() -> None:
    """A shop without rewards, and a member whom none is offered, have nothing to spend on."""
    assert plan_visit(counter(), known(), visit(), moment()).welcome.spendable
    assert not plan_visit(counter(perk=()), known(), visit(), moment()).welcome.spendable


# What a kiosk has given today


def test_a_kiosk_counts_what_it_gives_without_the_hub() -> None:
    """Points spent off line and surprises count, what was asked of the hub and gifts with a reason do not."""
    book = lively().book
    bodies: list[Body] = [
        Redeemed(50, CARD, perk="coffee", offline=True),
        Redeemed(70, CARD, perk="coffee"),
        Granted(CARD, "surprise", "2026-11-22"),
        Granted(CARD, "birthday", "2026"),
        Granted(CARD, "no-such-rule", "2026"),
        Visit(CARD, visit().evidence),
    ]
    assert KioskDay().after(bodies, moment(), book) == KioskDay(TODAY, 1, 50)
    assert KioskDay(TODAY, 1, 50).after(bodies, moment(), book) == KioskDay(TODAY, 2, 100)


def test_a_clock_set_back_brings_no_new_day() -> None:
    """What was given stays counted until a later day begins."""
    for kept in (False, True):
        assert KioskDay(TODAY, 1, 150).on(TODAY + 1, kept) == KioskDay(TODAY + 1)
    assert KioskDay(TODAY, 1, 150).on(TODAY - 1, kept=False) == KioskDay(TODAY, 1, 150)


def test_a_limit_used_up_on_a_day_that_is_not_yet_is_not_used_up_for_weeks() -> None:
    """A clock a month ahead, then set right: what was given counts for today, and tomorrow begins anew."""
    given = KioskDay(TODAY + 30, 1, 150).on(TODAY, kept=True)
    assert given == KioskDay(TODAY, 1, 150)
    assert given.on(TODAY + 1, kept=True) == KioskDay(TODAY + 1)


def test_a_new_day_begins_with_nothing_given() -> None:
    """What was given yesterday counts against nothing today, and a clock that goes back does not bring it back."""
    given = KioskDay(TODAY, 2, 100)
    assert given.on(TODAY, kept=True) == given
    assert given.on(TODAY + 1, kept=True) == KioskDay(TODAY + 1)
    assert given.after([], moment(wall_ms=NOON_MS + 86_400_000), lively().book) == KioskDay(TODAY + 1)


def test_a_draft_is_a_fact_without_a_number() -> None:
    """What is reckoned before it is written is dated by the clock of now and named by nobody."""
    made = draft(counter(), moment(5), visit())
    assert (made.id.kiosk, made.id.epoch, made.id.number, made.at_ms, made.body) == ("k1", "", 0, NOON_MS + 5, visit())


def test_the_day_is_the_shops() -> None:
    """A visit a minute after the shop's own midnight earns the new day's points."""
    midnight = date(2026, 11, 22) + timedelta(days=1)
    at = counter(rule=(Rule("visit", Trigger.VISIT, ACTIVE, points=10, once=Once.DAY),))
    start_ms = at.book.calendar.start_ms(midnight.toordinal())
    late = known().with_fact(fact(1, visit(), start_ms - 60_000))
    assert plan_visit(at, late, visit(), moment(wall_ms=start_ms - 1)).welcome.earned == 0
    assert plan_visit(at, late, visit(), moment(wall_ms=start_ms)).welcome.earned == 10


def test_a_kiosk_without_a_view_counts_its_own_facts() -> None:
    """A stranger's second visit of the day is promised nothing more."""
    at = counter()
    after = written(standing(), plan_visit(at, standing(), visit(), moment()), moment())
    assert plan_visit(at, after, visit(), moment(60_000)).welcome.earned == 0


def test_a_view_of_another_version_of_the_account_is_read_with_what_is_missing() -> None:
    """An account with fields that this program does not know, and without some that it does, is greeted."""
    strange: MemberView = replace(view(), account={"member": "m_1", "ledger": {"credited": 5, "new": 1}, "later": {"x": []}})
    said = plan_visit(counter(), standing(strange), visit(), moment()).welcome
    assert (said.name, said.balance) == ("Марія", 10)
    assert isinstance(standing(strange).account(counter().book), Account)
