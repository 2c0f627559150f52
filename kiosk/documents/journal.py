"""The write-ahead journal as bytes: does it end where the last run ended, or was it spoilt in the middle?

SQLite takes the first frame that does not fit for the end of the journal, as after a power cut. Where one byte of an older frame was
spoilt, every tap behind it would be forgotten without a word. Never here: SQL; nothing here writes.

Format: sqlite.org/fileformat2.html, section 4, and for the shared memory sqlite.org/walformat.html, section 2.2.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kiosk.documents.trouble import DamagedStore

_HEADER, _FRAME_HEADER = 32, 24
_FRAMES_AT = 16  # in the shared memory: how many frames SQLite holds for good, in the byte order of the machine


@dataclass(frozen=True, slots=True)
class _Frame:
    """One page in the journal: the page it is, whether a commit ends with it, the run of the journal it belongs to, the sum so far."""

    place: int
    commits: bool
    salts: bytes
    sums: tuple[int, int]


def look_at_journal(path: Path, page_bytes: int) -> None:
    """Refuse a journal with a finished commit behind the last frame that SQLite would take. Call once it is open, before any write.

    A commit is written only when the one before it is durable. So where a frame continues the sum of a commit's last frame, that
    commit was finished, and if SQLite does not reach it, something before it was spoilt. What is only torn has no such frame.
    A spoilt byte in the very last commit cannot be told from a torn one: nobody can say that it was ever finished.
    """
    journal = path.with_name(path.name + "-wal")
    try:
        size_bytes = journal.stat().st_size
        shared = path.with_name(path.name + "-shm").read_bytes()[_FRAMES_AT : _FRAMES_AT + 4]
    except FileNotFoundError:
        return
    taken = int.from_bytes(shared, sys.byteorder)
    if size_bytes <= _HEADER + taken * (_FRAME_HEADER + page_bytes):
        return
    with journal.open("rb") as file:
        salts = _salts(file.read(_HEADER))
        before = None
        for frame in _frames(file, taken, page_bytes):
            if before is not None and _follows(before, frame, file, page_bytes) and salts in (None, frame.salts):
                raise DamagedStore(path, f"its journal is spoilt at page {taken + 1}, and finished commits lie behind")
            before = frame


def _salts(header: bytes) -> bytes | None:
    """What marks the frames of the journal's present run; None when the header is spoilt: then no frame at all would be taken."""
    if header[:3] == b"\x37\x7f\x06" and _sums((0, 0), header[:24]) == struct.unpack(">2I", header[24:32]):
        return header[16:24]
    return None


def _frames(file: BinaryIO, taken: int, page_bytes: int) -> Iterator[_Frame]:
    """The frames behind the first `taken`."""
    place = _HEADER + taken * (_FRAME_HEADER + page_bytes)
    while file.seek(place) and len(header := file.read(_FRAME_HEADER)) == _FRAME_HEADER:
        _, pages_after, salts, first, second = struct.unpack(">II8sII", header)
        yield _Frame(place, pages_after > 0, salts, (first, second))
        place += _FRAME_HEADER + page_bytes


def _follows(before: _Frame, frame: _Frame, file: BinaryIO, page_bytes: int) -> bool:
    """Whether `before` ended a commit and `frame` was written after it, by its sum."""
    if not before.commits or before.salts != frame.salts:
        return False
    file.seek(frame.place)
    content = file.read(_FRAME_HEADER + page_bytes)
    return len(content) == _FRAME_HEADER + page_bytes and _sums(before.sums, content[:8] + content[_FRAME_HEADER:]) == frame.sums


def _sums(sums: tuple[int, int], content: bytes) -> tuple[int, int]:
    """SQLite's running sum over pairs of words, in the byte order of the machine that writes."""
    first, second = sums
    words = struct.unpack(f"={len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
