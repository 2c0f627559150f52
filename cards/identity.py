"""Which customer's card this is: from the chip's UID to a reference that may be stored, sent and logged.

The UID itself goes no further than this file. Sources: ISO/IEC 14443-3 (UID sizes; a 4-byte UID beginning 08 is made up
anew at each activation), measurements of phones presenting such UIDs.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

UID_SIZES_BYTES = (4, 7, 10)  # ISO/IEC 14443-3: single, double, triple size
PEPPER_BYTES_MIN = 16  # 128 bits: a UID has at most 56 unknown ones, so the key must carry the secrecy
REFERENCE_HEX_DIGITS = 32  # 128 bits: no two cards of any chain collide


class CardRefusal(StrEnum):
    """Why a card can never stand for a member."""

    RANDOM_UID = "random_uid"  # a phone or a privacy-minded card: another number at every tap
    BAD_UID = "bad_uid"  # not a size that exists


@dataclass(frozen=True, slots=True)
class CardReference:
    """The shop's name for a card: a keyed hash of its UID, 32 lower-case hex digits."""

    text: str


def identify(uid: bytes, pepper: bytes) -> CardReference | CardRefusal:
    """Reference of the card with this UID under the shop's pepper, or why it cannot have one.

    Raises ValueError if the pepper is shorter than PEPPER_BYTES_MIN: that is an installation fault, not a card's.
    """
    if len(pepper) < PEPPER_BYTES_MIN:
        raise ValueError(f"the card pepper has {len(pepper)} bytes; it needs at least {PEPPER_BYTES_MIN}")
    if len(uid) not in UID_SIZES_BYTES:
        return CardRefusal.BAD_UID
    if len(uid) == 4 and uid[0] == 0x08:
        return CardRefusal.RANDOM_UID
    normal = uid.hex().upper()
    digest = hmac.new(pepper, normal.encode("ascii"), hashlib.sha256).hexdigest()
    return CardReference(digest[:REFERENCE_HEX_DIGITS])
