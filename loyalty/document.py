"""Values from plain documents and back, read off the type annotations of frozen or mutable dataclasses.

A document is what JSON and TOML have: objects, lists, texts, whole numbers, truth. One engine reads facts (the first error
raises), programmes (all errors at once, unknown keys refused) and snapshots. Bytes, files and lines are not known here.

Bounds stand in the annotation: `Annotated[int, Whole(0, 100), "What it means."]`. A field whose default is empty (None, 0,
False, "", ()) may be absent from a document and is left out when written.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from datetime import date, time
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from loyalty.shapes import Bits, Findings, Key, Malformed, Many, Path, Text, Whole, near, words_of

Document = dict[str, Any]
LIST_MAX = 100_000  # longest list that has no bound of its own: what a member earned in a year and waits for, 270 times a day
STATE_TEXT = Text("", 255, 0)  # a text that has no bound of its own
BAD = object()

Reader = Callable[[Any, Path, Findings | None], Any]


def read(kind: Any, document: object, path: str = "") -> Any:
    """The value of type `kind` that a document says; unknown keys are ignored. Raises Malformed at the first thing wrong."""
    return reader(kind)(document, path, None)


def read_strictly(kind: Any, document: object, findings: Findings, path: str = "") -> Any:
    """The same with everything wrong put into `findings`, unknown keys too; None if anything was."""
    before = len(findings.problems)
    value = reader(kind)(document, path, findings)
    return None if value is BAD or len(findings.problems) > before else value


def write(value: Any) -> Any:
    """The document of a value: dataclasses as objects, the rest as it is; equal values give equal documents."""
    kind = type(value)
    if kind in (str, int, bool, type(None)):
        return value
    if dataclasses.is_dataclass(kind):
        return _written(kind, value)
    if isinstance(value, tuple | list):
        return [write(item) for item in value]
    if isinstance(value, Mapping):
        return {key: write(inner) for key, inner in value.items()}
    if isinstance(value, Enum):
        return value.value
    return value.isoformat(timespec="minutes") if isinstance(value, time) else value.isoformat()


def _written(kind: Any, value: Any) -> Document:
    document: Document = {}
    for name, key, empty, bits in _fields(kind):
        inner = getattr(value, name)
        if inner or inner != empty:
            document[key] = f"{inner:x}" if bits else write(inner)
    return document


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any, bool], ...]:
    """(field, key, empty default or a value that nothing equals, whether it is bits) of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for each in dataclasses.fields(kind):
        empty: Any = BAD
        if each.default is not dataclasses.MISSING and not each.default:
            empty = each.default
        elif each.default_factory in (list, dict):
            empty = each.default_factory()
        marks = _marks(hints[each.name])
        found.append((each.name, _key(each.name, hints[each.name]), empty, any(isinstance(mark, Bits) for mark in marks)))
    return tuple(found)


def _marks(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _key(name: str, hint: Any) -> str:
    marks = _marks(hint)
    return next((mark.name for mark in marks if isinstance(mark, Key)), name)


def _fail(findings: Findings | None, path: Path, expected: str, do: str = "") -> Any:
    if findings is None:
        raise Malformed(words_of(path), expected)
    findings.add(words_of(path), f"is not {expected}", do or f"write {expected}")
    return BAD


@cache
def reader(hint: Any) -> Reader:
    """How to read one annotated type. Raises TypeError for a type that no document can say: a mistake of ours."""
    marks: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = Annotated[(next(each for each in get_args(hint) if each is not type(None)), *marks)] if marks else None
        return _optional(reader(inner or next(each for each in get_args(hint) if each is not type(None))))
    if origin in (tuple, list):
        items = get_args(hint)
        if origin is tuple and items[-1] is not Ellipsis:
            return _fixed(tuple(reader(item) for item in items))
        return _several(reader(items[0]), origin, _mark(marks, Many(LIST_MAX)))
    if origin is dict:
        return _mapping(reader(get_args(hint)[0]), reader(get_args(hint)[1]), _mark(marks, Many(LIST_MAX)))
    return _plain(hint, marks)


def _plain(hint: Any, marks: tuple[Any, ...]) -> Reader:
    if hint is Any:
        return lambda value, path, findings: value
    if hint is bool:
        return _truth
    if hint is int and any(isinstance(mark, Bits) for mark in marks):
        return _bits(_mark(marks, Bits(0)))
    if hint is int:
        return _whole(_mark(marks, Whole()))
    if hint is str:
        return _text(_mark(marks, STATE_TEXT))
    if hint is date:
        return _date
    if hint is time:
        return _time
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _record(hint)
    raise TypeError(f"no document can say {hint}")


def _mark(marks: tuple[Any, ...], usual: Any) -> Any:
    return next((mark for mark in marks if isinstance(mark, type(usual))), usual)


def _optional(inner: Reader) -> Reader:
    return lambda value, path, findings: None if value is None else inner(value, path, findings)


def _truth(value: Any, path: Path, findings: Findings | None) -> Any:
    return value if type(value) is bool else _fail(findings, path, "true or false")


def _whole(bounds: Whole) -> Reader:
    least, most, beyond = bounds.least, bounds.most, bounds.beyond
    expected = f"a whole number from {least} to {most}"

    def read_whole(value: Any, path: Path, findings: Findings | None) -> Any:
        return value if type(value) is int and (least <= value <= most or value == beyond) else _fail(findings, path, expected)

    return read_whole


def _bits(bounds: Bits) -> Reader:
    expected = f"at most {bounds.most} bits in hex"

    def read_bits(value: Any, path: Path, findings: Findings | None) -> Any:
        if type(value) is str and re.fullmatch(r"[0-9a-f]{1,4096}", value) and (bits := int(value, 16)).bit_length() <= bounds.most:
            return bits
        return _fail(findings, path, expected)

    return read_bits


def _text(form: Text) -> Reader:
    matches = re.compile(form.form).fullmatch if form.form else None
    least, most = form.least, form.most
    expected = form.words or (f"a text like {form.form}" if form.form else f"a text of {least} to {most} printable characters")

    def read_text(value: Any, path: Path, findings: Findings | None) -> Any:
        if type(value) is str and least <= len(value) <= most and (matches(value) if matches else value.isprintable()):
            return value
        return "" if value == "" and not least else _fail(findings, path, expected)

    return read_text


def _date(value: Any, path: Path, findings: Findings | None) -> Any:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _fail(findings, path, "a day like 2026-11-25")
    except ValueError:
        return _fail(findings, path, "a day like 2026-11-25")


def _time(value: Any, path: Path, findings: Findings | None) -> Any:
    if type(value) is time and value == time(value.hour, value.minute):  # finer ones would be lost when written
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    return _fail(findings, path, "a time of day like 16:30")


def _enum(kind: type[Enum]) -> Reader:
    by_value = {member.value: member for member in kind}
    expected = "one of " + ", ".join(str(value) for value in by_value)

    def read_enum(value: Any, path: Path, findings: Findings | None) -> Any:
        if type(value) in (str, int) and value in by_value:
            return by_value[value]
        close = near(value, [str(each) for each in by_value]) if isinstance(value, str) else ""
        return _fail(findings, path, expected, f'did you mean "{close}"?' if close else "")

    return read_enum


def _fixed(inner: tuple[Reader, ...]) -> Reader:
    expected = f"a list of {len(inner)}"

    def read_fixed(value: Any, path: Path, findings: Findings | None) -> Any:
        if not isinstance(value, list | tuple) or len(value) != len(inner):
            return _fail(findings, path, expected)
        found = tuple(each(item, (path, place), findings) for place, (each, item) in enumerate(zip(inner, value, strict=True)))
        return BAD if findings is not None and BAD in found else found

    return read_fixed


def _several(inner: Reader, made: type[Any], bounds: Many) -> Reader:
    expected = f"a list of {bounds.least} to {bounds.most}"

    def read_several(value: Any, path: Path, findings: Findings | None) -> Any:
        if not isinstance(value, list | tuple) or not bounds.least <= len(value) <= bounds.most:
            return _fail(findings, path, expected)
        found = [inner(item, (path, place), findings) for place, item in enumerate(value)]
        if findings is not None and any(item is BAD for item in found):
            return BAD
        return found if made is list else tuple(found)

    return read_several


def _mapping(key_of: Reader, inner: Reader, bounds: Many) -> Reader:
    expected = f"a table of at most {bounds.most} keys"

    def read_mapping(value: Any, path: Path, findings: Findings | None) -> Any:
        if not isinstance(value, dict) or not bounds.least <= len(value) <= bounds.most:
            return _fail(findings, path, expected)
        found = {key_of(key, path, findings): inner(item, (path, str(key)), findings) for key, item in value.items()}
        return BAD if findings is not None and (BAD in found or any(item is BAD for item in found.values())) else found

    return read_mapping


def _record(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind, include_extras=True)
    rows = [
        (each.name, key, reader(hints[each.name]), _is_required(each))
        for each in dataclasses.fields(kind)
        for key in [_key(each.name, hints[each.name])]
    ]
    keys = {key for _, key, _, _ in rows}

    def read_record(value: Any, path: Path, findings: Findings | None) -> Any:
        if not isinstance(value, dict):
            return _fail(findings, path, "a table of keys")
        if findings is not None and not value.keys() <= keys:
            _unknown(value, keys, path, findings)
        found = {}
        for name, key, inner, required in rows:
            if key in value:
                found[name] = inner(value[key], (path, key), findings)
            elif required:
                found[name] = _missing(findings, (path, key))
        if findings is not None and any(item is BAD for item in found.values()):
            return BAD
        return kind(**found)

    return read_record


def _is_required(each: dataclasses.Field[Any]) -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _missing(findings: Findings | None, path: Path) -> Any:
    if findings is None:
        raise Malformed(words_of(path), "this key")
    findings.add(words_of(path), "is missing", "write it")
    return BAD


def _unknown(value: Document, keys: set[str], path: Path, findings: Findings) -> None:
    for key in value:
        if key not in keys:
            close = near(str(key), sorted(keys))
            do = f"did you mean {words_of((path, close))}?" if close else "remove it; the keys are " + ", ".join(sorted(keys))
            findings.add(words_of((path, str(key)[:64])), "unknown key", do)
