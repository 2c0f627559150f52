"""Shapes of single values as JSON Schema (draft 2020-12), and the schemas of annotated types. No message and no file is known here.

Patterns are those of the code, between `^` and `$`: with ECMA 262's meaning of `$`, which is the very end. Nothing forbids fields that
are not named: a minor version may add some.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from loyalty.shapes import NUMBER_MAX, Key, Many, Text, Whole

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
STORABLE = r"^[^\u0000\ud800-\udfff]*$"  # neither NUL nor half a surrogate pair
# Characters that move a cursor, end a text or cannot be seen, but for the space (categories Cc, Cf, Co, Cs, Zl, Zp, Zs of Unicode 14).
# Those that nobody has assigned are no part of it: which they are changes with every version. Beyond U+FFFF the dialects of patterns agree
# on no escape, so there the characters stand themselves.
UNSEEN = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u2064\u2066-\u206f\u3000\ud800-\uf8ff\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
    "\U000f0000-\U000ffffd\U00100000-\U0010fffd"
)
PRINTABLE = f"^[^{UNSEEN}]*$"


def whole(least: int = 0, most: int = NUMBER_MAX, about: str = "") -> Schema:
    """A whole number within bounds."""
    return told({"type": "integer", "minimum": least, "maximum": most}, about)


def text(form: re.Pattern[str], about: str = "") -> Schema:
    """A text of a form."""
    return told({"type": "string", "pattern": anchored(form.pattern)}, about)


def words(values: Iterable[str], about: str = "") -> Schema:
    """One of some words."""
    return told({"type": "string", "enum": list(values)}, about)


def numbers(values: Iterable[int], about: str = "") -> Schema:
    """One of some whole numbers."""
    return told({"type": "integer", "enum": list(values)}, about)


def truth(about: str = "") -> Schema:
    """True or false."""
    return told({"type": "boolean"}, about)


def record(fields: Mapping[str, Schema], may: Mapping[str, Schema] | None = None, about: str = "") -> Schema:
    """An object that has all of `fields`, and may have those of `may`."""
    return told({"type": "object", "required": list(fields), "properties": {**fields, **(may or {})}}, about)


def many(item: Schema, most: int, least: int = 0, about: str = "") -> Schema:
    """A list of alike items."""
    return told({"type": "array", **({"minItems": least} if least else {}), "maxItems": most, "items": item}, about)


def row(*items: Schema, about: str = "") -> Schema:
    """A list of exactly these items, by their places."""
    return told({"type": "array", "prefixItems": list(items), "items": False, "minItems": len(items)}, about)


def kept(about: str = "") -> Schema:
    """An object that is passed on as it is, with nothing in it that a store could not keep. Its schema defines `kept`: see `KEPT`."""
    return told({"type": "object", "$ref": "#/$defs/kept"}, about)


KEPT: Schema = {
    "description": "Any JSON that every store can keep: no text and no name of a field has a NUL or half a surrogate pair in it.",
    "pattern": STORABLE,
    "propertyNames": {"pattern": STORABLE},
    "additionalProperties": {"$ref": "#/$defs/kept"},
    "items": {"$ref": "#/$defs/kept"},
}


def told(schema: Schema, about: str) -> Schema:
    """A schema with a sentence about it."""
    return {"description": about, **schema} if about else schema


def anchored(form: str) -> str:
    """A pattern for the whole of a text."""
    return f"^(?:{form})$" if "|" in form else f"^{form}$"


def of(hint: Any) -> Schema:
    """The schema of an annotated type, as `loyalty.document` reads it. Raises TypeError for a type that no fact of ours has."""
    hint, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if get_origin(hint) in (Union, types.UnionType):
        inner = of(next(each for each in get_args(hint) if each is not type(None)))
        return {**inner, "type": [inner["type"], "null"]}
    if get_origin(hint) is tuple:
        bounds = next(mark for mark in marks if isinstance(mark, Many))
        return many(of(get_args(hint)[0]), bounds.most, bounds.least)
    if hint is bool:
        return truth()
    if hint is int:
        bounds = next((mark for mark in marks if isinstance(mark, Whole)), Whole())
        return whole(bounds.least, bounds.most)
    if hint is str:
        return _text(next(mark for mark in marks if isinstance(mark, Text)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = [member.value for member in hint]
        return {"type": "string" if isinstance(values[0], str) else "integer", "enum": values}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _record(hint)
    raise TypeError(f"tests/schemas/shapes.py cannot say {hint} yet: teach it there, as loyalty/document.py reads it")


def _text(form: Text) -> Schema:
    """A text of a form, or any printable one; where the least is nought, the empty text whatever the form."""
    pattern = f"^(?:{form.form})?$" if form.form and not form.least else anchored(form.form) if form.form else PRINTABLE
    least = {"minLength": form.least} if form.least else {}
    return {"type": "string", **least, "maxLength": form.most, "pattern": pattern}


def _record(kind: type[Any]) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    fields, may = dict[str, Schema](), dict[str, Schema]()
    for each in dataclasses.fields(kind):
        required = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        (fields if required else may)[key_of(each.name, hints[each.name])] = of(hints[each.name])
    return record(fields, may)


def key_of(name: str, hint: Any) -> str:
    """The name of a field in a document."""
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((mark.name for mark in marks if isinstance(mark, Key)), name)
