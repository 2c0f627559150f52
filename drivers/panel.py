"""The kiosk's lamp, buzzer and push buttons, on a Raspberry Pi's pins through gpiozero or in memory where there are none.

Callers say a name and go on; the patterns behind the names are in `drivers/patterns.py`. What a button means lives elsewhere.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gpiozero import RGBLED, DigitalInputDevice, GPIOZeroError, TonalBuzzer
from gpiozero.tones import Tone

from drivers.clock import Clock
from drivers.patterns import NOTES, Chime, Light, Note, colour_at, step_s
from drivers.player import Player

# A push button's contacts chatter for up to some 20 ms, both on pressing and letting go; nobody presses twice within 50 ms.
DEBOUNCE_MS = 50
# A SilentPanel remembers the last thousand requests: a long demonstration, and no growth for ever.
ASKED_MAX = 1_000
BUZZER_OCTAVES = 2  # A2 .. A6 around A4: holds every note of `patterns`
HINT_NO_PINS = "Install lgpio and add the kiosk's user to the group gpio, or set the panel to silent."


class PanelError(Exception):
    """The panel cannot be used; `hint` says what an installer can do."""

    kind = "panel_error"
    sentence = "Lamp, buzzer and buttons do not work."

    def __init__(self, hint: str, detail: str) -> None:
        super().__init__(f"{self.sentence} {hint} ({detail})")
        self.hint = hint
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PanelPins:
    """BCM numbers. Buttons from the best face to the worst; the buzzer's default is a hardware PWM pin."""

    lamp_red: int = 17
    lamp_green: int = 27
    lamp_blue: int = 22
    buzzer: int = 18
    buttons: tuple[int, ...] = (5, 6, 13, 19)


class PanelDoor(Protocol):
    """What the kiosk needs of a panel."""

    def light(self, name: str) -> None:
        """Show a light of `patterns.Light` until the next one. Returns at once. Raises ValueError for an unknown name."""

    def chime(self, name: str) -> None:
        """Play a chime of `patterns.Chime` after those already asked for. Returns at once. Raises ValueError for an unknown name."""

    def close(self) -> None:
        """Dark, silent, pins free. Never raises, may be called repeatedly; later requests do nothing."""


class Debounce:
    """Tells a press from the chatter of contacts: it counts only after 50 ms without any change of that button."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed_ms: int | None = None

    def is_press(self, pressed: bool) -> bool:
        """Take note of one change; True when it is a press that counts."""
        now_ms, before_ms = self._clock.now().mono_ms, self._changed_ms
        self._changed_ms = now_ms
        return pressed and (before_ms is None or now_ms - before_ms >= DEBOUNCE_MS)


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
            if debounce.is_press(pressed):
                on_press(index)

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


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a SilentPanel: `what` is "light" or "chime"."""

    at_ms: int
    what: str
    name: str


class SilentPanel:
    """A panel for machines without pins: it remembers what it was asked, and its buttons are pressed by calling `press`."""

    def __init__(self, on_press: Callable[[int], None], clock: Clock, buttons: int = 4) -> None:
        self._on_press = on_press
        self._clock = clock
        self._debounces = tuple(Debounce(clock) for _ in range(buttons))
        self._asked: deque[Asked] = deque(maxlen=ASKED_MAX)
        self._closed = False
        self._lock = threading.Lock()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Everything asked so far, oldest first, at most a thousand."""
        with self._lock:
            return tuple(self._asked)

    def light(self, name: str) -> None:
        """As PanelDoor."""
        self._remember("light", Light(name))

    def chime(self, name: str) -> None:
        """As PanelDoor."""
        self._remember("chime", Chime(name))

    def press(self, index: int) -> None:
        """A contact closes. Raises IndexError for a button that does not exist."""
        if self._debounces[index].is_press(True) and not self._closed:
            self._on_press(index)

    def release(self, index: int) -> None:
        """A contact opens. Raises IndexError for a button that does not exist."""
        self._debounces[index].is_press(False)

    def close(self) -> None:
        """As PanelDoor."""
        self._closed = True

    def _remember(self, what: str, name: str) -> None:
        with self._lock:
            if not self._closed:
                self._asked.append(Asked(self._clock.now().mono_ms, what, str(name)))


def _pi_factory() -> Any:
    """lgpio is the one library that drives every Raspberry Pi up to the 5. Raises ImportError, OSError, GPIOZeroError."""
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()
