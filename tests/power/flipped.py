"""A store with one byte changed, and what came of opening it: as it was written, or put aside with words, and never a third thing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from kiosk.documents import DamagedStore
from kiosk.store import Store
from loyalty.counter.tap import KioskDay
from loyalty.rulebook import Closing
from mqtt.messages import Closings
from tests.builders import CARD, OTHER_CARD, moment, rating, reason, view, visit
from tests.power.lives import KIOSK, Holding, holding

STORE = "kiosk.db"
FRAME, PAGE, JOURNAL_HEADER = 24, 4096, 32
Files = dict[str, bytes]


def files_of(folder: Path) -> Files:
    """What lies there, without the shared memory, which does not outlive its processes."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm")}


class Written:
    """A store of two runs: facts of two cards, a member, closed rules, a day's count; stopped cleanly or as by a power cut.

    `journal_pages[n]` is how many pages the journal had when `steps[n]` was what the store held.
    """

    def __init__(self, folder: Path, *, clean: bool, housekept: bool = False) -> None:
        self.steps: list[Holding] = []
        self.journal_pages: list[int] = []
        path = folder / STORE
        store = Store(path, KIOSK, "a" * 12, "boot-1")
        for number in range(5):
            store.commit((visit(CARD), rating(CARD)), moment(number), KioskDay(1, number))
        store.close()
        store = Store(path, KIOSK, "b" * 12, "boot-2")
        store.keep([(CARD, view(1, 100, covers=(("a" * 12, 2),)))])
        store.keep_closings(Closings("hub-1", 1, (Closing("early", "", 1, 2),)))
        for number in range(5):
            store.commit((visit(OTHER_CARD), reason(OTHER_CARD)), moment(number), KioskDay(1, number))
            self.steps.append(holding(store))
            self.journal_pages.append((path.with_name(STORE + "-wal").stat().st_size - JOURNAL_HEADER) // (FRAME + PAGE))
        if housekept:
            store.keep_house(moment(9))
        if clean:
            store.close()
        else:
            store._db.storage.engine.abandon()
        self.files = files_of(folder)

    def flipped(self, name: str, place: int, change: int) -> Files:
        """All files, one byte of one of them changed."""
        content = bytearray(self.files[name])
        content[place] ^= change
        return {**self.files, name: bytes(content)}


def outcome(files: Files, folder: Path) -> Holding | DamagedStore:
    """What a kiosk finds that starts on these files, reads all it has, and takes one more tap. Any other exception is passed on."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    store = None
    try:
        store = Store(folder / STORE, KIOSK, "c" * 12, "boot-3")
        store.latest_ms()
        found = holding(store)
        store.commit((visit(CARD),), moment(10**9))
        store.close()
    except DamagedStore as damage:
        if store is not None:
            with suppress(DamagedStore):
                store.close()
        return damage
    return found


def untrue(found: Holding, written: Holding) -> str:
    """What is there and was not written so. A member is the hub's to tell again, so not to know one is nothing untrue; the like for what is
    closed and for today's count."""
    if found.get("facts") != written["facts"]:
        return "facts"
    for card, standing in found["standings"].items():
        if standing != written["standings"].get(card):
            return f"the standing of {card[:4]}"
    if found["closed"] not in (written["closed"], Closings("", 0)):
        return "what is closed"
    return "" if found["today"] in (written["today"], KioskDay()) else "today's count"
