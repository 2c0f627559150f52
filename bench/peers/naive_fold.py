"""The naive peer of the fold: what a competent person writes first. All facts of a member in a list; at each new fact everything is
reckoned anew from it: credits that have not expired, less all debits; the tier from the last 365 days; visit days as a set.

It is honest work, simple and short, and its cost grows with the length of the history. (Its balance is not even right: a debit made from
points that expired since is taken off a second time. `loyalty.account.ledger` keeps lots instead.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.facts import Fact, Purchased, Rating, Redeemed, Visit

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS


@dataclass
class NaiveMember:
    """One member: their facts, and what was reckoned from them last."""

    facts: list[Fact] = field(default_factory=list)
    balance: int = 0
    tier: str = "standard"
    visit_days: int = 0

    def add(self, fact: Fact) -> None:
        """One more fact."""
        self.facts.append(fact)
        self.recompute(fact.when_ms)

    def recompute(self, now_ms: int) -> None:
        """Everything, from the whole list."""
        seen: set[tuple[str, int]] = set()
        credits: list[tuple[int, int]] = []
        debits = 0
        for fact in sorted(self.facts, key=lambda each: each.when_ms):
            day = fact.when_ms // DAY_MS
            match fact.body:
                case Visit() if ("visit", day) not in seen:
                    seen.add(("visit", day))
                    credits.append((fact.when_ms, 10))
                case Rating() if ("rating", day) not in seen:
                    seen.add(("rating", day))
                    credits.append((fact.when_ms, 2))
                case Purchased(amount=amount):
                    credits.append((fact.when_ms, amount // 100))
                case Redeemed(points=points):
                    debits += points
        self.balance = sum(points for at_ms, points in credits if at_ms + YEAR_MS > now_ms) - debits
        earned = sum(points for at_ms, points in credits if at_ms > now_ms - YEAR_MS)
        self.tier = "gold" if earned >= 20_000 else "silver" if earned >= 5_000 else "standard"
        self.visit_days = sum(kind == "visit" for kind, _ in seen)
