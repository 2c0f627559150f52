"""What may be left of the files when the power goes: an image drawn by chance from what was written down. Pure, but for `lay`.

What a flush was answered for is there. Of everything after it each sector (512 or 4096 bytes) is there or not, in any order, whichever
write it belongs to; a file may already have its new length without the bytes, which are then zeros or rubbish. Names come and go in
order, as every file system with a journal keeps them, but late. Bytes that nobody was writing stay as they are ("powersafe overwrite",
which SQLite counts on too).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.power.recording_disk import Act

SECTORS = (512, 4096)
JOURNALS = ("-wal", "-journal")


@dataclass(slots=True)
class _File:
    """The bytes that are safe, and what was done since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Act] = field(default_factory=list)
    new: bool = True  # not flushed yet since it was made


@dataclass(slots=True)
class _Disk:
    """All files by their present names, the names that are safe, and what happened to names since."""

    files: dict[str, _File] = field(default_factory=dict)
    safe_names: dict[str, _File] = field(default_factory=dict)
    since: list[tuple[str, _File | None]] = field(default_factory=list)

    def settle_names(self) -> None:
        _rename(self.safe_names, self.since)
        self.since.clear()


def _rename(names: dict[str, _File], changes: Sequence[tuple[str, _File | None]]) -> None:
    for name, file in changes:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _after(acts: Sequence[Act], chance: Random) -> _Disk:
    """The state of the disk after these acts."""
    disk = _Disk()
    for act in acts:
        if act.kind == "create" or (act.name not in disk.files and act.kind == "mark"):
            disk.files[act.name] = _File()
            disk.since.append((act.name, disk.files[act.name]))
        if act.kind == "folder":
            disk.settle_names()
        elif act.kind == "delete":
            disk.files.pop(act.name)
            disk.since.append((act.name, None))
        elif act.kind in ("write", "truncate", "mark"):
            disk.files[act.name].since.append(act)
        elif act.kind in ("sync", "marked"):
            file = disk.files[act.name]
            for done in file.since:
                _do(file.safe, done)
            file.since.clear()
            if file.new and (act.name.endswith(JOURNALS) or act.kind == "marked"):
                disk.settle_names()  # SQLite flushes the folder with a new journal; a new side file is flushed on ext4 with its name
            file.new = False
        elif act.kind == "unsynced":  # what the kernel could not write counts as clean: it is there or not, and no later flush brings it
            file = disk.files[act.name]
            file.safe[:] = _left_of(file, chance)
            file.since.clear()
    return disk


def _do(content: bytearray, act: Act) -> None:
    if act.kind == "truncate":
        del content[act.offset :]
        content.extend(bytes(act.offset - len(content)))
    elif act.kind == "mark":
        content[:] = act.content
    else:
        _put(content, act.offset, act.content)


def _put(content: bytearray, offset: int, piece: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(piece)] = piece


def _pieces(act: Act, sector: int) -> Iterator[tuple[int, bytes]]:
    """A write, cut where the sectors of the device end."""
    offset, end = act.offset, act.offset + len(act.content)
    while offset < end:
        stop = min(end, (offset // sector + 1) * sector)
        yield offset, act.content[offset - act.offset : stop - act.offset]
        offset = stop


def _left_of(file: _File, chance: Random) -> bytes:
    """The bytes of one file after the cut."""
    content = bytearray(file.safe)
    share, sector = chance.choice((0.0, 0.05, 0.3, 0.5, 0.7, 0.95, 1.0)), chance.choice(SECTORS)
    in_order = chance.random() < 0.3
    if in_order:  # a device that writes one after the other, until it stops in the middle of one
        pieces = [(act, piece) for act in file.since if act.kind != "mark" for piece in (_pieces(act, sector) if act.content else [None])]
        for act, piece in pieces[: chance.randint(0, len(pieces))]:
            if piece is None:
                _do(content, act)
            else:
                _put(content, *piece)
        return bytes(content)
    waiting: list[tuple[int, bytes]] = []
    for act in [*file.since, Act("truncate", offset=-1)]:
        if act.kind == "write":
            waiting.extend(_pieces(act, sector))
        elif act.kind == "mark":
            content[:] = chance.choice(_marks(bytes(content), act.content))
        else:  # a new length comes after what was written before it, or not at all
            chance.shuffle(waiting)
            _apply(content, waiting, share, chance)
            waiting.clear()
            if act.offset >= 0 and chance.random() < share:
                _do(content, act)
    return bytes(content)


def _apply(content: bytearray, pieces: Sequence[tuple[int, bytes]], share: float, chance: Random) -> None:
    hole = chance.choice((0, 1, 2))
    for offset, piece in pieces:
        if chance.random() < share:
            _put(content, offset, piece)
        elif hole and offset >= len(content):  # the length is there, the bytes are not
            _put(content, offset, bytes(len(piece)) if hole == 1 else chance.randbytes(len(piece)))


def _marks(was: bytes, now: bytes) -> tuple[bytes, ...]:
    """What may stand in the side file, one sector: either text, the new one with the old length or over the old one's end, or nothing."""
    return was, now, now[: len(was)], now + was[len(now) :], bytes(len(now)), b""


def without_last_flushes(acts: Sequence[Act], count: int) -> list[Act]:
    """The record of a disk whose last flushes were lies: a storage card that says "done" from its cache."""
    places = [place for place, act in enumerate(acts) if act.kind in ("sync", "folder", "marked")]
    lies = set(places[-count:])
    return [act for place, act in enumerate(acts) if place not in lies]


def image_of(acts: Sequence[Act], chance: Random) -> dict[str, bytes]:
    """Files by name, as they may be found when the power goes right after these acts."""
    disk = _after(acts, chance)
    names = dict(disk.safe_names)
    _rename(names, disk.since[: chance.randint(0, len(disk.since))])
    left = {id(file): _left_of(file, chance) for file in [*disk.files.values(), *names.values()]}
    return {name: left[id(file)] for name, file in names.items()}


def lay(image: dict[str, bytes], folder: Path) -> None:
    """Put an image into an empty folder."""
    folder.mkdir()
    for name, content in image.items():
        (folder / name).write_bytes(content)
