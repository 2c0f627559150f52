"""The hub's tables of its kiosks as a fleet. How they are used is `django_fleet`'s."""

from __future__ import annotations

from django.db import models

from hub.widths import CONTENT_WORD_CHARS, KIOSK_CHARS, WORD_CHARS


class SettingsChangeRow(models.Model):
    """Settings that somebody set or unset, at one kiosk or ("") at all. Only ever added."""

    scope = models.CharField(max_length=KIOSK_CHARS)
    set = models.TextField()  # JSON
    unset = models.TextField()  # JSON
    by = models.CharField(max_length=WORD_CHARS)
    at_ms = models.BigIntegerField()


class KioskSetUpRow(models.Model):
    """What is desired of a kiosk, and what it said of that last."""

    kiosk = models.CharField(primary_key=True, max_length=KIOSK_CHARS)
    version = models.BigIntegerField(default=0)
    content = models.CharField(max_length=CONTENT_WORD_CHARS, default="")
    desired_ms = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    seen_content = models.CharField(max_length=CONTENT_WORD_CHARS, default="")
    state = models.CharField(max_length=16, default="local")
    applied = models.BigIntegerField(default=0)
    why = models.TextField(default="[]")  # JSON
    reported_ms = models.BigIntegerField(default=0)
