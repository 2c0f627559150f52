"""What the hub keeps of its kiosks as a fleet: how each shall be set up, and how it stands to that. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.document import Document
from mqtt.messages import Reported, SetUp

UNHEARD = Reported(0, "", SetUp.LOCAL, 0)


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """Settings that somebody set or left to the kiosks' own files again: at one kiosk, or at all where `scope` is "". Never changed."""

    scope: str
    set: Document
    unset: tuple[str, ...]
    by: str
    at_ms: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class KioskSetUp:
    """What is desired of a kiosk since `desired_ms`, as version and content, and what it said of that last."""

    kiosk: str
    version: int = 0
    content: str = ""
    desired_ms: int = 0
    reported: Reported = UNHEARD
    reported_ms: int = 0

    @property
    def is_in_step(self) -> bool:
        """Whether the kiosk works by what is desired."""
        seen = self.reported.version, self.reported.content, self.reported.applied
        return seen == (self.version, self.content, self.version)
