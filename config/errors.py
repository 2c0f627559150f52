"""What can be wrong with a configuration, said so that the reader can mend it. Never a value: people paste secrets into wrong places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One thing to mend: where it stands, which key, what is wrong, what to do. `line` counts from 1; 0 where there are no lines."""

    where: str
    line: int
    key: str
    what: str
    do: str

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        key = f"{self.key}: " if self.key else ""
        return f"{place}: {key}{self.what}; {self.do}"

    def row(self) -> dict[str, str | int]:
        """The same for `--json`: plain values under the names of the fields."""
        return {"where": self.where, "line": self.line, "key": self.key, "what": self.what, "do": self.do}


class ConfigErrors(Exception):
    """Everything wrong with a configuration, all at once. The command line prints it and leaves with 78 (EX_CONFIG)."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
