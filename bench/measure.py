"""What every benchmark says of a series of measurements, and the shape of a result. No benchmark lives here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]


def summary(what: str, unit: str, values: Sequence[float]) -> dict[str, Any]:
    """One row of a result: how many, min, median, p95, p99, max; percentiles are measured values, not interpolated."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)

    return {
        "what": what,
        "unit": unit,
        "n": len(ordered),
        "min": at(0),
        "median": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": round(ordered[-1], 4),
    }


def budget(what: str, limit: float, got: float, at_least: bool = False) -> dict[str, Any]:
    """A budget and whether this run met it."""
    return {"what": what, "limit": limit, "got": round(got, 3), "met": got >= limit if at_least else got <= limit}
