"""The rules of a presentation, in virtual time: arrivals, rests, swaps, cool-downs, lost readers and back-off."""

from __future__ import annotations

from random import Random

import pytest

from drivers.clock import SimulatedClock
from drivers.errors import ReaderFault, ReaderHung, ReaderLost, ReaderNotFound, TagLost, TagMalformed
from drivers.reader import Arrived, Card, ChipKind, Left, LeftReason, Read, ReaderDown, ReaderEvent, ReaderUp, ReadFailed, Sighting
from drivers.runner import Runner, RunnerState
from drivers.simulated.driver import SimulatedDriver

ANNA = Card(bytes.fromhex("04A1B2C3D4E5F6"), 0, ChipKind.NTAG215, b"\xd0\x00\x00")
BORIS = Card(bytes.fromhex("04B1B2C3D4E5F6"), 0, ChipKind.NTAG213, b"")


class Shop:
    """A runner on a simulated driver, with a clock that moves as far as each turn asks."""

    def __init__(self, driver: SimulatedDriver | None = None, want_ndef: bool = True) -> None:
        self.clock = SimulatedClock(mono_ms=1_000_000)
        self.driver = driver or SimulatedDriver()
        self.events: list[ReaderEvent] = []
        self.runner = Runner(self.driver, self.events.append, self.clock, want_ndef, Random(1))

    def run(self, for_ms: int) -> list[ReaderEvent]:
        """Let this much time pass; returns what was reported meanwhile."""
        seen, end_ms = len(self.events), self.clock.now().mono_ms + for_ms
        while self.clock.now().mono_ms < end_ms:
            wait_ms = round(self.runner.turn() * 1000)
            self.clock.pass_ms(min(max(wait_ms, 1), end_ms - self.clock.now().mono_ms))
        return self.events[seen:]

    def opened(self) -> Shop:
        """With the reader up and its first look over."""
        self.run(100)
        return self


@pytest.fixture
def shop() -> Shop:
    return Shop().opened()


def kinds(events: list[ReaderEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_reader_comes_up_once() -> None:
    """Opening is reported once, with the reader's identity."""
    shop = Shop()
    assert shop.run(60_000) == [ReaderUp("simulated", "simulated reader simulated")]
    assert shop.runner.state is RunnerState.IDLE


def test_resting_card_is_one_presentation(shop: Shop) -> None:
    """A card that lies for ten minutes arrives once, is read once and leaves once, with its true dwell."""
    shop.driver.lay(ANNA)
    events = shop.run(600_000)
    shop.driver.lift()
    events += shop.run(1_000)
    assert kinds(events) == ["Arrived", "Read", "Left"]
    arrived, read, left = events
    assert isinstance(arrived, Arrived)
    assert isinstance(read, Read)
    assert isinstance(left, Left)
    assert (arrived.uid, arrived.repeat, arrived.stale) == (ANNA.uid, False, False)
    assert read.card == ANNA
    assert left.reason is LeftReason.GONE
    assert 599_900 <= left.dwell_ms <= 600_000


def test_arrival_is_told_before_reading() -> None:
    """When a word is first said to the card, its arrival has already been reported."""
    told: list[list[str]] = []

    class Attentive(SimulatedDriver):
        def read(self, sighting: Sighting, want_ndef: bool) -> Card:
            told.append(kinds(shop.events))
            return super().read(sighting, want_ndef)

    shop = Shop(Attentive()).opened()
    shop.driver.lay(ANNA)
    shop.run(100)
    assert told == [["ReaderUp", "Arrived"]]


def test_number_only_path_says_nothing_to_the_card() -> None:
    """Without NDEF the card is read by its number alone, even when any word to it would fail."""
    shop = Shop(want_ndef=False).opened()
    shop.driver.fail(TagLost(), TagLost(), TagLost())
    shop.driver.lay(ANNA)
    events = shop.run(100)
    assert kinds(events) == ["Arrived", "Read"]
    assert isinstance(events[1], Read)
    assert events[1].card == Card(ANNA.uid, 0, ChipKind.TYPE2, None)


@pytest.mark.parametrize("seed", range(20))
def test_flapping_card_is_one_presentation(seed: int) -> None:
    """A card at the edge that half of the looks miss neither leaves nor arrives again."""
    chance = Random(seed)

    class Edge(SimulatedDriver):
        def poll(self) -> Sighting | None:
            seen = super().poll()
            return seen if chance.random() < 0.5 else None

    shop = Shop(Edge()).opened()
    shop.driver.lay(ANNA)
    assert kinds(shop.run(20_000)) == ["Arrived", "Read"]


def test_three_misses_within_less_than_300_ms_are_not_leaving(shop: Shop) -> None:
    """Misses alone do not end a presentation: 300 ms must have passed too."""
    shop.driver.lay(ANNA)
    shop.run(100)
    shop.driver.lift()
    assert shop.run(240) == []
    assert kinds(shop.run(120)) == ["Left"]


def test_300_ms_with_fewer_than_three_misses_are_not_leaving(shop: Shop) -> None:
    """Time alone does not end a presentation: a reader that was slow has simply not looked often enough."""
    shop.driver.lay(ANNA)
    shop.run(100)
    shop.driver.lift()
    before = len(shop.events)
    for _ in range(2):
        shop.clock.pass_ms(400)
        shop.runner.turn()
    assert shop.events[before:] == []
    shop.clock.pass_ms(1)
    shop.runner.turn()
    assert kinds(shop.events[before:]) == ["Left"]


def test_another_card_ends_the_first_at_once(shop: Shop) -> None:
    """A different number replaces the presentation at the very look that sees it, and gets its own."""
    shop.driver.lay(ANNA)
    shop.run(100)
    shop.driver.lay(BORIS)
    events = shop.run(60)
    assert kinds(events) == ["Left", "Arrived", "Read"]
    assert isinstance(events[0], Left)
    assert isinstance(events[1], Arrived)
    assert events[0].reason is LeftReason.REPLACED
    assert (events[1].presentation, events[1].uid, events[1].repeat) == (2, BORIS.uid, False)


def test_cooldown_is_per_card(shop: Shop) -> None:
    """Within two seconds of leaving the same card is a repeat, and the next customer is none."""
    for card in (ANNA, BORIS, ANNA):
        shop.driver.lay(card)
        shop.run(100)
        shop.driver.lift()
        shop.run(400)
    repeats = [event.repeat for event in shop.events if isinstance(event, Arrived)]
    assert repeats == [False, False, True]


@pytest.mark.parametrize(("away_ms", "repeat"), [(1_900, True), (2_500, False)])
def test_cooldown_lasts_two_seconds(shop: Shop, away_ms: int, repeat: bool) -> None:
    """Coming back counts as a repeat for two seconds from the reported leaving, no longer."""
    shop.driver.lay(ANNA)
    shop.run(100)
    shop.driver.lift()
    shop.run(400)
    left = shop.events[-1]
    assert isinstance(left, Left)
    shop.run(left.at_ms + away_ms - shop.clock.now().mono_ms)
    shop.driver.lay(ANNA)
    arrived = shop.run(50)[0]
    assert isinstance(arrived, Arrived)
    assert arrived.repeat is repeat


def test_phone_with_changing_numbers_is_one_presentation(shop: Shop) -> None:
    """A phone that draws a new random number at every look arrives once."""
    chance = Random(3)
    for _ in range(50):
        shop.driver.lay(Card(b"\x08" + chance.randbytes(3), 0x20, ChipKind.TYPE4A))
        shop.run(50)
    assert kinds(shop.events) == ["ReaderUp", "Arrived", "Read"]


def test_unplugging_while_idle(shop: Shop) -> None:
    """A lost reader is reported with its error, and a replugged one comes up by itself."""
    shop.driver.unplug()
    down = shop.run(50)
    assert kinds(down) == ["ReaderDown"]
    assert isinstance(down[0], ReaderDown)
    assert isinstance(down[0].error, ReaderLost)
    assert shop.runner.state is RunnerState.OFFLINE
    shop.driver.replug()
    assert kinds(shop.run(2_000)) == ["ReaderUp"]


def test_unplugging_while_a_card_lies_there(shop: Shop) -> None:
    """Losing the reader ends the presentation as lost, not as gone; the card found afterwards is stale and is not read."""
    shop.driver.lay(ANNA)
    shop.run(100)
    shop.driver.unplug()
    lost = shop.run(60)
    assert kinds(lost) == ["Left", "ReaderDown"]
    assert isinstance(lost[0], Left)
    assert lost[0].reason is LeftReason.READER_LOST
    shop.driver.replug()
    events = shop.run(5_000)
    assert kinds(events) == ["ReaderUp", "Arrived"]
    assert isinstance(events[1], Arrived)
    assert events[1].stale


def test_card_already_there_at_start_is_stale() -> None:
    """A card found by the very first look starts nothing, but laid anew it is fresh and no repeat."""
    shop = Shop()
    shop.driver.lay(ANNA)
    assert kinds(shop.run(1_000)) == ["ReaderUp", "Arrived"]
    shop.driver.lift()
    shop.run(500)
    shop.driver.lay(ANNA)
    events = shop.run(100)
    assert kinds(events) == ["Arrived", "Read"]
    assert isinstance(events[0], Arrived)
    assert (events[0].stale, events[0].repeat) == (False, False)


def test_card_laid_just_after_the_first_look_is_fresh() -> None:
    """Only the first look after coming up is suspicious."""
    shop = Shop()
    shop.runner.turn()
    shop.runner.turn()
    shop.driver.lay(ANNA)
    arrived = shop.run(100)[0]
    assert isinstance(arrived, Arrived)
    assert not arrived.stale


def test_backoff_grows_to_half_a_minute_with_jitter() -> None:
    """Retries follow after about 1, 2, 4, 8, 16, 30, 30 s, never later than 30, and differ between two seeds."""
    waits: dict[int, list[float]] = {}
    for seed in (1, 2):
        events: list[ReaderEvent] = []
        driver = SimulatedDriver()
        driver.unplug()
        runner = Runner(driver, events.append, SimulatedClock(), True, Random(seed))
        told = [runner.turn() for _ in range(7)]
        waits[seed] = [event.retry_in_s for event in events if isinstance(event, ReaderDown)]
        assert told == waits[seed]
        assert all(isinstance(event, ReaderDown) and isinstance(event.error, ReaderNotFound) for event in events)
        for wait_s, steady_s in zip(waits[seed], (1, 2, 4, 8, 16, 30, 30), strict=True):
            assert 0.8 * steady_s <= wait_s <= min(30.0, 1.2 * steady_s)
    assert waits[1] != waits[2]


def test_backoff_starts_over_after_a_good_look(shop: Shop) -> None:
    """A reader that has worked in between is tried again after about a second."""
    for _ in range(3):
        shop.driver.unplug()
        down = shop.run(60)[0]
        assert isinstance(down, ReaderDown)
        assert down.retry_in_s <= 1.2
        shop.driver.replug()
        shop.run(3_000)


def test_reader_that_dies_at_each_first_look_keeps_backing_off() -> None:
    """Opening alone is no success: the pauses grow for a reader that opens and then fails."""

    class Dying(SimulatedDriver):
        def probe(self) -> None:
            raise ReaderHung(self.reader_id, "hint")

    events: list[ReaderEvent] = []
    runner = Runner(Dying(), events.append, SimulatedClock(), True, Random(1))
    for _ in range(10):
        runner.turn()
    waits = [event.retry_in_s for event in events if isinstance(event, ReaderDown)]
    assert len(waits) == 5
    assert waits == sorted(waits)
    assert waits[-1] > 10


def test_idle_reader_is_probed_every_half_minute() -> None:
    """The reader itself is asked for a sign of life after every 30 s of idleness."""
    probed_ms: list[int] = []

    class Probed(SimulatedDriver):
        def poll(self) -> None:
            return None

        def probe(self) -> None:
            probed_ms.append(shop.clock.now().mono_ms - start_ms)

    shop = Shop(Probed())
    start_ms = shop.clock.now().mono_ms
    shop.run(95_000)
    assert [round(at_ms, -3) for at_ms in probed_ms] == [30_000, 60_000, 90_000]


def test_failed_probe_is_a_lost_reader() -> None:
    """A reader that senses nobody for ever because it has fallen asleep is found out by the probe."""

    class Asleep(SimulatedDriver):
        def poll(self) -> None:
            return None

        def probe(self) -> None:
            raise ReaderHung(self.reader_id, "hint")

    shop = Shop(Asleep())
    assert kinds(shop.run(29_900)) == ["ReaderUp"]
    assert kinds(shop.run(200)) == ["ReaderDown"]


def test_retryable_failure_is_tried_again_while_the_card_stays(shop: Shop) -> None:
    """A card moved too early is read at a following look of the same presentation."""
    shop.driver.fail(TagLost(), TagLost())
    shop.driver.lay(ANNA)
    events = shop.run(1_000)
    assert kinds(events) == ["Arrived", "ReadFailed", "ReadFailed", "Read"]
    assert {event.presentation for event in events if isinstance(event, ReadFailed | Read)} == {1}


def test_three_tries_are_enough(shop: Shop) -> None:
    """A card that never reads is given up after three tries."""
    shop.driver.fail(*(TagLost() for _ in range(10)))
    shop.driver.lay(ANNA)
    assert kinds(shop.run(5_000)) == ["Arrived", "ReadFailed", "ReadFailed", "ReadFailed"]


def test_hopeless_card_is_tried_once(shop: Shop) -> None:
    """A failure that cannot be cured by holding still is not repeated."""
    shop.driver.fail(TagMalformed(), TagMalformed())
    shop.driver.lay(ANNA)
    assert kinds(shop.run(5_000)) == ["Arrived", "ReadFailed"]


def test_reader_lost_while_reading(shop: Shop) -> None:
    """A cable pulled in the middle of a reading ends the presentation as lost."""
    shop.driver.fail(ReaderLost("simulated", "hint"))
    shop.driver.lay(ANNA)
    assert kinds(shop.run(20)) == ["Arrived", "Left", "ReaderDown"]


def test_fault_is_a_lost_reader(shop: Shop) -> None:
    """Whatever escaped a turn ends the presentation and leads to a new opening, told as a fault without the cause's text."""
    shop.driver.lay(ANNA)
    shop.run(20)
    before = len(shop.events)
    wait_s = shop.runner.fault(ValueError("04A1B2C3D4E5F6"))
    left, down = shop.events[before:]
    assert isinstance(left, Left)
    assert isinstance(down, ReaderDown)
    assert isinstance(down.error, ReaderFault)
    assert down.retry_in_s == wait_s
    assert "04A1" not in str(down.error)


def test_two_customers_half_a_second_apart_are_both_served(shop: Shop) -> None:
    """A queue moves: each of ten cards laid 500 ms apart gets its own presentation and reading."""
    for index in range(10):
        shop.driver.lay(Card(bytes((4, index, 3, 4, 5, 6, 7)), 0, ChipKind.NTAG213, b""))
        shop.run(500)
    reads = [event.card.uid[1] for event in shop.events if isinstance(event, Read)]
    assert reads == list(range(10))


def test_values_hide_numbers_from_logs(shop: Shop) -> None:
    """Printing an event does not print a card's number or content."""
    shop.driver.lay(ANNA)
    printed = repr(shop.run(50))
    assert "Arrived" in printed
    assert "Card" in printed
    assert "\\xa1\\xb2" not in printed
    assert "\\xd0" not in printed


def test_a_card_laid_at_the_word_that_the_reader_is_up_is_fresh() -> None:
    """Whoever hears that the reader is up may lay a card that very moment: the look that would call it stale is over."""
    driver, clock = SimulatedDriver(), SimulatedClock(mono_ms=1_000_000)
    events: list[ReaderEvent] = []

    def hear(event: ReaderEvent) -> None:
        events.append(event)
        if isinstance(event, ReaderUp):
            driver.lay(ANNA)

    runner = Runner(driver, hear, clock, want_ndef=True, chance=Random(1))
    while len(events) < 3:
        clock.pass_ms(max(round(runner.turn() * 1000), 1))
    assert kinds(events) == ["ReaderUp", "Arrived", "Read"]
    assert isinstance(events[1], Arrived)
    assert not events[1].stale
