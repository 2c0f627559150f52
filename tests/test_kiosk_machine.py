"""The conversation with the customer, as short stories: which card leads to which scene, for how long, and with what on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, time

import pytest

from display.scenes import (
    Because,
    Button,
    Greeting,
    Hide,
    MoreTime,
    Outage,
    OutOfService,
    Rate,
    Reading,
    Ready,
    Thanks,
    Trouble,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from kiosk import machine, visit
from kiosk.frames import LANGUAGE_TURN_MS, OFFLINE_SHOWN_AFTER_MS
from kiosk.messages import (
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    Chime,
    Commit,
    Committed,
    KeepViews,
    Light,
    LinkFound,
    LinkGone,
    Note,
    ReaderFound,
    ReaderLost,
    Send,
    SendFacts,
    Tick,
    Trimmed,
)
from kiosk.phases import STORE_FAILURES_MAX
from kiosk.room import LookAtDisk
from kiosk.talking import ASK_MS, DEAF_MS, THANKS_AFTER_BAD_MS, THANKS_MS
from kiosk.visit import LOOKUP_WAIT_MS, READ_WAIT_MS, SORRY_MS
from loyalty.facts import Face, Rating, Reason, ReasonCode, Visit
from loyalty.shapes import NUMBER_MAX
from mqtt.messages import Birth, Claim, HubState, Lookup, LookupAnswer, LookupStatus, Members, Presence
from tests.builders import CARD, EPOCH, HUB, NOON_MS, OTHER_CARD, THIRD_CARD, TODAY, account, balance, held, outbox, shop, state, view
from tests.kiosk_on_paper import EVIDENCE, PaperKiosk

MARIA = view(points=100)
OLEH = view(points=5, name="Олеже", language="uk")
GREETING_MS = shop().greeting_ms
AFTER_LEFT_MS = shop().after_left_ms
AT_NOON = time(12, 0)


@pytest.fixture
def kiosk() -> PaperKiosk:
    """A kiosk off line with two members it knows."""
    return PaperKiosk().knows(MARIA).knows(OLEH, OTHER_CARD)


# A card is laid down


def test_nobody_is_invited_by_a_kiosk_that_works(kiosk: PaperKiosk) -> None:
    """With a reader and nobody there the screen invites, in the name of the shop."""
    assert kiosk.scene == Ready("Кавʼярня")


def test_a_known_card_is_greeted(kiosk: PaperKiosk) -> None:
    """Arrival shows that something happens; once read, the visit is on disk and the member is greeted by name in their language."""
    kiosk.arrive()
    assert kiosk.scene == Reading()
    kiosk.read()
    assert kiosk.acts[0] == Visit(CARD, EVIDENCE)
    assert kiosk.frame.language == "uk"
    assert kiosk.plain == Greeting("Марія", 110, 10, AT_NOON, 10)


def test_the_commit_comes_before_every_sign_of_success(kiosk: PaperKiosk) -> None:
    """No chime of success and no greeting stands before the commit in the order of effects."""
    kiosk.arrive()
    before = len(kiosk.effects)
    done = kiosk.handle(CardRead(kiosk.now(), kiosk.presentation, CARD, EVIDENCE))
    kinds = [type(effect).__name__ for effect in done]
    assert kinds.index("Commit") < kinds.index("Chime")
    assert Chime("ok") not in kiosk.effects[:before]


def test_a_second_visit_of_the_day_is_counted_and_earns_nothing(kiosk: PaperKiosk) -> None:
    """Each tap is a fact; the points of the day are promised once."""
    kiosk.lay().wait(20_000).lay()
    assert kiosk.bodies == ["Visit", "Visit"]
    assert kiosk.plain == Greeting("Марія", 110, 0, AT_NOON, 10)


def test_the_day_earned_elsewhere_is_not_promised() -> None:
    """If the hub said that today's points were earned at another kiosk, the greeting promises none."""
    kiosk = PaperKiosk().knows(view(holds=account(110, visited=date.fromisoformat(TODAY).toordinal()))).lay()
    assert kiosk.plain == Greeting("Марія", 110, 0, AT_NOON, 0)


def test_a_member_without_a_name_is_greeted_all_the_same() -> None:
    """A nameless member has a balance and no name on the glass."""
    assert PaperKiosk().knows(view(name="")).lay().plain == Greeting(None, 110, 10, AT_NOON, 10)


def test_a_hidden_balance_shows_no_points_at_all() -> None:
    """A member who hides the balance sees their name only: no balance, no points earned, nothing waiting, no age of a balance."""
    kiosk = PaperKiosk().knows(view(hide_balance=True)).lay()
    assert kiosk.plain == Greeting("Марія", None, 0)
    assert kiosk.touch(Rate(Face.GOOD)).scene == Thanks(bad=False, earned=0)


@pytest.mark.parametrize(("language", "shown"), [("uk", "uk"), ("ru", "ru"), ("en", "en"), ("fr", "en")])
def test_the_members_language_is_spoken_where_the_shop_speaks_it(language: str, shown: str) -> None:
    """Greeting and thanks are in the member's language, or in the shop's first where it does not speak theirs."""
    kiosk = PaperKiosk().knows(view(language=language)).lay()
    assert kiosk.frame.language == shown
    assert kiosk.touch(Rate(Face.GOOD)).frame.language == shown


def test_the_first_language_is_the_shops_own() -> None:
    """A shop without English falls back to its own first language, for strangers and for whoever speaks something else."""
    kiosk = PaperKiosk(state(shop(languages=("ru", "uk")))).knows(view(language="fr")).lay()
    assert kiosk.frame.language == "ru"
    assert kiosk.lay(THIRD_CARD).frame.language == "ru"


# A card nobody told us about


def test_an_unknown_card_is_looked_up_and_greeted() -> None:
    """On line the hub is asked who it is; the answer is kept, the visit is written, and then the member is greeted."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD)
    assert kiosk.scene == Reading()
    assert kiosk.facts == []
    asked = kiosk.said[-1]
    assert isinstance(asked, Lookup)
    assert asked.card == THIRD_CARD
    kiosk.answer(MARIA)
    assert [type(effect) for effect in kiosk.effects if isinstance(effect, KeepViews | Commit)] == [KeepViews, Commit]
    assert kiosk.acts[0] == Visit(THIRD_CARD, EVIDENCE)
    assert kiosk.plain == Greeting("Марія", 110, 10)


def test_a_card_nobody_has_is_shown_the_way_in() -> None:
    """A card the hub does not know is nobody's: how to join, no fact, and back to the invitation."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD).answer(None)
    assert kiosk.scene == UnknownCard()
    assert kiosk.facts == []
    assert kiosk.chimes == ["again"]
    assert kiosk.wait(SORRY_MS).scene == Ready("Кавʼярня")


@pytest.mark.parametrize("status", [None, LookupStatus.UNAVAILABLE, LookupStatus.BUSY])
def test_a_hub_that_does_not_answer_costs_the_customer_nothing(status: LookupStatus | None) -> None:
    """After three seconds of silence, or when the hub says that it cannot tell, the visit counts all the same, without a name."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD)
    if status is None:
        assert kiosk.wait(LOOKUP_WAIT_MS - 1).scene == Reading()
        kiosk.wait(1)
    else:
        kiosk.answer(None, status)
    assert kiosk.bodies == ["Visit"]
    assert kiosk.plain == Greeting(None, None, 10)
    assert kiosk.frame.language == "en"


def test_the_silence_of_a_hub_leaves_nothing_due_in_the_past() -> None:
    """Between the end of the waiting and the answer of the disk time alone keeps nobody busy, and the visit is asked for once."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD)
    kiosk.now_ms += LOOKUP_WAIT_MS
    after, effects = machine.step(kiosk.state, Tick(kiosk.now()))
    assert [type(effect) for effect in effects][:2] == [Note, Commit]
    assert not [effect for effect in effects[2:] if not isinstance(effect, LookAtDisk | Send)]
    assert machine.due_ms(after, kiosk.now()) > kiosk.now_ms
    assert machine.step(after, Tick(kiosk.now()))[1] == []


def test_a_late_answer_fills_the_cache_and_changes_no_screen() -> None:
    """What the hub says after the silence is good for the next visit, and not for a screen that may show somebody else."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD).wait(LOOKUP_WAIT_MS)
    shown = kiosk.scene
    kiosk.answer(MARIA)
    assert kiosk.scene == shown
    assert kiosk.known[THIRD_CARD].view == MARIA
    assert kiosk.bodies == ["Visit"]


@pytest.mark.parametrize("change", [{"token": b"\x09" * 16}, {"card": OTHER_CARD}])
def test_an_answer_to_another_question_greets_nobody(change: dict[str, object]) -> None:
    """Only an answer with this question's token and card counts: nobody sees somebody else's name."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD)
    asked = kiosk.said[-1]
    assert isinstance(asked, Lookup)
    kiosk.hear(replace(LookupAnswer(asked.token, LookupStatus.FOUND, THIRD_CARD, MARIA), **change))  # type: ignore[arg-type]
    assert kiosk.scene == Reading()
    assert kiosk.facts == []


def test_the_next_customer_does_not_wait_for_the_last_ones_answer() -> None:
    """A card laid down while the hub is asked about another takes over; the first one's answer shows nothing."""
    kiosk = PaperKiosk().knows(OLEH, OTHER_CARD).online().lay(THIRD_CARD).lay(OTHER_CARD)
    assert kiosk.plain == Greeting("Олеже", 15, 10)
    kiosk.answer(MARIA)
    assert kiosk.plain == Greeting("Олеже", 15, 10)
    assert [visited.card for visited in kiosk.acts if isinstance(visited, Visit)] == [OTHER_CARD]


def test_off_line_an_unknown_card_counts_at_once() -> None:
    """Without a hub there is nobody to ask: the visit is written and thanked for without a name."""
    kiosk = PaperKiosk().lay(THIRD_CARD)
    assert kiosk.bodies == ["Visit"]
    assert kiosk.plain == Greeting(None, None, 10)
    assert kiosk.said == []


# The faces


@pytest.mark.parametrize("face", [Face.VERY_GOOD, Face.GOOD])
def test_a_good_face_is_thanked(kiosk: PaperKiosk, face: Face) -> None:
    """A good face is on disk with how long the faces were visible, then thanked, briefly; the name is gone at once."""
    kiosk.lay().wait(1_200).touch(Rate(face))
    assert kiosk.acts[1] == Rating(CARD, 1, face, 1_200)
    assert kiosk.scene == Thanks(bad=False, earned=2)
    assert kiosk.wait(THANKS_MS - 1).scene == Thanks(bad=False, earned=2)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


@pytest.mark.parametrize("face", [Face.VERY_BAD, Face.BAD])
def test_a_bad_face_asks_why_and_touch_answers(kiosk: PaperKiosk, face: Face) -> None:
    """A bad face leads to six reasons; one touch answers, and the thanks do not cheer."""
    kiosk.lay().touch(Rate(face))
    assert kiosk.scene == WhyBad(tuple(ReasonCode), 0)
    kiosk.wait(DEAF_MS).touch(Because(ReasonCode.WAITING))
    assert kiosk.acts[2] == Reason(CARD, kiosk.number_of(Rating), ReasonCode.WAITING)
    assert kiosk.scene == Thanks(bad=True, earned=2)
    assert kiosk.wait(THANKS_AFTER_BAD_MS - 1).scene == Thanks(bad=True, earned=2)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


@pytest.mark.parametrize(("index", "face"), [(0, Face.VERY_GOOD), (1, Face.GOOD), (2, Face.BAD), (3, Face.VERY_BAD)])
def test_buttons_are_faces_best_first(kiosk: PaperKiosk, index: int, face: Face) -> None:
    """The four push-buttons mean the four faces as they stand on the screen: the best one left."""
    kiosk.lay().touch(Button(index))
    body = kiosk.acts[1]
    assert isinstance(body, Rating)
    assert body.face is face


@pytest.mark.parametrize(
    ("presses", "code"),
    [
        ((0,), ReasonCode.ATTENTION),
        ((2,), ReasonCode.QUALITY),
        ((3, 0), ReasonCode.PRICE),
        ((3, 1), ReasonCode.WAITING),
        ((3, 2), ReasonCode.OTHER),
        ((3, 3, 1), ReasonCode.POLITENESS),
    ],
)
def test_buttons_choose_a_reason_page_by_page(kiosk: PaperKiosk, presses: tuple[int, ...], code: ReasonCode) -> None:
    """The first three buttons choose among three reasons, the last turns the page, round and round."""
    kiosk.lay().touch(Rate(Face.BAD)).wait(DEAF_MS).touch(*(Button(press) for press in presses))
    assert kiosk.acts[2] == Reason(CARD, kiosk.number_of(Rating), code)


def test_the_page_on_the_glass_is_the_page_the_buttons_mean(kiosk: PaperKiosk) -> None:
    """Turning the page shows the other three reasons and gives the time to read them."""
    kiosk.lay().touch(Rate(Face.BAD)).wait(ASK_MS - 100).touch(Button(3))
    assert kiosk.scene == WhyBad(tuple(ReasonCode), 1)
    assert kiosk.wait(ASK_MS - 1).scene == WhyBad(tuple(ReasonCode), 1)


@pytest.mark.parametrize("index", [4, -1, 99])
def test_a_button_that_does_not_exist_does_nothing(kiosk: PaperKiosk, index: int) -> None:
    """A wrong wire is no answer."""
    kiosk.lay().touch(Button(index))
    assert isinstance(kiosk.scene, Greeting)
    kiosk.touch(Rate(Face.BAD), Button(index))
    assert kiosk.bodies == ["Visit", "Rating"]


def test_no_answer_is_an_answer(kiosk: PaperKiosk) -> None:
    """The question goes away by itself, or at the customer's wish; nothing is written for it."""
    assert kiosk.lay().touch(Rate(Face.BAD)).wait(ASK_MS).scene == Ready("Кавʼярня")
    assert kiosk.lay(OTHER_CARD).touch(Rate(Face.BAD)).wait(DEAF_MS).touch(Hide()).scene == Ready("Кавʼярня")
    assert kiosk.bodies == ["Visit", "Rating"] * 2


def test_a_nervous_second_press_answers_nothing(kiosk: PaperKiosk) -> None:
    """Whoever presses a bad face twice has not chosen a reason: none is taken before it can have been read."""
    kiosk.lay().touch(Rate(Face.BAD), Because(ReasonCode.PRICE), Button(0), Hide()).wait(DEAF_MS - 1).touch(Button(3))
    assert kiosk.scene == WhyBad(tuple(ReasonCode), 0)
    assert kiosk.bodies == ["Visit", "Rating"]


def test_a_stranger_is_thanked_without_a_name() -> None:
    """A card without a member can rate; the thanks name nobody."""
    kiosk = PaperKiosk().lay(THIRD_CARD).touch(Rate(Face.GOOD))
    assert isinstance(kiosk.scene, Thanks)
    assert kiosk.frame.language == "en"
    assert kiosk.bodies == ["Visit", "Rating"]


def test_a_finger_that_trembles_rates_once(kiosk: PaperKiosk) -> None:
    """A second touch on a good face after the first changes nothing."""
    kiosk.lay().touch(Rate(Face.GOOD), Rate(Face.VERY_GOOD))
    assert kiosk.bodies == ["Visit", "Rating"]


@pytest.mark.parametrize("intent", [Rate(Face.GOOD), Because(ReasonCode.PRICE), Button(0), MoreTime(), Hide()])
def test_touching_an_empty_screen_does_nothing(kiosk: PaperKiosk, intent: Rate | Because | Button | MoreTime | Hide) -> None:
    """While nobody is greeted no touch means anything."""
    assert kiosk.touch(intent).scene == Ready("Кавʼярня")
    kiosk.arrive()
    assert kiosk.touch(intent).scene == Reading()
    assert kiosk.facts == []


# How long a name stays


def test_the_greeting_is_gone_after_its_time(kiosk: PaperKiosk) -> None:
    """A card left lying shows the name for eight seconds, not a millisecond more."""
    kiosk.lay()
    assert isinstance(kiosk.wait(GREETING_MS - 1).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_the_greeting_is_gone_soon_after_the_card(kiosk: PaperKiosk) -> None:
    """Three seconds after the card left the name is gone."""
    kiosk.lay().wait(1_000).lift()
    assert isinstance(kiosk.wait(AFTER_LEFT_MS - 1).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_leaving_late_does_not_lengthen_the_greeting(kiosk: PaperKiosk) -> None:
    """The eight seconds are a cap: a card lifted in the last of them adds nothing."""
    kiosk.lay().wait(GREETING_MS - 500).lift()
    assert kiosk.wait(500).scene == Ready("Кавʼярня")


def test_a_card_that_left_while_the_hub_was_asked_is_gone_soon_too() -> None:
    """If the customer already took the card when the answer comes, the name stays three seconds and not eight."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD).lift().wait(1_000).answer(MARIA)
    assert kiosk.plain == Greeting("Марія", 110, 10)
    assert isinstance(kiosk.wait(AFTER_LEFT_MS - 1).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_another_cards_leaving_does_not_touch_the_greeting(kiosk: PaperKiosk) -> None:
    """Only the card that is greeted can shorten its greeting."""
    kiosk.lay()
    kiosk.handle(CardLeft(kiosk.now(), kiosk.presentation - 1))
    assert isinstance(kiosk.wait(GREETING_MS - 1).scene, Greeting)


def test_hide_wipes_at_once(kiosk: PaperKiosk) -> None:
    """One touch takes the name off the glass, and nothing brings it back by itself."""
    assert kiosk.lay().touch(Hide()).scene == Ready("Кавʼярня")
    assert kiosk.lift().wait(1_000).scene == Ready("Кавʼярня")


def test_more_time_can_be_asked_for_ten_times(kiosk: PaperKiosk) -> None:
    """Each wish gives the full time anew, also after the card left; the eleventh gives nothing more."""
    kiosk.lay().lift()
    for _ in range(10):
        kiosk.touch(MoreTime())
        assert isinstance(kiosk.wait(GREETING_MS - 1).scene, Greeting)
    kiosk.touch(MoreTime())
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_a_new_card_replaces_the_old_one_at_once(kiosk: PaperKiosk) -> None:
    """The moment another card arrives the name before it is gone, before anything of the new one is known."""
    kiosk.lay()
    assert kiosk.arrive().scene == Reading()
    assert kiosk.read(OTHER_CARD).plain == Greeting("Олеже", 15, 10, AT_NOON, 10)


def test_the_name_is_gone_with_the_rating(kiosk: PaperKiosk) -> None:
    """Neither the question nor the thanks can say a name."""
    kiosk.lay().touch(Rate(Face.BAD))
    assert "Марія" not in repr(kiosk.state.talk.phase)
    kiosk.touch(Because(ReasonCode.PRICE))
    assert "Марія" not in repr(kiosk.state.talk.phase)


# The same card again


def test_a_card_that_comes_right_back_is_greeted_again_without_a_second_fact(kiosk: PaperKiosk) -> None:
    """A hand that wavers sees its greeting again, and one visit is written."""
    kiosk.lay().lift().wait(500).lay(repeat=True)
    assert kiosk.plain == Greeting("Марія", 110, 10, AT_NOON, 10)
    assert kiosk.bodies == ["Visit"]


def test_the_greeting_seen_again_has_its_own_full_time(kiosk: PaperKiosk) -> None:
    """The second showing follows the same rules of time as the first."""
    kiosk.lay().lift().wait(500).lay(repeat=True)
    assert isinstance(kiosk.wait(GREETING_MS - 1).scene, Greeting)
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_the_greeting_seen_again_is_up_to_date(kiosk: PaperKiosk) -> None:
    """Whoever rated in between sees the points of the rating in the balance: no old number is presented as fresh."""
    kiosk.lay().touch(Rate(Face.GOOD)).lift().wait(500).lay(repeat=True)
    assert kiosk.plain == Greeting("Марія", 112, 10, AT_NOON, 12)
    kiosk.touch(Rate(Face.VERY_GOOD))
    assert kiosk.acts[2] == Rating(CARD, 1, Face.VERY_GOOD, 0)
    assert kiosk.scene == Thanks(bad=False, earned=0)


def test_a_stranger_that_comes_right_back_is_not_asked_about_again() -> None:
    """A card without a member that flickers is greeted again without bothering the hub."""
    kiosk = PaperKiosk().online().lay(THIRD_CARD).wait(LOOKUP_WAIT_MS).lift().lay(THIRD_CARD, repeat=True)
    assert kiosk.plain == Greeting(None, None, 10)
    assert len([each for each in kiosk.said if isinstance(each, Lookup)]) == 1
    assert kiosk.bodies == ["Visit"]


def test_two_cards_that_flicker_are_not_mixed_up(kiosk: PaperKiosk) -> None:
    """A card that comes back while another was greeted last is a visit of its own, under its own name."""
    kiosk.lay().lift().lay(OTHER_CARD).lift().lay(repeat=True)
    assert kiosk.plain == Greeting("Марія", 110, 0, AT_NOON, 10)
    assert [visited.card for visited in kiosk.acts if isinstance(visited, Visit)] == [CARD, OTHER_CARD, CARD]


def test_a_later_visit_is_not_lost_to_a_clumsy_hand(kiosk: PaperKiosk) -> None:
    """A customer of the morning who in the afternoon lifts the card too early and lays it down again makes a second visit."""
    kiosk.lay().lift().wait(4 * 3_600_000)
    kiosk.arrive().lift().wait(300).lay(repeat=True)
    assert kiosk.bodies == ["Visit", "Visit"]
    assert isinstance(kiosk.scene, Greeting)


def test_trying_again_after_a_full_disk_is_a_visit(kiosk: PaperKiosk) -> None:
    """Whoever is told to try again, and does so at once, is counted: the earlier greeting of the day does not stand in for it."""
    kiosk.lay().lift().wait(3_600_000)
    kiosk.disk_works = False
    kiosk.lay().lift()
    kiosk.disk_works = True
    kiosk.wait(300).lay(repeat=True)
    assert kiosk.bodies == ["Visit", "Visit"]


# Cards that cannot be greeted


def test_a_card_that_lay_there_before_starts_nothing(kiosk: PaperKiosk) -> None:
    """A card found lying when the reader came up changes no screen, makes no sound, and neither does what fails about it."""
    kiosk.arrive(stale=True)
    kiosk.handle(CardUnreadable(kiosk.now(), kiosk.presentation, Trouble.HOLD_STILL))
    kiosk.handle(CardUnusable(kiosk.now(), kiosk.presentation))
    kiosk.lift()
    assert kiosk.scene == Ready("Кавʼярня")
    assert (kiosk.chimes, kiosk.facts) == ([], [])


def test_a_forgotten_card_does_not_disturb_the_greeting(kiosk: PaperKiosk) -> None:
    """A stale arrival while somebody is greeted leaves the greeting and its time alone; the next real card is served."""
    kiosk.lay()
    shown = kiosk.scene
    assert kiosk.arrive(stale=True).scene == shown
    assert isinstance(kiosk.lay(OTHER_CARD).scene, Greeting)
    assert kiosk.bodies == ["Visit", "Visit"]


def test_a_phone_is_told_to_use_the_shops_card(kiosk: PaperKiosk) -> None:
    """A thing with a new number at each tap is nobody's: kind words, no fact, and away again."""
    kiosk.arrive()
    kiosk.handle(CardUnusable(kiosk.now(), kiosk.presentation))
    assert kiosk.scene == UnusableCard()
    assert (kiosk.chimes, kiosk.facts) == (["again"], [])
    assert kiosk.wait(SORRY_MS).scene == Ready("Кавʼярня")


@pytest.mark.parametrize("trouble", [Trouble.HOLD_STILL, Trouble.ONE_CARD])
def test_an_unreadable_card_may_still_succeed(kiosk: PaperKiosk, trouble: Trouble) -> None:
    """Hold still, or one card only: and if the card is then read while it lies there, it is greeted as any other."""
    kiosk.arrive()
    kiosk.handle(CardUnreadable(kiosk.now(), kiosk.presentation, trouble))
    assert kiosk.scene == TryAgain(trouble)
    kiosk.wait(visit.AGAIN_MS - 1).read()
    assert isinstance(kiosk.scene, Greeting)
    assert kiosk.bodies == ["Visit"]


def test_an_unread_card_that_leaves_is_told_to_hold_still(kiosk: PaperKiosk) -> None:
    """Lifted before it was read: try again, for two seconds."""
    assert kiosk.arrive().lift().scene == TryAgain(Trouble.HOLD_STILL)
    assert kiosk.wait(visit.AGAIN_MS).scene == Ready("Кавʼярня")


def test_a_reader_that_never_answers_does_not_freeze_the_screen(kiosk: PaperKiosk) -> None:
    """If the word about a card never comes the screen invites again by itself."""
    assert kiosk.arrive().wait(READ_WAIT_MS - 1).scene == Reading()
    assert kiosk.wait(1).scene == Ready("Кавʼярня")


def test_what_is_read_of_a_card_before_the_present_one_counts_for_nobody(kiosk: PaperKiosk) -> None:
    """A reading that belongs to an earlier presentation is not taken for the card that lies there now."""
    kiosk.arrive().arrive()
    kiosk.handle(CardRead(kiosk.now(), kiosk.presentation - 1, CARD, EVIDENCE))
    assert kiosk.scene == Reading()
    assert kiosk.facts == []


# The store refuses


def test_what_is_not_saved_is_not_celebrated(kiosk: PaperKiosk) -> None:
    """A visit that could not be written: try again, the low sound, no name, no points."""
    kiosk.disk_works = False
    kiosk.lay()
    assert kiosk.scene == TryAgain(Trouble.NOT_SAVED)
    assert kiosk.chimes == ["stop"]
    assert not any(isinstance(shown.frame.scene, Greeting) for shown in kiosk.shown)
    assert kiosk.wait(visit.AGAIN_MS).scene == Ready("Кавʼярня")


def test_a_rating_that_is_not_saved_is_not_thanked_for(kiosk: PaperKiosk) -> None:
    """A face that could not be written takes the name off the glass and thanks for nothing."""
    kiosk.lay()
    kiosk.disk_works = False
    assert kiosk.touch(Rate(Face.BAD)).scene == TryAgain(Trouble.NOT_SAVED)
    kiosk.disk_works = True
    assert kiosk.wait(visit.AGAIN_MS).scene == Ready("Кавʼярня")
    assert kiosk.bodies == ["Visit"]


def test_a_reason_that_is_not_saved_is_not_thanked_for(kiosk: PaperKiosk) -> None:
    """The same holds for the answer to the question."""
    kiosk.lay().touch(Rate(Face.BAD)).wait(DEAF_MS)
    kiosk.disk_works = False
    assert kiosk.touch(Because(ReasonCode.PRICE)).scene == TryAgain(Trouble.NOT_SAVED)


def test_three_failures_send_to_the_staff_and_one_success_heals(kiosk: PaperKiosk) -> None:
    """After three failures in a row the kiosk says that it is out of service; cards are still tried, and the first success ends it."""
    kiosk.disk_works = False
    for count in range(1, STORE_FAILURES_MAX + 1):
        kiosk.lay().lift().wait(visit.AGAIN_MS)
        broken = count == STORE_FAILURES_MAX
        assert kiosk.scene == (OutOfService(Outage.STORE) if broken else Ready("Кавʼярня"))
    assert kiosk.lights[-1] == "attention"
    kiosk.disk_works = True
    assert isinstance(kiosk.lay().scene, Greeting)
    assert kiosk.lift().wait(GREETING_MS).scene == Ready("Кавʼярня")
    assert kiosk.lights[-1] == "idle"


def test_failures_count_only_in_a_row(kiosk: PaperKiosk) -> None:
    """A success between failures starts the count anew."""
    for _ in range(2 * STORE_FAILURES_MAX):
        kiosk.disk_works = not kiosk.disk_works
        kiosk.lay().lift().wait(GREETING_MS)
        assert kiosk.scene == Ready("Кавʼярня")


# Reader and lamp


def test_without_a_reader_the_kiosk_says_so_and_heals_itself(kiosk: PaperKiosk) -> None:
    """A lost reader shows on the glass and on the lamp, until it is found."""
    kiosk.handle(ReaderLost(kiosk.now(), "reader_lost"))
    assert kiosk.scene == OutOfService(Outage.READER)
    assert kiosk.lights == ["attention"]
    kiosk.handle(ReaderFound(kiosk.now(), "PN532"))
    assert kiosk.scene == Ready("Кавʼярня")
    assert kiosk.lights == ["attention", "idle"]


def test_a_kiosk_starts_without_a_reader() -> None:
    """Until the reader's first word the glass alarms nobody; if that word is that there is none, it says so, and logs it."""
    kiosk = PaperKiosk(replace(state(), talk=replace(state().talk, reader_up=None)))
    assert kiosk.scene == Reading()
    assert machine.lamp_of(kiosk.state) == "idle"
    done = kiosk.handle(ReaderLost(kiosk.now(), "reader_not_found"))
    assert kiosk.scene == OutOfService(Outage.READER)
    assert done == [Light("attention"), Note("reader.lost", {"why": "reader_not_found"}, warning=True)]


def test_losing_the_reader_does_not_take_the_greeting(kiosk: PaperKiosk) -> None:
    """Who is greeted may still rate when the reader goes."""
    kiosk.lay()
    kiosk.handle(ReaderLost(kiosk.now(), "unplugged"))
    assert isinstance(kiosk.touch(Rate(Face.GOOD)).scene, Thanks)
    assert kiosk.wait(THANKS_MS).scene == OutOfService(Outage.READER)


def test_a_reader_that_stays_lost_is_reported_once(kiosk: PaperKiosk) -> None:
    """Every failed attempt to find it again is not news."""
    lost = ReaderLost(kiosk.now(), "unplugged")
    first, second = kiosk.handle(lost), kiosk.handle(lost)
    assert [effect.event for effect in first if isinstance(effect, Note)] == ["reader.lost"]
    assert second == []


def test_the_lamp_says_what_the_screen_says(kiosk: PaperKiosk) -> None:
    """Breathing, reading, done, breathing again: each change of meaning is one change of the lamp, and comes first."""
    kiosk.arrive().read().wait(GREETING_MS)
    assert kiosk.lights == ["read", "ok", "idle"]
    kiosk.arrive().lift()
    assert kiosk.lights[3:] == ["read", "attention"]


# Words on the inviting screen


def test_the_invitation_takes_turns_in_the_shops_languages(kiosk: PaperKiosk) -> None:
    """Each language has its six seconds, round and round, and the machine asks to be woken for each."""
    seen = []
    for _ in range(4):
        seen.append(kiosk.frame.language)
        assert machine.due_ms(kiosk.state, kiosk.now()) <= kiosk.now_ms + LANGUAGE_TURN_MS
        kiosk.now_ms += LANGUAGE_TURN_MS
    assert seen == ["en", "uk", "ru", "en"]


def test_a_screen_for_nobody_in_particular_speaks_the_shops_first_language(kiosk: PaperKiosk) -> None:
    """While a card is read, or could not be, the language does not depend on the clock."""
    kiosk.wait(LANGUAGE_TURN_MS).arrive()
    assert kiosk.frame.language == "en"
    assert kiosk.lift().frame.language == "en"


# On line and off line


def test_off_line_is_said_after_five_seconds_with_since_when(kiosk: PaperKiosk) -> None:
    """A blink of the network is nobody's news; after five seconds the glass says since when there is no hub, and wakes up for it."""
    assert kiosk.frame.offline_since is None
    kiosk.wait(1)
    assert machine.due_ms(kiosk.state, kiosk.now()) == OFFLINE_SHOWN_AFTER_MS
    kiosk.wait(OFFLINE_SHOWN_AFTER_MS - 2)
    assert kiosk.frame.offline_since is None
    kiosk.wait(1)
    assert kiosk.frame.offline_since == AT_NOON
    kiosk.wait(3_600_000)
    assert kiosk.frame.offline_since == AT_NOON


def test_on_line_nothing_is_said_about_the_hub(kiosk: PaperKiosk) -> None:
    """In sync with a hub the sign is gone, and the balance is fresh."""
    kiosk.wait(60_000).online()
    assert kiosk.frame.offline_since is None
    assert kiosk.lay().plain == Greeting("Марія", 110, 10)


@pytest.mark.parametrize("gone", ["broker", "hub"])
def test_going_off_line_is_dated_from_the_moment(kiosk: PaperKiosk, gone: str) -> None:
    """Whether the broker or only the hub is gone, the sign says since when, and the balance how old it is."""
    kiosk.online().wait(10 * 60_000)
    if gone == "broker":
        kiosk.handle(LinkGone(kiosk.now(), "keepalive"))
    else:
        kiosk.hear(HubState(Presence.OFFLINE, HUB))
    kiosk.wait(60_000)
    assert kiosk.frame.offline_since == time(12, 10)
    assert kiosk.lay().plain == Greeting("Марія", 110, 10, AT_NOON, 10)


def test_the_age_of_a_balance_is_the_hubs_and_in_the_shops_time() -> None:
    """Off line the balance says when the hub last said it, on the shop's own clock, and what was counted here on top."""
    kiosk = PaperKiosk().knows(view(points=100, as_of_ms=NOON_MS - 90 * 60_000 + 31_007))
    kiosk.wait(1).lay().wait(60_000).lay()
    assert kiosk.plain == Greeting("Марія", 110, 0, time(10, 30), 10)
    in_utc = PaperKiosk(state(shop(UTC))).knows(view(points=100)).lay()
    assert in_utc.plain == Greeting("Марія", 110, 10, time(10, 0), 10)


def test_a_hubs_impossible_clock_does_not_stop_the_kiosk() -> None:
    """A view dated in a year no calendar has is shown with some time, and the customer is served."""
    kiosk = PaperKiosk().knows(view(points=100, as_of_ms=NUMBER_MAX)).lay()
    assert isinstance(kiosk.scene, Greeting)


def test_a_committed_fact_goes_to_the_hub_at_once() -> None:
    """On line the fact is sent in the very step in which it is celebrated, and not before it is on disk."""
    kiosk = PaperKiosk().knows(MARIA).online().arrive()
    done = kiosk.handle(CardRead(kiosk.now(), kiosk.presentation, CARD, EVIDENCE))
    kinds = [type(effect).__name__ for effect in done]
    assert kinds.index("Commit") < kinds.index("SendFacts")
    assert [effect for effect in done if isinstance(effect, SendFacts)] == [SendFacts(EPOCH, 1, len(kiosk.facts))]


def test_word_about_members_is_kept_whoever_is_in_front(kiosk: PaperKiosk) -> None:
    """What the hub says of members goes to the store, and changes no screen."""
    kiosk.lay()
    shown = kiosk.scene
    kiosk.hear(Members(((OTHER_CARD, view(9, points=77)),)))
    assert kiosk.scene == shown
    assert balance(kiosk.known[OTHER_CARD], shop().book) == 77


def test_the_hubs_side_runs_beside_the_customers() -> None:
    """Broker, handshake, claims and trimming leave the greeting alone, and the greeting leaves them alone."""
    kiosk = PaperKiosk(state(box=outbox(held(last=0)))).knows(MARIA).lay()
    shown = kiosk.state.talk
    kiosk.handle(LinkFound(kiosk.now(), "s2"))
    kiosk.hear(Claim(HUB, EPOCH, 1))
    kiosk.handle(Trimmed(((EPOCH, 1),)))
    assert kiosk.state.talk == shown
    assert any(isinstance(each, Birth) for each in kiosk.said)
    assert kiosk.state.box.unclaimed == len(kiosk.facts)


def test_a_fact_about_the_kiosk_itself_shows_nothing(kiosk: PaperKiosk) -> None:
    """A committed fact without a card, or for a presentation that is over, changes no screen."""
    kiosk.lay()
    again = replace(kiosk.facts[0], id=replace(kiosk.facts[0].id, number=len(kiosk.facts) + 1))
    kiosk.touch(Hide())
    kiosk.handle(Committed(kiosk.now(), 1, (again,), kiosk.known[CARD]))
    assert kiosk.scene == Ready("Кавʼярня")
