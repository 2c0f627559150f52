"""A programme from its TOML file, as the values that `loyalty` reckons with. What the rules do is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from config import shipped, sources
from config.errors import ConfigError, ConfigErrors
from config.load import settle
from config.schema import NAME_FORM
from config.setting import Kind, setting
from loyalty.programme import Programme

POINTS_MOST = 1_000_000  # a purchase worth a million points is a slip of the keyboard
VERSION_MOST = 2**31 - 1  # what every database column in the chain holds


@dataclass(frozen=True, slots=True)
class Rules:
    """The section [programme] of a programme file. All keys must be written: a rule that nobody wrote down is no rule."""

    version: int = setting(Kind.NUMBER, 0, "Rises with every change.", least=1, most=VERSION_MOST, required=True)
    name: str = setting(Kind.TEXT, "", "Name as staff read it.", form=NAME_FORM, form_words="1 to 40 characters", required=True)
    time_zone: str = setting(
        Kind.TEXT,
        "",
        "IANA name of the zone in which a business day begins and ends.",
        form=r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}",
        form_words="a name like Europe/Kyiv",
        required=True,
    )
    visit_points: int = setting(Kind.NUMBER, 0, "Points for a visit, once a business day.", least=0, most=POINTS_MOST, required=True)
    rating_thanks_points: int = setting(
        Kind.NUMBER, 0, "Points for a rating, whatever the face, once a business day.", least=0, most=POINTS_MOST, required=True
    )


@dataclass(frozen=True, slots=True)
class ProgrammeFile:
    """Everything in a programme file."""

    programme: Rules = field(default_factory=Rules)


def load_programme(file: str) -> Programme:
    """The programme named by the setting `programme.file`: a shipped one by name, or an absolute path. Raises `ConfigErrors`."""
    path = shipped.programme_path(file)
    loaded = settle(ProgrammeFile, sources.file(path), place=str(path))
    rules = loaded.config.programme
    try:
        zone = ZoneInfo(rules.time_zone)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a folder or an unreadable file of the zone database
        origin = loaded.origin_of["programme.time_zone"]
        what, do = "is no time zone known to this machine", "write a name like Europe/Kyiv, or install tzdata"
        raise ConfigErrors([ConfigError(origin.place, origin.line, "programme.time_zone", what, do)]) from None
    return Programme(
        name=rules.name,
        zone=zone,
        version=rules.version,
        visit_points=rules.visit_points,
        thanks_points=rules.rating_thanks_points,
    )
