"""A programme's file: the shipped ones, what is told of a wrong one and on which line, and the page with every key."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import shipped
from config.errors import ConfigError, ConfigErrors
from config.lines import Lines, place_of
from config.programme import FILE_BYTES_MAX, load_programme, named_programme, read_programme
from config.programme_reference import programme_reference
from loyalty.document import read, write
from loyalty.programme import Programme
from loyalty.programme.rules import Once, Status, Trigger
from tests.programmes import ABOUT

PAGE = Path(__file__).parent.parent / "docs" / "programme.md"
NAMES = shipped.programme_names()
COFFEE = shipped.programme_path("coffee").read_text(encoding="utf-8")


def refusal(text: str) -> list[ConfigError]:
    """What is told of a wrong programme."""
    with pytest.raises(ConfigErrors) as caught:
        read_programme(text, "x.toml")
    return list(caught.value.errors)


# ---- the shipped ones


def test_which_programmes_are_shipped() -> None:
    """Four programmes travel with the product."""
    assert NAMES == ["club", "coffee", "grocery", "pharmacy"]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_programme_loads(name: str) -> None:
    """Each shipped programme can be put in force as it is, with its days in its zone, and survives being written and read."""
    book = load_programme(name)

    assert str(book.zone) == book.now.programme.time_zone == "Europe/Kyiv"
    assert read(Programme, json.loads(json.dumps(write(book.now)))) == book.now


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_programme_speaks_three_languages(name: str) -> None:
    """Whatever a customer reads of a shipped programme is there in English, Ukrainian and Russian."""

    def spoken(tables: Any) -> Iterator[set[str]]:
        for key, value in tables.items() if isinstance(tables, dict) else enumerate(tables) if isinstance(tables, list) else ():
            if key in ("title", "text", "texts"):
                yield set(value)
            else:
                yield from spoken(value)

    found = list(spoken(tomllib.loads(shipped.programme_path(name).read_text(encoding="utf-8"))))

    assert len(found) > 10
    assert all(languages == {"en", "uk", "ru"} for languages in found)


def test_the_default_begins_with_two_rules() -> None:
    """The coffee shop gives 10 points for a visit and 2 for a rating, each once a business day, and nothing else changes these sums
    on a first visit: what else a visit gives is perks, or comes with later visits, tiers and tills."""
    programme = load_programme("coffee").now
    rules = {rule.id: rule for rule in programme.rule}

    assert (programme.name, programme.version) == ("Coffee", 1)
    assert [(rules[name].trigger, rules[name].points, rules[name].once, rules[name].status) for name in ("visit", "rating")] == [
        (Trigger.VISIT, 10, Once.DAY, Status.ACTIVE),
        (Trigger.RATING, 2, Once.DAY, Status.ACTIVE),
    ]
    others = [rule for rule in programme.rule if rule.trigger in (Trigger.VISIT, Trigger.RATING, Trigger.ENROLMENT) and rule.points]
    assert [rule.id for rule in others if not (rule.streak_weeks or rule.away_days)] == ["visit", "rating"]
    assert programme.tier[0].times_percent == 100
    assert all(rule.trigger is Trigger.PURCHASE for rule in programme.rule if rule.times_percent)


def test_a_day_begins_at_the_shops_midnight() -> None:
    """At 21:30 UTC of a summer's day it is the next day in Kyiv."""
    at_ms = int(datetime(2026, 7, 1, 21, 30, tzinfo=UTC).timestamp() * 1000)

    assert load_programme("coffee").calendar.date_of(at_ms) == date(2026, 7, 2)


def test_a_programme_of_ones_own(tmp_path: Path) -> None:
    """A programme is read from the path that the setting names."""
    path = tmp_path / "mine.toml"
    path.write_text(ABOUT, encoding="utf-8")

    assert load_programme(str(path)).now.name == "Test"


# ---- files that are none


def test_an_absent_file_is_one_error() -> None:
    """A path without a file is an error that names it, and nothing is said of rules that could not be read."""
    with pytest.raises(ConfigErrors) as caught:
        load_programme("/nowhere/mine.toml")

    assert [error.where for error in caught.value.errors] == ["/nowhere/mine.toml"]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b'[programme]\nname = "\xff"\n', 2, "UTF-8"),
        (b"[programme]\nname = \n", 2, "not TOML"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, 0, "nested too deeply"),
        (b"a = " + b"9" * 5000, 0, "too long"),
        (b"#" * (FILE_BYTES_MAX + 1), 0, "larger than 49152 bytes"),
        (b"", 0, "is missing"),
    ],
)
def test_what_is_no_programme_is_refused(tmp_path: Path, content: bytes, line: int, words: str) -> None:
    """Bytes that are no text, text that is no TOML, and what is beyond reason are one error with a line where there is one."""
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigErrors) as caught:
        named_programme(str(path))

    assert [(error.where, error.line) for error in caught.value.errors] == [(str(path), line)]
    assert words in str(caught.value)


def test_the_size_is_counted_in_bytes() -> None:
    """A text is measured as it will travel, with a line end counted twice, and one of exactly the limit is taken."""
    rest = FILE_BYTES_MAX - len(json.dumps(ABOUT)) - 1

    assert read_programme(f"{ABOUT}#{'a' * rest}", "x").name == "Test"
    assert "larger" in refusal(f"{ABOUT}#{'ж' * rest}")[0].what


# ---- what is wrong, and where


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("version = 1\n", "version = 0\n", "programme.version", "1 to 2147483647"),
        ("\ncurrency = ", "\ncurency = ", "programme.curency", "did you mean programme.currency"),
        ("Europe/Kyiv", "Europe/Kiyv", "programme.time_zone", "Europe/Kyiv"),
        ("Europe/Kyiv", "Europe", "programme.time_zone", "no time zone known"),
        ("Europe/Kyiv", "../../etc/passwd", "programme.time_zone", "a name like"),
        ("points = 10\n", "points = -1\n", "rule[0].points", "0 to 1000000"),
        ("points = 2\n", "points = '2'\n", "rule[1].points", "whole number"),
        ("kiosk_day_max = 3", "kiosk_day_most = 3", "rule[8].kiosk_day_most", "did you mean rule[8].kiosk_day_max"),
        ('window = "late"', 'window = "lite"', "rule[18].window", 'did you mean "late"'),
        ('start = "18:00"', 'start = "25:00"', "window[1].start", "16:30"),
        ('start = "18:00"', "start = 18:00:30", "window[1].start", "16:30"),
        ("BYDAY=MO,TU,WE,TH", "BYDAY=MO,TUE", "window[1].rrule", "BYDAY of MO"),
        ('{ en = "Tea", uk', '{ english = "Tea", uk', "question[0].choices[3].title", "a language like"),
        ("Дякуємо, {name}!", "Дякуємо, {surname}!", "greeting[0].texts.uk[0]", "{name}"),
    ],
)
def test_a_wrong_key_is_told_with_its_line(old: str, new: str, key: str, words: str) -> None:
    """A mistyped, impossible or contradicting value of the shipped file is one error on its own line."""
    assert COFFEE.count(old) == 1
    text = COFFEE.replace(old, new)
    line = next(number for number, written in enumerate(text.splitlines(), 1) if new.strip("\n") in written)
    errors = refusal(text)

    assert [(error.where, error.line, error.key) for error in errors[:1]] == [("x.toml", line, key)]
    assert words in f"{errors[0].what}; {errors[0].do}"


def test_all_mistakes_are_told_at_once_in_the_order_of_lines() -> None:
    """A zone nobody knows, an unknown key, a perk there is not, a wrong value and a contradiction are five errors of one reading."""
    text = (
        '[programme]\nversion = 1\nname = "x"\ntime_zone = "Europe/Kiyv"\n'
        '[[rule]]\nid = "a"\ntrigger = "visit"\npoint = 3\npoints = 3\n'
        '[[rule]]\nid = "b"\ntrigger = "visit"\nperk = "none"\n'
        '[[rule]]\nid = "c"\ntrigger = "visit"\npoints = 3\ncooldown_hours = -1\n'
        "[rungs]\nkeep_mean_percent = 90\n"
    )

    assert [(error.line, error.key) for error in refusal(text)] == [
        (4, "programme.time_zone"),
        (8, "rule[0].point"),
        (13, "rule[1].perk"),
        (18, "rule[2].cooldown_hours"),
        (20, "rungs.keep_mean_percent"),
    ]


def test_what_is_missing_is_told_at_its_table() -> None:
    """A key that is not there has the line of its table, a table that is not there has none."""
    text = '[programme]\nversion = 1\nname = "x"\ntime_zone = "UTC"\n\n[[rule]]\nid = "a"\npoints = 3\n'

    assert [(error.line, error.key) for error in refusal(text)] == [(6, "rule[0].trigger")]
    assert [(error.line, error.key) for error in refusal("[rungs]\n")] == [(0, "programme")]


def test_a_wrong_key_hides_no_contradiction_and_makes_none() -> None:
    """Contradictions of other tables are told beside a wrong key, those of its own table wait, and none is invented."""
    club = '[[club]]\nid = "k"\ntitle = { en = "K" }\njoin = "rule"\ntiers = "gold"\n'
    perk = '[[perk]]\nid = "p"\nkind = "soft"\ntitle = { en = "P" }\nstatus = "activ"\n'
    rule = '[[rule]]\nid = "r"\ntrigger = "visit"\nstatus = "active"\nperk = "p"\n'
    rungs = "[rungs]\nkeep_mean_percent = 90\n"

    assert [error.key for error in refusal(ABOUT + club + rungs)] == ["club[0].tiers", "rungs.keep_mean_percent"]
    assert [error.key for error in refusal(ABOUT + perk + rule)] == ["perk[0].status"]
    rungs_of_rule = rule.replace("perk =", "points = 1\nrungs = ['client', 7]\nwindow =")
    assert [error.key for error in refusal(ABOUT + rungs_of_rule + rungs)] == ["rule[0].rungs[1]", "rungs.keep_mean_percent"]
    assert [error.key for error in refusal(ABOUT + perk.replace("activ", "active") + "uses = 0\n" + rungs)] == [
        "perk[0].uses",
        "rungs.keep_mean_percent",
    ]
    assert [error.key for error in refusal(f"perk = [3]\n{ABOUT}{rule}")] == ["perk[0]"]


PASTED = "hunter2-Zaq12wsx"


@pytest.mark.parametrize(
    "text",
    [
        f'time_zone = "{PASTED}"',
        f'[[rule]]\nid = "{PASTED}"',
        f'[[rule]]\ntrigger = "{PASTED}"',
        f'[[rule]]\nid = "r"\ntrigger = "visit"\nperk = "{PASTED.lower()}"',
        f'[[window]]\nid = "w"\nrrule = "{PASTED}"',
        f'[[greeting]]\nkind = "milestone"\ntexts = {{ en = ["{{{PASTED}}}"] }}',
        f'[[club]]\nid = "k"\njoin = "{PASTED}"',
        f'[expiry]\npolicy = "{PASTED}"',
        f'[[rule]]\nstarts = "{PASTED}"',
    ],
)
def test_no_value_is_ever_repeated(text: str) -> None:
    """People paste secrets into wrong places: what is told of a wrong value never holds the value."""
    about = ABOUT if "time_zone" not in text else '[programme]\nversion = 1\nname = "x"\n'
    said = "\n".join(str(error) for error in refusal(f"{about}{text}\n"))

    assert said
    assert PASTED.lower() not in said.lower()


# ---- lines


WRITTEN = '''# [rule] x = 1
[programme] # one
name = "a # b ] = [[rule]]"
text = """
[[rule]]
id = "no"
"""
[[question]]
id = 'q = ['
text.en = "dotted"
choices = [ # several
    { id = "a", title = { en = "A" } },
    # { id = "no" },
    { id = "b", "title" = { en = "]" } },
]
[[question]]
id = "r"
[[question.choices]]
id = "c"
[question.choices.title]
en = "C"
[[question.choices]]
id = "d"
title.uk = "Д"
[[question]]
days = 2026-11-25 10:00:00
more = [[1, 2], [3,
  4]]
'''
LINES = {
    "programme": 2,
    "programme.name": 3,
    "programme.text": 4,
    "programme.absent": 2,
    "question[0]": 8,
    "question[0].text.en": 10,
    "question[0].choices": 11,
    "question[0].choices[0].id": 12,
    "question[0].choices[0].title.en": 12,
    "question[0].choices[1].title.en": 14,
    "question[0].choices[1].absent": 14,
    "question[1].choices": 18,
    "question[1].choices[0]": 18,
    "question[1].choices[0].title": 20,
    "question[1].choices[0].title.en": 21,
    "question[1].choices[1].title.uk": 24,
    "question[2].days": 26,
    "question[2].more[1][0]": 27,
    "question[2].more[1][1]": 28,
    "question[3]": 8,
    "rule": 0,
    "": 0,
}


@pytest.mark.parametrize(("path", "line"), LINES.items())
def test_a_key_is_found_on_its_line(path: str, line: int) -> None:
    """However a key is written, it has its line; one that is not there has that of what it would stand in."""
    assert tomllib.loads(WRITTEN)
    assert Lines(WRITTEN).of(path) == line


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{place}]")
    else:
        yield path, value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_key_of_a_shipped_programme_has_its_line(name: str, end: str) -> None:
    """The line that is told of a key holds the key and its value, whichever way lines end."""
    text = shipped.programme_path(name).read_text(encoding="utf-8")
    written, lines = text.splitlines(), Lines(text.replace("\n", end).replace("\r\n", "\n"))
    leaves = list(_leaves(tomllib.loads(text.replace("\n", end))))

    assert len(leaves) > 150
    for path, value in leaves:
        line = written[lines.of(path) - 1]
        last = [step for step in place_of(path) if isinstance(step, str)][-1]
        assert last in line
        assert (f'"{value}"' if isinstance(value, str) else str(value).lower()) in line


# ---- whatever is written


def _toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(_toml(inner) for inner in value) + "]"
        case bool() | str():
            return json.dumps(value)
        case date() | time():
            return value.isoformat()
    return str(value)


_NAMES = sorted(set(re.findall(r"^(?:\| `|### \[+)([a-z_]+)", programme_reference(), flags=re.MULTILINE)))
_KEYS = st.sampled_from(_NAMES) | st.text(max_size=6)
_PLAIN = st.sampled_from(
    ["visit", "active", "purchase", "silver", "p", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO;INTERVAL=2", "{name}", "{", "en", "UTC"]
)
_VALUES = st.recursive(
    _PLAIN | st.integers() | st.integers(0, 200) | st.booleans() | st.text(max_size=12) | st.dates() | st.times() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_RULE = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"]), "trigger": st.sampled_from([each.value for each in Trigger])},
    optional={
        "points": st.integers(0, 9),
        "perk": st.sampled_from(["p", "q"]),
        "times_percent": st.integers(0, 300),
        "window": st.just("w"),
        "status": st.just("active"),
        "tiers": st.just(["gold"]),
        "occasion": st.just("birthday"),
        "unit": st.sampled_from(["amount", "item"]),
        "expiry": st.just({"policy": "fixed"}),
        "extra": _VALUES,
    },
)
_ABOUT = st.fixed_dictionaries(
    {"version": st.integers(1, 5), "name": st.just("x"), "time_zone": st.sampled_from(["UTC", "Europe/Kyiv", "Nowhere"])}
)


def _outcome(text: str) -> Programme | None:
    """The programme, or nothing where it was refused with errors that say where, what and what to do, on lines that exist."""
    try:
        return read_programme(text, "x")
    except ConfigErrors as caught:
        refused = caught.errors
    assert refused
    assert all(error.where and error.what and error.do and str(error).isprintable() for error in refused)
    assert all(0 <= error.line <= text.count("\n") + 1 and len(error.key) <= 120 for error in refused)
    return None


@given(st.dictionaries(_KEYS, _VALUES, max_size=4), _ABOUT | _VALUES, st.lists(_RULE, max_size=3))
@settings(deadline=None)
def test_any_document_is_a_programme_or_refused_in_words(tables: dict[str, object], about: object, rules: list[object]) -> None:
    """Whatever stands in whatever keys, the outcome is a programme or errors, never a crash."""
    document = {**tables, "programme": about, "rule": rules}
    _outcome("\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in document.items()))


@given(st.text(max_size=80) | st.text(alphabet="[]{}=.\"'#\n\\ abxéЖ019-:,", max_size=120))
@settings(deadline=None, max_examples=300)
def test_any_text_is_a_programme_or_refused_in_words(text: str) -> None:
    """Whatever text a file holds, the outcome is a programme or errors, never a crash."""
    _outcome(text)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_spoilt_example_is_a_programme_or_refused_in_words(draw: st.DataObject) -> None:
    """A shipped file with some lines lost, doubled or exchanged is a programme or refused with lines that exist."""
    lines = COFFEE.splitlines()
    for _ in range(draw.draw(st.integers(1, 4))):
        place, other = (draw.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw.draw(st.sampled_from(["lose", "double", "exchange"])):
            case "lose":
                del lines[place]
            case "double":
                lines.insert(other, lines[place])
            case _:
                lines[place], lines[other] = lines[other], lines[place]
    _outcome("\n".join(lines))


# ---- the page


def test_the_page_holds_the_reference() -> None:
    """The page of all keys of a programme ends with the tables made from the annotations, word for word."""
    assert PAGE.read_text(encoding="utf-8").endswith(f"\n\n{programme_reference()}\n")


def test_every_key_has_a_meaning() -> None:
    """No key of the reference stands without a sentence."""
    rows = [row.split(" | ") for row in programme_reference().splitlines() if row.startswith("| `")]

    assert len(rows) > 150
    assert all(len(row) == 4 and row[3].rstrip(" |") and row[1] for row in rows)


def test_the_examples_of_the_page_are_a_programme() -> None:
    """What the page writes step by step is, taken together, a programme that can be put in force."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert len(blocks) > 8
    assert read_programme("\n".join(blocks), "x").name == "Corner bakery"
