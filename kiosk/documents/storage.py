"""The store as TinyDB sees it: a storage that can be read and written as a whole, and whose tables reach single rows.

Here live opening with its look for damage, closing, and TinyDB's whole-database `read` and `write`. Never here: operations
on documents (documents_table.py) and SQLite's settings (documents_engine.py).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from kiosk.documents.engine import PAGE_BYTES, Engine
from kiosk.documents.file import Holder, needs_check, sync_folder
from kiosk.documents.form import Layout, StoredDocument, encode
from kiosk.documents.journal import look_at_journal
from kiosk.documents.rows import Rows
from kiosk.documents.schema import apply_layouts, check_layouts
from kiosk.documents.trouble import DamagedStore, Fault, no_fault

SIZE_BYTES_MAX = 1 << 30
"""Largest store: a million members are 250 MB and a month of facts 50 MB; a full file system would stop the whole device."""
CHECK_S_MAX = 0.4
"""No further table is checked at start after this long: a kiosk is ready within 1.5 s, of which imports take about 0.8 s."""
_NUMBERING = "sqlite_sequence"  # SQLite's table of the highest ids given; lost, it would give the ids of trimmed facts again


class DocumentStorage(Storage):
    """A TinyDB storage over one SQLite file, held exclusively; belongs to the thread that opened it.

    Opening raises `DamagedStore`, `StoreInUse`, `StoreFault`, and ValueError when the tables cannot become `layouts`.

    Pages are checked (SQLite's quick_check, table by table, the numbering and append-only ones first, for these exist nowhere else)
    only when the last stop was not clean or the file has another size than it had then. Measured on 2 x86-64 cores, file in
    memory: 62 ms for 100,000 members and 100,000 facts (46 MB), 260 ms for a million members; a cold SD card reads some
    40 MB/s, so a large store would take seconds. Therefore tables not begun within `CHECK_S_MAX` stay in `unchecked` for
    idle moments (`check_next`), and a damage that none of this sees raises `DamagedStore` at the read that meets it.
    """

    def __init__(self, path: Path, layouts: Mapping[str, Layout], fault: Fault = no_fault, size_bytes_max: int = SIZE_BYTES_MAX) -> None:
        check_layouts(layouts)
        self.path = path
        self.layouts = dict(layouts)
        self.unchecked: list[str] = []
        holder = Holder(path)
        try:
            suspect = needs_check(path, holder.mark())
            look_at_journal(path, PAGE_BYTES)
        except BaseException:
            holder.release()
            raise
        self.engine = Engine(holder, size_bytes_max)
        try:
            self._prepare(suspect)
        except BaseException:
            self.engine.abandon()
            raise
        self._rows = {name: Rows(self.engine, name, layout) for name, layout in self.layouts.items()}
        self.engine.fault = fault

    def _prepare(self, suspect: bool) -> None:
        """Check the pages if `suspect`, give the tables their shape, and mark the store as in use."""
        try:
            self._check_and_shape(suspect)
        except sqlite3.OperationalError as error:  # the SQL is fixed, so the tables are not what it was made for
            raise DamagedStore(self.path, f"its tables are not as they were made ({error})") from error
        sync_folder(self.path.parent)
        self.engine.mark_open()

    def _check_and_shape(self, suspect: bool) -> None:
        present = {name for (name,) in self.engine.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if suspect:
            by_worth = sorted(self.layouts, key=lambda name: not self.layouts[name].append_only)
            self.unchecked = [name for name in (_NUMBERING, *by_worth) if name in present]
            end_s = time.monotonic() + CHECK_S_MAX
            while self.unchecked and time.monotonic() < end_s:
                self.check_next()
        with self.engine.transaction():
            apply_layouts(self.engine, self.layouts)

    def check_next(self) -> str | None:
        """Check the pages of one table of `unchecked` and return its name; None when none was left. Raises `DamagedStore`."""
        if not self.unchecked:
            return None
        name = self.unchecked[0]
        for (finding,) in self.engine.rows(f'PRAGMA quick_check("{name}")'):
            if finding != "ok":
                raise DamagedStore(self.path, f"table {name}: {finding}")
        return self.unchecked.pop(0)

    def rows(self, name: str) -> Rows:
        """The rows of a declared table. Raises ValueError for any other name: a mistyped table would swallow documents."""
        try:
            return self._rows[name]
        except KeyError:
            raise ValueError(f"no table {name!r} is declared; there are {', '.join(sorted(self.layouts))}") from None

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The whole store as TinyDB knows it, `{table: {str(id): document}}`, of the tables that hold documents; or None.

        Loads everything: for exports and tests, not for a tap. Documents of keyed tables carry their `key`.
        """
        tables = {name: {str(document.doc_id): document for document in rows.walk()} for name, rows in self._rows.items()}
        return {name: documents for name, documents in tables.items() if documents} or None

    def write(self, data: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Make the whole store equal `data` (the shape of `read`) in one transaction.

        A new document of a keyed table must carry its `key`. Raises `AppendOnly` when a document of an append-only table would
        change or go, ValueError for undeclared tables.
        """
        for name in data:
            self.rows(name)
        with self.engine.unit():
            for name, rows in self._rows.items():
                _make_equal(rows, {int(doc_id): document for doc_id, document in data.get(name, {}).items()})

    def close(self) -> None:
        """Close, with the mark of a clean stop unless tables still wait to be checked after the one before."""
        self.engine.close(clean=not self.unchecked)


def _make_equal(rows: Rows, wanted: dict[int, Mapping[str, Any]]) -> None:
    """Turn one table into `wanted`, touching only what differs."""
    for document in rows.walk():
        new = wanted.pop(document.doc_id, None)
        if new is None:
            rows.delete(document.doc_id)
        elif encode(dict(new), rows.name, document.doc_id) != encode(document, rows.name, document.doc_id):
            rows.replace(document.doc_id, dict(new))
    for doc_id, new in sorted(wanted.items()):
        rows.insert(dict(new), doc_id, new.key if isinstance(new, StoredDocument) else None)
