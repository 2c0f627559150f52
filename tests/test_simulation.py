"""Whole shops in virtual time under all faults at once: nothing is lost, nothing counted twice, nothing promised in vain.

What is proven and how to see a failed day again: docs/simulation.md. Days that once failed stand below by name.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import StreamId
from loyalty.facts import KINDS, ClockQuality
from tests.hub_builders import BOOT, EPOCH_A, KYIV, NOON, batch, birth, document, visit
from tests.simulation.__main__ import main
from tests.simulation.day import Failed, day
from tests.simulation.faults import NONE, Kind
from tests.simulation.product import Product
from tests.simulation.trouble import Proof

DAYS, DAYS_AT_ONCE = 500, 10
SOAK_DAYS, SOAK_AT_ONCE = 20_000, 100
DAYS_ALONE = 6  # of each fault alone


@pytest.mark.parametrize("first", range(1, DAYS, DAYS_AT_ONCE))
def test_days_with_all_faults(first: int) -> None:
    """Whatever happens in the course of a day, once it is healed every proof holds."""
    for seed in range(first, first + DAYS_AT_ONCE):
        day(seed)


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100_001, 100_001 + SOAK_DAYS, SOAK_AT_ONCE))
def test_many_more_days_with_all_faults(first: int) -> None:
    """The same for twenty thousand days that nobody has looked at before."""
    for seed in range(first, first + SOAK_AT_ONCE):
        day(seed)


@pytest.mark.parametrize("kind", [*Kind, None])
def test_days_with_one_fault_alone(kind: Kind | None) -> None:
    """Each fault alone, and a day without any, is survived too: no fault hides behind another."""
    for seed in range(1, DAYS_ALONE + 1):
        day(seed, NONE if kind is None else {kind})


def test_a_seed_is_a_day() -> None:
    """The same seed gives the same day, step by step: a failure that was seen once can be seen again."""
    once: list[str] = []
    again: list[str] = []
    day(11, say=once.append)
    day(11, say=again.append)
    assert once == again
    assert len(once) > 100


def test_the_days_are_hard_enough() -> None:
    """In a few days every kind of fault strikes, facts are claimed and held back, customers do all there is to do, and so does the desk."""
    said: list[str] = []
    for seed in range(1, 61):
        shop = day(seed, say=said.append)
        assert shop.broker.happened.keys() >= {"lost", "doubled", "delayed", "reordered"}
    story = "\n".join(said)
    struck = ["power cut before_write", "power cut before_commit", "power cut after_commit", "power cut between two rounds"]
    struck += ["commit.failed", "older card in", "switched off for the day", "unsynced", "has the right time", "cable of hub is out"]
    struck += ["broker dies and forgets all", "crash before its commit", "crash after its commit", "is put back to its backup"]
    struck += ["hub.holds_less", "facts.resend", "lookup.silent", "card.unknown", "commands a restart"]
    seen = ["Thanks", "WhyBad", "Ask", "PutRight", "Menu", "Rewards", "ConfirmReward", "RewardCode", "NotNow", "BringFriend"]
    struck += [f"'scene': '{scene}'" for scene in (*seen, "FriendJoined", "FriendKnown", "StaffCalled", "SeeStaff", "UnknownCard")]
    struck += [f"asks {kind}" for kind in KINDS if kind.startswith(("purchase.", "case.st", "card.", "note.w", "consent.g", "points.g"))]
    assert [what for what in struck if what not in story] == []


def test_a_failed_day_says_how_to_see_it_again() -> None:
    """The failure names the proof, the seed, the faults and the last forty steps, and the command that shows all of them."""

    def broken_step(state: object, message: object) -> None:
        raise ZeroDivisionError("on purpose")

    with pytest.raises(Failed) as failure:
        day(3, {Kind.LOST, Kind.CUT}, replace(Product(), step=broken_step))  # type: ignore[arg-type]
    text = str(failure.value)
    assert failure.value.proof is Proof.ALIVE
    assert "seed 3, faults: cut, lost" in text
    assert "ZeroDivisionError: on purpose" in text
    assert "python -m tests.simulation 3 --only cut,lost --trace" in text
    assert "kiosk-1 on epoch" in text


def test_the_command_shows_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m tests.simulation SEED --trace` says every step and ends well."""
    assert main(["2", "--only", "lost", "--trace"]) == 0
    said = capsys.readouterr().out
    assert "card laid down" in said
    assert "1 days, 0 failed" in said


def test_a_batch_under_way_to_a_restored_hub_is_dated_by_the_hub() -> None:
    """Facts of a doubtful clock that reach a restored hub before the handshake wait for it, and are then dated by the hub (seed 1048).

    The backup knew only the kiosk's boot before; so the facts were dated by the clock that was a day wrong, for good.
    """
    store = MemoryHubStore()
    stream = StreamId("k-1", EPOCH_A)
    before = Receiver("hub-1", store, KYIV)
    before.birth(birth(boot="an earlier boot"), "k-1", NOON - 3_600_000)
    backup = store.snapshot()
    before.birth(birth((EPOCH_A, 1, 1), mono_ms=1_000), "k-1", NOON)
    store.restore(backup)
    under_way = batch(document(1, visit(), NOON - 86_400_000, 2_000, ClockQuality.UNSYNCED))

    restored = Receiver("hub-2", store, KYIV)
    early = restored.receive(under_way, "k-1", NOON + 2_000)
    assert [(claim.hub, claim.upto) for _, claim in early.claims] == [("hub-2", 0)]
    assert store.held.facts == {}

    restored.birth(birth((EPOCH_A, 1, 1), boot=BOOT, mono_ms=4_000), "k-1", NOON + 3_000)
    restored.receive(under_way, "k-1", NOON + 3_500)
    assert abs(store.held.facts[stream, 1].fact.when_ms - (NOON + 1_000)) < 2_000


def test_facts_of_an_earlier_boot_are_not_dated_by_the_present_one() -> None:
    """A restored hub that believes the kiosk still in its earlier boot dates facts of it by what it learned then (seed 62262).

    The kiosk had started again and was sending old facts when the backup was put back: they were dated by the later boot's clock.
    """
    store = MemoryHubStore()
    before = Receiver("hub-1", store, KYIV)
    before.birth(birth((EPOCH_A, 1, 1), mono_ms=1_000), "k-1", NOON)
    restored = Receiver("hub-2", store, KYIV)
    sent_in_the_next_boot = batch(document(1, visit(), NOON - 86_400_000, 2_000, ClockQuality.UNSYNCED))
    restored.receive(sent_in_the_next_boot, "k-1", NOON + 600_000)
    assert store.held.facts[StreamId("k-1", EPOCH_A), 1].fact.when_ms == NOON + 1_000
