"""`stupeni screenshot`: the sample scenes as this kiosk's screens would show them. What is in them is `display.samples`."""

from __future__ import annotations

from config.schema import Display
from display.paint.png import PngPainter
from display.samples import frames
from display.theme import MonoTheme
from display.words import load_words
from kiosk.devices import theme_of

OLED = MonoTheme(128, 64)  # the SSD1306 of `config.schema.Oled`


def scene_names() -> list[str]:
    """What can be drawn, in a fixed order."""
    return list(frames("en"))


def draw(scene: str, language: str, layout: str, display: Display) -> bytes:
    """A scene of `scene_names` in "en", "uk" or "ru" as a PNG: `layout` "wide" is the configured screen, "mono" the OLED.

    Raises BadTheme for a screen that nothing can be shown on, KeyError for another scene.
    """
    theme = OLED if layout == "mono" else theme_of(display)
    return PngPainter(theme, load_words()).png(frames(language)[scene])
