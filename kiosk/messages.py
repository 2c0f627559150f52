"""Everything that can come into the kiosk's machine, and everything the machine can ask to be done. Pure values.

A message carries the moment it happened; the machine has no other clock. An effect is done by `kiosk.loop`, in order, and
what comes of it (`Recalled`, `Committed`, `CommitFailed`, `Trimmed`, `SetUpSettled`, `DiskSeen`, one of `taken.Came`) is the very next
message.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from display.scenes import Intent, Trouble
from kiosk import taken
from kiosk.room import DiskSeen, LookAtDisk
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import KioskDay
from loyalty.facts import Body, Evidence, Fact
from loyalty.moment import Moment
from mqtt.messages import Closings, Desired, FromHub, FromKiosk, Reported

# --- messages: from the doors ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""

    now: Moment


@dataclass(frozen=True, slots=True)
class CardArrived:
    """A card is in the field. `stale`: it lay there before the reader came (back), and starts nothing."""

    now: Moment
    presentation: int
    repeat: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class CardRead:
    """The card of this presentation has the reference `card`."""

    now: Moment
    presentation: int
    card: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CardUnusable:
    """The thing presented can stand for nobody: a new number each time (a phone, a bank card), or no card of a kind we can read."""

    now: Moment
    presentation: int


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """The card could not be read."""

    now: Moment
    presentation: int
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class CardLeft:
    """The card of this presentation is gone."""

    now: Moment
    presentation: int


@dataclass(frozen=True, slots=True)
class ReaderFound:
    """The reader works."""

    now: Moment
    reader: str


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """There is no reader; it is tried again. `why` is for staff and log."""

    now: Moment
    why: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Somebody touched the screen, a key or a push-button."""

    now: Moment
    intent: Intent


@dataclass(frozen=True, slots=True)
class LinkFound:
    """The broker is there; `session` is the random name of this connection."""

    now: Moment
    session: str


@dataclass(frozen=True, slots=True)
class LinkGone:
    """The broker is not there."""

    now: Moment
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The hub said something."""

    now: Moment
    said: FromHub


# --- messages: what came of an effect ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known about the card of this presentation."""

    now: Moment
    presentation: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Committed:
    """The facts are on disk, numbered one after the other; the standing of their card after them."""

    now: Moment
    presentation: int
    facts: tuple[Fact, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """None of the facts is on disk; nothing may be promised. `why` is for staff and log."""

    now: Moment
    presentation: int
    why: str


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Old facts which the hub holds were let go. `firsts`: (epoch, number of the first fact) of each epoch still in the store."""

    firsts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SetUpSettled:
    """What was pushed was looked at, or has proved itself: how this kiosk stands to it."""

    now: Moment
    report: Reported


CustomerMessage = (
    CardArrived | CardRead | CardUnusable | CardUnreadable | CardLeft | ReaderFound | ReaderLost | Touched | Recalled | CommitFailed
)
Message = Tick | CustomerMessage | Committed | Trimmed | SetUpSettled | DiskSeen | taken.Came | LinkFound | LinkGone | Heard

# --- effects -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recall:
    """Look up what is known about a card. Answered by Recalled, or by CommitFailed if the store cannot be read."""

    presentation: int
    card: str


@dataclass(frozen=True, slots=True)
class Commit:
    """Write facts of one card durably, numbered, with the standing they change and what was given today, in one transaction.

    Answered by Committed or CommitFailed.
    """

    presentation: int
    bodies: tuple[Body, ...]
    today: KioskDay


@dataclass(frozen=True, slots=True)
class KeepViews:
    """Remember what the hub says of these cards."""

    views: tuple[tuple[str, MemberView], ...]


@dataclass(frozen=True, slots=True)
class KeepClosings:
    """Remember which rules the hub has closed."""

    said: Closings


@dataclass(frozen=True, slots=True)
class MarkClaimed:
    """The hub holds facts 1..upto of this epoch; `rejected` are those it keeps aside as senseless. Answered by Trimmed, if need be."""

    epoch: str
    upto: int
    rejected: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reopen:
    """The hub holds less of this epoch than it once claimed (restored from a backup): facts after `upto` are open again."""

    epoch: str
    upto: int


@dataclass(frozen=True, slots=True)
class SetClock:
    """It is this time now (ms since 1970 UTC), says the hub: for a clock that nobody else keeps."""

    wall_ms: int


@dataclass(frozen=True, slots=True)
class TakeDesired:
    """Look at what the hub desires, and keep it if it can be worked by. Answered by SetUpSettled."""

    said: Desired


@dataclass(frozen=True, slots=True)
class ProveDesired:
    """What is on trial has proved itself. Answered by SetUpSettled."""


@dataclass(frozen=True, slots=True)
class Restart:
    """End in order, and begin again as a fresh program. `why` in one word."""

    why: str


@dataclass(frozen=True, slots=True)
class Send:
    """Say this to the hub. Nothing is kept for later if the link is down: whoever needs an answer asks again."""

    said: FromKiosk


@dataclass(frozen=True, slots=True)
class SendFacts:
    """Send facts first..last of an epoch from the store."""

    epoch: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Light:
    """The lamp: "idle", "read", "ok", "attention"."""

    name: str


@dataclass(frozen=True, slots=True)
class Chime:
    """A sound: "ok", "again", "stop"."""

    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the log: what happened, with plain values. Never a name, never a whole card reference."""

    event: str
    fields: dict[str, str | int | bool | None] = field(default_factory=dict)
    warning: bool = False


Kept = KeepViews | KeepClosings | MarkClaimed | Reopen | taken.KeepCommands | taken.ForgetViews
Answered = Recall | Commit | TakeDesired | ProveDesired | LookAtDisk | taken.TakeCommand | taken.Picture
Effect = Answered | Kept | SetClock | taken.SetLogLevel | Restart | Send | SendFacts | Light | Chime | Note
