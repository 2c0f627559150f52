"""The pseudo-locale en_XA: English made longer and accented, to find sentences that fit only because they are English.

It is made here and never shipped.
"""

from __future__ import annotations

import math
import re
from gettext import NullTranslations

from display.words import Words

_ACCENTS = str.maketrans("AEIOUaeiouncyzNCYZ", "ÅÉÎÖÛåéîöûñçÿžÑÇÝŽ")
_LONGER = 0.4  # German and Russian are up to this much longer than English


def pseudo(message: str) -> str:
    """`message` with accents, each word two fifths longer; placeholders stay as they are."""
    return " ".join(_word(word) for word in message.split(" "))


def _word(word: str) -> str:
    """One word: letters outside of braces accented, then vowels for length before its punctuation."""
    parts = re.split(r"(\{[a-z]+\})", word)
    letters = sum(len(part) for part in parts[::2])
    accented = "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in parts)
    if not any(c.isalpha() for part in parts[::2] for c in part):
        return accented
    body = accented.rstrip(".,:!?…)")
    return body + "öéå"[: math.ceil(letters * _LONGER)].ljust(math.ceil(letters * _LONGER), "é") + accented[len(body) :]


class PseudoCatalogue(NullTranslations):
    """A catalogue that translates everything into en_XA."""

    def gettext(self, message: str) -> str:
        """Without context."""
        return pseudo(message)

    def pgettext(self, context: str, message: str) -> str:
        """With context; separators stay."""
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Plural."""
        return pseudo(msgid1 if n == 1 else msgid2)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        """Plural with context."""
        return self.ngettext(msgid1, msgid2, n)


def pseudo_words() -> Words:
    """The words of en_XA."""
    return Words("en_XA", PseudoCatalogue())
