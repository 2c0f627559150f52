"""The shape of each message of the wire, field by field: what `mqtt.reading` takes and no more than it takes.

Bounds and patterns are the code's own constants. A new message gets an entry in `MESSAGES`; tests/test_protocol_schemas.py tells where
this and the reader say different things. Its topic, and how it is sent, are read off `mqtt.wire`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.codec import CARD, EPOCH
from loyalty.counter.person import Person
from loyalty.facts import POINTS_MAX, Face
from loyalty.shapes import NUMBER_MAX
from mqtt.messages import (
    Alert,
    Birth,
    Claim,
    Closings,
    Command,
    CommandResult,
    CommandState,
    Desired,
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
    Reported,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    SetUp,
    Severity,
    Sync,
    Urgent,
)
from mqtt.operators import STATUSES, OperatorAnswer, OperatorRequest
from mqtt.reading import CLOSINGS_MAX, COVERS_MAX, FACTS_MAX, NAME, PLACE, SPREAD_MS_MAX, STREAMS_MAX, VIEWS_MAX
from mqtt.reading_commands import COMMAND_ID, OPERATION, PICTURE, PICTURE_CHARS_MAX, WHY
from mqtt.reading_desired import CONTENT, REASON, REASONS_MAX, SETTING, SETTINGS_MAX
from mqtt.shapes import WORD
from mqtt.topics import KIOSK_ID
from tests.schemas.shapes import KEPT, Schema, anchored, kept, many, numbers, of, record, row, text, told, truth, whole, words

MS = "ms since 1970 UTC"


@dataclass(frozen=True)
class Shape:
    """What a message says in one sentence, its fields and those it may have; `rules`: more keywords; `shared`: definitions they use."""

    about: str
    fields: dict[str, Schema]
    may: dict[str, Schema] = field(default_factory=dict)
    rules: Schema = field(default_factory=dict)
    shared: Schema = field(default_factory=dict)


def word(about: str = "") -> Schema:
    """A word of up to 64 harmless characters."""
    return text(WORD, about)


def card(about: str = "reference of the card: a keyed hash, never the chip's number") -> Schema:
    """A card."""
    return text(CARD, about)


def epoch(about: str = "one run of the kiosk's program") -> Schema:
    """An epoch."""
    return text(EPOCH, about)


def token(message: str) -> str:
    """How a question and its answer belong together."""
    return f"{message} Correlation data: 16 random bytes of the question."


CURSOR = row(epoch(), whole(about="the hub holds facts 1 to this number"))
HUB = word("one run of the hub's program")
CASE = text(NAME, "name of the case: the kiosk, the epoch and the number of the rating")
BAD_FACE = whole(0, Face.BAD, "the face that was pressed, 0 is the worst")

VIEW: Schema = record(
    {
        "id": word("the member"),
        "mv": whole(about="version of the view: one not above that at hand changes nothing"),
        "at": whole(about=f"as of when, {MS}"),
        "who": told(of(Person), "what a counter may know of the person; erased with the profile"),
        "acc": kept("the folded account, at most 24576 bytes"),
        "covers": many(CURSOR, COVERS_MAX, about="up to where this kiosk's own facts are contained in `acc`"),
    },
    {"blocked": truth("the card must not be used")},
    "a member as the hub sees them now",
)
DEFINITIONS: Schema = {"view": VIEW, "kept": KEPT}

STREAM = record(
    {
        "ep": epoch(),
        "first": whole(1, about="number of the oldest fact still in the store"),
        "last": whole(0, about="number of the newest; `first` - 1 for none yet"),
    }
)
FACT: Schema = {
    **record({"s": whole(1, about="number within the epoch")}, about="a fact, taken as it is; fact.schema.json says which are booked"),
    "$ref": "#/$defs/kept",
}
SOME_TEXT: Schema = {"description": "TOML", "type": "string", "minLength": 1}
CLOSING = row(
    text(NAME, "id of a rule, or `perk:` and the id of a perk"),
    text(PLACE, "the kiosk at which alone, or nothing for all"),
    whole(about=f"from when, {MS}"),
    whole(1, about=f"until when, exclusive, {MS}; above the one before it"),
)

Kind = type[FromKiosk | FromHub | OperatorRequest | OperatorAnswer]
MESSAGES: dict[Kind, Shape] = {
    KioskState: Shape(
        "I am here, or not. The same topic carries the kiosk's will.",
        {"st": words(Presence), "sid": word("the connection")},
        {
            "why": word("a reason in one word"),
            "ep": epoch(),
            "last_s": whole(about="number of the newest fact of the epoch"),
            "ob": record({}, {"n": whole(about="facts that the hub has not claimed")}),
            "sw": word("version of the program"),
            "clk": record({}, {"src": word("who keeps the clock: ntp, rtc, hub, unsynced")}),
            "ts": whole(about=MS),
        },
    ),
    Birth: Shape(
        "Let us begin; these facts I still hold.",
        {
            "sid": word("the connection; the answer repeats it"),
            "dev": word("serial number of the device"),
            "streams": many(STREAM, STREAMS_MAX, about="the epochs in the store, the oldest first"),
            "boot": word("boot of the kiosk's kernel"),
            "mono": whole(about="ms since that boot"),
            "ts": whole(about=MS),
            "why": word("a reason in one word"),
        },
    ),
    FactBatch: Shape(
        "Facts of one epoch in the order of their numbers, each once.",
        {"ep": epoch(), "boot": word("the boot they happened in"), "b": many(FACT, FACTS_MAX)},
        shared={"kept": KEPT},
    ),
    Lookup: Shape(token("Whose card is this?"), {"card": card()}),
    Reserve: Shape(
        token("May this card have this reward?"),
        {
            "card": card(),
            "perk": text(NAME, "the reward"),
            "points": whole(1, POINTS_MAX, "what it costs"),
            "hold": text(NAME, "name under which they are set aside: the kiosk's own name, `/`, and what it likes"),
        },
    ),
    Urgent: Shape(
        "Somebody is dissatisfied: a bad rating, told beside its fact.",
        {"ep": epoch(), "s": whole(1, about="number of the rating"), "card": card(), "face": BAD_FACE},
    ),
    Alert: Shape(
        "Somebody should look at this kiosk. An empty payload on the same topic says that it is over.",
        {
            "sev": words(Severity, "error: it costs customers already or soon"),
            "since": whole(about=f"since when, by the kiosk's clock, {MS}"),
            "n": whole(about="how much: MB free, facts, refused writes, stores; 0 where there is nothing to count"),
        },
    ),
    Sync: Shape(
        "Answer to a birth: up to here I hold them.",
        {
            "sid": word("that of the birth"),
            "hub": HUB,
            "now": whole(about=f"the hub's clock, {MS}"),
            "cur": many(CURSOR, STREAMS_MAX, about="for each stream of the birth; the truth also when lower than before"),
            "limits": record(
                {
                    "win": whole(1, FACTS_MAX, "facts that may be unclaimed under way"),
                    "batch": whole(1, FACTS_MAX, "facts in one message"),
                    "rto_s": whole(1, 3600, "seconds without progress after which everything unclaimed is sent again"),
                }
            ),
        },
    ),
    Claim: Shape(
        "These are committed; the kiosk may let go of them.",
        {
            "hub": HUB,
            "ep": epoch(),
            "upto": whole(about="facts 1 to this number are kept"),
            "rej": many(row(whole(1), word("E_SCHEMA, E_CONFLICT, E_GAP or E_FOREIGN")), FACTS_MAX, about="of them set aside, and why"),
        },
    ),
    Members: Shape(
        "Members as they are now, for cards that this kiosk has seen.",
        {"m": many({**record({"card": card()}, about="a card and its member"), "$ref": "#/$defs/view"}, VIEWS_MAX)},
        shared=DEFINITIONS,
    ),
    Closings: Shape(
        "Rules that earn nothing now and perks that are gone, all of them.",
        {"hub": HUB, "cv": whole(about="version, rises within a run of the hub"), "closed": many(CLOSING, CLOSINGS_MAX)},
    ),
    LookupAnswer: Shape(
        token("The member of the card, or why there is none."),
        {"st": numbers(map(int, LookupStatus), "found, unknown, cannot say now"), "card": card()},
        rules={
            "if": {"properties": {"st": {"const": int(LookupStatus.FOUND)}}},
            "then": {"required": ["m"], "properties": {"m": {"$ref": "#/$defs/view"}}},
        },
        shared=DEFINITIONS,
    ),
    ReserveAnswer: Shape(
        token("Whether the points are set aside."),
        {"st": numbers(map(int, ReserveStatus), "set aside, unknown card, refused, blocked card")},
        {"why": word("what spoke against it: too_few, ended")},
    ),
    Recovery: Shape(
        "To the staff: a customer at this kiosk was dissatisfied just now.",
        {"kiosk": text(KIOSK_ID), "case": CASE, "face": BAD_FACE, "at": whole(about=MS)},
    ),
    Desired: Shape(
        "How this kiosk shall be set up, whole.",
        {
            "ver": whole(1, about="rises with each change"),
            "content": text(CONTENT, "a word for what is in it: BLAKE2b, see protocol.md"),
            "settings": {
                **kept("values by section.key, in place of those of the kiosk's own files"),
                "maxProperties": SETTINGS_MAX,
                "propertyNames": {"pattern": anchored(SETTING.pattern)},
            },
        },
        {"programme": {**record({"from": whole(about=f"in force from, {MS}"), "toml": SOME_TEXT}, about="its newest edition"), **kept()}},
        shared={"kept": KEPT},
    ),
    Reported: Shape(
        "How the kiosk stands to what is desired of it.",
        {
            "ver": whole(about="the newest it has seen, 0 for none"),
            "st": words(SetUp),
            "applied": whole(about="the version it works by, 0 for its own files"),
            "why": many(text(REASON), REASONS_MAX, about="reasons, for a person to read"),
        },
        {"content": text(CONTENT, "the content of `ver`")},
    ),
    Command: Shape(
        "Do this, and once, however often it is said.",
        {
            "id": text(COMMAND_ID, "random, used for this command alone"),
            "op": text(OPERATION, "what: see protocol.md"),
            "args": kept("with what, at most 1024 bytes"),
            "exp": whole(about=f"must not be begun after this, {MS}"),
            "by": word("who asked"),
        },
        {"sig": {"description": "kept free for a signature"}},
        shared={"kept": KEPT},
    ),
    CommandResult: Shape(
        "What became of a command.",
        {"id": text(COMMAND_ID, "of the command"), "st": words(CommandState)},
        {
            "why": text(WHY, "in words, for a person to read"),
            "png": {**text(PICTURE, "the picture of a screenshot, in base64"), "maxLength": PICTURE_CHARS_MAX},
        },
        rules={"if": {"required": ["png"]}, "then": {"properties": {"st": {"const": CommandState.SUCCEEDED.value}}}},
    ),
    HubState: Shape(
        "A hub is here, or not. The same topic carries the hub's will.",
        {"st": words(Presence), "hub": HUB},
        {
            "ts": whole(about=MS),
            "spread": whole(0, SPREAD_MS_MAX, "ms within which kiosks shall ask for the handshake, each at its own moment"),
        },
    ),
    OperatorRequest: Shape(
        token("An operator's tool asks the hub for something."),
        {"op": word("what: config.push, config.status"), "args": kept("with what")},
        shared={"kept": KEPT},
    ),
    OperatorAnswer: Shape(
        token("What became of a request."),
        {
            "st": numbers(STATUSES, "as in HTTP"),
            "why": many({"type": "string", "$ref": "#/$defs/kept"}, REASONS_MAX, about="reasons, for a person to read"),
            "said": kept("what was asked for"),
        },
        shared={"kept": KEPT},
    ),
}


def schema_of(shape: Shape) -> Schema:
    """The keywords of a message."""
    whole_of_it = record({"v": whole(1, NUMBER_MAX, "minor version of the protocol"), **shape.fields}, shape.may)
    return {**whole_of_it, **shape.rules, **({"$defs": shape.shared} if shape.shared else {})}
