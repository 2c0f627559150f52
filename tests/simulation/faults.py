"""The kinds of faults a simulated day may have, and how hard the network ones strike. When they strike is `plan`'s business."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from random import Random

from mqtt.memory import Faults


class Kind(StrEnum):
    """One kind of trouble; each can be switched on alone."""

    POWER = "power"  # the power of a kiosk fails: before a write, before its commit, after it, or between two rounds
    DISK = "disk"  # the disk of a kiosk refuses to write
    IMAGE = "image"  # an older copy of a kiosk's storage card is put in
    OFF = "off"  # a kiosk is switched off and comes back only when the day is over
    CLOCK = "clock"  # a kiosk boots with a wall clock that is hours to months wrong, and is corrected later
    LOST = "lost"  # messages vanish although the sender was told "taken"
    DOUBLED = "doubled"  # messages arrive twice
    DELAYED = "delayed"  # messages come up to two seconds late
    REORDERED = "reordered"  # messages of different topics overtake one another
    CUT = "cut"  # the network cable of a kiosk or of the hub is out for a while; after it the broker repeats old messages
    BROKER = "broker"  # the broker dies and forgets all it kept
    HUB_CRASH = "hub-crash"  # the hub dies before or after a commit, and starts again on what it had committed
    HUB_RESTORED = "hub-restored"  # the hub is put back to an old backup
    COMMANDS = "commands"  # somebody has kiosks restarted, and what was said for it comes again, minutes later too
    SETTINGS = "settings"  # an operator pushes settings: kiosks end between two customers and begin anew, and may die of it


ALL = frozenset(Kind)
NONE: frozenset[Kind] = frozenset()


def network(kinds: Collection[Kind], random: Random) -> Faults:
    """What the broker does to messages on this day. Cuts and crashes are planned one by one, not drawn at each step."""
    return Faults(
        lost=random.uniform(0.02, 0.2) if Kind.LOST in kinds else 0.0,
        doubled=random.uniform(0.05, 0.3) if Kind.DOUBLED in kinds else 0.0,
        delayed=random.uniform(0.05, 0.4) if Kind.DELAYED in kinds else 0.0,
        reordered=random.uniform(0.2, 0.7) if Kind.REORDERED in kinds else 0.0,
        repeated=0.7 if Kind.CUT in kinds else 0.0,
    )
