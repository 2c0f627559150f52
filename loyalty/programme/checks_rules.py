"""What is wrong in one earning rule or perk of a programme though each key fits: keys that contradict or cannot be used. See `checks`."""

from __future__ import annotations

from datetime import date

from loyalty.programme.rules import Expiry, ExpiryPolicy, Once, Perk, PerkKind, Rule, Trigger, Unit
from loyalty.shapes import Findings

PURCHASE_ONLY = ("min_amount", "items", "categories", "excluded", "vests_on_action")
SURPRISE_ONLY = ("one_in", "kiosk_day_max")
BOUGHT = (PerkKind.REWARD, PerkKind.DONATION)
NEVER_BOUGHT = (PerkKind.BENEFIT, PerkKind.SOFT, PerkKind.GOODWILL)  # a priority or an early look may be for points, too


def check_rule(path: str, rule: Rule, findings: Findings) -> None:
    """Everything wrong in one rule."""
    _effect(path, rule, findings)
    _keys_of_the_trigger(path, rule, findings)
    check_days(path, rule.starts, rule.ends, findings)
    if 0 < rule.visits_to < rule.visits_from:
        findings.add(f"{path}.visits_from", "is above visits_to", "write the lower number first, or 0 for visits_to: no end")
    if rule.times > 1 and rule.once is Once.ALWAYS:
        findings.add(f"{path}.times", "counts within a period and there is none", 'write once = "day" or another period')
    if both := sorted({*rule.categories} & {*rule.excluded}):
        findings.add(
            f"{path}.excluded", f"has {len(both)} that categories has too: such items never count", "remove them from one of the two"
        )
    if rule.expiry is not None:
        check_expiry(f"{path}.expiry", rule.expiry, findings)


def _effect(path: str, rule: Rule, findings: Findings) -> None:
    if not rule.times_percent:
        if not (rule.points or rule.perk):
            findings.add(path, "gives nothing", "write points, perk or times_percent")
        return
    if rule.times_percent <= 100:
        findings.add(f"{path}.times_percent", "adds nothing: 100 is what the others give anyway", "write more than 100; 200 doubles")
    if rule.points or rule.perk:
        findings.add(f"{path}.times_percent", "multiplies what others give and stands beside points or a perk", "make two rules of it")
    if rule.unit is not Unit.EVENT or rule.per != 1:
        key = "unit" if rule.unit is not Unit.EVENT else "per"
        findings.add(f"{path}.{key}", "counts something for a rule that only multiplies", "remove it")
    if rule.trigger in (Trigger.OCCASION, Trigger.SURPRISE):
        findings.add(f"{path}.times_percent", "has nothing to multiply: no other rule gives for the same thing", "write points or a perk")


def _keys_of_the_trigger(path: str, rule: Rule, findings: Findings) -> None:
    def only(keys: tuple[str, ...], trigger: Trigger) -> None:
        if rule.trigger is not trigger:
            for key in keys:
                if getattr(rule, key):
                    findings.add(f"{path}.{key}", f'can be used only with trigger = "{trigger}"', "remove it, or change the trigger")

    only(PURCHASE_ONLY, Trigger.PURCHASE)
    only(SURPRISE_ONLY, Trigger.SURPRISE)
    only(("occasion",), Trigger.OCCASION)
    if rule.unit is not Unit.EVENT and rule.trigger is not Trigger.PURCHASE:
        findings.add(f"{path}.unit", 'can be counted only with trigger = "purchase"', 'write unit = "event", or change the trigger')
    if rule.trigger is Trigger.OCCASION and not rule.occasion:
        findings.add(f"{path}.occasion", "is missing", "write birthday, half-birthday, anniversary or the id of a holiday")
    if rule.trigger is Trigger.SURPRISE and not rule.one_in:
        findings.add(f"{path}.one_in", "is missing", "write 40 for one tap in forty")


def check_days(path: str, starts: date | None, ends: date | None, findings: Findings) -> None:
    """A first day after the last."""
    if starts is not None and ends is not None and starts > ends:
        findings.add(f"{path}.starts", "is after ends", "write the earlier day first")


def check_expiry(path: str, expiry: Expiry, findings: Findings) -> None:
    """An expiry without the length that its policy needs, or with one that it cannot use."""
    policy = expiry.policy
    if policy is ExpiryPolicy.ROLLING and not (expiry.days or expiry.months):
        findings.add(f"{path}.months", "or days is needed: points would burn on the day on which they can be spent", "write months = 12")
    if policy is ExpiryPolicy.INACTIVITY and not expiry.days:
        findings.add(f"{path}.days", "is needed", "write days = 365")
    unused = [key for key in ("days", "months") if getattr(expiry, key)]
    if policy is ExpiryPolicy.INACTIVITY and expiry.months:
        findings.add(f"{path}.months", "has no meaning for inactivity", "write days instead")
    if policy in (ExpiryPolicy.NEVER, ExpiryPolicy.FIXED) and unused:
        findings.add(f"{path}.{unused[0]}", f'has no meaning for policy = "{policy}"', "remove it, or change the policy")


def check_perk(path: str, perk: Perk, findings: Findings) -> None:
    """Everything wrong in one perk."""
    if perk.kind in BOUGHT and not perk.cost_points:
        findings.add(
            f"{path}.cost_points", f"is missing: a {perk.kind} is bought with points", "write what it costs, or choose another kind"
        )
    if perk.kind in NEVER_BOUGHT and perk.cost_points:
        findings.add(f"{path}.cost_points", f"is for sale, and kind {perk.kind} is given", 'remove it, or write kind = "reward"')
    check_days(path, perk.starts, perk.ends, findings)
    if not perk.title:
        findings.add(f"{path}.title", "has no text", 'write title = { en = "..." }')
