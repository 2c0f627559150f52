"""What may change from one version of a programme to the next. Versions are immutable: whoever earned by a rule can rely on it.

Source: the domain design, section 4 ("a rule once active is immutable except pause, end and limits"). Nothing is earned here.
"""

from __future__ import annotations

from dataclasses import fields, replace

from loyalty.programme import Programme
from loyalty.programme.rules import Rule, Status
from loyalty.shapes import Findings, Problem

LIMITS = ("member_points_max", "card_day_points_max", "kiosk_hour_max", "kiosk_day_max", "budget_points", "kiosk_budget_points")
CHANGEABLE = ("status", "ends", *LIMITS)


def successor_problems(old: Programme, new: Programme) -> list[Problem]:
    """Why `new` cannot follow on `old`; nothing if it can, or if they are the same. Paths are those of `new`."""
    if new == old:
        return []
    findings = Findings()
    if new.version <= old.version:
        same = new.version == old.version
        what = "is that of a programme with another content" if same else "is below that of the programme in force"
        findings.add("programme.version", what, f"write {old.version + 1} or more")
    for key in ("time_zone", "currency"):
        if getattr(new.programme, key) != getattr(old.programme, key):
            findings.add(f"programme.{key}", "never changes within a programme", "keep the old one, or begin another programme")
    before = {rule.id: rule for rule in old.rule}
    for place, rule in enumerate(new.rule):
        if rule.id in before:
            _check_rule(f"rule[{place}]", before[rule.id], rule, findings)
    return findings.problems


def _check_rule(path: str, old: Rule, new: Rule, findings: Findings) -> None:
    if old.status is Status.DRAFT:
        return
    if old.status is Status.ENDED and new.status is not Status.ENDED:
        findings.add(f"{path}.status", "of a rule that has ended never changes", "give the rule a new id")
    elif new.status is Status.DRAFT:
        findings.add(f"{path}.status", "cannot be draft again: members have earned by it", 'write "paused" or "ended"')
    kept = replace(old, **{key: getattr(new, key) for key in CHANGEABLE})
    for each in fields(Rule):
        if getattr(kept, each.name) != getattr(new, each.name):
            do = f"give the rule a new id and end the old one; only {', '.join(CHANGEABLE)} may change"
            findings.add(f"{path}.{each.name}", "differs in a rule that was in force", do)
