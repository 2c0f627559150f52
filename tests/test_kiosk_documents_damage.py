"""A damaged store is recognised, set aside whole, and replaced; a sound one is never mistaken for damaged."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.documents import DamagedStore, Layout, open_documents, set_aside

LAYOUTS = {"facts": Layout(index=("card",), append_only=True), "members": Layout(keyed=True)}
FACTS = 400
NOW = "20260314T150926"


def build(path: Path, *, clean: bool) -> None:
    """A store of 400 facts, closed properly or let go of as in a power cut (the journal then stays, as after a real one)."""
    db = open_documents(path, LAYOUTS)
    for n in range(FACTS):
        with db.transaction():
            db.table("facts").insert({"n": n, "card": f"{n:032x}"})
            db.table("members").put(f"m{n % 50}", {"n": n})
    if clean:
        db.close()
    else:
        db.storage.engine.abandon()


def whole(path: Path) -> bool:
    """True when the store opens and holds exactly what was written; False when it says it is damaged. Nothing in between."""
    try:
        with open_documents(path, LAYOUTS) as db:
            facts = [(fact.doc_id, fact["n"], fact["card"]) for fact in db.table("facts")]
            members = {member.key: member["n"] for member in db.table("members")}
            for n in range(FACTS):
                assert [fact["n"] for fact in db.table("facts").find("card", f"{n:032x}")] == [n]
    except DamagedStore:
        return False
    assert facts == [(n + 1, n, f"{n:032x}") for n in range(FACTS)]
    assert members == {f"m{n % 50}": max(range(n % 50, FACTS, 50)) for n in range(50)}
    return True


def test_undamaged_stores_are_whole(tmp_path: Path) -> None:
    """Neither a clean stop nor a power cut with the journal left behind looks like damage."""
    build(tmp_path / "clean.db", clean=True)
    build(tmp_path / "cut.db", clean=False)
    assert (tmp_path / "cut.db-wal").stat().st_size > 100_000
    assert whole(tmp_path / "clean.db")
    assert whole(tmp_path / "cut.db")


def test_truncation_anywhere_is_noticed(tmp_path: Path) -> None:
    """Cut at any byte, a cleanly closed store says that it is damaged; it never opens with less than it held."""
    build(tmp_path / "whole.db", clean=True)
    content = (tmp_path / "whole.db").read_bytes()
    mark = (tmp_path / "whole.db.lock").read_bytes()
    rng = random.Random(1)
    cuts = {0, 1, 15, 16, 99, 100, 4095, 4096, 4097, len(content) - 1, len(content) - 4096}
    cuts |= {rng.randrange(len(content)) for _ in range(60)} | {page * 4096 for page in range(len(content) // 4096)}
    for cut in sorted(cuts):
        path = tmp_path / f"cut-{cut}.db"
        path.write_bytes(content[:cut])
        path.with_name(path.name + ".lock").write_bytes(mark)
        with pytest.raises(DamagedStore):
            open_documents(path, LAYOUTS)


@pytest.mark.parametrize("mark", [b"", b"open 1"])
def test_truncation_without_a_clean_mark_is_noticed(tmp_path: Path, mark: bytes) -> None:
    """Also a copy that came without its mark, or a store that was in use, is refused when bytes are missing."""
    build(tmp_path / "whole.db", clean=True)
    content = (tmp_path / "whole.db").read_bytes()
    for cut in (50, 4096, len(content) // 2, len(content) // 2 // 4096 * 4096, len(content) - 1):
        path = tmp_path / f"cut-{cut}.db"
        path.write_bytes(content[:cut])
        path.with_name(path.name + ".lock").write_bytes(mark)
        assert not whole(path)


def test_torn_pages_are_noticed_after_a_power_cut(tmp_path: Path) -> None:
    """A page overwritten with rubbish or zeros is found by the check after an unclean stop, before anything is trusted."""
    build(tmp_path / "whole.db", clean=True)
    content = (tmp_path / "whole.db").read_bytes()
    for page in range(len(content) // 4096):
        for name, rubbish in (("zeros", bytes(4096)), ("noise", random.Random(page).randbytes(4096))):
            path = tmp_path / f"{name}-{page}.db"
            path.write_bytes(content[: page * 4096] + rubbish + content[(page + 1) * 4096 :])
            path.with_name(path.name + ".lock").write_bytes(b"open 1")
            with pytest.raises(DamagedStore):
                open_documents(path, LAYOUTS)


def test_damage_met_later_is_told(tmp_path: Path) -> None:
    """Rubbish in a document, which no check of pages can see, raises DamagedStore at the read, naming table and document."""
    path = tmp_path / "kiosk.db"
    build(path, clean=True)
    path.write_bytes(path.read_bytes().replace(b'{"card":"' + f"{7:032x}".encode() + b'","n":7}', b'{"card":"' + b"\x00" * 39 + b"}"))
    with open_documents(path, LAYOUTS) as db:
        assert db.table("facts").get(doc_id=7) is not None
        with pytest.raises(DamagedStore, match="table facts, document 8"):
            db.table("facts").get(doc_id=8)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 8192, b"garbage" * 1000, b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_foreign_bytes_in_place_of_a_used_store(tmp_path: Path, content: bytes) -> None:
    """A file that was emptied or replaced by something else is damage, not a new store."""
    path = tmp_path / "kiosk.db"
    build(path, clean=True)
    path.write_bytes(content)
    with pytest.raises(DamagedStore) as caught:
        open_documents(path, LAYOUTS)
    assert caught.value.path == path
    assert "set aside" in str(caught.value)


def test_a_store_that_vanished_is_damage(tmp_path: Path) -> None:
    """A missing file that was in use before must not turn silently into an empty store; set aside, it does so knowingly."""
    path = tmp_path / "kiosk.db"
    build(path, clean=True)
    path.unlink()
    with pytest.raises(DamagedStore, match="missing or empty"):
        open_documents(path, LAYOUTS)
    set_aside(path, NOW)
    with open_documents(path, LAYOUTS) as db:
        assert db.tables() == set()


def test_an_empty_file_without_history_is_a_new_store(tmp_path: Path) -> None:
    """A power cut between making the file and its first page leaves zero bytes, which are simply a new store."""
    path = tmp_path / "kiosk.db"
    path.touch()
    with open_documents(path, LAYOUTS) as db:
        assert db.table("facts").insert({}) == 1


def test_a_directory_in_the_way(tmp_path: Path) -> None:
    """A directory in the store's place is told as damage and can be set aside with what is in it."""
    path = tmp_path / "kiosk.db"
    path.mkdir()
    (path / "keepsake").write_text("mine")
    with pytest.raises(DamagedStore, match="directory"):
        open_documents(path, LAYOUTS)
    assert (set_aside(path, NOW) / "keepsake").read_text() == "mine"
    with open_documents(path, LAYOUTS):
        pass


def test_setting_aside_keeps_every_byte(tmp_path: Path) -> None:
    """Database and journal are renamed together, unchanged, so that an expert (or SQLite itself) can still read them."""
    path = tmp_path / "kiosk.db"
    build(path, clean=False)
    before = [path.read_bytes(), (tmp_path / "kiosk.db-wal").read_bytes()]
    aside = set_aside(path, NOW)
    assert aside == tmp_path / f"kiosk.db.damaged-{NOW}"
    assert [aside.read_bytes(), aside.with_name(aside.name + "-wal").read_bytes()] == before
    assert sorted(file.name for file in tmp_path.iterdir() if not file.name.startswith(aside.name)) == ["kiosk.db.lock"]
    assert whole(aside)
    with open_documents(path, LAYOUTS) as db:
        assert len(db.table("facts")) == 0


def test_setting_aside_overwrites_nothing(tmp_path: Path) -> None:
    """Several damaged stores of the same second all stay, also beside a leftover of one alone."""
    path = tmp_path / "kiosk.db"
    (tmp_path / f"kiosk.db.damaged-{NOW}.2-wal").write_bytes(b"leftover")
    names = []
    for number in range(3):
        path.write_bytes(bytes([number]))
        names.append(set_aside(path, NOW))
    assert [name.name for name in names] == [f"kiosk.db.damaged-{NOW}{suffix}" for suffix in ("", ".3", ".4")]
    assert [name.read_bytes() for name in names] == [b"\x00", b"\x01", b"\x02"]


def test_facts_are_checked_first(tmp_path: Path) -> None:
    """After an unclean stop every table is checked, the append-only ones before the rest; after a clean one, none."""
    path = tmp_path / "kiosk.db"
    build(path, clean=False)
    with open_documents(path, LAYOUTS) as db:
        assert db.unchecked == ()
        assert db.check_next() is None
        db.storage.unchecked = ["facts", "members"]
        assert db.unchecked == ("facts", "members")
        assert [db.check_next(), db.check_next(), db.check_next()] == ["facts", "members", None]


def test_a_check_not_finished_is_not_forgotten(tmp_path: Path) -> None:
    """A clean stop while tables still waited for their check does not make the next start trust them."""
    path = tmp_path / "kiosk.db"
    build(path, clean=True)
    with open_documents(path, LAYOUTS) as db:
        db.storage.unchecked = ["members"]
    assert not (tmp_path / "kiosk.db.lock").read_text().startswith("closed")
    with open_documents(path, LAYOUTS):
        pass
    assert (tmp_path / "kiosk.db.lock").read_text() == f"closed {path.stat().st_size}"


def test_an_undo_journal_is_set_aside_with_its_store(tmp_path: Path) -> None:
    """It belongs to the damaged bytes: the new store is not to be undone by it."""
    path = tmp_path / "kiosk.db"
    path.write_bytes(b"damaged")
    (tmp_path / "kiosk.db-journal").write_bytes(b"journal")
    aside = set_aside(path, NOW)
    assert aside.with_name(aside.name + "-journal").read_bytes() == b"journal"
    assert not (tmp_path / "kiosk.db-journal").exists()


TRY_THE_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as shared:
    try:
        fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)  # SQLite's dead man's switch: whoever has it shortens the file
        print("free")
    except BlockingIOError:
        print("held")
"""


@pytest.mark.parametrize("clean", [True, False])
def test_looking_at_a_store_keeps_its_locks(tmp_path: Path, clean: bool) -> None:
    """Nothing that is looked at before or while a store is open takes SQLite's locks away: else the next reader, a backup or a curious
    person, would shorten the shared memory under a working kiosk, which dies of that."""
    path = tmp_path / "kiosk.db"
    build(path, clean=clean)
    with open_documents(path, LAYOUTS) as db:
        db.table("facts").insert({"n": FACTS})
        child = subprocess.run(
            [sys.executable, "-c", TRY_THE_LOCK, str(path) + "-shm"], capture_output=True, text=True, timeout=60, check=True
        )
    assert child.stdout == "held\n"
