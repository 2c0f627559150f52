"""`stupeni outbox`: the facts that only this kiosk holds, from outside, while it runs or when its storage card is dying."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.load import load_kiosk
from kiosk.command import EXIT_IO, config_option, fail, json_option, set_option, troubles

if TYPE_CHECKING:
    from config.schema import KioskConfig
    from kiosk.rescue import Unclaimed

store_option = click.option(
    "--store", type=click.Path(path_type=Path), help="Another store than the configured one, as one that was put aside as damaged."
)


@click.group()
def outbox() -> None:
    """Look at the facts that the hub may lack, and bring them out. Nothing is changed, and the kiosk may run."""


@outbox.command("list")
@config_option
@set_option
@store_option
@json_option
def outbox_list(config_file: Path | None, flags: tuple[str, ...], store: Path | None, as_json: bool) -> None:
    """How many facts wait, by run of the program, and since when."""
    with troubles():
        unclaimed = _unclaimed(_configured(config_file, flags), store)
        found = unclaimed.backlogs()
    oldest_ms = min((each.oldest_ms for each in found if each.oldest_ms is not None), default=None)
    age_s = None if oldest_ms is None else max(0, round(time.time() - oldest_ms / 1000))
    total = sum(each.facts for each in found)
    if as_json:
        said = {"unclaimed": total, "oldest_ms": oldest_ms, "oldest_age_s": age_s, "unreadable": unclaimed.unreadable}
        click.echo(json.dumps(said | {"streams": [asdict(each) for each in found]}))
        return
    for each in found:
        since = datetime.fromtimestamp((each.oldest_ms or 0) / 1000, UTC).isoformat(timespec="seconds")
        click.echo(f"{each.epoch}: facts {each.first} to {each.last}, {each.facts} of them here, the oldest of {since}")
    click.echo(f"unclaimed {total}, unreadable {unclaimed.unreadable}" + ("" if age_s is None else f", the oldest {age_s} s old"))


@outbox.command("export")
@config_option
@set_option
@store_option
def outbox_export(config_file: Path | None, flags: tuple[str, ...], store: Path | None) -> None:
    """Every fact that the hub may lack, one a line, as it travels under up/evt. Exit code 74 if some could not be read."""
    with troubles():
        config = _configured(config_file, flags)
        unclaimed = _unclaimed(config, store)
        count = 0
        for line in unclaimed.lines(config.broker.shard):
            click.echo(line)
            count += 1
    click.echo(f"{count} facts; {unclaimed.unreadable} could not be read", err=True)
    if unclaimed.unreadable:
        fail(EXIT_IO, "keep the file: what could not be read here may be read by other means")


def _configured(config_file: Path | None, flags: tuple[str, ...]) -> KioskConfig:
    return load_kiosk(config_file, flags=flags, environment=os.environ).config


def _unclaimed(config: KioskConfig, store: Path | None) -> Unclaimed:
    from kiosk.disk import STORE_NAME
    from kiosk.rescue import Unclaimed

    return Unclaimed(store or config.kiosk.state_dir / STORE_NAME, config.kiosk.id)
