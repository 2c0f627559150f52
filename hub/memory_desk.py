"""What the desk asks for and the hub decides, in the hub store in memory. See `memory_store`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hub.memory_tables import Undoable
from hub.records import Counted, EditionText, Given, Order, Referral
from loyalty.rulebook import Closing


class MemoryDesk(Undoable):
    """See `door.DeskPart`."""

    def orders(self, count_max: int) -> list[Order]:
        """See `HubTransaction`."""
        return [self._t.orders[id_] for id_ in sorted(self._t.orders)[:count_max]]

    def put_order(self, order: Order) -> None:
        """See `HubTransaction`."""
        ever = self._t.orders_ever
        self.undo.append(lambda: setattr(self._t, "orders_ever", ever))
        self._t.orders_ever = ever + 1
        self._put(self._t.orders, ever + 1, replace(order, id=ever + 1))

    def remove_orders(self, ids: Collection[int]) -> None:
        """See `HubTransaction`."""
        for id_ in ids:
            self._drop(self._t.orders, id_)

    def editions(self) -> list[EditionText]:
        """See `HubTransaction`."""
        return sorted(self._t.editions, key=lambda edition: edition.version)

    def editions_held(self) -> int:
        """See `HubTransaction`."""
        return len(self._t.editions)

    def add_edition(self, edition: EditionText) -> None:
        """See `HubTransaction`."""
        self._extend(self._t.editions, edition)

    def closings_held(self) -> int:
        """See `HubTransaction`."""
        return len(self._t.closings)

    def closings(self) -> list[Closing]:
        """See `HubTransaction`."""
        return list(self._t.closings)

    def close(self, closings: Sequence[Closing]) -> None:
        """See `HubTransaction`."""
        for closing in closings:
            self._extend(self._t.closings, closing)

    def add_given(self, given: Mapping[Counted, Given]) -> None:
        """See `HubTransaction`."""
        for counted, more in given.items():
            before = self._t.given.get(counted, Given())
            self._put(self._t.given, counted, Given(before.points + more.points, before.times + more.times))

    def given(self, rules: Collection[str], hours: Collection[int]) -> dict[Counted, Given]:
        """See `HubTransaction`."""
        return {counted: given for counted, given in self._t.given.items() if counted.rule in rules and counted.hour in hours}

    def referrals(self, friends: Collection[str]) -> dict[str, Referral]:
        """See `HubTransaction`."""
        return {friend: self._t.referrals[friend] for friend in friends if friend in self._t.referrals}

    def save_referral(self, referral: Referral) -> None:
        """See `HubTransaction`."""
        self._put(self._t.referrals, referral.friend, referral)
