"""The fold: the account of a member from their facts, its cost against the length of the history, and rebuilding a whole shop.

Beside it a naive peer that keeps all facts in a list and reckons everything anew at each. Both turn by turn in one process, by the same
rules: points for visits, ratings and money, that burn after a year, and tiers. Never here: disks, networks, results on paper.
"""

from __future__ import annotations

import json
import math
import random
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from bench.measure import Result, budget, summary
from bench.peers.naive_fold import NaiveMember
from loyalty.account import Account, apply, fold, restore, snapshot
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, GreetingShown, Item, Purchased, Rating, Redeemed, Visit
from loyalty.programme import About, Programme
from loyalty.programme.ladder import Tier
from loyalty.programme.rules import Expiry, Once, Rule, Status, Trigger, Unit
from loyalty.rulebook import Rulebook
from loyalty.said import GreetingKind

SIZES = (100, 300, 1_000, 3_000, 10_000)
TURNS = {100: 60, 300: 40, 1_000: 30, 3_000: 12, 10_000: 6}
PEER_WHOLE_MAX = 1_000  # its whole history is quadratic: a minute beyond this
ONE_FACT_TURNS = 300
MEMBERS, FACTS_EACH = 10_000, 100
GROWTH_MIB_MAX = 8.0  # of the process, from the second thousand members to the last: nothing of a member stays
BEGAN_MS, DAY_MS = 1_600_000_000_000, 86_400_000
CARD = "a" * 32
WORDS = {"en": "words"}
BOOK = Rulebook.single(
    Programme(
        About(1, "bench", "Europe/Kyiv", "UAH"),
        expiry=Expiry(days=365),
        rule=(
            Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY),
            Rule("rating", Trigger.RATING, Status.ACTIVE, points=2, once=Once.DAY),
            Rule("spend", Trigger.PURCHASE, Status.ACTIVE, unit=Unit.AMOUNT, per=100, points=1),
        ),
        tier=(Tier("standard", WORDS), Tier("silver", WORDS, 5_000), Tier("gold", WORDS, 20_000)),
    ),
    ZoneInfo("Europe/Kyiv"),
)


def history(chance: random.Random, count: int) -> Iterator[Fact]:
    """A customer's life: every day or three a visit with a greeting, mostly a receipt, now and then a face, rarely a reward."""
    number, at_ms = 0, BEGAN_MS
    while number < count:
        at_ms += chance.randint(1, 3) * DAY_MS + chance.randrange(3_600_000)
        for body in _visit(chance, number):
            number += 1
            at_ms += 5_000
            if number <= count:
                yield Fact(FactId("k1", "a" * 12, number), at_ms, at_ms, "boot", ClockQuality.NTP, body)


def _visit(chance: random.Random, number: int) -> Iterator[Body]:
    yield Visit(CARD, Evidence("NTAG213"))
    yield GreetingShown(CARD, chance.choice(tuple(GreetingKind)), f"about-{number % 40}", number % 4)
    if chance.random() < 0.7:
        amount = chance.randrange(1_000, 30_000)
        yield Purchased(f"r-{number}", amount, "UAH", CARD, items=(Item("latte", amount // 2, 1, ("coffee",)), Item("bun", amount // 2)))
    if chance.random() < 0.4:
        yield Rating(CARD, number + 1, chance.choice((Face.GOOD, Face.VERY_GOOD, Face.VERY_GOOD, Face.BAD)), 900)
    if chance.random() < 0.1:
        yield Redeemed(50, CARD, perk="coffee", code="ABCD")


def run(members: int = MEMBERS) -> Result:
    """All of it. `members`: how many to rebuild; fewer for a quick look."""
    chance = random.Random(1)
    histories = {size: list(history(chance, size)) for size in SIZES}
    rows = [row for size, facts in histories.items() for row in _whole(size, facts)]
    rows += [row for size, facts in histories.items() for row in _one_more(size, facts)]
    rebuilt, seconds, growth_mib = _rebuild(members)
    rows.append(rebuilt)
    at = {row["what"]: float(row["median"]) for row in rows}
    million_s = seconds * (MEMBERS / members)
    return {
        "name": "fold",
        "about": f"{members:,} members of {FACTS_EACH} facts rebuilt one by one: {seconds:.1f} s. All of it processor time.",
        "rows": rows,
        "ratios": _ratios(at),
        "budgets": [
            budget("fold of 1,000 facts, ms", 10, at[_title("fold", 1_000)]),
            budget("one fact on a live account of 1,000, ms", 0.2, at[_title("one fact on a live account", 1_000)]),
            budget(f"a million facts of {MEMBERS:,} members, s", 60, million_s),
            budget("slope of the fold's cost over the length of the history (1: in proportion)", 1.15, _slope(at)),
            budget("growth of the process while rebuilding, MiB", GROWTH_MIB_MAX, growth_mib),
        ],
    }


def _title(what: str, size: int) -> str:
    return f"{what}, {size:,} facts"


def _whole(size: int, facts: list[Fact]) -> Iterator[dict[str, Any]]:
    """The whole history at once; the peer reckons at each fact, as it does in its life."""
    ours, naive = [], []
    for turn in range(TURNS[size]):
        ours.append(_timed(lambda: fold(facts, BOOK, "m_1")))
        if size <= PEER_WHOLE_MAX and turn < 3:
            naive.append(_timed(lambda: _naive(facts)))
    yield summary(_title("fold", size), "ms", ours)
    if naive:
        yield summary(_title("naive: the same, fact by fact (peer)", size), "ms", naive)


def _naive(facts: list[Fact]) -> NaiveMember:
    member = NaiveMember()
    for fact in facts:
        member.add(fact)
    return member


def _one_more(size: int, facts: list[Fact]) -> Iterator[dict[str, Any]]:
    """One more fact: on a live account, on one that lies there as a document, and for the peer."""
    chance = random.Random(2)
    last = facts[-1]
    live, kept, naive = fold(facts, BOOK, "m_1"), json.dumps(snapshot(fold(facts, BOOK, "m_1"))), NaiveMember(facts[:-1])
    on_live, on_kept, on_naive = [], [], []
    for turn in range(ONE_FACT_TURNS):
        body = next(_visit(chance, turn))
        at_ms = last.at_ms + (turn + 1) * DAY_MS // 4
        fact = Fact(FactId("k1", "a" * 12, last.id.number + turn + 1), at_ms, at_ms, "boot", ClockQuality.NTP, body)
        on_live.append(_timed(lambda fact=fact: apply(live, fact, BOOK)))  # type: ignore[misc]
        on_kept.append(_timed(lambda fact=fact: _continued(kept, fact)))  # type: ignore[misc]
        if turn < 20:
            on_naive.append(_timed(lambda fact=fact: naive.add(fact)))  # type: ignore[misc]
    yield summary(_title("one fact on a live account", size), "ms", on_live)
    yield summary(_title("one fact on a kept one: JSON, restore, apply, snapshot, JSON", size), "ms", on_kept)
    yield summary(_title("naive: one fact (peer)", size), "ms", on_naive)


def _continued(kept: str, fact: Fact) -> str:
    account = restore(json.loads(kept))
    apply(account, fact, BOOK)
    return json.dumps(snapshot(account))


def _rebuild(members: int) -> tuple[dict[str, Any], float, float]:
    """Member after member from nothing; ms for each, seconds in all, and by how many MiB the process grew after the first thousand."""
    chance = random.Random(3)
    took: list[float] = []
    early = 0
    for number in range(members):
        facts = list(history(chance, FACTS_EACH))
        account: list[Account] = []
        took.append(_timed(lambda facts=facts, account=account: account.append(fold(facts, BOOK, "m_1"))))  # type: ignore[misc]
        if number + 1 == min(1_000, members):
            early = _peak_kib()
    growth_mib = (_peak_kib() - early) / 1024
    return summary(f"rebuild, one member of {FACTS_EACH} facts", "ms", took), sum(took) / 1000, growth_mib


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds of this process's own time that `act` took: nothing here waits, and other work on the machine is not measured."""
    start_ns = time.process_time_ns()
    act()
    return (time.process_time_ns() - start_ns) / 1e6


def _slope(at: dict[str, float]) -> float:
    """Of the fold's cost over the number of facts, on logarithmic scales, by least squares: 1 is in proportion, 2 is quadratic."""
    points = [(math.log(size), math.log(at[_title("fold", size)])) for size in SIZES]
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def _ratios(at: dict[str, float]) -> dict[str, float]:
    """Of medians of one run."""
    live, naive = "one fact on a live account", "naive: one fact (peer)"
    return {
        "naive / ours, whole history of 1,000 facts": at[_title("naive: the same, fact by fact (peer)", 1_000)] / at[_title("fold", 1_000)],
        "naive / ours, one fact after 1,000": at[_title(naive, 1_000)] / at[_title(live, 1_000)],
        "naive / ours, one fact after 10,000": at[_title(naive, 10_000)] / at[_title(live, 10_000)],
        "ours, fold of 10,000 / of 1,000 facts": at[_title("fold", 10_000)] / at[_title("fold", 1_000)],
        "ours, one fact after 10,000 / after 100": at[_title(live, 10_000)] / at[_title(live, 100)],
        "slope of the fold's cost": _slope(at),
    }
