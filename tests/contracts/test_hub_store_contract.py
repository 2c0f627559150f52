"""What every hub store does: the one in memory and the one in SQLite, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.command_records import CommandRecord, Standing
from hub.door import HubStore
from hub.memory_store import MemoryHubStore
from hub.records import (
    STREAMS_COVERED_MAX,
    WAITING_KEPT_MAX,
    Counted,
    EditionText,
    Figures,
    Given,
    KeptFact,
    KioskRecord,
    Lease,
    MemberRecord,
    NoteText,
    Order,
    ProfileValue,
    PutAside,
    RaisedAlert,
    Referral,
    Seen,
    Snapshot,
    StreamGap,
    StreamId,
    Waiting,
)
from hub.sorting import write
from loyalty.codec import decode
from loyalty.facts import Body, OpeningBalance, StoreRecovered
from loyalty.rulebook import Closing
from loyalty.shop.credentials import Card, CardStatus
from mqtt.messages import AlertId, Presence, Severity
from tests.hub_builders import BOOT, CARD_1, CARD_2, CARD_3, EPOCH_A, EPOCH_B, NOON, document, member, visit
from tests.hub_database import emptied_database

A = StreamId("k-1", EPOCH_A)
B = StreamId("k-1", EPOCH_B)
OTHER = StreamId("k-2", EPOCH_A)
LOW = RaisedAlert("k-1", AlertId.DISK_LOW, Severity.WARN, NOON, 412, NOON)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[HubStore]:
    if request.param == "memory":
        yield MemoryHubStore()
        return
    with emptied_database() as real:
        yield real


SNAPSHOT = Snapshot('{"member":"m_1"}', "{}", (NOON, "k-1", EPOCH_A, 7), 12, "rules")


def kept(number: int, card: str | None = CARD_1, stream: StreamId = A, body: Body | None = None) -> KeptFact:
    source = document(number, body or (StoreRecovered("old.db") if card is None else visit(card)))
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
        tx.folded([replace(member("m_1"), version=9, points=9)], {"m_1": SNAPSHOT}, NOON)
        tx.save_value("m_1", ProfileValue("taste", "tea", 1, 9))
        tx.save_note(NoteText("n_1", "m_1", "Come again"))
        tx.merge("m_2", "m_1", NOON)
        tx.forget("m_1")
        tx.save_cards([Card(CARD_1, CardStatus.BLOCKED, "m_1")])
        tx.put_order(Order("member.left", {}, NOON))
        tx.add_edition(EditionText(1, NOON, "shop", "text"))
        tx.close([Closing("visit", "", NOON, NOON + 1)])
        tx.add_given({Counted("visit", "k-1"): Given(10, 1)})
        tx.save_referral(Referral("m_1", "m_2"))
        tx.save_kiosk(KioskRecord("k-1", boot="other"))
        tx.save_boot_start("k-1", BOOT, NOON)
        tx.save_lease(Lease("s0", "h_2", 2, NOON))
        tx.raise_alert(replace(LOW, number=9))
        tx.raise_alert(replace(LOW, kiosk="k-2"))
        tx.end_alert("k-3", AlertId.DISK_LOW)
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
        tx.save_lease(Lease("s0", "h_1", 1, NOON))
        tx.raise_alert(LOW)
        tx.raise_alert(replace(LOW, kiosk="k-3"))
    with pytest.raises(KeyboardInterrupt):
        _change_everything_and_fall(store)
    with store.transaction() as tx:
        assert (tx.cursors({A}), tx.facts_of({CARD_1}), tx.aside(A, {2})) == ({}, [], {})
        assert tx.owners({CARD_1, CARD_2}) == {CARD_1: "m_1"}
        assert tx.members({"m_1", "m_2"}) == {"m_1": member("m_1", CARD_1)}
        assert tx.listeners({CARD_1, CARD_2}) == [Seen("k-1", CARD_1)]
        assert (tx.kiosk("k-1").boot, tx.boot_start_ms("k-1", BOOT)) == (BOOT, None)
        assert (tx.snapshots({"m_1"}), tx.values({"m_1"}), tx.notes({"m_1"}), tx.survivors({"m_2"})) == ({}, {}, {}, {})
        assert (tx.orders(9), tx.editions(), tx.closings(), tx.closings_held()) == ([], [], [], 0)
        assert (tx.given({"visit"}, {0}), tx.referrals({"m_1"})) == ({}, {})
        assert tx.lease("s0") == Lease("s0", "h_1", 1, NOON)
        assert tx.alerts() == [LOW, replace(LOW, kiosk="k-3")]


def test_an_alert_stands_until_it_is_over(store: HubStore) -> None:
    """What a kiosk raises is kept once for each id, as said last, until it is over; ending what never was changes nothing."""
    stalled = RaisedAlert("k-1", AlertId.ACK_STALLED, Severity.WARN, NOON, 40, NOON)
    with store.transaction() as tx:
        for alert in (LOW, stalled, replace(LOW, kiosk="k-0"), replace(LOW, severity=Severity.ERROR, number=90, heard_ms=NOON + 1)):
            tx.raise_alert(alert)
        tx.end_alert("k-0", AlertId.READER_LOST)
    with store.transaction() as tx:
        assert tx.alerts() == [replace(LOW, kiosk="k-0"), stalled, replace(LOW, severity=Severity.ERROR, number=90, heard_ms=NOON + 1)]
        tx.end_alert("k-1", AlertId.DISK_LOW)
    with store.transaction() as tx:
        assert tx.alerts() == [replace(LOW, kiosk="k-0"), stalled]


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
        tx.folded([replace(member("m_1"), version=5), replace(member("m_2"), version=6)], {}, NOON)
        tx.sight([Seen("k-1", CARD_1), Seen("k-1", CARD_2), Seen("k-1", CARD_3), Seen("k-2", CARD_1)])
        assert tx.cards_seen("k-1", 10) == [CARD_2, CARD_1]
        assert tx.cards_seen("k-1", 1) == [CARD_2]


def test_a_member_comes_back_with_profile_and_fold(store: HubStore) -> None:
    """Profile, cards and the newest fold of a member are read back as they were written."""
    figures = Figures("client", "gold", 7, 5, 10, 1, 2)
    known = member("m_1", CARD_1, CARD_2, name="Олено", hide_balance=True, birthday=(2, 29), birthday_set_ms=NOON, profession="teacher")
    told = replace(known, version=7, points=-3, figures=figures)
    with store.transaction() as tx:
        tx.enrol(told, NOON)
        tx.folded([told], {}, NOON)
    with store.transaction() as tx:
        assert tx.members({"m_1", "m_2"}) == {"m_1": told}


def test_enrolling_again_keeps_the_fold_and_takes_the_card(store: HubStore) -> None:
    """A new profile replaces the old one, cards are added, and a card goes over from the member who had it."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1, CARD_2), NOON)
        tx.enrol(member("m_2", CARD_3), NOON)
        tx.folded([replace(member("m_2"), version=4, points=20)], {}, NOON)
        tx.enrol(member("m_2", CARD_2, name="Ada"), NOON)
        assert tx.owners({CARD_1, CARD_2, CARD_3}) == {CARD_1: "m_1", CARD_2: "m_2", CARD_3: "m_2"}
        assert tx.members({"m_1"}) == {"m_1": member("m_1", CARD_1)}
        assert tx.members({"m_2"}) == {"m_2": replace(member("m_2", CARD_2, CARD_3, name="Ada"), version=4, points=20)}


def test_a_kiosk_comes_back_as_it_was_saved(store: HubStore) -> None:
    """What is known of a kiosk is read back; of one never heard of nothing is known."""
    known = KioskRecord("k-1", "dev", BOOT, Presence.ONLINE, "s1", "", "1.0", "ntp", 12, NOON, "old", NOON - 1)
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


def test_facts_that_name_a_member_are_found_by_that_name(store: HubStore) -> None:
    """Facts are found by the cards and by the members they name, each once."""
    opening = kept(3, body=OpeningBalance("m_1", 50))
    with store.transaction() as tx:
        tx.keep([kept(1), kept(2, CARD_2), opening], NOON)
    with store.transaction() as tx:
        assert {fact.id.number for fact in tx.facts_of({CARD_1}, {"m_1", "m_2"})} == {1, 3}
        assert tx.facts_of((), {"m_1"}) == [opening.fact]
        assert tx.facts_of((), {"m_2"}) == []


def test_a_snapshot_is_kept_until_it_is_dropped(store: HubStore) -> None:
    """The newest snapshot of a member is read back whole; members without one are listed, a few at a time."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.enrol(member("m_2", CARD_2), NOON)
        assert tx.unfolded(9) == ["m_1", "m_2"]
        assert tx.unfolded(1) == ["m_1"]
        tx.folded([member("m_1")], {"m_1": SNAPSHOT}, NOON)
        tx.folded([member("m_1")], {"m_1": replace(SNAPSHOT, facts=13)}, NOON)
        assert tx.snapshots({"m_1", "m_2"}) == {"m_1": replace(SNAPSHOT, facts=13)}
        assert tx.unfolded(9) == ["m_2"]
        tx.drop_snapshots({"m_1", "m_3"})
        assert tx.snapshots({"m_1"}) == {}


def test_two_members_become_one(store: HubStore) -> None:
    """The one who stays has both's cards and a version above both; the other's row, profile and answers end, the name leads on."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.enrol(member("m_2", CARD_2), NOON)
        tx.enrol(member("m_3", CARD_3), NOON)
        tx.folded([replace(member("m_1"), version=5), replace(member("m_2"), version=8)], {"m_2": SNAPSHOT}, NOON)
        tx.save_value("m_2", ProfileValue("taste", "tea", 1, 9))
        tx.merge("m_3", "m_2", NOON)
        tx.merge("m_2", "m_1", NOON)
    with store.transaction() as tx:
        held = tx.members({"m_1", "m_2", "m_3"})
        assert held == {"m_1": replace(member("m_1", CARD_1, CARD_2, CARD_3), version=10, merged=("m_2", "m_3"))}
        assert tx.survivors({"m_1", "m_2", "m_3", "m_4"}) == dict.fromkeys(("m_1", "m_2", "m_3"), "m_1")
        assert tx.owners({CARD_1, CARD_2, CARD_3}) == dict.fromkeys((CARD_1, CARD_2, CARD_3), "m_1")
        assert (tx.snapshots({"m_2"}), tx.values({"m_2"})) == ({}, {})


def test_words_go_with_a_member_who_becomes_another(store: HubStore) -> None:
    """What staff wrote about either is kept with the one who stays, theirs where both have an id; not with one who was forgotten."""
    mine, theirs, clash = NoteText("n_1", "m_1", "Come again"), NoteText("n_2", "m_2", "Come soon"), NoteText("n_1", "m_2", "Come late")
    with store.transaction() as tx:
        for id_ in ("m_1", "m_2", "m_3"):
            tx.enrol(member(id_), NOON)
        for note in (mine, theirs, clash):
            tx.save_note(note)
        tx.merge("m_2", "m_1", NOON)
        held = tx.notes({"m_1", "m_2"})
        assert sorted(held.pop("m_1"), key=lambda note: note.note) == [mine, replace(theirs, member="m_1")]
        assert held == {}
        tx.forget("m_3")
        tx.merge("m_1", "m_3", NOON)
        assert tx.notes({"m_1", "m_3"}) == {}


def test_what_is_personal_is_forgotten_and_the_member_stays(store: HubStore) -> None:
    """Profile, answers and notes are gone; the member keeps id, cards and figures, and may come back with another profile."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.folded([replace(member("m_1"), version=3, points=7)], {}, NOON)
        tx.save_value("m_1", ProfileValue("taste", "tea", 1, 9))
        tx.save_note(NoteText("n_1", "m_1", "Come again"))
        tx.forget("m_1")
        tx.forget("m_9")
        assert tx.members({"m_1"}) == {"m_1": MemberRecord("m_1", None, (CARD_1,), 3, 7)}
        assert (tx.values({"m_1"}), tx.notes({"m_1"})) == ({}, {})
        tx.enrol(member("m_1"), NOON)
        assert tx.members({"m_1"})["m_1"].profile == member("m_1").profile


def test_a_card_is_kept_as_it_stands(store: HubStore) -> None:
    """A card is read back whole; it belongs to its owner's list, blocked ones beside, and one without an owner to nobody's."""
    blocked = Card(CARD_2, CardStatus.BLOCKED, "m_1", 2, CARD_3, CARD_1, NOON, CardStatus.ACTIVE, ("k/e/1: why",))
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.save_cards([blocked, Card(CARD_3, CardStatus.ISSUED)])
        assert tx.cards({CARD_1, CARD_2, CARD_3, "f" * 32}) == {
            CARD_1: Card(CARD_1, CardStatus.ACTIVE, "m_1"),
            CARD_2: blocked,
            CARD_3: Card(CARD_3, CardStatus.ISSUED),
        }
        assert tx.members({"m_1"}) == {"m_1": replace(member("m_1", CARD_1, CARD_2), blocked=(CARD_2,))}
        assert tx.owners({CARD_2, CARD_3}) == {CARD_2: "m_1"}
        tx.save_cards([replace(blocked, owner="")])
        assert tx.members({"m_1"}) == {"m_1": member("m_1", CARD_1)}


def test_the_newest_answer_about_a_field_is_kept(store: HubStore) -> None:
    """An answer replaces an older one about the same field, and one that comes late changes nothing."""
    with store.transaction() as tx:
        tx.enrol(member("m_1"), NOON)
        tx.save_value("m_1", ProfileValue("taste", "tea", 5, 50))
        tx.save_value("m_1", ProfileValue("taste", "milk", 4, 40))
        tx.save_value("m_1", ProfileValue("news", "shelf", 1, 10))
        assert tx.values({"m_1", "m_2"}) == {"m_1": [ProfileValue("news", "shelf", 1, 10), ProfileValue("taste", "tea", 5, 50)]}
        tx.save_value("m_1", ProfileValue("taste", "milk", 6, 60))
        assert tx.values({"m_1"})["m_1"][1].value == "milk"


def test_the_words_of_a_note_are_kept_for_the_member(store: HubStore) -> None:
    """Notes come back in the order in which they were written, and the same note written again replaces its words."""
    first, second = NoteText("n_1", "m_1", "Come again", "Lena", "waiting"), NoteText("n_2", "m_1", "Soon")
    with store.transaction() as tx:
        tx.enrol(member("m_1"), NOON)
        tx.save_note(replace(first, text="Come"))
        tx.save_note(second)
        tx.save_note(first)
        assert tx.notes({"m_1", "m_2"}) == {"m_1": [first, second]}


def test_orders_wait_in_line_until_they_are_removed(store: HubStore) -> None:
    """What was put in first comes first; what was removed never comes again, and no id is used twice."""
    orders = [Order("member.left", {"n": n}, NOON + n) for n in range(3)]
    with store.transaction() as tx:
        for order in orders:
            tx.put_order(order)
    with store.transaction() as tx:
        held = tx.orders(2)
        assert [replace(order, id=0) for order in held] == orders[:2]
        tx.remove_orders([order.id for order in held])
        (last,) = tx.orders(9)
        tx.remove_orders([last.id])
        tx.put_order(orders[0])
        assert tx.orders(9)[0].id > last.id


def test_editions_and_closings_are_only_added(store: HubStore) -> None:
    """Editions come back by version, closings in the order in which they were written, counted."""
    editions = [EditionText(1, 5, "shop", "one"), EditionText(2, 9, "shop", "two")]
    closings = [Closing("visit", "k-1", 5, 9), Closing("visit", "", 3, 2**53 - 1)]
    with store.transaction() as tx:
        for edition in reversed(editions):
            tx.add_edition(edition)
        tx.close(closings[:1])
        tx.close(closings[1:])
    with store.transaction() as tx:
        assert (tx.editions(), tx.closings(), tx.closings_held()) == (editions, closings, 2)


def test_what_was_given_is_added_up_by_place(store: HubStore) -> None:
    """Points and times are added for each rule, kiosk and hour, and asked for by rule and hour."""
    with store.transaction() as tx:
        tx.add_given({Counted("visit", "k-1"): Given(10, 1), Counted("visit", "k-1", 7): Given(10, 1)})
        tx.add_given({Counted("visit", "k-1"): Given(5, 2), Counted("visit", "k-2"): Given(1, 1), Counted("rating", "k-1"): Given(2, 1)})
        assert tx.given({"visit"}, {0}) == {Counted("visit", "k-1"): Given(15, 3), Counted("visit", "k-2"): Given(1, 1)}
        assert tx.given({"visit", "rating"}, {7}) == {Counted("visit", "k-1", 7): Given(10, 1)}
        assert tx.given((), {0}) == tx.given({"visit"}, ()) == {}


def test_a_referral_is_kept_as_it_stands(store: HubStore) -> None:
    """Of each friend the newest word is kept."""
    with store.transaction() as tx:
        tx.save_referral(Referral("m_2", "m_1"))
        tx.save_referral(Referral("m_2", "m_1", True))
        assert tx.referrals({"m_2", "m_3"}) == {"m_2": Referral("m_2", "m_1", True)}


def test_places_are_counted_over_members(store: HubStore) -> None:
    """Each member holds what was said last; members who hold a place are counted, and a merged one holds none."""
    with store.transaction() as tx:
        tx.enrol(member("m_1", CARD_1), NOON)
        tx.enrol(member("m_2", CARD_2), NOON)
        tx.take_places({"m_1": frozenset({"club", "club/a"}), "m_2": frozenset({"club"})})
        tx.take_places({"m_1": frozenset({"club", "club/b"})})
        assert tx.places_of({"m_1", "m_2", "m_9"}) == {"m_1": frozenset({"club", "club/b"}), "m_2": frozenset({"club"})}
        assert tx.taken({"club", "club/a", "club/b"}) == {"club": 2, "club/b": 1}
        assert (tx.taken(()), tx.places_of(())) == ({}, {})
        tx.take_places({"m_1": frozenset()})
        tx.merge("m_2", "m_1", NOON)
        assert (tx.taken({"club"}), tx.places_of({"m_1", "m_2"})) == ({}, {})


def test_cards_of_nobody_wait_the_newest_first(store: HubStore) -> None:
    """A card waits with its newest kiosk and moment until it belongs to somebody; beyond a hundred the oldest is forgotten."""
    with store.transaction() as tx:
        for at_ms in range(WAITING_KEPT_MAX + 1):
            tx.await_owner(Waiting(f"{at_ms:032x}", "k-1", at_ms))
        tx.await_owner(Waiting(f"{1:032x}", "k-2", 500))
        tx.enrol(member("m_1", f"{100:032x}"), NOON)
        tx.save_cards([Card(f"{99:032x}", CardStatus.ISSUED)])
        waiting = tx.waiting()
    assert waiting[:2] == [Waiting(f"{1:032x}", "k-2", 500), Waiting(f"{99:032x}", "k-1", 99)]
    assert (len(waiting), waiting[-1].at_ms) == (WAITING_KEPT_MAX - 1, 2)


def test_each_shard_has_one_lease(store: HubStore) -> None:
    """The newest lease of a shard is read back whole, whoever had it before; another shard knows nothing of it."""
    with store.transaction() as tx:
        assert tx.lease("s0") is None
        tx.save_lease(Lease("s0", "h_1", 1, NOON))
        tx.save_lease(Lease("s1", "h_9", 4, NOON))
    with store.transaction() as tx:
        tx.save_lease(Lease("s0", "h_2", 2, 0))
    with store.transaction() as tx:
        assert (tx.lease("s0"), tx.lease("s1"), tx.lease("s2")) == (Lease("s0", "h_2", 2, 0), Lease("s1", "h_9", 4, NOON), None)


def asked(number: int, kiosk: str = "k-1", state: Standing = Standing.QUEUED) -> CommandRecord:
    """A command."""
    return CommandRecord(f"c_{number:08}", kiosk, "restart", {"grace_s": number}, "olena", NOON, NOON + 60_000, state)


def test_commands_are_kept_as_they_stand(store: HubStore) -> None:
    """Each is found by its id, those that are open the oldest first, those of a kiosk the newest first."""
    with store.transaction() as tx:
        for number, kiosk in enumerate(("k-1", "k-2", "k-1"), start=1):
            tx.add_command(asked(number, kiosk))
        done = replace(asked(2, "k-2"), state=Standing.FAILED, why="шум", sent_ms=NOON, ended_ms=NOON + 5)
        tx.save_command(done)
        assert tx.command("c_00000002") == done
        assert tx.command("c_00000009") is None
    with store.transaction() as tx:
        assert tx.open_commands(9) == [asked(1), asked(3)]
        assert tx.open_commands(1) == [asked(1)]
        assert tx.newest_commands("", 9) == [asked(3), done, asked(1)]
        assert tx.newest_commands("k-1", 1) == [asked(3)]
        assert tx.newest_commands("k-9", 9) == []


def test_old_commands_are_let_go_but_none_that_is_open(store: HubStore) -> None:
    """So many of the newest are kept, and whatever is still open."""
    with store.transaction() as tx:
        for number in range(1, 7):
            tx.add_command(asked(number, state=Standing.ACCEPTED if number == 2 else Standing.SUCCEEDED))
        tx.forget_commands(6)
        assert len(tx.newest_commands("", 9)) == 6
        tx.forget_commands(2)
        assert [int(each.id[2:]) for each in tx.newest_commands("", 9)] == [6, 5, 2]


def test_few_pictures_are_kept(store: HubStore) -> None:
    """A picture is found under its command while it is among the newest."""
    with store.transaction() as tx:
        for number in range(1, 5):
            tx.save_picture(f"c_{number}", bytes((0x89, number, 0, 255)), 3)
    with store.transaction() as tx:
        assert [tx.picture(f"c_{number}") for number in range(1, 6)] == [b"", b"\x89\2\0\xff", b"\x89\3\0\xff", b"\x89\4\0\xff", b""]
