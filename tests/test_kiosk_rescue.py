"""The outbox from outside: what the hub may lack is listed and brought out while the kiosk runs, and from a file that is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from kiosk.cli import main
from kiosk.documents import DamagedStore, StoreFault, open_documents
from kiosk.documents.engine import PAGE_BYTES
from kiosk.rescue import Backlog, Unclaimed
from kiosk.store import LAYOUTS, Store
from kiosk.streams import SCHEMA
from kiosk.sums import with_sum
from loyalty.codec import decode
from mqtt.messages import FactBatch
from mqtt.topics import Spoken
from mqtt.wire import decode_up
from tests.builders import BOOT, EPOCH, KYIV, NEXT_EPOCH, NOON_MS, book, moment, visit


def fill(store: Store, count: int) -> None:
    """Visits, one a second."""
    for second in range(count):
        store.commit((visit(f"{second:032x}"),), moment(second * 1_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def running(path: Path) -> Iterator[Store]:
    """A store in use: an earlier run of which the hub holds some, and the present one of which it holds all but the last."""
    earlier = Store(path, "k1", EPOCH, BOOT)
    fill(earlier, 10)
    earlier.mark_claimed(EPOCH, 7)
    earlier.close()
    store = Store(path, "k1", NEXT_EPOCH, "boot-2")
    fill(store, 4)
    store.mark_claimed(NEXT_EPOCH, 3)
    store.keep_house(moment())
    yield store
    store.close()


def batches_of(lines: Iterator[str]) -> list[FactBatch]:
    """Exported lines as the hub reads them."""
    read = [decode_up(Spoken("s0", "k1", "evt"), line.encode()) for line in lines]
    return [each for each in read if isinstance(each, FactBatch)]


def numbers(waiting: Unclaimed) -> list[int]:
    """Numbers of the facts that come out, each proved to be one."""
    batches = batches_of(waiting.lines("s0"))
    return [decode(document, "k1", batch.epoch, batch.boot).id.number for batch in batches for document in batch.facts]


def test_a_running_kiosk_is_looked_at_from_outside(running: Store, path: Path) -> None:
    """The lock of the running kiosk is no obstacle; what waits is told by epoch with its oldest moment; the kiosk goes on writing."""
    waiting = Unclaimed(path, "k1")
    assert waiting.backlogs() == [
        Backlog(EPOCH, BOOT, 3, 8, 10, NOON_MS + 7_000),
        Backlog(NEXT_EPOCH, "boot-2", 1, 4, 4, NOON_MS + 3_000),
    ]
    running.commit((visit(),), moment(9_000))
    assert waiting.backlogs()[1] == Backlog(NEXT_EPOCH, "boot-2", 2, 4, 5, NOON_MS + 3_000)
    assert waiting.unreadable == 0


def test_looking_changes_nothing(running: Store, path: Path) -> None:
    """Not a byte of database or journal is different afterwards."""
    before = {each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")}
    list(Unclaimed(path, "k1").lines("s0"))
    assert {each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")} == before


def test_what_is_brought_out_is_what_would_travel(running: Store, path: Path) -> None:
    """Each line is the payload of up/evt, so a hub takes it: it then holds what the kiosk would have sent, and the rest comes as ever."""
    batches = batches_of(Unclaimed(path, "k1").lines("s0"))
    sent = [(batch.epoch, document) for batch in batches for document in batch.facts]
    stored = [
        (epoch, document)
        for epoch, first, last in ((EPOCH, 8, 10), (NEXT_EPOCH, 4, 4))
        for document in running.facts(epoch, first, last)[1]
    ]
    assert sent == stored
    receiver = Receiver("h_1", MemoryHubStore(), book(KYIV))
    boot, claimed = running.facts(EPOCH, 1, 7)
    receiver.receive(FactBatch(EPOCH, boot, claimed), "k1", NOON_MS)
    upto = [receiver.receive(batch, "k1", NOON_MS).claims[0][1].upto for batch in batches if batch.epoch == EPOCH]
    assert upto == [8, 9, 10]


def test_a_damaged_file_gives_what_is_whole(path: Path) -> None:
    """Torn pages in the middle of the facts cost the facts on them, which are counted; all others come out."""
    store = Store(path, "k1", EPOCH, BOOT)
    fill(store, 601)
    store.close()
    damaged = bytearray(path.read_bytes())
    for page in range(20, 24):
        damaged[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = b"\xff" * PAGE_BYTES
    path.write_bytes(damaged)
    waiting = Unclaimed(path, "k1")
    found = [
        decode(document, "k1", batch.epoch, batch.boot).id.number for batch in batches_of(waiting.lines("s0")) for document in batch.facts
    ]
    assert 300 < len(found) < 601
    assert found == sorted(set(found))
    assert len(found) + waiting.unreadable == 601


def test_a_spoilt_fact_is_left_out_and_counted(path: Path) -> None:
    """A document that is no fact any more, or says another number than its place, does not travel."""
    store = Store(path, "k1", EPOCH, BOOT)
    fill(store, 4)
    store.close()
    with open_documents(path, LAYOUTS) as db:
        db.storage.engine.run("UPDATE facts SET body = replace(body, '\"at\":', '\"az\":') WHERE id = 1")
        db.storage.engine.run("UPDATE facts SET body = replace(body, '\"s\":3', '\"s\":7') WHERE id = 3")
        db.storage.engine.run("UPDATE facts SET body = '{' WHERE id = 4")
    waiting = Unclaimed(path, "k1")
    assert numbers(waiting) == [2]
    assert waiting.unreadable == 3


def test_where_nobody_knows_whose_facts_they_are_it_says_so(path: Path) -> None:
    """Without the list of epochs nothing is guessed; no store, or something that is none, is told in words."""
    with pytest.raises(StoreFault, match="no store at"):
        Unclaimed(path, "k1").backlogs()
    path.write_bytes(b"a letter to the shop" * 400)
    with pytest.raises(DamagedStore, match="not a database"):
        Unclaimed(path, "k1").backlogs()
    path.unlink()
    store = Store(path, "k1", EPOCH, BOOT)
    assert Unclaimed(path, "k1").backlogs() == []
    fill(store, 2)
    store.close()
    with open_documents(path, LAYOUTS) as db:
        db.table("meta").put("streams", with_sum({"schema": SCHEMA, "streams": [{"epoch": 7}]}))
    with pytest.raises(DamagedStore, match="whose"):
        Unclaimed(path, "k1").backlogs()


# The commands


def stupeni(path: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["outbox", *words, "--set", f"kiosk.state_dir={path.parent}"], env={"STUPENI_CONFIG": None})


def test_the_list_is_for_people_and_for_programs(running: Store, path: Path) -> None:
    """One line for each run of the program and one for all; as JSON the same with the age of the oldest."""
    said = stupeni(path, "list")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[0] == f"{EPOCH}: facts 8 to 10, 3 of them here, the oldest of 2026-11-22T10:00:07+00:00"
    assert said.stdout.splitlines()[-1].startswith("unclaimed 4, unreadable 0, the oldest ")
    told = json.loads(stupeni(path, "list", "--json").stdout)
    assert (told["unclaimed"], told["unreadable"], told["oldest_ms"]) == (4, 0, NOON_MS + 3_000)
    assert [each["epoch"] for each in told["streams"]] == [EPOCH, NEXT_EPOCH]


def test_the_export_is_lines_on_stdout_and_words_on_stderr(running: Store, path: Path) -> None:
    """What is for the hub and what is for a person do not mix; another store than the configured one can be named."""
    said = stupeni(path, "export")
    assert said.exit_code == 0
    assert len(batches_of(iter(said.stdout.splitlines()))) == 4
    assert "4 facts; 0 could not be read" in said.stderr
    assert stupeni(path.parent / "elsewhere" / "x", "export", "--store", str(path)).stdout == said.stdout


def test_trouble_has_an_exit_code_and_words(path: Path) -> None:
    """No store: 74, with what to do; one with a spoilt fact: what is whole comes out, and 74 says that something did not."""
    said = stupeni(path, "list")
    assert (said.exit_code, "no store at" in said.stderr) == (74, True)
    store = Store(path, "k1", EPOCH, BOOT)
    fill(store, 3)
    store.close()
    with open_documents(path, LAYOUTS) as db:
        db.storage.engine.run("UPDATE facts SET body = '{' WHERE id = 2")
    said = stupeni(path, "export")
    assert (said.exit_code, len(said.stdout.splitlines())) == (74, 2)
    assert "2 facts; 1 could not be read" in said.stderr
