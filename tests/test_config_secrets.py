"""Secrets: files that hold them are read with care, and nothing ever says them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import shipped
from config.errors import ConfigErrors
from config.load import load_kiosk
from config.secret_file import SECRET_BYTES_MAX, read_secret

PLANTED = "c0ffee5ecre7c0ffee5ecre7"
PEPPER = "cards.pepper_file"


@pytest.mark.parametrize(
    ("text", "flags", "environment"),
    [
        (f"[cards]\npepper_file = '{PLANTED}'\n", [], {}),
        (f"[cards]\npepper_file = '/{PLANTED}'\n", [], {}),
        (f"[cards]\npepper_file = '/{PLANTED}/+x='\n", [], {}),
        (f"[cards]\npepper = '{PLANTED}'\n", [], {}),
        (f"[broker]\npassword = '{PLANTED}'\n", [], {}),
        (f"[broker]\nhost = 'kiosk:{PLANTED}@mq.example.org'\n", [], {}),
        (f"[log]\nlevel = '{PLANTED}'\n", [], {}),
        (f"[broker]\nport = '{PLANTED}'\n", [], {}),
        (f"[display]\nlanguages = ['{PLANTED}']\n", [], {}),
        (f"[broker]\nkey_file = {PLANTED}\n", [], {}),
        (f"pepper = '{PLANTED}'\n", [], {}),
        ("", [f"broker.password={PLANTED}"], {}),
        ("", [f"password={PLANTED}"], {}),
        ("", [PLANTED], {}),
        ("", [], {"STUPENI_BROKER__PASSWORD": PLANTED}),
        ("", [], {"STUPENI_PASSWORD": PLANTED}),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str, flags: list[str], environment: dict[str, str]) -> None:
    """People paste keys where they do not belong; the refusal never says them again."""
    path = tmp_path / "kiosk.toml"
    path.write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        load_kiosk(path, flags=flags, environment=environment)

    assert PLANTED not in str(caught.value)
    assert PLANTED not in json.dumps([error.row() for error in caught.value.errors])


def test_a_secret_is_shown_by_its_file_only(tmp_path: Path) -> None:
    """The list of origins names the file of a secret and never opens it."""
    pepper = tmp_path / "pepper"
    pepper.write_text(PLANTED)
    rows = load_kiosk(None, flags=[f"cards.pepper_file={pepper}"], environment={"STUPENI_CONFIG": str(shipped.KIOSK_EXAMPLE)}).origins()

    assert {row.key: row.value for row in rows}["cards.pepper_file"] == f'"{pepper}"'
    assert PLANTED not in str(rows)


def test_a_secret_keeps_its_bytes_but_not_its_line_end(tmp_path: Path) -> None:
    """A pepper written with an editor is the same pepper as one written without a line end."""
    path = tmp_path / "pepper"
    path.write_bytes(b" \x00" + b"s" * 14 + b" \r\n")
    path.chmod(0o600)

    assert read_secret(PEPPER, path, bytes_min=16) == b" \x00" + b"s" * 14 + b" "


@pytest.mark.parametrize(
    ("content", "mode", "what"),
    [
        (b"s" * 15 + b"\n", 0o600, "is too short"),
        (b"", 0o600, "is too short"),
        (b"s" * (SECRET_BYTES_MAX + 1), 0o600, "is too long"),
        (b"s" * 32, 0o604, "is open to every user of this machine"),
        (b"s" * 32, 0o602, "is open to every user of this machine"),
        (None, 0o600, "cannot be read (No such file or directory)"),
    ],
)
def test_a_bad_secret_is_refused(tmp_path: Path, content: bytes | None, mode: int, what: str) -> None:
    """A secret that is absent, too short, too long or open to others is refused, without a byte of it in the message."""
    path = tmp_path / "pepper"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(ConfigErrors) as caught:
        read_secret(PEPPER, path, bytes_min=16)
    (error,) = caught.value.errors

    assert (error.where, error.key, error.what) == (str(path), PEPPER, what)
    assert "ssss" not in str(error)
