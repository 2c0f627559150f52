"""A store whose documents were spoilt by flipped bits that SQLite cannot see: put aside, or asked of the hub again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from drivers.clock import ClockQuality, SimulatedClock
from kiosk.documents import DamagedStore, open_documents
from kiosk.outbox import Identity
from kiosk.recovery import open_store
from kiosk.store import LAYOUTS, Store
from kiosk.sums import with_sum, without_sum
from loyalty.counter.tap import KioskDay
from loyalty.facts import Evidence, Visit
from loyalty.moment import Moment
from tests.builders import view

CARD = "0" * 32
NOW = Moment(1_000, 1_790_000_000_000, ClockQuality.NTP)


def a_store(path: Path) -> None:
    store = Store(path, "k1", "a" * 12, "boot")
    store.keep([(CARD, view(points=100, name="Grace", covers=(("c" * 12, 1),)))])
    store.commit((Visit(CARD, Evidence("NTAG213")),), NOW)
    store.close()


def spoil(path: Path, table: str, word: str, other: str) -> None:
    """Change one word inside a document, keeping its length."""
    with sqlite3.connect(path) as file:
        changed = file.execute(f"UPDATE {table} SET body = replace(body, ?, ?) WHERE instr(body, ?)", (word, other, word))  # noqa: S608
        assert changed.rowcount > 0
    file.close()


@pytest.mark.parametrize(
    ("word", "other"), [("claimed", "claimee"), ("streams", "strdams"), ("schema", "schemb"), ('"base":0', '"base":"')]
)
def test_a_spoilt_list_of_epochs_is_put_aside_and_service_goes_on(tmp_path: Path, word: str, other: str) -> None:
    """The file is kept under a dated name, and the new store's first fact tells the hub."""
    path = tmp_path / "kiosk.db"
    a_store(path)
    spoil(path, "meta", word, other)
    store = open_store(path, Identity("k1", "d", "boot", "b" * 12, "0"), SimulatedClock())
    assert store.facts("b" * 12, 1, 1)[1][0]["t"] == "store.recovered"
    assert len(list(tmp_path.glob("kiosk.db.damaged-*"))) >= 1
    store.close()


@pytest.mark.parametrize(("word", "other"), [('"card"', '"carc"'), ('"visit"', '"visi!"'), ('"clk"', '"clj"'), ('"at":1', '"at":2')])
def test_a_spoilt_fact_is_damage_by_name(tmp_path: Path, word: str, other: str) -> None:
    """A fact that is not as it was written is never sent or counted as something else, also where it would make sense."""
    path = tmp_path / "kiosk.db"
    a_store(path)
    spoil(path, "facts", word, other)
    store = Store(path, "k1", "b" * 12, "boot")
    assert store.latest_ms() == 0, "no clock is set by it"
    with pytest.raises(DamagedStore, match="fact 1 of epoch"):
        store.facts("a" * 12, 1, 1)
    with pytest.raises(DamagedStore, match="fact 1 of epoch"):
        store.reopen("a" * 12, 0)
    store.close()


def test_a_fact_under_a_wrong_number_is_damage(tmp_path: Path) -> None:
    """The number in the document must be the one of its place: else one fact would be told as another."""
    path = tmp_path / "kiosk.db"
    a_store(path)
    with open_documents(path, LAYOUTS) as db:
        db.table("facts").insert(with_sum({**without_sum(db.table("facts").all()[0]), "s": 3}))
    store = Store(path, "k1", "b" * 12, "boot")
    with pytest.raises(DamagedStore, match="says that it is 3"):
        store.facts("a" * 12, 1, 2)
    store.close()


@pytest.mark.parametrize("act", ["DELETE FROM facts WHERE id = 2", "UPDATE facts SET id = 9 WHERE id = 2"])
def test_a_missing_fact_is_damage(tmp_path: Path, act: str) -> None:
    """Facts that are told are told without a hole: one that a spoilt page has lost is no fact that never was."""
    path = tmp_path / "kiosk.db"
    store = Store(path, "k1", "a" * 12, "boot")
    for _ in range(4):
        store.commit((Visit(CARD, Evidence("NTAG213")),), NOW)
    store.close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(act)
        file.execute("UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM facts) WHERE name = 'facts'")
    store = Store(path, "k1", "b" * 12, "boot")
    with pytest.raises(DamagedStore, match="fact 2 of epoch aaaaaaaaaaaa is missing"):
        store.facts("a" * 12, 1, 4)
    store.close()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("DELETE FROM facts", "newest fact"),
        ("DELETE FROM sqlite_sequence", "newest fact"),
        ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'facts'", "newest fact"),
        ("DELETE FROM meta", "list of epochs"),
        ("UPDATE meta SET body = replace(body, 'aaaa', 'aaab')", "list of epochs"),
        ("ALTER TABLE facts RENAME COLUMN body TO cody", "other columns"),
        ("DROP INDEX members_by_member", "not as they were made"),
        ("UPDATE meta SET body = CAST(x'7bff7d' AS TEXT)", "not UTF-8"),
    ],
)
def test_what_cannot_be_is_damage_at_the_start(tmp_path: Path, act: str, words: str) -> None:
    """Tables, numbering and epochs that do not fit together are put aside at once: never an empty store, never another run's facts."""
    path = tmp_path / "kiosk.db"
    store = Store(path, "k1", "a" * 12, "boot")
    store.commit((Visit(CARD, Evidence("NTAG213")), Visit(CARD, Evidence("NTAG213"))), NOW)
    store.close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(act)
        if "INDEX" in act:
            file.execute("ALTER TABLE members RENAME COLUMN by_member TO by_membep")
    with pytest.raises(DamagedStore, match=words):
        Store(path, "k1", "b" * 12, "boot")


def test_a_spoilt_count_of_the_day_begins_anew(tmp_path: Path) -> None:
    """What was given today is no fact: a number that was not written there limits nobody."""
    path = tmp_path / "kiosk.db"
    store = Store(path, "k1", "a" * 12, "boot")
    store.commit((Visit(CARD, Evidence("NTAG213")),), NOW, KioskDay(739_000, 2))
    store.close()
    spoil(path, "meta", '"surprises":2', '"surprises":3')
    store = Store(path, "k1", "b" * 12, "boot")
    assert store.today == KioskDay()
    store.close()


@pytest.mark.parametrize("word", ["view", "pending", "covers", "ledger", "left", "person", "Grace"])
def test_a_spoilt_member_is_asked_of_the_hub_again(tmp_path: Path, word: str) -> None:
    """Members are a copy of the hub's word: one that is not as it was written is a card never met, not a kiosk that stops, and nobody
    is told a balance that a flipped bit made."""
    path = tmp_path / "kiosk.db"
    a_store(path)
    spoil(path, "members", f'"{word}"', f'"{word[:-1]}_"')
    store = Store(path, "k1", "b" * 12, "boot")
    assert store.standing(CARD).view is None
    store.close()
