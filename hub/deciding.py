"""Facts of the hub's own that follow from others: a referral is converted or rejected, a rule is closed. Pure.

Decided once, in the transaction that keeps what caused them, from tables that are part of it; how they are kept is `settling`'s. Limits
over many members are not undone by facts that come late: what a kiosk gave off line is given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from hub.door import HubTransaction
from hub.folding import Folded, Gift
from hub.records import Counted, Given, Referral
from loyalty.account import Account
from loyalty.calendar import NEVER
from loyalty.facts import Body, Converted, Fact, ReferralRejected, RuleClosed, Welcomed
from loyalty.programme import Programme
from loyalty.programme.ladder import RungBasis
from loyalty.rulebook import PERK, Closing, Rulebook

HOUR_MS = 3_600_000
HEARD_MS = 90_000  # a kiosk finds a dead line within twice its keepalive of 30 s; the rest is for clocks kept by batteries
HEARD_THERE_MS = 5_000  # one message to one kiosk that is there
CONVERTING_VISIT_DAYS = 2  # where no till tells of purchases: who came once was only brought along

Decided = tuple[Body, int]  # what happened, and at which moment (ms)


def decided(tx: HubTransaction, book: Rulebook, folded: Mapping[str, Folded], facts: Collection[Fact], now_ms: int) -> list[Decided]:
    """What follows from these new facts, now that the members they are about are folded."""
    return [*_friends(tx, book, folded, now_ms), *_closings(tx, book, folded, facts, now_ms)]


# --- friends -----------------------------------------------------------------------------------------------------------


def _friends(tx: HubTransaction, book: Rulebook, folded: Mapping[str, Folded], now_ms: int) -> Iterator[Decided]:
    """A referral counts once the friend is a customer, and once for one person; until then, and while the purchase may come back, each
    fact about the friend may say otherwise.
    """
    members = tx.members(folded.keys())
    ids = {id_: {id_, *member.merged} for id_, member in members.items()}
    held = tx.referrals({each for every in ids.values() for each in every})
    advocates = tx.owners({each.account.circle.by for each in folded.values() if each.account.circle.by})
    for friend in sorted(members):
        account = folded[friend].account
        at = max(now_ms, account.last[0] + 1)  # after what gave the bonus, whatever this hub's clock says
        known = [held[id_] for id_ in sorted(ids[friend], key=lambda id_: (id_ != friend, id_)) if id_ in held]
        advocate = advocates.get(account.circle.by, "")
        if not known and advocate not in ("", *ids[friend]) and _is_customer(account, book.now):
            tx.save_referral(Referral(friend, advocate))
            yield Converted(advocate, friend), at
            yield Welcomed(friend, advocate), at
        counting = [referral for referral in known if not referral.rejected]
        for place, referral in enumerate(counting):
            why = _why_not(account, referral, ids[friend], book) if place == 0 else "brought-twice"
            if why:
                yield from _reject(tx, referral, why, at)


def _is_customer(account: Account, programme: Programme) -> bool:
    if programme.rungs.basis is RungBasis.VISITS:
        return account.footfall.visit_days >= CONVERTING_VISIT_DAYS
    return account.circle.converted


def _why_not(account: Account, referral: Referral, ids: Collection[str], book: Rulebook) -> str:
    """What speaks against a referral that counted, as a code; "" if nothing does."""
    circle, day_of = account.circle, book.calendar.day_of
    if referral.advocate in ids:
        return "one-person"
    if not circle.by:
        return "here-before"
    since = account.last[0] if circle.host is None else circle.host.at
    if day_of(account.last[0]) - day_of(since) > book.now.clawback.returns_days:
        return ""
    return "returned" if _came_back(account) else ""


def _came_back(account: Account) -> bool:
    """Whether more than half of what the friend bought was returned: a bag bought for the bonus is no friend."""
    receipts = account.books.receipts.values()
    return sum(receipt.returned for receipt in receipts) * 2 > sum(receipt.amount for receipt in receipts)


def _reject(tx: HubTransaction, referral: Referral, why: str, at_ms: int) -> Iterator[Decided]:
    """Take back what both sides were given, whoever they are now."""
    tx.save_referral(replace(referral, rejected=True))
    now = tx.survivors([referral.advocate, referral.friend])
    yield ReferralRejected(now.get(referral.advocate, referral.advocate), referral.friend, why), at_ms
    yield ReferralRejected(now.get(referral.friend, referral.friend), referral.advocate, why), at_ms


# --- limits over many members --------------------------------------------------------------------------------------------


def _closings(tx: HubTransaction, book: Rulebook, folded: Mapping[str, Folded], facts: Collection[Fact], now_ms: int) -> Iterator[Decided]:
    """Count what the new facts gave, and close what has reached its limit; never before the last fact that still earned by it."""
    given = _given(book.now, [gift for each in folded.values() for gift in each.gifts])
    if not given:
        return
    tx.add_given(given)
    latest = max(now_ms, *(fact.when_ms for fact in facts))
    held = tx.given({counted.rule for counted in given}, {counted.hour for counted in given} | {0})
    closed = list(book.closed)
    for body in _limits_reached(book.now, given.keys(), held):
        start = latest + _heard_ms(body)
        until = body.until or NEVER
        if until > start and not _is_closed(closed, body, start):
            closed.append(Closing(body.rule, body.kiosk, start, until))
            yield body, start


def _heard_ms(body: RuleClosed) -> int:
    """How long it takes until nobody promises it any more. Whoever has not heard of it then knows to be without a hub, and promises nothing
    that all kiosks share. A kiosk's own limit: it told us just now. What is out of stock is not there, whatever was promised.
    """
    if body.rule.startswith(PERK):
        return 1
    return HEARD_THERE_MS if body.kiosk else HEARD_MS


def _given(programme: Programme, gifts: Iterable[Gift]) -> dict[Counted, Given]:
    """Points and times by rule and kiosk, by the hour too for rules with a limit by the hour; and perks that have a stock."""
    rules = {rule.id: rule for rule in programme.rule}
    stocked = {perk.id for perk in programme.perk if perk.stock}
    found: dict[Counted, Given] = {}
    for gift in gifts:
        kiosk, rule = gift.fact.id.kiosk, rules.get(gift.rule)
        places = [Counted(PERK + gift.perk, kiosk)] if gift.perk in stocked else []
        places += [Counted(rule.id, kiosk)] if rule is not None else []
        places += [Counted(rule.id, kiosk, gift.fact.when_ms // HOUR_MS)] if rule is not None and rule.kiosk_hour_max else []
        for place in places:
            before = found.get(place, Given())
            found[place] = Given(before.points + gift.points, before.times + 1)
    return found


def _limits_reached(programme: Programme, changed: Collection[Counted], held: Mapping[Counted, Given]) -> Iterator[RuleClosed]:
    for rule in programme.rule:
        mine = [counted for counted in changed if counted.rule == rule.id]
        total = sum(given.points for counted, given in held.items() if counted.rule == rule.id and not counted.hour)
        if mine and 0 < rule.budget_points <= total:
            yield RuleClosed(rule.id)
        for counted in mine:
            given = held[counted]
            if counted.hour:
                if given.times >= rule.kiosk_hour_max:
                    yield RuleClosed(rule.id, counted.kiosk, (counted.hour + 1) * HOUR_MS)
            elif 0 < rule.kiosk_budget_points <= given.points:
                yield RuleClosed(rule.id, counted.kiosk)
    for perk in programme.perk:
        times = sum(given.times for counted, given in held.items() if counted.rule == PERK + perk.id)
        if perk.stock and times >= perk.stock and any(counted.rule == PERK + perk.id for counted in changed):
            yield RuleClosed(PERK + perk.id)
            for rule in programme.rule:
                if rule.perk == perk.id and not rule.points:
                    yield RuleClosed(rule.id)


def _is_closed(closed: Iterable[Closing], body: RuleClosed, at: int) -> bool:
    return any(each.rule == body.rule and each.kiosk in ("", body.kiosk) and each.start <= at < each.until for each in closed)
