"""Disks that can be full or read-only: a real small one, where this user may mount it, and the recorded one, which refuses as SQLite's own
layer would. Whoever needs one takes both; a machine that lets nobody mount says so in the summary of the tests.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.power.recording_disk import FULL, OK, READONLY, RecordingDisk

SIZE_BYTES = 1_500_000
BALLAST = "ballast"


class Disk(Protocol):
    """What a test does to it."""

    folder: Path

    def fill(self) -> None: ...
    def make_room(self) -> None: ...
    def lock(self) -> None: ...
    def unlock(self) -> None: ...


class RealDisk:
    """A tmpfs of its own, 1.5 MB large."""

    def __init__(self, folder: Path, rights: list[str]) -> None:
        self.folder, self._rights = folder, rights

    def _do(self, *words: str) -> None:
        done = subprocess.run([*self._rights, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(done.stderr.strip())

    def mount(self) -> None:
        """Raises OSError where that is not allowed."""
        who = f"uid={os.getuid()},gid={os.getgid()}"
        self._do("mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES},{who}", "none", str(self.folder))

    def unmount(self) -> None:
        """Also with files open."""
        self._do("umount", "--lazy", str(self.folder))

    def fill(self) -> None:
        """Until not one more byte fits."""
        with (self.folder / BALLAST).open("ab", buffering=0) as ballast:
            for piece in (4096, 1):
                try:
                    while ballast.write(bytes(piece)):
                        continue
                except OSError:
                    continue

    def make_room(self) -> None:
        """Take the ballast away."""
        (self.folder / BALLAST).unlink()

    def lock(self) -> None:
        """Read-only; nobody may have a file open for writing."""
        self._do("mount", "-o", "remount,ro", str(self.folder))

    def unlock(self) -> None:
        """Writable again."""
        self._do("mount", "-o", "remount,rw", str(self.folder))


class RefusingDisk:
    """The recorded disk of `tests.power`: it refuses each write with SQLite's own code."""

    def __init__(self, folder: Path, disk: RecordingDisk) -> None:
        self.folder, self._disk = folder, disk

    def _answer(self, code: int) -> None:
        self._disk.refuse = lambda kind, _name: code if kind == "write" else OK

    def fill(self) -> None:
        """No write is taken."""
        self._answer(FULL)

    def make_room(self) -> None:
        """All are."""
        self._answer(OK)

    def lock(self) -> None:
        """As a file system that the kernel has made read-only under a working kiosk."""
        self._answer(READONLY)

    def unlock(self) -> None:
        """All are taken."""
        self._answer(OK)


@contextmanager
def real_disk(folder: Path) -> Iterator[RealDisk]:
    """Mounted at `folder`; skips, with the reason, where neither this user nor `sudo` without a password may."""
    rights = [] if os.getuid() == 0 else ["sudo", "-n"]
    disk = RealDisk(folder, rights)
    try:
        disk.mount()
    except OSError as refused:
        pytest.skip(f"no file system can be mounted here ({refused}); the same is tried on the refusing disk")
    try:
        yield disk
    finally:
        disk.unmount()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def refusing_disk(folder: Path) -> Iterator[RefusingDisk]:
    """Recorded as long as the block lasts."""
    with RecordingDisk(folder, random.Random(1)) as disk:
        yield RefusingDisk(folder, disk)
