"""The golden pictures: which frames on which screens, and the comparing of pictures by pixels. The frames are `display.samples`."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops

from display.paint.png import PngPainter
from display.samples import LONG_NAMES as LONG_NAMES
from display.samples import NAMES as NAMES
from display.samples import SINCE as SINCE
from display.samples import frames as frames
from display.scenes import Frame
from display.theme import MonoTheme, Theme, load_theme
from display.words import LANGUAGES, load_words

GOLDEN = Path(__file__).with_name("golden")
REPORT = Path(__file__).parent.parent / "var" / "golden-report"


@cache
def wide_theme() -> Theme:
    """The usual 7 inch 800x480 touch screen at the length of a bent arm."""
    return load_theme(800, 480, diagonal_mm=178, viewing_distance_mm=400)


@cache
def large_theme() -> Theme:
    """A 10.1 inch 1280x800 screen at arm's length."""
    return load_theme(1280, 800, diagonal_mm=257, viewing_distance_mm=500)


@dataclass(frozen=True, slots=True)
class Case:
    """One golden picture. `name` is the file's, without its ending."""

    name: str
    theme: Theme | MonoTheme
    frame: Frame


WIDE_IN_ONE_LANGUAGE = {
    *("said-plain", "said-old-balance", "said-hidden-balance", "said-nameless", "said-long", "said-own-words", "options", "tier"),
    *("said-note-long", "said-milestone-weeks", "said-milestone-years", "put-right-nameless", "ask-short", "menu-short", "rewards-few"),
    *(f"not-now-{why}" for why in ("offline-limit", "ended", "stale")),
}
"""Further shapes of a scene that is there in every language: a colour picture takes 50 kB, and that words fit is proved without one."""


def cases() -> list[Case]:
    """All golden pictures: every frame, screen and language, but for `WIDE_IN_ONE_LANGUAGE`; on the large screen, which has the same
    layout, four.
    """
    found = []
    for language in LANGUAGES:
        for name, frame in frames(language).items():
            once = language != "uk" and name in WIDE_IN_ONE_LANGUAGE
            if not name.endswith("-more") and not once:  # touch shows all choices on one page
                found.append(Case(f"wide-{language}-{name}", wide_theme(), frame))
            found.append(Case(f"mono128-{language}-{name}", MonoTheme(128, 64), frame))
            found.append(Case(f"mono256-{language}-{name}", MonoTheme(256, 64), frame))
            if language == "uk" and name in ("ready", "greeting-offline", "why-bad", "said-burn"):
                found.append(Case(f"large-{language}-{name}", large_theme(), frame))
    return found


@cache
def _painter(theme: Theme | MonoTheme) -> PngPainter:
    return PngPainter(theme, load_words())


def painted(case: Case) -> Image.Image:
    """The picture as it is painted now."""
    return _painter(case.theme).picture(case.frame)


def png_bytes(case: Case) -> bytes:
    """The same as a PNG file, for accepting."""
    return _painter(case.theme).png(case.frame)


def golden(name: str) -> Image.Image | None:
    """The accepted picture, or None if there is none."""
    path = GOLDEN / f"{name}.png"
    if not path.exists():
        return None
    with Image.open(path) as file:
        return file.copy()


def difference(now: Image.Image, accepted: Image.Image | None) -> Image.Image | None:
    """None if every pixel is equal, else a picture of what differs."""
    if accepted is None or accepted.size != now.size:
        return now
    found = ImageChops.difference(now.convert("RGB"), accepted.convert("RGB"))
    return found.point(lambda value: 255 if value else 0) if found.getbbox() else None


def write_report(names: list[str]) -> Path:
    """An HTML page with before, after and difference of each named picture; returns where it is."""
    REPORT.mkdir(parents=True, exist_ok=True)
    rows = []
    for case in cases():
        if case.name not in names:
            continue
        accepted, now = golden(case.name), painted(case)
        pictures = {"before": accepted, "after": now, "difference": difference(now, accepted)}
        cells = []
        for kind, picture in pictures.items():
            if picture is None:
                cells.append("<td>none</td>")
                continue
            file = f"{case.name}.{kind}.png"
            picture.save(REPORT / file)
            cells.append(f'<td><img src="{html.escape(file)}" alt="{kind}"></td>')
        rows.append(f"<tr><th>{html.escape(case.name)}</th>{''.join(cells)}</tr>")
    page = REPORT / "index.html"
    head = "<tr><th></th><th>before</th><th>after</th><th>difference</th></tr>"
    style = "img{max-width:30vw;min-width:256px;image-rendering:pixelated;background:#888}"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>Golden pictures</title><style>{style}</style><table>{head}{''.join(rows)}</table>\n"
    )
    return page
