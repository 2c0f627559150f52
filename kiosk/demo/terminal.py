"""The demonstration's terminal: 24 rows of 80 columns, put together from the kiosk's drawing, the status lines and the help.

No key is read here. The kiosk's process never writes to the terminal itself: two writers would tear one another's lines.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROWS, COLUMNS = 24, 80  # what every terminal has
KIOSK_ROWS = 16  # the kiosk draws 14; the OLED of 64 dots takes 16 rows of Braille signs
OLED_INDENT = " " * 8  # 64 signs in the middle of 80
HELP = (
    "1 2 3 4 5 6  lay a card   space  lift it   a s d f  press, the best first",
    "r  options   m  more time   h  hide   u  unplug the reader   n  cut the network",
    "p  pull the kiosk's plug (kill -9) and put it back   o  the OLED's picture",
    "?  this help, all drawn anew   q  quit",
)
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h\x1b[?1049l"  # a screen of its own, without cursor; and back
HOME, REST_OF_LINE = "\x1b[H", "\x1b[K"


class SmallTerminal(Exception):
    """The terminal has too few rows or columns; the message says how many are needed."""


@dataclass(slots=True)
class View:
    """What is to be seen. `kiosk`: its rows, where it has no window. `oled`: rows of Braille signs that stand in their place, or none."""

    kiosk: Sequence[str] = ()
    oled: Sequence[str] = ()
    hub: str = ""
    shop: str = ""
    news: str = ""
    windowed: bool = False

    def rows(self) -> list[str]:
        """Exactly ROWS rows: where the kiosk has a window, status and keys stand first and the OLED below them."""
        status = [_clipped(f" hub    {self.hub}"), _clipped(f" shop   {self.shop}"), _clipped(f" last   {self.news}"), ""]
        oled = [OLED_INDENT + row for row in self.oled]
        upper = _filled(oled or ([] if self.windowed else self.kiosk), KIOSK_ROWS)
        return [*status, *_help(), *upper] if self.windowed else [*upper, *status, *_help()]


def _help() -> list[str]:
    return [_clipped(f" {line}") for line in HELP]


def _clipped(line: str) -> str:
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def _filled(rows: Sequence[str], count: int) -> list[str]:
    return [*rows[:count], *[""] * (count - len(rows))]


class Terminal:
    """Writes views. `show` writes what changed since the last one, `redraw` everything."""

    def __init__(self, write: Callable[[str], object]) -> None:
        """`write` is given whole pieces and must flush them."""
        self._write = write
        self._shown: list[str] = [""] * ROWS

    def measure(self) -> None:
        """Raises SmallTerminal if the drawing does not fit."""
        columns, rows = os.get_terminal_size(sys.stdout.fileno())  # the terminal itself; the environment may speak of another
        if columns < COLUMNS or rows < ROWS:
            raise SmallTerminal(f"this terminal has {rows} rows of {columns} columns; the demo needs {ROWS} of {COLUMNS}: make it larger")

    def enter(self) -> None:
        """A screen of its own: what stood in the terminal comes back at the end."""
        self._write(ENTER)

    def leave(self) -> None:
        """As it was before."""
        self._write(LEAVE)

    def show(self, view: View) -> None:
        """Write the rows that changed, each where it stands."""
        rows = view.rows()
        changed = [f"\x1b[{place + 1};1H{row}{REST_OF_LINE}" for place, row in enumerate(rows) if row != self._shown[place]]
        if changed:
            self._write("".join(changed))
        self._shown = rows

    def redraw(self, view: View) -> None:
        """Write everything, after the terminal was resized or something else wrote into it."""
        self._write("\x1b[2J")
        self._shown = [""] * ROWS
        self.show(view)


class KioskDrawing:
    """The kiosk's rows, put together from the lines that its process writes: the first of a frame begins with "home"."""

    def __init__(self) -> None:
        self.rows = [""] * KIOSK_ROWS
        self._next = 0

    def take(self, line: str) -> None:
        """One line of the kiosk's stdout."""
        if line.startswith(HOME):
            self._next, line = 0, line.removeprefix(HOME)
        if self._next < KIOSK_ROWS:
            self.rows[self._next] = line.rstrip("\r\n").removesuffix(REST_OF_LINE)
            self._next += 1
