"""Standing: what a kiosk knows about one card, and what it may therefore promise.

The hub's view of the member is a cache; this kiosk's own facts that the view does not cover yet are added on top. The
balance shown is always computed from these two, never counted up beside them. No storage and no screen lives here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from loyalty.facts import Fact
from loyalty.ledger import entry_of
from loyalty.programme import Programme


@dataclass(frozen=True, slots=True)
class MemberView:
    """The member as the hub saw them at `as_of_ms`.

    `version` rises with every change. `greeting_name` is what to say after "Welcome," in the member's language (already
    in the right grammatical case), or None. `earned`: recently earned keys. `covers`: (epoch, number) pairs: the facts of
    *the kiosk this view was sent to* that are already contained in `points`.
    """

    member: str
    version: int
    points: int
    as_of_ms: int
    language: str
    greeting_name: str | None = None
    hide_balance: bool = False
    earned: tuple[str, ...] = ()
    covers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry earned by one of this kiosk's own facts that the hub's view may not contain yet."""

    epoch: str
    number: int
    key: str
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One card as this kiosk knows it. `view` is None for a card the hub has not told us about."""

    card: str
    view: MemberView | None = None
    pending: tuple[Pending, ...] = ()

    @property
    def waiting(self) -> int:
        """Points of own facts that the hub's view does not contain yet."""
        known = set(self.view.earned) if self.view else set()
        covered = dict(self.view.covers) if self.view else {}
        return sum(item.points for item in self.pending if item.key not in known and item.number > covered.get(item.epoch, 0))

    @property
    def balance(self) -> int | None:
        """Points to show, or None when nothing is known about the member."""
        return None if self.view is None else self.view.points + self.waiting

    def has_earned(self, key: str) -> bool:
        """Whether this key is known to be earned, here or anywhere the hub told us of."""
        return any(item.key == key for item in self.pending) or (self.view is not None and key in self.view.earned)

    def with_fact(self, fact: Fact, programme: Programme) -> Standing:
        """The standing after one more fact of this kiosk; a key earned before adds no points.

        It is kept all the same when only the hub's view says that the key is earned: a hub restored from a backup may
        come back with a view that does not say so any more.
        """
        entry = entry_of(fact, programme)
        if entry is None or any(item.key == entry.key for item in self.pending):
            return self
        pending = Pending(fact.id.epoch, fact.id.number, entry.key, entry.points)
        return replace(self, pending=(*self.pending, pending))

    def with_view(self, view: MemberView) -> Standing:
        """The standing after word from the hub; an older or equal version changes nothing (messages may arrive twice)."""
        if self.view is not None and view.version <= self.view.version:
            return self
        covered = dict(view.covers)
        open_ = tuple(item for item in self.pending if item.number > covered.get(item.epoch, 0))
        return replace(self, view=view, pending=open_)
