"""The account as a kiosk gets it: the same at every moment for all that a kiosk says and gives, and small however long the history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.account import Account, advance, apply, fold, restore, snapshot
from loyalty.account.portable import DAYS_SENT, STRETCH_DAYS, portable
from loyalty.calendar import NEVER
from loyalty.counter.gifts import gifts
from loyalty.counter.greeting import choose
from loyalty.counter.person import Letter, Occasion, Person
from loyalty.counter.questions import choose_question
from loyalty.counter.redeeming import OFFERS_MAX, offers
from loyalty.counter.tap import Counter, offers_for, plan_visit, welcome_again
from loyalty.facts import Face, GreetingShown, Purchased, QuestionAnswered, Visit
from loyalty.programme import Programme
from loyalty.programme.ladder import Basis, Tier, TierScheme, TierWindow
from loyalty.programme.rules import Expiry, Rule, Status, Trigger
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind
from loyalty.shapes import Malformed
from mqtt.reading import ACCOUNT_BYTES_MAX
from tests.builders import CARD, DAY_MS, KYIV, NOON_MS, book, fact, moment, rating, standing, view, visit
from tests.kiosk_on_paper import NAMED, lively
from tests.loyalty_histories import HISTORIES, programmes

TODAY = date(2026, 11, 22).toordinal()
BIRTHDAY = Occasion("birthday", TODAY - 3, TODAY + 3, "2026")
PERSON = Person("uk", "Олено", occasions=(BIRTHDAY,), letters=(Letter("n-1", "слова"),))
LATER_DAYS = st.lists(st.integers(0, 500), max_size=6).map(sorted)
TITLES = {"en": "words"}


def carried(account: Account) -> Account:
    """The account as it arrives at a kiosk: through JSON and back."""
    return restore(json.loads(json.dumps(portable(account))))


def shown(account: Account, at_ms: int, by: Rulebook) -> dict[str, Any]:
    """All that a kiosk reads off an account at a moment; time has passed for it by then."""
    now = advance(account, at_ms, by)
    choice = choose(now, PERSON, "Shop")
    return {
        "balance": account.ledger.balance,
        "expiring": account.ledger.expiring(),
        "rung": account.rung.rung,
        "tier": account.tier.tier,
        "cases": [case.id for case in account.voice.open_cases()],
        "said": (choice.main, choice.second, choice.offer),
        "gifts": gifts(now, PERSON, "k1", CARD, 0),
        "offers": offers(now, PERSON),
        "question": choose_question(now, PERSON),
        "grants": [grant.id for grant in account.perks.open_at(at_ms)],
    }


def last_ms(account: Account) -> int:
    """When the newest fact happened."""
    return account.last[0] or NOON_MS


@settings(max_examples=150, deadline=None)
@given(HISTORIES, programmes(), LATER_DAYS)
def test_a_kiosk_says_the_same_at_every_moment(facts: list[Any], programme: Programme, later: list[int]) -> None:
    """Balance, rung, tier, greeting, gifts, offers and question are those of the account itself, now and at any moment after."""
    by = Rulebook.single(programme, KYIV)
    account = fold(facts, by, "m-1")
    sent = carried(account)
    for days in (0, *later):
        at_ms = last_ms(account) + days * DAY_MS
        assert shown(sent, at_ms, by) == shown(account, at_ms, by)


COUNTER_BODIES = st.sampled_from(
    [
        visit(),
        visit(),
        rating(),
        rating(face=Face.VERY_BAD),
        QuestionAnswered(CARD, "tea", "c1"),
        GreetingShown(CARD, GreetingKind.GRATITUDE),
    ]
)


@settings(max_examples=100, deadline=None)
@given(HISTORIES, programmes(), st.lists(st.tuples(COUNTER_BODIES, st.integers(0, 20)), max_size=12))
def test_what_happens_at_the_counter_changes_both_alike(facts: list[Any], programme: Programme, then: list[tuple[Any, int]]) -> None:
    """Facts of a kiosk on top of what was sent lead to what they lead to on top of the account itself."""
    by = Rulebook.single(programme, KYIV)
    account = fold(facts, by, "m-1")
    sent, at_ms = carried(account), last_ms(account)
    for number, (body, days) in enumerate(then, 1):
        at_ms += days * DAY_MS + 60_000
        for each in (account, sent):
            apply(each, fact(number, body, at_ms, epoch="zzzzzzzzzzzz"), by)
        assert shown(sent, at_ms, by) == shown(account, at_ms, by)


@pytest.mark.parametrize("variant", range(4))
def test_what_was_said_long_ago_makes_no_difference(variant: int) -> None:
    """Which text comes next is the same, also of a kind that was last said many greetings ago."""
    by, account = lively(campaign=()).book, Account("m-1")
    for day in range(20):
        at_ms = NOON_MS + day * DAY_MS
        kind = GreetingKind.GRATITUDE if day == 0 else GreetingKind.MILESTONE
        apply(account, fact(2 * day + 1, visit(), at_ms), by)
        apply(account, fact(2 * day + 2, GreetingShown(CARD, kind, f"about-{day}", variant), at_ms), by)
    account.rung.told, account.footfall.visit_days = "client", 23
    sent, at_ms = carried(account), last_ms(account) + DAY_MS
    assert shown(sent, at_ms, by)["said"][0].kind is GreetingKind.GRATITUDE
    assert shown(sent, at_ms, by) == shown(account, at_ms, by)


@given(HISTORIES)
def test_nothing_of_the_account_itself_is_changed(facts: list[Any]) -> None:
    """Sending an account takes nothing from it."""
    account = fold(facts, lively().book, "m-1")
    before = snapshot(account)
    portable(account)
    assert snapshot(account) == before


SPOILT = (0, 1, 2**31, 3_652_060, 2**47, 253_400_000_000_001, 10**15, NEVER - 1, NEVER, -1)
PlaceInside = tuple[str | int, ...]


def places_of_numbers(document: Any, place: PlaceInside = ()) -> Iterator[PlaceInside]:
    """Where a document has whole numbers."""
    if isinstance(document, dict | list):
        for key, inner in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places_of_numbers(inner, (*place, key))
    elif type(document) is int:
        yield place


@settings(deadline=None)
@given(HISTORIES, st.data())
def test_an_account_with_any_number_spoilt_is_greeted_or_refused(facts: list[Any], data: st.DataObject) -> None:
    """A hub gone mad, or one of another version, never stops a kiosk: its word is used, or it is no word, and nothing takes for ever."""
    document = json.loads(json.dumps(portable(fold(facts, lively().book, "m-1"))))
    place = data.draw(st.sampled_from(list(places_of_numbers(document))))
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = data.draw(st.sampled_from(SPOILT))
    at, known = Counter("k1", "Shop", lively().book), standing(replace(view(), account=document))
    try:
        known.account(at.book)
    except Malformed:
        return
    plan = plan_visit(at, known, visit(), moment())
    assert plan.bodies[0] == visit()
    assert welcome_again(at, known, plan.welcome, moment()).said == plan.welcome.said
    assert len(offers_for(at, known, moment())) <= OFFERS_MAX


def long_member(scheme: TierScheme, years: int = 10) -> tuple[Account, Rulebook]:
    """Somebody who came every day for years, bought, rated now and then, and was greeted each time."""
    by = book(KYIV, tier=(Tier("standard", NAMED), Tier("gold", NAMED, 1_000)), tiers=scheme)
    account, number = Account("m_1"), 0
    for day in range(365 * years):
        bodies: list[Any] = [Visit(CARD, visit().evidence), Purchased(f"r-{day}", 5_000 + day, "UAH", CARD)]
        bodies += [rating(visit_number=number + 1)] if day % 3 == 0 else []
        bodies += [GreetingShown(CARD, tuple(GreetingKind)[day % 14], f"about-{day % 90}", day % 4)]
        for body in bodies:
            number += 1
            apply(account, fact(number, body, NOON_MS + day * DAY_MS), by)
    return account, by


@pytest.mark.parametrize("scheme", [TierScheme(), TierScheme(window_days=3_660), TierScheme(Basis.SPEND, TierWindow.SINCE_START)])
def test_ten_years_of_daily_visits_fit(scheme: TierScheme) -> None:
    """However long and full the history, what is sent stays under the limit of the wire, and can be read."""
    account, _ = long_member(scheme)
    size_bytes = len(json.dumps(portable(account), separators=(",", ":")).encode())
    assert size_bytes < ACCOUNT_BYTES_MAX
    assert carried(account).ledger.balance == account.ledger.balance == 36_500 + 1_217 * 2


def test_thousands_of_lots_can_be_read_and_sent() -> None:
    """Somebody who earns a dozen times a day and waits a year for it: all of it is at the hub, and a kiosk is told in so many words."""
    by = book(KYIV, rule=(Rule("spend", Trigger.PURCHASE, Status.ACTIVE, points=1, vests_days=365, expiry=Expiry(months=1)),))
    account = Account("m_1")
    for number in range(1, 5_001):
        apply(account, fact(number, Purchased(f"r-{number}", 1_000, "UAH", CARD), NOON_MS + number * DAY_MS // 14), by)
    assert len(restore(snapshot(account)).ledger.pending) == 5_000
    assert len(json.dumps(portable(account), separators=(",", ":")).encode()) < ACCOUNT_BYTES_MAX
    sent = carried(account)
    assert (sent.ledger.waiting, sent.ledger.pending[:8]) == (5_000, account.ledger.pending[:8])
    for days in range(360, 800, 20):
        at_ms = NOON_MS + days * DAY_MS
        told = [advance(restore(document), at_ms, by).account.ledger.available for document in (portable(account), snapshot(account))]
        assert told[0] <= told[1]


def test_qualifying_days_of_a_year_are_sent_one_by_one() -> None:
    """A window of a year leaves a kiosk day by day, as it does at the hub."""
    account, by = long_member(TierScheme(), 2)
    sent = carried(account)
    assert sent.tier.days == account.tier.days
    assert len(sent.tier.days) == 365
    assert by.calendar.day_of(last_ms(account)) - sent.tier.days[0][0] == 364


def test_days_of_long_ago_never_stay_in_a_window_too_long() -> None:
    """What is gathered stands under its first day: the sum within any window is at most the hub's, and the whole is the same."""
    account, _ = long_member(TierScheme(window_days=3_660), 4)
    days, sent = account.tier.days, carried(account).tier.days
    assert len(sent) < DAYS_SENT + 2 + (len(days) - DAYS_SENT) // STRETCH_DAYS + 1
    assert sum(amount for _, amount in sent) == account.tier.total
    for first in range(days[0][0], days[-1][0] + 1, 13):
        within = [sum(amount for day, amount in each if day >= first) for each in (sent, days)]
        assert within[0] <= within[1]


def test_what_only_a_till_asks_stays_at_the_hub() -> None:
    """Receipts, redemptions that can be undone and references of the till are not sent; what was granted at a tap is."""
    account, _ = long_member(TierScheme(), 1)
    account.books.refs["adjust/ref-1"] = NOON_MS
    account.books.granted["birthday/2026"] = NOON_MS
    sent = portable(account)
    assert "receipts" not in sent["books"]
    assert "spendings" not in sent["ledger"]
    assert "refs" not in sent["books"]
    assert sent["books"]["granted"] == {"birthday/2026": NOON_MS}
