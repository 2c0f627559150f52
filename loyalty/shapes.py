"""The marks that bound a value in a type annotation, and what can be wrong with a document. `document` reads by them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Annotated, Any

NUMBER_MAX = 2**53 - 1  # what every JSON reader can hold exactly
TEXT_CHARS_MAX = 120  # longest text that has no bound of its own


@dataclass(frozen=True, slots=True)
class Whole:
    """Bounds of a whole number; `beyond`: one more that it may be, which lies outside of them."""

    least: int = 0
    most: int = NUMBER_MAX
    beyond: int | None = None


Signed = Annotated[int, Whole(-NUMBER_MAX)]
"""A whole number that may be below zero."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A whole number that is a row of at most so many bits: written in hex, since JSON's numbers end at 53 bits."""

    most: int


@dataclass(frozen=True, slots=True)
class Text:
    """Form of a text: a regular expression for the whole of it ("" for any printable text), and its bounds in characters."""

    form: str = ""
    most: int = TEXT_CHARS_MAX
    least: int = 1
    words: str = ""  # the form, said to a person


@dataclass(frozen=True, slots=True)
class Many:
    """How many items a list or an object may have."""

    most: int
    least: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """The name in the document, where it is not the field's."""

    name: str


Path = str | tuple[Any, str | int]
"""A place in a document: a text, or (where, key or place in a list), put into words only when something is wrong there."""


def words_of(path: Path) -> str:
    """A place as people write it: rule[2].once."""
    if isinstance(path, str):
        return path
    where, key = words_of(path[0]), path[1]
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key


class Malformed(ValueError):
    """A document that does not fit: `field` says where, `expected` what was expected there."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.expected = field, expected


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: where (`rule[2].once_per`), what, and what to do about it."""

    path: str
    what: str
    do: str


@dataclass(slots=True)
class Findings:
    """All problems of one reading."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, what: str, do: str) -> None:
        """One more."""
        self.problems.append(Problem(path, what, do))


def near(word: str, known: list[str]) -> str:
    """The known word nearest to `word`, "" where none is near."""
    found = difflib.get_close_matches(word[:TEXT_CHARS_MAX].lower(), known, n=1, cutoff=0.6)
    return found[0] if found else ""
