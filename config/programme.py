"""A programme from its TOML file: the values of `loyalty.programme`, or everything that is wrong with them at once.

What a key is stands in the annotations there, what must fit together in `programme.checks`; here texts become values and places become
lines. What the rules do is not known here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import shipped
from config.errors import ConfigError, ConfigErrors
from config.lines import Lines, Place, place_of
from loyalty.document import read_strictly
from loyalty.programme import Programme
from loyalty.programme.checks import problems
from loyalty.rulebook import Rulebook
from loyalty.shapes import Findings, Problem

FILE_BYTES_MAX = 49_152  # as JSON, where a line end is two: it has to fit into one message to a kiosk. Three of the largest shipped example
PATH_CHARACTERS_MAX = 96  # the longest path of keys of ours has 40; foreign ones are cut


def load_programme(file: str) -> Rulebook:
    """The programme named by the setting `programme.file`, as a rulebook of one edition. Raises `ConfigErrors`."""
    programme = named_programme(file)
    return Rulebook.single(programme, _zone(programme.programme.time_zone) or ZoneInfo("UTC"))  # the former: it was read a moment ago


def rulebook_of(editions: Sequence[tuple[int, str]], place: str) -> Rulebook:
    """The rulebook of programmes that were sent: (from which moment in ms, TOML text), oldest first; by the zone of the newest.

    Raises `ConfigErrors`.
    """
    programmes = [(from_ms, read_programme(text, place)) for from_ms, text in editions]
    return Rulebook(programmes, _zone(programmes[-1][1].programme.time_zone) or ZoneInfo("UTC"))


def named_programme(file: str) -> Programme:
    """The programme of a shipped name or an absolute path. Raises `ConfigErrors`."""
    path = shipped.programme_path(file)
    place = str(path)
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        what, do = f"cannot be read ({error.strerror})", "check the path and that this user may read it"
        raise ConfigErrors([ConfigError(place, 0, "", what, do)]) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigErrors([ConfigError(place, line, "", "is not UTF-8 text", "save the file as UTF-8")]) from None
    return read_programme(text, place)


def read_programme(text: str, place: str) -> Programme:
    """The programme that a TOML text says; `place` is what messages call it. Raises `ConfigErrors` with all that is wrong."""
    if len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")) > FILE_BYTES_MAX:
        raise ConfigErrors([ConfigError(place, 0, "", f"is larger than {FILE_BYTES_MAX} bytes", "keep only the programme in it")])
    tables, lines = _parsed(text, place)
    findings = Findings()
    programme = read_strictly(Programme, tables, findings)
    found = [*findings.problems, *_zone_problems(tables, findings.problems)]
    found += problems(programme) if programme is not None else _more_problems(tables, findings.problems)
    if found:
        raise ConfigErrors(sorted((_error(each, place, lines) for each in found), key=lambda error: error.line))
    assert isinstance(programme, Programme)  # noqa: S101  without findings there is one
    return programme


def _more_problems(tables: dict[str, Any], found: list[Problem]) -> list[Problem]:
    """What does not fit together in the tables that are well formed, so that it need not wait for the others to be mended.

    Nothing where that cannot be told: a required key is wrong, or the status of a perk that others name. Wrong keys are left out of
    `tables`.
    """
    wrong = [place for each in found if (place := place_of(each.path))]
    for place in wrong:
        _leave_out(tables, place)
    programme = read_strictly(Programme, tables, Findings())
    if programme is None or any(place[0] == "perk" and place[-1] == "status" for place in wrong):
        return []
    silent = {_table(place) for place in wrong}
    return [each for each in problems(programme) if _table(place_of(each.path)) not in silent]


def _table(place: Place) -> Place:
    """The table that a place lies in: ("rule", 2) or ("expiry",)."""
    return place[:2] if len(place) > 1 and isinstance(place[1], int) else place[:1]


def _leave_out(tables: Any, place: Place) -> None:
    """Remove the key at a place, of a list of plain values all of it. A table of a list stays, for those after it keep their numbers."""
    while len(place) > 2 and isinstance(place[-1], int):
        place = place[:-1]
    for step in place[:-1]:
        if isinstance(tables, dict):
            tables = tables.get(step)
        elif isinstance(tables, list) and isinstance(step, int) and step < len(tables):
            tables = tables[step]
    if isinstance(tables, dict):
        tables.pop(place[-1], None)


def _parsed(text: str, place: str) -> tuple[dict[str, Any], Lines]:
    try:
        tables = tomllib.loads(text)
        return tables, Lines(text.replace("\r\n", "\n"))
    except RecursionError:
        raise ConfigErrors([ConfigError(place, 0, "", "is nested too deeply", "keep tables of plain keys")]) from None
    except ValueError as error:  # TOMLDecodeError, or a number of more than 4300 digits
        found = re.search(r"\(at line (\d+)", str(error))
        said = _printable(str(error).partition(" (at ")[0])
        what = f"is not TOML: {said}" if isinstance(error, tomllib.TOMLDecodeError) else "has a number that is too long"
        do = 'write key = value under a [table] or [[list]]; texts in "quotes", each key once'
        raise ConfigErrors([ConfigError(place, int(found[1]) if found else 0, "", what, do)]) from None


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a folder or an unreadable file of the zone database
        return None


def _zone_problems(tables: dict[str, Any], found: list[Problem]) -> list[Problem]:
    """The one thing that only this machine can tell: whether it knows the zone."""
    about = tables.get("programme")
    name = about.get("time_zone") if isinstance(about, dict) else None
    path = "programme.time_zone"
    if not isinstance(name, str) or any(each.path == path for each in found) or _zone(name) is not None:
        return []
    return [Problem(path, "is no time zone known to this machine", "write a name like Europe/Kyiv, or install tzdata")]


def _error(problem: Problem, place: str, lines: Lines) -> ConfigError:
    return ConfigError(place, lines.of(problem.path), _printable(problem.path), problem.what, _printable(problem.do, len(problem.do)))


def _printable(text: str, most: int = PATH_CHARACTERS_MAX) -> str:
    """Text from outside, safe for a terminal: cut, control characters escaped."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return short if short.isprintable() else ascii(short)
