"""`stupeni-hub programme ...`: what an operator asks about a programme before it is put in force. Only words; nothing is changed.

Findings go to stdout: they are what was asked for. Exit codes are those of `hub.cli`.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config import shipped
from config.programme import named_programme
from loyalty.programme import Programme
from loyalty.programme.lint import ITEMS_GOAL, Report, lines, lint


@click.group()
def programme() -> None:
    """Programmes: the rules of the shop."""


@programme.command("lint")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
@click.option("--today", default=None, metavar="YYYY-MM-DD", help="As of another day than today in the programme's zone.")
def lint_file(file: str, as_json: bool, today: str | None) -> None:
    """Say what is wrong with a programme, or what could be better.

    FILE is a TOML file or the name of a shipped programme. Leaves with 0 if it can be put in force, with 78 and all mistakes if not.
    """
    known = named_programme(file if file in shipped.programme_names() else str(Path(file).absolute()))
    day = _day(today) if today else datetime.now(ZoneInfo(known.programme.time_zone)).date()
    report = lint(known, day)
    if as_json:
        click.echo(json.dumps(_as_json(known, day, report), ensure_ascii=False))
        return
    click.echo(f"{known.name}, version {known.version}, as of {day}")
    for line in lines(report):
        click.echo(line)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write a day like 2026-11-25", param_hint="--today") from None


def _as_json(known: Programme, day: date, report: Report) -> dict[str, object]:
    return {
        "name": known.name,
        "version": known.version,
        "today": day.isoformat(),
        "items": report.items,
        "items_goal": ITEMS_GOAL,
        "templates": [template.name.lower() for template in report.templates],
        "perk_kinds": [kind.value for kind in report.perk_kinds],
        "findings": [{"code": each.code.value, "path": each.path, "what": each.what, "do": each.do} for each in report.findings],
    }
