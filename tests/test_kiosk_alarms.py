"""Alarms: what is raised when, what ends it, what the hub is told, and that no customer notices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kiosk import alarms, disk, machine
from kiosk.alarms import (
    AGAIN_MS,
    DISK_BETTER_MB,
    DISK_FINE_MB,
    DISK_LOOK_MS,
    DISK_LOW_MB,
    DISK_SCARCE_MB,
    OUTBOX_FINE,
    OUTBOX_HIGH,
    QUIET,
    READER_LOST_MS,
    UNSYNCED_MS,
    Alarms,
    Signs,
)
from kiosk.machine import State
from kiosk.messages import Effect, LinkFound, Note, Send, Tick
from kiosk.outbox import RESEND_MS_MAX
from kiosk.room import DiskSeen, LookAtDisk
from loyalty.facts import ClockQuality
from mqtt.messages import Alert, AlertId, KioskState, Severity
from tests.builders import HUB, NOON_MS, moment, state

WELL = Signs(reader_up=True, failures=0, failing=False, unclaimed=0, stalled=False, session=True, hub=HUB)


@dataclass
class Watch:
    """Alarms looked at every six seconds; what they asked for since it was last asked."""

    alarms: Alarms = field(default_factory=lambda: replace(QUIET, told=HUB, look_due=10**12))
    signs: Signs = WELL
    now_ms: int = 0
    quality: ClockQuality = ClockQuality.NTP
    effects: list[Effect] = field(default_factory=list)

    def after(self, elapsed_ms: int = 6_000, **changed: object) -> Watch:
        """Something changed, and time passed."""
        self.signs = replace(self.signs, **changed)  # type: ignore[arg-type]
        end_ms = self.now_ms + elapsed_ms
        while self.now_ms < end_ms:
            self.now_ms = min(self.now_ms + 6_000, end_ms)
            self.alarms, effects = alarms.watched(self.alarms, self.signs, moment(self.now_ms, quality=self.quality))
            self.effects += effects
        return self

    def free(self, free_mb: int | None) -> Watch:
        """The disk was looked at."""
        self.alarms = alarms.seen(self.alarms, DiskSeen(moment(self.now_ms), free_mb, 0))
        return self.after()

    def told(self) -> list[tuple[str, str | None, int]]:
        """What the hub was told since the last time: id, severity, number."""
        said = [effect.said for effect in self.effects if isinstance(effect, Send)]
        self.effects.clear()
        return [(each.id.value, each.severity and each.severity.value, each.number) for each in said if isinstance(each, Alert)]


def test_a_disk_that_fills_is_told_early_and_once() -> None:
    """Below 500 MB once a warning, below 100 once an error; it is over only well above each, so that it never trembles."""
    watch = Watch()
    for free_mb in (5_000, DISK_LOW_MB):
        assert watch.free(free_mb).told() == []
    assert watch.free(DISK_LOW_MB - 1).told() == [("disk_low", "warn", DISK_LOW_MB - 1)]
    for free_mb in (DISK_LOW_MB + 1, DISK_FINE_MB - 1, DISK_SCARCE_MB, None):
        assert watch.free(free_mb).told() == []
    assert watch.free(DISK_SCARCE_MB - 1).told() == [("disk_low", "error", DISK_SCARCE_MB - 1)]
    assert watch.free(DISK_BETTER_MB - 1).told() == []
    assert watch.free(DISK_BETTER_MB).told() == [("disk_low", "warn", DISK_BETTER_MB)]
    assert watch.free(DISK_FINE_MB).told() == [("disk_low", None, 0)]
    assert watch.free(DISK_LOW_MB).told() == []


def test_a_disk_without_a_megabyte_is_as_grave_as_can_be() -> None:
    """Nought is a number of megabytes too."""
    assert Watch().free(0).told() == [("disk_low", "error", 0)]


def test_a_disk_nobody_can_ask_is_not_said_to_be_full() -> None:
    """Where the disk was never seen nothing is raised of it."""
    assert Watch().free(None).after(10 * DISK_LOOK_MS).told() == []


def test_a_backlog_is_told_when_it_is_days_long() -> None:
    """An outbox of days raises an alarm, and drains well below before that is over."""
    watch = Watch()
    assert watch.after(unclaimed=OUTBOX_HIGH - 1).told() == []
    assert watch.after(unclaimed=OUTBOX_HIGH).told() == [("outbox_high", "warn", OUTBOX_HIGH)]
    assert watch.after(unclaimed=OUTBOX_FINE).told() == []
    assert watch.after(unclaimed=OUTBOX_FINE - 1).told() == [("outbox_high", None, 0)]


def test_what_lasts_is_told_and_what_passes_is_not() -> None:
    """A reader that is back within the minute, a clock that is set within ten, is nobody's business."""
    watch = Watch()
    assert watch.after(READER_LOST_MS - 6_000, reader_up=False).after(reader_up=True).told() == []
    assert watch.after(READER_LOST_MS + 6_000, reader_up=False).told() == [("reader_lost", "error", 0)]
    assert watch.after(reader_up=True).told() == [("reader_lost", None, 0)]
    for unkept in (ClockQuality.UNSYNCED, ClockQuality.HUB):
        watch.quality = unkept
        assert watch.after(UNSYNCED_MS).told() == []
        assert watch.after().told() == [("clock_unsynced", "warn", 0)]
        watch.quality = ClockQuality.RTC
        assert watch.after().told() == [("clock_unsynced", None, 0)]


def test_a_store_that_fails_and_one_that_lies_aside_are_told() -> None:
    """Refused writes in a row are grave; a damaged store is told as long as it lies there."""
    watch = Watch()
    assert watch.after(failures=3, failing=True).told() == [("store_failing", "error", 3)]
    assert watch.after(failures=0, failing=False).told() == [("store_failing", None, 0)]
    watch.alarms = alarms.seen(watch.alarms, DiskSeen(moment(0), 5_000, 2))
    assert watch.after().told() == [("store_recovered", "warn", 2)]
    assert watch.free(5_000).told() == [("store_recovered", None, 0)]


def test_a_hub_that_is_new_to_us_hears_the_whole_list() -> None:
    """After each handshake every id is said, raised or over: broker and hub may have forgotten either."""
    watch = Watch().after(unclaimed=OUTBOX_HIGH)
    watch.told()
    watch.after(hub=None)
    assert watch.told() == []
    told = watch.after(hub="hub-2").told()
    assert [each for each, _, _ in told] == [each.value for each in AlertId]
    assert [each for each in told if each[1]] == [("outbox_high", "warn", OUTBOX_HIGH)]
    assert watch.after(AGAIN_MS // 2).told() == []
    assert len(watch.after(hub="hub-3").told()) == len(AlertId)


def test_all_is_said_again_every_hour_with_its_number() -> None:
    """A word may be lost and a number grows old: an hour later all is said as it is then, since when it began unchanged."""
    watch = Watch().after(unclaimed=OUTBOX_HIGH)
    since = watch.alarms.raised[0].since_ms
    watch.told()
    told = watch.after(AGAIN_MS, unclaimed=OUTBOX_HIGH + 5).told()
    assert [each for each in told if each[1]] == [("outbox_high", "warn", OUTBOX_HIGH + 5)]
    assert len(told) == len(AlertId)
    assert watch.alarms.raised[0].since_ms == since < NOON_MS + watch.now_ms


def test_without_a_connection_the_log_says_it() -> None:
    """Off line nothing is sent, but the log has every change, once."""
    watch = Watch().after(session=False, hub=None)
    watch.after(unclaimed=OUTBOX_HIGH).after(60_000).after(unclaimed=0)
    notes = [effect for effect in watch.effects if isinstance(effect, Note)]
    assert notes == [
        Note("alert.raised", {"alert": "outbox_high", "severity": "warn", "number": OUTBOX_HIGH}, warning=True),
        Note("alert.over", {"alert": "outbox_high"}),
    ]
    assert watch.told() == []


def test_the_disk_is_looked_at_once_a_minute() -> None:
    """The look is an effect of time alone."""
    watch = Watch(replace(QUIET, told=HUB)).after(6_000)
    assert watch.effects == [LookAtDisk()]
    watch.after(DISK_LOOK_MS - 6_000)
    assert watch.effects == [LookAtDisk()]
    watch.after()
    assert watch.effects == [LookAtDisk()] * 2


# The whole machine


def test_no_alarm_changes_glass_or_lamp() -> None:
    """A full disk and an endless backlog are the staff's business: picture and lamp stay what they were."""
    calm = state()
    calm = replace(calm, talk=replace(calm.talk, reader_up=True))
    worried, _ = machine.step(calm, DiskSeen(moment(), 1, 1))
    worried, _ = machine.step(
        replace(worried, box=replace(worried.box, held=(replace(worried.box.held[-1], last=99_999),))), Tick(moment())
    )
    assert {alert.id for alert in worried.alarms.raised} == {AlertId.DISK_LOW, AlertId.OUTBOX_HIGH, AlertId.STORE_RECOVERED}
    assert machine.lamp_of(worried) == machine.lamp_of(calm)
    assert machine.frame_of(worried, moment()) == machine.frame_of(calm, moment())


def test_a_hub_that_claims_nothing_is_told_of() -> None:
    """Five sendings in vain raise an alarm, the wait that follows a claim ends it; without a hub it is no stall."""
    box = replace(state().box, hub=HUB, session="s")
    assert not replace(box, resend_wait_ms=80_000).is_stalled
    assert replace(box, resend_wait_ms=160_000).is_stalled
    assert replace(box, resend_ms=60_000, resend_wait_ms=RESEND_MS_MAX).is_stalled
    assert not replace(box, resend_ms=60_000, resend_wait_ms=60_000).is_stalled
    assert not replace(box, resend_wait_ms=160_000, hub=None).is_stalled


def test_the_machine_tells_a_connected_hub() -> None:
    """Through the whole machine: what is seen of the disk reaches the wire at the next tick."""
    here, _ = machine.step(state(), LinkFound(moment(), "s1"))
    here, _ = machine.step(here, DiskSeen(moment(), 90, 0))
    _, effects = machine.step(here, Tick(moment(7)))
    said = [effect.said for effect in effects if isinstance(effect, Send)]
    assert [each for each in said if not isinstance(each, KioskState)] == [Alert(AlertId.DISK_LOW, Severity.ERROR, NOON_MS + 7, 90)]


def idle(kiosk: State, until_ms: int, step_ms: int = 250) -> tuple[State, list[Effect]]:
    """A kiosk to which nobody comes, looked at as the loop looks at it: a tick only where one is due."""
    effects: list[Effect] = []
    for now_ms in range(step_ms, until_ms, step_ms):
        if machine.due_ms(kiosk, moment(now_ms)) <= now_ms:
            kiosk, more = machine.step(kiosk, Tick(moment(now_ms)))
            effects += more
    return kiosk, effects


def test_a_kiosk_to_which_nobody_comes_looks_at_its_disk_all_the_same() -> None:
    """Without a network, a customer or a fact, for ten minutes: the disk is looked at once in each."""
    _, effects = idle(state(), 10 * DISK_LOOK_MS)
    assert effects.count(LookAtDisk()) == 10


def test_a_lost_reader_is_told_of_when_its_minute_is_over() -> None:
    """Nothing else happens meanwhile; the alarm does not wait for something that does."""
    lost = replace(state(), talk=replace(state().talk, reader_up=False))
    assert idle(lost, READER_LOST_MS)[0].alarms.of(AlertId.READER_LOST) is None
    assert idle(lost, READER_LOST_MS + 1_000)[0].alarms.of(AlertId.READER_LOST) is not None


def test_a_hub_just_in_sync_is_told_at_once() -> None:
    """The whole list is due as soon as there is a hub that has not heard it."""
    here = replace(state(), box=replace(state().box, hub=HUB, session="s"))
    told, effects = idle(here, 600)
    assert told.alarms.told == HUB
    assert {effect.said.id for effect in effects if isinstance(effect, Send) and isinstance(effect.said, Alert)} == set(AlertId)


# The door


def test_the_disk_is_seen_with_what_lies_aside(tmp_path: Path) -> None:
    """Room in MB, and damaged stores without the files that belong to each."""
    store = tmp_path / "kiosk.db"
    for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db.lock", "kiosk.db.damaged-20261125T101010", "kiosk.db.damaged-20261125T101010-wal"):
        (tmp_path / name).touch()
    (tmp_path / "kiosk.db.damaged-20261125T101010.2").touch()
    seen = disk.look(store, moment(5))
    assert (seen.now, seen.set_aside) == (moment(5), 2)
    assert seen.free_mb is not None
    free = disk.free_bytes(tmp_path)
    assert free is not None
    assert 0 < seen.free_mb == pytest.approx(free // disk.MB, abs=1_000)


def test_a_disk_that_is_gone_is_seen_as_unknown(tmp_path: Path) -> None:
    """A folder that cannot be asked says nothing, and crashes nothing."""
    assert disk.look(tmp_path / "nowhere" / "kiosk.db", moment()) == DiskSeen(moment(), None, 0)
