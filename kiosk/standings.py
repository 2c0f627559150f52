"""A card's standing as a document of the store, and back. What it means is `loyalty.counter.standing`'s, where it lies is `members`'s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.sums import sum_of
from loyalty.account import restore
from loyalty.codec import decode, encode
from loyalty.counter.standing import MemberView, Standing
from loyalty.document import read, write
from loyalty.shapes import Malformed

# What a document with a flipped bit leads to when it is read as what it was: SQLite sees no damage in it.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def document_of(standing: Standing) -> dict[str, Any]:
    """The hub's word, and the own facts on top of it, each with its stream; and a sum, for most keys of an account may be absent."""
    view = standing.view
    said = None if view is None else {**write(replace(view, account={})), "account": view.account}
    pending = [[fact.id.epoch, fact.boot, encode(fact)] for fact in standing.pending]
    found = {} if view is None else {"member": view.member}
    return {"view": said, "pending": pending, "sum": sum_of([said, pending]), **found}


def standing_of(card: str, kiosk: str, document: dict[str, Any] | None) -> Standing:
    """The standing a document says; of a card never met, or of a spoilt copy of the hub's word, an empty one: the hub is asked again."""
    if document is None:
        return Standing(card)
    try:
        if document["sum"] != sum_of([document["view"], document["pending"]]):
            return Standing(card)
        view = None if document["view"] is None else read(MemberView, document["view"])
        pending = tuple(decode(fact, kiosk, epoch, boot) for epoch, boot, fact in document["pending"])
    except UNREADABLE:
        return Standing(card)
    return Standing(card, view, pending)


def makes_sense(view: MemberView) -> bool:
    """Whether the account in a view can be read."""
    try:
        restore(view.account)
    except Malformed:
        return False
    return True
