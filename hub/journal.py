"""How the hub's processes write their log: to stderr, as text for people or as one JSON object per line. Set up once, at start."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from config.schema import Log


class JsonLine(logging.Formatter):
    """One JSON object per message: `at` (UTC), `level`, `from` (the module), `message`, and `fault` where there is a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "from": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(log: Log) -> None:
    """Write messages from `log.level` on to stderr. systemd adds the time to a text line, so it is not repeated there."""
    door = logging.StreamHandler()
    door.setFormatter(JsonLine() if log.format == "json" else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=log.level.upper(), handlers=[door], force=True)
