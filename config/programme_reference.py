"""The reference of all keys of a programme as Markdown, made from the annotations in `loyalty.programme`; a test holds the page to it."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from datetime import date, time
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from config.setting import shown
from loyalty.document import STATE_TEXT
from loyalty.programme import Programme
from loyalty.shapes import Many, Whole

HEADER = "| key | values | default | meaning |\n|---|---|---|---|"
NAME_WORDS = "1 to 32 of a-z, 0-9 and -"  # said once at the top of the page


def programme_reference() -> str:
    """One heading with a table per table of a programme file, in the order of `Programme`; tables within tables follow their parent."""
    hints = get_type_hints(Programme, include_extras=True)
    return "\n\n".join(part for each in dataclasses.fields(Programme) for part in _sections(each.name, hints[each.name], each.default))


def _sections(name: str, hint: Any, absent: object = None) -> Iterator[str]:
    """The section of one table or list of tables, then those within it. `absent`: what holds where nothing is written."""
    bare, marks = _parted(hint)
    kind = get_args(bare)[0] if get_origin(bare) is tuple else bare
    words = [str(kind.__doc__)]
    many = next((mark for mark in marks if isinstance(mark, Many)), None)
    if many is not None:
        words.append(f"{many.least} to {many.most} of them." if many.least else f"At most {many.most} of them.")
    if isinstance(absent, kind) and absent != kind():
        written = [
            f"`{each.name} = {_shown(value)}`" for each in dataclasses.fields(kind) if (value := getattr(absent, each.name)) != each.default
        ]
        words.append(f"Without this table: {', '.join(written)}.")
    hints = get_type_hints(kind, include_extras=True)
    rows = [_row(each, hints[each.name]) for each in dataclasses.fields(kind)]
    yield "\n".join([f"### [[{name}]]" if many else f"### [{name}]", "", " ".join(words), "", HEADER, *rows])
    for each in dataclasses.fields(kind):
        inner, _ = _parted(hints[each.name])
        if get_origin(inner) is tuple and dataclasses.is_dataclass(get_args(inner)[0]):
            yield from _sections(f"{name}.{each.name}", hints[each.name])


def _row(each: dataclasses.Field[Any], hint: Any) -> str:
    bare, marks = _parted(hint)
    meaning = next((mark for mark in reversed(marks) if isinstance(mark, str)), "")
    cells = (f"`{each.name}`", _values(bare, marks), _default(each), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _parted(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without its marks and without None, and the marks."""
    marks: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    return hint, marks


def _mark(marks: tuple[Any, ...], usual: Any) -> Any:
    return next((mark for mark in marks if isinstance(mark, type(usual))), usual)


def _values(bare: Any, marks: tuple[Any, ...]) -> str:
    """What may be written, in words."""
    origin = get_origin(bare)
    if origin is tuple:
        inner, inner_marks = _parted(get_args(bare)[0])
        bounds = _mark(marks, Many(0))
        number = f"{bounds.least} to {bounds.most}" if bounds.least else f"up to {bounds.most}"
        return f"list of {number}: {_values(inner, inner_marks)}"
    if origin is dict:
        inner, inner_marks = _parted(get_args(bare)[1])
        return f"by language: {_values(inner, inner_marks)}"
    if isinstance(bare, type) and issubclass(bare, Enum):
        return ", ".join(f"`{member.value}`" for member in bare)
    if isinstance(bare, type) and dataclasses.is_dataclass(bare):
        return f"table like [{bare.__name__.lower()}]" if bare.__name__ == "Expiry" else "table, see below"
    return _plain_values(bare, marks)


def _plain_values(bare: Any, marks: tuple[Any, ...]) -> str:
    if bare is bool:
        return "`true` or `false`"
    if bare is int:
        bounds = _mark(marks, Whole())
        return f"{bounds.least} to {bounds.most}"
    if bare in (date, time):
        return "`2026-11-25`" if bare is date else '`"14:00"`'
    form = _mark(marks, STATE_TEXT)
    if form.words.startswith(NAME_WORDS):
        return "a name"
    return str(form.words) or (f"like `{form.form}`" if form.form else f"text of {form.least} to {form.most} characters")


def _default(each: dataclasses.Field[Any]) -> str:
    """The default as it is written in TOML; what has none is needed, what is empty is absent."""
    if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
        return "needed"
    value = each.default if each.default is not dataclasses.MISSING else None
    if value is None or value in ("", ()):
        return "absent"
    return f"`{_shown(value)}`"


def _shown(value: Any) -> str:
    return shown(value.value if isinstance(value, Enum) else value)
