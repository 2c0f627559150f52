"""Ideas: what could be said at a tap, as values, and everything at hand when they are looked for. Who has them is `candidates`."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.account.reckoning import Reckoning
from loyalty.counter.person import Person
from loyalty.said import GreetingKind, Said

ONCE = 36_600  # days: a century is once


@dataclass(frozen=True, slots=True)
class Tap:
    """Everything at hand when a greeting is chosen."""

    now: Reckoning
    person: Person | None
    card_blocked: bool = False

    @property
    def language(self) -> str | None:
        """The member's, if anybody knows it."""
        return self.person.language if self.person else None


@dataclass(frozen=True, slots=True)
class Idea:
    """Something that could be said. `why`: what speaks against it, "" for nothing. `offer`: it sells or gives; `plain`: the same without.

    `rest_days`: not again about the same within so many days. `rank`: within the kind, the lower first. `texts`: its own sentences.
    """

    said: Said
    why: str = ""
    offer: bool = False
    plain: Said | None = None
    rest_days: int = 0
    rank: int = 0
    texts: tuple[str, ...] = ()


def none(kind: GreetingKind, why: str) -> list[Idea]:
    """What is there instead where a kind has nothing to say."""
    return [Idea(Said(kind), why)]
