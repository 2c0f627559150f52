"""Wrong products, one mistake each, and the fault that must bring each to light: the table. The mistakes are in `mutants_kiosk`
and `mutants_hub`. Each replaces one part of `Product`; without its fault a mutant does no harm, except the one that needs none.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation import mutants_hub as hub
from tests.simulation import mutants_kiosk as kiosk
from tests.simulation.faults import Kind
from tests.simulation.product import Product
from tests.simulation.trouble import Proof


@dataclass(frozen=True)
class Mutant:
    """A wrong product, the fault alone under which it must fail (None: on any day), and the proofs of which one must say so."""

    product: Product
    fault: Kind | None
    proofs: tuple[Proof, ...]


MUTANTS = {
    "greets before the commit": Mutant(Product(step=kiosk.greets_before_the_commit), None, (Proof.PROMISED,)),
    "greets when the disk refuses": Mutant(Product(step=kiosk.greets_when_the_disk_refuses), Kind.DISK, (Proof.PROMISED,)),
    "takes any answer": Mutant(Product(step=kiosk.takes_any_answer), Kind.DELAYED, (Proof.PROMISED,)),
    "two writes for one tap": Mutant(Product(store=kiosk.TornStore), Kind.POWER, (Proof.WHOLE,)),
    "a visit written in pieces": Mutant(Product(store=kiosk.PiecemealStore), Kind.POWER, (Proof.WHOLE,)),
    "counts nothing it gives away": Mutant(Product(step=kiosk.counts_nothing_it_gives), Kind.CUT, (Proof.LIMITS,)),
    "a balance for each card": Mutant(Product(store=kiosk.ApartStore), Kind.CUT, (Proof.BALANCE, Proof.LIMITS)),
    "promises a budget alone": Mutant(Product(step=kiosk.promises_what_all_share), Kind.CUT, (Proof.KEPT,)),
    "an older view replaces a newer (cut)": Mutant(Product(store=kiosk.ForgetfulStore), Kind.CUT, (Proof.OLDER,)),
    "an older view replaces a newer (reordered)": Mutant(Product(store=kiosk.ForgetfulStore), Kind.REORDERED, (Proof.OLDER,)),
    "waits by the wall clock": Mutant(Product(clock=kiosk.WallClock), Kind.CLOCK, (Proof.DATED, Proof.QUIET)),
    "dates by a doubtful clock": Mutant(Product(hub_store=hub.BlindHubStore), Kind.CLOCK, (Proof.DATED,)),
    "outbox not rebuilt at start": Mutant(Product(outbox=kiosk.only_this_run), Kind.POWER, (Proof.LOST,)),
    "epoch kept on the card": Mutant(Product(epoch=kiosk.epoch_of_the_card, store=kiosk.SameEpochStore), Kind.IMAGE, (Proof.LOST,)),
    "sent is claimed (lost)": Mutant(Product(step=kiosk.sent_is_claimed), Kind.LOST, (Proof.LOST,)),
    "sent is claimed (broker)": Mutant(Product(step=kiosk.sent_is_claimed), Kind.BROKER, (Proof.LOST,)),
    "never sends again": Mutant(Product(step=kiosk.never_sends_again), Kind.LOST, (Proof.QUIET,)),
    "one handshake is enough": Mutant(Product(step=kiosk.one_handshake_is_enough), Kind.BROKER, (Proof.CONVERGED,)),
    "cursor never goes back": Mutant(Product(step=kiosk.cursor_never_goes_back), Kind.HUB_RESTORED, (Proof.LOST, Proof.QUIET)),
    "hub keeps what it has again": Mutant(
        Product(receiver=hub.CarelessReceiver, hub_store=hub.CarelessHubStore), Kind.DOUBLED, (Proof.TWICE,)
    ),
    "hub claims the highest number": Mutant(Product(receiver=hub.HighestReceiver), Kind.LOST, (Proof.LOST,)),
    "hub claims before it commits": Mutant(Product(ingest=hub.HastyIngest), Kind.HUB_CRASH, (Proof.CLAIMED,)),
    "looks at nothing pushed": Mutant(Product(step=kiosk.looks_at_nothing_pushed), Kind.SETTINGS, (Proof.CONVERGED,)),
    "forgets what it was commanded": Mutant(Product(store=kiosk.HeedlessStore), Kind.COMMANDS, (Proof.ONCE,)),
    "never says that it has restarted": Mutant(Product(step=kiosk.says_no_end), Kind.COMMANDS, (Proof.CONVERGED,)),
    "never begins anew": Mutant(Product(step=kiosk.never_begins_anew), Kind.SETTINGS, (Proof.CONVERGED,)),
    "hub says nothing of members at a birth": Mutant(Product(receiver=hub.SilentReceiver), Kind.OFF, (Proof.CONVERGED,)),
}
