"""The demo's people: whom the keys lay, how each is greeted, that balances are sums, and that seeding twice is seeding once."""

from __future__ import annotations

from datetime import UTC, datetime

from cards.identity import CardReference, identify
from config.programme import load_programme
from hub.announce import Teller
from hub.demo_members import MEMBERS, SEED, seed
from hub.demo_pasts import Past
from hub.explain_greeting import imagined
from hub.folding import read
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.settling import snapshot_of
from loyalty.account import advance, fold
from loyalty.counter.redeeming import offers
from mqtt.messages import Lookup, LookupStatus, Members
from mqtt.wire import encode
from tests.hub_builders import DAY, batch, document, visit

PEPPER = b"a pepper of the tests"
COFFEE = load_programme("coffee")
NOON = round(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp() * 1000)  # no holiday of the shipped programme is near


def seeded() -> tuple[Receiver, MemoryHubStore]:
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, COFFEE)
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
        greeted.append((answer.view.person.language, answer.view.person.greeting_name))
        encode(answer, "s0", "k-1")
    assert greeted == [("uk", "Олено"), ("ru", "Дмитрий"), ("en", "Grace"), ("uk", "Оксано")]


def test_there_are_a_dozen_in_three_languages() -> None:
    """A dozen members and a friend to be brought, with every language, a hidden balance, no name, two cards in one hand, one blocked."""
    _, store = seeded()
    people = store.held.members.values()
    assert len(people) == 13
    assert {each.profile.language for each in people if each.profile} == {"en", "uk", "ru"}
    assert any(each.profile.hide_balance for each in people if each.profile)
    assert any(each.profile.greeting_name is None for each in people if each.profile)
    assert [(len(each.cards), len(each.blocked)) for each in people if len(each.cards) > 1] == [(2, 1)]


def test_each_is_greeted_in_another_way() -> None:
    """At a tap right after seeding each member is greeted as their past is made for, and every kind of greeting is shown by somebody."""
    _, store = seeded()
    shown = {}
    with store.transaction() as tx:
        for each in MEMBERS:
            record = tx.members([each.id])[each.id]
            person = Teller(tx, COFFEE, NOON).person(record)
            choice = imagined(read(snapshot_of(tx, record, COFFEE)), person, record.cards[0], COFFEE, NOON)
            shown[each.id] = choice.main.kind.value if choice.main else ""
    assert shown == {each.id: each.past.value for each in MEMBERS}
    assert set(shown.values()) == {past.value for past in Past}


def test_the_birthday_brings_its_gift_and_grace_can_buy_something() -> None:
    """The birthday was said long ago and with consent, so a gift may come with it; the member about to rise can afford a reward."""
    _, store = seeded()
    with store.transaction() as tx:
        members = tx.members(["m_demo01", "m_demo03"])
        (birthday, *_) = Teller(tx, COFFEE, NOON).person(members["m_demo01"]).occasions
        grace = advance(read(snapshot_of(tx, members["m_demo03"], COFFEE)), NOON, COFFEE)
    assert (birthday.id, birthday.gift) == ("birthday", True)
    assert any(not offer.missing for offer in offers(grace, None))


def test_no_fact_of_the_pasts_is_senseless() -> None:
    """Every opening fact counts, and every balance is the fold of the facts about the member."""
    _, store = seeded()
    with store.transaction() as tx:
        for id_, member in tx.members([each.id for each in MEMBERS]).items():
            account = fold(tx.facts_of(member.cards, (id_,)), COFFEE, id_)
            assert (member.points, account.marks) == (account.ledger.balance, [])
    assert store.held.aside == {}


def test_todays_points_are_still_to_be_earned() -> None:
    """A visit right after seeding earns its points: no opening visit is on the day of the demo."""
    receiver, store = seeded()
    before = {each.id: store.held.members[each.id].points for each in MEMBERS}
    for number, each in enumerate(MEMBERS, start=1):
        receiver.receive(batch(document(number, visit(card(each.uids[0][0])), NOON + 1)), "k-1", NOON + 1)
    assert all(store.held.members[each.id].points >= before[each.id] + 10 for each in MEMBERS)


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
