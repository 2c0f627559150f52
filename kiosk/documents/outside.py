"""A store's file read from outside: beside the kiosk that has it, or on a card that is dying. Nothing is ever written.

Reads are short, a page of rows each, so they hold up nobody's journal. What cannot be read is stepped over and counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.documents.form import check_name, decode
from kiosk.documents.trouble import DamagedStore, StoreFault

PAGE_ROWS = 256  # rows read at once, and rows looked for one by one where a page of the file is damaged
BUSY_S_MAX = 5.0  # the kiosk's checkpoints take milliseconds


class Outside:
    """The file at `path`. `unreadable`: how many documents could not be read so far. Raises StoreFault, DamagedStore."""

    def __init__(self, path: Path) -> None:
        self.path, self.unreadable = path, 0
        if not path.is_file():
            raise StoreFault(f"there is no store at {path}", "Name the file with --store, or the configuration with --config")
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S_MAX, isolation_level=None)
            self._connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        except sqlite3.DatabaseError as error:
            raise DamagedStore(path, str(error)) from error

    def by_key(self, table: str, key: str) -> dict[str, Any] | None:
        """The document with this key; None if there is none, or it cannot be read."""
        check_name(table, "table")
        try:
            row = self._connection.execute(f'SELECT body FROM "{table}" WHERE key = ?', (key,)).fetchone()  # noqa: S608
            return None if row is None else decode(row[0])
        except (sqlite3.DatabaseError, ValueError, TypeError):
            return None

    def last_id(self, table: str) -> int:
        """The highest id ever given; 0 if that cannot be read."""
        try:
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        except sqlite3.DatabaseError:
            return 0
        return int(row[0]) if row else 0

    def documents(self, table: str, after_id: int, last_id: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """(id, document) from behind `after_id` up to `last_id`, in order, as far as they can be read."""
        check_name(table, "table")
        sql = f'SELECT id, body FROM "{table}" WHERE id > ? AND id <= ? ORDER BY id LIMIT {PAGE_ROWS}'  # noqa: S608
        while after_id < last_id:
            try:
                page = self._connection.execute(sql, (after_id, last_id)).fetchall()
                reached = page[-1][0] if page else last_id
            except sqlite3.DatabaseError:
                reached = min(after_id + PAGE_ROWS, last_id)
                page = [row for each in range(after_id + 1, reached + 1) for row in self._one(table, each)]
            for doc_id, body in page:
                try:
                    yield doc_id, decode(body)
                except (ValueError, TypeError):
                    self.unreadable += 1
            after_id = reached

    def _one(self, table: str, doc_id: int) -> list[tuple[int, str]]:
        """A row by itself, where its page of the file is whole."""
        try:
            return self._connection.execute(f'SELECT id, body FROM "{table}" WHERE id = ?', (doc_id,)).fetchall()  # noqa: S608
        except sqlite3.DatabaseError:
            self.unreadable += 1
            return []

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
