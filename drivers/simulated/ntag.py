"""NTAG213, NTAG215 and NTAG216 with their real memory, down to check bytes, lock bits and configuration pages.

Source: NXP NTAG213/215/216 data sheet rev. 3.2 (memory map section 8.5, commands section 10). Passwords are not simulated.
"""

from __future__ import annotations

from enum import Enum

from drivers.simulated.chip import ACK, CASCADE_TAG, NAK, Chip

PAGE_BYTES = 4
GET_VERSION, READ, FAST_READ, WRITE, READ_SIG, READ_CNT = 0x60, 0x30, 0x3A, 0xA2, 0x3C, 0x39
LOCK_PAGE, CC_PAGE, USER_PAGE = 2, 3, 4
# Pages after user memory: dynamic lock, CFG0, CFG1, PWD, PACK.
TAIL_PAGES = 5
SIGNATURE_BYTES = 32
NO_PROTECTION_AUTH0 = 0xFF
LOCK_CONTROL_TLV = bytes.fromhex("0103A00C34")  # NTAG213 leaves the factory with it
TERMINATOR = 0xFE


class NtagModel(Enum):
    """Storage size as GET_VERSION says it, pages in all, capacity byte of the container."""

    NTAG213 = (0x0F, 45, 0x12)
    NTAG215 = (0x11, 135, 0x3E)
    NTAG216 = (0x13, 231, 0x6D)

    @property
    def storage(self) -> int:
        """Byte 6 of GET_VERSION."""
        return int(self.value[0])

    @property
    def pages(self) -> int:
        """All pages."""
        return int(self.value[1])

    @property
    def capacity(self) -> int:
        """Byte 2 of the capability container: eighths of the area."""
        return int(self.value[2])

    @property
    def user_bytes(self) -> int:
        """144, 504 or 888."""
        return (self.pages - USER_PAGE - TAIL_PAGES) * PAGE_BYTES


class NtagSilicon:
    """The memory and its commands. `knows_version` and `knows_fast_read` False make the clones that are sold as NTAG."""

    def __init__(self, model: NtagModel, uid: bytes, knows_version: bool = True, knows_fast_read: bool = True) -> None:
        if len(uid) != 7:
            raise ValueError(f"an NTAG has a number of 7 bytes, not {len(uid)}")
        self.model = model
        self.knows_version = knows_version
        self.knows_fast_read = knows_fast_read
        self.reads = 0
        self.memory = bytearray(model.pages * PAGE_BYTES)
        self._lay_out(uid)

    def _lay_out(self, uid: bytes) -> None:
        """The state in which NXP delivers: number and check bytes, container, empty message, open configuration."""
        check0 = CASCADE_TAG ^ uid[0] ^ uid[1] ^ uid[2]
        check1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        self.memory[0:10] = uid[:3] + bytes((check0,)) + uid[3:] + bytes((check1, 0x48))
        self.memory[12:16] = bytes((0xE1, 0x10, self.model.capacity, 0x00))
        self.lay_ndef(b"")
        config = len(self.memory) - 4 * PAGE_BYTES
        self.memory[config - PAGE_BYTES : config] = b"\x00\x00\x00\xbd"
        self.memory[config : config + 8] = bytes((0x04, 0, 0, NO_PROTECTION_AUTH0, 0x00, 0x05, 0, 0))

    def lay_ndef(self, message: bytes) -> None:
        """Put an NDEF message into user memory as a well-behaved writer does. Raises ValueError when it does not fit."""
        length = bytes((len(message),)) if len(message) < 0xFF else b"\xff" + len(message).to_bytes(2)
        head = LOCK_CONTROL_TLV if self.model is NtagModel.NTAG213 else b""
        block = head + b"\x03" + length + message + bytes((TERMINATOR,))
        area_bytes = self.model.capacity * 8  # a little less than user memory: the container counts in eighths
        if len(block) - 1 > area_bytes:  # a full area needs no terminator
            raise ValueError(f"a message of {len(message)} bytes does not fit {self.model.name} ({area_bytes} bytes)")
        self.lay_user(block)

    def lay_user(self, block: bytes) -> None:
        """Put any bytes at the start of user memory, however malformed."""
        start = USER_PAGE * PAGE_BYTES
        self.memory[start : start + self.model.user_bytes] = block.ljust(self.model.user_bytes, b"\x00")

    def power_up(self) -> None:
        """Nothing volatile but the session; memory and counter stay."""

    def command(self, frame: bytes) -> bytes | None:
        """One command of the data sheet's table; everything else is refused."""
        match frame[0] if frame else None, len(frame):
            case 0x60, 1 if self.knows_version:
                return bytes((0x00, 0x04, 0x04, 0x02, 0x01, 0x00, self.model.storage, 0x03))
            case 0x30, 2 if frame[1] < self.model.pages:
                return self._read(frame[1])
            case 0x3A, 3 if self.knows_fast_read and frame[1] <= frame[2] < self.model.pages:
                self.reads += 1
                return self._pages(frame[1], frame[2])
            case 0xA2, 6:
                return self._write(frame[1], frame[2:])
            case 0x3C, 2:
                return bytes(SIGNATURE_BYTES)
            case 0x39, 2 if frame[1] == 2:
                return self.reads.to_bytes(3, "little")
            case _:
                return NAK

    def _pages(self, first: int, last: int) -> bytes:
        """Memory as read; password and PACK always read as zero."""
        seen = bytes(self.memory[: -2 * PAGE_BYTES]) + bytes(2 * PAGE_BYTES)
        return seen[first * PAGE_BYTES : (last + 1) * PAGE_BYTES]

    def _read(self, page: int) -> bytes:
        """Four pages, rolling over to the first at the end of memory."""
        self.reads += 1
        twice = self._pages(0, self.model.pages - 1) * 2
        return twice[page * PAGE_BYTES : (page + 4) * PAGE_BYTES]

    def _write(self, page: int, content: bytes) -> bytes:
        """Lock and container bits only ever go from 0 to 1; locked pages refuse."""
        if page < LOCK_PAGE or page >= self.model.pages or self._locked(page):
            return NAK
        at = page * PAGE_BYTES
        if page == LOCK_PAGE:
            self.memory[at + 2 : at + 4] = bytes(old | new for old, new in zip(self.memory[at + 2 : at + 4], content[2:], strict=True))
        elif page == CC_PAGE:
            self.memory[at : at + 4] = bytes(old | new for old, new in zip(self.memory[at : at + 4], content, strict=True))
        else:
            self.memory[at : at + 4] = content
        return ACK

    def _locked(self, page: int) -> bool:
        """Static lock bits: bits 3..7 of byte 2 lock pages 3..7, byte 3 pages 8..15."""
        bits = self.memory[10] | self.memory[11] << 8
        return CC_PAGE <= page <= 15 and bool(bits >> page & 1)


def ntag(model: NtagModel, uid: bytes, message: bytes = b"") -> Chip:
    """A card in order, with an NDEF message if given. Raises ValueError for a wrong number or a message that does not fit."""
    silicon = NtagSilicon(model, uid)
    if message:
        silicon.lay_ndef(message)
    return Chip(uid, b"\x44\x00", 0x00, silicon)
