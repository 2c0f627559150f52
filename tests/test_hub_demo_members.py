"""The demo's people: whom the keys lay, that balances are sums, and that seeding twice is seeding once."""

from __future__ import annotations

from cards.identity import CardReference, identify
from hub.demo_members import MEMBERS, SEED, seed
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from mqtt.messages import Lookup, LookupStatus, Members
from mqtt.wire import encode
from tests.hub_builders import DAY, KYIV, NOON, batch, document, visit

PEPPER = b"a pepper of the tests"


def seeded() -> tuple[Receiver, MemoryHubStore]:
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    assert seed(receiver, PEPPER, NOON) == len(MEMBERS)
    return receiver, store


def card(uid: str) -> str:
    reference = identify(bytes.fromhex(uid), PEPPER)
    assert isinstance(reference, CardReference)
    return reference.text


def test_the_first_four_cards_are_found_by_lookup() -> None:
    """The cards of keys 1 to 4 belong to members who are greeted in their own language, in the case of an address."""
    receiver, _ = seeded()
    greeted = []
    for last in "1234":
        answer = receiver.lookup(Lookup(card(f"04A1B2C3D4E5F{last}"), b"t" * 16), "k-1", NOON)
        assert answer.status is LookupStatus.FOUND
        assert answer.view is not None
        greeted.append((answer.view.language, answer.view.greeting_name))
        encode(answer, "s0", "k-1")
    assert greeted == [("uk", "Олено"), ("ru", "Дмитрий"), ("en", "Grace"), ("uk", "Оксано")]


def test_there_are_a_dozen_in_three_languages() -> None:
    """A dozen members, with every language, a hidden balance, somebody without a name, and two cards in one hand."""
    _, store = seeded()
    people = store.held.members.values()
    assert len(people) == 12
    assert {each.profile.language for each in people} == {"en", "uk", "ru"}
    assert any(each.profile.hide_balance for each in people)
    assert any(each.profile.greeting_name is None for each in people)
    assert any(len(each.cards) == 2 for each in people)


def test_balances_are_sums_of_opening_visits() -> None:
    """Every opening balance is what the member's opening visits earn."""
    _, store = seeded()
    assert {each.id: store.held.members[each.id].points for each in MEMBERS} == {each.id: each.visits * 10 for each in MEMBERS}


def test_todays_points_are_still_to_be_earned() -> None:
    """A visit right after seeding earns its points: no opening visit is on the day of the demo."""
    receiver, store = seeded()
    for number, each in enumerate(MEMBERS, start=1):
        receiver.receive(batch(document(number, visit(card(each.uids[0][0])), NOON + 1)), "k-1", NOON + 1)
    assert {each.id: store.held.members[each.id].points for each in MEMBERS} == {each.id: each.visits * 10 + 10 for each in MEMBERS}


def test_seeding_again_changes_nothing() -> None:
    """A hub seeded on another day stays as it is, down to the versions."""
    receiver, store = seeded()
    before = store.snapshot()
    assert seed(receiver, PEPPER, NOON + 40 * DAY) == 0
    assert store.snapshot() == before


def test_the_past_tells_no_kiosk() -> None:
    """The stream of opening visits is no kiosk: nothing is ever announced to it."""
    receiver, _ = seeded()
    told = receiver.receive(batch(document(1, visit(card("04A1B2C3D4E5F1")))), "k-1", NOON).members
    assert SEED.kiosk not in {kiosk for kiosk, _ in told}
    assert all(isinstance(page, Members) for _, page in told)
