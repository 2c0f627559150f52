"""What to do with each document of a batch: keep it, put it aside, compare it with what is held, or wait for those before it.

Pure and without a store: the receiver asks the store what it must know first and keeps the outcome afterwards.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from hub.records import RESERVED, KeptFact, PutAside, StreamId
from hub.timing import dated, effective_ms
from loyalty.codec import MalformedFact, decode
from loyalty.document import Document
from loyalty.facts import KINDS, ConfigApplied, ConsentGiven, ConsentMethod, ConsentWithdrawn, Fact
from mqtt.messages import FactBatch

E_SCHEMA = "E_SCHEMA"  # the document is no fact
E_CONFLICT = "E_CONFLICT"  # another fact is held under this number
E_GAP = "E_GAP"  # this number was declared lost before; found again, it waits for a person
E_FOREIGN = "E_FOREIGN"  # a kiosk says what only a till or a person may: points from nowhere, another's card, two members made one
CONTENT_BYTES = 12  # 96 bits tell two documents of one number apart, whoever made them

NOT_A_KIOSKS = frozenset(kind for kind, made in KINDS.items() if made.__module__.endswith((".till", ".desk")) and made is not ConfigApplied)
"""Kinds of facts that come from the desk alone (`Receiver.desk`)."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Written:
    """A document as one text, and the hash of it."""

    text: str
    content: str


def write(document: Document) -> Written:
    """The canonical text of a document: equal documents give equal texts, whatever the order of their keys."""
    text = _CANONICAL.encode(document)
    return Written(text, hashlib.blake2b(text.encode("ascii"), digest_size=CONTENT_BYTES).hexdigest())


@dataclass(slots=True)
class Sorted:
    """Outcome of sorting: `cursors` as they will stand, `again` what was sent although it is held, `ahead` how many must wait."""

    cursors: dict[StreamId, int]
    kept: list[KeptFact] = field(default_factory=list)
    aside: list[PutAside] = field(default_factory=list)
    again: list[tuple[StreamId, int, Written]] = field(default_factory=list)
    ahead: int = 0


def sort_batch(result: Sorted, kiosk: str, batch: FactBatch, start_ms: int | None, now_ms: int) -> None:
    """Sort one batch into `result`, whose cursor of this stream must be set. Facts that come too early are left out.

    `start_ms`: when the boot of these facts began, see `timing`. Each document has a number "s" (the wire refuses others).
    """
    stream = StreamId(kiosk, batch.epoch)
    for document in batch.facts:
        number, upto = document["s"], result.cursors[stream]
        if number > upto + 1:
            result.ahead += 1
            continue
        written = write(document)
        if number <= upto:
            result.again.append((stream, number, written))
            continue
        fact, code = _read(document, kiosk, batch)
        if fact is None:
            result.aside.append(PutAside(stream, number, code, written.text, written.content))
        else:
            result.kept.append(KeptFact(dated(fact, effective_ms(fact, start_ms, now_ms)), written.text, written.content))
        result.cursors[stream] = number


def _read(document: Document, kiosk: str, batch: FactBatch) -> tuple[Fact | None, str]:
    """The fact a document says, or None and why it does not count."""
    try:
        fact = decode(document, kiosk, batch.epoch, batch.boot)
    except MalformedFact:
        return None, E_SCHEMA
    if kiosk not in RESERVED and _is_foreign(fact):
        return None, E_FOREIGN
    return fact, ""


def _is_foreign(fact: Fact) -> bool:
    """Whether only till or desk may say it: a kiosk sees cards, names no member, and takes no consent on paper."""
    body = fact.body
    on_paper = isinstance(body, ConsentGiven | ConsentWithdrawn) and body.method is not ConsentMethod.TAP
    return body.kind in NOT_A_KIOSKS or fact.member is not None or on_paper
