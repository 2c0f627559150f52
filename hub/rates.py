"""How often a kiosk may ask for what costs the hub or the staff something: token buckets. Pure; time is handed in.

Facts have no rate: they are never refused, only taken in turn (`hub.inbox`). What is over its rate is counted and ignored, or answered
"ask later"; a kiosk asks again by itself, at growing intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

from mqtt.messages import Alert, Birth, CommandResult, FromKiosk, KioskState, Lookup, Reported, Reserve, Urgent


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and after that so many a minute."""

    burst: int
    per_minute: int


RATES: dict[type[FromKiosk], Rate] = {
    Birth: Rate(20, 12),  # a kiosk asks after 3 s, then at growing intervals: a line that flaps needs five a minute
    Lookup: Rate(60, 60),  # nobody lays down cards faster than one a second
    Reserve: Rate(12, 12),  # a reward takes a customer five touches
    Urgent: Rate(10, 6),  # ten dissatisfied customers in a row at one counter; more is not a queue, it is a prank or a stolen key
    KioskState: Rate(30, 30),  # every 300 s, and at each connection made or lost
    Alert: Rate(60, 60),  # a whole list after each handshake, then changes
    CommandResult: Rate(30, 60),  # eight after each handshake, then two for each command; a picture of 45 KB is kept once for each
    Reported: Rate(30, 30),  # after each handshake, then a few for each version pushed
}
FLEET_BIRTHS = Rate(200, 1_200)  # of all kiosks: twenty a second, so that a hub that comes back still takes facts and answers between them
BUCKETS_MAX = 20_000  # 2,000 kiosks; of more, whoever spoke last is remembered
TINY = 1e-9  # what adding up tenths loses
FLEET = ""  # no kiosk has this name


class Rates:
    """What each kiosk has left of each rate."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, type[FromKiosk]], tuple[float, float]] = {}  # tokens, and when that was (monotonic s)

    def allow(self, kiosk: str, message: FromKiosk, now_s: float) -> bool:
        """Whether this message of a kiosk is within its rate, and, for a handshake, within the fleet's; if so it is counted."""
        kind = type(message)
        rate = RATES.get(kind)
        if rate is None:
            return True
        return self._take(kiosk, kind, rate, now_s) and (kind is not Birth or self._take(FLEET, kind, FLEET_BIRTHS, now_s))

    def _take(self, kiosk: str, kind: type[FromKiosk], rate: Rate, now_s: float) -> bool:
        tokens, at_s = self._left.pop((kiosk, kind), (float(rate.burst), now_s))
        tokens = min(float(rate.burst), tokens + max(0.0, now_s - at_s) * rate.per_minute / 60)
        allowed = tokens > 1 - TINY
        self._left[kiosk, kind] = (tokens - allowed, now_s)
        if len(self._left) > BUCKETS_MAX:
            del self._left[next(iter(self._left))]
        return allowed
