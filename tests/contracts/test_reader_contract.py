"""What every reader driver keeps, asked of the real one over the simulated field and of the one in pure memory alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from drivers.clock import SimulatedClock
from drivers.errors import ReaderLost, ReaderNotFound, TagLost
from drivers.nfc_reader import NfcReader
from drivers.reader import Card, ChipKind, Driver, ReaderEvent, Sighting
from drivers.runner import Runner
from drivers.simulated.chip import Chip, classic
from drivers.simulated.driver import SimulatedDriver
from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, ntag
from drivers.simulated.type4 import type4

NTAG = Card(bytes.fromhex("04A1B2C3D4E5F6"), 0x00, ChipKind.NTAG215, b"\xd1\x01\x04T\x02enA")
EMPTY = Card(bytes.fromhex("04010203040506"), 0x00, ChipKind.NTAG213, b"")
TYPE4 = Card(bytes.fromhex("04112233445566"), 0x20, ChipKind.TYPE4A, None)
CLASSIC = Card(bytes.fromhex("DEADBEEF"), 0x08, ChipKind.CLASSIC, None)


class Bench(Protocol):
    """A driver and the hands of the shop."""

    driver: Driver

    def lay(self, card: Card) -> None: ...
    def lift(self) -> None: ...
    def unplug(self) -> None: ...
    def replug(self) -> None: ...
    def end(self) -> None: ...


class FieldBench:
    """nfcpy's own code, a UDP socket and chips with memory."""

    def __init__(self) -> None:
        self.field = Field()
        self.driver: Driver = NfcReader(self.field.path)
        self.unplug, self.replug, self.lift = self.field.unplug, self.field.replug, self.field.lift

    def lay(self, card: Card) -> None:
        self.field.lay(chip_like(card))

    def end(self) -> None:
        self.driver.close()
        self.field.close()


class MemoryBench:
    """No socket at all."""

    def __init__(self) -> None:
        simulated = SimulatedDriver()
        self.driver: Driver = simulated
        self.lay, self.lift, self.unplug, self.replug = simulated.lay, simulated.lift, simulated.unplug, simulated.replug

    def end(self) -> None:
        self.driver.close()


def chip_like(card: Card) -> Chip:
    match card.chip:
        case ChipKind.TYPE4A:
            return type4(card.uid)
        case ChipKind.CLASSIC:
            return classic(card.uid)
        case _:
            return ntag(NtagModel[card.chip], card.uid, card.ndef or b"")


@pytest.fixture(params=[FieldBench, MemoryBench])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    make: Callable[[], Bench] = request.param
    made = make()
    yield made
    made.end()


class TestReaderContract:
    """Runs once for each driver."""

    def test_closed_reader_is_lost(self, bench: Bench) -> None:
        """Before opening and after closing, every use says that the reader is lost."""
        with pytest.raises(ReaderLost):
            bench.driver.poll()
        bench.driver.open()
        bench.driver.close()
        with pytest.raises(ReaderLost):
            bench.driver.poll()
        with pytest.raises(ReaderLost):
            bench.driver.probe()

    def test_close_is_always_allowed(self, bench: Bench) -> None:
        """Closing never raises: unopened, twice, or with the cable out."""
        bench.driver.close()
        bench.driver.open()
        bench.unplug()
        bench.driver.close()
        bench.driver.close()

    def test_reopening(self, bench: Bench) -> None:
        """A reader may be opened again and again, and keeps its identity."""
        identity = bench.driver.reader_id
        for _ in range(3):
            bench.driver.open()
            assert bench.driver.poll() is None
            bench.driver.close()
        assert bench.driver.reader_id == identity
        assert bench.driver.name

    def test_empty_field_is_none(self, bench: Bench) -> None:
        """Nobody there is no error."""
        bench.driver.open()
        assert [bench.driver.poll() for _ in range(3)] == [None] * 3

    @pytest.mark.parametrize("card", [NTAG, EMPTY, TYPE4, CLASSIC])
    def test_card_is_seen_and_read(self, bench: Bench, card: Card) -> None:
        """A card is sighted with its number and SELECT answer, and a full reading gives all that it holds."""
        bench.driver.open()
        bench.lay(card)
        sighting = bench.driver.poll()
        assert sighting == Sighting(card.uid, card.sak)
        assert bench.driver.read(sighting, want_ndef=True) == card

    @pytest.mark.parametrize(("card", "family"), [(NTAG, ChipKind.TYPE2), (TYPE4, ChipKind.TYPE4A), (CLASSIC, ChipKind.CLASSIC)])
    def test_number_alone(self, bench: Bench, card: Card, family: ChipKind) -> None:
        """Without NDEF only the family is known, and the card need not even be there any more."""
        bench.driver.open()
        bench.lay(card)
        sighting = bench.driver.poll()
        assert sighting is not None
        bench.lift()
        assert bench.driver.read(sighting, want_ndef=False) == Card(card.uid, card.sak, family, None)

    def test_resting_card_is_seen_each_time(self, bench: Bench) -> None:
        """Polling does not use a card up, whether it was read in between or not."""
        bench.driver.open()
        bench.lay(NTAG)
        for _ in range(5):
            sighting = bench.driver.poll()
            assert sighting is not None
            bench.driver.read(sighting, want_ndef=True)
        assert bench.driver.poll() == sighting

    def test_card_lifted_before_reading_is_lost(self, bench: Bench) -> None:
        """A card that is gone when its reading begins is a lost tag, and the reader goes on."""
        bench.driver.open()
        bench.lay(NTAG)
        sighting = bench.driver.poll()
        assert sighting is not None
        bench.lift()
        with pytest.raises(TagLost) as caught:
            bench.driver.read(sighting, want_ndef=True)
        assert caught.value.retryable
        assert bench.driver.poll() is None

    def test_cable(self, bench: Bench) -> None:
        """Unplugged while open is lost; opening while unplugged is not found; replugged and reopened, all is well."""
        bench.driver.open()
        bench.unplug()
        with pytest.raises(ReaderLost) as lost:
            bench.driver.poll()
        assert lost.value.reader_id == bench.driver.reader_id
        assert lost.value.hint
        bench.driver.close()
        with pytest.raises(ReaderNotFound):
            bench.driver.open()
        bench.replug()
        bench.driver.open()
        bench.driver.probe()
        bench.lay(NTAG)
        assert bench.driver.poll() == Sighting(NTAG.uid, NTAG.sak)

    def test_runner_tells_the_same_story(self, bench: Bench) -> None:
        """Under the runner, a card, a swap, a pulled cable and its return are the same events with either driver."""
        clock, events = SimulatedClock(), list[ReaderEvent]()
        runner = Runner(bench.driver, events.append, clock, want_ndef=True)

        def turns(count: int) -> None:
            for _ in range(count):
                runner.turn()
                clock.pass_ms(50)

        turns(2)
        for hands in (lambda: bench.lay(NTAG), lambda: bench.lay(CLASSIC), bench.lift, bench.unplug):
            hands()
            turns(8)
            if hands is bench.unplug:
                bench.replug()
                turns(2)
        told = " ".join(type(event).__name__ for event in events)
        assert told.startswith("ReaderUp Arrived Read Left Arrived Read Left ReaderDown")
        assert told.endswith("ReaderUp")
