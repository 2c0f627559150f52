"""The demonstration's folder: cleared of the last one, with fresh secrets and both configurations. No process is started here."""

from __future__ import annotations

import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

MARK = ".stupeni-demo"  # in a folder that a demonstration has used: the next one may take its place
OURS = ("broker", "hub", "kiosk", "pictures", "hub.log", "kiosk.log", "hub.toml", "kiosk.toml", "pepper", "secret_key")
OURS_TOO = ("timeline.json", "oled.png")


class DemoTrouble(Exception):
    """A part of the demonstration did not come up or did not answer; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class KioskPlace:
    """What differs from one demonstration's kiosk to another's: reader path and what it reads, broker's port, kind of display."""

    reader: str
    read: str
    broker_port: int
    display: str


def clear(folder: Path) -> None:
    """Make the folder, or take away what an earlier demonstration left in it. Raises DemoTrouble for one that holds other things."""
    mark = folder / MARK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not mark.exists() and any(folder.iterdir()):
            raise DemoTrouble(f"the folder {folder} holds other things; name a new or an empty one")
        mark.touch()
        for name in (*OURS, *OURS_TOO):
            left = folder / name
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)
    except OSError as error:
        raise DemoTrouble(f"the folder {folder} cannot be used ({error.strerror}); name another one") from None


def write_secrets(folder: Path) -> None:
    """The key of the cards and the key of the hub's pages."""
    _write(folder / "pepper", secrets.token_hex(32))
    _write(folder / "secret_key", secrets.token_hex(32))


def write_kiosk_configuration(folder: Path, place: KioskPlace) -> None:
    """`kiosk.toml`."""
    _write(
        folder / "kiosk.toml",
        _shared(folder)
        + f'[kiosk]\nid = "demo"\nshop_name = "Кав’ярня на розі"\nstate_dir = "{folder / "kiosk"}"\n\n'
        + f'[reader]\npath = "{place.reader}"\nread = "{place.read}"\n\n[broker]\nhost = "127.0.0.1"\nport = {place.broker_port}\n\n'
        + f'[display]\nkind = "{place.display}"\nfullscreen = false\n\n'
        + '[oled]\nkind = "ssd1306"\n\n[panel]\nkind = "gpio"\n',
    )


def write_hub_configuration(folder: Path, broker_port: int) -> None:
    """`hub.toml`, with a free port for the pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        web_port = free.getsockname()[1]
    _write(
        folder / "hub.toml",
        _shared(folder)
        + f'[hub]\nstate_dir = "{folder / "hub"}"\ndatabase = "{folder / "hub" / "hub.sqlite3"}"\n\n'
        + f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\n\n'
        + f'[web]\nport = {web_port}\nsecret_key_file = "{folder / "secret_key"}"\n',
    )


def _shared(folder: Path) -> str:
    return f'[cards]\npepper_file = "{folder / "pepper"}"\n\n[log]\nformat = "json"\n\n'


def _write(path: Path, text: str) -> None:
    """A file for this user alone."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
