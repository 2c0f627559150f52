"""Which question is asked: one that is needed, of somebody who may be asked, not too often, and never after a bad day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from loyalty.account import Account, advance, apply
from loyalty.counter.person import Person
from loyalty.counter.questions import choose_question
from loyalty.facts import (
    Body,
    CaseAnswered,
    CaseOpened,
    CaseSource,
    ConsentGiven,
    ConsentMethod,
    ConsentWithdrawn,
    Enrolled,
    Face,
    Purpose,
    QuestionAnswered,
    QuestionSkipped,
)
from loyalty.programme.listening import Asking, Choice, Ground, ProfileField, Question
from loyalty.programme.rules import Status
from loyalty.programme.saying import Campaign, Goal
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, book, fact, rating, visit

CHOICES = (Choice("a", {"en": "A"}), Choice("b", {"en": "B"}))
DISTRICT = ProfileField("district", "to open where you live", Ground.CONTRACT, valid_days=100)


def question(id_: str = "where", field: str = "district", **more: Any) -> Question:
    """An active question."""
    given: dict[str, Any] = {"status": Status.ACTIVE} | more
    return Question(id_, {"en": f"{id_}?"}, CHOICES, field=field, **given)


class Asked:
    """A member who has come on three days, and what would be asked."""

    def __init__(self, visits: int = 3, person: Person | None = None, **tables: Any) -> None:
        given = {"field": (DISTRICT,), "question": (question(),)} | tables
        self.book, self.account, self.person, self.number, self.at = book(KYIV, **given), Account("m_1"), person, 0, NOON_MS
        for offset in range(1 - visits, 1):
            self.do(visit(), offset)

    def do(self, body: Body, offset: int = 0, minutes: int = 0) -> Asked:
        """A fact so many days from today."""
        self.number += 1
        self.at = NOON_MS + offset * DAY_MS + minutes * 60_000
        apply(self.account, fact(self.number, body, self.at), self.book)
        return self

    def id(self, offset: int | None = None) -> str:
        """Id of the question asked, "" for none."""
        at = self.at if offset is None else NOON_MS + offset * DAY_MS
        found = choose_question(advance(self.account, at, self.book), self.person)
        return found.id if found else ""


ANSWER, SKIP = QuestionAnswered(CARD, "where", "a"), QuestionSkipped(CARD, "where")


@pytest.mark.parametrize(("visits", "asked"), [(2, ""), (3, "where"), (9, "where")])
def test_nothing_is_asked_before_the_visit_day_of_the_programme(visits: int, asked: str) -> None:
    """Three by default."""
    assert Asked(visits).id() == asked


def test_the_programme_says_from_which_visit_day_on() -> None:
    """Its number alone decides."""
    assert Asked(3, asking=Asking(visits_min=6)).id() == ""
    assert Asked(1, asking=Asking(visits_min=1)).id() == "where"


def test_nothing_is_asked_after_a_bad_rating_of_today_or_with_a_case_open() -> None:
    """A good rating changes nothing; a case counts however it came, until the customer closes it."""
    assert Asked().do(rating(face=Face.GOOD)).id() == "where"
    assert Asked().do(rating(face=Face.BAD)).id() == ""
    member = Asked().do(CaseOpened("m_1", "c1", CaseSource.HOTLINE))
    assert member.id(1) == ""
    assert member.do(CaseAnswered(CARD, "c1", right=True), 1).id() == "where"


def test_a_bad_rating_counts_for_its_day_even_where_it_opens_no_case() -> None:
    """A case put right within the hour: still no question today, but tomorrow."""
    member = Asked().do(rating(face=Face.BAD))
    member.do(CaseAnswered(CARD, member.account.voice.cases[0].id, right=True), 0, 30)
    assert (member.id(), member.id(1)) == ("", "where")


@pytest.mark.parametrize("body", [ANSWER, SKIP], ids=["answered", "skipped"])
def test_after_a_question_none_is_asked_for_some_days(body: Body) -> None:
    """Of any kind, whether it was answered or not."""
    member = Asked(question=(question(), question("poll", ""))).do(body)
    assert (member.id(), bool(member.id(6)), bool(member.id(7))) == ("", False, True)


def test_a_question_skipped_twice_in_a_row_rests() -> None:
    """For half a year; an answer or a single skip does not let it rest."""
    member = Asked().do(SKIP)
    assert member.id(7) == "where"
    member.do(SKIP, 7)
    assert [member.id(7 + each) for each in (7, 179, 180)] == ["", "", "where"]
    assert Asked(asking=Asking(skips_max=3)).do(SKIP).do(SKIP, 7).id(14) == "where"


def test_what_is_known_is_not_asked_until_the_answer_is_old() -> None:
    """From the hub, from the own answer, or from another question about the same field."""
    assert Asked(person=Person("uk", known_fields=("district",))).id() == ""
    assert Asked(person=Person("uk", known_fields=("reading",))).id() == "where"
    member = Asked(question=(question(), question("again"))).do(ANSWER)
    assert [member.id(each) for each in (50, 99, 100)] == ["", "", "again"]


def test_a_poll_is_asked_again_after_a_year() -> None:
    """It fills no field, so nothing makes its answer old but time."""
    member = Asked(question=(question(field=""),)).do(ANSWER)
    assert [member.id(each) for each in (8, 364, 365)] == ["", "", "where"]


def _consent(given: bool) -> Body:
    if given:
        return ConsentGiven(Purpose.PROFILING, ConsentMethod.TAP, "v1", "0" * 64, "uk", CARD)
    return ConsentWithdrawn(Purpose.PROFILING, ConsentMethod.TAP, CARD)


GROUNDS = [
    (Ground.CONTRACT, (True, True, True)),
    (Ground.INTEREST, (True, True, False)),
    (Ground.CONSENT, (False, True, False)),
]


@pytest.mark.parametrize(("ground", "asked"), GROUNDS)
def test_a_field_is_asked_only_on_its_ground(ground: Ground, asked: tuple[bool, bool, bool]) -> None:
    """Nothing said, consent given, consent taken back: with consent as the ground only the second may be asked."""
    fields = (replace(DISTRICT, basis=ground),)
    found = [Asked(field=fields), Asked(field=fields).do(_consent(True)), Asked(field=fields).do(_consent(True)).do(_consent(False))]
    assert tuple(each.id() == "where" for each in found) == asked


def test_a_sensitive_field_is_never_asked_nor_one_that_the_programme_does_not_keep() -> None:
    """Whatever the ground, whatever the consent."""
    assert Asked(field=(replace(DISTRICT, sensitive=True),)).do(_consent(True)).id() == ""
    assert Asked(field=()).id() == ""


def test_a_question_is_asked_only_while_it_is_active_and_of_those_it_is_meant_for() -> None:
    """Drafts wait; rungs hold."""
    assert Asked(question=(question(status=Status.DRAFT),)).id() == ""
    assert Asked(question=(question(rungs=("advocate",)),)).id() == ""
    assert Asked(question=(question(rungs=("client",)),)).id() == "where"


READING = replace(DISTRICT, id="reading")


def _learning(**more: Any) -> Campaign:
    given: dict[str, Any] = {"learns": "reading"} | more
    return Campaign("learn", Goal.LEARN, date(2026, 11, 1), date(2026, 12, 1), **given)


def test_the_heavier_question_comes_first_and_ties_go_by_name() -> None:
    """By weight, then by id."""
    assert Asked(question=(question("a", weight=5), question("b", weight=6), question("c", "", weight=6))).id() == "b"


@pytest.mark.parametrize(
    ("campaign", "asked"),
    [
        (_learning(), "light"),
        (replace(_learning(), ends=date(2026, 11, 21)), "heavy"),
        (_learning(rungs=("advocate",)), "heavy"),
        (_learning(learns=""), "heavy"),
    ],
    ids=["running", "over", "for others", "learns nothing"],
)
def test_what_a_campaign_is_to_learn_is_asked_first(campaign: Campaign, asked: str) -> None:
    """The lightest question before the heaviest, while it runs for this member; a poll is no field of a campaign that learns nothing."""
    two = (question("light", "reading", weight=1), question("heavy", "", weight=100))
    assert Asked(field=(DISTRICT, READING), question=two, campaign=(campaign,)).id() == asked


def test_those_held_out_of_a_campaign_are_not_asked_for_it() -> None:
    """Some of the members are asked the heavier question instead."""
    two = (question("light", "reading", weight=1), question("heavy", "", weight=100))
    found = set()
    for each in range(12):
        member = Asked(field=(DISTRICT, READING), question=two, campaign=(_learning(hold_out_percent=50),))
        member.account.member = f"m_{each}"
        found.add(member.id())
    assert found == {"light", "heavy"}


def test_the_day_of_the_last_question_is_the_shop_s() -> None:
    """Asked late in the evening in Kyiv, it is a week later at noon seven days on."""
    member = Asked().do(SKIP, 0, 11 * 60)
    assert (member.id(6), member.id(7)) == ("", "where")


def test_other_facts_ask_nothing() -> None:
    """Joining alone is no visit."""
    assert Asked(0).do(Enrolled("m_1")).id() == ""
