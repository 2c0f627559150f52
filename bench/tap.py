"""Card in field -> acknowledged -> greeting painted, beside a naive kiosk, in one run.

The product's own kiosk process (hub and broker running, 10,000 members known, durable before glass, SDL's dummy video) and the
peer take turns at one simulated field that answers at the modelled radio and UART times of a PN532 at 115200 baud. Cards come at
random phase. All processes stamp the same wall clock.
"""

from __future__ import annotations

import json
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.measure import Result, budget, summary
from bench.stage import MEMBERS, CardDeck, filled_stage
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing
from kiosk.demo.stage import Stage

TAPS, PEER_TAPS, WARM_UP = 200, 30, 10
CLEAR_S = 0.55  # lifted, noticed (three misses, 300 ms) and the field empty again
WAIT_S = 5.0


def run() -> Result:
    """Alternate blocks of the product and the peer, so that a noisy minute strikes both."""
    chance = random.Random(1)
    acknowledged: list[float] = []
    painted: list[float] = []
    naive: list[float] = []
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    with tempfile.TemporaryDirectory(prefix="stupeni-bench-") as folder:
        deck = CardDeck(chance)
        with (
            ExitStack() as close,
            filled_stage(Path(folder), deck, Timing.PN532_115200) as stage,
            Field(timing=Timing.PN532_115200) as field,
        ):
            peer = close.enter_context(Peer(field, stage.broker.port, Path(folder) / "naive.json", deck))
            for turn in range(WARM_UP + TAPS):
                arrived, shown = product_tap(stage, deck, chance)
                if turn >= WARM_UP:
                    acknowledged.append(arrived)
                    painted.append(shown)
                if turn >= WARM_UP and turn % (TAPS // PEER_TAPS) == 0:
                    naive.append(peer.tap(deck, chance))
                print(f"\r  tap {turn + 1}/{WARM_UP + TAPS}", end="", file=sys.stderr)
            print(file=sys.stderr)
    return _result(acknowledged, painted, naive)


def product_tap(stage: Stage, deck: CardDeck, chance: random.Random) -> tuple[float, float]:
    """Lay the next card at a random moment; ms until the lamp was told, and until the greeting was painted."""
    while not stage.events.empty():
        stage.events.get()
    time.sleep(chance.random() * 0.05)
    laid = time.time()
    stage.field.lay(deck.next_chip())
    arrived = _await(stage.events, "card.arrived")["at"]
    while (said := _await(stage.events, "painted"))["scene"] != "Greeting":
        pass
    stage.field.lift()
    time.sleep(CLEAR_S)
    return (arrived - laid) * 1000, (said["at"] - laid) * 1000


def _await(events: queue.SimpleQueue[dict[str, Any]], event: str) -> dict[str, Any]:
    while True:
        said = events.get(timeout=WAIT_S)
        if said.get("event") == event:
            return said


class Peer:
    """The naive kiosk as a process, and its JSON lines."""

    def __init__(self, field: Field, port: int, database: Path, deck: CardDeck) -> None:
        self._field = field
        members = {str(n): {"card": uid.hex(), "name": "Grace", "points": 100} for n, uid in enumerate(deck.uids, 1)}
        database.write_text(json.dumps({"members": members}))
        command = [sys.executable, "-m", "bench.peers.naive_kiosk", field.path, str(port), str(database)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        _await(self._events, "ready")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(json.loads(line))

    def tap(self, deck: CardDeck, chance: random.Random) -> float:
        """Lay the next card at a random moment of its half-second round; ms until its greeting was painted."""
        time.sleep(chance.random() * 0.5)
        laid = time.time()
        self._field.lay(deck.next_chip())
        shown = _await(self._events, "painted")["at"]
        self._field.lift()
        time.sleep(CLEAR_S)
        return (shown - laid) * 1000

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        """End it; it knows no other end."""
        self._process.kill()
        self._process.wait()


def _result(acknowledged: list[float], painted: list[float], naive: list[float]) -> Result:
    rows = [
        summary("card in field -> acknowledged (lamp told)", "ms", acknowledged),
        summary("card in field -> greeting painted, durable before glass", "ms", painted),
        summary("naive kiosk: card in field -> greeting painted (peer)", "ms", naive),
    ]
    ratio = rows[2]["median"] / rows[1]["median"]
    return {
        "name": "tap",
        "about": f"PN532 at 115200 baud modelled, NTAG21x by UID, {MEMBERS} members, hub and broker connected.",
        "rows": rows,
        "ratios": {"naive / ours, median": ratio, "naive / ours, p95": rows[2]["p95"] / rows[1]["p95"]},
        "budgets": [
            budget("greeting on glass p50, ms", 45, rows[1]["median"]),
            budget("greeting on glass p95, ms", 60, rows[1]["p95"]),
            budget("times faster than the naive kiosk", 10, ratio, at_least=True),
        ],
    }
