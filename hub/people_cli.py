"""Commands of `stupeni-hub` about people: `enrol`, `cards`, `find`, `profile`, `note`. Only words are here; what happens is `enrolling`'s.

Whatever is personal comes from stdin (see `stdin`): what stands on a command line is seen by every user of the machine.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from config.programme import load_programme
from config.schema import HubConfig
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from hub import enrolling, stdin
from hub.command import config_option, load, ready, say
from hub.desk import Refused
from hub.desk_cli import now_ms, words_id
from hub.records import NoteText
from loyalty.facts import MemberType, Purpose, ReasonCode

PAPER_BYTES_MAX = 1 << 20  # the text of a consent is some pages; what is larger is the wrong file
FIELDS = {"name": "display_name", "greeting": "greeting_name"} | {each: each for each in ("language", "birthday", "hide_balance")}


def _chosen(kind: type[MemberType] | type[Purpose] | type[ReasonCode]) -> click.Choice[str]:
    return click.Choice([each.value for each in kind])


@click.command()
@config_option
@click.option("--type", "type_", type=_chosen(MemberType), default=MemberType.PERSON.value, show_default=True, help="Who the member is.")
@click.option("--heard", type=click.Choice(enrolling.HEARD), default=None, help="How they heard of the shop.")
@click.option("--staff", is_flag=True, help="Works here.")
@click.option("--card-ref", "references", multiple=True, metavar="REFERENCE", help="A card by its reference, from `stupeni-hub cards`.")
@click.option("--consent", "consents", type=_chosen(Purpose), multiple=True, help="What they signed for; several are given one by one.")
@click.option("--consent-text", "paper", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The text that was signed.")
def enrol(path: Path | None, references: tuple[str, ...], paper: Path | None, **chosen: Any) -> None:
    """Make somebody a member. Who it is is read from stdin, as JSON; the new id is printed as JSON.

    {"name": "Олена Коваль", "language": "uk", "greeting": "Олено", "birthday": "23-09", "hide_balance": true, "chips": ["04A1B2C3D4E5F6"]}:
    name and language must be there. `chips` are numbers of cards; the usual way is to lay the new card on a kiosk, find it with
    `stupeni-hub cards`, and give its reference.
    """
    config = load(path)
    ready(config)
    from hub import audit
    from hub.django_store import DjangoHubStore

    member, at_ms = f"m_{secrets.token_hex(6)}", now_ms()
    try:
        joins, given = stdin.said(stdin.Joins)
        cards = (*_references(joins.chips, config), *map(_known_form, references))
        enrolling.enrol(DjangoHubStore(), member, _joining(_fields(joins, given), chosen, cards, paper, at_ms), at_ms)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note("enrol", member, at_ms)
    say(json.dumps({"member": member}))
    click.echo("the cards greet them once `stupeni-hub ingest` has written it down", err=True)


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def cards(path: Path | None, as_json: bool) -> None:
    """List cards that were laid on a kiosk lately and are nobody's, the newest first: what `enrol --card-ref` takes."""
    config = load(path)
    ready(config)
    from hub import waiting
    from hub.django_store import DjangoHubStore

    zone = load_programme(config.programme.file).zone
    rows = [(each, datetime.fromtimestamp(each.at_ms // 1000, zone).isoformat()) for each in waiting.cards(DjangoHubStore())]
    if as_json:
        say(json.dumps({"cards": [{"card": each.card, "kiosk": each.kiosk, "at": at} for each, at in rows]}))
        return
    for each, at in rows:
        click.echo(f"{each.card}  {at}  {each.kiosk}")
    if not rows:
        click.echo("no card waits; lay one on a kiosk that is on line", err=True)


@click.command()
@config_option
def find(path: Path | None) -> None:
    """Say which members have a name, or a part of one, one id a line. It is read from stdin, as JSON: {"name": "Коваль"}."""
    ready(load(path))
    from hub import audit
    from hub.finding import named

    try:
        found = named(stdin.said(stdin.Sought)[0].name)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    for id_ in found:
        audit.note("find", id_, now_ms())
        say(id_)


@click.command()
@config_option
@click.argument("member")
def profile(path: Path | None, member: str) -> None:
    """Change what is personal about MEMBER (id or card). What changes is read from stdin, as JSON: {"birthday": "24-09", "greeting": null}.

    The keys are name, language, greeting, birthday, hide_balance; null removes greeting or birthday. The fact of it names the fields and
    nothing that is in them.
    """
    ready(load(path))
    from hub import audit
    from hub.django_store import DjangoHubStore
    from hub.finding import find as found_by

    store, at_ms = DjangoHubStore(), now_ms()
    try:
        id_ = found_by(store, member)
        changed = enrolling.change(store, id_, at_ms, _fields(*stdin.said(stdin.Changes)))
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note("profile", id_, at_ms)
    click.echo(f"{id_}: changed {', '.join(changed)}", err=True)


@click.command()
@config_option
@click.argument("member")
@click.option("--reply-to", type=_chosen(ReasonCode), help="The complaint that it answers.")
def note(path: Path | None, member: str, reply_to: str | None) -> None:
    """Write to MEMBER (id or card): they read it at their next visit. It is read from stdin, as JSON: {"words": "...", "by": "Лена"}.

    `by` is who writes, as the member reads it.
    """
    ready(load(path))
    from hub import audit
    from hub.django_store import DjangoHubStore
    from hub.finding import find as found_by

    store, at_ms, id_ = DjangoHubStore(), now_ms(), words_id()
    try:
        found = found_by(store, member)
        noted, _ = stdin.said(stdin.Noted)
        enrolling.write_note(store, NoteText(id_, found, noted.words, noted.by, reply_to or ""), audit.user(), at_ms)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note("note.written", found, at_ms)
    say(json.dumps({"note": id_}))


def _joining(
    fields: dict[str, Any], chosen: Mapping[str, Any], cards: tuple[str, ...], paper: Path | None, at_ms: int
) -> enrolling.Joining:
    """What was said on stdin and chosen on the command line. Raises Refused."""
    since = {"birthday_set_ms": at_ms} if fields.get("birthday") else {}
    if paper is not None and not chosen["consents"]:
        raise Refused("what did they sign for? name it with --consent")
    return enrolling.Joining(
        enrolling.profile_of({**fields, **since}),
        MemberType(chosen["type_"]),
        chosen["heard"] or "",
        chosen["staff"],
        cards,
        tuple(Purpose(each) for each in chosen["consents"]),
        _paper(paper) if paper is not None else None,
    )


def _fields(said: stdin.Joins | stdin.Changes, given: set[str]) -> dict[str, Any]:
    """Fields of a profile by their names, those that were said. Raises Refused."""
    fields = {FIELDS[key]: getattr(said, key) for key in given & FIELDS.keys()}
    return {**fields, "birthday": enrolling.birthday_of(said.birthday)} if "birthday" in fields else fields


def _references(chips: tuple[str, ...], config: HubConfig) -> list[str]:
    if not chips:
        return []
    pepper = read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN)
    return [enrolling.reference_of(chip, place, pepper) for place, chip in enumerate(chips, start=1)]


def _known_form(reference: str) -> str:
    if len(reference) != 32 or set(reference) - set("0123456789abcdef"):
        raise Refused("a card's reference is 32 hex digits, as `stupeni-hub cards` lists it")
    return reference


def _paper(path: Path) -> enrolling.Paper:
    with path.open("rb") as stream:
        content = stream.read(PAPER_BYTES_MAX + 1)
    if len(content) > PAPER_BYTES_MAX:
        raise Refused("the text of the consent is too long; give the file of what was signed")
    return enrolling.paper_of(path.name, content)
