"""Which question, if any, is asked after a rating: one that the shop still needs the answer to, of somebody who may be asked now.

What was asked and answered is remembered in `told`, what is known of a person at the hub. No answer ever is looked at here.
"""

from __future__ import annotations

from loyalty.account.conditions import held_out, in_audience
from loyalty.account.reckoning import Reckoning
from loyalty.counter.person import Person
from loyalty.facts import Face, Purpose
from loyalty.programme.listening import Ground, ProfileField, Question
from loyalty.programme.rules import Status

LEARNS_FIRST = 101  # times a weight: more than the largest weight, so that what a campaign is to learn comes first
POLL_VALID_DAYS = 365  # a question that fills no field is asked again a year after it was answered


def choose_question(now: Reckoning, person: Person | None) -> Question | None:
    """The question to ask at this visit, or None. `now`: after the visit's rating was applied, if there was one."""
    if not _may_ask(now):
        return None
    asked = [question for question in now.edition.programme.question if _is_open(now, person, question)]
    return min(asked, key=lambda question: (-_need(now, question), question.id), default=None)


def _may_ask(now: Reckoning) -> bool:
    """Never after a bad rating or with a case open, never on the first visits, never too often."""
    account, asking = now.account, now.edition.programme.asking
    rating = account.voice.ratings[-1] if account.voice.ratings else None
    if account.voice.open_cases():
        return False
    if rating is not None and Face(rating.index).is_bad and now.calendar.day_of(rating.at) == now.day:
        return False
    if account.footfall.visit_days < asking.visits_min:
        return False
    return now.day - account.told.question_day >= asking.every_days


def _is_open(now: Reckoning, person: Person | None, question: Question) -> bool:
    """Whether this question may be asked of this member, and its answer is not known."""
    if question.status is not Status.ACTIVE or not in_audience(now, question.rungs, (), ()) or _rests(now, question):
        return False
    if not question.field:
        return not _answered(now, question, POLL_VALID_DAYS)
    field = next((each for each in now.edition.programme.field if each.id == question.field), None)
    if field is None or field.sensitive or not _allowed(now, field):
        return False
    return not _known(now, person, field)


def _rests(now: Reckoning, question: Question) -> bool:
    """Whether it was skipped so often in a row that it is left alone for a while."""
    asked, asking = now.account.told.questions.get(question.id), now.edition.programme.asking
    if asked is None or asked.skips < asking.skips_max:
        return False
    return now.day - now.calendar.day_of(asked.at) < asking.rest_days


def _answered(now: Reckoning, question: Question, valid_days: int) -> bool:
    asked = now.account.told.questions.get(question.id)
    return asked is not None and bool(asked.choice) and now.day - asked.day < valid_days


def _allowed(now: Reckoning, field: ProfileField) -> bool:
    """Whether there is a ground to keep the answer: consent must have been given; a legitimate interest ends where it was refused."""
    consent = now.account.told.consents.get(Purpose.PROFILING)
    match field.basis:
        case Ground.CONSENT:
            return consent is not None and consent.given
        case Ground.INTEREST:
            return consent is None or consent.given
    return True


def _known(now: Reckoning, person: Person | None, field: ProfileField) -> bool:
    """Whether the hub knows the answer, or one was given here to any question about it and is still good."""
    if person is not None and field.id in person.known_fields:
        return True
    about = (question for question in now.edition.programme.question if question.field == field.id)
    return any(_answered(now, question, field.valid_days) for question in about)


def _need(now: Reckoning, question: Question) -> int:
    """How much the shop needs to know it; what a campaign running for this member is to learn comes before all else."""
    learning = any(
        campaign.learns == question.field
        and campaign.starts.toordinal() <= now.day <= campaign.ends.toordinal()
        and in_audience(now, campaign.rungs, campaign.tiers, campaign.clubs)
        and not held_out(campaign.id, now.account.member, campaign.hold_out_percent)
        for campaign in now.edition.programme.campaign
        if campaign.learns
    )
    return question.weight * (LEARNS_FIRST if learning else 1)
