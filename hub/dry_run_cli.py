"""`stupeni-hub programme dry-run`: what members would have got under another programme, before anybody puts it in force.

Reads facts, changes nothing; names nobody but by id. How it is reckoned is `loyalty.shop.dry_run`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config import shipped
from config.programme import named_programme
from hub.command import config_option, load, ready, say
from hub.desk_cli import now_ms
from loyalty.facts import Fact
from loyalty.programme.checks import successor_problems
from loyalty.rulebook import Rulebook
from loyalty.shop.dry_run import Comparison, compare

if TYPE_CHECKING:
    from hub.door import HubStore

DAY_MS = 86_400_000
DAYS_MAX = 366


@click.command("dry-run")
@config_option
@click.argument("file")
@click.option("--days", default=30, type=click.IntRange(1, DAYS_MAX), show_default=True, help="How far back it looks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def dry_run(path: Path | None, file: str, days: int, as_json: bool) -> None:
    """Say what members would have got in the last days under the programme FILE.

    FILE is a TOML file or the name of a shipped programme. Each member is folded twice, from the first fact on.
    """
    config = load(path)
    wanted = named_programme(file if file in shipped.programme_names() else str(Path(file).absolute()))
    ready(config)
    from hub.django_store import DjangoHubStore
    from hub.editions import in_force

    store = DjangoHubStore()
    current = in_force(store, config.programme.file)
    candidate = Rulebook([(0, wanted)], current.zone, current.closed)
    to_ms = now_ms()
    found = compare(_members(store), current, candidate, to_ms - days * DAY_MS, to_ms)
    problems = [f"{each.path}: {each.what}; {each.do}" for each in successor_problems(current.now, wanted)]
    if as_json:
        say(json.dumps({**_as_json(found), "problems": problems}))
        return
    for line in [*found.lines(), *(f"it cannot follow on the programme in force: {problem}" for problem in problems)]:
        click.echo(line)


def _members(store: HubStore) -> Iterator[tuple[str, list[Fact]]]:
    """Every member with all their facts, one at a time: the hub goes on taking facts between them."""
    from hub import models

    for id_ in list(models.Member.objects.order_by("id").values_list("id", flat=True)):
        with store.transaction() as tx:
            member = tx.members([id_]).get(id_)
            if member is not None:
                facts = tx.facts_of(member.cards, (member.id, *member.merged))
        if member is not None:
            yield id_, facts


def _as_json(found: Comparison) -> dict[str, object]:
    """All of it as JSON's own types; moves between tiers and rungs as lists of [from, to, members]."""
    moves = {axis: [[*pair, count] for pair, count in sorted(getattr(found, axis).items())] for axis in ("tiers", "rungs")}
    sides = {side: [asdict(each) | {"points": each.points} for each in getattr(found, side)] for side in ("gains", "losses")}
    plain = asdict(found) | moves | sides
    return plain | {"new_rules": found.new_rules, "lost_rules": found.lost_rules}
