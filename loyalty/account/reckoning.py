"""What every part of the fold has at hand while one fact is reckoned, and what it may leave behind for people to read.

The journal is optional: without one nothing is written and the fold is faster; with one each movement of points, each step of
tier and rung and each fact that made no sense becomes a line. No rule lives here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from loyalty.calendar import Calendar, Day
from loyalty.facts import Fact
from loyalty.rulebook import Edition
from loyalty.shapes import Signed

if TYPE_CHECKING:
    from loyalty.account import Account


class EntryType(StrEnum):
    """Types of movement in the ledger."""

    OPENING_BALANCE = "opening_balance"
    ACCRUE_PURCHASE = "accrue_purchase"
    ACCRUE_VISIT = "accrue_visit"
    ACCRUE_BONUS = "accrue_bonus"
    ACCRUE_REFERRAL = "accrue_referral"
    GOODWILL = "goodwill"
    VEST = "vest"
    HOLD = "hold"
    RELEASE = "release"
    REDEEM = "redeem"
    REDEEM_REVERSAL = "redeem_reversal"
    CLAWBACK = "clawback"
    EXPIRE = "expire"
    ADJUST_CREDIT = "adjust_credit"
    ADJUST_DEBIT = "adjust_debit"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of points. `fact`: what caused it, "" where time did. `rule` and `version`: by which rule of which programme.
    `expires`: end of the lot (ms, exclusive). `short`: how many of the points were not there.
    """

    type: EntryType
    points: int
    at: int
    fact: str = ""
    rule: str = ""
    version: int = 0
    expires: int = 0
    short: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A step on one of the two axes, "tier" or "rung", or of a "case"."""

    axis: str
    before: str
    after: str
    at: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact that made no sense: kept, not counted, shown to operators. `why` says what was wrong."""

    fact: str
    why: str
    at: int


Line = Entry | Change | Mark


@dataclass(slots=True)
class RuleTally:
    """What one rule gave to this member: `count` in the running `period`, `points` ever, `carry` units left over (below zero: of what
    turned into points and perks more came back than was left over).

    `card_day` and `cards`: points of the running day by card.
    """

    period: int = 0
    count: int = 0
    last: int = 0
    points: int = 0
    carry: Signed = 0
    card_day: Day = 0
    cards: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Reckoning:
    """One fact at its moment. `first_of_day`, `first_of_week`: set by a visit."""

    account: Account
    fact: Fact
    at: int
    day: int
    edition: Edition
    calendar: Calendar
    journal: list[Line] | None = None
    first_of_day: bool = False
    first_of_week: bool = False

    @property
    def id(self) -> str:
        """The fact's identity as one text."""
        id_ = self.fact.id
        return f"{id_.kiosk}/{id_.epoch}/{id_.number}"

    def note(self, type_: EntryType, points: int, rule: str = "", expires: int = 0, short: int = 0, note: str = "") -> None:
        """Write a movement of points into the journal, if there is one."""
        if self.journal is not None:
            self.journal.append(Entry(type_, points, self.at, self.id, rule, self.edition.version, expires, short, note))

    def changed(self, axis: str, before: str, after: str, why: str = "", at: int | None = None) -> None:
        """Write a step into the journal, if there is one; time alone may have made it before the fact, `at` a moment."""
        if self.journal is not None:
            self.journal.append(Change(axis, before, after, self.at if at is None else at, why))

    def mark(self, why: str) -> None:
        """This fact made no sense."""
        mark = Mark(self.id, why, self.at)
        self.account.mark(mark)
        if self.journal is not None:
            self.journal.append(mark)
