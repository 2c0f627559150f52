"""Benchmark of the store: one durable tap beside the naive peer and the floor, at 1,000 to 100,000 members.

A tap reads the member by card, appends the fact and writes the member, and is on the disk when it returns. The three
contenders take turns tap by tap in one run, for the machine is noisy and only ratios travel. Never here: printing, files
of results, plots (bench/__main__.py).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.floors.sqlite_bare import SqliteBare
from bench.measure import Result, budget, summary
from bench.peers.tinydb_json import TinyDbJson
from kiosk.documents import Layout, open_documents

SIZES = (1_000, 10_000, 100_000)
TAPS = 1_500  # per size and contender; a p99 then rests on 15 taps
WARM_TAPS = 400  # beyond the first checkpoint, from where on the journal is overwritten instead of growing
PEER_TAPS = {1_000: 40, 10_000: 12, 100_000: 3}  # the peer needs seconds per tap at the end
CUT_TAPS = 200  # before a power cut: a journal of some 800 pages to replay, near the most there can be
LAYOUTS = {"facts": Layout(index=("card",), append_only=True), "members": Layout(keyed=True)}
RATIO_MAX = 2.0  # of our median to the floor's, at the largest size
GROWTH_MAX = 1.3  # of our ratio to the floor, from the smallest size to the largest
START_S_MAX = 0.5  # opening after a power cut, at the largest size; a third of the kiosk's whole start

ABOUT = "One durable tap: member read, fact appended, member written, on the disk when it returns. The three take turns tap by tap."


class OurStore:
    """The kiosk's store as the kiosk uses it."""

    name = "Stupeni, TinyDB over SQLite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open()

    def open(self) -> None:
        self.db = open_documents(self.path, LAYOUTS)
        self.members, self.facts = self.db.table("members"), self.db.table("facts")

    def fill(self, members: Iterator[tuple[str, dict[str, Any]]]) -> None:
        with self.db.transaction():
            for card, member in members:
                self.members.put(card, member)

    def tap(self, card: str, fact: dict[str, Any], points: int) -> None:
        with self.db.transaction():
            member = self.members.get_by_key(card)
            assert member is not None
            self.facts.insert(fact)
            self.members.put(card, {**member, "points": member["points"] + points})


def run() -> Result:
    """Measure; half a minute. Returns name, rows (milliseconds), ratios, budgets, ready for JSON."""
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        print(f"store: {size} members", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="store-", dir=Path(__file__).parent) as folder:  # a disk, where /tmp may be memory
            rows += _measure(Path(folder), size)
    ratios = _ratios(rows)
    return {"name": "store", "about": ABOUT, "rows": rows, "ratios": ratios, "budgets": _budgets(rows, ratios)}


def _measure(folder: Path, size: int) -> list[dict[str, Any]]:
    """All rows for one number of members."""
    rng = random.Random(size)
    cards = [rng.randbytes(16).hex() for _ in range(size)]
    ours, floor, peer = OurStore(folder / "ours.db"), SqliteBare(folder / "floor.db"), TinyDbJson(folder / "peer.json")
    for fill in (ours.fill, floor.fill, peer.fill):
        fill((card, _member(card, number)) for number, card in enumerate(cards))
    times: dict[str, list[float]] = {ours.name: [], floor.name: [], peer.name: []}
    peer_every = TAPS // PEER_TAPS[size]
    for number in range(-WARM_TAPS, TAPS):
        card = rng.choice(cards)
        fact = _fact(card, number + WARM_TAPS)
        fact_body, member_body = _body(fact), _body(_member(card, number + WARM_TAPS))
        turns: list[tuple[str, Callable[[], object]]] = [
            (ours.name, partial(ours.tap, card, fact, 10)),
            (floor.name, partial(floor.tap, card, fact_body, member_body)),
        ]
        turns = turns[:: 1 if number % 2 else -1]  # whoever flushes second may find the disk busy: take turns in that too
        if number >= 0 and number % peer_every == 0:
            turns.append((peer.name, partial(peer.tap, card, fact, 10)))
        for name, turn in turns:
            spent_ms = _timed(turn)
            if number >= 0:
                times[name].append(spent_ms)
    rows = [_row(size, "durable tap", name, spent) for name, spent in times.items()]
    rows.append(
        _row(size, "look up a member", ours.name, [_timed(lambda: ours.members.get_by_key(rng.choice(cards))) for _ in range(2000)])
    )
    rows += _starts(ours, size, cards)
    floor.close()
    peer.close()
    return rows


def _starts(ours: OurStore, size: int, cards: list[str]) -> list[dict[str, Any]]:
    """Opening after a clean stop and after a power cut (with the check of the pages), to the first member read."""

    def start() -> None:
        ours.open()
        next(iter(ours.members))

    clean, cut = [], []
    for _ in range(5):
        ours.db.close()
        clean.append(_timed(start))
        for number in range(CUT_TAPS):
            ours.tap(cards[number], _fact(cards[number], number), 10)
        ours.db.storage.engine.abandon()
        cut.append(_timed(start))
    ours.db.close()
    return [_row(size, "start after a clean stop", ours.name, clean), _row(size, "start after a power cut", ours.name, cut)]


def _member(card: str, number: int) -> dict[str, Any]:
    return {"card": card, "member": f"m_{number}", "name": "Мария", "lang": "ru", "points": 100_000 + number, "tier": "gold", "visits": 10}


def _fact(card: str, number: int) -> dict[str, Any]:
    return {
        "ep": "7q2m5k1x9z3a",
        "seq": number,
        "kind": "visit",
        "card": card,
        "at_ms": 1_790_000_000_000 + number,
        "clock": "ntp",
        "points": 10,
    }


def _body(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds that `act` took."""
    start_ns = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - start_ns) / 1e6


def _row(size: int, what: str, contender: str, times_ms: list[float]) -> dict[str, Any]:
    """One row of the table, named so that it stands alone in a plot."""
    return summary(_title(size, what, contender), "ms", times_ms)


def _title(size: int, what: str, contender: str) -> str:
    return f"{what}, {size:,} members: {contender}"


def _median(rows: list[dict[str, Any]], size: int, what: str, contender: str) -> float:
    return next(float(row["median"]) for row in rows if row["what"] == _title(size, what, contender))


def _ratios(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of medians, each from one run side by side."""
    tap = {(size, of.name): _median(rows, size, "durable tap", of.name) for size in SIZES for of in (OurStore, SqliteBare, TinyDbJson)}
    ratios = {}
    for size in SIZES:
        ratios[f"ours / floor, {size} members"] = round(tap[size, OurStore.name] / tap[size, SqliteBare.name], 3)
        ratios[f"peer / ours, {size} members"] = round(tap[size, TinyDbJson.name] / tap[size, OurStore.name], 1)
    smallest, largest = SIZES[0], SIZES[-1]
    ratios[f"ours, {largest} / {smallest} members"] = round(tap[largest, OurStore.name] / tap[smallest, OurStore.name], 3)
    ratios[f"floor, {largest} / {smallest} members"] = round(tap[largest, SqliteBare.name] / tap[smallest, SqliteBare.name], 3)
    return ratios


def _budgets(rows: list[dict[str, Any]], ratios: dict[str, float]) -> list[dict[str, Any]]:
    """What must hold, and whether it did."""
    smallest, largest = SIZES[0], SIZES[-1]
    start_s = _median(rows, largest, "start after a power cut", OurStore.name) / 1000
    growth = ratios[f"ours, {largest} / {smallest} members"] / ratios[f"floor, {largest} / {smallest} members"]
    return [
        budget(f"durable tap / bare SQLite at {largest:,} members", RATIO_MAX, ratios[f"ours / floor, {largest} members"]),
        budget(f"growth of the tap from {smallest:,} to {largest:,} members, relative to bare SQLite's", GROWTH_MAX, growth),
        budget(f"start after a power cut at {largest:,} members, s", START_S_MAX, start_s),
    ]
