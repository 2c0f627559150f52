"""Each setting's bounds, and the settings that must fit one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import sources
from config.checks import is_loopback
from config.errors import ConfigError, ConfigErrors
from config.load import described, settle
from config.schema import HubConfig, KioskConfig
from config.setting import Kind, Setting, shown, take

TLS = "ca_file = '/t/ca.crt'\ncert_file = '/t/a.crt'\nkey_file = '/t/a.key'\n"
EVERY = [(schema, key) for schema in (KioskConfig, HubConfig) for key in described(schema)]

# For each setting: values at the edge that are taken, and values just beyond that are refused.
EDGES: dict[str, tuple[list[object], list[object]]] = {
    "kiosk.id": (["a1", "st12-a", "9" * 32], ["a", "9" * 33, "-a", "A1", "a_b", "a/b", "a+", "#", "кіоск", "a1\n", ""]),
    "kiosk.shop_name": (["К", "Кав'ярня «Ранок»", "x" * 40], ["", " x", "x ", "x" * 41, "a\nb", "a\x1bb"]),
    "kiosk.state_dir": (["/", "/var/lib/кава 2"], ["", "var", "~/x", "/a/../b", "/a\0b", "/" + "x" * 4096]),
    "reader.path": (
        ["usb", "usb:054c:06c3", "usb:001:002", "tty:AMA0:pn532", "tty:USB12", "tty:S0:arygon", "udp:127.0.0.1:1", "udp:localhost:65535"],
        [
            "",
            "tty",
            "tty:AMA:pn532",
            "com:1",
            "udp:127.0.0.1",
            "udp:127.0.0.1:0",
            "udp:127.0.0.1:65536",
            "udp:10.0.0.1:5000",
            "usb:1",
            "USB",
        ],
    ),
    "reader.read": (["uid", "ndef"], ["", "UID"]),
    "cards.pepper_file": (
        ["/a/b", "/run/credentials/stupeni-kiosk.service/pepper"],
        ["", "pepper", "/pepper", "/a/b=", "/a/b+c", "/a/../b"],
    ),
    "broker.host": (
        ["mq", "mq.example.org", "10.0.0.1", "::1", "x" * 63],
        ["", "mq example", "mqtt://mq", "mq:1883", "-mq", "mq..org", "x" * 64, "u@mq"],
    ),
    "broker.port": ([1, 65535], [0, 65536, -1]),
    "broker.ca_file": (["", "/a/ca crt"], ["ca.crt"]),
    "broker.cert_file": (["", "/a/x.crt"], ["x.crt"]),
    "broker.key_file": (["", "/a/x.key"], ["x.key", "/x", "-----BEGIN PRIVATE KEY-----"]),
    "broker.shard": (["s0", "a" * 16], ["", "S0", "a" * 17, "+", "s/0"]),
    "display.kind": (["window", "tty", "none"], ["", "Window", "oled"]),
    "display.width_px": ([320, 3840], [319, 3841]),
    "display.height_px": ([240, 3840], [239, 3841]),
    "display.diagonal_mm": ([60, 2000], [59, 2001]),
    "display.viewing_distance_mm": ([200, 3000], [199, 3001]),
    "display.fullscreen": ([True, False], []),
    "display.languages": ([["uk"], ["ru", "uk", "en"]], [[], ["de"], ["en", "en"], ["en", "uk", "ru", "en"], [1]]),
    "oled.kind": (["none", "ssd1306"], ["", "sh1106"]),
    "oled.i2c_bus": ([0, 22], [-1, 23]),
    "oled.i2c_address": ([0x3C, 0x3D], [0x3B, 0x3E]),
    "panel.kind": (["none", "gpio"], ["", "on"]),
    "panel.lamp_red_pin": ([2, 27], [1, 28]),
    "panel.lamp_green_pin": ([2, 27], [1, 28]),
    "panel.lamp_blue_pin": ([2, 27], [1, 28]),
    "panel.buzzer_pin": ([2, 27], [1, 28]),
    "panel.button_pins": ([[2, 27, 3, 4]], [[], [2, 3, 4], [2, 3, 4, 5, 6], [2, 3, 4, 28], [1, 2, 3, 4], [2, 2, 3, 4], [2, 3, 4, True]]),
    "privacy.greeting_s": ([3, 8], [2, 9]),
    "privacy.after_card_left_s": ([1, 5], [0, 6]),
    "programme.file": (["coffee", "a-1", "/etc/stupeni/programme.toml"], ["", "Coffee", "a/b", "../x", "./x", "a" * 33]),
    "log.level": (["debug", "info", "warning", "error"], ["", "warn"]),
    "log.format": (["text", "json"], ["", "xml"]),
    "hub.id": (["hub", "hub-2"], ["h", "Hub", "hub/1"]),
    "hub.state_dir": (["/x"], ["", "x"]),
    "hub.database": (["/x/hub.sqlite3"], ["", "hub.sqlite3"]),
    "web.host": (["127.0.0.1", "::", "0.0.0.0"], ["", "http://x"]),
    "web.port": ([1, 65535], [0, 65536]),
    "web.secret_key_file": (["/a/b"], ["", "secret", "/secret"]),
    "operators.may_configure": ([[], ["olena", "ops-2"]], [["x"], ["Olena"], ["a/b"], ["olena", "olena"], [1]]),
    "operators.may_command": ([[], ["olena", "ops-2"]], [["x"], ["Olena"], ["a/b"], ["olena", "olena"], [1]]),
}
OTHER_TYPES: dict[Kind, list[object]] = {
    Kind.TEXT: [1, True, 1.5, ["x"], {}],
    Kind.PATH: [1, True, 1.5, ["/x/y"], {}],
    Kind.NUMBER: ["5", True, 5.0, [5], {}],
    Kind.SWITCH: ["true", 1, 0, [True], {}],
    Kind.TEXTS: ["en", 1, True, {}, [1], [["en"]], [True]],
    Kind.NUMBERS: ["5,6,13,19", 5, True, {}, ["5", "6", "13", "19"], [5.0, 6.0, 13.0, 19.0]],
}


def _settled(schema: type[KioskConfig] | type[HubConfig], text: str) -> KioskConfig | HubConfig:
    return settle(schema, sources.document(text.encode(), "x.toml")).config


def _errors(text: str, schema: type[KioskConfig] | type[HubConfig] = KioskConfig) -> list[ConfigError]:
    with pytest.raises(ConfigErrors) as caught:
        _settled(schema, text)
    return list(caught.value.errors)


def _raw(value: object) -> object:
    """A default as TOML would give it."""
    match value:
        case None:
            return ""
        case Path():
            return str(value)
        case tuple():
            return list(value)
    return value


def test_the_edges_of_every_setting_are_known() -> None:
    """The table of edges names every setting and no other."""
    assert set(EDGES) == {key for _, key in EVERY}


@pytest.mark.parametrize(("schema", "key"), EVERY)
def test_edges(schema: type[object], key: str) -> None:
    """A value at the edge is taken as it is written; a value beyond, or of another type, is refused with what to write instead."""
    setting = described(schema)[key]
    taken, refused = EDGES[key]

    for value in taken:
        assert _raw(take(setting, value)) == value
    for value in [*refused, *OTHER_TYPES[setting.kind]]:
        with pytest.raises(ValueError, match=r".") as caught:
            take(setting, value)

        assert caught.value.do, value  # type: ignore[attr-defined]


@pytest.mark.parametrize(("schema", "key"), EVERY)
def test_every_setting_is_described(schema: type[object], key: str) -> None:
    """Each setting has one sentence, bounds in words, a default within them, and a unit in the name of every physical quantity."""
    setting: Setting = described(schema)[key]

    assert take(setting, _raw(setting.default)) == setting.default
    assert setting.doc.endswith(".")
    assert setting.bounds()
    if setting.kind is Kind.NUMBER:
        assert re.search(r"_(s|px|mm|pin|bus|address)$|port$", key), key


def test_what_could_cut_a_kiosk_off_is_local_only() -> None:
    """Broker, secrets, reader, identity and wiring can never be changed from afar; what the customer sees can."""
    marked = {
        key
        for _, key in EVERY
        if any(described(schema).get(key, None) and described(schema)[key].local_only for schema in (KioskConfig, HubConfig))
    }
    sections = {"reader", "cards", "broker", "oled", "panel", "hub", "web", "operators", "programme"}

    assert {key for _, key in EVERY if key.split(".")[0] in sections} | {"kiosk.id", "kiosk.state_dir"} == marked
    assert all(described(schema)[key].local_only for schema, key in EVERY if described(schema)[key].secret)


@pytest.mark.parametrize("schema", [KioskConfig, HubConfig])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "LocalHost"])
def test_without_tls_only_this_machine(schema: type[KioskConfig] | type[HubConfig], host: str) -> None:
    """A broker on this machine needs no TLS; any other does, and with all three files it is taken."""
    assert is_loopback(host)
    assert _settled(schema, f"[broker]\nhost = '{host}'\n").broker.host == host

    (error,) = _errors("[broker]\nhost = 'mq.example.org'\n", schema)
    assert (error.line, error.key) == (2, "broker.host")
    assert _settled(schema, f"[broker]\nhost = 'mq.example.org'\n{TLS}").broker.key_file == Path("/t/a.key")


@pytest.mark.parametrize("missing", ["ca_file", "cert_file", "key_file"])
def test_tls_files_go_together(missing: str) -> None:
    """Two TLS files without the third are one error about the third, even for a broker on this machine."""
    text = "\n".join(line for line in TLS.splitlines() if not line.startswith(missing))
    (error,) = _errors(f"[broker]\n{text}\n")

    assert (error.key, error.line) == (f"broker.{missing}", 2)


def test_a_wrong_value_causes_no_second_error() -> None:
    """A check of two settings is silent where one of them is wrong already."""
    assert [error.key for error in _errors("[broker]\nhost = 'mq.example.org'\nca_file = 'ca.crt'\n")] == ["broker.ca_file"]


@pytest.mark.parametrize("name", ["hub", "seed"])
def test_no_kiosk_has_a_name_of_the_hubs(name: str) -> None:
    """A name under which the hub writes itself is refused for a kiosk, in words; another name with the word in it is not."""
    (error,) = _errors(f"[kiosk]\nid = '{name}'\n")

    assert (error.line, error.key, error.do) == (2, "kiosk.id", "choose another id")
    assert error.what.startswith(f'"{name}" is the hub\'s own name')
    assert _settled(KioskConfig, f"[kiosk]\nid = '{name}-2'\n")


def test_leaving_is_not_longer_than_staying() -> None:
    """What is shown after the card has left is not shown longer than a greeting at all."""
    (error,) = _errors("[privacy]\ngreeting_s = 3\nafter_card_left_s = 4\n")

    assert (error.key, error.line, error.do) == ("privacy.after_card_left_s", 3, "write at most 3")
    assert _settled(KioskConfig, "[privacy]\ngreeting_s = 3\nafter_card_left_s = 3\n")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[panel]\nlamp_green_pin = 17\n", "panel.lamp_green_pin"),
        ("[panel]\nbuzzer_pin = 22\n", "panel.buzzer_pin"),
        ("[panel]\nbutton_pins = [5, 6, 13, 18]\n", "panel.button_pins"),
        ("[panel]\nlamp_red_pin = 5\n", "panel.button_pins"),
        ("[panel]\nkind = 'gpio'\nbuzzer_pin = 2\n[oled]\nkind = 'ssd1306'\n", "panel.buzzer_pin"),
        ("[panel]\nkind = 'gpio'\nbuzzer_pin = 15\n", "panel.buzzer_pin"),
    ],
)
def test_no_pin_has_two_masters(text: str, key: str) -> None:
    """A pin is used once: in the panel, and not by the panel and the OLED's bus or the serial reader."""
    (error,) = _errors(text)

    assert error.key == key


@pytest.mark.parametrize(
    "text",
    [
        "[panel]\nkind = 'gpio'\n[oled]\nkind = 'ssd1306'\n",
        "[panel]\nkind = 'gpio'\nbuzzer_pin = 2\n",
        "[panel]\nkind = 'gpio'\nbuzzer_pin = 2\n[oled]\nkind = 'ssd1306'\ni2c_bus = 3\n",
        "[panel]\nkind = 'gpio'\nbuzzer_pin = 15\n[reader]\npath = 'usb'\n",
        "[panel]\nbuzzer_pin = 15\n",
    ],
)
def test_a_pin_that_nobody_uses_is_free(text: str) -> None:
    """The pins of the OLED's bus and of the serial port are free where neither is used, and nobody minds where the panel is not."""
    assert _settled(KioskConfig, text)


def test_values_are_shown_as_toml() -> None:
    """Text with quotes, lists, switches, hexadecimal numbers and absent paths are written as TOML reads them."""
    written = [shown('a "b" \\'), shown(("en", "uk")), shown(True), shown(60, 16), shown(None), shown(Path("/a")), shown((5, 6))]

    assert written == ['"a \\"b\\" \\\\"', '["en", "uk"]', "true", "0x3C", '""', '"/a"', "[5, 6]"]
