"""Hubs with one mistake each, to be put into `Product`. Nothing right lives here; what must bring them to light is in `mutants`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hub.ingest import Ingest
from hub.memory_store import MemoryHubStore, MemoryTransaction
from hub.receiver import Receiver, Welcomed
from hub.records import KeptFact, StreamId
from loyalty.codec import decode
from mqtt.messages import Birth, Claim, FactBatch


class CarelessReceiver(Receiver):
    """What was sent again is kept again."""

    def _sort(self, tx: Any, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Any:
        result, before = super()._sort(tx, batches, now_ms)
        boots = {StreamId(kiosk, batch.epoch): batch.boot for kiosk, batch in batches}
        for stream, _, written in result.again:
            fact = decode(json.loads(written.text), stream.kiosk, stream.epoch, boots[stream])
            result.kept.append(KeptFact(replace(fact, effective_ms=fact.at_ms), written.text, written.content))
        result.again.clear()
        return result, before


class CarelessTransaction(MemoryTransaction):
    """Keeps whatever it is given."""

    def keep(self, facts: Sequence[KeptFact], now_ms: int) -> None:
        """See `MemoryTransaction`."""
        for kept in facts:
            held = (StreamId(kept.fact.id.kiosk, kept.fact.id.epoch), kept.fact.id.number) in self._t.facts
            if held and kept.fact.card is not None:
                self._t.by_card[kept.fact.card].append(kept.fact)
                self.undo.append(self._t.by_card[kept.fact.card].pop)
            elif not held:
                super().keep([kept], now_ms)


class BlindTransaction(MemoryTransaction):
    """Does not know when a kiosk's boots began, so facts are dated by the kiosk's clock, right or wrong."""

    def boot_start_ms(self, kiosk: str, boot: str) -> int | None:
        """See `MemoryTransaction`."""
        return None


class CarelessHubStore(MemoryHubStore):
    """With CarelessTransaction in place of the product's."""

    kind: type[MemoryTransaction] = CarelessTransaction

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """See `MemoryHubStore`."""
        with super().transaction() as tx:
            wrong = self.kind(self._tables)
            wrong.undo = tx.undo
            yield wrong


class BlindHubStore(CarelessHubStore):
    """With BlindTransaction in place of the product's."""

    kind = BlindTransaction


class HighestReceiver(Receiver):
    """Claims the highest number seen instead of the end of the longest unbroken run."""

    def _sort(self, tx: Any, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> Any:
        for kiosk, batch in batches:
            stream = StreamId(kiosk, batch.epoch)
            if batch.facts and batch.facts[0]["s"] > tx.cursors((stream,)).get(stream, 0) + 1:
                tx.move_cursors({stream: batch.facts[0]["s"] - 1}, now_ms)
        return super()._sort(tx, batches, now_ms)


class SilentReceiver(Receiver):
    """Answers a birth without telling what the members look like: it was all said when it happened, was it not?"""

    def birth(self, birth: Birth, kiosk: str, now_ms: int) -> Welcomed:
        """See `Receiver`."""
        return replace(super().birth(birth, kiosk, now_ms), members=())


class HastyIngest(Ingest):
    """Claims first and commits then."""

    def _facts(self, batches: Sequence[tuple[str, FactBatch]], now_ms: int) -> None:
        for kiosk, batch in batches:
            if batch.facts:
                self._say(kiosk, Claim(self._receiver.hub, batch.epoch, batch.facts[-1]["s"]))
        super()._facts(batches, now_ms)
