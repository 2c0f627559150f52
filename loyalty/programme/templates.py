"""The 26 templates of a rich programme, and which of them a programme uses: told from the shape of its rules, perks and lists.

Source: the mechanisms the product was asked to carry, list A2 ("20 and more items", mechanism 15). Advice on them is `lint`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import IntEnum

from loyalty.programme import Programme
from loyalty.programme.listening import Question
from loyalty.programme.rules import Perk, PerkKind, Rule, Status, Trigger, Unit
from loyalty.programme.saying import Campaign
from loyalty.said import GreetingKind

HOUSEHOLD = "household"  # the profile field that says who belongs together


class Template(IntEnum):
    """The templates in their order; the number is that of the list."""

    POINTS_PER_SPEND = 1
    POINTS_PER_VISIT = 2
    POINTS_PER_ITEM = 3
    PUNCH_CARD = 4
    STEPPED_BY_TIER = 5
    WELCOME = 6
    SECOND_VISIT = 7
    BIRTHDAY = 8
    ANNIVERSARY = 9
    PROFESSIONAL_HOLIDAY = 10
    PUBLIC_HOLIDAY = 11
    HAPPY_HOUR = 12
    SLOW_HOUR = 13
    STREAK = 14
    WIN_BACK = 15
    REFERRAL = 16
    FEEDBACK = 17
    PROFILE_ANSWER = 18
    GOODWILL = 19
    SURPRISE = 20
    CLUB_EVENT = 21
    SOFT_PERK = 22
    PRIORITY = 23
    EARLY_ACCESS = 24
    POOLING = 25
    DONATION = 26

    @property
    def words(self) -> str:
        """Its name in lower case: "points per spend"."""
        return self.name.replace("_", " ").lower()


PERKS = {
    PerkKind.SOFT: Template.SOFT_PERK,
    PerkKind.PRIORITY: Template.PRIORITY,
    PerkKind.EARLY_ACCESS: Template.EARLY_ACCESS,
    PerkKind.DONATION: Template.DONATION,
}
BY_TRIGGER = {Trigger.ENROLMENT: Template.WELCOME, Trigger.RATING: Template.FEEDBACK, Trigger.SURPRISE: Template.SURPRISE}
COMING = (Trigger.VISIT, Trigger.PURCHASE)


def is_running(campaign: Campaign, today: date) -> bool:
    """Whether a campaign is not over yet."""
    return campaign.ends >= today


def rules_in_force(programme: Programme, today: date) -> list[Rule]:
    """Active rules that are not over yet, nor is their campaign; one that begins later is among them."""
    over = {campaign.id for campaign in programme.campaign if not is_running(campaign, today)}
    return [
        rule
        for rule in programme.rule
        if rule.status is Status.ACTIVE and rule.campaign not in over and (rule.ends is None or rule.ends >= today)
    ]


def perks_given(programme: Programme, today: date) -> list[Perk]:
    """Perks that are active, not over, and that a rule or a tier grants or points can buy; what staff give is always within reach."""
    granted = {rule.perk for rule in rules_in_force(programme, today)} | {perk for tier in programme.tier for perk in tier.perks}
    return [
        perk
        for perk in programme.perk
        if perk.status is Status.ACTIVE
        and (perk.ends is None or perk.ends >= today)
        and (perk.id in granted or perk.cost_points or perk.kind is PerkKind.GOODWILL)
    ]


def questions_asked(programme: Programme) -> list[Question]:
    """Questions that may be asked."""
    return [question for question in programme.question if question.status is Status.ACTIVE]


def templates_of(programme: Programme, today: date) -> frozenset[Template]:
    """Every template that the programme uses on this day."""
    rules = rules_in_force(programme, today)
    found = {template for rule in rules for template in templates_of_rule(rule, programme)}
    found |= {PERKS[perk.kind] for perk in perks_given(programme, today) if perk.kind in PERKS}
    triggers = {rule.trigger for rule in rules}
    if {Trigger.REFERRAL, Trigger.REFERRED} <= triggers:
        found.add(Template.REFERRAL)
    if Trigger.ANSWER in triggers and questions_asked(programme):
        found.add(Template.PROFILE_ANSWER)
    return frozenset(found | set(_beside_rules(programme, today)))


def _beside_rules(programme: Programme, today: date) -> Iterator[Template]:
    """What no rule is needed for.

    Pooling: several cards on one account are always possible, so that alone says nothing. It counts where the shop does something
    about it: it keeps the profile field `household`, or lets points go from one member to another.
    """
    if any(tier.times_percent > 100 for tier in programme.tier):
        yield Template.STEPPED_BY_TIER
    off = {greeting.kind for greeting in programme.greeting if greeting.off}
    if any(not holiday.profession for holiday in programme.holiday) and GreetingKind.HOLIDAY not in off:
        yield Template.PUBLIC_HOLIDAY
    if programme.earning.goodwill_day_max:
        yield Template.GOODWILL
    if any(event.day >= today for club in programme.club for event in club.event):
        yield Template.CLUB_EVENT
    if programme.earning.transfers or any(field.id == HOUSEHOLD for field in programme.field):
        yield Template.POOLING


def templates_of_rule(rule: Rule, programme: Programme) -> Iterator[Template]:
    """The templates that one rule stands for; none for one of a kind of its own."""
    if rule.trigger in BY_TRIGGER:
        yield BY_TRIGGER[rule.trigger]
    if rule.trigger is Trigger.OCCASION:
        yield from _occasion(rule, programme)
    if rule.trigger in COMING:
        yield from _coming(rule)
        if is_numbered(rule):
            yield from _history(rule)
        elif rule.points:
            yield from _points(rule)


def is_numbered(rule: Rule) -> bool:
    """Whether a rule asks for the number of a visit, a streak or an absence."""
    return bool(rule.visits_from or rule.visits_to or rule.every_visit or rule.streak_weeks or rule.away_days)


def _occasion(rule: Rule, programme: Programme) -> Iterator[Template]:
    if rule.occasion == "birthday":
        yield Template.BIRTHDAY
    elif rule.occasion in ("half-birthday", "anniversary"):
        yield Template.ANNIVERSARY
    elif any(holiday.id == rule.occasion and holiday.profession for holiday in programme.holiday):
        yield Template.PROFESSIONAL_HOLIDAY


def _points(rule: Rule) -> Iterator[Template]:
    if rule.window or rule.weekdays:
        return
    if rule.trigger is Trigger.VISIT:
        yield Template.POINTS_PER_VISIT
    elif rule.unit is Unit.AMOUNT and not (rule.items or rule.categories):
        yield Template.POINTS_PER_SPEND
    elif rule.unit is Unit.ITEM or rule.items or rule.categories:
        yield Template.POINTS_PER_ITEM


def _coming(rule: Rule) -> Iterator[Template]:
    timed = bool(rule.window or rule.weekdays)
    if rule.times_percent and timed:
        yield Template.HAPPY_HOUR
    elif timed:
        yield Template.SLOW_HOUR
    if rule.times_percent and rule.tiers:
        yield Template.STEPPED_BY_TIER
    if rule.perk and (rule.per > 1 or rule.every_visit):
        yield Template.PUNCH_CARD


def _history(rule: Rule) -> Iterator[Template]:
    if rule.visits_from == 2 and 2 <= rule.visits_to <= 5:
        yield Template.SECOND_VISIT
    if rule.streak_weeks:
        yield Template.STREAK
    if rule.away_days:
        yield Template.WIN_BACK
