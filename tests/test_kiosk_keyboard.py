"""A kiosk drawn in a terminal, with the terminal's keys as its buttons: the product's own command in a pseudo-terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, ntag
from tests.pty_screen import InTerminal

ROOT = Path(__file__).parent.parent


@pytest.mark.xdist_group("stage")
def test_the_keys_of_the_terminal_are_the_buttons(tmp_path: Path) -> None:
    """Without hub and broker a card is greeted, `a` is the best face, a stopped kiosk leaves the terminal as it was, and its
    files are its user's alone.
    """
    pepper = tmp_path / "pepper"
    pepper.write_text("0123456789abcdef0123456789abcdef")
    pepper.chmod(0o600)
    with Field() as field:
        settings = {
            "reader.path": field.path,
            "display.kind": "tty",
            "kiosk.state_dir": tmp_path / "state",
            "cards.pepper_file": pepper,
            "broker.port": 1,
        }
        flags = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        command = [sys.executable, "-m", "kiosk", "run", *flags]
        with InTerminal(command, {**os.environ, "NO_COLOR": "1"}, ROOT) as kiosk:
            kiosk.until(lambda text: "Stupeni" in text, "the inviting screen with the shop's name")
            field.lay(ntag(NtagModel.NTAG213, bytes.fromhex("04A1B2C3D4E5F6")))
            kiosk.until(lambda text: "[a]" in text, "the faces")
            assert kiosk.settings_now() != kiosk.settings
            kiosk.press("a")
            kiosk.until(lambda text: "Thank you" in text, "thanks")
            kiosk.process.terminate()
            assert kiosk.end() == 0
            assert kiosk.settings_now() == kiosk.settings
    kept = list((tmp_path / "state").rglob("*"))
    assert kept
    assert [path for path in kept if path.stat().st_mode & 0o077] == [], "names are readable by others on this machine"
