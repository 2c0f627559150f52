"""How often a kiosk may ask: buckets that fill with time, each for itself, and one for all handshakes together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rates import BUCKETS_MAX, FLEET_BIRTHS, RATES, Rates
from mqtt.messages import Birth, FactBatch, FromKiosk, Urgent
from tests.wire_messages import CARD, EPOCH, ORDINARY

LIMITED = [message for message in ORDINARY if type(message) in RATES]
URGENT = Urgent(EPOCH, 1, CARD, 0)


def test_what_costs_has_a_rate_and_facts_have_none() -> None:
    """Every kind of message of a kiosk is limited but facts, which are never refused."""
    assert {kind for kind in FromKiosk.__args__ if kind not in RATES} == {FactBatch}
    rates, (batch,) = Rates(), [message for message in ORDINARY if isinstance(message, FactBatch)]
    assert all(rates.allow("k-1", batch, 0.0) for _ in range(10_000))


@pytest.mark.parametrize("message", LIMITED, ids=lambda message: type(message).__name__)
def test_a_burst_then_a_trickle(message: FromKiosk) -> None:
    """At once as many as the burst, then as many a minute as the rate; an hour of silence is one burst again, no more."""
    rate, rates = RATES[type(message)], Rates()
    assert [rates.allow("k-1", message, 5.0) for _ in range(rate.burst + 2)].count(True) == rate.burst
    assert rates.allow("k-2", message, 5.0)
    assert [rates.allow("k-1", message, 5.0 + second) for second in range(1, 61)].count(True) == min(rate.per_minute, 60)
    assert [rates.allow("k-1", message, 3_700.0) for _ in range(rate.burst + 2)].count(True) == rate.burst


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), max_size=30))
def test_no_pattern_gets_more_than_burst_and_rate(pauses: list[tuple[float, int]]) -> None:
    """However the asking is spread, over any stretch of time it is the burst and the rate of that time at the most."""
    rates, rate = Rates(), RATES[Urgent]
    now_s = allowed = 0.0
    for pause_s, times in pauses:
        now_s += pause_s
        allowed += sum(rates.allow("k-1", URGENT, now_s) for _ in range(times))
        assert allowed <= rate.burst + now_s * rate.per_minute / 60 + 1e-6


def test_a_clock_that_stands_still_or_goes_back_gives_nothing() -> None:
    """Only time that passed fills a bucket."""
    rates = Rates()
    assert [rates.allow("k-1", URGENT, 100.0) for _ in range(11)].count(True) == RATES[Urgent].burst
    assert not rates.allow("k-1", URGENT, 0.0)


def test_all_handshakes_together_have_a_rate() -> None:
    """Of a thousand kiosks that ask in the same second some are greeted now, the others when they ask again."""
    rates = Rates()
    (birth,) = [message for message in ORDINARY if isinstance(message, Birth)]
    assert sum(rates.allow(f"k-{number}", birth, 0.0) for number in range(1_000)) == FLEET_BIRTHS.burst
    assert sum(rates.allow(f"k-{number}", birth, 1.0) for number in range(1_000)) == FLEET_BIRTHS.per_minute // 60


def test_memory_is_bounded() -> None:
    """Kiosks without end do not fill the hub's memory; the one that spoke last is remembered."""
    rates = Rates()
    for number in range(BUCKETS_MAX + 100):
        rates.allow(f"k-{number}", URGENT, 0.0)
    assert len(rates._left) == BUCKETS_MAX
    assert [rates.allow(f"k-{BUCKETS_MAX + 99}", URGENT, 0.0) for _ in range(10)].count(True) == RATES[Urgent].burst - 1
