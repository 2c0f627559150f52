"""A disk that is full or read-only under a working kiosk: what cannot be saved is refused with words, nothing is damaged, and it heals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from display.scenes import Frame, Greeting
from drivers.clock import SimulatedClock
from kiosk.documents import StoreFault
from kiosk.inbox import Inbox
from kiosk.loop import Loop
from kiosk.machine import State
from kiosk.messages import CardArrived, CardLeft, CardRead, Note
from kiosk.outbox import Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation
from kiosk.store import Store
from loyalty.facts import Evidence
from tests.builders import BOOT, CARD, EPOCH, NOON_MS, identity, pushed_file, shop, view
from tests.small_disk import Disk, RealDisk, real_disk, refusing_disk

NEXT = "bbbbbbbbbbbb"
TAPS_MAX = 300  # far more than fit into what the journal has already


@pytest.fixture(params=["real", "refusing"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """Both kinds."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with (real_disk if request.param == "real" else refusing_disk)(folder) as made:
        yield made


@dataclass
class Kiosk:
    """The real loop on a store of this disk, and what was seen and heard of it."""

    store: Store
    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(0, NOON_MS, boot_id=BOOT))
    frames: list[Frame] = field(default_factory=list)
    chimes: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    presentation: int = 0

    def __post_init__(self) -> None:
        parts = Parts(
            self.clock,
            Inbox(),
            self.store,
            self,
            Glass([self]),
            lambda said: None,
            told=self.notes.append,
            pushed=pushed_file(self.folder),
        )
        talk = Conversation(shop(), EPOCH, reader_up=True)
        box = Outbox(identity(), self.store.held(), self.clock.now())
        self.loop = Loop(parts, State(talk, box))

    def paint(self, frame: Frame) -> None:
        """As a screen."""
        self.frames.append(frame)

    def close(self) -> None:
        """As a screen."""

    def light(self, name: str) -> None:
        """As a lamp."""

    def chime(self, name: str) -> None:
        """As a buzzer."""
        self.chimes.append(name)

    def tap(self) -> bool:
        """Lay a card and take it away; whether it was greeted. Then a quiet while, in which the store keeps house."""
        self.presentation += 1
        self.frames.clear()
        self.chimes.clear()
        now = self.clock.now
        for message in (
            CardArrived(now(), self.presentation, False, False),
            CardRead(now(), self.presentation, CARD, Evidence("NTAG213")),
            CardLeft(now(), self.presentation),
        ):
            self.loop.handle(message)
            self.loop.paint(now())
        greeted = any(isinstance(frame.scene, Greeting) for frame in self.frames)
        for _ in range(3):
            self.clock.pass_ms(30_000)
            self.loop.turn(0)
        return greeted

    def visits(self) -> int:
        """How many are in the store, all of whose facts are read."""
        return visits_in(self.store)


def visits_in(store: Store) -> int:
    """Visits of the first run."""
    last = store.held()[0].last
    documents = store.facts(EPOCH, 1, last)[1]
    assert [document["s"] for document in documents] == list(range(1, last + 1))
    return sum(document["t"] == "visit" for document in documents)


def store_of(folder: Path, epoch: str = NEXT, name: str = "kiosk.db") -> Store:
    """A store that keeps no reserve of the disk, so that the disk itself refuses (the reserve: test_kiosk_reserve.py)."""
    return Store(folder / name, "k1", epoch, BOOT, free_bytes=lambda folder: None)


def opened(disk: Disk) -> Kiosk:
    """A kiosk that knows a member and has greeted once."""
    store = store_of(disk.folder, EPOCH)
    store.keep([(CARD, view(1, 100))])
    kiosk = Kiosk(store, disk.folder)
    assert kiosk.tap()
    return kiosk


def until_refused(kiosk: Kiosk) -> int:
    """Tap until one is refused; how many were greeted before."""
    for count in range(TAPS_MAX):
        if not kiosk.tap():
            return count
    raise AssertionError("the disk never refused")


def test_a_full_disk_refuses_with_words_and_heals_without_a_restart(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    """No greeting, no sound of success, a log line that says what to do; nothing of the tap is there; and the first tap after there is room
    again is greeted and has the next number. Three times in a row."""
    kiosk = opened(disk)
    for _ in range(3):
        before = kiosk.visits()
        disk.fill()
        greeted = until_refused(kiosk)
        assert "ok" not in kiosk.chimes
        assert "stop" in kiosk.chimes
        assert not kiosk.tap(), "it stays full"
        assert kiosk.visits() == before + greeted
        disk.make_room()
        assert kiosk.tap()
        assert kiosk.visits() == before + greeted + 1
    assert "Free space on the device" in caplog.text or "The disk is full" in caplog.text
    kiosk.store.close()
    again = store_of(disk.folder)
    assert again._db.storage.engine.rows("PRAGMA integrity_check") == [("ok",)]
    assert again.held()[0].last == len(again.standing(CARD).pending)
    again.close()


def test_what_the_hub_says_to_a_full_disk_costs_a_line_in_the_log(disk: Disk) -> None:
    """A view that cannot be kept is a StoreFault and changes nothing; with room it is kept."""
    kiosk = opened(disk)
    disk.fill()
    last = 1

    def hear_until_refused() -> None:
        nonlocal last
        for version in range(2, TAPS_MAX):
            kiosk.store.keep([(CARD, view(version, version))])
            last = version

    with pytest.raises(StoreFault):
        hear_until_refused()
    known = kiosk.store.standing(CARD).view
    assert known is not None
    assert known.version == last
    disk.make_room()
    kiosk.store.keep([(CARD, view(TAPS_MAX, 7))])
    after = kiosk.store.standing(CARD).view
    assert after is not None
    assert after.version == TAPS_MAX
    kiosk.store.close()


def test_a_start_on_a_full_disk_is_refused_and_harms_nothing(disk: Disk) -> None:
    """Where not even the mark of a start can be written, or no first store made, the words say so; it is no damage, and nothing is put
    aside. With room all is there."""
    kiosk = opened(disk)
    kiosk.store._db.storage.engine.abandon()
    disk.fill()
    with suppress(StoreFault):  # a start that has nothing to write may succeed
        store_of(disk.folder).close()
    disk.fill()  # it may have let go of its journal
    with pytest.raises(StoreFault) as refused:
        store_of(disk.folder, name="other.db")
    assert refused.value.hint
    disk.make_room()
    store_of(disk.folder, name="other.db").close()
    store = store_of(disk.folder)
    assert visits_in(store) == 1
    assert not list(disk.folder.glob("*damaged*"))
    store.close()


def test_a_read_only_disk_refuses_the_start_with_words(tmp_path: Path) -> None:
    """A real file system, remounted: the start is refused with the reason, and after it is writable again every fact is there."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with real_disk(folder) as disk:
        kiosk = opened(disk)
        kiosk.store.close()
        disk.lock()
        with pytest.raises(StoreFault, match="Read-only file system") as refused:
            store_of(folder)
        assert refused.value.hint
        disk.unlock()
        store = store_of(folder)
        assert visits_in(store) == 1
        store.close()


def test_a_disk_that_turns_read_only_under_a_working_kiosk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As a kernel does that has met a failing card: taps are refused with words, and greeted again when it is writable."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with refusing_disk(folder) as disk:
        kiosk = opened(disk)
        disk.lock()
        assert not kiosk.tap()
        assert not kiosk.tap()
        assert "mounted read-write" in caplog.text
        disk.unlock()
        assert kiosk.tap()
        assert kiosk.visits() == 2
        kiosk.store.close()


def test_the_real_disk_is_a_small_one(tmp_path: Path) -> None:
    """It is mounted, it gets full at its size, and has room again."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with real_disk(folder) as disk:
        assert folder.is_mount()
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (folder / "more").write_bytes(b"x" * 4096)
        disk.make_room()
        (folder / "more").write_bytes(b"x" * 4096)
    assert not folder.exists()
    assert isinstance(disk, RealDisk)
