"""From a card in the field to the hub's database and back: real nfcpy, real kiosk and hub processes, a real Mosquitto."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from config.schema import Display
from display.paint.png import PngPainter
from display.scenes import Frame, Greeting
from display.words import load_words
from hub.demo_members import MEMBERS
from kiosk.devices import theme_of
from loyalty.said import GreetingKind, Said
from mqtt.link import LinkUp
from mqtt.shapes import MESSAGE_BYTES_MAX
from mqtt.topics import HUB_STATE, down, up
from tests.shop_day import Shop, open_shop

pytestmark = pytest.mark.xdist_group("stage")

UID = "04A1B2C3D4E5{}"
VISIT_POINTS, RATING_POINTS = 10, 2  # config/programmes/coffee.toml, for a member's first of the day
BACK_POINTS = 15  # and for coming back after six weeks, as the demo's fourth member does


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop for all these tests: its hub takes seconds to make its database."""
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        _lose_a_kiosk(shop)
        yield shop


def _lose_a_kiosk(shop: Shop) -> None:
    """A second kiosk without a reader, named "lost", is seen by the hub and killed. Its will is due in half a minute."""
    path, text = shop.stage.folder / "lost.toml", (shop.stage.folder / "kiosk.toml").read_text(encoding="utf-8")
    text = text.replace('id = "demo"', 'id = "lost"').replace(f'{shop.stage.folder / "kiosk"}"', f'{shop.stage.folder / "lost"}"')
    path.write_text(text.replace(shop.stage.field.path, "udp:127.0.0.1:9"), encoding="utf-8")
    command = [sys.executable, "-m", "kiosk.demo.counter", "--config", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as kiosk:
        assert kiosk.stderr is not None
        assert any("hub.synced" in line for line in iter(kiosk.stderr.readline, ""))
        kiosk.kill()


@pytest.fixture
def shop(opened: Shop) -> Shop:
    """The shop with everything whole, nothing on the reader, and a kiosk that has just started."""
    stage = opened.stage
    stage.stop_kiosk()
    stage.lift()
    if not stage.cable.whole:
        stage.toggle_network()
    if not stage.reader_plugged:
        stage.toggle_reader()
    opened.kiosk_up()
    return opened


def greet(shop: Shop, card: str) -> dict[str, object]:
    """Lay a card and wait until its greeting is on the glass."""
    shop.lay(card)
    return shop.hear("painted", scene="Greeting")


def test_a_tap_is_greeted_and_its_facts_claimed(shop: Shop) -> None:
    """A card through the real nfcpy is greeted with name, balance and words of welcome, pixel by pixel; visit, what was said, rating and
    reason come to the hub."""
    facts, points = shop.figures()
    written = shop.written()
    assert greet(shop, f"ntag213 {UID.format('1A')}")["language"] == "uk"
    with Image.open(shop.picture("greeting")) as shown:
        words = load_words()
        greeting = Greeting("Марку", VISIT_POINTS, VISIT_POINTS, said=Said(GreetingKind.WELCOME), options=True)
        expected = PngPainter(theme_of(Display()), words).png(Frame(greeting, "uk"))
        with Image.open(io.BytesIO(expected)) as wanted:
            assert shown.convert("RGB").tobytes() == wanted.convert("RGB").tobytes()
    shop.until(lambda: shop.figures() == (facts + 2, points + VISIT_POINTS), "the visit and what was said, at the hub")
    shop.stage.tell_kiosk("f")
    shop.hear("painted", scene="WhyBad", language="uk")
    shop.insist(lambda: shop.stage.tell_kiosk("s"), "painted", scene="Thanks")
    shop.until(lambda: shop.figures() == (facts + 4, points + VISIT_POINTS + RATING_POINTS), "rating and reason at the hub")
    assert shop.written() == written + 4
    page = shop.page()
    assert "visit (NTAG213)" in page
    assert "rating: very bad" in page
    assert "reason: politeness" in page
    assert shop.kiosk_at_hub()["unclaimed"] == 0


def test_cut_killed_and_mended_the_hub_converges(shop: Shop) -> None:
    """Facts of three runs of the kiosk, made without a network and with the power pulled twice, come to the hub once each."""
    stage = shop.stage
    facts, points = shop.figures()
    written = shop.written()
    stage.toggle_network()
    shop.hear("link.gone")
    greet(shop, f"ntag215 {UID.format('F2')}")
    stage.tell_kiosk("a")
    shop.hear("committed", kind="rating")
    stage.pull_plug()
    shop.hear("exited", code=-9)
    stage.lift()
    stage.start_kiosk()
    shop.started()
    greet(shop, f"ntag215 {UID.format('13')}")
    stage.pull_plug()
    shop.hear("exited", code=-9)
    stage.lift()
    stage.start_kiosk()
    shop.started()
    greet(shop, f"ntag213 {UID.format('11')}")
    assert shop.figures() == (facts, points)
    stage.toggle_network()
    shop.all_claimed()
    wanted = (facts + shop.written() - written, points + 3 * VISIT_POINTS + RATING_POINTS)
    shop.until(lambda: shop.figures() == wanted, "the hub holds all of it")
    stage.toggle_network()
    shop.hear("link.gone")
    stage.toggle_network()
    shop.hear("hub.synced")
    stage.lift()
    shop.hear("painted", scene="Ready")
    greet(shop, f"ntag215 {UID.format('13')}")
    shop.all_claimed()
    assert shop.figures() == (facts + shop.written() - written, wanted[1]), "a member who has had today's points"
    status = stage.hub_status()
    assert (status["put_aside"], status["lost"]) == (0, 0)


def test_a_killed_hub_is_found_again(shop: Shop) -> None:
    """The hub's machine loses power while a customer stands there: the rating waits, and is claimed by the next run of the hub."""
    stage = shop.stage
    greet(shop, f"ntag213 {UID.format('18')}")
    shop.all_claimed()
    facts, _ = shop.figures()
    stage.pull_hub_plug()
    stage.tell_kiosk("s")
    shop.hear("painted", scene="Thanks")
    stage.start_hub()
    shop.all_claimed()
    assert shop.figures()[0] == facts + 1


def test_without_a_reader_it_starts_and_says_so(shop: Shop) -> None:
    """No reader at the start: out of service on the screen and a sentence in the log; plugged in later, it serves."""
    stage = shop.stage
    assert shop.stop() == 0
    stage.toggle_reader()
    stage.start_kiosk()
    shop.hear("painted", scene="OutOfService")
    stage.toggle_reader()
    shop.started()
    greet(shop, f"ntag216 {UID.format('15')}")
    assert any("is not connected. Check the cable" in line["event"] for line in shop.log_lines("reader: "))


def test_without_a_broker_it_starts_and_serves(shop: Shop) -> None:
    """No network at the start: a card never seen here is served all the same, and its visit is claimed when there is a network."""
    stage = shop.stage
    facts, points = shop.figures()
    assert shop.stop() == 0
    stage.toggle_network()
    stage.start_kiosk()
    shop.started()
    assert greet(shop, f"ntag213 {UID.format('16')}")["language"] == "en"
    stage.toggle_network()
    shop.all_claimed()
    assert shop.figures() == (facts + 1, points + VISIT_POINTS)


def test_a_damaged_store_is_put_aside_and_service_goes_on(shop: Shop) -> None:
    """Torn bytes: the store is kept under a dated name, the hub is told by a fact, and members are greeted by what the hub knows."""
    stage = shop.stage
    folder = stage.folder / "kiosk"
    greet(shop, f"ntag215 {UID.format('17')}")
    shop.all_claimed()
    assert shop.stop() == 0
    stage.lift()
    facts, points = shop.figures()
    store = folder / "kiosk.db"
    damaged = b"torn" * 1000 + store.read_bytes()[4000:]
    store.write_bytes(damaged)
    stage.start_kiosk()
    shop.all_claimed()
    (aside,) = [path for path in folder.glob("kiosk.db.damaged-*") if re.fullmatch(r"kiosk\.db\.damaged-\d{8}T\d{6}", path.name)]
    assert aside.read_bytes() == damaged
    assert shop.figures() == (facts + 1, points)
    assert "damaged and begun anew" in shop.page()
    assert any(str(aside) in line["event"] for line in shop.log_lines("the store was damaged"))
    written = shop.written()
    assert greet(shop, f"type4 {UID.format('F4')}")["language"] == "uk"
    shop.all_claimed()
    assert shop.figures() == (facts + 1 + shop.written() - written, points + VISIT_POINTS + BACK_POINTS)


HOSTILE = [
    ("malformed", "ack", b'{"v": 1, "upto": '),
    ("oversize", "mem", b'{"v": 1, "m": [' + b" " * MESSAGE_BYTES_MAX + b"]}"),
    ("foreign", "../dn/unheard-of", b"{}"),
]


@pytest.mark.parametrize(("kind", "leaf", "payload"), HOSTILE, ids=[kind for kind, _, _ in HOSTILE])
def test_hostile_messages_to_the_kiosk_change_nothing(shop: Shop, kind: str, leaf: str, payload: bytes) -> None:
    """They are counted, said once a minute by their kind, and the next customer notices nothing."""
    said_before = len(shop.log_lines("wire.refused"))
    for _ in range(3):
        shop.say(down("s0", "demo", leaf), payload)
    assert set(shop.hear("wire.refused")) - {"at", "level", "event", "seen"} == {kind}
    shop.say(down("s0", "demo", leaf), payload)
    shop.say(HUB_STATE + "/nobody", payload)
    greet(shop, f"ntag213 {UID.format('18')}")
    shop.all_claimed()
    shop.stage.lift()
    assert len(shop.log_lines("wire.refused")) == said_before + 1


def test_hostile_messages_to_the_hub_change_nothing(shop: Shop) -> None:
    """What the hub cannot read leaves members, facts, points and cursors as they are, and it goes on claiming."""
    before, written = shop.stage.hub_status(), shop.written()
    for leaf, payload in [("evt", b"{"), ("evt", b" " * (MESSAGE_BYTES_MAX + 1)), ("birth", b'{"v": 1}'), ("unheard-of", b"{}")]:
        shop.say(up("s0", "demo", leaf), payload)
        shop.say(up("s0", "nobody", leaf), payload)
    greet(shop, f"ntag213 {UID.format('19')}")
    shop.all_claimed()
    after = shop.stage.hub_status()
    assert (after["facts"], after["members"]) == (before["facts"] + shop.written() - written, before["members"])
    assert after["points"] - before["points"] == VISIT_POINTS
    assert (after["put_aside"], after["lost"]) == (before["put_aside"], before["lost"])
    assert [kiosk["id"] for kiosk in after["kiosks"]] == [kiosk["id"] for kiosk in before["kiosks"]]


def test_a_clean_stop_says_goodbye(shop: Shop) -> None:
    """SIGTERM ends the kiosk with code 0, and its presence says off line for a shutdown, not for a loss."""
    shop.until(lambda: shop.kiosk_at_hub()["presence"] == "online", "the hub sees it")
    assert shop.stop() == 0
    shop.state(st="offline", why="shutdown")
    shop.until(lambda: shop.kiosk_at_hub()["presence"] == "offline", "the hub sees it gone")


def test_no_log_names_a_person_or_a_card(shop: Shop) -> None:
    """At the most talkative setting neither log holds a chip number, a whole card reference, a name or the pepper."""
    stage = shop.stage
    assert shop.stop() == 0
    for name in ("kiosk.toml", "hub.toml"):
        path = stage.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace("[log]\n", '[log]\nlevel = "debug"\n'), encoding="utf-8")
    stage.stop_hub()
    stage.start_hub()
    shop.kiosk_up()
    for card in (
        f"ntag213 {UID.format('F1')} Hello",
        "classic DEADBEEF",
        "phone",
        f"ntag215 {UID.format('12')}",
        f"ntag215 {UID.format('18')}",
    ):
        shop.lay(card)
        scenes = {"phone": "UnusableCard", "classic DEADBEEF": "UnknownCard", f"ntag215 {UID.format('12')}": "SeeStaff"}
        shop.hear("painted", scene=scenes.get(card, "Greeting"))
    stage.tell_kiosk("a")
    shop.hear("painted", scene="Thanks")
    stage.toggle_reader()
    shop.hear("painted", scene="OutOfService")
    logs = {name: (stage.folder / name).read_text(encoding="utf-8") for name in ("kiosk.log", "hub.log")}
    secrets = _secrets(shop)
    for name, text in logs.items():
        assert text
        assert [secret for secret in secrets if _is_in(secret, text)] == [], name
    for secret in secrets:  # that a planted one would be found
        assert _is_in(secret, json.dumps({"event": f"read {secret}"}))
        assert _is_in(secret, json.dumps({"event": f"read {secret}"}, ensure_ascii=False))


def _secrets(shop: Shop) -> list[str]:
    uids = [uid for member in MEMBERS for uid, _ in member.uids] + ["DEADBEEF"]
    references = [shop.reference(uid) for uid in uids]
    names = [name for member in MEMBERS for name in (member.greeting, *member.name.split()) if name]
    return [*uids, *references, *names, (shop.stage.folder / "pepper").read_text(encoding="ascii")]


def _is_in(secret: str, text: str) -> bool:
    """Whether it stands there in any spelling: whole words only (Ada is no part of "adapter"), hex with separators, JSON escapes."""
    if re.fullmatch(r"[0-9A-Fa-f]{8,}", secret):
        return re.search(r"[\s:.x\\-]{0,3}".join(re.findall("..", secret)), text, re.IGNORECASE) is not None
    escaped = json.dumps(secret).strip('"')
    return re.search(rf"\b{re.escape(secret)}\b", text) is not None or (escaped != secret and escaped in text)


def test_presence_is_born_and_its_will_is_spoken(shop: Shop) -> None:
    """A kiosk that was killed is on line no more: the broker speaks its will, half a minute after the loss; the others stay on line."""
    assert shop.kiosk_at_hub("demo")["presence"] == "online"
    shop.until(lambda: shop.kiosk_at_hub("lost")["presence"] == "offline", "the hub hears the will of the lost one")
    shop.state("lost", st="offline", why="lost")
    assert shop.kiosk_at_hub("demo")["presence"] == "online"


def test_everything_was_said_as_json(opened: Shop) -> None:
    """Every line the kiosk wrote in these tests is one JSON object, none an accident of a library."""
    path: Path = opened.stage.folder / "kiosk.log"
    strange = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith('{"at": ')]
    assert strange == []


def test_a_killed_broker_is_found_again(shop: Shop) -> None:
    """The broker dies and comes back having forgotten everything: kiosk and hub find it, and what was tapped meanwhile is claimed."""
    facts, _ = shop.figures()
    written = shop.written()
    shop.stage.broker.kill()
    shop.hear("link.gone")
    greet(shop, f"ntag215 {UID.format('13')}")
    shop.stage.broker.start()
    shop.ear.next(LinkUp)
    shop.all_claimed()
    shop.until(lambda: shop.figures()[0] == facts + shop.written() - written, "the tap at the hub")
    assert shop.state(st="online")["sid"]
    shop.until(lambda: shop.kiosk_at_hub()["presence"] == "online", "the hub sees the kiosk")
