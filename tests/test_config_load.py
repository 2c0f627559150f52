"""The loader: what wins, what is refused and in which words, where each value comes from, and that nothing written can make it fall."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from config import sources
from config.errors import ConfigError, ConfigErrors
from config.load import Loaded, described, load_hub, load_kiosk, settle
from config.schema import HubConfig, KioskConfig
from config.setting import shown


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.toml"


def _load(path: Path, text: str = "", flags: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Loaded[KioskConfig]:
    path.write_text(text)
    return load_kiosk(path, flags=flags, environment=environment or {})


def _errors(path: Path, text: str = "", flags: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> list[ConfigError]:
    with pytest.raises(ConfigErrors) as caught:
        _load(path, text, flags, environment)
    return list(caught.value.errors)


def _error(path: Path, text: str = "", flags: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> ConfigError:
    (error,) = _errors(path, text, flags, environment)
    return error


def test_an_empty_file_means_the_defaults(main: Path) -> None:
    """With nothing written the configuration is the schema's own."""
    assert _load(main).config == KioskConfig()
    assert load_hub(main, environment={}).config == HubConfig()


def test_later_wins(main: Path) -> None:
    """Flags beat the environment, that beats conf.d in the order of names, that beats the main file, that beats the defaults."""
    (main.parent / "conf.d").mkdir()
    (main.parent / "conf.d" / "20-b.toml").write_text("[display]\nwidth_px = 1002\nheight_px = 1002\ndiagonal_mm = 1002\n")
    (main.parent / "conf.d" / "10-a.toml").write_text(
        "[display]\nwidth_px = 1001\nheight_px = 1001\ndiagonal_mm = 1001\nviewing_distance_mm = 1001\n"
    )
    (main.parent / "conf.d" / "30-not-toml.bak").write_text("[display]\nwidth_px = 1003\n")
    loaded = _load(
        main,
        "[display]\nwidth_px = 1000\nheight_px = 1000\ndiagonal_mm = 1000\nviewing_distance_mm = 1000\nfullscreen = false\n",
        flags=["display.width_px=1005"],
        environment={"STUPENI_DISPLAY__WIDTH_PX": "1004", "STUPENI_DISPLAY__HEIGHT_PX": "1004", "HOME": "/root"},
    )
    display = loaded.config.display

    assert [display.width_px, display.height_px, display.diagonal_mm, display.viewing_distance_mm] == [1005, 1004, 1002, 1001]
    assert display.fullscreen is False
    assert display.kind == "window"


def test_conf_d_is_read_by_name(main: Path) -> None:
    """Of many files in conf.d the last by name wins, in whatever order the folder lists them."""
    (main.parent / "conf.d").mkdir()
    for number in (15, 3, 12, 19, 7, 1, 18, 9, 4):
        (main.parent / "conf.d" / f"{number:02}.toml").write_text(f"[display]\nwidth_px = {1000 + number}\n")
    written = [each for each in sources.files(main, must_exist=False) if isinstance(each, sources.Given)]

    assert [each.raw for each in written] == [1001, 1003, 1004, 1007, 1009, 1012, 1015, 1018, 1019]


def test_the_last_flag_wins(main: Path) -> None:
    """A flag given twice counts as given last."""
    assert _load(main, flags=["log.level=error", "log.level=debug"]).config.log.level == "debug"


def test_every_value_has_an_origin(main: Path) -> None:
    """Each row says in which file and line, environment variable or flag the value was written, or that it is the default."""
    loaded = _load(
        main,
        "# a comment\n[display]\nkind = 'tty'\n\n[log]\n  level = 'error' # loud\n",
        flags=["broker.port=1884"],
        environment={"STUPENI_KIOSK__ID": "front-desk"},
    )
    rows = {row.key: row for row in loaded.origins()}

    assert list(rows) == list(described(KioskConfig))
    assert (rows["display.kind"].value, rows["display.kind"].origin) == ('"tty"', f"{main}:3")
    assert (rows["log.level"].value, rows["log.level"].origin) == ('"error"', f"{main}:6")
    assert (rows["broker.port"].value, rows["broker.port"].origin) == ("1884", "flag")
    assert (rows["kiosk.id"].value, rows["kiosk.id"].origin) == ('"front-desk"', "environment STUPENI_KIOSK__ID")
    assert (rows["oled.i2c_address"].value, rows["oled.i2c_address"].origin) == ("0x3C", "default")
    assert rows["broker.host"].local_only
    assert not rows["log.level"].local_only
    assert [row.key for row in rows.values() if row.secret] == ["cards.pepper_file", "broker.key_file"]
    json.dumps([asdict(row) for row in rows.values()])


@pytest.mark.parametrize(
    ("text", "key", "line", "hint"),
    [
        ("[broker]\nprot = 1883\n", "broker.prot", 2, "did you mean broker.port?"),
        ("[brokr]\nport = 1883\n", "brokr.port", 2, "did you mean [broker]?"),
        ("[display]\nlevel = 'info'\n", "display.level", 2, "did you mean log.level?"),
        ("[kiosk]\nid = 'kiosk-2'\n[display]\nKIND = 'tty'\n", "display.KIND", 4, "did you mean display.kind?"),
        ("[log]\nlevel = 'warn'\n", "log.level", 2, 'did you mean "warning"?'),
        ("[programme]\nfile = 'cofee'\n", "programme.file", 2, 'did you mean "coffee"?'),
        ("[log]\nzzzzzzzz = 1\n", "log.zzzzzzzz", 2, "remove it; docs/configuration.md lists every key"),
        ("log.levl = 'info'\n", "log.levl", 1, "did you mean log.level?"),
        ("[log]\n'levl' = 'info'\n", "log.levl", 2, "did you mean log.level?"),
        ("[broker]\n[broker.prot]\nx = 1\n", "broker.prot", 2, "did you mean broker.port?"),
        ("[[log]]\nlevel = 'info'\n", "log", 1, "write key = value under a [section]"),
        ("port = 1883\n", "port", 1, "write key = value under a [section]"),
    ],
)
def test_a_mistyped_word_is_recognised(main: Path, text: str, key: str, line: int, hint: str) -> None:
    """An unknown section, key or word is an error that names its file and line and the word that was probably meant."""
    error = _error(main, text)

    assert (error.where, error.key, error.line, error.do) == (str(main), key, line, hint)


def test_all_errors_come_at_once(main: Path) -> None:
    """Five different mistakes in four places are five errors, each with its own place."""
    (main.parent / "conf.d").mkdir()
    (main.parent / "conf.d" / "site.toml").write_text("[oled]\ni2c_bus = true\n")
    errors = _errors(
        main,
        "[privacy]\ngreeting_s = 60\n[broker]\nhost = 'mq.example.org'\n",
        flags=["log.format=xml"],
        environment={"STUPENI_LOG__LEVL": "info"},
    )

    assert [(error.where, error.line, error.key) for error in errors] == [
        (str(main), 2, "privacy.greeting_s"),
        (str(main.parent / "conf.d" / "site.toml"), 2, "oled.i2c_bus"),
        ("environment STUPENI_LOG__LEVL", 0, "log.levl"),
        ("flag", 0, "log.format"),
        (str(main), 4, "broker.host"),
    ]
    assert str(errors[0]) == f"{main}:2: privacy.greeting_s: 60 is out of bounds; write 3 to 8"
    assert errors[0].row() == {
        "where": str(main),
        "line": 2,
        "key": "privacy.greeting_s",
        "what": "60 is out of bounds",
        "do": "write 3 to 8",
    }


def test_a_wrong_value_that_is_overridden_is_still_an_error(main: Path) -> None:
    """What is written must be right even where something else wins over it."""
    assert _error(main, "[broker]\nport = 0\n", flags=["broker.port=1883"]).line == 2


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[log\n", 1, "is not TOML"),
        ("[log]\nlevel = info\n", 2, "is not TOML"),
        ("[log]\nlevel = 'info'\nlevel = 'info'\n", 3, "is not TOML"),
        ("[log]\nlevel = " + "9" * 5000 + "\n", 0, "a number is too long"),
        ("[log]\nlevel = " + "[" * 20_000 + "\n", 0, "is nested too deeply"),
        ("#" * sources.FILE_BYTES_MAX + "\n", 0, "is larger than"),
    ],
)
def test_a_file_that_is_not_toml_is_one_error(main: Path, text: str, line: int, word: str) -> None:
    """Damaged, endless or enormous files are refused with their line where there is one."""
    error = _error(main, text)

    assert (error.where, error.line) == (str(main), line)
    assert word in error.what


def test_text_that_is_not_utf8_is_refused(main: Path) -> None:
    """A file in another encoding is refused with the line of the first wrong byte."""
    main.write_bytes("[kiosk]\nshop_name = 'Кава'\n".encode("cp1251"))
    with pytest.raises(ConfigErrors) as caught:
        load_kiosk(main, environment={})

    assert [(error.line, error.what) for error in caught.value.errors] == [(2, "is not UTF-8 text")]


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    """A path by flag or by STUPENI_CONFIG that cannot be read is an error; the flag wins."""
    absent = tmp_path / "absent.toml"
    for path, environment in ((absent, {}), (None, {"STUPENI_CONFIG": str(absent)})):
        with pytest.raises(ConfigErrors) as caught:
            load_kiosk(path, environment=environment)

        assert [error.where for error in caught.value.errors] == [str(absent)]

    (tmp_path / "other.toml").write_text("[log]\nlevel = 'debug'\n")
    assert load_kiosk(tmp_path / "other.toml", environment={"STUPENI_CONFIG": str(absent)}).config.log.level == "debug"
    assert load_kiosk(None, environment={"STUPENI_CONFIG": str(tmp_path / "other.toml")}).config.log.level == "debug"


def test_the_usual_file_may_be_absent(tmp_path: Path) -> None:
    """Without a file at the usual place the defaults hold; a conf.d beside it still counts."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.toml").write_text("[log]\nlevel = 'error'\n")
    written = list(sources.files(tmp_path / "kiosk.toml", must_exist=False))

    assert settle(KioskConfig, written).config.log.level == "error"


def test_a_folder_full_of_files_is_refused(main: Path) -> None:
    """More files in conf.d than anybody writes are one error; a conf.d that is no folder is another."""
    folder = main.parent / "conf.d"
    folder.mkdir()
    for number in range(sources.FOLDER_FILES_MAX + 1):
        (folder / f"{number}.toml").touch()
    assert _error(main).where == str(folder)

    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    folder.touch()
    assert _error(main).where == str(folder)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("STUPENI_BROKER__PROT", "did you mean broker.port?"),
        ("STUPENI_BROKER", "write STUPENI_SECTION__KEY, or unset it"),
        ("STUPENI_", "write STUPENI_SECTION__KEY, or unset it"),
        ("STUPENI_BROKER_PORT", "write STUPENI_SECTION__KEY, or unset it"),
    ],
)
def test_an_unknown_variable_is_an_error(main: Path, name: str, hint: str) -> None:
    """A variable under our prefix that is no setting is refused: a typing error there is otherwise never found."""
    error = _error(main, environment={name: "1"})

    assert error.do == hint
    assert name in f"{error.where} {error.key}"


def test_variables_of_others_are_left_alone(main: Path) -> None:
    """Names without our prefix, and lists, switches and hexadecimal numbers as plain text, are read as meant."""
    environment = {
        "PATH": "/bin",
        "stupeni_log__level": "x",
        "STUPENI_DISPLAY__LANGUAGES": "ru, en",
        "STUPENI_DISPLAY__FULLSCREEN": "false",
        "STUPENI_OLED__I2C_ADDRESS": "0x3D",
        "STUPENI_PANEL__BUTTON_PINS": "7,8,9,10",
    }
    config = _load(main, environment=environment).config

    assert config.display.languages == ("ru", "en")
    assert config.display.fullscreen is False
    assert config.oled.i2c_address == 0x3D
    assert config.panel.button_pins == (7, 8, 9, 10)


@pytest.mark.parametrize("flag", ["broker.port", "port=1883", "=", "", "broker.port 1883"])
def test_a_flag_without_form_is_an_error(main: Path, flag: str) -> None:
    """A flag that is not section.key=value is refused with that form."""
    assert _error(main, flags=[flag]).do == "write section.key=value"


def test_a_hostile_name_cannot_write_to_the_terminal(main: Path) -> None:
    """Control characters in a key are shown escaped, an endless key is cut."""
    error = _error(main, '[log]\n"\\u001b[2J" = 1\n')
    assert "\x1b" not in str(error)
    assert len(_error(main, f"[log]\n{'k' * 5000} = 1\n").key) <= 64


def test_the_lines_of_all_settings_are_found() -> None:
    """Whether keys stand under a heading or dotted, with or without quotes, the line of each is found."""
    known = described(KioskConfig)
    headed = "\n".join(
        f"[{key.split('.')[0]}]\n{key.split('.')[1]}={shown(each.default, each.base)}" for key, each in known.items() if key.count(".")
    )
    dotted = "\n".join(f'"{key.split(".")[0]}" . {key.split(".")[1]} = 1' for key in known)

    assert [sources.line_of(headed, *key.split(".")) for key in known] == [2 * number for number in range(1, len(known) + 1)]
    assert [sources.line_of(dotted, *key.split(".")) for key in known] == list(range(1, len(known) + 1))


def test_a_file_that_cannot_be_read_is_an_error(main: Path) -> None:
    """Something at the usual place that is no readable file is an error in words, not a silent default."""
    main.mkdir()
    (error,) = sources.files(main, must_exist=False)

    assert isinstance(error, ConfigError)
    assert error.where == str(main)
    assert "cannot be read" in error.what
