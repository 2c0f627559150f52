"""The private Mosquitto and the cable: they start, end, come back on their port, and say what is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mqtt.cable import Cable, Way
from mqtt.link import LinkUp
from mqtt.private_broker import BrokerNotReady, BrokerTls, MosquittoMissing, PrivateBroker, configuration, find_mosquitto
from mqtt.wire import Packet
from tests.link_rigs import RealRig, join


def can_connect(port: int) -> bool:
    """Whether anybody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def test_a_broker_listens_from_start_to_stop(tmp_path: Path) -> None:
    """After `start` it takes connections at once; after `stop` nobody listens; `restart` keeps the port."""
    with PrivateBroker(tmp_path) as broker:
        port = broker.port
        assert broker.running
        assert can_connect(port)
        broker.restart()
        assert broker.port == port
        assert can_connect(port)
    assert not broker.running
    assert not can_connect(port)


def test_a_killed_broker_is_gone_and_can_be_started_again(tmp_path: Path) -> None:
    """`kill` leaves nobody listening, `start` brings it back."""
    with PrivateBroker(tmp_path) as broker:
        broker.kill()
        assert not can_connect(broker.port)
        broker.start()
        assert can_connect(broker.port)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_retained_survives_a_restart_if_asked(tmp_path: Path, keeps: bool) -> None:
    """With `keeps` a retained message is there after `restart`, without it is gone."""
    rig = RealRig(tmp_path / "unused")
    rig.broker.stop()
    rig.broker = PrivateBroker(tmp_path / "own", keeps=keeps)
    rig.broker.start()
    try:
        link, ear, _ = join(rig, "kiosk", ["k/#"])
        link.publish(Packet("k/state", b"online", 1, retain=True))
        ear.message()
        rig.broker.restart()
        ear.next(LinkUp)
        link.publish(Packet("k/done", b"done", 1))
        assert ear.message().payload == (b"online" if keeps else b"done")
    finally:
        rig.close()


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """A broker that cannot listen on the port it was given says so, and does not take the other's for its own."""
    with PrivateBroker(tmp_path / "one") as one, pytest.raises(BrokerNotReady, match="Address already in use"):
        PrivateBroker(tmp_path / "two", port=one.port).start()


def test_a_broker_is_for_this_computer_alone_and_sends_at_once(tmp_path: Path) -> None:
    """It listens on the loopback only, without delay (44 ms a claim otherwise), and bounds packets and queues."""
    lines = configuration(1883, tmp_path, keeps=False).splitlines()
    assert [line for line in lines if line.startswith("listener")] == ["listener 1883 127.0.0.1"]
    assert {"set_tcp_nodelay true", "max_packet_size 262144", "max_queued_messages 5000", "persistence false"} <= set(lines)


def test_a_broker_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    """When Mosquitto ends at once the error holds the end of its own log."""
    tls = BrokerTls(tmp_path / "ca.crt", tmp_path / "broker.crt", tmp_path / "broker.key")
    with pytest.raises(BrokerNotReady, match=r"ca\.crt"):
        PrivateBroker(tmp_path / "broker", tls=tls).start()


def test_a_missing_mosquitto_is_told_with_the_remedy(tmp_path: Path) -> None:
    """Where there is no Mosquitto the message says how to get it."""
    assert Path(find_mosquitto()).name == "mosquitto"
    with pytest.raises(MosquittoMissing, match="apt-get install mosquitto"):
        find_mosquitto(str(tmp_path))


def echo_server() -> tuple[socket.socket, Callable[[], socket.socket]]:
    """A listener, and a way to take its next connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    return listener, lambda: listener.accept()[0]


def test_a_cable_carries_both_ways_and_whole() -> None:
    """A megabyte arrives unchanged, and so does the answer."""
    listener, accept = echo_server()
    with listener, Cable("127.0.0.1", listener.getsockname()[1]) as cable:
        near = socket.create_connection(("127.0.0.1", cable.port), 5)
        with near, accept() as far:
            far.settimeout(5)
            sent = bytes(range(256)) * 4096
            sender = threading.Thread(target=near.sendall, args=(sent,))
            sender.start()
            received = bytearray()
            while len(received) < len(sent):
                received += far.recv(65_536)
            sender.join()
            assert bytes(received) == sent
            far.sendall(b"answer")
            assert near.recv(100) == b"answer"


def test_a_cut_cable_ends_both_sides_and_refuses() -> None:
    """A cut closes what is open and takes nobody; mended, it serves again on the same port."""
    listener, accept = echo_server()
    with listener, Cable("127.0.0.1", listener.getsockname()[1]) as cable:
        near = socket.create_connection(("127.0.0.1", cable.port), 5)
        far = accept()
        near.sendall(b"x")
        assert far.recv(1) == b"x"
        port = cable.port
        cable.cut()
        assert (near.recv(1), far.recv(1)) == (b"", b"")
        near.close()
        far.close()
        assert not cable.whole
        assert not can_connect(port)
        cable.mend()
        assert (cable.port, cable.whole) == (port, True)
        with socket.create_connection(("127.0.0.1", port), 5) as again, accept() as far:
            again.sendall(b"y")
            assert far.recv(1) == b"y"


@pytest.mark.parametrize("way", [Way.UP, Way.DOWN, Way.BOTH], ids=["up", "down", "both"])
def test_a_clogged_cable_is_open_and_dead(way: Way) -> None:
    """What is sent the clogged way vanishes and so does a goodbye; the other way is carried. Mended, new connections are whole."""
    listener, accept = echo_server()
    with listener, Cable("127.0.0.1", listener.getsockname()[1]) as cable:
        near = socket.create_connection(("127.0.0.1", cable.port), 5)
        far = accept()
        near.sendall(b"x")
        assert far.recv(1) == b"x"
        cable.clog(way)
        near.sendall(b"lost" if Way.UP in way else b"kept")
        far.sendall(b"lost" if Way.DOWN in way else b"kept")
        cable.mend()
        for end, incoming in ((near, Way.DOWN), (far, Way.UP)):
            end.settimeout(0.05 if incoming in way else 5)
            if incoming in way:
                with pytest.raises(TimeoutError):
                    end.recv(4)
            else:
                assert end.recv(4) == b"kept"
        with socket.create_connection(("127.0.0.1", cable.port), 5) as again, accept() as beyond:
            again.sendall(b"y")
            assert beyond.recv(1) == b"y"
        far.close()
        near.settimeout(0.05 if Way.DOWN in way else 5)
        if Way.DOWN in way:
            with pytest.raises(TimeoutError):
                near.recv(1)
        else:
            assert near.recv(1) == b""
        near.close()


def test_a_cable_to_nowhere_closes_at_once() -> None:
    """With no broker behind it a connection is taken and closed, and the next one is served again."""
    with Cable("127.0.0.1", 1) as cable:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", cable.port), 5) as near:
                assert near.recv(1) == b""
