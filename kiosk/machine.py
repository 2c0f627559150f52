"""The machine: `step(state, message) -> state, effects`. Everything that changes the kiosk's state goes through here. Pure.

It only deals out: the customer's side is `visit`, the hub's side is `outbox`, what is commanded from afar is `commands`. What is on the
glass (`frames`) and on the lamp is read off the state, so it cannot disagree with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from display.redacted import redacted
from display.scenes import Frame
from kiosk import alarms, choices, closed, commands, frames, outbox, phases, setting_up, visit
from kiosk.alarms import Alarms, Signs
from kiosk.commands import Duty
from kiosk.frames import OFFLINE_SHOWN_AFTER_MS
from kiosk.messages import (
    Committed,
    Effect,
    Heard,
    KeepClosings,
    KeepViews,
    Light,
    LinkFound,
    LinkGone,
    Message,
    Note,
    Send,
    SetUpSettled,
    Tick,
    Trimmed,
)
from kiosk.outbox import Outbox
from kiosk.phases import Conversation, Idle, Sorry
from kiosk.room import DiskSeen
from kiosk.setting_up import NOTHING_PUSHED, SettingUp
from kiosk.taken import CommandLost, CommandTaken, ForgetViews, Picture, Pictured, Remembered
from loyalty.calendar import NEVER
from loyalty.moment import Moment
from mqtt.messages import Closings, Command, Desired, LookupAnswer, Members, ReserveAnswer, Sync


@dataclass(frozen=True, slots=True)
class State:
    """All the kiosk is thinking of: the customer in front of it and the hub behind it. Facts and members are the store's.

    `closed`: what the hub said last of closed rules; `alone_ms`: since when (wall ms) there is no hub in sync, None while there is one. The
    shop's rulebook has both. `duty`: what was commanded from afar.
    """

    talk: Conversation
    box: Outbox
    closed: Closings = closed.NOTHING_TOLD
    alone_ms: int | None = 0
    set_up: SettingUp = NOTHING_PUSHED
    alarms: Alarms = alarms.QUIET
    duty: Duty = Duty()  # noqa: RUF009 - frozen


Step = tuple[State, list[Effect]]


def begin(talk: Conversation, box: Outbox, told: Closings, set_up: SettingUp = NOTHING_PUSHED, known: Remembered | None = None) -> State:
    """The state at the start of a run: what the hub once said of closed rules, desired and commanded, and no hub yet."""
    duty = commands.begin(known or Remembered(), box.who.epoch)
    return _closed_again(State(talk, replace(box, why=duty.why), told, set_up=set_up, duty=duty))


def step(state: State, message: Message) -> Step:
    """The state after a message, and what is to be done about it, in order."""
    before, was = lamp_of(state), state.talk.phase
    state, effects = _step(state, message)
    online = state.box.hub is not None
    if online != state.talk.online and not isinstance(message, Trimmed):
        state = replace(state, talk=replace(state.talk, online=online), alone_ms=None if online else message.now.wall_ms)
        state = _closed_again(state)
        effects = [Send(state.set_up.report), *effects] if online else effects
    if isinstance(message, Tick) and isinstance(was, Idle):  # so the inviting screen has been painted over whoever was here
        up, more = setting_up.between_customers(state.set_up, state.talk)
        duty, last = commands.between_customers(state.duty, state.talk)
        state, effects = replace(state, set_up=up, duty=duty), [*effects, *more, *last]
    if isinstance(message, Tick):
        watched, more = alarms.watched(state.alarms, _signs(state), message.now)
        state, effects = replace(state, alarms=watched), [*effects, *more]
    lamp = lamp_of(state)
    return state, ([Light(lamp), *effects] if lamp != before else effects)


def _step(state: State, message: Message) -> Step:
    match message:
        case Tick(now):
            talk, effects = visit.ticked(state.talk, now)
            box, more = outbox.ticked(state.box, now)
            up, proof = setting_up.ticked(state.set_up, now)
            duty, done = commands.ticked(state.duty, now)
            return replace(state, talk=talk, box=box, set_up=up, duty=duty), effects + more + proof + done
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
            box, more = outbox.committed(state.box, message.now, message.facts[-1].id.number)
            return replace(state, talk=talk, box=box), effects + outbox.urgent(box, message.facts) + more
        case SetUpSettled(now, report):
            up, effects = setting_up.settled(state.set_up, now, report)
            return replace(state, set_up=up), effects
        case DiskSeen():
            return replace(state, alarms=alarms.seen(state.alarms, message)), []
        case Trimmed(firsts):
            return replace(state, box=outbox.trimmed(state.box, firsts)), []
        case CommandTaken() | CommandLost() | Pictured():
            return _commanded(state, message)
        case _:
            refused = commands.refused(state.duty, state.talk, message)
            if refused is not None:
                return state, refused
            talk, effects = visit.step(state.talk, message)
            return replace(state, talk=talk), effects


def _commanded(state: State, message: CommandTaken | CommandLost | Pictured) -> Step:
    """A command was written down, or could not be; or its picture was made."""
    match message:
        case CommandLost(_, command):
            duty, effects = commands.lost(state.duty, command)
        case Pictured(_, id_, png):
            duty, effects = commands.pictured(state.duty, id_, png)
        case CommandTaken(now, command, known):
            duty, effects = commands.taken(state.duty, now, command, known, isinstance(state.talk.phase, Idle))
            state = replace(state, duty=duty)
            box, more = outbox.because(state.box, now, duty.why)
            if command.op == "refresh":
                box, asked = outbox.anew(box, now, "refresh")
                more = [ForgetViews(), *more, *asked]
            if command.op == "screenshot":
                more = [*more, Picture(command.id, redacted(frame_of(state, now)))]
            state, effects = replace(state, box=box), effects + more
    return replace(state, duty=duty), effects


def _heard(state: State, message: Heard) -> Step:
    match message.said:
        case Members(views):
            return replace(state, talk=choices.told(state.talk, dict(views))), [KeepViews(views)]
        case Closings() as said:
            return _closed(state, said)
        case Desired() as wanted:
            up, effects = setting_up.desired(state.set_up, wanted)
            return replace(state, set_up=up), effects
        case ReserveAnswer() as word:
            talk, effects = choices.reserved(state.talk, message.now, word)
            return replace(state, talk=talk), effects
        case LookupAnswer() as answer:
            talk, effects = visit.answered(state.talk, message.now, answer)
            return replace(state, talk=talk), effects
        case Command() as command:
            duty, effects = commands.heard(state.duty, message.now, command)
            return replace(state, duty=duty), effects
    box, effects = outbox.heard(state.box, message.now, message.said)
    if isinstance(message.said, Sync) and state.box.hub is None and box.hub is not None:
        effects += commands.synced(state.duty, message.now)
    return replace(state, box=box), effects


def _closed(state: State, said: Closings) -> Step:
    """From now on the shop's rules are closed as the hub says: what it will not give is not promised."""
    if not closed.replaces(said, state.closed, state.box.hub):
        return state, []
    keep: list[Effect] = [KeepClosings(said)]
    if said.closings == state.closed.closings:
        return replace(state, closed=said), keep
    return _closed_again(replace(state, closed=said)), [*keep, Note("rules.closed", {"closed": len(said.closings)})]


def _closed_again(state: State) -> State:
    """The shop's rules, closed as far as is known now."""
    shop = state.talk.shop
    book = shop.book.closing(state.closed.closings, NEVER if state.alone_ms is None else state.alone_ms)
    return replace(state, talk=replace(state.talk, shop=replace(shop, book=book)))


def _signs(state: State) -> Signs:
    """What alarms are about."""
    talk, box = state.talk, state.box
    return Signs(talk.reader_up, talk.failures, talk.store_broken, box.unclaimed, box.is_stalled, box.session is not None, box.hub)


def lamp_of(state: State) -> str:
    """What the lamp means now."""
    return commands.lamp(state.duty, state.talk, _usual_lamp(state.talk))


def _usual_lamp(talk: Conversation) -> str:
    match talk.phase:
        case Idle():
            return "attention" if talk.reader_up is False or talk.store_broken else "idle"
        case phases.Reading() | phases.Writing(was=phases.Reading()):
            return "read"
        case Sorry() | phases.Refused():
            return "attention"
    return "ok"


def frame_of(state: State, now: Moment) -> Frame:
    """What is on the glass now."""
    return commands.shown(state.duty, state.talk, frames.frame_of(state.talk, state.box, now))


def due_ms(state: State, now: Moment) -> int:
    """The next moment (monotonic ms) at which time alone changes something: a phase, a retry, the picture or the offline sign."""
    set_up, commanded = setting_up.due_ms(state.set_up, state.talk, now), commands.due_ms(state.duty, state.talk, now)
    watched = alarms.due_ms(state.alarms, state.box.hub, now)
    waits = [visit.due_ms(state.talk), state.box.due_ms, set_up, commanded, watched, frames.turn_ms(state.talk, now)]
    away = state.box.away_since
    if away is not None and now.mono_ms - away.mono_ms < OFFLINE_SHOWN_AFTER_MS:
        waits.append(away.mono_ms + OFFLINE_SHOWN_AFTER_MS)
    return min(wait for wait in waits if wait is not None)
