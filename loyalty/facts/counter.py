"""What a kiosk sees at the counter: visits, ratings, answers, greetings shown, and what a customer asks for by touch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated

from loyalty.facts.envelope import Body, CardRef, Id, Number, OptionalId, Reference, SomePoints, fact
from loyalty.said import GreetingKind
from loyalty.shapes import Key, Text, Whole


class Face(IntEnum):
    """The four faces of the rating scale; there is no neutral one. 0 is the worst."""

    VERY_BAD = 0
    BAD = 1
    GOOD = 2
    VERY_GOOD = 3

    @property
    def is_bad(self) -> bool:
        """Whether this answer asks for a reason and for somebody to put things right."""
        return self <= Face.BAD


class ReasonCode(StrEnum):
    """The one follow-up after a bad face: what was wrong. Order is the order on screen."""

    ATTENTION = "attention"  # staff did not notice me
    POLITENESS = "politeness"  # staff were rude
    QUALITY = "quality"  # the product
    PRICE = "price"
    WAITING = "waiting"  # queue, slow service
    OTHER = "other"

    @property
    def is_process(self) -> bool:
        """Whether it is about how it went (people, waiting) and not about what was bought (mechanism 2)."""
        return self in (ReasonCode.ATTENTION, ReasonCode.POLITENESS, ReasonCode.WAITING)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the card showed. `ndef` is the first 16 hex digits of the SHA-256 of its NDEF message, or None if not read."""

    chip: Id
    ndef: Annotated[str, Text(r"[0-9a-f]{16}", 16)] | None = None


@fact("visit")
class Visit(Body):
    """A card was presented and accepted."""

    card: CardRef
    evidence: Annotated[Evidence, Key("ev")]


@fact("rating")
class Rating(Body):
    """A face was pressed during the visit numbered `visit` of the same epoch. `shown_ms`: how long the faces had been visible."""

    card: CardRef
    visit: Number
    face: Face
    shown_ms: Annotated[int, Key("shown"), Whole()]
    scale: Id = "faces4-best-left"


@fact("reason")
class Reason(Body):
    """Why the rating numbered `rating` of the same epoch was bad."""

    card: CardRef
    rating: Number
    code: ReasonCode


@fact("greeting.shown")
class GreetingShown(Body):
    """What was said beside name and balance at the visit before it; see `loyalty.said.Said`."""

    card: CardRef
    said: Annotated[GreetingKind, Key("kind")]
    about: OptionalId = ""
    variant: Annotated[int, Whole(0, 999)] = 0
    offer: bool = False  # whether it sold something: gratitude counts the visits since


@fact("contact.requested")
class ContactRequested(Body):
    """After a bad rating the customer asked to be called back."""

    card: CardRef
    rating: Number


@fact("case.answered")
class CaseAnswered(Body):
    """Asked whether a case was put right, the customer said yes or not yet. Only this closes a case."""

    card: CardRef
    case: Id
    right: bool = False


@fact("assist.requested")
class AssistRequested(Body):
    """Somebody at the kiosk asks for staff; `wrong`: because something is wrong, which opens a case."""

    card: CardRef = ""
    wrong: bool = False


@fact("question.answered")
class QuestionAnswered(Body):
    """The one question of this visit was answered with a code of its closed list; free text does not exist."""

    card: CardRef
    question: Id
    choice: Id


@fact("question.skipped")
class QuestionSkipped(Body):
    """The one question of this visit got no answer; `silent`: by letting time pass."""

    card: CardRef
    question: Id
    silent: bool = False


@fact("note.shown")
class NoteShown(Body):
    """A note written by staff, or a reply to a reason, was shown."""

    card: CardRef
    note: Id


@fact("referral.opened")
class ReferralOpened(Body):
    """A member pressed "bring a friend": a new card laid at this kiosk within a minute is the friend's."""

    card: CardRef


@fact("referral.made")
class Referred(Body):
    """This card's first tap was at the kiosk where the member of card `by` had just opened a referral."""

    card: CardRef
    by: CardRef
    opened: Number


@fact("perk.granted")
class Granted(Body):
    """A rule that cannot be told from facts alone (a birthday, chance) applied; `period` names for what it can be granted once."""

    card: CardRef
    rule: Id
    period: Id


@fact("perk.used")
class PerkUsed(Body):
    """A granted perk was handed out or used up; `grant` names it (see `perks`)."""

    grant: Reference
    card: CardRef = ""
    member: OptionalId = ""
    by: OptionalId = ""


@fact("points.redeemed")
class Redeemed(Body):
    """Points were spent: for a reward of the programme, or to pay part of a bill. `offline`: without asking the hub; `hold`: the name under
    which the hub had set them aside for it.
    """

    points: SomePoints
    card: CardRef = ""
    member: OptionalId = ""
    perk: OptionalId = ""
    code: OptionalId = ""
    bill_minor: Annotated[int, Whole(0)] = 0
    receipt: OptionalId = ""
    offline: bool = False
    hold: OptionalId = ""


@fact("club.checked_in")
class CheckedIn(Body):
    """The card was laid at the door of a club's event."""

    card: CardRef
    club: Id
    event: Id


@fact("club.replied")
class Replied(Body):
    """An invitation to a club's event was answered by touch."""

    card: CardRef
    club: Id
    event: Id
    coming: bool = False


class Purpose(StrEnum):
    """What a consent is for. `TERMS` is the contract itself: refusing any other must cost no points and no rating."""

    TERMS = "terms"
    PROFILING = "profiling"
    PERSONAL_OFFERS = "personal_offers"
    BIRTHDAY = "birthday"
    MARKETING_SMS = "marketing:sms"
    MARKETING_EMAIL = "marketing:email"
    MARKETING_PHONE = "marketing:phone"
    HOUSEHOLD_NAMES = "household_names"
    FEEDBACK_CONTACT = "feedback_contact"


class ConsentMethod(StrEnum):
    """How a consent was given."""

    TAP = "kiosk_tap"
    STAFF = "staff_assisted"
    IMPORT = "import"


@fact("consent.given")
class ConsentGiven(Body):
    """A consent, with proof of what was shown: version and SHA-256 of the text, and its language."""

    purpose: Purpose
    method: ConsentMethod
    text: Id
    text_sha256: Annotated[str, Text(r"[0-9a-f]{64}", 64, 64, "64 hex digits")]
    language: Annotated[str, Text(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", 35)]
    card: CardRef = ""
    member: OptionalId = ""


@fact("consent.withdrawn")
class ConsentWithdrawn(Body):
    """A consent taken back."""

    purpose: Purpose
    method: ConsentMethod
    card: CardRef = ""
    member: OptionalId = ""


@fact("store.recovered")
class StoreRecovered(Body):
    """The kiosk found its store damaged, put it aside under the file name `set_aside` and began a new one."""

    set_aside: Id
