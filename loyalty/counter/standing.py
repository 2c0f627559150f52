"""Standing: what a kiosk knows about one card, and what it may therefore promise.

The hub's view of the member is a cache; this kiosk's own facts that the view does not cover yet are reckoned on top, by the same
fold the hub uses. The balance shown is always reckoned from these two, never counted up beside them. No storage, no screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from loyalty.account import Account, advance, apply, restore
from loyalty.counter.person import Person
from loyalty.document import Document
from loyalty.facts import ClockQuality, Fact, Redeemed
from loyalty.moment import Moment
from loyalty.rulebook import Rulebook

PENDING_MAX = 500  # own facts of one member that no view covers yet: three a visit for half a year off line; the hub counts all of them


@dataclass(frozen=True, slots=True)
class MemberView:
    """The member as the hub saw them at `as_of_ms`.

    `version` rises with every change. `account`: the folded account as a document (`account.snapshot`). `covers`: (epoch, number)
    pairs: the facts of *the kiosk this view was sent to* that are already contained in it. `blocked`: the card must not be used.
    """

    member: str
    version: int
    as_of_ms: int
    person: Person
    account: Document
    covers: tuple[tuple[str, int], ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """One card as this kiosk knows it. `view` is None for a card the hub has not told us about. `pending`: own facts on top of it, of
    this card and of the member's other cards, in their total order.
    """

    card: str
    view: MemberView | None = None
    pending: tuple[Fact, ...] = ()

    def seen_by_hub(self, book: Rulebook, at: int) -> Account:
        """The account as the hub knew it, with time passed up to `at` (ms). Raises Malformed for a view that cannot be read."""
        account = Account() if self.view is None else restore(self.view.account)
        advance(account, at, book)
        return account

    def account(self, book: Rulebook) -> Account:
        """The account with the own facts on top, as of the last of them. Raises Malformed for a view that cannot be read."""
        account = Account() if self.view is None else restore(self.view.account)
        for fact in self.waiting:
            apply(account, fact, book)
        return account

    @property
    def waiting(self) -> tuple[Fact, ...]:
        """The own facts that the hub's word does not contain."""
        return tuple(fact for fact in self.pending if not self._covered(fact))

    def with_fact(self, fact: Fact) -> Standing:
        """The standing after one more fact of this kiosk."""
        return self.with_facts((fact,))

    def with_facts(self, facts: Iterable[Fact]) -> Standing:
        """The standing after more facts of this kiosk; those that are known already change nothing.

        One that the view covers is kept, but not reckoned: the hub has lost it, and its next word will not cover it. Of too many the oldest
        go, those that spent points last: what is shown may be too little then, not too much.
        """
        known = {own.id for own in self.pending}
        new = {fact.id: fact for fact in facts if fact.id not in known}
        if not new:
            return self
        pending = sorted((*self.pending, *new.values()), key=attrgetter("order"))
        if len(pending) > PENDING_MAX:
            spent = [fact for fact in pending if isinstance(fact.body, Redeemed)][-PENDING_MAX:]
            others = [fact for fact in pending if not isinstance(fact.body, Redeemed)]
            pending = sorted((*spent, *others[len(others) - PENDING_MAX + len(spent) :]), key=attrgetter("order"))
        return replace(self, pending=tuple(pending))

    def without(self, card: str) -> Standing:
        """The standing without what was written with another card: it is not this member's any more."""
        return replace(self, pending=tuple(fact for fact in self.pending if fact.card != card))

    def dated(self, boot: str, now: Moment) -> Standing:
        """The same with the own facts of this boot that were written by a doubtful clock dated by the clock as it is now, once somebody
        keeps it: as the hub dates them (see `hub.timing`). Only as long as it is looked at; on disk they stay as they were written.
        """
        doubtful = [fact for fact in self.pending if fact.clock is ClockQuality.UNSYNCED and fact.boot == boot]
        if not doubtful or not now.kept:
            return self
        start_ms = now.wall_ms - now.mono_ms
        known = {fact.id: replace(fact, effective_ms=max(0, start_ms + fact.mono_ms)) for fact in doubtful}
        return replace(self, pending=tuple(sorted((known.get(fact.id, fact) for fact in self.pending), key=attrgetter("order"))))

    def with_view(self, view: MemberView) -> Standing:
        """The standing after word from the hub; an older or equal version changes nothing (messages may arrive twice)."""
        if self.view is not None and view.version <= self.view.version:
            return self
        after = replace(self, view=view)
        return replace(after, pending=tuple(fact for fact in self.pending if not after._covered(fact)))

    def unnamed(self) -> Standing:
        """The same without the person: of them only the language is left, and whether the balance is hidden."""
        if self.view is None:
            return self
        person = self.view.person
        return replace(self, view=replace(self.view, person=Person(person.language, hide_balance=person.hide_balance)))

    def _covered(self, fact: Fact) -> bool:
        return self.view is not None and any(epoch == fact.id.epoch and fact.id.number <= upto for epoch, upto in self.view.covers)
