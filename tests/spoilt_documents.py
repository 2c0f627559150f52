"""Documents spoiled at a few places by chance: a field less, a bound overstepped, another type, a list too long, a text with a tail.

No number is written as 1.0 where it was 1: which of them are whole is what JSON Schema and the wire see differently on purpose.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from loyalty.codec import TIME_MS_MAX
from loyalty.facts import POINTS_MAX
from loyalty.shapes import NUMBER_MAX

DAY_MAX = 3_652_059  # the last day of the year 9999
EDGES = (
    -1,
    0,
    1,
    2,
    3,
    4,
    200,
    201,
    256,
    257,
    404,
    423,
    999,
    1_000,
    3_600,
    3_601,
    DAY_MAX,
    DAY_MAX + 1,
    60_000,
    60_001,
    POINTS_MAX,
    POINTS_MAX + 1,
    TIME_MS_MAX,
    TIME_MS_MAX + 1,
    NUMBER_MAX,
    NUMBER_MAX + 1,
)
TAILS = ("\n", "\0", "\ud800", " ", "/", "é", "A", "a", "\u200b", "\u00a0", "\U000e0001", "x" * 300)
CHARS = (31, 32, 33, 35, 36, 64, 65, 128, 129, 200, 201, 280, 281)  # of texts
LENGTHS = (1, 2, 8, 9, 16, 17, 32, 33, 64, 65, 256, 257, 512, 513)
PLAIN: tuple[Any, ...] = (None, True, False, 0.5, -0.5, "", "a", "A", "3f" * 16, "ntp", "online", "\n", [], {}, [1])
ANYTHING = st.sampled_from((*EDGES, *PLAIN)).map(copy.deepcopy)


def spoilt_everywhere(document: Any) -> Iterator[Any]:
    """The document spoiled at one place, at each place in each way: every bound of every field is met from both sides."""
    for place, holder in enumerate(_holders(document)):
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            for value in (*EDGES, *PLAIN, *_near(holder[key])):
                spoiled = copy.deepcopy(document)
                _holders(spoiled)[place][key] = copy.deepcopy(value)
                yield spoiled
            spoiled = copy.deepcopy(document)
            del _holders(spoiled)[place][key]
            yield spoiled


@st.composite
def spoilt(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> Any:
    """One of `documents`, changed at one to three places; by chance it may still be sound."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from(_holders(document)))
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder)))) if holder else None
        if key is None:
            _grow(draw, holder)
        elif draw(st.integers(0, 4)) == 0:
            del holder[key]
        else:
            holder[key] = draw(_instead_of(holder[key]))
        if isinstance(holder, dict) and draw(st.integers(0, 5)) == 0:
            _grow(draw, holder)
    return document


def _holders(document: Any) -> list[Any]:
    """Every object and list of a document, itself first."""
    inside = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return [each for each in [document] if isinstance(each, dict | list)] + [held for inner in inside for held in _holders(inner)]


def _grow(draw: st.DrawFn, holder: Any) -> None:
    """One thing more, of a name or at a place that nobody expects."""
    if isinstance(holder, dict):
        holder[draw(st.sampled_from(["new", "card", "m", "why", "", "nul\0"]))] = draw(ANYTHING)
    else:
        holder.append(draw(ANYTHING))


def _near(value: Any) -> list[Any]:
    """Values near to one."""
    match value:
        case bool():
            return [not value]
        case int():
            return [value - 1, value + 1, -value]
        case str():
            return [
                *(value + tail for tail in TAILS),
                *((value + "a" * chars)[:chars] for chars in CHARS),
                value[:-1],
                value.upper(),
                value * 2,
            ]
        case list() if value:
            return [(value * length)[:length] for length in LENGTHS]
    return []


def _instead_of(value: Any) -> st.SearchStrategy[Any]:
    """Something near a value, or anything else."""
    near = _near(value)
    return st.sampled_from(near) | ANYTHING if near else ANYTHING
