"""A program in a pseudo-terminal of 24 rows of 80 columns, and what a person would see there.

It understands the few escape sequences that this project writes and fails on any other, so nothing is seen that a terminal would not show.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROWS, COLUMNS = 24, 80
PIECES = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x00-\x1f\x7f])")
UNFINISHED = re.compile(r"\x1b(\[[?0-9;]*)?$")


class Screen:
    """Rows of characters, and what was on the normal screen before a program took a screen of its own."""

    def __init__(self) -> None:
        self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        self.cursor_shown = True
        self._normal: tuple[list[list[str]], int, int] | None = None
        self._row = self._column = 0
        self._rest = ""

    @property
    def text(self) -> str:
        """All rows, without blanks at their ends."""
        return "\n".join("".join(row).rstrip() for row in self.rows)

    @property
    def own(self) -> bool:
        """Whether the program has a screen of its own now."""
        return self._normal is not None

    def feed(self, text: str) -> None:
        """Take what the program wrote."""
        text = self._rest + text
        tail = UNFINISHED.search(text)
        self._rest = tail.group() if tail else ""
        text = text.removesuffix(self._rest)
        at = 0
        while at < len(text):
            piece = PIECES.match(text, at)
            assert piece is not None, f"a terminal is asked for {text[at : at + 12]!r}"
            at = piece.end()
            if piece.group(2):
                self._command(piece.group(1), piece.group(2))
            elif piece.group(3):
                self._column = 0
            elif piece.group(4):
                self._line_feed()
            else:
                self._put(piece.group(5))

    def _put(self, character: str) -> None:
        if self._column == COLUMNS:
            self._column = 0
            self._line_feed()
        self.rows[self._row][self._column] = character
        self._column += 1

    def _line_feed(self) -> None:
        self._row += 1
        if self._row == ROWS:
            self.rows = [*self.rows[1:], [" "] * COLUMNS]
            self._row -= 1

    def _command(self, arguments: str, letter: str) -> None:
        match letter, arguments:
            case "H", place:
                row, _, column = place.partition(";")
                self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
            case "K", "":
                self.rows[self._row][self._column :] = [" "] * (COLUMNS - self._column)
            case "J", "2":
                self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
            case "m", _:
                return
            case (("h" | "l"), "?25"):
                self.cursor_shown = letter == "h"
            case "h", "?1049":
                self._normal = (self.rows, self._row, self._column)
                self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
            case "l", "?1049" if self._normal is not None:
                self.rows, self._row, self._column = self._normal
                self._normal = None
            case _:
                raise AssertionError(f"a terminal is asked for CSI {arguments}{letter}")


class InTerminal:
    """A running program, its keyboard and its screen. A context manager: it is killed at the end if it still runs."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, size: tuple[int, int] = (ROWS, COLUMNS)
    ) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.settings = termios.tcgetattr(theirs)
        self._theirs = theirs  # kept open, so that the last words of the program are not lost with it
        self.screen = Screen()
        self._bytes = b""
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=dict(environment), start_new_session=True
        )

    def __enter__(self) -> InTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def settings_now(self) -> list[object]:
        """The terminal's settings as they are now."""
        return list(termios.tcgetattr(self._theirs))

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def until(self, seen: Callable[[str], bool], what: str, wait_s: float = 60.0) -> str:
        """Look until the screen's text satisfies `seen`; fails with a picture of the screen when that does not come true."""
        deadline_s = time.monotonic() + wait_s
        while not seen(self.screen.text):
            left_s = deadline_s - time.monotonic()
            assert left_s > 0, f"not seen within {wait_s} s: {what}\n{self.screen.text}"
            self._read(left_s)
        return self.screen.text

    def end(self, wait_s: float = 60.0) -> int:
        """The program's exit code, once it has ended; all that it wrote is on the screen then."""
        deadline_s = time.monotonic() + wait_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, f"it does not end\n{self.screen.text}"
            self._read(0.1)
        while self._read(0):
            continue
        return self.process.returncode

    def _read(self, wait_s: float) -> bool:
        if not select.select([self._ours], [], [], wait_s)[0]:
            return False
        self._bytes += os.read(self._ours, 65_536)
        whole = self._bytes.decode("utf-8", "ignore")
        cut = len(self._bytes) - len(whole.encode())
        self.screen.feed(whole)
        self._bytes = self._bytes[len(self._bytes) - cut :] if cut else b""
        return True
