"""Splitting an NDEF message into its records, strictly: a card is a stranger's input.

Source: NFC Forum NDEF 1.0 (record header: MB ME CF SR IL TNF, type, id and payload lengths). Chunked records are refused:
no loyalty card needs them. What a record *means* is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

MESSAGE_BYTES_MAX = 900  # more than an NTAG216 holds (868): a longer one is a trick
RECORDS_MAX = 4  # a credential and a link need two

MB, ME, CF, SR, IL, TNF = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07


class MalformedNdef(ValueError):
    """The bytes are no NDEF message; the message says at which byte and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `tnf` 0..5, `type` and `id` and `payload` as bytes."""

    tnf: int
    type: bytes
    id: bytes
    payload: bytes


def _record(message: bytes, start: int) -> tuple[Record, int, int]:
    """Record beginning at byte `start`, its header byte, and where the next one begins. Raises MalformedNdef."""
    header = message[start]
    lengths = 1 + (1 if header & SR else 4) + (1 if header & IL else 0)
    position = start + 1 + lengths
    if position > len(message):
        raise MalformedNdef(f"header at byte {start} is cut short")
    if header & CF or header & TNF > 5:
        raise MalformedNdef(f"chunked or reserved record at byte {start}")
    type_size = message[start + 1]
    payload_size = int.from_bytes(message[start + 2 : start + (3 if header & SR else 6)], "big")
    id_size = message[position - 1] if header & IL else 0
    untyped, empty = header & TNF in (0, 5), header & TNF == 0
    if untyped != (type_size == 0) or (empty and id_size + payload_size > 0):
        raise MalformedNdef(f"record at byte {start} has a type or a content that its name format {header & TNF} does not allow")
    end = position + type_size + id_size + payload_size
    if end > len(message):
        raise MalformedNdef(f"record at byte {start} says {end - start} bytes, {len(message) - start} are there")
    kind = message[position : position + type_size]
    name = message[position + type_size : position + type_size + id_size]
    return Record(header & TNF, kind, name, message[end - payload_size : end]), header, end


def split(message: bytes) -> tuple[Record, ...]:
    """Records of an NDEF message. Raises MalformedNdef for anything that is not exactly one whole message."""
    if not 0 < len(message) <= MESSAGE_BYTES_MAX:
        raise MalformedNdef(f"message of {len(message)} bytes; 1 to {MESSAGE_BYTES_MAX} are read")
    records: list[Record] = []
    position = 0
    while position < len(message):
        record, header, position = _record(message, position)
        if bool(header & MB) != (not records) or bool(header & ME) != (position == len(message)):
            raise MalformedNdef(f"first and last marks are wrong in record {len(records) + 1}")
        records.append(record)
        if len(records) > RECORDS_MAX:
            raise MalformedNdef(f"more than {RECORDS_MAX} records")
    return tuple(records)


def fingerprint(message: bytes) -> str:
    """What travels as evidence of a message: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(message).hexdigest()[:16]
