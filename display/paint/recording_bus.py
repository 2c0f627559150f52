"""An I2C bus with an SSD1306 on it that is made of memory: it takes the driver's bytes and shows the picture a panel would.

It ships: demonstrations, screenshots and tests use it where a panel would hang. Like the chip it refuses what it does not know.
Source: Solomon Systech SSD1306 data sheet, rev 1.1, command table (chapter 9).
"""

from __future__ import annotations

import errno

from PIL import Image

WIDTH, PAGES = 128, 8
BLOCK_BYTES_MAX = 32  # SMBus block limit, which smbus2 enforces too

_COMMANDS = 0x00  # control byte: what follows are commands
_PIXELS = 0x40  # control byte: what follows goes into the picture memory
# Commands that take parameters, and how many.
_PARAMETERS = {0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}
_SIMPLE = {0xA0, 0xA1, 0xA4, 0xA5, 0xA6, 0xA7, 0xAE, 0xAF, 0xC0, 0xC8, 0xE3, *range(0x40, 0x80)}


class RecordingBus:
    """The bus and the panel at one address."""

    def __init__(self, address: int = 0x3C) -> None:
        """A panel just powered: off, its memory dark."""
        self.address = address
        self.on = False
        self.bytes_written = 0
        self._memory = bytearray(WIDTH * PAGES)
        self._columns = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)
        self._at = (0, 0)
        self._plugged = True

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int], /) -> None:
        """Take what luma sends. Raises OSError(EREMOTEIO) where no panel answers, ValueError for what the chip does not know."""
        if not self._plugged or i2c_addr != self.address:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        if not 0 < len(data) <= BLOCK_BYTES_MAX:
            raise ValueError(f"a block has 1 to {BLOCK_BYTES_MAX} bytes, this one {len(data)}")
        if any(not 0 <= byte <= 255 for byte in data):
            raise ValueError("a byte is 0 to 255")
        self.bytes_written += 2 + len(data)  # address and control byte travel too
        if register == _COMMANDS:
            self._take_commands(data)
        elif register == _PIXELS:
            self._take_pixels(data)
        else:
            raise ValueError(f"control byte 0x{register:02x}: the chip knows 0x00 and 0x40")

    def unplug(self) -> None:
        """From now on nothing answers; the memory is lost."""
        self._plugged = False
        self._memory = bytearray(WIDTH * PAGES)
        self.on = False

    def replug(self) -> None:
        """A panel just powered answers again."""
        self._plugged = True

    @property
    def memory(self) -> Image.Image:
        """What the panel holds, lit or not: 128x64, mode "1"."""
        picture = Image.new("1", (WIDTH, PAGES * 8))
        lit = (
            (x, page * 8 + bit)
            for page in range(PAGES)
            for x in range(WIDTH)
            for bit in range(8)
            if self._memory[page * WIDTH + x] >> bit & 1
        )
        for place in lit:
            picture.putpixel(place, 1)
        return picture

    @property
    def picture(self) -> Image.Image:
        """What a person sees: the memory, or nothing while the panel is off."""
        return self.memory if self.on else Image.new("1", (WIDTH, PAGES * 8))

    def _take_commands(self, data: list[int]) -> None:
        """One or more commands with their parameters."""
        left = list(data)
        while left:
            command = left.pop(0)
            if command in _SIMPLE:
                self.on = {0xAE: False, 0xAF: True}.get(command, self.on)
                continue
            count = _PARAMETERS.get(command)
            if count is None or count > len(left):
                raise ValueError(f"command 0x{command:02x} with {len(left)} bytes after it: not in the SSD1306 data sheet")
            self._obey(command, left[:count])
            del left[:count]

    def _obey(self, command: int, values: list[int]) -> None:
        """A command that changes where pixels go."""
        if command == 0x20 and values != [0]:
            raise ValueError("only horizontal addressing is modelled (luma uses no other)")
        if command == 0x21:
            self._columns = (values[0], values[1])
        elif command == 0x22:
            self._pages = (values[0], values[1])
        else:
            return
        if not (0 <= self._columns[0] <= self._columns[1] < WIDTH and 0 <= self._pages[0] <= self._pages[1] < PAGES):
            raise ValueError(f"columns {self._columns}, pages {self._pages}: outside the panel")
        self._at = (self._columns[0], self._pages[0])

    def _take_pixels(self, data: list[int]) -> None:
        """Bytes into the window set before, left to right, then the next page (data sheet 10.1.3)."""
        for byte in data:
            column, page = self._at
            self._memory[page * WIDTH + column] = byte
            column += 1
            if column > self._columns[1]:
                column, page = self._columns[0], page + 1
            if page > self._pages[1]:
                page = self._pages[0]
            self._at = (column, page)
