"""What a kiosk can be commanded to do, and with which arguments. Pure; the page for people is docs/protocol.md.

The hub looks a command up here before it writes it down, the kiosk before it obeys: they need not be of one version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.shapes import near

Value = int | bool | str


class NotUnderstood(ValueError):
    """No such operation, or arguments that do not fit it; the message says which and what would fit. Nothing of the content is repeated
    but names of operations and arguments, cut to 32 characters.
    """


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int
    most: int
    default: int

    @property
    def expected(self) -> str:
        """In words."""
        return f"a whole number from {self.least} to {self.most}"

    def fits(self, value: object) -> bool:
        """Whether this value will do; true is no number."""
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class OnOff:
    """true or false; it must be said."""

    default: None = None

    @property
    def expected(self) -> str:
        """In words."""
        return "true or false"

    def fits(self, value: object) -> bool:
        """Whether this value will do."""
        return type(value) is bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these words; it must be said."""

    words: tuple[str, ...]
    default: None = None

    @property
    def expected(self) -> str:
        """In words."""
        return "one of " + ", ".join(self.words)

    def fits(self, value: object) -> bool:
        """Whether this value will do."""
        return isinstance(value, str) and value in self.words


Argument = Whole | OnOff | OneOf
OPERATIONS: dict[str, dict[str, Argument]] = {
    "identify": {},
    "restart": {"grace_s": Whole(0, 120, 60)},  # two minutes: longer than any conversation that is not another customer's
    "maintenance": {"on": OnOff()},
    "blank": {"on": OnOff(), "hours": Whole(1, 24, 14)},  # from closing to opening; longer than a day it would be forgotten
    "refresh": {},
    "screenshot": {},
    "log_level": {"level": OneOf(("debug", "info", "warning", "error")), "minutes": Whole(1, 1440, 60)},
}


def understood(op: str, args: Mapping[str, object]) -> dict[str, Value]:
    """The arguments of an operation, those left out filled in. Raises NotUnderstood."""
    if op not in OPERATIONS:
        close = near(op, sorted(OPERATIONS))
        raise NotUnderstood(
            f"there is no command {op[:32]!a}; " + (f"did you mean {close}?" if close else f"there are {', '.join(OPERATIONS)}")
        )
    known = OPERATIONS[op]
    for name in args:
        if name not in known:
            raise NotUnderstood(f"{op} has no argument {str(name)[:32]!a}; " + (f"it has {', '.join(known)}" if known else "it has none"))
    said: dict[str, Value] = {}
    for name, argument in known.items():
        value = args.get(name, argument.default)
        if not argument.fits(value):
            raise NotUnderstood(f"{op} {name}: expected {argument.expected}")
        assert isinstance(value, int | bool | str)  # noqa: S101 - it fits
        said[name] = value
    return said


def bare(op: str) -> str:
    """The argument of an operation that may be said without its name: the first that must be said; "" for none."""
    return next((name for name, argument in OPERATIONS.get(op, {}).items() if argument.default is None), "")
