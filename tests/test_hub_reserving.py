"""A reward asked for on line: the hub sets the points aside before it says yes, so that no two counters spend them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.folding import read
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.reserving import OPEN_MAX
from loyalty.account import Account
from loyalty.facts import CardChange, CardChanged, Held, OpeningBalance, Redeemed
from loyalty.programme.rules import Perk, PerkKind, Redemption, Status
from mqtt.messages import Reserve, ReserveAnswer, ReserveStatus
from tests.hub_builders import CARD_1, CARD_2, NOON, batch, birth, document, member, rulebook
from tests.hub_worlds import put_order

K, OTHER = "k-1", "k-2"
TOKENS = [bytes([number]) * 16 for number in range(9)]
COFFEE = Perk("coffee", PerkKind.REWARD, {"en": "Coffee"}, Status.ACTIVE, cost_points=60)
BOOK = rulebook(perk=(COFFEE, replace(COFFEE, id="gone", status=Status.ENDED)), redemption=Redemption(min_points=10))
MINUTE_MS = 60_000


def hold_of(kiosk: str, place: int) -> str:
    """The name that a kiosk gives to what is set aside for a question."""
    return f"{kiosk}/q{place}"


class Hub:
    """A hub, two kiosks and a member with two cards and a hundred points."""

    def __init__(self) -> None:
        self.store = MemoryHubStore()
        self.receiver = Receiver("h_1", self.store, BOOK)
        self.receiver.enrol([member("m_1", CARD_1, CARD_2)], NOON - MINUTE_MS)
        self.now_ms, self.told = NOON - MINUTE_MS, 0
        self.desk(OpeningBalance("m_1", 100))
        self.now_ms = NOON
        for kiosk in (K, OTHER):
            self.receiver.birth(birth(), kiosk, NOON)

    def desk(self, body: object) -> None:
        """An operator's word."""
        put_order(self.store, body, self.now_ms)  # type: ignore[arg-type]
        self.receiver.desk(self.now_ms)

    def ask(self, place: int, kiosk: str = K, card: str = CARD_1, perk: str = "coffee", points: int = 60, hold: str = "") -> ReserveAnswer:
        """May this card have a coffee?"""
        return self.receiver.reserve(Reserve(card, perk, points, hold or hold_of(kiosk, place), TOKENS[place]), kiosk, self.now_ms)[0]

    def spends(self, place: int, at_ms: int, kiosk: str = K) -> None:
        """The kiosk writes down what it was allowed."""
        self.told += 1
        body = Redeemed(60, CARD_1, perk="coffee", code="ABCD", hold=hold_of(kiosk, place))
        self.receiver.receive(batch(document(self.told, body, at_ms)), kiosk, self.now_ms)

    @property
    def account(self) -> Account:
        """As the hub keeps it."""
        return read(self.store.held.snapshots["m_1"])


def test_what_one_counter_was_promised_no_other_can_have() -> None:
    """A hundred points buy one coffee for sixty, with whichever card, wherever it is asked at the same moment."""
    hub = Hub()
    yes = hub.ask(0)
    assert yes == ReserveAnswer(TOKENS[0], ReserveStatus.HELD)
    assert hub.ask(1, OTHER, CARD_2) == ReserveAnswer(TOKENS[1], ReserveStatus.REFUSED, why="too_few")
    hub.spends(0, NOON + 5)
    assert (hub.account.ledger.available, hub.account.ledger.holds, hub.account.marked) == (40, {}, 0)


def test_a_question_that_comes_twice_sets_aside_once() -> None:
    """The same token gets the same yes; and points set aside and never spent are free again after a minute."""
    hub = Hub()
    assert hub.ask(0) == hub.ask(0)
    assert sum(isinstance(kept.fact.body, Held) for kept in hub.store.held.facts.values()) == 1
    assert hub.ask(1).status is ReserveStatus.REFUSED
    hub.now_ms += MINUTE_MS
    assert hub.ask(1).status is ReserveStatus.HELD


def test_a_kiosk_whose_clock_is_behind_leaves_nothing_set_aside() -> None:
    """Its redemption is dated before the hub's word: the points are spent once, and not set aside after that."""
    hub = Hub()
    hub.ask(0)
    hub.spends(0, NOON - 2_000)
    assert (hub.account.ledger.available, hub.account.ledger.holds, hub.account.marked) == (40, {}, 0)


def test_what_is_spent_after_all_though_the_minute_is_over_is_spent_once() -> None:
    """The kiosk started anew in between: what was free again is taken, as a redemption that happened always is."""
    hub = Hub()
    hub.ask(0)
    hub.now_ms += 10 * MINUTE_MS
    hub.spends(0, hub.now_ms)
    assert (hub.account.ledger.available, hub.account.ledger.spent) == (40, 60)


@pytest.mark.parametrize(
    ("more", "status", "why"),
    [
        ({"card": "f" * 32}, ReserveStatus.UNKNOWN, ""),
        ({"perk": "gone"}, ReserveStatus.REFUSED, "ended"),
        ({"perk": "never-was"}, ReserveStatus.REFUSED, "ended"),
        ({"points": 59}, ReserveStatus.REFUSED, "ended"),
        ({"hold": "k-2/mine"}, ReserveStatus.REFUSED, "ended"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(more: dict[str, object], status: ReserveStatus, why: str) -> None:
    """A card of nobody's, a reward that is not to be had, or not for so little, or under another kiosk's name; nothing is set aside."""
    hub = Hub()
    assert hub.ask(0, **more) == ReserveAnswer(TOKENS[0], status, why=why)  # type: ignore[arg-type]
    assert hub.account.ledger.holds == {}


def test_a_blocked_card_buys_nothing() -> None:
    """The member's other card does."""
    hub = Hub()
    hub.desk(CardChanged(CARD_1, CardChange.BLOCKED))
    assert hub.ask(0).status is ReserveStatus.BLOCKED
    assert hub.ask(1, card=CARD_2).status is ReserveStatus.HELD


def test_a_kiosk_gone_mad_cannot_set_everything_aside() -> None:
    """So many at once for one member, whatever the balance, and no more facts for it."""
    hub = Hub()
    hub.receiver.enrol([member("m_2", "d" * 32)], NOON)
    hub.desk(OpeningBalance("m_2", 10_000))
    statuses = [hub.ask(place, card="d" * 32).status for place in range(OPEN_MAX + 2)]
    assert statuses == [ReserveStatus.HELD] * OPEN_MAX + [ReserveStatus.REFUSED] * 2


def test_what_is_set_aside_is_kept_before_the_kiosk_hears_yes() -> None:
    """A power cut at the commit: no yes, and nothing set aside."""
    hub = Hub()

    def cut() -> None:
        raise OSError("the power failed")

    hub.store.before_commit = cut
    with pytest.raises(OSError, match="power"):
        hub.ask(0)
    hub.store.before_commit = int
    assert hub.ask(1).status is ReserveStatus.HELD
    assert list(hub.account.ledger.holds) == [hold_of(K, 1)]
