"""No thread of a kiosk dies without a word: one that ends by an exception ends the kiosk, and systemd starts it anew.

Every door of ours catches what its callee raises. This is for what nobody thought of, and for threads that a library made.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("stupeni.kiosk")


@contextmanager
def watched_threads(stop: Callable[[], object]) -> Iterator[list[str]]:
    """As long as the block lasts, `stop` is called when a thread dies. Yields the names of those that did."""
    dead: list[str] = []

    def died(last: threading.ExceptHookArgs) -> None:
        if last.exc_type is SystemExit:  # asked for
            return
        name = last.thread.name if last.thread is not None else "unknown"
        dead.append(name)
        log.critical("thread %s died of %s; the kiosk must start anew", name, last.exc_type.__name__, exc_info=last.exc_value)
        stop()

    before, threading.excepthook = threading.excepthook, died
    try:
        yield dead
    finally:
        threading.excepthook = before
