"""The phases of the conversation with the customer, as frozen values. Pure data: what moves between them is `visit`.

Each holds exactly what its screen shows, so a phase that has passed leaves nothing personal behind.
"""

from __future__ import annotations

from dataclasses import dataclass

from display.scenes import Trouble
from loyalty.facts import Evidence
from loyalty.programme import Programme
from loyalty.tap import Welcome

STORE_FAILURES_MAX = 3  # one failed write may pass; three in a row are a broken storage card


@dataclass(frozen=True, slots=True)
class Shop:
    """What the conversation needs to know of the shop. `languages[0]` is the one used when nothing better is known."""

    name: str
    languages: tuple[str, ...]
    programme: Programme
    greeting_ms: int = 8_000
    after_left_ms: int = 3_000


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A card lies there. Once it is read, `card` and `evidence` are set; while the hub is asked, `token` is. `left`: it is gone."""

    presentation: int
    until_ms: int
    card: str | None = None
    evidence: Evidence | None = None
    token: bytes | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Greeted:
    """The greeting is on the glass until `until_ms` at most; `left_ms`: gone earlier because the card left untouched."""

    presentation: int
    card: str
    visit: int
    welcome: Welcome
    shown_ms: int
    until_ms: int
    left_ms: int | None = None
    touched: bool = False
    extensions: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """A bad face was pressed: why? The name is gone from the screen already. Until `deaf_ms` the finger is still the one that
    pressed the face.
    """

    presentation: int
    card: str
    rating: int
    language: str | None
    earned: int
    until_ms: int
    deaf_ms: int = 0
    page: int = 0


@dataclass(frozen=True, slots=True)
class Thanked:
    """The answer is on disk."""

    language: str | None
    bad: bool
    earned: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Sorry:
    """It did not work. `why`: a Trouble to try again, or "unknown" or "unusable" card. The same presentation may still succeed."""

    why: Trouble | str
    until_ms: int
    presentation: int | None = None


Phase = Idle | Reading | Greeted | Asking | Thanked | Sorry


@dataclass(frozen=True, slots=True)
class Recent:
    """The visit of the card that is here or was a moment ago: if it comes right back it is greeted again and gets no second fact."""

    card: str
    visit: int
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Conversation:
    """State of the customer's side. `epoch`: the present run of the program, so that no two runs ask alike. `reader_up` is None
    until the reader's first word. `stale`: the presentation of a card that lay there before. `recent` is None unless the card of
    the present presentation was here a moment ago.
    """

    shop: Shop
    epoch: str = ""
    phase: Phase = Idle()
    reader_up: bool | None = None
    online: bool = False
    stale: int | None = None
    recent: Recent | None = None
    failures: int = 0

    @property
    def store_broken(self) -> bool:
        """Whether writing has failed so often that the customer should be sent to the staff."""
        return self.failures >= STORE_FAILURES_MAX
