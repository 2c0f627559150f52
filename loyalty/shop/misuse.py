"""Misuse: which presses of one kiosk's faces are kept but stay out of statistics, and when a shop is open.

What one member may say how often, and that staff do not rate themselves, is `voice`'s: it knows accounts and no other presses.
Nothing is deleted here, and no figure is reckoned (see `scores`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from itertools import pairwise

from loyalty.calendar import Calendar
from loyalty.facts import Fact, Rating
from loyalty.programme.listening import Ratings

BURST_MS = 60_000  # the minute of `ratings.burst`
BUTTONS_MS = 10_000  # whoever tries out all faces is done within ten seconds
BUTTONS_MIN = 3  # different faces: two are a slip of the finger put right


class Misuse(StrEnum):
    """Why a press stays out of statistics."""

    INTERVAL = "interval"  # too soon after the press before
    BURST = "burst"  # one of too many within a minute
    ALL_BUTTONS = "all_buttons"  # one of three or more different faces within ten seconds
    OUTSIDE_HOURS = "outside_hours"  # the shop was closed


@dataclass(frozen=True, slots=True)
class Pressed:
    """A face was pressed: by which fact, when (ms), which face (0 is the worst), at which kiosk, with which card."""

    fact: str
    at: int
    index: int
    kiosk: str
    card: str


def presses(facts: Iterable[Fact]) -> dict[str, list[Pressed]]:
    """The ratings among facts, by kiosk and there in order of time; a fact told twice is one press."""
    ratings = {fact.id: (fact, fact.body) for fact in facts if isinstance(fact.body, Rating)}
    found: dict[str, list[Pressed]] = {}
    for fact, body in sorted(ratings.values(), key=lambda each: each[0].order):
        pressed = Pressed(str(fact.id), fact.when_ms, int(body.face), fact.id.kiosk, body.card)
        found.setdefault(pressed.kiosk, []).append(pressed)
    return found


def flags(ratings: Sequence[Pressed], rules: Ratings, calendar: Calendar) -> list[frozenset[Misuse]]:
    """For each press of one kiosk, in order of time, why it stays out of statistics; nothing if it counts.

    Spans are half open: presses exactly a minute apart do not share one. Raises ValueError for presses of several kiosks or out
    of order: a mistake of whoever asks.
    """
    if any(before.at > after.at or before.kiosk != after.kiosk for before, after in pairwise(ratings)):
        raise ValueError("presses must be of one kiosk and in order of time")
    found: list[set[Misuse]] = [set() for _ in ratings]
    for place, pressed in enumerate(ratings):
        if place and pressed.at - ratings[place - 1].at < rules.interval_s * 1000:
            found[place].add(Misuse.INTERVAL)
        if not is_open(rules, calendar, pressed.at):
            found[place].add(Misuse.OUTSIDE_HOURS)
    for place in _bursts(ratings, rules.burst):
        found[place].add(Misuse.BURST)
    for place in _all_buttons(ratings):
        found[place].add(Misuse.ALL_BUTTONS)
    return [frozenset(each) for each in found]


def counted(ratings: Sequence[Pressed], rules: Ratings, calendar: Calendar) -> list[Pressed]:
    """The presses of one kiosk, in order of time, that nothing speaks against."""
    return [pressed for pressed, why in zip(ratings, flags(ratings, rules, calendar), strict=True) if not why]


def is_open(rules: Ratings, calendar: Calendar, at: int) -> bool:
    """Whether the shop is open at a moment (ms); hours that end before they begin reach over midnight, and none mean always."""
    if rules.opens is None or rules.closes is None:
        return True
    return in_span(calendar.clock_of(at), rules.opens, rules.closes)


def in_span(clock: time, start: time, end: time) -> bool:
    """Whether a time of day is from `start` on and before `end`, over midnight if `end` is the earlier one."""
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def _bursts(ratings: Sequence[Pressed], most: int) -> set[int]:
    """Places of all presses that share a minute with more than `most`, themselves included."""
    found: set[int] = set()
    done = 0
    for first, last in _spans(ratings, BURST_MS):
        if last - first >= most:
            found.update(range(max(first, done), last + 1))
            done = last + 1
    return found


def _all_buttons(ratings: Sequence[Pressed]) -> set[int]:
    """Places of all presses in ten seconds that saw three different faces."""
    found: set[int] = set()
    newest: dict[int, int] = {}
    done = 0
    for first, last in _spans(ratings, BUTTONS_MS):
        newest[ratings[last].index] = last
        if sum(place >= first for place in newest.values()) >= BUTTONS_MIN:
            found.update(range(max(first, done), last + 1))
            done = last + 1
    return found


def _spans(ratings: Sequence[Pressed], span_ms: int) -> Iterator[tuple[int, int]]:
    """For each press, the places of the first and the last of those in the span that ends with it."""
    first = 0
    for last, pressed in enumerate(ratings):
        while pressed.at - ratings[first].at >= span_ms:
            first += 1
        yield first, last
