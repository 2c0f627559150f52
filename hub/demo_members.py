"""A dozen people and one to be brought along, to show the product with: three languages, cards of the demo's keys, and a past each.

Nobody real. Their pasts are `demo_pasts`'s: facts like all others, so that every balance is a sum. Never used by a shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cards.identity import CardReference, identify
from hub.demo_pasts import DAY_MS, STREAM, Past, facts_of, past_of
from hub.receiver import Receiver
from hub.records import MemberRecord, NoteText, Profile
from loyalty.codec import encode
from loyalty.facts import Fact, ReasonCode
from loyalty.rulebook import Rulebook
from mqtt.messages import FactBatch

SEED = STREAM
BATCH_MAX = 200  # facts of one batch


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A person: `uids` are the cards' chip numbers in hex with the chip's kind, all but the first blocked; `visits` of their past."""

    id: str
    name: str
    language: str
    greeting: str | None
    uids: tuple[tuple[str, str], ...]
    visits: int = 0
    past: Past = Past.NEW
    hide_balance: bool = False


# The first four are laid by keys 1 to 4 of the demo. Ukrainian addresses people in the vocative. The last is brought by a friend.
MEMBERS = (
    DemoMember("m_demo01", "Олена Коваль", "uk", "Олено", (("04A1B2C3D4E5F1", "NTAG213"),), 14, Past.BIRTHDAY),
    DemoMember("m_demo02", "Дмитрий Соколов", "ru", "Дмитрий", (("04A1B2C3D4E5F2", "NTAG215"),), 3, Past.BURNING),
    DemoMember("m_demo03", "Grace Hopkins", "en", "Grace", (("04A1B2C3D4E5F3", "NTAG216"),), 27, Past.RISING),
    DemoMember("m_demo04", "Оксана Мельник", "uk", "Оксано", (("04A1B2C3D4E5F4", "Type4A"),), 6, Past.AWAY),
    DemoMember("m_demo05", "Іван Бондар", "uk", "Іване", (("04A1B2C3D4E511", "NTAG213"), ("04A1B2C3D4E512", "NTAG213")), 9, Past.ROUND),
    DemoMember("m_demo06", "Андрій Шевчук", "uk", "Андрію", (("04A1B2C3D4E513", "NTAG215"),), 7, Past.NOTE),
    DemoMember("m_demo07", "Анна Лебедева", "ru", "Анна", (("04A1B2C3D4E514", "NTAG213"),), 5, Past.RECOVERY, hide_balance=True),
    DemoMember("m_demo08", "Екатерина Орлова", "ru", "Екатерина", (("04A1B2C3D4E515", "NTAG216"),), 8, Past.PLAIN),
    DemoMember("m_demo09", "Сергей Зайцев", "ru", None, (("04A1B2C3D4E516", "NTAG213"),), 2, Past.EARLY),
    DemoMember("m_demo10", "Ada Whitfield", "en", "Ada", (("04A1B2C3D4E517", "NTAG215"),), 11, Past.ANSWERED),
    DemoMember("m_demo11", "Alan Marsh", "en", "Alan", (("04A1B2C3D4E518", "NTAG213"),)),
    DemoMember("m_demo12", "Mary Oakley", "en", "Mary", (("04A1B2C3D4E519", "NTAG213"),), 12, Past.CAMPAIGN),
    DemoMember("m_demo13", "Марко Левченко", "uk", "Марку", (("04A1B2C3D4E51A", "NTAG213"),)),
)
WORDS = {Past.NOTE: "Ваша улюблена Ефіопія знову в нас", Past.ANSWERED: "There are two of us at the bar in the morning now"}


def seed(receiver: Receiver, pepper: bytes, now_ms: int) -> int:
    """Enrol the demo's members under the shop's pepper and give them their past. Doing it again changes nothing.

    Returns how many members were new or changed. Raises ValueError for a pepper that is too short.
    """
    born = receiver.book.calendar.date_of(now_ms + DAY_MS)
    with receiver.store.transaction() as tx:
        held = tx.members([member.id for member in MEMBERS])
        past_is_held = SEED in tx.cursors([SEED])
    wanted = [_record(member, pepper, held.get(member.id), born, now_ms) for member in MEMBERS]
    new = [member for member in wanted if not _is_held(member, held.get(member.id))]
    if new:
        receiver.enrol(new, now_ms)
    if not past_is_held:
        _write_words(receiver)
        facts = _past(pepper, now_ms, receiver.book)
        batches = [facts[first : first + BATCH_MAX] for first in range(0, len(facts), BATCH_MAX)]
        receiver.receive_all([(SEED.kiosk, FactBatch(SEED.epoch, "seed", tuple(map(encode, part)))) for part in batches], now_ms)
    return len(new)


def _write_words(receiver: Receiver) -> None:
    """The words of the notes that are in the pasts."""
    with receiver.store.transaction() as tx:
        for member in MEMBERS:
            if member.past is Past.NOTE:
                tx.save_note(NoteText(f"{member.id}.note", member.id, WORDS[member.past], "Lena"))
            elif member.past is Past.ANSWERED:
                tx.save_note(NoteText(f"{member.id}.reply", member.id, WORDS[member.past], "Lena", ReasonCode.WAITING.value))


def _reference(uid: str, pepper: bytes) -> str:
    reference = identify(bytes.fromhex(uid), pepper)
    assert isinstance(reference, CardReference), "the demo's chip numbers are all of a kind that exists"  # noqa: S101
    return reference.text


def _record(member: DemoMember, pepper: bytes, held: MemberRecord | None, born: date, now_ms: int) -> MemberRecord:
    """The member; whose birthday it is has it tomorrow, said long ago, and the next seeding leaves it as it is."""
    birthday, set_ms = ((born.month, born.day), now_ms - 200 * DAY_MS) if member.past is Past.BIRTHDAY else (None, 0)
    if held is not None and held.profile is not None:
        birthday, set_ms = held.profile.birthday, held.profile.birthday_set_ms
    profile = Profile(member.name, member.language, member.greeting, member.hide_balance, birthday, set_ms)
    return MemberRecord(member.id, profile, tuple(sorted(_reference(uid, pepper) for uid, _ in member.uids)))


def _is_held(wanted: MemberRecord, held: MemberRecord | None) -> bool:
    return held is not None and held.profile == wanted.profile and set(held.cards) >= set(wanted.cards)


def _past(pepper: bytes, now_ms: int, book: Rulebook) -> Sequence[Fact]:
    """All pasts together; each member's happened at a minute of their own."""
    told = []
    for place, member in enumerate(MEMBERS):
        cards = [(_reference(uid, pepper), chip) for uid, chip in member.uids]
        told += past_of(member.id, member.past, member.visits, cards, now_ms - place * 60_000, book)
    return list(facts_of(told))
