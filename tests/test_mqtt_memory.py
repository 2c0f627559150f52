"""The broker in memory: each fault strikes alone, as often as asked, on a seed; with none it is a plain broker."""

from __future__ import annotations

from random import Random

import pytest

from mqtt.link import Arrived, LinkDown, LinkEvent, LinkUp
from mqtt.memory import Faults, MemoryBroker, MemoryLink
from mqtt.wire import Packet

STEP_MS = 100


class World:
    """A broker, a speaker and a listener, and a clock that somebody has to turn."""

    def __init__(self, faults: Faults | None = None, seed: int = 7, session_expiry_s: int = 120) -> None:
        self.broker = MemoryBroker(Random(seed))
        self.now_ms = 0
        self.heard: list[LinkEvent] = []
        self.speaker = self.broker.link("speaker", [])
        self.speaker.start(lambda event: None, lambda session: Packet("k/will", session.encode(), 1, True))
        self.listener = self.join("listener", self.heard, session_expiry_s)
        self.run(1)
        self.heard.clear()
        self.broker.faults = faults or Faults()

    def join(self, name: str, heard: list[LinkEvent], session_expiry_s: int = 120) -> MemoryLink:
        link = self.broker.link(name, ["k/#"], session_expiry_s=session_expiry_s)
        link.start(heard.append)
        return link

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.now_ms += STEP_MS
            self.broker.deliver(self.now_ms)

    def say(self, *payloads: str, topic: str = "k/a", qos: int = 1, expiry_s: int | None = None) -> None:
        for payload in payloads:
            assert self.speaker.publish(Packet(topic, payload.encode(), qos, False, expiry_s))

    @property
    def payloads(self) -> list[str]:
        return [event.payload.decode() for event in self.heard if isinstance(event, Arrived)]


def words(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_without_faults_everything_arrives_once_and_nothing_is_counted() -> None:
    """A broker without faults delivers each message once, in order, in the next step."""
    world = World()
    world.say(*words(50))
    world.run(1)
    assert world.payloads == words(50)
    assert world.broker.happened.total() == 0


def test_an_answer_given_while_hearing_arrives_in_the_next_step() -> None:
    """What is published from within a report waits for the next `deliver`, so no receiver is entered twice."""
    world = World()
    answerer = world.broker.link("answerer", ["k/a"])

    def answer(event: LinkEvent) -> None:
        if isinstance(event, Arrived):
            answerer.publish(Packet("k/b", b"answer", 1))

    answerer.start(answer)
    world.run(1)
    world.say("question")
    world.run(1)
    assert world.payloads == ["question"]
    world.run(1)
    assert world.payloads == ["question", "answer"]


def test_lost_messages_are_gone() -> None:
    """With `lost` some messages never arrive, the others once and in order; as many are missing as were counted."""
    world = World(Faults(lost=0.2))
    world.say(*words(200))
    world.run(50)
    assert len(world.payloads) == 200 - world.broker.happened["lost"] < 200
    assert world.payloads == sorted(set(world.payloads), key=int)


def test_doubled_messages_come_twice() -> None:
    """With `doubled` each message arrives at least once, and as many more as were counted allow."""
    world = World(Faults(doubled=0.2))
    world.say(*words(100))
    world.run(1)
    assert set(world.payloads) == set(words(100))
    assert len(world.payloads) == 100 + world.broker.happened["doubled"] > 100


def test_qos_0_is_never_doubled() -> None:
    """At most once means at most once."""
    world = World(Faults(doubled=1.0))
    world.say(*words(50), qos=0)
    world.run(1)
    assert world.payloads == words(50)


def test_delayed_messages_keep_the_order_of_their_topic() -> None:
    """With `delayed` messages come later, all of them, in order within a topic and not over topics."""
    world = World(Faults(delayed=0.3))
    for word in words(50):
        world.say(word, topic="k/a")
        world.say("b" + word, topic="k/b")
    world.run(1)
    assert len(world.payloads) < 100
    world.run(20)
    assert [word for word in world.payloads if word[0] != "b"] == words(50)
    assert [word[1:] for word in world.payloads if word[0] == "b"] == words(50)
    assert world.broker.happened["delayed"] > 0


def test_reordered_messages_keep_the_order_of_their_topic() -> None:
    """With `reordered` neighbours of different topics change places, some only a turn later, and nothing else is changed."""
    world = World(Faults(reordered=0.5))
    given: list[str] = []
    for word in words(50):
        world.say(word, topic="k/a")
        world.say("b" + word, topic="k/b")
        given += [word, "b" + word]
    world.run(1)
    assert len(world.payloads) < 100
    world.run(20)
    assert world.payloads != given
    assert [word for word in world.payloads if word[0] != "b"] == words(50)
    assert [word[1:] for word in world.payloads if word[0] == "b"] == words(50)
    assert world.broker.happened["reordered"] > 0


def test_cut_links_come_back_with_what_they_missed() -> None:
    """With `cut` links fall and rise again under new sessions, and what has QoS 1 arrives, some of it late."""
    world = World(Faults(cut=0.2, away_ms_max=1_000))
    spoken: list[str] = []
    for word in words(100):
        if world.speaker.publish(Packet("k/a", word.encode(), 1)):
            spoken.append(word)
        world.run(1)
    world.broker.faults = Faults()
    world.run(20)
    sessions = [event.session for event in world.heard if isinstance(event, LinkUp)]
    falls = [event for event in world.heard if isinstance(event, LinkDown)]
    assert world.payloads == spoken
    assert len(sessions) == len(set(sessions)) == len(falls) > 2
    assert world.speaker.counts.dropped == 100 - len(spoken) > 0


def test_a_cut_link_speaks_its_will_after_the_delay() -> None:
    """The will of a link that stays away is spoken once its delay has passed, and is retained; of one that is back it is not."""
    world = World()
    world.broker.cut("speaker")
    world.run(299)
    assert world.payloads == []
    world.run(2)
    assert len(world.payloads) == 1
    newcomer: list[LinkEvent] = []
    world.join("newcomer", newcomer)
    world.run(1)
    assert [event.retained for event in newcomer if isinstance(event, Arrived)] == [True]


def test_a_link_back_in_time_speaks_no_will() -> None:
    """A reconnect within the will delay takes the will back."""
    world = World()
    world.broker.cut("speaker")
    world.run(200)
    world.broker.mend("speaker")
    world.run(200)
    assert world.payloads == []


def test_repeated_messages_are_older_ones_after_a_reconnect() -> None:
    """With `repeated` a reconnect brings the last delivered messages again, in order, before what is new."""
    world = World(Faults(repeated=1.0))
    world.say(*words(30))
    world.run(1)
    world.broker.cut("listener")
    world.say("new")
    world.run(1)
    world.heard.clear()
    world.broker.mend("listener")
    world.run(1)
    repeated = world.payloads[:-1]
    assert 1 <= len(repeated) <= 16
    assert world.payloads == [*words(30)[-len(repeated) :], "new"]
    assert world.broker.happened["repeated"] == 1


def test_a_crashed_broker_has_forgotten_everything() -> None:
    """After a crash there is no retained message, no queued one and no will; links come back and work."""
    world = World()
    world.speaker.publish(Packet("k/state", b"online", 1, True))
    world.broker.cut("listener")
    world.run(1)
    world.broker.crash(away_ms=500)
    world.broker.mend("listener")
    world.run(1_000)
    assert world.payloads == []
    world.say("again")
    world.run(1)
    assert world.payloads == ["again"]


def test_crashes_happen_by_chance() -> None:
    """With `crashed` the broker dies now and then and everybody is told."""
    world = World(Faults(crashed=0.05, away_ms_max=500))
    world.run(300)
    falls = sum(isinstance(event, LinkDown) for event in world.heard)
    assert 2 < falls <= world.broker.happened["crashed"]  # one may die again before anybody is back


@pytest.mark.parametrize("kind", ["lost", "doubled", "delayed", "reordered", "cut", "repeated", "crashed"])
def test_a_fault_that_is_off_never_strikes(kind: str) -> None:
    """With every other fault at work, this one is not counted once."""
    chances = {**dict.fromkeys(["lost", "doubled", "delayed", "reordered", "cut", "repeated"], 0.3), "crashed": 0.05}
    world = World(Faults(**{**chances, kind: 0.0}, away_ms_max=300))  # type: ignore[arg-type]
    for word in words(200):
        world.speaker.publish(Packet("k/a", word.encode(), 1))
        world.speaker.publish(Packet("k/b", word.encode(), 1))
        world.run(1)
    assert world.broker.happened[kind] == 0
    needs_a_cut = {"repeated"} if kind == "cut" else set()  # nothing is repeated to who was never away
    assert {other for other in chances if world.broker.happened[other]} == set(chances) - {kind} - needs_a_cut


def test_one_seed_is_one_history() -> None:
    """The same seed brings the same events in the same order; another seed others."""

    def history(seed: int) -> list[LinkEvent]:
        world = World(Faults(0.1, 0.1, 0.1, 0.1, 0.05, 0.5, 0.01, away_ms_max=500), seed)
        for word in words(100):
            world.speaker.publish(Packet("k/a", word.encode(), 1))
            world.run(1)
        return world.heard

    assert history(1) == history(1)
    assert history(1) != history(2)


def test_expired_messages_are_not_delivered() -> None:
    """What has expired while a client was away, and a retained message past its time, are never heard."""
    world = World()
    world.broker.cut("listener")
    world.say("short", expiry_s=1)
    world.say("long", expiry_s=60)
    world.speaker.publish(Packet("k/state", b"online", 1, True, 2))
    world.run(30)
    world.broker.mend("listener")
    world.run(1)
    assert world.payloads == ["long"]


def test_what_has_qos_0_is_not_kept_for_a_client_that_went() -> None:
    """A QoS 0 message still on its way when its client is cut off is gone, one of QoS 1 is not."""
    world = World(Faults(delayed=1.0))
    world.say("claim", qos=0)
    world.say("members", topic="k/b")
    world.run(1)
    world.broker.cut("listener")
    world.broker.mend("listener")
    world.run(30)
    assert world.payloads == ["members"]


def test_a_session_that_expired_is_forgotten() -> None:
    """A client away longer than its session expiry gets nothing of what it missed."""
    world = World(session_expiry_s=5)
    world.broker.cut("listener")
    world.run(1)
    world.say("missed")
    world.run(60)
    world.broker.mend("listener")
    world.say("heard")
    world.run(1)
    assert world.payloads == ["heard"]


def test_a_queue_has_an_end() -> None:
    """For a client that is away at most a thousand messages wait; the newest are dropped and counted."""
    world = World()
    world.broker.cut("listener")
    world.say(*words(1_003))
    world.run(1)
    world.broker.mend("listener")
    world.run(1)
    assert world.payloads == words(1_000)
    assert world.broker.happened["overflowed"] == 3


def test_a_process_that_vanished_says_nothing_and_leaves_its_will() -> None:
    """A killed process hears nothing more, its will is spoken, and its successor under the same name gets what it missed."""
    world = World()
    heard: list[LinkEvent] = []
    first = world.broker.link("kiosk", ["k/a"], will_delay_s=0)
    first.start(heard.append, lambda session: Packet("k/gone", session.encode(), 1))
    world.run(1)
    session = heard.pop()
    assert isinstance(session, LinkUp)
    first.vanish()
    world.say("missed")
    world.run(1)
    assert heard == []
    assert sorted(world.payloads) == sorted([session.session, "missed"])
    second: list[LinkEvent] = []
    world.broker.link("kiosk", ["k/a"]).start(second.append)
    world.run(1)
    assert isinstance(second[0], LinkUp)
    assert [event.payload for event in second if isinstance(event, Arrived)] == [b"missed"]


def test_unacknowledged_messages_survive_a_killed_receiver() -> None:
    """With manual acknowledgement a successor hears everything its killed predecessor had not acknowledged."""
    world = World()
    tokens: list[int] = []
    hub = world.broker.link("hub", ["k/#"], manual_ack=True)
    hub.start(lambda event: tokens.append(event.token) if isinstance(event, Arrived) else None)
    world.run(1)
    world.say("1", "2")
    world.run(1)
    hub.ack(tokens[0])
    hub.vanish()
    again: list[LinkEvent] = []
    world.broker.link("hub", ["k/#"], manual_ack=True).start(again.append)
    world.run(1)
    assert [event.payload for event in again if isinstance(event, Arrived)] == [b"2"]
