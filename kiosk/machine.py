"""The machine: `step(state, message) -> state, effects`. Everything that changes the kiosk's state goes through here. Pure.

It only deals out: the customer's side is `visit`, the hub's side is `outbox`. What is on the glass and on the lamp is
read off the state (`frame_of`, `lamp_of`), never commanded, so it cannot disagree with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo

from display.scenes import (
    Frame,
    Greeting,
    Outage,
    OutOfService,
    Reading,
    Ready,
    Scene,
    Thanks,
    Trouble,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from kiosk import outbox, phases, visit
from kiosk.messages import Committed, Effect, Heard, KeepViews, Light, LinkFound, LinkGone, Message, Tick, Trimmed
from kiosk.outbox import Outbox
from kiosk.phases import Asking, Conversation, Greeted, Idle, Sorry, Thanked
from loyalty.codec import TIME_MS_MAX
from loyalty.facts import ReasonCode
from loyalty.moment import Moment
from mqtt.messages import LookupAnswer, Members

LANGUAGE_TURN_MS = 6_000  # how long the invitation stays in one language
OFFLINE_SHOWN_AFTER_MS = 5_000  # a start or a blink of the network is nobody's news


@dataclass(frozen=True, slots=True)
class State:
    """All the kiosk is thinking of: the customer in front of it and the hub behind it. Facts and members are the store's."""

    talk: Conversation
    box: Outbox


Step = tuple[State, list[Effect]]


def step(state: State, message: Message) -> Step:
    """The state after a message, and what is to be done about it, in order."""
    before = lamp_of(state)
    state, effects = _step(state, message)
    state = replace(state, talk=replace(state.talk, online=state.box.hub is not None))
    lamp = lamp_of(state)
    return state, ([Light(lamp), *effects] if lamp != before else effects)


def _step(state: State, message: Message) -> Step:
    match message:
        case Tick(now):
            talk, effects = visit.ticked(state.talk, now)
            box, more = outbox.ticked(state.box, now)
            return State(talk, box), effects + more
        case LinkFound(now, session):
            box, effects = outbox.connected(state.box, now, session)
            return replace(state, box=box), effects
        case LinkGone(now, why):
            box, effects = outbox.disconnected(state.box, now, why)
            return replace(state, box=box), effects
        case Heard():
            return _heard(state, message)
        case Committed():
            talk, effects = visit.committed(state.talk, message)
            box, more = outbox.committed(state.box, message.now, message.fact.id.number)
            return State(talk, box), effects + more
        case Trimmed(firsts):
            return replace(state, box=outbox.trimmed(state.box, firsts)), []
        case _:
            talk, effects = visit.step(state.talk, message)
            return replace(state, talk=talk), effects


def _heard(state: State, message: Heard) -> Step:
    match message.said:
        case Members(views):
            return state, [KeepViews(views)]
        case LookupAnswer() as answer:
            talk, effects = visit.answered(state.talk, message.now, answer)
            return replace(state, talk=talk), effects
    box, effects = outbox.heard(state.box, message.now, message.said)
    return replace(state, box=box), effects


def lamp_of(state: State) -> str:
    """What the lamp means now."""
    match state.talk.phase:
        case Idle():
            return "attention" if state.talk.reader_up is False or state.talk.store_broken else "idle"
        case phases.Reading():
            return "read"
        case Sorry():
            return "attention"
    return "ok"


def frame_of(state: State, now: Moment) -> Frame:
    """What is on the glass now."""
    talk = state.talk
    zone = talk.shop.programme.zone
    away = state.box.away_since
    hidden = away is None or now.mono_ms - away.mono_ms < OFFLINE_SHOWN_AFTER_MS
    since = None if away is None or hidden else _clock(away.wall_ms, zone)
    return Frame(_scene(state), _language(talk, now), since)


def _clock(wall_ms: int, zone: tzinfo) -> time:
    return datetime.fromtimestamp(min(wall_ms, TIME_MS_MAX) / 1000, zone).time().replace(second=0, microsecond=0)


def _scene(state: State) -> Scene:
    talk = state.talk
    match talk.phase:
        case phases.Reading():
            return Reading()
        case Greeted() as greeted:
            return _greeting(state, greeted)
        case Asking(page=page):
            return WhyBad(tuple(ReasonCode), page)
        case Thanked(_, bad, earned):
            return Thanks(bad, earned)
        case Sorry("unknown"):
            return UnknownCard()
        case Sorry("unusable"):
            return UnusableCard()
        case Sorry(why):
            return TryAgain(Trouble(why))
    if talk.store_broken:
        return OutOfService(Outage.STORE)
    if talk.reader_up is None:
        return Reading()  # the first moment of a start
    return Ready(talk.shop.name) if talk.reader_up else OutOfService(Outage.READER)


def _greeting(state: State, greeted: Greeted) -> Greeting:
    """Name and balance; without a hub the balance says how old it is and what is counted here on top."""
    said = greeted.welcome
    if state.box.hub is not None or said.as_of_ms is None or said.balance is None:
        return Greeting(said.name, said.balance, said.earned)
    return Greeting(said.name, said.balance, said.earned, _clock(said.as_of_ms, state.talk.shop.programme.zone), said.waiting)


def _language(talk: Conversation, now: Moment) -> str:
    """The customer's language where it is known and spoken here; on the inviting screen each in turn; else the shop's first."""
    languages = talk.shop.languages
    match talk.phase:
        case Greeted(welcome=said):
            wanted = said.language
        case Asking(language=wanted) | Thanked(language=wanted):
            pass
        case Idle():
            wanted = languages[now.mono_ms // LANGUAGE_TURN_MS % len(languages)]
        case _:
            wanted = None
    return wanted if wanted in languages else languages[0]


def due_ms(state: State, now: Moment) -> int:
    """The next moment (monotonic ms) at which time alone changes something: a phase, a retry, the language or the offline sign."""
    waits = [visit.due_ms(state.talk), state.box.due_ms]
    if isinstance(state.talk.phase, Idle):
        waits.append((now.mono_ms // LANGUAGE_TURN_MS + 1) * LANGUAGE_TURN_MS)
    away = state.box.away_since
    if away is not None and now.mono_ms - away.mono_ms < OFFLINE_SHOWN_AFTER_MS:
        waits.append(away.mono_ms + OFFLINE_SHOWN_AFTER_MS)
    return min((wait for wait in waits if wait is not None), default=now.mono_ms + LANGUAGE_TURN_MS)
