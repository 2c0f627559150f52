"""The store as a file among files: who holds it, how the last stop was, whether its bytes look whole, how it is set aside.

Here live the lock, the mark of a clean stop, the look at the file's header and the renaming of a damaged store. Never
here: SQL or documents; nothing here ever deletes or overwrites a store.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from kiosk.documents.trouble import DamagedStore, StoreFault, StoreInUse

# sqlite.org/fileformat2.html, section 1.3: the first 100 bytes.
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_MARK_BYTES_MAX = 64  # the longest mark is "closed " and a 64-bit number

_BESIDE = ("", "-wal", "-shm", "-journal")
"""The files of one store: SQLite looks for the others under the database's name, so they are renamed together."""


class Holder:
    """The exclusive right to a store: a lock on the side file `<name>.lock`, whose text is also the mark of the last stop.

    A lock of the kernel (flock) dies with its process, so a power cut never leaves one behind. A side file is used instead of
    SQLite's EXCLUSIVE locking mode because that would also refuse a harmless reader (`sqlite3 -readonly`, a backup).
    Marks: "" (never used), "open PID" (in use, or not stopped cleanly), "closed BYTES" (stopped cleanly at that file size).
    """

    def __init__(self, path: Path) -> None:
        """Take the store at `path`. Raises `StoreInUse` when another process has it, `StoreFault` when the folder is unfit."""
        self.path = path
        self.released = False
        side = path.with_name(path.name + ".lock")
        try:
            self._fd = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            hint = f"The folder {path.parent} must exist and belong to the user of the kiosk's service"
            raise StoreFault(f"the store's lock {side} could not be opened: {error.strerror}", hint) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self.mark().removeprefix("open ") or "unknown"
            os.close(self._fd)
            what = f"the store {path} is in use by another process (pid {holder})"
            raise StoreInUse(what, "Stop the other kiosk first: systemctl stop stupeni-kiosk") from None

    def mark(self) -> str:
        """What the last holder wrote."""
        return os.pread(self._fd, _MARK_BYTES_MAX, 0).decode("ascii", "replace")

    def write_mark(self, text: str) -> None:
        """Write the mark durably: a mark "open" that a power cut forgot would hide that the stop was not clean."""
        try:
            os.pwrite(self._fd, text.encode("ascii"), 0)
            os.ftruncate(self._fd, len(text))
            os.fsync(self._fd)
        except OSError as error:
            hint = "Free space on the device, or mount the folder read-write"
            raise StoreFault(f"the store's lock could not be written: {error.strerror}", hint) from error

    def release(self) -> None:
        """Let go of the store, if not done already. The side file stays: removing it would let two processes lock two files."""
        if not self.released:
            os.close(self._fd)
            self.released = True


def needs_check(path: Path, mark: str) -> bool:
    """Look at a store before opening it; True when its pages should be checked, because the last stop was not clean.

    Raises `DamagedStore` for what can be seen without reading the pages: not a file, emptied, foreign, cut short.
    """
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise DamagedStore(path, "a directory or device stands in its place")
    size_bytes = path.stat().st_size if path.exists() else 0
    if size_bytes == 0:
        if mark.startswith(("open", "closed")):
            raise DamagedStore(path, "the file is missing or empty, though it has held documents")
        return False
    if not _is_to_be_undone(path):
        _look_at_header(path, size_bytes)
    return mark != f"closed {size_bytes}"


def _is_to_be_undone(path: Path) -> bool:
    """Whether the power went while the store was being made: SQLite then undoes, when it opens the file, what was begun."""
    undo = path.with_name(path.name + "-journal")
    return undo.exists() and undo.stat().st_size > 0


def _look_at_header(path: Path, size_bytes: int) -> None:
    """Refuse a foreign file, and one shorter than its own header says (unless a journal may still complete it)."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise StoreFault(f"the store {path} could not be read: {error.strerror}", "It must belong to the kiosk's service") from error
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise DamagedStore(path, "the file does not begin like a database")
    journal = path.with_name(path.name + "-wal")
    if journal.exists() and journal.stat().st_size > 0:
        return
    page_bytes = int.from_bytes(header[16:18], "big") or 1
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    expected_bytes = page_bytes * int.from_bytes(header[28:32], "big")
    if size_bytes % page_bytes or size_bytes < expected_bytes:
        raise DamagedStore(path, f"the file has {size_bytes} bytes, its header speaks of {expected_bytes}")


def set_aside(path: Path, now_text: str) -> Path:
    """Rename a damaged store and what lies beside it to `<name>.damaged-<now_text>`, and return that path.

    `now_text` is the wall time as YYYYmmddTHHMMSS. Nothing is deleted, nothing overwritten (a second one in the same second
    gets a counter), and the folder is synced, so a power cut leaves either the old names or the new. Afterwards
    `open_documents(path, ...)` starts an empty store. Raises `StoreInUse`, or `StoreFault` when the folder cannot be written.
    """
    holder = Holder(path)
    try:
        aside = _free_name(path, f"{path.name}.damaged-{now_text}")
        for suffix in _BESIDE:  # the database first: cut off in between, the next start finds it missing, never without its journal
            old = path.with_name(path.name + suffix)
            if os.path.lexists(old):
                old.rename(aside.with_name(aside.name + suffix))
        sync_folder(path.parent)
        holder.write_mark("")
        return aside
    except OSError as error:
        hint = "Mount the folder read-write, or move the file away by hand"
        raise StoreFault(f"the damaged store {path} could not be renamed: {error.strerror}", hint) from error
    finally:
        holder.release()


def _free_name(path: Path, wish: str) -> Path:
    """`wish`, or `wish.2`, `wish.3`, ... where nothing of a store lies yet."""
    number = 1
    name = wish
    while any(os.path.lexists(path.with_name(name + suffix)) for suffix in _BESIDE):
        number += 1
        name = f"{wish}.{number}"
    return path.with_name(name)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: on ext4 a new or renamed file may be forgotten until its folder is synced."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
