"""The machine under any messages at all: it never raises or hangs, promises only what is on disk, and keeps no name too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from display.scenes import (
    Answer,
    Because,
    Button,
    Choose,
    Greeting,
    Hide,
    Intent,
    MenuEntry,
    MoreTime,
    OpenMenu,
    Pick,
    PutRight,
    Rate,
    Trouble,
)
from drivers.patterns import Light
from kiosk import machine
from kiosk.choices import INVITE_MS
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    CommitFailed,
    Committed,
    Heard,
    LinkFound,
    LinkGone,
    Message,
    ReaderFound,
    ReaderLost,
    Recalled,
    Tick,
    Touched,
    Trimmed,
)
from kiosk.phases import (
    Asking,
    Called,
    Coded,
    Greeted,
    Idle,
    Inviting,
    Joined,
    Mending,
    Phase,
    Questioning,
    Reading,
    Sorry,
    Thanked,
)
from kiosk.taken import CommandLost, CommandTaken, Pictured, Remembered, Taken
from kiosk.talking import EXTENSIONS_MAX
from loyalty.account import Account, fold
from loyalty.calendar import NEVER
from loyalty.counter.person import Occasion
from loyalty.facts import (
    AssistRequested,
    Body,
    CaseAnswered,
    ClockQuality,
    ClubJoined,
    Face,
    Fact,
    Granted,
    GreetingShown,
    QuestionAnswered,
    QuestionSkipped,
    ReasonCode,
    Redeemed,
    ReferralOpened,
    Referred,
    Visit,
)
from loyalty.moment import Moment
from loyalty.said import GreetingKind
from loyalty.shapes import NUMBER_MAX
from mqtt.messages import (
    Claim,
    Command,
    CommandState,
    FromHub,
    HubState,
    LookupAnswer,
    LookupStatus,
    Members,
    Presence,
    Reserve,
    ReserveStatus,
    Sync,
)
from tests.builders import (
    CARD,
    DAY_MS,
    EPOCH,
    HUB,
    NEXT_EPOCH,
    NOON_MS,
    OTHER_CARD,
    fact,
    held,
    outbox,
    rating,
    reason,
    shop,
    standing,
    state,
    view,
    visit,
)
from tests.kiosk_on_paper import EVIDENCE, PNG, PaperKiosk, Shown, lively
from tests.loyalty_histories import HISTORIES

NAMES = {CARD: "Марія", OTHER_CARD: "Олеже"}
CARDS = st.sampled_from([CARD, OTHER_CARD, "c" * 32])
INTENTS: st.SearchStrategy[Intent] = st.one_of(
    st.builds(Rate, st.sampled_from(Face)),
    st.builds(Because, st.sampled_from(ReasonCode)),
    st.builds(Button, st.integers(-1, 5)),
    st.sampled_from([MoreTime(), MoreTime(), Hide(), Answer(True), Answer(False), OpenMenu(), OpenMenu()]),
    st.builds(Choose, st.integers(-1, 6)),
    st.builds(Pick, st.sampled_from(MenuEntry)),
)
DECISIONS: st.SearchStrategy[Intent] = st.sampled_from(
    [Choose(0), Choose(1), Answer(True), Answer(True), Answer(False), Hide(), OpenMenu()]
)
TOKENS = st.integers(0, 4).map(lambda number: number.to_bytes(16, "big"))
HUBS = st.sampled_from([HUB, "hub-2"])
EPOCHS = st.sampled_from([EPOCH, NEXT_EPOCH, "zzzzzzzzzzzz"])
SHOP = lively()


def member(*bodies: Body, points: int = 0) -> Account:
    """A member to whom all this happened, a day before one another, the last an hour before noon."""
    last_ms = NOON_MS - 3_600_000
    told = [fact(place, body, last_ms - (len(bodies) - place) * DAY_MS, "k2") for place, body in enumerate(bodies, 1)]
    account = fold(told, SHOP.book, "m_1")
    account.ledger.credit(points, NOON_MS - DAY_MS, NEVER)
    return account


ACCOUNTS = [
    member(),
    member(points=200),
    member(visit(), visit(), visit(), points=5_000),
    member(visit(), rating(face=Face.VERY_BAD)),
    member(visit(), rating(face=Face.BAD), ClubJoined("m_1", "insiders"), points=120),
    member(Redeemed(40, CARD)),
]
HISTORY_ACCOUNTS = st.builds(lambda facts: fold(facts, SHOP.book, "m_1"), HISTORIES)
BIRTHDAY = Occasion("birthday", date(2026, 11, 20).toordinal(), date(2026, 11, 26).toordinal(), "2026")
READABLE = st.builds(
    view,
    version=st.integers(0, 5),
    name=st.sampled_from(["", "Марія", "Олеже"]),
    hide_balance=st.booleans(),
    as_of_ms=st.sampled_from([0, NOON_MS, NUMBER_MAX]),
    covers=st.lists(st.tuples(EPOCHS, st.integers(0, 9)), max_size=2).map(tuple),
    holds=st.sampled_from(ACCOUNTS) | HISTORY_ACCOUNTS,
    occasions=st.sampled_from([(), (BIRTHDAY,)]),
)
VIEWS = st.one_of(
    READABLE,
    st.builds(replace, READABLE, account=st.sampled_from([{"ledger": 5}, {"told": {"shown": [{}]}}])),
    st.builds(replace, READABLE, blocked=st.just(True)),
)
ORDERS = [
    ("identify", {}),
    ("restart", {"grace_s": 3}),
    ("maintenance", {"on": True}),
    ("maintenance", {"on": False}),
    ("blank", {"on": True, "hours": 1}),
    ("refresh", {}),
    ("screenshot", {}),
    ("log_level", {"level": "debug", "minutes": 1}),
]
COMMANDS = st.builds(
    lambda number, order, expires_ms: Command(f"c_{number:08}", *order, expires_ms, "olena"),
    st.integers(1, 5),
    st.sampled_from(ORDERS),
    st.integers(0, 2 * NOON_MS),
)
REMEMBERED = st.builds(
    Remembered,
    st.lists(
        st.builds(
            Taken,
            st.integers(1, 5).map(lambda number: f"c_{number:08}"),
            st.sampled_from(sorted({op for op, _ in ORDERS})),
            st.sampled_from([EPOCH, NEXT_EPOCH]),
            st.integers(0, 2 * NOON_MS),
            st.sampled_from(CommandState),
        ),
        max_size=3,
    ).map(tuple),
    st.booleans(),
)
FROM_HUB: st.SearchStrategy[FromHub] = st.one_of(
    COMMANDS,
    st.builds(replace, COMMANDS, op=st.just("dance"), args=st.just({"on": 7})),
    st.builds(
        Sync,
        st.sampled_from(["s1", "s2"]),
        HUBS,
        st.just(NOON_MS),
        st.lists(st.tuples(EPOCHS, st.integers(0, 30)), max_size=3).map(tuple),
        st.integers(1, 256),
        st.integers(1, 256),
        st.integers(1, 3_600),
    ),
    st.builds(Claim, HUBS, EPOCHS, st.integers(0, 30), st.just(((1, "E_SCHEMA"),))),
    st.builds(HubState, st.sampled_from(Presence), HUBS),
    st.builds(Members, st.lists(st.tuples(CARDS, VIEWS), max_size=2).map(tuple)),
    st.builds(LookupAnswer, TOKENS, st.sampled_from(LookupStatus), CARDS, st.none() | VIEWS),
)


# Each message alone, in any order, also such as no loop would ever send

NOWS = st.builds(Moment, st.integers(0, 10**6), st.integers(0, 2 * NOON_MS), st.sampled_from(ClockQuality))
SHOWN = st.integers(0, 4)
BODIES: st.SearchStrategy[Body] = st.sampled_from(
    [
        visit(),
        visit(OTHER_CARD),
        rating(face=Face.BAD),
        rating(),
        reason(),
        CaseAnswered(CARD, "case-1", True),
        QuestionAnswered(CARD, "tea", "c1"),
        QuestionSkipped(CARD, "tea", True),
        ReferralOpened(CARD),
        Referred(OTHER_CARD, CARD, 3),
        Redeemed(50, CARD, perk="coffee", offline=True),
        AssistRequested(CARD, True),
        Granted(CARD, "birthday", "2026"),
        GreetingShown(CARD, GreetingKind.BURN, "2026-11-30"),
    ]
)
FACTS = st.builds(
    lambda first, bodies: tuple(fact(first + place, body) for place, body in enumerate(bodies)),
    st.integers(1, 40),
    st.lists(BODIES, min_size=1, max_size=3),
)
STANDINGS = st.builds(standing, st.none() | VIEWS, CARDS, FACTS | st.just(()))
KNOWN = st.builds(standing, st.none() | READABLE, CARDS, FACTS)  # what a store has written and read again
FIRSTS = st.lists(st.tuples(EPOCHS, st.integers(1, 9)), max_size=2).map(lambda kept: (*kept, (NEXT_EPOCH, 1)))
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Tick, NOWS),
    st.builds(CardArrived, NOWS, SHOWN, st.booleans(), st.booleans()),
    st.builds(CardRead, NOWS, SHOWN, CARDS, st.just(EVIDENCE)),
    st.builds(CardUnusable, NOWS, SHOWN),
    st.builds(CardUnreadable, NOWS, SHOWN, st.sampled_from(Trouble)),
    st.builds(CardLeft, NOWS, SHOWN),
    st.builds(ReaderFound, NOWS, st.just("PN532")),
    st.builds(ReaderLost, NOWS, st.just("unplugged")),
    st.builds(Touched, NOWS, INTENTS),
    st.builds(LinkFound, NOWS, st.sampled_from(["s1", "s2"])),
    st.builds(LinkGone, NOWS, st.just("cable")),
    st.builds(Heard, NOWS, FROM_HUB),
    st.builds(Recalled, NOWS, SHOWN, STANDINGS),
    st.builds(Committed, NOWS, SHOWN, FACTS, KNOWN),
    st.builds(CommitFailed, NOWS, SHOWN, st.just("full")),
    st.builds(Trimmed, FIRSTS),
    st.builds(CommandTaken, NOWS, COMMANDS, REMEMBERED),
    st.builds(CommandLost, NOWS, COMMANDS),
    st.builds(Pictured, NOWS, st.just("c_00000001"), st.sampled_from([b"", PNG])),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MESSAGES, max_size=30), st.booleans())
def test_no_message_ever_breaks_the_machine(said: list[Message], reader_up: bool) -> None:
    """Any messages in any order: each step returns, each state has a frame in a language of the shop, a lamp, and a next moment
    that lies ahead once a tick has come for it."""
    now_state = state(SHOP, outbox(held(EPOCH, 5, claimed=2), held(NEXT_EPOCH, 0)), reader_up=reader_up)
    for message in said:
        now_state, _ = machine.step(now_state, message)
        now = getattr(message, "now", Moment(0, NOON_MS, ClockQuality.NTP))
        assert machine.frame_of(now_state, now).language in shop().languages
        assert machine.lamp_of(now_state) in set(Light)
        late = replace(now, mono_ms=max(now.mono_ms, machine.due_ms(now_state, now)))
        ticked, _ = machine.step(now_state, Tick(late))
        if machine.due_ms(ticked, late) == late.mono_ms:  # somebody has just gone, and a restart waited for it: at the next look
            ticked, _ = machine.step(ticked, Tick(late))
        assert machine.due_ms(ticked, late) > late.mono_ms


# A day at the counter: cards, fingers, time, a disk and a hub that work or do not


class Counter(RuleBasedStateMachine):
    """One kiosk whose effects are performed truly, on paper, by a disk that may fail; what it showed is checked after each act."""

    def __init__(self) -> None:
        super().__init__()
        self.kiosk = PaperKiosk(state(SHOP))
        for (card, name), holds in zip(NAMES.items(), ACCOUNTS[1:], strict=False):
            self.kiosk.knows(view(name=name, holds=holds), card)
        self.version = 1
        self.card: str | None = None
        self.left_ms: dict[str, int] = {}
        self.repeat = False
        self.unread = False
        self.visitor: str | None = None  # whose visit was written last, while cards only flickered since
        self.checked = 1

    # What happens, as a reader would tell it

    @rule(card=CARDS, stale=st.sampled_from([False] * 6 + [True]))
    def lay(self, card: str, stale: bool) -> None:
        """A card arrives, in the place of one that may lie there."""
        if self.card is not None:
            self.lift()
        left = self.left_ms.get(card)
        self.repeat = not stale and left is not None and self.kiosk.now_ms - left < 2_000
        self.visitor = self.visitor if self.repeat or stale else None
        self.unread = not stale
        self.kiosk.arrive(repeat=self.repeat, stale=stale)
        self.card = None if stale else card

    @precondition(lambda self: self.card is not None and self.unread)
    @rule()
    def read(self) -> None:
        """The card that lies there is read: that is a visit, unless it made one just now, is blocked, or nobody knows whose it is yet."""
        assert self.card is not None
        self.unread = False  # a reader reads a card once in a presentation
        kiosk, count = self.kiosk, len(self.kiosk.facts)
        phase = kiosk.state.talk.phase
        listening = isinstance(phase, Reading | Sorry) and phase.presentation == kiosk.presentation
        told = kiosk.known[self.card].view if self.card in kiosk.known else None
        kiosk.read(self.card)
        if told is not None and told.blocked and self.visitor != self.card:
            assert len(kiosk.facts) == count
        elif listening and self.visitor != self.card and kiosk.disk_works and (told is not None or not kiosk.state.talk.online):
            assert [fact.card for fact in kiosk.facts[count:] if isinstance(fact.body, Visit)] == [self.card]
        assert {fact.card for fact in kiosk.facts[count:]} <= {self.card}

    @rule(card=CARDS, intents=st.lists(INTENTS, max_size=3))
    def come(self, card: str, intents: list[Intent]) -> None:
        """A customer as most are: lays the card down, and touches something."""
        self.lay(card, False)
        self.read()
        self.kiosk.touch(*intents)

    @rule(card=st.sampled_from(list(NAMES)), entry=st.sampled_from(MenuEntry), then=st.lists(DECISIONS, max_size=4))
    def choose(self, card: str, entry: MenuEntry, then: list[Intent]) -> None:
        """A customer who knows what they want: opens the menu and goes on from there."""
        self.come(card, [OpenMenu(), Pick(entry), *then])

    @precondition(lambda self: self.card is not None and self.unread)
    @rule(trouble=st.sampled_from([*Trouble, None]))
    def fail_to_read(self, trouble: Trouble | None) -> None:
        """The card that lies there cannot be read, now or ever."""
        shown, now = self.kiosk.presentation, self.kiosk.now()
        self.kiosk.handle(CardUnusable(now, shown) if trouble is None else CardUnreadable(now, shown, trouble))

    @precondition(lambda self: self.card is not None)
    @rule()
    def lift(self) -> None:
        """The card is lifted."""
        assert self.card is not None
        self.left_ms.pop(self.card, None)
        self.left_ms[self.card] = self.kiosk.now_ms
        self.kiosk.lift()
        self.card = None

    @rule(intent=INTENTS)
    def touch(self, intent: Intent) -> None:
        """Somebody touches."""
        self.kiosk.touch(intent)

    @rule(elapsed_ms=st.sampled_from([10, 500, 1_500, 2_999, 3_000, 8_000, 60_000]))
    def wait(self, elapsed_ms: int) -> None:
        """Time goes by; the machine is woken whenever it asked to be, and never asks for the past."""
        woken = len(self.kiosk.shown)
        self.kiosk.wait(elapsed_ms)
        assert len(self.kiosk.shown) - woken < 20 + elapsed_ms // 1_000

    @rule(works=st.booleans())
    def disk(self, works: bool) -> None:
        """The disk fails, or works again."""
        self.kiosk.disk_works = works

    @rule(there=st.booleans())
    def network(self, there: bool) -> None:
        """Broker and hub come, or the broker goes."""
        if there:
            self.kiosk.online()
        else:
            self.kiosk.handle(LinkGone(self.kiosk.now(), "cable"))

    @rule(found=st.booleans())
    def reader(self, found: bool) -> None:
        """The reader goes or comes back."""
        self.kiosk.handle(ReaderFound(self.kiosk.now(), "PN532") if found else ReaderLost(self.kiosk.now(), "unplugged"))

    @rule(known=st.booleans())
    def hub_answers(self, known: bool) -> None:
        """The hub answers what it was asked last, if it still matters."""
        if isinstance(phase := self.kiosk.state.talk.phase, Reading) and phase.token is not None:
            self.kiosk.answer(view(name="Іване") if known else None)

    @rule(status=st.sampled_from(ReserveStatus), why=st.sampled_from(["", "too_few", "ended", "later"]))
    def hub_decides(self, status: ReserveStatus, why: str) -> None:
        """The hub says yes or no to a reward, if it was asked for one, whether or not that still matters."""
        if any(isinstance(said, Reserve) for said in self.kiosk.said):
            self.kiosk.decide(status, why)

    @rule(card=st.sampled_from(list(NAMES)), holds=st.sampled_from(ACCOUNTS), manner=st.sampled_from(["", "", "", "spoilt", "blocked"]))
    def hub_tells(self, card: str, holds: Account, manner: str) -> None:
        """The hub says what it knows of a member, or what nobody can read, or that the card is blocked."""
        self.version += 1
        told = view(self.version, name=NAMES[card], holds=holds)
        if manner:
            told = replace(told, blocked=True) if manner == "blocked" else replace(told, account={"ledger": 5})
        self.kiosk.hear(Members(((card, told),)))

    # What must hold, whatever happened

    @invariant()
    def what_was_shown_was_right(self) -> None:
        """Everything that was on the glass since the last look."""
        kiosk, last_seen = self.kiosk, self.checked - 1
        self.checked = len(kiosk.shown)
        for before, after in pairwise(kiosk.shown[last_seen:]):
            self.only_what_is_on_disk_is_celebrated(before, after)
            self.names_are_the_cards_own_and_do_not_stay(after)
            for written in kiosk.facts[before.facts : after.facts]:
                if isinstance(written.body, Visit):
                    self.visitor = written.card

    def only_what_is_on_disk_is_celebrated(self, before: Shown, after: Shown) -> None:
        """What answers a customer appears only in the step that wrote a fact; a greeting also again, for the card that came back, or
        after what was asked or chosen in its midst. A code on the glass is the one on disk."""
        kiosk = self.kiosk
        if isinstance(after.phase, CELEBRATED) and type(after.phase) is not type(before.phase):
            back = isinstance(after.phase, Greeted) and getattr(before.phase, "greeted", getattr(before.phase, "then", None)) is not None
            again = isinstance(after.phase, Greeted) and self.repeat and self.visitor == after.phase.standing.card
            assert after.facts > before.facts or again or back
        if isinstance(after.phase, Coded):
            spent = [body for body in kiosk.acts if isinstance(body, Redeemed)]
            assert spent[-1].code == after.phase.code
        if isinstance(after.phase, Greeted):
            card = after.phase.standing.card
            assert visited(kiosk.facts, after.phase) == card
            assert self.card in (None, card) or kiosk.presentation != after.phase.presentation
            if isinstance(before.phase, Greeted) and after.phase.extensions == before.phase.extensions:
                assert after.phase.until_ms == before.phase.until_ms
            else:
                assert after.phase.until_ms == after.at_ms + shop().greeting_ms

    def names_are_the_cards_own_and_do_not_stay(self, shown: Shown) -> None:
        """Whose name is shown is whose card was laid; it is gone after the greeting's time, or that for each wish for more, and only a
        phase from which the greeting comes back remembers it."""
        kiosk, scene, phase = self.kiosk, shown.frame.scene, shown.phase
        if not isinstance(scene, Greeting | PutRight):
            assert not named(shown.frame)
            assert greeting_in(phase) is not None or not named(phase)
            return
        greeted = greeting_in(phase)
        assert greeted is not None
        owner = kiosk.known[greeted.standing.card].view
        assert scene.name in (None, owner.person.greeting_name if owner is not None else None)
        if isinstance(phase, Greeted):
            assert phase.extensions <= EXTENSIONS_MAX
            assert self.visible_ms(phase) <= shop().greeting_ms * (phase.extensions + 1)

    def visible_ms(self, greeted: Greeted) -> int:
        """How long this greeting was on the glass so far."""
        return sum(after.at_ms - before.at_ms for before, after in pairwise(self.kiosk.shown) if same_greeting(before.phase, greeted))

    @invariant()
    def nothing_is_due_in_the_past(self) -> None:
        """After a tick the next moment lies ahead: no busy loop."""
        late = self.kiosk.now()
        late = replace(late, mono_ms=max(machine.due_ms(self.kiosk.state, late), late.mono_ms))
        ticked, _ = machine.step(self.kiosk.state, Tick(late))
        assert machine.due_ms(ticked, late) > late.mono_ms

    def teardown(self) -> None:
        """Left alone, every kiosk comes back to nobody: no phase waits for ever, and nothing personal is left in it."""
        self.kiosk.wait(INVITE_MS + 30_000)
        assert isinstance(self.kiosk.state.talk.phase, Idle)
        assert not named(self.kiosk.state)


CELEBRATED = Greeted | Mending | Asking | Questioning | Thanked | Coded | Called | Inviting | Joined


def named(value: object) -> bool:
    """Whether a member's name is anywhere in it."""
    return any(name in repr(value) for name in (*NAMES.values(), "Іване"))


def greeting_in(phase: Phase) -> Greeted | None:
    """The greeting that is shown, or that comes back after this."""
    then = phase if isinstance(phase, Greeted) else getattr(phase, "greeted", getattr(phase, "then", None))
    return then if isinstance(then, Greeted) else None


def visited(facts: list[Fact], greeted: Greeted) -> str | None:
    """Card of the visit that is greeted, as it is on disk."""
    body = facts[greeted.visit - 1].body
    assert isinstance(body, Visit)
    return body.card


def same_greeting(one: Phase, other: Greeted) -> bool:
    """Whether both are the greeting of one presentation."""
    return isinstance(one, Greeted) and one.presentation == other.presentation


TestCounter = Counter.TestCase
TestCounter.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
