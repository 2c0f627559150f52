"""Opening the store, and what happens when it is damaged: it is put aside under a dated name, never deleted, and a new one begun.

What can be lost by that are facts the hub had not claimed; they lie in the file put aside. Members come back from the hub.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from drivers.clock import Clock
from kiosk.documents import DamagedStore, set_aside
from kiosk.outbox import Identity
from kiosk.store import Store
from loyalty.facts import StoreRecovered

log = logging.getLogger("stupeni.kiosk")


def open_store(path: Path, who: Identity, clock: Clock) -> Store:
    """The store at `path`, a new one in the place of a damaged one. Raises StoreInUse, NewerStore, StoreFault."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return Store(path, who.kiosk, who.epoch, who.boot)
    except DamagedStore as damage:
        return begin_anew(path, damage, who, clock)


def begin_anew(path: Path, damage: DamagedStore, who: Identity, clock: Clock) -> Store:
    """Put the damaged store aside and open a new one, whose first fact tells the hub. Raises StoreInUse, StoreFault."""
    aside = set_aside(path, time.strftime("%Y%m%dT%H%M%S", time.gmtime(clock.now().wall_ms / 1000)))
    log.error(
        "the store was damaged (%s); it is kept as %s and service goes on with a new one. Keep that file: unsent facts may be in it.",
        damage.why,
        aside,
    )
    store = Store(path, who.kiosk, who.epoch, who.boot)
    store.commit((StoreRecovered(aside.name),), clock.now())
    return store
