"""docs/protocol.md says what the code does: every topic, field, limit and example of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from loyalty import codec
from loyalty.facts import ClockQuality, Evidence, Face, Fact, FactId, Rating, Reason, ReasonCode, StoreRecovered, Visit
from mqtt import reading, shapes
from mqtt.messages import FactBatch, FromHub, FromKiosk, KioskState, LookupStatus, Presence
from mqtt.topics import HUB_STATE, ROOT, Spoken, hub_filters, kiosk_filters
from mqtt.wire import TERMS, MalformedMessage, decode_down, decode_up, encode
from tests.wire_messages import ORDINARY, TOKEN

PAGE = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
CARD = "3f" * 16
BODIES = (Visit(CARD, Evidence("NTAG215")), Rating(CARD, 1, Face.BAD, 1), Reason(CARD, 2, ReasonCode.OTHER))
RECOVERED = StoreRecovered("facts.damaged")
UP = [terms.leaf for kind, terms in TERMS.items() if kind in FromKiosk.__args__]


def read(leaf: str, document: Any) -> FromKiosk | FromHub:
    """A document read as the message of a leaf."""
    payload = json.dumps(document).encode()
    return decode_up(Spoken("s0", "st12-a", leaf), payload, TOKEN) if leaf in UP else decode_down(leaf, payload, TOKEN)


def readings(document: Any) -> list[FromKiosk | FromHub]:
    """Every message a document can be read as."""
    found: list[FromKiosk | FromHub] = []
    for terms in TERMS.values():
        try:
            found.append(read(terms.leaf, document))
        except MalformedMessage:
            continue
    return found


def fields(document: Any) -> set[str]:
    """Names of all fields at any depth."""
    match document:
        case dict():
            return set(document) | {name for inner in document.values() for name in fields(inner)}
        case list():
            return {name for inner in document for name in fields(inner)}
    return set()


@pytest.mark.parametrize("kind", TERMS, ids=lambda kind: kind.__name__)
def test_every_topic_is_in_the_table_with_its_terms(kind: type[FromKiosk | FromHub]) -> None:
    """Each message's topic, QoS, retention and expiry stand in one row of the table of topics."""
    terms = TERMS[kind]
    way = "up" if terms.leaf in UP else "dn"
    topic = HUB_STATE if terms.leaf == "hub" else f"{ROOT}/{{shard}}/k/{{kiosk}}/{way}/{terms.leaf}"
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{topic}` |"))
    cells = [cell.strip() for cell in row.split("|")[3:6]]
    assert cells == [str(terms.qos), "yes" if terms.retain else "no", "none" if terms.expiry_s is None else f"{terms.expiry_s} s"]


@pytest.mark.parametrize("message", ORDINARY, ids=lambda message: type(message).__name__)
def test_every_field_is_shown_in_an_example(message: FromKiosk | FromHub) -> None:
    """Each field the code writes appears in an example that reads as a message of the same kind."""
    written = fields(json.loads(encode(message, "s0", "st12-a").payload))
    shown = {name for example in EXAMPLES if any(type(one) is type(message) for one in readings(example)) for name in fields(example)}
    assert written <= shown


@pytest.mark.parametrize(
    "name", sorted({name for message in ORDINARY for name in fields(json.loads(encode(message, "s0", "st12-a").payload))})
)
def test_every_field_is_explained(name: str) -> None:
    """Each field is named in the text outside the examples too, alone or with the object it stands in."""
    text = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    assert re.search(rf"`(\w+\.)?{name}(\.\w+)?`", text)


@pytest.mark.parametrize("example", EXAMPLES, ids=",".join)
def test_every_example_is_a_message(example: dict[str, Any]) -> None:
    """Each JSON example of the page decodes, and encodes again to the same JSON."""
    leaves = [terms.leaf for kind, terms in TERMS.items() if any(type(one) is kind for one in readings(example))]
    assert leaves
    assert any(json.loads(encode(one, "s0", "st12-a").payload) == example for one in readings(example))


def test_every_kind_of_message_has_an_example() -> None:
    """No message is left without an example."""
    assert {type(one) for example in EXAMPLES for one in readings(example)} == set(TERMS)


def test_the_will_on_the_page_is_the_will() -> None:
    """The will shown in the text is what a kiosk gives to the broker."""
    will = encode(KioskState(Presence.OFFLINE, "8f2kq3xw5a7c", "lost"), "s0", "st12-a")
    assert f"`{will.payload.decode()}`" in PAGE


def test_the_facts_of_the_examples_are_facts() -> None:
    """Each fact in an example is understood by the code that books facts."""
    batches = [one for example in EXAMPLES for one in readings(example) if isinstance(one, FactBatch)]
    facts = [codec.decode(document, "st12-a", batch.epoch, batch.boot) for batch in batches for document in batch.facts]
    assert [codec.encode(fact) for fact in facts] == [document for batch in batches for document in batch.facts]
    assert {type(fact.body).__name__ for fact in facts} == {"Visit", "Rating", "Reason"}


def test_every_kind_of_fact_and_every_word_of_it_is_listed() -> None:
    """Types of facts, reasons, clock qualities, presences and statuses are all named."""
    at = (FactId("st12-a", "7q2mabcd2345", 1), 1, 1, "boot", ClockQuality.NTP)
    kinds = [codec.encode(Fact(*at, body))["t"] for body in (RECOVERED, *BODIES)]
    for word in [*kinds, "set_aside", *ReasonCode, *ClockQuality, *Presence]:
        assert f"`{word}`" in PAGE, word
    for status in LookupStatus:
        assert f" {status} " in PAGE


@pytest.mark.parametrize(
    "limit",
    [
        f"{shapes.MESSAGE_BYTES_MAX:,}".replace(",", " ") + " bytes",
        f"{shapes.FACT_BYTES_MAX:,}".replace(",", " ") + " bytes",
        f"| nesting in a fact | {shapes.DEPTH_MAX} |",
        f"| streams in a birth, cursors in a sync | {reading.STREAMS_MAX} |",
        f"| facts in a batch, rejections in a claim | {reading.FACTS_MAX} |",
        f"| members in `dn/mem` | {reading.VIEWS_MAX} |",
        f"| a name | {reading.NAME_CHARS_MAX} characters",
        f"up to {reading.KEYS_MAX} keys",
        f"up to {reading.KEYS_MAX} epochs",
        f"with {reading.TOKEN_BYTES} random bytes",
        f"`{shapes.WORD.pattern}`",
        f"`{codec.CARD.pattern}`",
        f"`{codec.EPOCH.pattern}`",
        "*malformed*, *oversize*, or *foreign*",
    ],
)
def test_every_limit_is_told(limit: str) -> None:
    """Each bound a reader enforces is on the page with its number."""
    assert limit in PAGE


@pytest.mark.parametrize("name", [*kiosk_filters("{shard}", "{kiosk}"), *hub_filters("{shard}")])
def test_the_subscriptions_are_told(name: str) -> None:
    """The filters of kiosk and hub stand on the page as the code builds them."""
    assert f"`{name}`" in PAGE
