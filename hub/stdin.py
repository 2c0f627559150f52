"""What people and programs say to a command of `stupeni-hub` about a person: one JSON object on stdin, never on the command line.

A command line is read by every user of the machine. Here are the keys and their forms; what is made of them is `enrolling`'s and `desk`'s.
Raises Refused in words a person can act on, which never repeat a value.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, fields
from typing import Annotated, TypeVar

import click

from hub.desk import Refused
from hub.enrolling import CARDS_MAX
from hub.records import LANGUAGE
from loyalty.counter.person import NAME_CHARS_MAX, TEXT_CHARS_MAX
from loyalty.document import Document, read_strictly
from loyalty.shapes import Findings, Many, Text

STDIN_BYTES_MAX = 16_384  # a fact has at most 8 KiB, and the words about it 280 characters: what is longer is the wrong file

Name = Annotated[str, Text("", NAME_CHARS_MAX, 1)]
Language = Annotated[str, Text(LANGUAGE.pattern, 35, 2, "a language like en, uk or zh-Hans")]
Birthday = Annotated[str, Text(r"[0-9]{1,2}-[0-9]{1,2}", 5, 3, "a day and a month like 23-09")]
Words = Annotated[str, Text("", TEXT_CHARS_MAX, 1)]
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Joins:
    """Who joins. `greeting`: the name in the case of an address; without it they are greeted without a name. `chips`: numbers in hex."""

    name: Name
    language: Language
    greeting: Name | None = None
    birthday: Birthday | None = None
    hide_balance: bool = False
    chips: Annotated[tuple[Annotated[str, Text("", 64, 1)], ...], Many(CARDS_MAX)] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes about a member: the keys that are there. null removes `greeting` or `birthday`."""

    name: Name = ""
    language: Language = ""
    greeting: Name | None = None
    birthday: Birthday | None = None
    hide_balance: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """The words of a note, and who writes them, as the member reads it."""

    words: Words
    by: Name


@dataclass(frozen=True, slots=True)
class Remarked:
    """Words about a member for staff alone."""

    words: Words


@dataclass(frozen=True, slots=True)
class Sought:
    """The name of a member, or a part of it."""

    name: Name


def said(kind: type[S]) -> tuple[S, set[str]]:
    """What stands on stdin as a value of `kind`, and which keys were there. Raises Refused with everything that is wrong."""
    document = spoken(f"with the keys {', '.join(each.name for each in fields(kind))}")  # type: ignore[arg-type]
    findings = Findings()
    value: S = read_strictly(kind, document, findings)
    if findings.problems:
        raise Refused("; ".join(f"{each.path} on stdin {each.what}: {each.do}" for each in findings.problems))
    return value, set(document)


def spoken(wanted: str) -> Document:
    """The JSON object on stdin. At a terminal it is asked for; `wanted` says what is in it. Raises Refused for anything else."""
    if sys.stdin.isatty():
        click.echo(f"write one JSON object {wanted}; then press Ctrl-D", err=True)
    given = sys.stdin.buffer.read(STDIN_BYTES_MAX + 1)
    if len(given) > STDIN_BYTES_MAX:
        raise Refused(f"more than {STDIN_BYTES_MAX} bytes stand on stdin; is it the right file?")
    try:
        document = json.loads(given.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused("what stands on stdin is no UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise Refused(f"what stands on stdin is no JSON ({place}); write one object {wanted}") from None
    except (ValueError, RecursionError):
        raise Refused(f"what stands on stdin cannot be read as JSON; write one object {wanted}") from None
    if not isinstance(document, dict):
        raise Refused(f"what stands on stdin is JSON, but no object; write one {wanted}")
    return document
