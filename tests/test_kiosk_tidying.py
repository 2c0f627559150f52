"""What the store lets go of by itself in quiet moments: old facts the hub holds, cards long not seen, room it does not need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.documents import open_documents
from kiosk.documents.engine import GIVE_BACK_PAGES, PAGE_BYTES, SPARE_PAGES
from kiosk.members import OVER_SHARE
from kiosk.outbox import Held
from kiosk.store import LAYOUTS, Store
from kiosk.tidying import DAY_MS, FACTS_KEPT_DAYS, TRIM_SHARE
from loyalty.facts import ClockQuality
from loyalty.moment import Moment
from tests.builders import BOOT, CARD, EPOCH, NEXT_EPOCH, NOON_MS, moment, view, visit

JOURNAL_BYTES_MAX = 16 << 20


def on_day(day: int, quality: ClockQuality = ClockQuality.NTP) -> Moment:
    """Noon of a day after the first."""
    return moment(day, NOON_MS + day * DAY_MS, quality)


def card(number: int) -> str:
    """One card of many."""
    return f"{number:032x}"


class Shop:
    """A store of small limits, with what happens to it in one word."""

    def __init__(self, path: Path, facts_kept: int = 100, cards_kept: int = 10) -> None:
        self.path, self.facts_kept, self.cards_kept = path, facts_kept, cards_kept
        self.begin(EPOCH)

    def begin(self, epoch: str) -> None:
        """A run of the program."""
        self.store = Store(self.path, "k1", epoch, BOOT, facts_kept=self.facts_kept, cards_kept=self.cards_kept)

    def visit(self, day: int, which: str = CARD, quality: ClockQuality = ClockQuality.NTP) -> None:
        """Somebody comes on this day."""
        self.store.commit((visit(which),), on_day(day, quality))

    def tidy(self, day: int, quality: ClockQuality = ClockQuality.NTP) -> None:
        """A quiet time on this day."""
        while self.store.keep_house(on_day(day, quality)).more:
            continue

    def knows(self, which: str) -> bool:
        """Whether the hub's word about a card is here."""
        return self.store.standing(which).view is not None


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "kiosk.db")
    yield made
    made.store.close()


def test_claimed_facts_go_when_they_are_old(shop: Shop) -> None:
    """In a quiet moment facts older than the tail go; the younger stay, and one always does, however old."""
    for day in range(5):
        shop.visit(day)
    shop.store.mark_claimed(EPOCH, 5)
    shop.tidy(FACTS_KEPT_DAYS)
    assert shop.store.held() == (Held(EPOCH, 1, 5, 5, 5),)
    shop.tidy(FACTS_KEPT_DAYS + 2)
    assert shop.store.held() == (Held(EPOCH, 3, 5, 5, 5),)
    shop.tidy(FACTS_KEPT_DAYS * 9)
    assert shop.store.held() == (Held(EPOCH, 5, 5, 5, 5),)


def test_an_unclaimed_fact_never_grows_too_old(shop: Shop) -> None:
    """A year without a hub takes nothing away."""
    for day in range(5):
        shop.visit(day)
    shop.store.mark_claimed(EPOCH, 2)
    shop.tidy(365)
    assert shop.store.held() == (Held(EPOCH, 3, 5, 2, 2),)


@pytest.mark.parametrize("quality", [ClockQuality.UNSYNCED, ClockQuality.RTC])
def test_a_clock_that_may_be_wrong_takes_nothing_away(shop: Shop, quality: ClockQuality) -> None:
    """Neither a kiosk that nobody tells the time nor one with a battery alone says what is old."""
    shop.visit(0)
    shop.visit(1)
    shop.store.mark_claimed(EPOCH, 2)
    shop.tidy(3_000, quality)
    assert shop.store.held() == (Held(EPOCH, 1, 2, 2, 2),)


def test_a_fact_of_a_doubtful_clock_goes_with_the_next_of_a_kept_one(shop: Shop) -> None:
    """A wrong date does not make a fact old: its neighbours say when it happened."""
    shop.visit(-900, quality=ClockQuality.UNSYNCED)
    shop.visit(20)
    shop.visit(21)
    shop.store.mark_claimed(EPOCH, 3)
    shop.tidy(FACTS_KEPT_DAYS + 5)
    assert shop.store.held() == (Held(EPOCH, 1, 3, 3, 3),)
    shop.tidy(FACTS_KEPT_DAYS + 21)
    assert shop.store.held() == (Held(EPOCH, 3, 3, 3, 3),)


def test_what_the_hub_holds_is_written_down_in_quiet_moments(shop: Shop, tmp_path: Path) -> None:
    """After a power cut the next run knows the claims up to the last quiet moment."""
    shop.visit(0)
    shop.visit(0)
    shop.store.mark_claimed(EPOCH, 1)
    shop.tidy(0)
    shop.store.mark_claimed(EPOCH, 2)
    shop.store._db.storage.engine.abandon()
    shop.begin(NEXT_EPOCH)
    assert shop.store.held()[0] == Held(EPOCH, 1, 2, 1, 1)


def test_a_quiet_moment_without_news_writes_nothing(shop: Shop) -> None:
    """Where nothing is to be done the disk is left alone: a storage card wears by writing."""
    shop.visit(0)
    shop.tidy(0)
    before = shop.store._db.storage.engine.rows("PRAGMA data_version"), (shop.path.parent / "kiosk.db-wal").stat().st_size
    changes = shop.store._db.storage.engine._connection.total_changes
    shop.tidy(0)
    assert shop.store._db.storage.engine._connection.total_changes == changes
    assert (shop.store._db.storage.engine.rows("PRAGMA data_version"), (shop.path.parent / "kiosk.db-wal").stat().st_size) == before


# Cards


def test_cards_longest_not_laid_down_are_let_go(shop: Shop) -> None:
    """Of too many cards those go that were not here for longest; one that came again in between stays."""
    for number in range(30):
        shop.store.keep([(card(number), view(member=f"m_{number}"))]) if number < 10 else shop.visit(0, card(number))
        if number == 20:
            shop.visit(0, card(3))
    shop.store.mark_claimed(EPOCH, 21)
    shop.tidy(0)
    assert shop.knows(card(3))
    assert not any(shop.knows(card(number)) for number in (0, 1, 2, 4, 5, 6, 7, 8, 9))
    assert shop.store.standing(card(29)).pending
    assert len(shop.store._db.table("members")) == 10


def test_a_card_with_facts_the_hub_lacks_is_never_let_go(shop: Shop) -> None:
    """Without its own facts too much might be promised to it: it stays until they are claimed, however many there are."""
    for number in range(30):
        shop.visit(0, card(number))
    shop.store.mark_claimed(EPOCH, 5)
    shop.tidy(0)
    assert len(shop.store._db.table("members")) == 25
    shop.store.mark_claimed(EPOCH, 30)
    shop.tidy(0)
    assert len(shop.store._db.table("members")) == 10


def test_a_flood_of_members_from_the_hub_is_bounded(shop: Shop) -> None:
    """Beyond a tenth more than are kept no card is remembered that was not laid down here; known ones go on being updated."""
    shop.store.keep([(card(number), view(member=f"m_{number}")) for number in range(1_000)])
    assert len(shop.store._db.table("members")) == 10 + 10 // OVER_SHARE
    shop.store.keep([(card(5), view(2, member="m_5", points=7))])
    known = shop.store.standing(card(5)).view
    assert known is not None
    assert known.version == 2
    shop.visit(0, card(2_000))
    assert shop.store.standing(card(2_000)).pending
    shop.tidy(0)
    shop.store.keep([(card(3_000), view(member="m_3000"))])
    assert shop.knows(card(3_000))


# The file


def test_a_long_life_does_not_grow_the_file(tmp_path: Path) -> None:
    """Six times the facts and cards that are kept: file and journal stay what they were after two times."""
    shop = Shop(tmp_path / "kiosk.db", facts_kept=400, cards_kept=100)
    sizes = []
    for number in range(2_400):
        shop.visit(number // 100, card(number % 600))
        if number % 20 == 19:
            shop.store.mark_claimed(EPOCH, number + 1)
        if number % 100 == 99:
            shop.tidy(number // 100)
            sizes.append(sum(each.stat().st_size for each in shop.path.parent.glob("kiosk.db*")))
    (held,) = shop.store.held()
    assert held.last - held.first < 400 + 400 // TRIM_SHARE
    assert len(shop.store._db.table("members")) == 100
    assert max(sizes[8:]) <= 1.1 * sizes[8]
    shop.store.close()


def test_room_that_is_not_needed_goes_back_to_the_disk(tmp_path: Path) -> None:
    """After a backlog has gone the file shrinks in steps, down to some spare pages, and holds all it did."""
    path = tmp_path / "kiosk.db"
    with open_documents(path, LAYOUTS) as db:
        with db.transaction():
            for number in range(3_000):
                db.table("members").put(card(number), {"bulk": "x" * 3_000})
        db.checkpoint(wipe=True)
        large = path.stat().st_size
        with db.transaction():
            for number in range(2, 3_000):
                db.table("members").remove_by_key(card(number))
        steps = 1
        while db.give_back():
            steps += 1
        db.checkpoint(wipe=True)
        assert steps > 1
        assert steps >= (large // PAGE_BYTES - SPARE_PAGES) // GIVE_BACK_PAGES
        assert path.stat().st_size <= db.size_bytes() + SPARE_PAGES * PAGE_BYTES < large
        assert db.table("members").get_by_key(card(1)) == {"bulk": "x" * 3_000}
        assert db.give_back() is False


def test_the_journal_stays_small(tmp_path: Path) -> None:
    """However much is written, the journal is emptied into the file before it passes its limit by more than one transaction."""
    with open_documents(tmp_path / "kiosk.db", LAYOUTS) as db:
        for number in range(2_000):
            db.table("members").put(card(number % 50), {"bulk": "x" * 20_000})
        assert (tmp_path / "kiosk.db-wal").stat().st_size <= JOURNAL_BYTES_MAX
