"""Scenes of a kiosk that serves nobody: it cannot, it is looked for, or it is dark. `scenes` has these and all others. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outage(StrEnum):
    """Why the kiosk cannot serve."""

    READER = "reader"
    STORE = "store"
    MAINTENANCE = "maintenance"  # somebody has switched it off for customers


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The kiosk heals itself, or is switched on again; meanwhile the staff are asked."""

    outage: Outage


@dataclass(frozen=True, slots=True)
class Identified:
    """Somebody far away asked which of the kiosks this is: its name."""

    kiosk: str


@dataclass(frozen=True, slots=True)
class Dark:
    """Nothing at all: the shop is closed."""
