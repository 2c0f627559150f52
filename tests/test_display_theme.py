"""Themes: millimetres and viewing distance become pixels, and what cannot be read or hit is refused, all of it at once."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from display.contrast import contrast
from display.theme import CAPITAL_OF_SIZE, SHIPPED, THEME_BYTES_MAX, BadTheme, MonoTheme, load_theme


def _changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The shipped theme with some words exchanged."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "theme.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_targets_are_millimetres_on_the_glass() -> None:
    """20 mm are 20 mm on a small dense screen and on a large coarse one."""
    for width, height, diagonal in ((800, 480, 178.0), (1280, 800, 257.0), (1280, 800, 178.0)):
        theme = load_theme(width, height, diagonal, 400)
        assert theme.target / theme.px_per_mm == pytest.approx(20, abs=0.3)
        assert theme.gap / theme.px_per_mm == pytest.approx(3, abs=0.4)


@pytest.mark.parametrize("distance_mm", [300, 400, 500, 600])
def test_the_smallest_text_is_legible_at_the_distance(distance_mm: int) -> None:
    """Capitals of the floor step subtend 0.7 degrees from there (EN 301 549, 5.1.4)."""
    theme = load_theme(800, 480, 178, distance_mm)
    capital_mm = theme.type.floor * CAPITAL_OF_SIZE / theme.px_per_mm
    assert 0.7 <= math.degrees(2 * math.atan(capital_mm / 2 / distance_mm)) < 0.73
    assert theme.type.floor <= theme.type.small <= theme.type.body <= theme.type.title <= theme.type.huge


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    """Colours too close, targets too small and text too small come in one message, each with its place and number."""
    path = _changed(
        tmp_path,
        ('soft = "#a9b8cb"', 'soft = "#2a3644"'),
        ("size_mm = 20.0", "size_mm = 9.0"),
        ("floor_degrees = 0.7", "floor_degrees = 0.2"),
    )
    with pytest.raises(BadTheme) as refused:
        load_theme(800, 480, 178, 400, path)
    for said in (
        "colours.soft on colours.ground",
        "colours.soft on colours.card",
        "targets.size_mm = 9.0",
        "text.floor_degrees = 0.2",
        str(path),
    ):
        assert said in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('edge = "#6f8299"', 'edge = "#1c2838"', "colours.edge on colours.ground: contrast 1"),
        ('very_bad = "#a5522c"', 'very_bad = "#3a1d10"', "colours.very_bad on colours.ground"),
        ('ink = "#f4f7fb"', 'ink = "white"', "colours.ink = 'white': #rrggbb expected"),
        ('ink = "#f4f7fb"', 'inc = "#f4f7fb"', "colours.inc is not known here"),
        ('ink = "#f4f7fb"', "", "colours.ink is missing"),
        ("size_mm = 20.0", "size_mm = 14.9", "fingers miss below 15 mm"),
        ("gap_mm = 3.0", "gap_mm = 2.0", "at least 3 mm"),
        ("gap_mm = 3.0", 'gap_mm = "3"', "a number above 0 expected"),
        ("gap_mm = 3.0", "gap_mm = true", "a number above 0 expected"),
        ("small = 35", "small = 90", "must grow"),
        ("[targets]", "[aims]", "[targets] is missing"),
        ("[targets]", "[aims]", "[aims] is not known here"),
        ("size_mm = 20.0", "size_mm = 60.0", "too narrow"),
        ("size_mm = 20.0", "size_mm = 20.0.0", "not TOML"),
    ],
)
def test_a_fault_is_said_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Every single mistake in a theme is refused in words that name the key."""
    with pytest.raises(BadTheme) as refused:
        load_theme(800, 480, 178, 400, _changed(tmp_path, (old, new)))
    assert said in str(refused.value)


def test_a_target_below_the_good_size_warns(tmp_path: Path) -> None:
    """Between 15 and 20 mm the theme works and says that larger is better; the shipped one has nothing to say."""
    assert load_theme(800, 480, 178, 400).warnings == ()
    assert "20 mm" in load_theme(800, 480, 178, 400, _changed(tmp_path, ("size_mm = 20.0", "size_mm = 16.0"))).warnings[0]


@pytest.mark.parametrize(
    ("screen", "said"),
    [
        ((320, 240, 90, 400), "screen 320x240"),
        ((720, 1280, 178, 400), "screen 720x1280"),
        ((800, 480, 7, 400), "1 inch is 25.4 mm"),
        ((800, 480, 178, 50), "viewing distance 50 mm"),
        ((800, 480, 101, 400), "too narrow"),
    ],
)
def test_a_screen_it_was_not_made_for_is_refused(screen: tuple[int, int, int, int], said: str) -> None:
    """A screen too small, upright or measured in inches is named instead of filled badly."""
    with pytest.raises(BadTheme) as refused:
        load_theme(*screen)
    assert said in str(refused.value)


def test_a_file_that_is_no_theme_is_refused(tmp_path: Path) -> None:
    """Missing, endless and binary files are said by name."""
    with pytest.raises(BadTheme, match="cannot be read"):
        load_theme(800, 480, 178, 400, tmp_path / "none.toml")
    path = tmp_path / "theme.toml"
    path.write_bytes(b"#" * (THEME_BYTES_MAX + 1))
    with pytest.raises(BadTheme, match="longer than"):
        load_theme(800, 480, 178, 400, path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTheme, match="not TOML"):
        load_theme(800, 480, 178, 400, path)


def test_one_bit_screens_are_the_two_known_ones() -> None:
    """128x64 and 256x64 have a design; others are refused."""
    assert (MonoTheme(256, 64).width, MonoTheme().width) == (256, 128)
    with pytest.raises(BadTheme, match="128x32"):
        MonoTheme(128, 32)


def test_contrast_is_that_of_wcag() -> None:
    """Black and white are 21 apart, a colour and itself 1, and the grey of the textbooks 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
