"""The outbox: the handshake, the window, sending again, claims forwards and backwards, and that it always gets there in the end."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from kiosk import outbox
from kiosk.messages import Effect, MarkClaimed, Reopen, Send, SendFacts
from kiosk.outbox import ANSWER_MS, BATCH, BIRTH_WAIT_MS, BIRTH_WAIT_MS_MAX, WINDOW, Held, Outbox
from loyalty.facts import ClockQuality
from mqtt.messages import Birth, Claim, FromHub, FromKiosk, HubState, KioskState, Presence, Stream, Sync
from tests.builders import BOOT, EPOCH, HUB, NEXT_EPOCH, NOON_MS, held, moment
from tests.builders import outbox as box_of

E = TypeVar("E", bound=Effect)
THIRD_EPOCH = "cccccccccccc"
RESEND_MS = 5_000


def sync(*cursors: tuple[str, int], session: str = "s1", hub: str = HUB, window: int = WINDOW, batch: int = BATCH) -> Sync:
    """A hub's answer to a birth."""
    return Sync(session, hub, NOON_MS, cursors, window, batch, RESEND_MS // 1000)


def of(kind: type[E], effects: list[Effect]) -> list[E]:
    """The effects of one kind, in order."""
    return [effect for effect in effects if isinstance(effect, kind)]


def said(effects: list[Effect]) -> list[FromKiosk]:
    """What is said to the hub, facts apart."""
    return [effect.said for effect in of(Send, effects)]


def sent(effects: list[Effect]) -> list[tuple[int, int]]:
    """(first, last) of every batch of facts."""
    return [(effect.first, effect.last) for effect in of(SendFacts, effects)]


def connected(*streams: Held, spread: float = 0.5) -> Outbox:
    """An outbox that has just said its birth."""
    return outbox.connected(box_of(*streams, spread=spread), moment(0), "s1")[0]


def in_sync(*streams: Held, window: int = WINDOW, batch: int = BATCH) -> Outbox:
    """An outbox in sync with a hub that holds what the streams say is claimed."""
    cursors = [(stream.epoch, stream.claimed) for stream in streams]
    return outbox.heard(connected(*streams), moment(1), sync(*cursors, window=window, batch=batch))[0]


# The handshake


def test_a_connection_begins_with_presence_and_birth() -> None:
    """The kiosk says that it is there, then which facts it holds and on which clocks, and does not send facts yet."""
    box, effects = outbox.connected(box_of(held(EPOCH, 90, claimed=40), held(NEXT_EPOCH, 3)), moment(700), "s1")
    presence, birth = said(effects)
    assert presence == KioskState(Presence.ONLINE, "s1", "", EPOCH, 3, 53, "0.1.0", "ntp", NOON_MS + 700)
    assert birth == Birth("s1", "serial-1", (Stream(EPOCH, 1, 90), Stream(NEXT_EPOCH, 1, 3)), BOOT, 700, NOON_MS + 700, "connect")
    assert sent(effects) == []
    assert box.hub is None


def test_a_kiosk_without_facts_names_no_stream() -> None:
    """A run that has seen nothing yet has no stream to ask about."""
    _, effects = outbox.connected(box_of(held(last=0)), moment(), "s1")
    assert said(effects)[1] == Birth("s1", "serial-1", (), BOOT, 0, NOON_MS, "connect")


def test_a_doubtful_clock_is_said() -> None:
    """Presence carries the quality of the wall clock at that moment."""
    _, effects = outbox.connected(box_of(), moment(quality=ClockQuality.UNSYNCED), "s1")
    presence = said(effects)[0]
    assert isinstance(presence, KioskState)
    assert presence.clock == "unsynced"


def test_an_unanswered_birth_is_asked_again_ever_more_rarely() -> None:
    """3, 6, 12, 24, 48, 60, 60 .. seconds: a hub that is not there is not shouted at."""
    box = connected(held(last=3))
    now_ms, waits = 0, []
    for _ in range(8):
        assert box.due_ms is not None
        waits.append(box.due_ms - now_ms)
        now_ms = box.due_ms
        box, effects = outbox.ticked(box, moment(now_ms))
        assert [birth.why for birth in said(effects) if isinstance(birth, Birth)] == ["no_answer"]
    assert waits == [3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000, 60_000]
    assert (waits[0], waits[-1]) == (BIRTH_WAIT_MS, BIRTH_WAIT_MS_MAX)


def test_a_hub_heard_of_right_after_the_birth_is_not_asked_twice() -> None:
    """The retained word that the hub is there follows every connection; half a second later it is news again."""
    box = connected(held(last=3))
    assert outbox.heard(box, moment(ANSWER_MS - 1), HubState(Presence.ONLINE, HUB)) == (box, [])
    _, effects = outbox.heard(box, moment(ANSWER_MS), HubState(Presence.ONLINE, HUB))
    assert [birth.why for birth in said(effects) if isinstance(birth, Birth)] == ["hub_changed"]


def test_a_hub_changed_in_flight_is_asked_before_anything_more_is_sent() -> None:
    """A new hub id means unknown cursors: no fact is sent until it has answered."""
    box, _ = outbox.heard(in_sync(held(last=3)), moment(2), HubState(Presence.ONLINE, "hub-2"))
    _, effects = outbox.committed(box, moment(3), 4)
    assert effects == []


def test_no_hub_is_spoken_to_without_a_broker() -> None:
    """A word of the hub that was still in the inbox when the connection went asks for nothing."""
    box, _ = outbox.disconnected(in_sync(held(last=3)), moment(1), "x")
    assert outbox.heard(box, moment(2), HubState(Presence.ONLINE, "hub-2")) == (box, [])


def test_trimming_is_taken_note_of() -> None:
    """When the store let go of old facts the next birth names what is there, and forgets epochs that are gone."""
    box = in_sync(held(EPOCH, 5, claimed=5), held(NEXT_EPOCH, 9, claimed=9), held(THIRD_EPOCH, 0))
    box = outbox.trimmed(box, ((NEXT_EPOCH, 4), (THIRD_EPOCH, 1)))
    assert [(stream.epoch, stream.first, stream.last) for stream in box.held] == [(NEXT_EPOCH, 4, 9), (THIRD_EPOCH, 1, 0)]
    _, effects = outbox.heard(box, moment(2), HubState(Presence.ONLINE, "hub-2"))
    assert [birth.streams for birth in said(effects) if isinstance(birth, Birth)] == [(Stream(NEXT_EPOCH, 4, 9),)]


# All of it together


class PlainHub:
    """The hub as the protocol describes it: a cursor per epoch, taking only the next number; it may fall back to a backup."""

    def __init__(self) -> None:
        self.id = 1
        self.cursors: dict[str, int] = {}

    def answer(self, effect: Effect) -> list[FromHub]:
        """What it says to one effect of the kiosk."""
        match effect:
            case Send(Birth(session, _, streams)):
                cursors = tuple((stream.epoch, self.cursors.get(stream.epoch, 0)) for stream in streams)
                return [Sync(session, f"hub-{self.id}", NOON_MS, cursors, 8, 3, 5)]
            case SendFacts(epoch, first, last):
                held_ = self.cursors.get(epoch, 0)
                self.cursors[epoch] = max(held_, last) if first <= held_ + 1 else held_
                return [Claim(f"hub-{self.id}", epoch, self.cursors[epoch])]
        return []


ACTS = st.lists(
    st.sampled_from(["commit", "commit", "commit", "lose", "lose_claim", "deliver", "tick", "cut", "restore", "connect"]), max_size=60
)


def marked(effects: list[Effect], claimed: dict[str, int]) -> None:
    """The store's side: claims only go forwards, except where facts are opened again; and nothing unclaimed is ever skipped."""
    for effect in effects:
        match effect:
            case MarkClaimed(epoch, upto):
                assert upto >= claimed.get(epoch, 0)
                claimed[epoch] = upto
            case Reopen(epoch, upto):
                assert upto < claimed[epoch]
                claimed[epoch] = upto


@given(ACTS, st.floats(0, 1))
def test_whatever_is_lost_the_hub_gets_every_fact(acts: list[str], spread: float) -> None:
    """Messages lost in both directions, cut connections and a hub restored from a backup: in the end all facts are held and claimed.

    On the way: nothing is sent that is not in the store, the window is kept, and no due moment lies in the past after its tick.
    """
    box, hub, now_ms, number, claimed = box_of(held(EPOCH, 4), held(NEXT_EPOCH, 0), spread=spread), PlainHub(), 0, 0, dict[str, int]()
    way: list[Effect] = []
    sessions = 0
    for act in [*acts, *["connect", *["tick", "deliver"] * 40]]:
        now_ms += 7
        now, effects = moment(now_ms), list[Effect]()
        match act:
            case "commit":
                number += 1
                box, effects = outbox.committed(box, now, number)
            case "connect":
                sessions += 1
                box, effects = outbox.connected(box, now, f"s{sessions}")
            case "cut":
                way.clear()
                box, effects = outbox.disconnected(box, now, "cut")
            case "restore":
                hub.id += 1
                hub.cursors = {epoch: upto // 2 for epoch, upto in hub.cursors.items()}
                box, effects = outbox.heard(box, now, HubState(Presence.ONLINE, f"hub-{hub.id}"))
            case "lose":
                del way[::2]
            case "tick" if box.due_ms is not None:
                now_ms = max(now_ms, box.due_ms)
                box, effects = outbox.ticked(box, moment(now_ms))
                assert box.due_ms is None or box.due_ms > now_ms
            case "deliver" | "lose_claim":
                answers = [answer for effect in way for answer in hub.answer(effect)]
                way.clear()
                for answer in [] if act == "lose_claim" else answers:
                    box, more = outbox.heard(box, now, answer)
                    effects += more
        marked(effects, claimed)
        way += effects if box.session else []
        for stream in box.held:
            assert stream.claimed <= stream.sent <= stream.last
        assert sum(stream.sent - stream.claimed for stream in box.held) <= box.window
        for effect in of(SendFacts, effects):
            last = {stream.epoch: stream.last for stream in box.held}[effect.epoch]
            assert 1 <= effect.first <= effect.last <= last
            assert effect.last - effect.first < box.batch
    assert hub.cursors.get(EPOCH) == 4
    assert hub.cursors.get(NEXT_EPOCH, 0) == number
    assert box.unclaimed == 0


def test_a_hub_that_was_there_all_along_is_asked_once() -> None:
    """The hub's retained "online", which the broker hands over right after the birth went out, asks for no second handshake."""
    box, _ = outbox.connected(box_of(), moment(0), "session")

    box, effects = outbox.heard(box, moment(5), HubState(Presence.ONLINE, HUB))

    assert effects == []
