"""`stupeni-hub command` and `stupeni-hub commands`: a kiosk commanded from here, and what became of it. Only words are here.

What is commanded waits in the database until `stupeni-hub ingest` says it; that is `commanding`'s.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.command import Unavailable, config_option, load, ready
from hub.desk_cli import now_ms
from mqtt.operations import OPERATIONS, OnOff, Whole, bare

if TYPE_CHECKING:
    from hub.command_records import CommandRecord

LOOK_S = 0.2  # a person waits; the database is asked five times a second by one program
GIVE_UP_MS = 5_000  # after its moment: ingest ends what nobody answered within half a second, if it runs
LISTED_MAX = 50


@click.command()
@config_option
@click.argument("kiosk")
@click.argument("op", metavar="COMMAND", type=click.Choice(list(OPERATIONS)))
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--within", "within_s", type=click.IntRange(5, 300), default=60, show_default=True, help="Seconds in which it must be begun.")
@click.option("--wait", is_flag=True, help="Wait for what comes of it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="PNG file for a screenshot; waits for it.")
def command(path: Path | None, kiosk: str, op: str, arguments: tuple[str, ...], within_s: int, wait: bool, out: Path | None) -> int:
    """Command a kiosk: `command st12-a maintenance on`, `command st12-a restart grace_s=20 --wait`.

    The id of the command comes on stdout. Waited for: exit code 0 if it was done, 1 if it failed or was rejected, 69 if nothing was heard.
    """
    if (op == "screenshot") != (out is not None):
        raise click.UsageError("a screenshot needs --out FILE, and nothing else does")
    ready(load(path))
    from hub import audit
    from hub.commanding import NotCommanded, issue
    from hub.django_store import DjangoHubStore

    try:
        with DjangoHubStore().transaction() as tx:
            asked = issue(tx, kiosk, op, dict(_parsed(op, each) for each in arguments), audit.user(), now_ms(), within_s)
    except NotCommanded as refused:
        raise click.UsageError(str(refused)) from None
    click.echo(asked.id)
    return _ended(_waited(asked), out) if wait or out is not None else 0


def _parsed(op: str, text: str) -> tuple[str, object]:
    """An argument as it is written in a shell; the one that must be said may go without its name. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals:
        name, value = bare(op), text
    argument = OPERATIONS[op].get(name)
    if argument is None:
        raise click.UsageError(f"{op} has no argument {name or text!r}; it has {', '.join(OPERATIONS[op]) or 'none'}")
    if isinstance(argument, OnOff):
        return name, {"on": True, "off": False}.get(value, value)
    return name, int(value) if isinstance(argument, Whole) and value.isdecimal() and len(value) < 10 else value


def _waited(asked: CommandRecord) -> CommandRecord:
    """The command when it has ended. Raises Unavailable where nobody even tries."""
    from hub.commanding import END_MS
    from hub.django_store import DjangoHubStore

    store = DjangoHubStore()
    while True:
        with store.transaction() as tx:
            stands = tx.command(asked.id) or asked
        late_ms = now_ms() - stands.expires_ms - GIVE_UP_MS
        if not stands.is_open:
            return stands
        if late_ms > (END_MS if stands.sent_ms else 0):
            raise Unavailable(f"nobody took {asked.id}; is `stupeni-hub ingest` running?")
        time.sleep(LOOK_S)


def _ended(stands: CommandRecord, out: Path | None) -> int:
    from hub.command_records import Standing
    from hub.django_store import DjangoHubStore

    click.echo(f"{stands.state.value}{': ' + stands.why if stands.why else ''}", err=True)
    if stands.state is Standing.EXPIRED:
        raise Unavailable(f"{stands.kiosk} was not heard of; `stupeni-hub status` says when it was last")
    if stands.state is not Standing.SUCCEEDED:
        return 1
    if out is not None:
        with DjangoHubStore().transaction() as tx:
            png = tx.picture(stands.id)
        try:
            out.write_bytes(png)
        except OSError as error:
            raise Unavailable(f"{out} cannot be written ({error.strerror})") from error
    return 0


@click.command("commands")
@config_option
@click.argument("kiosk", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines for people.")
def listing(path: Path | None, kiosk: str, as_json: bool) -> None:
    """What was commanded lately, to KIOSK or to all, the newest first: by whom, and what came of it."""
    ready(load(path))
    from hub.django_store import DjangoHubStore

    with DjangoHubStore().transaction() as tx:
        found = tx.newest_commands(kiosk, LISTED_MAX)
    if as_json:
        click.echo(json.dumps([asdict(each) | {"state": each.state.value} for each in found], ensure_ascii=False))
        return
    for each in found:
        at = datetime.fromtimestamp(each.asked_ms / 1000, UTC).isoformat(timespec="seconds")
        args = "".join(f" {name}={json.dumps(value)}" for name, value in each.args.items())
        click.echo(f"{at} {each.kiosk}: {each.op}{args}, by {each.by}: {each.state.value}{', ' + each.why if each.why else ''} ({each.id})")
