"""Whole worlds for the hub's property tests: everything that may happen to three members, at kiosks and at the desk. No test is here."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from hub.door import HubStore
from hub.receiver import Receiver
from hub.records import Order
from loyalty.document import write
from loyalty.facts import (
    Adjusted,
    Body,
    CaseOpened,
    CaseStep,
    CaseStepped,
    Enrolled,
    Evidence,
    Face,
    GoodwillGiven,
    GreetingShown,
    Held,
    Merged,
    OpeningBalance,
    Purchased,
    Rating,
    Reason,
    ReasonCode,
    Redeemed,
    Referred,
    Returned,
    Visit,
)
from loyalty.facts.desk import CaseSource
from loyalty.said import GreetingKind
from tests.hub_builders import CARD_1, CARD_2, CARD_3, DAY, NOON, birth, document, member

OWNERS = {CARD_1: "m_1", CARD_2: "m_2", CARD_3: "m_3"}
KIOSKS = ("k-1", "k-2")
CARDS, MEMBERS = list(OWNERS), ["m_1", "m_2", "m_3"]
numbers = st.integers(1, 4)
cards, members = st.sampled_from(CARDS), st.sampled_from(MEMBERS)
receipts = st.sampled_from(["r-1", "r-2", "r-3"])

at_kiosks = st.one_of(
    st.builds(Visit, cards, st.just(Evidence("NTAG213"))),
    st.builds(Visit, cards, st.just(Evidence("NTAG213"))),
    st.builds(Rating, cards, numbers, st.sampled_from(Face), st.just(700)),
    st.builds(Reason, cards, numbers, st.sampled_from(ReasonCode)),
    st.builds(GreetingShown, cards, st.sampled_from(GreetingKind)),
    st.builds(Redeemed, st.integers(1, 30), cards),
    st.builds(Referred, cards, cards, numbers),
)
at_desk = st.one_of(
    st.builds(Purchased, receipts, st.integers(0, 5000), st.just("UAH"), st.just(""), members),
    st.builds(Returned, receipts, st.sampled_from(["x-1", "x-2"]), st.integers(1, 5000), st.just(""), members),
    st.builds(Held, st.sampled_from(["h-1", "h-2"]), st.integers(1, 30), st.just(30), st.just(""), members),
    st.builds(Adjusted, members, st.integers(-40, 40), st.just("mistake"), st.just("op")),
    st.builds(OpeningBalance, members, st.integers(0, 50)),
    st.builds(CaseOpened, members, st.sampled_from(["c-1", "c-2"]), st.just(CaseSource.STAFF)),
    st.builds(CaseStepped, members, st.sampled_from(["c-1", "c-2"]), st.sampled_from(CaseStep), st.just("op")),
    st.builds(GoodwillGiven, members, st.just("c-1"), st.integers(1, 9), st.just("op")),
    st.builds(Enrolled, members),
)
merges = st.builds(Merged, members, members, st.just("op"))
moments = st.integers(NOON - 100 * DAY, NOON)


@dataclass(frozen=True)
class Happening:
    """One thing: what, when (a kiosk may tell it late), and at which kiosk, "" at the desk."""

    body: Body
    at_ms: int
    kiosk: str = ""


happenings = st.one_of(
    st.builds(Happening, at_kiosks, moments, st.sampled_from(KIOSKS)),
    st.builds(Happening, at_kiosks, moments, st.sampled_from(KIOSKS)),
    st.builds(Happening, at_desk, moments),
)
with_merges = st.one_of(happenings, happenings, happenings, happenings, st.builds(Happening, merges, moments))


def enrol(receiver: Receiver, now_ms: int = NOON - 100 * DAY) -> None:
    """Three members with a card each, and two kiosks that listen."""
    receiver.enrol([member(id_, card) for card, id_ in OWNERS.items()], now_ms)
    for kiosk in KIOSKS:
        receiver.birth(birth(), kiosk, now_ms)


def documents_of(happened: list[Happening]) -> dict[str, list[dict[str, object]]]:
    """What each kiosk tells, in its order."""
    told: dict[str, list[dict[str, object]]] = {kiosk: [] for kiosk in KIOSKS}
    for each in happened:
        if each.kiosk:
            told[each.kiosk].append(document(len(told[each.kiosk]) + 1, each.body, each.at_ms))
    return told


def put_order(store: HubStore, body: Body, now_ms: int) -> None:
    """Let something wait at the desk."""
    with store.transaction() as tx:
        tx.put_order(Order(body.kind, write(body), now_ms))
