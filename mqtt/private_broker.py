"""A real Mosquitto of our own, on the loopback alone: for the demonstration, the tests and the benchmarks.

It never touches a broker that runs already, and needs no rights. A shop sets up its broker with config/mosquitto.conf instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
READY_WAIT_S = 5.0  # measured 6 to 14 ms; a loaded single-board computer may take a second
STOP_WAIT_S = 5.0  # Mosquitto writes its file, if it keeps one, and is gone in milliseconds
CONNECT = bytes.fromhex("100c00044d5154540402003c0000")  # MQTT 3.1.1, section 3.1: nameless, clean session, nothing wanted
CONNACK = bytes.fromhex("20020000")  # section 3.2: accepted
TLS_HANDSHAKE = b"\x16"  # RFC 8446, section 5.1: what a server hello begins with; a refusal begins otherwise
PORT_ATTEMPTS_MAX = 5  # somebody may take a free port between our look and Mosquitto's bind


class MosquittoMissing(RuntimeError):
    """There is no `mosquitto` on this computer."""


class BrokerNotReady(RuntimeError):
    """Mosquitto ended at once, or did not listen in time; the message holds the last lines of its log."""


@dataclass(frozen=True, slots=True)
class BrokerTls:
    """PEM files for a broker that talks TLS only and takes only clients with a certificate of `ca`. The name in it is the client id."""

    ca: Path
    cert: Path
    key: Path


def find_mosquitto(folders: str | None = None) -> str:
    """Path of the program in `folders` (joined as in PATH). Raises MosquittoMissing.

    None: PATH, and the two folders for servers that Debian leaves out of a user's PATH.
    """
    where = folders or os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("mosquitto", path=where)
    if found is None:
        raise MosquittoMissing(f"there is no mosquitto in {where}. Install it: sudo apt-get install mosquitto")
    return found


def configuration(port: int, directory: Path, keeps: bool, tls: BrokerTls | None = None, as_root: bool = False) -> str:
    """Mosquitto's file. Only options that Mosquitto 2.0.11 (Debian 12) knows."""
    lines = [
        f"listener {port} {HOST}",
        "allow_anonymous true" if tls is None else "allow_anonymous false",
        "set_tcp_nodelay true",  # else every second message waits 40 ms for a delayed TCP acknowledgement
        "max_packet_size 262144",
        "max_queued_messages 5000",
        f"persistence {'true' if keeps else 'false'}",
        f"log_dest file {directory / 'mosquitto.log'}",
        "log_type error",
        "log_type warning",
    ]
    if keeps:  # the protocol survives a broker that forgets: no need to write at each change
        lines += [f"persistence_location {directory}/", "autosave_interval 300", "autosave_on_changes false"]
    if tls is not None:
        lines += [f"cafile {tls.ca}", f"certfile {tls.cert}", f"keyfile {tls.key}", "require_certificate true"]
        lines += ["use_identity_as_username true", "use_username_as_clientid true"]
    if as_root:
        lines.append("user root")  # else it changes to a user that may not read our directory
    return "\n".join(lines) + "\n"


class PrivateBroker:
    """A Mosquitto process with its files in `directory` (made if missing). Also a context manager: started inside, stopped after.

    `port` 0 takes a free one and keeps it over restarts. `keeps`: retained messages and sessions survive `stop()` and `start()`, not
    `kill()`. Raises MosquittoMissing at once if there is no Mosquitto.
    """

    def __init__(self, directory: Path, port: int = 0, keeps: bool = False, tls: BrokerTls | None = None) -> None:
        self.host = HOST
        self.port = port
        self._program = find_mosquitto()
        self._directory, self._keeps, self._tls = directory.resolve(), keeps, tls
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PrivateBroker:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts it and returns when it takes connections. Does nothing if it runs. Raises BrokerNotReady."""
        if self.running:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        attempts = 1 if self.port else PORT_ATTEMPTS_MAX
        for attempt in range(1, attempts + 1):
            try:
                self._launch(self.port or _free_port())
                return
            except BrokerNotReady:
                self.stop()
                if attempt == attempts:
                    raise

    def stop(self) -> None:
        """Asks it to end (clients see the connection close, wills are kept back), and waits."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a power cut would: sessions, retained messages and wills since its last save are forgotten."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It takes bytes and says nothing, until it is killed or stopped: as a computer that hangs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def _launch(self, port: int) -> None:
        _refuse_if_taken(port)  # else we would find somebody else's broker ready
        path = self._directory / "mosquitto.conf"
        path.write_text(configuration(port, self._directory, self._keeps, self._tls, os.geteuid() == 0), encoding="utf-8")
        self._process = subprocess.Popen(
            [self._program, "-c", str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await_ready(self._process, port)
        self.port = port

    def _await_ready(self, process: subprocess.Popen[bytes], port: int) -> None:
        give_up_s = time.monotonic() + READY_WAIT_S
        while time.monotonic() < give_up_s:
            try:
                process.wait(0.002)  # the pause between two attempts; ends at once if Mosquitto does
            except subprocess.TimeoutExpired:
                if _answers(port, self._tls is not None):
                    return
            else:
                break
        raise BrokerNotReady(f"mosquitto does not listen on {HOST}:{port}. Its log ends: {self._log_end()}")

    def _log_end(self) -> str:
        path = self._directory / "mosquitto.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return " | ".join(lines[-6:]) or "(empty)"

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)  # one that is frozen could not end
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _refuse_if_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections just closed do not count
        try:
            probe.bind((HOST, port))
        except OSError as fault:
            raise BrokerNotReady(f"cannot listen on {HOST}:{port}: {fault.strerror}. Choose another port, or 0 for a free one") from None


def _answers(port: int, over_tls: bool) -> bool:
    """Whether the broker itself speaks. That the port is open is not enough: Mosquitto opens it before it reads its certificates."""
    said, expected = (_client_hello(), TLS_HANDSHAKE) if over_tls else (CONNECT, CONNACK)
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as line:
            line.sendall(said)
            return line.recv(len(expected)) == expected
    except OSError:
        return False


def _client_hello() -> bytes:
    """The first words of a TLS client. Nothing more is said to the broker, so nobody need be trusted."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    spoken = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):  # it now waits for an answer
        anybody.wrap_bio(ssl.MemoryBIO(), spoken).do_handshake()
    return spoken.read()
