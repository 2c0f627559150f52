"""Who belongs to whom: friends brought, who brought this member, and clubs with their evenings. Limits over many members are the hub's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loyalty.account.reckoning import Reckoning
from loyalty.calendar import Past, When
from loyalty.facts import CheckedIn, ClubJoined, ClubLeft, Converted, ReferralOpened, ReferralRejected, Referred, Replied, Welcomed
from loyalty.programme.saying import Club, ClubJoin

if TYPE_CHECKING:
    from loyalty.account import Account

DAY_MS = 86_400_000
FRIENDS_KEPT = 200  # a member who brings more within a year runs a business of it
REPLIES_KEPT = 32


@dataclass(frozen=True, slots=True)
class Bonus:
    """What a rule gave for a referral (see `earning.Gain`), to be taken back if need be."""

    rule: str
    points: int
    lot: str
    expires: When
    qualifying: int = 0
    grant: str = ""


@dataclass(slots=True)
class Friend:
    """The other member of a referral that counts: their id, since when (ms), what this side was given, and whether that was taken back."""

    friend: str
    at: Past
    gains: list[Bonus] = field(default_factory=list)
    rejected: bool = False


@dataclass(slots=True)
class Circle:
    """Friends and clubs of one member. `by`: card of who brought them, `brought` when, `converted`: their first purchase was made,
    `host`: whoever brought them, once the hub has found that it counts. `opened`: when they last pressed "bring a friend". `clubs`:
    invited or joined, by id since when. `derived`: clubs held by rule.
    """

    by: str = ""
    brought: Past = 0
    converted: bool = False
    host: Friend | None = None
    opened: Past = 0
    friends: list[Friend] = field(default_factory=list)
    clubs: dict[str, Past] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)
    replies: dict[str, bool] = field(default_factory=dict)
    attended: list[str] = field(default_factory=list)

    def friends_within(self, days: int, at: int) -> int:
        """Friends who became customers within so many days."""
        return sum(not friend.rejected and friend.at > at - days * DAY_MS for friend in self.friends)

    def in_any(self, clubs: tuple[str, ...]) -> bool:
        """Whether the member is in one of these clubs."""
        return any(club in self.clubs or club in self.derived for club in clubs)


def on_opened(now: Reckoning, body: ReferralOpened) -> None:
    """A friend is about to lay down a card."""
    now.account.circle.opened = now.at


def on_referred(now: Reckoning, body: Referred) -> None:
    """This member came with a friend; only somebody who was never here before can be brought, and only once."""
    circle = now.account.circle
    if circle.by:
        now.mark("somebody has brought this member already")
    elif 0 < now.account.footfall.first_ms < now.at or now.account.footfall.purchase_days:
        now.mark("this member has been here before")
    elif body.by in ("", now.fact.card):
        now.mark("nobody brings themselves, and nobody is brought by nobody")
    else:
        circle.by, circle.brought = body.by, now.at


def on_converted(now: Reckoning, body: Converted) -> bool:
    """A friend became a customer; once for each friend. Returns whether it counts."""
    circle = now.account.circle
    if any(friend.friend == body.friend for friend in circle.friends):
        return False
    circle.friends.append(Friend(body.friend, now.at))
    del circle.friends[:-FRIENDS_KEPT]
    return True


def on_welcomed(now: Reckoning, body: Welcomed) -> Friend | None:
    """Who brought this member counts, once; returns what to keep the bonus with."""
    circle = now.account.circle
    if circle.host is not None:
        return None
    circle.host = Friend(body.friend, now.at)
    return circle.host


def on_rejected(now: Reckoning, body: ReferralRejected) -> Friend | None:
    """A referral does not count after all; returns the side of it to take back from."""
    circle = now.account.circle
    sides = circle.friends if circle.host is None else [*circle.friends, circle.host]
    found = next((each for each in sides if each.friend == body.friend and not each.rejected), None)
    if found is None:
        now.mark(f"no friend {body.friend} was counted")
    else:
        found.rejected = True
    return found


def on_joined(now: Reckoning, body: ClubJoined) -> None:
    """In a club by invitation."""
    if all(club.id != body.club for club in now.edition.programme.club):
        now.mark(f"there is no club {body.club}")
    else:
        now.account.circle.clubs.setdefault(body.club, now.at)


def on_left(now: Reckoning, body: ClubLeft) -> None:
    """Not in it any more."""
    if now.account.circle.clubs.pop(body.club, None) is None:
        now.mark(f"this member was not in the club {body.club}")


def settle(now: Reckoning) -> None:
    """Clubs that one is in by rule follow rung and tier."""
    now.account.circle.derived = [club.id for club in now.edition.programme.club if by_rule(now.account, club)]


def by_rule(account: Account, club: Club) -> bool:
    """Whether rung or tier put a member into a club."""
    return club.join is ClubJoin.RULE and (account.rung.rung in club.rungs or account.tier.tier in club.tiers)


def on_replied(now: Reckoning, body: Replied) -> None:
    """An invitation was answered; the last answer holds."""
    replies = now.account.circle.replies
    replies[f"{body.club}/{body.event}"] = body.coming
    while len(replies) > REPLIES_KEPT:
        del replies[next(iter(replies))]


def on_checked_in(now: Reckoning, body: CheckedIn) -> bool:
    """At the door of an evening: once for each, members of the club only. Returns whether it counts."""
    circle, key = now.account.circle, f"{body.club}/{body.event}"
    if not circle.in_any((body.club,)):
        now.mark(f"this member is not in the club {body.club}")
        return False
    if key in circle.attended:
        return False
    circle.attended.append(key)
    del circle.attended[:-REPLIES_KEPT]
    return True
