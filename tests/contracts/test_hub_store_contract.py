"""What every hub store does: the one in memory and the one in SQLite, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.memory_store import MemoryHubStore
from hub.records import STREAMS_COVERED_MAX, HubStore, KeptFact, KioskRecord, PutAside, Seen, StreamGap, StreamId
from hub.sorting import write
from loyalty.codec import decode
from loyalty.facts import StoreRecovered
from mqtt.messages import Presence
from tests.hub_builders import BOOT, CARD_1, CARD_2, CARD_3, EPOCH_A, EPOCH_B, NOON, document, member, visit
from tests.hub_database import emptied_database

A = StreamId("k-1", EPOCH_A)
B = StreamId("k-1", EPOCH_B)
OTHER = StreamId("k-2", EPOCH_A)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[HubStore]:
    if request.param == "memory":
        yield MemoryHubStore()
        return
    with emptied_database() as real:
        yield real


def kept(number: int, card: str | None = CARD_1, stream: StreamId = A) -> KeptFact:
    source = document(number, StoreRecovered("old.db") if card is None else visit(card))
    written = write(source)
    fact = replace(decode(source, stream.kiosk, stream.epoch, BOOT), effective_ms=NOON + number)
    return KeptFact(fact, written.text, written.content)


def aside(number: int, content: str = "c1", code: str = "E_SCHEMA") -> PutAside:
    return PutAside(A, number, code, "{}", content)


def _keep_and_move(store: HubStore, facts: list[KeptFact]) -> None:
    with store.transaction() as tx:
        tx.move_cursors({A: 2}, NOON)
        tx.keep(facts, NOON)


def _change_everything_and_fall(store: HubStore) -> None:
    with store.transaction() as tx:
        tx.move_cursors({A: 1}, NOON)
        tx.keep([kept(1)], NOON)
        tx.put_aside([aside(2)], NOON)
        tx.note_gap(StreamGap(A, 3, 4), NOON)
        tx.sight([Seen("k-1", CARD_2)])
        tx.enrol(member("m_2", CARD_1, CARD_2), NOON)
        tx.folded([replace(member("m_1"), version=9, points=9)], NOON)
        tx.save_kiosk(KioskRecord("k-1", boot="other"))
        tx.save_boot_start("k-1", BOOT, NOON)
        raise KeyboardInterrupt


def test_an_unknown_stream_has_no_cursor(store: HubStore) -> None:
    """A stream never heard of is absent, whatever else is held."""
    with store.transaction() as tx:
        tx.move_cursors({A: 3}, NOON)
        assert tx.cursors({A, B, OTHER}) == {A: 3}


def test_a_cursor_moves_and_stays(store: HubStore) -> None:
    """The newest position of each stream is read in later transactions."""
    with store.transaction() as tx:
        tx.move_cursors({A: 3, B: 1}, NOON)
    with store.transaction() as tx:
        tx.move_cursors({A: 7}, NOON + 1)
    with store.transaction() as tx:
        assert tx.cursors({A, B}) == {A: 7, B: 1}


def test_newest_cursors_come_last_moved_first(store: HubStore) -> None:
    """Each kiosk's streams are listed by their last move, and one in the same millisecond by epoch."""
    with store.transaction() as tx:
        tx.move_cursors({A: 3, OTHER: 9}, NOON)
        tx.move_cursors({B: 1}, NOON + 5)
        assert tx.newest_cursors({"k-1", "k-2", "k-3"}) == {"k-1": ((EPOCH_B, 1), (EPOCH_A, 3)), "k-2": ((EPOCH_A, 9),)}


def test_newest_cursors_are_bounded(store: HubStore) -> None:
    """A kiosk with many restarts is described by its newest streams only."""
    streams = [StreamId("k-1", "aaaaaaaaaa" + a + b) for a in "abcdefgh" for b in "abcdefgh"]
    with store.transaction() as tx:
        for place, stream in enumerate(streams):
            tx.move_cursors({stream: 1}, NOON + place)
        newest = tx.newest_cursors({"k-1"})["k-1"]
    assert newest == tuple((stream.epoch, 1) for stream in reversed(streams))[:STREAMS_COVERED_MAX]


def test_kept_facts_come_back_whole(store: HubStore) -> None:
    """Facts about a card come back equal, with the effective time decided when they were kept."""
    facts = [kept(1), kept(2, CARD_2), kept(3, None), kept(1, CARD_1, OTHER)]
    with store.transaction() as tx:
        tx.keep(facts, NOON)
    with store.transaction() as tx:
        assert sorted(tx.facts_of({CARD_1}), key=lambda fact: fact.id) == [facts[0].fact, facts[3].fact]
        assert tx.facts_of({CARD_2, CARD_3}) == [facts[1].fact]
        assert tx.facts_of(()) == []


def test_a_fact_is_kept_once(store: HubStore) -> None:
    """Keeping a fact again is refused, and the refused transaction leaves nothing behind."""
    with store.transaction() as tx:
        tx.keep([kept(1)], NOON)
    with pytest.raises(ValueError, match="kept already"):
        _keep_and_move(store, [kept(2), kept(1)])
    with store.transaction() as tx:
        assert tx.cursors({A}) == {}
        assert [fact.id.number for fact in tx.facts_of({CARD_1})] == [1]


def test_contents_are_known_by_number(store: HubStore) -> None:
    """The hash of kept facts is found by number, per stream."""
    with store.transaction() as tx:
        tx.keep([kept(1), kept(2, CARD_2), kept(1, CARD_3, OTHER)], NOON)
        assert tx.contents(A, {1, 2, 3}) == {1: kept(1).content, 2: kept(2, CARD_2).content}


def test_what_was_put_aside_is_there_once(store: HubStore) -> None:
    """The same document put aside again adds nothing, another one under its number stands beside it."""
    with store.transaction() as tx:
        tx.put_aside([aside(4)], NOON)
    with store.transaction() as tx:
        tx.put_aside([aside(4), aside(4, "c2", "E_CONFLICT")], NOON)
        assert tx.aside(A, {4, 5}) == {4: [aside(4), aside(4, "c2", "E_CONFLICT")]}
        assert tx.aside(OTHER, {4}) == {}


def test_a_block_that_raises_leaves_nothing(store: HubStore) -> None:
    """Every kind of change is undone when the block raises: a transaction is all or nothing."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.sight([Seen("k-1", CARD_1)])
        tx.save_kiosk(KioskRecord("k-1", boot=BOOT))
    with pytest.raises(KeyboardInterrupt):
        _change_everything_and_fall(store)
    with store.transaction() as tx:
        assert (tx.cursors({A}), tx.facts_of({CARD_1}), tx.aside(A, {2})) == ({}, [], {})
        assert tx.owners({CARD_1, CARD_2}) == {CARD_1: "m_1"}
        assert tx.members({"m_1", "m_2"}) == {"m_1": member("m_1", CARD_1)}
        assert tx.listeners({CARD_1, CARD_2}) == [Seen("k-1", CARD_1)]
        assert (tx.kiosk("k-1").boot, tx.boot_start_ms("k-1", BOOT)) == (BOOT, None)


def test_only_kiosks_that_were_born_listen(store: HubStore) -> None:
    """Who has seen a card is listed, if it ever asked for a handshake; seeing it twice changes nothing."""
    with store.transaction() as tx:
        tx.save_kiosk(KioskRecord("k-2", boot=BOOT))
        tx.save_kiosk(KioskRecord("k-3"))
        tx.sight([Seen("k-2", CARD_2), Seen("k-2", CARD_1), Seen("k-3", CARD_1), Seen("k-4", CARD_1)])
        tx.sight([Seen("k-2", CARD_1)])
        assert tx.listeners({CARD_1, CARD_2, CARD_3}) == [Seen("k-2", CARD_1), Seen("k-2", CARD_2)]


def test_cards_seen_are_those_of_members_newest_change_first(store: HubStore) -> None:
    """Of the cards a kiosk has seen, those with a member are listed, last changed first, at most as many as asked for."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.enrol(member("m_2", CARD_2), NOON)
        tx.folded([replace(member("m_1"), version=5), replace(member("m_2"), version=6)], NOON)
        tx.sight([Seen("k-1", CARD_1), Seen("k-1", CARD_2), Seen("k-1", CARD_3), Seen("k-2", CARD_1)])
        assert tx.cards_seen("k-1", 10) == [CARD_2, CARD_1]
        assert tx.cards_seen("k-1", 1) == [CARD_2]


def test_a_member_comes_back_with_profile_and_fold(store: HubStore) -> None:
    """Profile, cards and the newest fold of a member are read back as they were written."""
    told = replace(member("m_1", CARD_1, CARD_2, name="Олено", hide_balance=True), version=7, points=-3, earned=("visit/2026-09-21",))
    with store.transaction() as tx:
        tx.enrol(told, NOON)
        tx.folded([told], NOON)
    with store.transaction() as tx:
        assert tx.members({"m_1", "m_2"}) == {"m_1": told}


def test_enrolling_again_keeps_the_fold_and_takes_the_card(store: HubStore) -> None:
    """A new profile replaces the old one, cards are added, and a card goes over from the member who had it."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1, CARD_2), NOON)
        tx.enrol(member("m_2", CARD_3), NOON)
        tx.folded([replace(member("m_2"), version=4, points=20)], NOON)
        tx.enrol(member("m_2", CARD_2, name="Ada"), NOON)
        assert tx.owners({CARD_1, CARD_2, CARD_3}) == {CARD_1: "m_1", CARD_2: "m_2", CARD_3: "m_2"}
        assert tx.members({"m_1"}) == {"m_1": member("m_1", CARD_1)}
        assert tx.members({"m_2"}) == {"m_2": replace(member("m_2", CARD_2, CARD_3, name="Ada"), version=4, points=20)}


def test_a_kiosk_comes_back_as_it_was_saved(store: HubStore) -> None:
    """What is known of a kiosk is read back; of one never heard of nothing is known."""
    known = KioskRecord("k-1", "dev", BOOT, Presence.ONLINE, "s1", "", "1.0", "ntp", 12, NOON)
    with store.transaction() as tx:
        tx.save_kiosk(KioskRecord("k-1"))
        tx.save_kiosk(known)
    with store.transaction() as tx:
        assert tx.kiosk("k-1") == known
        assert tx.kiosk("k-2") == KioskRecord("k-2")


def test_boots_are_kept_apart(store: HubStore) -> None:
    """Each boot of each kiosk has its own beginning, and the newest word about it holds."""
    with store.transaction() as tx:
        tx.save_boot_start("k-1", "b1", 100)
        tx.save_boot_start("k-1", "b2", 200)
        tx.save_boot_start("k-1", "b1", 101)
    with store.transaction() as tx:
        assert [tx.boot_start_ms("k-1", "b1"), tx.boot_start_ms("k-1", "b2"), tx.boot_start_ms("k-2", "b1")] == [101, 200, None]
