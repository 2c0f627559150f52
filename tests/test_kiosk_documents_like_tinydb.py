"""Our table is TinyDB's table: the same operations, in any order, give the same results as over TinyDB's MemoryStorage."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tinydb import TinyDB, where
from tinydb.operations import add, delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from kiosk.documents import FieldIs, Layout, open_documents

FIELDS = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.integers(-1, 2), st.booleans(), st.none(), st.text("xy", max_size=1), st.just(1.5))
DOCUMENTS = st.dictionaries(FIELDS, VALUES, max_size=3)
DEEP_DOCUMENTS = st.dictionaries(FIELDS, st.one_of(VALUES, st.lists(VALUES, max_size=1)), max_size=3)
IDS = st.integers(1, 8)  # few, so that they meet
QUERIES = st.one_of(
    st.builds(FieldIs, FIELDS, VALUES),
    st.builds(lambda field, value: where(field) == value, FIELDS, VALUES),
    st.builds(lambda field, value: where(field) != value, FIELDS, VALUES),
    st.builds(lambda field: where(field).exists(), FIELDS),
    st.builds(lambda field, value, other: FieldIs(field, value) & ~where(other).exists(), FIELDS, VALUES, FIELDS),
    st.builds(lambda field, one, two: FieldIs(field, one) | (where(field) == two), FIELDS, VALUES, VALUES),
    st.builds(lambda fragment: where("a").exists() | where("b").one_of(list(fragment.values())), DOCUMENTS),
)
CHANGES = st.one_of(DOCUMENTS, st.builds(delete, FIELDS), st.builds(increment, FIELDS), st.builds(add, FIELDS, st.just("z")))


class LikeTinyDB(RuleBasedStateMachine):
    """Every rule does the same to both tables and compares what came back; the invariant compares all that is there.

    TinyDB keeps documents in order of arrival and counts ids by its own rule, so the reference is told our ids and kept
    sorted by them; ids have a test of their own.
    """

    @initialize(index=st.sampled_from([(), ("a",), ("a", "b", "c")]))
    def open(self, index: tuple[str, ...]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="like-tinydb-"))
        self.layout = {"t": Layout(index=index)}
        self.ours = open_documents(self.folder / "k.db", self.layout)
        self.theirs = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        if hasattr(self, "ours"):
            self.ours.close()
            shutil.rmtree(self.folder)

    def both(self, act: Callable[[Any], Any]) -> Any:
        """The result of `act` on our table, after checking that TinyDB's gave the same, or raised the same kind of error.

        TinyDB's memory keeps what an operation changed before it raised; ours must not, so the reference is put back.
        """
        before = self.snapshot()
        results: list[Any] = []
        for table in (self.ours.table("t"), self.theirs.table("t")):
            try:
                results.append(act(table))
            except (TypeError, KeyError, ValueError) as error:
                results.append(type(error))
        if isinstance(results[1], type):
            self.theirs.storage.memory = {"t": before}
        self.sort()
        assert results[0] == results[1]
        return results[0]

    def snapshot(self) -> dict[str, Any]:
        return deepcopy((self.theirs.storage.memory or {}).get("t", {}))

    def sort(self) -> None:
        self.theirs.storage.memory = {"t": dict(sorted(self.snapshot().items(), key=lambda item: int(item[0])))}
        self.theirs.table("t").clear_cache()

    @rule(document=DEEP_DOCUMENTS)
    def insert(self, document: dict[str, Any]) -> None:
        doc_id = self.ours.table("t").insert(document)
        assert self.theirs.table("t").insert(Document(document, doc_id)) == doc_id

    @rule(document=DEEP_DOCUMENTS, doc_id=IDS)
    def insert_with_id(self, document: dict[str, Any], doc_id: int) -> None:
        self.both(lambda table: table.insert(Document(document, doc_id)))

    @rule(documents=st.lists(st.builds(Document, DOCUMENTS, IDS), max_size=4))
    def insert_multiple(self, documents: list[Document]) -> None:
        self.both(lambda table: table.insert_multiple(documents))

    @rule(query=QUERIES)
    def read(self, query: Any) -> None:
        found = self.both(lambda table: [(document.doc_id, document) for document in table.search(query)])
        assert self.both(lambda table: table.get(query)) == (found[0][1] if found else None)
        assert self.both(lambda table: table.count(query)) == len(found)
        assert self.both(lambda table: table.contains(query)) == bool(found)

    @rule(doc_ids=st.lists(IDS, max_size=3))
    def read_by_ids(self, doc_ids: list[int]) -> None:
        self.both(lambda table: [document.doc_id for document in table.get(doc_ids=doc_ids)])
        for doc_id in doc_ids:
            self.both(lambda table, doc_id=doc_id: (table.get(doc_id=doc_id), table.contains(doc_id=doc_id)))

    @rule(change=CHANGES, query=QUERIES)
    def update(self, change: Any, query: Any) -> None:
        self.both(lambda table: table.update(change, query))

    @rule(change=CHANGES, doc_ids=st.lists(IDS, max_size=3))
    def update_by_ids(self, change: Any, doc_ids: list[int]) -> None:
        self.both(lambda table: table.update(change, doc_ids=doc_ids))

    @rule(change=DOCUMENTS)
    def update_all(self, change: dict[str, Any]) -> None:
        self.both(lambda table: table.update(change))

    @rule(updates=st.lists(st.tuples(CHANGES, QUERIES), max_size=2))
    def update_multiple(self, updates: list[Any]) -> None:
        self.both(lambda table: table.update_multiple(updates))

    @rule(document=DOCUMENTS, query=QUERIES)
    def upsert(self, document: dict[str, Any], query: Any) -> None:
        ids = self.ours.table("t").upsert(document, query)
        expected = self.theirs.table("t").update(document, query)
        if expected:
            assert ids == expected
        else:
            self.theirs.table("t").insert(Document(document, ids[0]))

    @rule(document=DOCUMENTS, doc_id=IDS)
    def upsert_with_id(self, document: dict[str, Any], doc_id: int) -> None:
        self.both(lambda table: table.upsert(Document(document, doc_id)))

    @rule(query=QUERIES)
    def remove(self, query: Any) -> None:
        self.both(lambda table: table.remove(query))

    @rule(doc_ids=st.lists(IDS, max_size=3, unique=True))
    def remove_by_ids(self, doc_ids: list[int]) -> None:
        self.both(lambda table: table.remove(doc_ids=doc_ids))

    @rule()
    def truncate(self) -> None:
        self.both(lambda table: table.truncate())

    @rule()
    def drop(self) -> None:
        self.ours.drop_tables()
        self.theirs.drop_tables()

    @rule()
    def write_back(self) -> None:
        self.ours.storage.write(self.ours.storage.read() or {})

    @rule(cut=st.booleans())
    def reopen(self, cut: bool) -> None:
        if cut:
            self.ours.storage.engine.abandon()
        else:
            self.ours.close()
        self.ours = open_documents(self.folder / "k.db", self.layout)

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "ours"):
            return
        ours, theirs = self.ours.table("t"), self.theirs.table("t")
        self.sort()
        assert [(document.doc_id, document) for document in ours] == [(document.doc_id, document) for document in theirs]
        assert ours.all() == theirs.all()
        assert len(ours) == len(theirs)
        assert (self.ours.storage.read() or {}).get("t", {}) == self.snapshot()
        assert [type(value) for document in ours for value in document.values()] == [
            type(document[name]) for document in theirs for name in sorted(document)
        ]


TestLikeTinyDB = LikeTinyDB.TestCase
TestLikeTinyDB.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda table: table.insert([1]), ValueError),
        (lambda table: table.insert_multiple([{}, 5]), ValueError),
        (lambda table: table.get(), RuntimeError),
        (lambda table: table.contains(), RuntimeError),
        (lambda table: table.remove(), RuntimeError),
        (lambda table: table.upsert({}), ValueError),
        (lambda table: table.insert_multiple([Document({}, 3), Document({}, 3)]), ValueError),
    ],
)
def test_misuse_is_told_as_tinydb_tells_it(tmp_path: Path, act: Callable[[Any], object], error: type[Exception]) -> None:
    """The same mistakes raise the same kind of error with the same words, and write nothing."""
    with open_documents(tmp_path / "k.db", {"t": Layout()}) as ours, TinyDB(storage=MemoryStorage) as theirs:
        with pytest.raises(error) as expected:
            act(theirs.table("t"))
        with pytest.raises(error) as got:
            act(ours.table("t"))
        assert str(got.value) == str(expected.value)
        assert len(ours.table("t")) == 0
