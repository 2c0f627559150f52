"""The unit files: sound for systemd, hardened, and in step with the configuration that they hand over."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from config.load import described
from config.schema import HubConfig, KioskConfig

FOLDER = Path(__file__).parent.parent / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
EXPOSURE_TENTHS_MAX = 15  # 1.5 on systemd's scale of 0 to 10; a bare unit scores 9.6
COMMANDS = {
    "stupeni-kiosk.service": ["stupeni run"],
    "stupeni-hub-ingest.service": ["stupeni-hub migrate", "stupeni-hub ingest"],
    "stupeni-hub-web.service": ["stupeni-hub web"],
}


def _values(unit: Path, key: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.partition("=")[0] == key]


def _installed(tmp_path: Path) -> list[str]:
    """Copies of the units whose programs exist on this machine."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(re.sub(r"/opt/stupeni/current/venv/bin/[a-z-]+", "/bin/true", unit.read_text()))
    return [str(tmp_path / unit.name) for unit in UNITS]


def test_every_unit_is_there() -> None:
    """The folder holds the three services and nothing that would shadow python-systemd."""
    assert {unit.name for unit in UNITS} == set(COMMANDS)
    assert not (FOLDER / "__init__.py").exists()


def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    """systemd reads every unit without an error and without a warning."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *_installed(tmp_path)], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_exposure_is_small(tmp_path: Path, name: str) -> None:
    """Each unit's exposure, as systemd reckons it, is at most 1.5."""
    _installed(tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_TENTHS_MAX}", str(tmp_path / name)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout.splitlines()[-1:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_services_come_back_but_not_with_a_wrong_configuration(unit: Path) -> None:
    """A service restarts for ever, except after status 78, and runs the commands of the installed version."""
    started = [
        value.removeprefix("/opt/stupeni/current/venv/bin/") for key in ("ExecStartPre", "ExecStart") for value in _values(unit, key)
    ]

    assert started == COMMANDS[unit.name]
    assert _values(unit, "Restart") == ["always"]
    assert _values(unit, "StartLimitIntervalSec") == ["0"]
    assert _values(unit, "RestartPreventExitStatus") == ["78"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_state_lies_where_the_configuration_says(unit: Path) -> None:
    """The folder that systemd makes is the default of `state_dir`, and the database lies in it."""
    schema, key = (KioskConfig, "kiosk.state_dir") if unit.name == "stupeni-kiosk.service" else (HubConfig, "hub.state_dir")
    (folder,) = _values(unit, "StateDirectory")

    assert str(described(schema)[key].default) == f"/var/lib/{folder}"
    if schema is HubConfig:
        assert str(described(schema)["hub.database"].default).startswith(f"/var/lib/{folder}/")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_secrets_come_as_credentials(unit: Path) -> None:
    """Every setting handed over in the environment exists, is a secret file, and names a credential that is loaded."""
    schema = KioskConfig if unit.name == "stupeni-kiosk.service" else HubConfig
    loaded = {value.partition(":")[0] for value in _values(unit, "LoadCredential")}
    words = [word for value in _values(unit, "Environment") for word in value.split()]
    handed = dict(word.split("=", 1) for word in words if word.startswith("STUPENI_"))

    assert handed
    for name, value in handed.items():
        key = name.removeprefix("STUPENI_").lower().replace("__", ".")
        assert described(schema)[key].secret
        assert value.startswith("%d/")
        assert value.removeprefix("%d/") in loaded


def test_the_watchdog_is_awake() -> None:
    """The kiosk tells systemd when it is ready and is restarted when it falls silent."""
    kiosk = FOLDER / "stupeni-kiosk.service"

    assert _values(kiosk, "Type") == ["notify"]
    assert _values(kiosk, "WatchdogSec") == ["20"]


def test_the_hubs_identity_is_used_once() -> None:
    """Only the receiving side holds the hub's TLS key: two connections under one name would throw each other out."""
    holders = [unit.name for unit in UNITS if any("hub/credentials/tls_key" in value for value in _values(unit, "LoadCredential"))]

    assert holders == ["stupeni-hub-ingest.service"]
