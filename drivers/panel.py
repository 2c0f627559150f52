"""The kiosk's lamp, buzzer and push buttons on a Raspberry Pi's pins, through gpiozero, real or mock.

Callers say a name and go on; the patterns behind the names are in `drivers/patterns.py`. What a button means lives elsewhere.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from gpiozero import RGBLED, DigitalInputDevice, GPIOZeroError, TonalBuzzer
from gpiozero.tones import Tone

from drivers.clock import Clock
from drivers.panel_door import Debounce, PanelError, PanelPins
from drivers.patterns import NOTES, Chime, Light, Note, colour_at, step_s
from drivers.player import Player

BUZZER_OCTAVES = 2  # A2 .. A6 around A4: holds every note of `patterns`
log = logging.getLogger(__name__)
HINT_NO_PINS = "Install lgpio and add the kiosk's user to the group gpio, or set the panel to silent."


class Panel:
    """The real one. `on_press(index)` is called on gpiozero's thread, so it must only pass the number on."""

    def __init__(self, pins: PanelPins, on_press: Callable[[int], None], clock: Clock, factory: Any = None) -> None:
        """`factory` is a gpiozero pin factory; None means the Raspberry Pi's own, by lgpio. Raises PanelError."""
        self._closed = False
        self._devices: list[Any] = []
        try:
            self._factory = _pi_factory() if factory is None else factory
            self._own_factory = factory is None
            self._lamp = self._keep(RGBLED(pins.lamp_red, pins.lamp_green, pins.lamp_blue, pin_factory=self._factory))
            self._buzzer = self._keep(TonalBuzzer(pins.buzzer, octaves=BUZZER_OCTAVES, pin_factory=self._factory))
            for index, pin in enumerate(pins.buttons):
                self._watch(self._keep(DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory)), index, on_press, Debounce(clock))
        except (GPIOZeroError, OSError, ImportError) as cause:
            self._free()
            raise PanelError(HINT_NO_PINS, f"{type(cause).__name__}: {cause}") from cause
        self._lights: Player[Light] = Player("panel-lamp", self._shine, gives_way=True)
        self._chimes: Player[Chime] = Player("panel-buzzer", self._sound, gives_way=False)

    def light(self, name: str) -> None:
        """As PanelDoor."""
        self._lights.ask(Light(name))

    def chime(self, name: str) -> None:
        """As PanelDoor."""
        self._chimes.ask(Chime(name))

    def finish(self, within_s: float) -> bool:
        """Wait until every chime asked for has been played, before a farewell; False when that takes longer."""
        return self._chimes.finish(within_s)

    def close(self) -> None:
        """As PanelDoor."""
        if self._closed:
            return
        self._closed = True
        self._lights.close()
        self._chimes.close()
        self._free()

    def _keep(self, device: Any) -> Any:
        self._devices.append(device)
        return device

    def _watch(self, button: Any, index: int, on_press: Callable[[int], None], debounce: Debounce) -> None:
        """A plain input: gpiozero's Button runs a thread that wakes ten times a second to know whether it is held down, four times over.
        Its filter against chatter is not used either: it depends on the pin library, and the simulated pins have none.
        """

        def changed(pressed: bool) -> None:
            try:
                if debounce.is_press(pressed):
                    on_press(index)
            except Exception:  # a door: what escapes here would end lgpio's one thread, and with it all buttons, without a word
                log.exception("panel: a press of button %d was lost", index)

        button.when_activated = functools.partial(changed, True)
        button.when_deactivated = functools.partial(changed, False)

    def _shine(self, light: Light, go_on: Callable[[float | None], bool]) -> None:
        """Show one light until another is asked for; a still one sleeps without waking."""
        elapsed_s, step = 0.0, step_s(light)
        while True:
            self._lamp.color = colour_at(light, elapsed_s)
            if not go_on(step):
                return
            elapsed_s += step or 0.0

    def _sound(self, chime: Chime, go_on: Callable[[float | None], bool]) -> None:
        """Play all notes of one chime, unless the panel closes."""
        try:
            for note in NOTES[chime]:
                self._note(note)
                if not go_on(note.seconds):
                    return
        finally:
            self._buzzer.stop()

    def _note(self, note: Note) -> None:
        if note.hertz is None:
            self._buzzer.stop()
        else:
            self._buzzer.play(Tone.from_frequency(note.hertz))

    def _free(self) -> None:
        for device in self._devices:
            device.close()
        if getattr(self, "_own_factory", False):
            self._factory.close()


def _pi_factory() -> Any:
    """lgpio is the one library that drives every Raspberry Pi up to the 5. Raises ImportError, OSError, GPIOZeroError."""
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()


def mock_pins() -> Any:
    """gpiozero's own simulated pins, for the demonstration and for tests: they refuse what a Raspberry Pi's would refuse."""
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    return MockFactory(pin_class=MockPWMPin)
