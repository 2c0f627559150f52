"""The hub of a simulated shop: the real ear, receiver and store in memory, with crashes around its commits and old backups.

When something happens to it is the plan's business.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Protocol

from hub.commanding import issue, packet_of
from hub.desired import put
from hub.fleet_records import SettingsChange
from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore, Tables
from hub.receiver import Receiver
from hub.records import MemberRecord, NoteText, Order, StreamId
from loyalty.document import write
from loyalty.facts import Body, Fact, FactId
from mqtt import topics
from mqtt.memory import MemoryBroker, MemoryLink
from mqtt.wire import encode
from tests.simulation.product import Product
from tests.simulation.rules import BOOK, MEMBERS, is_about

SHARD = "s0"


class HubCrash(BaseException):
    """The hub's process dies here. Not an `Exception`, so that no door can catch it."""


class World(Protocol):
    """What the hub of the simulation needs of the shop around it."""

    now_ms: int
    random: random.Random
    product: Product
    broker: MemoryBroker
    spoken: bool

    def note(self, who: str, what: str, more: object = "") -> None: ...
    def hub_failed(self) -> None: ...
    def after(self, wait_ms: int, then: Callable[[], object]) -> None: ...


class HubUnit:
    """The hub and its database. `ingest` is None while it is down."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store: MemoryHubStore = world.product.hub_store(lambda: self._commit("before"), lambda: self._commit("after"))
        self.ingest: Ingest | None = None
        self.link: MemoryLink
        self.receiver: Receiver
        self.run = 0
        self.crash_at: str | None = None
        self.commanded: dict[str, str] = {}  # the kiosk of each command that was given
        self.roster: list[MemberRecord] = list(MEMBERS)
        self.committed: dict[str, dict[StreamId, int]] = {}  # what each run that ended held when it ended
        self.once: dict[tuple[FactId, int], Fact] = {}  # what was held before a backup was restored, by identity and moment

    @property
    def id(self) -> str:
        """Of this run."""
        return f"hub-{self.run}"

    def on(self) -> None:
        """A new run of the hub on what it has committed."""
        world, product = self.world, self.world.product
        self.run += 1
        self.receiver = product.receiver(self.id, self.store, BOOK)
        self.link = world.broker.link("hub", topics.hub_filters(SHARD), session_expiry_s=300, manual_ack=True)
        self.ingest = product.ingest(self.receiver, self.link, SHARD, now_ms=lambda: world.now_ms, mono_s=lambda: world.now_ms / 1000)
        self.ingest.start()
        world.note("hub", "on", self.id)
        self.enrol(self.roster)

    def die(self, why: str) -> None:
        """The process is gone; what it committed remains."""
        if self.ingest is not None:
            self.world.note("hub", "dies", why)
            self.committed[self.id] = {stream: upto for stream, (upto, _) in self.store.held.cursors.items()}
            self.ingest = None
            self.link.vanish()

    def turn(self) -> None:
        """Take what arrived; it may end in a crash."""
        if self.ingest is not None:
            try:
                self.ingest.turn()
            except HubCrash as crash:
                self._crashed(crash)

    def enrol(self, members: list[MemberRecord]) -> None:
        """The till adds these members where the hub does not know them; the hub may crash over it."""
        missing = [member for member in members if any(self.store.held.owner.get(card) != member.id for card in member.cards)]
        if self.ingest is None or not missing:
            return
        try:
            told = self.receiver.enrol(missing, self.world.now_ms)
        except HubCrash as crash:
            self._crashed(crash)
            return
        self.world.note("hub", "enrols", [member.id for member in missing])
        for kiosk, said in told:
            self.link.publish(encode(said, SHARD, kiosk))

    def restore(self, backup: Tables) -> list[Fact]:
        """Put the database back to a backup, while the hub is down. Returns the facts it no longer holds."""
        before = [kept.fact for kept in self.store.held.facts.values()]
        self.once |= {(fact.id, fact.when_ms): fact for fact in before}
        self.store.restore(backup)
        still = {kept.fact.id for kept in self.store.held.facts.values()}
        return [fact for fact in before if fact.id not in still]

    def ever_held(self, member: MemberRecord) -> list[Fact]:
        """Facts about a member that it holds, and those it held before it was put back to a backup."""
        now = [kept.fact for kept in self.store.held.facts.values()]
        return [fact for fact in (*self.once.values(), *now) if is_about(fact, member)]

    def order(self, body: Body, note: NoteText | None = None) -> None:
        """The till or the console asks for something to be written down, a process of its own beside the hub's ear."""
        if self.ingest is None:
            return
        try:
            with self.store.transaction() as tx:
                if note is not None:
                    tx.save_note(note)
                tx.put_order(Order(body.kind, write(body), self.world.now_ms))
        except HubCrash as crash:
            self._crashed(crash)
        else:
            self.world.note("desk", "asks", body.kind)

    def push(self, scope: str, greeting_s: int) -> None:
        """An operator sets something at all kiosks, or at one the hub knows, by a process beside the hub's ear."""
        if self.ingest is None or scope not in ("", *self.store.held.kiosks):
            return
        try:
            with self.store.transaction() as tx:
                put(tx, SettingsChange(scope, {"privacy.greeting_s": greeting_s}, (), "operator", self.world.now_ms))
        except HubCrash as crash:
            self._crashed(crash)
        else:
            self.world.note("desk", "pushes", f"greeting_s={greeting_s} to {scope or 'all'}")

    def command(self, kiosk: str, again_ms: Iterable[int]) -> None:
        """Somebody has a kiosk restarted, by a process beside the hub's ear; the message comes again after so long, as from a broker that
        repeats what it once had.
        """
        if self.ingest is None or kiosk not in self.store.held.kiosks:
            return
        try:
            with self.store.transaction() as tx:
                asked = issue(tx, kiosk, "restart", {"grace_s": 20}, "operator", self.world.now_ms)
        except HubCrash as crash:
            self._crashed(crash)
            return
        self.world.note("desk", "commands", f"a restart of {kiosk}")
        self.commanded[asked.id] = kiosk
        for wait_ms in again_ms:
            self.world.after(wait_ms, lambda: self.link.publish(packet_of(asked, SHARD, self.world.now_ms)))

    def has_committed(self, hub: str, stream: StreamId) -> int:
        """Up to which number the run `hub` holds (or held when it ended) a stream."""
        if hub == self.id and self.ingest is not None:
            return self.store.held.cursors.get(stream, (0, 0))[0]
        return self.committed.get(hub, {}).get(stream, 0)

    def _commit(self, when: str) -> None:
        if self.crash_at == when:
            self.crash_at = None
            raise HubCrash(when)
        self.world.spoken |= when == "after"

    def _crashed(self, crash: HubCrash) -> None:
        self.die(f"crash {crash} its commit")
        self.world.hub_failed()
