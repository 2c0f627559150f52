"""The log: one line for each note or message on stderr, as text or as a JSON object. No name, no whole card reference, ever.

Who reads it: the staff through the journal, and the demo, which follows the JSON form.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

from kiosk.messages import Note

LINE_CHARS_MAX = 1_000  # a longer line is a mistake or an attack; the journal keeps its head


class JsonLines(logging.Formatter):
    """A record as one JSON object: {"at", "level", "event", ...}."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, without line breaks inside."""
        said = {"at": round(record.created, 4), "level": record.levelname.lower(), "event": record.getMessage()[:LINE_CHARS_MAX]}
        trace = {"trace": self.formatException(record.exc_info)[-LINE_CHARS_MAX:]} if record.exc_info else {}
        return json.dumps(said | getattr(record, "fields", {}) | trace, ensure_ascii=False)


class TextLines(logging.Formatter):
    """A record as text for people: time, level, event, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, without line breaks inside."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = " ".join(f"{key}={value}" for key, value in getattr(record, "fields", {}).items())
        trace = " | ".join(self.formatException(record.exc_info).splitlines()[-3:]) if record.exc_info else ""
        line = f"{clock} {record.levelname.lower():7} {record.getMessage()} {fields} {trace}".rstrip()
        return line[:LINE_CHARS_MAX].replace("\n", " ")


def set_up(level: str, form: str, stream: TextIO = sys.stderr) -> None:
    """Send the log of the whole program to `stream`. `form` is "text" or "json"."""
    door = logging.StreamHandler(stream)
    door.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [door]
    root.setLevel(level.upper())
    logging.getLogger("nfc").setLevel(logging.WARNING)  # its DEBUG lines hold card passwords and chip numbers


class Level:
    """How much is written into the log of the whole program: as configured, or for a while otherwise. At no level anything personal."""

    def __init__(self, configured: str) -> None:
        self._configured = configured

    def set(self, level: str | None) -> None:
        """From now on this much; None: as configured."""
        logging.getLogger().setLevel((level or self._configured).upper())


def note_writer(name: str = "stupeni.kiosk") -> Callable[[Note], None]:
    """What the loop calls for every note of the machine."""
    log = logging.getLogger(name)

    def told(note: Note) -> None:
        log.log(logging.WARNING if note.warning else logging.INFO, note.event, extra={"fields": note.fields})

    return told
