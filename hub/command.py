"""What all commands of `stupeni-hub` have in common: their configuration, a database that fits, and how they speak. No command is here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from config.load import load_hub
from config.schema import HubConfig
from hub import journal
from hub.prepare import configure


class Unavailable(RuntimeError):
    """Something needed is not there; the message says what and what to do."""


def config_option(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """The option that names the hub's file."""
    words = "The hub's TOML file; else $STUPENI_CONFIG, else /etc/stupeni-hub/hub.toml."
    return click.option("--config", "path", type=click.Path(path_type=Path), default=None, help=words)(command)


def load(path: Path | None) -> HubConfig:
    """The configuration; from now on the log is written as it says. Raises ConfigErrors."""
    config = load_hub(path, environment=os.environ).config
    journal.set_up(config.log)
    return config


def ready(config: HubConfig, secret_key: str = "", time_zone: str = "UTC") -> None:
    """Django made ready over tables that fit this program. Raises Unavailable if they do not."""
    configure(config, secret_key, time_zone)
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if not config.hub.database.exists():
        raise Unavailable(f"there is no database {config.hub.database}; make it with `stupeni-hub migrate`")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Unavailable(f"the tables in {config.hub.database} are of another version; run `stupeni-hub migrate`")


def say(line: str) -> None:
    """A line on stdout, at once: the parent process waits for it."""
    click.echo(line)
    sys.stdout.flush()
