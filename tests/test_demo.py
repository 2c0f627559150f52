"""The demonstration: the scripted minute with its verdict, and the demonstration by hand in a terminal as a person meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from config.schema import Display
from kiosk.demo.folder import MARK, DemoTrouble, clear
from kiosk.demo.story import Teller, play
from kiosk.demo.terminal import COLUMNS, HELP, ROWS, KioskDrawing, View
from tests.pty_screen import InTerminal

pytestmark = pytest.mark.xdist_group("stage")

ROOT = Path(__file__).parent.parent
MINUTE_S = 240.0  # it plays for about 35 s; a machine under load gets the rest
DEMO = [sys.executable, "-m", "kiosk", "demo"]


def environment(**more: str) -> dict[str, str]:
    """This process's, as if there were no screen."""
    return {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR")} | more


# --- the scripted minute ---


def test_the_scripted_minute_keeps_every_promise(tmp_path: Path) -> None:
    """It exits 0 and leaves a timeline with timings, whose every line was kept, and pictures of the kiosk's screen."""
    played = subprocess.run(
        [*DEMO, "--script", "--out", str(tmp_path / "out")], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=MINUTE_S
    )
    assert played.returncode == 0, played.stdout + played.stderr
    lines = json.loads((tmp_path / "out" / "timeline.json").read_text(encoding="utf-8"))
    assert len(lines) > 25
    assert [line["what"] for line in lines if not line["kept"]] == []
    assert any(line["took_ms"] for line in lines)
    assert played.stdout.count(" ok ") == len(lines)
    pictures = sorted((tmp_path / "out" / "pictures").iterdir())
    assert [picture.name for picture in pictures][:2] == ["01-ready.png", "02-birthday.png"]
    acts = [path for path in pictures if "ready" not in path.name]  # the kiosk looks the same before the first card and after the power cut
    seen = set()
    for path in acts:
        with Image.open(path) as picture:
            assert picture.size == (Display().width_px, Display().height_px)
            seen.add(picture.convert("RGB").tobytes())
    assert len(seen) == len(acts), "two acts left the same picture"


def test_a_broken_promise_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not come true in time ends the story; it is named, stands in the timeline as not kept, and the verdict is 1."""

    def impossible(teller: Teller) -> None:
        teller.expect(teller.stage.lift, "painted", "lifting nothing greets somebody", scene="Greeting")

    def never_played(teller: Teller) -> None:
        teller.say("after it")

    assert play(tmp_path / "out", (impossible, never_played), wait_s=0.3) == 1
    timeline = json.loads((tmp_path / "out" / "timeline.json").read_text(encoding="utf-8"))
    assert [(line["what"], line["kept"]) for line in timeline] == [("lifting nothing greets somebody", False)]
    said = capsys.readouterr()
    assert "FAIL lifting nothing greets somebody" in said.out
    assert "a promise was broken: lifting nothing" in said.err


def test_a_hub_that_dies_is_a_broken_promise(tmp_path: Path) -> None:
    """A part of the stage that is lost in the middle ends the story with 1 and words, not with a traceback."""

    def orphan(teller: Teller) -> None:
        teller.stage.pull_hub_plug()
        teller.figures()

    assert play(tmp_path / "out", (orphan,)) == 1
    (line,) = json.loads((tmp_path / "out" / "timeline.json").read_text(encoding="utf-8"))
    assert "the hub does not answer" in line["what"]
    assert str(tmp_path / "out" / "hub.log") in line["what"]


def test_without_mosquitto_it_says_how_to_get_it(tmp_path: Path) -> None:
    """On a machine without the program `mosquitto` the demo ends with 69 and the command that installs it."""
    nowhere = "import shutil; shutil.which = lambda *_, **__: None; from kiosk.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", nowhere, "demo", "--script", "--out", str(tmp_path / "out")],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=MINUTE_S,
    )
    assert ended.returncode == 69
    assert "apt-get install mosquitto" in ended.stderr
    assert "Traceback" not in ended.stderr


# --- its folder ---


def test_only_a_folder_of_its_own_is_cleared(tmp_path: Path) -> None:
    """The last demonstration's files go, other files in its folder stay, and a folder with other things is refused untouched."""
    mine = tmp_path / "mine"
    clear(mine)
    (mine / "kiosk").mkdir()
    (mine / "kiosk" / "kiosk.db").touch()
    (mine / "timeline.json").touch()
    (mine / "notes.txt").touch()
    clear(mine)
    assert {path.name for path in mine.iterdir()} == {MARK, "notes.txt"}
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "pepper").touch()
    with pytest.raises(DemoTrouble, match="holds other things; name a new or an empty one"):
        clear(theirs)
    assert {path.name for path in theirs.iterdir()} == {"pepper"}
    with pytest.raises(DemoTrouble, match="cannot be used"):
        clear(theirs / "pepper")


# --- the terminal ---


def test_a_view_fills_the_terminal_exactly() -> None:
    """Whatever is shown, there are 24 rows of at most 80 columns: the kiosk (or the OLED) above, status and keys below it."""
    long = "x" * 200
    for windowed in (False, True):
        for oled in ((), ("⣿" * 64,) * 16):
            rows = View(kiosk=("k" * 80,) * 16, oled=oled, hub=long, shop=long, news=long, windowed=windowed).rows()
            assert len(rows) == ROWS
            assert max(map(len, rows)) <= COLUMNS
            assert all(any(row.endswith(line) for row in rows) for line in HELP)
            assert sum("⣿" in row for row in rows) == len(oled)
            assert ("k" * 80 in rows) is (not windowed and not oled)


def test_a_frame_begins_at_its_first_line() -> None:
    """A frame that the kiosk draws replaces the one before, row by row, and a process that died in mid-frame does not shift the next."""
    drawing = KioskDrawing()
    for line in ("\x1b[Hfirst\x1b[K\n", "second\x1b[K\n", "\x1b[Hanew\x1b[K\n"):
        drawing.take(line)
    assert drawing.rows[:3] == ["anew", "second", ""]
    for _ in range(40):
        drawing.take("too many\n")
    assert len(drawing.rows) == 16


def _has(*parts: str) -> Callable[[str], bool]:
    return lambda text: all(part in text for part in parts)


def _facts(text: str) -> int:
    """How many facts the hub holds, as the status line says."""
    found = re.search(r"(\d+) facts ", text)
    return int(found[1]) if found else 0


def test_the_demonstration_by_hand(tmp_path: Path) -> None:
    """Every key does what the help says and is seen where it belongs; q leaves with 0 and gives the terminal back as it was."""
    with InTerminal([*DEMO, "--out", str(tmp_path / "out")], environment(), ROOT) as demo:
        start = demo.until(_has("Кав’ярня на розі", "in sync", "13 members"), "the inviting screen and what the hub holds")
        assert all(line in start for line in HELP)
        assert demo.screen.own
        assert not demo.screen.cursor_shown
        facts = _facts(start)  # the past that the demonstration's members are given
        demo.press("1")
        greeted = demo.until(lambda text: "Олено" in text and _facts(text) > facts, "the greeting by name, and the visit at the hub")
        assert greeted.index("Олено") < greeted.index(" facts ") < greeted.index(HELP[0])
        demo.until(_has("ms after the card was laid"), "how quickly it was")
        demo.press("r")
        demo.until(_has("[a]", "[s]", "[d]"), "the options")
        demo.press("h")
        demo.until(_has("Олено"), "the greeting again")
        greeted_facts = _facts(demo.screen.text)
        demo.press("a")
        demo.until(lambda text: "Дякуємо!" in text and _facts(text) == greeted_facts + 1, "thanks, and the rating at the hub")
        demo.press(" n")
        demo.until(_has("network CUT"), "the cut network")
        demo.until(_has("Кав’ярня на розі"), "the inviting screen")
        demo.press("6")
        demo.until(_has("[a]", "facts to send: "), "a greeting without the hub")
        demo.press("p")
        demo.until(_has("plug pulled and put back"), "the plug pulled")
        demo.until(_has("the kiosk works without the hub"), "the kiosk again, still cut off")
        demo.press("n")
        demo.until(lambda text: "network whole" in text and "in sync" in text and _facts(text) > greeted_facts + 1, "the hub has caught up")
        demo.press("u")
        demo.until(_has("reader UNPLUGGED"), "the unplugged reader")
        demo.press("u")
        demo.until(_has("reader plugged in", "Кав’ярня на розі"), "the reader again")
        demo.press("o")
        rows = demo.until(lambda text: sum("\u2801" <= sign <= "\u28ff" for sign in text) > 40, "the OLED in Braille").split("\n")
        assert _has("hub ", "network whole", HELP[0])("\n".join(rows))
        demo.press("o")
        demo.until(lambda text: not any("\u2800" <= sign <= "\u28ff" for sign in text), "the OLED gone")
        demo.until(_has("Кав’ярня на розі"), "the kiosk's own drawing back")
        for row in demo.screen.rows:
            row[:] = "a message from the system".ljust(COLUMNS)
        demo.press("\x1b[A?")
        all_there = _has("Кав’ярня на розі", *HELP)
        demo.until(lambda text: "a message" not in text and all_there(text), "all drawn anew, an arrow key being none of ours")
        demo.press("q")
        assert demo.end() == 0
        assert not demo.screen.own
        assert demo.screen.cursor_shown
        assert demo.settings_now() == demo.settings
        assert f"logs and pictures: {tmp_path / 'out'}" in demo.screen.text.replace("\n", "")


def test_a_screen_that_cannot_be_opened_and_a_closed_terminal(tmp_path: Path) -> None:
    """Where DISPLAY names no screen the kiosk is drawn in the terminal; a terminal that is closed takes every process along."""
    with InTerminal([*DEMO, "--out", str(tmp_path / "out")], environment(DISPLAY=":97531"), ROOT) as demo:
        text = demo.until(_has("Кав’ярня на розі", "http://127.0.0.1:", "in sync"), "the fall-back")
        page = next(word for word in text.split() if word.startswith("http://"))
        demo.press("2")
        demo.until(_has("Дмитрий", "[a]"), "the greeting")
        demo.process.send_signal(signal.SIGHUP)
        assert demo.end() == 128 + signal.SIGHUP
        assert demo.settings_now() == demo.settings
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(page, timeout=5)  # noqa: S310  the hub's own page
    assert (tmp_path / "out" / "kiosk" / "kiosk.db").exists()
    assert not (tmp_path / "out" / "kiosk" / "kiosk.db-wal").exists(), "the kiosk was stopped cleanly"


def test_a_terminal_too_small_is_said_in_words(tmp_path: Path) -> None:
    """Fewer rows than the drawing has: a sentence with both sizes and exit code 69, and the terminal as it was."""
    with InTerminal([*DEMO, "--out", str(tmp_path / "out")], environment(), ROOT, size=(20, 80)) as demo:
        assert demo.end() == 69
        assert "this terminal has 20 rows of 80 columns; the demo needs 24 of 80" in demo.screen.text.replace("\n", "")
        assert not demo.screen.own
        assert demo.settings_now() == demo.settings
