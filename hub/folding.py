"""One member's account, folded: from where the last fold ended if that is allowed, else from all facts anew. Pure.

Both ways end in the same account; tests/test_hub_folding.py holds that. What an account means is `loyalty`'s, where it is kept the
store's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from hub.records import Snapshot
from loyalty.account import Account, advance, apply, restore, snapshot
from loyalty.account.portable import portable
from loyalty.account.reckoning import Entry, EntryType, Line
from loyalty.document import write
from loyalty.facts import Captured, Fact, Redeemed
from loyalty.rulebook import Closing, Rulebook
from loyalty.shapes import Malformed

FOLD = 2  # of the fold itself: raised when `loyalty` reckons the same facts otherwise, so that every snapshot is made anew
BOOKS_KEPT = 4  # rulebooks whose rules are hashed already: the one in use, and the one that follows a closing

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


ACCRUALS = frozenset(
    {EntryType.ACCRUE_BONUS, EntryType.ACCRUE_PURCHASE, EntryType.ACCRUE_REFERRAL, EntryType.ACCRUE_VISIT},
)


@dataclass(frozen=True, slots=True)
class Gift:
    """What one fact gave by one rule, or the perk that it gave or handed out: `rule` or `perk` is ""."""

    fact: Fact
    rule: str = ""
    points: int = 0
    perk: str = ""


@dataclass(slots=True)
class Folded:
    """A fold. `gifts`: what the new facts gave. `anew`: from all facts."""

    account: Account
    snapshot: Snapshot
    gifts: list[Gift] = field(default_factory=list)
    anew: bool = False


def refold(member: str, held: Snapshot | None, new: Collection[Fact], everything: Callable[[], Iterable[Fact]], book: Rulebook) -> Folded:
    """The account of a member after `new` facts, which are among `everything`, all facts about them; that is asked for only at need."""
    account = _continued(held, new, book)
    anew = account is None
    facts = {fact.id: fact for fact in (everything() if account is None else new)}
    account = account or Account(member)
    fresh = {fact.id for fact in new}
    gifts: list[Gift] = []
    for fact in sorted(facts.values(), key=lambda each: each.order):
        if fact.id in fresh:
            gifts += _applied(account, fact, book)
        else:
            apply(account, fact, book)
    return Folded(account, kept(account, book), gifts, anew)


def _applied(account: Account, fact: Fact, book: Rulebook) -> list[Gift]:
    """Reckon a fact; returns what it gave."""
    journal: list[Line] = []
    before = {grant.id for grant in account.perks.grants}
    apply(account, fact, book, journal)
    name = str(fact.id)
    points: dict[str, int] = {}
    for line in journal:
        if isinstance(line, Entry) and line.fact == name and line.type in ACCRUALS:
            points[line.rule] = points.get(line.rule, 0) + line.points
    granted = [grant for grant in account.perks.grants if grant.id not in before]
    for grant in granted:
        if grant.id.startswith(f"{name}:"):
            points.setdefault(grant.id.removeprefix(f"{name}:"), 0)
    perks = [grant.perk for grant in granted]
    if isinstance(fact.body, Redeemed | Captured) and fact.body.perk:
        perks.append(fact.body.perk)
    return [*(Gift(fact, rule, gained) for rule, gained in points.items()), *(Gift(fact, perk=perk) for perk in perks)]


def kept(account: Account, book: Rulebook) -> Snapshot:
    """The account as it can be kept and continued. It must not have been let to pass time beyond its last fact."""
    text, sent = _JSON.encode(snapshot(account)), _JSON.encode(portable(account))
    return Snapshot(text, sent, account.last, account.facts, rules_until(book, account.last[0]))


def current(member: str, held: Snapshot | None, everything: Callable[[], Iterable[Fact]], book: Rulebook) -> Snapshot:
    """The snapshot that is held, or where it is not of these rules one of all facts."""
    if held is not None and held.rules == rules_until(book, held.last[0]):
        return held
    return refold(member, None, (), everything, book).snapshot


def read(held: Snapshot) -> Account:
    """The account of a snapshot. Raises Malformed for one that another version of this program wrote."""
    return restore(json.loads(held.text))


def as_of(held: Snapshot, now_ms: int, book: Rulebook) -> Account:
    """The account with the time up to now passed: points that burned meanwhile are gone, those that vested are there.

    Raises Malformed as `read` does.
    """
    account = read(held)
    advance(account, max(now_ms, held.last[0]), book)
    return account


def _continued(held: Snapshot | None, new: Collection[Fact], book: Rulebook) -> Account | None:
    """The account to go on from, or None: a new fact is older than the last one reckoned, or other rules were in force before it."""
    if held is None or any(fact.order <= held.last for fact in new) or held.rules != rules_until(book, held.last[0]):
        return None
    try:
        return read(held)
    except Malformed:
        return None


def rules_until(book: Rulebook, at_ms: int) -> str:
    """What names the rules by which a fold up to a moment was reckoned: a later edition or closing changes nothing of it."""
    starts, names = _hashed(book)
    found = [name for place, (start, name) in enumerate(zip(starts, names, strict=True)) if start <= at_ms or place == 0]
    closed = sorted(_closing(each) for each in book.closed if each.start <= at_ms)
    return _hash("\n".join([str(FOLD), *found, *closed]))


@lru_cache(BOOKS_KEPT)
def _hashed(book: Rulebook) -> tuple[list[int], list[str]]:
    editions = book.editions
    return [start for start, _ in editions], [f"{start} {_hash(_JSON.encode(write(programme)))}" for start, programme in editions]


def _closing(closing: Closing) -> str:
    return f"{closing.rule} {closing.kiosk} {closing.start} {closing.until}"


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8"), digest_size=12).hexdigest()
