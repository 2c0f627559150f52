"""docs/protocol.md says what the code does: every topic, field, limit and example of it."""

from __future__ import annotations

import dataclasses
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from loyalty import codec
from loyalty.account import restore
from loyalty.counter.person import NAME_CHARS_MAX, TEXT_CHARS_MAX
from loyalty.facts import KINDS, Body, ClockQuality
from loyalty.shapes import Key
from mqtt import reading, shapes
from mqtt.messages import AlertId, FactBatch, FromHub, FromKiosk, KioskState, LookupStatus, Members, Presence
from mqtt.topics import HUB_STATE, ROOT, Spoken, hub_filters, kiosk_filters
from mqtt.wire import TERMS, MalformedMessage, decode_down, decode_up, encode
from tests.wire_messages import ORDINARY, TOKEN

PAGE = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
TABLES = PAGE[PAGE.index("### What a kiosk sees") : PAGE.index("## Members")]
UP = [kind for kind in TERMS if kind in FromKiosk.__args__]


def read(kind: type[FromKiosk | FromHub], document: Any) -> FromKiosk | FromHub:
    """A document read as a message of that kind."""
    payload, leaf = json.dumps(document).encode(), TERMS[kind].leaf.format(id=AlertId.DISK_LOW)
    return decode_up(Spoken("s0", "st12-a", leaf), payload, TOKEN) if kind in UP else decode_down(leaf, payload, TOKEN)


def readings(document: Any) -> list[FromKiosk | FromHub]:
    """Every message a document can be read as."""
    found: list[FromKiosk | FromHub] = []
    for kind in TERMS:
        try:
            found.append(read(kind, document))
        except MalformedMessage:
            continue
    return found


def fields(document: Any) -> set[str]:
    """Names of all fields at any depth; an account's are those of its dataclasses."""
    match document:
        case dict():
            return set(document) | {name for key, inner in document.items() if key != "acc" for name in fields(inner)}
        case list():
            return {name for inner in document for name in fields(inner)}
    return set()


@pytest.mark.parametrize("kind", TERMS, ids=lambda kind: kind.__name__)
def test_every_topic_is_in_the_table_with_its_terms(kind: type[FromKiosk | FromHub]) -> None:
    """Each message's topic, QoS, retention and expiry stand in one row of the table of topics."""
    terms = TERMS[kind]
    way = "up" if kind in UP else "dn"
    usual = f"{ROOT}/{{shard}}/k/{{kiosk}}/{way}/{terms.leaf}"
    topic = {"hub": HUB_STATE, "recovery": f"{ROOT}/{{shard}}/staff/dn/recovery"}.get(terms.leaf, usual)
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


def row_of(kind: str) -> str:
    """The row of a kind of fact in the tables."""
    return next((line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |")), "")


def told_of(made: type[Body]) -> tuple[set[str], set[str]]:
    """Names in the payload of a kind, those of what stands inside it too; and the words of its closed lists."""
    return wire_names(made, get_type_hints(made, include_extras=True))


def wire_names(made: Any, hints: dict[str, Any]) -> tuple[set[str], set[str]]:
    names, words = set[str](), set[str]()
    for each in dataclasses.fields(made):
        marks = get_args(hints[each.name])[1:] if get_origin(hints[each.name]) is Annotated else ()
        names.add(next((mark.name for mark in marks if isinstance(mark, Key)), each.name))
        for inner in leaves(hints[each.name]):
            if dataclasses.is_dataclass(inner):
                more, others = wire_names(inner, get_type_hints(inner, include_extras=True))
                names, words = names | more, words | others
            elif issubclass(inner, StrEnum):
                words |= set(inner)
    return names, words


def leaves(hint: Any) -> list[type]:
    """The plain types in an annotation."""
    if get_origin(hint) is Annotated:
        return leaves(get_args(hint)[0])
    if get_args(hint):
        return [leaf for each in get_args(hint) if each is not Ellipsis for leaf in leaves(each)]
    return [hint]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_is_listed_with_its_fields(kind: str) -> None:
    """Each kind the code knows has a row that names every field of its payload; the words of closed lists are on the page."""
    names, words = told_of(KINDS[kind])
    row = row_of(kind)
    assert not [name for name in names if not re.search(rf"`(\w+\.)?{name}(\.\w+)?`", row)]
    assert not [word for word in words if f"`{word}`" not in PAGE]


def test_no_kind_is_listed_that_the_code_does_not_know() -> None:
    """The tables of kinds hold what is in the code and nothing else."""
    listed = re.findall(r"^\| `([a-z_]+\.?[a-z_]*)` \| ", TABLES, re.MULTILINE)
    assert sorted(set(listed) - {"t"}) == sorted(KINDS)


def test_clock_qualities_presences_and_statuses_are_told() -> None:
    """The words of the envelope and of presence are on the page."""
    for word in [*ClockQuality, *Presence]:
        assert f"`{word}`" in PAGE, word
    for status in LookupStatus:
        assert f" {status} " in PAGE


def test_the_account_of_the_example_is_one() -> None:
    """What the page shows as a folded account can be restored, with a balance."""
    members = [one for example in EXAMPLES for one in readings(example) if isinstance(one, Members)]
    assert [restore(view.account).ledger.balance for each in members for _, view in each.views] == [150]


@pytest.mark.parametrize(
    "limit",
    [
        f"{shapes.MESSAGE_BYTES_MAX:,}".replace(",", " ") + " bytes",
        f"{shapes.FACT_BYTES_MAX:,}".replace(",", " ") + " bytes",
        f"| nesting in a fact or an account | {shapes.DEPTH_MAX} |",
        f"| streams in a birth, cursors in a sync | {reading.STREAMS_MAX} |",
        f"| facts in a batch, rejections in a claim | {reading.FACTS_MAX} |",
        f"| members in `dn/mem` | {reading.VIEWS_MAX} |",
        f"| closings in `dn/closed` | {reading.CLOSINGS_MAX} |",
        f"{reading.ACCOUNT_BYTES_MAX:,}".replace(",", " ") + " bytes",
        f"| a name | {NAME_CHARS_MAX} characters",
        f"| a letter | {TEXT_CHARS_MAX} characters",
        "| occasions, letters, known fields of a person | 16, 8, 32 |",
        f"up to {reading.COVERS_MAX} epochs",
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


@pytest.mark.parametrize("each", AlertId)
def test_every_alert_is_told(each: AlertId) -> None:
    """The closed list of alerts is on the page, each with what it means."""
    assert f"| `{each.value}` |" in PAGE


@pytest.mark.parametrize("name", [*kiosk_filters("{shard}", "{kiosk}"), *hub_filters("{shard}")])
def test_the_subscriptions_are_told(name: str) -> None:
    """The filters of kiosk and hub stand on the page as the code builds them."""
    assert f"`{name}`" in PAGE
