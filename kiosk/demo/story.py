"""The scripted minute: a shop's day in little, every promise of the product checked as it is played.

It prints a timeline with timings on stdout and leaves pictures, logs and `timeline.json` in its folder. Any promise broken:
exit code 1. Timings are shown, never judged: that is the benchmarks' business.
"""

from __future__ import annotations

import json
import queue
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from kiosk.demo.folder import DemoTrouble
from kiosk.demo.stage import Event, Stage

EVENT_WAIT_S = 15.0  # everything waited for here takes milliseconds, a restart a second; fifteen is a broken promise
READING_S = 0.5  # the customer reads the question; it takes no answer before it can have been read
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

    def figures(self) -> dict[str, int]:
        """Facts and points the hub holds."""
        status = self.stage.hub_status()
        return {"facts": status["facts"], "points": status["points"]}

    def picture(self, name: str) -> None:
        """A PNG of what is on the glass now."""
        self._shots += 1
        path = self.stage.folder / "pictures" / f"{self._shots:02}-{name}.png"
        self.expect(lambda: self.stage.tell_kiosk(f"picture {path}"), "pictured", f"picture {path.name}", file=str(path))

    def _next(self, began: float) -> Event:
        left = self._wait_s - (time.monotonic() - began)
        try:
            return self.stage.events.get(timeout=max(left, 0.01))
        except queue.Empty:
            return {}

    def forget(self) -> None:
        """What the kiosk said so far is past."""
        self._passed.clear()
        while not self.stage.events.empty():
            self.stage.events.get()


def play(out: Path | None, acts: Sequence[Act] | None = None, wait_s: float = EVENT_WAIT_S) -> int:
    """Play the minute, or other `acts`. Returns 0 when every promise was kept, else 1. Raises MosquittoMissing, DemoTrouble."""
    folder = out.resolve() if out else Path(tempfile.mkdtemp(prefix="stupeni-demo-"))
    began = time.monotonic()
    with Stage(folder, "none", lambda text: click.echo(f"{time.monotonic() - began:6.2f} s  {text}")) as stage:
        teller = Teller(stage, began, wait_s)
        try:
            for act in MINUTE if acts is None else acts:
                act(teller)
        except (Broken, DemoTrouble) as broken:
            teller.say(str(broken), False)
            click.echo(f"a promise was broken: {broken}. Logs: {folder}", err=True)
        lines = teller.lines
    (folder / "timeline.json").write_text(json.dumps([asdict(line) for line in lines], indent=1))
    kept = all(line.kept for line in lines)
    click.echo(f"{'every promise kept' if kept else 'NOT every promise kept'}; pictures, logs and timeline: {folder}")
    return 0 if kept else 1


def _opening(teller: Teller) -> None:
    stage = teller.stage
    teller.await_("painted", "the kiosk is up and has found its reader", scene="Ready")
    teller.await_("hub.synced", "hub and kiosk know of one another")
    teller.expect(lambda: stage.tell_kiosk("x"), "key", "it answers its keyboard", key="x")
    teller.picture("ready")


def _good_day(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()
    teller.expect(lambda: stage.lay("1"), "painted", "card 1 laid: greeted by name, from disk", scene="Greeting")
    teller.picture("greeting-uk")
    teller.hub("the hub holds the visit", lambda now: now["facts"] == before["facts"] + 1 and now["points"] == before["points"] + 10)
    teller.expect(lambda: stage.tell_kiosk("a"), "painted", "best face pressed: thanked", scene="Thanks")
    teller.picture("thanks")
    teller.hub("the hub holds the rating", lambda now: now["facts"] == before["facts"] + 2 and now["points"] == before["points"] + 12)
    teller.expect(stage.lift, "painted", "card lifted, screen cleared", scene="Ready")


def _bad_day(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()
    teller.expect(lambda: stage.lay("2"), "painted", "card 2 laid: greeted", scene="Greeting")
    teller.expect(lambda: stage.tell_kiosk("f"), "painted", "worst face pressed: asked why", scene="WhyBad")
    teller.picture("why-ru")
    time.sleep(READING_S)
    teller.expect(lambda: stage.tell_kiosk("s"), "painted", "reason pressed: thanked without cheering", scene="Thanks")
    teller.hub("the hub holds visit, rating and reason", lambda now: now["facts"] == before["facts"] + 3)
    teller.expect(stage.lift, "painted", "screen cleared", scene="Ready")


def _strange_things(teller: Teller) -> None:
    stage = teller.stage
    teller.expect(lambda: stage.lay("phone"), "painted", "a phone laid: refused kindly", scene="UnusableCard")
    teller.picture("phone")
    stage.lift()
    teller.expect(stage.toggle_reader, "painted", "reader unplugged: said on the screen", scene="OutOfService")
    teller.picture("no-reader")
    teller.expect(stage.toggle_reader, "painted", "reader plugged in: ready again by itself", scene="Ready")


def _cable_cut(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()
    teller.expect(stage.toggle_network, "link.gone", "network cut")
    teller.expect(lambda: stage.lay("3"), "painted", "card 3, never seen here, off line: its visit counts", scene="Greeting")
    teller.picture("greeting-offline")
    teller.expect(lambda: stage.tell_kiosk("s"), "committed", "and its rating", kind="rating")
    teller.expect(stage.lift, "painted", "screen cleared", scene="Ready")
    teller.expect(lambda: stage.lay("1"), "painted", "card 1 again, off line: greeted with the balance of before", scene="Greeting")
    teller.picture("greeting-offline-known")
    same = teller.figures()
    teller.say("the hub knows nothing of it yet", same == before)


def _plug_pulled(teller: Teller) -> None:
    stage = teller.stage
    teller.expect(stage.pull_plug, "exited", "power pulled in the middle of a greeting")
    stage.lift()
    teller.expect(stage.start_kiosk, "painted", "power back: ready again", scene="Ready")
    teller.picture("ready-again")
    teller.expect(lambda: stage.lay("1"), "committed", "card 1 a third time, still off line", kind="visit", fact=1)
    teller.expect(stage.lift, "painted", "screen cleared", scene="Ready")


def _mended(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()
    teller.expect(stage.toggle_network, "hub.synced", "network mended: hub and kiosk in sync")
    teller.hub(
        "hub converged, nothing lost, nothing twice (4 facts; a day's visit and thanks once a day)",
        lambda now: now["facts"] == before["facts"] + 4 and now["points"] == before["points"] + 12,
    )
    teller.expect(lambda: stage.lay("4"), "painted", "card 4, never seen here, on line: looked up and greeted by name", scene="Greeting")
    teller.picture("greeting-looked-up")
    teller.hub("the hub holds it", lambda now: now["facts"] == before["facts"] + 5)
    status = stage.hub_status()
    teller.say("the hub put no fact aside and misses none", not status["put_aside"] and not status["lost"])


Act = Callable[[Teller], None]
MINUTE: tuple[Act, ...] = (_opening, _good_day, _bad_day, _strange_things, _cable_cut, _plug_pulled, _mended)
