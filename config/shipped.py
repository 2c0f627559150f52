"""The files that are installed with the product: commented examples, broker rules, programmes. Only where they are, not what is in them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
KIOSK_EXAMPLE = FOLDER / "kiosk.toml"
HUB_EXAMPLE = FOLDER / "hub.toml"
BROKER_CONFIG = FOLDER / "mosquitto.conf"
BROKER_RULES = FOLDER / "acl"
PROGRAMMES = FOLDER / "programmes"


def programme_names() -> list[str]:
    """Names of the shipped programmes, sorted."""
    return sorted(path.stem for path in PROGRAMMES.glob("*.toml"))


def programme_path(file: str) -> Path:
    """Path of a programme from the setting `programme.file`: an absolute path, or the name of a shipped one."""
    return Path(file) if file.startswith("/") else PROGRAMMES / f"{file}.toml"
