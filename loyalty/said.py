"""What can be said to a customer beside name and balance: the kinds of greeting, and one chosen thing as a value.

Which of them is chosen is `greeting`'s; the sentences are `display`'s, or the shop's own from the programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class GreetingKind(StrEnum):
    """Kinds of greeting, the most urgent first: of several that could be said the first is."""

    CARD = "card"  # something is wrong with the card: blocked or replaced
    RECOVERY = "recovery"  # a case of this customer is open: apology, "did we put it right?"
    NOTE = "note"  # a note that a person of the staff wrote to this member
    WELCOME = "welcome"  # the first tap of a new member
    BIRTHDAY = "birthday"
    HOLIDAY = "holiday"  # public or professional
    PROMOTION = "promotion"  # a tier or a rung went up
    BURN = "burn"  # points of a lot burn soon
    SECOND_VISIT = "second_visit"  # the critical window: visits two to five
    WELCOME_BACK = "welcome_back"  # after a long absence
    WE_DID = "we_did"  # "you said, we did"
    CAMPAIGN = "campaign"  # something new or an offer for a group
    MILESTONE = "milestone"  # streak, n-th visit, member for so many years
    GRATITUDE = "gratitude"  # thanks and nothing else


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to say. Which of the fields are filled depends on the kind (see `greeting`).

    `about` is what it is about, for cooldowns: a lot's last day, a tier, a note's id. `variant` is the place in the pool of texts.
    `word` is a proper word in the member's language: a tier's, holiday's or perk's name, a note's or a reply's text. `by` is the
    author of a note. `text` is the shop's own sentence with everything filled in, "" for the shipped one.
    """

    kind: GreetingKind
    about: str = ""
    variant: int = 0
    points: int = 0
    day: date | None = None
    count: int = 0
    word: str = ""
    by: str = ""
    text: str = ""
