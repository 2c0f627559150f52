"""The clocks: what they say, how honest they are about it, and that the simulated one obeys."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from drivers.clock import PLAUSIBLE_FROM_S, Clock, ClockQuality, Moment, SimulatedClock, SystemClock, ntp_disciplined, set_from_rtc


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
    assert moments[0].wall_ms > PLAUSIBLE_FROM_S * 1000 - 10 * 365 * 86_400_000
    assert clock.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_kernel_answers_without_privileges() -> None:
    """Asking adjtimex gives the same answer as the clock's quality."""
    assert (SystemClock().now().quality is ClockQuality.NTP) == ntp_disciplined()


@pytest.mark.parametrize(
    ("disciplined", "took_it", "shows_s", "quality"),
    [
        (True, "1", str(PLAUSIBLE_FROM_S), ClockQuality.NTP),
        (False, "1", str(PLAUSIBLE_FROM_S), ClockQuality.RTC),
        (False, "0", str(PLAUSIBLE_FROM_S), ClockQuality.UNSYNCED),
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
    states = [False]
    clock = SystemClock(lambda: states[0], tmp_path)
    before = clock.now().quality
    states[0] = True
    assert [before, clock.now().quality] == [ClockQuality.UNSYNCED, ClockQuality.NTP]


LATER_MS = 4_000_000_000_000  # in 2096: later than any machine that runs this


@pytest.fixture(params=["system", "simulated"])
def unkept(request: pytest.FixtureRequest, tmp_path: Path) -> Clock:
    """A clock that nobody keeps."""
    return SystemClock(lambda: False, tmp_path) if request.param == "system" else SimulatedClock(quality=ClockQuality.UNSYNCED)


def test_a_clock_nobody_keeps_is_not_before_what_was(unkept: Clock) -> None:
    """It goes on from there, stays as doubtful as it was, and a moment that is past already changes nothing."""
    unkept.not_before(LATER_MS)
    unkept.not_before(LATER_MS - 86_400_000)
    now = unkept.now()
    assert LATER_MS <= now.wall_ms < LATER_MS + 60_000
    assert now.quality is ClockQuality.UNSYNCED


@pytest.mark.parametrize("told_ms", [LATER_MS, 1_800_000_000_000])
def test_a_clock_nobody_keeps_follows_the_hub(unkept: Clock, told_ms: int) -> None:
    """Forwards and backwards, as often as it is told; monotonic time is another matter. From then on it is kept."""
    unkept.told(LATER_MS + 1)
    before = unkept.now()
    unkept.told(told_ms)
    now = unkept.now()
    assert told_ms <= now.wall_ms < told_ms + 60_000
    assert (now.quality, now.kept) == (ClockQuality.HUB, True)
    assert before.mono_ms <= now.mono_ms < before.mono_ms + 60_000
    unkept.not_before(LATER_MS + 86_400_000)
    assert unkept.now().wall_ms < told_ms + 60_000


def test_a_clock_that_is_kept_follows_nobody(tmp_path: Path) -> None:
    """Network time and a battery are better than a word that was under way; once the network keeps it, what the hub said is over."""
    states = [False]
    clock = SystemClock(lambda: states[0], tmp_path)
    clock.told(LATER_MS)
    states[0] = True
    assert clock.now().wall_ms < LATER_MS
    clock.told(LATER_MS)
    clock.not_before(LATER_MS)
    assert clock.now().wall_ms < LATER_MS
    states[0] = False
    assert (clock.now().quality, clock.now().wall_ms < LATER_MS) == (ClockQuality.UNSYNCED, True)
    battery = SystemClock(lambda: False, rtc(tmp_path, "1", str(PLAUSIBLE_FROM_S)))
    battery.told(LATER_MS)
    battery.not_before(LATER_MS)
    assert battery.now().wall_ms < LATER_MS
    simulated = SimulatedClock(wall_ms=5)
    simulated.told(LATER_MS)
    simulated.not_before(LATER_MS)
    assert simulated.now() == Moment(0, 5, ClockQuality.NTP)


def test_no_clock_is_from_before_the_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that wakes up in 1970 is at least in the year of the first release."""
    monkeypatch.setattr(time, "time_ns", lambda: 12_000_000_000)
    assert SystemClock(lambda: False, tmp_path).now().wall_ms == PLAUSIBLE_FROM_S * 1000


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
