"""Conditions: whether a rule applies to a fact at its moment. What it then gives is `earning`'s."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

from loyalty.account.reckoning import Reckoning, RuleTally
from loyalty.facts import Purchased
from loyalty.programme.rules import Once, Rule, Trigger
from loyalty.recurrence import window_open
from loyalty.rulebook import LiveRule

HOUR_MS = 3_600_000
# Enum members are looked up once: each look costs Python 3.11 a quarter of a microsecond, and these are asked for at every fact.
_ALWAYS, _DAY, _WEEK, _YEAR, _EVER, _VISIT = Once.ALWAYS, Once.DAY, Once.WEEK, Once.YEAR, Once.EVER, Trigger.VISIT


def period_of(once: Once, now: Reckoning) -> int:
    """Which local day, week, month or year this is, as a number that rises."""
    if once is _DAY:
        return now.day
    if once is _EVER or once is _ALWAYS:
        return 1
    if once is _WEEK:
        return (now.day - 1) // 7
    day = date.fromordinal(now.day)
    return day.year if once is _YEAR else day.year * 12 + day.month


def applies(now: Reckoning, live: LiveRule, purchase: Purchased | None) -> bool:
    """Whether a rule gives something for this fact, as far as its conditions say."""
    rule = live.rule
    if not live.first_day <= now.day <= live.last_day:
        return False
    if live.limited and (tally := now.account.tallies.get(rule.id)) is not None and not _limits_allow(now, rule, tally):
        return False
    if rule.min_amount and (purchase is None or purchase.amount < rule.min_amount):
        return False
    return (
        (not live.placed or _place_and_time(now, live))
        and (not live.personal or _member(now, live))
        and (not live.numbered or _history(now, rule))
    )


def _limits_allow(now: Reckoning, rule: Rule, tally: RuleTally) -> bool:
    if rule.once is not _ALWAYS:
        period = period_of(rule.once, now)
        if tally.count and (period < tally.period or (period == tally.period and tally.count >= rule.times)):
            return False  # of a period before the running one nobody knows here what was earned: never promise twice
    return not rule.cooldown_hours or not tally.last or now.at - tally.last >= rule.cooldown_hours * HOUR_MS


def _place_and_time(now: Reckoning, live: LiveRule) -> bool:
    rule = live.rule
    kiosk = now.fact.id.kiosk
    if rule.kiosks and kiosk not in rule.kiosks:
        return False
    if live.weekdays and (now.day - 1) % 7 not in live.weekdays:
        return False
    if live.shut and live.shut.holds(kiosk, now.at):
        return False
    return live.window is None or window_open(live.window, now.calendar, now.at)


def _member(now: Reckoning, live: LiveRule) -> bool:
    """Rung, tier, club, and the lots of a hold-out; those of the campaign too."""
    rule, campaign, account = live.rule, live.campaign, now.account
    if rule.rungs and account.rung.rung not in rule.rungs:
        return False
    if rule.tiers and account.tier.tier not in rule.tiers:
        return False
    if rule.clubs and not account.circle.in_any(rule.clubs):
        return False
    if campaign is not None and not in_audience(now, campaign.rungs, campaign.tiers, campaign.clubs):
        return False
    if campaign is not None and held_out(campaign.id, account.member, campaign.hold_out_percent):
        return False
    return not held_out(rule.id, account.member, rule.hold_out_percent)


def in_audience(now: Reckoning, rungs: tuple[str, ...], tier_names: tuple[str, ...], clubs: tuple[str, ...]) -> bool:
    """Whether the member is among those meant; nobody named means everybody."""
    account = now.account
    return (
        (not rungs or account.rung.rung in rungs)
        and (not tier_names or account.tier.tier in tier_names)
        and (not clubs or account.circle.in_any(clubs))
    )


def held_out(name: str, member: str, percent: int) -> bool:
    """Whether a member belongs to those who never get this, to see what it does; one nobody knows does."""
    if not percent:
        return False
    if not member:
        return True
    return int.from_bytes(blake2b(f"{name}/{member}".encode(), digest_size=4).digest(), "big") % 100 < percent


def _history(now: Reckoning, rule: Rule) -> bool:
    """Conditions on the member's visits. At a visit they hold on the first of a day (of a week for a streak), so once."""
    foot = now.account.footfall
    if rule.trigger is _VISIT and not now.first_of_day:
        return False
    if (rule.visits_from and foot.visit_days < rule.visits_from) or (rule.visits_to and foot.visit_days > rule.visits_to):
        return False
    if rule.every_visit and foot.visit_days % rule.every_visit:
        return False
    if rule.away_days and foot.away < rule.away_days:
        return False
    if rule.streak_weeks:
        return foot.weeks > 0 and foot.weeks % rule.streak_weeks == 0 and (now.first_of_week or rule.trigger is not _VISIT)
    return True
