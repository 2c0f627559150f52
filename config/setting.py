"""What one setting is: its kind, default, bounds, meaning; and how a raw value is taken for it or refused in words.

No setting of ours is named here (that is `schema`) and no file is read here (that is `sources`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

TEXT_CHARACTERS_MAX = 255  # a host name has at most 253 (RFC 1035, 2.3.4); nothing else we ask for is longer
PATH_CHARACTERS_MAX = 4096  # PATH_MAX of Linux
# A secret is named by its file. Base64 and hexadecimal text must not pass for a path, hence two levels and neither + nor =.
SECRET_PATH = re.compile(r"(/[\w.@-]+){2,}")


class Kind(Enum):
    """Kinds of value, with the words used in messages and in the reference page."""

    TEXT = "text"
    NUMBER = "whole number"
    SWITCH = "true or false"
    PATH = "absolute path"
    TEXTS = "list of texts"
    NUMBERS = "list of whole numbers"


class Unfit(ValueError):
    """A raw value which a setting does not take: `what` is wrong, what to `do`."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


@dataclass(frozen=True, slots=True)
class Setting:
    """One key. `least` and `most` bound a number, the count of a list being `count`; `optional` paths may be empty: "none".

    `form` is a regular expression for the whole text, `form_words` says the same to a person. `local_only`: never changed from afar.
    `secret`: names a file that holds a secret.
    """

    kind: Kind
    default: object
    doc: str
    choices: tuple[str | int, ...] = ()
    least: int = 0
    most: int = 0
    count: tuple[int, int] = (0, 0)
    form: str = ""
    form_words: str = ""
    optional: bool = False
    local_only: bool = False
    secret: bool = False
    required: bool = False
    base: int = 10  # 16: written in hexadecimal

    def bounds(self) -> str:
        """Bounds as one phrase for people: "3 to 8", "window, tty or none", "2 to 32 of a-z ..."."""
        if self.choices:
            each = one_of(shown(choice, self.base) for choice in self.choices)
        elif self.kind in (Kind.NUMBER, Kind.NUMBERS):
            each = f"{self.least} to {self.most}"
        elif self.kind is Kind.PATH:
            each = "absolute path, or empty for none" if self.optional else "absolute path"
        else:
            each = self.form_words or self.kind.value
        if self.kind not in (Kind.TEXTS, Kind.NUMBERS):
            return each
        few, many = self.count
        return f"{few if few == many else f'{few} to {many}'} of: {each}, none twice"


def setting(kind: Kind, default: Any, doc: str, **bounds: Any) -> Any:
    """A dataclass field that carries its `Setting` in the metadata; `bounds` are the other fields of `Setting`."""
    return field(default=default, metadata={"setting": Setting(kind, default, doc, **bounds)})


def one_of(words: Iterable[str]) -> str:
    """ "a, b or c"."""
    *first, last = list(words)
    return f"{', '.join(first)} or {last}" if first else last


def shown(value: object, base: int = 10) -> str:
    """A value as it is written in TOML: `"text"`, `5`, `true`, `["en", "uk"]`; no path is `""`."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return f"0x{value:02X}" if base == 16 else str(value)
        case tuple():
            return f"[{', '.join(shown(item, base) for item in value)}]"
        case None:
            return '""'
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word`, or an empty text where none is near."""
    near = difflib.get_close_matches(word[:TEXT_CHARACTERS_MAX].lower(), list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def take(of: Setting, raw: object) -> object:
    """The value for a setting from a raw TOML value. Raises `Unfit`; a text is never repeated in the message, only numbers are."""
    match of.kind, raw:
        case Kind.SWITCH, bool():
            return raw
        case _, bool():
            pass
        case Kind.NUMBER, int():
            return _number(of, raw)
        case Kind.TEXT, str():
            return _text(of, raw)
        case Kind.PATH, str():
            return _path(of, raw)
        case Kind.TEXTS, list() if all(isinstance(item, str) for item in raw):
            return _several(of, [_text(of, item) for item in raw])
        case Kind.NUMBERS, list() if all(isinstance(item, int) and not isinstance(item, bool) for item in raw):
            return _several(of, [_number(of, item) for item in raw])
    raise Unfit(f"is {_type_words(raw)} where {_article(of.kind)} is expected", f"write {of.bounds()}")


def take_text(of: Setting, text: str) -> object:
    """The value for a setting from an environment variable or a flag: plain text, lists separated by commas. Raises `Unfit`."""
    raw: object = text
    if of.kind is Kind.SWITCH:
        raw = {"true": True, "false": False}.get(text, text)
    elif of.kind is Kind.NUMBER:
        raw = _whole(text)
    elif of.kind is Kind.TEXTS:
        raw = [item.strip() for item in text.split(",")]
    elif of.kind is Kind.NUMBERS:
        raw = [_whole(item) for item in text.split(",")]
    return take(of, raw)


def _whole(text: str) -> int | str:
    try:
        return int(text, 0)
    except ValueError:  # also a number of more than 4300 digits, which int() refuses
        return text


def _number(of: Setting, number: int) -> int:
    if of.choices:
        if number not in of.choices:
            raise Unfit("is a number that is not offered", f"write {of.bounds()}")
    elif not of.least <= number <= of.most:
        value = str(number) if abs(number) < 10**9 else "the number"
        raise Unfit(f"{value} is out of bounds", f"write {of.least} to {of.most}")
    return number


def _text(of: Setting, text: str) -> str:
    if of.choices:
        if text in of.choices:
            return text
        near = did_you_mean(text, (str(choice) for choice in of.choices))
        raise Unfit("is not one of the words offered", f'did you mean "{near}"?' if near else f"write {of.bounds()}")
    if len(text) > TEXT_CHARACTERS_MAX or not text.isprintable() or not re.fullmatch(of.form, text):
        raise Unfit("has a wrong form", f"write {of.form_words}")
    return text


def _path(of: Setting, text: str) -> Path | None:
    if not text and of.optional:
        return None
    if not text.startswith("/") or ".." in text.split("/") or not text.isprintable() or len(text) > PATH_CHARACTERS_MAX:
        raise Unfit("is not an absolute path", 'write one that begins with "/" and has no ".." in it')
    if of.secret and not SECRET_PATH.fullmatch(text):
        raise Unfit("does not look like the path of a file", "name the file that holds the secret, never the secret itself")
    return Path(text)


def _several(of: Setting, values: list[Any]) -> tuple[Any, ...]:
    few, many = of.count
    if not few <= len(values) <= many:
        raise Unfit(f"has {len(values)} entries", f"write {of.bounds()}")
    if len(set(values)) < len(values):
        raise Unfit("has an entry twice", f"write {of.bounds()}")
    return tuple(values)


def _article(kind: Kind) -> str:
    return kind.value if kind is Kind.SWITCH or kind is Kind.TEXT else f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _type_words(raw: object) -> str:
    match raw:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case str():
            return "text"
        case list():
            return "a list of something else"
        case dict():
            return "a table"
    return "a value of another type"
