"""The proof of a power cut: a life is lived, the power goes somewhere in it, and the store is opened on what is left.

.venv/bin/python -m tests.power.proof 1048        # one life again: each of its cuts, and what was broken
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from drivers.clock import SimulatedClock
from kiosk.documents import DamagedStore
from kiosk.outbox import Identity
from kiosk.recovery import begin_anew, open_store
from kiosk.store import Store
from loyalty.facts import Body
from tests.builders import moment, visit
from tests.power.crash_images import image_of, lay, without_last_flushes
from tests.power.lives import KIOSK, Holding, Life, Liver, holding
from tests.power.recording_disk import Act, RecordingDisk

CUTS = 12  # of one life
NEXT = "zzzzzzzzzzzz"  # the epoch after the cut
STORE = "kiosk.db"
LIES = (1, 2, 3, 5, 8, 20, 10_000)  # flushes


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes after `after` acts of the disk; `draw` is the seed of what is left."""

    seed: int
    after: int
    draw: int


def nothing(_store: Store) -> None:
    """A store as it is."""


def live(folder: Path, seed: int, prepare: Callable[[Store], None] = nothing, *, refusals: float = 0.0) -> tuple[list[Act], Life]:
    """The life of this seed, and the record of the disk it was lived on."""
    place = folder / f"life-{seed}"
    place.mkdir()
    with RecordingDisk(place, Random(seed)) as disk:
        liver = Liver(place / STORE, disk, Random(seed), prepare, refusals)
        life = liver.live()
        acts = list(disk.acts)
        liver.store.close()
    return acts, life


def cuts_of(seed: int, life: Life, count: int = CUTS) -> Iterator[Cut]:
    """Where the power goes: half of the time at the moment an act has returned, which is when a customer is thanked."""
    chance = Random(-seed - 1)
    for number in range(count):
        step = life.steps[0] if number == 0 else chance.choice(life.steps)  # one of them while the store is being made
        after = step.returned if chance.random() < 0.5 else chance.randint(step.began, step.returned)
        yield Cut(seed, after, chance.getrandbits(32))


def laid(folder: Path, acts: Sequence[Act], cut: Cut, lies: int = 0) -> Path:
    """The store as the cut leaves it, in a folder of its own; `lies` is how many of the last flushes were none."""
    place = folder / f"cut-{cut.seed}-{cut.after}-{cut.draw}"
    done = acts[: cut.after]
    lay(image_of(without_last_flushes(done, lies) if lies else done, Random(cut.draw)), place)
    return place / STORE


def prove(path: Path, life: Life, cut: Cut) -> None:
    """The store opens without a word and holds exactly what it held after the last act that had returned, or also the one under way;
    and it goes on with the next numbers."""
    last, under_way = life.allowed(cut.after)
    store = Store(path, KIOSK, NEXT, "boot-z")
    try:
        found = holding(store)
        assert store._db.storage.engine.rows("PRAGMA integrity_check") == [("ok",)], f"{cut}: pages do not fit together"
        as_told = found == last.holds or (under_way is not None and found == under_way.holds)
        assert as_told or any(is_with(found, last.holds, bodies) for bodies in life.refused_at(cut.after)), words(cut, life, found)
        (fact,), _ = store.commit((visit(),), moment(10**9))
        assert fact.id.number == 1
        there = [(stream.epoch, stream.first, stream.last) for stream in store.held()]
    finally:
        store.close()
    again = Store(path, KIOSK, "y" * 12, "boot-z")
    assert [(stream.epoch, stream.first, stream.last) for stream in again.held()][:-1] == there
    again.close()


def is_with(found: Holding, before: Holding, bodies: Sequence[Body]) -> bool:
    """Whether a store holds what it held and these facts behind it, whole."""
    had = {name: upto for name, (_, _, upto, _) in before.get("facts", {}).items()}
    more = [document for name, (_, _, _, documents) in found["facts"].items() for document in documents if document["s"] > had.get(name, 0)]
    kept = {name: documents[: had.get(name, 0) - first + 1] for name, (_, first, _, documents) in found["facts"].items()}
    old = {name: documents for name, (_, _, _, documents) in before.get("facts", {}).items()}
    return [document["t"] for document in more] == [body.kind for body in bodies] and {n: k for n, k in kept.items() if k} == old


def words(cut: Cut, life: Life, found: Holding) -> str:
    """What is wrong, and how to see it again."""
    last, under_way = life.allowed(cut.after)
    counts = {epoch: (first, upto) for epoch, (_, first, upto, _) in found.get("facts", {}).items()}
    wanted = {epoch: (first, upto) for epoch, (_, first, upto, _) in last.holds.get("facts", {}).items()}
    return f"{cut}: acknowledged was {last.what} with {wanted}, under way {under_way and under_way.what}; found {counts}"


def broken_in(
    folder: Path, seeds: Sequence[int], prepare: Callable[[Store], None] = nothing, *, lies: bool = False, refusals: float = 0.0
) -> Iterator[tuple[Cut, Exception]]:
    """Prove every cut of these lives; yields those that fail. What was laid is taken away again."""
    for seed in seeds:
        acts, life = live(folder, seed, prepare, refusals=refusals)
        for cut in cuts_of(seed, life):
            path = laid(folder, acts, cut, LIES[cut.draw % len(LIES)] if lies else 0)
            try:
                (prove_after_lies if lies else prove)(path, life, cut)
            except Exception as broken:  # noqa: BLE001 - whatever it is, it is a failed proof with this seed
                yield cut, broken
            finally:
                shutil.rmtree(path.parent)


def prove_after_lies(path: Path, life: Life, cut: Cut) -> None:
    """After flushes that were lies the last facts may be gone, or the store is put aside with words. But the kiosk always starts, no fact
    reads otherwise than it was written, and no number is given twice."""
    who, clock = Identity(KIOSK, "device", "boot-z", NEXT, "0"), SimulatedClock()
    store = open_store(path, who, clock)
    try:
        _nothing_untrue(store, life, cut)
    except DamagedStore as damage:  # noticed only while it worked: the kiosk ends, and its next start goes on
        with suppress(DamagedStore):
            store.close()
        store = begin_anew(path, damage, who, clock)
        _nothing_untrue(store, life, cut)
    store.close()


def _nothing_untrue(store: Store, life: Life, cut: Cut) -> None:
    true = {
        (name, document["s"]): document
        for step in life.steps
        for name, (_, _, _, documents) in step.holds.get("facts", {}).items()
        for document in documents
    }
    for stream in store.held()[:-1]:
        for document in store.facts(stream.epoch, stream.first, stream.last)[1]:
            assert document == true[stream.epoch, document["s"]], f"{cut}: a fact that was never written"
    before = store.held()[-1]
    (fact,), _ = store.commit((visit(),), moment(10**9))
    assert (fact.id.epoch, fact.id.number) == (NEXT, before.last + 1)
    assert NEXT not in life.epochs


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        for cut, broken in broken_in(Path(place), [int(seed) for seed in sys.argv[1:]]):
            print(cut, type(broken).__name__, broken)


if __name__ == "__main__":
    main()
