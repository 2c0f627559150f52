"""What may be looked at from afar: nothing of a customer is left in the frame, and so in its picture."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from datetime import date, time
from enum import Enum
from typing import Any, get_args

import pytest
from PIL import Image

from display.paint.png import PngPainter
from display.redacted import MASK, MASKED_DAY, MASKED_TIME, redacted
from display.samples import frames
from display.scenes import Frame, Identified, OutOfService, Ready, Scene
from display.theme import MonoTheme, load_theme
from display.words import LANGUAGES, load_words
from loyalty.said import GreetingKind
from mqtt.reading_commands import PICTURE_BYTES_MAX
from tests.pictures import wide_theme

FRAMES = [(language, name, frame) for language in LANGUAGES for name, frame in frames(language).items()]
OWN_WORDS = Ready | Identified  # these say the shop's and the kiosk's name, and were made by no customer
SHAPE = {"page", "minutes", "seconds", "variant"}  # numbers that are the shop's or the moment's


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value in a scene, with the field it stands in."""
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from leaves(getattr(value, each.name), each.name)
    elif isinstance(value, tuple):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


@pytest.mark.parametrize(("language", "name", "frame"), FRAMES, ids=[f"{language}-{name}" for language, name, _ in FRAMES])
def test_no_word_and_no_number_of_a_person_is_left(language: str, name: str, frame: Frame) -> None:
    """Of every scene there is, each text, number, day and time that could be somebody's is a mask, and no greeting says why it greets."""
    for field, value in leaves(redacted(frame).scene):
        if isinstance(value, GreetingKind):
            assert value is GreetingKind.NOTE
        elif isinstance(value, str) and not isinstance(value, Enum):
            assert value in ("", MASK) or isinstance(frame.scene, OWN_WORDS), field
        elif isinstance(value, bool) or value is None or field in SHAPE:
            continue
        elif isinstance(value, int) and not isinstance(value, Enum):
            assert value == 0, field
        elif isinstance(value, date | time):
            assert value in (MASKED_DAY, MASKED_TIME), field


def test_every_scene_there_is_was_looked_at() -> None:
    """The samples above leave no kind of scene out."""
    assert {type(frame.scene) for _, _, frame in FRAMES} == set(get_args(Scene))


def test_what_is_nobodys_stays_readable() -> None:
    """A kiosk that is out of service, or off line, says so from afar as well."""
    for _, name, frame in FRAMES:
        if isinstance(frame.scene, OutOfService | Ready):
            assert redacted(frame) == frame, name
        assert redacted(frame).offline_since == frame.offline_since


def test_two_people_look_alike() -> None:
    """Whoever stands there, the picture of their greeting is the same, byte by byte."""
    painter = PngPainter(wide_theme(), load_words())
    found = frames("uk")
    assert painter.png(redacted(found["said-birthday"])) == painter.png(redacted(found["said-welcome-back"]))
    assert painter.png(redacted(found["greeting"])) == painter.png(redacted(found["greeting-long"]))
    assert painter.png(found["greeting"]) != painter.png(found["greeting-long"])


@pytest.mark.parametrize("theme", [wide_theme(), load_theme(1920, 1200, 257, 500), MonoTheme(128, 64)], ids=["wide", "largest", "mono"])
def test_every_redacted_picture_fits_into_a_message(theme: Any) -> None:
    """The picture of a scene (of every fourth, where drawing takes its time) is a PNG that fits the wire, on every size of screen."""
    painter = PngPainter(theme, load_words())
    for name, frame in list(frames("uk").items())[:: 1 if isinstance(theme, MonoTheme) else 4]:
        png = painter.png_within(redacted(frame), PICTURE_BYTES_MAX)
        assert len(png) <= PICTURE_BYTES_MAX, name
        with Image.open(io.BytesIO(png)) as shown:
            assert shown.format == "PNG"


def test_a_picture_shrinks_until_it_fits() -> None:
    """Where the wire is narrow the picture is smaller, in the same proportions, and never longer than allowed."""
    painter = PngPainter(wide_theme(), load_words())
    frame = redacted(frames("uk")["rewards"])
    png = painter.png_within(frame, 4_000)
    assert len(png) <= 4_000
    with Image.open(io.BytesIO(png)) as shown:
        assert 100 < shown.width < 800
        assert shown.width / shown.height == pytest.approx(800 / 480, rel=0.05)
    with pytest.raises(ValueError, match="no picture fits"):
        painter.png_within(frame, 50)
