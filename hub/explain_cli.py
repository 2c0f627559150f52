"""Commands of `stupeni-hub` for whoever asks about members: `explain` and `today`. Reading a profile this way is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.command import config_option, load, ready, say
from hub.desk_cli import now_ms

if TYPE_CHECKING:
    from hub.door import HubStore
    from loyalty.account import Account
    from loyalty.counter.person import Person
    from loyalty.rulebook import Rulebook

MEMBERS_AT_ONCE = 100  # so that a kiosk's facts never wait longer than a moment for a reader


@click.command()
@config_option
@click.argument("member")
@click.option("--at", "moment", default="", metavar="ISO", help="As of another moment than now: 2026-11-25T12:00, in the programme's zone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def explain(path: Path | None, member: str, moment: str, as_json: bool) -> None:
    """Say why MEMBER (id or card) has this balance, rung and tier, and what they would be told at a tap now."""
    config = load(path)
    ready(config)
    from hub import audit
    from hub.announce import Teller
    from hub.desk import Refused
    from hub.django_store import DjangoHubStore
    from hub.editions import in_force
    from hub.explain import explain as explained
    from hub.finding import find

    store = DjangoHubStore()
    book = in_force(store, config.programme.file)
    at_ms = _moment(moment, book) if moment else now_ms()
    try:
        id_ = find(store, member)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    with store.transaction() as tx:
        record = tx.members([id_])[id_]
        person = Teller(tx, book, at_ms).person(record)
        facts = tx.facts_of(record.cards, (record.id, *record.merged))
        said = {each.note: each.text for each in tx.notes([id_]).get(id_, ())}
    audit.note("explain", id_, now_ms())
    found = explained(id_, facts, person, next(iter(record.cards), ""), book, at_ms, said)
    if as_json:
        say(json.dumps(asdict(found), ensure_ascii=False))
        return
    for line in found.lines():
        click.echo(line)


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def today(path: Path | None, as_json: bool) -> None:
    """List what staff can do for somebody today: cases, promises, birthdays, notes, points about to burn, members to keep."""
    config = load(path)
    ready(config)
    from hub import audit, models
    from hub.django_store import DjangoHubStore
    from hub.editions import in_force
    from loyalty.shop.daily import daily

    store, at_ms = DjangoHubStore(), now_ms()
    book = in_force(store, config.programme.file)
    found = daily(_everybody(store, book, at_ms), book.now, book.calendar, at_ms)
    names = dict(models.MemberProfile.objects.values_list("member_id", "display_name"))
    audit.note("today", "", at_ms)
    rows = [{"todo": item.todo.name.lower(), "member": item.member, "about": item.about, "why": item.why} for item in found.items]
    left_out = {todo.name.lower(): count for todo, count in sorted(found.left_out.items())}
    if as_json:
        say(
            json.dumps({"items": [{**row, "name": names.get(row["member"], "")} for row in rows], "left_out": left_out}, ensure_ascii=False)
        )
        return
    for row in rows:
        who = " ".join(filter(None, (names.get(row["member"], ""), f"({row['member']})")))
        click.echo(f"{row['todo']:<10} {who}: {row['why']}" + (f" [{row['about']}]" if row["about"] else ""))
    for kind, count in left_out.items():
        click.echo(f"{kind:<10} {count} more")
    if not rows:
        click.echo("nothing is on the list today")


def _everybody(store: HubStore, book: Rulebook, at_ms: int) -> Iterator[tuple[Account, Person | None]]:
    """Every member as they stand now, a few at a time."""
    from hub import models
    from hub.announce import Teller
    from hub.folding import as_of
    from hub.settling import snapshot_of

    ids = list(models.Member.objects.order_by("id").values_list("id", flat=True))
    for first in range(0, len(ids), MEMBERS_AT_ONCE):
        with store.transaction() as tx:
            members = tx.members(ids[first : first + MEMBERS_AT_ONCE])
            held = {id_: snapshot_of(tx, member, book) for id_, member in members.items()}
            persons = {id_: Teller(tx, book, at_ms, held).person(member) for id_, member in members.items()}
        yield from ((as_of(held[id_], at_ms, book), persons[id_]) for id_ in members)


def _moment(text: str, book: Rulebook) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write a moment like 2026-11-25T12:00", param_hint="--at") from None
    return round((at if at.tzinfo else at.replace(tzinfo=book.zone)).timestamp() * 1000)
