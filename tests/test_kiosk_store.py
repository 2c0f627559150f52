"""The store on its real file: numbering, what a commit changes, what the hub's word changes, restarts, trimming and power cuts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.documents import CutPower, DamagedStore, Fault, Point, PowerCut, StoreFault, StoreInUse, no_fault, open_documents
from kiosk.outbox import Held
from kiosk.store import LAYOUTS, REJECTED_MAX, Store
from kiosk.streams import SCHEMA, NewerStore
from kiosk.sums import with_sum, without_sum
from loyalty.account import fold
from loyalty.codec import decode
from loyalty.counter.person import Occasion
from loyalty.counter.standing import PENDING_MAX, Standing
from loyalty.counter.tap import KioskDay
from loyalty.facts import Body, ClockQuality, Fact, FactId, GreetingShown, Redeemed, StoreRecovered
from loyalty.moment import Moment
from loyalty.said import GreetingKind
from mqtt.reading import COVERS_MAX
from tests.builders import (
    BOOT,
    CARD,
    DAY_MS,
    EPOCH,
    KYIV,
    NEXT_EPOCH,
    NOON_MS,
    OTHER_CARD,
    balance,
    book,
    moment,
    rating,
    reason,
    view,
    visit,
)

THIRD_EPOCH = "cccccccccccc"
BOOK = book(KYIV)


class Runs:
    """One run of the program after the other on one file, each with a disk that can be made to refuse or to lose its power."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault: Fault = no_fault
        self.store: Store | None = None

    def start(self, epoch: str = EPOCH, boot: str = BOOT, facts_kept: int = 1_000) -> Store:
        """The next run; the one before it stopped cleanly, unless its power was cut."""
        self.stop()
        self.fault = no_fault
        self.store = Store(self.path, "k1", epoch, boot, self.strike, facts_kept)
        return self.store

    def strike(self, point: Point) -> None:
        """What the store meets at this point."""
        self.fault(point)

    def stop(self) -> None:
        """Stop cleanly what runs."""
        if self.store is not None:
            self.store.close()
        self.store = None

    def refuse(self, *points: Point) -> None:
        """From now on the disk refuses at these points; at none of them, it works again."""

        def full(point: Point) -> None:
            if point in points:
                raise StoreFault("the disk is full", "Free some space")

        self.fault = full

    def cut(self, act: Callable[[Store], object] = lambda store: store.commit((visit(),), moment()), point: Point = "before_write") -> None:
        """The power goes at this point of the act."""
        assert self.store is not None
        self.fault = CutPower(point)
        with pytest.raises(PowerCut):
            act(self.store)
        self.store = None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def runs(path: Path) -> Iterator[Runs]:
    made = Runs(path)
    yield made
    made.stop()


def on_day(day: int) -> Moment:
    """Noon of a day after the first."""
    return moment(day, NOON_MS + day * DAY_MS)


def visits(store: Store, days: range, card: str = CARD) -> None:
    """A visit on each of these days."""
    for day in days:
        store.commit((visit(card),), on_day(day))


def numbers(store: Store, epoch: str, first: int, last: int) -> list[int]:
    """Numbers of the facts the store gives."""
    return [document["s"] for document in store.facts(epoch, first, last)[1]]


def all_facts(store: Store) -> list[Fact]:
    """Every fact in the store, read as the hub would read it."""
    return [
        decode(document, "k1", stream.epoch, boot)
        for stream in store.held()
        for boot, documents in [store.facts(stream.epoch, stream.first, stream.last)]
        for document in documents
    ]


# Commit


def test_a_commit_returns_the_facts_and_the_standing(runs: Runs) -> None:
    """A fact gets the kiosk's id, the epoch, its number and both clocks; the standing is that of its card after it."""
    store = runs.start()
    now = moment(1_234)
    (fact,), after = store.commit((visit(),), now)
    assert fact == Fact(FactId("k1", EPOCH, 1), now.wall_ms, 1_234, BOOT, now.quality, visit())
    assert store.standing(CARD) == after == Standing(CARD).with_fact(fact)
    assert store.standing(OTHER_CARD) == Standing(OTHER_CARD)


def test_facts_written_together_are_one_transaction(runs: Runs) -> None:
    """A visit and all that it brings are numbered one after the other, stand in the card's standing together, and cost one write."""
    points: list[Point] = []
    store = runs.start()
    store.commit((visit(),), moment())
    runs.fault = points.append
    said = GreetingShown(CARD, GreetingKind.GRATITUDE)
    facts, after = store.commit((visit(), said), on_day(1))
    assert [(fact.id.number, fact.body) for fact in facts] == [(2, visit()), (3, said)]
    assert [fact.id.number for fact in after.pending] == [1, 2, 3]
    assert points.count("after_commit") == 1
    assert all_facts(store)[1:] == list(facts)


def test_what_was_given_today_is_on_disk_with_the_facts_that_gave_it(runs: Runs) -> None:
    """The count against the daily limits survives a power cut exactly as far as the facts do."""
    store = runs.start()
    given = KioskDay(740_000, surprises=1, offline_points=50)
    store.commit((visit(),), moment(), given)
    more = KioskDay(740_000, surprises=1, offline_points=90)
    runs.cut(lambda store: store.commit((visit(),), moment(), more), "before_commit")
    assert runs.start(NEXT_EPOCH).today == given
    runs.cut(lambda store: store.commit((visit(),), moment(), more), "after_commit")
    assert runs.start(THIRD_EPOCH).today == more


def test_a_refused_commit_gives_nothing_away(runs: Runs) -> None:
    """What the disk refused was not given: the count stays as it was, also in the running program."""
    store = runs.start()
    runs.refuse("before_commit")
    with pytest.raises(StoreFault):
        store.commit((visit(),), moment(), KioskDay(740_000, offline_points=90))
    assert store.today == KioskDay()


def test_the_store_knows_a_moment_that_is_past(runs: Runs) -> None:
    """The newest fact of a clock that somebody kept says so, whatever doubtful clocks wrote since; an empty store knows none."""
    store = runs.start()
    assert store.latest_ms() == 0
    store.commit((visit(),), moment(1, NOON_MS))
    store.commit((visit(),), replace(moment(2, NOON_MS + 99 * DAY_MS), quality=ClockQuality.UNSYNCED))
    assert runs.start(NEXT_EPOCH).latest_ms() == NOON_MS


def test_numbers_are_dense_from_one(runs: Runs) -> None:
    """Facts of all kinds and cards share one numbering of their epoch, without gaps."""
    store = runs.start()
    bodies: list[Body] = [visit(), rating(), reason(), visit(OTHER_CARD), StoreRecovered("kiosk.db.damaged"), visit()]
    assert [store.commit((body,), moment())[0][0].id.number for body in bodies] == [1, 2, 3, 4, 5, 6]
    assert [fact.body for fact in all_facts(store)] == bodies


def test_what_was_committed_is_read_again_after_a_restart(runs: Runs) -> None:
    """Facts and standings are on disk when `commit` returns: a process that dies at once loses nothing."""
    store = runs.start()
    store.keep([(CARD, view(points=100))])
    facts, after = store.commit((visit(ndef="0" * 16), rating()), moment())
    runs.cut()
    again = runs.start(NEXT_EPOCH, "boot-2")
    assert all_facts(again) == list(facts)
    assert again.standing(CARD) == after
    assert balance(after, BOOK) == 112


def test_a_fact_without_a_card_changes_no_standing(runs: Runs) -> None:
    """The kiosk's word about itself leaves no member behind."""
    store = runs.start()
    _, after = store.commit((StoreRecovered("kiosk.db.damaged"),), moment())
    assert after == Standing("")
    assert store.standing(CARD) == Standing(CARD)


def test_a_refused_commit_leaves_nothing_and_takes_no_number(runs: Runs) -> None:
    """When the disk refuses, neither fact nor standing is there, and the next fact has the number of the refused one."""
    store = runs.start()
    for point in ("before_write", "before_commit"):
        runs.refuse(point)
        with pytest.raises(StoreFault, match="full"):
            store.commit((visit(),), moment())
        assert store.standing(CARD) == Standing(CARD)
        assert store.held() == (Held(EPOCH, 1, 0, 0, 0),)
    runs.refuse()
    assert store.commit((visit(),), moment())[0][0].id.number == 1
    runs.refuse("before_commit")
    with pytest.raises(StoreFault):
        store.commit((rating(),), moment())
    runs.refuse()
    assert store.commit((rating(),), moment())[0][0].id.number == 2
    assert [fact.id.number for fact in all_facts(store)] == [1, 2]


def test_the_stores_points_are_the_ledgers(runs: Runs) -> None:
    """What waits for a card is what the ledger makes of this kiosk's facts about it, over days, epochs and restarts."""
    store = runs.start()
    for day in (0, 0, 1):
        store.commit((visit(),), on_day(day))
        store.commit((rating(),), on_day(day))
    store = runs.start(NEXT_EPOCH)
    store.commit((visit(),), on_day(1))
    store.commit((visit(),), on_day(2))
    assert balance(store.standing(CARD), BOOK) == fold(all_facts(store), BOOK).ledger.balance == 34


# Epochs


def test_each_start_begins_an_epoch_at_one(runs: Runs) -> None:
    """A restart numbers from 1 again under its own epoch; the earlier facts keep epoch, numbers and kernel boot."""
    store = runs.start()
    visits(store, range(3))
    store = runs.start(NEXT_EPOCH, "boot-2")
    assert store.held() == (Held(EPOCH, 1, 3, 0, 0), Held(NEXT_EPOCH, 1, 0, 0, 0))
    visits(store, range(2))
    assert store.held() == (Held(EPOCH, 1, 3, 0, 0), Held(NEXT_EPOCH, 1, 2, 0, 0))
    assert [(boot, [each["s"] for each in facts]) for boot, facts in (store.facts(EPOCH, 1, 3), store.facts(NEXT_EPOCH, 1, 2))] == [
        (BOOT, [1, 2, 3]),
        ("boot-2", [1, 2]),
    ]


def test_a_start_that_saw_nothing_leaves_no_epoch_behind(runs: Runs) -> None:
    """A kiosk restarted a hundred times in an empty shop does not gather empty epochs."""
    runs.start()
    store = runs.start(NEXT_EPOCH)
    visits(store, range(1))
    runs.start(THIRD_EPOCH)
    assert runs.start("dddddddddddd").held() == (Held(NEXT_EPOCH, 1, 1, 0, 0), Held("dddddddddddd", 1, 0, 0, 0))


def test_a_clean_stop_remembers_what_was_claimed(runs: Runs) -> None:
    """What the hub was known to hold is written down at a stop, and by the first fact of the next run."""
    store = runs.start()
    visits(store, range(3))
    store.mark_claimed(EPOCH, 2)
    store = runs.start(NEXT_EPOCH)
    assert store.held()[0] == Held(EPOCH, 1, 3, 2, 2)
    store.mark_claimed(EPOCH, 3)
    visits(store, range(1))
    runs.cut()
    assert runs.start(THIRD_EPOCH).held()[:2] == (Held(EPOCH, 1, 3, 3, 3), Held(NEXT_EPOCH, 1, 1, 0, 0))


def test_ranges_do_not_reach_into_another_epoch(runs: Runs) -> None:
    """Asked for more than an epoch has, the store gives what it has and never the next epoch's facts under this one's name."""
    store = runs.start()
    visits(store, range(3))
    store = runs.start(NEXT_EPOCH)
    visits(store, range(5))
    assert numbers(store, EPOCH, 2, 9) == [2, 3]
    assert numbers(store, EPOCH, 1, 2) == [1, 2]
    assert numbers(store, NEXT_EPOCH, 4, 99) == [4, 5]
    assert numbers(store, EPOCH, 4, 4) == []


def test_an_epoch_never_seen_is_our_mistake(runs: Runs) -> None:
    """Asking for facts of an epoch that is not in the store is no answerable question."""
    with pytest.raises(KeyError, match=NEXT_EPOCH):
        runs.start().facts(NEXT_EPOCH, 1, 1)


# The hub's word


def test_a_newer_view_replaces_and_an_older_does_not(runs: Runs) -> None:
    """Views carry versions; what comes late or twice changes nothing, also after a restart."""
    store = runs.start()
    newest = view(5, points=50, covers=((EPOCH, 3),), occasions=(Occasion("birthday", 740_000, 740_006, "2026"),))
    store.keep([(CARD, newest), (OTHER_CARD, view(1, points=1))])
    store.keep([(CARD, view(4, points=4)), (OTHER_CARD, view(1, points=2))])
    store = runs.start(NEXT_EPOCH)
    assert store.standing(CARD).view == newest
    assert balance(store.standing(OTHER_CARD)) == 1
    store.keep([(CARD, view(6, points=6, name="", hide_balance=True))])
    assert store.standing(CARD).view == view(6, points=6, name="", hide_balance=True)
    store.keep([(CARD, replace(view(7), blocked=True))])
    assert store.standing(CARD).view == replace(view(7), blocked=True)


def test_a_view_that_makes_no_sense_is_not_kept(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    """An account nobody can read does not replace one that can be; the log says so, without saying whose; others are kept."""
    store = runs.start()
    store.keep([(CARD, view(1, points=50))])
    store.keep([(CARD, replace(view(2), account={"ledger": 5})), (OTHER_CARD, view(1))])
    assert store.standing(CARD).view == view(1, points=50)
    assert store.standing(OTHER_CARD).view == view(1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "m_1" not in caplog.text


def test_a_view_takes_covered_facts_off_what_waits(runs: Runs) -> None:
    """Facts that the hub covers do not wait any longer, the others still do, and all stay to be sent again."""
    store = runs.start()
    visits(store, range(3))
    store.keep([(CARD, view(holds=fold(all_facts(store)[:2], BOOK), covers=((EPOCH, 2),)))])
    assert [fact.id.number for fact in store.standing(CARD).pending] == [3]
    assert balance(store.standing(CARD), BOOK) == 30
    assert numbers(store, EPOCH, 1, 3) == [1, 2, 3]


def test_a_refused_view_costs_nothing(runs: Runs) -> None:
    """Of several views in one message either all are kept or none."""
    store = runs.start()
    runs.refuse("before_commit")
    with pytest.raises(StoreFault):
        store.keep([(CARD, view()), (OTHER_CARD, view())])
    assert store.standing(CARD).view is None


def test_claims_move_the_cursor_without_writing(runs: Runs) -> None:
    """A claim costs no disk write: it comes anew with every handshake."""
    writes: list[Point] = []
    store = runs.start()
    visits(store, range(5))
    runs.fault = writes.append
    assert store.mark_claimed(EPOCH, 4) is False
    assert store.held() == (Held(EPOCH, 1, 5, 4, 4),)
    assert writes == []


def test_rejections_are_written_down(runs: Runs, path: Path) -> None:
    """Which facts the hub keeps aside as senseless survives a power cut, and does not grow without end."""
    store = runs.start()
    visits(store, range(2))
    store.mark_claimed(EPOCH, 1, [(1, "E_SCHEMA")])
    store.mark_claimed(EPOCH, 2, [(2, "E_GAP")])
    runs.cut()
    with open_documents(path, LAYOUTS) as db:
        assert db.table("meta").get_by_key("rejected") == {"facts": [[EPOCH, 1, "E_SCHEMA"], [EPOCH, 2, "E_GAP"]]}
    store = runs.start(NEXT_EPOCH)
    store.mark_claimed(EPOCH, 2, [(number, "E_GAP") for number in range(3, REJECTED_MAX + 4)])
    runs.stop()
    with open_documents(path, LAYOUTS) as db:
        kept = db.table("meta").get_by_key("rejected")
        assert kept is not None
        assert len(kept["facts"]) == REJECTED_MAX
        assert kept["facts"][-1] == [EPOCH, REJECTED_MAX + 3, "E_GAP"]


def test_facts_opened_again_count_again(runs: Runs) -> None:
    """A hub restored from a backup: facts after its cursor wait again, and its older view comes back with exactly the same balance."""
    store = runs.start()
    visits(store, range(4))
    store.mark_claimed(EPOCH, 4)
    store.keep([(CARD, view(10, holds=fold(all_facts(store), BOOK), covers=((EPOCH, 4),)))])
    assert store.standing(CARD).pending == ()
    store.reopen(EPOCH, 2)
    assert store.held() == (Held(EPOCH, 1, 4, 2, 2),)
    assert [fact.id.number for fact in store.standing(CARD).pending] == [3, 4]
    assert balance(store.standing(CARD), BOOK) == 40
    store.keep([(CARD, view(11, holds=fold(all_facts(store)[:2], BOOK), covers=((EPOCH, 2),)))])
    assert balance(store.standing(CARD), BOOK) == 40
    assert store.standing(CARD).seen_by_hub(BOOK, NOON_MS + 4 * DAY_MS).ledger.balance == 20


def test_the_word_of_a_restored_hub_may_come_before_its_handshake(runs: Runs) -> None:
    """A newer view that covers less than the one before brings the own facts back by itself: what was spent here stays spent.

    Seed 100376 of the simulation: a greeting in that half second showed the points of a reward that had been taken.
    """
    store = runs.start()
    visits(store, range(3))
    store.commit((Redeemed(25, CARD, perk="coffee"),), on_day(3))
    visits(store, range(4, 5), OTHER_CARD)
    store.keep([(CARD, view(10, holds=fold(all_facts(store)[:4], BOOK), covers=((EPOCH, 5),)))])
    store = runs.start(NEXT_EPOCH)
    assert balance(store.standing(CARD), BOOK) == 5
    store.keep([(CARD, view(11, holds=fold(all_facts(store)[:2], BOOK), covers=((EPOCH, 2),)))])
    assert [fact.id.number for fact in store.standing(CARD).pending] == [3, 4]
    assert balance(store.standing(CARD), BOOK) == 5
    store.keep([(CARD, view(12, points=0))])
    assert [fact.id.number for fact in store.standing(CARD).pending] == [1, 2, 3, 4]
    assert balance(store.standing(CARD), BOOK) == 5


def test_an_epoch_that_a_view_has_no_room_to_name_is_covered(runs: Runs) -> None:
    """A kiosk with more epochs than a view can name counts nothing a second time when the oldest is left out."""
    store = runs.start()
    visits(store, range(3))
    others = tuple((f"b{number:011d}".translate(str.maketrans("0189", "abcd")), 1) for number in range(COVERS_MAX))
    store.keep([(CARD, view(1, points=30, covers=((EPOCH, 3),)))])
    store.keep([(CARD, view(2, points=30, covers=others))])
    assert store.standing(CARD).pending == ()


def test_opening_again_stays_within_the_epoch(runs: Runs) -> None:
    """Facts of the next epoch are not counted a second time under this one's name."""
    store = runs.start()
    visits(store, range(2))
    store.mark_claimed(EPOCH, 2)
    store = runs.start(NEXT_EPOCH)
    visits(store, range(3, 5), OTHER_CARD)
    store.keep([(CARD, view(2, points=20, covers=((EPOCH, 2),)))])
    store.reopen(EPOCH, 0)
    assert [(fact.id.epoch, fact.id.number) for fact in store.standing(OTHER_CARD).pending] == [(NEXT_EPOCH, 1), (NEXT_EPOCH, 2)]
    assert [(fact.id.epoch, fact.id.number) for fact in store.standing(CARD).pending] == [(EPOCH, 1), (EPOCH, 2)]


# Two cards of one member


def both_known(runs: Runs, points: int = 100) -> Store:
    """A kiosk that knows of two cards that they are one member's."""
    store = runs.start()
    store.keep([(CARD, view(1, points=points)), (OTHER_CARD, view(1, points=points))])
    return store


def test_what_is_written_with_one_card_counts_with_the_members_other_card(runs: Runs) -> None:
    """Points spent with one card are gone from both, also after a restart, and the day's limit has seen them; the visit counts once."""
    store = both_known(runs)
    store.commit((visit(), Redeemed(60, CARD, perk="coffee", offline=True)), moment())
    store.commit((visit(OTHER_CARD),), moment(1, NOON_MS + 1))
    store = runs.start(NEXT_EPOCH)
    for card in (CARD, OTHER_CARD):
        standing = store.standing(card)
        assert balance(standing, BOOK) == 100 + 10 - 60
        assert [fact.id.number for fact in standing.pending] == [1, 2, 3]
        assert standing.account(BOOK).books.offline == 60


def test_a_card_that_turns_out_to_be_a_members_brings_what_it_did(runs: Runs) -> None:
    """A card tapped before anybody knew whose it is: once the hub says so, all the member's cards stand alike."""
    store = runs.start()
    store.keep([(CARD, view(1, points=100))])
    store.commit((Redeemed(60, CARD, perk="coffee", offline=True),), moment())
    store.commit((visit(OTHER_CARD),), moment(1, NOON_MS + 1))
    assert balance(store.standing(CARD), BOOK) == 40
    store.keep([(OTHER_CARD, view(1, points=100))])
    for card in (CARD, OTHER_CARD):
        assert [fact.id.number for fact in store.standing(card).pending] == [1, 2]
        assert balance(store.standing(card), BOOK) == 50


def test_a_card_that_goes_to_somebody_else_takes_its_own_facts_alone(runs: Runs) -> None:
    """Of what its first owner did with another card nothing counts for the new one, and nothing of it for the first one any more."""
    store = both_known(runs)
    store.commit((visit(),), moment())
    store.commit((Redeemed(20, OTHER_CARD, perk="tea"),), moment(1, NOON_MS + 1))
    store.keep([(OTHER_CARD, view(2, member="m_2", points=300))])
    assert [fact.id.number for fact in store.standing(OTHER_CARD).pending] == [2]
    store.commit((visit(OTHER_CARD),), moment(2, NOON_MS + 2))
    assert [fact.id.number for fact in store.standing(CARD).pending] == [1]
    assert [fact.id.number for fact in store.standing(OTHER_CARD).pending] == [2, 3]
    assert balance(store.standing(CARD), BOOK) == 110


def test_what_was_spent_is_the_last_to_be_forgotten(runs: Runs) -> None:
    """Of more facts than are kept for a member those that gave points go first, whichever card they are of: never too many are shown."""
    store = both_known(runs)
    store.commit((Redeemed(100, CARD, perk="coffee", offline=True),), moment())
    for number in range(0, PENDING_MAX, 50):
        store.commit(tuple(rating(OTHER_CARD) for _ in range(50)), moment(number, NOON_MS + number))
    for card in (CARD, OTHER_CARD):
        pending = store.standing(card).pending
        assert len(pending) == PENDING_MAX
        assert pending[0].body == Redeemed(100, CARD, perk="coffee", offline=True)


def test_each_card_lets_go_of_what_its_own_view_covers(runs: Runs) -> None:
    """The hub's word may come for one card sooner than for the other: nothing is counted twice and nothing is missing in between."""
    store = both_known(runs)
    store.commit((visit(),), moment())
    store.commit((visit(OTHER_CARD),), on_day(1))
    store.keep([(CARD, view(2, points=120, covers=((EPOCH, 2),)))])
    assert [len(store.standing(card).pending) for card in (CARD, OTHER_CARD)] == [0, 2]
    assert [balance(store.standing(card), BOOK) for card in (CARD, OTHER_CARD)] == [120, 120]


def test_facts_opened_again_count_for_every_card_of_the_member(runs: Runs) -> None:
    """A hub restored from a backup, by its handshake or by its word first: what one card spent is missing from the other's balance too."""
    store = both_known(runs)
    store.commit((Redeemed(60, CARD, perk="coffee"),), moment())
    for card in (CARD, OTHER_CARD):
        store.keep([(card, view(2, points=40, covers=((EPOCH, 1),)))])
    store.keep([(OTHER_CARD, view(3, points=100))])
    assert balance(store.standing(OTHER_CARD), BOOK) == 40
    store.reopen(EPOCH, 0)
    store.keep([(CARD, view(4, points=100))])
    assert [balance(store.standing(card), BOOK) for card in (CARD, OTHER_CARD)] == [40, 40]


def test_a_document_found_under_a_wrong_member_is_not_believed(runs: Runs, path: Path) -> None:
    """A spoilt index brings nobody another member's facts."""
    store = both_known(runs)
    store.keep([(OTHER_CARD, view(2, member="m_2", points=5))])
    runs.stop()
    with open_documents(path, LAYOUTS) as db:
        spoilt = dict(db.table("members").get_by_key(OTHER_CARD) or {})
        db.table("members").put(OTHER_CARD, spoilt | {"member": "m_1"})
    store = runs.start(NEXT_EPOCH)
    store.commit((visit(),), moment())
    assert store.standing(OTHER_CARD).pending == ()


# Trimming


def test_the_oldest_claimed_facts_are_let_go(runs: Runs) -> None:
    """When more claimed facts gather than are kept the oldest go, the newest `facts_kept` stay, and `held` says so."""
    store = runs.start(facts_kept=100)
    visits(store, range(101))
    assert store.mark_claimed(EPOCH, 101) is False
    visits(store, range(101, 102))
    assert store.mark_claimed(EPOCH, 102) is True
    assert store.held() == (Held(EPOCH, 3, 102, 102, 102),)
    assert numbers(store, EPOCH, 1, 4) == [3, 4]
    assert store.commit((visit(),), on_day(500))[0][0].id.number == 103


def test_no_unclaimed_fact_is_ever_let_go(runs: Runs) -> None:
    """However full the store is, what the hub does not hold stays: of this epoch and of any before it."""
    store = runs.start(facts_kept=10)
    visits(store, range(20))
    store.mark_claimed(EPOCH, 5)
    store = runs.start(NEXT_EPOCH, facts_kept=10)
    visits(store, range(30))
    store.mark_claimed(NEXT_EPOCH, 30)
    assert store.held() == (Held(EPOCH, 6, 20, 5, 5), Held(NEXT_EPOCH, 1, 30, 30, 30))
    store.mark_claimed(EPOCH, 8)
    assert store.held()[0] == Held(EPOCH, 9, 20, 8, 8)
    store.reopen(EPOCH, 8)
    store.mark_claimed(NEXT_EPOCH, 30)
    assert numbers(store, EPOCH, 1, 20) == list(range(9, 21))


def test_epochs_without_facts_are_forgotten(runs: Runs) -> None:
    """When all facts of an old epoch are gone the epoch is too, now and after a restart."""
    store = runs.start(facts_kept=10)
    visits(store, range(5))
    store = runs.start(NEXT_EPOCH, facts_kept=10)
    visits(store, range(12))
    store.mark_claimed(EPOCH, 5)
    store.mark_claimed(NEXT_EPOCH, 12)
    assert store.held() == (Held(NEXT_EPOCH, 3, 12, 12, 12),)
    with pytest.raises(KeyError):
        store.facts(EPOCH, 1, 5)
    runs.cut()
    assert runs.start(THIRD_EPOCH, facts_kept=10).held() == (Held(NEXT_EPOCH, 3, 12, 0, 0), Held(THIRD_EPOCH, 1, 0, 0, 0))


def test_a_hub_restored_further_back_than_the_facts_go_gets_what_there_is(runs: Runs) -> None:
    """Opening facts again that were let go counts those that are still here, and no others."""
    store = runs.start(facts_kept=10)
    visits(store, range(15))
    store.mark_claimed(EPOCH, 15)
    store.keep([(CARD, view(2, points=150, covers=((EPOCH, 15),)))])
    store.reopen(EPOCH, 2)
    assert [fact.id.number for fact in store.standing(CARD).pending] == list(range(6, 16))


def test_a_refused_trim_is_tried_again(runs: Runs) -> None:
    """If the disk refuses the deletion nothing is gone and nothing is thought to be; the next claim tries again."""
    store = runs.start(facts_kept=10)
    visits(store, range(12))
    runs.refuse("before_commit")
    with pytest.raises(StoreFault):
        store.mark_claimed(EPOCH, 11)
    assert store.held() == (Held(EPOCH, 1, 12, 11, 11),)
    runs.refuse()
    assert store.mark_claimed(EPOCH, 12) is True
    assert store.held() == (Held(EPOCH, 3, 12, 12, 12),)


# The file


def test_a_newer_programs_store_is_refused_and_unharmed(runs: Runs, path: Path) -> None:
    """A store with a later layout is refused with both numbers, and can be opened by its own program afterwards."""
    store = runs.start()
    visits(store, range(1))
    runs.stop()
    with open_documents(path, LAYOUTS) as db:
        streams = db.table("meta").get_by_key("streams")
        assert streams is not None
        db.table("meta").put("streams", with_sum({**without_sum(streams), "schema": SCHEMA + 1}))
    with pytest.raises(NewerStore, match=f"layout {SCHEMA + 1}, this program knows {SCHEMA}"):
        runs.start(NEXT_EPOCH)
    with open_documents(path, LAYOUTS) as db:
        assert db.table("facts").count_after(0) == 1


def test_two_programs_never_number_the_same_facts(runs: Runs) -> None:
    """A store that is in use cannot be opened a second time."""
    runs.start()
    with pytest.raises(StoreInUse):
        Store(runs.path, "k1", NEXT_EPOCH, BOOT)


def test_a_damaged_file_is_told_apart_from_an_empty_one(runs: Runs, path: Path) -> None:
    """Bytes that are no store raise DamagedStore, so that the kiosk can set them aside."""
    path.write_bytes(b"not a store at all" * 300)
    with pytest.raises(DamagedStore):
        runs.start()


def test_no_person_is_in_the_facts(runs: Runs, path: Path) -> None:
    """A name is in the cache of members only: erasing a member there leaves no copy in the facts."""
    store = runs.start()
    store.keep([(CARD, view(name="Марія"))])
    visits(store, range(1))
    runs.stop()
    with sqlite3.connect(path) as file:
        (fact,) = file.execute("SELECT body FROM facts").fetchone()
        (member,) = file.execute("SELECT body FROM members").fetchone()
    file.close()
    assert "Марія" in member
    assert "Марія" not in fact
    assert set(json.loads(fact)) == {"s", "t", "at", "mono", "clk", "d", "sum"}


def test_housekeeping_changes_nothing(runs: Runs) -> None:
    """The idle moment's work, after a clean stop and after a power cut, leaves facts, standings and numbering as they were."""
    visits(runs.start(), range(3))
    runs.cut()
    store = runs.start(NEXT_EPOCH)
    visits(store, range(3, 5))
    before = (store.held(), all_facts(store), store.standing(CARD))
    for _ in range(5):
        store.keep_house(on_day(5))
    assert (store.held(), all_facts(store), store.standing(CARD)) == before
    assert store.commit((visit(),), on_day(6))[0][0].id.number == 3


# Power cuts


@pytest.mark.parametrize("point", ["before_write", "before_commit", "after_commit"])
@pytest.mark.parametrize("earlier", [0, 1, 2])
def test_a_power_cut_leaves_a_tap_whole_or_absent(runs: Runs, path: Path, point: Point, earlier: int) -> None:
    """Wherever the power goes in a tap, after the restart fact and points are both there or both absent, and earlier taps are."""
    visits(runs.start(), range(earlier))
    runs.cut(lambda store: visits(store, range(earlier, earlier + 1)), point)
    there = earlier + (point == "after_commit")
    again = runs.start(NEXT_EPOCH)
    assert [fact.id.number for fact in all_facts(again)] == list(range(1, there + 1))
    assert balance(again.standing(CARD), BOOK) == 10 * there
    expected = (Held(EPOCH, 1, there, 0, 0),) if there else ()
    assert again.held() == (*expected, Held(NEXT_EPOCH, 1, 0, 0, 0))
    visits(again, range(9, 10))
    assert again.held() == (*expected, Held(NEXT_EPOCH, 1, 1, 0, 0))


@pytest.mark.parametrize("point", ["before_write", "before_commit", "after_commit"])
def test_a_power_cut_leaves_the_hubs_word_whole_or_absent(runs: Runs, point: Point) -> None:
    """A cut while views are kept, facts are opened again or let go leaves a store that goes on, with every unclaimed fact."""
    acts: list[Callable[[Store], object]] = [
        lambda store: store.keep([(CARD, view(9, points=50)), (OTHER_CARD, view(9))]),
        lambda store: store.reopen(store.held()[-1].epoch, 3),
        lambda store: store.mark_claimed(store.held()[-1].epoch, 0, [(1, "E_GAP")]),
    ]
    for epoch, act in zip((EPOCH, NEXT_EPOCH, THIRD_EPOCH), acts, strict=True):
        visits(runs.start(epoch), range(12))
        runs.cut(act, point)
    store = runs.start("dddddddddddd")
    assert [(stream.first, stream.last) for stream in store.held()] == [(1, 12), (1, 12), (1, 12), (1, 0)]
    kept = point == "after_commit"
    assert [store.standing(card).view for card in (CARD, OTHER_CARD)] == ([view(9, points=50), view(9)] if kept else [None, None])


@pytest.mark.parametrize("point", ["before_write", "before_commit", "after_commit"])
def test_a_power_cut_while_facts_are_let_go_loses_none_that_is_open(runs: Runs, point: Point) -> None:
    """Whether the deletion was done or not, the next run finds numbers and claims that fit what is there."""
    visits(runs.start(facts_kept=10), range(12))
    runs.cut(lambda store: store.mark_claimed(EPOCH, 11), point)
    first = 3 if point == "after_commit" else 1
    store = runs.start(NEXT_EPOCH, facts_kept=10)
    assert store.held() == (Held(EPOCH, first, 12, 0, 0), Held(NEXT_EPOCH, 1, 0, 0, 0))
    assert numbers(store, EPOCH, 1, 12) == list(range(first, 13))
