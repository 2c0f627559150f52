"""What the commands of `stupeni` share: their options, their exit codes, and a person's troubles in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from config.errors import ConfigErrors

EXIT_UNAVAILABLE, EXIT_IO, EXIT_CONFIG = 69, 74, 78

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="Configuration file; else STUPENI_CONFIG, else /etc/stupeni/kiosk.toml.",
)
set_option = click.option("--set", "flags", multiple=True, metavar="SECTION.KEY=VALUE", help="Overrides one setting; may be repeated.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, one object.")


def fail(code: int, *lines: str) -> None:
    """Say why on stderr and end with `code`."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(code)


@contextmanager
def troubles() -> Iterator[None]:
    """Turn what a person must put right into words and an exit code."""
    from display.theme import BadTheme
    from kiosk.devices import DeviceMissing
    from kiosk.documents import DamagedStore, StoreFault
    from kiosk.streams import NewerStore

    try:
        yield
    except ConfigErrors as errors:
        fail(EXIT_CONFIG, "the configuration is wrong:", *(f"  {error}" for error in errors.errors))
    except BadTheme as error:
        fail(EXIT_CONFIG, str(error))
    except DeviceMissing as error:
        fail(EXIT_UNAVAILABLE, str(error))
    except (StoreFault, DamagedStore, NewerStore) as error:
        fail(EXIT_IO, f"the store cannot be used: {error}")
