"""What the hub desires of its kiosks: layers and versions, and that hub and kiosk come to agree whatever is lost or put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Operators
from hub.desired import ALL, NotPushed, SetUps, put, settings_of
from hub.door import HubStore
from hub.fleet_records import SettingsChange
from hub.memory_store import MemoryHubStore
from hub.operators import ROWS_MAX, OperatorDesk
from hub.records import EditionText, KioskRecord
from kiosk import pushed, setting_up
from kiosk.messages import Send, TakeDesired
from kiosk.pushed import Pushed
from loyalty.document import Document
from mqtt.messages import Desired, Presence, Reported, SetUp
from mqtt.operators import (
    STATUSES,
    OperatorAnswer,
    OperatorRequest,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
    operator_of,
)
from mqtt.shapes import MalformedMessage
from tests.builders import moment
from tests.hub_builders import NOON
from tests.hub_database import emptied_database

K, OTHER = "k-1", "k-2"
TOKEN = b"0123456789abcdef"
COFFEE = Path("config/programmes/coffee.toml").read_text(encoding="utf-8")
NOTHING = Reported(0, "", SetUp.LOCAL, 0)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[HubStore]:
    """A hub that knows two kiosks."""
    if request.param == "memory":
        yield known(MemoryHubStore())
        return
    with emptied_database() as real:
        yield known(real)


def known(store: HubStore) -> HubStore:
    with store.transaction() as tx:
        for kiosk in (OTHER, K):
            tx.save_kiosk(KioskRecord(kiosk, presence=Presence.ONLINE, heard_ms=NOON))
    return store


def change(scope: str = ALL, unset: tuple[str, ...] = (), **settings: object) -> SettingsChange:
    return SettingsChange(scope, {key.replace("__", "."): value for key, value in settings.items()}, unset, "op", NOON)


def pushes(store: HubStore, *changes: SettingsChange) -> None:
    for each in changes:
        with store.transaction() as tx:
            put(tx, each)


def told(found: list[tuple[str, Desired]]) -> dict[str, tuple[int, Document]]:
    return {kiosk: (said.version, said.settings) for kiosk, said in found}


# --- layers and versions ---


def test_one_kiosk_outweighs_all(store: HubStore) -> None:
    """What is set for a kiosk holds there, whatever was set for all before or after; unset it, and all's value holds again."""
    pushes(store, change(K, privacy__greeting_s=4), change(privacy__greeting_s=6, log__level="debug"))
    up = SetUps(store)
    assert told(up.news(NOON)) == {
        K: (1, {"privacy.greeting_s": 4, "log.level": "debug"}),
        OTHER: (1, {"privacy.greeting_s": 6, "log.level": "debug"}),
    }
    assert up.news(NOON) == []
    pushes(store, change(K, unset=("privacy.greeting_s",)))
    assert told(up.news(NOON)) == {K: (2, {"privacy.greeting_s": 6, "log.level": "debug"})}


def test_what_comes_to_the_same_is_no_new_version(store: HubStore) -> None:
    """A change that changes nothing for a kiosk is not told to it."""
    up = SetUps(store)
    pushes(store, change(privacy__greeting_s=6))
    up.news(NOON)
    pushes(store, change(privacy__greeting_s=6), change(OTHER, privacy__greeting_s=6))
    assert up.news(NOON) == []


def test_the_programme_travels_by_itself(store: HubStore) -> None:
    """The newest edition is part of what is desired; a new one is a new version for every kiosk."""
    with store.transaction() as tx:
        tx.add_edition(EditionText(1, 0, "Coffee", COFFEE))
    up = SetUps(store)
    first = up.news(NOON)
    assert [(kiosk, said.version, said.edition.from_ms) for kiosk, said in first if said.edition] == [(K, 1, 0), (OTHER, 1, 0)]
    with store.transaction() as tx:
        tx.add_edition(EditionText(2, NOON, "Coffee", COFFEE + "#"))
    assert [said.version for _, said in up.news(NOON)] == [2, 2]


def test_a_kiosk_that_was_never_pushed_to_is_told_nothing(store: HubStore) -> None:
    """Without a change and without a programme nothing is desired."""
    assert SetUps(store).reported(NOTHING, K, NOON) is None


def test_a_kiosk_that_has_seen_less_is_told(store: HubStore) -> None:
    """What the broker lost is said again after the handshake, until the kiosk has seen it; what it says is kept."""
    pushes(store, change(privacy__greeting_s=6))
    up = SetUps(store)
    said = up.reported(NOTHING, K, NOON)
    assert said is not None
    assert up.reported(Reported(1, said.content, SetUp.REJECTED, 0, ("no",)), K, NOON + 1) is None
    with store.transaction() as tx:
        held = tx.set_up(K)
    assert (held.reported.why, held.is_in_step, held.reported_ms) == (("no",), False, NOON + 1)


def test_a_kiosk_ahead_of_a_restored_hub_is_told_a_higher_version(store: HubStore) -> None:
    """It has seen version 7, or another content under our 1: the same is desired above that."""
    pushes(store, change(privacy__greeting_s=6))
    up = SetUps(store)
    said = up.reported(Reported(7, "ab" * 16, SetUp.APPLIED, 7), K, NOON)
    assert said is not None
    assert (said.version, said.settings) == (8, {"privacy.greeting_s": 6})
    said = up.reported(Reported(1, "ab" * 16, SetUp.APPLIED, 1), OTHER, NOON)
    assert said is not None
    assert said.version == 2


def test_a_hub_restored_to_before_the_first_push_takes_back_what_it_forgot(store: HubStore) -> None:
    """A kiosk that works by what this hub never desired is told so: nothing, under a higher version."""
    said = SetUps(store).reported(Reported(2, "ab" * 16, SetUp.APPLIED, 2), K, NOON)
    assert said is not None
    assert (said.version, said.settings, said.edition) == (3, {}, None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (change(broker__host="x"), "only be set at the kiosk"),
        (change(privacy__greeting_s=99), "out of bounds"),
        (change(unset=("privacy.greting_s",)), "unknown setting"),
        (change(), "nothing is to be changed"),
        (change("nobody", privacy__greeting_s=6), "there is no kiosk nobody"),
        (change(privacy__greeting_s=3, privacy__after_card_left_s=4), "above greeting_s"),
    ],
)
def test_what_no_kiosk_could_take_is_not_kept(store: HubStore, wrong: SettingsChange, words: str) -> None:
    """A wrong change is refused with what is wrong, and nothing of it is there."""
    with pytest.raises(NotPushed, match=words), store.transaction() as tx:
        put(tx, wrong)
    with store.transaction() as tx:
        assert tx.changes_held() == 0


def test_a_change_is_judged_with_those_before_it(store: HubStore) -> None:
    """Two changes that fit alone and not together: the second is refused."""
    pushes(store, change(privacy__greeting_s=4))
    with pytest.raises(NotPushed, match="above greeting_s"), store.transaction() as tx:
        put(tx, change(K, privacy__after_card_left_s=5))


# --- hub and kiosk together ---

values = st.fixed_dictionaries({}, optional={"privacy.greeting_s": st.integers(4, 8), "kiosk.shop_name": st.sampled_from("АБВ")})
acts = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.sampled_from([ALL, K]), values),
        st.tuples(st.sampled_from(["tell", "lose", "handshake", "start", "prove", "backup", "restore", "anew"])),
    ),
    max_size=25,
)


class Pair:
    """A hub and a kiosk with nothing but their records: what each says reaches the other or is lost."""

    def __init__(self) -> None:
        self.hub = MemoryHubStore()
        known(self.hub)
        self.up, self.record, self.copy = SetUps(self.hub), Pushed(), self.hub.snapshot()

    def hears(self, said: Desired | None) -> None:
        """The kiosk hears, and what it answers is heard and answered too."""
        while said is not None:
            _, effects = setting_up.desired(setting_up.begin(self.record.report, moment()), said)
            said = None
            for effect in effects:
                if isinstance(effect, TakeDesired):
                    self.record = pushed.taken(self.record, effect.said, (), False)
                    self.up.reported(self.record.report, K, NOON)
                elif isinstance(effect, Send) and isinstance(effect.said, Reported):
                    said = self.up.reported(effect.said, K, NOON)

    def push(self, scope: str, settings: Document) -> None:
        if settings:
            pushes(self.hub, SettingsChange(scope, settings, (), "op", NOON))

    def tell(self) -> None:
        self.hears(dict(self.up.news(NOON)).get(K))

    def lose(self) -> None:
        self.up.news(NOON)

    def handshake(self) -> None:
        self.hears(self.up.reported(self.record.report, K, NOON))

    def start(self) -> None:
        self.record = pushed.started(self.record)

    def prove(self) -> None:
        self.record = pushed.proved(self.record)

    def backup(self) -> None:
        self.copy = self.hub.snapshot()

    def restore(self) -> None:
        self.hub.restore(self.copy)
        self.up = SetUps(self.hub)

    def anew(self) -> None:
        self.record = Pushed()


@given(acts)
def test_hub_and_kiosk_come_to_agree(acts: list[tuple[object, ...]]) -> None:
    """Whatever is pushed, lost, restored from a backup or begun anew: after two handshakes the kiosk has what the hub desires."""
    pair = Pair()
    for name, *more in acts:
        getattr(pair, str(name))(*more)
    pair.handshake()
    pair.handshake()
    with pair.hub.transaction() as tx:
        held, wanted = tx.set_up(K), settings_of(tx.changes((ALL, K)))
    assert (pair.record.seen, pair.record.content) == (held.version, held.content)
    settled = pair.record.next or pair.record.at_work
    assert pair.record.state is SetUp.RETURNED or wanted == (settled.said if settled else {})


# --- operators ---


def ask(store: HubStore, op: str, operator: str = "olena", **args: object) -> OperatorAnswer:
    return OperatorDesk(store, Operators(("olena",), ())).answer(OperatorRequest(op, args, TOKEN), operator, NOON)


def test_an_operator_pushes_and_looks(store: HubStore) -> None:
    """Who may configure pushes; what they did is kept under their name, and they see how kiosks stand."""
    assert ask(store, "config.push", kiosk=K, set={"privacy.greeting_s": 6}) == OperatorAnswer(TOKEN, 200, (), {"change": 1})
    SetUps(store).reported(Reported(3, "ab" * 16, SetUp.RETURNED, 2, ("it died",)), K, NOON)
    said = ask(store, "config.status").said
    rows = {row["kiosk"]: row for row in said["kiosks"]}
    assert (rows[K]["state"], rows[K]["why"], rows[K]["desired"], rows[OTHER]["desired"], said["more"]) == (
        "returned",
        ["it died"],
        4,
        0,
        False,
    )
    assert [row["kiosk"] for row in ask(store, "config.status", after=K).said["kiosks"]] == [OTHER]
    with store.transaction() as tx:
        assert [each.by for each in tx.changes((K,))] == ["op:olena"]


@pytest.mark.parametrize(
    ("op", "operator", "args", "status"),
    [
        ("config.push", "ivan", {"set": {"privacy.greeting_s": 6}}, 403),
        ("config.status", "ivan", {}, 403),
        ("config.erase", "olena", {}, 404),
        ("config.push", "olena", {}, 400),
        ("config.push", "olena", {"set": {"privacy.greeting_s": 60}}, 400),
        ("config.push", "olena", {"set": [], "kiosk": K}, 400),
        ("config.push", "olena", {"set": {}, "unset": ["x"]}, 400),
        ("config.push", "olena", {"set": {"privacy.greeting_s": 6}, "kiosk": "no/body"}, 400),
        ("config.status", "olena", {"after": 1}, 400),
    ],
)
def test_an_operator_is_refused_in_words(store: HubStore, op: str, operator: str, args: Document, status: int) -> None:
    """Who may not, what there is not and what does not fit is answered with its status and a reason; nothing is changed."""
    answer = ask(store, op, operator, **args)
    assert answer.status == status
    assert answer.why
    assert all(answer.why)
    with store.transaction() as tx:
        assert tx.changes_held() == 0


def test_an_operator_commands_and_follows(store: HubStore) -> None:
    """Who may command gives one under their name and hears what became of it; who may only configure does not."""
    desk = OperatorDesk(store, Operators(("ivan",), ("olena",)))
    wanted = OperatorRequest("command.give", {"kiosk": K, "op": "identify", "args": {}}, TOKEN)
    assert desk.answer(wanted, "ivan", NOON).status == 403
    said = desk.answer(wanted, "olena", NOON)
    assert said.status == 200
    followed = desk.answer(OperatorRequest("command.status", {"id": said.said["id"]}, TOKEN), "olena", NOON).said
    assert (followed["kiosk"], followed["op"], followed["state"]) == (K, "identify", "queued")
    with store.transaction() as tx:
        assert [each.by for each in tx.open_commands(9)] == ["op:olena"]


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("command.give", {"kiosk": K, "op": "dance"}),
        ("command.give", {"kiosk": "nobody", "op": "identify"}),
        ("command.give", {"kiosk": K, "op": "identify", "within_s": 9_000}),
        ("command.status", {"id": "c_none"}),
    ],
)
def test_a_command_that_cannot_be_is_refused_in_words(store: HubStore, op: str, args: Document) -> None:
    """What no kiosk could do, a kiosk that never spoke, a moment too far off and an unknown command are answered 400 with a reason."""
    answer = OperatorDesk(store, Operators((), ("olena",))).answer(OperatorRequest(op, args, TOKEN), "olena", NOON)
    assert (answer.status, len(answer.why)) == (400, 1)


def test_nobody_may_by_default(store: HubStore) -> None:
    """A hub whose configuration names no operators answers none."""
    answer = OperatorDesk(store, Operators()).answer(OperatorRequest("config.push", {"set": {}}, TOKEN), "olena", NOON)
    assert answer.status == 403


def test_a_large_fleet_fits_into_answers(store: HubStore) -> None:
    """More kiosks than one answer holds are told in several, each short enough for the wire."""
    with store.transaction() as tx:
        for number in range(ROWS_MAX):
            tx.save_kiosk(KioskRecord(f"shop-{number:04}-{'x' * 20}", presence=Presence.ONLINE))
    first = ask(store, "config.status")
    assert first.said["more"]
    assert len(encode_answer(first, "olena").payload) < 65_536
    assert len(ask(store, "config.status", after=first.said["kiosks"][-1]["kiosk"]).said["kiosks"]) == 2


words = st.from_regex(r"[A-Za-z0-9._:+-]{1,64}", fullmatch=True)
args_of = st.dictionaries(words, st.integers() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4)


@given(words, args_of, st.binary(min_size=16, max_size=16))
def test_a_request_reads_back_as_itself(op: str, args: Document, token: bytes) -> None:
    """What an operator's tool writes the hub reads, under the operator's topic and with the operator's own response topic."""
    packet = encode_request(OperatorRequest(op, args, token), "olena")
    operator = operator_of(packet.topic)
    assert operator == "olena"
    assert decode_request(operator, packet.payload, packet.correlation, packet.response_topic) == OperatorRequest(op, args, token)


@given(st.sampled_from(STATUSES), st.lists(st.text(st.characters(exclude_categories=["C"])), max_size=3).map(tuple), args_of)
def test_an_answer_reads_back_as_itself(status: int, why: tuple[str, ...], said: Document) -> None:
    """What the hub answers the tool reads."""
    packet = encode_answer(OperatorAnswer(TOKEN, status, why, said), "olena")
    assert decode_answer(packet.payload, packet.correlation) == OperatorAnswer(TOKEN, status, why, said)


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_random_bytes_are_no_request_and_no_answer(payload: bytes, correlation: bytes) -> None:
    """Anything else raises MalformedMessage and nothing else."""
    with pytest.raises(MalformedMessage):
        decode_request("olena", payload, correlation, "")
    with pytest.raises(MalformedMessage):
        decode_answer(payload, correlation)


@pytest.mark.parametrize(
    "topic", ["stupeni/1/ops/olena/up", "stupeni/1/ops/Olena/up/req", "stupeni/2/ops/olena/up/req", "stupeni/1/ops/olena/dn/req", "x"]
)
def test_other_topics_are_no_operators(topic: str) -> None:
    """Only an operator's own up/req is a request."""
    assert operator_of(topic) is None


def test_an_answer_goes_nowhere_else() -> None:
    """A response topic that is not the operator's own is refused."""
    packet = encode_request(OperatorRequest("config.status", {}, TOKEN), "olena")
    with pytest.raises(MalformedMessage):
        decode_request("olena", packet.payload, TOKEN, "stupeni/1/s0/k/k-1/dn/sync")
