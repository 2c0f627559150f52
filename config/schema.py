"""Every setting there is, one frozen dataclass per section: type, default, bounds, unit in the name, one sentence.

A setting exists because two real shops need two values; everything else is a constant beside the code that uses it. A test holds
`kiosk.toml`, `hub.toml` and `docs/configuration.md` to this file.
"""

# Every default made by `setting` is frozen; the linter cannot see that for paths.
# ruff: noqa: RUF009
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.setting import Kind, setting

# As a certificate's name it stands in topics and access rules: no "/", "+", "#" or "%" may ever be in it.
ID_FORM = r"[a-z0-9][a-z0-9-]{1,31}"
ID_WORDS = "2 to 32 of a-z, 0-9 and -, not beginning with -"
# A pseudo-terminal or a network peer is not a reader: "udp" is for the simulated field on this machine only.
READER_FORM = (
    r"usb(:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}|:[0-9]{1,3}:[0-9]{1,3})?"
    r"|tty:(S|ACM|AMA|USB)[0-9]{1,3}(:[a-z0-9]{3,12})?"
    r"|udp:(127\.0\.0\.1|localhost):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
READER_WORDS = "usb, usb:054c:06c3, tty:AMA0:pn532 or, for the simulator, udp:127.0.0.1:54321"
HOST_FORM = r"([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
HOST_WORDS = "a host name or an IP address"
NAME_FORM = r"\S(.{0,38}\S)?"  # 40 characters: one line of the ready screen at 800 px
PIN_LEAST, PIN_MOST = 2, 27  # BCM numbers on the header; 0 and 1 belong to the HAT's own memory


def _whole(default: int, least: int, most: int, doc: str, **more: Any) -> Any:
    return setting(Kind.NUMBER, default, doc, least=least, most=most, **more)


def _choice(default: str | int, choices: tuple[str | int, ...], doc: str, **more: Any) -> Any:
    kind = Kind.NUMBER if isinstance(default, int) else Kind.TEXT
    return setting(kind, default, doc, choices=choices, **more)


def _text(default: str, form: str, form_words: str, doc: str, **more: Any) -> Any:
    return setting(Kind.TEXT, default, doc, form=form, form_words=form_words, **more)


def _path(default: str, doc: str, **more: Any) -> Any:
    return setting(Kind.PATH, Path(default) if default else None, doc, optional=not default, **more)


def _pin(default: int, doc: str) -> Any:
    return _whole(default, PIN_LEAST, PIN_MOST, doc, local_only=True)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """Who this kiosk is."""

    id: str = _text("kiosk-1", ID_FORM, ID_WORDS, "Name of this kiosk: its certificate's CN, its place in the topics.", local_only=True)
    shop_name: str = _text("Stupeni", NAME_FORM, "1 to 40 characters", "Name of the shop as the customer reads it on the screen.")
    state_dir: Path = _path("/var/lib/stupeni", "Folder of the store: facts, members, cards.", local_only=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """The card reader."""

    path: str = _text("tty:AMA0:pn532", READER_FORM, READER_WORDS, "Where the reader is connected, in nfcpy's spelling.", local_only=True)
    read: str = _choice("uid", ("uid", "ndef"), "What is read from a card: its number only, or its NDEF records too.", local_only=True)


@dataclass(frozen=True, slots=True)
class KioskCards:
    """How a card is known."""

    pepper_file: Path = _path(
        "/etc/stupeni/credentials/pepper",
        "File with the key (16 bytes or more) that turns card numbers into references; the same on all kiosks and the hub.",
        secret=True,
        local_only=True,
    )


@dataclass(frozen=True, slots=True)
class Broker:
    """The MQTT broker. The three TLS files go together; without them only a broker on this machine is accepted."""

    host: str = _text("localhost", HOST_FORM, HOST_WORDS, "Machine of the broker, as named in its certificate.", local_only=True)
    port: int = _whole(1883, 1, 65535, "TCP port of the broker; 8883 with TLS.", local_only=True)
    ca_file: Path | None = _path("", "Certificate (PEM) of the private authority that signed the broker's.", local_only=True)
    cert_file: Path | None = _path("", "Own certificate (PEM); its CN is the id.", local_only=True)
    key_file: Path | None = _path("", "Own private key (PEM), made on this machine.", secret=True, local_only=True)
    shard: str = _text(
        "s0", r"[a-z0-9]{1,16}", "1 to 16 of a-z and 0-9", "Shard of the topic tree; s0 until a fleet is split.", local_only=True
    )


@dataclass(frozen=True, slots=True)
class Display:
    """The customer's screen. The sizes make letters and faces large enough in millimetres."""

    kind: str = _choice("window", ("window", "tty", "none"), "A window or full screen, a drawing in the terminal, or no screen.")
    width_px: int = _whole(800, 320, 3840, "Width of the screen.")
    height_px: int = _whole(480, 240, 3840, "Height of the screen.")
    diagonal_mm: int = _whole(178, 60, 2000, "Diagonal of the visible picture; 7 inches are 178 mm.")
    viewing_distance_mm: int = _whole(500, 200, 3000, "How far the customer's eyes are: letters grow with it.")
    fullscreen: bool = setting(Kind.SWITCH, True, "Cover the whole screen, without frame and pointer.")
    languages: tuple[str, ...] = setting(
        Kind.TEXTS,
        ("en", "uk", "ru"),
        "Languages of the ready screen in turn; the first is used where the member's is not known.",
        choices=("en", "uk", "ru"),
        count=(1, 3),
    )


@dataclass(frozen=True, slots=True)
class Oled:
    """The small second display."""

    kind: str = _choice("none", ("none", "ssd1306"), "Controller of the small display.", local_only=True)
    i2c_bus: int = _whole(1, 0, 22, "Number of the bus: /dev/i2c-N.", local_only=True)  # a Pi 5 counts up to 22 with its display buses
    i2c_address: int = _choice(0x3C, (0x3C, 0x3D), "Address on the bus; the board's jumper chooses it.", base=16, local_only=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """Lamp, buzzer and four buttons on the GPIO header, BCM numbers."""

    kind: str = _choice("none", ("none", "gpio"), "Whether lamp, buzzer and buttons are wired to the header.", local_only=True)
    lamp_red_pin: int = _pin(17, "Red of the lamp.")
    lamp_green_pin: int = _pin(27, "Green of the lamp.")
    lamp_blue_pin: int = _pin(22, "Blue of the lamp.")
    buzzer_pin: int = _pin(18, "Buzzer.")
    button_pins: tuple[int, ...] = setting(
        Kind.NUMBERS,
        (5, 6, 13, 19),
        "Buttons under the four faces, from the best to the worst.",
        least=PIN_LEAST,
        most=PIN_MOST,
        count=(4, 4),
        local_only=True,
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long a person stands on the screen."""

    # Below 3 s a greeting cannot be read; above 8 s the next in the queue reads it.
    greeting_s: int = _whole(8, 3, 8, "Longest time that personal data stays on the screen.")
    # 1 s is the blink that hides a card held loosely; above 5 s the customer has turned away and a stranger reads on.
    after_card_left_s: int = _whole(3, 1, 5, "How long it stays after the card has left; not above greeting_s.")


@dataclass(frozen=True, slots=True)
class ProgrammeChoice:
    """Which programme is in force until the hub sends one."""

    file: str = _text(
        "coffee",
        r"[a-z0-9-]{1,32}|/[^\0]{1,254}",
        "the name of a shipped programme, or an absolute path",
        "The programme: a shipped one by its name, or the path of a TOML file.",
        local_only=True,
    )


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to the journal."""

    level: str = _choice("info", ("debug", "info", "warning", "error"), "The least grave message that is written.")
    format: str = _choice("text", ("text", "json"), "One line of text or one JSON object per message.")


@dataclass(frozen=True, slots=True)
class Hub:
    """Who the hub is."""

    id: str = _text("hub", ID_FORM, ID_WORDS, "Name of the hub: its certificate's CN, `user` in the broker's rules.", local_only=True)
    state_dir: Path = _path("/var/lib/stupeni-hub", "Folder of everything that the hub writes.", local_only=True)
    database: Path = _path("/var/lib/stupeni-hub/hub.sqlite3", "The SQLite file with all facts.", local_only=True)


@dataclass(frozen=True, slots=True)
class Web:
    """The hub's page."""

    host: str = _text("127.0.0.1", HOST_FORM, HOST_WORDS, "Address to listen on; a TLS proxy stands in front.", local_only=True)
    port: int = _whole(8080, 1, 65535, "TCP port to listen on.", local_only=True)
    secret_key_file: Path = _path(
        "/etc/stupeni-hub/credentials/secret_key",
        "File with the key (32 bytes or more) that signs the console's sessions.",
        secret=True,
        local_only=True,
    )


@dataclass(frozen=True, slots=True)
class HubCards:
    """How a card is known."""

    pepper_file: Path = _path(
        "/etc/stupeni-hub/credentials/pepper",
        "File with the key (16 bytes or more) that turns card numbers into references; the same on all kiosks and the hub.",
        secret=True,
        local_only=True,
    )


@dataclass(frozen=True, slots=True)
class Operators:
    """Who may ask the hub over the broker: names (CN) of operators' certificates. At the hub's own machine its users may."""

    may_configure: tuple[str, ...] = setting(
        Kind.TEXTS, (), "Who may push settings to kiosks.", form=ID_FORM, form_words=ID_WORDS, count=(0, 32), local_only=True
    )
    may_command: tuple[str, ...] = setting(
        Kind.TEXTS, (), "Who may give commands to kiosks.", form=ID_FORM, form_words=ID_WORDS, count=(0, 32), local_only=True
    )


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """All settings of a kiosk."""

    kiosk: Kiosk = field(default_factory=Kiosk)
    reader: Reader = field(default_factory=Reader)
    cards: KioskCards = field(default_factory=KioskCards)
    broker: Broker = field(default_factory=Broker)
    display: Display = field(default_factory=Display)
    oled: Oled = field(default_factory=Oled)
    panel: Panel = field(default_factory=Panel)
    privacy: Privacy = field(default_factory=Privacy)
    programme: ProgrammeChoice = field(default_factory=ProgrammeChoice)
    log: Log = field(default_factory=Log)


@dataclass(frozen=True, slots=True)
class HubConfig:
    """All settings of a hub."""

    hub: Hub = field(default_factory=Hub)
    broker: Broker = field(default_factory=Broker)
    web: Web = field(default_factory=Web)
    cards: HubCards = field(default_factory=HubCards)
    operators: Operators = field(default_factory=Operators)
    programme: ProgrammeChoice = field(default_factory=ProgrammeChoice)
    log: Log = field(default_factory=Log)
