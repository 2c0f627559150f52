"""The doors: what devices and broker say becomes one message in the inbox; a card's number and a stranger's bytes end here."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.identity import CardReference, identify
from cards.ndef import fingerprint
from display.scenes import Button, Hide, Rate, Trouble
from drivers import reader
from drivers.clock import SimulatedClock
from drivers.errors import ReaderLost as LostReader
from drivers.errors import TagChanged, TagError, TagLost, TagMalformed, TagUnsupported
from drivers.reader import ChipKind, LeftReason
from kiosk import doors
from kiosk.inbox import ANSWERS_MAX, COUNTER_MAX, HUB_AT_ONCE, HUB_MAX, Inbox
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    Heard,
    LinkFound,
    LinkGone,
    Message,
    ReaderFound,
    ReaderLost,
    Tick,
    Touched,
)
from loyalty.facts import Evidence, Face
from mqtt import link, wire
from mqtt.messages import Claim, HubState, LookupAnswer, LookupStatus, Members, Presence
from mqtt.topics import HUB_STATE
from tests.builders import EPOCH, HUB

PEPPER = bytes(range(32))
UID = bytes.fromhex("04a1b2c3d4e5f6")
CLOCK = SimulatedClock(mono_ms=77)
NOW = CLOCK.now()
SHARD, KIOSK = "s1", "kiosk-7"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the kiosk's log is told, level and text."""
    told: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(f"{record.levelname} {record.getMessage()}")

    ear, log = Ear(), logging.getLogger("stupeni.kiosk")
    log.addHandler(ear)
    yield told
    log.removeHandler(ear)


def said(inbox: Inbox) -> list[Message]:
    """Everything in the inbox, without waiting."""
    return inbox.take(0)


def card(uid: bytes = UID, ndef: bytes | None = None) -> reader.Read:
    """A card that was read."""
    return reader.Read(3, reader.Card(uid, 0, ChipKind.NTAG215, ndef), 70)


# The inbox


def test_the_inbox_keeps_the_order(inbox: Inbox) -> None:
    """Messages come out as they were put down, all that are there at once."""
    for count in range(5):
        inbox.put(CardLeft(NOW, count))
    assert said(inbox) == [CardLeft(NOW, count) for count in range(5)]
    assert said(inbox) == []


def test_a_full_lane_drops_and_counts(inbox: Inbox) -> None:
    """What does not fit is dropped without waiting and counted; what was there is kept, and later messages find room again."""
    for count in range(COUNTER_MAX + 3):
        inbox.put(CardLeft(NOW, count))
    assert inbox.dropped == 3
    assert said(inbox) == [CardLeft(NOW, count) for count in range(COUNTER_MAX)]
    inbox.put(Tick(NOW))
    assert said(inbox) == [Tick(NOW)]
    assert inbox.dropped == 3


def test_one_taking_is_bounded(inbox: Inbox) -> None:
    """A hub that never stops cannot keep the loop from the customer: one taking has a part of what it said, in order, the next the rest."""
    for number in range(HUB_AT_ONCE + 3):
        inbox.put(Heard(NOW, Claim(HUB, EPOCH, number)))
    assert inbox.take(1) == [Heard(NOW, Claim(HUB, EPOCH, number)) for number in range(HUB_AT_ONCE)]
    assert inbox.waiting == 3
    assert len(inbox.take(1)) == 3


def test_a_message_wakes_whoever_waits(inbox: Inbox) -> None:
    """A taking that waits returns with what another thread puts down."""
    taken: list[Message] = []
    waiting = threading.Thread(target=lambda: taken.extend(inbox.take(30)))
    waiting.start()
    inbox.put(Tick(NOW))
    waiting.join(30)
    assert taken == [Tick(NOW)]


NOISE: st.SearchStrategy[Message] = st.sampled_from(
    [
        Heard(NOW, Claim(HUB, EPOCH, 7)),
        Heard(NOW, HubState(Presence.ONLINE, HUB)),
        Heard(NOW, LookupAnswer(bytes(16), LookupStatus.UNKNOWN, "a" * 32)),
        Heard(NOW, Members(())),
    ]
)
DEVICES: st.SearchStrategy[Message] = st.one_of(
    st.builds(CardArrived, st.just(NOW), st.integers(0, 99)),
    st.builds(CardRead, st.just(NOW), st.integers(0, 99), st.just("a" * 32), st.just(Evidence("NTAG215"))),
    st.just(Touched(NOW, Button(1))),
)
STATES: st.SearchStrategy[Message] = st.one_of(
    st.builds(LinkFound, st.just(NOW), st.sampled_from(["s1", "s2"])),
    st.just(LinkGone(NOW, "keepalive")),
    st.just(ReaderFound(NOW, "PN532")),
    st.just(ReaderLost(NOW, "gone")),
)


@given(st.lists(st.one_of(DEVICES, STATES, st.tuples(NOISE, st.integers(1, 2_000))), max_size=40))
def test_a_flood_from_the_broker_crowds_nobody_out(spoken: list[Any]) -> None:
    """However much the hub or the broker says, every card and touch comes out in order, and so do the last words of reader and link, all
    in one taking and before anything of the hub; and what waits stays bounded.
    """
    inbox = Inbox()
    for each in spoken:
        message, times = each if isinstance(each, tuple) else (each, 1)
        for _ in range(times):
            inbox.put(message)
    assert inbox.waiting <= COUNTER_MAX + ANSWERS_MAX + HUB_MAX + 2
    taken = said(inbox)
    mine = [message for message in taken if not isinstance(message, Heard)]
    assert taken[: len(mine)] == mine
    assert len(taken) - len(mine) <= ANSWERS_MAX + HUB_AT_ONCE
    plain = [each for each in spoken if not isinstance(each, tuple)]
    states = [each for each in plain if isinstance(each, LinkFound | LinkGone | ReaderFound | ReaderLost)]
    assert [message for message in mine if message not in states] == [message for message in plain if message not in states]
    for kinds in (LinkFound | LinkGone, ReaderFound | ReaderLost):
        newest = [each for each in states if isinstance(each, kinds)][-1:]
        assert [message for message in mine if isinstance(message, kinds)] == newest


# The reader's door


def test_what_the_reader_reports_becomes_messages(inbox: Inbox) -> None:
    """Each event is one message at the moment of the clock, with the presentation's number."""
    report = doors.reader_door(inbox, CLOCK, PEPPER)
    report(reader.ReaderUp("udp", "PN532"))
    report(reader.Arrived(3, UID, repeat=True, stale=False, at_ms=70))
    report(reader.Arrived(4, UID, repeat=False, stale=True, at_ms=70))
    report(card())
    report(reader.Left(3, LeftReason.GONE, 20, 90))
    who = identify(UID, PEPPER)
    assert isinstance(who, CardReference)
    assert said(inbox) == [
        ReaderFound(NOW, "PN532"),
        CardArrived(NOW, 3, repeat=True, stale=False),
        CardArrived(NOW, 4, repeat=False, stale=True),
        CardRead(NOW, 3, who.text, Evidence("NTAG215", None)),
        CardLeft(NOW, 3),
    ]


@pytest.mark.parametrize(("ndef", "seen"), [(None, None), (b"", None), (b"\xd1\x01\x00U", fingerprint(b"\xd1\x01\x00U"))])
def test_a_message_on_a_card_travels_as_its_fingerprint(inbox: Inbox, ndef: bytes | None, seen: str | None) -> None:
    """Of what a card says only the fingerprint goes on; a card that says nothing has none."""
    doors.reader_door(inbox, CLOCK, PEPPER)(card(ndef=ndef))
    (message,) = said(inbox)
    assert isinstance(message, CardRead)
    assert message.evidence == Evidence("NTAG215", seen)


@pytest.mark.parametrize("uid", [b"\x08\x01\x02\x03", bytes(5)])
def test_a_number_that_can_stand_for_nobody_is_refused(inbox: Inbox, uid: bytes) -> None:
    """A phone's random number, or one of a size that does not exist, is an unusable card and no reference."""
    doors.reader_door(inbox, CLOCK, PEPPER)(card(uid))
    assert said(inbox) == [CardUnusable(NOW, 3)]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TagLost("mute"), CardUnreadable(NOW, 3, Trouble.HOLD_STILL)),
        (TagChanged("another"), CardUnreadable(NOW, 3, Trouble.ONE_CARD)),
        (TagUnsupported("Type 1"), CardUnusable(NOW, 3)),
        (TagMalformed("endless"), CardUnusable(NOW, 3)),
    ],
)
def test_each_trouble_with_a_card_asks_for_what_helps(inbox: Inbox, error: TagError, message: Message) -> None:
    """Hold still when that helps, one card when there were two, and the shop's card where no holding still would help."""
    doors.reader_door(inbox, CLOCK, PEPPER)(reader.ReadFailed(3, error, 70))
    assert said(inbox) == [message]


def test_a_lost_reader_is_told_to_staff_in_words(inbox: Inbox, logged: list[str]) -> None:
    """The kind goes on as a word for the log, and the log says what an installer can do."""
    doors.reader_door(inbox, CLOCK, PEPPER)(reader.ReaderDown(LostReader("usb:1", "Plug it in again.", "EIO"), 1.0))
    assert said(inbox) == [ReaderLost(NOW, "reader_lost")]
    assert logged == ["WARNING reader: usb:1: The card reader has been unplugged. Plug it in again. (EIO)"]


def test_the_number_of_a_card_goes_no_further(inbox: Inbox, logged: list[str]) -> None:
    """Beyond the door nothing holds the chip's number, in whatever form."""
    report = doors.reader_door(inbox, CLOCK, PEPPER)
    report(reader.Arrived(3, UID, repeat=False, stale=False, at_ms=70))
    report(card(ndef=UID))
    report(reader.ReadFailed(3, TagLost("mute"), 70))
    report(reader.Left(3, LeftReason.GONE, 20, 90))
    everything = repr(said(inbox)) + repr(logged)
    assert UID.hex() not in everything.lower()
    assert repr(UID)[2:-1] not in everything


# Touch and buttons


def test_touches_and_buttons_are_intents_at_a_moment(inbox: Inbox) -> None:
    """A touch is what it means, a button its number."""
    doors.touch_door(inbox, CLOCK)(Rate(Face.GOOD))
    doors.touch_door(inbox, CLOCK)(Hide())
    doors.button_door(inbox, CLOCK)(2)
    assert said(inbox) == [Touched(NOW, Rate(Face.GOOD)), Touched(NOW, Hide()), Touched(NOW, Button(2))]


# The broker's door


def arrived(packet: wire.Packet) -> link.Arrived:
    """A packet as the broker delivers it."""
    return link.Arrived(packet.topic, packet.payload, packet.correlation)


def test_what_the_hub_says_is_heard(inbox: Inbox) -> None:
    """A claim under this kiosk's own tree, and the hub's own state, come in as what they mean."""
    refused: Counter[str] = Counter()
    report = doors.link_door(inbox, CLOCK, SHARD, KIOSK, refused)
    report(link.LinkUp("session-1"))
    report(arrived(wire.encode(Claim(HUB, EPOCH, 7), SHARD, KIOSK)))
    report(arrived(wire.encode(HubState(Presence.ONLINE, HUB), SHARD)))
    assert said(inbox) == [
        LinkFound(NOW, "session-1"),
        Heard(NOW, Claim(HUB, EPOCH, 7)),
        Heard(NOW, HubState(Presence.ONLINE, HUB)),
    ]
    report(link.LinkDown("keepalive"))
    assert said(inbox) == [LinkGone(NOW, "keepalive")]
    assert refused == {}


GOOD = wire.encode(Claim(HUB, EPOCH, 7), SHARD, KIOSK)


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        (GOOD.topic, b"{", "malformed"),
        (GOOD.topic, b"\xff\xfe", "malformed"),
        (GOOD.topic, b'{"v":1}', "malformed"),
        (HUB_STATE, b"[]", "malformed"),
        (GOOD.topic, b" " * (wire.MESSAGE_BYTES_MAX + 1), "oversize"),
        (GOOD.topic.replace(KIOSK, "kiosk-8"), GOOD.payload, "foreign"),
        (GOOD.topic.replace("/ack", "/selfdestruct"), GOOD.payload, "foreign"),
        ("elsewhere", GOOD.payload, "foreign"),
        (GOOD.topic.replace("/dn/", "/up/"), GOOD.payload, "foreign"),
    ],
)
def test_what_cannot_be_read_is_counted_and_ignored(inbox: Inbox, topic: str, payload: bytes, kind: str) -> None:
    """Malformed, oversize and foreign messages are counted by kind, twice if twice; nothing of them comes in and nothing is raised."""
    refused: Counter[str] = Counter()
    report = doors.link_door(inbox, CLOCK, SHARD, KIOSK, refused)
    report(link.Arrived(topic, payload))
    report(link.Arrived(topic, payload))
    assert said(inbox) == []
    assert refused == {kind: 2}
