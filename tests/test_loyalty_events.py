"""Evenings of a club: who is invited to which one, who is asked nothing more, and who is at the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.account import Account, advance, apply, fold
from loyalty.account.reckoning import Reckoning
from loyalty.counter.events import AHEAD_DAYS, Invited, check_ins, invitation_for
from loyalty.counter.person import EVENTS_MAX, Person
from loyalty.document import read, write
from loyalty.facts import (
    Body,
    CaseAnswered,
    CaseOpened,
    CaseSource,
    CheckedIn,
    ClubJoined,
    ClubLeft,
    Face,
    Fact,
    QuestionAnswered,
    QuestionSkipped,
    Replied,
)
from loyalty.programme.saying import Club, ClubEvent, ClubJoin
from loyalty.rulebook import Rulebook
from loyalty.shapes import Malformed
from tests import loyalty_histories as histories
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, book, fact, rating, visit

TODAY = date(2026, 11, 22).toordinal()
TITLE = {"en": "Tasting", "uk": "Дегустація"}
OLENA = Person("uk", "Олено")
MINUTE_MS = 60_000


def evening(id_: str, ahead: int, today: int = TODAY) -> ClubEvent:
    """An event so many days from today."""
    return ClubEvent(id_, TITLE, date.fromordinal(today + ahead))


def club(*events: ClubEvent, id_: str = "wine") -> Club:
    """A club by invitation."""
    return Club(id_, TITLE, event=events)


class Guest:
    """A member of the wine club at a visit with a good face, and what they would be invited to."""

    def __init__(self, *clubs: Club, person: Person | None = OLENA) -> None:
        self.book, self.account, self.person = book(KYIV, club=clubs), Account("m_1"), person
        self.number, self.at = 0, NOON_MS - 2 * DAY_MS
        self.do(ClubJoined("m_1", "wine")).come()

    def do(self, body: Body, minutes: int = 1) -> Guest:
        """A fact so many minutes after the last."""
        self.number, self.at = self.number + 1, self.at + minutes * MINUTE_MS
        apply(self.account, fact(self.number, body, self.at), self.book)
        return self

    def come(self, at: int = NOON_MS, face: Face = Face.VERY_GOOD) -> Guest:
        """A visit, and a face."""
        self.at = at
        return self.do(visit(), 0).do(rating(face=face, visit_number=self.number))

    @property
    def now(self) -> Reckoning:
        """The moment of the last fact."""
        return advance(self.account, self.at, self.book)

    @property
    def asked(self) -> str:
        """The event that they are invited to, "" for none."""
        found = invitation_for(self.now, self.person)
        return "" if found is None else found.event


def test_an_invitation_has_the_title_in_the_members_language() -> None:
    """Club, event, title and day, as the programme has them; in the first language where the member's is not there."""
    assert invitation_for(Guest(club(evening("spring", 8))).now, OLENA) == Invited("wine", "spring", "Дегустація", date(2026, 11, 30))
    found = invitation_for(Guest(club(evening("spring", 8))).now, Person("ru"))
    assert found is not None
    assert found.title == "Tasting"


@pytest.mark.parametrize(("ahead", "asked"), [(-1, ""), (0, ""), (1, "e"), (AHEAD_DAYS, "e"), (AHEAD_DAYS + 1, "")])
def test_an_invitation_comes_within_thirty_days_and_not_on_the_day_itself(ahead: int, asked: str) -> None:
    """From thirty days before to the day before."""
    assert Guest(club(evening("e", ahead))).asked == asked


def test_the_nearest_evening_is_asked_first() -> None:
    """Whatever their order in the programme, and across clubs; of two on one day always the same."""
    wine, tea = club(evening("b", 9), evening("a", 5)), club(evening("c", 3), evening("d", 5), id_="tea")
    guest = Guest(wine, tea)
    assert guest.asked == "a"
    guest.do(ClubJoined("m_1", "tea"))
    asked = []
    for where in ("tea", "tea", "wine", "wine"):
        asked.append(guest.asked)
        guest.do(Replied(CARD, where, guest.asked, True))
    assert asked == ["c", "d", "a", "b"]
    assert guest.asked == ""


@pytest.mark.parametrize("coming", [True, False])
def test_each_evening_is_asked_about_once(coming: bool) -> None:
    """Yes and no both end it; an answer for another club's evening of the same name does not."""
    assert Guest(club(evening("e", 3))).do(Replied(CARD, "wine", "e", coming)).asked == ""
    assert Guest(club(evening("e", 3))).do(Replied(CARD, "tea", "e", coming)).asked == "e"


def test_only_members_of_the_club_are_invited() -> None:
    """By invitation or by rule; whoever left is invited no more."""
    assert Guest(club(evening("e", 3), id_="tea"), club()).asked == ""
    assert Guest(club(evening("e", 3))).do(ClubLeft("m_1", "wine")).asked == ""
    buyers = Club("tea", TITLE, ClubJoin.RULE, ("buyer", "client", "prospect"), event=(evening("e", 3),))
    assert Guest(buyers, club()).asked == "e"


def test_nobody_is_invited_to_a_full_evening() -> None:
    """What the hub has told to be full is left out, and the next one is asked about."""
    both = club(evening("near", 3), evening("far", 9))
    assert Guest(both, person=replace(OLENA, full_events=("wine/near",))).asked == "far"
    assert Guest(both, person=replace(OLENA, full_events=("wine/near", "wine/far"))).asked == ""
    assert Guest(both, person=replace(OLENA, full_events=("tea/near",))).asked == "near"


def test_somebody_of_whom_nothing_is_told_is_invited_to_nothing() -> None:
    """Of a stranger no kiosk knows which evenings are full."""
    assert Guest(club(evening("e", 3)), person=None).asked == ""


def test_nobody_is_invited_after_a_bad_face() -> None:
    """Not at that visit, nor on that day once the case is closed; on the next day they are."""
    guest = Guest(club(evening("e", 3))).come(NOON_MS + 5 * 60 * MINUTE_MS, Face.BAD)
    assert guest.asked == ""
    case = guest.account.voice.cases[-1].id
    assert guest.do(CaseAnswered(CARD, case, right=True)).asked == ""
    assert guest.come(NOON_MS + DAY_MS).asked == "e"


def test_nobody_is_invited_with_a_case_open() -> None:
    """However it came, until the customer closes it."""
    guest = Guest(club(evening("e", 3))).do(CaseOpened("m_1", "c1", CaseSource.HOTLINE))
    assert guest.asked == ""
    assert guest.do(CaseAnswered(CARD, "c1", right=True)).asked == "e"


@pytest.mark.parametrize("body", [QuestionAnswered(CARD, "q", "a"), QuestionSkipped(CARD, "q")])
def test_one_thing_is_asked_at_a_visit(body: Body) -> None:
    """After a question of the programme, answered or not, the invitation waits for the next visit, be it of the same day."""
    guest = Guest(club(evening("e", 3))).do(body)
    assert guest.asked == ""
    assert guest.come(NOON_MS + 60 * MINUTE_MS).asked == "e"


def test_the_tap_of_the_day_is_the_check_in() -> None:
    """Every evening of today of the member's clubs, once each."""
    guest = Guest(club(evening("before", -1), evening("now", 0), evening("too", 0)), club(evening("theirs", 0), id_="tea"))
    bodies = check_ins(guest.now, CARD)
    assert bodies == [CheckedIn(CARD, "wine", "now"), CheckedIn(CARD, "wine", "too")]
    assert check_ins(guest.do(bodies[0]).now, CARD) == bodies[1:]


def test_full_evenings_come_by_wire_within_bounds() -> None:
    """The longest names there are pass, as many as may be; what names no club and event, and more of them, is refused."""
    most = tuple(f"{'c' * 32}/{number:032}" for number in range(EVENTS_MAX))
    told = replace(OLENA, full_events=most)
    assert read(Person, write(told), "who") == told
    for wrong in (("wine",), ("wine/e/f",), ("Wine/e",), (*most, "wine/e")):
        with pytest.raises(Malformed, match=r"who\.full_events"):
            read(Person, write(replace(OLENA, full_events=wrong)), "who")


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def around(facts: list[Fact]) -> tuple[Rulebook, int]:
    """A programme whose clubs have evenings around the day of the last fact, and its moment."""
    at = max(each.when_ms for each in facts)
    today = book(KYIV).calendar.day_of(at)
    events = tuple(evening(f"e-{place}", ahead, today) for place, ahead in enumerate((-1, 0, 1, 2, 15, 30, 31)))
    clubs = (Club("insiders", TITLE, event=events), Club("friends", TITLE, ClubJoin.RULE, ("buyer", "client"), event=events))
    return histories.book(*histories.RULES, club=clubs, zone=KYIV), at


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(facts=histories.HISTORIES, end=st.lists(st.sampled_from((Face.GOOD, Face.BAD)), max_size=2), joins=st.booleans())
def test_no_history_leads_to_an_invitation_at_the_wrong_time(facts: list[Fact], end: list[Face], joins: bool) -> None:
    """Never with a case open, and else only to an evening of the member's own clubs, ahead, unanswered, not full, and the nearest such."""
    last = max((each.when_ms for each in facts), default=NOON_MS)
    more: list[Body] = [*([ClubJoined(histories.MEMBER, "insiders")] if joins else []), histories.visit()]
    more += [histories.rating(face, 10_000 + place) for place, face in enumerate(end)]
    facts = [*facts, *(histories.fact(body, last + 1 + place, 10_000 + place, "k9") for place, body in enumerate(more))]
    by, at = around(facts)
    now = advance(fold(facts, by, histories.MEMBER), at, by)
    person = Person("en", full_events=("insiders/e-2", "friends/e-3"))
    found, circle = invitation_for(now, person), now.account.circle
    if now.account.voice.open_cases():
        assert found is None
    if found is None:
        return
    free = [
        (event.day, each.id, event.id)
        for each in by.now.club
        for event in each.event
        if each.id in {*circle.clubs, *circle.derived}
        and f"{each.id}/{event.id}" not in {*circle.replies, *person.full_events}
        and 1 <= event.day.toordinal() - now.day <= 30
    ]
    assert (found.day, found.club, found.event) == min(free)
