"""The documents say only what is there: paths, functions, make targets, keys, commands, scenes, messages, topics and threads."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest

from config.load import described
from config.schema import HubConfig, KioskConfig
from display.scenes import Scene
from hub.cli import commands as hub_commands
from kiosk.cli import main as kiosk_commands
from kiosk.demo.terminal import HELP
from kiosk.messages import Effect, Message
from loyalty.facts import Body
from loyalty.programme import About
from mqtt.wire import TERMS

ROOT = Path(__file__).parent.parent
PRODUCT = ("loyalty", "cards", "kiosk", "drivers", "display", "mqtt", "config", "hub")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
HEADINGS = ["Status", "Context", "Decision", "Consequences"]
FIRST_SCREEN_LINES = 60
README_PINS = ("lamp_red_pin", "lamp_green_pin", "lamp_blue_pin", "buzzer_pin")
# Places of the installed product or of the system; anything else that begins with "/" is somebody's own machine.
SYSTEM_FOLDERS = ("/etc", "/opt", "/var", "/run", "/dev", "/boot", "/sys", "/proc", "/usr", "/tmp", "/backup")
HOLLOW = re.compile(r"\b(manager|handler|helper|util|utils|utility|utilities)s?\b", re.IGNORECASE)
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"[\w.-]+(/[\w.-]+)+\.(py|toml|md|conf|service|png|po|txt|sh|css|html)")
IN_FILE = re.compile(r"([\w./-]+\.py): ([\w.]+)")
# Written when a benchmark runs, so they need not be there.
MADE_LATER = re.compile(r"bench/results/\w+\.(json|md|svg)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def text(page: Path) -> str:
    """A page as it is written."""
    return page.read_text(encoding="utf-8")


def everything() -> str:
    """All pages together."""
    return "\n".join(map(text, PAGES))


def code_of(page: Path) -> list[str]:
    """What stands in backticks on a page, outside blocks."""
    return CODE.findall(FENCE.sub("", text(page)))


@cache
def defined(path: Path) -> set[str]:
    """Names a Python file defines: functions, classes and Class.method."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                names |= {name} | {f"{name}.{inner.name}" for inner in body if isinstance(inner, ast.FunctionDef)}
    return names


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of the product."""
    return tuple(path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def logged() -> set[str]:
    """Every line the kiosk may write to its log, as the code names it."""
    return {event for path in sources() for event in re.findall(r'"([a-z]+\.[a-z_]+)"', path.read_text(encoding="utf-8"))}


def names_of(group: click.Command, so_far: str) -> Iterator[str]:
    """A command and all that are under it, as they are typed."""
    yield so_far
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from names_of(command, f"{so_far} {name}")


COMMANDS = {*names_of(kiosk_commands, "stupeni"), *names_of(hub_commands, "stupeni-hub")}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Those of a programme's first table too: it has the name of a section of settings. Its examples are read by `test_config_programme`.
KEYS = {key for schema in (KioskConfig, HubConfig) for key in described(schema)} | {f"programme.{each.name}" for each in fields(About)}
SECTIONS = {key.partition(".")[0] for key in KEYS}


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file or folder that exists."""
    for link in LINK.findall(FENCE.sub("", text(page))):
        if "://" not in link and not link.startswith("#"):
            assert (page.parent / link.partition("#")[0]).exists(), link


@pages
def test_every_file_named_is_there(page: Path) -> None:
    """A path in backticks exists, from the root of the repository."""
    for code in code_of(page):
        path = code.partition(":")[0]
        if FILE.fullmatch(path) and not MADE_LATER.fullmatch(path):
            assert (ROOT / path).exists(), path


@pages
def test_every_function_named_is_in_its_file(page: Path) -> None:
    """`path/file.py: name` names a function, class or method of that file."""
    for code in code_of(page):
        if named := IN_FILE.fullmatch(code):
            path = ROOT / named[1]
            assert path.exists(), code
            assert named[2] in defined(path), code


@pages
def test_every_method_named_alone_exists(page: Path) -> None:
    """`Class.method` is defined somewhere in the product."""
    known = {name for path in sources() for name in defined(path)}
    for code in code_of(page):
        if re.fullmatch(r"[A-Z][a-z]\w*\.[a-z_]+", code) and not (ROOT / code).exists():
            assert code in known, code


@pages
def test_every_folder_named_is_there(page: Path) -> None:
    """`folder/` or `folder/folder/` exists."""
    for code in code_of(page):
        if re.fullmatch(r"[a-z][\w.-]*(/[\w.-]+)*/", code):
            assert (ROOT / code).is_dir(), code


@pages
def test_every_make_target_named_exists(page: Path) -> None:
    """`make NAME` is in the Makefile, or is bench-NAME of a benchmark."""
    for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text(page), re.MULTILINE):
        name = target.removeprefix("bench-")
        assert target in TARGETS or (ROOT / "bench" / f"{name}.py").exists(), target


@pages
def test_every_command_named_exists(page: Path) -> None:
    """What is written after `stupeni` or `stupeni-hub` is one of its commands."""
    for words in re.findall(r"(?:^|`|/bin/)(stupeni(?:-hub)?(?: [a-z]+)*)(?=[` \n]|$)", text(page), re.MULTILINE):
        typed = words.split()
        known = max((length for length in range(1, len(typed) + 1) if " ".join(typed[:length]) in COMMANDS), default=0)
        assert known >= min(2, len(typed)), words
        if " ".join(typed[:known]) == "stupeni config":
            assert known == len(typed), words


def test_every_command_is_told() -> None:
    """Each command of both programs stands on some page."""
    leaves = {name for name in COMMANDS if not any(other.startswith(f"{name} ") for other in COMMANDS)}
    for name in leaves:
        assert f"`{name}" in everything(), name


@pages
def test_every_key_named_is_a_setting(page: Path) -> None:
    """`section.key` in backticks is in the schema, unless it is a line of the log, a kind of fact, a module or a file."""
    for code in code_of(page):
        key = re.fullmatch(r"([a-z]+)\.([a-z][a-z0-9_]+)( = .+)?", code)
        if key and key[1] in SECTIONS:
            name = f"{key[1]}.{key[2]}"
            assert name in KEYS | logged() or (ROOT / key[1] / f"{key[2]}.py").exists() or (ROOT / "config" / name).exists(), code


@pages
def test_every_example_of_settings_is_one(page: Path) -> None:
    """Each TOML block, and each `--set`, names settings that exist."""
    named = set(re.findall(r"--set ([a-z]+\.[a-z0-9_]+)=", text(page)))
    for block in re.findall(r"```toml\n(.*?)```", text(page), re.DOTALL) if page.name != "programme.md" else ():
        named |= {f"{section}.{key}" for section, keys in tomllib.loads(block).items() for key in keys}
    assert named <= KEYS


@pytest.mark.parametrize("kind", [*get_args(Scene), *get_args(Message), *get_args(Effect)], ids=lambda kind: kind.__name__)
def test_every_scene_message_and_effect_is_told(kind: type[object]) -> None:
    """Each is named in backticks on some page."""
    assert f"`{kind.__name__}`" in everything()


@pytest.mark.parametrize("leaf", [terms.leaf for terms in TERMS.values()])
def test_every_topic_is_told(leaf: str) -> None:
    """Each leaf of the topic tree stands in the protocol."""
    assert re.search(rf"/(up|dn)/{leaf}`", text(ROOT / "docs" / "protocol.md"))


def test_every_fact_is_told() -> None:
    """Each kind of fact stands in the page for accountants."""
    for kind in get_args(Body):
        assert f"`{kind.__name__}`" in text(ROOT / "docs" / "loyalty.md")


def test_the_keys_of_the_demo_are_told() -> None:
    """Every key that the demo's own help names stands in the README's table, and no other."""
    section = text(ROOT / "README.md").partition("## The demo's keys")[2].partition("##")[0]
    told = [key for part in re.split(r"\s{3,}", "   ".join(HELP)) for key in part.partition("  ")[0].split()]
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    assert sorted(key for row in rows for key in CODE.findall(row)) == sorted(told)


def test_decisions_are_numbered_without_gaps() -> None:
    """0001, 0002 and so on, and the title repeats the number."""
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for page in DECISIONS:
        assert text(page).startswith(f"# {page.name[:4]}: "), page.name


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_four_headings_and_a_date(page: Path) -> None:
    """Status with its date, context, decision, consequences; and the architecture lists it."""
    assert re.findall(r"^## (.+)$", text(page), re.MULTILINE) == HEADINGS
    assert re.search(r"^(Accepted|Proposed|Superseded by \d{4}), \d{4}-\d{2}-\d{2}\.$", text(page), re.MULTILINE)
    assert f"decisions/{page.name}" in text(ROOT / "docs" / "architecture.md")


def test_the_first_screen_of_the_readme() -> None:
    """One golden picture, both commands and the wiring table with the shipped pins stand within the first lines."""
    first = text(ROOT / "README.md").splitlines()[:FIRST_SCREEN_LINES]
    whole = "\n".join(first)
    assert re.search(r"!\[[^\]]{20,}\]\(tests/golden/[\w-]+\.png\)", whole)
    assert any(line.startswith("make demo") for line in first)
    assert any(line.startswith("make test") for line in first)
    wiring = whole.partition("## Wiring")[2]
    for pin in README_PINS:
        assert f"| {described(KioskConfig)[f'panel.{pin}'].default} |" in wiring, pin
    buttons = described(KioskConfig)["panel.button_pins"].default
    assert isinstance(buttons, tuple)
    assert f"| {', '.join(str(pin) for pin in buttons)} |" in wiring


def test_wiring_is_told_twice_alike() -> None:
    """README and the hardware page give every BCM number the same place on the header."""

    def places(page: str) -> dict[str, str]:
        rows = re.findall(r"^\|[^|]*\|[^|]*\| (\d+)(?: \(\w+\))? \| (\d+) \|", text(ROOT / page), re.MULTILINE)
        buttons = re.findall(r"\| (\d+(?:, \d+)+) \| (\d+(?:, \d+)+) \|", text(ROOT / page))
        spread = [pair for pins, at in buttons for pair in zip(pins.split(", "), at.split(", "), strict=True)]
        return dict([*rows, *spread])

    assert places("README.md") == places("docs/hardware.md")
    assert len(places("README.md")) == 12


def test_every_thread_is_in_the_table() -> None:
    """Each file of the product that starts a thread is named in the table of threads, and no other claims to."""
    makers = {
        str(path.relative_to(ROOT)) for path in sources() if re.search(r"\bthreading\.(Thread|Timer)\(", path.read_text(encoding="utf-8"))
    }
    section = text(ROOT / "docs" / "architecture.md").partition("## Threads")[2].partition("\n## ")[0]
    for maker in makers:
        assert f"`{maker}`" in section, maker


@pages
def test_hollow_words_are_absent(page: Path) -> None:
    """No word that says nothing about the shop."""
    assert not HOLLOW.findall(text(page))


@pages
def test_no_path_of_somebodys_machine(page: Path) -> None:
    """An absolute path is one of the installed product or of the system."""
    for path in re.findall(r"(?<![\w.:/>)*$}~-])/[a-z][\w.-]*(?:/[\w.-]+)*", text(page)):
        if path.count("/") > 1:
            assert path.startswith(SYSTEM_FOLDERS), path
