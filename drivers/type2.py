"""Reading Type 2 memory: which NTAG it is, and the NDEF message in it, with as few frames as the chip allows.

Sources: NXP NTAG213/215/216 data sheet rev. 3.2 (GET_VERSION table 28, FAST_READ section 10.3), NFC Forum Type 2 Tag (TLV blocks).
Works on an abstract link, so that no reader library enters here; what the message means is another's business.
"""

from __future__ import annotations

from typing import Protocol

from drivers.errors import TagLost, TagMalformed
from drivers.reader import ChipKind

GET_VERSION = b"\x60"
READ, FAST_READ = 0x30, 0x3A
READ_PAGES = 4
PAGE_BYTES = 4
# go-pn532 uses 60 too: 240 bytes and a checksum fit every reader's frame.
FAST_READ_PAGES_MAX = 60
# The first FAST_READ: the capability container and 44 bytes, which hold a short message whole.
FIRST_PAGES = 12
CC_PAGE = 3
# READ answers within 5 ms by the data sheet; the rest is for a slow link.
ANSWER_WITHIN_S = 0.02
# The largest user memory of the family, NTAG216; a clone that claims more is read no further.
AREA_BYTES_MAX = 888
NDEF_MAGIC = 0xE1
TLV_NULL, TLV_NDEF, TLV_END = 0x00, 0x03, 0xFE

# Byte 6 of GET_VERSION is the storage size; user memory in bytes beside it.
_NTAG_BY_STORAGE = {0x0F: (ChipKind.NTAG213, 144), 0x11: (ChipKind.NTAG215, 504), 0x13: (ChipKind.NTAG216, 888)}
_NTAG_VERSION_HEAD = b"\x00\x04\x04"


class Link(Protocol):
    """A selected card."""

    def exchange(self, frame: bytes, within_s: float) -> bytes | None:
        """One frame for another; None for silence."""

    def reselect(self) -> None:
        """Wake the card after it refused a command, which sends it back to sleep. Raises TagLost, TagChanged."""


def read_type2(link: Link) -> tuple[ChipKind, bytes | None]:
    """Identify a Type 2 tag and read its NDEF message (None: there is none; b"": formatted and empty).

    Raises TagLost when it falls silent, TagMalformed when its memory contradicts itself.
    """
    chip, area_bytes, quick = _identify(link)
    memory = _Memory(link, area_bytes, quick)
    return chip, _find_ndef(memory)


def _identify(link: Link) -> tuple[ChipKind, int, bool]:
    """Ask for the version; old chips and clones refuse or say nothing, and are plain Type 2 then."""
    version = link.exchange(GET_VERSION, ANSWER_WITHIN_S)
    if version is None or len(version) != 8:
        link.reselect()
        return ChipKind.TYPE2, AREA_BYTES_MAX, False
    chip, area_bytes = _NTAG_BY_STORAGE.get(version[6], (ChipKind.TYPE2, AREA_BYTES_MAX))
    if not version.startswith(_NTAG_VERSION_HEAD):
        return ChipKind.TYPE2, AREA_BYTES_MAX, True
    return chip, area_bytes, True


class _Memory:
    """Bytes from the capability container on, fetched only as far as somebody looks."""

    def __init__(self, link: Link, area_bytes: int, quick: bool) -> None:
        self._link = link
        self._quick = quick
        self._bytes = bytearray()
        self._end_page = CC_PAGE + 1 + area_bytes // PAGE_BYTES

    def cut(self, start: int, size: int) -> bytes:
        """`size` bytes at `start`, counted from the container. Raises TagMalformed beyond the memory."""
        while len(self._bytes) < start + size:
            self._fetch(start + size)
        return bytes(self._bytes[start : start + size])

    def shrink(self, area_bytes: int) -> None:
        """The container says that the memory is smaller than the chip's."""
        self._end_page = min(self._end_page, CC_PAGE + 1 + area_bytes // PAGE_BYTES)

    def _fetch(self, until: int) -> None:
        page = CC_PAGE + len(self._bytes) // PAGE_BYTES
        if page >= self._end_page:
            raise TagMalformed("a block reaches beyond the memory")
        wanted = -(-(until - len(self._bytes)) // PAGE_BYTES)
        if self._quick:
            last = min(page + min(max(wanted, FIRST_PAGES), FAST_READ_PAGES_MAX), self._end_page) - 1
            answer = self._link.exchange(bytes((FAST_READ, page, last)), ANSWER_WITHIN_S)
            if answer is not None and len(answer) == (last - page + 1) * PAGE_BYTES:
                self._bytes += answer
                return
            self._quick = False  # a clone that knows its version but not this command
            self._link.reselect()
        self._bytes += self._read(page)

    def _read(self, page: int) -> bytes:
        answer = self._link.exchange(bytes((READ, page)), ANSWER_WITHIN_S)
        if answer is None:
            raise TagLost(f"no answer to READ {page}")
        if len(answer) != READ_PAGES * PAGE_BYTES:
            raise TagMalformed(f"page {page} is refused" if len(answer) == 1 else f"READ {page} gave {len(answer)} bytes")
        return answer[: (self._end_page - page) * PAGE_BYTES]


def _find_ndef(memory: _Memory) -> bytes | None:
    """Walk the TLV blocks to the first NDEF message. Each step goes forward, so the walk ends with the memory at the latest."""
    magic, version, size, _access = memory.cut(0, 4)
    if magic != NDEF_MAGIC or version >> 4 != 1:
        return None
    area_bytes = size * 8
    memory.shrink(area_bytes)
    at, end = PAGE_BYTES, PAGE_BYTES + min(area_bytes, AREA_BYTES_MAX)
    while at < end:
        tag = memory.cut(at, 1)[0]
        if tag == TLV_END:
            return None
        at += 1
        if tag == TLV_NULL:
            continue
        length = memory.cut(at, 1)[0]
        at += 1
        if length == 0xFF:
            length = int.from_bytes(memory.cut(at, 2))
            at += 2
        if at + length > end:
            raise TagMalformed(f"a block of {length} bytes reaches beyond the memory")
        if tag == TLV_NDEF:
            return memory.cut(at, length)
        at += length
    return None
