"""One byte of the store changed: the kiosk works with all it knew, or puts the store aside with words. Never a wrong fact."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from drivers.clock import SimulatedClock
from kiosk.documents import DamagedStore
from kiosk.outbox import Identity
from kiosk.recovery import begin_anew, open_store
from tests.power.flipped import FRAME, JOURNAL_HEADER, PAGE, STORE, Written, outcome, untrue
from tests.power.folders import swift_folder

CHANGES = (0x01, 0x80, 0xFF)  # a bit that often leaves sense, one that leaves ASCII, and all of them
WAL = STORE + "-wal"


@pytest.fixture
def swift() -> Iterator[Path]:
    """A folder in memory."""
    with swift_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A store that was stopped cleanly: all of it in one file."""
    return Written(tmp_path_factory.mktemp("stopped"), clean=True)


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A store whose power was cut: the second run is in its journal."""
    return Written(tmp_path_factory.mktemp("cut"), clean=False)


@pytest.fixture(scope="module")
def housekept(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The same after a quiet moment: the journal lies there still, and all of it is in the file too."""
    return Written(tmp_path_factory.mktemp("kept"), clean=False, housekept=True)


def prove_file(written: Written, places: Iterable[int], changes: Iterable[int], folder: Path) -> Counter[str]:
    """Change each byte of the database at `places` in each way."""
    came: Counter[str] = Counter()
    chosen = list(changes)
    for place in places:
        for change in chosen:
            found = outcome(written.flipped(STORE, place, change), folder)
            if isinstance(found, DamagedStore):
                came["put aside"] += 1
                continue
            assert untrue(found, written.steps[-1]) == "", f"byte {place} ^ {change:#x}"
            came["as written"] += 1
    return came


def forgotten_at_most(written: Written, place: int) -> int:
    """How many of the last commits may seem unfinished when this byte of the journal is spoilt: the last, if the byte is in it; also the
    one before, if it is in what ends that one, for then nothing shows where it ended."""
    last, before = written.journal_pages[-2], written.journal_pages[-3]
    page = (place - JOURNAL_HEADER) // (FRAME + PAGE)
    if page >= last:
        return 1
    ends = page == last - 1 and (place - JOURNAL_HEADER) % (FRAME + PAGE) < FRAME
    assert before < last
    return 2 if ends else 0


def prove_journal(written: Written, places: Iterable[int], changes: Iterable[int], folder: Path) -> Counter[str]:
    """Change each byte of the journal at `places` in each way."""
    came: Counter[str] = Counter()
    chosen = list(changes)
    for place in places:
        for change in chosen:
            found = outcome(written.flipped(WAL, place, change), folder)
            if isinstance(found, DamagedStore):
                came["put aside"] += 1
                continue
            may_be = written.steps[len(written.steps) - 1 - forgotten_at_most(written, place) :]
            assert any(untrue(found, step) == "" for step in may_be), f"byte {place} ^ {change:#x}"
            came["as written" if untrue(found, written.steps[-1]) == "" else "last tap unfinished"] += 1
    return came


def stratified(size: int, count: int, seed: int) -> Iterator[int]:
    """One place by chance in each of `count` equal parts."""
    chance = random.Random(seed)
    return (chance.randrange(part * size // count, max(part * size // count + 1, (part + 1) * size // count)) for part in range(count))


def test_a_byte_of_a_store_at_rest(stopped: Written, swift: Path) -> None:
    """Anywhere in the file, some places in each page: as written, or put aside."""
    size = len(stopped.files[STORE])
    came = prove_file(stopped, stratified(size, 350, 1), CHANGES[2:], swift)
    came += prove_file(stopped, stratified(size, 350, 2), CHANGES[:1], swift)
    assert came["as written"] > 100
    assert came["put aside"] > 50


def test_a_byte_of_the_last_page(stopped: Written, swift: Path) -> None:
    """The page written last, every fourth byte."""
    size = len(stopped.files[STORE])
    prove_file(stopped, range(size - PAGE, size, 4), CHANGES[1:2], swift)


def test_a_byte_of_the_journal(cut_off: Written, swift: Path) -> None:
    """A spoilt page in the middle is no end of the journal: the store is put aside, and the taps behind it are not silently forgotten.
    The very last tap may look unfinished, for nothing else says that it was."""
    came = prove_journal(cut_off, stratified(len(cut_off.files[WAL]), 700, 3), CHANGES[2:], swift)
    assert came["put aside"] > 400
    assert came["last tap unfinished"] > 20


def test_the_journals_header(cut_off: Written, swift: Path) -> None:
    """Its 32 bytes, and those before the last pages: without them SQLite would take the whole journal for an empty one."""
    came = prove_journal(cut_off, range(JOURNAL_HEADER), CHANGES, swift)
    assert came["put aside"] >= JOURNAL_HEADER * 2
    ends = [JOURNAL_HEADER + (pages - 1) * (FRAME + PAGE) for pages in cut_off.journal_pages]
    prove_journal(cut_off, [end + byte for end in ends for byte in range(FRAME)], CHANGES[2:], swift)


def test_a_byte_of_a_journal_that_was_moved_already(housekept: Written, swift: Path) -> None:
    """What is in the file is newer than the part of the journal that SQLite would still take: also that is put aside, never mixed."""
    prove_journal(housekept, stratified(len(housekept.files[WAL]), 300, 4), CHANGES[:1], swift)


def test_what_was_not_spoilt_is_not_put_aside(stopped: Written, cut_off: Written, housekept: Written, swift: Path) -> None:
    """The three stores as they are read back whole."""
    for written in (stopped, cut_off, housekept):
        found = outcome(written.files, swift)
        assert not isinstance(found, DamagedStore)
        assert untrue(found, written.steps[-1]) == ""


def test_a_spoilt_store_ends_in_a_new_one_that_says_so(stopped: Written, swift: Path) -> None:
    """Whatever byte it was: the kiosk begins anew, the hub is told, and every byte of the spoilt store is kept."""
    who, clock = Identity("k1", "device", "boot-3", "c" * 12, "0"), SimulatedClock()
    size = len(stopped.files[STORE])
    told = 0
    for number, place in enumerate(stratified(size, 60, 5)):
        folder = swift / str(number)
        folder.mkdir()
        files = stopped.flipped(STORE, place, 0xFF)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        store = open_store(folder / STORE, who, clock)
        try:
            for stream in store.held():
                store.facts(stream.epoch, stream.first, stream.last)
        except DamagedStore as damage:
            store.close()
            store = begin_anew(folder / STORE, damage, who, clock)
        if aside := [path for path in folder.iterdir() if "damaged" in path.name]:
            told += 1
            assert [document["t"] for document in store.facts("c" * 12, 1, 1)[1]] == ["store.recovered"]
            assert files[STORE] in [path.read_bytes() for path in aside] or store.held()[0].epoch == "c" * 12
        store.close()
    assert told > 5


@pytest.mark.soak
@pytest.mark.parametrize("change", CHANGES)
def test_every_byte(stopped: Written, cut_off: Written, change: int, swift: Path) -> None:
    """All of the file, and all of the journal's last ten pages and its header."""
    prove_file(stopped, range(len(stopped.files[STORE])), (change,), swift)
    size = len(cut_off.files[WAL])
    prove_journal(cut_off, [*range(JOURNAL_HEADER), *range(size - 10 * (FRAME + PAGE), size)], (change,), swift)
