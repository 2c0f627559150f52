"""A kiosk asks before it shows a code: may this card have this perk now? If so the points are set aside for a minute. Pure.

So nobody spends the same points at two counters while both have a hub. What is set aside and never spent is free again by itself. What a
kiosk may give without asking is `loyalty.counter.redeeming`'s and the programme's.
"""

from __future__ import annotations

from hub.door import HubTransaction
from hub.folding import read
from hub.settling import snapshot_of
from loyalty.account import advance
from loyalty.counter.redeeming import Refusal, may_redeem
from loyalty.facts import Held
from loyalty.rulebook import Rulebook
from mqtt.messages import Reserve, ReserveAnswer, ReserveStatus

HOLD_MINUTES = 1  # the code is on the glass within milliseconds; a minute forgives a kiosk that starts anew in between
OPEN_MAX = 3  # set aside for one member at once: whoever stands at three counters has too many arms


def decided(tx: HubTransaction, book: Rulebook, asked: Reserve, kiosk: str, now_ms: int) -> tuple[ReserveAnswer, Held | None]:
    """The answer to a kiosk, and the fact that must be kept before it is given."""
    owner = tx.owners((asked.card,)).get(asked.card)
    if owner is None:
        return ReserveAnswer(asked.token, ReserveStatus.UNKNOWN), None
    member = tx.members((owner,))[owner]
    if asked.card in member.blocked:
        return ReserveAnswer(asked.token, ReserveStatus.BLOCKED), None
    held = snapshot_of(tx, member, book)
    account = read(held)
    now = advance(account, max(now_ms, held.last[0]), book)
    if asked.hold in account.ledger.holds:
        return ReserveAnswer(asked.token, ReserveStatus.HELD), None
    perk = now.edition.perks.get(asked.perk)
    refusal = may_redeem(now, asked.perk, online=True, balance_as_of_ms=now_ms, card_today=0, kiosk_today=0)
    if refusal is None and (perk is None or perk.cost_points != asked.points or not asked.hold.startswith(f"{kiosk}/")):
        refusal = Refusal.ENDED  # the kiosk reckons by another edition, or takes another's name
    if refusal is None and len(account.ledger.holds) >= OPEN_MAX:
        refusal = Refusal.TOO_FEW
    if refusal is not None:
        return ReserveAnswer(asked.token, ReserveStatus.REFUSED, why=refusal.value), None
    return ReserveAnswer(asked.token, ReserveStatus.HELD), Held(asked.hold, asked.points, HOLD_MINUTES, card=asked.card)
