"""What is known of members, on disk: a standing for each card met here, and which of them change when a fact is written or the hub speaks.

A member's cards have one balance: what is written with one of them counts on top of each. What a standing means is
`loyalty.counter.standing`'s; the facts themselves, transactions and files are `store`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from kiosk.documents import DocumentTable, Layout
from kiosk.standings import document_of, standing_of
from loyalty.counter.standing import MemberView, Standing
from loyalty.facts import Fact

LAYOUT = Layout(keyed=True, index=("member",))  # by card; a member's other cards are found by the index

Between = Callable[[Mapping[str, int], Mapping[str, int], Collection[str]], Iterable[Fact]]
"""Own facts of these cards that one word of the hub covers, as numbers by epoch, and another does not."""


class Standings:
    """The standings of all cards met here. Every method that writes belongs into a transaction of the caller's."""

    def __init__(self, table: DocumentTable, kiosk: str) -> None:
        self._table, self._kiosk = table, kiosk

    def of(self, card: str) -> Standing:
        """What is known of a card; a card never met has an empty standing."""
        return standing_of(card, self._kiosk, self._table.get_by_key(card))

    def add(self, facts: Iterable[Fact]) -> dict[str, Standing]:
        """Own facts count on top, for their card and the member's other cards. Returns the standings of all these, by card."""
        new: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact.card is not None:
                new.setdefault(fact.card, []).append(fact)
        before: dict[str, Standing] = {}
        more: dict[str, list[Fact]] = {}
        for card, own in new.items():
            for each in self._family(self.of(card)):
                before[each.card] = each
                more.setdefault(each.card, []).extend(own)
        after = {card: standing.with_facts(more[card]) for card, standing in before.items()}
        for card, standing in after.items():
            self._put(before[card], standing)
        return after

    def keep(self, card: str, view: MemberView, between: Between) -> None:
        """The hub's word about a card, unless something newer is known. A card that becomes a member's brings its own facts to their other
        cards, and has those of the others on top from now on.
        """
        before = self.of(card)
        told = before.with_view(view)
        if told is before:
            return
        others = [each for each in self._others(view.member) if each.card != card]
        if before.view is not None and before.view.member != view.member:
            self._leave(card, before.view.member)
        if before.view is None or before.view.member != view.member:
            own = tuple(fact for fact in before.pending if fact.card == card)
            told = replace(before, pending=own)
            for other in others:
                self._put(other, other.with_facts(own))
                told = told.with_facts(other.pending)
            told = told.with_view(view)
        lost = between(_covered([before, *others]), dict(view.covers), {card, *(other.card for other in others)})
        self._put(before, told.with_facts(lost))

    def _leave(self, card: str, member: str) -> None:
        """A card that was this member's is another's now, and takes along what was done with it."""
        for each in self._others(member):
            if each.card != card:
                self._put(each, each.without(card))

    def _family(self, standing: Standing) -> tuple[Standing, ...]:
        """A card's standing, and those of the member's other cards."""
        if standing.view is None:
            return (standing,)
        return (standing, *(each for each in self._others(standing.view.member) if each.card != standing.card))

    def _others(self, member: str) -> list[Standing]:
        """The standings of a member's cards, as the hub told of each; a document whose index is spoilt is not believed."""
        found = [standing_of(row.key or "", self._kiosk, row) for row in self._table.find("member", member)]
        return [each for each in found if each.view is not None and each.view.member == member]

    def _put(self, before: Standing, after: Standing) -> None:
        if after is not before:
            self._table.put(after.card, document_of(after))


def _covered(standings: Iterable[Standing]) -> dict[str, int]:
    """The most that any word of the hub about these cards covers, by epoch."""
    most: dict[str, int] = {}
    for standing in standings:
        for epoch, upto in standing.view.covers if standing.view is not None else ():
            most[epoch] = max(upto, most.get(epoch, 0))
    return most
