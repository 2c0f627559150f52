"""What a claim says beside how far the hub is: which documents do not count, told apart from what is held under their numbers. Pure.

Which documents are facts at all is `sorting`'s; keeping is the receiver's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.door import HubTransaction
from hub.records import PutAside, StreamId
from hub.sorting import E_CONFLICT, E_GAP, Written
from mqtt.messages import Claim

REJECTED_MAX = 256  # what a claim on the wire can name; what it leaves out is put aside here all the same
VERSIONS_KEPT_MAX = 8  # differing contents kept of one number: enough to see what went wrong; a kiosk gone mad cannot fill the disk


def compare(tx: HubTransaction, again: Sequence[tuple[StreamId, int, Written]]) -> tuple[list[PutAside], list[PutAside]]:
    """Documents sent although their numbers are held: those put aside before, and those that say something new."""
    numbers: dict[StreamId, set[int]] = {}
    for stream, number, _ in again:
        numbers.setdefault(stream, set()).add(number)
    kept = {stream: tx.contents(stream, wanted) for stream, wanted in numbers.items()}
    aside = {stream: tx.aside(stream, wanted) for stream, wanted in numbers.items()}
    known, conflicts = [], []
    for stream, number, written in again:
        if kept[stream].get(number) == written.content:
            continue
        before = aside[stream].setdefault(number, [])
        same = next((item for item in before if item.content == written.content), None)
        if same is None and len(before) >= VERSIONS_KEPT_MAX:
            same = before[-1]
        if same is None:
            code = E_CONFLICT if before or number in kept[stream] else E_GAP
            same = PutAside(stream, number, code, written.text, written.content)
            before.append(same)
            conflicts.append(same)
        else:
            known.append(same)
    return known, conflicts


def claims(hub: str, cursors: Mapping[StreamId, int], aside: Iterable[PutAside]) -> tuple[tuple[str, Claim], ...]:
    """One claim per stream, naming what of these batches does not count."""
    rejected: dict[StreamId, set[tuple[int, str]]] = {}
    for item in aside:
        rejected.setdefault(item.stream, set()).add((item.number, item.code))
    named = {stream: tuple(sorted(rejected.get(stream, ()))[-REJECTED_MAX:]) for stream in cursors}
    return tuple((stream.kiosk, Claim(hub, stream.epoch, upto, named[stream])) for stream, upto in cursors.items())
