"""Cards that wait for an owner: laid on a kiosk lately, and nobody's. Reads only; no chip number is known here, only references."""

from __future__ import annotations

from hub import models
from hub.door import HubStore
from hub.records import RESERVED, WAITING_KEPT_MAX, Waiting
from loyalty.shop.credentials import CAN_REPLACE

FACTS_LOOKED_AT_MAX = 2_000  # newest facts of nobody's cards: who was here off line this week; an older card is laid down again


def cards(store: HubStore) -> list[Waiting]:
    """The newest first, at most WAITING_KEPT_MAX: those a kiosk asked about, and those that visited one off line."""
    with store.transaction() as tx:
        found = {each.card: each for each in tx.waiting()}
        for each in _visitors():
            if each.card not in found or found[each.card].at_ms < each.at_ms:
                found[each.card] = each
        held = tx.cards(found.keys())
    fit = [each for each in found.values() if each.card not in held or held[each.card].status in CAN_REPLACE]
    return sorted(fit, key=lambda each: (-each.at_ms, each.card))[:WAITING_KEPT_MAX]


def _visitors() -> list[Waiting]:
    owned = models.Card.objects.filter(member__isnull=False).values("reference")
    rows = models.FactRow.objects.exclude(card="").exclude(kiosk__in=RESERVED).exclude(card__in=owned).order_by("-id")
    newest: dict[str, Waiting] = {}
    for row in rows.values_list("card", "kiosk", "effective_ms")[:FACTS_LOOKED_AT_MAX]:
        newest.setdefault(row[0], Waiting(*row))
    return list(newest.values())
