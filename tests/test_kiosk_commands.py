"""Stories of a kiosk that is commanded from afar: written down first, done once, answered always, and nothing of a customer given away."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from display.redacted import redacted
from display.scenes import Dark, Greeting, Identified, MenuEntry, OpenMenu, Outage, OutOfService, Pick, Rate, Ready
from drivers.clock import SimulatedClock
from drivers.silent_panel import SilentPanel
from kiosk import commands, machine
from kiosk.commands import INTERRUPTED, LATE, NAMING_MS, NOT_WRITTEN, PICTURE_GONE, TOLD_AGAIN
from kiosk.documents import Point, StoreFault, no_fault
from kiosk.doors import Inbox
from kiosk.log import Level, note_writer, set_up
from kiosk.loop import Loop
from kiosk.messages import CardArrived, CardRead, CardUnusable, Chime, Effect, Heard, Note, Restart, Send
from kiosk.parts import Glass, Parts
from kiosk.phases import Conversation
from kiosk.store import Store
from kiosk.taken import (
    TAKEN_MAX,
    TAKEN_MS_MAX,
    ForgetViews,
    KeepCommands,
    Picture,
    Remembered,
    SetLogLevel,
    TakeCommand,
    Taken,
    document_of,
    remembered_of,
)
from loyalty.facts import ClockQuality, Face
from loyalty.moment import Moment
from mqtt.messages import Birth, Command, CommandResult, CommandState, KioskState
from tests.builders import BOOT, CARD, EPOCH, NEXT_EPOCH, NOON_MS, OTHER_CARD, moment, outbox, pushed_file, shop, state, view, visit
from tests.kiosk_on_paper import EVIDENCE, PNG, PaperKiosk, lively

ACCEPTED, SUCCEEDED, FAILED, REJECTED = CommandState
MINUTE_MS = 60_000
READY = Ready("Кавʼярня")
CLOSED = OutOfService(Outage.MAINTENANCE)


def order(op: str, number: int = 1, expires_ms: int = NOON_MS + 10 * MINUTE_MS, **args: Any) -> Command:
    """A command of the hub."""
    return Command(f"c_{number:08}", op, args, expires_ms, "olena")


@pytest.fixture
def kiosk() -> PaperKiosk:
    """A kiosk in step with its hub, that knows Марія."""
    return PaperKiosk().knows(view(points=100)).online()


def results(kiosk: PaperKiosk) -> list[tuple[str, CommandState]]:
    """What was said of commands, by number."""
    return [(said.id.removeprefix("c_").lstrip("0"), said.state) for said in kiosk.said if isinstance(said, CommandResult)]


def words(kiosk: PaperKiosk) -> str:
    """The words of the newest result."""
    return next(said.why for said in reversed(kiosk.said) if isinstance(said, CommandResult))


def done(kiosk: PaperKiosk, kind: type[Effect]) -> list[Any]:
    """The effects of a kind so far."""
    return [effect for effect in kiosk.effects if isinstance(effect, kind)]


# --- taking them ---


@pytest.mark.parametrize(
    "command",
    [
        order("identify"),
        order("restart"),
        order("maintenance", on=True),
        order("blank", on=True),
        order("refresh"),
        order("screenshot"),
        order("log_level", level="debug"),
    ],
    ids=lambda command: command.op,
)
def test_a_command_is_on_disk_before_anything_comes_of_it(kiosk: PaperKiosk, command: Command) -> None:
    """Whatever is commanded, the only thing asked for is that it be remembered; a disk that refuses leaves everything as it was."""
    after, effects = machine.step(kiosk.state, Heard(kiosk.now(), command))
    assert [type(effect) for effect in effects] == [TakeCommand]
    assert after == kiosk.state
    kiosk.disk_works = False
    before, frame = kiosk.state, kiosk.frame
    kiosk.hear(command)
    assert (kiosk.state, kiosk.frame) == (before, frame)
    assert (results(kiosk), words(kiosk)) == ([("1", FAILED)], NOT_WRITTEN)
    kiosk.disk_works = True
    kiosk.hear(command)
    assert results(kiosk)[1][1] in (ACCEPTED, SUCCEEDED)


def test_what_comes_twice_is_answered_twice_and_done_once(kiosk: PaperKiosk) -> None:
    """A broker may repeat a message: the same answer, no second sound and no second restart."""
    for _ in range(3):
        kiosk.hear(order("identify")).hear(order("restart", 2)).wait(0)
    assert results(kiosk) == [("1", SUCCEEDED), ("2", ACCEPTED)] * 3
    assert kiosk.chimes == ["identify"]
    assert done(kiosk, Restart) == [Restart("command")]


def test_what_comes_too_late_is_not_done(kiosk: PaperKiosk) -> None:
    """By a clock that somebody keeps a command is not begun after its moment; where nobody keeps it, only the message's own end counts."""
    kiosk.hear(order("identify", expires_ms=NOON_MS - 1))
    assert (results(kiosk), words(kiosk), kiosk.scene) == ([("1", REJECTED)], LATE, READY)
    kiosk.hear(order("identify", 2, expires_ms=NOON_MS))
    assert kiosk.scene == Identified("k1")
    kiosk.quality = ClockQuality.UNSYNCED
    kiosk.hear(order("blank", 3, expires_ms=NOON_MS - 1, on=True))
    assert results(kiosk)[-1] == ("3", SUCCEEDED)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (order("reboot"), "there is no command 'reboot'"),
        (order("restart", grace_s=-1), "a whole number from 0 to 120"),
        (order("maintenance"), "true or false"),
        (order("blank", on=True, colour="red"), "blank has no argument 'colour'"),
    ],
)
def test_what_is_not_understood_is_rejected_in_words(kiosk: PaperKiosk, command: Command, why: str) -> None:
    """A newer hub may command what this kiosk does not know: it says so, and remembers nothing of it."""
    kiosk.hear(command)
    assert results(kiosk) == [("1", REJECTED)]
    assert why in words(kiosk)
    assert not done(kiosk, TakeCommand)


def test_memory_of_commands_is_bounded() -> None:
    """A week by a kept clock, and so many at most; a clock that nobody keeps makes nothing old."""
    known, old = Remembered(), Taken("c_old", "identify", EPOCH, NOON_MS - TAKEN_MS_MAX - 1, SUCCEEDED)
    new = Taken("c_new", "identify", EPOCH, NOON_MS, SUCCEEDED)
    unkept = Moment(0, NOON_MS, ClockQuality.UNSYNCED)
    assert known.taking(old, moment()).taking(new, unkept).taken == (old, new)
    assert known.taking(old, moment()).taking(new, moment()).taken == (new,)
    for number in range(TAKEN_MAX + 5):
        known = known.taking(replace(new, id=f"c_{number}"), moment())
    assert (len(known.taken), known.taken[0].id, known.find("c_4")) == (TAKEN_MAX, "c_5", None)


def test_after_a_handshake_the_newest_are_said_again(kiosk: PaperKiosk) -> None:
    """An answer that was lost with the connection is said anew after the next handshake; a picture is gone, and that is said; what is
    older than an hour is past.
    """
    kiosk.hear(order("maintenance", on=False)).wait(61 * MINUTE_MS)
    late = NOON_MS + 120 * MINUTE_MS
    kiosk.hear(order("screenshot", 2, late)).hear(order("identify", 3, late))
    before = len(results(kiosk))
    kiosk.online()
    assert results(kiosk)[before:] == [("2", FAILED), ("3", SUCCEEDED)]
    assert next(said.why for said in kiosk.said[::-1] if isinstance(said, CommandResult) and said.state is FAILED) == PICTURE_GONE
    for number in range(4, 20):
        kiosk.hear(order("maintenance", number, late, on=False))
    before = len(results(kiosk))
    kiosk.online()
    assert [number for number, _ in results(kiosk)[before:]] == [str(number) for number in range(20 - TOLD_AGAIN, 20)]


# --- each of them ---


def test_identify_shows_which_kiosk_it_is(kiosk: PaperKiosk) -> None:
    """Its name, a lamp and a sound, for ten seconds; then everything is as before."""
    kiosk.hear(order("identify"))
    assert kiosk.scene == Identified("k1")
    assert (kiosk.lights[-1], kiosk.chimes) == ("identify", ["identify"])
    kiosk.wait(NAMING_MS - 1)
    assert kiosk.scene == Identified("k1")
    kiosk.wait(1)
    assert (kiosk.scene, kiosk.lights[-1]) == (READY, "idle")


def test_identify_leaves_a_customer_alone(kiosk: PaperKiosk) -> None:
    """While somebody is served only the lamp tells which kiosk it is."""
    kiosk.lay()
    frame = kiosk.frame
    kiosk.hear(order("identify"))
    assert kiosk.frame == frame
    assert (kiosk.lights[-1], kiosk.chimes) == ("identify", ["ok"])


def test_a_restart_begins_at_once_if_nobody_is_here(kiosk: PaperKiosk) -> None:
    """It is accepted, and then the program ends to begin anew."""
    kiosk.hear(order("restart"))
    assert (results(kiosk), done(kiosk, Restart)) == ([("1", ACCEPTED)], [])
    assert machine.due_ms(kiosk.state, kiosk.now()) == kiosk.now_ms
    assert done(kiosk.wait(0), Restart) == [Restart("command")]


def test_a_restart_waits_for_the_customer(kiosk: PaperKiosk) -> None:
    """Whoever is being served is served to the end, a friend who is expected too; but no longer than was said."""
    kiosk.lay().hear(order("restart"))
    kiosk.touch(Rate(Face.GOOD))
    assert not done(kiosk, Restart)
    kiosk.wait(MINUTE_MS // 2)
    assert done(kiosk, Restart) == [Restart("command")]
    kiosk.wait(2 * MINUTE_MS)
    assert done(kiosk, Restart) == [Restart("command")], "it waits once"

    slow = PaperKiosk(state(lively())).knows(view()).online().lay()
    slow.touch(OpenMenu(), Pick(MenuEntry.FRIEND)).hear(order("restart", grace_s=30))
    slow.arrive().handle(CardUnusable(slow.now(), slow.presentation))
    slow.wait(29_999)
    assert isinstance(slow.scene, Ready), "the friend has laid a phone down, and looks for the card"
    assert not done(slow, Restart)
    slow.wait(1)
    assert done(slow, Restart) == [Restart("command")]


def test_a_restart_has_succeeded_when_the_next_run_has_its_handshake(kiosk: PaperKiosk) -> None:
    """What was under way when the last run ended: the restart is done by it, a picture was interrupted."""
    kiosk.hear(order("restart")).hear(order("identify", 3))
    known = kiosk.state.duty.known.taking(Taken("c_00000002", "screenshot", EPOCH, NOON_MS, ACCEPTED), moment())
    box = replace(outbox(), who=replace(outbox().who, epoch=NEXT_EPOCH))
    after = PaperKiosk(machine.begin(replace(Conversation(shop()), reader_up=True), box, kiosk.state.closed, known=known))
    assert not results(after)
    after.online()
    assert results(after) == [("1", SUCCEEDED), ("3", SUCCEEDED), ("2", FAILED)]
    assert words(after) == INTERRUPTED
    after.hear(order("restart"))
    assert results(after)[-1] == ("1", SUCCEEDED), "the same command again is no second restart"
    assert not done(after, Restart)


def test_in_maintenance_no_card_is_taken(kiosk: PaperKiosk) -> None:
    """The screen says so in each of the shop's languages, the lamp calls, a tap gets a low note and no fact; switched off, it serves."""
    kiosk.hear(order("maintenance", on=True))
    assert (kiosk.scene, kiosk.lights[-1]) == (CLOSED, "attention")
    kiosk.lay().wait(5_000)
    kiosk.lay(OTHER_CARD).lift()
    assert (kiosk.scene, kiosk.facts, kiosk.chimes) == (CLOSED, [], ["stop", "stop"])
    kiosk.wait(20_000)
    assert {shown.frame.language for shown in kiosk.shown if shown.frame.scene == CLOSED} == {"uk", "ru", "en"}
    kiosk.hear(order("maintenance", 2, on=False))
    assert (kiosk.scene, kiosk.lights[-1]) == (READY, "idle")
    assert isinstance(kiosk.lay().scene, Greeting)


def test_maintenance_lets_the_customer_finish(kiosk: PaperKiosk) -> None:
    """Whose card lies there is greeted and may rate; the next card is refused."""
    kiosk.arrive().hear(order("maintenance", on=True)).read()
    assert isinstance(kiosk.scene, Greeting)
    kiosk.touch(Rate(Face.GOOD))
    assert kiosk.bodies == ["Visit", "Rating"]
    kiosk.lay(OTHER_CARD).wait(MINUTE_MS)
    assert (kiosk.scene, kiosk.bodies) == (CLOSED, ["Visit", "Rating"])


def test_maintenance_survives_a_restart_and_the_hub_knows_of_it(kiosk: PaperKiosk) -> None:
    """It is written with the command itself, and stands in the kiosk's presence from then on."""
    kiosk.hear(order("maintenance", on=True))
    assert [said.why for said in kiosk.said if isinstance(said, KioskState)] == ["", "maintenance"]
    known = remembered_of(document_of(kiosk.state.duty.known))
    again = PaperKiosk(machine.begin(Conversation(shop()), outbox(), kiosk.state.closed, known=known))
    assert (again.scene, machine.lamp_of(again.state)) == (CLOSED, "attention")
    again.online()
    assert next(said.why for said in again.said if isinstance(said, KioskState)) == "maintenance"
    again.hear(order("maintenance", 2, on=False))
    assert [said.why for said in again.said if isinstance(said, KioskState)] == ["maintenance", ""]


def test_a_dark_kiosk_serves_all_the_same(kiosk: PaperKiosk) -> None:
    """Screen and lamp are dark while nobody is there; a card is greeted as ever, and then it is dark again until it is switched on."""
    kiosk.hear(order("blank", on=True))
    assert (kiosk.scene, kiosk.lights[-1]) == (Dark(), "off")
    kiosk.lay()
    assert (isinstance(kiosk.scene, Greeting), kiosk.lights[-1]) == (True, "ok")
    kiosk.lift().wait(MINUTE_MS)
    assert (kiosk.scene, kiosk.lights[-1]) == (Dark(), "off")
    kiosk.hear(order("blank", 2, on=False))
    assert (kiosk.scene, kiosk.lights[-1]) == (READY, "idle")


def test_darkness_ends_by_itself(kiosk: PaperKiosk) -> None:
    """After the hours that were said the screen invites again, whether anybody remembers it or not."""
    kiosk.hear(order("blank", on=True, hours=1))
    kiosk.wait(60 * MINUTE_MS - 1)
    assert kiosk.scene == Dark()
    kiosk.wait(1)
    assert kiosk.scene == READY


def test_refresh_forgets_and_asks_anew(kiosk: PaperKiosk) -> None:
    """What the hub said of members is let go of, and a handshake brings it back."""
    kiosk.hear(order("refresh"))
    assert (len(done(kiosk, ForgetViews)), results(kiosk)) == (1, [("1", SUCCEEDED)])
    assert [said.why for said in kiosk.said if isinstance(said, Birth)] == ["connect", "refresh"]
    kinds = [type(effect) for effect in kiosk.effects]
    assert kinds.index(ForgetViews) < max(place for place, effect in enumerate(kiosk.effects) if isinstance(effect, Send))


def test_a_screenshot_shows_nothing_of_anybody(kiosk: PaperKiosk) -> None:
    """The frame that is drawn is the redacted one, and its picture is the answer."""
    kiosk.lay()
    shown = kiosk.frame
    kiosk.hear(order("screenshot"))
    (picture,) = done(kiosk, Picture)
    assert picture.frame == redacted(shown)
    assert "Марія" in repr(shown)
    assert "Марія" not in repr(picture)
    assert [said for said in kiosk.said if isinstance(said, CommandResult)] == [CommandResult("c_00000001", SUCCEEDED, png=PNG)]
    assert done(kiosk, KeepCommands)[-1].known.find("c_00000001").state is SUCCEEDED


def test_a_picture_that_cannot_be_made_is_said_in_words(kiosk: PaperKiosk) -> None:
    """No picture, no success."""
    known = Remembered((Taken("c_00000001", "screenshot", EPOCH, NOON_MS, ACCEPTED),))
    duty, effects = commands.pictured(commands.begin(known, EPOCH), "c_00000001", b"")
    assert effects[0] == Send(CommandResult("c_00000001", FAILED, "no picture could be made"))
    assert duty.known.taken[0].state is FAILED


def test_the_log_goes_back_to_its_level_by_itself(kiosk: PaperKiosk) -> None:
    """More is written for the minutes that were said, and then as configured."""
    kiosk.hear(order("log_level", level="debug", minutes=5))
    assert done(kiosk, SetLogLevel) == [SetLogLevel("debug")]
    kiosk.wait(5 * MINUTE_MS - 1)
    assert done(kiosk, SetLogLevel) == [SetLogLevel("debug")]
    kiosk.wait(1)
    assert done(kiosk, SetLogLevel) == [SetLogLevel("debug"), SetLogLevel(None)]


def test_commands_are_in_the_log_without_who_asked(kiosk: PaperKiosk) -> None:
    """What was commanded and what was refused is a line each; the name of a person is in none."""
    kiosk.hear(order("blank", on=True)).hear(order("dance", 2))
    notes = [note for note in done(kiosk, Note) if note.event.startswith("command")]
    assert [(note.event, note.fields["op"], note.warning) for note in notes] == [
        ("command", "blank", False),
        ("command.refused", "dance", True),
    ]
    assert "olena" not in repr(notes)


# --- on the real store, in the real loop ---


class Rig:
    """A loop with a store on disk; `faults` are the points at which the disk refuses."""

    def __init__(self, path: Path, epoch: str = EPOCH, level: Level | None = None) -> None:
        self.sent: list[Any] = []
        self.faults: list[Point] = []
        self.clock, self.inbox = SimulatedClock(0, NOON_MS, boot_id=BOOT), Inbox()
        self.store = Store(path, "k1", epoch, BOOT, self._fault)
        panel = SilentPanel(lambda index: None, self.clock)
        glass = Glass((), draw=lambda frame: PNG)
        pushed = pushed_file(path.parent)
        set_level = level.set if level is not None else (lambda level: None)
        parts = Parts(
            self.clock, self.inbox, self.store, panel, glass, self.sent.append, told=note_writer(), log_level=set_level, pushed=pushed
        )
        box = replace(outbox(), who=replace(outbox().who, epoch=epoch), held=self.store.held())
        talk = replace(Conversation(shop(), epoch), reader_up=True)
        self.loop = Loop(parts, machine.begin(talk, box, self.store.closings(), known=self.store.commands()))

    def _fault(self, point: Point) -> None:
        if point in self.faults:
            raise StoreFault("the disk is full", "Free some space")
        no_fault(point)

    def hear(self, command: Command) -> Rig:
        """The hub commands."""
        self.inbox.put(Heard(self.clock.now(), command))
        self.loop.turn(0)
        return self

    def stop(self) -> None:
        """A clean stop."""
        self.store.close()


def test_the_store_remembers_across_restarts(tmp_path: Path) -> None:
    """A restart is done once, however often its message comes to whichever run; maintenance holds."""
    path = tmp_path / "kiosk.db"
    first = Rig(path).hear(order("maintenance", on=True)).hear(order("restart", 2))
    assert (first.loop.again, first.loop.stopping) == (True, True)
    first.stop()
    second = Rig(path, NEXT_EPOCH).hear(order("restart", 2)).hear(order("maintenance", on=True))
    assert (second.loop.again, second.loop.stopping) == (False, False)
    assert [said.state for said in second.sent if isinstance(said, CommandResult)] == [SUCCEEDED, SUCCEEDED]
    assert machine.frame_of(second.loop.state, second.clock.now()).scene == CLOSED
    second.stop()


def test_a_disk_that_refuses_is_no_restart_loop(tmp_path: Path) -> None:
    """A restart that cannot be written down is not done: else the same message would restart every run."""
    rig = Rig(tmp_path / "kiosk.db")
    rig.faults = ["before_write"]
    rig.hear(order("restart"))
    assert not rig.loop.stopping
    assert [(said.state, said.why) for said in rig.sent] == [(FAILED, NOT_WRITTEN)]
    rig.faults = []
    rig.stop()


def test_who_stops_a_kiosk_has_the_last_word(tmp_path: Path) -> None:
    """SIGTERM while a restart is under way, or just before it, ends the kiosk for good."""
    rig = Rig(tmp_path / "kiosk.db").hear(order("restart"))
    rig.loop.stop()
    assert (rig.loop.stopping, rig.loop.again) == (True, False)
    rig.loop.stopping = False
    rig.loop.stop()
    rig.hear(order("restart", 2))
    assert rig.loop.again is False
    rig.stop()


@pytest.mark.parametrize("spoilt", [None, {}, {"said": {"maintenance": True}}, {"said": 7, "sum": 1}, {"said": {"taken": [1]}, "sum": 3}])
def test_a_spoilt_memory_is_none(spoilt: dict[str, Any] | None) -> None:
    """A document that was not written as it is read says nothing: better serve than refuse customers by a flipped bit."""
    assert remembered_of(spoilt) == Remembered()


def test_forgetting_views_keeps_what_only_this_kiosk_knows(tmp_path: Path) -> None:
    """Facts that wait for the hub still count on top of its next word, and once for each card of the member."""
    store = Store(tmp_path / "kiosk.db", "k1", EPOCH, BOOT)
    told = [(CARD, view(points=100)), (OTHER_CARD, view(points=100)), ("c" * 32, view(member="m_2", points=7))]
    store.keep(told)
    store.commit((visit(),), moment())
    before = {card: store.standing(card) for card, _ in told}
    assert [len(before[card].pending) for card, _ in told] == [1, 1, 0]
    store.forget_views()
    after = [store.standing(card) for card, _ in told]
    assert [(each.view, len(each.pending)) for each in after] == [(None, 1), (None, 0), (None, 0)]
    store.keep(told)
    assert {card: store.standing(card) for card, _ in told} == before
    store.close()


def test_a_debug_log_has_nothing_personal(tmp_path: Path) -> None:
    """At the most talkative level a visit, a rating and a picture leave neither name nor card in the log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        set_up("info", "text", stream)
        rig = Rig(tmp_path / "kiosk.db", level=Level("info"))
        rig.store.keep([(CARD, view(points=100))])
        rig.hear(order("log_level", level="debug"))
        assert root.level == logging.DEBUG
        rig.inbox.put(CardArrived(rig.clock.now(), 1))
        rig.inbox.put(CardRead(rig.clock.now(), 1, CARD, EVIDENCE))
        rig.loop.turn(0)
        rig.hear(order("screenshot", 2)).hear(order("identify", 3))
        rig.stop()
        assert "greeted" in stream.getvalue()
        assert not [word for word in ("Марія", CARD, CARD[:12], "olena") if word in stream.getvalue()]
        rig.loop.parts.log_level(None)
        assert root.level == logging.INFO
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def test_chimes_of_commands_are_the_panels(kiosk: PaperKiosk) -> None:
    """Every lamp and sound that a command leads to is one the panel has."""
    panel = SilentPanel(lambda index: None, SimulatedClock())
    kiosk.hear(order("identify")).hear(order("maintenance", 2, on=True)).lay().hear(order("blank", 3, on=True)).wait(MINUTE_MS)
    for name in kiosk.lights:
        panel.light(name)
    for effect in done(kiosk, Chime):
        panel.chime(effect.name)
    assert {asked.name for asked in panel.asked} >= {"identify", "stop", "off"}
