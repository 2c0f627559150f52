"""The teller of the scripted minute: plays acts on a stage, waits for what they must lead to, and writes the timeline.

What the acts are is `story`. Timings are shown, never judged: that is the benchmarks' business.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from kiosk.demo.stage import Event, Stage

EVENT_WAIT_S = 15.0  # everything waited for here takes milliseconds, a restart a second; fifteen is a broken promise
PATIENCE_S = 0.05  # how often the hub's page is asked while waiting for it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `took_ms` is from the act to its effect, where there is one."""

    at_s: float
    what: str
    kept: bool
    took_ms: float | None = None


class Broken(Exception):
    """A promise that the rest of the story rests on was not kept."""


class Teller:
    """Plays acts on a stage, waits for what they must lead to, and writes the timeline."""

    def __init__(self, stage: Stage, began_s: float, wait_s: float = EVENT_WAIT_S) -> None:
        """`began_s`: monotonic time of the timeline's zero. `wait_s`: how long anything may take."""
        self.stage, self._began_s, self._wait_s = stage, began_s, wait_s
        self.lines: list[Line] = []
        self._passed: list[Event] = []  # said while something else was waited for
        self._shots = 0
        self.written = 0  # facts the kiosk said are on its disk
        self.began = 0  # facts the hub held beside those

    def say(self, what: str, kept: bool = True, took_ms: float | None = None) -> None:
        """One line of the timeline."""
        line = Line(round(time.monotonic() - self._began_s, 2), what, kept, took_ms and round(took_ms, 1))
        self.lines.append(line)
        took = f"{took_ms:8.1f} ms" if took_ms is not None else " " * 11
        click.echo(f"{line.at_s:6.2f} s  {took}  {'ok  ' if kept else 'FAIL'} {what}")

    def expect(self, act: Callable[[], object], event: str, what: str, **fields: object) -> Event:
        """Do `act`; the kiosk's log must then say `event` with these fields. Raises Broken when it does not."""
        self.forget()
        return self.await_(event, what, act, **fields)

    def await_(self, event: str, what: str, act: Callable[[], object] = lambda: None, **fields: object) -> Event:
        """As `expect`, but what was said before counts too."""

        def fits(said: Event) -> bool:
            return said.get("event") == event and all(said.get(key) == value for key, value in fields.items())

        began = time.monotonic()
        act()
        early = next(filter(fits, self._passed), None)
        if early is not None:
            self._passed.remove(early)
            self.say(what)
            return early
        while time.monotonic() - began < self._wait_s:
            said = self._next(began)
            if fits(said):
                self.say(what, True, (said["seen"] - began) * 1000)
                return said
            self._passed.append(said)
        raise Broken(what)

    def hub(self, what: str, is_so: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        """The hub's figures must come to satisfy `is_so`. Raises Broken."""
        began = time.monotonic()
        while time.monotonic() - began < self._wait_s:
            figures = self.figures()
            if is_so(figures):
                self.say(f"{what}: {figures['facts']} facts, {figures['points']} points", True, (time.monotonic() - began) * 1000)
                return figures
            time.sleep(PATIENCE_S)
        raise Broken(f"{what}: {figures}")

    def caught_up(self, began: int) -> dict[str, int]:
        """The hub must come to hold `began` facts and all that the kiosk wrote since the first."""
        time.sleep(PATIENCE_S)  # the last word of the kiosk about its disk is on its way

        def all_there(now: dict[str, int]) -> bool:
            self._drain()
            return now["facts"] == began + self.written

        return self.hub("the hub holds every fact, none twice", all_there)

    def _drain(self) -> None:
        while not self.stage.events.empty():
            self._passed.append(self._counted(self.stage.events.get()))

    def figures(self) -> dict[str, int]:
        """Facts, points and open cases the hub holds."""
        status = self.stage.hub_status()
        return {"facts": status["facts"], "points": status["points"], "cases": len(status["cases"])}

    def picture(self, name: str) -> None:
        """A PNG of what is on the glass now."""
        self._shots += 1
        path = self.stage.folder / "pictures" / f"{self._shots:02}-{name}.png"
        self.expect(lambda: self.stage.tell_kiosk(f"picture {path}"), "pictured", f"picture {path.name}", file=str(path))

    def _next(self, began: float) -> Event:
        left = self._wait_s - (time.monotonic() - began)
        try:
            return self._counted(self.stage.events.get(timeout=max(left, 0.01)))
        except queue.Empty:
            return {}

    def _counted(self, said: Event) -> Event:
        self.written += said.get("event") == "committed"
        return said

    def forget(self) -> None:
        """What the kiosk said so far is past."""
        self._passed.clear()
        while not self.stage.events.empty():
            self._counted(self.stage.events.get())
