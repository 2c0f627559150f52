"""The hub's ear stepped by hand over a broker in memory: what it answers, what it ignores, and that nothing is said before it is kept."""

from __future__ import annotations

import logging
import queue
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from hub.fencing import Clocks, Displaced, Standby
from hub.grouping import FACTS_PER_COMMIT_MAX, Heard, grouped
from hub.inbox import INBOX_MAX, LANE_MAX
from hub.ingest import DESK_WAIT_S, DRAIN_MAX, Ingest
from hub.memory_store import MemoryHubStore
from hub.rates import RATES
from hub.receiver import Receiver
from hub.records import DESK, SEED, Order, RaisedAlert, StreamId
from hub.tally import LINE_S, Tally
from loyalty.facts import Enrolled, Face
from mqtt.link import Arrived, LinkCounts, LinkUp, Report, Will
from mqtt.memory import MemoryBroker
from mqtt.messages import (
    Alert,
    AlertId,
    Birth,
    Claim,
    FactBatch,
    FromHub,
    FromKiosk,
    HubState,
    KioskState,
    Lookup,
    LookupAnswer,
    LookupStatus,
    Members,
    Presence,
    Recovery,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    Severity,
    Sync,
    Urgent,
)
from mqtt.topics import down, down_leaf, up
from mqtt.wire import Packet, decode_down, encode
from tests.hub_builders import (
    CARD_1,
    CARD_2,
    DAY,
    EPOCH_A,
    KYIV,
    NOON,
    account_points,
    batch,
    birth,
    document,
    member,
    rating,
    visit,
    visits,
)
from tests.hub_worlds import put_order

K = "k-1"


@dataclass
class RecordingLink:
    """A link whose other end is the test: what was published and acknowledged, in order."""

    report: Report = field(default=lambda event: None)
    will: Will | None = None
    said: list[tuple[str, FromHub | int]] = field(default_factory=list)
    stopped: bool = False

    def start(self, report: Report, will: Will | None = None) -> None:
        self.report, self.will = report, will

    def publish(self, packet: Packet) -> bool:
        kiosk = "" if packet.topic.startswith("stupeni/1/all/") else packet.topic.split("/")[4]  # "dn": to the staff
        leaf = "recovery" if kiosk == "dn" else down_leaf(packet.topic, "s0", kiosk)
        assert leaf is not None
        self.said.append((kiosk, decode_down(leaf, packet.payload, packet.correlation)))
        return True

    def ack(self, token: int) -> None:
        self.said.append(("ack", token))

    def stop(self) -> None:
        self.stopped = True

    @property
    def counts(self) -> LinkCounts:
        return LinkCounts()


@dataclass
class Bench:
    """An ear with its link, its store and its clocks."""

    now_ms: int = NOON
    mono_s: float = 0.0
    link: RecordingLink = field(default_factory=RecordingLink)
    store: MemoryHubStore = field(default_factory=MemoryHubStore)

    def __post_init__(self) -> None:
        self.receiver = Receiver("h_1", self.store, KYIV)
        self.receiver.enrol([member("m_1", CARD_1)], NOON)
        self.receiver.birth(birth(), K, NOON)
        self.ear = Ingest(self.receiver, self.link, "s0", now_ms=lambda: self.now_ms, mono_s=lambda: self.mono_s)
        self.ear.start()

    def hears(self, *said: FromKiosk | Arrived | LinkUp, kiosk: str = K) -> list[tuple[str, FromHub | int]]:
        """What the hub says when these arrive together; tokens count from 1."""
        before = len(self.link.said)
        for token, each in enumerate(said, start=1):
            self.link.report(each if isinstance(each, Arrived | LinkUp) else arrived(each, kiosk, token))
        self.ear.turn()
        return self.link.said[before:]


def arrived(message: FromKiosk, kiosk: str = K, token: int = 1) -> Arrived:
    packet = encode(message, "s0", kiosk)
    return Arrived(packet.topic, packet.payload, packet.correlation, packet.response_topic, False, token)


def test_facts_are_claimed_then_announced_then_acknowledged() -> None:
    """A batch is answered by its claim, then by the members it changed, and acknowledged to the broker last."""
    (claim, told, ack) = Bench().hears(visits(1, 2))
    assert claim == (K, Claim("h_1", EPOCH_A, 2))
    assert isinstance(told[1], Members)
    assert (told[0], account_points(told[1].views[0][1])) == (K, 20)
    assert ack == ("ack", 1)


def staff_hear(said: list[tuple[str, FromHub | int]]) -> list[FromHub | int]:
    return [message for to, message in said if to == "dn"]


def bad(number: int, at_ms: int = NOON) -> FactBatch:
    """A visit, and a bad face for it."""
    return batch(document(number, visit(), at_ms), document(number + 1, rating(face=Face.BAD), at_ms))


def test_a_bad_rating_is_rung_before_its_fact_and_once() -> None:
    """The urgent word overtakes what arrived with it; the fact itself, and either of them twice, ring no more."""
    bench = Bench()
    said = bench.hears(visits(1, 2), Urgent(EPOCH_A, 4, CARD_1, 1))
    assert said[0] == ("dn", Recovery(K, f"{K}/{EPOCH_A}/4", 1, NOON))
    assert staff_hear(bench.hears(Urgent(EPOCH_A, 4, CARD_1, 1), bad(3))) == []


def test_an_alert_is_kept_and_ended() -> None:
    """What a kiosk raises is kept, also one the broker held for us; an empty payload ends it; one of nobody's list is ignored."""
    bench = Bench()
    bench.hears(Alert(AlertId.DISK_LOW, Severity.WARN, NOON, 412))
    with bench.store.transaction() as tx:
        assert tx.alerts() == [RaisedAlert(K, AlertId.DISK_LOW, Severity.WARN, NOON, 412, NOON)]
    assert bench.hears(Arrived(up("s0", K, "alert/of_mine"), b"", token=3), Alert(AlertId.DISK_LOW, None)) == [("ack", 3), ("ack", 2)]
    with bench.store.transaction() as tx:
        assert tx.alerts() == []


def test_a_lost_urgent_word_rings_with_the_fact_unless_it_is_old() -> None:
    """A rating of the last quarter of an hour is told; of those that waited for days nobody is called."""
    bench = Bench()
    assert staff_hear(bench.hears(bad(1, NOON - 60_000))) == [Recovery(K, f"{K}/{EPOCH_A}/2", 1, NOON - 60_000)]
    assert staff_hear(bench.hears(bad(3, NOON - DAY))) == []
    assert staff_hear(bench.hears(batch(document(5, visit(), NOON), document(6, rating(), NOON)))) == []


def test_nobody_is_called_for_the_staffs_own_card() -> None:
    """Neither for its urgent word nor for its rating; a card of nobody's is a customer's."""
    bench = Bench()
    put_order(bench.store, Enrolled("m_1", staff=True), NOON - 60_000)
    bench.mono_s = 10.0
    bench.ear.turn()
    assert staff_hear(bench.hears(Urgent(EPOCH_A, 2, CARD_1, 0), bad(1))) == []
    assert len(staff_hear(bench.hears(Urgent(EPOCH_A, 9, "9" * 32, 0)))) == 1


def test_nothing_is_said_before_it_is_kept() -> None:
    """A power cut in the commit lets nothing out: no claim, no member, no acknowledgement."""
    bench = Bench()

    def cut() -> None:
        raise InterruptedError

    bench.store.before_commit = cut
    with pytest.raises(InterruptedError):
        bench.hears(visits(1, 2))
    assert bench.link.said == []


def test_batches_that_wait_together_get_one_claim() -> None:
    """Several batches of one stream are one transaction and one claim; each is acknowledged, in order."""
    bench = Bench()
    commits: list[None] = []
    bench.store.after_commit = lambda: commits.append(None)
    said = bench.hears(*(visits(n, n) for n in range(1, 6)))
    assert [each for _, each in said if isinstance(each, Claim)] == [Claim("h_1", EPOCH_A, 5)]
    assert [each for who, each in said if who == "ack"] == [1, 2, 3, 4, 5]
    assert len(commits) == 1


def test_a_person_who_waits_goes_first() -> None:
    """A lookup behind a backlog is answered before the backlog is written."""
    bench = Bench()
    said = bench.hears(*(visits(n, n) for n in range(1, 30)), Lookup(CARD_1, b"t" * 16))
    assert isinstance(said[0][1], LookupAnswer)
    assert (said[0][0], said[0][1].token) == (K, b"t" * 16)


def test_a_birth_is_answered_with_a_sync_after_the_facts_before_it() -> None:
    """The cursor in the answer contains the facts that arrived before the birth."""
    said = Bench().hears(visits(1, 3), birth((EPOCH_A, 1, 3), session="s7"))
    (sync,) = [each for _, each in said if isinstance(each, Sync)]
    assert (sync.session, sync.cursors, sync.now_ms) == ("s7", ((EPOCH_A, 3),), NOON)


def test_the_hub_says_that_it_is_there_and_that_it_goes() -> None:
    """Presence is said at each connection, the will says the opposite for the same run, and a stop says goodbye."""
    bench = Bench()
    assert bench.hears(LinkUp("s1")) == [("", HubState(Presence.ONLINE, "h_1", NOON))]
    assert bench.link.will is not None
    will = bench.link.will("s1")
    assert (will.retain, decode_down("hub", will.payload)) == (True, HubState(Presence.OFFLINE, "h_1", NOON))
    bench.ear.stop()
    bench.ear.run()
    assert bench.link.said[-1] == ("", HubState(Presence.OFFLINE, "h_1", NOON))
    assert bench.link.stopped


@pytest.mark.parametrize(
    ("kind", "hostile"),
    [
        ("malformed", Arrived(up("s0", K, "evt"), b"{", token=1)),
        ("malformed", Arrived(up("s0", K, "state"), b"", token=1)),
        ("oversize", Arrived(up("s0", K, "evt"), b" " * 65_537, token=1)),
        ("foreign", Arrived(up("s0", K, "weather"), b"{}", token=1)),
        ("foreign", Arrived(up("s1", K, "state"), b"{}", token=1)),
        ("foreign", arrived(visits(1, 1), DESK)),
        ("foreign", arrived(birth(), SEED)),
        ("foreign", Arrived("stupeni/1/s0/k/NOT A KIOSK/up/evt", b"{}", token=1)),
        ("foreign", replace(arrived(Lookup(CARD_1, b"t" * 16)), response_topic=down("s0", "k-2", "res"))),
    ],
)
def test_what_cannot_be_read_is_counted_and_ignored(kind: str, hostile: Arrived, caplog: pytest.LogCaptureFixture) -> None:
    """A malformed, oversize or foreign message is acknowledged, answered by nothing, and named by kind once a minute."""
    bench = Bench()
    with caplog.at_level(logging.WARNING, "hub.ingest"):
        assert bench.hears(hostile, hostile) == [("ack", 1), ("ack", 1)]
        assert caplog.messages == []
        bench.mono_s = LINE_S
        bench.ear.turn()
    (line,) = caplog.messages
    assert f"{kind} 2" in line


def test_facts_put_aside_are_named_in_the_log_without_their_content(caplog: pytest.LogCaptureFixture) -> None:
    """A refused fact is named by kiosk, number and code; nothing of its content reaches the log."""
    bench = Bench()
    secret = visits(1, 1).facts[0] | {"clk": "Mary had a little card"}
    bench.hears(FactBatch(EPOCH_A, "b", (secret,)))
    bench.mono_s = LINE_S
    with caplog.at_level(logging.WARNING, "hub.ingest"):
        bench.ear.turn()
    assert "put aside as E_SCHEMA 1 (first: fact 1 of kiosk k-1)" in caplog.text
    assert "Mary" not in caplog.text
    assert CARD_1 not in caplog.text


def test_a_retained_state_is_as_old_as_it_says() -> None:
    """Presence that the broker kept from before does not count as heard now."""
    bench = Bench()
    old = replace(arrived(KioskState(Presence.ONLINE, "s1", at_ms=NOON - 5000)), retained=True)
    bench.hears(old)
    assert bench.store.held.kiosks[K].heard_ms == NOON - 5000


def test_a_full_inbox_refuses() -> None:
    """More than the inbox holds is refused at the door, so that the link drops it and the kiosk sends again."""
    bench = Bench()
    event = arrived(visits(1, 1))
    for _ in range(INBOX_MAX):
        bench.link.report(event)
    with pytest.raises(queue.Full):
        bench.link.report(event)
    bench.ear.turn()
    bench.link.report(event)


def test_a_flood_of_one_kiosk_starves_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """While one kiosk says ten times what anybody may, the others are answered in the very next turn; what it said too much is counted."""
    bench = Bench()
    flood = arrived(visits(1, 1))
    for _ in range(LANE_MAX * 2):
        bench.link.report(flood)
    others = [f"k-{number}" for number in range(2, 12)]
    for kiosk in others:
        bench.link.report(arrived(Lookup(CARD_1, b"t" * 16), kiosk))
        bench.link.report(arrived(visits(1, 2), kiosk))
    with caplog.at_level(logging.WARNING, "hub.ingest"):
        bench.ear.turn()
        answered = {kiosk for kiosk, said in bench.link.said if isinstance(said, Claim | LookupAnswer)}
        assert answered == {K, *others}
        bench.mono_s = LINE_S
        bench.ear.turn()
    assert f"too many at once {LANE_MAX} (first: those of kiosk {K})" in caplog.text


def test_everything_is_acknowledged_in_the_order_of_arrival() -> None:
    """Taken in turn, also what did not fit into its lane; yet the broker hears of each in the order in which it gave them."""
    bench = Bench()
    for token in range(1, LANE_MAX + 41):
        bench.link.report(arrived(visits(1, 1), K if token % 40 else "k-2", token))
    while len(acked := [token for to, token in bench.link.said if to == "ack"]) < LANE_MAX + 40:
        bench.ear.turn()
    assert acked == list(range(1, LANE_MAX + 41))


def test_who_asks_too_often_is_told_to_wait(caplog: pytest.LogCaptureFixture) -> None:
    """Questions beyond the rate get 429, handshakes and urgent words beyond it nothing; the log says it once a minute; another kiosk and
    facts are not touched, and after a while it may ask again.
    """
    bench = Bench()
    with caplog.at_level(logging.WARNING, "hub.ingest"):
        asked = RATES[Lookup].burst
        said = [each for _, each in bench.hears(*[Lookup(CARD_1, b"t" * 16)] * (asked // 2)) if isinstance(each, LookupAnswer)]
        said += [each for _, each in bench.hears(*[Lookup(CARD_1, b"t" * 16)] * (asked - asked // 2 + 1)) if isinstance(each, LookupAnswer)]
        assert [[each.status for each in said].count(status) for status in (LookupStatus.FOUND, LookupStatus.BUSY)] == [asked, 1]
        rung = staff_hear(bench.hears(*(Urgent(EPOCH_A, number, CARD_1, 1) for number in range(1, 40))))
        assert len(rung) == RATES[Urgent].burst
        born = [each for _, each in bench.hears(*[birth()] * 40) if isinstance(each, Sync)]
        assert len(born) == RATES[Birth].burst
        wanted = Reserve(CARD_1, "coffee", 1, f"{K}/x", b"t" * 16)
        held = [each for _, each in bench.hears(*[wanted] * (RATES[Reserve].burst + 1)) if isinstance(each, ReserveAnswer)]
        assert [each.status for each in held].count(ReserveStatus.BUSY) == 1
        assert [each for _, each in bench.hears(Lookup(CARD_1, b"t" * 16), kiosk="k-2") if isinstance(each, LookupAnswer)]
        assert [each for _, each in bench.hears(visits(1, 1)) if isinstance(each, Claim)]
        assert caplog.messages == []
        bench.mono_s = LINE_S
        assert [each.status for _, each in bench.hears(Lookup(CARD_1, b"t" * 16)) if isinstance(each, LookupAnswer)] == [LookupStatus.FOUND]
    assert "too often 51 (first: Lookup of kiosk k-1)" in caplog.text


def test_one_turn_is_bounded() -> None:
    """A turn takes at most DRAIN_MAX messages; the rest waits for the next one."""
    bench = Bench()
    said = bench.hears(*(visits(n, n) for n in range(1, DRAIN_MAX + 2)))
    assert [each.upto for _, each in said if isinstance(each, Claim)] == [DRAIN_MAX]
    bench.ear.turn()
    assert bench.link.said[-1] == ("ack", DRAIN_MAX + 1)


def test_one_commit_is_bounded() -> None:
    """Batches are put together only up to FACTS_PER_COMMIT_MAX facts, and never across another message."""
    big = Heard(K, visits(1, 200))
    sizes = [sum(len(each.message.facts) for each in group if isinstance(each.message, FactBatch)) for group in grouped([big] * 11)]
    assert sizes == [1000, 1000, 200]
    assert max(sizes) <= FACTS_PER_COMMIT_MAX
    state = Heard(K, KioskState(Presence.ONLINE, "s"))
    assert list(grouped([big, big, state, big])) == [[big, big], [state], [big]]


def test_the_tally_speaks_once_a_minute() -> None:
    """Counts are said a minute after the first of them, and begin anew."""
    tally = Tally()
    assert (tally.due_s, tally.line(1e9)) == (None, None)
    tally.count("foreign", "x", 10.0)
    tally.count("foreign", "y", 60.0)
    assert tally.line(69.9) is None
    assert tally.line(70.0) == "foreign 2 (first: x)"
    assert (tally.due_s, tally.line(1e9)) == (None, None)
    tally.count("foreign", "z", 100.0)
    assert tally.line(160.0) == "foreign 1 (first: z)"


def test_what_the_desk_asks_for_is_written_down_and_told() -> None:
    """An order becomes a fact of the hub's own stream, the kiosk that knows the member hears of it, and nobody gets a claim for it."""
    bench = Bench()
    bench.hears(visits(1, 1))
    with bench.store.transaction() as tx:
        tx.put_order(Order("points.opening", {"member": "m_1", "points": 40}, NOON))
    assert bench.hears() == []
    bench.mono_s = DESK_WAIT_S
    ((kiosk, told),) = bench.hears()
    assert isinstance(told, Members)
    assert (kiosk, account_points(told.views[0][1])) == (K, 50)
    (stream,) = (each for each in bench.store.held.cursors if each.kiosk == DESK)
    assert stream == StreamId(DESK, bench.receiver.own.epoch)
    bench.mono_s += DESK_WAIT_S
    assert bench.hears() == []


def test_the_desk_is_looked_at_also_when_nobody_speaks() -> None:
    """A running ear wakes up by itself twice a second at most, so an operator never waits for a customer."""
    bench = Bench()
    with bench.store.transaction() as tx:
        tx.put_order(Order("points.opening", {"member": "m_1", "points": 40}, NOON))
    bench.store.after_commit = bench.ear.stop
    bench.ear.run()
    assert bench.store.held.members["m_1"].points == 40


def test_over_a_broker_in_memory_a_kiosk_is_served() -> None:
    """A kiosk that asks for a handshake, a card and a claim over a broker gets all three in its own tree, and others nothing."""
    broker = MemoryBroker(Random(1))
    heard: dict[str, list[Arrived]] = {K: [], "k-2": []}
    links = {kiosk: broker.link(kiosk, (f"stupeni/1/s0/k/{kiosk}/dn/#",)) for kiosk in heard}
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol([member("m_1", CARD_1), member("m_2", CARD_2)], NOON)
    ear = Ingest(receiver, broker.link("hub", ("stupeni/1/s0/k/+/up/#",), manual_ack=True), "s0", now_ms=lambda: NOON)
    ear.start()
    for kiosk, link in links.items():
        link.start(lambda event, kiosk=kiosk: heard[kiosk].append(event) if isinstance(event, Arrived) else None)  # type: ignore[misc]
    asked: list[Birth | Lookup | FactBatch] = [birth(), Lookup(CARD_2, b"t" * 16), visits(1, 2)]
    for step in range(1, 40):
        broker.deliver(NOON + step)
        if step == 5:
            for message in asked:
                links[K].publish(encode(message, "s0", K))
        ear.turn()
    assert {event.topic.rsplit("/", 1)[1] for event in heard[K]} == {"ack", "closed", "mem", "res", "sync"}
    assert heard["k-2"] == []


def test_a_displaced_hub_says_nothing_more() -> None:
    """What reaches a hub after another took its shard is not kept, not acknowledged and not answered, and it says neither that it is here
    nor goodbye: its word would stand in place of the other's."""
    bench, clocks = Bench(), Clocks(lambda: NOON, lambda: 0)
    first = Standby(bench.store, "s0", "h_1", clocks).attempt()
    assert first is not None
    ear = Ingest(Receiver("h_1", first, KYIV), bench.link, "s0", now_ms=lambda: NOON, mono_s=lambda: 0.0)
    ear.start()
    first.give_back()
    assert Standby(bench.store, "s0", "h_2", clocks).attempt() is not None
    for said in (arrived(visits(1, 2)), LinkUp("s2")):
        bench.link.report(said)
        with pytest.raises(Displaced):
            ear.run()
    assert bench.link.said == []
    assert bench.store.held.facts == {}
