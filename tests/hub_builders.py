"""What the hub's tests speak with: facts, batches, births and members, each with sensible values where a test does not care."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hub.records import MemberRecord, Profile
from loyalty.codec import Document, encode
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, Rating, Visit
from loyalty.programme import Programme
from mqtt.messages import Birth, FactBatch, Stream

KYIV = Programme("test", ZoneInfo("Europe/Kyiv"))
NOON = 1_790_000_000_000  # a moment in September 2026, ms since 1970 UTC
DAY = 86_400_000
EPOCH_A = "aaaaaaaaaaaa"
EPOCH_B = "bbbbbbbbbbbb"
CARD_1 = "1" * 32
CARD_2 = "2" * 32
CARD_3 = "3" * 32
BOOT = "boot-1"


def visit(card: str = CARD_1) -> Visit:
    """A visit with a card."""
    return Visit(card, Evidence("NTAG213"))


def rating(card: str = CARD_1, face: Face = Face.GOOD) -> Rating:
    """A rating during visit 1."""
    return Rating(card, 1, face, 800)


def document(number: int, body: Body, at_ms: int = NOON, mono_ms: int = 0, clock: ClockQuality = ClockQuality.NTP) -> Document:
    """The document of a fact."""
    return encode(Fact(FactId("any", EPOCH_A, number), at_ms, mono_ms, BOOT, clock, body))


def batch(*documents: Document, epoch: str = EPOCH_A, boot: str = BOOT, mono_ms: int = 0) -> FactBatch:
    """Documents of one stream as sent at `mono_ms`."""
    return FactBatch(epoch, boot, mono_ms, documents)


def visits(first: int, last: int, card: str = CARD_1, epoch: str = EPOCH_A) -> FactBatch:
    """A batch of visits numbered `first`..`last`, each on a day of its own, ending at NOON."""
    return batch(*(document(number, visit(card), NOON - (1000 - number) * DAY) for number in range(first, last + 1)), epoch=epoch)


def birth(*streams: tuple[str, int, int], session: str = "s1", boot: str = BOOT, mono_ms: int = 0) -> Birth:
    """A birth with (epoch, first, last) streams."""
    return Birth(session, "device", tuple(Stream(*stream) for stream in streams), boot, mono_ms, NOON, "connect")


def member(id_: str = "m_1", *cards: str, name: str = "Grace", **profile: object) -> MemberRecord:
    """A member with cards, who is greeted by `name`."""
    return MemberRecord(id_, Profile(name, "en", name, **profile), cards)  # type: ignore[arg-type]
