"""The shipped examples, programmes and the reference page say exactly what the schema says."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import shipped
from config.errors import ConfigErrors
from config.load import described, load_hub, load_kiosk
from config.programme import ProgrammeFile, load_programme
from config.reference import table
from config.schema import HubConfig, KioskConfig
from config.setting import shown, take
from config.sources import ENVIRONMENT_PATH

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
EXAMPLES = [(shipped.KIOSK_EXAMPLE, KioskConfig), (shipped.HUB_EXAMPLE, HubConfig)]


@pytest.mark.parametrize(("path", "schema"), EXAMPLES)
def test_an_example_holds_every_key_with_its_default(path: Path, schema: type[object]) -> None:
    """The example has each section and key of the schema in its order, with the default as written by us, and no other."""
    tables = tomllib.loads(path.read_text())
    keys = [f"{section}.{key}" for section, table in tables.items() for key in table]

    assert keys == list(described(schema))
    for key, setting in described(schema).items():
        section, _, name = key.partition(".")
        assert take(setting, tables[section][name]) == setting.default
        assert f"\n{name} = {shown(setting.default, setting.base)}\n" in path.read_text()


@pytest.mark.parametrize(("path", "schema"), EXAMPLES)
def test_an_example_is_commented(path: Path, schema: type[object]) -> None:
    """Above each key stands its sentence from the schema and, where it has any, its bounds."""
    blocks = {}
    for block in path.read_text().split("\n\n"):
        lines = block.strip().splitlines()
        if lines[-1].startswith("["):
            section = lines[-1].strip("[]")
        elif " = " in lines[-1] and not lines[-1].startswith("#"):
            blocks[f"{section}.{lines[-1].split(' = ')[0]}"] = " ".join(line.removeprefix("# ") for line in lines[:-1])

    for key, setting in described(schema).items():
        assert blocks[key].startswith(setting.doc)
        if setting.choices or setting.least or setting.most or setting.form_words:
            assert f"Allowed: {setting.bounds()}." in blocks[key]


def test_the_examples_are_the_defaults() -> None:
    """Loading an example as it is gives the same configuration as loading nothing."""
    assert load_kiosk(shipped.KIOSK_EXAMPLE, environment={}).config == KioskConfig()
    assert load_hub(shipped.HUB_EXAMPLE, environment={}).config == HubConfig()


@pytest.mark.parametrize("schema", [KioskConfig, HubConfig, ProgrammeFile])
def test_the_page_holds_the_reference(schema: type[object]) -> None:
    """The page of all settings contains the tables made from the schema, word for word."""
    assert table(schema) in PAGE.read_text()


def test_the_page_holds_no_other_key() -> None:
    """Every row of the page is a setting that exists, and each setting has its row."""
    rows = re.findall(r"^\| `([a-z_]+\.[a-z0-9_]+)` \|", PAGE.read_text(), flags=re.MULTILINE)

    assert sorted(rows) == sorted([*described(KioskConfig), *described(HubConfig), *described(ProgrammeFile)])
    assert ENVIRONMENT_PATH in PAGE.read_text()


def test_the_coffee_programme() -> None:
    """The shipped programme gives 10 points for a visit and 2 for a rating, and its day begins in Kyiv."""
    programme = load_programme("coffee")

    assert shipped.programme_names() == ["coffee"]
    assert (programme.name, programme.version, programme.visit_points, programme.thanks_points) == ("Coffee", 1, 10, 2)
    at_ms = int(datetime(2026, 7, 1, 21, 30, tzinfo=UTC).timestamp() * 1000)
    assert programme.day_of(at_ms).isoformat() == "2026-07-02"


def test_a_programme_of_ones_own(tmp_path: Path) -> None:
    """A programme is read from the path that the setting names."""
    path = tmp_path / "mine.toml"
    path.write_text(
        shipped.programme_path("coffee").read_text().replace("visit_points = 10", "visit_points = 0").replace("Europe/Kyiv", "UTC")
    )

    assert load_programme(str(path)).visit_points == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("version = 1\n", "\n", 0, "programme.version"),
        ("version = 1\n", "version = 0\n", 6, "programme.version"),
        ("\nname = ", "\nnane = ", 9, "programme.nane"),
        ("Europe/Kyiv", "Europe/Kiyv", 12, "programme.time_zone"),
        ("Europe/Kyiv", "Europe", 12, "programme.time_zone"),
        ("Europe/Kyiv", "../../etc/passwd", 12, "programme.time_zone"),
        ("visit_points = 10", "visit_points = -1", 15, "programme.visit_points"),
        ("visit_points = 10", "visit_points = 1000001", 15, "programme.visit_points"),
        ("rating_thanks_points = 2", "rating_thanks_points = '2'", 18, "programme.rating_thanks_points"),
        ("\n[programme]\n", "\n[program]\n", 6, "program.version"),
    ],
)
def test_a_wrong_programme_is_refused_in_words(tmp_path: Path, old: str, new: str, line: int, key: str) -> None:
    """A missing, mistyped or impossible rule is an error with its line; nothing is assumed in its place."""
    text = shipped.programme_path("coffee").read_text()
    assert text.count(old) == 1
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigErrors) as caught:
        load_programme(str(path))

    assert (caught.value.errors[0].line, caught.value.errors[0].key) == (line, key)


def test_an_absent_programme_is_one_error() -> None:
    """A path without a file is an error that names it, without a second one for each rule that could not be read."""
    with pytest.raises(ConfigErrors) as caught:
        load_programme("/nowhere/mine.toml")

    assert [error.where for error in caught.value.errors] == ["/nowhere/mine.toml"]


def test_an_empty_programme_lacks_every_rule(tmp_path: Path) -> None:
    """Each rule that nobody wrote is an error of its own, told with the file."""
    path = tmp_path / "mine.toml"
    path.touch()
    with pytest.raises(ConfigErrors) as caught:
        load_programme(str(path))

    assert [(error.where, error.key) for error in caught.value.errors] == [(str(path), key) for key in described(ProgrammeFile)]
