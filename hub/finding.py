"""A member by what an operator has at hand: the id or a card's reference, and by name who that may be. Reads only."""

from __future__ import annotations

from hub import models
from hub.desk import Refused
from hub.door import HubStore

NAMED_MAX = 5  # ids told of one name: enough to choose from, too few to list the shop's members


def find(store: HubStore, word: str) -> str:
    """The member's id by that id, by one that became this member's, or by a card. Raises Refused, in words, if there is none."""
    with store.transaction() as tx:
        found = tx.survivors([word]).get(word) or tx.owners([word]).get(word)
    if found is None:
        raise Refused("there is no member of this id or card; by name `stupeni-hub find` finds the id")
    return found


def named(name: str) -> list[str]:
    """Ids of the members who have this name, or of those whose name has it in it. Raises Refused if there is none, or too many."""
    wanted = name.casefold()
    names = models.MemberProfile.objects.values_list("member_id", "display_name")
    found = sorted(id_ for id_, held in names if held.casefold() == wanted)
    found = found or sorted(id_ for id_, held in names if wanted in held.casefold())
    if not found:
        raise Refused("there is no member of this name; `stupeni-hub status` counts those there are")
    if len(found) > NAMED_MAX:
        raise Refused(f"{len(found)} members have this name; write more of it, or take the id from the page")
    return found
