"""The counter: which real devices the configuration names, opened. The demonstration has its own (`demo.counter`).

Libraries of devices that a kiosk does not have are not even loaded: a start is fast because it loads little.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from config.schema import Display, KioskConfig, Oled
from display.input import Key, Quit
from display.scenes import Frame, Intent
from display.theme import BadTheme, MonoTheme, Theme, load_theme
from display.words import Words, load_words
from drivers.clock import Clock, SystemClock
from kiosk.parts import Glass, Screen
from mqtt.reading_commands import PICTURE_BYTES_MAX

if TYPE_CHECKING:
    from display.paint.oled import OledPainter
    from display.paint.tty import TtyPainter
    from display.paint.window import WindowPainter
    from drivers.panel_door import PanelDoor

OLED_RETRY_MS = 5_000  # a loose wire is pushed back by a person; asking more often would only fill the log
SMALL = MonoTheme(128, 64)  # the SSD1306 of `config.schema.Oled`
VIDEO_DRIVERS = "x11,wayland,kmsdrm"  # those that somebody can see: without a screen SDL would take "offscreen", and be content
log = logging.getLogger("stupeni.kiosk")
Look = Callable[[], list[Intent]]


class DeviceMissing(Exception):
    """A screen or panel that the configuration names is not there or may not be used; the message says which and what to do."""


class SmallScreen:
    """The OLED as a screen that may be missing: its faults go to the log, the kiosk works on and asks again."""

    def __init__(self, painter: OledPainter, clock: Clock) -> None:
        self._painter, self._clock = painter, clock
        self._frame: Frame | None = None
        self._unpainted = False
        self._retry_ms: int | None = None

    def paint(self, frame: Frame) -> None:
        """Show this at the next look: the large screen is waited for, this one is not."""
        self._frame, self._unpainted = frame, True

    def rest(self) -> None:
        """Once a round: care for the panel's life, and ask a silent one again."""
        now_ms, frame = self._clock.now().mono_ms, self._frame
        if self._retry_ms is None:
            self._try(lambda: self._painter.rest(now_ms / 1000))
        elif now_ms >= self._retry_ms and frame is not None:
            self._try(lambda: self._painter.paint(frame))

    def look(self) -> list[Intent]:
        """It cannot be touched; its turn is used to send what is owed and to rest."""
        frame = self._frame
        if self._retry_ms is not None or frame is None:
            self.rest()
        elif self._unpainted:
            self._unpainted = False
            self._try(lambda: self._painter.paint(frame))
        elif self._painter.owes:
            self._try(self._painter.go_on)
        else:
            self.rest()
        return []

    def owes_more(self) -> bool:
        """Whether a part of its picture is still to be sent."""
        return self._retry_ms is None and (self._unpainted or self._painter.owes)

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
        """Lamp, buzzer and buttons on the header, or a panel that keeps silent where none is wired. Raises DeviceMissing."""
        wired = config.panel
        if wired.kind == "none":
            from drivers.silent_panel import SilentPanel

            return SilentPanel(on_press, self.clock)
        from drivers.panel import Panel
        from drivers.panel_door import PanelError, PanelPins

        pins = PanelPins(wired.lamp_red_pin, wired.lamp_green_pin, wired.lamp_blue_pin, wired.buzzer_pin, wired.button_pins)
        try:
            return Panel(pins, on_press, self.clock)
        except PanelError as error:
            raise DeviceMissing(f"panel: {error}") from error

    def glass(self, config: KioskConfig) -> Glass:
        """The large screen first: it is the one that is waited for. Raises BadTheme, DeviceMissing."""
        words = load_words()
        screens: list[Screen] = []
        looks: list[Look] = []
        small: SmallScreen | None = None
        if config.display.kind == "window":
            window = open_window(config.display, words)
            screens.append(window)
            looks.append(lambda: intents_of(window))
        elif config.display.kind == "tty":
            screens.append(open_terminal(words))
            if sys.stdin.isatty():
                looks.append(open_keyboard())
        if config.oled.kind == "ssd1306":
            small = SmallScreen(open_oled(config.oled, words), self.clock)
            screens.append(small)
            looks.append(small.look)
        return Glass(
            screens,
            lambda: [intent for look in looks for intent in look()],
            lambda: small is not None and small.owes_more(),
            draw=from_afar(config, words),
        )


def theme_of(display: Display) -> Theme:
    """The theme for this screen; what it would rather have different goes to the log. Raises BadTheme."""
    theme = load_theme(display.width_px, display.height_px, display.diagonal_mm, display.viewing_distance_mm)
    for warning in theme.warnings:
        log.warning("display: %s", warning)
    return theme


def from_afar(config: KioskConfig, words: Mapping[str, Words]) -> Callable[[Frame], bytes]:
    """What draws a frame as the customer's screen would show it, as a PNG that fits into a message; b"" where it cannot.

    It is loaded at the first request: most kiosks are never asked.
    """

    def draw(frame: Frame) -> bytes:
        from display.paint.png import PngPainter

        only_small = config.display.kind == "none" and config.oled.kind != "none"
        try:
            theme = SMALL if only_small else theme_of(config.display)
            return PngPainter(theme, words).png_within(frame, PICTURE_BYTES_MAX)
        except (BadTheme, ValueError) as error:
            log.error("no picture: %s", error)
            return b""

    return draw


def open_window(display: Display, words: Mapping[str, Words]) -> WindowPainter:
    """The window, or the whole screen. Raises BadTheme, DeviceMissing."""
    from display.paint.window import NoWindow, WindowPainter

    os.environ.setdefault("SDL_VIDEODRIVER", VIDEO_DRIVERS)
    try:
        return WindowPainter(theme_of(display), words, display.fullscreen)
    except NoWindow as error:
        raise DeviceMissing(f"display: {error}") from error


def open_terminal(words: Mapping[str, Words]) -> TtyPainter:
    """The terminal on stdout, each frame at once; plain where NO_COLOR is set."""
    from display.paint.tty import TtyPainter

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return TtyPainter(write, words, "NO_COLOR" not in os.environ)


def open_keyboard() -> Look:
    """The keys of this terminal as the kiosk's buttons; at the end of the program the terminal is as it was."""
    from kiosk.keyboard import Keyboard

    keyboard = Keyboard()
    atexit.register(keyboard.close)
    return keyboard.poll


def open_oled(oled: Oled, words: Mapping[str, Words]) -> OledPainter:
    """The small display on its bus; it is first spoken to when something is painted. Raises DeviceMissing where there is no such bus."""
    from display.paint.oled import OledError, OledPainter, open_i2c

    try:
        return OledPainter(open_i2c(oled.i2c_bus), words, oled.i2c_address, pages_at_once=1)
    except OledError as error:
        raise DeviceMissing(f"oled: {error}") from error


def intents_of(window: WindowPainter) -> list[Intent]:
    """What the customer touched; a key without a meaning is nobody's, and a shop's window has no way to be closed but the service."""
    return [said for said in window.poll() if not isinstance(said, Key | Quit)]
