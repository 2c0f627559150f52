"""Commands of `stupeni-hub` by which an operator or a till has something written down: `record`, `case`, `erase`. Only words are here.

What a fact says and what staff remark comes from stdin (see `stdin`); the command line names members, cases and steps alone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub import stdin
from hub.command import Unavailable, config_option, load, ready
from hub.desk import Refused
from loyalty.document import Document

if TYPE_CHECKING:
    from hub.door import HubStore

STEPS = {"ack": "acknowledged", "act": "acted", "resolve": "resolved"}


def now_ms() -> int:
    """Now, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def words_id() -> str:
    """A new id for words of staff: it says nothing, and no other words have it."""
    return f"n_{secrets.token_hex(6)}"


@click.command()
@config_option
@click.argument("kind")
def record(path: Path | None, kind: str) -> None:
    """Have a fact written down: what a till or a person decided. KIND as in docs/protocol.md; its payload is read from stdin, as JSON.

    A key "words" beside it holds what staff say about it, for the kinds that have a "note": kept with the profile, and erased with it. It
    all waits until `stupeni-hub ingest` runs, which numbers it, dates it by its clock and tells the kiosks.
    """
    _put(path, kind, lambda _: stdin.spoken(f"""with the payload of {kind}, like {{"member": "m_1"}}"""))


@click.command()
@config_option
@click.argument("member")
@click.argument("case")
@click.argument("step", type=click.Choice(list(STEPS)))
@click.option("--cause", default="", metavar="CODE", help="The root cause that was found, as a short code: it is kept for ever.")
@click.option("--remark", is_flag=True, help="""Read from stdin what was done, for staff: {"words": "..."}.""")
def case(path: Path | None, member: str, case: str, step: str, cause: str, remark: bool) -> None:
    """Move a case of a member (id or card) on. That it was put right only the customer can say, at the kiosk."""

    def stepped(store: HubStore) -> Document:
        from hub import audit
        from hub.finding import find

        words = {"words": stdin.said(stdin.Remarked)[0].words} if remark else {}
        return {"member": find(store, member), "case": case, "step": STEPS[step], "by": audit.user(), "cause": cause, **words}

    _put(path, "case.stepped", stepped)


@click.command()
@config_option
@click.argument("member")
def erase(path: Path | None, member: str) -> None:
    """Forget a person: profile, notes, staff's words and answers of MEMBER (id or card). Visits and points stay, under the id alone."""
    ready(load(path))
    from hub import audit, erasing
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


def _put(path: Path | None, kind: str, said: Callable[[HubStore], Document]) -> None:
    config = load(path)
    ready(config)
    from hub import audit, desk
    from hub.django_store import DjangoHubStore
    from hub.editions import in_force

    store = DjangoHubStore()
    try:
        payload, words = _apart(said(store))
        programme = in_force(store, config.programme.file).now
        member = desk.put(store, kind, payload, now_ms(), words, programme)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note(kind[:16], member, now_ms())
    click.echo("waits to be written down by `stupeni-hub ingest`", err=True)


def _apart(said: Document) -> tuple[Document, str]:
    """The payload of a fact, and the words about it, which get an id there. Raises Refused."""
    payload = {key: value for key, value in said.items() if key != "words"}
    words = said.get("words", "")
    if not isinstance(words, str):
        raise Refused("words: expected a text")
    if "note" in payload and words:
        raise Refused("note: leave it out; the words get their id here")
    return ({**payload, "note": words_id()}, words) if words else (payload, "")
