"""One hub for a shard: a lease in the database, and a token that fences off whoever held it before. Pure: clocks are handed in.

A run of the hub writes through `HeldShard` alone. Each of its transactions looks, before anything else, whether its lease is still the
newest; so one that was frozen, cut off or forgotten cannot write once another has taken over, whatever it believes. See decision 0020.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hub.door import HubStore, HubTransaction
from hub.records import Lease

LEASE_MS = 6_000  # after kill -9 the next run waits no longer; a stall below it (a disk that flushes for seconds) costs nobody the shard
RENEW_SHARE = 3  # renewed three times in its length: one write in two seconds is nothing to any disk, and two may fail

Now = Callable[[], int]


class Displaced(RuntimeError):
    """Another hub serves this shard: this one must stop, and has written nothing since."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """`wall_ms`: since 1970 UTC; `mono_ms`: never goes back. Ms both."""

    wall_ms: Now
    mono_ms: Now


class HeldShard:
    """A `HubStore` for the run of the hub that holds `lease`. Renews it with whatever is written when it is due."""

    def __init__(self, store: HubStore, lease: Lease, clocks: Clocks, lease_ms: int) -> None:
        self.lease = lease
        self._store, self._clocks, self._lease_ms = store, clocks, lease_ms
        self._due_ms = clocks.mono_ms() + lease_ms // RENEW_SHARE

    @contextmanager
    def transaction(self) -> Iterator[HubTransaction]:
        """See `HubStore`. Raises Displaced if another run of the hub has taken over."""
        now_ms = self._clocks.mono_ms()
        with self._store.transaction() as tx:
            if not self._is_mine(tx.lease(self.lease.shard)):
                raise Displaced(f"another hub serves this shard ({self.lease.shard}); run {self.lease.holder} stops")
            if now_ms >= self._due_ms:
                tx.save_lease(replace(self.lease, until_ms=self._clocks.wall_ms() + self._lease_ms))
            yield tx
        if now_ms >= self._due_ms:
            self._due_ms = now_ms + self._lease_ms // RENEW_SHARE

    def give_back(self) -> None:
        """Let the next run begin at once. Does nothing if another has taken over already."""
        with self._store.transaction() as tx:
            if self._is_mine(tx.lease(self.lease.shard)):
                tx.save_lease(replace(self.lease, until_ms=0))

    def _is_mine(self, newest: Lease | None) -> bool:
        """Token and holder both: a database put back to a backup counts its tokens from there once more."""
        return newest is not None and (newest.token, newest.holder) == (self.lease.token, self.lease.holder)


class Standby:
    """A run of the hub (`holder`) that asks for a shard until it gets it."""

    def __init__(self, store: HubStore, shard: str, holder: str, clocks: Clocks, lease_ms: int = LEASE_MS) -> None:
        self._store, self._shard, self._holder, self._clocks, self._lease_ms = store, shard, holder, clocks, lease_ms
        self.seen: Lease | None = None
        self._since_ms = 0

    def attempt(self) -> HeldShard | None:
        """The shard, if nobody serves it; None while somebody does: see `seen`."""
        with self._store.transaction() as tx:
            newest = tx.lease(self._shard)
            if newest is not None and not self._is_over(newest):
                return None
            until_ms = self._clocks.wall_ms() + self._lease_ms
            mine = Lease(self._shard, self._holder, 1 if newest is None else newest.token + 1, until_ms)
            tx.save_lease(mine)
        return HeldShard(self._store, mine, self._clocks, self._lease_ms)

    def _is_over(self, newest: Lease) -> bool:
        """By the clock on the wall; or because nobody renewed it while we looked on for as long as it lasts, if that clock was put back."""
        if newest != self.seen:
            self.seen, self._since_ms = newest, self._clocks.mono_ms()
        return newest.until_ms <= self._clocks.wall_ms() or self._clocks.mono_ms() - self._since_ms >= self._lease_ms
