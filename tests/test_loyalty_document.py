"""Values from documents and back, by the annotations: what fits comes back the same, what does not is named by its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum, StrEnum
from typing import Annotated, Any

import pytest

from loyalty.document import LIST_MAX, read, read_strictly, reader, write
from loyalty.programme.rules import in_language
from loyalty.shapes import Bits, Findings, Key, Malformed, Many, Problem, Signed, Text, Whole, near, words_of


class Size(StrEnum):
    """Sizes."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Cup:
    """Something inside."""

    size: Size
    count: Annotated[int, Whole(1, 9)] = 1


@dataclass(frozen=True)
class Order:
    """One of every kind of field."""

    name: Annotated[str, Text("", 5)]
    code: Annotated[str, Text(r"[a-z]+", 4, 2, "two to four small letters"), Key("c")] = "ab"
    form: Annotated[str, Text(r"[0-9]{2}|", 2, 0)] = ""
    paid: bool = False
    below: Signed = 0
    bits: Annotated[int, Bits(70)] = 0
    on: date | None = None
    at: time | None = None
    cups: Annotated[tuple[Cup, ...], Many(2)] = ()
    pair: tuple[int, str] | None = None
    words: dict[str, str] = field(default_factory=dict)
    days: list[list[int]] = field(default_factory=list)
    gift: Cup | None = None
    limit: Annotated[Annotated[int, Whole(0, 3)] | None, "A sentence."] = None
    bounded: Annotated[int | None, Whole(0, 3)] = None


FULL = Order(
    "Olena",
    "abc",
    "42",
    True,
    -5,
    1 << 69,
    date(2026, 3, 1),
    time(9, 30),
    (Cup(Size.SMALL), Cup(Size.LARGE, 2)),
    (1, "x"),
    {"a": "b"},
    [[1, 2], []],
    Cup(Size.SMALL),
    3,
    2,
)
WRITTEN = {
    "name": "Olena",
    "c": "abc",
    "form": "42",
    "paid": True,
    "below": -5,
    "bits": "200000000000000000",
    "on": "2026-03-01",
    "at": "09:30",
    "cups": [{"size": "small", "count": 1}, {"size": "large", "count": 2}],
    "pair": [1, "x"],
    "words": {"a": "b"},
    "days": [[1, 2], []],
    "gift": {"size": "small", "count": 1},
    "limit": 3,
    "bounded": 2,
}


def test_a_value_comes_back_the_same() -> None:
    """What was written is read as it was; dates and times may also come as TOML gives them."""
    assert write(FULL) == WRITTEN
    assert read(Order, WRITTEN) == FULL
    assert read(Order, WRITTEN | {"on": FULL.on, "at": FULL.at}) == FULL


def test_empty_fields_are_left_out() -> None:
    """A field whose default is empty is not written while it is empty, and need not be there to be read."""
    assert write(Order("x")) == {"name": "x", "c": "ab"}
    assert read(Order, {"name": "x"}) == Order("x")


def test_unknown_keys_are_ignored_by_read_only() -> None:
    """A newer writer may add keys to a fact; in a shop's own file an unknown key is a mistake, with a guess at what was meant."""
    assert read(Order, {"name": "x", "nmae": 1}) == Order("x")
    findings = Findings()
    assert read_strictly(Order, {"name": "x", "gift": {"size": "small", "cuont": 1}, "zzz": 1}, findings) is None
    assert [(each.path, each.what) for each in findings.problems] == [("zzz", "unknown key"), ("gift.cuont", "unknown key")]
    assert findings.problems[0].do.startswith("remove it; the keys are")
    assert findings.problems[1].do == "did you mean gift.count?"


BAD = [
    ([], "order", "a table of keys"),
    ({}, "order.name", "this key"),
    ({"name": ""}, "order.name", "a text of 1 to 5 printable characters"),
    ({"name": "abcdef"}, "order.name", "a text of 1 to 5 printable characters"),
    ({"name": "a\nb"}, "order.name", "a text of 1 to 5 printable characters"),
    ({"name": 5}, "order.name", "a text of 1 to 5 printable characters"),
    ({"name": "x", "c": "ABC"}, "order.c", "two to four small letters"),
    ({"name": "x", "form": "1"}, "order.form", "a text like [0-9]{2}|"),
    ({"name": "x", "paid": 1}, "order.paid", "true or false"),
    ({"name": "x", "below": True}, "order.below", "a whole number from -9007199254740991 to 9007199254740991"),
    ({"name": "x", "below": 1.0}, "order.below", "a whole number from -9007199254740991 to 9007199254740991"),
    ({"name": "x", "bits": "g"}, "order.bits", "at most 70 bits in hex"),
    ({"name": "x", "bits": "f" * 18}, "order.bits", "at most 70 bits in hex"),
    ({"name": "x", "bits": 5}, "order.bits", "at most 70 bits in hex"),
    ({"name": "x", "on": "2026-13-01"}, "order.on", "a day like 2026-11-25"),
    ({"name": "x", "on": "20260301"}, "order.on", "a day like 2026-11-25"),
    ({"name": "x", "on": 5}, "order.on", "a day like 2026-11-25"),
    ({"name": "x", "at": "24:00"}, "order.at", "a time of day like 16:30"),
    ({"name": "x", "at": time(9, 30, 1)}, "order.at", "a time of day like 16:30"),
    ({"name": "x", "cups": {}}, "order.cups", "a list of 0 to 2"),
    ({"name": "x", "cups": [{"size": "small"}] * 3}, "order.cups", "a list of 0 to 2"),
    ({"name": "x", "cups": [{"size": "small"}, {"size": "tiny"}]}, "order.cups[1].size", "one of small, large"),
    ({"name": "x", "cups": [{"size": []}]}, "order.cups[0].size", "one of small, large"),
    ({"name": "x", "pair": [1]}, "order.pair", "a list of 2"),
    ({"name": "x", "pair": [1, 2]}, "order.pair[1]", "a text of 0 to 255 printable characters"),
    ({"name": "x", "words": []}, "order.words", f"a table of at most {LIST_MAX} keys"),
    ({"name": "x", "words": {"a": 1}}, "order.words.a", "a text of 0 to 255 printable characters"),
    ({"name": "x", "words": {"a\n": "b"}}, "order.words", "a text of 0 to 255 printable characters"),
    ({"name": "x", "days": [[1], [-1]]}, "order.days[1][0]", "a whole number from 0 to 9007199254740991"),
    ({"name": "x", "days": [[]] * (LIST_MAX + 1)}, "order.days", f"a list of 0 to {LIST_MAX}"),
    ({"name": "x", "gift": {"size": "small", "count": 10}}, "order.gift.count", "a whole number from 1 to 9"),
    ({"name": "x", "limit": 4}, "order.limit", "a whole number from 0 to 3"),
    ({"name": "x", "bounded": 4}, "order.bounded", "a whole number from 0 to 3"),
]


@pytest.mark.parametrize(("document", "where", "expected"), BAD, ids=[f"{number}-{case[1]}" for number, case in enumerate(BAD)])
def test_what_does_not_fit_is_named(document: Any, where: str, expected: str) -> None:
    """The place and what is expected there, never what stood there; in the same words whether one error is told or all."""
    with pytest.raises(Malformed) as caught:
        read(Order, document, "order")
    assert (caught.value.field, caught.value.expected) == (where, expected)
    assert str(caught.value) == f"{where}: expected {expected}"
    findings = Findings()
    assert read_strictly(Order, document, findings, "order") is None
    first = findings.problems[0]
    assert first.path == where
    assert first.what == ("is missing" if expected == "this key" else f"is not {expected}")
    assert first.do


def test_everything_wrong_is_told_at_once() -> None:
    """One reading of a shop's file finds all mistakes, each with what to do about it."""
    findings = Findings()
    assert read_strictly(Order, {"name": 1, "cups": [{"size": "smal"}, {"count": 0}], "words": {"a": 1}, "pair": [1, 1]}, findings) is None
    assert findings.problems == [
        Problem("name", "is not a text of 1 to 5 printable characters", "write a text of 1 to 5 printable characters"),
        Problem("cups[0].size", "is not one of small, large", 'did you mean "small"?'),
        Problem("cups[1].size", "is missing", "write it"),
        Problem("cups[1].count", "is not a whole number from 1 to 9", "write a whole number from 1 to 9"),
        Problem("pair[1]", "is not a text of 0 to 255 printable characters", "write a text of 0 to 255 printable characters"),
        Problem("words.a", "is not a text of 0 to 255 printable characters", "write a text of 0 to 255 printable characters"),
    ]


def test_a_sound_document_read_strictly_is_the_value() -> None:
    """Without anything wrong the value is there, and nothing is found; what was found before does not matter."""
    findings = Findings([Problem("elsewhere", "is wrong", "mend it")])
    assert read_strictly(Order, WRITTEN, findings) == FULL
    assert len(findings.problems) == 1


def test_a_type_that_no_document_can_say_is_a_mistake_of_ours() -> None:
    """An annotation that cannot be read fails loudly when the reader is made."""
    with pytest.raises(TypeError, match="no document can say"):
        reader(float)
    with pytest.raises(TypeError, match="no document can say"):
        reader(bytes)


def test_anything_may_be_said_where_anything_is_meant() -> None:
    """A field without a type of its own takes what stands there as it is."""
    assert read(Any, {"deep": [1, None]}) == {"deep": [1, None]}


def test_a_text_is_said_in_the_wanted_language_or_the_first() -> None:
    """A language that is not there gives the first there is, and no text at all is an empty one."""
    texts = {"uk": "кава", "en": "coffee"}
    assert [in_language(texts, language) for language in ("en", "uk", "ru", None)] == ["coffee", "кава", "кава", "кава"]
    assert in_language({}, "en") == ""


def test_a_place_is_said_as_people_write_it() -> None:
    """Keys with dots, places in lists in brackets, nothing before the first."""
    assert words_of((("", "rule"), "once")) == "rule.once"
    assert words_of(((("programme", "rule"), 2), "once")) == "programme.rule[2].once"
    assert words_of("d") == "d"


def test_the_nearest_word_is_guessed_only_if_it_is_near() -> None:
    """A guess that is far off would mislead."""
    assert near("Smal", ["small", "large"]) == "small"
    assert near("tiny", ["small", "large"]) == ""


def test_numbers_may_be_words_of_a_list_too() -> None:
    """A closed list may be of numbers; anything unhashable in its place is refused like any other wrong value."""

    class Faces(Enum):
        BAD = 0
        GOOD = 1

    assert read(Faces, 1) is Faces.GOOD
    for wrong in (2, True, None, [], "1"):
        with pytest.raises(Malformed):
            read(Faces, wrong)
