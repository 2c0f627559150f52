"""What is wrong in a programme though each table fits its form: what no table can say alone. Values in, words out.

`references` has the names, `checks_rules` the rules and perks, `succession` one version after another; everything else is here. What
is allowed but unwise is `lint`'s.
"""

from __future__ import annotations

import string

from loyalty.programme import Programme
from loyalty.programme.checks_rules import check_days, check_expiry, check_perk, check_rule
from loyalty.programme.listening import Alert, AlertKind
from loyalty.programme.references import check_living, check_names, check_references
from loyalty.programme.rules import Window
from loyalty.programme.saying import Club, ClubJoin, Greeting
from loyalty.programme.succession import successor_problems
from loyalty.recurrence import recurrence
from loyalty.said import GreetingKind
from loyalty.shapes import Findings, Malformed, Problem

__all__ = ["PLACEHOLDERS", "problems", "successor_problems"]

PLACEHOLDERS = ("name", "points", "day", "word", "count", "shop")
ALWAYS_SAID = (GreetingKind.CARD, GreetingKind.RECOVERY)
PERCENT = (AlertKind.NEGATIVE, AlertKind.INDEX)


def problems(programme: Programme) -> list[Problem]:
    """Everything that makes a programme unfit to be put in force, in the order of its checks; nothing for one that is fit."""
    findings = Findings()
    check_names(programme, findings)
    check_references(programme, findings)
    check_living(programme, findings)
    check_expiry("expiry", programme.expiry, findings)
    for place, window in enumerate(programme.window):
        _window(f"window[{place}]", window, findings)
    for place, rule in enumerate(programme.rule):
        check_rule(f"rule[{place}]", rule, findings)
    for place, perk in enumerate(programme.perk):
        check_perk(f"perk[{place}]", perk, findings)
    _ladder(programme, findings)
    _listening(programme, findings)
    _saying(programme, findings)
    return findings.problems


def _window(path: str, window: Window, findings: Findings) -> None:
    check_days(path, window.starts, window.ends, findings)
    if window.start is not None and not window.minutes:
        findings.add(f"{path}.minutes", "is needed beside start", "write for how many minutes, like 120")
    if window.start is None and window.minutes:
        findings.add(f"{path}.start", "is needed beside minutes", 'write from which time of day, like "14:00"')
    _rrule(f"{path}.rrule", window.rrule, window.starts is not None, findings)


def _rrule(path: str, text: str, has_start: bool, findings: Findings) -> None:
    try:
        interval = recurrence(text).interval
    except Malformed as refused:
        findings.add(path, "is no rule of days", f"write {refused.expected}")
        return
    if interval > 1 and not has_start:
        findings.add(path, "has an INTERVAL and no first day to count it from", "write starts in the window, or leave INTERVAL out")


def _ladder(programme: Programme, findings: Findings) -> None:
    below = -1
    for place, tier in enumerate(programme.tier):
        if not tier.title:
            findings.add(f"tier[{place}].title", "has no text", 'write title = { en = "..." }')
        if place == 0 and (tier.min or tier.invited):
            findings.add("tier[0].min", "must be 0 and not by invitation: everybody begins there", "write min = 0")
        elif not tier.invited and tier.min <= below:
            findings.add(f"tier[{place}].min", "is not above that of the tier before", "write the tiers in rising order")
        if not tier.invited:
            below = max(below, tier.min)
    if programme.rungs.keep_mean_percent > programme.rungs.advocate_mean_percent:
        findings.add("rungs.keep_mean_percent", "is above advocate_mean_percent: who has come up would fall at once", "write at most that")


def _listening(programme: Programme, findings: Findings) -> None:
    ratings = programme.ratings
    if (ratings.opens is None) is not (ratings.closes is None):
        missing = "closes" if ratings.closes is None else "opens"
        findings.add(f"ratings.{missing}", "is needed beside the other", "write both times, or none")
    elif ratings.opens is not None and ratings.opens == ratings.closes:
        findings.add("ratings.closes", "is when the shop opens", "write both times, or none for a shop that never closes")
    for place, alert in enumerate(programme.alert):
        _alert(f"alert[{place}]", alert, findings)
    sensitive = {field.id for field in programme.field if field.sensitive}
    for place, question in enumerate(programme.question):
        if question.field in sensitive:
            findings.add(f"question[{place}].field", "is sensitive: never asked at a counter", "remove the question, let a person ask")
        for nth, choice in enumerate(question.choices):
            if not choice.title:
                findings.add(f"question[{place}].choices[{nth}].title", "has no text", 'write title = { en = "..." }')


def _alert(path: str, alert: Alert, findings: Findings) -> None:
    if (alert.quiet_from is None) is not (alert.quiet_to is None):
        missing = "quiet_to" if alert.quiet_to is None else "quiet_from"
        findings.add(f"{path}.{missing}", "is needed beside the other", "write both times, or none")
    if alert.kind in PERCENT and alert.threshold > 100:
        findings.add(f"{path}.threshold", "is above 100 percent", "write 0 to 100")


def _saying(programme: Programme, findings: Findings) -> None:
    if programme.greetings.burn_days >= programme.greetings.burn_early_days:
        findings.add(
            "greetings.burn_days", "is not below burn_early_days", "write the days of the last notice, fewer than of the early one"
        )
    for place, greeting in enumerate(programme.greeting):
        _greeting(f"greeting[{place}]", greeting, findings)
    for place, holiday in enumerate(programme.holiday):
        _rrule(f"holiday[{place}].rrule", holiday.rrule, False, findings)
        if not holiday.title:
            findings.add(f"holiday[{place}].title", "has no text", 'write title = { en = "..." }')
    for place, campaign in enumerate(programme.campaign):
        check_days(f"campaign[{place}]", campaign.starts, campaign.ends, findings)
    for place, club in enumerate(programme.club):
        _club(f"club[{place}]", club, findings)


def _greeting(path: str, greeting: Greeting, findings: Findings) -> None:
    if greeting.off and greeting.kind in ALWAYS_SAID:
        findings.add(f"{path}.off", "cannot be: whoever is wronged is told first of all", "remove it")
    for language, texts in greeting.texts.items():
        for place, text in enumerate(texts):
            if not _fillable(text):
                words = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
                do = f"use {words} and no others; write {{{{ and }}}} for braces"
                findings.add(f"{path}.texts.{language}[{place}]", "has a placeholder that nothing can fill", do)


def _fillable(text: str) -> bool:
    """Whether a text can be filled in with nothing but plain placeholders, without conversions or formats."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (name in PLACEHOLDERS and not spec and not conversion) for _, name, spec, conversion in parts)


def _club(path: str, club: Club, findings: Findings) -> None:
    if not club.title:
        findings.add(f"{path}.title", "has no text", 'write title = { en = "..." }')
    for place, event in enumerate(club.event):
        if not event.title:
            findings.add(f"{path}.event[{place}].title", "has no text", 'write title = { en = "..." }')
    named = "rungs" if club.rungs else "tiers" if club.tiers else ""
    if club.join is ClubJoin.RULE and not named:
        findings.add(f"{path}.join", "is by rule and names neither rungs nor tiers", 'write rungs or tiers, or join = "invite"')
    if club.join is ClubJoin.INVITE and named:
        findings.add(f"{path}.{named}", "has no meaning in a club by invitation", 'remove it, or write join = "rule"')
