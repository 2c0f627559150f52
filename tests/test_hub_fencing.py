"""One hub for a shard: who gets the lease, when, and that whoever lost it writes nothing more. In virtual time, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.door import HubStore
from hub.fencing import LEASE_MS, RENEW_SHARE, Clocks, Displaced, HeldShard, Standby
from hub.memory_store import MemoryHubStore
from hub.records import KioskRecord
from tests.hub_builders import NOON
from tests.hub_database import emptied_database


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[HubStore]:
    if request.param == "memory":
        yield MemoryHubStore()
        return
    with emptied_database() as real:
        yield real


class Time:
    """A clock on the wall and one that never goes back, moved by hand."""

    def __init__(self) -> None:
        self.wall_ms, self.mono_ms = NOON, 0
        self.clocks = Clocks(lambda: self.wall_ms, lambda: self.mono_ms)

    def pass_ms(self, ms: int) -> None:
        self.wall_ms += ms
        self.mono_ms += ms


def taken(store: HubStore, time: Time, holder: str) -> HeldShard:
    held = Standby(store, "s0", holder, time.clocks).attempt()
    assert held is not None
    return held


def write(held: HeldShard, kiosk: str) -> None:
    with held.transaction() as tx:
        tx.save_kiosk(KioskRecord(kiosk, device="written"))


def written(store: HubStore, kiosk: str) -> bool:
    with store.transaction() as tx:
        return tx.kiosk(kiosk).device == "written"


def test_the_second_hub_waits_until_the_first_gives_back(store: HubStore) -> None:
    """A shard that is served is not had; once it was given back it is had at once, under a higher token."""
    time = Time()
    first, second = taken(store, time, "h_1"), Standby(store, "s0", "h_2", time.clocks)
    assert second.attempt() is None
    assert second.seen == first.lease
    first.give_back()
    held = second.attempt()
    assert held is not None
    assert (held.lease.holder, held.lease.token) == ("h_2", first.lease.token + 1)


def test_a_lost_hub_costs_one_lease_and_no_more(store: HubStore) -> None:
    """A hub that was killed is waited for until its lease is over, and not a moment longer."""
    time = Time()
    taken(store, time, "h_1")
    second = Standby(store, "s0", "h_2", time.clocks)
    time.pass_ms(LEASE_MS - 1)
    assert second.attempt() is None
    time.pass_ms(1)
    assert second.attempt() is not None


def test_a_hub_that_writes_keeps_its_shard(store: HubStore) -> None:
    """Whatever is written when it is due renews the lease: a hub at work is never taken for lost."""
    time = Time()
    first, second = taken(store, time, "h_1"), Standby(store, "s0", "h_2", time.clocks)
    for _ in range(10):
        time.pass_ms(LEASE_MS // RENEW_SHARE)
        write(first, "k-1")
        assert second.attempt() is None


def test_a_renewal_that_was_undone_is_due_still(store: HubStore) -> None:
    """A transaction that was rolled back has renewed nothing; the next one does."""
    time = Time()
    first = taken(store, time, "h_1")
    time.pass_ms(LEASE_MS - 1)
    with pytest.raises(KeyError), first.transaction():
        raise KeyError
    write(first, "k-1")
    time.pass_ms(1)
    assert Standby(store, "s0", "h_2", time.clocks).attempt() is None


def test_a_hub_that_was_frozen_writes_nothing_more(store: HubStore) -> None:
    """Once another has taken over, the first is refused in its next transaction, in words, before it has written anything."""
    time = Time()
    first = taken(store, time, "h_1")
    time.pass_ms(LEASE_MS)
    second = taken(store, time, "h_2")
    with pytest.raises(Displaced, match="another hub serves this shard"):
        write(first, "k-1")
    assert not written(store, "k-1")
    first.give_back()
    write(second, "k-2")
    assert written(store, "k-2")


def test_a_hub_that_was_frozen_goes_on_if_nobody_came(store: HubStore) -> None:
    """A lease that is over but was taken by nobody is renewed: a stall of the only hub costs nothing."""
    time = Time()
    first = taken(store, time, "h_1")
    time.pass_ms(10 * LEASE_MS)
    write(first, "k-1")
    assert Standby(store, "s0", "h_2", time.clocks).attempt() is None


@pytest.mark.parametrize("back_ms", [3_600_000, 24 * 3_600_000])
def test_a_clock_put_back_does_not_lock_a_shard(store: HubStore, back_ms: int) -> None:
    """A lease that ends in an hour by the clock on the wall is over when nobody has renewed it for as long as a lease lasts."""
    time = Time()
    taken(store, time, "h_1")
    time.wall_ms -= back_ms
    second = Standby(store, "s0", "h_2", time.clocks)
    assert second.attempt() is None
    time.pass_ms(LEASE_MS - 1)
    assert second.attempt() is None
    time.pass_ms(1)
    assert second.attempt() is not None


def test_a_clock_put_back_does_not_take_a_shard_from_a_hub_at_work(store: HubStore) -> None:
    """While the holder goes on renewing, whoever looks on sees another lease each time and waits."""
    time = Time()
    first, second = taken(store, time, "h_1"), Standby(store, "s0", "h_2", time.clocks)
    time.wall_ms -= 3_600_000
    for _ in range(10):
        time.pass_ms(LEASE_MS // RENEW_SHARE)
        write(first, "k-1")
        assert second.attempt() is None


def test_a_token_of_before_a_backup_is_nobodys(store: HubStore) -> None:
    """After an old database was put back its tokens are counted again; the same number of another run is another lease."""
    time = Time()
    first = taken(store, time, "h_1")
    with store.transaction() as tx:
        tx.save_lease(replace(first.lease, holder="h_2"))
    with pytest.raises(Displaced):
        write(first, "k-1")
