"""The line to systemd, over real Unix sockets: paths, abstract names, and none at all."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.watchdog import STATUS_CHARACTERS_MAX, Watchdog


@pytest.fixture(params=["path", "abstract"])
def line(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, str]]:
    """systemd's end, and its address as NOTIFY_SOCKET writes it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = str(Path(folder) / "notify") if request.param == "path" else f"@stupeni-test-{os.getpid()}"
        systemd.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        systemd.settimeout(5.0)
        yield systemd, address


def test_every_word_arrives(line: tuple[socket.socket, str]) -> None:
    """Ready, alive, status and stopping are sent as systemd spells them, one datagram each."""
    systemd, address = line
    watchdog = Watchdog.from_environment({"NOTIFY_SOCKET": address})
    assert all((watchdog.ready(), watchdog.alive(), watchdog.status("12 members\nREADY=0"), watchdog.stopping()))
    assert [systemd.recv(4096).decode() for _ in range(4)] == ["READY=1", "WATCHDOG=1", "STATUS=12 members READY=0", "STOPPING=1"]
    watchdog.close()


def test_status_is_bounded(line: tuple[socket.socket, str]) -> None:
    """A runaway status is cut."""
    systemd, address = line
    watchdog = Watchdog(address)
    watchdog.status("x" * 10_000)
    assert len(systemd.recv(65_536)) == len("STATUS=") + STATUS_CHARACTERS_MAX
    watchdog.close()


def test_without_systemd_nothing_happens() -> None:
    """Where there is no socket every call is a quiet False."""
    watchdog = Watchdog.from_environment({})
    assert not any((watchdog.ready(), watchdog.alive(), watchdog.status("x"), watchdog.stopping()))
    assert watchdog.interval_s is None
    watchdog.close()


def test_vanished_socket_is_no_crash(tmp_path: Path) -> None:
    """A socket that is gone is told by False, and so is a closed watchdog."""
    watchdog = Watchdog(str(tmp_path / "gone"))
    assert not watchdog.alive()
    watchdog.close()
    watchdog.close()
    assert not watchdog.alive()


@pytest.mark.parametrize(
    ("variables", "interval_s"),
    [
        ({"WATCHDOG_USEC": "6000000"}, 3.0),
        ({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "1"}, None),
        ({}, None),
    ],
)
def test_interval_is_half_of_what_is_asked(variables: dict[str, str], interval_s: float | None) -> None:
    """Pats come twice as often as systemd asks, and only if it asks this process."""
    assert Watchdog.from_environment(variables).interval_s == interval_s


@pytest.mark.parametrize("asked", ["0", "-5", "soon", ""])
def test_nonsense_interval_is_an_error(asked: str) -> None:
    """A broken WATCHDOG_USEC is named, not guessed."""
    with pytest.raises(ValueError, match="WATCHDOG_USEC"):
        Watchdog.from_environment({"WATCHDOG_USEC": asked})
