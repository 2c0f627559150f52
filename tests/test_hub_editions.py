"""The programme over time: what is in force from when, what is refused, and that yesterday is reckoned by yesterday's rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import ConfigErrors
from hub.door import HubStore
from hub.editions import in_force, put_in_force
from hub.memory_store import MemoryHubStore
from hub.receiver import Receiver
from hub.records import EditionText
from loyalty.rulebook import Closing
from tests.hub_builders import CARD_1, DAY, NOON, batch, document, member, visit
from tests.hub_database import emptied_database

TEXT = """
[programme]
version = {version}
name = "Shop"
time_zone = "{zone}"
[expiry]
policy = "never"
[[rule]]
id = "{rule}"
trigger = "visit"
status = "active"
points = {points}
"""


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[HubStore]:
    if request.param == "memory":
        yield MemoryHubStore()
        return
    with emptied_database() as real:
        yield real


def file(folder: Path, version: int, points: int, rule: str = "", zone: str = "Europe/Kyiv") -> str:
    path = folder / "programme.toml"
    path.write_text(TEXT.format(version=version, points=points, rule=rule or f"visit-{version}", zone=zone), encoding="utf-8")
    return str(path)


def test_the_first_version_rules_all_time_before_it(store: HubStore, tmp_path: Path) -> None:
    """Facts from before the hub knew any programme are reckoned by the first one; starting again adds nothing."""
    book = put_in_force(store, file(tmp_path, 1, 10), NOON)
    assert book.at(0).version == 1
    put_in_force(store, file(tmp_path, 1, 10), NOON + DAY)
    with store.transaction() as tx:
        assert [(each.version, each.from_ms, each.name) for each in tx.editions()] == [(1, NOON, "Shop")]


def test_a_version_with_a_key_of_an_older_program_still_rules(store: HubStore, tmp_path: Path) -> None:
    """What was in force stays readable when a key has gone since; what makes no sense at all is told in words."""
    configured = file(tmp_path, 2, 20)
    old = TEXT.format(version=1, points=10, rule="visit-1", zone="Europe/Kyiv") + "worth_minor = 5\n"
    with store.transaction() as tx:
        tx.add_edition(EditionText(1, NOON - DAY, "Shop", old))
    assert put_in_force(store, configured, NOON).at(NOON - 1).rules["visit-1"].points == 10
    with store.transaction() as tx:
        tx.add_edition(EditionText(3, NOON + DAY, "Shop", "points = many"))
    with pytest.raises(ConfigErrors, match="version 3 of the programme"):
        in_force(store, configured)


def test_a_new_version_is_in_force_from_its_start_on(store: HubStore, tmp_path: Path) -> None:
    """Visits before it earn by the old version, visits after it by the new one, also when they come late."""
    put_in_force(store, file(tmp_path, 1, 10), NOON - 9 * DAY)
    book = put_in_force(store, file(tmp_path, 2, 3), NOON)
    receiver = Receiver("h_1", store, book)
    receiver.enrol([member("m_1", CARD_1)], NOON)
    receiver.receive(batch(document(1, visit(), NOON + DAY), document(2, visit(), NOON - DAY)), "k-1", NOON + DAY)
    with store.transaction() as tx:
        assert tx.members(["m_1"])["m_1"].points == 13


def test_a_changed_file_of_the_same_version_is_refused(store: HubStore, tmp_path: Path) -> None:
    """Rules somebody has earned by never change under the same number; the message says which number to write."""
    put_in_force(store, file(tmp_path, 1, 10), NOON)
    with pytest.raises(ConfigErrors, match=r"programme\.version: .*write 2 or more"):
        put_in_force(store, file(tmp_path, 1, 11), NOON)
    with store.transaction() as tx:
        assert len(tx.editions()) == 1


def test_what_cannot_follow_is_refused_with_all_reasons(store: HubStore, tmp_path: Path) -> None:
    """A version that takes back a promise or moves the shop to another zone is refused at the start, in words."""
    put_in_force(store, file(tmp_path, 1, 10, "visit"), NOON)
    with pytest.raises(ConfigErrors) as refused:
        put_in_force(store, file(tmp_path, 2, 9, "visit", "Europe/Rome"), NOON)
    assert [error.key for error in refused.value.errors] == ["programme.time_zone", "rule[0].points"]


def test_a_comment_is_no_new_version(store: HubStore, tmp_path: Path) -> None:
    """The same rules with other words around them are the same version."""
    path = file(tmp_path, 1, 10)
    put_in_force(store, path, NOON)
    Path(path).write_text("# said otherwise\n" + Path(path).read_text(encoding="utf-8"), encoding="utf-8")
    put_in_force(store, path, NOON)
    with store.transaction() as tx:
        assert not tx.editions()[0].text.startswith("#")


def test_two_versions_in_one_millisecond_have_an_order(store: HubStore, tmp_path: Path) -> None:
    """A version never comes into force before the one it follows, whatever the clock says."""
    put_in_force(store, file(tmp_path, 1, 10), NOON)
    put_in_force(store, file(tmp_path, 2, 3), NOON - DAY)
    with store.transaction() as tx:
        assert [each.from_ms for each in tx.editions()] == [NOON, NOON + 1]


def test_whoever_only_asks_sees_versions_and_closings(store: HubStore, tmp_path: Path) -> None:
    """Commands that read get every version with what was closed; before the first start, the configured file."""
    path = file(tmp_path, 1, 10)
    assert [start for start, _ in in_force(store, path).editions] == [0]
    put_in_force(store, path, NOON)
    closing = Closing("visit-1", "", NOON, NOON + DAY)
    with store.transaction() as tx:
        tx.close([closing])
    book = in_force(store, path)
    assert (book.closed, [start for start, _ in book.editions]) == ((closing,), [NOON])
