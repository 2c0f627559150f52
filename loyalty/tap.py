"""What a tap means to the customer: the values of the greeting, decided from what is known before and after the commit.

Words, colours and layouts are `display`'s; this file decides only what may truthfully be said.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.standing import Standing


@dataclass(frozen=True, slots=True)
class Welcome:
    """What may be said to the customer, all of it already on disk.

    `balance` is None when nothing is known of the member or they asked to hide it. `earned`: points this visit added.
    `waiting`: points counted here that the hub has not confirmed. `as_of_ms`: age of the hub's part of the balance.
    """

    language: str | None
    name: str | None
    balance: int | None
    earned: int
    waiting: int
    as_of_ms: int | None


def welcome(before: Standing, after: Standing) -> Welcome:
    """What to say after a visit turned the standing `before` into `after`."""
    view = after.view
    earned = after.waiting - before.waiting
    if view is None:
        return Welcome(None, None, None, earned, after.waiting, None)
    hidden = view.hide_balance
    return Welcome(
        view.language,
        view.greeting_name,
        None if hidden else after.balance,
        0 if hidden else earned,
        after.waiting,
        view.as_of_ms,
    )
