"""Places that are few: clubs by invitation, and evenings. Who holds one, which evenings are full, who may still come in. Pure.

A place is written "club" or "club/event". Which ones a member holds follows from the account at each fold, so it is right whenever facts
come; a table only counts them. More than there is room for may hold one: whoever answered off line was asked before it was full.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hub.door import HubTransaction
from loyalty.account import Account
from loyalty.counter.events import AHEAD_DAYS
from loyalty.facts import ClubJoined, ClubLeft
from loyalty.programme import Programme
from loyalty.programme.saying import ClubJoin
from loyalty.rulebook import Rulebook


def held_by(account: Account) -> frozenset[str]:
    """The places that a member holds: clubs joined, and evenings of their clubs to which their newest word is yes."""
    circle = account.circle
    if account.left:
        return frozenset()
    evenings = (place for place, coming in circle.replies.items() if coming and circle.in_any((place.partition("/")[0],)))
    return frozenset({*circle.clubs, *evenings})


def full_evenings(tx: HubTransaction, book: Rulebook, now_ms: int) -> list[str]:
    """Evenings of the next AHEAD_DAYS to which as many come as there is room for, the nearest first."""
    today = book.calendar.day_of(now_ms)
    ahead = sorted(
        (event.day, f"{club.id}/{event.id}", event.capacity)
        for club in book.now.club
        for event in club.event
        if 0 < event.day.toordinal() - today <= AHEAD_DAYS
    )
    taken = tx.taken([place for _, place, _ in ahead])
    return [place for _, place, room in ahead if taken.get(place, 0) >= room]


def joining_problem(tx: HubTransaction, programme: Programme, joined: ClubJoined, before: Iterable[ClubJoined | ClubLeft]) -> str:
    """Why a member cannot join a club, "" if they can. `before`: who joined or left by what waits to be written down, oldest first."""
    club = next((each for each in programme.club if each.id == joined.club), None)
    if club is None:
        are = ", ".join(each.id for each in programme.club) or "none"
        return f"there is no club {joined.club}; there are: {are}"
    if club.join is not ClubJoin.INVITE:
        return ""
    newest = {each.member: isinstance(each, ClubJoined) for each in before if each.club == club.id}
    named = tx.survivors({joined.member, *newest})
    inside = _inside(tx, club.id, named.values())
    if newest.get(joined.member, named.get(joined.member) in inside):
        return ""
    come = {named[member] for member, joins in newest.items() if joins and member in named} - inside
    gone = {named[member] for member, joins in newest.items() if not joins and member in named} & inside
    count = tx.taken([club.id]).get(club.id, 0) + len(come) - len(gone)
    if count < club.capacity:
        return ""
    return f"the club {club.id} is full: {count} members, and room for {club.capacity}; raise its capacity, or record a club.left"


def _inside(tx: HubTransaction, club: str, members: Collection[str]) -> set[str]:
    return {member for member, held in tx.places_of(members).items() if club in held}
