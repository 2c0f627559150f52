"""A moment, as a kiosk can know it: two clocks read together. Who reads them is `drivers.clock`."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.facts import ClockQuality


@dataclass(frozen=True, slots=True)
class Moment:
    """`mono_ms` counts within one kernel boot and is for waiting; `wall_ms` (since 1970 UTC) is for facts, as good as `quality` says."""

    mono_ms: int
    wall_ms: int
    quality: ClockQuality

    @property
    def kept(self) -> bool:
        """Whether anybody keeps the wall clock: the network, a battery, the hub."""
        return self.quality is not ClockQuality.UNSYNCED
