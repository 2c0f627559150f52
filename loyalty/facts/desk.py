"""What staff and hub write down: members, cards, cases, notes, promises, clubs, and what was decided by a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from loyalty.facts.counter import ReasonCode
from loyalty.facts.envelope import Body, CardRef, Code, DayText, Id, OptionalCode, OptionalId, Reference, fact
from loyalty.shapes import Many, Whole


class MemberType(StrEnum):
    """Who a member is."""

    PERSON = "person"
    HOUSEHOLD = "household"
    ORGANISATION = "organisation"


@fact("member.enrolled")
class Enrolled(Body):
    """Somebody joined; who it is stands in the profile store. `heard`: how they heard of the shop. `staff`: works here."""

    member: Id
    type: MemberType = MemberType.PERSON
    heard: OptionalId = ""
    staff: bool = False


@fact("member.updated")
class ProfileChanged(Body):
    """Fields of the profile were set, told by their names only."""

    member: Id
    fields: Annotated[tuple[Id, ...], Many(32, 1)]


@fact("member.merged")
class Merged(Body):
    """Two members were one person: `merged` and all that happened to it belongs to `member`."""

    member: Id
    merged: Id
    by: Id


class ExitWay(StrEnum):
    """How a member leaves."""

    DEACTIVATED = "deactivated"  # may come back
    ANONYMISED = "anonymised"  # the person is forgotten, the entries stay under a name that says nothing
    DELETED = "deleted"


@fact("member.left")
class MemberLeft(Body):
    """A member left the programme."""

    member: Id
    way: ExitWay


class CardChange(StrEnum):
    """What can happen to a card; see `credentials` for which follows on which."""

    ISSUED = "issued"
    ACTIVATED = "activated"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    REPLACED = "replaced"
    RETIRED = "retired"


@fact("card.changed")
class CardChanged(Body):
    """A card was issued, given to a member (`owner`), blocked, replaced by the card `by`, or retired. `why`: a code, like lost."""

    card: CardRef
    change: CardChange
    owner: OptionalId = ""
    by: CardRef = ""
    why: OptionalCode = ""


class CaseSource(StrEnum):
    """What opened a case."""

    RATING = "rating"
    TILE = "tile"  # "something wrong?" at the kiosk
    HOTLINE = "hotline"
    STAFF = "staff"


@fact("assist.answered")
class AssistAnswered(Body):
    """Somebody of the staff went to whoever had asked (`request` names the fact)."""

    request: Id
    by: Id


@fact("case.opened")
class CaseOpened(Body):
    """A case that no bad rating opened: the call of a customer, something staff saw."""

    member: Id
    case: Id
    source: CaseSource
    reason: ReasonCode = ReasonCode.OTHER


class CaseStep(StrEnum):
    """What staff did about a case. That it is put right only the customer can say (`CaseAnswered`)."""

    ACKNOWLEDGED = "acknowledged"
    ACTED = "acted"
    RESOLVED = "resolved"
    EXPIRED = "expired"


@fact("case.stepped")
class CaseStepped(Body):
    """Staff moved a case. `note` names words for staff alone: what was done; `cause` is the root cause found, as a code."""

    member: Id
    case: Id
    step: CaseStep
    by: Id
    note: OptionalId = ""
    cause: OptionalCode = ""


@fact("note.written")
class NoteWritten(Body):
    """A person of the staff wrote to this member; the text is kept with the profile. `reply_to`: the reason code it answers."""

    member: Id
    note: Id
    by: Id
    reply_to: OptionalId = ""


@fact("promise.made")
class PromiseMade(Body):
    """Something was promised to a member, by whom and until which day."""

    member: Id
    promise: Id
    owner: Id
    due: DayText


@fact("promise.kept")
class PromiseKept(Body):
    """A promise was kept."""

    member: Id
    promise: Id


@fact("referral.converted")
class Converted(Body):
    """A friend this member brought made the first qualifying purchase."""

    member: Id
    friend: Id


@fact("referral.welcomed")
class Welcomed(Body):
    """This member, brought by a friend, made the first qualifying purchase: the other side of `Converted`."""

    member: Id
    friend: Id


@fact("referral.rejected")
class ReferralRejected(Body):
    """A converted referral does not count after all, for one of its two sides: the purchase came back, or both are one person. `friend`
    is the other member, as in `Converted` or `Welcomed`; `why` a code.
    """

    member: Id
    friend: Id
    why: OptionalCode = ""


@fact("perk.given")
class PerkGiven(Body):
    """Staff gave a member a perk of the programme."""

    member: Id
    perk: Id
    ref: Id
    by: Id


@fact("perk.voided")
class PerkVoided(Body):
    """A granted perk was taken back."""

    member: Id
    grant: Reference
    by: Id


@fact("club.joined")
class ClubJoined(Body):
    """A member is in a club."""

    member: Id
    club: Id
    by: OptionalId = ""


@fact("club.left")
class ClubLeft(Body):
    """A member is in a club no longer."""

    member: Id
    club: Id


@fact("tier.set")
class TierSet(Body):
    """A person gave a member a tier until a day, whatever the points say. `reason` is a code; `note` names words about it, if any."""

    member: Id
    tier: Id
    until: DayText
    by: Id
    reason: Code
    note: OptionalId = ""


@fact("config.applied")
class ConfigApplied(Body):
    """A kiosk began to work with this programme."""

    programme: Id
    version: Annotated[int, Whole(1)]
