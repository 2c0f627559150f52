"""Which one thing is said to a customer beside name and balance, and perhaps a second: chosen without a network, the same every time.

Each thing that was not said says why. What could be said at all is `candidates`'s, the shipped sentences are `display`'s. That it was
said is the fact `GreetingShown`; this file writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from loyalty.account.portable import SHOWN_SENT
from loyalty.account.reckoning import Reckoning
from loyalty.account.told import YEAR_MS
from loyalty.counter.candidates import ideas
from loyalty.counter.ideas import ONCE, Idea, Tap
from loyalty.counter.person import Person
from loyalty.programme.saying import Greeting
from loyalty.said import GreetingKind, Said

SHIPPED_POOL: dict[GreetingKind, int] = {
    GreetingKind.CARD: 1,
    GreetingKind.RECOVERY: 3,
    GreetingKind.NOTE: 1,
    GreetingKind.WELCOME: 1,
    GreetingKind.BIRTHDAY: 3,
    GreetingKind.HOLIDAY: 3,
    GreetingKind.PROMOTION: 1,
    GreetingKind.BURN: 3,
    GreetingKind.SECOND_VISIT: 3,
    GreetingKind.WELCOME_BACK: 3,
    GreetingKind.WE_DID: 1,
    GreetingKind.CAMPAIGN: 1,
    GreetingKind.MILESTONE: 3,
    GreetingKind.GRATITUDE: 4,
}
"""How many sentences `display` has for each kind."""

ALWAYS = frozenset({GreetingKind.CARD, GreetingKind.RECOVERY})  # no shop can switch them off or say them less often
SECOND = frozenset(
    {
        GreetingKind.BIRTHDAY,
        GreetingKind.HOLIDAY,
        GreetingKind.PROMOTION,
        GreetingKind.BURN,
        GreetingKind.CAMPAIGN,
        GreetingKind.MILESTONE,
    }
)  # short enough for a second line, and more than one more way to say hello
NOT_REPEATED = 3  # the last so many texts of a kind
GAP = re.compile(r"\{(name|points|day|word|count|shop)\}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could have been said. `eligible`: nothing of its own spoke against it; `why`: what did, or what came before it."""

    kind: GreetingKind
    said: Said
    offer: bool
    eligible: bool
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What to say, the `second` line only where there is room. `offer`: whether either sells: both facts `GreetingShown` carry it."""

    main: Said | None
    second: Said | None
    offer: bool
    candidates: tuple[Candidate, ...]


def choose(now: Reckoning, person: Person | None, shop: str = "", card_blocked: bool = False) -> Choice:
    """What to say at this tap. `now`: after the visit and what `gifts` gave were applied. `shop`: its name, for the shop's own texts."""
    tap = Tap(now, person, card_blocked)
    unsold = _nothing_sold(now)
    judged = [_judged(tap, _unsold(idea, unsold), shop) for idea in ideas(tap)]
    judged.sort(key=lambda each: each.order)
    eligible = [each for each in judged if not each.why]
    main = eligible[0] if eligible else None
    second = None if main is None or now.account.voice.open_cases() else _second(main, eligible[1:])
    found = tuple(_candidate(each, main, second) for each in judged)
    offer = any(each is not None and each.offer for each in (main, second))
    return Choice(main.said if main else None, second.said if second else None, offer, found)


@dataclass(frozen=True, slots=True)
class _Judged:
    """An idea with its text, what speaks against it, and its place in the order."""

    said: Said
    offer: bool
    why: str
    order: tuple[int, int, int]


def _nothing_sold(now: Reckoning) -> str:
    """Why nothing is sold at this tap, "" if it may be."""
    if now.account.voice.open_cases():
        return "nothing is sold while a case is open"
    return "it is time for thanks without an offer" if _thanks_due(now) else ""


def _thanks_due(now: Reckoning) -> bool:
    """Whether as many taps in a row as the programme allows carried an offer (mechanism 13)."""
    told, allowed = now.account.told, now.edition.programme.greetings.gratitude_every - 1
    taps: dict[int, tuple[int, bool]] = {}  # two things said at one tap are one
    for shown in told.shown:
        _, offer = taps.get(shown.at, (0, False))
        taps[shown.at] = (shown.visit, offer or shown.offer)
    in_a_row, later = 0, now.account.footfall.visit_days
    for visit, offer in reversed(taps.values()):
        if not offer or later - visit > 1:  # a visit day without a word between the two sold nothing either
            return in_a_row >= allowed
        in_a_row, later = in_a_row + 1, visit
    return in_a_row >= allowed or len(told.shown) >= SHOWN_SENT  # what was before, a kiosk need not know


def _unsold(idea: Idea, why: str) -> Idea:
    """The idea where nothing may be sold: without what it gives, or not at all."""
    if not why or not idea.offer:
        return idea
    return replace(idea, said=idea.plain, offer=False) if idea.plain else replace(idea, why=idea.why or why)


def _judged(tap: Tap, idea: Idea, shop: str) -> _Judged:
    """The idea with its text, after the shop's own rules for the kind."""
    kind = idea.said.kind
    rule = next((each for each in tap.now.edition.programme.greeting if each.kind is kind), None)
    last = tap.now.account.told.last.get(f"{kind}/{idea.said.about}")
    order = (_URGENCY[kind], idea.rank, last.at if last else 0)
    why = idea.why or ("" if kind in ALWAYS else _too_often(tap, idea, rule))
    said = _worded(tap, idea, rule, shop)
    if not why and idea.texts and not said.text:
        why = "its text names something that is not known of this member"
    return _Judged(said, idea.offer, why, order)


_URGENCY = {kind: place for place, kind in enumerate(GreetingKind)}


def _too_often(tap: Tap, idea: Idea, rule: Greeting | None) -> str:
    """Why the same is not said again, "" if it may be."""
    now, kind, days = tap.now, idea.said.kind, idea.rest_days
    if rule is not None and rule.off:
        return "this shop has switched it off"
    if rule is not None and rule.cooldown_days and days != ONCE:
        days = rule.cooldown_days
    last = now.account.told.last.get(f"{kind}/{idea.said.about}")
    if last is not None and now.day - now.calendar.day_of(last.at) < days:
        return "it was said before" if days == ONCE else f"it was said less than {days} days ago"
    if rule is not None and rule.per_year_max and _in_a_year(now, kind) >= rule.per_year_max:
        return f"it was said {rule.per_year_max} times within a year"
    return ""


def _in_a_year(now: Reckoning, kind: GreetingKind) -> int:
    """How often a kind was said in the last 365 days, about whatever; rather too many than too few, for years run from the first time."""
    counts = ((about.partition("/")[0], last) for about, last in now.account.told.last.items())
    return sum(last.count for each, last in counts if each == kind and last.at > now.at - YEAR_MS)


def _worded(tap: Tap, idea: Idea, rule: Greeting | None, shop: str) -> Said:
    """With a text of its own, of the shop, or a place among the shipped ones. A sentence with a gap that nothing fills is not said."""
    pool = idea.texts or (_pool(rule, tap.language) if rule else ())
    words = _words(tap, idea.said, shop)
    whole = [place for place, text in enumerate(pool) if all(words[gap] for gap in GAP.findall(text))]
    if not whole:
        return replace(idea.said, variant=_variant(tap.now, idea.said.kind, range(SHIPPED_POOL[idea.said.kind])))
    variant = _variant(tap.now, idea.said.kind, whole)
    return replace(idea.said, variant=variant, text=GAP.sub(lambda gap: words[gap[1]], pool[variant]))


def _pool(rule: Greeting, language: str | None) -> Sequence[str]:
    """The shop's own sentences in a language, else in the first there is."""
    return rule.texts.get(language or "") or next(iter(rule.texts.values()), ())


def _words(tap: Tap, said: Said, shop: str) -> dict[str, str]:
    """What fills the gaps of a sentence; "" where there is nothing to say."""
    return {
        "name": tap.person.greeting_name if tap.person else "",
        "points": str(said.points or ""),
        "day": f"{said.day.day}.{said.day.month:02}" if said.day else "",
        "word": said.word,
        "count": str(said.count or ""),
        "shop": shop,
    }


def _variant(now: Reckoning, kind: GreetingKind, places: Sequence[int]) -> int:
    """One of the places, another one at each visit day, and none of the last three of this kind while there are others."""
    shown = [each.variant for each in reversed(now.account.told.shown) if each.kind == kind]
    recent = set(shown[: min(NOT_REPEATED, len(places) - 1)])
    seed = f"{now.account.member}/{now.account.footfall.visit_days}/{kind}"
    first = int.from_bytes(blake2b(seed.encode(), digest_size=4).digest(), "big") % len(places)
    return next(place for place in (*places[first:], *places[:first]) if place not in recent)


def _second(main: _Judged, others: Sequence[_Judged]) -> _Judged | None:
    """The next thing of another kind that fits below. Of the two at most one sells, and nothing is sold below a person's own words."""
    if main.said.kind in ALWAYS:
        return None
    sold = main.offer or main.said.kind is GreetingKind.NOTE
    fit = SECOND - {main.said.kind}
    return next((each for each in others if each.said.kind in fit and not (sold and each.offer)), None)


def _candidate(each: _Judged, main: _Judged | None, second: _Judged | None) -> Candidate:
    """For whoever asks why."""
    why = each.why
    if each is main:
        why = "said: nothing that may be said is more urgent"
    elif each is second:
        why = "said as the second line"
    elif not why and main is not None:
        why = "another one of its kind comes first" if main.said.kind is each.said.kind else f"{main.said.kind} is more urgent"
    return Candidate(each.said.kind, each.said, each.offer, not each.why, why)
