"""The programme: the rules of one shop or chain as data, versioned and immutable once in force.

Only values live here and beside: `rules` (points and perks), `ladder` (tiers, rungs), `listening` (ratings, cases, questions),
`saying` (greetings, clubs). How TOML becomes them is `config.programme`, what they do is the rest of `loyalty`.
"""

# Every default made by a call is frozen.
# ruff: noqa: RUF009
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from loyalty.programme.ladder import Rungs, Tier, TierScheme
from loyalty.programme.listening import Alert, Asking, Cases, ProfileField, Question, Ratings
from loyalty.programme.rules import Clawback, Earning, Expiry, Perk, Redemption, Rounding, Rule, Window
from loyalty.programme.saying import Campaign, Club, Greeting, Greetings, Holiday
from loyalty.shapes import Many, Text, Whole

VERSION_MAX = 2**31 - 1  # what every database column in the chain holds
RULES_MAX, PERKS_MAX, WINDOWS_MAX = 64, 64, 32  # four times what the largest shipped example has


@dataclass(frozen=True, slots=True)
class About:
    """What the programme is called, and where and in which money it counts."""

    version: Annotated[int, Whole(1, VERSION_MAX), "Rises with every change."]
    name: Annotated[str, Text(r"\S(.{0,38}\S)?", 40, 1, "1 to 40 characters"), "Name as staff read it."]
    time_zone: Annotated[
        str,
        Text(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", 64, 1, "a name like Europe/Kyiv"),
        "IANA name of the zone in which a business day begins and ends.",
    ]
    currency: Annotated[str, Text(r"[A-Z]{3}", 3, 3, "an ISO 4217 code like UAH"), "Money in which purchases are told."] = "UAH"


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything in a programme file: one field for each table, `rule`, `perk`, `tier` ... for each list of tables."""

    programme: Annotated[About, "What it is."]
    expiry: Annotated[Expiry, "When points burn."] = Expiry(months=12, round=Rounding.MONTH_END)
    earning: Annotated[Earning, "What earns."] = Earning()
    redemption: Annotated[Redemption, "How points are spent."] = Redemption()
    clawback: Annotated[Clawback, "What a return takes back."] = Clawback()
    window: Annotated[tuple[Window, ...], Many(WINDOWS_MAX), "Times that rules refer to."] = ()
    rule: Annotated[tuple[Rule, ...], Many(RULES_MAX), "Ways to earn."] = ()
    perk: Annotated[tuple[Perk, ...], Many(PERKS_MAX), "Things that are given."] = ()
    tiers: Annotated[TierScheme, "How tiers are reached and lost."] = TierScheme()
    tier: Annotated[tuple[Tier, ...], Many(8), "The tiers, lowest first."] = ()
    rungs: Annotated[Rungs, "The ladder."] = Rungs()
    ratings: Annotated[Ratings, "Which ratings count."] = Ratings()
    alert: Annotated[tuple[Alert, ...], Many(32), "Thresholds that call somebody."] = ()
    cases: Annotated[Cases, "How fast a case must move."] = Cases()
    asking: Annotated[Asking, "When a question may be asked."] = Asking()
    field: Annotated[tuple[ProfileField, ...], Many(32), "What the shop would like to know."] = ()
    question: Annotated[tuple[Question, ...], Many(32), "Questions that may be asked."] = ()
    greetings: Annotated[Greetings, "What holds for all greetings."] = Greetings()
    greeting: Annotated[tuple[Greeting, ...], Many(16), "The shop's own rules for a kind of greeting."] = ()
    holiday: Annotated[tuple[Holiday, ...], Many(64), "Days that are greeted."] = ()
    campaign: Annotated[tuple[Campaign, ...], Many(32), "Campaigns."] = ()
    club: Annotated[tuple[Club, ...], Many(16), "Clubs."] = ()

    @property
    def name(self) -> str:
        """Name as staff read it."""
        return self.programme.name

    @property
    def version(self) -> int:
        """Rises with every change."""
        return self.programme.version
