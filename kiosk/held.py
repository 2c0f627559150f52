"""The epochs of facts on a kiosk, as the outbox thinks of them, and which of them a handshake names. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mqtt.messages import Stream
from mqtt.wire import STREAMS_MAX


@dataclass(frozen=True, slots=True)
class Held:
    """One epoch's facts on this kiosk: `first`..`last` are in the store, 1..`claimed` are the hub's, up to `sent` are under way."""

    epoch: str
    first: int
    last: int
    claimed: int
    sent: int


def named(held: tuple[Held, ...]) -> tuple[Stream, ...]:
    """The streams to name in a birth. Where they are too many for one message, those the hub may lack facts of go first, oldest
    first, then the newest: a shop that switches off every night gathers as many in a year and a half."""
    filled = [stream for stream in held if stream.last >= stream.first]
    lacking = [stream for stream in filled if stream.claimed < stream.last]
    whole = [stream for stream in reversed(filled) if stream.claimed >= stream.last]
    named = {stream.epoch for stream in [*lacking, *whole][:STREAMS_MAX]}
    return tuple(Stream(stream.epoch, stream.first, stream.last) for stream in filled if stream.epoch in named)
