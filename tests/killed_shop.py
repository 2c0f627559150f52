"""A shop of real processes that are killed: kiosks with simulated readers, the hub's ingest and a real Mosquitto, each with kill -9 at
moments drawn from a seed. What a kiosk said in its log is what a customer was promised.

    .venv/bin/python -m tests.killed_shop 250 7        # 250 rounds with seed 7
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, ntag
from hub.demo_members import MEMBERS
from kiosk.demo import folder
from loyalty.document import Document
from mqtt.private_broker import PrivateBroker
from tests.simulation.disk import facts_on_disk

ROOT = Path(__file__).parent.parent
WAIT_S = 90.0  # a machine under load, or a kiosk that waits for its broker for the fourth time
KIOSKS = ("k0", "k1", "k2")
TAPS_MAX = 3  # of one round, before its kill
SPIN_MAX = 300_000  # turns of an empty loop between a card and the kill: up to some 10 ms, the length of a tap
CARDS = [uid for member in MEMBERS for uid, _ in member.uids[:1]]
Name = tuple[str, str, int]  # kiosk, epoch, number

SEED_HUB = """
import sys, time
from pathlib import Path
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from hub import build
from hub.cli import _migrate
from hub.command import load
from hub.prepare import configure
config = load(Path(sys.argv[1]))
configure(config)
_migrate(config)
from hub.demo_members import seed
from hub.django_store import DjangoHubStore
pepper = read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN)
with build.serving(config, DjangoHubStore()) as held:
    seed(build.receiver(config, held), pepper, time.time_ns() // 1_000_000)
"""


def start(*words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *words], stdin=subprocess.DEVNULL, text=True, cwd=ROOT, **more)


@dataclass
class Till:
    """One kiosk on its counter: the field, where its processes are born, what they said, and what all of them promised."""

    name: str
    place: Path
    card_field: Field = field(default_factory=Field)
    nursery: subprocess.Popen[str] | None = None
    pid: int = 0
    said: queue.SimpleQueue[Document] = field(default_factory=queue.SimpleQueue)
    ear: threading.Thread | None = None
    run: list[int] = field(default_factory=list)  # facts said to be committed in this run
    greeted: int = 0
    promised: set[Name] = field(default_factory=set)

    @property
    def store(self) -> Path:
        """The file of its store."""
        return self.place / "kiosk" / "kiosk.db"

    def move_in(self, broker_port: int) -> None:
        """A kiosk with nothing to draw on and nothing to light."""
        self.place.mkdir()
        shared = self.place.parent
        text = (
            f'[cards]\npepper_file = "{shared / "pepper"}"\n[log]\nformat = "json"\n[kiosk]\nid = "{self.name}"\nstate_dir = '
            f'"{self.place / "kiosk"}"\n[reader]\npath = "{self.card_field.path}"\nread = "uid"\n[broker]\nhost = "127.0.0.1"\n'
            f'port = {broker_port}\n[display]\nkind = "none"\n[oled]\nkind = "none"\n[panel]\nkind = "none"\n'
        )
        path = self.place / "kiosk.toml"
        path.write_text(text)
        command = [sys.executable, "-m", "tests.nursery", str(path)]
        pipe = subprocess.PIPE
        self.nursery = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)
        self.ear = threading.Thread(target=self._listen, args=(self.nursery,), daemon=True)
        self.ear.start()

    def move_out(self) -> None:
        """The end of its process, of the nursery and of the field."""
        if self.nursery is not None and self.ear is not None:
            if self.pid:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
            assert self.nursery.stdin is not None
            assert self.nursery.stdout is not None
            self.nursery.stdin.close()
            self.nursery.stdout.close()
            self.nursery.wait(WAIT_S)
            self.ear.join(WAIT_S)
        self.card_field.close()

    def _listen(self, nursery: subprocess.Popen[str]) -> None:
        assert nursery.stderr is not None
        with nursery.stderr, (self.place / "kiosk.log").open("a") as log:
            for line in nursery.stderr:
                log.write(line)
                log.flush()
                with suppress(ValueError):  # half a line, the last one of a killed kiosk
                    self.said.put(json.loads(line))

    def on(self) -> None:
        """Start a process, with nothing on the reader."""
        assert self.nursery is not None
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.card_field.lift()
        self.run = []
        self.nursery.stdin.write("on\n")
        self.nursery.stdin.flush()
        self.pid = json.loads(self.nursery.stdout.readline())["born"]

    def hear(self, *events: str) -> Document:
        """The next word of one of these kinds; what is promised on the way is noted."""
        while True:
            heard = self.said.get(timeout=WAIT_S)
            self._note(heard)
            if heard["event"] in events:
                return heard
            assert heard["event"] != "ended", f"{self.name} ended by itself; its log is {self.place / 'kiosk.log'}"

    def _note(self, heard: Document) -> None:
        if heard["event"] == "committed":
            self.run.append(heard["fact"])
        if heard["event"] == "greeted":
            self.greeted += 1

    def ready(self) -> None:
        """Wait until it is at work and has its reader, in whichever order."""
        first = self.hear("ready", "reader.found")["event"]
        self.hear("ready" if first == "reader.found" else "reader.found")

    def tap(self, card: str) -> None:
        """Lay a card, and see it greeted."""
        self.card_field.lay(ntag(NtagModel.NTAG213, bytes.fromhex(card)))
        self.hear("greeted")

    def end(self, how: signal.Signals) -> None:
        """End the process, and hear what it still said: the facts it said were on disk are promises from now on."""
        os.kill(self.pid, how)
        ended = self.hear("ended")
        assert ended["code"] == (-how if how is signal.SIGKILL else 0)
        self.pid = 0
        if self.run:
            epoch = facts_on_disk(self.store)[-1].epoch
            self.promised |= {(self.name, epoch, number) for number in self.run}


class KilledShop:
    """A shop in a folder of its own, and what was done to it. `keeps`: whether the broker writes its sessions down."""

    def __init__(self, place: Path, seed: int, *, keeps: bool) -> None:
        self.place, self.chance = place, Random(seed)
        self.kills: Counter[str] = Counter()
        self.broker = PrivateBroker(place / "broker", keeps=keeps)
        self.kiosks = [Till(name, place / name) for name in KIOSKS]
        self._hub: subprocess.Popen[str] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> KilledShop:
        self._stack.callback(self._end)
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _open(self) -> None:
        self.broker.start()
        folder.write_secrets(self.place)
        folder.write_hub_configuration(self.place, self.broker.port)
        with (self.place / "hub.log").open("a") as log:
            seeding = start("-c", SEED_HUB, str(self.place / "hub.toml"), stderr=log)
        for kiosk in self.kiosks:
            kiosk.move_in(self.broker.port)
        assert seeding.wait(WAIT_S) == 0
        self._start_hub()
        for kiosk in self.kiosks:
            kiosk.on()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _end(self) -> None:
        if self._hub is not None:
            self._hub.kill()
            self._hub.wait()
        for kiosk in self.kiosks:
            kiosk.move_out()
        self.broker.stop()

    def _start_hub(self) -> None:
        with (self.place / "hub.log").open("a") as log:
            self._hub = start("-m", "hub.cli", "ingest", "--config", str(self.place / "hub.toml"), stderr=log)

    def play(self, rounds: int) -> None:
        """Some taps at one kiosk and then kill -9 for it while it is at work, and sometimes for hub or broker meanwhile. A round does not
        wait for what it killed: the next one is at another kiosk."""
        for number in range(rounds):
            kiosk = self.kiosks[number % len(self.kiosks)]
            kiosk.ready()
            cards = self.chance.sample(CARDS, self.chance.randint(1, TAPS_MAX) + 1)
            for card in cards[1:]:
                kiosk.tap(card)
                self._perhaps_kill_the_others()
            kiosk.card_field.lay(ntag(NtagModel.NTAG215, bytes.fromhex(cards[0])))
            for _ in range(self.chance.randrange(SPIN_MAX)):
                pass
            kiosk.end(signal.SIGKILL)
            self.kills["kiosk"] += 1
            kiosk.on()

    def _perhaps_kill_the_others(self) -> None:
        drawn = self.chance.random()
        if drawn < 0.08:
            assert self._hub is not None
            self._hub.send_signal(signal.SIGKILL)
            self._hub.wait(WAIT_S)
            self.kills["hub"] += 1
            self._start_hub()
        elif drawn < 0.14:
            self.broker.kill()
            self.kills["broker"] += 1
            self.broker.start()

    def settle(self) -> None:
        """Nothing is killed any more: wait until the hub holds what lies on the kiosks, then stop them."""
        deadline_s = time.monotonic() + WAIT_S
        while not set(self.on_kiosks()) <= set(self.at_hub()):
            assert time.monotonic() < deadline_s, f"the hub lacks {sorted(set(self.on_kiosks()) - set(self.at_hub()))[:5]}"
            threading.Event().wait(0.2)
        for kiosk in self.kiosks:
            kiosk.end(signal.SIGTERM)

    def on_kiosks(self) -> dict[Name, Document]:
        """All facts in the stores of the kiosks, read past their own code."""
        return {(kiosk.name, row.epoch, row.number): row.document for kiosk in self.kiosks for row in facts_on_disk(kiosk.store)}

    def at_hub(self) -> dict[Name, Document]:
        """All facts of these kiosks in the hub's database, read with SQLite alone; told twice they would break its assertion."""
        with closing(sqlite3.connect(f"file:{self.place / 'hub' / 'hub.sqlite3'}?mode=ro", uri=True)) as look:
            rows = look.execute("SELECT kiosk, epoch, number, document FROM hub_factrow").fetchall()
        held = [((kiosk, epoch, number), json.loads(document)) for kiosk, epoch, number, document in rows if kiosk in KIOSKS]
        assert len(held) == len(dict(held)), "a fact is held twice"
        return dict(held)

    def prove(self) -> None:
        """When all is quiet: what was promised is at the hub once, as it was written; numbers are dense; nothing else is there."""
        self.settle()
        self.compare()

    def compare(self) -> None:
        """The proof itself, on what lies there now."""
        held, written = self.at_hub(), self.on_kiosks()
        promised = set().union(*(kiosk.promised for kiosk in self.kiosks))
        assert promised <= held.keys(), f"promised and not at the hub: {sorted(promised - held.keys())}"
        assert held == written, "what the hub holds is what the kiosks wrote"
        last: dict[tuple[str, str], int] = {}
        for name, epoch, number in sorted(held):
            assert number == last.get((name, epoch), 0) + 1, f"a number is missing before {number} of {name}"
            last[name, epoch] = number
        assert sum(kiosk.greeted for kiosk in self.kiosks) <= sum(document["t"] == "visit" for document in held.values())


def main() -> None:
    rounds, seed = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as place, KilledShop(Path(place), seed, keeps=bool(seed % 2)) as shop:
        began_s = time.monotonic()
        shop.play(rounds)
        shop.prove()
        print(dict(shop.kills), len(shop.at_hub()), "facts,", sum(len(kiosk.promised) for kiosk in shop.kiosks), "promised,", end=" ")
        print(f"{time.monotonic() - began_s:.0f} s, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
