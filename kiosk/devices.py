"""The counter: which real devices the configuration names, opened. The demonstration has its own (`demo.counter`).

Libraries of devices that a kiosk does not have are not even loaded: a start is fast because it loads little.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from config.schema import Display, KioskConfig
from display.input import Key, Quit
from display.scenes import Frame, Intent
from display.theme import Theme, load_theme
from display.words import Words, load_words
from drivers.clock import Clock, SystemClock
from kiosk.loop import Screen

if TYPE_CHECKING:
    from display.paint.oled import OledPainter
    from display.paint.window import WindowPainter
    from drivers.panel import PanelDoor

OLED_RETRY_MS = 5_000  # a loose wire is pushed back by a person; asking more often would only fill the log
log = logging.getLogger("stupeni.kiosk")
Look = Callable[[], list[Intent]]


class SmallScreen:
    """The OLED as a screen that may be missing: its faults go to the log, the kiosk works on and asks again."""

    def __init__(self, painter: OledPainter, clock: Clock) -> None:
        self._painter, self._clock = painter, clock
        self._frame: Frame | None = None
        self._retry_ms: int | None = None

    def paint(self, frame: Frame) -> None:
        """Show this, or remember it until the display answers again."""
        self._frame = frame
        if self._retry_ms is None:
            self._try(lambda: self._painter.paint(frame))

    def rest(self) -> None:
        """Once a round: care for the panel's life, and ask a silent one again."""
        now_ms, frame = self._clock.now().mono_ms, self._frame
        if self._retry_ms is None:
            self._try(lambda: self._painter.rest(now_ms / 1000))
        elif now_ms >= self._retry_ms and frame is not None:
            self._try(lambda: self._painter.paint(frame))

    def look(self) -> list[Intent]:
        """It cannot be touched; its turn is used to rest."""
        self.rest()
        return []

    def close(self) -> None:
        """Clear it and let go."""
        self._painter.close()

    def _try(self, act: Callable[[], object]) -> None:
        from display.paint.oled import OledError

        try:
            act()
        except OledError as error:
            if self._retry_ms is None:
                log.warning("oled: %s", error)
            self._retry_ms = self._clock.now().mono_ms + OLED_RETRY_MS
        else:
            if self._retry_ms is not None:
                log.info("oled: it answers again")
            self._retry_ms = None


class Counter:
    """The devices of a real counter."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()

    def panel(self, config: KioskConfig, on_press: Callable[[int], None]) -> PanelDoor:
        """Lamp, buzzer and buttons on the header, or a panel that keeps silent where none is wired. Raises PanelError."""
        if config.panel.kind == "none":
            from drivers.silent_panel import SilentPanel

            return SilentPanel(self.clock)
        from drivers.panel import Panel, PanelPins

        wired = config.panel
        pins = PanelPins(wired.lamp_red_pin, wired.lamp_green_pin, wired.lamp_blue_pin, wired.buzzer_pin, wired.button_pins)
        return Panel(pins, on_press, self.clock)

    def screens(self, config: KioskConfig) -> tuple[list[Screen], Look]:
        """The large screen first: it is the one that is waited for. Raises BadTheme, NoWindow, OledError (no such bus)."""
        words = load_words()
        screens: list[Screen] = []
        looks: list[Look] = []
        if config.display.kind == "window":
            window = open_window(config.display, words)
            screens.append(window)
            looks.append(lambda: intents_of(window))
        elif config.display.kind == "tty":
            from display.paint.tty import TtyPainter

            screens.append(TtyPainter(sys.stdout.write, words))
        if config.oled.kind == "ssd1306":
            from display.paint.oled import OledPainter, open_i2c

            small = SmallScreen(OledPainter(open_i2c(config.oled.i2c_bus), words, config.oled.i2c_address), self.clock)
            screens.append(small)
            looks.append(small.look)
        return screens, lambda: [intent for look in looks for intent in look()]


def theme_of(display: Display) -> Theme:
    """The theme for this screen; what it would rather have different goes to the log. Raises BadTheme."""
    theme = load_theme(display.width_px, display.height_px, display.diagonal_mm, display.viewing_distance_mm)
    for warning in theme.warnings:
        log.warning("display: %s", warning)
    return theme


def open_window(display: Display, words: Mapping[str, Words]) -> WindowPainter:
    """The window, or the whole screen. Raises BadTheme, NoWindow."""
    from display.paint.window import WindowPainter

    return WindowPainter(theme_of(display), words, display.fullscreen)


def intents_of(window: WindowPainter) -> list[Intent]:
    """What the customer touched; a key without a meaning is nobody's, and a shop's window has no way to be closed but the service."""
    return [said for said in window.poll() if not isinstance(said, Key | Quit)]
