"""From the JSON of a message to the message: the fields of each, and their bounds. Pure. The way back is in `mqtt.wire`.

Unknown fields are ignored: a newer minor version may add some. Everything else that is not as written here raises
MalformedMessage. Shapes of single fields are `mqtt.shapes`'s; topics and delivery are not known here.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from loyalty.codec import CARD, EPOCH
from loyalty.counter.person import Person
from loyalty.counter.standing import MemberView
from loyalty.document import Document
from loyalty.document import read as document_of
from loyalty.facts import POINTS_MAX, Face
from loyalty.rulebook import Closing
from loyalty.shapes import NUMBER_MAX, Malformed
from mqtt.messages import (
    Alert,
    AlertId,
    Birth,
    Claim,
    Closings,
    FactBatch,
    FromHub,
    FromKiosk,
    HubState,
    KioskState,
    Lookup,
    LookupAnswer,
    LookupStatus,
    Members,
    Presence,
    Recovery,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    Severity,
    Stream,
    Sync,
    Urgent,
)
from mqtt.reading_commands import command, result
from mqtt.reading_desired import desired, reported
from mqtt.shapes import (
    FACT_BYTES_MAX,
    MalformedMessage,
    compact,
    keepable,
    many,
    nested,
    pair,
    record,
    truth,
    whole,
    word,
)
from mqtt.topics import KIOSK_ID

TOKEN_BYTES = 16  # correlation data of a lookup: no two open lookups of a fleet ever share one
STREAMS_MAX = 512  # 50 bytes each, so a birth fits in 64 KiB; a kiosk that was restarted more often offline names its oldest first
SPREAD_MS_MAX = 60_000  # as long as a kiosk without an answer waits at most before it asks again
FACTS_MAX = 256  # more than the window of facts any hub grants (64), and at 200 bytes a fact still inside 64 KiB
VIEWS_MAX = 64  # members in one message; the hub splits longer lists
COVERS_MAX = 64  # covered epochs of one kiosk: two starts a day for a month
CLOSINGS_MAX = 256  # at most 171 bytes each, so they fit into 64 KiB; a week of one rule's hourly limit at one kiosk is 168
ACCOUNT_BYTES_MAX = 24_576  # a member of many years has 6 KiB; two of the largest still fit into one message
ALERT = "alert/"  # what the leaf of an alert begins with; the alert's id follows
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")  # as facts name a rule or a kiosk
PLACE = re.compile(rf"({NAME.pattern})?")


def read_up(leaf: str, document: Document, correlation: bytes, size_bytes: int) -> FromKiosk:
    """What a kiosk says under `leaf`, one of its leaves of `mqtt.wire.TERMS`; `size_bytes`: of the JSON it came from.

    Raises MalformedMessage.
    """
    whole(document, "v", leaf, 1)
    return _said_up(leaf, document, correlation, size_bytes)


def read_down(leaf: str, document: Document, correlation: bytes) -> FromHub:
    """What the hub says under `leaf`. Raises MalformedMessage."""
    whole(document, "v", leaf, 1)
    return _said_down(leaf, document, correlation)


def _said_up(leaf: str, document: Document, correlation: bytes, size_bytes: int) -> FromKiosk:
    match leaf:
        case "birth":
            return _birth(document, leaf)
        case "evt":
            return _fact_batch(document, leaf, size_bytes)
        case "req/member":
            return Lookup(word(document, "card", leaf, CARD), _token(correlation, leaf))
        case "req/redeem":
            perk, points = word(document, "perk", leaf, NAME), whole(document, "points", leaf, 1, POINTS_MAX)
            hold = word(document, "hold", leaf, NAME)
            return Reserve(word(document, "card", leaf, CARD), perk, points, hold, _token(correlation, leaf))
        case "urgent":
            epoch, number = word(document, "ep", leaf, EPOCH), whole(document, "s", leaf, 1)
            return Urgent(epoch, number, word(document, "card", leaf, CARD), whole(document, "face", leaf, 0, Face.BAD))
        case "reported":
            return reported(document, leaf)
        case "cmd":
            return result(document, leaf)
    if leaf.startswith(ALERT):
        severity = Severity(word(document, "sev", leaf, re.compile("|".join(Severity))))
        return Alert(AlertId(leaf.removeprefix(ALERT)), severity, whole(document, "since", leaf), whole(document, "n", leaf))
    return _kiosk_state(document, leaf)


def _said_down(leaf: str, document: Document, correlation: bytes) -> FromHub:
    match leaf:
        case "recovery":
            kiosk, case = word(document, "kiosk", leaf, KIOSK_ID), word(document, "case", leaf, NAME)
            return Recovery(kiosk, case, whole(document, "face", leaf, 0, Face.BAD), whole(document, "at", leaf))
        case "sync":
            return _sync(document, leaf)
        case "ack":
            rejected = many(document, "rej", leaf, FACTS_MAX, _rejection)
            return Claim(word(document, "hub", leaf), word(document, "ep", leaf, EPOCH), whole(document, "upto", leaf), rejected)
        case "mem":
            return Members(many(document, "m", leaf, VIEWS_MAX, _carded_view))
        case "closed":
            closings = many(document, "closed", leaf, CLOSINGS_MAX, _closing)
            return Closings(word(document, "hub", leaf), whole(document, "cv", leaf), closings)
        case "res":
            return _lookup_answer(document, leaf, _token(correlation, leaf))
        case "res/redeem":
            return _reserve_answer(document, leaf, _token(correlation, leaf))
        case "desired":
            return desired(document, leaf)
        case "cmd":
            return command(document, leaf)
    spread_ms = _optional(document, "spread", leaf, SPREAD_MS_MAX)
    return HubState(_presence(document, leaf), word(document, "hub", leaf), _optional(document, "ts", leaf), spread_ms)


def _token(correlation: bytes, where: str) -> bytes:
    if len(correlation) != TOKEN_BYTES:
        raise MalformedMessage("malformed", f"{where} correlation data", f"{TOKEN_BYTES} bytes")
    return correlation


def _optional(document: Document, field: str, where: str, most: int = NUMBER_MAX) -> int:
    return whole(document, field, where, most=most) if field in document else 0


def _presence(document: Document, where: str) -> Presence:
    return Presence(word(document, "st", where, re.compile("|".join(Presence))))


def _kiosk_state(document: Document, where: str) -> KioskState:
    outbox = nested(document, "ob", where) if "ob" in document else {}
    clock = nested(document, "clk", where) if "clk" in document else {}
    return KioskState(
        _presence(document, where),
        word(document, "sid", where),
        word(document, "why", where) if "why" in document else "",
        word(document, "ep", where, EPOCH) if "ep" in document else "",
        _optional(document, "last_s", where),
        _optional(outbox, "n", f"{where}.ob"),
        word(document, "sw", where) if "sw" in document else "",
        word(clock, "src", f"{where}.clk") if "src" in clock else "",
        _optional(document, "ts", where),
    )


def _birth(document: Document, where: str) -> Birth:
    return Birth(
        word(document, "sid", where),
        word(document, "dev", where),
        many(document, "streams", where, STREAMS_MAX, _stream),
        word(document, "boot", where),
        whole(document, "mono", where),
        whole(document, "ts", where),
        word(document, "why", where),
    )


def _stream(item: Any, where: str) -> Stream:
    stream = record(item, where)
    first = whole(stream, "first", where, 1)
    return Stream(word(stream, "ep", where, EPOCH), first, whole(stream, "last", where, first - 1))


def _fact_batch(document: Document, where: str, size_bytes: int) -> FactBatch:
    facts = many(document, "b", where, FACTS_MAX, _fact)
    numbers = [fact["s"] for fact in facts]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise MalformedMessage("malformed", f"{where}.b", "facts in the order of their numbers, each once")
    if size_bytes > FACT_BYTES_MAX and any(len(compact(fact)) > FACT_BYTES_MAX for fact in facts):
        raise MalformedMessage("oversize", f"{where}.b", f"at most {FACT_BYTES_MAX} bytes for each fact")
    return FactBatch(word(document, "ep", where, EPOCH), word(document, "boot", where), facts)


def _fact(item: Any, where: str) -> Document:
    """A fact as it came. Only its number is looked at: a fact without sense is the hub's to set aside, and must not stop the others."""
    fact = record(item, where)
    whole(fact, "s", where, 1)
    keepable(fact, where)
    return fact


def _sync(document: Document, where: str) -> Sync:
    limits, at = nested(document, "limits", where), f"{where}.limits"
    return Sync(
        word(document, "sid", where),
        word(document, "hub", where),
        whole(document, "now", where),
        many(document, "cur", where, STREAMS_MAX, _cursor),
        whole(limits, "win", at, 1, FACTS_MAX),
        whole(limits, "batch", at, 1, FACTS_MAX),
        whole(limits, "rto_s", at, 1, 3600),
    )


def _cursor(item: Any, where: str) -> tuple[str, int]:
    cursor = pair(item, where)
    return word(cursor, "0", where, EPOCH), whole(cursor, "1", where)


def _rejection(item: Any, where: str) -> tuple[int, str]:
    rejection = pair(item, where)
    return whole(rejection, "0", where, 1), word(rejection, "1", where)


def _closing(item: Any, where: str) -> Closing:
    if not isinstance(item, list) or len(item) != 4:
        raise MalformedMessage("malformed", where, "a list of four")
    closing = dict(zip("0123", item, strict=True))
    start = whole(closing, "2", where)
    return Closing(word(closing, "0", where, NAME), word(closing, "1", where, PLACE), start, whole(closing, "3", where, start + 1))


def _carded_view(item: Any, where: str) -> tuple[str, MemberView]:
    member = record(item, where)
    return word(member, "card", where, CARD), _view(member, where)


def _view(document: Document, where: str) -> MemberView:
    """The account in it is looked at only from outside: what it says is `loyalty.account`'s, and whoever keeps it reads it."""
    account = nested(document, "acc", where)
    keepable(account, f"{where}.acc")
    if len(compact(account)) > ACCOUNT_BYTES_MAX:
        raise MalformedMessage("oversize", f"{where}.acc", f"at most {ACCOUNT_BYTES_MAX} bytes")
    return MemberView(
        word(document, "id", where),
        whole(document, "mv", where),
        whole(document, "at", where),
        _person(document, where),
        account,
        many(document, "covers", where, COVERS_MAX, _cursor),
        truth(document, "blocked", where) if "blocked" in document else False,
    )


def _person(document: Document, where: str) -> Person:
    try:
        person: Person = document_of(Person, nested(document, "who", where), f"{where}.who")
    except Malformed as error:
        raise MalformedMessage("malformed", error.field, error.expected) from None
    return person


def _reserve_answer(document: Document, where: str, token: bytes) -> ReserveAnswer:
    status = str(whole(document, "st", where))
    if status not in set(ReserveStatus):
        raise MalformedMessage("malformed", f"{where}.st", "one of " + ", ".join(ReserveStatus))
    return ReserveAnswer(token, ReserveStatus(status), word(document, "why", where) if "why" in document else "")


def _lookup_answer(document: Document, where: str, token: bytes) -> LookupAnswer:
    status = str(whole(document, "st", where))
    if status not in set(LookupStatus):
        raise MalformedMessage("malformed", f"{where}.st", "one of " + ", ".join(LookupStatus))
    found = status == LookupStatus.FOUND
    view = _view(nested(document, "m", where), f"{where}.m") if found else None
    return LookupAnswer(token, LookupStatus(status), word(document, "card", where, CARD), view)
