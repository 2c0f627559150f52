"""The document store behaves like TinyDB, keeps what it promised, and says what is wrong.

Here: the layer itself, in one process. Killing the process is in test_kiosk_power_cut.py.
"""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.table import Document

from kiosk.documents import (
    AppendOnly,
    BadDocument,
    CutPower,
    Documents,
    FieldIs,
    Layout,
    NestedTransaction,
    PowerCut,
    StoreFault,
    StoreInUse,
    open_documents,
    set_aside,
)

LAYOUTS = {
    "facts": Layout(index=("card",), append_only=True),
    "members": Layout(keyed=True),
    "notes": Layout(index=("card", "n")),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def db(path: Path) -> Iterator[Documents]:
    with open_documents(path, LAYOUTS) as opened:
        yield opened


def tap(db: Documents, ref: str = "card-1") -> None:
    """What the kiosk does for every tap: one fact, one member, one transaction."""
    with db.transaction():
        member = db.table("members").get_by_key(ref) or {"visits": 0}
        db.table("facts").insert({"card": ref, "kind": "visit"})
        db.table("members").put(ref, {"visits": member["visits"] + 1})


def visits(db: Documents, ref: str = "card-1") -> int:
    return (db.table("members").get_by_key(ref) or {"visits": 0})["visits"]


class ChangeOfMind(Exception):
    """What a transaction's block raises when it wants nothing of itself to stay."""


def undone(db: Documents, act: Callable[[], object]) -> None:
    """Do `act` in a transaction that is rolled back."""
    with pytest.raises(ChangeOfMind), db.transaction():  # noqa: PT012 - the block is what is tested
        act()
        raise ChangeOfMind


def fill(db: Documents) -> None:
    """Tap until the store refuses."""
    while True:
        tap(db)


# Documents


def test_documents_survive_a_reopening(path: Path) -> None:
    """What was written is read again, the same, after close and open."""
    document = {"имя": "Мария", "n": 1, "x": 1.5, "none": None, "yes": True, "list": [1, {"a": []}], "nul": "a\x00b"}
    with open_documents(path, LAYOUTS) as db:
        doc_id = db.table("notes").insert(document)
    with open_documents(path, LAYOUTS) as db:
        assert db.table("notes").get(doc_id=doc_id) == document


def test_equal_documents_are_equal_bytes(path: Path) -> None:
    """The order in which fields were set does not show in the file, and the text is compact UTF-8."""
    with open_documents(path, LAYOUTS) as db:
        db.table("notes").insert_multiple([{"б": 1, "a": [1, 2]}, {"a": (1, 2), "б": 1}])
    with sqlite3.connect(path) as file:
        bodies = file.execute("SELECT body FROM notes").fetchall()
    file.close()
    assert bodies == [('{"a":[1,2],"б":1}',)] * 2


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, "at .a[0]: NaN"),
        (math.inf, "at .a[0]: NaN and infinity"),
        ({1: 2}, "at .a[0]: a field's name"),
        (b"bytes", "at .a[0]: bytes"),
        ({1, 2}, "at .a[0]: set"),
        ("\ud800", "at .a[0]: half a surrogate"),
        pytest.param(10**5000, "digits", id="huge"),
        pytest.param("x" * 262_144, "262144 bytes", id="long"),
    ],
)
def test_what_is_not_json_is_refused(db: Documents, value: Any, why: str) -> None:
    """The error names table, key and place, and nothing is written."""
    db.table("members").put("card-123456789", {"a": 1})
    with pytest.raises(BadDocument) as caught:
        db.table("members").put("card-123456789", {"a": [value]})
    assert "'members'" in str(caught.value)
    assert "'card-123...'" in str(caught.value)
    assert why in str(caught.value)
    assert db.table("members").get_by_key("card-123456789") == {"a": 1}


def test_bottomless_documents_are_refused(db: Documents) -> None:
    """A document that contains itself, or nests deeper than can be read back, is an error and not a crash."""
    endless: dict[str, Any] = {}
    endless["self"] = endless
    deep: list[Any] = []
    for _ in range(33):
        deep = [deep]
    for document in (endless, {"deep": deep}):
        with pytest.raises(BadDocument, match="nested deeper"):
            db.table("notes").insert(document)


@pytest.mark.parametrize("key", ["", "x" * 129, "\ud800", 5, None])
def test_what_cannot_be_a_key_is_refused(db: Documents, key: Any) -> None:
    """Keys are Unicode text of a sensible length."""
    with pytest.raises(BadDocument, match="key"):
        db.table("members").put(key, {})
    assert len(db.table("members")) == 0


# Keys and indexes


def test_keyed_tables(db: Documents) -> None:
    """A put replaces in place, a removal is told, and documents know their key."""
    members = db.table("members")
    members.put("a", {"n": 1})
    members.put("b", {"n": 2})
    members.put("a", {"n": 3})
    assert [(document.key, document.doc_id, document["n"]) for document in members] == [("a", 1, 3), ("b", 2, 2)]
    assert members.remove_by_key("a")
    assert not members.remove_by_key("a")
    assert members.get_by_key("a") is None
    members.update(increment("n"), where("n") == 2)
    found = members.get_by_key("b")
    assert found is not None
    assert (found.key, dict(found)) == ("b", {"n": 3})


def test_keys_where_there_are_none(db: Documents) -> None:
    """Calling a key method of an unkeyed table, or inserting without a key into a keyed one, is refused."""
    for act in (lambda: db.table("notes").put("a", {}), lambda: db.table("notes").get_by_key("a")):
        with pytest.raises(ValueError, match="not keyed"):
            act()
    with pytest.raises(BadDocument, match="a key is text"):
        db.table("members").insert({})


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0**63, 2.0**70, 5e-324]),
    st.sampled_from([2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**70]),
    st.text("aA0é\x00 ", max_size=2),
    st.sampled_from(["1", "true", "null", "[]", "{}"]),
    st.lists(st.integers(0, 1), max_size=1),
    st.just({}),
)


@settings(max_examples=150, deadline=None)
@given(stored=st.lists(VALUES, max_size=12), wanted=VALUES)
def test_the_index_finds_what_a_scan_finds(tmp_path_factory: pytest.TempPathFactory, stored: list[Any], wanted: Any) -> None:
    """For every kind of value an indexed search gives exactly what Python's == gives, in order, both ways."""
    with open_documents(tmp_path_factory.mktemp("index") / "k.db", LAYOUTS) as db:
        notes = db.table("notes")
        notes.insert_multiple([{"card": value} for value in stored] + [{"other": wanted}])
        expected = [number for number, value in enumerate(stored, 1) if value == wanted]
        assert [document.doc_id for document in notes.find("card", wanted)] == expected
        assert [document.doc_id for document in notes.find("card", wanted, newest_first=True)] == expected[::-1]
        assert [document.doc_id for document in notes.search(FieldIs("card", wanted))] == expected
        assert [document.doc_id for document in notes.search(where("card") == wanted)] == expected
        assert notes.count(FieldIs("card", wanted)) == len(expected)


def test_indexed_reads_do_not_scan(path: Path, db: Documents) -> None:
    """SQLite answers reads by id, key, indexed field and order by searching, never by walking a table."""
    statements: list[str] = []
    engine = db.storage.engine
    engine._connection.set_trace_callback(statements.append)
    db.table("facts").insert({"card": "a"})
    list(db.table("facts").find("card", "a"))
    list(db.table("facts").find("card", "a", newest_first=True))
    db.table("facts").count(FieldIs("card", "a"))
    list(db.table("facts").after(0, count_max=1))
    db.table("facts").get(doc_id=1)
    db.table("members").put("a", {})
    db.table("members").get_by_key("a")
    db.table("facts").trim(1)
    engine._connection.set_trace_callback(None)
    plans = [
        step[3]
        for statement in statements
        if not statement.startswith(("BEGIN", "COMMIT"))
        for step in engine.rows(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(plans) >= 8
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def test_find_needs_a_declared_index(db: Documents) -> None:
    """find on a field without an index is refused, for its caller counts on speed."""
    with pytest.raises(ValueError, match="no index on 'kind'"):
        db.table("facts").find("kind", "visit")


def test_order_and_ranges(db: Documents) -> None:
    """Documents stream in order from any id on, also across many pages, also while they change."""
    notes = db.table("notes")
    notes.insert_multiple({"n": n} for n in range(1000))
    assert [document.doc_id for document in notes.after(990)] == list(range(991, 1001))
    assert [document.doc_id for document in notes.after(5, count_max=3)] == [6, 7, 8]
    assert [document.doc_id for document in notes.newest_first()] == list(range(1000, 0, -1))
    assert notes.count_after(990) == 10
    assert [document.doc_id for document in notes.get(doc_ids=[5, 3, 3, 2000])] == [3, 5]
    met = []
    for document in notes:
        met.append(document.doc_id)
        if document.doc_id % 2:
            notes.remove(doc_ids=[document.doc_id, document.doc_id + 1])
    assert met == sorted(set(met))
    assert set(met) >= set(range(1, 1001, 2))
    assert len(notes) == 0


# Append-only, numbering


def test_append_only_tables_only_grow(db: Documents) -> None:
    """Every way to change, lose or slip in a fact is refused, and the facts are still there."""
    facts = db.table("facts")
    facts.insert_multiple([{"n": n} for n in range(3)])
    acts: list[Callable[[], object]] = [
        lambda: facts.update({"n": 9}),
        lambda: facts.update({"n": 9}, where("n") == 77),
        lambda: facts.update_multiple([({"n": 9}, where("n") == 1)]),
        lambda: facts.upsert({"n": 9}, where("n") == 77),
        lambda: facts.remove(doc_ids=[1]),
        lambda: facts.remove(where("n") == 77),
        facts.truncate,
        lambda: facts.insert(Document({"n": 9}, doc_id=2)),
        lambda: db.drop_table("facts"),
        db.drop_tables,
        lambda: db.storage.write({"facts": {"1": {"n": 0}, "2": {"n": 9}, "3": {"n": 2}}}),
    ]
    for act in acts:
        with pytest.raises(AppendOnly, match="'facts' is append-only"):
            act()
        assert [(fact.doc_id, fact["n"]) for fact in facts] == [(1, 0), (2, 1), (3, 2)]


def test_trim_takes_the_oldest(db: Documents) -> None:
    """trim removes only what is older than the id, a limited number at a time, and the numbering goes on."""
    facts = db.table("facts")
    facts.insert_multiple([{"card": "a"}] * 10)
    assert facts.trim(6, count_max=3) == 3
    assert facts.trim(6, count_max=3) == 2
    assert facts.trim(6) == 0
    assert (facts.first_id(), facts.last_id(), len(facts)) == (6, 10, 5)
    assert facts.trim(100) == 5
    assert (facts.first_id(), facts.last_id()) == (None, 10)
    assert facts.insert({}) == 11


def test_numbers_are_never_given_twice(path: Path) -> None:
    """Not after removal, truncation, dropping, or a reopening; but a rolled back number was never given."""
    with open_documents(path, LAYOUTS) as db:
        notes = db.table("notes")
        assert notes.insert_multiple([{}, {}]) == [1, 2]
        notes.remove(doc_ids=[2])
        assert notes.insert({}) == 3
        notes.truncate()
        assert notes.insert({}) == 4
        notes.insert(Document({}, doc_id=9))
        db.drop_tables()
    with open_documents(path, LAYOUTS) as db:
        notes = db.table("notes")
        undone(db, lambda: notes.insert({}))
        assert notes.insert({}) == 10


# TinyDB around it


def test_tables_and_dropping(db: Documents) -> None:
    """TinyDB's own view of the whole database is right: names, snapshot, dropping one table and all."""
    assert db.tables() == set()
    assert db.storage.read() is None
    db.table("notes").insert({"a": 1})
    db.table("members").put("k", {"b": 2})
    assert db.tables() == {"notes", "members"}
    assert db.storage.read() == {"notes": {"1": {"a": 1}}, "members": {"1": {"b": 2}}}
    db.drop_table("notes")
    assert db.tables() == {"members"}
    db.drop_tables()
    assert db.tables() == set()
    assert len(db.table("members")) == 0


def test_a_snapshot_can_be_written_back(path: Path, tmp_path: Path) -> None:
    """storage.write(storage.read()) into another store makes an equal one, keys and ids included."""
    with open_documents(path, LAYOUTS) as db, open_documents(tmp_path / "copy.db", LAYOUTS) as copy:
        db.table("facts").insert_multiple([{"card": "a"}, {"card": "b"}])
        db.table("members").put("k", {"b": 2})
        db.table("notes").insert(Document({"n": 1}, doc_id=7))
        copy.table("notes").insert_multiple([{"n": 0}] * 8)
        snapshot = db.storage.read()
        assert snapshot is not None
        copy.storage.write(snapshot)
        assert copy.storage.read() == snapshot
        assert copy.table("members").get_by_key("k") == {"b": 2}
        assert [fact.doc_id for fact in copy.table("facts").find("card", "b")] == [2]
        with pytest.raises(ValueError, match="no table 'other'"):
            copy.storage.write({"other": {}})


def test_undeclared_tables_are_refused(db: Documents) -> None:
    """A mistyped table name is an error that lists the declared ones, and so is the default table."""
    with pytest.raises(ValueError, match="no table 'fact' is declared; there are facts, members, notes"):
        db.table("fact")
    with pytest.raises(ValueError, match="_default"):
        db.insert({})


def test_the_global_tinydb_is_untouched() -> None:
    """Using our tables changes nothing for other users of TinyDB in the process."""
    assert TinyDB.table_class is not Documents.table_class


def test_nothing_read_is_stale(db: Documents) -> None:
    """A search repeated after a write, a roll back or a write around the table sees what is there now."""
    notes = db.table("notes")
    query = where("n") > 0
    notes.insert({"n": 1})
    assert len(notes.search(query)) == 1
    undone(db, lambda: (notes.insert({"n": 2}), notes.search(query)))
    assert len(notes.search(query)) == 1
    db.drop_tables()
    assert notes.search(query) == []


@pytest.mark.parametrize(("name", "layout"), [("Facts", Layout()), ('a"b', Layout()), ("sqlite_x", Layout()), ("", Layout())])
def test_table_names_are_plain(path: Path, name: str, layout: Layout) -> None:
    """A table's name never needs escaping in SQL."""
    with pytest.raises(ValueError, match="table"):
        open_documents(path, {name: layout})
    with pytest.raises(ValueError, match="indexed field"):
        Layout(index=(name,))


def test_a_layout_may_grow_and_shrink(path: Path) -> None:
    """A newer layout is applied to an older file: new tables and indexes find old documents, dropped indexes leave nothing."""
    with open_documents(path, {"notes": Layout()}) as db:
        db.table("notes").insert_multiple({"n": n % 3} for n in range(600))
    for index in (("n",), (), ("n", "m")):
        with open_documents(path, {"notes": Layout(index=index), "more": Layout(keyed=True)}) as db:
            db.table("notes").insert({"n": 1})
            db.table("more").put("k", {})
            if index:
                assert list(db.table("notes").find("n", 1)) == db.table("notes").search(where("n") == 1)
    with pytest.raises(ValueError, match="written with keys"):
        open_documents(path, {"more": Layout()})


# Transactions and faults


def test_a_transaction_is_whole(db: Documents) -> None:
    """What a block wrote is there together after it, and gone together when it raised."""
    tap(db)
    undone(db, lambda: (db.table("facts").insert({"card": "card-1"}), db.table("members").put("card-1", {"visits": 99})))
    assert (visits(db), len(db.table("facts"))) == (1, 1)


def test_transactions_do_not_nest(db: Documents) -> None:
    """A second transaction inside the first is refused, and the first goes on or back as it likes."""
    with db.transaction():
        db.table("notes").insert({})
        with pytest.raises(NestedTransaction, match="open already"), db.transaction():
            pass
    assert len(db.table("notes")) == 1


def test_a_failing_operation_inside_a_transaction_leaves_nothing(db: Documents) -> None:
    """An operation over several documents that fails halfway is undone alone; the rest of the transaction stands."""
    with db.transaction():
        db.table("notes").insert({"n": 1})
        with pytest.raises(BadDocument):
            db.table("notes").insert_multiple([{"n": 2}, {"n": math.nan}])
        db.table("notes").insert({"n": 3})
    assert [document["n"] for document in db.table("notes")] == [1, 3]


@pytest.mark.parametrize(("point", "expected"), [("before_write", 1), ("before_commit", 1), ("after_commit", 2)])
def test_a_cut_at_every_point(path: Path, point: Any, expected: int) -> None:
    """Power cut in the second tap: before the commit the tap never was, after it the tap is there; both tables agree."""
    db = open_documents(path, LAYOUTS, fault=CutPower(point, nth=2))
    tap(db)
    with pytest.raises(PowerCut):
        tap(db)
    with open_documents(path, LAYOUTS) as db:
        assert visits(db) == len(db.table("facts")) == expected
        tap(db)
        assert visits(db) == len(db.table("facts")) == expected + 1


def test_a_simulated_full_disk(path: Path) -> None:
    """A fault raised at the commit rolls back, is told to the caller, and the store goes on."""
    troubles = iter([StoreFault("disk full", "free space")])

    def full_once(point: str) -> None:
        if point == "before_commit" and (trouble := next(troubles, None)):
            raise trouble

    with open_documents(path, LAYOUTS, fault=full_once) as db:
        with pytest.raises(StoreFault, match="disk full"):
            tap(db)
        assert visits(db) == len(db.table("facts")) == 0
        tap(db)
        assert visits(db) == len(db.table("facts")) == 1


def test_the_size_limit(path: Path) -> None:
    """A store at its limit refuses to grow with a fault that says what to do, keeps all it had, and goes on after a trim."""
    with open_documents(path, LAYOUTS, size_bytes_max=256 * 1024) as db:
        with pytest.raises(StoreFault) as caught:
            fill(db)
        assert "SQLITE_FULL" in caught.value.what
        assert "Free space" in caught.value.hint
        count = len(db.table("facts"))
        assert visits(db) == count > 1000
        db.table("facts").trim(500)
        tap(db)
        assert visits(db) == count + 1


def test_a_lost_transaction_cannot_be_half_committed(db: Documents) -> None:
    """When the engine has undone a transaction by itself, later writes of the block are refused instead of standing alone."""

    def half() -> None:
        with db.transaction():
            db.table("notes").insert({"n": 1})
            db.storage.engine.run("ROLLBACK")  # what SQLite does by itself on some I/O errors
            db.table("notes").insert({"n": 2})

    with pytest.raises(StoreFault, match="undone by an earlier fault"):
        half()
    assert len(db.table("notes")) == 0


FILL = """
import resource, signal, sys
from pathlib import Path
from kiosk.documents import Layout, StoreFault, open_documents
db = open_documents(Path(sys.argv[1]), {"facts": Layout(append_only=True), "members": Layout(keyed=True)})
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
done = 0
try:
    while True:
        with db.transaction():
            db.table("facts").insert({"n": done, "pad": "x" * 100})
            db.table("members").put("m", {"n": done + 1})
        done += 1
except StoreFault as fault:
    print(done, db.table("members").get_by_key("m")["n"], len(db.table("facts")), fault.what)
"""


def test_the_operating_system_refuses_to_write(path: Path) -> None:
    """When a real write fails in the middle of a commit, the caller is told and the last committed state is what remains."""
    child = subprocess.run([sys.executable, "-c", FILL, str(path)], capture_output=True, text=True, timeout=60)
    assert child.returncode == 0, child.stderr
    done, visits_seen, facts_seen, what = child.stdout.split(" ", 3)
    assert int(done) > 10
    assert visits_seen == facts_seen == done
    assert "SQLITE_" in what
    with open_documents(path, {"facts": Layout(append_only=True), "members": Layout(keyed=True)}) as db:
        member = db.table("members").get_by_key("m")
        assert member is not None
        assert member["n"] == len(db.table("facts")) >= int(done)


# One owner


def test_a_second_owner_is_refused(path: Path, db: Documents) -> None:
    """While the store is open, opening it again fails with the owner's process number, also from another process."""
    with pytest.raises(StoreInUse, match=r"in use by another process \(pid \d+\)"):
        open_documents(path, LAYOUTS)
    code = "import sys; from pathlib import Path; from kiosk.documents import open_documents; open_documents(Path(sys.argv[1]), {})"
    child = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert "StoreInUse" in child.stderr
    with pytest.raises(StoreInUse):
        set_aside(path, "20260101T120000")
    tap(db)
    assert visits(db) == 1


def test_a_failed_opening_lets_go(path: Path) -> None:
    """After an opening that failed, the store can be opened without restarting the process."""
    with open_documents(path, {"more": Layout(keyed=True)}):
        pass
    with pytest.raises(ValueError, match="written with keys"):
        open_documents(path, {"more": Layout()})
    with open_documents(path, {"more": Layout(keyed=True)}):
        pass


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    """The fault names the folder that must exist."""
    with pytest.raises(StoreFault, match="nowhere must exist"):
        open_documents(tmp_path / "nowhere" / "kiosk.db", LAYOUTS)


def test_closing_twice_is_harmless(path: Path) -> None:
    """close() after close(), as a shutdown in a hurry does it, changes nothing."""
    db = open_documents(path, LAYOUTS)
    db.close()
    db.close()


def test_housekeeping_keeps_everything(path: Path) -> None:
    """A checkpoint moves the journal without loss; a wiping one leaves no byte of an erased member in any file."""
    with open_documents(path, LAYOUTS) as db:
        db.table("members").put("k", {"name": "Аполлинария"})
        tap(db)
        db.checkpoint()
        assert "Аполлинария".encode() in path.read_bytes()
        db.table("members").remove_by_key("k")
        db.checkpoint(wipe=True)
        for file in path.parent.iterdir():
            assert "Аполлинария".encode() not in file.read_bytes()
        assert visits(db) == 1
        assert 0 < db.size_bytes() <= path.stat().st_size


def test_a_commit_waits_for_the_disk(db: Documents) -> None:
    """The engine is set to flush its journal at every commit; killing the process cannot show this, so it is asked."""
    assert db.storage.engine.rows("PRAGMA synchronous") == [(2,)]
    assert db.storage.engine.rows("PRAGMA journal_mode") == [("wal",)]
