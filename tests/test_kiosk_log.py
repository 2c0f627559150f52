"""The log: one line each, readable by people or by programs, and nothing in it that belongs to a customer."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from display.scenes import Because, Rate
from kiosk.log import LINE_CHARS_MAX, note_writer, set_up
from kiosk.messages import Note
from loyalty.facts import Face, ReasonCode
from mqtt.messages import HubState, Presence
from tests.builders import CARD, HUB, OTHER_CARD, THIRD_CARD, view
from tests.kiosk_on_paper import PaperKiosk


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; the root logger is as it was afterwards."""
    root, nfc = logging.getLogger(), logging.getLogger("nfc")
    before = (root.handlers[:], root.level, nfc.level)
    yield io.StringIO()
    root.handlers[:], level, nfc_level = before
    root.setLevel(level)
    nfc.setLevel(nfc_level)


def lines(stream: io.StringIO) -> list[str]:
    """The lines so far."""
    return stream.getvalue().splitlines()


def test_json_lines_parse(stream: io.StringIO) -> None:
    """In JSON each note is one object with time, level, event and the note's own fields, whatever the texts hold."""
    set_up("info", "json", stream)
    told = note_writer()
    told(Note("greeted", {"presentation": 7, "fact": 12}))
    told(Note("link.gone", {"why": 'quote " and\nbreak \\ привіт'}, warning=True))
    first, second = (json.loads(line) for line in lines(stream))
    assert first.pop("at") > 1_700_000_000
    assert first == {"level": "info", "event": "greeted", "presentation": 7, "fact": 12}
    assert (second["level"], second["why"]) == ("warning", 'quote " and\nbreak \\ привіт')


def test_text_lines_are_one_line_each(stream: io.StringIO) -> None:
    """In text each note is one line: time, level, event, key=value; a line break inside cannot forge another line."""
    set_up("info", "text", stream)
    told = note_writer()
    told(Note("greeted", {"presentation": 7, "fact": 12}))
    told(Note("link.gone", {"why": "a\n12:00:00 info greeted"}, warning=True))
    first, second = lines(stream)
    assert first[8:] == " info    greeted presentation=7 fact=12"
    assert second[8:] == " warning link.gone why=a 12:00:00 info greeted"


@pytest.mark.parametrize("form", ["text", "json"])
def test_long_lines_are_cut(stream: io.StringIO, form: str) -> None:
    """A message without end does not fill the journal."""
    set_up("info", form, stream)
    logging.getLogger("stupeni.kiosk").info("x" * 50_000)
    (line,) = lines(stream)
    assert len(line) <= LINE_CHARS_MAX + 80
    assert "x" * (LINE_CHARS_MAX // 2) in line


def test_the_level_holds_for_the_whole_program(stream: io.StringIO) -> None:
    """What is below the level is not written, from whichever module."""
    set_up("warning", "text", stream)
    note_writer()(Note("greeted"))
    logging.getLogger("paho").info("connected")
    note_writer()(Note("reader.lost", warning=True))
    assert len(lines(stream)) == 1


def test_nfcpy_never_says_more_than_warnings(stream: io.StringIO) -> None:
    """At the finest level too: nfcpy's own debug lines hold card numbers and passwords."""
    set_up("debug", "text", stream)
    for name in ("nfc", "nfc.clf", "nfc.tag.tt2"):
        logging.getLogger(name).debug("04A1B2C3D4E5F6")
        logging.getLogger(name).info("04A1B2C3D4E5F6")
    logging.getLogger("stupeni.drivers").debug("looking for a reader")
    logging.getLogger("nfc.clf").warning("gone")
    assert [line[9:].strip() for line in lines(stream)] == ["debug   looking for a reader", "warning gone"]


def test_setting_up_twice_writes_once(stream: io.StringIO) -> None:
    """A second setting up replaces the first."""
    set_up("info", "text", stream)
    set_up("info", "text", stream)
    note_writer()(Note("ready"))
    assert len(lines(stream)) == 1


def test_a_whole_day_leaves_no_name_and_no_card_in_the_log(stream: io.StringIO) -> None:
    """Every note the machine makes in every scene: no name, no reference of a card in full, no balance."""
    set_up("debug", "json", stream)
    told = note_writer()
    kiosk = PaperKiosk().knows(view(points=4_711, name="Марія")).knows(view(points=4_711, name="Олеже"), OTHER_CARD)
    kiosk.lay().touch(Rate(Face.BAD), Because(ReasonCode.OTHER)).lift().lay(repeat=True).wait(10_000)
    kiosk.online().lay(THIRD_CARD).answer(view(name="Іване")).wait(10_000).lay("d" * 32).answer(None).lay("e" * 32).wait(4_000)
    kiosk.disk_works = False
    kiosk.lay(OTHER_CARD).wait(5_000).arrive().lift().arrive(stale=True).hear(HubState(Presence.OFFLINE, HUB)).wait(400_000)
    notes = [effect for effect in kiosk.effects if isinstance(effect, Note)]
    for note in notes:
        told(note)
    written = stream.getvalue()
    assert len(lines(stream)) == len(notes) >= 20
    for secret in ("Марія", "Олеже", "Іване", "4711", "4721", CARD, OTHER_CARD, THIRD_CARD, "d" * 32, "e" * 32):
        assert secret not in written
