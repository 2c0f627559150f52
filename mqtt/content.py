"""What a desired set-up comes to, as one short word: two of the same content have the same. Pure.

So a hub put back to a backup, which numbers its versions anew, can tell whether a kiosk's "version 13" is its own.
"""

from __future__ import annotations

from hashlib import blake2b

from loyalty.document import Document
from mqtt.messages import Edition
from mqtt.shapes import compact

CONTENT_BYTES = 16  # no two set-ups of a shop's life ever share 128 bits by accident; whoever may write them needs no collision


def content_of(settings: Document, edition: Edition | None) -> str:
    """32 hexadecimal digits. Raises ValueError for what JSON cannot say."""
    programme = {} if edition is None else {"from": edition.from_ms, "toml": edition.text}
    ordered = {key: settings[key] for key in sorted(settings)}
    return blake2b(compact({"settings": ordered, "programme": programme}), digest_size=CONTENT_BYTES).hexdigest()
