"""A member by whatever an operator has at hand: the id, a card's reference, or the name. Reads only."""

from __future__ import annotations

from hub import models
from hub.desk import Refused
from hub.door import HubStore

NAMES_SAID_MAX = 5  # ids named where a name is not unique: enough to choose from, too few to list the shop's members


def find(store: HubStore, word: str) -> str:
    """The member's id. Raises Refused, in words, if there is none or several."""
    with store.transaction() as tx:
        if (known := tx.survivors([word]).get(word)) is not None:
            return known
        if (owner := tx.owners([word]).get(word)) is not None:
            return owner
    wanted = word.casefold()
    names = models.MemberProfile.objects.values_list("member_id", "display_name")
    found = sorted(id_ for id_, name in names if name.casefold() == wanted)
    found = found or sorted(id_ for id_, name in names if wanted in name.casefold())
    if not found:
        raise Refused("there is no member of this id, card or name; `stupeni-hub status` counts those there are")
    if len(found) > 1:
        raise Refused(f"{len(found)} members have this name: {', '.join(found[:NAMES_SAID_MAX])}; name one by id")
    return found[0]
