"""Clubs and evenings with few places: who holds one whatever the order of facts, who is refused, and what kiosks are told is full."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from hub import desk
from hub.desk import Refused
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from loyalty.account import Account
from loyalty.account.circle import Circle
from loyalty.counter.person import EVENTS_MAX
from loyalty.facts import Body, ClubJoined, ClubLeft, Enrolled, ExitWay, MemberLeft, Merged, Replied
from loyalty.programme.saying import Club, ClubEvent, ClubJoin
from mqtt.messages import Lookup
from tests.hub_builders import CARD_1, CARD_2, CARD_3, DAY, KYIV, NOON, batch, birth, document, programme, rulebook, visit
from tests.hub_worlds import OWNERS, enrol, put_order

TODAY = KYIV.calendar.date_of(NOON)
TITLE = {"en": "Tasting"}


def evening(name: str, days: int, capacity: int = 2) -> ClubEvent:
    return ClubEvent(name, TITLE, TODAY + timedelta(days=days), capacity)


TASTERS = Club("tasters", TITLE, capacity=2, event=(evening("late", 20), evening("soon", 3), evening("far", 31), evening("now", 0)))
OPEN = Club(
    "open", TITLE, ClubJoin.RULE, rungs=("prospect", "potential", "buyer", "client", "advocate"), capacity=1, event=(evening("all", 5),)
)
BOOK = rulebook(club=(TASTERS, OPEN))
PROGRAMME = programme(club=(TASTERS, OPEN))


def shop(*joined: str) -> tuple[Receiver, MemoryHubStore]:
    """Three members with a card each, some of them tasters."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, BOOK)
    enrol(receiver)
    for id_ in joined:
        put_order(store, ClubJoined(id_, "tasters"), NOON - 50 * DAY)
    receiver.desk(NOON - 50 * DAY)
    return receiver, store


def say(receiver: Receiver, *told: tuple[Body, int]) -> None:
    """Facts that the kiosk tells, each with its moment."""
    receiver.receive(batch(*(document(number, body, at) for number, (body, at) in enumerate(told, start=1))), "k-1", NOON)


def full(receiver: Receiver, card: str, now_ms: int = NOON) -> tuple[str, ...]:
    """Evenings that the kiosk is told are full, for the owner of a card."""
    view = receiver.lookup(Lookup(card, b"t" * 16), "k-1", now_ms).view
    assert view is not None
    return view.person.full_events


def comes(card: str, event: str, coming: bool = True, club: str = "tasters") -> Replied:
    return Replied(card, club, event, coming)


# --- clubs ---------------------------------------------------------------------------------------------------------------------


def join(store: MemoryHubStore, member: str, club: str = "tasters") -> None:
    desk.put(store, "club.joined", {"member": member, "club": club}, NOON, programme=PROGRAMME)


def test_a_club_that_is_full_is_refused_in_words() -> None:
    """With two of two inside the third is refused, with the numbers and what to do; one who is inside may be said to join again."""
    receiver, store = shop("m_1", "m_2")
    with pytest.raises(Refused, match=r"the club tasters is full: 2 members, and room for 2; raise its capacity, or record a club\.left"):
        join(store, "m_3")
    join(store, "m_2")
    assert [order.payload["member"] for order in store.held.orders.values()] == ["m_2"]
    receiver.desk(NOON)
    put_order(store, ClubLeft("m_1", "tasters"), NOON)
    receiver.desk(NOON + 1)
    join(store, "m_3")


def test_who_waits_to_join_takes_a_place_and_who_waits_to_leave_frees_one() -> None:
    """Before ingest has turned, what waits counts as done: the newest word of each member."""
    _, store = shop("m_1")
    join(store, "m_2")
    with pytest.raises(Refused, match="is full"):
        join(store, "m_3")
    join(store, "m_2")
    put_order(store, ClubLeft("m_1", "tasters"), NOON)
    join(store, "m_3")
    with pytest.raises(Refused, match="is full"):
        join(store, "m_1")


def test_a_club_that_does_not_exist_is_refused() -> None:
    """A club nobody has heard of is named with those that there are."""
    _, store = shop()
    with pytest.raises(Refused, match="there is no club taster; there are: tasters, open"):
        join(store, "m_1", "taster")
    assert store.held.orders == {}


def test_a_club_by_rule_has_no_places() -> None:
    """Whoever is in by rung or tier is in: a capacity holds for invitations."""
    _, store = shop()
    for member in OWNERS.values():
        join(store, member, "open")


# --- evenings ------------------------------------------------------------------------------------------------------------------


def test_an_evening_is_full_when_as_many_come_as_there_is_room_for() -> None:
    """Two of two come: the kiosk is told so of the club's members; one who is in another club only is told of none of its evenings."""
    receiver, _ = shop("m_1", "m_2")
    say(receiver, (comes(CARD_1, "soon"), NOON - 5), (comes(CARD_2, "late"), NOON - 4), (visit(CARD_3), NOON - 3))
    assert full(receiver, CARD_1) == ()
    receiver.receive(batch(document(4, comes(CARD_2, "soon"))), "k-1", NOON)
    assert (full(receiver, CARD_1), full(receiver, CARD_2)) == (("tasters/soon",), ("tasters/soon",))
    assert full(receiver, CARD_3) == ()


def test_full_evenings_come_nearest_first_and_only_those_ahead() -> None:
    """An evening today and one in more than thirty days are not told; the nearest stands first, whatever the programme's order."""
    receiver, _ = shop("m_1", "m_2")
    said = [comes(card, event) for event in ("late", "far", "now", "soon") for card in (CARD_1, CARD_2)]
    say(receiver, *((body, NOON - 9 + n) for n, body in enumerate(said)))
    assert full(receiver, CARD_1) == ("tasters/soon", "tasters/late")
    assert full(receiver, CARD_1, NOON + DAY) == ("tasters/soon", "tasters/late", "tasters/far")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_newest_word_holds_however_late_facts_come(order: tuple[int, ...]) -> None:
    """Yes, no, yes of one and yes of another: the evening is full in the end, and one earlier word that comes late changes nothing."""
    receiver, store = shop("m_1", "m_2")
    words = [(comes(CARD_1, "soon"), NOON - 9), (comes(CARD_1, "soon", False), NOON - 8), (comes(CARD_1, "soon"), NOON - 7)]
    words.append((comes(CARD_2, "soon"), NOON - 6))
    for number, place in enumerate(order, start=1):
        body, at_ms = words[place]
        receiver.receive(batch(document(number, body, at_ms)), "k-1", NOON + number)
    assert full(receiver, CARD_2, NOON + 9) == ("tasters/soon",)
    with store.transaction() as tx:
        assert tx.taken(["tasters", "tasters/soon"]) == {"tasters": 2, "tasters/soon": 2}


@pytest.mark.parametrize(
    "after",
    [comes(CARD_2, "soon", False), ClubLeft("m_2", "tasters"), MemberLeft("m_2", ExitWay.ANONYMISED), Merged("m_1", "m_2", "op")],
)
def test_a_place_is_free_again_when_its_holder_is_gone(after: Body) -> None:
    """Who says no after all, leaves the club or the shop, or was the same person, frees the place."""
    receiver, store = shop("m_1", "m_2")
    say(receiver, (comes(CARD_1, "soon"), NOON - 9), (comes(CARD_2, "soon"), NOON - 8))
    assert full(receiver, CARD_1) == ("tasters/soon",)
    if isinstance(after, Replied):
        receiver.receive(batch(document(3, after)), "k-1", NOON)
    else:
        put_order(store, after, NOON)
        receiver.desk(NOON)
    assert full(receiver, CARD_1, NOON + 1) == ()


def test_who_left_and_came_back_holds_a_place_as_before() -> None:
    """The account of whoever may come back is theirs still, their places too."""
    _, store = shop("m_1", "m_2")
    receiver = Receiver("h_1", store, BOOK)
    for at_ms, body in enumerate((MemberLeft("m_1", ExitWay.DEACTIVATED), Enrolled("m_1")), start=NOON):
        put_order(store, body, at_ms)
        receiver.desk(at_ms)
        with store.transaction() as tx:
            assert tx.taken(["tasters"]) == {"tasters": 1 if isinstance(body, MemberLeft) else 2}


def test_members_by_rule_come_too() -> None:
    """An evening of a club that one is in by rule is full in the same way."""
    receiver, _ = shop()
    say(receiver, (visit(CARD_3), NOON - 9), *((comes(card, "all", club="open"), NOON - 5 + n) for n, card in enumerate((CARD_1, CARD_2))))
    assert full(receiver, CARD_3) == ("open/all",)


def test_a_kiosk_is_told_no_more_evenings_than_it_takes() -> None:
    """Of forty full evenings the nearest thirty-two are told, in a message that a kiosk reads."""
    from hub.announce import Teller
    from hub.folding import kept
    from hub.places import full_evenings

    clubs = [Club(name, TITLE, event=tuple(evening(f"e{n}", 1 + n, 1) for n in range(20))) for name in ("a", "b")]
    book = rulebook(club=tuple(clubs))
    places = frozenset(f"{club.id}/{event.id}" for club in clubs for event in club.event)
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, book)
    enrol(receiver)
    receiver.birth(birth(), "k-1", NOON)
    with store.transaction() as tx:
        tx.take_places({"m_2": places})
        assert len(full_evenings(tx, book, NOON)) == 40
        account = Account("m_1", circle=Circle(clubs={"a": 1, "b": 1}))
        teller = Teller(tx, book, NOON, {"m_1": kept(account, book)})
        told = teller.person(tx.members(["m_1"])["m_1"]).full_events
    assert (len(told), told[0], told[-1]) == (EVENTS_MAX, "a/e0", "b/e15")
