"""What a store lets go of by itself, and when: the facts that the hub holds anyway. Nothing is removed here; that is `store`'s.

A fact that the hub does not hold is never let go, however old and however many.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from kiosk.documents import DocumentTable
from loyalty.facts import ClockQuality
from loyalty.moment import Moment

DAY_MS = 86_400_000
FACTS_KEPT = 100_000  # claimed facts kept for a hub restored from a backup: 30 days at 3,000 facts, about 25 MB
FACTS_KEPT_DAYS = 30  # ... and none that is older: twice the fortnight between two backups of the most careless hub
TRIM_SHARE = 100  # a hundredth more may gather before the oldest are let go: one deletion, not one a tap
TRUSTED = (ClockQuality.NTP, ClockQuality.HUB)  # a battery clock that is wrong by months must not empty the store
LOOKED_AT = 500  # facts looked at for their age at once: as many as one deletion takes away


class Chores(NamedTuple):
    """What came of keeping house. `more`: there is something left to do; `trimmed`: old facts were let go."""

    more: bool = False
    trimmed: bool = False


def aged_before(facts: DocumentTable, now: Moment) -> int:
    """The row before which every fact is older than FACTS_KEPT_DAYS, among the oldest; 0 if none is, or nobody knows what time it is.

    Facts lie in the order in which they happened, so one of a doubtful clock is as old as the next one of a clock that was kept.
    """
    before = 0
    if now.quality not in TRUSTED:
        return before
    for row in islice(facts.after(), LOOKED_AT):
        if row.get("clk") == ClockQuality.UNSYNCED or type(at := row.get("at")) is not int:
            continue
        if at >= now.wall_ms - FACTS_KEPT_DAYS * DAY_MS:
            break
        before = row.doc_id + 1
    return before
