"""What is said to a member, asked of them and chosen by them, as short stories: each with what is on disk when it is on the glass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from display.scenes import (
    Answer,
    Ask,
    Because,
    BringFriend,
    Button,
    Choose,
    ConfirmReward,
    FriendJoined,
    FriendKnown,
    Greeting,
    Hide,
    Menu,
    MenuEntry,
    MoreTime,
    NotNow,
    OpenMenu,
    Pick,
    PutRight,
    Rate,
    Reading,
    Ready,
    Refusal,
    RewardCode,
    Rewards,
    SeeStaff,
    StaffCalled,
    Thanks,
    UnknownCard,
    WhyBad,
)
from kiosk.choices import CALLED_MS, INVITE_MS, RESERVE_WAIT_MS
from kiosk.messages import CardRead, Commit, Note, Send, SendFacts
from kiosk.phases import Shop
from kiosk.talking import ASK_MS, CHOOSE_MS, CODE_MS, DEAF_MS, EXTENSIONS_MAX, NOTICE_MS, THANKS_MS
from kiosk.visit import AGAIN_MS, LOOKUP_WAIT_MS, SORRY_MS
from loyalty.account import Account, fold
from loyalty.account.voice import CaseStatus
from loyalty.counter.person import Letter, Occasion
from loyalty.counter.standing import MemberView
from loyalty.facts import (
    AssistRequested,
    Body,
    CaseAnswered,
    CheckedIn,
    ClubJoined,
    Face,
    Granted,
    GreetingShown,
    NoteShown,
    NoteWritten,
    QuestionAnswered,
    QuestionSkipped,
    Rating,
    ReasonCode,
    Redeemed,
    ReferralOpened,
    Referred,
    Visit,
)
from loyalty.programme.ladder import Basis, Tier, TierScheme
from loyalty.programme.rules import Expiry, ExpiryPolicy, Once, Rule, Status, Trigger
from loyalty.said import GreetingKind, Said
from mqtt.messages import Members, Reserve, ReserveAnswer, ReserveStatus, Urgent
from mqtt.wire import encode
from tests.builders import CARD, DAY_MS, EPOCH, NOON_MS, OTHER_CARD, THIRD_CARD, account, balance, fact, state, view, visit
from tests.kiosk_on_paper import EVIDENCE, NAMED, PaperKiosk, lively

KIND = GreetingKind
FRIENDS_CARD = THIRD_CARD
BIRTHDAY = Occasion("birthday", date(2026, 11, 20).toordinal(), date(2026, 11, 26).toordinal(), "2026")
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def told(shop: Shop, *events: tuple[int, Body]) -> Account:
    """A member to whom these things happened, each so many days before noon."""
    facts = [fact(number, body, NOON_MS - days * DAY_MS, "k2") for number, (days, body) in enumerate(events, 1)]
    return fold(facts, shop.book, "m_1")


def regular(shop: Shop, points: int = 0, *events: tuple[int, Body]) -> Account:
    """Somebody who came every Sunday for six weeks, so that only what a story is about is worth a word."""
    visits = [(days, visit()) for days in (42, 35, 28, 21, 14, 7)]
    promoted = (6, GreetingShown(CARD, KIND.PROMOTION, "rung:client"))
    made = told(shop, *visits, promoted, *events)
    made.ledger.credit(points, NOON_MS - DAY_MS, 2**53 - 1)
    return made


def at_counter(shop: Shop | None = None, **known: Any) -> PaperKiosk:
    """A kiosk of a lively shop and a member it knows."""
    return PaperKiosk(state(shop or lively())).knows(view(**known))


def said(kiosk: PaperKiosk) -> Said | None:
    """The one thing that is said beside name and balance."""
    scene = kiosk.scene
    assert isinstance(scene, Greeting)
    return scene.said


def kind(kiosk: PaperKiosk) -> GreetingKind | None:
    """Its kind."""
    found = said(kiosk)
    return found.kind if found else None


def committed(kiosk: PaperKiosk, card: str = CARD) -> list[Body]:
    """What one tap writes down, in one commit."""
    kiosk.arrive()
    done = kiosk.handle(CardRead(kiosk.now(), kiosk.presentation, card, EVIDENCE))
    (commit,) = [effect for effect in done if isinstance(effect, Commit)]
    return list(commit.bodies)


def open_menu(kiosk: PaperKiosk, *then: Any, card: str = CARD) -> PaperKiosk:
    """A card is laid down, the menu opened, and then so on."""
    return kiosk.lay(card).touch(OpenMenu(), *then)


# What is said


def test_what_is_said_is_written_with_the_visit() -> None:
    """A visit and what is said at it are one commit: it is never said again too soon, whatever happens next."""
    kiosk = at_counter(lively(campaign=()))
    bodies = committed(kiosk)
    assert bodies == [Visit(CARD, EVIDENCE), GreetingShown(CARD, KIND.WELCOME)]
    assert kind(kiosk) is KIND.WELCOME


def test_a_birthday_is_greeted_and_its_gift_written_with_the_visit() -> None:
    """The gift is decided at the tap, is on disk with the visit before it is told, and is given once in the year."""
    shop = lively(campaign=())
    kiosk = at_counter(shop, holds=regular(shop), occasions=(BIRTHDAY,))
    bodies = committed(kiosk)
    found = said(kiosk)
    assert found is not None
    assert found == Said(KIND.BIRTHDAY, "2026", found.variant, points=25, word="Кава")
    shown = GreetingShown(CARD, KIND.BIRTHDAY, "2026", found.variant, offer=True)
    assert bodies == [Visit(CARD, EVIDENCE), Granted(CARD, "birthday", "2026"), shown]
    assert isinstance(kiosk.scene, Greeting)
    assert (kiosk.scene.balance, kiosk.scene.earned) == (60 + 10 + 25, 35)
    again = committed(kiosk.wait(HOUR_MS))
    assert not any(isinstance(body, Granted) for body in again)
    assert kind(kiosk) is not KIND.BIRTHDAY


def test_points_about_to_burn_are_told_with_their_day() -> None:
    """Points whose last day is near are told first of all that sells, with how many and until when."""
    shop = lively(expiry=Expiry(days=30), rule=(Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10),))
    kiosk = at_counter(shop, holds=told(shop, (28, visit()), (3, GreetingShown(CARD, KIND.PROMOTION, "rung:client")))).lay()
    found = said(kiosk)
    assert found is not None
    assert (found.kind, found.points, found.day) == (KIND.BURN, 10, date(2026, 11, 24))


def test_a_tier_is_told_at_the_tap_that_reaches_it() -> None:
    """Whoever comes up by this very visit hears it at once, sees the tier's name, and hears it once."""
    tiers = (Tier("standard", NAMED), Tier("gold", {"en": "Gold", "uk": "Золото"}, 3))
    shop = lively(tier=tiers, tiers=TierScheme(Basis.VISITS), campaign=())
    kiosk = at_counter(shop, holds=told(shop, (8, visit()), (7, visit()), (7, GreetingShown(CARD, KIND.PROMOTION, "rung:client")))).lay()
    assert said(kiosk) == Said(KIND.PROMOTION, "tier:gold", word="Золото")
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.scene.tier == "Золото"
    assert kind(kiosk.wait(HOUR_MS).lay()) is not KIND.PROMOTION


def test_whoever_was_away_for_long_is_welcomed_back() -> None:
    """An absence far beyond the member's own habit is noticed, once, at the first tap."""
    shop = lively(campaign=())
    weekly = [(days, visit()) for days in range(150, 90, -7)]
    kiosk = at_counter(shop, holds=told(shop, *weekly, (90, GreetingShown(CARD, KIND.PROMOTION, "rung:client"))))
    assert kind(kiosk.lay()) is KIND.WELCOME_BACK
    assert kind(kiosk.wait(HOUR_MS).lay()) is not KIND.WELCOME_BACK


def test_a_note_is_read_once() -> None:
    """Words that a person wrote are shown at one tap, and that they were is on disk with it."""
    shop = lively()
    letter = Letter("n-1", "Ваша парасолька у нас", "Олена")
    kiosk = at_counter(shop, holds=regular(shop, 0, (1, NoteWritten("m_1", "n-1", "s-1"))), letters=(letter,))
    assert NoteShown(CARD, "n-1") in committed(kiosk)
    assert said(kiosk) == Said(KIND.NOTE, "n-1", word="Ваша парасолька у нас", by="Олена")
    assert kind(kiosk.wait(HOUR_MS).lay()) is not KIND.NOTE


def test_an_evening_of_the_club_begins_with_the_tap() -> None:
    """On the day of a club's evening the tap of somebody who belongs to it is the check-in, with its points; others are not checked in."""
    shop = lively()
    kiosk = at_counter(shop, holds=regular(shop, 0, (2, ClubJoined("m_1", "insiders"))))
    assert CheckedIn(CARD, "insiders", "night") in committed(kiosk)
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.scene.earned == 10 + 4
    assert not any(isinstance(body, CheckedIn) for body in committed(kiosk.wait(HOUR_MS)))
    assert not any(isinstance(body, CheckedIn) for body in committed(at_counter(shop, holds=regular(shop))))


def test_a_card_that_comes_right_back_sees_the_same_words() -> None:
    """A hand that wavers is not told something else, and nothing more is written."""
    kiosk = at_counter().lay()
    before, count = said(kiosk), len(kiosk.facts)
    assert said(kiosk.lift().wait(500).lay(repeat=True)) == before
    assert len(kiosk.facts) == count


def test_a_surprise_is_counted_against_the_kiosks_day() -> None:
    """Of surprises each kiosk gives so many in a day and no more, whoever comes; on the next day it gives again."""
    surprise = Rule("surprise", Trigger.SURPRISE, Status.ACTIVE, points=7, one_in=1, kiosk_day_max=2)
    kiosk = PaperKiosk(state(lively(rule=(surprise,))))
    cards = [f"{n:032x}" for n in range(4)]
    for card in cards:
        kiosk.knows(view(holds=account(member=f"m_{card}")), card)
        kiosk.lay(card).wait(MINUTE_MS)
    assert [body.card for body in kiosk.acts if isinstance(body, Granted)] == cards[:2]
    kiosk.now_ms += DAY_MS
    kiosk.lay(cards[3])
    assert [body.card for body in kiosk.acts if isinstance(body, Granted)] == [*cards[:2], cards[3]]


# Nothing is promised that a disk refuses


def test_a_refused_disk_gives_nothing_and_says_nothing() -> None:
    """If the visit cannot be written neither gift nor words are there; the next tap gives the gift."""
    shop = lively(campaign=())
    kiosk = at_counter(shop, holds=regular(shop), occasions=(BIRTHDAY,))
    kiosk.disk_works = False
    kiosk.lay()
    assert kiosk.facts == []
    assert not any(isinstance(shown.frame.scene, Greeting) for shown in kiosk.shown)
    kiosk.disk_works = True
    assert Granted(CARD, "birthday", "2026") in committed(kiosk.lift().wait(AGAIN_MS))


def test_a_reward_that_is_not_on_disk_has_no_code() -> None:
    """No code is shown for points that were not taken."""
    kiosk = open_menu(at_counter(points=200), Pick(MenuEntry.REWARDS), Choose(0))
    kiosk.disk_works = False
    kiosk.touch(Answer(True))
    assert not any(isinstance(shown.frame.scene, RewardCode) for shown in kiosk.shown)
    assert balance(kiosk.known[CARD], lively().book) == 210
    assert kiosk.state.talk.today.offline_points == 0


# Putting a bad visit right


def after_a_bad_visit(kiosk: PaperKiosk | None = None) -> PaperKiosk:
    """A member who pressed a bad face, and a quarter of an hour later lays the card down again."""
    kiosk = kiosk or at_counter(points=200)
    kiosk.lay().touch(Rate(Face.VERY_BAD)).wait(DEAF_MS).touch(Because(ReasonCode.WAITING)).lift()
    return kiosk.wait(15 * MINUTE_MS).lay()


def case_of(kiosk: PaperKiosk) -> tuple[str, CaseStatus]:
    """The one case of the member, as this kiosk knows it."""
    (case,) = kiosk.known[CARD].account(lively().book).voice.cases
    return case.id, case.status


def test_after_a_bad_visit_the_customer_is_asked_first() -> None:
    """At the next visit comes, before the greeting, the question whether it was put right."""
    kiosk = after_a_bad_visit()
    assert kiosk.scene == PutRight("Марія")
    assert kiosk.frame.language == "uk"
    assert case_of(kiosk)[1] is CaseStatus.OPEN


def test_a_customer_who_just_complained_is_not_asked() -> None:
    """Within ten minutes nothing can have been put right: the card greets as ever, without a word that sells."""
    kiosk = at_counter(points=200).lay().touch(Rate(Face.BAD)).wait(9 * MINUTE_MS).lay()
    assert isinstance(kiosk.scene, Greeting)
    assert kind(kiosk) not in (KIND.RECOVERY, KIND.CAMPAIGN)


def urgent(kiosk: PaperKiosk) -> list[Urgent]:
    """What the kiosk told the hub ahead of all that waits."""
    told = [said for said in kiosk.said if isinstance(said, Urgent)]
    assert all(encode(said, "s0", "k1").payload for said in told)
    return told


@pytest.mark.parametrize("face", list(Face))
def test_a_bad_face_is_told_at_once_and_a_good_one_waits_its_turn(face: Face) -> None:
    """Beside the fact, with its number, once it is on disk, and before any fact is sent."""
    kiosk = at_counter().online().lay()
    before = len(kiosk.effects)
    kiosk.touch(Rate(face))
    assert urgent(kiosk) == ([Urgent(EPOCH, kiosk.number_of(Rating), CARD, face)] if face.is_bad else [])
    sent = [type(effect) for effect in kiosk.effects[before:] if isinstance(effect, Send | SendFacts)]
    assert sent[0] is (Send if face.is_bad else SendFacts)


def test_without_a_link_nobody_is_told_twice_later() -> None:
    """The rating itself will tell when there is a link again."""
    kiosk = at_counter().lay().touch(Rate(Face.VERY_BAD))
    assert urgent(kiosk.online()) == []


def test_put_right_closes_the_case_for_good() -> None:
    """Yes: the fact is on disk, the case is confirmed, the greeting goes on with its full time, and nobody asks again."""
    kiosk = after_a_bad_visit()
    case, _ = case_of(kiosk)
    kiosk.touch(Answer(True))
    assert kiosk.acts[-1] == CaseAnswered(CARD, case, True)
    assert case_of(kiosk) == (case, CaseStatus.CONFIRMED)
    assert isinstance(kiosk.scene, Greeting)
    assert isinstance(kiosk.wait(7_999).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")
    assert isinstance(kiosk.wait(HOUR_MS).lay().scene, Greeting)


def test_not_yet_opens_the_case_again() -> None:
    """Not yet: the case is reopened, the greeting goes on, and the next visit asks again."""
    kiosk = after_a_bad_visit()
    case, _ = case_of(kiosk)
    kiosk.touch(Answer(False))
    assert kiosk.acts[-1] == CaseAnswered(CARD, case, False)
    assert case_of(kiosk) == (case, CaseStatus.REOPENED)
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.wait(HOUR_MS).lay().scene == PutRight("Марія")


@pytest.mark.parametrize("way", ["silence", "hide", "button"])
def test_no_word_on_a_case_leaves_it_open(way: str) -> None:
    """Whoever says nothing is greeted all the same, nothing is written for it, and the next visit asks again."""
    kiosk = after_a_bad_visit()
    count = len(kiosk.facts)
    if way == "silence":
        assert kiosk.wait(ASK_MS - 1).scene == PutRight("Марія")
        kiosk.wait(1)
    else:
        kiosk.touch(Hide() if way == "hide" else Button(3))
    assert isinstance(kiosk.scene, Greeting)
    assert len(kiosk.facts) == count
    assert kiosk.wait(HOUR_MS).lay().scene == PutRight("Марія")


@pytest.mark.parametrize(("index", "right"), [(0, True), (1, False)])
def test_buttons_answer_for_a_case(index: int, right: bool) -> None:
    """The first push-button says yes, the second not yet; the third says nothing."""
    kiosk = after_a_bad_visit()
    assert kiosk.touch(Button(2)).scene == PutRight("Марія")
    kiosk.touch(Button(index))
    body = kiosk.acts[-1]
    assert isinstance(body, CaseAnswered)
    assert body.right is right


def test_nothing_is_sold_while_a_case_is_open() -> None:
    """No campaign, no points that burn and no gift is told until the customer says that it was put right."""
    shop = lively(expiry=Expiry(days=30))
    kiosk = after_a_bad_visit(at_counter(shop, holds=told(shop, (28, visit()), (27, visit()))))
    spoken = [body for body in kiosk.facts if isinstance(body.body, GreetingShown)]
    assert [fact.body.offer for fact in spoken if isinstance(fact.body, GreetingShown)][-1] is False
    kiosk.touch(Answer(False))
    assert said(kiosk) is None


# The one question


def asked(kiosk: PaperKiosk | None = None) -> PaperKiosk:
    """A member who pressed a good face and is asked."""
    return (kiosk or at_counter()).lay().touch(Rate(Face.GOOD))


def test_a_good_face_may_lead_to_the_one_question() -> None:
    """The question comes in the member's language; an answer is on disk before it is thanked for, with what both gave."""
    kiosk = asked()
    assert kiosk.scene == Ask("Чай?", ("слова",) * 4)
    assert kiosk.frame.language == "uk"
    kiosk.wait(DEAF_MS).touch(Choose(2))
    assert kiosk.acts[-1] == QuestionAnswered(CARD, "tea", "c2")
    assert kiosk.scene == Thanks(bad=False, earned=2 + 3)
    assert kiosk.wait(THANKS_MS).scene == Ready("Кавʼярня")


def test_the_thank_you_does_not_depend_on_the_answer() -> None:
    """Every choice gives the same."""
    for choice in range(4):
        assert asked().wait(DEAF_MS).touch(Choose(choice)).scene == Thanks(bad=False, earned=5)


def test_nobody_is_asked_after_a_bad_face() -> None:
    """After a bad rating the only question is why, also when the reason was given."""
    kiosk = at_counter().lay().touch(Rate(Face.BAD)).wait(DEAF_MS).touch(Because(ReasonCode.PRICE))
    kiosk.wait(HOUR_MS)
    assert not any(isinstance(shown.frame.scene, Ask) for shown in kiosk.shown)


def test_a_skipped_question_is_written() -> None:
    """No thanks is an answer: it is on disk, so that nobody is asked the same soon, and it costs no point."""
    kiosk = asked().wait(DEAF_MS).touch(Hide())
    assert kiosk.acts[-1] == QuestionSkipped(CARD, "tea")
    assert kiosk.scene == Thanks(bad=False, earned=2)
    assert isinstance(kiosk.wait(HOUR_MS).lay().touch(Rate(Face.GOOD)).scene, Thanks)


def test_silence_on_a_question_is_written_and_thanks_nobody() -> None:
    """Whoever has gone has answered too: on disk, and nobody is thanked."""
    kiosk = asked()
    assert isinstance(kiosk.wait(ASK_MS - 1).scene, Ask)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")
    assert kiosk.acts[-1] == QuestionSkipped(CARD, "tea", silent=True)


def test_the_finger_that_pressed_the_face_answers_nothing() -> None:
    """No choice is taken before it can have been read."""
    kiosk = asked().touch(Choose(0), Hide(), Button(1))
    assert isinstance(kiosk.scene, Ask)
    assert kiosk.bodies == ["Visit", "Rating"]


@pytest.mark.parametrize(("presses", "choice"), [((1,), "c1"), ((3, 0), "c3"), ((3, 3, 2), "c2"), ((3, 1, 3, 0), "c0")])
def test_buttons_answer_a_question_page_by_page(presses: tuple[int, ...], choice: str) -> None:
    """Three push-buttons choose, the last turns the page; one that means nothing on a page does nothing."""
    kiosk = asked().wait(DEAF_MS).touch(*(Button(press) for press in presses))
    assert kiosk.acts[-1] == QuestionAnswered(CARD, "tea", choice)


def test_a_member_who_hides_the_balance_is_thanked_without_points() -> None:
    """Neither rating nor answer shows a number."""
    assert asked(at_counter(hide_balance=True)).wait(DEAF_MS).touch(Choose(0)).scene == Thanks(bad=False, earned=0)
    assert asked(at_counter(hide_balance=True)).wait(DEAF_MS).touch(Hide()).scene == Thanks(bad=False, earned=0)


# The menu and what points buy


def test_the_menu_opens_by_touch_and_gives_the_greeting_back() -> None:
    """Four things to do; going back shows the greeting with its full time anew."""
    kiosk = open_menu(at_counter(points=200))
    assert kiosk.scene == Menu((MenuEntry.REWARDS, MenuEntry.FRIEND, MenuEntry.WRONG, MenuEntry.STAFF))
    greeting = kiosk.wait(CHOOSE_MS - 1).touch(Hide()).scene
    assert isinstance(greeting, Greeting)
    assert isinstance(kiosk.wait(7_999).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_a_menu_nobody_touches_is_gone_with_all_behind_it() -> None:
    """Whoever went away leaves neither list nor name."""
    assert open_menu(at_counter(points=200)).wait(CHOOSE_MS).scene == Ready("Кавʼярня")


def test_looking_around_does_not_keep_a_name_for_ever() -> None:
    """Each return to the greeting is a wish for more time, and those are counted."""
    kiosk = at_counter(points=200).lay()
    for _ in range(EXTENSIONS_MAX):
        assert isinstance(kiosk.touch(OpenMenu()).scene, Menu)
        assert isinstance(kiosk.touch(Hide()).scene, Greeting)
    assert isinstance(kiosk.touch(OpenMenu(), MoreTime()).scene, Greeting)
    assert kiosk.wait(8_000).scene == Ready("Кавʼярня")


def test_a_stranger_has_no_menu() -> None:
    """Where nobody is known there is nothing to spend and nobody to bring a friend."""
    kiosk = PaperKiosk(state(lively())).lay(FRIENDS_CARD).touch(OpenMenu())
    assert isinstance(kiosk.scene, Greeting)
    assert not kiosk.scene.options


def test_a_reward_is_shown_confirmed_taken_and_has_its_code() -> None:
    """The list, the question, and only once the points are taken on disk the code; the balance afterwards is what was said."""
    kiosk = open_menu(at_counter(points=200), Pick(MenuEntry.REWARDS))
    assert isinstance(kiosk.scene, Rewards)
    assert (kiosk.scene.balance, [(offer.title, offer.points, offer.missing) for offer in kiosk.scene.offers]) == (
        210,
        [("Кава", 50, 0), ("Горнятко", 300, 90)],
    )
    kiosk.touch(Choose(0))
    assert kiosk.scene == ConfirmReward("Кава", 50, 160)
    before = len(kiosk.facts)
    kiosk.touch(Answer(True))
    body = kiosk.facts[before].body
    assert isinstance(body, Redeemed)
    assert (body.card, body.points, body.perk, body.offline) == (CARD, 50, "coffee", True)
    assert kiosk.scene == RewardCode("Кава", body.code, 30)
    assert next(shown.facts for shown in kiosk.shown if isinstance(shown.frame.scene, RewardCode)) == before + 1
    assert kiosk.wait(10_000).scene == RewardCode("Кава", body.code, 20)
    assert kiosk.wait(CODE_MS - 10_000).scene == Ready("Кавʼярня")
    greeted = kiosk.lay().scene
    assert isinstance(greeted, Greeting)
    assert greeted.balance == 160


WANTED = (Pick(MenuEntry.REWARDS), Choose(0), Answer(True))


def test_on_line_the_hub_is_asked_before_anything_is_taken() -> None:
    """Nothing is written and no code shown before its yes; the fact names what was set aside; the limits for being alone stay."""
    kiosk = open_menu(at_counter(points=200).online(), *WANTED)
    assert kiosk.scene == Reading()
    asked = kiosk.said[-1]
    assert isinstance(asked, Reserve)
    assert (asked.card, asked.perk, asked.points) == (CARD, "coffee", 50)
    kiosk.touch(Answer(True), Answer(False), Button(0))
    assert (kiosk.scene, kiosk.bodies) == (Reading(), ["Visit"])
    kiosk.decide()
    body = kiosk.acts[-1]
    assert isinstance(body, Redeemed)
    assert (body.hold, body.offline) == (asked.hold, False)
    assert asked.hold.startswith("k1/")
    assert kiosk.scene == RewardCode("Кава", body.code, 30)
    assert kiosk.state.talk.today.offline_points == 0


@pytest.mark.parametrize(
    ("status", "why", "shown"),
    [
        (ReserveStatus.REFUSED, "too_few", Refusal.TOO_FEW),
        (ReserveStatus.REFUSED, "ended", Refusal.ENDED),
        (ReserveStatus.REFUSED, "a-word-of-a-later-hub", Refusal.ENDED),
        (ReserveStatus.BLOCKED, "", Refusal.ENDED),
        (ReserveStatus.UNKNOWN, "", Refusal.ENDED),
    ],
)
def test_the_hubs_no_is_told_and_nothing_is_taken(status: ReserveStatus, why: str, shown: Refusal) -> None:
    """The points were spent elsewhere, the reward has ended, the card is blocked: in words, and without a fact."""
    kiosk = open_menu(at_counter(points=200).online(), *WANTED).decide(status, why)
    assert (kiosk.scene, kiosk.bodies) == (NotNow(shown), ["Visit"])


@pytest.mark.parametrize(("points", "then"), [(200, RewardCode), (1_000, NotNow)])
def test_a_hub_that_says_nothing_leaves_what_the_kiosk_may_do_alone(points: int, then: type) -> None:
    """After three seconds the limits for being alone hold, and the fact says that nobody was asked; an answer after that means nothing."""
    kiosk = at_counter(points=points)
    if points > 200:
        buy(buy(kiosk))  # the day's limit of this member
    open_menu(kiosk.online(), *WANTED).wait(RESERVE_WAIT_MS)
    assert isinstance(kiosk.scene, then)
    taken = [(body.offline, bool(body.hold)) for body in kiosk.acts if isinstance(body, Redeemed)]
    assert taken == ([(True, True)] if then is RewardCode else [(True, False), (True, False)])
    before = kiosk.scene
    assert kiosk.decide().scene == before


def test_a_hub_that_is_asked_too_often_is_no_hub() -> None:
    """Told to ask later, the kiosk gives at once what it may give alone, and says so in the fact."""
    kiosk = open_menu(at_counter(points=200).online(), *WANTED).decide(ReserveStatus.BUSY)
    assert isinstance(kiosk.scene, RewardCode)
    assert [(body.offline, bool(body.hold)) for body in kiosk.acts if isinstance(body, Redeemed)] == [(True, True)]


def test_the_answer_to_another_question_takes_nothing() -> None:
    """Only an answer with this question's token counts."""
    kiosk = open_menu(at_counter(points=200).online(), *WANTED)
    kiosk.hear(ReserveAnswer(b"x" * 16, ReserveStatus.HELD))
    assert (kiosk.scene, kiosk.bodies) == (Reading(), ["Visit"])


def test_the_next_customer_does_not_wait_for_a_reward() -> None:
    """A card laid down while the hub is asked takes over; the answer gives nobody anything."""
    kiosk = open_menu(at_counter(points=200).knows(view(), OTHER_CARD).online(), *WANTED).lay(OTHER_CARD).decide()
    assert isinstance(kiosk.scene, Greeting)
    assert "Redeemed" not in kiosk.bodies


def test_no_means_no() -> None:
    """Whoever does not confirm keeps the points."""
    kiosk = open_menu(at_counter(points=200), Pick(MenuEntry.REWARDS), Choose(0), Answer(False))
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.bodies == ["Visit"]


def test_too_few_points_are_told() -> None:
    """A reward beyond the balance is shown with what is missing, and cannot be taken."""
    kiosk = open_menu(at_counter(points=200), Pick(MenuEntry.REWARDS), Choose(1))
    assert kiosk.scene == NotNow(Refusal.TOO_FEW)
    assert kiosk.wait(NOTICE_MS).scene == Ready("Кавʼярня")
    assert kiosk.bodies == ["Visit"]


def test_buttons_go_through_menu_and_rewards() -> None:
    """Four push-buttons pick an entry, a reward, and yes; on a greeting they are faces."""
    kiosk = open_menu(at_counter(points=400).online()).touch(Button(0), Button(1))
    assert kiosk.scene == ConfirmReward("Горнятко", 300, 110)
    assert isinstance(kiosk.touch(Button(1)).scene, Greeting)
    assert isinstance(kiosk.touch(OpenMenu(), Button(0), Button(0), Button(0)).decide().scene, RewardCode)


# Spending without the hub


def buy(kiosk: PaperKiosk, card: str = CARD) -> PaperKiosk:
    """A coffee, for fifty points."""
    bought = open_menu(kiosk.wait(MINUTE_MS), *WANTED, card=card)
    return bought.decide() if isinstance(bought.scene, Reading) else bought


def test_alone_a_card_can_spend_so_much_in_a_day() -> None:
    """Without the hub one card spends its daily limit and no more, is told so, and can spend again on the next day and on line."""
    kiosk = at_counter(points=1_000)
    assert isinstance(buy(kiosk).scene, RewardCode)
    assert isinstance(buy(kiosk).scene, RewardCode)
    assert buy(kiosk).scene == NotNow(Refusal.OFFLINE_LIMIT)
    kiosk.now_ms += DAY_MS
    assert isinstance(buy(kiosk).scene, RewardCode)
    assert isinstance(buy(buy(kiosk).online()).scene, RewardCode)


def test_alone_a_kiosk_gives_so_much_in_a_day() -> None:
    """Whoever comes: without the hub a kiosk gives away its daily limit and no more."""
    kiosk = at_counter(points=1_000)
    for number, card in enumerate((OTHER_CARD, FRIENDS_CARD)):
        kiosk.knows(view(holds=account(1_000, member=f"m_{number + 2}")), card)
    assert isinstance(buy(kiosk).scene, RewardCode)
    assert isinstance(buy(kiosk, OTHER_CARD).scene, RewardCode)
    assert isinstance(buy(kiosk, OTHER_CARD).scene, RewardCode)
    assert buy(kiosk, FRIENDS_CARD).scene == NotNow(Refusal.OFFLINE_LIMIT)
    kiosk.now_ms += DAY_MS
    assert isinstance(buy(kiosk, FRIENDS_CARD).scene, RewardCode)


def test_alone_nobody_spends_from_an_old_balance() -> None:
    """A balance that nobody confirmed for two days is told, and not spent from; on line it is."""
    kiosk = at_counter(points=1_000, as_of_ms=NOON_MS - 48 * HOUR_MS)
    assert isinstance(open_menu(kiosk, *WANTED).scene, RewardCode)
    kiosk.now_ms += 1
    assert open_menu(kiosk, Pick(MenuEntry.REWARDS), Choose(0)).scene == NotNow(Refusal.STALE)
    assert isinstance(buy(kiosk.online()).scene, RewardCode)


def test_the_balance_is_looked_at_again_when_yes_is_said() -> None:
    """Between the list and the yes the limit may have been used up: the yes is refused with words, and nothing is written."""
    kiosk = open_menu(at_counter(points=1_000), Pick(MenuEntry.REWARDS), Choose(0))
    talk = kiosk.state.talk
    spent = replace(talk.today, day=date(2026, 11, 22).toordinal(), offline_points=150)
    kiosk.state = replace(kiosk.state, talk=replace(talk, today=spent))
    assert kiosk.touch(Answer(True)).scene == NotNow(Refusal.OFFLINE_LIMIT)
    assert kiosk.bodies == ["Visit"]


@pytest.mark.parametrize(("word", "why"), [({"points": 0}, Refusal.TOO_FEW), ({"points": 500, "blocked": True}, Refusal.ENDED)])
def test_newer_word_from_the_hub_counts_before_the_yes(word: dict[str, Any], why: Refusal) -> None:
    """Points spent elsewhere, or a card blocked, while the list is read: the yes is refused, and nothing is written."""
    kiosk = open_menu(at_counter(points=200).online(), Pick(MenuEntry.REWARDS), Choose(0))
    blocked = word.pop("blocked", False)
    newer = replace(view(version=99, covers=((EPOCH, 99),), **word), blocked=blocked)
    kiosk.hear(Members(((CARD, newer),)))
    assert isinstance(kiosk.scene, ConfirmReward)
    assert kiosk.touch(Answer(True)).scene == NotNow(why)
    assert "Redeemed" not in kiosk.bodies


def test_a_card_blocked_a_moment_ago_is_not_greeted_again() -> None:
    """Laid again at once, it is sent to the staff like at any other time."""
    kiosk = at_counter(points=200).lay().lift()
    kiosk.hear(Members(((CARD, replace(view(version=99), blocked=True)),)))
    assert kiosk.lay(repeat=True).scene == SeeStaff()


# Bringing a friend


def invited(kiosk: PaperKiosk | None = None) -> PaperKiosk:
    """A member who pressed "bring a friend"."""
    return open_menu(kiosk or at_counter(points=200), Pick(MenuEntry.FRIEND))


def test_bringing_a_friend_begins_with_a_fact_and_a_minute() -> None:
    """The invitation is on disk before it is on the glass, counts down, and ends by itself."""
    kiosk = invited()
    assert kiosk.acts[-1] == ReferralOpened(CARD)
    assert kiosk.scene == BringFriend(60)
    assert kiosk.wait(INVITE_MS - 1).scene == BringFriend(1)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")
    assert kiosk.state.talk.invitation is None


def test_a_new_card_within_the_minute_is_the_friends() -> None:
    """The friend's first visit and who brought them are one commit; both are thanked, then the friend is greeted."""
    kiosk = invited()
    opened = kiosk.number_of(ReferralOpened)
    bodies = committed(kiosk.wait(INVITE_MS - 1), FRIENDS_CARD)
    assert bodies[:2] == [Referred(FRIENDS_CARD, CARD, opened), Visit(FRIENDS_CARD, EVIDENCE)]
    assert kiosk.scene == FriendJoined(None)
    assert isinstance(kiosk.wait(NOTICE_MS).scene, Greeting)
    kiosk.touch(Rate(Face.GOOD))
    assert kiosk.acts[-1] == Rating(FRIENDS_CARD, kiosk.number_of(Visit), Face.GOOD, 0)


def test_an_invitation_brings_one_friend() -> None:
    """The next new card is nobody's friend."""
    kiosk = invited()
    kiosk.lay(FRIENDS_CARD).wait(NOTICE_MS)
    assert [type(body) for body in committed(kiosk, OTHER_CARD)] == [Visit]


def test_after_the_minute_nobody_is_a_friend() -> None:
    """At the very end of the minute a new card is a new card."""
    kiosk = invited().wait(INVITE_MS)
    assert [type(body) for body in committed(kiosk, FRIENDS_CARD)] == [Visit]


def test_a_friend_who_was_here_before_is_known() -> None:
    """An old card is greeted as ever after the word that it is known, without a fact that anybody was brought."""
    shop = lively()
    kiosk = PaperKiosk(state(shop)).knows(view(points=200))
    kiosk.knows(replace(view(holds=regular(shop), name="Олеже"), member="m_2"), OTHER_CARD)
    bodies = committed(invited(kiosk), OTHER_CARD)
    assert not any(isinstance(body, Referred) for body in bodies)
    assert kiosk.scene == FriendKnown()
    greeting = kiosk.wait(NOTICE_MS).scene
    assert isinstance(greeting, Greeting)
    assert greeting.name == "Олеже"
    assert kiosk.state.talk.invitation is None


@pytest.mark.parametrize("card", [CARD, OTHER_CARD])
def test_nobody_brings_themselves(card: str) -> None:
    """The inviter's own card, and another card of the same member, are greeted as ever and end no invitation."""
    kiosk = at_counter(points=200).knows(view(points=200), OTHER_CARD)
    bodies = committed(invited(kiosk), card)
    assert not any(isinstance(body, Referred) for body in bodies)
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.state.talk.invitation is not None
    assert "Марія" not in repr(kiosk.state.talk.invitation)


def test_a_card_nobody_has_is_brought_and_shown_the_way_in() -> None:
    """On line, a friend who has not joined yet: who brought them is written down for the day they do, and they see how to join."""
    kiosk = invited(at_counter(points=200).online())
    opened = kiosk.number_of(ReferralOpened)
    kiosk.lay(FRIENDS_CARD).answer(None)
    assert kiosk.acts[-1] == Referred(FRIENDS_CARD, CARD, opened)
    assert kiosk.scene == FriendJoined(None)
    assert kiosk.wait(NOTICE_MS).scene == UnknownCard()
    assert kiosk.wait(SORRY_MS).scene == Ready("Кавʼярня")
    assert kiosk.bodies == ["Visit", "ReferralOpened", "Referred"]


def test_an_invitation_can_be_taken_back() -> None:
    """Hide ends it: the next card is nobody's friend."""
    kiosk = invited().touch(Hide())
    assert kiosk.scene == Ready("Кавʼярня")
    assert [type(body) for body in committed(kiosk, FRIENDS_CARD)] == [Visit]


def test_an_invitation_that_was_not_saved_invites_nobody() -> None:
    """If the disk refuses the invitation the next card is nobody's friend."""
    kiosk = at_counter(points=200).lay()
    kiosk.disk_works = False
    kiosk.touch(OpenMenu(), Pick(MenuEntry.FRIEND))
    kiosk.disk_works = True
    assert [type(body) for body in committed(kiosk.wait(AGAIN_MS), FRIENDS_CARD)] == [Visit]
    assert kiosk.state.talk.invitation is None


def test_a_friend_whose_visit_was_not_saved_tries_again() -> None:
    """If the disk refuses the friend's visit the invitation still holds: the second try is the friend's."""
    kiosk = invited()
    kiosk.disk_works = False
    kiosk.lay(FRIENDS_CARD).lift()
    kiosk.disk_works = True
    assert [type(body) for body in committed(kiosk.wait(AGAIN_MS), FRIENDS_CARD)] == [Referred, Visit]


# Staff


def test_something_wrong_calls_staff_and_opens_a_case() -> None:
    """The call is on disk before the glass says that somebody comes, and within how many minutes."""
    kiosk = open_menu(at_counter(), Pick(MenuEntry.WRONG))
    assert kiosk.acts[-1] == AssistRequested(CARD, wrong=True)
    assert kiosk.scene == StaffCalled(lively().book.now.cases.acknowledge_minutes)
    assert case_of(kiosk)[1] is CaseStatus.OPEN
    assert kiosk.wait(CALLED_MS).scene == Ready("Кавʼярня")


def test_staff_can_be_called_for_nothing_in_particular() -> None:
    """Who only wants somebody opens no case."""
    kiosk = open_menu(at_counter(), Pick(MenuEntry.STAFF))
    assert kiosk.acts[-1] == AssistRequested(CARD, wrong=False)
    assert isinstance(kiosk.scene, StaffCalled)
    assert kiosk.known[CARD].account(lively().book).voice.cases == []


def test_a_blocked_card_sends_to_the_staff() -> None:
    """Nothing is written and nothing is said of why; the low sound, and away again."""
    kiosk = PaperKiosk(state(lively())).knows(replace(view(), blocked=True)).lay()
    assert kiosk.scene == SeeStaff()
    assert (kiosk.facts, kiosk.chimes) == ([], ["stop"])
    assert kiosk.wait(SORRY_MS).scene == Ready("Кавʼярня")


def test_a_blocked_friend_joins_nobody() -> None:
    """A blocked card within the minute of an invitation writes nothing either."""
    kiosk = invited()
    kiosk.knows(replace(view(), member="m_2", blocked=True), OTHER_CARD).lay(OTHER_CARD)
    assert kiosk.scene == SeeStaff()
    assert kiosk.bodies == ["Visit", "ReferralOpened"]


# What cannot be read, and what is kept


def spoilt() -> MemberView:
    """A view whose account nobody can read."""
    return replace(view(), account={"ledger": 5})


def test_a_view_that_cannot_be_read_is_none() -> None:
    """The visit counts, without a name; the log says where; rating, menu and a second visit go on as for a stranger."""
    kiosk = PaperKiosk(state(lively())).knows(spoilt()).lay()
    assert kiosk.plain == Greeting(None, None, 10)
    notes = [effect for effect in kiosk.effects if isinstance(effect, Note) and effect.event == "view.unreadable"]
    assert notes == [Note("view.unreadable", {"where": "account.ledger"}, warning=True)]
    assert isinstance(kiosk.touch(OpenMenu()).scene, Greeting)
    assert kiosk.touch(Rate(Face.GOOD)).scene == Thanks(bad=False, earned=0)
    kiosk.lift().wait(500).lay(repeat=True)
    assert kiosk.plain == Greeting(None, None, 10)
    assert isinstance(kiosk.touch(Rate(Face.BAD)).scene, WhyBad)
    assert kiosk.bodies == ["Visit", "Rating", "Rating"]


def test_an_unreadable_answer_of_the_hub_greets_as_a_stranger() -> None:
    """The same holds for what the hub answers to a question about a card."""
    kiosk = PaperKiosk(state(lively())).online().lay(FRIENDS_CARD).answer(spoilt())
    assert kiosk.plain == Greeting(None, None, 10)
    assert kiosk.bodies == ["Visit"]


def everything(kiosk: PaperKiosk) -> PaperKiosk:
    """A member who does nearly all there is to do, in one visit after the other."""
    kiosk.lay().touch(Rate(Face.GOOD)).wait(DEAF_MS).touch(Choose(0)).wait(MINUTE_MS)
    open_menu(kiosk, Pick(MenuEntry.REWARDS), Choose(0), Answer(True)).wait(MINUTE_MS)
    open_menu(kiosk, Pick(MenuEntry.WRONG)).wait(20 * MINUTE_MS)
    kiosk.lay().touch(Answer(False), OpenMenu(), Pick(MenuEntry.FRIEND), Hide())
    return kiosk.lay().wait(ASK_MS).touch(MoreTime(), Hide())


def test_nothing_personal_is_left_when_nobody_is_there() -> None:
    """After the last screen the state knows neither name nor note nor balance; not even for the card that may come right back."""
    letter = Letter("n-1", "Ваша парасолька", "Олена")
    shop = lively()
    holds = regular(shop, 777, (1, NoteWritten("m_1", "n-1", "s-1")))
    kiosk = everything(at_counter(shop, holds=holds, letters=(letter,)))
    assert kiosk.scene == Ready("Кавʼярня")
    kept = repr(replace(kiosk.state.talk, shop=None))  # type: ignore[arg-type]
    assert not any(secret in kept for secret in ("Марія", "парасолька", "Олена"))
    kiosk.lift().wait(500).lay(repeat=True)
    assert kiosk.plain == replace(kiosk.plain, name="Марія")  # type: ignore[call-arg]


def test_a_question_is_asked_without_knowing_whom() -> None:
    """While question, reason, code, invitation or call are on the glass no name is in the phase."""
    for kiosk in (
        asked(),
        at_counter().lay().touch(Rate(Face.BAD)),
        buy(at_counter(points=200)),
        invited(),
        open_menu(at_counter(), Pick(MenuEntry.WRONG)),
    ):
        assert "Марія" not in repr(kiosk.state.talk.phase)


def test_a_hidden_balance_shows_no_points_anywhere() -> None:
    """Whoever hides the balance sees no number of points: not in what is said, no rewards in the menu, none for rating or answer."""
    shop = lively(expiry=Expiry(days=30))
    kiosk = at_counter(shop, holds=told(shop, (28, visit()), (27, visit())), hide_balance=True, occasions=())
    everything(kiosk)
    scenes = [shown.frame.scene for shown in kiosk.shown]
    assert any(isinstance(scene, Menu) for scene in scenes)
    for scene in scenes:
        assert not isinstance(scene, Rewards | ConfirmReward | RewardCode)
        assert not (isinstance(scene, Menu) and MenuEntry.REWARDS in scene.entries)
        if isinstance(scene, Greeting):
            assert (scene.balance, scene.earned, scene.waiting, scene.as_of) == (None, 0, 0, None)
            assert all(not found.points for found in (scene.said, scene.second) if found is not None)
        if isinstance(scene, Thanks):
            assert scene.earned == 0


def test_a_hub_silent_about_a_friend_costs_nobody_anything() -> None:
    """On line, but the hub does not answer: the friend's visit and who brought them are written all the same."""
    kiosk = invited(at_counter(points=200).online()).lay(FRIENDS_CARD).wait(LOOKUP_WAIT_MS)
    assert kiosk.bodies == ["Visit", "ReferralOpened", "Referred", "Visit"]
    assert kiosk.scene == FriendJoined(None)


def test_the_day_of_the_limits_is_the_shops() -> None:
    """At the shop's own midnight, and not at that of Greenwich, a kiosk that is alone may give again."""
    kiosk = at_counter(points=1_000)
    buy(buy(kiosk))
    midnight_ms = round(datetime(2026, 11, 22, 22, tzinfo=UTC).timestamp() * 1000) - NOON_MS
    kiosk.now_ms = midnight_ms - MINUTE_MS - 1
    assert buy(kiosk).scene == NotNow(Refusal.OFFLINE_LIMIT)
    assert isinstance(buy(kiosk).scene, RewardCode)


def test_points_burn_by_themselves_at_the_counter() -> None:
    """A balance told without the hub does not count points whose last day has passed since the hub spoke."""
    shop = lively(
        expiry=Expiry(ExpiryPolicy.ROLLING, days=2), rule=(Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY),)
    )
    kiosk = at_counter(shop, holds=told(shop, (2, visit())))
    assert kiosk.lay().plain == replace(kiosk.plain, balance=20)  # type: ignore[call-arg]
    kiosk.now_ms += DAY_MS
    assert kiosk.lay().plain == replace(kiosk.plain, balance=20, earned=10)  # type: ignore[call-arg]
