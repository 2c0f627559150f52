"""A kiosk's storage card seen from outside: what is durably in the store's file at this moment, its copies, and putting one back.

The file is read with SQLite alone, past the kiosk's own code: a promise is compared with the bytes, not with the program.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from loyalty.document import Document


@dataclass(frozen=True, slots=True)
class Row:
    """One fact on disk."""

    epoch: str
    boot: str
    document: Document

    @property
    def number(self) -> int:
        """Its number within the epoch."""
        number: int = self.document["s"]
        return number


def _open(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def _said(body: str) -> Document:
    """What a document of the file says, without the sum beside it."""
    document: Document = json.loads(body)
    document.pop("sum", None)
    return document


def _streams(look: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """(epoch, boot, base) of each stream in the file, oldest first."""
    found = look.execute("SELECT body FROM meta WHERE key = 'streams'").fetchone()
    return [(each["epoch"], each["boot"], each["base"]) for each in json.loads(found[0])["streams"]] if found else []


def fact_on_disk(path: Path, epoch: str, number: int) -> Document | None:
    """The document of one fact, or None if it is not durable now."""
    with _open(path) as look:
        for name, _, base in _streams(look):
            if name == epoch:
                row = look.execute("SELECT body FROM facts WHERE id = ?", (base + number,)).fetchone()
                document = _said(row[0]) if row else None
                return document if document is not None and document["s"] == number else None
    return None


def commit_on_disk(path: Path, epoch: str, first: int) -> list[Document]:
    """The documents of a fact and of those that were written behind it, up to the next visit."""
    found: list[Document] = []
    number = first
    while (document := fact_on_disk(path, epoch, number)) is not None and (number == first or document["t"] != "visit"):
        found.append(document)
        number += 1
    return found


def newest_on_disk(path: Path) -> Document | None:
    """The document of the fact written last, or None."""
    with _open(path) as look:
        row = look.execute("SELECT body FROM facts ORDER BY id DESC LIMIT 1").fetchone()
        return _said(row[0]) if row else None


def facts_on_disk(path: Path) -> list[Row]:
    """All facts in the file, in the order they were written."""
    if not path.exists():
        return []
    with _open(path) as look:
        streams = _streams(look)
        rows = look.execute("SELECT id, body FROM facts ORDER BY id").fetchall()
    found = []
    for row_id, body in rows:
        epoch, boot, _ = [stream for stream in streams if stream[2] < row_id][-1]
        found.append(Row(epoch, boot, _said(body)))
    return found


def copy_card(path: Path, image: Path) -> None:
    """Make an image of the card as it is now."""
    with _open(path) as source, closing(sqlite3.connect(image)) as target:
        source.backup(target)


def put_back(image: Path, path: Path) -> None:
    """Put the image in place of the card. Nobody may have the store open."""
    for suffix in ("-wal", "-shm", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(image.read_bytes())
