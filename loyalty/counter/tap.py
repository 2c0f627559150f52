"""What a tap means: which facts are to be written down for it, and what may truthfully be said once they are.

Everything is reckoned before anything is written, on what this kiosk knows; nothing of it is shown before it is on disk. Words,
colours and layouts are `display`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from loyalty.account import Account, advance, apply
from loyalty.account.reckoning import Entry, EntryType, Line, Reckoning
from loyalty.counter.events import check_ins
from loyalty.counter.gifts import gifts
from loyalty.counter.greeting import Choice, choose
from loyalty.counter.person import Person
from loyalty.counter.questions import choose_question
from loyalty.counter.redeeming import Offer, offers
from loyalty.counter.standing import Standing
from loyalty.facts import Body, Fact, FactId, Granted, GreetingShown, NoteShown, Redeemed, Referred, Visit
from loyalty.moment import Moment
from loyalty.programme.rules import Trigger, in_language
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind, Said

ACCRUED = frozenset({EntryType.ACCRUE_VISIT, EntryType.ACCRUE_BONUS, EntryType.ACCRUE_REFERRAL})


@dataclass(frozen=True, slots=True)
class KioskDay:
    """What this kiosk has given on a local day (ordinal), against its daily limits: surprises, and points spent without the hub."""

    day: int = 0
    surprises: int = 0
    offline_points: int = 0

    def on(self, day: int, kept: bool) -> KioskDay:
        """The count of a day: nothing yet on a later one. A clock that is set back brings no new day; what was counted for a day that is
        not yet, by a clock that nobody kept, counts for the present one as soon as somebody does (`kept`).
        """
        if day > self.day:
            return KioskDay(day)
        return replace(self, day=day) if kept else self

    def after(self, bodies: Iterable[Body], now: Moment, book: Rulebook) -> KioskDay:
        """The count after these facts."""
        rules = book.at(now.wall_ms).rules
        today = self.on(book.calendar.day_of(now.wall_ms), now.kept)
        for body in bodies:
            if isinstance(body, Granted) and body.rule in rules and rules[body.rule].trigger is Trigger.SURPRISE:
                today = replace(today, surprises=today.surprises + 1)
            elif isinstance(body, Redeemed) and body.offline:
                today = replace(today, offline_points=today.offline_points + body.points)
        return today


@dataclass(frozen=True, slots=True)
class Welcome:
    """What may be said to the customer, all of it on disk by then.

    `balance` is None when nothing is known of the member or they asked to hide it. `earned`: points this visit added. `waiting`:
    points counted here that the hub has not confirmed. `as_of_ms`: age of the hub's part of the balance. `tier`: its title, "" where
    there is none to speak of. `case`: of these the customer is asked whether it was put right. `spendable`: there are rewards, and
    the balance may be shown.
    """

    language: str | None
    name: str | None
    balance: int | None
    earned: int
    waiting: int
    as_of_ms: int | None
    tier: str = ""
    said: Said | None = None
    second: Said | None = None
    case: str = ""
    spendable: bool = False

    def unnamed(self) -> Welcome:
        """The same without anything that was said to this person alone."""
        return replace(self, name=None, said=None, second=None)


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a tap happens: which kiosk of which shop, by which rules, and what was given there today."""

    kiosk: str
    shop: str
    book: Rulebook
    today: KioskDay = KioskDay()


@dataclass(frozen=True, slots=True)
class Plan:
    """Facts to be written in one go, and what may be said afterwards."""

    bodies: tuple[Body, ...]
    welcome: Welcome


def draft(counter: Counter, now: Moment, body: Body) -> Fact:
    """A fact as it would be if it were written now: it has no number yet."""
    return Fact(FactId(counter.kiosk, "", 0), now.wall_ms, now.mono_ms, "", now.quality, body)


def plan_visit(counter: Counter, standing: Standing, visit: Visit, now: Moment, friend: Referred | None = None) -> Plan:
    """What a visit brings: the visit, gifts decided now, and the greeting. Raises Malformed for a view that cannot be read."""
    account = standing.account(counter.book)
    first: list[Body] = [*([friend] if friend else []), visit]
    if standing.view is None:
        journal: list[Line] = []
        _add(account, counter, now, first, journal)
        return Plan(tuple(first), Welcome(None, None, None, _sure(journal, counter, now), account.ledger.credited, None))
    advance(account, now.wall_ms, counter.book)
    credited = account.ledger.credited
    _add(account, counter, now, first)
    at = _at(account, counter, now)
    person = standing.view.person
    more: list[Body] = [
        *gifts(at, person, counter.kiosk, standing.card, counter.today.on(at.day, now.kept).surprises),
        *check_ins(at, standing.card),
    ]
    _add(account, counter, now, more)
    choice = choose(at, person, counter.shop)
    welcome = _welcome(counter, standing, account, now, account.ledger.credited - credited)
    case = choice.main.about if choice.main is not None and choice.main.kind is GreetingKind.RECOVERY else ""
    bodies = (*first, *more, *_told(standing.card, choice))
    return Plan(bodies, replace(welcome, said=choice.main, second=choice.second, case=case))


def _told(card: str, choice: Choice) -> list[Body]:
    """What is said, as facts: it is never said again too soon, and a note is read once."""
    found: list[Body] = []
    for said in (choice.main, choice.second):
        if said is not None:
            found.append(GreetingShown(card, said.kind, said.about, said.variant, choice.offer))
            if said.kind in (GreetingKind.NOTE, GreetingKind.WE_DID):
                found.append(NoteShown(card, said.about))
    return found


def welcome_again(counter: Counter, standing: Standing, before: Welcome, now: Moment) -> Welcome:
    """The same visit greeted once more, with the balance as it stands now."""
    if standing.view is None:
        return before
    again = _welcome(counter, standing, standing.account(counter.book), now, before.earned)
    return replace(again, said=before.said, second=before.second, case=before.case)


def earned_by(counter: Counter, standing: Standing, bodies: Iterable[Body], now: Moment) -> tuple[int, Reckoning]:
    """How many points these facts would add, and the account after them with everything at hand."""
    account = standing.account(counter.book)
    credited = account.ledger.credited
    _add(account, counter, now, bodies)
    return account.ledger.credited - credited, _at(account, counter, now)


def question_for(at: Reckoning, standing: Standing) -> str:
    """Id of the question to ask now, "" for none."""
    found = choose_question(at, standing.view.person) if standing.view is not None else None
    return "" if found is None else found.id


def offers_for(counter: Counter, standing: Standing, now: Moment) -> tuple[Offer, ...]:
    """What the member could have for points now."""
    if standing.view is None:
        return ()
    return offers(_at(standing.account(counter.book), counter, now), standing.view.person)


def _add(account: Account, counter: Counter, now: Moment, bodies: Iterable[Body], journal: list[Line] | None = None) -> None:
    for body in bodies:
        apply(account, draft(counter, now, body), counter.book, journal)


def _sure(journal: Iterable[Line], counter: Counter, now: Moment) -> int:
    """Points that a visit gives whoever it is: nobody knows of a stranger whether it is the first, the fifth, or a client's."""
    rules = counter.book.at(now.wall_ms).live
    sure = {name for name, live in rules.items() if not (live.numbered or live.personal or live.rule.times_percent)}
    return sum(line.points for line in journal if isinstance(line, Entry) and line.type in ACCRUED and line.rule in sure)


def _at(account: Account, counter: Counter, now: Moment) -> Reckoning:
    return advance(account, now.wall_ms, counter.book)


def _welcome(counter: Counter, standing: Standing, account: Account, now: Moment, earned: int) -> Welcome:
    view = standing.view
    assert view is not None  # noqa: S101 - both callers have one
    at = _at(account, counter, now)
    person, balance = view.person, account.ledger.balance
    waiting = balance - standing.seen_by_hub(counter.book, now.wall_ms).ledger.balance
    hidden = person.hide_balance
    return Welcome(
        person.language,
        person.greeting_name or None,
        None if hidden else balance,
        0 if hidden else earned,
        waiting,
        view.as_of_ms,
        tier=_tier_title(at, person),
        spendable=not hidden and bool(offers(at, person)),
    )


def _tier_title(at: Reckoning, person: Person) -> str:
    """The tier's name; the lowest is nothing to speak of."""
    tiers, rank = at.edition.programme.tier, at.edition.tier_rank.get(at.account.tier.tier, 0)
    return in_language(tiers[rank].title, person.language) if rank else ""
