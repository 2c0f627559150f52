"""The tables of the database: how a layout becomes columns and indexes, and how an older file gets a newer layout.

Here live the SQL of creating and altering tables and of finding their rows. Never here: transactions, documents as such.

A table is `(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, [key TEXT UNIQUE], [by_FIELD ...])`. AUTOINCREMENT never gives
an id twice, not even after the newest document went: the hub would take the second for a copy of the first. An indexed field
has a column of its own, filled by Python, because SQLite's `json_extract` rounds numbers and cuts text differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.documents.engine import Engine
from kiosk.documents.form import Layout, check_name, decode, index_value
from kiosk.documents.trouble import DamagedStore

PAGE_ROWS = 256  # rows read at once when a table is walked: 64 KB of documents, and no cursor stays open in between


def check_layouts(layouts: Mapping[str, Layout]) -> None:
    """Refuse table names that SQL would need to escape."""
    for name in layouts:
        check_name(name, "table")


def apply_layouts(engine: Engine, layouts: Mapping[str, Layout]) -> None:
    """Make the file's tables what `layouts` declares; call inside a transaction.

    Missing tables are made, indexes added (and filled) or dropped. Tables no longer declared stay, unseen. Raises ValueError
    when a table with documents would gain or lose its keys: nothing can say what the keys of those documents are.
    """
    for name, layout in layouts.items():
        columns = {column[1] for column in engine.rows(f'PRAGMA table_info("{name}")')}
        if not columns:
            key = ", key TEXT NOT NULL UNIQUE" if layout.keyed else ""
            engine.run(f'CREATE TABLE "{name}"(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL{key})')
        elif {column for column in columns if not column.startswith("by_")} - {"key"} != {"id", "body"}:
            raise DamagedStore(engine.path, f"table {name} has other columns than it was made with")
        elif ("key" in columns) != layout.keyed:
            raise ValueError(
                f"table {name!r} of {engine.path} was written {'with' if 'key' in columns else 'without'} keys; give it a new name"
            )
        indexed = {column.removeprefix("by_") for column in columns if column.startswith("by_")}
        for field in sorted(indexed - set(layout.index)):
            engine.run(f'DROP INDEX "{name}_by_{field}"')
            engine.run(f'ALTER TABLE "{name}" DROP COLUMN "by_{field}"')
        for field in sorted(set(layout.index) - indexed):
            _add_index(engine, name, field)
    engine.rows("SELECT name, seq FROM sqlite_sequence LIMIT 1")  # SQLite made it with the first table; spoilt, it fails here


def _add_index(engine: Engine, name: str, field: str) -> None:
    """Give a table a column and index for a field, filled from the documents that are there."""
    column = f"by_{field}"
    engine.run(f'ALTER TABLE "{name}" ADD COLUMN "{column}"')  # no type: 1 and '1' stay different
    after_id = 0
    while page := engine.rows(f'SELECT id, body FROM "{name}" WHERE id > ? ORDER BY id LIMIT {PAGE_ROWS}', (after_id,)):  # noqa: S608
        for doc_id, body in page:
            value = index_value(decode_row(engine, name, doc_id, body).get(field))
            engine.run(f'UPDATE "{name}" SET "{column}" = ? WHERE id = ?', (value, doc_id))  # noqa: S608
        after_id = page[-1][0]
    # Partial: a document without the field costs the index nothing. SQLite puts id last in it, so results come in order.
    engine.run(f'CREATE INDEX "{name}_by_{field}" ON "{name}"("{column}") WHERE "{column}" IS NOT NULL')


def decode_row(engine: Engine, name: str, doc_id: int, body: Any) -> dict[str, Any]:
    """The document of a row. Raises `DamagedStore` when the text is not a document: only damage can do that."""
    try:
        return decode(body)
    except (ValueError, TypeError) as error:
        raise DamagedStore(engine.path, f"table {name}, document {doc_id} is not a JSON object") from error
