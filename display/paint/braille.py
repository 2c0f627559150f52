"""A one-bit picture as lines of Braille signs, two pixels wide and four high each: how a terminal shows what the OLED holds."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

# Unicode 15, "Braille Patterns": bit of each dot, by column and row.
DOTS = (((0, 0), 0x01), ((0, 1), 0x02), ((0, 2), 0x04), ((1, 0), 0x08), ((1, 1), 0x10), ((1, 2), 0x20), ((0, 3), 0x40), ((1, 3), 0x80))
BLANK = 0x2800
SIDE_PX_MAX = 512  # twice the widest OLED: 256 signs fill any terminal


def braille(path: Path) -> list[str]:
    """Lines that show the lit pixels of the picture at `path`. Raises OSError for no picture, ValueError for one too large."""
    with Image.open(path) as opened:
        picture = opened.convert("1")
    width, height = picture.size
    if max(width, height) > SIDE_PX_MAX:
        raise ValueError(f"{path}: {width}x{height} pixels; up to {SIDE_PX_MAX} on a side are shown")
    return ["".join(_sign(picture, x, y) for x in range(0, width, 2)) for y in range(0, height, 4)]


def _sign(picture: Image.Image, x: int, y: int) -> str:
    width, height = picture.size
    lit = (bit for (dx, dy), bit in DOTS if x + dx < width and y + dy < height and picture.getpixel((x + dx, y + dy)))
    return chr(BLANK + sum(lit))
