"""Commands to a kiosk and what became of them, as values. Pure. `mqtt.messages` has these and all other messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loyalty.document import Document


@dataclass(frozen=True, slots=True)
class Command:
    """dn/cmd, never retained: do `op` with `args` (see `mqtt.operations`), not after `expires_ms`. `id` is random and used once; `by`: who
    asked for it.
    """

    id: str
    op: str
    args: Document
    expires_ms: int
    by: str


class CommandState(StrEnum):
    """What a kiosk says of a command. The last three are its end."""

    ACCEPTED = "accepted"  # written down, and under way
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"  # not tried, for a reason


@dataclass(frozen=True, slots=True)
class CommandResult:
    """up/cmd: how a kiosk stands to a command; `why` in words for a person. `png`: the picture that was asked for, of a screenshot."""

    id: str
    state: CommandState
    why: str = ""
    png: bytes = b""
