"""The doors: what devices and the broker say on their own threads becomes a message in the inbox. Nothing is decided here.

Each door translates one value and puts it down; it never waits and never raises into a foreign thread.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from cards.identity import CardRefusal, identify
from cards.ndef import fingerprint
from display.scenes import Button, Intent, Trouble
from drivers import reader
from drivers.clock import Clock
from drivers.errors import TagChanged
from kiosk.inbox import Inbox
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    Heard,
    LinkFound,
    LinkGone,
    ReaderFound,
    ReaderLost,
    Touched,
)
from loyalty.facts import Evidence
from mqtt import link, wire
from mqtt.topics import down_leaf

log = logging.getLogger("stupeni.kiosk")


def reader_door(inbox: Inbox, clock: Clock, pepper: bytes) -> Callable[[reader.ReaderEvent], None]:
    """What the reader's thread reports. A card's chip number ends here: beyond this door it is a reference."""

    def report(event: reader.ReaderEvent) -> None:
        now = clock.now()
        match event:
            case reader.ReaderUp(name=name):
                inbox.put(ReaderFound(now, name))
            case reader.ReaderDown(error=error):
                log.warning("reader: %s", error)
                inbox.put(ReaderLost(now, error.kind))
            case reader.Arrived(presentation=presentation, repeat=repeat, stale=stale):
                inbox.put(CardArrived(now, presentation, repeat, stale))
            case reader.Read(presentation=presentation, card=card):
                who = identify(card.uid, pepper)
                if isinstance(who, CardRefusal):
                    inbox.put(CardUnusable(now, presentation))
                else:
                    seen = Evidence(str(card.chip), fingerprint(card.ndef) if card.ndef else None)
                    inbox.put(CardRead(now, presentation, who.text, seen))
            case reader.ReadFailed(presentation=presentation, error=error):
                if error.retryable:
                    trouble = Trouble.ONE_CARD if isinstance(error, TagChanged) else Trouble.HOLD_STILL
                    inbox.put(CardUnreadable(now, presentation, trouble))
                else:
                    inbox.put(CardUnusable(now, presentation))  # holding it still would not help
            case reader.Left(presentation=presentation):
                inbox.put(CardLeft(now, presentation))

    return report


def touch_door(inbox: Inbox, clock: Clock) -> Callable[[Intent], None]:
    """What the customer's finger or a key means."""
    return lambda intent: inbox.put(Touched(clock.now(), intent))


def button_door(inbox: Inbox, clock: Clock) -> Callable[[int], None]:
    """Push-button 0..3."""
    return lambda index: inbox.put(Touched(clock.now(), Button(index)))


def link_door(inbox: Inbox, clock: Clock, shard: str, kiosk: str, refused: Counter[str]) -> Callable[[link.LinkEvent], None]:
    """What the broker's thread reports. What cannot be read is counted in `refused` by kind and otherwise ignored."""

    def report(event: link.LinkEvent) -> None:
        now = clock.now()
        match event:
            case link.LinkUp(session):
                inbox.put(LinkFound(now, session))
            case link.LinkDown(why):
                inbox.put(LinkGone(now, why))
            case link.Arrived(topic=topic, payload=payload, correlation=correlation):
                leaf = down_leaf(topic, shard, kiosk)
                if leaf is None:
                    refused["foreign"] += 1
                    return
                try:
                    inbox.put(Heard(now, wire.decode_down(leaf, payload, correlation)))
                except wire.MalformedMessage as error:
                    refused[error.kind] += 1

    return report
