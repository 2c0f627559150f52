"""The part of the door for commands to kiosks. See `door`."""

from __future__ import annotations

from typing import Protocol

from hub.command_records import CommandRecord


class CommandPart(Protocol):
    """Commands, and the pictures that were asked for."""

    def add_command(self, command: CommandRecord) -> None:
        """One more command, with an id that no other has."""
        ...

    def command(self, id_: str) -> CommandRecord | None:
        """The command with this id."""
        ...

    def save_command(self, command: CommandRecord) -> None:
        """Keep how a command stands that was added before."""
        ...

    def open_commands(self, count_max: int) -> list[CommandRecord]:
        """Commands of which more is to be heard, oldest first."""
        ...

    def newest_commands(self, kiosk: str, count_max: int) -> list[CommandRecord]:
        """Commands to a kiosk, or to all where it is "", newest first."""
        ...

    def forget_commands(self, kept: int) -> None:
        """Let go of commands, but for the `kept` newest and those that are open."""
        ...

    def picture(self, id_: str) -> bytes:
        """The picture that a command brought, as a PNG; b"" if there is none, or none any more."""
        ...

    def save_picture(self, id_: str, png: bytes, kept: int) -> None:
        """Keep the picture of a command; of all pictures the `kept` newest."""
        ...
