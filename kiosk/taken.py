"""Commands that were taken: what a kiosk remembers of them, and what machine and loop say to one another about them. Pure values.

What a command leads to is `commands`'s; where it is remembered is `remembering`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from display.scenes import Frame
from kiosk.standings import UNREADABLE
from kiosk.sums import with_sum, without_sum
from loyalty.document import Document, read, write
from loyalty.moment import Moment
from mqtt.messages import Command, CommandState

TAKEN_MAX = 256  # remembered; a hub has at most 16 open at a kiosk, each for minutes
TAKEN_MS_MAX = 7 * 86_400_000  # a message that comes again after a week comes from somebody who kept it: its `exp` is long past


@dataclass(frozen=True, slots=True)
class Taken:
    """One command: in which run of the program it was taken, when by this kiosk's clock, and how it stands."""

    id: str
    op: str
    epoch: str
    at_ms: int
    state: CommandState
    why: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What of commands survives a restart: which were taken, oldest first, and whether cards are refused for maintenance."""

    taken: tuple[Taken, ...] = ()
    maintenance: bool = False

    def find(self, id_: str) -> Taken | None:
        """The command with this id, if it was taken."""
        return next((each for each in self.taken if each.id == id_), None)

    def taking(self, one: Taken, now: Moment) -> Remembered:
        """With one more. What is a week old by a clock that somebody keeps is let go of, and the oldest of too many."""
        young = [each for each in self.taken if not now.kept or each.at_ms > now.wall_ms - TAKEN_MS_MAX]
        return replace(self, taken=(*young, one)[-TAKEN_MAX:])

    def ending(self, id_: str, state: CommandState, why: str = "") -> Remembered:
        """With the end of one."""
        return replace(self, taken=tuple(replace(each, state=state, why=why) if each.id == id_ else each for each in self.taken))


def document_of(known: Remembered) -> Document:
    """As it lies in the store."""
    return with_sum(write(known))


def remembered_of(document: dict[str, Any] | None) -> Remembered:
    """What a document says; nothing where it is missing or spoilt: then a command that comes again is done again, which harms nobody."""
    try:
        known: Remembered = read(Remembered, without_sum(document or with_sum({})))
    except UNREADABLE:
        return Remembered()
    return known


# --- messages: what came of an effect ---


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """It is on disk that this command was taken: now it may be obeyed. `known`: what is remembered with it."""

    now: Moment
    command: Command
    known: Remembered


@dataclass(frozen=True, slots=True)
class CommandLost:
    """It could not be written down, so it is not obeyed."""

    now: Moment
    command: Command


@dataclass(frozen=True, slots=True)
class Pictured:
    """The picture a command asked for, as a PNG; b"" if none could be made."""

    now: Moment
    id: str
    png: bytes


Came = CommandTaken | CommandLost | Pictured

# --- effects ---


@dataclass(frozen=True, slots=True)
class TakeCommand:
    """Remember durably that a command was taken. Answered by CommandTaken or CommandLost."""

    command: Command
    known: Remembered


@dataclass(frozen=True, slots=True)
class KeepCommands:
    """Remember how commands stand now."""

    known: Remembered


@dataclass(frozen=True, slots=True)
class ForgetViews:
    """Let go of what the hub said of members; own facts stay."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Draw this frame, which shows nothing of anybody. Answered by Pictured."""

    id: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class SetLogLevel:
    """Write this much into the log from now on; None: as configured."""

    level: str | None
