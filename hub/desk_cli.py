"""Commands of `stupeni-hub` by which an operator or a till has something written down: `record`, `case`, `erase`. Only words are here."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from hub.command import Unavailable, config_option, load, ready

STEPS = {"ack": "acknowledged", "act": "acted", "resolve": "resolved"}


def now_ms() -> int:
    """Now, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@click.command()
@config_option
@click.argument("kind")
@click.argument("payload", metavar="JSON")
@click.option("--text", "words", default="", help="The words of a note, for the kind note.written: they stay with the profile.")
def record(path: Path | None, kind: str, payload: str, words: str) -> None:
    """Have a fact written down: what a till or a person decided. KIND as in docs/protocol.md, JSON its payload.

    It waits until `stupeni-hub ingest` runs, which numbers it, dates it by its clock and tells the kiosks.
    """
    _put(path, kind, payload, words)


@click.command()
@config_option
@click.argument("member")
@click.argument("case")
@click.argument("step", type=click.Choice(list(STEPS)))
@click.option("--note", default="", help="What was done, for staff.")
@click.option("--cause", default="", help="The root cause that was found, as one word.")
def case(path: Path | None, member: str, case: str, step: str, note: str, cause: str) -> None:
    """Move a case of a member (id, card or name) on. That it was put right only the customer can say, at the kiosk."""
    _put(path, "case.stepped", {"member": member, "case": case, "step": STEPS[step], "note": note, "cause": cause})


@click.command()
@config_option
@click.argument("member")
def erase(path: Path | None, member: str) -> None:
    """Forget a person: profile, notes and answers of MEMBER (id, card or name). Visits and points stay, under the id alone."""
    ready(load(path))
    from hub import audit, erasing
    from hub.desk import Refused
    from hub.django_store import DjangoHubStore
    from hub.finding import find

    store = DjangoHubStore()
    try:
        id_ = find(store, member)
        erasing.erase(store, id_, now_ms())
        audit.note("erase", id_, now_ms())
        erasing.wipe()
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    except erasing.Busy as busy:
        raise Unavailable(str(busy)) from busy
    click.echo(f"{id_} is forgotten; backups made before today still know them", err=True)


def _put(path: Path | None, kind: str, payload: str | dict[str, str], words: str = "") -> None:
    config = load(path)
    ready(config)
    from hub import audit, desk
    from hub.django_store import DjangoHubStore
    from hub.editions import in_force
    from hub.finding import find

    store = DjangoHubStore()
    try:
        if isinstance(payload, dict):
            payload = json.dumps({**payload, "member": find(store, payload["member"]), "by": audit.user()})
        member = desk.put(store, kind, payload, now_ms(), words, in_force(store, config.programme.file).now)
    except desk.Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note(kind[:16], member, now_ms())
    click.echo("waits to be written down by `stupeni-hub ingest`", err=True)
