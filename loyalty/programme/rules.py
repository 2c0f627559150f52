"""What earns and what is given: rules, perks, expiry, redemption, clawback, as values. What they do is `earning`'s and `ledger`'s.

Each field carries its bounds and one sentence; `config.programme` reads a shop's TOML by them, `docs/programme.md` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated

from loyalty.shapes import Many, Text, Whole

DAYS_MAX = 3660  # ten years
MINOR_MAX = 1_000_000_000

Name = Annotated[str, Text(r"[a-z0-9][a-z0-9-]{0,31}", 32, 1, "1 to 32 of a-z, 0-9 and -")]
Names = Annotated[tuple[Name, ...], Many(32)]
OptionalName = Annotated[str, Text(r"[a-z0-9][a-z0-9-]{0,31}", 32, 0, "1 to 32 of a-z, 0-9 and -, or nothing")]
Language = Annotated[str, Text(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", 35, 2, "a language like en, uk or ru")]
Title = Annotated[str, Text("", 60, 1)]
Sentence = Annotated[str, Text("", 140, 1)]
Titles = Annotated[dict[Language, Title], Many(16)]
"""A short text in several languages; the first is used where the wanted one is not there."""


def in_language(texts: dict[str, str], language: str | None) -> str:
    """The text in a language, else the first there is, else nothing."""
    if language in texts:
        return texts[language]
    return next(iter(texts.values()), "")


class Weekday(StrEnum):
    """Days of the week as people shorten them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Status(StrEnum):
    """Where a rule stands in its life; a new one is a draft and does nothing."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Trigger(StrEnum):
    """What sets a rule off."""

    ENROLMENT = "enrolment"
    VISIT = "visit"
    PURCHASE = "purchase"
    RATING = "rating"  # for giving one, whatever the face
    ANSWER = "answer"  # for answering the question, whatever the answer
    REFERRAL = "referral"  # to the member who brought a friend, on the friend's first purchase
    REFERRED = "referred"  # to the friend, on the same
    CHECK_IN = "check_in"  # at a club's event
    OCCASION = "occasion"  # birthday, anniversary, holiday: decided at the tap and written down
    SURPRISE = "surprise"  # by chance, decided at the tap and written down


class Unit(StrEnum):
    """What a rule counts."""

    EVENT = "event"  # the visit, the rating ... itself
    AMOUNT = "amount"  # minor units of money
    ITEM = "item"  # pieces of the matching items


class Once(StrEnum):
    """How often a member can earn from a rule."""

    ALWAYS = "always"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    EVER = "ever"


class Stacking(StrEnum):
    """Whether a rule counts beside others of its trigger, or only the first exclusive one by priority does."""

    STACK = "stack"
    EXCLUSIVE = "exclusive"


class ExpiryPolicy(StrEnum):
    """When points burn."""

    NEVER = "never"
    ROLLING = "rolling"  # so long after they vested
    FIXED = "fixed"  # on the next such day of the year
    INACTIVITY = "inactivity"  # all of them, so many days after the last visit


class Rounding(StrEnum):
    """To which day a rolling expiry is moved, always later, never earlier."""

    DAY = "day"
    MONTH_END = "month_end"
    QUARTER_END = "quarter_end"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class Expiry:
    """When points burn: after the last moment of a local day in the programme's zone."""

    policy: Annotated[ExpiryPolicy, "When points burn."] = ExpiryPolicy.ROLLING
    days: Annotated[int, Whole(0, DAYS_MAX), "Rolling and inactivity: so many days."] = 0
    months: Annotated[int, Whole(0, 120), "Rolling: so many calendar months, beside or instead of days."] = 0
    round: Annotated[Rounding, "Rolling: to the end of which period the day is moved."] = Rounding.DAY
    day: Annotated[int, Whole(1, 31), "Fixed: day of the month; the last one of a shorter month."] = 31
    month: Annotated[int, Whole(1, 12), "Fixed: month."] = 12


@dataclass(frozen=True, slots=True)
class Window:
    """Times of the week or the year, in the shop's zone: days by a recurrence as in iCalendar (RFC 5545), hours by start and length."""

    id: Annotated[Name, "Name by which rules refer to it."]
    rrule: Annotated[str, Text("", 200, 0), "Which days: FREQ=WEEKLY;BYDAY=MO,TU and the like; every day if absent."] = ""
    start: Annotated[time | None, "From which time of day; the whole day if absent."] = None
    minutes: Annotated[int, Whole(0, 1440), "For how long from the start; may reach over midnight."] = 0
    starts: Annotated[date | None, "First day."] = None
    ends: Annotated[date | None, "Last day."] = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to earn: for every `per` units of the trigger, `points` and/or a perk; or a multiplier of what the others give."""

    id: Annotated[Name, "Name of the rule; it stands in every entry it earns."]
    trigger: Annotated[Trigger, "What sets it off."]
    status: Annotated[Status, "A rule does something only while it is active."] = Status.DRAFT
    starts: Annotated[date | None, "First day."] = None
    ends: Annotated[date | None, "Last day."] = None
    unit: Annotated[Unit, "What is counted."] = Unit.EVENT
    per: Annotated[int, Whole(1, MINOR_MAX), "For every so many units; what is left over is carried to the next time."] = 1
    points: Annotated[int, Whole(0, 1_000_000), "So many points."] = 0
    perk: Annotated[OptionalName, "And, or instead, this perk."] = ""
    times_percent: Annotated[int, Whole(0, 1000), "Instead of points: times so many percent what others give."] = 0
    kiosks: Annotated[
        tuple[Annotated[str, Text(r"[a-z0-9][a-z0-9-]{1,31}", 32, 2, "the id of a kiosk")], ...], Many(64), "Only at these kiosks."
    ] = ()
    weekdays: Annotated[tuple[Weekday, ...], Many(7), "Only on these days of the week."] = ()
    window: Annotated[OptionalName, "Only within this window."] = ""
    rungs: Annotated[Names, "Only for members on these rungs."] = ()
    tiers: Annotated[Names, "Only for members of these tiers."] = ()
    clubs: Annotated[Names, "Only for members of one of these clubs."] = ()
    min_amount: Annotated[int, Whole(0, MINOR_MAX), "Only purchases of at least so much, minor units."] = 0
    items: Annotated[tuple[Annotated[str, Text("", 64)], ...], Many(64), "Only these items of a receipt count (article numbers)."] = ()
    categories: Annotated[Names, "Only items of these categories count."] = ()
    excluded: Annotated[Names, "Items of these categories never count."] = ()
    visits_from: Annotated[int, Whole(0, 1_000_000), "Only from the member's visit day of this number on, counted from 1."] = 0
    visits_to: Annotated[int, Whole(0, 1_000_000), "Only up to the visit day of this number; 0: no end."] = 0
    every_visit: Annotated[int, Whole(0, 10_000), "Only on every so manyth visit day; 0: on any."] = 0
    streak_weeks: Annotated[int, Whole(0, 520), "Only when the member came in so many weeks in a row, and again at each multiple."] = 0
    away_days: Annotated[int, Whole(0, DAYS_MAX), "Only when the member had not come for so many days."] = 0
    occasion: Annotated[OptionalName, "For trigger occasion: birthday, half-birthday, anniversary, or the id of a holiday."] = ""
    one_in: Annotated[int, Whole(0, 100_000), "For trigger surprise: one tap in so many."] = 0
    once: Annotated[Once, "How often a member can earn from it."] = Once.ALWAYS
    times: Annotated[int, Whole(1, 1000), "So many times in each such period."] = 1
    cooldown_hours: Annotated[int, Whole(0, 8760), "Not again within so many hours."] = 0
    member_points_max: Annotated[int, Whole(0, 1_000_000_000), "At most so many points for one member from it, ever; 0: no limit."] = 0
    card_day_points_max: Annotated[int, Whole(0, 1_000_000), "At most so many points for one card on one day; 0: no limit."] = 0
    kiosk_hour_max: Annotated[int, Whole(0, 100_000), "At most so many earnings at one kiosk in an hour; 0: no limit."] = 0
    kiosk_day_max: Annotated[int, Whole(0, 100_000), "For trigger surprise: at most so many at one kiosk on one day; 0: no limit."] = 0
    budget_points: Annotated[
        int,
        Whole(0, 1_000_000_000),
        "It closes when it has given so many points in all, and is promised only while there is a hub; 0: no limit.",
    ] = 0
    kiosk_budget_points: Annotated[int, Whole(0, 1_000_000_000), "It closes at a kiosk when it has given so many there; 0: no limit."] = 0
    stacking: Annotated[Stacking, "Whether it counts beside others, or only the first exclusive one does."] = Stacking.STACK
    priority: Annotated[int, Whole(0, 1000), "Higher comes first."] = 100
    vests_days: Annotated[int, Whole(0, 365), "Points can be spent only after so many days."] = 0
    vests_on_action: Annotated[bool, "Spent only after the till says so (delivery), or when no return is possible."] = False
    expiry: Annotated[Expiry | None, "Another expiry than the programme's."] = None
    qualifying: Annotated[bool, "Whether its points count towards a tier."] = True
    campaign: Annotated[OptionalName, "The campaign it belongs to: it earns only while that runs, and only for its audience."] = ""
    hold_out_percent: Annotated[int, Whole(0, 50), "So many of a hundred members never get it: to see what it does."] = 0


class PerkKind(StrEnum):
    """What kind of thing a perk is."""

    BENEFIT = "benefit"  # automatic, with a value in money
    REWARD = "reward"  # bought with points
    SOFT = "soft"  # a coffee, a seat, attention: no value in money
    PRIORITY = "priority"  # skips a queue
    EARLY_ACCESS = "early_access"  # sees or reserves new goods first
    DONATION = "donation"  # points go to a good cause
    GOODWILL = "goodwill"  # given to put something right


class HandOver(StrEnum):
    """How a granted perk is used up."""

    AUTO = "auto"  # at once, when it is granted
    TAP = "tap"  # when the member takes it at the kiosk
    STAFF = "staff"  # when staff hand it over


@dataclass(frozen=True, slots=True)
class Perk:
    """Anything that is given."""

    id: Annotated[Name, "Name by which rules, tiers and facts refer to it."]
    kind: Annotated[PerkKind, "What kind of thing it is."]
    title: Annotated[Titles, "What the customer reads, by language."]
    status: Annotated[Status, "A perk can be given only while it is active."] = Status.DRAFT
    cost_points: Annotated[int, Whole(0, 1_000_000), "What it costs; 0: cannot be bought."] = 0
    starts: Annotated[date | None, "First day on which it can be given."] = None
    ends: Annotated[date | None, "Last day on which it can be given."] = None
    valid_days: Annotated[int, Whole(0, DAYS_MAX), "Once granted it can be used for so many days; 0: for ever."] = 30
    uses: Annotated[int, Whole(1, 1000), "Once granted it can be used so many times."] = 1
    stock: Annotated[
        int, Whole(0, 1_000_000), "It ends when it was given so many times in all, and is offered only while there is a hub; 0: no limit."
    ] = 0
    rungs: Annotated[Names, "Only for members on these rungs."] = ()
    tiers: Annotated[Names, "Only for members of these tiers."] = ()
    clubs: Annotated[Names, "Only for members of one of these clubs; others do not see it."] = ()
    hand_over: Annotated[HandOver, "How it is used up once it is granted."] = HandOver.STAFF


class Overdraft(StrEnum):
    """What happens to points that were spent or taken back beyond what was there."""

    OWE = "owe"  # the balance goes below zero; what comes next covers it first
    FORGIVE = "forgive"  # the shop bears it


class Shortfall(StrEnum):
    """How far a clawback may reach."""

    ONLY_PENDING = "only_pending"  # only points of that purchase that have not vested yet
    WITHIN_BALANCE = "within_balance"  # its own points first, then others, never below zero
    UNLIMITED = "unlimited"  # below zero


@dataclass(frozen=True, slots=True)
class Redemption:
    """How points are spent."""

    min_points: Annotated[int, Whole(1, 1_000_000), "The least that can be spent at once."] = 100
    bill_percent_max: Annotated[int, Whole(0, 100), "At most so much of a bill can be paid with points; 0: none."] = 50
    point_minor: Annotated[int, Whole(0, 100_000), "What a point is worth when paying a bill, minor units."] = 1
    overdraft: Annotated[Overdraft, "Two tills that spent the same points while they could not see each other."] = Overdraft.OWE
    offline_card_day_points: Annotated[
        int, Whole(0, 1_000_000), "Without the hub: at most so many points for one card on one day, a member's cards taken together."
    ] = 500
    offline_kiosk_day_points: Annotated[int, Whole(0, 100_000_000), "Without the hub: at most so many at one kiosk on one day."] = 5_000
    offline_fresh_hours: Annotated[int, Whole(1, 8760), "Without the hub: only from a balance that is at most so old."] = 72
    reinstate_days: Annotated[int, Whole(0, 365), "Points that burned before their redemption was undone live so many days longer."] = 30


@dataclass(frozen=True, slots=True)
class Clawback:
    """What a return takes back."""

    shortfall: Annotated[Shortfall, "How far it may reach."] = Shortfall.WITHIN_BALANCE
    returns_days: Annotated[int, Whole(1, DAYS_MAX), "A receipt can be returned for so many days."] = 180


@dataclass(frozen=True, slots=True)
class Earning:
    """What of a purchase earns, and what a person may add."""

    tax_included: Annotated[bool, "Whether the tax within a receipt earns too."] = True
    adjust_points_max: Annotated[int, Whole(0, 1_000_000), "Above this an adjustment needs a second person."] = 500
    goodwill_day_max: Annotated[int, Whole(0, 1_000_000), "Points of goodwill for one member on one day."] = 300
    transfers: Annotated[bool, "Whether points may go from one member to another."] = False
