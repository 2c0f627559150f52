"""A real window on a real X server: it shows the golden picture, and a real pointer pressing a face is an intent."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from PIL import Image

from display.layouts import wide
from display.layouts.ops import HitArea
from display.paint.canvas import Canvas
from display.scenes import Button, Hide, Intent, Rate
from display.words import load_words
from loyalty.facts import Face
from tests.pictures import cases, difference, golden, wide_theme
from tests.x_server import x_server

ROOT = Path(__file__).parent.parent
DEADLINE_S = 20.0  # starting Xvfb and pygame takes about one; a loaded machine gets the rest


def _line(stream: IO[bytes]) -> str:
    """The next line a process writes; fails when none comes in time."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        if not waiting.select(DEADLINE_S):
            pytest.fail(f"nothing was said within {DEADLINE_S} s")
    return stream.readline().decode().strip()


def _until(done: Callable[[], bool], what: str) -> None:
    """Try again and again until it is so; each try is itself slow enough to be no busy loop."""
    ends = time.monotonic() + DEADLINE_S
    while not done():
        if time.monotonic() > ends:
            pytest.fail(f"{what}: not within {DEADLINE_S} s")


@pytest.fixture
def screen() -> Iterator[str]:
    """An X server of its own, as `DISPLAY`."""
    with x_server(800, 480) as display:
        yield display


@pytest.fixture
def child(screen: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program with the window; closing its standard input ends it."""
    environment = {**os.environ, "DISPLAY": screen, "SDL_VIDEODRIVER": "x11"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.window_child"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.communicate(timeout=DEADLINE_S)


def _said(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    return _line(child.stdout)


def _place(intent: Intent) -> tuple[str, str]:
    """Where on the screen an intent is offered, for xdotool."""
    case = next(case for case in cases() if case.name == "wide-uk-greeting")
    ops = wide.layout(case.frame, wide_theme(), load_words()["uk"], Canvas().measure)
    x, y = next(op.box.centre for op in ops if isinstance(op, HitArea) and op.intent == intent)
    return str(x), str(y)


def test_a_real_touch_on_a_real_window(screen: str, child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """The X server holds the golden picture; a click on the best face says so, sliding off one says nothing, a key is a button."""
    environment = {**os.environ, "DISPLAY": screen}
    shot = tmp_path / "shot.png"

    def xdotool(*arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=environment, check=True, timeout=DEADLINE_S)

    def shows_the_golden_picture() -> bool:
        subprocess.run(["import", "-window", "root", str(shot)], env=environment, check=True, timeout=DEADLINE_S)
        with Image.open(shot) as picture:
            return difference(picture.convert("RGB"), golden("wide-uk-greeting")) is None

    assert _said(child) == "shown"
    _until(shows_the_golden_picture, "the golden picture on the X server")
    xdotool("mousemove", *_place(Rate(Face.VERY_GOOD)), "click", "1")
    assert _said(child) == repr(Rate(Face.VERY_GOOD))
    xdotool("mousemove", *_place(Rate(Face.BAD)), "mousedown", "1", "mousemove", *_place(Rate(Face.VERY_BAD)), "mouseup", "1")
    xdotool("mousemove", *_place(Hide()), "click", "1")
    assert _said(child) == repr(Hide())
    xdotool("key", "s")
    assert _said(child) == repr(Button(1))
    child.communicate(timeout=DEADLINE_S)
    assert child.returncode == 0


def test_a_stop_signal_ends_it_at_once(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM ends a process with a window: SDL does not swallow it."""
    assert _said(child) == "shown"
    child.terminate()
    assert child.wait(DEADLINE_S) == -signal.SIGTERM
