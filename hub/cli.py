"""`stupeni-hub`: one command per process of the hub, and what its operator asks for.

Data goes to stdout, everything said to people to stderr. Exit codes: 0 done, 1 a mistake of ours, 2 a wrong command line,
69 something needed is not there (broker, port, database), 75 another hub serves the shard, 78 a wrong configuration (the
numbers of sysexits.h).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from django.db.utils import DatabaseError

from config.errors import ConfigErrors
from config.programme import load_programme
from config.schema import HubConfig
from config.secret_file import SECRET_KEY_BYTES_MIN, read_secret
from hub.command import Unavailable, config_option, load, ready, say
from hub.commands_cli import command, listing
from hub.config_cli import config as config_group
from hub.demo import DemoUnavailable
from hub.desk_cli import case, erase, record
from hub.dry_run_cli import dry_run
from hub.explain_cli import explain, today
from hub.fencing import Displaced
from hub.people_cli import cards, enrol, find, note, profile
from hub.prepare import configure
from hub.programme_cli import programme

UNAVAILABLE = 69  # EX_UNAVAILABLE
DISPLACED = 75  # EX_TEMPFAIL: started again it waits until the other hub has gone
CONFIG = 78  # EX_CONFIG

log = logging.getLogger("hub")


def _migrate(config: HubConfig) -> None:
    from django.core.management import call_command

    config.hub.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)


def _on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` at SIGTERM and SIGINT. It puts a word into an inbox, or raises SystemExit: a signal handler may do both."""
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stupeni")
def commands() -> None:
    """The centre of a Stupeni installation: keeps the facts of all kiosks, counts points, shows its page."""


@commands.command()
@config_option
def migrate(path: Path | None) -> None:
    """Make the database, or bring its tables up to this version. Repeating it changes nothing."""
    config = load(path)
    configure(config)
    _migrate(config)
    log.info("the tables in %s are those of this version", config.hub.database)


@commands.command()
@config_option
def ingest(path: Path | None) -> None:
    """Take facts from the broker, keep them, answer the kiosks. Runs until SIGTERM."""
    config = load(path)
    ready(config)
    from hub import build
    from hub.django_store import DjangoHubStore

    _on_stop(sys.exit)  # while it waits for the shard and folds: whatever is not committed is undone
    with build.serving(config, DjangoHubStore()) as held:
        ear = build.ingest(config, build.receiver(config, held), lambda: None)
        _on_stop(ear.stop)
        ear.run()


@commands.command()
@config_option
@click.option("--until-stdin-closes", is_flag=True, hidden=True, help="End with the process that holds stdin open.")
def web(path: Path | None, until_stdin_closes: bool) -> None:
    """Serve the hub's page. Says {"event": "ready", "web": URL} on stdout, then runs until SIGTERM."""
    config = load(path)
    key = read_secret("web.secret_key_file", config.web.secret_key_file, bytes_min=SECRET_KEY_BYTES_MIN)
    ready(config, key.decode("latin-1"), str(load_programme(config.programme.file).zone))
    from hub import server

    try:
        door = server.listen(config.web.host, config.web.port)
    except OSError as error:
        place = f"{config.web.host}:{config.web.port}"
        raise Unavailable(f"cannot listen on {place} ({error.strerror}); free the port, or change [web] host and port") from error
    line = json.dumps({"event": "ready", "web": server.url_of(door)})
    server.serve(door, ready=lambda: say(line), until_stdin_closes=until_stdin_closes)


@commands.command()
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, help="The demonstration's TOML file.")
def demo(path: Path) -> None:
    """Tables, a dozen invented members, ingest and page in one command. Missing keys are made. Runs until SIGTERM.

    Says {"event": "ready", "web": URL} on stdout when the broker is connected and the pages are served.
    """
    from hub import demo as whole

    config = load(path)
    for key in (config.cards.pepper_file, config.web.secret_key_file):
        whole.make_key(key)
    configure(config)
    _migrate(config)
    from hub import build
    from hub.django_store import DjangoHubStore

    _on_stop(sys.exit)
    with build.serving(config, DjangoHubStore()) as held:
        whole.run(config, path, held, _on_stop, say)


@commands.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def status(path: Path | None, as_json: bool) -> None:
    """Say what the hub holds: members, facts, points, and each kiosk."""
    config = load(path)
    ready(config)
    from hub import overview

    if as_json:
        say(json.dumps(overview.status()))
        return
    for name, value in asdict(overview.sums()).items():
        click.echo(f"{name.replace('_', ' '):<14}{value}")
    for row in overview.kiosks():
        heard = row.heard_at.isoformat(timespec="seconds") if row.heard_at else "never"
        why = f" ({row.why})" if row.why else ""
        click.echo(
            f"kiosk {row.id}: {row.presence}{why}, heard {heard}, held up to {row.upto}, waiting there {row.unclaimed}, lost {row.lost}"
        )
        if row.clone_suspect:
            click.echo(f"kiosk {row.id}: clone_suspect, {row.device} and {row.twin} take turns under this name")
        for alert in row.alerts:
            click.echo(f"  {alert.severity}: {alert.said} ({alert.alert}, since {alert.since.isoformat(timespec='seconds')})")


programme.add_command(dry_run)
for _command in (programme, config_group, enrol, cards, find, profile, note, record, case, erase, explain, today, command, listing):
    commands.add_command(_command)


def main(words: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    os.umask(0o077)  # the database holds names: nobody else on this machine reads it
    sys.exit(_run(words))


def _run(words: list[str] | None) -> int:
    try:
        code = commands.main(args=words, prog_name="stupeni-hub", standalone_mode=False)
    except click.ClickException as refusal:
        refusal.show()
        return refusal.exit_code
    except click.Abort:
        return 1
    except ConfigErrors as wrong:
        for each in wrong.errors:
            click.echo(f"error: {each}", err=True)
        return CONFIG
    except (Unavailable, DemoUnavailable) as missing:
        click.echo(f"error: {missing}", err=True)
        return UNAVAILABLE
    except Displaced as other:
        click.echo(f"error: {other}", err=True)
        return DISPLACED
    except DatabaseError as fault:
        click.echo(f"error: the hub's database does not answer ({fault}); check the disk and [hub] database", err=True)
        return UNAVAILABLE
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
