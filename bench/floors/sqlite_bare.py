"""The floor of the store: bare sqlite3, the same rows and indexes, one durable transaction, and nothing in between.

Here lives the least that any store over SQLite must do for a tap. Both JSON texts are handed in ready, so no cost of
documents is in it. Never here: anything a kiosk could use.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class SqliteBare:
    """WAL, synchronous=FULL, the library's own defaults otherwise."""

    name = "bare sqlite3, WAL FULL (floor)"

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("CREATE TABLE members(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, key TEXT NOT NULL UNIQUE)")
        self.db.execute("CREATE TABLE facts(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, card)")
        self.db.execute("CREATE INDEX facts_card ON facts(card)")

    def fill(self, members: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Write all members, given as (card, document)."""
        rows = ((json.dumps(document, separators=(",", ":")), card) for card, document in members)
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO members(body, key) VALUES (?, ?)", rows)
        self.db.execute("COMMIT")

    def tap(self, card: str, fact_body: str, member_body: str) -> str:
        """Read the member's row, append the fact's, write the member's; returns the row as it was."""
        self.db.execute("BEGIN IMMEDIATE")
        (before,) = self.db.execute("SELECT body FROM members WHERE key = ?", (card,)).fetchone()
        self.db.execute("INSERT INTO facts(body, card) VALUES (?, ?)", (fact_body, card))
        self.db.execute("UPDATE members SET body = ? WHERE key = ?", (member_body, card))
        self.db.execute("COMMIT")
        return str(before)

    def close(self) -> None:
        """Close the file."""
        self.db.close()
