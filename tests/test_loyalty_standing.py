"""What a kiosk may promise: the hub's view and its own uncovered facts add up to the hub's account, in whatever order word comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.facts import Fact
from loyalty.ledger import fold
from loyalty.standing import MemberView, Pending, Standing
from loyalty.tap import Welcome, welcome
from tests.builders import CARD, DAY_MS, EPOCH, NEXT_EPOCH, NOON_MS, TODAY, fact, programme, rating, reason, standing, view, visit

VISIT_TODAY, THANKS_TODAY = f"visit/{TODAY}", f"thanks/{TODAY}"
BODIES = st.sampled_from([visit(), rating(), reason()])
DAYS = st.integers(0, 3)


class KioskAndHub(RuleBasedStateMachine):
    """A kiosk, a hub that takes its facts in order, other kiosks' facts, views that come late, twice or in any order, and a hub
    that falls back to a backup. The kiosk's balance must always be what the ledger makes of all it was told and saw itself."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = programme()
        self.known = Standing(CARD)
        self.own: list[Fact] = []
        self.epoch = 0
        self.number = 0
        self.taken: dict[str, int] = {}
        self.others: list[Fact] = []
        self.version = 0
        self.mail: list[tuple[MemberView, list[Fact]]] = []
        self.seen: tuple[MemberView, list[Fact]] | None = None

    @initialize(points=st.integers(0, 2))
    def history(self, points: int) -> None:
        """What other kiosks saw before ours met the card."""
        for _ in range(points):
            self.elsewhere(visit(), 0)

    def held(self) -> list[Fact]:
        """What the hub holds."""
        return [each for each in self.own if each.id.number <= self.taken.get(each.id.epoch, 0)] + self.others

    def newest(self) -> MemberView:
        """The hub's view as it is now, with a version higher than any before."""
        self.version += 1
        account = fold(self.held(), self.terms)
        return view(self.version, account.balance, earned=account.earned_since(""), covers=tuple(sorted(self.taken.items())))

    @rule(body=BODIES, day=DAYS)
    def tap(self, body: Any, day: int) -> None:
        """Something happens at our kiosk."""
        self.number += 1
        seen = fact(self.number, body, NOON_MS + day * DAY_MS, epoch=f"epoch{self.epoch}")
        self.own.append(seen)
        self.known = self.known.with_fact(seen, self.terms)

    @rule()
    def restart(self) -> None:
        """Our kiosk starts anew: another epoch, numbers from 1."""
        self.epoch, self.number = self.epoch + 1, 0

    @rule(body=BODIES, day=DAYS)
    def elsewhere(self, body: Any, day: int) -> None:
        """Something happens at another kiosk and reaches the hub."""
        self.others.append(fact(len(self.others) + 1, body, NOON_MS + day * DAY_MS + 1, kiosk="k2"))

    @rule(count=st.integers(1, 4))
    def hub_takes(self, count: int) -> None:
        """The hub takes some more of our facts, in order, epoch by epoch."""
        for each in [each for each in self.own if each.id.number > self.taken.get(each.id.epoch, 0)][:count]:
            self.taken[each.id.epoch] = each.id.number

    @rule()
    def hub_writes(self) -> None:
        """The hub says what the member looks like now."""
        self.mail.append((self.newest(), self.held()))

    @precondition(lambda self: self.mail)
    @rule(data=st.data())
    def word_comes(self, data: st.DataObject) -> None:
        """Any view that is under way comes, maybe out of order, maybe not for the last time."""
        told = data.draw(st.sampled_from(range(len(self.mail))))
        word, snapshot = self.mail[told]
        self.known = self.known.with_view(word)
        if self.seen is None or word.version > self.seen[0].version:
            self.seen = (word, snapshot)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def hub_is_restored(self, data: st.DataObject) -> None:
        """The hub forgets some of our facts and of the others'; the handshake tells the kiosk, which counts them itself again."""
        self.taken = {epoch: data.draw(st.integers(0, upto)) for epoch, upto in self.taken.items()}
        self.others = self.others[: data.draw(st.integers(0, len(self.others)))]
        self.mail.clear()
        for each in self.own:
            if each.id.number > self.taken.get(each.id.epoch, 0):
                self.known = self.known.with_fact(each, self.terms)

    @invariant()
    def balance_is_the_ledgers(self) -> None:
        """View and own facts together are the fold of what the view contained and what it did not cover."""
        if self.seen is None:
            assert self.known.balance is None
            assert self.known.waiting == fold(self.own, self.terms).balance
            return
        word, snapshot = self.seen
        covered = dict(word.covers)
        mine = [each for each in self.own if each.id.number > covered.get(each.id.epoch, 0)]
        assert self.known.balance == fold([*snapshot, *mine], self.terms).balance
        assert self.known.waiting == self.known.balance - word.points

    def teardown(self) -> None:
        """Once everything has reached the hub and its word has come back, kiosk and hub agree and nothing waits."""
        self.hub_takes(len(self.own))
        self.known = self.known.with_view(self.newest())
        assert self.known.balance == fold([*self.own, *self.others], self.terms).balance
        assert (self.known.waiting, self.known.pending) == (0, ())


TestKioskAndHub = KioskAndHub.TestCase
TestKioskAndHub.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_a_stranger_has_no_balance_but_points_wait() -> None:
    """A card the hub has not told us about shows no balance, and what it earns here waits."""
    known = standing(facts=(fact(1), fact(2, rating())))
    assert known.balance is None
    assert known.waiting == 12


def test_a_view_joins_what_waits() -> None:
    """When the hub's word comes, its points and our uncovered ones add up."""
    known = standing(facts=(fact(1), fact(2, rating()))).with_view(view(points=100, covers=((EPOCH, 1),)))
    assert (known.balance, known.waiting) == (102, 2)


def test_a_key_earned_elsewhere_is_not_promised_again() -> None:
    """If the hub says that today was earned at another kiosk, a visit here adds nothing."""
    known = standing(view(points=110, earned=(VISIT_TODAY,)))
    after = known.with_fact(fact(1), programme())
    assert (after.balance, after.waiting) == (110, 0)
    assert welcome(known, after).earned == 0


def test_a_key_of_the_hubs_word_silences_what_waited() -> None:
    """A visit counted here whose day the hub knows from elsewhere stops counting here the moment the hub says so."""
    known = standing(view(points=100), facts=(fact(1),))
    assert known.balance == 110
    assert known.with_view(view(2, points=110, earned=(VISIT_TODAY,))).balance == 110


def test_several_facts_of_one_day_wait_once() -> None:
    """Tapping all day long adds one day's points, and what waits does not grow with the taps."""
    known = standing(view(), facts=tuple(fact(number) for number in range(1, 40)))
    assert known.waiting == 10
    assert len(known.pending) == 1


def test_an_older_or_equal_version_changes_nothing() -> None:
    """Messages may come twice and in any order: only a newer version of the view counts."""
    known = standing(view(5, points=100))
    assert known.with_view(view(5, points=1)) is known
    assert known.with_view(view(4, points=1)) is known
    assert known.with_view(view(6, points=1)).balance == 1


def test_covering_ends_at_its_number_and_its_epoch() -> None:
    """A view covers facts up to and including a number, of one epoch; the next number and other epochs still wait."""
    days = [fact(number, at_ms=NOON_MS + number * DAY_MS) for number in (1, 2, 3)]
    other = fact(1, epoch=NEXT_EPOCH)
    known = standing(view(), facts=(*days, other)).with_view(view(2, covers=((EPOCH, 2),)))
    assert known.pending == (Pending(EPOCH, 3, "visit/2026-11-25", 10), Pending(NEXT_EPOCH, 1, VISIT_TODAY, 10))


def test_a_restored_hub_gets_its_points_back_on_screen() -> None:
    """Facts that the hub lost count here again, although the last view said that they were earned."""
    seen = fact(1)
    known = standing(view(), facts=(seen,)).with_view(view(2, points=110, earned=(VISIT_TODAY,), covers=((EPOCH, 1),)))
    assert (known.balance, known.pending) == (110, ())
    reopened = known.with_fact(seen, programme())
    assert reopened.balance == 110
    assert reopened.with_view(view(3, points=100)).balance == 110


def test_what_a_view_covers_does_not_wait_beside_it() -> None:
    """An old fact opened again, whose key the view no longer names, is still in the view's points and counts once."""
    known = standing(view(points=110, earned=(), covers=((EPOCH, 1),)), facts=(fact(1),))
    assert (known.balance, known.waiting) == (110, 0)
    assert known.with_view(view(2, points=100)).balance == 110


def test_what_is_earned_is_known_from_both_sides() -> None:
    """A key is known to be earned from an own fact as from the hub's word."""
    known = standing(view(earned=("thanks/2026-11-21",)), facts=(fact(1),))
    assert known.has_earned(VISIT_TODAY)
    assert known.has_earned("thanks/2026-11-21")
    assert not known.has_earned(THANKS_TODAY)


def test_a_fact_without_points_leaves_the_standing_alone() -> None:
    """A reason changes nothing about the member, so nothing has to be written for it."""
    known = standing(view())
    assert known.with_fact(fact(1, reason()), programme()) is known


def test_a_balance_may_be_negative() -> None:
    """A member in debt is shown the truth."""
    assert standing(view(points=-25), facts=(fact(1),)).balance == -15


def test_welcome_says_what_is_known() -> None:
    """Name, language, balance with the new points, what the visit added, what waits, and how old the hub's part is."""
    before = standing(view(points=100))
    assert welcome(before, before.with_fact(fact(1), programme())) == Welcome("uk", "Марія", 110, 10, 10, NOON_MS)


def test_hidden_balance_hides_every_number_of_points() -> None:
    """A member who hides the balance is greeted by name; neither balance nor points earned are there to be shown."""
    before = standing(view(hide_balance=True))
    said = welcome(before, before.with_fact(fact(1), programme()))
    assert (said.name, said.balance, said.earned) == ("Марія", None, 0)


def test_a_stranger_is_welcomed_without_name_and_language() -> None:
    """Nothing is said of a card nobody told us about, but the points of the visit count."""
    before = standing()
    assert welcome(before, before.with_fact(fact(1), programme())) == Welcome(None, None, None, 10, 10, None)


def test_earned_is_the_difference_of_this_visit_alone() -> None:
    """Points that already waited are not celebrated a second time."""
    before = standing(view(), facts=(fact(1),))
    after = before.with_fact(fact(2, at_ms=NOON_MS + DAY_MS), programme())
    assert welcome(before, after).earned == 10
    assert welcome(before, after).waiting == 20
    assert replace(welcome(before, after), earned=0) == welcome(after, after)
