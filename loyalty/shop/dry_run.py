"""Dry run: what members would have got in a stretch of time under another programme, before anybody publishes it.

Each member is folded twice from their facts, one member at a time, and only sums are kept. Nothing is stored and nothing sent
from here. What facts do not tell cannot be tried out: birthdays and surprises are those that were decided then, and rules were
closed when they were closed (see `RuleClosed`), not when another budget would have been spent.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loyalty.account import Account, fold
from loyalty.account.reckoning import Entry, EntryType, Line
from loyalty.facts import Fact
from loyalty.rulebook import Rulebook

TOP = 20  # members named on each side: what a person reads before they open the list of all
EARNED = frozenset(
    {EntryType.ACCRUE_PURCHASE, EntryType.ACCRUE_VISIT, EntryType.ACCRUE_BONUS, EntryType.ACCRUE_REFERRAL, EntryType.CLAWBACK}
)
"""Movements that rules decide: what they gave, and what a return took back of it."""


@dataclass(slots=True)
class Given:
    """What one rule gave: points (less what was taken back) and perks, and how often it gave or took anything."""

    points: int = 0
    perks: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one member comes out under one programme: points earned within the stretch, tier and rung at its end."""

    points: int
    tier: str
    rung: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A member who comes out otherwise."""

    member: str
    current: Outcome
    candidate: Outcome

    @property
    def points(self) -> int:
        """Points more under the candidate; fewer are negative."""
        return self.candidate.points - self.current.points


@dataclass(slots=True)
class Comparison:
    """All of it. `changed`: members with other points, tier or rung. `current`, `candidate`: points of all; rules by name.

    `gains`, `losses`: the TOP largest, the largest first. `tiers`, `rungs`: how many members stand at the second instead of the first.
    `marks_*`: facts that make no sense, ever: more under the candidate means that it does not fit what happened.
    """

    first: str
    last: str
    members: int = 0
    changed: int = 0
    current: int = 0
    candidate: int = 0
    rules_current: dict[str, Given] = field(default_factory=dict)
    rules_candidate: dict[str, Given] = field(default_factory=dict)
    gains: list[Difference] = field(default_factory=list)
    losses: list[Difference] = field(default_factory=list)
    tiers: Counter[tuple[str, str]] = field(default_factory=Counter)
    rungs: Counter[tuple[str, str]] = field(default_factory=Counter)
    marks_current: int = 0
    marks_candidate: int = 0

    @property
    def new_rules(self) -> list[str]:
        """Rules that gave nothing and would give something."""
        return sorted(self.rules_candidate.keys() - self.rules_current.keys())

    @property
    def lost_rules(self) -> list[str]:
        """Rules that gave something and would give nothing any more."""
        return sorted(self.rules_current.keys() - self.rules_candidate.keys())

    def lines(self) -> list[str]:
        """All of it in sentences for people."""
        found = [
            f"{self.first} to {self.last}: {self.changed} of {self.members} members would come out otherwise",
            f"points earned: {self.current} now, {self.candidate} then ({self.candidate - self.current:+})",
        ]
        found += [f"rule {name} would give something: {_said(self.rules_candidate[name])}" for name in self.new_rules]
        found += [f"rule {name} would give nothing any more: {_said(self.rules_current[name])} now" for name in self.lost_rules]
        for name in sorted(self.rules_current.keys() & self.rules_candidate.keys()):
            before, after = self.rules_current[name], self.rules_candidate[name]
            if before != after:
                found.append(f"rule {name}: {_said(before)} now, {_said(after)} then")
        for axis, moves in (("tier", self.tiers), ("rung", self.rungs)):
            found += [f"{axis} {b or 'none'} instead of {a or 'none'}: {n} members" for (a, b), n in sorted(moves.items())]
        if self.marks_candidate != self.marks_current:
            found.append(f"facts that make no sense: {self.marks_current} now, {self.marks_candidate} then")
        found += [f"member {each.member}: {each.points:+} points" for each in (*self.gains, *self.losses)]
        return found


def _said(given: Given) -> str:
    perks = f" and {given.perks} perks" if given.perks else ""
    return f"{given.points} points{perks} in {given.times} times"


def compare(members: Iterable[tuple[str, Sequence[Fact]]], current: Rulebook, candidate: Rulebook, from_ms: int, to_ms: int) -> Comparison:
    """What members (id, all their facts) would have got from `from_ms` to `to_ms` (exclusive, ms) under another rulebook.

    Both fold from the first fact on, so that tiers, streaks and what is carried over are as each rulebook would have made them.
    Memory does not grow with the number of members. Raises ValueError if the stretch is empty.
    """
    if from_ms >= to_ms:
        raise ValueError("a dry run needs a stretch of time: from before to")
    calendar = current.calendar
    found = Comparison(calendar.date_of(from_ms).isoformat(), calendar.date_of(to_ms - 1).isoformat())
    for member, facts in members:
        before, marks_before = _outcome(member, facts, current, (from_ms, to_ms), found.rules_current)
        after, marks_after = _outcome(member, facts, candidate, (from_ms, to_ms), found.rules_candidate)
        found.marks_current += marks_before
        found.marks_candidate += marks_after
        _add(found, Difference(member, before, after))
    return found


def _outcome(member: str, facts: Sequence[Fact], book: Rulebook, stretch: tuple[int, int], rules: dict[str, Given]) -> tuple[Outcome, int]:
    """How a member comes out, and how many of their facts make no sense; what each rule gave is added to `rules`."""
    journal: list[Line] = []
    account = fold(facts, book, member, stretch[1] - 1, journal)
    points = 0
    for line in journal:
        if isinstance(line, Entry) and line.type in EARNED and stretch[0] <= line.at:
            points += line.points
            given = rules.setdefault(line.rule, Given())
            given.points += line.points
            given.times += 1
    _count_perks(account, stretch[0], rules)
    return Outcome(points, account.tier.tier, account.rung.rung), account.marked


def _count_perks(account: Account, from_ms: int, rules: dict[str, Given]) -> None:
    """Perks that rules gave: their grants are named by fact and rule, those of staff and tiers are not."""
    for grant in account.perks.grants:
        cause, _, rule = grant.id.rpartition(":")
        if grant.at >= from_ms and cause and cause != "desk":
            given = rules.setdefault(rule, Given())
            given.perks += 1
            given.times += 1


def _add(found: Comparison, each: Difference) -> None:
    before, after = each.current, each.candidate
    found.members += 1
    found.current += before.points
    found.candidate += after.points
    if before == after:
        return
    found.changed += 1
    if before.tier != after.tier:
        found.tiers[before.tier, after.tier] += 1
    if before.rung != after.rung:
        found.rungs[before.rung, after.rung] += 1
    if each.points:
        top = found.gains if each.points > 0 else found.losses
        insort(top, each, key=lambda one: (-abs(one.points), one.member))
        del top[TOP:]
