"""Facts as documents: what goes out comes back the same, and what is no fact is refused in words, never with a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import facts as f
from loyalty.calendar import Calendar
from loyalty.codec import NUMBER_MAX, TEXT_CHARS_MAX, TIME_MS_MAX, MalformedFact, decode, encode
from loyalty.facts import Body, ClockQuality, Fact, FactId, StoreRecovered, Unknown
from tests.loyalty_histories import BODIES, BOOT, CARDS, KYIV, Story, at, purchase
from tests.loyalty_histories import fact as fact_of
from tests.loyalty_histories import rating as face
from tests.loyalty_histories import visit as tap

EPOCH = "aaaaaaaaaaaa"
NUMBERS = st.integers(1, NUMBER_MAX)
TEXTS = st.text(min_size=1, max_size=TEXT_CHARS_MAX)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
VISIT, RATING, REASON = tap(), face(), f.Reason(CARDS[0], 2, f.ReasonCode.WAITING)
WITH_EVIDENCE = f.Visit(CARDS[0], f.Evidence("NTAG213", "0" * 16))
RECEIPT = purchase(items=(f.Item("latte", 5_000, 2, ("coffee", "hot")),))
NOBODYS = {"referred"}  # the story tells of one brought by nobody, which no kiosk of ours does


def fact(number: int = 1, body: Body = VISIT, effective_ms: int | None = None) -> Fact:
    """A fact at noon."""
    return fact_of(body, at("2026-11-22"), number, effective_ms=effective_ms)


def facts(kind: str) -> st.SearchStrategy[Fact]:
    """Facts of a kind with any number, moment and clock."""
    bodies = st.builds(lambda a, b: BODIES[kind](Story(at("2026-11-22")), a, b), st.integers(0, 255), st.integers(0, 255))
    ids = st.builds(FactId, st.just("k1"), st.just(EPOCH), NUMBERS)
    return st.builds(
        Fact, ids, st.integers(0, TIME_MS_MAX), st.integers(0, NUMBER_MAX), st.just(BOOT), st.sampled_from(ClockQuality), bodies
    )


@pytest.mark.parametrize("kind", sorted(set(BODIES) - NOBODYS))
@settings(max_examples=20)
@given(data=st.data())
def test_every_fact_comes_back_the_same(kind: str, data: st.DataObject) -> None:
    """Each kind of fact survives the way to a document and to JSON and back unchanged, stream and boot given by whoever carries it."""
    sent = data.draw(facts(kind))
    document = encode(sent)
    assert decode(document, "k1", EPOCH, BOOT) == sent
    assert decode(json.loads(json.dumps(document)), "k1", EPOCH, BOOT) == sent


@given(TEXTS.filter(lambda kind: kind not in f.KINDS), st.dictionaries(st.text(), JSON.filter(lambda value: value == value)))
def test_what_a_newer_version_tells_comes_back_the_same(kind: str, payload: dict[str, Any]) -> None:
    """A fact of a kind that this version does not know is carried whole, whatever is in it."""
    sent = fact(body=Unknown(kind, payload))
    assert decode(encode(sent), "k1", EPOCH, BOOT) == sent


def test_the_document_does_not_name_its_stream() -> None:
    """Kiosk, epoch and boot stand once in the batch that carries facts, not in every fact; nor does the hub's dating."""
    document = encode(fact(7, effective_ms=5))
    assert set(document) == {"s", "t", "at", "mono", "clk", "d"}
    assert "k1" not in json.dumps(document)
    assert decode(document, "k2", "cccccccccccc", "boot-9").id == FactId("k2", "cccccccccccc", 7)


def test_unknown_types_are_kept_whole() -> None:
    """A fact of a newer version is carried on byte for byte, and earns nothing here."""
    document: dict[str, Any] = {
        "s": 1,
        "t": "points.melted",
        "at": 1,
        "mono": 1,
        "clk": "ntp",
        "d": {"card": "x", "deep": [{"a": None}, 1.5]},
    }
    kept = decode(document, "k1", EPOCH, BOOT)
    assert kept.body == Unknown("points.melted", document["d"])
    assert encode(kept) == document
    assert kept.card is None


def test_unknown_fields_are_ignored() -> None:
    """A newer minor version may add fields, at every level, without an older reader minding."""
    for body in (WITH_EVIDENCE, RATING, REASON, RECEIPT, StoreRecovered("kiosk.db.damaged")):
        document = encode(fact(body=body))
        document["d"] = document["d"] | {"new": 1}
        if "ev" in document["d"]:
            document["d"]["ev"] = document["d"]["ev"] | {"sun": "x"}
        assert decode(document | {"newer": [1]}, "k1", EPOCH, BOOT).body == body


def test_an_unknown_field_may_be_called_card() -> None:
    """A kind that names a member and no card ignores a `card`, whatever a newer version says in it; one that names a card refuses ""."""
    document = encode(fact(body=f.MemberLeft("m_1", f.ExitWay.DELETED)))
    assert decode(document | {"d": document["d"] | {"card": ""}}, "k1", EPOCH, BOOT).body == f.MemberLeft("m_1", f.ExitWay.DELETED)
    document = encode(fact())
    with pytest.raises(MalformedFact):
        decode(document | {"d": document["d"] | {"card": ""}}, "k1", EPOCH, BOOT)


def places(document: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place in a document, as the keys that lead there."""
    found = [path] if path else []
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*path, key))
    return found


def changed(document: Any, path: tuple[str, ...], value: Any, *, remove: bool = False) -> Any:
    """The document with something else at one place, or with nothing there."""
    key, *rest = path
    if not rest and remove:
        return {each: kept for each, kept in document.items() if each != key}
    return document | {key: changed(document[key], tuple(rest), value, remove=remove) if rest else value}


@given(
    body=st.sampled_from([WITH_EVIDENCE, RATING, REASON, RECEIPT, StoreRecovered("kiosk.db")]),
    value=JSON | st.sampled_from([-1, 2**53, 2**47 + 1, True, "", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", "x" * 121, 4, "ntp "]),
    remove=st.booleans(),
    data=st.data(),
)
def test_a_spoiled_document_is_refused_or_sound(body: Body, value: Any, remove: bool, data: st.DataObject) -> None:
    """Whatever stands at one place of a document, it is either refused as MalformedFact or read into a fact that can be used."""
    document = encode(fact(body=body))
    spoiled = changed(document, data.draw(st.sampled_from(places(document))), value, remove=remove)
    try:
        read = decode(spoiled, "k1", EPOCH, BOOT)
    except MalformedFact:
        return
    assert decode(encode(read), "k1", EPOCH, BOOT) == read
    assert Calendar(KYIV).day_of(read.when_ms)


@given(JSON)
def test_anything_at_all_is_refused_in_words(anything: Any) -> None:
    """A document that has nothing to do with facts raises MalformedFact and nothing else."""
    with pytest.raises(MalformedFact):
        decode(anything, "k1", EPOCH, BOOT)


BAD = [
    (("s",), 0, "s"),
    (("s",), 1.0, "s"),
    (("s",), True, "s"),
    (("s",), NUMBER_MAX + 1, "s"),
    (("at",), -1, "at"),
    (("at",), TIME_MS_MAX + 1, "at"),
    (("mono",), "1", "mono"),
    (("clk",), "gps", "clk"),
    (("t",), "", "t"),
    (("d",), [], "d"),
    (("d", "card"), "A" * 32, "d.card"),
    (("d", "card"), "a" * 32 + "\n", "d.card"),
    (("d", "visit"), 0, "d.visit"),
    (("d", "face"), 4, "d.face"),
    (("d", "face"), -1, "d.face"),
    (("d", "shown"), None, "d.shown"),
    (("d", "scale"), "x" * 121, "d.scale"),
    (("d", "scale"), "a\x00b", "d.scale"),
    (("d", "card"), "", "d.card"),
]


@pytest.mark.parametrize(("path", "value", "field"), BAD)
def test_the_refusal_names_the_field(path: tuple[str, ...], value: Any, field: str) -> None:
    """The error says at which field and what was expected there, and does not repeat the content."""
    with pytest.raises(MalformedFact) as caught:
        decode(changed(encode(fact(body=RATING)), path, value), "k1", EPOCH, BOOT)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: expected ")


@pytest.mark.parametrize("ndef", ["", "0" * 15, "0" * 17, "G" * 16, 5])
def test_evidence_of_a_message_is_a_fingerprint_or_absent(ndef: Any) -> None:
    """An `ndef` that is there must be 16 hex digits; none, or null, means that it was not read."""
    document = encode(fact(body=VISIT))
    assert "ndef" not in document["d"]["ev"]
    document["d"]["ev"] = {"chip": "NTAG213", "ndef": ndef}
    with pytest.raises(MalformedFact):
        decode(document, "k1", EPOCH, BOOT)


@pytest.mark.parametrize("code", ["", "rude", "WAITING", None])
def test_reasons_are_from_the_list(code: Any) -> None:
    """A reason that is not one of the six is refused, not stored as free text."""
    with pytest.raises(MalformedFact):
        decode(changed(encode(fact(body=REASON)), ("d", "code"), code), "k1", EPOCH, BOOT)


@pytest.mark.parametrize("payload", [{}, {"card": "a" * 32, "member": "m-1"}, {"card": "", "member": ""}])
def test_a_purchase_is_somebodys(payload: dict[str, Any]) -> None:
    """What may concern a card or a member must name exactly one of them."""
    bare = {"receipt": "r-1", "amount": 100, "currency": "UAH"}
    with pytest.raises(MalformedFact) as caught:
        decode(encode(fact()) | {"t": "purchase.recorded", "d": bare | payload}, "k1", EPOCH, BOOT)
    assert caught.value.field == "d.card"
    for who in ({"card": "a" * 32}, {"member": "m-1"}):
        assert decode(encode(fact()) | {"t": "purchase.recorded", "d": bare | who}, "k1", EPOCH, BOOT)


def test_anybody_may_call_for_staff() -> None:
    """The call for staff is the one fact about a visitor that may come without a card."""
    assert decode(encode(fact(body=f.AssistRequested())), "k1", EPOCH, BOOT).body == f.AssistRequested()
    assert decode(encode(fact()) | {"t": "assist.requested", "d": {"card": ""}}, "k1", EPOCH, BOOT).card is None


def test_the_refusal_of_a_list_names_the_item() -> None:
    """An error deep inside a receipt says at which line of it."""
    document = encode(fact(body=RECEIPT))
    document["d"]["items"][0]["count"] = 0
    with pytest.raises(MalformedFact) as caught:
        decode(document, "k1", EPOCH, BOOT)
    assert caught.value.field == "d.items[0].count"
