"""Why a member stands where they stand: the whole text for one small life, and every kind of fact in words."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest

from hub.explain import FOR, explain
from hub.explain_greeting import imagined
from hub.words import words
from loyalty.account import fold
from loyalty.account.reckoning import EntryType
from loyalty.counter.person import Person
from loyalty.facts import (
    KINDS,
    Adjusted,
    Body,
    CaseStep,
    CaseStepped,
    ClockQuality,
    ClubJoined,
    Face,
    Fact,
    FactId,
    OpeningBalance,
    Purchased,
    QuestionAnswered,
    Rating,
    Redeemed,
)
from loyalty.programme.listening import Choice, ProfileField, Question
from loyalty.programme.saying import Club
from loyalty.rulebook import Rulebook
from tests.hub_builders import BOOT, CARD_1, DAY, EPOCH_A, NOON, TILL, visit

GRACE = Person("en", "Grace")
SAID = {"n_1": "It had stood for an hour"}

LIFE: list[tuple[int, Body]] = [
    (-80, OpeningBalance("m_1", 30, "2026-10-01")),
    (-70, visit()),
    (-70, Rating(CARD_1, 2, Face.BAD, 900)),
    (-70, Adjusted("m_1", 4, "cold-coffee", "op", note="n_1")),
    (-60, Redeemed(60, CARD_1, code="AB12")),
    (-50, Purchased("r-1", 4500, "UAH", CARD_1)),
    (-40, CaseStepped("m_1", "c-9", CaseStep.RESOLVED, "op", "n_2")),
    (-1, visit()),
]

TEXT = """\
member m_1 as of 2026-09-21 17:13

Balance
  82 points: 82 can be spent, 0 wait, 0 are set aside
  37 points burn after 2026-10-08
  45 points never burn

Ledger
  2026-07-03 17:13 +30 brought along from another system until 2026-10-01 [k-1/aaaaaaaaaaaa/1]
  2026-07-13 17:13 +10 for a visit by rule visit [k-1/aaaaaaaaaaaa/2]
  2026-07-13 17:13 +5 for a visit by rule limited [k-1/aaaaaaaaaaaa/2]
  2026-07-13 17:13 +2 as a bonus by rule rating [k-1/aaaaaaaaaaaa/3]
  2026-07-13 17:13 +1 as a bonus by rule slow [k-1/aaaaaaaaaaaa/3]
  2026-07-13 17:13 +4 added by a person (cold-coffee) [k-1/aaaaaaaaaaaa/4]
  2026-07-23 17:13 -60 spent of which 8 were not there [k-1/aaaaaaaaaaaa/5]
  2026-08-02 17:13 +45 for a purchase by rule spend until 2026-10-08 [k-1/aaaaaaaaaaaa/6]
  2026-08-02 17:13 +22 as a bonus by rule tier.gold [k-1/aaaaaaaaaaaa/6]
  2026-09-20 17:13 +10 for a visit by rule visit [k-1/aaaaaaaaaaaa/8]
  2026-09-20 17:13 +5 for a visit by rule limited [k-1/aaaaaaaaaaaa/8]
  2026-09-20 17:13 +8 as a bonus by rule tier.gold [k-1/aaaaaaaaaaaa/8]

Ladder
  buyer since 2026-08-02, because: 1 purchase day
  missing to the next rung: a purchase on a second day

Tier
  gold since 2026-08-02, with 108 points that count
  until 2027-08-02: 0 more points to keep it

Steps
  2026-07-13 17:13 case none -> open: k-1/aaaaaaaaaaaa/3 by rating, severity 3
  2026-08-02 17:13 tier standard -> gold: the basis suffices
  2026-08-02 17:13 rung prospect -> buyer

Activity
  active: 2 visit days, the last 1 day ago, usually 14 days apart

Open cases
  k-1/aaaaaaaaaaaa/3: severity 3, open since 2026-07-13 17:13

Words of staff
  2026-07-13 17:13 +4 points by op: cold-coffee: "It had stood for an hour" [k-1/aaaaaaaaaaaa/4]
  2026-08-12 17:13 case resolved by op (the words were erased) [k-1/aaaaaaaaaaaa/7]

Facts that made no sense
  2026-07-23 17:13 k-1/aaaaaaaaaaaa/5: 8 points more were spent than there were
  2026-08-12 17:13 k-1/aaaaaaaaaaaa/7: case c-9 cannot be resolved: there is none

Next greeting
  chosen: recovery about k-1/aaaaaaaaaaaa/3
"""


def facts() -> list[Fact]:
    return [
        Fact(FactId("k-1", EPOCH_A, number), NOON + days * DAY, 0, BOOT, ClockQuality.NTP, body)
        for number, (days, body) in enumerate(LIFE, start=1)
    ]


def test_a_life_is_explained_in_sentences() -> None:
    """Lots, entries, ladder, tier, case, words of staff and their erasure, what made no sense, the next greeting: all stand there."""
    text = "\n".join(explain("m_1", facts(), GRACE, CARD_1, TILL, NOON, SAID).lines())
    assert text.startswith(TEXT)


def test_clubs_and_answers_are_told_with_their_purpose() -> None:
    """Clubs stand by their title, and an answer with its question and with what the shop wants to know it for."""
    question = Question("work", {"en": "What do you do?"}, (Choice("med", {"en": "I heal"}), Choice("edu", {"en": "I teach"})), field="job")
    club = Club("tasters", {"en": "The tasters"})
    job = ProfileField("job", "to greet you on your day")
    by = Rulebook.single(replace(TILL.now, question=(question,), field=(job,), club=(club,)), TILL.zone)
    told = [visit(), QuestionAnswered(CARD_1, "work", "edu"), ClubJoined("m_1", "tasters")]
    life = [Fact(FactId("k-1", EPOCH_A, number), NOON, 0, BOOT, ClockQuality.NTP, body) for number, body in enumerate(told, start=1)]
    said = explain("m_1", life, GRACE, CARD_1, by, NOON, {}).sections
    assert said["Clubs"] == ["The tasters"]
    assert said["Answers"] == ["What do you do? I teach (asked to know: to greet you on your day)"]


def test_each_greeting_that_is_not_said_says_why() -> None:
    """The candidates that lost stand under the chosen one, every kind of them, each with a reason."""
    (chosen, *lost) = explain("m_1", facts(), GRACE, CARD_1, TILL, NOON, SAID).sections["Next greeting"]
    choice = imagined(fold(facts(), TILL, "m_1"), GRACE, CARD_1, TILL, NOON)
    assert chosen.startswith("chosen: recovery")
    assert len(lost) == len(choice.candidates) - 1 >= 12
    assert all(line.startswith("not ") and len(line.split(": ", 1)[1]) > 5 for line in lost)


def test_an_imagined_visit_changes_nothing() -> None:
    """Asking what would be said leaves the account as it is."""
    account = fold(facts(), TILL, "m_1")
    imagined(account, GRACE, CARD_1, TILL, NOON)
    assert account == fold(facts(), TILL, "m_1")


def test_an_earlier_moment_knows_nothing_of_what_came_later() -> None:
    """As of a moment only the facts up to it count, and what had burned by then is gone."""
    found = explain("m_1", facts(), GRACE, CARD_1, TILL, NOON - 75 * DAY, SAID)
    assert (found.figures["balance"], found.figures["facts"]) == (30, 1)
    assert (found.sections["Open cases"], found.sections["Words of staff"]) == ([], [])
    assert "no visit yet" in found.sections["Activity"]


def test_an_explanation_is_plain_json() -> None:
    """Programs get the same as people, with the figures apart; no name is in it."""
    document = json.loads(json.dumps(dataclasses.asdict(explain("m_1", facts(), GRACE, CARD_1, TILL, NOON, SAID))))
    wanted = {"balance": 82, "available": 82, "pending": 0, "owed": 0, "rung": "buyer", "tier": "gold", "facts": 8, "marked": 2}
    assert wanted.items() <= document["figures"].items()
    assert "Grace" not in json.dumps(document)


def test_every_movement_has_its_words() -> None:
    """No type of entry is without a sentence."""
    assert set(FOR) == set(EntryType)


def made(kind: Any) -> Any:
    """Some value of a type that a fact may have."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{each.name: made(hints[each.name]) for each in dataclasses.fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {str: "word", int: 1, bool: True}.get(kind, () if kind not in get_args(kind) else None)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_fact_has_words(kind: str) -> None:
    """Staff read what happened in plain words, whatever kind of fact it is."""
    text = words(Fact(FactId("k-1", EPOCH_A, 1), NOON, 0, BOOT, ClockQuality.NTP, made(KINDS[kind])))
    assert text == text.strip()
    assert "{" not in text
    assert "object" not in text
    assert text != kind or "." not in kind
