"""Canvas: drawing steps onto a pygame surface, with smooth edges. Used by the window and by PNG pictures, so both are the same pixels.

Round shapes are drawn once and kept, because a greeting must be on the glass within milliseconds. No events, no window.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise

from display.layouts.ops import Circle, HitArea, Op, Polyline, Rect, RoundRect, Text, Weight
from display.paint.fonts import FONT_FILES
from display.paint.sdl import pygame

SMOOTH = 4  # shapes are drawn this many times larger and scaled down: 16 shades along an edge are enough to look smooth
KEPT_MAX = 400  # pictures kept: all scenes in three languages need about 150 (counted by the golden pictures); each a few kB


class Canvas:
    """Draws ops and measures text. One per process is enough; belongs to one thread."""

    def __init__(self) -> None:
        """Starts pygame's fonts, and nothing else of it."""
        pygame.font.init()
        self._fonts: dict[tuple[Weight, int], pygame.font.Font] = {}
        self._kept: OrderedDict[object, pygame.Surface] = OrderedDict()

    @property
    def kept(self) -> int:
        """How many shapes are kept."""
        return len(self._kept)

    def measure(self, text: str, size_px: int, weight: Weight) -> int:
        """Width in pixels of `text` in one line."""
        return self._font(weight, size_px).size(text)[0]

    def draw(self, ops: Sequence[Op], surface: pygame.Surface) -> None:
        """Draw all of `ops`, in order."""
        for op in ops:
            match op:
                case Rect(box, colour):
                    surface.fill(colour, (box.x, box.y, box.w, box.h))
                case RoundRect():
                    self._round_rect(op, surface)
                case Circle(x, y, radius, colour):
                    surface.blit(self._disc(radius, colour), (x - radius, y - radius))
                case Polyline():
                    self._polyline(op, surface)
                case Text():
                    self._text(op, surface)
                case HitArea():
                    pass

    def _font(self, weight: Weight, size_px: int) -> pygame.font.Font:
        """The font, loaded once per size."""
        font = self._fonts.get((weight, size_px))
        if font is None:
            font = self._fonts[(weight, size_px)] = pygame.font.Font(FONT_FILES[weight], size_px)
        return font

    def _once(self, key: object, draw: Callable[[], pygame.Surface]) -> pygame.Surface:
        """The picture kept under `key`, drawn now if it is new; the one unused for longest makes room."""
        picture = self._kept.get(key)
        if picture is None:
            picture = self._kept[key] = draw()
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return picture

    def _text(self, op: Text, surface: pygame.Surface) -> None:
        """One line, its baseline at `y`. Never kept: a name must not outlive its time on the glass, and a line takes 0.03 ms."""
        font = self._font(op.weight, op.size_px)
        surface.blit(font.render(op.text, True, op.colour), (op.box.x, op.y - font.get_ascent()))

    def _disc(self, radius: int, colour: str) -> pygame.Surface:
        """A smooth disc."""

        def draw() -> pygame.Surface:
            large = _clear(2 * radius * SMOOTH, 2 * radius * SMOOTH, colour)
            pygame.draw.circle(large, colour, (radius * SMOOTH, radius * SMOOTH), radius * SMOOTH)
            return pygame.transform.smoothscale(large, (2 * radius, 2 * radius))

        return self._once(("disc", radius, colour), draw)

    def _round_rect(self, op: RoundRect, surface: pygame.Surface) -> None:
        """Two bars and the quarters of a disc at the corners."""
        box, r = op.box, min(op.radius, op.box.w // 2, op.box.h // 2)
        surface.fill(op.colour, (box.x + r, box.y, box.w - 2 * r, box.h))
        surface.fill(op.colour, (box.x, box.y + r, r, box.h - 2 * r))
        surface.fill(op.colour, (box.right - r, box.y + r, r, box.h - 2 * r))
        disc = self._disc(r, op.colour)
        for x, from_x in ((box.x, 0), (box.right - r, r)):
            for y, from_y in ((box.y, 0), (box.bottom - r, r)):
                surface.blit(disc, (x, y), (from_x, from_y, r, r))

    def _polyline(self, op: Polyline, surface: pygame.Surface) -> None:
        """A thick line with round ends, kept by its shape so that the same mouth elsewhere is drawn once."""
        pad = op.width / 2 + 1
        left = int(min(x for x, _ in op.points) - pad)
        top = int(min(y for _, y in op.points) - pad)
        width = int(max(x for x, _ in op.points) + pad) + 1 - left
        height = int(max(y for _, y in op.points) + pad) + 1 - top
        points = tuple(((x - left) * SMOOTH, (y - top) * SMOOTH) for x, y in op.points)

        def draw() -> pygame.Surface:
            large = _clear(width * SMOOTH, height * SMOOTH, op.colour)
            if op.filled:
                pygame.draw.polygon(large, op.colour, points)
            thick = op.width * SMOOTH
            for a, b in pairwise(points):
                _bar(large, op.colour, a, b, thick)
            for point in points:
                pygame.draw.circle(large, op.colour, point, thick / 2)
            return pygame.transform.smoothscale(large, (width, height))

        key = ("line", points, op.width, op.colour, op.filled)
        surface.blit(self._once(key, draw), (left, top))


def _clear(width: int, height: int, colour: str) -> pygame.Surface:
    """A transparent surface whose hidden colour is `colour`, so that scaling down leaves no dark rim."""
    surface = pygame.Surface((width, height), pygame.SRCALPHA)
    see_through = pygame.Color(colour)
    see_through.a = 0
    surface.fill(see_through)
    return surface


def _bar(surface: pygame.Surface, colour: str, a: tuple[float, float], b: tuple[float, float], thick: float) -> None:
    """A straight bar of that thickness (pygame's own thick lines have slanted ends)."""
    (ax, ay), (bx, by) = a, b
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    if length == 0:
        return
    dx, dy = (by - ay) / length * thick / 2, (bx - ax) / length * thick / 2
    pygame.draw.polygon(surface, colour, ((ax + dx, ay - dy), (bx + dx, by - dy), (bx - dx, by + dy), (ax - dx, ay + dy)))
