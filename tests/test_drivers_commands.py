"""The little language of the simulated field: what it understands, what it refuses, and how it says so."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.nfc_reader import NfcReader
from drivers.reader import Sighting
from drivers.simulated.commands import (
    LINE_CHARACTERS_MAX,
    UID_SIZES_BYTES,
    Command,
    CommandError,
    Lay,
    Lift,
    Replug,
    Unplug,
    Wait,
    chip_of,
    parse_line,
    parse_script,
    perform,
    text_message,
    written,
)
from drivers.simulated.field import Field

UID = bytes.fromhex("04A1B2C3D4E5F6")

SCRIPT = """
# a morning in the shop
lay ntag215 04A1B2C3D4E5F6 Hello  Anna
wait 1.5
LIFT
lay phone
lay type4 04112233445566
lay classic deadbeef
unplug
replug
"""


def test_script_becomes_commands() -> None:
    """Comments and empty lines are skipped, words are taken in any case, and a text keeps its words."""
    assert parse_script(SCRIPT) == (
        Lay("ntag215", UID, "Hello Anna"),
        Wait(1.5),
        Lift(),
        Lay("phone"),
        Lay("type4", bytes.fromhex("04112233445566")),
        Lay("classic", bytes.fromhex("DEADBEEF")),
        Unplug(),
        Replug(),
    )


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("put ntag215", 1, "use one of: lay, lift, unplug, replug, wait"),
        ("lay", 4, "name a card"),
        ("lay ntag999 04", 5, "use one of: ntag213"),
        ("lay ntag215", 12, "give 14 hex digits"),
        ("lay ntag215 04A1", 13, "give 14 hex digits"),
        ("lay classic 04:A1:B2", 13, "without separators"),
        ("lay type4 0411223344556", 11, "give 8 or 14 hex digits"),
        ("lay phone 04112233", 11, "take '04112233' away"),
        ("lay classic DEADBEEF hello", 22, "take 'hello' away"),
        ("  lift now", 8, "write lift alone"),
        ("wait", 5, "give seconds"),
        ("wait soon", 6, "give seconds from 0"),
        ("wait -1", 6, "give seconds from 0"),
        ("wait nan", 6, "give seconds from 0"),
        ("wait 1e9", 6, "give seconds from 0"),
        ("wait 1 2", 8, "take '2' away"),
        ("lay lay x", 5, "unknown card 'lay'"),
        ("#" * (LINE_CHARACTERS_MAX + 1), LINE_CHARACTERS_MAX, "at most"),
    ],
)
def test_mistakes_are_told_with_place_and_remedy(line: str, column: int, says: str) -> None:
    """Each mistake names the line, the column at which it begins, and what to write instead."""
    with pytest.raises(CommandError, match="line 3") as caught:
        parse_script("lift\n\n" + line)
    assert (caught.value.line, caught.value.column) == (3, column)
    assert says in str(caught.value)


COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from([Lift(), Unplug(), Replug(), Lay("phone")]),
    st.builds(Wait, st.floats(0, 3_600)),
    st.builds(Lay, st.just("type4"), st.binary(min_size=7, max_size=7)),
    st.builds(Lay, st.just("classic"), st.binary(min_size=4, max_size=4)),
    st.builds(
        Lay,
        st.sampled_from(["ntag213", "ntag215", "ntag216"]),
        st.binary(min_size=7, max_size=7),
        st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=10), max_size=5).map(" ".join),
    ),
)


@given(command=COMMANDS)
def test_written_commands_parse_back(command: Command) -> None:
    """What a command writes is what it parses from."""
    assert parse_line(written(command)) == command


@given(line=st.text(max_size=200))
def test_any_line_is_understood_or_refused(line: str) -> None:
    """No text raises anything but a CommandError whose column lies in the line or just behind it."""
    try:
        column = 1 if parse_line(line) is None else len(line)
    except CommandError as error:
        column = error.column
    assert 1 <= column <= len(line) + 1


@given(words=st.lists(st.sampled_from(["lay", "lift", "wait", *UID_SIZES_BYTES, "04A1B2C3D4E5F6", "DEADBEEF", "1.5", "x"]), max_size=6))
def test_any_order_of_words_is_understood_or_refused(words: list[str]) -> None:
    """Whatever parses also makes a card or a wait, in any order of known words."""
    try:
        command = parse_line(" ".join(words))
    except CommandError:
        return
    if isinstance(command, Lay):
        assert chip_of(command, Random(1)).uid[0] in (0x04, 0xDE, 0x08)


def test_commands_move_a_real_field() -> None:
    """Performed on a field, the commands are what a reader sees, and only a wait asks for time."""
    with Field() as field:
        reader = NfcReader(field.path)
        reader.open()
        asked_s = [perform(command, field, Random(1)) for command in parse_script("lay ntag215 04A1B2C3D4E5F6 Anna\nwait 2")]
        assert asked_s == [0.0, 2.0]
        sighting = reader.poll()
        assert sighting == Sighting(UID, 0)
        assert reader.read(sighting, want_ndef=True).ndef == text_message("Anna")
        perform(Lift(), field, Random(1))
        assert reader.poll() is None
        perform(Unplug(), field, Random(1))
        perform(Replug(), field, Random(1))
        perform(Lay("phone"), field, Random(1))
        phone = reader.poll()
        assert phone is not None
        assert phone.uid[0] == 0x08
        reader.close()


def test_long_texts_use_the_long_form() -> None:
    """A text of more than 252 bytes becomes a long record, and one that does not fit the chip is refused."""
    assert text_message("x" * 252)[0] == 0xD1
    assert text_message("x" * 253)[:6] == b"\xc1\x01\x00\x00\x01\x00"
    with pytest.raises(ValueError, match="does not fit"):
        chip_of(Lay("ntag213", UID, "x" * 200), Random(1))
