"""One question of an operator's tool to the hub, over the broker, and its answer. Waits; decides nothing."""

from __future__ import annotations

import queue
import secrets
import time

from config.schema import HubConfig
from hub.build import tls_files
from loyalty.document import Document
from mqtt.link import Arrived, LinkEvent, LinkUp
from mqtt.operators import OperatorAnswer, OperatorRequest, decode_answer, encode_request, operator_filter
from mqtt.paho_link import PahoLink
from mqtt.reading import TOKEN_BYTES
from mqtt.shapes import MalformedMessage

WAIT_S = 10.0  # a broker answers in milliseconds, a hub within its present transaction; a person waits that long and no longer


def ask(config: HubConfig, operator: str, op: str, args: Document) -> OperatorAnswer | None:
    """The hub's answer, or None if there was none in time. Raises MalformedMessage for a question that is too long."""
    broker, events = config.broker, queue.SimpleQueue[LinkEvent]()
    token = secrets.token_bytes(TOKEN_BYTES)
    packet = encode_request(OperatorRequest(op, args, token), operator)
    link = PahoLink(broker.host, broker.port, operator, (operator_filter(operator),), tls=tls_files(broker), session_expiry_s=0)
    link.start(events.put)
    try:
        until_s = time.monotonic() + WAIT_S
        while (wait_s := until_s - time.monotonic()) > 0:
            try:
                event = events.get(timeout=wait_s)
            except queue.Empty:
                return None
            if isinstance(event, LinkUp):
                link.publish(packet)
            elif isinstance(event, Arrived) and (answer := _read(event, token)) is not None:
                return answer
    finally:
        link.stop()
    return None


def _read(event: Arrived, token: bytes) -> OperatorAnswer | None:
    try:
        answer = decode_answer(event.payload, event.correlation)
    except MalformedMessage:
        return None
    return answer if answer.token == token else None
