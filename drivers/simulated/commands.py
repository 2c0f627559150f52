"""A tiny language for laying cards into the simulated field, one command a line: for scripts, demonstrations and the command line.

    lay ntag215 04A1B2C3D4E5F6 Hello Anna     lay phone     lay type4 04112233445566     lay classic DEADBEEF
    lift      unplug      replug      wait 1.5      # a comment

Parsing is pure; `perform` does one command to a field. Waiting is the caller's business, because only it knows which time it lives in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from drivers.simulated.chip import Chip, classic
from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, ntag
from drivers.simulated.type4 import phone, type4

# Bytes of a number by kind of card; a phone draws its own.
UID_SIZES_BYTES: dict[str, tuple[int, ...]] = {
    "ntag213": (7,),
    "ntag215": (7,),
    "ntag216": (7,),
    "type4": (4, 7),
    "classic": (4, 7),
    "phone": (),
}
# An hour: longer is a slip of the finger, not a demonstration.
WAIT_S_MAX = 3_600.0
# The largest user memory, NTAG216; longer lines are refused before they are looked at.
LINE_CHARACTERS_MAX = 2_000


class CommandError(ValueError):
    """A line that cannot be understood: what, where (`line` from 1, `column` from 1), what to do."""

    def __init__(self, line: int, column: int, problem: str, advice: str) -> None:
        super().__init__(f"line {line}, column {column}: {problem}; {advice}")
        self.line = line
        self.column = column
        self.problem = problem
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Lay:
    """Lay a card of this `kind`; `uid` is empty for a phone; `text` becomes an NDEF text record on an NTAG."""

    kind: str
    uid: bytes = b""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lift:
    """Take the card away."""


@dataclass(frozen=True, slots=True)
class Unplug:
    """Pull the reader's cable."""


@dataclass(frozen=True, slots=True)
class Replug:
    """Put it back."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let so many seconds pass."""

    seconds: float


Command = Lay | Lift | Unplug | Replug | Wait
_BARE: dict[str, Command] = {"lift": Lift(), "unplug": Unplug(), "replug": Replug()}
_VERBS = ("lay", *_BARE, "wait")


def parse_script(script: str) -> tuple[Command, ...]:
    """Every command of a text, in order; empty lines and lines that begin with # are skipped. Raises CommandError."""
    parsed = (parse_line(line, number) for number, line in enumerate(script.splitlines(), start=1))
    return tuple(command for command in parsed if command is not None)


def parse_line(line: str, number: int = 1) -> Command | None:
    """One line, None if it is empty or a comment. Raises CommandError."""
    if len(line) > LINE_CHARACTERS_MAX:
        raise CommandError(number, LINE_CHARACTERS_MAX, "the line is too long", f"at most {LINE_CHARACTERS_MAX} characters")
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    verb = words[0].lower()
    if verb == "lay":
        return _parse_lay(line, words, number)
    if verb == "wait":
        return _parse_wait(line, words, number)
    if verb not in _BARE:
        raise CommandError(number, _column(line, 0), f"unknown command {words[0]!r}", f"use one of: {', '.join(_VERBS)}")
    if len(words) > 1:
        raise CommandError(number, _column(line, 1), f"{verb} takes nothing after it", f"write {verb} alone")
    return _BARE[verb]


def written(command: Command) -> str:
    """The line that parses to this command."""
    match command:
        case Lay(kind, uid, text):
            return " ".join(part for part in ("lay", kind, uid.hex().upper(), text) if part)
        case Wait(seconds):
            return f"wait {seconds!r}"
        case _:
            return type(command).__name__.lower()


def chip_of(command: Lay, chance: Random) -> Chip:
    """The card that a command means. Raises ValueError when its text does not fit it."""
    match command.kind:
        case "phone":
            return phone(chance)
        case "type4":
            return type4(command.uid)
        case "classic":
            return classic(command.uid)
        case kind:
            return ntag(NtagModel[kind.upper()], command.uid, text_message(command.text) if command.text else b"")


def perform(command: Command, field: Field, chance: Random) -> float:
    """Do one command to a field; returns the seconds that the caller shall now let pass. Raises ValueError as `chip_of`."""
    match command:
        case Lay():
            field.lay(chip_of(command, chance))
        case Lift():
            field.lift()
        case Unplug():
            field.unplug()
        case Replug():
            field.replug()
        case Wait(seconds):
            return seconds
    return 0.0


def text_message(text: str) -> bytes:
    """An NDEF message of one text record in English (NFC Forum RTD Text 1.0), short or long form by need."""
    payload = b"\x02en" + text.encode()
    if len(payload) <= 0xFF:
        return bytes((0xD1, 1, len(payload))) + b"T" + payload
    return bytes((0xC1, 1)) + len(payload).to_bytes(4) + b"T" + payload


def _parse_lay(line: str, words: list[str], number: int) -> Lay:
    kinds = ", ".join(UID_SIZES_BYTES)
    if len(words) < 2:
        raise CommandError(number, len(line) + 1, "lay what?", f"name a card: {kinds}")
    kind = words[1].lower()
    sizes = UID_SIZES_BYTES.get(kind)
    if sizes is None:
        raise CommandError(number, _column(line, 1), f"unknown card {words[1]!r}", f"use one of: {kinds}")
    if not sizes:
        _refuse_rest(line, words, 2, number, f"a {kind} draws its own number")
        return Lay(kind)
    uid = _parse_uid(line, words, number, sizes)
    if not kind.startswith("ntag"):
        _refuse_rest(line, words, 3, number, f"a {kind} card takes no text")
    return Lay(kind, uid, " ".join(words[3:]))


def _parse_uid(line: str, words: list[str], number: int, sizes: tuple[int, ...]) -> bytes:
    wanted = " or ".join(str(2 * size) for size in sizes)
    if len(words) < 3:
        raise CommandError(number, len(line) + 1, "the card's number is missing", f"give {wanted} hex digits")
    digits = words[2]
    if len(digits) not in {2 * size for size in sizes} or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        raise CommandError(number, _column(line, 2), "this is not a number for this card", f"give {wanted} hex digits without separators")
    return bytes.fromhex(digits)


def _parse_wait(line: str, words: list[str], number: int) -> Wait:
    if len(words) < 2:
        raise CommandError(number, len(line) + 1, "wait how long?", "give seconds, such as wait 1.5")
    _refuse_rest(line, words, 2, number, "wait takes one number")
    try:
        seconds = float(words[1])
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= WAIT_S_MAX:
        raise CommandError(number, _column(line, 1), f"{words[1]!r} is not a time", f"give seconds from 0 to {WAIT_S_MAX:.0f}")
    return Wait(seconds)


def _refuse_rest(line: str, words: list[str], first: int, number: int, problem: str) -> None:
    if len(words) > first:
        raise CommandError(number, _column(line, first), problem, f"take {words[first]!r} away")


def _column(line: str, word: int) -> int:
    """Where the word with this index begins, counted from 1."""
    at = 0
    for part in line.split()[: word + 1]:
        at = line.index(part, at) + len(part)
    return at - len(line.split()[word]) + 1
