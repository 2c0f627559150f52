"""Topic names, built and taken apart in this one place. Pure. Layout: docs/protocol.md, "Topics"."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "stupeni/1"  # the major version of the protocol stands in the root, so two versions never mix
KIOSK_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
SHARD = re.compile(r"[a-z0-9]{1,16}")

HUB_STATE = f"{ROOT}/all/dn/hub"


def up(shard: str, kiosk: str, leaf: str) -> str:
    """Topic of what a kiosk says: `leaf` is "state", "birth", "evt", "urgent", "alert/..", "reported", "cmd", "req/member"..."""
    return f"{ROOT}/{shard}/k/{kiosk}/up/{leaf}"


def down(shard: str, kiosk: str, leaf: str) -> str:
    """Topic of what the hub says to one kiosk: `leaf` is "sync", "ack", "mem", "closed", "desired", "cmd", "res" or "res/redeem"."""
    return f"{ROOT}/{shard}/k/{kiosk}/dn/{leaf}"


def staff(shard: str, leaf: str) -> str:
    """Topic of what the hub says to lamps and phones of the staff: `leaf` is "recovery"."""
    return f"{ROOT}/{shard}/staff/dn/{leaf}"


def kiosk_filters(shard: str, kiosk: str) -> tuple[str, ...]:
    """What a kiosk listens to. The filters do not overlap: an overlap would deliver one message twice."""
    return (f"{ROOT}/{shard}/k/{kiosk}/dn/#", HUB_STATE)


def hub_filters(shard: str) -> tuple[str, ...]:
    """What a hub that serves `shard` listens to."""
    return (f"{ROOT}/{shard}/k/+/up/#",)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A kiosk's topic taken apart: who said it, and under which leaf."""

    shard: str
    kiosk: str
    leaf: str


def parse_up(topic: str) -> Spoken | None:
    """Who spoke, or None for a topic that is not a kiosk's."""
    parts = topic.split("/")
    if len(parts) < 7 or "/".join(parts[:2]) != ROOT or parts[3] != "k" or parts[5] != "up":
        return None
    if not SHARD.fullmatch(parts[2]) or not KIOSK_ID.fullmatch(parts[4]):
        return None
    return Spoken(parts[2], parts[4], "/".join(parts[6:]))


def down_leaf(topic: str, shard: str, kiosk: str) -> str | None:
    """What a kiosk was told: the leaf under its own tree, "hub" for the hub's state, None for anything foreign."""
    if topic == HUB_STATE:
        return "hub"
    prefix = f"{ROOT}/{shard}/k/{kiosk}/dn/"
    return topic.removeprefix(prefix) if topic.startswith(prefix) else None
