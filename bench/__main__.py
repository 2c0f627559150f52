"""`python -m bench [NAME[:COUNT] ...]`: run benchmarks, print a table, write `bench/results/NAME.json`, `.md` and `.svg`.

COUNT makes one of them smaller for a quick look where it has such a number (`fold:500` rebuilds 500 members); then nothing is written.

The exit code is 0 even if a budget is missed: a figure is to be read, and a noisy minute is no defect. Misses are printed.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from pathlib import Path

import pygal

from bench.measure import Result

NAMES = ("tap", "store", "claim", "fold", "start", "idle")
RESULTS = Path(__file__).parent / "results"
COLUMNS = ("what", "unit", "n", "min", "median", "p95", "p99", "max")


def table(result: Result) -> str:
    """The result as Markdown: rows, ratios, budgets."""
    lines = [f"## {result['name']}", "", result.get("about", ""), ""]
    lines += ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(str(row.get(column, "")) for column in COLUMNS) + " |" for row in result["rows"]]
    lines += ["", "| ratio, same run | |", "|---|---|", *(f"| {name} | {value:.2f} |" for name, value in result["ratios"].items())]
    lines += ["", "| budget | limit | got | |", "|---|---|---|---|"]
    lines += [f"| {b['what']} | {b['limit']} | {b['got']} | {'met' if b['met'] else '**missed**'} |" for b in result["budgets"]]
    return "\n".join(lines) + "\n"


def plot(result: Result, path: Path) -> None:
    """Median, p95 and p99 of every row as bars on a logarithmic scale, since peers are often a hundred times slower."""
    chart = pygal.HorizontalBar(
        title=f"{result['name']} ({result['rows'][0]['unit']}, logarithmic)",
        logarithmic=True,
        print_values=True,
        height=120 + 70 * len(result["rows"]),
    )
    chart.config.js = []  # a plot that fetches scripts from elsewhere is no file of ours
    chart.x_labels = [row["what"] for row in result["rows"]]
    for name in ("median", "p95", "p99"):
        chart.add(name, [row[name] or None for row in result["rows"]])
    path.write_bytes(chart.render())


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name.partition(":")[0] not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    for asked in names or NAMES:
        print(f"running {asked} ...", file=sys.stderr)
        began = time.monotonic()
        name, _, count = asked.partition(":")
        bench = importlib.import_module(f"bench.{name}")
        result: Result = bench.run(int(count)) if count else bench.run()
        result["machine"] = (
            f"{platform.machine()}, {platform.python_version()}, {platform.system()} {'.'.join(platform.release().split('.')[:2])}"
        )
        result["date"] = time.strftime("%Y-%m-%d")
        if not count:
            (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
            (RESULTS / f"{name}.md").write_text(table(result))
            plot(result, RESULTS / f"{name}.svg")
        print(table(result))
        print(f"({time.monotonic() - began:.0f} s)", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
