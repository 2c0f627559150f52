"""Greeting kiosks: how a fleet is asked to come one after the other, and what the log says of one that was welcomed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.receiver import Welcomed
from mqtt.messages import Birth
from mqtt.reading import SPREAD_MS_MAX

GREETED_AT_ONCE = 20  # kiosks: one second of births, so that they are all answered before one is asked again after three
BIRTH_MS = 50  # of the hub's time for a birth: 58 with 500 members to tell, the most there are (measured 2026-11 on one x86 core)


def spread_ms(kiosks: int) -> int:
    """Over how long so many kiosks shall spread their births."""
    return 0 if kiosks <= GREETED_AT_ONCE else min(kiosks * BIRTH_MS, SPREAD_MS_MAX)


def worries(welcomed: Welcomed, birth: Birth, kiosk: str) -> Iterator[str]:
    """What an operator should know of a kiosk that was welcomed."""
    if welcomed.lost:
        yield f"kiosk {kiosk} has lost {welcomed.lost} facts for good; see the stream gaps"
    if welcomed.twin:
        what = "clone_suspect: two devices take turns" if welcomed.clone_suspect else "another device speaks now"
        yield f"{what} under the name of kiosk {kiosk}: {birth.device}, and before it {welcomed.twin}"
