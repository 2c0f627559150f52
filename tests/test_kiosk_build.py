"""What the composition root finds out about the machine it runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.build import device_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"10000000abcdef01\0", "10000000abcdef01"),
        (b"", "unknown"),
        (b"\0", "unknown"),
        (b"Board 7\0", "unknown"),
        (b"\xff\xfe", "unknown"),
        (b"a" * 65, "unknown"),
    ],
)
def test_an_odd_serial_number_is_no_reason_to_die(tmp_path: Path, raw: bytes, name: str) -> None:
    """A serial number goes on the wire as it is, or as "unknown" when the wire would refuse it."""
    serial = tmp_path / "serial-number"
    serial.write_bytes(raw)
    assert device_name(serial) == name


def test_a_machine_without_a_serial_number_is_unknown(tmp_path: Path) -> None:
    """Not every machine has a device tree."""
    assert device_name(tmp_path / "nothing") == "unknown"
