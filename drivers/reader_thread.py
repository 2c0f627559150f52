"""The thread that gives a `Runner` its turns, and the heartbeat by which the watchdog sees that it still does.

This is a door: whatever escapes from a driver ends here and becomes an event, never a dead thread. No rule of a presentation lives here.
"""

from __future__ import annotations

import logging
import threading

from drivers.runner import RETRY_MAX_S, Runner

# Long waits are cut into pieces, so that a reader in back-off still beats: ten seconds without a beat are a hang (kiosk/build.py).
BEAT_EVERY_S = 1.0
# `Driver.close` promises a second, and one sense of a silent device may take another.
STOP_WITHIN_S = 2.0

log = logging.getLogger(__name__)


class ReaderThread:
    """Runs turns until stopped. `start` once, `stop` any number of times."""

    def __init__(self, runner: Runner, beat_every_s: float = BEAT_EVERY_S) -> None:
        self._runner = runner
        self._beat_every_s = beat_every_s
        self._stopping = threading.Event()
        self._beat_ms = runner.now_ms()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    @property
    def heartbeat_ms(self) -> int:
        """Monotonic milliseconds, by the runner's clock, of the last sign of life; read it from any thread."""
        return self._beat_ms

    @property
    def thread(self) -> threading.Thread:
        """For measuring its processor time."""
        return self._thread

    def start(self) -> None:
        """Begin; the reader is opened on the thread, so a slow device does not hold up the start."""
        self._thread.start()

    def stop(self) -> bool:
        """Ask the thread to end and wait at most two seconds. False: it hangs in the device and dies with the process."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_WITHIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wait(self._turn())
        try:
            self._runner.close()
        except Exception:
            log.exception("reader: could not be let go of")

    def _turn(self) -> float:
        """One turn behind the door; returns the seconds to wait."""
        try:
            return self._runner.turn()
        except Exception as cause:
            log.exception("reader: a turn failed")
            return self._fault(cause)

    def _fault(self, cause: Exception) -> float:
        try:
            return self._runner.fault(cause)
        except Exception:
            log.exception("reader: a fault could not be reported")
            return RETRY_MAX_S

    def _wait(self, wait_s: float) -> None:
        """Wait in pieces no longer than a beat."""
        while True:
            self._beat_ms = self._runner.now_ms()
            piece_s = min(wait_s, self._beat_every_s)
            if piece_s <= 0 or self._stopping.wait(piece_s):
                return
            wait_s -= piece_s
