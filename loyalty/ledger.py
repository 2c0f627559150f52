"""The ledger: what each fact earns, and the balance as the sum of it.

A fact earns at most one entry, and an entry carries the *key* of what it is for ("visit/2026-11-22"). Of several facts
with one key only the first in the total order counts. So the fold gives one result whatever order facts arrive in and
however often: duplicates, late facts and two kiosks serving one card need no special case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from loyalty.facts import Fact, FactId, Rating, Visit
from loyalty.programme import Programme


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact earns: a key that can be earned once per member, and a whole number of points."""

    key: str
    points: int


def entry_of(fact: Fact, programme: Programme) -> Entry | None:
    """What this fact would earn, or None. Whether the key was earned before is the fold's question."""
    day = programme.day_of(fact.when_ms).isoformat()
    match fact.body:
        case Visit():
            return Entry(f"visit/{day}", programme.visit_points)
        case Rating():
            return Entry(f"thanks/{day}", programme.thanks_points)
    return None


@dataclass(frozen=True, slots=True)
class Account:
    """A member's account: key -> (fact that earned it, points). `facts` is how many distinct facts were folded."""

    earned: Mapping[str, tuple[FactId, int]] = field(default_factory=lambda: MappingProxyType({}))
    facts: int = 0

    @property
    def balance(self) -> int:
        """Points to show: the sum of all entries."""
        return sum(points for _, points in self.earned.values())

    def earned_since(self, day: str) -> tuple[str, ...]:
        """Keys earned on or after an ISO day, sorted: what a kiosk needs to know not to promise them again."""
        return tuple(sorted(key for key in self.earned if key.split("/", 1)[1] >= day))


def fold(facts: Iterable[Fact], programme: Programme) -> Account:
    """Account of one member from all facts about that member's cards, in any order, any number of times."""
    unique = {fact.id: fact for fact in facts}
    earned: dict[str, tuple[FactId, int]] = {}
    for fact in sorted(unique.values(), key=lambda fact: fact.order):
        entry = entry_of(fact, programme)
        if entry is not None and entry.key not in earned:
            earned[entry.key] = (fact.id, entry.points)
    return Account(MappingProxyType(earned), len(unique))
