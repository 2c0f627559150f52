"""The last of the disk, through the real loop, store and file: earning ends while there is room to tidy up, and nothing else does."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from display.scenes import Greeting, Outage, OutOfService, Ready, Trouble, TryAgain
from kiosk.disk import RESERVE_BYTES
from kiosk.documents import StoreFault
from kiosk.store import Store
from kiosk.tidying import DAY_MS, FACTS_KEPT_DAYS
from mqtt.messages import Claim, Members
from tests.builders import CARD, EPOCH, HUB, OTHER_CARD, view
from tests.test_kiosk_loop import Rig


class ScarceStore(Store):
    """A store on a disk with as much room as a test says."""

    free: int | None = None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given, free_bytes=lambda folder: ScarceStore.free)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    ScarceStore.free = RESERVE_BYTES
    made = Rig(tmp_path / "kiosk.db", store_kind=ScarceStore).start()
    made.store.keep([(CARD, view(points=100)), (OTHER_CARD, view(points=5, member="m_2"))])
    yield made
    made.store.close()


@contextmanager
def no_more_room(folder: Path) -> Iterator[None]:
    """No file of this process grows beyond what the largest in `folder` has now: the kernel refuses the write, as a full disk does."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(each.stat().st_size for each in folder.iterdir()), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def test_a_full_disk_refuses_in_words_and_heals(tmp_path: Path) -> None:
    """Where the kernel itself refuses to write: no fact, no promise, "that was not saved", out of service after the third; every fact from
    before is there, and the first tap with room again is greeted.
    """
    rig = Rig(tmp_path / "kiosk.db").start()
    rig.lay().turn(8_000)
    before = rig.facts()
    with no_more_room(tmp_path):
        for _ in range(3):
            assert rig.lay(OTHER_CARD).scene == TryAgain(Trouble.NOT_SAVED)
            rig.turn(2_000)
        assert rig.scene == OutOfService(Outage.STORE)
        assert rig.facts() == before
    assert isinstance(rig.lay(OTHER_CARD).scene, Greeting)
    assert rig.facts()[: len(before)] == before
    assert isinstance(rig.turn(8_000).scene, Ready)
    assert rig.store._db.storage.engine.rows("PRAGMA integrity_check") == [("ok",)]
    rig.store.close()


def test_earning_ends_before_the_disk_is_quite_full(rig: Rig) -> None:
    """Below the reserve nothing is earned and nothing more of the hub's is kept; the reserve itself still serves a tap."""
    assert isinstance(rig.lay().scene, Greeting)
    rig.turn(8_000)
    ScarceStore.free = RESERVE_BYTES - 1
    count = len(rig.facts())
    assert rig.lay(OTHER_CARD).scene == TryAgain(Trouble.NOT_SAVED)
    assert len(rig.facts()) == count
    with pytest.raises(StoreFault, match="32 MB left"):
        rig.store.keep([(CARD, view(2))])
    ScarceStore.free = RESERVE_BYTES
    rig.turn(8_000)
    assert isinstance(rig.lay(OTHER_CARD).scene, Greeting)


def test_the_reserve_is_there_to_tidy_up(rig: Rig) -> None:
    """On a disk with nothing but the reserve claims are noted and old facts are let go, so that room comes back."""
    rig.lay().turn(8_000)
    last = rig.store.held()[0].last
    rig.online()
    ScarceStore.free = 0
    rig.hear(Claim(HUB, EPOCH, last), Members(((CARD, view(2)),)))
    rig.turn((FACTS_KEPT_DAYS + 1) * DAY_MS)
    assert rig.store.held()[0].first == last


def test_a_disk_that_cannot_be_asked_is_not_full(rig: Rig) -> None:
    """Nobody is refused because the room could not be measured."""
    ScarceStore.free = None
    assert isinstance(rig.lay().scene, Greeting)


def test_a_missing_network_refuses_nobody(rig: Rig) -> None:
    """Hundreds of taps without a hub are all counted: only the disk itself says no."""
    for _ in range(300):
        assert isinstance(rig.lay().scene, Greeting)
        rig.turn(9_000)
    assert rig.loop.state.box.unclaimed >= 300
