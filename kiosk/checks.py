"""`stupeni config check`: everything that is wrong with a configuration and with the files it names, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from config.errors import ConfigErrors
from config.load import load_kiosk
from config.programme import load_programme
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from display.theme import BadTheme, load_theme


def faults_of(config_file: Path | None, flags: Iterable[str], environment: Mapping[str, str]) -> list[str]:
    """One sentence for each fault; none: a kiosk would start with it."""
    try:
        config = load_kiosk(config_file, flags=flags, environment=environment).config
    except ConfigErrors as errors:
        return [str(error) for error in errors.errors]
    screen = config.display
    checks: list[Callable[[], object]] = [
        lambda: read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN),
        lambda: load_programme(config.programme.file),
        lambda: load_theme(screen.width_px, screen.height_px, screen.diagonal_mm, screen.viewing_distance_mm),
    ]
    return [fault for check in checks for fault in _said(check)]


def _said(check: Callable[[], object]) -> list[str]:
    try:
        check()
    except ConfigErrors as errors:
        return [str(error) for error in errors.errors]
    except BadTheme as error:
        return [str(error)]
    return []
