"""The two sides of the wire as AsyncAPI 3.0 documents: the hub's, with every channel and message, and the kiosk's, which refers to it.

Topics and delivery are those of real packets, one for each message. The schemas of the payloads are files of their own.
"""

from __future__ import annotations

import inspect
from typing import Any

from hub.build import SESSION_EXPIRY_S
from hub.records import DESK
from mqtt.messages import AlertId, Birth, FromKiosk, HubState, KioskState, Presence, Recovery, Sync
from mqtt.operators import OperatorAnswer, OperatorRequest
from mqtt.paho_client import PACKET_BYTES_MAX
from mqtt.paho_link import PahoLink
from mqtt.reading import TOKEN_BYTES
from mqtt.topics import KIOSK_ID, SHARD
from mqtt.wire import ANSWERS, TERMS, VERSION, Packet, encode
from tests.schemas.documents import END, FOLDER, SPOKEN, name_of, shape_of
from tests.schemas.messages import Kind
from tests.schemas.shapes import DIALECT, anchored
from tests.wire_messages import OPERATORS, ORDINARY, packet_of

Node = dict[str, Any]
# What stands in the topics of the examples, and the parameter that it stands for.
SHARD_OF_ALL, KIOSK_OF_ALL = "s0", "st12-a"
PARAMETERS: dict[str, tuple[str, str, str]] = {
    SHARD_OF_ALL: ("shard", SHARD.pattern, "Which hub serves the kiosk; s0 until there are several."),
    KIOSK_OF_ALL: ("kiosk", KIOSK_ID.pattern, "One place in one shop: its client id and the name in its certificate. Not hub, not seed."),
    AlertId.DISK_LOW.value: ("id", "|".join(AlertId), "What the alert is about: one of a closed list."),
    "olena": ("operator", KIOSK_ID.pattern, "An operator's tool: the name in its certificate."),
}
BINDING = {"bindingVersion": "0.2.0"}
QUESTIONS: dict[Kind, Kind] = {**ANSWERS, Birth: Sync, OperatorRequest: OperatorAnswer}
HUBS = "asyncapi.yaml"


def hub_side() -> Node:
    """The document of a hub: all channels, all messages."""
    will = encode(HubState(Presence.OFFLINE, "h_3kq7"), SHARD_OF_ALL)
    return {
        "asyncapi": "3.0.0",
        "info": _info(
            "hub", "Every channel and every message of the protocol, seen from the hub. A kiosk is its mirror: asyncapi-kiosk.yaml."
        ),
        "defaultContentType": "application/json",
        "servers": _servers(DESK, SESSION_EXPIRY_S, will),
        "channels": {_named(name_of(kind)): _channel(kind) for kind in SPOKEN},
        "operations": dict(_operation(kind, "receive" if is_heard_by_hub(kind) else "send") for kind in SPOKEN),
        "components": {
            "messages": {_named(name_of(kind)): _message(kind) for kind in SPOKEN},
            "parameters": {name: _parameter(name, form, about, shown) for shown, (name, form, about) in PARAMETERS.items()},
            "securitySchemes": {"certificate": {"type": "X509", "description": _CERTIFICATE}},
        },
    }


def kiosk_side() -> Node:
    """The document of a kiosk: what it sends and receives, in the channels of the hub's document."""
    kinds = [kind for kind in TERMS if kind is not Recovery]  # which is for the staff's lamps and phones
    will = encode(KioskState(Presence.OFFLINE, "8f2kq3xw5a7c", "lost"), SHARD_OF_ALL, KIOSK_OF_ALL)
    session_expiry_s = inspect.signature(PahoLink).parameters["session_expiry_s"].default
    servers = _servers(KIOSK_OF_ALL, session_expiry_s, will)
    for server in servers.values():
        server["security"] = [{"$ref": f"./{HUBS}#/components/securitySchemes/certificate"}] if "security" in server else []
    return {
        "asyncapi": "3.0.0",
        "info": _info("kiosk", "What a kiosk says and hears. Channels and messages are those of asyncapi.yaml."),
        "defaultContentType": "application/json",
        "servers": {name: {key: value for key, value in server.items() if value != []} for name, server in servers.items()},
        "channels": {_named(name_of(kind)): {"$ref": f"./{HUBS}#/channels/{_named(name_of(kind))}"} for kind in kinds},
        "operations": dict(_operation(kind, "send" if kind in FromKiosk.__args__ else "receive") for kind in kinds),
    }


_CERTIFICATE = "A certificate of the shop's own authority; the name in it is the client id and the user name. Rights: config/acl."


def _named(name: str) -> str:
    """A name as AsyncAPI takes it for a key."""
    return name.replace("/", ".")


def _info(side: str, about: str) -> Node:
    return {
        "title": f"Stupeni, the {side}'s side",
        "version": f"1.{VERSION}.0",
        "description": f"{about} What the fields mean, and what is promised: protocol.md.",
        "license": {"name": "Apache-2.0"},
    }


def _servers(client: str, session_expiry_s: int, will: Packet) -> Node:
    bindings = {
        "mqtt": {
            "clientId": client,
            "cleanSession": False,
            "lastWill": {"topic": will.topic, "qos": will.qos, "message": will.payload.decode(), "retain": will.retain},
            "keepAlive": inspect.signature(PahoLink).parameters["keepalive_s"].default,
            "sessionExpiryInterval": session_expiry_s,
            "maximumPacketSize": PACKET_BYTES_MAX,
            **BINDING,
        }
    }
    about = "TLS with a certificate on each side."
    trying = "Without TLS, for a demonstration or for trying something on one machine."
    secured = {"security": [{"$ref": "#/components/securitySchemes/certificate"}]}
    mqtt: Node = {"protocolVersion": "5.0"}
    return {
        "shop": {"host": "broker.example:8883", "protocol": "secure-mqtt", **mqtt, "description": about, **secured, "bindings": bindings},
        "trial": {"host": "127.0.0.1:1883", "protocol": "mqtt", **mqtt, "description": trying, "bindings": bindings},
    }


def packet(kind: Kind) -> Packet:
    """A message of a kind as it is sent. Raises LookupError, with what to do, where there is no example."""
    for message in (*ORDINARY, *OPERATORS):
        if type(message) is kind:
            return packet_of(message)
    raise LookupError(f"{kind.__name__} has no example: add one to ORDINARY in tests/wire_messages.py")


def is_heard_by_hub(kind: Kind) -> bool:
    """Whether a message goes to the hub."""
    return kind in (*FromKiosk.__args__, OperatorRequest)


def address_of(topic: str) -> str:
    """The address of a topic: with parameters for what differs."""
    return "/".join(f"{{{PARAMETERS[part][0]}}}" if part in PARAMETERS else part for part in topic.split("/"))


def _channel(kind: Kind) -> Node:
    topic, key = packet(kind).topic, _named(name_of(kind))
    parameters = [PARAMETERS[part][0] for part in topic.split("/") if part in PARAMETERS]
    return {
        "address": address_of(topic),
        "description": shape_of(kind).about,
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{key}"}},
        **({"parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in parameters}} if parameters else {}),
    }


def _parameter(name: str, form: str, about: str, shown: str) -> Node:
    return {"description": f"{about} A name like `{form}`.", "examples": [shown], "x-pattern": anchored(form)}


def _message(kind: Kind) -> Node:
    sent, name = packet(kind), name_of(kind)
    said: Node = {**BINDING}
    if sent.correlation:
        said = {"correlationData": {"type": "string", "format": "binary", "minLength": TOKEN_BYTES, "maxLength": TOKEN_BYTES}, **said}
    if sent.response_topic:
        said = {"responseTopic": address_of(sent.response_topic), **said}
    session = {"correlationId": {"description": "The connection that asked.", "location": "$message.payload#/sid"}}
    return {
        "name": kind.__name__,
        "summary": shape_of(kind).about,
        "contentType": "application/json",
        **(session if kind in (Birth, Sync) else {}),
        "payload": {"schemaFormat": f"application/schema+json;version={_DIALECT}", "schema": {"$ref": f"./{FOLDER}/{name}{END}"}},
        "bindings": {"mqtt": said},
    }


_DIALECT = "draft-" + "-".join(DIALECT.split("/")[-2].split("-"))


def _operation(kind: Kind, action: str) -> tuple[str, Node]:
    sent, key = packet(kind), _named(name_of(kind))
    terms = {"qos": sent.qos, "retain": sent.retain} | ({} if sent.expiry_s is None else {"messageExpiryInterval": sent.expiry_s})
    operation: Node = {
        "action": action,
        "channel": {"$ref": f"#/channels/{key}"},
        "summary": shape_of(kind).about,
        "messages": [{"$ref": f"#/channels/{key}/messages/{kind.__name__}"}],
        "bindings": {"mqtt": {**terms, **BINDING}},
    }
    if kind in QUESTIONS:
        answer = QUESTIONS[kind]
        at = f"#/channels/{_named(name_of(answer))}"
        operation["reply"] = {"channel": {"$ref": at}, "messages": [{"$ref": f"{at}/messages/{answer.__name__}"}]}
    return f"{action}{kind.__name__}", operation
