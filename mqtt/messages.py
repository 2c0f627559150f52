"""What is said on the wire, as values. Pure; their bytes are made and read in `mqtt.wire`. Meaning: docs/protocol.md.

A fact travels as the document of `loyalty.codec`. Times are ms since 1970 UTC, `mono_ms` counts within a kernel boot.
`epoch`: a new random one for each start of a kiosk's program; facts are numbered densely from 1 within it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loyalty.counter.standing import MemberView
from loyalty.document import Document
from loyalty.rulebook import Closing
from mqtt.command_messages import Command as Command
from mqtt.command_messages import CommandResult as CommandResult
from mqtt.command_messages import CommandState as CommandState


class Presence(StrEnum):
    """Whether a kiosk or a hub is there."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class KioskState:
    """up/state, retained: presence of a kiosk; the will says OFFLINE "lost" for the same session."""

    presence: Presence
    session: str
    why: str = ""
    epoch: str = ""
    last: int = 0  # newest fact number of this epoch
    unclaimed: int = 0  # facts that would die with the storage card
    version: str = ""
    clock: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Stream:
    """One epoch of facts a kiosk still holds: numbers `first` to `last`."""

    epoch: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Birth:
    """up/birth: a kiosk asks for the handshake and says which facts it holds."""

    session: str
    device: str
    streams: tuple[Stream, ...]
    boot: str
    mono_ms: int
    at_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Sync:
    """dn/sync: the hub's answer. `cursors`: (epoch, claimed up to) for each stream of the birth: the truth, also when lower."""

    session: str
    hub: str
    now_ms: int
    cursors: tuple[tuple[str, int], ...]
    window: int
    batch: int
    resend_s: int


@dataclass(frozen=True, slots=True)
class FactBatch:
    """up/evt: facts of one stream in order, and the boot they happened in."""

    epoch: str
    boot: str
    facts: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """dn/ack: the hub holds facts 1..upto of this stream, committed; `rejected`: those kept aside as senseless, with a code."""

    hub: str
    epoch: str
    upto: int
    rejected: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Members:
    """dn/mem: what members look like now, for cards this kiosk has seen: (card, view) pairs."""

    views: tuple[tuple[str, MemberView], ...]


@dataclass(frozen=True, slots=True)
class Closings:
    """dn/closed: every closing that matters to this kiosk, in place of what it was told before. `version` rises within a run of the hub."""

    hub: str
    version: int
    closings: tuple[Closing, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """up/req/member: who has this card? `token` (16 bytes) is echoed in the answer."""

    card: str
    token: bytes


class LookupStatus(StrEnum):
    """How a lookup ended."""

    FOUND = "200"
    UNKNOWN = "404"
    BUSY = "429"  # asked too often; for the kiosk the same as no answer
    UNAVAILABLE = "503"


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """dn/res: the member of the card asked for, or why there is none."""

    token: bytes
    status: LookupStatus
    card: str
    view: MemberView | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """up/req/redeem: may this card have this perk for so many points? They are set aside as `hold`, a name that begins with the kiosk's.
    `token` (16 bytes) is echoed in the answer.
    """

    card: str
    perk: str
    points: int
    hold: str
    token: bytes


class ReserveStatus(StrEnum):
    """How a request to redeem ended."""

    HELD = "200"  # the points are set aside for a minute
    UNKNOWN = "404"
    REFUSED = "409"
    BLOCKED = "423"
    BUSY = "429"


@dataclass(frozen=True, slots=True)
class ReserveAnswer:
    """dn/res/redeem: whether the points are set aside; `why` says what spoke against it."""

    token: bytes
    status: ReserveStatus
    why: str = ""


@dataclass(frozen=True, slots=True)
class Urgent:
    """up/urgent: a bad rating, told beside its fact, which may have to wait behind thousands. `face`: 0 is the worst."""

    epoch: str
    number: int
    card: str
    face: int


class AlertId(StrEnum):
    """What a kiosk may raise an alert about."""

    DISK_LOW = "disk_low"  # `number`: MB free
    OUTBOX_HIGH = "outbox_high"  # facts that only the kiosk holds
    ACK_STALLED = "ack_stalled"  # the same, while a hub is there and claims nothing
    STORE_FAILING = "store_failing"  # writes refused in a row
    STORE_RECOVERED = "store_recovered"  # damaged stores that lie aside
    READER_LOST = "reader_lost"
    CLOCK_UNSYNCED = "clock_unsynced"


class Severity(StrEnum):
    """How much an alert matters: look at it, or it costs customers now."""

    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Alert:
    """up/alert/{id}, retained: somebody should look at this kiosk. `severity` None: it is over; that is said with an empty payload, by
    which the broker forgets it too, so then `since_ms` and `number` are 0.
    """

    id: AlertId
    severity: Severity | None
    since_ms: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """staff/dn/recovery: a customer at this kiosk was dissatisfied just now. `case` names what is to be put right; no name, no card."""

    kiosk: str
    case: str
    face: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class HubState:
    """all/dn/hub, retained: whether a hub is there, and which run of it. A hub restored from a backup has a new id. `spread_ms`: over how
    long kiosks that hear of a new run spread their births.
    """

    presence: Presence
    hub: str
    at_ms: int = 0
    spread_ms: int = 0


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the shop's programme: its TOML text, and from which moment (ms since 1970 UTC) it is in force."""

    from_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Desired:
    """dn/desired, retained: how this kiosk shall be set up, whole. `settings` by "section.key"; where one is missing, the kiosk's own files
    say. `version` only rises; `content` is `mqtt.content.content_of` of the rest.
    """

    version: int
    content: str
    settings: Document
    edition: Edition | None = None


class SetUp(StrEnum):
    """How a kiosk stands to what the hub desires."""

    LOCAL = "local"  # nothing was ever pushed: its own files hold
    WAITING = "waiting"  # taken; it begins between two customers
    TRIAL = "trial"  # at work, and may still be given back
    APPLIED = "applied"
    REJECTED = "rejected"  # not taken, for reasons
    RETURNED = "returned"  # it died of it: the last good one is at work again


@dataclass(frozen=True, slots=True)
class Reported:
    """up/reported, retained: the newest desired version and content this kiosk has seen, how it stands to it, and why; `applied`: which
    version is at work.
    """

    version: int
    content: str
    state: SetUp
    applied: int
    why: tuple[str, ...] = ()


FromKiosk = KioskState | Birth | FactBatch | Lookup | Reserve | Urgent | Alert | Reported | CommandResult
FromHub = Sync | Claim | Members | Closings | LookupAnswer | ReserveAnswer | Recovery | HubState | Desired | Command
