"""What every Type A card does before it is asked anything: wake up, give its number in one to three levels, be selected, sleep.

Source: ISO 14443-3. What a card does once selected is its `Silicon`: `ntag.py`, `type4.py`. No network here.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Protocol

SENS_REQ, ALL_REQ = b"\x26", b"\x52"
HALT = b"\x50\x00"
SELECT_LEVELS = (0x93, 0x95, 0x97)
ANTICOLLISION_NVB, SELECT_NVB = 0x20, 0x70
CASCADE_TAG = 0x88
CASCADE_BIT = 0x04
ACK, NAK = b"\x0a", b"\x00"


class Silicon(Protocol):
    """The part of a chip behind the selection."""

    def power_up(self) -> None:
        """The field came back: forget everything volatile."""

    def command(self, frame: bytes) -> bytes | None:
        """Answer one frame; None is silence, NAK a refusal: both send the card back to sleep."""


class Tag(Protocol):
    """Anything that can lie in a simulated field."""

    @property
    def uid(self) -> bytes:
        """Its number now."""

    @property
    def selected(self) -> bool:
        """Whether its commands are heard."""

    def power_off(self) -> None:
        """The field went off."""

    def answer(self, frame: bytes) -> bytes | None:
        """What it says to one frame, None for nothing."""


class Chip:
    """A card that follows ISO 14443-3: `uid` of 4, 7 or 10 bytes, SENS_RES, SELECT answer, and what lies behind."""

    def __init__(self, uid: bytes, sens_res: bytes, sak: int, silicon: Silicon, fresh_uid: Callable[[], bytes] | None = None) -> None:
        """`fresh_uid` draws a new number at each power-up, as phones do. Raises ValueError for a number of impossible length."""
        if len(uid) not in (4, 7, 10):
            raise ValueError(f"a card number of {len(uid)} bytes: give 4, 7 or 10")
        self.uid = uid
        self._sens_res = sens_res
        self._sak = sak
        self._silicon = silicon
        self._fresh_uid = fresh_uid
        self._awake = False
        self.selected = False

    def power_off(self) -> None:
        """Lose the selection and all volatile state."""
        self._awake = self.selected = False
        self._silicon.power_up()
        if self._fresh_uid is not None:
            self.uid = self._fresh_uid()

    def answer(self, frame: bytes) -> bytes | None:
        """One step of the state machine."""
        if frame in (SENS_REQ, ALL_REQ):
            if self.selected:
                self.power_off()
            self._awake = True
            return self._sens_res
        if frame == HALT:
            self._awake = self.selected = False
            return None
        if self.selected:
            return self._command(frame)
        return self._select(frame) if self._awake and len(frame) >= 2 else None

    def _command(self, frame: bytes) -> bytes | None:
        reply = self._silicon.command(frame)
        if reply is None or reply == NAK:
            self._awake = self.selected = False
        return reply

    def _select(self, frame: bytes) -> bytes | None:
        levels = cascade(self.uid)
        if frame[0] not in SELECT_LEVELS or SELECT_LEVELS.index(frame[0]) >= len(levels):
            return None
        at = SELECT_LEVELS.index(frame[0])
        if frame[1] == ANTICOLLISION_NVB:
            return levels[at]
        if frame[1] != SELECT_NVB or frame[2:] != levels[at]:
            return None
        if at < len(levels) - 1:
            return bytes((self._sak | CASCADE_BIT,))
        self.selected = True
        return bytes((self._sak,))


class Topaz:
    """A Type 1 tag: no selection, its number comes with RID. Here to be refused."""

    RID = 0x78

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self.selected = False

    def power_off(self) -> None:
        """Nothing is volatile."""
        self.selected = False

    def answer(self, frame: bytes) -> bytes | None:
        """SENS_RES of a Type 1 tag, and RID with HR0 = 11h (static memory)."""
        if frame in (SENS_REQ, ALL_REQ):
            return b"\x00\x0c"
        if frame[:1] == bytes((self.RID,)):
            self.selected = True
            return b"\x11\x48" + self.uid[:4]
        return None


class _Mute:
    """A chip that says nothing beyond its number, as a MIFARE Classic does to whoever has no key."""

    def power_up(self) -> None:
        """Nothing to forget."""

    def command(self, frame: bytes) -> bytes | None:
        """READ without authentication is refused."""
        return NAK if frame[:1] == b"\x30" else None


def classic(uid: bytes) -> Chip:
    """A MIFARE Classic 1K, of which only the number is of use."""
    return Chip(uid, b"\x04\x00" if len(uid) == 4 else b"\x44\x00", 0x08, _Mute())


def cascade(uid: bytes) -> tuple[bytes, ...]:
    """A number as the level answers that carry it, each four bytes and their XOR."""
    parts = []
    rest = uid
    while len(rest) > 4:
        parts.append(bytes((CASCADE_TAG,)) + rest[:3])
        rest = rest[3:]
    parts.append(rest)
    return tuple(part + bytes((functools.reduce(operator.xor, part),)) for part in parts)
