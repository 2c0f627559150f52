"""The hub's processes as an operator meets them: real commands, a real Mosquitto, real signals."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from mqtt.link import Arrived, LinkEvent, LinkUp
from mqtt.messages import Claim, FromHub, HubState, Lookup, LookupAnswer, LookupStatus, Members, Presence, Sync
from mqtt.paho_link import PahoLink
from mqtt.private_broker import PrivateBroker
from mqtt.topics import down_leaf, kiosk_filters
from mqtt.wire import decode_down, encode
from tests.failure_rigs import freeze
from tests.hub_builders import EPOCH_A, account_points, birth, visits

WAIT_S = 30.0  # a machine under load; nothing here waits for time to pass
K = "k-1"
PEOPLE = ("enrol", "cards", "find", "profile", "note")
M = TypeVar("M", bound=FromHub)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(folder: Path, broker_port: int, **more: str) -> Path:
    """A hub's file in `folder`, with keys and database beside it."""
    path = folder / "hub.toml"
    path.write_text(
        f"""
[hub]
state_dir = "{folder}"
database = "{folder}/db/hub.sqlite3"
[broker]
port = {broker_port}
[web]
port = {free_port()}
secret_key_file = "{folder}/keys/secret_key"
[cards]
pepper_file = "{folder}/keys/pepper"
[programme]
file = "{more.get("programme", "coffee")}"
""",
        encoding="utf-8",
    )
    return path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "hub.cli", *words]


def run(*words: str, stdin: str | dict[str, object] = "") -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, with a text or a JSON object on stdin."""
    given = stdin if isinstance(stdin, str) else json.dumps(stdin)
    return subprocess.run(command(*words), input=given, capture_output=True, encoding="utf-8", timeout=WAIT_S, check=False)


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process of the hub, ended hard if the test has not ended it."""
    process = subprocess.Popen(command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)


class Kiosk:
    """A kiosk's end of the wire: says what it is told to, keeps what it hears."""

    def __init__(self, port: int) -> None:
        self._link = PahoLink("127.0.0.1", port, K, kiosk_filters("s0", K))
        self._heard: queue.Queue[LinkEvent] = queue.Queue()

    def __enter__(self) -> Kiosk:
        self._link.start(self._heard.put)
        while not isinstance(self._heard.get(timeout=WAIT_S), LinkUp):
            continue
        return self

    def __exit__(self, *_: object) -> None:
        self._link.stop()

    def say(self, *messages: object) -> None:
        for message in messages:
            assert self._link.publish(encode(message, "s0", K))  # type: ignore[arg-type]

    def hear(self, kind: type[M], fits: Callable[[M], bool] = lambda message: True) -> M:
        """The next message of a kind that fits; others are passed over."""
        while True:
            event = self._heard.get(timeout=WAIT_S)
            if isinstance(event, Arrived):
                leaf = down_leaf(event.topic, "s0", K)
                assert leaf is not None
                message = decode_down(leaf, event.payload, event.correlation)
                if isinstance(message, kind) and fits(message):
                    return message


def test_a_kiosk_is_served_and_a_killed_hub_comes_back(tmp_path: Path) -> None:
    """Handshake, facts, claim and lookup over a real broker; after kill -9 the next hub has a new id and holds all that was claimed."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = configuration(tmp_path, broker.port)
        assert run("migrate", "--config", str(config)).returncode == 0
        with Kiosk(broker.port) as kiosk:
            with running("ingest", "--config", str(config)) as first:
                here = kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE)
                kiosk.say(birth((EPOCH_A, 1, 5), session="s1"))
                assert kiosk.hear(Sync).cursors == ((EPOCH_A, 0),)
                kiosk.say(visits(1, 3))
                assert kiosk.hear(Claim) == Claim(here.hub, EPOCH_A, 3)
                kiosk.say(Lookup("f" * 32, b"t" * 16))
                assert kiosk.hear(LookupAnswer).status is LookupStatus.UNKNOWN
                first.kill()
                first.wait(WAIT_S)
            with running("ingest", "--config", str(config)) as second:
                back = kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE and state.hub != here.hub)
                kiosk.say(birth((EPOCH_A, 1, 5), session="s2"))
                assert kiosk.hear(Sync).cursors == ((EPOCH_A, 3),)
                kiosk.say(visits(2, 5), visits(2, 5))
                assert kiosk.hear(Claim, lambda claim: claim.upto == 5).hub == back.hub
                second.send_signal(signal.SIGTERM)
                assert second.wait(WAIT_S) == 0
                assert kiosk.hear(HubState, lambda state: state.hub == back.hub and state.presence is Presence.OFFLINE)
        said = json.loads(run("status", "--config", str(config), "--json").stdout)
        assert (said["facts"], said["claims"], said["kiosks"][0]["id"]) == (5, 5, K)


def test_of_two_hubs_one_serves_and_the_other_waits(tmp_path: Path) -> None:
    """A second `ingest` says whom it waits for; it takes over from a frozen one, which ends with 75 in words when it wakes; stopped
    while it waits, a hub ends with 0.
    """
    with PrivateBroker(tmp_path / "broker") as broker:
        config = str(configuration(tmp_path, broker.port))
        assert run("migrate", "--config", config).returncode == 0
        with running("ingest", "--config", config) as first, Kiosk(broker.port) as kiosk:
            old = kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE)
            with running("ingest", "--config", config) as second:
                assert second.stderr is not None
                assert f"another hub serves this shard (s0, run {old.hub}); this one waits to take over" in second.stderr.readline()
                freeze(first.pid, tmp_path / "db" / "hub.sqlite3")
                new = kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE and state.hub != old.hub)
                first.send_signal(signal.SIGCONT)
                assert (first.wait(WAIT_S), first.stderr is not None) == (75, True)
                assert "another hub serves this shard" in str(first.stderr and first.stderr.read())
                kiosk.say(birth((EPOCH_A, 1, 3), session="s1"), visits(1, 3))
                assert kiosk.hear(Claim).hub == new.hub
                with running("ingest", "--config", config) as third:
                    assert third.stderr is not None
                    assert "waits to take over" in third.stderr.readline()
                    third.send_signal(signal.SIGTERM)
                    assert third.wait(WAIT_S) == 0


def test_the_demo_is_one_command(tmp_path: Path) -> None:
    """`demo` makes keys, tables and members, says where its page is, serves a lookup, and ends cleanly at SIGTERM."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = configuration(tmp_path, broker.port)
        with running("demo", "--config", str(config)) as demo, Kiosk(broker.port) as kiosk:
            assert demo.stdout is not None
            ready = json.loads(demo.stdout.readline())
            assert ready["event"] == "ready"
            with urllib.request.urlopen(f"{ready['web']}status.json", timeout=WAIT_S) as answer:  # noqa: S310  our own page
                assert json.load(answer)["members"] == 13
            kiosk.say(birth(), Lookup(_card(tmp_path, "04A1B2C3D4E5F4"), b"t" * 16))
            view = kiosk.hear(LookupAnswer).view
            assert view is not None
            assert view.person.greeting_name == "Оксано"
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(WAIT_S) == 0
        for key in ("pepper", "secret_key"):
            assert (tmp_path / "keys" / key).stat().st_mode & 0o077 == 0
        assert (tmp_path / "db" / "hub.sqlite3").stat().st_mode & 0o077 == 0


def _card(folder: Path, uid: str) -> str:
    from cards.identity import CardReference, identify

    reference = identify(bytes.fromhex(uid), (folder / "keys" / "pepper").read_bytes())
    assert isinstance(reference, CardReference)
    return reference.text


def test_the_pages_end_with_a_demo_that_was_killed(tmp_path: Path) -> None:
    """After kill -9 of the demo no process of it is left: its pages notice that their parent is gone."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = configuration(tmp_path, broker.port)
        with running("demo", "--config", str(config)) as demo:
            assert demo.stdout is not None
            assert json.loads(demo.stdout.readline())["event"] == "ready"
            demo.kill()
            assert demo.stderr is not None
            demo.stderr.read()  # ends when the last process that holds it has ended


def test_the_console_alone(tmp_path: Path) -> None:
    """`web` serves without a broker, and ends cleanly at SIGTERM."""
    config = configuration(tmp_path, free_port())
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text("k" * 40)
    (tmp_path / "keys" / "secret_key").chmod(0o600)
    assert run("migrate", "--config", str(config)).returncode == 0
    with running("web", "--config", str(config)) as web:
        assert web.stdout is not None
        url = json.loads(web.stdout.readline())["web"]
        with urllib.request.urlopen(url, timeout=WAIT_S) as answer:  # noqa: S310  our own page
            assert "Nobody has joined yet." in answer.read().decode("utf-8")
        taken = run("web", "--config", str(config))
        assert taken.returncode == 69
        assert "cannot listen on 127.0.0.1:" in taken.stderr
        web.send_signal(signal.SIGTERM)
        assert web.wait(WAIT_S) == 0


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("ingest", "--config", "{folder}/nowhere.toml"), 78, "nowhere.toml: cannot be read"),
        (("ingest", "--config", "{config}"), 69, "there is no database"),
        (("status", "--config", "{config}", "--json"), 69, "stupeni-hub migrate"),
        (("web", "--config", "{config}"), 78, "web.secret_key_file: cannot be read"),
        (("demo",), 2, "Missing option '--config'"),
        (("sing",), 2, "No such command 'sing'"),
    ],
)
def test_what_is_missing_is_said_in_words(tmp_path: Path, words: tuple[str, ...], code: int, reason: str) -> None:
    """A wrong command line, a wrong configuration and a missing part each have their exit code, and no traceback."""
    config = configuration(tmp_path, free_port())
    ended = run(*(word.format(folder=tmp_path, config=config) for word in words))
    assert (ended.returncode, ended.stdout) == (code, "")
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr


def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    """A database whose tables are not this program's is named, with what to do."""
    config = configuration(tmp_path, free_port())
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "hub.sqlite3").touch()
    ended = run("ingest", "--config", str(config))
    assert ended.returncode == 69
    assert "run `stupeni-hub migrate`" in ended.stderr


def test_a_damaged_database_is_said_in_words(tmp_path: Path) -> None:
    """A file that is no database ends with 69 and a sentence, and is left as it was."""
    config = configuration(tmp_path, free_port())
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "hub.sqlite3").write_bytes(b"not a database at all" * 100)
    ended = run("migrate", "--config", str(config))
    assert ended.returncode == 69
    assert "does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "db" / "hub.sqlite3").read_bytes().startswith(b"not a database")


def test_help_is_there_for_every_command() -> None:
    """Every command explains itself."""
    for name in ("migrate", "ingest", "web", "demo", "status", *PEOPLE, "record", "case", "erase", "explain", "today"):
        ended = run(name, "--help")
        assert ended.returncode == 0
        assert "--config" in ended.stdout


def test_members_are_told_to_the_kiosk_that_saw_the_card(tmp_path: Path) -> None:
    """After a tap on a demo card the kiosk hears the member anew, covering its own fact."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = configuration(tmp_path, broker.port)
        with running("demo", "--config", str(config)) as demo, Kiosk(broker.port) as kiosk:
            assert demo.stdout is not None
            demo.stdout.readline()
            kiosk.say(birth(), visits(1, 1, _card(tmp_path, "04A1B2C3D4E5F1")))
            ((_, view),) = kiosk.hear(Members, lambda members: any(view.covers for _, view in members.views)).views
            assert (view.person.greeting_name, view.covers) == ("Олено", ((EPOCH_A, 1),))


def case_is(case: str, status: str) -> Callable[[Members], bool]:
    """Whether a message tells of this case with this status; open is what is not written."""

    def told(members: Members) -> bool:
        cases = members.views[0][1].account.get("voice", {}).get("cases", ())
        return any((each["id"], each.get("status", "open")) == (case, status) for each in cases)

    return told


def test_what_the_desk_records_reaches_the_kiosk(tmp_path: Path) -> None:
    """A purchase recorded at a terminal, a note and an erasure reach a kiosk that knows the card; each command says what it did."""
    with PrivateBroker(tmp_path / "broker") as broker:
        path = str(configuration(tmp_path, broker.port))
        with running("demo", "--config", path) as demo, Kiosk(broker.port) as kiosk:
            assert demo.stdout is not None
            demo.stdout.readline()
            kiosk.say(birth(), visits(1, 1, _card(tmp_path, "04A1B2C3D4E5F1")))
            before = kiosk.hear(Members, lambda members: any(view.covers for _, view in members.views)).views[0][1]
            adjusted = {"member": "m_demo01", "points": 40, "reason": "mistake", "by": "op", "words": "Counted twice"}
            assert run("record", "--config", path, "points.adjusted", stdin=adjusted).returncode == 0
            view = kiosk.hear(Members, lambda members: members.views[0][1].version > before.version).views[0][1]
            assert account_points(view) == account_points(before) + 40
            assert run("find", "--config", path, stdin={"name": "олена"}).stdout == "m_demo01\n"
            explained = json.loads(run("explain", "--config", path, "m_demo01", "--json").stdout)
            assert explained["figures"]["balance"] == account_points(view)
            assert 'mistake: "Counted twice"' in explained["sections"]["Words of staff"][-1]
            assert run("today", "--config", path).stdout.startswith(("case", "birthday"))
            refused = run("record", "--config", path, "points.adjusted", stdin={})
            assert (refused.returncode, refused.stdout) == (2, "")
            assert "expected this key" in refused.stderr
            assert run("erase", "--config", path, "m_demo01").returncode == 0
            assert kiosk.hear(Members, lambda members: not members.views[0][1].person.greeting_name)
            assert run("find", "--config", path, stdin={"name": "олена"}).returncode == 2
            forgotten = run("explain", "--config", path, "m_demo01").stdout
            assert ("Counted twice" in forgotten, "mistake (the words were erased)" in forgotten) == (False, True)
            tried = run("programme", "dry-run", "--config", path, "coffee", "--days", "60")
            assert "0 of 13 members would come out otherwise" in tried.stdout
            assert demo.poll() is None


def test_a_stranger_becomes_a_member_whom_the_kiosk_greets(tmp_path: Path) -> None:
    """A card laid on a kiosk is listed, enrolled by its reference, looked up under its name, changed and written to, all by commands."""
    with PrivateBroker(tmp_path / "broker") as broker:
        path = str(configuration(tmp_path, broker.port))
        assert run("migrate", "--config", path).returncode == 0
        with running("ingest", "--config", path), Kiosk(broker.port) as kiosk:
            kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE)
            kiosk.say(birth(), Lookup("f" * 32, b"t" * 16))
            assert kiosk.hear(LookupAnswer).status is LookupStatus.UNKNOWN
            (waits,) = json.loads(run("cards", "--config", path, "--json").stdout)["cards"]
            assert (waits["card"], waits["kiosk"]) == ("f" * 32, K)
            who = {"name": "Олена Коваль", "language": "uk", "greeting": "Олено", "birthday": "23-09"}
            enrolled = run("enrol", "--config", path, "--card-ref", waits["card"], "--heard", "friend", stdin=who)
            member = json.loads(enrolled.stdout)["member"]
            assert "Олен" not in enrolled.stderr
            kiosk.say(visits(1, 1, "f" * 32))
            view = kiosk.hear(Members, lambda members: members.views[0][1].member == member).views[0][1]
            assert view.person.greeting_name == "Олено"
            assert run("find", "--config", path, stdin={"name": "коваль"}).stdout.split() == [member]
            assert run("profile", "--config", path, member, stdin={"greeting": "Олю", "hide_balance": True}).returncode == 0
            kiosk.hear(Members, lambda members: members.views[0][1].person.hide_balance)
            assert run("note", "--config", path, member, stdin={"words": "Ваша Ефіопія", "by": "Лена"}).returncode == 0
            person = kiosk.hear(Members, lambda members: bool(members.views[0][1].person.letters)).views[0][1].person
            assert (person.greeting_name, person.letters[0].text, person.letters[0].by) == ("Олю", "Ваша Ефіопія", "Лена")
            again = run("enrol", "--config", path, "--card-ref", "f" * 32, stdin={"name": "Ада", "language": "uk"})
            assert (again.returncode, again.stdout) == (2, "")
            assert f"belongs to {member}" in again.stderr
            opened: dict[str, object] = {"member": member, "case": "c-1", "source": "staff"}
            assert run("record", "--config", path, "case.opened", stdin=opened).returncode == 0
            kiosk.hear(Members, case_is("c-1", "open"))
            step = ("case", "--config", path, member, "c-1")
            assert run(*step, "act", "--cause", "rota", "--remark", stdin={"words": "Called back"}).returncode == 0
            kiosk.hear(Members, case_is("c-1", "action"))
            assert run(*step, "resolve").returncode == 0
            kiosk.hear(Members, case_is("c-1", "resolved"))
            assert ': "Called back"' in run("explain", "--config", path, member).stdout


def test_what_cannot_be_said_about_people_is_refused_in_words(tmp_path: Path) -> None:
    """A wrong name, birthday, card or consent ends with 2 and a sentence, and nobody was enrolled."""
    config = str(configuration(tmp_path, free_port()))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pepper").write_text("p" * 40)
    (tmp_path / "keys" / "pepper").chmod(0o600)
    assert run("migrate", "--config", config).returncode == 0
    enrol, ada = ("enrol", "--config", config), {"name": "Ада", "language": "uk"}
    refused: tuple[tuple[tuple[str, ...], str | dict[str, object], str], ...] = (
        (enrol, "Ада", "no JSON"),
        (enrol, {"name": "Ада"}, "language on stdin is missing"),
        (enrol, {**ada, "birthday": "31-02"}, "no such birthday"),
        (enrol, {**ada, "chips": ["08A1B2C3"]}, "another number at every tap"),
        ((*enrol, "--card-ref", "04A1B2C3D4E5F6"), {**ada}, "32 hex digits"),
        ((*enrol, "--consent-text", config), {**ada}, "name it with --consent"),
        (("find", "--config", config), {"name": "Ада"}, "no member of this name"),
        (("profile", "--config", config, "Ада"), {"language": "en"}, "no member of this id or card"),
        (("note", "--config", config, "nobody"), {"words": "Hello", "by": "Лена"}, "no member of this id or card"),
        (("case", "--config", config, "nobody", "c-1", "ack", "--remark"), {}, "words on stdin is missing"),
        (("record", "--config", config, "tier.set"), {"words": 5}, "words: expected a text"),
        (("record", "--config", config, "tier.set"), {"words": "Hello", "note": "n_1"}, "note: leave it out"),
    )
    for words, stdin, reason in refused:
        ended = run(*words, stdin=stdin)
        assert (ended.returncode, ended.stdout, reason in ended.stderr) == (2, "", True), ended.stderr
        assert "Ада" not in ended.stderr
    assert json.loads(run("status", "--config", config, "--json").stdout)["members"] == 0
