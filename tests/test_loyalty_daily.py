"""The daily list: each member who needs something today is on it once for each reason, the most urgent first, and nobody else is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.account import Account, fold
from loyalty.counter.person import Occasion, Person
from loyalty.facts import (
    Body,
    CaseStep,
    CaseStepped,
    ClockQuality,
    Enrolled,
    Evidence,
    ExitWay,
    Face,
    Fact,
    FactId,
    GreetingShown,
    MemberLeft,
    NoteShown,
    NoteWritten,
    OpeningBalance,
    PerkGiven,
    PromiseKept,
    PromiseMade,
    Rating,
    Visit,
)
from loyalty.programme import About, Programme
from loyalty.programme.rules import Expiry, ExpiryPolicy, Perk, PerkKind, Status
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind
from loyalty.shop.daily import KIND_MAX, Daily, Item, Todo, daily, last_touch

KYIV = ZoneInfo("Europe/Kyiv")
CARD = "a" * 32
COFFEE = Perk("coffee", PerkKind.SOFT, {"en": "A coffee"}, Status.ACTIVE)
BOOK = Rulebook.single(Programme(About(1, "Test", "Europe/Kyiv"), perk=(COFFEE,)), KYIV)
NOON = int(datetime(2026, 11, 25, 12, tzinfo=KYIV).timestamp()) * 1000
DAY_MS = 86_400_000
TODAY = date(2026, 11, 25).toordinal()
NUMBERS = count(1)


def fact(days_ago: int, body: Body | None = None) -> Fact:
    """Something so many days ago at noon, a visit unless said otherwise; later ones of a day follow."""
    number = next(NUMBERS)
    at = NOON - days_ago * DAY_MS - 3_600_000 + number % 1000
    return Fact(FactId("k1", "e", number), at, 0, "boot", ClockQuality.NTP, body or Visit(CARD, Evidence("NTAG213")))


def member(name: str, *facts: Fact, book: Rulebook = BOOK) -> Account:
    """An account folded up to now."""
    return fold(facts, book, name, NOON)


def of(*accounts: Account, person: Person | None = None, book: Rulebook = BOOK) -> Daily:
    """The list of today."""
    return daily(((account, person) for account in accounts), book.now, book.calendar, NOON)


def todos(found: Daily) -> list[tuple[Todo, str]]:
    """Why and who."""
    return [(item.todo, item.member) for item in found.items]


def only(found: Daily, todo: Todo) -> list[Item]:
    """The items of one kind."""
    return [item for item in found.items if item.todo is todo]


def visits(*days_ago: int) -> list[Fact]:
    """Visits so many days ago."""
    return [fact(days) for days in days_ago]


REGULAR = (80, 70, 60, 50, 40, 30, 20, 10)  # no longer in the critical window, and a client
OLD = (*range(140, 0, -10),)  # a client for longer than a quarter


def test_nobody_needs_anything_of_a_prospect() -> None:
    """A member who never came is on no list."""
    assert of(member("m1", fact(3, Enrolled("m1")))).items == []


def test_the_critical_window_is_visit_days_one_to_four_of_the_last_month() -> None:
    """Up to four visit days and at most thirty days away, those with the fewest first; the fifth visit or day 31 ends it."""
    found = of(
        member("four", *visits(33, 32, 31, 30)),
        member("one", *visits(2)),
        member("five", *visits(9, 8, 7, 6, 5)),
        member("gone", *visits(31)),
    )
    assert [item.member for item in only(found, Todo.CRITICAL)] == ["one", "four"]
    assert only(found, Todo.CRITICAL)[0].why == "1 of the first 4 visit days, the last 2 days ago: double the attention"


def bad_rating(days_ago: int) -> list[Fact]:
    """A visit with the worst face."""
    visit = fact(days_ago)
    return [visit, fact(days_ago, Rating(CARD, visit.id.number, Face.VERY_BAD, 800))]


def test_cases_come_first_and_the_gravest_of_them() -> None:
    """A client's case is above a newcomer's older one; one that is overdue says so; a resolved one is the customer's to confirm."""
    newcomer = member("newcomer", *bad_rating(3))
    client = member("client", *visits(*REGULAR), *bad_rating(0))
    rated = bad_rating(1)
    stepped = fact(0, CaseStepped("done", str(rated[1].id), CaseStep.RESOLVED, "olena"))
    found = of(newcomer, client, member("done", *rated, stepped))
    assert todos(found)[:2] == [(Todo.CASE, "client"), (Todo.CASE, "newcomer")]
    assert len(only(found, Todo.CASE)) == 2
    client_case, newcomer_case = only(found, Todo.CASE)
    assert client_case.why == "a case of severity 2 is open since 2026-11-25"
    assert newcomer_case.why == "a case of severity 3 is open since 2026-11-22, and is overdue"
    assert newcomer_case.about == newcomer.voice.cases[0].id


def test_promises_are_due_on_their_day_and_stay_until_kept() -> None:
    """A promise for today or earlier is on the list, the oldest first; one for tomorrow or kept is not; an impossible day is late."""
    found = of(
        member("today", fact(2, PromiseMade("today", "p1", "olena", "2026-11-25"))),
        member("late", fact(9, PromiseMade("late", "p2", "petro", "2026-11-22"))),
        member("later", fact(2, PromiseMade("later", "p3", "olena", "2026-11-26"))),
        member("kept", fact(9, PromiseMade("kept", "p4", "olena", "2026-11-20")), fact(1, PromiseKept("kept", "p4"))),
        member("never", fact(9, PromiseMade("never", "p5", "olena", "2026-02-30"))),
    )
    assert [(item.member, item.about, item.why) for item in found.items] == [
        ("never", "p5", "olena promised something until 2026-02-30"),
        ("late", "p2", "petro promised something until 2026-11-22, 3 days ago"),
        ("today", "p1", "olena promised something until 2026-11-25, today"),
    ]


@pytest.mark.parametrize(
    ("id_", "first", "last", "there"),
    [
        ("birthday", -3, 0, True),
        ("birthday", -4, -1, False),
        ("birthday", 6, 9, True),
        ("birthday", 7, 10, False),
        ("half-birthday", 0, 0, False),
    ],
)
def test_birthdays_of_the_week(id_: str, first: int, last: int, there: bool) -> None:
    """A birthday whose days touch today or the six days after is told, with its days; nothing else that is celebrated is."""
    person = Person("uk", occasions=(Occasion(id_, TODAY + first, TODAY + last, "2026"),))
    found = of(member("m1"), person=person)
    assert todos(found) == ([(Todo.BIRTHDAY, "m1")] if there else [])
    without = of(member("m1"), person=Person("uk", occasions=(Occasion(id_, TODAY + first, TODAY + last, "2026", gift=False),)))
    assert [item.why.endswith("without a gift") for item in without.items] == [True] * there
    if there:
        assert "gift" not in found.items[0].why
        assert str(date.fromordinal(TODAY + first)) in found.items[0].why
        assert found.items[0].day == TODAY + last


def test_notes_that_wait_are_told_until_they_are_shown() -> None:
    """A note written and not yet shown is on the list with its author, the oldest first."""
    found = of(
        member("new", fact(1, NoteWritten("new", "n2", "petro"))),
        member("old", fact(9, NoteWritten("old", "n1", "olena"))),
        member("read", fact(9, NoteWritten("read", "n3", "olena")), fact(3, NoteShown(CARD, "n3"))),
    )
    assert [(item.member, item.about) for item in only(found, Todo.NOTE)] == [("old", "n1"), ("new", "n2")]
    assert only(found, Todo.NOTE)[0].why == "a note by olena has waited 9 days for the member's next tap"


def test_points_that_burn_within_the_week_are_one_line() -> None:
    """Lots that end today and within six days are added up, the first day is said; a week later is not soon."""
    facts = [
        fact(9, OpeningBalance("m1", 30, "2026-11-25")),
    ]
    assert only(of(member("m1", *facts)), Todo.BURN)[0].why == "30 points burn, the first after 2026-11-25"
    account = member("m1", *facts)
    account.ledger.credit(12, NOON, BOOK.calendar.end_ms(TODAY + 6))
    account.ledger.credit(50, NOON, BOOK.calendar.end_ms(TODAY + 7))
    assert [(item.day, item.why) for item in only(of(account), Todo.BURN)] == [(TODAY, "42 points burn, the first after 2026-11-25")]
    assert only(of(member("m2", fact(9, OpeningBalance("m2", 30, "2026-12-02")))), Todo.BURN) == []


def test_points_that_burn_for_lack_of_visits_are_told_too() -> None:
    """Where everything burns after so many days without a visit, all of it is told within the week before."""
    idle = Expiry(ExpiryPolicy.INACTIVITY, days=60)
    book = Rulebook.single(Programme(About(1, "Test", "Europe/Kyiv"), expiry=idle), KYIV)
    for days_ago, there in ((60, True), (54, True), (53, False)):
        account = member("m1", fact(99, OpeningBalance("m1", 30)), fact(days_ago), book=book)
        assert [item.why.partition(",")[0] for item in only(of(account, book=book), Todo.BURN)] == ["30 points burn"] * there


def test_clients_whom_nothing_personal_reached_for_a_quarter() -> None:
    """A client of a quarter without a touch is on the list, the longest first; a note shown, a birthday or a staff's perk is a touch."""
    note = fact(30, GreetingShown(CARD, GreetingKind.NOTE, "n1"))
    campaign = fact(30, GreetingShown(CARD, GreetingKind.CAMPAIGN, "c1"))
    found = of(
        member("never", *visits(*OLD)),
        member("longer", *visits(150, *OLD)),
        member("noted", *visits(*OLD), note),
        member("sold", *visits(*OLD), campaign),
        member("given", *visits(*OLD), fact(89, PerkGiven("given", "coffee", "r1", "olena"))),
        member("once", *visits(*OLD), fact(90, PerkGiven("once", "coffee", "r1", "olena"))),
        member("young", *visits(*REGULAR)),
        member("away", *visits(*(200 + days for days in OLD))),
        member("buyer", *visits(140)),
    )
    assert [item.member for item in only(found, Todo.UNTOUCHED)] == ["longer", "never", "sold", "once"]
    assert [item.why for item in only(found, Todo.UNTOUCHED)][-2:] == [
        "client, and nothing personal ever",
        "client, and nothing personal for 90 days",
    ]


def test_advocates_are_looked_after_first() -> None:
    """An advocate without a touch stands above a client who has waited longer."""
    advocate = member("advocate", *visits(*OLD))
    advocate.rung.rung = "advocate"
    assert [item.member for item in only(of(member("client", *visits(150, *OLD)), advocate), Todo.UNTOUCHED)] == ["advocate", "client"]


def test_the_last_touch_is_remembered() -> None:
    """The newest of all that was said or given personally is the one that counts."""
    perk, note = fact(50, PerkGiven("m1", "coffee", "r1", "olena")), fact(20, GreetingShown(CARD, GreetingKind.NOTE, "n1"))
    assert last_touch(member("m1", *visits(60), perk, note)) == note.when_ms
    assert last_touch(member("m1", *visits(60), perk)) == perk.when_ms
    assert last_touch(member("m1", *visits(60))) == 0


def test_who_left_and_who_works_here_is_not_on_it() -> None:
    """Neither is somebody to do something for."""
    left = member("left", *bad_rating(3), fact(1, MemberLeft("left", ExitWay.DEACTIVATED)))
    staff = member("staff", fact(9, Enrolled("staff", staff=True)), *visits(3), fact(2, NoteWritten("staff", "n1", "olena")))
    assert of(left, staff).items == []


def _crowd() -> list[Account]:
    return [
        member("m1", *bad_rating(1), fact(1, NoteWritten("m1", "n1", "olena"))),
        member("m2", *bad_rating(1)),
        member("m3", *visits(*OLD)),
        member("m4", fact(3, PromiseMade("m4", "p1", "olena", "2026-11-24"))),
        member("m5", *visits(4, 3)),
        member("m6", *visits(4, 3)),
    ]


CROWD = _crowd()


@given(st.permutations(CROWD))
def test_the_order_of_members_changes_nothing(members: Iterable[Account]) -> None:
    """The same members make the same list, kinds in the order of urgency and equals by name."""
    found = of(*members)
    assert found == of(*CROWD)
    assert [item.order for item in found.items] == sorted(item.order for item in found.items)
    assert [item.todo.name for item in found.items] == [
        "CASE",
        "CASE",
        "PROMISE",
        "NOTE",
        "CRITICAL",
        "CRITICAL",
        "CRITICAL",
        "CRITICAL",
        "UNTOUCHED",
    ]


def test_each_kind_has_a_limit_and_says_what_did_not_fit() -> None:
    """Of forty critical clients thirty are listed, those with the fewest visits, whatever order they come in."""
    crowd = [member(f"m{n:02}", *visits(*((5, 4) if n < 35 else (5,)))) for n in range(40)]
    found = of(*crowd)
    assert [item.member for item in found.items] == [f"m{n:02}" for n in (*range(35, 40), *range(KIND_MAX - 5))]
    assert found.left_out == {Todo.CRITICAL: 10}
    assert of(*reversed(crowd)) == found
