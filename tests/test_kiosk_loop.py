"""The loop at work: real store on disk, real machine, real inbox; screen, lamp and wire write one transcript in which order shows."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from display.scenes import (
    Answer,
    Because,
    Choose,
    Frame,
    Greeting,
    Intent,
    MenuEntry,
    MoreTime,
    NotNow,
    OpenMenu,
    Outage,
    OutOfService,
    Pick,
    Rate,
    Reading,
    Ready,
    Refusal,
    RewardCode,
    Thanks,
    Trouble,
    TryAgain,
)
from drivers.clock import SimulatedClock
from drivers.silent_panel import SilentPanel
from kiosk import machine
from kiosk.documents import Point, StoreFault
from kiosk.inbox import COUNTER_MAX, HUB_AT_ONCE, HUB_MAX, Inbox
from kiosk.loop import CHORE_MS, QUIET_MS, READING_UNSEEN_MS, REFUSED_EVERY_MS, Loop
from kiosk.machine import State
from kiosk.messages import CardArrived, CardRead, Committed, Heard, LinkFound, Message, Note, Recalled, Tick
from kiosk.outbox import Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation, Greeted, Shop
from kiosk.store import Store
from kiosk.talking import DEAF_MS
from kiosk.tidying import FACTS_KEPT_DAYS, Chores
from loyalty.account import fold
from loyalty.codec import decode
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import Welcome
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, GreetingShown, ReasonCode, Redeemed, Visit
from loyalty.moment import Moment
from mqtt import wire
from mqtt.messages import Birth, Claim, FactBatch, FromHub, FromKiosk, HubState, Lookup, LookupAnswer, LookupStatus, Members, Presence, Sync
from tests.builders import BOOT, CARD, DAY_MS, EPOCH, HUB, NOON_MS, OTHER_CARD, balance, identity, pushed_file, shop, view
from tests.kiosk_on_paper import lively

NEXT_EPOCH = "bbbbbbbbbbbb"
EVIDENCE = Evidence("NTAG213")
HOUR_MS = 3_600_000


@dataclass
class Transcript:
    """Everything that leaves the loop, in one list: what is durable, shown, lit, sounded, sent and logged."""

    lines: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    sent: list[FromKiosk] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    broken: list[Point] = field(default_factory=list)

    def disk(self, point: Point) -> None:
        """The store's own word about each transaction; it fails at the points in `broken`."""
        if point in self.broken:
            raise StoreFault("the disk is full", "Free some space")
        if point == "after_commit":
            self.lines.append("durable")

    def paint(self, frame: Frame) -> None:
        """As a screen."""
        self.frames.append(frame)
        self.lines.append(f"paint {type(frame.scene).__name__}")

    def close(self) -> None:
        """As a screen."""

    def light(self, name: str) -> None:
        """As a lamp."""
        self.lines.append(f"light {name}")

    def chime(self, name: str) -> None:
        """As a buzzer."""
        self.lines.append(f"chime {name}")

    def send(self, said: FromKiosk) -> None:
        """As the wire; what could not be said truly is refused there."""
        assert wire.encode(said, "s1", "k1").topic
        self.sent.append(said)
        self.lines.append(f"send {type(said).__name__}")

    def told(self, note: Note) -> None:
        """As the log."""
        self.notes.append(note)
        self.lines.append(f"note {note.event}")


@dataclass
class Rig:
    """A kiosk without doors: what they would say is put into the inbox by hand."""

    path: Path
    out: Transcript = field(default_factory=Transcript)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(0, NOON_MS, boot_id=BOOT))
    inbox: Inbox = field(default_factory=Inbox)
    refused: Counter[str] = field(default_factory=Counter)
    touches: list[Intent] = field(default_factory=list)
    pats: int = 0
    presentation: int = 0
    store_kind: type[Store] = Store
    facts_kept: int = 1_000
    shop: Shop = field(default_factory=shop)

    def start(self, epoch: str = EPOCH, step: Callable[[State, Message], machine.Step] = machine.step) -> Rig:
        """Put the loop together."""
        self.store = self.store_kind(self.path, "k1", epoch, BOOT, self.out.disk, self.facts_kept)
        self.out.lines.clear()
        glass, out = Glass([self.out], self.look), self.out
        self.pushed = pushed_file(self.path.parent)
        parts = Parts(self.clock, self.inbox, self.store, out, glass, out.send, self.pat, out.told, self.refused, pushed=self.pushed)
        talk = replace(Conversation(self.shop, today=self.store.today), reader_up=True)
        self.loop = Loop(parts, State(talk, Outbox(identity(epoch), self.store.held(), self.clock.now())), step)
        return self

    def look(self) -> list[Intent]:
        """What was touched since the last look."""
        touched, self.touches = self.touches, []
        return touched

    def pat(self) -> None:
        """The watchdog is patted."""
        self.pats += 1

    def turn(self, elapsed_ms: int = 0) -> Rig:
        """Let time pass, then one round."""
        self.clock.pass_ms(elapsed_ms)
        self.loop.turn(0)
        return self

    def put(self, *messages: Message) -> Rig:
        """Into the inbox, then one round."""
        for message in messages:
            self.inbox.put(message)
        return self.turn()

    def lay(self, card: str = CARD, *, repeat: bool = False) -> Rig:
        """A card arrives and is read."""
        self.presentation += 1
        now = self.clock.now()
        return self.put(CardArrived(now, self.presentation, repeat), CardRead(now, self.presentation, card, EVIDENCE))

    def touch(self, *intents: Intent) -> Rig:
        """The customer touches, and the next look finds it."""
        self.touches += intents
        return self.turn()

    def hear(self, *said: FromHub) -> Rig:
        """The hub says something."""
        return self.put(*(Heard(self.clock.now(), each) for each in said))

    def online(self, *cursors: tuple[str, int]) -> Rig:
        """A broker and a hub in sync."""
        self.put(LinkFound(self.clock.now(), "session-1"))
        return self.hear(Sync("session-1", HUB, NOON_MS, cursors, 64, 16, 5))

    def facts(self) -> list[Fact]:
        """What is in the store."""
        return [
            decode(document, "k1", stream.epoch, boot)
            for stream in self.store.held()
            for boot, documents in [self.store.facts(stream.epoch, stream.first, stream.last)]
            for document in documents
        ]

    @property
    def scene(self) -> object:
        """What was painted last."""
        return self.out.frames[-1].scene


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "kiosk.db").start()
    made.store.keep([(CARD, view(points=100))])
    made.out.lines.clear()
    yield made
    made.out.broken.clear()
    made.store.close()


def unkept_promises(lines: list[str]) -> list[str]:
    """Lines that promise more than is durable by then: a greeting or thanks, a sound of success, a fact on the wire."""
    durable, promised, wrong = 0, 0, []
    for line in lines:
        durable += line == "durable"
        if line in ("chime ok", "paint Greeting", "paint Thanks", "paint WhyBad", "send FactBatch"):
            promised += line.startswith("paint")
            if durable == 0 or promised > durable:
                wrong.append(line)
    return wrong


# Commit, then celebrate


def test_the_fact_is_durable_before_anything_is_promised(rig: Rig) -> None:
    """On disk, then sound, then greeting: the order in which a customer's trust is earned; and only then is it sent."""
    rig.online().out.lines.clear()
    rig.lay()
    assert [line for line in rig.out.lines if not line.startswith("note")] == [
        "light read",
        "durable",
        "light ok",
        "chime ok",
        "send FactBatch",
        "paint Greeting",
    ]
    assert unkept_promises(rig.out.lines) == []


def test_a_rating_and_a_reason_are_durable_before_the_thanks(rig: Rig) -> None:
    """Each answer is one commit, and what follows from it is shown after it."""
    rig.lay().touch(Rate(Face.BAD)).turn(DEAF_MS).touch(Because(ReasonCode.PRICE))
    shown = [line for line in rig.out.lines if line in ("durable", "chime ok") or line.startswith("paint")]
    assert shown == ["durable", "chime ok", "paint Greeting", "durable", "paint WhyBad", "durable", "chime ok", "paint Thanks"]
    assert [type(fact.body).__name__ for fact in rig.facts()] == ["Visit", "GreetingShown", "Rating", "Reason"]


def hasty(state: State, message: Message) -> machine.Step:
    """A wrong machine: it greets when the card is recalled, and commits afterwards."""
    after, effects = machine.step(state, message)
    if isinstance(message, Recalled):
        said = Welcome("uk", "Марія", 110, 10, 0, None)
        greeted = Greeted(message.presentation, 1, said, message.standing, 0, 8_000)
        return replace(after, talk=replace(after.talk, phase=greeted)), []
    return after, effects


def test_a_machine_that_promises_too_early_would_be_caught(tmp_path: Path) -> None:
    """The check above is worth something: a machine that greets without a commit does not pass it."""
    rig = Rig(tmp_path / "kiosk.db").start(step=hasty)
    rig.lay()
    assert isinstance(rig.scene, Greeting)
    assert unkept_promises(rig.out.lines) == ["paint Greeting"]
    rig.store.close()


def test_what_is_painted_was_read_from_the_store_that_was_written(rig: Rig) -> None:
    """The balance on the glass is view plus committed fact, and the fact in the store is the one that was greeted."""
    rig.lay()
    assert isinstance(rig.scene, Greeting)
    assert (rig.scene.name, rig.scene.balance, rig.scene.earned) == ("Марія", 110, 10)
    fact, told = rig.facts()
    assert isinstance(told.body, GreetingShown)
    assert fact.body == Visit(CARD, EVIDENCE)
    assert (fact.at_ms, fact.mono_ms, fact.boot) == (NOON_MS, 0, BOOT)


# The store refuses


def test_a_disk_that_refuses_leads_to_try_again(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A refused commit is not celebrated, is logged with what to do, and the next try succeeds with the first number."""
    rig.out.broken.append("before_commit")
    rig.lay()
    assert rig.scene == TryAgain(Trouble.NOT_SAVED)
    assert [line for line in rig.out.lines if line.startswith(("chime", "durable"))] == ["chime stop"]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [("ERROR", "store: the disk is full. Free some space")]
    rig.out.broken.clear()
    rig.lay()
    assert isinstance(rig.scene, Greeting)
    assert [fact.id.number for fact in rig.facts()] == [1, 2]


def test_a_broken_disk_takes_the_kiosk_out_of_service_until_it_heals(rig: Rig) -> None:
    """Three refusals in a row: the staff are asked; the first success brings the kiosk back by itself."""
    rig.out.broken.append("before_commit")
    for _ in range(3):
        rig.lay().turn(5_000)
    assert rig.scene == OutOfService(Outage.STORE)
    rig.out.broken.clear()
    assert isinstance(rig.lay().scene, Greeting)
    assert rig.turn(8_000).scene == Ready("Кавʼярня")


class UnreadableStore(Store):
    """A store whose storage card cannot be read just now."""

    blind = False

    def standing(self, card: str) -> Standing:
        if self.blind:
            raise StoreFault("the store could not be read", "Replace the card")
        return super().standing(card)

    def facts(self, epoch: str, first: int, last: int) -> Any:
        if self.blind:
            raise StoreFault("the store could not be read", "Replace the card")
        return super().facts(epoch, first, last)


def test_a_disk_that_cannot_be_read_asks_to_try_again(tmp_path: Path) -> None:
    """A read that fails is a fault like a write: no crash, no promise, and service goes on when the disk does."""
    rig = Rig(tmp_path / "kiosk.db", store_kind=UnreadableStore).start().online()
    rig.lay(OTHER_CARD).turn(3_000).turn(8_000)
    UnreadableStore.blind = True
    try:
        rig.lay()
        assert rig.scene == TryAgain(Trouble.NOT_SAVED)
        batches = rig.out.lines.count("send FactBatch")
        rig.turn(30_000)
        assert rig.out.lines.count("send FactBatch") == batches
    finally:
        UnreadableStore.blind = False
    rig.turn(60_000)
    assert rig.out.lines.count("send FactBatch") == batches + 1
    rig.store.close()


def test_a_disk_that_refuses_the_hubs_word_only_costs_a_line(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """What comes from the hub is a cache: if it cannot be written the kiosk says so in the log and goes on."""
    rig.out.broken.append("before_commit")
    rig.hear(Members(((OTHER_CARD, view(3)),)))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    rig.out.broken.clear()
    assert rig.store.standing(OTHER_CARD).view is None
    assert isinstance(rig.lay().scene, Greeting)


# The hub


@pytest.mark.parametrize("wrong_ms", [-400 * DAY_MS, -3 * HOUR_MS, 30 * DAY_MS])
def test_a_clock_the_hub_has_set_right_promises_a_day_once(rig: Rig, wrong_ms: int) -> None:
    """A kiosk wakes up on a wrong day and greets; once the hub has told the time, the same visit's day is today, and is not given again."""
    rig.clock.set_wall_ms(NOON_MS + wrong_ms, ClockQuality.UNSYNCED)
    rig.lay().turn(30_000)
    rig.put(LinkFound(rig.clock.now(), "session-1"))
    rig.hear(Sync("session-1", HUB, NOON_MS + 30_000, ((EPOCH, 0),), 64, 16, 5))
    assert rig.clock.now().wall_ms == NOON_MS + 30_000
    rig.turn(30_000).lay()
    assert isinstance(rig.scene, Greeting)
    assert (rig.scene.balance, rig.scene.earned) == (110, 0)
    assert [fact.clock for fact in rig.facts() if isinstance(fact.body, Visit)] == [ClockQuality.UNSYNCED, ClockQuality.HUB]


def look_up(rig: Rig, card: str) -> Rig:
    """A card never seen here is laid down, and the hub says that it is Maria's too."""
    rig.lay(card)
    asked = rig.out.sent[-1]
    assert isinstance(asked, Lookup)
    return rig.hear(LookupAnswer(asked.token, LookupStatus.FOUND, card, view(points=100)))


def test_a_second_card_that_the_hub_tells_of_has_the_first_ones_facts_on_top(rig: Rig) -> None:
    """What a member did here with one card is known when the hub says that another card is theirs, before the greeting; seed 5020."""
    rig.online()
    rig.store.commit((Redeemed(60, CARD, perk="coffee"),), rig.clock.now())
    look_up(rig, OTHER_CARD)
    assert isinstance(rig.scene, Greeting)
    assert rig.scene.balance == 100 - 60 + 10


class ForgetfulStore(Store):
    """A store whose disk refuses the hub's word, and takes facts."""

    def keep(self, views: Iterable[tuple[str, MemberView]]) -> None:
        """See `Store.keep`."""
        raise StoreFault("the disk is full", "Free some space")


def test_the_hubs_answer_counts_although_the_disk_refused_to_keep_it(tmp_path: Path) -> None:
    """The view of a card that was asked for greets its member, once, whether or not it could be written; nobody is asked twice."""
    rig = Rig(tmp_path / "kiosk.db", store_kind=ForgetfulStore).start().online()
    look_up(rig, OTHER_CARD)
    assert isinstance(rig.scene, Greeting)
    assert rig.scene.balance == 110
    assert sum(isinstance(said, Lookup) for said in rig.out.sent) == 1
    rig.store.close()


def test_facts_on_the_wire_are_the_facts_on_disk(rig: Rig) -> None:
    """A batch carries documents out of the store, with the epoch and the kernel boot of that epoch."""
    rig.lay().touch(Rate(Face.GOOD)).turn(20_000)
    rig.online((EPOCH, 0))
    (batch,) = (said for said in rig.out.sent if isinstance(said, FactBatch))
    assert (batch.epoch, batch.boot) == (EPOCH, BOOT)
    assert [decode(document, "k1", EPOCH, BOOT) for document in batch.facts] == rig.facts()


def test_a_restart_sends_what_the_run_before_left_open(rig: Rig) -> None:
    """Facts of an earlier run are sent under their own epoch and boot, before those of this run."""
    rig.lay()
    rig.store.close()
    rig.start(NEXT_EPOCH).lay(OTHER_CARD)
    rig.online((EPOCH, 0), (NEXT_EPOCH, 0))
    batches = [said for said in rig.out.sent if isinstance(said, FactBatch)]
    assert [(batch.epoch, [document["s"] for document in batch.facts]) for batch in batches] == [(EPOCH, [1, 2]), (NEXT_EPOCH, [1])]


def test_what_the_hub_says_of_members_is_on_disk(rig: Rig) -> None:
    """Views are kept by the store, and the next greeting uses them."""
    rig.hear(Members(((CARD, view(2, points=7, name="Оксано")),)))
    scene = rig.lay().scene
    assert isinstance(scene, Greeting)
    assert scene.name == "Оксано"


def test_letting_go_of_old_facts_reaches_the_next_birth(tmp_path: Path) -> None:
    """After trimming, the handshake names the first fact that is really there: a restored hub can then tell what is lost."""
    rig = Rig(tmp_path / "kiosk.db", facts_kept=10).start().online()
    for _ in range(12):
        rig.lay(OTHER_CARD).turn(10_000)
    rig.hear(Claim(HUB, EPOCH, 12))
    assert rig.store.held()[0].first == 3
    rig.hear(HubState(Presence.ONLINE, "hub-2"))
    birth = next(said for said in reversed(rig.out.sent) if isinstance(said, Birth))
    assert [(stream.first, stream.last) for stream in birth.streams] == [(3, 12)]
    rig.store.close()


def test_a_restored_hub_gets_facts_again_and_the_balance_holds(rig: Rig) -> None:
    """The hub falls back: facts are opened in the store and sent again, and with the hub's older view the balance is the same."""
    rig.lay().online((EPOCH, 0))
    known = view(2, holds=fold(rig.facts(), shop().book), covers=((EPOCH, 2),))
    rig.hear(Claim(HUB, EPOCH, 2), Members(((CARD, known),)))
    assert balance(rig.store.standing(CARD), shop().book) == 10
    rig.hear(HubState(Presence.ONLINE, "hub-2"), Sync("session-1", "hub-2", NOON_MS, ((EPOCH, 0),), 64, 16, 5))
    rig.hear(Members(((CARD, view(3, points=100)),)))
    assert balance(rig.store.standing(CARD), shop().book) == 110
    assert [type(said) for said in rig.out.sent].count(FactBatch) == 2


# What a kiosk may give


def buy(rig: Rig) -> object:
    """A coffee for fifty points, as soon as the last customer is gone; what is on the glass then."""
    return rig.turn(60_000).lay().touch(OpenMenu(), Pick(MenuEntry.REWARDS), Choose(0), Answer(True)).scene


def test_the_days_limits_survive_a_restart(tmp_path: Path) -> None:
    """What was given without the hub today is remembered with the facts that gave it: a restart gives no second allowance."""
    rig = Rig(tmp_path / "kiosk.db", shop=lively()).start()
    rig.store.keep([(CARD, view(points=1_000))])
    assert isinstance(buy(rig), RewardCode)
    rig.store.close()
    rig.start(NEXT_EPOCH)
    assert isinstance(buy(rig), RewardCode)
    assert buy(rig) == NotNow(Refusal.OFFLINE_LIMIT)
    rig.store.close()


def test_a_code_is_durable_before_it_is_shown(tmp_path: Path) -> None:
    """The points are taken on disk, then the code is painted, and what is painted is what is on disk."""
    rig = Rig(tmp_path / "kiosk.db", shop=lively()).start()
    rig.store.keep([(CARD, view(points=1_000))])
    rig.lay().touch(OpenMenu(), Pick(MenuEntry.REWARDS), Choose(0)).out.lines.clear()
    rig.touch(Answer(True))
    assert rig.out.lines.index("durable") < rig.out.lines.index("paint RewardCode")
    code = rig.scene
    assert isinstance(code, RewardCode)
    body = rig.facts()[-1].body
    assert isinstance(body, Redeemed)
    assert body.code == code.code
    rig.store.close()


# Each round


def test_only_what_changed_is_painted(rig: Rig) -> None:
    """A round without news paints nothing; the first paints the invitation."""
    rig.turn().turn(10).turn(10)
    assert rig.out.frames == [Frame(Ready("Кавʼярня"), "en", None)]
    rig.turn(6_000)
    assert [frame.language for frame in rig.out.frames] == ["en", "uk"]


def test_a_reading_nobody_could_see_is_not_painted(rig: Rig) -> None:
    """A card read at once goes from the invitation straight to the greeting; one that takes long is shown to be read."""
    rig.turn().lay()
    assert [type(frame.scene) for frame in rig.out.frames] == [Ready, Greeting]
    rig.turn(20_000).put(CardArrived(rig.clock.now(), 9))
    rig.turn(READING_UNSEEN_MS - 1)
    assert rig.scene == Ready("Кавʼярня")
    assert rig.turn(1).scene == Reading()


def test_each_reading_is_timed_by_itself(rig: Rig) -> None:
    """A card that flickers twice in its greeting: the second reading is as new as the first was, and neither is painted."""
    rig.lay()
    for _ in range(2):
        rig.turn(1_000).presentation += 1
        now = rig.clock.now()
        rig.put(CardArrived(now, rig.presentation, repeat=True)).put(CardRead(now, rig.presentation, CARD, EVIDENCE))
    assert [type(frame.scene) for frame in rig.out.frames] == [Greeting]


def test_every_screen_gets_every_frame(rig: Rig) -> None:
    """Window and small display show the same."""
    second = Transcript()
    rig.loop.parts.glass = Glass([rig.out, second], rig.look)
    rig.lay().turn(8_000)
    assert second.frames == rig.out.frames
    assert [type(frame.scene) for frame in second.frames] == [Greeting, Ready]


def test_time_alone_takes_a_name_off_the_glass(rig: Rig) -> None:
    """The loop ticks the machine exactly when it asked to be ticked: at its moment, not before."""
    rig.lay()
    assert isinstance(rig.turn(7_999).scene, Greeting)
    assert isinstance(rig.turn(1).scene, Ready)


def test_a_tick_comes_only_when_one_is_due(tmp_path: Path) -> None:
    """A round with nothing due asks the machine nothing; the first one has the disk to look at."""
    ticks: list[int] = []

    def counting(state: State, message: Message) -> machine.Step:
        if isinstance(message, Tick):
            ticks.append(message.now.mono_ms)
        return machine.step(state, message)

    rig = Rig(tmp_path / "kiosk.db").start(step=counting)
    rig.lay()
    for _ in range(100):
        rig.turn(100)
    assert ticks == [0, 8_000]
    rig.store.close()


def test_touches_are_found_by_looking(rig: Rig) -> None:
    """What the window saw is dealt with after the inbox, in the same round, at the moment of the look."""
    rig.lay().turn(1_200)
    rig.touch(MoreTime(), Rate(Face.GOOD))
    assert isinstance(rig.scene, Thanks)
    body: Body = rig.facts()[-1].body
    assert getattr(body, "shown_ms", None) == 1_200


class TidyStore(Store):
    """A store that counts its housekeeping, and may find its disk full at it."""

    kept = 0
    full = False

    more = 0

    def keep_house(self, now: Moment) -> Chores:
        done = super().keep_house(now)
        TidyStore.kept += 1
        if TidyStore.full:
            raise StoreFault("the disk is full", "Free some space")
        TidyStore.more = max(0, TidyStore.more - 1)
        return done._replace(more=TidyStore.more > 0)


def test_the_house_is_kept_once_in_each_quiet_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Ten quiet seconds after the last customer the store tidies up, once; never in front of somebody; a refusal costs a line."""
    TidyStore.kept = 0
    rig = Rig(tmp_path / "kiosk.db", store_kind=TidyStore).start()

    def kept_after(elapsed_ms: int) -> int:
        rig.turn(elapsed_ms)
        return TidyStore.kept

    assert kept_after(QUIET_MS - 1) == 0
    assert kept_after(1) == 1
    assert kept_after(10 * QUIET_MS) == 1
    rig.lay()
    assert kept_after(7_999) == 1
    assert kept_after(1) == 1
    assert kept_after(QUIET_MS - 2) == 1
    TidyStore.full = True
    assert kept_after(1) == 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    TidyStore.full = False
    assert isinstance(rig.lay().scene, Greeting)
    rig.store.close()


def test_what_is_left_of_the_house_is_done_piece_by_piece(tmp_path: Path) -> None:
    """While there is more to do a piece is done every second, and none in front of somebody."""
    TidyStore.kept, TidyStore.more = 0, 3
    rig = Rig(tmp_path / "kiosk.db", store_kind=TidyStore).start()
    done = []
    for elapsed_ms in (QUIET_MS, CHORE_MS - 1, 1, CHORE_MS, 10 * CHORE_MS):
        rig.turn(elapsed_ms)
        done.append(TidyStore.kept)
    assert done == [1, 1, 2, 3, 3]
    TidyStore.more = 3
    rig.lay()
    rig.turn(1_000)
    assert TidyStore.kept == 3
    rig.store.close()


def test_facts_let_go_for_their_age_reach_the_next_birth(tmp_path: Path) -> None:
    """What a quiet moment has let go of is not named in the next handshake."""
    rig = Rig(tmp_path / "kiosk.db").start().online()
    for _ in range(3):
        rig.lay(OTHER_CARD).turn(10_000)
    rig.hear(Claim(HUB, EPOCH, 3))
    rig.turn(FACTS_KEPT_DAYS * DAY_MS)
    assert rig.loop.state.box.held == rig.store.held()
    assert rig.store.held()[0].first == 3
    rig.store.close()


class PatientInbox(Inbox):
    """An inbox that notes how long the loop was ready to wait, and lets that time pass on the clock instead of sleeping."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self.clock = clock
        self.waits_ms: list[int] = []

    def take(self, wait_s: float) -> list[Message]:
        """What is there; the time given for waiting has passed."""
        self.waits_ms.append(round(wait_s * 1000))
        self.clock.pass_ms(self.waits_ms[-1])
        return super().take(0)


def waits(rig: Rig, rounds: int) -> list[int]:
    """How long the running loop waits in each of the next rounds."""
    inbox = PatientInbox(rig.clock)
    rig.inbox = rig.loop.parts.inbox = inbox
    rig.pats = 0

    def alive() -> None:
        rig.pats += 1
        if rig.pats == rounds:
            rig.loop.stop()

    rig.loop.parts.alive, rig.loop.stopping = alive, False
    rig.loop.run()
    return inbox.waits_ms


def test_the_loop_looks_often_only_while_somebody_may_press(rig: Rig) -> None:
    """A quarter of a second when nobody is there, a thirtieth while there is something to touch."""
    rig.turn()
    assert waits(rig, 3) == [250, 250, 250]
    rig.lay()
    assert waits(rig, 3) == [30, 30, 30]
    rig.touch(Rate(Face.BAD))
    assert waits(rig, 2) == [30, 30]
    rig.turn(DEAF_MS).touch(Because(ReasonCode.PRICE))
    assert waits(rig, 2) == [250, 250]


def test_the_loop_wakes_for_what_is_due_and_never_spins(rig: Rig) -> None:
    """The wait ends at the moment at which something changes by itself; with nothing due it is never nought."""
    rig.lay().turn(7_980)
    assert waits(rig, 2)[0] == 20
    assert isinstance(rig.scene, Ready)
    assert min(waits(rig, 400)) > 0


def test_a_screen_that_owes_a_picture_hardly_waits(rig: Rig) -> None:
    """While a slow screen has more to show the loop only takes a breath."""
    rig.turn()
    rig.loop.parts.glass = replace(rig.loop.parts.glass, owes=lambda: True)
    assert waits(rig, 2) == [2, 2]


def test_the_watchdog_is_patted_once_a_round(rig: Rig) -> None:
    """A loop that works says so, and one that hangs cannot."""
    rig.turn().turn()
    assert rig.pats == 2


def test_a_burst_is_served_and_what_did_not_fit_is_reported(rig: Rig) -> None:
    """More messages than fit: those that fit are dealt with in one round, the rest is counted in the log once a minute."""
    now = rig.clock.now()
    rig.put(*(CardArrived(now, number) for number in range(COUNTER_MAX + 7)))
    assert rig.turn(READING_UNSEEN_MS).scene == Reading()
    full = [note for note in rig.out.notes if note.event == "inbox.full"]
    assert full == [Note("inbox.full", {"dropped": 7}, warning=True)]
    rig.put(*(CardArrived(now, number) for number in range(COUNTER_MAX + 2)))
    rig.turn(REFUSED_EVERY_MS - READING_UNSEEN_MS - 1)
    assert len([note for note in rig.out.notes if note.event == "inbox.full"]) == 1
    rig.turn(1)
    assert [note.fields for note in rig.out.notes if note.event == "inbox.full"] == [{"dropped": 7}, {"dropped": 2}]


def test_a_tap_in_a_flood_is_answered_in_one_round(rig: Rig) -> None:
    """While the broker floods the kiosk with members that nobody asked for, the next card is greeted in the very next round."""
    rig.online()
    for each in range(HUB_MAX + 9):
        rig.inbox.put(Heard(rig.clock.now(), Members(((f"{each:032x}", view(member=f"m_{each}")),))))
    assert isinstance(rig.lay().scene, Greeting)
    assert rig.inbox.waiting == HUB_MAX - HUB_AT_ONCE
    for _ in range(HUB_MAX // HUB_AT_ONCE):
        rig.turn()
    assert rig.inbox.waiting == 0
    assert [note.fields for note in rig.out.notes if note.event == "inbox.full"] == [{"dropped": 9}]


def test_refused_messages_are_reported_once_a_minute_by_kind(rig: Rig) -> None:
    """However many cannot be read, one line a minute says how many of which kind, and counting starts anew."""

    def reports() -> list[dict[str, object]]:
        return [dict(note.fields) for note in rig.out.notes if note.event == "wire.refused"]

    rig.refused.update({"malformed": 3, "foreign": 1})
    rig.turn()
    assert reports() == [{"foreign": 1, "malformed": 3}]
    rig.refused.update({"oversize": 2})
    rig.turn(REFUSED_EVERY_MS - 1)
    assert len(reports()) == 1
    rig.turn(1)
    assert reports()[1:] == [{"oversize": 2}]
    rig.turn(REFUSED_EVERY_MS)
    assert len(reports()) == 2


def test_the_log_says_what_was_painted_and_never_whose(rig: Rig) -> None:
    """Scenes and languages are logged, names, balances and cards are not."""
    rig.lay().touch(Rate(Face.BAD)).turn(10_000)
    painted = [note.fields["scene"] for note in rig.out.notes if note.event == "painted"]
    assert painted == ["Greeting", "WhyBad", "Ready"]
    assert not any(secret in repr(rig.out.notes) for secret in ("Марія", CARD, "110"))


def test_running_begins_with_the_lamp_and_ends_when_told(tmp_path: Path) -> None:
    """A kiosk that starts without a reader shines for attention from the beginning; `stop` ends it after the present round."""
    rig = Rig(tmp_path / "kiosk.db").start()
    rig.loop.state = replace(rig.loop.state, talk=replace(rig.loop.state.talk, reader_up=False))
    panel = SilentPanel(lambda index: None, rig.clock)
    rig.loop.parts.panel = panel
    rig.loop.parts.alive = rig.loop.stop
    rig.inbox.put(Tick(rig.clock.now()))
    rig.loop.run()
    assert rig.loop.stopping
    assert [(asked.what, asked.name) for asked in panel.asked] == [("light", "attention")]
    assert isinstance(rig.scene, OutOfService)
    rig.store.close()


def test_every_light_and_sound_of_the_machine_exists(rig: Rig) -> None:
    """The names the machine uses are names the panel knows: a real panel's double refuses any other."""
    panel = SilentPanel(lambda index: None, rig.clock)
    rig.loop.parts.panel = panel
    rig.lay().touch(Rate(Face.GOOD)).turn(2_000)
    rig.put(CardArrived(rig.clock.now(), 99)).turn(5_000)
    rig.out.broken.append("before_commit")
    rig.lay().turn(3_000)
    assert {(asked.what, asked.name) for asked in panel.asked} == {
        ("light", "read"),
        ("light", "ok"),
        ("light", "idle"),
        ("light", "attention"),
        ("chime", "ok"),
        ("chime", "stop"),
    }


def test_the_whole_consequence_of_a_message_is_dealt_with_before_the_next(rig: Rig) -> None:
    """A touch that came right behind the card finds the greeting already there, for the commit is not put off."""
    seen: list[str] = []

    def watching(state: State, message: Message) -> machine.Step:
        seen.append(type(message).__name__)
        return machine.step(state, message)

    rig.store.close()
    rig.start(NEXT_EPOCH, watching)
    now = rig.clock.now()
    rig.put(CardArrived(now, 1), CardRead(now, 1, CARD, EVIDENCE), CardArrived(now, 2))
    assert seen[:5] == ["CardArrived", "CardRead", "Recalled", Committed.__name__, "CardArrived"]
