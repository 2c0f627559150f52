"""nfcpy's own UDP transport, made patient: the reader's end of the simulated field.

nfcpy applies the radio's 5-10 ms limits to UDP too, and takes a late answer for the next one; on a busy machine an NTAG215 then
looks like an Ultralight. Measured with the two cures below: 60 of 60 cards right under load, 46 of 60 without.
Chips and faults live in `drivers/simulated/`; no real reader passes here.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import select
import socket
import time
from binascii import unhexlify
from typing import Any

import nfc.clf
import nfc.clf.udp

from drivers.errors import ReaderDenied, ReaderNotFound

# Long enough for two busy cores, short enough that a lost frame does not hold up the loop.
PATIENCE_S = 0.25
# A Type 4 card may ask for more; beyond this nobody holds a card still.
PATIENCE_S_MAX = 1.0
# nfcpy sends at most 290 bytes a frame, written as hex behind "106A ".
DATAGRAM_BYTES_MAX = 1024
# What the field answers: its radio is silent, or the reader's cable is out.
TOKEN_SILENCE = b"RFOFF"
TOKEN_UNPLUGGED = b"UNPLUGGED"
# A frame without content: no card answers it, the field itself does. That makes it the sign of life.
TOKEN_PROBE = b"106A"
PROBES_MAX = 3


class PatientUdp(nfc.clf.udp.Device):  # type: ignore[misc]  # nfcpy has no types
    """One end of a line to a field on this machine. Raises OSError: ENODEV when the field says 'unplugged' or nobody is there."""

    def __init__(self, host: str, port: int) -> None:
        """Not nfcpy's own: that looks the port up by name, and fails on every port that has one in /etc/services."""
        self.addr = (host, port)
        self._path = f"udp:{host}:{port}"
        self._vendor_name, self._device_name, self._chipset_name = "Stupeni", "simulated field", "UDP"
        self.socket: Any = None  # made by nfcpy at each sense
        try:
            self.probe()
        except OSError:
            self.close()
            raise

    def probe(self) -> None:
        """Ask the field for a sign of life, up to three times. Raises OSError ENODEV."""
        self._create_socket()
        for _ in range(PROBES_MAX):
            self._drain()
            self.socket.send(TOKEN_PROBE)
            try:
                self._receive(PATIENCE_S)
            except nfc.clf.TimeoutError:
                continue
            return
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def _create_socket(self) -> None:
        """Connected, so that the kernel drops strangers' datagrams and tells at once when nobody listens."""
        if self.socket is None:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(self.addr)
            self.sent_data = self.rcvd_data = 0

    def _send_data(self, brty: str, data: bytes, addr: tuple[str, int]) -> None:
        """Throw away late answers to earlier frames, then send."""
        self._drain()
        super()._send_data(brty, data, addr)

    def _drain(self) -> None:
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(DATAGRAM_BYTES_MAX)

    def _recv_data(self, timeout: float, *brty_list: str) -> tuple[str, bytearray, tuple[str, int]]:
        """Wait at least a quarter of a second whatever the radio's limit is; sense never asks for more than that either."""
        ends_s = time.monotonic() + (PATIENCE_S if timeout <= PATIENCE_S_MAX else PATIENCE_S_MAX)
        while True:
            token = self._receive(ends_s - time.monotonic())
            if token.startswith(TOKEN_SILENCE):
                raise nfc.clf.BrokenLinkError("RFOFF")
            brty, _, digits = token.partition(b" ")
            if not digits:
                raise nfc.clf.TransmissionError("no data")
            frame = bytearray(unhexlify(digits))
            self.rcvd_data += len(frame)
            if brty.decode("ascii") in brty_list:
                return brty.decode("ascii"), frame, self.addr

    def _receive(self, within_s: float) -> bytes:
        if within_s <= 0 or not select.select([self.socket], [], [], within_s)[0]:
            raise nfc.clf.TimeoutError("no data received")
        token = bytes(self.socket.recv(DATAGRAM_BYTES_MAX))
        if token == TOKEN_UNPLUGGED:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return token


def open_udp(path: str) -> nfc.clf.ContactlessFrontend:
    """Open 'udp:host:port' patiently. Raises OSError; ReaderNotFound for a path of another form; ReaderDenied for a host that is not
    this machine, since whoever can reach a field can present cards.
    """
    _, _, place = path.partition(":")
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ReaderNotFound(path, "Write the simulated reader's path as udp:127.0.0.1:PORT.")
    address = socket.gethostbyname(host)
    if not ipaddress.ip_address(address).is_loopback:
        raise ReaderDenied(path, "A simulated reader must be on this machine: write udp:127.0.0.1:PORT.")
    frontend = nfc.clf.ContactlessFrontend()
    frontend.device = PatientUdp(address, int(port))
    return frontend
