"""The link over TCP or TLS, by paho. It connects, connects again, and reports; what messages mean is not known here.

One thread of its own turns paho's loop by hand (`loop_read`, `loop_write`, `loop_misc`). paho's own threads are not used:
they end silently when a callback raises, and they reconnect a whole fleet in the same half second, without jitter. Each
connection gets a fresh paho client, so nothing half-sent survives a reconnect: the outbox is the queue, and it asks again.
"""

from __future__ import annotations

import logging
import random
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from mqtt.link import LinkCounts, LinkDown, LinkEvent, LinkUp, Report, Will
from mqtt.paho_client import (
    CONNECT_WAIT_S,
    TlsFiles,
    arrived,
    bare_client,
    connect_properties,
    fresh_session,
    pause_s,
    publish_properties,
    tls_context,
    turn,
    will_properties,
)
from mqtt.wire import Packet

__all__ = ["PahoLink", "TlsFiles", "fresh_session"]

log = logging.getLogger(__name__)

CONNACK_WAIT_S = 10.0  # a broker that took the connection and says nothing is not one
GOODBYE_WAIT_S = 1.0  # to send the last words at stop
STEADY_S = 10.0  # a connection that held this long was a good one: pauses begin again from the first
TAKEN_OVER = 0x8E  # MQTT 5, section 3.14.2.1: "Session taken over"
UNSPECIFIED = 0x80  # paho's word for a connection that was closed
OUSTED_MAX = 3  # hardly up and closed without a word, so often in a row: chance explains one, a broker's restart two


@dataclass(slots=True)
class _Connection:
    """One attempt to be connected, from its session id to the words that ended it."""

    client: paho.Client
    session: str
    number: int
    unsent: deque[None] = field(default_factory=deque)  # one entry for each packet under way; append and pop need no lock
    early: list[paho.MQTTMessage] = field(default_factory=list)  # came before SUBACK: at most `receive_max`, by the protocol
    why: str = ""
    up_s: float | None = None
    taken_over: bool = False
    closed: bool = False


class PahoLink:
    """A `mqtt.link.Link` to `host`:`port` as MQTT 5 client `client_id`, subscribed to `filters`.

    A kiosk takes the defaults. A hub gives `session_expiry_s=300, receive_max=500, manual_ack=True, unsent_max=4096`: what it has
    not acknowledged after its commit comes again, and it may greet a hundred kiosks at once. `unsent_max`: packets handed over and
    not answered by the broker yet; more means a dead line, and 256 is four windows of single facts. `will_delay_s`: how long the
    broker waits before it speaks the will; a reconnect within is never seen. `keepalive_s`: a dead line is found after about twice
    that. `retry_s_max`: longest pause between attempts.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        filters: Sequence[str],
        *,
        tls: TlsFiles | None = None,
        session_expiry_s: int = 120,
        receive_max: int = 32,
        manual_ack: bool = False,
        unsent_max: int = 256,
        will_delay_s: int = 30,
        keepalive_s: int = 30,
        retry_s_max: float = 60.0,
    ) -> None:
        self._host, self._port, self._client_id, self._filters, self._tls = host, port, client_id, tuple(filters), tls
        self._session_expiry_s, self._receive_max = session_expiry_s, receive_max
        self._manual_ack, self._unsent_max = manual_ack, unsent_max
        self._will_delay_s, self._keepalive_s, self._retry_s_max = will_delay_s, keepalive_s, retry_s_max
        self._report: Report = lambda event: None
        self._will: Will | None = None
        self._up: _Connection | None = None
        self._said_down = ""
        self._number = self._connects = self._dropped = self._refused = self._unreported = 0
        self._random = random.Random()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {client_id}", daemon=True)
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)

    def start(self, report: Report, will: Will | None = None) -> None:
        """See `Link.start`."""
        self._report, self._will = report, will
        self._thread.start()

    def publish(self, packet: Packet) -> bool:
        """See `Link.publish`. Raises ValueError for a topic that is a filter."""
        connection = self._up
        if connection is None or len(connection.unsent) >= self._unsent_max:
            self._dropped += 1
            return False
        connection.unsent.append(None)
        sent = connection.client.publish(packet.topic, packet.payload, packet.qos, packet.retain, publish_properties(packet))
        self._wake()
        if sent.rc != paho.MQTT_ERR_SUCCESS:
            self._dropped += 1
            return False
        return True

    def ack(self, token: int) -> None:
        """See `Link.ack`."""
        connection = self._up
        if connection is not None and token >> 16 == connection.number:
            connection.client.ack(token & 0xFFFF, 1)
            self._wake()

    def stop(self) -> None:
        """See `Link.stop`. Waits for the thread at most as long as a connect and a goodbye may take. Not from within `report`."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(CONNECT_WAIT_S + GOODBYE_WAIT_S)
        self._wake_in.close()
        self._wake_out.close()

    @property
    def counts(self) -> LinkCounts:
        """See `Link.counts`."""
        return LinkCounts(self._connects, self._dropped, self._refused, self._unreported)

    def _wake(self) -> None:
        try:
            self._wake_in.send(b"\0")
        except OSError:  # full: the loop is about to wake anyway; closed: there is no loop any more
            return

    def _run(self) -> None:
        failures = ousted = 0
        while not self._stopping.is_set():
            connection = self._connection()
            if self._stopping.is_set():
                return
            steady = connection.up_s is not None and time.monotonic() - connection.up_s >= STEADY_S
            failures = 0 if steady else min(failures + 1, 16)
            ousted = ousted + 1 if connection.closed and not steady else 0
            if ousted >= OUSTED_MAX:  # Mosquitto before 2.1 closes the connection of whose name another takes, and says nothing
                connection.taken_over = True
                connection.why += f", {ousted} times in a row: does another device use the name {self._client_id}?"
            if connection.up_s is not None or connection.why != self._said_down:
                self._said_down = connection.why
                self._tell(LinkDown(connection.why))
            self._stopping.wait(pause_s(failures, connection.taken_over, self._retry_s_max, self._random))

    def _connection(self) -> _Connection:
        """One connection from beginning to end; `why` of the result says how it ended."""
        self._number += 1
        client = bare_client(self._client_id, self._manual_ack, self._unsent_max)
        connection = _Connection(client, fresh_session(), self._number)
        try:
            self._prepare(connection)
            said = connect_properties(self._session_expiry_s, self._receive_max)
            client.connect(self._host, self._port, self._keepalive_s, clean_start=False, properties=said)
            self._serve(connection)
        except OSError as fault:  # also every ssl.SSLError, and a TLS file that cannot be read
            connection.why = f"cannot reach the broker at {self._host}:{self._port}: {fault}"
        except Exception as fault:  # paho's code and the maker of the will run here; the link must outlive both
            log.exception("link %s: fault in a connection", self._client_id)
            connection.why = f"fault in the link: {type(fault).__name__}"
        finally:
            self._up = None
            if (left := client.socket()) is not None:
                left.close()
        connection.why = connection.why or "the connection ended"
        return connection

    def _prepare(self, connection: _Connection) -> None:
        client = connection.client
        client.user_data_set(connection)
        if self._tls is not None:
            client.tls_set_context(tls_context(self._tls))
        if self._will is not None:
            will = self._will(connection.session)
            client.will_set(will.topic, will.payload, will.qos, will.retain, will_properties(will, self._will_delay_s))
        client.on_connect, client.on_subscribe, client.on_disconnect = self._on_connect, self._on_subscribe, _on_disconnect
        client.on_message, client.on_publish = self._on_message, self._on_publish

    def _serve(self, connection: _Connection) -> None:
        """Turns paho's loop until the socket is gone: lost, refused, or closed by our goodbye."""
        client, leave_by_s = connection.client, time.monotonic() + CONNACK_WAIT_S
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._wake_out, selectors.EVENT_READ)
            waiting.register(cast(socket.socket, client.socket()), selectors.EVENT_READ)
            while (line := client.socket()) is not None:
                waiting.modify(line, selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0))
                turn(client, waiting, self._wake_out)
                if self._stopping.is_set() and not connection.why:
                    connection.why, leave_by_s = "stopped", time.monotonic() + GOODBYE_WAIT_S
                    client.disconnect()
                if (connection.up_s is None or self._stopping.is_set()) and time.monotonic() > leave_by_s:
                    connection.why = connection.why or "the broker took the connection and did not answer"
                    return

    def _on_connect(self, client: paho.Client, connection: Any, flags: paho.ConnectFlags, reason: ReasonCode, said: Any) -> None:
        if reason.is_failure:
            connection.why = f"the broker refused the connection: {reason}"
            return
        if self._filters:  # always anew: a broker that restarted has forgotten, whatever its session flag says
            client.subscribe([(name, SubscribeOptions(qos=1)) for name in self._filters])
        else:
            self._rise(connection)

    def _on_subscribe(self, client: paho.Client, connection: Any, mid: int, reasons: list[ReasonCode], said: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            connection.why = f"the broker refused a subscription: {refused[0]}"
            client.disconnect()
        else:
            self._rise(connection)

    def _rise(self, connection: _Connection) -> None:
        """Up only when subscribed: who hears of it may have others speak to us at once."""
        connection.up_s = time.monotonic()
        self._connects += 1
        self._said_down = ""
        self._up = connection
        self._tell(LinkUp(connection.session))
        for message in connection.early:
            self._pass_on(connection, message)

    def _on_message(self, client: paho.Client, connection: Any, message: paho.MQTTMessage) -> None:
        if connection.up_s is None:  # of the session before; told after LinkUp, so that its receiver can answer
            connection.early.append(message)
        else:
            self._pass_on(connection, message)

    def _pass_on(self, connection: _Connection, message: paho.MQTTMessage) -> None:
        taken = False
        try:
            event = arrived(message, connection.number << 16 | message.mid if self._manual_ack and message.qos else 0)
        except ValueError:  # a topic that is not UTF-8, whatever broker let it through: told to nobody, and never sent again
            self._unreported += 1
        else:
            taken = self._tell(event)
        if self._manual_ack and message.qos and not taken:
            connection.client.ack(message.mid, 1)  # unanswered it would use up the receive maximum; who said it will say it again

    def _on_publish(self, client: paho.Client, connection: Any, mid: int, reason: ReasonCode, said: Any) -> None:
        if connection.unsent:
            connection.unsent.pop()
        if reason.is_failure:
            self._refused += 1
            log.warning("link %s: the broker refused a message: %s", self._client_id, reason)

    def _tell(self, event: LinkEvent) -> bool:
        if self._stopping.is_set():
            return False
        try:
            self._report(event)
        except Exception:  # noqa: BLE001  a door: whatever the receiver's fault (a full inbox above all), this thread lives on
            self._unreported += 1
            log.warning("link %s: nobody took %s", self._client_id, type(event).__name__)
            return False
        return True


def _on_disconnect(client: paho.Client, connection: Any, flags: Any, reason: ReasonCode, said: Any) -> None:
    connection.taken_over = reason.value == TAKEN_OVER
    connection.closed = connection.up_s is not None and reason.value == UNSPECIFIED
    early = " before the broker answered (does it know this certificate and this protocol?)" if connection.up_s is None else ""
    connection.why = connection.why or f"the connection was lost{early}: {reason}"
