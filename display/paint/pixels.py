"""Pixels of the one-bit screen: drawing steps onto a Pillow picture of mode "1". Used by the OLED and by PNG pictures. No device."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from display.layouts.ops import Circle, HitArea, Op, Polyline, Rect, RoundRect, Text, Weight
from display.paint.fonts import FONT_FILES


class PixelCanvas:
    """Draws ops in one bit and measures text. Belongs to one thread."""

    def __init__(self) -> None:
        """Loads nothing yet: a font is loaded when its size is first asked for."""
        self._fonts: dict[tuple[Weight, int], ImageFont.FreeTypeFont] = {}

    def measure(self, text: str, size_px: int, weight: Weight) -> int:
        """Width in pixels of `text` in one line."""
        return round(self._font(weight, size_px).getlength(text))

    def picture(self, ops: Sequence[Op], width: int, height: int) -> Image.Image:
        """A new picture of mode "1" with all of `ops` drawn in order."""
        picture = Image.new("1", (width, height))
        pen = ImageDraw.Draw(picture)
        pen.fontmode = "1"
        for op in ops:
            self._draw(pen, op)
        return picture

    def _draw(self, pen: ImageDraw.ImageDraw, op: Op) -> None:
        """One step. Any colour but black is lit."""
        match op:
            case Rect(box, colour):
                pen.rectangle((box.x, box.y, box.right - 1, box.bottom - 1), fill=_lit(colour))
            case RoundRect(box, radius, colour):
                pen.rounded_rectangle((box.x, box.y, box.right - 1, box.bottom - 1), radius, fill=_lit(colour))
            case Circle(x, y, radius, colour):
                pen.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=_lit(colour))
            case Polyline(points, width, colour, filled):
                if filled:
                    pen.polygon(points, fill=_lit(colour))
                pen.line(points, fill=_lit(colour), width=round(width))
            case Text():
                font = self._font(op.weight, op.size_px)
                pen.text((op.box.x, op.y), op.text, fill=_lit(op.colour), font=font, anchor="ls")
            case HitArea():
                pass

    def _font(self, weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
        """The font, loaded once per size."""
        font = self._fonts.get((weight, size_px))
        if font is None:
            font = self._fonts[(weight, size_px)] = ImageFont.truetype(FONT_FILES[weight], size_px, layout_engine=ImageFont.Layout.BASIC)
        return font


def _lit(colour: str) -> int:
    """1 for anything but black."""
    return int(colour != "#000000")
