"""What is closed, from the hub that closes it to the kiosk that promises it no more: told, kept, in order, and no more than matters."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Kiosk as Who
from config.schema import KioskCards, KioskConfig, ProgrammeChoice
from display.scenes import Answer, Choose, Greeting, Intent, MenuEntry, NotNow, OpenMenu, Pick, Refusal, Rewards
from drivers.clock import Clock, SimulatedClock
from drivers.panel_door import PanelDoor
from drivers.silent_panel import SilentPanel
from hub.deciding import HOUR_MS
from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.shelf import ENDED_KEPT_MS, mattering
from kiosk.build import kiosk as built
from kiosk.closed import NOTHING_TOLD, document_of
from kiosk.documents import Point, StoreFault
from kiosk.inbox import Inbox
from kiosk.loop import Loop
from kiosk.machine import begin
from kiosk.messages import CardArrived, CardRead, Heard, KeepClosings, LinkFound, LinkGone
from kiosk.parts import Glass, Parts
from kiosk.store import Store
from loyalty.account import apply, fold
from loyalty.calendar import NEVER
from loyalty.counter.person import Occasion
from loyalty.counter.tap import offers_for
from loyalty.facts import Body, Granted, Redeemed, RuleClosed
from loyalty.programme.rules import Once, Perk, PerkKind, Rule, Stacking, Status, Trigger
from loyalty.rulebook import Closing, Shut
from mqtt.link import Arrived, LinkCounts, Report, Will
from mqtt.messages import Claim, Closings, FromHub, KioskState, Members, Presence, Sync
from mqtt.reading import CLOSINGS_MAX
from mqtt.topics import down_leaf
from mqtt.wire import Packet, decode_down, encode
from tests.builders import (
    BOOT,
    CARD,
    EPOCH,
    HUB,
    NEXT_EPOCH,
    NOON_MS,
    OTHER_CARD,
    THIRD_CARD,
    account,
    balance,
    book,
    fact,
    pushed_file,
    shop,
    state,
    view,
)
from tests.hub_builders import CARD_1, CARD_2, DAY, NOON, batch, birth, document, member, rating, rulebook, visit
from tests.hub_worlds import put_order
from tests.kiosk_on_paper import EVIDENCE, PaperKiosk, lively

MINUTE_MS = 60_000
TODAY = date(2026, 11, 22).toordinal()
VISIT = Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY)
BONUS = Rule("bonus", Trigger.VISIT, Status.ACTIVE, points=5, budget_points=10)
SHOP = shop(rule=(VISIT, BONUS))
FOR_GOOD = Closing("bonus", "", NOON_MS, NEVER)


def earned(kiosk: PaperKiosk, card: str) -> int:
    """What the next visit with a card is told to have earned."""
    scene = kiosk.knows(view(), card).lay(card).scene
    assert isinstance(scene, Greeting)
    kiosk.lift().wait(MINUTE_MS)
    return scene.earned


def told(*closings: Closing, version: int = 1, hub: str = HUB) -> Closings:
    """A word of the hub."""
    return Closings(hub, version, closings)


# --- the kiosk ---


def test_what_is_closed_is_promised_no_more() -> None:
    """A kiosk promises the bonus, hears that its budget is spent, and promises no more; an empty word opens it again."""
    kiosk = PaperKiosk(state(SHOP)).online()
    assert earned(kiosk, CARD) == 15
    kiosk.hear(told(FOR_GOOD))
    assert earned(kiosk, OTHER_CARD) == 10
    kiosk.hear(told(version=2))
    assert earned(kiosk, THIRD_CARD) == 15


def test_what_was_promised_before_stays_promised() -> None:
    """A closing counts from its moment on: what an own fact earned before it is still in the balance."""
    kiosk = PaperKiosk(state(SHOP)).online()
    assert earned(kiosk, CARD) == 15
    kiosk.hear(told(replace(FOR_GOOD, start=NOON_MS + kiosk.now_ms)))
    assert balance(kiosk.known[CARD], kiosk.state.talk.shop.book) == 115


def test_what_all_kiosks_share_is_not_promised_alone() -> None:
    """Without a hub nobody knows what is left of a budget: nothing of it is promised, from the moment on that there is none."""
    kiosk = PaperKiosk(state(SHOP)).online()
    assert earned(kiosk, CARD) == 15
    kiosk.handle(LinkGone(kiosk.now(), "the cable is out"))
    assert earned(kiosk, OTHER_CARD) == 10
    assert balance(kiosk.known[CARD], kiosk.state.talk.shop.book) == 115, "what was promised before stays"
    assert earned(kiosk.online(), THIRD_CARD) == 15


def test_a_run_that_begins_alone_promises_nothing_shared() -> None:
    """Before the first word of a hub; what one kiosk or one member is limited to is promised as ever."""
    own = replace(BONUS, id="own", budget_points=0, kiosk_budget_points=100, kiosk_hour_max=5)
    begun = state(shop(rule=(VISIT, BONUS, own)))
    kiosk = PaperKiosk(begin(begun.talk, begun.box, NOTHING_TOLD))
    assert earned(kiosk, CARD) == 15
    assert earned(kiosk.online(), OTHER_CARD) == 20


def test_what_may_be_out_of_stock_is_sold_on_line_alone() -> None:
    """A reward of which there are so many is not offered without a hub, and what only gives such a perk gives nothing."""
    mug = Perk("mug", PerkKind.REWARD, {"en": "A mug"}, Status.ACTIVE, cost_points=100, stock=3)
    cookie = Perk("cookie", PerkKind.SOFT, {"en": "A cookie"}, Status.ACTIVE, stock=9)
    sweet = Rule("sweet", Trigger.VISIT, Status.ACTIVE, perk="cookie")
    gives = (sweet, replace(sweet, id="both", points=3))
    begun = state(shop(rule=gives, perk=(mug, cookie)))
    kiosk = PaperKiosk(begin(begun.talk, begun.box, NOTHING_TOLD))
    for online, offered, grants in ((False, 0, 0), (True, 1, 2)):
        card = OTHER_CARD if online else CARD
        kiosk.knows(view(), card).lay(card)
        known = kiosk.known[card]
        assert len(offers_for(kiosk.state.talk.counter, known, kiosk.now())) == offered
        assert len(known.account(kiosk.state.talk.shop.book).perks.grants) == grants
        kiosk.lift().wait(MINUTE_MS).online()


def test_a_rule_that_may_give_something_lets_nothing_else_through_that_it_excludes() -> None:
    """Alone: the hub gives the launch bonus as long as it lasts, and then not the usual one; so neither is promised."""
    launch = replace(BONUS, id="launch", priority=200, stacking=Stacking.EXCLUSIVE, budget_points=1_000)
    usual = replace(VISIT, id="usual", priority=100, stacking=Stacking.EXCLUSIVE)
    begun = state(shop(rule=(launch, usual, replace(BONUS, budget_points=0, points=3))))
    kiosk = PaperKiosk(begin(begun.talk, begun.box, NOTHING_TOLD))
    assert earned(kiosk, CARD) == 3
    assert earned(kiosk.online(), OTHER_CARD) == 8
    kiosk.hear(told(Closing("launch", "", NOON_MS, NEVER)))
    assert earned(kiosk, THIRD_CARD) == 13


def test_a_multiplier_with_a_budget_multiplies_on_line_alone() -> None:
    """Points that are doubled until so many are given are not doubled where nobody knows how many that are."""
    double = Rule("double", Trigger.VISIT, Status.ACTIVE, times_percent=200, budget_points=1_000)
    begun = state(shop(rule=(VISIT, double)))
    kiosk = PaperKiosk(begin(begun.talk, begun.box, NOTHING_TOLD))
    assert earned(kiosk, CARD) == 10
    assert earned(kiosk.online(), OTHER_CARD) == 20


def test_a_gift_with_a_budget_is_granted_in_silence() -> None:
    """Alone: the birthday is written down, for the hub may have something left for it, and nothing is promised."""
    gift = Rule("gift", Trigger.OCCASION, Status.ACTIVE, points=25, occasion="birthday", budget_points=1_000)
    begun = state(shop(rule=(VISIT, gift)))
    kiosk = PaperKiosk(begin(begun.talk, begun.box, NOTHING_TOLD))
    days = Occasion("birthday", TODAY - 1, TODAY + 1, "2026")
    kiosk.knows(view(occasions=(days,)), CARD).lay()
    assert Granted(CARD, "gift", "2026") in kiosk.acts
    assert isinstance(kiosk.scene, Greeting)
    assert (kiosk.scene.earned, kiosk.scene.balance) == (10, 110)
    assert fold(kiosk.facts, shop(rule=(VISIT, gift)).book, "m_1").ledger.balance == 35


def test_a_limit_of_one_hour_is_over_when_it_ends() -> None:
    """Closed until a moment means open from that moment on; a closing for another kiosk means nothing here."""
    kiosk = PaperKiosk(state(SHOP)).online()
    kiosk.hear(told(Closing("bonus", "k1", NOON_MS, NOON_MS + HOUR_MS), Closing("bonus", "k2", NOON_MS, NEVER)))
    assert earned(kiosk, CARD) == 10
    assert earned(kiosk.wait(HOUR_MS), OTHER_CARD) == 15


def test_an_older_word_brings_nothing_back() -> None:
    """A late message of the same run, or one told twice, changes nothing and is not written."""
    kiosk = PaperKiosk(state(SHOP)).online()
    kiosk.hear(told(FOR_GOOD, version=5))
    for late in (told(version=4), told(version=5)):
        kiosk.hear(late)
        assert kiosk.state.closed == told(FOR_GOOD, version=5)
    assert [each.said.version for each in kiosk.effects if isinstance(each, KeepClosings)] == [5]
    assert earned(kiosk, CARD) == 10


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (told(version=9, hub="hub-0"), False),  # a run that is over, and its clock was ahead
        (told(version=1, hub=HUB), True),  # the one we are in sync with, whose clock was put back
    ],
)
def test_the_hub_in_sync_is_believed(said: Closings, taken: bool) -> None:
    """Once in sync only that run of the hub counts, whatever the versions of another."""
    kiosk = PaperKiosk(replace(state(SHOP), closed=told(FOR_GOOD, version=7, hub="hub-9"))).online()
    assert (kiosk.hear(said).state.closed == said) is taken


@pytest.mark.parametrize(("version", "taken"), [(7, False), (8, True)])
def test_before_the_handshake_the_newer_word_counts(version: int, taken: bool) -> None:
    """What arrives before its sync is not lost, and what a hub said before it was restarted does not come back."""
    kiosk = PaperKiosk(replace(state(SHOP), closed=told(FOR_GOOD, version=7)))
    kiosk.handle(LinkFound(kiosk.now(), "s1"))
    assert (kiosk.hear(told(version=version, hub="hub-2")).state.closed.hub == "hub-2") is taken


def test_a_handshake_that_says_nothing_new_indexes_nothing_anew() -> None:
    """The rulebook stays the same object, and only the version is kept."""
    kiosk = PaperKiosk(state(SHOP)).online().hear(told(FOR_GOOD))
    before = kiosk.state.talk.shop.book
    effects = kiosk.handle(Heard(kiosk.now(), told(FOR_GOOD, version=2)))
    assert kiosk.state.talk.shop.book is before
    assert effects == [KeepClosings(told(FOR_GOOD, version=2))]


def test_an_online_kiosk_stays_in_step_while_time_passes() -> None:
    """Neither a tick nor a commit forgets what is closed."""
    kiosk = PaperKiosk(state(SHOP)).online().hear(told(FOR_GOOD))
    earned(kiosk.wait(MINUTE_MS), CARD)
    assert kiosk.state.closed == told(FOR_GOOD)


def test_a_reward_whose_stock_is_gone_is_not_offered() -> None:
    """It leaves the list; the other one stays."""
    kiosk = PaperKiosk(state(lively())).online().knows(view(points=400))
    kiosk.hear(told(Closing("perk:coffee", "", NOON_MS, NEVER))).lay().touch(OpenMenu(), Pick(MenuEntry.REWARDS))
    assert isinstance(kiosk.scene, Rewards)
    assert [offer.points for offer in kiosk.scene.offers] == [300]


@pytest.mark.parametrize("steps", [(), (Choose(0),)])
def test_a_reward_that_goes_while_somebody_looks_at_it_is_refused(steps: tuple[Intent, ...]) -> None:
    """In the list or at "really?": it has ended, and no points are taken."""
    kiosk = PaperKiosk(state(lively())).online().knows(view(points=400)).lay()
    kiosk.touch(OpenMenu(), Pick(MenuEntry.REWARDS), *steps)
    kiosk.hear(told(Closing("perk:coffee", "", NOON_MS, NEVER))).touch(Answer(True) if steps else Choose(0))
    assert kiosk.scene == NotNow(Refusal.ENDED)
    assert not any(isinstance(body, Redeemed) for body in kiosk.acts)


# --- the kiosk's store, and a restart off line ---


@dataclass
class Counter:
    """Devices of a kiosk of which only the clock matters."""

    clock: Clock = field(default_factory=lambda: SimulatedClock(0, NOON_MS, boot_id=BOOT))

    def panel(self, config: KioskConfig, on_press: object) -> PanelDoor:
        return SilentPanel(lambda index: None, self.clock)

    def glass(self, config: KioskConfig) -> Glass:
        return Glass()


@pytest.fixture
def config(tmp_path: Path) -> KioskConfig:
    """A kiosk on this machine with the shipped coffee shop's rules."""
    pepper = tmp_path / "pepper"
    pepper.write_bytes(b"p" * 32)
    pepper.chmod(0o600)
    return KioskConfig(Who("k1", "Shop", tmp_path), cards=KioskCards(pepper), programme=ProgrammeChoice("coffee"))


def stranger_earns(loop: Loop, card: str) -> int:
    """What a card never met is promised for a visit."""
    now = loop.parts.clock.now()
    loop.handle(CardArrived(now, 1))
    loop.handle(CardRead(now, 1, card, EVIDENCE))
    scene = loop.state.talk.phase
    return scene.welcome.earned  # type: ignore[union-attr]


def test_a_restart_off_line_still_knows(config: KioskConfig, tmp_path: Path) -> None:
    """A kiosk is told, loses its power, starts without a hub: what was closed is promised as little as before."""
    closing = Closing("visit", "", NOON_MS - 1, NEVER)
    with built(config, Counter(), pushed_file(tmp_path)) as first:
        assert stranger_earns(first.loop, CARD) == 10
        first.loop.handle(Heard(first.loop.parts.clock.now(), told(closing)))
        first.link.stop()
    with built(config, Counter(), pushed_file(tmp_path)) as second:
        assert second.loop.state.closed == told(closing)
        assert stranger_earns(second.loop, OTHER_CARD) == 0
        second.link.stop()


@pytest.mark.parametrize("spoilt", ['{"x":1}', '{"said":{"hub":"h","version":1},"sum":0}', '{"said":7,"sum":"7"}'])
def test_a_spoilt_document_is_none(tmp_path: Path, spoilt: str) -> None:
    """What cannot be read, or does not fit its sum, is as if nothing had been told; the store opens all the same."""
    path = tmp_path / "kiosk.db"
    store = Store(path, "k1", EPOCH, BOOT)
    store.keep_closings(told(FOR_GOOD))
    assert store.closings() == told(FOR_GOOD)
    store.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("UPDATE meta SET body = ? WHERE body LIKE '%bonus%'", (spoilt,)).rowcount == 1
    raw.close()
    again = Store(path, "k1", NEXT_EPOCH, BOOT)
    assert again.closings() == NOTHING_TOLD
    again.close()


def test_a_flipped_bit_in_a_name_is_noticed(tmp_path: Path) -> None:
    """Another rule's name in the document does not close that rule instead."""
    store = Store(tmp_path / "kiosk.db", "k1", EPOCH, BOOT)
    store._meta.put("closed", document_of(told(FOR_GOOD)) | {"said": document_of(told(replace(FOR_GOOD, rule="visit")))["said"]})
    assert store.closings() == NOTHING_TOLD
    store.close()


def test_a_disk_that_refuses_costs_only_the_restart(tmp_path: Path) -> None:
    """What could not be kept is obeyed while the program runs, and the store holds what it held."""
    full: list[bool] = []

    def strike(point: Point) -> None:
        if full:
            raise StoreFault("the disk is full", "Free some space")

    counter = Counter()
    store = Store(tmp_path / "kiosk.db", "k1", EPOCH, BOOT, strike)
    panel = SilentPanel(lambda index: None, counter.clock)
    loop = Loop(Parts(counter.clock, Inbox(), store, panel, Glass(), lambda said: None, pushed=pushed_file(tmp_path)), state(SHOP))
    full.append(True)
    loop.handle(Heard(counter.clock.now(), told(FOR_GOOD)))
    full.clear()
    assert store.closings() == NOTHING_TOLD
    assert stranger_earns(loop, CARD) == 10
    store.close()


# --- the hub ---

K = "k-1"
BOOK = rulebook(replace(BONUS, budget_points=10), Rule("slow", Trigger.RATING, Status.ACTIVE, points=1, kiosk_hour_max=2))


@dataclass
class Link:
    """A link whose other end is the test: (kiosk, what was said), in order."""

    report: Report = field(default=lambda event: None)
    said: list[tuple[str, FromHub | int]] = field(default_factory=list)

    def start(self, report: Report, will: Will | None = None) -> None:
        self.report = report

    def publish(self, packet: Packet) -> bool:
        kiosk = packet.topic.split("/")[4]
        leaf = down_leaf(packet.topic, "s0", kiosk)
        assert leaf is not None
        self.said.append((kiosk, decode_down(leaf, packet.payload, packet.correlation)))
        return True

    def ack(self, token: int) -> None:
        self.said.append(("", token))

    def stop(self) -> None:
        pass

    @property
    def counts(self) -> LinkCounts:
        return LinkCounts()


class Bench:
    """A hub with two members, a bonus of ten points in all, and kiosks that were greeted."""

    def __init__(self, *kiosks: str) -> None:
        self.store, self.link, self.mono_s, self.number = MemoryHubStore(), Link(), 0.0, 0
        self.receiver = Receiver("h_1", self.store, BOOK)
        self.receiver.enrol([member("m_1", CARD_1), member("m_2", CARD_2)], NOON)
        for kiosk in kiosks:
            self.receiver.birth(birth(), kiosk, NOON)
        self.ear = Ingest(self.receiver, self.link, "s0", now_ms=lambda: NOON, mono_s=lambda: self.mono_s)
        self.ear.start()

    def hears(self, *bodies: Body) -> list[tuple[str, FromHub | int]]:
        """What is said when K tells these facts."""
        first = self.number + 1
        self.number += len(bodies)
        packet = encode(batch(*(document(number, body) for number, body in enumerate(bodies, first))), "s0", K)
        before = len(self.link.said)
        self.link.report(Arrived(packet.topic, packet.payload, token=1))
        self.ear.turn()
        return self.link.said[before:]


def words(said: list[tuple[str, FromHub | int]]) -> dict[str, Closings]:
    """What each kiosk was told of closings, the last word."""
    return {kiosk: each for kiosk, each in said if isinstance(each, Closings)}


def test_a_spent_budget_is_told_to_all_who_are_here_in_the_same_turn() -> None:
    """After the commit the claim, then the closing to every kiosk on line, then members, and only then the acknowledgement."""
    bench = Bench(K, "k-2", "k-3")
    bench.receiver.presence(KioskState(Presence.OFFLINE, "s1", "lost"), "k-3", NOON)
    assert words(bench.hears(visit(CARD_1))) == {}
    said = bench.hears(visit(CARD_2))
    assert [type(each) for _, each in said] == [Claim, Closings, Closings, Members, int]
    (closing,) = words(said)[K].closings
    assert (closing.rule, closing.kiosk, closing.until) == ("bonus", "", NEVER)
    assert words(said)["k-2"] == words(said)[K]
    assert words(said).keys() == {K, "k-2"}
    assert words(bench.hears(visit(CARD_1))) == {}


def test_nothing_closed_is_told_before_it_is_kept() -> None:
    """A power cut in the commit lets no closing out."""
    bench = Bench(K)
    bench.hears(visit(CARD_1))
    before = list(bench.link.said)

    def cut() -> None:
        raise InterruptedError

    bench.store.before_commit = cut
    with pytest.raises(InterruptedError):
        bench.hears(visit(CARD_2))
    assert bench.link.said == before


def test_a_limit_of_one_kiosk_is_that_kiosks_alone() -> None:
    """The others hear that nothing new concerns them."""
    said = words(Bench(K, "k-2").hears(rating(), rating(CARD_2)))
    assert [(each.rule, each.kiosk) for each in said[K].closings] == [("slow", K)]
    assert said["k-2"].closings == ()


def test_a_handshake_tells_all_that_is_closed_right_after_the_sync() -> None:
    """A kiosk that was away hears it when it comes; where nothing is closed it hears that, for it may think otherwise."""
    bench = Bench(K)
    for kiosk, count in (("k-2", 0), ("k-3", 1)):
        packet = encode(birth(), "s0", kiosk)
        before = len(bench.link.said)
        bench.link.report(Arrived(packet.topic, packet.payload, token=1))
        bench.ear.turn()
        (_, sync), (_, word), *_ = bench.link.said[before:]
        assert isinstance(sync, Sync)
        assert isinstance(word, Closings)
        assert len(word.closings) == count
        bench.hears(visit(CARD_1), visit(CARD_2))


def test_what_the_desk_closes_is_told_too() -> None:
    """An operator's order, and what another process has written beside the hub's ear, reach the kiosks within half a second."""
    bench = Bench(K)
    put_order(bench.store, RuleClosed("visit"), NOON)
    bench.mono_s = 1.0
    bench.ear.turn()
    assert [each.rule for each in words(bench.link.said)[K].closings] == ["visit"]
    with bench.store.transaction() as tx:
        tx.close([Closing("rating", "", NOON, NEVER)])
    bench.mono_s = 2.0
    bench.ear.turn()
    assert [each.rule for each in words(bench.link.said)[K].closings] == ["visit", "rating"]
    before = len(bench.link.said)
    bench.mono_s = 3.0
    bench.ear.turn()
    assert bench.link.said[before:] == []


def test_versions_rise_within_a_run_whatever_the_clock_does() -> None:
    """A second word in the same millisecond, and one after the clock was put back, are newer all the same."""
    receiver = Receiver("h_1", MemoryHubStore(), BOOK)
    versions = [receiver.birth(birth(), K, now_ms).closings.version for now_ms in (NOON, NOON, NOON - DAY, NOON + DAY)]
    assert versions == [NOON, NOON + 1, NOON + 2, NOON + DAY]


def test_only_what_matters_to_a_kiosk_is_told() -> None:
    """Its own and everybody's; of what is over the last week, for facts that may wait; never what has no time at all."""
    mine, everybodys = Closing("r", K, 1, NEVER), Closing("r", "", 2, NEVER)
    over = [Closing("r", K, 0, NOON - ENDED_KEPT_MS + more) for more in (0, 1)]
    others, empty = Closing("r", "k-2", 1, NEVER), Closing("r", K, NOON, NOON)
    assert mattering([*over, others, empty, everybodys, mine], K, NOON) == (over[1], mine, everybodys)


def test_of_too_many_those_that_last_longest_are_told() -> None:
    """One message holds them all, and a budget that is spent for good is not crowded out by hours."""
    hours = [Closing("slow", K, NOON + n * HOUR_MS, NOON + n * HOUR_MS + 1) for n in range(CLOSINGS_MAX + 10)]
    found = mattering([Closing("bonus", "", 0, NEVER), *hours], K, NOON)
    assert len(found) == CLOSINGS_MAX
    assert found[-1].rule == "bonus"
    assert encode(Closings("h_1", NOON, found), "s0", K).payload


def test_a_kiosk_and_its_hub_give_the_same() -> None:
    """The hub's word over the wire closes for the kiosk what it closes for the hub: from the same moment on, and not before."""
    bench = Bench(K)
    word = words(bench.hears(visit(CARD_1), visit(CARD_2)))[K]
    with bench.store.transaction() as tx:
        hubs = BOOK.closing(tx.closings())
    start = word.closings[0].start
    for at_ms in (start - 1, start, start + DAY):
        facts = [fact(1, visit(), at_ms, K)]
        assert fold(facts, BOOK.closing(word.closings)).ledger.balance == fold(facts, hubs).ledger.balance == (15 if at_ms < start else 10)


# --- the rules themselves ---

spans = st.tuples(st.sampled_from(["", "k1", "k2"]), st.integers(0, 30), st.integers(0, 30))


@given(st.lists(spans, max_size=12), st.sampled_from(["k1", "k2", "k3"]), st.integers(0, 31))
def test_joined_spans_say_what_each_of_them_says(closings: list[tuple[str, int, int]], kiosk: str, at: int) -> None:
    """Looking up by bisection finds exactly the moments that looking at every closing finds."""
    assert Shut(closings).holds(kiosk, at) == any(start <= at < until and where in ("", kiosk) for where, start, until in closings)


def test_a_redemption_that_comes_all_the_same_is_booked_and_marked() -> None:
    """The customer has it: the points are spent. That there was none left is for staff to see; before the closing nothing is marked."""
    mug = Perk("mug", PerkKind.REWARD, {"en": "A mug"}, Status.ACTIVE, cost_points=30, stock=1)
    closed = book(perk=(mug,)).closing([Closing("perk:mug", "", NOON_MS, NEVER)])
    for at_ms, marks in ((NOON_MS - 1, 0), (NOON_MS, 1)):
        known = account(100)
        apply(known, fact(1, Redeemed(30, CARD, perk="mug"), at_ms), closed)
        assert (known.ledger.balance, known.marked) == (70, marks)


def test_a_rulebook_closes_exactly_what_it_is_told() -> None:
    """The editions stay, what was closed before and is not named is open."""
    before = book(rule=(VISIT, BONUS)).closing([FOR_GOOD])
    after = before.closing([Closing("visit", "", NOON_MS, NEVER)])
    assert (after.editions, after.zone) == (before.editions, before.zone)
    assert [fold([fact(1, at_ms=NOON_MS)], each).ledger.balance for each in (before, after)] == [10, 5]
