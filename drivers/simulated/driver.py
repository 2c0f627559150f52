"""A reader in pure memory, for simulating whole shops in virtual time: no socket, no thread, no waiting.

It follows the same contract as the real driver (tests/contracts/test_reader_contract.py). Radio detail belongs to the simulated field;
here a card is simply a value that lies there or does not.
"""

from __future__ import annotations

from collections import deque

from drivers.errors import ReaderError, ReaderLost, ReaderNotFound, TagError, TagLost
from drivers.reader import Card, Sighting, chip_by_sak

HINT = "Replug the simulated reader."
# A script that plans more failures than this for one card has gone astray.
PLANNED_FAILURES_MAX = 100


class SimulatedDriver:
    """Satisfies `drivers.reader.Driver`. `lay`, `lift`, `unplug`, `replug` are the shop's hands; `fail` plans trouble."""

    def __init__(self, reader_id: str = "simulated") -> None:
        self._reader_id = reader_id
        self._card: Card | None = None
        self._plugged = True
        self._open = False
        self._planned: deque[TagError | ReaderError] = deque(maxlen=PLANNED_FAILURES_MAX)

    @property
    def reader_id(self) -> str:
        """As given."""
        return self._reader_id

    @property
    def name(self) -> str:
        """For people."""
        return f"simulated reader {self._reader_id}"

    def lay(self, card: Card) -> None:
        """Put a card there instead of what lies there; its `chip` and `ndef` are what a full reading will find."""
        self._card = card

    def lift(self) -> None:
        """Take it away."""
        self._card = None

    def unplug(self) -> None:
        """Pull the cable; what was open breaks at the next use."""
        self._plugged = False
        self._open = False

    def replug(self) -> None:
        """Put it back; the driver must be opened again."""
        self._plugged = True

    def fail(self, *errors: TagError | ReaderError) -> None:
        """Plan the outcomes of the next readings: each raises one of these, in order."""
        self._planned.extend(errors)

    def open(self) -> None:
        """Raises ReaderNotFound while unplugged."""
        if not self._plugged:
            raise ReaderNotFound(self._reader_id, HINT, "unplugged")
        self._open = True

    def poll(self) -> Sighting | None:
        """Who lies there. Raises ReaderLost when not open."""
        self.probe()
        return None if self._card is None else Sighting(self._card.uid, self._card.sak)

    def read(self, sighting: Sighting, want_ndef: bool) -> Card:
        """The card, or its family alone without `want_ndef`. Raises what was planned, TagLost when it lies there no more, ReaderLost."""
        chip = chip_by_sak(sighting.sak)
        assert sighting.sak is not None  # noqa: S101 - chip_by_sak refuses None
        if not want_ndef:
            return Card(sighting.uid, sighting.sak, chip)
        self.probe()
        if self._planned:
            raise self._planned.popleft()
        if self._card is None or self._card.uid != sighting.uid:
            raise TagLost("not there any more")
        return self._card

    def probe(self) -> None:
        """Raises ReaderLost when not open."""
        if not self._open:
            raise ReaderLost(self._reader_id, HINT, "not open")

    def close(self) -> None:
        """Never raises."""
        self._open = False
