"""Room on the disk: the message and the effect of it, beside those of `messages`. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.moment import Moment


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """How the disk is under the store: MB free, and how many damaged stores lie aside. `free_mb` None: it could not be asked."""

    now: Moment
    free_mb: int | None
    set_aside: int


@dataclass(frozen=True, slots=True)
class LookAtDisk:
    """See how much room there is. Answered by DiskSeen."""
