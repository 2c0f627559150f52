"""The hub put together from its configuration: its shard, receiver, link, ingest. Django must be configured before. Starts nothing."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from config.schema import Broker, HubConfig
from hub.door import HubStore
from hub.editions import put_in_force
from hub.fencing import Clocks, HeldShard, Standby
from hub.inbox import RECEIVE_MAX
from hub.ingest import Ingest, wall_ms
from hub.receiver import Receiver
from mqtt.operators import hub_filter
from mqtt.paho_link import PahoLink, TlsFiles
from mqtt.topics import hub_filters

SESSION_EXPIRY_S = 300  # the broker keeps for a restarting hub what it had not acknowledged (wire, CONNECT of the hub)
UNSENT_MAX = 4096  # packets under way: a hundred kiosks greeted at once, with forty pages of members each; 256 lost most of them
LOOK_S = 0.25  # a hub that waits for a shard looks so often: it begins a moment after the other has stopped
WILL_DELAY_S = 5  # a restart under systemd takes two; kiosks should know of a longer absence soon
CLOCKS = Clocks(wall_ms, lambda: time.monotonic_ns() // 1_000_000)

log = logging.getLogger(__name__)


@contextmanager
def serving(config: HubConfig, store: HubStore) -> Iterator[HeldShard]:
    """The configured shard, held by a run with an id that no other run has; given back at the end.

    Waits for as long as another hub serves it.
    """
    standby = Standby(store, config.broker.shard, f"h_{secrets.token_hex(6)}", CLOCKS)
    told = False
    while (held := standby.attempt()) is None:
        if not told and standby.seen is not None:
            log.warning("another hub serves this shard (%s, run %s); this one waits to take over", standby.seen.shard, standby.seen.holder)
            told = True
        time.sleep(LOOK_S)
    try:
        yield held
    finally:
        held.give_back()


def receiver(config: HubConfig, held: HeldShard) -> Receiver:
    """The core of the run that holds the shard, with every member folded.

    Raises ConfigErrors for a bad programme, or one that cannot follow on the version in force.
    """
    now_ms = wall_ms()
    core = Receiver(held.lease.holder, held, put_in_force(held, config.programme.file, now_ms))
    while core.catch_up(now_ms):
        continue
    return core


def ingest(config: HubConfig, core: Receiver, on_up: Callable[[], None]) -> Ingest:
    """The ear over a link to the configured broker; `on_up` at each connection."""
    return Ingest(core, link(config), config.broker.shard, on_up=on_up, operators=config.operators)


def link(config: HubConfig, **timing: Any) -> PahoLink:
    """The link to the configured broker, as a hub has it. `timing`: `keepalive_s` and `retry_s_max`, where the usual ones are too long."""
    broker = config.broker
    return PahoLink(
        broker.host,
        broker.port,
        config.hub.id,
        (*hub_filters(broker.shard), hub_filter()),
        tls=tls_files(broker),
        session_expiry_s=SESSION_EXPIRY_S,
        receive_max=RECEIVE_MAX,
        manual_ack=True,
        unsent_max=UNSENT_MAX,
        will_delay_s=WILL_DELAY_S,
        **timing,
    )


def tls_files(broker: Broker) -> TlsFiles | None:
    """The three files, or None where none are named (the configuration allows all or none)."""
    if broker.ca_file is None or broker.cert_file is None or broker.key_file is None:
        return None
    return TlsFiles(broker.ca_file, broker.cert_file, broker.key_file)
