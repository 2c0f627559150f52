"""Where the shipped fonts lie, by weight. Both ways of drawing (pygame and Pillow) load them from here, by path, never by a system name."""

from __future__ import annotations

from pathlib import Path

from display.layouts.ops import Weight

_FOLDER = Path(__file__).parent.parent / "assets" / "fonts"

FONT_FILES: dict[Weight, Path] = {
    Weight.REGULAR: _FOLDER / "NotoSans-Regular.ttf",
    Weight.BOLD: _FOLDER / "NotoSans-Bold.ttf",
    Weight.PIXEL: _FOLDER / "Unifont.otf",
}
