"""The outbox: the handshake, the window, sending again, claims forwards and backwards, and that it always gets there in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import outbox
from kiosk.messages import Effect, MarkClaimed, Note, Reopen, Send, SendFacts
from kiosk.outbox import ANSWER_MS, BATCH, BIRTH_WAIT_MS, BIRTH_WAIT_MS_MAX, RESEND_MS_MAX, STATE_REFRESH_MS, WINDOW, Held, Outbox
from loyalty.facts import ClockQuality
from mqtt import wire
from mqtt.messages import Birth, Claim, FromHub, FromKiosk, HubState, KioskState, Presence, Stream, Sync
from mqtt.wire import STREAMS_MAX
from tests.builders import BOOT, EPOCH, HUB, NEXT_EPOCH, NOON_MS, held, moment, view
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


@pytest.mark.parametrize(("spread", "wait_ms"), [(0.0, 2_400), (0.5, 3_000), (1.0, 3_600)])
def test_a_fleet_does_not_move_in_step(spread: float, wait_ms: int) -> None:
    """Each kiosk's waits are its own, within a fifth of the nominal one."""
    assert connected(spread=spread).due_ms == wait_ms


def test_a_new_connection_asks_quickly_again() -> None:
    """What was learned about a silent hub is forgotten with the connection."""
    box = connected()
    for now_ms in (3_000, 9_000, 21_000):
        box, _ = outbox.ticked(box, moment(now_ms))
    box, _ = outbox.disconnected(box, moment(30_000), "cable")
    box, _ = outbox.connected(box, moment(40_000), "s2")
    assert box.due_ms == 40_000 + BIRTH_WAIT_MS


def test_an_answer_to_another_session_is_ignored() -> None:
    """A sync for an earlier connection says nothing about this one."""
    box = connected(held(last=3))
    assert outbox.heard(box, moment(1), sync((EPOCH, 3), session="s0")) == (box, [])


def test_the_answer_ends_the_asking_and_starts_the_sending() -> None:
    """After a sync nothing more is asked, the hub's figures replace ours, and the oldest open facts go first."""
    box, effects = outbox.heard(connected(held(last=10)), moment(1), sync((EPOCH, 4), window=5, batch=2))
    assert (box.hub, box.birth_due, box.window, box.batch, box.away_since) == (HUB, None, 5, 2, None)
    assert of(MarkClaimed, effects) == [MarkClaimed(EPOCH, 4)]
    assert sent(effects) == [(5, 6), (7, 8), (9, 9)]
    assert box.unclaimed == 6


def test_a_hub_that_holds_more_than_was_known_moves_the_cursor_only() -> None:
    """After a crash the kiosk does not know what was claimed; the handshake says it, and nothing is sent twice."""
    box, effects = outbox.heard(connected(held(last=10)), moment(1), sync((EPOCH, 10)))
    assert of(MarkClaimed, effects) == [MarkClaimed(EPOCH, 10)]
    assert sent(effects) == []
    assert (box.unclaimed, box.resend_due) == (0, None)


def test_a_hub_that_holds_more_than_we_do_is_believed_no_further_than_we_go() -> None:
    """If the storage card lost facts that the hub has, the cursor ends where our facts end."""
    box, effects = outbox.heard(connected(held(last=10)), moment(1), sync((EPOCH, 15)))
    assert of(MarkClaimed, effects) == [MarkClaimed(EPOCH, 10)]
    assert box.held == (held(last=10, claimed=10),)


def test_a_hub_that_holds_less_opens_facts_again() -> None:
    """A hub restored from a backup answers a lower number: what follows is sent again and counts here again."""
    streams = (held(EPOCH, 90, claimed=90), held(NEXT_EPOCH, 5, claimed=2))
    box, effects = outbox.heard(connected(*streams), moment(1), sync((EPOCH, 80), (NEXT_EPOCH, 0), window=100, batch=100))
    assert of(Reopen, effects) == [Reopen(EPOCH, 80), Reopen(NEXT_EPOCH, 0)]
    assert sent(effects) == [(81, 90), (1, 5)]
    assert box.unclaimed == 15
    assert [note.fields for note in of(Note, effects) if note.warning] == [{"upto": 80, "was": 90}, {"upto": 0, "was": 2}]


def test_facts_are_opened_again_before_others_are_claimed() -> None:
    """What is claimed lets old facts go; those that the same answer opens again must be safe by then."""
    streams = (held(EPOCH, 90, claimed=40), held(NEXT_EPOCH, 5, claimed=2))
    _, effects = outbox.heard(connected(*streams), moment(1), sync((EPOCH, 80), (NEXT_EPOCH, 0)))
    marks = [effect for effect in effects if isinstance(effect, Reopen | MarkClaimed)]
    assert marks == [Reopen(NEXT_EPOCH, 0), MarkClaimed(EPOCH, 80)]


def test_what_the_answer_does_not_name_stays_as_it_was() -> None:
    """A stream that was not asked about is neither opened again nor taken for claimed."""
    box, effects = outbox.heard(connected(held(EPOCH, 9, claimed=9), held(NEXT_EPOCH, 2)), moment(1), sync((NEXT_EPOCH, 1)))
    assert of(Reopen, effects) == []
    assert box.held == (held(EPOCH, 9, claimed=9), held(NEXT_EPOCH, 2, claimed=1, sent=2))


def test_a_repeated_answer_only_sends_again() -> None:
    """Two births may both be answered; the second answer makes nothing worse than a repetition the hub knows."""
    box, first = outbox.heard(connected(held(last=3)), moment(1), sync((EPOCH, 0)))
    again, second = outbox.heard(box, moment(2), sync((EPOCH, 0)))
    assert sent(first) == sent(second) == [(1, 3)]
    assert again.held == box.held


def epochs(count: int) -> list[str]:
    """So many epoch names."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return ["".join(letters[number // 32**place % 32] for place in range(12)) for number in range(count)]


def test_a_birth_names_no_more_streams_than_a_message_holds() -> None:
    """A kiosk switched off every night for years still gets its birth through; what the hub may lack is named before what it holds."""
    names = epochs(STREAMS_MAX + 100)
    streams = [Held(name, 1, 5, 5, 5) for name in names]
    streams[3] = Held(names[3], 1, 5, 0, 0)
    streams.append(Held("zzzzzzzzzzzz", 1, 2, 0, 0))
    _, effects = outbox.connected(box_of(*streams), moment(), "s1")
    birth = said(effects)[1]
    assert isinstance(birth, Birth)
    named = [stream.epoch for stream in birth.streams]
    assert len(named) == STREAMS_MAX
    assert named[0] == names[3]
    assert named[1:] == [*names[-(STREAMS_MAX - 2) :], "zzzzzzzzzzzz"]
    assert wire.encode(birth, "s", "k1").payload


def test_too_many_open_streams_go_oldest_first() -> None:
    """When even the open ones are too many, the oldest are named, and the others are sent all the same."""
    streams = [Held(name, 1, 1, 0, 0) for name in epochs(STREAMS_MAX + 10)]
    box, effects = outbox.connected(box_of(*streams), moment(), "s1")
    birth = said(effects)[1]
    assert isinstance(birth, Birth)
    assert [stream.epoch for stream in birth.streams] == epochs(STREAMS_MAX)
    box, effects = outbox.heard(box, moment(1), sync(*((name, 1) for name in epochs(STREAMS_MAX))))
    assert [effect.epoch for effect in of(SendFacts, effects)] == epochs(STREAMS_MAX + 10)[STREAMS_MAX:]


# Sending


def test_batches_and_window_are_kept() -> None:
    """At most a window of facts is under way, in batches, oldest first."""
    box = in_sync(held(last=40), window=10, batch=4)
    assert box.held == (held(last=40, sent=10),)
    _, effects = outbox.heard(connected(held(last=40)), moment(1), sync((EPOCH, 0), window=10, batch=4))
    assert sent(effects) == [(1, 4), (5, 8), (9, 10)]


def test_the_window_spans_epochs() -> None:
    """Facts of an earlier run go first, and all epochs share the one window."""
    box, effects = outbox.heard(
        connected(held(EPOCH, 3), held(NEXT_EPOCH, 0), held(THIRD_EPOCH, 9)), moment(1), sync((EPOCH, 1), (THIRD_EPOCH, 0), window=6)
    )
    assert [(each.epoch, each.first, each.last) for each in of(SendFacts, effects)] == [(EPOCH, 2, 3), (THIRD_EPOCH, 1, 4)]
    assert [stream.sent for stream in box.held] == [3, 0, 4]


def test_a_committed_fact_is_sent_at_once() -> None:
    """In sync and with room in the window, a fact is under way the moment it is on disk."""
    box, effects = outbox.committed(in_sync(held(EPOCH, 9, claimed=9), held(NEXT_EPOCH, 0)), moment(50), 1)
    assert of(SendFacts, effects) == [SendFacts(NEXT_EPOCH, 1, 1)]
    assert box.unclaimed == 1
    assert box.due_ms == 50 + RESEND_MS


def test_a_committed_fact_waits_without_a_hub() -> None:
    """Off line nothing is sent, and the fact is counted as open."""
    box, effects = outbox.committed(box_of(held(last=2)), moment(), 3)
    assert effects == []
    assert box.unclaimed == 3


def test_a_full_window_waits_for_a_claim() -> None:
    """With the window full a new fact waits; a claim makes exactly as much room as it says."""
    box = in_sync(held(last=10), window=10)
    box, effects = outbox.committed(box, moment(2), 11)
    assert sent(effects) == []
    box, effects = outbox.heard(box, moment(3), Claim(HUB, EPOCH, 1))
    assert sent(effects) == [(11, 11)]
    assert box.held == (held(last=11, claimed=1, sent=11),)


def test_facts_that_are_gone_are_not_asked_of_the_store() -> None:
    """When the oldest facts were let go, sending begins at the first that is there."""
    _, effects = outbox.heard(connected(held(last=20, first=11)), moment(1), sync((EPOCH, 10)))
    assert sent(effects) == [(11, 20)]


def test_a_hub_restored_further_back_than_the_facts_go_is_sent_what_there_is() -> None:
    """A hub that lacks facts which were let go is sent those that are still there; the birth told it where they begin."""
    _, effects = outbox.heard(connected(held(last=20, first=11, claimed=20)), moment(1), sync((EPOCH, 3)))
    assert of(Reopen, effects) == [Reopen(EPOCH, 3)]
    assert sent(effects) == [(11, 20)]


def test_no_progress_sends_again_from_the_oldest_open_fact() -> None:
    """Without a claim everything under way is sent again, after 5, 10, 20 .. 300 seconds."""
    box = in_sync(held(last=3))
    now_ms, waits = 1, []
    for _ in range(9):
        assert box.resend_due is not None
        waits.append(box.resend_due - now_ms)
        now_ms = box.resend_due
        box, effects = outbox.ticked(replace(box, state_due=None), moment(now_ms))
        assert sent(effects) == [(1, 3)]
    assert waits == [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]
    assert waits[-1] == RESEND_MS_MAX


def test_progress_ends_the_backing_off() -> None:
    """A claim that helps resets the wait to the hub's figure; when all is claimed nothing is waited for."""
    box = in_sync(held(last=3))
    for _ in range(3):
        assert box.resend_due is not None
        box, _ = outbox.ticked(box, moment(box.resend_due))
    box, _ = outbox.heard(box, moment(100_000), Claim(HUB, EPOCH, 1))
    assert box.resend_due == 100_000 + RESEND_MS
    box, _ = outbox.heard(box, moment(100_001), Claim(HUB, EPOCH, 3))
    assert box.resend_due is None


def test_a_new_fact_does_not_put_off_sending_again() -> None:
    """A busy shop must not keep an unclaimed fact from being repeated."""
    box = in_sync(held(last=3))
    due = box.resend_due
    box, _ = outbox.committed(box, moment(4_000), 4)
    assert box.resend_due == due


# Claims


def test_a_claim_is_passed_on_and_moves_the_cursor() -> None:
    """What the hub holds is remembered, with the facts it put aside."""
    box, effects = outbox.heard(in_sync(held(last=9)), moment(2), Claim(HUB, EPOCH, 7, ((3, "E_SCHEMA"),)))
    assert of(MarkClaimed, effects) == [MarkClaimed(EPOCH, 7, ((3, "E_SCHEMA"),))]
    assert box.held == (held(last=9, claimed=7, sent=9),)


@pytest.mark.parametrize(
    "claim", [Claim(HUB, EPOCH, 5), Claim(HUB, EPOCH, 4), Claim(HUB, EPOCH, 0), Claim(HUB, EPOCH, 10), Claim(HUB, NEXT_EPOCH, 6)]
)
def test_a_claim_without_news_changes_nothing(claim: Claim) -> None:
    """An old claim, one of facts that we never had, or of an epoch that is not ours, moves nothing."""
    box = in_sync(held(last=9, claimed=5))
    assert outbox.heard(box, moment(2), claim) == (box, [])


def test_a_foreign_hubs_claim_asks_for_a_new_handshake() -> None:
    """A claim under another hub id is not believed: who holds what is asked anew, once."""
    box, effects = outbox.heard(in_sync(held(last=9)), moment(2), Claim("hub-2", EPOCH, 9))
    assert [birth.why for birth in said(effects) if isinstance(birth, Birth)] == ["hub_changed"]
    assert of(MarkClaimed, effects) == []
    assert (box.hub, box.unclaimed) == (None, 9)
    assert outbox.heard(box, moment(3), Claim("hub-2", EPOCH, 9)) == (box, [])


def test_words_about_members_are_not_the_outboxs() -> None:
    """Anything that is not about the hub or our facts leaves the outbox as it was."""
    from mqtt.messages import Members

    box = in_sync(held(last=1))
    assert outbox.heard(box, moment(2), Members((("a" * 32, view()),))) == (box, [])


# Presence


def test_presence_is_renewed_thrice_within_its_lease() -> None:
    """Presence lasts 900 s on the broker and is said again every 300 s while the connection stands."""
    box = in_sync(held(last=0))
    assert box.due_ms == STATE_REFRESH_MS
    box, effects = outbox.ticked(box, moment(STATE_REFRESH_MS))
    assert [type(each) for each in said(effects)] == [KioskState]
    assert box.due_ms == 2 * STATE_REFRESH_MS
    assert 3 * STATE_REFRESH_MS <= 900_000


def test_a_lost_connection_leaves_nothing_to_try() -> None:
    """Without a broker nothing is due; the facts stay open and are the first to go after the next handshake."""
    now = moment(10_000)
    box, effects = outbox.disconnected(in_sync(held(last=9, claimed=5)), now, "keepalive")
    assert (box.due_ms, box.session, box.hub, box.away_since) == (None, None, None, now)
    assert of(Note, effects) == [Note("link.gone", {"why": "keepalive", "unclaimed": 4})]
    box, _ = outbox.connected(box, moment(11_000), "s2")
    box, effects = outbox.heard(box, moment(11_001), sync((EPOCH, 5), session="s2"))
    assert sent(effects) == [(6, 9)]


def test_absence_is_dated_from_its_beginning() -> None:
    """Connections that come and go without a hub do not make the absence look shorter."""
    start = box_of().away_since
    box, _ = outbox.connected(box_of(), moment(5_000), "s1")
    assert box.away_since == start
    box, _ = outbox.disconnected(box, moment(6_000), "x")
    assert box.away_since == start


def test_a_hub_that_says_goodbye_is_gone() -> None:
    """The hub's word that it is off line stops the sending and dates the absence; it is asked after once a minute all the same."""
    now = moment(10_000)
    box, _ = outbox.heard(in_sync(held(last=3)), now, HubState(Presence.OFFLINE, HUB))
    assert (box.hub, box.resend_due, box.away_since) == (None, None, now)
    assert box.due_ms == 10_000 + BIRTH_WAIT_MS_MAX
    box, effects = outbox.committed(box, moment(11_000), 4)
    assert sent(effects) == []
    _, effects = outbox.ticked(box, moment(10_000 + BIRTH_WAIT_MS_MAX))
    assert [type(each) for each in said(effects)] == [KioskState, Birth]


def test_another_hubs_goodbye_is_not_ours() -> None:
    """The will of a hub that was replaced does not disturb the one we are in sync with."""
    box = in_sync(held(last=3))
    assert outbox.heard(box, moment(2), HubState(Presence.OFFLINE, "hub-0")) == (box, [])


@pytest.mark.parametrize("hub", ["hub-2", HUB])
def test_a_hub_that_comes_back_is_asked_at_once(hub: str) -> None:
    """A hub that says it is there, the old one or another, gets a birth without waiting."""
    box, _ = outbox.heard(in_sync(held(last=3)), moment(2), HubState(Presence.OFFLINE, HUB))
    box, effects = outbox.heard(box, moment(3), HubState(Presence.ONLINE, hub))
    assert [birth.why for birth in said(effects) if isinstance(birth, Birth)] == ["hub_changed"]
    assert box.due_ms == 3 + BIRTH_WAIT_MS


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_large_fleet_does_not_ask_in_one_instant(share: float) -> None:
    """Where the hub gives time a kiosk asks after its own share of it, and sends nothing before."""
    box, _ = outbox.heard(connected(held(last=3), spread=share), moment(1), sync((EPOCH, 0)))
    box, effects = outbox.heard(box, moment(2), HubState(Presence.ONLINE, "hub-2", 0, 10_000))
    assert said(effects) == []
    assert box.due_ms == 2 + int(10_000 * share)
    assert outbox.committed(box, moment(3), 4)[1] == []
    due_ms = box.due_ms
    for now_ms in range(4, due_ms, 300):  # the hub comes and goes: that puts nobody off
        box, _ = outbox.heard(box, moment(now_ms), HubState(Presence.ONLINE, "hub-2", 0, 10_000))
    assert box.due_ms == due_ms
    box, effects = outbox.ticked(box, moment(due_ms))
    assert [type(each) for each in said(effects)] == [KioskState, Birth]


def test_the_same_hub_saying_again_that_it_is_there_changes_nothing() -> None:
    """Retained words are repeated at every subscription."""
    box = in_sync(held(last=3))
    assert outbox.heard(box, moment(2), HubState(Presence.ONLINE, HUB)) == (box, [])


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
