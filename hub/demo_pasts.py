"""What the demo's people have behind them, so that each is greeted in another way: facts of the stream "seed", dated back from now.

Who they are is `demo_members`'s; what a greeting depends on is `loyalty.counter.candidates`'s. Never used by a shop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.records import SEED, StreamId
from loyalty.account import Account, apply, fold
from loyalty.facts import (
    Body,
    CardChange,
    CardChanged,
    CaseAnswered,
    CaseStep,
    CaseStepped,
    ClockQuality,
    ConsentGiven,
    ConsentMethod,
    Enrolled,
    Evidence,
    Face,
    Fact,
    FactId,
    GreetingShown,
    NoteWritten,
    OpeningBalance,
    Purpose,
    Rating,
    Reason,
    ReasonCode,
    Visit,
)
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind

STREAM = StreamId(SEED, "seedseedseed")
DAY_MS, MINUTE_MS = 86_400_000, 60_000
LAST_VISIT_DAYS = 2  # the newest opening visit lies before yesterday in every time zone: today's points are still to be earned
AWAY_DAYS = 50  # past every absence that the shipped programmes greet
BURN_DAYS = 5  # within the last notice of the shipped programmes
BURN_POINTS = 120
VISITS_MAX = 400  # looked through for somebody who is one visit short of a tier
STAFF = "lena"


class Past(StrEnum):
    """What a past leads to: the greeting at the next tap, where the programme has it."""

    PLAIN = "gratitude"
    NEW = "welcome"
    EARLY = "second_visit"
    BIRTHDAY = "birthday"
    BURNING = "burn"
    RISING = "promotion"
    AWAY = "welcome_back"
    NOTE = "note"
    RECOVERY = "recovery"
    ANSWERED = "we_did"
    CAMPAIGN = "campaign"
    ROUND = "milestone"


@dataclass(slots=True)
class Told:
    """One fact to be: when, and its body once the numbers of those it refers to are known by their labels."""

    at_ms: int
    body: Callable[[dict[str, int]], Body]
    label: str = ""


@dataclass(slots=True)
class Life:
    """One member's past while it is made up. `cards` are used in turn."""

    member: str
    cards: Sequence[tuple[str, str]]
    now_ms: int
    told: list[Told] = field(default_factory=list)

    def add(self, at_ms: int, body: Body) -> None:
        """A fact that refers to no other."""
        self.told.append(Told(at_ms, lambda _: body))

    @property
    def card(self) -> str:
        """The first card."""
        return self.cards[0][0]

    def visits(self, count: int, last_days: int = LAST_VISIT_DAYS, every_days: int = 1) -> None:
        """Joined, then so many visits; that a regular became one was said at the second of them."""
        first_ms = self.now_ms - (last_days + (count - 1) * every_days) * DAY_MS
        self.add((first_ms if count else self.now_ms) - MINUTE_MS, Enrolled(self.member))
        for number in range(count):
            card, chip = self.cards[number % len(self.cards)]
            at_ms = first_ms + number * every_days * DAY_MS
            self.add(at_ms, Visit(card, Evidence(chip)))
            if number == 1:
                self.add(at_ms + 1, GreetingShown(card, GreetingKind.PROMOTION, "rung:client"))


def past_of(member: str, past: Past, visits: int, cards: Sequence[tuple[str, str]], now_ms: int, book: Rulebook) -> list[Told]:
    """The facts of one member; `cards`: (reference, chip) pairs."""
    life = Life(member, cards, now_ms)
    if past is Past.RISING:
        life.visits(*_one_short(life, visits, book))
    elif past is Past.AWAY:
        life.visits(visits, AWAY_DAYS, 7)
    else:
        life.visits(visits)
    for more in _MORE.get(past, ()):
        more(life, book)
    for card, _ in cards[1:]:
        life.add(now_ms - DAY_MS, CardChanged(card, CardChange.BLOCKED, why="lost"))
    return life.told


def _one_short(life: Life, visits: int, book: Rulebook) -> tuple[int, int, int]:
    """So many visits, ending so many days ago, so many days apart, that the next one reaches a tier; the given number if none does."""
    for every_days in (3, 2, 4, 1):
        account = Account(life.member)
        for count in range(visits, VISITS_MAX):
            trial = Life(life.member, life.cards, life.now_ms)
            trial.visits(count, LAST_VISIT_DAYS, every_days)
            account = fold(facts_of(trial.told), book, life.member)
            before = account.tier.tier
            apply(account, _fact(1, life.now_ms, Visit(life.card, Evidence("NTAG216")), "today"), book)
            if before and account.tier.tier != before:
                return count, LAST_VISIT_DAYS, every_days
            if count * every_days > 360:
                break
    return visits, LAST_VISIT_DAYS, 1


def _consent(life: Life, _: Rulebook) -> None:
    text = "0" * 64  # of no real text: the demo's people read none
    life.add(life.now_ms - 200 * DAY_MS, ConsentGiven(Purpose.BIRTHDAY, ConsentMethod.STAFF, "demo", text, "uk", member=life.member))


def _burning(life: Life, book: Rulebook) -> None:
    last = book.calendar.date_of(life.now_ms + BURN_DAYS * DAY_MS)
    life.add(life.now_ms - 300 * DAY_MS, OpeningBalance(life.member, BURN_POINTS, last.isoformat()))


def _note(life: Life, _: Rulebook) -> None:
    life.add(life.now_ms - DAY_MS, NoteWritten(life.member, f"{life.member}.note", STAFF))


def _answer(life: Life, _: Rulebook) -> None:
    life.add(life.now_ms - DAY_MS, NoteWritten(life.member, f"{life.member}.reply", STAFF, ReasonCode.WAITING.value))


def _offer_told(life: Life, book: Rulebook) -> None:
    """The campaigns of the shop were told two days ago: there is room for other words."""
    for campaign in book.now.campaign:
        life.add(life.now_ms - LAST_VISIT_DAYS * DAY_MS + 2, GreetingShown(life.card, GreetingKind.CAMPAIGN, campaign.id, offer=True))


def _complaint(resolved: bool) -> Callable[[Life, Rulebook], None]:
    """A bad rating at a visit three weeks ago, with its reason; staff put it right, and the customer said so or was not asked yet."""

    def told(life: Life, _: Rulebook) -> None:
        at_ms, name, card = life.now_ms - 21 * DAY_MS, life.member, life.card
        case = f"{STREAM.kiosk}/{STREAM.epoch}/"
        rated, visited = f"{name}.rating", f"{name}.visit"
        life.told += [
            Told(at_ms, lambda _: Visit(card, Evidence("NTAG213")), visited),
            Told(at_ms + 1, lambda numbers: Rating(card, numbers[visited], Face.BAD, 900), rated),
            Told(at_ms + 2, lambda numbers: Reason(card, numbers[rated], ReasonCode.WAITING)),
            Told(at_ms + DAY_MS, lambda numbers: CaseStepped(name, f"{case}{numbers[rated]}", CaseStep.RESOLVED, STAFF)),
        ]
        if resolved:
            life.told.append(Told(at_ms + 2 * DAY_MS, lambda numbers: CaseAnswered(card, f"{case}{numbers[rated]}", True)))

    return told


_MORE: dict[Past, tuple[Callable[[Life, Rulebook], None], ...]] = {
    Past.BIRTHDAY: (_consent,),
    Past.BURNING: (_burning,),
    Past.NOTE: (_note,),
    Past.RECOVERY: (_complaint(resolved=False),),
    Past.ANSWERED: (_complaint(resolved=True), _answer),
    Past.ROUND: (_offer_told,),
    Past.PLAIN: (_offer_told,),
}


def facts_of(told: Sequence[Told]) -> Iterator[Fact]:
    """The facts in the order of time, numbered from 1."""
    ordered = sorted(told, key=lambda each: each.at_ms)
    numbers = {each.label: number for number, each in enumerate(ordered, start=1) if each.label}
    return (_fact(number, each.at_ms, each.body(numbers)) for number, each in enumerate(ordered, start=1))


def _fact(number: int, at_ms: int, body: Body, kiosk: str = STREAM.kiosk) -> Fact:
    return Fact(FactId(kiosk, STREAM.epoch, number), at_ms, 0, "seed", ClockQuality.NTP, body)
