"""Keys: what a key of a keyboard means, for the window and the terminal alike, so that a kiosk can be tried without its buttons.

It knows no library: painters translate their own events into the key names used here. Letters are meant by their place on the keyboard,
so a Ukrainian or Russian layout works without switching.
"""

from __future__ import annotations

from dataclasses import dataclass

from display.scenes import Button, Hide, Intent, MoreTime, OpenMenu


@dataclass(frozen=True, slots=True)
class Key:
    """A key without a meaning of its own here: its character in lower case, or a name such as "space", "escape", "return"."""

    name: str


@dataclass(frozen=True, slots=True)
class Quit:
    """The window was asked to close."""


INTENT_OF_KEY: dict[str, Intent] = {
    "a": Button(0),
    "s": Button(1),
    "d": Button(2),
    "f": Button(3),
    "m": MoreTime(),
    "h": Hide(),
    "r": OpenMenu(),
}
"""`a s d f` lie in a row like the four push-buttons: the best face first."""

_CYRILLIC = str.maketrans("йцукенгшщзхъїфывіапролджэєячсмитьбю", "qwertyuiop[]]asdsfghjkl;''zxcvbnm,.")
_NAMES = {" ": "space", "\x1b": "escape", "\r": "return", "\n": "return", "\t": "tab"}


def meaning_of_key(character: str) -> Intent | Key:
    """What pressing the key that types `character` (or is named so) means."""
    name = _NAMES.get(character, character).lower()
    if len(name) == 1:
        name = name.translate(_CYRILLIC)
    return INTENT_OF_KEY.get(name) or Key(name)
