"""Tiers and rungs as values: two separate axes, privileges and relationship. What they do is `account.tiers` and `account.rungs`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from loyalty.programme.rules import DAYS_MAX, Name, Names, Titles
from loyalty.shapes import Whole


class Basis(StrEnum):
    """What a tier is reckoned by; never the balance that can be spent."""

    POINTS = "points"  # qualifying points earned
    SPEND = "spend"  # minor units paid
    VISITS = "visits"  # visit days


class TierWindow(StrEnum):
    """Over which time."""

    ROLLING = "rolling"
    YEAR = "year"  # calendar year
    SINCE_START = "since_start"  # since the member came to the present tier
    EVER = "ever"


class Downgrade(StrEnum):
    """What happens when a tier is not kept."""

    ONE_DOWN = "one_down"
    TO_BASIS = "to_basis"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TierScheme:
    """How tiers are reached and lost."""

    basis: Annotated[Basis, "What is counted."] = Basis.POINTS
    window: Annotated[TierWindow, "Over which time."] = TierWindow.ROLLING
    window_days: Annotated[int, Whole(1, DAYS_MAX), "Length of a rolling window."] = 365
    valid_days: Annotated[int, Whole(0, DAYS_MAX), "How long a tier lasts; 0: to the end of the next calendar year."] = 365
    grace_days: Annotated[int, Whole(0, 365), "So many more days before it is lost."] = 30
    downgrade: Annotated[Downgrade, "What happens when it is not kept."] = Downgrade.ONE_DOWN
    notice_days: Annotated[int, Whole(0, 365), "The member is told so many days before."] = 30


@dataclass(frozen=True, slots=True)
class Tier:
    """One level of privileges; the first has min 0."""

    id: Annotated[Name, "Name by which rules refer to it."]
    title: Annotated[Titles, "What the customer reads, by language."]
    min: Annotated[int, Whole(0, 1_000_000_000_000), "From so much of the basis on."] = 0
    times_percent: Annotated[int, Whole(100, 1000), "What rules give, times so many percent."] = 100
    perks: Annotated[Names, "Perks granted when the tier is reached."] = ()
    invited: Annotated[bool, "Reached only by a person's decision."] = False


class RungBasis(StrEnum):
    """What counts as a purchase day."""

    PURCHASES = "purchases"
    VISITS = "visits"  # where the till tells nothing


@dataclass(frozen=True, slots=True)
class Rungs:
    """When a member is an advocate, and when one is at risk of being lost."""

    basis: Annotated[RungBasis, "What makes a buyer: purchases, or visits where the till tells nothing."] = RungBasis.VISITS
    advocate_days: Annotated[int, Whole(1, 180), "Purchase days in 180 days."] = 4
    advocate_referrals: Annotated[int, Whole(0, 100), "Friends brought in 365 days; 0: shops that do not ask for them."] = 1
    advocate_ratings: Annotated[int, Whole(0, 5), "Ratings among the last five that there must be."] = 2
    advocate_mean_percent: Annotated[int, Whole(0, 100), "Their mean; 100 is the best face every time."] = 80
    keep_days: Annotated[int, Whole(0, 365), "To stay: purchase days in 365 days."] = 3
    keep_mean_percent: Annotated[int, Whole(0, 100), "To stay: mean of the ratings."] = 60
    usual_days: Annotated[int, Whole(1, 365), "Days between visits where a member has no habit yet."] = 14
