"""The window: frames on a colour screen, touches and keys back as intents. Main thread only; it never waits.

It takes one pointer family, the mouse: SDL sends a touch as a finger and again as a mouse, and two families would be two touches.
What an intent leads to is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from display.input import Key, Quit, meaning_of_key
from display.layouts import wide
from display.layouts.ops import HitArea
from display.paint.canvas import Canvas
from display.paint.sdl import pygame
from display.scenes import Frame, Greeting, Intent, WhyBad
from display.theme import Theme
from display.words import Words, words_for
from loyalty.facts import ReasonCode

EVENTS_MAX = 64  # taken per poll: a finger makes about ten, a stuck key thirty a second; the rest waits in SDL's own bounded queue
_TAKEN = (pygame.QUIT, pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.WINDOWEXPOSED)
_KEY_NAMES = {pygame.K_SPACE: "space", pygame.K_ESCAPE: "escape", pygame.K_RETURN: "return", pygame.K_TAB: "tab"}


class NoWindow(Exception):
    """No screen to open a window on; the message says what SDL said and what to do."""


class WindowPainter:
    """One window of the theme's size, or the whole screen."""

    def __init__(self, theme: Theme, words: Mapping[str, Words], fullscreen: bool = False, title: str = "Stupeni") -> None:
        """Open it. `fullscreen` also hides the pointer; then the theme must have the screen's own size. Raises `NoWindow`."""
        self._theme = theme
        self._words = words
        self._canvas = Canvas()
        self._areas: tuple[HitArea, ...] = ()
        self._pressed: HitArea | None = None
        self._shown: Frame | None = None
        try:
            pygame.display.init()
            self._surface = pygame.display.set_mode((theme.width, theme.height), pygame.FULLSCREEN if fullscreen else 0)
        except pygame.error as error:
            raise NoWindow(
                f"no window can be opened: {error}. "
                "On a console, install libdrm2, libgbm1 and libegl1 and run as a member of video, render and input"
            ) from error
        size = self._surface.get_size()
        if size != (theme.width, theme.height):
            pygame.display.quit()
            raise NoWindow(f"the screen has {size[0]}x{size[1]} pixels, not {theme.width}x{theme.height}: correct its size in the settings")
        pygame.display.set_caption(title)
        pygame.mouse.set_visible(not fullscreen)
        pygame.event.set_blocked(None)
        pygame.event.set_allowed(_TAKEN)
        self._rehearse()

    def paint(self, frame: Frame) -> None:
        """Show `frame`; an equal one paints nothing."""
        if frame == self._shown:
            return
        ops = wide.layout(frame, self._theme, words_for(self._words, frame.language), self._canvas.measure)
        self._canvas.draw(ops, self._surface)
        pygame.display.flip()
        self._areas = tuple(op for op in ops if isinstance(op, HitArea))
        self._shown = frame

    def poll(self) -> list[Intent | Key | Quit]:
        """What was touched or typed since the last call, oldest first; returns at once."""
        said: list[Intent | Key | Quit] = []
        for _ in range(EVENTS_MAX):
            event = pygame.event.poll()
            if event.type == pygame.NOEVENT:
                break
            meaning = self._meaning(event)
            if meaning is not None:
                said.append(meaning)
        return said

    def close(self) -> None:
        """Close the window; fonts and other windows of the process are left alone."""
        pygame.display.quit()

    def _rehearse(self) -> None:
        """Draw what can be pressed once, out of sight: the first customer's greeting would else take 23 ms, any later one takes 1."""
        unseen = pygame.Surface(self._surface.get_size(), depth=32)
        for language, words in self._words.items():
            for scene in (Greeting(None, 0, 1), WhyBad(tuple(ReasonCode))):
                self._canvas.draw(wide.layout(Frame(scene, language, time()), self._theme, words, self._canvas.measure), unseen)

    def _meaning(self, event: pygame.Event) -> Intent | Key | Quit | None:
        """What one event means, if anything."""
        if event.type == pygame.QUIT:
            return Quit()
        if event.type == pygame.KEYDOWN:
            return meaning_of_key(_KEY_NAMES.get(event.key) or event.unicode or pygame.key.name(event.key))
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_LEFT:
            self._pressed = self._area_at(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == pygame.BUTTON_LEFT:
            return self._released(event.pos)
        elif event.type == pygame.WINDOWEXPOSED:
            pygame.display.flip()
        return None

    def _released(self, at: tuple[int, int]) -> Intent | None:
        """An intent, if the finger left the same area it came down on, and that area has been there all the time."""
        pressed, self._pressed = self._pressed, None
        return pressed.intent if pressed is not None and pressed == self._area_at(at) else None

    def _area_at(self, at: tuple[int, int]) -> HitArea | None:
        """The area under a point."""
        return next((area for area in self._areas if area.box.has(*at)), None)
