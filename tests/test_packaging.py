"""The wheel: what is in it, what is not, and the two commands it brings. Built from a copy, without a network."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILD_S = 240.0  # 5 s alone; a machine under load gets the rest
PACKAGES = {"loyalty", "cards", "kiosk", "drivers", "display", "mqtt", "config", "hub"}
LEFT_BEHIND = (".venv", ".git", "var", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "golden", "results")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this tree."""
    copy = tmp_path_factory.mktemp("packaging") / "stupeni"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(copy / "dist"), str(copy)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def names(wheel: zipfile.ZipFile, folder: str) -> set[str]:
    return {name for name in wheel.namelist() if name.startswith(folder)}


def dist_info(wheel: zipfile.ZipFile) -> str:
    (folder,) = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    return folder


def test_its_top_level_names_are_the_eight_packages(wheel: zipfile.ZipFile) -> None:
    """Nothing but the eight packages lies in the interpreter's path after an installation: no tests, bench, tools or systemd."""
    assert {name.partition("/")[0] for name in wheel.namelist()} == PACKAGES | {dist_info(wheel)}
    assert dist_info(wheel).startswith("stupeni-")


def test_every_module_is_in_it(wheel: zipfile.ZipFile) -> None:
    """A package without an __init__ would be left out silently: the wheel's modules are those of the tree, and no stray ones."""
    ours = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {name for name in wheel.namelist() if name.endswith(".py")} == ours


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_what_is_no_module_is_in_it_too(wheel: zipfile.ZipFile, package: str) -> None:
    """Fonts, words, themes, settings, programmes, the broker's files and the hub's pages travel with the code, every one of them."""
    files = [path for path in (ROOT / package).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert {str(path.relative_to(ROOT)) for path in files} == {name for name in names(wheel, f"{package}/") if not name.endswith(".py")}


def test_nothing_that_a_shop_needs_is_missing(wheel: zipfile.ZipFile) -> None:
    """By name, those without which a kiosk or a hub does not start."""
    needed = {
        "display/theme.toml",
        *(f"display/locales/{language}/LC_MESSAGES/stupeni.mo" for language in ("uk", "ru")),
        "config/kiosk.toml",
        "config/hub.toml",
        "config/acl",
        "config/mosquitto.conf",
        "config/programmes/coffee.toml",
        "hub/templates/hub/overview.html",
        "hub/static/hub.css",
        "hub/migrations/0001_initial.py",
    }
    assert needed - set(wheel.namelist()) == set()
    fonts = {name for name in names(wheel, "display/assets/fonts/") if not name.endswith(".txt")}
    assert len(fonts) >= 3
    assert any(name.endswith(".txt") for name in names(wheel, "display/assets/fonts/")), "the fonts' licences travel with them"


def test_it_brings_two_commands(wheel: zipfile.ZipFile) -> None:
    """`stupeni` and `stupeni-hub`, each naming a function that exists."""
    said = configparser.ConfigParser()
    said.read_string(wheel.read(f"{dist_info(wheel)}/entry_points.txt").decode())
    commands = dict(said["console_scripts"])
    assert commands == {"stupeni": "kiosk.cli:main", "stupeni-hub": "hub.cli:main"}
    for place in commands.values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


def test_it_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """Its licence, the interpreter it needs, and that it must never be uploaded."""
    metadata = wheel.read(f"{dist_info(wheel)}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "Private :: Do Not Upload" in metadata
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
