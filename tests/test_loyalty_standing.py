"""What a kiosk may promise: the hub's view with its own uncovered facts on top never says more than the hub will, and in the end the same.

The same fold reckons on both sides. A kiosk may promise *less* for a moment: a fact of an older day, put on top of a view that already
knows of a newer one, earns nothing here that a rule gives once a day, for here nobody knows what that older day has earned elsewhere.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.account import fold
from loyalty.account.portable import portable
from loyalty.counter.standing import PENDING_MAX, MemberView, Standing
from loyalty.facts import Fact
from tests.builders import (
    CARD,
    DAY_MS,
    EPOCH,
    NEXT_EPOCH,
    NOON_MS,
    TODAY,
    account,
    balance,
    book,
    fact,
    rating,
    reason,
    standing,
    view,
    visit,
)

BOOK = book()
BODIES = st.sampled_from([visit(), rating(), reason()])
DAYS = st.integers(0, 3)
TODAY_DAY = date.fromisoformat(TODAY).toordinal()


def told(facts: list[Fact]) -> int:
    """The balance that all of these facts make."""
    return fold(facts, BOOK, "m_1").ledger.balance


class KioskAndHub(RuleBasedStateMachine):
    """A kiosk, a hub that takes its facts in order, other kiosks' facts, views that come late, twice or in any order, and a hub
    that falls back to a backup. The kiosk's balance must never be more than the fold of all it was told and saw itself."""

    def __init__(self) -> None:
        super().__init__()
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
        return view(self.version, holds=fold(self.held(), BOOK, "m_1"), covers=tuple(sorted(self.taken.items())))

    @rule(body=BODIES, day=DAYS)
    def tap(self, body: Any, day: int) -> None:
        """Something happens at our kiosk."""
        self.number += 1
        seen = fact(self.number, body, NOON_MS + day * DAY_MS, epoch=f"epoch{self.epoch}")
        self.own.append(seen)
        self.known = self.known.with_fact(seen)

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
        chosen = data.draw(st.sampled_from(range(len(self.mail))))
        word, snapshot = self.mail[chosen]
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
                self.known = self.known.with_fact(each)

    @invariant()
    def never_more_than_the_fold(self) -> None:
        """View and own facts make at most the fold of what the view contained and what it did not cover; exactly that if none of them
        is older than what the view knows."""
        if self.seen is None:
            assert balance(self.known) == told(self.own)
            return
        word, snapshot = self.seen
        covered = dict(word.covers)
        mine = [each for each in self.own if each.id.number > covered.get(each.id.epoch, 0)]
        shown, justified = balance(self.known), told([*snapshot, *mine])
        assert shown <= justified
        newest = max((each.order for each in snapshot), default=(0, "", "", 0))
        if all(each.order > newest for each in mine):
            assert shown == justified

    @invariant()
    def nothing_that_the_hub_lacks_is_forgotten(self) -> None:
        """Whatever the view at hand does not cover waits here, whichever hub was restored in between."""
        covered = {} if self.seen is None else dict(self.seen[0].covers)
        mine = {each.id for each in self.own if each.id.number > covered.get(each.id.epoch, 0)}
        assert mine <= {each.id for each in self.known.pending}

    def teardown(self) -> None:
        """Once everything has reached the hub and its word has come back, kiosk and hub agree and nothing waits."""
        self.hub_takes(len(self.own))
        self.known = self.known.with_view(self.newest())
        assert balance(self.known) == told([*self.own, *self.others])
        assert self.known.pending == self.known.waiting == ()


TestKioskAndHub = KioskAndHub.TestCase
TestKioskAndHub.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_a_strangers_points_wait() -> None:
    """A card the hub has not told us about has no view, and what it earns here is reckoned all the same."""
    known = standing(facts=(fact(1), fact(2, rating())))
    assert known.view is None
    assert balance(known) == 12


def test_a_view_joins_what_waits() -> None:
    """When the hub's word comes, its points and our uncovered ones add up."""
    known = standing(facts=(fact(1), fact(2, rating()))).with_view(view(points=100, covers=((EPOCH, 1),)))
    assert balance(known) == 102
    assert known.seen_by_hub(BOOK, NOON_MS).ledger.balance == 100


def test_a_day_earned_elsewhere_is_not_promised_again() -> None:
    """If the hub knows that today was earned at another kiosk, a visit here adds nothing."""
    assert balance(standing(view(holds=account(110, visited=TODAY_DAY)), facts=(fact(1),))) == 110


def test_the_hubs_word_silences_what_waited() -> None:
    """A visit counted here whose day the hub knows from elsewhere stops counting here the moment the hub says so."""
    known = standing(view(points=100), facts=(fact(1),))
    assert balance(known) == 110
    assert balance(known.with_view(view(2, holds=account(110, visited=TODAY_DAY)))) == 110


def test_a_day_before_the_hubs_newest_is_not_promised() -> None:
    """What an older day earned, nobody knows here once the view knows of a newer one: the hub will say."""
    yesterday = fact(1, at_ms=NOON_MS - DAY_MS)
    known = standing(view(holds=account(110, visited=TODAY_DAY)), facts=(yesterday,))
    assert balance(known) == 110
    assert told([yesterday, fact(1, kiosk="k2")]) == 20


def test_several_facts_of_one_day_earn_once() -> None:
    """Tapping all day long adds one day's points."""
    assert balance(standing(view(), facts=tuple(fact(number) for number in range(1, 40)))) == 110


def test_the_same_fact_twice_is_one() -> None:
    """A fact that is told again, as after a restore, is reckoned once."""
    known = standing(view(), facts=(fact(1),))
    assert known.with_fact(fact(1)) is known


def test_own_facts_are_reckoned_in_their_order() -> None:
    """Facts opened again after newer ones are reckoned before them, as the hub does: none is taken for one of a day long past."""
    days = [fact(number, at_ms=NOON_MS + number * DAY_MS) for number in (1, 2, 3)]
    assert balance(standing(view(), facts=(days[2], days[0], days[1]))) == 130


def test_more_facts_than_are_kept_let_the_oldest_go() -> None:
    """The copies that are reckoned here are bounded; the newest stay."""
    known = Standing(CARD)
    for number in range(1, PENDING_MAX + 3):
        known = known.with_fact(fact(number))
    assert [known.pending[0].id.number, known.pending[-1].id.number, len(known.pending)] == [3, PENDING_MAX + 2, PENDING_MAX]


def test_an_older_or_equal_version_changes_nothing() -> None:
    """Messages may come twice and in any order: only a newer version of the view counts."""
    known = standing(view(5, points=100))
    assert known.with_view(view(5, points=1)) is known
    assert known.with_view(view(4, points=1)) is known
    assert balance(known.with_view(view(6, points=1))) == 1


def test_covering_ends_at_its_number_and_its_epoch() -> None:
    """A view covers facts up to and including a number, of one epoch; the next number and other epochs still wait."""
    days = [fact(number, at_ms=NOON_MS + number * DAY_MS) for number in (1, 2, 3)]
    other = fact(1, epoch=NEXT_EPOCH)
    known = standing(view(), facts=(*days, other)).with_view(view(2, covers=((EPOCH, 2),)))
    assert known.pending == (other, days[2])


def test_a_restored_hub_gets_its_points_back_on_screen() -> None:
    """Facts that the hub lost wait here again although the last view covers them, and count as soon as its word is the older one."""
    seen = fact(1)
    known = standing(view(), facts=(seen,)).with_view(view(2, holds=account(110, visited=TODAY_DAY), covers=((EPOCH, 1),)))
    assert (balance(known), known.pending) == (110, ())
    reopened = known.with_fact(seen)
    assert balance(reopened) == 110
    assert balance(reopened.with_view(view(3, points=100))) == 110


def test_what_a_view_covers_does_not_count_beside_it() -> None:
    """An old fact opened again, of a day the view says nothing about, is still in the view's points and counts once."""
    known = standing(view(points=110, covers=((EPOCH, 1),)), facts=(fact(1),))
    assert (balance(known), known.waiting) == (110, ())
    assert balance(known.with_view(view(2, points=100))) == 110


def test_a_balance_may_be_negative() -> None:
    """A member in debt is reckoned truly, and what is earned pays the debt first."""
    indebted = account(0)
    indebted.ledger.owed = 25
    assert balance(standing(view(holds=indebted), facts=(fact(1),))) == -15


def test_time_passes_for_the_hubs_word_too() -> None:
    """Points that burnt since the hub spoke are not among those the hub is thought to know."""
    burning = account(0)
    burning.ledger.credit(40, NOON_MS, NOON_MS + DAY_MS)
    known = standing(view(holds=burning))
    assert known.seen_by_hub(BOOK, NOON_MS + DAY_MS - 1).ledger.balance == 40
    assert known.seen_by_hub(BOOK, NOON_MS + DAY_MS).ledger.balance == 0


def test_without_the_person_only_language_and_discretion_are_left() -> None:
    """What is kept while a question is answered says no name, no day of birth and no note; the account is the same."""
    known = standing(view(name="Марія", hide_balance=True, known_fields=("district",)), facts=(fact(1),))
    bare = known.unnamed()
    assert bare.view is not None
    assert (bare.view.person.language, bare.view.person.hide_balance) == ("uk", True)
    assert "Марія" not in repr(bare)
    assert "district" not in repr(bare)
    assert portable(bare.account(BOOK)) == portable(known.account(BOOK))
    assert standing().unnamed() == standing()
