"""The file in which a kiosk keeps what was pushed to it, and the configuration that comes of it. What follows when is `pushed`'s.

A file of its own and not a table of the store: the configuration must be known before the store is opened, and `stupeni config show` reads
it while the kiosk runs. It holds no secret and nothing personal.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zlib import crc32

from config.desired import overlaid
from config.errors import ConfigErrors
from config.load import Loaded
from config.programme import load_programme, rulebook_of
from config.schema import KioskConfig
from display.theme import BadTheme, load_theme
from kiosk import pushed
from kiosk.pushed import Pushed, Settled
from kiosk.standings import UNREADABLE
from loyalty.document import read, write
from loyalty.facts import ConfigApplied
from loyalty.rulebook import Rulebook
from mqtt.content import content_of
from mqtt.messages import Desired, Reported, SetUp

FILE_NAME = "pushed.json"
FILE_BYTES_MAX = 1_048_576  # two set-ups of four programmes each, and as much again
log = logging.getLogger("stupeni.settings")


class PushedFile:
    """What was pushed, over a kiosk's own configuration. `begin` comes first. Used by the main thread alone."""

    def __init__(self, path: Path, own: Loaded[KioskConfig]) -> None:
        """Read `path`; a spoilt file is put aside, and the hub pushes again."""
        self._path, self._own = path, own
        found = _kept(path)
        if found is None:
            _put_aside(path)
        self._pushed = found or Pushed()
        self._at_work: tuple[KioskConfig, Rulebook] | None = None

    @property
    def report(self) -> Reported:
        """How this kiosk stands to what is desired."""
        return self._pushed.report

    @property
    def book(self) -> Rulebook:
        """The rules of this run, once it has begun."""
        assert self._at_work is not None  # noqa: S101 - `begin` comes first
        return self._at_work[1]

    def begin(self) -> KioskConfig:
        """The configuration of this run. What was pushed and does not fit is given back; what is left then are the kiosk's own files.

        Raises ConfigErrors if those are wrong.
        """
        self._turn(pushed.started(self._pushed))
        while self._at_work is None:
            work = self._pushed.at_work
            try:
                self._at_work = set_up(self._own, work)
            except (ConfigErrors, BadTheme) as wrong:
                if work is None:
                    raise
                log.error("version %d of the pushed settings cannot be used: %s", work.version, wrong)
                self._give_back(str(wrong))
        return self._at_work[0]

    def take(self, said: Desired) -> Reported:
        """Look at a new version, and keep it if it can be worked by. A disk that refuses has not seen it: it is pushed again."""
        candidate = pushed.taken(self._pushed, said, (), False).next
        problems, new = _looked_at(self._own, said, candidate)
        at_work = self._at_work
        already = new is not None and at_work is not None and (new[0], new[1].now) == (at_work[0], at_work[1].now)
        after = pushed.taken(self._pushed, said, problems, already)
        if already and at_work is not None:
            after = replace(after, announced=at_work[1].now.version)  # what it has worked by all along is no news
        self._turn(after)
        return self.report

    def prove(self) -> Reported:
        """The trial is over. Where the disk refuses it goes on for another minute."""
        self._turn(pushed.proved(self._pushed))
        return self.report

    def stop(self) -> None:
        """The program ends in order."""
        self._turn(pushed.stopped(self._pushed))

    def news(self) -> ConfigApplied | None:
        """The fact that this kiosk works by another version of the programme than it last said, if so; by a version that was pushed."""
        work = self._pushed.at_work
        if self._at_work is None or work is None or not work.editions or self._at_work[1].now.version == self._pushed.announced:
            return None
        named = blake2b(work.editions[-1].text.encode(), digest_size=16).hexdigest()
        return ConfigApplied(named, self._at_work[1].now.version)

    def told(self, news: ConfigApplied) -> None:
        """That was written down."""
        self._turn(replace(self._pushed, announced=news.version))

    def _give_back(self, why: str) -> None:
        """The next version where there is one on trial, else the last good one, which has stopped fitting the kiosk's own files."""
        back = pushed.returned(self._pushed, why)
        self._pushed = back if self._pushed.state is SetUp.TRIAL else replace(back, good=None)
        _try_to_write(self._path, self._pushed)

    def _turn(self, after: Pushed) -> None:
        if after != self._pushed and _try_to_write(self._path, after):
            self._pushed = after


def set_up(own: Loaded[KioskConfig], work: Settled | None) -> tuple[KioskConfig, Rulebook]:
    """The configuration and the rules by a version that was pushed; None: the kiosk's own. Raises ConfigErrors, BadTheme."""
    if work is None:
        return own.config, load_programme(own.config.programme.file)
    place = f"pushed version {work.version}"
    config = overlaid(own, work.said, place).config
    screen = config.display
    load_theme(screen.width_px, screen.height_px, screen.diagonal_mm, screen.viewing_distance_mm)
    editions = [(each.from_ms, each.text) for each in work.editions]
    return config, rulebook_of(editions, place) if editions else load_programme(config.programme.file)


def _looked_at(
    own: Loaded[KioskConfig], said: Desired, candidate: Settled | None
) -> tuple[tuple[str, ...], tuple[KioskConfig, Rulebook] | None]:
    """What is wrong with a desired version, in words; or what a kiosk would be by it."""
    if content_of(said.settings, said.edition) != said.content:
        return ("it is not what its content word says: sent in pieces, or spoilt on the way",), None
    try:
        return (), set_up(own, candidate)
    except ConfigErrors as wrong:
        return tuple(str(each) for each in wrong.errors), None
    except BadTheme as wrong:
        return (str(wrong),), None


def with_pushed(own: Loaded[KioskConfig]) -> Loaded[KioskConfig]:
    """The configuration by which a kiosk begun now would work: what was pushed on top of its own. Changes nothing.

    Raises ConfigErrors where what was pushed does not fit.
    """
    work = pushed.started(_kept(own.config.kiosk.state_dir / FILE_NAME) or Pushed()).at_work
    return own if work is None else overlaid(own, work.said, f"pushed version {work.version}")


def _kept(path: Path) -> Pushed | None:
    """What a file says was pushed; nothing where there is none, None where it is spoilt."""
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return Pushed()
    except OSError as error:
        log.error("what was pushed cannot be read (%s); the kiosk's own files hold", error.strerror)
        return Pushed()
    try:
        document: dict[str, Any] = json.loads(content)
        if document["sum"] != _sum(document["pushed"]):
            raise ValueError("another sum")
        found: Pushed = read(Pushed, document["pushed"])
    except UNREADABLE:
        return None
    return found


def _put_aside(path: Path) -> None:
    log.error("what was pushed is spoilt; it is kept as %s.spoilt, the kiosk's own files hold until it is pushed again", path)
    try:
        path.replace(path.with_name(f"{path.name}.spoilt"))
    except OSError as error:
        log.error("%s cannot be renamed (%s)", path, error.strerror)


def _try_to_write(path: Path, said: Pushed) -> bool:
    """The whole file or none of it, on the disk when this returns True."""
    document = write(said)
    text = json.dumps({"pushed": document, "sum": _sum(document)}, ensure_ascii=False)
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        log.error("what was pushed cannot be kept (%s): free some space", error.strerror)
        return False
    return True


def _sum(document: object) -> int:
    return crc32(json.dumps(document, separators=(",", ":"), sort_keys=True).encode())
