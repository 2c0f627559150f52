"""Commands at the hub: asked for and refused, said until they are heard of, and what every answer and every silence makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.command_records import OPEN, CommandRecord, Standing
from hub.commanding import (
    AGAIN_MS,
    END_MS,
    LATE_MS,
    LOOKED_AT,
    OPEN_MAX,
    Commander,
    NotCommanded,
    aged,
    answered,
    issue,
    packet_of,
    signable,
)
from hub.ingest import DESK_WAIT_S
from hub.records import KioskRecord
from mqtt.messages import Command, CommandResult, CommandState, KioskState, Presence, Sync
from mqtt.operations import OPERATIONS
from tests.hub_builders import NOON, birth
from tests.test_hub_ingest import Bench, K
from tests.wire_messages import PNG

ACCEPTED, SUCCEEDED, FAILED, REJECTED = CommandState


def bench(presence: Presence = Presence.ONLINE) -> Bench:
    """A hub's ear that knows one kiosk."""
    made = Bench()
    with made.store.transaction() as tx:
        tx.save_kiosk(replace(tx.kiosk(K), presence=presence, session="s1"))
    return made


def ask(made: Bench, op: str = "identify", kiosk: str = K, within_s: int = 300, **args: Any) -> CommandRecord:
    """Somebody commands."""
    with made.store.transaction() as tx:
        return issue(tx, kiosk, op, args, "olena", made.now_ms, within_s)


def look(made: Bench, later_ms: int = 0) -> list[Command]:
    """What is commanded at the next look at the desk."""
    made.now_ms += later_ms
    made.mono_s += max(later_ms / 1000, DESK_WAIT_S)
    return commands_in(made.hears())


def commands_in(said: list[Any]) -> list[Command]:
    return [message for _, message in said if isinstance(message, Command)]


def said_of(command: CommandRecord) -> Command:
    """What a kiosk hears of it."""
    return Command(command.id, command.op, command.args, command.expires_ms, command.by)


def stands(made: Bench, command: CommandRecord) -> CommandRecord:
    """How it stands."""
    return made.store.held.commands[command.id]


# --- asking ---


def test_a_command_is_written_down_with_who_asked() -> None:
    """It has an id that nobody can guess, its arguments whole, and the moment after which it must not be begun."""
    made = bench()
    one, other = ask(made, "blank", within_s=60, on=True), ask(made, "blank", within_s=60, on=True)
    assert one.id != other.id
    assert len(one.id) == 28
    wanted = CommandRecord(one.id, K, "blank", {"on": True, "hours": 14}, "olena", NOON, NOON + 60_000)
    assert made.store.held.commands[one.id] == one == wanted
    assert packet_of(one, "s0", NOON).topic.endswith(f"/{K}/dn/cmd")


@pytest.mark.parametrize(
    ("kiosk", "op", "args", "words"),
    [
        ("k-9", "identify", {}, "there is no kiosk 'k-9'"),
        (K, "reboot", {}, "there is no command 'reboot'"),
        (K, "restart", {"grace_s": 1e3}, "a whole number from 0 to 120"),
        (K, "maintenance", {}, "maintenance on: expected true or false"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(kiosk: str, op: str, args: dict[str, object], words: str) -> None:
    """Whoever asks hears it in words, and nothing is written down."""
    made = bench()
    with pytest.raises(NotCommanded, match=words), made.store.transaction() as tx:
        issue(tx, kiosk, op, args, "olena", NOON)
    assert not made.store.held.commands


def test_commands_to_a_kiosk_are_bounded() -> None:
    """So many may be open at one kiosk; when one has ended there is room again."""
    made = bench()
    first, *_ = (ask(made) for _ in range(OPEN_MAX))
    with pytest.raises(NotCommanded, match=f"{OPEN_MAX} commands to {K} are open already"):
        ask(made)
    look(made)
    made.hears(CommandResult(first.id, SUCCEEDED))
    ask(made)


@pytest.mark.parametrize(("within_s", "has_s"), [(0, 5), (60, 60), (900, 300)])
def test_no_command_lives_long(within_s: int, has_s: int) -> None:
    """Five seconds to five minutes; what must hold longer is no command."""
    made = bench()
    assert ask(made, within_s=within_s).expires_ms == NOON + has_s * 1000


@pytest.mark.parametrize(
    ("by", "word"), [("olena", "olena"), ("op:olena", "op:olena"), ("Олена К.", "_______."), ("", "unknown"), ("x" * 99, "x" * 64)]
)
def test_every_name_can_travel(by: str, word: str) -> None:
    """Who asks may be called anything; on the wire it is a word."""
    assert signable(by) == word


# --- saying ---


def test_it_is_said_once_and_again_until_something_is_heard() -> None:
    """Twice a second the desk is looked at; a command is said, and every ten seconds again until the kiosk has answered."""
    made = bench()
    command = ask(made, "restart", grace_s=7)
    said = look(made)
    assert said == [Command(command.id, "restart", {"grace_s": 7}, command.expires_ms, "olena")]
    assert stands(made, command).state is Standing.SENT
    assert (look(made), look(made, AGAIN_MS - 1), look(made, 1)) == ([], [], said)
    made.hears(CommandResult(command.id, ACCEPTED))
    assert stands(made, command).state is Standing.ACCEPTED
    assert look(made, AGAIN_MS) == []
    made.hears(CommandResult(command.id, SUCCEEDED))
    assert (stands(made, command).state, stands(made, command).ended_ms) == (Standing.SUCCEEDED, made.now_ms)
    assert look(made, AGAIN_MS) == []


def test_it_is_written_down_as_said_before_it_is_said() -> None:
    """A hub that dies between does not say it twice in a row, and does not forget it either."""
    made = bench()
    command = ask(made)
    seen: list[Standing] = []
    before = made.link.publish
    made.link.publish = lambda packet: seen.append(stands(made, command).state) or before(packet)  # type: ignore[method-assign,func-returns-value]
    look(made)
    assert seen == [Standing.SENT]


def test_a_kiosk_that_is_away_is_told_at_its_handshake() -> None:
    """To a kiosk that is off line nothing is said; after its birth, behind sync and members, all that is open is said at once."""
    made = bench(Presence.OFFLINE)
    command = ask(made)
    assert look(made) == []
    said = made.hears(birth())
    assert commands_in(said) == [said_of(command)]
    assert isinstance(said[0][1], Sync)
    assert commands_in(made.hears(birth())) == [said_of(command)], "the first may have been lost with the connection"
    made.hears(CommandResult(command.id, ACCEPTED))
    assert commands_in(made.hears(birth())) == []


def test_the_broker_keeps_it_no_longer_than_it_may_be_begun() -> None:
    """The message expires with its deadline."""
    made = bench()
    packets = []
    before = made.link.publish
    made.link.publish = lambda packet: packets.append(packet) or before(packet)  # type: ignore[method-assign,func-returns-value]
    ask(made, within_s=42)
    look(made)
    assert [(packet.expiry_s, packet.retain, packet.qos) for packet in packets if packet.topic.endswith("/dn/cmd")] == [(42, False, 1)]
    command = CommandRecord("c_1", K, "identify", {}, "o", NOON, NOON + 1)
    command = replace(command, id="c_12345678")
    later = replace(command, expires_ms=NOON + 9**9)
    assert [packet_of(*each).expiry_s for each in ((command, "s0", NOON), (command, "s0", NOON + 9), (later, "s0", NOON))] == [1, 1, 300]


# --- hearing ---


@pytest.mark.parametrize(
    ("before", "waited_ms", "words"),
    [
        (Standing.QUEUED, 0, "the kiosk was not there"),
        (Standing.SENT, LATE_MS, "the kiosk did not answer"),
        (Standing.ACCEPTED, END_MS, "nothing was heard of its end"),
    ],
)
def test_silence_is_an_end_too(before: Standing, waited_ms: int, words: str) -> None:
    """After its moment, and what an answer may take, a command has expired, and says of which silence."""
    command = CommandRecord("c_1", K, "restart", {}, "o", NOON, NOON + 60_000, before)
    assert aged(command, NOON + 60_000 + waited_ms - 1) == command
    ended = aged(command, NOON + 60_000 + waited_ms)
    assert (ended.state, ended.ended_ms) == (Standing.EXPIRED, NOON + 60_000 + waited_ms)
    assert words in ended.why


def test_an_expired_command_is_not_said_any_more() -> None:
    """Neither at a look nor at a handshake; what the kiosk says of it later is what happened."""
    made = bench(Presence.OFFLINE)
    command = ask(made, within_s=5)
    assert look(made, 5_000) == []
    assert stands(made, command).state is Standing.EXPIRED
    assert commands_in(made.hears(birth())) == []
    heard = ask(made, within_s=5)
    assert commands_in(made.hears(birth())) == [said_of(heard)]
    assert (look(made, AGAIN_MS), commands_in(made.hears(birth()))) == ([], []), "an answer may be under way, but it is too late to begin"
    made.hears(CommandResult(command.id, FAILED, "too late for tea"))
    assert (stands(made, command).state, stands(made, command).why) == (Standing.FAILED, "too late for tea")


def test_an_end_is_an_end() -> None:
    """What is heard after the end, out of order or again, changes nothing."""
    done = CommandRecord("c_1", K, "restart", {}, "o", NOON, NOON + 60_000, Standing.SUCCEEDED, ended_ms=NOON)
    for state in CommandState:
        assert answered(done, CommandResult("c_1", state), NOON + 9) == done


def test_a_kiosk_speaks_of_its_own_commands_alone() -> None:
    """An id that was never given to it is counted as foreign and changes nothing."""
    made = bench()
    with made.store.transaction() as tx:
        tx.save_kiosk(KioskRecord("k-2", presence=Presence.ONLINE))
    command = ask(made)
    made.hears(CommandResult(command.id, SUCCEEDED), kiosk="k-2")
    made.hears(CommandResult("c_" + "z" * 20, SUCCEEDED))
    assert stands(made, command).state is Standing.SENT
    assert Commander(made.store).heard(CommandResult(command.id, SUCCEEDED), "k-2", NOON) is None


def test_a_picture_comes_with_its_success() -> None:
    """It is kept with the end of the command, in the same transaction; a repeated answer keeps it once."""
    made = bench()
    command = ask(made, "screenshot")
    look(made)
    made.hears(CommandResult(command.id, SUCCEEDED, png=PNG), CommandResult(command.id, SUCCEEDED, png=PNG))
    made.hears(CommandResult(command.id, FAILED, "the picture was not kept; ask for another"))
    assert (stands(made, command).state, made.store.held.pictures) == (Standing.SUCCEEDED, {command.id: PNG})


def test_an_answer_is_kept_before_the_broker_forgets_it() -> None:
    """The acknowledgement of an answer comes after the commit."""
    made = bench()
    command = ask(made)
    order: list[str] = []
    made.store.after_commit = lambda: order.append("commit")
    acked = made.link.ack
    made.link.ack = lambda token: order.append("ack") or acked(token)  # type: ignore[method-assign,func-returns-value]
    made.hears(CommandResult(command.id, ACCEPTED))
    assert order == ["commit", "ack"]


def test_why_a_kiosk_serves_nobody_is_known() -> None:
    """Its presence says so, and the handshake of the same connection does not make it forgotten; the next connection does."""
    made = bench()
    made.hears(KioskState(Presence.ONLINE, "s7", "maintenance"), replace(birth(), session="s7"))
    assert made.store.held.kiosks[K].why == "maintenance"
    made.hears(replace(birth(), session="s8"))
    assert made.store.held.kiosks[K].why == ""


SAID = st.sampled_from(["look", "birth", "wait", "cut", *CommandState])


@given(st.lists(SAID, max_size=30), st.sampled_from(sorted(OPERATIONS)))
def test_whatever_happens_a_command_ends_once(steps: list[str | CommandState], op: str) -> None:
    """Looks, handshakes, answers in any order, power cuts around the commits: an end that was heard stays, and silence ends all else."""
    made = bench()
    needed = {"maintenance": {"on": True}, "blank": {"on": True}, "log_level": {"level": "info"}}
    command = ask(made, op, **needed.get(op, {}))
    ended: CommandRecord | None = None
    for step in steps:
        match step:
            case "look":
                look(made)
            case "wait":
                look(made, 100_000)
            case "cut":
                made = _restarted(made)
            case "birth":
                made.hears(birth())
            case CommandState():
                made.hears(CommandResult(command.id, step))
        now = stands(made, command)
        if ended is not None:
            assert now == ended
        elif now.state not in OPEN and now.state is not Standing.EXPIRED:
            ended = now
    look(made, 300_000 + END_MS)
    assert stands(made, command).state not in OPEN


def _restarted(made: Bench) -> Bench:
    """The hub begins anew on what it has kept."""
    return Bench(now_ms=made.now_ms, mono_s=made.mono_s, store=made.store)


def test_a_look_is_bounded() -> None:
    """However many are open, so many are looked at in one transaction, the oldest first."""
    made = bench()
    with made.store.transaction() as tx:
        for number in range(LOOKED_AT + 2):
            tx.add_command(CommandRecord(f"c_{number:08}", K, "identify", {}, "o", NOON, NOON + 60_000))
    assert len(Commander(made.store).due(NOON)) == LOOKED_AT
