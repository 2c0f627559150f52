"""Rungs: the axis of relationship, prospect to advocate. Derived from what happened, explained, with hysteresis at the top.

Rungs describe; they give nothing. What is missing to the next one is always said with it. Tiers are another axis, in `tiers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from loyalty.account.reckoning import Reckoning
from loyalty.calendar import NEVER, Past, When
from loyalty.programme.ladder import RungBasis, Rungs

if TYPE_CHECKING:
    from loyalty.account import Account


class Rung(StrEnum):
    """The four rungs, lowest first."""

    PROSPECT = "prospect"
    BUYER = "buyer"
    CLIENT = "client"
    ADVOCATE = "advocate"


HALF_YEAR_DAYS, YEAR_DAYS = 180, 365
_PROSPECT, _BUYER, _CLIENT, _ADVOCATE = Rung  # looked up once: Python 3.11 is slow at it, and every fact asks
_VISITS = RungBasis.VISITS
HEIGHT = {rung: height for height, rung in enumerate(Rung)}


@dataclass(slots=True)
class RungStanding:
    """The rung and since when (ms); `told`: the rung last announced to the member. `due`: when an advocate who does nothing is none."""

    rung: str = Rung.PROSPECT
    since: Past = 0
    told: str = Rung.PROSPECT
    due: When = NEVER


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rung with its reasons, and what is missing to the next. `likely`: all but the referral that this shop does not ask for."""

    rung: Rung
    because: tuple[str, ...]
    missing: tuple[str, ...]
    likely: bool = False


def settle(now: Reckoning) -> None:
    """After a fact: is the member on another rung?"""
    mine = now.account.rung
    rung = rung_of(now.account, now.edition.programme.rungs, now.day, now.at)
    if rung != mine.rung:
        _step(now, rung, now.at)
    if rung is _ADVOCATE:
        mine.due = _lost_at(now)


def fall(now: Reckoning) -> None:
    """Time alone has made an advocate one no more."""
    _step(now, _CLIENT, now.account.rung.due)


def _step(now: Reckoning, rung: Rung, at: int) -> None:
    mine = now.account.rung
    now.changed("rung", mine.rung, rung, at=at)
    mine.rung, mine.since, mine.due = rung, at, NEVER
    if HEIGHT[rung] < HEIGHT[Rung(mine.told)]:
        mine.told = rung  # coming back up is news again


def _lost_at(now: Reckoning) -> int:
    """From which moment on an advocate who does nothing more does not come often enough, or a case has waited too long."""
    account, rules = now.account, now.edition.programme.rungs
    bits, last = account.footfall.visits if rules.basis is _VISITS else account.footfall.purchases, account.footfall.last_day
    moment = account.voice.overdue_ms()
    if not rules.keep_days:
        return moment
    for _ in range(rules.keep_days - 1):
        bits &= bits - 1
    deciding = last - ((bits & -bits).bit_length() - 1)
    return min(moment, now.calendar.start_ms(deciding + YEAR_DAYS))


def rung_of(account: Account, rules: Rungs, today: int, at: int) -> Rung:
    """The rung alone: what every fact asks for."""
    foot = account.footfall
    days = foot.visit_days if rules.basis is _VISITS else foot.purchase_days
    if days < 2:
        return _BUYER if days else _PROSPECT
    if account.rung.rung == _ADVOCATE:
        return _CLIENT if _lost(account, rules, today, at) else _ADVOCATE
    if not rules.advocate_referrals or len(account.circle.friends) < rules.advocate_referrals:
        return _CLIENT
    wanting = _wanting(account, rules, today, at) or _lost(account, rules, today, at)
    return _CLIENT if wanting else _ADVOCATE


def _days_within(account: Account, rules: Rungs, days: int, today: int) -> int:
    foot = account.footfall
    return foot.visits_within(days, today) if rules.basis is _VISITS else foot.purchases_within(days, today)


def _wanting(account: Account, rules: Rungs, today: int, at: int) -> list[str]:
    """What an advocate has and this member does not, in words."""
    voice, found = account.voice, []
    days = _days_within(account, rules, HALF_YEAR_DAYS, today)
    if days < rules.advocate_days:
        found.append(f"{rules.advocate_days - days} more {_noun(rules)} days within 180 days")
    friends = account.circle.friends_within(YEAR_DAYS, at)
    if friends < rules.advocate_referrals:
        found.append(f"{rules.advocate_referrals - friends} more friends who became customers within 365 days")
    marks = voice.indices()
    if len(marks) < rules.advocate_ratings:
        found.append(f"{rules.advocate_ratings - len(marks)} more ratings")
    elif sum(marks) * 100 < rules.advocate_mean_percent * 3 * len(marks):
        found.append(f"better ratings: the last {len(marks)} are at {voice.mean_percent()} %, {rules.advocate_mean_percent} % are needed")
    if voice.open_cases():
        found.append("an open case must be put right")
    return found


def _lost(account: Account, rules: Rungs, today: int, at: int) -> list[str]:
    """What makes an advocate one no more, in words."""
    voice, found = account.voice, []
    if _days_within(account, rules, YEAR_DAYS, today) < rules.keep_days:
        found.append(f"fewer than {rules.keep_days} {_noun(rules)} days within 365 days")
    marks = voice.indices()
    if marks and sum(marks) * 100 < rules.keep_mean_percent * 3 * len(marks):
        found.append(f"ratings at {voice.mean_percent()} %, below {rules.keep_mean_percent} %")
    if voice.overdue(at):
        found.append("a case was not resolved in time")
    return found


def _noun(rules: Rungs) -> str:
    return "visit" if rules.basis is RungBasis.VISITS else "purchase"


def judge(account: Account, rules: Rungs, today: int, at: int) -> Verdict:
    """The rung with reasons: why this one, and what is missing to the next."""
    rung, noun = rung_of(account, rules, today, at), _noun(rules)
    foot = account.footfall
    days = foot.visit_days if rules.basis is RungBasis.VISITS else foot.purchase_days
    wanting = _wanting(account, rules, today, at)
    because = [f"{days} {noun} days" if days != 1 else f"1 {noun} day"]
    match rung:
        case Rung.PROSPECT:
            return Verdict(rung, (f"no {noun} yet",), (f"a first {noun}",))
        case Rung.BUYER:
            return Verdict(rung, tuple(because), (f"a {noun} on a second day",))
        case Rung.ADVOCATE:
            because += [f"{account.circle.friends_within(YEAR_DAYS, at)} friends brought within 365 days", *_ratings(account)]
            return Verdict(rung, tuple(because), ())
    if account.rung.rung == Rung.ADVOCATE:
        because += [f"no advocate any more: {why}" for why in _lost(account, rules, today, at)]
    likely = not rules.advocate_referrals and _days_within(account, rules, HALF_YEAR_DAYS, today) >= 6 and _all_best(account)
    return Verdict(rung, tuple(because), tuple(wanting or _lost(account, rules, today, at)), likely)


def _ratings(account: Account) -> list[str]:
    marks = account.voice.indices()
    return [f"{len(marks)} ratings at {account.voice.mean_percent()} %"] if marks else []


def _all_best(account: Account) -> bool:
    """Three ratings or more, each the best face, and nothing open."""
    marks = account.voice.indices()
    return len(marks) >= 3 and min(marks) == 3 and not account.voice.open_cases()
