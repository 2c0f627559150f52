"""Commands to kiosks: how one is asked for, when it is said, what is made of the answers. No clock and no network here.

A command is written down before anybody hears of it, and what was heard of it before the message is acknowledged, so a hub that dies
between goes on where it was. It is said again until something is heard: a kiosk does it once, however often it comes.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.command_records import OPEN, CommandRecord, Standing
from hub.door import HubStore, HubTransaction
from mqtt.messages import Command, CommandResult, Presence
from mqtt.operations import NotUnderstood, understood
from mqtt.shapes import WORD
from mqtt.wire import Packet, encode

WITHIN_S_MAX = 300  # a command is for now; what must hold longer is a setting, or holds at the kiosk (maintenance)
AGAIN_MS = 10_000  # until a command is said again of which nothing was heard: an answer takes milliseconds
LATE_MS = 30_000  # after its moment: the answer of a kiosk that took it in the last second may be under way
END_MS = 600_000  # after its moment: a kiosk that took it had two minutes for its customer, and a restart
OPEN_MAX = 16  # at one kiosk: a person gives one or two, and the kiosk remembers 256
LOOKED_AT = 1_000  # open commands of all kiosks in one look; more are a program gone wild, and wait
KEPT_MAX = 10_000  # commands that have ended: years of a shop
PICTURES_KEPT = 32  # 45 KB each; one is looked at when it comes
ID_BYTES = 16


class NotCommanded(ValueError):
    """It cannot be commanded; the message says why, and what to do."""


def issue(
    tx: HubTransaction, kiosk: str, op: str, args: Mapping[str, object], by: str, now_ms: int, within_s: int = WITHIN_S_MAX
) -> CommandRecord:
    """Write down a command for a kiosk that ever spoke, to be begun within `within_s` seconds (5 to 300); `ingest` says it.

    `by`: who asks, in any form; what cannot travel is replaced. Raises NotCommanded.
    """
    if kiosk not in tx.kiosks():
        raise NotCommanded(f"there is no kiosk {kiosk[:32]!a}; `stupeni-hub status` lists those that ever spoke")
    try:
        said = understood(op, args)
    except NotUnderstood as wrong:
        raise NotCommanded(str(wrong)) from None
    if sum(each.kiosk == kiosk for each in tx.open_commands(LOOKED_AT)) >= OPEN_MAX:
        raise NotCommanded(f"{OPEN_MAX} commands to {kiosk} are open already; wait until some have ended")
    id_ = "c_" + b32encode(secrets.token_bytes(ID_BYTES)).decode("ascii").rstrip("=").lower()
    until_ms = now_ms + min(max(within_s, 5), WITHIN_S_MAX) * 1000
    command = CommandRecord(id_, kiosk, op, dict(said), signable(by), now_ms, until_ms)
    tx.add_command(command)
    tx.forget_commands(KEPT_MAX)
    return command


def signable(by: str) -> str:
    """Somebody's name as a word of the wire."""
    name = re.sub(r"[^A-Za-z0-9._:+-]", "_", by)[:64]
    return name if WORD.fullmatch(name) else "unknown"


@dataclass(frozen=True, slots=True)
class Commander:
    """All commands, over a store."""

    store: HubStore

    def due(self, now_ms: int, greeted: str = "") -> list[CommandRecord]:
        """What is to be said now, written down as said; what nobody answered in time has ended. `greeted`: a kiosk that has just had its
        handshake, which is told all that is open at once.
        """
        with self.store.transaction() as tx:
            found = []
            for before in tx.open_commands(LOOKED_AT):
                command = aged(before, now_ms)
                here = before.kiosk == greeted or tx.kiosk(before.kiosk).presence is Presence.ONLINE
                if here and _to_be_said(command, now_ms, before.kiosk == greeted):
                    command = replace(command, state=Standing.SENT, sent_ms=now_ms)
                    found.append(command)
                if command != before:
                    tx.save_command(command)
        return found

    def heard(self, said: CommandResult, kiosk: str, now_ms: int) -> CommandRecord | None:
        """Keep what a kiosk says of a command; the command as it stands now, or None for one that was never given to this kiosk."""
        with self.store.transaction() as tx:
            before = tx.command(said.id)
            if before is None or before.kiosk != kiosk:
                return None
            command = answered(before, said, now_ms)
            if command != before:
                tx.save_command(command)
                if said.png:
                    tx.save_picture(said.id, said.png, PICTURES_KEPT)
        return command


def _to_be_said(command: CommandRecord, now_ms: int, greeted: bool) -> bool:
    """Whether a command is for this moment: never said, or said so long ago that the message or the answer must have been lost."""
    if command.state not in (Standing.QUEUED, Standing.SENT) or now_ms >= command.expires_ms:
        return False
    return greeted or now_ms - command.sent_ms >= AGAIN_MS


def aged(command: CommandRecord, now_ms: int) -> CommandRecord:
    """The command as time alone leaves it."""
    waits = {Standing.QUEUED: 0, Standing.SENT: LATE_MS, Standing.ACCEPTED: END_MS}
    if command.state not in OPEN or now_ms < command.expires_ms + waits[command.state]:
        return command
    words = {
        Standing.QUEUED: "the kiosk was not there",
        Standing.SENT: "the kiosk did not answer",
        Standing.ACCEPTED: "the kiosk took it, and nothing was heard of its end",
    }
    return replace(command, state=Standing.EXPIRED, why=words[command.state], ended_ms=now_ms)


def answered(command: CommandRecord, said: CommandResult, now_ms: int) -> CommandRecord:
    """The command after a kiosk's word. An end is an end, but for one that was only given up on: what the kiosk says is what happened."""
    if not command.is_open and command.state is not Standing.EXPIRED:
        return command
    state = Standing(said.state.value)
    return replace(command, state=state, why=said.why, ended_ms=0 if state in OPEN else now_ms)


def packet_of(command: CommandRecord, shard: str, now_ms: int) -> Packet:
    """As it travels; the broker keeps it no longer than it may be begun, and at least a second."""
    said = Command(command.id, command.op, command.args, command.expires_ms, command.by)
    left_s = -(-(command.expires_ms - now_ms) // 1000)
    return replace(encode(said, shard, command.kiosk), expiry_s=max(1, min(WITHIN_S_MAX, left_s)))
