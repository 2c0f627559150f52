"""The simulated chips and their timing: memory as in the data sheet, the state machine of ISO 14443-3, and sums that are right."""

from __future__ import annotations

import socket
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.chip import ACK, HALT, NAK, SENS_REQ, Chip, cascade, classic
from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, NtagSilicon, ntag
from drivers.simulated.timing import Timing, radio_s
from drivers.simulated.type4 import ATS, phone, type4

UID = bytes.fromhex("04A1B2C3D4E5F6")


def select(chip: Chip) -> Chip:
    """Wake a card up and select it through all levels."""
    assert chip.answer(SENS_REQ) is not None
    for level, part in zip((0x93, 0x95, 0x97), cascade(chip.uid), strict=False):
        assert chip.answer(bytes((level, 0x20))) == part
        assert chip.answer(bytes((level, 0x70)) + part) is not None
    assert chip.selected
    return chip


@pytest.mark.parametrize(
    ("uid", "levels"),
    [
        ("DEADBEEF", ["deadbeef22"]),
        ("04112233445566", ["88041122bf", "3344556644"]),
        ("04112233445566778899", ["88041122bf", "8833445 5aa".replace(" ", ""), "66778899 00".replace(" ", "")]),
    ],
)
def test_numbers_are_given_in_levels(uid: str, levels: list[str]) -> None:
    """4, 7 and 10 bytes take one, two and three levels with check bytes."""
    assert [part.hex() for part in cascade(bytes.fromhex(uid))] == levels


def test_selection_is_a_state_machine() -> None:
    """Unselected cards hear no command, a halted or refused card sleeps until called again."""
    chip = ntag(NtagModel.NTAG213, UID)
    assert chip.answer(b"\x60") is None
    assert chip.answer(b"\x93\x20") is None
    select(chip)
    assert chip.answer(b"\x60") == bytes.fromhex("0004040201000F03")
    assert chip.answer(b"\x1a\x00") == NAK
    assert chip.answer(b"\x60") is None
    select(chip)
    assert chip.answer(HALT) is None
    assert chip.answer(b"\x60") is None
    select(chip).power_off()
    assert chip.answer(b"\x60") is None


def test_wrong_select_is_not_answered() -> None:
    """A select with another number does not select."""
    chip = classic(b"\x01\x02\x03\x04")
    chip.answer(SENS_REQ)
    assert chip.answer(b"\x93\x70\x01\x02\x03\x05\x05") is None
    assert not chip.selected


@pytest.mark.parametrize(
    ("model", "pages", "user"), [(NtagModel.NTAG213, 45, 144), (NtagModel.NTAG215, 135, 504), (NtagModel.NTAG216, 231, 888)]
)
def test_memory_is_laid_out_as_in_the_data_sheet(model: NtagModel, pages: int, user: int) -> None:
    """Number with check bytes, container, user memory and open configuration stand where they belong."""
    chip = select(ntag(model, UID, b"hello"))
    head = chip.answer(b"\x30\x00")
    assert head is not None
    assert head[:10] == bytes.fromhex("04A1B2") + bytes((0x88 ^ 0x04 ^ 0xA1 ^ 0xB2,)) + bytes.fromhex("C3D4E5F6") + bytes(
        (0xC3 ^ 0xD4 ^ 0xE5 ^ 0xF6, 0x48)
    )
    assert head[12:14] == b"\xe1\x10"
    everything = chip.answer(bytes((0x3A, 0, pages - 1)))
    assert everything is not None
    assert len(everything) == 4 * pages
    assert b"\x03\x05hello\xfe" in everything
    assert everything[-16:-12] == bytes.fromhex("040000FF")
    assert everything[-8:] == bytes(8)
    assert model.user_bytes == user
    assert chip.answer(bytes((0x3A, 0, pages))) == NAK


def test_read_rolls_over_at_the_end() -> None:
    """READ of the last page goes on with the first, and beyond it is refused."""
    chip = select(ntag(NtagModel.NTAG213, UID))
    tail = chip.answer(bytes((0x30, 44)))
    assert tail is not None
    assert tail[4:8] == bytes.fromhex("04A1B2") + bytes((0x88 ^ 0x04 ^ 0xA1 ^ 0xB2,))
    assert chip.answer(bytes((0x30, 45))) == NAK


def test_writing_obeys_locks() -> None:
    """A free page is written, number and locked pages are not, lock and container bits only ever rise."""
    silicon = NtagSilicon(NtagModel.NTAG215, UID)
    chip = Chip(UID, b"\x44\x00", 0, silicon)
    assert select(chip).answer(b"\xa2\x05ABCD") == ACK
    assert silicon.memory[20:24] == b"ABCD"
    assert chip.answer(b"\xa2\x00ABCD") == NAK
    assert select(chip).answer(b"\xa2\x02\x00\x00\x20\x80") == ACK
    for page in (5, 15):
        assert select(chip).answer(bytes((0xA2, page)) + b"EFGH") == NAK
    assert select(chip).answer(b"\xa2\x06EFGH") == ACK
    assert chip.answer(b"\xa2\x02\x00\x00\x00\x00") == ACK
    assert silicon.memory[10:12] == b"\x20\x80"
    assert chip.answer(b"\xa2\x03\x00\x00\x00\x0f") == ACK
    assert silicon.memory[12:16] == bytes.fromhex("E1103E0F")


def test_counter_and_signature() -> None:
    """READ_CNT counts readings, READ_SIG gives 32 bytes."""
    chip = select(ntag(NtagModel.NTAG213, UID))
    chip.answer(b"\x30\x00")
    chip.answer(b"\x3a\x00\x01")
    assert chip.answer(b"\x39\x02") == b"\x02\x00\x00"
    signature = chip.answer(b"\x3c\x00")
    assert signature is not None
    assert len(signature) == 32


def test_messages_must_fit() -> None:
    """A message that is too long for the chip is refused with both sizes."""
    with pytest.raises(ValueError, match="144"):
        ntag(NtagModel.NTAG213, UID, bytes(140))
    with pytest.raises(ValueError, match="7 bytes"):
        ntag(NtagModel.NTAG213, UID[:4])
    with pytest.raises(ValueError, match="4, 7 or 10"):
        classic(b"\x01\x02\x03")


@given(frames=st.lists(st.binary(max_size=20), max_size=20), seed=st.integers(0, 99))
def test_no_frame_breaks_a_chip(frames: list[bytes], seed: int) -> None:
    """Whatever is sent, selected or not, every chip answers with bytes or silence."""
    for chip in (ntag(NtagModel.NTAG213, UID), type4(UID), classic(b"\x01\x02\x03\x04"), phone(Random(seed))):
        select(chip)
        for frame in frames:
            answer = chip.answer(frame)
            assert answer is None or isinstance(answer, bytes)


def test_type_4_speaks_blocks() -> None:
    """RATS gives the ATS, commands are answered 'not found' with the same block number, deselect ends it."""
    chip = select(type4(UID))
    assert chip.answer(b"\xe0\x80") == ATS
    assert chip.answer(b"\x02\x00\xa4\x04\x00") == b"\x02\x6a\x82"
    assert chip.answer(b"\x03\x00\xa4\x04\x00") == b"\x03\x6a\x82"
    assert chip.answer(b"\xb2") == b"\xa2"
    assert chip.answer(b"\xc2") == b"\xc2"
    assert chip.answer(b"\x02\x00") is None


@pytest.mark.parametrize(
    ("timing", "empty_line_ms", "found_line_ms", "read_line_ms"),
    [(Timing.PN532_115200, 9.2, 10.3, 12.1), (Timing.PN532_921600, 1.15, 1.29, 1.51)],
)
def test_time_model_sums(timing: Timing, empty_line_ms: float, found_line_ms: float, read_line_ms: float) -> None:
    """An empty sense, a finding sense and a READ take line time plus 10, 8.9 and 2.1 ms of radio."""
    assert timing.sense_empty_s() * 1e3 == pytest.approx(empty_line_ms + 10.0, abs=0.05)
    assert timing.sense_found_s() * 1e3 == pytest.approx(found_line_ms + 8.9, abs=0.05)
    assert timing.exchange_s(b"\x30\x00", bytes(16)) * 1e3 == pytest.approx(read_line_ms + 2.1, abs=0.05)
    assert timing.looks_s()[-1] < timing.sense_empty_s()


def test_radio_model_reproduces_the_data_sheet() -> None:
    """READ is 368 + 1548 us and GET_VERSION 283 + 868 us on the air, beside the two delays of 177 us."""
    assert radio_s(b"\x30\x00", bytes(16)) * 1e6 == pytest.approx(368 + 1548 + 177, abs=1)
    assert radio_s(b"\x60", bytes(8)) * 1e6 == pytest.approx(283 + 868 + 177, abs=1)


def test_no_timing_is_no_time() -> None:
    """Without a model nothing waits."""
    none = Timing.NONE
    assert none.sense_empty_s() == none.sense_found_s() == none.exchange_s(b"\x60", bytes(8)) == 0.0


def test_field_listens_on_this_machine_only() -> None:
    """The port is on the loopback address, cannot be taken twice, and is free again after closing."""
    field = Field()
    with pytest.raises(OSError, match="in use"):
        Field(port=field.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", field.port))
    field.close()
    field.close()
    Field(port=field.port).close()


def test_field_survives_any_datagram() -> None:
    """Garbage on the port is answered or ignored, and the field goes on."""
    with Field() as field, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(5.0)
        for garbage in (b"", b"\xff\xfe", b"106A zz", b"106A 1", b"212F 00", b"106A 26 26", b"CLOSE", b"x" * 2000):
            stranger.sendto(garbage, ("127.0.0.1", field.port))
            assert stranger.recv(100) == b"RFOFF"
