"""The phases of the conversation with the customer, as frozen values. Pure data: what moves between them is `visit` and its neighbours.

Each holds exactly what its screens show or need to go on, so a phase that has passed leaves nothing personal behind.
"""

# Every default made by a call is frozen.
# ruff: noqa: RUF009
from __future__ import annotations

from dataclasses import dataclass

from display.scenes import Refusal, Trouble
from loyalty.counter.events import Invited
from loyalty.counter.redeeming import Offer
from loyalty.counter.standing import Standing
from loyalty.counter.tap import Counter, KioskDay, Welcome
from loyalty.facts import Evidence
from loyalty.rulebook import Rulebook

STORE_FAILURES_MAX = 3  # one failed write may pass; three in a row are a broken storage card


@dataclass(frozen=True, slots=True)
class Shop:
    """What the conversation needs to know of the shop. `languages[0]` is the one used when nothing better is known."""

    name: str
    languages: tuple[str, ...]
    book: Rulebook
    kiosk: str = "k1"
    greeting_ms: int = 8_000
    after_left_ms: int = 3_000


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A card lies there. Once it is read, `card` and `evidence` are set; while the hub is asked, `token` and what is known so far
    are. `left`: it is gone.
    """

    presentation: int
    until_ms: int
    card: str | None = None
    evidence: Evidence | None = None
    token: bytes | None = None
    standing: Standing | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Greeted:
    """The greeting is on the glass until `until_ms` at most; `left_ms`: gone earlier because the card left untouched."""

    presentation: int
    visit: int
    welcome: Welcome
    standing: Standing
    shown_ms: int
    until_ms: int
    left_ms: int | None = None
    touched: bool = False
    extensions: int = 0


@dataclass(frozen=True, slots=True)
class Mending:
    """Did we put it right? Afterwards the greeting goes on."""

    greeted: Greeted
    case: str
    until_ms: int


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
class Questioning:
    """The one question after a good face; `earned`: what the rating gave."""

    presentation: int
    standing: Standing
    question: str
    language: str | None
    earned: int
    until_ms: int
    deaf_ms: int = 0
    page: int = 0


@dataclass(frozen=True, slots=True)
class Beckoned:
    """The invitation to an evening of the member's club after a good face; `earned`: what the rating gave."""

    presentation: int
    card: str
    evening: Invited
    language: str | None
    earned: int
    until_ms: int
    deaf_ms: int = 0


@dataclass(frozen=True, slots=True)
class Thanked:
    """The answer is on disk."""

    language: str | None
    bad: bool
    earned: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Choosing:
    """The menu, from the greeting."""

    greeted: Greeted
    until_ms: int


@dataclass(frozen=True, slots=True)
class Browsing:
    """What the balance buys."""

    greeted: Greeted
    offers: tuple[Offer, ...]
    balance: int
    until_ms: int
    page: int = 0


@dataclass(frozen=True, slots=True)
class Confirming:
    """One reward was chosen: really? `token`: yes, and the hub was asked under this name; b"" before that."""

    greeted: Greeted
    offer: Offer
    balance: int
    until_ms: int
    token: bytes = b""


@dataclass(frozen=True, slots=True)
class Coded:
    """The redemption is on disk: its code, for the staff."""

    language: str | None
    title: str
    code: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A reward that cannot be had now."""

    language: str | None
    why: Refusal
    until_ms: int


@dataclass(frozen=True, slots=True)
class Inviting:
    """A friend is expected: the invitation itself is the conversation's, this is its picture."""

    language: str | None
    until_ms: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A friend came; `known`: with a card that had been here before. Then whatever the card's own visit leads to."""

    language: str | None
    known: bool
    until_ms: int
    then: Greeted | Sorry


@dataclass(frozen=True, slots=True)
class Called:
    """Staff were called."""

    language: str | None
    minutes: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Sorry:
    """It did not work. `why`: a Trouble to try again, or "unknown", "unusable" or "blocked". The same presentation may still succeed."""

    why: Trouble | str
    until_ms: int
    presentation: int | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """Facts are being written; `was` stays on the glass, `then` comes once they are on disk. Lasts no longer than the write.

    `today`: what this kiosk has given today once they are; `invitation`: the one that holds from then on.
    """

    presentation: int
    was: Phase
    then: Phase
    today: KioskDay
    chime: str = "ok"
    invitation: Invitation | None = None


Phase = (
    Idle
    | Reading
    | Greeted
    | Mending
    | Asking
    | Questioning
    | Beckoned
    | Thanked
    | Choosing
    | Browsing
    | Confirming
    | Coded
    | Refused
    | Inviting
    | Joined
    | Called
    | Sorry
    | Writing
)


@dataclass(frozen=True, slots=True)
class Recent:
    """The visit of the card that is here or was a moment ago: if it comes right back it is greeted again and gets no second fact."""

    card: str
    visit: int
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Invitation:
    """A member pressed "bring a friend" in the fact numbered `opened`; a new card until `until_ms` is the friend's."""

    card: str
    member: str
    opened: int
    language: str | None
    until_ms: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """State of the customer's side. `epoch`: the present run of the program, so that no two runs ask alike. `reader_up` is None
    until the reader's first word. `stale`: the presentation of a card that lay there before. `recent` is None unless the card of
    the present presentation was here a moment ago. `today`: what this kiosk has given today, against its limits.
    """

    shop: Shop
    epoch: str = ""
    phase: Phase = Idle()
    reader_up: bool | None = None
    online: bool = False
    stale: int | None = None
    recent: Recent | None = None
    invitation: Invitation | None = None
    today: KioskDay = KioskDay()
    failures: int = 0

    @property
    def store_broken(self) -> bool:
        """Whether writing has failed so often that the customer should be sent to the staff."""
        return self.failures >= STORE_FAILURES_MAX

    @property
    def counter(self) -> Counter:
        """Where a tap happens now."""
        return Counter(self.shop.kiosk, self.shop.name, self.shop.book, self.today)
