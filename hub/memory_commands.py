"""Commands to kiosks, in the hub store in memory. See `memory_store`."""

from __future__ import annotations

from hub.command_records import CommandRecord
from hub.memory_tables import Undoable


class MemoryCommands(Undoable):
    """See `command_door.CommandPart`. Tables keep the order in which rows were added."""

    def add_command(self, command: CommandRecord) -> None:
        """See `CommandPart`."""
        self._put(self._t.commands, command.id, command)

    def command(self, id_: str) -> CommandRecord | None:
        """See `CommandPart`."""
        return self._t.commands.get(id_)

    def save_command(self, command: CommandRecord) -> None:
        """See `CommandPart`."""
        self._put(self._t.commands, command.id, command)

    def open_commands(self, count_max: int) -> list[CommandRecord]:
        """See `CommandPart`."""
        return [command for command in self._t.commands.values() if command.is_open][:count_max]

    def newest_commands(self, kiosk: str, count_max: int) -> list[CommandRecord]:
        """See `CommandPart`."""
        return [command for command in reversed(self._t.commands.values()) if kiosk in ("", command.kiosk)][:count_max]

    def forget_commands(self, kept: int) -> None:
        """See `CommandPart`."""
        for command in list(reversed(self._t.commands.values()))[kept:]:
            if not command.is_open:
                self._drop(self._t.commands, command.id)

    def picture(self, id_: str) -> bytes:
        """See `CommandPart`."""
        return self._t.pictures.get(id_, b"")

    def save_picture(self, id_: str, png: bytes, kept: int) -> None:
        """See `CommandPart`."""
        self._put(self._t.pictures, id_, png)
        for old in list(self._t.pictures)[:-kept]:
            self._drop(self._t.pictures, old)
