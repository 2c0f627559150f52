"""Cards: where each one stands, folded from what happened to it, and which chips can become one at all.

A card points at a member and holds nothing of value. Each card's fold needs only the facts that name it, as the card or as the
one `by` which another was replaced. A chip's number is looked at here and never kept; its reference is made in `cards.identity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from loyalty.facts import CardChange, CardChanged, Fact

PROBLEMS_KEPT = 20  # the newest
UID_SIZES_BYTES = (4, 7, 10)  # ISO/IEC 14443-3
RANDOM_UID_FIRST_BYTE = 0x08  # of four bytes: made up anew at each activation (ISO/IEC 14443-3)


class CardStatus(StrEnum):
    """Where a card stands. REPLACED and RETIRED are for ever."""

    BLANK = "blank"  # nobody has issued it
    ISSUED = "issued"  # made, and perhaps handed out: a prospect's card
    ACTIVE = "active"  # stands for a member
    BLOCKED = "blocked"
    REPLACED = "replaced"
    RETIRED = "retired"


FOLLOWS: dict[CardChange, frozenset[CardStatus]] = {
    CardChange.ISSUED: frozenset({CardStatus.BLANK}),
    CardChange.ACTIVATED: frozenset({CardStatus.ISSUED}),
    CardChange.BLOCKED: frozenset({CardStatus.ISSUED, CardStatus.ACTIVE}),
    CardChange.UNBLOCKED: frozenset({CardStatus.BLOCKED}),
    CardChange.REPLACED: frozenset({CardStatus.ACTIVE, CardStatus.BLOCKED}),
    CardChange.RETIRED: frozenset({CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.BLOCKED}),
}
"""Which change can follow on which status."""

CAN_REPLACE = frozenset({CardStatus.BLANK, CardStatus.ISSUED})
"""What a card must be to take another's place."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `owner`: the member it stands for, "" for none. `generation`: 1, or one more than the card it replaced.
    `by`: the card that replaced it. `replaced_for`: the card it replaced. `since`: moment of its status (ms). `was`: its status before
    it was blocked. `problems`: changes that could not follow, as "fact: why", the newest last.
    """

    card: str
    status: CardStatus = CardStatus.BLANK
    owner: str = ""
    generation: int = 1
    by: str = ""
    replaced_for: str = ""
    since: int = 0
    was: CardStatus = CardStatus.BLANK
    problems: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether a tap with it is a tap of its owner."""
        return self.status is CardStatus.ACTIVE and bool(self.owner)


def fold_card(card: str, facts: Iterable[Fact], replaced: Card | None = None) -> Card:
    """One card from the facts that name it, in any order, any number of times; other facts are passed over.

    `replaced`: the folded card whose place it took, if it did (see `Card.replaced_for`): where the fact of the replacement names no
    owner, the owner is that one's, and the generation is counted from it. Without it a replacement is of generation 2.
    """
    unique = {fact.id: fact for fact in facts if isinstance(fact.body, CardChanged) and card in (fact.body.card, fact.body.by)}
    state = Card(card)
    for fact in sorted(unique.values(), key=lambda each: each.order):
        state = change(state, fact)
    return state if replaced is None or replaced.card != state.replaced_for else _after(state, replaced)


def _after(state: Card, replaced: Card) -> Card:
    return replace(state, owner=state.owner or replaced.owner, generation=replaced.generation + 1)


def fold_cards(facts: Iterable[Fact]) -> dict[str, Card]:
    """All cards that facts name, with owners and generations passed on along each chain of replacements."""
    named: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact.body, CardChanged):
            for card in {fact.body.card, fact.body.by} - {""}:
                named.setdefault(card, []).append(fact)
    alone = {card: fold_card(card, of_it) for card, of_it in named.items()}
    return {card: _resolved(state, alone) for card, state in alone.items()}


def _resolved(state: Card, alone: Mapping[str, Card]) -> Card:
    """The card with what its predecessors say, the oldest first; a ring of replacements ends where it began."""
    chain = [state]
    seen = {state.card}
    while (before := alone.get(chain[-1].replaced_for)) is not None and before.card not in seen:
        chain.append(before)
        seen.add(before.card)
    resolved = chain.pop()
    while chain:
        resolved = _after(chain.pop(), resolved)
    return resolved


def change(state: Card, fact: Fact) -> Card:
    """The card after one more fact, in the total order of facts; one that cannot follow is marked and changes nothing."""
    body = fact.body
    if not isinstance(body, CardChanged):
        return state
    why = _problem(state, body)
    if why:
        return replace(state, problems=(*state.problems, f"{fact.id}: {why}")[-PROBLEMS_KEPT:])
    if state.card != body.card:
        return replace(
            state, status=CardStatus.ACTIVE, owner=body.owner or state.owner, generation=2, replaced_for=body.card, since=fact.when_ms
        )
    return _changed(state, body, fact.when_ms)


def _problem(state: Card, body: CardChanged) -> str:
    """Why a change cannot follow; "" if it can."""
    if state.card != body.card:
        return _cannot_replace(state, body)
    if state.status not in FOLLOWS[body.change]:
        return f"a card that is {state.status.value} cannot be {body.change.value}"
    match body.change:
        case CardChange.ACTIVATED if not (body.owner or state.owner):
            return "a card is activated for somebody: name the owner"
        case CardChange.ACTIVATED if body.owner and state.owner and body.owner != state.owner:
            return "it was issued to somebody else"
        case CardChange.REPLACED if not body.by or body.by == state.card:
            return "name another card that takes its place"
        case CardChange.REPLACED if state.status is CardStatus.BLOCKED and state.was is not CardStatus.ACTIVE:
            return "it stood for nobody, so nothing moves to another card"
        case CardChange.REPLACED if body.owner and state.owner and body.owner != state.owner:
            return "it stands for somebody else"
    return ""


def _cannot_replace(state: Card, body: CardChanged) -> str:
    if body.change is not CardChange.REPLACED:
        return f"only a card that is replaced names another, not one that is {body.change.value}"
    if state.status not in CAN_REPLACE:
        return f"a card that is {state.status.value} cannot take another's place"
    if body.owner and state.owner and body.owner != state.owner:
        return "it was issued to somebody else"
    return ""


def _changed(state: Card, body: CardChanged, at: int) -> Card:
    """The card after a change that can follow."""
    match body.change:
        case CardChange.ISSUED:
            return replace(state, status=CardStatus.ISSUED, owner=body.owner, since=at)
        case CardChange.ACTIVATED:
            return replace(state, status=CardStatus.ACTIVE, owner=body.owner or state.owner, since=at)
        case CardChange.BLOCKED:
            return replace(state, status=CardStatus.BLOCKED, was=state.status, since=at)
        case CardChange.UNBLOCKED:
            return replace(state, status=state.was, since=at)
        case CardChange.REPLACED:
            return replace(state, status=CardStatus.REPLACED, by=body.by, since=at)
    return replace(state, status=CardStatus.RETIRED, since=at)


def enrolment_problem(uid_first: bytes, uid_second: bytes) -> str | None:
    """Why a chip that was read twice cannot become a card, in words for staff; None if it can.

    A payment card cannot be told by its number: whoever reads it sees that (see `cards`).
    """
    for uid in (uid_first, uid_second):
        if len(uid) not in UID_SIZES_BYTES:
            return f"a chip number has 4, 7 or 10 bytes, this one has {len(uid)}: lay the card down again"
        if len(uid) == 4 and uid[0] == RANDOM_UID_FIRST_BYTE:
            return "this chip shows another number at every tap, as phones do: take another card"
    if uid_first != uid_second:
        return "the two readings differ: lay down one card alone and hold it still"
    return None
