"""Names in a programme: each only once in its list, and each mention of one leads somewhere. Mentions only, no meaning: see `checks`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from loyalty.programme import Programme
from loyalty.programme.rules import Status, Trigger
from loyalty.shapes import Findings, near

RUNGS = ("prospect", "buyer", "client", "advocate")
OCCASIONS = ("birthday", "half-birthday", "anniversary")
GONE = (Status.DRAFT, Status.ENDED)
PROFESSION = "profession"  # the profile field that a holiday's profession is looked up in


Lists = dict[str, Sequence[Any]]


def lists_of(programme: Programme) -> Lists:
    """Every list of things with an id by the path under which it is written; a club's events and a question's choices too."""
    names = ("window", "rule", "perk", "tier", "alert", "field", "question", "holiday", "campaign", "club")
    found: Lists = {name: getattr(programme, name) for name in names}
    found |= {f"question[{place}].choices": each.choices for place, each in enumerate(programme.question)}
    return found | {f"club[{place}].event": each.event for place, each in enumerate(programme.club)}


def check_names(programme: Programme, findings: Findings) -> None:
    """Ids that stand twice, and greetings of one kind."""
    for path, things in lists_of(programme).items():
        for place in _repeated([each.id for each in things]):
            findings.add(f"{path}[{place}].id", "is there already in this list", "choose another id")
    for place in _repeated([each.kind for each in programme.greeting]):
        findings.add(f"greeting[{place}].kind", "is there already", "write one [[greeting]] for each kind")
    for place, holiday in enumerate(programme.holiday):
        if holiday.id in OCCASIONS:
            findings.add(f"holiday[{place}].id", "is the name of an occasion of its own", "choose another id")


def _repeated(names: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place
        seen.add(name)


def check_references(programme: Programme, findings: Findings) -> None:
    """Mentions that lead nowhere, and mentions of one thing twice."""
    known: dict[str, list[str]] = {name: [each.id for each in things] for name, things in lists_of(programme).items()}
    known["rung"] = list(RUNGS)
    for path, kind, name in _mentions(programme):
        if name and name not in known[kind]:
            findings.add(path, f"is no {kind} of this programme", _meant(name, kind, known[kind]))
    for path, kind, names in _lists_of_mentions(programme):
        for place, name in enumerate(names):
            if name not in known[kind]:
                findings.add(f"{path}[{place}]", f"is no {kind} of this programme", _meant(name, kind, known[kind]))
        for place in _repeated(names):
            findings.add(f"{path}[{place}]", "stands twice in this list", "remove one")
    for place, rule in enumerate(programme.rule):
        if rule.trigger is Trigger.OCCASION and rule.occasion and rule.occasion not in OCCASIONS:
            days = [*OCCASIONS, *known["holiday"]]
            if rule.occasion not in days:
                findings.add(
                    f"rule[{place}].occasion", "is no occasion and no holiday of this programme", _meant(rule.occasion, "holiday", days)
                )


def _meant(name: str, kind: str, known: list[str]) -> str:
    if close := near(name, known):
        return f'did you mean "{close}"?'
    if not known:
        return f"write a [[{kind}]] with this id, or remove it"
    return f"write one of {', '.join(known)}"


def _mentions(programme: Programme) -> Iterator[tuple[str, str, str]]:
    """(path, kind of thing, name) of every key that names one thing."""
    for place, rule in enumerate(programme.rule):
        yield f"rule[{place}].window", "window", rule.window
        yield f"rule[{place}].perk", "perk", rule.perk
        yield f"rule[{place}].campaign", "campaign", rule.campaign
    for place, question in enumerate(programme.question):
        yield f"question[{place}].field", "field", question.field
    for place, campaign in enumerate(programme.campaign):
        yield f"campaign[{place}].learns", "field", campaign.learns


def _lists_of_mentions(programme: Programme) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(path, kind of thing, names) of every key that names several."""
    for name in ("rule", "perk", "campaign", "club"):
        for place, each in enumerate(getattr(programme, name)):
            yield f"{name}[{place}].rungs", "rung", each.rungs
            yield f"{name}[{place}].tiers", "tier", each.tiers
            if name != "club":
                yield f"{name}[{place}].clubs", "club", each.clubs
    for place, question in enumerate(programme.question):
        yield f"question[{place}].rungs", "rung", question.rungs
    for place, tier in enumerate(programme.tier):
        yield f"tier[{place}].perks", "perk", tier.perks


def check_living(programme: Programme, findings: Findings) -> None:
    """An active rule, or a tier, that gives a perk which is not there yet or no more."""
    gone = {perk.id: perk.status for perk in programme.perk if perk.status in GONE}
    for place, rule in enumerate(programme.rule):
        if rule.status is Status.ACTIVE and rule.perk in gone:
            findings.add(f"rule[{place}].perk", f"is a perk whose status is {gone[rule.perk]}", 'make the perk "active", or pause the rule')
    for place, tier in enumerate(programme.tier):
        for nth, name in enumerate(tier.perks):
            if name in gone:
                findings.add(
                    f"tier[{place}].perks[{nth}]", f"is a perk whose status is {gone[name]}", 'make the perk "active", or remove it'
                )
