"""Type 4A cards as far as the kiosk meets them: activation by RATS, and an application that is never the one asked for.

Source: ISO 14443-4 (RATS, blocks), NXP NT4H2421Gx data sheet rev. 3.0 for the ATS. A phone is such a card with a number drawn anew
at every power-up.
"""

from __future__ import annotations

from random import Random

from drivers.reader import RANDOM_UID_FIRST_BYTE
from drivers.simulated.chip import Chip

# Six bytes: 128-byte frames, both interface bytes present (nfcpy needs them), frame waiting time 38.66 ms.
ATS = bytes.fromhex("067777710280")
RATS = 0xE0
NOT_FOUND_STATUS = b"\x6a\x82"
SAK_ISO_DEP = 0x20


class Type4Silicon:
    """The block protocol, and 'file not found' to every command."""

    def __init__(self, ats: bytes = ATS) -> None:
        """`ats` may be any bytes: odd cards have odd ones."""
        self._ats = ats
        self._active = False

    def power_up(self) -> None:
        """Back to before RATS."""
        self._active = False

    def command(self, frame: bytes) -> bytes | None:
        """RATS once, then I, R and S blocks without card identifier."""
        first = frame[0] if frame else 0
        if not self._active:
            self._active = first == RATS
            return self._ats if self._active else None
        if first & 0xE2 == 0x02:  # I-block: answer with the same number
            return bytes((0x02 | first & 1,)) + NOT_FOUND_STATUS
        if first & 0xF6 == 0xB2:  # R(NAK), used as a presence check: R(ACK)
            return bytes((0xA2 | first & 1,))
        if first == 0xC2:  # S(DESELECT)
            self._active = False
            return frame
        return None


def type4(uid: bytes, ats: bytes = ATS) -> Chip:
    """A card such as an NTAG 424 DNA or a DESFire."""
    return Chip(uid, b"\x44\x03" if len(uid) == 7 else b"\x04\x03", SAK_ISO_DEP, Type4Silicon(ats))


def phone(chance: Random) -> Chip:
    """A phone: four bytes beginning 08, others at every power-up. `chance` is seeded by the caller."""

    def fresh_uid() -> bytes:
        return bytes((RANDOM_UID_FIRST_BYTE,)) + chance.randbytes(3)

    return Chip(fresh_uid(), b"\x04\x00", SAK_ISO_DEP, Type4Silicon(), fresh_uid)
