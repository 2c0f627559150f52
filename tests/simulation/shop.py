"""A whole shop in virtual time: kiosks, broker and hub, one step after the other in one thread, from one seed.

A step is: scheduled things happen, the broker delivers, the hub takes, the kiosks have a round. What is scheduled is `plan`'s,
what must hold at the end is `proofs`'.
"""

from __future__ import annotations

import heapq
import logging
import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.records import StreamId
from loyalty.facts import ClockQuality, FactId
from mqtt.memory import Faults, MemoryBroker
from mqtt.messages import Claim
from tests.simulation.disk import facts_on_disk
from tests.simulation.faults import Kind, network
from tests.simulation.hub_unit import HubUnit
from tests.simulation.kiosk_unit import KioskUnit
from tests.simulation.product import Product
from tests.simulation.rules import LATE, OWNER, fact_of, points_at_most, spent
from tests.simulation.trouble import Broken, Proof, Trace

MORNING_MS = 1_795_330_800_000  # 2026-11-22, 07:00 UTC; a day begins within the 24 hours after it, so some see midnight
PACE_MS = 10  # after something happened the next look comes soon, then three times as late each time, ...
PACE_MS_MAX = 2_500  # ... until longer than any delay of the broker: then only what is scheduled or due counts
OUTBOX_WAIT_MS = 900_000  # sending again waits at most 300 s + 20 %, asking for a handshake 60 s; twice over, and room
NIGHT_WAIT_MS = 300_000  # after a restart of a healthy broker: a handshake asked for every 60 s
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MAKE_SHORT_MS = (1_000, 40_000)  # how long something that failed stays away

Then = Callable[[], object]


@contextmanager
def quiet_logs() -> Iterator[None]:
    """The product's log lines are no news in a simulation full of faults; the trace has them."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


class Shop:
    """One shop. `faults` says which kinds of trouble it may meet, `product` what it is built from."""

    def __init__(self, seed: int, faults: Collection[Kind], product: Product, folder: Path, trace: Trace) -> None:
        self.random = random.Random(seed)
        self.faults, self.product, self.folder, self.trace = frozenset(faults), product, folder, trace
        self.began_ms = MORNING_MS + self.random.randrange(DAY_MS)
        self.now_ms = self.began_ms
        self.broker = MemoryBroker(self.random, network(self.faults, self.random))
        self.restored = False  # whether the hub was ever put back to a backup
        self.healing = False
        self.spoken = False  # whether in this step facts were sent, or something of them will be answered: the broker holds it now
        self.broker_doomed = False  # the broker dies as soon as that is so
        self.destroyed: set[FactId] = set()  # facts whose last copy is gone by our own hand
        self.hub = HubUnit(self)
        self.kiosks = [KioskUnit(f"kiosk-{n}", folder, self) for n in range(1, self.random.choice((1, 2, 2, 3)) + 1)]
        self._due: list[tuple[int, int, Then]] = []
        self._scheduled = 0
        self._pace_ms = PACE_MS
        self.hub.on()
        for kiosk in self.kiosks:
            kiosk.on()

    def close(self) -> None:
        """Let go of the files."""
        for kiosk in self.kiosks:
            kiosk.die("the simulation ends")

    # --- time ---

    def at(self, at_ms: int, then: Then) -> None:
        """Let `then` happen at `at_ms`."""
        self._scheduled += 1
        heapq.heappush(self._due, (at_ms, self._scheduled, then))

    def after(self, wait_ms: int, then: Then) -> None:
        """Let `then` happen `wait_ms` from now."""
        self.at(self.now_ms + wait_ms, then)

    def run(self, until_ms: int, rest: Callable[[], bool] = lambda: False) -> bool:
        """Let the shop work until `until_ms`, or until nothing moves any more and `rest` holds; says whether it was the latter."""
        self._pace_ms = PACE_MS
        while self.now_ms < until_ms:
            if self._pace_ms > PACE_MS_MAX and not self._due and rest():
                return True
            self._step(min(self._next_ms(), until_ms))
        return False

    def _next_ms(self) -> int:
        moments = [kiosk.wake_ms for kiosk in self.kiosks]
        if self._due:
            moments.append(self._due[0][0])
        if self._pace_ms <= PACE_MS_MAX:
            moments.append(self.now_ms + self._pace_ms)
        return max(self.now_ms + 1, min(moments))

    def _step(self, at_ms: int) -> None:
        self._pace_ms = min(self._pace_ms * 3, PACE_MS_MAX * 3)
        for kiosk in self.kiosks:
            kiosk.pass_ms(at_ms - self.now_ms)
        self.now_ms = at_ms
        while self._due and self._due[0][0] <= at_ms:
            heapq.heappop(self._due)[2]()
            self._pace_ms = PACE_MS
        if self.broker.deliver(at_ms):
            self._pace_ms = PACE_MS
        self.spoken = False
        self.hub.turn()
        for kiosk in self.kiosks:
            kiosk.turn()
        if self.spoken:
            self._pace_ms = PACE_MS
            if self.broker_doomed:
                self.kill_broker()

    # --- what the units ask of the shop around them ---

    def note(self, who: str, what: str, more: object = "") -> None:
        """One line of the trace."""
        self.trace.note(self.now_ms - self.began_ms, who, what, more)

    def power_failed(self, unit: KioskUnit) -> None:
        """The power of a kiosk failed; it comes back after a while, unless somebody keeps it off."""
        self.after(self.random.randint(*MAKE_SHORT_MS), lambda: self.power_back(unit))

    def power_back(self, unit: KioskUnit) -> None:
        """The power of a kiosk is there again."""
        if unit.loop is None and (self.healing or not unit.stays_off):
            unit.on()

    def hub_failed(self) -> None:
        """The hub's process died; systemd starts it again."""
        self.after(self.random.randint(*MAKE_SHORT_MS), self.hub_back)

    def hub_back(self) -> None:
        """The hub is started, if it does not run."""
        if self.hub.ingest is None:
            self.hub.on()

    def kill_broker(self) -> None:
        """The broker dies, forgets all, and is back after a while."""
        self.note("fault", "broker dies and forgets all")
        self.broker_doomed = False
        self.broker.crash(self.random.randint(*MAKE_SHORT_MS))

    def boot_clock(self, unit: KioskUnit) -> tuple[int, ClockQuality]:
        """Wall time and its quality of a kiosk that boots now. A wrong one is corrected later; often the network is missing too."""
        if Kind.CLOCK not in self.faults or self.healing or self.random.random() < 0.4:
            return self.now_ms, ClockQuality.NTP
        wrong_ms = self.random.choice((-400 * DAY_MS, -DAY_MS, -3 * HOUR_MS, 2 * HOUR_MS, DAY_MS, 30 * DAY_MS))
        run = unit.run
        self.after(self.random.randrange(5_000, 15 * 60_000), lambda: self._correct(unit, run))
        if self.random.random() < 0.5:
            self.broker.cut(unit.name)
            self.after(self.random.randint(*MAKE_SHORT_MS) * 5, lambda: self.broker.mend(unit.name))
        return self.now_ms + wrong_ms, ClockQuality.UNSYNCED

    def _correct(self, unit: KioskUnit, run: int) -> None:
        if unit.run == run and unit.loop is not None:
            unit.set_right()
            self.note(unit.name, "has the right time")

    def claimed(self, unit: KioskUnit, claim: Claim) -> None:
        """A kiosk hears a claim: the run of the hub that made it must hold what it says."""
        holds = self.hub.has_committed(claim.hub, StreamId(unit.name, claim.epoch))
        if claim.upto > holds:
            raise Broken(Proof.CLAIMED, f"{claim.hub} claims {claim.upto} of {unit.name} {claim.epoch} and holds {holds}")

    def justified(self, unit: KioskUnit, card: str) -> int:
        """The most points that can be shown there: all that is earned by any fact the hub ever held or this kiosk has on disk, less what
        was spent here with the member's cards. What was spent elsewhere it need not know yet.
        """
        rows = facts_on_disk(unit.path)
        own = [fact for fact in (fact_of(row, unit.name) for row in rows) if fact.card in OWNER[card].cards]
        return points_at_most([*self.hub.ever_held(OWNER[card]), *own]) - spent(own)

    # --- the end of the day ---

    def heal(self) -> None:
        """All faults end: cables in, power on, clocks right, the hub up with its roster."""
        self.note("shop", "heals")
        self.healing = True
        self._due.clear()
        self.broker.faults = Faults()
        self.hub.crash_at, self.broker_doomed = None, False
        self.hub_back()
        self.hub.enrol([*self.hub.roster, LATE])
        self.broker.mend("hub")
        for kiosk in self.kiosks:
            kiosk.cut_at, kiosk.refusals = None, 0
            self.broker.mend(kiosk.name)
            if kiosk.loop is None:
                kiosk.on()
            kiosk.set_right()

    def come_to_rest(self) -> None:
        """Without any help, every kiosk gets rid of its facts and its customers. Then a night: each connection ends once.

        Facts must need no reconnect: they are sent again until they are claimed. What the hub says of members is a cache that
        each handshake renews, so it is compared after one.
        """
        if not self.run(self.now_ms + OUTBOX_WAIT_MS, lambda: all(kiosk.at_rest for kiosk in self.kiosks)):
            tired = [kiosk.name for kiosk in self.kiosks if not kiosk.at_rest]
            raise Broken(Proof.QUIET, f"{tired} still busy {OUTBOX_WAIT_MS // 1000} s after all faults ended")
        self.note("shop", "night")
        self.broker.crash(away_ms=1_000)
        if not self.run(self.now_ms + NIGHT_WAIT_MS, self._in_sync):
            raise Broken(Proof.QUIET, f"not all in sync with {self.hub.id} {NIGHT_WAIT_MS // 1000} s after the night")

    def _in_sync(self) -> bool:
        return all(kiosk.at_rest and kiosk.loop is not None and kiosk.loop.state.box.hub == self.hub.id for kiosk in self.kiosks)
