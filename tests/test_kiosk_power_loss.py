"""The power goes anywhere in the life of a store, and the disk keeps what it likes of all that was not flushed: torn, lost, reordered.

`tests.power` records what SQLite writes, draws what may be left of it, and opens the store on that. A failure prints its cut;
`.venv/bin/python -m tests.power.proof SEED` shows it again.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kiosk.store import Store
from tests.builders import moment, visit
from tests.power.crash_images import image_of
from tests.power.folders import swift_folder
from tests.power.proof import STORE, Cut, broken_in, laid, live, prove
from tests.power.recording_disk import RecordingDisk

FEW, MANY = 24, 1_200  # lives, of 12 cuts each
PARTS = 6  # of the long run, for as many workers


@pytest.fixture
def swift() -> Iterator[Path]:
    """A folder in memory."""
    with swift_folder() as folder:
        yield folder


def first_of(broken: object) -> object:
    return next(iter(broken), None)  # type: ignore[call-overload]


def weak(setting: str) -> object:
    def prepare(store: Store) -> None:
        store._db.storage.engine.run(f"PRAGMA synchronous = {setting}")

    return prepare


def test_a_power_cut_leaves_every_acknowledged_tap_whole(swift: Path) -> None:
    """Whatever is torn, lost or reordered: the store opens, holds exactly what it held when the last act returned, or also all of the act
    under way, its pages fit together, and it counts on."""
    assert first_of(broken_in(swift, range(FEW))) is None


def test_a_power_cut_after_the_disk_refused(swift: Path) -> None:
    """The same where the disk was full, failed or could not flush in between: what was refused is there whole or not at all, and nothing
    that was acknowledged before or after suffers."""
    assert first_of(broken_in(swift, range(10_000, 10_000 + FEW), refusals=0.25)) is None


def test_a_card_that_lies_about_its_flushes(swift: Path) -> None:
    """No program can keep what the card said it had. But the kiosk starts, with the last taps gone or the store put aside with words; no
    fact reads otherwise than it was written and no number is given twice."""
    assert first_of(broken_in(swift, range(20_000, 20_000 + FEW), lies=True)) is None


def test_a_power_cut_while_the_store_is_being_made(swift: Path) -> None:
    """Nothing was ever kept in it, so nobody is alarmed: whatever is there of the first pages is undone, and the store is a new one."""
    acts, life = live(swift, 1)
    for after in range(life.steps[0].returned + 1):
        for draw in range(8):
            cut = Cut(1, after, draw)
            prove(laid(swift, acts, cut), life, cut)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_many_power_cuts(swift: Path, part: int) -> None:
    """The three above, many more times."""
    seeds = range(100_000 + part * MANY, 100_000 + (part + 1) * MANY)
    assert first_of(broken_in(swift, seeds)) is None
    assert first_of(broken_in(swift, seeds[: MANY // 3], refusals=0.25)) is None
    assert first_of(broken_in(swift, seeds[: MANY // 3], lies=True)) is None


@pytest.mark.parametrize("setting", ["OFF", "NORMAL"])
def test_a_store_that_does_not_flush_each_tap_is_caught(swift: Path, setting: str) -> None:
    """The proof can fail: with SQLite told to flush less, taps that were thanked for are gone, and the cut says which."""
    found = first_of(broken_in(swift, range(3), weak(setting)))  # type: ignore[arg-type]
    assert found is not None
    assert "Cut(seed=" in str(found)


def test_a_life_is_the_same_bytes_again(swift: Path) -> None:
    """A seed is a life: played again it is the same record, up to the number of the process in the side file."""

    def told(folder: Path) -> Sequence[object]:
        folder.mkdir()
        return [act for act in live(folder, 7, refusals=0.25)[0] if act.kind != "mark"]

    assert told(swift / "once") == told(swift / "again")


def test_the_record_is_what_was_written(swift: Path) -> None:
    """With nothing lost, the image drawn from the record is the folder, byte for byte, at any moment; and each tap is one flush."""
    folder = swift / "shop"
    folder.mkdir()
    with RecordingDisk(folder, random.Random(1)) as disk:
        store = Store(folder / STORE, "k1", "a" * 12, "boot")
        disk.folder_synced()
        for number in range(5):
            before = len(disk.acts)
            store.commit((visit(),), moment(number))
            assert [act.kind for act in disk.acts[before:]].count("sync") == 1
            assert disk.acts[-1].kind == "sync", "the tap returns after its flush"
            there = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
            assert image_of(disk.acts, random.Random(number)) == there
        store.keep_house(moment(9))
        store.close()
    assert {path.name for path in folder.iterdir()} == {STORE, STORE + ".lock"}
    assert image_of(disk.acts, random.Random(1))[STORE] == (folder / STORE).read_bytes()


def test_other_folders_are_not_recorded(swift: Path) -> None:
    """Only the store's own folder is on the recorded disk."""
    for name in ("shop", "other"):
        (swift / name).mkdir()
    with RecordingDisk(swift / "shop", random.Random(1)) as disk:
        Store(swift / "other" / STORE, "k1", "a" * 12, "boot").close()
    assert disk.acts == []


def test_cuts_fall_everywhere(swift: Path) -> None:
    """The images are not all alike: within a few lives there are journals lost, kept and torn, and old side files."""
    kinds = set()
    for seed in range(3):
        folder = swift / str(seed)
        folder.mkdir()
        acts, _ = live(folder, seed)
        safe, whole = len(acts), random.Random(seed)
        for after, draw in itertools.product(range(safe + 1), range(3)):
            image = image_of(acts[:after], random.Random(draw + whole.randrange(100)))
            kinds.add((STORE in image, STORE + "-wal" in image, image.get(STORE + ".lock", b"")[:4]))
    assert {(False, False, b""), (True, True, b"open"), (True, False, b"clos")} <= kinds
