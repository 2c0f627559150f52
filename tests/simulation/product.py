"""The parts a simulated shop is built from: the product's own, or one of them wrong on purpose (see `mutants`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.clock import Clock
from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from kiosk import machine
from kiosk.machine import State
from kiosk.messages import Message
from kiosk.outbox import Identity, Outbox
from kiosk.store import Store
from loyalty.moment import Moment


def new_epoch(_path: Path, fresh: str) -> str:
    """A kiosk's epoch is new at each start, whatever lies on the storage card."""
    return fresh


def rebuilt(who: Identity, store: Store, now: Moment) -> Outbox:
    """The outbox at a start: all that the store holds."""
    return Outbox(who, store.held(), now)


def same_clock(clock: Clock) -> Clock:
    """The kiosk waits by the clock's monotonic time."""
    return clock


@dataclass(frozen=True)
class Product:
    """What a shop is built from; every field is the product's own part unless a mutant replaces it."""

    step: Callable[[State, Message], machine.Step] = machine.step
    store: type[Store] = Store
    epoch: Callable[[Path, str], str] = new_epoch
    outbox: Callable[[Identity, Store, Moment], Outbox] = rebuilt
    clock: Callable[[Clock], Clock] = same_clock
    hub_store: type[MemoryHubStore] = MemoryHubStore
    receiver: type[Receiver] = Receiver
    ingest: type[Ingest] = Ingest
