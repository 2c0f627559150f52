"""Shapes of JSON that came from outside: exact types and bounds, one small reader per shape.

Used by `mqtt.wire` alone; what the fields mean is said there. Nothing here knows a message, a topic or a network.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from loyalty.document import Document
from loyalty.shapes import NUMBER_MAX

T = TypeVar("T")
Refusal = Literal["malformed", "oversize", "foreign"]

MESSAGE_BYTES_MAX = 64 * 1024  # a quarter of the broker's 256 KiB packet limit: headers and properties always fit beside it
FACT_BYTES_MAX = 8 * 1024  # a fact of ours has under 600 bytes; the rest is room for types a newer kiosk may know
DEPTH_MAX = 16  # nesting of a fact kept whole; ours nest 3 deep, and every reader of JSON can follow 16
WORD = re.compile(r"[A-Za-z0-9._:+-]{1,64}")  # ids, versions, kernel boot ids (36 characters): printable ASCII, safe in a log
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes neither NUL nor half a surrogate pair


class MalformedMessage(ValueError):
    """A message that cannot be one of ours.

    `kind`: "malformed" (not the shape), "oversize" (over a limit of bytes) or "foreign" (a topic that is not ours). `where`: leaf
    and field, `what`: what was expected. None of the three repeats the content: it may be hostile, or hold a name.
    """

    def __init__(self, kind: Refusal, where: str, what: str) -> None:
        super().__init__(f"{kind} message at {where}: expected {what}")
        self.kind: Refusal = kind
        self.where = where
        self.what = what


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number beyond any float")
    return value


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def parse(payload: bytes, where: str) -> Document:
    """The JSON object in `payload`, at most MESSAGE_BYTES_MAX bytes of UTF-8. Raises MalformedMessage."""
    if len(payload) > MESSAGE_BYTES_MAX:
        raise MalformedMessage("oversize", where, f"at most {MESSAGE_BYTES_MAX} bytes, not {len(payload)}")
    try:
        document = json.loads(payload.decode("utf-8"), parse_float=_finite, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise MalformedMessage("malformed", where, "a JSON object in UTF-8") from None
    if not isinstance(document, dict):
        raise MalformedMessage("malformed", where, "a JSON object in UTF-8")
    return document


def compact(document: Document) -> bytes:
    """The shortest JSON of a document. Raises ValueError for what JSON cannot say."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def whole(document: Document, field: str, where: str, least: int = 0, most: int = NUMBER_MAX) -> int:
    """A whole number from `least` to `most`; true and 1.0 are not whole numbers. Raises MalformedMessage."""
    value = document.get(field)
    if type(value) is not int or not least <= value <= most:
        raise MalformedMessage("malformed", f"{where}.{field}", f"a whole number from {least} to {most}")
    return value


def word(document: Document, field: str, where: str, pattern: re.Pattern[str] = WORD) -> str:
    """A text that matches `pattern` wholly. Raises MalformedMessage."""
    value = document.get(field)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedMessage("malformed", f"{where}.{field}", f"a text like {pattern.pattern}")
    return value


def truth(document: Document, field: str, where: str) -> bool:
    """true or false. Raises MalformedMessage."""
    value = document.get(field)
    if type(value) is not bool:
        raise MalformedMessage("malformed", f"{where}.{field}", "true or false")
    return value


def nested(document: Document, field: str, where: str) -> Document:
    """An object within the object. Raises MalformedMessage."""
    value = document.get(field)
    if not isinstance(value, dict):
        raise MalformedMessage("malformed", f"{where}.{field}", "an object")
    return value


def many(document: Document, field: str, where: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    """A list of at most `most` items, each read by `read(item, where)`. Raises MalformedMessage."""
    items = document.get(field)
    if not isinstance(items, list) or len(items) > most:
        raise MalformedMessage("malformed", f"{where}.{field}", f"a list of at most {most}")
    return tuple(read(item, f"{where}.{field}[{index}]") for index, item in enumerate(items))


def pair(item: Any, where: str) -> Document:
    """A list of exactly two, as a document with the fields "0" and "1", so that the readers above serve it too."""
    if not isinstance(item, list) or len(item) != 2:
        raise MalformedMessage("malformed", where, "a list of two")
    return {"0": item[0], "1": item[1]}


def record(item: Any, where: str) -> Document:
    """An item of a list that has to be an object."""
    if not isinstance(item, dict):
        raise MalformedMessage("malformed", where, "an object")
    return item


def keepable(value: Any, where: str, depth: int = DEPTH_MAX) -> None:
    """Refuses what a store or another reader of JSON could not keep: too deep, NUL, half a surrogate pair, no finite number."""
    if depth == 0:
        raise MalformedMessage("malformed", where, f"nesting of at most {DEPTH_MAX}")
    match value:
        case str():
            sound = not _UNSTORABLE.search(value)
        case float():
            sound = math.isfinite(value)
        case dict():
            sound = all(isinstance(key, str) and not _UNSTORABLE.search(key) for key in value)
            for inner in value.values():
                keepable(inner, where, depth - 1)
        case list():
            sound = True
            for inner in value:
                keepable(inner, where, depth - 1)
        case _:
            sound = value is None or isinstance(value, int)
    if not sound:
        raise MalformedMessage("malformed", where, "JSON that every store can keep")
