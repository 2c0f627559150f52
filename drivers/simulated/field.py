"""The simulated radio field: a UDP peer on the loopback network in which chips are laid, lifted and swapped, and a cable is pulled.

It speaks nfcpy's own format: b"106A <hex>" is a frame, b"106A" an empty one, b"RFOFF" a field that is off or silent; b"UNPLUGGED" is
ours. One socket for its whole life, bound to 127.0.0.1 alone, because whoever can reach it can present cards. What chips say is in
`chip.py`, `ntag.py`, `type4.py`; how long it takes in `timing.py`.
"""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from drivers.simulated.chip import ALL_REQ, SENS_REQ, Tag
from drivers.simulated.timing import Timing

LOOPBACK = "127.0.0.1"
TECHNOLOGY = b"106A"
TOKEN_FIELD_OFF = b"RFOFF"
TOKEN_UNPLUGGED = b"UNPLUGGED"
TOKEN_PROBE = b"106A"
TOKEN_CLOSE = b"CLOSE"
DATAGRAM_BYTES_MAX = 1024
# A tap is some fifteen frames, there and back: enough for the last hundred taps.
LOG_FRAMES_MAX = 4_096
# The thread is woken for closing and has at most one answer (20 ms) to finish.
CLOSE_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Faults:
    """How the field misbehaves; frames are counted from the moment it is told so. Chances lie between 0 and 1."""

    pulled_after_frames: int | None = None
    swapped_after_frames: int | None = None
    swapped_for: Tag | None = None
    lost_chance: float = 0.0
    truncated_chance: float = 0.0
    hidden_chance: float = 0.0  # a card at the edge: not seen at this sense
    slow_s: float = 0.0
    chance: Random = field(default_factory=lambda: Random(0))


NO_FAULTS = Faults()


class Field:
    """A field on its own thread. Every method may be called from any thread; `close` ends it for ever."""

    def __init__(self, port: int = 0, timing: Timing = Timing.NONE, log_frames: bool = False) -> None:
        """`port` 0 lets the system choose one. Raises OSError when the port is taken."""
        self._timing = timing
        self._lock = threading.Lock()
        self._tags: tuple[Tag, ...] = ()
        self._plugged = True
        self._faults = NO_FAULTS
        self._frames = 0
        self._select_due_s = 0.0
        self._log: deque[str] | None = deque(maxlen=LOG_FRAMES_MAX) if log_frames else None
        self._closing = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="simulated-field", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """The reader path that opens this field."""
        return f"udp:{LOOPBACK}:{self.port}"

    def lay(self, *tags: Tag) -> None:
        """Put a card (or several at once: they collide) into the field instead of what lies there."""
        with self._lock:
            for tag in tags:
                tag.power_off()
            self._tags = tags

    def lift(self) -> None:
        """Take everything out of the field."""
        self.lay()

    def unplug(self) -> None:
        """Pull the reader's cable; the cards stay where they lie."""
        with self._lock:
            self._plugged = False

    def replug(self) -> None:
        """Put the cable back; the cards start afresh."""
        with self._lock:
            for tag in self._tags:
                tag.power_off()
            self._plugged = True

    def misbehave(self, faults: Faults) -> None:
        """From now on, until told otherwise."""
        with self._lock:
            self._faults = faults
            self._frames = 0

    def behave(self) -> None:
        """No more faults."""
        self.misbehave(NO_FAULTS)

    def log(self) -> tuple[str, ...]:
        """The frames so far, oldest first: '> 26' from the reader, '< 4400' from a card. Empty unless asked for at the start."""
        with self._lock:
            return tuple(self._log or ())

    def close(self) -> None:
        """End the thread and free the port; may be called repeatedly."""
        if self._closing:
            return
        self._closing = True
        self._socket.sendto(TOKEN_CLOSE, (LOOPBACK, self.port))
        self._thread.join(CLOSE_WITHIN_S)
        self._socket.close()

    def __enter__(self) -> Field:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            datagram, source = self._socket.recvfrom(DATAGRAM_BYTES_MAX)
            if self._closing:
                return
            reply = self._reply(datagram, time.monotonic())
            if reply is not None:
                self._socket.sendto(reply, source)

    def _reply(self, datagram: bytes, began_s: float) -> bytes | None:
        """The datagram to answer with, after the time that it takes; None for a lost one."""
        if datagram == TOKEN_FIELD_OFF:
            self._power_off()
            return None
        if not self._plugged:
            return TOKEN_UNPLUGGED
        technology, _, digits = datagram.partition(b" ")
        if datagram == TOKEN_PROBE or technology != TECHNOLOGY:
            return TOKEN_FIELD_OFF
        frame = bytes.fromhex(digits.decode("ascii", "replace")) if _is_hex(digits) else b""
        self._count()
        answer = self._sense(frame, began_s) if frame in (SENS_REQ, ALL_REQ) else self._say(frame, began_s)
        self._note(frame, answer)
        return self._spoil(answer)

    def _power_off(self) -> None:
        with self._lock:
            for tag in self._tags:
                tag.power_off()

    def _count(self) -> None:
        """One more frame to the cards; a hand may come in between."""
        with self._lock:
            self._frames += 1
            faults = self._faults
            if faults.pulled_after_frames is not None and self._frames > faults.pulled_after_frames:
                self._tags = ()
            if (
                faults.swapped_after_frames is not None
                and faults.swapped_for is not None
                and self._frames == faults.swapped_after_frames + 1
            ):
                faults.swapped_for.power_off()
                self._tags = (faults.swapped_for,)

    def _sense(self, frame: bytes, began_s: float) -> bytes | None:
        """Look as often, and at the instants, as the real chip does: a card laid down meanwhile is found by the second look."""
        hidden = self._faults.chance.random() < self._faults.hidden_chance
        for look_s in self._timing.looks_s():
            _wait_until(began_s + look_s)
            answer = None if hidden else self._ask(frame)[0]
            if answer is not None:
                self._select_due_s = began_s + look_s + self._timing.select_s()
                return answer
        _wait_until(began_s + self._timing.sense_empty_s())
        return None

    def _say(self, frame: bytes, began_s: float) -> bytes | None:
        """Hand a frame to the cards; the last step of a selection ends the modelled sense, any other command takes its own time."""
        heard = self._selected()
        answer, selected = self._ask(frame)
        if heard:
            _wait_until(began_s + self._timing.exchange_s(frame, answer))
        elif selected:
            _wait_until(self._select_due_s)
        return answer

    def _selected(self) -> bool:
        with self._lock:
            return any(tag.selected for tag in self._tags)

    def _ask(self, frame: bytes) -> tuple[bytes | None, bool]:
        """All answers on top of each other, and whether a card is selected after them."""
        with self._lock:
            answers = [answer for tag in self._tags if (answer := tag.answer(frame)) is not None]
            return (_collide(answers) if answers else None), any(tag.selected for tag in self._tags)

    def _spoil(self, answer: bytes | None) -> bytes | None:
        """Turn an answer into a datagram, through whatever fault is on."""
        faults = self._faults
        if faults.slow_s:
            time.sleep(faults.slow_s)
        if answer is None:
            return TOKEN_FIELD_OFF
        if faults.chance.random() < faults.lost_chance:
            return None
        if faults.chance.random() < faults.truncated_chance:
            answer = answer[: len(answer) // 2]
        return TECHNOLOGY + b" " + answer.hex().encode() if answer else TECHNOLOGY

    def _note(self, frame: bytes, answer: bytes | None) -> None:
        if self._log is not None:
            with self._lock:
                self._log.append("> " + frame.hex())
                self._log.append("< " + ("" if answer is None else answer.hex()))


def _collide(answers: Sequence[bytes]) -> bytes:
    """Several cards at once: where their bits differ a reader sees a one, which breaks the check byte of a number."""
    longest = max(len(answer) for answer in answers)
    padded = [answer.ljust(longest, b"\x00") for answer in answers]
    return bytes(functools.reduce(lambda a, b: a | b, column) for column in zip(*padded, strict=True))


def _is_hex(digits: bytes) -> bool:
    return len(digits) % 2 == 0 and all(digit in b"0123456789abcdefABCDEF" for digit in digits)


def _wait_until(due_s: float) -> None:
    left_s = due_s - time.monotonic()
    if left_s > 0:
        time.sleep(left_s)
