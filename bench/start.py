"""Start -> ready: from the start of the process to the first frame on the glass and systemd told. Floor: a bare Python."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Result, budget, summary
from bench.stage import CardDeck, filled_stage
from drivers.simulated.timing import Timing

STARTS = 15


def run() -> Result:
    """Start the kiosk's process again and again on a store with 10,000 members, after clean stops and after kills."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    ready: dict[bool, list[float]] = {True: [], False: []}
    bare = []
    with (
        tempfile.TemporaryDirectory(prefix="stupeni-bench-") as folder,
        filled_stage(Path(folder), CardDeck(random.Random(3)), Timing.NONE) as stage,
    ):
        for turn in range(2 * STARTS):
            clean = turn % 2 == 0
            stage.stop_kiosk() if clean else stage.pull_plug()
            began = time.monotonic()
            stage.start_kiosk()
            while (said := stage.events.get(timeout=30)).get("event") != "ready":
                pass
            ready[clean].append(said["seen"] - began)
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            bare.append(time.monotonic() - began)
            time.sleep(0.5)
    rows = [
        summary("start -> ready after a clean stop", "s", ready[True]),
        summary("start -> ready after kill -9", "s", ready[False]),
        summary("bare Python (floor)", "s", bare),
    ]
    return {
        "name": "start",
        "about": "Process started -> window painted, reader and link threads running, systemd told; 10,000 members.",
        "rows": rows,
        "ratios": {"ours / bare Python, median": rows[0]["median"] / rows[2]["median"]},
        "budgets": [budget("start -> ready p95, s", 1.5, max(rows[0]["p95"], rows[1]["p95"]))],
    }
