"""The account as a kiosk needs it: what a till may still return or undo stays with the hub, older counts are gathered by the month.

The fold is the same on both; only what cannot be asked of a kiosk is left out, so that a view of a member of many years stays small.
"""

from __future__ import annotations

from typing import Any

from loyalty.account import Account, snapshot
from loyalty.document import Document

SHOWN_SENT = 12  # greetings that are always sent. All are: of a rare kind the last text may be long ago, and must not come again
LOTS_SENT = 32  # lots sent one by one, what burns soonest and vests soonest; and as many joined ones behind them
DAYS_SENT = 400  # qualifying days sent one by one: all of any window up to a year
STRETCH_DAYS = 31  # those before are gathered in stretches of so many


def portable(account: Account) -> Document:
    """A document that `account.restore` reads."""
    document = snapshot(account)
    ledger, books, tier, circle = (document.get(part, {}) for part in ("ledger", "books", "tier", "circle"))
    ledger.pop("spendings", None)
    books.pop("receipts", None)
    books.pop("refs", None)
    for friend in (*circle.get("friends", ()), circle.get("host", {})):
        friend.pop("gains", None)
    for name in ("lots", "pending"):
        if name in ledger:
            ledger[name] = _joined(ledger[name])
    if "days" in tier:
        tier["days"] = _gathered(tier["days"])
    return document


def _joined(lots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lots in their order: the first ones as they are, the many behind them put together, each to be spent as late and to burn as early as
    any of them. A kiosk may think that points burn too early, and never promise some that the hub has no more.
    """
    rest = lots[LOTS_SENT:]
    size = -(-len(rest) // LOTS_SENT) or 1
    found = list(lots[:LOTS_SENT])
    for first in range(0, len(rest), size):
        part = rest[first : first + size]
        one = {**part[0], "left": sum(lot["left"] for lot in part), "expires": min(lot["expires"] for lot in part)}
        found.append(one | {"vests": max(lot["vests"] for lot in part)} if "vests" in one else one)
    return found


def _gathered(days: list[list[int]]) -> list[list[int]]:
    """[day, amount] pairs, those of long ago put together under the first day of a stretch, so that nothing stays in a window too long:
    a kiosk may think a tier lost too early, and never promise one that the hub does not give.
    """
    found: list[list[int]] = []
    for day, amount in days:
        age = days[-1][0] - day
        if age > DAYS_SENT and found and day - found[-1][0] < STRETCH_DAYS:
            found[-1][1] += amount
        else:
            found.append([day, amount])
    return found
