"""The command line `stupeni` as a person and a service manager meet it: real processes, exit codes, words."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from config.schema import KioskConfig
from display.samples import frames
from display.scenes import Scene
from kiosk.cli import main
from kiosk.pictures import scene_names

WAIT_S = 40.0  # everything here takes a second or less; only a failing test waits that long
COMMANDS = ("run", "demo", "sim", "config", "screenshot", "outbox")


def stupeni(*words: str) -> Result:
    """A command in this process: quick, for those that start nothing."""
    return CliRunner().invoke(main, words, env={"STUPENI_CONFIG": None})


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "kiosk", *words]


def ended(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, to its end."""
    return subprocess.run(command(*words), input=typed, capture_output=True, text=True, timeout=WAIT_S, env=_environment())


class Running:
    """A command that runs until it is told to stop. What it says comes line by line, from a thread for each stream."""

    def __init__(self, *words: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command(*words), stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=_environment())
        self.out, self.err = self._lines(self.process.stdout), self._lines(self.process.stderr)

    def _lines(self, stream: IO[str] | None) -> queue.SimpleQueue[str]:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert stream is not None

        def listen() -> None:
            with stream:
                for line in stream:
                    lines.put(line)
            lines.put("")  # its end

        threading.Thread(target=listen, daemon=True).start()
        return lines

    def type(self, line: str) -> None:
        """A line on its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self, how: signal.Signals) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(how)
        return self.process.wait(WAIT_S)


@contextmanager
def running(*words: str) -> Iterator[Running]:
    """A running command; killed at the end if nobody stopped it."""
    run = Running(*words)
    try:
        yield run
    finally:
        run.process.kill()
        run.process.wait(WAIT_S)
        assert run.process.stdin is not None
        run.process.stdin.close()


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("STUPENI_", "PYTHONUNBUFFERED")) and key != "DISPLAY"}


def line_with(lines: queue.SimpleQueue[str], part: str) -> str:
    """The next line that holds `part`."""
    passed = ""
    while (line := lines.get(timeout=WAIT_S)) != "":
        if part in line:
            return line
        passed += line
    raise AssertionError(f"{part!r} was not said, but\n{passed}")


@pytest.fixture
def kiosk_toml(tmp_path: Path) -> Path:
    """A configuration that runs here: no screen, no broker, a reader that a test may open."""
    pepper = tmp_path / "pepper"
    pepper.touch(mode=0o600)
    pepper.write_text("p" * 32)
    path = tmp_path / "kiosk.toml"
    path.write_text(
        f'[kiosk]\nid = "till-1"\nstate_dir = "{tmp_path / "state"}"\n[cards]\npepper_file = "{pepper}"\n'
        '[reader]\npath = "udp:127.0.0.1:9"\n[broker]\nhost = "127.0.0.1"\nport = 9\n[display]\nkind = "none"\n[log]\nformat = "json"\n'
    )
    return path


# --- help and wrong use ---


def test_every_command_explains_itself() -> None:
    """`--help` names all commands, each of them has its own, and none takes longer than a screen."""
    whole = stupeni("--help")
    assert whole.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in whole.stdout
        words = stupeni(name, "--help")
        assert words.exit_code == 0
        assert len(words.stdout.splitlines()) <= 24
    assert stupeni("config", "show", "--help").exit_code == stupeni("config", "check", "-h").exit_code == 0
    assert stupeni("--version").stdout.strip()[0].isdigit()


@pytest.mark.parametrize("words", [("sing",), ("run", "--loudly"), ("screenshot", "--language", "xx"), ("sim", "--port", "many")])
def test_wrong_use_is_exit_code_2(words: Sequence[str]) -> None:
    """A command, option or value that does not exist is named on stderr."""
    result = stupeni(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words[-1] in result.stderr


# --- config ---


def test_config_show_says_every_setting(kiosk_toml: Path) -> None:
    """One line for each setting; with --origin also where it was written; a file with a secret is named and never opened."""
    Path(kiosk_toml.parent / "pepper").write_text("do-not-show-this-pepper")
    shown = stupeni("config", "show", "--config", str(kiosk_toml), "--origin", "--set", "display.width_px=1024")
    lines = dict(line.split(" = ", 1) for line in shown.stdout.splitlines())
    assert shown.exit_code == 0
    assert len(lines) > 30
    assert lines["kiosk.id"].split() == ['"till-1"', "#", f"{kiosk_toml}:2"]
    assert lines["display.width_px"].split() == ["1024", "#", "flag"]
    assert "default" in lines["display.height_px"]
    assert "pepper" in lines["cards.pepper_file"]
    assert "do-not-show" not in shown.stdout


def test_config_show_as_json(kiosk_toml: Path) -> None:
    """The same as one JSON array of keys, values and, when asked, origins."""
    plain = json.loads(stupeni("config", "show", "--config", str(kiosk_toml), "--json").stdout)
    told = json.loads(stupeni("config", "show", "--config", str(kiosk_toml), "--json", "--origin").stdout)
    assert {frozenset(row) for row in plain} == {frozenset({"key", "value"})}
    assert {frozenset(row) for row in told} == {frozenset({"key", "value", "origin"})}
    assert [row["key"] for row in plain] == [row["key"] for row in told]


def test_config_check_of_a_right_one(kiosk_toml: Path) -> None:
    """A configuration that a kiosk would start with is exit code 0."""
    assert stupeni("config", "check", "--config", str(kiosk_toml)).exit_code == 0
    answer = stupeni("config", "check", "--config", str(kiosk_toml), "--json")
    assert json.loads(answer.stdout) == {"ok": True, "errors": []}


def test_config_check_lists_all_errors_at_once(kiosk_toml: Path) -> None:
    """A misspelt key (with the nearest right one), a wrong value and a wrong type are all listed, with 78."""
    kiosk_toml.write_text('[kiosk]\nidd = "x"\n[display]\nkind = "hologram"\nwidth_px = "wide"\n')
    checked = stupeni("config", "check", "--config", str(kiosk_toml))
    assert checked.exit_code == 78
    assert checked.stdout == ""
    errors = checked.stderr.splitlines()
    assert len(errors) == 3
    assert any("idd" in error and "id" in error for error in errors)
    assert any("display.kind" in error for error in errors)
    assert any("display.width_px" in error for error in errors)
    answer = json.loads(stupeni("config", "check", "--config", str(kiosk_toml), "--json").stdout)
    assert (answer["ok"], len(answer["errors"])) == (False, 3)


def test_config_check_looks_into_the_files_it_names(kiosk_toml: Path) -> None:
    """No pepper, no programme and a screen too small for its letters: three sentences in one answer."""
    (kiosk_toml.parent / "pepper").unlink()
    programme = kiosk_toml.parent / "tea.toml"
    programme.write_text("points = many\n")
    flags = ("--set", f"programme.file={programme}", "--set", "display.width_px=320")
    checked = stupeni("config", "check", "--config", str(kiosk_toml), *flags)
    assert checked.exit_code == 78
    assert [word in checked.stderr for word in ("cards.pepper_file", str(programme), "320x480")] == [True] * 3


# --- run ---


def test_run_with_a_wrong_configuration_is_78(kiosk_toml: Path) -> None:
    """The service is told not to try again, and a person what to put right; the store is not touched."""
    result = ended("run", "--config", str(kiosk_toml), "--set", "display.kind=hologram", "--set", "broker.port=0")
    assert (result.returncode, result.stdout) == (78, "")
    assert "display.kind" in result.stderr
    assert "broker.port" in result.stderr
    (kiosk_toml.parent / "pepper").unlink()
    result = ended("run", "--config", str(kiosk_toml))
    assert result.returncode == 78
    assert "cards.pepper_file" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (kiosk_toml.parent / "state").exists()


def test_run_without_its_screen_is_69(kiosk_toml: Path) -> None:
    """A window where there is no screen, and a bus that does not exist: words about what to do, no traceback, no invisible kiosk."""
    for setting, name in (("display.kind=window", "no window can be opened"), ("oled.kind=ssd1306", "/dev/i2c-22")):
        result = ended("run", "--config", str(kiosk_toml), "--set", setting, "--set", "oled.i2c_bus=22")
        assert result.returncode == 69, result.stderr
        assert name in result.stderr
        assert "Traceback" not in result.stderr


def test_run_serves_until_it_is_stopped(kiosk_toml: Path) -> None:
    """With a field of `stupeni sim` as its reader a kiosk reads a card, refuses to share its store (74), and stops with 0 at SIGTERM."""
    with running("sim") as sim:
        reader = line_with(sim.out, "reader.path").split('"')[1]
        words = ("run", "--config", str(kiosk_toml), "--set", f"reader.path={reader}")
        with running(*words) as kiosk:
            line_with(kiosk.err, "reader.found")
            second = ended(*words)
            assert second.returncode == 74
            assert "the store cannot be used" in second.stderr
            assert "Traceback" not in second.stderr
            sim.type("lay phone")
            line_with(kiosk.err, '"card.')  # what lies there at a reader's first look is no tap: now it has looked
            sim.type("lay ntag215 04A1B2C3D4E5F6")
            assert json.loads(line_with(kiosk.err, '"committed"'))["kind"] == "visit"
            assert kiosk.stop(signal.SIGTERM) == 0


def test_run_draws_on_a_terminal(kiosk_toml: Path) -> None:
    """display.kind "tty" writes each frame to stdout at once, also into a pipe, and empties it at the end."""
    with running("run", "--config", str(kiosk_toml), "--set", "display.kind=tty") as kiosk:
        line_with(kiosk.out, "\x1b[H")
        assert kiosk.stop(signal.SIGINT) == 0
        rest = list(iter(lambda: kiosk.out.get(timeout=WAIT_S), ""))
        assert rest[-14:] == ["\x1b[H\x1b[K\n", *["\x1b[K\n"] * 13]


# --- sim ---


def test_sim_obeys_a_script_and_explains_bad_lines(tmp_path: Path) -> None:
    """Right lines are done in order, wrong ones named with line and column and passed over; then the exit code is 1."""
    script = tmp_path / "day.txt"
    script.write_text("# a day\nlay ntag213 04A1B2C3D4E5F6\nlay ntag213 04\nwait 0\ndance\nlift\n")
    result = ended("sim", str(script))
    assert result.returncode == 1
    assert result.stdout.startswith('reader.path = "udp:127.0.0.1:')
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 3, column 13", "line 5, column 1"]
    too_long = f"lay ntag213 04A1B2C3D4E5F6 {'x' * 200}\nlift\n"
    result = ended("sim", typed=too_long)
    assert result.returncode == 1
    assert "line 1: a message of" in result.stderr
    assert "Traceback" not in result.stderr
    assert ended("sim", typed="lay phone\nlift\n").returncode == 0


def test_sim_on_a_taken_port_is_69() -> None:
    """A port that another program has is said in words."""
    with running("sim") as first:
        port = line_with(first.out, "reader.path").strip().rstrip('"').rpartition(":")[2]
        result = ended("sim", "--port", port)
        assert result.returncode == 69
        assert f"UDP port {port}" in result.stderr
        assert "Traceback" not in result.stderr


# --- screenshot ---


def test_screenshot_lists_every_scene() -> None:
    """Without a scene it lists them; there is at least one of every kind of scene that exists."""
    listed = stupeni("screenshot").stdout.split()
    assert listed == scene_names()
    drawn = {type(frame.scene) for frame in frames("en").values()}
    assert drawn == set(Scene.__args__)


@pytest.mark.parametrize(("layout", "size"), [("wide", (1024, 600)), ("mono", (128, 64))])
def test_screenshot_draws_this_kiosks_screens(kiosk_toml: Path, layout: str, size: tuple[int, int]) -> None:
    """A PNG of the configured size, in the language asked for; its path is said on stdout."""
    pictures = []
    flags = ("--config", str(kiosk_toml), "--set", "display.width_px=1024", "--set", "display.height_px=600")
    for language in ("en", "uk"):
        path = kiosk_toml.parent / f"{language}.png"
        result = stupeni("screenshot", "greeting", "--layout", layout, "--language", language, "--out", str(path), *flags)
        assert (result.exit_code, result.stdout.strip()) == (0, str(path))
        with Image.open(path) as picture:
            assert picture.size == size
            pictures.append(picture.convert("RGB").tobytes())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere",), 2, "no scene 'nowhere'"),
        (("ready", "--out", "/proc/no/such.png"), 74, "cannot be written"),
        (("ready", "--set", "display.width_px=1"), 78, "display.width_px"),
    ],
)
def test_screenshot_that_cannot_be_made(kiosk_toml: Path, words: Sequence[str], code: int, said: str) -> None:
    """An unknown scene, a place that cannot be written and a wrong configuration each have their exit code and words."""
    result = stupeni("screenshot", *words, "--config", str(kiosk_toml))
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_the_defaults_are_a_real_kiosks() -> None:
    """Without any configuration a kiosk would look for a window and a reader on the header, not for a simulator."""
    assert KioskConfig().display.kind == "window"
    assert KioskConfig().reader.path.startswith("tty:")
