"""The reader's thread: it stops within bounds, beats, and outlives whatever escapes a turn."""

from __future__ import annotations

import queue
import threading
from random import Random

import pytest

from drivers.clock import SystemClock
from drivers.errors import ReaderFault
from drivers.nfc_reader import NfcReader
from drivers.reader import Arrived, Left, Read, ReaderDown, ReaderEvent, ReaderUp, Sighting
from drivers.reader_thread import ReaderThread
from drivers.runner import Runner
from drivers.simulated.driver import SimulatedDriver
from drivers.simulated.field import Field
from drivers.simulated.ntag import NtagModel, ntag

WITHIN_S = 10.0  # far beyond anything honest; a test that waits so long has failed


def test_real_thread_reads_a_card_from_the_field() -> None:
    """From a card laid into the field to its leaving, through nfcpy, the runner and the thread."""
    told: queue.Queue[ReaderEvent] = queue.Queue()
    with Field(log_frames=True) as field:
        thread = ReaderThread(Runner(NfcReader(field.path), told.put, SystemClock(), want_ndef=True))
        thread.start()
        assert isinstance(told.get(timeout=WITHIN_S), ReaderUp)
        while not field.log():  # until the first look is over: what it finds would be stale
            assert thread.thread.is_alive()
        field.lay(ntag(NtagModel.NTAG215, bytes.fromhex("04A1B2C3D4E5F6"), b"hello"))
        assert isinstance(told.get(timeout=WITHIN_S), Arrived)
        read = told.get(timeout=WITHIN_S)
        assert isinstance(read, Read)
        assert read.card.ndef == b"hello"
        field.lift()
        assert isinstance(told.get(timeout=WITHIN_S), Left)
        assert thread.stop()


def test_whatever_escapes_is_a_fault_and_the_thread_lives(caplog: pytest.LogCaptureFixture) -> None:
    """A driver that breaks in an unforeseen way becomes a reported fault, and the next opening works."""
    told: queue.Queue[ReaderEvent] = queue.Queue()

    class Breaking(SimulatedDriver):
        broken = True

        def poll(self) -> Sighting | None:
            if self.broken:
                self.broken = False
                raise ZeroDivisionError
            return super().poll()

    thread = ReaderThread(Runner(Breaking(), told.put, SystemClock(), want_ndef=False, chance=Random(1)))
    thread.start()
    down = told.get(timeout=WITHIN_S)
    assert isinstance(down, ReaderDown)
    assert isinstance(down.error, ReaderFault)
    assert isinstance(told.get(timeout=WITHIN_S), ReaderUp)
    assert thread.stop()
    assert "ZeroDivisionError" in caplog.text


def test_receiver_that_fails_does_not_kill_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    """When even the fault cannot be reported, the thread logs it, waits and stays."""
    failed = threading.Event()

    def refuse(event: ReaderEvent) -> None:
        failed.set()
        raise RuntimeError("inbox closed")

    thread = ReaderThread(Runner(SimulatedDriver(), refuse, SystemClock(), want_ndef=False))
    thread.start()
    assert failed.wait(WITHIN_S)
    assert thread.thread.is_alive()
    assert thread.stop()
    assert "could not be reported" in caplog.text


def test_stop_closes_the_driver_and_may_be_repeated() -> None:
    """Stopping lets go of the device, also before the start and twice."""
    closed = threading.Event()

    class Closing(SimulatedDriver):
        def close(self) -> None:
            super().close()
            closed.set()

    runner = Runner(Closing(), lambda event: None, SystemClock(), want_ndef=False)
    assert ReaderThread(runner).stop()
    thread = ReaderThread(runner)
    thread.start()
    assert thread.stop()
    assert thread.stop()
    assert closed.is_set()


def test_stop_gives_up_on_a_hung_device() -> None:
    """A device that never returns cannot hold up the stop; it is told by False."""
    release, hung = threading.Event(), threading.Event()

    class Hung(SimulatedDriver):
        def poll(self) -> None:
            hung.set()
            release.wait(WITHIN_S)

    thread = ReaderThread(Runner(Hung(), lambda event: None, SystemClock(), want_ndef=False))
    thread.start()
    assert hung.wait(WITHIN_S)
    before_ms = thread.heartbeat_ms
    assert not thread.stop()
    assert thread.heartbeat_ms == before_ms
    release.set()
    thread.thread.join(WITHIN_S)
    assert not thread.thread.is_alive()


def test_heart_beats_while_backing_off() -> None:
    """A reader that is away does not look like a hung thread: the beat goes on between two attempts to open it."""
    driver = SimulatedDriver()
    driver.unplug()
    told: queue.Queue[ReaderEvent] = queue.Queue()
    thread = ReaderThread(Runner(driver, told.put, SystemClock(), want_ndef=False), beat_every_s=0.01)
    thread.start()
    assert isinstance(told.get(timeout=WITHIN_S), ReaderDown)
    beats = set()
    while told.empty():
        beats.add(thread.heartbeat_ms)
    assert thread.stop()
    assert len(beats) > 3
