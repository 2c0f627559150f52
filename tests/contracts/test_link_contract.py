"""What every link promises, tried on paho with a real Mosquitto and on the broker in memory: the same tests for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mqtt.link import Arrived, LinkDown, LinkEvent, LinkUp
from mqtt.wire import Packet
from tests.link_rigs import MemoryRig, RealRig, Rig, join

DONE = Packet("k/done", b"done", qos=1)


@pytest.fixture(params=["mosquitto", "memory"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: Rig = RealRig(tmp_path) if request.param == "mosquitto" else MemoryRig()
    yield made
    made.close()


def test_a_packet_arrives_whole(rig: Rig) -> None:
    """Topic, payload, correlation data and response topic reach the other side unchanged."""
    speaker, _, _ = join(rig, "speaker")
    _, ear, _ = join(rig, "listener", ["k/#"])
    assert speaker.publish(Packet("k/a/b", b"\x00\xff\xd0", 1, False, 30, b"0123456789abcdef", "r/x"))
    assert ear.message() == Arrived("k/a/b", b"\x00\xff\xd0", b"0123456789abcdef", "r/x", retained=False, token=0)


def test_packets_of_one_topic_keep_their_order(rig: Rig) -> None:
    """A hundred packets given at once arrive in the order they were given."""
    speaker, _, _ = join(rig, "speaker")
    _, ear, _ = join(rig, "listener", ["k/#"])
    for number in range(100):
        assert speaker.publish(Packet("k/a", str(number).encode(), 1))
    assert [int(ear.message().payload) for _ in range(100)] == list(range(100))


def test_only_subscribed_topics_arrive(rig: Rig) -> None:
    """A plus stands for one level: deeper and other topics are not heard."""
    speaker, _, _ = join(rig, "speaker")
    _, ear, _ = join(rig, "listener", ["k/+/up", "k/done"])
    for topic in ("k/1/dn", "k/1/up/x", "other", "k/1/up"):
        speaker.publish(Packet(topic, b"", 1))
    speaker.publish(DONE)
    assert [ear.message().topic, ear.message().topic] == ["k/1/up", "k/done"]


def test_a_question_is_answered_where_it_asks(rig: Rig) -> None:
    """An answer carries the correlation data of the question to the topic the question named."""
    asker, answer, _ = join(rig, "asker", ["r/#"])
    answerer, question, _ = join(rig, "answerer", ["q"])
    asker.publish(Packet("q", b"who?", 1, False, 3, b"token", "r/asker"))
    asked = question.message()
    answerer.publish(Packet(asked.response_topic, b"you", 1, False, 5, asked.correlation))
    assert answer.message() == Arrived("r/asker", b"you", b"token")


def test_a_retained_packet_waits_for_newcomers(rig: Rig) -> None:
    """The last retained packet of a topic is given to who subscribes later, marked; who was there heard it unmarked."""
    speaker, _, _ = join(rig, "speaker")
    _, early, _ = join(rig, "early", ["k/#"])
    for state in (b"one", b"two"):
        speaker.publish(Packet("k/state", state, 1, retain=True, expiry_s=900))
    assert [(early.message().payload, early.message().retained)] == [(b"one", False)]
    _, late, _ = join(rig, "late", ["k/#"])
    assert late.message() == Arrived("k/state", b"two", retained=True)


def test_an_empty_retained_packet_clears_the_topic(rig: Rig) -> None:
    """After an empty retained packet a newcomer hears nothing of that topic."""
    speaker, _, _ = join(rig, "speaker")
    _, witness, _ = join(rig, "witness", ["k/#"])
    speaker.publish(Packet("k/state", b"one", 1, retain=True))
    speaker.publish(Packet("k/state", b"", 1, retain=True))
    assert [witness.message().payload, witness.message().payload] == [b"one", b""]
    _, late, _ = join(rig, "late", ["k/#"])
    speaker.publish(DONE)
    assert late.message().topic == "k/done"


def test_the_will_is_spoken_after_a_lost_connection(rig: Rig) -> None:
    """A cut cable makes the broker say the will, made with the very session that the link reported as up."""
    _, _, session = join(rig, "kiosk", will=lambda session: Packet("k/state", session.encode(), 1, True, 900), will_delay_s=0)
    _, ear, _ = join(rig, "listener", ["k/#"])
    rig.cut("kiosk")
    assert ear.message().payload == session.encode()


def test_the_will_waits_for_its_delay(rig: Rig) -> None:
    """A client that is back before the delay has passed is never called lost."""
    _, kiosk, _ = join(rig, "kiosk", will=lambda session: Packet("k/state", b"lost", 1, True), will_delay_s=20)
    speaker, ear, _ = join(rig, "listener", ["k/#"])
    rig.cut("kiosk")
    kiosk.next(LinkDown)
    rig.mend("kiosk")
    kiosk.next(LinkUp)
    speaker.publish(DONE)
    assert ear.message().topic == "k/done"


def test_a_goodbye_speaks_no_will_and_loses_no_last_words(rig: Rig) -> None:
    """What was published before `stop` is delivered, and the will is not spoken."""
    kiosk, _, _ = join(rig, "kiosk", will=lambda session: Packet("k/state", b"lost", 1, True), will_delay_s=0)
    speaker, ear, _ = join(rig, "listener", ["k/#"])
    kiosk.publish(Packet("k/state", b"shutdown", 1, True))
    kiosk.stop()
    assert ear.message().payload == b"shutdown"
    speaker.publish(DONE)
    assert ear.message().topic == "k/done"


def test_every_connection_has_a_session_of_its_own(rig: Rig) -> None:
    """After a reconnect the session is another one, of the same form: 12 characters of base32."""
    _, ear, first = join(rig, "kiosk")
    rig.cut("kiosk")
    assert ear.next(LinkDown).why
    rig.mend("kiosk")
    second = ear.next(LinkUp).session
    assert first != second
    assert {len(first), len(second)} == {12}
    assert set(first + second) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_packet_given_while_down_is_dropped_and_counted(rig: Rig) -> None:
    """Publishing without a connection says so at once, and nothing of it is delivered later: the outbox is the queue."""
    kiosk, kiosk_ear, _ = join(rig, "kiosk")
    _, ear, _ = join(rig, "listener", ["k/#"])
    rig.cut("kiosk")
    kiosk_ear.next(LinkDown)
    assert kiosk.publish(Packet("k/a", b"while down", 1)) is False
    rig.mend("kiosk")
    kiosk_ear.next(LinkUp)
    assert kiosk.publish(DONE) is True
    assert ear.message().topic == "k/done"
    assert kiosk.counts.dropped == 1
    assert kiosk.counts.connects == 2


def test_the_broker_keeps_what_matters_while_a_client_is_away(rig: Rig) -> None:
    """Within its session expiry a client gets the QoS 1 packets it missed, and not those of QoS 0."""
    _, kiosk_ear, _ = join(rig, "kiosk", ["k/#"])
    speaker, ear, _ = join(rig, "hub", ["k/#"])
    rig.cut("kiosk")
    kiosk_ear.next(LinkDown)
    for qos, payload in ((0, b"claim"), (1, b"members"), (1, b"more")):
        speaker.publish(Packet("k/a", payload, qos, False, 300))
    assert [ear.message().payload for _ in range(3)] == [b"claim", b"members", b"more"]
    rig.mend("kiosk")
    assert [kiosk_ear.message().payload, kiosk_ear.message().payload] == [b"members", b"more"]


def test_links_return_and_subscribe_again_after_the_broker_was_killed(rig: Rig) -> None:
    """A broker that came back with nothing in its memory serves both sides again; what it retained is gone."""
    kiosk, kiosk_ear, _ = join(rig, "kiosk", ["k/#"])
    _, hub_ear, _ = join(rig, "hub", ["k/#"])
    kiosk.publish(Packet("k/state", b"online", 1, True))
    assert kiosk_ear.message().payload == hub_ear.message().payload == b"online"
    rig.kill_broker()
    kiosk_ear.next(LinkDown)
    hub_ear.next(LinkDown)
    rig.start_broker()
    kiosk_ear.next(LinkUp)
    hub_ear.next(LinkUp)
    kiosk.publish(DONE)
    assert kiosk_ear.message().topic == hub_ear.message().topic == "k/done"


def test_what_was_not_acknowledged_comes_again(rig: Rig) -> None:
    """With manual acknowledgement only what was acknowledged before a cut is not delivered after it."""
    hub, hub_ear, _ = join(rig, "hub", ["k/#"], manual_ack=True)
    kiosk, _, _ = join(rig, "kiosk")
    for payload in (b"1", b"2", b"3"):
        kiosk.publish(Packet("k/a", payload, 1))
    tokens = [hub_ear.message().token for _ in range(3)]
    assert len(set(tokens)) == 3
    hub.ack(tokens[0])
    hub.publish(DONE)  # behind the acknowledgement on the same line, so once this is heard, that has arrived
    hub.ack(hub_ear.message().token)
    hub.publish(DONE)
    hub_ear.message()
    rig.cut("hub")
    hub_ear.next(LinkDown)
    rig.mend("hub")
    again = [hub_ear.message().payload for _ in range(3)]
    assert again == [b"2", b"3", b"done"]


def test_a_token_of_an_earlier_connection_acknowledges_nothing(rig: Rig) -> None:
    """A token kept over a reconnect must not acknowledge another message that happens to have its number."""
    hub, hub_ear, _ = join(rig, "hub", ["k/#"], manual_ack=True)
    kiosk, _, _ = join(rig, "kiosk")
    kiosk.publish(Packet("k/a", b"1", 1))
    stale = hub_ear.message().token
    for _ in range(2):
        rig.cut("hub")
        hub_ear.next(LinkDown)
        rig.mend("hub")
        assert hub_ear.message().payload == b"1"
        hub.ack(stale)


def test_a_receiver_that_raises_does_not_kill_the_link(rig: Rig) -> None:
    """An event nobody took is counted; the next one arrives, and the link still publishes."""
    speaker, _, _ = join(rig, "speaker")
    listener, ear, _ = join(rig, "listener", ["k/#"])
    ear.refuses = lambda event: isinstance(event, Arrived) and event.payload == b"poison"
    speaker.publish(Packet("k/a", b"poison", 1))
    speaker.publish(DONE)
    assert ear.message().payload == b"done"
    assert listener.counts.unreported == 1
    assert listener.publish(Packet("k/b", b"alive", 1))
    assert ear.message().payload == b"alive"


def test_an_inbox_that_was_full_does_not_block_later_messages(rig: Rig) -> None:
    """With manual acknowledgement, more untaken messages than may be open at once do not stop those that follow."""
    _, ear, _ = join(rig, "hub", ["k/#"], manual_ack=True, receive_max=4)
    kiosk, _, _ = join(rig, "kiosk")

    def full(event: LinkEvent) -> bool:
        return isinstance(event, Arrived) and event.topic == "k/a"

    ear.refuses = full
    for _ in range(12):
        kiosk.publish(Packet("k/a", b"", 1))
    kiosk.publish(DONE)
    assert ear.message().topic == "k/done"


def test_a_link_that_was_stopped_is_silent(rig: Rig) -> None:
    """After `stop` nothing is reported, publishing says no, and stopping again does no harm."""
    kiosk, kiosk_ear, _ = join(rig, "kiosk", ["k/#"])
    speaker, ear, _ = join(rig, "listener", ["k/#"])
    kiosk.stop()
    kiosk_ear.refuses = lambda event: True
    speaker.publish(DONE)
    ear.message()
    assert kiosk.publish(DONE) is False
    assert kiosk.counts.unreported == 0
    kiosk.stop()


def test_a_second_client_of_one_name_throws_the_first_out(rig: Rig) -> None:
    """Who connects under a name in use takes it over; the first is told that its connection is gone."""
    _, first_ear, _ = join(rig, "kiosk")
    second, _, _ = join(rig, "kiosk")
    assert first_ear.next(LinkDown).why
    second.stop()
