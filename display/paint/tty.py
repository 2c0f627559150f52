"""The terminal: frames as a few lines of text, for a demonstration over SSH or where there is no screen at all.

It writes through a callable it is given and reads nothing: keys come in elsewhere and get their meaning from `display.input`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

from display.layouts.notices import notice_words
from display.paint.tty_asked import asked_lines
from display.scenes import (
    Dark,
    Frame,
    FriendJoined,
    FriendKnown,
    Greeting,
    Identified,
    NotNow,
    OutOfService,
    Reading,
    Ready,
    SeeStaff,
    StaffCalled,
    Thanks,
    TryAgain,
    UnknownCard,
    UnusableCard,
)
from display.words import Words, printable, words_for
from loyalty.facts import Face

ROWS, COLUMNS = 14, 80  # of the 24x80 every terminal has; the rest belongs to whoever runs the demonstration
SAID_ROWS = 3  # of what is said: with all else of a greeting it fills the rows
_FACES = ((Face.VERY_GOOD, "a", ":D"), (Face.GOOD, "s", ":)"), (Face.BAD, "d", ":("), (Face.VERY_BAD, "f", ">:("))
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class TtyPainter:
    """The upper `ROWS` rows of a terminal."""

    def __init__(self, write: Callable[[str], object], words: Mapping[str, Words], styled: bool = True) -> None:
        """`write`: where text goes. `styled`: bold and dim; pass False where NO_COLOR is set (https://no-color.org)."""
        self._write = write
        self._words = words
        self._styled = styled
        self._shown: Frame | None = None

    def paint(self, frame: Frame) -> None:
        """Rewrite the rows; an equal frame writes nothing."""
        if frame == self._shown:
            return
        lines = lines_of(frame, words_for(self._words, frame.language))
        self._write("\x1b[H" + "".join(f"{self._dressed(row, line)}\x1b[K\r\n" for row, line in enumerate(lines)))
        self._shown = frame

    def close(self) -> None:
        """Leave nothing personal behind: empty the rows."""
        self._write("\x1b[H" + "\x1b[K\r\n" * ROWS)
        self._shown = None

    def _dressed(self, row: int, line: str) -> str:
        """The headline bold, the frame around it dim."""
        if not self._styled or not line.strip():
            return line
        return (_BOLD if row in (2, 3, 4) else _DIM if row in (0, ROWS - 1) else "") + line + _PLAIN


def lines_of(frame: Frame, words: Words) -> list[str]:
    """The frame as exactly `ROWS` lines of at most `COLUMNS` characters."""
    badge = "" if frame.offline_since is None else f" {words.offline_since(frame.offline_since).full} "
    top = "+" + badge.center(COLUMNS - 4, "-") + "+"
    lines = [top, "", *("   " + line for line in _scene_lines(frame, words))]
    lines = [_clipped(line) for line in lines][: ROWS - 1]
    lines += [""] * (ROWS - 1 - len(lines))
    return [*lines, "+" + "-" * (COLUMNS - 4) + "+"]


def _clipped(line: str) -> str:
    """At most `COLUMNS` characters; only a name or a sentence is ever that long."""
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def _scene_lines(frame: Frame, words: Words) -> list[str]:
    """What the scene says, without its frame."""
    match frame.scene:
        case Ready(shop):
            return [words.ready().full, "", printable(shop)]
        case Reading():
            return [words.reading().full]
        case Greeting():
            return _greeting(frame.scene, words)
        case Thanks(bad, earned):
            return [words.thanks(bad).full, *([words.earned_for_answer(earned).full] if earned else [])]
        case FriendJoined(name):
            return [words.friend_joined(name).full]
        case Dark():
            return []
        case (
            TryAgain()
            | UnknownCard()
            | UnusableCard()
            | OutOfService()
            | NotNow()
            | FriendKnown()
            | StaffCalled()
            | SeeStaff()
            | Identified()
        ):
            happened, advice = notice_words(frame.scene, words)
            return [happened.full, "", advice.full]
        case _:
            return asked_lines(frame.scene, words)


def _greeting(scene: Greeting, words: Words) -> list[str]:
    """Name, balance, what is said, faces with their keys."""
    tier = f"   * {printable(scene.tier)}" if scene.tier else ""
    lines = [words.greeting(scene.name).full + tier, ""]
    if scene.balance is not None:
        lines.append(words.balance(scene.balance) + (f"   ({words.earned(scene.earned).full})" if scene.earned else ""))
        if scene.as_of is not None:
            lines.append(words.as_of(scene.as_of, scene.waiting).full)
    elif scene.name is None and scene.earned:
        lines.append(words.visit_counts().full)
    faces = "   ".join(f"[{key}] {glyph} {words.face(face)}" for face, key, glyph in _FACES)
    keys = f"[m] {words.more_time()}   [h] {words.hide()}" + (f"   [r] {words.options()}" if scene.options else "")
    if scene.said is None:
        return [*lines, "", words.how_was_it().full, faces, "", keys]
    said = textwrap.wrap(words.said(scene.said).full, COLUMNS - 8, max_lines=SAID_ROWS, placeholder="…")
    second = [words.said(scene.second).full] if scene.second is not None else []
    return [*lines[:1], *lines[2:], "", *said, *second, "", faces, keys]
