"""Movements of points that a till or a person decides: redemptions and holds, corrections, goodwill, transfers.

What makes no sense is marked and moves nothing. Purchases are `purchases`'s, lots are `ledger`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loyalty.account.reckoning import EntryType, Reckoning
from loyalty.calendar import LAST_DAY, NEVER
from loyalty.facts import (
    Adjusted,
    Captured,
    GoodwillGiven,
    Held,
    OpeningBalance,
    Part,
    PointsReceived,
    PointsSent,
    Redeemed,
    RedemptionReversed,
    Released,
)
from loyalty.programme.rules import Overdraft, Rule, Trigger

REFS_KEPT = 256  # transfers and adjustments remembered, so that one told twice counts once
SURPRISES_KEPT = 4  # of a rule: it is looked at on its own day, and a kiosk may tell the last days late
OCCASION_DAYS = 60  # how far from its day an occasion may be given: 14 are the most a programme can say, and a holiday may last for weeks
GIFTS_KEPT = 128  # gifts decided at the tap: a year of two a week


def once(now: Reckoning, ref: str) -> bool:
    """Whether this reference is booked for the first time."""
    return _first(now, now.account.books.refs, ref, REFS_KEPT)


def once_granted(now: Reckoning, rule: Rule, period: str) -> bool:
    """Whether this gift is given for the first time, for a period that it can be given for; no number of corrections makes it forgotten.

    A kiosk decides it, and is believed as far as the facts can tell: a surprise is for the day on its clock and comes once on a day that
    counts; an occasion is for a year, this one or one beside it.
    """
    granted = now.account.books.granted
    if f"{rule.id}/{period}" in granted:
        return False
    if not (_is_surprise_of_today(now, rule, period) if rule.trigger is Trigger.SURPRISE else _is_year_near(now, period)):
        now.mark(f"rule {rule.id} cannot be granted for {period} now")
        return False
    if rule.trigger is Trigger.SURPRISE:  # one of long ago cannot come again, and must not push out the year's birthday
        for name in [name for name in granted if name.startswith(f"{rule.id}/")][:-SURPRISES_KEPT]:
            del granted[name]
    return _first(now, granted, f"{rule.id}/{period}", GIFTS_KEPT)


def _is_surprise_of_today(now: Reckoning, rule: Rule, period: str) -> bool:
    kiosk_day = date.fromordinal(now.calendar.day_of(now.fact.at_ms)).isoformat()
    given = (at for name, at in now.account.books.granted.items() if name.startswith(f"{rule.id}/"))
    return period == kiosk_day and all(now.calendar.day_of(at) != now.day for at in given)


def _is_year_near(now: Reckoning, period: str) -> bool:
    near = (now.day - OCCASION_DAYS, now.day, min(now.day + OCCASION_DAYS, LAST_DAY.toordinal()))
    return period in {str(date.fromordinal(max(1, day)).year) for day in near}


def _first(now: Reckoning, seen: dict[str, int], name: str, most: int) -> bool:
    if name in seen:
        return False
    seen[name] = now.at
    while len(seen) > most:
        del seen[next(iter(seen))]
    return True


def on_redeemed(now: Reckoning, body: Redeemed) -> None:
    """Points were spent. The customer has what they bought, so it is booked as it is; beyond the balance it is marked too."""
    ledger, rules = now.account.ledger, now.edition.programme.redemption
    if body.hold:
        once(now, _spent(body.hold))
        if body.hold in ledger.holds:
            now.note(EntryType.RELEASE, ledger.release(body.hold), body.hold)
    short = body.points - ledger.available
    spending = ledger.spend(now.id, body.points, now.at, rules.overdraft is Overdraft.OWE, body.perk)
    if short > 0:
        now.mark(f"{short} points more were spent than there were")
    if body.perk and body.perk not in now.edition.perks:
        now.mark(f"there is no perk {body.perk}")
    elif body.perk and now.edition.perk_closed(body.perk, now.at):
        now.mark(f"the stock of perk {body.perk} was given away before")
    if body.offline:
        books = now.account.books
        if books.offline_day != now.day:
            books.offline_day, books.offline = now.day, 0
        books.offline += body.points
    now.note(EntryType.REDEEM, -body.points, body.perk, short=spending.owed + spending.forgiven)


def on_reversed(now: Reckoning, body: RedemptionReversed) -> None:
    """A redemption is undone, once."""
    spending = now.account.ledger.spendings.get(body.redemption)
    if spending is None or spending.undone:
        now.mark(f"there is no redemption {body.redemption} to undo" if spending is None else "this redemption was undone before")
        return
    reinstated = now.calendar.end_ms(now.day + now.edition.programme.redemption.reinstate_days)
    now.account.ledger.undo(spending, now.at, reinstated)
    now.note(EntryType.REDEEM_REVERSAL, spending.points, spending.perk)


def on_held(now: Reckoning, body: Held) -> None:
    """Points are set aside; not more than there are, and not for what a kiosk whose clock is behind has told before."""
    if _spent(body.hold) in now.account.books.refs:
        return
    if now.account.ledger.hold(body.hold, body.points, now.at + body.minutes * 60_000):
        now.note(EntryType.HOLD, body.points, body.hold)
    else:
        now.mark(f"{body.points} points cannot be held as {body.hold}")


def _spent(hold: str) -> str:
    return f"hold/{hold}"


def on_captured(now: Reckoning, body: Captured) -> None:
    """What was held is spent."""
    if body.hold not in now.account.ledger.holds:
        now.mark(f"nothing is held as {body.hold}")
        return
    points = now.account.ledger.capture(body.hold, now.id, now.at, body.perk)
    now.note(EntryType.REDEEM, -points, body.perk or body.hold)


def on_released(now: Reckoning, body: Released) -> None:
    """What was held is free again."""
    if body.hold not in now.account.ledger.holds:
        now.mark(f"nothing is held as {body.hold}")
        return
    now.note(EntryType.RELEASE, now.account.ledger.release(body.hold), body.hold)


def _expires(now: Reckoning, day: str) -> int:
    """End of a last day written down; "" is for ever. An impossible day is the programme's usual one."""
    if not day:
        return NEVER
    try:
        last = date.fromisoformat(day)
        return NEVER if last > LAST_DAY else now.calendar.end_ms(last.toordinal())
    except (ValueError, OverflowError):
        return now.calendar.expires_ms(now.edition.programme.expiry, now.at)


def on_opening(now: Reckoning, body: OpeningBalance) -> None:
    """Points brought along, once per account."""
    if now.account.books.opened:
        now.mark("this account had an opening balance before")
        return
    now.account.books.opened = True
    expires = _expires(now, body.expires) if body.expires else now.calendar.expires_ms(now.edition.programme.expiry, now.at)
    _arrive(now, EntryType.OPENING_BALANCE, body.points, expires)


def _arrive(now: Reckoning, type_: EntryType, points: int, expires: int, sender: str = "") -> None:
    """Points from elsewhere that keep their day; if it has passed they burn at once."""
    now.account.ledger.credit(points, now.at, expires)
    now.note(type_, points, sender, expires)
    if expires <= now.at:
        now.note(EntryType.EXPIRE, -points)


def on_adjusted(now: Reckoning, body: Adjusted) -> None:
    """A correction by a person; a large one needs two."""
    limit = now.edition.programme.earning.adjust_points_max
    if abs(body.points) > limit and (not body.second or body.second == body.by):
        now.mark(f"an adjustment above {limit} points needs a second person")
        return
    if body.ref and not once(now, f"adjust/{body.ref}"):
        return
    ledger = now.account.ledger
    if body.points >= 0:
        expires = now.calendar.expires_ms(now.edition.programme.expiry, now.at)
        ledger.credit(body.points, now.at, expires)
        now.note(EntryType.ADJUST_CREDIT, body.points, expires=expires, note=body.reason)
        return
    short = _debit(now, -body.points)
    ledger.debited -= body.points
    now.note(EntryType.ADJUST_DEBIT, body.points, short=short, note=body.reason)


def _debit(now: Reckoning, points: int) -> int:
    """Take points, soonest to burn first; what is not there is owed or forgiven as for a redemption. Returns how many were not there."""
    ledger = now.account.ledger
    _, missing = ledger.take(points)
    if now.edition.programme.redemption.overdraft is Overdraft.OWE:
        ledger.owed += missing
    else:
        ledger.forgiven += missing
    return missing


def on_goodwill(now: Reckoning, body: GoodwillGiven) -> None:
    """Points to put something right; they belong to a case, and a day has a limit."""
    books, case = now.account.books, now.account.voice.find(body.case)
    if case is None:
        now.mark(f"there is no case {body.case} to give goodwill for")
        return
    if books.goodwill_day != now.day:
        books.goodwill_day, books.goodwill = now.day, 0
    limit = now.edition.programme.earning.goodwill_day_max
    if books.goodwill + body.points > limit:
        now.mark(f"goodwill above {limit} points on one day")
        return
    books.goodwill += body.points
    case.goodwill += body.points
    expires = now.calendar.expires_ms(now.edition.programme.expiry, now.at)
    now.account.ledger.credit(body.points, now.at, expires)
    now.note(EntryType.GOODWILL, body.points, body.case, expires)


def on_sent(now: Reckoning, body: PointsSent) -> None:
    """Points went to another member, as it was written down then."""
    if not _transfer_allowed(now, body.transfer):
        return
    points = _sum(body.parts)
    short = _debit(now, points)
    now.account.ledger.sent += points
    if short:
        now.mark(f"{short} points more were sent than there were")
    now.note(EntryType.TRANSFER_OUT, -points, body.to, short=short)


def on_received(now: Reckoning, body: PointsReceived) -> None:
    """Points came from another member and keep their days; what has burnt on the way burns here."""
    if not _transfer_allowed(now, body.transfer):
        return
    for part in body.parts:
        _arrive(now, EntryType.TRANSFER_IN, part.points, _expires(now, part.expires), body.sender)


def _transfer_allowed(now: Reckoning, transfer: str) -> bool:
    if not now.edition.programme.earning.transfers:
        now.mark("this programme knows no transfers between members")
        return False
    return once(now, f"transfer/{transfer}")


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.points for part in parts)
