"""The files that tell machines what docs/protocol.md tells people: a schema for each message, one for facts, and two AsyncAPI documents.

Everything is read off the code: `files()` is what must be in docs/. Nothing is written here; `python -m tests.schemas` does.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import yaml

from loyalty.codec import CARDED, CLOCKS, EITHER, TIME_MS_MAX
from loyalty.facts import KINDS, Body, ClockQuality
from loyalty.shapes import TEXT_CHARS_MAX
from mqtt.messages import FromKiosk
from mqtt.operators import OperatorAnswer, OperatorRequest
from mqtt.wire import TERMS
from tests.schemas.messages import MESSAGES, MS, Kind, Shape, schema_of
from tests.schemas.shapes import DIALECT, Schema, of, record, told, whole, words

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = "schemas"
END = ".schema.json"
OPERATORS: dict[Kind, str] = {OperatorRequest: "ops/req", OperatorAnswer: "ops/res"}
SPOKEN: tuple[Kind, ...] = (*TERMS, *OPERATORS)  # everything that is on the wire


def name_of(kind: Kind) -> str:
    """What the schema of a message is called: which way it goes, and its leaf."""
    if kind in OPERATORS:
        return OPERATORS[kind]
    return f"{'up' if kind in FromKiosk.__args__ else 'dn'}/{TERMS[kind].leaf.removesuffix('/{id}')}"  # type: ignore[index]


def shape_of(kind: Kind) -> Shape:
    """The shape of a message. Raises LookupError, with what to do, for one that has none yet."""
    if kind not in MESSAGES:
        raise LookupError(
            f"{kind.__name__} is in mqtt.wire.TERMS and has no schema: add its shape to MESSAGES in tests/schemas/messages.py, "
            "then run `make schemas` (CONTRIBUTING.md, 'add a message to the wire')"
        )
    return MESSAGES[kind]


def message_schema(kind: Kind) -> Schema:
    """The whole schema of a message."""
    name, shape = name_of(kind), shape_of(kind)
    return {
        "$schema": DIALECT,
        "$id": f"urn:stupeni:1:{name.replace('/', ':')}",
        "title": name,
        "description": shape.about,
        **schema_of(shape),
    }


def fact_schema() -> Schema:
    """The schema of a fact: its envelope, and what each kind says."""
    envelope = record(
        {
            "s": whole(1, about="number within the epoch, from 1 without a hole"),
            "t": {
                "description": "the kind; one that is not defined here is kept whole",
                "type": "string",
                "minLength": 1,
                "maxLength": TEXT_CHARS_MAX,
            },
            "at": whole(0, TIME_MS_MAX, f"when it happened by the clock, {MS}"),
            "mono": whole(about="when it happened, ms since the boot"),
            "clk": words([quality for quality in ClockQuality if quality in CLOCKS], "who keeps that clock"),
            "d": {"description": "what the kind says", "type": "object"},
        }
    )
    chosen = [
        {"if": {"properties": {"t": {"const": kind}}}, "then": {"properties": {"d": {"$ref": f"#/$defs/{kind}"}}}} for kind in sorted(KINDS)
    ]
    about = "One fact, as it stands in the `b` of up/evt and as the hub books it. Kinds are told apart by `t`."
    head = {"$schema": DIALECT, "$id": "urn:stupeni:1:fact", "title": "fact", "description": about}
    return {**head, **envelope, "allOf": chosen, "$defs": {kind: body_schema(kind, made) for kind, made in sorted(KINDS.items())}}


def body_schema(kind: str, made: type[Body]) -> Schema:
    """The schema of the `d` of a kind, with the rules about whom it concerns."""
    schema = told(of(made), " ".join((inspect.getdoc(made) or "").split()))
    if kind in EITHER:
        card, member = ({"required": [name], "properties": {name: {"minLength": 1}}} for name in ("card", "member"))
        return {**schema, "oneOf": [card, member]}
    if kind in CARDED:
        schema["properties"]["card"]["minLength"] = 1
    return schema


def schemas() -> dict[str, Schema]:
    """Every schema by its path within docs/."""
    made = {name_of(kind): message_schema(kind) for kind in SPOKEN} | {"fact": fact_schema()}
    return {f"{FOLDER}/{name}{END}": schema for name, schema in made.items()}


def files() -> dict[str, str]:
    """Every file by its path within docs/, as it is to be written."""
    from tests.schemas.asyncapi import hub_side, kiosk_side

    spoken = {"asyncapi.yaml": hub_side(), "asyncapi-kiosk.yaml": kiosk_side()}
    return {path: json.dumps(schema, indent=2) + "\n" for path, schema in schemas().items()} | {
        path: WRITTEN + yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=130)
        for path, document in spoken.items()
    }


WRITTEN = "# Written by `make schemas` from the code; change mqtt/wire.py and tests/schemas/, never this file.\n"


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice: anchors are for machines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def stored() -> dict[str, str]:
    """The same files as they are in docs/ now."""
    paths = [*sorted((DOCS / FOLDER).rglob("*.json")), *sorted(DOCS.glob("asyncapi*.yaml"))]
    return {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in paths}
