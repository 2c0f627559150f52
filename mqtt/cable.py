"""A network cable one can cut or clog: a small TCP forwarder on the loopback between a kiosk and its broker.

For the demonstration and the tests. It understands nothing of what it carries, and delays nothing on purpose.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import Flag
from typing import Any

HOST = "127.0.0.1"
CONNECTIONS_MAX = 64  # two threads each; a test has a handful of kiosks
CONNECT_WAIT_S = 2.0  # to the broker, on the same computer
CHUNK_BYTES = 65_536


class Way(Flag):
    """A direction: UP from who connects to the broker, DOWN back."""

    UP = 1
    DOWN = 2
    BOTH = UP | DOWN


class Cable:
    """Forwards connections to `port` (chosen by the system) to `to_host`:`to_port` from its making on. Also a context manager."""

    def __init__(self, to_host: str, to_port: int) -> None:
        self.host = HOST
        self._to = (to_host, to_port)
        self._guard = threading.Lock()  # over the four below; never held while waiting
        self._lines: set[socket.socket] = set()
        self._clogged: dict[socket.socket, Way] = {}  # by the near end of a connection: what it swallows, to its end
        self._swallows = Way(0)  # of connections to come
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
            self._clogged.clear()
        for line in (listener, *lines):
            if line is not None:
                _close(line)

    def clog(self, way: Way = Way.BOTH) -> None:
        """From now on what is sent this way vanishes, the end of a connection too, and nobody is told: a connection is open at both ends
        and dead between. So it stays for those there are; new ones are alike until `mend`.
        """
        with self._guard:
            self._swallows = way
            self._clogged = {line: way | self._clogged[line] for line in self._clogged}

    def mend(self) -> None:
        """Takes connections again, on the same port, and carries new ones. Raises OSError if somebody took the port."""
        with self._guard:
            self._swallows = Way(0)
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
                for one, other, way in ((near, far, Way.UP), (far, near, Way.DOWN)):
                    threading.Thread(target=self._carry, args=(one, other, near, way), name=f"cable {self.port}", daemon=True).start()

    def _join(self, listener: socket.socket, near: socket.socket, far: socket.socket) -> bool:
        for line in (near, far):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            fits = self._listener is listener and len(self._lines) < 2 * CONNECTIONS_MAX
            if fits:
                self._lines |= {near, far}
                self._clogged[near] = self._swallows
        if not fits:
            _close(near)
            _close(far)
        return fits

    def _carry(self, one: socket.socket, other: socket.socket, near: socket.socket, way: Way) -> None:
        try:
            while chunk := one.recv(CHUNK_BYTES):
                if not self._swallowed(near, way):
                    other.sendall(chunk)
        except OSError:  # cut, or an end that vanished
            pass
        finally:
            swallowed = self._swallowed(near, way)
            with self._guard:
                gone = {one} if swallowed else {one, other}
                self._lines -= gone
                if not self._lines & {one, other}:
                    self._clogged.pop(near, None)
            for line in gone:
                _close(line)

    def _swallowed(self, near: socket.socket, way: Way) -> bool:
        with self._guard:
            return way in self._clogged.get(near, Way(0))


def _close(line: socket.socket) -> None:
    """Shut down first: closing alone does not wake a thread that waits in `recv` or `accept` on the same socket."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
