"""The map is a test: who may import whom, which library lives where, what stays pure, how large things may get, what names may say.

A failure says what to do. Read from the sources as text; nothing is imported here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("loyalty", "cards", "kiosk", "drivers", "display", "mqtt", "config", "hub")
# Package -> which others of ours it may import. Words only, so `loyalty` at most, for everything that is no application.
MAY_IMPORT = {
    "loyalty": set[str](),
    "cards": {"loyalty"},
    "config": {"loyalty"},
    "drivers": {"loyalty"},
    "display": {"loyalty"},
    "mqtt": {"loyalty"},
    "kiosk": {"loyalty", "cards", "drivers", "display", "mqtt", "config"},
    "hub": {"loyalty", "cards", "mqtt", "config"},
}
# Library -> where alone it may be imported, as path prefixes.
LIVES_IN = {
    "nfc": ("drivers/",),
    "ndef": ("drivers/",),
    "gpiozero": ("drivers/",),
    "lgpio": ("drivers/",),
    "pygame": ("display/",),
    "luma": ("display/",),
    "smbus2": ("display/",),
    "PIL": ("display/",),
    "paho": ("mqtt/",),
    "tinydb": ("kiosk/documents", "kiosk/store.py"),
    "sqlite3": ("kiosk/documents", "kiosk/store.py"),
    "django": ("hub/",),
    "uvicorn": ("hub/",),
}
PURE = (
    "loyalty/",
    "cards/",
    "kiosk/messages.py",
    "kiosk/machine.py",
    "kiosk/phases.py",
    "kiosk/visit.py",
    "kiosk/outbox.py",
    "kiosk/frames.py",
    "kiosk/answers.py",
    "kiosk/choices.py",
    "kiosk/talking.py",
    "kiosk/closed.py",
    "kiosk/commands.py",
    "kiosk/taken.py",
    "kiosk/held.py",
    "kiosk/standings.py",
    "kiosk/pushed.py",
    "kiosk/setting_up.py",
    "kiosk/streams.py",
    "kiosk/sums.py",
    "kiosk/alarms.py",
    "display/scenes.py",
    "display/redacted.py",
    "display/tended.py",
    "display/layouts/",
    "mqtt/topics.py",
    "mqtt/messages.py",
    "mqtt/wire.py",
    "mqtt/reading.py",
    "mqtt/reading_desired.py",
    "mqtt/content.py",
    "mqtt/operators.py",
    "mqtt/reading_commands.py",
    "mqtt/command_messages.py",
    "mqtt/operations.py",
    "hub/deciding.py",
    "hub/fencing.py",
    "hub/greeting.py",
    "hub/folding.py",
    "hub/settling.py",
    "hub/sorting.py",
    "hub/timing.py",
    "hub/claims.py",
    "hub/command_records.py",
    "hub/reserving.py",
    "hub/recovery.py",
    "hub/rates.py",
    "hub/desired.py",
    "hub/fleet_records.py",
)
IMPURE = {
    "time",
    "random",
    "threading",
    "socket",
    "os",
    "logging",
    "subprocess",
    "asyncio",
    "secrets",
    "select",
    "signal",
    "multiprocessing",
}
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
EXEMPT_FROM_SIZES = "hub/migrations/"  # Django writes these files
FORBIDDEN_WORDS = {"manager", "handler", "helper", "helpers", "util", "utils", "data"}
# Names that a library calls, so they are not ours to choose: nfcpy's udp device, smbus2's bus.
CHOSEN_BY_LIBRARIES = {"_send_data", "_recv_data", "write_i2c_block_data"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, its lines, its syntax."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level folder."""
        return self.path.split("/", 1)[0]

    @property
    def module(self) -> str:
        """The dotted name under which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, wherever in the file; `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names):
                    yield from ((node.lineno, alias.name) for alias in names)
                case ast.ImportFrom(str(module), names, 0):
                    yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
                case ast.ImportFrom(module, names, level) if level:
                    base = ".".join(self.module.split(".")[: -level or None])
                    yield from ((node.lineno, ".".join(filter(None, (base, module, alias.name)))) for alias in names)

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, however deep."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file under these folders, in order of path."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Source(path.relative_to(ROOT).as_posix(), text.count("\n"), ast.parse(text)))
    return tuple(found)


def product() -> tuple[Source, ...]:
    """Everything that is shipped."""
    return sources(*OURS)


def beside() -> tuple[Source, ...]:
    """What is written for the product and not shipped in it, tests apart."""
    return sources(*(folder for folder in ("bench", "tools") if (ROOT / folder).is_dir()))


def no(complaints: list[str]) -> None:
    """Fails with all complaints, one a line."""
    if complaints:
        pytest.fail("\n" + "\n".join(complaints), pytrace=False)


def test_every_package_is_there() -> None:
    """The packages of the map exist and hold files, so that the tests below look at something."""
    assert {source.package for source in product()} == set(OURS) == set(MAY_IMPORT)
    assert (ROOT / "systemd").is_dir()


def test_packages_import_along_the_map() -> None:
    """A package imports only those of ours that the map allows it; kiosk and hub never meet."""
    no(
        [
            f"{source.path}:{line} imports {name}, but {source.package} may import only "
            f"{', '.join(sorted(MAY_IMPORT[source.package])) or 'the standard library'}: "
            "hand the value in from the composition root, or move what both need to loyalty"
            for source in product()
            for line, name in source.imports
            if (target := name.split(".")[0]) in OURS and target != source.package and target not in MAY_IMPORT[source.package]
        ]
    )


def test_nothing_shipped_imports_tests_or_benchmarks() -> None:
    """What is shipped stands without the folders that are not."""
    no(
        [
            f"{source.path}:{line} imports {name}: that folder is not shipped; move what is needed into a package"
            for source in product()
            for line, name in source.imports
            if name.split(".")[0] in {"tests", "bench", "tools", "systemd"}
        ]
    )


def test_each_library_has_one_home() -> None:
    """A library is imported in its own place only, so that replacing it touches one package."""
    no(
        [
            f"{source.path}:{line} imports {name}: {library} lives in {' or '.join(homes)} only; "
            "give that place a function that does what is needed here, in plain values"
            for source in product()
            for line, name in source.imports
            if (library := name.split(".")[0]) in LIVES_IN
            for homes in [LIVES_IN[library]]
            if not source.path.startswith(homes)
        ]
    )


def our_module(name: str) -> Source | None:
    """The file of ours that an imported name comes from: the module itself, or the one the name is in."""
    by_name = {source.module: source for source in product()}
    return by_name.get(name) or by_name.get(name.rpartition(".")[0])


def way_to_impurity(source: Source, seen: set[str]) -> str | None:
    """How a file reaches the outside world, through whichever of our own files; None when it does not."""
    seen.add(source.path)
    for line, name in source.imports:
        if name.split(".")[0] in IMPURE:
            return f"{source.path}:{line} imports {name}"
        own = our_module(name)
        if own is not None and own.path not in seen and (way := way_to_impurity(own, seen)):
            return f"{source.path}:{line} -> {way}"
    return None


def test_the_core_touches_no_clock_no_thread_and_no_file() -> None:
    """Pure files reach no clock, chance, thread, socket, process or log, directly or through anything of ours that they import."""
    pure = [source for source in product() if source.path.startswith(PURE)]
    assert {source.path for source in pure} >= {path for path in PURE if path.endswith(".py")}
    no(
        [
            f"{way}: {source.path} is pure; take the value as an argument (time comes in messages), or return an effect for the loop"
            for source in pure
            if (way := way_to_impurity(source, set()))
        ]
    )


def test_the_core_opens_nothing() -> None:
    """Pure files call neither open, print, input nor a clock of datetime."""
    no(
        [
            f"{source.path}:{node.lineno} calls {called}: that is I/O; pure files get what they need as arguments and return the rest"
            for source in product()
            if source.path.startswith(PURE)
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Call)
            for called in [ast.unparse(node.func)]
            if called in {"open", "print", "input"} or called.endswith((".now", ".today", ".utcnow"))
        ]
    )


@pytest.mark.parametrize("folder", ["systemd", "tests"])
def test_folders_that_are_no_packages_stay_none(folder: str) -> None:
    """An `__init__.py` in `systemd` would shadow python-systemd, one in `tests` would make test names clash."""
    found = [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("__init__.py")]
    no([f"{path}: delete it, {folder} is no package" for path in found])


def test_files_stay_small() -> None:
    """No file beside the tests has more than 300 lines."""
    no(
        [
            f"{source.path} has {source.lines} lines, {FILE_LINES_MAX} are the most: split it by what changes together"
            for source in (*product(), *beside())
            if source.lines > FILE_LINES_MAX and not source.path.startswith(EXEMPT_FROM_SIZES)
        ]
    )


def test_functions_stay_small() -> None:
    """No function beside the tests has more than 70 lines."""
    no(
        [
            f"{source.path}:{node.lineno} {node.name} has {length} lines, {FUNCTION_LINES_MAX} are the most: "
            "keep the branches here and move the leaves into functions of their own"
            for source in (*product(), *beside())
            if not source.path.startswith(EXEMPT_FROM_SIZES)
            for node in source.functions
            if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
        ]
    )


def test_every_file_says_what_it_is() -> None:
    """Each file opens with a docstring: what lives here, and what never will."""
    everything = (*product(), *beside(), *sources("tests"))
    no(
        [
            f"{source.path}: begin it with a docstring that says what lives here, and what never will"
            for source in everything
            if not source.path.startswith(EXEMPT_FROM_SIZES) and not ast.get_docstring(source.tree)
        ]
    )


def test_every_test_says_what_it_proves() -> None:
    """Each test's docstring states a behaviour in one sentence."""
    no(
        [
            f"{source.path}:{node.lineno} {node.name}: add a docstring that states the behaviour in one sentence"
            for source in sources("tests")
            for node in source.functions
            if node.name.startswith("test_") and not ast.get_docstring(node)
        ]
    )


def words(name: str) -> set[str]:
    """The words of a name, of snake_case and CamelCase alike."""
    return {word.lower() for part in name.split("_") for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", part)}


def names(source: Source) -> Iterator[tuple[int, str]]:
    """The module's own name and those of all classes and functions in it, with their lines."""
    yield from ((1, part) for part in source.module.split("."))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef | Function):
            yield node.lineno, node.name


def test_names_say_what_a_thing_is() -> None:
    """No module, class or function is called manager, handler, helper, util or data: such a name says nothing."""
    no(
        [
            f"{source.path}:{line} {name}: '{', '.join(sorted(empty))}' says nothing; "
            "name it with a word of the shop, for what it does or is"
            for source in (*product(), *beside())
            if not source.path.startswith(EXEMPT_FROM_SIZES)
            for line, name in sorted(set(names(source)))
            if name not in CHOSEN_BY_LIBRARIES and (empty := words(name) & FORBIDDEN_WORDS)
        ]
    )


def test_words_are_told_apart() -> None:
    """The splitting of names knows both styles and does not see a word inside another."""
    assert words("HTTPDataReader_for_kiosks2") == {"http", "data", "reader", "for", "kiosks"}
    assert words("metadata") == {"metadata"}
    assert words("_handle") == {"handle"}
