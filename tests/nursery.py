"""A process that gives birth to kiosks: it has imported everything, so a kiosk is there in a tenth of the time and can be killed often.

Each line on its stdin starts one, by fork; it is a process like any other, with the product's own `run`. On stdout: {"born": PID}. Its log
goes to the stderr that all of them share, and when one has ended, however it did, {"event": "ended"} follows on a line of its own.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

import kiosk.build
import kiosk.log
import kiosk.threads  # noqa: F401
from config.load import load_kiosk
from kiosk.cli import run_kiosk
from kiosk.devices import Counter


def main() -> None:
    config_file = Path(sys.argv[1])
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(config_file)
        print(json.dumps({"born": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print("\n" + json.dumps({"event": "ended", "code": os.waitstatus_to_exitcode(status)}), file=sys.stderr, flush=True)


def _live(config_file: Path) -> None:
    """One kiosk, to its end."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        random.seed()
        run_kiosk(load_kiosk(config_file, environment={}), Counter(), time.monotonic())
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
