"""What is personal comes to a command on stdin alone: no command takes it as an argument, and what is wrong there is said in words."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import click
import pytest

from hub import stdin
from hub.cli import commands
from hub.desk import Refused

# What may be given on a command line, by what it is. Whatever is added is read by every user of the machine: think before adding.
FILES = {"path", "file", "paper"}
IDS = {"member", "case", "references"}
CODES = {
    "arguments",
    "kiosk",
    "op",
    "operator",
    "out",
    "settings",
    "unset",
    "within_s",
    "kind",
    "step",
    "cause",
    "type_",
    "heard",
    "consents",
    "reply_to",
}
MOMENTS = {"moment", "days", "today"}
PERSONAL = ("name", "greeting", "birthday", "card", "chip", "note", "words", "text", "json", "payload", "by", "reason", "why")


def commands_of(group: click.Group, so_far: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what is typed for it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{so_far}{name} ")
        else:
            yield f"{so_far}{name}", command


COMMANDS = dict(commands_of(commands))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_what_is_personal_as_an_argument(name: str) -> None:
    """Files, ids, codes and moments are all that a command line can hold: no option and no argument has room for a name or a text."""
    for each in COMMANDS[name].params:
        if isinstance(each, click.Option) and each.is_flag:
            continue
        assert each.name in FILES | IDS | CODES | MOMENTS, each.name
        said = {option.lstrip("-") for option in each.opts}
        assert not said & set(PERSONAL), each.name


def speak(monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    """Let these bytes stand on stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))


def test_a_member_is_said_in_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys are read, and which were there is told: null is not the same as nothing."""
    speak(monkeypatch, '{"name": "Олена", "language": "uk", "greeting": "Олено", "birthday": "23-09", "chips": ["04A1"]}'.encode())
    assert stdin.said(stdin.Joins) == (
        stdin.Joins("Олена", "uk", "Олено", "23-09", chips=("04A1",)),
        {"name", "language", "greeting", "birthday", "chips"},
    )
    speak(monkeypatch, b'{"greeting": null}')
    assert stdin.said(stdin.Changes) == (stdin.Changes(), {"greeting"})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "no JSON (line 1, column 1: Expecting value); write one object with the keys name, language, greeting"),
        ("Олена\nОлено".encode(), "no JSON (line 1, column 1"),
        (b'{"name":\n "Olena"', "no JSON (line 2, column 9"),
        (b"[" * 10_000, "cannot be read as JSON"),
        (b"[1]", "is JSON, but no object"),
        (b"\xff", "no UTF-8 text"),
        (b" " * 20_000, "is it the right file?"),
        (b'{"language": "uk"}', "name on stdin is missing: write it"),
        (b'{"name": "Olena", "langauge": "uk"}', "langauge on stdin unknown key: did you mean language?"),
        (b'{"name": "", "language": "u"}', "name on stdin is not a text of 1 to 64 printable characters"),
        (b'{"name": "", "language": "u"}', "language on stdin is not a language like en, uk or zh-Hans"),
        (b'{"name": null, "language": "uk"}', "name on stdin is not a text"),
        (b'{"name": "Olena", "language": "uk", "birthday": "1990-09-23"}', "birthday on stdin is not a day and a month like 23-09"),
    ],
)
def test_what_is_wrong_on_stdin_is_said_without_repeating_it(monkeypatch: pytest.MonkeyPatch, given: bytes, reason: str) -> None:
    """Each mistake is refused with its place and what to write, all of one object at once, and no name is repeated."""
    speak(monkeypatch, given)
    with pytest.raises(Refused) as refused:
        stdin.said(stdin.Joins)
    assert reason in str(refused.value)
    assert not [word for word in ("Olena", "Олен", "1990") if word in str(refused.value)]
