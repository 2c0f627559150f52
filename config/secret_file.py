"""Reads the file that a secret setting names. The bytes go to who asked and nowhere else: no message ever holds them."""

from __future__ import annotations

import stat
from pathlib import Path

from config.errors import ConfigError, ConfigErrors

PEPPER_BYTES_MIN = 16  # 128 bits: below that all 2^48 numbers of a card maker can be tried (HMAC-SHA-256 takes any length)
SECRET_KEY_BYTES_MIN = 32  # half of what the web framework itself makes; shorter ones it warns of
SECRET_BYTES_MAX = 4096  # a key is never larger; a larger file is the wrong file


def read_secret(key: str, path: Path, *, bytes_min: int) -> bytes:
    """The content without line ends at its end, so that a pepper copied with an editor stays the same pepper.

    `key` is the setting that names the file, for messages. Raises `ConfigErrors`: missing, open to everybody, too short, too long.
    """
    try:
        mode = path.stat().st_mode
        with path.open("rb") as stream:
            secret = stream.read(SECRET_BYTES_MAX + 1).rstrip(b"\r\n")
    except OSError as error:
        raise _wrong(key, path, f"cannot be read ({error.strerror})", "make the file, readable for this service only") from None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise _wrong(key, path, "is open to every user of this machine", "chmod 600 it, and make a new secret if others were here")
    if not bytes_min <= len(secret) <= SECRET_BYTES_MAX:
        what = "is too short" if len(secret) < bytes_min else "is too long"
        raise _wrong(key, path, what, f"it needs {bytes_min} to {SECRET_BYTES_MAX} bytes; `openssl rand -hex 32` makes a good one")
    return secret


def _wrong(key: str, path: Path, what: str, do: str) -> ConfigErrors:
    return ConfigErrors([ConfigError(str(path), 0, key, what, do)])
