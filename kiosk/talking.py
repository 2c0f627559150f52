"""What the parts of the conversation share: how a step is written, how facts are committed, and how long things stay. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from kiosk.messages import Commit, Effect
from kiosk.phases import Conversation, Greeted, Idle, Invitation, Phase, Writing
from loyalty.facts import Body
from loyalty.moment import Moment

THANKS_MS = 1_500  # long enough to read two words
THANKS_AFTER_BAD_MS = 3_000  # a sentence to read, and no cheering
ASK_MS = 8_000  # one question, one tap; no answer is an answer
DEAF_MS = 400  # an impatient second press lands within 0.3 s, where the face was there are answers now; nobody reads six in that time
EXTENSIONS_MAX = 10  # WCAG 2.2, 2.2.1: extend at least ten times; then the next customer's turn
CHOOSE_MS = 15_000  # a list to read, and a decision about one's points
CODE_MS = 30_000  # until the staff have come over and read four letters
NOTICE_MS = 2_500  # one short sentence
PAGE = 3  # four push-buttons: three answers and one to turn the page

Step = tuple[Conversation, list[Effect]]


def to(talk: Conversation, phase: Phase, *effects: Effect) -> Step:
    """The conversation goes on with a phase. Once nobody is there nothing personal is kept, not even for a card that comes right back."""
    if isinstance(phase, Idle) and talk.recent is not None:
        talk = replace(talk, recent=replace(talk.recent, welcome=talk.recent.welcome.unnamed()))
    return replace(talk, phase=phase), list(effects)


def write(
    talk: Conversation,
    now: Moment,
    presentation: int,
    bodies: Iterable[Body],
    then: Phase,
    chime: str = "ok",
    invitation: Invitation | Literal["kept"] | None = "kept",
) -> Step:
    """Have facts written; `then` comes, with a sound, once they are on disk, and not before. The same holds for `invitation`."""
    book, written = talk.shop.book, tuple(bodies)
    today = talk.today.after(written, now, book)
    invited = talk.invitation if invitation == "kept" else invitation
    return to(talk, Writing(presentation, talk.phase, then, today, chime, invited), Commit(presentation, written, today))


def longer(talk: Conversation, now: Moment, greeted: Greeted) -> Greeted:
    """The greeting with its full time anew, at the customer's wish; so often that may be wished for, and no oftener."""
    until = now.mono_ms + talk.shop.greeting_ms
    return replace(greeted, touched=True, extensions=greeted.extensions + 1, until_ms=until)


def pages(count: int) -> int:
    """How many pages of three push-buttons so many choices make."""
    return max(1, -(-count // PAGE))


def chosen(index: int, page: int, count: int) -> int | None:
    """Which choice push-button `index` of a page means; None where there is none."""
    place = page * PAGE + index
    return place if 0 <= index < PAGE and place < count else None
