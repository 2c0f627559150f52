"""The daily list for staff: "what have you done for your customer today?" (mechanism 86). Who needs something, and why.

Chosen here from accounts and from what may be known of persons; names are put beside the ids by the hub. What was done about it is
ticked off elsewhere, and nothing here is said to a customer.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from loyalty.account import Account
from loyalty.account.footfall import Activity
from loyalty.account.rungs import Rung
from loyalty.account.voice import UNRESOLVED
from loyalty.calendar import NEVER, Calendar
from loyalty.counter.gifts import BIRTHDAY
from loyalty.counter.person import Person
from loyalty.programme import Programme
from loyalty.said import GreetingKind

WEEK_DAYS = 7  # what "this week" and "soon" mean: today and the six days after it
CRITICAL_VISITS = 4  # after the fifth visit a client has a habit (mechanism 49)
CRITICAL_DAYS = 30  # who has been away for longer is welcomed back, not kept
UNTOUCHED_DAYS = 90  # a quarter (mechanism 54)
KIND_MAX = 30  # of each kind: more than the staff of a shop can do something about on one day
TOUCHES = frozenset({GreetingKind.NOTE, GreetingKind.WE_DID, GreetingKind.BIRTHDAY, GreetingKind.RECOVERY})
"""Greetings that are about this member and nobody else; besides them a perk that staff gave is a personal touch."""


class Todo(IntEnum):
    """Why a member is on the list; the order is the order of the list."""

    CASE = 0
    PROMISE = 1
    BIRTHDAY = 2
    NOTE = 3
    BURN = 4
    CRITICAL = 5
    UNTOUCHED = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do something about. `about`: the case, promise or note, "" where it is the member. `rank` orders within a kind, the
    lowest first; `day` is what it is due on (ordinal), 0 for none.
    """

    todo: Todo
    rank: tuple[int, ...]
    member: str
    about: str
    day: int
    why: str

    @property
    def order(self) -> tuple[int, tuple[int, ...], str, str]:
        """Place in the list."""
        return (self.todo, self.rank, self.member, self.about)


@dataclass(slots=True)
class Daily:
    """The list of one day (ordinal). `left_out`: how many of a kind did not fit."""

    day: int
    items: list[Item] = field(default_factory=list)
    left_out: Counter[Todo] = field(default_factory=Counter)


def daily(members: Iterable[tuple[Account, Person | None]], programme: Programme, calendar: Calendar, at: int) -> Daily:
    """The list at a moment (ms), the most urgent first, KIND_MAX of each kind; the same members in any order make the same list.

    Members who left and those who work here are not on it. Birthdays need the person.
    """
    today = calendar.day_of(at)
    found: dict[Todo, list[Item]] = {todo: [] for todo in Todo}
    result = Daily(today)
    for account, person in members:
        if account.left or account.staff:
            continue
        for item in _items(account, person, programme, calendar, at):
            mine = found[item.todo]
            insort(mine, item, key=lambda each: each.order)
            if len(mine) > KIND_MAX:
                mine.pop()
                result.left_out[item.todo] += 1
    result.items = [item for todo in Todo for item in found[todo]]
    return result


def _items(account: Account, person: Person | None, programme: Programme, calendar: Calendar, at: int) -> Iterator[Item]:
    today = calendar.day_of(at)
    yield from _cases(account, calendar, at)
    yield from _promises(account, today)
    yield from _birthdays(account, person, today)
    yield from _notes(account, calendar, today)
    yield from _burning(account, calendar, today)
    yield from _critical(account, calendar, today)
    yield from _untouched(account, programme, calendar, today)


def _cases(account: Account, calendar: Calendar, at: int) -> Iterator[Item]:
    """Cases that staff can do something about; of a resolved one only the customer can say more."""
    for case in account.voice.open_cases():
        if case.status in UNRESOLVED:
            late = ", and is overdue" if case.due <= at else ""
            why = f"a case of severity {case.severity} is {case.status.value} since {calendar.date_of(case.opened)}{late}"
            reason = f": {case.reason}" if case.reason else ""
            yield Item(Todo.CASE, (case.severity, case.opened), account.member, case.id, calendar.day_of(case.due), why + reason)


def _promises(account: Account, today: int) -> Iterator[Item]:
    """Promises that are to be kept today or should have been; a day that is none is late already."""
    for promise in account.told.promises:
        due = _ordinal(promise.due)
        if not promise.kept and due <= today:
            late = ", today" if due == today else f", {today - due} days ago" if due else ""
            why = f"{promise.owner} promised something until {promise.due}{late}"
            yield Item(Todo.PROMISE, (due,), account.member, promise.promise, due, why)


def _ordinal(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return 0


def _birthdays(account: Account, person: Person | None, today: int) -> Iterator[Item]:
    """Members whose birthday is greeted within the week: here only the stretch of days is known."""
    for occasion in person.occasions if person else ():
        if occasion.id == BIRTHDAY and occasion.first < today + WEEK_DAYS and occasion.last >= today:
            gift = "" if occasion.gift else ", to be greeted without a gift"
            why = f"birthday between {date.fromordinal(occasion.first)} and {date.fromordinal(occasion.last)}{gift}"
            yield Item(Todo.BIRTHDAY, (occasion.first,), account.member, occasion.period, occasion.last, why)


def _notes(account: Account, calendar: Calendar, today: int) -> Iterator[Item]:
    for note in account.told.notes:
        days = today - calendar.day_of(note.at)
        why = f"a note by {note.by} has waited {days} days for the member's next tap"
        yield Item(Todo.NOTE, (note.at,), account.member, note.note, 0, why)


def _burning(account: Account, calendar: Calendar, today: int) -> Iterator[Item]:
    """Points whose last day is within the week, one line for all of them; without a visit all of them may burn at once."""
    ledger = account.ledger
    deadlines = [(ends, points) for ends, points in ledger.expiring() if points]
    if ledger.idle < NEVER:
        deadlines.append((ledger.idle, ledger.available + ledger.waiting))
    soon = [(calendar.last_day(ends).toordinal(), points) for ends, points in deadlines]
    soon = sorted((day, points) for day, points in soon if points and today <= day < today + WEEK_DAYS)
    if soon:
        points = min(sum(points for _, points in soon), ledger.available + ledger.waiting)
        why = f"{points} points burn, the first after {date.fromordinal(soon[0][0])}"
        yield Item(Todo.BURN, (soon[0][0],), account.member, "", soon[0][0], why)


def _critical(account: Account, calendar: Calendar, today: int) -> Iterator[Item]:
    """Members whose next visits decide whether they stay; those with most of them behind them last."""
    foot = account.footfall
    if not 1 <= foot.visit_days <= CRITICAL_VISITS:
        return
    away = today - calendar.day_of(foot.last_ms)
    if away <= CRITICAL_DAYS:
        why = f"{foot.visit_days} of the first {CRITICAL_VISITS} visit days, the last {away} days ago: double the attention"
        yield Item(Todo.CRITICAL, (foot.visit_days, away), account.member, "", 0, why)


def _untouched(account: Account, programme: Programme, calendar: Calendar, today: int) -> Iterator[Item]:
    """Advocates, then clients, who come and to whom nothing personal was said or given for a quarter, the longest first.

    Who has stayed away is welcomed back when they come, so they are not on the list.
    """
    if account.rung.rung not in (Rung.ADVOCATE, Rung.CLIENT):
        return
    if account.footfall.activity(today, programme.rungs.usual_days) is Activity.LAPSED:
        return
    touch = last_touch(account)
    days = today - calendar.day_of(touch or account.footfall.first_ms)
    if days >= UNTOUCHED_DAYS:
        rank = (int(account.rung.rung != Rung.ADVOCATE), -days)
        why = f"{account.rung.rung}, and nothing personal for {days} days" if touch else f"{account.rung.rung}, and nothing personal ever"
        yield Item(Todo.UNTOUCHED, rank, account.member, "", 0, why)


def last_touch(account: Account) -> int:
    """When something personal was last said or given to a member (ms); 0 for never, as far as is remembered."""
    said = [last.at for key, last in account.told.last.items() if key.partition("/")[0] in TOUCHES]
    given = [grant.at for grant in account.perks.grants if grant.id.startswith("desk:")]
    return max([*said, *given], default=0)
