"""What is said to customers, as values: greetings, holidays, campaigns, clubs. Which is chosen is `loyalty.counter.greeting`'s."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated

from loyalty.programme.rules import Language, Name, Names, OptionalName, Sentence, Titles
from loyalty.said import GreetingKind
from loyalty.shapes import Many, Text, Whole

TEXTS_MAX = 20  # texts of one greeting in one language

Pools = Annotated[dict[Language, Annotated[tuple[Sentence, ...], Many(TEXTS_MAX, 1)]], Many(16)]


@dataclass(frozen=True, slots=True)
class Greeting:
    """The shop's own rules for one kind of greeting: another cooldown, its own texts, or none of it."""

    kind: Annotated[GreetingKind, "Which kind."]
    off: Annotated[bool, "Never said. Card problems and recovery cannot be switched off."] = False
    cooldown_days: Annotated[int, Whole(0, 365), "Not again about the same within so many days; 0: as shipped."] = 0
    per_year_max: Annotated[int, Whole(0, 366), "At most so often in 365 days; 0: as shipped."] = 0
    texts: Annotated[Pools, "The shop's own sentences by language, with {name}, {points}, {day}, {word}, {count}, {shop}."] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class Greetings:
    """What holds for all greetings."""

    gratitude_every: Annotated[int, Whole(1, 20), "At least every so manyth visit ends with thanks and no offer."] = 3
    birthday_days: Annotated[int, Whole(0, 14), "A birthday is greeted so many days before and after."] = 3
    birthday_lock_days: Annotated[int, Whole(0, 365), "A birthday set later than this before the day brings no perk."] = 30
    burn_days: Annotated[int, Whole(1, 90), "Points that burn within so many days are told first ..."] = 7
    burn_early_days: Annotated[int, Whole(1, 180), "... and those within so many days once before."] = 30
    welcome_days: Annotated[int, Whole(1, 90), "A new member is welcomed so many days from joining."] = 7
    milestone_visits: Annotated[int, Whole(2, 1000), "Every so manyth visit day is a milestone."] = 10


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of the year that is greeted: a public one, or that of a profession."""

    id: Annotated[Name, "Name by which rules refer to it."]
    title: Annotated[Titles, "What the customer reads, by language."]
    rrule: Annotated[str, Text("", 200, 1), "Which day: FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8, FREQ=YEARLY;BYMONTH=10;BYDAY=1SU."]
    days: Annotated[int, Whole(0, 14), "Greeted so many days before and after too."] = 0
    profession: Annotated[OptionalName, "Only for members whose profile field `profession` says this."] = ""


class Goal(StrEnum):
    """What a campaign is for."""

    ACQUIRE = "acquire"
    SECOND_VISIT = "second_visit"
    RETAIN = "retain"
    WIN_BACK = "win_back"
    ADVOCATE = "advocate"
    LEARN = "learn_field"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something said and given for a time, to an audience, for a goal."""

    id: Annotated[Name, "Name by which rules refer to it."]
    goal: Annotated[Goal, "What it is for."]
    starts: Annotated[date, "First day."]
    ends: Annotated[date, "Last day."]
    text: Annotated[Annotated[dict[Language, Sentence], Many(16)], "What the customer reads, by language; nothing: rules only."] = field(
        default_factory=dict
    )
    rungs: Annotated[Names, "Only for members on these rungs."] = ()
    tiers: Annotated[Names, "Only for members of these tiers."] = ()
    clubs: Annotated[Names, "Only for members of one of these clubs."] = ()
    learns: Annotated[OptionalName, "The profile field it helps to learn: its question is asked first."] = ""
    hold_out_percent: Annotated[int, Whole(0, 50), "So many of a hundred members never see it: to see what it does."] = 0


@dataclass(frozen=True, slots=True)
class ClubEvent:
    """An evening, a tasting, a sale before the sale."""

    id: Annotated[Name, "Name of the event."]
    title: Annotated[Titles, "What the customer reads, by language."]
    day: Annotated[date, "On which day."]
    capacity: Annotated[int, Whole(1, 100_000), "So many can come."] = 30


class ClubJoin(StrEnum):
    """How one gets into a club."""

    INVITE = "invite"
    RULE = "rule"  # with the tier or rung that it names


@dataclass(frozen=True, slots=True)
class Club:
    """A circle of members with perks of their own."""

    id: Annotated[Name, "Name by which rules, perks and campaigns refer to it."]
    title: Annotated[Titles, "What the customer reads, by language."]
    join: Annotated[ClubJoin, "How one gets in."] = ClubJoin.INVITE
    rungs: Annotated[Names, "Join by rule: members on these rungs are in."] = ()
    tiers: Annotated[Names, "Join by rule: members of these tiers are in."] = ()
    capacity: Annotated[int, Whole(1, 100_000), "By invitation: so many members."] = 100
    event: Annotated[tuple[ClubEvent, ...], Many(32), "Its events."] = ()
