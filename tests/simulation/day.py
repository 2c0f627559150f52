"""One day of a simulated shop from its seed to its proofs; a failure says how to see it again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from tests.simulation.faults import ALL, Kind
from tests.simulation.plan import plan
from tests.simulation.product import Product
from tests.simulation.proofs import prove
from tests.simulation.shop import Shop, quiet_logs
from tests.simulation.trouble import Broken, Proof, Trace

MEMORY_DISK = Path("/dev/shm")  # the product flushes every commit; in memory that costs nothing and means the same


class Failed(AssertionError):
    """A day that broke a proof. `proof` says which; the message has seed, faults and the last steps."""

    def __init__(self, seed: int, faults: Collection[Kind], broken: Broken, trace: Trace) -> None:
        only = "" if frozenset(faults) == ALL else f" --only {','.join(sorted(faults)) or 'nothing'}"
        again = f"python -m tests.simulation {seed}{only} --trace"
        kinds = ", ".join(sorted(faults)) or "none"
        super().__init__(f"seed {seed}, faults: {kinds}\n{broken}\nSee it again: {again}\nThe last steps:\n{trace.text()}")
        self.proof = broken.proof


def day(seed: int, faults: Collection[Kind] = ALL, product: Product | None = None, say: Callable[[str], None] | None = None) -> Shop:
    """Let one day happen and prove it. Raises Failed. The shop it returns is to be looked at only; its files are gone."""
    trace = Trace(say)
    where = str(MEMORY_DISK) if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="stupeni-day-", dir=where) as folder, quiet_logs():
        shop = Shop(seed, faults, product or Product(), Path(folder), trace)
        try:
            shop.run(plan(shop))
            shop.heal()
            shop.come_to_rest()
            prove(shop)
        except Broken as broken:
            raise Failed(seed, faults, broken, trace) from broken
        except Exception as error:
            raise Failed(seed, faults, Broken(Proof.ALIVE, f"{type(error).__name__}: {error}"), trace) from error
        finally:
            shop.close()
    return shop
