"""kill -9 again and again, with real processes, a real Mosquitto and the hub's real database: what was promised is at the hub once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.killed_shop import KilledShop

pytestmark = pytest.mark.xdist_group("stage")
ROUNDS, MANY = 25, 500  # for a broker that forgets, and for one that writes its sessions down


@pytest.mark.parametrize("keeps", [False, True], ids=["broker forgets", "broker keeps"])
@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(MANY, marks=pytest.mark.soak)])
def test_what_was_promised_is_at_the_hub_once(tmp_path: Path, rounds: int, keeps: bool) -> None:
    """Three kiosks in turn are tapped and killed at work, hub and broker sometimes too. In the end every fact that a kiosk said was on
    disk, before or behind its greeting, is in the hub's database once and as it was written; nothing is missing between, and nothing
    else is there."""
    with KilledShop(tmp_path, 20261125 + keeps, keeps=keeps) as shop:
        shop.play(rounds)
        shop.prove()
    assert shop.kills["kiosk"] == rounds
    assert shop.kills["hub"] > 0
    assert shop.kills["broker"] > 0
    assert sum(len(kiosk.promised) for kiosk in shop.kiosks) > rounds


def test_the_proof_notices_a_promise_that_is_not_kept(tmp_path: Path) -> None:
    """A fact that was promised and is not at the hub, and one at the hub that no kiosk wrote, fail the same proof."""
    with KilledShop(tmp_path, 1, keeps=False) as shop:
        shop.play(3)
        shop.prove()
        promised = shop.kiosks[0].promised
        name, epoch, number = next(iter(promised))
        promised.add((name, epoch, number + 1_000))
        with pytest.raises(AssertionError, match="promised and not at the hub"):
            shop.compare()
        promised.discard((name, epoch, number + 1_000))
        shop.kiosks[0].store.unlink()
        with pytest.raises(AssertionError, match="what the hub holds"):
            shop.compare()
