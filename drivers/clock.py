"""Where time comes from: the machine's clock with an honest word about its quality, and a clock that is told what time it is.

A Raspberry Pi without a battery wakes up at some moment of the past. Until the network keeps its clock, the hub's word does
(`Clock.told`), and until that comes it is at least not earlier than what is known to have been (`Clock.not_before`).

Time enters the rest of the product only as `Moment` values. Nothing here waits, sleeps or formats a date.
"""

from __future__ import annotations

import ctypes
import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from loyalty.facts import ClockQuality
from loyalty.moment import Moment

__all__ = ["Clock", "ClockQuality", "Moment", "SimulatedClock", "SystemClock"]

BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")
RTC_ROOT = Path("/sys/class/rtc")
# A clock that shows a time before this (2026-01-01 UTC) was never set: the product is younger than that.
PLAUSIBLE_FROM_S = 1_767_225_600
# linux/timex.h: STA_UNSYNC in the status word, TIME_ERROR as the call's result.
STA_UNSYNC = 0x0040
TIME_ERROR = 5


class Clock(Protocol):
    """Anything that can say what time it is."""

    @property
    def boot_id(self) -> str:
        """Which run of the machine the monotonic time belongs to."""

    def now(self) -> Moment:
        """The present instant."""

    def not_before(self, wall_ms: int) -> None:
        """It is later than this (ms since 1970 UTC): a clock that nobody keeps goes on from there."""

    def told(self, wall_ms: int) -> None:
        """It is this time now, says the hub: a clock that nobody else keeps follows, forwards or backwards."""


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2); only `modes` (0 = just ask) and `status` matter, the rest is room for the kernel to write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


@functools.cache
def _libc() -> ctypes.CDLL:
    """Opened once: opening it at every look at the clock costs ten times the call itself."""
    return ctypes.CDLL(None)


def ntp_disciplined() -> bool:
    """Whether the kernel says that something keeps its clock right (adjtimex(2) in its asking form, needs no privilege)."""
    timex = _Timex()
    state = _libc().adjtimex(ctypes.byref(timex))
    return state not in (-1, TIME_ERROR) and not timex.status & STA_UNSYNC


def set_from_rtc(root: Path = RTC_ROOT) -> bool:
    """Whether the kernel took the time from a battery clock at start, and that clock had been set (sysfs `hctosys`, `since_epoch`)."""
    for clock in root.glob("rtc*"):
        try:
            took_it = (clock / "hctosys").read_text().strip() == "1"
            shows_s = int((clock / "since_epoch").read_text())
        except (OSError, ValueError):
            continue
        if took_it and shows_s >= PLAUSIBLE_FROM_S:
            return True
    return False


class SystemClock:
    """The machine's own clock. `now` costs a few microseconds; whether a battery clock was used is looked up once."""

    def __init__(self, disciplined: Callable[[], bool] = ntp_disciplined, rtc_root: Path = RTC_ROOT) -> None:
        self._disciplined = disciplined
        self._fallback = ClockQuality.RTC if set_from_rtc(rtc_root) else ClockQuality.UNSYNCED
        self._boot_id = BOOT_ID_PATH.read_text(encoding="ascii").strip() if BOOT_ID_PATH.exists() else f"pid-{os.getpid()}"
        self._unkept = ClockQuality.UNSYNCED
        self._ahead_ms = 0  # of the kernel's clock, while nobody keeps that
        self.not_before(PLAUSIBLE_FROM_S * 1000)

    @property
    def boot_id(self) -> str:
        """The kernel's random identity of this boot."""
        return self._boot_id

    def now(self) -> Moment:
        """Monotonic and wall time, and who keeps the latter right now."""
        mono_ms, wall_ms = time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000
        if self._disciplined():
            self._unkept, self._ahead_ms = ClockQuality.UNSYNCED, 0  # the kernel's clock was set: what was wrong with it is over
            return Moment(mono_ms, wall_ms, ClockQuality.NTP)
        if self._fallback is ClockQuality.RTC:
            return Moment(mono_ms, wall_ms, ClockQuality.RTC)
        return Moment(mono_ms, wall_ms + self._ahead_ms, self._unkept)

    def not_before(self, wall_ms: int) -> None:
        """See `Clock`."""
        now = self.now()
        if now.quality is ClockQuality.UNSYNCED:
            self._ahead_ms += max(0, wall_ms - now.wall_ms)

    def told(self, wall_ms: int) -> None:
        """See `Clock`."""
        now = self.now()
        if now.quality in (ClockQuality.UNSYNCED, ClockQuality.HUB):
            self._ahead_ms += wall_ms - now.wall_ms
            self._unkept = ClockQuality.HUB


class SimulatedClock:
    """A clock that stands still until it is told: for simulations and demonstrations in virtual time."""

    def __init__(
        self, mono_ms: int = 0, wall_ms: int = 1_767_225_600_000, quality: ClockQuality = ClockQuality.NTP, boot_id: str = "simulated"
    ) -> None:
        self._now = Moment(mono_ms, wall_ms, quality)
        self._boot_id = boot_id

    @property
    def boot_id(self) -> str:
        """As told."""
        return self._boot_id

    def now(self) -> Moment:
        """As told."""
        return self._now

    def pass_ms(self, elapsed_ms: int) -> None:
        """Let time go by on both scales. Raises ValueError for a negative step: monotonic time never goes back."""
        if elapsed_ms < 0:
            raise ValueError(f"simulated clock told to go back by {-elapsed_ms} ms; use set_wall_ms to move wall time")
        self._now = Moment(self._now.mono_ms + elapsed_ms, self._now.wall_ms + elapsed_ms, self._now.quality)

    def set_wall_ms(self, wall_ms: int, quality: ClockQuality) -> None:
        """Correct wall time, as NTP does after a start without network; monotonic time goes on undisturbed."""
        self._now = Moment(self._now.mono_ms, wall_ms, quality)

    def not_before(self, wall_ms: int) -> None:
        """See `Clock`."""
        if self._now.quality is ClockQuality.UNSYNCED and wall_ms > self._now.wall_ms:
            self.set_wall_ms(wall_ms, ClockQuality.UNSYNCED)

    def told(self, wall_ms: int) -> None:
        """See `Clock`."""
        if self._now.quality in (ClockQuality.UNSYNCED, ClockQuality.HUB):
            self.set_wall_ms(wall_ms, ClockQuality.HUB)

    def reboot(self, boot_id: str) -> None:
        """Start a new boot: monotonic time begins at zero again."""
        self._now = Moment(0, self._now.wall_ms, self._now.quality)
        self._boot_id = boot_id
