"""What a kiosk does when it is commanded from afar, and what becomes of a command. Pure.

A command is written down before it is obeyed, so what comes twice is answered again and not done again. Nothing here touches a fact or
a member: whoever speaks for the hub can make a kiosk restart, refuse cards or go dark, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from display.scenes import Dark, Frame, Identified, Outage, OutOfService
from kiosk.messages import CardArrived, CardRead, CardUnreadable, CardUnusable, Chime, Effect, Message, Note, Restart, Send
from kiosk.phases import Conversation, Idle
from kiosk.taken import KeepCommands, Remembered, SetLogLevel, TakeCommand, Taken
from loyalty.moment import Moment
from mqtt.messages import Command, CommandResult, CommandState
from mqtt.operations import NotUnderstood, Value, understood

NAMING_MS = 10_000  # to look up from a phone and around in a shop
TOLD_AGAIN = 8  # newest commands whose standing is said again after a handshake: a person asks for one or two at a time
TOLD_AGAIN_MS = 3_600_000  # the hub has given up on older ones
LATE = "it came too late by this kiosk's clock"
NOT_WRITTEN = "the kiosk could not write it down"
INTERRUPTED = "the kiosk began anew before it was done"
PICTURE_GONE = "the picture was not kept; ask for another"


@dataclass(frozen=True, slots=True)
class Duty:
    """What this kiosk was commanded to, as far as it still matters. `until` fields are monotonic ms, None for what is not so.

    `known`: what survives a restart. `epoch`: the present run. `naming_until`: it shows which kiosk it is. `dark_until`: the screen is
    dark while nobody is here. `log_until`: another level of the log. `leave_by`: a restart waits for the present customer, until then;
    `left`: it waits no more.
    """

    known: Remembered = field(default_factory=Remembered)
    epoch: str = ""
    naming_until: int | None = None
    dark_until: int | None = None
    log_until: int | None = None
    leave_by: int | None = None
    left: bool = False

    @property
    def why(self) -> str:
        """Why nobody is served, in a word for the hub; "" if somebody is."""
        return "maintenance" if self.known.maintenance else ""


Step = tuple[Duty, list[Effect]]


def begin(known: Remembered, epoch: str) -> Duty:
    """At the start of a run: a restart that was under way has succeeded by it; what else was, was interrupted."""
    for each in known.taken:
        if each.state is CommandState.ACCEPTED and each.epoch != epoch:
            done = each.op == "restart"
            known = known.ending(each.id, CommandState.SUCCEEDED if done else CommandState.FAILED, "" if done else INTERRUPTED)
    return Duty(known, epoch)


def heard(duty: Duty, now: Moment, command: Command) -> Step:
    """The hub commands: refused in words, answered again, or written down."""
    before = duty.known.find(command.id)
    if before is not None:
        return duty, [_again(before)]
    if now.kept and now.wall_ms > command.expires_ms:
        return duty, _rejected(command, LATE)
    try:
        args = understood(command.op, command.args)
    except NotUnderstood as error:
        return duty, _rejected(command, str(error))
    takes_time = command.op in ("restart", "screenshot")
    state = CommandState.ACCEPTED if takes_time else CommandState.SUCCEEDED
    known = duty.known.taking(Taken(command.id, command.op, duty.epoch, now.wall_ms, state), now)
    if command.op == "maintenance":
        known = replace(known, maintenance=args["on"] is True)
    return duty, [TakeCommand(command, known)]


def lost(duty: Duty, command: Command) -> Step:
    """The disk refused, so the command is not obeyed; if it comes again, it is tried again."""
    return duty, _rejected(command, NOT_WRITTEN, CommandState.FAILED)


def taken(duty: Duty, now: Moment, command: Command, known: Remembered, nobody: bool) -> Step:
    """It is on disk: obey. `nobody`: is here. What the hub has a part in is the machine's: a fresh handshake, presence, the picture."""
    args = understood(command.op, command.args)
    duty, effects = _obey(replace(duty, known=known), now, command.op, args, nobody)
    said = known.find(command.id)
    answer: list[Effect] = [] if said is None or command.op == "screenshot" else [Send(CommandResult(command.id, said.state))]
    return duty, [Note("command", {"op": command.op, "id": command.id, "on": _bool(args.get("on"))}), *answer, *effects]


def _bool(value: Value | None) -> bool | None:
    return value if isinstance(value, bool) else None


def _obey(duty: Duty, now: Moment, op: str, args: Mapping[str, Value], nobody: bool) -> Step:
    match op:
        case "identify":
            sound: list[Effect] = [Chime("identify")] if nobody else []
            return replace(duty, naming_until=now.mono_ms + NAMING_MS), sound
        case "restart":
            return replace(duty, leave_by=now.mono_ms + int(args["grace_s"]) * 1000), []
        case "blank":
            return replace(duty, dark_until=now.mono_ms + int(args["hours"]) * 3_600_000 if args["on"] else None), []
        case "log_level":
            return replace(duty, log_until=now.mono_ms + int(args["minutes"]) * 60_000), [SetLogLevel(str(args["level"]))]
    return duty, []


def pictured(duty: Duty, id_: str, png: bytes) -> Step:
    """The picture was made and goes to the hub, or it could not be."""
    state, why = (CommandState.SUCCEEDED, "") if png else (CommandState.FAILED, "no picture could be made")
    duty = replace(duty, known=duty.known.ending(id_, state, why))
    return duty, [Send(CommandResult(id_, state, why, png)), KeepCommands(duty.known)]


def synced(duty: Duty, now: Moment) -> list[Effect]:
    """After a handshake: how the newest commands stand, for an answer may have been lost with the connection before."""
    newest = duty.known.taken[-TOLD_AGAIN:]
    return [_again(each) for each in newest if abs(now.wall_ms - each.at_ms) < TOLD_AGAIN_MS]


def ticked(duty: Duty, now: Moment) -> Step:
    """Time passed: what was for a while is over; nobody is waited for any longer."""
    effects: list[Effect] = []
    if _over(duty.naming_until, now):
        duty = replace(duty, naming_until=None)
    if _over(duty.dark_until, now):
        duty = replace(duty, dark_until=None)
    if _over(duty.log_until, now):
        duty, effects = replace(duty, log_until=None), [SetLogLevel(None)]
    if not duty.left and _over(duty.leave_by, now):
        duty, effects = replace(duty, left=True), [*effects, Restart("command")]
    return duty, effects


def _over(until: int | None, now: Moment) -> bool:
    return until is not None and now.mono_ms >= until


def between_customers(duty: Duty, talk: Conversation) -> Step:
    """A restart that waits begins if nobody is here or expected."""
    return (replace(duty, left=True), [Restart("command")]) if _may_leave(duty, talk) else (duty, [])


def _may_leave(duty: Duty, talk: Conversation) -> bool:
    return duty.leave_by is not None and not duty.left and isinstance(talk.phase, Idle) and talk.invitation is None


def due_ms(duty: Duty, talk: Conversation, now: Moment) -> int | None:
    """When time alone changes something, monotonic ms: something is over, or a restart may begin."""
    waits = (duty.naming_until, duty.dark_until, duty.log_until, None if duty.left else duty.leave_by)
    return now.mono_ms if _may_leave(duty, talk) else min((wait for wait in waits if wait is not None), default=None)


def refused(duty: Duty, talk: Conversation, message: Message) -> list[Effect] | None:
    """What is done with a card that is laid while cards are not taken; None where this is no such card. Whoever came before is served to
    the end.
    """
    if not duty.known.maintenance:
        return None
    match message:
        case CardArrived(_, presentation, stale=False):
            return [Chime("stop"), Note("card.refused", {"presentation": presentation})]
        case CardRead(_, presentation) | CardUnusable(_, presentation) | CardUnreadable(_, presentation):
            return None if getattr(talk.phase, "presentation", None) == presentation else []
    return None


def shown(duty: Duty, talk: Conversation, frame: Frame) -> Frame:
    """The frame with what was commanded: only ever where nobody is served."""
    if not isinstance(talk.phase, Idle):
        return frame
    if duty.naming_until is not None:
        return replace(frame, scene=Identified(talk.shop.kiosk))
    if duty.dark_until is not None:
        return Frame(Dark(), talk.shop.languages[0])
    return replace(frame, scene=OutOfService(Outage.MAINTENANCE)) if duty.known.maintenance else frame


def lamp(duty: Duty, talk: Conversation, usual: str) -> str:
    """The lamp with what was commanded. It may tell which kiosk this is while somebody is served too: it says nothing about them."""
    if duty.naming_until is not None:
        return "identify"
    if not isinstance(talk.phase, Idle):
        return usual
    if duty.dark_until is not None:
        return "off"
    return "attention" if duty.known.maintenance else usual


def _again(each: Taken) -> Send:
    """How a command stands that was taken before. A picture is not kept: where it was lost on the way, another must be asked for."""
    if each.op == "screenshot" and each.state is CommandState.SUCCEEDED:
        return Send(CommandResult(each.id, CommandState.FAILED, PICTURE_GONE))
    return Send(CommandResult(each.id, each.state, each.why))


def _rejected(command: Command, why: str, state: CommandState = CommandState.REJECTED) -> list[Effect]:
    return [
        Send(CommandResult(command.id, state, why)),
        Note("command.refused", {"op": command.op, "id": command.id, "why": why}, warning=True),
    ]
