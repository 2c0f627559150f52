"""Each fault of the simulation earns its place: a product with one mistake must fail under it, by the proof meant for that mistake.

The table of faults and mutants is in docs/simulation.md, and is compared here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.simulation.day import Failed, day
from tests.simulation.faults import NONE, Kind
from tests.simulation.mutants import MUTANTS, Mutant

DAYS_MAX = 60  # the slowest mutant needs about fifty; a fault that needs more than this strikes too seldom


def killed_by(mutant: Mutant) -> int | None:
    """The first day on which the mutant fails by one of its proofs, or None."""
    for seed in range(1, DAYS_MAX + 1):
        try:
            day(seed, NONE if mutant.fault is None else {mutant.fault}, mutant.product)
        except Failed as failure:
            if failure.proof in mutant.proofs:
                return seed
    return None


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_killed_by_its_fault(name: str) -> None:
    """Under its fault alone the mutant fails as meant; there the product passes, and so does the mutant on that day without the fault."""
    mutant = MUTANTS[name]
    seed = killed_by(mutant)
    assert seed is not None
    day(seed, NONE if mutant.fault is None else {mutant.fault})
    if mutant.fault is not None:
        day(seed, NONE, mutant.product)


def test_each_fault_kills_a_mutant() -> None:
    """No fault is in the simulation for show."""
    assert {mutant.fault for mutant in MUTANTS.values()} >= set(Kind)


def test_the_table_is_in_the_docs() -> None:
    """docs/simulation.md lists each mutant with its fault."""
    page = Path("docs/simulation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)
    listed = {(fault, name.strip()) for fault, name in rows}
    assert listed == {("none" if mutant.fault is None else mutant.fault.value, name) for name, mutant in MUTANTS.items()}
