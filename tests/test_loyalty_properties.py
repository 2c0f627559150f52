"""The fold, proved on whole histories by whole programmes: nothing is lost, nothing appears, order and repetition change nothing.

A thousand histories in every run, twenty times as many in `make soak`. The histories are told in `tests/loyalty_histories.py`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.account import Account, advance, apply, fold, restore, snapshot
from loyalty.account.effects import ENTRIES
from loyalty.account.reckoning import Entry, EntryType, Line
from loyalty.codec import decode, encode
from loyalty.facts import KINDS, Fact
from loyalty.programme.rules import Overdraft, Shortfall
from loyalty.rulebook import Rulebook
from tests.loyalty_histories import BODIES, BOOKS, BOOT, GAPS, HISTORIES, HOUR_MS, MEMBER, Story, invariant

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
OFTEN = settings(max_examples=125, deadline=None, suppress_health_check=SLOW)
SOAK = settings(max_examples=2_600, deadline=None, suppress_health_check=SLOW)
Law = Callable[[list[Fact], Rulebook, st.DataObject], None]


def in_order(facts: list[Fact]) -> list[Fact]:
    """Facts as the fold takes them."""
    return sorted(facts, key=lambda each: each.order)


def the_order_does_not_matter(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """Shuffled and repeated, the same facts give the same account, and the same journal."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=10)) if facts else []
    straight: list[Line] = []
    mixed: list[Line] = []
    account = fold(facts, by, MEMBER, journal=straight)
    assert fold(data.draw(st.permutations([*facts, *again])), by, MEMBER, journal=mixed) == account
    assert mixed == straight


def nothing_is_lost(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """After every fact, and at moments between, the sums agree and nothing is below zero, the balance neither where no policy lets it."""
    kind = [(each.redemption.overdraft, each.clawback.shortfall) for _, each in by.editions]
    never_below = all(over is Overdraft.FORGIVE and short is not Shortfall.UNLIMITED for over, short in kind)
    account = Account(MEMBER)
    for each in in_order(facts):
        apply(account, each, by)
        invariant(account)
        if data.draw(st.booleans()):
            advance(account, each.when_ms + data.draw(st.sampled_from((0, 1, HOUR_MS, 9 * HOUR_MS))), by)
            invariant(account)
        assert not never_below or account.ledger.balance >= 0


def looking_changes_nothing(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """An account looked at before every fact, at whatever moment since the last, ends as one that nobody looked at, journal and all."""
    seen: list[Line] = []
    unseen: list[Line] = []
    account, last = Account(MEMBER), 0
    for each in in_order(facts):
        if last:
            advance(account, data.draw(st.integers(last, each.when_ms)), by, seen)
        apply(account, each, by, seen)
        last = each.when_ms
    assert account == fold(facts, by, MEMBER, journal=unseen)
    assert Counter(map(str, seen)) == Counter(map(str, unseen))


def a_moment_is_what_came_before(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """The account at a moment follows from the facts up to it alone, and the rest on top of it gives the whole."""
    if not facts:
        return
    moment = data.draw(st.sampled_from(facts)).when_ms + data.draw(st.sampled_from((-1, 0, 1, HOUR_MS)))
    before = [each for each in facts if each.when_ms <= moment]
    account = fold(facts, by, MEMBER, at=moment)
    assert account == fold(before, by, MEMBER, at=moment)
    for each in in_order([each for each in facts if each.when_ms > moment]):
        apply(account, each, by)
    end = max(moment, *(each.when_ms for each in facts))
    advance(account, end, by)
    assert account == fold(facts, by, MEMBER, at=end)


def a_snapshot_is_the_account(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """An account put into JSON and back is the same account, today and after all that follows."""
    cut = data.draw(st.integers(0, len(facts)))
    ordered = in_order(facts)
    account = fold(ordered[:cut], by, MEMBER)
    document = json.loads(json.dumps(snapshot(account)))
    back = restore(document)
    assert back == account
    assert snapshot(back) == document
    for each in ordered[cut:]:
        apply(back, each, by)
    assert back == fold(facts, by, MEMBER)


def a_late_fact_counts_as_in_time(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """Facts that one kiosk tells months later change the account to what it would have been, had they come in time."""
    late = [each for each in facts if each.id.kiosk == "k2"]
    early = [each for each in facts if each.id.kiosk != "k2"]
    fold(early, by, MEMBER)
    assert fold([*early, *reversed(late)], by, MEMBER) == fold(facts, by, MEMBER)
    live = Account(MEMBER)
    for each in [*early, *late]:  # a kiosk applies its own facts on top of what the hub knew: another account, but never a broken one
        apply(live, each, by)
        invariant(live)


def nothing_is_taken_twice(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """Of a receipt never more is taken back than it gave, and never more of it returns than was bought; an undone redemption stays so."""
    account = Account(MEMBER)
    for each in in_order(facts):
        apply(account, each, by)
        for receipt in account.books.receipts.values():
            assert 0 <= receipt.returned <= receipt.amount
            assert all(0 <= gain.clawed <= gain.points for gain in receipt.gains)
            assert receipt.returned < receipt.amount or all(gain.clawed == gain.points for gain in receipt.gains) or not receipt.returned
        assert all(grant.uses >= 0 for grant in account.perks.grants)
        assert account.footfall.spend >= 0
        assert account.tier.total == sum(amount for _, amount in account.tier.days)
        assert all(amount >= 0 for _, amount in account.tier.days)


CREDITS = {
    EntryType.OPENING_BALANCE,
    EntryType.ACCRUE_PURCHASE,
    EntryType.ACCRUE_VISIT,
    EntryType.ACCRUE_BONUS,
    EntryType.ACCRUE_REFERRAL,
    EntryType.GOODWILL,
    EntryType.ADJUST_CREDIT,
    EntryType.TRANSFER_IN,
}


def the_journal_is_the_ledger(facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """The entries of the journal, summed by type, are the totals of the ledger."""
    journal: list[Line] = []
    account = fold(facts, by, MEMBER, journal=journal)
    sums: Counter[EntryType] = Counter()
    for line in journal:
        if isinstance(line, Entry):
            sums[line.type] += line.points
    ledger = account.ledger
    assert sum(points for type_, points in sums.items() if type_ in CREDITS) == ledger.credited
    assert -sums[EntryType.REDEEM] - sums[EntryType.REDEEM_REVERSAL] == ledger.spent
    assert -sums[EntryType.EXPIRE] == ledger.expired
    assert -sums[EntryType.CLAWBACK] == ledger.clawed
    assert -sums[EntryType.ADJUST_DEBIT] == ledger.debited
    assert -sums[EntryType.TRANSFER_OUT] == ledger.sent
    assert fold(facts, by, MEMBER) == account


LAWS: tuple[Law, ...] = (
    the_order_does_not_matter,
    nothing_is_lost,
    looking_changes_nothing,
    a_moment_is_what_came_before,
    a_snapshot_is_the_account,
    a_late_fact_counts_as_in_time,
    nothing_is_taken_twice,
    the_journal_is_the_ledger,
)
laws = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)


@laws
@OFTEN
@given(facts=HISTORIES, by=BOOKS, data=st.data())
def test_every_history_keeps_the_laws(law: Law, facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """Each law of this file holds for any history by any programme."""
    law(facts, by, data)


@pytest.mark.soak
@laws
@SOAK
@given(facts=HISTORIES, by=BOOKS, data=st.data())
def test_many_more_histories_keep_the_laws(law: Law, facts: list[Fact], by: Rulebook, data: st.DataObject) -> None:
    """The same for twenty thousand histories more."""
    law(facts, by, data)


def test_histories_know_every_kind_of_fact() -> None:
    """No kind of fact can be added to the fold or to the vocabulary without a place in these histories."""
    story = Story(1_800_000_000_000)
    for kind in BODIES:
        for number in (0, 1):
            story.tell((kind, 4, number, number, 0))
    told: set[Any] = {type(each.body) for each in story.facts}
    assert told >= set(ENTRIES)
    assert told >= set(KINDS.values())


def test_every_fact_of_a_history_could_have_come_by_wire() -> None:
    """What the histories tell are facts that the codec lets in, so that a law broken by one is broken by a kiosk."""
    story = Story(1_800_000_000_000)
    for kind in BODIES:
        for a in range(0, 256, 17):
            for b in range(0, 256, 15):
                story.tell((kind, 0, a, b, 0))
    refused = {"referral.made"}  # the story has one brought by nobody, which a kiosk of ours never tells
    for each in story.facts:
        if each.body.kind not in refused:
            assert decode(json.loads(json.dumps(encode(each))), "k1", each.id.epoch, BOOT).body == each.body


def test_gaps_never_go_back() -> None:
    """Time in a story only passes."""
    for gap in GAPS:
        for hour in range(0, 24 * 400, 13):
            moment = 1_769_896_740_000 + hour * HOUR_MS
            assert gap(moment) >= moment
