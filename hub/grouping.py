"""Messages that could be read, and which of them are kept in one transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mqtt.messages import FactBatch, FromKiosk

FACTS_PER_COMMIT_MAX = 1024  # about 100 ms on a small machine; beyond it a longer wait saves nothing


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that could be read: who said it, and whether it is from before we listened."""

    kiosk: str
    message: FromKiosk
    retained: bool = False


def grouped(heard: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Messages in order, with batches of facts that follow one another together up to FACTS_PER_COMMIT_MAX facts."""
    group: list[Heard] = []
    facts = 0
    for each in heard:
        more = len(each.message.facts) if isinstance(each.message, FactBatch) else 0
        if group and (not isinstance(each.message, FactBatch) or facts + more > FACTS_PER_COMMIT_MAX):
            yield group
            group, facts = [], 0
        if isinstance(each.message, FactBatch):
            group.append(each)
            facts += more
        else:
            yield [each]
    if group:
        yield group
