"""What is known of members, on disk: a standing for each card met here, and which of them change when a fact is written or the hub speaks.

A member's cards have one balance: what is written with one of them counts on top of each. What a standing means is
`loyalty.counter.standing`'s; the facts themselves, transactions and files are `store`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from itertools import islice

from kiosk.documents import DocumentTable, Layout
from kiosk.standings import document_of, standing_of
from loyalty.counter.standing import MemberView, Standing
from loyalty.facts import Fact, FactId

LAYOUT = Layout(keyed=True, index=("member",))  # by card; a member's other cards are found by the index
CARDS_KEPT = 20_000  # cards laid down here last: more than a shop's regulars; at 6 KiB for a member of many years 120 MB
OVER_SHARE = 10  # a tenth more may gather until a quiet moment; beyond it no card is kept that was not laid down here
SHED_LOOKED = 200  # cards looked at in one quiet moment: a megabyte of reading

Between = Callable[[Mapping[str, int], Mapping[str, int], Collection[str]], Iterable[Fact]]
"""Own facts of these cards that one word of the hub covers, as numbers by epoch, and another does not."""


class Standings:
    """The standings of the cards met here, in the order in which they were laid down, roughly: a card that comes after a long time goes
    to the end again. Every method that writes belongs into a transaction of the caller's.
    """

    def __init__(self, table: DocumentTable, kiosk: str, kept: int = CARDS_KEPT) -> None:
        """Of more than `kept` cards those go that were not laid down for longest; see `shed`."""
        self._table, self._kiosk, self._kept = table, kiosk, kept
        self._count = len(table)
        self._looked = 0  # the row up to which the oldest were looked at

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
        for card in new:
            self._freshen(card)
        after = {card: standing.with_facts(more[card]) for card, standing in before.items()}
        for card, standing in after.items():
            self._put(before[card], standing)
        return after

    def keep(self, card: str, view: MemberView, between: Between) -> None:
        """The hub's word about a card, unless something newer is known, or far too many are. A card that becomes a member's brings its own
        facts to their other cards, and has those of the others on top from now on.
        """
        before = self.of(card)
        if before == Standing(card) and self._count >= self._kept + self._kept // OVER_SHARE:
            return
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

    @property
    def crowded(self) -> bool:
        """Whether there are more cards than are kept."""
        return self._count > self._kept

    def shed(self, is_claimed: Callable[[FactId], bool]) -> bool:
        """Let go of cards that were not laid down for longest, where there are too many; whether any went. The hub is asked about them
        when they come back. One with facts that the hub does not hold stays: without them too much might be promised.
        """
        self._count = len(self._table)
        surplus = self._count - self._kept
        looked = list(islice(self._table.after(self._looked), SHED_LOOKED))
        self._looked = looked[-1].doc_id if len(looked) == SHED_LOOKED else 0
        idle = [row for row in looked if all(is_claimed(fact.id) for fact in standing_of(row.key or "", self._kiosk, row).pending)]
        gone = sum(self._table.remove_by_key(row.key or "") for row in idle[: max(0, surplus)])
        self._count -= gone
        return gone > 0

    def _freshen(self, card: str) -> None:
        """A card that was laid down goes to the end of the order, unless it is in the newer half of it: few ever need a write for that."""
        row = self._table.get_by_key(card)
        if row is not None and row.doc_id <= self._table.last_id() - self._kept // 2:
            self._table.remove_by_key(card)
            self._table.put(card, dict(row))

    def forget_views(self) -> None:
        """Let go of what the hub said of every card. Of own facts each card keeps its own: the others of its member have theirs."""
        kept = [standing_of(row.key or "", self._kiosk, row) for row in self._table if row.get("pending")]
        self._table.truncate()
        for each in kept:
            own = tuple(fact for fact in each.pending if fact.card == each.card)
            if own:
                self._table.put(each.card, document_of(Standing(each.card, None, own)))
        self._count, self._looked = len(self._table), 0

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
            self._count += before == Standing(before.card)
            self._table.put(after.card, document_of(after))


def _covered(standings: Iterable[Standing]) -> dict[str, int]:
    """The most that any word of the hub about these cards covers, by epoch."""
    most: dict[str, int] = {}
    for standing in standings:
        for epoch, upto in standing.view.covers if standing.view is not None else ():
            most[epoch] = max(upto, most.get(epoch, 0))
    return most
