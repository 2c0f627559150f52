"""A purse of frames and time for one card: whatever a hostile card answers, reading it ends.

Knows nothing of any chip or library: it wraps any exchange of one frame for another.
"""

from __future__ import annotations

from collections.abc import Callable

# Reading all 888 bytes of an NTAG216 by READ takes 56 exchanges; with selection and fall-backs 96 is ample, and at 14 ms each
# (a PN532 at 115200 baud) it comes to about the time below.
EXCHANGES_MAX = 96
# A customer holds a card still for about this long.
EXCHANGE_TIME_S_MAX = 1.5
# The longest answer asked for is FAST_READ of 60 pages, 240 bytes; ISO 14443 frames end at 256.
FRAME_BYTES_MAX = 256


class BudgetSpent(Exception):
    """The card asked for more exchanges, time or bytes than any honest card needs. Deliberately no relative of nfcpy's errors,
    which its own code catches and retries."""


class Budget:
    """Counts exchanges and time from its making. One is made for each reading of a card."""

    def __init__(self, exchange: Callable[[bytes, float], bytes | None], mono_s: Callable[[], float]) -> None:
        self._exchange = exchange
        self._mono_s = mono_s
        self._ends_s = mono_s() + EXCHANGE_TIME_S_MAX
        self._left = EXCHANGES_MAX

    def spend(self) -> float:
        """Take one exchange from the purse; returns the seconds that remain. Raises BudgetSpent."""
        remaining_s = self._ends_s - self._mono_s()
        if self._left == 0:
            raise BudgetSpent(f"more than {EXCHANGES_MAX} exchanges")
        if remaining_s <= 0:
            raise BudgetSpent(f"longer than {EXCHANGE_TIME_S_MAX} s")
        self._left -= 1
        return remaining_s

    def exchange(self, frame: bytes, within_s: float) -> bytes | None:
        """Send one frame and return the answer, None for silence. Raises BudgetSpent and whatever the exchange itself raises."""
        answer = self._exchange(frame, min(within_s, self.spend()))
        if answer is not None and len(answer) > FRAME_BYTES_MAX:
            raise BudgetSpent(f"a frame of {len(answer)} bytes, at most {FRAME_BYTES_MAX} are allowed")
        return answer
