"""From what is written to one frozen configuration, or to all of its errors at once. Asked once, at start.

Later wins: shipped defaults, the main file, `conf.d/*.toml` beside it in the order of names, `STUPENI_SECTION__KEY`, flags.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from config import checks, sources
from config.errors import ConfigError, ConfigErrors
from config.schema import HubConfig, KioskConfig
from config.setting import Setting, Unfit, did_you_mean, shown, take, take_text
from config.sources import DEFAULT_PLACE, Given, Origin, printable

KIOSK_FILE = Path("/etc/stupeni/kiosk.toml")
HUB_FILE = Path("/etc/stupeni-hub/hub.toml")

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class OriginRow:
    """One line of `config show --origin`: the key, its value as TOML, where it was written, and two marks from the schema."""

    key: str
    value: str
    origin: str
    local_only: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class Loaded(Generic[C]):
    """A configuration and, for each "section.key", where its value comes from."""

    config: C
    origin_of: Mapping[str, Origin]

    def origins(self) -> list[OriginRow]:
        """All values in the order of the schema. A secret is shown by the path of its file; the file is not opened."""
        rows = []
        for key, each in described(type(self.config)).items():
            section, _, name = key.partition(".")
            value = getattr(getattr(self.config, section), name)
            rows.append(OriginRow(key, shown(value, each.base), str(self.origin_of[key]), each.local_only, each.secret))
        return rows


def described(schema: type[Any]) -> dict[str, Setting]:
    """Every setting of a schema by "section.key", in the order in which it is written there."""
    return {
        f"{section.name}.{key.name}": key.metadata["setting"]
        for section in dataclasses.fields(schema)
        for key in dataclasses.fields(section.default_factory)  # type: ignore[arg-type]  # every section has one
    }


def load_kiosk(path: Path | None = None, *, flags: Iterable[str] = (), environment: Mapping[str, str]) -> Loaded[KioskConfig]:
    """The configuration of a kiosk from `path` (else `STUPENI_CONFIG`, else /etc/stupeni/kiosk.toml). Raises `ConfigErrors`."""
    return load(KioskConfig, path, KIOSK_FILE, flags=flags, environment=environment)


def load_hub(path: Path | None = None, *, flags: Iterable[str] = (), environment: Mapping[str, str]) -> Loaded[HubConfig]:
    """The configuration of a hub from `path` (else `STUPENI_CONFIG`, else /etc/stupeni-hub/hub.toml). Raises `ConfigErrors`."""
    return load(HubConfig, path, HUB_FILE, flags=flags, environment=environment)


def load(schema: type[C], path: Path | None, usual: Path, *, flags: Iterable[str], environment: Mapping[str, str]) -> Loaded[C]:
    """Any schema. A file that was asked for must exist; the usual one may be absent, and the defaults hold. Raises `ConfigErrors`."""
    named = path or (Path(environment[sources.ENVIRONMENT_PATH]) if environment.get(sources.ENVIRONMENT_PATH) else None)
    written = [
        *sources.files(named or usual, must_exist=named is not None),
        *sources.environment(environment),
        *sources.flags(flags),
    ]
    return settle(schema, written)


def settle(schema: type[C], written: Iterable[Given | ConfigError], place: str = DEFAULT_PLACE) -> Loaded[C]:
    """A configuration from everything written, in rising precedence; `place` is where a required key would have to be.

    Raises `ConfigErrors` with all that is wrong.
    """
    known = described(schema)
    values = {key: each.default for key, each in known.items()}
    origins = dict.fromkeys(known, Origin(DEFAULT_PLACE))
    errors: list[ConfigError] = []
    wrong: set[str] = set()
    unread = False
    for each in written:
        if isinstance(each, ConfigError):
            errors.append(each)
            unread = True
            continue
        key = f"{each.section}.{each.key}"
        try:
            values[key] = _value(known, key, each)
            origins[key] = each.origin
        except Unfit as unfit:
            wrong.add(key)
            errors.append(ConfigError(each.origin.place, each.origin.line, printable(key), unfit.what, unfit.do))
    if not unread:  # else nobody knows what is missing
        errors += _absent(known, origins, wrong, place)
    config = _built(schema, values)
    errors += _contradictions(config, origins, wrong)
    if errors:
        raise ConfigErrors(errors)
    return Loaded(config, origins)


def _value(known: Mapping[str, Setting], key: str, given: Given) -> object:
    if key in known:
        return take_text(known[key], str(given.raw)) if given.plain else take(known[key], given.raw)
    sections = dict.fromkeys(name.partition(".")[0] for name in known)
    if given.section not in sections:
        near = did_you_mean(given.section, sections)
        raise Unfit("unknown section", f"did you mean [{near}]?" if near else f"the sections are {', '.join(sections)}")
    near = did_you_mean(given.key, [name.partition(".")[2] for name in known if name.startswith(f"{given.section}.")])
    elsewhere = [name for name in known if name.partition(".")[2] == given.key]
    if near:
        raise Unfit("unknown key", f"did you mean {given.section}.{near}?")
    raise Unfit("unknown key", f"did you mean {elsewhere[0]}?" if elsewhere else "remove it; docs/configuration.md lists every key")


def _absent(known: Mapping[str, Setting], origins: Mapping[str, Origin], wrong: set[str], place: str) -> Iterator[ConfigError]:
    for key, each in known.items():
        if each.required and key not in wrong and origins[key].place == DEFAULT_PLACE:
            yield ConfigError(place, 0, key, "is missing", f"write {each.bounds()}")


def _built(schema: type[C], values: Mapping[str, object]) -> C:
    built = {}
    for section in dataclasses.fields(schema):  # type: ignore[arg-type]  # schemas are dataclasses
        prefix = f"{section.name}."
        made: Any = section.default_factory
        built[section.name] = made(**{key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)})
    return schema(**built)


def _contradictions(config: object, origins: Mapping[str, Origin], wrong: set[str]) -> Iterator[ConfigError]:
    for clash in checks.clashes(config):
        if not wrong.intersection(clash.keys):
            written = [origins[key] for key in clash.keys if origins[key].place != DEFAULT_PLACE]
            origin = written[0] if written else Origin(DEFAULT_PLACE)
            yield ConfigError(origin.place, origin.line, clash.keys[0], clash.what, clash.do)
