"""The desk: what an operator or a till wants written down, looked at before it waits in line. `ingest` alone makes facts of it.

So one stream numbers them, by one clock, and a kiosk hears of them as of all others. Raises Refused in words a person can act on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hub.door import HubStore, HubTransaction
from hub.folding import read
from hub.places import joining_problem
from hub.records import NoteText, Order
from loyalty.account.voice import FOLLOWS
from loyalty.codec import body_of
from loyalty.counter.person import TEXT_CHARS_MAX
from loyalty.document import write
from loyalty.facts import (
    KINDS,
    Body,
    CardChange,
    CardChanged,
    CaseStepped,
    ClockQuality,
    ClubJoined,
    ClubLeft,
    Fact,
    FactId,
    Merged,
    NoteWritten,
    Worded,
)
from loyalty.programme import Programme
from loyalty.shapes import Malformed, near
from loyalty.shop.credentials import Card, change
from mqtt.shapes import FACT_BYTES_MAX

WAITING_MAX = 10_000  # orders looked at for what they will change: days of a desk whose ingest is not running
ENVELOPE_BYTES = 256  # number, moment and clock beside the payload of a fact


class Refused(ValueError):
    """It cannot be written down; the message says why and what to do."""


def order_of(kind: str, payload: Mapping[str, Any], now_ms: int) -> tuple[Order, Body]:
    """What is to be written down, from a kind and its payload as a document. Raises Refused."""
    if kind not in KINDS:
        close = near(kind, sorted(KINDS))
        do = f"did you mean {close}?" if close else f"there are {', '.join(sorted(KINDS))}"
        raise Refused(f"there is no kind of fact {kind!r}; {do}")
    try:
        body = body_of(kind, dict(payload))
    except Malformed as error:
        raise Refused(f"{error.field.removeprefix('d.')}: expected {error.expected}") from None
    document = write(body)
    if len(json.dumps(document).encode()) > FACT_BYTES_MAX - ENVELOPE_BYTES:
        raise Refused(f"the payload is too long; a fact has at most {FACT_BYTES_MAX} bytes")
    return Order(kind, document, now_ms), body


def put(store: HubStore, kind: str, payload: Mapping[str, Any], now_ms: int, words: str = "", programme: Programme | None = None) -> str:
    """Let it wait to be written down; returns the member it is about, "" where it names none. `words`: what staff say, under the id that
    the payload has as its `note`. `programme`: says which clubs there are and how many find room in one; without it that is not looked at.

    Raises Refused.
    """
    order, body = order_of(kind, payload, now_ms)
    with store.transaction() as tx:
        for member in _named(body):
            if member not in tx.survivors([member]):
                raise Refused(f"there is no member {member}")
        if isinstance(body, CardChanged):
            after_changes(cards_soon(tx, [card for card in (body.card, body.by) if card], now_ms), [body], now_ms)
        if isinstance(body, ClubJoined) and programme is not None:
            _check_room(tx, body, programme)
        if isinstance(body, CaseStepped):
            _check_case(tx, body)
        if words or (isinstance(body, Worded) and body.note):
            keep_words(tx, _note(tx, body, words))
        tx.put_order(order)
    return next(iter(_named(body)), "")


def _named(body: Body) -> list[str]:
    """The members a fact names: whom it is about first."""
    names = [getattr(body, "member", ""), getattr(body, "owner", "") if isinstance(body, CardChanged) else ""]
    return [name for name in (*names, body.merged if isinstance(body, Merged) else "") if name]


def _check_case(tx: HubTransaction, body: CaseStepped) -> None:
    """A step that cannot follow on where the case stands, as far as that is known here."""
    member = tx.survivors([body.member])[body.member]
    held = tx.snapshots([member]).get(member)
    if held is None:
        return
    voice = read(held).voice
    case = voice.find(body.case)
    if case is None:
        are = ", ".join(each.id for each in voice.open_cases()) or "none"
        raise Refused(f"there is no case {body.case} of this member; open are: {are}")
    if case.status not in FOLLOWS[body.step][1]:
        raise Refused(f"case {body.case} cannot be {body.step.value}: it is {case.status.value}")


def _note(tx: HubTransaction, body: Body, words: str) -> NoteText:
    if not isinstance(body, Worded):
        raise Refused(f"{body.kind} has no words; leave them out")
    reply_to = body.reply_to if isinstance(body, NoteWritten) else ""
    return NoteText(body.note, tx.survivors([body.member])[body.member], words, body.by, reply_to)


def keep_words(tx: HubTransaction, note: NoteText) -> None:
    """Keep what staff wrote to or about a member that exists. Raises Refused for what cannot be words, or not of this member."""
    if not 0 < len(note.text) <= TEXT_CHARS_MAX or not note.text.isprintable():
        raise Refused(f"a note needs words: 1 to {TEXT_CHARS_MAX} printable characters on one line")
    if not note.note:
        raise Refused("note: words need an id under which they are kept")
    if tx.members([note.member])[note.member].profile is None:
        raise Refused(f"{note.member} was forgotten; nothing is written about them any more")
    if any(held.note == note.note for held in tx.notes([note.member]).get(note.member, ())):
        raise Refused(f"note: other words are kept as {note.note}; take another id")
    tx.save_note(note)


def _check_room(tx: HubTransaction, body: ClubJoined, programme: Programme) -> None:
    before = [each for each in _soon(tx) if isinstance(each, ClubJoined | ClubLeft)]
    if problem := joining_problem(tx, programme, body, before):
        raise Refused(problem)


def _soon(tx: HubTransaction) -> Iterator[Body]:
    """What waits to be written down, oldest first; what is no fact any more is passed over: it will be put aside."""
    for order in tx.orders(WAITING_MAX):
        try:
            yield body_of(order.kind, order.payload)
        except Malformed:
            continue


def cards_soon(tx: HubTransaction, references: Collection[str], now_ms: int) -> dict[str, Card]:
    """Where these cards will stand when all that waits is written down; one never heard of is blank."""
    cards = {card: Card(card) for card in references} | tx.cards(references)
    for body in _soon(tx):
        if isinstance(body, CardChanged):
            cards = {card: change(each, _at_desk(body, now_ms)) if card in (body.card, body.by) else each for card, each in cards.items()}
    return cards


def after_changes(cards: dict[str, Card], bodies: Collection[CardChanged], now_ms: int) -> dict[str, Card]:
    """Where cards stand after these changes. What could not follow is refused here: later nobody would be there to hear it."""
    cards = {card: replace(each, problems=()) for card, each in cards.items()}
    for body in bodies:
        named = [body.card, body.by] if body.change is CardChange.REPLACED and body.by else [body.card]
        for reference in named:
            cards[reference] = change(cards[reference], _at_desk(body, now_ms))
            if problems := cards[reference].problems:
                raise Refused(f"card {reference[:8]}: {problems[-1].partition(': ')[2]}")
    return cards


def _at_desk(body: Body, now_ms: int) -> Fact:
    """As ingest will write it down, as far as a card can tell."""
    return Fact(FactId("", "", 0), now_ms, 0, "", ClockQuality.NTP, body)
