"""No thread dies silently: at every door, whatever its callee raises, the thread lives and somebody is told, or the kiosk starts anew."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from drivers.clock import SimulatedClock
from drivers.panel import Panel
from drivers.panel_door import PanelPins
from drivers.player import Player
from drivers.reader_thread import ReaderThread
from drivers.runner import Runner
from drivers.simulated.field import Field
from hub.inbox import INBOX_MAX
from hub.ingest import Ingest
from kiosk import doors
from kiosk.inbox import COUNTER_MAX, Inbox
from kiosk.keyboard import keys_of
from kiosk.loop import Loop
from kiosk.parts import Glass, Parts
from kiosk.store import Store
from kiosk.threads import watched_threads
from mqtt.link import Arrived, LinkEvent, LinkUp
from mqtt.paho_link import PahoLink
from mqtt.private_broker import PrivateBroker
from mqtt.wire import Packet
from tests.builders import pushed_file, state
from tests.every_exception import every_exception

WITHIN_S = 20.0  # far beyond anything honest; a test that waits so long has failed
ROOT = Path(__file__).parent.parent


class Raising:
    """Raises one of each exception, one at each call; then `spent` is set and it does nothing."""

    def __init__(self) -> None:
        self._left = iter(every_exception())
        self.raised = 0
        self.spent = threading.Event()

    def __call__(self, *_: object) -> None:
        for error in self._left:
            self.raised += 1
            raise error
        self.spent.set()


def test_the_reader_thread_outlives_whatever_a_turn_raises(caplog: pytest.LogCaptureFixture) -> None:
    """Reader, runner or the door behind it: it is logged and made a fault, and if even that raises, the thread still lives. So does a
    stop whose reader cannot be let go of."""

    class Breaking:
        turns, faults, ends = Raising(), Raising(), Raising()

        def turn(self) -> float:
            self.turns()
            return 0.0

        def fault(self, _cause: Exception) -> float:
            if self.faults.raised % 2:
                self.faults.raised += 1
                return 0.0
            self.faults()
            return 0.0

        def close(self) -> None:
            self.ends()

        def now_ms(self) -> int:
            return 0

    runner = Breaking()
    thread = ReaderThread(cast(Runner, runner), beat_every_s=0.0)
    thread.start()
    assert runner.turns.spent.wait(WITHIN_S)
    assert thread.thread.is_alive()
    assert thread.stop()
    assert caplog.text.count("reader: a turn failed") == runner.turns.raised > 50
    assert "reader: a fault could not be reported" in caplog.text
    assert "reader: could not be let go of" in caplog.text


def test_lamp_and_buzzer_outlive_whatever_their_pins_raise(caplog: pytest.LogCaptureFixture) -> None:
    """A request that cannot be played is logged, and the next one is played."""
    pins = Raising()
    player: Player[int] = Player("panel-lamp", lambda request, go_on: pins(request), gives_way=False)
    for number in range(len(every_exception()) + 1):
        player.ask(number)
        assert player.finish(WITHIN_S)
    assert pins.spent.is_set()
    player.close()
    assert caplog.text.count("panel: a request could not be played") == pins.raised


def test_a_button_outlives_whatever_the_door_raises(caplog: pytest.LogCaptureFixture) -> None:
    """What a press leads to never reaches the thread of the pin library, which is one for all buttons and would end."""
    factory, clock, door = MockFactory(pin_class=MockPWMPin), SimulatedClock(), Raising()
    panel = Panel(PanelPins(), door, clock, factory)
    pin = factory.pin(PanelPins().buttons[2])
    for _ in range(len(every_exception()) + 1):
        clock.pass_ms(1_000)
        pin.drive_low()
        clock.pass_ms(1_000)
        pin.drive_high()
    panel.close()
    factory.close()
    assert door.spent.is_set()
    assert caplog.text.count("panel: a press of button 2 was lost") == door.raised


@pytest.mark.parametrize("manual_ack", [False, True], ids=["kiosk", "hub"])
def test_the_link_outlives_whatever_its_receiver_raises(tmp_path: Path, manual_ack: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Each message that nobody took is counted and logged, the connection stays, and the next message comes."""
    receiver, heard = Raising(), queue.Queue[LinkEvent]()

    def report(event: LinkEvent) -> None:
        heard.put(event)
        if isinstance(event, Arrived):
            receiver()

    said: queue.Queue[LinkEvent] = queue.Queue()
    with PrivateBroker(tmp_path / "broker") as broker:
        ear = PahoLink("127.0.0.1", broker.port, "ear", ["a"], manual_ack=manual_ack)
        mouth = PahoLink("127.0.0.1", broker.port, "mouth", [])
        ear.start(report)
        mouth.start(said.put)
        assert isinstance(heard.get(timeout=WITHIN_S), LinkUp)
        assert isinstance(said.get(timeout=WITHIN_S), LinkUp)
        for number in range(len(every_exception()) + 1):
            assert mouth.publish(Packet("a", b"%d" % number))
            event = heard.get(timeout=WITHIN_S)
            assert isinstance(event, Arrived)
            assert event.payload == b"%d" % number
        assert receiver.spent.wait(WITHIN_S)
        counts = ear.counts
        ear.stop()
        mouth.stop()
    assert (counts.unreported, counts.connects) == (receiver.raised, 1)
    assert caplog.text.count("link ear: nobody took Arrived") == receiver.raised


def test_the_link_outlives_whatever_the_maker_of_its_will_raises(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each attempt that could not be made is told as a lost connection, and another is made. OSError is what the network raises itself."""
    will, heard = Raising(), queue.Queue[LinkEvent]()

    def make(session: str) -> Packet:
        will()
        return Packet("will", session.encode())

    with PrivateBroker(tmp_path / "broker") as broker:
        link = PahoLink("127.0.0.1", broker.port, "link", [], retry_s_max=0.001)
        link.start(heard.put, make)
        while not isinstance(heard.get(timeout=WITHIN_S), LinkUp):
            continue
        link.stop()
    assert will.spent.is_set()
    told = [error for error in every_exception() if not isinstance(error, OSError)]
    assert caplog.text.count("link link: fault in a connection") == len(told)


def test_the_hubs_door_only_refuses_when_it_is_full() -> None:
    """Beyond its limit the hub's inbox raises queue.Full to the link, which drops the message and lives on; below it nothing raises."""
    ingest = Ingest(SimpleNamespace(store=None), SimpleNamespace(), "s0")  # type: ignore[arg-type]  # nothing is taken out of it
    for _ in range(INBOX_MAX):
        ingest._report(LinkUp("s"))
    with pytest.raises(queue.Full):
        ingest._report(LinkUp("s"))


def test_a_kiosks_doors_never_raise_for_a_full_inbox() -> None:
    """Buttons, touches, reader and link meet a loop that does not come: what does not fit is dropped and counted."""
    inbox, clock = Inbox(), SimulatedClock()
    press, touch = doors.button_door(inbox, clock), doors.touch_door(inbox, clock)
    for _ in range(COUNTER_MAX):
        press(0)
    press(1)
    touch(cast("doors.Intent", object()))
    assert inbox.dropped == 2


def test_half_a_letter_is_no_end_of_the_keyboard(caplog: pytest.LogCaptureFixture) -> None:
    """Bytes that are no text are no key, and the next key is heard; a terminal that goes away is told."""

    def typed() -> Iterator[bytes]:
        yield from (b"a", b"\xd0", b"\xff\xfe", "ї".encode(), b"s")
        raise OSError(5, "Input/output error")

    given = typed()
    assert list(keys_of(lambda: next(given))) == ["a", "ї", "s"]
    assert "the terminal is gone" in caplog.text
    assert list(keys_of(lambda: b"")) == []


@pytest.mark.parametrize("error", every_exception(), ids=lambda error: type(error).__name__)
def test_what_the_glass_raises_ends_the_loop(error: Exception, tmp_path: Path) -> None:
    """Touches are read on the loop's own thread: a fault there is a mistake of ours, and no watchdog is patted over it."""

    def look() -> list[doors.Intent]:
        raise error

    class Dark:
        def light(self, name: str) -> None: ...
        def chime(self, name: str) -> None: ...

    store = Store(tmp_path / "kiosk.db", "k1", "a" * 12, "boot")
    pats: list[int] = []
    glass, pushed = Glass(look=look), pushed_file(tmp_path)
    parts = Parts(SimulatedClock(), Inbox(), store, Dark(), glass, lambda said: None, lambda: pats.append(1), pushed=pushed)
    with pytest.raises(type(error)):
        Loop(parts, state()).run()
    store.close()
    assert pats == []


def die_of(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


def test_a_thread_that_dies_all_the_same_ends_the_kiosk(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever made it: its name and its error are logged, and the kiosk is asked to stop. Ending on purpose is no death."""
    stops: list[int] = []
    before = threading.excepthook
    with caplog.at_level(logging.CRITICAL), watched_threads(lambda: stops.append(1)) as dead:
        for number, error in enumerate([*every_exception(), SystemExit(0)]):
            thread = threading.Thread(target=die_of(error), name=f"t{number}")
            thread.start()
            thread.join(WITHIN_S)
    count = len(every_exception())
    assert dead == [f"t{number}" for number in range(count)]
    assert len(stops) == count
    assert "thread t0 died of" in caplog.text
    assert threading.excepthook is before


DYING = """
import sys, threading, time
from pathlib import Path
from config.load import load_kiosk
from kiosk.cli import run_kiosk
from kiosk.demo.counter import StageCounter

class Dying(StageCounter):
    def glass(self, config):
        threading.Thread(target=lambda: [][0], name="foreign").start()
        return super().glass(config)

run_kiosk(load_kiosk(Path(sys.argv[1]), environment={}), Dying(), time.monotonic())
"""


def test_a_kiosk_whose_thread_died_ends_with_a_code_that_starts_it_anew(tmp_path: Path) -> None:
    """As a process: its last words say which thread, its store is closed cleanly, and the code is one that systemd restarts on."""
    pepper = tmp_path / "pepper"
    pepper.write_text("0123456789abcdef0123456789abcdef")
    pepper.chmod(0o600)
    with Field() as field:
        (tmp_path / "kiosk.toml").write_text(
            f'[cards]\npepper_file = "{pepper}"\n[kiosk]\nid = "k1"\nstate_dir = "{tmp_path / "state"}"\n'
            f'[reader]\npath = "{field.path}"\n[broker]\nhost = "127.0.0.1"\nport = 1\n[display]\nkind = "none"\n'
        )
        command = [sys.executable, "-c", DYING, str(tmp_path / "kiosk.toml")]
        kiosk = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ)
        )
        assert kiosk.stderr is not None
        said = kiosk.stderr.read()  # its stdin stays open: the stage has not gone
        assert kiosk.wait(WITHIN_S) == 1
        kiosk.communicate()
    assert "thread foreign died of IndexError" in said
    assert (tmp_path / "state" / "kiosk.db.lock").read_text().startswith("closed")
