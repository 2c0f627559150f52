"""The kiosk on the stage: the product's own kiosk with gpiozero's mock pins and an OLED whose bus is only recorded.

It runs as a process of its own, so that pulling its plug is a real kill. Lines on its stdin are keys (`a s d f m h`) or
`picture PATH` (a PNG of what is on the glass) or `oled PATH` (what the OLED's memory holds). Keys pressed in its window that
mean nothing to a kiosk go to the log, where the stage finds them.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.load import load_kiosk
from config.schema import KioskConfig
from display.input import Key, Quit, meaning_of_key
from display.paint.oled import OledPainter
from display.paint.png import PngPainter
from display.paint.recording_bus import RecordingBus
from display.scenes import Frame, Intent
from display.words import load_words
from drivers.clock import Clock, SystemClock
from drivers.panel import Panel, mock_pins
from drivers.panel_door import PanelDoor, PanelPins
from kiosk.cli import run_kiosk
from kiosk.command import troubles
from kiosk.devices import SmallScreen, from_afar, open_terminal, open_window, theme_of
from kiosk.log import note_writer
from kiosk.messages import Note
from kiosk.parts import Glass, Screen

LINES_MAX = 64  # keys typed ahead; more is a stuck key


class LastFrame:
    """A screen that only remembers, for pictures taken on request."""

    def __init__(self) -> None:
        self.frame: Frame | None = None

    def paint(self, frame: Frame) -> None:
        """Remember it."""
        self.frame = frame

    def close(self) -> None:
        """Nothing is held."""


class StageCounter:
    """The devices of the demonstration."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self._told = note_writer()
        self._lines: queue.Queue[str] = queue.Queue(LINES_MAX)
        self._last = LastFrame()
        self._bus = RecordingBus()
        threading.Thread(target=self._listen, daemon=True).start()

    def panel(self, config: KioskConfig, on_press: Callable[[int], None]) -> PanelDoor:
        """gpiozero on mock pins."""
        return Panel(PanelPins(), on_press, self.clock, mock_pins())

    def glass(self, config: KioskConfig) -> Glass:
        """A window or a drawing in the terminal, the OLED, and a memory of the last frame."""
        words = load_words()
        small = SmallScreen(OledPainter(self._bus, words, pages_at_once=1), self.clock)
        screens: list[Screen] = [small, self._last]
        poll: Callable[[], list[Any]] = list
        if config.display.kind == "window":
            window = open_window(config.display, words)
            screens.insert(0, window)
            poll = window.poll
        elif config.display.kind == "tty":
            screens.insert(0, open_terminal(words))
        self._png = PngPainter(theme_of(config.display), words)

        def look() -> list[Intent]:
            small.look()
            return [intent for said in [*poll(), *self._typed()] if (intent := self._meant(said)) is not None]

        return Glass(screens, look, small.owes_more, from_afar(config, words))

    def _listen(self) -> None:
        for line in sys.stdin:
            self._lines.put(line.strip())
        os.kill(os.getpid(), signal.SIGTERM)  # the stage is gone: a clean stop, for nobody else would stop us

    def _typed(self) -> list[Intent | Key]:
        """What was typed on stdin; requests for pictures are served here, on the thread that owns the screens."""
        said: list[Intent | Key] = []
        while not self._lines.empty():
            word, _, path = self._lines.get().partition(" ")
            if word == "picture" and self._last.frame is not None:
                _save(Path(path), self._png.png(self._last.frame))
                self._told(Note("pictured", {"file": path}))
            elif word == "oled":
                self._bus.picture.save(path, "PNG")
                self._told(Note("pictured", {"file": path}))
            elif word:
                said.append(meaning_of_key(word))
        return said

    def _meant(self, said: Intent | Key | Quit) -> Intent | None:
        """Intents are the kiosk's; every other key is told to the stage through the log."""
        if isinstance(said, Key | Quit):
            self._told(Note("key", {"key": said.name if isinstance(said, Key) else "q"}))
            return None
        return said


def _save(path: Path, png: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png)


@click.command()
@click.option("--config", "config_file", type=click.Path(path_type=Path, exists=True), required=True)
def main(config_file: Path) -> None:
    """Run the kiosk on the stage."""
    started_s = time.monotonic()
    with troubles():
        run_kiosk(load_kiosk(config_file, environment={}), StageCounter(), started_s)


if __name__ == "__main__":
    main()
