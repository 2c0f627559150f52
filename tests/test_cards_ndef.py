"""NDEF messages taken apart: every message our encoder or nfcpy's library makes, nothing else, and no crash on a stranger's bytes."""

from __future__ import annotations

import hashlib

import ndef
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cards.ndef import CF, IL, MB, ME, MESSAGE_BYTES_MAX, RECORDS_MAX, SR, MalformedNdef, Record, fingerprint, split

# How the type of a record begins under each name format that has one: an NFC Forum name, a media type, a URI, an external name.
TYPE_BEGINS = {1: b"U", 2: b"text/", 3: b"http://x/", 4: b"example.org:"}


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record as the standard allows it."""
    tnf = draw(st.integers(0, 5))
    if tnf == 0:
        return Record(0, b"", b"", b"")
    kind = b"" if tnf == 5 else TYPE_BEGINS[tnf] + draw(st.text("abcdefghij", min_size=1, max_size=12)).encode()
    return Record(tnf, kind, draw(st.binary(max_size=12)), draw(st.binary(max_size=60)))


def join(parts: list[Record], short: list[bool]) -> bytes:
    """The message of these records; `short` says which of them use the one-byte length."""
    message = b""
    for place, (part, is_short) in enumerate(zip(parts, short, strict=True)):
        header = part.tnf | (MB if place == 0 else 0) | (ME if place == len(parts) - 1 else 0)
        header |= (SR if is_short else 0) | (IL if part.id else 0)
        sizes = bytes([len(part.type)]) + len(part.payload).to_bytes(1 if is_short else 4, "big")
        message += bytes([header]) + sizes + (bytes([len(part.id)]) if part.id else b"") + part.type + part.id + part.payload
    return message


MESSAGES = st.lists(records(), min_size=1, max_size=RECORDS_MAX).flatmap(
    lambda parts: st.tuples(st.just(parts), st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
)


@given(MESSAGES)
def test_what_was_joined_is_split_again(message: tuple[list[Record], list[bool]]) -> None:
    """Any records, with long or short lengths, with or without an id, come back as they went in."""
    assert split(join(*message)) == tuple(message[0])


def oracle(message: bytes) -> list[ndef.Record]:
    """What nfcpy's own library makes of the bytes when it is strict; known types stay plain records.

    Raises ndef.DecodeError for no message, and another ValueError for a type it has no name for (to us a type is bytes).
    """
    return list(ndef.message_decoder(message, known_types={}))


def type_name(record: Record) -> str:
    """How nfcpy's library writes the type of a record."""
    prefix = {0: "", 1: "urn:nfc:wkt:", 2: "", 3: "", 4: "urn:nfc:ext:", 5: "unknown"}[record.tnf]
    return prefix + record.type.decode("ascii")


@given(MESSAGES)
def test_nfcpys_library_reads_the_same(message: tuple[list[Record], list[bool]]) -> None:
    """The library that nfcpy itself reads messages with finds the same records in what we split."""
    joined = join(*message)
    assert [(each.type, each.name.encode("latin"), each.data) for each in oracle(joined)] == [
        (type_name(part), part.id, part.payload) for part in split(joined)
    ]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A message with a byte changed, bytes cut off, or bytes put behind it."""
    message = join(*draw(MESSAGES))
    place = draw(st.integers(0, len(message) - 1))
    match draw(st.sampled_from(["change", "cut", "more"])):
        case "change":
            return message[:place] + bytes([draw(st.integers(0, 255))]) + message[place + 1 :]
        case "cut":
            return message[:place]
    return message + draw(st.binary(min_size=1, max_size=5))


@given(st.binary(max_size=1_000) | spoiled())
@example(b"")
@example(bytes(MESSAGE_BYTES_MAX + 1))
@example(b"\xd1\x01")
def test_any_bytes_are_split_or_refused(message: bytes) -> None:
    """A stranger's bytes raise MalformedNdef and nothing else; what is taken uses up every byte and joins to a message again."""
    try:
        found = split(message)
    except MalformedNdef:
        return
    assert 1 <= len(found) <= RECORDS_MAX
    assert split(join(list(found), [len(each.payload) < 256 for each in found])) == found


@given(spoiled())
def test_nothing_is_taken_that_nfcpys_library_refuses(message: bytes) -> None:
    """We are no more trusting than the strict library: what it refuses, or reads past its end, is refused here too."""
    try:
        found = split(message)
    except MalformedNdef:
        return
    try:
        seen = oracle(message)
    except ndef.DecodeError as refused:
        raise AssertionError(f"taken, but refused by the library: {refused}") from refused
    except ValueError:
        return
    assert [each.data for each in seen] == [each.payload for each in found]


ONE = b"\xd1\x01\x00U"
WRONG = {
    "nothing": b"",
    "no first mark": b"\x51\x01\x00U",
    "no last mark": b"\x91\x01\x00U",
    "two first marks": b"\x91\x01\x00U" + ONE,
    "bytes behind the last record": ONE + b"\x00",
    "a second message": ONE + ONE,
    "a chunk": bytes([ONE[0] | CF]) + ONE[1:],
    "the tail of a chunk": b"\xd6\x00\x00",
    "the tail of a chunk with a type": b"\xd6\x01\x00U",
    "a reserved name format": b"\xd7\x01\x00U",
    "a header cut short": b"\xd1",
    "a long length cut short": b"\xc1\x01\x00\x00\x00",
    "a payload cut short": b"\xd1\x01\x02UU",
    "a length beyond any card": b"\xc1\x01\xff\xff\xff\xffU",
    "an id that is not there": b"\xd9\x01\x00\x01U",
    "a type where none may be": b"\xd0\x01\x00U",
    "no type where one must be": b"\xd1\x00\x00",
    "a content in an empty record": b"\xd0\x00\x01x",
    "too long by one byte": join([Record(1, b"U", b"", bytes(MESSAGE_BYTES_MAX - 6))], [False]),
    "too many records": join([Record(5, b"", b"", b"")] * (RECORDS_MAX + 1), [True] * (RECORDS_MAX + 1)),
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG.keys())
def test_each_way_to_be_wrong_is_refused(message: bytes) -> None:
    """Anything that is not exactly one whole message is refused with the place and the reason."""
    with pytest.raises(MalformedNdef):
        split(message)


def test_the_largest_message_and_the_most_records_are_read() -> None:
    """The limits themselves are still inside them."""
    room = MESSAGE_BYTES_MAX - 7
    assert split(join([Record(1, b"U", b"", bytes(room))], [False]))[0].payload == bytes(room)
    assert len(split(join([Record(5, b"", b"", b"x")] * RECORDS_MAX, [True] * RECORDS_MAX))) == RECORDS_MAX


def test_a_message_of_nfcpys_library_is_read() -> None:
    """A link and a text as any phone's writing app puts them on a card."""
    made = b"".join(ndef.message_encoder([ndef.UriRecord("https://example.org/c/1"), ndef.TextRecord("Привіт", "uk")]))
    link, words = split(made)
    assert (link.tnf, link.type, link.payload) == (1, b"U", b"\x04example.org/c/1")
    assert (words.tnf, words.type, words.payload) == (1, b"T", b"\x02uk" + "Привіт".encode())


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_fingerprint_is_half_as_long_as_a_reference_and_tells_messages_apart(one: bytes, other: bytes) -> None:
    """What travels as evidence is 16 hex digits of the SHA-256: equal for equal messages only, and of the form facts require."""
    assert fingerprint(one) == hashlib.sha256(one).hexdigest()[:16]
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_flags_are_the_standards() -> None:
    """NDEF 1.0, section 3.2: the bits of the header byte."""
    assert (MB, ME, CF, SR, IL) == (0x80, 0x40, 0x20, 0x10, 0x08)
