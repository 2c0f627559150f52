"""Commands of `stupeni-hub` about people: `enrol`, `cards`, `profile`, `note`. Only words are here; what happens is `enrolling`'s.

Names and notes come from stdin: what stands on a command line is seen by every user of the machine.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from config.programme import load_programme
from config.schema import HubConfig
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from hub import enrolling
from hub.command import config_option, load, ready, say
from hub.desk import Refused
from hub.desk_cli import now_ms
from hub.records import NoteText
from loyalty.facts import MemberType, Purpose, ReasonCode

STDIN_BYTES_MAX = 4096  # a name and how to say it, or a note: what is longer is the wrong file
PAPER_BYTES_MAX = 1 << 20  # the text of a consent is some pages; what is larger is the wrong file


def _chosen(kind: type[MemberType] | type[Purpose] | type[ReasonCode]) -> click.Choice[str]:
    return click.Choice([each.value for each in kind])


@click.command()
@config_option
@click.option("--language", required=True, help="Language of the greetings: en, uk, ru ...")
@click.option("--greeting", help="How to say the name in an address (Олено); else the second line of stdin, else greeted without a name.")
@click.option("--type", "type_", type=_chosen(MemberType), default=MemberType.PERSON.value, show_default=True, help="Who the member is.")
@click.option("--heard", type=click.Choice(enrolling.HEARD), default=None, help="How they heard of the shop.")
@click.option("--birthday", metavar="DD-MM", help="Day and month; the year is nobody's business.")
@click.option("--staff", is_flag=True, help="Works here.")
@click.option("--hide-balance", is_flag=True, help="No balance on the screen.")
@click.option("--card", "chips", multiple=True, metavar="UID_HEX", help="A card by its chip number; several are given one by one.")
@click.option("--card-ref", "references", multiple=True, metavar="REFERENCE", help="A card by its reference, from `stupeni-hub cards`.")
@click.option("--consent", "consents", type=_chosen(Purpose), multiple=True, help="What they signed for; several are given one by one.")
@click.option("--consent-text", "paper", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The text that was signed.")
def enrol(path: Path | None, chips: tuple[str, ...], references: tuple[str, ...], paper: Path | None, **said: Any) -> None:
    """Make somebody a member. Their NAME is read from stdin; a second line says how to address them. Prints the new id as JSON.

    The usual way: lay the new card on a kiosk, find it with `stupeni-hub cards`, and give its reference.
    """
    config = load(path)
    ready(config)
    from hub import audit
    from hub.django_store import DjangoHubStore

    member, at_ms = f"m_{secrets.token_hex(6)}", now_ms()
    try:
        cards = (*_references(chips, config), *map(_known_form, references))
        enrolling.enrol(DjangoHubStore(), member, _joining(said, cards, paper, at_ms), at_ms)
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
@click.argument("member")
@click.option("--name", "renamed", is_flag=True, help="Read a new name from stdin.")
@click.option("--greeting", help="How to say the name in an address; an empty text greets without a name.")
@click.option("--language", help="Language of the greetings.")
@click.option("--birthday", metavar="DD-MM", help="Day and month; an empty text removes it.")
@click.option("--hide-balance/--show-balance", default=None, help="Whether the screen shows a balance.")
def profile(path: Path | None, member: str, renamed: bool, **said: Any) -> None:
    """Change what is personal about MEMBER (id, card or name). The fact of it names the fields and nothing that is in them."""
    ready(load(path))
    from hub import audit
    from hub.django_store import DjangoHubStore
    from hub.finding import find

    store, at_ms = DjangoHubStore(), now_ms()
    try:
        fields = _fields(said)
        if renamed:
            fields["display_name"] = next(iter(_lines("the new name")), "")
        id_ = find(store, member)
        changed = enrolling.change(store, id_, at_ms, fields)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note("profile", id_, at_ms)
    click.echo(f"{id_}: changed {', '.join(changed)}", err=True)


@click.command()
@config_option
@click.argument("member")
@click.option("--by", required=True, metavar="NAME", help="Who writes, as the member reads it.")
@click.option("--reply-to", type=_chosen(ReasonCode), help="The complaint that it answers.")
def note(path: Path | None, member: str, by: str, reply_to: str | None) -> None:
    """Write to MEMBER (id, card or name): they read it at their next visit. The words are read from stdin, one line."""
    ready(load(path))
    from hub import audit
    from hub.django_store import DjangoHubStore
    from hub.finding import find

    store, at_ms, id_ = DjangoHubStore(), now_ms(), f"n_{secrets.token_hex(6)}"
    try:
        found = find(store, member)
        words = " ".join(_lines("the note"))
        enrolling.write_note(store, NoteText(id_, found, words, by, reply_to or ""), audit.user(), at_ms)
    except Refused as refused:
        raise click.UsageError(str(refused)) from None
    audit.note("note.written", found, at_ms)
    say(json.dumps({"note": id_}))


def _joining(said: Mapping[str, Any], cards: tuple[str, ...], paper: Path | None, at_ms: int) -> enrolling.Joining:
    """What was said on the command line and on stdin. Raises Refused."""
    name, addressed, *_ = (*_lines("name, and on a second line how to address them"), "", "")
    fields = _fields({each: said[each] for each in ("language", "birthday", "hide_balance")})
    fields |= {"display_name": name, "greeting_name": said["greeting"] or addressed or None}
    fields |= {"birthday_set_ms": at_ms} if fields.get("birthday") else {}
    if paper is not None and not said["consents"]:
        raise Refused("what did they sign for? name it with --consent")
    return enrolling.Joining(
        enrolling.profile_of(fields),
        MemberType(said["type_"]),
        said["heard"] or "",
        said["staff"],
        cards,
        tuple(Purpose(each) for each in said["consents"]),
        _paper(paper) if paper is not None else None,
    )


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a profile by their names, those that were said. Raises Refused."""
    fields = {name: value for name, value in said.items() if value is not None}
    if "birthday" in fields:
        fields["birthday"] = enrolling.birthday_of(fields["birthday"])
    if "greeting" in fields:
        fields["greeting_name"] = fields.pop("greeting") or None
    return fields


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


def _lines(wanted: str) -> list[str]:
    """What stands on stdin, line by line, without empty ones. At a terminal `wanted` is asked for. Raises Refused for what is no text."""
    if sys.stdin.isatty():
        click.echo(f"{wanted}; end with Ctrl-D", err=True)
    given = sys.stdin.buffer.read(STDIN_BYTES_MAX + 1)
    if len(given) > STDIN_BYTES_MAX:
        raise Refused(f"more than {STDIN_BYTES_MAX} bytes stand on stdin; is it the right file?")
    try:
        text = given.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("what stands on stdin is no UTF-8 text") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
