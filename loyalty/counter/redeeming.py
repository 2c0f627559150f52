"""What points can buy at the kiosk, what waits to be taken, and what may be spent while nobody can be asked.

Here it is only decided; the spending itself is the fact `Redeemed`, the lots are `ledger`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from loyalty.account.conditions import in_audience
from loyalty.account.reckoning import Reckoning
from loyalty.counter.person import Person
from loyalty.programme import Programme
from loyalty.programme.rules import HandOver, Perk, PerkKind, in_language

OFFERS_MAX = 6  # what one screen holds
BOUGHT = frozenset({PerkKind.REWARD, PerkKind.DONATION})
HOUR_MS = 3_600_000
CODE_CHARS = 4  # at most a few are open at one counter, so that one in 707 281 is rare enough
CODE_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"  # without 0, O, 1 and I, which look alike, and without vowels: no words


class Refusal(StrEnum):
    """Why something cannot be bought now."""

    TOO_FEW = "too_few"  # points: fewer than it costs, or it costs fewer than may be spent at once
    OFFLINE_LIMIT = "offline_limit"  # enough was spent today without the hub
    STALE = "stale"  # nobody knows whether the balance is still there
    ENDED = "ended"  # it is not given any more, or not to this member


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward or a donation: the perk, what the customer reads, what it costs, and how many points are `missing` (0: none)."""

    perk: str
    title: str
    points: int
    missing: int


def offers(now: Reckoning, person: Person | None) -> tuple[Offer, ...]:
    """What this member can buy, the cheapest first, and so before what a few more points will buy. At most six.

    A member who hides the balance sees only what it suffices for: what is missing would tell it.
    """
    language = person.language if person else None
    found = [
        Offer(perk.id, in_language(perk.title, language) or perk.id, perk.cost_points, _missing(now, perk))
        for perk in now.edition.programme.perk
        if _for_sale(now, perk.id) and perk.cost_points >= now.edition.programme.redemption.min_points
    ]
    if person is not None and person.hide_balance:
        found = [offer for offer in found if not offer.missing]
    return tuple(sorted(found, key=lambda offer: (offer.points, offer.perk))[:OFFERS_MAX])


def _for_sale(now: Reckoning, perk_id: str) -> Perk | None:
    """A perk that points buy, today, for this member."""
    perk = now.edition.perk_live(perk_id, now.day, now.at)
    if perk is None or perk.kind not in BOUGHT or not perk.cost_points:
        return None
    return perk if in_audience(now, perk.rungs, perk.tiers, perk.clubs) else None


def _missing(now: Reckoning, perk: Perk) -> int:
    return max(0, perk.cost_points - now.account.ledger.balance)


def may_redeem(now: Reckoning, perk: str, online: bool, balance_as_of_ms: int, card_today: int, kiosk_today: int) -> Refusal | None:
    """Why a perk cannot be bought now, None if it can.

    `balance_as_of_ms`: when the hub last told this balance; `card_today`, `kiosk_today`: points spent without the hub on this day. Two
    kiosks that cannot see each other may still both say yes: the limits bound what that can cost.
    """
    wanted, rules = _for_sale(now, perk), now.edition.programme.redemption
    if wanted is None:
        return Refusal.ENDED
    if _missing(now, wanted) or wanted.cost_points < rules.min_points:
        return Refusal.TOO_FEW
    if online:
        return None
    if not -HOUR_MS <= now.at - balance_as_of_ms <= rules.offline_fresh_hours * HOUR_MS:
        return Refusal.STALE  # a clock before the hub's word by more than an hour was set back: nobody knows how old it is
    spent = wanted.cost_points
    over = card_today + spent > rules.offline_card_day_points or kiosk_today + spent > rules.offline_kiosk_day_points
    return Refusal.OFFLINE_LIMIT if over else None


def takeable(now: Reckoning, person: Person | None) -> tuple[tuple[str, str], ...]:
    """Perks that were granted and that the member takes at the kiosk: (grant, title), what ends first in front."""
    language = person.language if person else None
    found = []
    for grant in now.account.perks.open_at(now.at):
        perk = now.edition.perks.get(grant.perk)
        if perk is not None and perk.hand_over is HandOver.TAP:
            found.append((grant.id, in_language(perk.title, language) or perk.id))
    return tuple(found)


def bill_points_max(programme: Programme, bill_minor: int) -> int:
    """How many points can pay of a bill at most; 0 where that is less than may be spent at once."""
    rules = programme.redemption
    if not rules.point_minor:
        return 0
    points = max(0, bill_minor) * rules.bill_percent_max // (100 * rules.point_minor)
    return points if points >= rules.min_points else 0


def pickup_code(fact_text: str) -> str:
    """Four letters and digits by which staff know what was bought: always the same for one fact."""
    number = int.from_bytes(blake2b(fact_text.encode(), digest_size=8).digest(), "big")
    code = ""
    for _ in range(CODE_CHARS):
        number, place = divmod(number, len(CODE_ALPHABET))
        code += CODE_ALPHABET[place]
    return code
