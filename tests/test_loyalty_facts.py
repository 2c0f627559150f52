"""The vocabulary of facts: what orders them, what identifies them, what they must never carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from loyalty.document import read
from loyalty.facts import KINDS, Body, Evidence, Face, Fact, FactId, Reason, ReasonCode, StoreRecovered, Unknown
from loyalty.facts import OpeningBalance as Opening
from loyalty.shapes import Malformed
from tests import loyalty_histories as histories
from tests.loyalty_histories import CARDS, at, rating, visit

CARD, NOON_MS = CARDS[0], at("2026-11-22")


def reason() -> Reason:
    """A reason."""
    return Reason(CARD, 2, ReasonCode.WAITING)


def fact(number: int = 1, body: Body | None = None, at_ms: int = NOON_MS, kiosk: str = "k1", effective_ms: int | None = None) -> Fact:
    """A fact, a visit at noon unless it is said to be another."""
    return histories.fact(body or visit(), at_ms, number, kiosk, effective_ms=effective_ms)


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


def texts_of(hint: Any) -> Iterator[Any]:
    """The types of all texts in an annotated type, however deep they lie."""
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if plain is str:
        yield hint
    elif dataclasses.is_dataclass(plain):
        hints = get_type_hints(plain, include_extras=True)
        for each in dataclasses.fields(plain):
            yield from texts_of(hints[each.name])
    else:
        for inner in get_args(plain):
            yield from texts_of(inner)


def test_no_fact_has_room_for_free_text() -> None:
    """Facts are kept for ever, so no text in any of them can be a sentence or a name: all are ids, codes, days and hashes."""
    found = [(kind, hint) for kind, body in KINDS.items() for hint in texts_of(body)]
    assert len(found) > 100
    for kind, hint in found:
        for sentence in ("Olena was rude", "Олена"):
            with pytest.raises(Malformed):
                assert read(hint, sentence, kind) is None, kind


def test_a_reason_is_a_short_code() -> None:
    """A reason that is kept for ever is a word of small letters: neither a sentence nor a name as people write it."""
    payload = {"member": "m_1", "points": 4, "by": "op"}
    assert read(KINDS["points.adjusted"], {**payload, "reason": "cold-coffee_2"}).reason == "cold-coffee_2"
    for reason in ("", "cold coffee", "Olena", "кава", "x" * 33, "-x", "m_1:2"):
        with pytest.raises(Malformed, match="a short code like cold-coffee"):
            read(KINDS["points.adjusted"], {**payload, "reason": reason})


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


def test_reasons_are_of_the_process_or_of_the_goods() -> None:
    """How it went (people, waiting) is told apart from what was bought."""
    assert [code.value for code in ReasonCode if code.is_process] == ["attention", "politeness", "waiting"]


@pytest.mark.parametrize(
    ("body", "card", "member"),
    [
        (visit(), CARD, None),
        (rating(), CARD, None),
        (reason(), CARD, None),
        (StoreRecovered("x"), None, None),
        (Opening("m-1", 5), None, "m-1"),
    ],
)
def test_a_fact_knows_whom_it_concerns(body: Body, card: str | None, member: str | None) -> None:
    """The card or member concerned is found for every fact about one, and is None for a fact about the kiosk itself."""
    assert (fact(body=body).card, fact(body=body).member) == (card, member)


def test_kinds_are_told_apart_by_name() -> None:
    """Each kind of fact has its own name on the wire, of two or more words or of one, and is found by it."""
    assert all(made.kind == name for name, made in KINDS.items())
    assert len(set(KINDS.values())) == len(KINDS)


def test_no_fact_has_room_for_a_person() -> None:
    """No field of any fact is for a name, a chip number, an address or a birthday: that is the profile's, and can be forgotten."""
    named = {field.name for kind in (Fact, FactId, Evidence, *KINDS.values()) for field in dataclasses.fields(kind)}
    assert named.isdisjoint({"name", "surname", "uid", "balance", "phone", "email", "address", "birthday", "born", "answer_text"})
