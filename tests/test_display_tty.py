"""The terminal painter and the keys: readable lines within the screen, nothing personal where a scene has nothing personal."""

from __future__ import annotations

from datetime import date

import pytest

from display.input import Key, meaning_of_key
from display.paint.tty import COLUMNS, ROWS, TtyPainter, lines_of
from display.scenes import (
    Ask,
    Button,
    ConfirmReward,
    Dark,
    Frame,
    FriendJoined,
    Greeting,
    Hide,
    Intent,
    Invited,
    Menu,
    MenuEntry,
    MoreTime,
    Offer,
    OpenMenu,
    PutRight,
    Ready,
    Rewards,
    Scene,
    WhyBad,
)
from display.words import LANGUAGES, load_words
from loyalty.facts import ReasonCode
from loyalty.said import GreetingKind, Said
from tests.pictures import LONG_NAMES, NAMES, SINCE, frames

WORDS = load_words()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scene_fits_the_rows(language: str) -> None:
    """Each scene is exactly so many rows of at most 80 characters, says something (but in the dark), and has no control characters."""
    for name, frame in frames(language).items():
        lines = lines_of(frame, WORDS[language])
        assert len(lines) == ROWS, name
        assert all(len(line) <= COLUMNS and line.replace("\u00a0", " ").isprintable() for line in lines), name
        assert any(c.isalpha() for line in lines[1:-1] for c in line) != isinstance(frame.scene, Dark), name


def test_the_greeting_says_name_balance_and_keys() -> None:
    """Name, balance, what it earned, how old it is, since when there is no hub, and a key for each face and button."""
    text = "\n".join(lines_of(Frame(Greeting("Олено", 1250, 1, as_of=SINCE, waiting=10), "uk", SINCE), WORDS["uk"]))
    for said in ("Вітаємо, Олено!", "1\u00a0250 балів", "+1 сьогодні", "станом на 14:05 (+10 очікує)", "Без зв’язку з 14:05"):
        assert said in text
    for said in ("[a] :D Чудово", "[s] :) Добре", "[d] :( Погано", "[f] >:( Жахливо", "[m] Довше", "[h] Сховати"):
        assert said in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_never_seen_is_told_that_its_visit_counts(language: str) -> None:
    """Without name and balance, points earned are acknowledged; without points nothing is claimed."""
    said = WORDS[language].visit_counts().full
    assert said in "\n".join(lines_of(Frame(Greeting(None, None, 10), language), WORDS[language]))
    assert said not in "\n".join(lines_of(Frame(Greeting(None, None, 0), language), WORDS[language]))


@pytest.mark.parametrize(
    ("page", "keys"), [(0, ("[a] Nobody", "[s] Impolite", "[d] Product", "[f] More")), (1, ("[a] Price", "[d] Something"))]
)
def test_the_question_shows_the_page_of_the_keys(page: int, keys: tuple[str, ...]) -> None:
    """The reasons stand beside the keys that choose them, three to a page."""
    text = "\n".join(lines_of(Frame(WhyBad(tuple(ReasonCode), page), "en"), WORDS["en"]))
    assert all(key in text for key in keys)


def test_three_reasons_have_no_more() -> None:
    """With nothing to turn to, no page-turning key is offered."""
    assert not any("[f]" in line for line in lines_of(Frame(WhyBad(tuple(ReasonCode)[:3]), "en"), WORDS["en"]))


def test_what_is_said_stands_between_balance_and_faces() -> None:
    """The main thing in full, wrapped, then the second; the tier beside the name and the key of the menu; without the menu, no key."""
    note = Said(GreetingKind.NOTE, word="word " * 20 + "end", by="Maryna")
    scene = Greeting("Olena", 1250, 1, said=note, second=Said(GreetingKind.GRATITUDE), tier="Gold", options=True)
    lines = [line.strip() for line in lines_of(Frame(scene, "en"), WORDS["en"])]
    text = " ".join(line for line in lines if line)
    assert "Welcome, Olena!   * Gold 1,250 points   (+1 today) word" in text
    assert "word end — Maryna Thank you for being with us. [a]" in text
    assert "[r] Options" in text
    assert "[r]" not in "\n".join(lines_of(Frame(Greeting("Olena", 5, 1), "en"), WORDS["en"]))


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        (PutRight("Olena"), ("Olena, last time", "[a] Yes", "[s] Not yet", "[h] Skip")),
        (Invited("Tasting", date(2026, 11, 30)), ("Tasting, 30\u00a0Nov. Will you come?", "[a] Yes   [s] No", "[h] Skip")),
        (Ask("Tea?", ("Green", "Black", "White", "None"), 1), ("Tea?", "[a] None", "[f] More…", "[h] Skip")),
        (Menu(tuple(MenuEntry)), ("[a] Rewards", "[s] Bring a friend", "[d] Something wrong?", "[f] Call staff", "[h] Close")),
        (Rewards(20, (Offer("Tea", 10), Offer("Cake", 50, 30))), ("20 points", "[a] Tea: 10 points", "[s] Cake: 50 points (30 more)")),
        (ConfirmReward("Tea", 10, 1), ("Take “Tea” for 10 points? 1 point will be left.", "[a] Yes", "[s] No")),
    ],
)
def test_choices_stand_beside_their_keys(scene: Scene, said: tuple[str, ...]) -> None:
    """What is asked and offered shows the keys of the push-buttons that take it, and the way out."""
    text = "\n".join(lines_of(Frame(scene, "en"), WORDS["en"]))
    assert [piece for piece in said if piece not in text] == []


def test_an_invitation_is_shown_whole() -> None:
    """The longest title a shop may write goes on in the next row."""
    title = " ".join(["Evening"] * 7)
    text = " ".join(line.strip() for line in lines_of(Frame(Invited(title, date(2026, 9, 30)), "en"), WORDS["en"]))
    assert f"You are invited: {title}, 30\u00a0Sep. Will you come?" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_what_speaks_to_somebody_is_personal(language: str) -> None:
    """After a greeting, no scene that names nobody leaves name or balance on the terminal: each painted frame rewrites every row."""
    for name, frame in frames(language).items():
        if isinstance(frame.scene, Greeting | PutRight | FriendJoined):
            continue
        written: list[str] = []
        painter = TtyPainter(written.append, WORDS)
        painter.paint(Frame(Greeting(LONG_NAMES[language], 123456, 1), language))
        painter.paint(frame)
        last = written[-1]
        assert NAMES[language] not in last, name
        assert LONG_NAMES[language] not in last, name
        assert "123" not in last, name
        assert last.startswith("\x1b[H"), name
        assert last.count("\x1b[K\r\n") == ROWS, name


def test_an_equal_frame_writes_nothing() -> None:
    """Painting the same again is silent, another frame is not."""
    written: list[str] = []
    painter = TtyPainter(written.append, WORDS)
    painter.paint(Frame(Ready("Shop"), "en"))
    painter.paint(Frame(Ready("Shop"), "en"))
    assert len(written) == 1
    painter.paint(Frame(Ready("Shop"), "uk"))
    assert len(written) == 2


def test_without_style_there_are_no_colours() -> None:
    """Unstyled, only the cursor moves and lines are cleared: no bold, no dim."""
    plain: list[str] = []
    styled: list[str] = []
    TtyPainter(plain.append, WORDS, styled=False).paint(Frame(Ready("Shop"), "en"))
    TtyPainter(styled.append, WORDS).paint(Frame(Ready("Shop"), "en"))
    assert "m" not in {piece[-1:] for piece in plain[0].split("\x1b[")}
    assert "\x1b[1m" not in plain[0]
    assert "\x1b[1m" in styled[0]


def test_a_name_cannot_steer_the_terminal() -> None:
    """Escape sequences in a name or a shop's name lose their escape."""
    for scene in (Greeting("\x1b[2JEve", 5, 0), Ready("\x1b]0;Eve\x07")):
        written: list[str] = []
        TtyPainter(written.append, WORDS, styled=False).paint(Frame(scene, "en"))
        assert "\x1b[2J" not in written[0]
        assert "\x1b]" not in written[0]
        assert "\x07" not in written[0]
        assert "Eve" in written[0]


def test_closing_empties_the_rows() -> None:
    """Nothing personal stays when the painter closes."""
    written: list[str] = []
    painter = TtyPainter(written.append, WORDS)
    painter.paint(Frame(Greeting("Olena", 5, 1), "en"))
    painter.close()
    assert written[-1] == "\x1b[H" + "\x1b[K\r\n" * ROWS


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("a", Button(0)),
        ("s", Button(1)),
        ("d", Button(2)),
        ("f", Button(3)),
        ("m", MoreTime()),
        ("h", Hide()),
        ("A", Button(0)),
        ("ф", Button(0)),
        ("і", Button(1)),
        ("ы", Button(1)),
        ("в", Button(2)),
        ("А", Button(3)),
        ("ь", MoreTime()),
        ("р", Hide()),
        ("r", OpenMenu()),
        ("к", OpenMenu()),
        ("1", Key("1")),
        ("?", Key("?")),
        (" ", Key("space")),
        ("\x1b", Key("escape")),
        ("\r", Key("return")),
        ("q", Key("q")),
        ("й", Key("q")),
        ("г", Key("u")),
        ("escape", Key("escape")),
        ("left shift", Key("left shift")),
    ],
)
def test_keys_mean_their_place_on_the_keyboard(typed: str, meaning: Intent | Key) -> None:
    """a s d f are the four buttons, m, h and r more time, hide and the menu, in any case and layout; others keep their name."""
    assert meaning_of_key(typed) == meaning
