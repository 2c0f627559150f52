"""Whether a programme is more than a card: advice on what is allowed but unwise, each with a code. What is forbidden is `checks`'.

The measures are those of the documents the product comes from: no rung without a mechanism (11, 27), twenty items and more (15), many
kinds of perk (12), never stale (105). Numbers in brackets are those of the mechanisms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from loyalty.programme import Programme
from loyalty.programme.dead_rules import Code, Finding, dead_rules, out_of_reach
from loyalty.programme.references import RUNGS
from loyalty.programme.rules import PerkKind, Rule, Trigger
from loyalty.programme.saying import ClubJoin
from loyalty.programme.templates import Template, is_running, perks_given, questions_asked, rules_in_force, templates_of

__all__ = ["ITEMS_GOAL", "Code", "Finding", "Report", "Template", "lines", "lint", "rungs_served"]

ITEMS_GOAL = 20  # mechanism 15: the most effective programmes have twenty items and more
KINDS_GOAL = 4  # of seven; fewer is a discount with another name (12)
STALE_DAYS = 60  # mechanism 105


@dataclass(frozen=True, slots=True)
class Report:
    """What a programme uses and what there is to say about it."""

    templates: tuple[Template, ...]
    perk_kinds: tuple[PerkKind, ...]
    findings: tuple[Finding, ...]

    @property
    def items(self) -> int:
        """Active items: the distinct templates in use."""
        return len(self.templates)


def lint(programme: Programme, today: date) -> Report:
    """The report on a programme that passed `checks.problems`, as of a day in its time zone. Raises nothing."""
    templates = tuple(sorted(templates_of(programme, today)))
    present = {perk.kind for perk in perks_given(programme, today)}
    kinds = tuple(kind for kind in PerkKind if kind in present)
    findings = (
        *_rungs(programme, today),
        *_richness(templates, kinds),
        *_freshness(programme, today),
        *dead_rules(programme, today),
        *out_of_reach(programme, today),
        *_unused_fields(programme, today),
    )
    return Report(templates, kinds, findings)


def lines(report: Report) -> list[str]:
    """The report for people, one sentence a line."""
    missing = ", ".join(template.words for template in Template if template not in report.templates)
    summary = [
        f"active items: {report.items} of {ITEMS_GOAL}" + (f"; not used: {missing}" if missing else ""),
        f"kinds of perk: {len(report.perk_kinds)} of {len(PerkKind)}" + (f" ({', '.join(report.perk_kinds)})" if report.perk_kinds else ""),
    ]
    return summary + [f"{found.code}: {found.path + ': ' if found.path else ''}{found.what}; {found.do}" for found in report.findings]


def _rungs(programme: Programme, today: date) -> Iterator[Finding]:
    served = rungs_served(programme, today)
    for rung in RUNGS:
        if rung not in served:
            do = f'write a rule, perk, question or campaign with rungs = ["{rung}"]'
            yield Finding(Code.RUNG, "", f"no active mechanism for the rung {rung}", do)


def rungs_served(programme: Programme, today: date) -> frozenset[str]:
    """Rungs for which the programme does something on purpose: what names the rung, or is made for it by its nature.

    What holds for everybody serves no rung: with that alone each would always be served. Made for prospects: a welcome, a friend's gift.
    For buyers: the second visit. For clients: tiers above the first, streaks, every n-th visit, coming back. For advocates: referral.
    """
    found = {rung for rule in rules_in_force(programme, today) for rung in (*rule.rungs, *_by_nature(rule))}
    found |= {rung for perk in perks_given(programme, today) for rung in perk.rungs}
    found |= {rung for question in questions_asked(programme) for rung in question.rungs}
    found |= {rung for campaign in programme.campaign if is_running(campaign, today) for rung in campaign.rungs}
    found |= {rung for club in programme.club if club.join is ClubJoin.RULE for rung in club.rungs}
    if any(tier.times_percent > 100 or tier.perks for tier in programme.tier):
        found.add("client")
    return frozenset(found)


def _by_nature(rule: Rule) -> Iterator[str]:
    if rule.trigger in (Trigger.ENROLMENT, Trigger.REFERRED):
        yield "prospect"
    if rule.trigger is Trigger.REFERRAL:
        yield "advocate"
    if rule.visits_from == 2 and rule.visits_to:
        yield "buyer"
    if rule.visits_from > 2 or rule.every_visit > 1 or rule.streak_weeks or rule.away_days:
        yield "client"


def _richness(templates: tuple[Template, ...], kinds: tuple[PerkKind, ...]) -> Iterator[Finding]:
    if len(templates) < ITEMS_GOAL:
        unused = ", ".join(template.words for template in Template if template not in templates)
        yield Finding(
            Code.FEW_ITEMS, "", f"{len(templates)} active items; programmes that work have {ITEMS_GOAL}", f"add some of: {unused}"
        )
    if len(kinds) < KINDS_GOAL:
        unused = ", ".join(kind for kind in PerkKind if kind not in kinds)
        yield Finding(Code.FEW_KINDS, "", f"kinds of perk that customers can get: {len(kinds)}", f"add one of kind {unused}")


def _freshness(programme: Programme, today: date) -> Iterator[Finding]:
    last = max((campaign.ends for campaign in programme.campaign), default=None)
    if last is None:
        yield Finding(Code.STALE, "", "there is no campaign: cards that were handed out are no programme", "write a [[campaign]]")
    elif (today - last).days > STALE_DAYS:
        yield Finding(Code.STALE, "", f"the last campaign ended {(today - last).days} days ago", "write a new [[campaign]]")


def _unused_fields(programme: Programme, today: date) -> Iterator[Finding]:
    learned = {campaign.learns for campaign in programme.campaign if is_running(campaign, today)}
    for place, question in enumerate(programme.question):
        if question in questions_asked(programme) and question.field and question.field not in learned:
            do = "write learns in a campaign that uses the answer, or ask nothing that nobody needs"
            yield Finding(Code.FIELD_UNUSED, f"question[{place}].field", "is asked for and no campaign uses it", do)
