"""The broker ends at each step between a kiosk and its hub, and comes back having kept everything or nothing: no fact is lost or doubled.

Real Mosquitto, the hub in a process of its own over a real database, the kiosk's real loop, store and link.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqtt.messages import Birth, FactBatch
from tests.failure_rigs import Site, all_claimed, until


@pytest.fixture(params=["remembers", "forgets"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path, keeps=request.param == "remembers") as made:
        yield made


def test_broker_lost_before_the_birth(site: Site) -> None:
    """A broker that is gone between the connection and the first word of the kiosk: it asks again on the next connection."""
    site.hub()
    kiosk = site.kiosk()
    kiosk.taps(3)
    until(lambda: kiosk.link.counts.connects == 1, "the link is up")  # and its kiosk has not been given a turn
    site.break_broker()
    assert kiosk.sent == []
    site.broker.start()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_broker_lost_between_birth_and_sync(site: Site) -> None:
    """A birth is with the broker, the hub has not heard it: after the broker came back the handshake is made all the same."""
    hub = site.hub()
    hub.signal(signal.SIGSTOP)
    kiosk = site.kiosk()
    kiosk.taps(3)
    until(lambda: any(isinstance(said, Birth) for said in kiosk.sent), "a birth", kiosk)
    site.break_broker()
    hub.signal(signal.SIGCONT)
    site.broker.start()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_broker_lost_with_facts_in_flight(site: Site) -> None:
    """Facts were sent and the broker has not acknowledged them: they are sent again, and counted once."""
    site.hub()
    kiosk = site.kiosk()
    all_claimed(kiosk)
    site.broker.freeze()
    kiosk.taps(5)
    until(lambda: sum(isinstance(said, FactBatch) for said in kiosk.sent) == 5, "facts under way", kiosk)
    site.break_broker()
    site.broker.start()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_broker_lost_between_commit_and_claim(site: Site) -> None:
    """The hub holds facts and its claim finds no broker: the kiosk hears of it in the next handshake, and sends nothing twice for it."""
    hub = site.hub(at="committed", then="pause")
    kiosk = site.kiosk()
    until(lambda: kiosk.synced, "in sync", kiosk)
    kiosk.taps(3)
    hub.hear("committed")
    assert site.held()
    site.break_broker()
    until(lambda: not kiosk.synced, "the kiosk notices", kiosk)
    hub.go_on()
    site.broker.start()
    all_claimed(kiosk)
    site.holds_each_once(kiosk)


def test_broker_lost_while_idle(site: Site) -> None:
    """Nothing is under way when the broker ends: what is tapped meanwhile is claimed after it came back, and so is what comes then."""
    site.hub()
    kiosk = site.kiosk()
    kiosk.taps(2)
    all_claimed(kiosk)
    site.break_broker()
    until(lambda: not kiosk.synced, "the kiosk notices", kiosk)
    kiosk.taps(2)
    assert kiosk.unclaimed == 2
    site.broker.start()
    all_claimed(kiosk)
    kiosk.taps(1)
    all_claimed(kiosk)
    site.holds_each_once(kiosk)
