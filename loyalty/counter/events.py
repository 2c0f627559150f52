"""Evenings of a member's clubs: whom to invite to which one, and who stands at the door. Pure: the facts are written by whoever asks.

How many others come no kiosk can know: that an evening is full is told by the hub, with the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from loyalty.account.reckoning import Reckoning
from loyalty.counter.person import Person
from loyalty.facts import Body, CheckedIn, Face
from loyalty.programme.rules import in_language
from loyalty.programme.saying import ClubEvent

AHEAD_DAYS = 30  # who is asked about a day further off does not know yet; on the day itself the tap is the check-in


@dataclass(frozen=True, slots=True)
class Invited:
    """An evening to invite a member to: names of the club and the event, the title in the member's language, and the day."""

    club: str
    event: str
    title: str
    day: date


def invitation_for(now: Reckoning, person: Person | None) -> Invited | None:
    """The nearest evening that a member has not answered for; None where there is none, or where nothing more may be asked at this visit.

    `now`: after the visit's rating was applied. Somebody of whom the hub has told nothing is invited to nothing.
    """
    if person is None or not _may_invite(now):
        return None
    answered = now.account.circle.replies
    ahead = [
        Invited(club, event.id, in_language(event.title, person.language), event.day)
        for club, event in _evenings(now)
        if 0 < event.day.toordinal() - now.day <= AHEAD_DAYS
        and f"{club}/{event.id}" not in answered
        and f"{club}/{event.id}" not in person.full_events
    ]
    return min(ahead, key=lambda evening: (evening.day, evening.club, evening.event), default=None)


def check_ins(at: Reckoning, card: str) -> list[Body]:
    """Evenings of the member's clubs today: the tap is the check-in, once for each."""
    attended = at.account.circle.attended
    return [
        CheckedIn(card, club, event.id)
        for club, event in _evenings(at)
        if event.day.toordinal() == at.day and f"{club}/{event.id}" not in attended
    ]


def _evenings(now: Reckoning) -> Iterator[tuple[str, ClubEvent]]:
    """All events of the clubs that the member is in, each with its club's name."""
    for club in now.edition.programme.club:
        if now.account.circle.in_any((club.id,)):
            yield from ((club.id, event) for event in club.event)


def _may_invite(now: Reckoning) -> bool:
    """Never with a case open, never on the day of a bad rating, and never beside a question that was asked since the card was laid down."""
    voice, asked = now.account.voice, now.account.told.questions.values()
    if voice.open_cases():
        return False
    if any(Face(rating.index).is_bad and now.calendar.day_of(rating.at) == now.day for rating in voice.ratings):
        return False
    return all(question.at < now.account.footfall.last_ms for question in asked)
