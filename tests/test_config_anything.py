"""Whatever is written, the loader answers with a configuration or with words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from config import sources
from config.errors import ConfigError, ConfigErrors
from config.load import described, settle
from config.schema import KioskConfig

_WORDS = st.sampled_from([key.partition(".")[2] for key in described(KioskConfig)]) | st.text(max_size=8)
_SECTIONS = st.sampled_from(["kiosk", "broker", "display", "panel", "privacy", "log", "oled"]) | st.text(max_size=8)
_VALUES = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes()
    | st.sampled_from(["uid", "tty", "localhost", "/a/b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _outcome(written: list[sources.Given | ConfigError]) -> KioskConfig | None:
    """The configuration, or nothing where it was refused with errors, each of which says where and what to do."""
    try:
        return settle(KioskConfig, written).config
    except ConfigErrors as caught:
        refused = caught.errors
    assert refused
    assert all(error.where and error.what and error.do and str(error).isprintable() for error in refused)
    return None


@given(st.dictionaries(_SECTIONS, st.dictionaries(_WORDS, _VALUES, max_size=4), max_size=4))
def test_any_values_give_a_configuration_or_words(document: dict[str, dict[str, object]]) -> None:
    """Whatever values stand in whatever keys, the outcome is a configuration or errors, never a crash."""
    _outcome(
        [sources.Given(section, key, raw, sources.Origin("x", 1)) for section, table in document.items() for key, raw in table.items()]
    )


@given(st.binary(max_size=200) | st.text(alphabet="[]{}=.\"'#\n\\ abxéЖ019-:,", max_size=120).map(lambda text: text.encode("utf-8")))
@settings(max_examples=300)
def test_any_bytes_give_a_configuration_or_words(content: bytes) -> None:
    """Whatever bytes a file holds, the outcome is a configuration or errors, never a crash."""
    _outcome(list(sources.document(content, "x")))


@given(
    st.dictionaries(st.text(max_size=12).map(lambda name: f"STUPENI_{name}"), st.text(max_size=20), max_size=3),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_any_environment_and_flags_give_a_configuration_or_words(variables: dict[str, str], flags: list[str]) -> None:
    """Whatever the environment and the command line hold, the outcome is a configuration or errors, never a crash."""
    _outcome([*sources.environment(variables), *sources.flags(flags)])


@given(st.sampled_from(sorted(described(KioskConfig))), st.text(max_size=20))
def test_any_text_for_a_setting_is_taken_or_refused(key: str, text: str) -> None:
    """Whatever text a flag gives to a setting, the outcome is a configuration or errors, never a crash."""
    _outcome(list(sources.flags([f"{key}={text}"])))


@given(
    st.integers(3, 8),
    st.sampled_from(["window", "tty", "none"]),
    st.lists(st.sampled_from(["en", "uk", "ru"]), min_size=1, max_size=3, unique=True),
    st.booleans(),
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40),
)
def test_what_is_shown_can_be_read_again(greeting_s: int, kind: str, languages: list[str], fullscreen: bool, shop_name: str) -> None:
    """A configuration written out from its origins is the same configuration."""
    values = {
        ("privacy", "greeting_s"): greeting_s,
        ("display", "kind"): kind,
        ("display", "languages"): languages,
        ("display", "fullscreen"): fullscreen,
        ("kiosk", "shop_name"): shop_name,
    }
    first = settle(KioskConfig, [sources.Given(section, key, raw, sources.Origin("x")) for (section, key), raw in values.items()])
    again = settle(KioskConfig, sources.document("\n".join(f"{row.key} = {row.value}" for row in first.origins()).encode(), "x"))

    assert again.config == first.config
