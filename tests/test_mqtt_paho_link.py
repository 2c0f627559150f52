"""The link over paho, where only a broker that misbehaves or is not there shows what it does. The contract has the rest."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from mqtt.cable import Cable
from mqtt.link import Arrived, LinkDown, LinkEvent, LinkUp
from mqtt.paho_client import bare_client, pause_s
from mqtt.paho_link import PahoLink, TlsFiles
from mqtt.private_broker import BrokerTls, PrivateBroker
from mqtt.wire import Packet
from tests.broker_certificates import make_authority

WAIT_S = 8.0
CONNACK = bytes.fromhex("2003000000")
SUBACK = bytes.fromhex("9004000100 01")
REFUSED_NAME = bytes.fromhex("2003008500")  # client identifier not valid
TAKEN_OVER = bytes.fromhex("e0028e00")


class Inbox(queue.Queue[LinkEvent]):
    """Where a link reports to."""

    def take(self) -> LinkEvent:
        return self.get(timeout=WAIT_S)


@contextlib.contextmanager
def broker_that(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where each connection is treated by `answer` after its CONNECT was read."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line:
                    line.recv(4096)
                    answer(line)

    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, daemon=True)
    server.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    server.join(WAIT_S)


def hold(line: socket.socket) -> None:
    """Reads what comes until the other side goes."""
    while line.recv(65_536):
        pass


@contextlib.contextmanager
def linked(port: int, *filters: str, tls: TlsFiles | None = None, unsent_max: int = 256) -> Iterator[tuple[PahoLink, Inbox]]:
    """A link at work, and where it reports to."""
    inbox = Inbox()
    link = PahoLink("127.0.0.1", port, "st12-a", filters, tls=tls, retry_s_max=0.01, unsent_max=unsent_max)
    link.start(inbox.put_nowait)
    try:
        yield link, inbox
    finally:
        link.stop()


def down(inbox: Inbox) -> str:
    event = inbox.take()
    assert isinstance(event, LinkDown)
    return event.why


def arrival(inbox: Inbox) -> Arrived:
    """The next message; what is said about connections before it is thrown away."""
    while not isinstance(event := inbox.take(), Arrived):
        pass
    return event


def test_a_broker_that_is_not_there_is_said_once() -> None:
    """A refused connection is reported with host, port and reason; trying again reports nothing until the reason changes."""
    with Cable("127.0.0.1", 1) as cable:
        port = cable.port
        cable.cut()
        with linked(port) as (_, inbox):
            assert "127.0.0.1" in (why := down(inbox))
            assert str(port) in why
            cable.mend()  # now it is taken, and closed at once: another reason
            assert down(inbox) != why


def test_a_refused_connection_is_told_in_words() -> None:
    """The broker's reason code stands in the report as text."""
    with broker_that(lambda line: line.sendall(REFUSED_NAME)) as port, linked(port) as (link, inbox):
        assert "refused the connection: Client identifier not valid" in down(inbox)
        assert link.counts.connects == 0


def test_a_refused_subscription_never_looks_like_a_link() -> None:
    """When the broker says no to a filter, the link is down and says why, and was never up."""

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK)
        line.recv(4096)
        line.sendall(bytes.fromhex("90040001 0087"))

    with broker_that(answer) as port, linked(port, "k/#") as (link, inbox):
        assert "refused a subscription: Not authorized" in down(inbox)
        assert link.counts.connects == 0


def test_being_thrown_out_is_told() -> None:
    """Another client under our name ends the connection with a reason that says so."""

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK)
        line.sendall(TAKEN_OVER)
        hold(line)

    with broker_that(answer) as port, linked(port) as (link, inbox):
        assert isinstance(inbox.take(), LinkUp)
        assert "Session taken over" in down(inbox)
        assert link.counts.connects == 1


def test_being_thrown_out_without_a_word_is_noticed() -> None:
    """A broker that closes a fresh connection three times in a row has given our name to another: the report says so, and we wait."""
    with broker_that(lambda line: line.sendall(CONNACK)) as port, linked(port) as (link, inbox):
        words = []
        for _ in range(3):
            assert isinstance(inbox.take(), LinkUp)
            words.append(down(inbox))
        assert ["does another device use the name st12-a?" in why for why in words] == [False, False, True]
        assert link.counts.connects == 3


def test_a_broker_that_is_away_between_is_no_namesake() -> None:
    """Connections that end early and cannot be made again at once are a network's fault, however often: nobody waits a minute for it."""
    answers = iter([CONNACK, CONNACK, b"", CONNACK, CONNACK, b"", CONNACK])
    with broker_that(lambda line: line.sendall(next(answers, CONNACK))) as port, linked(port) as (_, inbox):
        ups = 0
        while ups < 5:
            event = inbox.take()
            ups += isinstance(event, LinkUp)
            assert not isinstance(event, LinkDown) or "another device" not in event.why


def test_a_message_of_the_session_before_is_told_after_link_up() -> None:
    """What the broker sends before it has confirmed the subscription waits until the link is reported as up."""

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK + bytes.fromhex("30 05 0001 61 00 31"))
        line.recv(4096)
        line.sendall(bytes.fromhex("90040001 0001"))
        hold(line)

    with broker_that(answer) as port, linked(port, "a") as (_, inbox):
        assert isinstance(inbox.take(), LinkUp)
        assert inbox.take() == Arrived("a", b"1")


def test_a_topic_that_is_no_text_does_not_kill_the_link() -> None:
    """A message whose topic is not UTF-8 is counted; the next one arrives on the same connection."""

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK + bytes.fromhex("30 05 0001 ff 00 31") + bytes.fromhex("30 05 0001 61 00 32"))
        hold(line)

    with broker_that(answer) as port, linked(port) as (link, inbox):
        assert isinstance(inbox.take(), LinkUp)
        assert inbox.take() == Arrived("a", b"2")
        assert (link.counts.unreported, link.counts.connects) == (1, 1)


@pytest.mark.parametrize("qos", [0, 1])
def test_a_line_that_takes_nothing_is_not_filled_for_ever(qos: int) -> None:
    """When the broker answers nothing, packets beyond the limit are dropped and counted; publishing never waits."""
    stuck = threading.Event()

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK)
        stuck.wait(WAIT_S)

    with broker_that(answer) as port, linked(port, unsent_max=8) as (link, inbox):
        assert isinstance(inbox.take(), LinkUp)
        taken = [link.publish(Packet("a", b"x" * 200_000, qos)) for _ in range(200)]
        assert taken.count(False) == link.counts.dropped > 0
        assert taken[:8] == [True] * 8
        stuck.set()


def test_a_refused_message_is_counted() -> None:
    """A PUBACK that says no is no success: paho alone would call the message published."""

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK)
        line.recv(4096)
        line.sendall(bytes.fromhex("4003 0001 87") + bytes.fromhex("30 05 0001 61 00 31"))
        hold(line)

    with broker_that(answer) as port, linked(port) as (link, inbox):
        assert isinstance(inbox.take(), LinkUp)
        assert link.publish(Packet("a", b"", 1))
        assert isinstance(inbox.take(), Arrived)
        assert link.counts.refused == 1


def test_a_token_of_a_lost_connection_never_acknowledges_its_namesake() -> None:
    """Packet numbers begin again with each connection: an old token says nothing about a new message of the same number."""
    numbered = bytes.fromhex("32 07 0001 61 0005 00 31")
    spoken: queue.Queue[bytes] = queue.Queue()

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK + numbered)
        spoken.put(line.recv(4096))

    inbox = Inbox()
    with broker_that(answer) as port:
        link = PahoLink("127.0.0.1", port, "hub", (), manual_ack=True, retry_s_max=0.01)
        link.start(inbox.put_nowait)
        old = arrival(inbox)
        link.publish(Packet("b", b""))  # heard by the broker, which then closes
        spoken.get(timeout=WAIT_S)
        arrival(inbox)  # the namesake, on the next connection
        link.ack(old.token)
        link.publish(Packet("b", b"after"))
        assert spoken.get(timeout=WAIT_S)[0] >> 4 == 3  # PUBLISH, and no PUBACK (4) before it
        link.stop()


def test_pauses_grow_and_are_left_to_chance() -> None:
    """A pause is anything from nothing to a bound that doubles up to the longest; a name taken over waits a minute more."""
    random = Random(1)
    for failures, most_s in [(0, 2), (1, 4), (4, 32), (9, 60), (16, 60)]:
        pauses = [pause_s(failures, False, 60.0, random) for _ in range(500)]
        assert 0 <= min(pauses) < most_s * 0.1
        assert most_s * 0.9 < max(pauses) <= most_s
    assert min(pause_s(0, True, 60.0, random) for _ in range(100)) >= 60


def test_a_will_that_cannot_be_made_does_not_end_the_link(caplog: pytest.LogCaptureFixture) -> None:
    """A fault in the maker of the will is logged and reported, and the next attempt is made."""
    faults = iter([KeyError("will"), None])
    inbox = Inbox()

    def will(session: str) -> Packet:
        if (fault := next(faults)) is not None:
            raise fault
        return Packet("a", session.encode())

    def answer(line: socket.socket) -> None:
        line.sendall(CONNACK)
        hold(line)

    with broker_that(answer) as port:
        link = PahoLink("127.0.0.1", port, "st12-a", (), retry_s_max=0.01)
        link.start(inbox.put_nowait, will)
        assert down(inbox) == "fault in the link: KeyError"
        assert isinstance(inbox.take(), LinkUp)
        link.stop()
    assert "fault in a connection" in caplog.text


def test_sockets_send_at_once() -> None:
    """TCP_NODELAY is set on the socket of every connection: with it a claim takes one millisecond, without it 44."""
    with socket.socket() as line:
        on_open = bare_client("st12-a", False, 256).on_socket_open
        assert on_open is not None
        on_open(bare_client("st12-a", False, 256), None, line)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_a_certificate_opens_the_link(tmp_path: Path) -> None:
    """Over TLS with a certificate of the broker's authority, messages pass in both directions."""
    make_authority(tmp_path / "ca", ["st12-a"], revoked="old")
    tls = BrokerTls(tmp_path / "ca/ca.crt", tmp_path / "ca/broker.crt", tmp_path / "ca/broker.key")
    files = TlsFiles(tmp_path / "ca/ca.crt", tmp_path / "ca/st12-a.crt", tmp_path / "ca/st12-a.key")
    with PrivateBroker(tmp_path / "broker", tls=tls) as broker, linked(broker.port, "k/#", tls=files) as (link, inbox):
        assert isinstance(inbox.take(), LinkUp)
        for size in (1, 60_000):
            assert link.publish(Packet("k/a", b"x" * size, 1))
            assert inbox.take() == Arrived("k/a", b"x" * size)


def test_a_broker_of_another_authority_is_not_trusted(tmp_path: Path) -> None:
    """A broker whose certificate another authority signed is never spoken to; the report says what was wrong with it."""
    for name in ("ours", "theirs"):
        make_authority(tmp_path / name, ["st12-a"], revoked="old")
    tls = BrokerTls(tmp_path / "theirs/ca.crt", tmp_path / "theirs/broker.crt", tmp_path / "theirs/broker.key")
    files = TlsFiles(tmp_path / "ours/ca.crt", tmp_path / "ours/st12-a.crt", tmp_path / "ours/st12-a.key")
    with PrivateBroker(tmp_path / "broker", tls=tls) as broker, linked(broker.port, tls=files) as (link, inbox):
        assert "CERTIFICATE_VERIFY_FAILED" in down(inbox)
        assert link.counts.connects == 0


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    """A TLS file that is not there is reported with its path."""
    files = TlsFiles(tmp_path / "ca.crt", tmp_path / "own.crt", tmp_path / "own.key")
    with linked(1, tls=files) as (_, inbox):
        assert str(tmp_path / "ca.crt") in down(inbox)
