"""The epochs of a store: which facts belong to which run of the program, as a document, and back. Pure.

Where the document lies, and what happens to facts, is `store`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kiosk.sums import with_sum, without_sum
from loyalty.document import Document

SCHEMA = 2  # raised when a layout changes so that older programs refuse the file instead of misreading it; 2: facts have sums


class NewerStore(Exception):
    """The store was written by a newer program; the message says which."""


@dataclass(slots=True)
class Stream:
    """One epoch in the store: fact number n has row id `base` + n; `claimed` is what the hub was last known to hold."""

    epoch: str
    boot: str
    base: int
    claimed: int = 0


def document_of(streams: Sequence[Stream]) -> Document:
    """The epochs, oldest first."""
    return with_sum({"schema": SCHEMA, "streams": [asdict(stream) for stream in streams]})


def streams_of(document: Mapping[str, Any], where: object) -> list[Stream]:
    """The epochs that a document of the store at `where` says. Raises NewerStore, and ValueError for anything spoilt or from before 2."""
    said = without_sum(document)
    schema = said.get("schema")
    if type(schema) is not int or schema < SCHEMA:
        raise ValueError("it is none of this program's")
    if schema > SCHEMA:
        raise NewerStore(f"{where} has layout {schema}, this program knows {SCHEMA}: install the newer program again")
    return [Stream(**stream) for stream in said["streams"]]
