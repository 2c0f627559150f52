"""The stage of the demonstration: a private broker, a hub, a cable that can be cut, a card field, and a kiosk to be killed.

Each is a real part in its own process or thread; the stage only starts them, does to them what a shop's day does, and
listens to the kiosk's log. What is played on it is `story` and `console`.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

from drivers.simulated.commands import parse_line, perform
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing
from mqtt.cable import Cable
from mqtt.private_broker import PrivateBroker

CARDS = {
    "1": "lay ntag213 04A1B2C3D4E5F1",
    "2": "lay ntag215 04A1B2C3D4E5F2",
    "3": "lay ntag216 04A1B2C3D4E5F3",
    "4": "lay type4 04A1B2C3D4E5F4",
    "phone": "lay phone",
}
START_WAIT_S = 20.0  # the hub's first start makes its database: 2 s here, several times that on a Raspberry Pi
STOP_WAIT_S = 5.0
Event = dict[str, Any]


class DemoTrouble(Exception):
    """A part of the demonstration did not come up or did not answer; the message says which and where its log is."""


class Stage:
    """A shop in `folder`. Use as a context manager; everything started is stopped at its end, whatever happened."""

    def __init__(
        self, folder: Path, display: str, said: Callable[[str], None], *, read: str = "ndef", timing: Timing = Timing.NONE
    ) -> None:
        """`display`: "window", "tty" or "none". `said` is told in words what is being started. `read`, `timing`: of the card reader."""
        self.folder, self._display, self._said, self._read = folder, display, said, read
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.field = Field(timing=timing)
        self._stack = ExitStack()
        self._chance = Random(1)
        self._kiosk: subprocess.Popen[str] | None = None
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
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stack.callback(self.field.close)
        self._said("starting a private broker (Mosquitto) on this machine only")
        self.broker = PrivateBroker(self.folder / "broker")
        self.broker.start()
        self._stack.callback(self.broker.stop)
        self.cable = self._stack.enter_context(Cable(self.broker.host, self.broker.port))
        self._write_configuration()
        self._said("starting the hub with a dozen members")
        self._start_hub()
        self._said("starting the kiosk")
        self._stack.callback(self.stop_kiosk)
        self.start_kiosk()

    def _write_configuration(self) -> None:
        """Both configurations and fresh secrets, readable by this user alone."""
        os.umask(0o077)
        (self.folder / "pepper").write_text(secrets.token_hex(32))
        (self.folder / "secret_key").write_text(secrets.token_hex(32))
        shared = f'[cards]\npepper_file = "{self.folder / "pepper"}"\n\n[log]\nformat = "json"\n\n'
        (self.folder / "kiosk.toml").write_text(
            shared
            + f'[kiosk]\nid = "demo"\nshop_name = "Kavarnia na rozi"\nstate_dir = "{self.folder / "kiosk"}"\n\n'
            + f'[reader]\npath = "{self.field.path}"\nread = "{self._read}"\n\n[broker]\nhost = "127.0.0.1"\nport = {self.cable.port}\n\n'
            + f'[display]\nkind = "{self._display}"\nfullscreen = false\n\n'
            + '[oled]\nkind = "ssd1306"\n\n[panel]\nkind = "gpio"\n'
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (self.folder / "hub.toml").write_text(
            shared
            + f'[hub]\nstate_dir = "{self.folder / "hub"}"\ndatabase = "{self.folder / "hub" / "hub.sqlite3"}"\n\n'
            + f'[broker]\nhost = "127.0.0.1"\nport = {self.broker.port}\n\n'
            + f'[web]\nport = {port}\nsecret_key_file = "{self.folder / "secret_key"}"\n'
        )

    def _start_hub(self) -> None:
        log = self._stack.enter_context((self.folder / "hub.log").open("w"))
        command = [sys.executable, "-m", "hub.cli", "demo", "--config", str(self.folder / "hub.toml")]
        self._hub = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._stack.callback(_stop, self._hub)
        assert self._hub.stdout is not None  # noqa: S101 - PIPE was asked for
        line = self._hub.stdout.readline()
        if not line:
            raise DemoTrouble(f"the hub did not start; its log is {self.folder / 'hub.log'}")
        self._hub_url = json.loads(line)["web"].rstrip("/")

    # --- the kiosk ---

    def start_kiosk(self) -> None:
        """Start the kiosk's process; its log lines become `events`."""
        command = [sys.executable, "-m", "kiosk.demo.counter", "--config", str(self.folder / "kiosk.toml")]
        self._kiosk = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        threading.Thread(target=self._listen, args=(self._kiosk,), daemon=True).start()

    def _listen(self, kiosk: subprocess.Popen[str]) -> None:
        assert kiosk.stderr is not None  # noqa: S101 - PIPE was asked for
        with (self.folder / "kiosk.log").open("a") as log:
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
        if self._kiosk is not None and self._kiosk.stdin is not None:
            try:
                self._kiosk.stdin.write(line + "\n")
                self._kiosk.stdin.flush()
            except OSError:
                pass  # it has just been killed; that is what the demonstration is for

    def pull_plug(self) -> None:
        """kill -9: what a power cut is to a process."""
        if self._kiosk is not None:
            self._kiosk.send_signal(signal.SIGKILL)
            self._kiosk.wait()

    def stop_kiosk(self) -> None:
        """A clean stop."""
        if self._kiosk is not None:
            _stop(self._kiosk)

    # --- what a day does to it ---

    def lay(self, card: str) -> None:
        """Lay the card of key "1".."4", or "phone", on the reader."""
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
        except OSError as error:
            raise DemoTrouble(f"the hub does not answer ({error}); its log is {self.folder / 'hub.log'}") from None

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
            process.wait()
