"""How long a real reader would take: the time model by which the simulated field delays its answers.

Every figure comes from counting bytes on the PN532's serial line under nfcpy 1.0.4 and from the air interface of ISO 14443-3
at 106 kbit/s; the latter reproduces NXP's data sheet (READ 368 + 1548 us, GET_VERSION 283 + 868 us). Sums, checked by a test:
an empty sense is 9.2 ms of line + 10 ms of radio, a sense that finds a 7-byte number 10.3 + 8.9, a READ 12.1 + 2.1.
Nothing waits here.
"""

from __future__ import annotations

from enum import Enum

# One serial byte is ten bits: start, eight, stop.
BITS_PER_SERIAL_BYTE = 10
# Bytes on the line, both ways, acknowledgements included (counted with a fake chip behind nfcpy's transport).
SENSE_EMPTY_BYTES = 106
SENSE_FOUND_BYTES = 119
EXCHANGE_OVERHEAD_BYTES = 119  # all of an exchange but the card's own frames; a READ makes it 139
# Before the radio begins: "field off" with its answer, and the request to list a card.
SENSE_HEAD_BYTES = 39
# One elementary time unit is 128 periods of 13.56 MHz.
ETU_S = 128 / 13.56e6
# A reader's frame is 9n + 3 units long, a card's 9n + 2, an acknowledgement of four bits 6.
READER_FRAME_ETU, CARD_FRAME_ETU, CARD_NIBBLE_ETU = 3, 2, 6
CRC_BYTES = 2
# Frame delay times to and from the card.
DELAY_TO_CARD_S, DELAY_TO_READER_S = 91e-6, 86e-6
# The field must stand for 5 ms before the first request; the chip asks once more half-way through the remaining 5 ms.
FIELD_GUARD_S = 0.005
SENSE_EMPTY_RADIO_S = 0.010
SECOND_LOOK_AFTER_S = 0.0025
SELECT_RADIO_S = 0.0039  # a 7-byte number
# A command that nobody answers: nfcpy asks the chip to wait for the next power of two above 5-10 ms.
SILENCE_RADIO_S = 0.010


class Timing(Enum):
    """Which reader the field imitates; the value is its name on the command line."""

    NONE = "none"
    PN532_115200 = "pn532-115200"
    PN532_921600 = "pn532-921600"

    @property
    def baud(self) -> int | None:
        """Speed of the serial line, None for no delay at all."""
        return None if self is Timing.NONE else int(self.value.rpartition("-")[2])

    def line_s(self, size_bytes: int) -> float:
        """Time of so many bytes on the serial line."""
        return 0.0 if self.baud is None else size_bytes * BITS_PER_SERIAL_BYTE / self.baud

    def looks_s(self) -> tuple[float, ...]:
        """When, after the beginning of a sense, the chip asks the field whether anybody is there."""
        if self is Timing.NONE:
            return (0.0,)
        first_s = self.line_s(SENSE_HEAD_BYTES) + FIELD_GUARD_S
        return first_s, first_s + SECOND_LOOK_AFTER_S

    def sense_empty_s(self) -> float:
        """A whole sense that finds nobody."""
        return 0.0 if self is Timing.NONE else self.line_s(SENSE_EMPTY_BYTES) + SENSE_EMPTY_RADIO_S

    def select_s(self) -> float:
        """From the look that found a card to the end of the sense."""
        if self is Timing.NONE:
            return 0.0
        return self.line_s(SENSE_FOUND_BYTES - SENSE_HEAD_BYTES) + SELECT_RADIO_S

    def sense_found_s(self) -> float:
        """A whole sense whose first look finds a card."""
        return self.looks_s()[0] + self.select_s()

    def exchange_s(self, command: bytes, answer: bytes | None) -> float:
        """One command to a selected card and its answer (None: silence)."""
        if self is Timing.NONE:
            return 0.0
        size_bytes = EXCHANGE_OVERHEAD_BYTES + len(command) + (0 if answer is None else _on_air_bytes(answer))
        return self.line_s(size_bytes) + radio_s(command, answer)


def radio_s(command: bytes, answer: bytes | None) -> float:
    """Air time of one exchange."""
    sent_s = (9 * (len(command) + CRC_BYTES) + READER_FRAME_ETU) * ETU_S + DELAY_TO_CARD_S
    if answer is None:
        return sent_s + SILENCE_RADIO_S
    nibble = len(answer) == 1
    answer_etu = CARD_NIBBLE_ETU if nibble else 9 * _on_air_bytes(answer) + CARD_FRAME_ETU
    return sent_s + answer_etu * ETU_S + DELAY_TO_READER_S


def _on_air_bytes(answer: bytes) -> int:
    """A card's frame with its checksum; an acknowledgement has none."""
    return len(answer) if len(answer) == 1 else len(answer) + CRC_BYTES
