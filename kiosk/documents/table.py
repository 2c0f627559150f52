"""A TinyDB table whose operations touch only the documents they are about.

Here live TinyDB's public table operations and the kiosk's own (by key, by indexed field, in order, trim). Never here: SQL
(rows.py) and transactions over several tables (`Documents`).

What differs from TinyDB's own table, on purpose: documents come in order of id; an id is never given twice; an operation
that raises leaves nothing behind; documents come back as JSON keeps them (tuples as lists, fields sorted by name).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from itertools import islice
from typing import Any, overload

from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from kiosk.documents.form import FieldIs, StoredDocument, check_doc_id, check_key, index_value
from kiosk.documents.storage import DocumentStorage

TRIM_COUNT_MAX = 500
"""Documents one `trim` takes away at most: about 10 ms here and 50 ms on a Pi, so a tap never waits noticeably behind it."""

Change = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]
"""What `update` does to a document: fields to set, or a function that changes the dict it is given (`tinydb.operations`)."""


class DocumentTable(Table):
    """One declared table. Reads by id, key and indexed field cost O(log n); any other query streams the table.

    There is no query cache, so nothing read is ever stale. Writes outside a `transaction()` are durable when they return.
    Everywhere: `DamagedStore`, `StoreFault`; writing: `BadDocument`; changing append-only tables: `AppendOnly`.
    """

    document_class = StoredDocument
    default_query_cache_capacity = 0

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        """As TinyDB makes it; the last two arguments are TinyDB's and change nothing: no cache, and tables are declared."""
        if not isinstance(storage, DocumentStorage):
            raise TypeError(f"a DocumentTable needs a DocumentStorage, not {type(storage).__name__}")
        super().__init__(storage, name, cache_size=0)
        self._rows = storage.rows(name)

    # Reading

    @overload  # type: ignore[override]  # two readings instead of TinyDB's eight: by ids a list, else one document
    def get(self, cond: QueryLike | None = ..., doc_id: None = ..., *, doc_ids: list[int]) -> list[StoredDocument]: ...
    @overload
    def get(self, cond: QueryLike | None = ..., doc_id: int | None = ..., doc_ids: None = ...) -> StoredDocument | None: ...
    def get(
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None
    ) -> StoredDocument | list[StoredDocument] | None:
        """One document by id or the first that matches `cond` (None: no such document), or the list of those with `doc_ids`."""
        if doc_id is not None:
            return self._rows.by_id(doc_id)
        if doc_ids is not None:
            return [document for wanted in sorted(set(doc_ids)) if (document := self._rows.by_id(wanted)) is not None]
        if cond is not None:
            return next(self._matching(cond), None)
        raise RuntimeError("You have to pass either cond or doc_id or doc_ids")

    def search(self, cond: QueryLike) -> list[StoredDocument]:  # type: ignore[override]
        """All documents that match; through the index for `FieldIs` on an indexed field."""
        return list(self._matching(cond))

    def contains(self, cond: QueryLike | None = None, doc_id: int | None = None) -> bool:
        """Whether a document with this id, or one that matches, is there."""
        if doc_id is None and cond is None:
            raise RuntimeError("You have to pass either cond or doc_id")
        return self.get(cond, doc_id) is not None

    def count(self, cond: QueryLike) -> int:
        """How many documents match."""
        if isinstance(cond, FieldIs) and self._is_indexed(cond.field, cond.value):
            return self._rows.count(field=cond.field, value=cond.value)
        return sum(1 for _ in self._matching(cond))

    def all(self) -> list[StoredDocument]:  # type: ignore[override]
        """Every document, in memory at once; iterate over the table to stream them instead."""
        return list(self._rows.walk())

    def __iter__(self) -> Iterator[StoredDocument]:
        """Stream every document in order of id."""
        return self._rows.walk()

    def __len__(self) -> int:
        """How many documents there are: a walk over the pages, 2 ms for 100,000; not for every tap."""
        return self._rows.count()

    def find(self, field: str, value: Any, *, after_id: int = 0, newest_first: bool = False) -> Iterator[StoredDocument]:
        """Stream the documents whose indexed `field` equals `value`, with an id above `after_id`, oldest or newest first.

        Raises ValueError when the layout declares no index on `field`: the caller counts on speed.
        """
        if field not in self._rows.layout.index:
            raise ValueError(f"table {self.name!r} has no index on {field!r}; declare it in its Layout or use search")
        if self._is_indexed(field, value):
            return self._rows.walk(after_id, newest_first=newest_first, field=field, value=value)
        found = FieldIs(field, value)
        return (document for document in self._rows.walk(after_id, newest_first=newest_first) if found(document))

    def after(self, doc_id: int = 0, *, count_max: int | None = None) -> Iterator[StoredDocument]:
        """Stream the documents with an id above `doc_id` in order, at most `count_max`: the outbox reads itself so."""
        return islice(self._rows.walk(doc_id), count_max)

    def newest_first(self) -> Iterator[StoredDocument]:
        """Stream every document, the newest first."""
        return self._rows.walk(newest_first=True)

    def count_after(self, doc_id: int) -> int:
        """How many documents have an id above `doc_id`; cost grows with that number."""
        return self._rows.count(doc_id)

    def first_id(self) -> int | None:
        """The id of the oldest document still there, None when there is none."""
        return self._rows.first_id()

    def last_id(self) -> int:
        """The highest id ever given, also of documents that are gone; 0 before the first."""
        return self._rows.last_id()

    # Keys

    def get_by_key(self, key: str) -> StoredDocument | None:
        """The document with this key, or None."""
        self._check("get_by_key", key)
        return self._rows.by_key(key)

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Write the document with this key, in the place of the one that may be there (which keeps its id)."""
        self._check("put", key)
        plain = _plain(document)
        if not self._rows.replace_by_key(key, plain):  # on a kiosk nearly every put replaces; one that meets nothing writes nothing
            self._rows.insert(plain, key=key)

    def remove_by_key(self, key: str) -> bool:
        """Remove the document with this key; False when there is none."""
        self._check("remove_by_key", key)
        return self._rows.delete_by_key(key)

    # Writing

    def insert(self, document: Mapping[str, Any]) -> int:
        """Write a new document and return its id: its own for a `tinydb.table.Document`, else the next one.

        Raises ValueError when that id is taken, BadDocument in keyed tables (use `put`).
        """
        doc_id = document.doc_id if isinstance(document, Document) else None
        if doc_id is not None:
            check_doc_id(self.name, doc_id)
        return self._rows.insert(_plain(document), doc_id)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Write new documents, all or none, and return their ids."""
        with self._rows.engine.unit():
            return [self.insert(document) for document in documents]

    def update(self, fields: Change, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Change the documents with `doc_ids`, or that match `cond`, or all; all or none. Returns their ids."""
        self._rows.guard("update")
        with self._rows.engine.unit():
            return [self._change(document, fields) for document in self._chosen(cond, doc_ids)]

    def update_multiple(self, updates: Iterable[tuple[Change, QueryLike]]) -> list[int]:
        """Apply each (change, condition) to every document, in order; all or none. Returns the ids, one per change made."""
        self._rows.guard("update_multiple")
        steps = list(updates)
        with self._rows.engine.unit():
            return [self._change(document, fields) for document in self._rows.walk() for fields, cond in steps if cond(document)]

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update the documents that match (or the one with the id of a `Document`), or insert it when there are none."""
        doc_ids = [document.doc_id] if isinstance(document, Document) else None
        if doc_ids is None and cond is None:
            raise ValueError("If you don't specify a search query, you must specify a doc_id. Hint: use a table.Document object.")
        with self._rows.engine.unit():
            return self.update(document, cond, doc_ids) or [self.insert(document)]

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove the documents with `doc_ids` or that match `cond`, all or none, and return their ids."""
        self._rows.guard("remove")
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        with self._rows.engine.unit():
            return [document.doc_id for document in self._chosen(cond, doc_ids) if self._rows.delete(document.doc_id)]

    def truncate(self) -> None:
        """Remove all documents."""
        self._rows.clear()

    def trim(self, before_id: int, *, count_max: int = TRIM_COUNT_MAX) -> int:
        """Remove the oldest documents, those with an id below `before_id`, at most `count_max`; how many went.

        The one way to shorten an append-only table. Call again in the next idle moment while it returns `count_max`.
        """
        return self._rows.trim(before_id, count_max)

    def _chosen(self, cond: QueryLike | None, doc_ids: Iterable[int] | None) -> Iterator[StoredDocument]:
        """The documents an operation is about, ids before condition before all, as TinyDB chooses."""
        if doc_ids is not None:
            return (document for wanted in doc_ids if (document := self._rows.by_id(wanted)) is not None)
        return self._rows.walk() if cond is None else self._matching(cond)

    def _matching(self, cond: QueryLike) -> Iterator[StoredDocument]:
        if isinstance(cond, FieldIs) and self._is_indexed(cond.field, cond.value):
            return self._rows.walk(field=cond.field, value=cond.value)
        return (document for document in self._rows.walk() if cond(document))

    def _change(self, document: StoredDocument, fields: Change) -> int:
        if callable(fields):
            fields(document)
        else:
            document.update(fields)
        self._rows.replace(document.doc_id, document)
        return document.doc_id

    def _is_indexed(self, field: str, value: Any) -> bool:
        return field in self._rows.layout.index and index_value(value) is not None

    def _check(self, act: str, key: str) -> None:
        if not self._rows.layout.keyed:
            raise ValueError(f"table {self.name!r} is not keyed, {act} has no meaning; declare Layout(keyed=True)")
        check_key(self.name, key)


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as a dict. Raises ValueError, as TinyDB does, for anything that has no fields."""
    if isinstance(document, dict):
        return document
    if not isinstance(document, Mapping):
        raise ValueError("Document is not a Mapping")
    return dict(document)
