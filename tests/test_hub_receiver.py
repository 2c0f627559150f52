"""The hub's core over the store in memory: what is claimed, put aside, lost, announced and answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.announce import VIEWS_PER_MESSAGE_MAX
from hub.claims import REJECTED_MAX, VERSIONS_KEPT_MAX
from hub.memory_store import MemoryHubStore
from hub.receiver import Counts, Receiver
from hub.records import StreamGap, StreamId
from loyalty.facts import ClockQuality, Face, StoreRecovered
from mqtt.messages import Claim, KioskState, Lookup, LookupStatus, Members, Presence
from mqtt.wire import encode
from tests.hub_builders import (
    BOOT,
    CARD_1,
    CARD_2,
    CARD_3,
    DAY,
    EPOCH_A,
    EPOCH_B,
    KYIV,
    NOON,
    account_points,
    batch,
    birth,
    document,
    member,
    rating,
    visit,
    visits,
)

K = "k-1"
STREAM = StreamId(K, EPOCH_A)


def hub(*members: object) -> tuple[Receiver, MemoryHubStore]:
    """A hub with these members and two kiosks that have asked for a handshake."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    receiver.enrol(members, NOON)  # type: ignore[arg-type]
    for kiosk in (K, "k-2"):
        receiver.birth(birth(), kiosk, NOON)
    return receiver, store


def points(store: MemoryHubStore, id_: str = "m_1") -> int:
    return store.held.members[id_].points


def test_facts_in_order_are_claimed_and_counted() -> None:
    """Facts from the first on are held, claimed up to the last, and earn their points."""
    receiver, store = hub(member("m_1", CARD_1))
    receipt = receiver.receive(visits(1, 3), K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 3)),)
    assert receipt.counts == Counts(kept=3)
    assert points(store) == 30


def test_facts_sent_again_change_nothing_and_are_claimed_again() -> None:
    """A batch that is held already earns nothing, announces nothing, and is claimed: the claim may have been lost."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(visits(1, 3), K, NOON)
    before = store.snapshot()
    receipt = receiver.receive(visits(2, 3), K, NOON + 5)
    assert receipt == type(receipt)(((K, Claim("h_1", EPOCH_A, 3)),), (), Counts(duplicates=2))
    assert store.snapshot() == before


def test_facts_beyond_a_hole_wait() -> None:
    """A fact whose predecessor is missing is not held, and the claim says how far the stream really is."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(visits(1, 1), K, NOON)
    receipt = receiver.receive(visits(3, 4), K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 1)),)
    assert receipt.counts == Counts(ahead=2)
    assert points(store) == 10


def test_a_senseless_document_is_put_aside_and_does_not_block() -> None:
    """A document that is no fact is kept aside, claimed with a code, and those after it count."""
    receiver, store = hub(member("m_1", CARD_1))
    senseless = document(2, visit()) | {"clk": "sundial"}
    receipt = receiver.receive(batch(document(1, visit(), NOON - DAY), senseless, document(3, visit())), K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 3, ((2, "E_SCHEMA"),))),)
    assert [item.code for items in store.held.aside.values() for item in items] == ["E_SCHEMA"]
    assert points(store) == 20


def test_a_senseless_document_sent_again_is_named_again_and_kept_once() -> None:
    """A claim may be lost, so the refusal is repeated; what was put aside is not doubled."""
    receiver, store = hub()
    senseless = batch(document(1, visit()) | {"clk": "sundial"})
    receiver.receive(senseless, K, NOON)
    receipt = receiver.receive(senseless, K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 1, ((1, "E_SCHEMA"),))),)
    assert sum(map(len, store.held.aside.values())) == 1


def test_another_fact_under_a_held_number_is_never_dropped_silently() -> None:
    """Two contents for one identity are a conflict: the first counts, the second is kept aside and named."""
    receiver, store = hub(member("m_1", CARD_1), member("m_2", CARD_2))
    receiver.receive(visits(1, 1), K, NOON)
    for _ in range(2):
        receipt = receiver.receive(visits(1, 1, CARD_2), K, NOON)
        assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 1, ((1, "E_CONFLICT"),))),)
    assert [(item.number, item.code) for items in store.held.aside.values() for item in items] == [(1, "E_CONFLICT")]
    assert (points(store), points(store, "m_2")) == (10, 0)


def test_one_conflict_sent_twice_together_is_one() -> None:
    """The same contradicting document twice in one transaction is put aside once, the second is a duplicate of it."""
    receiver, _ = hub()
    receiver.receive(visits(1, 1), K, NOON)
    receipt = receiver.receive_all([(K, visits(1, 1, CARD_2)), (K, visits(1, 1, CARD_2))], NOON)
    assert receipt.counts == Counts(duplicates=1, put_aside=1)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 1, ((1, "E_CONFLICT"),))),)


def test_a_kiosk_gone_mad_cannot_fill_the_disk() -> None:
    """However many different things are said under one number, only the first few are kept; all are claimed as put aside."""
    receiver, store = hub()
    receiver.receive(visits(1, 1), K, NOON)
    for turn in range(3 * VERSIONS_KEPT_MAX):
        receipt = receiver.receive(visits(1, 1, f"{turn:032x}"), K, NOON)
        assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 1, ((1, "E_CONFLICT"),))),)
    assert sum(len(kept) for kept in store.held.aside.values()) == VERSIONS_KEPT_MAX


def test_the_order_of_keys_is_no_conflict() -> None:
    """A document written by another program with its keys in another order is the same document."""
    receiver, store = hub(member("m_1", CARD_1))
    first = document(1, visit())
    receiver.receive(batch(first), K, NOON)
    receipt = receiver.receive(batch(dict(reversed(first.items()))), K, NOON)
    assert (receipt.counts, store.held.aside) == (Counts(duplicates=1), {})


def test_a_fact_declared_lost_and_found_again_is_kept_aside() -> None:
    """A number in a declared gap may still turn up: it is put aside for a person, not dropped and not counted."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.birth(birth((EPOCH_A, 3, 4)), K, NOON)
    receipt = receiver.receive(visits(2, 3), K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 3, ((2, "E_GAP"),))),)
    assert points(store) == 10


def test_many_refusals_still_fit_into_a_claim() -> None:
    """More refusals than the wire can name are claimed with the newest named, and all are kept aside."""
    receiver, store = hub()
    senseless = [batch(*(document(n, visit()) | {"clk": "x"} for n in range(first, first + 100))) for first in (1, 101, 201, 301)]
    receipt = receiver.receive_all([(K, each) for each in senseless], NOON)
    (_, claim) = receipt.claims[0]
    assert (claim.upto, len(claim.rejected), claim.rejected[-1]) == (400, REJECTED_MAX, (400, "E_SCHEMA"))
    assert len(store.held.aside) == 400
    encode(claim, "s0", K)


def test_one_claim_for_batches_taken_together() -> None:
    """Batches of one transaction get one claim per stream, also when they repeat one another."""
    receiver, store = hub(member("m_1", CARD_1))
    receipt = receiver.receive_all([(K, visits(1, 2)), ("k-2", visits(1, 1)), (K, visits(2, 4)), (K, visits(1, 1, epoch=EPOCH_B))], NOON)
    assert receipt.claims == (
        (K, Claim("h_1", EPOCH_A, 4)),
        (K, Claim("h_1", EPOCH_B, 1)),
        ("k-2", Claim("h_1", EPOCH_A, 1)),
    )
    assert receipt.counts == Counts(kept=6, duplicates=1)
    assert points(store) == 40


def test_two_kiosks_on_one_day_earn_once() -> None:
    """A member served by two kiosks on one business day earns the visit once, whichever fact came first."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(batch(document(1, visit(), NOON)), "k-2", NOON)
    receiver.receive(batch(document(1, visit(), NOON - 60_000)), K, NOON)
    assert points(store) == 10


def test_facts_without_a_card_are_held() -> None:
    """A fact about the kiosk itself, and one of a type not known here, are held and claimed."""
    receiver, store = hub()
    unknown = document(2, visit()) | {"t": "weather", "d": {"rain": True}}
    receipt = receiver.receive(batch(document(1, StoreRecovered("old.db")), unknown), K, NOON)
    assert receipt.claims == ((K, Claim("h_1", EPOCH_A, 2)),)
    assert len(store.held.facts) == 2


def test_a_view_covers_what_it_contains() -> None:
    """After new facts each kiosk that has seen the card gets a view; `covers` names that kiosk's own streams."""
    receiver, store = hub(member("m_1", CARD_1, name="Олено"))
    receiver.receive(visits(1, 2), K, NOON)
    receipt = receiver.receive(visits(1, 1, epoch=EPOCH_B), "k-2", NOON + 7)
    told = {kiosk: members.views for kiosk, members in receipt.members}
    (card, view), (_, other) = told[K][0], told["k-2"][0]
    assert (card, view.member, view.person.greeting_name, account_points(view), view.as_of_ms) == (CARD_1, "m_1", "Олено", 20, NOON + 7)
    assert (view.covers, other.covers) == (((EPOCH_A, 2),), ((EPOCH_B, 1),))
    assert view.version == other.version == store.held.members["m_1"].version


def test_a_kiosk_is_told_by_the_card_it_has_seen() -> None:
    """A member with two cards is announced to each kiosk under the cards that kiosk has seen, and to no other kiosk."""
    receiver, _ = hub(member("m_1", CARD_1, CARD_2))
    receiver.receive(visits(1, 1, CARD_1), K, NOON)
    receipt = receiver.receive(visits(1, 1, CARD_2), "k-2", NOON)
    assert [(kiosk, [card for card, _ in members.views]) for kiosk, members in receipt.members] == [(K, [CARD_1]), ("k-2", [CARD_2])]


def test_a_kiosk_that_was_never_born_is_told_nothing() -> None:
    """Facts from a source that asked for no handshake are claimed, and nothing is announced to it."""
    receiver, _ = hub(member("m_1", CARD_1))
    receipt = receiver.receive(visits(1, 1), "import", NOON)
    assert (receipt.claims, receipt.members) == ((("import", Claim("h_1", EPOCH_A, 1)),), ())


def test_versions_rise_also_when_the_clock_goes_back() -> None:
    """Every change of a member has a higher version than all before, whatever the hub's clock says."""
    receiver, store = hub(member("m_1", CARD_1))
    versions = []
    for number, now_ms in enumerate((NOON, NOON + 50, NOON - DAY, NOON - DAY), start=1):
        receiver.receive(visits(number, number), K, now_ms)
        versions.append(store.held.members["m_1"].version)
    assert versions == sorted(set(versions))
    assert versions[0] >= NOON


def test_after_an_old_backup_everything_is_taken_again() -> None:
    """Restored from a backup the hub answers with its lower cursor, takes the facts again, and ends with a higher version."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(visits(1, 2), K, NOON)
    backup = store.snapshot()
    receiver.receive(visits(3, 5), K, NOON + 1)
    told = store.held.members["m_1"]
    store.restore(backup)
    again = replace(receiver, hub="h_2")
    welcomed = again.birth(birth((EPOCH_A, 1, 5)), K, NOON + 2)
    assert (welcomed.sync.hub, welcomed.sync.cursors, welcomed.lost) == ("h_2", ((EPOCH_A, 2),), 0)
    again.receive(visits(3, 5), K, NOON + 3)
    assert points(store) == told.points == 50
    assert store.held.members["m_1"].version > told.version


def test_a_birth_is_answered_for_each_stream() -> None:
    """The handshake names every stream of the birth, with nothing for one never heard of."""
    receiver, _ = hub()
    receiver.receive(visits(1, 2), K, NOON)
    sync = receiver.birth(birth((EPOCH_A, 1, 2), (EPOCH_B, 1, 9), session="s9"), K, NOON + 3).sync
    assert (sync.session, sync.hub, sync.now_ms) == ("s9", "h_1", NOON + 3)
    assert sync.cursors == ((EPOCH_A, 2), (EPOCH_B, 0))
    encode(sync, "s0", K)


def test_what_a_kiosk_no_longer_has_is_an_explicit_range() -> None:
    """Facts before the first a kiosk still holds are written down as lost, and the stream goes on after them."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(visits(1, 2), K, NOON)
    welcomed = receiver.birth(birth((EPOCH_A, 6, 7)), K, NOON)
    assert (welcomed.sync.cursors, welcomed.lost) == (((EPOCH_A, 5),), 3)
    assert store.held.gaps == [StreamGap(STREAM, 3, 5)]
    assert receiver.birth(birth((EPOCH_A, 6, 7)), K, NOON).lost == 0
    assert receiver.receive(visits(6, 7), K, NOON).counts == Counts(kept=2)


def test_a_birth_repairs_views_that_were_missed() -> None:
    """A kiosk that was away is told at its handshake what the members it has seen look like now."""
    receiver, _ = hub(member("m_1", CARD_1), member("m_2", CARD_2))
    receiver.receive(visits(1, 1), K, NOON)
    receiver.receive(visits(1, 2), "k-2", NOON)
    ((card, view),) = receiver.birth(birth((EPOCH_A, 1, 1)), K, NOON).members[0].views
    assert (card, account_points(view), view.covers) == (CARD_1, 20, ((EPOCH_A, 1),))


def test_many_views_are_told_in_messages_the_wire_takes() -> None:
    """More members than one message holds are told in several, each within the wire's bounds, none twice."""
    many = [member(f"m_{n}", f"{n:032x}", name="Щ" * 64) for n in range(VIEWS_PER_MESSAGE_MAX * 2 + 1)]
    receiver, _ = hub(*many)
    receiver.receive(batch(*(document(n + 1, visit(f"{n:032x}")) for n in range(len(many)))), K, NOON)
    for epoch in (f"aaaaaaaaaa{a}{b}" for a in "abcdef" for b in "abcdef"):
        receiver.receive(visits(1, 1, CARD_3, epoch), K, NOON)
    pages = receiver.birth(birth(), K, NOON).members
    for page in pages:
        encode(page, "s0", K)
    assert len({card for page in pages for card, _ in page.views}) == sum(len(page.views) for page in pages) == len(many)


def test_a_lookup_finds_the_member_and_keeps_the_kiosk_informed() -> None:
    """The answer to a lookup is the member with the asking kiosk's covers; from then on the kiosk is told of changes."""
    receiver, _ = hub(member("m_1", CARD_1))
    receiver.receive(visits(1, 2), "k-2", NOON)
    answer = receiver.lookup(Lookup(CARD_1, b"t" * 16), K, NOON + 4)
    assert (answer.status, answer.token, answer.card) == (LookupStatus.FOUND, b"t" * 16, CARD_1)
    assert answer.view is not None
    assert (account_points(answer.view), answer.view.covers, answer.view.as_of_ms) == (20, (), NOON + 4)
    assert [kiosk for kiosk, _ in receiver.receive(visits(3, 3), "k-2", NOON).members] == [K, "k-2"]


def test_a_lookup_of_an_unknown_card_says_so() -> None:
    """Nobody has this card: the answer is 404 with the token, and nothing is kept of the question."""
    receiver, store = hub()
    answer = receiver.lookup(Lookup(CARD_1, b"t" * 16), K, NOON)
    assert (answer.status, answer.token, answer.view) == (LookupStatus.UNKNOWN, b"t" * 16, None)
    assert store.held.seen_by_card == {}


def test_facts_of_a_card_count_when_it_joins() -> None:
    """What a card did before anybody had it is kept and counts at once for the member it is given to, everywhere."""
    receiver, store = hub()
    receiver.receive(visits(1, 3), K, NOON)
    told = receiver.enrol([member("m_1", CARD_1)], NOON + 1)
    assert points(store) == 30
    assert [(kiosk, [(card, account_points(view), view.covers) for card, view in members.views]) for kiosk, members in told] == [
        (K, [(CARD_1, 30, ((EPOCH_A, 3),))])
    ]


def test_a_card_given_to_another_member_takes_its_facts_along() -> None:
    """The new owner counts the card's facts and the old one no longer does."""
    receiver, store = hub(member("m_1", CARD_1), member("m_2", CARD_2))
    receiver.receive(visits(1, 3), K, NOON)
    receiver.enrol([member("m_2", CARD_1)], NOON + 1)
    assert (points(store), points(store, "m_2")) == (0, 30)


def test_a_bad_rating_thanks_like_a_good_one() -> None:
    """A rating earns the same whatever the face, and the reason for it earns nothing."""
    receiver, store = hub(member("m_1", CARD_1), member("m_2", CARD_2))
    faces = batch(document(1, rating(CARD_1, Face.VERY_BAD)), document(2, rating(CARD_2, Face.VERY_GOOD)))
    receiver.receive(faces, K, NOON)
    assert points(store) == points(store, "m_2") == 2


def test_a_doubtful_clock_is_dated_by_what_has_passed_since() -> None:
    """A fact of an unsynchronised clock counts for the hub's time less the time that has passed on the kiosk."""
    receiver, store = hub()
    stale = document(1, visit(), at_ms=5, mono_ms=40_000, clock=ClockQuality.UNSYNCED)
    receiver.birth(birth(mono_ms=100_000), K, NOON + 100_000)
    receiver.receive(batch(stale), K, NOON + 170_000)
    (fact,) = store.held.by_card[CARD_1]
    assert (fact.effective_ms, fact.at_ms) == (NOON + 40_000, 5)


def test_a_doubtful_fact_of_an_earlier_boot_is_dated_by_that_boot() -> None:
    """Facts sent after a reboot are dated by the boot they are from, as the hub came to know it, not by the present one."""
    receiver, store = hub()
    receiver.birth(birth(boot="b-old", mono_ms=1_000), K, NOON - DAY)
    receiver.birth(birth(boot="b-new", mono_ms=500), K, NOON)
    stale = document(1, visit(), at_ms=5, mono_ms=61_000, clock=ClockQuality.UNSYNCED)
    receiver.receive(batch(stale, boot="b-old"), K, NOON)
    (fact,) = store.held.by_card[CARD_1]
    assert fact.effective_ms == NOON - DAY + 60_000


def test_a_doubtful_fact_of_a_boot_never_heard_keeps_its_own_clock() -> None:
    """Where nothing better is known the doubtful clock stands."""
    receiver, store = hub()
    receiver.birth(birth(boot="b-new"), K, NOON)
    stale = document(1, visit(), at_ms=NOON - DAY, mono_ms=5, clock=ClockQuality.UNSYNCED)
    receiver.receive(batch(stale, boot="b-unheard"), K, NOON)
    assert store.held.by_card[CARD_1][0].effective_ms == NOON - DAY


@pytest.mark.parametrize("at_the_broker_ms", [0, 43_000, 299_000])
def test_a_doubtful_fact_that_lay_at_the_broker_waits_for_the_handshake(at_the_broker_ms: int) -> None:
    """A hub that was away, or is new, does not date a doubtful fact by when it arrives: the kiosk is told to shake hands first."""
    store = MemoryHubStore()
    receiver = Receiver("h_1", store, KYIV)
    doubtful = batch(document(1, visit(), at_ms=5, mono_ms=10_000, clock=ClockQuality.UNSYNCED))
    early = receiver.receive(doubtful, K, NOON + 10_000 + at_the_broker_ms)
    assert (early.claims[0][1].upto, store.held.facts) == (0, {})
    receiver.birth(birth(mono_ms=400_000), K, NOON + 400_000)
    receiver.receive(doubtful, K, NOON + 401_000)
    assert [fact.effective_ms for fact in store.held.by_card[CARD_1]] == [NOON + 10_000]


def test_a_clock_that_the_hub_set_is_believed() -> None:
    """Also by a run that knows nothing of the boot, and before any handshake with it."""
    store = MemoryHubStore()
    receiver = Receiver("h_2", store, KYIV)
    receiver.receive(batch(document(1, visit(), NOON - DAY, 5, ClockQuality.HUB)), K, NOON)
    assert store.held.by_card[CARD_1][0].effective_ms == NOON - DAY


def test_a_fact_of_tomorrow_counts_for_today() -> None:
    """A clock that runs ahead cannot earn tomorrow's points: no fact counts for later than a minute from now."""
    receiver, store = hub()
    receiver.receive(batch(document(1, visit(), at_ms=NOON + 3 * DAY)), K, NOON)
    assert store.held.by_card[CARD_1][0].effective_ms == NOON + 60_000


@pytest.mark.parametrize("clock", list(ClockQuality))
def test_times_at_the_edge_of_what_a_document_can_say_are_taken(clock: ClockQuality) -> None:
    """The largest and smallest clocks a fact may carry neither stop the stream nor leave the calendar."""
    receiver, store = hub(member("m_1", CARD_1))
    edge = 2**53 - 1
    ends = [document(1, visit(), edge, edge, clock), document(2, visit(), 0, 0, clock), document(3, visit(), 0, edge, clock)]
    receiver.birth(birth(mono_ms=edge), K, NOON)
    receiver.receive(batch(*ends), K, NOON)
    receiver.birth(birth(mono_ms=0), K, NOON)
    assert receiver.receive(batch(document(4, visit(), 0, 0, clock)), K, NOON).claims[0][1].upto == 4
    assert all(0 <= (fact.effective_ms or 0) <= NOON + 60_000 for fact in store.held.by_card[CARD_1])


def test_presence_is_kept_and_an_old_will_is_not_believed() -> None:
    """A kiosk's word is kept; "lost" said by the will of an earlier session changes nothing."""
    receiver, store = hub()
    receiver.presence(KioskState(Presence.ONLINE, "s2", unclaimed=7, version="1.0", clock="ntp"), K, NOON)
    receiver.presence(KioskState(Presence.OFFLINE, "s1", "lost"), K, NOON + 1)
    record = store.held.kiosks[K]
    assert (record.presence, record.unclaimed, record.heard_ms, record.boot) == (Presence.ONLINE, 7, NOON, BOOT)
    receiver.presence(KioskState(Presence.OFFLINE, "s2", "shutdown"), K, NOON + 2)
    assert (store.held.kiosks[K].presence, store.held.kiosks[K].why) == (Presence.OFFLINE, "shutdown")


def test_two_devices_that_take_turns_are_suspected() -> None:
    """A device that comes back after another spoke under its name is no repair: reported until only one has spoken for a day."""
    receiver, store = hub()

    def told(device: str) -> tuple[str, bool]:
        welcomed = receiver.birth(replace(birth(), device=device), K, NOON)
        return welcomed.twin, welcomed.clone_suspect

    assert [told(device) for device in ("device", "b", "b")] == [("", False), ("device", False), ("", False)]
    assert [told(device) for device in ("device", "b")] == [("b", True), ("device", True)]
    assert (store.held.kiosks[K].device, store.held.kiosks[K].twin) == ("b", "device")
    for now_ms, suspect in ((NOON + DAY - 1, True), (NOON + DAY, False)):
        receiver.presence(KioskState(Presence.ONLINE, "s1"), K, now_ms)
        assert store.held.kiosks[K].clone_suspect is suspect


class PowerCut(Exception):
    """The hub's machine lost its power."""


def _cut() -> None:
    raise PowerCut


def test_power_cut_before_the_commit_leaves_nothing() -> None:
    """Facts of a transaction cut off before its end are not held, and sending them again takes them."""
    receiver, store = hub(member("m_1", CARD_1))
    before = store.snapshot()
    store.before_commit = _cut
    with pytest.raises(PowerCut):
        receiver.receive(visits(1, 3), K, NOON)
    assert store.snapshot() == before
    store.before_commit = int
    assert receiver.receive(visits(1, 3), K, NOON).counts == Counts(kept=3)


def test_power_cut_after_the_commit_leaves_it_all() -> None:
    """Facts committed just before the cut are held; sent again they are duplicates."""
    receiver, store = hub(member("m_1", CARD_1))
    store.after_commit = _cut
    with pytest.raises(PowerCut):
        receiver.receive(visits(1, 3), K, NOON)
    store.after_commit = int
    assert receiver.receive(visits(1, 3), K, NOON).counts == Counts(duplicates=3)
    assert points(store) == 30


def test_a_backup_is_not_changed_by_what_comes_after() -> None:
    """A snapshot stays as it was taken, and can be restored more than once."""
    receiver, store = hub(member("m_1", CARD_1))
    receiver.receive(batch(document(1, visit(), NOON - DAY), document(2, visit()) | {"clk": "x"}), K, NOON)
    backup = store.snapshot()
    for _ in range(2):
        store.restore(backup)
        receiver.receive(batch(document(3, visit(), NOON - 9 * DAY), document(4, visit()) | {"clk": "y"}), K, NOON)
        receiver.receive(batch(document(1, visit(CARD_3)), document(2, visit()) | {"clk": "z"}), K, NOON)
        receiver.lookup(Lookup(CARD_1, b"t" * 16), "k-2", NOON)
        receiver.birth(birth((EPOCH_B, 5, 9)), "k-9", NOON)
        assert points(store) == 20
    store.restore(backup)
    assert (points(store), len(store.held.facts), len(store.held.by_card[CARD_1]), store.held.gaps) == (10, 1, 1, [])
    assert sum(map(len, store.held.aside.values())) == 1


def test_a_member_with_an_unspeakable_name_cannot_be_enrolled() -> None:
    """A name that no kiosk could be told is refused when it is given, not at the till."""
    for name in ("", "x" * 65, "Bob\x00", "line\nbreak"):
        with pytest.raises(ValueError, match="printable"):
            member("m_1", name=name)


def test_nothing_is_told_that_no_listener_wants() -> None:
    """A receipt without members to tell holds no empty messages."""
    receiver, _ = hub()
    assert receiver.receive(visits(1, 1), K, NOON).members == ()
    assert receiver.birth(birth(), "k-7", NOON).members == ()
    assert Members(()) not in [page for _, page in receiver.enrol([member("m_5", CARD_3)], NOON)]
