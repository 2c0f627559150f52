"""The clocks: what they say, how honest they are about it, and that the simulated one obeys."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from drivers.clock import RTC_PLAUSIBLE_FROM_S, Clock, ClockQuality, Moment, SimulatedClock, SystemClock, ntp_disciplined, set_from_rtc


def rtc(root: Path, took_it: str, shows_s: str) -> Path:
    (root / "rtc0").mkdir()
    (root / "rtc0" / "hctosys").write_text(took_it)
    (root / "rtc0" / "since_epoch").write_text(shows_s)
    return root


def test_system_clock_moves_forward_and_knows_its_boot() -> None:
    """Monotonic time never goes back, and the boot's identity is the kernel's."""
    clock: Clock = SystemClock()
    moments = [clock.now() for _ in range(100)]
    assert all(a.mono_ms <= b.mono_ms for a, b in itertools.pairwise(moments))
    assert moments[0].wall_ms > RTC_PLAUSIBLE_FROM_S * 1000 - 10 * 365 * 86_400_000
    assert clock.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_kernel_answers_without_privileges() -> None:
    """Asking adjtimex gives the same answer as the clock's quality."""
    assert (SystemClock().now().quality is ClockQuality.NTP) == ntp_disciplined()


@pytest.mark.parametrize(
    ("disciplined", "took_it", "shows_s", "quality"),
    [
        (True, "1", str(RTC_PLAUSIBLE_FROM_S), ClockQuality.NTP),
        (False, "1", str(RTC_PLAUSIBLE_FROM_S), ClockQuality.RTC),
        (False, "0", str(RTC_PLAUSIBLE_FROM_S), ClockQuality.UNSYNCED),
        (False, "1", "1200", ClockQuality.UNSYNCED),
        (False, "1", "nonsense", ClockQuality.UNSYNCED),
    ],
)
def test_quality_is_honest(tmp_path: Path, disciplined: bool, took_it: str, shows_s: str, quality: ClockQuality) -> None:
    """NTP beats a battery clock, which counts only if the kernel used it and it had ever been set."""
    assert SystemClock(lambda: disciplined, rtc(tmp_path, took_it, shows_s)).now().quality is quality


def test_machine_without_battery_clock(tmp_path: Path) -> None:
    """No RTC is simply no RTC."""
    assert not set_from_rtc(tmp_path)
    assert not set_from_rtc(tmp_path / "nowhere")


def test_quality_follows_ntp(tmp_path: Path) -> None:
    """A clock that is synchronised only later says so from then on."""
    states = iter([False, True])
    clock = SystemClock(lambda: next(states), tmp_path)
    assert [clock.now().quality, clock.now().quality] == [ClockQuality.UNSYNCED, ClockQuality.NTP]


def test_simulated_clock_is_told() -> None:
    """It stands still, passes, jumps on the wall alone, and starts anew with a boot."""
    clock = SimulatedClock(mono_ms=5, wall_ms=1_000, quality=ClockQuality.UNSYNCED)
    assert clock.now() == clock.now() == Moment(5, 1_000, ClockQuality.UNSYNCED)
    clock.pass_ms(10)
    clock.set_wall_ms(9_000, ClockQuality.NTP)
    assert clock.now() == Moment(15, 9_000, ClockQuality.NTP)
    clock.reboot("second")
    assert (clock.now().mono_ms, clock.boot_id) == (0, "second")


def test_simulated_clock_never_goes_back() -> None:
    """Monotonic time told to go back is a mistake."""
    with pytest.raises(ValueError, match="go back"):
        SimulatedClock().pass_ms(-1)
