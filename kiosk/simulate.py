"""`stupeni sim`: a simulated card field that obeys lines of text, for kiosks started by hand and for scripts.

The language is `drivers.simulated.commands`; the field listens on this machine only.
"""

from __future__ import annotations

import random
import sys
import time
from typing import TextIO

from drivers.simulated.commands import CommandError, parse_line, perform
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing


def simulate(port: int, timing: str, script: TextIO) -> int:
    """Obey `script` to its end; a wrong line is explained and passed over. Returns 1 if there was any, else 0."""
    chance = random.Random()
    wrong = 0
    with Field(port, Timing(timing)) as field:
        print(f"reader.path = {field.path!r}", file=sys.stderr)  # noqa: T201
        for number, line in enumerate(script, 1):
            try:
                command = parse_line(line, number)
            except CommandError as error:
                wrong += 1
                print(error, file=sys.stderr)  # noqa: T201
                continue
            if command is not None:
                time.sleep(perform(command, field, chance))
    return 1 if wrong else 0
