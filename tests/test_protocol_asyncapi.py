"""The AsyncAPI documents are ones, lead somewhere, and say of each message what its packets are."""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from hub.build import SESSION_EXPIRY_S
from mqtt.messages import AlertId, FromKiosk, HubState, KioskState, Presence, Recovery
from mqtt.operators import OperatorAnswer, OperatorRequest, operator_of
from mqtt.paho_client import connect_properties
from mqtt.paho_link import PahoLink
from mqtt.topics import KIOSK_ID, SHARD, down_leaf, parse_up
from mqtt.wire import ANSWERS, TERMS, encode
from tests.schemas.messages import Kind
from tests.wire_messages import OPERATORS, ORDINARY, Spoken, packet_of

DOCS = Path(__file__).parent.parent / "docs"
OFFICIAL = Path(__file__).parent / "asyncapi" / "3.0.0.json"
HUB, KIOSK = "asyncapi.yaml", "asyncapi-kiosk.yaml"
NOT_THE_KIOSKS = (Recovery, OperatorRequest, OperatorAnswer)

by_message = pytest.mark.parametrize("message", [*ORDINARY, *OPERATORS], ids=lambda message: type(message).__name__)
by_page = pytest.mark.parametrize("page", [HUB, KIOSK])


@cache
def page_of(name: str) -> Any:
    """A document as it stands in docs/: YAML, or a schema."""
    return yaml.safe_load((DOCS / name).read_text(encoding="utf-8"))


def at(page: str, pointer: str) -> Any:
    """What a reference on a page leads to, through whatever references are on the way. KeyError if nowhere."""
    return led(page, pointer)[1]


def led(page: str, pointer: str) -> tuple[str, Any]:
    """The page on which a reference ends, and what is there."""
    name, _, path = pointer.partition("#")
    page = Path(name).as_posix() if name else page
    found = page_of(page)
    for part in path.split("/")[1:]:
        page, found = followed(page, found)
        found = found[part]
    return followed(page, found)


def followed(page: str, node: Any) -> tuple[str, Any]:
    """A node, or what it refers to if it is a reference."""
    return led(page, node["$ref"]) if isinstance(node, dict) and "$ref" in node and "$schema" not in node else (page, node)


def references(node: Any) -> list[str]:
    """Every reference in a document."""
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node["$ref"]] if isinstance(node, dict) and "$ref" in node else []
    return own + [each for inner in inside for each in references(inner)]


def operations(page: str) -> dict[str, dict[str, Any]]:
    """The operations of a document by the name of their message."""
    return {operation["messages"][0]["$ref"].rpartition("/")[2]: operation for operation in page_of(page)["operations"].values()}


def form_of(page: str, channel: dict[str, Any]) -> re.Pattern[str]:
    """The topics of a channel: its address with the patterns of its parameters."""
    parts = []
    for part in channel["address"].split("/"):
        name = part.strip("{}")
        parts.append(at(HUB, channel["parameters"][name]["$ref"])["x-pattern"].strip("^$") if part != name else re.escape(part))
    return re.compile("/".join(parts))


@by_page
def test_it_is_an_asyncapi_document(page: str) -> None:
    """The official schema of AsyncAPI 3.0.0, with its bindings for MQTT, takes the document."""
    official = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    errors = sorted(Draft7Validator(official).iter_errors(page_of(page)), key=str)
    assert not [f"{error.json_path}: {error.message[:200]}" for error in errors]


def test_the_official_schema_refuses_what_is_none() -> None:
    """The proof above can fail: a quality of service that MQTT does not have is refused."""
    wrong = json.loads(json.dumps(page_of(HUB)))
    wrong["operations"]["sendClaim"]["bindings"]["mqtt"]["qos"] = 3
    assert not Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8"))).is_valid(wrong)


@by_page
def test_every_reference_leads_somewhere(page: str) -> None:
    """Each reference, within the document, to the other one or to a schema, finds something."""
    found = references(page_of(page))
    assert len(found) > len(TERMS)
    for reference in found:
        assert at(page, reference) is not None, reference


@by_message
def test_each_message_has_the_topic_of_its_packet(message: Spoken) -> None:
    """A real packet's topic fits the channel of its message and no other, and the parameters are the names that the code takes."""
    topic = packet_of(message).topic
    fitting = [channel for channel in page_of(HUB)["channels"].values() if form_of(HUB, channel).fullmatch(topic)]
    assert [list(channel["messages"]) for channel in fitting] == [[type(message).__name__]]
    assert not form_of(HUB, fitting[0]).fullmatch(
        topic.replace("st12-a", "ST12").replace("all", "any").replace("/s0/staff", "/S0/staff").replace("olena", "Olena")
    )


def test_the_names_in_topics_are_those_of_the_code() -> None:
    """Shard, kiosk and operator have the patterns by which topics are taken apart, alerts the ids of the closed list."""
    parameters = page_of(HUB)["components"]["parameters"]
    assert {name: each["x-pattern"] for name, each in parameters.items()} == {
        "shard": f"^{SHARD.pattern}$",
        "kiosk": f"^{KIOSK_ID.pattern}$",
        "operator": f"^{KIOSK_ID.pattern}$",
        "id": f"^(?:{'|'.join(AlertId)})$",
    }


@by_page
@by_message
def test_each_message_travels_as_its_packet_does(page: str, message: Spoken) -> None:
    """QoS, retention and expiry of each operation are those of a real packet and of the code's table."""
    if page == KIOSK and isinstance(message, NOT_THE_KIOSKS):
        assert type(message).__name__ not in operations(page)
        return
    packet = packet_of(message)
    said = operations(page)[type(message).__name__]["bindings"]["mqtt"]
    assert (said["qos"], said["retain"], said.get("messageExpiryInterval")) == (packet.qos, packet.retain, packet.expiry_s)
    if (terms := TERMS.get(type(message))) is not None:  # type: ignore[arg-type]
        assert (said["qos"], said["retain"], said.get("messageExpiryInterval")) == (terms.qos, terms.retain, terms.expiry_s)


def test_the_leaves_are_those_of_the_code() -> None:
    """Channels, messages and the code's table name the same leaves, each going the way its topic says."""
    for key, channel in page_of(HUB)["channels"].items():
        (name,) = channel["messages"]
        if key.startswith("ops."):
            assert (operator_of(channel["address"].format(operator="olena")) == "olena") is (name == "OperatorRequest")
            continue
        kind = next(kind for kind in TERMS if kind.__name__ == name)
        topic = channel["address"].format(shard="s0", kiosk="st12-a", id=AlertId.DISK_LOW)
        spoken = parse_up(topic)
        leaf = spoken.leaf if spoken else down_leaf(topic, "s0", "st12-a") or topic.rpartition("/")[2]
        assert leaf == TERMS[kind].leaf.format(id=AlertId.DISK_LOW)
        assert key == ("up." if kind in FromKiosk.__args__ else "dn.") + leaf.removesuffix(f"/{AlertId.DISK_LOW}").replace("/", ".")
    assert {name for channel in page_of(HUB)["channels"].values() for name in channel["messages"]} == {
        kind.__name__ for kind in (*TERMS, OperatorRequest, OperatorAnswer)
    }


def test_what_one_side_sends_the_other_receives() -> None:
    """Hub and kiosk are mirrors of each other; only what is for the staff and for operators has no kiosk's side."""
    hub = {name: operation["action"] for name, operation in operations(HUB).items()}
    kiosk = {name: operation["action"] for name, operation in operations(KIOSK).items()}
    assert hub == {kind.__name__: "receive" if kind in FromKiosk.__args__ else "send" for kind in TERMS} | {
        "OperatorRequest": "receive",
        "OperatorAnswer": "send",
    }
    left_out = {kind.__name__ for kind in NOT_THE_KIOSKS}
    assert kiosk == {name: {"send": "receive", "receive": "send"}[action] for name, action in hub.items() if name not in left_out}


@by_page
def test_every_question_names_its_answer(page: str) -> None:
    """A birth is answered by a sync, a lookup and a wish to redeem by theirs; nothing else has a reply."""
    replies = {
        name: [each["$ref"].rpartition("/")[2] for each in operation["reply"]["messages"]]
        for name, operation in operations(page).items()
        if "reply" in operation
    }
    asked = {question.__name__: [answer.__name__] for question, answer in ANSWERS.items()} | {"Birth": ["Sync"]}
    assert replies == (asked | {"OperatorRequest": ["OperatorAnswer"]} if page == HUB else asked)


@by_message
def test_correlation_and_response_topic_are_those_of_the_packet(message: Spoken) -> None:
    """A question says where its answer goes, question and answer carry as many bytes to know each other by, and nothing else does."""
    packet = packet_of(message)
    said = at(HUB, f"#/components/messages/{_key_of(type(message))}")["bindings"]["mqtt"]
    assert said.get("responseTopic", "").format(shard="s0", kiosk="st12-a", operator="olena") == packet.response_topic
    if packet.correlation:
        assert said["correlationData"]["minLength"] == said["correlationData"]["maxLength"] == len(packet.correlation)
    else:
        assert "correlationData" not in said


@by_message
def test_each_payload_is_the_schema_of_its_message(message: Spoken) -> None:
    """The payload refers to the schema that has the message's own name."""
    payload = at(HUB, f"#/components/messages/{_key_of(type(message))}")["payload"]
    assert payload["schemaFormat"] == "application/schema+json;version=draft-2020-12"
    schema = at(HUB, payload["schema"]["$ref"])
    assert schema["title"].replace("/", ".") == _key_of(type(message))


def _key_of(kind: Kind) -> str:
    """The key of a message's channel."""
    return next(key for key, channel in page_of(HUB)["channels"].items() if kind.__name__ in channel["messages"])


def test_the_connections_are_those_of_kiosk_and_hub() -> None:
    """Session, keep-alive, packet size and will of both are what the code asks the broker for."""
    usual = {name: each.default for name, each in inspect.signature(PahoLink).parameters.items()}
    wills = {
        HUB: encode(HubState(Presence.OFFLINE, "h_3kq7"), "s0"),
        KIOSK: encode(KioskState(Presence.OFFLINE, "8f2kq3xw5a7c", "lost"), "s0", "st12-a"),
    }
    for page, expiry_s in ((HUB, SESSION_EXPIRY_S), (KIOSK, usual["session_expiry_s"])):
        asked, will = connect_properties(expiry_s, 1), wills[page]
        for server in page_of(page)["servers"].values():
            said = server["bindings"]["mqtt"]
            assert said["lastWill"] == {"topic": will.topic, "qos": will.qos, "message": will.payload.decode(), "retain": will.retain}
            assert (said["keepAlive"], said["cleanSession"], said["sessionExpiryInterval"]) == (usual["keepalive_s"], False, expiry_s)
            assert said["maximumPacketSize"] == asked.MaximumPacketSize


@by_page
def test_only_a_trial_on_one_machine_is_without_certificates(page: str) -> None:
    """What is reached over a network asks for a certificate on each side."""
    for name, server in page_of(page)["servers"].items():
        secured = [at(page, each["$ref"])["type"] for each in server.get("security", ())]
        assert (server["protocol"], secured) == (("secure-mqtt", ["X509"]) if name == "shop" else ("mqtt", []))
    assert page_of(page)["servers"]["trial"]["host"].startswith("127.0.0.1:")
