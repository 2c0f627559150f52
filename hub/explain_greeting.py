"""What would be said if a member laid down a card now, and why nothing else: an imagined visit on a copy of the account. Pure."""

from __future__ import annotations

from loyalty.account import Account, advance, apply, reckoning, restore, snapshot
from loyalty.counter.gifts import gifts
from loyalty.counter.greeting import Choice, choose
from loyalty.counter.person import Person
from loyalty.facts import Body, ClockQuality, Evidence, Fact, FactId, Visit
from loyalty.rulebook import Rulebook
from loyalty.said import Said

NO_CARD = "0" * 32  # of a member who has none


def imagined(account: Account, person: Person, card: str, book: Rulebook, at: int) -> Choice:
    """The choice of a greeting for a visit at a moment. The account stays as it is."""
    copy = restore(snapshot(account))
    advance(copy, at, book)
    visit = _fact(Visit(card or NO_CARD, Evidence("imagined")), at)
    apply(copy, visit, book)
    for given in gifts(reckoning(copy, visit, book), person, "", card or NO_CARD, 0):
        apply(copy, _fact(given, at), book)
    return choose(reckoning(copy, visit, book), person)


def _fact(body: Body, at: int) -> Fact:
    return Fact(FactId("", "", 0), at, 0, "", ClockQuality.NTP, body)


def greeting_lines(account: Account, person: Person, card: str, book: Rulebook, at: int) -> list[str]:
    """What would be said, then every other candidate with what speaks against it."""
    choice = imagined(account, person, card, book, at)
    found = [f"chosen: {_said(choice.main)}"] if choice.main else ["nothing would be said"]
    found += [f"second line: {_said(choice.second)}"] if choice.second else []
    chosen = (choice.main, choice.second)
    return found + [f"not {_said(each.said)}: {each.why}" for each in choice.candidates if each.said not in chosen]


def _said(said: Said) -> str:
    about = f" about {said.about}" if said.about else ""
    return f"{said.kind.value.replace('_', ' ')}{about}"
