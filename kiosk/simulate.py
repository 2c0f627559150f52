"""`stupeni sim`: a simulated card field that obeys lines of text, for kiosks started by hand and for scripts.

The language is `drivers.simulated.commands`; the field listens on this machine only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import click

from drivers.simulated.commands import parse_line, perform
from drivers.simulated.field import Field
from drivers.simulated.timing import Timing


def simulate(port: int, timing: str, script: Iterable[str]) -> int:
    """Obey `script` to its end; a wrong line is explained and passed over. Returns 1 if there was any, else 0.

    Says first, on stdout, how a kiosk's configuration names the field. Raises OSError for a port that is taken.
    """
    chance = random.Random()
    wrong = 0
    with Field(port, Timing(timing)) as field:
        click.echo(f'reader.path = "{field.path}"')
        for number, line in enumerate(script, 1):
            try:
                command = parse_line(line, number)
                wait_s = 0.0 if command is None else perform(command, field, chance)
            except ValueError as error:  # a CommandError names its place; what a card refuses does not
                wrong += 1
                click.echo(str(error) if f"line {number}" in str(error) else f"line {number}: {error}", err=True)
            else:
                time.sleep(wait_s)
    return 1 if wrong else 0
