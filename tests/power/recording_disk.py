"""A layer beneath SQLite that writes down what reaches the files: every write, truncation, flush and deletion, in order.

It is a VFS of SQLite itself (sqlite.org/vfs.html), made with ctypes in the very library that `sqlite3` of this interpreter uses, and
the default one as long as the `with` block lasts, so the kiosk's store runs on it unchanged. Reads, locks and shared memory are SQLite's
own. It can also refuse an act as a full or a failing disk does. What may be left after a power cut is `crash_images`.
"""

from __future__ import annotations

import _sqlite3
import ctypes as c
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Literal

OK, FULL, READONLY, IOERR_WRITE, IOERR_FSYNC = 0, 13, 8, 778, 1034
SHARED_MEMORY_METHODS = 18
NAME = b"stupeni-recording"

Kind = Literal["create", "write", "truncate", "sync", "unsynced", "delete", "folder", "mark", "marked"]


@dataclass(frozen=True, slots=True)
class Act:
    """What happened to one file. `sync` succeeded, `unsynced` did not; `folder`: all names are durable now.

    `mark` is a new text in the store's side file (written past SQLite), `marked` its flush; the old text is `was`.
    """

    kind: Kind
    name: str = ""
    offset: int = 0
    content: bytes = b""
    was: bytes = b""


class _Vfs(c.Structure):
    """sqlite3_vfs; the pointers that are only handed on are left without a type."""


# The path stays a pointer: SQLite keeps it, and reads what lies behind its end.
_Open = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_void_p, c.c_void_p, c.c_int, c.c_void_p)
_Delete = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_char_p, c.c_int)
_Random = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_int, c.c_void_p)
_Vfs._fields_ = [
    ("version", c.c_int),
    ("file_bytes", c.c_int),
    ("path_max", c.c_int),
    ("next", c.c_void_p),
    ("name", c.c_char_p),
    ("own", c.c_void_p),
    ("open", _Open),
    ("delete", _Delete),
    ("paths_and_libraries", c.c_void_p * 6),
    ("randomness", _Random),
    ("rest", c.c_void_p * 7),
]

_Write = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
_Truncate = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
_Sync = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)
_Close = c.CFUNCTYPE(c.c_int, c.c_void_p)


class _Methods(c.Structure):
    """sqlite3_io_methods."""

    _fields_ = [
        ("version", c.c_int),
        ("close", _Close),
        ("read", c.c_void_p),
        ("write", _Write),
        ("truncate", _Truncate),
        ("sync", _Sync),
        ("rest", c.c_void_p * (SHARED_MEMORY_METHODS - 5)),
    ]


class _File(c.Structure):
    """sqlite3_file: its first word says which functions are its own."""

    _fields_ = [("methods", c.c_void_p)]


Refuse = Callable[[Kind, str], int]
"""What the disk answers to an act on the file of that name: OK, or one of SQLite's codes for a disk that will not."""


def willing(_kind: Kind, _name: str) -> int:
    """A disk that does what it is asked."""
    return OK


class RecordingDisk:
    """The disk of one folder. `acts` is all that happened to the files in it. SQLite draws its salts from `chance`, so that the same
    life is the same bytes.
    """

    def __init__(self, folder: Path, chance: Random) -> None:
        self.folder, self.chance = str(folder), chance
        self.acts: list[Act] = []
        self.refuse: Refuse = willing
        self._mark_path, self._mark = Path(folder, "kiosk.db.lock"), b""

    def __enter__(self) -> RecordingDisk:
        layer().use(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.look()
        layer().use(None)

    def folder_synced(self) -> None:
        """The store says that it has flushed its folder, which it does past SQLite."""
        self.note(Act("folder"))

    def look(self) -> None:
        """Has the side file another text? It is written and flushed past SQLite, in one go."""
        now = self._mark_path.read_bytes() if self._mark_path.exists() else b""
        if now != self._mark:
            self.acts.append(Act("mark", self._mark_path.name, content=now, was=self._mark))
            self.acts.append(Act("marked", self._mark_path.name))
            self._mark = now

    def note(self, act: Act) -> None:
        """This has happened."""
        self.look()
        self.acts.append(act)

    def asked(self, act: Act, failed: Kind | None = None) -> int:
        """SQLite wants this to happen; OK, or why it does not. A refusal leaves `failed` in the record."""
        answer = self.refuse(act.kind, act.name)
        if answer == OK:
            self.note(act)
        elif failed is not None:
            self.note(Act(failed, act.name))
        return answer


@dataclass(frozen=True, slots=True)
class _Held:
    """An open file of a recorded disk: whose, its name, and its own functions."""

    disk: RecordingDisk
    name: str
    real: _Methods


class _Layer:
    """The VFS itself, one for the process: SQLite may hold a file for as long as any cursor on it lives."""

    def __init__(self) -> None:
        self._disk: RecordingDisk | None = None
        self._held: dict[int, _Held] = {}  # by address of the file
        self._tables: dict[int, _Methods] = {}  # ours, by address of the table that it stands for
        self._library = c.CDLL(_sqlite3.__file__)  # finds the functions in the extension itself or in the library it is linked to
        self._library.sqlite3_vfs_find.restype = c.POINTER(_Vfs)
        self._unix = self._library.sqlite3_vfs_find(None)
        self._vfs = _Vfs.from_buffer_copy(self._unix.contents)
        self._vfs.name, self._vfs.next = NAME, None
        self._vfs.open, self._vfs.delete, self._vfs.randomness = _Open(self._opened), _Delete(self._deleted), _Random(self._drawn)
        self._write, self._truncate = _Write(self._written), _Truncate(self._truncated)
        self._sync, self._close = _Sync(self._synced), _Close(self._closed)

    def use(self, disk: RecordingDisk | None) -> None:
        """From now on this disk is recorded, or none and everything is as always."""
        self._disk = disk
        assert self._library.sqlite3_vfs_register(c.byref(self._vfs) if disk else self._unix, 1) == OK
        self._library.sqlite3_randomness(0, None)  # it draws anew, from the default VFS

    def _drawn(self, _vfs: Any, size: int, place: int) -> int:
        c.memmove(place, self._disk.chance.randbytes(size) if self._disk else os.urandom(size), size)
        return size

    def _opened(self, _vfs: Any, path: int | None, file: int, flags: int, flags_out: int | None) -> int:
        disk = self._disk
        folder, name = os.path.split(c.string_at(path).decode()) if path else ("", "")
        there = os.path.lexists(os.path.join(folder, name))
        answer = int(self._unix.contents.open(self._unix, path, file, flags, flags_out))
        if answer != OK or disk is None or folder != disk.folder:
            return answer
        head = _File.from_address(file)
        real = _Methods.from_address(head.methods)
        if head.methods not in self._tables:
            table = _Methods.from_buffer_copy(real)
            table.write, table.truncate, table.sync, table.close = self._write, self._truncate, self._sync, self._close
            self._tables[head.methods] = table
        self._held[file] = _Held(disk, name, real)
        head.methods = c.addressof(self._tables[head.methods])
        if not there:
            disk.note(Act("create", name))
        return answer

    def _written(self, file: int, content: int, size: int, offset: int) -> int:
        held = self._held[file]
        answer = held.disk.asked(Act("write", held.name, offset, c.string_at(content, size)))
        return answer or int(held.real.write(file, content, size, offset))

    def _truncated(self, file: int, size: int) -> int:
        held = self._held[file]
        answer = held.disk.asked(Act("truncate", held.name, size))
        return answer or int(held.real.truncate(file, size))

    def _synced(self, file: int, _flags: int) -> int:
        """Nothing is really flushed: what is durable is decided by what was written down."""
        held = self._held[file]
        return held.disk.asked(Act("sync", held.name), "unsynced")

    def _closed(self, file: int) -> int:
        return int(self._held.pop(file).real.close(file))

    def _deleted(self, _vfs: Any, path: bytes, sync_folder: int) -> int:
        answer = int(self._unix.contents.delete(self._unix, path, 0))
        folder, name = os.path.split(path.decode())
        if answer == OK and self._disk is not None and folder == self._disk.folder:
            self._disk.note(Act("delete", name))
            if sync_folder:
                self._disk.note(Act("folder"))
        return answer


@cache
def layer() -> _Layer:
    """The layer of this process, made when it is first asked for."""
    return _Layer()
