"""Purchases and what comes back of them: receipts, the points they gave, and taking those back in proportion.

What rules give is `earning`'s, other movements are `movements`'s, lots are `ledger`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.account import perks, tiers
from loyalty.account.earning import Gain, earn
from loyalty.account.reckoning import EntryType, Reckoning
from loyalty.calendar import Day, Past
from loyalty.facts import Purchased, Returned, Vested
from loyalty.programme.rules import Shortfall, Trigger

_PURCHASE = Trigger.PURCHASE
RETURNS_KEPT = 64  # returns of one receipt
RECEIPTS_KEPT = 1024  # three years of somebody who buys every day; only the newest can come back then


@dataclass(slots=True)
class Receipt:
    """A purchase that may still come back: when, for how much (minor units), how much of it returned, and what it gave."""

    at: Past
    day: Day
    amount: int
    returned: int = 0
    gains: list[Gain] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Books:
    """Receipts of one member by the till's number, oldest first. `refs`: what must not be booked twice; `granted`: gifts decided at the
    tap, by rule and period, and when. `opened`: there was an opening balance. Goodwill and points spent off line are of a running day.
    """

    receipts: dict[str, Receipt] = field(default_factory=dict)
    refs: dict[str, Past] = field(default_factory=dict)
    granted: dict[str, Past] = field(default_factory=dict)
    opened: bool = False
    goodwill_day: Day = 0
    goodwill: int = 0
    offline_day: Day = 0
    offline: int = 0


def on_purchase(now: Reckoning, body: Purchased) -> None:
    """A receipt; the till's number counts once."""
    books, account, programme = now.account.books, now.account, now.edition.programme
    _forget_old(now)
    if body.receipt in books.receipts:
        now.mark(f"receipt {body.receipt} was told before")
        return
    if body.currency != programme.programme.currency:
        now.mark(f"receipt {body.receipt} is in {body.currency}, this programme counts in {programme.programme.currency}")
        return
    receipt = books.receipts[body.receipt] = Receipt(now.at, now.day, body.amount)
    account.footfall.bought(now.day)
    account.footfall.spend += body.amount
    if now.edition.by_spend:
        tiers.add(now, body.amount, now.day)
    receipt.gains = earn(now, _PURCHASE, body)
    account.circle.converted = account.circle.converted or bool(account.circle.by and body.amount)


def _forget_old(now: Reckoning) -> None:
    """Receipts that cannot come back any more are let go of."""
    receipts = now.account.books.receipts
    oldest = now.day - now.edition.programme.clawback.returns_days
    while receipts:
        first = next(iter(receipts))
        if receipts[first].day >= oldest and len(receipts) <= RECEIPTS_KEPT:
            return
        del receipts[first]


def on_return(now: Reckoning, body: Returned) -> None:
    """A part of a receipt came back: cumulative and in proportion, never more than was earned."""
    _forget_old(now)
    receipt = now.account.books.receipts.get(body.receipt)
    if receipt is None:
        now.mark(f"receipt {body.receipt} is not known, or too old to come back")
        return
    if body.ref in receipt.refs:
        return
    receipt.refs.append(body.ref)
    del receipt.refs[:-RETURNS_KEPT]
    amount = min(body.amount, receipt.amount - receipt.returned)
    if amount < body.amount:
        now.mark(f"of receipt {body.receipt} more came back than was bought")
    receipt.returned += amount
    now.account.footfall.spend -= amount
    if now.edition.by_spend:
        tiers.add(now, -amount, receipt.day)
    if receipt.returned == receipt.amount:
        _unbuy(now, receipt)
    for gain in receipt.gains:
        _claw(now, receipt, gain)


def _unbuy(now: Reckoning, receipt: Receipt) -> None:
    others = now.account.books.receipts.values()
    if all(other.returned == other.amount for other in others if other.day == receipt.day):
        now.account.footfall.unbought(receipt.day)


def _share(receipt: Receipt, number: int) -> int:
    """So much of a number as has come back of the receipt; of one for nothing all has."""
    return number * receipt.returned // receipt.amount if receipt.amount else number


def _claw(now: Reckoning, receipt: Receipt, gain: Gain) -> None:
    """Take back this gain's share of what has returned, less what was taken before; the perk once everything has."""
    due = _share(receipt, gain.points) - gain.clawed
    if due > 0:
        claw(now, gain.lot, gain.expires, due, gain.rule)
        gain.clawed += due
        if gain.qualifying:
            tiers.disqualified(now, due, receipt.day)
    void = bool(gain.grant) and receipt.returned == receipt.amount and perks.void(now, gain.grant)
    if gain.units:
        _uncarry(now, receipt, gain, void)


def _uncarry(now: Reckoning, receipt: Receipt, gain: Gain, void: bool) -> None:
    """Units that came back are not carried any more; those that had turned into what was taken back are carried again."""
    if gain.grant:
        freed = gain.consumed if void else 0
    else:
        freed = gain.consumed * gain.clawed // gain.points if gain.points else 0
    back = _share(receipt, gain.units) - freed - gain.uncarried
    now.account.tallies[gain.rule].carry -= back
    gain.uncarried += back


def claw(now: Reckoning, lot: str, expires: int, points: int, rule: str) -> None:
    """Take back points as far as the programme's policy reaches."""
    policy = now.edition.programme.clawback.shortfall
    short = now.account.ledger.claw(lot, expires, points, policy is Shortfall.ONLY_PENDING, policy is Shortfall.UNLIMITED)
    now.note(EntryType.CLAWBACK, -points, rule, short=short)


def on_vested(now: Reckoning, body: Vested) -> None:
    """What the points of a receipt were waiting for has come."""
    receipt = now.account.books.receipts.get(body.receipt)
    if receipt is None:
        now.mark(f"receipt {body.receipt} is not known")
        return
    points = 0
    for gain in receipt.gains:
        if gain.lot:
            live = now.edition.live.get(gain.rule)
            expires = (live.term if live is not None else now.edition.term).ends_ms(now.day)
            rule = now.edition.rules.get(gain.rule)
            gain.expires = expires if rule is None or rule.vests_on_action else gain.expires
            points += now.account.ledger.vest(gain.lot, gain.expires)
    now.note(EntryType.VEST, points)
