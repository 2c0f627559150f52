"""The panel on gpiozero's simulated pins: colours, melodies, order, and what happens when the pins are taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from gpiozero import LED
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin
from hypothesis import given
from hypothesis import strategies as st

from drivers.clock import SimulatedClock
from drivers.panel import Panel
from drivers.panel_door import PanelError, PanelPins
from drivers.patterns import FLASHES_PER_S_MAX, NOTES, Chime, Light, colour_at, step_s
from drivers.player import WAITING_MAX, Player
from drivers.silent_panel import ASKED_MAX, Asked, SilentPanel

PINS = PanelPins()
WITHIN_S = 10.0


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory(pin_class=MockPWMPin)
    yield made
    made.close()


@pytest.fixture
def panel(factory: MockFactory) -> Iterator[Panel]:
    made = Panel(PINS, lambda index: None, SimulatedClock(), factory)
    yield made
    made.close()


def heard(factory: MockFactory, play: Callable[[], None], panel: Panel) -> list[float]:
    """The frequencies that the buzzer's pin was driven with while all of this was played, in order."""
    pin = factory.pin(PINS.buzzer)
    pitches: list[float] = []
    inner = pin._set_frequency

    class Listening(type(pin)):  # type: ignore[misc]  # the pin's own class, noting each frequency
        def _set_frequency(self, value: float | None) -> None:
            if value is not None:
                pitches.append(round(value, 2))
            inner(value)

    pin.__class__ = Listening
    play()
    assert panel.finish(WITHIN_S)
    return pitches


def test_chimes_are_played_in_order(factory: MockFactory, panel: Panel) -> None:
    """Three chimes asked for at once sound one after the other, note by note, as written."""

    def play() -> None:
        for chime in (Chime.OK, Chime.AGAIN, Chime.STOP):
            panel.chime(chime)

    written = [note.hertz for chime in (Chime.OK, Chime.AGAIN, Chime.STOP) for note in NOTES[chime] if note.hertz is not None]
    assert heard(factory, play, panel) == pytest.approx(written, rel=0.01)


def test_buzzer_is_silent_after_a_chime(factory: MockFactory, panel: Panel) -> None:
    """Nothing hums on after the last note."""
    panel.chime("ok")
    assert panel.finish(WITHIN_S)
    assert factory.pin(PINS.buzzer).state == 0


def test_lamp_shows_the_last_light(factory: MockFactory, panel: Panel) -> None:
    """Of several lights asked for in a row the last stays, whatever the earlier ones were doing."""
    lamp = [factory.pin(pin) for pin in (PINS.lamp_red, PINS.lamp_green, PINS.lamp_blue)]
    for name in ("idle", "attention", "read", "ok"):
        panel.light(name)
    deadline = threading.Event()
    for _ in range(1_000):
        if tuple(pin.state for pin in lamp) == pytest.approx(colour_at(Light.OK, 0.0)):
            break
        deadline.wait(0.01)
    assert tuple(pin.state for pin in lamp) == pytest.approx(colour_at(Light.OK, 0.0))


def test_closing_frees_the_pins(factory: MockFactory, panel: Panel) -> None:
    """After closing another program may use each pin, and the lamp is dark."""
    panel.light("ok")
    panel.close()
    for pin in (PINS.lamp_red, PINS.lamp_green, PINS.lamp_blue, PINS.buzzer, *PINS.buttons):
        LED(pin, pin_factory=factory).close()


def test_taken_pin_is_a_named_error_and_leaves_nothing_behind(factory: MockFactory) -> None:
    """A pin in use is told with a hint, and the pins already taken are given back."""
    taken = LED(PINS.buttons[3], pin_factory=factory)
    with pytest.raises(PanelError) as caught:
        Panel(PINS, lambda index: None, SimulatedClock(), factory)
    assert caught.value.hint
    assert "GPIOPinInUse" in str(caught.value)
    taken.close()
    Panel(PINS, lambda index: None, SimulatedClock(), factory).close()


def test_pins_without_pwm_are_a_named_error() -> None:
    """A pin library that cannot drive a buzzer is refused at the start, not at the first chime."""
    factory = MockFactory(pin_class=MockPin)
    with pytest.raises(PanelError, match="PWM"):
        Panel(PINS, lambda index: None, SimulatedClock(), factory)
    factory.close()


def test_machine_without_pins_is_a_named_error() -> None:
    """Asking for the Raspberry Pi's own pins on another machine says what to install or set."""
    with pytest.raises(PanelError, match="lgpio"):
        Panel(PINS, lambda index: None, SimulatedClock())


def test_silent_panel_remembers_with_times() -> None:
    """What was asked, in order, with the time at which it was asked; at most a thousand."""
    clock = SimulatedClock(mono_ms=5)
    panel = SilentPanel(lambda index: None, clock)
    panel.light("read")
    clock.pass_ms(7)
    panel.chime("ok")
    assert panel.asked == (Asked(5, "light", "read"), Asked(12, "chime", "ok"))
    for _ in range(ASKED_MAX):
        panel.light("idle")
    assert len(panel.asked) == ASKED_MAX
    assert panel.asked[0].name == "idle"


@pytest.mark.parametrize("light", Light)
def test_no_light_flashes_too_fast(light: Light) -> None:
    """As it is really stepped, no light goes from dark to bright more than three times in any second."""
    step = step_s(light) or 0.1
    bright = [any(colour_at(light, index * step)) for index in range(int(60 / step))]
    rises = [index * step for index in range(1, len(bright)) if bright[index] and not bright[index - 1]]
    assert all(sum(at <= other < at + 1 for other in rises) <= FLASHES_PER_S_MAX for at in rises)
    assert (light is Light.ATTENTION) == bool(rises)


@given(light=st.sampled_from(Light), elapsed_s=st.floats(0, 1e6))
def test_colours_are_colours(light: Light, elapsed_s: float) -> None:
    """Every component lies between dark and full at every time, and only 'off' and a flash's pause are dark."""
    colour = colour_at(light, elapsed_s)
    assert all(0 <= part <= 1 for part in colour)
    assert any(colour) or light in (Light.OFF, Light.ATTENTION)


def test_chimes_differ_without_colour_or_words() -> None:
    """Rising, twice the same, low, and down and up again: told apart by ear, and over within half a second."""
    pitches = {chime: [note.hertz for note in notes if note.hertz is not None] for chime, notes in NOTES.items()}
    assert pitches[Chime.OK] == sorted(set(pitches[Chime.OK]))
    assert len(pitches[Chime.OK]) == 2
    assert len(pitches[Chime.AGAIN]) == 2
    assert len(set(pitches[Chime.AGAIN])) == 1
    assert max(pitches[Chime.STOP]) < min(*pitches[Chime.OK], *pitches[Chime.AGAIN])
    first, second, third = pitches[Chime.IDENTIFY]
    assert first == third > second
    assert all(sum(note.seconds for note in notes) <= 0.5 for notes in NOTES.values())


def test_asking_never_waits_and_drops_the_oldest() -> None:
    """While a piece plays, further requests queue up to the limit, and then the oldest waiting one is dropped."""
    release, started, played = threading.Event(), threading.Event(), list[int]()

    def play(request: int, go_on: Callable[[float | None], bool]) -> None:
        started.set()
        release.wait(WITHIN_S)
        played.append(request)

    player = Player("test", play, gives_way=False)
    player.ask(0)
    assert started.wait(WITHIN_S)
    for request in range(1, WAITING_MAX + 3):
        player.ask(request)
    release.set()
    assert player.finish(WITHIN_S)
    assert played == [0, *range(3, WAITING_MAX + 3)]
    player.close()


def test_player_survives_a_broken_piece(caplog: pytest.LogCaptureFixture) -> None:
    """One request that fails is logged, and the next is played."""
    played: list[int] = []

    def play(request: int, go_on: Callable[[float | None], bool]) -> None:
        played.append(10 // request)

    player = Player("test", play, gives_way=False)
    player.ask(0)
    player.ask(5)
    assert player.finish(WITHIN_S)
    assert played == [2]
    assert "ZeroDivisionError" in caplog.text
    player.close()


def test_closing_ends_a_long_piece() -> None:
    """A piece that would last an hour ends when the player closes."""
    ended: list[bool] = []
    started = threading.Event()

    def play(request: int, go_on: Callable[[float | None], bool]) -> None:
        started.set()
        ended.append(go_on(3_600.0))

    player = Player("test", play, gives_way=False)
    player.ask(1)
    assert started.wait(WITHIN_S)
    player.close()
    assert ended == [False]
