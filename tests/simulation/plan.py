"""What happens on one day: who comes with which card and what they press, and when which fault strikes. All drawn from the shop's seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

from display.scenes import Answer, Because, Button, Choose, Hide, Intent, MenuEntry, MoreTime, OpenMenu, Pick, Rate, Trouble
from kiosk.documents import Point
from kiosk.messages import CardArrived, CardLeft, CardRead, CardUnreadable, CardUnusable, Message, ReaderFound, ReaderLost, Touched
from loyalty.facts import Evidence, Face, FactId, ReasonCode
from loyalty.moment import Moment
from tests.simulation.desk import ask
from tests.simulation.disk import copy_card, facts_on_disk
from tests.simulation.faults import Kind
from tests.simulation.kiosk_unit import KioskUnit
from tests.simulation.rules import CARDS, LATE, STRANGERS, fact_of
from tests.simulation.shop import MAKE_SHORT_MS, Shop

MINUTE_MS = 60_000
POINTS: tuple[Point, ...] = get_args(Point)


def plan(shop: Shop) -> int:
    """Schedule a day on `shop`; returns when it ends."""
    length_ms = shop.random.randint(4, 16) * MINUTE_MS
    busy = shop.random.random() < 0.15
    for _ in range(shop.random.randint(40, 90) if busy else shop.random.randint(6, 20)):
        _customer(shop, shop.began_ms + shop.random.randrange(1_000, length_ms))
    for _ in range(shop.random.randint(2, 8)):
        shop.at(shop.began_ms + shop.random.randrange(1_000, length_ms), partial(ask, shop))
    shop.at(shop.began_ms + shop.random.randrange(length_ms), lambda: _join(shop))
    shop.at(shop.began_ms + shop.random.randrange(length_ms), lambda: _reader_gone(shop))
    for kind in sorted(shop.faults):
        for _ in range(shop.random.randint(1, 3)):
            _fault(shop, kind, shop.began_ms + shop.random.randrange(1_000, length_ms), length_ms)
    return shop.began_ms + length_ms


# --- people ---


def _customer(shop: Shop, at_ms: int) -> None:
    """Somebody comes with a card; sometimes two with cards of one member at the same moment, sometimes
    they come right back, sometimes the next one does not wait."""
    card, unit = shop.random.choice(CARDS), shop.random.choice(shop.kiosks)
    shop.at(at_ms, lambda: _present(shop, unit, card, repeat=False))
    if shop.random.random() < 0.3:
        other = CARDS[CARDS.index(card) ^ 1] if card in (CARDS[0], CARDS[1], CARDS[3]) and shop.random.random() < 0.5 else card
        friend = shop.random.choice(shop.kiosks)
        shop.at(at_ms, lambda: _present(shop, friend, other, repeat=False))
    if shop.random.random() < 0.1:
        shop.at(at_ms + 7_000, lambda: _present(shop, unit, card, repeat=True))
    if shop.random.random() < 0.1:
        shop.at(at_ms, lambda: _invite(shop, unit, card))
    if shop.random.random() < 0.1:
        hasty, wait_ms = shop.random.choice(CARDS), shop.random.randrange(200, 2_000)
        shop.at(at_ms + wait_ms, lambda: _present(shop, unit, hasty, repeat=False))


def _present(shop: Shop, unit: KioskUnit, card: str, repeat: bool, fate: float | None = None, wanted: list[Intent] | None = None) -> None:
    """A card is laid down; `fate`: how well it can be read, drawn if None; `wanted`: what is touched then, drawn if None."""
    if unit.loop is None:
        return
    unit.presentation += 1
    presentation, random = unit.presentation, shop.random
    unit.shown[presentation] = card
    shop.note(unit.name, "card laid down", f"{presentation}: {card[:4]}")
    unit.stir(CardArrived(unit.loop.parts.clock.now(), presentation, repeat))
    read_ms = random.choice((0, 60, 200))
    fate = random.random() if fate is None else fate
    if fate < 0.9:
        _then(shop, unit, read_ms, lambda now: CardRead(now, presentation, card, Evidence("NTAG213")))
        if wanted is not None:
            _touches(shop, unit, read_ms + 1_500, wanted, 1_500)
        elif random.random() < 0.4:
            _touches(shop, unit, read_ms + random.randrange(500, 2_000), _wishes(shop), 1_500)
        else:
            _touches(shop, unit, read_ms + random.randrange(500, 4_000), _answers(shop))
    elif fate < 0.95:
        _then(shop, unit, read_ms, lambda now: CardUnreadable(now, presentation, Trouble.HOLD_STILL))
    else:
        _then(shop, unit, read_ms, lambda now: CardUnusable(now, presentation))
    _then(shop, unit, random.randrange(100, 6_000), lambda now: CardLeft(now, presentation))


def _invite(shop: Shop, unit: KioskUnit, card: str) -> None:
    """A member brings a friend: whoever comes within the minute, with a new card, an old one, or one of the member's own."""
    _present(shop, unit, card, repeat=False, fate=0.0)
    _touches(shop, unit, 4_500, [OpenMenu(), Pick(MenuEntry.FRIEND)])
    friend = shop.random.choice((*STRANGERS, LATE.cards[0], *CARDS))
    shop.after(shop.random.randrange(6_000, 75_000), lambda: _present(shop, unit, friend, repeat=False))


def _answers(shop: Shop) -> list[Intent]:
    """What a customer answers: to a case, with a face, why, to the one question."""
    random = shop.random
    intents: list[Intent] = []
    if random.random() < 0.5:
        intents.append(random.choice((Answer(True), Answer(False), Answer(False), Hide())))
    if random.random() < 0.15:
        intents.append(MoreTime())
    if random.random() < 0.75:
        intents += [random.choice((Rate(random.choice(list(Face))), Button(random.randrange(4))))] * random.choice((1, 1, 2))
    if random.random() < 0.7:
        reason = Because(random.choice(list(ReasonCode)))
        intents += [random.choice((reason, Choose(random.randrange(2)), Button(3), Button(1), Hide()))] * random.choice((1, 2))
    return intents


def _wishes(shop: Shop) -> list[Intent]:
    """What a customer chooses from the menu, and how far they go."""
    entry = shop.random.choice((*(MenuEntry.REWARDS,) * 6, *MenuEntry))
    intents: list[Intent] = [OpenMenu(), Pick(entry), Choose(shop.random.randrange(2)), Answer(shop.random.random() < 0.9)]
    return intents[: shop.random.choice((1, 2, 4, 4, 4, 4, 4))]


def _touches(shop: Shop, unit: KioskUnit, wait_ms: int, intents: list[Intent], pause_ms: int = 2_500) -> None:
    for intent in intents:
        _then(shop, unit, wait_ms, partial(_touched, intent))
        wait_ms += shop.random.randrange(100, pause_ms)


def _touched(intent: Intent, now: Moment) -> Message:
    return Touched(now, intent)


def _then(shop: Shop, unit: KioskUnit, wait_ms: int, make: Callable[[Moment], Message]) -> None:
    """Let the kiosk's doors say something later, if it is still the same run of its program."""
    run = unit.run

    def say() -> None:
        if unit.run == run and unit.loop is not None:
            unit.stir(make(unit.loop.parts.clock.now()))

    shop.after(wait_ms, say)


def _join(shop: Shop) -> None:
    """A new member gets a card that may have been laid down before."""
    shop.hub.roster = [*shop.hub.roster, LATE]
    shop.hub.enrol(shop.hub.roster)


def _reader_gone(shop: Shop) -> None:
    unit = shop.random.choice(shop.kiosks)
    _then(shop, unit, 0, lambda now: ReaderLost(now, "unplugged"))
    _then(shop, unit, 5_000, lambda now: ReaderFound(now, "simulated"))


# --- faults ---


def _fault(shop: Shop, kind: Kind, at_ms: int, length_ms: int) -> None:
    """Schedule one strike of a kind; those of the network between are the broker's."""
    random = shop.random
    unit = random.choice(shop.kiosks)
    later_ms = at_ms + random.randrange(1, length_ms)
    match kind:
        case Kind.POWER:
            shop.at(at_ms, lambda: _cut_power(shop, unit))
        case Kind.DISK:
            shop.at(at_ms, lambda: _refuse(shop, unit))
        case Kind.IMAGE:
            shop.at(at_ms, lambda: _image(shop, unit, later_ms))
        case Kind.OFF:
            shop.at(at_ms, lambda: _off(unit))
        case Kind.CUT:
            name = random.choice((unit.name, unit.name, "hub"))
            shop.at(at_ms, lambda: _pull_cable(shop, name))
            if name == unit.name:
                _spend_twice(shop, unit, at_ms)
        case Kind.BROKER:
            shop.at(at_ms, lambda: _doom_broker(shop))
        case Kind.HUB_CRASH:
            shop.at(at_ms, lambda: _crash_hub(shop))
        case Kind.HUB_RESTORED:
            shop.at(at_ms, lambda: _back_up(shop, later_ms))
        case Kind.COMMANDS:
            again_ms = [random.randrange(1, wait_ms) for wait_ms in (3_000, 60_000, 240_000)]
            shop.at(at_ms, lambda: shop.hub.command(unit.name, again_ms))
        case Kind.SETTINGS:
            seconds, scope = random.randint(4, 8), random.choice(("", unit.name))
            shop.at(at_ms, lambda: shop.hub.push(scope, seconds))


def _cut_power(shop: Shop, unit: KioskUnit) -> None:
    point = shop.random.choice((*POINTS, None))
    if point is not None:
        unit.cut_at, unit.cut_in = point, shop.random.randint(1, 3)
        shop.note("fault", f"power of {unit.name} will fail {point}")
    elif unit.loop is not None:
        unit.die("power cut between two rounds")
        shop.power_failed(unit)


def _refuse(shop: Shop, unit: KioskUnit) -> None:
    unit.refuse_at = shop.random.choice(("before_write", "before_commit"))
    unit.refusals = shop.random.randint(1, 5)
    shop.note("fault", f"disk of {unit.name} will refuse {unit.refusals} times {unit.refuse_at}")


def _image(shop: Shop, unit: KioskUnit, later_ms: int) -> None:
    """The storage card is copied now and the copy is put in later."""
    image = shop.folder / f"{unit.name}-{shop.now_ms}-{shop.random.randrange(1_000_000)}.img"
    copy_card(unit.path, image)
    shop.note("fault", f"card of {unit.name} is copied")

    def put_in() -> None:
        unit.die("its card is exchanged")
        gone = [fact_of(row, unit.name) for row in unit.put_in(image)]
        held = {kept.fact.id for kept in shop.hub.store.held.facts.values()}
        shop.destroyed |= {fact.id for fact in gone if fact.id not in held}
        shop.note("fault", f"older card in {unit.name}", f"{len(gone)} facts gone from it")
        shop.power_failed(unit)

    shop.at(later_ms, put_in)


def _off(unit: KioskUnit) -> None:
    unit.stays_off = True
    unit.die("switched off for the day")


def _pull_cable(shop: Shop, name: str) -> None:
    shop.broker.cut(name)
    shop.note("fault", f"cable of {name} is out")
    shop.after(shop.random.randint(*MAKE_SHORT_MS) * shop.random.choice((1, 1, 20)), lambda: shop.broker.mend(name))


def _spend_twice(shop: Shop, unit: KioskUnit, cut_ms: int) -> None:
    """Whoever pulls the cable knows why: the kiosk learns two cards, of one member or of two, then takes a reward for each."""
    pair = shop.random.choice(((CARDS[0], CARDS[1]), (CARDS[3], CARDS[4]), (CARDS[0], CARDS[2])))
    wanted = [OpenMenu(), Pick(MenuEntry.REWARDS), Choose(0), Answer(True)]
    for place, card in enumerate((*pair, *pair)):
        at_ms = cut_ms + (place - 2) * 15_000 + 1_000
        shop.at(at_ms, partial(_present, shop, unit, card, repeat=False, fate=0.0, wanted=wanted if place > 1 else []))


def _doom_broker(shop: Shop) -> None:
    """It dies now, or with the next facts or answers inside."""
    if shop.random.random() < 0.3:
        shop.kill_broker()
    shop.broker_doomed = True


def _crash_hub(shop: Shop) -> None:
    shop.hub.crash_at = shop.random.choice(("before", "after"))
    shop.note("fault", f"hub will crash {shop.hub.crash_at} its commit")


def _back_up(shop: Shop, later_ms: int) -> None:
    """The hub is backed up now and put back to it later."""
    backup = shop.hub.store.snapshot()
    shop.note("fault", "hub is backed up")

    def put_back() -> None:
        shop.hub.die("its disk died")
        lost = shop.hub.restore(backup)
        kept = {FactId(unit.name, row.epoch, row.number) for unit in shop.kiosks for row in facts_on_disk(unit.path)}
        shop.destroyed |= {fact.id for fact in lost if fact.id not in kept}
        shop.restored = True
        shop.note("fault", "hub is put back to its backup", f"{len(lost)} facts gone from it")
        shop.hub_failed()

    shop.at(later_ms, put_back)
