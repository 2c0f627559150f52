"""A real X server without a screen, for the tests that look at a real window. Needs Xvfb: `make test` installs it."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

START_S = 20.0  # it takes half a second; a loaded machine gets the rest


@contextmanager
def x_server(width_px: int, height_px: int) -> Iterator[str]:
    """A server of this size on a display number that it chose itself, as the value of `DISPLAY`."""
    read_end, write_end = os.pipe()
    screen = f"{width_px}x{height_px}x24"
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", screen, "-nolisten", "tcp", "-ac"]
    with subprocess.Popen(command, pass_fds=(write_end,), stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        try:
            with os.fdopen(read_end) as numbers, selectors.DefaultSelector() as waiting:
                waiting.register(numbers, selectors.EVENT_READ)
                assert waiting.select(START_S), f"Xvfb did not name its display within {START_S} s"
                yield f":{numbers.readline().strip()}"
        finally:
            server.terminate()
