"""What till and console ask of the hub in the course of a day: receipts and returns, notes, work on cases, a consent, a blocked card.

Drawn from the shop's seed; when is `plan`'s business.
"""

from __future__ import annotations

from hub.records import NoteText
from loyalty.facts import (
    Adjusted,
    CardChange,
    CardChanged,
    CaseStep,
    CaseStepped,
    ConsentGiven,
    ConsentMethod,
    GoodwillGiven,
    NoteWritten,
    Purchased,
    Purpose,
    Returned,
)
from tests.simulation.rules import MEMBERS, account_of
from tests.simulation.shop import Shop

BLOCKED = MEMBERS[2].cards[1]  # Grace has lost her second card, and finds it again


def ask(shop: Shop) -> None:
    """One thing or another."""
    random = shop.random
    member = random.choice(MEMBERS)
    number = random.randrange(1_000_000)
    match random.randrange(10):
        case 0 | 1 | 2:
            shop.hub.order(
                Purchased(f"r-{number % 7}", 1_234 * (1 + number % 7), "UAH", random.choice(member.cards))
            )  # a receipt says one thing
        case 3:
            shop.hub.order(Returned(f"r-{number % 7}", f"ref-{number}", 500 + number % 2_000, member=member.id))
        case 4:
            note = NoteText(f"n-{number}", member.id, "see you on Friday", "Olena")
            shop.hub.order(NoteWritten(member.id, note.note, "s-1"), note)
        case 5 | 6:
            _care(shop)
        case 7:
            shop.hub.order(ConsentGiven(Purpose.BIRTHDAY, ConsentMethod.STAFF, "t-1", "0" * 64, "en", member=MEMBERS[0].id))
        case 8:
            shop.hub.order(Adjusted(member.id, number % 40, "counted-anew", "s-1"))
        case 9:
            change = CardChange.BLOCKED if BLOCKED not in _blocked(shop) else CardChange.UNBLOCKED
            shop.hub.order(CardChanged(BLOCKED, change))


def _care(shop: Shop) -> None:
    """Somebody works on an open case, and may give something for it."""
    cases = [(member, case) for member in MEMBERS for case in account_of(shop.hub.store, member).voice.open_cases()]
    if not cases:
        return
    member, case = shop.random.choice(cases)
    if shop.random.random() < 0.3:
        shop.hub.order(GoodwillGiven(member.id, case.id, 5, "s-1"))
    shop.hub.order(CaseStepped(member.id, case.id, shop.random.choice((CaseStep.ACKNOWLEDGED, CaseStep.RESOLVED)), "s-1"))


def _blocked(shop: Shop) -> tuple[str, ...]:
    held = shop.hub.store.held.members.get(MEMBERS[2].id)
    return () if held is None else held.blocked
