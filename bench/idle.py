"""Idle: share of a core the kiosk's process takes while nobody comes, reader sensing at modelled PN532 times, hub connected.

The peer is the naive kiosk waiting in nfcpy's `connect()`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Result, budget, summary
from bench.stage import CardDeck, filled_stage
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing

SETTLE_S, SLICES, SLICE_S = 10.0, 10, 2.0
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def run() -> Result:
    """CPU time of both processes from /proc over slices of two seconds."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    with tempfile.TemporaryDirectory(prefix="stupeni-bench-") as folder:
        database = Path(folder) / "naive.json"
        database.write_text(json.dumps({"members": {}}))
        deck = CardDeck(random.Random(4), 1000)
        with filled_stage(Path(folder) / "stage", deck, Timing.PN532_115200) as stage, Field(timing=Timing.PN532_115200) as field:
            command = [sys.executable, "-m", "bench.peers.naive_kiosk", field.path, str(stage.broker.port), str(database)]
            peer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            time.sleep(SETTLE_S)
            ours, naive = _shares(stage.kiosk_pid), _shares(peer.pid)
            memory = _resident_mb(stage.kiosk_pid)
            peer.kill()
            peer.wait()
    rows = [
        summary("kiosk, idle", "% of a core", ours),
        summary("naive kiosk, idle (peer)", "% of a core", naive),
        summary("kiosk, resident memory", "MB", [memory]),
    ]
    return {
        "name": "idle",
        "about": "Window (dummy video), OLED, panel, reader loop, link; nobody comes.",
        "rows": rows,
        "ratios": {"naive / ours, median": rows[1]["median"] / max(rows[0]["median"], 0.01)},
        "budgets": [budget("idle share of a core, %", 3, sum(ours) / len(ours))],
    }


def _shares(pid: int) -> list[float]:
    shares = []
    for _ in range(SLICES):
        before, began = _cpu_s(pid), time.monotonic()
        time.sleep(SLICE_S)
        shares.append(100 * (_cpu_s(pid) - before) / (time.monotonic() - began))
    return shares


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no VmRSS of process {pid}")
