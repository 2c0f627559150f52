"""The nfcpy driver over the simulated field: every chip, every fault, every foreign exception."""

from __future__ import annotations

import binascii
import errno
import logging
import select
import struct
import termios
import warnings
from collections.abc import Iterator
from random import Random

import nfc.clf
import nfc.clf.pn53x
import nfc.tag
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import (
    ReaderBusy,
    ReaderDenied,
    ReaderError,
    ReaderFault,
    ReaderHung,
    ReaderLost,
    ReaderNotFound,
    TagChanged,
    TagError,
    TagLost,
    TagMalformed,
    TagUnsupported,
)
from drivers.exchange import EXCHANGE_TIME_S_MAX, EXCHANGES_MAX, FRAME_BYTES_MAX, Budget, BudgetSpent
from drivers.nfc_errors import read_error, reader_error
from drivers.nfc_reader import NfcReader
from drivers.reader import Card, ChipKind, Sighting, chip_by_sak
from drivers.simulated.chip import Chip, Tag, Topaz, classic
from drivers.simulated.commands import text_message
from drivers.simulated.field import Faults, Field
from drivers.simulated.ntag import NtagModel, NtagSilicon, ntag
from drivers.simulated.type4 import phone, type4
from drivers.udp_reader import PATIENCE_S, open_udp

UID = bytes.fromhex("04A1B2C3D4E5F6")
OTHER_UID = bytes.fromhex("04112233445566")


@pytest.fixture
def field() -> Iterator[Field]:
    with Field(log_frames=True) as opened:
        yield opened


@pytest.fixture
def reader(field: Field) -> Iterator[NfcReader]:
    opened = NfcReader(field.path)
    opened.open()
    yield opened
    opened.close()


def seen(reader: NfcReader) -> Sighting:
    sighting = reader.poll()
    assert sighting is not None
    return sighting


def tap(field: Field, reader: NfcReader, tag: Tag) -> Card:
    """Lay a card and read it whole."""
    field.lay(tag)
    return reader.read(seen(reader), want_ndef=True)


def odd_ntag(silicon: NtagSilicon) -> Chip:
    return Chip(UID, b"\x44\x00", 0x00, silicon)


@pytest.mark.parametrize("model", NtagModel)
@pytest.mark.parametrize("size_bytes", [0, 1, 39, 44, 45, 103, 130])
def test_ntag_is_recognised_and_read(field: Field, reader: NfcReader, model: NtagModel, size_bytes: int) -> None:
    """Each NTAG is told by its version, and its message comes back byte for byte at every length around the page borders."""
    message = Random(size_bytes).randbytes(size_bytes)
    assert tap(field, reader, ntag(model, UID, message)) == Card(UID, 0, ChipKind[model.name], message)


@pytest.mark.parametrize(
    ("model", "size_bytes"), [(NtagModel.NTAG215, 492), (NtagModel.NTAG216, 868), (NtagModel.NTAG216, 254), (NtagModel.NTAG216, 255)]
)
def test_long_messages_are_read_whole(field: Field, reader: NfcReader, model: NtagModel, size_bytes: int) -> None:
    """Messages up to the last byte of memory are read, with the short and the long form of the length."""
    message = Random(size_bytes).randbytes(size_bytes)
    assert tap(field, reader, ntag(model, UID, message)).ndef == message


def test_short_message_costs_two_frames(field: Field, reader: NfcReader) -> None:
    """Beyond the selection an NTAG is asked for its version and for twelve pages, nothing else."""
    tap(field, reader, ntag(NtagModel.NTAG213, UID, b"x" * 30))
    sent = [line[2:] for line in field.log() if line.startswith(">")]
    assert sent[-2:] == ["60", "3a030e"]
    assert len(sent) == 7


def test_number_alone_costs_no_frame(field: Field, reader: NfcReader) -> None:
    """Without NDEF the card hears nothing after its selection."""
    field.lay(ntag(NtagModel.NTAG215, UID, b"x"))
    sighting = seen(reader)
    before = field.log()
    assert reader.read(sighting, want_ndef=False) == Card(UID, 0, ChipKind.TYPE2, None)
    assert field.log() == before


@pytest.mark.parametrize("size_bytes", [30, 300, 800])
def test_clone_without_fast_read(field: Field, reader: NfcReader, size_bytes: int) -> None:
    """A clone that knows its version but not FAST_READ is read by READ."""
    silicon = NtagSilicon(NtagModel.NTAG216, UID, knows_fast_read=False)
    silicon.lay_ndef(b"c" * size_bytes)
    assert tap(field, reader, odd_ntag(silicon)) == Card(UID, 0, ChipKind.NTAG216, b"c" * size_bytes)


def test_clone_without_version_is_plain_type_2(field: Field, reader: NfcReader) -> None:
    """A clone that refuses GET_VERSION is a Type 2 tag, and its message is read."""
    silicon = NtagSilicon(NtagModel.NTAG213, UID, knows_version=False, knows_fast_read=False)
    silicon.lay_ndef(b"clone")
    assert tap(field, reader, odd_ntag(silicon)) == Card(UID, 0, ChipKind.TYPE2, b"clone")


def test_blank_tag_has_no_message(field: Field, reader: NfcReader) -> None:
    """A tag without a capability container holds nothing, and that is no error."""
    silicon = NtagSilicon(NtagModel.NTAG215, UID)
    silicon.memory[12:16] = bytes(4)
    assert tap(field, reader, odd_ntag(silicon)).ndef is None


@pytest.mark.parametrize(
    ("tag", "chip"),
    [
        (type4(UID), ChipKind.TYPE4A),
        (type4(UID, ats=b"\x01"), ChipKind.TYPE4A),
        (type4(bytes.fromhex("04112233445566778899")), ChipKind.TYPE4A),
        (classic(b"\xde\xad\xbe\xef"), ChipKind.CLASSIC),
        (classic(UID), ChipKind.CLASSIC),
    ],
)
def test_other_cards_go_by_number(field: Field, reader: NfcReader, tag: Chip, chip: ChipKind) -> None:
    """Type 4A (even with an odd ATS and a 10-byte number) and Classic cards give their number and family, without a word to them."""
    card = tap(field, reader, tag)
    assert (card.uid, card.chip, card.ndef) == (tag.uid, chip, None)


def test_phone_shows_another_number_each_time(field: Field, reader: NfcReader) -> None:
    """A phone has four bytes beginning 08, fresh at every look."""
    field.lay(phone(Random(5)))
    numbers = {seen(reader).uid for _ in range(5)}
    assert len(numbers) == 5
    assert all(len(uid) == 4 and uid[0] == 8 for uid in numbers)


def test_type_1_tag_is_refused_by_name(field: Field, reader: NfcReader) -> None:
    """A Topaz is seen and refused as unsupported, not as a broken reader."""
    with pytest.raises(TagUnsupported):
        tap(field, reader, Topaz(b"\x01\x02\x03\x04"))


def test_peer_to_peer_answer_is_unsupported() -> None:
    """A SELECT answer that promises neither memory nor ISO-DEP is unsupported."""
    with pytest.raises(TagUnsupported):
        chip_by_sak(0x40)


@pytest.mark.parametrize(
    "tag", [ntag(NtagModel.NTAG215, UID), classic(b"\xde\xad\xbe\xef"), type4(UID), ntag(NtagModel.NTAG213, OTHER_UID)]
)
def test_resting_card_is_seen_at_every_look(field: Field, reader: NfcReader, tag: Chip) -> None:
    """Presence by a cycled field works for every family, the Classic included."""
    field.lay(tag)
    assert [seen(reader).uid for _ in range(20)] == [tag.uid] * 20


def test_two_cards_are_nobody(field: Field, reader: NfcReader) -> None:
    """Colliding numbers are never taken for a third one."""
    field.lay(ntag(NtagModel.NTAG213, UID), ntag(NtagModel.NTAG213, OTHER_UID))
    assert reader.poll() is None
    field.lay(ntag(NtagModel.NTAG213, UID))
    assert seen(reader).uid == UID


@pytest.mark.parametrize(
    "block",
    [
        bytes.fromhex("03ffffff"),  # a message longer than any memory
        bytes.fromhex("03ff03e8"),
        bytes.fromhex("01ffffff"),  # another block beyond the memory
        b"\x00" * 495 + b"\x03",  # the length is outside
        b"\x03",
    ],
)
def test_malformed_blocks_are_told(field: Field, reader: NfcReader, block: bytes) -> None:
    """Lengths that reach beyond the memory are a malformed tag, found without asking for pages that cannot be."""
    silicon = NtagSilicon(NtagModel.NTAG215, UID)
    silicon.lay_user(block.ljust(504, b"\xff"))
    with pytest.raises(TagMalformed):
        tap(field, reader, odd_ntag(silicon))


def test_container_larger_than_the_chip(field: Field, reader: NfcReader) -> None:
    """A container that claims more memory than there is does not lead beyond it."""
    silicon = NtagSilicon(NtagModel.NTAG213, UID)
    silicon.memory[14] = 0x6D
    silicon.lay_user(bytes.fromhex("03ff0200") + b"x" * 140)
    with pytest.raises(TagMalformed):
        tap(field, reader, odd_ntag(silicon))


def test_container_smaller_than_the_chip(field: Field, reader: NfcReader) -> None:
    """No page beyond the area that the container names is asked for."""
    silicon = NtagSilicon(NtagModel.NTAG213, UID)
    silicon.memory[14] = 0x06
    silicon.lay_user(b"\x03\x2e" + b"s" * 46)
    assert tap(field, reader, odd_ntag(silicon)).ndef == b"s" * 46
    assert [line for line in field.log() if line.startswith("> 3a")] == ["> 3a030e", "> 3a0f0f"]


@settings(max_examples=200, deadline=None)
@given(memory=st.binary(max_size=144), container=st.binary(min_size=4, max_size=4), fast=st.booleans())
def test_any_memory_ends_in_a_card_or_a_tag_error(memory: bytes, container: bytes, fast: bool) -> None:
    """Whatever bytes a card holds, reading it ends with a card or with one of our errors, and the reader goes on."""
    silicon = NtagSilicon(NtagModel.NTAG213, UID, knows_version=fast, knows_fast_read=fast)
    silicon.lay_user(memory)
    silicon.memory[12:16] = container
    with Field() as field:
        reader = NfcReader(field.path)
        reader.open()
        field.lay(odd_ntag(silicon))
        try:
            card = reader.read(seen(reader), want_ndef=True)
        except TagError:
            pass
        else:
            assert card.ndef is None or len(card.ndef) <= 144
        assert seen(reader).uid == UID
        reader.close()


@pytest.mark.parametrize("frames", range(1, 12))
def test_card_pulled_after_any_frame(field: Field, reader: NfcReader, frames: int) -> None:
    """Pulled at any moment, a card is nobody, lost, or whole; never half, and never a broken reader."""
    message = b"m" * 400
    field.misbehave(Faults(pulled_after_frames=frames))
    field.lay(ntag(NtagModel.NTAG215, UID, message))
    sighting = reader.poll()
    assert (sighting is None) == (frames < 5)
    if sighting is not None and frames < 9:
        with pytest.raises(TagLost):
            reader.read(sighting, want_ndef=True)
    elif sighting is not None:
        assert reader.read(sighting, want_ndef=True).ndef == message


def test_card_swapped_while_reading(field: Field, reader: NfcReader) -> None:
    """The second card's content never comes under the first card's number."""
    field.misbehave(Faults(swapped_after_frames=5, swapped_for=ntag(NtagModel.NTAG213, OTHER_UID, b"other")))
    field.lay(ntag(NtagModel.NTAG215, UID, b"mine"))
    with pytest.raises(TagChanged):
        reader.read(seen(reader), want_ndef=True)


@pytest.mark.parametrize("seed", range(10))
def test_truncated_answers_never_give_a_wrong_card(field: Field, reader: NfcReader, seed: int) -> None:
    """Cut frames lead to nobody, to an error, or to the right content."""
    field.misbehave(Faults(truncated_chance=0.2, chance=Random(seed)))
    field.lay(ntag(NtagModel.NTAG216, UID, b"t" * 700))
    for _ in range(10):
        sighting = reader.poll()
        if sighting is not None:
            assert sighting.uid == UID
            try:
                assert reader.read(sighting, want_ndef=True).ndef == b"t" * 700
            except TagError:
                continue


def test_lost_frames_never_give_a_wrong_card(field: Field, reader: NfcReader) -> None:
    """Answers that are lost on the way are misses or lost cards, and late ones are never taken for the next."""
    field.misbehave(Faults(lost_chance=0.15, chance=Random(4)))
    field.lay(ntag(NtagModel.NTAG215, UID, b"l" * 100))
    outcomes = set()
    for _ in range(12):
        sighting = reader.poll()
        outcomes.add(sighting is not None)
        if sighting is not None:
            try:
                assert reader.read(sighting, want_ndef=True).ndef == b"l" * 100
            except TagError:
                continue
    assert outcomes == {True, False}


def test_slow_answers_are_not_mistaken(field: Field, reader: NfcReader) -> None:
    """A chip that answers 40 ms late, beyond every limit of the radio, is still the chip that it is."""
    field.misbehave(Faults(slow_s=0.04))
    assert tap(field, reader, ntag(NtagModel.NTAG215, UID, b"slow")) == Card(UID, 0, ChipKind.NTAG215, b"slow")


def test_late_answer_is_not_taken_for_the_next(field: Field) -> None:
    """An answer that comes after its command was given up is thrown away before the next command."""
    field.lay(ntag(NtagModel.NTAG215, UID, b"page four"))
    frontend = open_udp(field.path)
    assert frontend.sense(nfc.clf.RemoteTarget("106A")) is not None
    field.misbehave(Faults(slow_s=2 * PATIENCE_S))
    with pytest.raises(nfc.clf.TimeoutError):
        frontend.exchange(b"\x30\x00", 0.02)
    field.behave()
    assert select.select([frontend.device.socket], [], [], 10.0)[0]
    assert frontend.exchange(b"\x30\x04", 0.02)[:2] == b"\x03\x09"
    frontend.close()


def test_unplugged_reader_is_lost_then_not_found_then_back(field: Field, reader: NfcReader) -> None:
    """Pulling the cable takes the true error path, and replugging needs only a new opening."""
    field.unplug()
    for use in (reader.poll, reader.probe):
        with pytest.raises(ReaderLost):
            use()
    with pytest.raises(ReaderNotFound):
        reader.open()
    field.replug()
    reader.open()
    reader.probe()
    field.lay(classic(b"\x01\x02\x03\x04"))
    assert seen(reader).uid == b"\x01\x02\x03\x04"


def test_unplugged_while_reading(field: Field, reader: NfcReader) -> None:
    """A cable pulled between sensing and reading is the reader's loss, not the card's."""
    field.lay(ntag(NtagModel.NTAG215, UID, b"x"))
    sighting = seen(reader)
    field.unplug()
    with pytest.raises(ReaderLost):
        reader.read(sighting, want_ndef=True)


def test_closed_field_is_a_lost_reader(field: Field, reader: NfcReader) -> None:
    """When nobody listens any more the reader is lost, at once and not after a timeout."""
    field.close()
    with pytest.raises(ReaderLost):
        reader.poll()


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("tty:NOSUCH:pn532", ReaderNotFound),
        ("nonsense", ReaderNotFound),
        ("udp:127.0.0.1:9", ReaderNotFound),
        ("udp:127.0.0.1", ReaderNotFound),
        ("udp:127.0.0.1:x", ReaderNotFound),
        ("udp:192.0.2.1:5000", ReaderDenied),
        ("udp:0.0.0.0:5000", ReaderDenied),
    ],
)
def test_paths_that_cannot_be_opened(path: str, error: type[ReaderError]) -> None:
    """Each wrong path is a named error with a hint, and a field on another machine is refused."""
    with pytest.raises(error) as caught:
        NfcReader(path).open()
    assert caught.value.hint
    assert caught.value.reader_id == path


CHIPSET_ERROR = nfc.clf.pn53x.Chipset.Error(0x7F, "Invalid command syntax")


@pytest.mark.parametrize(
    ("cause", "opening", "error"),
    [
        (OSError(errno.ENODEV, ""), True, ReaderNotFound),
        (OSError(errno.ENODEV, ""), False, ReaderLost),
        (FileNotFoundError("cannot find a suitable libusb-1.0"), True, ReaderNotFound),
        (PermissionError(errno.EACCES, ""), True, ReaderDenied),
        (OSError(errno.EBUSY, ""), True, ReaderBusy),
        (TimeoutError(errno.ETIMEDOUT, ""), True, ReaderHung),
        (TimeoutError(errno.ETIMEDOUT, ""), False, ReaderHung),
        (OSError(errno.EIO, ""), True, ReaderFault),
        (OSError(errno.EIO, ""), False, ReaderLost),
        (OSError("device reports readiness to read but returned no data"), False, ReaderLost),
        (termios.error(5, "Input/output error"), True, ReaderNotFound),
        (termios.error(5, "Input/output error"), False, ReaderLost),
        (CHIPSET_ERROR, False, ReaderFault),
        (ValueError("bitrate"), False, ReaderFault),
        (IndexError("bytearray index out of range"), False, ReaderFault),
        (RuntimeError("unexpected"), False, ReaderFault),
        (struct.error("unpack"), False, ReaderFault),
        (binascii.Error("Odd-length string"), False, ReaderFault),
    ],
)
def test_device_exceptions_map(cause: Exception, opening: bool, error: type[ReaderError]) -> None:
    """Every exception that nfcpy lets out of the device has its place among ours."""
    mapped = reader_error("r", cause, opening)
    assert type(mapped) is error
    assert mapped.hint


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (nfc.clf.TimeoutError("x"), TagLost),
        (nfc.clf.TransmissionError("x"), TagLost),
        (nfc.clf.BrokenLinkError("x"), TagLost),
        (nfc.clf.ProtocolError("x"), TagLost),
        (BudgetSpent("x"), TagMalformed),
        (CHIPSET_ERROR, TagMalformed),
        (ValueError("x"), TagMalformed),
        (IndexError("x"), TagMalformed),
        (RuntimeError("x"), TagMalformed),
        (struct.error("x"), TagMalformed),
        (binascii.Error("x"), TagMalformed),
        (termios.error(5, "x"), ReaderLost),
        (OSError(errno.EIO, "x"), ReaderLost),
        (OSError(errno.ETIMEDOUT, "x"), ReaderHung),
        (TagChanged(), TagChanged),
    ],
)
def test_reading_exceptions_map(cause: Exception, error: type[Exception]) -> None:
    """While a card is read, its own misbehaviour is a tag error and the device's a reader error."""
    assert type(read_error("r", cause)) is error


def test_budget_ends_a_card_that_never_ends() -> None:
    """Exchanges, time and frame size are all bounded, by an exception that nfcpy cannot swallow."""
    budget = Budget(lambda frame, within_s: b"more", lambda: 0.0)
    for _ in range(EXCHANGES_MAX):
        assert budget.exchange(b"\x30\x00", 0.02) == b"more"
    with pytest.raises(BudgetSpent):
        budget.exchange(b"\x30\x00", 0.02)
    assert not issubclass(BudgetSpent, nfc.clf.CommunicationError | OSError)


def test_budget_ends_with_time() -> None:
    """The last exchange gets only the time that is left, and none follows."""
    now_s = [0.0]
    asked_s: list[float] = []

    def exchange(frame: bytes, within_s: float) -> bytes:
        asked_s.append(within_s)
        now_s[0] += 1.0
        return b""

    budget = Budget(exchange, lambda: now_s[0])
    budget.exchange(b"", 9.0)
    budget.exchange(b"", 9.0)
    assert asked_s == [EXCHANGE_TIME_S_MAX, EXCHANGE_TIME_S_MAX - 1.0]
    with pytest.raises(BudgetSpent):
        budget.exchange(b"", 9.0)


def test_budget_refuses_giant_frames() -> None:
    """A frame longer than ISO 14443 allows is refused."""
    with pytest.raises(BudgetSpent):
        Budget(lambda frame, within_s: bytes(FRAME_BYTES_MAX + 1), lambda: 0.0).exchange(b"", 1.0)


def test_frames_never_reach_a_log(field: Field, reader: NfcReader, caplog: pytest.LogCaptureFixture) -> None:
    """Even with the root logger at its most talkative, neither a number nor a content is logged."""
    caplog.set_level(0)
    tap(field, reader, ntag(NtagModel.NTAG215, UID, b"secret-content"))
    assert UID.hex() not in caplog.text.lower()
    assert b"secret-content".hex() not in caplog.text.lower()


def test_nfcpy_stays_quiet_below_warnings(reader: NfcReader) -> None:
    """Whatever the kiosk's own level is, nfcpy's loggers pass nothing below a warning."""
    for name in ("nfc", "nfc.clf", "nfc.clf.udp", "nfc.tag.tt2"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_warnings_still_warn() -> None:
    """Importing nfcpy does not send the process's warnings into a log that nobody reads."""
    assert not hasattr(logging, "_warnings_showwarning") or logging._warnings_showwarning is None
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (ntag(NtagModel.NTAG213, UID, text_message("Hi")), "NTAG213"),
        (ntag(NtagModel.NTAG215, UID, text_message("Hi")), "NTAG215"),
        (ntag(NtagModel.NTAG216, UID, text_message("Hi" * 200)), "NTAG216"),
    ],
)
def test_nfcpy_itself_agrees_with_the_simulated_chips(field: Field, tag: Chip, kind: str) -> None:
    """An independent reading by nfcpy's own tag classes finds the same product and the same text, and can write it."""
    field.lay(tag)
    frontend = open_udp(field.path)
    found = nfc.tag.activate(frontend, frontend.sense(nfc.clf.RemoteTarget("106A")))
    assert found.product == f"NXP {kind}"
    assert found.ndef.records[0].text.startswith("Hi")
    found.ndef.octets = text_message("Written")
    again = nfc.tag.activate(frontend, frontend.sense(nfc.clf.RemoteTarget("106A")))
    assert again.ndef.records[0].text == "Written"
    frontend.close()


def test_nfcpy_itself_activates_the_type_4_card(field: Field) -> None:
    """nfcpy's own ISO-DEP code activates the card, finds no application, and sees it present."""
    field.lay(type4(UID))
    frontend = open_udp(field.path)
    found = nfc.tag.activate(frontend, frontend.sense(nfc.clf.RemoteTarget("106A")))
    assert found.type == "Type4Tag"
    assert found.ndef is None
    assert found.is_present
    frontend.close()
