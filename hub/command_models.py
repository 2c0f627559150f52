"""The hub's tables of commands to kiosks. How they are used is `django_commands`'s."""

from __future__ import annotations

from django.db import models

from hub.widths import KIOSK_CHARS, WORD_CHARS


class CommandRow(models.Model):
    """A command to a kiosk, and how it stands. Rows are numbered as they were asked for."""

    command = models.CharField(max_length=WORD_CHARS, unique=True)
    kiosk = models.CharField(max_length=KIOSK_CHARS)
    op = models.CharField(max_length=32)
    args = models.TextField()  # JSON
    by = models.CharField(max_length=WORD_CHARS)
    asked_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()
    state = models.CharField(max_length=16)
    why = models.TextField(default="")
    sent_ms = models.BigIntegerField(default=0)
    ended_ms = models.BigIntegerField(default=0)

    class Meta:
        """Open ones are looked for twice a second, those of a kiosk by a person."""

        indexes = (
            models.Index(fields=("state",), name="hub_command_state"),
            models.Index(fields=("kiosk", "id"), name="hub_command_kiosk"),
        )


class CommandPicture(models.Model):
    """The picture that a command asked for, as a PNG without anything personal. Few are kept."""

    command = models.CharField(max_length=WORD_CHARS, unique=True)
    png = models.BinaryField()
