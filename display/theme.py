"""Theme: colours and sizes of the colour screen, read from TOML and turned from millimetres and viewing distance into pixels.

Everything doubtful is refused here, all of it at once, so that no layout has to ask whether a colour can be read or a button hit.
It draws nothing and holds no sentences.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from display.contrast import contrast

SHIPPED = Path(__file__).with_name("theme.toml")

TEXT_CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3
MARK_CONTRAST_MIN = 3.0  # WCAG 2.2, 1.4.11
TARGET_MM_MIN = 15.0  # below, standing people miss (Colle & Hiszem 2004)
TARGET_MM_GOOD = 20.0
GAP_MM_MIN = 3.0
FLOOR_DEGREES_MIN = 0.7  # EN 301 549, 5.1.4
CAPITAL_OF_SIZE = 0.714  # height of Noto Sans' capitals as a part of the font size, from the font's OS/2 table
THEME_BYTES_MAX = 16_384  # the shipped one has 1.5 kB; more is not a theme


class BadTheme(Exception):
    """The theme or the screen cannot be used; the message lists everything that is wrong, one per line."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`; what each is for stands in `theme.toml`."""

    ground: str
    card: str
    ink: str
    soft: str
    accent: str
    edge: str
    very_good: str
    good: str
    bad: str
    very_bad: str

    @property
    def faces(self) -> tuple[str, str, str, str]:
        """The faces' colours by `loyalty.facts.Face` value: the worst first."""
        return (self.very_bad, self.bad, self.good, self.very_good)


@dataclass(frozen=True, slots=True)
class TypeSteps:
    """Font sizes in pixels, none smaller than `floor`, the smallest that is legible at the viewing distance."""

    small: int
    body: int
    title: int
    huge: int
    floor: int


@dataclass(frozen=True, slots=True)
class Theme:
    """All a layout may know of the glass: its size, how far a millimetre reaches, its colours and sizes.

    `unit` scales drawing: pixels per 480th of the height of a 5:3 screen. `target` and `gap`: pixels of what a finger must hit.
    `warnings`: things that work but are worse than they could be, as sentences for whoever installs the kiosk.
    """

    width: int
    height: int
    px_per_mm: float
    unit: float
    target: int
    gap: int
    palette: Palette
    type: TypeSteps
    warnings: tuple[str, ...] = ()

    def scaled(self, units: float) -> int:
        """`units` 480ths of the screen's height, as whole pixels."""
        return round(units * self.unit)


@dataclass(frozen=True, slots=True)
class MonoTheme:
    """The one-bit screen: only its size matters, 128x64 (SSD1306, SSD1309) or 256x64."""

    width: int = 128
    height: int = 64

    def __post_init__(self) -> None:
        """Refuse sizes the layout was not designed for."""
        if (self.width, self.height) not in {(128, 64), (256, 64)}:
            raise BadTheme(f"one-bit screen {self.width}x{self.height}: only 128x64 and 256x64 are known")


def load_theme(width_px: int, height_px: int, diagonal_mm: float, viewing_distance_mm: float, path: Path = SHIPPED) -> Theme:
    """The theme of `path` fitted to a screen of that many pixels and millimetres, read from that far away.

    Raises `BadTheme` naming everything that is wrong: unreadable file, missing or unknown keys, contrast, sizes, a screen too small.
    """
    raw = _read(path)
    faults = _shape_faults(raw)
    faults += _screen_faults(width_px, height_px, diagonal_mm, viewing_distance_mm)
    if faults:
        raise BadTheme(_listed(path, faults))
    palette = Palette(**raw["colours"])
    faults = _contrast_faults(palette) + _size_faults(raw)
    px_per_mm = math.hypot(width_px, height_px) / diagonal_mm
    target, gap = math.ceil(raw["targets"]["size_mm"] * px_per_mm), math.ceil(raw["targets"]["gap_mm"] * px_per_mm)
    faults += _room_faults(width_px, height_px, target, gap)
    if faults:
        raise BadTheme(_listed(path, faults))
    unit = min(width_px / 800, height_px / 480)
    return Theme(
        width=width_px,
        height=height_px,
        px_per_mm=px_per_mm,
        unit=unit,
        target=target,
        gap=gap,
        palette=palette,
        type=_steps(raw["text"], unit, viewing_distance_mm * px_per_mm),
        warnings=_warnings(raw),
    )


def _read(path: Path) -> dict[str, Any]:
    """The parsed file, or `BadTheme`."""
    try:
        text = path.read_bytes()[: THEME_BYTES_MAX + 1]
        if len(text) > THEME_BYTES_MAX:
            raise BadTheme(f"{path}: longer than {THEME_BYTES_MAX} bytes: not a theme")
        return tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise BadTheme(f"{path}: cannot be read ({error.strerror}); reinstall, or name another theme") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTheme(f"{path}: not TOML: {error}") from error


def _listed(path: Path, faults: list[str]) -> str:
    """One message of many faults."""
    return f"{path}:\n" + "\n".join(f"- {fault}" for fault in faults)


_NUMBERS = {"targets": ("size_mm", "gap_mm"), "text": ("small", "body", "title", "huge", "floor_degrees")}


def _shape_faults(raw: dict[str, Any]) -> list[str]:
    """Missing, unknown and mistyped keys."""
    wanted = {"colours": tuple(f.name for f in fields(Palette)), **_NUMBERS}
    faults = [f"[{section}] is not known here" for section in raw if section not in wanted]
    for section, keys in wanted.items():
        table = raw.get(section)
        if not isinstance(table, dict):
            faults.append(f"[{section}] is missing")
            continue
        faults += [f"{section}.{key} is not known here" for key in table if key not in keys]
        for key in keys:
            if key not in table:
                faults.append(f"{section}.{key} is missing")
            elif not _fits(section, table[key]):
                faults.append(f"{section}.{key} = {table[key]!r}: {'#rrggbb' if section == 'colours' else 'a number above 0'} expected")
    return faults


def _fits(section: str, value: object) -> bool:
    """Whether the value is a colour or a positive number, as its section wants."""
    if section != "colours":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    return isinstance(value, str) and len(value) == 7 and value[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in value[1:])


def _screen_faults(width_px: int, height_px: int, diagonal_mm: float, viewing_distance_mm: float) -> list[str]:
    """A screen that cannot be."""
    faults = []
    if not (800 <= width_px <= 1920 and 480 <= height_px <= 1200 and 1.3 <= width_px / height_px <= 1.8):
        faults.append(f"screen {width_px}x{height_px}: the wide layout is for 800x480 to 1920x1200, between 4:3 and 16:9")
    if not 100 <= diagonal_mm <= 700:
        faults.append(f"screen diagonal {diagonal_mm} mm: between 100 and 700 expected (1 inch is 25.4 mm)")
    if not 200 <= viewing_distance_mm <= 1500:
        faults.append(f"viewing distance {viewing_distance_mm} mm: between 200 and 1500 expected (an arm's length is about 500)")
    return faults


def _contrast_faults(palette: Palette) -> list[str]:
    """Pairs that meet on the screen and cannot be told apart well enough."""
    texts = [(ink, back) for back in ("ground", "card") for ink in ("ink", "soft", "accent")]
    marks = [(mark, "ground") for mark in ("edge", "very_good", "good", "bad", "very_bad")]
    faults = []
    for pairs, least in ((texts, TEXT_CONTRAST_MIN), (marks, MARK_CONTRAST_MIN)):
        for front, back in pairs:
            ratio = contrast(getattr(palette, front), getattr(palette, back))
            if ratio < least:
                faults.append(f"colours.{front} on colours.{back}: contrast {ratio:.2f}, at least {least} needed")
    return faults


def _size_faults(raw: dict[str, Any]) -> list[str]:
    """Sizes nobody can hit or read."""
    faults = []
    if raw["targets"]["size_mm"] < TARGET_MM_MIN:
        faults.append(f"targets.size_mm = {raw['targets']['size_mm']}: fingers miss below {TARGET_MM_MIN:g} mm")
    if raw["targets"]["gap_mm"] < GAP_MM_MIN:
        faults.append(f"targets.gap_mm = {raw['targets']['gap_mm']}: at least {GAP_MM_MIN:g} mm needed")
    if raw["text"]["floor_degrees"] < FLOOR_DEGREES_MIN:
        faults.append(f"text.floor_degrees = {raw['text']['floor_degrees']}: at least {FLOOR_DEGREES_MIN} needed (EN 301 549, 5.1.4)")
    steps = [raw["text"][step] for step in ("small", "body", "title", "huge")]
    if steps != sorted(steps):
        faults.append("text: small, body, title, huge must grow in this order")
    return faults


def _room_faults(width_px: int, height_px: int, target: int, gap: int) -> list[str]:
    """A screen on which the four faces do not fit side by side, or not with anything above them."""
    faults = []
    if 4 * target + 5 * gap > width_px:
        faults.append(f"the screen is too narrow: four targets and gaps need {4 * target + 5 * gap} px of its {width_px}")
    if 2 * target + 4 * gap > height_px:
        faults.append(f"the screen is too low: two rows of targets and gaps need {2 * target + 4 * gap} px of its {height_px}")
    return faults


def _steps(raw: dict[str, Any], unit: float, distance_px: float) -> TypeSteps:
    """The steps in pixels, none below the legible floor."""
    capital = 2 * math.tan(math.radians(raw["floor_degrees"] / 2)) * distance_px
    floor = math.ceil(capital / CAPITAL_OF_SIZE)
    small, body, title, huge = (max(floor, round(raw[step] * unit)) for step in ("small", "body", "title", "huge"))
    return TypeSteps(small, body, title, huge, floor)


def _warnings(raw: dict[str, Any]) -> tuple[str, ...]:
    """What works but is worse than it could be."""
    size_mm = raw["targets"]["size_mm"]
    if size_mm < TARGET_MM_GOOD:
        return (f"targets.size_mm = {size_mm}: people standing hit {TARGET_MM_GOOD:g} mm better",)
    return ()
