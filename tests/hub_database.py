"""A real SQLite database with the hub's tables for tests: one file per test process, emptied for each test.

What belongs to Django is imported inside functions: its models may only be imported when it is configured.
"""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from config.schema import HubConfig
from hub.door import HubStore
from hub.prepare import configure


@cache
def prepared_database() -> Path:
    """Django made ready once in this process, on a new file with all tables in it. Returns the file."""
    folder = tempfile.TemporaryDirectory(prefix="stupeni-hub-test-")
    atexit.register(folder.cleanup)
    config = HubConfig()
    database = Path(folder.name) / "hub.sqlite3"
    configure(replace(config, hub=replace(config.hub, database=database)), "a key of this test run alone, long enough for it")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return database


def empty() -> None:
    """Remove every row of every table."""
    from django.apps import apps
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for model in apps.get_app_config("hub").get_models():
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  our own tables; checked when the transaction ends


@contextmanager
def emptied_database() -> Iterator[HubStore]:
    """The store over the emptied database; the connection is closed afterwards."""
    prepared_database()
    from django.db import connection

    from hub.django_store import DjangoHubStore

    empty()
    try:
        yield DjangoHubStore()
    finally:
        connection.close()
