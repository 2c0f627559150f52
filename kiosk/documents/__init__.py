"""The document store of a kiosk: TinyDB on top, SQLite beneath, one file, one owner, one transaction per tap.

Here lives what the rest of the kiosk may use: `open_documents`, the database it returns, and the names of its parts. Never
here: what a fact or a member is (kiosk/store.py).

    db = open_documents(path, {"facts": Layout(index=("card",), append_only=True), "members": Layout(keyed=True)})
    with db.transaction():
        member = db.table("members").get_by_key(ref)
        number = db.table("facts").insert({"kind": "visit", "card": ref})
        db.table("members").put(ref, {**member, "visits": member["visits"] + 1})
    # here, and not before, the tap is on the disk
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tinydb import TinyDB

from kiosk.documents.file import set_aside
from kiosk.documents.form import FieldIs, Layout, StoredDocument
from kiosk.documents.storage import SIZE_BYTES_MAX, DocumentStorage
from kiosk.documents.table import DocumentTable
from kiosk.documents.trouble import (
    AppendOnly,
    BadDocument,
    CutPower,
    DamagedStore,
    Fault,
    NestedTransaction,
    Point,
    PowerCut,
    StoreFault,
    StoreInUse,
    no_fault,
)

__all__ = [
    "AppendOnly",
    "BadDocument",
    "CutPower",
    "DamagedStore",
    "DocumentStorage",
    "DocumentTable",
    "Documents",
    "Fault",
    "FieldIs",
    "Layout",
    "NestedTransaction",
    "Point",
    "PowerCut",
    "StoreFault",
    "StoreInUse",
    "StoredDocument",
    "no_fault",
    "open_documents",
    "set_aside",
]


class Documents(TinyDB):
    """A TinyDB whose tables are declared and reach single documents; made by `open_documents`.

    TinyDB's own methods keep their meaning, except: a table that was not declared is refused (ValueError), a table without
    documents is not listed by `tables()`, and `drop_table(s)` keeps the numbering and refuses append-only documents.
    """

    table_class = DocumentTable
    default_storage_class = DocumentStorage  # type: ignore[assignment]  # TinyDB means any storage, and says JSONStorage
    _storage: DocumentStorage
    if TYPE_CHECKING:  # TinyDB forwards unknown names to its default table, which hides these from a type checker

        @property
        def storage(self) -> DocumentStorage: ...

    def table(self, name: str, **kwargs: Any) -> DocumentTable:
        """The table of that name. Raises ValueError when it was not declared."""
        return cast("DocumentTable", super().table(name, **kwargs))

    def transaction(self) -> AbstractContextManager[None]:
        """`with db.transaction():` all writes of the block, over all tables, become durable together at its end, or none.

        Raises `NestedTransaction` inside another one; at the end `StoreFault` when the commit failed: then nothing was done.
        """
        return self._storage.engine.transaction()

    def tables(self) -> set[str]:
        """The names of the tables that hold documents."""
        return {name for name in self._storage.layouts if self._storage.rows(name).first_id() is not None}

    def drop_table(self, name: str) -> None:
        """Remove all documents of a table. Raises `AppendOnly`; ValueError for an undeclared name."""
        self._storage.rows(name).clear()

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Tables whose pages still wait to be checked after a stop that was not clean."""
        return tuple(self._storage.unchecked)

    def check_next(self) -> str | None:
        """Check one of the `unchecked` tables (an idle moment's work: up to a second or more for a large table on a Pi).

        Returns its name, or None when none is left. Raises `DamagedStore`.
        """
        return self._storage.check_next()

    def size_bytes(self) -> int:
        """How much of the file is in use."""
        return self._storage.engine.size_bytes()

    def give_back(self) -> bool:
        """Give room that is not needed back to the disk, a little at a time (an idle moment's work); whether there is more to give."""
        return self._storage.engine.give_back()

    def checkpoint(self, *, wipe: bool = False) -> None:
        """Do the engine's housekeeping now, in an idle moment, so that no tap has to wait for it (some ms per 250 taps).

        `wipe` also empties the journal: after erasing a person, no copy is left in the store's files.
        """
        self._storage.engine.checkpoint(wipe)


def open_documents(
    path: Path, layouts: Mapping[str, Layout], *, fault: Fault = no_fault, size_bytes_max: int = SIZE_BYTES_MAX
) -> Documents:
    """Open the store at `path`, or make it, and hold it until `close()`.

    `layouts` declares every table by name. `fault` is called at the points of each transaction (simulation only).
    Raises `DamagedStore` (see `set_aside`), `StoreInUse` when another process holds it, `StoreFault` when the folder or the
    device is unfit, ValueError when the file's tables cannot become `layouts`.
    """
    return Documents(path, layouts, fault=fault, size_bytes_max=size_bytes_max)
