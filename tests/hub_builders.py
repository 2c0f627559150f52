"""What the hub's tests speak with: facts, batches, births and members, each with sensible values where a test does not care."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hub.records import MemberRecord, Profile
from loyalty.account import restore
from loyalty.codec import encode
from loyalty.counter.standing import MemberView
from loyalty.document import Document
from loyalty.facts import Body, ClockQuality, Evidence, Face, Fact, FactId, Rating, Visit
from loyalty.programme import About, Programme
from loyalty.programme.ladder import RungBasis, Rungs, Tier
from loyalty.programme.rules import Expiry, ExpiryPolicy, Once, Perk, PerkKind, Rule, Status, Trigger, Unit
from loyalty.rulebook import Rulebook
from mqtt.messages import Birth, FactBatch, Stream

VISIT = Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY)
THANKS = Rule("rating", Trigger.RATING, Status.ACTIVE, points=2, once=Once.DAY)
ZONE = ZoneInfo("Europe/Kyiv")


def programme(*rules: Rule, version: int = 1, **more: object) -> Programme:
    """A programme with ten points for a visit and two for a rating, none of which burn, and more."""
    about = About(version, "test", "Europe/Kyiv")
    return Programme(about, rule=(VISIT, THANKS, *rules), **{"expiry": Expiry(ExpiryPolicy.NEVER), **more})  # type: ignore[arg-type]


def rulebook(*rules: Rule, **more: object) -> Rulebook:
    """The same as a rulebook of one edition."""
    return Rulebook.single(programme(*rules, **more), ZONE)


KYIV = rulebook()

# A shop with a till: points for money that wait a week, friends, limits over all members, and tiers.
TILL_RULES = (
    Rule("spend", Trigger.PURCHASE, Status.ACTIVE, unit=Unit.AMOUNT, per=100, points=1, vests_days=7, expiry=Expiry(days=60)),
    Rule("friend", Trigger.REFERRAL, Status.ACTIVE, points=30),
    Rule("welcome", Trigger.REFERRED, Status.ACTIVE, points=7),
    Rule("limited", Trigger.VISIT, Status.ACTIVE, points=5, budget_points=20),
    Rule("slow", Trigger.RATING, Status.ACTIVE, points=1, kiosk_hour_max=2),
    Rule("cookie", Trigger.VISIT, Status.ACTIVE, perk="cookie", once=Once.EVER),
)
COOKIE = Perk("cookie", PerkKind.SOFT, {"en": "A cookie"}, Status.ACTIVE, stock=2)
TIERS = (Tier("standard", {"en": "Standard"}), Tier("gold", {"en": "Gold"}, 40, 150))
TILL = rulebook(*TILL_RULES, perk=(COOKIE,), tier=TIERS, rungs=Rungs(RungBasis.PURCHASES))
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


def batch(*documents: Document, epoch: str = EPOCH_A, boot: str = BOOT) -> FactBatch:
    """Documents of one stream."""
    return FactBatch(epoch, boot, documents)


def visits(first: int, last: int, card: str = CARD_1, epoch: str = EPOCH_A) -> FactBatch:
    """A batch of visits numbered `first`..`last`, each on a day of its own, ending at NOON."""
    return batch(*(document(number, visit(card), NOON - (1000 - number) * DAY) for number in range(first, last + 1)), epoch=epoch)


def birth(*streams: tuple[str, int, int], session: str = "s1", boot: str = BOOT, mono_ms: int = 0) -> Birth:
    """A birth with (epoch, first, last) streams."""
    return Birth(session, "device", tuple(Stream(*stream) for stream in streams), boot, mono_ms, NOON, "connect")


def member(id_: str = "m_1", *cards: str, name: str = "Grace", **profile: object) -> MemberRecord:
    """A member with cards, who is greeted by `name`."""
    return MemberRecord(id_, Profile(name, "en", name, **profile), cards)  # type: ignore[arg-type]


def account_points(view: MemberView) -> int:
    """The balance that a view tells."""
    return restore(view.account).ledger.balance
