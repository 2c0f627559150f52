"""How each kiosk shall be set up, and how it stands to that: versions, layers, and when a kiosk is told. Pure.

Settings come in changes that are only ever added: to all kiosks, or to one, which then outweighs all. What they come to is sent whole, with
the programme's newest edition, under a version that rises for this kiosk. Which settings there are is `config`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from config.desired import pushable, wrong_with
from hub.door import HubStore, HubTransaction
from hub.fleet_records import KioskSetUp, SettingsChange
from loyalty.document import Document
from mqtt.content import content_of
from mqtt.messages import Desired, Edition, Reported

ALL = ""  # the scope of a change that is for every kiosk
CHANGES_MAX = 10_000  # in a shop's life; beyond that a program pushes, not a person


class NotPushed(ValueError):
    """Settings that cannot be pushed; `args` are the reasons, each with what to do."""


@dataclass(slots=True)
class SetUps:
    """What is desired of all kiosks, over a store. `told`: how many changes and editions there were when kiosks were last told."""

    store: HubStore
    told: tuple[int, int] | None = field(default=None)

    def reported(self, said: Reported, kiosk: str, now_ms: int) -> Desired | None:
        """Keep how a kiosk stands; what it must be told, if that is not what is desired.

        A kiosk that has seen a higher version, or another content under the same one, heard a hub that is not any more (this one was
        put back to a backup): then the same is desired under a version above.
        """
        with self.store.transaction() as tx:
            held = replace(self._brought_up(tx, kiosk, now_ms), reported=said, reported_ms=now_ms)
            seen = (said.version, said.content)
            if said.version > held.version or (said.version == held.version and said.content != held.content):
                desired = self._desired(tx, held)  # of a hub that knows of no push at all: nothing, but that has to be said now
                held = replace(held, version=said.version + 1, content=content_of(desired.settings, desired.edition), desired_ms=now_ms)
            tx.save_set_up(held)
            return None if not held.version or seen == (held.version, held.content) else self._desired(tx, held)

    def news(self, now_ms: int) -> list[tuple[str, Desired]]:
        """(kiosk, what is desired of it) for every kiosk of which something else is desired than it was told; at once for all."""
        with self.store.transaction() as tx:
            there_is = (tx.changes_held(), tx.editions_held())
            if there_is == self.told:
                return []
            found = []
            for kiosk in tx.kiosks():
                before = tx.set_up(kiosk)
                after = self._brought_up(tx, kiosk, now_ms)
                if after != before:
                    tx.save_set_up(after)
                    found.append((kiosk, self._desired(tx, after)))
            self.told = there_is
        return found

    def _brought_up(self, tx: HubTransaction, kiosk: str, now_ms: int) -> KioskSetUp:
        """What is desired of a kiosk now; under a new version, if it is something else than before. Nothing, where nothing ever was."""
        held = tx.set_up(kiosk)
        settings, edition = settings_of(tx.changes((ALL, kiosk))), newest_edition(tx)
        if not held.version and not settings and edition is None:
            return held
        content = content_of(settings, edition)
        if held.version and content == held.content:
            return held
        return replace(held, version=held.version + 1, content=content, desired_ms=now_ms)

    def _desired(self, tx: HubTransaction, held: KioskSetUp) -> Desired:
        return Desired(held.version, held.content, settings_of(tx.changes((ALL, held.kiosk))), newest_edition(tx))


def settings_of(changes: Iterable[SettingsChange]) -> Document:
    """What changes come to, in the order in which they were made: those to one kiosk outweigh those to all."""
    layers: dict[bool, Document] = {False: {}, True: {}}
    for change in changes:
        layer = layers[change.scope != ALL]
        layer |= change.set
        for key in change.unset:
            layer.pop(key, None)
    return layers[False] | layers[True]


def newest_edition(tx: HubTransaction) -> Edition | None:
    """The programme's newest edition as kiosks are told it; None before there is one."""
    held = tx.editions()
    return Edition(held[-1].from_ms, held[-1].text) if held else None


def put(tx: HubTransaction, change: SettingsChange) -> None:
    """Add a change to what is desired. Raises NotPushed, with everything that is wrong with it."""
    unknown = [key for key in change.unset if key not in pushable()]
    wrong = [*wrong_with(settings_of([*tx.changes((ALL, change.scope)), change])), *(f"{key}: unknown setting" for key in unknown)]
    if wrong:
        raise NotPushed(*wrong)
    if not change.set and not change.unset:
        raise NotPushed("nothing is to be changed; name a setting")
    if change.scope != ALL and change.scope not in tx.kiosks():
        raise NotPushed(f"there is no kiosk {change.scope}; `stupeni-hub status` lists those that ever spoke")
    if tx.changes_held() >= CHANGES_MAX:
        raise NotPushed(f"there are {CHANGES_MAX} changes already; that many nobody can have meant")
    tx.add_change(change)
