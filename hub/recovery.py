"""That somebody was dissatisfied just now, told to the staff at once: of a kiosk's urgent word, or of the rating itself. Pure.

What becomes of it is a case of the member's account (`loyalty.account.voice`); here it is only rung, once, and without a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.door import HubTransaction
from hub.folding import read
from loyalty.facts import Fact, FactId, Rating
from mqtt.messages import Recovery, Urgent

LATE_MS = 900_000  # whoever left a quarter of an hour ago is not called back by a lamp; their case waits for the next visit


def of_urgent(tx: HubTransaction, said: Urgent, kiosk: str, now_ms: int) -> Recovery | None:
    """What the staff are told of a kiosk's urgent word; nothing for one of their own cards."""
    if _is_staff(tx, said.card):
        return None
    return Recovery(kiosk, str(FactId(kiosk, said.epoch, said.number)), said.face, now_ms)


def of_facts(tx: HubTransaction, facts: Iterable[Fact], now_ms: int) -> Iterator[Recovery]:
    """What the staff are told of new facts: bad ratings of the last minutes, whose urgent word may be lost."""
    for fact in facts:
        body = fact.body
        if isinstance(body, Rating) and body.face.is_bad and now_ms - fact.when_ms <= LATE_MS and not _is_staff(tx, body.card):
            yield Recovery(fact.id.kiosk, str(fact.id), int(body.face), fact.when_ms)


def _is_staff(tx: HubTransaction, card: str) -> bool:
    owner = tx.owners((card,)).get(card)
    held = tx.snapshots([owner]).get(owner) if owner is not None else None
    return held is not None and read(held).staff
