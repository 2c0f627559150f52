"""Settings that must fit one another. Each check names the keys it looks at, so that it stays silent where one of them is wrong already."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from config import shipped
from config.schema import Broker, HubConfig, KioskConfig, Panel, ProgrammeChoice
from config.setting import did_you_mean, one_of

I2C_PINS = {1: (2, 3), 0: (0, 1)}  # BCM pins of the header's two buses
UART_PINS = (14, 15)  # BCM pins behind /dev/ttyAMA0 and /dev/ttyS0
# The hub writes streams of these names itself and takes nothing from such a kiosk. "hub" has rights over the whole tree (config/acl).
HUBS_NAMES = {"hub": "is the hub's own name at the broker", "seed": "is the hub's own name for a made-up past"}


@dataclass(frozen=True, slots=True)
class Clash:
    """Settings that contradict one another: the keys ("section.key", the one to mend first), what is wrong, what to do."""

    keys: tuple[str, ...]
    what: str
    do: str


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def clashes(config: object) -> list[Clash]:
    """All contradictions in a whole configuration; a configuration of another kind has none."""
    match config:
        case KioskConfig():
            return [*_kiosk(config), *_broker(config.broker), *_panel(config.panel), *_shared_pins(config), *_programme(config.programme)]
        case HubConfig():
            return [*_broker(config.broker), *_programme(config.programme)]
    return []


def _kiosk(config: KioskConfig) -> Iterator[Clash]:
    if config.kiosk.id in HUBS_NAMES:
        yield Clash(("kiosk.id",), f'"{config.kiosk.id}" {HUBS_NAMES[config.kiosk.id]}', "choose another id")
    if config.privacy.after_card_left_s > config.privacy.greeting_s:
        keys = ("privacy.after_card_left_s", "privacy.greeting_s")
        yield Clash(keys, "is above greeting_s", f"write at most {config.privacy.greeting_s}")


def _broker(broker: Broker) -> Iterator[Clash]:
    files = {"broker.ca_file": broker.ca_file, "broker.cert_file": broker.cert_file, "broker.key_file": broker.key_file}
    missing = [key for key, path in files.items() if path is None]
    if 0 < len(missing) < len(files):
        named = [key for key in files if key not in missing]
        yield Clash((*missing, *named), f"is empty although {' and '.join(named)} is set", "name all three TLS files, or none")
    elif missing and not is_loopback(broker.host):
        yield Clash(
            ("broker.host", *files),
            "is another machine and there are no TLS files",
            "name broker.ca_file, broker.cert_file and broker.key_file; without TLS only localhost is accepted",
        )


def _pins(panel: Panel) -> dict[str, tuple[int, ...]]:
    lamp = {f"panel.lamp_{colour}_pin": (getattr(panel, f"lamp_{colour}_pin"),) for colour in ("red", "green", "blue")}
    return {**lamp, "panel.buzzer_pin": (panel.buzzer_pin,), "panel.button_pins": panel.button_pins}


def _panel(panel: Panel) -> Iterator[Clash]:
    owner: dict[int, str] = {}
    for key, pins in _pins(panel).items():
        for pin in pins:
            if pin in owner:
                yield Clash((key, owner[pin]), f"pin {pin} is taken by {owner[pin]}", "give each part its own pin")
            owner.setdefault(pin, key)


def _shared_pins(config: KioskConfig) -> Iterator[Clash]:
    if config.panel.kind != "gpio":
        return
    taken: dict[int, tuple[str, str]] = {}
    if config.oled.kind != "none":
        taken |= dict.fromkeys(I2C_PINS.get(config.oled.i2c_bus, ()), ("oled.i2c_bus", "the OLED's bus"))
    if config.reader.path.startswith(("tty:AMA", "tty:S")):
        taken |= dict.fromkeys(UART_PINS, ("reader.path", "the reader's serial port"))
    for key, pins in _pins(config.panel).items():
        for pin in pins:
            if pin in taken:
                other, words = taken[pin]
                yield Clash((key, other, "panel.kind"), f"pin {pin} belongs to {words}", "choose a pin that is free")


def _programme(programme: ProgrammeChoice) -> Iterator[Clash]:
    names = shipped.programme_names()
    if not programme.file.startswith("/") and programme.file not in names:
        near = did_you_mean(programme.file, names)
        do = f'did you mean "{near}"?' if near else f"write {one_of(names)}, or an absolute path"
        yield Clash(("programme.file",), "is no shipped programme", do)
