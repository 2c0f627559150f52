"""Making somebody a member, changing what is personal about them, writing to them: the profile at once, and facts through the desk. Pure.

No fact names a person: what is personal stands in the profile and in the words of a note. Raises Refused in words a person can act on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cards.identity import CardReference, identify
from hub.desk import Refused, after_changes, cards_soon, keep_words, order_of
from hub.door import HubStore, HubTransaction
from hub.records import MemberRecord, NoteText, Profile
from loyalty.counter.person import NAME_CHARS_MAX
from loyalty.document import read, write
from loyalty.facts import (
    Body,
    CardChange,
    CardChanged,
    ConsentGiven,
    ConsentMethod,
    Enrolled,
    MemberType,
    NoteWritten,
    ProfileChanged,
    Purpose,
)
from loyalty.facts.envelope import Id
from loyalty.shapes import Malformed
from loyalty.shop.credentials import Card, CardStatus, enrolment_problem

HEARD = ("signage", "online", "staff", "friend", "phone", "leaflet")  # the six ways in which people hear of a shop (mechanism 29)
CARDS_MAX = 8  # one for each hand of a family; a fact each, twice
LEAP_YEAR = 2000  # a birthday has no year; one on 29 February is a day too


@dataclass(frozen=True, slots=True)
class Paper:
    """The text that was signed: `id` names it and its version, `sha256` proves its words (64 hex digits)."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody who joins. `cards`: references. `consents`: what they agreed to on `paper`, which must be there if any."""

    profile: Profile
    type: MemberType = MemberType.PERSON
    heard: str = ""
    staff: bool = False
    cards: tuple[str, ...] = ()
    consents: tuple[Purpose, ...] = ()
    paper: Paper | None = None


def enrol(store: HubStore, member: str, joining: Joining, now_ms: int) -> None:
    """Add a member under a new id, with cards that are nobody's; ingest writes down the facts of it. Raises Refused."""
    facts: list[Body] = [Enrolled(member, joining.type, joining.heard, joining.staff), *_consents(member, joining)]
    with store.transaction() as tx:
        if tx.survivors([member]):
            raise Refused("this id is taken; try again")
        facts += _handed_out(tx, member, joining.cards, now_ms)
        tx.enrol(MemberRecord(member, joining.profile), now_ms)
        _put(tx, facts, now_ms)


def change(store: HubStore, member: str, now_ms: int, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Give fields of a profile other values; returns the names of those that are different now. Raises Refused.

    A birthday counts as said now only if it is another one: who says the same again loses no gift by it.
    """
    with store.transaction() as tx:
        held = tx.members([member])[member].profile
        if held is None:
            raise Refused(f"{member} was forgotten; enrol them anew")
        changed = tuple(sorted(name for name, value in fields.items() if getattr(held, name) != value))
        if not changed:
            raise Refused("nothing would be different; name what is to change")
        since = {"birthday_set_ms": now_ms} if "birthday" in changed else {}
        tx.enrol(MemberRecord(member, profile_of({**fields, **since}, held)), now_ms)
        _put(tx, [ProfileChanged(member, changed)], now_ms)
    return changed


def write_note(store: HubStore, note: NoteText, by: str, now_ms: int) -> None:
    """Keep the words of a note to a member that exists, and have it written down; `by`: an id for the fact. Raises Refused."""
    if not 0 < len(note.by) <= NAME_CHARS_MAX or not note.by.isprintable():
        raise Refused(f"who writes is named with 1 to {NAME_CHARS_MAX} printable characters")
    with store.transaction() as tx:
        keep_words(tx, note)
        _put(tx, [NoteWritten(note.member, note.note, by, note.reply_to)], now_ms)


def profile_of(fields: Mapping[str, Any], held: Profile | None = None) -> Profile:
    """A profile, or one that is held with other values. Raises Refused for what no kiosk could be told."""
    try:
        return Profile(**fields) if held is None else replace(held, **fields)
    except ValueError as error:
        raise Refused(str(error)) from None


def birthday_of(text: str | None) -> tuple[int, int] | None:
    """(month, day) of a text like 23-09, the day first; None for none. Raises Refused."""
    if text is None:
        return None
    day, _, month = text.partition("-")
    try:
        date(LEAP_YEAR, int(month), int(day))
    except ValueError:
        raise Refused("there is no such birthday; write day and month like 23-09") from None
    return int(month), int(day)


def reference_of(chip: str, place: int, pepper: bytes) -> str:
    """The reference of the `place`th card by its chip number in hex. Raises Refused, without the number, for one that can be no card."""
    try:
        uid = bytes.fromhex(chip.replace(":", ""))
    except ValueError:
        raise Refused(f"card {place}: a chip number is written in hex digits, like 04A1B2C3D4E5F6") from None
    if problem := enrolment_problem(uid, uid):
        raise Refused(f"card {place}: {problem}")
    found = identify(uid, pepper)
    if not isinstance(found, CardReference):
        raise Refused(f"card {place}: {found.value}")
    return found.text


def paper_of(name: str, content: bytes) -> Paper:
    """What was signed, from its file: the name without the ending is its id. Raises Refused."""
    id_ = name.rpartition(".")[0] or name
    if not content.strip():
        raise Refused("the text of the consent is empty; give the file of what was signed")
    try:
        read(Id, id_, "id")
    except Malformed as error:
        raise Refused(f"the file of the consent's text names it: expected {error.expected} before its ending") from None
    return Paper(id_, hashlib.sha256(content).hexdigest())


def _consents(member: str, joining: Joining) -> Iterable[ConsentGiven]:
    if not joining.consents:
        return
    if joining.paper is None:
        raise Refused("a consent needs the text that was signed: name its file with --consent-text")
    for purpose in joining.consents:
        proof = (joining.paper.id, joining.paper.sha256, joining.profile.language)
        yield ConsentGiven(purpose, ConsentMethod.STAFF, *proof, member=member)


def _handed_out(tx: HubTransaction, member: str, references: Sequence[str], now_ms: int) -> list[CardChanged]:
    """What happens to cards that a new member gets. Raises Refused for one that cannot become theirs."""
    if len(references) > CARDS_MAX or len(set(references)) < len(references):
        raise Refused(f"a member gets up to {CARDS_MAX} cards, each named once")
    cards = cards_soon(tx, references, now_ms)
    changes = [each for card in references for each in _changes(cards[card], member)]
    after_changes(cards, changes, now_ms)
    return changes


def _changes(card: Card, member: str) -> list[CardChanged]:
    if card.owner:
        raise Refused(f"card {card.card[:8]} belongs to {card.owner}; take another, or record that it is replaced")
    issued = [CardChanged(card.card, CardChange.ISSUED)] if card.status is not CardStatus.ISSUED else []
    return [*issued, CardChanged(card.card, CardChange.ACTIVATED, member)]


def _put(tx: HubTransaction, facts: Iterable[Body], now_ms: int) -> None:
    """Let facts wait to be written down, each looked at as if an operator had typed it."""
    for fact in facts:
        tx.put_order(order_of(fact.kind, write(fact), now_ms)[0])
