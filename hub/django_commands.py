"""Commands to kiosks, in the hub's database. See `django_store`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from hub import models
from hub.command_records import OPEN, CommandRecord, Standing


class DjangoCommands:
    """See `command_door.CommandPart`."""

    def add_command(self, command: CommandRecord) -> None:
        """See `CommandPart`."""
        models.CommandRow.objects.create(**_columns(command))

    def command(self, id_: str) -> CommandRecord | None:
        """See `CommandPart`."""
        return next(iter(_records(models.CommandRow.objects.filter(command=id_))), None)

    def save_command(self, command: CommandRecord) -> None:
        """See `CommandPart`."""
        models.CommandRow.objects.filter(command=command.id).update(**_columns(command))

    def open_commands(self, count_max: int) -> list[CommandRecord]:
        """See `CommandPart`."""
        return _records(models.CommandRow.objects.filter(state__in=sorted(OPEN)).order_by("id")[:count_max])

    def newest_commands(self, kiosk: str, count_max: int) -> list[CommandRecord]:
        """See `CommandPart`."""
        asked = models.CommandRow.objects.filter(kiosk=kiosk) if kiosk else models.CommandRow.objects.all()
        return _records(asked.order_by("-id")[:count_max])

    def forget_commands(self, kept: int) -> None:
        """See `CommandPart`."""
        first = models.CommandRow.objects.order_by("-id").values_list("id", flat=True)[kept : kept + 1]
        for last in first:
            models.CommandRow.objects.filter(id__lte=last).exclude(state__in=sorted(OPEN)).delete()

    def picture(self, id_: str) -> bytes:
        """See `CommandPart`."""
        row = models.CommandPicture.objects.filter(command=id_).first()
        return b"" if row is None else bytes(row.png)

    def save_picture(self, id_: str, png: bytes, kept: int) -> None:
        """See `CommandPart`."""
        models.CommandPicture.objects.create(command=id_, png=png)
        newest = list(models.CommandPicture.objects.order_by("-id").values_list("id", flat=True)[:kept])
        models.CommandPicture.objects.exclude(id__in=newest).delete()


def _columns(command: CommandRecord) -> dict[str, object]:
    columns = asdict(command)
    return columns | {"command": columns.pop("id"), "args": json.dumps(command.args), "state": command.state.value}


def _records(rows: Iterable[models.CommandRow]) -> list[CommandRecord]:
    return [
        CommandRecord(
            row.command,
            row.kiosk,
            row.op,
            json.loads(row.args),
            row.by,
            row.asked_ms,
            row.expires_ms,
            Standing(row.state),
            row.why,
            row.sent_ms,
            row.ended_ms,
        )
        for row in rows
    ]
