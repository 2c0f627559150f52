"""What the loop drives: clock, inbox, store, panel, screens, wire. Only what each can be asked; who is wired to whom is `build`'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from display.scenes import Frame, Intent
from drivers.clock import Clock
from kiosk.inbox import Inbox
from kiosk.messages import Note
from kiosk.room import DiskSeen
from kiosk.store import Store
from loyalty.moment import Moment
from mqtt.messages import Desired, FromKiosk, Reported


class Screen(Protocol):
    """Something that can show a frame; an equal frame costs nothing."""

    def paint(self, frame: Frame) -> None:
        """Show this."""

    def close(self) -> None:
        """Let go of the device."""


class Lamp(Protocol):
    """The panel as the loop uses it; neither call waits."""

    def light(self, name: str) -> None:
        """Set the lamp."""

    def chime(self, name: str) -> None:
        """Make a sound."""


class SetUpDoor(Protocol):
    """What keeps the set-up that was pushed; both calls answer how this kiosk stands to it, and neither raises."""

    def take(self, said: Desired) -> Reported:
        """Look at a new version, and keep it if it can be worked by."""

    def prove(self) -> Reported:
        """The trial is over."""


@dataclass(frozen=True)
class Glass:
    """Everything that is looked at. `look` gives what was touched since it was last called and lets slow screens go on; `owes`
    says whether one of them has more to show: then the loop hardly waits. `draw` makes a PNG of a frame, to be looked at from afar; b"" if
    it cannot.
    """

    screens: Sequence[Screen] = ()
    look: Callable[[], list[Intent]] = list
    owes: Callable[[], bool] = lambda: False
    draw: Callable[[Frame], bytes] = lambda frame: b""


@dataclass
class Parts:
    """What the loop drives. `send` speaks to the hub, `alive` pats the watchdog, `told` writes the log, `log_level` says how much of it
    (None: as configured), `disk` looks at the disk.
    """

    clock: Clock
    inbox: Inbox
    store: Store
    panel: Lamp
    glass: Glass
    send: Callable[[FromKiosk], None]
    alive: Callable[[], None] = lambda: None
    told: Callable[[Note], None] = lambda note: None
    refused: Counter[str] = field(default_factory=Counter)
    log_level: Callable[[str | None], None] = lambda level: None
    pushed: SetUpDoor = field(kw_only=True)
    disk: Callable[[Moment], DiskSeen] = lambda now: DiskSeen(now, None, 0)
