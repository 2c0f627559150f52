"""Alerts and cases that nobody takes: when somebody is called, how often again, and when it is over.

A watch is a small state machine over one alert of the programme: it opens, somebody acknowledges it, it closes by itself. Whoever
is called by which lamp, page or mail is the hub's; which ratings count is `misuse`'s, what becomes of a case `voice`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from loyalty.account.voice import DAY_MS, MINUTE_MS, UNRESOLVED, Case, CaseStatus
from loyalty.calendar import Calendar
from loyalty.facts import Face
from loyalty.programme.listening import Alert, AlertKind, Cases, Ratings
from loyalty.shop.misuse import Pressed, in_span, is_open

COMMENTS_KEPT = 50  # the newest; an alert with more is a conversation and belongs elsewhere
COMMENT_CHARS_MAX = 280  # as long as a note to a member
CALLS_PER_LEVEL = 4  # one call and three repeats, then the next level is called
LEVELS = 3  # the counter, the shop, the chain; above them nobody is left, and it is repeated once a day
LEVEL_OVERDUE = 2  # whoever took the case has had their time
WALK_DAYS_MAX = 366  # how far silence is counted back: a shop open one hour a day needs 168 days for the longest alert
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CallKind(StrEnum):
    """Why somebody is called."""

    OPENED = "opened"  # an alert has just opened
    REPEATED = "repeated"  # and nobody has acknowledged it
    DAILY = "daily"  # somebody has, on an earlier day, and it is still open
    UNTAKEN = "untaken"  # a case that nobody has acknowledged in time
    OVERDUE = "overdue"  # a case that is not resolved in time


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is to be called. `about`: id of the alert or case; `level` 1 is the counter; `figure` is what was measured: percent,
    index, count, or minutes.
    """

    about: str
    kind: CallKind
    level: int
    at: int
    figure: int
    n: int
    why: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote to an open alert."""

    at: int
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Watch:
    """How one alert stands. Moments in ms, 0: never. `opened`, `acknowledged_*`, `comments` are of the present or last time it opened,
    `last_called` is kept across all of them, so that one that opens and closes by turns calls no oftener than one that stays open.
    """

    alert: str
    open: bool = False
    opened: int = 0
    acknowledged_by: str = ""
    acknowledged_at: int = 0
    comments: tuple[Comment, ...] = ()
    closed: int = 0
    last_called: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What an alert sees at a moment. `reached`: None where there is too little to tell, and everything stays as it is."""

    reached: bool | None
    figure: int
    n: int


def watch(
    state: Watch, alert: Alert, ratings: Sequence[Pressed], now_ms: int, calendar: Calendar, hours: Ratings, cases: Cases
) -> tuple[Watch, list[Call]]:
    """One turn: the new state and at most one call.

    `ratings`: those that count, in order of time, from as far back as the alert looks; for a silent one the last is enough.
    `hours`: when the shop is open; `cases.repeat_minutes`: how often a call is repeated.
    """
    measured = measure(alert, ratings, now_ms, calendar, hours)
    if measured.reached and not state.open:
        state = replace(Watch(alert.id, True, now_ms), last_called=state.last_called)
    elif measured.reached is False and state.open:
        state = replace(state, open=False, closed=now_ms)
    if not state.open or not _may_call(alert, now_ms, calendar, hours) or not _due(state, now_ms, calendar, cases):
        return state, []
    first = CallKind.OPENED if state.last_called < state.opened else CallKind.REPEATED
    kind = CallKind.DAILY if state.acknowledged_by else first
    call = Call(alert.id, kind, 1, now_ms, measured.figure, measured.n, _words(alert, measured))
    return replace(state, last_called=now_ms), [call]


def acknowledge(state: Watch, by: str, at: int) -> Watch:
    """Somebody has taken it; of several the first. One that is closed needs nobody."""
    if not state.open or state.acknowledged_by:
        return state
    return replace(state, acknowledged_by=by, acknowledged_at=at)


def comment(state: Watch, by: str, at: int, text: str) -> Watch:
    """Somebody wrote something; also after it closed, which is when one knows what it was."""
    return replace(state, comments=(*state.comments, Comment(at, by, text[:COMMENT_CHARS_MAX]))[-COMMENTS_KEPT:])


def measure(alert: Alert, ratings: Sequence[Pressed], now_ms: int, calendar: Calendar, hours: Ratings) -> Measured:
    """What the alert sees: over its minutes up to now, at its kiosks. A count is of bad faces: many ratings are no reason to call."""
    mine = [each for each in ratings if each.at <= now_ms and (not alert.kiosks or each.kiosk in alert.kiosks)]
    if alert.kind is AlertKind.SILENT:
        return _silence(alert, mine[-1].at if mine else 0, now_ms, calendar, hours)
    indices = [each.index for each in mine if each.at > now_ms - alert.minutes * MINUTE_MS]
    n, bad, best = len(indices), sum(Face(index).is_bad for index in indices), max(Face)
    if not n:
        return Measured(False, 0, 0)
    match alert.kind:
        case AlertKind.NEGATIVE:
            figure, reached = 100 * bad // n, 100 * bad >= alert.threshold * n
        case AlertKind.INDEX:
            figure, reached = 100 * sum(indices) // (best * n), 100 * sum(indices) <= alert.threshold * best * n
        case _:  # COUNT
            figure, reached = bad, bad >= alert.threshold
    return Measured(reached if n >= alert.responses_min else None, figure, n)


def _silence(alert: Alert, last: int, now_ms: int, calendar: Calendar, hours: Ratings) -> Measured:
    """Minutes of opening time since the last rating, as far as they matter; while the shop is closed nothing changes."""
    minutes = open_minutes(last, now_ms, alert.minutes, calendar, hours)
    if minutes < alert.minutes:
        return Measured(False, minutes, 0)
    return Measured(True if is_open(hours, calendar, now_ms) else None, minutes, 0)


def open_minutes(start: int, end: int, enough: int, calendar: Calendar, hours: Ratings) -> int:
    """Whole minutes between two moments in which the shop was open; not counted further back than to `enough`."""
    if hours.opens is None or hours.closes is None:
        return min(max(0, end - start) // MINUTE_MS, enough)
    total, today = 0, calendar.day_of(end)
    for day in range(today, today - WALK_DAYS_MAX, -1):
        opens = _moment(day, hours.opens, calendar)
        closes = _moment(day + (hours.closes <= hours.opens), hours.closes, calendar)
        total += max(0, min(closes, end) - max(opens, start))
        if total >= enough * MINUTE_MS or opens <= start:
            break
    return min(total // MINUTE_MS, enough)


def _moment(day: int, clock: time, calendar: Calendar) -> int:
    at = datetime.combine(date.fromordinal(day), clock, calendar.zone)
    return (at - EPOCH) // timedelta(milliseconds=1)


def _may_call(alert: Alert, now_ms: int, calendar: Calendar, hours: Ratings) -> bool:
    """Not in quiet hours, and not for silence while the shop is closed."""
    if alert.kind is AlertKind.SILENT and not is_open(hours, calendar, now_ms):
        return False
    if alert.quiet_from is None or alert.quiet_to is None:
        return True
    return not in_span(calendar.clock_of(now_ms), alert.quiet_from, alert.quiet_to)


def _due(state: Watch, now_ms: int, calendar: Calendar, cases: Cases) -> bool:
    """Until it is acknowledged every few minutes, from then on once on each later day."""
    if state.acknowledged_by:
        return calendar.day_of(now_ms) > calendar.day_of(max(state.acknowledged_at, state.last_called))
    return not state.last_called or now_ms - state.last_called >= cases.repeat_minutes * MINUTE_MS


def _words(alert: Alert, measured: Measured) -> str:
    match alert.kind:
        case AlertKind.NEGATIVE:
            return f"{measured.figure} % of {measured.n} ratings in {alert.minutes} minutes were bad, {alert.threshold} % call"
        case AlertKind.INDEX:
            return f"the index of {measured.n} ratings in {alert.minutes} minutes is {measured.figure}, {alert.threshold} calls"
        case AlertKind.COUNT:
            return f"{measured.figure} of {measured.n} ratings in {alert.minutes} minutes were bad, {alert.threshold} call"
    return f"no rating in {measured.figure} minutes of opening time"


def case_calls(cases: Iterable[Case], rules: Cases, now_ms: int, asked_ms: int = 0) -> list[Call]:
    """Whom to call about cases: calls that became due after `asked_ms` (when this was last asked) and by now, one for each case.

    A case that nobody acknowledges calls level 1 after its minutes, three times again, then the next level; after the last level
    once a day. One that is not resolved in time calls once a day. The gravest come first.
    """
    found = []
    for case in cases:
        calls = [call for call in (_untaken(case, rules, now_ms), _overdue(case, now_ms)) if call and call.at > asked_ms]
        if calls:
            found.append((case.severity, case.opened, case.id, max(calls, key=lambda call: (call.level, call.at))))
    return [call for *_, call in sorted(found, key=lambda each: each[:3])]


def _untaken(case: Case, rules: Cases, now_ms: int) -> Call | None:
    """The newest call for a case that waits for somebody: since it was opened, or since the customer said it is not put right."""
    if case.status not in (CaseStatus.OPEN, CaseStatus.REOPENED):
        return None
    waits = case.asked if case.status is CaseStatus.REOPENED else case.opened
    first, repeat = waits + rules.acknowledge_minutes * MINUTE_MS, rules.repeat_minutes * MINUTE_MS
    if now_ms < first:
        return None
    place, last = (now_ms - first) // repeat, LEVELS * CALLS_PER_LEVEL - 1
    at = first + min(place, last) * repeat
    if place > last:
        at += (now_ms - at) // DAY_MS * DAY_MS
    minutes = (now_ms - waits) // MINUTE_MS
    why = f"a case of severity {case.severity} has waited {minutes} minutes for somebody"
    return Call(case.id, CallKind.UNTAKEN, min(place, last) // CALLS_PER_LEVEL + 1, at, minutes, 0, why)


def _overdue(case: Case, now_ms: int) -> Call | None:
    if case.status not in UNRESOLVED or now_ms < case.due:
        return None
    minutes = (now_ms - case.due) // MINUTE_MS
    at = case.due + (now_ms - case.due) // DAY_MS * DAY_MS
    why = f"a case of severity {case.severity} is overdue by {minutes} minutes"
    return Call(case.id, CallKind.OVERDUE, LEVEL_OVERDUE, at, minutes, 0, why)
