"""Forgetting a person: profile, staff's words and answers end, and no byte of them stays in the database's files. Facts stay, under an id.

Raises Busy where another process reads the database just then; what is personal is gone from the tables all the same.
"""

from __future__ import annotations

from django.db import OperationalError, connection

from hub.door import HubStore
from hub.records import Order
from loyalty.document import write
from loyalty.facts import ExitWay, MemberLeft


class Busy(RuntimeError):
    """The files could not be rewritten; the message says what to do."""


def erase(store: HubStore, member: str, now_ms: int) -> None:
    """Forget a member that exists, and let the desk write down that they left, which tells the kiosks. Repeating it changes nothing."""
    with store.transaction() as tx:
        held = tx.members([member])[member]
        tx.forget(member)
        if held.profile is not None:
            left = MemberLeft(member, ExitWay.ANONYMISED)
            tx.put_order(Order(left.kind, write(left), now_ms))


def wipe() -> None:
    """Rewrite the database without what was removed from it, and empty the file of latest changes. Raises Busy."""
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
    except OperationalError as error:
        raise Busy(f"the database's files still hold what was removed ({error}); run the same command again") from error
    if busy:
        raise Busy("the file of latest changes still holds what was removed, for somebody reads it; run the same command again")
