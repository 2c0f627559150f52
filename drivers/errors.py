"""What can go wrong with a reader or with a card, as two small families of exceptions.

`ReaderError` means the device: the shop must act. `TagError` means the card in front of it: the customer must act.
Each has a stable `kind` for logs and messages, a `sentence` for the staff and a `hint` for the installer.
No policy (retry, screen, light) ever lives here, and no card number ever enters a text.
"""

from __future__ import annotations

from typing import ClassVar


class ReaderError(Exception):
    """The reader cannot be used now.

    `reader_id` names which one, `hint` says what an installer can do, `detail` is the technical cause in a few words.
    """

    kind: ClassVar[str] = "reader_error"
    sentence: ClassVar[str] = "The card reader does not work."

    def __init__(self, reader_id: str, hint: str, detail: str = "") -> None:
        super().__init__(f"{reader_id}: {self.sentence} {hint}" + (f" ({detail})" if detail else ""))
        self.reader_id = reader_id
        self.hint = hint
        self.detail = detail


class ReaderNotFound(ReaderError):
    """No such device when opening."""

    kind = "reader_not_found"
    sentence = "The card reader is not connected."


class ReaderBusy(ReaderError):
    """Another program or kernel module holds the device."""

    kind = "reader_busy"
    sentence = "The card reader is in use by another program."


class ReaderDenied(ReaderError):
    """The device is there, but this user may not open it."""

    kind = "reader_denied"
    sentence = "The kiosk may not use the card reader."


class ReaderLost(ReaderError):
    """The device was open and has gone, or its line broke."""

    kind = "reader_lost"
    sentence = "The card reader has been unplugged."


class ReaderHung(ReaderError):
    """The device is there and does not answer."""

    kind = "reader_hung"
    sentence = "The card reader does not answer."


class ReaderFault(ReaderError):
    """Anything else: most likely a mistake in the software or a damaged device."""

    kind = "reader_fault"
    sentence = "The card reader reported something unexpected."


class TagError(Exception):
    """This card could not be read this time.

    `retryable` says whether trying again with the same card can help; `detail` is the technical cause.
    """

    kind: ClassVar[str] = "tag_error"
    sentence: ClassVar[str] = "The card could not be read."
    hint: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.sentence + (f" ({detail})" if detail else ""))
        self.detail = detail


class TagLost(TagError):
    """The card stopped answering while it was being read."""

    kind = "tag_lost"
    sentence = "The card was moved too early. Please hold it still."
    hint = "If it happens with every card, look for metal under the reader or a distance over 2 cm."
    retryable = True


class TagChanged(TagError):
    """Another card answered than the one whose reading began."""

    kind = "tag_changed"
    sentence = "Another card came in between. Please hold one card."
    hint = "Two cards in one purse do this."
    retryable = True


class TagUnsupported(TagError):
    """A kind of card that has no readable number for us (Type 1, peer-to-peer only)."""

    kind = "tag_unsupported"
    sentence = "This kind of card is not supported."
    hint = "Use NTAG213, NTAG215 or NTAG216 cards."


class TagMalformed(TagError):
    """The card answers, but what it says breaks the rules or never ends."""

    kind = "tag_malformed"
    sentence = "The card holds something unreadable. Please give the customer another card."
    hint = "Read the card with a phone: its message may be damaged, protected by a password, or larger than its memory."
