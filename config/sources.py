"""The places where settings are written: TOML files, environment variables, flags; read into one flat list, each value with its origin.

Whether a key exists and its value fits is decided in `load`; here only the writing itself can be wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigError

FILE_BYTES_MAX = 65_536  # ten times the complete commented example; a larger file is not a configuration
FOLDER_FILES_MAX = 64  # conf.d: more than one file per setting means that something else writes there
ENVIRONMENT_PREFIX = "STUPENI_"
ENVIRONMENT_PATH = "STUPENI_CONFIG"  # path of the main file; the only other name under the prefix
DEFAULT_PLACE = "default"
_HEADER = re.compile(r"""\s*\[\[?\s*["']?([^\]"']+?)["']?\s*\]\]?\s*(#.*)?$""")
_NAME = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:\.\s*["']?([A-Za-z0-9_-]+)["']?\s*)?[=.]""")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written: a file with a line, "environment NAME", "flag" or "default". `line` is 0 where there are no lines."""

    place: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.place}:{self.line}" if self.line else self.place


@dataclass(frozen=True, slots=True)
class Given:
    """One value as written: `raw` from TOML (any type), or plain text from environment and flags (`plain`)."""

    section: str
    key: str
    raw: object
    origin: Origin
    plain: bool = False


def files(path: Path, *, must_exist: bool) -> Iterator[Given | ConfigError]:
    """Everything in the main file, then in the files of `conf.d` beside it in the order of their names."""
    yield from file(path, must_exist=must_exist)
    folder = path.parent / "conf.d"
    try:
        more = sorted(each for each in folder.iterdir() if each.suffix == ".toml")
    except FileNotFoundError:
        return
    except OSError as error:
        yield ConfigError(str(folder), 0, "", f"cannot be read ({error.strerror})", "make it a folder that this user may read")
        return
    if len(more) > FOLDER_FILES_MAX:
        yield ConfigError(str(folder), 0, "", f"holds {len(more)} files", f"keep at most {FOLDER_FILES_MAX}")
        return
    for each in more:
        yield from file(each)


def file(path: Path, *, must_exist: bool = True) -> Iterator[Given | ConfigError]:
    """Everything in one TOML file; nothing where it is absent and need not exist."""
    place = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        if must_exist or not isinstance(error, FileNotFoundError):
            yield ConfigError(place, 0, "", f"cannot be read ({error.strerror})", "check the path and that this user may read it")
        return
    if len(content) > FILE_BYTES_MAX:
        yield ConfigError(place, 0, "", f"is larger than {FILE_BYTES_MAX} bytes", "keep only settings in it")
        return
    yield from document(content, place)


def document(content: bytes, place: str) -> Iterator[Given | ConfigError]:
    """Everything in one TOML document; `place` is what messages call it."""
    try:
        text = content.decode("utf-8")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        yield ConfigError(place, line, "", "is not UTF-8 text", "save the file as UTF-8")
    except RecursionError:
        yield ConfigError(place, 0, "", "is nested too deeply", "keep sections of plain keys")
    except ValueError as error:  # TOMLDecodeError, or a number of more than 4300 digits
        found = re.search(r"\(at line (\d+)", str(error))
        what = str(error).partition(" (at ")[0] if isinstance(error, tomllib.TOMLDecodeError) else "a number is too long"
        do = 'write key = value under a [section]; texts in "quotes"'
        yield ConfigError(place, int(found[1]) if found else 0, "", f"is not TOML: {what}", do)
    else:
        for section, table in tables.items():
            yield from _section(text, place, section, table)


def _section(text: str, place: str, section: str, table: object) -> Iterator[Given | ConfigError]:
    if not isinstance(table, dict):
        line = line_of(text, section, "")
        yield ConfigError(place, line, printable(section), "is not a section of keys", "write key = value under a [section]")
        return
    for key, raw in table.items():
        yield Given(section, key, raw, Origin(place, line_of(text, section, key)))


def line_of(text: str, section: str, key: str) -> int:
    """Line of `key` in `[section]`, from 1; of the section where the key is not found, 0 where neither is.

    The parser of the standard library keeps no lines. Keys as people write them are found; exotic spellings get their section's line.
    """
    current, section_line = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            current = header[1]
            if current == section or current.startswith(f"{section}."):
                section_line = section_line or number
                if current == f"{section}.{key}" or current.startswith(f"{section}.{key}."):
                    return number
        elif name := _NAME.match(line):
            dotted = (name[1],) if name[2] is None else (name[1], name[2])
            path = (*current.split("."), *dotted) if current else dotted
            if path[:2] == (section, key):
                return number
            if path[0] == section:
                section_line = section_line or number
    return section_line


def environment(variables: Mapping[str, str]) -> Iterator[Given | ConfigError]:
    """Everything under `STUPENI_SECTION__KEY`."""
    for name in sorted(variables):
        if not name.startswith(ENVIRONMENT_PREFIX) or name == ENVIRONMENT_PATH:
            continue
        section, divider, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if divider:
            yield Given(section, key, variables[name], Origin(f"environment {printable(name)}"), plain=True)
        else:
            yield ConfigError("environment", 0, printable(name), "is not a setting", "write STUPENI_SECTION__KEY, or unset it")


def flags(texts: Iterable[str]) -> Iterator[Given | ConfigError]:
    """Everything given on the command line as `section.key=value`."""
    for text in texts:
        name, equals, value = text.partition("=")
        section, dot, key = name.partition(".")
        if equals and dot:
            yield Given(section, key, value, Origin("flag"), plain=True)
        else:
            yield ConfigError("flag", 0, printable(name) if equals else "", "is not a setting", "write section.key=value")


def printable(name: str) -> str:
    """A key from outside, safe for a terminal: at most 64 characters, control characters escaped."""
    short = name if len(name) <= 64 else f"{name[:63]}…"
    return short if short.isprintable() else ascii(short)
