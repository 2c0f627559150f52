"""The page of failures against the tests: each row names tests that exist, and each test of the matrix stands in a row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what happens")]
NAMED = re.compile(r"`(tests/[\w/]+\.py): (test_\w+)`")


def defined_in(path: Path) -> set[str]:
    """The tests of a file."""
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_row_names_a_test_that_exists(row: list[str]) -> None:
    """What happens, what holds, and at least one test, each of which is in its file."""
    happens, holds, tests = row
    assert happens.strip()
    assert holds.strip()
    named = NAMED.findall(tests)
    assert named
    assert [f"{path}: {name}" for path, name in named if name not in defined_in(ROOT / path)] == []


def test_every_test_of_the_matrix_stands_on_the_page() -> None:
    """No failure is tried that the page does not tell."""
    files = [path for path in sorted((ROOT / "tests").glob("test_failures_*.py")) if path.name != Path(__file__).name]
    tried = {(f"tests/{path.name}", name) for path in files for name in defined_in(path) if name.startswith("test_")}
    assert tried - set(NAMED.findall(PAGE)) == set()
