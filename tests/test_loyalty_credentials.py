"""Cards: each one's state follows from the facts that name it, in whatever order they come and however often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.facts import CardChange, CardChanged, ClockQuality, Evidence, Fact, FactId, Visit
from loyalty.shop.credentials import FOLLOWS, Card, CardStatus, change, enrolment_problem, fold_card, fold_cards

A, B, C = "a" * 32, "b" * 32, "c" * 32
ANNA, PETRO = "m_anna", "m_petro"
I, ACT, BLK, UNB, REP, RET = CardChange  # noqa: E741


def fact(number: int, change: CardChange, card: str = A, owner: str = "", by: str = "") -> Fact:
    """Something happened to a card, in order of the number."""
    return Fact(FactId("hub", "e", number), number * 1000, number, "boot", ClockQuality.NTP, CardChanged(card, change, owner, by))


def told(*changes: CardChange) -> list[Fact]:
    """Changes of card A, one after the other: activated for Anna, replaced by B."""
    return [fact(n, each, owner=ANNA if each is ACT else "", by=B if each is REP else "") for n, each in enumerate(changes, 1)]


FACTS = st.lists(
    st.builds(
        fact,
        number=st.integers(1, 12),
        change=st.sampled_from(CardChange),
        card=st.sampled_from([A, B, C]),
        owner=st.sampled_from(["", "", ANNA, PETRO]),
        by=st.sampled_from(["", A, B, C]),
    ),
    unique_by=lambda each: each.id,
    max_size=12,
)


@given(FACTS, st.data())
def test_order_and_repetition_change_nothing(facts: list[Fact], data: st.DataObject) -> None:
    """Facts of several cards, shuffled and repeated, fold to the same cards."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=8)) if facts else []
    assert fold_cards(data.draw(st.permutations([*facts, *again]))) == fold_cards(facts)


@given(FACTS)
def test_a_card_needs_only_the_facts_that_name_it(facts: list[Fact]) -> None:
    """What happened to other cards changes nothing: not its status, not its problems."""
    for card in (A, B, C):
        naming = [each for each in facts if isinstance(each.body, CardChanged) and card in (each.body.card, each.body.by)]
        assert fold_card(card, facts) == fold_card(card, naming)


@given(FACTS)
def test_every_fact_either_changes_its_card_or_is_marked(facts: list[Fact]) -> None:
    """Of each fact that names a card, exactly the marked ones are told as problems, and each step taken was allowed."""
    for card in (A, B, C):
        state = Card(card)
        for each in sorted(facts, key=lambda one: one.order):
            body = each.body
            assert isinstance(body, CardChanged)
            if card not in (body.card, body.by):
                continue
            after = fold_card(card, [one for one in facts if one.order <= each.order])
            if after.problems == state.problems:
                assert after.since == each.when_ms
                assert body.card != card or state.status in FOLLOWS[body.change]
            else:
                assert after.problems == (*state.problems, after.problems[-1])
                assert after.problems[-1].startswith(f"{each.id}: ")
                assert (after.status, after.owner, after.by, after.since) == (state.status, state.owner, state.by, state.since)
            state = after


@given(FACTS)
def test_a_chain_of_replacements_ends(facts: list[Fact]) -> None:
    """Whatever replaced whatever, also in a ring, each card gets a generation of at most the number of cards and one."""
    for card in fold_cards(facts).values():
        assert 1 <= card.generation <= 4


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ((), CardStatus.BLANK),
        ((I,), CardStatus.ISSUED),
        ((I, ACT), CardStatus.ACTIVE),
        ((I, ACT, BLK), CardStatus.BLOCKED),
        ((I, ACT, BLK, UNB), CardStatus.ACTIVE),
        ((I, BLK, UNB), CardStatus.ISSUED),
        ((I, ACT, REP), CardStatus.REPLACED),
        ((I, ACT, BLK, REP), CardStatus.REPLACED),
        ((I, ACT, BLK, RET), CardStatus.RETIRED),
        ((I, RET), CardStatus.RETIRED),
    ],
)
def test_the_ways_a_card_can_go(changes: tuple[CardChange, ...], status: CardStatus) -> None:
    """Each of these ways ends where it should, and nothing is marked."""
    found = fold_card(A, told(*changes))
    assert (found.status, found.problems) == (status, ())
    assert found.counts == (status is CardStatus.ACTIVE)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ((ACT,), "a card that is blank cannot be activated"),
        ((I, I), "a card that is issued cannot be issued"),
        ((I, UNB), "a card that is issued cannot be unblocked"),
        ((I, REP), "a card that is issued cannot be replaced"),
        ((I, BLK, REP), "it stood for nobody"),
        ((I, ACT, REP, UNB), "a card that is replaced cannot be unblocked"),
        ((I, ACT, RET, BLK), "a card that is retired cannot be blocked"),
        ((I, ACT, REP, RET), "a card that is replaced cannot be retired"),
    ],
)
def test_a_change_that_cannot_follow_is_marked(changes: tuple[CardChange, ...], why: str) -> None:
    """The last change is told as a problem with its fact, and the card stays as it was without it."""
    before, after = fold_card(A, told(*changes[:-1])), fold_card(A, told(*changes))
    assert after.problems == (f"hub/e/{len(changes)}: {after.problems[0].partition(': ')[2]}",)
    assert why in after.problems[0]
    assert after.status is before.status
    assert after.since == before.since


def test_a_card_is_activated_for_somebody_and_nobody_else() -> None:
    """Without an owner it cannot be; one issued to a member is that member's."""
    assert "name the owner" in fold_card(A, [fact(1, I), fact(2, ACT)]).problems[0]
    issued = fold_card(A, [fact(1, I, owner=ANNA), fact(2, ACT)])
    assert (issued.owner, issued.counts) == (ANNA, True)
    assert "somebody else" in fold_card(A, [fact(1, I, owner=ANNA), fact(2, ACT, owner=PETRO)]).problems[0]


REPLACED = [fact(1, I), fact(2, ACT, owner=ANNA), fact(3, REP, owner=ANNA, by=B)]


def test_a_replacement_has_the_owner_at_once() -> None:
    """The new card is active for the same member from the fact that names it alone, as the next generation."""
    new = fold_card(B, REPLACED[-1:])
    assert (new.status, new.owner, new.generation, new.replaced_for, new.since) == (CardStatus.ACTIVE, ANNA, 2, A, 3000)
    old = fold_card(A, REPLACED)
    assert (old.status, old.by, old.owner, old.counts) == (CardStatus.REPLACED, B, ANNA, False)


def test_a_replacement_that_names_no_owner_has_that_of_the_card_before() -> None:
    """Owner and generation come along the chain, with one card handed in or all at once."""
    facts = [*REPLACED[:2], fact(3, REP, by=B), fact(4, REP, card=B, by=C)]
    alone = fold_card(B, facts)
    assert (alone.status, alone.owner, alone.generation, alone.counts) == (CardStatus.REPLACED, "", 2, False)
    assert fold_card(B, facts, fold_card(A, facts)).owner == ANNA
    last = fold_cards(facts)[C]
    assert (last.owner, last.generation, last.counts) == (ANNA, 3, True)
    assert fold_card(C, facts, fold_card(A, facts)).owner == ""  # A is not the card whose place C took


def test_a_replacement_says_no_other_owner_than_the_card_has() -> None:
    """A card is not moved to somebody else by replacing it, from neither side."""
    wrong = fact(3, REP, owner=PETRO, by=B)
    assert fold_card(A, [*REPLACED[:2], wrong]).status is CardStatus.ACTIVE
    assert fold_card(B, [fact(1, I, card=B, owner=ANNA), wrong]).status is CardStatus.ISSUED


def test_only_a_card_of_nobody_can_take_anothers_place() -> None:
    """A blank or issued one can; one in use, or blocked, or the card itself cannot."""
    assert fold_card(B, [fact(1, I, card=B), fact(3, REP, by=B, owner=ANNA)]).counts
    used = fold_card(B, [fact(1, I, card=B), fact(2, ACT, card=B, owner=PETRO), fact(3, REP, by=B, owner=PETRO)])
    assert used.problems == ("hub/e/3: a card that is active cannot take another's place",)
    itself = fold_card(A, [*REPLACED[:2], fact(3, REP, by=A)])
    assert itself.problems == ("hub/e/3: name another card that takes its place",)
    assert "only a card that is replaced" in fold_card(B, [fact(1, RET, by=B)]).problems[0]


def test_a_late_fact_takes_its_place_in_time() -> None:
    """Blocked before it was replaced, told after: the card is replaced and nothing is marked."""
    late = [fact(4, REP, owner=ANNA, by=B), *REPLACED[:2], fact(3, BLK)]
    assert (fold_card(A, late).status, fold_card(A, late).problems) == (CardStatus.REPLACED, ())


def test_problems_are_kept_within_bounds() -> None:
    """The newest twenty stay."""
    found = fold_card(A, [fact(number, UNB) for number in range(1, 31)])
    assert len(found.problems) == 20
    assert found.problems[-1].startswith("hub/e/30:")


def test_a_visit_is_no_change_of_a_card() -> None:
    """Handed in by itself too, a fact of another kind leaves the card as it is."""
    visited = Fact(FactId("k", "e", 1), 5, 0, "b", ClockQuality.NTP, Visit(A, Evidence("NTAG213")))
    assert change(Card(A), visited) == Card(A)


def test_other_facts_change_no_card() -> None:
    """A tap says nothing about what a card is."""
    tap = Fact(FactId("k1", "e", 1), 5000, 1, "boot", ClockQuality.NTP, Visit(A, Evidence("NTAG213")))
    assert fold_card(A, [tap]) == Card(A)
    assert fold_cards([tap]) == {}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("04A1B2C3D4E5F6", "04A1B2C3D4E5F6", None),
        ("A1B2C3D4", "A1B2C3D4", None),
        ("04A1B2C3D4E5F6070809", "04A1B2C3D4E5F6070809", None),
        ("08000000000000", "08000000000000", None),
        ("08B2C3D4", "08B2C3D4", "another number at every tap"),
        ("08B2C3D4", "08A1A1A1", "another number at every tap"),
        ("04A1B2C3D4E5F6", "08A1A1A1", "another number at every tap"),
        ("04A1B2C3D4E5F6", "04A1B2C3D4E5F7", "two readings differ"),
        ("", "", "has 0"),
        ("04A1B2C3D4", "04A1B2C3D4", "has 5"),
    ],
)
def test_what_can_become_a_card(first: str, second: str, why: str | None) -> None:
    """Two equal readings of a chip that keeps its number; four bytes that begin with 08 are made up anew at each tap."""
    found = enrolment_problem(bytes.fromhex(first), bytes.fromhex(second))
    assert (found is None) == (why is None)
    assert why is None or why in (found or "")
    assert not first or first not in (found or "").upper()
