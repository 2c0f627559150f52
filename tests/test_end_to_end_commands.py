"""Commands from the hub's command line to the glass and back: a real hub, a real Mosquitto, a real kiosk that becomes itself anew."""

from __future__ import annotations

import getpass
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from display.paint.png import PngPainter
from display.redacted import redacted
from display.scenes import Frame, Greeting
from display.words import load_words
from kiosk.devices import SMALL
from loyalty.said import GreetingKind, Said
from mqtt.messages import Command
from mqtt.reading_commands import PICTURE_BYTES_MAX
from mqtt.topics import down
from mqtt.wire import encode
from tests.shop_day import WAIT_S, Shop, open_shop

pytestmark = pytest.mark.xdist_group("stage")

UID = "04A1B2C3D4E5{}"
NOBODY_HERE = "Ready"


@pytest.fixture(scope="module")
def systemd() -> Iterator[socket.socket]:
    """systemd's end of what the kiosk tells it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        address = f"\0stupeni-test-{os.getpid()}"
        ear.bind(address)
        ear.setblocking(False)
        before = os.environ.get("NOTIFY_SOCKET")
        os.environ["NOTIFY_SOCKET"] = "@" + address[1:]
        yield ear
        os.environ.pop("NOTIFY_SOCKET")
        if before is not None:
            os.environ["NOTIFY_SOCKET"] = before


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, systemd: socket.socket) -> Iterator[Shop]:
    """One shop for all these tests."""
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(opened: Shop) -> Shop:
    """The shop with nothing on the reader and a kiosk that has just started."""
    opened.stage.stop_kiosk()
    opened.stage.lift()
    opened.kiosk_up()
    return opened


def begun(shop: Shop, *words: str) -> subprocess.Popen[str]:
    """`stupeni-hub` with these words, under way."""
    command = [sys.executable, "-m", "hub.cli", *words, "--config", str(shop.stage.folder / "hub.toml")]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def hub(shop: Shop, *words: str) -> tuple[int, str, str]:
    """Its exit code, and what it said on stdout and stderr."""
    with begun(shop, *words) as process:
        out, told = process.communicate(timeout=WAIT_S)
        return process.returncode, out.strip(), told.strip()


def commanded(shop: Shop, *words: str) -> str:
    """A command that is waited for and succeeds; its id."""
    code, id_, told = hub(shop, "command", "demo", *words, "--wait")
    assert (code, told) == (0, "succeeded")
    return id_


def listed(shop: Shop) -> list[dict[str, Any]]:
    """What `stupeni-hub commands --json` says, the newest first."""
    code, out, _ = hub(shop, "commands", "demo", "--json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(out)
    return found


def greet(shop: Shop, card: str) -> None:
    """Lay a card and wait until its greeting is on the glass."""
    shop.lay(card)
    shop.hear("painted", scene="Greeting")


def test_identify_is_seen_at_the_counter(shop: Shop) -> None:
    """Commanded at the hub, the kiosk shows its name for a while and then invites again; the hub's list says who asked."""
    id_ = commanded(shop, "identify")
    shop.hear("painted", scene="Identified")
    shop.hear("painted", scene=NOBODY_HERE)
    newest = listed(shop)[0]
    assert (newest["id"], newest["op"], newest["by"], newest["state"]) == (id_, "identify", getpass.getuser(), "succeeded")


def test_in_maintenance_a_tap_is_no_fact(shop: Shop) -> None:
    """Switched off for customers, a card is refused and leaves nothing, after a restart too; switched on, the same card is greeted."""
    commanded(shop, "maintenance", "on")
    shop.hear("painted", scene="OutOfService")
    facts, written = shop.figures(), shop.written()
    shop.until(lambda: shop.kiosk_at_hub()["why"] == "maintenance", "the hub knows of it")
    assert shop.stop() == 0
    shop.stage.start_kiosk()
    shop.hear("reader.found")  # before or after the first picture; the languages take turns, so there is one after it
    shop.hear("painted", scene="OutOfService")
    shop.stage.lay("phone")
    shop.hear(("card.refused", "card.stale"))
    shop.stage.lift()
    shop.lay(f"ntag215 {UID.format('F2')}")
    shop.hear("card.refused")
    assert (shop.figures(), shop.written()) == (facts, written)
    shop.stage.lift()
    commanded(shop, "maintenance", "off")
    shop.hear("painted", scene=NOBODY_HERE)
    greet(shop, f"ntag215 {UID.format('F2')}")
    assert shop.written() > written


def test_a_screenshot_has_no_name_in_it(shop: Shop, tmp_path: Path) -> None:
    """While a member is greeted by name, the picture at the hub is, pixel by pixel, that of a greeting of nobody."""
    greet(shop, f"ntag213 {UID.format('1A')}")
    picture = tmp_path / "glass.png"
    with begun(shop, "command", "demo", "screenshot", "--out", str(picture)) as process:
        until_s = time.monotonic() + WAIT_S
        while time.monotonic() < until_s:
            try:
                process.wait(1)
                break
            except subprocess.TimeoutExpired:
                shop.stage.tell_kiosk("m")  # leave it on the glass
        assert process.returncode == 0, process.stderr and process.stderr.read()
    painter = PngPainter(SMALL, load_words())  # the only screen of this kiosk
    shown = Frame(Greeting("Марку", 10, 10, said=Said(GreetingKind.WELCOME), options=True), "uk")
    assert picture.read_bytes() == painter.png_within(redacted(shown), PICTURE_BYTES_MAX)
    with Image.open(picture) as seen, Image.open(io.BytesIO(painter.png(shown))) as truly:
        assert seen.size == truly.size
        assert seen.convert("RGB").tobytes() != truly.convert("RGB").tobytes()
    assert "Марку" not in (shop.stage.folder / "kiosk.log").read_text(encoding="utf-8")


def test_a_restart_is_the_same_process_anew(shop: Shop, systemd: socket.socket) -> None:
    """The program begins afresh under the same process id with a new epoch, systemd hears of no stop, and the hub that it succeeded."""
    before = shop.state(st="online")
    pid = shop.stage.kiosk_pid
    _heard_by(systemd)
    commanded(shop, "restart")
    shop.hear("restart", why="command")
    shop.hear("ready")
    after = shop.state(st="online")
    assert after["ep"] != before["ep"]
    assert (shop.stage.kiosk_pid, os.path.exists(f"/proc/{pid}")) == (pid, True)
    shop.hear("painted", scene=NOBODY_HERE)
    said = _heard_by(systemd)
    assert "READY=1" in said
    assert "STOPPING=1" not in said
    greet(shop, f"ntag213 {UID.format('11')}")
    shop.all_claimed()


def _heard_by(systemd: socket.socket) -> list[str]:
    said: list[str] = []
    try:
        while True:
            said.append(systemd.recv(4096).decode())
    except BlockingIOError:
        return said


def test_what_is_late_is_not_done_and_what_comes_twice_is_done_once(shop: Shop) -> None:
    """A command whose moment has passed is refused in words; one that a broker delivers three times is obeyed once."""
    now_ms = time.time_ns() // 1_000_000
    late, twice = (
        Command(f"c_{time.monotonic_ns()}{word}", "identify", {}, now_ms + wait_ms, "x")
        for word, wait_ms in (("a", -60_000), ("b", 60_000))
    )
    shop.say(down("s0", "demo", "cmd"), encode(late, "s0", "demo").payload)
    assert shop.hear("command.refused")["why"] == "it came too late by this kiosk's clock"
    done = len(shop.log_lines("command"))
    for _ in range(3):
        shop.say(down("s0", "demo", "cmd"), encode(twice, "s0", "demo").payload)
    shop.hear("command", id=twice.id)
    shop.hear("painted", scene=NOBODY_HERE)
    commanded(shop, "blank", "off")
    assert [said["op"] for said in shop.log_lines("command")[done:]] == ["identify", "blank"]


def test_nothing_personal_is_logged_at_any_level(shop: Shop) -> None:
    """With the log at its most talkative a visit leaves neither name nor card in it."""
    commanded(shop, "log_level", "debug", "minutes=5")
    greet(shop, f"ntag213 {UID.format('1A')}")
    shop.all_claimed()
    log = (shop.stage.folder / "kiosk.log").read_text(encoding="utf-8")
    personal = ("Марк", shop.reference(UID.format("1A")), UID.format("1A"), UID.format("1A").lower())
    assert not [word for word in personal if word in log]


def test_who_is_not_there_is_said(shop: Shop) -> None:
    """A kiosk that is off line is waited for until the command has expired; one that never was is refused; each with its exit code."""
    assert shop.stop() == 0
    shop.until(lambda: shop.kiosk_at_hub()["presence"] == "offline", "the hub sees it gone")
    code, _, told = hub(shop, "command", "demo", "identify", "--wait", "--within", "5")
    assert code == 69
    assert "expired: the kiosk was not there" in told
    for words, reason in (
        (("nobody", "identify"), "there is no kiosk 'nobody'"),
        (("demo", "restart", "grace_s=999"), "a whole number from 0 to 120"),
        (("demo", "restart", "now"), "restart has no argument 'now'"),
        (("demo", "screenshot"), "needs --out"),
    ):
        code, _, told = hub(shop, "command", *words)
        assert code == 2
        assert reason in told
