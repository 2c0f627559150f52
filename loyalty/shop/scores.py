"""Scores over many ratings: Happy Index, satisfied, top box, ranking, heat map, reasons. Only ratings that count come in (see `misuse`).

Every figure stands beside its n and is None below five ratings: fewer say something about people, not about the shop. All are
whole tenths of a point of 100, rounded half up. NPS is never here: it is defined on the 0 to 10 question "would you recommend
us", and four faces are not that question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from loyalty.calendar import Calendar
from loyalty.facts import Face, ReasonCode
from loyalty.programme.listening import Ratings
from loyalty.shop.misuse import Pressed, is_open

FACES = len(Face)
N_MIN = 5  # below, one person moves the figure by 20 points and can be told by it
WEIGHT = 20  # ratings of the average that each group is credited with: one with 20 of its own is believed half


@dataclass(frozen=True, slots=True)
class Score:
    """Ratings in figures. `faces`: how many of each, the worst first; the others in tenths of a point, None below N_MIN.

    `happy`: mean of the faces, 0 all worst to 1000 all best. `satisfied` (CSAT): share of the two best faces. `top`: of the best.
    """

    n: int
    faces: tuple[int, ...]
    happy: int | None
    satisfied: int | None
    top: int | None


def score(indices: Iterable[int]) -> Score:
    """The figures of some ratings, given by their faces (0 is the worst).

    Source: the Happy Index of HappyOrNot, 100 * sum(i * n_i) / ((k - 1) * sum(n_i)) with k faces: 126, 60, 16 and 17 of the best
    to the worst make 78.2.
    """
    count = Counter(indices)
    faces = tuple(count[index] for index in range(FACES))
    n = sum(faces)
    if n < N_MIN:
        return Score(n, faces, None, None, None)
    marks = sum(index * of_it for index, of_it in enumerate(faces))
    return Score(n, faces, _tenths(marks, (FACES - 1) * n), _tenths(sum(faces[-2:]), n), _tenths(faces[-1], n))


def _tenths(part: int, whole: int) -> int:
    """A share in tenths of a percent, rounded half up."""
    return (2000 * part + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A kiosk, a shop or a shift among others. `believed`: its Happy Index drawn towards the average of all, in tenths of a point."""

    name: str
    score: Score
    believed: int | None


def ranking(groups: Mapping[str, Iterable[int]], weight: int = WEIGHT) -> list[Ranked]:
    """Groups of ratings, the best first; those with fewer than N_MIN ratings stand last and without a figure, by name.

    Ordered by (W * avg + n * x) / (W + n), with `avg` over all ratings there are and W = `weight` (0: nothing is drawn anywhere).
    """
    scores = {name: score(indices) for name, indices in groups.items()}
    marks = {name: sum(index * of_it for index, of_it in enumerate(each.faces)) for name, each in scores.items()}
    n_all, marks_all = sum(each.n for each in scores.values()), sum(marks.values())
    believed = {
        name: Fraction(weight * marks_all + marks[name] * n_all, n_all * (weight + each.n))
        for name, each in scores.items()
        if each.n >= N_MIN
    }
    ordered = sorted(scores, key=lambda name: (name not in believed, -believed.get(name, Fraction(0)), name))
    return [Ranked(name, scores[name], _of_faces(believed[name]) if name in believed else None) for name in ordered]


def _of_faces(mean: Fraction) -> int:
    return _tenths(mean.numerator, (FACES - 1) * mean.denominator)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Scores by weekday (0 is Monday) and hour of the shop's clock. `hours`: those in which it is open, in order of the day's run."""

    hours: tuple[int, ...]
    cells: dict[tuple[int, int], Score]


def heat_map(ratings: Iterable[Pressed], rules: Ratings, calendar: Calendar) -> HeatMap:
    """When people are happy: each rating at its local weekday and hour; what came while the shop was closed is left out.

    Every open hour has a cell on every weekday, also without ratings. After midnight it is the next weekday.
    """
    hours = open_hours(rules)
    found: dict[tuple[int, int], list[int]] = {(weekday, hour): [] for weekday in range(7) for hour in hours}
    for pressed in ratings:
        if is_open(rules, calendar, pressed.at):
            weekday = (calendar.day_of(pressed.at) - 1) % 7
            found[weekday, calendar.clock_of(pressed.at).hour].append(pressed.index)
    return HeatMap(hours, {cell: score(indices) for cell, indices in found.items()})


def open_hours(rules: Ratings) -> tuple[int, ...]:
    """Hours of the day in which the shop is open, some minutes at least, from its opening on."""
    if rules.opens is None or rules.closes is None:
        return tuple(range(24))
    first, closes = rules.opens.hour, rules.closes
    last = closes.hour if closes.minute or closes.second else closes.hour - 1
    if rules.opens > closes:
        last += 24
    return tuple(dict.fromkeys(hour % 24 for hour in range(first, last + 1)))


@dataclass(frozen=True, slots=True)
class Reasons:
    """What was wrong: how often each, the most frequent first; and which half costs satisfaction, how it went or what was bought.

    OTHER belongs to neither half.
    """

    codes: dict[ReasonCode, int]
    process: int
    result: int
    other: int

    @property
    def n(self) -> int:
        """All reasons that were given."""
        return self.process + self.result + self.other


def reasons(codes: Iterable[ReasonCode]) -> Reasons:
    """Reasons counted; those given equally often stand in the order of the screen. Every code is there, 0 too."""
    count = Counter(codes)
    ordered = sorted(ReasonCode, key=lambda code: -count[code])
    process = sum(count[code] for code in ReasonCode if code.is_process)
    other = count[ReasonCode.OTHER]
    return Reasons({code: count[code] for code in ordered}, process, count.total() - process - other, other)
