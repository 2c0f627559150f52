"""From the JSON of commands and their results to the messages: fields and bounds. Pure. See `mqtt.reading`; what an operation means is
`mqtt.operations`'s, for a kiosk must be able to answer that it does not understand one.
"""

from __future__ import annotations

import re
from base64 import b64decode

from loyalty.document import Document
from mqtt.messages import Command, CommandResult, CommandState
from mqtt.shapes import MalformedMessage, compact, keepable, nested, whole, word

COMMAND_ID = re.compile(r"c_[a-z0-9]{8,40}")
OPERATION = re.compile(r"[a-z][a-z0-9_]{0,31}")
WHY = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,200}")  # one line for a person
ARGUMENTS_BYTES_MAX = 1_024  # ours need 60
PICTURE_CHARS_MAX = 60_072  # of base64: the rest of 64 KiB is room for the other fields
PICTURE_BYTES_MAX = PICTURE_CHARS_MAX // 4 * 3
# Base64 of anything that begins as a PNG does (PNG specification, section 5.2), which is eight bytes.
PICTURE = re.compile(r"iVBORw0KGg(?:o=|[o-r][A-Za-z0-9+/](?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)")


def command(document: Document, where: str) -> Command:
    """dn/cmd. A field `sig` is kept free for a signature, and passed over like any unknown one. Raises MalformedMessage."""
    args = nested(document, "args", where)
    keepable(args, f"{where}.args")
    if len(compact(args)) > ARGUMENTS_BYTES_MAX:
        raise MalformedMessage("oversize", f"{where}.args", f"at most {ARGUMENTS_BYTES_MAX} bytes")
    id_, op = word(document, "id", where, COMMAND_ID), word(document, "op", where, OPERATION)
    return Command(id_, op, args, whole(document, "exp", where), word(document, "by", where))


def result(document: Document, where: str) -> CommandResult:
    """up/cmd. Raises MalformedMessage."""
    state = CommandState(word(document, "st", where, re.compile("|".join(CommandState))))
    why = word(document, "why", where, WHY) if "why" in document else ""
    png = _picture(document, where) if "png" in document else b""
    if png and state is not CommandState.SUCCEEDED:
        raise MalformedMessage("malformed", f"{where}.png", "a picture only where it succeeded")
    return CommandResult(word(document, "id", where, COMMAND_ID), state, why, png)


def _picture(document: Document, where: str) -> bytes:
    text = word(document, "png", where, PICTURE)
    if len(text) > PICTURE_CHARS_MAX:
        raise MalformedMessage("oversize", f"{where}.png", f"at most {PICTURE_BYTES_MAX} bytes")
    return b64decode(text)
