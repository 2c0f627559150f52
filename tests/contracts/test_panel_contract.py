"""What every panel keeps, asked of the one on gpiozero (with gpiozero's own simulated pins) and of the silent one alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from drivers.clock import SimulatedClock
from drivers.panel import Panel
from drivers.panel_door import DEBOUNCE_MS, PanelDoor, PanelPins
from drivers.patterns import Chime, Light
from drivers.silent_panel import SilentPanel

PINS = PanelPins()


class Bench(Protocol):
    """A panel and a finger."""

    panel: PanelDoor
    clock: SimulatedClock
    pressed: list[int]

    def press(self, index: int) -> None: ...
    def release(self, index: int) -> None: ...
    def end(self) -> None: ...


class PinBench:
    """gpiozero's devices on its own simulated pins."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(mono_ms=10_000)
        self.pressed: list[int] = []
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.panel: PanelDoor = Panel(PINS, self.pressed.append, self.clock, self.factory)

    def press(self, index: int) -> None:
        self.factory.pin(PINS.buttons[index]).drive_low()

    def release(self, index: int) -> None:
        self.factory.pin(PINS.buttons[index]).drive_high()

    def end(self) -> None:
        self.panel.close()
        self.factory.close()


class SilentBench:
    """No pins."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(mono_ms=10_000)
        self.pressed: list[int] = []
        silent = SilentPanel(self.pressed.append, self.clock)
        self.panel: PanelDoor = silent
        self.press, self.release = silent.press, silent.release

    def end(self) -> None:
        self.panel.close()


@pytest.fixture(params=[PinBench, SilentBench])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    make: Callable[[], Bench] = request.param
    made = make()
    yield made
    made.end()


class TestPanelContract:
    """Runs once for each panel."""

    def test_each_button_tells_its_index(self, bench: Bench) -> None:
        """Button 0 is the best face, 3 the worst."""
        for index in range(4):
            bench.press(index)
            bench.clock.pass_ms(500)
            bench.release(index)
            bench.clock.pass_ms(500)
        assert bench.pressed == [0, 1, 2, 3]

    def test_chatter_is_one_press(self, bench: Bench) -> None:
        """Contacts that bounce on the way down and on the way up make one press."""
        for _ in range(5):
            bench.press(1)
            bench.clock.pass_ms(3)
            bench.release(1)
            bench.clock.pass_ms(3)
        bench.press(1)
        bench.clock.pass_ms(400)
        for _ in range(5):
            bench.release(1)
            bench.clock.pass_ms(3)
            bench.press(1)
            bench.clock.pass_ms(3)
        bench.release(1)
        assert bench.pressed == [1]

    def test_two_real_presses_are_two(self, bench: Bench) -> None:
        """After quiet contacts the next press counts."""
        for _ in range(2):
            bench.press(2)
            bench.clock.pass_ms(DEBOUNCE_MS)
            bench.release(2)
            bench.clock.pass_ms(DEBOUNCE_MS)
        assert bench.pressed == [2, 2]

    def test_buttons_do_not_disturb_one_another(self, bench: Bench) -> None:
        """Two faces pressed within a bounce of each other are both told: the chatter of one is not the press of another."""
        bench.press(0)
        bench.clock.pass_ms(1)
        bench.press(3)
        assert bench.pressed == [0, 3]

    def test_lights_and_chimes_are_asked_for_by_plain_words(self, bench: Bench) -> None:
        """These words and no others: each is taken, and there is none that the kiosk does not know."""
        lights, chimes = {"idle", "read", "ok", "attention", "identify", "off"}, {"ok", "again", "stop", "identify"}
        for name in lights:
            bench.panel.light(name)
        for name in chimes:
            bench.panel.chime(name)
        assert (set(Light), set(Chime)) == (lights, chimes)

    def test_unknown_names_are_mistakes(self, bench: Bench) -> None:
        """A name that does not exist is refused loudly, at the call."""
        with pytest.raises(ValueError, match="disco"):
            bench.panel.light("disco")
        with pytest.raises(ValueError, match="fanfare"):
            bench.panel.chime("fanfare")

    def test_close_is_final_and_repeatable(self, bench: Bench) -> None:
        """After closing, lights and chimes do nothing, presses are not told, and closing again is allowed."""
        bench.panel.close()
        bench.panel.close()
        bench.panel.light("ok")
        bench.panel.chime("ok")
        bench.press(0)
        assert bench.pressed == []
