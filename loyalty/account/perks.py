"""Perks that were given to a member: grants, each with its time and its uses. What they cost and who gets one is the programme's."""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.account.reckoning import Reckoning
from loyalty.calendar import NEVER, Past, When
from loyalty.facts import PerkGiven, PerkUsed, PerkVoided
from loyalty.programme.rules import HandOver

GRANTS_KEPT = 64  # the newest; a member with more has long forgotten the oldest


@dataclass(slots=True)
class Grant:
    """One perk of one member until a moment (exclusive). `uses` left of `given`; `voided`: taken back. `id` is the cause: fact and rule."""

    id: str
    perk: str
    at: Past
    until: When
    uses: int
    voided: bool = False
    given: int = 0


@dataclass(slots=True)
class Perks:
    """The grants of one member, oldest first. `used`: how often anything was used, ever."""

    grants: list[Grant] = field(default_factory=list)
    used: int = 0

    def open_at(self, at: int) -> list[Grant]:
        """What can be used at a moment, what ends first in front."""
        found = [grant for grant in self.grants if grant.uses and not grant.voided and grant.until > at]
        return sorted(found, key=lambda grant: (grant.until, grant.at, grant.id))

    def find(self, id_: str) -> Grant | None:
        """The grant of that name."""
        return next((grant for grant in self.grants if grant.id == id_), None)


def grant(now: Reckoning, perk_id: str, id_: str, times: int = 1) -> None:
    """Give a perk `times` over; one that cannot be given today is not, and one for use at once is used."""
    perk = now.edition.perk_live(perk_id, now.day, now.at)
    mine = now.account.perks
    if perk is None or mine.find(id_) is not None:
        return
    until = now.calendar.end_ms(now.day + perk.valid_days - 1) if perk.valid_days else NEVER
    uses = 0 if perk.hand_over is HandOver.AUTO else perk.uses * times
    mine.grants.append(Grant(id_, perk_id, now.at, until, uses, given=perk.uses * times))
    mine.used += times if perk.hand_over is HandOver.AUTO else 0
    del mine.grants[:-GRANTS_KEPT]


def on_given(now: Reckoning, body: PerkGiven) -> None:
    """Staff gave a perk."""
    if now.edition.perk_live(body.perk, now.day, now.at) is None:
        now.mark(f"perk {body.perk} cannot be given on this day")
    else:
        grant(now, body.perk, f"desk:{body.ref}")


def on_used(now: Reckoning, body: PerkUsed) -> None:
    """A perk was handed out. One that had ended was handed out all the same: it is marked, nothing more."""
    found = now.account.perks.find(body.grant)
    if found is None or not found.uses or found.voided or found.until <= now.at:
        now.mark(f"there is no open perk {body.grant}")
        return
    found.uses -= 1
    now.account.perks.used += 1


def on_voided(now: Reckoning, body: PerkVoided) -> None:
    """A perk was taken back."""
    found = now.account.perks.find(body.grant)
    if found is None:
        now.mark(f"there is no perk {body.grant}")
    else:
        found.voided = True


def void(now: Reckoning, id_: str) -> bool:
    """What a perk was given for came back; returns whether nothing of it was used or taken back before."""
    found = now.account.perks.find(id_)
    if found is None or found.voided:
        return False
    found.voided = True
    return found.uses == found.given
