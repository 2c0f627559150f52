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
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from config.schema import KioskConfig
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from drivers.clock import Clock
from drivers.nfc_reader import NfcReader
from drivers.panel_door import PanelDoor
from drivers.reader_thread import ReaderThread
from drivers.runner import Runner
from drivers.watchdog import Watchdog
from kiosk import disk, doors, machine, setting_up
from kiosk.documents import DamagedStore, StoreFault
from kiosk.inbox import Inbox
from kiosk.log import Level, note_writer
from kiosk.loop import Loop
from kiosk.messages import Note
from kiosk.outbox import Identity, Outbox
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation, Shop
from kiosk.pushed_file import PushedFile
from kiosk.recovery import begin_anew, open_store
from kiosk.store import Store
from loyalty.rulebook import Rulebook
from mqtt import topics, wire
from mqtt.messages import FromKiosk, KioskState, Presence
from mqtt.paho_link import PahoLink, TlsFiles

log = logging.getLogger("stupeni.kiosk")
READER_SILENT_MS_MAX = 10_000  # its thread beats every second; ten of silence is a hang, and systemd starts us anew
STATUS = {
    "ready": "at work",
    "hub.synced": "at work, in sync with the hub",
    "hub.gone": "at work without the hub",
    "link.gone": "at work without the broker",
    "reader.lost": "out of service: no card reader",
    "reader.found": "at work, card reader found",
}
SERIAL_CHARS_MAX = 64  # as the wire takes them; a Raspberry Pi has 16
SERIAL_PATH = Path("/sys/firmware/devicetree/base/serial-number")


class Devices(Protocol):
    """What is on the counter. Each is opened once, in this order, and closed by what it returns."""

    clock: Clock

    def panel(self, config: KioskConfig, on_press: Callable[[int], None]) -> PanelDoor:
        """Lamp, buzzer, buttons."""

    def glass(self, config: KioskConfig) -> Glass:
        """The screens, and the look for touches."""


@dataclass
class Kiosk:
    """A kiosk put together: `run` works until `loop.stop` was called or an error that only a restart cures."""

    loop: Loop
    reader: ReaderThread
    link: PahoLink
    start_link: Callable[[], None]
    watchdog: Watchdog
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
            stop.callback(self._say_leaving)
            self.loop.parts.told(Note("ready", {"since_start_ms": round((time.monotonic() - self.started_s) * 1000)}))
            self.loop.run()

    def _say_leaving(self) -> None:
        """systemd is told of a stop; but a process that begins anew is at work all the time, or systemd would kill it in a while."""
        if self.loop.again:
            self.watchdog.status("beginning anew")
        else:
            self.watchdog.stopping()
        self.watchdog.alive()

    def farewell(self) -> None:
        """A clean stop says so; anything else is said by the broker: "lost"."""
        session = self.loop.state.box.session
        if session is not None:
            self.loop.parts.send(KioskState(Presence.OFFLINE, session, "restart" if self.loop.again else "shutdown"))


@contextmanager
def kiosk(config: KioskConfig, devices: Devices, pushed: PushedFile, started_s: float | None = None) -> Iterator[Kiosk]:
    """A kiosk ready to `run`, from its configuration, what was pushed on top of it, and its devices; all is let go of at the end.

    Raises ConfigErrors (pepper, programme), StoreInUse, NewerStore, StoreFault: what a person must put right first. If the
    store proves damaged while it runs, it is put aside and SystemExit asks for the restart that begins a new one.
    """
    pepper = read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN)
    who, path = _identity(config, devices.clock), config.kiosk.state_dir / disk.STORE_NAME
    try:
        with ExitStack() as close:
            store = open_store(path, who, devices.clock)
            close.callback(store.close)
            yield _assembled(config, devices, store, who, pushed, pepper, close, time.monotonic() if started_s is None else started_s)
    except DamagedStore as damage:
        begin_anew(path, damage, replace(who, epoch=_fresh_epoch()), devices.clock).close()
        raise SystemExit(1) from damage


def _assembled(
    config: KioskConfig,
    devices: Devices,
    store: Store,
    who: Identity,
    pushed: PushedFile,
    pepper: bytes,
    close: ExitStack,
    started_s: float,
) -> Kiosk:
    """Every part made and wired; what must be let go of is left with `close`."""
    clock, inbox, refused = devices.clock, Inbox(), Counter[str]()
    clock.not_before(store.latest_ms())
    _tell_programme(store, pushed, clock)
    panel = devices.panel(config, doors.button_door(inbox, clock))
    close.callback(panel.close)
    glass = devices.glass(config)
    for screen in glass.screens:
        close.callback(screen.close)
    link = _link(config)
    runner = Runner(NfcReader(config.reader.path), doors.reader_door(inbox, clock, pepper), clock, config.reader.read == "ndef")
    reader = ReaderThread(runner)
    watchdog = Watchdog.from_environment()
    close.callback(watchdog.close)
    talk = Conversation(_shop(config, pushed.book), who.epoch, today=store.today)
    now, path = clock.now(), config.kiosk.state_dir / disk.STORE_NAME
    state = machine.begin(talk, Outbox(who, store.held(), now), store.closings(), setting_up.begin(pushed.report, now), store.commands())
    send, alive, told = _sender(link, config), _pulse(watchdog, reader, clock), _told(watchdog)
    level, look = Level(config.log.level), partial(disk.look, path)
    parts = Parts(clock, inbox, store, panel, glass, send, alive, told, refused, level.set, pushed=pushed, disk=look)
    hear = doors.link_door(inbox, clock, config.broker.shard, config.kiosk.id, refused)
    return Kiosk(Loop(parts, state), reader, link, lambda: link.start(hear, _will(config)), watchdog, started_s)


def _tell_programme(store: Store, pushed: PushedFile, clock: Clock) -> None:
    """Write down that this kiosk works by another version of the programme; where the disk refuses, the next start does."""
    news = pushed.news()
    if news is None:
        return
    try:
        store.commit((news,), clock.now())
    except StoreFault as fault:
        log.error("store: %s", fault)
    else:
        pushed.told(news)


def _shop(config: KioskConfig, book: Rulebook) -> Shop:
    seconds = config.privacy
    greeting_ms, after_left_ms = seconds.greeting_s * 1000, seconds.after_card_left_s * 1000
    return Shop(config.kiosk.shop_name, config.display.languages, book, config.kiosk.id, greeting_ms, after_left_ms)


def device_name(serial: Path) -> str:
    """The machine's serial number as the wire takes it; "unknown" where there is none, or one of another form."""
    try:
        name = serial.read_text("ascii").strip("\0\n ")
    except (OSError, ValueError):
        return "unknown"
    return name if name.isalnum() and len(name) <= SERIAL_CHARS_MAX else "unknown"


def _identity(config: KioskConfig, clock: Clock) -> Identity:
    return Identity(config.kiosk.id, device_name(SERIAL_PATH), clock.boot_id, _fresh_epoch(), version("stupeni"), random.random())


def _fresh_epoch() -> str:
    """A new epoch for every start: 60 random bits in base32, which no restored or copied storage card can repeat."""
    return base64.b32encode(secrets.token_bytes(8)).decode("ascii").lower()[:12]


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


def _told(watchdog: Watchdog) -> Callable[[Note], None]:
    """Notes go to the log; those that say how the kiosk is doing also to `systemctl status`."""
    write = note_writer()

    def told(note: Note) -> None:
        write(note)
        if note.event in STATUS:
            watchdog.status(STATUS[note.event])

    return told


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
