"""On which line of a TOML document a key stands: the parser of the standard library keeps no lines.

Reads only documents that `tomllib` has accepted, so it need not find mistakes. Values are skipped, never kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Place = tuple[str | int, ...]
"""A key path: ("rule", 2, "title", "en") is the `en` of the title of the third [[rule]]."""

_MARK = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|\n"
    r"|[\[\]{}=,.]"
    r"""|[^\s\[\]{}=,.#"']+""",
    re.DOTALL,
)
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def place_of(path: str) -> Place:
    """The key path of a text like `rule[2].title.en`."""
    return tuple(int(number) if number else name for number, name in _STEP.findall(path))


class Lines:
    """The lines of all keys of one document."""

    def __init__(self, text: str) -> None:
        """`text` is what `tomllib` has parsed. Raises RecursionError for one nested beyond reason."""
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._marks = [(found[0], found.start()) for found in _MARK.finditer(text) if not found[0].startswith("#")]
        self._next = 0
        self._line_of: dict[Place, int] = {}
        self._lengths: dict[Place, int] = {}
        self._document()
        del self._marks

    def of(self, path: str) -> int:
        """Line of a key, from 1; of what it would stand in where it is not written, 0 where not even that is."""
        place = place_of(path)
        while place and place not in self._line_of:
            place = place[:-1]
        return self._line_of.get(place, 0)

    def _mark(self) -> str:
        """The mark under the eye, "" at the end."""
        return self._marks[self._next][0] if self._next < len(self._marks) else ""

    def _note(self, place: Place) -> None:
        """This place stands here, and so do those above it that are nowhere yet."""
        line = bisect_right(self._breaks, self._marks[self._next][1] - 1) + 1
        for length in range(1, len(place) + 1):
            self._line_of.setdefault(place[:length], line)

    def _document(self) -> None:
        table: Place = ()
        while mark := self._mark():
            if mark == "\n":
                self._next += 1
            elif mark == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        start = self._next
        many = self._marks[start + 1][0] == "["
        self._next += 2 if many else 1
        table = self._resolved(self._key())
        if many:
            nth = self._lengths.get(table, 0)
            self._lengths[table] = nth + 1
            table = (*table, nth)
        end, self._next = self._next, start
        self._note(table)
        self._next = end + (2 if many else 1)
        return table

    def _resolved(self, key: Place) -> Place:
        """A header's key with the running number put in where its parents are lists of tables."""
        place: Place = ()
        for nth, name in enumerate(key):
            place = (*place, name)
            if nth < len(key) - 1 and place in self._lengths:
                place = (*place, self._lengths[place] - 1)
        return place

    def _key(self) -> Place:
        """A key, dotted or not; the eye comes to stand behind it."""
        names = [_plain(self._mark())]
        self._next += 1
        while self._mark() == ".":
            self._next += 1
            names.append(_plain(self._mark()))
            self._next += 1
        return tuple(names)

    def _pair(self, table: Place) -> None:
        start = self._next
        place = (*table, *self._key())
        end, self._next = self._next, start
        self._note(place)
        self._next = end + 1  # the equals sign
        self._value(place)

    def _value(self, place: Place) -> None:
        mark = self._mark()
        if mark == "[":
            self._next += 1
            self._list(place)
        elif mark == "{":
            self._next += 1
            self._inline(place)
        else:
            self._next += 1
            while self._mark() not in ("", "\n", ",", "]", "}"):  # a date and its time, the parts of a fraction
                self._next += 1

    def _list(self, place: Place) -> None:
        nth = 0
        while mark := self._mark():
            if mark in ("\n", ","):
                nth += mark == ","
                self._next += 1
            elif mark == "]":
                self._next += 1
                return
            else:
                self._note((*place, nth))
                self._value((*place, nth))

    def _inline(self, place: Place) -> None:
        while mark := self._mark():
            if mark in ("\n", ","):
                self._next += 1
            elif mark == "}":
                self._next += 1
                return
            else:
                self._pair(place)


def _plain(name: str) -> str:
    """A key without its quotes; one with escapes in it is none of ours and stays as it is."""
    return name[1:-1] if name[:1] in ("'", '"') else name
