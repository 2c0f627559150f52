"""The sum written beside what a document of the store says: one flipped bit is noticed, where SQLite sees a page as good as any. Pure.

What a spoilt document means is for its reader to say: a fact is irreplaceable, a member is asked of the hub again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from loyalty.document import Document

SUM = "sum"  # the field of the document; no fact and no other document of ours has one of that name


def sum_of(said: object) -> int:
    """The sum of a value of JSON: the same for equal values, and another for any that differ in one byte of their text."""
    return crc32(json.dumps(said, separators=(",", ":"), sort_keys=True).encode())


def with_sum(document: Mapping[str, Any]) -> Document:
    """The document with its sum."""
    return {**document, SUM: sum_of(document)}


def without_sum(document: Mapping[str, Any]) -> Document:
    """The document as it was before `with_sum`. Raises ValueError when it is not as it was written."""
    said = {field: value for field, value in document.items() if field != SUM}
    if document.get(SUM) != sum_of(said):
        raise ValueError("it is not as it was written")
    return said
