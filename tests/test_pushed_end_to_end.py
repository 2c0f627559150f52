"""Settings from an operator's command to a kiosk at work and back: real processes, a real Mosquitto, real kills."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mqtt.messages import Desired, HubState, Presence, Reported, SetUp
from mqtt.private_broker import PrivateBroker
from tests.hub_builders import birth
from tests.shop_day import Shop, open_shop
from tests.test_hub_processes import K, Kiosk, configuration, run, running

pytestmark = pytest.mark.xdist_group("stage")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


def push(shop: Shop, *words: str) -> None:
    """What an operator types at the hub's machine."""
    done = run("config", "push", *words, "--config", str(shop.stage.folder / "hub.toml"))
    assert done.returncode == 0, done.stderr


def stands(shop: Shop) -> dict[str, Any]:
    """How the kiosk stands, by the hub's word."""
    said = json.loads(run("config", "status", "--json", "--config", str(shop.stage.folder / "hub.toml")).stdout)
    return next(row for row in said if row["kiosk"] == "demo")


def until_stands(shop: Shop, **fields: object) -> None:
    shop.until(lambda: stands(shop).items() >= fields.items(), f"the hub hears {fields}")


def test_a_push_is_worked_by_and_deaths_bring_back_the_last_good_one(shop: Shop) -> None:
    """Nobody is here: the kiosk begins anew as the same process, works by what was pushed, and tells the hub.

    Killed twice in its trial it works by what was there before, and says why.
    """
    stage = shop.stage
    pid = stage.kiosk_pid
    push(shop, "kiosk.shop_name=Ранок", "privacy.greeting_s=5")
    shop.hear("settings", state="waiting", version=2)
    shop.hear("restart", why="settings")
    shop.settled()
    assert stage.kiosk_pid == pid
    until_stands(shop, state="trial", applied=2, in_step=True)
    for _ in range(2):
        stage.pull_plug()
        shop.hear("exited", code=-9)
        shop.kiosk_up()
    until_stands(shop, state="returned", desired=2, seen=2, applied=1, in_step=False)
    assert "died 2 times" in stands(shop)["why"][0]
    shop.lay("ntag213 04A1B2C3D4E51A")
    shop.hear("painted", scene="Greeting")
    shop.all_claimed()


def test_what_does_not_fit_is_refused_before_it_leaves(shop: Shop) -> None:
    """A value beyond its bounds, one that can only be set at the kiosk, and an unknown one end with 2 and words; nothing is pushed."""
    config = str(shop.stage.folder / "hub.toml")
    for words, reason in (
        ("privacy.greeting_s=99", "out of bounds"),
        ("broker.host=elsewhere", "only be set at the kiosk"),
        ("kiosk.shop_nam=x", "did you mean kiosk.shop_name"),
    ):
        done = run("config", "push", words, "--config", config)
        assert done.returncode == 2
        assert reason in done.stderr
    assert (stands(shop)["desired"], stands(shop)["in_step"]) == (1, True)


def test_an_operator_pushes_over_the_broker(tmp_path: Path) -> None:
    """`--as` asks the hub, which does it for whom its configuration names and refuses others; without a hub the command says so."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = configuration(tmp_path, broker.port)
        config.write_text(config.read_text(encoding="utf-8") + '[operators]\nmay_configure = ["olena"]\n', encoding="utf-8")
        assert run("migrate", "--config", str(config)).returncode == 0
        with Kiosk(broker.port) as kiosk, running("ingest", "--config", str(config)):
            kiosk.hear(HubState, lambda state: state.presence is Presence.ONLINE)
            kiosk.say(birth(), Reported(0, "", SetUp.LOCAL, 0))
            kiosk.hear(Desired)  # the programme
            asked = ("config", "push", "privacy.greeting_s=6", "--kiosk", K, "--config", str(config))
            assert run(*asked, "--as", "olena").returncode == 0
            assert kiosk.hear(Desired).settings == {"privacy.greeting_s": 6}
            refused = run(*asked, "--as", "ivan")
            assert (refused.returncode, "ivan may not do that" in refused.stderr) == (2, True)
            said = json.loads(run("config", "status", "--as", "olena", "--json", "--config", str(config)).stdout)
            assert [(row["kiosk"], row["desired"]) for row in said] == [(K, 2)]
            shown = run("config", "show", K, "--config", str(config)).stdout
            assert "privacy.greeting_s = 6  # k-1, by op:olena" in shown
