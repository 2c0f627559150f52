"""A dozen people to show the product with: three languages, cards of the demo's keys, and a past. Nobody real.

Opening visits are facts like all others, of a stream of their own, so that every balance is a sum. Never used by a shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cards.identity import CardReference, identify
from hub.receiver import DAY_MS, Receiver
from hub.records import MemberRecord, Profile, StreamId
from loyalty.codec import encode
from loyalty.facts import ClockQuality, Evidence, Fact, FactId, Visit
from mqtt.messages import FactBatch

SEED = StreamId("seed", "seedseedseed")
LAST_VISIT_DAYS = 2  # the newest opening visit lies before yesterday in every time zone: today's points are still to be earned


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A person: `uids` are the cards' chip numbers in hex with the chip's kind, `visits` how many opening visits they have."""

    id: str
    name: str
    language: str
    greeting: str | None
    uids: tuple[tuple[str, str], ...]
    visits: int = 0
    hide_balance: bool = False


# The first four are laid by keys 1 to 4 of the demo. Ukrainian addresses people in the vocative.
MEMBERS = (
    DemoMember("m_demo01", "Олена Коваль", "uk", "Олено", (("04A1B2C3D4E5F1", "NTAG213"),), 14),
    DemoMember("m_demo02", "Дмитрий Соколов", "ru", "Дмитрий", (("04A1B2C3D4E5F2", "NTAG215"),), 3),
    DemoMember("m_demo03", "Grace Hopkins", "en", "Grace", (("04A1B2C3D4E5F3", "NTAG216"),), 27),
    DemoMember("m_demo04", "Оксана Мельник", "uk", "Оксано", (("04A1B2C3D4E5F4", "Type4A"),), 6),
    DemoMember("m_demo05", "Іван Бондар", "uk", "Іване", (("04A1B2C3D4E511", "NTAG213"), ("04A1B2C3D4E512", "NTAG213")), 9),
    DemoMember("m_demo06", "Андрій Шевчук", "uk", "Андрію", (("04A1B2C3D4E513", "NTAG215"),)),
    DemoMember("m_demo07", "Анна Лебедева", "ru", "Анна", (("04A1B2C3D4E514", "NTAG213"),), 5, hide_balance=True),
    DemoMember("m_demo08", "Екатерина Орлова", "ru", "Екатерина", (("04A1B2C3D4E515", "NTAG216"),), 1),
    DemoMember("m_demo09", "Сергей Зайцев", "ru", None, (("04A1B2C3D4E516", "NTAG213"),), 2),
    DemoMember("m_demo10", "Ada Whitfield", "en", "Ada", (("04A1B2C3D4E517", "NTAG215"),), 11),
    DemoMember("m_demo11", "Alan Marsh", "en", "Alan", (("04A1B2C3D4E518", "NTAG213"),)),
    DemoMember("m_demo12", "Mary Oakley", "en", "Mary", (("04A1B2C3D4E519", "NTAG213"),), 4),
)


def seed(receiver: Receiver, pepper: bytes, now_ms: int) -> int:
    """Enrol the demo's members under the shop's pepper and give them their past. Doing it again changes nothing.

    Returns how many members were new or changed. Raises ValueError for a pepper that is too short.
    """
    wanted = [_record(member, pepper) for member in MEMBERS]
    with receiver.store.transaction() as tx:
        held = tx.members([member.id for member in wanted])
        past_is_held = SEED in tx.cursors([SEED])
    new = [member for member in wanted if not _is_held(member, held.get(member.id))]
    if new:
        receiver.enrol(new, now_ms)
    if not past_is_held:
        receiver.receive(FactBatch(SEED.epoch, "seed", 0, tuple(map(encode, _past(pepper, now_ms)))), SEED.kiosk, now_ms)
    return len(new)


def _reference(uid: str, pepper: bytes) -> str:
    reference = identify(bytes.fromhex(uid), pepper)
    assert isinstance(reference, CardReference), "the demo's chip numbers are all of a kind that exists"  # noqa: S101
    return reference.text


def _record(member: DemoMember, pepper: bytes) -> MemberRecord:
    profile = Profile(member.name, member.language, member.greeting, member.hide_balance)
    return MemberRecord(member.id, profile, tuple(sorted(_reference(uid, pepper) for uid, _ in member.uids)))


def _is_held(wanted: MemberRecord, held: MemberRecord | None) -> bool:
    return held is not None and held.profile == wanted.profile and set(held.cards) >= set(wanted.cards)


def _past(pepper: bytes, now_ms: int) -> Sequence[Fact]:
    """Opening visits in the order of time, each member's on days of their own, every card of a member in turn."""
    visits = []
    for place, member in enumerate(MEMBERS):
        for visit in range(member.visits):
            at_ms = now_ms - (LAST_VISIT_DAYS + visit) * DAY_MS - place * 60_000
            uid, chip = member.uids[visit % len(member.uids)]
            visits.append((at_ms, Visit(_reference(uid, pepper), Evidence(chip))))
    visits.sort(key=lambda visit: visit[0])
    return [
        Fact(FactId(SEED.kiosk, SEED.epoch, number), at_ms, 0, "seed", ClockQuality.NTP, body)
        for number, (at_ms, body) in enumerate(visits, start=1)
    ]
