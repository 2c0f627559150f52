"""What a kiosk is told about members: views of what the hub holds, each for the one kiosk that will read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.records import HubTransaction, MemberRecord
from loyalty.standing import MemberView
from mqtt.messages import Members

# A view with 32 streams covered and 16 keys earned is 1.4 KiB in JSON: 32 of them stay below the wire's 64 KiB.
VIEWS_PER_MESSAGE_MAX = 32

Covers = tuple[tuple[str, int], ...]


def view_of(member: MemberRecord, covers: Covers, now_ms: int) -> MemberView:
    """The member as they are now, for the kiosk whose held streams are `covers`."""
    profile = member.profile
    return MemberView(
        member=member.id,
        version=member.version,
        points=member.points,
        as_of_ms=now_ms,
        language=profile.language,
        greeting_name=profile.greeting_name,
        hide_balance=profile.hide_balance,
        earned=member.earned,
        covers=covers,
    )


def pages(views: Sequence[tuple[str, MemberView]]) -> list[Members]:
    """(card, view) pairs as messages of at most VIEWS_PER_MESSAGE_MAX views."""
    starts = range(0, len(views), VIEWS_PER_MESSAGE_MAX)
    return [Members(tuple(views[start : start + VIEWS_PER_MESSAGE_MAX])) for start in starts]


def to_listeners(tx: HubTransaction, members: Iterable[MemberRecord], now_ms: int) -> list[tuple[str, Members]]:
    """(kiosk, message) for every kiosk that has seen a card of these members, sorted by kiosk."""
    owner: Mapping[str, MemberRecord] = {card: member for member in members for card in member.cards}
    seen = tx.listeners(owner.keys())
    covers = tx.newest_cursors({each.kiosk for each in seen})
    views: dict[str, list[tuple[str, MemberView]]] = {}
    for kiosk, card in seen:
        views.setdefault(kiosk, []).append((card, view_of(owner[card], covers.get(kiosk, ()), now_ms)))
    return [(kiosk, page) for kiosk in sorted(views) for page in pages(views[kiosk])]
