"""Facts as plain documents, and back: the one shape used on the wire, in the kiosk's store and in the hub's database.

Strict on what comes in: exact types, bounded sizes, unknown fields ignored (a newer minor version may add some), unknown
fact types kept whole as `Unknown`. Bytes and JSON are not made here; a document is a dict of JSON's own types.
"""

from __future__ import annotations

import re
from typing import Any

from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, Rating, Reason, ReasonCode, StoreRecovered, Unknown, Visit

Document = dict[str, Any]

EPOCH = re.compile(r"[a-z2-7]{12}")  # 60 random bits in base32
CARD = re.compile(r"[0-9a-f]{32}")  # 128 bits of a keyed hash in hex
TEXT_CHARS_MAX = 120  # longest free text in a fact: a file name
CLOCKS, REASONS = frozenset(ClockQuality), frozenset(ReasonCode)
NUMBER_MAX = 2**53 - 1  # what every JSON reader can hold exactly
TIME_MS_MAX = 2**47  # the year 6429: every day up to it has a date in every time zone


class MalformedFact(ValueError):
    """A document that is no fact: `field` says where, the message says what was expected."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field


def number(document: Document, field: str, least: int = 0, most: int = NUMBER_MAX) -> int:
    """A whole number of the document, `least` to `most`. Raises MalformedFact."""
    value = document.get(field)
    if type(value) is not int or not least <= value <= most:
        raise MalformedFact(field, f"a whole number from {least} to {most}")
    return value


def text(document: Document, field: str, pattern: re.Pattern[str] | None = None) -> str:
    """A text of the document, bounded, matching `pattern` wholly if one is given. Raises MalformedFact."""
    value = document.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_CHARS_MAX or (pattern and not pattern.fullmatch(value)):
        raise MalformedFact(field, "a text" if pattern is None else f"a text like {pattern.pattern}")
    return value


def _payload(body: Body) -> tuple[str, Document]:
    match body:
        case Visit(card, evidence):
            shown = {"chip": evidence.chip} | ({"ndef": evidence.ndef} if evidence.ndef else {})
            return "visit", {"card": card, "ev": shown}
        case Rating(card, visit, face, shown_ms, scale):
            return "rating", {"card": card, "visit": visit, "face": int(face), "shown": shown_ms, "scale": scale}
        case Reason(card, rating, code):
            return "reason", {"card": card, "rating": rating, "code": code.value}
        case StoreRecovered(set_aside):
            return "store.recovered", {"set_aside": set_aside}
        case Unknown(kind, payload):
            return kind, payload


def encode(fact: Fact) -> Document:
    """The document of a fact. Kiosk, epoch and boot are not in it: they belong to the stream that carries it."""
    kind, payload = _payload(fact.body)
    return {"s": fact.id.number, "t": kind, "at": fact.at_ms, "mono": fact.mono_ms, "clk": fact.clock.value, "d": payload}


def _visit(payload: Document) -> Visit:
    shown = payload.get("ev")
    if not isinstance(shown, dict):
        raise MalformedFact("d.ev", "an object")
    ndef = text(shown, "ndef", re.compile(r"[0-9a-f]{16}")) if "ndef" in shown else None
    return Visit(text(payload, "card", CARD), Evidence(text(shown, "chip"), ndef))


def _rating(payload: Document) -> Rating:
    face = number(payload, "face")
    if face > max(Face):
        raise MalformedFact("d.face", f"0 to {int(max(Face))}")
    return Rating(text(payload, "card", CARD), number(payload, "visit", 1), Face(face), number(payload, "shown"), text(payload, "scale"))


def _reason(payload: Document) -> Reason:
    code = text(payload, "code")
    if code not in REASONS:
        raise MalformedFact("d.code", "one of " + ", ".join(ReasonCode))
    return Reason(text(payload, "card", CARD), number(payload, "rating", 1), ReasonCode(code))


def _body(kind: str, payload: Document) -> Body:
    match kind:
        case "visit":
            return _visit(payload)
        case "rating":
            return _rating(payload)
        case "reason":
            return _reason(payload)
        case "store.recovered":
            return StoreRecovered(text(payload, "set_aside"))
    return Unknown(kind, payload)


def decode(document: object, kiosk: str, epoch: str, boot: str) -> Fact:
    """The fact a document says, seen by `kiosk` in its stream `epoch` under kernel boot `boot`. Raises MalformedFact."""
    if not isinstance(document, dict):
        raise MalformedFact("fact", "an object")
    payload = document.get("d")
    if not isinstance(payload, dict):
        raise MalformedFact("d", "an object")
    clock = text(document, "clk")
    if clock not in CLOCKS:
        raise MalformedFact("clk", "one of " + ", ".join(ClockQuality))
    return Fact(
        FactId(kiosk, epoch, number(document, "s", 1)),
        number(document, "at", most=TIME_MS_MAX),
        number(document, "mono"),
        boot,
        ClockQuality(clock),
        _body(text(document, "t"), payload),
    )
