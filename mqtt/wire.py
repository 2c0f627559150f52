"""Messages to bytes and back: the JSON of every message, and how each is sent. Pure. For people: docs/protocol.md.

Both directions are strict. What cannot be read raises MalformedMessage; what this file writes is read again before it is
handed out, so a kiosk or hub never says what the other must refuse. Facts stay documents (`loyalty.codec` gives them
meaning), topics come from `mqtt.topics`; sockets and paho are `mqtt.paho_link`'s.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from loyalty.counter.standing import MemberView
from loyalty.document import Document, write
from mqtt.messages import (
    Alert,
    AlertId,
    Birth,
    Claim,
    Closings,
    Command,
    CommandResult,
    Desired,
    FactBatch,
    FromHub,
    FromKiosk,
    HubState,
    KioskState,
    Lookup,
    LookupAnswer,
    Members,
    Recovery,
    Reported,
    Reserve,
    ReserveAnswer,
    Sync,
    Urgent,
)
from mqtt.reading import ALERT, CLOSINGS_MAX, FACTS_MAX, STREAMS_MAX, VIEWS_MAX, read_down, read_up
from mqtt.shapes import (
    FACT_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    MalformedMessage,
    compact,
    parse,
)
from mqtt.topics import HUB_STATE, KIOSK_ID, SHARD, Spoken, down, staff, up

__all__ = [
    "CLOSINGS_MAX",
    "FACTS_MAX",
    "FACT_BYTES_MAX",
    "MESSAGE_BYTES_MAX",
    "STREAMS_MAX",
    "VIEWS_MAX",
    "MalformedMessage",
    "Packet",
    "batches",
    "decode_down",
    "decode_up",
    "encode",
]

BATCH_BYTES_MAX = 60 * 1024  # of facts in one message of at most 64 KiB; the rest is room for epoch and boot
VERSION = 1  # minor version of the payloads; a reader takes any, for newer ones only add fields


@dataclass(frozen=True, slots=True)
class Packet:
    """One MQTT message. `expiry_s` None: kept until replaced. `correlation` and `response_topic` are empty when there are none."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    expiry_s: int | None = None
    correlation: bytes = b""
    response_topic: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one kind of message travels."""

    leaf: str
    qos: int
    retain: bool
    expiry_s: int | None


TERMS: dict[type[FromKiosk | FromHub], Terms] = {
    KioskState: Terms("state", 1, True, 900),  # said again every 300 s: a kiosk that vanished with its broker is not "online" for ever
    Birth: Terms("birth", 1, False, 30),  # asked again after 3 s
    FactBatch: Terms("evt", 1, False, 600),  # the kiosk's store is the queue, not the broker
    Lookup: Terms("req/member", 1, False, 3),  # a person stands and waits
    Reserve: Terms("req/redeem", 1, False, 3),
    Alert: Terms("alert/{id}", 1, True, 604_800),  # a kiosk that vanished is not low on disk for ever
    Urgent: Terms("urgent", 1, False, 600),  # as long as the fact itself may be under way
    Reported: Terms("reported", 1, True, None),
    CommandResult: Terms("cmd", 1, False, 300),
    Sync: Terms("sync", 1, False, 30),
    Claim: Terms("ack", 0, False, 60),  # the next claim, or the next sync, says it again
    Members: Terms("mem", 1, False, 300),
    Closings: Terms("closed", 1, False, 300),  # the next handshake, or the next closing, says all of it again
    LookupAnswer: Terms("res", 1, False, 5),
    ReserveAnswer: Terms("res/redeem", 1, False, 5),
    Recovery: Terms("recovery", 1, False, 900),  # a customer who left a quarter of an hour ago is not called back by a lamp
    Desired: Terms("desired", 1, True, None),  # a kiosk that was away finds it waiting; the handshake puts right what the broker lost
    Command: Terms("cmd", 1, False, 300),  # or what is left until its `exp`: what nobody did in time is not wanted any more
    HubState: Terms("hub", 1, True, None),
}
ANSWERS: dict[type[FromKiosk], type[FromHub]] = {Lookup: LookupAnswer, Reserve: ReserveAnswer}


def encode(message: FromKiosk | FromHub, shard: str, kiosk: str = "") -> Packet:
    """The packet that says `message`; `kiosk` speaks it or is spoken to (none for the hub's own state, which goes to all).

    Raises MalformedMessage for a message `decode_up` or `decode_down` would refuse, and ValueError for a kiosk or shard that is
    no name.
    """
    terms = TERMS[type(message)]
    if isinstance(message, Alert):
        terms = replace(terms, leaf=ALERT + message.id)
        if message == Alert(message.id, None):
            return Packet(_topic(message, terms.leaf, shard, kiosk), b"", terms.qos, terms.retain, terms.expiry_s)
    document = {"v": VERSION} | _document(message)
    try:
        payload = compact(document)
    except ValueError:
        raise MalformedMessage("malformed", terms.leaf, "what JSON can say") from None
    if len(payload) > MESSAGE_BYTES_MAX:
        raise MalformedMessage("oversize", terms.leaf, f"at most {MESSAGE_BYTES_MAX} bytes, not {len(payload)}")
    token = message.token if isinstance(message, Lookup | LookupAnswer | Reserve | ReserveAnswer) else b""
    up = isinstance(message, FromKiosk)
    if (read_up(terms.leaf, document, token, len(payload)) if up else read_down(terms.leaf, document, token)) != message:
        raise MalformedMessage("malformed", terms.leaf, "a message that reads back as itself")
    answer_to = down(shard, kiosk, TERMS[ANSWERS[type(message)]].leaf) if isinstance(message, Lookup | Reserve) else ""
    return Packet(_topic(message, terms.leaf, shard, kiosk), payload, terms.qos, terms.retain, terms.expiry_s, token, answer_to)


def batches(epoch: str, boot: str, facts: Sequence[Document]) -> Iterator[FactBatch]:
    """Facts in order as batches that each fit into one message: of usual facts one batch."""
    batch: list[Document] = []
    room = BATCH_BYTES_MAX
    for fact in facts:
        size = len(compact(fact)) + 1
        if batch and (size > room or len(batch) == FACTS_MAX):
            yield FactBatch(epoch, boot, tuple(batch))
            batch, room = [], BATCH_BYTES_MAX
        batch.append(fact)
        room -= size
    if batch:
        yield FactBatch(epoch, boot, tuple(batch))


def decode_up(spoken: Spoken, payload: bytes, correlation: bytes = b"", response_topic: str = "") -> FromKiosk:
    """What a kiosk said. `spoken` is its topic taken apart (`topics.parse_up`). Raises MalformedMessage and nothing else.

    A question may ask for its answer only where answers to this kiosk go anyway: nobody makes the hub speak elsewhere.
    """
    if spoken.leaf not in _UP:
        raise MalformedMessage("foreign", _shown(spoken.leaf), "a topic of this protocol")
    answers = {down(spoken.shard, spoken.kiosk, TERMS[kind].leaf) for kind in ANSWERS.values()}
    if response_topic and response_topic not in answers:
        raise MalformedMessage("foreign", spoken.leaf, "its own dn/res as response topic")
    if spoken.leaf.startswith(ALERT) and not payload:
        return Alert(AlertId(spoken.leaf.removeprefix(ALERT)), None)
    return read_up(spoken.leaf, parse(payload, spoken.leaf), correlation, len(payload))


def decode_down(leaf: str, payload: bytes, correlation: bytes = b"") -> FromHub:
    """What the hub said under `leaf` (`topics.down_leaf`; "hub" for its state). Raises MalformedMessage and nothing else."""
    if leaf not in _DOWN:
        raise MalformedMessage("foreign", _shown(leaf), "a topic of this protocol")
    return read_down(leaf, parse(payload, leaf), correlation)


_UP = frozenset(terms.leaf for kind, terms in TERMS.items() if issubclass(kind, FromKiosk) and kind is not Alert) | {
    ALERT + each for each in AlertId
}
_DOWN = frozenset(terms.leaf for kind, terms in TERMS.items() if issubclass(kind, FromHub))


def _shown(leaf: str) -> str:
    """A foreign leaf, fit for a log line."""
    return ascii(leaf[:32])


def _topic(message: FromKiosk | FromHub, leaf: str, shard: str, kiosk: str) -> str:
    if isinstance(message, HubState):
        return HUB_STATE
    if isinstance(message, Recovery) and SHARD.fullmatch(shard):
        return staff(shard, leaf)
    if not SHARD.fullmatch(shard) or not KIOSK_ID.fullmatch(kiosk):
        raise ValueError(f"no topic for shard {shard!r} and kiosk {kiosk!r}: expected {SHARD.pattern} and {KIOSK_ID.pattern}")
    return up(shard, kiosk, leaf) if isinstance(message, FromKiosk) else down(shard, kiosk, leaf)


def _document(message: FromKiosk | FromHub) -> Document:
    """Fields of a message. What is "" or 0 by default in `KioskState` and `HubState` is left out: a will has nothing to say there."""
    return _said_up(message) if isinstance(message, FromKiosk) else _said_down(message)


def _said_up(message: FromKiosk) -> Document:
    match message:
        case KioskState():
            return _kiosk_state_document(message)
        case Birth(session, device, streams, boot, mono_ms, at_ms, why):
            held = [{"ep": stream.epoch, "first": stream.first, "last": stream.last} for stream in streams]
            return {"sid": session, "dev": device, "streams": held, "boot": boot, "mono": mono_ms, "ts": at_ms, "why": why}
        case FactBatch(epoch, boot, facts):
            return {"ep": epoch, "boot": boot, "b": list(facts)}
        case Lookup(card):
            return {"card": card}
        case Reserve(card, perk, points, hold):
            return {"card": card, "perk": perk, "points": points, "hold": hold}
        case Alert(_, severity, since_ms, number):
            return {"sev": severity and severity.value, "since": since_ms, "n": number}
        case Urgent(epoch, number, card, face):
            return {"ep": epoch, "s": number, "card": card, "face": face}
        case Reported(version, content, state, applied, why):
            seen = {"content": content} if content else {}
            return {"ver": version, **seen, "st": state.value, "applied": applied, "why": list(why)}
        case CommandResult(id_, state, why, png):
            picture = {"png": b64encode(png).decode("ascii")} if png else {}
            return {"id": id_, "st": state.value, **({"why": why} if why else {}), **picture}


def _said_down(message: FromHub) -> Document:
    match message:
        case Sync(session, hub, now_ms, cursors, window, batch, resend_s):
            limits = {"win": window, "batch": batch, "rto_s": resend_s}
            return {"sid": session, "hub": hub, "now": now_ms, "cur": [list(cursor) for cursor in cursors], "limits": limits}
        case Claim(hub, epoch, upto, rejected):
            return {"hub": hub, "ep": epoch, "upto": upto, "rej": [list(item) for item in rejected]}
        case Members(views):
            return {"m": [{"card": card} | _view_document(view) for card, view in views]}
        case Closings(hub, version, closings):
            return {"hub": hub, "cv": version, "closed": [[each.rule, each.kiosk, each.start, each.until] for each in closings]}
        case LookupAnswer(_, status, card, view):
            return {"st": int(status), "card": card} | ({} if view is None else {"m": _view_document(view)})
        case ReserveAnswer(_, status, why):
            return {"st": int(status)} | ({"why": why} if why else {})
        case Recovery(kiosk, case, face, at_ms):
            return {"kiosk": kiosk, "case": case, "face": face, "at": at_ms}
        case Desired(version, content, settings, edition):
            programme = {} if edition is None else {"programme": {"from": edition.from_ms, "toml": edition.text}}
            return {"ver": version, "content": content, "settings": settings, **programme}
        case Command(id_, op, args, expires_ms, by):
            return {"id": id_, "op": op, "args": args, "exp": expires_ms, "by": by}
        case HubState(presence, hub, at_ms, spread_ms):
            optional = {"ts": at_ms, "spread": spread_ms}
            return {"st": presence.value, "hub": hub} | {field: value for field, value in optional.items() if value}


def _kiosk_state_document(state: KioskState) -> Document:
    optional: Document = {
        "why": state.why,
        "ep": state.epoch,
        "last_s": state.last,
        "ob": {"n": state.unclaimed} if state.unclaimed else None,
        "sw": state.version,
        "clk": {"src": state.clock} if state.clock else None,
        "ts": state.at_ms,
    }
    return {"st": state.presence.value, "sid": state.session} | {field: value for field, value in optional.items() if value}


def _view_document(view: MemberView) -> Document:
    """A view as an object; `blocked` is said only where it is so."""
    return {
        "id": view.member,
        "mv": view.version,
        "at": view.as_of_ms,
        "who": write(view.person),
        "acc": view.account,
        "covers": [list(covered) for covered in view.covers],
        **({"blocked": True} if view.blocked else {}),
    }


def view_bytes(view: MemberView) -> int:
    """How long a view is in a message, in bytes."""
    return len(compact(_view_document(view)))
