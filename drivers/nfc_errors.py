"""Every exception that nfcpy lets escape, turned into one of ours.

nfcpy 1.0.4 raises OSError for the device, its own CommunicationError for the radio, and lets Chipset.Error, ValueError, IndexError,
RuntimeError, struct.error, binascii.Error and termios.error (which is no OSError) through. Nothing here talks to a device.
"""

from __future__ import annotations

import errno
import termios

import nfc.clf

from drivers.errors import (
    ReaderBusy,
    ReaderDenied,
    ReaderError,
    ReaderFault,
    ReaderHung,
    ReaderLost,
    ReaderNotFound,
    TagError,
    TagLost,
    TagMalformed,
)
from drivers.exchange import BudgetSpent

HINT_NOT_FOUND = "Check the cable and the `reader` path in kiosk.toml; USB readers need the package libusb-1.0-0."
HINT_BUSY = "Stop pcscd, and block the kernel modules pn533_usb and pn533 (modprobe.d)."
HINT_DENIED = "Install the udev rule, or add the kiosk's user to the group dialout (serial) or plugdev (USB)."
HINT_LOST = "Plug the reader in again; the kiosk finds it by itself."
HINT_HUNG = "Take the reader's power away for a moment; with a serial PN532 check its switches (HSU) and the wires RX and TX."
HINT_FAULT = "Take the reader's power away for a moment; if it comes back, send the log to support."

_NOT_FOUND = {errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.ECONNREFUSED}
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.ETXTBSY}
_DENIED = {errno.EACCES, errno.EPERM}


def reader_error(reader_id: str, cause: Exception, opening: bool) -> ReaderError:
    """What a failure of `open`, `poll` or `probe` means. An error of ours passes unchanged."""
    match cause:
        case ReaderError():
            return cause
        case OSError():
            return _from_os_error(reader_id, cause, opening)
        case termios.error():
            kind = ReaderNotFound if opening else ReaderLost
            return kind(reader_id, HINT_NOT_FOUND if opening else HINT_LOST, _words(cause))
        case _:
            return ReaderFault(reader_id, HINT_FAULT, _words(cause))


def read_error(reader_id: str, cause: Exception) -> ReaderError | TagError:
    """What a failure while a card was being read means: the device's own trouble, a card taken away, or a card that breaks the rules."""
    match cause:
        case ReaderError() | TagError():
            return cause
        case OSError() | termios.error():
            return reader_error(reader_id, cause, opening=False)
        case nfc.clf.CommunicationError():
            return TagLost(_words(cause))
        case BudgetSpent():
            return TagMalformed(str(cause))
        case _:
            return TagMalformed(_words(cause))


def _from_os_error(reader_id: str, cause: OSError, opening: bool) -> ReaderError:
    detail = _words(cause)
    # libusb1 without the C library raises a FileNotFoundError that carries no number.
    number = errno.ENOENT if isinstance(cause, FileNotFoundError) else cause.errno
    if number in _DENIED:
        return ReaderDenied(reader_id, HINT_DENIED, detail)
    if number in _BUSY:
        return ReaderBusy(reader_id, HINT_BUSY, detail)
    if number == errno.ETIMEDOUT:
        return ReaderHung(reader_id, HINT_HUNG, detail)
    if not opening:
        return ReaderLost(reader_id, HINT_LOST, detail)
    if number in _NOT_FOUND:
        return ReaderNotFound(reader_id, HINT_NOT_FOUND, detail)
    return ReaderFault(reader_id, HINT_FAULT, detail)


def _words(cause: BaseException) -> str:
    """The cause in a few words: its type and number only, because a text of a foreign library may quote a frame, and a frame a card."""
    number = getattr(cause, "errno", None)
    return type(cause).__name__ + (f" {errno.errorcode.get(number, number)}" if isinstance(number, int) else "")
