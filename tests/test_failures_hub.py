"""The hub dies between any two of its steps, comes back from an old copy, is slow, or is there twice: every fact is held once.

Real Mosquitto, the hub in a process of its own over a real database, the kiosk's real loop, store and link.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from mqtt.messages import FactBatch
from tests.builders import visit
from tests.failure_rigs import DIED, DISPLACED, Point, Site, all_claimed, freeze, until

POINTS = [point for point in get_args(Point) if point]
WAITING = 5_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        yield made


@pytest.mark.parametrize("point", POINTS)
def test_hub_killed_between_its_steps(site: Site, point: Point) -> None:
    """Killed with facts in its hand, before its commit, after it, or with the claim just said: the next run holds each fact once."""
    hub = site.hub(at=point, then="die")
    kiosk = site.kiosk()
    until(lambda: kiosk.synced, "in sync", kiosk)
    kiosk.taps(5)
    until(lambda: hub.ended() is not None, "the hub dies", kiosk)
    assert hub.ended() == DIED
    assert bool(site.held()) is (point in ("committed", "claimed"))
    kiosk.taps(2)
    site.hub()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_hub_restored_from_yesterdays_copy(site: Site) -> None:
    """The database is put back to a copy: cursors go back, the facts since then come again, none twice, to a hub with another id."""
    hub = site.hub()
    kiosk = site.kiosk()
    kiosk.taps(20)
    all_claimed(kiosk)
    yesterday = site.backup()
    kiosk.taps(30)
    all_claimed(kiosk)
    before = kiosk.loop.state.box.hub
    assert hub.stop() == 0
    site.restore(yesterday)
    assert len(site.held()) == 20
    site.hub()
    until(lambda: any(note.event == "hub.holds_less" for note in kiosk.notes), "the cursor went back", kiosk)
    all_claimed(kiosk)
    assert kiosk.loop.state.box.hub != before
    site.holds_each_once(kiosk)
    assert len(site.held()) == 50


def test_hub_with_a_slow_disk(site: Site) -> None:
    """A commit takes 100 ms while 5,000 facts wait: they are not sent again and again, taps go on meanwhile, and all is claimed."""
    site.hub(at="committed", then="slow")
    kiosk = site.kiosk()
    for _ in range(WAITING // 250):  # before it is given a turn, so before its first handshake
        kiosk.tap(*(visit(f"{number:032x}") for number in range(250)))
    until(lambda: kiosk.unclaimed < WAITING, "the first claim", kiosk)
    kiosk.taps(10)
    assert kiosk.unclaimed > WAITING // 2
    all_claimed(kiosk)
    site.holds_each_once(kiosk)
    assert sum(len(said.facts) for said in kiosk.sent if isinstance(said, FactBatch)) < WAITING * 1.1


def test_second_hub_waits_and_takes_over_from_a_killed_one(site: Site) -> None:
    """While one hub serves the shard another started beside it says nothing; after kill -9 it takes over, and all is claimed."""
    first = site.hub()
    kiosk = site.kiosk()
    kiosk.taps(3)
    all_claimed(kiosk)
    second = site.hub(up=False)
    kiosk.taps(3)
    all_claimed(kiosk)
    assert not second.says("up")
    first.kill()
    kiosk.taps(3)
    second.hear("up")
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_second_hub_takes_over_at_once_from_one_that_stops(site: Site) -> None:
    """A clean stop gives the shard back: with a lease of an hour the next hub is there all the same."""
    first = site.hub(lease_ms=3_600_000)
    second = site.hub(up=False, lease_ms=3_600_000)
    assert first.stop() == 0
    second.hear("up")
    kiosk = site.kiosk()
    kiosk.taps(3)
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_frozen_hub_that_wakes_is_fenced_off(site: Site) -> None:
    """A hub that was frozen with facts in its hand, until another took over, wakes: it writes nothing, claims nothing, and ends."""
    first = site.hub()
    kiosk = site.kiosk()
    kiosk.taps(3)
    all_claimed(kiosk)
    old = kiosk.loop.state.box.hub
    freeze(first.pid, site.database)
    kiosk.taps(5)  # the broker hands them to the frozen one
    second = site.hub()
    all_claimed(kiosk)
    new = kiosk.loop.state.box.hub
    assert new != old
    first.signal(signal.SIGCONT)
    assert first.join() == DISPLACED
    kiosk.taps(5)
    all_claimed(kiosk)
    assert kiosk.loop.state.box.hub == new
    assert second.ended() is None
    site.holds_each_once(kiosk)
    assert site.rows("SELECT token, holder FROM hub_shardlease") == [(2, new)]


def test_hub_frozen_inside_a_transaction_writes_nothing_later(site: Site) -> None:
    """Frozen between its look at the lease and its commit it holds the database: nobody takes over until it ends."""
    first = site.hub(at="before_commit", then="pause")
    kiosk = site.kiosk()
    until(lambda: kiosk.synced, "in sync", kiosk)
    kiosk.taps(5)
    first.hear("before_commit")
    second = site.hub(up=False)
    assert site.held() == []
    first.kill()
    second.hear("up")
    all_claimed(kiosk)
    site.holds_each_once(kiosk)
