"""One table's rows: a document by its id, by its key, by an indexed field, or all of them in pages.

Here live the SQL of single documents and the guard of append-only tables, which no other way leads around. Never here:
TinyDB's operations (documents_table.py), transactions over several rows (documents_engine.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.documents.engine import Engine
from kiosk.documents.form import DOC_ID_MAX, Layout, StoredDocument, check_key, encode, index_value
from kiosk.documents.schema import PAGE_ROWS, decode_row
from kiosk.documents.trouble import AppendOnly, DamagedStore

FIRST_PAGE_ROWS = 16  # most walks end at the first few documents: a card's newest visit, the next batch to send


class Rows:
    """The rows of table `name`. Every method raises `DamagedStore` or `StoreFault`, the writing ones `BadDocument`."""

    def __init__(self, engine: Engine, name: str, layout: Layout) -> None:
        self.engine = engine
        self.name = name
        self.layout = layout
        key = "key" if layout.keyed else "NULL"
        columns = ["id", "body", *(["key"] if layout.keyed else []), *(f'"by_{field}"' for field in layout.index)]
        assigned = ", ".join(f"{column} = ?" for column in ["body", *(f'"by_{field}"' for field in layout.index)])
        self._select = f'SELECT id, body, {key} FROM "{name}"'  # noqa: S608 - names are checked by check_name, values are bound
        self._by_id = f"{self._select} WHERE id = ?"
        self._by_key = f"{self._select} WHERE key = ?"
        self._insert = f'INSERT INTO "{name}"({", ".join(columns)}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608
        self._replace = f'UPDATE "{name}" SET {assigned} WHERE id = ?'  # noqa: S608
        self._replace_by_key = f'UPDATE "{name}" SET {assigned} WHERE key = ?'  # noqa: S608

    def by_id(self, doc_id: int) -> StoredDocument | None:
        """The document with this id."""
        return self._document(self.engine.row(self._by_id, (doc_id,))) if -DOC_ID_MAX <= doc_id <= DOC_ID_MAX else None

    def by_key(self, key: str) -> StoredDocument | None:
        """The document with this key (of a keyed table)."""
        found = self._document(self.engine.row(self._by_key, (key,)))
        if found is not None and found.key != key:
            raise DamagedStore(self.engine.path, f"table {self.name}: the index leads from one key to another")
        return found

    def walk(self, after_id: int = 0, *, newest_first: bool = False, field: str = "", value: Any = None) -> Iterator[StoredDocument]:
        """Documents in order of id, from `after_id` (not included) on; backwards from the newest with `newest_first`.

        With `field`, only those whose index holds `value`. Pages are read as they are needed, each sees the database as it is
        then: a document written or removed meanwhile is met or not, none is met twice.
        """
        bound = DOC_ID_MAX + 1 if newest_first else after_id
        equal, values = (f'"by_{field}" = ? AND ', (value,)) if field else ("", ())
        order = f"id < ? AND id > {int(after_id)} ORDER BY id DESC" if newest_first else "id > ? ORDER BY id"
        sql = f"{self._select} WHERE {equal}{order} LIMIT ?"
        limit = FIRST_PAGE_ROWS
        while page := self.engine.rows(sql, (*values, bound, limit)):
            for row in page:
                yield self._stored(row)
            if len(page) < limit:
                return
            bound, limit = page[-1][0], PAGE_ROWS

    def insert(self, document: Mapping[str, Any], doc_id: int | None = None, key: str | None = None) -> int:
        """Write a new document and return its id. Raises ValueError when the id is taken (or, in append-only tables, past)."""
        if doc_id is not None and self.layout.append_only and doc_id <= self.last_id():
            raise AppendOnly(self.name, f"inserting document {doc_id} before the newest")
        if self.layout.keyed:
            check_key(self.name, key)  # `insert` of TinyDB knows no keys
        body = encode(document, self.name, key or doc_id or "new")
        keys = (key,) if self.layout.keyed else ()
        try:
            cursor = self.engine.write(self._insert, (doc_id, body, *keys, *self._indexed(document)))
        except sqlite3.IntegrityError as error:
            raise ValueError(f"Document with ID {doc_id} already exists") from error
        return int(cursor.lastrowid or 0)

    def replace(self, doc_id: int, document: Mapping[str, Any]) -> bool:
        """Put `document` in the place of the one with this id; False when there is none."""
        self.guard("changing a document")
        body = encode(document, self.name, doc_id)
        return self.engine.write(self._replace, (body, *self._indexed(document), doc_id)).rowcount == 1

    def replace_by_key(self, key: str, document: Mapping[str, Any]) -> bool:
        """Put `document` in the place of the one with this key; False when there is none."""
        body = encode(document, self.name, key)
        return self.engine.write(self._replace_by_key, (body, *self._indexed(document), key)).rowcount == 1

    def delete(self, doc_id: int) -> bool:
        """Remove one document; False when there is none."""
        self.guard("removing a document")
        return self.engine.write(f'DELETE FROM "{self.name}" WHERE id = ?', (doc_id,)).rowcount == 1  # noqa: S608

    def delete_by_key(self, key: str) -> bool:
        """Remove one document by its key; False when there is none."""
        return self.engine.write(f'DELETE FROM "{self.name}" WHERE key = ?', (key,)).rowcount == 1  # noqa: S608

    def clear(self) -> None:
        """Remove all documents; their ids are still never given again."""
        self.guard("removing all documents")
        self.engine.write(f'DELETE FROM "{self.name}"')  # noqa: S608

    def trim(self, before_id: int, count_max: int) -> int:
        """Remove at most `count_max` of the oldest documents, all with an id below `before_id`; how many went."""
        oldest = f'SELECT id FROM "{self.name}" WHERE id < ? ORDER BY id LIMIT ?'  # noqa: S608
        return self.engine.write(f'DELETE FROM "{self.name}" WHERE id IN ({oldest})', (before_id, count_max)).rowcount  # noqa: S608

    def count(self, after_id: int = 0, *, field: str = "", value: Any = None) -> int:
        """How many documents `walk` would meet."""
        equal, values = (f'"by_{field}" = ? AND ', (value,)) if field else ("", ())
        (count,) = self.engine.row(f'SELECT COUNT(*) FROM "{self.name}" WHERE {equal}id > ?', (*values, after_id))  # noqa: S608
        return int(count)

    def first_id(self) -> int | None:
        """The id of the oldest document that is still there; None when the table is empty."""
        (first,) = self.engine.row(f'SELECT MIN(id) FROM "{self.name}"')  # noqa: S608
        return None if first is None else int(first)

    def last_id(self) -> int:
        """The highest id ever given, 0 before the first: also of documents that are gone."""
        row = self.engine.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (self.name,))
        return int(row[0]) if row else 0

    def guard(self, act: str) -> None:
        """Refuse `act` on an append-only table."""
        if self.layout.append_only:
            raise AppendOnly(self.name, act)

    def _indexed(self, document: Mapping[str, Any]) -> list[Any]:
        return [index_value(document.get(field)) for field in self.layout.index]

    def _document(self, row: Any) -> StoredDocument | None:
        return None if row is None else self._stored(row)

    def _stored(self, row: Any) -> StoredDocument:
        doc_id, body, key = row
        if key is not None and not isinstance(key, str):  # only text was ever written there
            raise DamagedStore(self.engine.path, f"table {self.name}, document {doc_id} has a key that is no text")
        return StoredDocument(decode_row(self.engine, self.name, doc_id, body), doc_id, key)
