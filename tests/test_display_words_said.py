"""What is said beside name and balance: every kind in every language, counted and dated as the language does, the shop's words first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from babel.dates import format_date

from display.scenes import MenuEntry, Refusal
from display.words import LANGUAGES, load_words
from loyalty.counter.greeting import SHIPPED_POOL
from loyalty.said import GreetingKind, Said

WORDS = load_words()
KIND = GreetingKind
LAST_DAY = date(2026, 11, 30)
POOLS = {  # kinds that come again to the same customer: how many texts they have
    KIND.RECOVERY: 3,
    KIND.BIRTHDAY: 3,
    KIND.HOLIDAY: 3,
    KIND.BURN: 3,
    KIND.SECOND_VISIT: 3,
    KIND.WELCOME_BACK: 3,
    KIND.MILESTONE: 3,
    KIND.GRATITUDE: 4,
}


def _one(kind: GreetingKind) -> Said:
    """One thing of that kind with all its fields filled."""
    return Said(kind, about="visit:7", points=7, day=LAST_DAY, count=7, word="Слово", by="Марина")


def _full(language: str, said: Said) -> str:
    return WORDS[language].said(said).full


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KIND)
def test_every_kind_has_a_sentence_of_its_own(language: str, kind: GreetingKind) -> None:
    """Each kind says something, in its language, with no placeholder left, and no two kinds say the same."""
    said = WORDS[language].said(_one(kind))
    assert all(text and not set("{}") & set(text) for text in said.variants)
    others = {_full(language, _one(other)) for other in KIND if other is not kind}
    assert said.full not in others
    if kind not in (KIND.NOTE, KIND.CAMPAIGN):  # those are the shop's words alone
        assert said.full not in {_full(other, _one(kind)) for other in LANGUAGES if other != language}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KIND)
def test_the_last_variant_is_short_and_holds_nothing_from_outside(language: str, kind: GreetingKind) -> None:
    """However long the shop's words and the numbers are, the last variant stays short enough for two rows of fifteen letters."""
    worst = replace(_one(kind), word="Ж" * 120, by="Ж" * 120, points=9_999_999, count=9_999_999, text="Ж" * 120)
    last = WORDS[language].said(worst).variants[-1]
    assert len(last) <= 30
    assert "Ж" not in last


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "texts"), POOLS.items())
def test_what_comes_again_is_said_otherwise(language: str, kind: GreetingKind, texts: int) -> None:
    """A pool has that many different texts, the variant chooses among them and goes round; the short variants are shared."""
    for about in ("visit:7", "streak:7", "years:7"):
        one = replace(_one(kind), about=about)
        said = [_full(language, replace(one, variant=variant)) for variant in range(2 * texts)]
        assert len(set(said)) == texts
        assert said[:texts] == said[texts:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_milestone_says_what_it_counts(language: str) -> None:
    """Visits, weeks in a row and years are told apart by what the milestone is about."""
    one = _one(KIND.MILESTONE)
    shorts = {WORDS[language].said(replace(one, about=about)).short for about in ("visit:7", "streak:7", "years:7")}
    assert len(shorts) == 3
    assert all("7" in short for short in shorts)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {1: "1 point burns on 30 Nov.", 2: "2 points burn on 30 Nov.", 21: "21 points burn on 30 Nov."}),
        (
            "uk",
            {
                1: "1 бал згорить 30 листопада.",
                2: "2 бали згорять 30 листопада.",
                5: "5 балів згорять 30 листопада.",
                21: "21 бал згорить 30 листопада.",
                112: "112 балів згорять 30 листопада.",
            },
        ),
        (
            "ru",
            {
                1: "1 балл сгорит 30 ноября.",
                3: "3 балла сгорят 30 ноября.",
                11: "11 баллов сгорят 30 ноября.",
                1250: "1\u00a0250 баллов сгорят 30 ноября.",
            },
        ),
    ],
)
def test_points_that_burn_are_counted_and_dated(language: str, said: dict[int, str]) -> None:
    """Number, verb and day agree as the language has it."""
    assert {count: _full(language, Said(KIND.BURN, points=count, day=LAST_DAY)) for count in said} == said


@pytest.mark.parametrize(
    ("about", "count", "uk", "ru"),
    [
        ("visit:1", 1, "Уже 1 візит. Дякуємо!", "Уже 1 визит. Спасибо!"),
        ("visit:22", 22, "Уже 22 візити. Дякуємо!", "Уже 22 визита. Спасибо!"),
        ("visit:100", 100, "Уже 100 візитів. Дякуємо!", "Уже 100 визитов. Спасибо!"),
        ("streak:4", 4, "4 тижні поспіль. Чудова звичка!", "4 недели подряд. Прекрасная привычка!"),
        ("streak:12", 12, "12 тижнів поспіль. Чудова звичка!", "12 недель подряд. Прекрасная привычка!"),
        ("years:1", 1, "Ви з нами вже 1 рік. Дякуємо!", "Вы с нами уже 1 год. Спасибо!"),
        ("years:3", 3, "Ви з нами вже 3 роки. Дякуємо!", "Вы с нами уже 3 года. Спасибо!"),
        ("years:5", 5, "Ви з нами вже 5 років. Дякуємо!", "Вы с нами уже 5 лет. Спасибо!"),
    ],
)
def test_visits_weeks_and_years_are_counted_as_the_language_does(about: str, count: int, uk: str, ru: str) -> None:
    """One, few and many."""
    said = Said(KIND.MILESTONE, about=about, count=count)
    assert (_full("uk", said), _full("ru", said)) == (uk, ru)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_is_written_as_the_language_does(month: int) -> None:
    """Day and month as Unicode's CLDR says, without Babel at run time: in Ukrainian and Russian the month's name in full, inflected."""
    day = date(2026, month, 7)
    for language, form in (("en", "d MMM"), ("uk", "d MMMM"), ("ru", "d MMMM")):
        assert WORDS[language].date(day) == format_date(day, form, locale=language).replace("Sept", "Sep")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_field_a_sentence_is_said_without_it(language: str) -> None:
    """No word, no day, no number: what is left is still a whole sentence, with nothing empty in it."""
    for kind in KIND:
        for variant in range(4):
            full = _full(language, Said(kind, variant=variant))
            assert full, kind
            assert not full.startswith((":", "!", " ", "—")), full
            assert not full.endswith((":", " ", "—", ": .")), full
            assert "0" not in full, full


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gift_is_named(language: str) -> None:
    """A birthday and a holiday name what comes with them: a perk, points, or both; without a gift nothing of the kind is said."""
    words = WORDS[language]
    both = words.said(Said(KIND.BIRTHDAY, word="Торт", points=5))
    assert f"Торт, {words.balance(5)}." in both.full
    assert f"Торт, {words.balance(5)}." in both.short
    assert words.balance(5) in _full(language, Said(KIND.HOLIDAY, word="День", points=5))
    assert words.balance(5) not in (both.tiny or "")
    assert "0" not in _full(language, Said(KIND.BIRTHDAY, word="Торт"))


def test_a_note_is_said_as_it_was_written() -> None:
    """In full with its author behind it; where that is too long without the author; without an author no dash."""
    said = WORDS["uk"].said(Said(KIND.NOTE, word="Чекаємо у п’ятницю", by="Марина"))
    assert said.variants[:2] == ("Чекаємо у п’ятницю — Марина", "Чекаємо у п’ятницю")
    assert _full("uk", Said(KIND.NOTE, word="Чекаємо")) == "Чекаємо"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KIND)
def test_the_shops_own_text_comes_first(language: str, kind: GreetingKind) -> None:
    """It is the full variant as it is, braces and all; the shipped short ones stay behind it for where it does not fit."""
    shipped = WORDS[language].said(_one(kind))
    own = WORDS[language].said(replace(_one(kind), text="Our own {word}: 100 %"))
    assert own.full == "Our own {word}: 100 %"
    assert own.variants[1:] == shipped.variants[1:]


@pytest.mark.parametrize("kind", KIND)
def test_words_from_outside_cannot_steer_or_format(kind: GreetingKind) -> None:
    """Control characters vanish from every field that is shown; braces stay braces; text of nothing else counts as none."""
    dirty = "\x1b[2J{count}\n\u202eЇ"
    for said in (replace(_one(kind), word=dirty, by=dirty), replace(_one(kind), text=dirty)):
        for text in WORDS["uk"].said(said).variants:
            assert text.replace("\u00a0", " ").isprintable()
    assert WORDS["uk"].said(replace(_one(kind), text="\x1b\n \u200b")) == WORDS["uk"].said(_one(kind))


def test_a_card_is_never_explained() -> None:
    """Whatever is known about it, the screen only asks to see the staff."""
    plain = WORDS["en"].said(Said(KIND.CARD))
    assert WORDS["en"].said(Said(KIND.CARD, about="blocked", word="stolen", by="Maryna", count=3)) == plain
    assert "staff" in plain.full


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_and_refusals_are_told_apart(language: str) -> None:
    """Each entry and each reason of a refusal has words of its own, short variants included."""
    words = WORDS[language]
    assert len({words.menu_entry(entry).full for entry in MenuEntry}) == len(MenuEntry)
    assert len({words.menu_entry(entry).short for entry in MenuEntry}) == len(MenuEntry)
    assert len({(words.not_now(why)[0].full, words.not_now(why)[1].full) for why in Refusal}) == len(Refusal)


@pytest.mark.parametrize(
    ("minutes", "uk", "ru"),
    [
        (1, "Відповімо протягом 1 хвилини.", "Ответим в течение 1 минуты."),
        (2, "Відповімо протягом 2 хвилин.", "Ответим в течение 2 минут."),
        (5, "Відповімо протягом 5 хвилин.", "Ответим в течение 5 минут."),
        (21, "Відповімо протягом 21 хвилини.", "Ответим в течение 21 минуты."),
    ],
)
def test_minutes_are_counted_in_the_case_they_stand_in(minutes: int, uk: str, ru: str) -> None:
    """Behind "within" all of them are genitive."""
    assert WORDS["uk"].staff_called(minutes)[1].full == uk
    assert WORDS["ru"].staff_called(minutes)[1].full == ru


def test_a_reward_is_confirmed_with_its_price_and_what_is_left() -> None:
    """Title, points and the rest, each counted by its own number; the title is quoted, never inflected."""
    assert WORDS["en"].confirm_reward("Tea", 1, 2).full == "Take “Tea” for 1 point? 2 points will be left."
    assert WORDS["uk"].confirm_reward("Чай", 2, 5).full == "Взяти «Чай» за 2 бали? Залишиться 5 балів."
    assert WORDS["ru"].confirm_reward("Чай", 5, 1).full == "Взять «Чай» за 5 баллов? Останется 1 балл."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_friend_is_thanked_for_by_name_or_without(language: str) -> None:
    """The name stands as it came; nameless, the same without it."""
    assert WORDS[language].friend_joined("Олено").full.startswith("Олено, ")
    assert "None" not in WORDS[language].friend_joined(None).full
    assert WORDS[language].put_right("Олено").full.startswith("Олено, ")
    assert WORDS[language].put_right(None).full[0].isupper()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rung_is_thanked_for_and_never_named(language: str) -> None:
    """A regular and an advocate get sentences of their own, none of which says the word of the ladder."""
    said = {rung: _full(language, Said(KIND.PROMOTION, f"rung:{rung}")) for rung in ("client", "advocate")}
    assert len({*said.values(), _full(language, Said(KIND.PROMOTION))}) == 3
    assert not any(rung in text.lower() for rung, text in said.items())
    assert "VIP" in _full(language, Said(KIND.PROMOTION, "tier:vip", word="VIP"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_a_birthday_is_no_number(language: str) -> None:
    """It counts nothing, so no number is said; a milestone without a number is plain thanks."""
    said = [_full(language, Said(KIND.MILESTONE, "half-birthday", variant)) for variant in range(3)]
    assert len(set(said)) == 3
    assert not {*said} & {_full(language, Said(KIND.GRATITUDE, variant=variant)) for variant in range(4)}
    assert not any(c.isdigit() for text in said for c in text)
    assert _full(language, Said(KIND.MILESTONE, "visit:0")) == _full(language, Said(KIND.GRATITUDE))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [KIND.SECOND_VISIT, KIND.WELCOME_BACK])
def test_who_comes_back_is_told_of_a_perk(language: str, kind: GreetingKind) -> None:
    """The perk of today stands behind the greeting, which is the same without it."""
    plain = _full(language, Said(kind, count=3))
    gifted = WORDS[language].said(Said(kind, count=3, word="Торт"))
    assert gifted.full.startswith(f"{plain} ")
    assert gifted.full.endswith(" Торт.")
    assert "Торт" in gifted.short


def test_the_pools_are_as_large_as_the_chooser_believes() -> None:
    """Whoever chooses a variant knows how many texts there are: as many as differ, for every kind."""
    for kind, texts in SHIPPED_POOL.items():
        said = {_full("uk", replace(_one(kind), variant=variant)) for variant in range(24)}
        assert len(said) == texts, kind
