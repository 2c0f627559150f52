"""Plain SQL on Django's connection: what happens at every tap, for a query object costs ten times what the database does with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection


def rows(sql: str, first: Sequence[Any] = (), among: Collection[Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows of a query whose places are filled by `first` and then `among`, which stand for (...); none where `among` is empty."""
    if among is not None:
        if not among:
            return []
        sql = sql.replace("(...)", f"({places(among)})")
    with connection.cursor() as cursor:
        cursor.execute(sql, [*first, *(among or ())])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def places(among: Collection[Any]) -> str:
    """As many places as there are values."""
    return ",".join(["%s"] * len(among))


def write(sql: str, changed: Sequence[tuple[Any, ...]]) -> None:
    """The same statement for each of the rows."""
    if changed:
        with connection.cursor() as cursor:
            cursor.executemany(sql, changed)
