"""Any message the wire can carry, for property tests, and one ordinary example of each kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from loyalty.account import Account, fold
from loyalty.account.portable import portable
from loyalty.counter.person import Letter, Occasion, Person
from loyalty.counter.standing import MemberView
from loyalty.facts import POINTS_MAX
from loyalty.rulebook import Closing
from mqtt.messages import (
    Alert,
    AlertId,
    Birth,
    Claim,
    Closings,
    Command,
    CommandResult,
    CommandState,
    Desired,
    Edition,
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
    Reported,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    SetUp,
    Severity,
    Stream,
    Sync,
    Urgent,
)
from mqtt.operators import OperatorAnswer, OperatorRequest, encode_answer, encode_request
from mqtt.reading import SPREAD_MS_MAX
from mqtt.wire import Packet, encode
from tests.builders import book
from tests.loyalty_histories import HISTORIES

CARD = "3f" * 16
EPOCH = "abcdefgh2345"
TOKEN = b"0123456789abcdef"
BIRTHDAY = Occasion("birthday", 740_300, 740_306, "2027")
NOTE = Letter("n-12", "Ваш зонт у нас", "Олена", "waiting")
NATALYA = Person("ru", "Наталья", True, (BIRTHDAY, Occasion("anniversary", 740_310, 740_316, "2027", False, 3)), (NOTE,), ("district",))
VIEW = MemberView("m_1", 43, 1_790_000_000_000, NATALYA, portable(Account("m_1")), ((EPOCH, 12),), True)
PLAIN_VIEW = MemberView("m_1", 43, 1_790_000_000_000, Person("ru", "Наталья"), portable(Account("m_1")))
FACT = {"s": 1, "t": "visit", "at": 1_790_000_000_000, "mono": 77, "clk": "ntp", "d": {"card": CARD, "ev": {"chip": "NTAG215"}}}

PNG = b"\x89PNG\r\n\x1a\n" + bytes(9)

ORDINARY: tuple[FromKiosk | FromHub, ...] = (
    KioskState(Presence.ONLINE, "s1", "connect", EPOCH, 12, 3, "0.1.0", "ntp", 1_790_000_000_000),
    Birth("s1", "10000000abcd", (Stream(EPOCH, 1, 12),), "b00t", 77, 1_790_000_000_000, "connect"),
    FactBatch(EPOCH, "b00t", (FACT,)),
    Lookup(CARD, TOKEN),
    Sync("s1", "h_1", 1_790_000_000_000, ((EPOCH, 12),), 64, 16, 5),
    Claim("h_1", EPOCH, 12, ((7, "E_SCHEMA"),)),
    Members(((CARD, VIEW),)),
    Closings("h_1", 1_790_000_000_000, (Closing("bonus", "", 1_790_000_000_000, 2**53 - 1), Closing("perk:mug", "st12-a", 5, 9))),
    LookupAnswer(TOKEN, LookupStatus.FOUND, CARD, PLAIN_VIEW),
    Reserve(CARD, "coffee", 100, "st12-a/nfxgk5dfon2ca43pnvss4lrpfu", TOKEN),
    ReserveAnswer(TOKEN, ReserveStatus.HELD),
    Urgent(EPOCH, 12, CARD, 1),
    Alert(AlertId.DISK_LOW, Severity.WARN, 1_790_000_000_000, 412),
    Recovery("st12-a", f"st12-a/{EPOCH}/12", 1, 1_790_000_000_000),
    ReserveAnswer(TOKEN, ReserveStatus.REFUSED, why="too_few"),
    Command("c_x7k2m4n6p8q2r4s6t2u4v6w8", "restart", {"grace_s": 20}, 1_790_000_000_000, "olena"),
    CommandResult("c_x7k2m4n6p8q2r4s6t2u4v6w8", CommandState.REJECTED, "there is no command 'dance'"),
    CommandResult("c_x7k2m4n6p8q2r4s6t2u4v6w8", CommandState.SUCCEEDED, png=PNG),
    Desired(13, "5e" * 16, {"privacy.greeting_s": 6}, Edition(1_790_000_000_000, '[programme]\nname = "Кава"\n')),
    Reported(13, "5e" * 16, SetUp.REJECTED, 12, ("pushed version 13: privacy.greeting_s: 99 is out of bounds; write 3 to 8",)),
    HubState(Presence.ONLINE, "h_1", 1_790_000_000_000, 12_000),
)

OPERATORS = (
    OperatorRequest("config.push", {"kiosk": "st12-a", "set": {"privacy.greeting_s": 6}, "unset": ["kiosk.shop_name"]}, TOKEN),
    OperatorAnswer(TOKEN, 200, ("in words",), {"change": 17}),
)
Spoken = FromKiosk | FromHub | OperatorRequest | OperatorAnswer


def packet_of(message: Spoken) -> Packet:
    """A message as it is sent, by or to the kiosk st12-a of shard s0 or the operator olena."""
    match message:
        case OperatorRequest():
            return encode_request(message, "olena")
        case OperatorAnswer():
            return encode_answer(message, "olena")
    return encode(message, "s0", "st12-a")


numbers = st.integers(0, 2**53 - 1)
words = st.from_regex(r"[A-Za-z0-9._:+-]{1,64}", fullmatch=True)
epochs = st.from_regex(r"[a-z2-7]{12}", fullmatch=True)
cards = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
tokens = st.binary(min_size=16, max_size=16)
optional_words = st.one_of(st.just(""), words)
texts = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=64)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", fullmatch=True)
days = st.integers(1, 3_652_059)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
json_values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=8)
cursors = st.tuples(epochs, numbers)


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    first = draw(st.integers(1, 2**40))
    return Stream(draw(epochs), first, first - 1 + draw(st.integers(0, 2**40)))


@st.composite
def batches(draw: st.DrawFn) -> FactBatch:
    seen = sorted(draw(st.sets(st.integers(1, 2**53 - 1), max_size=8)))
    facts: tuple[dict[str, Any], ...] = tuple({**draw(st.dictionaries(words, json_values, max_size=4)), "s": number} for number in seen)
    return FactBatch(draw(epochs), draw(words), facts)


@st.composite
def closings(draw: st.DrawFn) -> Closing:
    start = draw(st.integers(0, 2**53 - 2))
    return Closing(draw(ids), draw(st.just("") | ids), start, draw(st.integers(start + 1, 2**53 - 1)))


contents = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
settings = st.from_regex(r"[a-z0-9_]{1,32}\.[a-z0-9_]{1,48}", fullmatch=True)
reasons = st.lists(texts.filter(bool), max_size=3).map(tuple)
editions = st.builds(Edition, numbers, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=80))
persons = st.builds(
    Person,
    st.sampled_from(["ru", "tt", "en", "zh-Hans", "pt-BR"]),
    texts,
    st.booleans(),
    st.lists(st.builds(Occasion, ids, days, days, ids, st.booleans(), st.integers(0, 200)), max_size=3).map(tuple),
    st.lists(st.builds(Letter, ids, texts.filter(bool), texts, st.sampled_from(["", "waiting"])), max_size=3).map(tuple),
    st.lists(ids, max_size=3).map(tuple),
)
BOOK = book()
accounts = st.dictionaries(words, json_values, max_size=4) | HISTORIES.map(lambda facts: portable(fold(facts, BOOK)))
views = st.builds(MemberView, words, numbers, numbers, persons, accounts, st.lists(cursors, max_size=4).map(tuple), st.booleans())
answers = st.one_of(
    st.builds(LookupAnswer, tokens, st.just(LookupStatus.FOUND), cards, views),
    st.builds(Reserve, cards, ids, st.integers(1, POINTS_MAX), ids, tokens),
    st.builds(ReserveAnswer, tokens, st.just(ReserveStatus.HELD)),
    st.builds(Alert, st.sampled_from(AlertId), st.sampled_from(Severity), numbers, numbers),
    st.builds(Urgent, epochs, st.integers(1, 2**53 - 1), cards, st.integers(0, 1)),
    st.builds(Recovery, st.just("st12-a"), ids, st.integers(0, 1), numbers),
    st.builds(Desired, st.integers(1, 2**53 - 1), contents, st.dictionaries(settings, json_values, max_size=4), st.none() | editions),
    st.builds(
        Reported, numbers, st.just("") | contents, st.sampled_from(SetUp), numbers, st.lists(texts.filter(bool), max_size=3).map(tuple)
    ),
    st.builds(ReserveAnswer, tokens, st.sampled_from([each for each in ReserveStatus if each is not ReserveStatus.HELD]), why=words),
    st.builds(LookupAnswer, tokens, st.sampled_from([each for each in LookupStatus if each is not LookupStatus.FOUND]), cards),
)
command_ids = st.from_regex(r"c_[a-z0-9]{8,40}", fullmatch=True)
lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=200)
arguments = st.dictionaries(words, st.booleans() | st.integers() | words, max_size=4)
presences = st.sampled_from(Presence)
messages: st.SearchStrategy[FromKiosk | FromHub] = st.one_of(
    st.builds(
        KioskState,
        presences,
        words,
        optional_words,
        st.one_of(st.just(""), epochs),
        numbers,
        numbers,
        optional_words,
        optional_words,
        numbers,
    ),
    st.builds(Birth, words, words, st.lists(streams(), max_size=5).map(tuple), words, numbers, numbers, words),
    batches(),
    st.builds(Lookup, cards, tokens),
    st.builds(
        Sync,
        words,
        words,
        numbers,
        st.lists(cursors, max_size=5).map(tuple),
        st.integers(1, 256),
        st.integers(1, 256),
        st.integers(1, 3600),
    ),
    st.builds(Claim, words, epochs, numbers, st.lists(st.tuples(st.integers(1, 2**53 - 1), words), max_size=5).map(tuple)),
    st.builds(Members, st.lists(st.tuples(cards, views), max_size=3).map(tuple)),
    st.builds(Closings, words, numbers, st.lists(closings(), max_size=5).map(tuple)),
    answers,
    st.builds(Command, command_ids, st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True), arguments, numbers, words),
    st.builds(CommandResult, command_ids, st.sampled_from(CommandState), st.just("") | lines),
    st.builds(CommandResult, command_ids, st.just(CommandState.SUCCEEDED), st.just("") | lines, st.binary().map(lambda rest: PNG + rest)),
    st.builds(HubState, presences, words, numbers, st.integers(0, SPREAD_MS_MAX)),
)
