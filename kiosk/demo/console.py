"""The demonstration by hand: keys in the terminal or in the kiosk's window, and what the hub holds.

What each key does to the stage is here; where it is seen is `terminal`.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import sys
import tempfile
import termios
import time
import tty
from pathlib import Path

import click

from display.input import Key, meaning_of_key
from display.paint.braille import braille
from kiosk.demo.folder import DemoTrouble
from kiosk.demo.stage import Event, Stage
from kiosk.demo.terminal import KioskDrawing, Terminal, View

STATUS_EVERY_S = 1.0
LOOK_S = 0.02  # between a frame of the kiosk and its drawing here
KEY_BYTES_MAX = 64  # keys typed ahead, or pasted by mistake
SEQUENCE = re.compile("\x1b(\\[[0-?]*[ -/]*[@-~]|O.)")  # ECMA-48, section 5.4; and the single shift that some keys begin with
NO_DISPLAY = 69  # a kiosk's exit code when a device that its configuration names is not there: here, the window


class Console:
    """Keys and status of one demonstration."""

    def __init__(self, stage: Stage, terminal: Terminal) -> None:
        self._stage, self._terminal = stage, terminal
        self._view = View(windowed=stage.display == "window")
        self._drawing = KioskDrawing()
        self._waiting = 0  # facts that only the kiosk holds
        self._status_due_s = 0.0
        self._laid_s: float | None = None
        self._oled_wanted = False

    def run(self) -> None:
        """Until q."""
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], LOOK_S)
            typed = os.read(sys.stdin.fileno(), KEY_BYTES_MAX).decode("utf-8", "ignore") if ready else None
            if typed == "" or any(self._press(key) for key in [*_keys(typed or ""), *self._hear()]):
                return
            self._look()

    def _look(self) -> None:
        """Bring the terminal up to date."""
        if time.monotonic() >= self._status_due_s:
            self._status_due_s = time.monotonic() + STATUS_EVERY_S
            self._view.hub = self._hub_words()
        network = "network whole" if self._stage.cable.whole else "network CUT"
        reader = "reader plugged in" if self._stage.reader_plugged else "reader UNPLUGGED"
        waiting = f"   facts to send: {self._waiting}" if self._waiting else ""
        self._view.shop = f"{network}   {reader}{waiting}"
        self._view.kiosk = tuple(self._drawing.rows)
        self._terminal.show(self._view)

    def _hub_words(self) -> str:
        try:
            held = self._stage.hub_status()
        except DemoTrouble as trouble:
            return str(trouble)
        return f"{held['members']} members   {held['facts']} facts   {held['points']} points   {self._stage.page}"

    def _hear(self) -> list[str]:
        """What the kiosk draws and says since the last time; returns the keys that were typed into its window."""
        while not self._stage.drawn.empty():
            self._drawing.take(self._stage.drawn.get())
        keys: list[str] = []
        while not self._stage.events.empty():
            said = self._stage.events.get()
            if said.get("event") == "key":
                keys.append(str(said["key"]))
            else:
                self._note(said)
        return keys

    def _note(self, said: Event) -> None:
        """Put an event of the kiosk's log into words."""
        if "unclaimed" in said:
            self._waiting = said["unclaimed"]
            self._status_due_s = 0.0
        match said.get("event"):
            case "pictured" if self._oled_wanted:
                self._view.oled = braille(Path(said["file"]))
            case "painted":
                self._painted(said)
            case "committed":
                self._waiting += 1
                self._view.news = f"{said['kind']} is on the kiosk's disk"
            case "hub.synced":
                self._view.news = "kiosk and hub are in sync"
            case "hub.gone" | "link.gone":
                self._view.news = "the kiosk works without the hub"
            case "card.unknown":
                self._view.news = "a card nobody has joined with"
            case "card.unusable":
                self._view.news = "a phone or the like: refused kindly"
            case "exited":
                self._exited(said["code"])

    def _painted(self, said: Event) -> None:
        if said["scene"] == "Greeting" and self._laid_s is not None:
            self._view.news = f"greeted {(said['seen'] - self._laid_s) * 1000:.0f} ms after the card was laid"
            self._laid_s = None
        if self._oled_wanted:
            self._ask_for_oled()

    def _exited(self, code: int) -> None:
        """The kiosk's process has ended: by our hand, because there is no window to be had after all, or by a fault."""
        if code == NO_DISPLAY and self._stage.display == "window":
            self._stage.use_display("tty")
            self._view.windowed = False
            self._stage.start_kiosk()
            self._view.news = "no window can be opened here: drawn in the terminal"
        elif code >= 0:
            self._view.news = f"p starts the kiosk again; it ended with code {code}, see {self._stage.folder / 'kiosk.log'}"

    def _press(self, key: str) -> bool:
        """Do what a key means, on any keyboard's layout; True: quit."""
        meant = meaning_of_key(key)
        if isinstance(meant, Key):
            return self._act(meant.name)
        self._stage.tell_kiosk(key)
        return False

    def _act(self, name: str) -> bool:
        """A key that is the stage's, not the kiosk's; True: quit."""
        stage = self._stage
        match name:
            case "q" | "escape" | "\x04":
                return True
            case "space":
                stage.lift()
                self._view.news = "card lifted"
            case "u":
                self._view.news = "reader plugged in" if stage.toggle_reader() else "reader unplugged"
            case "n":
                self._view.news = "network mended" if stage.toggle_network() else "network cut"
            case "p":
                stage.pull_plug()
                stage.start_kiosk()
                self._view.news = "plug pulled and put back: the kiosk starts"
            case "o":
                self._toggle_oled()
            case "?" | "/":  # a window may see the key without its shift
                self._terminal.redraw(self._view)
            case "1" | "2" | "3" | "4" | "5" | "6":
                self._laid_s = time.monotonic()
                stage.lay(name)
                self._view.news = f"card {name} laid"
        return False

    def _toggle_oled(self) -> None:
        self._oled_wanted = not self._oled_wanted
        self._view.oled = ()
        if self._oled_wanted:
            self._ask_for_oled()

    def _ask_for_oled(self) -> None:
        self._stage.tell_kiosk(f"oled {self._stage.folder / 'oled.png'}")


def _keys(typed: str) -> list[str]:
    """Single keys; an arrow or function key comes as a sequence that begins with escape, and means nothing here."""
    return list(SEQUENCE.sub("", typed))


def converse(out: Path | None) -> int:
    """The demonstration by hand, until q. Returns 0. Raises MosquittoMissing, DemoTrouble, SmallTerminal."""
    in_window = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    before = termios.tcgetattr(sys.stdin)
    terminal = Terminal(_write)
    terminal.measure()
    folder = out.resolve() if out else Path(tempfile.mkdtemp(prefix="stupeni-demo-"))
    try:
        tty.setcbreak(sys.stdin)
        with Stage(folder, "window" if in_window else "tty", click.echo) as stage:
            terminal.enter()
            try:
                Console(stage, terminal).run()
            finally:
                terminal.leave()
    except KeyboardInterrupt:
        pass  # control-c is q, said differently
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
    if out:
        click.echo(f"logs and pictures: {folder}")
    else:
        shutil.rmtree(folder)  # a folder of our own, with keys in it; who wants the logs names one
    return 0


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
