"""How the machine takes what the hub desires of this kiosk: looked at at once, begun when nobody is here, proved after a minute. Pure.

What a set-up is and when it is given back is `pushed`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.messages import Effect, Note, ProveDesired, Restart, Send, TakeDesired
from kiosk.phases import Conversation, Idle
from kiosk.pushed import TRIAL_MS
from loyalty.moment import Moment
from mqtt.messages import Desired, Reported, SetUp


@dataclass(frozen=True, slots=True)
class SettingUp:
    """`report`: what the hub is told; `prove_due`: monotonic ms at which the trial is over, or None. `leaving`: a fresh start was asked
    for, or would not help.
    """

    report: Reported
    prove_due: int | None = None
    leaving: bool = False


NOTHING_PUSHED = SettingUp(Reported(0, "", SetUp.LOCAL, 0))
Step = tuple[SettingUp, list[Effect]]


def begin(report: Reported, now: Moment) -> SettingUp:
    """At the start of a run. What still waits now could not be begun: a disk that refuses is not cured by another start."""
    return SettingUp(report, _due(report, now), report.state is SetUp.WAITING)


def desired(up: SettingUp, said: Desired) -> Step:
    """The hub's word. An older one, of a hub put back to a backup, is answered with what is known here: the hub then numbers higher."""
    if (said.version, said.content) == (up.report.version, up.report.content):
        return up, []
    if said.version <= up.report.version:
        return up, [Send(up.report)]
    return up, [TakeDesired(said)]


def settled(up: SettingUp, now: Moment, report: Reported) -> Step:
    """It was looked at, or proved: the hub is told, if there is one; else at the next handshake."""
    words: dict[str, str | int | bool | None] = {"version": report.version, "state": report.state.value, "applied": report.applied}
    bad = report.state in (SetUp.REJECTED, SetUp.RETURNED)
    up = replace(up, report=report, prove_due=_due(report, now), leaving=up.leaving and report == up.report)
    return up, [Send(report), Note("settings", words, warning=bad)]


def ticked(up: SettingUp, now: Moment) -> Step:
    """A minute without dying: it is good."""
    if up.prove_due is None or now.mono_ms < up.prove_due:
        return up, []
    return replace(up, prove_due=None), [ProveDesired()]


def between_customers(up: SettingUp, talk: Conversation) -> Step:
    """A set-up that waits begins now if nobody is here or expected."""
    return (replace(up, leaving=True), [Restart("settings")]) if _may_begin(up, talk) else (up, [])


def due_ms(up: SettingUp, talk: Conversation, now: Moment) -> int | None:
    """When time alone changes something, monotonic ms: the trial is over, or what waits may begin."""
    return now.mono_ms if _may_begin(up, talk) else up.prove_due


def _may_begin(up: SettingUp, talk: Conversation) -> bool:
    free = isinstance(talk.phase, Idle) and talk.invitation is None
    return free and not up.leaving and up.report.state is SetUp.WAITING


def _due(report: Reported, now: Moment) -> int | None:
    return now.mono_ms + TRIAL_MS if report.state is SetUp.TRIAL else None
