"""Rules that are active and can never apply, tiers nobody can reach, perks nobody can get: only what is provable from the programme.

Said as findings for `lint`. A programme with dead rules still works; nothing here refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from loyalty.programme import Programme
from loyalty.programme.ladder import Basis, Tier, TierWindow
from loyalty.programme.references import PROFESSION
from loyalty.programme.rules import PerkKind, Rule, Stacking, Status, Trigger, Window
from loyalty.programme.saying import ClubJoin, Holiday
from loyalty.programme.templates import is_numbered, is_running, perks_given, questions_asked, rules_in_force
from loyalty.recurrence import DAY_MINUTES, recurrence, window_covers

YEAR_DAYS_MAX = 366
CYCLE_DAYS = 28 * 366  # after 28 years dates and days of the week come together as before; what has not come till then never does


class Code(StrEnum):
    """What a finding is about; stable, for programs."""

    RUNG = "rung"
    FEW_ITEMS = "few_items"
    FEW_KINDS = "few_kinds"
    STALE = "stale"
    RULE_OVER = "rule_over"
    CAMPAIGN_OVER = "campaign_over"
    SHADOWED = "shadowed"
    NOTHING_TO_MULTIPLY = "nothing_to_multiply"
    WINDOW_NEVER = "window_never"
    UNREACHABLE = "unreachable"
    BUDGET = "budget"
    PERK_OVER = "perk_over"
    NO_QUESTION = "no_question"
    NO_EVENT = "no_event"
    TIER_UNREACHABLE = "tier_unreachable"
    PERK_UNREACHED = "perk_unreached"
    HOLIDAY_UNKNOWN = "holiday_unknown"
    FIELD_UNUSED = "field_unused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of advice: where (`rule[2]`), what, and what to do about it."""

    code: Code
    path: str
    what: str
    do: str


def dead_rules(programme: Programme, today: date) -> Iterator[Finding]:
    """Active rules that can never apply from this day on."""
    in_force = rules_in_force(programme, today)
    over = {campaign.id for campaign in programme.campaign if not is_running(campaign, today)}
    for place, rule in enumerate(programme.rule):
        path = f"rule[{place}]"
        if rule in in_force:
            yield from _dead(path, rule, programme, in_force, today)
        elif rule.status is Status.ACTIVE and rule.campaign in over:
            yield Finding(Code.CAMPAIGN_OVER, path, "is active and its campaign is over", 'write status = "ended", or a new campaign')
        elif rule.status is Status.ACTIVE:
            yield Finding(Code.RULE_OVER, path, "is active and its last day is past", 'write status = "ended", or another ends')


def _dead(path: str, rule: Rule, programme: Programme, others: list[Rule], today: date) -> Iterator[Finding]:
    if rule.stacking is Stacking.EXCLUSIVE and any(_shadows(other, rule) for other in others):
        do = "give it a higher priority, or the other a condition"
        yield Finding(Code.SHADOWED, path, "never comes first: an exclusive rule of higher priority always applies", do)
    if rule.times_percent and not any(other.points and other.trigger is rule.trigger for other in others):
        do = f'write an active rule with points and trigger = "{rule.trigger}"'
        yield Finding(Code.NOTHING_TO_MULTIPLY, path, "has nothing to multiply", do)
    window = next((each for each in programme.window if each.id == rule.window), None)
    if window is not None and not _has_day(rule, window, today):
        yield Finding(Code.WINDOW_NEVER, path, "has a window that never opens again on a day of the rule", "mend its days, or end the rule")
    yield from _unreachable_audience(path, rule, programme)
    smallest = min((each for each in (rule.budget_points, rule.kiosk_budget_points) if each), default=rule.points)
    if smallest < rule.points:
        yield Finding(Code.BUDGET, path, "has a budget below what it gives at once", f"write at least {rule.points}")
    elif not rule.points and not rule.times_percent and (rule.budget_points or rule.kiosk_budget_points):
        yield Finding(Code.BUDGET, path, "has a budget of points and gives none", "limit the perk by its stock instead")
    if rule.perk and rule.perk not in {perk.id for perk in perks_given(programme, today)}:
        yield Finding(Code.PERK_OVER, path, "gives a perk that cannot be given: paused or over", "put the perk in force, or name another")
    yield from _nothing_sets_off(path, rule, programme, today)


def _nothing_sets_off(path: str, rule: Rule, programme: Programme, today: date) -> Iterator[Finding]:
    if rule.trigger is Trigger.ANSWER and not questions_asked(programme):
        yield Finding(Code.NO_QUESTION, path, "thanks for answers and no question is active", "write a [[question]], or end the rule")
    if rule.trigger is Trigger.CHECK_IN and not any(event.day >= today for club in programme.club for event in club.event):
        yield Finding(Code.NO_EVENT, path, "thanks for coming to an event and none is planned", "write a [[club.event]], or end the rule")


def _shadows(other: Rule, rule: Rule) -> bool:
    """Whether another exclusive rule of the same thing always comes first."""
    same = other.trigger is rule.trigger and other.occasion == rule.occasion and bool(other.times_percent) is bool(rule.times_percent)
    return same and other.stacking is Stacking.EXCLUSIVE and other.priority > rule.priority and _always_applies(other)


def _always_applies(rule: Rule) -> bool:
    """Whether a rule has no condition and no limit. One that counts units may give nothing for a while, so it does not count."""
    conditions = (
        rule.kiosks or rule.weekdays or rule.window or rule.rungs or rule.tiers or rule.clubs or rule.items or rule.categories,
        rule.excluded or rule.min_amount or is_numbered(rule) or rule.campaign or rule.hold_out_percent or rule.starts or rule.ends,
        rule.once != "always" or rule.cooldown_hours or rule.per > 1 or rule.one_in or rule.unit != "event",
        rule.member_points_max or rule.card_day_points_max or rule.kiosk_hour_max or rule.kiosk_day_max,
        rule.budget_points or rule.kiosk_budget_points,
    )
    return not any(conditions)


def _has_day(rule: Rule, window: Window, today: date) -> bool:
    """Whether the window opens on a day of the rule within a whole cycle of the calendar; the day before today may reach into it."""
    start = 0 if window.start is None else window.start.hour * 60 + window.start.minute
    over_midnight = start + window.minutes > DAY_MINUTES
    reaching = date.fromordinal(max(1, today.toordinal() - 1)) if over_midnight else today
    first = max(reaching, rule.starts or date.min, window.starts or date.min)
    last = min(rule.ends or date.max, window.ends or date.max)
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return any(
        window_covers(window, day) and (over_midnight or not rule.weekdays or names[day.weekday()] in rule.weekdays)
        for day in _cycle(first, last)
    )


def _cycle(first: date, last: date = date.max) -> Iterator[date]:
    """The days of one whole cycle of the calendar, as far as there are any."""
    end = min(first.toordinal() + CYCLE_DAYS, last.toordinal())
    return (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), end + 1))


def _unreachable_audience(path: str, rule: Rule, programme: Programme) -> Iterator[Finding]:
    lost = {tier.id for tier in programme.tier if _is_unreachable(tier, programme)}
    closed = {club.id for club in programme.club if club.join is ClubJoin.RULE and not club.rungs and lost.issuperset(club.tiers)}
    for words, named, gone in (("tiers", rule.tiers, lost), ("clubs", rule.clubs, closed)):
        if named and gone.issuperset(named):
            yield Finding(Code.UNREACHABLE, f"{path}.{words}", f"names only {words} that nobody can reach", "mend their conditions")


def _is_unreachable(tier: Tier, programme: Programme) -> bool:
    """Whether nobody can reach a tier; only where that follows from the programme alone."""
    scheme = programme.tiers
    if tier.invited or not tier.min:
        return False
    if scheme.basis is Basis.POINTS:
        return not any(rule.points and rule.qualifying and rule.status is Status.ACTIVE for rule in programme.rule)
    if scheme.basis is Basis.VISITS and scheme.window is TierWindow.ROLLING:
        return tier.min > scheme.window_days
    return scheme.basis is Basis.VISITS and scheme.window is TierWindow.YEAR and tier.min > YEAR_DAYS_MAX


def out_of_reach(programme: Programme, today: date) -> Iterator[Finding]:
    """Tiers nobody can reach, perks nobody can get, holidays nobody is greeted on."""
    for place, tier in enumerate(programme.tier):
        if _is_unreachable(tier, programme):
            what = "cannot be reached: more than can be earned in its window"
            yield Finding(Code.TIER_UNREACHABLE, f"tier[{place}]", what, "write a lower min, a longer window, or invited = true")
    within = {perk.id for perk in perks_given(programme, today)}
    for place, perk in enumerate(programme.perk):
        if perk.status is Status.ACTIVE and perk.id not in within and not (perk.ends and perk.ends < today):
            do = "let a rule or a tier grant it, or write cost_points"
            yield Finding(Code.PERK_UNREACHED, f"perk[{place}]", "is active, no rule and no tier grants it, and nobody can buy it", do)
        elif perk.kind in (PerkKind.REWARD, PerkKind.DONATION) and 0 < perk.cost_points < programme.redemption.min_points:
            do = f"write at least {programme.redemption.min_points}, or a lower redemption.min_points"
            yield Finding(Code.PERK_UNREACHED, f"perk[{place}].cost_points", "is below the least that can be spent at once", do)
    fields = {field.id for field in programme.field}
    for place, holiday in enumerate(programme.holiday):
        if holiday.profession and PROFESSION not in fields:
            do = f'write a [[field]] with id = "{PROFESSION}"'
            yield Finding(Code.HOLIDAY_UNKNOWN, f"holiday[{place}].profession", "is of a profession and no field asks for one", do)
        elif not _comes(holiday, today):
            yield Finding(Code.HOLIDAY_UNKNOWN, f"holiday[{place}].rrule", "names a day that never comes", "mend the days")


def _comes(holiday: Holiday, today: date) -> bool:
    rule = recurrence(holiday.rrule)
    return any(rule.covers(day) for day in _cycle(date.fromordinal(max(1, today.toordinal() - holiday.days))))
