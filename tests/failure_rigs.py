"""What the failure matrix is tried with: a kiosk's real loop, store and link in this process, and a real hub in a process of its own.

A hub's process can be told where to die, to wait or to be slow. Whoever waits gives the kiosks their turns until something is so, or looks
again at what another process does; nothing is timed.
"""

from __future__ import annotations

import base64
import json
import logging
import multiprocessing
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from config.load import settle
from config.schema import HubConfig, KioskConfig
from drivers.clock import SimulatedClock
from drivers.silent_panel import SilentPanel
from hub.door import HubStore, HubTransaction
from kiosk import doors, machine, setting_up
from kiosk.inbox import Inbox
from kiosk.loop import Loop
from kiosk.messages import Committed, Note
from kiosk.outbox import Identity, Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation
from kiosk.pushed_file import PushedFile
from kiosk.store import Store
from loyalty.document import Document
from loyalty.facts import Body, ClockQuality
from loyalty.moment import Moment
from mqtt import topics, wire
from mqtt.cable import Cable
from mqtt.link import Link, LinkCounts, Report, Will
from mqtt.messages import FromKiosk, KioskState, Presence
from mqtt.paho_link import PahoLink
from mqtt.private_broker import PrivateBroker
from tests.builders import shop, visit
from tests.hub_database import emptied_database, prepared_database

SHARD = "s0"
WAIT_S = 40.0  # only a failing test waits that long
TURN_S = 0.01
RETRY_S = 0.2  # pauses between connects, at most: a test need not be as patient as a fleet
LEASE_MS = 600  # of the hubs here: one that was killed is waited for no longer
DIED = 9  # how a hub ends that was told to die
DISPLACED = 75  # and one that found another in its place
Point = Literal["", "received", "before_commit", "committed", "claimed"]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["hub.build", "hub.prepare", "paho.mqtt.client", "tests.failure_rigs"])


# --- the hub ---


@dataclass(frozen=True)
class Place:
    """A hub: its database, its broker's port, its log, and what happens to it `at` a point of taking facts."""

    database: Path
    port: int
    at: Point = ""
    then: Literal["die", "pause", "slow"] = "die"
    keepalive_s: int = 30
    lease_ms: int = LEASE_MS

    @property
    def log(self) -> Path:
        """Where it writes what it has to say."""
        return self.database.with_suffix(".log")

    @property
    def config(self) -> HubConfig:
        """Its configuration."""
        plain = HubConfig()
        broker = replace(plain.broker, host="127.0.0.1", port=self.port)
        return replace(plain, hub=replace(plain.hub, database=self.database), broker=broker)


class Watched:
    """A store and a link of a hub with an eye on the points where it may fail."""

    def __init__(self, store: HubStore, link: Link, reached: Callable[[Point], None]) -> None:
        self._store, self._link, self._reached = store, link, reached

    @contextmanager
    def transaction(self) -> Iterator[HubTransaction]:
        """As the store."""
        kept = False
        with self._store.transaction() as tx:
            keep = tx.keep

            def watched(facts: Sequence[Any], now_ms: int) -> None:
                nonlocal kept
                if facts:
                    kept = True
                    self._reached("received")
                keep(facts, now_ms)

            tx.keep = watched  # type: ignore[method-assign]
            yield tx
            if kept:
                self._reached("before_commit")
        if kept:
            self._reached("committed")

    def start(self, report: Report, will: Will | None = None) -> None:
        """As the link."""
        self._link.start(report, will)

    def publish(self, packet: wire.Packet) -> bool:
        """As the link."""
        taken = self._link.publish(packet)
        if packet.topic.endswith("/dn/ack"):
            self._reached("claimed")
        return taken

    def ack(self, token: int) -> None:
        """As the link."""
        self._link.ack(token)

    def stop(self) -> None:
        """As the link."""
        self._link.stop()

    @property
    def counts(self) -> LinkCounts:
        """As the link."""
        return self._link.counts


def run_hub(place: Place, pipe: Connection) -> None:
    """A hub's process: the real one but for its watched doors, and a lease that is soon over."""
    from hub import build
    from hub.fencing import Displaced, Standby
    from hub.ingest import Ingest
    from hub.prepare import configure

    logging.basicConfig(filename=place.log, level="INFO", force=True)
    configure(place.config)
    from hub.django_store import DjangoHubStore

    paused = False

    def reached(point: Point) -> None:
        nonlocal paused
        if point != place.at:
            return
        if place.then == "die":
            os._exit(DIED)
        if place.then == "slow":
            time.sleep(0.1)  # a disk that is worn out
        elif not paused:
            paused = True
            pipe.send(point)
            pipe.recv()

    watched = Watched(DjangoHubStore(), build.link(place.config, keepalive_s=place.keepalive_s, retry_s_max=RETRY_S), reached)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    standby = Standby(watched, SHARD, f"h_{secrets.token_hex(6)}", build.CLOCKS, place.lease_ms)
    pipe.send("started")
    while (held := standby.attempt()) is None:
        time.sleep(0.02)
    try:
        ear = Ingest(build.receiver(place.config, held), watched, SHARD, on_up=lambda: pipe.send("up"))
        signal.signal(signal.SIGTERM, lambda *_: ear.stop())
        ear.run()
    except Displaced:
        os._exit(DISPLACED)
    finally:
        held.give_back()


class Hub:
    """A hub's process, seen from outside."""

    def __init__(self, place: Place) -> None:
        self._pipe, theirs = _context.Pipe()
        self._process = _context.Process(target=run_hub, args=(place, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.hear("started")

    def hear(self, wanted: str) -> None:
        """Wait until it has said this; what it said before is passed over."""
        while True:
            assert self._pipe.poll(WAIT_S), f"the hub never said {wanted}"
            if self._pipe.recv() == wanted:
                return

    def says(self, wanted: str) -> bool:
        """Whether it has said this by now."""
        while self._pipe.poll(0):
            if self._pipe.recv() == wanted:
                return True
        return False

    def go_on(self) -> None:
        """It paused at its point; now it goes on."""
        self._pipe.send("go on")

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process.pid is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.exitcode

    def join(self) -> int:
        """Wait for its end; its exit code."""
        self._process.join(WAIT_S)
        assert self._process.exitcode is not None, "the hub does not end"
        return self._process.exitcode

    def kill(self) -> None:
        """As a power cut."""
        self._process.kill()
        self.join()

    def stop(self) -> int:
        """A clean stop."""
        self.signal(signal.SIGTERM)
        return self.join()

    def close(self) -> None:
        """Whatever became of it, it is gone."""
        self._process.kill()
        self._process.join(WAIT_S)
        self._pipe.close()


# --- the kiosk ---


class RunningClock(SimulatedClock):
    """Time passes as it does, but the clock on the wall can be set, and who keeps it."""

    def __init__(self, quality: ClockQuality = ClockQuality.NTP, wall_ms: int | None = None, boot_id: str = "boot-1") -> None:
        self._lock = threading.RLock()
        self._real_ms = time.monotonic_ns() // 1_000_000
        super().__init__(1_000, time.time_ns() // 1_000_000 if wall_ms is None else wall_ms, quality, boot_id)

    def now(self) -> Moment:
        """See `Clock`."""
        with self._lock:
            real_ms = time.monotonic_ns() // 1_000_000
            self.pass_ms(real_ms - self._real_ms)
            self._real_ms = real_ms
            return super().now()

    def set_wall_ms(self, wall_ms: int, quality: ClockQuality) -> None:
        """See `SimulatedClock`."""
        with self._lock:
            super().set_wall_ms(wall_ms, quality)

    def jump(self, ms: int) -> None:
        """The clock on the wall is moved, and its keeper says nothing."""
        with self._lock:
            now = self.now()
            self.set_wall_ms(now.wall_ms + ms, now.quality)


@dataclass
class Kiosk:
    """A kiosk without devices: what it is told happened is committed, sent and claimed as by any other. Its turns are the test's."""

    path: Path
    port: int
    name: str = "k-1"
    device: str = "device-1"
    clock: RunningClock = field(default_factory=RunningClock)
    keepalive_s: int = 30
    retry_s_max: float = RETRY_S
    will_delay_s: int = 30
    spread: float = 0.0
    notes: list[Note] = field(default_factory=list)
    sent: list[FromKiosk] = field(default_factory=list)

    def on(self) -> Kiosk:
        """A new run of its program."""
        self.epoch = base64.b32encode(secrets.token_bytes(8)).decode("ascii").lower()[:12]
        inbox = Inbox()
        self.store = Store(self.path, self.name, self.epoch, self.clock.boot_id)
        self.clock.not_before(self.store.latest_ms())
        who = Identity(self.name, self.device, self.clock.boot_id, self.epoch, "0.1.0", self.spread)
        filters = topics.kiosk_filters(SHARD, self.name)
        timing = {"keepalive_s": self.keepalive_s, "will_delay_s": self.will_delay_s}
        self.link = PahoLink("127.0.0.1", self.port, self.name, filters, retry_s_max=self.retry_s_max, **timing)
        panel = SilentPanel(lambda index: None, self.clock)
        pushed = PushedFile(self.path.with_suffix(".pushed.json"), settle(KioskConfig, []))
        pushed.begin()
        parts = Parts(self.clock, inbox, self.store, panel, Glass(), self._send, told=self.notes.append, pushed=pushed)
        now = self.clock.now()
        box, set_up = Outbox(who, self.store.held(), now), setting_up.begin(pushed.report, now)
        state = machine.begin(Conversation(shop(), reader_up=True), box, self.store.closings(), set_up)
        self.loop = Loop(parts, state)
        self.link.start(doors.link_door(inbox, self.clock, SHARD, self.name, Counter()), self._will)
        return self

    def off(self) -> None:
        """The end of a run."""
        self.link.stop()
        self.store.close()

    def _send(self, said: FromKiosk) -> None:
        self.sent.append(said)
        self.link.publish(wire.encode(said, SHARD, self.name))

    def _will(self, session: str) -> wire.Packet:
        return wire.encode(KioskState(Presence.OFFLINE, session, "lost"), SHARD, self.name)

    def tap(self, *bodies: Body) -> None:
        """Something happened at the counter, a visit if nothing is said: on the disk, then on its way."""
        now = self.clock.now()
        facts, standing = self.store.commit(bodies or (visit(secrets.token_hex(16)),), now)
        self.loop.handle(Committed(now, 0, facts, standing))

    def taps(self, count: int) -> None:
        """So many visits, one after the other."""
        for _ in range(count):
            self.tap()

    @property
    def synced(self) -> bool:
        """Whether a hub has answered its handshake."""
        return self.loop.state.box.hub is not None

    @property
    def unclaimed(self) -> int:
        """Facts that the hub does not hold, as far as is known here."""
        return self.loop.state.box.unclaimed

    @property
    def done(self) -> bool:
        """In sync, and everything is the hub's."""
        return self.synced and self.unclaimed == 0

    def facts(self) -> list[tuple[str, str, int, Document]]:
        """Everything that it holds: (kiosk, epoch, number, document)."""
        held = self.store.held()
        documents = ((each.epoch, document) for each in held for document in self.store.facts(each.epoch, each.first, each.last)[1])
        return [(self.name, epoch, int(document["s"]), document) for epoch, document in documents]


def until(condition: Callable[[], object], what: str, *kiosks: Kiosk, wait_s: float = WAIT_S) -> None:
    """Give the kiosks their turns until it is so."""
    deadline_s = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < deadline_s, f"in {wait_s:.0f} s never: {what}"
        for kiosk in kiosks:
            kiosk.loop.turn(TURN_S / len(kiosks))
        if not kiosks:
            time.sleep(TURN_S)  # between two looks at what another process does


def all_claimed(*kiosks: Kiosk) -> None:
    """Wait until nobody here holds anything alone."""
    until(lambda: all(kiosk.done for kiosk in kiosks), "in sync and nothing unclaimed", *kiosks)


# --- the shop ---


class Site:
    """A broker, a hub's empty database, and whatever hubs and kiosks a test puts there; all gone at the end."""

    def __init__(self, folder: Path, keeps: bool = False) -> None:
        self._close = ExitStack()
        self.folder, self._keeps = folder, keeps
        self.database = folder / "hub.sqlite3"
        fresh_database(self.database)
        self.broker = PrivateBroker(folder / "broker", keeps=keeps)
        self.broker.start()
        self._close.callback(self.broker.stop)

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._close.close()
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("link k-")] == [], "a link hangs"

    def break_broker(self) -> None:
        """The broker ends: one that keeps its memory has saved it, the other has forgotten everything."""
        if self._keeps:
            self.broker.stop()
        else:
            self.broker.kill()

    def hub(self, port: int = 0, up: bool = True, **how: Any) -> Hub:
        """A hub; `up`: wait until it is connected."""
        made = Hub(Place(self.database, port or self.broker.port, **how))
        self._close.callback(made.close)
        if up:
            made.hear("up")
        return made

    def kiosk(self, port: int = 0, store: str = "", **how: Any) -> Kiosk:
        """A kiosk at work."""
        name = how.get("name", "k-1")
        kiosk = Kiosk(self.folder / f"{store or name}.db", port or self.broker.port, **how).on()
        self._close.callback(kiosk.link.stop)
        return kiosk

    def cable(self) -> Cable:
        """A line to the broker that can be cut or clogged."""
        return self._close.enter_context(Cable("127.0.0.1", self.broker.port))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the hub's database says, read beside the hub."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=WAIT_S) as line:
            found = line.execute(sql).fetchall()
        line.close()
        return found

    def backup(self) -> Path:
        """A copy of the hub's database, made beside the running hub as docs/operations.md says."""
        path = self.folder / "yesterday.sqlite3"
        with sqlite3.connect(self.database) as line, sqlite3.connect(path) as copy:
            line.backup(copy)
        line.close()
        copy.close()
        return path

    def restore(self, copy: Path) -> None:
        """Put the copy in the database's place, while no hub runs."""
        for path in self.folder.glob(f"{self.database.name}*"):
            path.unlink()
        shutil.copy(copy, self.database)

    def held(self) -> list[tuple[str, str, int]]:
        """Every fact of a kiosk that the hub holds, by its identity."""
        return sorted(self.rows("SELECT kiosk, epoch, number FROM hub_factrow WHERE kiosk NOT IN ('hub', 'seed')"))

    def enrol(self, count: int, seen_by: Sequence[str]) -> None:
        """So many members with a card each, that all these kiosks have seen. Before the hub's first start, which folds them."""
        ids = [f"m_{number}" for number in range(count)]
        with sqlite3.connect(self.database) as line:
            member = """INSERT INTO hub_member (id, rung, tier, version, points, available, pending, owed, cases, marked, changed_ms)
                VALUES (?, '', '', 1, 0, 0, 0, 0, 0, 0, 0)"""
            line.executemany(member, [(id_,) for id_ in ids])
            card = """INSERT INTO hub_card (reference, member_id, status, generation, "by", replaced_for, since_ms, was, problems)
                VALUES (?, ?, 'active', 1, '', '', 0, 'blank', '[]')"""
            line.executemany(card, [(card_of(number), id_) for number, id_ in enumerate(ids)])
            sightings = [(kiosk, card_of(number)) for kiosk in seen_by for number in range(count)]
            line.executemany("INSERT INTO hub_sighting (kiosk, card) VALUES (?, ?)", sightings)
        line.close()

    def presence(self, kiosk: str) -> str:
        """What the hub has written down of a kiosk's presence."""
        return dict(self.rows("SELECT id, presence FROM hub_kiosk")).get(kiosk, "")

    def holds_each_once(self, *kiosks: Kiosk) -> None:
        """Every fact on the kiosks' disks is at the hub, once, and nothing was put aside or lost."""
        assert self.held() == sorted({(kiosk, epoch, number) for each in kiosks for kiosk, epoch, number, _ in each.facts()})
        assert self.rows("SELECT COUNT(*) FROM hub_quarantine") == self.rows("SELECT COUNT(*) FROM hub_streamgap") == [(0,)]

    def status(self) -> dict[str, Any]:
        """What `stupeni-hub status` says."""
        path = self.folder / "hub.toml"
        path.write_text(
            f'[hub]\nstate_dir = "{self.folder}"\ndatabase = "{self.database}"\n[programme]\nfile = "coffee"\n', encoding="utf-8"
        )
        words = [sys.executable, "-m", "hub.cli", "status", "--config", str(path), "--json"]
        said: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, encoding="utf-8", timeout=WAIT_S, check=True).stdout)
        return said

    @property
    def log(self) -> str:
        """What the hubs had to say."""
        path = self.database.with_suffix(".log")
        return path.read_text(encoding="utf-8") if path.exists() else ""


def freeze(pid: int, database: Path) -> None:
    """Stop a hub's process between two transactions: within one it would hold all of an SQLite database, and nobody could take over."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        line = sqlite3.connect(database, timeout=0, isolation_level=None)
        try:
            line.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
        else:
            line.execute("ROLLBACK")
            return
        finally:
            line.close()


def card_of(number: int) -> str:
    """The reference of a member's card."""
    return f"{number:032x}"


def fresh_database(path: Path) -> None:
    """The hub's tables, empty: a copy, for to make them takes seconds."""
    with emptied_database(), sqlite3.connect(prepared_database()) as made, sqlite3.connect(path) as copy:
        made.backup(copy)
    made.close()
    copy.close()
