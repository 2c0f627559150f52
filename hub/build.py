"""The hub put together from its configuration: link, store, receiver, ingest. Django must be configured before. Starts nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from config.schema import Broker, HubConfig
from hub.door import HubStore
from hub.editions import put_in_force
from hub.ingest import RECEIVE_MAX, Ingest, wall_ms
from hub.receiver import Receiver
from mqtt.operators import hub_filter
from mqtt.paho_link import PahoLink, TlsFiles
from mqtt.topics import hub_filters

SESSION_EXPIRY_S = 300  # the broker keeps for a restarting hub what it had not acknowledged (wire, CONNECT of the hub)
WILL_DELAY_S = 5  # a restart under systemd takes two; kiosks should know of a longer absence soon


def receiver(config: HubConfig, store: HubStore) -> Receiver:
    """The core over a store, with an id that no other run of this hub has, and every member folded.

    Raises ConfigErrors for a bad programme, or one that cannot follow on the version in force.
    """
    now_ms = wall_ms()
    core = Receiver(f"h_{secrets.token_hex(6)}", store, put_in_force(store, config.programme.file, now_ms))
    while core.catch_up(now_ms):
        continue
    return core


def ingest(config: HubConfig, core: Receiver, on_up: Callable[[], None]) -> Ingest:
    """The ear over a link to the configured broker; `on_up` at each connection."""
    broker = config.broker
    link = PahoLink(
        broker.host,
        broker.port,
        config.hub.id,
        (*hub_filters(broker.shard), hub_filter()),
        tls=tls_files(broker),
        session_expiry_s=SESSION_EXPIRY_S,
        receive_max=RECEIVE_MAX,
        manual_ack=True,
        will_delay_s=WILL_DELAY_S,
    )
    return Ingest(core, link, broker.shard, on_up=on_up, operators=config.operators)


def tls_files(broker: Broker) -> TlsFiles | None:
    """The three files, or None where none are named (the configuration allows all or none)."""
    if broker.ca_file is None or broker.cert_file is None or broker.key_file is None:
        return None
    return TlsFiles(broker.ca_file, broker.cert_file, broker.key_file)
