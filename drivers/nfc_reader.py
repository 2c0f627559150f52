"""The reader driver on nfcpy: PN532 on a serial line, USB readers, and the simulated field, all by the same code.

It senses once per `poll`, reads chips by its own frames, and turns every exception into one of ours. Never `connect()`: that costs
0.3 s a card and two seconds to stop, and hides errors. Cadence and presentations are in `drivers/runner.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import nfc
import nfc.clf
import nfc.clf.pn532

from drivers.errors import ReaderLost, TagChanged, TagLost
from drivers.exchange import Budget
from drivers.nfc_errors import HINT_LOST, read_error, reader_error
from drivers.reader import UID_SIZES_BYTES, Card, ChipKind, Sighting, chip_by_sak
from drivers.type2 import read_type2
from drivers.udp_reader import open_udp

# nfcpy's DEBUG lines hold card numbers, contents and passwords: its logger stays shut whatever the kiosk's own level is.
logging.getLogger("nfc").setLevel(logging.WARNING)
# Importing nfcpy sends every warning of the whole process into a logger that nobody reads; undo it.
logging.captureWarnings(False)

# The only technology in loyalty cards; each further one would cost 10 ms of radio time per look.
TECHNOLOGY = "106A"
# nfcpy gives the chip 10 ms to think after the frame that cancels a command.
CANCEL_PAUSE_S = 0.01
SERIAL_BAUD_AT_START = 115_200


class NfcReader:
    """One reader, by nfcpy's path: 'tty:AMA0:pn532', 'usb:04e6:5591', 'udp:127.0.0.1:54321'. Satisfies `drivers.reader.Driver`.

    The path is the reader's identity, so prefer vendor and product (or a udev name) to bus and device numbers, which change.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._frontend: Any = None  # nfcpy has no types
        self._name = path

    @property
    def reader_id(self) -> str:
        """The path as configured."""
        return self._path

    @property
    def name(self) -> str:
        """Maker, product and place, once opened."""
        return self._name

    def open(self) -> None:
        """Find and start the reader. Raises ReaderError."""
        self.close()
        try:
            opener: Callable[[str], Any] = open_udp if self._path.startswith("udp") else nfc.ContactlessFrontend
            self._frontend = opener(self._path)
            self._name = str(self._frontend)
        except Exception as cause:
            raise reader_error(self._path, cause, opening=True) from cause

    def poll(self) -> Sighting | None:
        """Cycle the field and look for one Type A card: 4 chip commands on a PN532, 19.2 ms at 115200 baud. Raises ReaderError."""
        frontend = self._opened()
        try:
            return _sighting(frontend.sense(nfc.clf.RemoteTarget(TECHNOLOGY), iterations=1))
        except Exception as cause:
            raise reader_error(self._path, cause, opening=False) from cause

    def read(self, sighting: Sighting, want_ndef: bool) -> Card:
        """Tell what the card is and, with `want_ndef`, what a Type 2 tag holds; the others go by number. Raises TagError, ReaderError."""
        chip, ndef = chip_by_sak(sighting.sak), None
        assert sighting.sak is not None  # noqa: S101 - chip_by_sak refuses None
        if want_ndef and chip is ChipKind.TYPE2:
            try:
                chip, ndef = read_type2(_Selected(self._opened(), sighting))
            except Exception as cause:
                raise read_error(self._path, cause) from cause
        return Card(sighting.uid, sighting.sak, chip, ndef)

    def probe(self) -> None:
        """Ask the chip for its version, the field for its token. Raises ReaderError."""
        device = self._opened().device
        try:
            chipset = getattr(device, "chipset", None)
            if chipset is None:
                device.probe()
            else:
                chipset.get_firmware_version()
        except Exception as cause:
            raise reader_error(self._path, cause, opening=False) from cause

    def close(self) -> None:
        """Let go of the device; never raises."""
        frontend, self._frontend = self._frontend, None
        if frontend is None or frontend.device is None:
            return
        device, frontend.device = frontend.device, None
        steps = _pn532_farewell(device) if isinstance(device, nfc.clf.pn532.Device) else (device.close,)
        for step in steps:
            try:
                step()
            except Exception:  # noqa: BLE001 - a pulled cable makes each of these fail in its own way, and that is fine
                logging.getLogger(__name__).debug("reader: a step of closing failed")

    def _opened(self) -> Any:
        if self._frontend is None:
            raise ReaderLost(self._path, HINT_LOST, "not open")
        return self._frontend


class _Selected:
    """The card that the last sense selected, within one budget of frames and time; a `drivers.type2.Link`."""

    def __init__(self, frontend: Any, sighting: Sighting) -> None:
        self._frontend = frontend
        self._sighting = sighting
        self._budget = Budget(self._transmit, time.monotonic)

    def exchange(self, frame: bytes, within_s: float) -> bytes | None:
        """One frame for another, None for silence. Raises BudgetSpent and what the device raises."""
        return self._budget.exchange(frame, within_s)

    def reselect(self) -> None:
        """Sense again, since a refused command sends a card back to sleep. Raises TagLost, TagChanged."""
        self._budget.spend()
        found = _sighting(self._frontend.sense(nfc.clf.RemoteTarget(TECHNOLOGY), iterations=1))
        if found is None:
            raise TagLost("gone after a refused command")
        if found.uid != self._sighting.uid:
            raise TagChanged

    def _transmit(self, frame: bytes, within_s: float) -> bytes | None:
        try:
            answer = self._frontend.exchange(frame, within_s)
        except nfc.clf.CommunicationError:
            return None
        return None if answer is None else bytes(answer)


def _sighting(target: Any) -> Sighting | None:
    """nfcpy's target as a value; a Type 1 tag has its number in another answer; a number of impossible length is a misread, so nobody."""
    if target is None:
        return None
    if target.rid_res is not None:
        return Sighting(bytes(target.rid_res[2:6]), None)
    if target.sdd_res is None or len(target.sdd_res) not in UID_SIZES_BYTES:
        return None
    return Sighting(bytes(target.sdd_res), target.sel_res[0])


def _pn532_farewell(device: Any) -> tuple[Callable[[], None], ...]:
    """Close a PN532 without the power-down that nfcpy sends: readers have stayed deaf after it until replugged (nfcpy#154, #231)."""
    chipset = device.chipset

    def cancel() -> None:
        chipset.send_ack()
        time.sleep(CANCEL_PAUSE_S)

    def slow_down() -> None:
        if chipset.transport.TYPE == "TTY":
            chipset.set_serial_baudrate(SERIAL_BAUD_AT_START)

    return cancel, slow_down, chipset.close
