"""What the simulation proves, how a broken proof is said, and the memory of the last steps before it.

No shop and no fault lives here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum

STEPS_SHOWN = 40  # enough for a tap, its commit, its way to the hub and what happened around it


class Proof(StrEnum):
    """The promises of the product, each proven on every simulated day."""

    LOST = "no fact is lost"
    TWICE = "no fact is counted twice"
    PROMISED = "nothing is promised that is not on disk"
    BALANCE = "no balance is shown beyond what the facts justify"
    WHOLE = "a tap is on disk wholly or not at all"
    ONCE = "a command is done once"
    KEPT = "what was promised of a budget is given"
    LIMITS = "alone a kiosk gives no more than its limits"
    CLAIMED = "the hub claims only what it has committed"
    OLDER = "what a kiosk knows of a member never gets older"
    DATED = "a fact from a doubtful clock is dated by the hub"
    QUIET = "a healed shop comes to rest by itself"
    CONVERGED = "in the end all sides hold the same"
    ALIVE = "no part crashes by a mistake of ours"


class Broken(AssertionError):
    """A proof that failed: `proof` says which, the message what was seen."""

    def __init__(self, proof: Proof, what: str) -> None:
        super().__init__(f"{proof.value}: {what}")
        self.proof = proof


class Trace:
    """The last steps of a day; with `say` also every step as it happens."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say
        self._last: deque[tuple[int, str, str, object]] = deque(maxlen=STEPS_SHOWN)

    def note(self, at_ms: int, who: str, what: str, more: object = "") -> None:
        """One step: milliseconds since the day began, who did it, what it was."""
        step = (at_ms, who, what, more)
        self._last.append(step)
        if self._say is not None:
            self._say(_line(step))

    def text(self) -> str:
        """The last steps, one a line."""
        return "\n".join(_line(step) for step in self._last)


def _line(step: tuple[int, str, str, object]) -> str:
    at_ms, who, what, more = step
    return f"{at_ms / 1000:9.3f} s  {who:<7} {what} {more if more != '' else ''}".rstrip()
