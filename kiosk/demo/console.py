"""The demonstration by hand: keys in the terminal or in the kiosk's window, and a status line of what the hub holds.

The kiosk draws itself (in its window, else in the upper part of this terminal); here are only the keys and the lines below it.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import termios
import time
import tty
from pathlib import Path

from display.paint.braille import braille

from kiosk.demo.stage import CARDS, DemoTrouble, Stage

HELP = (
    "1 2 3 4  lay a card     space  lift it      a s d f  press a face (best to worst)",
    "u  unplug/replug the reader                 n  cut/mend the network",
    "p  pull the plug (kill -9) and restart      o  show the small OLED's picture",
    "m  more time   h  hide                      ?  help          q  quit",
)
STATUS_EVERY_S = 1.0
LOOK_S = 0.05
ROW = 26  # below the kiosk's 24 lines when it is drawn in this terminal
FORWARDED = set("asdfmh")


class Console:
    """Keys and status line of one demonstration."""

    def __init__(self, stage: Stage, in_terminal: bool) -> None:
        self._stage = stage
        self._row = ROW if in_terminal else 1
        self._note = ""
        self._status_due = 0.0
        self._wanted_oled: Path | None = None

    def run(self) -> None:
        """Until q: keys from the terminal and from the window."""
        self._show(self._row, *HELP)
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], LOOK_S)
            key = os.read(sys.stdin.fileno(), 1).decode("ascii", "ignore") if ready else ""
            if self._press(key) or any(self._press(each) for each in self._from_kiosk()):
                return
            if time.monotonic() >= self._status_due:
                self._status_due = time.monotonic() + STATUS_EVERY_S
                self._show_status()

    def _from_kiosk(self) -> list[str]:
        """Keys typed into the kiosk's window; other lines of its log change the note."""
        keys = []
        while not self._stage.events.empty():
            said = self._stage.events.get()
            match said.get("event"):
                case "key":
                    keys.append({"space": " ", "escape": "q"}.get(said["key"], said["key"]))
                case "pictured" if self._wanted_oled is not None and said.get("file") == str(self._wanted_oled):
                    self._show(self._row + 7, *braille(self._wanted_oled))
                    self._wanted_oled = None
                case "committed" | "facts.claimed" | "link.gone" | "hub.synced" | "reader.lost" | "reader.found" | "card.unknown":
                    self._note = str(said["event"])
                    self._status_due = 0.0
        return keys

    def _press(self, key: str) -> bool:
        """Do what a key means; True: quit."""
        stage = self._stage
        match key:
            case "q" | "\x03" | "\x04":
                return True
            case " ":
                stage.lift()
            case "u":
                self._note = "reader plugged in" if stage.toggle_reader() else "reader unplugged"
            case "n":
                self._note = "network mended" if stage.toggle_network() else "network cut"
            case "p":
                stage.pull_plug()
                stage.start_kiosk()
                self._note = "plug pulled and put back"
            case "o":
                self._wanted_oled = stage.folder / "oled.png"
                stage.tell_kiosk(f"oled {self._wanted_oled}")
            case "?":
                self._show(self._row, *HELP)
            case _ if key in CARDS:
                stage.lay(key)
            case _ if key in FORWARDED:
                stage.tell_kiosk(key)
        return False

    def _show_status(self) -> None:
        try:
            held = self._stage.hub_status()
        except DemoTrouble as trouble:
            self._show(self._row + 5, str(trouble))
            return
        network = "whole" if self._stage.cable.whole else "CUT"
        line = f"hub: {held['members']} members, {held['facts']} facts, {held['points']} points   network {network}   {self._note}"
        self._show(self._row + 5, line, f"the hub's page: {self._stage.page}")

    def _show(self, row: int, *lines: str) -> None:
        """Write lines from `row` on without disturbing what the kiosk draws above: one write, cursor put back."""
        placed = "".join(f"\x1b[{row + place};1H\x1b[2K{line}" for place, line in enumerate(lines))
        sys.stdout.write(f"\x1b7{placed}\x1b8")
        sys.stdout.flush()


def converse(out: Path | None) -> int:
    """The demonstration by hand, until q. Returns 0."""
    in_window = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    folder = out.resolve() if out else Path(tempfile.mkdtemp(prefix="stupeni-demo-"))
    sys.stdout.write("\x1b[2J\x1b[H")
    before = termios.tcgetattr(sys.stdin)
    with Stage(folder, "window" if in_window else "tty", lambda text: sys.stdout.write(text + "\r\n") and None) as stage:
        try:
            tty.setcbreak(sys.stdin)
            sys.stdout.write("\x1b[2J\x1b[?25l")
            Console(stage, not in_window).run()
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
            sys.stdout.write("\x1b[?25h\x1b[2J\x1b[H")
    print(f"logs and pictures: {folder}")  # noqa: T201
    return 0
