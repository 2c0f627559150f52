"""From a chip's number to a reference: keyed, stable, of every size there is, and never for a number made up on the spot."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.identity import PEPPER_BYTES_MIN, UID_SIZES_BYTES, CardReference, CardRefusal, identify
from loyalty.codec import CARD

PEPPER = bytes(range(32))
UIDS = st.sampled_from(UID_SIZES_BYTES).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@given(UIDS)
def test_a_card_is_the_same_at_every_tap_and_a_fact_can_carry_it(uid: bytes) -> None:
    """The reference of a number never varies and has the form that facts require; a random number has none."""
    who = identify(uid, PEPPER)
    assert who == identify(bytes(uid), PEPPER)
    if len(uid) == 4 and uid[0] == 0x08:
        assert who is CardRefusal.RANDOM_UID
    else:
        assert isinstance(who, CardReference)
        assert CARD.fullmatch(who.text)


@given(st.lists(UIDS, unique=True, min_size=2, max_size=2), st.binary(min_size=16, max_size=64))
def test_cards_and_shops_never_share_a_reference(uids: list[bytes], pepper: bytes) -> None:
    """Another card has another reference, and the same card another one in another shop."""
    first, second = (identify(uid, PEPPER) for uid in uids)
    assert first != second or isinstance(first, CardRefusal)
    if isinstance(first, CardReference) and pepper != PEPPER:
        assert identify(uids[0], pepper) != first


def test_the_reference_is_what_hub_and_kiosks_of_years_agree_on() -> None:
    """The construction is fixed: half of an HMAC-SHA-256 of the number in capital hex. A change would orphan every card issued."""
    uid = bytes.fromhex("04a1b2c3d4e5f6")
    expected = hmac.new(PEPPER, b"04A1B2C3D4E5F6", hashlib.sha256).hexdigest()[:32]
    assert identify(uid, PEPPER) == CardReference(expected)
    assert expected == "3d1061e94073704b59a393fad27084d7"


@pytest.mark.parametrize("size", [0, 1, 3, 5, 6, 8, 9, 11, 12])
def test_sizes_that_do_not_exist_are_refused(size: int) -> None:
    """ISO 14443-3 knows numbers of 4, 7 and 10 bytes; anything else is no card."""
    assert identify(bytes(size), PEPPER) is CardRefusal.BAD_UID


def test_only_four_byte_numbers_are_random() -> None:
    """The mark 08 means a made-up number only in a single-size number; a double-size one beginning so is a card."""
    assert identify(b"\x08\x01\x02\x03", PEPPER) is CardRefusal.RANDOM_UID
    assert isinstance(identify(b"\x08\x01\x02\x03\x04\x05\x06", PEPPER), CardReference)
    assert isinstance(identify(b"\x09\x01\x02\x03", PEPPER), CardReference)


@pytest.mark.parametrize("size", [0, 1, PEPPER_BYTES_MIN - 1])
def test_a_short_pepper_is_an_installation_fault(size: int) -> None:
    """A pepper that could be guessed is refused with its size and the size needed, before any card is looked at."""
    with pytest.raises(ValueError, match=f"{size} bytes; it needs at least {PEPPER_BYTES_MIN}"):
        identify(bytes(9), bytes(size))
    assert isinstance(identify(bytes(7), bytes(PEPPER_BYTES_MIN)), CardReference)


@given(UIDS)
def test_the_number_does_not_show_in_the_reference(uid: bytes) -> None:
    """A reference does not contain the number it stands for, so it may be stored, sent and logged in part."""
    who = identify(uid, PEPPER)
    if isinstance(who, CardReference):
        assert uid.hex() not in who.text
