"""A network cable one can cut: a small TCP forwarder on the loopback between a kiosk and its broker.

For the demonstration and the tests. It understands nothing of what it carries, and delays nothing on purpose.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

HOST = "127.0.0.1"
CONNECTIONS_MAX = 64  # two threads each; a test has a handful of kiosks
CONNECT_WAIT_S = 2.0  # to the broker, on the same computer
CHUNK_BYTES = 65_536


class Cable:
    """Forwards connections to `port` (chosen by the system) to `to_host`:`to_port` from its making on. Also a context manager."""

    def __init__(self, to_host: str, to_port: int) -> None:
        self.host = HOST
        self._to = (to_host, to_port)
        self._guard = threading.Lock()  # over the three below; never held while waiting
        self._lines: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.mend()

    def __enter__(self) -> Cable:
        return self

    def __exit__(self, *_: Any) -> None:
        self.cut()

    @property
    def whole(self) -> bool:
        """False between `cut` and `mend`."""
        return self._listener is not None

    def cut(self) -> None:
        """Every connection is lost without a goodbye, new ones are refused. Leaves no thread behind for long."""
        with self._guard:
            listener, self._listener = self._listener, None
            lines, self._lines = self._lines, set()
        for line in (listener, *lines):
            if line is not None:
                _close(line)

    def mend(self) -> None:
        """Takes connections again, on the same port. Does nothing on a whole cable. Raises OSError if somebody took the port."""
        with self._guard:
            if self._listener is not None:
                return
            self._listener = socket.create_server((HOST, self.port), backlog=CONNECTIONS_MAX)
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), name=f"cable {self.port}", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # cut
                return
            try:
                far = socket.create_connection(self._to, CONNECT_WAIT_S)
            except OSError:  # the broker is away: as with a real cable, that is the caller's to notice
                _close(near)
                continue
            far.settimeout(None)
            if self._join(listener, near, far):
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), name=f"cable {self.port}", daemon=True).start()

    def _join(self, listener: socket.socket, near: socket.socket, far: socket.socket) -> bool:
        for line in (near, far):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            fits = self._listener is listener and len(self._lines) < 2 * CONNECTIONS_MAX
            if fits:
                self._lines |= {near, far}
        if not fits:
            _close(near)
            _close(far)
        return fits

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while chunk := one.recv(CHUNK_BYTES):
                other.sendall(chunk)
        except OSError:  # cut, or an end that vanished
            pass
        finally:
            with self._guard:
                self._lines -= {one, other}
            _close(one)
            _close(other)


def _close(line: socket.socket) -> None:
    """Shut down first: closing alone does not wake a thread that waits in `recv` or `accept` on the same socket."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
