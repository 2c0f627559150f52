"""What operators' tools ask the hub over the broker, and the answers: values, topics and bytes. Pure. For people: docs/protocol.md.

An operator never speaks to a kiosk: the hub decides whether they may, writes down that they asked, and speaks itself. So a stolen name
of an operator can do no more than that operator, and whoever holds only the broker can do nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from loyalty.document import Document
from mqtt.reading import TOKEN_BYTES
from mqtt.reading_desired import REASONS_MAX
from mqtt.shapes import MESSAGE_BYTES_MAX, MalformedMessage, compact, keepable, many, nested, parse, whole, word
from mqtt.topics import KIOSK_ID, ROOT
from mqtt.wire import VERSION, Packet

EXPIRY_S = 30  # a person waits at a terminal; what comes later was given up on and may have been asked again
STATUSES = (200, 202, 400, 403, 404, 409, 429, 503)
TREE = f"{ROOT}/ops"


@dataclass(frozen=True, slots=True)
class OperatorRequest:
    """up/req: do `op` ("config.push", ...) with `args`. `token` (16 bytes) is echoed in the answer."""

    op: str
    args: Document
    token: bytes


@dataclass(frozen=True, slots=True)
class OperatorAnswer:
    """dn/res: what became of a request. `status` as in HTTP, one of STATUSES; `why` not, in words; `said`: what was asked for."""

    token: bytes
    status: int
    why: tuple[str, ...] = ()
    said: Document = field(default_factory=dict)


def hub_filter() -> str:
    """What a hub listens to for operators."""
    return f"{TREE}/+/up/#"


def operator_filter(operator: str) -> str:
    """What an operator's tool listens to."""
    return f"{TREE}/{operator}/dn/res"


def operator_of(topic: str) -> str | None:
    """Who asks under this topic, or None for a topic that is no operator's."""
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:3]) != TREE or parts[4:] != ["up", "req"] or not KIOSK_ID.fullmatch(parts[3]):
        return None
    return parts[3]


def encode_request(asked: OperatorRequest, operator: str) -> Packet:
    """The packet of a request. Raises MalformedMessage if it is too long, or nothing JSON can say."""
    payload = _bytes({"op": asked.op, "args": asked.args}, "req")
    return Packet(f"{TREE}/{operator}/up/req", payload, 1, False, EXPIRY_S, asked.token, operator_filter(operator))


def decode_request(operator: str, payload: bytes, correlation: bytes, response_topic: str) -> OperatorRequest:
    """What an operator asks. Raises MalformedMessage, for a response topic that is not the operator's own too."""
    if response_topic not in ("", operator_filter(operator)):
        raise MalformedMessage("foreign", "req", "the operator's own dn/res as response topic")
    document = _document(payload, "req")
    args = nested(document, "args", "req")
    keepable(args, "req.args")
    return OperatorRequest(word(document, "op", "req"), args, _token(correlation, "req"))


def encode_answer(answer: OperatorAnswer, operator: str) -> Packet:
    """The packet of an answer. Raises MalformedMessage if it is too long, or nothing JSON can say."""
    payload = _bytes({"st": answer.status, "why": list(answer.why), "said": answer.said}, "res")
    return Packet(operator_filter(operator), payload, 1, False, EXPIRY_S, answer.token)


def decode_answer(payload: bytes, correlation: bytes) -> OperatorAnswer:
    """What the hub answered. Raises MalformedMessage."""
    document = _document(payload, "res")
    status = whole(document, "st", "res")
    if status not in STATUSES:
        raise MalformedMessage("malformed", "res.st", f"one of {STATUSES}")
    said = nested(document, "said", "res")
    keepable(said, "res.said")
    return OperatorAnswer(_token(correlation, "res"), status, many(document, "why", "res", REASONS_MAX, _line), said)


def _line(item: Any, where: str) -> str:
    if not isinstance(item, str):
        raise MalformedMessage("malformed", where, "a text")
    keepable(item, where)
    return item


def _document(payload: bytes, where: str) -> Document:
    document = parse(payload, where)
    whole(document, "v", where, 1)
    return document


def _token(correlation: bytes, where: str) -> bytes:
    if len(correlation) != TOKEN_BYTES:
        raise MalformedMessage("malformed", f"{where} correlation data", f"{TOKEN_BYTES} bytes")
    return correlation


def _bytes(fields: Document, where: str) -> bytes:
    try:
        payload = compact({"v": VERSION} | fields)
    except ValueError:
        raise MalformedMessage("malformed", where, "what JSON can say") from None
    if len(payload) > MESSAGE_BYTES_MAX:
        raise MalformedMessage("oversize", where, f"at most {MESSAGE_BYTES_MAX} bytes, not {len(payload)}")
    return payload
