"""What kiosks are told of people: only what may be known at a counter, in messages the wire takes, and nothing once they are forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from django.db import connection
from django.test import Client

from hub import desk, enrolling
from hub.announce import VIEWS_BYTES_MAX, VIEWS_PER_MESSAGE_MAX, Teller, fits, pages
from hub.door import HubStore
from hub.erasing import erase, wipe
from hub.explain import explain
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import NoteText, ProfileValue
from hub.words import ERASED
from loyalty.counter.person import Letter, Person
from loyalty.counter.standing import MemberView
from loyalty.facts import KINDS, CaseOpened, ConsentGiven, ConsentMethod, Enrolled, ExitWay, MemberLeft, NoteShown, Purpose, Worded
from loyalty.programme.rules import Rule, Status, Trigger
from loyalty.programme.saying import Holiday
from mqtt.messages import Lookup, LookupStatus, Members
from mqtt.reading import ACCOUNT_BYTES_MAX
from mqtt.wire import encode, view_bytes
from tests.hub_builders import CARD_1, CARD_2, DAY, NOON, batch, birth, document, member, rulebook, visit, visits
from tests.hub_database import emptied_database, prepared_database
from tests.hub_worlds import put_order

TEACHERS = Holiday("teachers-day", {"en": "Teachers' day"}, "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=4", profession="teacher")
BOOK = rulebook(Rule("cake", Trigger.OCCASION, Status.ACTIVE, points=5, occasion="birthday"), holiday=(TEACHERS,))
CONSENT = ConsentGiven(Purpose.BIRTHDAY, ConsentMethod.STAFF, "v1", "0" * 64, "en", member="m_1")


def hub(store: HubStore, **profile: object) -> Receiver:
    """A hub with Grace, whose card a kiosk has seen."""
    receiver = Receiver("h_1", store, BOOK)
    receiver.enrol([member("m_1", CARD_1, name="Grace Hopperton", **profile)], NOON - 200 * DAY)
    receiver.birth(birth(), "k-1", NOON - 200 * DAY)
    receiver.receive(batch(document(1, visit(), NOON - 100 * DAY)), "k-1", NOON - 100 * DAY)
    return receiver


def told(receiver: Receiver, now_ms: int = NOON) -> Person:
    """What the kiosk hears about the card."""
    view = receiver.lookup(Lookup(CARD_1, b"t" * 16), "k-1", now_ms).view
    assert view is not None
    return view.person


def test_a_birthday_is_told_as_a_stretch_of_days() -> None:
    """With consent and said long ago it comes with its gift, without consent it does not; its date is nowhere in the message."""
    store = MemoryHubStore()
    receiver = hub(store, birthday=(9, 23), birthday_set_ms=NOON - 90 * DAY)
    (birthday,) = told(receiver).occasions
    assert (birthday.id, birthday.period, birthday.gift, birthday.last - birthday.first) == ("birthday", "2026", False, 6)
    put_order(store, CONSENT, NOON)
    receiver.desk(NOON)
    (birthday,) = told(receiver).occasions
    assert birthday.gift
    assert told(receiver).known_fields == ("birthday",)
    assert told(receiver, NOON + 40 * DAY).occasions == ()


def test_a_profession_answered_at_the_kiosk_is_as_good_as_one_written_down() -> None:
    """Holidays of a profession follow the profile, and the newer answer before it, until that answer ends."""
    store = MemoryHubStore()
    receiver = hub(store)
    assert told(receiver).occasions == ()
    with store.transaction() as tx:
        tx.save_value("m_1", ProfileValue("profession", "teacher", NOON, NOON + 5 * DAY))
    assert [each.id for each in told(receiver).occasions] == ["teachers-day"]
    assert told(receiver, NOON + 6 * DAY).occasions == ()
    receiver.enrol([member("m_1", profession="teacher")], NOON)
    assert [each.id for each in told(receiver, NOON + 6 * DAY).occasions] == ["teachers-day"]


def test_years_of_membership_follow_from_joining() -> None:
    """The day of joining, a fact, is what anniversaries are reckoned from."""
    store = MemoryHubStore()
    receiver = hub(store)
    put_order(store, Enrolled("m_1"), NOON - 360 * DAY)
    receiver.desk(NOON - 360 * DAY)
    assert [(each.id, each.count) for each in told(receiver).occasions] == [("anniversary", 1)]


def test_a_letter_is_told_until_it_was_read() -> None:
    """The words of a note go to the kiosk while it waits, and no longer once the fact says that it was shown."""
    store = MemoryHubStore()
    receiver = hub(store)
    desk.put(store, "note.written", {"member": "m_1", "note": "n_1", "by": "lena"}, NOON, "Your Ethiopia is back")
    assert told(receiver).letters == ()
    receiver.desk(NOON)
    assert told(receiver).letters == (Letter("n_1", "Your Ethiopia is back", "lena"),)
    receiver.receive(batch(document(2, NoteShown(CARD_1, "n_1"), NOON + 5)), "k-1", NOON + 5)
    assert told(receiver, NOON + 9).letters == ()


def test_many_large_views_are_told_in_messages_the_wire_takes() -> None:
    """Views are put together up to 56 KiB and 32 of them; each message can be encoded, none is left out, and their order stays."""
    large = {"marks": ["x" * 200] * 60}
    views = [(f"{n:032x}", MemberView(f"m_{n}", 1, NOON, Person("en"), large if n % 3 == 0 else {})) for n in range(100)]
    made = pages(views)
    assert [each for page in made for each in page.views] == views
    assert max(len(page.views) for page in made) <= VIEWS_PER_MESSAGE_MAX
    assert max(sum(view_bytes(view) for _, view in page.views) for page in made) <= VIEWS_BYTES_MAX
    assert len(made) < 12
    for page in made:
        encode(page, "s0", "k-1")


def test_a_view_that_no_message_can_hold_is_left_out() -> None:
    """One account too large for the wire does not keep the others from their kiosk; a lookup of it is answered as unavailable."""
    small = MemberView("m_1", 1, NOON, Person("en"), {"marks": ["x" * 255] * 90})
    large = replace(small, account={"marks": ["x" * 255] * 100})
    assert (fits(small), fits(large)) == (True, False)
    assert view_bytes(small) < ACCOUNT_BYTES_MAX < view_bytes(large)
    assert pages([(CARD_1, large), (CARD_2, small)]) == [Members(((CARD_2, small),))]


# --- forgetting ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> Iterator[HubStore]:
    with emptied_database() as real:
        yield real


def traces(folder: Path, words: list[str]) -> list[str]:
    """Which of the words stand in any file of a folder."""
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    return [word for word in words if word.encode() in held]


def test_no_byte_of_a_forgotten_person_stays_in_the_files(store: HubStore) -> None:
    """After erasing neither the present nor an earlier name, nor note nor answer, is in the database or the files beside it."""
    folder = prepared_database().parent
    receiver = hub(store, birthday=(9, 23))
    receiver.enrol([member("m_1", name="Grace Murraytown")], NOON)
    desk.put(store, "note.written", {"member": "m_1", "note": "n_1", "by": "lena"}, NOON, "Your Yirgacheffe is back")
    with store.transaction() as tx:
        tx.save_value("m_1", ProfileValue("taste", "oolongissimo", NOON, NOON + DAY))
    words = ["Murraytown", "Yirgacheffe", "oolongissimo"]
    assert traces(folder, words) == words
    erase(store, "m_1", NOON)
    wipe()
    assert traces(folder, [*words, "Hopperton"]) == []


MARKER = "Zarathustra"  # no part of any word of ours
WORDED = {
    "points.adjusted": {"points": 4, "reason": "cold-coffee", "by": "op"},
    "tier.set": {"tier": "gold", "until": "2027-01-01", "reason": "friend", "by": "op"},
    "case.opened": {"case": "c-1", "source": "staff"},
    "case.stepped": {"case": "c-1", "step": "acted", "by": "op", "cause": "rota"},
    "note.written": {"by": "op"},
}
"""What staff write down with words beside it; and the case that they step."""


def write_everything(store: HubStore, receiver: Receiver) -> None:
    """Put the marker into every text that staff can write about m_1, by what their commands call."""
    enrolling.change(store, "m_1", NOON, {"display_name": f"{MARKER} 1", "greeting_name": f"{MARKER} 2", "profession": f"{MARKER} 3"})
    enrolling.write_note(store, NoteText("n_0", "m_1", f"{MARKER} 4", f"{MARKER} 5", "waiting"), "op", NOON)
    for number, (kind, payload) in enumerate(WORDED.items(), start=1):
        if issubclass(KINDS[kind], get_args(Worded)):
            desk.put(store, kind, {"member": "m_1", "note": f"n_{number}", **payload}, NOON, f"{MARKER} {kind}")
        else:
            desk.put(store, kind, {"member": "m_1", **payload}, NOON)
        receiver.desk(NOON + number)


def tables() -> str:
    """Every row of every table, as one text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own tables
            found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found)


def outputs(store: HubStore, receiver: Receiver) -> str:
    """All that pages, commands and kiosks say of m_1, as one text."""
    from hub import overview

    with store.transaction() as tx:
        record = tx.members(["m_1"])["m_1"]
        facts, said = tx.facts_of(record.cards, ["m_1"]), {each.note: each.text for each in tx.notes(["m_1"]).get("m_1", ())}
        person = Teller(tx, BOOK, NOON + 99).person(record)
    explained = "\n".join(explain("m_1", facts, person, CARD_1, BOOK, NOON + 99, said).lines())
    page = Client(SERVER_NAME="localhost").get("/").content.decode()
    return "\n".join((explained, page, repr(overview.facts()), json.dumps(overview.status()), repr(told(receiver, NOON + 99))))


def test_whatever_staff_wrote_is_gone_after_erasing(store: HubStore) -> None:
    """Every text that staff can write is kept and shown, to kiosks only notes; after erasing it is in no table, no file and no output."""
    assert {KINDS[kind] for kind in WORDED} - {CaseOpened} == set(get_args(Worded))
    receiver = hub(store)
    write_everything(store, receiver)
    before, shown = tables(), outputs(store, receiver)
    texts = [*(f"{MARKER} {number}" for number in range(1, 6)), *(f"{MARKER} {kind}" for kind in WORDED if kind != "case.opened")]
    assert [text for text in texts if text not in before] == []
    assert [text for text in texts[3:] if text not in shown] == []
    assert ERASED not in shown
    assert [each.id for each in told(receiver, NOON + 40).letters] == ["n_0", "n_5"]
    erase(store, "m_1", NOON + 50)
    wipe()
    receiver.desk(NOON + 60)
    after = outputs(store, receiver)
    assert MARKER not in tables()
    assert traces(prepared_database().parent, [MARKER]) == []
    assert MARKER not in after
    assert after.count(ERASED) >= len(get_args(Worded))


def test_a_forgotten_member_keeps_visits_and_points_and_kiosks_forget_the_name(store: HubStore) -> None:
    """The account stays under the id, the kiosk hears a newer version without a name, and forgetting again changes nothing."""
    receiver = hub(store)
    before = receiver.lookup(Lookup(CARD_1, b"t" * 16), "k-1", NOON).view
    for _ in range(2):
        erase(store, "m_1", NOON)
    receipt = receiver.desk(NOON)
    assert receipt is not None
    ((_, page),) = receipt.members
    ((_, view),) = page.views
    assert (view.person, before is not None and view.version > before.version) == (Person("en"), True)
    assert (view.account["left"], view.account["footfall"]["visit_days"]) == (ExitWay.ANONYMISED.value, 1)
    assert receiver.desk(NOON) is None
    encode(page, "s0", "k-1")


def test_a_member_who_is_said_to_have_left_is_forgotten_too(store: HubStore) -> None:
    """Left for good means forgotten, whoever wrote it down; who may come back keeps the profile."""
    receiver = hub(store)
    put_order(store, MemberLeft("m_1", ExitWay.DEACTIVATED), NOON)
    receiver.desk(NOON)
    assert told(receiver).greeting_name == "Grace Hopperton"
    put_order(store, MemberLeft("m_1", ExitWay.DELETED), NOON)
    receiver.desk(NOON)
    assert told(receiver) == Person("en")


def test_old_tables_are_caught_up_at_a_start(store: HubStore) -> None:
    """Members that were folded by an older version have no snapshot; a start folds them, and a lookup needs none."""
    receiver = hub(store)
    receiver.receive(visits(2, 3), "k-1", NOON)
    with store.transaction() as tx:
        tx.drop_snapshots(["m_1"])
    assert receiver.lookup(Lookup(CARD_1, b"t" * 16), "k-1", NOON).status is LookupStatus.FOUND
    assert (receiver.catch_up(NOON), receiver.catch_up(NOON)) == (1, 0)
    with store.transaction() as tx:
        assert tx.snapshots(["m_1"])["m_1"].facts == 3
