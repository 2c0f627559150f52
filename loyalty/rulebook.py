"""The rules as the fold uses them: every edition of a programme with the moment it came into force, indexed, and what was closed.

An old fact is reckoned by the edition that was in force when it happened, so a changed programme never revalues the past.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo

from loyalty.calendar import NEVER, Calendar, Term
from loyalty.facts import Fact, RuleClosed
from loyalty.programme import Programme
from loyalty.programme.ladder import Basis
from loyalty.programme.rules import ExpiryPolicy, Once, Perk, Rule, Stacking, Status, Trigger, Unit, Weekday, Window
from loyalty.programme.saying import Campaign

PERK = "perk:"  # before the id of a perk that is closed, since its stock is given away; without it a closing is of a rule
WEEKDAYS = tuple(Weekday)
BEFORE_ALL = date.min.toordinal()
AFTER_ALL = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule that is active, made ready: its days as ordinals, its window and campaign found, and which kinds of condition it has at all.

    `limited`: by period or cooldown. `placed`: by kiosk, day of the week, window or closing. `personal`: by rung, tier, club or lot.
    `numbered`: by the member's visits. `metered`: it counts more than the fact itself. `capped`: by points. `waits`: for a day or an
    action to vest. `weekdays`: 0 is Monday. `withheld`: from this moment on (ms) nobody here knows whether it still gives anything.
    """

    rule: Rule
    first_day: int
    last_day: int
    window: Window | None
    campaign: Campaign | None
    shut: Shut
    term: Term
    weekdays: frozenset[int]
    limited: bool
    placed: bool
    personal: bool
    numbered: bool
    is_exclusive: bool
    metered: bool
    capped: bool
    waits: bool
    withheld: int


@dataclass(frozen=True, slots=True)
class Closing:
    """A rule earns nothing from `start` to `until` (ms, exclusive), at `kiosk` only unless that is "". "perk:" and an id: nobody gets it,
    wherever they are, for there is one stock.
    """

    rule: str
    kiosk: str
    start: int
    until: int


class Shut:
    """When one rule is closed, by kiosk ("": at all of them): spans of time, joined where they meet.

    An hourly limit closes a rule several times a day at each kiosk and the hub forgets none, for it folds the past anew: after a year they
    are tens of thousands. So a moment is found by bisection, and a fold gets no slower with the years.
    """

    __slots__ = ("_spans",)

    def __init__(self, closings: Iterable[tuple[str, int, int]] = ()) -> None:
        """`closings`: (kiosk, start, until)."""
        self._spans: dict[str, tuple[list[int], list[int]]] = {}
        for kiosk, start, until in sorted(closings):
            starts, untils = self._spans.setdefault(kiosk, ([], []))
            if untils and start <= untils[-1]:
                untils[-1] = max(untils[-1], until)
            elif start < until:
                starts.append(start)
                untils.append(until)

    def __bool__(self) -> bool:
        return bool(self._spans)

    def holds(self, kiosk: str, at: int) -> bool:
        """Whether it is closed at a kiosk, at a moment (ms)."""
        return self._covers("", at) or self._covers(kiosk, at)

    def _covers(self, kiosk: str, at: int) -> bool:
        starts, untils = self._spans.get(kiosk, ((), ()))
        place = bisect_right(starts, at) - 1
        return place >= 0 and at < untils[place]


OPEN = Shut()


class Edition:
    """One version of the programme, indexed."""

    __slots__ = (
        "_alone_ms",
        "_perk_shut",
        "basis",
        "by_points",
        "by_spend",
        "by_visits",
        "givers",
        "has_clubs",
        "has_patience",
        "live",
        "multipliers",
        "perks",
        "programme",
        "rules",
        "term",
        "tier_bonus",
        "tier_rank",
        "tier_top",
        "version",
    )

    def __init__(self, programme: Programme, calendar: Calendar, closed: Mapping[str, Shut], alone_ms: int = NEVER) -> None:
        """`closed`: by the id of a rule, or of a perk with PERK before it; `alone_ms`: see `Rulebook`."""
        self._alone_ms = alone_ms
        self.programme, self.version = programme, programme.programme.version
        self.term = calendar.term(programme.expiry)
        self.perks: dict[str, Perk] = {perk.id: perk for perk in programme.perk}
        self.tier_rank = {tier.id: rank for rank, tier in enumerate(programme.tier)}
        self._perk_shut = {perk: closed[PERK + perk] for perk in self.perks if PERK + perk in closed}
        self.rules = {rule.id: rule for rule in programme.rule}
        self.tier_bonus = any(tier.times_percent > 100 for tier in programme.tier)
        self.tier_top = max((rank for rank, tier in enumerate(programme.tier) if not tier.invited), default=0)
        self.basis: str = programme.tiers.basis.value
        self.by_points = programme.tiers.basis is Basis.POINTS
        self.by_spend = programme.tiers.basis is Basis.SPEND
        self.by_visits = programme.tiers.basis is Basis.VISITS
        self.has_clubs = bool(programme.club)
        self.has_patience = programme.expiry.policy is ExpiryPolicy.INACTIVITY
        shared = _shared(programme)
        live = [
            _live(rule, programme, calendar, closed, alone_ms if rule.id in shared else NEVER)
            for rule in programme.rule
            if rule.status is Status.ACTIVE
        ]
        live.sort(key=lambda each: -each.rule.priority)
        self.live = {each.rule.id: each for each in live}
        self.givers = {trigger: tuple(each for each in live if each.rule.trigger is trigger and _gives(each)) for trigger in Trigger}
        self.multipliers = {
            trigger: tuple(each for each in live if each.rule.trigger is trigger and not _gives(each)) for trigger in Trigger
        }

    def perk_live(self, perk: str, day: int, at: int) -> Perk | None:
        """A perk that can be given at a moment (ms) of a day, or None; of one with a stock nobody knows who is alone."""
        found = self.perk_open(perk, day, at)
        return None if found is not None and found.stock and self._alone_ms <= at else found

    def perk_open(self, perk: str, day: int, at: int) -> Perk | None:
        """The same as far as is known, whoever is alone."""
        found = self.perks.get(perk)
        if found is None or found.status is not Status.ACTIVE or self.perk_closed(perk, at):
            return None
        return found if _first(found.starts) <= day <= _last(found.ends) else None

    def perk_closed(self, perk: str, at: int) -> bool:
        """Whether the stock of a perk is given away at a moment (ms)."""
        return self._perk_shut.get(perk, OPEN).holds("", at)


def _gives(live: LiveRule) -> bool:
    return not live.rule.times_percent


def _first(day: date | None) -> int:
    return BEFORE_ALL if day is None else day.toordinal()


def _last(day: date | None) -> int:
    return AFTER_ALL if day is None else day.toordinal()


def _shared(programme: Programme) -> frozenset[str]:
    """Rules that close when all kiosks together have given so much: those with a budget, and those that give nothing but a perk with a
    stock.
    """
    stocked = {perk.id for perk in programme.perk if perk.stock}
    return frozenset(rule.id for rule in programme.rule if rule.budget_points or (rule.perk in stocked and not rule.points))


def _live(rule: Rule, programme: Programme, calendar: Calendar, closed: Mapping[str, Shut], withheld: int) -> LiveRule:
    """The rule ready for use; references that lead nowhere were refused when the programme was read."""
    window = next((each for each in programme.window if each.id == rule.window), None)
    campaign = next((each for each in programme.campaign if each.id == rule.campaign), None)
    first, last = _first(rule.starts), _last(rule.ends)
    if campaign is not None:
        first, last = max(first, campaign.starts.toordinal()), min(last, campaign.ends.toordinal())
    shut = closed.get(rule.id, OPEN)
    return LiveRule(
        rule,
        first,
        last,
        window,
        campaign,
        shut,
        calendar.term(rule.expiry or programme.expiry),
        frozenset(WEEKDAYS.index(day) for day in rule.weekdays),
        limited=rule.once is not Once.ALWAYS or rule.cooldown_hours > 0,
        placed=bool(rule.kiosks or rule.weekdays or window or shut),
        personal=bool(rule.rungs or rule.tiers or rule.clubs or campaign or rule.hold_out_percent),
        numbered=bool(rule.visits_from or rule.visits_to or rule.every_visit or rule.away_days or rule.streak_weeks),
        is_exclusive=rule.stacking is Stacking.EXCLUSIVE,
        metered=rule.unit is not Unit.EVENT or rule.per > 1,
        capped=bool(rule.member_points_max or rule.card_day_points_max),
        waits=bool(rule.vests_days or rule.vests_on_action),
        withheld=withheld,
    )


def _by_rule(closed: Iterable[Closing]) -> dict[str, Shut]:
    found: dict[str, list[tuple[str, int, int]]] = {}
    for each in closed:
        kiosk = "" if each.rule.startswith(PERK) else each.kiosk
        found.setdefault(each.rule, []).append((kiosk, each.start, each.until))
    return {rule: Shut(spans) for rule, spans in found.items()}


class Rulebook:
    """All editions of one programme, oldest first, the shop's calendar, and all that was ever closed, as it was told.

    Whoever cannot hear what is closed is alone, from `alone_ms` on: what all kiosks share is then neither given nor counted out.
    """

    def __init__(
        self, editions: Iterable[tuple[int, Programme]], zone: tzinfo, closed: Iterable[Closing] = (), alone_ms: int = NEVER
    ) -> None:
        """`editions`: (from which moment in ms, programme); the first also rules what was before it. Raises ValueError for none."""
        ordered = sorted(editions, key=lambda each: (each[0], each[1].version))
        if not ordered:
            raise ValueError("a rulebook needs a programme")
        self.calendar = Calendar(zone)
        self.closed = tuple(closed)
        self._starts = [start for start, _ in ordered]
        by_rule = _by_rule(self.closed)
        self._editions = [Edition(programme, self.calendar, by_rule, alone_ms) for _, programme in ordered]
        self._only = self._editions[0] if len(self._editions) == 1 else None

    @classmethod
    def single(cls, programme: Programme, zone: tzinfo) -> Rulebook:
        """A rulebook of one edition that was always in force."""
        return cls([(0, programme)], zone)

    @property
    def zone(self) -> tzinfo:
        """The zone in which a business day begins and ends."""
        return self.calendar.zone

    @property
    def now(self) -> Programme:
        """The newest edition."""
        return self._editions[-1].programme

    @property
    def editions(self) -> list[tuple[int, Programme]]:
        """(from which moment, programme), oldest first."""
        return [(start, edition.programme) for start, edition in zip(self._starts, self._editions, strict=True)]

    def at(self, at_ms: int) -> Edition:
        """The edition in force at a moment."""
        if self._only is not None:
            return self._only
        return self._editions[max(0, bisect_right(self._starts, at_ms) - 1)]

    def closing(self, closed: Iterable[Closing], alone_ms: int = NEVER) -> Rulebook:
        """The same editions with exactly this closed, for somebody who is alone or not. Indexing them anew takes a third of a millisecond:
        for each word of the hub, not for each tap.
        """
        return Rulebook(self.editions, self.zone, closed, alone_ms)

    def with_closed(self, facts: Iterable[Fact]) -> Rulebook:
        """The same with the rules closed that these facts close."""
        closed = [
            Closing(fact.body.rule, fact.body.kiosk, fact.when_ms, fact.body.until or NEVER)
            for fact in facts
            if isinstance(fact.body, RuleClosed)
        ]
        return self.closing((*self.closed, *closed))
