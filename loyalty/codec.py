"""Facts as plain documents, and back: the one shape used on the wire, in the kiosk's store and in the hub's database.

Strict on what comes in: exact types, bounded sizes, unknown fields ignored (a newer minor version may add some), unknown
fact types kept whole as `Unknown`. Bytes and JSON are not made here; a document is a dict of JSON's own types.
"""

from __future__ import annotations

import re

from loyalty.document import Document, read, write
from loyalty.facts import KINDS, Body, ClockQuality, Fact, FactId, Unknown
from loyalty.shapes import NUMBER_MAX, TEXT_CHARS_MAX, Malformed

EPOCH = re.compile(r"[a-z2-7]{12}")  # 60 random bits in base32
CARD = re.compile(r"[0-9a-f]{32}")  # 128 bits of a keyed hash in hex
CLOCKS = frozenset(ClockQuality)
TIME_MS_MAX = 2**47  # the year 6429: every day up to it has a date in every time zone
# Kinds that concern a card or a member and must name exactly one of them.
EITHER = frozenset(kind for kind, made in KINDS.items() if {"card", "member"} <= made.__dataclass_fields__.keys())  # type: ignore[attr-defined]
NAMELESS = frozenset({"assist.requested"})  # anybody may call for staff
# Kinds that concern a card and must name it.
CARDED = frozenset(kind for kind, made in KINDS.items() if "card" in made.__dataclass_fields__) - EITHER - NAMELESS  # type: ignore[attr-defined]

MalformedFact = Malformed


def encode(fact: Fact) -> Document:
    """The document of a fact. Kiosk, epoch and boot are not in it: they belong to the stream that carries it."""
    body = fact.body
    kind, payload = (body.type, body.payload) if isinstance(body, Unknown) else (body.kind, write(body))
    return {"s": fact.id.number, "t": kind, "at": fact.at_ms, "mono": fact.mono_ms, "clk": fact.clock.value, "d": payload}


def _number(document: Document, field: str, least: int = 0, most: int = NUMBER_MAX) -> int:
    value = document.get(field)
    if type(value) is not int or not least <= value <= most:
        raise MalformedFact(field, f"a whole number from {least} to {most}")
    return value


def _text(document: Document, field: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_CHARS_MAX:
        raise MalformedFact(field, "a text")
    return value


def body_of(kind: str, payload: Document) -> Body:
    """What happened, from the payload of a kind; `Unknown` for a kind this version does not know. Raises MalformedFact."""
    made = KINDS.get(kind)
    if made is None:
        return Unknown(kind, payload)
    body: Body = read(made, payload, "d")
    if kind in EITHER and bool(payload.get("card")) is bool(payload.get("member")):
        raise MalformedFact("d.card", "either a card or a member")
    if kind in CARDED and not payload["card"]:
        raise MalformedFact("d.card", "a card's reference")
    return body


def decode(document: object, kiosk: str, epoch: str, boot: str) -> Fact:
    """The fact a document says, seen by `kiosk` in its stream `epoch` under kernel boot `boot`. Raises MalformedFact."""
    if not isinstance(document, dict):
        raise MalformedFact("fact", "an object")
    payload = document.get("d")
    if not isinstance(payload, dict):
        raise MalformedFact("d", "an object")
    clock = _text(document, "clk")
    if clock not in CLOCKS:
        raise MalformedFact("clk", "one of " + ", ".join(ClockQuality))
    return Fact(
        FactId(kiosk, epoch, _number(document, "s", 1)),
        _number(document, "at", most=TIME_MS_MAX),
        _number(document, "mono"),
        boot,
        ClockQuality(clock),
        body_of(_text(document, "t"), payload),
    )
