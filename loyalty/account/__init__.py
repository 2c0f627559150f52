"""The account: everything about one member that is folded from facts, and the fold itself.

`apply` takes one fact in the total order; `fold` takes all of them in any order, any number of times; `snapshot` and `restore`
put an account into a document and back, so that later facts can be applied without the earlier ones. A person's name never is
in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from loyalty import facts as f
from loyalty.account import circle, rungs, tiers, voice
from loyalty.account.circle import Circle
from loyalty.account.effects import ENTRIES, SAYS_NOTHING, active
from loyalty.account.footfall import Footfall
from loyalty.account.ledger import Ledger
from loyalty.account.perks import Perks
from loyalty.account.purchases import Books
from loyalty.account.reckoning import Entry, EntryType, Line, Mark, Reckoning, RuleTally
from loyalty.account.rungs import RungStanding
from loyalty.account.tiers import TierStanding
from loyalty.account.told import Told
from loyalty.account.voice import Voice
from loyalty.calendar import NEVER, Past
from loyalty.document import Document, read, write
from loyalty.facts import Fact, Visit
from loyalty.rulebook import Rulebook

MARKS_KEPT = 20  # the newest; `marked` counts them all


@dataclass(slots=True)
class Account:
    """One member, folded. `member`: id, "" while nobody knows. `facts`: how many were applied; `last`: order of the newest."""

    member: str = ""
    facts: int = 0
    last: tuple[int, str, str, int] = (0, "", "", 0)
    enrolled: Past = 0
    staff: bool = False
    left: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    tallies: dict[str, RuleTally] = field(default_factory=dict)
    footfall: Footfall = field(default_factory=Footfall)
    tier: TierStanding = field(default_factory=TierStanding)
    rung: RungStanding = field(default_factory=RungStanding)
    voice: Voice = field(default_factory=Voice)
    circle: Circle = field(default_factory=Circle)
    perks: Perks = field(default_factory=Perks)
    books: Books = field(default_factory=Books)
    told: Told = field(default_factory=Told)
    marks: list[str] = field(default_factory=list)
    marked: int = 0

    def mark(self, mark: Mark) -> None:
        """Remember a fact that made no sense."""
        self.marked += 1
        self.marks.append(f"{mark.fact}: {mark.why}"[:200])
        del self.marks[:-MARKS_KEPT]


def apply(account: Account, fact: Fact, book: Rulebook, journal: list[Line] | None = None) -> None:
    """Reckon one more fact. Facts are to come in their total order; one that comes late is reckoned as it is (see `fold`)."""
    now = reckoning(account, fact, book, journal)
    pass_time(now, book)
    account.facts += 1
    order = (now.at, fact.id.kiosk, fact.id.epoch, fact.id.number)
    if order > account.last:
        account.last = order
    if account.tier.tier not in now.edition.tier_rank:
        tiers.settle(now)
    if now.edition.has_clubs or account.circle.derived:
        circle.settle(now)
    kind = type(fact.body)
    entry = ENTRIES.get(kind)
    if entry is not None:
        entry(now, fact.body)
        if kind not in SAYS_NOTHING:
            _settle(now)


def reckoning(account: Account, fact: Fact, book: Rulebook, journal: list[Line] | None = None) -> Reckoning:
    """Everything at hand at the moment of a fact."""
    at = fact.at_ms if fact.effective_ms is None else fact.effective_ms
    return Reckoning(account, fact, at, book.calendar.day_of(at), book.at(at), book.calendar, journal)


def pass_time(now: Reckoning, book: Rulebook) -> None:
    """What follows from time alone up to now: points vest and burn, a tier is assessed, a rung lost, a case nobody confirmed ends.

    Each at its own moment and by the edition in force then: it makes no difference whether anybody looked in between.
    """
    account, at = now.account, now.at
    if account.ledger.due <= at:
        _burn(now)
    while account.tier.due <= at:
        tiers.assess(reckoning(account, _moment(account.tier.due), book, now.journal))
    if account.voice.due <= at:
        voice.pass_time(now)
    if account.rung.due <= at:
        rungs.fall(now)


def _burn(now: Reckoning) -> None:
    for burnt in now.account.ledger.advance(now.at):
        if now.journal is not None:
            now.journal.append(Entry(EntryType.EXPIRE, -burnt.points, burnt.at))


def fold(facts: Iterable[Fact], book: Rulebook, member: str = "", at: int | None = None, journal: list[Line] | None = None) -> Account:
    """The account of one member from all facts about them, in any order, any number of times; up to `at` (ms) if it is given."""
    unique = {(fact.id.kiosk, fact.id.epoch, fact.id.number): fact for fact in facts}
    account = Account(member)
    for fact in sorted(unique.values(), key=_ORDER):
        if at is not None and fact.when_ms > at:
            break
        apply(account, fact, book, journal)
    if at is not None:
        advance(account, at, book, journal)
    return account


def advance(account: Account, at: int, book: Rulebook, journal: list[Line] | None = None) -> Reckoning:
    """Let time pass without a fact: the account as it stands at a moment. Returns what is at hand then."""
    now = reckoning(account, _moment(at), book, journal)
    pass_time(now, book)
    if now.edition.has_clubs or account.circle.derived:
        circle.settle(now)
    return now


def _settle(now: Reckoning) -> None:
    """What follows from the whole: the rung, clubs that one is in by rule, and the clock of points that burn for lack of visits."""
    if type(now.fact.body) is not Visit:  # a visit settles the rung before rules ask for it, and they do not change it
        rungs.settle(now)
    edition, ledger = now.edition, now.account.ledger
    if edition.has_clubs:
        circle.settle(now)
    if edition.has_patience and ledger.idle == NEVER:
        active(now)
    if ledger.due <= now.at:
        _burn(now)


_ORDER = attrgetter("order")


def _moment(at: int) -> Fact:
    """A fact of nobody's: only its moment counts."""
    return Fact(f.FactId("", "", 0), at, 0, "", f.ClockQuality.NTP, f.Unknown("moment", {}))


def snapshot(account: Account) -> Document:
    """The account as a document."""
    document: Document = write(account)
    return document


def restore(document: object) -> Account:
    """The account a document says. Raises Malformed."""
    account: Account = read(Account, document, "account")
    return account
