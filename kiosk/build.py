"""The composition root: who is wired to whom, what starts in which order, and stops in the reverse.

This is the one file that knows all the parts; what differs between a counter and a demonstration comes in as `Devices`.
"""

from __future__ import annotations

import base64
import gc
import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from config.programme import load_programme
from config.schema import KioskConfig
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from display.scenes import Intent
from drivers.clock import Clock
from drivers.nfc_reader import NfcReader
from drivers.panel import PanelDoor
from drivers.reader_thread import ReaderThread
from drivers.runner import Runner
from drivers.watchdog import Watchdog
from kiosk import doors
from kiosk.documents import DamagedStore, set_aside
from kiosk.log import note_writer
from kiosk.loop import Loop, Parts, Screen
from kiosk.machine import State
from kiosk.messages import Note
from kiosk.outbox import Identity, Outbox
from kiosk.phases import Conversation, Shop
from kiosk.store import Store
from loyalty.facts import StoreRecovered
from loyalty.programme import Programme
from mqtt import topics, wire
from mqtt.messages import FromKiosk, KioskState, Presence
from mqtt.paho_link import PahoLink, TlsFiles

READER_SILENT_MS_MAX = 10_000  # its thread beats every second; ten of silence is a hang, and systemd starts us anew
SERIAL_PATH = Path("/sys/firmware/devicetree/base/serial-number")
log = logging.getLogger("stupeni.kiosk")


class Devices(Protocol):
    """What is on the counter. Each is opened once, in this order, and closed by what it returns."""

    clock: Clock

    def panel(self, config: KioskConfig, on_press: Callable[[int], None]) -> PanelDoor:
        """Lamp, buzzer, buttons."""

    def screens(self, config: KioskConfig) -> tuple[list[Screen], Callable[[], list[Intent]]]:
        """The screens, and the look for touches (an empty one where there is nothing to touch)."""


@dataclass
class Kiosk:
    """A kiosk put together: `run` works until `loop.stop` was called or an error that only a restart cures."""

    loop: Loop
    reader: ReaderThread
    link: PahoLink
    start_link: Callable[[], None]
    watchdog: Watchdog
    told: Callable[[Note], None]
    started_s: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Start the doors, tell systemd, work, stop in reverse."""
        with ExitStack() as stop:
            self.reader.start()
            stop.callback(self.reader.stop)
            self.start_link()
            stop.callback(self.link.stop)
            stop.callback(self.farewell)
            self.loop.turn(0)
            gc.collect()
            gc.freeze()  # what is here now stays to the end: the collector need never look at it again
            self.watchdog.ready()
            stop.callback(self.watchdog.stopping)
            self.told(Note("ready", {"since_start_ms": round((time.monotonic() - self.started_s) * 1000)}))
            self.loop.run()

    def farewell(self) -> None:
        """A clean stop says so; anything else is said by the broker: "lost"."""
        session = self.loop.state.box.session
        if session is not None:
            self.loop.parts.send(KioskState(Presence.OFFLINE, session, "shutdown"))


@contextmanager
def kiosk(config: KioskConfig, devices: Devices, started_s: float | None = None) -> Iterator[Kiosk]:
    """A kiosk ready to `run`, from its configuration and its devices; everything is let go of at the end.

    Raises ConfigErrors (pepper, programme), StoreInUse, NewerStore, StoreFault: what a person must put right first.
    """
    clock, told = devices.clock, note_writer()
    pepper = read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN)
    programme = load_programme(config.programme.file)
    who = _identity(config, clock)
    inbox, refused = doors.Inbox(), Counter[str]()
    with ExitStack() as close:
        store = open_store(config.kiosk.state_dir / "kiosk.db", who, programme, clock)
        close.callback(store.close)
        panel = devices.panel(config, doors.button_door(inbox, clock))
        close.callback(panel.close)
        screens, look = devices.screens(config)
        for screen in screens:
            close.callback(screen.close)
        link = _link(config)
        runner = Runner(NfcReader(config.reader.path), doors.reader_door(inbox, clock, pepper), clock, config.reader.read == "ndef")
        reader = ReaderThread(runner)
        watchdog = Watchdog.from_environment()
        close.callback(watchdog.close)
        parts = Parts(clock, inbox, store, panel, screens, _sender(link, config), look, _pulse(watchdog, reader, clock), told, refused)
        shop = Shop(
            config.kiosk.shop_name,
            config.display.languages,
            programme,
            config.privacy.greeting_s * 1000,
            config.privacy.after_card_left_s * 1000,
        )
        loop = Loop(parts, State(Conversation(shop), Outbox(who, store.held(), clock.now())))
        hear = doors.link_door(inbox, clock, config.broker.shard, config.kiosk.id, refused)
        yield Kiosk(
            loop,
            reader,
            link,
            lambda: link.start(hear, _will(config)),
            watchdog,
            told,
            time.monotonic() if started_s is None else started_s,
        )


def open_store(path: Path, who: Identity, programme: Programme, clock: Clock) -> Store:
    """The store at `path`; a damaged one is put aside under a dated name, never deleted, and a new one says so as its first fact."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return Store(path, who.kiosk, who.epoch, who.boot, programme)
    except DamagedStore as damage:
        aside = set_aside(path, time.strftime("%Y%m%dT%H%M%S", time.gmtime(clock.now().wall_ms / 1000)))
        log.error(
            "the store was damaged (%s); it is kept as %s and service goes on with a new one. Keep that file: unsent facts may be in it.",
            damage.why,
            aside,
        )
        store = Store(path, who.kiosk, who.epoch, who.boot, programme)
        store.commit(StoreRecovered(aside.name), clock.now())
        return store


def _identity(config: KioskConfig, clock: Clock) -> Identity:
    """A new epoch for every start: 60 random bits that no restored or copied storage card can repeat."""
    epoch = base64.b32encode(secrets.token_bytes(8)).decode("ascii").lower()[:12]
    try:
        device = SERIAL_PATH.read_text("ascii").strip("\0\n ")
    except OSError:
        device = "unknown"
    return Identity(config.kiosk.id, device, clock.boot_id, epoch, version("stupeni"), random.random())


def _link(config: KioskConfig) -> PahoLink:
    broker = config.broker
    tls = TlsFiles(broker.ca_file, broker.cert_file, broker.key_file) if broker.ca_file and broker.cert_file and broker.key_file else None
    filters = topics.kiosk_filters(broker.shard, config.kiosk.id)
    return PahoLink(broker.host, broker.port, config.kiosk.id, filters, tls=tls)


def _sender(link: PahoLink, config: KioskConfig) -> Callable[[FromKiosk], None]:
    """Says something to the hub. What cannot be said now is not kept: facts are asked for again, the rest is stale by then."""

    def send(said: FromKiosk) -> None:
        link.publish(wire.encode(said, config.broker.shard, config.kiosk.id))

    return send


def _will(config: KioskConfig) -> Callable[[str], wire.Packet]:
    return lambda session: wire.encode(KioskState(Presence.OFFLINE, session, "lost"), config.broker.shard, config.kiosk.id)


def _pulse(watchdog: Watchdog, reader: ReaderThread, clock: Clock) -> Callable[[], None]:
    """Pats the watchdog while the reader's thread is alive too; the loop and the store prove themselves by calling it."""
    due_ms = 0

    def alive() -> None:
        nonlocal due_ms
        now_ms = clock.now().mono_ms
        if watchdog.interval_s is None or now_ms < due_ms:
            return
        due_ms = now_ms + int(watchdog.interval_s * 1000)
        if now_ms - reader.heartbeat_ms <= READER_SILENT_MS_MAX:
            watchdog.alive()

    return alive
