"""Earning: which rules a fact sets off, and what they give. Points become lots, perks become grants, remainders are carried.

A rule that cannot be told from facts alone (occasion, surprise) arrives here as a fact of its own, `Granted`. How points are
kept is `ledger`'s, tiers are `tiers`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.account import perks, tiers
from loyalty.account.conditions import applies, period_of
from loyalty.account.reckoning import EntryType, Reckoning, RuleTally
from loyalty.calendar import When
from loyalty.facts import POINTS_MAX, Item, Purchased
from loyalty.programme.rules import Rule, Trigger, Unit
from loyalty.rulebook import LiveRule
from loyalty.shapes import Signed

_EVENT = Unit.EVENT
TYPES = {
    Trigger.VISIT: EntryType.ACCRUE_VISIT,
    Trigger.PURCHASE: EntryType.ACCRUE_PURCHASE,
    Trigger.REFERRAL: EntryType.ACCRUE_REFERRAL,
    Trigger.REFERRED: EntryType.ACCRUE_REFERRAL,
}


@dataclass(slots=True)
class Gain:
    """What one rule gave for one fact: points in the lot that ends at `expires`, waiting as `lot` if not "", `qualifying` of them for a
    tier; the perk `grant`. `units` of the fact were counted, `consumed` of what is carried turned into the gift.

    Of a receipt that came back: so many points were `clawed`, and so many units taken out of what is carried (`uncarried`).
    """

    rule: str
    points: int = 0
    lot: str = ""
    expires: When = 0
    qualifying: int = 0
    grant: str = ""
    units: int = 0
    consumed: int = 0
    clawed: int = 0
    uncarried: Signed = 0


def earn(now: Reckoning, trigger: Trigger, purchase: Purchased | None = None) -> list[Gain]:
    """Let every rule of the trigger give what it gives for this fact; returns what was given."""
    edition = now.edition
    gains: list[Gain] = []
    exclusive, given = False, 0
    for live in edition.givers[trigger]:
        if (exclusive and live.is_exclusive) or not applies(now, live, purchase):
            continue
        if live.withheld <= now.at:
            exclusive = exclusive or live.is_exclusive  # it may give something: then those it excludes give nothing
            continue
        gain = give(now, live, purchase)
        if gain is not None:
            gains.append(gain)
            given += gain.points
            exclusive = exclusive or live.is_exclusive
    if given and (edition.multipliers[trigger] or edition.tier_bonus):
        gains += _multiplied(now, trigger, given, purchase)
    return gains


def _multiplied(now: Reckoning, trigger: Trigger, given: int, purchase: Purchased | None) -> list[Gain]:
    """What multipliers and the tier add; each to what the givers gave, not to one another."""
    found: list[Gain] = []
    exclusive = False
    for live in now.edition.multipliers[trigger]:
        if (exclusive and live.is_exclusive) or not applies(now, live, purchase):
            continue
        exclusive = exclusive or live.is_exclusive
        if live.withheld <= now.at:
            continue
        found += _bonus(now, live.rule.id, given, live.rule.times_percent, live)
    if now.edition.tier_bonus:
        tier = tiers.tier_of(now)
        if tier.times_percent > 100:
            found += _bonus(now, f"tier.{tier.id}", given, tier.times_percent, None)
    return found


def _bonus(now: Reckoning, name: str, given: int, times_percent: int, live: LiveRule | None) -> list[Gain]:
    tally = _tally(now, name)
    points, tally.carry = divmod(given * (times_percent - 100) + tally.carry, 100)
    if live is not None and live.capped:
        points = _capped(now, live.rule, tally, points)
    if points <= 0:
        return []
    _count(now, live, tally, points)
    return [_credit(now, name, live, points)]


def give(now: Reckoning, live: LiveRule, purchase: Purchased | None) -> Gain | None:
    """What one rule gives that applies; None if it gives nothing this time (too few units yet, or a limit is reached)."""
    rule = live.rule
    tally = _tally(now, rule.id)
    units = times = 1
    if live.metered:
        units = 1 if rule.unit is _EVENT else _units(now, rule, purchase)
        times = max(0, (tally.carry + units) // rule.per)
        tally.carry += units - times * rule.per
        if not times:
            return Gain(rule.id, units=units) if units else None
    points = min(times * rule.points, POINTS_MAX)
    if live.capped:
        points = _capped(now, rule, tally, points)
    if not points and not rule.perk:
        return None
    _count(now, live, tally, points)
    gain = _credit(now, rule.id, live, points) if points else Gain(rule.id)
    if live.metered:
        gain.units, gain.consumed = units, times * rule.per
    if rule.perk:
        gain.grant = f"{now.id}:{rule.id}"
        perks.grant(now, rule.perk, gain.grant, times)
    return gain


def _tally(now: Reckoning, name: str) -> RuleTally:
    tallies = now.account.tallies
    tally = tallies.get(name)
    if tally is None:
        tally = tallies[name] = RuleTally()
    return tally


def _capped(now: Reckoning, rule: Rule, tally: RuleTally, points: int) -> int:
    if rule.member_points_max:
        points = min(points, rule.member_points_max - tally.points)
    if rule.card_day_points_max:
        spent = tally.cards.get(now.fact.card or "", 0) if tally.card_day == now.day else 0
        points = min(points, rule.card_day_points_max - spent)
    return max(0, points)


def _count(now: Reckoning, live: LiveRule | None, tally: RuleTally, points: int) -> None:
    tally.last = now.at
    tally.points += points
    if live is None:
        return
    rule = live.rule
    if live.limited:
        period = period_of(rule.once, now)
        if period != tally.period:
            tally.period, tally.count = period, 0
    tally.count += 1
    if rule.card_day_points_max:
        if tally.card_day != now.day:
            tally.card_day, tally.cards = now.day, {}
        card = now.fact.card or ""
        tally.cards[card] = tally.cards.get(card, 0) + points


def _credit(now: Reckoning, name: str, live: LiveRule | None, points: int) -> Gain:
    """Book the points of a rule, or of the tier; returns where they are."""
    lot, vests, term, day = "", 0, now.edition.term, now.day
    if live is not None:
        term = live.term
        if live.waits:
            # Where nobody tells of the action, they vest when the receipt cannot come back any more: nothing waits for ever.
            days = now.edition.programme.clawback.returns_days if live.rule.vests_on_action else live.rule.vests_days
            lot, day = f"{now.id}:{name}", day + days
            vests = now.calendar.start_ms(day)
    expires = term.ends_ms(day)
    qualifying = points if live is None or live.rule.qualifying else 0
    now.account.ledger.credit(points, now.at, expires, lot, vests)
    if qualifying and now.edition.by_points:
        tiers.add(now, points, now.day)
    if now.journal is not None:
        type_ = EntryType.ACCRUE_BONUS if live is None else TYPES.get(live.rule.trigger, EntryType.ACCRUE_BONUS)
        now.note(type_, points, name, expires)
    return Gain(name, points, lot, expires, qualifying)


def _units(now: Reckoning, rule: Rule, purchase: Purchased | None) -> int:
    """How many units of the fact the rule counts."""
    if purchase is None:
        return 1
    if rule.unit is Unit.ITEM:
        return sum(item.count for item in purchase.items if _matches(rule, item))
    return base_amount(purchase, rule, now.edition.programme.earning.tax_included)


def base_amount(purchase: Purchased, rule: Rule, tax_included: bool) -> int:
    """What of a receipt earns by a rule, in minor units: matching items only, less their share of what points paid (and of tax)."""
    amount = purchase.amount
    whole = max(0, amount - purchase.by_points - (0 if tax_included else purchase.tax))
    if rule.items or rule.categories:
        matching = sum(item.amount for item in purchase.items if _matches(rule, item))
    elif rule.excluded:
        matching = amount - sum(item.amount for item in purchase.items if not _matches(rule, item))
    else:
        return whole
    return max(0, min(matching, amount)) * whole // amount if amount else 0


def _matches(rule: Rule, item: Item) -> bool:
    if rule.excluded and any(category in rule.excluded for category in item.categories):
        return False
    if not rule.items and not rule.categories:
        return True
    return item.sku in rule.items or any(category in rule.categories for category in item.categories)
