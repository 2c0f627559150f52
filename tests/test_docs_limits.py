"""docs/operations.md, "What is limited": every number in its tables is the number in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import inbox as hub_inbox
from hub.grouping import FACTS_PER_COMMIT_MAX
from hub.rates import FLEET_BIRTHS, RATES
from kiosk import alarms, disk, inbox, members, outbox, tidying
from kiosk.documents.storage import SIZE_BYTES_MAX
from loyalty.counter.standing import PENDING_MAX
from mqtt.messages import Alert, Birth, KioskState, Lookup, Reported, Reserve, Urgent
from mqtt.reading import SPREAD_MS_MAX
from mqtt.shapes import FACT_BYTES_MAX, MESSAGE_BYTES_MAX

PAGE = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## What is limited") : PAGE.index("## What to do when")]


def spaced(number: int) -> str:
    """A number as the page writes it."""
    return f"{number:,}".replace(",", " ")


def rate(kind: type) -> str:
    """A rate as the page writes it."""
    return f"{RATES[kind].burst}, then {RATES[kind].per_minute} a minute"


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("a message", f"{spaced(MESSAGE_BYTES_MAX)} bytes"),
        ("a fact", f"{spaced(FACT_BYTES_MAX)} bytes"),
        ("facts under way", f"{outbox.WINDOW}, in messages of {outbox.BATCH}"),
        ("taps, touches, reader's words at once", f"{inbox.COUNTER_MAX}"),
        ("the hub's words at once", f"{inbox.HUB_MAX}, and {inbox.ANSWERS_MAX} answers a customer waits for"),
        ("facts that the hub holds", f"{spaced(tidying.FACTS_KEPT)}, and {tidying.FACTS_KEPT_DAYS} days"),
        ("cards known", spaced(members.CARDS_KEPT)),
        ("own facts on top of a member's view", f"{PENDING_MAX}"),
        ("the store's file", f"{SIZE_BYTES_MAX >> 30} GiB"),
        ("the disk", f"alert below {alarms.DISK_LOW_MB} MB, grave below {alarms.DISK_SCARCE_MB} MB"),
        ("the last of the disk", f"{disk.RESERVE_BYTES // disk.MB} MB"),
        ("messages of one kiosk that wait", f"{hub_inbox.LANE_MAX}"),
        ("messages that wait in all", spaced(hub_inbox.INBOX_MAX)),
        ("handshakes of one kiosk", rate(Birth)),
        ("handshakes of all", f"{FLEET_BIRTHS.burst}, then {FLEET_BIRTHS.per_minute // 60} a second"),
        ("questions about cards of one kiosk", rate(Lookup)),
        ("questions about rewards of one kiosk", rate(Reserve)),
        ("urgent words of one kiosk", rate(Urgent)),
        (
            "presence, alerts, set-ups of one kiosk",
            f"{RATES[KioskState].burst}, {RATES[Alert].burst}, {RATES[Reported].burst}, then as many a minute",
        ),
        ("facts of one transaction", spaced(FACTS_PER_COMMIT_MAX)),
        ("the spread of a fleet's handshakes", f"{SPREAD_MS_MAX // 1000} s"),
    ],
)
def test_a_limit_on_the_page_is_the_limit_in_the_code(what: str, limit: str) -> None:
    """Each row names the number that is enforced."""
    assert f"| {what} | {limit} |" in SECTION


def test_the_alert_of_a_backlog_is_told_with_its_number() -> None:
    """Where there is no limit the page says from when on somebody is told."""
    assert f"an alert from {spaced(alarms.OUTBOX_HIGH)} on" in SECTION


@pytest.mark.parametrize(
    ("alert", "number"),
    [
        ("disk_low", alarms.DISK_LOW_MB),
        ("disk_low", alarms.DISK_FINE_MB),
        ("disk_low", alarms.DISK_SCARCE_MB),
        ("outbox_high", alarms.OUTBOX_HIGH),
        ("outbox_high", alarms.OUTBOX_FINE),
    ],
)
def test_the_protocol_names_the_thresholds(alert: str, number: int) -> None:
    """The table of alerts says when each is raised and when it is over."""
    page = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{alert}` |"))
    assert f" {spaced(number)}" in row
