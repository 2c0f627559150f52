"""Alarms: what staff should look at before a customer notices; when each is raised, when it is over, and when the hub is told. Pure.

An alarm changes nothing for the customer: what the screen and the lamp say of a lost reader or a refusing store is `frames` and `machine`.
Each has two thresholds, so that a value that trembles around one does not ring for ever. They are looked at whenever time has passed, and
`due_ms` makes it pass: once a minute where nobody comes and nothing else happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk.messages import Effect, Note, Send
from kiosk.room import DiskSeen, LookAtDisk
from loyalty.facts import ClockQuality
from loyalty.moment import Moment
from mqtt.messages import Alert, AlertId, Severity

DISK_LOW_MB, DISK_FINE_MB = 500, 750  # 3,000 taps without a hub take 2 MB: half a year before the reserve is touched
DISK_SCARCE_MB, DISK_BETTER_MB = 100, 200  # a month: now it is urgent, whatever else fills the disk
OUTBOX_HIGH, OUTBOX_FINE = 10_000, 1_000  # three days of a busy counter; a hub that is back takes as many in minutes
READER_LOST_MS = 60_000  # a cable that is pushed back, or a restart of a USB hub, is nobody's business
UNSYNCED_MS = 600_000  # the network's time comes within minutes of a start, if at all
DISK_LOOK_MS = 60_000  # whatever fills a disk of which 100 MB are left within a minute is not stopped by an alarm
AGAIN_MS = 3_600_000  # all is said again, with its numbers as they are then: a word may be lost on a line that breaks just then


@dataclass(frozen=True, slots=True)
class Signs:
    """What alarms are about, read off the state: `failures` of the store in a row, `unclaimed` facts, whether claims have `stalled`."""

    reader_up: bool | None
    failures: int
    failing: bool
    unclaimed: int
    stalled: bool
    session: bool
    hub: str | None


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is raised now. `since`: since when (monotonic ms) something is wrong that is raised only if it lasts. `told`: the hub that was
    told all of it, in sync since. The `_due` fields are monotonic ms.
    """

    free_mb: int | None = None
    set_aside: int = 0
    raised: tuple[Alert, ...] = ()
    since: tuple[tuple[AlertId, int], ...] = ()
    told: str | None = None
    look_due: int = 0
    again_due: int = AGAIN_MS

    def of(self, each: AlertId) -> Alert | None:
        """The alert with this id, if it is raised."""
        return next((alert for alert in self.raised if alert.id is each), None)


QUIET = Alarms()
LASTING = {AlertId.READER_LOST: READER_LOST_MS, AlertId.CLOCK_UNSYNCED: UNSYNCED_MS}
Step = tuple[Alarms, list[Effect]]


def seen(alarms: Alarms, disk: DiskSeen) -> Alarms:
    """The disk was looked at."""
    return replace(alarms, free_mb=disk.free_mb, set_aside=disk.set_aside)


def watched(alarms: Alarms, signs: Signs, now: Moment) -> Step:
    """Time has passed: raise what is wrong, end what is over, and tell the hub while there is a connection."""
    effects: list[Effect] = []
    if now.mono_ms >= alarms.look_due:
        alarms = replace(alarms, look_due=now.mono_ms + DISK_LOOK_MS)
        effects.append(LookAtDisk())
    before = alarms
    alarms = replace(alarms, since=tuple(_since(alarms, signs, now)))
    alarms = replace(alarms, raised=tuple(_raised(alarms, signs, now)))
    changed = _changed(before, alarms)
    effects += [_note(alert) for alert in changed]
    is_due = now.mono_ms >= alarms.again_due
    if is_due or (signs.hub is not None and signs.hub != alarms.told):
        changed = [alarms.of(each) or Alert(each, None) for each in AlertId]
    if is_due:
        alarms = replace(alarms, again_due=now.mono_ms + AGAIN_MS)
    if signs.session:
        effects += [Send(alert) for alert in changed]
    return replace(alarms, told=signs.hub), effects


def due_ms(alarms: Alarms, hub: str | None, now: Moment) -> int:
    """When time must pass for the alarms' sake, monotonic ms: the disk is due, something has lasted, or a hub has not been told."""
    if hub is not None and hub != alarms.told:
        return now.mono_ms
    lasting = [at + LASTING[each] for each, at in alarms.since if alarms.of(each) is None]
    return min(alarms.look_due, alarms.again_due, *lasting)


def _since(alarms: Alarms, signs: Signs, now: Moment) -> Iterable[tuple[AlertId, int]]:
    """Since when what must last to be raised is wrong."""
    began = dict(alarms.since)
    wrong = {
        AlertId.READER_LOST: signs.reader_up is False,
        AlertId.CLOCK_UNSYNCED: now.quality not in (ClockQuality.NTP, ClockQuality.RTC),
    }
    return ((each, began.get(each, now.mono_ms)) for each, is_so in wrong.items() if is_so)


def _raised(alarms: Alarms, signs: Signs, now: Moment) -> Iterable[Alert]:
    """Every alert that is raised now, with its number; since when is what it was if it was raised before."""
    lasted = {each for each, at in alarms.since if now.mono_ms - at >= LASTING[each]}
    found: dict[AlertId, tuple[Severity | None, int]] = {
        AlertId.DISK_LOW: (_disk(alarms), alarms.free_mb or 0),
        AlertId.OUTBOX_HIGH: (Severity.WARN if _is_high(alarms, signs.unclaimed) else None, signs.unclaimed),
        AlertId.ACK_STALLED: (Severity.WARN if signs.stalled else None, signs.unclaimed),
        AlertId.STORE_FAILING: (Severity.ERROR if signs.failing else None, signs.failures),
        AlertId.STORE_RECOVERED: (Severity.WARN if alarms.set_aside else None, alarms.set_aside),
        AlertId.READER_LOST: (Severity.ERROR if AlertId.READER_LOST in lasted else None, 0),
        AlertId.CLOCK_UNSYNCED: (Severity.WARN if AlertId.CLOCK_UNSYNCED in lasted else None, 0),
    }
    for each, (severity, number) in found.items():
        if severity is not None:
            was = alarms.of(each)
            yield Alert(each, severity, now.wall_ms if was is None else was.since_ms, number)


def _disk(alarms: Alarms) -> Severity | None:
    """How scarce room is. Nothing is said of a disk that cannot be asked: what was known of it holds."""
    was = alarms.of(AlertId.DISK_LOW)
    severity = None if was is None else was.severity
    if alarms.free_mb is None:
        return severity
    if alarms.free_mb < (DISK_BETTER_MB if severity is Severity.ERROR else DISK_SCARCE_MB):
        return Severity.ERROR
    return Severity.WARN if alarms.free_mb < (DISK_FINE_MB if was is not None else DISK_LOW_MB) else None


def _is_high(alarms: Alarms, unclaimed: int) -> bool:
    return unclaimed >= (OUTBOX_HIGH if alarms.of(AlertId.OUTBOX_HIGH) is None else OUTBOX_FINE)


def _changed(before: Alarms, after: Alarms) -> list[Alert]:
    """What was raised, is over, or matters more or less now."""
    found = []
    for each in AlertId:
        was, is_now = before.of(each), after.of(each)
        if (was and was.severity) != (is_now and is_now.severity):
            found.append(is_now or Alert(each, None))
    return found


def _note(alert: Alert) -> Note:
    if alert.severity is None:
        return Note("alert.over", {"alert": alert.id.value})
    return Note("alert.raised", {"alert": alert.id.value, "severity": alert.severity.value, "number": alert.number}, warning=True)
