"""What was pushed to this kiosk from afar, and how it goes from taken to proved or given back. Pure values; the file is `pushed_file`'s.

A set-up is taken at once, begins between two customers with a fresh start of the program, and is on trial for a minute. Whoever dies twice
in that minute goes back to the last one that was good, and says so. What was refused or given back is not tried again: the hub pushes
another version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from loyalty.document import Document
from loyalty.shapes import Text, Whole
from mqtt.messages import Desired, Edition, Reported, SetUp
from mqtt.reading_desired import CONTENT, REASON, REASON_CHARS_MAX, REASONS_MAX

TRIAL_MS = 60_000  # whatever a set-up breaks it breaks at the start or at the first customers
DEATHS_MAX = 2  # one may be the plug that somebody pulled
EDITIONS_KEPT = 4  # facts that wait longer than three changes of the programme are reckoned here by the oldest; the hub has them all

LongText = Annotated[str, Text("(?s).*", 65_536, 0)]


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """A version of the programme: from which moment (ms), and its TOML text."""

    from_ms: Annotated[int, Whole(0)]
    text: LongText


@dataclass(frozen=True, slots=True)
class Settled:
    """One version of the set-up: its settings as JSON, and the programme's editions up to it, oldest first (none: the kiosk's own file)."""

    version: Annotated[int, Whole(1)]
    settings: LongText = ""
    editions: tuple[KeptEdition, ...] = ()

    @property
    def said(self) -> Document:
        """The settings by "section.key"."""
        found: Document = json.loads(self.settings) if self.settings else {}
        return found


@dataclass(frozen=True, slots=True)
class Pushed:
    """All that a restart must know. `good`: the last that proved itself; `next`: taken and not yet proved; `seen` and `content`: of the
    newest word of the hub; `starts`: how often the program began with `next`, but for those that ended in order. `announced`: the version
    of the programme that the hub was told of last.
    """

    good: Settled | None = None
    next: Settled | None = None
    seen: Annotated[int, Whole(0)] = 0
    content: Annotated[str, Text(CONTENT.pattern, 32, 0)] = ""
    state: SetUp = SetUp.LOCAL
    starts: Annotated[int, Whole(0)] = 0
    why: tuple[Annotated[str, Text(REASON.pattern, REASON_CHARS_MAX)], ...] = ()
    announced: Annotated[int, Whole(0)] = 0

    @property
    def at_work(self) -> Settled | None:
        """The version this run of the program works by; None: the kiosk's own files."""
        return self.next if self.state is SetUp.TRIAL else self.good

    @property
    def report(self) -> Reported:
        """What the hub is told."""
        work = self.at_work
        return Reported(self.seen, self.content, self.state, work.version if work else 0, self.why)


def is_news(pushed: Pushed, said: Desired) -> bool:
    """Whether this is a version that was never looked at."""
    return said.version > pushed.seen


def taken(pushed: Pushed, said: Desired, problems: Sequence[str], already: bool) -> Pushed:
    """A new version was looked at. `already`: it changes nothing of what is at work, so it needs neither a start nor a trial."""
    seen = replace(pushed, seen=said.version, content=said.content, why=tuple(_line(each) for each in problems[:REASONS_MAX]), starts=0)
    if problems:
        return replace(seen, next=None, state=SetUp.REJECTED)
    settled = Settled(said.version, json.dumps(said.settings, sort_keys=True), editions(pushed.at_work, said.edition))
    if already and pushed.state is SetUp.TRIAL:
        return replace(seen, next=settled, state=SetUp.TRIAL, starts=pushed.starts)
    if already:
        return replace(seen, good=settled, next=None, state=SetUp.APPLIED)
    return replace(seen, next=settled, state=SetUp.WAITING)


def editions(before: Settled | None, newest: Edition | None) -> tuple[KeptEdition, ...]:
    """The programme's editions once this one is added: those that began before it stay, for the facts of their time."""
    held = before.editions if before else ()
    if newest is None:
        return held
    added = KeptEdition(newest.from_ms, newest.text)
    return (*[each for each in held if each.from_ms < added.from_ms and each.text != added.text], added)[-EDITIONS_KEPT:]


def started(pushed: Pushed) -> Pushed:
    """The program begins: what waits goes on trial, what has died too often is given back."""
    if pushed.next is None:
        return pushed
    if pushed.starts >= DEATHS_MAX:
        return returned(pushed, f"the kiosk died {DEATHS_MAX} times within a minute of it")
    return replace(pushed, state=SetUp.TRIAL, starts=pushed.starts + 1)


def returned(pushed: Pushed, why: str) -> Pushed:
    """It is no good: back to the last one that was."""
    return replace(pushed, next=None, state=SetUp.RETURNED, starts=0, why=(_line(why),))


def proved(pushed: Pushed) -> Pushed:
    """The trial is over."""
    if pushed.state is not SetUp.TRIAL:
        return pushed
    return replace(pushed, good=pushed.next, next=None, state=SetUp.APPLIED, starts=0)


def stopped(pushed: Pushed) -> Pushed:
    """The program ended in order: that was no death of it."""
    return replace(pushed, starts=pushed.starts - 1) if pushed.state is SetUp.TRIAL and pushed.starts else pushed


def _line(text: str) -> str:
    """A reason as the wire takes it."""
    return "".join(each if each.isprintable() else " " for each in text)[:REASON_CHARS_MAX] or "?"
