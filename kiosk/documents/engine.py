"""The engine under the documents: one SQLite connection, its settings, and its transactions with their fault points.

Here live SQLite's settings with their reasons, the running of statements with errors translated, BEGIN, COMMIT and
ROLLBACK. Never here: what a table or a document is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from kiosk.documents.file import Holder
from kiosk.documents.trouble import DamagedStore, Fault, NestedTransaction, PowerCut, StoreFault, no_fault, trouble_of

PAGE_BYTES = 4096  # the file system's block; smaller pages share a block, so one torn write would hurt several
INCREMENTAL = 2  # as SQLite numbers it
BUSY_S_MAX = 1.0  # only a foreign tool can be in the way; waiting longer would freeze the screen and starve the watchdog

SPARE_PAGES = 1024  # free pages that stay in the file (4 MB): a tap that finds one need not ask the file system for more
GIVE_BACK_PAGES = 256  # 1 MB moved and flushed in one step: some 100 ms on a slow card

_SETTINGS = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA auto_vacuum = INCREMENTAL",  # taken by a new file alone: an old one would need VACUUM, so twice the space
    "PRAGMA journal_mode = WAL",  # one sequential write and one flush per commit
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns; NORMAL may forget the last taps
    "PRAGMA cache_size = -8192",  # KiB: the inner pages of a million members and the leaves of a day's taps
    "PRAGMA wal_autocheckpoint = 1000",  # pages (4 MB, some 250 taps): a journal that keeps growing costs a second flush per commit
    "PRAGMA journal_size_limit = 16777216",  # bytes: what a bulk load leaves behind; four checkpoints' worth is plenty
    "PRAGMA cell_size_check = ON",  # notice a torn page when it is read, not when it misleads
    "PRAGMA secure_delete = FAST",  # an erased member's bytes are overwritten where that costs no extra write
    "PRAGMA temp_store = MEMORY",  # no hidden files
    "PRAGMA trusted_schema = OFF",  # a foreign file runs no functions
)

STAMP_AT = 18  # 1: with an undo journal, 2: with a write-ahead journal; 0 where nothing was written yet
_TROUBLE = (sqlite3.Error, UnicodeDecodeError)  # the second when even the words of SQLite's error come from a spoilt page


def _check_stamp(path: Path) -> None:
    """Raises DamagedStore for a file that SQLite would open for reading alone: the format for writing in its header (byte 18, see "The
    Database Header" in SQLite's file format) is none there is. It looks like a lack of rights then, and a start would end with it for ever.
    """
    try:
        with path.open("rb") as file:
            header = file.read(STAMP_AT + 1)
    except OSError:  # a new store, or one that SQLite will not open either and says why
        return
    if len(header) > STAMP_AT and header[STAMP_AT] not in (0, 1, 2):
        raise DamagedStore(path, "its header names a format that there is not")


class Engine:
    """One connection to one database file, for the thread that made it. Raises `DamagedStore` or `StoreFault` throughout.

    It owns `holder`, the right to the file, from the first line of `__init__` on, and releases it when it lets go of the file.
    """

    def __init__(self, holder: Holder, size_bytes_max: int) -> None:
        """Open or create the file at `holder.path`, which never grows beyond `size_bytes_max`."""
        self.path = holder.path
        self.fault: Fault = no_fault
        self._holder = holder
        self._open = False
        try:
            _check_stamp(self.path)
            self._connection = sqlite3.connect(self.path, timeout=BUSY_S_MAX, isolation_level=None)
        except _TROUBLE as error:
            holder.release()
            self._raise(error, "be opened")
        except BaseException:
            holder.release()
            raise
        try:
            for setting in _SETTINGS:
                self.run(setting)
            self.run(f"PRAGMA max_page_count = {size_bytes_max // PAGE_BYTES}")
            if self.rows("PRAGMA journal_mode") != [("wal",)]:
                hint = "Put the store on a local ext4 file system; network shares cannot hold it"
                raise StoreFault(f"the store {self.path} cannot keep a write-ahead journal where it is", hint)
        except sqlite3.OperationalError as error:  # the statements are ours and right, so the file is none ("unsupported file format")
            self.abandon()
            raise DamagedStore(self.path, str(error)) from error
        except BaseException:
            self.abandon()
            raise

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute one statement. SQLite's errors become ours; programming mistakes stay SQLite's own."""
        try:
            return self._connection.execute(sql, values)
        except _TROUBLE as error:
            self._raise(error, f"do {sql.split(' ', 1)[0]}")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query as tuples; the caller limits how many that can be."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except _TROUBLE as error:
            self._raise(error, "be read")

    def row(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row of a query as a tuple, or None."""
        try:
            return self._connection.execute(sql, values).fetchone()
        except _TROUBLE as error:
            self._raise(error, "be read")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE .. COMMIT around the block; ROLLBACK when it raises. Calls `fault` at its three points.

        Raises `NestedTransaction` inside another one, and whatever the block raises.
        """
        if self._open:
            raise NestedTransaction
        self.run("BEGIN IMMEDIATE")
        self._open = True
        try:
            self.fault("before_write")
            yield
            self.fault("before_commit")
            self._still_open()
            self.run("COMMIT")
            self.fault("after_commit")
        except PowerCut:
            self.abandon()
            raise
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._open = False

    @contextmanager
    def unit(self) -> Iterator[None]:
        """All of the block or nothing: a transaction of its own, or a savepoint when one is open."""
        if not self._open:
            with self.transaction():
                yield
            return
        self._still_open()
        self.run("SAVEPOINT unit")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled everything back already
                self.run("ROLLBACK TO unit")
                self.run("RELEASE unit")
            raise
        self.run("RELEASE unit")

    def write(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute one changing statement: in the open transaction, else in one of its own."""
        if self._open:
            self._still_open()
            return self.run(sql, values)
        with self.transaction():
            return self.run(sql, values)

    def size_bytes(self) -> int:
        """Bytes of the database's pages in use (the file may have some more, to be reused)."""
        (pages,), (free,) = self.row("PRAGMA page_count"), self.row("PRAGMA freelist_count")
        return int(pages - free) * PAGE_BYTES

    def give_back(self) -> bool:
        """Give pages beyond SPARE_PAGES that lie idle back to the file system, at most GIVE_BACK_PAGES; whether there are more."""
        (vacuum,), (free,) = self.row("PRAGMA auto_vacuum"), self.row("PRAGMA freelist_count")
        surplus = free - SPARE_PAGES
        if surplus <= 0 or vacuum != INCREMENTAL:
            return False
        try:  # as a script: of a statement that yields no rows Python takes the first step alone, here one page
            self._connection.executescript(f"PRAGMA incremental_vacuum({min(surplus, GIVE_BACK_PAGES)})")
        except sqlite3.Error as error:
            self._raise(error, "give room back")
        return bool(surplus > GIVE_BACK_PAGES)

    def checkpoint(self, wipe: bool) -> None:
        """Move the journal into the database; with `wipe` also empty the journal, so that erased documents leave no copy."""
        self.run(f"PRAGMA wal_checkpoint({'TRUNCATE' if wipe else 'PASSIVE'})").fetchall()

    def close(self, *, clean: bool) -> None:
        """Close; mark the stop as `clean`, so that the next start need not check. Harmless when closed already."""
        if self._holder.released:
            return
        self._connection.close()
        if clean:
            self._holder.write_mark(f"closed {self.path.stat().st_size}")
        self._holder.release()

    def abandon(self) -> None:
        """Let go of the file as a dying process does: an open transaction is lost, the journal stays, no stop is marked.

        SQLite empties the journal when its last connection closes; a reader that closes after it may not, so it stays.
        """
        with suppress(*_TROUBLE), closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as reader:
            reader.execute("SELECT 1 FROM sqlite_schema").fetchall()
            self._connection.close()
        self._connection.close()
        self._holder.release()

    def mark_open(self) -> None:
        """Note durably that the store is in use, so that the next start can tell whether this one stopped cleanly."""
        self._holder.write_mark(f"open {os.getpid()}")

    def _still_open(self) -> None:
        """SQLite ends a transaction by itself on some faults; what follows must not be written without what came before."""
        if not self._connection.in_transaction:
            raise StoreFault("the transaction was undone by an earlier fault", "Nothing of it was written: do all of it again")

    def _roll_back(self) -> None:
        """Undo the open transaction; if even that fails the connection is unfit, so it is closed and later calls crash."""
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.abandon()

    def _raise(self, error: sqlite3.Error | UnicodeDecodeError, act: str) -> NoReturn:
        trouble = trouble_of(error, self.path, act)
        if trouble is error:
            raise error
        raise trouble from error
