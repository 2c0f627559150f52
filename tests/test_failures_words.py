"""Words that make no sense, are too large, or are said by a clock that jumps: nothing of it stops the rest, and no fact is lost.

Real Mosquitto, the hub in a process of its own over a real database, the kiosk's real loop, store and link.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import count
from queue import Queue
from typing import Any

import pytest

from loyalty.facts import ClockQuality
from mqtt.link import Arrived, LinkDown, LinkEvent, LinkUp
from mqtt.messages import Birth, Claim, Stream
from mqtt.paho_link import PahoLink
from mqtt.shapes import MESSAGE_BYTES_MAX
from mqtt.topics import down_leaf, kiosk_filters, up
from mqtt.wire import Packet, decode_down, encode
from tests.failure_rigs import RETRY_S, WAIT_S, Kiosk, RunningClock, Site, all_claimed, until

EPOCH = "eeeeeeeeeeee"
PACKET_BYTES_MAX = 262_144  # of the broker
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
CLOSE_MS = 15_000  # a machine under load between a tap and the hub's word of when it was


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One hub for all of it: it has to live on. Each test has names of its own."""
    with Site(tmp_path_factory.mktemp("words")) as made:
        hub = made.hub()
        yield made
        assert hub.ended() is None


names = (f"k-{number}" for number in count(1))


@pytest.fixture
def kiosk(site: Site) -> Iterator[Kiosk]:
    made = site.kiosk(name=next(names))
    yield made
    made.off()


class Rogue:
    """Speaks as a kiosk, in whatever bytes it likes."""

    def __init__(self, port: int, name: str) -> None:
        self.name, self.heard = name, Queue[LinkEvent]()
        self.link = PahoLink("127.0.0.1", port, name, kiosk_filters("s0", name), retry_s_max=RETRY_S)
        self.link.start(self.heard.put)
        self.next(LinkUp)
        birth = Birth("s1", "device", (Stream(EPOCH, 1, 9),), "b", 0, 0, "connect")
        self.say(encode(birth, "s0", name).payload, "birth")

    def next(self, kind: type[Any]) -> Any:
        """The next event of a kind."""
        while not isinstance(event := self.heard.get(timeout=WAIT_S), kind):
            continue
        return event

    def say(self, payload: bytes, leaf: str = "evt", retain: bool = False) -> None:
        """Publish it."""
        assert self.link.publish(Packet(up("s0", self.name, leaf), payload, 1, retain))

    def tell(self, *facts: object) -> None:
        """Publish a batch of what may be facts."""
        self.say(json.dumps({"v": 1, "ep": EPOCH, "boot": "b", "b": facts}).encode())

    def claim(self, upto: int) -> Claim:
        """The hub's claim up to this number."""
        while True:
            arrived: Arrived = self.next(Arrived)
            if down_leaf(arrived.topic, "s0", self.name) == "ack":
                claim = decode_down("ack", arrived.payload)
                assert isinstance(claim, Claim)
                if claim.upto == upto:
                    return claim


@pytest.fixture
def rogue(site: Site) -> Iterator[Rogue]:
    made = Rogue(site.broker.port, next(names))
    yield made
    made.link.stop()


def fact(number: int, kind: str = "visit", **more: object) -> dict[str, object]:
    """A fact that makes sense, but for what is said otherwise."""
    said = {"card": f"{number:032x}", "ev": {"chip": "NTAG213"}}
    return {"s": number, "t": kind, "at": 1_790_000_000_000, "mono": 0, "clk": "ntp", "d": said} | more


def nested(depth: int) -> object:
    """A list in a list in a list."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


POISON = {
    "no payload": fact(2, d={}),
    "payload of another form": fact(2, d={"card": 7, "ev": []}),
    "from the till": fact(2, "points.adjusted", d={"member": "m_1", "points": 1_000_000, "reason": "gift", "by": "me"}),
    "from before time": fact(2, at=0, mono=0),
    "from after time": fact(2, at=2**53 - 1, mono=2**53 - 1, clk="unsynced"),
    "an unknown kind": fact(2, "teleported", d={"to": "the moon"}),
    "an unknown clock": fact(2, clk="sundial"),
    "nested ten deep": fact(2, d={"card": nested(10)}),
    "nothing at all": {"s": 2},
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_poison_among_facts(site: Site, rogue: Rogue, kiosk: Kiosk, poison: dict[str, object]) -> None:
    """A document that is no fact, or none that may be said, stands between two that are: all three are claimed, and the good ones held."""
    rogue.tell(fact(1), poison, fact(3))
    claim = rogue.claim(3)
    numbers = {number for name, _, number in site.held() if name == rogue.name}
    assert numbers | {number for number, _ in claim.rejected} == {1, 2, 3}
    assert {1, 3} <= numbers
    goes_on(site, rogue, kiosk, 4)


BYTES = {
    "not a number": b'{"v":1,"ep":"eeeeeeeeeeee","boot":"b","b":[{"s":1,"t":"visit","at":NaN,"mono":0,"clk":"ntp","d":{}}]}',
    "more than any number": b'{"v":1,"ep":"eeeeeeeeeeee","boot":"b","b":[{"s":1,"t":"visit","at":1e999,"mono":0,"clk":"ntp","d":{}}]}',
    "a number of 5,000 digits": b'{"v":1,"ep":"eeeeeeeeeeee","boot":"b","b":[{"s":' + b"9" * 5_000 + b"}]}",
    "nested 10,000 deep": b'{"v":1,"b":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "nested 30 deep": json.dumps({"v": 1, "ep": EPOCH, "boot": "b", "b": [fact(1, d={"card": nested(30)})]}).encode(),
    "half a surrogate": json.dumps({"v": 1, "ep": EPOCH, "boot": "b", "b": [fact(1, d={"card": "\ud800"})]}).encode(),
    "no text": b"\xff\xfe\x00",
    "nothing": b"",
    "half a message": b'{"v":1,"ep":"eeee',
    "a fact of 9 KiB": json.dumps({"v": 1, "ep": EPOCH, "boot": "b", "b": [fact(1, d={"card": "x" * 9_000})]}).encode(),
    "a message beyond 64 KiB": b'{"v":1,"pad":"' + b" " * MESSAGE_BYTES_MAX + b'"}',
}


@pytest.mark.parametrize("payload", BYTES.values(), ids=BYTES)
@pytest.mark.parametrize("leaf", ["evt", "birth"])
def test_poison_that_cannot_be_read(site: Site, rogue: Rogue, kiosk: Kiosk, payload: bytes, leaf: str) -> None:
    """Bytes that are no message are acknowledged and counted, said again by the broker at every connection too; what follows is claimed."""
    rogue.say(payload, leaf, retain=bool(payload))
    goes_on(site, rogue, kiosk, 1)


def goes_on(site: Site, rogue: Rogue, kiosk: Kiosk, number: int) -> None:
    """The next fact of this kiosk, and one of another, are claimed as ever."""
    rogue.tell(fact(number))
    assert rogue.claim(number).rejected == ()
    kiosk.taps(1)
    all_claimed(kiosk)
    assert kiosk.facts()[0][:3] in site.held()


def test_message_beyond_the_brokers_limit(site: Site, rogue: Rogue, kiosk: Kiosk) -> None:
    """Who says more than the broker takes in one packet is thrown out; nobody else notices, and they may speak again."""
    kiosk.taps(1)
    all_claimed(kiosk)
    rogue.say(b"x" * (PACKET_BYTES_MAX + 1))
    rogue.next(LinkDown)
    rogue.next(LinkUp)
    rogue.tell(fact(1))
    rogue.claim(1)
    kiosk.taps(1)
    all_claimed(kiosk)
    assert kiosk.link.counts.connects == 1


def effective(site: Site, kiosk: Kiosk) -> list[int]:
    """When the hub says each fact of a kiosk happened, in order."""
    return [at for (at,) in site.rows(f"SELECT effective_ms FROM hub_factrow WHERE kiosk = '{kiosk.name}' ORDER BY id")]  # noqa: S608


def holds_each_once(site: Site, kiosk: Kiosk) -> None:
    """The hub holds this kiosk's facts, each once and in order, and no others under its name."""
    mine = [each[:3] for each in kiosk.facts()]
    assert [each for each in site.held() if each[0] == kiosk.name] == mine


def wall_ms() -> int:
    """Now."""
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, DAY_MS], ids=["back an hour", "forward a day"])
@pytest.mark.parametrize("quality", ClockQuality)
def test_clock_that_jumps(site: Site, quality: ClockQuality, jump_ms: int) -> None:
    """The clock on a kiosk's wall jumps while it works: every fact is held once and in order, and none is dated beyond the hub's minute."""
    kiosk = site.kiosk(name=next(names), clock=RunningClock(quality))
    all_claimed(kiosk)
    kiosk.taps(2)
    kiosk.clock.jump(jump_ms)
    kiosk.taps(2)
    all_claimed(kiosk)
    kiosk.clock.jump(-jump_ms)
    kiosk.taps(2)
    all_claimed(kiosk)
    holds_each_once(site, kiosk)
    assert max(effective(site, kiosk)) <= wall_ms() + 60_000
    if quality in (ClockQuality.UNSYNCED, ClockQuality.HUB):  # nobody keeps that clock: the hub goes by what has passed since the boot
        assert all(abs(at_ms - wall_ms()) < CLOSE_MS for at_ms in effective(site, kiosk))


def test_clock_of_1970(site: Site) -> None:
    """A kiosk boots in 1970 without a network and serves: once it has met the hub its facts are dated by the hub, to within seconds."""
    cable = site.cable()
    cable.cut()
    kiosk = site.kiosk(cable.port, name=next(names), clock=RunningClock(ClockQuality.UNSYNCED, wall_ms=0))
    kiosk.taps(3)
    until(lambda: kiosk.loop.state.box.session is None, "no broker", kiosk)
    cable.mend()
    all_claimed(kiosk)
    kiosk.taps(2)
    all_claimed(kiosk)
    holds_each_once(site, kiosk)
    assert all(abs(at_ms - wall_ms()) < CLOSE_MS for at_ms in effective(site, kiosk))
