"""The OLED: frames on a 128x64 one-bit screen (SSD1306, SSD1309) over I2C, through luma's driver. Main thread only.

It takes care of a panel that wears out where it is lit: dark after a minute of nobody, the picture moved a pixel each minute, cleared
before the power goes. Only the rows of eight pixels that changed travel: at 400 kHz one takes 3 ms, all eight take 25.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import luma.core.error
from luma.core.interface.serial import i2c
from luma.oled.device import ssd1306
from PIL import Image

from display.layouts import mono
from display.paint.pixels import PixelCanvas
from display.scenes import Frame, Ready
from display.theme import MonoTheme
from display.words import Words, words_for

BLANK_AFTER_S = 60.0  # research on SSD1306 panels left on: they dim where lit most, the readable half-life is 10-15 thousand hours
SHIFT_EVERY_S = 60.0
PLACES = ((0, 0), (1, 0), (1, -1), (0, -1))  # the layout leaves a column free on each side, and letters the topmost row
PAGES, PAGE_ROWS = 8, 8


class I2cBus(Protocol):
    """What luma needs of a bus: `smbus2.SMBus` and `RecordingBus` both have it."""

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int], /) -> None:
        """Write up to 32 bytes. Raises OSError."""


class OledError(Exception):
    """The OLED does not answer; the message says where and what to do. The next `paint` tries anew, from the start."""


def open_i2c(number: int) -> I2cBus:
    """The Raspberry Pi's I2C bus `/dev/i2c-<number>`. Raises `OledError` if there is none or it may not be opened."""
    import smbus2  # only where there is such a bus: its ioctl tables are of no use to a demo

    try:
        bus: I2cBus = smbus2.SMBus(number)
    except OSError as error:
        raise OledError(f"/dev/i2c-{number}: {error.strerror}; enable I2C with raspi-config and be in the group i2c") from error
    return bus


class OledPainter:
    """One panel."""

    def __init__(self, bus: I2cBus, words: Mapping[str, Words], address: int = 0x3C, rotate: int = 0, pages_at_once: int = PAGES) -> None:
        """`rotate`: quarter turns, 0 or 2. The panel is first spoken to when something is painted.

        `pages_at_once`: how many rows of eight pixels one call sends at most; the rest is owed and goes with `go_on`, so that whoever
        paints can do other work between them.
        """
        if rotate not in (0, 2):
            raise ValueError(f"rotate={rotate}: the layout is lying; only 0 and 2 quarter turns make sense")
        self._bus, self._address, self._rotate = bus, address, rotate
        self._words = words
        self._theme = MonoTheme(128, 64)
        self._canvas = PixelCanvas()
        self._device: ssd1306 | None = None
        self._sent: list[bytes] = []
        self._wanted: list[bytes] = []
        self._at_once = pages_at_once
        self._shown: Frame | None = None
        self._picture = Image.new("1", (128, 64))
        self._ready_since_s: float | None = None
        self._shifted_at_s: float | None = None
        self._place = 0
        self._dark = False

    def paint(self, frame: Frame) -> None:
        """Show `frame`; an equal one sends nothing, and a dark panel stays dark while nobody is there. Raises `OledError`."""
        if frame == self._shown and self._device is not None:
            return
        nobody = isinstance(frame.scene, Ready)
        if not nobody:
            self._ready_since_s = None
        ops = mono.layout(frame, self._theme, words_for(self._words, frame.language), self._canvas.measure)
        self._picture = self._canvas.picture(ops, 128, 64)
        if self._dark and nobody:
            self._shown = frame
            return
        self._spoken(self._send)
        self._shown = frame

    @property
    def owes(self) -> bool:
        """Whether a part of the picture has not been sent yet."""
        return self._device is not None and bool(self._wanted) and bool(self._differing())

    def go_on(self) -> None:
        """Send the next pages of a picture that is owed. Raises `OledError`."""
        if self.owes:
            self._spoken(self._send_pages)

    def rest(self, now_s: float) -> None:
        """Call it about once a second with a monotonic clock: it moves the picture, and goes dark when nobody came. Raises `OledError`."""
        if self._shifted_at_s is None:
            self._shifted_at_s = now_s
        if self._shown is None or self._dark:
            return
        if isinstance(self._shown.scene, Ready):
            if self._ready_since_s is None:
                self._ready_since_s = now_s
            if now_s - self._ready_since_s >= BLANK_AFTER_S:
                self._spoken(self._darken)
                return
        if now_s - self._shifted_at_s >= SHIFT_EVERY_S:
            self._shifted_at_s = now_s
            self._place = (self._place + 1) % len(PLACES)
            self._spoken(self._send)

    def close(self) -> None:
        """Clear the panel, then turn it off: a picture left in its memory would come back with the power. Never raises."""
        device, self._device = self._device, None
        if device is None:
            return
        device.persist = True  # luma would do the same again at exit, on a bus that may be closed by then
        try:
            device.clear()
            device.hide()
        except (OSError, luma.core.error.Error):
            return  # gone already; there is nobody to tell

    def _send(self) -> None:
        """Open the panel if need be, light it, and send the pages that differ from what it holds."""
        if self._device is None:
            self._device = ssd1306(i2c(bus=self._bus, address=self._address), rotate=self._rotate)
            self._sent = [bytes(128)] * PAGES  # luma clears the panel when it opens it
            self._dark = False
        elif self._dark:
            self._device.show()
            self._dark = False
        placed = Image.new("1", self._picture.size)
        placed.paste(self._picture, PLACES[self._place])
        self._wanted = pages_of(self._device.preprocess(placed))
        self._send_pages()

    def _send_pages(self) -> None:
        """Send the first of the pages that differ from what the panel holds."""
        device = self._device
        if device is None:
            return
        for page in self._differing()[: self._at_once]:
            const = device._const
            device.command(const.COLUMNADDR, 0, 127, const.PAGEADDR, page, page)
            device.data(list(self._wanted[page]))
            self._sent[page] = self._wanted[page]

    def _differing(self) -> list[int]:
        return [page for page in range(PAGES) if self._wanted[page] != self._sent[page]]

    def _darken(self) -> None:
        """Turn the panel off; its memory keeps the picture."""
        if self._device is not None:
            self._device.hide()
        self._dark = True

    def _spoken(self, act: Callable[[], None]) -> None:
        """Do `act`; whatever luma and the bus raise becomes one named error, and the panel is opened anew next time."""
        try:
            act()
        except (OSError, luma.core.error.Error) as error:
            if self._device is not None:
                self._device.persist = True
            self._device, self._dark = None, False
            raise OledError(
                f"OLED at address 0x{self._address:02x} does not answer ({error}); check its four wires and the address"
            ) from error


def pages_of(picture: Image.Image) -> list[bytes]:
    """A 128x64 picture of mode "1" as the panel holds it: 8 pages, a byte per column, the topmost pixel in its lowest bit."""
    turned = picture.transpose(Image.Transpose.ROTATE_270)
    rows = turned.tobytes()  # 128 rows of 64 bits, row = column of the picture, the lowest pixel first
    return [bytes(rows[column * PAGES + (PAGES - 1 - page)] for column in range(128)) for page in range(PAGES)]
