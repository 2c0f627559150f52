"""The hub's pages over a real database: what they show, what they refuse, and that nobody's name becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hub.door import HubStore
from hub.receiver import Receiver
from loyalty.facts import ContactRequested, Face, Purchased, Reason, ReasonCode, Redeemed, StoreRecovered
from mqtt.messages import Alert, AlertId, KioskState, Presence, Severity
from tests.hub_builders import CARD_1, CARD_3, EPOCH_A, KYIV, NOON, TILL, batch, birth, document, member, rating, visit, visits
from tests.hub_database import emptied_database
from tests.hub_worlds import put_order

if TYPE_CHECKING:
    from hub.overview import MemberRow


@pytest.fixture
def store() -> Iterator[HubStore]:
    with emptied_database() as real:
        yield real


def get(path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a page, asked for as a browser on this machine does."""
    from django.test import Client

    response = Client(SERVER_NAME="localhost").get(path, headers=headers)
    return response.status_code, dict(response.headers), response.content.decode("utf-8")


def busy(store: HubStore) -> None:
    """A hub with two members, one of them hostile by name, a kiosk with a past, and facts of every kind."""
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol([member("m_1", CARD_1, name="Олено"), member("m_2", name="<script>alert('1')</script>&", hide_balance=True)], NOON)
    receiver.presence(KioskState(Presence.ONLINE, "s1", unclaimed=5), "k-1", NOON)
    receiver.birth(birth((EPOCH_A, 3, 9)), "k-1", NOON)
    unknown = document(7, visit()) | {"t": "<b>weather</b>", "d": {"rain": True}}
    facts = [
        document(3, visit()),
        document(4, rating(face=Face.VERY_BAD)),
        document(5, Reason(CARD_1, 4, ReasonCode.WAITING)),
        document(6, StoreRecovered("old.db")),
        unknown,
        document(8, visit(CARD_3)) | {"clk": "x"},
        document(9, visit(CARD_3)),
    ]
    receiver.receive(batch(*facts), "k-1", NOON)


def test_what_a_kiosk_raises_is_shown_until_it_is_over(store: HubStore) -> None:
    """Page, status and sums say an alert in words with its number, the gravest first, and nothing of it once it is over."""
    busy(store)
    receiver = Receiver("h_1", store, KYIV)
    receiver.alert(Alert(AlertId.DISK_LOW, Severity.WARN, NOON, 412), "k-1", NOON)
    receiver.alert(Alert(AlertId.READER_LOST, Severity.ERROR, NOON), "k-1", NOON)
    text = re.sub(r"<[^>]*>", "", get("/")[2])
    assert "no card reader, since 21 Sep 14:13; 412 MB free on its disk, since" in " ".join(text.split())
    status = json.loads(get("/status.json")[2])
    assert status["alerts"] == 2
    assert [(each["alert"], each["severity"]) for each in status["kiosks"][0]["alerts"]] == [("reader_lost", "error"), ("disk_low", "warn")]
    receiver.alert(Alert(AlertId.DISK_LOW, None), "k-1", NOON)
    receiver.alert(Alert(AlertId.READER_LOST, None), "k-1", NOON)
    assert "MB free" not in get("/")[2]
    assert json.loads(get("/status.json")[2])["kiosks"][0]["alerts"] == []


@pytest.mark.parametrize("number", [0, 7, 2**53 - 1])
def test_every_alert_has_words(store: HubStore, number: int) -> None:
    """Whatever a kiosk may raise can be shown, with any number and however wrong its clock."""
    receiver = Receiver("h_1", store, KYIV)
    receiver.presence(KioskState(Presence.ONLINE, "s1"), "k-1", NOON)
    for each in AlertId:
        receiver.alert(Alert(each, Severity.WARN, number, number), "k-1", NOON)
    assert get("/")[0] == 200
    assert json.loads(get("/status.json")[2])["alerts"] == len(AlertId)


def test_an_empty_hub_says_so(store: HubStore) -> None:
    """A hub nobody has used yet shows a page that says that nothing is there."""
    status, _, text = get("/")
    assert status == 200
    for words in ("No kiosk has spoken yet.", "Nobody has joined yet.", "Nothing has happened yet."):
        assert words in text


def test_the_page_shows_members_facts_and_kiosks(store: HubStore) -> None:
    """Names, points, what happened and how the kiosk stands are all on the page."""
    busy(store)
    _, _, text = get("/")
    for words in (
        "Олено",
        "visit (NTAG213)",
        "rating: very bad",
        "reason: waiting",
        "store was damaged",
        "k-1",
        "online",
        "hidden on screens",
    ):
        assert words in text
    assert CARD_3[:8] in text
    assert CARD_3 not in text


def test_a_hostile_name_is_shown_as_text(store: HubStore) -> None:
    """Markup in a member's name or in a fact's type is shown, never obeyed."""
    busy(store)
    _, _, text = get("/")
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&amp;" in text
    assert "&lt;b&gt;weather&lt;/b&gt;" in text


def test_the_status_is_numbers_without_names(store: HubStore) -> None:
    """The status line's figures agree with what was done, and hold nothing personal."""
    busy(store)
    _, headers, text = get("/status.json")
    assert headers["Content-Type"] == "application/json"
    assert "Олено" not in text
    said = json.loads(text)
    (kiosk,) = said.pop("kiosks")
    assert said.pop("cases") == [{"member": "m_1", "case": f"k-1/{EPOCH_A}/4", "severity": 3, "status": "open"}]
    assert said == {
        "members": 2,
        "facts": 6,
        "points": 12,
        "claims": 9,
        "put_aside": 1,
        "lost": 2,
        "open_cases": 1,
        "made_no_sense": 0,
        "alerts": 0,
    }
    wanted = {"id": "k-1", "presence": "online", "epoch": EPOCH_A, "upto": 9, "unclaimed": 5, "put_aside": 1, "lost": 2}
    assert wanted.items() <= kiosk.items()
    assert kiosk["heard_at"].startswith("2026-09-21T")


@pytest.mark.parametrize("path", ["/", "/status.json", "/hub.css", "/hub.svg", "/nowhere"])
def test_every_answer_carries_its_policy(store: HubStore, path: str) -> None:
    """Whatever is asked for, the browser is told to load from here only, to run nothing and to stand in no frame."""
    _, headers, _ = get(path)
    assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'none'")
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("DENY", "nosniff", "no-referrer")


def test_the_page_loads_nothing_from_elsewhere(store: HubStore) -> None:
    """There is no address of another machine, no script and no inline style in the page."""
    busy(store)
    for path in ("/", "/?live"):
        _, _, text = get(path)
        assert "//" not in text.replace("<!doctype html>", "")
        assert "style=" not in text
        assert "<script" not in text
    _, headers, sheet = get("/hub.css")
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert "url(" not in sheet
    assert "prefers-color-scheme: dark" in sheet
    _, headers, picture = get("/hub.svg")
    assert headers["Content-Type"] == "image/svg+xml"
    assert picture.count("//") == 1  # the name of the format, which no browser fetches


def test_on_a_phone_every_figure_has_its_name_beside_it(store: HubStore) -> None:
    """Where rows become small cards the headings are away, so each cell under one says which it is; so do all columns but a row's name."""
    busy(store)
    _, _, text = get("/")
    sheet = get("/hub.css")[2]
    assert "@media (max-width: 40rem)" in sheet
    assert "content: attr(data-column)" in sheet
    members = text[text.index('id="members"') : text.index("Newest facts")]
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', members)[1:] * 2 == re.findall(r'data-column="([^"]+)"', members)


def test_following_is_a_choice(store: HubStore) -> None:
    """The page refreshes itself only when it was asked to, and can be told to stop."""
    assert 'http-equiv="refresh"' not in get("/")[2]
    following = get("/?live")[2]
    assert '<meta http-equiv="refresh" content="5">' in following
    assert "Stop following" in following


def test_only_the_names_of_this_machine_are_answered(store: HubStore) -> None:
    """A request under another host's name, as in DNS rebinding, is refused."""
    assert get("/", host="evil.example")[0] == 400


def test_pages_are_read_only(store: HubStore) -> None:
    """Nothing can be written through these pages."""
    from django.test import Client

    assert Client(SERVER_NAME="localhost").post("/").status_code == 405


def test_the_list_of_facts_is_bounded_and_newest_first(store: HubStore) -> None:
    """A long past shows its newest fifty facts."""
    receiver = Receiver("h_1", store, KYIV)
    receiver.receive(visits(1, 60), "k-1", NOON)
    from hub import overview

    shown = overview.facts()
    assert len(shown) == overview.FACTS_SHOWN_MAX == 50
    assert shown[0].at > shown[-1].at


def test_open_cases_come_first_the_gravest_in_front(store: HubStore) -> None:
    """Whoever opens the page sees open cases before everything else, by severity, with status, reason and who it is."""
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol([member("m_1", CARD_1, name="Олено"), member("m_2", CARD_3, name="Ada")], NOON)
    mild = [document(1, visit()), document(2, rating(face=Face.BAD)), document(3, Reason(CARD_1, 2, ReasonCode.PRICE))]
    grave = [document(4, visit(CARD_3)), document(5, rating(CARD_3, Face.VERY_BAD)), document(6, ContactRequested(CARD_3, 5))]
    receiver.receive(batch(*mild, *grave), "k-1", NOON)
    text = get("/")[2]
    captions = ("Open cases", "Members", "Newest facts", "Kiosks")
    assert [text.index(f"{each}</caption>") for each in captions] == sorted(text.index(f"{each}</caption>") for each in captions)
    assert text.index(f"k-1/{EPOCH_A}/5") < text.index(f"k-1/{EPOCH_A}/2")
    for words in ("asks to be called back", "price", '<span class="severity s1">1</span>'):
        assert words in text
    with store.transaction() as tx:
        assert [tx.members([id_])[id_].figures.cases for id_ in ("m_1", "m_2")] == [1, 1]


def test_a_page_without_cases_speaks_of_none(store: HubStore) -> None:
    """Where nothing is open and all facts made sense there are no empty tables for it."""
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol([member("m_1", CARD_1)], NOON)
    receiver.receive(visits(1, 1), "k-1", NOON)
    text = get("/")[2]
    assert "Open cases</caption>" not in text
    assert "made no sense</caption>" not in text


def test_figures_and_senseless_facts_are_shown(store: HubStore) -> None:
    """Rung, tier and the parts of the balance stand in the list; a fact that made no sense is named with its reason."""
    receiver = Receiver("h_1", store, TILL)
    receiver.enrol([member("m_1", CARD_1, name="Grace")], NOON)
    receiver.receive(batch(document(1, visit()), document(2, Redeemed(50, CARD_1))), "k-1", NOON)
    put_order(store, Purchased("r-1", 4100, "UAH", member="m_1"), NOON)
    receiver.desk(NOON + 1)
    text = get("/")[2]
    for words in ("buyer", "gold", "35 points more were spent than there were", f"k-1/{EPOCH_A}/2", "purchase r-1: 41.00 UAH"):
        assert words in text
    (row,) = overview_rows()
    assert (row.points, row.available, row.pending, row.owed) == (20, 20, 6, 0)


def overview_rows() -> list[MemberRow]:
    from hub import overview

    return overview.members()


def test_a_forgotten_member_has_no_name_on_the_page(store: HubStore) -> None:
    """The row stays, by id; facts about them are shown by card."""
    busy(store)
    with store.transaction() as tx:
        tx.forget("m_1")
    text = get("/")[2]
    assert "Олено" not in text
    assert "forgotten" in text
    assert "m_1" in text
