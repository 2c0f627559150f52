"""What a member said, and what became of it: ratings that count, reasons, and cases as a state machine.

A case is opened by a bad rating, by "something wrong?" or by staff. Staff move it on; that it was put right only the customer
can say. Statistics over many members are `scores`'s, thresholds `alerts`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from loyalty.account.reckoning import Reckoning
from loyalty.account.rungs import Rung
from loyalty.calendar import NEVER, Past, When
from loyalty.facts import (
    AssistRequested,
    CaseAnswered,
    CaseOpened,
    CaseSource,
    CaseStep,
    CaseStepped,
    ContactRequested,
    FactId,
    Rating,
    Reason,
)
from loyalty.shop.misuse import is_open

RATINGS_KEPT = 5  # what rungs look at
REASONS_KEPT = 8
CASES_KEPT = 8  # closed ones are history; a member with more open ones needs a person
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


class CaseStatus(StrEnum):
    """Where a case stands. CONFIRMED is reached only by the customer's own word."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ACTION = "action"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    EXPIRED = "expired"


UNRESOLVED = frozenset({CaseStatus.OPEN, CaseStatus.ACKNOWLEDGED, CaseStatus.ACTION, CaseStatus.REOPENED})
CLOSED = frozenset({CaseStatus.CONFIRMED, CaseStatus.EXPIRED})
FOLLOWS = {
    CaseStep.ACKNOWLEDGED: (CaseStatus.ACKNOWLEDGED, frozenset({CaseStatus.OPEN, CaseStatus.REOPENED})),
    CaseStep.ACTED: (CaseStatus.ACTION, UNRESOLVED),
    CaseStep.RESOLVED: (CaseStatus.RESOLVED, UNRESOLVED),
    CaseStep.EXPIRED: (CaseStatus.EXPIRED, UNRESOLVED | {CaseStatus.RESOLVED}),
}
"""What staff may do, and from where."""


@dataclass(slots=True)
class Case:
    """One customer's problem. Moments in ms, 0: not yet. `severity` 1 is the gravest. `due`: the next moment the clock allows."""

    id: str
    source: CaseSource
    severity: int
    opened: Past
    status: CaseStatus = CaseStatus.OPEN
    acknowledged: Past = 0
    resolved: Past = 0
    closed: Past = 0
    asked: Past = 0
    due: When = 0
    reason: str = ""
    cause: str = ""
    contact: bool = False
    goodwill: int = 0


@dataclass(slots=True)
class Given:
    """A rating that counts: when, at which fact, which face (0 is the worst), and at which visit."""

    fact: str
    at: Past
    index: int
    visit: str


@dataclass(slots=True)
class Said:
    """A reason this member gave: its code and when."""

    code: str
    at: Past


@dataclass(slots=True)
class Voice:
    """Ratings, reasons and cases of one member. `given`: all ratings ever, counted or not; `last`: when anything was last said."""

    ratings: list[Given] = field(default_factory=list)
    reasons: list[Said] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    given: int = 0
    last: Past = 0
    due: When = NEVER

    def indices(self) -> list[int]:
        """Faces of the last counted ratings, oldest first."""
        return [rating.index for rating in self.ratings]

    def mean_percent(self) -> int:
        """Their mean, 100 being the best face every time; 0 where there are none."""
        marks = self.indices()
        return sum(marks) * 100 // (3 * len(marks)) if marks else 0

    def open_cases(self) -> list[Case]:
        """Cases the customer has not confirmed, the gravest and oldest first."""
        return sorted((case for case in self.cases if case.status not in CLOSED), key=lambda case: (case.severity, case.opened, case.id))

    def overdue_ms(self) -> int:
        """From when on a case is unresolved beyond its time; NEVER where none is unresolved."""
        return min((case.due for case in self.cases if case.status in UNRESOLVED), default=NEVER)

    def overdue(self, at: int) -> bool:
        """Whether a case is unresolved beyond its time."""
        return self.overdue_ms() <= at

    def find(self, id_: str) -> Case | None:
        """The case of that name."""
        return next((case for case in self.cases if case.id == id_), None)


def on_rating(now: Reckoning, body: Rating) -> bool:
    """A face was pressed. Returns whether the rating counts; of several close together the last one does."""
    voice, rules = now.account.voice, now.edition.programme.ratings
    voice.given += 1
    voice.last = now.at
    counts = not now.account.staff and is_open(rules, now.calendar, now.at)
    visit = f"{now.fact.id.kiosk}/{now.fact.id.epoch}/{body.visit}"
    if counts:
        if voice.ratings and (voice.ratings[-1].visit == visit or now.at - voice.ratings[-1].at < rules.again_hours * HOUR_MS):
            voice.ratings.pop()
        voice.ratings.append(Given(now.id, now.at, int(body.face), visit))
        del voice.ratings[:-RATINGS_KEPT]
    if body.face.is_bad and not now.account.staff:
        _open(now, now.id, CaseSource.RATING)
    return counts


def on_reason(now: Reckoning, body: Reason) -> None:
    """Why it was bad."""
    voice = now.account.voice
    voice.reasons.append(Said(body.code.value, now.at))
    del voice.reasons[:-REASONS_KEPT]
    case = voice.find(_rating_id(now, body.rating))
    if case is not None:
        case.reason = body.code.value


def on_contact(now: Reckoning, body: ContactRequested) -> None:
    """The customer wants to be called: the gravest kind of case."""
    case = now.account.voice.find(_rating_id(now, body.rating))
    if case is None:
        now.mark("there is no bad rating to call back about")
    else:
        case.contact, case.severity = True, 1


def on_assist(now: Reckoning, body: AssistRequested) -> None:
    """Somebody asked for staff because something is wrong."""
    if body.wrong:
        _open(now, now.id, CaseSource.TILE)


def on_case_opened(now: Reckoning, body: CaseOpened) -> None:
    """Staff opened a case."""
    if now.account.voice.find(body.case) is not None:
        now.mark(f"there is a case {body.case} already")
        return
    case = _open(now, body.case, body.source)
    case.reason = body.reason.value


def _rating_id(now: Reckoning, number: int) -> str:
    return str(FactId(now.fact.id.kiosk, now.fact.id.epoch, number))


def _open(now: Reckoning, id_: str, source: CaseSource) -> Case:
    account, rules = now.account, now.edition.programme.cases
    case = Case(id_, source, severity_of(now), now.at)
    case.due = now.at + rules.resolve_hours * HOUR_MS
    cases = account.voice.cases
    cases.append(case)
    if len(cases) > CASES_KEPT:
        cases.remove(next((old for old in cases if old.status in CLOSED), cases[0]))
    now.changed("case", "", CaseStatus.OPEN, f"{id_} by {source.value}, severity {case.severity}")
    return case


def severity_of(now: Reckoning) -> int:
    """1 for an advocate or a member of the highest tier that is not by invitation only, 2 for a client, 3 for the rest."""
    account, tiers = now.account, now.edition.programme.tier
    top = next((tier.id for tier in reversed(tiers) if not tier.invited), "")
    high = len(tiers) > 1 and now.edition.tier_rank.get(account.tier.tier, 0) >= now.edition.tier_rank.get(top, 0)
    if account.rung.rung == Rung.ADVOCATE or high:
        return 1
    return 2 if account.rung.rung == Rung.CLIENT else 3


def on_stepped(now: Reckoning, body: CaseStepped) -> None:
    """Staff moved a case; a step that cannot follow is marked and changes nothing."""
    case = now.account.voice.find(body.case)
    status, allowed = FOLLOWS[body.step]
    if case is None or case.status not in allowed:
        now.mark(f"case {body.case} cannot be {body.step.value}: " + ("there is none" if case is None else f"it is {case.status.value}"))
        return
    now.changed("case", case.status, status, f"{case.id} by {body.by}")
    case.status, case.cause = status, body.cause or case.cause
    if not case.acknowledged:
        case.acknowledged = now.at
    if status is CaseStatus.RESOLVED:
        case.resolved, case.due = now.at, now.at + now.edition.programme.cases.ask_days * DAY_MS
        now.account.voice.due = min(now.account.voice.due, case.due)
    elif status is CaseStatus.EXPIRED:
        case.closed = now.at


def on_answered(now: Reckoning, body: CaseAnswered) -> None:
    """The customer said whether it was put right: the only way to CONFIRMED."""
    case = now.account.voice.find(body.case)
    if case is None or case.status in CLOSED:
        now.mark(f"there is no open case {body.case}")
        return
    case.asked = now.at
    status = CaseStatus.CONFIRMED if body.right else CaseStatus.REOPENED
    now.changed("case", case.status, status, f"{case.id} by the customer")
    case.status = status
    if body.right:
        case.closed = now.at
    else:
        case.resolved, case.due = 0, now.at + now.edition.programme.cases.resolve_hours * HOUR_MS


def pass_time(now: Reckoning) -> None:
    """A resolved case the customer was never there to confirm ends after its time, and is never called confirmed."""
    voice = now.account.voice
    asked = [case for case in voice.cases if case.status is CaseStatus.RESOLVED]
    for case in asked:
        if case.due <= now.at:
            now.changed("case", case.status, CaseStatus.EXPIRED, f"{case.id}: nobody came to confirm it", case.due)
            case.status, case.closed = CaseStatus.EXPIRED, case.due
    voice.due = min((case.due for case in asked if case.due > now.at), default=NEVER)
