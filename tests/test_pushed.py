"""What is pushed to a kiosk: taken, begun between customers, proved or given back; and never lost or half applied."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigErrors
from config.load import Loaded, load, settle
from config.schema import KioskConfig
from display.scenes import Ready
from kiosk import machine, pushed, setting_up
from kiosk.messages import Note, ProveDesired, Restart, Send, SetUpSettled, TakeDesired, Tick
from kiosk.phases import Invitation
from kiosk.pushed import DEATHS_MAX, EDITIONS_KEPT, TRIAL_MS, Pushed, editions
from kiosk.pushed_file import FILE_NAME, PushedFile, with_pushed
from loyalty.document import Document, read, write
from loyalty.facts import ConfigApplied
from mqtt.content import content_of
from mqtt.messages import Desired, Edition, Reported, SetUp
from tests.builders import CARD, moment, state, view
from tests.kiosk_on_paper import PaperKiosk

COFFEE = Path("config/programmes/coffee.toml").read_text(encoding="utf-8")
NEXT = COFFEE.replace("version = 1\n", "version = 2\n", 1)
AT = 1_790_000_000_000


def desired(version: int = 1, edition: Edition | None = None, **settings: object) -> Desired:
    """A word of the hub; `section__key` is a setting."""
    said: Document = {key.replace("__", "."): value for key, value in settings.items()}
    return Desired(version, content_of(said, edition), said, edition)


def kiosk(folder: Path, **own: str) -> PushedFile:
    """A start of the program over a kiosk's own files."""
    file = PushedFile(folder / FILE_NAME, own_files(folder, **own))
    file.begin()
    return file


def own_files(folder: Path, **own: str) -> Loaded[KioskConfig]:
    written = folder / "kiosk.toml"
    written.write_text(f'[kiosk]\nstate_dir = "{folder}"\n' + own.get("toml", ""))
    return load(KioskConfig, written, written, flags=[own["flag"]] if "flag" in own else [], environment={})


# --- what may be pushed, and what is wrong ---


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"broker.host": "elsewhere"}, "can only be set at the kiosk"),
        ({"kiosk.shop_nam": "Ранок"}, "did you mean kiosk.shop_name"),
        ({"privacy.greeting_s": 99}, "out of bounds"),
        ({"privacy.greeting_s": "8"}, "is text where"),
        ({"privacy.after_card_left_s": 5, "privacy.greeting_s": 4}, "is above greeting_s"),
        ({"display.width_px": 320, "display.height_px": 240, "display.diagonal_mm": 2000}, "display"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path: Path, settings: Document, words: str) -> None:
    """Settings that are unknown, local, out of bounds or contradict one another are not taken; the kiosk works on as it was."""
    file = kiosk(tmp_path)
    report = file.take(Desired(1, content_of(settings, None), settings))
    assert (report.state, report.version, report.applied) == (SetUp.REJECTED, 1, 0)
    assert words in " ".join(report.why)
    assert kiosk(tmp_path).report == report


def test_a_spoilt_message_is_refused(tmp_path: Path) -> None:
    """A document that is not what its content word says is not taken."""
    said = replace(desired(privacy__greeting_s=5), settings={"privacy.greeting_s": 6})
    assert kiosk(tmp_path).take(said).state is SetUp.REJECTED


def test_a_programme_that_is_wrong_is_refused_with_its_line(tmp_path: Path) -> None:
    """Of a programme all that is wrong is reported, and the old one stays in force."""
    file = kiosk(tmp_path)
    report = file.take(desired(edition=Edition(AT, COFFEE.replace("points = 5\n", 'points = "five"\n', 1))))
    assert report.state is SetUp.REJECTED
    assert re.match(r"pushed version 1:\d+: .*points", report.why[0])
    assert file.book.now.version == 1


# --- from taken to proved ---


def test_a_set_up_waits_begins_and_is_proved(tmp_path: Path) -> None:
    """Taken it changes nothing yet; the next start works by it, on trial; after the trial it is what a later start finds."""
    file = kiosk(tmp_path)
    assert file.take(desired(kiosk__shop_name="Ранок")).state is SetUp.WAITING
    assert file.begin().kiosk.shop_name == "Stupeni"
    file.stop()
    again = PushedFile(tmp_path / FILE_NAME, own_files(tmp_path))
    assert again.begin().kiosk.shop_name == "Ранок"
    assert again.report == Reported(1, content_of({"kiosk.shop_name": "Ранок"}, None), SetUp.TRIAL, 1)
    assert again.prove().state is SetUp.APPLIED
    assert kiosk(tmp_path).report.state is SetUp.APPLIED


def test_two_deaths_bring_back_the_last_good_one(tmp_path: Path) -> None:
    """The program dies twice on trial: the third start works by the last good version, says so, and tries the bad one no more."""
    good = kiosk(tmp_path)
    good.take(desired(1, kiosk__shop_name="Ранок"))
    kiosk(tmp_path).prove()
    kiosk(tmp_path).take(desired(2, kiosk__shop_name="Вечір"))
    for _ in range(DEATHS_MAX):
        assert kiosk(tmp_path).report.state is SetUp.TRIAL
    third = PushedFile(tmp_path / FILE_NAME, own_files(tmp_path))
    assert third.begin().kiosk.shop_name == "Ранок"
    assert (third.report.state, third.report.version, third.report.applied) == (SetUp.RETURNED, 2, 1)
    assert "died 2 times" in third.report.why[0]
    assert third.take(desired(3, kiosk__shop_name="Ніч")).state is SetUp.WAITING


def test_ends_in_order_are_no_deaths(tmp_path: Path) -> None:
    """A kiosk that is stopped and started again within its trial may do so as often as it likes."""
    kiosk(tmp_path).take(desired(kiosk__shop_name="Ранок"))
    for _ in range(DEATHS_MAX + 2):
        file = kiosk(tmp_path)
        assert file.report.state is SetUp.TRIAL
        file.stop()


def test_what_changes_nothing_needs_no_start(tmp_path: Path) -> None:
    """A version by which the kiosk works already is applied at once, and the programme it has worked by all along is no news."""
    file = kiosk(tmp_path, toml='shop_name = "Ранок"\n[privacy]\ngreeting_s = 6\n')
    assert file.take(desired(privacy__greeting_s=6, edition=Edition(AT, COFFEE))).state is SetUp.APPLIED
    assert kiosk(tmp_path, toml='shop_name = "Ранок"\n[privacy]\ngreeting_s = 6\n').news() is None


def test_a_trial_stays_one(tmp_path: Path) -> None:
    """A second version that changes nothing of the one on trial does not end the trial."""
    kiosk(tmp_path).take(desired(1, kiosk__shop_name="Ранок"))
    file = kiosk(tmp_path)
    assert file.take(desired(2, kiosk__shop_name="Ранок")).state is SetUp.TRIAL
    kiosk(tmp_path)
    assert kiosk(tmp_path).report.state is SetUp.RETURNED


def test_a_good_one_that_stops_fitting_is_left_for_the_own_files(tmp_path: Path) -> None:
    """A file at the machine that now contradicts what was pushed wins: the kiosk starts, and says why."""
    kiosk(tmp_path).take(desired(privacy__greeting_s=3))
    kiosk(tmp_path).prove()
    file = PushedFile(tmp_path / FILE_NAME, own_files(tmp_path, toml="[privacy]\nafter_card_left_s = 5\n"))
    assert file.begin().privacy.greeting_s == 8
    assert (file.report.state, file.report.applied) == (SetUp.RETURNED, 0)


def test_what_is_set_at_the_machine_on_purpose_wins(tmp_path: Path) -> None:
    """Flags outweigh what is pushed, files do not; `config show` says where each value came from."""
    said = desired(privacy__greeting_s=5, kiosk__shop_name="Ранок")
    kiosk(tmp_path, flag="privacy.greeting_s=7").take(said)
    file = PushedFile(tmp_path / FILE_NAME, own_files(tmp_path, flag="privacy.greeting_s=7", toml='shop_name = "Own"\n'))
    config = file.begin()
    assert (config.privacy.greeting_s, config.kiosk.shop_name) == (7, "Ранок")
    rows = {row.key: row.origin for row in with_pushed(own_files(tmp_path, flag="privacy.greeting_s=7")).origins()}
    assert (rows["privacy.greeting_s"], rows["kiosk.shop_name"]) == ("flag", "pushed version 1")


# --- the programme ---


def test_a_new_programme_rules_from_its_moment(tmp_path: Path) -> None:
    """The kiosk keeps both editions: older facts are reckoned by the older one. It writes down once that it works by the new one."""
    kiosk(tmp_path).take(desired(1, Edition(0, COFFEE)))
    kiosk(tmp_path).take(desired(2, Edition(AT, NEXT)))
    file = kiosk(tmp_path)
    assert [(start, programme.version) for start, programme in file.book.editions] == [(0, 1), (AT, 2)]
    news = file.news()
    assert isinstance(news, ConfigApplied)
    assert news.version == 2
    file.told(news)
    assert file.news() is None
    assert kiosk(tmp_path).news() is None


def test_editions_are_few_and_in_order() -> None:
    """Only the newest editions are kept; one that a restored hub dates earlier takes the place of those after it."""
    held = None
    for number in range(EDITIONS_KEPT + 2):
        held = pushed.Settled(1, "", editions(held, Edition(number, f"text {number}")))
    assert held is not None
    assert [each.from_ms for each in held.editions] == list(range(2, EDITIONS_KEPT + 2))
    assert [each.from_ms for each in editions(held, Edition(3, "other"))] == [2, 3]
    assert editions(held, None) == held.editions


# --- the file ---


def test_a_spoilt_file_is_put_aside(tmp_path: Path) -> None:
    """Each single byte of the file changed: the kiosk starts by its own files, or by exactly what was pushed."""
    kiosk(tmp_path).take(desired(kiosk__shop_name="Morning"))
    kiosk(tmp_path).prove()
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    own = own_files(tmp_path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        name = PushedFile(path, own).begin().kiosk.shop_name
        assert name in ("Morning", "Stupeni")
        if name == "Stupeni":
            assert not path.exists()
            assert path.with_name(f"{FILE_NAME}.spoilt").exists()


def test_a_half_written_file_is_never_read(tmp_path: Path) -> None:
    """What a power cut leaves of the file beside is not what was pushed."""
    kiosk(tmp_path).take(desired(1, kiosk__shop_name="Morning"))
    kiosk(tmp_path).prove()
    (tmp_path / f"{FILE_NAME}.new").write_text('{"pushed"')
    assert kiosk(tmp_path).report.applied == 1


def test_a_refusing_disk_has_not_seen_it(tmp_path: Path) -> None:
    """Where it cannot be kept the version counts as unseen, so that the hub pushes it again; a start then works by the last good one."""
    file = kiosk(tmp_path)
    (tmp_path / f"{FILE_NAME}.new").mkdir()  # where the new file is to be written stands something that no file can replace
    assert file.take(desired(kiosk__shop_name="Morning")) == Reported(0, "", SetUp.LOCAL, 0)
    os.rmdir(tmp_path / f"{FILE_NAME}.new")
    assert file.take(desired(kiosk__shop_name="Morning")).state is SetUp.WAITING
    (tmp_path / f"{FILE_NAME}.new").mkdir()
    stuck = PushedFile(tmp_path / FILE_NAME, own_files(tmp_path))
    assert stuck.begin().kiosk.shop_name == "Stupeni"
    assert setting_up.begin(stuck.report, moment()).leaving


def test_no_own_files_and_nothing_pushed_is_an_error(tmp_path: Path) -> None:
    """Without a programme that can be read a kiosk does not start; with one that was pushed it does."""
    wrong = settle(KioskConfig, list(_named(tmp_path)))
    with pytest.raises(ConfigErrors):
        PushedFile(tmp_path / FILE_NAME, wrong).begin()
    kiosk(tmp_path).take(desired(edition=Edition(AT, NEXT)))
    file = PushedFile(tmp_path / FILE_NAME, wrong)
    file.begin()
    assert file.book.now.version == 2


def _named(folder: Path) -> list[object]:
    from config.sources import Given, Origin

    return [Given("programme", "file", str(folder / "none.toml"), Origin("x"))]


settings_of = st.fixed_dictionaries({}, optional={"privacy.greeting_s": st.integers(3, 8), "kiosk.shop_name": st.sampled_from("АБ")})
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 6), settings_of, st.booleans()),
        st.tuples(st.sampled_from(["start", "prove", "stop", "die"])),
    ),
    max_size=30,
)


@given(steps)
def test_any_life_of_a_set_up_keeps_its_laws(steps: list[tuple[object, ...]]) -> None:
    """Whatever comes: versions seen only rise, what is at work was taken whole, a start tries nothing more than thrice, and the record
    reads back as itself.
    """
    record, taken = Pushed(), {0: None}
    for step in steps:
        before = record
        match step:
            case ("take", int(version), dict(said), bool(bad)):
                wanted = desired(version, **{key.replace(".", "__"): value for key, value in said.items()})
                if pushed.is_news(record, wanted):
                    record = pushed.taken(record, wanted, ("no",) if bad else (), False)
                    taken[version] = None if bad else json.dumps(said, sort_keys=True)
            case ("start",) | ("die",):
                record = pushed.started(record)
            case ("prove",):
                record = pushed.proved(record)
            case ("stop",):
                record = pushed.stopped(record)
        assert record.seen >= before.seen
        assert record.starts <= DEATHS_MAX
        work = record.at_work
        assert work is None or taken[work.version] == work.settings
        assert read(Pushed, json.loads(json.dumps(write(record)))) == record


# --- the machine ---

WAITING = Reported(1, "a" * 32, SetUp.WAITING, 0)


def test_a_set_up_begins_when_nobody_is_here() -> None:
    """While a customer is served nothing happens; the moment the screen is free again, the program begins anew, once."""
    paper = PaperKiosk().online().knows(view(), CARD).lay(CARD)
    paper.handle(SetUpSettled(paper.now(), WAITING))
    assert not any(isinstance(effect, Restart) for effect in paper.effects)
    paper.lift().now_ms += 60_000
    assert not any(isinstance(effect, Restart) for effect in paper.handle(Tick(paper.now())))
    assert isinstance(paper.scene, Ready)
    assert machine.due_ms(paper.state, paper.now()) == paper.now_ms
    paper.wait(1)
    assert [effect for effect in paper.effects if isinstance(effect, Restart)] == [Restart("settings")]


def test_the_hubs_word_is_looked_at_once() -> None:
    """A version that was seen is not looked at again; an older one, of a hub put back to a backup, is answered with what is known."""
    up = setting_up.NOTHING_PUSHED
    said = desired(3, privacy__greeting_s=5)
    assert setting_up.desired(up, said)[1] == [TakeDesired(said)]
    seen = replace(up, report=Reported(3, said.content, SetUp.APPLIED, 3))
    assert setting_up.desired(seen, said)[1] == []
    assert setting_up.desired(seen, desired(2))[1] == [Send(seen.report)]


def test_a_handshake_tells_how_the_kiosk_stands() -> None:
    """Whoever comes into step with a hub says what it works by."""
    paper = PaperKiosk()
    paper.online()
    assert Send(Reported(0, "", SetUp.LOCAL, 0)) in paper.effects


def test_a_minute_proves() -> None:
    """The trial ends after its time, and where the disk refused the proof it goes on."""
    trial = Reported(1, "a" * 32, SetUp.TRIAL, 1)
    up = setting_up.begin(trial, moment(1_000))
    assert setting_up.ticked(up, moment(1_000 + TRIAL_MS - 1))[1] == []
    up, effects = setting_up.ticked(up, moment(1_000 + TRIAL_MS))
    assert effects == [ProveDesired()]
    up, effects = setting_up.settled(up, moment(70_000), trial)
    assert up.prove_due == 70_000 + TRIAL_MS
    assert isinstance(effects[1], Note)


def test_a_friend_who_is_expected_is_waited_for() -> None:
    """Between two customers is not between a member and the friend they bring: an open invitation would be forgotten."""
    talk = state().talk
    invited = replace(talk, invitation=Invitation(CARD, "m_1", 1, "en", 90_000))
    up = setting_up.SettingUp(WAITING)
    assert setting_up.between_customers(up, invited)[1] == []
    assert setting_up.between_customers(up, talk)[1] == [Restart("settings")]
