"""What is right in a simulated shop: its programme, its members, and which points which facts justify.

Reckoned apart from the parts under test; nothing here happens or fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from hub.records import MemberRecord, Profile
from kiosk.store import Store
from loyalty.codec import decode
from loyalty.facts import ClockQuality, Fact
from loyalty.ledger import entry_of
from loyalty.programme import Programme
from tests.simulation.disk import Row

PROGRAMME = Programme("simulated", ZoneInfo("Europe/Kyiv"))
MEMBERS = (
    MemberRecord("m_1", Profile("Ada", "en", "Ada"), ("a1" * 16, "a2" * 16)),
    MemberRecord("m_2", Profile("Olha", "uk", "Ольго"), ("b1" * 16,)),
    MemberRecord("m_3", Profile("Grace", "en", "Grace"), ("c1" * 16, "c2" * 16)),
    MemberRecord("m_4", Profile("Nina", "uk", None, hide_balance=True), ("d1" * 16,)),
)
LATE = MemberRecord("m_5", Profile("Lev", "uk", "Леве"), ("e1" * 16,))  # joins in the course of the day
STRANGERS = ("f1" * 16, "f2" * 16)  # cards that the hub never hears who they belong to
CARDS = tuple(card for member in (*MEMBERS, LATE) for card in member.cards) + STRANGERS
CARDS_OF = {card: member.cards for member in (*MEMBERS, LATE) for card in member.cards}


def keys(facts: Iterable[Fact]) -> set[tuple[str, int]]:
    """What these facts earn, each key once."""
    entries = (entry_of(fact, PROGRAMME) for fact in facts)
    return {(entry.key, entry.points) for entry in entries if entry is not None}


def fact_of(row: Row, kiosk: str) -> Fact:
    """The fact of a row of a kiosk's card."""
    return decode(row.document, kiosk, row.epoch, row.boot)


def whole_tap(row: Row, kiosk: str, store: Store) -> bool:
    """Whether the standing of the card contains what its fact earned: as a pending entry, in the hub's view, or earned before.

    Not asked of a fact from a doubtful clock: the hub may have dated an earlier one anew, and with it the day that both earned.
    """
    fact = fact_of(row, kiosk)
    entry = entry_of(fact, PROGRAMME)
    if entry is None or fact.card is None or fact.clock is ClockQuality.UNSYNCED:
        return True
    standing = store.standing(fact.card)
    covered = dict(standing.view.covers).get(row.epoch, 0) if standing.view is not None else 0
    return standing.has_earned(entry.key) or row.number <= covered
