"""A club's evening at the kiosk, as short stories: the invitation after a good face, and the tap at the door."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from display.scenes import Answer, Ask, Button, Choose, Greeting, Hide, Intent, Invited, Pick, PutRight, Rate, Ready, Scene, Thanks, WhyBad
from display.scenes import MenuEntry as Entry
from kiosk.messages import CardRead, Commit
from kiosk.phases import Beckoned, Shop
from kiosk.talking import ASK_MS, DEAF_MS, THANKS_MS
from loyalty.account import Account, fold
from loyalty.facts import Body, CheckedIn, ClubJoined, Face, QuestionAnswered, Rating, Replied, Visit
from loyalty.programme.saying import Club, ClubEvent
from tests.builders import CARD, DAY_MS, NOON_MS, fact, state, view, visit
from tests.kiosk_on_paper import EVIDENCE, NAMED, PaperKiosk, lively

HOUR_MS = 3_600_000
TASTING = ClubEvent("tasting", {"en": "Tasting", "uk": "Дегустація"}, date(2026, 11, 30))
CONCERT = ClubEvent("concert", {"en": "Concert", "uk": "Концерт"}, date(2026, 12, 5))
TO_THE_TASTING = Invited("Дегустація", date(2026, 11, 30))


def club_shop(*events: ClubEvent, **tables: Any) -> Shop:
    """A lively shop without questions whose one club has these evenings."""
    return lively(**({"question": (), "club": (Club("insiders", NAMED, event=events or (TASTING,)),)} | tables))


def insider(shop: Shop, *before: Body) -> Account:
    """Somebody of the club, who came a week ago, and to whom this happened since."""
    happened = [(7, visit()), (6, ClubJoined("m_1", "insiders")), *((5, body) for body in before)]
    return fold([fact(number, body, NOON_MS - days * DAY_MS, "k2") for number, (days, body) in enumerate(happened, 1)], shop.book, "m_1")


def at_counter(shop: Shop | None = None, *before: Body, **person: Any) -> PaperKiosk:
    """A kiosk of the shop, and a member of the club whom it knows."""
    shop = shop or club_shop()
    return PaperKiosk(state(shop)).knows(view(holds=insider(shop, *before), **person))


def beckoned(kiosk: PaperKiosk | None = None) -> PaperKiosk:
    """The same after a good face, once the invitation can have been read."""
    return (kiosk or at_counter()).lay().touch(Rate(Face.GOOD)).wait(DEAF_MS)


def at_the_next_visit(kiosk: PaperKiosk) -> Scene:
    """What is on the glass after a good face an hour later."""
    return beckoned(kiosk.lift().wait(HOUR_MS)).scene


def kinds(kiosk: PaperKiosk) -> set[type[Body]]:
    """Which kinds of facts are on disk."""
    return {type(body) for body in kiosk.acts}


def test_a_good_face_leads_to_the_invitation() -> None:
    """Title and day, in the member's language, once the rating is on disk; the phase knows no name and no balance."""
    kiosk = beckoned()
    assert kiosk.scene == TO_THE_TASTING
    assert (kiosk.frame.language, kiosk.bodies) == ("uk", ["Visit", "Rating"])
    assert isinstance(kiosk.state.talk.phase, Beckoned)
    assert "Марія" not in repr(kiosk.state.talk.phase)


@pytest.mark.parametrize(("intent", "coming"), [(Answer(True), True), (Answer(False), False), (Button(0), True), (Button(1), False)])
def test_an_answer_is_written_thanked_for_and_not_asked_again(intent: Intent, coming: bool) -> None:
    """Yes and no are on disk before the thanks, which are the same for both, with what the face gave; the next visit asks nothing."""
    kiosk = beckoned().touch(intent)
    assert kiosk.acts[-1] == Replied(CARD, "insiders", "tasting", coming)
    assert kiosk.scene == Thanks(bad=False, earned=2)
    assert kiosk.wait(THANKS_MS).scene == Ready("Кавʼярня")
    assert isinstance(at_the_next_visit(kiosk), Thanks)


@pytest.mark.parametrize("intent", [Hide(), Button(3)])
def test_a_skipped_invitation_comes_again(intent: Intent) -> None:
    """Nothing is written, the face is thanked for all the same, and the next visit asks again."""
    kiosk = beckoned().touch(intent)
    assert kiosk.scene == Thanks(bad=False, earned=2)
    assert kiosk.bodies == ["Visit", "Rating"]
    assert at_the_next_visit(kiosk) == TO_THE_TASTING


def test_silence_on_an_invitation_is_no_answer() -> None:
    """It stays its time and goes; nothing is written, nobody is thanked, and the next visit asks again."""
    kiosk = at_counter().lay().touch(Rate(Face.VERY_GOOD))
    assert kiosk.wait(ASK_MS - 1).scene == TO_THE_TASTING
    assert kiosk.wait(1).scene == Ready("Кавʼярня")
    assert kiosk.bodies == ["Visit", "Rating"]
    assert at_the_next_visit(kiosk) == TO_THE_TASTING


def test_the_finger_that_pressed_the_face_answers_no_invitation() -> None:
    """No answer is taken before it can have been read."""
    kiosk = at_counter().lay().touch(Rate(Face.GOOD), Answer(True), Button(1), Hide())
    assert kiosk.scene == TO_THE_TASTING
    assert Replied not in kinds(kiosk)


def test_what_means_nothing_on_an_invitation_does_nothing() -> None:
    """The third push-button, a choice, a face and the menu leave it where it is, until its own time is over."""
    kiosk = beckoned().touch(Button(2), Button(9), Choose(0), Rate(Face.BAD), Pick(Entry.STAFF))
    assert (kiosk.scene, kiosk.bodies) == (TO_THE_TASTING, ["Visit", "Rating"])
    assert kiosk.wait(ASK_MS - DEAF_MS).scene == Ready("Кавʼярня")


def test_an_answer_that_is_not_on_disk_is_not_thanked_for() -> None:
    """The disk refuses: nobody is thanked, and the next visit asks again."""
    kiosk = beckoned()
    kiosk.disk_works = False
    assert not isinstance(kiosk.touch(Answer(True)).scene, Thanks)
    kiosk.disk_works = True
    assert at_the_next_visit(kiosk) == TO_THE_TASTING


def test_nobody_is_invited_after_a_bad_face() -> None:
    """The only question is why; and while the case is open a good face invites to nothing either."""
    kiosk = at_counter().lay().touch(Rate(Face.BAD))
    assert isinstance(kiosk.scene, WhyBad)
    kiosk.wait(HOUR_MS).lift().lay()
    assert isinstance(kiosk.scene, PutRight)
    kiosk.touch(Hide(), Rate(Face.VERY_GOOD))
    assert isinstance(kiosk.scene, Thanks)
    assert not any(isinstance(shown.frame.scene, Invited) for shown in kiosk.shown)


def test_a_full_evening_invites_nobody() -> None:
    """What the hub has told to be full is not asked about; the next evening is."""
    assert isinstance(beckoned(at_counter(full_events=("insiders/tasting",))).scene, Thanks)
    both = club_shop(TASTING, CONCERT)
    assert beckoned(at_counter(both, full_events=("insiders/tasting",))).scene == Invited("Концерт", CONCERT.day)


@pytest.mark.parametrize("coming", [True, False])
def test_an_answer_given_at_another_kiosk_holds(coming: bool) -> None:
    """Who has answered anywhere is not asked; the evening after it is asked about."""
    answered = Replied(CARD, "insiders", "tasting", coming)
    assert isinstance(beckoned(at_counter(None, answered)).scene, Thanks)
    assert beckoned(at_counter(club_shop(TASTING, CONCERT), answered)).scene == Invited("Концерт", CONCERT.day)


def test_only_the_club_is_invited() -> None:
    """A member who is not in it, and a card nobody has told about, are thanked."""
    shop = club_shop()
    assert isinstance(beckoned(PaperKiosk(state(shop)).knows(view())).scene, Thanks)
    assert isinstance(beckoned(PaperKiosk(state(shop))).scene, Thanks)


def test_the_one_question_comes_before_the_invitation() -> None:
    """A visit asks one thing: first what the programme asks, at the next visit whether they will come."""
    kiosk = beckoned(at_counter(club_shop(question=lively().book.now.question)))
    assert isinstance(kiosk.scene, Ask)
    kiosk.touch(Choose(0))
    assert isinstance(kiosk.scene, Thanks)
    assert kinds(kiosk) >= {QuestionAnswered}
    again = kiosk.lift().wait(500).lay(repeat=True)
    assert isinstance(again.touch(Rate(Face.GOOD)).scene, Thanks)
    assert at_the_next_visit(kiosk) == TO_THE_TASTING


def test_a_hidden_balance_shows_no_points_after_an_invitation() -> None:
    """Neither an answer nor a skip shows what the face gave."""
    for intent in (Answer(True), Hide()):
        assert beckoned(at_counter(hide_balance=True)).touch(intent).scene == Thanks(bad=False, earned=0)


def test_another_card_ends_an_invitation() -> None:
    """Whoever lays a card down next is greeted, and the invitation is nobody's answer."""
    kiosk = beckoned().lift().lay("b" * 32)
    assert isinstance(kiosk.scene, Greeting)
    assert Replied not in kinds(kiosk)


@pytest.mark.parametrize("reply", [None, True, False])
def test_the_tap_at_the_door_is_the_check_in(reply: bool | None) -> None:
    """On the evening's day it is written with the visit, in one commit, whatever was answered, and only once; nobody is invited then."""
    shop = club_shop()
    kiosk = at_counter(shop, *([] if reply is None else [Replied(CARD, "insiders", "tasting", reply)])).wait(8 * DAY_MS)
    kiosk.arrive()
    done = kiosk.handle(CardRead(kiosk.now(), kiosk.presentation, CARD, EVIDENCE))
    (commit,) = [effect for effect in done if isinstance(effect, Commit)]
    assert [body for body in commit.bodies if isinstance(body, Visit | CheckedIn)] == [
        Visit(CARD, EVIDENCE),
        CheckedIn(CARD, "insiders", "tasting"),
    ]
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.scene.earned == 10 + 4
    assert isinstance(kiosk.touch(Rate(Face.GOOD)).scene, Thanks)
    kiosk.lift().wait(HOUR_MS).lay()
    assert sum(isinstance(body, CheckedIn) for body in kiosk.acts) == 1
    assert sum(isinstance(body, Rating) for body in kiosk.acts) == 1
