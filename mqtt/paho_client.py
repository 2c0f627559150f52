"""paho's clients as we want them: MQTT 5 properties, TLS, sockets without delay. What is done with them: `mqtt.paho_link`.

No thread, no reconnect and no state lives here; every function turns our plain values into paho's, or back.
"""

from __future__ import annotations

import base64
import secrets
import selectors
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mqtt.link import Arrived
from mqtt.wire import Packet

PACKET_BYTES_MAX = 262_144  # as `max_packet_size` of the broker; four of our largest messages
INFLIGHT_MAX = 20  # Mosquitto's own default; paho is fastest at 20: 12.1k/s against 5.6k/s at 1000 (measured 2026-11)
RETRY_S_FIRST = 2.0  # after a good connection 0 to 2 s, then doubled: a shop is back at once, a fleet is not back in one instant
TAKEN_OVER_WAIT_S = 60.0  # two devices with one name would else throw each other out several times a second
TURN_S = 1.0  # longest sleep of the loop, so that keep-alive is looked at every second
CONNECT_WAIT_S = 5.0  # one TCP connect or TLS handshake; measured 0.5 to 4 ms on a LAN


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths of PEM files: the private CA of the fleet, and this side's certificate and key. Read anew for each connection."""

    ca: Path
    cert: Path
    key: Path


def fresh_session() -> str:
    """60 random bits in base32, lower case: 12 characters that no other connection of the fleet will ever have."""
    return base64.b32encode(secrets.token_bytes(8)).decode("ascii")[:12].lower()


def pause_s(failures: int, taken_over: bool, retry_s_max: float, random: Random) -> float:
    """How long to wait before connecting after `failures` attempts in a row that came to nothing: all of it by chance ("full jitter").

    200 clients without jitter were back within the same 500 ms after an outage of 11 s (measured 2026-11 with paho's own reconnect).
    """
    least_s = TAKEN_OVER_WAIT_S if taken_over else 0.0
    return least_s + random.uniform(0, min(retry_s_max, RETRY_S_FIRST * 2**failures))


def bare_client(client_id: str, manual_ack: bool, queued_max: int) -> paho.Client:
    """A client that never reconnects by itself, waits for nobody for long, and whose socket sends at once."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5, reconnect_on_failure=False, manual_ack=manual_ack)
    client.connect_timeout = CONNECT_WAIT_S
    client.max_inflight_messages_set(INFLIGHT_MAX)
    client.max_queued_messages_set(queued_max)
    client.on_socket_open = _send_at_once
    client.on_socket_register_write = _leave_writing_to_the_loop
    return client


def _send_at_once(client: paho.Client, userdata: Any, line: Any) -> None:
    """Without this a claim waits 40 ms for the delayed acknowledgement of TCP: 44 ms a round trip against 1.1 (measured 2026-11)."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_writing_to_the_loop(client: paho.Client, userdata: Any, line: Any) -> None:
    """Its presence tells paho not to write from the thread that publishes: two writers could interleave two packets."""


def turn(client: paho.Client, waiting: selectors.BaseSelector, wake: socket.socket) -> None:
    """One turn of a client's loop: waits for something to do at most TURN_S, does it, looks at keep-alive."""
    line = client.socket()
    pending = isinstance(line, ssl.SSLSocket) and line.pending() > 0  # decrypted already: the selector cannot see it
    for key, ready in waiting.select(0 if pending else TURN_S):
        if key.fileobj is wake:
            wake.recv(4096)
        elif ready & selectors.EVENT_READ:
            pending = True
    if pending:
        client.loop_read()
    if client.want_write():
        client.loop_write()
    client.loop_misc()


class _ClosingSocket(ssl.SSLSocket):
    """paho forgets a socket whose handshake failed; left open it would wait for the collector, one for each attempt."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Trusts the fleet's CA alone, checks the broker's name, shows our certificate. Raises OSError (ssl.SSLError is one)."""
    for path in (files.ca, files.cert, files.key):
        path.open("rb").close()  # else ssl says "No such file" and not which
    context = ssl.create_default_context(cafile=str(files.ca))
    context.sslsocket_class = _ClosingSocket
    context.load_cert_chain(str(files.cert), str(files.key))
    return context


def connect_properties(session_expiry_s: int, receive_max: int) -> Properties:
    """paho's defaults end the session with the connection and take messages of any size; ours are said here."""
    said = _properties(PacketTypes.CONNECT)
    said.SessionExpiryInterval = session_expiry_s
    said.ReceiveMaximum = receive_max
    said.MaximumPacketSize = PACKET_BYTES_MAX
    return said


def publish_properties(packet: Packet) -> Properties:
    """Expiry, correlation data and response topic, each only if the packet has it."""
    said = _properties(PacketTypes.PUBLISH)
    if packet.expiry_s is not None:
        said.MessageExpiryInterval = packet.expiry_s
    if packet.correlation:
        said.CorrelationData = packet.correlation
    if packet.response_topic:
        said.ResponseTopic = packet.response_topic
    return said


def will_properties(will: Packet, delay_s: int) -> Properties:
    """How long the broker waits before it speaks the will, and how long it keeps it."""
    said = _properties(PacketTypes.WILLMESSAGE)
    said.WillDelayInterval = delay_s
    if will.expiry_s is not None:
        said.MessageExpiryInterval = will.expiry_s
    return said


def _properties(packet_type: int) -> Properties:
    return Properties(packet_type)  # type: ignore[no-untyped-call]  # paho's own annotation is missing


def arrived(message: paho.MQTTMessage, token: int) -> Arrived:
    """paho's message as ours. Raises ValueError for a topic that is not UTF-8."""
    said = message.properties
    correlation = getattr(said, "CorrelationData", b"")
    return Arrived(message.topic, bytes(message.payload), correlation, getattr(said, "ResponseTopic", ""), message.retain, token)
