"""The disk under the store, looked at from outside: how much room is left, and what lies aside. What that means is `alarms`'s."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.documents.trouble import StoreFault
from kiosk.room import DiskSeen
from loyalty.moment import Moment

STORE_NAME = "kiosk.db"  # in the kiosk's state folder
MB = 1 << 20
RESERVE_BYTES = 32 * MB  # twice the largest journal: deleting writes first, and a disk that is quite full cannot be tidied any more
DAMAGED = "{name}.damaged-*"  # as `documents.set_aside` names them; each has a journal and an index beside it, which count with it
BESIDE = ("-wal", "-shm")


def free_bytes(folder: Path) -> int | None:
    """Room for this program on the disk that holds a folder; None where it cannot be asked."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def leave_reserve(store: Path, free: int | None) -> None:
    """Raises StoreFault where no more is `free` on the store's disk than is needed to let go of facts, which takes some itself."""
    if free is not None and free < RESERVE_BYTES:
        what = f"the disk of the store {store} has less than {RESERVE_BYTES // MB} MB left, which are for tidying up"
        raise StoreFault(what, "Free space on the device: old logs, stores set aside as damaged once their facts are saved")


def look(store: Path, now: Moment) -> DiskSeen:
    """How the disk is under the store at this path."""
    try:
        aside = sum(not each.name.endswith(BESIDE) for each in store.parent.glob(DAMAGED.format(name=store.name)))
    except OSError:
        aside = 0
    free = free_bytes(store.parent)
    return DiskSeen(now, None if free is None else free // MB, aside)
