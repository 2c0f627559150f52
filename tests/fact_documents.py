"""Any fact as a document, drawn from the annotations of its kind: fields that may be absent are sometimes absent."""

from __future__ import annotations

import dataclasses
import types
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from loyalty.codec import EITHER, TIME_MS_MAX
from loyalty.facts import KINDS, ClockQuality
from loyalty.shapes import NUMBER_MAX, Key, Many, Text, Whole

Document = dict[str, Any]


def fact_documents(kind: str) -> st.SearchStrategy[Document]:
    """Facts of a kind with any number, moment and clock."""
    numbers = st.integers(0, NUMBER_MAX)
    return st.fixed_dictionaries(
        {
            "s": st.integers(1, NUMBER_MAX),
            "t": st.just(kind),
            "at": st.integers(0, TIME_MS_MAX),
            "mono": numbers,
            "clk": st.sampled_from([quality.value for quality in ClockQuality]),
            "d": _payloads(kind),
        }
    )


@st.composite
def _payloads(draw: st.DrawFn, kind: str) -> Document:
    """What a kind says, with exactly one of card and member where it may have either."""
    payload: Document = draw(_of(KINDS[kind]))
    if "card" in payload:
        payload["card"] = draw(st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
    if kind in EITHER:
        named = draw(st.sampled_from(["card", "member"]))
        payload |= {"card": "", "member": "", named: "c" * 32}
    return payload


def _of(hint: Any) -> st.SearchStrategy[Any]:
    hint, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if get_origin(hint) in (Union, types.UnionType):
        return st.none() | _of(next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is tuple:
        bounds = next(mark for mark in marks if isinstance(mark, Many))
        return st.lists(_of(get_args(hint)[0]), min_size=bounds.least, max_size=min(bounds.most, 3))
    if hint is bool:
        return st.booleans()
    if hint is int:
        whole = next((mark for mark in marks if isinstance(mark, Whole)), Whole())
        return st.integers(whole.least, whole.most)
    if hint is str:
        text = next(mark for mark in marks if isinstance(mark, Text))
        return st.from_regex(text.form, fullmatch=True) | (st.just("") if not text.least else st.nothing())
    if issubclass(hint, Enum):
        return st.sampled_from([member.value for member in hint])
    return _records(hint)


def _records(kind: Any) -> st.SearchStrategy[Document]:
    hints = get_type_hints(kind, include_extras=True)
    fields, may = dict[str, st.SearchStrategy[Any]](), dict[str, st.SearchStrategy[Any]]()
    for each in dataclasses.fields(kind):
        marks = get_args(hints[each.name])[1:] if get_origin(hints[each.name]) is Annotated else ()
        key = next((mark.name for mark in marks if isinstance(mark, Key)), each.name)
        (fields if each.default is dataclasses.MISSING else may)[key] = _of(hints[each.name])
    return st.fixed_dictionaries(fields, optional=may)
