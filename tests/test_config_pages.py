"""The shipped examples and the reference page say exactly what the schema says. Programmes: `test_config_programme`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from config import shipped
from config.load import described, load_hub, load_kiosk
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


@pytest.mark.parametrize("schema", [KioskConfig, HubConfig])
def test_the_page_holds_the_reference(schema: type[object]) -> None:
    """The page of all settings contains the tables made from the schema, word for word."""
    assert table(schema) in PAGE.read_text()


def test_the_page_holds_no_other_key() -> None:
    """Every row of the page is a setting that exists, and each setting has its row."""
    rows = re.findall(r"^\| `([a-z_]+\.[a-z0-9_]+)` \|", PAGE.read_text(), flags=re.MULTILINE)

    assert sorted(rows) == sorted([*described(KioskConfig), *described(HubConfig)])
    assert ENVIRONMENT_PATH in PAGE.read_text()
