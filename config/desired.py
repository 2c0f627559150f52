"""Settings from afar: which may be changed there, what they become on top of a kiosk's own, and what is wrong with them in words. Pure.

They win over files and lose against environment and flags, which whoever stands at the machine has set on purpose. What is `local_only` is
never changed from afar: whoever could move a kiosk to another broker or reader could not be reached to move it back.
"""

from __future__ import annotations

from collections.abc import Mapping

from config.errors import ConfigError, ConfigErrors
from config.load import Loaded, described, settle
from config.schema import KioskConfig
from config.setting import did_you_mean
from config.sources import DEFAULT_PLACE, Given, Origin, printable

PLACE = "pushed settings"
AT_THE_MACHINE = ("environment", "flag")


def pushable() -> list[str]:
    """Every "section.key" of a kiosk that may be set from afar."""
    return [key for key, each in described(KioskConfig).items() if not each.local_only]


def overlaid(loaded: Loaded[KioskConfig], settings: Mapping[str, object], place: str = PLACE) -> Loaded[KioskConfig]:
    """A kiosk's configuration with these settings on top of its files. Raises ConfigErrors with all that is wrong with them."""
    refused = [_refused(key, place) for key in sorted(settings) if key not in pushable()]
    if refused:
        raise ConfigErrors(refused)
    own = [_as_given(loaded, key) for key, origin in loaded.origin_of.items() if origin.place != DEFAULT_PLACE]
    pushed = [Given(*_apart(key), settings[key], Origin(place)) for key in sorted(settings) if not _is_pinned(loaded, key)]
    return settle(KioskConfig, [*own, *pushed])


def wrong_with(settings: Mapping[str, object]) -> tuple[str, ...]:
    """What is wrong with settings for a kiosk whose own files say nothing; each in one sentence. None: they can be pushed."""
    try:
        overlaid(settle(KioskConfig, []), settings)
    except ConfigErrors as wrong:
        return tuple(f"{error.key}: {error.what}; {error.do}" for error in wrong.errors)
    return ()


def _is_pinned(loaded: Loaded[KioskConfig], key: str) -> bool:
    return loaded.origin_of[key].place.startswith(AT_THE_MACHINE)


def _apart(key: str) -> tuple[str, str]:
    section, _, name = key.partition(".")
    return section, name


def _as_given(loaded: Loaded[KioskConfig], key: str) -> Given:
    """A value that was accepted once, as it could have been written."""
    section, name = _apart(key)
    value = getattr(getattr(loaded.config, section), name)
    raw = list(value) if isinstance(value, tuple) else value if isinstance(value, bool | int | str) else str(value or "")
    return Given(section, name, raw, loaded.origin_of[key])


def _refused(key: str, place: str) -> ConfigError:
    known = described(KioskConfig)
    if key in known:
        return ConfigError(place, 0, key, "can only be set at the kiosk itself", "write it into the kiosk's own file")
    near = did_you_mean(key, pushable())
    do = f"did you mean {near}?" if near else "docs/configuration.md lists every key"
    return ConfigError(place, 0, printable(key), "unknown setting", do)
