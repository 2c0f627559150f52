"""The desk: what it refuses in words, that every order is written down once whatever happens, and that whole worlds end in the fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import desk
from hub.desk import Refused
from hub.door import HubStore
from hub.folding import read
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import DESK, NoteText, Order, StreamId
from loyalty.account import fold
from loyalty.codec import encode
from loyalty.facts import Converted, Fact, OpeningBalance, ReferralRejected, RuleClosed, Welcomed
from loyalty.rulebook import Rulebook
from mqtt.messages import FactBatch
from tests.hub_builders import BOOT, CARD_1, CARD_2, EPOCH_A, KYIV, NOON, TILL, member
from tests.hub_database import emptied_database
from tests.hub_worlds import KIOSKS, MEMBERS, OWNERS, Happening, documents_of, enrol, put_order, with_merges

ADJUSTED = {"member": "m_1", "points": 4, "reason": "cold-coffee", "by": "op"}
DERIVED = (Converted, Welcomed, ReferralRejected, RuleClosed)
Door = Callable[[], AbstractContextManager[HubStore]]


def shop() -> MemoryHubStore:
    store = MemoryHubStore()
    Receiver("h_1", store, KYIV).enrol([member("m_1", CARD_1)], NOON)
    return store


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("points.adjust", {}, "did you mean points.adjusted"),
        ("weather", {}, "there is no kind of fact 'weather'; there are assist"),
        ("points.opening", {"member": "m_1"}, "points: expected this key"),
        ("points.opening", {"member": "m_1", "points": -1}, "points: expected a whole number from 0"),
        ("points.opening", {"member": "m_9", "points": 5}, "there is no member m_9"),
        ("purchase.recorded", {"receipt": "r", "amount": 1, "currency": "UAH"}, "either a card or a member"),
        ("member.merged", {"member": "m_1", "merged": "m_9", "by": "op"}, "there is no member m_9"),
        ("card.changed", {"card": CARD_1, "change": "issued"}, "a card that is active cannot be issued"),
        ("card.changed", {"card": CARD_2, "change": "blocked"}, "a card that is blank cannot be blocked"),
        ("card.changed", {"card": CARD_1, "change": "replaced"}, "name another card"),
        ("card.changed", {"card": CARD_2, "change": "activated", "owner": "m_9"}, "there is no member m_9"),
        ("note.written", {"member": "m_1", "note": "n", "by": "op"}, "a note needs words"),
        ("case.stepped", {"member": "m_1", "case": "c-9", "step": "acted", "by": "op"}, "no case c-9 of this member; open are: none"),
        ("points.vested", {"receipt": "r" * 65, "member": "m_1"}, "receipt: expected an id"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(kind: str, payload: dict[str, object], reason: str) -> None:
    """A wrong kind, payload, member or change of a card is refused with what is wrong, and nothing waits afterwards."""
    store = shop()
    with pytest.raises(Refused, match=reason.replace("(", r"\(")):
        desk.put(store, kind, payload, NOON)
    assert store.held.orders == {}


def test_words_are_kept_beside_facts_that_name_them() -> None:
    """Words are kept with the member under the id in the fact, which no other words have; kinds that name none take none."""
    store = shop()
    note = {"member": "m_1", "note": "n_1", "by": "lena", "reply_to": "waiting"}
    assert desk.put(store, "note.written", note, NOON, "Two of us now") == "m_1"
    assert store.held.notes["m_1"] == {"n_1": NoteText("n_1", "m_1", "Two of us now", "lena", "waiting")}
    for kind, payload, words, reason in (
        ("points.opening", {"member": "m_1", "points": 5}, "words", "points.opening has no words"),
        ("note.written", note, "x" * 281, "1 to 280"),
        ("note.written", note, "Three of us", "other words are kept as n_1"),
        ("points.adjusted", {**ADJUSTED, "note": "n_2"}, "", "a note needs words"),
        ("points.adjusted", ADJUSTED, "It was cold", "words need an id"),
    ):
        with pytest.raises(Refused, match=reason):
            desk.put(store, kind, payload, NOON, words)
    assert (list(store.held.notes["m_1"]), len(store.held.orders)) == (["n_1"], 1)
    desk.put(store, "points.adjusted", {**ADJUSTED, "note": "n_2"}, NOON, "It was cold")
    assert store.held.notes["m_1"]["n_2"] == NoteText("n_2", "m_1", "It was cold", "op")


def test_nothing_is_written_about_somebody_who_was_forgotten() -> None:
    """After erasing the desk refuses words about the member, by whatever fact; the fact without words is taken."""
    store = shop()
    with store.transaction() as tx:
        tx.forget("m_1")
    with pytest.raises(Refused, match="m_1 was forgotten"):
        desk.put(store, "points.adjusted", {**ADJUSTED, "note": "n_2"}, NOON, "It was cold")
    assert (store.held.notes, store.held.orders) == ({}, {})
    assert desk.put(store, "points.adjusted", ADJUSTED, NOON) == "m_1"


def test_a_step_that_cannot_follow_is_refused() -> None:
    """A case is moved on from where it stands: what is resolved is not acknowledged any more."""
    store = shop()
    receiver = Receiver("h_1", store, KYIV)
    step = {"member": "m_1", "case": "c-1", "by": "op"}
    desk.put(store, "case.opened", {"member": "m_1", "case": "c-1", "source": "staff"}, NOON)
    receiver.desk(NOON)
    desk.put(store, "case.stepped", {**step, "step": "resolved"}, NOON)
    receiver.desk(NOON + 1)
    with pytest.raises(Refused, match="cannot be acknowledged: it is resolved"):
        desk.put(store, "case.stepped", {**step, "step": "acknowledged"}, NOON)


def test_an_order_waits_with_what_is_known_of_it_alone() -> None:
    """Fields that this version does not know are dropped before they wait: a fact is what its kind says."""
    store = shop()
    desk.put(store, "points.opening", {"member": "m_1", "points": 5, "name": "Grace"}, NOON)
    (order,) = store.held.orders.values()
    assert (order.kind, order.payload, order.at_ms) == ("points.opening", {"member": "m_1", "points": 5}, NOON)


def test_an_order_is_dated_by_the_hub_when_it_is_written_down() -> None:
    """The moment that counts is that of the writing, by the hub's clock, in the stream of this run, numbered from 1."""
    store = shop()
    receiver = Receiver("h_1", store, KYIV)
    for _ in range(2):
        put_order(store, OpeningBalance("m_1", 5), NOON - 5000)
    assert receiver.desk(NOON + 7) is not None
    assert receiver.desk(NOON + 8) is None
    facts = [kept.fact for kept in store.held.facts.values()]
    assert [(str(fact.id), fact.when_ms) for fact in facts] == [(f"hub/{receiver.own.epoch}/{n}", NOON + 7) for n in (1, 2)]


def test_an_order_of_another_version_is_put_aside() -> None:
    """What is no fact any more ends in quarantine, not in a loop, and those behind it are written down."""
    store = shop()
    with store.transaction() as tx:
        tx.put_order(Order("points.opening", {"member": "m_1"}, NOON))
    put_order(store, OpeningBalance("m_1", 5), NOON)
    receipt = Receiver("h_1", store, KYIV).desk(NOON)
    assert receipt is not None
    assert (receipt.counts.kept, receipt.counts.put_aside, store.held.orders) == (1, 1, {})


class PowerCut(Exception):
    """The hub's machine lost its power."""


class Run:
    """A hub that may lose its power around any commit and is started again; orders and facts come from outside, which does not fail."""

    def __init__(self, store: HubStore, book: Rulebook, cuts: set[int]) -> None:
        self.store, self.book, self.cuts = store, book, cuts
        self.commits = self.runs = 0
        self.now_ms = NOON
        self.start()
        enrol(self.receiver)

    def start(self) -> None:
        self.runs += 1
        self.receiver = Receiver(f"h_{self.runs}", self.store, self.book)

    def cut(self) -> None:
        self.commits += 1
        if self.commits in self.cuts:
            raise PowerCut

    def tries(self, act: Callable[[], object]) -> None:
        """Do it, with a power cut around its commit if one is due; then the hub is another run."""
        self.now_ms += 1000
        hook = "before_commit" if self.commits % 2 else "after_commit"
        if isinstance(self.store, MemoryHubStore):
            setattr(self.store, hook, self.cut)
        try:
            act()
        except PowerCut:
            self.start()
        finally:
            if isinstance(self.store, MemoryHubStore):
                self.store.before_commit = self.store.after_commit = int


def live(run: Run, happened: list[Happening], sizes: list[int]) -> list[Order]:
    """Everything happens, in portions; then kiosks send all of it again and the desk is emptied. Returns what was ordered."""
    told = documents_of(happened)
    sent = dict.fromkeys(KIOSKS, 0)
    ordered = []
    for place, each in enumerate(happened):
        if each.kiosk:
            sent[each.kiosk] += 1
            portion = tuple(told[each.kiosk][max(0, sent[each.kiosk] - sizes[place % len(sizes)]) : sent[each.kiosk]])
            run.tries(lambda each=each, portion=portion: run.receiver.receive(FactBatch(EPOCH_A, BOOT, portion), each.kiosk, run.now_ms))
        else:
            put_order(run.store, each.body, NOON)
            ordered.append(each.body)
            run.tries(lambda: run.receiver.desk(run.now_ms))
    for kiosk in KIOSKS:
        run.receiver.receive(FactBatch(EPOCH_A, BOOT, tuple(told[kiosk])), kiosk, run.now_ms)
    for _ in range(len(ordered) + 1):
        if run.receiver.desk(run.now_ms) is None:
            return ordered
    raise AssertionError("the desk is never empty")


def check_world(door: Door, happened: list[Happening], sizes: list[int], cuts: set[int]) -> None:
    """Live through it, then compare what is held with what happened."""
    with door() as store:
        run = Run(store, TILL, cuts)
        ordered = live(run, happened, sizes)
        with store.transaction() as tx:
            book = Rulebook(TILL.editions, TILL.zone, tx.closings())
            facts: dict[str, Fact] = {}
            held = tx.members(MEMBERS)
            snapshots = tx.snapshots(held)
            for id_, record in held.items():
                mine = tx.facts_of(record.cards, (id_, *record.merged))
                facts |= {str(fact.id): fact for fact in mine}
                account = fold(mine, book, id_)
                assert read(snapshots[id_]) == account
            assert sorted(card for record in held.values() for card in record.cards) == sorted(OWNERS)
            streams = [StreamId(DESK, Receiver(f"h_{number}", store, TILL).own.epoch) for number in range(1, run.runs + 1)]
            numbered = sum(tx.cursors(streams).values())
        own = [fact.body for fact in facts.values() if fact.id.kiosk == DESK]
        written = Counter(str(encode_body(body)) for body in own if not isinstance(body, DERIVED))
        assert written == Counter(str(encode_body(body)) for body in ordered)
        assert numbered == len(ordered) + sum(isinstance(body, Converted | Welcomed | ReferralRejected) for body in own) + len(book.closed)
        converted = Counter(body.friend for body in own if isinstance(body, Converted))
        assert all(times == 1 for times in converted.values())


def encode_body(body: object) -> object:
    from loyalty.facts import ClockQuality, FactId

    return encode(Fact(FactId("k", EPOCH_A, 1), 0, 0, "", ClockQuality.NTP, body))  # type: ignore[arg-type]


worlds = st.lists(with_merges, max_size=25)
portions = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(worlds, portions, st.sets(st.integers(1, 30), max_size=8))
def test_every_order_is_written_down_once_and_all_ends_in_the_fold(happened: list[Happening], sizes: list[int], cuts: set[int]) -> None:
    """Whatever comes late or twice, whoever is merged, wherever the power fails: each order is one fact, each account the fold of all."""
    check_world(lambda: nullcontext(MemoryHubStore()), happened, sizes, cuts)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, portions)
def test_every_order_is_written_down_once_in_sqlite(happened: list[Happening], sizes: list[int]) -> None:
    """The same with the real database, whose power does not fail here."""
    check_world(emptied_database, happened, sizes, set())
