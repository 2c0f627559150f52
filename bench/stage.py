"""The demonstration's stage with a well-filled kiosk, for benchmarks that want the whole product running."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cards.identity import CardReference, identify
from drivers.simulated.chip import Chip
from drivers.simulated.ntag import NtagModel, ntag
from drivers.simulated.timing import Timing
from kiosk.demo.stage import Stage
from kiosk.store import Store
from loyalty.account import Account
from loyalty.account.portable import portable
from loyalty.calendar import NEVER
from loyalty.counter.person import Person
from loyalty.counter.standing import MemberView

MEMBERS = 10_000
NOW_MS = 1_790_000_000_000  # a moment in September 2026


class CardDeck:
    """Cards of known members, each laid once: 7-byte numbers of NXP's form."""

    def __init__(self, chance: random.Random, count: int = MEMBERS) -> None:
        self.uids = [b"\x04" + hashlib.sha256(b"%d" % n).digest()[:6] for n in range(count)]
        order = self.uids[:]
        chance.shuffle(order)
        self._order = itertools.cycle(order)

    def next_chip(self) -> Chip:
        """The next member's NTAG213."""
        return ntag(NtagModel.NTAG213, next(self._order))


def fill(folder: Path, deck: CardDeck, pepper: bytes) -> None:
    """A kiosk's store that knows every card of the deck."""
    path = folder / "kiosk" / "kiosk.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    store = Store(path, "demo", "a" * 12, "boot")
    views = []
    for number, uid in enumerate(deck.uids):
        card = identify(uid, pepper)
        assert isinstance(card, CardReference)
        account = Account(f"m{number}")
        account.ledger.credit(100 + number, NOW_MS, NEVER)
        views.append((card.text, MemberView(f"m{number}", 1, NOW_MS, Person("en", f"Grace {number}"), portable(account))))
    store.keep(views)
    store.close()


class FilledStage(Stage):
    """A stage whose kiosk knows the deck before it starts."""

    def __init__(self, folder: Path, deck: CardDeck, timing: Timing, display: str = "window") -> None:
        super().__init__(folder, display, lambda text: None, read="uid", timing=timing)
        self._deck = deck

    @property
    def _kiosk_broker_port(self) -> int:
        """No cable: a forwarder in the benchmark's own process would be measured too."""
        return self.broker.port

    def start_kiosk(self) -> None:
        """Fill the store once, then start."""
        if not (self.folder / "kiosk" / "kiosk.db").exists():
            fill(self.folder, self._deck, (self.folder / "pepper").read_bytes())
        super().start_kiosk()


@contextmanager
def filled_stage(folder: Path, deck: CardDeck, timing: Timing, display: str = "window") -> Iterator[FilledStage]:
    """A running stage whose kiosk is in sync with its hub."""
    with FilledStage(folder, deck, timing, display) as stage:
        while stage.events.get(timeout=30).get("event") != "hub.synced":
            pass
        yield stage
