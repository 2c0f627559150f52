"""Commands to kiosks as the hub keeps them: what was asked, by whom, and how it stands. Pure values; what moves them is `commanding`'s."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from loyalty.document import Document


class Standing(StrEnum):
    """How a command stands. The last four are its end, of which EXPIRED may still turn out otherwise."""

    QUEUED = "queued"  # written down
    SENT = "sent"  # given to the broker, and again until something is heard
    ACCEPTED = "accepted"  # the kiosk has written it down and is at it
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"  # nothing was heard in time


OPEN = frozenset({Standing.QUEUED, Standing.SENT, Standing.ACCEPTED})


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One command: `by` whom it was asked for at `asked_ms`, until when it may be begun; `sent_ms` when it was last sent, 0 for never;
    `ended_ms` when its end was heard. `why`: the kiosk's words, or ours.
    """

    id: str
    kiosk: str
    op: str
    args: Document = field(hash=False)
    by: str
    asked_ms: int
    expires_ms: int
    state: Standing = Standing.QUEUED
    why: str = ""
    sent_ms: int = 0
    ended_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether more is to be heard of it."""
        return self.state in OPEN
