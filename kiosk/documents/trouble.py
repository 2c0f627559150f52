"""What can go wrong with the document store, and the hook that makes it go wrong on purpose.

Here live the exceptions of the store, the translation of SQLite's errors into them, and `Fault`, the place where a test or
a simulation cuts the power. Never here: SQL, files, or a decision what the kiosk does about a trouble.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


class DamagedStore(Exception):
    """The bytes of the store are not what was written: not a database, cut short, or torn.

    The way on is `set_aside(path, now_text)` and a new, empty store.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the store {path} is damaged: {why}. It must be set aside (never deleted) and a new one started")
        self.path = path
        self.why = why


class StoreFault(Exception):
    """The store could not do its work now, and the last committed state is still there.

    `what` says which act failed and how, `hint` what a person can do. If the act was the commit itself, the change is either
    wholly there or wholly absent after the next start; it must be treated as not done.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what}. {hint}")
        self.what = what
        self.hint = hint


class StoreInUse(StoreFault):
    """Another process holds the store open; two writers would number facts twice."""


class BadDocument(ValueError):
    """A document that cannot be written as JSON, or a key that cannot be a key. Names table, key and place, never the value."""

    def __init__(self, table: str, key: object, why: str) -> None:
        super().__init__(f"table {table!r}, document {_short(key)}: {why}")
        self.table = table
        self.key = key
        self.why = why


class AppendOnly(RuntimeError):
    """An act that would change or lose a document of an append-only table. A mistake of ours, so it is loud."""

    def __init__(self, table: str, act: str) -> None:
        super().__init__(f"table {table!r} is append-only: {act} is refused; only trim(before_id) takes its oldest documents away")


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another one. A mistake of ours: one tap is one transaction."""

    def __init__(self) -> None:
        super().__init__("a transaction is open already; pass its work along instead of opening a second one inside it")


class PowerCut(BaseException):
    """Simulated loss of power. Not an `Exception`, so that no door can catch it and carry on as if the kiosk were alive."""


Point = Literal["before_write", "before_commit", "after_commit"]
"""Where a fault can strike a transaction: nothing written yet; all written, nothing durable; durable, but nobody knows yet."""

Fault = Callable[[Point], None]
"""Called at every point of every transaction. It returns (nothing happens), raises `PowerCut` (the storage lets go of the file
as a dying process would, without committing, rolling back or marking a clean stop), or raises `StoreFault` at one of the two
points before the commit (the transaction is rolled back, as for a full disk)."""


def no_fault(_point: Point) -> None:
    """The hook of a real kiosk: nothing happens."""


@dataclass
class CutPower:
    """A `Fault` that cuts the power at `point`, the `nth` time (1 = the first) a transaction passes it."""

    point: Point
    nth: int = 1

    def __call__(self, point: Point) -> None:
        if point != self.point:
            return
        self.nth -= 1
        if self.nth == 0:
            raise PowerCut(point)


# SQLite's primary result codes (sqlite.org/rescode.html); the extended code holds them in its low byte.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_SERVICE_USER = "The folder must belong to the user of the kiosk's service and be mounted read-write"
_HINTS = {
    sqlite3.SQLITE_FULL: "Free space on the device: old logs, stores set aside as damaged; facts the hub has claimed may be trimmed",
    sqlite3.SQLITE_IOERR: "The disk is full or the card is failing: look at the kernel's log, then replace the card",
    sqlite3.SQLITE_READONLY: _SERVICE_USER,
    sqlite3.SQLITE_CANTOPEN: _SERVICE_USER,
    sqlite3.SQLITE_PERM: _SERVICE_USER,
    sqlite3.SQLITE_BUSY: "Close the tool that has this file open (a database browser, a backup)",
    sqlite3.SQLITE_LOCKED: "Close the tool that has this file open (a database browser, a backup)",
    sqlite3.SQLITE_NOMEM: "The device is out of memory: restart it and look what else runs there",
}


def trouble_of(error: sqlite3.Error | UnicodeDecodeError, path: Path, act: str) -> Exception:
    """What an error of SQLite means for the kiosk: `DamagedStore`, `StoreFault`, or the error itself when it is our mistake."""
    if isinstance(error, UnicodeDecodeError):
        return DamagedStore(path, f"text that is not UTF-8 ({error.reason})")
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite3.OperationalError):
        return DamagedStore(path, "a text that is not UTF-8")  # Python itself refused what SQLite gave; its words would show the text
    code = (sqlite3.SQLITE_ERROR if code is None else code) & 0xFF
    if code in _DAMAGED:
        return DamagedStore(path, str(error))
    hint = _HINTS.get(code)
    if hint is None:
        return error
    name = getattr(error, "sqlite_errorname", "")
    return StoreFault(f"the store {path} could not {act}: {error} ({name})", hint)


def _short(key: object) -> str:
    """The first 8 characters of a key: keys may be card references, which never stand in full in a message."""
    text = str(key)
    return repr(text if len(text) <= 8 else text[:8] + "...")
