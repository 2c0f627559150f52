"""The naive peer of the store: TinyDB over its own JSON file, as a competent person writes it first.

Here lives one tap as TinyDB's documentation suggests it. Never here: tricks; what makes it slow is the peer's point.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where
from tinydb.operations import add


class TinyDbJson:
    """A store of members and facts in one JSON file; every write reads and writes the whole file, and syncs it."""

    name = "TinyDB, JSON file (peer)"

    def __init__(self, path: Path) -> None:
        self.db = TinyDB(path)
        self.members = self.db.table("members")
        self.facts = self.db.table("facts")

    def fill(self, members: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Write all members, given as (card, document)."""
        self.members.insert_multiple(document for _, document in members)

    def tap(self, card: str, fact: dict[str, Any], points: int) -> int:
        """Read the member, append the fact, add the points; returns the points before. Not atomic: the peer has no transactions."""
        member = self.members.get(where("card") == card)
        assert member is not None
        assert not isinstance(member, list)
        self.facts.insert(fact)
        self.members.update(add("points", points), where("card") == card)
        return int(member["points"])

    def points(self, card: str) -> int:
        """What the member has now."""
        member = self.members.get(where("card") == card)
        assert member is not None
        assert not isinstance(member, list)
        return int(member["points"])

    def close(self) -> None:
        """Close the file."""
        self.db.close()
