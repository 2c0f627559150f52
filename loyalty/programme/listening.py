"""Ratings, alerts, cases, questions and the profile as values. What they do is `account.voice`, `shop.alerts` and `counter.questions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Annotated

from loyalty.programme.rules import DAYS_MAX, Language, Name, Names, OptionalName, Sentence, Status, Titles
from loyalty.shapes import Many, Text, Whole


@dataclass(frozen=True, slots=True)
class Ratings:
    """Which ratings count."""

    again_hours: Annotated[int, Whole(0, 168), "Of several ratings of one member within so many hours the last counts."] = 4
    interval_s: Annotated[int, Whole(0, 60), "A press sooner after the last at the same kiosk does not count."] = 3
    burst: Annotated[int, Whole(2, 100), "More presses than this in a minute at one kiosk do not count."] = 5
    opens: Annotated[time | None, "The shop opens; ratings before do not count."] = None
    closes: Annotated[time | None, "The shop closes; ratings after do not count."] = None


class AlertKind(StrEnum):
    """What an alert watches."""

    NEGATIVE = "negative_percent"
    INDEX = "index"
    COUNT = "count"
    SILENT = "silent"  # no rating at all


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold over many ratings that calls somebody."""

    id: Annotated[Name, "Name of the alert."]
    kind: Annotated[AlertKind, "What it watches."] = AlertKind.NEGATIVE
    threshold: Annotated[int, Whole(0, 100_000), "Percent, index or count; reaching it alerts."] = 50
    minutes: Annotated[int, Whole(1, 10_080), "Over the last so many minutes."] = 15
    responses_min: Annotated[int, Whole(1, 1000), "Not with fewer ratings than this."] = 4
    kiosks: Annotated[
        tuple[Annotated[str, Text(r"[a-z0-9][a-z0-9-]{1,31}", 32, 2, "the id of a kiosk")], ...], Many(64), "Only ratings of these kiosks."
    ] = ()
    quiet_from: Annotated[time | None, "Nobody is called from this time of day on ..."] = None
    quiet_to: Annotated[time | None, "... until this one."] = None


@dataclass(frozen=True, slots=True)
class Cases:
    """How fast a case must move."""

    acknowledge_minutes: Annotated[int, Whole(1, 1440), "Somebody must have taken a case after so many minutes."] = 2
    resolve_hours: Annotated[int, Whole(1, 720), "It must be resolved after so many hours."] = 24
    ask_days: Annotated[int, Whole(1, 365), "The customer is asked for so many days after it was resolved; then the case expires."] = 90
    repeat_minutes: Annotated[int, Whole(1, 1440), "An alarm nobody takes is repeated after so many minutes."] = 5


class FieldType(StrEnum):
    """What kind of answer a profile field has; all are closed lists, so that nothing personal is typed at a counter."""

    CHOICE = "choice"
    COUNT = "count"


class Ground(StrEnum):
    """On which ground a profile field may be kept (GDPR, article 6)."""

    CONTRACT = "contract"
    CONSENT = "consent"
    INTEREST = "legit_interest"


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One thing the shop would like to know."""

    id: Annotated[Name, "Name of the field."]
    purpose: Annotated[Sentence, "What it is asked for: shown to whoever asks."]
    basis: Annotated[Ground, "On which legal ground it is kept."] = Ground.CONSENT
    sensitive: Annotated[bool, "Never asked at a counter, only by a person."] = False
    valid_days: Annotated[int, Whole(1, DAYS_MAX), "An answer is forgotten after so many days and may be asked anew."] = 730


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a closed list."""

    id: Annotated[Name, "What is written down."]
    title: Annotated[Titles, "What the customer reads, by language."]


@dataclass(frozen=True, slots=True)
class Question:
    """One question that may be asked after a good rating."""

    id: Annotated[Name, "Name of the question."]
    text: Annotated[Annotated[dict[Language, Sentence], Many(16, 1)], "What the customer reads, by language."]
    choices: Annotated[tuple[Choice, ...], Many(6, 2), "The answers; a way to skip is always there."]
    status: Annotated[Status, "A question is asked only while it is active."] = Status.DRAFT
    field: Annotated[OptionalName, "The profile field that the answer fills; a poll if absent."] = ""
    weight: Annotated[int, Whole(1, 100), "How much the shop wants to know it."] = 10
    rungs: Annotated[Names, "Asked only of members on these rungs."] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """When a question may be asked at all."""

    visits_min: Annotated[int, Whole(1, 1000), "Not before this visit day."] = 3
    every_days: Annotated[int, Whole(1, 365), "Not again within so many days."] = 7
    skips_max: Annotated[int, Whole(1, 10), "After so many skips of one question in a row ..."] = 2
    rest_days: Annotated[int, Whole(1, DAYS_MAX), "... it rests for so many days."] = 180
