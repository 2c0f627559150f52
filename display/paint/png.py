"""Pictures of frames as PNG: for screenshots, documentation and the golden pictures of the tests. The same pixels the screens get."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from display.layouts import mono, wide
from display.paint.canvas import Canvas
from display.paint.pixels import PixelCanvas
from display.paint.sdl import pygame
from display.scenes import Frame
from display.theme import MonoTheme, Theme
from display.words import Words, words_for

AFAR_PX_MAX = 800  # the longer side of a picture looked at from afar: the smallest screen there is, and every word can be read
AFAR_COLOURS = 64  # enough for smooth letters of a screen that has a dozen colours
SIDE_PX_MIN = 16


class PngPainter:
    """Keeps one PNG file equal to the last frame painted; without a path it only makes pictures."""

    def __init__(self, theme: Theme | MonoTheme, words: Mapping[str, Words], path: Path | None = None) -> None:
        """`theme` says which screen the picture is of."""
        self._theme = theme
        self._words = words
        self._path = path
        self._shown: Frame | None = None
        self._colour = Canvas() if isinstance(theme, Theme) else None
        self._pixels = PixelCanvas()

    def paint(self, frame: Frame) -> None:
        """Write the picture of `frame` to the path, whole or not at all; an equal frame writes nothing. Raises OSError."""
        if frame == self._shown or self._path is None:
            return
        unfinished = self._path.with_name(self._path.name + ".part")
        unfinished.write_bytes(self.png(frame))
        unfinished.replace(self._path)
        self._shown = frame

    def close(self) -> None:
        """Nothing to let go of; the file stays."""

    def png(self, frame: Frame) -> bytes:
        """`frame` as the bytes of a PNG file; with a palette where that loses nothing, which makes it half as long."""
        picture = self.picture(frame)
        if picture.mode == "RGB" and picture.getcolors(256) is not None:
            indexed = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
            if indexed.convert("RGB").tobytes() == picture.tobytes():
                picture = indexed
        return _file(picture, optimize=True)

    def png_within(self, frame: Frame, bytes_max: int) -> bytes:
        """`frame` as a PNG file of at most so many bytes, to be looked at from afar: in few colours, and smaller until it fits.

        Made quickly rather than well, for customers wait meanwhile. Raises ValueError if even a picture of a few pixels does not fit.
        """
        picture = self.picture(frame)
        if picture.mode == "RGB":
            picture.thumbnail((AFAR_PX_MAX, AFAR_PX_MAX), Image.Resampling.BILINEAR)
        while True:
            png = _file(picture if picture.mode == "1" else picture.quantize(AFAR_COLOURS, Image.Quantize.FASTOCTREE), optimize=False)
            if len(png) <= bytes_max:
                return png
            if min(picture.size) <= SIDE_PX_MIN:
                raise ValueError(f"no picture fits into {bytes_max} bytes")
            picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.BILINEAR)

    def picture(self, frame: Frame) -> Image.Image:
        """`frame` as a Pillow picture: RGB for the colour screen, one bit for the other."""
        theme, words = self._theme, words_for(self._words, frame.language)
        if self._colour is None or not isinstance(theme, Theme):
            ops = mono.layout(frame, MonoTheme(theme.width, theme.height), words, self._pixels.measure)
            return self._pixels.picture(ops, theme.width, theme.height)
        surface = pygame.Surface((theme.width, theme.height), depth=32)
        self._colour.draw(wide.layout(frame, theme, words, self._colour.measure), surface)
        return Image.frombytes("RGB", surface.get_size(), pygame.image.tobytes(surface, "RGB"))


def _file(picture: Image.Image, optimize: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=optimize)
    return file.getvalue()
