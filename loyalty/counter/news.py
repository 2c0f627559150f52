"""News of points and standing: a step up, a tier that runs out, points that burn soon. All other ideas are `candidates`'s."""

from __future__ import annotations

from datetime import date

from loyalty.account.rungs import HEIGHT, Rung
from loyalty.account.tiers import outlook
from loyalty.counter.ideas import ONCE, Idea, Tap, none
from loyalty.programme.ladder import Basis
from loyalty.programme.rules import in_language
from loyalty.said import GreetingKind, Said


def promotion(tap: Tap) -> list[Idea]:
    """A tier or a rung above the one last told. Becoming a buyer is no news to anybody."""
    account, rank = tap.now.account, tap.now.edition.tier_rank
    mine, told, found = rank.get(account.tier.tier), rank.get(account.tier.told), []
    if mine is not None and told is not None and mine > told:
        tier = tap.now.edition.programme.tier[mine]
        found.append(Idea(Said(GreetingKind.PROMOTION, f"tier:{tier.id}", word=in_language(tier.title, tap.language))))
    rung = account.rung.rung
    if rung in (Rung.CLIENT, Rung.ADVOCATE) and _height(rung) > _height(account.rung.told):
        found.append(Idea(Said(GreetingKind.PROMOTION, f"rung:{rung}"), rank=1))
    found += _keep(tap)
    return found or none(GreetingKind.PROMOTION, "neither tier nor rung went up since it was last told, and no tier runs out soon")


def _keep(tap: Tap) -> list[Idea]:
    """A tier that runs out soon, and what is missing to keep it; once for each time it runs out."""
    now, scheme = tap.now, tap.now.edition.programme.tiers
    seen = outlook(now)
    if not seen.to_keep or not 0 <= seen.until - now.day <= scheme.notice_days:
        return []
    tier, until = now.edition.programme.tier[now.edition.tier_rank[seen.tier]], date.fromordinal(seen.until)
    points = seen.to_keep if scheme.basis is Basis.POINTS else 0
    title = in_language(tier.title, tap.language)
    said = Said(GreetingKind.PROMOTION, f"keep:{tier.id}:{until.isoformat()}", points=points, day=until, word=title)
    return [Idea(said, rest_days=ONCE, rank=2)]


def _height(name: str) -> int:
    return next((height for rung, height in HEIGHT.items() if rung == name), -1)


def burn(tap: Tap) -> list[Idea]:
    """Points by their last day: those that burn very soon, and those that burn soon, once each."""
    now, rules = tap.now, tap.now.edition.programme.greetings
    hidden = tap.person is not None and tap.person.hide_balance
    found: list[Idea] = []
    for expires, in_lot in now.account.ledger.expiring():
        last = now.calendar.last_day(expires)
        left, points = last.toordinal() - now.day, min(in_lot, now.account.ledger.balance)
        if left > max(rules.burn_days, rules.burn_early_days):
            break
        about = last.isoformat() if left <= rules.burn_days else f"{last.isoformat()}/early"
        why = "the member hides the balance" if hidden else "" if points > 0 else "the points are owed"
        said = Said(GreetingKind.BURN, about, points=0 if why else points, day=last)
        found.append(Idea(said, why, offer=True, rest_days=ONCE, rank=len(found)))
    return found or none(GreetingKind.BURN, "no points burn soon")
