"""The toolbox: the targets that people and CI are told to use, and the script that fetches missing programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WAIT_S = 60.0
NEED = ROOT / "tools" / "need.sh"
TOLD = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run", *sorted((ROOT / "docs").rglob("*.md"))]
BY_NAME = "bench-"  # `make bench-tap`: one of the benchmarks


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--no-print-directory", *words], cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)


def told_targets() -> set[str]:
    """Every target that a document or CI names in code: `make NAME`, or a line of a listing that begins so."""
    found: set[str] = set()
    for path in TOLD:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text, re.MULTILINE))
    return found


def targets() -> set[str]:
    """The targets that the Makefile has."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_what_people_are_told_to_run_exists() -> None:
    """Each target named in README, CONTRIBUTING, docs and CI is in the Makefile."""
    told = {name for name in told_targets() if not name.startswith(BY_NAME)}
    assert {"demo", "test"} <= told
    assert told - targets() == set()


@pytest.mark.parametrize(
    "target", ["demo", "test", "check", "format", "lint", "types", "bench", "bench-tap", "soak", "golden", "schemas", "locales"]
)
def test_a_target_can_be_planned(target: str) -> None:
    """`make -n` knows how to make it, and what it would run begins with getting ready."""
    planned = make("-n", target)
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.strip()


def test_the_demo_takes_its_words() -> None:
    """SCRIPT=1 asks for the scripted minute, OUT names its folder; without them neither is said."""
    assert "stupeni demo --script --out here" in make("-n", "demo", "SCRIPT=1", "OUT=here").stdout
    assert re.search(r"stupeni demo *$", make("-n", "demo").stdout, re.MULTILINE)


def test_help_lists_what_has_a_line_of_help() -> None:
    """Plain `make` lists targets with a sentence each, and does nothing else."""
    listed = make()
    assert listed.returncode == 0
    assert {"demo", "test", "check", "bench"} <= {line.split()[0] for line in listed.stdout.splitlines()}
    assert all(len(line.split()) > 2 for line in listed.stdout.splitlines())


# --- tools/need.sh ---


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A PATH of one folder with nothing but what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("id", "mktemp", "tail", "rm", "env"):
        program = shutil.which(name)
        assert program is not None
        (folder / name).symlink_to(program)
    return folder


def fake(folder: Path, name: str, script: str) -> None:
    """A program that does as told."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def need(folder: Path, *pairs: str, more: Sequence[tuple[str, str]] = ()) -> subprocess.CompletedProcess[str]:
    """The script with that PATH."""
    return subprocess.run(
        ["/bin/sh", str(NEED), *pairs],
        env={"PATH": str(folder), "TMPDIR": str(folder.parent), **dict(more)},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )


PROGRAM = "stupeni-no-such-program"  # the script looks into /usr/sbin too: a name that no machine has there


def test_need_is_silent_where_everything_is_there(bin_folder: Path) -> None:
    """All programs here: exit 0, not a word, and apt-get is not even looked for."""
    fake(bin_folder, PROGRAM, "exit 3")
    ended = need(bin_folder, f"{PROGRAM}=package", "rm=coreutils")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_need_without_apt_says_what_is_missing(bin_folder: Path) -> None:
    """A program missing on a machine without apt-get: 69, naming the packages of all that is missing and nothing that is there."""
    ended = need(bin_folder, f"{PROGRAM}=first-package", "rm=coreutils", f"{PROGRAM}-too=second-package")
    assert ended.returncode == 69
    assert "missing here: first-package second-package." in ended.stderr
    assert "no apt-get" in ended.stderr
    assert "coreutils" not in ended.stderr


def test_need_installs_with_apt(bin_folder: Path) -> None:
    """With apt-get it says what it installs, asks sudo only for people who are not root, and cleans up after itself."""
    calls = bin_folder.parent / "calls"
    fake(bin_folder, "apt-get", f'echo "apt-get $*" >>{calls}')
    fake(bin_folder, "sudo", f'echo sudo >>{calls}; exec "$@"')
    for user, sudo in (("0", False), ("1000", True)):
        calls.write_text("")
        (bin_folder / "id").unlink()
        fake(bin_folder, "id", f"echo {user}")
        ended = need(bin_folder, f"{PROGRAM}=wanted-package")
        assert ended.returncode == 0, ended.stderr
        assert "installing: wanted-package" in ended.stderr
        assert ("sudo is asked" in ended.stderr) is sudo
        lines = calls.read_text().splitlines()
        assert ("sudo" in lines) is sudo
        assert [line for line in lines if line != "sudo"] == [
            "apt-get update -qq",
            "apt-get install -y -qq --no-install-recommends wanted-package",
        ]
    assert list(bin_folder.parent.glob("tmp*")) == []


def test_need_that_fails_says_why_and_what_to_do(bin_folder: Path) -> None:
    """apt-get fails: 69, its last words, where the whole log is, and the command to do it by hand. No sudo and no root: as root, then."""
    fake(bin_folder, "apt-get", "echo E: the shelf is empty; exit 100")
    (bin_folder / "id").unlink()
    fake(bin_folder, "id", "echo 0")
    ended = need(bin_folder, f"{PROGRAM}=wanted-package")
    assert ended.returncode == 69
    assert "the shelf is empty" in ended.stderr
    assert "apt-get install --no-install-recommends wanted-package" in ended.stderr
    fake(bin_folder, "id", "echo 1000")
    ended = need(bin_folder, f"{PROGRAM}=wanted-package")
    assert ended.returncode == 69
    assert "As root: apt-get update" in ended.stderr


def test_need_knows_that_venv_is_a_module(bin_folder: Path) -> None:
    """`venv` is looked for in the interpreter that PYTHON names, because Debian ships it apart from Python."""
    fake(bin_folder, "whole-python", "exit 0")
    fake(bin_folder, "bare-python", "exit 1")
    assert need(bin_folder, "venv=python3-venv", more=[("PYTHON", "whole-python")]).returncode == 0
    ended = need(bin_folder, "venv=python3-venv", more=[("PYTHON", "bare-python")])
    assert ended.returncode == 69
    assert "python3-venv" in ended.stderr


def test_the_script_is_executable() -> None:
    """make calls it by its name."""
    assert os.access(NEED, os.X_OK)
