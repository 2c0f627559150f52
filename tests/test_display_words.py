"""Words: every sentence in every language, compiled, complete, and counted as the language counts."""

from __future__ import annotations

import io
import re
from datetime import date, time
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

import display.words
from display.words import CATALOGUE_BYTES_MAX, LANGUAGES, LOCALES, NoWords, Words, load_words, words_for

WORDS = load_words()
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "stupeni.po").open("rb") as file:
        return read_po(file, locale=language)


def _messages(language: str) -> list[Message]:
    return [message for message in _catalogue(language) if message.id]


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    """Compiling the .po file now gives byte for byte the .mo file that is shipped."""
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(language))
    shipped = (LOCALES / language / "LC_MESSAGES" / "stupeni.mo").read_bytes()
    assert compiled.getvalue() == shipped, "run: pybabel compile -d display/locales -D stupeni"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_exactly_the_sentences_of_the_program(language: str) -> None:
    """No sentence is missing from a catalogue, and none is left over."""
    keywords = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
    said = {
        (context, messages if isinstance(messages, tuple) else (messages,))
        for path in Path(display.words.__file__).parent.rglob("*.py")
        for _, messages, _, context in extract_from_file("python", path, keywords)
    }
    assert {(message.context, _ids(message)) for message in _messages(language)} == said


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_is_translated(language: str) -> None:
    """Every message has all its forms, none of them marked as doubtful."""
    for message in _messages(language):
        assert all(_strings(message)), message.id
        assert not message.fuzzy, message.id
        assert len(_strings(message)) == (3 if message.pluralizable else 1), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_name_the_same_places(language: str) -> None:
    """Each form of a translation has the placeholders of the English sentence, no more and no fewer."""
    for message in _messages(language):
        wanted = set(re.findall(r"\{\w*\}", _ids(message)[-1]))
        for string in _strings(message):
            assert set(re.findall(r"\{\w*\}", string)) == wanted, message.id


@pytest.mark.parametrize(
    ("language", "one", "few", "many"),
    [("uk", "бал", "бали", "балів"), ("ru", "балл", "балла", "баллов"), ("en", "point", "points", "points")],
)
def test_points_are_counted_as_the_language_does(language: str, one: str, few: str, many: str) -> None:
    """1 and 21 take one form, 2 to 4 another, 0, 5 to 20 and 111 a third, where the language has three."""
    words = WORDS[language]
    assert words.points(1) == one
    assert {words.points(n) for n in (2, 3, 4, 22, 104)} == {few}
    assert {words.points(n) for n in (0, 5, 11, 12, 14, 20, 111)} == {many}
    assert words.points(21) == (many if language == "en" else one)
    assert words.balance(1250).endswith(many)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 7, 999, 1000, 12345, 9_999_999])
def test_numbers_are_written_as_the_language_does(language: str, number: int) -> None:
    """Thousands are set apart as Unicode's CLDR says, without Babel at run time."""
    assert WORDS[language].number(number) == format_decimal(number, locale=language)


@pytest.mark.parametrize(("language", "said"), [("uk", "Вітаємо, Олено!"), ("ru", "Здравствуйте, Олено!"), ("en", "Welcome, Олено!")])
def test_a_name_is_said_as_it_came(language: str, said: str) -> None:
    """The greeting takes the name as it is: the vocative is the hub's business."""
    assert WORDS[language].greeting("Олено").full == said


def test_a_name_cannot_steer_or_format() -> None:
    """Control characters vanish and braces stay braces: names come from outside."""
    assert WORDS["en"].greeting("\x1b[2J{name}\n\u202eOlena\u00a0M.").full == "Welcome, [2J{name} Olena M.!"


def test_time_is_said_in_24_hours() -> None:
    """Five past two in the afternoon is 14:05 everywhere."""
    assert {WORDS[language].as_of(time(14, 5), 0).tiny for language in LANGUAGES} == {"14:05"}


@pytest.mark.parametrize(
    ("language", "said", "coming"),
    [
        ("en", "You are invited: Дегустація, 3 Nov. Will you come?", "Will you come on 3 Nov?"),
        ("uk", "Запрошуємо вас: Дегустація, 3 листопада. Прийдете?", "Прийдете 3 листопада?"),
        ("ru", "Приглашаем вас: Дегустація, 3 ноября. Придёте?", "Придёте 3 ноября?"),
    ],
)
def test_an_invitation_names_the_evening_and_its_day(language: str, said: str, coming: str) -> None:
    """The title as the shop wrote it, without what draws nothing, and the date as the language says it; a line may not end in the date."""
    invited = WORDS[language].invited("Дегус\u200bтація", date(2026, 11, 3))
    assert [text.replace("\u00a0", " ") for text in (invited.full, invited.short)] == [said, coming]
    assert "3\u00a0" in invited.full


def test_nobody_is_given_a_gender() -> None:
    """No sentence speaks to the customer in a past tense that has a gender."""
    for language in TRANSLATED:
        for message in _messages(language):
            for string in _strings(message):
                assert not re.search(r"\b[Вв]и \w+(в|ла)\b|\b[Тт]ы \w+л[аи]?\b|\(а\)", string), string


def test_a_language_not_spoken_falls_back_to_the_first() -> None:
    """A member whose language this kiosk does not have is greeted in the first one."""
    assert words_for(WORDS, "kk") is WORDS["en"]
    assert words_for(WORDS, "uk").language == "uk"


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    """An incomplete installation says which file is missing."""
    with pytest.raises(NoWords, match=r"uk/LC_MESSAGES/stupeni\.mo.*reinstall"):
        load_words(("uk",), tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a catalogue at all", b"\xde\x12\x04\x95" + b"\xff" * 40, b"x" * (CATALOGUE_BYTES_MAX + 1)])
def test_a_damaged_catalogue_is_named(tmp_path: Path, content: bytes) -> None:
    """A file that is not a catalogue is refused by name, whatever is in it."""
    path = tmp_path / "uk" / "LC_MESSAGES" / "stupeni.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(NoWords, match=r"stupeni\.mo"):
        load_words(("uk",), tmp_path)


def test_languages_differ() -> None:
    """The words of one language are not by mistake those of another."""
    said = {words.ready().full for words in WORDS.values()}
    assert len(said) == len(LANGUAGES)
    assert all(isinstance(words, Words) for words in WORDS.values())
