"""docs/schemas/ says what the code says: what a schema takes the reader takes, what it refuses the reader refuses, but for a short list."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, validators

from loyalty import codec
from loyalty.facts import KINDS
from mqtt import topics
from mqtt.messages import AlertId, Birth, Closings, Command, Desired, FactBatch, FromKiosk, LookupAnswer, Members
from mqtt.operators import OperatorAnswer, OperatorRequest, decode_answer, decode_request
from mqtt.reading import ACCOUNT_BYTES_MAX
from mqtt.reading_commands import ARGUMENTS_BYTES_MAX
from mqtt.shapes import DEPTH_MAX, FACT_BYTES_MAX, MESSAGE_BYTES_MAX, MalformedMessage, compact
from mqtt.wire import TERMS, decode_down, decode_up
from tests.fact_documents import fact_documents
from tests.schemas.documents import DOCS, END, FOLDER, SPOKEN, fact_schema, files, message_schema, name_of, shape_of, stored
from tests.schemas.messages import MESSAGES, Kind
from tests.schemas.shapes import PRINTABLE, Schema, of
from tests.spoilt_documents import spoilt, spoilt_everywhere
from tests.wire_messages import CARD, EPOCH, FACT, OPERATORS, ORDINARY, TOKEN, Spoken, messages, packet_of

Document = dict[str, Any]
PAGE = (DOCS / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
RECIPE = "run `make schemas` and look at what it changed"

by_kind = pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
drawn = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large], deadline=None)


def _matches(validator: Any, pattern: str, instance: Any, schema: Any) -> Any:
    """`pattern` as ECMA 262 has it, where `$` is the very end; Python's `$` may stand before a last line break."""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield from Draft202012Validator.VALIDATORS["pattern"](validator, r"(?!)", instance, schema)


Judge = validators.extend(Draft202012Validator, {"pattern": _matches})


@cache
def judge_of(name: str) -> Any:
    """The validator of a schema as it stands in docs/."""
    return Judge(json.loads((DOCS / FOLDER / f"{name}{END}").read_text(encoding="utf-8")))


def takes(kind: Kind, document: Any) -> bool:
    """Whether the reader takes a document as a message of a kind."""
    payload = json.dumps(document).encode()
    try:
        if kind is OperatorRequest:
            decode_request("olena", payload, TOKEN, "")
        elif kind is OperatorAnswer:
            decode_answer(payload, TOKEN)
        elif kind in FromKiosk.__args__:
            decode_up(topics.Spoken("s0", "st12-a", TERMS[kind].leaf.format(id=AlertId.DISK_LOW)), payload, TOKEN)
        else:
            decode_down(TERMS[kind].leaf, payload, TOKEN)
    except MalformedMessage:
        return False
    return True


def books(document: Any) -> bool:
    """Whether the codec takes a document as a fact."""
    try:
        codec.decode(document, "k1", EPOCH, "boot-1")
    except codec.MalformedFact:
        return False
    return True


def said(message: Spoken) -> Any:
    """The document of a message."""
    return json.loads(packet_of(message).payload)


# --- what no schema can say -------------------------------------------------------------------------------------------


def ordered(kind: Kind, document: Document) -> bool:
    """Whether numbers that a schema sees one by one are in the order that the protocol asks for."""
    if kind is Birth:
        return all(stream["last"] >= stream["first"] - 1 for stream in document["streams"])
    if kind is Closings:
        return all(closing[2] < closing[3] for closing in document["closed"])
    numbers = [fact["s"] for fact in document["b"]] if kind is FactBatch else []
    return numbers == sorted(set(numbers))


def accounts(kind: Kind, document: Document) -> list[Document]:
    """The accounts in a message."""
    if kind is Members:
        return [member["acc"] for member in document["m"]]
    return [document["m"]["acc"]] if kind is LookupAnswer and document["st"] == 200 else []


def depth(value: Any) -> int:
    """How deep a value nests; a plain one is 1 deep."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inside), default=0)


def small(kind: Kind, document: Document) -> bool:
    """Whether a document is within the limits of bytes and of nesting."""
    facts = document["b"] if kind is FactBatch else []
    held = accounts(kind, document)
    pushed = [document["settings"], document.get("programme")] if kind is Desired else []
    pushed += [document[name] for name in ("args", "said") if name in document and kind in (OperatorRequest, OperatorAnswer)]
    args = [document["args"]] if kind is Command else []
    return (
        len(json.dumps(document)) <= MESSAGE_BYTES_MAX
        and all(len(compact(each)) <= ARGUMENTS_BYTES_MAX for each in args)
        and all(len(compact(fact)) <= FACT_BYTES_MAX for fact in facts)
        and all(len(compact(account)) <= ACCOUNT_BYTES_MAX for account in held)
        and all(depth(each) <= DEPTH_MAX for each in [*facts, *held, *pushed, *args])
    )


DEEP: Any = 1
for _ in range(DEPTH_MAX):
    DEEP = [DEEP]
VIEW: Document = {"card": CARD, "id": "m", "mv": 1, "at": 1, "who": {"language": "en"}, "acc": {}, "covers": []}
BATCH: Document = {"v": 1, "ep": EPOCH, "boot": "b"}
COMMAND: Document = {"v": 1, "id": "c_12345678", "op": "identify", "args": {}, "exp": 1, "by": "x"}
BEYOND: list[tuple[str, Kind, Document]] = [
    ("a whole number written as `1.0`", FactBatch, BATCH | {"b": [FACT | {"s": 1.0}]}),
    ("bytes", FactBatch, BATCH | {"b": [FACT | {"s": n, "x": "y" * 7_000} for n in range(1, 12)]}),
    ("bytes", FactBatch, BATCH | {"b": [FACT | {"x": "y" * FACT_BYTES_MAX}]}),
    ("bytes", Members, {"v": 1, "m": [VIEW | {"acc": {"x": "y" * ACCOUNT_BYTES_MAX}}]}),
    ("bytes", Command, COMMAND | {"args": {"x": "y" * ARGUMENTS_BYTES_MAX}}),
    ("nesting", Command, COMMAND | {"args": {"x": DEEP}}),
    ("nesting", FactBatch, BATCH | {"b": [FACT | {"x": DEEP}]}),
    ("nesting", Members, {"v": 1, "m": [VIEW | {"acc": {"x": DEEP}}]}),
    ("the order of two numbers", FactBatch, BATCH | {"b": [FACT, FACT]}),
    ("the order of two numbers", Birth, said(ORDINARY[1]) | {"streams": [{"ep": EPOCH, "first": 3, "last": 1}]}),
    ("the order of two numbers", Closings, {"v": 1, "hub": "h", "cv": 1, "closed": [["rule", "", 5, 5]]}),
    ("a character that Unicode has not assigned", Members, {"v": 1, "m": [VIEW | {"who": {"language": "en", "greeting_name": "\u0378"}}]}),
]


@pytest.mark.parametrize(("what", "kind", "document"), BEYOND)
def test_what_no_schema_can_say_is_on_the_page(what: str, kind: Kind, document: Document) -> None:
    """Each thing that the reader refuses and its schema takes is named on the page; this is the whole list."""
    assert judge_of(name_of(kind)).is_valid(document)
    assert not takes(kind, document)
    assert what in PAGE.partition("### What a schema cannot say")[2]


# --- all there, and none too many -------------------------------------------------------------------------------------


@by_kind
def test_every_message_has_a_shape(kind: Kind) -> None:
    """Each message of the wire has an entry in tests/schemas/messages.py; the failure says what to do."""
    assert shape_of(kind)


def test_a_message_without_a_shape_says_what_to_do() -> None:
    """Whoever adds a message and forgets its schema is told which file wants what, in one sentence."""
    with pytest.raises(
        LookupError, match=r"str is in mqtt\.wire\.TERMS and has no schema: add its shape to MESSAGES in tests/schemas/messages"
    ):
        shape_of(str)  # type: ignore[arg-type]


def test_no_shape_is_left_of_a_message_that_is_gone() -> None:
    """Nothing has a shape that is not on the wire any more."""
    assert set(MESSAGES) <= set(SPOKEN)


def test_every_file_says_what_the_code_says() -> None:
    """Schemas and AsyncAPI documents in docs/ are those that the code makes, none is missing and none too many."""
    wanted, there = files(), stored()
    differing = sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))
    assert not differing, f"docs/ and the code differ in {', '.join(differing)}: {RECIPE}"


def test_every_kind_of_fact_is_defined() -> None:
    """The schema of facts defines each kind, and chooses it by `t`."""
    schema = fact_schema()
    assert sorted(schema["$defs"]) == sorted(KINDS)
    chosen = {each["if"]["properties"]["t"]["const"]: each["then"]["properties"]["d"]["$ref"] for each in schema["allOf"]}
    assert chosen == {kind: f"#/$defs/{kind}" for kind in KINDS}


def patterns(schema: Any) -> list[str]:
    """Every pattern in a schema."""
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = [schema["pattern"]] if isinstance(schema, dict) and isinstance(schema.get("pattern"), str) else []
    return own + [pattern for inner in inside for pattern in patterns(inner)]


@pytest.mark.parametrize("schema", [*map(message_schema, SPOKEN), fact_schema()], ids=lambda schema: schema["title"])
def test_every_schema_is_one(schema: Schema) -> None:
    """Each is a schema of draft 2020-12 with a name of its own, and each of its patterns is for the whole of a text."""
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:stupeni:1:{schema['title'].replace('/', ':')}"
    assert not [pattern for pattern in patterns(schema) if not (pattern.startswith("^") and pattern.endswith("$"))]


def test_the_schemas_forbid_no_field_that_a_newer_version_may_add() -> None:
    """No schema closes an object: readers ignore fields they do not know, and so must whoever goes by the schemas."""
    text = json.dumps([*map(message_schema, SPOKEN), fact_schema()])
    assert '"additionalProperties": false' not in text
    assert "unevaluatedProperties" not in text


def test_what_is_printable_is_the_same_for_schema_and_reader() -> None:
    """Character by character a text is refused by both or by neither, but for those that Unicode 14 had not assigned."""
    form = re.compile(PRINTABLE)
    odd = [chr(code) for code in range(sys.maxunicode + 1) if bool(form.fullmatch(chr(code))) != chr(code).isprintable()]
    assert not [char for char in odd if not form.fullmatch(char)]
    assert {unicodedata.category(char) for char in odd} <= {"Cn", "Cf"}


def test_a_type_that_no_schema_can_say_is_a_mistake_of_ours() -> None:
    """A field of a new type in a fact fails with the place to teach it."""
    with pytest.raises(TypeError, match=r"tests/schemas/shapes\.py cannot say"):
        of(complex)


# --- schema and reader ------------------------------------------------------------------------------------------------


@drawn
@given(messages)
def test_what_the_code_says_its_schema_takes(message: Spoken) -> None:
    """Every message that can be encoded validates."""
    judge_of(name_of(type(message))).validate(said(message))


@pytest.mark.parametrize("message", [*ORDINARY, *OPERATORS], ids=lambda message: type(message).__name__)
def test_the_ordinary_messages_validate(message: Spoken) -> None:
    """The example of each kind validates, also with fields of a later version in it."""
    judge = judge_of(name_of(type(message)))
    judge.validate(said(message))
    judge.validate(said(message) | {"v": 7, "new": {"deep": [1, None]}})


def agree(kind: Kind, document: Document) -> bool:
    """Whether schema and reader say the same of a document, but for bytes, nesting and the order of numbers."""
    fits = judge_of(name_of(kind)).is_valid(document)
    return takes(kind, document) == (fits and ordered(kind, document) and small(kind, document))


@by_kind
def test_schema_and_reader_draw_every_bound_alike(kind: Kind) -> None:
    """Each place of each example, spoiled alone in every way, is taken by both or by neither: no bound is off by one."""
    for message in (*ORDINARY, *OPERATORS):
        for document in spoilt_everywhere(said(message)) if type(message) is kind else ():
            assert agree(kind, document), document


@settings(drawn, max_examples=200)
@given(data=st.data())
def test_schema_and_reader_refuse_the_same_of_all_messages(data: st.DataObject) -> None:
    """Any message spoiled at a few places is taken by both or by neither."""
    message = data.draw(messages)
    assert agree(type(message), data.draw(spoilt(st.just(said(message)))))


@by_kind
@settings(drawn, max_examples=100)
@given(data=st.data())
def test_schema_and_reader_refuse_the_same_of_each_message(kind: Kind, data: st.DataObject) -> None:
    """The examples of each kind, which have every field, spoiled at a few places, are taken by both or by neither."""
    assert agree(kind, data.draw(spoilt(st.sampled_from([said(message) for message in (*ORDINARY, *OPERATORS) if type(message) is kind]))))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(drawn, max_examples=30)
@given(data=st.data())
def test_schema_and_codec_refuse_the_same_facts(kind: str, data: st.DataObject) -> None:
    """A fact of each kind is taken by schema and codec; spoiled at a few places it is taken by both or by neither."""
    document = data.draw(fact_documents(kind))
    assert books(document)
    assert judge_of("fact").is_valid(document)
    changed = data.draw(spoilt(st.just(document)))
    assert judge_of("fact").is_valid(changed) == books(changed)


@pytest.mark.parametrize("example", EXAMPLES, ids=",".join)
def test_every_example_of_the_page_validates(example: Document) -> None:
    """Each JSON example of docs/protocol.md validates as what it can be read as, and its facts as facts."""
    read = [kind for kind in SPOKEN if takes(kind, example)]
    assert read
    for kind in read:
        judge_of(name_of(kind)).validate(example)
    for fact in example.get("b", ()):
        judge_of("fact").validate(fact)
