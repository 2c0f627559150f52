"""What each kind of fact does to an account: the table by which `account.apply` finds it, and the short ones themselves.

Whatever needs more than a few lines is in the module of its part: `purchases`, `movements`, `voice`, `circle`, `told`, `perks`, `tiers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loyalty import facts as f
from loyalty.account import circle, earning, movements, perks, purchases, rungs, tiers, told, voice
from loyalty.account.circle import Bonus
from loyalty.account.reckoning import EntryType, Reckoning
from loyalty.calendar import NEVER
from loyalty.facts import Body
from loyalty.programme.rules import Trigger

_VISIT, _RATING = Trigger.VISIT, Trigger.RATING  # looked up once: Python 3.11 is slow at it, and these are most of all facts


def active(now: Reckoning) -> None:
    """The customer did something: points that burn for lack of visits live on."""
    ledger = now.account.ledger
    idle = now.calendar.inactive_ms(now.edition.programme.expiry, now.at) if now.edition.has_patience else NEVER
    if idle != ledger.idle:
        ledger.idle = idle
        ledger.due = min(ledger.due, idle)


def _visit(now: Reckoning, body: f.Visit) -> None:
    account = now.account
    now.first_of_day, now.first_of_week = account.footfall.visited(now.day, now.at)
    active(now)
    if now.first_of_day and now.edition.by_visits:
        tiers.add(now, 1, now.day)
    rungs.settle(now)
    earning.earn(now, _VISIT)


def _rating(now: Reckoning, body: f.Rating) -> None:
    if voice.on_rating(now, body):
        earning.earn(now, _RATING)


def _purchase(now: Reckoning, body: f.Purchased) -> None:
    purchases.on_purchase(now, body)
    active(now)


def _redeemed(now: Reckoning, body: f.Redeemed) -> None:
    movements.on_redeemed(now, body)
    active(now)


def _granted(now: Reckoning, body: f.Granted) -> None:
    """A rule that was decided at the tap; for each period once, whoever decided it."""
    live = now.edition.live.get(body.rule)
    if live is None or live.rule.trigger not in (Trigger.OCCASION, Trigger.SURPRISE):
        now.mark(f"no active rule {body.rule} is decided at the tap")
    elif movements.once_granted(now, live.rule, body.period) and now.at < live.withheld:
        earning.give(now, live, None)


def _answered(now: Reckoning, body: f.QuestionAnswered) -> None:
    if told.on_answered(now, body):
        earning.earn(now, Trigger.ANSWER)


def _enrolled(now: Reckoning, body: f.Enrolled) -> None:
    account = now.account
    account.staff = body.staff
    account.left = ""
    if account.enrolled:
        return
    account.enrolled = now.at
    earning.earn(now, Trigger.ENROLMENT)


def _left(now: Reckoning, body: f.MemberLeft) -> None:
    now.account.left = body.way.value


def _converted(now: Reckoning, body: f.Converted) -> None:
    if circle.on_converted(now, body):
        now.account.circle.friends[-1].gains = _bonus(now, Trigger.REFERRAL)


def _welcomed(now: Reckoning, body: f.Welcomed) -> None:
    host = circle.on_welcomed(now, body)
    if host is not None:
        host.gains = _bonus(now, Trigger.REFERRED)


def _bonus(now: Reckoning, trigger: Trigger) -> list[Bonus]:
    given = earning.earn(now, trigger)
    return [Bonus(each.rule, each.points, each.lot, each.expires, each.qualifying, each.grant) for each in given]


def _rejected(now: Reckoning, body: f.ReferralRejected) -> None:
    side = circle.on_rejected(now, body)
    if side is None:
        return
    for gain in side.gains:
        if gain.points:
            purchases.claw(now, gain.lot, gain.expires, gain.points, gain.rule)
        if gain.grant:
            perks.void(now, gain.grant)
        tiers.disqualified(now, gain.qualifying, now.calendar.day_of(side.at))


def _checked_in(now: Reckoning, body: f.CheckedIn) -> None:
    if circle.on_checked_in(now, body):
        earning.earn(now, Trigger.CHECK_IN)


def _merged(now: Reckoning, body: f.Merged) -> None:
    """The facts of both are one history already: whoever keeps the facts gathers them under the member who stays."""
    now.note(EntryType.MERGE, 0, body.merged)


ENTRIES: dict[type[Body], Callable[[Reckoning, Any], object]] = {
    f.Visit: _visit,
    f.Rating: _rating,
    f.Reason: voice.on_reason,
    f.GreetingShown: told.on_greeting,
    f.ContactRequested: voice.on_contact,
    f.CaseAnswered: voice.on_answered,
    f.AssistRequested: voice.on_assist,
    f.QuestionAnswered: _answered,
    f.QuestionSkipped: told.on_skipped,
    f.NoteShown: told.on_note_shown,
    f.ReferralOpened: circle.on_opened,
    f.Referred: circle.on_referred,
    f.Granted: _granted,
    f.PerkUsed: perks.on_used,
    f.Redeemed: _redeemed,
    f.CheckedIn: _checked_in,
    f.Replied: circle.on_replied,
    f.ConsentGiven: told.on_consent,
    f.ConsentWithdrawn: told.on_consent,
    f.Purchased: _purchase,
    f.Returned: purchases.on_return,
    f.RedemptionReversed: movements.on_reversed,
    f.Held: movements.on_held,
    f.Captured: movements.on_captured,
    f.Released: movements.on_released,
    f.Vested: purchases.on_vested,
    f.OpeningBalance: movements.on_opening,
    f.Adjusted: movements.on_adjusted,
    f.GoodwillGiven: movements.on_goodwill,
    f.PointsSent: movements.on_sent,
    f.PointsReceived: movements.on_received,
    f.Enrolled: _enrolled,
    f.MemberLeft: _left,
    f.Merged: _merged,
    f.CaseOpened: voice.on_case_opened,
    f.CaseStepped: voice.on_stepped,
    f.NoteWritten: told.on_note,
    f.PromiseMade: told.on_promise,
    f.PromiseKept: told.on_kept,
    f.Converted: _converted,
    f.Welcomed: _welcomed,
    f.ReferralRejected: _rejected,
    f.PerkGiven: perks.on_given,
    f.PerkVoided: perks.on_voided,
    f.ClubJoined: circle.on_joined,
    f.ClubLeft: circle.on_left,
    f.TierSet: tiers.on_set,
}

SAYS_NOTHING = {f.GreetingShown, f.NoteShown, f.QuestionSkipped}  # of the member's relation to the shop
