"""Layouts: nothing overflows, overlaps or is too small to hit or read, in any language, on any screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time
from itertools import pairwise, product

import pytest
from colorzero import Color  # type: ignore[import-untyped]
from PIL import ImageFont

from display.contrast import channels, contrast
from display.layouts import mono, wide
from display.layouts.ops import Box, Circle, HitArea, Op, Rect, RoundRect, Text, Weight
from display.paint.canvas import Canvas
from display.paint.fonts import FONT_FILES
from display.paint.pixels import PixelCanvas
from display.samples import EVENING_DAY, EVENINGS
from display.samples_said import TIERS, said
from display.scenes import (
    Answer,
    Ask,
    Because,
    BringFriend,
    Choose,
    ConfirmReward,
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
    Pick,
    PutRight,
    Rate,
    RewardCode,
    Rewards,
    Scene,
    StaffCalled,
    Thanks,
    WhyBad,
)
from display.theme import MonoTheme, Theme, load_theme
from display.words import LANGUAGES, Words, load_words
from loyalty.facts import Face, ReasonCode
from loyalty.said import GreetingKind, Said
from tests.pictures import LONG_NAMES, NAMES, SINCE, Case, cases, frames, large_theme, painted, wide_theme
from tests.pseudo import pseudo_words

WORDS: Mapping[str, Words] = {**load_words(), "en_XA": pseudo_words()}
WIDE: dict[str, Theme] = {
    "wide": wide_theme(),
    "large": large_theme(),
    "far": load_theme(800, 480, 178, 500),
    "full-hd": load_theme(1920, 1080, 340, 600),
}
MONO: dict[str, MonoTheme] = {"mono128": MonoTheme(128, 64), "mono256": MonoTheme(256, 64)}

SHOP_WORDS = (  # kinds with words of the shop in them
    *(GreetingKind.NOTE, GreetingKind.BIRTHDAY, GreetingKind.HOLIDAY),
    *(GreetingKind.PROMOTION, GreetingKind.WE_DID, GreetingKind.CAMPAIGN),
)
SINCE_DAY = date(2026, 9, 30)
SCREENS: dict[str, Theme | MonoTheme] = {**WIDE, **MONO}


def _frames(language: str) -> dict[str, Frame]:
    """The golden frames; en_XA gets the English ones, and each is also shown off line."""
    source = frames("en" if language == "en_XA" else language)
    found = {name: Frame(frame.scene, language, frame.offline_since) for name, frame in source.items()}
    worst = Greeting(LONG_NAMES.get(language, LONG_NAMES["en"]), 9_999_999, 100, as_of=SINCE, waiting=100)
    found["greeting-worst"] = Frame(worst, language, SINCE)
    found |= {f"{name}+offline": Frame(frame.scene, language, SINCE) for name, frame in found.items()}
    found["code-offline"] = Frame(RewardCode("Coffee " * 20, "WQWQ", 999), language, SINCE)
    return found | {name: Frame(scene, language) for name, scene in _worst(LONG_NAMES.get(language, LONG_NAMES["en"])).items()}


def _worst(name: str) -> dict[str, Scene]:
    """What a shop should not write and a screen must bear: texts of 120 letters, with spaces and without, and numbers of seven digits."""
    number = 9_999_999
    scenes: dict[str, Scene] = {
        "put-right-worst": PutRight(name),
        "friend-joined-worst": FriendJoined(name),
        "staff-called-worst": StaffCalled(120),
        "bring-friend-worst": BringFriend(999),
    }
    for kind, text in (("words", "Шість слів щоб було ще Їх " * 5), ("word", "Ж" * 120)):
        said = [Said(each, count=number, points=number, day=SINCE_DAY, word=text, by=text) for each in (*SHOP_WORDS, GreetingKind.BURN)]
        scenes |= {
            f"ask-{kind}": Ask(text, (text,) * 6),
            f"ask-two-{kind}": Ask(text, (text,) * 2),
            f"invited-{kind}": Invited(text, SINCE_DAY),
            f"rewards-{kind}": Rewards(number, (Offer(text, number), *(Offer(text, number, number),) * 5)),
            f"rewards-two-{kind}": Rewards(number, (Offer(text, number), Offer(text, number, number))),
            f"confirm-{kind}": ConfirmReward(text, number, number),
            f"code-{kind}": RewardCode(text, "WQWQ", 999),
            f"own-{kind}": Greeting(name, number, 100, said=Said(GreetingKind.CARD, text=text), tier=text, options=True),
            f"tier-{kind}": Greeting(name, 5, 1, tier=text),
            **{f"{one.kind}-{kind}": Greeting(name, number, 100, None, 0, one, said[-1], "Platinum", options=True) for one in said},
            f"nameless-{kind}": Greeting(None, None, 5, None, 0, said[0], said[-1], options=True),
        }
    return scenes


@pytest.fixture(scope="module")
def layouts() -> dict[str, Callable[[Frame], list[Op]]]:
    """Each screen's layout with its painter's own measure."""
    canvas, pixels = Canvas(), PixelCanvas()

    def on(theme: Theme | MonoTheme) -> Callable[[Frame], list[Op]]:
        if isinstance(theme, Theme):
            return lambda frame: wide.layout(frame, theme, WORDS[frame.language], canvas.measure)
        return lambda frame: mono.layout(frame, theme, WORDS[frame.language], pixels.measure)

    return {name: on(theme) for name, theme in SCREENS.items()}


def _texts(ops: list[Op]) -> list[Text]:
    return [op for op in ops if isinstance(op, Text)]


def _areas(ops: list[Op]) -> list[HitArea]:
    return [op for op in ops if isinstance(op, HitArea)]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", [*WIDE, *MONO])
def test_no_text_leaves_the_screen_or_meets_another(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """Every line of every scene lies on the glass and apart from every other line."""
    theme = SCREENS[screen]
    glass = Box(0, 0, theme.width, theme.height)
    if isinstance(theme, MonoTheme):
        glass = Box(mono.EDGE, 0, theme.width - 2 * mono.EDGE, theme.height)
    for name, frame in _frames(language).items():
        texts = _texts(layouts[screen](frame))
        for place, text in enumerate(texts):
            assert glass.holds(text.box), f"{name}: {text.text!r} leaves the screen: {text.box}"
            for other in texts[place + 1 :]:
                assert not text.box.meets(other.box), f"{name}: {text.text!r} meets {other.text!r}"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
def test_no_text_leaves_or_enters_a_surface(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """What is written on a button or badge stays on it, and nothing else runs into it."""
    for name, frame in _frames(language).items():
        ops = layouts[screen](frame)
        for surface in (op.box for op in ops if isinstance(op, RoundRect) and op.colour == WIDE[screen].palette.card):
            for text in _texts(ops):
                belongs = text.on == WIDE[screen].palette.card and surface.has(*text.box.centre)
                inked = Box(text.box.x, text.y - round(text.size_px * 0.74), text.box.w, round(text.size_px * 0.74))
                assert surface.holds(inked) if belongs else not surface.meets(inked), f"{name}: {text.text!r} {text.box} and {surface}"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
def test_labels_keep_clear_of_the_edge_of_their_button(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """All ink of a button's label, accents and tails included, stays inside with a margin, at 400 and at 500 mm."""
    theme = WIDE[screen]
    for name, frame in _frames(language).items():
        ops = layouts[screen](frame)
        buttons = [op.box for op in ops if isinstance(op, RoundRect) and op.colour == theme.palette.edge]
        for text in _texts(ops):
            for button in (box for box in buttons if box.has(*text.box.centre)):
                assert button.inset(theme.scaled(5)).holds(text.box), f"{name}: {text.text!r} {text.box} in {button}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_ink_stays_in_the_box_a_text_claims(layouts: dict[str, Callable[[Frame], list[Op]]], language: str) -> None:
    """What the shipped fonts draw, measured glyph by glyph, reaches no higher and no lower than the box says."""
    for frame in _frames(language).values():
        for text in _texts(layouts["far"](frame)):
            _, top, _, bottom = ImageFont.truetype(FONT_FILES[text.weight], text.size_px).getbbox(text.text, anchor="ls")
            assert text.box.y <= text.y + top, text.text
            assert text.y + bottom <= text.box.bottom, text.text


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
def test_words_under_the_faces_never_read_as_one(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """All four have one size, stand in the middle of their own face's area, half their size apart and clear of the screen's edge."""
    theme = WIDE[screen]
    ops = layouts[screen](Frame(Greeting("Olena", 5, 1), language))
    areas = [area.box for area in _areas(ops) if isinstance(area.intent, Rate)]
    said = [next(text for text in _texts(ops) if text.text == WORDS[language].face(face)) for face in reversed(Face)]
    assert len({text.size_px for text in said}) == 1
    assert [area.centre[0] for area in areas] == [text.x for text in said]
    assert all(area.x <= text.box.x and text.box.right <= area.right for area, text in zip(areas, said, strict=True))
    assert all(right.box.x - left.box.right >= left.size_px / 2 for left, right in pairwise(said))
    assert said[0].box.x >= theme.scaled(20)
    assert said[-1].box.right <= theme.width - theme.scaled(20)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
@pytest.mark.parametrize("since", [None, SINCE])
def test_thanks_keep_their_distances(
    layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str, since: time | None
) -> None:
    """The tick stands clear of the badge above and the words below it, and a margin is left under the last line."""
    theme = WIDE[screen]
    for bad in (False, True):
        ops = layouts[screen](Frame(Thanks(bad, earned=25), language, since))
        tick = max((op for op in ops if isinstance(op, Circle)), key=lambda disc: disc.radius)
        badges = [op.box.bottom for op in ops if isinstance(op, RoundRect)]
        below = [text.box for text in _texts(ops) if text.on == theme.palette.ground]
        assert tick.radius >= theme.scaled(50)
        assert tick.y - tick.radius >= max(badges, default=0) + theme.scaled(12)
        assert min(box.y for box in below) >= tick.y + tick.radius + theme.scaled(8)
        assert max(box.bottom for box in below) <= theme.height - theme.scaled(30)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_what_a_visit_earned_is_always_said_alike(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """On one screen, "+10" has its word or has it not, for every balance up to five digits."""
    earned = WORDS[language].earned(10)
    shown = set()
    for balance in (1, 22, 999, 1250, 99_999):
        shown |= {text.text for text in _texts(layouts[screen](Frame(Greeting("Olena", balance, 10), language)))} & set(earned.variants)
    assert len(shown) == 1


@pytest.mark.parametrize("screen", WIDE)
@pytest.mark.parametrize(("language", "waiting"), [*product(LANGUAGES, (1, 10, 100)), ("uk", 1000)])
def test_an_old_balance_is_explained_in_words(
    layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str, waiting: int
) -> None:
    """Beside the badge, the age of the balance never shrinks to two bare numbers: the badge does, if one must."""
    frame = Frame(Greeting("Olena", 1260, 10, as_of=SINCE, waiting=waiting), language, SINCE)
    said = WORDS[language].as_of(SINCE, waiting)
    assert {text.text for text in _texts(layouts[screen](frame))} & {said.full, said.short}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("since", [None, SINCE])
def test_a_card_never_seen_is_told_that_its_visit_counts(
    layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str, since: time | None
) -> None:
    """Without name and balance, the place of the balance says that the visit counts; without points it does not."""

    def said(earned: int) -> str:
        texts = _texts(layouts[screen](Frame(Greeting(None, None, earned), language, since)))
        return " ".join(text.text for text in texts)

    variants = WORDS[language].visit_counts().variants
    assert any(variant in said(10) for variant in variants)
    assert not any(variant in said(0) for variant in variants)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
def test_targets_can_be_hit(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """Everything to press is on the glass, at least 15 mm (a face or an answer 20 mm) both ways and 3 mm from its neighbours."""
    theme = WIDE[screen]
    gap = 3.0 * theme.px_per_mm
    for name, frame in _frames(language).items():
        areas = _areas(layouts[screen](frame))
        for place, area in enumerate(areas):
            least_mm = 20 if isinstance(area.intent, Rate | Because | Answer | Choose | Pick) else 15
            assert min(area.box.w, area.box.h) / theme.px_per_mm >= least_mm, f"{name}: {area}"
            assert Box(0, 0, theme.width, theme.height).holds(area.box), f"{name}: {area}"
            grown = Box(round(area.box.x - gap), round(area.box.y - gap), round(area.box.w + 2 * gap), round(area.box.h + 2 * gap))
            for other in areas[place + 1 :]:
                assert not grown.meets(other.box), f"{name}: {area} too near to {other}"


def test_the_greeting_offers_four_faces_best_first(layouts: dict[str, Callable[[Frame], list[Op]]]) -> None:
    """From left to right: very good, good, bad, very bad; and beside them more time and hide."""
    areas = _areas(layouts["wide"](Frame(Greeting("Olena", 5, 1), "en")))
    faces = sorted((area for area in areas if isinstance(area.intent, Rate)), key=lambda area: area.box.x)
    assert [area.intent for area in faces] == [Rate(Face.VERY_GOOD), Rate(Face.GOOD), Rate(Face.BAD), Rate(Face.VERY_BAD)]
    assert {area.intent for area in areas} - {area.intent for area in faces} == {MoreTime(), Hide()}


def test_the_question_offers_every_reason_on_touch(layouts: dict[str, Callable[[Frame], list[Op]]]) -> None:
    """All reasons can be touched whatever the page of the push-buttons, and the question can be refused."""
    areas = _areas(layouts["wide"](Frame(WhyBad(tuple(ReasonCode), page=1), "uk")))
    assert [area.intent for area in areas] == [*(Because(code) for code in ReasonCode), Hide()]


@pytest.mark.parametrize(("page", "reasons"), [(0, ["Ignored", "Impolite", "Quality"]), (1, ["Price", "Waiting", "Other"])])
def test_the_small_screen_lists_choices_in_the_order_of_the_buttons(
    layouts: dict[str, Callable[[Frame], list[Op]]], page: int, reasons: list[str]
) -> None:
    """A page shows its three reasons and then "more", one row for each push-button."""
    rows = _texts(layouts["mono128"](Frame(WhyBad(tuple(ReasonCode), page), "en")))
    variants = [WORDS["en"].reason(code).variants for code in tuple(ReasonCode)[page * 3 : page * 3 + 3]]
    assert [variant[1] for variant in variants] == reasons
    assert all(row.text in wanted for row, wanted in zip(rows, [*variants, ("More…",)], strict=True))


def _all_said(language: str) -> list[Said]:
    """One of every kind, and every text of its pool, with words as a shop would write them."""
    return [replace(one, variant=variant) for one in said("en" if language == "en_XA" else language).values() for variant in range(4)]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_whatever_is_said_is_shown_whole(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """One of the variants of what is said stands on the screen from its first word to its last, beside a long name as well."""
    for one in _all_said(language):
        scene = Greeting("Bartholomew-Alexander", 123_456, 25, said=one, options=True)
        shown = " ".join(text.text for text in _texts(layouts[screen](Frame(scene, language))))
        assert any(variant in shown for variant in WORDS[language].said(one).variants), (one, shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_screen_says_everything_in_full(layouts: dict[str, Callable[[Frame], list[Op]]], language: str) -> None:
    """On 7 inches no text of any pool is shortened, not even a note of 120 letters, nor is the name left out for it."""
    for one in _all_said(language):
        scene = Greeting("Olena", 1250, 1, said=one, second=one, tier="Gold", options=True)
        shown = " ".join(text.text for text in _texts(layouts["wide"](Frame(scene, language))))
        assert WORDS[language].said(one).full in shown
        assert "Olena" in shown


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", WIDE)
def test_what_is_said_keeps_between_the_balance_and_the_faces(
    layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str
) -> None:
    """Its lines and the bar beside them stand below the name, above the faces, left of the buttons; the second line below the main."""
    for one in _all_said(language):
        scene = Greeting("Olena", 1250, 1, said=one, second=Said(GreetingKind.GRATITUDE), options=True)
        ops = layouts[screen](Frame(scene, language, SINCE))
        faces_top = min(area.box.y for area in _areas(ops) if isinstance(area.intent, Rate))
        buttons_left = min(area.box.x for area in _areas(ops) if not isinstance(area.intent, Rate))
        bar = next(op.box for op in ops if isinstance(op, RoundRect) and op.colour == WIDE[screen].palette.accent)
        number = next(text.box for text in _texts(ops) if WORDS[language].number(1250) in text.text)
        lines = [text.box for text in _texts(ops) if bar.right < text.box.x < buttons_left and number.bottom <= text.box.y < faces_top]
        assert lines, one
        assert max(box.right for box in lines) <= buttons_left
        assert number.bottom <= bar.y
        assert max(bar.bottom, *(box.bottom for box in lines)) <= faces_top


def test_a_second_line_makes_room_for_the_first(layouts: dict[str, Callable[[Frame], list[Op]]]) -> None:
    """Where both fit both are shown; where not, the main thing is shown in full and the second is not."""
    second = Said(GreetingKind.GRATITUDE)

    def shown(main: Said) -> str:
        frame = Frame(Greeting("Olena", 1250, 1, said=main, second=second), "en")
        return " ".join(text.text for text in _texts(layouts["wide"](frame)))

    assert WORDS["en"].said(second).full in shown(Said(GreetingKind.WELCOME))
    assert WORDS["en"].said(second).full not in shown(said("en")["note-long"])


@pytest.mark.parametrize("screen", SCREENS)
def test_a_greeting_that_says_nothing_new_looks_as_ever(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str) -> None:
    """Without said, tier and options, a second line alone changes nothing."""
    plain = Greeting("Olena", 1250, 1)
    frame = Frame(replace(plain, second=Said(GreetingKind.GRATITUDE)), "en")
    assert layouts[screen](frame) == layouts[screen](Frame(plain, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("options", [False, True])
@pytest.mark.parametrize("one", [None, Said(GreetingKind.WELCOME)])
def test_the_tier_stands_near_the_name(
    layouts: dict[str, Callable[[Frame], list[Op]]], language: str, options: bool, one: Said | None
) -> None:
    """On 7 inches a tier's name is shown within the upper half, smaller than the name; on the wide panel behind the name."""
    tier = TIERS[language]
    scene = Greeting(NAMES[language], 1250, 1, said=one, tier=tier, options=options)
    texts = _texts(layouts["wide"](Frame(scene, language)))
    shown = next(text for text in texts if text.text == tier)
    assert shown.box.bottom <= wide_theme().height / 2
    assert shown.size_px < max(text.size_px for text in texts)
    if one is None:
        rows = _texts(layouts["mono256"](Frame(scene, language)))
        assert next(text.box.y for text in rows if text.text == tier) == 0


def test_only_a_greeting_with_options_opens_the_menu(layouts: dict[str, Callable[[Frame], list[Op]]]) -> None:
    """The button is there when asked for, beside all the others; else not."""

    def offered(options: bool) -> set[Intent]:
        frame = Frame(Greeting("Olena", 5, 1, said=Said(GreetingKind.WELCOME), options=options), "en")
        return {area.intent for area in _areas(layouts["wide"](frame))}

    assert offered(True) - offered(False) == {OpenMenu()}
    assert offered(False) == {*(Rate(face) for face in Face), MoreTime(), Hide()}


def test_the_smallest_screen_keeps_hide_and_the_menu() -> None:
    """Where three buttons do not fit above the faces, "longer" goes, and nothing overlaps."""
    theme, canvas = load_theme(800, 480, diagonal_mm=132, viewing_distance_mm=300), Canvas()
    ops = wide.layout(Frame(Greeting("Olena", 5, 1, options=True), "en"), theme, WORDS["en"], canvas.measure)
    areas = _areas(ops)
    assert {area.intent for area in areas} == {*(Rate(face) for face in Face), Hide(), OpenMenu()}
    assert not any(one.box.meets(other.box) for place, one in enumerate(areas) for other in areas[place + 1 :])


@pytest.mark.parametrize(
    ("scene", "intents"),
    [
        (PutRight(None), [Answer(True), Answer(False), Hide()]),
        (Invited("?", SINCE_DAY), [Answer(True), Answer(False), Hide()]),
        (Ask("?", tuple("abcdef"), page=1), [*(Choose(place) for place in range(6)), Hide()]),
        (Ask("?", ("a", "b")), [Choose(0), Choose(1), Hide()]),
        (Menu((MenuEntry.FRIEND, MenuEntry.STAFF)), [Pick(MenuEntry.FRIEND), Pick(MenuEntry.STAFF), Hide()]),
        (Rewards(5, (Offer("a", 1), Offer("b", 9, 4)), page=1), [Choose(0), Choose(1), Hide()]),
        (ConfirmReward("a", 1, 4), [Answer(True), Answer(False)]),
        (BringFriend(9), [Hide()]),
        (RewardCode("a", "ABCD", 9), []),
    ],
)
def test_touch_offers_all_that_can_be_meant(layouts: dict[str, Callable[[Frame], list[Op]]], scene: Scene, intents: list[Intent]) -> None:
    """Every choice whatever the page, in reading order, and the way out."""
    assert [area.intent for area in _areas(layouts["wide"](Frame(scene, "uk")))] == intents


@pytest.mark.parametrize("count", [2, 4, 6])
def test_a_long_question_is_asked_whole(layouts: dict[str, Callable[[Frame], list[Op]]], count: int) -> None:
    """On 7 inches a hundred letters fit above any number of choices: the buttons make room, and still are targets."""
    question = "Яку каву ви п’єте вдома найчастіше: зернову, мелену, розчинну, у капсулах чи ніякої?"
    ops = layouts["wide"](Frame(Ask(question, tuple("абвгґд")[:count]), "uk"))
    assert question in " ".join(text.text for text in _texts(ops))
    assert min(min(area.box.w, area.box.h) for area in _areas(ops) if isinstance(area.intent, Choose)) >= wide_theme().target


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_above_two_answers_is_no_narrow_column(layouts: dict[str, Callable[[Frame], list[Op]]], language: str) -> None:
    """On 7 inches it takes three lines at most, in letters as large as those of the answers, and stands clear of all buttons."""
    for scene in (PutRight(NAMES[language]), PutRight(None), Invited(EVENINGS[language], EVENING_DAY)):
        ops = layouts["wide"](Frame(scene, language))
        lines = [text for text in _texts(ops) if text.weight is Weight.BOLD]
        assert len(lines) <= 3, scene
        assert min(text.size_px for text in lines) >= wide_theme().type.body, scene
        for area in _areas(ops):
            assert not any(area.box.meets(text.box) for text in lines), scene


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_an_invitation_says_to_what_and_when(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """The beginning of the title, and day and month together in one line; where there is room for it, the title whole."""
    title = EVENINGS.get(language, EVENINGS["en"])
    lines = [text.text for text in _texts(layouts[screen](Frame(Invited(title, EVENING_DAY), language)))]
    shown = " ".join(lines)
    assert (title[:12] if screen == "mono128" else title) in shown
    assert any(WORDS[language].date(EVENING_DAY) in line.replace("\u00a0", " ") for line in lines)


@pytest.mark.parametrize("screen", MONO)
def test_push_buttons_are_marked_before_what_they_take(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str) -> None:
    """Yes, no (or not yet) and skip belong to the first, second and fourth button; an offer that cannot be had belongs to none."""
    asked = {"Yes": 0, "Not yet": 1, "Skip": 3}
    assert _marked(layouts[screen](Frame(PutRight(None), "en")), asked) == asked
    coming = {"Yes": 0, "No": 1, "Skip": 3}
    assert _marked(layouts[screen](Frame(Invited("Tasting", SINCE_DAY), "en")), coming) == coming
    entries = {"Rewards": 0, "Trouble?": 1}
    assert _marked(layouts[screen](Frame(Menu((MenuEntry.REWARDS, MenuEntry.WRONG)), "en")), entries) == entries
    offers = {"Tea": 0, "Cake": None}
    assert _marked(layouts[screen](Frame(Rewards(5, (Offer("Tea", 1), Offer("Cake", 9, 4))), "en")), offers) == offers
    more = {"d": 0, "More…": 3}
    assert _marked(layouts[screen](Frame(Ask("?", tuple("abcd"), page=1), "en")), more) == more


def _marked(ops: list[Op], texts: Mapping[str, object]) -> dict[str, int | None]:
    """Which of the four marks before each of these texts is lit whole."""
    found: dict[str, int | None] = {}
    for text in (text for text in _texts(ops) if text.text in texts):
        marks = [op.box for op in ops if isinstance(op, Rect) and op.box.w == 4 and text.box.x - 24 <= op.box.x < text.box.x]
        marks = [box for box in marks if text.box.y <= box.y < text.box.bottom]
        assert len(marks) == 4
        lit = [place for place, box in enumerate(sorted(marks, key=lambda box: box.x)) if box.h > 1]
        found[text.text] = lit[0] if lit else None
    return found


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_code_is_read_letter_by_letter(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, language: str) -> None:
    """The code stands apart from its title in letters larger than any other, each with room around it."""
    texts = _texts(layouts[screen](Frame(RewardCode("Coffee", "K7QX", 45), language)))
    code = [text for text in texts if set(text.text) <= set("K7QX ")]
    assert "".join(text.text for text in code).replace(" ", "") == "K7QX"
    assert all(" " in text.text or len(text.text) == 1 for text in code)
    assert min(text.size_px for text in code) > max(text.size_px for text in texts if text not in code)


@pytest.mark.parametrize("screen", [*WIDE, *MONO])
@pytest.mark.parametrize("balance", [0, 7, 1250, 123_456, 9_999_999])
def test_a_number_is_always_whole(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str, balance: int) -> None:
    """However many digits the balance has, all of them are shown, the largest text on the screen but for the name."""
    texts = _texts(layouts[screen](Frame(Greeting("Олександро-Вікторіє", balance, 1), "uk", SINCE)))
    shown = next(text for text in texts if text.text == WORDS["uk"].number(balance))
    assert shown.size_px >= max(text.size_px for text in texts if text.weight is not Weight.BOLD)
    for one in _all_said("uk"):
        scene = Greeting("Олександро-Вікторіє", balance, 1, said=one, options=True)
        said = [text.text for text in _texts(layouts[screen](Frame(scene, "uk", SINCE)))]
        assert any(text.startswith(WORDS["uk"].number(balance)) and not text.endswith("…") for text in said)


def test_only_a_name_is_ever_cut(layouts: dict[str, Callable[[Frame], list[Op]]]) -> None:
    """A name longer than the glass ends in an ellipsis, beside what is said too; no sentence does."""
    for screen, layout in layouts.items():
        cut = [text.text for text in _texts(layout(Frame(Greeting("Ж" * 200, 5, 1), "uk"))) if text.text.endswith("…")]
        assert [text.strip("Ж") for text in cut] == ["…"], screen
        scene = Greeting("Ж" * 200, 5, 1, said=Said(GreetingKind.WELCOME), options=True)
        cut = [text.text for text in _texts(layout(Frame(scene, "uk"))) if text.text.endswith("…") and "Ж" in text.text]
        assert [text.strip("Ж") for text in cut] == ["…"], screen


@pytest.mark.parametrize("screen", WIDE)
def test_no_text_is_below_the_legible_floor(layouts: dict[str, Callable[[Frame], list[Op]]], screen: str) -> None:
    """Capitals of every line subtend 0.7 degrees at the viewing distance the theme was made for."""
    sizes = [text.size_px for frame in _frames("uk").values() for text in _texts(layouts[screen](frame))]
    assert min(sizes) >= WIDE[screen].type.floor


@pytest.mark.parametrize("language", WORDS)
def test_every_text_stands_out_by_the_theme(layouts: dict[str, Callable[[Frame], list[Op]]], language: str) -> None:
    """Each line has a contrast of 4.5 with what its layout says is behind it."""
    for frame in _frames(language).values():
        assert all(contrast(text.colour, text.on) >= 4.5 for text in _texts(layouts["wide"](frame)))


def _hex(colour: object) -> str:
    """A pixel of Pillow's as `#rrggbb`."""
    assert isinstance(colour, tuple)
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _wide_cases() -> list[Case]:
    return [case for case in cases() if case.name.startswith("wide-uk-")]


@pytest.mark.parametrize("case", _wide_cases(), ids=lambda case: case.name)
def test_every_text_stands_out_in_the_picture(layouts: dict[str, Callable[[Frame], list[Op]]], case: Case) -> None:
    """Where a line stands, the commonest pixel is what the layout said is behind it, and the ink reaches a contrast of 4.5 with it."""
    picture = painted(case)
    for text in _texts(layouts["wide"](case.frame)):
        box = text.box
        piece = picture.crop((box.x, box.y + round(text.size_px * 0.2), box.right, text.y))
        counted = sorted(piece.getcolors(piece.width * piece.height) or [], reverse=True)
        behind = _hex(counted[0][1])
        assert behind == text.on, f"{text.text!r}"
        best = max(contrast(_hex(colour), behind) for _, colour in counted)
        assert best >= 4.5, f"{text.text!r}: {best:.1f}"


# Machado, Oliveira, Fernandes 2009, severity 1.0; for linear red, green, blue.
_SEEN_BY = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _seen(colour: str, eyes: str) -> Color:
    """A colour as these eyes see it."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    mixed = [min(1.0, max(0.0, sum(k * part for k, part in zip(row, linear, strict=True)))) for row in _SEEN_BY[eyes]]
    return Color(*(12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in mixed))


@pytest.mark.parametrize("eyes", _SEEN_BY)
def test_face_colours_stay_apart_for_all_eyes(eyes: str) -> None:
    """Any two of the four faces differ by at least 30 (CIEDE2000) for normal, protan, deutan and tritan eyes."""
    seen = [_seen(colour, eyes) for colour in wide_theme().palette.faces]
    pairs = [seen[i].difference(seen[j], method="ciede2000") for i in range(4) for j in range(i)]
    assert min(pairs) >= 30
