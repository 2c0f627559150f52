"""One of each exception that Python and our libraries may raise, for the doors: whatever a callee raises, the thread must live."""

from __future__ import annotations

import builtins
import queue
import sqlite3
import ssl
from collections.abc import Iterator

from kiosk.documents import DamagedStore, StoreFault
from loyalty.shapes import Malformed
from mqtt.wire import MalformedMessage


def every_exception() -> list[Exception]:
    """Fresh ones: all of Python's own, and some of those around us."""
    return [*_pythons(), queue.Full(), ssl.SSLError(1, "no"), sqlite3.OperationalError("no"), Ours("no"), *_ours()]


class Ours(Exception):
    """One that nobody has ever heard of."""


def _ours() -> Iterator[Exception]:
    yield StoreFault("the disk is full", "Free some space")
    yield Malformed("field", "a text")
    for kind in (DamagedStore, MalformedMessage):
        yield kind.__new__(kind)


def _pythons() -> Iterator[Exception]:
    for kind in vars(builtins).values():
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, Warning):
            if issubclass(kind, ExceptionGroup):
                yield kind("two", [ValueError("one"), KeyError("other")])
            elif issubclass(kind, UnicodeDecodeError):
                yield kind("utf-8", b"\xff", 0, 1, "no")
            elif issubclass(kind, UnicodeEncodeError):
                yield kind("utf-8", "x", 0, 1, "no")
            elif issubclass(kind, UnicodeTranslateError):
                yield kind("x", 0, 1, "no")
            else:
                yield kind("no")
