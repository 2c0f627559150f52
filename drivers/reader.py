"""The words between a card reader and the rest: sightings, cards, events, and the door `Driver`.

Only values and one Protocol live here. Cadence, presentations and retries are in `drivers/runner.py`; how a chip is really read
is in `drivers/nfc_reader.py`. No clock, no thread, no device ever enters this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from drivers.errors import ReaderError, TagError, TagUnsupported

# ISO 14443-3: a unique number has one, two or three cascade levels.
UID_SIZES_BYTES = (4, 7, 10)
# ISO 14443-3 section 6.5.4: a single-size number that begins so is drawn afresh at each power-up (phones do it).
RANDOM_UID_FIRST_BYTE = 0x08


class ChipKind(StrEnum):
    """What a card is made of, as far as it was found out. Equal to its own name as a string."""

    NTAG213 = "NTAG213"
    NTAG215 = "NTAG215"
    NTAG216 = "NTAG216"
    TYPE2 = "TYPE2"
    TYPE4A = "TYPE4A"
    CLASSIC = "CLASSIC"


class LeftReason(StrEnum):
    """Why a presentation ended."""

    GONE = "gone"
    REPLACED = "replaced"
    READER_LOST = "reader_lost"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One sense found this: `uid` of 4, 7 or 10 bytes and the SELECT answer `sak` (None for a Type 1 tag, which has none)."""

    uid: bytes = field(repr=False)
    sak: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """What was read from a card.

    `ndef` is the raw NDEF message: None when it was not asked for or the card holds none, b"" when the card is formatted and empty.
    The card's number and its content are kept out of `repr`, so that a careless log line cannot leak them.
    """

    uid: bytes = field(repr=False)
    sak: int
    chip: ChipKind
    ndef: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReaderUp:
    """The reader works. `name` is for people."""

    reader_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ReaderDown:
    """The reader does not work; the next attempt follows in `retry_in_s` seconds."""

    error: ReaderError
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class Arrived:
    """A card came into the field; reported before anything is read from it.

    `repeat`: the same card left less than two seconds ago. `stale`: it already lay there when the reader came up, so nothing
    may start from it, and no `Read` follows. `at_ms` is monotonic.
    """

    presentation: int
    uid: bytes = field(repr=False)
    repeat: bool
    stale: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Read:
    """The card of this presentation was read: at most once in a presentation."""

    presentation: int
    card: Card
    at_ms: int


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """One attempt to read failed. While `error.retryable` and the card stays, further attempts follow by themselves."""

    presentation: int
    error: TagError
    at_ms: int


@dataclass(frozen=True, slots=True)
class Left:
    """The presentation is over. `dwell_ms` runs from arrival to the last time the card was seen."""

    presentation: int
    reason: LeftReason
    dwell_ms: int
    at_ms: int


ReaderEvent = ReaderUp | ReaderDown | Arrived | Read | ReadFailed | Left


class Driver(Protocol):
    """A reader: synchronous, without policy, used by one thread only."""

    @property
    def reader_id(self) -> str:
        """The same after every restart and replugging."""

    @property
    def name(self) -> str:
        """For people; complete once `open` has succeeded."""

    def open(self) -> None:
        """Find and start the device. Raises ReaderError. May follow a `close`, as often as one likes."""

    def poll(self) -> Sighting | None:
        """Sense once, without sleeping: who is in the field? Raises ReaderError."""

    def read(self, sighting: Sighting, want_ndef: bool) -> Card:
        """Read the card that the last `poll` returned; without `want_ndef` nothing is said to the card. Raises TagError, ReaderError."""

    def probe(self) -> None:
        """Ask the device (not a card) for a sign of life. Raises ReaderError."""

    def close(self) -> None:
        """Let go of the device. Never raises, may be called at any time and repeatedly, ends within a second."""


def chip_by_sak(sak: int | None) -> ChipKind:
    """Tell the family of a chip by its SELECT answer alone (NXP AN10833).

    Bit 0x20 promises ISO 14443-4, bits 0x18 are MIFARE Classic and Plus, 0 is a Type 2 tag. Raises TagUnsupported otherwise.
    """
    match sak:
        case 0:
            return ChipKind.TYPE2
        case int() if sak & 0x20:
            return ChipKind.TYPE4A
        case int() if sak & 0x18:
            return ChipKind.CLASSIC
        case _:
            raise TagUnsupported("no SELECT answer" if sak is None else f"SELECT answer {sak:02X}")


def is_random(uid: bytes) -> bool:
    """Whether this number means nothing beyond this moment, as with phones."""
    return len(uid) == UID_SIZES_BYTES[0] and uid[0] == RANDOM_UID_FIRST_BYTE
