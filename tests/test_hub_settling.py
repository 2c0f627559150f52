"""What follows from new facts in the same transaction: cards and members move, friends convert, limits close rules, answers are learned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.deciding import HEARD_MS, HOUR_MS
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import DESK, Counted, Given, ProfileValue, Referral
from loyalty.account import fold
from loyalty.facts import (
    Body,
    CardChange,
    CardChanged,
    ConsentGiven,
    ConsentMethod,
    Converted,
    Face,
    Merged,
    OpeningBalance,
    Purchased,
    Purpose,
    QuestionAnswered,
    Redeemed,
    ReferralRejected,
    Referred,
    Returned,
    RuleClosed,
    Welcomed,
)
from loyalty.programme.ladder import RungBasis, Rungs
from loyalty.programme.listening import Choice, ProfileField, Question
from loyalty.programme.rules import Perk, PerkKind, Rule, Status, Trigger
from loyalty.rulebook import Rulebook
from loyalty.shop.credentials import CardStatus
from mqtt.messages import Members
from tests.hub_builders import (
    CARD_1,
    CARD_2,
    CARD_3,
    DAY,
    EPOCH_B,
    KYIV,
    NOON,
    TILL,
    account_points,
    batch,
    birth,
    document,
    member,
    rating,
    rulebook,
    visit,
)
from tests.hub_worlds import put_order

K = "k-1"


class Hub:
    """A hub with three members and a kiosk that has seen nothing yet; `tells` numbers a kiosk's facts, `desk` an operator's."""

    def __init__(self, book: Rulebook = KYIV) -> None:
        self.store = MemoryHubStore()
        self.receiver = Receiver("h_1", self.store, book)
        self.receiver.enrol([member("m_1", CARD_1), member("m_2", CARD_2), member("m_3", CARD_3)], NOON - 200 * DAY)
        self.receiver.birth(birth(), K, NOON - 200 * DAY)
        self.told = 0

    def tells(self, *bodies: Body, at_ms: int = NOON, now_ms: int = 0) -> tuple[tuple[str, Members], ...]:
        documents = [document(self.told + place, body, at_ms) for place, body in enumerate(bodies, start=1)]
        self.told += len(bodies)
        return self.receiver.receive(batch(*documents), K, now_ms or at_ms).members

    def desk(self, *bodies: Body, now_ms: int = NOON + 1) -> tuple[tuple[str, Members], ...]:
        for body in bodies:
            put_order(self.store, body, now_ms)
        receipt = self.receiver.desk(now_ms)
        assert receipt is not None
        return receipt.members

    def own(self) -> list[Body]:
        """What the hub itself wrote down, in order."""
        kept = [each.fact for each in self.store.held.facts.values() if each.fact.id.kiosk == DESK]
        return [fact.body for fact in sorted(kept, key=lambda fact: fact.id.number)]

    def points(self, id_: str) -> int:
        return self.store.held.members[id_].points


def bought(member_id: str, receipt: str = "r-1", amount: int = 1000) -> Purchased:
    return Purchased(receipt, amount, "UAH", member=member_id)


# --- merging -------------------------------------------------------------------------------------------------------------


def test_merged_members_have_one_account_of_all_facts_of_both() -> None:
    """Cards and facts of both count for the one who stays, and what names the other from then on does too."""
    hub = Hub()
    hub.tells(visit(CARD_1), at_ms=NOON - 2 * DAY)
    hub.tells(visit(CARD_2), at_ms=NOON - DAY)
    hub.desk(OpeningBalance("m_2", 7))
    hub.desk(Merged("m_1", "m_2", "op"))
    assert (hub.points("m_1"), sorted(hub.store.held.members)) == (27, ["m_1", "m_3"])
    hub.desk(Merged("m_3", "m_1", "op"), bought("m_2"))
    hub.tells(visit(CARD_1), at_ms=NOON)
    survivor = hub.store.held.members["m_3"]
    assert (survivor.points, survivor.cards, survivor.merged) == (37, (CARD_1, CARD_2, CARD_3), ("m_1", "m_2"))
    with hub.store.transaction() as tx:
        assert fold(tx.facts_of(survivor.cards, ("m_3", *survivor.merged)), KYIV, "m_3").footfall.visit_days == 3


def test_a_kiosk_hears_of_a_merge_under_the_cards_it_knows() -> None:
    """A kiosk that knew the merged member by a card is told who it belongs to now, with a version above the one it has."""
    hub = Hub()
    hub.tells(visit(CARD_2))
    before = hub.store.held.members["m_2"].version
    ((kiosk, told),) = hub.desk(Merged("m_1", "m_2", "op"))
    ((card, view),) = told.views
    assert (kiosk, card, view.member, account_points(view)) == (K, CARD_2, "m_1", 10)
    assert view.version > before


def test_a_merge_that_makes_no_sense_changes_nothing() -> None:
    """Merging a member with themselves, or with somebody who does not exist, leaves everybody as they were."""
    hub = Hub()
    before = hub.store.held.members
    hub.desk(Merged("m_1", "m_1", "op"), Merged("m_1", "m_9", "op"), Merged("m_9", "m_1", "op"))
    assert {id_: each.cards for id_, each in hub.store.held.members.items()} == {id_: each.cards for id_, each in before.items()}
    assert hub.store.held.became == {}


def test_a_kiosk_can_move_no_member_no_card_and_no_point() -> None:
    """What only the desk may say is put aside when a kiosk says it, claimed, and changes nothing."""
    hub = Hub()
    hub.tells(Merged("m_1", "m_2", "op"), CardChanged(CARD_3, CardChange.BLOCKED), OpeningBalance("m_1", 500), visit(CARD_1))
    assert [item.code for items in hub.store.held.aside.values() for item in items] == ["E_FOREIGN"] * 3
    assert (hub.points("m_1"), len(hub.store.held.members), hub.store.held.members["m_3"].blocked) == (10, 3, ())


def test_a_kiosk_names_no_member_and_takes_no_consent_on_paper() -> None:
    """What names a member instead of a card, or was given to staff, is the desk's to say."""
    hub = Hub()
    consent = ConsentGiven(Purpose.BIRTHDAY, ConsentMethod.STAFF, "v1", "0" * 64, "uk", card=CARD_1)
    hub.tells(visit(CARD_1), Redeemed(9, member="m_1"), consent, replace(consent, method=ConsentMethod.TAP))
    assert [item.number for items in hub.store.held.aside.values() for item in items] == [2, 3]
    assert hub.points("m_1") == 10


# --- cards ---------------------------------------------------------------------------------------------------------------


def test_a_blocked_card_is_told_as_blocked_and_the_other_one_is_not() -> None:
    """The view for a blocked card says so; unblocked it is as before."""
    hub = Hub()
    hub.receiver.enrol([member("m_1", "f" * 32)], NOON)
    hub.tells(visit(CARD_1), visit("f" * 32))
    ((_, told),) = hub.desk(CardChanged(CARD_1, CardChange.BLOCKED))
    assert {card: view.blocked for card, view in told.views} == {CARD_1: True, "f" * 32: False}
    ((_, told),) = hub.desk(CardChanged(CARD_1, CardChange.UNBLOCKED))
    assert not any(view.blocked for _, view in told.views)


def test_a_replaced_card_leaves_its_place_to_another() -> None:
    """The new card stands for the same member, one generation later, the old one must not be used, and the facts of both count."""
    hub, new = Hub(), "e" * 32
    hub.tells(visit(CARD_1), at_ms=NOON - DAY)
    hub.tells(visit(new), at_ms=NOON - 2 * DAY, now_ms=NOON)
    hub.desk(CardChanged(CARD_1, CardChange.REPLACED, by=new))
    record = hub.store.held.members["m_1"]
    assert (record.cards, record.blocked, record.points) == ((CARD_1, new), (CARD_1,), 20)
    card = hub.store.held.cards[new]
    assert (card.status, card.owner, card.generation, card.replaced_for) == (CardStatus.ACTIVE, "m_1", 2, CARD_1)


def test_an_issued_card_becomes_somebodys_when_it_is_activated() -> None:
    """A prospect's card belongs to nobody; activated for a member it brings along what was done with it."""
    hub, new = Hub(), "e" * 32
    hub.tells(visit(new))
    hub.desk(CardChanged(new, CardChange.ISSUED))
    assert new not in hub.store.held.owner
    hub.desk(CardChanged(new, CardChange.ACTIVATED, owner="m_1"))
    assert (hub.points("m_1"), hub.store.held.owner[new]) == (10, "m_1")


def test_an_unknown_owner_leaves_a_card_to_nobody() -> None:
    """A card given to somebody who does not exist belongs to nobody, and nothing breaks."""
    hub, new = Hub(), "e" * 32
    hub.desk(CardChanged(new, CardChange.ISSUED), CardChanged(new, CardChange.ACTIVATED, owner="m_9"))
    assert (hub.store.held.cards[new].owner, new in hub.store.held.owner) == ("", False)


# --- friends -------------------------------------------------------------------------------------------------------------


def test_a_friends_first_purchase_converts_the_referral_once() -> None:
    """Where a till tells, the advocate gets theirs with the friend's first purchase, and for no later one."""
    hub = Hub(TILL)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    assert Converted("m_1", "m_2") not in hub.own()
    told = hub.desk(bought("m_2"))
    hub.desk(bought("m_2", "r-2"), now_ms=NOON + DAY)
    assert hub.own().count(Converted("m_1", "m_2")) == 1
    assert hub.store.held.referrals == {"m_2": Referral("m_2", "m_1")}
    assert hub.points("m_1") == 30
    assert [card for _, page in told for card, _ in page.views] == [CARD_2], "the kiosk never saw the advocate's card"


def rejected(hub: Hub) -> list[ReferralRejected]:
    return [body for body in hub.own() if isinstance(body, ReferralRejected)]


def test_a_purchase_that_mostly_came_back_rejects_the_referral() -> None:
    """Half of it leaves the friend a customer; more than half takes back what both sides got, once."""
    hub = Hub(TILL)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    before = hub.points("m_2")
    hub.desk(bought("m_2", amount=1000))
    hub.desk(Returned("r-1", "x-1", 500, member="m_2"))
    assert (hub.points("m_1"), hub.points("m_2")) == (30, before + 7)
    hub.desk(Returned("r-1", "x-2", 1, member="m_2"))
    hub.desk(bought("m_2", "r-2"), Returned("r-2", "x-3", 1000, member="m_2"))
    why = "returned"
    assert rejected(hub) == [ReferralRejected("m_1", "m_2", why), ReferralRejected("m_2", "m_1", why)]
    assert (hub.points("m_1"), hub.points("m_2")) == (0, before)


@pytest.mark.parametrize(("stays", "ends"), [("m_1", "m_2"), ("m_2", "m_1")])
def test_members_who_turn_out_to_be_one_did_not_bring_themselves(stays: str, ends: str) -> None:
    """Whoever of the two is kept: what both sides got for the referral is taken back, once, and the rest of both stays."""
    hub = Hub(TILL)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    hub.desk(bought("m_2"))
    hub.desk(Merged(stays, ends, "s-1"))
    why = "one-person"
    assert rejected(hub) == [ReferralRejected(stays, "m_2", why), ReferralRejected(stays, "m_1", why)]
    plain = Hub(TILL)
    plain.tells(visit(CARD_2))
    assert hub.points(stays) == plain.points("m_2")
    hub.desk(bought(stays, "r-2"))
    assert len(rejected(hub)) == 2


def brought(hub: Hub, card: str = CARD_2) -> None:
    """A card is brought by the first member, and its owner buys something."""
    hub.tells(Referred(card, CARD_1, 1), visit(card))
    hub.desk(bought(hub.store.held.owner[card], f"r-{card[:1]}", amount=1000))


def test_a_friend_who_was_merged_into_another_counts_once_and_goes_back_once() -> None:
    """The record of a referral is found under whatever id the friend had: no second bonus, and a return takes the one there was."""
    hub = Hub(TILL)
    brought(hub)
    hub.desk(Merged("m_3", "m_2", "s-1"))
    hub.desk(bought("m_3", "r-9", amount=10))
    assert (hub.points("m_1"), hub.own().count(Converted("m_1", "m_2"))) == (30, 1)
    hub.desk(Returned("r-2", "x-1", 1000, member="m_3"))
    assert (hub.points("m_1"), len(rejected(hub))) == (0, 2)


def test_one_person_is_brought_once() -> None:
    """Two friends who prove to be one: one bonus stays."""
    hub = Hub(TILL)
    brought(hub)
    brought(hub, CARD_3)
    assert hub.points("m_1") == 30 + 45, "the second one as gold"
    hub.desk(Merged("m_2", "m_3", "s-1"))
    assert hub.points("m_1") == 30


def test_a_small_first_purchase_that_comes_back_costs_no_good_friend_the_bonus() -> None:
    """More than half of all that was bought must come back; a purchase of nothing makes nobody a customer."""
    hub = Hub(TILL)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    hub.desk(bought("m_2", "r-0", amount=0))
    assert hub.points("m_1") == 0
    hub.desk(bought("m_2", "r-1", amount=1), bought("m_2", "r-2", amount=1000))
    hub.desk(Returned("r-1", "x-1", 1, member="m_2"))
    assert (hub.points("m_1"), rejected(hub)) == (30, [])


def test_who_proves_to_have_been_here_before_was_not_brought() -> None:
    """A visit that is told late, and was before: the referral goes back."""
    hub = Hub(TILL)
    brought(hub)
    hub.receiver.receive(batch(document(1, visit(CARD_2), NOON - 90 * DAY), epoch=EPOCH_B), K, NOON)
    assert (hub.points("m_1"), len(rejected(hub))) == (0, 2)


def test_an_opening_balance_for_ever_stops_nothing() -> None:
    """The latest days that can be written down are taken, and the account can be read again."""
    for day in ("9990-12-31", "9991-01-01", "9999-12-05", "9999-12-30", "9999-12-31"):
        hub = Hub(TILL)
        hub.desk(OpeningBalance("m_1", 100, day))
        hub.tells(visit(CARD_1))
        assert hub.points("m_1") >= 100


def test_a_friend_brought_by_nobody_we_know_is_given_nothing() -> None:
    """A card that is no member's brings nobody, whatever a kiosk says; nor does the member's own other card."""
    for by in ("f" * 32, CARD_2):
        hub = Hub(TILL)
        hub.tells(Referred(CARD_2, by, 1), visit(CARD_2))
        before = hub.points("m_2")
        hub.desk(bought("m_2"))
        assert hub.points("m_2") == before


def test_without_a_till_the_second_visit_day_converts() -> None:
    """Who came once was only brought along; who comes on a second day is a customer."""
    hub = Hub(rulebook(Rule("friend", Trigger.REFERRAL, Status.ACTIVE, points=30), rungs=Rungs(RungBasis.VISITS)))
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2), at_ms=NOON - DAY)
    hub.tells(visit(CARD_2), at_ms=NOON - DAY + 1)
    assert hub.own() == []
    hub.tells(visit(CARD_2), at_ms=NOON)
    hub.tells(visit(CARD_2), at_ms=NOON + DAY)
    assert (hub.own(), hub.points("m_1")) == ([Converted("m_1", "m_2"), Welcomed("m_2", "m_1")], 30)


def test_nobody_brings_themselves_with_a_second_card() -> None:
    """Two cards of one member make no friend."""
    hub = Hub(TILL)
    hub.receiver.enrol([member("m_1", CARD_2)], NOON)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    hub.desk(bought("m_1"))
    assert hub.own() == [bought("m_1")]


# --- limits over all members ---------------------------------------------------------------------------------------------


def closed(hub: Hub) -> list[RuleClosed]:
    return [body for body in hub.own() if isinstance(body, RuleClosed)]


def test_a_spent_budget_closes_its_rule_for_whoever_comes_after() -> None:
    """The visit that reaches the budget still earns; those after it do not, and the closing is written down once."""
    hub = Hub(TILL)  # five points a visit until twenty are given
    for day in range(6):
        hub.tells(visit(CARD_1), at_ms=NOON + day * DAY)
    assert closed(hub).count(RuleClosed("limited")) == 1
    with hub.store.transaction() as tx:
        account = fold(tx.facts_of([CARD_1], ["m_1"]), Rulebook(TILL.editions, TILL.zone, tx.closings()), "m_1")
    assert account.tallies["limited"].points == 20
    assert hub.points("m_1") == account.ledger.balance


def test_a_closing_waits_until_every_kiosk_has_heard_of_it() -> None:
    """What another kiosk promised while the word travelled is given, though the budget is overshot by it; from then on nothing is."""
    hub = Hub(TILL)
    for day in range(4):
        hub.tells(visit(CARD_1), at_ms=NOON + day * DAY)
    spent_ms = NOON + 3 * DAY
    (closing,) = closed(hub)
    assert closing == RuleClosed("limited")
    hub.receiver.receive(batch(document(1, visit(CARD_2), spent_ms + HEARD_MS - 1), epoch=EPOCH_B), "k-2", spent_ms + HEARD_MS)
    hub.receiver.receive(batch(document(1, visit(CARD_3), spent_ms + HEARD_MS), epoch=EPOCH_B), "k-3", spent_ms + HEARD_MS)
    assert hub.points("m_2") == hub.points("m_3") + 5
    assert closed(hub).count(closing) == 1


def test_an_hourly_limit_closes_the_rule_at_that_kiosk_for_that_hour() -> None:
    """After two in an hour at one kiosk the third earns nothing there; elsewhere, and in the next hour, it does."""
    hub = Hub(TILL)
    at_ms = NOON // HOUR_MS * HOUR_MS
    hub.tells(rating(CARD_1, Face.GOOD), at_ms=at_ms)
    hub.tells(rating(CARD_2, Face.GOOD), at_ms=at_ms + 60_000)
    assert closed(hub) == [RuleClosed("slow", K, at_ms + HOUR_MS)]
    hub.tells(rating(CARD_3, Face.GOOD), at_ms=at_ms + 120_000)
    assert hub.points("m_3") == 2
    hub.tells(rating(CARD_3, Face.GOOD), at_ms=at_ms + HOUR_MS + 30 * 60_000)
    assert hub.points("m_3") == 3
    assert len(closed(hub)) == 1


def test_a_perk_that_is_out_of_stock_ends_and_so_does_what_only_gives_it() -> None:
    """The last of a stock is given; then the perk's own name and the rules that give nothing else are closed."""
    hub = Hub(TILL)
    for place, card in enumerate((CARD_1, CARD_2, CARD_3)):
        hub.tells(visit(card), at_ms=NOON + place * 1000)
    assert [body for body in closed(hub) if "cookie" in body.rule] == [RuleClosed("perk:cookie"), RuleClosed("cookie")]
    assert hub.store.held.given[Counted("perk:cookie", K)] == Given(0, 2)
    snapshots = [hub.store.held.snapshots[id_].text.count('"perk":"cookie"') for id_ in ("m_1", "m_2", "m_3")]
    assert snapshots == [1, 1, 0]


def test_rewards_that_were_bought_count_against_the_stock() -> None:
    """A perk bought with points is one less, like one that was given."""
    from loyalty.facts import Redeemed

    mug = Perk("mug", PerkKind.REWARD, {"en": "A mug"}, Status.ACTIVE, cost_points=5, stock=1)
    hub = Hub(rulebook(perk=(mug,)))
    hub.tells(visit(CARD_1), Redeemed(5, CARD_1, perk="mug"))
    assert closed(hub) == [RuleClosed("perk:mug")]


def test_the_hubs_own_facts_survive_a_restart_without_being_repeated() -> None:
    """Another run of the hub numbers its facts in a stream of its own, and decides nothing a second time."""
    hub = Hub(TILL)
    hub.tells(Referred(CARD_2, CARD_1, 1), visit(CARD_2))
    hub.desk(bought("m_2"))
    hub.receiver = Receiver("h_2", hub.store, TILL)
    hub.desk(bought("m_2", "r-2"))
    streams = {each.epoch for each in hub.store.held.cursors if each.kiosk == DESK}
    assert len(streams) == 2
    assert hub.own().count(Converted("m_1", "m_2")) == 1


# --- answers -------------------------------------------------------------------------------------------------------------


def test_an_answer_about_a_field_of_the_profile_is_learned() -> None:
    """It is kept for as long as the field says, told to kiosks by the field's name only; an answer of a poll is not kept."""
    choices = (Choice("tea", {"en": "Tea"}), Choice("milk", {"en": "Milk"}))
    taste = Question("taste", {"en": "What do you drink?"}, choices, Status.ACTIVE, "drink")
    poll = Question("poll", {"en": "Which?"}, choices, Status.ACTIVE)
    hub = Hub(rulebook(field=(ProfileField("drink", "To recommend.", valid_days=10),), question=(taste, poll)))
    hub.tells(visit(CARD_1))
    ((_, told),) = hub.tells(QuestionAnswered(CARD_1, "taste", "tea"), QuestionAnswered(CARD_1, "poll", "milk"))
    assert hub.store.held.values == {"m_1": {"drink": ProfileValue("drink", "tea", NOON, NOON + 10 * DAY)}}
    assert told.views[0][1].person.known_fields == ("drink",)
    ((_, told),) = hub.tells(visit(CARD_1), at_ms=NOON + 10 * DAY)
    assert told.views[0][1].person.known_fields == ()


def test_figures_are_those_of_the_account_as_of_now() -> None:
    """Rung, tier and the parts of the balance stand beside the member for lists."""
    hub = Hub(TILL)
    hub.desk(bought("m_1", amount=4100))
    record = hub.store.held.members["m_1"]
    figures = record.figures
    assert (record.points, figures.rung, figures.tier, figures.available, figures.pending) == (20, "buyer", "gold", 20, 41)
    assert (figures.owed, figures.cases, figures.marked) == (0, 0, 0)
