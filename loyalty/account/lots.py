"""What a ledger is made of: lots, points that wait or are set aside, redemptions. Plain values; `ledger` moves them."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.calendar import Past, When


@dataclass(slots=True)
class Lot:
    """All points with one last day: `left` of them until `expires` (exclusive). Such points are worth the same to whoever has them."""

    expires: When
    left: int


@dataclass(slots=True)
class PendingLot:
    """Points of one credit that cannot be spent before `vests`; `id` names the credit."""

    vests: When
    expires: When
    id: str
    left: int


@dataclass(frozen=True, slots=True)
class Taken:
    """So many points taken from the lot that ends at `expires`."""

    points: int
    expires: When


@dataclass(slots=True)
class Hold:
    """Points set aside until a moment."""

    until: When
    taken: list[Taken]


@dataclass(slots=True)
class Spending:
    """A redemption: what it took, and what was not there (`owed` or `forgiven`)."""

    points: int
    at: Past
    taken: list[Taken]
    owed: int = 0
    forgiven: int = 0
    perk: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Burnt:
    """Points of a lot whose last day has passed."""

    at: Past
    points: int
