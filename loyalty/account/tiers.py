"""Tiers: the axis of privileges. Reached the moment the basis suffices, lost only at an assessment, never reckoned by the balance.

What a tier gives is in the programme; the ladder's rungs are another axis, in `rungs`.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from datetime import date

from loyalty.account import perks
from loyalty.account.reckoning import Reckoning
from loyalty.calendar import LAST_DAY, NEVER, Day, Past, When
from loyalty.facts import TierSet
from loyalty.programme.ladder import Downgrade, Tier, TierScheme, TierWindow
from loyalty.shapes import Signed

_ROLLING, _YEAR, _EVER = TierWindow.ROLLING, TierWindow.YEAR, TierWindow.EVER  # looked up once: Python 3.11 is slow at it
NO_RANK = 8  # above every tier there can be


@dataclass(slots=True)
class TierStanding:
    """Where a member stands. `days`: [day, amount] pairs of the `basis` within the window, `total` their sum. `until`: last day of the
    tier (ordinal), 0 for ever. `manual`: given by a person. `due`: when it is assessed next (ms). `told`: the tier last announced.
    """

    tier: str = ""
    basis: str = ""
    since: Past = 0
    until: Day = 0
    manual: bool = False
    due: When = NEVER
    total: Signed = 0
    days: list[list[Signed]] = field(default_factory=list)
    told: str = ""


def tier_of(now: Reckoning) -> Tier:
    """The member's tier as the programme in force describes it; only where there are tiers."""
    return now.edition.programme.tier[now.edition.tier_rank.get(now.account.tier.tier, 0)]


def settle(now: Reckoning) -> None:
    """Everybody has a tier where there are tiers; one that a new edition does not know gives way to what the basis suffices for."""
    if now.edition.tier_rank:
        _step(now, _reached(now, _total(now, now.day)), now.day, "the tiers are others")


def disqualified(now: Reckoning, points: int, day: int) -> None:
    """Qualifying points earned on a day were taken back."""
    if points and now.edition.by_points:
        add(now, -points, day)


def add(now: Reckoning, amount: int, day: int) -> None:
    """The basis grew by `amount` on a day, or shrank for what came back; what has left the window does not count any more."""
    mine, edition = now.account.tier, now.edition
    last = mine.days[-1] if mine.days else None
    if last is not None and last[0] == day == now.day and amount > 0 and mine.basis == edition.basis:  # as almost always
        last[1] += amount
        mine.total += amount
    else:
        _place(now, amount, day)
    if amount > 0 and edition.tier_rank.get(mine.tier, NO_RANK) < edition.tier_top:
        _rise(now)


def _place(now: Reckoning, amount: int, day: int) -> None:
    """Put an amount to its day, or take it from there as far as it goes."""
    mine = now.account.tier
    _total(now, now.day)
    if now.edition.programme.tiers.window is _EVER:
        day = 0
    pair = next((each for each in reversed(mine.days) if each[0] <= day), None)
    if pair is not None and pair[0] == day:
        amount = max(amount, -pair[1])
        pair[1] += amount
        mine.total += amount
    elif amount > 0:
        insort(mine.days, [day, amount])
        mine.total += amount


def _total(now: Reckoning, day: int) -> int:
    """Sum of the basis within the window that ends on a day. What is outside, or was counted by another basis, is let go of."""
    mine, scheme = now.account.tier, now.edition.programme.tiers
    if mine.basis != now.edition.basis:
        mine.basis, mine.days, mine.total = now.edition.basis, [], 0
    if mine.days and mine.days[0][0] < (first := _first_day(scheme, day)):
        while mine.days and mine.days[0][0] < first:
            mine.total -= mine.days.pop(0)[1]
    return mine.total


def _first_day(scheme: TierScheme, day: int) -> int:
    """The first day of the window that ends on a day."""
    if scheme.window is _ROLLING:
        return day - scheme.window_days + 1
    return date.fromordinal(day).replace(month=1, day=1).toordinal() if scheme.window is _YEAR else 0


def _reached(now: Reckoning, total: int) -> int:
    """Rank of the highest tier for which the basis suffices; those by invitation are not reached so."""
    rank = 0
    for place, tier in enumerate(now.edition.programme.tier):
        if not tier.invited and total >= tier.min:
            rank = place
    return rank


def _rise(now: Reckoning) -> None:
    mine = now.account.tier
    reached = _reached(now, mine.total)
    if reached > now.edition.tier_rank[mine.tier]:
        _step(now, reached, now.day, "the basis suffices")


def _step(now: Reckoning, rank: int, day: int, why: str) -> None:
    """Come to a tier on a day, from then on for as long as the scheme says."""
    mine, programme = now.account.tier, now.edition.programme
    tier = programme.tier[rank]
    before, risen = mine.tier, rank > now.edition.tier_rank.get(mine.tier, 0)
    if tier.id != before:
        mine.since = max(0, now.calendar.start_ms(day))  # east of UTC the first day of 1970 began before it
        if before and programme.tiers.window is TierWindow.SINCE_START:
            mine.days, mine.total = [], 0
        if before:
            now.changed("tier", before, tier.id, why)
    mine.tier, mine.manual = tier.id, False
    mine.told = mine.told or programme.tier[0].id
    _renew(now, rank, day)
    if risen:
        for perk in tier.perks:
            perks.grant(now, perk, f"tier.{tier.id}.{day}.{perk}")


def _renew(now: Reckoning, rank: int, day: int) -> None:
    """From a day on the tier lasts as long as the scheme says."""
    mine, scheme = now.account.tier, now.edition.programme.tiers
    for_ever = scheme.window is TierWindow.EVER and mine.total >= now.edition.programme.tier[rank].min
    if rank == 0 or scheme.downgrade is Downgrade.NONE or for_ever:
        mine.until, mine.due = 0, NEVER
        return
    if scheme.valid_days:
        mine.until = day + scheme.valid_days
    else:
        mine.until = date(date.fromordinal(day).year + 1, 12, 31).toordinal()
    mine.due = now.calendar.end_ms(mine.until + scheme.grace_days)


def assess(now: Reckoning) -> None:
    """A tier has run out at this moment: it is kept if the basis suffices, else lost as the scheme says."""
    mine, scheme = now.account.tier, now.edition.programme.tiers
    mine.due = NEVER
    rank = now.edition.tier_rank.get(mine.tier)
    if rank is None:
        return
    reached = _reached(now, _total(now, now.day - 1))
    if mine.manual:
        _step(now, reached, now.day, "the person's decision has ended")
    elif reached >= rank:
        _renew(now, rank, now.day)
    else:
        _step(now, reached if scheme.downgrade is Downgrade.TO_BASIS else rank - 1, now.day, "the basis did not suffice")


def on_set(now: Reckoning, body: TierSet) -> None:
    """A person decided."""
    rank = now.edition.tier_rank.get(body.tier)
    if rank is None:
        now.mark(f"there is no tier {body.tier}")
        return
    mine, before = now.account.tier, now.account.tier.tier
    until = _ordinal(body.until)
    if until is None or until < now.day:
        now.mark("the day until which the tier was to last has passed")
        return
    _step(now, rank, now.day, f"decided by {body.by}: {body.reason}")
    mine.manual, mine.until, mine.due = True, until, now.calendar.end_ms(until)
    mine.told = before or mine.told


def _ordinal(day: str) -> int | None:
    try:
        return min(date.fromisoformat(day), LAST_DAY).toordinal()
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class TierOutlook:
    """What can be said of a tier: how much is missing to the next, and to keep this one until which day. None where nothing is."""

    tier: str
    to_next: int | None
    next: str
    to_keep: int | None
    until: Day


def outlook(now: Reckoning) -> TierOutlook:
    """How a member stands between tiers at this moment."""
    mine, tiers = now.account.tier, now.edition.programme.tier
    rank = now.edition.tier_rank.get(mine.tier, 0)
    scheme = now.edition.programme.tiers
    first = _first_day(scheme, now.day)
    total = sum(amount for day, amount in mine.days if day >= first) if mine.basis == scheme.basis else 0
    above = next((tier for tier in tiers[rank + 1 :] if not tier.invited), None)
    to_keep = None if not mine.until or mine.manual or not tiers else max(0, tiers[rank].min - total)
    return TierOutlook(mine.tier, None if above is None else max(0, above.min - total), above.id if above else "", to_keep, mine.until)
