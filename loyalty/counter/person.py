"""What may be known at the counter about a member as a person, beside their account: how to address them, days to keep, words to pass on.

It is a copy from the hub's profile store, never part of a fact or of an account, and erased with the profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from loyalty.facts.envelope import Id
from loyalty.shapes import Many, Text, Whole

TEXT_CHARS_MAX = 280  # a note written by hand: two lines on the widest screen
NAME_CHARS_MAX = 64  # greeting name; the widest layout shows 24
EVENTS_MAX = 32  # full evenings: as many as answers are remembered; only those of the next weeks matter

Day = Annotated[int, Whole(1, 3_652_059)]  # ordinal, up to the year 9999
EventId = Annotated[str, Text(r"[a-z0-9][a-z0-9-]{0,31}/[a-z0-9][a-z0-9-]{0,31}", 65, 3, "a club and its event: club/event")]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A stretch of days that means something to this member: `id` is birthday, half-birthday, anniversary or a holiday's; granted once for
    `period`. Day and month of a birthday stay at the hub: the kiosk gets the stretch. `gift`: whether its perk may be given (consent,
    and a birthday that was not set just before). `count`: years, of an anniversary.
    """

    id: Id
    first: Day
    last: Day
    period: Id
    gift: bool = True
    count: Annotated[int, Whole(0, 200)] = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """Words for this member alone: the text of a note, by whom; `reply_to`: the reason code that it answers, "" for a personal note."""

    id: Id
    text: Annotated[str, Text("", TEXT_CHARS_MAX, 1)]
    by: Annotated[str, Text("", NAME_CHARS_MAX, 0)] = ""
    reply_to: Annotated[str, Text("", 32, 0)] = ""


@dataclass(frozen=True, slots=True)
class Person:
    """`greeting_name` is what to say after "Welcome," in the member's language (already in the right grammatical case), "" for none.
    `full_events`: those that nobody is invited to any more, since no kiosk can know how many others come.
    """

    language: Annotated[str, Text(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", 35, 2, "a language like en, uk or ru")]
    greeting_name: Annotated[str, Text("", NAME_CHARS_MAX, 0)] = ""
    hide_balance: bool = False
    occasions: Annotated[tuple[Occasion, ...], Many(16)] = ()
    letters: Annotated[tuple[Letter, ...], Many(8)] = ()
    known_fields: Annotated[tuple[Id, ...], Many(32)] = ()
    full_events: Annotated[tuple[EventId, ...], Many(EVENTS_MAX)] = ()
