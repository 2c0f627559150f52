"""The stage of the demonstration: a private broker, a hub, a cable that can be cut, a card field, and a kiosk to be killed.

Each is a real part in its own process or thread; the stage only starts them, does to them what a shop's day does, and
listens to the kiosk's log. What is played on it is `story` and `console`.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

from drivers.simulated.commands import parse_line, perform
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing
from kiosk.demo import folder
from kiosk.demo.folder import DemoTrouble
from mqtt.cable import Cable
from mqtt.private_broker import BrokerNotReady, PrivateBroker

CARDS = {
    "1": "lay ntag213 04A1B2C3D4E5F1",
    "2": "lay ntag215 04A1B2C3D4E5F2",
    "3": "lay ntag216 04A1B2C3D4E5F3",
    "4": "lay type4 04A1B2C3D4E5F4",
    "5": "lay ntag213 04A1B2C3D4E51A",  # a friend's, never used
    "6": "lay ntag215 04A1B2C3D4E517",
    "phone": "lay phone",
}
START_WAIT_S = 60.0  # the hub's first start makes its database: 2 s here, 7 s beside a full test run, more on a Raspberry Pi
STOP_WAIT_S = 5.0  # kiosk and hub are gone within one; a process that hangs is killed
Event = dict[str, Any]


class Stage:
    """A shop in a folder of its own. Use as a context manager; everything started is stopped at its end, whatever happened."""

    def __init__(self, place: Path, display: str, said: Callable[[str], None], *, read: str = "ndef", timing: Timing = Timing.NONE) -> None:
        """In the folder `place`. `display`: "window", "tty" or "none". `said` is told in words what is being started.

        `read` and `timing` are the card reader's. Entering raises MosquittoMissing and DemoTrouble.
        """
        self.folder, self.display, self._said, self._read = place, display, said, read
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.drawn: queue.SimpleQueue[str] = queue.SimpleQueue()  # lines of a kiosk that draws on a terminal
        self.field = Field(timing=timing)
        self._stack = ExitStack()
        self._chance = Random(1)
        self._kiosk: subprocess.Popen[str] | None = None
        self._ear: threading.Thread | None = None
        self._hub: subprocess.Popen[str] | None = None
        self._hub_url = ""
        self.reader_plugged = True

    def __enter__(self) -> Stage:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        self._stack.callback(self.field.close)
        folder.clear(self.folder)
        self._said("starting a private broker (Mosquitto) on this machine only")
        self.broker = PrivateBroker(self.folder / "broker")
        self._stack.callback(self.broker.stop)
        try:
            self.broker.start()
        except BrokerNotReady as error:
            raise DemoTrouble(str(error)) from None
        self.cable = self._stack.enter_context(Cable(self.broker.host, self.broker.port))
        folder.write_secrets(self.folder)
        folder.write_hub_configuration(self.folder, self.broker.port)
        self._write_kiosk_configuration()
        self._said("starting the hub with a dozen members")
        self._stack.callback(self.stop_hub)
        self.start_hub()
        self._said("starting the kiosk")
        self._stack.callback(self.stop_kiosk)
        self.start_kiosk()

    @property
    def _kiosk_broker_port(self) -> int:
        """Where the kiosk finds its broker: at the end of the cable."""
        return self.cable.port

    def _write_kiosk_configuration(self) -> None:
        place = folder.KioskPlace(self.field.path, self._read, self._kiosk_broker_port, self.display)
        folder.write_kiosk_configuration(self.folder, place)

    # --- the hub ---

    def start_hub(self) -> None:
        """Start the hub's processes and wait until they serve. Raises DemoTrouble."""
        log_path = self.folder / "hub.log"
        command = [sys.executable, "-m", "hub.cli", "demo", "--config", str(self.folder / "hub.toml")]
        with log_path.open("a") as log:
            hub = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True, umask=0o077
            )
        self._hub = hub
        assert hub.stdout is not None  # noqa: S101 - PIPE was asked for
        line = hub.stdout.readline() if select.select([hub.stdout], [], [], START_WAIT_S)[0] else ""
        if not line:
            raise DemoTrouble(f"the hub did not start; its log is {log_path}")
        self._hub_url = json.loads(line)["web"].rstrip("/")

    def stop_hub(self) -> None:
        """A clean stop."""
        if self._hub is not None and self._hub.stdout is not None:
            _stop(self._hub)
            self._hub.stdout.close()

    def pull_hub_plug(self) -> None:
        """kill -9 of all the hub's processes: what a power cut is to its machine."""
        if self._hub is not None:
            os.killpg(self._hub.pid, signal.SIGKILL)  # a session of its own: the process id is the group's
            self.stop_hub()

    # --- the kiosk ---

    def start_kiosk(self) -> None:
        """Start the kiosk's process; its log lines become `events`."""
        self._kiosk = subprocess.Popen(
            [sys.executable, "-m", "kiosk.demo.counter", "--config", str(self.folder / "kiosk.toml")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONUTF8": "1"},
            start_new_session=True,
            umask=0o077,
        )
        threading.Thread(target=self._watch, args=(self._kiosk,), daemon=True).start()
        self._ear = threading.Thread(target=self._listen, args=(self._kiosk,), daemon=True)
        self._ear.start()

    def use_display(self, kind: str) -> None:
        """Draw elsewhere from the next start of the kiosk on: "window", "tty" or "none"."""
        self.display = kind
        self._write_kiosk_configuration()

    def _watch(self, kiosk: subprocess.Popen[str]) -> None:
        assert kiosk.stdout is not None  # noqa: S101 - PIPE was asked for
        with kiosk.stdout:
            for line in kiosk.stdout:
                self.drawn.put(line)

    def _listen(self, kiosk: subprocess.Popen[str]) -> None:
        assert kiosk.stderr is not None  # noqa: S101 - PIPE was asked for
        with kiosk.stderr, (self.folder / "kiosk.log").open("a", encoding="utf-8") as log:
            for line in kiosk.stderr:
                log.write(line)
                log.flush()
                try:
                    self.events.put(json.loads(line) | {"seen": time.monotonic()})
                except ValueError:
                    continue  # a line from a library; it stands in the log
        self.events.put({"event": "exited", "code": kiosk.wait(), "seen": time.monotonic()})

    @property
    def kiosk_pid(self) -> int:
        """Process id of the kiosk, for measuring it."""
        assert self._kiosk is not None  # noqa: S101 - the stage has been entered
        return self._kiosk.pid

    def tell_kiosk(self, line: str) -> None:
        """One line to the kiosk's keyboard: a key, or `picture PATH`."""
        if self._kiosk is not None and self._kiosk.stdin is not None and not self._kiosk.stdin.closed:
            with contextlib.suppress(OSError):  # it has just been killed; that is what the demonstration is for
                self._kiosk.stdin.write(line + "\n")
                self._kiosk.stdin.flush()

    def pull_plug(self) -> None:
        """kill -9: what a power cut is to a process."""
        if self._kiosk is not None:
            self._kiosk.send_signal(signal.SIGKILL)
            _reap(self._kiosk)
            self._hear_out()

    def stop_kiosk(self) -> None:
        """A clean stop."""
        if self._kiosk is not None:
            _stop(self._kiosk)
            self._hear_out()

    def _hear_out(self) -> None:
        """Wait for the last word of a kiosk that has ended: it must not be taken for one of the next kiosk's."""
        if self._ear is not None:
            self._ear.join(STOP_WAIT_S)

    # --- what a day does to it ---

    def lay(self, card: str) -> None:
        """Lay the card of key "1".."6", or "phone", on the reader."""
        self._field(CARDS[card])

    def lift(self) -> None:
        """Take away whatever lies there."""
        self._field("lift")

    def toggle_reader(self) -> bool:
        """Unplug or plug in the reader; returns whether it is plugged in now."""
        self.reader_plugged = not self.reader_plugged
        self._field("replug" if self.reader_plugged else "unplug")
        return self.reader_plugged

    def toggle_network(self) -> bool:
        """Cut or mend the cable between kiosk and broker; returns whether it is whole now."""
        if self.cable.whole:
            self.cable.cut()
        else:
            self.cable.mend()
        return self.cable.whole

    def _field(self, line: str) -> None:
        command = parse_line(line)
        if command is not None:
            perform(command, self.field, self._chance)

    def hub_status(self) -> dict[str, Any]:
        """What the hub holds, as its status page says it."""
        try:
            with urllib.request.urlopen(f"{self._hub_url}/status.json", timeout=5) as answer:  # noqa: S310 - our own http address
                status: dict[str, Any] = json.load(answer)
                return status
        except (OSError, HTTPException, ValueError) as error:  # no hub, one that goes while it speaks, or half an answer
            raise DemoTrouble(f"the hub does not answer ({error}); its log is {self.folder / 'hub.log'}") from None

    def desk(self, kind: str, **payload: object) -> None:
        """What staff write down at the hub: one fact. Raises DemoTrouble if the hub does not take it."""
        self._hub_command("record", kind, said=json.dumps(payload))

    def explain(self, member: str) -> str:
        """The hub's account of a member in sentences. Raises DemoTrouble."""
        return self._hub_command("explain", member)

    def _hub_command(self, *words: str, said: str = "") -> str:
        command = [sys.executable, "-m", "hub.cli", *words, "--config", str(self.folder / "hub.toml")]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", input=said, timeout=START_WAIT_S, check=False)
        if done.returncode:
            raise DemoTrouble(f"`stupeni-hub {words[0]}` said: {done.stderr.strip()}")
        return done.stdout

    @property
    def page(self) -> str:
        """Address of the hub's page."""
        return self._hub_url


def _stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and end it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
    _reap(process)


def _reap(process: subprocess.Popen[str]) -> None:
    """Wait for a process that has to end now, and let go of the pipe to it; those from it are closed by who reads them."""
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # what it did not read any more
            process.stdin.close()
