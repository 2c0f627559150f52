"""The programme over time: which version is in force from when, as the hub has written it down. Compares and keeps; no rule is known here.

The first version rules all time before it too, so that facts of the first hours count. A version that is in force never changes.
"""

from __future__ import annotations

import logging
import tomllib

from config import shipped
from config.errors import ConfigError, ConfigErrors
from config.programme import load_programme, named_programme
from hub.door import HubStore
from hub.records import EditionText
from loyalty.document import read
from loyalty.programme import Programme
from loyalty.programme.checks import successor_problems
from loyalty.rulebook import Rulebook

log = logging.getLogger(__name__)


def put_in_force(store: HubStore, file: str, now_ms: int) -> Rulebook:
    """The rulebook of all versions, after the configured one was added from now on if it is new.

    Raises ConfigErrors for one that is wrong, or that cannot follow on the version in force.
    """
    wanted, text = named_programme(file), _text(file)
    with store.transaction() as tx:
        held = tx.editions()
        newest = _programme(held[-1]) if held else None
        if newest is not None and (problems := successor_problems(newest, wanted)):
            place = str(shipped.programme_path(file))
            raise ConfigErrors(ConfigError(place, 0, each.path, each.what, each.do) for each in problems)
        if newest != wanted:
            held.append(EditionText(wanted.version, max(now_ms, held[-1].from_ms + 1 if held else 0), wanted.name, text))
            tx.add_edition(held[-1])
            log.info("version %d of the programme is in force from now on", wanted.version)
    return _rulebook(held, file)


def in_force(store: HubStore, file: str) -> Rulebook:
    """The rulebook of all versions that were ever in force, with what was closed; of the configured file where none was yet.

    Raises ConfigErrors.
    """
    with store.transaction() as tx:
        held, closings = tx.editions(), tx.closings()
    book = _rulebook(held, file) if held else load_programme(file)
    return Rulebook(book.editions, book.zone, closings)


def _rulebook(held: list[EditionText], file: str) -> Rulebook:
    return Rulebook([(edition.from_ms, _programme(edition)) for edition in held], load_programme(file).zone)


def _programme(edition: EditionText) -> Programme:
    """A version as it was written down. A key that this program knows no more says nothing: it must not keep the hub from starting."""
    try:
        programme: Programme = read(Programme, tomllib.loads(edition.text))
    except ValueError as error:  # not TOML, or a value that does not fit any more (Malformed)
        place = f"version {edition.version} of the programme in the hub's database"
        do = "install the version of the program that wrote it"
        raise ConfigErrors([ConfigError(place, 0, "", f"cannot be read ({error})", do)]) from None
    return programme


def _text(file: str) -> str:
    return shipped.programme_path(file).read_text(encoding="utf-8")
