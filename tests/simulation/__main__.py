"""`python -m tests.simulation SEED [COUNT]`: days of the simulated shop again, one by one, with every step if wanted."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.simulation.day import Failed, day
from tests.simulation.faults import ALL, NONE, Kind


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the days asked for; 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the first day")
    parser.add_argument("count", type=int, nargs="?", default=1, help="how many days (1)")
    parser.add_argument("--only", metavar="KINDS", help=f"these faults alone, by commas, or 'nothing': {', '.join(Kind)}")
    parser.add_argument("--trace", action="store_true", help="say every step")
    asked = parser.parse_args(arguments)
    faults = ALL if asked.only is None else NONE if asked.only == "nothing" else frozenset(map(Kind, asked.only.split(",")))
    began_s, failed = time.monotonic(), 0
    for seed in range(asked.seed, asked.seed + asked.count):
        try:
            day(seed, faults, say=print if asked.trace else None)
        except Failed as failure:
            failed += 1
            print(failure, file=sys.stderr)
    print(f"{asked.count} days, {failed} failed, {time.monotonic() - began_s:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
