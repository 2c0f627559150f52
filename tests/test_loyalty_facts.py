"""The vocabulary of facts: what orders them, what identifies them, what they must never carry."""

from __future__ import annotations

import dataclasses

import pytest

from loyalty.facts import Evidence, Face, Fact, FactId, Rating, Reason, ReasonCode, StoreRecovered, Unknown, Visit
from tests.builders import CARD, NOON_MS, fact, rating, reason, visit


def test_the_two_lower_faces_are_bad() -> None:
    """Exactly the two worst of the four faces ask for a reason, and there is no neutral one."""
    assert [face for face in Face if face.is_bad] == [Face.VERY_BAD, Face.BAD]
    assert sorted(Face) == [0, 1, 2, 3]


def test_reasons_have_a_fixed_order() -> None:
    """The order of the reasons is the order on screen, so it is part of what was asked."""
    assert [code.value for code in ReasonCode] == ["attention", "politeness", "quality", "price", "waiting", "other"]


def test_facts_cannot_be_changed() -> None:
    """A fact and everything in it is frozen: a mistake is repaired by a new fact."""
    for thing in (fact(), fact().id, visit(), rating(), reason(), Evidence("NTAG213"), StoreRecovered("x"), Unknown("x", {})):
        first = dataclasses.fields(thing)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, first, None)


def test_the_hubs_moment_counts_where_there_is_one() -> None:
    """A fact is dated by the kiosk's clock until the hub has decided; 0 is a decision too."""
    assert fact(at_ms=5).when_ms == 5
    assert fact(at_ms=5, effective_ms=7).when_ms == 7
    assert fact(at_ms=5, effective_ms=0).when_ms == 0


def test_order_is_time_then_identity() -> None:
    """Facts are ordered by the time that counts; equal times by kiosk, epoch and number, so that every fold sees one sequence."""
    late = fact(1, at_ms=NOON_MS + 1)
    early_elsewhere = fact(9, at_ms=NOON_MS, kiosk="k2")
    early_second = fact(2, at_ms=NOON_MS)
    early_first = fact(1, at_ms=NOON_MS)
    redated = fact(5, at_ms=NOON_MS + 9, effective_ms=NOON_MS - 1)
    told = sorted([late, early_elsewhere, early_second, early_first, redated], key=lambda each: each.order)
    assert told == [redated, early_first, early_second, early_elsewhere, late]


def test_numbers_order_as_numbers() -> None:
    """Fact 10 follows fact 9: numbers are never compared as text."""
    assert fact(9).order < fact(10).order
    assert FactId("k", "e", 9) < FactId("k", "e", 10)


@pytest.mark.parametrize(("body", "card"), [(visit(), CARD), (rating(), CARD), (reason(), CARD), (StoreRecovered("x"), None)])
def test_a_fact_knows_its_card(body: Visit | Rating | Reason | StoreRecovered, card: str | None) -> None:
    """The card concerned is found for every fact about one, and is None for a fact about the kiosk itself."""
    assert fact(body=body).card == card


def test_no_fact_has_room_for_a_person() -> None:
    """No field of any fact is for a name, a chip number or a balance."""
    named = {field.name for kind in (Fact, FactId, Visit, Rating, Reason, Evidence, StoreRecovered) for field in dataclasses.fields(kind)}
    assert named.isdisjoint({"name", "uid", "balance", "points", "phone", "email", "member"})
