"""The shipped mosquitto.conf and acl on a real Mosquitto: a certificate decides who one is, and nobody can be another."""

from __future__ import annotations

import queue
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from config import shipped
from mqtt.private_broker import find_mosquitto
from tests.broker_certificates import make_authority

WAIT_S_MAX = 10  # never waited in full: every wait ends with the event it is for
NOT_AUTHORIZED = 0x87  # MQTT 5, table 2-6
MOSQUITTO = find_mosquitto()


@dataclass(frozen=True)
class Broker:
    """A running Mosquitto: its port and the folder of certificates."""

    port: int
    tls: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _moved(port: int, folder: Path) -> str:
    """The shipped file with its port and its paths replaced, nothing else; each must be there once."""
    text = shipped.BROKER_CONFIG.read_text()
    for line, instead in {
        "listener 8883": f"listener {port} 127.0.0.1",
        "acl_file /etc/mosquitto/acl": f"acl_file {folder}/acl",
        "cafile /etc/mosquitto/tls/ca.crt": f"cafile {folder}/tls/ca.crt",
        "certfile /etc/mosquitto/tls/broker.crt": f"certfile {folder}/tls/broker.crt",
        "keyfile /etc/mosquitto/tls/broker.key": f"keyfile {folder}/tls/broker.key",
        "crlfile /etc/mosquitto/tls/ca.crl": f"crlfile {folder}/tls/ca.crl",
        "persistence_location /var/lib/mosquitto/": f"persistence_location {folder}/",
    }.items():
        assert text.splitlines().count(line) == 1, line
        text = text.replace(f"\n{line}\n", f"\n{instead}\n")
    return f"{text}\nuser root\nlog_type information\n"  # so that it may read the folder, and says when it is ready


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    make_authority(folder / "tls", ["hub", "kiosk-a", "kiosk-b", "alice"], revoked="stolen")
    port = _free_port()
    shutil.copy(shipped.BROKER_RULES, folder / "acl")
    (folder / "acl").chmod(0o600)
    (folder / "mosquitto.conf").write_text(_moved(port, folder))
    process = subprocess.Popen([str(MOSQUITTO), "-c", str(folder / "mosquitto.conf")], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if " running" in line:
            break
    assert " running" in said[-1], said
    try:
        yield Broker(port, folder / "tls")
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S_MAX)


class Peer:
    """One MQTT connection with the certificate of `name`; calls itself what it likes. What happens to it lands in queues."""

    def __init__(self, broker: Broker, name: str, client_id: str = "", username: str = "") -> None:
        self._broker = broker
        self.arrived: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.lost: queue.Queue[int] = queue.Queue()
        self._connected: queue.Queue[tuple[int, Any]] = queue.Queue()
        self._subscribed: queue.Queue[int] = queue.Queue()
        self._published: queue.Queue[int] = queue.Queue()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id or name, protocol=paho.MQTTv5, reconnect_on_failure=False)
        if username:
            self.client.username_pw_set(username, "guess")
        self.client.tls_set(str(broker.tls / "ca.crt"), str(broker.tls / f"{name}.crt"), str(broker.tls / f"{name}.key"))
        self.client.on_connect = lambda _c, _u, _f, code, properties: self._connected.put((code.value, properties))
        self.client.on_disconnect = lambda _c, _u, _f, code, _p: self.lost.put(code.value)
        self.client.on_message = lambda _c, _u, message: self.arrived.put((message.topic, bytes(message.payload)))
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self._subscribed.put(codes[0].value)
        self.client.on_publish = lambda _c, _u, _m, code, _p: self._published.put(code.value)

    def __enter__(self) -> Peer:
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 60
        self.client.connect("127.0.0.1", self._broker.port, clean_start=True, properties=session)
        self.client.loop_start()
        self.connack = self._connected.get(timeout=WAIT_S_MAX)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, options=SubscribeOptions(qos=1))
        self._subscribed.get(timeout=WAIT_S_MAX)

    def publish(self, topic: str, payload: bytes = b"{}") -> int:
        """Publish with QoS 1; the reason code of the broker's answer, below 0x80 where it was accepted."""
        self.client.publish(topic, payload, qos=1)
        return self._published.get(timeout=WAIT_S_MAX)

    def next(self) -> tuple[str, bytes]:
        return self.arrived.get(timeout=WAIT_S_MAX)


def test_a_kiosk_speaks_in_its_own_tree_only(broker: Broker) -> None:
    """What kiosk A publishes in B's tree, in its own downward tree or to all is refused and never arrives; its own facts do."""
    with Peer(broker, "hub") as hub, Peer(broker, "kiosk-a") as kiosk:
        hub.subscribe("stupeni/1/#")
        foreign = [
            kiosk.publish(topic)
            for topic in (
                "stupeni/1/s0/k/kiosk-b/up/evt",
                "stupeni/1/s0/k/kiosk-b/dn/cfg",
                "stupeni/1/s0/k/kiosk-a/dn/cfg",
                "stupeni/1/all/dn/hub",
                "stupeni/1/ops/alice/up/req/config.push",
                "elsewhere",
                "$SYS/broker/uptime",
            )
        ]
        own = kiosk.publish("stupeni/1/s0/k/kiosk-a/up/evt", b"own")

        assert foreign == [NOT_AUTHORIZED] * 7
        assert own < 0x80
        assert hub.next() == ("stupeni/1/s0/k/kiosk-a/up/evt", b"own")
        assert hub.arrived.empty()


def test_a_kiosk_hears_its_own_tree_only(broker: Broker) -> None:
    """A kiosk that subscribes to everything gets what is meant for it and for all, not what is meant for another."""
    with Peer(broker, "hub") as hub, Peer(broker, "kiosk-a") as kiosk:
        for topic in ("#", "$SYS/#", "stupeni/1/s0/k/kiosk-b/dn/#"):
            kiosk.subscribe(topic)
        for topic in (
            "stupeni/1/s0/k/kiosk-b/dn/mem",
            "stupeni/1/s0/k/kiosk-b/up/evt",
            "stupeni/1/s0/k/kiosk-a/dn/ack",
            "stupeni/1/all/dn/hub",
        ):
            hub.publish(topic)
        heard = {kiosk.next()[0], kiosk.next()[0]}

        assert heard == {"stupeni/1/s0/k/kiosk-a/dn/ack", "stupeni/1/all/dn/hub"}
        assert kiosk.arrived.empty()


@pytest.mark.parametrize("victim", ["hub", "kiosk-b"])
def test_nobody_takes_anothers_session(broker: Broker, victim: str) -> None:
    """A kiosk that connects under another's client id, and user name, throws nobody out and gains no right."""
    topic = "stupeni/1/s0/k/kiosk-b/dn/ack"
    with Peer(broker, "hub") as hub, Peer(broker, "kiosk-b") as neighbour:
        hub.subscribe(topic)
        neighbour.subscribe(topic)
        with Peer(broker, "kiosk-a", client_id=victim, username=victim) as impostor:
            foreign = impostor.publish(topic, b"foreign")
            own = impostor.publish("stupeni/1/s0/k/kiosk-a/up/evt")
        hub.publish(topic, b"real")

        assert foreign == NOT_AUTHORIZED
        assert own < 0x80
        assert [hub.next(), neighbour.next()] == [(topic, b"real")] * 2
        assert hub.lost.empty()
        assert neighbour.lost.empty()


def test_the_certificate_is_the_client_id(broker: Broker) -> None:
    """Two connections with one certificate are one client, whatever they call themselves: the second takes over from the first."""
    with Peer(broker, "kiosk-a", client_id="one") as first, Peer(broker, "kiosk-a", client_id="two") as second:
        # 2.0.11 closes the old connection without telling the reason (0x8E) that MQTT 5 has for it.
        first.lost.get(timeout=WAIT_S_MAX)

        assert second.publish("stupeni/1/s0/k/kiosk-a/up/evt") < 0x80
        assert second.lost.empty()


def test_an_operator_asks_and_does_not_command(broker: Broker) -> None:
    """An operator's tool reaches the hub in its own tree and cannot write to a kiosk."""
    with Peer(broker, "alice") as operator:
        assert operator.publish("stupeni/1/ops/alice/up/req/config.push") < 0x80
        assert operator.publish("stupeni/1/ops/bob/up/req/config.push") == NOT_AUTHORIZED
        assert operator.publish("stupeni/1/s0/k/kiosk-a/dn/cfg") == NOT_AUTHORIZED


def test_the_broker_tells_its_limits(broker: Broker) -> None:
    """The limits of the file are in force: the answer to a connection names them."""
    with Peer(broker, "kiosk-a") as kiosk:
        code, properties = kiosk.connack

        assert code == 0
        assert properties.MaximumPacketSize == 262_144
        assert properties.MaximumQoS == 1
        assert properties.ReceiveMaximum == 500


@pytest.mark.parametrize("name", ["stolen", None])
def test_no_valid_certificate_no_entry(broker: Broker, name: str | None) -> None:
    """A revoked certificate, or none, ends in a refused handshake."""
    context = ssl.create_default_context(cafile=str(broker.tls / "ca.crt"))
    if name is not None:
        context.load_cert_chain(broker.tls / f"{name}.crt", broker.tls / f"{name}.key")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        _connack(context, broker.port)


def test_a_valid_certificate_enters(broker: Broker) -> None:
    """The same attempt with a good certificate is answered, so what is refused above is the certificate."""
    context = ssl.create_default_context(cafile=str(broker.tls / "ca.crt"))
    context.load_cert_chain(broker.tls / "alice.crt", broker.tls / "alice.key")

    assert _connack(context, broker.port) == b"\x20"


def _connack(context: ssl.SSLContext, port: int) -> bytes:
    """First byte of the answer to a smallest MQTT 5 CONNECT; with TLS 1.3 a refused certificate shows at this reading."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S_MAX) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(b"\x10\x12\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x05probe")
        first = secured.recv(1)
        if not first:
            raise ConnectionError
        return first


def test_latency_is_asked_for() -> None:
    """The file switches Nagle's algorithm off; Mosquitto has no way to ask for it afterwards."""
    assert "set_tcp_nodelay true" in shipped.BROKER_CONFIG.read_text().splitlines()
