"""The terminal: frames as a few lines of text, for a demonstration over SSH or where there is no screen at all.

It writes through a callable it is given and reads nothing: keys come in elsewhere and get their meaning from `display.input`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from display.scenes import (
    Frame,
    Greeting,
    OutOfService,
    Reading,
    Ready,
    Thanks,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from display.words import Phrase, Words, printable, words_for
from loyalty.facts import Face

ROWS, COLUMNS = 14, 80  # of the 24x80 every terminal has; the rest belongs to whoever runs the demonstration
REASONS_PER_PAGE = 3
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
        case WhyBad():
            return _why_bad(frame.scene, words)
        case Thanks(bad, earned):
            return [words.thanks(bad).full, *([words.earned_for_answer(earned).full] if earned else [])]
        case TryAgain(trouble):
            return _two(words.trouble(trouble))
        case UnknownCard():
            return _two(words.unknown_card())
        case UnusableCard():
            return _two(words.unusable_card())
        case OutOfService(outage):
            return _two(words.out_of_service(outage))


def _two(phrases: tuple[Phrase, Phrase]) -> list[str]:
    """What happened, and what to do."""
    return [phrases[0].full, "", phrases[1].full]


def _greeting(scene: Greeting, words: Words) -> list[str]:
    """Name, balance, faces with their keys."""
    lines = [words.greeting(scene.name).full, ""]
    if scene.balance is not None:
        lines.append(words.balance(scene.balance) + (f"   ({words.earned(scene.earned).full})" if scene.earned else ""))
        if scene.as_of is not None:
            lines.append(words.as_of(scene.as_of, scene.waiting).full)
    elif scene.name is None and scene.earned:
        lines.append(words.visit_counts().full)
    faces = "   ".join(f"[{key}] {glyph} {words.face(face)}" for face, key, glyph in _FACES)
    return [*lines, "", words.how_was_it().full, faces, "", f"[m] {words.more_time()}   [h] {words.hide()}"]


def _why_bad(scene: WhyBad, words: Words) -> list[str]:
    """The page's reasons with the keys of the push-buttons."""
    first = scene.page * REASONS_PER_PAGE
    shown = scene.reasons[first : first + REASONS_PER_PAGE]
    lines = [f"[{key}] {words.reason(code).full}" for key, code in zip("asd", shown, strict=False)]
    if len(scene.reasons) > REASONS_PER_PAGE:
        lines.append(f"[f] {words.other_reasons()}")
    return [words.what_went_wrong().full, "", *lines, "", f"[h] {words.skip()}"]
