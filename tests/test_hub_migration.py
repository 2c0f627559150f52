"""A database of the versions before: its facts, members and cards go on, and a fact it did not know is found now."""

from __future__ import annotations

import json

from hub.receiver import Receiver
from hub.records import StreamId
from loyalty.facts import ClubJoined
from loyalty.programme.saying import Club
from tests.hub_builders import CARD_1, EPOCH_A, KYIV, NOON, document, member, rulebook, visit
from tests.hub_database import emptied_database
from tests.hub_worlds import put_order

OPENING = {"s": 2, "t": "points.opening", "at": NOON, "mono": 0, "clk": "ntp", "d": {"member": "m_1", "points": 40}}
FACT = (
    "INSERT INTO hub_factrow (kiosk, epoch, number, boot, document, content, card, effective_ms, received_ms) "
    "VALUES ('k-1', %s, %s, 'b', %s, %s, %s, %s, %s)"
)


def test_old_facts_members_and_cards_go_on() -> None:
    """After the tables are brought up, a start folds every member from the old facts, those that were unknown then included."""
    with emptied_database() as store:
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", "hub", "0001", verbosity=0)
        try:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO hub_member (id, version, points, earned, changed_ms) VALUES ('m_1', 5, 10, '[]', 1)")
                cursor.execute("INSERT INTO hub_memberprofile VALUES ('m_1', 'Grace', 'Grace', 'en', 0)")
                cursor.execute("INSERT INTO hub_card (reference, member_id) VALUES (%s, 'm_1')", [CARD_1])
                for number, told, card in ((1, document(1, visit()), CARD_1), (2, OPENING, "")):
                    cursor.execute(FACT, [EPOCH_A, number, json.dumps(told), str(number), card, NOON, NOON])
        finally:
            call_command("migrate", "hub", verbosity=0)
        receiver = Receiver("h_1", store, KYIV)
        assert receiver.catch_up(NOON) == 1
        with store.transaction() as tx:
            member = tx.members(["m_1"])["m_1"]
            assert (member.points, member.cards, member.blocked) == (50, (CARD_1,), ())
            assert member.profile is not None
            assert (member.profile.display_name, member.profile.birthday) == ("Grace", None)
            assert member.version > 5
            assert tx.cursors([StreamId("k-1", EPOCH_A)]) == {}


def test_who_comes_to_an_evening_is_known_from_old_accounts_too() -> None:
    """Accounts folded before places were counted are folded anew at a start, so a club that was full then is full now."""
    with emptied_database() as store:
        from django.core.management import call_command

        book = rulebook(club=(Club("tasters", {"en": "Tasters"}),))
        receiver = Receiver("h_1", store, book)
        receiver.enrol([member("m_1", CARD_1)], NOON)
        put_order(store, ClubJoined("m_1", "tasters"), NOON)
        receiver.desk(NOON)
        call_command("migrate", "hub", "0002", verbosity=0)
        call_command("migrate", "hub", verbosity=0)
        with store.transaction() as tx:
            assert tx.taken(["tasters"]) == {}
        assert Receiver("h_2", store, book).catch_up(NOON + 1) == 1
        with store.transaction() as tx:
            assert tx.taken(["tasters"]) == {"tasters": 1}
