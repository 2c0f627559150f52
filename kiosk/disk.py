"""The disk under the store, looked at from outside: how much room is left, and what lies aside. What that means is `alarms`'s."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.room import DiskSeen
from loyalty.moment import Moment

MB = 1 << 20
DAMAGED = "{name}.damaged-*"  # as `documents.set_aside` names them; each has a journal and an index beside it, which count with it
BESIDE = ("-wal", "-shm")


def free_bytes(path: Path) -> int:
    """Room for this program on the disk that holds `path`. Raises OSError."""
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def look(store: Path, now: Moment) -> DiskSeen:
    """How the disk is under the store at this path."""
    try:
        free_mb = free_bytes(store.parent) // MB
        aside = sum(not each.name.endswith(BESIDE) for each in store.parent.glob(DAMAGED.format(name=store.name)))
    except OSError:
        return DiskSeen(now, None, 0)
    return DiskSeen(now, free_mb, aside)
