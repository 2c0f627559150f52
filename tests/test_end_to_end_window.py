"""The kiosk in a real window of a real X server, touched by a real pointer, with a real hub behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from config.schema import Display
from display.layouts import wide
from display.layouts.ops import HitArea
from display.paint.canvas import Canvas
from display.paint.png import PngPainter
from display.scenes import Because, Frame, Greeting, Intent, Rate, WhyBad
from display.words import load_words
from kiosk.devices import theme_of
from loyalty.facts import Face, ReasonCode
from loyalty.said import GreetingKind, Said
from tests.shop_day import WAIT_S, Shop, open_shop
from tests.x_server import x_server

pytestmark = pytest.mark.xdist_group("stage")
# The demonstration's newest member, at the first visit.
GREETING = Frame(Greeting("Марку", 10, 10, said=Said(GreetingKind.WELCOME), options=True), "uk")
QUESTION = Frame(WhyBad(tuple(ReasonCode)), "uk")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop whose kiosk has a window on that server."""
    with x_server(Display().width_px, Display().height_px) as display:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
        with open_shop(tmp_path / "shop", "window") as shop:
            yield shop


def shot(path: Path) -> Image.Image:
    """What the X server shows."""
    subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=WAIT_S)
    with Image.open(path) as picture:
        return picture.convert("RGB")


def xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True, timeout=WAIT_S)


def touch(frame: Frame, intent: Intent) -> None:
    """Click where the frame offers an intent."""
    ops = wide.layout(frame, theme_of(Display()), load_words()[frame.language], Canvas().measure)
    x, y = next(op.box.centre for op in ops if isinstance(op, HitArea) and op.intent == intent)
    xdotool("mousemove", str(x), str(y), "click", "1")


def colours(picture: Image.Image) -> set[object]:
    """Every colour in a picture."""
    return {colour for _, colour in picture.getcolors(1 << 20) or []}


def as_painted(frame: Frame) -> bytes:
    return PngPainter(theme_of(Display()), load_words()).picture(frame).tobytes()


def test_a_customer_touches_the_window(shop: Shop, tmp_path: Path) -> None:
    """Ready, a card, the greeting on the glass, the worst face touched, a reason touched: the hub holds all of it."""
    facts, points = shop.figures()
    ready = shot(tmp_path / "ready.png")
    shop.stage.lay("5")
    shop.hear("painted", scene="Greeting", language="uk")
    greeting = shot(tmp_path / "greeting.png")
    assert greeting.tobytes() != ready.tobytes()
    assert greeting.tobytes() == as_painted(GREETING)
    touch(GREETING, Rate(Face.VERY_BAD))
    shop.hear("painted", scene="WhyBad", language="uk")
    question = shot(tmp_path / "question.png")
    assert question.tobytes() == as_painted(QUESTION)
    shop.insist(lambda: touch(QUESTION, Because(ReasonCode.WAITING)), "painted", scene="Thanks")
    shop.until(lambda: shop.figures() == (facts + 4, points + 12), "visit, what was said, rating and reason at the hub")
    page = shop.page()
    assert "rating: very bad" in page
    assert "reason: waiting" in page
    faces = {ImageColor.getrgb(colour) for colour in theme_of(Display()).palette.faces}
    assert len(faces) == 4
    assert faces <= colours(greeting)
    assert not faces <= colours(ready)


def test_keys_typed_in_the_window_reach_the_stage(shop: Shop) -> None:
    """Keys that mean something to the demonstration alone come out in the kiosk's log; a face's key is a touch."""
    for key, name in (("1", "1"), ("space", "space"), ("n", "n"), ("Escape", "escape")):
        xdotool("key", key)
        shop.hear("key", key=name)
    shop.stage.lay("3")
    shop.hear("painted", scene="Greeting", language="en")
    xdotool("key", "a")
    shop.hear("committed", kind="rating")
    shop.hear("painted", scene="Thanks")
