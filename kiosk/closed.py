"""What the hub has closed, as far as this kiosk was told: which word replaces which, and how it lies in the store. Pure.

What a closed rule means is `loyalty.rulebook`'s. What has ended is not let go of here: own facts of that time may still wait for the hub,
and it is bounded by the wire (`mqtt.reading.CLOSINGS_MAX`).
"""

from __future__ import annotations

from typing import Any

from kiosk.standings import UNREADABLE
from kiosk.sums import sum_of
from loyalty.document import Document, read, write
from mqtt.messages import Closings

NOTHING_TOLD = Closings("", 0)


def replaces(said: Closings, known: Closings, hub: str | None) -> bool:
    """Whether the hub's word takes the place of what is known; `hub`: the run we are in sync with, or None.

    Within a run versions rise. Another run's may not, if the clock was put back meanwhile: then the handshake says whose word counts.
    """
    if said.hub == known.hub or hub is None:
        return said.version > known.version
    return said.hub == hub


def document_of(known: Closings) -> Document:
    """The document of the hub's word; with a sum, for a rule whose name is spoilt would be open again."""
    said: Document = write(known)
    return {"said": said, "sum": sum_of(said)}


def closings_of(document: dict[str, Any] | None) -> Closings:
    """The hub's word that a document says; none where it is missing or spoilt: the next handshake tells all of it again."""
    try:
        if document is not None and document["sum"] == sum_of(document["said"]):
            known: Closings = read(Closings, document["said"])
            return known
    except UNREADABLE:
        pass
    return NOTHING_TOLD
