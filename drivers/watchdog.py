"""Telling systemd that the kiosk is ready, alive, or stopping (the sd_notify protocol), in a few lines and without a library.

Source: sd_notify(3) and sd_watchdog_enabled(3). Who decides that the kiosk is alive lives elsewhere; no thread is started here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

# systemd's own advice: pat twice as often as it asks, so that one late turn of the loop is not a death.
PATS_PER_INTERVAL = 2
# One datagram; systemd shows the status on one line. Enough for a sentence, and a bound against runaway texts.
STATUS_CHARACTERS_MAX = 200


class Watchdog:
    """The line to systemd. Where there is none (`address` None), every call does nothing and returns False."""

    def __init__(self, address: str | None, interval_s: float | None = None) -> None:
        """`address` as in NOTIFY_SOCKET ('/path', or '@name' for an abstract socket); `interval_s` between two pats, None = none asked."""
        self.interval_s = interval_s
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Watchdog:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Raises ValueError when WATCHDOG_USEC is not a positive whole number."""
        variables = os.environ if environment is None else environment
        asked_us, asked_pid = variables.get("WATCHDOG_USEC"), variables.get("WATCHDOG_PID")
        interval_s = None
        if asked_us is not None and asked_pid in (None, str(os.getpid())):
            if not asked_us.isdecimal() or int(asked_us) == 0:
                raise ValueError(f"WATCHDOG_USEC={asked_us!r}: expected microseconds, a whole number above 0; it is set by WatchdogSec=")
            interval_s = int(asked_us) / 1e6 / PATS_PER_INTERVAL
        return cls(variables.get("NOTIFY_SOCKET") or None, interval_s)

    def ready(self) -> bool:
        """The start is complete."""
        return self._say("READY=1")

    def alive(self) -> bool:
        """Pat: call at least every `interval_s`."""
        return self._say("WATCHDOG=1")

    def status(self, text: str) -> bool:
        """One line for `systemctl status`."""
        return self._say("STATUS=" + " ".join(text.split())[:STATUS_CHARACTERS_MAX])

    def stopping(self) -> bool:
        """The stop has begun."""
        return self._say("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket; further calls do nothing."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, line: str) -> bool:
        """Send one datagram; a full or vanished socket is no reason to stop serving customers, so it is told by False only."""
        if self._socket is None or self._address is None:
            return False
        try:
            self._socket.sendto(line.encode(), self._address)
        except OSError:
            return False
        return True
