"""The sheet a wide layout writes on: it turns "this phrase here" into measured `Text` steps, so that layouts speak only of places. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from display.layouts.fit import Fitted, clipped, fit, fit_room, remembering
from display.layouts.ops import Align, Box, HitArea, Measure, Op, Rect, RoundRect, Text, Weight
from display.scenes import Intent
from display.theme import Theme

BIG = 150  # units: a button so tall has larger words
INK_MARGIN = 6  # units: from the ink of a label, tails included, to the edge of its button


class Sheet:
    """Collects ops for one frame."""

    def __init__(self, theme: Theme, measure: Measure) -> None:
        """A sheet of the theme's size, its ground already painted."""
        self.theme = theme
        self.measure = remembering(measure)
        self.ops: list[Op] = [Rect(Box(0, 0, theme.width, theme.height), theme.palette.ground)]

    @property
    def steps(self) -> tuple[int, ...]:
        """Sizes to try for a headline, the largest first."""
        return (self.theme.type.title, self.theme.type.body, self.theme.type.small, self.theme.type.floor)

    def px(self, units: float) -> int:
        """480ths of the height in pixels."""
        return self.theme.scaled(units)

    def fit(self, variants: Sequence[str], width: int, steps: Sequence[int], weight: Weight = Weight.REGULAR, lines_max: int = 1) -> Fitted:
        """See `fit.fit`; with this sheet's measure."""
        return fit(variants, width, steps, weight, self.measure, lines_max)

    def line(
        self,
        text: str,
        x: int,
        baseline: int,
        size_px: int,
        colour: str,
        weight: Weight = Weight.REGULAR,
        align: Align = Align.LEFT,
        on: str | None = None,
    ) -> int:
        """Write one line; returns its width."""
        width = self.measure(text, size_px, weight)
        self.ops.append(Text(x, baseline, text, size_px, weight, colour, on or self.theme.palette.ground, width, align))
        return width

    def lines(
        self,
        fitted: Fitted,
        x: int,
        baseline: int,
        colour: str,
        weight: Weight = Weight.REGULAR,
        align: Align = Align.LEFT,
        on: str | None = None,
    ) -> int:
        """Write several lines downwards from `baseline`; returns the last baseline."""
        for row, text in enumerate(fitted.lines):
            self.line(text, x, baseline + row * fitted.pitch_px, fitted.size_px, colour, weight, align, on)
        return baseline + fitted.span_px

    def fit_or_cut(
        self, variants: Sequence[str], width: int, height: int, steps: Sequence[int], lines_max: int, weight: Weight = Weight.REGULAR
    ) -> Fitted:
        """What fits the room; if nothing does, the last variant in one line, cut: that happens to words from outside only."""
        found = fit_room(variants, width, height, steps, weight, self.measure, lines_max)
        return found or Fitted((clipped(variants[-1], width, steps[-1], weight, self.measure),), steps[-1])

    def surface(self, drawn: Box, radius: int | None = None) -> None:
        """A raised, outlined surface: something that can be pressed."""
        palette, edge = self.theme.palette, max(2, self.px(2))
        corner = self.px(20) if radius is None else radius
        self.ops.append(RoundRect(drawn, corner, palette.edge))
        self.ops.append(RoundRect(drawn.inset(edge), corner - edge, palette.card))

    def button(self, label: Sequence[str], drawn: Box, hit: Box, intent: Intent, lines_max: int = 1, radius: int | None = None) -> None:
        """A raised, outlined surface with words in its middle; `hit`, the part that answers, may be larger than what is drawn."""
        self.surface(drawn, radius)
        theme, margin = self.theme, self.px(INK_MARGIN)
        steps = (theme.type.small, theme.type.floor) if drawn.h < self.px(BIG) else (theme.type.body, theme.type.small, theme.type.floor)
        found = self.fit_or_cut(label, drawn.w - self.px(20), drawn.h - 2 * margin, steps, lines_max)
        x, middle = drawn.centre
        lowest = drawn.bottom - margin - found.below_px - found.span_px
        first = min(middle + centred_baseline(found), lowest)
        self.lines(found, x, first, theme.palette.ink, align=Align.CENTRE, on=theme.palette.card)
        self.ops.append(HitArea(hit, intent))


def centred_baseline(fitted: Fitted) -> int:
    """How far below the middle the first baseline goes so that the capitals of all lines stand in the middle."""
    return round(fitted.size_px * 0.357) - fitted.span_px // 2
