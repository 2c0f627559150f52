"""The hub's pages over a real database: what they show, what they refuse, and that nobody's name becomes markup."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hub.receiver import Receiver
from hub.records import HubStore
from loyalty.facts import Face, Reason, ReasonCode, StoreRecovered
from mqtt.messages import KioskState, Presence
from tests.hub_builders import CARD_1, CARD_3, EPOCH_A, KYIV, NOON, batch, birth, document, member, rating, visit, visits
from tests.hub_database import emptied_database


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
    assert said == {"members": 2, "facts": 6, "points": 12, "claims": 9, "put_aside": 1, "lost": 2}
    wanted = {"id": "k-1", "presence": "online", "epoch": EPOCH_A, "upto": 9, "unclaimed": 5, "put_aside": 1, "lost": 2}
    assert wanted.items() <= kiosk.items()
    assert kiosk["heard_at"].startswith("2026-09-21T")


@pytest.mark.parametrize("path", ["/", "/status.json", "/hub.css", "/nowhere"])
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
