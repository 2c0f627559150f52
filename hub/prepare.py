"""Django made ready for one installation: its database, its key, its name. To be called once, before anything of Django's is used.

What the command line and the tests have in common; knows nothing of the broker.
"""

from __future__ import annotations

from pathlib import Path

import django
from django.conf import settings

from config.schema import HubConfig
from hub import settings as shipped

LOCK_WAIT_S = 20  # longest wait for another writer (a migration, a seeding); transactions here take milliseconds

# WAL: the pages read while ingest writes. FULL: what was claimed is on the disk before the claim leaves.
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"


def configure(config: HubConfig, secret_key: str = "", time_zone: str = "UTC") -> None:
    """Make Django ready. `secret_key` and `time_zone` (IANA) are for processes that serve pages; the others get a key of their own run.

    Raises RuntimeError when called twice: settings are read once.
    """
    chosen: dict[str, object] = {name: getattr(shipped, name) for name in dir(shipped) if name.isupper()}
    chosen["DATABASES"] = {"default": sqlite(config.hub.database)}
    chosen["ALLOWED_HOSTS"] = sorted({*shipped.ALLOWED_HOSTS, config.web.host})
    chosen["TIME_ZONE"] = time_zone
    if secret_key:
        chosen["SECRET_KEY"] = secret_key
    settings.configure(**chosen)
    django.setup()


def sqlite(path: Path) -> dict[str, object]:
    """Django's words for a hub's SQLite file. IMMEDIATE: a transaction that will write says so at once, and never fails half-way."""
    options = {"transaction_mode": "IMMEDIATE", "init_command": PRAGMAS, "timeout": LOCK_WAIT_S}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}
