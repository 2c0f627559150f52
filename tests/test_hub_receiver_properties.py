"""Whatever the wire does to the order, number and grouping of messages, the hub ends with the fold of each fact once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.door import HubStore
from hub.folding import read
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import StreamId
from loyalty.account import Account, fold
from loyalty.codec import decode
from loyalty.counter.standing import Standing
from loyalty.document import Document
from loyalty.facts import ClockQuality, Face
from mqtt.messages import FactBatch, Members
from tests.hub_builders import BOOT, CARD_1, CARD_2, CARD_3, DAY, EPOCH_A, EPOCH_B, KYIV, NOON, birth, document, member, rating, visit
from tests.hub_database import emptied_database

OWNERS = {CARD_1: "m_1", CARD_2: "m_1", CARD_3: "m_2"}
KIOSKS = ("k-1", "k-2")
STREAMS = tuple(StreamId(kiosk, epoch) for kiosk in KIOSKS for epoch in (EPOCH_A, EPOCH_B))

bodies = st.one_of(
    st.builds(visit, st.sampled_from([*OWNERS, "9" * 32])), st.builds(rating, st.sampled_from(list(OWNERS)), st.sampled_from(Face))
)
moments = st.integers(min_value=NOON - 3 * DAY, max_value=NOON)
happenings = st.lists(st.tuples(bodies, moments, st.booleans()), max_size=8)
worlds = st.fixed_dictionaries(dict.fromkeys(STREAMS, happenings))
sendings = st.lists(st.tuples(st.sampled_from(STREAMS), st.integers(0, 7), st.integers(1, 8), st.integers(0, 5)), max_size=25)

World = dict[StreamId, list[tuple[object, int, bool]]]  # what happened: body, moment, whether it may be senseless
Sendings = list[tuple[StreamId, int, int, int]]  # which stream, from which fact, how many, and a die
Door = Callable[[], AbstractContextManager[HubStore]]


def documents(world: World) -> dict[StreamId, list[Document]]:
    """The documents of each stream; one in a while is senseless."""
    held = {}
    for stream, happened in world.items():
        said = [document(n, body, at_ms) for n, (body, at_ms, _) in enumerate(happened, start=1)]  # type: ignore[arg-type]
        held[stream] = [
            doc | {"clk": "sundial"} if bad and n % 3 == 0 else doc for n, (doc, (_, _, bad)) in enumerate(zip(said, happened, strict=True))
        ]
    return held


def truth(held: dict[StreamId, list[Document]]) -> dict[str, Account]:
    """The accounts as they must be: every sensible fact of every stream, folded once."""
    facts = [decode(doc, stream.kiosk, stream.epoch, BOOT) for stream, docs in held.items() for doc in docs if doc["clk"] != "sundial"]
    return {id_: fold([fact for fact in facts if OWNERS.get(fact.card or "") == id_], KYIV, id_) for id_ in ("m_1", "m_2")}


def balances(accounts: dict[str, Account]) -> dict[str, int]:
    return {id_: account.ledger.balance for id_, account in accounts.items()}


def enrolled(store: HubStore) -> Receiver:
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol([member("m_1", CARD_1, CARD_2), member("m_2", CARD_3)], NOON)
    for kiosk in KIOSKS:
        receiver.birth(birth(), kiosk, NOON)
    return receiver


def finish(receiver: Receiver, held: dict[StreamId, list[Document]]) -> None:
    """Send every stream from the first fact on, as a kiosk does until it is claimed."""
    for stream, docs in held.items():
        if docs:
            receipt = receiver.receive(FactBatch(stream.epoch, BOOT, tuple(docs)), stream.kiosk, NOON)
            assert receipt.claims[0][1].upto == len(docs)


def check_any_delivery(door: Door, world: World, sent: Sendings) -> None:
    """Deliver slices of streams in any order, doubled, in transactions of any size; then all of it; then compare."""
    held = documents(world)
    with door() as store:
        receiver = enrolled(store)
        together: list[tuple[str, FactBatch]] = []
        for stream, first, count, more in sent:
            together.append((stream.kiosk, FactBatch(stream.epoch, BOOT, tuple(held[stream][first : first + count]))))
            if more == 0:
                receiver.receive_all(together, NOON)
                together = []
        finish(receiver, held)
        accounts = truth(held)
        with store.transaction() as tx:
            members = tx.members(["m_1", "m_2"])
            assert {id_: found.points for id_, found in members.items()} == balances(accounts)
            assert {id_: read(snapshot) for id_, snapshot in tx.snapshots(["m_1", "m_2"]).items()} == accounts
            assert len(tx.facts_of(OWNERS)) == sum(account.facts for account in accounts.values())


@settings(max_examples=150, deadline=None)
@given(worlds, sendings)
def test_any_delivery_ends_in_the_fold_in_memory(world: World, sent: Sendings) -> None:
    """Any batching, order and duplication of streams ends in the balances of all facts folded once."""
    check_any_delivery(lambda: nullcontext(MemoryHubStore()), world, sent)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, sendings)
def test_any_delivery_ends_in_the_fold_in_sqlite(world: World, sent: Sendings) -> None:
    """The same with the real database."""
    check_any_delivery(emptied_database, world, sent)


@settings(max_examples=100, deadline=None)
@given(worlds, sendings, st.integers(0, 24), st.integers(0, 24))
def test_an_old_backup_heals(world: World, sent: Sendings, saved: int, lost: int) -> None:
    """A hub restored from a backup at any moment ends, after its kiosks have sent again, as if nothing had happened."""
    held = documents(world)
    store = MemoryHubStore()
    receiver = enrolled(store)
    backup = store.snapshot()
    for place, (stream, first, count, _) in enumerate(sent):
        receiver.receive(FactBatch(stream.epoch, BOOT, tuple(held[stream][first : first + count])), stream.kiosk, NOON + place)
        if place == saved:
            backup = store.snapshot()
        if place == saved + lost:
            store.restore(backup)
    before = {id_: found.version for id_, found in store.held.members.items()}
    finish(receiver, held)
    assert {id_: found.points for id_, found in store.held.members.items()} == balances(truth(held))
    assert all(found.version >= before[id_] for id_, found in store.held.members.items())


class PowerCut(Exception):
    """The hub's machine lost its power."""


@settings(max_examples=100, deadline=None)
@given(worlds, sendings, st.sets(st.integers(0, 40)), st.booleans())
def test_power_cuts_lose_nothing_and_count_nothing_twice(world: World, sent: Sendings, cuts: set[int], after: bool) -> None:
    """Power cuts before or after any commit, followed by sending again, end in the balances of all facts folded once."""
    held = documents(world)
    store = MemoryHubStore()
    receiver = enrolled(store)
    commits = iter(range(10_000))

    def maybe_cut() -> None:
        if next(commits) in cuts:
            raise PowerCut

    store.before_commit, store.after_commit = (int, maybe_cut) if after else (maybe_cut, int)
    for stream, first, count, _ in sent:
        try:
            receiver.receive(FactBatch(stream.epoch, BOOT, tuple(held[stream][first : first + count])), stream.kiosk, NOON)
        except PowerCut:
            continue
    store.before_commit = store.after_commit = int
    finish(receiver, held)
    assert {id_: found.points for id_, found in store.held.members.items()} == balances(truth(held))


@settings(max_examples=200, deadline=None)
@given(worlds, sendings)
def test_kiosks_agree_with_the_hub_in_the_end(world: World, sent: Sendings) -> None:
    """A kiosk that adds its own facts to the views it hears (some are lost) shows the hub's balance after the next handshake."""
    held = documents(world)
    store = MemoryHubStore()
    receiver = enrolled(store)
    standings = {(kiosk, card): Standing(card) for kiosk in KIOSKS for card in OWNERS}
    for stream, docs in held.items():
        for fact in (decode(doc, stream.kiosk, stream.epoch, BOOT) for doc in docs if doc["clk"] != "sundial"):
            if fact.card in OWNERS:
                standings[stream.kiosk, fact.card] = standings[stream.kiosk, fact.card].with_fact(fact)

    def hear(told: Iterable[tuple[str, Members]]) -> None:
        for kiosk, members in told:
            for card, view in members.views:
                standings[kiosk, card] = standings[kiosk, card].with_view(view)

    for place, (stream, first, count, lost) in enumerate(sent):
        receipt = receiver.receive(FactBatch(stream.epoch, BOOT, tuple(held[stream][first : first + count])), stream.kiosk, NOON + place)
        hear(() if lost % 2 else receipt.members)
    finish(receiver, held)
    for kiosk in KIOSKS:
        hear((kiosk, page) for page in receiver.birth(birth(), kiosk, NOON + 99).members)
    for (kiosk, card), standing in standings.items():
        if kiosk in store.held.seen_by_card.get(card, ()):
            assert standing.account(KYIV).ledger.balance == store.held.members[OWNERS[card]].points
            assert standing.pending == ()
        else:
            assert standing == Standing(card)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**12)), min_size=1, max_size=6),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_a_doubtful_clock_never_matters(taps: list[tuple[int, int]], booted_ms: int, delay_ms: int) -> None:
    """Facts of an unsynchronised kiosk are dated by when they happened, whatever its wall clock said, to the millisecond."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    taps = sorted(taps)
    sent_mono_ms = taps[-1][0] + delay_ms
    docs = [document(n, visit(), wall_ms, mono_ms, ClockQuality.UNSYNCED) for n, (mono_ms, wall_ms) in enumerate(taps, start=1)]
    start_ms = NOON + booted_ms
    receiver.birth(birth(mono_ms=sent_mono_ms), "k-1", start_ms + sent_mono_ms)
    receiver.receive(FactBatch(EPOCH_A, BOOT, tuple(docs)), "k-1", start_ms + sent_mono_ms + 1_000)
    dated = sorted(fact.effective_ms or 0 for fact in store.held.by_card[CARD_1])
    assert dated == [start_ms + mono_ms for mono_ms, _ in taps]


@pytest.mark.parametrize("later_ms", [0, 1, 7 * DAY])
def test_the_moment_of_a_fact_is_decided_once(later_ms: int) -> None:
    """A doubtful fact sent again later keeps the moment it was given first."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    doubtful = FactBatch(EPOCH_A, BOOT, (document(1, visit(), 0, 400, ClockQuality.UNSYNCED),))
    receiver.birth(birth(mono_ms=500), "k-1", NOON)
    receiver.receive(doubtful, "k-1", NOON)
    receiver.birth(birth(mono_ms=499), "k-1", NOON + later_ms)
    receiver.receive(doubtful, "k-1", NOON + later_ms)
    assert [fact.effective_ms for fact in store.held.by_card[CARD_1]] == [NOON - 100]
