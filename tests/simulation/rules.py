"""What is right in a simulated shop: its programme, its members, and the most points that facts can justify.

Reckoned apart from the parts under test; nothing here happens or fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from hub.memory_store import MemoryHubStore
from hub.records import MemberRecord, Profile
from kiosk.store import Store
from loyalty.account import Account, fold, restore
from loyalty.codec import decode
from loyalty.facts import CaseAnswered, CaseStepped, Fact, FactId, Held, Redeemed, Returned
from loyalty.programme import About, Programme
from loyalty.programme.ladder import RungBasis, Rungs, Tier
from loyalty.programme.listening import Asking, Choice, Question
from loyalty.programme.rules import Expiry, ExpiryPolicy, Once, Perk, PerkKind, Redemption, Rule, Status, Trigger, Unit
from loyalty.rulebook import Rulebook
from tests.simulation.disk import Row

ZONE = ZoneInfo("Europe/Kyiv")
WORDS = {"en": "words", "uk": "слова"}
LIMITS = Redemption(min_points=10, offline_card_day_points=10, offline_kiosk_day_points=15, offline_fresh_hours=24)


def _rule(id_: str, trigger: Trigger, points: int, **more: object) -> Rule:
    return Rule(id_, trigger, Status.ACTIVE, points=points, **more)  # type: ignore[arg-type]


PROGRAMME = Programme(
    About(1, "simulated", "Europe/Kyiv", "UAH"),
    expiry=Expiry(ExpiryPolicy.NEVER),
    redemption=LIMITS,
    rule=(
        _rule("visit", Trigger.VISIT, 10, once=Once.DAY),
        _rule("early", Trigger.VISIT, 4, budget_points=12),  # for whoever comes first
        _rule("rating", Trigger.RATING, 2, once=Once.DAY),
        _rule("answer", Trigger.ANSWER, 3, once=Once.DAY),
        _rule("spend", Trigger.PURCHASE, 1, unit=Unit.AMOUNT, per=1_000),
        _rule("friend", Trigger.REFERRAL, 30),
        _rule("birthday", Trigger.OCCASION, 25, occasion="birthday"),
        _rule("surprise", Trigger.SURPRISE, 7, one_in=3, kiosk_day_max=2),
    ),
    perk=(
        Perk("coffee", PerkKind.REWARD, WORDS, Status.ACTIVE, cost_points=10),
        Perk("mug", PerkKind.REWARD, WORDS, Status.ACTIVE, cost_points=15),
    ),
    tier=(Tier("standard", WORDS), Tier("gold", WORDS, 60)),
    rungs=Rungs(RungBasis.PURCHASES),
    asking=Asking(visits_min=1, every_days=1),
    question=(Question("tea", WORDS, (Choice("a", WORDS), Choice("b", WORDS)), Status.ACTIVE),),
)
BOOK = Rulebook.single(PROGRAMME, ZONE)
MEMBERS = (
    MemberRecord("m_1", Profile("Ada", "en", "Ada", birthday=(11, 23)), ("a1" * 16, "a2" * 16)),
    MemberRecord("m_2", Profile("Olha", "uk", "Ольго"), ("b1" * 16,)),
    MemberRecord("m_3", Profile("Grace", "en", "Grace"), ("c1" * 16, "c2" * 16)),
    MemberRecord("m_4", Profile("Nina", "uk", None, hide_balance=True), ("d1" * 16,)),
)
LATE = MemberRecord("m_5", Profile("Lev", "uk", "Леве"), ("e1" * 16,))  # joins in the course of the day
STRANGERS = ("f1" * 16, "f2" * 16)  # cards that the hub never hears who they belong to
CARDS = tuple(card for member in (*MEMBERS, LATE) for card in member.cards) + STRANGERS
OWNER = {card: member for member in (*MEMBERS, LATE) for card in member.cards}


def fact_of(row: Row, kiosk: str) -> Fact:
    """The fact of a row of a kiosk's card."""
    return decode(row.document, kiosk, row.epoch, row.boot)


def is_about(fact: Fact, member: MemberRecord) -> bool:
    """Whether a fact is about this member, by a card of theirs or by name."""
    return fact.card in member.cards or fact.member == member.id


def account_of(store: MemoryHubStore, member: MemberRecord) -> Account:
    """The account as a hub keeps it."""
    found = store.held.snapshots.get(member.id)
    return Account(member.id) if found is None else restore(json.loads(found.text))


def rules_of(store: MemoryHubStore) -> Rulebook:
    """The rules as a hub has closed them."""
    with store.transaction() as tx:
        return BOOK.closing(tx.closings())


def is_closed(book: Rulebook, rule: str, kiosk: str, at: int) -> bool:
    """Whether a rule gives nothing at a kiosk, at a moment."""
    return book.at(at).live[rule].shut.holds(kiosk, at)


def is_promised(book: Rulebook, rule: str, kiosk: str, at: int) -> bool:
    """Whether a kiosk reckons with a rule at a moment: it is not closed, and there is somebody who would say so."""
    return not is_closed(book, rule, kiosk, at) and at < book.at(at).live[rule].withheld


# What spends, sets aside, takes back, or ends a case for which something may still be given.
LESS = (Redeemed, Held, Returned, CaseAnswered, CaseStepped)


def points_at_most(facts: Iterable[Fact]) -> int:
    """The most points that these facts can have earned: nothing is spent or comes back, and a fact that was dated twice counts for both
    moments.
    """
    moments = {(fact.id, fact.when_ms): fact for fact in facts if not isinstance(fact.body, LESS)}
    named: dict[FactId, Fact] = {}
    for place, fact in enumerate(moments.values(), 1):
        name = FactId(fact.id.kiosk, fact.id.epoch, fact.id.number + place * 1_000_000) if fact.id in named else fact.id
        named[name] = replace(fact, id=name)
    return fold(named.values(), BOOK, "anybody").ledger.balance


def spent(facts: Iterable[Fact]) -> int:
    """Points that these facts took."""
    return sum(fact.body.points for fact in facts if isinstance(fact.body, Redeemed))


def knows_of(row: Row, kiosk: str, store: Store) -> bool:
    """Whether the standing of the card contains a fact: among the own ones on top, or in the hub's view."""
    fact = fact_of(row, kiosk)
    if fact.card is None:
        return True
    standing = store.standing(fact.card)
    covered = dict(standing.view.covers).get(row.epoch, 0) if standing.view is not None else 0
    return any(own.id == fact.id for own in standing.pending) or row.number <= covered
