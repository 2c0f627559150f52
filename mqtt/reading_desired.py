"""From JSON to what a kiosk shall be, and how it stands to that. Pure. Which settings there are is `config`'s."""

from __future__ import annotations

import re
from typing import Any

from loyalty.document import Document
from mqtt.messages import Desired, Edition, Reported, SetUp
from mqtt.shapes import MalformedMessage, keepable, many, nested, whole, word

SETTINGS_MAX = 128  # settings pushed to a kiosk: there are 20 that may be
REASONS_MAX, REASON_CHARS_MAX = 16, 200  # why a set-up is not taken: what a person reads of it at once
SETTING = re.compile(r"[a-z0-9_]{1,32}\.[a-z0-9_]{1,48}")  # section.key
CONTENT = re.compile(r"[0-9a-f]{32}")
REASON = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{REASON_CHARS_MAX}}}")
ANY_TEXT = re.compile(r".+", re.DOTALL)


def reported(document: Document, where: str) -> Reported:
    """How a kiosk stands to what is desired. Raises MalformedMessage."""
    content = word(document, "content", where, CONTENT) if "content" in document else ""
    state = SetUp(word(document, "st", where, re.compile("|".join(SetUp))))
    why = many(document, "why", where, REASONS_MAX, _reason)
    return Reported(whole(document, "ver", where), content, state, whole(document, "applied", where), why)


def _reason(item: Any, where: str) -> str:
    return word({"0": item}, "0", where, REASON)


def desired(document: Document, where: str) -> Desired:
    """How a kiosk shall be set up. Whether a setting exists and its value fits is said by whoever has it. Raises MalformedMessage."""
    settings = nested(document, "settings", where)
    if len(settings) > SETTINGS_MAX or not all(SETTING.fullmatch(key) for key in settings):
        raise MalformedMessage("malformed", f"{where}.settings", f"at most {SETTINGS_MAX} of section.key")
    keepable(settings, f"{where}.settings")
    edition = _edition(nested(document, "programme", where), f"{where}.programme") if "programme" in document else None
    return Desired(whole(document, "ver", where, 1), word(document, "content", where, CONTENT), settings, edition)


def _edition(document: Document, where: str) -> Edition:
    keepable(document, where)
    return Edition(whole(document, "from", where), word(document, "toml", where, ANY_TEXT))
