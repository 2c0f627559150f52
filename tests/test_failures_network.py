"""Lines that are open and dead, and two devices under one name: both sides notice in time, come back, and mix nothing up.

Real Mosquitto, the hub in a process of its own over a real database, the kiosk's real loop, store and link.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mqtt.cable import Way
from tests.failure_rigs import Site, all_claimed, until

KEEPALIVE_S = 1


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        yield made


ways = pytest.mark.parametrize("way", [Way.UP, Way.DOWN, Way.BOTH], ids=["to the broker", "from the broker", "both ways"])


@ways
def test_half_open_line_of_a_kiosk(site: Site, way: Way) -> None:
    """The kiosk's line swallows what is sent and stays open: the kiosk gives it up, connects anew, and all facts are claimed."""
    site.hub()
    cable = site.cable()
    kiosk = site.kiosk(cable.port, keepalive_s=KEEPALIVE_S)
    kiosk.taps(2)
    all_claimed(kiosk)
    cable.clog(way)
    kiosk.taps(3)
    until(lambda: kiosk.loop.state.box.session is None, "the kiosk notices", kiosk)
    assert kiosk.unclaimed > 0
    cable.mend()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


@ways
def test_half_open_line_of_the_hub(site: Site, way: Way) -> None:
    """The hub's line swallows what is sent and stays open: the hub gives it up and connects anew, and all facts are claimed."""
    cable = site.cable()
    hub = site.hub(cable.port, keepalive_s=KEEPALIVE_S)
    kiosk = site.kiosk()
    kiosk.taps(2)
    all_claimed(kiosk)
    cable.clog(way)
    kiosk.taps(3)
    until(lambda: "no broker: the connection was lost" in site.log, "the hub notices", kiosk)
    cable.mend()
    hub.hear("up")
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_broker_speaks_the_will_over_a_half_open_line(site: Site) -> None:
    """The broker too gives a dead line up: it ends the session of who has not spoken, and the hub hears that the kiosk is gone."""
    site.hub()
    cable = site.cable()
    kiosk = site.kiosk(cable.port, keepalive_s=KEEPALIVE_S, will_delay_s=0)
    all_claimed(kiosk)
    until(lambda: site.presence("k-1") == "online", "on line at the hub", kiosk)
    cable.clog()
    until(lambda: site.presence("k-1") == "offline", "the will at the hub")


def test_two_devices_under_one_name(site: Site) -> None:
    """A copied storage card: each throws the other out, but they stop that; all facts of both are held, by epoch; the hub reports it."""
    site.hub()
    twins = [site.kiosk(store=device, device=device, retry_s_max=1.0) for device in ("serial-a", "serial-b")]
    for twin in twins:
        twin.taps(3)
    until(lambda: any("another device" in str(note.fields.get("why")) for each in twins for note in each.notes), "they notice", *twins)
    assert max(twin.link.counts.connects for twin in twins) <= 4
    until(lambda: all(twin.unclaimed == 0 for twin in twins), "nothing unclaimed", *twins)
    site.holds_each_once(*twins)
    assert len({epoch for _, epoch, _ in site.held()}) == 2
    assert "clone_suspect: two devices take turns under the name of kiosk k-1" in site.log
    (row,) = site.status()["kiosks"]
    assert (row["clone_suspect"], {row["device"], row["twin"]}) == (True, {"serial-a", "serial-b"})
