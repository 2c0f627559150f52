"""The OLED: luma's own byte stream shows the golden picture, wears the panel evenly, and a lost panel is named and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from luma.core.interface.serial import i2c
from luma.oled.device import ssd1306
from PIL import Image

from display.paint.oled import BLANK_AFTER_S, SHIFT_EVERY_S, OledError, OledPainter, open_i2c, pages_of
from display.paint.recording_bus import RecordingBus
from display.scenes import Frame, Greeting, Outage, OutOfService, Ready, UnknownCard
from display.words import load_words
from tests.pictures import Case, cases, difference, golden

WORDS = load_words()
FULL_PICTURE_BYTES = 1100  # 1,024 of pixels in blocks of 32, each with an address and a control byte, and the window commands


@pytest.fixture
def bus() -> RecordingBus:
    """A bus with a panel on it."""
    return RecordingBus()


@pytest.fixture
def oled(bus: RecordingBus) -> OledPainter:
    """A painter for that panel."""
    return OledPainter(bus, WORDS)


def _cases() -> list[Case]:
    return [case for case in cases() if case.name.startswith("mono128-")]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_the_drivers_bytes_show_the_golden_picture(oled: OledPainter, bus: RecordingBus, case: Case) -> None:
    """What luma's SSD1306 driver sends, decoded as the chip would, is the accepted picture."""
    oled.paint(case.frame)
    assert difference(bus.picture, golden(case.name)) is None


def test_only_what_changed_travels_and_nothing_is_left_behind(oled: OledPainter, bus: RecordingBus) -> None:
    """One panel painted scene after scene always shows the golden picture, with fewer bytes than full pictures would take."""
    shown = _cases()
    for case in shown:
        oled.paint(case.frame)
        assert difference(bus.picture, golden(case.name)) is None, case.name
    assert bus.bytes_written < len(shown) * FULL_PICTURE_BYTES * 0.9


def test_a_changed_balance_sends_only_the_rows_it_stands_in(oled: OledPainter, bus: RecordingBus) -> None:
    """From one balance to the next, about half of a full picture's bytes travel."""
    oled.paint(Frame(Greeting("Olena", 11, 1), "en"))
    before = bus.bytes_written
    oled.paint(Frame(Greeting("Olena", 12, 1), "en"))
    assert 0 < bus.bytes_written - before < FULL_PICTURE_BYTES * 0.6


def test_an_equal_frame_sends_nothing(oled: OledPainter, bus: RecordingBus) -> None:
    """Painting what is already shown leaves the bus alone."""
    oled.paint(Frame(UnknownCard(), "uk"))
    before = bus.bytes_written
    oled.paint(Frame(UnknownCard(), "uk"))
    assert bus.bytes_written == before


@pytest.mark.parametrize("rotate", [0, 2])
def test_pages_are_packed_as_the_driver_packs_them(rotate: int) -> None:
    """The quick packing gives bit for bit what luma's own display() sends, turned round or not."""
    bus = RecordingBus()
    device = ssd1306(i2c(bus=bus, address=0x3C), rotate=rotate)
    device.persist = True
    picture = golden("mono128-uk-greeting")
    assert picture is not None
    device.display(picture)
    by_luma = bus.memory
    again = Image.new("1", (128, 64))
    for page, row in enumerate(pages_of(device.preprocess(picture))):
        for x, byte in enumerate(row):
            for bit in range(8):
                again.putpixel((x, page * 8 + bit), byte >> bit & 1)
    assert again.tobytes() == by_luma.tobytes()


def test_a_turned_panel_shows_the_picture_upside_down(bus: RecordingBus) -> None:
    """Rotated by two quarter turns, the memory holds the golden picture turned by 180 degrees."""
    OledPainter(bus, WORDS, rotate=2).paint(Frame(UnknownCard(), "en"))
    accepted = golden("mono128-en-unknown-card")
    assert accepted is not None
    assert difference(bus.picture, accepted.transpose(Image.Transpose.ROTATE_180)) is None


def test_it_goes_dark_when_nobody_comes_and_wakes_for_a_card(oled: OledPainter, bus: RecordingBus) -> None:
    """A minute of readiness turns the panel off, a change of language does not wake it, a card does."""
    oled.paint(Frame(Ready("Shop"), "en"))
    oled.rest(100.0)
    oled.rest(100.0 + BLANK_AFTER_S - 1)
    assert bus.on
    oled.rest(100.0 + BLANK_AFTER_S)
    assert not bus.on
    assert bus.picture.getbbox() is None
    oled.paint(Frame(Ready("Shop"), "uk"))
    assert not bus.on
    oled.paint(Frame(Greeting("Olena", 11, 1), "en"))
    assert bus.on
    assert bus.picture.getbbox() is not None
    oled.paint(Frame(Ready("Shop"), "uk"))
    oled.rest(100.0 + BLANK_AFTER_S + 1)
    assert bus.on


def test_rotating_languages_do_not_keep_it_lit(oled: OledPainter, bus: RecordingBus) -> None:
    """The invitation changing its language every few seconds is still nobody."""
    for second in range(0, int(BLANK_AFTER_S) + 6, 6):
        oled.paint(Frame(Ready("Shop"), ("en", "uk", "ru")[second // 6 % 3]))
        oled.rest(float(second))
    assert not bus.on


def test_out_of_service_stays_lit(oled: OledPainter, bus: RecordingBus) -> None:
    """Staff must see what is wrong however long it lasts; the picture moves meanwhile."""
    oled.paint(Frame(OutOfService(Outage.READER), "en"))
    first = bus.memory
    oled.rest(0.0)
    oled.rest(SHIFT_EVERY_S)
    assert bus.on
    assert difference(bus.memory, first) is not None


def test_the_picture_comes_back_after_four_moves(oled: OledPainter, bus: RecordingBus) -> None:
    """Each minute the picture stands a pixel elsewhere, and after four of them where it began; nothing is smeared at the edges."""
    oled.paint(Frame(OutOfService(Outage.STORE), "uk"))
    pictures = [bus.memory.tobytes()]
    oled.rest(0.0)
    for minute in range(1, 5):
        oled.rest(minute * SHIFT_EVERY_S)
        pictures.append(bus.memory.tobytes())
    assert pictures[4] == pictures[0]
    assert len(set(pictures)) == 4


def test_closing_clears_the_panel_and_turns_it_off(oled: OledPainter, bus: RecordingBus) -> None:
    """No name comes back with the power: the memory is dark, not only the glass."""
    oled.paint(Frame(Greeting("Olena", 11, 1), "en"))
    oled.close()
    assert not bus.on
    assert bus.memory.getbbox() is None


def test_a_lost_panel_is_named_and_found_again(oled: OledPainter, bus: RecordingBus) -> None:
    """Unplugged, painting and resting raise one named error that says where; plugged in again, the same frame is painted whole."""
    case = next(case for case in _cases() if case.name == "mono128-uk-greeting")
    oled.paint(case.frame)
    bus.unplug()
    with pytest.raises(OledError, match="0x3c"):
        oled.paint(Frame(UnknownCard(), "uk"))
    with pytest.raises(OledError):
        oled.paint(case.frame)
    oled.close()
    bus.replug()
    oled.paint(case.frame)
    assert difference(bus.picture, golden(case.name)) is None


def test_a_panel_lost_while_nobody_looks_is_named_too(oled: OledPainter, bus: RecordingBus) -> None:
    """Moving the picture or going dark on a lost panel raises the named error as well."""
    oled.paint(Frame(Ready("Shop"), "en"))
    oled.rest(0.0)
    bus.unplug()
    with pytest.raises(OledError):
        oled.rest(BLANK_AFTER_S)


def test_a_panel_at_another_address_is_named(bus: RecordingBus) -> None:
    """A wrong address is said in the error."""
    with pytest.raises(OledError, match="0x3d"):
        OledPainter(bus, WORDS, address=0x3D).paint(Frame(UnknownCard(), "en"))


def test_a_missing_bus_is_named() -> None:
    """A machine without that bus says which file was missed and how to get it."""
    assert not Path("/dev/i2c-250").exists()
    with pytest.raises(OledError, match=r"/dev/i2c-250.*raspi-config"):
        open_i2c(250)


def test_only_half_turns_make_sense(bus: RecordingBus) -> None:
    """A quarter turn is refused when the painter is made."""
    with pytest.raises(ValueError, match="quarter"):
        OledPainter(bus, WORDS, rotate=1)


@pytest.mark.parametrize(
    ("register", "values", "why"),
    [
        (0x00, [0x99], "data sheet"),
        (0x00, [0x81], "data sheet"),
        (0x10, [0x00], "control byte"),
        (0x40, [], "1 to 32 bytes"),
        (0x40, [0] * 33, "1 to 32 bytes"),
        (0x40, [256], "0 to 255"),
        (0x00, [0x21, 5, 200], "outside the panel"),
        (0x00, [0x20, 2], "horizontal addressing"),
    ],
)
def test_the_recording_panel_refuses_what_the_chip_does_not_know(bus: RecordingBus, register: int, values: list[int], why: str) -> None:
    """Unknown commands, missing parameters, oversize blocks and windows outside the glass are mistakes, not pictures."""
    with pytest.raises(ValueError, match=why):
        bus.write_i2c_block_data(0x3C, register, values)


def test_nothing_answers_at_another_address(bus: RecordingBus) -> None:
    """The recording bus refuses as a real one does."""
    with pytest.raises(OSError, match="Remote I/O"):
        bus.write_i2c_block_data(0x3D, 0x00, [0xAF])
