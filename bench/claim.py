"""Committed on the kiosk -> claimed by the hub, one fact at a time: kiosk, Mosquitto and hub as separate processes, all durable.

The floor is the same way without kiosk and hub: one QoS 1 message there and one back between two links.
"""

from __future__ import annotations

import os
import queue
import random
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Result, budget, summary
from bench.stage import CardDeck, filled_stage
from drivers.simulated.timing import Timing
from mqtt.link import Arrived, LinkEvent, LinkUp
from mqtt.paho_link import PahoLink
from mqtt.wire import Packet

TAPS, WARM_UP = 100, 10


def run() -> Result:
    """Tap, and read both stamps off the kiosk's log; then the echo of bare messages over the same broker."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    claimed: list[float] = []
    with tempfile.TemporaryDirectory(prefix="stupeni-bench-") as folder:
        deck = CardDeck(random.Random(2), 1000)
        with filled_stage(Path(folder), deck, Timing.NONE) as stage:
            for turn in range(WARM_UP + TAPS):
                stage.field.lay(deck.next_chip())
                took = _claim_ms(stage.events)
                if turn >= WARM_UP:
                    claimed.append(took)
                stage.field.lift()
                time.sleep(0.4)
                print(f"\r  tap {turn + 1}/{WARM_UP + TAPS}", end="", file=sys.stderr)
            print(file=sys.stderr)
            echoes = _echoes(stage.broker.port)
    rows = [summary("committed -> claimed by the hub", "ms", claimed), summary("QoS 1 there and back, bare links (floor)", "ms", echoes)]
    return {
        "name": "claim",
        "about": "Kiosk, Mosquitto and hub as processes; the hub commits to SQLite before it claims.",
        "rows": rows,
        "ratios": {"ours / bare echo, median": rows[0]["median"] / rows[1]["median"]},
        "budgets": [
            budget("committed -> claimed p95, ms", 10, rows[0]["p95"]),
            budget("committed -> claimed p50, ms", 3, rows[0]["median"]),
        ],
    }


def _claim_ms(events: queue.SimpleQueue[dict[str, object]]) -> float:
    committed = 0.0
    while True:
        said = events.get(timeout=10)
        if said.get("event") == "committed":
            committed = float(str(said["at"]))
        if said.get("event") == "facts.claimed" and said.get("unclaimed") == 0 and committed:
            return (float(str(said["at"])) - committed) * 1000


def _echoes(port: int) -> list[float]:
    """Round trips between two links, each answering the other."""
    heard: queue.SimpleQueue[LinkEvent] = queue.SimpleQueue()
    one, two = PahoLink("127.0.0.1", port, "echo-1", ["echo/1"]), PahoLink("127.0.0.1", port, "echo-2", ["echo/2"])
    two.start(lambda event: two.publish(Packet("echo/1", event.payload, 1)) if isinstance(event, Arrived) else heard.put(event))
    one.start(heard.put)
    ups = 0
    while ups < 2:
        ups += isinstance(heard.get(timeout=10), LinkUp)
    took = []
    for _ in range(300):
        began = time.perf_counter()
        one.publish(Packet("echo/2", b"x" * 200, 1))
        while not isinstance(heard.get(timeout=10), Arrived):
            pass
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    one.stop()
    two.stop()
    return took
