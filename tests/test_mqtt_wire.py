"""Messages to bytes and back: nothing is changed on the way, and nothing but MalformedMessage comes out of bad bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty.counter.person import Person
from loyalty.counter.standing import MemberView
from mqtt.messages import (
    Alert,
    AlertId,
    Birth,
    Claim,
    FactBatch,
    FromHub,
    FromKiosk,
    KioskState,
    LookupAnswer,
    LookupStatus,
    Members,
    Presence,
    Stream,
    Sync,
)
from mqtt.reading import ACCOUNT_BYTES_MAX
from mqtt.topics import Spoken, down_leaf, parse_up, staff
from mqtt.wire import (
    FACT_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    TERMS,
    MalformedMessage,
    Packet,
    batches,
    decode_down,
    decode_up,
    encode,
    view_bytes,
)
from tests.wire_messages import CARD, EPOCH, FACT, ORDINARY, TOKEN, VIEW, json_values, messages, views

MEMBER = {"card": CARD, "id": "m", "mv": 1, "at": 1, "who": {"language": "en"}, "acc": {}, "covers": []}
UP = [message for message in ORDINARY if isinstance(message, FromKiosk)]
DOWN = [message for message in ORDINARY if not isinstance(message, FromKiosk)]


def said(packet: Packet) -> FromKiosk | FromHub:
    """The message of a packet, by the path kiosk and hub take."""
    spoken = parse_up(packet.topic)
    if spoken is not None:
        return decode_up(spoken, packet.payload, packet.correlation, packet.response_topic)
    leaf = "recovery" if packet.topic == staff("s0", "recovery") else down_leaf(packet.topic, "s0", "st12-a")
    assert leaf is not None
    return decode_down(leaf, packet.payload, packet.correlation)


def refusal(leaf: str, payload: bytes, correlation: bytes = TOKEN, response_topic: str = "") -> MalformedMessage:
    """How a payload under a leaf is refused."""
    try:
        if leaf.startswith("alert/") or leaf in {TERMS[type(message)].leaf for message in UP}:
            decode_up(Spoken("s0", "st12-a", leaf), payload, correlation, response_topic)
        else:
            decode_down(leaf, payload, correlation)
    except MalformedMessage as refused:
        return refused
    raise AssertionError(f"{leaf} took {payload[:80]!r}")


@given(messages)
def test_every_message_survives_the_wire(message: FromKiosk | FromHub) -> None:
    """What is encoded decodes to the same value, whatever it holds."""
    assert said(encode(message, "s0", "st12-a")) == message


@given(messages)
def test_every_payload_is_plain_json_with_its_version(message: FromKiosk | FromHub) -> None:
    """A payload is a JSON object in UTF-8 that says v 1 and stays under the limit."""
    payload = encode(message, "s0", "st12-a").payload
    assert json.loads(payload.decode("utf-8"))["v"] == 1
    assert len(payload) <= MESSAGE_BYTES_MAX


@pytest.mark.parametrize("message", ORDINARY, ids=lambda message: type(message).__name__)
def test_unknown_fields_are_ignored(message: FromKiosk | FromHub) -> None:
    """A newer minor version may add fields: they change nothing."""
    packet = encode(message, "s0", "st12-a")
    grown = json.loads(packet.payload) | {"v": 7, "new": {"deep": [1, None]}}
    assert said(replace(packet, payload=json.dumps(grown).encode())) == message


@given(st.lists(st.integers(0, 8_000), max_size=60), st.integers(1, 4))
def test_facts_of_any_size_are_cut_into_messages_that_fit(sizes: list[int], copies: int) -> None:
    """Whatever a hub lets go at once, and however large the facts are, every message fits; none is left out, doubled or moved."""
    facts = [{"s": number, "x": "x" * size} for number, size in enumerate(sizes * copies, start=1)]
    cut = list(batches(EPOCH, "b00t", facts))
    assert all(len(encode(batch, "s0", "st12-a").payload) <= MESSAGE_BYTES_MAX for batch in cut)
    assert [fact for batch in cut for fact in batch.facts] == facts


@pytest.mark.parametrize("each", AlertId)
def test_the_end_of_an_alert_is_nothing_at_all(each: AlertId) -> None:
    """An empty retained message on the alert's own topic: it clears the broker's memory and tells the hub."""
    packet = encode(Alert(each, None), "s0", "st12-a")
    assert packet == Packet(f"{K_UP}/alert/{each.value}", b"", 1, True, 604_800)
    assert said(packet) == Alert(each, None)


@pytest.mark.parametrize("leaf", ["alert", "alert/", "alert/{id}", "alert/of_mine", "alert/disk_low/x"])
def test_an_alert_nobody_knows_is_foreign(leaf: str) -> None:
    """Only the ids of the closed list are taken, with and without a payload."""
    for payload in (b"", b'{"v":1,"sev":"warn","since":1,"n":1}'):
        with pytest.raises(MalformedMessage) as refused:
            decode_up(Spoken("s0", "st12-a", leaf), payload)
        assert refused.value.kind == "foreign"


def test_usual_facts_go_in_one_message() -> None:
    """A full batch of what kiosks write is one message."""
    assert [len(batch.facts) for batch in batches(EPOCH, "b00t", [FACT] * 200)] == [200]


K_UP = "stupeni/1/s0/k/st12-a/up"
DELIVERY = {
    "state": (1, True, 900),
    "birth": (1, False, 30),
    "evt": (1, False, 600),
    "req/member": (1, False, 3),
    "req/redeem": (1, False, 3),
    "sync": (1, False, 30),
    "ack": (0, False, 60),
    "mem": (1, False, 300),
    "closed": (1, False, 300),
    "urgent": (1, False, 600),
    "alert/{id}": (1, True, 604_800),
    "recovery": (1, False, 900),
    "res": (1, False, 5),
    "res/redeem": (1, False, 5),
    "cmd": (1, False, 300),
    "hub": (1, True, None),
    "desired": (1, True, None),
    "reported": (1, True, None),
}


@pytest.mark.parametrize("message", ORDINARY, ids=lambda message: type(message).__name__)
def test_each_message_travels_on_its_terms(message: FromKiosk | FromHub) -> None:
    """Topic, QoS, retain and expiry of each kind are those of docs/protocol.md."""
    packet = encode(message, "s0", "st12-a")
    leaf = TERMS[type(message)].leaf
    way = "up" if isinstance(message, FromKiosk) else "dn"
    topics = {"hub": "stupeni/1/all/dn/hub", "recovery": "stupeni/1/s0/staff/dn/recovery", "alert/{id}": f"{K_UP}/alert/disk_low"}
    assert packet.topic == topics.get(leaf, f"stupeni/1/s0/k/st12-a/{way}/{leaf}")
    assert (packet.qos, packet.retain, packet.expiry_s) == DELIVERY[leaf]


def test_a_lookup_asks_for_its_answer_in_its_own_tree() -> None:
    """The response topic of a lookup is the kiosk's own dn/res, and its token travels as correlation data."""
    lookup = next(packet for packet in (encode(message, "s0", "st12-a") for message in UP) if packet.response_topic)
    assert (lookup.response_topic, lookup.correlation) == ("stupeni/1/s0/k/st12-a/dn/res", TOKEN)


def test_a_lookup_cannot_make_the_hub_speak_elsewhere() -> None:
    """A response topic outside the kiosk's own tree is refused as foreign."""
    payload = json.dumps({"v": 1, "card": CARD}).encode()
    assert refusal("req/member", payload, TOKEN, "stupeni/1/s0/k/other/dn/res").kind == "foreign"


@given(st.binary(max_size=200), st.sampled_from(sorted(DELIVERY)), st.binary(max_size=20))
@example(b"\xef\xbb\xbf{}", "state", b"")
@example(b"[" * 60_000, "evt", b"")
@example(b'{"v":' + b"9" * 5000 + b"}", "state", b"")
@example('{"v":1}'.encode("utf-16"), "state", b"")
def test_random_bytes_are_refused_and_nothing_else(payload: bytes, leaf: str, correlation: bytes) -> None:
    """Bytes that are no message raise MalformedMessage, never another exception."""
    refusal(leaf, payload, correlation)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys and indexes that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, item in inner for spot in _spots(item, (*path, key)))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


@given(st.data(), messages, json_values | st.sampled_from([-1, 0, 2**53, 2**64, True, 1.0, "", "x" * 5000, [], {}, [[]], {"0": 1}]))
def test_mutated_messages_are_read_or_refused(data: st.DataObject, message: FromKiosk | FromHub, other: Any) -> None:
    """Any value anywhere in a message either reads as some message or raises MalformedMessage, never another exception."""
    packet = encode(message, "s0", "st12-a")
    document = json.loads(packet.payload)
    changed = _changed(document, data.draw(st.sampled_from(_spots(document))), other)
    try:
        again = said(replace(packet, payload=json.dumps(changed).encode()))
    except MalformedMessage:
        return
    assert said(encode(again, "s0", "st12-a")) == again


@pytest.mark.parametrize("message", ORDINARY, ids=lambda message: type(message).__name__)
def test_no_prefix_of_a_message_is_a_message(message: FromKiosk | FromHub) -> None:
    """A payload cut anywhere is refused; of an alert nothing at all would be its end."""
    packet = encode(message, "s0", "st12-a")
    leaf = TERMS[type(message)].leaf.format(id=AlertId.DISK_LOW)
    for length in range(isinstance(message, Alert), len(packet.payload)):
        assert refusal(leaf, packet.payload[:length]).kind == "malformed"


@pytest.mark.parametrize(
    ("leaf", "document", "where"),
    [
        ("state", {"v": 1, "st": "asleep", "sid": "s"}, "state.st"),
        ("state", {"st": "online", "sid": "s"}, "state.v"),
        ("state", {"v": True, "st": "online", "sid": "s"}, "state.v"),
        ("state", {"v": 1, "st": "online", "sid": "two words"}, "state.sid"),
        ("state", {"v": 1, "st": "online", "sid": "s", "ep": ""}, "state.ep"),
        ("state", {"v": 1, "st": "online", "sid": "s", "ob": {"n": 1.0}}, "state.ob.n"),
        ("birth", {"v": 1, "sid": "s", "dev": "d", "streams": [{"ep": EPOCH, "first": 5, "last": 3}]}, "birth.streams[0].last"),
        ("birth", {"v": 1, "sid": "s", "dev": "d", "streams": [{"ep": EPOCH, "first": 1, "last": 1}] * 513}, "birth.streams"),
        ("evt", {"v": 1, "ep": EPOCH, "boot": "b", "b": [FACT, FACT]}, "evt.b"),
        ("evt", {"v": 1, "ep": EPOCH, "boot": "b", "b": [{**FACT, "s": 0}]}, "evt.b[0].s"),
        ("evt", {"v": 1, "ep": EPOCH, "boot": "b", "b": [{**FACT, "x": "\0"}]}, "evt.b[0]"),
        ("evt", {"v": 1, "ep": EPOCH, "boot": "b", "b": [{**FACT, "\ud800": 1}]}, "evt.b[0]"),
        ("req/member", {"v": 1, "card": "04A1B2C3D4E5F6"}, "req/member.card"),
        ("sync", {"v": 1, "sid": "s", "hub": "h", "now": 1, "cur": [[EPOCH]]}, "sync.limits"),
        ("ack", {"v": 1, "hub": "h", "ep": EPOCH, "upto": -1, "rej": []}, "ack.upto"),
        ("ack", {"v": 1, "hub": "h", "ep": EPOCH, "upto": 1, "rej": [[1, "E", 2]]}, "ack.rej[0]"),
        ("mem", {"v": 1, "m": [{"card": CARD, "id": "m", "mv": 1, "acc": []}]}, "mem.m[0].acc"),
        ("mem", {"v": 1, "m": [MEMBER | {"acc": {"x": "\0"}}]}, "mem.m[0].acc"),
        ("mem", {"v": 1, "m": [MEMBER | {"mv": 1.5}]}, "mem.m[0].mv"),
        ("mem", {"v": 1, "m": [MEMBER | {"who": "Grace"}]}, "mem.m[0].who"),
        ("mem", {"v": 1, "m": [MEMBER | {"who": {"language": "english"}}]}, "mem.m[0].who.language"),
        (
            "mem",
            {"v": 1, "m": [MEMBER | {"who": {"language": "en", "occasions": [{"id": "birthday"}]}}]},
            "mem.m[0].who.occasions[0].first",
        ),
        ("mem", {"v": 1, "m": [MEMBER | {"covers": [[EPOCH, 1]] * 65}]}, "mem.m[0].covers"),
        ("mem", {"v": 1, "m": [MEMBER | {"blocked": 1}]}, "mem.m[0].blocked"),
        ("closed", {"v": 1, "hub": "h", "cv": 1, "closed": [["r", "", 5]]}, "closed.closed[0]"),
        ("closed", {"v": 1, "hub": "h", "cv": 1, "closed": [["r", "", 5, 5]]}, "closed.closed[0].3"),
        ("closed", {"v": 1, "hub": "h", "cv": 1, "closed": [["r", "a b", 5, 6]]}, "closed.closed[0].1"),
        ("closed", {"v": 1, "hub": "h", "cv": 1, "closed": [["r", "", 5, 6]] * 257}, "closed.closed"),
        ("res", {"v": 1, "st": 200, "card": CARD}, "res.m"),
        ("urgent", {"v": 1, "ep": EPOCH, "s": 0, "card": CARD, "face": 0}, "urgent.s"),
        ("urgent", {"v": 1, "ep": EPOCH, "s": 1, "card": CARD, "face": 2}, "urgent.face"),
        ("recovery", {"v": 1, "kiosk": "K 1", "case": "c", "face": 0, "at": 1}, "recovery.kiosk"),
        ("req/redeem", {"v": 1, "card": CARD, "perk": "coffee", "points": 0}, "req/redeem.points"),
        ("req/redeem", {"v": 1, "card": CARD, "perk": "a coffee", "points": 1}, "req/redeem.perk"),
        ("req/redeem", {"v": 1, "card": CARD, "perk": "coffee", "points": 1}, "req/redeem.hold"),
        ("res/redeem", {"v": 1, "st": 418}, "res/redeem.st"),
        ("res", {"v": 1, "st": 418, "card": CARD}, "res.st"),
        ("hub", {"v": 1, "st": "online"}, "hub.hub"),
    ],
)
def test_a_refusal_says_where(leaf: str, document: dict[str, Any], where: str) -> None:
    """A wrong field is named by its path, and the refusal does not repeat what stood there."""
    refused = refusal(leaf, json.dumps(document).encode())
    assert (refused.kind, refused.where) == ("malformed", where)


def test_a_deep_fact_is_refused() -> None:
    """A fact nested deeper than any store follows is malformed."""
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    document = {"v": 1, "ep": EPOCH, "boot": "b", "b": [{"s": 1, "x": deep}]}
    assert refusal("evt", json.dumps(document).encode()).what == "nesting of at most 16"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_json_cannot_say_are_refused(number: str) -> None:
    """What Python would read as not-a-number or infinite is no JSON of ours."""
    payload = f'{{"v":1,"ep":"{EPOCH}","boot":"b","b":[{{"s":1,"x":{number}}}]}}'.encode()
    assert refusal("evt", payload).kind == "malformed"
    assert refusal("state", f'{{"v":1,"st":"online","sid":"s","unknown":{number}}}'.encode()).kind == "malformed"


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[2J", "nul\0", "\x85", "\ud800"])
def test_a_name_with_control_characters_is_refused(name: str) -> None:
    """What would move a cursor, end a text or be no character never reaches a screen."""
    document = json.loads(encode(Members(((CARD, VIEW),)), "s0", "st12-a").payload)
    document["m"][0]["who"]["greeting_name"] = name
    assert refusal("mem", json.dumps(document).encode()).where == "mem.m[0].who.greeting_name"


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (1, False)])
def test_an_account_may_have_24_kib_and_no_byte_more(spare: int, fits: bool) -> None:
    """An account of exactly the limit passes, one byte more is oversize: two of the largest still fit into one message."""
    account = {"x": "y" * (ACCOUNT_BYTES_MAX - len('{"x":""}') + spare)}
    message = Members(((CARD, replace(VIEW, account=account)),) * 2)
    payload = json.dumps({"v": 1, "m": [MEMBER | {"acc": account}]}).encode()
    if fits:
        assert said(encode(message, "s0", "st12-a")) == message
        assert isinstance(decode_down("mem", payload), Members)
    else:
        assert refusal("mem", payload).kind == "oversize"
        with pytest.raises(MalformedMessage):
            encode(message, "s0", "st12-a")


def test_a_card_in_order_costs_no_byte() -> None:
    """That a card is blocked is said only where it is so; left out it reads as not blocked."""
    payload = encode(Members(((CARD, replace(VIEW, blocked=False)),)), "s0", "st12-a").payload
    assert b"blocked" not in payload
    members = decode_down("mem", payload)
    assert isinstance(members, Members)
    assert members.views[0][1].blocked is False


@given(views)
def test_the_length_of_a_view_is_known_beforehand(view: MemberView) -> None:
    """The hub splits by it: a message is as long as its views, and at most 80 bytes for each card and 20 for the message."""
    payload = encode(Members(((CARD, view),)), "s0", "st12-a").payload
    assert 0 < len(payload) - view_bytes(view) <= 100


def test_a_message_over_64_kib_is_oversize_before_it_is_read() -> None:
    """The limit of bytes holds in both directions, whatever the content."""
    assert refusal("state", b" " * (MESSAGE_BYTES_MAX + 1)).kind == "oversize"
    many = tuple({"s": number, "t": "x" * 7000} for number in range(1, 11))
    with pytest.raises(MalformedMessage) as caught:
        encode(FactBatch(EPOCH, "b", many), "s0", "st12-a")
    assert caught.value.kind == "oversize"


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (1, False)])
def test_a_fact_may_have_8_kib_and_no_byte_more(spare: int, fits: bool) -> None:
    """A fact of exactly the limit passes, one byte more is oversize, at encode and at decode."""
    filling = FACT_BYTES_MAX - len('{"s":1,"x":""}') + spare
    batch = FactBatch(EPOCH, "b", ({"s": 1, "x": "x" * filling},))
    payload = json.dumps({"v": 1, "ep": EPOCH, "boot": "b", "b": list(batch.facts)}).encode()
    if fits:
        assert said(encode(batch, "s0", "st12-a")) == batch
        assert decode_up(Spoken("s0", "st12-a", "evt"), payload) == batch
    else:
        assert refusal("evt", payload).kind == "oversize"
        with pytest.raises(MalformedMessage):
            encode(batch, "s0", "st12-a")


@pytest.mark.parametrize("leaf", ["cfg", "cmds", "", "../up", "\x1b[31m", "state"])
def test_topics_that_are_not_ours_are_foreign(leaf: str) -> None:
    """An unknown leaf is refused by name, in a form that is fit for a log; a leaf of the other direction is unknown too."""
    with pytest.raises(MalformedMessage) as caught:
        decode_down(leaf, b"{}")
    assert caught.value.kind == "foreign"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "message",
    [
        KioskState(Presence.ONLINE, "two words"),
        Birth("s", "d", tuple(Stream(EPOCH, 1, 1) for _ in range(513)), "b", 1, 1, "connect"),
        Claim("h", "short", 1),
        Members(((CARD, replace(VIEW, person=Person("en", "x" * 65))),)),
        Members(((CARD, replace(VIEW, person=Person("en", "\ud800"))),)),
        Members(((CARD, replace(VIEW, account={"x": float("inf")})),)),
        LookupAnswer(TOKEN[:15], LookupStatus.UNKNOWN, CARD),
        LookupAnswer(TOKEN, LookupStatus.UNKNOWN, CARD, VIEW),
        Sync("s", "h", 1, (), 0, 16, 5),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_the_other_side_would_refuse_is_not_sent(message: FromKiosk | FromHub) -> None:
    """Encoding refuses whatever decoding would refuse, or would read as something else."""
    with pytest.raises(MalformedMessage):
        encode(message, "s0", "st12-a")


@pytest.mark.parametrize(("shard", "kiosk"), [("s0", ""), ("s0", "a/b"), ("s0", "+"), ("", "st12-a"), ("S0", "st12-a")])
def test_a_topic_is_never_made_of_what_is_no_name(shard: str, kiosk: str) -> None:
    """A kiosk or shard that could change the meaning of a topic is a mistake of ours and crashes."""
    with pytest.raises(ValueError, match="no topic for shard"):
        encode(ORDINARY[0], shard, kiosk)
