"""The ledger of one member: lots, each with its own last day, and what was taken from them. Balances are sums over it.

Debits draw from the lots that burn soonest. Vesting and burning follow from time and are never stored as facts, so a late fact
changes them by folding anew. What earns how much is `earning`'s; who may spend is `redeeming`'s.

At every moment: credited = available + pending + held + spent + expired + clawed + debited + sent - owed - forgiven.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from operator import attrgetter

from loyalty.account.lots import Burnt, Hold, Lot, PendingLot, Spending, Taken
from loyalty.calendar import NEVER, When

SPENDINGS_KEPT = 32  # redemptions that can still be undone: the last two months of somebody who redeems every other day
_VESTS_FIRST = attrgetter("vests", "expires", "id")


@dataclass(slots=True)
class Ledger:
    """All points of one member. `idle`: when everything burns for lack of visits. `due`: nothing changes by time alone before."""

    lots: list[Lot] = field(default_factory=list)
    pending: list[PendingLot] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    spendings: dict[str, Spending] = field(default_factory=dict)
    credited: int = 0
    spent: int = 0
    expired: int = 0
    clawed: int = 0
    debited: int = 0
    sent: int = 0
    owed: int = 0
    forgiven: int = 0
    idle: When = NEVER
    due: When = NEVER

    @property
    def available(self) -> int:
        """Points that can be spent now."""
        return sum(lot.left for lot in self.lots)

    @property
    def waiting(self) -> int:
        """Points that have not vested yet."""
        return sum(lot.left for lot in self.pending)

    @property
    def held(self) -> int:
        """Points set aside."""
        return sum(taken.points for hold in self.holds.values() for taken in hold.taken)

    @property
    def balance(self) -> int:
        """What the customer is told: available less what is owed."""
        return self.available - self.owed

    def expiring(self) -> list[tuple[int, int]]:
        """(moment, points) for every deadline, soonest first; lots that never burn are not in it."""
        sums: dict[int, int] = {}
        for lot in self.lots:
            if lot.expires < NEVER:
                sums[lot.expires] = sums.get(lot.expires, 0) + lot.left
        return sorted(sums.items())

    def credit(self, points: int, at: int, expires: int, id_: str = "", vests: int = 0) -> None:
        """Book points; what is owed is covered first, the rest goes into the lot of its last day, or waits there to vest."""
        self.credited += points
        if expires <= at:
            self.expired += points
            return
        if self.owed:
            covered = min(points, self.owed)
            self.owed -= covered
            points -= covered
        if not points:
            return
        if vests > at:
            insort(self.pending, PendingLot(vests, expires, id_, points), key=_VESTS_FIRST)
            self.due = min(self.due, vests)
        elif self.lots and self.lots[-1].expires == expires:  # as almost always
            self.lots[-1].left += points
        else:
            self._add(points, expires)

    def _return(self, points: int, expires: int) -> None:
        """Points can be spent that could not be: what is owed is covered first."""
        if self.owed:
            covered = min(points, self.owed)
            self.owed -= covered
            points -= covered
        if points:
            self._add(points, expires)

    def _add(self, points: int, expires: int) -> None:
        """Put points into the lot of a last day; most go into the newest."""
        lots = self.lots
        place = len(lots)
        while place and lots[place - 1].expires > expires:
            place -= 1
        if place and lots[place - 1].expires == expires:
            lots[place - 1].left += points
            return
        lots.insert(place, Lot(expires, points))
        if expires < self.due:
            self.due = expires

    def take(self, points: int) -> tuple[list[Taken], int]:
        """Take points from the lots that burn soonest; returns what was taken and how many were not there. Books nothing yet."""
        taken: list[Taken] = []
        lots = self.lots
        while points and lots:
            part = min(points, lots[0].left)
            taken.append(Taken(part, lots[0].expires))
            points -= part
            if part == lots[0].left:
                del lots[0]
            else:
                lots[0].left -= part
        return taken, points

    def spend(self, id_: str, points: int, at: int, owe: bool, perk: str = "") -> Spending:
        """Redeem points; what is not there is owed, or forgiven."""
        taken, missing = self.take(points)
        spending = Spending(points, at, taken, missing if owe else 0, 0 if owe else missing, perk)
        self.spent += points
        self._short(missing, owe)
        self._remember(id_, spending)
        return spending

    def _remember(self, id_: str, spending: Spending) -> None:
        self.spendings[id_] = spending
        if len(self.spendings) > SPENDINGS_KEPT:
            del self.spendings[next(iter(self.spendings))]

    def _short(self, missing: int, owe: bool) -> None:
        if owe:
            self.owed += missing
        else:
            self.forgiven += missing

    def undo(self, spending: Spending, at: int, reinstated: int) -> None:
        """Put back what a redemption took, into the lots it came from; those burnt meanwhile live until `reinstated`.

        What was owed for it is owed no more; what later credits covered of that comes back as points until `reinstated`. What the
        shop bore does not become points.
        """
        spending.undone = True
        self.spent -= spending.points
        self.forgiven -= spending.forgiven
        pardoned = min(spending.owed, self.owed)
        self.owed -= pardoned
        back = [*spending.taken, *([Taken(spending.owed - pardoned, reinstated)] if spending.owed > pardoned else [])]
        for taken in back:
            self._return(taken.points, taken.expires if taken.expires > at else reinstated)

    def hold(self, name: str, points: int, until: int) -> bool:
        """Set points aside; False, and nothing happens, if they are not there or the name is in use."""
        if name in self.holds or points > self.balance:
            return False
        taken, _ = self.take(points)
        self.holds[name] = Hold(until, taken)
        self.due = min(self.due, until)
        return True

    def release(self, name: str) -> int:
        """What was held is free again; returns how many points. What was to burn meanwhile burns when time next passes: it is due."""
        taken = self.holds.pop(name).taken
        for each in taken:
            self._return(each.points, each.expires)
        return sum(each.points for each in taken)

    def capture(self, name: str, id_: str, at: int, perk: str = "") -> int:
        """What was held is spent; returns how many points."""
        taken = self.holds.pop(name).taken
        points = sum(each.points for each in taken)
        self.spent += points
        self._remember(id_, Spending(points, at, taken, perk=perk))
        return points

    def claw(self, id_: str, expires: int, points: int, pending_only: bool, below_zero: bool) -> int:
        """Take back points of a credit: from where they wait or from the lot of their last day, then from others.

        Returns how many were not there.
        """
        self.clawed += points
        missing = self._from_pending(id_, points)
        if missing and not pending_only:
            missing = self._from_lot(expires, missing)
            _, missing = self.take(missing)
        self._short(missing, below_zero)
        return missing

    def _from_pending(self, id_: str, points: int) -> int:
        for lot in self.pending:
            if lot.id == id_ and points:
                part = min(points, lot.left)
                lot.left -= part
                points -= part
        self.pending = [lot for lot in self.pending if lot.left]
        return points

    def _from_lot(self, expires: int, points: int) -> int:
        for lot in self.lots:
            if lot.expires == expires:
                part = min(points, lot.left)
                lot.left -= part
                points -= part
        self.lots = [lot for lot in self.lots if lot.left]
        return points

    def vest(self, id_: str, expires: int) -> int:
        """What waits under this name can be spent from now on, until `expires`; returns how many points."""
        chosen = [lot for lot in self.pending if lot.id == id_]
        self.pending = [lot for lot in self.pending if lot.id != id_]
        for lot in chosen:
            self._return(lot.left, expires)
        return sum(lot.left for lot in chosen)

    def advance(self, at: int) -> list[Burnt]:
        """Let time pass up to a moment, step by step: what vests, vests; holds that nobody captured end; then what burns, burns."""
        burnt: list[Burnt] = []
        while (moment := self._next()) <= at:
            while self.pending and self.pending[0].vests <= moment:
                vested = self.pending.pop(0)
                self._return(vested.left, vested.expires)
            for name in [name for name, hold in self.holds.items() if hold.until <= moment]:
                self.release(name)
            while self.lots and self.lots[0].expires <= moment:
                lot = self.lots.pop(0)
                burnt.append(Burnt(moment, lot.left))
            if self.idle <= moment:
                burnt += self._burn_all(moment)
        self.expired += sum(each.points for each in burnt)
        self.due = moment
        return burnt

    def _burn_all(self, moment: int) -> list[Burnt]:
        """Nobody came for too long. What is set aside can still be taken, but burns if it is not."""
        points = self.available + self.waiting
        self.lots, self.pending, self.idle = [], [], NEVER
        for hold in self.holds.values():
            hold.taken = [Taken(each.points, moment) for each in hold.taken]
        return [Burnt(moment, points)] if points else []

    def _next(self) -> int:
        """The next moment at which something changes by time alone."""
        moment = self.idle
        for hold in self.holds.values():
            moment = min(moment, hold.until)
        if self.pending:
            moment = min(moment, self.pending[0].vests)
        if self.lots:
            moment = min(moment, self.lots[0].expires)
        return moment
