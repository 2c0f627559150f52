"""What the till and the accountant tell: purchases, returns, and every movement of points that a person or a till decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from loyalty.facts.envelope import Body, CardRef, Code, Id, Minor, OptionalCode, OptionalId, Points, SomePoints, fact
from loyalty.shapes import Many, Text, Whole

ITEMS_MAX = 60  # lines of one receipt: 60 of 120 bytes stay under the 8 KiB of a fact; a longer receipt groups by category
PARTS_MAX = 64  # lots of one transfer


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a receipt: `amount` is the line's total in minor units, after discounts."""

    sku: Id
    amount: Minor
    count: Annotated[int, Whole(1, 100_000)] = 1
    categories: Annotated[tuple[Id, ...], Many(8)] = ()


@fact("purchase.recorded")
class Purchased(Body):
    """A receipt. `amount`: what was paid in minor units of `currency`; `tax` and `by_points` are parts of it: tax within, and paid
    by points or rewards. `items` may be empty. `receipt` is the till's number and counts once per member.
    """

    receipt: Id
    amount: Minor
    currency: Annotated[str, Text(r"[A-Z]{3}", 3, 3, "an ISO 4217 code like UAH")]
    card: CardRef = ""
    member: OptionalId = ""
    tax: Minor = 0
    by_points: Minor = 0
    items: Annotated[tuple[Item, ...], Many(ITEMS_MAX)] = ()


@fact("purchase.returned")
class Returned(Body):
    """A part of a receipt, or all of it, came back. `amount` is this return's own, in minor units; `ref` counts once."""

    receipt: Id
    ref: Id
    amount: Minor
    card: CardRef = ""
    member: OptionalId = ""


@fact("redemption.reversed")
class RedemptionReversed(Body):
    """A redemption (named by its fact) is undone: the points go back to the lots they came from."""

    redemption: Id
    card: CardRef = ""
    member: OptionalId = ""
    why: OptionalCode = ""


@fact("points.held")
class Held(Body):
    """Points are set aside for at most `minutes`, to be captured or released under the name `hold`."""

    hold: Id
    points: SomePoints
    minutes: Annotated[int, Whole(1, 1440)]
    card: CardRef = ""
    member: OptionalId = ""


@fact("points.captured")
class Captured(Body):
    """What was held is spent."""

    hold: Id
    card: CardRef = ""
    member: OptionalId = ""
    perk: OptionalId = ""


@fact("points.released")
class Released(Body):
    """What was held is free again."""

    hold: Id
    card: CardRef = ""
    member: OptionalId = ""


@fact("points.vested")
class Vested(Body):
    """The action came that the points of this receipt were waiting for (delivery, end of the return period)."""

    receipt: Id
    card: CardRef = ""
    member: OptionalId = ""


@fact("points.opening")
class OpeningBalance(Body):
    """Points brought along from another system: once per account. `expires`: last day on which they count, or nothing."""

    member: Id
    points: Points
    expires: Annotated[str, Text(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?", 10, 0, "a day like 2026-11-25, or nothing")] = ""


@fact("points.adjusted")
class Adjusted(Body):
    """A correction by a person, up or down, with a reason: a code, since it is kept for ever; `note` names words about it, if there are
    any. `second` is the other person, needed above the programme's limit.
    """

    member: Id
    points: Annotated[int, Whole(-1_000_000_000, 1_000_000_000)]
    reason: Code
    by: Id
    second: OptionalId = ""
    ref: OptionalId = ""
    note: OptionalId = ""


@fact("points.goodwill")
class GoodwillGiven(Body):
    """Points given to put something right; belongs to a case."""

    member: Id
    case: Id
    points: SomePoints
    by: Id


@dataclass(frozen=True, slots=True)
class Part:
    """Points that keep the last day on which they count ("" for ever)."""

    points: SomePoints
    expires: Annotated[str, Text(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?", 10, 0, "a day like 2026-11-25, or nothing")] = ""


@fact("points.sent")
class PointsSent(Body):
    """Points went to another member, with their days; the other side is a `PointsReceived` of the same `transfer`."""

    member: Id
    to: Id
    transfer: Id
    parts: Annotated[tuple[Part, ...], Many(PARTS_MAX, 1)]


@fact("points.received")
class PointsReceived(Body):
    """Points came from another member and keep their days."""

    member: Id
    sender: Id
    transfer: Id
    parts: Annotated[tuple[Part, ...], Many(PARTS_MAX, 1)]


@fact("rule.closed")
class RuleClosed(Body):
    """A rule earns nothing from this fact's moment on, at `kiosk` only if one is named, until `until` if a moment is (ms since 1970):
    its budget is spent or its hourly limit reached. Limits that span members are decided once, by the hub, and written down.
    """

    rule: Id
    kiosk: OptionalId = ""
    until: Annotated[int, Whole(0)] = 0
