"""A kiosk that is killed at any moment has every tap it acknowledged, no half tap, and a whole file.

kill -9 shows that nothing is kept only in the process; that the disk itself keeps what it was told to flush is the business
of synchronous=FULL, which this cannot show.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.documents import open_documents
from tests.power_cut_child import LAYOUTS, tap

ROUNDS = 25
ACKNOWLEDGED_MAX = 250  # taps of one round; a round then takes some 0.3 s, most of it the child's start


def run_until_killed(path: Path, rng: random.Random, manner: str) -> int:
    """Let a child tap, kill it after a random number of acknowledgements, and return the last number it acknowledged.

    The kill comes from the parent while the child is working on, so it strikes anywhere in the following taps.
    """
    child = subprocess.Popen([sys.executable, "-m", "tests.power_cut_child", str(path), manner], stdout=subprocess.PIPE)
    assert child.stdout is not None
    seen = b""
    wanted = rng.randrange(1, ACKNOWLEDGED_MAX)
    while seen.count(b"\n") < wanted:
        piece = os.read(child.stdout.fileno(), 1 << 16)
        assert piece, "the child died by itself"
        seen += piece
    for _ in range(rng.randrange(20_000)):  # a little while, below the length of a tap, so that kills fall at all its parts
        pass
    child.send_signal(signal.SIGKILL)
    rest, _ = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGKILL
    complete = (seen + rest).rpartition(b"\n")[0]  # a number without its line end was not fully said
    return int(complete.rpartition(b"\n")[2])


def check(path: Path, acknowledged: int) -> int:
    """Reopen the store and prove it; returns how many taps it holds."""
    with open_documents(path, LAYOUTS) as db:
        assert db.unchecked == (), "every table was checked"
        assert db.storage.engine.rows("PRAGMA integrity_check") == [("ok",)]
        facts = list(db.table("facts"))
        assert [fact.doc_id for fact in facts] == [fact["number"] for fact in facts] == list(range(1, len(facts) + 1))
        assert acknowledged <= len(facts) <= acknowledged + 1, "at most one tap was done but not yet said"
        for member in db.table("members"):
            assert member.key is not None
            own = [fact.doc_id for fact in db.table("facts").find("card", member.key)]
            assert (member["facts"], member["newest"]) == (len(own), own[-1])
        assert sum(member["facts"] for member in db.table("members")) == len(facts)
        return len(facts)


@pytest.mark.parametrize("manner", ["taps", "housekeeping"])
def test_killed_again_and_again(tmp_path: Path, manner: str) -> None:
    """Through many random kills of one store: every acknowledged tap is there, both tables agree, and the file is whole."""
    path = tmp_path / "kiosk.db"
    rng = random.Random(20260314)
    held = 0
    for _ in range(ROUNDS if manner == "taps" else ROUNDS // 3):
        acknowledged = run_until_killed(path, rng, manner)
        assert acknowledged > held
        held = check(path, acknowledged)
    with open_documents(path, LAYOUTS) as db:
        assert tap(db, held + 1) == held + 1
