"""How the process begins again: it becomes a fresh one of its own command line, so that it needs nobody to start it.

The process id stays, so systemd goes on watching it; the unit's environment stays too. When a kiosk begins again is decided elsewhere.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def begin_again() -> NoReturn:
    """Become a fresh process of the same interpreter and arguments. To be called on the main thread, with everything closed.

    What libraries left to be done at the end is done first: a terminal given back, pins let go of. Python's own files close by
    themselves. Raises OSError if the interpreter is not there any more, as in the middle of an update.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line
