"""The window under SDL's dummy driver: what is pressed and released on one place is an intent, anything else is not."""

from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest
from PIL import Image

from display.input import Key, Quit
from display.layouts import wide
from display.layouts.ops import HitArea
from display.paint.canvas import KEPT_MAX, Canvas
from display.paint.window import EVENTS_MAX, NoWindow, WindowPainter
from display.scenes import Button, Frame, Greeting, Hide, Intent, MoreTime, Rate, Ready, WhyBad
from display.words import load_words
from loyalty.facts import Face, ReasonCode
from tests.pictures import cases, difference, golden, painted, wide_theme

WORDS = load_words()
GREETING = Frame(Greeting("Olena", 1250, 1), "en")


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowPainter]:
    """A window on no screen at all."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    painter = WindowPainter(wide_theme(), WORDS)
    pygame.event.clear()
    yield painter
    painter.close()


def _place(intent: Intent, frame: Frame = GREETING) -> tuple[int, int]:
    """The middle of where `intent` is offered."""
    ops = wide.layout(frame, wide_theme(), WORDS[frame.language], Canvas().measure)
    return next(op.box.centre for op in ops if isinstance(op, HitArea) and op.intent == intent)


def _press(at: tuple[int, int], button: int = 1) -> None:
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=button, touch=False))


def _release(at: tuple[int, int], button: int = 1) -> None:
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=at, button=button, touch=False))


def _surface() -> pygame.Surface:
    """What the window shows."""
    surface = pygame.display.get_surface()
    assert surface is not None
    return surface


def _type(key: int, letter: str) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=letter, mod=0, scancode=0))


@pytest.mark.parametrize("intent", [Rate(Face.VERY_GOOD), Rate(Face.GOOD), Rate(Face.BAD), Rate(Face.VERY_BAD), MoreTime(), Hide()])
def test_released_inside_is_the_intent(window: WindowPainter, intent: Intent) -> None:
    """A press alone says nothing; its release on the same face or button says once what it means."""
    window.paint(GREETING)
    _press(_place(intent))
    assert window.poll() == []
    _release(_place(intent))
    assert window.poll() == [intent]
    assert window.poll() == []


def test_released_outside_is_nothing(window: WindowPainter) -> None:
    """A finger that slides off, or onto another face, has changed its mind; a release without a press is nothing either."""
    window.paint(GREETING)
    _press(_place(Rate(Face.GOOD)))
    _release((2, 2))
    _press(_place(Rate(Face.GOOD)))
    _release(_place(Rate(Face.BAD)))
    _release(_place(Rate(Face.GOOD)))
    assert window.poll() == []


def test_a_press_does_not_reach_through_to_the_next_scene(window: WindowPainter) -> None:
    """What was pressed on one scene is not released on whatever stands there on the next."""
    window.paint(GREETING)
    _press(_place(Rate(Face.GOOD)))
    assert window.poll() == []
    window.paint(Frame(WhyBad(tuple(ReasonCode)), "en"))
    _release(_place(Rate(Face.GOOD)))
    assert window.poll() == []


def test_nothing_can_be_pressed_where_nothing_is_offered(window: WindowPainter) -> None:
    """On the invitation, the places of the faces are only ground."""
    window.paint(GREETING)
    window.paint(Frame(Ready("Shop"), "en"))
    _press(_place(Rate(Face.GOOD)))
    _release(_place(Rate(Face.GOOD)))
    assert window.poll() == []


def test_a_touch_counts_once(window: WindowPainter) -> None:
    """A Pi's touch arrives as a finger and again as a mouse: one intent comes of it. Other mouse buttons and the wheel are nothing."""
    window.paint(GREETING)
    at = _place(Rate(Face.GOOD))
    finger = {"touch_id": 1, "finger_id": 1, "x": at[0] / 800, "y": at[1] / 480, "dx": 0.0, "dy": 0.0, "pressure": 1.0}
    pygame.event.post(pygame.event.Event(pygame.FINGERDOWN, finger))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=1, touch=True))
    pygame.event.post(pygame.event.Event(pygame.FINGERUP, finger))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=at, button=1, touch=True))
    _press(at, button=3)
    _release(at, button=3)
    _press(at, button=4)
    _release(at, button=4)
    _press(at)
    _release(at, button=3)
    _press((2, 2))
    _release(at)
    assert window.poll() == [Rate(Face.GOOD)]


def test_keys_are_intents_or_named(window: WindowPainter) -> None:
    """a s d f m h mean what the buttons mean, other keys come by name, closing the window says so; in the order of typing."""
    _type(pygame.K_a, "a")
    _type(pygame.K_f, "а")
    _type(pygame.K_h, "h")
    _type(pygame.K_1, "1")
    _type(pygame.K_SPACE, " ")
    _type(pygame.K_ESCAPE, "\x1b")
    _type(pygame.K_F5, "")
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert window.poll() == [Button(0), Button(3), Hide(), Key("1"), Key("space"), Key("escape"), Key("f5"), Quit()]


def test_a_flood_is_taken_in_portions(window: WindowPainter) -> None:
    """One poll takes so many events and leaves the rest, so that a stuck key cannot hold the loop."""
    for _ in range(EVENTS_MAX + 5):
        _type(pygame.K_1, "1")
    assert len(window.poll()) == EVENTS_MAX
    assert len(window.poll()) == 5


def test_the_window_shows_the_golden_picture(window: WindowPainter) -> None:
    """Painted after another scene, the window holds the same pixels as the golden picture: nothing of the one before stays."""
    case = next(case for case in cases() if case.name == "wide-uk-ready")
    window.paint(GREETING)
    window.paint(case.frame)
    surface = _surface()
    picture = Image.frombytes("RGB", surface.get_size(), pygame.image.tobytes(surface, "RGB"))
    assert difference(picture, golden(case.name)) is None


def test_an_equal_frame_paints_nothing(window: WindowPainter) -> None:
    """What was drawn over stays drawn over until another frame comes."""
    window.paint(GREETING)
    surface = _surface()
    surface.fill("#ff00ff")
    window.paint(Frame(Greeting("Olena", 1250, 1), "en"))
    assert surface.get_at((0, 0)) == pygame.Color("#ff00ff")
    window.paint(Frame(Ready("Shop"), "en"))
    assert surface.get_at((0, 0)) != pygame.Color("#ff00ff")


def test_a_screen_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full screen on a screen the theme was not made for says both sizes: millimetres would be wrong on it."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # its screen has 1024x768
    with pytest.raises(NoWindow, match="1024x768 pixels, not 800x480"):
        WindowPainter(wide_theme(), WORDS, fullscreen=True)


def test_no_screen_at_all_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anything to show a window on, the error says so and what to do."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.setenv("DISPLAY", ":65000")
    with pytest.raises(NoWindow, match=r"no window can be opened.*libgbm1"):
        WindowPainter(wide_theme(), WORDS)


def test_all_scenes_fit_the_kept_pictures() -> None:
    """The canvas never throws away a shape it will need again: all golden pictures together need fewer than it keeps."""
    shown = [case for case in cases() if case.name.startswith("wide-")]
    canvas = Canvas()
    for case in shown:
        canvas.draw(wide.layout(case.frame, wide_theme(), WORDS[case.frame.language], canvas.measure), pygame.Surface((800, 480)))
    assert 0 < canvas.kept < KEPT_MAX
    assert all(painted(case).size == (800, 480) for case in shown[:1])
