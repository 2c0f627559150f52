"""The keyboard of a terminal as the kiosk's buttons, for a kiosk drawn in it. What a key means is `display.input`."""

from __future__ import annotations

import logging
import os
import queue
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator

from display.input import Key, meaning_of_key
from display.scenes import Intent

KEY_BYTES_MAX = 4  # the longest letter in UTF-8
KEYS_MAX = 64  # typed ahead; more is a stuck key

log = logging.getLogger("stupeni.kiosk")


class Keyboard:
    """Single keys from the terminal on stdin, without echo, until `close` gives the terminal back as it was."""

    def __init__(self) -> None:
        """Raises termios.error where stdin is no terminal."""
        self._before = termios.tcgetattr(sys.stdin)
        self._keys: queue.Queue[str] = queue.Queue(KEYS_MAX)
        tty.setcbreak(sys.stdin)
        threading.Thread(target=self._read, name="keyboard", daemon=True).start()

    def poll(self) -> list[Intent]:
        """What was typed since the last look; keys without a meaning are nobody's."""
        typed = [meaning_of_key(self._keys.get_nowait()) for _ in range(self._keys.qsize())]
        return [meant for meant in typed if not isinstance(meant, Key)]

    def close(self) -> None:
        """Give the terminal back."""
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        for key in keys_of(lambda: os.read(sys.stdin.fileno(), KEY_BYTES_MAX)):
            if not self._keys.full():
                self._keys.put(key)


def keys_of(read: Callable[[], bytes]) -> Iterator[str]:
    """The keys that `read` gives, one at a time, until it gives nothing or the terminal is gone. Half a letter is no key and no end."""
    try:
        while raw := read():
            if key := raw.decode("utf-8", "ignore"):
                yield key
    except OSError as gone:
        log.warning("keyboard: the terminal is gone (%s)", gone.strerror)
