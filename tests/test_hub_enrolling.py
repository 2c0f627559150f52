"""Making members of people: what is written where, what is refused in words, and that a card just laid down greets its owner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cards.identity import CardReference, identify
from hub import desk, enrolling
from hub.desk import Refused
from hub.door import HubStore
from hub.enrolling import Joining, Paper
from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import NoteText, Profile
from loyalty.counter.person import Letter
from loyalty.facts import MemberType, Purpose
from loyalty.shop.credentials import CardStatus
from mqtt.messages import FactBatch, FromHub, Lookup, LookupAnswer, LookupStatus, Members
from tests.hub_builders import CARD_1, CARD_2, CARD_3, DAY, KYIV, NOON, batch, birth, document, member, visit
from tests.hub_database import emptied_database
from tests.test_hub_ingest import K, RecordingLink, arrived

OLENA = Profile("Олена Коваль", "uk", "Олено")
PEPPER = b"a pepper of the tests"


@pytest.fixture
def real() -> Iterator[HubStore]:
    with emptied_database() as store:
        yield store


class Counter:
    """A hub's ear over a store, with a kiosk that listens; each `hears` is one turn of ingest."""

    def __init__(self, store: HubStore) -> None:
        self.link, self.now_ms, self.mono_s = RecordingLink(), NOON, 0.0
        self.receiver = Receiver("h_1", store, KYIV)
        self.ear = Ingest(self.receiver, self.link, "s0", now_ms=lambda: self.now_ms, mono_s=lambda: self.mono_s)
        self.ear.start()
        self.hears(birth())

    def hears(self, *said: object) -> list[FromHub | int]:
        before = len(self.link.said)
        self.now_ms, self.mono_s = self.now_ms + 1000, self.mono_s + 1
        for token, each in enumerate(said, start=1):
            self.link.report(arrived(each, K, token))  # type: ignore[arg-type]
        self.ear.turn()
        return [what for _, what in self.link.said[before:]]

    def looks_up(self, card: str) -> LookupAnswer:
        answer = self.hears(Lookup(card, b"t" * 16))[0]
        assert isinstance(answer, LookupAnswer)
        return answer


def laid(number: int, card: str, at_ms: int = NOON) -> FactBatch:
    return batch(document(number, visit(card), at_ms))


def orders(store: HubStore) -> list[tuple[str, dict[str, object]]]:
    with store.transaction() as tx:
        return [(order.kind, order.payload) for order in tx.orders(99)]


def shop() -> MemoryHubStore:
    store = MemoryHubStore()
    Receiver("h_1", store, KYIV).enrol([member("m_1", CARD_1)], NOON)
    return store


# --- the whole way ---------------------------------------------------------------------------------------------------------


def test_a_card_that_was_just_laid_down_greets_its_new_owner(real: HubStore) -> None:
    """A card of nobody is answered as unknown and waits; once it is enrolled and ingest has turned, it is found under the name."""
    from hub import waiting

    counter = Counter(real)
    assert counter.looks_up(CARD_2).status is LookupStatus.UNKNOWN
    (card,) = waiting.cards(real)
    assert (card.card, card.kiosk, card.at_ms) == (CARD_2, K, counter.now_ms)
    enrolling.enrol(real, "m_new", Joining(OLENA, cards=(card.card,)), counter.now_ms)
    counter.hears()
    answer = counter.looks_up(CARD_2)
    assert answer.status is LookupStatus.FOUND
    assert answer.view is not None
    assert (answer.view.member, answer.view.blocked) == ("m_new", False)
    assert (answer.view.person.greeting_name, answer.view.person.language) == ("Олено", "uk")
    assert waiting.cards(real) == []
    told = [each for each in counter.hears(laid(1, CARD_2)) if isinstance(each, Members)]
    assert told[0].views[0][1].person.greeting_name == "Олено"


def test_visits_from_before_joining_count(real: HubStore) -> None:
    """A card that visited off line waits too, with the moment of its visit; once enrolled, its past is the member's."""
    from hub import waiting

    counter = Counter(real)
    counter.hears(laid(1, CARD_2, NOON - DAY), laid(2, CARD_3, NOON - 2 * DAY))
    assert [(each.card, each.at_ms) for each in waiting.cards(real)] == [(CARD_2, NOON - DAY), (CARD_3, NOON - 2 * DAY)]
    enrolling.enrol(real, "m_new", Joining(OLENA, cards=(CARD_2,)), counter.now_ms)
    (told,) = [each for each in counter.hears() if isinstance(each, Members)]
    ((card, view),) = told.views
    assert (card, view.person.greeting_name, view.account["footfall"]["visit_days"]) == (CARD_2, "Олено", 1)
    assert [each.card for each in waiting.cards(real)] == [CARD_3]


def test_a_card_that_cannot_be_enrolled_does_not_wait(real: HubStore) -> None:
    """A retired card is laid down again and again; it is not offered to whoever enrols."""
    from hub import waiting

    counter = Counter(real)
    for change in ("issued", "retired"):
        desk.put(real, "card.changed", {"card": CARD_2, "change": change}, NOON)
    counter.hears()
    assert counter.looks_up(CARD_2).status is LookupStatus.UNKNOWN
    assert waiting.cards(real) == []


# --- what is written where ---------------------------------------------------------------------------------------------------


def test_facts_of_joining_name_nobody() -> None:
    """Joining is one fact, each card two, each consent one with the proof of what was signed; name and birthday are in none."""
    store = MemoryHubStore()
    profile = replace(OLENA, birthday=(9, 23), birthday_set_ms=NOON)
    paper = enrolling.paper_of("consent-2026.uk.txt", "Я згодна".encode())
    consents = (Purpose.BIRTHDAY, Purpose.PROFILING)
    enrolling.enrol(store, "m_new", Joining(profile, MemberType.HOUSEHOLD, "friend", True, (CARD_2,), consents, paper), NOON)
    assert store.held.members["m_new"].profile == profile
    proof = {"text": "consent-2026.uk", "text_sha256": hashlib.sha256("Я згодна".encode()).hexdigest(), "language": "uk"}
    given = {"method": "staff_assisted", **proof, "member": "m_new"}
    told = orders(store)
    assert told == [
        ("member.enrolled", {"member": "m_new", "type": "household", "heard": "friend", "staff": True}),
        ("consent.given", {"purpose": "birthday", **given}),
        ("consent.given", {"purpose": "profiling", **given}),
        ("card.changed", {"card": CARD_2, "change": "issued"}),
        ("card.changed", {"card": CARD_2, "change": "activated", "owner": "m_new"}),
    ]
    assert not {word for word in ("Олен", "23", "Коваль") if word in json.dumps(told, ensure_ascii=False).replace(proof["text_sha256"], "")}


def test_a_card_handed_out_before_is_only_activated() -> None:
    """A card that was issued to nobody stands for its member after one more change."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    desk.put(store, "card.changed", {"card": CARD_2, "change": "issued"}, NOON)
    receiver.desk(NOON)
    enrolling.enrol(store, "m_new", Joining(OLENA, cards=(CARD_2,)), NOON)
    receiver.desk(NOON + 1)
    assert (store.held.cards[CARD_2].status, store.held.cards[CARD_2].problems) == (CardStatus.ACTIVE, ())
    assert store.held.members["m_new"].cards == (CARD_2,)


# --- what is refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("joining", "reason"),
    [
        (Joining(OLENA, cards=(CARD_1,)), "card 11111111 belongs to m_1"),
        (Joining(OLENA, cards=(CARD_2, CARD_2)), "each named once"),
        (Joining(OLENA, cards=tuple(f"{n:032x}" for n in range(9))), "up to 8 cards"),
        (Joining(OLENA, consents=(Purpose.BIRTHDAY,)), "needs the text that was signed"),
        (Joining(OLENA, heard="by ear"), "heard: expected an id"),
        (Joining(OLENA, consents=(Purpose.BIRTHDAY,), paper=Paper("a b", "0" * 64)), "text: expected an id"),
    ],
)
def test_what_cannot_be_enrolled_leaves_nothing(joining: Joining, reason: str) -> None:
    """A refusal says why, and neither a member nor an order is there afterwards."""
    store = shop()
    with pytest.raises(Refused, match=reason):
        enrolling.enrol(store, "m_new", joining, NOON)
    assert (store.held.orders, set(store.held.members)) == ({}, {"m_1"})


def test_a_card_that_somebody_waits_for_is_refused() -> None:
    """Two people are enrolled with one card before ingest has turned: the second is refused, although the card is nobody's yet."""
    store = shop()
    enrolling.enrol(store, "m_2", Joining(OLENA, cards=(CARD_2,)), NOON)
    with pytest.raises(Refused, match="card 22222222 belongs to m_2"):
        enrolling.enrol(store, "m_3", Joining(OLENA, cards=(CARD_2,)), NOON)
    with pytest.raises(Refused, match="this id is taken"):
        enrolling.enrol(store, "m_2", Joining(OLENA), NOON)


def test_changes_that_wait_count_for_the_next_one() -> None:
    """At the desk a card may be issued and activated in one go; what cannot follow on what waits is refused."""
    store = shop()
    for change in ({"change": "issued"}, {"change": "activated", "owner": "m_1"}):
        desk.put(store, "card.changed", {"card": CARD_2, **change}, NOON)
    with pytest.raises(Refused, match="a card that is active cannot be issued"):
        desk.put(store, "card.changed", {"card": CARD_2, "change": "issued"}, NOON)


@pytest.mark.parametrize(
    ("chip", "reason"),
    [
        ("08A1B2C3", "card 2: this chip shows another number at every tap"),
        ("04A1B2", "card 2: a chip number has 4, 7 or 10 bytes, this one has 3"),
        ("", "this one has 0"),
        ("card one", "card 2: a chip number is written in hex digits"),
    ],
)
def test_chips_that_can_be_no_card_are_refused_without_their_number(chip: str, reason: str) -> None:
    """A random or an impossible chip number is refused in words for staff, which never repeat the number."""
    with pytest.raises(Refused, match=reason) as refused:
        enrolling.reference_of(chip, 2, PEPPER)
    assert not chip or chip not in str(refused.value)


def test_a_chip_number_becomes_the_reference_that_kiosks_make() -> None:
    """Colons and small letters are how readers print a number; the reference is the same."""
    wanted = identify(bytes.fromhex("04A1B2C3D4E5F6"), PEPPER)
    assert isinstance(wanted, CardReference)
    assert enrolling.reference_of("04:a1:b2:c3:d4:e5:f6", 1, PEPPER) == wanted.text


@pytest.mark.parametrize(("text", "day"), [("23-09", (9, 23)), ("29-02", (2, 29)), (None, None)])
def test_a_birthday_is_a_day_and_a_month(text: str | None, day: tuple[int, int] | None) -> None:
    """The day comes first; one on 29 February is a day too, and none is none."""
    assert enrolling.birthday_of(text) == day


@pytest.mark.parametrize("text", ["", "31-04", "09-23", "23", "23-09-1990", "23.09", "x-y"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    """What is no day of a year, or has a year, is refused."""
    with pytest.raises(Refused, match="no such birthday"):
        enrolling.birthday_of(text)


@pytest.mark.parametrize(("name", "content", "reason"), [("a.txt", b" \n", "is empty"), ("згода.txt", b"x", "expected an id")])
def test_a_text_that_proves_nothing_is_refused(name: str, content: bytes, reason: str) -> None:
    """An empty text, or one whose file's name cannot stand in a fact, is refused."""
    with pytest.raises(Refused, match=reason):
        enrolling.paper_of(name, content)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"display_name": "", "language": "en"}, "1 to 64 printable"),
        ({"display_name": "G", "language": "e"}, "named like en, uk"),
        ({"display_name": "G", "language": "en", "greeting_name": "x\n"}, "1 to 64 printable"),
    ],
)
def test_a_profile_that_no_kiosk_can_be_told_is_refused(fields: dict[str, object], reason: str) -> None:
    """No name, no language or a name that no screen can show is refused in words."""
    with pytest.raises(Refused, match=reason):
        enrolling.profile_of(fields)


# --- changes and notes ---------------------------------------------------------------------------------------------------------


def test_a_changed_profile_is_told_to_kiosks_by_name_of_the_fields_only(real: HubStore) -> None:
    """The fact names the fields, nothing that is in them; the kiosk that knows the card hears the new name at the next turn."""
    counter = Counter(real)
    counter.receiver.enrol([member("m_1", CARD_1)], NOON)
    counter.hears(laid(1, CARD_1))
    fields = {"greeting_name": "Gracie", "birthday": (9, 23), "language": "en"}
    assert enrolling.change(real, "m_1", NOON + 5, fields) == ("birthday", "greeting_name")
    assert orders(real) == [("member.updated", {"member": "m_1", "fields": ["birthday", "greeting_name"]})]
    (told,) = [each for each in counter.hears() if isinstance(each, Members)]
    assert told.views[0][1].person.greeting_name == "Gracie"
    with real.transaction() as tx:
        held = tx.members(["m_1"])["m_1"].profile
    assert held is not None
    assert (held.birthday, held.birthday_set_ms, held.display_name) == ((9, 23), NOON + 5, "Grace")


def test_the_same_birthday_said_again_was_said_long_ago() -> None:
    """Only another birthday is a new one: whoever repeats theirs beside another change does not lose the day's gift."""
    store = shop()
    enrolling.change(store, "m_1", NOON, {"birthday": (9, 23)})
    assert enrolling.change(store, "m_1", NOON + DAY, {"birthday": (9, 23), "hide_balance": True}) == ("hide_balance",)
    profile = store.held.members["m_1"].profile
    assert profile is not None
    assert (profile.birthday_set_ms, profile.hide_balance) == (NOON, True)


def test_a_change_of_nothing_and_of_nobody_is_refused() -> None:
    """What is so already is no change, and whoever was forgotten has no profile to change; nothing is written down."""
    store = shop()
    with pytest.raises(Refused, match="nothing would be different"):
        enrolling.change(store, "m_1", NOON, {"language": "en"})
    with store.transaction() as tx:
        tx.forget("m_1")
    with pytest.raises(Refused, match="was forgotten"):
        enrolling.change(store, "m_1", NOON, {"language": "uk"})
    assert store.held.orders == {}


def test_a_note_is_read_by_the_member_and_named_in_the_fact() -> None:
    """The words and who wrote them as the member reads it stay with the profile; the fact has the note's id and the machine's user."""
    store = shop()
    receiver = Receiver("h_1", store, KYIV)
    enrolling.write_note(store, NoteText("n_1", "m_1", "Ваша Ефіопія", "Лена", "waiting"), "op", NOON)
    assert orders(store) == [("note.written", {"member": "m_1", "note": "n_1", "by": "op", "reply_to": "waiting"})]
    receiver.desk(NOON)
    view = receiver.lookup(Lookup(CARD_1, b"t" * 16), K, NOON).view
    assert view is not None
    assert view.person.letters == (Letter("n_1", "Ваша Ефіопія", "Лена", "waiting"),)


@pytest.mark.parametrize(
    ("note", "by", "reason"),
    [
        (NoteText("n_1", "m_1", "", "Лена"), "op", "a note needs words"),
        (NoteText("n_1", "m_1", "x" * 281, "Лена"), "op", "1 to 280"),
        (NoteText("n_1", "m_1", "Hello", ""), "op", "who writes"),
        (NoteText("n_1", "m_1", "Hello", "Лена"), "не латиною", "by: expected an id"),
    ],
)
def test_a_note_that_cannot_be_read_is_refused(note: NoteText, by: str, reason: str) -> None:
    """No words, too many, nobody who writes: refused, and no word of it is kept."""
    store = shop()
    with pytest.raises(Refused, match=reason):
        enrolling.write_note(store, note, by, NOON)
    assert (store.held.orders, store.held.notes) == ({}, {})
