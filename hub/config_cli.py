"""`stupeni-hub config ...`: settings for kiosks, pushed and looked after. Only words are here; what they do is `desired`'s.

At the hub's own machine a change is written into its database. Elsewhere `--as NAME` asks the hub over the broker, as that operator.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from config.load import described
from config.schema import HubConfig, KioskConfig
from config.setting import Unfit, did_you_mean, take_text
from hub.command import Unavailable, config_option, load, ready
from hub.desk_cli import now_ms
from loyalty.document import Document

as_option = click.option("--as", "operator", metavar="NAME", help="Ask the hub over the broker of [broker], under this certificate's name.")


@click.group("config")
def config() -> None:
    """Settings of the kiosks, set from here."""


@config.command()
@config_option
@as_option
@click.option("--kiosk", default="", metavar="ID", help="Only at this kiosk; it outweighs what is set for all.")
@click.option("--unset", "unset", multiple=True, metavar="SECTION.KEY", help="Leave it to the kiosks' own files again; may be repeated.")
@click.argument("settings", nargs=-1, metavar="[SECTION.KEY=VALUE]...")
def push(path: Path | None, operator: str | None, kiosk: str, unset: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Set settings at all kiosks, or at one. They begin between two customers; `config status` says what came of it."""
    said = dict(_parsed(each) for each in settings)
    loaded = load(path)
    if operator is not None:
        _answered(loaded, operator, "config.push", {"kiosk": kiosk, "set": said, "unset": list(unset)})
    else:
        ready(loaded)
        _put_here(kiosk, said, unset)
    click.echo("the kiosks are told as they are reached; `stupeni-hub config status` says how each stands", err=True)


@config.command()
@config_option
@as_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines for people.")
def status(path: Path | None, operator: str | None, as_json: bool) -> None:
    """How each kiosk stands to what is desired of it, with its reasons where it does not work by it."""
    loaded = load(path)
    rows = list(_rows_afar(loaded, operator)) if operator is not None else _rows_here(loaded)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))


@config.command()
@config_option
@click.argument("kiosk")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def show(path: Path | None, kiosk: str, as_json: bool) -> None:
    """What is set for a kiosk from here, and who set it when."""
    ready(load(path))
    from hub.desired import ALL
    from hub.django_store import DjangoHubStore

    with DjangoHubStore().transaction() as tx:
        if kiosk not in tx.kiosks():
            raise click.UsageError(f"there is no kiosk {kiosk}; `stupeni-hub status` lists those that ever spoke")
        changes = sorted(tx.changes((ALL, kiosk)), key=lambda change: (change.scope != ALL, change.id))
    found: dict[str, Document] = {}
    for change in changes:
        at = datetime.fromtimestamp(change.at_ms / 1000, UTC).isoformat(timespec="seconds")
        found |= {key: {"value": value, "by": change.by, "at": at, "for": change.scope or "all"} for key, value in change.set.items()}
        for key in change.unset:
            if found.get(key, {}).get("for") == (change.scope or "all"):
                del found[key]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for key, each in sorted(found.items()):
        click.echo(f"{key} = {json.dumps(each['value'], ensure_ascii=False)}  # {each['for']}, by {each['by']}, {each['at']}")


def line(row: Mapping[str, object]) -> str:
    """How a kiosk stands, for people."""
    if not row["desired"]:
        return f"{row['kiosk']}: nothing is pushed, its own files hold"
    works, seen = row["applied"] or "its own files", row["seen"] or "none"
    stands = "in step" if row["in_step"] else f"{row['state']}, works by {works}, has seen {seen}"
    why = row["why"]
    reasons = "".join(f"\n    {each}" for each in why) if isinstance(why, list) else ""
    return f"{row['kiosk']}: version {row['desired']}, {stands}{reasons}"


def _parsed(text: str) -> tuple[str, object]:
    """A setting as it is written in a shell. Raises UsageError."""
    key, equals, value = text.partition("=")
    known = described(KioskConfig)
    if not equals:
        raise click.UsageError(f"{key}: write section.key=value")
    if key not in known:
        near = did_you_mean(key, known)
        raise click.UsageError(f"{key}: unknown setting" + (f"; did you mean {near}?" if near else "; docs/configuration.md lists them"))
    try:
        taken = take_text(known[key], value)
    except Unfit as unfit:
        raise click.UsageError(f"{key}: {unfit.what}; {unfit.do}") from None
    return key, list(taken) if isinstance(taken, tuple) else taken if isinstance(taken, bool | int) else str(taken or "")


def _put_here(kiosk: str, said: Document, unset: tuple[str, ...]) -> None:
    from hub import audit, desired
    from hub.django_store import DjangoHubStore
    from hub.fleet_records import SettingsChange

    try:
        with DjangoHubStore().transaction() as tx:
            desired.put(tx, SettingsChange(kiosk, said, unset, audit.user(), now_ms()))
    except desired.NotPushed as refused:
        raise click.UsageError("\n".join(str(each) for each in refused.args)) from None


def _rows_here(loaded: HubConfig) -> list[Document]:
    ready(loaded)
    from hub.django_store import DjangoHubStore
    from hub.operators import row_of

    with DjangoHubStore().transaction() as tx:
        return [row_of(tx.set_up(kiosk)) for kiosk in tx.kiosks()]


def _rows_afar(loaded: HubConfig, operator: str) -> Iterable[Document]:
    after, more = "", True
    while more:
        said = _answered(loaded, operator, "config.status", {"after": after})
        yield from said["kiosks"]
        more = said["more"]
        after = said["kiosks"][-1]["kiosk"] if said["kiosks"] else ""


def _answered(loaded: HubConfig, operator: str, op: str, args: Document) -> Document:
    """What the hub says to a request. Raises UsageError for a refusal, Unavailable where nobody answers."""
    from hub import asking

    answer = asking.ask(loaded, operator, op, args)
    if answer is None:
        raise Unavailable("the hub did not answer; is `stupeni-hub ingest` running, and may this name speak at the broker?")
    if answer.status != 200:
        raise click.UsageError("\n".join(answer.why))
    return answer.said
