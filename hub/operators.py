"""What operators ask over the broker: whether they may, what is done of it, and what they are answered. No network and no clock.

Their names come from the topic, which the broker's rules bind to their certificates. What the same people do at the hub's own machine goes
the same way (`config_cli`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from config.schema import Operators
from hub.commanding import WITHIN_S_MAX, NotCommanded, issue
from hub.desired import NotPushed, put
from hub.door import HubStore, HubTransaction
from hub.fleet_records import KioskSetUp, SettingsChange
from loyalty.document import Document, read
from loyalty.shapes import Malformed, Many, Text, Whole
from mqtt.operators import OperatorAnswer, OperatorRequest
from mqtt.reading_desired import SETTING, SETTINGS_MAX
from mqtt.shapes import WORD
from mqtt.topics import KIOSK_ID

ROWS_MAX = 100  # kiosks in one answer: 300 bytes each are half of a message

Key = Annotated[str, Text(SETTING.pattern, 96, words="a setting like privacy.greeting_s")]
Word = Annotated[str, Text(WORD.pattern, 64, words="a word like restart")]
Kiosk = Annotated[str, Text(KIOSK_ID.pattern, 32, 0, words="the name of a kiosk, or nothing for all")]
Act = Callable[[HubTransaction, Document, str, int], Document]


@dataclass(frozen=True, slots=True)
class Push:
    """`config.push`: settings for one kiosk, or for all."""

    set: Document
    kiosk: Kiosk = ""
    unset: Annotated[tuple[Key, ...], Many(SETTINGS_MAX)] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """`config.status`: how kiosks stand, by name, after this one."""

    after: Kiosk = ""


@dataclass(frozen=True, slots=True)
class Give:
    """`command.give`: a command for one kiosk, as `commanding.issue` takes it."""

    kiosk: Kiosk
    op: Word
    args: Document = field(default_factory=dict)
    within_s: Annotated[int, Whole(5, WITHIN_S_MAX)] = WITHIN_S_MAX


@dataclass(frozen=True, slots=True)
class Follow:
    """`command.status`: what became of a command."""

    id: Word


@dataclass(frozen=True, slots=True)
class OperatorDesk:
    """Answers operators, over a store; `may` says who may do what."""

    store: HubStore
    may: Operators

    def answer(self, asked: OperatorRequest, operator: str, now_ms: int) -> OperatorAnswer:
        """Do what is asked in one transaction, and say what became of it."""
        allowed: dict[str, tuple[tuple[str, ...], Act]] = {
            "config.push": (self.may.may_configure, _push),
            "config.status": (self.may.may_configure, _status),
            "command.give": (self.may.may_command, _give),
            "command.status": (self.may.may_command, _follow),
        }
        if asked.op not in allowed:
            return OperatorAnswer(asked.token, 404, (f"there is no such request; there are {', '.join(sorted(allowed))}",))
        who, act = allowed[asked.op]
        if operator not in who:
            return OperatorAnswer(asked.token, 403, (f"{operator} may not do that; [operators] in the hub's configuration says who may",))
        try:
            with self.store.transaction() as tx:
                return OperatorAnswer(asked.token, 200, (), act(tx, asked.args, f"op:{operator}", now_ms))
        except Malformed as wrong:
            return OperatorAnswer(asked.token, 400, (f"{wrong.field}: expected {wrong.expected}",))
        except NotCommanded as wrong:
            return OperatorAnswer(asked.token, 400, (str(wrong),))
        except NotPushed as wrong:
            return OperatorAnswer(asked.token, 400, tuple(str(each) for each in wrong.args[:16]))


def _push(tx: HubTransaction, args: Document, who: str, now_ms: int) -> Document:
    said: Push = read(Push, args)
    put(tx, SettingsChange(said.kiosk, said.set, said.unset, who, now_ms))
    return {"change": tx.changes_held()}


def _status(tx: HubTransaction, args: Document, who: str, now_ms: int) -> Document:
    asked: Ask = read(Ask, args)
    names = [kiosk for kiosk in tx.kiosks() if kiosk > asked.after]
    return {"kiosks": [row_of(tx.set_up(kiosk)) for kiosk in names[:ROWS_MAX]], "more": len(names) > ROWS_MAX}


def _give(tx: HubTransaction, args: Document, who: str, now_ms: int) -> Document:
    said: Give = read(Give, args)
    return {"id": issue(tx, said.kiosk, said.op, said.args, who, now_ms, said.within_s).id}


def _follow(tx: HubTransaction, args: Document, who: str, now_ms: int) -> Document:
    asked: Follow = read(Follow, args)
    found = tx.command(asked.id)
    if found is None:
        raise NotCommanded("there is no such command; those that ended long ago are forgotten")
    return {"id": found.id, "kiosk": found.kiosk, "op": found.op, "state": found.state.value, "why": found.why}


def row_of(held: KioskSetUp) -> Document:
    """How a kiosk stands to what is desired of it, as JSON's own types."""
    said = held.reported
    return {
        "kiosk": held.kiosk,
        "desired": held.version,
        "seen": said.version,
        "applied": said.applied,
        "state": said.state.value,
        "in_step": held.is_in_step,
        "why": list(said.why),
        "desired_ms": held.desired_ms,
        "reported_ms": held.reported_ms,
    }
