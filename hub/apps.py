"""The hub as an application of Django: its name and nothing else."""

from __future__ import annotations

from django.apps import AppConfig


class HubApp(AppConfig):
    """Names the tables (`hub_...`) and the kind of their automatic keys."""

    name = "hub"
    default_auto_field = "django.db.models.BigAutoField"
