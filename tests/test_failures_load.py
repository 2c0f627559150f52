"""Many at once: a whole fleet that comes back in one moment, and a backlog of weeks. Everything arrives, each fact once.

Real Mosquitto, the hub in a process of its own over a real database, the kiosks' real loops, stores and links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue
from random import Random

import pytest

from config.schema import HubConfig
from hub import build
from mqtt.link import LinkUp
from mqtt.messages import Birth
from mqtt.wire import Packet
from tests.builders import visit
from tests.failure_rigs import WAIT_S, Kiosk, Site, all_claimed, until

FLEET = 60
BACKLOG_WAIT_S = 600.0  # 20,000 facts take 6 s on two shared cores


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        yield made


def fleet(site: Site, seed: int = 1) -> list[Kiosk]:
    """Kiosks of one shard, each with its own share of every jittered wait."""
    random = Random(seed)
    return [site.kiosk(name=f"k-{number}", spread=random.random(), retry_s_max=60.0) for number in range(FLEET)]


def test_fleet_meets_a_restarted_hub(site: Site) -> None:
    """Sixty kiosks that each know 30 members hear of a new run of the hub in one instant: they ask one after the other, and all are in sync
    again.
    """
    site.enrol(30, [f"k-{number}" for number in range(FLEET)])
    hub = site.hub()
    kiosks = fleet(site)
    for kiosk in kiosks:
        kiosk.taps(1)
    all_claimed(*kiosks)
    hub.kill()
    for kiosk in kiosks:
        kiosk.taps(1)
    said = [len(kiosk.sent) for kiosk in kiosks]
    site.hub()
    all_claimed(*kiosks)
    assert sum(births(kiosk, before) for kiosk, before in zip(kiosks, said, strict=True)) <= 2 * FLEET
    waits = {note.fields["wait_ms"] for kiosk in kiosks for note in kiosk.notes if note.event == "hub.changed"}
    assert len(waits) > FLEET // 2
    site.holds_each_once(*kiosks)


def test_fleet_meets_a_restarted_broker(site: Site) -> None:
    """Sixty kiosks lose their broker in one instant: they come back one after the other, and hardly anybody asks twice."""
    site.hub()
    kiosks = fleet(site)
    for kiosk in kiosks:
        kiosk.taps(1)
    all_claimed(*kiosks)
    site.broker.kill()
    until(lambda: not any(kiosk.synced for kiosk in kiosks), "no broker", *kiosks)
    for kiosk in kiosks:
        kiosk.taps(1)
    said = [len(kiosk.sent) for kiosk in kiosks]
    site.broker.start()
    all_claimed(*kiosks)
    assert sum(births(kiosk, before) for kiosk, before in zip(kiosks, said, strict=True)) <= 2 * FLEET
    site.holds_each_once(*kiosks)


def test_hub_greets_a_fleet_without_losing_a_word(site: Site) -> None:
    """A hub's link takes what a hundred births are answered with, sixteen pages of members each, before the broker has taken any of it."""
    link, heard = (
        build.link(replace(HubConfig(), broker=replace(HubConfig().broker, host="127.0.0.1", port=site.broker.port))),
        Queue[object](),
    )
    link.start(heard.put)
    assert isinstance(heard.get(timeout=WAIT_S), LinkUp)
    site.broker.freeze()
    try:
        assert all(link.publish(Packet("stupeni/1/s0/k/k-1/dn/mem", b"x" * 1000, 1)) for _ in range(100 * 18))
    finally:
        site.broker.kill()
        link.stop()


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_backlog_of_weeks(site: Site, count: int) -> None:
    """Facts gathered over weeks without a network all arrive, each once, and the kiosk takes taps meanwhile."""
    site.hub()
    kiosk = site.kiosk()
    for done in range(0, count, 500):  # before it is given a turn
        kiosk.tap(*(visit(f"{done + number:032x}") for number in range(500)))
    until(lambda: kiosk.unclaimed < count, "the first claim", kiosk)
    kiosk.taps(5)
    until(lambda: kiosk.done, "nothing unclaimed", kiosk, wait_s=BACKLOG_WAIT_S)
    site.holds_each_once(kiosk)
    assert len(site.held()) == count + 5


def births(kiosk: Kiosk, since: int) -> int:
    """How often it asked for a handshake."""
    return sum(isinstance(each, Birth) for each in kiosk.sent[since:])
