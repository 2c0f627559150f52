"""The outbox: which facts the hub holds and what to send next. Pure.

The kiosk sends from the oldest unclaimed fact, a small window at a time, until the hub claims it; no progress means
sending again from there. A handshake (birth -> sync) opens each connection, and the hub's cursors in it are the truth
even when they went *back*: then those facts are open again and a hub restored from a backup heals. "I want to be
connected" is state; being connected is not, and nothing here survives a restart but the facts themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk.held import Held as Held
from kiosk.held import named
from kiosk.messages import Effect, MarkClaimed, Note, Reopen, Send, SendFacts, SetClock
from loyalty.facts import Fact, Rating
from loyalty.moment import Moment
from mqtt.messages import Birth, Claim, FromHub, HubState, KioskState, Presence, Sync, Urgent

WINDOW = 64  # facts under way before the first sync says otherwise; the hub's figure replaces it
BATCH = 16  # facts in one message: 16 x 8 KiB stays under the wire's 64 KiB only for usual facts of 0.2 KiB; see `mqtt.wire`
BIRTH_WAIT_MS = 3_000  # a hub answers in milliseconds; three seconds of silence is no hub
ANSWER_MS = (
    500  # a hub's retained "online" comes right after we connected and asked: its answer is under way, asking twice only doubles the work
)
BIRTH_WAIT_MS_MAX = 60_000  # keeps a fleet without a hub from shouting
RESEND_MS_MAX = 300_000  # back-off of sending again: a hub that is down is asked every five minutes
STALLED_AFTER = 5  # sendings without a claim: two and a half minutes at five seconds for the first, more than a hub's restart
STATE_REFRESH_MS = 300_000  # presence is a lease of 900 s, renewed three times in it


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this kiosk is on the wire. `spread` in 0..1 is its own share of every jittered wait, so that a fleet does not move in step."""

    kiosk: str
    device: str
    boot: str
    epoch: str
    version: str
    spread: float = 0.5


@dataclass(frozen=True, slots=True)
class Outbox:
    """State of the conversation with the hub.

    `session`: the live connection, or None. `hub`: the hub we are in sync with, or None. `away_since`: since when there is
    no hub, or None. `asked_ms`: the last birth. `why` nobody is served at present, in a word, or "".
    The `_due` fields are monotonic ms of the next try, None when there is nothing to try.
    """

    who: Identity
    held: tuple[Held, ...]
    away_since: Moment | None
    session: str | None = None
    hub: str | None = None
    window: int = WINDOW
    batch: int = BATCH
    resend_ms: int = 5_000
    asked_ms: int | None = None
    birth_due: int | None = None
    birth_wait_ms: int = BIRTH_WAIT_MS
    resend_due: int | None = None
    resend_wait_ms: int = 5_000
    state_due: int | None = None
    why: str = ""

    @property
    def unclaimed(self) -> int:
        """Facts that only this kiosk holds."""
        return sum(stream.last - max(stream.claimed, stream.first - 1) for stream in self.held)

    @property
    def is_stalled(self) -> bool:
        """Whether a hub in sync has claimed nothing through STALLED_AFTER sendings."""
        wait = min(self.resend_ms << STALLED_AFTER, RESEND_MS_MAX)
        return self.hub is not None and self.resend_wait_ms >= wait > self.resend_ms

    @property
    def due_ms(self) -> int | None:
        """When something must be tried again, monotonic ms."""
        waits = [due for due in (self.birth_due, self.resend_due, self.state_due) if due is not None]
        return min(waits, default=None)


Step = tuple[Outbox, list[Effect]]


def connected(box: Outbox, now: Moment, session: str) -> Step:
    """The broker is there: say who we are and ask for the handshake."""
    box = replace(box, session=session, hub=None, birth_wait_ms=BIRTH_WAIT_MS)
    return _announce(box, now, "connect")


def disconnected(box: Outbox, now: Moment, why: str) -> Step:
    """The broker is gone: nothing is under way any more."""
    held = tuple(replace(stream, sent=stream.claimed) for stream in box.held)
    box = replace(box, session=None, hub=None, held=held, birth_due=None, resend_due=None, state_due=None, away_since=box.away_since or now)
    return box, [Note("link.gone", {"why": why, "unclaimed": box.unclaimed})]


def committed(box: Outbox, now: Moment, number: int) -> Step:
    """One more fact of this run is on disk."""
    *old, current = box.held
    return _pump(replace(box, held=(*old, replace(current, last=number))), now)


def trimmed(box: Outbox, firsts: tuple[tuple[str, int], ...]) -> Outbox:
    """Old facts are gone from the store: what begins later now, and which epochs are gone altogether."""
    first = dict(firsts)
    return replace(box, held=tuple(replace(stream, first=first[stream.epoch]) for stream in box.held if stream.epoch in first))


def heard(box: Outbox, now: Moment, said: FromHub) -> Step:
    """The hub said something about itself or about our facts; anything else is not the outbox's."""
    match said:
        case HubState():
            return _hub_state(box, now, said)
        case Sync() if said.session == box.session:
            return _synced(box, now, said)
        case Claim():
            return _claimed(box, now, said)
    return box, []


def urgent(box: Outbox, facts: Iterable[Fact]) -> list[Effect]:
    """A bad rating is told at once, ahead of all that waits; if there is nobody to tell, its fact will."""
    if box.session is None:
        return []
    return [
        Send(Urgent(fact.id.epoch, fact.id.number, fact.body.card, int(fact.body.face)))
        for fact in facts
        if isinstance(fact.body, Rating) and fact.body.face.is_bad
    ]


def ticked(box: Outbox, now: Moment) -> Step:
    """Time passed: ask again, send again or renew presence, whichever is due."""
    effects: list[Effect] = []
    if box.birth_due is not None and now.mono_ms >= box.birth_due:
        box, effects = _announce(box, now, "no_answer")
    if box.resend_due is not None and now.mono_ms >= box.resend_due:
        held = tuple(replace(stream, sent=stream.claimed) for stream in box.held)
        wait = min(box.resend_wait_ms * 2, RESEND_MS_MAX)
        box, more = _pump(replace(box, held=held, resend_wait_ms=wait, resend_due=None), now)
        effects += [Note("facts.resend", {"unclaimed": box.unclaimed}), *more]
    if box.state_due is not None and now.mono_ms >= box.state_due:
        effects.append(Send(_state(box, now)))
        box = replace(box, state_due=_jittered(box, now, STATE_REFRESH_MS))
    return box, effects


def because(box: Outbox, now: Moment, why: str) -> Step:
    """From now on this is why nobody is served; the hub is told where it is not so already."""
    if why == box.why:
        return box, []
    box = replace(box, why=why)
    return box, [] if box.session is None else [Send(_state(box, now))]


def anew(box: Outbox, now: Moment, why: str) -> Step:
    """Ask for a handshake as if we had just connected."""
    return _announce(replace(box, birth_wait_ms=BIRTH_WAIT_MS), now, why)


def _jittered(box: Outbox, now: Moment, wait_ms: int) -> int:
    """Monotonic ms of a wait of `wait_ms` +- 20 %, by this kiosk's own share."""
    return now.mono_ms + int(wait_ms * (0.8 + 0.4 * box.who.spread))


def _state(box: Outbox, now: Moment) -> KioskState:
    who = box.who
    last = box.held[-1].last
    return KioskState(
        Presence.ONLINE, box.session or "", box.why, who.epoch, last, box.unclaimed, who.version, now.quality.value, now.wall_ms
    )


def _announce(box: Outbox, now: Moment, why: str) -> Step:
    """Presence and birth; if nobody answers, again after a growing, jittered wait."""
    if box.session is None:
        return replace(box, birth_due=None), []
    who = box.who
    birth = Birth(box.session, who.device, named(box.held), who.boot, now.mono_ms, now.wall_ms, why)
    wait = min(box.birth_wait_ms * 2, BIRTH_WAIT_MS_MAX)
    asked = replace(
        box,
        hub=None,
        asked_ms=now.mono_ms,
        birth_due=_jittered(box, now, box.birth_wait_ms),
        birth_wait_ms=wait,
        resend_due=None,
        away_since=box.away_since or now,
        state_due=_jittered(box, now, STATE_REFRESH_MS),
    )
    return asked, [Send(_state(box, now)), Send(birth)]


def _hub_state(box: Outbox, now: Moment, said: HubState) -> Step:
    if said.presence is Presence.OFFLINE:
        if box.hub is not None and said.hub == box.hub:
            # It will say that it is back; asking once a minute heals the day on which that word is lost.
            again = _jittered(box, now, BIRTH_WAIT_MS_MAX)
            away = replace(box, hub=None, asked_ms=None, resend_due=None, birth_due=again, away_since=box.away_since or now)
            return away, [Note("hub.gone")]
        return box, []
    just_asked = box.hub is None and box.asked_ms is not None and now.mono_ms - box.asked_ms < ANSWER_MS
    if box.session is not None and said.hub != box.hub and not just_asked:
        return _meet(replace(box, birth_wait_ms=BIRTH_WAIT_MS), now, int(said.spread_ms * box.who.spread))
    return box, []


def _meet(box: Outbox, now: Moment, wait_ms: int) -> Step:
    """Another run of the hub is there: ask it for the handshake, in a large fleet after this kiosk's own share of the time it gives, or
    when it would have been asked anyway: a hub that comes and goes puts nobody off for ever.
    """
    if wait_ms == 0:
        return _announce(box, now, "hub_changed")
    due = min(now.mono_ms + wait_ms, box.birth_due or now.mono_ms + wait_ms)
    away = replace(box, hub=None, asked_ms=None, resend_due=None, birth_due=due, away_since=box.away_since or now)
    return away, [Note("hub.changed", {"wait_ms": wait_ms})]


def _synced(box: Outbox, now: Moment, said: Sync) -> Step:
    """The handshake is answered: the hub's cursors replace ours, forwards or backwards, for every stream that it names."""
    cursors = dict(said.cursors)
    reopened: list[Effect] = [SetClock(said.now_ms)]
    effects: list[Effect] = []
    held = []
    for stream in box.held:
        upto = min(cursors.get(stream.epoch, stream.claimed), stream.last)
        if upto < stream.claimed:
            reopened += [Reopen(stream.epoch, upto), Note("hub.holds_less", {"upto": upto, "was": stream.claimed}, warning=True)]
        elif upto > stream.claimed:
            effects.append(MarkClaimed(stream.epoch, upto))
        held.append(replace(stream, claimed=upto, sent=upto))
    box = replace(
        box,
        held=tuple(held),
        hub=said.hub,
        away_since=None,
        birth_due=None,
        birth_wait_ms=BIRTH_WAIT_MS,
        window=said.window,
        batch=said.batch,
        resend_ms=said.resend_s * 1000,
        resend_wait_ms=said.resend_s * 1000,
    )
    effects.append(Note("hub.synced", {"hub": said.hub, "unclaimed": box.unclaimed}))
    box, more = _pump(box, now)
    return box, reopened + effects + more  # opened again first: what is claimed lets old facts go


def _claimed(box: Outbox, now: Moment, said: Claim) -> Step:
    """The hub holds more; a claim of a hub we are not in sync with asks for a new handshake instead."""
    if said.hub != box.hub:
        return _announce(box, now, "hub_changed") if box.hub is not None else (box, [])
    held = tuple(_advanced(stream, said) for stream in box.held)
    if held == box.held:
        return box, []
    box = replace(box, held=held, resend_due=None, resend_wait_ms=box.resend_ms)
    box, more = _pump(box, now)
    claim = MarkClaimed(said.epoch, said.upto, said.rejected)
    return box, [claim, Note("facts.claimed", {"upto": said.upto, "unclaimed": box.unclaimed}), *more]


def _advanced(stream: Held, said: Claim) -> Held:
    if stream.epoch != said.epoch or not stream.claimed < said.upto <= stream.last:
        return stream
    return replace(stream, claimed=said.upto, sent=max(stream.sent, said.upto))


def _pump(box: Outbox, now: Moment) -> Step:
    """Put facts under way, oldest first, until the window is full; and set the moment of sending again."""
    if box.hub is None:
        return box, []
    effects: list[Effect] = []
    room = box.window - sum(stream.sent - stream.claimed for stream in box.held)
    held = []
    for stream in box.held:
        sent = stream.sent
        while room > 0 and sent < stream.last:
            first = max(sent + 1, stream.first)
            last = min(first + min(box.batch, room) - 1, stream.last)
            effects.append(SendFacts(stream.epoch, first, last))
            room -= last - first + 1
            sent = last
        held.append(replace(stream, sent=sent))
    waiting = any(stream.sent > stream.claimed for stream in held)
    due = (box.resend_due or _jittered(box, now, box.resend_wait_ms)) if waiting else None
    return replace(box, held=tuple(held), resend_due=due), effects
