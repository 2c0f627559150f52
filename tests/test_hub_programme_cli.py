"""`stupeni-hub programme lint`, as an operator asks it before a programme is put in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import cli
from loyalty.programme.lint import Code
from tests.programmes import ABOUT, TODAY


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    """Exit code, and what came to stdout and stderr."""
    with pytest.raises(SystemExit) as left:
        cli.main(["programme", "lint", *words])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def test_a_shipped_programme_is_linted_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The name of a shipped programme gives its report, with exit code 0 though there is something to say."""
    code, out, err = run(capsys, "grocery", "--today", TODAY.isoformat())

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "Grocery, version 1, as of 2026-12-01"
    assert "\nfew_items: 16 active items" in out


def test_a_file_is_linted_for_programs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path, also one beside the operator, gives with --json one object with counts and findings."""
    (tmp_path / "mine.toml").write_text(ABOUT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "mine.toml", "--json", "--today", "2026-12-01")
    report = json.loads(out)

    assert code == 0
    assert (report["name"], report["today"], report["items"], report["templates"]) == ("Test", "2026-12-01", 1, ["goodwill"])
    assert {finding["code"] for finding in report["findings"]} == {Code.RUNG, Code.FEW_ITEMS, Code.FEW_KINDS, Code.STALE}


def test_today_is_that_of_the_shop(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --today the report is as of a day of the calendar."""
    code, out, _ = run(capsys, "coffee", "--json")

    assert code == 0
    assert json.loads(out)["today"] >= "2026-11-25"


def test_a_wrong_programme_leaves_with_78(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All mistakes go to stderr, each with file and line, and the exit code is that of a wrong configuration."""
    path = tmp_path / "mine.toml"
    path.write_text(f"{ABOUT}[[rule]]\nid = 'r'\ntrigger = 'visit'\nperk = 'none'\n[rungs]\nusual_days = 0\n", encoding="utf-8")
    code, out, err = run(capsys, str(path))

    assert (code, out) == (78, "")
    assert [line.split(":")[:3] for line in err.splitlines()] == [["error", f" {path}", "8"], ["error", f" {path}", "10"]]


@pytest.mark.parametrize("words", [("/nowhere/mine.toml",), ("coffe",)])
def test_an_absent_file_leaves_with_78(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """A file that is not there is told by its path."""
    code, _, err = run(capsys, *words)

    assert code == 78
    assert "cannot be read" in err


def test_a_day_that_is_none_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A --today that is no day leaves with 2."""
    code, _, err = run(capsys, "coffee", "--today", "tomorrow")

    assert code == 2
    assert "2026-11-25" in err
