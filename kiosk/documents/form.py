"""The form of what is stored: the layout of a table, and a document as JSON text and back.

Pure. Here live the declared shape of tables and the one JSON encoding of the store (compact, UTF-8, keys sorted, so that
equal documents give equal bytes). Never here: SQL, files, transactions.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tinydb.queries import QueryInstance
from tinydb.table import Document

from kiosk.documents.trouble import BadDocument

DOCUMENT_BYTES_MAX = 262_144
"""Largest document: the largest MQTT packet a kiosk accepts (256 KiB), so nothing that can arrive is too large to keep."""
NESTING_MAX = 32
"""Deepest nesting of a document: ours use 5; far below the recursion limit of the decoder, which would fail on reading."""
KEY_CHARS_MAX = 128
"""Longest key: a card's reference is 64 hexadecimal digits, twice that leaves room."""
DOC_ID_MAX = 2**53 - 1
"""Largest document id: the largest integer every JSON reader keeps exactly; 9 * 10^15 facts."""

_NAME = re.compile(r"(?!sqlite_)[a-z_][a-z0-9_]{0,30}\Z")


@dataclass(frozen=True)
class Layout:
    """What a table is for, declared at open.

    `keyed`: every document has a text key of its own (`put`, `get_by_key`); plain `insert` is refused.
    `index`: top-level fields by which documents are found without a scan.
    `append_only`: documents come at the end and never change; only `trim` takes the oldest away.
    """

    keyed: bool = False
    index: tuple[str, ...] = ()
    append_only: bool = False

    def __post_init__(self) -> None:
        if self.keyed and self.append_only:
            raise ValueError("a table is keyed or append-only: a key is there to put a newer document in the place of an older one")
        for field in self.index:
            check_name(field, "indexed field")


def check_name(name: str, what: str) -> None:
    """Refuse a table or field name that SQL would need to escape."""
    if not _NAME.match(name):
        raise ValueError(f"{what} {name!r}: use lower-case letters, digits and _, at most 31, not starting with sqlite_")


class StoredDocument(Document):
    """A document as it was read: a dict with `doc_id` and, from a keyed table, its `key` (else None)."""

    def __init__(self, value: Mapping[str, Any], doc_id: int, key: str | None = None) -> None:
        super().__init__(value, doc_id)
        self.key = key


class FieldIs(QueryInstance):
    """The query `document[field] == value`, which a table with an index on `field` answers without a scan.

    It combines with other queries through `&`, `|` and `~` like any TinyDB query (the combination is a scan).
    """

    def __init__(self, field: str, value: Any) -> None:
        super().__init__(lambda document: field in document and bool(document[field] == value), None)
        self.field = field
        self.value = value


def index_value(value: Any) -> str | int | float | None:
    """What the index holds for a field's value: text and numbers of 64 bits as they are, None for anything else.

    SQLite compares these exactly as Python does (1 == 1.0 == True, text by code point), so no second look is needed. None
    means "not in the index": a search for such a value is a scan.
    """
    match value:
        case str() if value.isascii() or _is_unicode(value):
            return value
        case int() if -(2**63) <= value < 2**63:
            return int(value)
        case float() if abs(value) < 2.0**63:
            return value
    return None


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode
_decode = json.JSONDecoder().raw_decode


def encode(document: Mapping[str, Any], table: str, key: object) -> str:
    """The JSON text of a document. Tuples become lists, as in JSON. Raises `BadDocument` naming table, key and place."""
    try:
        if isinstance(document, dict) and _is_plain(document, 0):
            body = _encode(document)
            if len(body.encode()) <= DOCUMENT_BYTES_MAX:
                return body
    except (TypeError, ValueError, RecursionError):
        pass  # the search below says more than the encoder's error
    raise BadDocument(table, key, next(_faults(document, "", 0), f"more than {DOCUMENT_BYTES_MAX} bytes as JSON"))


def decode(body: str) -> dict[str, Any]:
    """The document of a JSON text written by `encode`. Raises ValueError when it is anything else."""
    document, end = _decode(body)
    if type(document) is not dict or end != len(body):
        raise ValueError("not one JSON object")
    return document


def check_key(table: str, key: object) -> None:
    """Refuse what cannot be a key: not text, empty, too long, or not Unicode text."""
    if not isinstance(key, str):
        raise BadDocument(table, key, f"a key is text, not {type(key).__name__}")
    if not 1 <= len(key) <= KEY_CHARS_MAX:
        raise BadDocument(table, key, f"a key has 1 to {KEY_CHARS_MAX} characters, this has {len(key)}")
    if not key.isascii() and not _is_unicode(key):
        raise BadDocument(table, key, "a key is Unicode text, this holds half a surrogate pair")


def check_doc_id(table: str, doc_id: int) -> None:
    """Refuse what cannot be a document id chosen by the caller."""
    if not isinstance(doc_id, int) or not 1 <= doc_id <= DOC_ID_MAX:
        raise BadDocument(table, doc_id, f"a document id is an integer from 1 to {DOC_ID_MAX}")


def _is_plain(value: Any, depth: int) -> bool:
    """False for what the encoder would quietly turn into something else (keys that are not text) or nest too deep."""
    if depth > NESTING_MAX:
        return False
    if isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str) or (isinstance(part, dict | list | tuple) and not _is_plain(part, depth + 1)):
                return False
        return True
    return all(_is_plain(part, depth + 1) for part in value if isinstance(part, dict | list | tuple))


def _faults(value: Any, place: str, depth: int) -> Iterator[str]:
    """The places where a value is not JSON, in words; slow and careful, used only after the encoder has refused."""
    where = f"at {place}" if place else "the document"
    if depth > NESTING_MAX:
        yield f"{where}: nested deeper than {NESTING_MAX}"
    elif isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str) or not _is_unicode(name):
                yield f"{where}: a field's name is Unicode text, this is {type(name).__name__}"
            else:
                yield from _faults(part, f"{place}.{name}", depth + 1)
    elif isinstance(value, list | tuple):
        for position, part in enumerate(value):
            yield from _faults(part, f"{place}[{position}]", depth + 1)
    else:
        yield from _scalar_faults(value, where)


def _scalar_faults(value: Any, where: str) -> Iterator[str]:
    """What is wrong with a value that holds no others."""
    match value:
        case float() if not math.isfinite(value):
            yield f"{where}: NaN and infinity are not JSON"
        case str() if not _is_unicode(value):
            yield f"{where}: half a surrogate pair is not Unicode text"
        case None | str() | float():
            return
        case int():
            if abs(value) >= 10**4000:  # Python itself refuses to print integers over 4,300 digits
                yield f"{where}: an integer of more than 4000 digits"
        case _:
            yield f"{where}: {type(value).__name__} is not a JSON value"


def _is_unicode(text: str) -> bool:
    """False for text with half a surrogate pair, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
