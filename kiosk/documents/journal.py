"""The write-ahead journal as bytes: does it end where the last run ended, or was it spoilt in the middle?

SQLite takes the first frame that does not fit for the end of the journal, as after a power cut. Where one byte of an older frame was
spoilt, every tap behind it would be forgotten without a word. Never here: SQL; nothing here writes.

Format: sqlite.org/fileformat2.html, section 4. It is read before SQLite opens the store, and the shared memory is never touched: closing
any file of SQLite's takes away the locks that this process has on it, and the next reader would shorten it under a working kiosk.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kiosk.documents.trouble import DamagedStore

_HEADER, _FRAME_HEADER = 32, 24


@dataclass(frozen=True, slots=True)
class _Frame:
    """One page in the journal: whether a commit ends with it, the run of the journal it belongs to, the sum up to and with it."""

    place: int
    commits: bool
    salts: bytes
    sums: tuple[int, int]


def look_at_journal(path: Path, page_bytes: int) -> None:
    """Refuse a journal with a finished commit behind the last frame that SQLite would take. Call it before the store is opened.

    A commit is written only when the one before it is durable. So where a frame continues the sum of a commit's last frame, that
    commit was finished, and if SQLite does not reach it, something before it was spoilt. What is only torn has no such frame.
    A spoilt byte in the very last commit cannot be told from a torn one: nobody can say that it was ever finished.

    Costs 0.1 ms for each page since the last quiet moment.
    """
    journal = path.with_name(path.name + "-wal")
    if not journal.exists():
        return
    with journal.open("rb") as file:
        header = file.read(_HEADER)
        salts = _salts(header)
        whole = salts is not None
        sums = struct.unpack(">2I", header[24:]) if whole else (0, 0)
        before = None
        for frame in _frames(file, page_bytes):
            if salts not in (None, frame.salts):  # of an earlier run: all of it is in the store
                whole, before = False, None
                continue
            if whole and _sums_with(frame, sums, file, page_bytes) == frame.sums:
                sums = frame.sums
                continue
            whole = False
            if before is not None and _follows(before, frame, file, page_bytes):
                raise DamagedStore(path, "its journal is spoilt, and finished commits lie behind")
            before = frame


def _salts(header: bytes) -> bytes | None:
    """What marks the frames of the journal's present run; None when the header is spoilt: then no frame at all would be taken."""
    if header[:3] == b"\x37\x7f\x06" and _sums((0, 0), header[:24]) == struct.unpack(">2I", header[24:32]):
        return header[16:24]
    return None


def _frames(file: BinaryIO, page_bytes: int) -> Iterator[_Frame]:
    """All that are there whole."""
    size_bytes = file.seek(0, 2)
    for place in range(_HEADER, size_bytes - _FRAME_HEADER - page_bytes + 1, _FRAME_HEADER + page_bytes):
        file.seek(place)
        _, pages_after, salts, first, second = struct.unpack(">II8sII", file.read(_FRAME_HEADER))
        yield _Frame(place, pages_after > 0, salts, (first, second))


def _sums_with(frame: _Frame, before: tuple[int, int], file: BinaryIO, page_bytes: int) -> tuple[int, int]:
    """The sum up to and with a frame, when it was `before` in front of it."""
    file.seek(frame.place)
    content = file.read(_FRAME_HEADER + page_bytes)
    return _sums(before, content[:8] + content[_FRAME_HEADER:])


def _follows(before: _Frame, frame: _Frame, file: BinaryIO, page_bytes: int) -> bool:
    """Whether `before` ended a commit and `frame` was written after it."""
    return before.commits and before.salts == frame.salts and _sums_with(frame, before.sums, file, page_bytes) == frame.sums


def _sums(sums: tuple[int, int], content: bytes) -> tuple[int, int]:
    """SQLite's running sum over pairs of words, in the byte order of the machine that writes."""
    first, second = sums
    words = struct.unpack(f"={len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
